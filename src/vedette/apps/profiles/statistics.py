"""What profiles brought: hits, decisions, confirmed results, precision with its interval, workload,
overlap, and drift against the backtest. Counts by version; row-level security decides what is seen."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from vedette.apps import query
from vedette.apps.profiles.models import Backtest, Version
from vedette.core.shares import interval

#: Days before the end of its time at which an active version asks for review.
REVIEW = dt.timedelta(days=30)
#: Answered hits from which a precision may speak against a profile.
ENOUGH = 20
#: Live rate beyond these times the backtest's, or below one over it, is a drift.
DRIFT = 2.0

_COUNTED = """
           count(*) FILTER (WHERE became.outcome = 'confirmed') AS confirmed,
           count(*) FILTER (WHERE became.outcome IN ('cleared', 'nothing_found')) AS nothing
"""
_BROUGHT = f"""
    SELECT r.profile_version_id AS version, count(*) AS hits,
           count(*) FILTER (WHERE became.outcome = 'open' AND r.state <> 'void') AS open,
           count(*) FILTER (WHERE r.state = 'void') AS void,
           min(r.created_at) AS first, max(r.created_at) AS last, {_COUNTED}
    FROM hits_reason r JOIN hit_outcome became ON became.hit_id = r.hit_id
    WHERE r.profile_version_id = ANY(%(versions)s) AND r.created_at >= %(since)s
    GROUP BY r.profile_version_id
"""  # noqa: S608  constants of ours
_FLOORED = f"""
    SELECT v.id AS version, v.floor, {_COUNTED}
    FROM profiles_version v JOIN hits_reason r ON r.profile_version_id = v.id
    JOIN hit_outcome became ON became.hit_id = r.hit_id
    WHERE v.state = 'active' AND v.floor IS NOT NULL
    GROUP BY v.id
"""  # noqa: S608  constants of ours
_OVERLAP = """
    WITH own AS (
        SELECT hit_id FROM hits_reason
        WHERE profile_version_id = %(version)s AND created_at >= %(since)s
    )
    SELECT o.profile_version_id AS version, count(*) AS both,
           count(*)::float / (SELECT count(*) FROM own) AS share
    FROM own JOIN hits_reason o ON o.hit_id = own.hit_id
    JOIN profiles_version v ON v.id = o.profile_version_id AND v.profile_id <> %(profile)s
    GROUP BY o.profile_version_id ORDER BY count(*) DESC LIMIT 20
"""


@dataclass(frozen=True)
class Brought:
    """What a version raised since a moment, and what became of it."""

    hits: int = 0
    open: int = 0
    confirmed: int = 0
    nothing: int = 0
    void: int = 0
    first: dt.datetime | None = None
    last: dt.datetime | None = None

    @property
    def answered(self) -> int:
        """Hits of which it is known whether they were right."""
        return self.confirmed + self.nothing

    @property
    def precision(self) -> float | None:
        """Share of confirmed among those answered; None where nobody answered yet."""
        return self.confirmed / self.answered if self.answered else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the precision."""
        return interval(self.confirmed, self.answered)


def brought(versions: Sequence[uuid.UUID], days: int | None = None) -> dict[uuid.UUID, Brought]:
    """For each version what it raised, in the last `days` or ever."""
    since = (
        timezone.now() - dt.timedelta(days=days) if days else dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
    )
    found = {id_: Brought() for id_ in versions}
    for row in query.dicts(_BROUGHT, {"versions": list(versions), "since": since}):
        version = row.pop("version")
        found[version] = Brought(**row)
    return found


@dataclass(frozen=True)
class Overlap:
    """Another profile's version, and the share of this one's hits of these days that it raised too."""

    version: Version
    both: int
    share: float


def overlap(version: Version, days: int = 90) -> list[Overlap]:
    """Other profiles that raised the same subjects in the last days, largest share first."""
    since = timezone.now() - dt.timedelta(days=days)
    asked = {"version": version.pk, "profile": version.profile_id, "since": since}
    rows = query.dicts(_OVERLAP, asked)
    known = Version.objects.select_related("profile").in_bulk([row["version"] for row in rows])
    return [
        Overlap(known[row["version"]], row["both"], row["share"])
        for row in rows
        if row["version"] in known
    ]


def drift(version: Version, now: Brought, backtest: Backtest | None) -> float | None:
    """Hits a day now, by hits a day in the backtest of the same content; None where either is missing."""
    if backtest is None or version.active_from is None or not backtest.result.get("fired"):
        return None
    live = days_run(version)
    if live < 1:
        return None
    return (now.hits / live) / (backtest.result["fired"] / held_days(backtest))


def held_days(test: Backtest) -> int:
    """Number of days of a backtest with subjects; the requested period may begin before the first message."""
    return test.result.get("days_held") or (test.last_day - test.first_day).days + 1


def days_run(version: Version) -> float:
    """Days, with their fraction, over which a version ran so far: not while it was suspended."""
    if version.active_from is None:
        return 0.0
    end = min(timezone.now(), version.ended_at or timezone.now())
    ran, stopped = end - version.active_from, None
    stops = version.events.filter(kind__in=("suspended", "resumed"), at__lt=end).order_by(
        "at", "pk"
    )
    for kind, at in (*stops.values_list("kind", "at"), ("resumed", end)):
        if kind == "suspended":
            stopped = stopped or at
        elif stopped is not None:
            ran, stopped = ran - (at - stopped), None
    return ran / dt.timedelta(days=1)


def review_due(version: Version, now: Brought) -> list[str]:
    """Why an active version asks for review: `ends`, `precision`; empty where nothing does."""
    why = []
    if version.active_until and version.active_until - REVIEW <= timezone.now():
        why.append("ends")
    if version.floor is not None and below(now, version.floor):
        why.append("precision")
    return why


def below(now: Brought, floor: int) -> bool:
    """Whether enough were answered, and even the upper end of the interval is below a floor in percent."""
    return now.answered >= ENOUGH and now.interval[1] < floor / 100


def below_floor() -> list[uuid.UUID]:
    """The active versions that fell below their floor."""
    return [
        row["version"]
        for row in query.dicts(_FLOORED, {})
        if below(Brought(confirmed=row["confirmed"], nothing=row["nothing"]), row["floor"])
    ]
