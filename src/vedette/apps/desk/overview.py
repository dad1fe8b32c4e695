"""The figures of the first page: due times and claims for officers, workload, delays and results for
supervisors, results of profiles for analysts, and numbers by day.

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
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import get_language, gettext

from vedette.apps import charts, display, query
from vedette.apps.accounts import rules
from vedette.apps.accounts.models import User
from vedette.apps.hits.models import Decision, SeenHit
from vedette.apps.hits.selectors import SOON, Row, alone, open_hits, rows
from vedette.apps.profiles import selectors as profiles
from vedette.apps.profiles.models import Version
from vedette.apps.profiles.wording import title
from vedette.apps.subjects.kinds import GroupMark, by_kind
from vedette.apps.subjects.models import Subject
from vedette.core.shares import interval

#: The picture of due times begins this long before the present hour, and ends this long after it.
BEFORE, AFTER = dt.timedelta(hours=2), dt.timedelta(hours=12)
#: The maximum number of groups in the picture, and of signs for each group.
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
    """Returns figures over many days, which are computed once a minute for all readers with the same scope
    and language."""
    scope = (
        user.organisation_id, user.unit_id, sorted(user.themes), sorted(user.purposes),
        rules.may(user, "subject.answer"), get_language(),
    )  # fmt: skip
    key = f"{name}:{hashlib.sha256(repr(scope).encode()).hexdigest()}"
    return cast(T, cache.get_or_set(key, make, KEPT_S))


def _alone() -> Any:
    """Open hits that are not part of a flood. The queue shows the same hits."""
    return alone(open_hits())


@dataclass(frozen=True)
class Waiting:
    """The numbers of open hits without those of floods, and the number of decisions of the reader today."""

    all: int
    landed: int
    soon: int
    mine: int
    free: int
    decided: int


def waiting(user: User, now: dt.datetime) -> Waiting:
    """Counts the open hits and the reader's decisions of today."""
    counts = _alone().aggregate(
        all=Count("pk"),
        landed=Count("pk", filter=Q(due_at__lt=now)),
        soon=Count("pk", filter=Q(due_at__gte=now, due_at__lt=now + SOON)),
        mine=Count("pk", filter=Q(claimed_by=user)),
        free=Count("pk", filter=Q(claimed_by=None)),
    )
    midnight = display.midnight(timezone.localdate(now))
    decided = Decision.objects.filter(by=user, at__gte=midnight).count()
    return Waiting(**counts, decided=decided)


@dataclass
class Due:
    """A group with open hits in the picture of due times: the earliest time at which a decision is due, the
    number of hits of each level (highest first), and its place."""

    group: uuid.UUID
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
    """The picture of due times: its axis, its rows, and the sums by level."""

    rows: list[Due]
    #: Place and text of each hour of the axis; the text is empty between two texts.
    hours: list[tuple[str, str]]
    now_x: str
    now: dt.datetime
    first: dt.datetime
    last: dt.datetime
    height: int
    levels: list[tuple[int, int]]
    #: Groups within the period that are not in the picture because there are too many.
    left_out: int


def _groups(
    first: dt.datetime, last: dt.datetime
) -> list[tuple[uuid.UUID, uuid.UUID, dt.datetime, list[tuple[int, int]]]]:
    """Open hits due in a period, by group: id, one of its subjects, earliest due time, and the number for
    each level."""
    found = query.dicts(
        """
        SELECT coalesce(group_id, subject_id) AS grp, min(subject_id::text)::uuid AS subject,
               min(due_at) AS at,
               count(*) FILTER (WHERE priority >= %(l4)s) AS l4,
               count(*) FILTER (WHERE priority >= %(l3)s AND priority < %(l4)s) AS l3,
               count(*) FILTER (WHERE priority >= %(l2)s AND priority < %(l3)s) AS l2,
               count(*) FILTER (WHERE priority < %(l2)s) AS l1
        FROM hits_seen
        WHERE full_state IN ('new', 'reopened') AND full_flood_id IS NULL AND full_flood_profile_id IS NULL
          AND state IN ('new', 'reopened') AND flood_id IS NULL AND flood_profile_id IS NULL
          AND due_at >= %(first)s AND due_at < %(last)s
        GROUP BY 1 ORDER BY at, grp
        """,
        {
            "first": first, "last": last,
            **{f"l{n}": display.LEVELS[n][0] for n in (2, 3, 4)},
        },
    )  # fmt: skip
    return [
        (
            row["grp"], row["subject"], row["at"],
            [(n, row[f"l{n}"]) for n in (4, 3, 2, 1) if row[f"l{n}"]],
        )
        for row in found
    ]  # fmt: skip


def ahead(now: dt.datetime) -> Ahead:
    """The groups with open hits whose decision is due between two hours ago and in twelve hours, in order of
    time."""
    hour = timezone.localtime(now).replace(minute=0, second=0, microsecond=0)
    first, last = hour - BEFORE, hour + AFTER
    found = _groups(first, last)
    shown, scale = found[:GROUPS], charts.Scale(first.timestamp(), last.timestamp())
    marks = _marks({subject: group for group, subject, _, _ in shown})
    # A group that was deleted since the query has no mark.
    made = [
        Due(group, at, levels, at < now, marks[group])
        for group, _, at, levels in shown
        if group in marks
    ]
    for number, due in enumerate(made):
        _place(due, scale, number)
    hours = [first + dt.timedelta(hours=n) for n in range(int((last - first).seconds / 3600) + 1)]
    totals = Counter[int]()
    for _, _, _, levels in found:
        totals.update(dict(levels))
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
        levels=sorted(totals.items(), reverse=True),
        left_out=len(found) - len(made),
    )


