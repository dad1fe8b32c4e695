"""Statistics of decided hits by day or week, by list and profile, and by the dimensions of each kind of
subject (for example route).

A hit is counted on the day of its last decision in the period. Row-level security of the database limits
every number to the hits that the user may see.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from vedette.apps import charts, display, query
from vedette.apps.hits.selectors import opened_since
from vedette.apps.lists.models import Watchlist
from vedette.apps.profiles import selectors as profile_selectors
from vedette.apps.profiles.models import Profile
from vedette.apps.profiles.wording import title as profile_title
from vedette.apps.subjects.kinds import app_kinds
from vedette.core.shares import interval

#: The lengths of the period in days, and the length from which weeks are shown if the reader chose no unit.
PERIODS, WEEKS_FROM = (7, 30, 60, 365), 61
#: The outcomes in the order of the parts of a bar, each with its words and its CSS class.
OUTCOMES = {
    "released": (gettext_lazy("released"), "q4"),
    "pending": (gettext_lazy("control without a result yet"), "q2"),
    "nothing": (gettext_lazy("control, nothing found"), "q3"),
    "confirmed": (gettext_lazy("confirmed result"), "q1"),
}
#: A share is shown only from this number of controls.
ENOUGH = 30
#: The maximum number of rows of a table; further rows are added up in one row.
ROWS = 15


@dataclass(frozen=True)
class Chosen:
    """The chosen period of the statistics, and the chosen unit (day or week) of the chart."""

    days: int = 30
    unit: str = "day"

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Chosen:
        """Reads the period and the unit from the parameters of a request, and ignores invalid parameters."""
        days = int(text) if (text := str(given.get("days", ""))) in map(str, PERIODS) else 30
        unit = given.get("by", "")
        fallback = "week" if days >= WEEKS_FROM else "day"
        return cls(days, unit if unit in ("day", "week") and days > 7 else fallback)

    def query(self, **changes: Any) -> str:
        """Returns the chosen period and unit as a query string. `changes` contains values that replace the
        chosen values."""
        chosen = replace(self, **changes)
        return urlencode({"days": chosen.days, "by": chosen.unit})


@dataclass
class Line:
    """One row of a table, with its name and its number of hits for each outcome."""

    name: str
    page: str = ""
    note: str = ""
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))

    @property
    def total(self) -> int:
        """The number of decided hits."""
        return sum(self.counts.values())

    @property
    def cells(self) -> list[int]:
        """Returns the numbers of hits in the order of `OUTCOMES`."""
        return list(self.counts.values())

    @property
    def told(self) -> list[tuple[str, int]]:
        """Returns the name of each outcome, with the number of hits that had this outcome."""
        return [(str(OUTCOMES[name][0]), count) for name, count in self.counts.items()]

    @property
    def controls(self) -> int:
        """The number of controls with a result."""
        return self.counts["nothing"] + self.counts["confirmed"]

    @property
    def share(self) -> float | None:
        """Returns the share of confirmed results among the controls, or None if there were too few
        controls."""
        return self.counts["confirmed"] / self.controls if self.controls >= ENOUGH else None

    @property
    def bounds(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the share."""
        return interval(self.counts["confirmed"], self.controls)


@dataclass(frozen=True)
class Table:
    """A table of the statistics, with the scale for its confidence intervals. The table has a key for the CSV
    file, a title, the heading of its first column, and its lines. Each line contains its confidence interval
    in the form that the chart shows."""

    key: str
    title: str
    head: str
    lines: list[tuple[Line, charts.Interval | None]]
    highest: float


@dataclass(frozen=True)
class Statistics:
    """All figures of the page of statistics."""

    at: dt.datetime
    chosen: Chosen
    chart: charts.Bars
    times: list[Line]
    total: Line
    opened: int
    tables: list[Table]


