"""The figures of a final report, the records that each figure counts, and the steps that a draft
still needs.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import connections
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from vedette.apps.operations import figures
from vedette.apps.operations.figures import UNSTATED, Detailed, Published, slug
from vedette.apps.operations.models import Confirmation, Final, Message, Operation
from vedette.apps.operations.selectors import reports
from vedette.apps.operations.selectors.operations import accepted


def detailed(
    operation: uuid.UUID, known: dt.datetime, cutoff: dt.datetime, using: str = "default"
) -> list[Detailed]:
    """Returns the counted records that were known at a given time and happened before the cut-off time, in
    groups.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT * FROM vedette_operation_detailed(%s, %s, %s)", [operation, known, cutoff]
        )
        return [Detailed(*row) for row in cursor.fetchall()]


def counted(
    one: Operation, known: dt.datetime, cutoff: dt.datetime, using: str = "default"
) -> figures.Final:
    """Returns the figures of the whole operation."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT * FROM vedette_operation_messages(%s, %s)", [one.pk, known])
        messages = {str(kind): int(number) for kind, number in cursor.fetchall()}
    rows = detailed(one.pk, known, cutoff, using)
    return figures.final(rows, messages, accepted(one).count())


def own(rows: Sequence[Detailed], organisation: uuid.UUID) -> figures.Final:
    """Returns the figures of one participant."""
    return figures.final(row for row in rows if row.organisation == organisation)


def latest(one: Operation) -> Final | None:
    """Returns the latest version of the final report that the reader may see."""
    return one.finals.order_by("-number").first()


def publications(one: Operation) -> list[Published]:
    """Returns the publications that a draft would contain."""
    rows = one.publications.filter(removed_at=None).order_by("figure", "measure", "source", "pk")
    return [Published(r.measure, r.figure, r.value, r.unit, r.source, r.note) for r in rows]


def confirmations(one: Operation, rows: Sequence[Detailed]) -> list[dict[str, str]]:
    """Returns whether each participant confirmed its figures: `yes`, `changed` (its records have changed
    since then) or `no`. Also returns the person who confirmed the figures, and the time.
    """
    last: dict[uuid.UUID, Confirmation] = {}
    for row in Confirmation.objects.filter(operation=one).order_by("at", "pk"):
        last[row.organisation_id] = row
    found = []
    for each in accepted(one):
        confirmed = last.get(each.organisation_id)
        state = "no"
        if confirmed is not None:
            now = figures.without_substances(own(rows, each.organisation_id).stored())
            state = "yes" if figures.without_substances(confirmed.figures) == now else "changed"
        found.append({
            "organisation": str(each.organisation_id), "name": each.name, "confirmed": state,
            "by": confirmed.by_name if confirmed else "",
            "at": confirmed.at.astimezone(dt.UTC).isoformat() if confirmed else "",
        })  # fmt: skip
    return found


def is_final(figure: str) -> bool:
    """Whether the id belongs to a figure that only final reports contain."""
    return figure in ("participants", "seizures", "arrests", "messages", "messages.warning") or (
        len(figure.split(".")) == 5
    )


def records(
    one: Operation, figure: str, known: dt.datetime, cutoff: dt.datetime
) -> QuerySet[Message]:
    """Returns the records that a figure of a final report counts and that the reader may see, as they were
    known at a given time. The result is empty for an unknown figure. They have no order.
    """
    if not is_final(figure):
        return reports.records(one, figure, known, cutoff)
    newest = RawSQL(
        "NOT EXISTS (SELECT FROM operations_message n WHERE n.root = operations_message.root"
        " AND n.version > operations_message.version AND n.version > 1"
        " AND coalesce(n.sent_at, n.accepted_at) <= %s)",
        [known],
    )  # fmt: skip
    counts = RawSQL(
        "coalesce(operations_message.sent_at, operations_message.accepted_at) <= %s", [known]
    )
    rows = Message.objects.filter(operation=one, withdraws=False).annotate(newest=newest)
    rows = rows.filter(newest=True)
    match figure.split("."):
        case ["messages"]:
            return rows.filter(sent_at__lte=known)
        case ["messages", kind]:
            return rows.filter(sent_at__lte=known, kind=kind)
    rows = rows.annotate(counts=counts).filter(
        counts=True, kind__in=("control", "seizure"), happened_at__lt=cutoff
    )
    match figure.split("."):
        case ["seizures"]:
            return rows.filter(kind="seizure")
        case ["arrests"]:
            return rows.filter(values__has_key="arrests")
        case ["quantity" | "records", "target" | "other" as where, category, substance, base]:
            rows = rows.filter(
                kind="seizure", target=where == "target", category=category, base=base
            )
            names = {row.substance for row in detailed(one.pk, known, cutoff)}
            same = [name for name in names if slug(name) == substance]
            stated = rows.filter(values__substance__in=same)
            return (
                stated | rows.exclude(values__has_key="substance")
                if substance == UNSTATED else stated
            )  # fmt: skip
        case ["checked", "found" | "nothing" as result, direction, category, base]:
            rows = rows.filter(
                kind="control", found=result == "found", category=category, base=base
            )
            if direction == UNSTATED:
                return rows.exclude(values__has_key="direction")
            return rows.filter(values__direction=direction)
    return rows.none()
