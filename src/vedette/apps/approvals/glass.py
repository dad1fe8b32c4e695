"""Emergency access (break glass): for a short time, a user who is alone on duty may act without the
approval of a second person.

An emergency access lasts an hour. Every page shows open emergency accesses to the users of the
organisation. Another person reviews each emergency access afterwards.
"""

from __future__ import annotations

import datetime as dt
import uuid

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import Act, BreakGlass, User
from vedette.apps.keyring import lock, unlocked

LASTS = dt.timedelta(hours=1)
#: The length of a shift, and the number of unreviewed emergency accesses that are permitted in a shift.
SHIFT, UNREVIEWED = dt.timedelta(hours=12), 2
SHORTEST = 20
_USE = "glass"
FINDINGS = ("right", "wrong")


class Unreviewed(Exception):
    """The error that is raised if earlier emergency accesses of the same person have not been reviewed."""


def break_glass(by: User, why: str) -> BreakGlass:
    """Starts an emergency access of the user `by` for the time `LASTS`. If the user `by` already has an open
    emergency access, returns that access instead.

    Raises `PermissionDenied`. Raises `ValueError` if the reason has fewer than `SHORTEST` characters. Raises
    `Unreviewed` if an emergency access of an earlier shift, or `UNREVIEWED` emergency accesses of this shift,
    have not been reviewed. If the number of unreviewed accesses had no limit, a person could act alone for an
    unlimited time.
    """
    rules.check(by, "glass.break")
    assert by.organisation_id is not None  # noqa: S101  the right requires one
    why = why.strip()
    if len(why) < SHORTEST:
        raise ValueError("the reason is too short")
    now = timezone.now()
    with transaction.atomic():
        User.objects.select_for_update().get(pk=by.pk)
        found = broken_by(by)
        if found is None:
            waiting = BreakGlass.objects.filter(user_id=by.pk, reviewed_at=None)
            if waiting.filter(started_at__lt=now - SHIFT).exists() or waiting.count() >= UNREVIEWED:
                raise Unreviewed
            found = BreakGlass.objects.create(
                organisation_id=by.organisation_id, user_id=by.pk, why=lock(why, _USE).encode(),
                started_at=now, ends_at=now + LASTS,
            )  # fmt: skip
            acts.write(by, "glass.break", found.pk, words={"why": why}, ends=found.ends_at)
    return found


def mend(by: User) -> None:
    """Ends the user's own emergency access early."""
    with transaction.atomic():
        found = broken_by(by)
        if found is not None:
            found.ends_at = timezone.now()
            found.save(update_fields=["ends_at"])
            acts.write(by, "glass.mend", found.pk)


def broken_by(user: User) -> BreakGlass | None:
    """Returns the open emergency access of `user`, or None."""
    return BreakGlass.objects.filter(user_id=user.pk, ends_at__gt=timezone.now()).first()


def review(by: User, pk: uuid.UUID, finding: str) -> BreakGlass:
    """Records whether, in the opinion of the reviewer `by`, it was right to act alone.

    Raises `PermissionDenied` (for example if the user `by` started the emergency access), `ValueError` or
    `BreakGlass.DoesNotExist`.
    """
    rules.check(by, "glass.review")
    if finding not in FINDINGS:
        raise ValueError("the finding is `right` or `wrong`")
    with transaction.atomic():
        found = BreakGlass.objects.select_for_update().get(pk=pk)
        if found.user_id == by.pk:
            raise PermissionDenied("glass.review")
        if found.reviewed_at is None:
            found.reviewed_by_id, found.reviewed_at, found.finding = by.pk, timezone.now(), finding
            found.save(update_fields=["reviewed_by", "reviewed_at", "finding"])
            acts.write(by, "glass.review", found.pk, finding=finding)
    return found


def to_see() -> QuerySet[BreakGlass]:
    """Returns the emergency accesses that every page shows, latest first. An emergency access is shown if it
    is open or not reviewed yet.
    """
    return (
        BreakGlass.objects.select_related("user")
        .filter(Q(ends_at__gt=timezone.now()) | Q(reviewed_at=None))
        .order_by("-started_at")
    )


def done_under(found: BreakGlass) -> QuerySet[Act]:
    """Returns the journal entries of the user during the emergency access, oldest first."""
    return Act.objects.filter(
        user=found.user_id, at__range=(found.started_at, found.ends_at)
    ).order_by("at", "pk")


def why(found: BreakGlass) -> str:
    """Returns the decrypted reason, or an empty text if the reason cannot be decrypted."""
    return unlocked(found.why, _USE)
