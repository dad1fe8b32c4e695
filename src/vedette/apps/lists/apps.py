"""The Django app for watchlists, their versions and entries, and lookouts."""

from django.apps import AppConfig


class ListsConfig(AppConfig):
    """The Django app `lists`. The tables of the app are named `lists_…`."""

    name = "vedette.apps.lists"

    def ready(self) -> None:
        """Registers the approval of imports by a second person."""
        from vedette.apps.accounts.models import Approval
        from vedette.apps.approvals.actions import Doing, register
        from vedette.apps.lists.actions import carry
        from vedette.apps.lists.wording import expected

        register(
            Approval.Kind.LIST,
            Doing(
                "list.import", "list.activate", carry, alone=True, page="watchlist-import-asked",
                later=expected,
            ),
        )  # fmt: skip
