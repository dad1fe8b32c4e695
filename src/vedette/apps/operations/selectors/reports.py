"""The figures of situation reports, and the records that each figure counts."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connections
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from vedette.apps.operations import figures
from vedette.apps.operations.actions.messages import form_of
from vedette.apps.operations.figures import Counted, Figures, Share
from vedette.apps.operations.models import Message, Operation, Plan, Report
from vedette.apps.operations.selectors.operations import accepted
from vedette.core.message_forms import Field


def counted(
    operation: uuid.UUID, known: dt.datetime, cutoff: dt.datetime, fields: Sequence[str] = (),
    using: str = "default",
) -> list[Counted]:  # fmt: skip
    """Returns the counted records that were known at a given time and happened before the cut-off time, in
    groups. `fields` contains the fields for which the number of stated values is counted (`asked`).
    """
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT * FROM vedette_operation_counted(%s, %s, %s, %s)",
            [operation, known, cutoff, list(fields)],
        )
        return [Counted(*row) for row in cursor.fetchall()]


def of(rows: list[Counted], organisation: uuid.UUID | None) -> Figures:
    """Returns the figures of one participant, or of all participants."""
    return figures.count(
        row for row in rows if organisation is None or row.organisation == organisation
    )


@dataclass(frozen=True)
class Missing:
    """The number of records of a kind in which a field has no value."""

    kind: str
    field: str
    records: int
    of: int


@dataclass(frozen=True)
class Indicators:
    """The indicators of an operation. Times of the indicators are in seconds."""

    participants: int
    reporting: int
    controls: int
    hit_rate: Share
    median: float | None
    p90: float | None
    warnings: int
    unanswered: int
    quality: Share
    missing: list[Missing]


def indicators(
    operation: Operation, rows: list[Counted], known: dt.datetime, cutoff: dt.datetime,
    using: str = "default",
) -> Indicators:  # fmt: skip
    """Returns the indicators: participation, controls, hit rate, time to feedback, unanswered warnings, and
    the share of the requested fields that were filled in. `rows` must have been counted with the fields that
    `asked` returns.
    """
    forms = {kind: _asked(operation, kind) for kind in ("control", "seizure")}
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT * FROM vedette_operation_feedback(%s, %s)", [operation.pk, known])
        warnings, unanswered, seconds = cursor.fetchone()
    stated: Counter[tuple[str, str]] = Counter()
    names = _names(forms)
    for row in rows:
        for name, number in zip(names, row.stated, strict=True):
            stated[row.kind, name] += number
    records = {kind: sum(row.records for row in rows if row.kind == kind) for kind in forms}
    missing, filled, wanted = [], 0, 0
    for kind, count in records.items():
        for one in forms[kind]:
            there = min(count, stated[kind, one.id])
            filled, wanted = filled + there, wanted + count
            if there < count:
                missing.append(Missing(kind, one.id, count - there, count))
    all_figures = of(rows, None).figures
    reporting = {row.organisation for row in rows}
    participants = [one.organisation_id for one in accepted(operation)]
    return Indicators(
        participants=len(participants),
        reporting=sum(one in reporting for one in participants),
        controls=int(all_figures["controls"].value),
        hit_rate=figures.share(
            int(all_figures["controls.found"].value), int(all_figures["controls"].value)
        ),
        median=figures.quantile(seconds, 0.5),
        p90=figures.quantile(seconds, 0.9),
        warnings=warnings,
        unanswered=unanswered,
        quality=figures.share(filled, wanted),
        missing=missing,
    )


def asked(operation: Operation) -> list[str]:
    """Returns the fields that have a value in a complete record. The function `counted` counts the records in
    which each of these fields has a value, and `indicators` uses these counts.
    """
    return _names({kind: _asked(operation, kind) for kind in ("control", "seizure")})


def _names(forms: Mapping[str, Sequence[Field]]) -> list[str]:
    return sorted({one.id for form in forms.values() for one in form})


def _asked(operation: Operation, kind: str) -> list[Field]:
    """Returns the fields of a form that have a value in a complete record."""
    return [
        one
        for one in form_of(operation, kind)[1]
        if not (one.hidden or one.nominal or one.type == "long" or one.condition is not None)
    ]


def cutoff_before(plan: Plan, at: dt.datetime) -> dt.datetime:
    """Returns the last cut-off time at or before a given time. The plan states the hour and the time zone of
    the cut-off.
    """
    local = at.astimezone(ZoneInfo(plan.zone))
    today = dt.datetime.combine(local.date(), plan.cutoff, ZoneInfo(plan.zone))
    if today > local:
        today = dt.datetime.combine(
            local.date() - dt.timedelta(days=1), plan.cutoff, ZoneInfo(plan.zone)
        )
    return today.astimezone(dt.UTC)


def cutoff_after(plan: Plan, at: dt.datetime) -> dt.datetime:
    """Returns the first cut-off time that is later than a given time."""
    local = at.astimezone(ZoneInfo(plan.zone))
    today = dt.datetime.combine(local.date(), plan.cutoff, ZoneInfo(plan.zone))
    if today <= local:
        today = dt.datetime.combine(
            local.date() + dt.timedelta(days=1), plan.cutoff, ZoneInfo(plan.zone)
        )
    return today.astimezone(dt.UTC)


def late(operation: Operation, plan: Plan, cutoff: dt.datetime) -> list[str]:
    """Returns the names of the participants without a sent national report for the day of the cut-off time. A
    report is taken into account if its own cut-off time is after the previous cut-off time of the plan and
    not after the given cut-off time.
    """
    day = dt.timedelta(microseconds=1)
    before = cutoff_before(plan, cutoff - day)
    sent = set(
        Report.objects.filter(
            operation=operation, consolidated=False, state=Report.State.SENT,
            cutoff_at__gt=before, cutoff_at__lte=cutoff,
        ).values_list("organisation_id", flat=True)
    )  # fmt: skip
    return [one.name for one in accepted(operation) if one.organisation_id not in sent]


def records(
    operation: Operation, figure: str, known: dt.datetime, cutoff: dt.datetime,
    organisation: uuid.UUID | None = None,
) -> QuerySet[Message]:  # fmt: skip
    """Returns the records that a figure counts and that the reader may see, as they were known at a given
    time. The result is empty for an unknown figure. They have no order.
    """
    newest = RawSQL(
        "NOT EXISTS (SELECT FROM operations_message n WHERE n.root = operations_message.root"
        " AND n.version > operations_message.version AND n.version > 1"
        " AND coalesce(n.sent_at, n.accepted_at) <= %s)",
        [known],
    )  # fmt: skip
    counts = RawSQL(
        "coalesce(operations_message.sent_at, operations_message.accepted_at) <= %s", [known]
    )
    rows = Message.objects.filter(
        operation=operation, kind__in=("control", "seizure"), happened_at__lt=cutoff, withdraws=False
    ).annotate(newest=newest, counts=counts).filter(newest=True, counts=True)  # fmt: skip
    if organisation is not None:
        rows = rows.filter(organisation_id=organisation)
    return rows.filter(**_of_figure(figure))


def _of_figure(figure: str) -> dict[str, Any]:
    match figure.split("."):
        case ["controls"]:
            return {"kind": "control"}
        case ["controls", "found" | "nothing" as what]:
            return {"kind": "control", "found": what == "found"}
        case ["seizures", "target" | "other" as where]:
            return {"kind": "seizure", "target": where == "target"}
        case ["quantity" | "records", "target" | "other" as where, category, base]:
            return {
                "kind": "seizure", "target": where == "target", "category": category, "base": base,
            }  # fmt: skip
    return {"pk__in": []}
