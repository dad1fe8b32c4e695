"""Travellers: the spine of flights, bookings, travellers and journeys."""

from django.apps import AppConfig


class TravellersConfig(AppConfig):
    """Registered as `travellers`; tables are named `travellers_…`."""

    name = "vedette.travellers.app"
    label = "travellers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Registers the words of travellers with the pages of messages and the journal, which are below."""
        from vedette.apps.inbox import message_kinds
        from vedette.apps.journal import wording as journal
        from vedette.apps.subjects.models import Identifier
        from vedette.travellers.app.messages import MESSAGES
        from vedette.travellers.kind import NAME

        message_kinds.register(NAME, MESSAGES)
        journal.register("kind", Identifier.Kind.choices)
