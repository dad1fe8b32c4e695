"""Django configuration of approvals; their models are in `accounts`."""

from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    """Label `approvals`; the app has no table."""

    name = "vedette.apps.approvals"

    def ready(self) -> None:
        """Registers the export of many records, which needs a second person."""
        from vedette.apps.accounts.models import Approval
        from vedette.apps.approvals import exports
        from vedette.apps.approvals.actions import Doing, register

        doing = Doing("export.ask", "export.decide", lasts=exports.LASTS)
        register(Approval.Kind.EXPORT, doing)
