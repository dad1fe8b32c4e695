"""The content of a published file about the actions and indicators of a request. The file contains only
data that the Member released.

Only these fields of an action are published: area, days, state and cost. The report also contains the donor.
Texts that a person typed about the Member are never published: problem, reason, owner, evidence, place, name.
Scores are not published either. The title, the unit and the total values of an indicator are published, but
not the values by sex or region.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vedette.apps.assistance.models import Action, AssistanceRequest
from vedette.apps.assistance.selectors.results import Line
from vedette.assistance import results
from vedette.core.errors import Failure

if TYPE_CHECKING:
    from vedette.assistance.iati import Standard

#: Sector of the OECD's Development Assistance Committee: security system management and reform.
SECTOR = "15210"


def released(one: AssistanceRequest) -> list[Action]:
    """Returns the released actions of a request, in the order of the plan."""
    rows = Action.objects.filter(request=one, released_by__isnull=False)
    return list(
        rows.select_related("diagnostic__bank").order_by("diagnostic__number", "position", "pk")
    )


@dataclass(frozen=True)
class Made:
    """An IATI file, or the reason why the file cannot be created."""

    xml: bytes = b""
    problem: str = ""


def iati(
    one: AssistanceRequest, rows: Sequence[Action], indicators: Sequence[Line], reporting: Mapping[str, str],
    title: str, description: str, folder: str, at: dt.datetime,
) -> Made:  # fmt: skip
    """Returns the file with the released actions and indicators: one activity for each currency, a commitment
    for each cost, and in the first activity a result for each indicator. The schema, the code lists and the
    rules are checked first. `folder` is the folder of the IATI standard. The codes of a problem are the keys
    of `wording.PROBLEMS`.
    """
    # Both need lxml, which no other page loads.
    from vedette.assistance import publication

    if not folder:
        return Made(problem="no_standard")
    timed = [row for row in rows if row.start is not None and row.due is not None]
    if not timed and not indicators:
        return Made(problem="nothing_released")
    currencies = sorted({row.currency for row in timed if row.cost is not None}) or ["USD"]
    activities = []
    for place, currency in enumerate(currencies):
        own = [
            row for row in timed if row.currency == currency or (place == 0 and row.cost is None)
        ]
        lines = indicators if place == 0 else ()
        activities.append(_activity(str(one.pk), own, lines, currency, title, description, at))
    made = publication.export({"reporting": dict(reporting), "activities": activities}, at)
    try:
        faults = [fault for fault in _standard(folder).check(made.xml, at) if not fault.warning]
    except Failure:
        return Made(problem="no_standard")
    return Made(problem="not_valid") if faults or made.problems else Made(made.xml)


@cache
def _standard(folder: str) -> Standard:
    from vedette.assistance.iati import Standard

    return Standard(Path(folder))


def _activity(
    name: str, rows: Sequence[Action], indicators: Sequence[Line], currency: str, title: str,
    description: str, at: dt.datetime,
) -> dict[str, Any]:  # fmt: skip
    start = min(
        [row.start for row in rows if row.start] + [row.indicator.baseline_on for row in indicators]
    )
    end = max(
        [row.due for row in rows if row.due] + [row.indicator.target_on for row in indicators]
    )
    begun = start <= at.date()
    return {
        "id": f"{name}-{currency}", "released": True, "title": title,
        "description": description, "status": "2" if begun else "1", "start": start.isoformat(),
        "end": end.isoformat(), "sector": SECTOR, "currency": currency,
        "items": [
            {
                "id": str(row.pk), "kind": "transaction", "type": "2",
                "date": row.decided_at.date().isoformat(), "value": str(row.cost), "released": True,
            }
            for row in rows
            if row.cost is not None and row.decided_at is not None
        ] + [item for row in indicators for item in _results(row)],
    }  # fmt: skip


def _results(row: Line) -> list[dict[str, Any]]:
    """Returns the periods of an indicator: one period from the baseline to each actual value; the last period
    also contains the target."""
    periods = [code for code in results.ACTUAL if code in row.values]
    title = f"{row.indicator.title['en']} ({row.indicator.unit})"
    baseline = {
        "date": row.indicator.baseline_on.isoformat(),
        "value": str(row.values[results.BASELINE]),
    }
    return [
        {
            "id": f"{row.indicator.pk}-{code}", "kind": "period", "indicator": title, "baseline": baseline,
            "from": row.indicator.baseline_on.isoformat(), "to": row.days[code].isoformat(),
            "value": str(row.values[code]), "released": True,
            **({"target": str(row.values[results.TARGET])} if code == periods[-1] else {}),
        }
        for code in periods
    ]  # fmt: skip