def _marks(groups: dict[uuid.UUID, uuid.UUID]) -> dict[uuid.UUID, GroupMark]:
    """Subject → group: returns the text of each group."""
    subjects = Subject.objects.filter(pk__in=groups).only("pk", "kind")
    return {
        group: mark
        for kind, some in by_kind(subjects)
        for group, mark in kind.group_marks([groups[one.pk] for one in some]).items()
    }


def _place(due: Due, scale: charts.Scale, number: int) -> None:
    """Sets the places of the signs and of the text of a row."""
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


def mine(user: User) -> list[Row]:
    """The hits that the reader has claimed, most urgent first."""
    return rows(
        list(open_hits().filter(claimed_by=user).select_related("subject", "claimed_by")
             .order_by("due_at", "-priority")[:ROWS])
    )  # fmt: skip


def longest(now: dt.datetime) -> list[Row]:
    """Hits without an officer whose decision is not past due, those that wait longest first."""
    free = _alone().filter(claimed_by=None, due_at__gte=now).order_by("opened_at", "subject_id")
    # The first query reads only ids (see `selectors.page`).
    ids = list(free.values_list("pk", flat=True)[:ROWS])
    found = SeenHit.objects.select_related("subject", "claimed_by").in_bulk(ids)
    return rows([found[pk] for pk in ids if pk in found])


# --- supervisors ---------------------------------------------------------------------------------


@dataclass
class Load:
    """The work of one officer today, or of no officer if `user` is None."""

    user: User | None
    open: int = 0
    late: int = 0
    decided: int = 0
    #: Median of the time from the opening of a hit to its decision today, in seconds.
    median: float | None = None
    #: Widths of the bars as per cent of the longest.
    open_width: str = "0%"
    decided_width: str = "0%"


def workload(now: dt.datetime) -> list[Load]:
    """The open hits and the decisions of today by officer; those without an officer are last. The
    hits of floods count only if an officer has claimed them."""
    midnight = display.midnight(timezone.localdate(now))
    loads: dict[uuid.UUID | None, Load] = {None: Load(None)}
    claimed = query.dicts(
        "SELECT claimed_by_id AS by, count(*) AS open, count(*) FILTER (WHERE due_at < %(now)s) AS late"
        " FROM hits_seen WHERE full_state IN ('new', 'reopened') AND state IN ('new', 'reopened')"
        " AND (claimed_by_id IS NOT NULL OR flood_id IS NULL AND flood_profile_id IS NULL) GROUP BY 1",
        {"now": now},
    )
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
    """The delays of the decisions on hits of one level: their number, the median in seconds, and the range of
    the middle eight of ten."""

    level: int
    count: int
    median: float
    low: float
    high: float
    drawn: charts.Interval


def delays(now: dt.datetime) -> list[Delay]:
    """For each level, the time from the opening of a hit to its decision, over the last `DELAYS` days."""
    found = query.dicts(
        f"""
        SELECT CASE WHEN priority >= {display.LEVELS[4][0]} THEN 4
                    WHEN priority >= {display.LEVELS[3][0]} THEN 3
                    WHEN priority >= {display.LEVELS[2][0]} THEN 2 ELSE 1 END AS level,
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
        said = gettext("eight of ten from %(low)s to %(high)s, median %(median)s") % {
            "low": display.span(low), "high": display.span(high), "median": display.span(median),
        }  # fmt: skip
        drawn = charts.Interval(scale.x(low / 60), scale.x(high / 60), scale.x(median / 60), said)
        made.append(Delay(row["level"], row["n"], median, low, high, drawn))
    return made


@dataclass(frozen=True)
class Daily:
    """Numbers by day: a chart, the classes (name, sum, CSS class), and the same numbers as rows (day, numbers
    by class, sum)."""

    chart: charts.Bars
    classes: list[tuple[str, int, str]]
    rows: list[tuple[dt.date, list[int], int]]
    total: int


def by_day(now: dt.datetime, days: int, sql: str, names: dict[str, str]) -> Daily:
    """Counts by day over the last `days` days. `sql` returns the rows day, class and number from the time of
    the parameter `since` on, by days of the time zone `zone`; `names` maps each class that is shown to its
    name."""
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
    """The results of the controls that followed hits of one list or profile in the last `RESULTS` days."""

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
        """The number of controls that found nothing."""
        return self.controls - self.confirmed


# A control counts for every list and profile that gave a reason of its hit.
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
    """The text of an interval for screen readers."""
    return gettext("interval from %(low)s %% to %(high)s %%") % {
        "low": display.number(100 * low, 1), "high": display.number(100 * high, 1),
    }  # fmt: skip


def yields(now: dt.datetime) -> list[Yield]:
    """The results of controls by list and profile, the highest share first; those with too few controls are
    last."""
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
    """An active profile with its results in `PROFILES` days, the interval of its precision, and its drift
    from the backtest (None if unknown)."""

    version: Version
    brought: profiles.Brought
    drift: float | None
    drawn: charts.Interval | None

    @property
    def drifts(self) -> bool:
        """Whether the number of hits a day differs much from that of the backtest."""
        return self.drift is not None and not 1 / profiles.DRIFT <= self.drift <= profiles.DRIFT


def active_profiles() -> list[ProfileRow]:
    """The active profiles with hits, those with most hits first; at most 3 times `ROWS`."""
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
    """The pairs of active profiles with the largest share of common hits in `PROFILES` days."""
    since = now - dt.timedelta(days=PROFILES)
    return query.dicts(_OVERLAPS, {"since": since, "most": ROWS})
