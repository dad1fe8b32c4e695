"""The page of the criteria of clearance, and the import of criteria of ASYCUDA."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext

from vedette.apps import rendering
from vedette.apps.accounts import rules
from vedette.apps.accounts.models import User
from vedette.apps.profiles import actions
from vedette.apps.profiles.models import Backtest, DrawLane, Version
from vedette.goods.app.clearance import RANDOM, WORDS
from vedette.goods.app.models import GoodsItem, Lane
from vedette.goods.criteria import LANES, criteria_of
from vedette.goods.kind import NAME
from vedette.kinds import vocabulary
from vedette.profiles.files import PLACEHOLDER

#: Days of the counts, and greatest number of criteria of one import.
DAYS, MOST = 30, 200


@dataclass(frozen=True)
class Row:
    """A criterion, as the page shows it. `expected` is the percentage in its last backtest. `count` is the
    number of items that it selected in the last days."""

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
                gettext("Line %(n)s: a field and a column of the vocabulary are expected.")
                % {"n": n}
            )
        found[parts[0]] = parts[1]
    return found


@transaction.atomic
def import_text(by: User, text: str, fields: dict[str, str]) -> Imported:
    """Creates a draft for each criterion of a text. A second person must approve each draft, as for any risk
    profile."""
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
