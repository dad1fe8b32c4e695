"""Queries about profiles: the results of versions, the table, one profile, the report by group of subjects,
backtests, and the random control."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count
from django.utils import timezone

from vedette.apps import query, rendering
from vedette.apps.hits import fairness
from vedette.apps.hits.fairness import SAYS_LITTLE, Groups
from vedette.apps.hits.models import SeenHit
from vedette.apps.profiles.models import (
    OPEN,
    UNDER_WAY,
    Backtest,
    DrawDay,
    Drawn,
    Profile,
    Version,
)
from vedette.apps.subjects.kinds import app_kind, queue_rows
from vedette.core.shares import interval
from vedette.kinds import kinds
from vedette.profiles.files import load
from vedette.profiles.vocabulary import Vocabulary

# --- results of versions -------------------------------------------------------------------------
# The results of a version are its hits by outcome, the precision with its confidence interval, the overlap
# with other profiles, and the drift from the backtest. Row-level security of the database limits the results
# to the hits that the user may see.

#: The time before the end of an active version at which a review is due.
REVIEW = dt.timedelta(days=30)
#: The precision is compared with the floor (the lowest acceptable precision) only if at least this number of
#: hits is answered. A hit is answered if its outcome is known.
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
           count(*) FILTER (WHERE became.outcome = 'cleared') AS released, {_COUNTED}
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
class _Outcomes:
    """The number of hits for each outcome."""

    hits: int = 0
    open: int = 0
    confirmed: int = 0
    nothing: int = 0

    @property
    def answered(self) -> int:
        """The number of hits with a known outcome."""
        return self.confirmed + self.nothing


@dataclass(frozen=True)
class Brought(_Outcomes):
    """The number of hits of a version in a period, for each outcome."""

    void: int = 0
    #: The part of `nothing` that was released, or decided as another person, without a result of a control.
    released: int = 0

    @property
    def controls(self) -> int:
        """The number of hits that were controlled: confirmed hits, and hits whose control found nothing."""
        return self.answered - self.released

    @property
    def precision(self) -> float | None:
        """Returns the share of confirmed hits among the hits with a known outcome, or None if no outcome is
        known.
        """
        return self.confirmed / self.answered if self.answered else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the precision."""
        return interval(self.confirmed, self.answered)


def brought(versions: Sequence[uuid.UUID], days: int | None = None) -> dict[uuid.UUID, Brought]:
    """Returns the number of hits of each version in the last `days` days. If `days` is None, all hits of the
    version are counted."""
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
    """A version of another profile that raised some of the same hits. `Overlap` contains the number of hits
    that both versions raised, and the share of these hits among all hits of the first version.
    """

    version: Version
    both: int
    share: float


def overlap(version: Version, days: int = 90) -> list[Overlap]:
    """Returns the versions of other profiles that raised some of the same hits in the last `days` days,
    largest share first."""
    since = timezone.now() - dt.timedelta(days=days)
    rows = query.dicts(
        _OVERLAP, {"version": version.pk, "profile": version.profile_id, "since": since}
    )
    known = Version.objects.select_related("profile").in_bulk([row["version"] for row in rows])
    return [
        Overlap(known[row["version"]], row["both"], row["share"])
        for row in rows
        if row["version"] in known
    ]


def drift(version: Version, now: Brought, backtest: Backtest | None) -> float | None:
    """Returns the ratio of the number of hits per active day to the number of hits per day in the backtest.
    Returns None if one of the two numbers is not known."""
    if backtest is None or version.active_from is None or not backtest.result.get("fired"):
        return None
    live = days_run(version)
    if live < 1:
        return None
    return (now.hits / live) / (backtest.result["fired"] / held_days(backtest))


def held_days(test: Backtest) -> int:
    """Returns the number of days of a backtest for which subjects are stored. The requested period may begin
    before the first message.
    """
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
    """Returns the reasons why a version needs a review: `ends` (the version ends soon) or `precision` (the
    precision is too low). Returns an empty result if the version is not active.
    """
    active, until = version.state == Version.State.ACTIVE, version.active_until
    due = {
        "ends": until is not None and until - REVIEW <= timezone.now(),
        "precision": version.floor is not None and below(now, version.floor),
    }
    return [why for why, is_due in due.items() if active and is_due]


