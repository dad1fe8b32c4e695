"""Computes the figures of the first page. Officers see the due times and claims of hits; supervisors see the
workload, the delays and the results of controls; analysts see the results of profiles. Some roles also see
numbers by day.

Row-level security of the database limits every figure to the hits that the reader may see.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext

from vedette.apps import charts, display, query
from vedette.apps.accounts import rules
from vedette.apps.accounts.models import User
from vedette.apps.hits.models import Decision, SeenHit
from vedette.apps.hits.selectors import (
    SOON,
    Row,
    decisions_since,
    rows,
    without_result,
)
from vedette.apps.profiles import selectors as profiles
from vedette.apps.profiles.models import Version
from vedette.apps.profiles.wording import title
from vedette.apps.subjects.kinds import GroupMark, by_kind
from vedette.apps.subjects.models import Subject
from vedette.core.shares import interval

#: The chart of due times begins this long before the present hour, and ends this long after it.
BEFORE, AFTER = dt.timedelta(hours=2), dt.timedelta(hours=12)
#: The maximum number of groups in the chart, and of signs for each group.
GROUPS, SIGNS = 20, 6
#: The maximum number of rows of a table.
ROWS = 8
#: Periods in days: delays of decisions, numbers by day, results of controls, results of profiles.
DELAYS, DAYS, RESULTS, PROFILES = 7, 14, 60, 30
#: A share is shown only from this number of controls.
ENOUGH = 30
#: Ends of the axis of delays, in minutes.
SHORTEST, LONGEST = 2, 24 * 60


T = TypeVar("T")
#: The number of seconds for which figures over many days are kept.
KEPT_S = 60


def kept(user: User, name: str, make: Callable[[], T]) -> T:
    """Returns the figures of the overview that cover several days.

    The figures are computed once a minute for all users with the same scope and language.
    """
    scope = (
        user.organisation_id, user.unit_id, sorted(user.themes), sorted(user.purposes),
        rules.may(user, "subject.answer"), get_language(),
    )  # fmt: skip
    key = f"{name}:{hashlib.sha256(repr(scope).encode()).hexdigest()}"
    return cast(T, cache.get_or_set(key, make, KEPT_S))


@dataclass(frozen=True)
class Waiting:
    """The numbers of open hits outside floods, and the number of decisions that the user recorded today."""

    all: int
    landed: int
    soon: int
    mine: int
    free: int
    decided: int


#: A group with open hits: its id, one of its subjects, the earliest due time, and the number of hits of each
#: level, highest first. Subjects without a group that are due in the same hour count as one group, whose id
#: is None if it has several hits.
Group = tuple[uuid.UUID | None, uuid.UUID, dt.datetime, list[tuple[int, int]]]


@dataclass(frozen=True)
class Claims:
    """The number of open hits that one officer has claimed, and how many of these hits are past due. If
    `officer` is None, contains the hits outside of floods that no officer has claimed."""

    officer: uuid.UUID | None
    open: int
    late: int


@dataclass(frozen=True)
class Open:
    """The open hits outside of floods: their numbers, their groups with a decision due in the period of the
    chart, and the ids of the hits without an officer that have waited longest. `mine` contains the ids of the
    most urgent hits that the user has claimed, and `claims` contains the number of hits of each officer; both
    also include hits of floods.
    """

    waiting: Waiting
    #: The first `GROUPS` groups.
    groups: list[Group]
    #: The number of all groups, and the number of hits of each level in all groups.
    group_count: int
    levels: list[tuple[int, int]]
    longest: list[uuid.UUID]
    mine: list[uuid.UUID]
    claims: list[Claims]


#: The level of a priority.
_LEVEL = (
    f"CASE WHEN priority >= {display.LEVELS[4][0]} THEN 4 WHEN priority >= {display.LEVELS[3][0]} THEN 3"
    f" WHEN priority >= {display.LEVELS[2][0]} THEN 2 ELSE 1 END"
)
# The open hits are read once for all figures, because the view compares the pairs of every hit with the
# reader's. Hits of floods are read with the partial indexes of floods. No query reads the decided hits.
_OPEN = f"""
    WITH single AS MATERIALIZED (
        SELECT id, subject_id, group_id, due_at, priority, {_LEVEL} AS level, opened_at, claimed_by_id,
               is_alone
        FROM hits_seen
        WHERE full_state IN ('new', 'reopened') AND full_flood_id IS NULL AND full_flood_profile_id IS NULL
          AND is_open
    ), claimed AS (
        SELECT id, due_at, priority, claimed_by_id FROM single WHERE claimed_by_id IS NOT NULL
        UNION ALL
        SELECT id, due_at, priority, claimed_by_id FROM hits_seen
        WHERE full_state IN ('new', 'reopened') AND is_open AND claimed_by_id IS NOT NULL
          AND full_flood_id IS NOT NULL
        UNION ALL
        SELECT id, due_at, priority, claimed_by_id FROM hits_seen
        WHERE full_state IN ('new', 'reopened') AND is_open AND claimed_by_id IS NOT NULL
          AND full_flood_id IS NULL AND full_flood_profile_id IS NOT NULL
    ), grouped AS (
        SELECT CASE WHEN group_id IS NOT NULL THEN group_id
                    WHEN count(*) = 1 THEN min(subject_id::text)::uuid END AS grp,
               min(subject_id::text)::uuid AS subject, min(due_at) AS at,
               ARRAY[count(*) FILTER (WHERE level = 4), count(*) FILTER (WHERE level = 3),
                     count(*) FILTER (WHERE level = 2), count(*) FILTER (WHERE level = 1)] AS levels
        FROM single WHERE is_alone AND due_at >= %(first)s AND due_at < %(last)s
        GROUP BY group_id, CASE WHEN group_id IS NULL THEN date_trunc('hour', due_at) END
    ), shown AS (
        SELECT * FROM grouped ORDER BY at, subject LIMIT {GROUPS}
    ), by_officer AS (
        SELECT claimed_by_id AS officer, count(*) AS open, count(*) FILTER (WHERE due_at < %(now)s) AS late
        FROM claimed GROUP BY 1
    )
    SELECT counts.*,
           ARRAY(SELECT grp FROM shown ORDER BY at, subject) AS groups,
           ARRAY(SELECT subject FROM shown ORDER BY at, subject) AS subjects,
           ARRAY(SELECT at FROM shown ORDER BY at, subject) AS times,
           ARRAY(SELECT levels FROM shown ORDER BY at, subject) AS levels,
           (SELECT count(*) FROM grouped) AS group_count,
           (SELECT ARRAY[sum(levels[1]), sum(levels[2]), sum(levels[3]), sum(levels[4])]::bigint[]
            FROM grouped) AS level_counts,
           ARRAY(SELECT id FROM single WHERE is_alone AND claimed_by_id IS NULL AND due_at >= %(now)s
                 ORDER BY opened_at, subject_id LIMIT {ROWS}) AS longest,
           ARRAY(SELECT id FROM claimed WHERE claimed_by_id = %(user)s
                 ORDER BY due_at, priority DESC LIMIT {ROWS}) AS mine_ids,
           ARRAY(SELECT officer FROM by_officer ORDER BY officer) AS officers,
           ARRAY(SELECT open FROM by_officer ORDER BY officer) AS officers_open,
           ARRAY(SELECT late FROM by_officer ORDER BY officer) AS officers_late
    FROM (SELECT count(*) AS all,
                 count(*) FILTER (WHERE due_at < %(now)s) AS landed,
                 count(*) FILTER (WHERE due_at >= %(now)s AND due_at < %(soon)s) AS soon,
                 count(*) FILTER (WHERE claimed_by_id = %(user)s) AS mine,
                 count(*) FILTER (WHERE claimed_by_id IS NULL) AS free,
                 count(*) FILTER (WHERE claimed_by_id IS NULL AND due_at < %(now)s) AS free_late
          FROM single WHERE is_alone) counts
