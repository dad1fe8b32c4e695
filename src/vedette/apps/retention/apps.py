"""Retention periods, masking, deletion, and unmasking for a limited time."""

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    """The configuration of the app. Its label is `retention`, so its tables are named `retention_…`."""

    name = "vedette.apps.retention"

    def ready(self) -> None:
        """Registers the approvals of a second person that are needed to change periods and to
        unmask. Registers the vault for the verification of the journal. Registers the function
        that returns the first day whose values are not masked; risk profiles call it.
        """
        from vedette.apps.accounts.models import Approval
        from vedette.apps.approvals.actions import Doing, register
        from vedette.apps.journal import verify
        from vedette.apps.profiles import selectors
        from vedette.apps.retention.actions import carry
        from vedette.apps.retention.sealing import open_row
        from vedette.apps.retention.selectors import first_clear
        from vedette.apps.retention.unmask import LONGEST
        from vedette.apps.subjects import tables

        doing = Doing("retention.change", "retention.decide", carry, page="retention-asked")
        register(Approval.Kind.RETENTION, doing)
        # A worker opens the rows after the approval (`unmask.open_waiting`).
        unmask = Doing("unmask.ask", "unmask.decide", lasts=LONGEST, alone=True, page="record")
        register(Approval.Kind.UNMASK, unmask)
        tables.register(
            tables.Shared(rows=(("retention_unmasked", "subject_id = ANY({subjects})"),))
        )
        verify.register_vault(verify.Vault(tables.VAULT, open_row))
        selectors.register_first_clear(first_clear)
