"""Travellers: the spine of flights, bookings, travellers and journeys."""

from django.apps import AppConfig


class TravellersConfig(AppConfig):
    """Registered as `travellers`; tables are named `travellers_…`."""

    name = "vedette.travellers.app"
    label = "travellers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The pages of messages and the journal, which stand below, are given the words."""
        from vedette.apps.inbox import wording as inbox
        from vedette.apps.journal import wording as journal
        from vedette.apps.subjects.models import Identifier
        from vedette.travellers.app import wording

        inbox.register(
            warnings=wording.WARNINGS,
            failures=wording.FAILURES,
            kinds=wording.message,
            dropped=wording.DROPPED,
        )
        journal.register(
            wording.ACTS, kind=Identifier.Kind.choices, by=[("locator", wording.LOCATOR)]
        )
