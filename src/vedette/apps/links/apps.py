"""Links between subjects that share identifiers."""

from django.apps import AppConfig


class LinksConfig(AppConfig):
    """The configuration of the app. The label of the app is `links`, so the tables are named `links_…`."""

    name = "vedette.apps.links"

    def ready(self) -> None:
        """Registers the approvals for the purpose matrix and for classes of offence."""
        from vedette.apps.accounts.models import Approval
        from vedette.apps.approvals.actions import Doing, register
        from vedette.apps.links import actions

        register(
            Approval.Kind.MATRIX,
            Doing("matrix.change", "matrix.decide", actions.carry_matrix, page="matrix-asked"),
        )
        register(
            Approval.Kind.OFFENCE,
            Doing("offence.write", "offence.decide", actions.carry_offence, page="links"),
        )
