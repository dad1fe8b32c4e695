"""Queries about profiles: the table, one profile with its results, backtests, and the random control."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, QuerySet
from django.utils import timezone

from vedette.apps import query, rendering
from vedette.apps.hits.models import Hit
from vedette.apps.profiles import statistics
from vedette.apps.profiles.models import (
    Backtest,
    DrawDay,
    Drawn,
    Profile,
    ShadowFire,
    Version,
    VersionEvent,
)
from vedette.apps.profiles.statistics import Brought, Overlap
from vedette.apps.subjects.kinds import app_kind, queue_rows
from vedette.kinds import kinds
from vedette.profiles.files import load
from vedette.profiles.vocabulary import Vocabulary

#: The number of rows of a page, and the number of days for which hits are counted.
PAGE, PERIOD = 25, 30
#: The filters of the table. The last three are not states of a version.
STATES = ("active", "suspended", "asked", "draft", "ended", "review", "ending", "hear")

# One row for each profile. It contains the active version, else the open or last version. It also contains
# the open version. `hear` is true for a draft that names a restricted column, if the data-protection officer
# has given no opinion on its present content. The expression is not parsed here.
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
        state, page = asked.get("state", ""), asked.get("page", "1")
        number = int(page) if page.isascii() and page.isdecimal() and len(page) < 6 else 1
        return cls(
            state=state if state in STATES else "",
            text=" ".join(asked.get("q", "").replace("\0", "").split())[:100],
            page=max(number, 1),
        )

    def query(self, **changes: Any) -> str:
        """Returns these filters as a query string, with changes."""
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
        """The number of days until the version ends, if it needs a review for this reason; otherwise None."""
        until = self.version.active_until
        if until is None or "ends" not in self.review:
            return None
        return max((until.date() - timezone.now().date()).days, 0)


@dataclass(frozen=True)
class Page:
    """A page of the table."""

    rows: list[Row]
    counts: dict[str, int]
    total: int
    first: int


def page(filters: Filters) -> Page:
    """Returns the profiles that match the filters, sorted by their references. The function makes
    six queries."""
    start = (filters.page - 1) * PAGE
    escaped = re.sub(r"([%_\\])", r"\\\1", filters.text)
    asked = {
        "soon": timezone.now() + statistics.REVIEW,
        "below": statistics.below_floor(),
        "restricted": json.dumps(
            {name: restricted(kind.columns()) for name, kind in kinds().items()}
        ),
        "text": filters.text,
        "like": f"%{escaped}%",
        "titles": _starter_titles(filters.text) if filters.text else [],
        "most": PAGE,
        "from": start,
    }
    (counts,) = query.dicts(_COUNTS, asked)
    found = query.dicts(_PROFILES + _SOME.format(state=_IS.get(filters.state, "true")), asked)
    ids = [id_ for row in found for id_ in (row["version"], row["open"]) if id_]
    versions = Version.objects.select_related("profile").in_bulk(ids)
    shown = [row["version"] for row in found]
    brought = statistics.brought(shown, PERIOD)
    # A floor applies to all hits of a version. They differ from the hits in the table only if the version has
    # been active for longer than `PERIOD` days.
    then = timezone.now() - dt.timedelta(days=PERIOD)
    floored = [
        id_
        for id_ in shown
        if versions[id_].floor is not None and (begun := versions[id_].active_from) and begun < then
    ]
    ever = statistics.brought(floored) if floored else {}
    rows = []
    for row in found:
        version, now = versions[row["version"]], brought[row["version"]]
        other = versions[row["open"]] if row["open"] and row["open"] != row["version"] else None
        active = version.state == Version.State.ACTIVE
        due = statistics.review_due(version, ever.get(version.pk, now)) if active else []
        rows.append(Row(version, other, row["suspended"], now, due))
    return Page(rows, counts, found[0]["total"] if found else 0, start + 1)


def _starter_titles(text: str) -> list[str]:
    """Returns the titles of the starter profiles whose translated title contains a text."""
    titles = [load(path.read_bytes()).title for kind in kinds().values() for path in kind.starter()]
    return [title for title in titles if text.casefold() in rendering.own(title).casefold()]


def restricted(vocabulary: Vocabulary) -> str:
    """Returns a regular expression that finds the names of restricted columns."""
    names = [column.name for column in vocabulary.columns if column.restricted]
    return rf"\m({'|'.join(names) or '-'})\M"


#: The largest number of events that are shown. The latest events are shown.
SHOWN = 60


@dataclass(frozen=True)
class File:
    """A profile, the version that is shown, and all versions."""

    profile: Profile
    version: Version
    versions: list[Version]

    @property
    def active(self) -> Version | None:
        """The active version, which may be suspended; None if there is no active version."""
        return next((v for v in self.versions if v.state == Version.State.ACTIVE), None)

    @property
    def open(self) -> Version | None:
        """The draft or the submitted version; None if there is no such version."""
        states = (Version.State.DRAFT, Version.State.ASKED)
        return next((v for v in self.versions if v.state in states), None)

    @property
    def before(self) -> Version | None:
        """The version with which the shown version is compared: the active version, or the version before the
        shown version."""
        if self.active is not None and self.active.pk != self.version.pk:
            return self.active
        return next((v for v in self.versions if v.number < self.version.number), None)


def file(pk: uuid.UUID, number: int | None = None) -> File:
    """Returns a profile with one of its versions. If no number is given, the version is the open
    version, else the active version, else the last version.

    Raises `Profile.DoesNotExist` if there is no such profile, and `Version.DoesNotExist` if there is no
    version with the number.
    """
    rows = Version.objects.select_related("profile__suspended_by", "author", "approved_by")
    versions = list(rows.filter(profile=pk).order_by("-number"))
    if not versions:
        raise Profile.DoesNotExist
    whole = File(versions[0].profile, versions[0], versions)
    if number is None:
        chosen = whole.open or whole.active or versions[0]
    else:
        known = (v for v in versions if v.number == number)
        found = next(known, None)
        if found is None:
            raise Version.DoesNotExist
        chosen = found
    return File(chosen.profile, chosen, versions)


def life(version: Version) -> QuerySet[VersionEvent]:
    """Returns the events of a version, oldest first."""
    return VersionEvent.objects.select_related("by").filter(version=version).order_by("at", "pk")


@dataclass(frozen=True)
class Results:
    """The total number of hits of a version, the number of hits for each active day, and the other profiles
    that raised the same hits."""

    ever: Brought
    overlap: list[Overlap]
    per_day: float | None
    review: list[str]


def results(version: Version) -> Results | None:
    """Returns the results of an active or ended version; None if the version was never active."""
    if version.active_from is None:
        return None
    ever = statistics.brought([version.pk])[version.pk]
    due = statistics.review_due(version, ever) if version.state == Version.State.ACTIVE else []
    return Results(
        ever=ever,
        overlap=statistics.overlap(version),
        per_day=ever.hits / max(statistics.days_run(version), 1.0) if ever.hits else None,
        review=due,
    )


def shadowed(version: Version) -> int:
    """Returns the number of subjects for which a version in shadow mode was true."""
    return ShadowFire.objects.filter(version=version).aggregate(n=Count("pk"))["n"]


def shadow_overlap(version: Version) -> int:
    """Returns how many of these subjects have a hit for another reason."""
    fires = ShadowFire.objects.filter(version=version)
    return fires.filter(subject__hit__isnull=False).count()


#: The default number of days of a backtest.
USUAL = 90


def latest_backtest(version: Version) -> Backtest | None:
    """Returns the backtest of a version that is shown: a backtest that is waiting or running, else the last
    finished backtest, else the last backtest."""
    rows = Backtest.objects.filter(version=version, quick=False).order_by("-asked_at")
    found = list(rows[:10])
    under_way = (Backtest.State.WAITING, Backtest.State.RUNNING)
    for wanted in (under_way, (Backtest.State.DONE,)):
        for one in found:
            if one.state in wanted:
                return one
    return found[0] if found else None


def done_backtests(versions: Sequence[Version]) -> dict[uuid.UUID, Backtest]:
    """Returns for each version the last finished backtest of its present content."""
    rows = Backtest.objects.filter(version__in=versions, quick=False, state=Backtest.State.DONE)
    hashes = {version.pk: version.content_hash for version in versions}
    found: dict[uuid.UUID, Backtest] = {}
    for one in rows.order_by("asked_at"):
        if one.version_id and hashes[one.version_id] == one.content_hash:
            found[one.version_id] = one
    return found


_first_clear: list[Callable[[dt.date], dt.date]] = []


def register_first_clear(first_clear: Callable[[dt.date], dt.date]) -> None:
    """Registers the function that returns the first day that is not masked. The retention app calls this
    function once."""
    _first_clear[:] = [first_clear]


def reachable_days() -> tuple[dt.date, dt.date]:
    """Returns the first and the last day that a backtest can cover. Masked days are excluded."""
    today = timezone.now().date()
    return _first_clear[0](today), today


def usual_days() -> tuple[dt.date, dt.date]:
    """Returns the days with which the form is filled at first."""
    first, last = reachable_days()
    return max(first, last - dt.timedelta(days=USUAL - 1)), last


@dataclass(frozen=True)
class Sampled:
    """A subject of a sample, with its row of the queue and its hit."""

    subject: uuid.UUID
    shown: dict[str, Any]
    hit: Hit | None


def sample(test: Backtest) -> list[Sampled]:
    """Returns the subjects of a sample that the reader may see, latest first."""
    ids = [uuid.UUID(text) for text in test.result.get("sample", [])]
    shown = queue_rows(ids)
    hits = {hit.subject_id: hit for hit in Hit.objects.filter(subject__in=list(shown))}
    return [Sampled(one, shown[one], hits.get(one)) for one in ids if one in shown]


#: The largest number of groups that are shown.
GROUPS = 100


def holds(day: DrawDay) -> bool | None:
    """Returns whether the hash of the revealed key of a day is the published hash; None if the key is not
    revealed yet."""
    if not day.revealed:
        return None
    return hashlib.sha256(bytes.fromhex(day.revealed)).hexdigest() == day.promise


def drawn() -> list[tuple[dt.date, str, str, int]]:
    """Returns the latest groups with subjects that were drawn, if the reader may see them: the day, the name
    of the group, its page, and the number of subjects."""
    counted = Drawn.objects.values_list("day", "subject__kind", "subject__group_id").annotate(
        n=Count("pk")
    )
    rows = list(counted.order_by("-day")[:GROUPS])
    labels: dict[Any, tuple[str, str]] = {}
    for name in {kind for _, kind, _, _ in rows}:
        groups = [group for _, kind, group, _ in rows if kind == name]
        labels |= app_kind(name).group_labels(groups)
    found = [(day, *labels.get(group, ("–", "")), n) for day, _, group, n in rows]
    return sorted(found, key=lambda row: (-row[0].toordinal(), row[1]))