def below(now: Brought, floor: int) -> bool:
    """Returns whether the precision is below a floor in percent. The result is true if enough hits have a
    known outcome and the upper end of the confidence interval is below the floor.
    """
    return now.answered >= ENOUGH and now.interval[1] < floor / 100


def below_floor() -> list[uuid.UUID]:
    """Returns the active versions whose precision is below their floor."""
    return [
        row["version"]
        for row in query.dicts(_FLOORED, {})
        if below(Brought(confirmed=row["confirmed"], nothing=row["nothing"]), row["floor"])
    ]


# --- the table -----------------------------------------------------------------------------------

#: The number of rows of a page, and the number of days for which hits are counted.
PAGE, PERIOD = 25, 30

# One row for each profile. The row contains the active version or, if there is none, the open or last
# version. It also contains the open version. `hear` is true for a draft that names a restricted column, if
# the data-protection officer has given no opinion on its present content. The expression is not parsed here.
_PROFILES = """
    WITH held AS MATERIALIZED (
        SELECT v.*, row_number() OVER (
                   PARTITION BY v.profile_id
                   ORDER BY v.state <> 'active', v.state = 'ended', v.number DESC) AS place
        FROM profiles_version v
    ), open AS (
        SELECT h.*, h.expression ~* (%(restricted)s::jsonb ->> p.kind) AND NOT EXISTS (
            SELECT FROM profiles_versionevent e WHERE e.version_id = h.id AND e.kind = 'heard'
              AND e.params ->> 'hash' = h.content_hash
              AND e.params ->> 'justification' = encode(sha256(convert_to(h.justification, 'UTF8')), 'hex')
            ) AS hear
        FROM held h JOIN profiles_profile p ON p.id = h.profile_id
        WHERE h.state IN ('draft', 'asked')
    ), told AS (
        SELECT p.id, p.ref, p.suspended_at IS NOT NULL AND v.state = 'active' AS suspended,
               v.id AS version, v.state, v.title, v.number,
               o.id AS open, o.state AS open_state, coalesce(o.hear, false) AS hear,
               v.state = 'active' AND v.active_until <= %(soon)s AS ending,
               v.state = 'active' AND v.id = ANY(%(below)s) AS below
        FROM profiles_profile p
        JOIN held v ON v.profile_id = p.id AND v.place = 1
        LEFT JOIN open o ON o.profile_id = p.id
    )
"""
#: Filter of the table → its condition.
_IS = {
    "active": "state = 'active' AND NOT suspended",
    "suspended": "suspended",
    "asked": "open_state = 'asked'",
    "draft": "open_state = 'draft'",
    "ended": "state = 'ended' AND open IS NULL",
    "review": "ending OR below",
    "ending": "ending",
    "hear": "hear",
}
_EACH = ", ".join(f"count(*) FILTER (WHERE {test}) AS {name}" for name, test in _IS.items())
_COUNTS = f"{_PROFILES} SELECT count(*) AS all, {_EACH} FROM told"  # noqa: S608  only constants
# Rows are sorted by the text before the number, then by the number, so that `P-9` comes before `P-10`.
_SOME = """
    SELECT id, version, open, suspended, count(*) OVER () AS total FROM told
    WHERE ({state}) AND (%(text)s = '' OR ref ILIKE %(like)s OR title ILIKE %(like)s
           OR title = ANY(%(titles)s))
    ORDER BY regexp_replace(ref, '[0-9]+$', ''), substring(ref FROM '[0-9]{{1,18}}$')::bigint NULLS FIRST,
             ref LIMIT %(most)s OFFSET %(from)s
"""


