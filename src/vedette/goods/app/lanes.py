"""The page of the clearance criteria, and the import of ASYCUDA criteria."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext

from vedette.apps import query, rendering
from vedette.apps.accounts import rules
from vedette.apps.accounts.models import User
from vedette.apps.profiles import actions
from vedette.apps.profiles.models import Backtest, DrawLane, Version
from vedette.core.shares import interval
from vedette.goods.app import clearance
from vedette.goods.app.clearance import RANDOM, RANDOM_WORD, WORDS
from vedette.goods.app.models import GoodsItem, Lane
from vedette.goods.criteria import LANES, criteria_of
from vedette.goods.kind import NAME
from vedette.kinds import vocabulary
from vedette.profiles.files import PLACEHOLDER

#: Days of the counts, and greatest number of criteria of one import.
DAYS, MOST = 30, 200


@dataclass(frozen=True)
class Row:
    """A criterion in the form that the page displays.

    `expected` is the percentage of selected items in the last backtest of the criterion. `count` is the
    number of items that the criterion selected in the most recent days.
    """

    version: Version
    word: Any
    expected: float | None
    days: tuple[dt.date, dt.date] | None
    count: int
    share: float | None


def page() -> dict[str, Any]:
    """Returns the criteria that the reader may see, with their rates. The strictest lane comes first."""
    versions = (
        Version.objects.filter(profile__kind=NAME, state__in=("draft", "asked", "active"))
        .exclude(lane="").select_related("profile").order_by("profile__ref", "number")
    )  # fmt: skip
    since = timezone.now() - dt.timedelta(days=DAYS)
    total = GoodsItem.objects.filter(received_at__gte=since).count()
    counted = dict(
        Lane.objects.filter(selected=True, subject__received_at__gte=since)
        .values_list("version").annotate(n=Count("subject")).order_by()
    )  # fmt: skip
    tests: dict[Any, Backtest] = {}
    done = Backtest.objects.filter(version__in=versions, state="done", quick=False)
    for one in done.order_by("asked_at"):
        tests[one.version_id] = one
    rows = [_row(one, tests.get(one.pk), counted.get(one.pk, 0), total) for one in versions]
    rows.sort(key=lambda row: LANES.index(row.version.lane))
    random = DrawLane.objects.filter(lane=RANDOM).first()
    return {"rows": rows, "total": total, "days": DAYS, "random": random}


def _row(version: Version, test: Backtest | None, count: int, total: int) -> Row:
    judged = (test.result.get("judged") or 0) if test else 0
    expected = (
        test.result.get("fired", 0) / judged * version.share / 100 if test and judged else None
    )
    return Row(
        version, WORDS[version.lane], expected, (test.first_day, test.last_day) if test else None, count,
        count / total if total else None,
    )  # fmt: skip


#: Days of the statistics by lane. Results of controls come some time after the items.
PERIOD = 90

#: For each item in a lane, the place of the lane among all lanes, and whether it was selected at random.
_PLACES = """
    SELECT subject_id, min(place) AS place, bool_or(random) AS random FROM (
        SELECT l.subject_id, array_position(%(lanes)s::text[], l.lane::text) AS place, false AS random
        FROM goods_lane l WHERE l.selected
        UNION ALL
        SELECT d.subject_id, 1, true FROM profiles_drawn d WHERE d.lane = %(random)s) a
    GROUP BY subject_id
"""
_BY_LANE = f"""
    WITH items AS MATERIALIZED (
        SELECT g.id, s.screened_at FROM goods_goodsitem g JOIN subjects_subject s ON s.id = g.id
        WHERE g.received_at >= %(first)s AND g.present),
    controls AS MATERIALIZED (
        SELECT subject_id, bool_or(confirmed) AS confirmed FROM (
            SELECT o.subject_id, o.outcome = 'confirmed' AS confirmed FROM hit_outcome o
            WHERE o.ground = 'result'
              AND o.hit_id IN (SELECT r.hit_id FROM hits_result r WHERE r.at >= %(first)s)
            UNION ALL
            SELECT e.subject_id, e.finding = 'found' FROM enforcement_controlorder e
            WHERE e.state = 'done' AND e.hit_id IS NULL AND e.ended_at >= %(first)s) u
        GROUP BY subject_id)
    SELECT coalesce(p.random, false) AS random, coalesce(p.place, %(green)s) AS place, count(*) AS items,
        count(c.subject_id) AS controls, count(*) FILTER (WHERE c.confirmed) AS results
    FROM items i LEFT JOIN ({_PLACES}) p ON p.subject_id = i.id
    LEFT JOIN controls c ON c.subject_id = i.id
    WHERE p.place IS NOT NULL OR i.screened_at >= %(since)s
    GROUP BY 1, 2