# The last decision of each hit in the period, and the last result of its control, whenever it was recorded.
_DECIDED = """
    WITH last AS (
        SELECT DISTINCT ON (d.hit_id) d.hit_id, d.at, d.choice FROM hits_decision d
        WHERE d.at >= %(since)s ORDER BY d.hit_id, d.at DESC
    ), results AS (
        SELECT DISTINCT ON (r.hit_id) r.hit_id, r.outcome FROM hits_result r
        JOIN last l ON l.hit_id = r.hit_id ORDER BY r.hit_id, r.at DESC
    ), decided AS MATERIALIZED (
        SELECT h.id, h.subject_id, h.group_id, l.at,
               CASE WHEN r.outcome = 'confirmed' THEN 'confirmed'
                    WHEN l.choice = 'release' THEN 'released'
                    WHEN r.outcome IS NULL THEN 'pending' ELSE 'nothing' END AS outcome
        FROM last l JOIN hits_hit h ON h.id = l.hit_id LEFT JOIN results r ON r.hit_id = l.hit_id
    )
"""
_TIMES = """
    SELECT 'time' AS part, date_trunc(%(unit)s, at AT TIME ZONE %(zone)s)::date::text AS key, outcome,
           count(*) AS n
    FROM decided GROUP BY 2, 3
"""
# A hit counts once for each list and each profile that gave one of its reasons.
_BY_SOURCE = """
    SELECT t.part, t.key, t.outcome, count(*) AS n FROM (
        SELECT DISTINCT d.id, d.outcome, CASE WHEN v.id IS NULL THEN 'list' ELSE 'profile' END AS part,
               coalesce(v.profile_id, e.watchlist_id)::text AS key
        FROM decided d JOIN hits_reason r ON r.hit_id = d.id
        LEFT JOIN lists_listentry e ON e.id = r.entry_id
        LEFT JOIN profiles_version v ON v.id = r.profile_version_id
        WHERE v.id IS NOT NULL OR e.id IS NOT NULL) t
    GROUP BY 1, 2, 3
"""
_BY_DIMENSION = """
    SELECT %(part_{n})s AS part, x.value AS key, d.outcome, count(*) AS n
    FROM decided d CROSS JOIN LATERAL ({sql}) x (value) GROUP BY 2, 3
"""


def statistics(chosen: Chosen, now: dt.datetime) -> Statistics:
    """Returns the statistics of a period that ends now."""
    today = timezone.localdate(now)
    first = today - dt.timedelta(days=chosen.days - 1)
    if chosen.unit == "week":
        first -= dt.timedelta(days=first.weekday())
    since = display.midnight(first)
    found = _counted(chosen, since)
    times = _times(chosen, first, today, found["time"])
    total = Line(gettext("Total"))
    for line in times:
        for outcome, count in line.counts.items():
            total.counts[outcome] += count
    kinds = [kind for _, kind in OUTCOMES.values()]
    columns = [charts.Column(_short(chosen, line), line.cells, _said(line)) for line in times]
    dimensions = [(f"{kind.name}-{d.key}", d) for kind in app_kinds() for d in kind.dimensions]
    tables = [
        *(_table(key, str(d.title), str(d.head), found[key]) for key, d in dimensions),
        _sources(found),
    ]
    return Statistics(
        at=now,
        chosen=chosen,
        chart=charts.bars(columns, kinds),
        times=times,
        total=total,
        opened=opened_since(since),
        tables=tables,
    )


def _counted(chosen: Chosen, since: dt.datetime) -> dict[str, dict[str, Line]]:
    """Executes the queries. The result maps each part of the page to the lines of its table, and these lines
    are mapped by key."""
    params: dict[str, Any] = {
        "since": since, "unit": chosen.unit, "zone": timezone.get_current_timezone_name(),
    }  # fmt: skip
    parts = [_TIMES, _BY_SOURCE]
    for kind in app_kinds():
        for one in kind.dimensions:
            params[f"part_{len(parts)}"] = f"{kind.name}-{one.key}"
            parts.append(_BY_DIMENSION.format(n=len(parts), sql=one.sql))
    found: dict[str, dict[str, Line]] = defaultdict(dict)
    for row in query.dicts(_DECIDED + " UNION ALL ".join(parts), params):
        line = found[row["part"]].setdefault(row["key"], Line(row["key"]))
        line.counts[row["outcome"]] = row["n"]
    return found


