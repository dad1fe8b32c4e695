"""Django configuration of approvals; their models are in `accounts`."""

import datetime as dt

from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    """The configuration of the app. Its label is `approvals`, and it has no table."""

    name = "vedette.apps.approvals"

    def ready(self) -> None:
        """Registers the export of many records as an action that a second person must approve."""
        from vedette.apps.accounts.models import Approval
        from vedette.apps.approvals.actions import Doing, register

        # An allowed export is valid for a day, for the user who asked for it.
        doing = Doing("export.ask", "export.decide", lasts=dt.timedelta(days=1))
        register(Approval.Kind.EXPORT, doing)
