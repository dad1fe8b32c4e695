"""Queries about approvals and emergency accesses."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from vedette.apps.accounts.models import Approval, BreakGlass, User
from vedette.apps.approvals import actions

#: Maximum number of decided approvals, and of emergency accesses, that a page shows.
_SHOWN = 50


def visible(by: User) -> QuerySet[Approval]:
    """The approvals that `by` asked for, may decide, or oversees as data-protection officer or auditor."""
    rows = Approval.objects.select_related("asked_by", "decided_by", "glass")
    if by.role in (User.Role.DPO, User.Role.AUDITOR):
        return rows
    return rows.filter(Q(asked_by_id=by.pk) | Q(kind__in=actions.kinds(by)))


def waiting(by: User) -> QuerySet[Approval]:
    """The approvals that wait for `by` as the second person, oldest first."""
    return (
        Approval.objects.select_related("asked_by")
        .filter(
            state=Approval.State.ASKED, kind__in=actions.kinds(by), expires_at__gt=timezone.now()
        )
        .exclude(asked_by_id=by.pk)
        .order_by("asked_at")
    )


def overview(by: User) -> dict[str, Any]:
    """`waiting`: those that wait for the user; `asked`: the user's own open ones; `decided`: the latest
    decided ones."""
    rows = visible(by)
    open_ = rows.filter(state=Approval.State.ASKED, expires_at__gt=timezone.now())
    return {
        "waiting": list(waiting(by)),
        "asked": list(open_.filter(asked_by_id=by.pk).order_by("asked_at")),
        "decided": list(rows.exclude(pk__in=open_.values("pk")).order_by("-asked_at")[:_SHOWN]),
    }


def broken() -> QuerySet[BreakGlass]:
    """The emergency accesses of the organisation, latest first."""
    return BreakGlass.objects.select_related("user", "reviewed_by").order_by("-started_at")[:_SHOWN]
