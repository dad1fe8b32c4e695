"""Publication of actions and indicators: the provider requests it, and the Member releases each of them.
No action or indicator is published unless the Member releases it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from vedette.apps.accounts import acts
from vedette.apps.accounts.models import User
from vedette.apps.assistance.actions.common import Refused, guarded, locked
from vedette.apps.assistance.models import Action, Indicator
from vedette.apps.enforcement.selectors.controls import now

#: The states of actions that can be published.
TAKEN = ("accepted", "changed", "done")


@transaction.atomic
def ask(
    by: User, request: uuid.UUID, actions: Sequence[uuid.UUID], indicators: Sequence[uuid.UUID] = ()
) -> int:
    """Records that the provider requests the publication of actions and indicators. Returns the number of
    requested actions and indicators. Raises `Refused`.
    """
    one = locked(by, request, "ask_release", "assistance.work")
    values = {"asked_by_id": by.pk, "asked_at": now()}
    return _mark(by, one.pk, actions, indicators, "publish.ask", values, asked_by__isnull=True)


@transaction.atomic
def release(
    by: User, request: uuid.UUID, actions: Sequence[uuid.UUID], indicators: Sequence[uuid.UUID] = ()
) -> int:
    """Records that the Member releases actions and indicators for publication. Returns the number of released
    actions and indicators. Raises `Refused`.
    """
    one = locked(by, request, "release", "assistance.work")
    values = {"released_by_id": by.pk, "released_at": now()}
    return _mark(
        by, one.pk, actions, indicators, "publish.release", values,
        asked_by__isnull=False, released_by__isnull=True,
    )  # fmt: skip


@transaction.atomic
def withdraw(
    by: User, request: uuid.UUID, actions: Sequence[uuid.UUID], indicators: Sequence[uuid.UUID] = ()
) -> int:
    """Withdraws releases, or refuses requests for publication, for the Member: files that are created later
    do not contain these actions and indicators. Returns the number of changed actions and indicators. Raises
    `Refused`."""
    one = locked(by, request, "release", "assistance.work")
    values = dict.fromkeys(("asked_by_id", "asked_at", "released_by_id", "released_at"))
    return _mark(
        by, one.pk, actions, indicators, "publish.withdraw", values, asked_by__isnull=False
    )


def _mark(
    by: User, request: uuid.UUID, actions: Sequence[uuid.UUID], indicators: Sequence[uuid.UUID],
    act: str, values: dict[str, Any], **condition: bool,
) -> int:  # fmt: skip
    with guarded():
        count = sum(
            rows.filter(**condition).update(**values)
            for rows in _publishable(request, actions, indicators)
        )
    if not count:
        raise Refused("no_action")
    acts.write(by, act, request, count=count)
    return count


def _publishable(
    request: uuid.UUID, actions: Sequence[uuid.UUID], indicators: Sequence[uuid.UUID]
) -> Iterator[QuerySet[Any]]:
    yield Action.objects.filter(request_id=request, pk__in=actions, state__in=TAKEN)
    yield Indicator.objects.filter(request_id=request, pk__in=indicators, withdrawn_at__isnull=True)
