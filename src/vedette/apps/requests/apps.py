"""What persons may ask about their data."""

from django.apps import AppConfig


class RequestsConfig(AppConfig):
    """Registered as `requests`; tables are named `requests_…`."""

    name = "vedette.apps.requests"

    def ready(self) -> None:
        """What a person asks to be erased goes with a second person only. The worker that seals the
        journal also writes the file of what was carried out."""
        from vedette.apps.accounts.models import Approval
        from vedette.apps.approvals.actions import Doing, register
        from vedette.apps.journal import sealing
        from vedette.apps.requests import ledger
        from vedette.apps.requests.erasing import carry

        register(Approval.Kind.DELETE, Doing("subject.answer", "delete.decide", carry))
        sealing.register(ledger.write)
