"""The results of profiles by version: hits by outcome, precision with its interval, overlap with other
profiles, and drift from the backtest. Row-level security limits the results to what the reader may see."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from vedette.apps import query
from vedette.apps.profiles.models import Backtest, Version
from vedette.core.shares import interval

#: A review is due this long before the end of an active version.
REVIEW = dt.timedelta(days=30)
#: The smallest number of answered hits with which the precision is compared with the floor.
ENOUGH = 20
#: A drift is reported if the ratio of the present rate to the rate of the backtest is above this number or
#: below its inverse.
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
"""  # noqa: S608  only constants
_FLOORED = f"""
    SELECT v.id AS version, v.floor, {_COUNTED}
    FROM profiles_version v JOIN hits_reason r ON r.profile_version_id = v.id
    JOIN hit_outcome became ON became.hit_id = r.hit_id
    WHERE v.state = 'active' AND v.floor IS NOT NULL
    GROUP BY v.id
"""  # noqa: S608  only constants
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
    """The number of hits of a version in a period, by outcome."""

    hits: int = 0
    open: int = 0
    confirmed: int = 0
    nothing: int = 0
    void: int = 0
    first: dt.datetime | None = None
    last: dt.datetime | None = None

    @property
    def answered(self) -> int:
        """The number of hits with a known outcome."""
        return self.confirmed + self.nothing

    @property
    def precision(self) -> float | None:
        """The share of confirmed hits among the answered hits; None if no hit is answered."""
        return self.confirmed / self.answered if self.answered else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the precision."""
        return interval(self.confirmed, self.answered)


def brought(versions: Sequence[uuid.UUID], days: int | None = None) -> dict[uuid.UUID, Brought]:
    """Returns the hits of each version in the last `days`, or all hits if `days` is not given."""
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
    """A version of another profile, the number of hits that both versions raised, and the share of these hits
    among the hits of the first version."""

    version: Version
    both: int
    share: float


def overlap(version: Version, days: int = 90) -> list[Overlap]:
    """Returns the versions of other profiles that raised the same hits in the last days, largest share
    first."""
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
    """Returns the number of hits for each active day, divided by the number of hits for each day of the
    backtest; None if one of the two numbers is not known."""
    if backtest is None or version.active_from is None or not backtest.result.get("fired"):
        return None
    live = days_run(version)
    if live < 1:
        return None
    return (now.hits / live) / (backtest.result["fired"] / held_days(backtest))


def held_days(test: Backtest) -> int:
    """Returns the number of days of a backtest that have subjects. The requested period may begin before the
    first message."""
    return test.result.get("days_held") or (test.last_day - test.first_day).days + 1


def days_run(version: Version) -> float:
    """Returns the number of days for which a version was active and not suspended, including fractions of a
    day."""
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
    """Returns the reasons why an active version needs a review: `ends`, `precision`."""
    why = []
    if version.active_until and version.active_until - REVIEW <= timezone.now():
        why.append("ends")
    if version.floor is not None and below(now, version.floor):
        why.append("precision")
    return why


def below(now: Brought, floor: int) -> bool:
    """Returns whether enough hits are answered and the upper end of the interval is below a floor in
    percent."""
    return now.answered >= ENOUGH and now.interval[1] < floor / 100


def below_floor() -> list[uuid.UUID]:
    """Returns the active versions whose precision is below their floor."""
    return [
        row["version"]
        for row in query.dicts(_FLOORED, {})
        if below(Brought(confirmed=row["confirmed"], nothing=row["nothing"]), row["floor"])
    ]