@dataclass(frozen=True)
class Filters:
    """The filters of the table. All filters are in the URL."""

    state: str = ""
    text: str = ""
    page: int = 1

    @classmethod
    def read(cls, asked: Any) -> Filters:
        """Returns the filters of a request. Invalid values are ignored."""
        state = asked.get("state", "")
        return cls(
            state=state if state in _IS else "",
            text=" ".join(asked.get("q", "").replace("\0", "").split())[:100],
            page=query.page_number(asked.get("page", "1")),
        )

    def query(self, **changes: Any) -> str:
        """Returns the filters as a query string. `changes` contains filters that replace the present
        filters."""
        parts: dict[str, Any] = {"state": self.state, "q": self.text, **changes}
        return urlencode({name: value for name, value in parts.items() if value})


@dataclass(frozen=True)
class Row:
    """A row of the table."""

    version: Version
    open: Version | None
    suspended: bool
    brought: Brought
    #: The reasons for a review: `ends`, `precision`.
    review: list[str]

    @property
    def state(self) -> str:
        """The state shown in the table."""
        return "suspended" if self.suspended else self.version.state

    @property
    def days_left(self) -> int | None:
        """The number of days until the version ends. Returns None if the end of the version is not a reason
        for a review.
        """
        until = self.version.active_until
        if until is None or "ends" not in self.review:
            return None
        return max((timezone.localdate(until) - timezone.localdate()).days, 0)


@dataclass(frozen=True)
class Page:
    """A page of the table."""

    rows: list[Row]
    counts: dict[str, int]
    total: int
    first: int


def counts_by_state() -> dict[str, int]:
    """Returns the number of profiles in each state."""
    (found,) = query.dicts(_COUNTS, _asked(Filters()))
    return found


def _asked(filters: Filters) -> dict[str, Any]:
    """Returns the parameters of the queries about the profiles that match the filters."""
    escaped = re.sub(r"([%_\\])", r"\\\1", filters.text)
    return {
        "soon": timezone.now() + REVIEW,
        "below": below_floor(),
        "restricted": json.dumps(
            {name: restricted(kind.columns()) for name, kind in kinds().items()}
        ),
        "text": filters.text,
        "like": f"%{escaped}%",
        "titles": _starter_titles(filters.text) if filters.text else [],
        "most": PAGE,
        "from": (filters.page - 1) * PAGE,
    }


def page(filters: Filters) -> Page:
    """Returns the profiles that match the filters, sorted by their references. The function makes
    six queries."""
    asked = _asked(filters)
    (counts,) = query.dicts(_COUNTS, asked)
    found = query.dicts(_PROFILES + _SOME.format(state=_IS.get(filters.state, "true")), asked)
    ids = [id_ for row in found for id_ in (row["version"], row["open"]) if id_]
    versions = Version.objects.select_related("profile").in_bulk(ids)
    shown = [row["version"] for row in found]
    recent = brought(shown, PERIOD)
    # A floor applies to all hits of a version, and the table shows only the hits of `PERIOD` days. So all
    # hits are counted for the versions that have been active for longer.
    then = timezone.now() - dt.timedelta(days=PERIOD)
    floored = [
        id_
        for id_ in shown
        if versions[id_].floor is not None and (begun := versions[id_].active_from) and begun < then
    ]
    ever = brought(floored) if floored else {}
    rows = []
    for row in found:
        version, now = versions[row["version"]], recent[row["version"]]
        other = versions[row["open"]] if row["open"] and row["open"] != row["version"] else None
        due = review_due(version, ever.get(version.pk, now))
        rows.append(Row(version, other, row["suspended"], now, due))
    return Page(rows, counts, found[0]["total"] if found else 0, asked["from"] + 1)


def _starter_titles(text: str) -> list[str]:
    """Returns the titles of the starter profiles whose translated title contains a text."""
    titles = [load(path.read_bytes()).title for kind in kinds().values() for path in kind.starter()]
    return [title for title in titles if text.casefold() in rendering.own(title).casefold()]


def restricted(vocabulary: Vocabulary) -> str:
    """Returns a regular expression that finds the names of restricted columns."""
    names = [column.name for column in vocabulary.columns if column.restricted]
    return rf"\m({'|'.join(names) or '-'})\M"


