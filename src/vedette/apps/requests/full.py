"""The file for the data-protection officer: everything held of a person, and everything done with it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from vedette.apps.accounts.models import Act, Approval
from vedette.apps.hits import selectors, wording
from vedette.apps.hits.models import Hit
from vedette.apps.requests.releasable import travel
from vedette.apps.retention.selectors import masked, periods
from vedette.apps.subjects.kinds import app_kind
from vedette.travellers.app.corrections import statements
from vedette.travellers.app.models import Journey, JourneyClear


def file(journeys: Sequence[uuid.UUID], reference: str) -> dict[str, Any]:
    """The full file as nested values. Of masked journeys it says that they are: unmasking asks for a
    second person, whoever looks."""
    rows = Journey.objects.filter(pk__in=list(journeys)).select_related("flight", "subject")
    rows = rows.order_by("flight__departs_on", "pk")
    hits = {
        hit.subject_id: hit
        for hit in Hit.objects.filter(subject__in=list(journeys)).select_related("subject")
    }
    said = travel(journeys, linked=True)
    return {
        "reference": reference,
        "journeys": [
            {"id": row.pk, **told, **_held(row), **_done(row, hits.get(row.pk))}
            for row, told in zip(rows, said, strict=True)
        ],
    }


def _held(journey: Journey) -> dict[str, Any]:
    period = periods(journey.retention_class)
    came = journey.received_at.date()
    clear = JourneyClear.objects.filter(
        journey_id=journey.pk, retention_class=journey.retention_class, month=journey.month
    )
    done = None if clear.exists() else masked(journey.month)
    return {
        "minor": journey.subject.minor,
        "restricted": journey.subject.restricted,
        "retention": {
            "class": journey.retention_class,
            "month": journey.month,
            "masks_on": came + dt.timedelta(days=period.mask_after),
            "ends_on": came + period.lasts(journey.retention_class),
            **({"masked_at": done.at, "profile": done.profile} if done else {}),
        },
        "rectified": [
            {"element": s.element, "value": s.value, "basis": s.basis, "reference": s.reference, "at": s.at}
            for s in statements(journey)
        ],
    }  # fmt: skip


def _done(journey: Journey, hit: Hit | None) -> dict[str, Any]:
    subjects = [str(journey.pk), *([str(hit.pk)] if hit else [])]
    acts = [*Act.objects.filter(subject__in=subjects).select_related("user")]
    if hit:
        # A page of the queue names everybody on it.
        pages = Act.objects.filter(act="queue.see", detail__hits__contains=str(hit.pk))
        acts += pages.select_related("user")
    asked = Approval.objects.filter(kind=Approval.Kind.UNMASK, subject=str(journey.pk))
    return {
        "hit": _hit(hit) if hit else None,
        "viewers": [
            {"at": act.at, "who": act.user.display() if act.user else "", "act": act.act}
            for act in sorted(acts, key=lambda act: (act.at, act.pk))
        ],
        "unmaskings": [
            {
                "at": one.asked_at, "asked_by": one.asked_by.display(), "state": one.state,
                "decided_by": one.decided_by.display() if one.decided_by else "",
                "purpose": one.purpose, "case": one.case, "until": one.expires_at,
            }
            for one in asked.select_related("asked_by", "decided_by").order_by("asked_at")
        ],
    }  # fmt: skip


def _hit(hit: Hit) -> dict[str, Any]:
    kind = app_kind(hit.subject.kind)
    return {
        "id": hit.pk,
        "state": hit.state,
        "priority": hit.priority,
        "opened_at": hit.opened_at,
        "favour": wording.favour(hit.favour, kind),
        "reasons": [
            {
                "sentence": wording.short(reason, kind), "state": reason.state,
                "outcome": reason.outcome, "contribution": reason.contribution,
                "score": reason.score, "knowledge": reason.knowledge, "evidence": reason.evidence,
            }
            for reason in selectors.reasons(hit)
        ],
        "decisions": [
            {
                "at": one.at, "choice": one.choice, "by": one.by.display(),
                "second": one.second.display() if one.second else "",
                "why": one.why if one.why is not None else "masked", "basis": one.basis or "",
            }
            for one in selectors.decisions(hit)
        ],
        "history": [
            {"at": e.at, "by": e.by.display() if e.by else "", "what": wording.event(e)}
            for e in selectors.history(hit)
        ],
    }  # fmt: skip
