"""What persons may ask about their data."""

from django.apps import AppConfig


class SubjectsConfig(AppConfig):
    """Registered as `subjects`; tables are named `subjects_…`."""

    name = "vedette.apps.requests"
    label = "subjects"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """What a person asks to be erased goes with a second person only."""
        from vedette.apps.accounts.models import Approval
        from vedette.apps.approvals.actions import Doing, register
        from vedette.apps.requests.erasing import carry

        register(Approval.Kind.DELETE, Doing("subject.answer", "delete.decide", carry))
