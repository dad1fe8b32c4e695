"""Rectification: what the person states is kept beside what the carrier said, and screened."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction
from django.utils import timezone

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.hits.models import Event, Hit, Reason, ReasonClear
from vedette.apps.requests import ledger
from vedette.apps.requests.models import SubjectRequest
from vedette.core import codes
from vedette.travellers.app import corrections
from vedette.travellers.app.models import Journey

#: Element → names of the lines of evidence that rest on it.
RESTS: dict[str, frozenset[str]] = {
    "surname": frozenset(("surname", "name")),
    "given_names": frozenset(("given", "given_names", "name")),
    "date_of_birth": frozenset(("birth_date",)),
    "nationality": frozenset(("nationality",)),
    "sex": frozenset(("sex",)),
    "document": frozenset(("document",)),
}


def fitting(element: str, value: str) -> str:
    """The value as it is stored. Raises `ValueError` where it is none of that element."""
    value = " ".join(value.split())
    if element not in RESTS or not 0 < len(value) <= 100:
        raise ValueError("value")
    if element == "date_of_birth":
        return dt.date.fromisoformat(value).isoformat()
    if element == "nationality":
        found = codes.alpha3(value)
        if not found:
            raise ValueError("value")
        return found
    if element == "sex" and value.upper() not in ("M", "F", "X"):
        raise ValueError("value")
    return value.upper()


@transaction.atomic
def rectify(by: User, request: SubjectRequest, element: str, value: str, basis: str) -> int:
    """Keeps the statement with every journey of the request; gives how many hits it opens again.

    A decided hit opens where one of its reasons rests on the element; the journey is screened with the
    new value by the next worker, and a reason that is found no more falls away then. Raises
    `ValueError` where the value is none of that element or the basis is missing.
    """
    rules.check(by, "subject.answer")
    value, basis = fitting(element, value), basis.strip()[:300]
    if len(basis) < 3:
        raise ValueError("basis")
    said = corrections.Statement(
        element=element, value=value, basis=basis, reference=request.reference, at=timezone.now()
    )
    rows = Journey.objects.filter(pk__in=request.subjects).select_related("flight", "subject")
    journeys = list(rows.order_by("pk"))
    for journey in journeys:
        corrections.keep(journey, said)
    ledger.note(ledger.RECTIFIED, [journey.pk for journey in journeys])
    opened = [hit for journey in journeys if (hit := _reopen(by, journey.pk, element))]
    acts.write(
        by, "subject.rectified", request.pk, words={"value": value, "basis": basis}, element=element,
        subjects=[j.pk for j in journeys], reopened=len(opened),
    )  # fmt: skip
    return len(opened)


def _reopen(by: User, journey: uuid.UUID, element: str) -> Hit | None:
    """Opens the decided hit of a journey again where a reason rests on the element."""
    hit = Hit.objects.select_for_update().filter(subject=journey, state=Hit.State.DECIDED).first()
    if hit is None:
        return None
    answered = list(
        hit.reasons.filter(state__in=(Reason.State.ANSWERED, Reason.State.CLEARED))
    )  # fmt: skip
    evidence = dict(
        ReasonClear.objects.filter(
            reason_id__in=[r.pk for r in answered], retention_class=hit.retention_class, month=hit.month
        ).values_list("reason_id", "evidence")
    )  # fmt: skip
    resting = [
        r.pk
        for r in answered
        if any(line.get("name") in RESTS[element] for line in evidence.get(r.pk, ()))
    ]
    if not resting:
        return None
    hit.reasons.filter(pk__in=resting).update(state=Reason.State.OPEN, outcome="")
    now = timezone.now()
    hit.state, hit.decided_at, hit.opened_at, hit.changed_at = Hit.State.REOPENED, None, now, now
    hit.save(update_fields=["state", "decided_at", "opened_at", "changed_at"])
    Event.objects.create(
        organisation_id=hit.organisation_id, hit=hit, by=by, kind="reopened",
        params={"rectified": element}, priority=hit.priority,
    )  # fmt: skip
    return hit
