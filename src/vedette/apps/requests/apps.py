"""Requests of persons about their own data."""

from django.apps import AppConfig


class RequestsConfig(AppConfig):
    """The configuration of the app. The label of the app is `requests`, so the names of its tables begin with
    `requests_`.
    """

    name = "vedette.apps.requests"

    def ready(self) -> None:
        """Registers erasure as an action that a second person must approve. Registers the function
        `ledger.write`, so that the worker that maintains the hash chain calls it.
        """
        from vedette.apps.accounts.models import Approval
        from vedette.apps.approvals.actions import Doing, register
        from vedette.apps.journal import sealing
        from vedette.apps.requests import actions, ledger

        register(Approval.Kind.DELETE, Doing("subject.answer", "delete.decide", actions.erase))
        sealing.file_writers.append(ledger.write)
