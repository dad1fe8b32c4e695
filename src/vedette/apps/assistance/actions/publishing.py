"""Publication of actions: the provider requests it, and the Member releases each action. No action is
published unless the Member releases it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db import transaction

from vedette.apps.accounts import acts
from vedette.apps.accounts.models import User
from vedette.apps.assistance.actions.common import Refused, guarded, locked
from vedette.apps.assistance.models import Action
from vedette.apps.enforcement.selectors.controls import now

#: The states of actions that can be published.
TAKEN = ("accepted", "changed", "done")


@transaction.atomic
def ask(by: User, request: uuid.UUID, actions: Sequence[uuid.UUID]) -> int:
    """The provider requests that actions are published. Returns their number. Raises `Refused`."""
    one = locked(by, request, "ask_release", "assistance.work")
    return _mark(by, one.pk, actions, "publish.ask", "asked", asked_by__isnull=True)


@transaction.atomic
def release(by: User, request: uuid.UUID, actions: Sequence[uuid.UUID]) -> int:
    """The Member releases actions whose publication was requested. Returns their number. Raises
    `Refused`."""
    one = locked(by, request, "release", "assistance.work")
    return _mark(by, one.pk, actions, "publish.release", "released", asked_by__isnull=False,
                 released_by__isnull=True)  # fmt: skip


@transaction.atomic
def withdraw(by: User, request: uuid.UUID, actions: Sequence[uuid.UUID]) -> int:
    """The Member withdraws releases, or refuses requests: later files are without these actions. Returns
    their number. Raises `Refused`."""
    one = locked(by, request, "release", "assistance.work")
    with guarded():
        count = Action.objects.filter(request=one, pk__in=actions, asked_by__isnull=False).update(
            asked_by_id=None, asked_at=None, released_by_id=None, released_at=None
        )
    if not count:
        raise Refused("no_action")
    acts.write(by, "publish.withdraw", one.pk, count=count)
    return count


def _mark(
    by: User, request: uuid.UUID, actions: Sequence[uuid.UUID], act: str, column: str,
    **condition: bool,
) -> int:  # fmt: skip
    with guarded():
        count = Action.objects.filter(
            request_id=request, pk__in=actions, state__in=TAKEN, **condition
        ).update(**{f"{column}_by_id": by.pk, f"{column}_at": now()})
    if not count:
        raise Refused("no_action")
    acts.write(by, act, request, count=count)
    return count
