"""Requests of persons about their data."""

from django.apps import AppConfig


class RequestsConfig(AppConfig):
    """The configuration of the app. Its label is `requests`, so its tables are named `requests_…`."""

    name = "vedette.apps.requests"

    def ready(self) -> None:
        """Registers the erasure as an action that a second person must approve, and registers the
        writing of the ledger, which the sealing worker calls.
        """
        from vedette.apps.accounts.models import Approval
        from vedette.apps.approvals.actions import Doing, register
        from vedette.apps.journal import sealing
        from vedette.apps.requests import actions, ledger

        register(Approval.Kind.DELETE, Doing("subject.answer", "delete.decide", actions.erase))
        sealing.file_writers.append(ledger.write)
