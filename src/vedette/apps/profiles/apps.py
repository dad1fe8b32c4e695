"""Risk profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from vedette.apps.accounts.models import Approval


class ProfilesConfig(AppConfig):
    """Registered as `profiles`; tables are named `profiles_…`."""

    name = "vedette.apps.profiles"

    def ready(self) -> None:
        """Registers the approvals by a second person: of versions, on their own page with a reason, and of
        changes of code lists that versions depend on."""
        from vedette.apps.accounts.models import Approval
        from vedette.apps.approvals.actions import Doing, register

        doing = Doing("profile.write", "profile.approve", _carry, page="profile-asked", there=True)
        register(Approval.Kind.PROFILE, doing)
        register(Approval.Kind.CODES, Doing("profile.write", "profile.approve", _carry_list))


def _carry(approval: Approval) -> None:
    # Imported only on use: the parser of expressions takes a tenth of the memory of a process.
    from vedette.apps.profiles.actions import carry

    carry(approval)


def _carry_list(approval: Approval) -> None:
    from vedette.apps.profiles.code_lists import carry

    carry(approval)
