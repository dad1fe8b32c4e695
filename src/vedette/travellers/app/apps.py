"""Intake: messages in, and the spine of bookings, travellers and journeys."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """Registered as `intake`; tables are named `intake_…`."""

    name = "vedette.travellers.app"
    label = "intake"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The pages of messages and the journal, which stand below, are given the words."""
        from vedette.apps.inbox import wording as inbox
        from vedette.apps.journal import wording as journal
        from vedette.travellers.app import wording
        from vedette.travellers.app.models import Identifier

        inbox.register(
            warnings=wording.WARNINGS,
            failures=wording.FAILURES,
            kinds=wording.message,
            dropped=wording.DROPPED,
        )
        journal.register("kind", Identifier.Kind.choices)
