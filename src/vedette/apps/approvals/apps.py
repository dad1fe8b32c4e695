"""Approvals: their rows are those of accounts."""

from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    """Registered as `approvals`; it has no table of its own."""

    name = "vedette.apps.approvals"
    label = "approvals"

    def ready(self) -> None:
        """Many records leave only with a second person."""
        from vedette.apps.accounts.models import Approval
        from vedette.apps.approvals import exports
        from vedette.apps.approvals.actions import Doing, register

        doing = Doing("export.ask", "export.decide", lasts=exports.LASTS)
        register(Approval.Kind.EXPORT, doing)