# --- one profile ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class File:
    """A profile, the version that is shown, and all versions."""

    profile: Profile
    version: Version
    versions: list[Version]

    @property
    def active(self) -> Version | None:
        """Returns the active version, which may be suspended, or None if no version is active."""
        return next((v for v in self.versions if v.state == Version.State.ACTIVE), None)

    @property
    def open(self) -> Version | None:
        """Returns the version that is a draft or is submitted, or None if there is no such version."""
        return next((v for v in self.versions if v.state in OPEN), None)

    @property
    def before(self) -> Version | None:
        """The version with which the shown version is compared: the active version, or the version before the
        shown version."""
        if self.active is not None and self.active.pk != self.version.pk:
            return self.active
        return next((v for v in self.versions if v.number < self.version.number), None)


def file(pk: uuid.UUID, number: int | None = None) -> File:
    """Returns a profile with one of its versions. If no number is given, returns the draft or submitted
    version. If no such version exists, returns the active version. If no version is active, returns the last
    version.

    Raises `Profile.DoesNotExist` if there is no such profile, and `Version.DoesNotExist` if there is no
    version with the number.
    """
    rows = Version.objects.select_related("profile__suspended_by", "author", "approved_by")
    versions = list(rows.filter(profile=pk).order_by("-number"))
    if not versions:
        raise Profile.DoesNotExist
    whole = File(versions[0].profile, versions[0], versions)
    chosen: Version | None = whole.open or whole.active or versions[0]
    if number is not None:
        chosen = next((version for version in versions if version.number == number), None)
    if chosen is None:
        raise Version.DoesNotExist
    return File(chosen.profile, chosen, versions)


@dataclass(frozen=True)
class Results:
    """Contains the number of hits of a version (in total and per active day), and the other profiles that
    raised the same hits.
    """

    ever: Brought
    overlap: list[Overlap]
    per_day: float | None
    review: list[str]


def results(version: Version) -> Results | None:
    """Returns the results of an active or ended version, or None if the version was never active."""
    if version.active_from is None:
        return None
    ever = brought([version.pk])[version.pk]
    return Results(
        ever=ever,
        overlap=overlap(version),
        per_day=ever.hits / max(days_run(version), 1.0) if ever.hits else None,
        review=review_due(version, ever),
    )


# --- report by group of subjects -----------------------------------------------------------------

#: The periods of the report on all profiles, in days.
REPORT_PERIODS = (30, 90, 180)

# A hit counts once, even if several profiles raised it. A hit also counts after the profile has ended.
_HITS = """
    SELECT DISTINCT r.hit_id AS hit, became.outcome AS answer
    FROM hits_reason r JOIN hit_outcome became ON became.hit_id = r.hit_id
    WHERE r.kind = 'profile' AND r.created_at >= %(since)s
"""
_ALL = f"SELECT answer, count(*) AS hits FROM ({_HITS}) h GROUP BY answer"  # noqa: S608  only constants


@dataclass(frozen=True)
class Group(_Outcomes):
    """The number of hits of one group of subjects or of all subjects."""

    @property
    def share(self) -> float | None:
        """Among the hits with a known outcome, returns the share of hits for which nothing was found. Returns
        None if no outcome is known.
        """
        return self.nothing / self.answered if self.answered else None

    @property
    def interval(self) -> tuple[float, float]:
        """Returns Wilson's 95 % confidence interval of the share of hits for which nothing was found."""
        return interval(self.nothing, self.answered)

    @property
    def says_little(self) -> bool:
        """Returns whether the group has too few hits with a known outcome for a comparison with other
        groups."""
        return self.answered < SAYS_LITTLE


@dataclass(frozen=True)
class Report:
    """The number of hits that profiles raised in a period, in total and for each group of subjects."""

    all: Group
    by: list[Groups[Group]]


def report(days: int) -> Report:
    """Returns the report on the hits that profiles raised in the last days."""
    params = {"since": timezone.now() - dt.timedelta(days=days)}
    every = Counter({row["answer"]: row["hits"] for row in query.dicts(_ALL, params)})
    return Report(_group(every), fairness.report(_HITS, params, _group))


