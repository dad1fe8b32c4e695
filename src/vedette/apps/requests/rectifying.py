"""Rectification: the statement of a person is stored beside the values of messages, and workers screen it."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.hits.models import Event, Hit, Reason, ReasonClear
from vedette.apps.requests import corrections, ledger
from vedette.apps.requests.models import SubjectRequest
from vedette.apps.subjects.kinds import Element, app_kinds, by_kind
from vedette.apps.subjects.models import Subject


def elements() -> dict[str, Element]:
    """Returns the elements of all kinds by name, for the form. If several kinds use a name, the element of
    the first kind is returned."""
    return {
        name: element
        for kind in reversed(app_kinds())
        for name, element in kind.elements.items()
    }  # fmt: skip


def fitting(element: str, value: str) -> dict[str, str]:
    """Returns, for each kind that has the element, the value as stored. Raises `ValueError` if one of these
    kinds does not accept it, or if no kind has the element."""
    value = " ".join(value.split())
    kinds = [kind for kind in app_kinds() if element in kind.elements]
    if not kinds or not 0 < len(value) <= 100:
        raise ValueError("value")
    return {kind.name: kind.elements[element].fitting(value) for kind in kinds}


@transaction.atomic
def rectify(by: User, request: SubjectRequest, element: str, value: str, basis: str) -> int:
    """Stores the statement with every subject of the request; returns the number of reopened hits.

    A decided hit is reopened if one of its reasons is based on the element. The next worker screens the
    subject with the new value and removes reasons that are no longer found. Raises `ValueError` if the value
    is not valid for the element or the basis is missing.
    """
    rules.check(by, "subject.answer")
    values, basis = fitting(element, value), basis.strip()[:300]
    if len(basis) < 3:
        raise ValueError("basis")
    rows = Subject.objects.filter(pk__in=request.subjects, kind__in=values).order_by("pk")
    opened, changed = [], []
    for kind, subjects in by_kind(rows):
        said = corrections.Statement(
            element=element, value=values[kind.name], basis=basis, reference=request.reference,
            at=timezone.now(),
        )  # fmt: skip
        for subject in subjects:
            corrections.keep(subject, said)
            changed.append(subject.pk)
            opened += _reopen(by, subject, element, kind.elements[element])
    ledger.note(ledger.RECTIFIED, changed)
    words = {"value": " / ".join(dict.fromkeys(values.values())), "basis": basis}
    acts.write(
        by, "subject.rectified", request.pk, words=words, element=element, subjects=changed,
        reopened=len(opened),
    )  # fmt: skip
    return len(opened)


def _reopen(by: User, subject: Subject, name: str, element: Element) -> list[Hit]:
    """Reopens the decided hit of a subject if a reason is based on the element; returns the reopened hits."""
    hit = Hit.objects.select_for_update().filter(subject=subject, state=Hit.State.DECIDED).first()
    if hit is None:
        return []
    answered = hit.reasons.filter(state__in=(Reason.State.ANSWERED, Reason.State.CLEARED))
    evidence = ReasonClear.objects.filter(
        reason_id__in=[r.pk for r in answered], retention_class=hit.retention_class, month=hit.month
    ).values_list("reason_id", "evidence")
    based = [
        reason
        for reason, lines in evidence
        if any(line.get("name") in element.evidence for line in lines)
    ]
    if not based:
        return []
    hit.reasons.filter(pk__in=based).update(state=Reason.State.OPEN, outcome="")
    now = timezone.now()
    hit.state, hit.decided_at, hit.opened_at, hit.changed_at = Hit.State.REOPENED, None, now, now
    hit.save(update_fields=["state", "decided_at", "opened_at", "changed_at"])
    Event.objects.create(
        organisation_id=hit.organisation_id, hit=hit, by=by, kind="reopened",
        params={"rectified": name}, priority=hit.priority,
    )  # fmt: skip
    return [hit]
