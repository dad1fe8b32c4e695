"""Backtests: asked for, counted while one writes, stopped. A process of its own runs them (`tester`)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.profiles.actions.drafting import content_hash
from vedette.apps.profiles.actions.life import Refused, tell
from vedette.apps.profiles.models import Backtest, Version

#: Days that the count beside the form looks back; it reads the latest rows of them.
COUNTED = 30
#: How long a count stays true enough to be shown again.
FRESH = dt.timedelta(minutes=10)
#: Backtests of one person that wait at a time.
MOST_WAITING = 5
OPEN = (Backtest.State.WAITING, Backtest.State.RUNNING)


@transaction.atomic
def ask(by: User, pk: uuid.UUID, first: dt.date, last: dt.date) -> Backtest:
    """Asks for a backtest of a version over these days, both included. The same asked twice while it
    waits is one. Raises `Refused`: `state` for a version that ended, `busy` where five wait."""
    rules.check(by, "profile.write")
    version = Version.objects.select_related("profile").get(pk=pk)
    if version.state == Version.State.ENDED and version.active_from is None:
        raise Refused("state")
    waiting = Backtest.objects.filter(quick=False, state__in=OPEN)
    same = waiting.filter(
        version=version, content_hash=version.content_hash, first_day=first, last_day=last
    ).first()
    if same is not None:
        return same
    if waiting.filter(asked_by=by).count() >= MOST_WAITING:
        raise Refused("busy")
    made = Backtest.objects.create(
        organisation_id=version.organisation_id, version=version, kind=version.profile.kind,
        expression=version.expression,
        parameters=version.parameters, content_hash=version.content_hash, first_day=first,
        last_day=last, asked_by=by,
    )  # fmt: skip
    tell(version, by, "tested", backtest=str(made.pk))
    return made


@transaction.atomic
def count(by: User, kind: str, expression: str, parameters: Mapping[str, Any]) -> Backtest:
    """A quick backtest: the number of subjects of the last days that a valid expression matches.

    One that its writer asked a moment ago is given again; those that still wait, and are no longer
    what stands in the form, are stopped.
    """
    rules.check(by, "profile.write")
    assert by.organisation_id is not None  # noqa: S101  the rule asks for one
    hash_ = content_hash({"expression": expression, "parameters": dict(parameters), "weight": 0})
    today = timezone.now().date()
    mine = Backtest.objects.filter(asked_by=by, quick=True)
    known = mine.filter(
        kind=kind, content_hash=hash_, last_day=today, asked_at__gt=timezone.now() - FRESH,
        state__in=(*OPEN, Backtest.State.DONE),
    )  # fmt: skip
    found = known.order_by("-asked_at").first()
    if found is not None:
        return found
    mine.filter(state__in=OPEN).update(state=Backtest.State.CANCELLED, finished_at=timezone.now())
    made = Backtest.objects.create(
        organisation_id=by.organisation_id, quick=True, kind=kind, expression=expression,
        parameters=dict(parameters), content_hash=hash_, asked_by=by,
        first_day=today - dt.timedelta(days=COUNTED), last_day=today,
    )  # fmt: skip
    acts.write(by, "profile.counted", made.pk)
    return made


@transaction.atomic
def cancel(by: User, pk: uuid.UUID) -> Backtest:
    """Stops a backtest; one that is over stays as it ended."""
    rules.check(by, "profile.write")
    found = Backtest.objects.select_for_update().get(pk=pk)
    if found.state in OPEN:
        found.state, found.finished_at = Backtest.State.CANCELLED, timezone.now()
        found.save(update_fields=["state", "finished_at"])
        acts.write(by, "profile.test_stopped", found.pk)
    return found