"""  # noqa: S608  only constants


def open_now(user: User, now: dt.datetime) -> Open:
    """Reads the open hits outside of floods, and counts the reader's decisions of today."""
    first, last = _period(now)
    parameters = {"first": first, "last": last, "now": now, "soon": now + SOON, "user": user.pk}
    (row,) = query.dicts(_OPEN, parameters)
    midnight = display.midnight(timezone.localdate(now))
    decided = Decision.objects.filter(by=user, at__gte=midnight).count()
    groups = zip(row["groups"], row["subjects"], row["times"], row["levels"], strict=True)
    return Open(
        Waiting(row["all"], row["landed"], row["soon"], row["mine"], row["free"], decided),
        [(group, subject, at, _levels(counts)) for group, subject, at, counts in groups],
        row["group_count"],
        _levels(row["level_counts"]),
        row["longest"],
        row["mine_ids"],
        [
            *map(Claims, row["officers"], row["officers_open"], row["officers_late"]),
            Claims(None, row["free"], row["free_late"]),
        ],
    )


def _levels(counts: list[int | None]) -> list[tuple[int, int]]:
    """The levels that have hits, highest first. `counts` has the number of hits of the levels 4, 3, 2, 1; a
    number is None if there is no group."""
    return [(level, n) for level, n in zip((4, 3, 2, 1), counts, strict=True) if n]


