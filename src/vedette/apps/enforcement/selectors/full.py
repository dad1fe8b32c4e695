"""Returns all records of the controls of a subject, for the file of the data-protection officer."""

from __future__ import annotations

import uuid
from typing import Any

from vedette.apps.enforcement.models import ControlOrder, Seizure
from vedette.apps.enforcement.selectors import controls, firearms, seizures, tracing
from vedette.core import firearms as forms


def of_subject(subject: uuid.UUID) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Returns the control orders and the seizures of a subject as nested values, with the texts that are not
    masked. Photographs are only counted."""
    at = controls.now()
    orders = ControlOrder.objects.filter(subject_id=subject).select_related("subject")
    records = Seizure.objects.filter(subject_id=subject).select_related("subject")
    return (
        [_order(controls.control(one, at)) for one in orders.order_by("ordered_at")],
        [told for one in records.order_by("created_at") if (told := _seizure(one))],
    )


def _order(found: controls.Control) -> dict[str, Any]:
    order = found.order
    return {
        "id": order.pk, "state": order.state, "finding": order.finding, "team": order.team,
        "due_at": order.due_at, "ordered_at": order.ordered_at, "ended_at": order.ended_at,
        **found.texts, "why": found.why, "photographs": len(found.photos),
        "entries": [
            {
                "at": one.entry.at, "kind": one.entry.kind, "what": one.entry.what,
                "answer": one.entry.answer, "amount": one.entry.amount, "unit": one.entry.unit,
                "text": one.text or "", "struck_at": one.entry.struck_at,
            }
            for one in found.entries
        ],
    }  # fmt: skip


def _seizure(one: Seizure) -> dict[str, Any] | None:
    found = seizures.record(one)
    if found is None:
        return None
    return {
        "id": one.pk, "measure": one.measure, "state": one.state, "stage": one.stage,
        "outcome": one.outcome, "version": one.version, "closed_at": one.closed_at,
        "basis": one.basis or found.version.basis, "day": found.version.day, **found.texts,
        "goods": [
            {"kind": item.kind, "sub": item.sub, "quantity": item.quantity, "unit": item.unit}
            for item, _ in found.items
        ],
        "steps": [{"at": step.at, "what": step.what, "text": text} for step, text in found.steps],
        "firearms": [
            {
                "number": one.row.number,
                **(forms.given(one.values) if one.values else {"item": one.row.item}),
                "traces": [
                    {"state": trace.state, "to": trace.to_country, **tracing.given(trace)}
                    for trace in one.traces
                ],
            }
            for one in firearms.of_seizure(one.pk)
        ],
        "photographs": len(found.photos),
    }  # fmt: skip