def _times(chosen: Chosen, first: dt.date, last: dt.date, found: dict[str, Line]) -> list[Line]:
    """Returns one line for each day or week of the period, even if no hit was decided in that time."""
    step = dt.timedelta(days=7 if chosen.unit == "week" else 1)
    lines, day = [], first
    while day <= last:
        line = found.get(day.isoformat(), Line(""))
        line.name, line.note = display.short_day(day), day.isoformat()
        lines.append(line)
        day += step
    return lines


def _short(chosen: Chosen, line: Line) -> str:
    """Returns the label below a bar: the day of the month or, if the bar is for a week, the first day of the
    week. The label is empty if there is no room."""
    day = dt.date.fromisoformat(line.note)
    if chosen.unit == "week":
        return line.name if chosen.days <= 60 else (line.name if day.day <= 7 else "")
    return str(day.day) if chosen.days <= 30 or day.weekday() == 0 else ""


def _said(line: Line) -> str:
    numbers = ", ".join(
        f"{word} {display.number(line.counts[outcome])}" for outcome, (word, _) in OUTCOMES.items()
    )
    return f"{line.name}: {numbers}"


def _table(key: str, title: str, head: str, found: dict[str, Line]) -> Table:
    """Returns the table with its lines sorted by number of controls, the largest number first. If there are
    more than `ROWS` lines, the remaining lines are added up in one line."""
    lines = sorted(found.values(), key=lambda line: (-line.controls, -line.total, line.name))
    shown, others = lines[:ROWS], lines[ROWS:]
    if others:
        rest = Line(gettext("others (%(n)s)") % {"n": display.number(len(others))})
        for line in others:
            for outcome, count in line.counts.items():
                rest.counts[outcome] += count
        shown.append(rest)
    highest = max((line.bounds[1] for line in shown if line.share is not None), default=0.1)
    scale = charts.Scale(0, highest)
    return Table(key, title, head, [(line, _drawn(line, scale)) for line in shown], highest)


def _drawn(line: Line, scale: charts.Scale) -> charts.Interval | None:
    if line.share is None:
        return None
    low, high = line.bounds
    said = gettext("interval from %(low)s %% to %(high)s %%") % {
        "low": display.number(100 * low, 1), "high": display.number(100 * high, 1),
    }  # fmt: skip
    return charts.Interval(scale.x(low), scale.x(high), scale.x(line.share), said)


def _sources(found: dict[str, dict[str, Line]]) -> Table:
    """Returns the table of lists and profiles. Lists and profiles that the user may see have their name and a
    link to their page."""
    lists = Watchlist.objects.in_bulk([uuid.UUID(key) for key in found["list"]])
    profiles = Profile.objects.in_bulk([uuid.UUID(key) for key in found["profile"]])
    versions = profile_selectors.shown(list(profiles))
    lines: dict[str, Line] = {}
    for pk, watchlist in lists.items():
        line = lines[str(pk)] = found["list"][str(pk)]
        line.name, line.note = watchlist.name, gettext("list")
        line.page = reverse("watchlist", args=[pk])
    for pk, profile in profiles.items():
        line = lines[str(pk)] = found["profile"][str(pk)]
        line.name = profile.ref
        line.note = profile_title(versions[pk]) if pk in versions else gettext("profile")
        line.page = reverse("profile", args=[pk])
    title = gettext("Results by list and profile")
    return _table("source", title, gettext("List or profile"), lines)


def csv_rows(found: Statistics) -> Iterator[list[object]]:
    """Yields the rows of the CSV file in the reader's language. The first row is the header, and each further
    row contains a line of a table with its numbers."""
    yield [
        gettext("table"), gettext("name"), gettext("remark"), *(str(word) for word, _ in OUTCOMES.values()),
        gettext("total"), gettext("share of confirmed results"), gettext("lower limit (95 %)"),
        gettext("upper limit (95 %)"),
    ]  # fmt: skip
    days = gettext("Weeks") if found.chosen.unit == "week" else gettext("Days")
    times = Table("time", days, "", [(line, None) for line in found.times], 0)
    for table in (times, *found.tables):
        for line, _ in table.lines:
            share = line.share
            bounds = ["", "", ""] if share is None else [f"{x:.4f}" for x in (share, *line.bounds)]
            yield [table.title, line.name, line.note, *line.cells, line.total, *bounds]
