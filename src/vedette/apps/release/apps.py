"""The Django app for releases of information to other organisations. The app registers the kinds of approvals
of releases.
"""

from __future__ import annotations

import datetime as dt

from django.apps import AppConfig


class ReleaseConfig(AppConfig):
    """The configuration of the app.

    The label of the app is `release`, so the tables are named `release_…`.
    """

    name = "vedette.apps.release"

    def ready(self) -> None:
        """Registers the approvals: an approved agreement takes effect, and an approved release is permitted
        for one day.
        """
        from vedette.apps.accounts.models import Approval
        from vedette.apps.approvals.actions import Doing, register
        from vedette.apps.release import deciding
        from vedette.apps.release.actions import agreements

        register(
            Approval.Kind.AGREEMENT,
            Doing("agreement.propose", "agreement.approve", carry=agreements.take_effect),
        )
        register(
            Approval.Kind.RELEASE,
            Doing(
                "release.send",
                "release.approve",
                lasts=dt.timedelta(days=1),
                later=deciding.described,
                listed=deciding.headed,
                named=deciding.is_second,
            ),
        )
