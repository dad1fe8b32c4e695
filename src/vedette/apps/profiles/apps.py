"""Profiles: risk profiles and what they are judged on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from vedette.apps.accounts.models import Approval


class ProfilesConfig(AppConfig):
    """Registered as `profiles`; tables are named `profiles_…`."""

    name = "vedette.apps.profiles"

    def ready(self) -> None:
        """A version becomes active only with a second person, on its own page and with a reason; a code
        list that versions stand for is changed only with one."""
        from vedette.apps.accounts.models import Approval
        from vedette.apps.approvals.actions import Doing, register

        doing = Doing("profile.write", "profile.approve", _carry, page="profile-asked", there=True)
        register(Approval.Kind.PROFILE, doing)
        register(Approval.Kind.CODES, Doing("profile.write", "profile.approve", _carry_list))


def _carry(approval: Approval) -> None:
    # Not imported before it is needed: the parser of expressions is a tenth of a process's memory.
    from vedette.apps.profiles.actions.life import carry

    carry(approval)


def _carry_list(approval: Approval) -> None:
    from vedette.apps.profiles.actions.lists import carry

    carry(approval)
