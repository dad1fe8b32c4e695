"""Backtests: of a version, the figures of one, the days it can reach, the subjects of its sample."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from vedette.apps.hits.models import Hit
from vedette.apps.profiles.models import Backtest, Version
from vedette.apps.subjects.kinds import queue_rows

#: Days of a backtest where nobody says otherwise.
USUAL = 90


def latest(version: Version) -> Backtest | None:
    """The backtest to show of a version: one under way, else the last that is done, else the last."""
    rows = Backtest.objects.filter(version=version, quick=False).order_by("-asked_at")
    found = list(rows[:10])
    under_way = (Backtest.State.WAITING, Backtest.State.RUNNING)
    for wanted in (under_way, (Backtest.State.DONE,)):
        for one in found:
            if one.state in wanted:
                return one
    return found[0] if found else None


def done(versions: Sequence[Version]) -> dict[uuid.UUID, Backtest]:
    """Version → its last backtest that is done, of what it says now."""
    rows = Backtest.objects.filter(version__in=versions, quick=False, state=Backtest.State.DONE)
    hashes = {version.pk: version.content_hash for version in versions}
    found: dict[uuid.UUID, Backtest] = {}
    for one in rows.order_by("asked_at"):
        if one.version_id and hashes[one.version_id] == one.content_hash:
            found[one.version_id] = one
    return found


_first_clear: list[Callable[[dt.date], dt.date]] = []


def register(first_clear: Callable[[dt.date], dt.date]) -> None:
    """Says which function gives the first day whose values are in clear; called once, by retention."""
    _first_clear[:] = [first_clear]


def reach() -> tuple[dt.date, dt.date]:
    """The first and last day that a backtest can look at: what is masked is out of reach."""
    today = timezone.now().date()
    return _first_clear[0](today), today


def usual() -> tuple[dt.date, dt.date]:
    """The days that the form begins with."""
    first, last = reach()
    return max(first, last - dt.timedelta(days=USUAL - 1)), last


@dataclass(frozen=True)
class Sampled:
    """A subject of a sample, as far as the reader may see it: what the queue shows of it, its group."""

    subject: uuid.UUID
    shown: dict[str, Any]
    hit: Hit | None


def sample(test: Backtest) -> list[Sampled]:
    """The subjects of a sample that row-level security lets the reader see, the latest first."""
    ids = [uuid.UUID(text) for text in test.result.get("sample", [])]
    shown = queue_rows(ids)
    hits = {hit.subject_id: hit for hit in Hit.objects.filter(subject__in=list(shown))}
    return [Sampled(one, shown[one], hits.get(one)) for one in ids if one in shown]
