"""The Django app for risk profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from vedette.apps.accounts.models import Approval


class ProfilesConfig(AppConfig):
    """The Django app `profiles`. The tables of the app are named `profiles_…`."""

    name = "vedette.apps.profiles"

    def ready(self) -> None:
        """Registers two kinds of approval by a second person. Versions are approved only on the page of the
        profile, with a reason. Changes of a code list are approved on the page of approvals. The change of a
        code list needs approval only if versions of profiles depend on the list.
        """
        from vedette.apps.accounts.models import Approval
        from vedette.apps.approvals.actions import Doing, register

        doing = Doing("profile.write", "profile.approve", _carry, page="profile-asked", there=True)
        register(Approval.Kind.PROFILE, doing)
        register(Approval.Kind.CODES, Doing("profile.write", "profile.approve", _carry_list))


def _carry(approval: Approval) -> None:
    # Imported only when it is used, because the parser of expressions takes a tenth of the memory of a
    # process.
    from vedette.apps.profiles.actions import carry

    carry(approval)


def _carry_list(approval: Approval) -> None:
    from vedette.apps.profiles.actions import carry_list

    carry_list(approval)
