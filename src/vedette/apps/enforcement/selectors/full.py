"""Returns all records of the controls of a subject, for the file of the data-protection officer."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet

from vedette.apps.enforcement.models import (
    ControlOrder,
    Firearm,
    Question,
    Recorded,
    Seizure,
    TraceRequest,
)
from vedette.apps.enforcement.selectors import controls, reachback, seizures, tracing
from vedette.apps.enforcement.selectors import firearms as weapons
from vedette.core import firearms as forms


def of_subject(subject: uuid.UUID) -> dict[str, list[dict[str, Any]]]:
    """Returns the control orders, the seizures and the questions to experts of a subject as nested values,
    with the texts that are not masked. Photographs are only counted."""
    at = controls.now()
    orders = ControlOrder.objects.filter(subject_id=subject).select_related("subject")
    records = Seizure.objects.filter(subject_id=subject).select_related("subject")
    asked = Question.objects.filter(subject_id=subject).order_by("asked_at", "pk")
    return {
        "controls": [_order(controls.control(one, at)) for one in orders.order_by("ordered_at")],
        "seizures": [told for one in records.order_by("created_at") if (told := _seizure(one))],
        "questions": [_question(one) for one in asked],
    }


def ids(subject: uuid.UUID) -> list[uuid.UUID]:
    """Returns the ids of all records of a subject to which entries of the journal refer."""
    arms = Firearm.objects.filter(seizure__subject_id=subject)
    found: list[QuerySet[Any]] = [
        *(one._default_manager.filter(subject_id=subject) for one in Recorded.__subclasses__()),
        arms, TraceRequest.objects.filter(firearm__in=arms),
    ]  # fmt: skip
    return [id_ for rows in found for id_ in rows.values_list("pk", flat=True)]


def _question(one: Question) -> dict[str, Any]:
    return {
        "id": one.pk, "theme": one.theme, "state": one.state, "asked_at": one.asked_at,
        "closed_at": one.closed_at, "photographs": len(reachback.pictures(one)),
        "messages": [
            {"at": said.message.at, "kind": said.message.kind, **said.texts}
            for said in reachback.messages(one)
        ],
    }  # fmt: skip


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
            for one in weapons.of_seizure(one.pk)
        ],
        "photographs": len(found.photos),
    }  # fmt: skip
