"""Retention periods, masking, deletion, and unmasking for a limited time."""

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    """The configuration of the app. The label of the app is `retention`, so the names of its tables
    begin with `retention_`.
    """

    name = "vedette.apps.retention"

    def ready(self) -> None:
        """Registers the kinds of approvals for changes of retention periods and for unmasking.
        Registers the vault (the table of masked values) for the verification of the journal.
        Registers the function with which risk profiles determine the first day whose values are not
        masked.
        """
        from vedette.apps.accounts.models import Approval
        from vedette.apps.approvals.actions import Doing, register
        from vedette.apps.journal import verify
        from vedette.apps.profiles.selectors import register_first_clear
        from vedette.apps.retention import actions, masking, selectors, unmask
        from vedette.apps.subjects import tables

        register(
            Approval.Kind.RETENTION,
            Doing("retention.change", "retention.decide", actions.carry, page="retention-asked"),
        )
        # After the approval, a worker decrypts the rows (`unmask.open_waiting`).
        register(
            Approval.Kind.UNMASK,
            Doing("unmask.ask", "unmask.decide", lasts=unmask.LONGEST, alone=True, page="record"),
        )
        tables.register(
            tables.Shared(rows=(("retention_unmasked", "subject_id = ANY({subjects})"),))
        )
        verify.register_vault(verify.Vault(tables.VAULT, masking.open_row))
        register_first_clear(selectors.first_clear)