def _group(outcomes: Counter[str]) -> Group:
    nothing = outcomes["cleared"] + outcomes["nothing_found"]
    return Group(outcomes.total(), outcomes["open"], outcomes["confirmed"], nothing)


# --- backtests and random control ----------------------------------------------------------------


def latest_backtest(version: Version) -> Backtest | None:
    """Returns the backtest that the page of a version shows. A waiting or running backtest is preferred to
    the last finished backtest. If no backtest is waiting, running or finished, returns the last backtest.
    """
    rows = Backtest.objects.filter(version=version, quick=False).order_by("-asked_at")[:10]
    order = {**dict.fromkeys(UNDER_WAY, 0), Backtest.State.DONE: 1}
    return min(rows, key=lambda one: order.get(Backtest.State(one.state), 2), default=None)


def done_backtests(versions: Sequence[Version]) -> dict[uuid.UUID, Backtest]:
    """Returns the last finished backtest of the present content of each version."""
    rows = Backtest.objects.filter(version__in=versions, quick=False, state=Backtest.State.DONE)
    hashes = {version.pk: version.content_hash for version in versions}
    return {
        one.version_id: one
        for one in rows.order_by("asked_at")
        if one.version_id and hashes[one.version_id] == one.content_hash
    }


_first_clear: list[Callable[[dt.date], dt.date]] = []


def register_first_clear(first_clear: Callable[[dt.date], dt.date]) -> None:
    """Registers the function that returns the first day whose values are not masked. The retention app calls
    this function once.
    """
    _first_clear[:] = [first_clear]


def reachable_days() -> tuple[dt.date, dt.date]:
    """Returns the first and the last day that a backtest can cover. Masked days are excluded."""
    today = timezone.now().date()
    return _first_clear[0](today), today


def sample(test: Backtest) -> list[tuple[dict[str, Any], SeenHit | None]]:
    """Returns the subjects in the sample of a backtest, latest first. Subjects that the user may not see are
    left out. Each result is a pair: the row with which the queue shows the subject, and the hit of the
    subject.
    """
    ids = [uuid.UUID(text) for text in test.result.get("sample", [])]
    shown = queue_rows(ids)
    hits = {hit.subject_id: hit for hit in SeenHit.objects.filter(subject__in=list(shown))}
    return [(shown[one], hits.get(one)) for one in ids if one in shown]


#: The largest number of groups that are shown.
GROUPS = 100


def holds(day: DrawDay) -> bool | None:
    """Returns whether the published key of a day matches the hash that was published before the day. Returns
    None if the key is not published yet.
    """
    if not day.revealed:
        return None
    return hashlib.sha256(bytes.fromhex(day.revealed)).hexdigest() == day.promise


def drawn() -> list[tuple[dt.date, str, str, int]]:
    """Returns the latest groups with randomly selected subjects that the user may see. Each row contains the
    day, the name of the group, the URL of its page, and the number of selected subjects.
    """
    counted = Drawn.objects.values_list("day", "subject__kind", "subject__group_id").annotate(
        n=Count("pk")
    )
    rows = list(counted.order_by("-day")[:GROUPS])
    labels: dict[Any, tuple[str, str]] = {}
    for name in {kind for _, kind, _, _ in rows}:
        labels |= app_kind(name).group_labels([group for _, kind, group, _ in rows if kind == name])
    found = [(day, *labels.get(group, ("–", "")), n) for day, _, group, n in rows]
    return sorted(found, key=lambda row: (-row[0].toordinal(), row[1]))


def shown(profiles: Collection[uuid.UUID]) -> dict[uuid.UUID | None, Version]:
    """Maps each profile to its active version or, if it has none, to its last version."""
    rows = Version.objects.select_related("profile").filter(profile__in=profiles)
    ordered = sorted(rows, key=lambda v: (v.state == Version.State.ACTIVE, v.number))
    return {version.profile_id: version for version in ordered}
