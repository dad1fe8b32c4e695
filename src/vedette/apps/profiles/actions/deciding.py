"""What the second person says of a version that waits: a correction, or that it may run. Why is always
written down, in the life of the version."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import timezone

from vedette.apps.accounts import rules
from vedette.apps.accounts.models import Approval, User
from vedette.apps.approvals import actions as approvals
from vedette.apps.profiles.actions import life
from vedette.apps.profiles.models import Version

#: Fewest and most characters of a reason.
SHORTEST, LONGEST = life.SHORTEST, 2000


def waiting(version: Version) -> Approval | None:
    """The approval that a version waits for; None where it ran out, or was refused elsewhere."""
    rows = Approval.objects.filter(kind=Approval.Kind.PROFILE, subject=str(version.pk))
    return rows.filter(state=Approval.State.ASKED).order_by("-asked_at").first()


@transaction.atomic
def allow(by: User, pk: uuid.UUID, why: str) -> Version:
    """Approves: the version becomes the active one. Raises `approvals.Refused`; `life.Refused`: `expired`
    where nobody decided in time, `state` where it waits no more; `ValueError` for a short reason."""
    rules.check(by, "profile.approve")
    said = _said(why)
    version = Version.objects.select_related("profile").get(pk=pk)
    approval = waiting(version)
    if version.state != Version.State.ASKED:
        raise life.Refused("state")
    if approval is None or approval.expires_at <= timezone.now():
        raise life.Refused("expired")
    approvals.decide(by, approval.pk, allow=True)
    life.tell(version, by, "allowed", said=said)
    version.refresh_from_db()
    return version


@transaction.atomic
def correct(by: User, pk: uuid.UUID, why: str) -> Version:
    """Asks for a correction: the version is a draft again, with what was said. Raises as `allow`."""
    rules.check(by, "profile.approve")
    said = _said(why)
    version = Version.objects.select_related("profile").get(pk=pk)
    if life.wrote(by, version):
        raise approvals.Refused("own")
    version = life.take_back(by, pk)
    life.tell(version, by, "refused", said=said)
    return version


def _said(why: str) -> str:
    if len(why.strip()) < SHORTEST:
        raise ValueError("say why, in at least 20 characters")
    return why.strip()[:LONGEST]
