"""Retention: how long what is kept, masking, deletion, unmasking for a while."""

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    """Registered as `retention`; tables are named `retention_…`."""

    name = "vedette.apps.retention"
    label = "retention"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Periods change, and a masked person is seen, only with a second person."""
        from vedette.apps.accounts.models import Approval
        from vedette.apps.approvals.actions import Doing, register
        from vedette.apps.retention.actions import carry
        from vedette.apps.retention.unmask import LONGEST

        doing = Doing("retention.change", "retention.decide", carry, page="retention-asked")
        register(Approval.Kind.RETENTION, doing)
        # The worker opens what was allowed (`unmask.open_waiting`).
        unmask = Doing("unmask.ask", "unmask.decide", lasts=LONGEST, alone=True, page="traveller")
        register(Approval.Kind.UNMASK, unmask)