def _period(now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """The beginning and the end of the chart of due times."""
    hour = timezone.localtime(now).replace(minute=0, second=0, microsecond=0)
    return hour - BEFORE, hour + AFTER


@dataclass
class Due:
    """A group with open hits in the chart of due times. `at` is the earliest due time of a decision. `levels`
    contains the number of hits of each level, highest level first."""

    at: dt.datetime
    levels: list[tuple[int, int]]
    late: bool
    mark: GroupMark
    x: str = ""
    y: int = 0
    #: Whether the text is left of the mark, because there is no room on its right.
    left: bool = False
    #: The signs (level and place), and the place of the text after or before them.
    signs: list[tuple[int, int]] = field(default_factory=list)
    more: int = 0
    text_x: int = 0
    said: str = ""

    @property
    def total(self) -> int:
        """The number of open hits."""
        return sum(count for _, count in self.levels)

    @property
    def cells(self) -> list[int]:
        """The number of hits of each level, from very high to low."""
        counts = dict(self.levels)
        return [counts.get(level, 0) for level in (4, 3, 2, 1)]


@dataclass(frozen=True)
class Ahead:
    """The chart of due times, with its axis, its rows, and the number of hits of each level."""

    rows: list[Due]
    #: Place and text of each hour of the axis; the text is empty between two texts.
    hours: list[tuple[str, str]]
    now_x: str
    now: dt.datetime
    first: dt.datetime
    last: dt.datetime
    height: int
    levels: list[tuple[int, int]]
    #: Groups within the period that are not in the chart because there are too many.
    left_out: int


def ahead(opened: Open, now: dt.datetime) -> Ahead:
    """The groups with open hits whose decision is due between two hours ago and in twelve hours, in order of
    time."""
    first, last = _period(now)
    shown, scale = opened.groups, charts.Scale(first.timestamp(), last.timestamp())
    marks = _marks({subject: group for group, subject, _, _ in shown})
    # A group that was deleted since the query has no mark.
    made = [
        Due(at, levels, at < now, marks[subject])
        for _, subject, at, levels in shown
        if subject in marks
    ]
    for number, due in enumerate(made):
        _place(due, scale, number)
    hours = [first + dt.timedelta(hours=n) for n in range(int((last - first).seconds / 3600) + 1)]
    return Ahead(
        rows=made,
        hours=[
            (scale.x(at.timestamp()), display.hour(at) if n % 2 == 0 else "")
            for n, at in enumerate(hours)
        ],
        now_x=scale.x(now.timestamp()),
        now=now,
        first=first,
        last=last,
        height=48 + 25 * len(made),
        levels=opened.levels,
        left_out=opened.group_count - len(made),
    )


def _marks(groups: dict[uuid.UUID, uuid.UUID | None]) -> dict[uuid.UUID, GroupMark]:
    """Returns the text for the group of each of these subjects. `groups` maps a subject to its group.
    Subjects without a group have a common text: the theme of their kind, with a link to the queue of this
    kind."""
    found = {}
    for kind, some in by_kind(Subject.objects.filter(pk__in=groups).only("pk", "kind")):
        named = kind.group_marks([group for one in some if (group := groups[one.pk])])
        several = GroupMark(str(kind.theme[0]), "", f"{reverse('queue')}?of={kind.name}")
        for one in some:
            group = groups[one.pk]
            if group is None:
                found[one.pk] = several
            elif group in named:
                found[one.pk] = named[group]
    return found


def _place(due: Due, scale: charts.Scale, number: int) -> None:
    """Sets the positions of the symbols and of the text in one row of the chart of due times."""
    share = scale.share(due.at.timestamp())
    due.x, due.y, due.left = charts.percent(share), 40 + 25 * number, share > 0.5
    signs = [level for level, count in due.levels for _ in range(min(count, SIGNS))][:SIGNS]
    width = 15 * len(signs)
    start = -width - 2 if due.left else 5
    due.signs = [(level, start + 15 * n) for n, level in enumerate(signs)]
    due.more = due.total - len(signs)
    due.text_x = start - 7 if due.left else width + 9
    words = ", ".join(
        f"{display.LEVELS[level][2]} {display.number(count)}" for level, count in due.levels
    )
    late = f" ({gettext('past due')})" if due.late else ""
    due.said = f"{due.mark.name} {due.mark.more}, {display.hour(due.at)}: {words}{late}"


def to_record(now: dt.datetime, by: User | None = None) -> int:
    """Returns the number of decisions of the last `RESULTS` days whose control has no recorded result. If
    `by` is given, only the decisions of this officer are counted."""
    found = decisions_since(now - dt.timedelta(days=RESULTS), by.pk if by else None)
    return without_result(found).count()


def of_ids(ids: list[uuid.UUID]) -> list[Row]:
    """Returns the rows of the hits with these ids, in the same order. A separate query reads the ids, because
    PostgreSQL cannot estimate the row-level security policies. In a join with users, PostgreSQL would read
    all hits once for each user."""
    found = SeenHit.objects.select_related("subject", "claimed_by").in_bulk(ids)
    return rows([found[pk] for pk in ids if pk in found])


# --- supervisors ---------------------------------------------------------------------------------


@dataclass
class Load:
    """The open hits and today's decisions of one officer. If `user` is None, contains the hits that no
    officer has claimed."""

    user: User | None
    open: int = 0
    late: int = 0
    decided: int = 0
    #: Median of the time from the opening of a hit to its decision today, in seconds.
    median: float | None = None
    #: Widths of the bars as per cent of the longest.
    open_width: str = "0%"
    decided_width: str = "0%"


def workload(claims: list[Claims], now: dt.datetime) -> list[Load]:
    """Returns the number of open hits and of today's decisions for each officer. The last row contains the
    hits that no officer has claimed. A hit of a flood is counted only if an officer has claimed the hit."""
    midnight = display.midnight(timezone.localdate(now))
    loads: dict[uuid.UUID | None, Load] = {None: Load(None)}
    claimed = [{"by": one.officer, "open": one.open, "late": one.late} for one in claims]
    decided = query.dicts(
        "SELECT d.by_id AS by, count(*) AS decided, percentile_cont(0.5) WITHIN GROUP"
        " (ORDER BY extract(epoch FROM d.at - h.opened_at)) AS median"
        " FROM hits_decision d JOIN hits_seen h ON h.id = d.hit_id WHERE d.at >= %(from)s GROUP BY 1",
        {"from": midnight},
    )
    known = User.objects.in_bulk([row["by"] for row in (*claimed, *decided) if row["by"]])
    for row in (*claimed, *decided):
        by = row.pop("by")
        if by is None or by in known:
            load = loads.setdefault(by, Load(known[by] if by else None))
            for name, value in row.items():
                setattr(load, name, value)
    most = max((max(x.open, x.decided) for x in loads.values() if x.user), default=0) or 1
    for load in loads.values():
        if load.user:
            load.open_width = charts.percent(load.open / most)
            load.decided_width = charts.percent(load.decided / most)
    of_users = [load for load in loads.values() if load.user]
    return [*sorted(of_users, key=lambda x: str(x.user)), loads[None]]


@dataclass(frozen=True)
class Delay:
    """The delays from the opening of a hit to its decision, for one level of hits. The fields are the number
    of decisions, the median delay in seconds, and the range of the middle 80 % of the delays."""

    level: int
    count: int
    median: float
    low: float
    high: float
    drawn: charts.Interval


def delays(now: dt.datetime) -> list[Delay]:
    """Returns, for each level of hits, the delays from opening to decision in the last `DELAYS` days."""
    found = query.dicts(
        f"""
        SELECT {_LEVEL} AS level,
               count(*) AS n, percentile_cont(ARRAY[0.1, 0.5, 0.9]) WITHIN GROUP (ORDER BY s) AS at
        FROM (SELECT coalesce(e.priority, d.priority) AS priority,
                     extract(epoch FROM d.at - h.opened_at)::float AS s
              FROM hits_decision d JOIN hits_seen h ON h.id = d.hit_id
              LEFT JOIN LATERAL (
                  -- The decision has the priority that its officer saw, the event that of each reader.
                  SELECT (e.seen ->> (e.pairs & h.seen)::text)::integer AS priority FROM hits_event e
                  WHERE h.in_parts AND e.hit_id = d.hit_id AND e.kind = 'decided'
                    AND e.params ->> 'decision' = d.id::text) e ON true
              WHERE d.at >= %(since)s) t
        GROUP BY 1 ORDER BY 1 DESC
        """,  # noqa: S608  only constants
        {"since": now - dt.timedelta(days=DELAYS)},
    )
    scale, made = charts.Scale(SHORTEST, LONGEST, log=True), []
    for row in found:
        low, median, high = (max(value, 0.0) for value in row["at"])
        said = gettext("eight out of ten decisions took between %(low)s and %(high)s; median: %(median)s") % {
            "low": display.span(low), "high": display.span(high), "median": display.span(median),
        }  # fmt: skip
        drawn = charts.Interval(scale.x(low / 60), scale.x(high / 60), scale.x(median / 60), said)
        made.append(Delay(row["level"], row["n"], median, low, high, drawn))
    return made


@dataclass(frozen=True)
class Daily:
    """Contains numbers by day as a chart and as rows (day, numbers by class, sum). Each class has a name, a
    sum and a CSS class."""

    chart: charts.Bars
    classes: list[tuple[str, int, str]]
    rows: list[tuple[dt.date, list[int], int]]
    total: int


def by_day(now: dt.datetime, days: int, sql: str, names: dict[str, str]) -> Daily:
    """Returns numbers for each of the last `days` days. The query `sql` returns rows of day, class and
    number. The parameters of the query are the first time (`since`) and the time zone of the days (`zone`).
    `names` maps each class of the chart to its name."""
    shown = [timezone.localdate(now) - dt.timedelta(days=n) for n in range(days - 1, -1, -1)]
    counts: Counter[tuple[dt.date, str]] = Counter()
    zone = timezone.get_current_timezone_name()
    for row in query.dicts(sql, {"since": display.midnight(shown[0]), "zone": zone}):
        counts[row["day"], row["class"]] += row["n"]
    kinds = [f"q{n + 1}" for n in range(len(names))]
    table = [(day, [counts[day, name] for name in names]) for day in shown]
    columns = []
    for day, numbers in table:
        pairs = zip(names.values(), numbers, strict=True)
        words = ", ".join(f"{word} {display.number(count)}" for word, count in pairs)
        said = f"{display.short_day(day)}: {words}"
        columns.append(charts.Column(str(day.day), numbers, said))
    return Daily(
        chart=charts.bars(columns, kinds),
        classes=[
            (word, sum(counts[day, name] for day in shown), kind)
            for (name, word), kind in zip(names.items(), kinds, strict=True)
        ],
        rows=[(day, numbers, sum(numbers)) for day, numbers in table],
        total=sum(sum(numbers) for _, numbers in table),
    )


#: Hits by the day on which they were opened, and theme.
HITS_BY_DAY = """
    SELECT (opened_at AT TIME ZONE %(zone)s)::date AS day, theme AS class, count(*) AS n FROM hits_seen
    WHERE opened_at >= %(since)s AND (in_parts OR full_opened_at >= %(since)s) GROUP BY 1, 2
"""
#: Received files by day and state.
FILES_BY_DAY = """
    SELECT (received_at AT TIME ZONE %(zone)s)::date AS day,
           CASE WHEN state IN ('failed', 'quarantined') THEN 'failed' ELSE 'received' END AS class,
           count(*) AS n
    FROM inbox_inbox WHERE received_at >= %(since)s AND state <> 'duplicate' GROUP BY 1, 2
"""
#: Accesses of users by day: records of persons, and everything else. The stored days are days in UTC.
ACCESSES_BY_DAY = """
    SELECT day, CASE WHEN kind IN ('person', 'unmasked') THEN 'person' ELSE 'other' END AS class,
           sum(count)::int AS n
    FROM oversight_tally WHERE day >= (%(since)s AT TIME ZONE %(zone)s)::date GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Yield:
    """The results of the controls that followed hits of one list or profile, in the last `RESULTS` days."""

    #: `list` or `profile`, the id, the name of the list or the number of the profile, and the title of the
    #: profile.
    of: str
    pk: uuid.UUID
    name: str
    title: str
    controls: int
    confirmed: int
    share: float | None
    drawn: charts.Interval | None

    @property
    def nothing(self) -> int:
        """The number of controls whose result is “nothing found”."""
        return self.controls - self.confirmed


# A control is counted for each list and profile that gave a reason for the hit.
_RESULTS = """
    WITH last AS (
        SELECT DISTINCT ON (hit_id) hit_id, outcome FROM hits_result
        WHERE at >= %(since)s ORDER BY hit_id, at DESC
    ), told AS (
        SELECT DISTINCT l.hit_id, l.outcome, e.watchlist_id AS list, v.profile_id AS profile
        FROM last l JOIN hits_reason r ON r.hit_id = l.hit_id
        LEFT JOIN lists_listentry e ON e.id = r.entry_id
        LEFT JOIN profiles_version v ON v.id = r.profile_version_id
    )
    SELECT 'list' AS of, w.id, w.name, count(*) AS controls,
           count(*) FILTER (WHERE t.outcome = 'confirmed') AS confirmed
    FROM told t JOIN lists_watchlist w ON w.id = t.list GROUP BY w.id, w.name
    UNION ALL
    SELECT 'profile', p.id, p.ref, count(*), count(*) FILTER (WHERE t.outcome = 'confirmed')
    FROM told t JOIN profiles_profile p ON p.id = t.profile GROUP BY p.id, p.ref
"""


def _said(low: float, high: float) -> str:
    """Returns the text that screen readers read for a confidence interval."""
    return gettext("interval from %(low)s %% to %(high)s %%") % {
        "low": display.number(100 * low, 1), "high": display.number(100 * high, 1),
    }  # fmt: skip


def yields(now: dt.datetime) -> list[Yield]:
    """Returns the results of controls for each list and each profile, sorted by the share of confirmed
    results, highest first. Lists and profiles with too few controls are last."""
    found = query.dicts(_RESULTS, {"since": now - dt.timedelta(days=RESULTS)})
    highest = 0.1
    bounds: dict[uuid.UUID, tuple[float, float]] = {}
    for row in found:
        if row["controls"] >= ENOUGH:
            bounds[row["id"]] = interval(row["confirmed"], row["controls"])
            highest = max(highest, bounds[row["id"]][1])
    versions = profiles.shown([row["id"] for row in found if row["of"] == "profile"])
    scale, made = charts.Scale(0, highest), []
    for row in found:
        share = drawn = None
        version = versions.get(row["id"])
        if row["id"] in bounds:
            low, high = bounds[row["id"]]
            share = row["confirmed"] / row["controls"]
            drawn = charts.Interval(scale.x(low), scale.x(high), scale.x(share), _said(low, high))
        made.append(
            Yield(
                row["of"],
                row["id"],
                row["name"],
                title(version) if version else "",
                row["controls"],
                row["confirmed"],
                share,
                drawn,
            )
        )
    return sorted(
        made, key=lambda y: (-1 if y.share is None else y.share, y.controls), reverse=True
    )


# --- analysts ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ProfileRow:
    """An active profile with its results of the last `PROFILES` days and the confidence interval of its
    precision. `drift` is the ratio of the number of hits per day to the number in the backtest, or None if
    the ratio is unknown."""

    version: Version
    brought: profiles.Brought
    drift: float | None
    drawn: charts.Interval | None

    @property
    def drifts(self) -> bool:
        """Whether the number of hits per day differs much from the number in the backtest."""
        return self.drift is not None and not 1 / profiles.DRIFT <= self.drift <= profiles.DRIFT


def active_profiles() -> list[ProfileRow]:
    """Returns the active profiles that have hits, at most 3 times `ROWS`. The profiles with the most hits are
    first."""
    found = list(Version.objects.select_related("profile").filter(state=Version.State.ACTIVE)[:200])
    brought = profiles.brought([one.pk for one in found], PROFILES)
    found = [one for one in found if brought[one.pk].hits]
    found.sort(key=lambda one: (-brought[one.pk].hits, one.profile.ref))
    shown = found[: 3 * ROWS]
    tests, scale, made = profiles.done_backtests(shown), charts.Scale(0, 1), []
    ever = profiles.brought(list(tests)) if tests else {}
    for version in shown:
        now, drawn = brought[version.pk], None
        if now.precision is not None and now.answered >= ENOUGH:
            low, high = now.interval
            drawn = charts.Interval(
                scale.x(low), scale.x(high), scale.x(now.precision), _said(low, high)
            )
        drift = profiles.drift(version, ever.get(version.pk, now), tests.get(version.pk))
        made.append(ProfileRow(version, now, drift, drawn))
    return made


# Pairs of active profiles with common hits: the number of common hits, and their share of the hits of the
# profile that has fewer of them.
_OVERLAPS = """
    WITH fired AS (
        SELECT DISTINCT r.hit_id, v.profile_id AS profile FROM hits_reason r
        JOIN profiles_version v ON v.id = r.profile_version_id AND v.state = 'active'
        WHERE r.created_at >= %(since)s
    ), sums AS (SELECT profile, count(*) AS n FROM fired GROUP BY 1)
    SELECT p.id AS one, p.ref AS one_ref, q.id AS other, q.ref AS other_ref, count(*) AS common,
           count(*)::float / least(min(s.n), min(t.n)) AS share
    FROM fired a JOIN fired b ON b.hit_id = a.hit_id AND b.profile > a.profile
    JOIN sums s ON s.profile = a.profile JOIN sums t ON t.profile = b.profile
    JOIN profiles_profile p ON p.id = a.profile JOIN profiles_profile q ON q.id = b.profile
    GROUP BY p.id, p.ref, q.id, q.ref ORDER BY share DESC, common DESC LIMIT %(most)s
"""


def overlaps(now: dt.datetime) -> list[dict[str, Any]]:
    """Returns the pairs of active profiles with the largest share of common hits in the last `PROFILES`
    days."""
    since = now - dt.timedelta(days=PROFILES)
    return query.dicts(_OVERLAPS, {"since": since, "most": ROWS})