"""  # noqa: S608  a constant


@dataclass(frozen=True)
class OfLane:
    """The number of items of a lane, or of items that were selected at random. Also contains the numbers of
    items with a control result and of items with a confirmed result."""

    lane: str
    word: Any
    random: bool
    items: int
    controls: int
    results: int

    @property
    def share(self) -> float | None:
        """The share of the controls with a confirmed result, or None if there was no control."""
        return self.results / self.controls if self.controls else None

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the share (Wilson's method)."""
        return interval(self.results, self.controls)


def by_lane() -> list[OfLane]:
    """Returns the statistics of the lanes, computed from the items, criteria and results that the reader may
    see. Items that were selected at random have a separate row, whatever criteria they fulfil. Only these
    items give a share without selection bias. Returns an empty result if no item has a lane."""
    since = clearance.since()
    if since is None:
        return []
    first = timezone.now() - dt.timedelta(days=PERIOD)
    rows = query.dicts(
        _BY_LANE,
        {
            "first": first,
            "since": since,
            "lanes": list(LANES),
            "random": RANDOM,
            "green": len(LANES),
        },
    )
    found = {
        (True, 1) if row["random"] else (False, row["place"]): row for row in rows
    }  # fmt: skip
    made = []
    for random, place in ((True, 1), *((False, n) for n in range(1, len(LANES) + 1))):
        row = found.get((random, place), {"items": 0, "controls": 0, "results": 0})
        lane = LANES[place - 1]
        word = RANDOM_WORD if random else WORDS[lane]
        made.append(OfLane(lane, word, random, row["items"], row["controls"], row["results"]))
    return made


@dataclass(frozen=True)
class Imported:
    """The drafts of an import, and the refused criteria with the reasons."""

    made: list[Version]
    refused: list[tuple[str, str]]


def fields_of(text: str) -> dict[str, str]:
    """Reads the assignment of ASYCUDA fields to columns. Each line contains one assignment, such as
    `CtyDestCod destination`. Raises `ValueError` with the message for the user."""
    known = {column.name for column in vocabulary(NAME).columns}
    found: dict[str, str] = {}
    for n, line in enumerate(text.splitlines(), 1):
        parts = line.split()
        if not parts:
            continue
        if len(parts) != 2 or parts[1] not in known or len(found) > MOST:
            raise ValueError(
                gettext(
                    "Line %(n)s must contain the name of a field and of a column of the vocabulary."
                )
                % {"n": n}
            )
        found[parts[0]] = parts[1]
    return found


@transaction.atomic
def import_text(by: User, text: str, fields: dict[str, str]) -> Imported:
    """Creates a draft for each criterion that a text contains. A second person must approve each draft, as
    for any risk profile."""
    rules.check(by, "profile.write")
    read = criteria_of(text, fields)
    made: list[Version] = []
    refused = [(one.name, rendering.say(one.message)) for one in read.refused]
    for one in read.criteria:
        if not one.rate or len(made) == MOST:
            why = gettext("At most %(most)s lines are possible.") % {"most": MOST}
            refused.append((one.name, why if one.rate else gettext("The rate is 0 percent.")))
            continue
        made.append(
            actions.begin_draft(
                by,
                {
                    "kind": NAME, "title": one.name[:200], "expression": one.expression,
                    "lane": one.lane, "share": one.rate * 100, "weight": 1,
                    "purpose": "border" if "border" in by.purposes else by.purposes[0],
                    "basis": PLACEHOLDER, "source": "ASYCUDA",
                },
            )
        )  # fmt: skip
    return Imported(made, refused)
