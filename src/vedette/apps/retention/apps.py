"""Retention: how long what is kept, masking, deletion, unmasking for a while."""

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    """Registered as `retention`; tables are named `retention_…`."""

    name = "vedette.apps.retention"
    label = "retention"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Periods change, and a masked person is seen, only with a second person. The journal and the
        profiles, which stand below, are told where masked values are and since when values are clear."""
        from vedette.apps.accounts.models import Approval
        from vedette.apps.approvals.actions import Doing, register
        from vedette.apps.journal import words
        from vedette.apps.profiles.selectors import backtests
        from vedette.apps.retention.actions import carry
        from vedette.apps.retention.parts import VAULT
        from vedette.apps.retention.sealing import open_row
        from vedette.apps.retention.selectors import first_clear
        from vedette.apps.retention.unmask import LONGEST

        doing = Doing("retention.change", "retention.decide", carry, page="retention-asked")
        register(Approval.Kind.RETENTION, doing)
        # The worker opens what was allowed (`unmask.open_waiting`).
        unmask = Doing("unmask.ask", "unmask.decide", lasts=LONGEST, alone=True, page="traveller")
        register(Approval.Kind.UNMASK, unmask)
        words.register(words.Vault(VAULT, open_row))
        backtests.register(first_clear)
