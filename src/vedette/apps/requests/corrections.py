"""Stores rectifications: correct values that persons state about themselves. The correct values are stored in
addition to the values of the received messages. The values of messages stay unchanged. Workers screen the
stated values instead of the values of messages.

The statements of persons are stored in the table `hits_textclear`. The statements have the kind `rectified`,
and the subject as their owner. The same table also contains the texts that officers write about a hit. A
statement has the retention class and the month of the subject, so that it is masked together with the
subject.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

import msgspec
from django.db import transaction
from django.utils import timezone
from psycopg import Connection

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.hits.actions import locked, open_again, write_event
from vedette.apps.hits.models import Hit, Reason, ReasonClear, SeenHit, TextClear
from vedette.apps.requests import ledger
from vedette.apps.requests.models import SubjectRequest
from vedette.apps.retention.unmask import Row
from vedette.apps.subjects.kinds import Element, app_kind, app_kinds, by_kind
from vedette.apps.subjects.models import Subject
from vedette.core.records import Record

KIND = "rectified"


class Statement(Record, frozen=True, kw_only=True):
    """The correct value of one data element, as the person states it. The other fields are the evidence
    (`basis`), the reference number of the person's letter, and the time of entry.
    """

    #: The name of the element in `AppKind.elements`, and the value that the function `fitting` of the
    #: element returned.
    element: str
    value: str
    basis: str
    reference: str
    at: dt.datetime


_decode = msgspec.json.Decoder(tuple[Statement, ...]).decode


def statements(subject: Subject, opened: Iterable[Row] = ()) -> tuple[Statement, ...]:
    """Returns the statements about a subject, oldest first. The result contains a masked statement only if
    `opened` contains the unmasked row of the statement.
    """
    if not subject.rectified:
        return ()
    texts = [row.values["text"] for row in opened if row.kind == KIND]
    texts += TextClear.objects.filter(
        owner_id=subject.pk,
        kind=KIND,
        retention_class=subject.retention_class,
        month=subject.month,
    ).values_list("text", flat=True)
    return tuple(sorted({one for text in texts for one in _decode(text)}, key=lambda one: one.at))


def keep(subject: Subject, statement: Statement) -> None:
    """Adds a statement. The last statement about an element applies, and earlier statements are kept. A
    worker screens the subject again.
    """
    TextClear.objects.update_or_create(
        owner_id=subject.pk, kind=KIND, retention_class=subject.retention_class, month=subject.month,
        defaults={
            "organisation_id": subject.organisation_id,
            "text": msgspec.json.encode((*statements(subject), statement)).decode(),
            "restricted": subject.restricted,
        },
    )  # fmt: skip
    subject.rectified = subject.screen_again = True
    app_kind(subject.kind).rectified(subject, statement.element, statement.value)
    subject.save(update_fields=["rectified", "screen_again", "minor"])


def corrected(
    connection: Connection[Any],
    organisation: uuid.UUID,
    subject: uuid.UUID,
    retention_class: str,
    month: dt.date,
) -> dict[str, str]:
    """Returns the values that workers screen instead of the values of messages. The keys of the result are
    the names of the elements.
    """
    row = connection.execute(
        "SELECT text FROM hits_textclear WHERE organisation_id = %s AND owner_id = %s"
        " AND kind = %s AND retention_class = %s AND month = %s",
        [organisation, subject, KIND, retention_class, month],
    ).fetchone()
    return {one.element: one.value for one in _decode(row[0])} if row else {}


def elements() -> dict[str, Element]:
    """Returns the data elements of all kinds of subject, which the form for rectifications offers. The keys
    of the result are the names of the elements. If several kinds have an element with the same name, the
    element of the first kind is returned.
    """
    return {
        name: element
        for kind in reversed(app_kinds())
        for name, element in kind.elements.items()
    }  # fmt: skip


def fitting(element: str, value: str) -> dict[str, str]:
    """Returns the value in the form in which it is stored, for each kind of subject that has this data
    element. Raises `ValueError` if the value is not valid for one of these kinds, or if no kind has the
    element.
    """
    value = " ".join(value.split())
    kinds = [kind for kind in app_kinds() if element in kind.elements]
    if not kinds or not 0 < len(value) <= 100:
        raise ValueError("value")
    return {kind.name: kind.elements[element].fitting(value) for kind in kinds}


@transaction.atomic
def rectify(by: User, request: SubjectRequest, element: str, value: str, basis: str) -> int:
    """Stores the stated value for every subject of the request. Returns the number of reopened
    hits.

    A decided hit is reopened if one of its reasons is based on the element. A worker then screens the subject
    with the new value and removes reasons that no longer apply. Raises `ValueError` if the value is not valid
    for the element or if the evidence is missing.
    """
    rules.check(by, "subject.answer")
    values, basis = fitting(element, value), basis.strip()[:300]
    if len(basis) < 3:
        raise ValueError("basis")
    rows = Subject.objects.filter(pk__in=request.subjects, kind__in=values).order_by("pk")
    opened, changed = 0, []
    for kind, subjects in by_kind(rows):
        said = Statement(
            element=element, value=values[kind.name], basis=basis, reference=request.reference,
            at=timezone.now(),
        )  # fmt: skip
        for subject in subjects:
            keep(subject, said)
            changed.append(subject.pk)
            opened += _reopen(by, subject, element, kind.elements[element])
    ledger.note(ledger.RECTIFIED, changed)
    words = {"value": " / ".join(dict.fromkeys(values.values())), "basis": basis}
    acts.write(
        by, "subject.rectified", request.pk, words=words, element=element, subjects=changed,
        reopened=opened,
    )  # fmt: skip
    return opened


def _reopen(by: User, subject: Subject, name: str, element: Element) -> bool:
    """Reopens the decided hit of a subject if one of its reasons is based on the element. Returns whether a
    hit was reopened.
    """
    seen = SeenHit.objects.filter(subject=subject).first()
    hit = locked(seen.pk) if seen else None
    if hit is None or hit.state != Hit.State.DECIDED:
        return False
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
        return False
    about = open_again(hit, hit.reasons.filter(pk__in=based))
    write_event(hit, by, "reopened", about, {"rectified": name})
    return True
