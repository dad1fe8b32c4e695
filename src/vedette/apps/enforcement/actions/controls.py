"""The actions of officers on a control order. Each action is one transaction and writes an entry in the
journal, which contains only ids and codes. An action that a device sends twice is carried out once, because
the device creates the ids of the records.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.enforcement.models import Clear, ControlOrder, Entry, Photo, Seizure
from vedette.apps.enforcement.models.controls import Recorded
from vedette.apps.enforcement.selectors.controls import PHOTO, now, withdrawal
from vedette.apps.hits import actions as hits
from vedette.apps.hits.models import Decision, Event, Result, SeenHit
from vedette.apps.keyring import lock_bytes
from vedette.apps.notices import actions as notices
from vedette.apps.notices.models import Notice
from vedette.apps.profiles.models import Drawn
from vedette.apps.subjects.kinds import app_kind
from vedette.apps.subjects.models import Subject
from vedette.core import measures, pictures

#: The greatest number of letters of the texts of an order and of an entry.
LONGEST = {"place": 120, "instructions": 2_000, "text": 120, "why": 1_000}
#: The greatest number of entries of one order, and of its photographs.
MOST_ENTRIES, MOST_PHOTOS = 500, 60
#: An order is due within this time.
LONGEST_DUE = dt.timedelta(days=90)


class Refused(rules.Coded):
    """The error that is raised if an action on a record of a control is not possible. The codes are in
    `wording.REFUSED`.
    """


@dataclass(frozen=True)
class Ordered:
    """The input of a control order."""

    id: uuid.UUID
    due_at: dt.datetime
    place: str = ""
    team: str = ""
    instructions: str = ""
    assigned_to: User | None = None


def put(record: Recorded, texts: Mapping[str, str] | Mapping[str, Any], of: uuid.UUID | None = None,
        picture: bytes | None = None) -> None:  # fmt: skip
    """Stores the texts of a record together with the data of the record's subject, so that both are masked
    and erased together. `of` is the id of the row to which the texts belong; the default is the id of the
    record."""
    subject = record.subject
    Clear.objects.create(
        subject_id=subject.pk, record=of or record.pk, retention_class=subject.retention_class,
        month=subject.month, organisation_id=subject.organisation_id, hit_id=record.hit_id,
        decision_id=record.decision_id, texts={k: v for k, v in texts.items() if v},
        picture=picture,
    )  # fmt: skip


def restricted(subject: Subject) -> bool:
    """Whether the processing of a subject is restricted. If another transaction is setting or ending a
    restriction, waits until that transaction has ended. No other transaction can restrict the processing
    before this transaction ends: otherwise, a text that is stored during a restriction would stay visible."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT restricted FROM subjects_subject WHERE id = %s FOR SHARE", [subject.pk]
        )
        found = cursor.fetchone()
    return found is None or bool(found[0])


def not_restricted(subject: Subject) -> None:
    """Raises `Refused` if the processing of the subject is restricted."""
    if restricted(subject):
        raise Refused("restricted")


@transaction.atomic
def order(
    user: User, subject_id: uuid.UUID, hit_id: uuid.UUID | None, given: Ordered
) -> ControlOrder:
    """Orders a control. If a hit is given, the order is based on the last decision on the hit, which must not
    be a release. Without a hit, the subject must have been selected at random, or be goods that customs found
    without a declaration. A second request with the same id returns the same order."""
    rules.check(user, "control.order")
    at = now()
    subject = Subject.objects.get(pk=subject_id)
    not_restricted(subject)
    decision = _decision(subject, hit_id)
    _check(given, at)
    if found := ControlOrder.objects.filter(pk=given.id).first():
        return found
    made = ControlOrder(
        id=given.id, organisation_id=subject.organisation_id, subject=subject, hit_id=hit_id,
        decision=decision, random=_drawn(subject), team=given.team, assigned_to=given.assigned_to,
        due_at=given.due_at, ordered_by=user, ordered_at=at,
    )  # fmt: skip
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise Refused("ordered") from error
    put(made, {"place": given.place, "instructions": given.instructions})
    event = hits.control_event(user, decision, "control_ordered") if decision is not None else None
    _notify_when_due(made, event)
    acts.write(user, "control.order", made.pk, about=subject.pk, random=made.random)
    return made


def _notify_when_due(made: ControlOrder, event: Event | None) -> None:
    """Writes the notifications that are shown when the order is past due. Row-level security hides the
    notifications after the order has ended (`notices.sql`). The notified users are the officer who ordered
    the control and the officer to whom it is assigned. For an order of a hit, supervisors who may see the hit
    are also notified.
    """
    to = [made.ordered_by_id, *([made.assigned_to_id] if made.assigned_to_id else [])]
    notices.notify(
        made.organisation_id,
        notices.Event(
            kind=Notice.Kind.ORDER_DUE, to=to, right="hit.hand_over_any" if event else "",
            hit=event.hit_id if event else None, pairs=event.pairs if event else 0,
            seen=event.seen if event else None, ref=str(made.pk),
            params={"page": "control", "id": str(made.pk)}, at=made.due_at,
        ),
    )  # fmt: skip


def _decision(subject: Subject, hit_id: uuid.UUID | None) -> Decision | None:
    if hit_id is None:
        if not _drawn(subject) and app_kind(subject.kind).found(subject.pk) is None:
            raise Refused("not_drawn")
        return None
    hit = SeenHit.objects.get(pk=hit_id, subject_id=subject.pk)
    last = hit.decisions.order_by("at").last()
    if hit.state != SeenHit.State.DECIDED or last is None or last.choice == Decision.Choice.RELEASE:
        raise Refused("not_referred")
    return last


def _drawn(subject: Subject) -> bool:
    return Drawn.objects.filter(subject_id=subject.pk).exists()


def _check(given: Ordered, at: dt.datetime) -> None:
    if not at - dt.timedelta(minutes=1) <= given.due_at <= at + LONGEST_DUE:
        raise Refused("due")
    for name in ("place", "instructions"):
        if len(getattr(given, name)) > LONGEST[name]:
            raise Refused(f"long_{name}")
    if not given.place:
        raise Refused("place")


def _locked(
    user: User, order_id: uuid.UUID, *states: str, right: str = "control.record"
) -> ControlOrder:
    """Locks and returns an order that is in one of the given states."""
    rules.check(user, right)
    ControlOrder.objects.select_for_update(of=("self",)).get(pk=order_id)
    found = ControlOrder.objects.select_related("subject", "decision").get(pk=order_id)
    not_restricted(found.subject)
    if found.state not in states:
        raise Refused(found.state)
    return found


def _begun(user: User, found: ControlOrder) -> None:
    """Records that the control has begun."""
    if found.state == ControlOrder.State.ORDERED:
        found.state, found.begun_by, found.begun_at = ControlOrder.State.BEGUN, user, now()
        found.save(update_fields=["state", "begun_by", "begun_at"])
        acts.write(user, "control.begin", found.pk)


@transaction.atomic
def begin(user: User, order_id: uuid.UUID) -> ControlOrder:
    """Begins a control. If the control has already begun, nothing changes."""
    found = _locked(user, order_id, *ControlOrder.OPEN)
    _begun(user, found)
    return found


@transaction.atomic
def withdraw(user: User, order_id: uuid.UUID, why: str) -> ControlOrder:
    """Withdraws an order that was not carried out. The reason is stored with the texts of the subject."""
    found = _locked(user, order_id, *ControlOrder.OPEN, right="control.order")
    why = why.strip()
    if not why or len(why) > LONGEST["why"]:
        raise Refused("why")
    found.state = ControlOrder.State.WITHDRAWN
    found.ended_by, found.ended_at = user, now()
    found.save(update_fields=["state", "ended_by", "ended_at"])
    put(found, {"why": why}, of=withdrawal(found.pk))
    if found.decision is not None:
        hits.control_event(user, found.decision, "control_withdrawn")
    acts.write(user, "control.withdraw", found.pk)
    return found


@transaction.atomic
def finish(user: User, order_id: uuid.UUID, finding: str) -> ControlOrder:
    """Ends a control with its finding, and records the result of the hit. If the same finding is sent again,
    the function returns the same result and changes nothing."""
    found = _locked(user, order_id, *ControlOrder.OPEN, ControlOrder.State.DONE)
    if finding not in ControlOrder.Finding.values:
        raise Refused("finding")
    if found.state == ControlOrder.State.DONE:
        if found.finding != finding:
            raise Refused("done")
        return found
    _begun(user, found)
    found.state, found.finding = ControlOrder.State.DONE, finding
    found.ended_by, found.ended_at = user, now()
    if found.decision is not None:
        nothing = finding == ControlOrder.Finding.NOTHING
        outcome = Result.Outcome.NOTHING if nothing else Result.Outcome.CONFIRMED
        found.result_id = hits.result_of_control(user, found.decision, outcome).pk
    found.save()
    acts.write(user, "control.finish", found.pk, finding=finding)
    return found


@transaction.atomic
def take_back(user: User, order_id: uuid.UUID) -> ControlOrder:
    """Cancels the finding “nothing found”, within ten minutes.

    The control is open again after the cancellation.
    """
    found = _locked(user, order_id, ControlOrder.State.DONE, ControlOrder.State.BEGUN)
    if found.state == ControlOrder.State.BEGUN:
        return found
    with connection.cursor() as cursor:
        cursor.execute("SELECT vedette_take_back_result(%s)", [found.pk])
        (done,) = cursor.fetchone()
    if not done:
        raise Refused("too_late")
    if found.decision is not None:
        hits.control_event(user, found.decision, "result_taken_back")
    acts.write(user, "control.take_back", found.pk)
    found.refresh_from_db()
    return found


@dataclass(frozen=True)
class Entered:
    """One entry of a control, as a device sends it."""

    id: uuid.UUID
    kind: str
    what: str
    answer: str = ""
    amount: Decimal | None = None
    unit: str = ""
    text: str = ""


#: Kind of an entry → the values of `what`. Checks are those of the kind of subject.
WHAT: Mapping[str, Collection[str]] = {
    Entry.Kind.QUANTITY: ("counted", "weighed", "measured"),
    Entry.Kind.SEAL: ("removed", "placed"),
    Entry.Kind.SAMPLE: ("taken", "sent"),
}


@transaction.atomic
def enter(
    user: User, order_id: uuid.UUID, entries: Sequence[Entered], checks: Collection[str] = ()
) -> list[Entry]:
    """Stores entries of a control, and begins the control with its first entry. An entry whose id is already
    stored is left unchanged. `checks` contains the codes of the checks of the subject."""
    found = _locked(user, order_id, *ControlOrder.OPEN)
    for one in entries:
        _valid(one, checks)
        # The device makes the id of an entry. It must not take the place of other texts of the order.
        if one.id in (found.pk, withdrawal(found.pk)):
            raise Refused("id")
    known = set(
        Entry.objects.filter(pk__in=[one.id for one in entries]).values_list("pk", flat=True)
    )
    new = [one for one in entries if one.id not in known]
    if found.entries.count() + len(new) > MOST_ENTRIES:
        raise Refused("many")
    if not new:
        return []
    _begun(user, found)
    at = now()
    made = [
        Entry(
            id=one.id, organisation_id=found.organisation_id, order=found, kind=one.kind,
            what=one.what, answer=one.answer, amount=one.amount, unit=one.unit, by=user, at=at,
        )
        for one in new
    ]  # fmt: skip
    try:
        with transaction.atomic():
            Entry.objects.bulk_create(made)
    except IntegrityError as error:
        raise Refused("id") from error
    for one in new:
        if one.text:
            put(found, {"text": one.text}, of=one.id)
    acts.write(user, "control.enter", found.pk, entries=[one.pk for one in made])
    return made


def _valid(one: Entered, checks: Collection[str]) -> None:
    """Raises `Refused` if an entry is not valid."""
    kinds = {Entry.Kind.CHECK: checks, **WHAT}
    if one.what not in kinds.get(one.kind, ()):
        raise Refused("entry")
    if len(one.text) > LONGEST["text"]:
        raise Refused("long_text")
    match one.kind:
        case Entry.Kind.CHECK:
            wrong = "" if one.answer in Entry.Answer.values else "answer"
        case Entry.Kind.QUANTITY:
            valid = one.amount is not None and 0 < one.amount <= measures.MOST
            wrong = "quantity" if not valid else "" if one.unit in measures.UNITS else "unit"
        case Entry.Kind.SEAL:
            wrong = "" if one.text else "seal"
        case _:
            wrong = "" if one.text else "sample"
    if wrong:
        raise Refused(wrong)


@transaction.atomic
def strike(user: User, order_id: uuid.UUID, id_: uuid.UUID) -> None:
    """Strikes out an entry or a photograph that was made by mistake. The control must be open. The entry or
    photograph stays stored and is marked as struck out."""
    found = _locked(user, order_id, *ControlOrder.OPEN)
    at = now()
    struck = found.entries.filter(pk=id_, struck_at=None).update(struck_at=at)
    struck += Photo.objects.filter(pk=id_, order_id=found.pk, struck_at=None).update(struck_at=at)
    if struck:
        acts.write(user, "control.strike", found.pk, entry=id_)


def _open_seizure(id_: uuid.UUID) -> Seizure:
    """Locks and returns a seizure whose case is open."""
    Seizure.objects.select_for_update(of=("self",)).get(pk=id_)
    found = Seizure.objects.select_related("subject").get(pk=id_)
    not_restricted(found.subject)
    if found.state == Seizure.State.WITHDRAWN:
        raise Refused("is_withdrawn")
    if found.closed_at is not None:
        raise Refused("is_closed")
    return found


@transaction.atomic
def photograph(
    user: User, record: Recorded, files: Sequence[tuple[uuid.UUID, bytes]], kind: str
) -> list[Photo]:
    """Stores photographs of an order or of a seizure, without metadata and encrypted. A photograph whose id
    is already stored is left unchanged. Raises `pictures.Unreadable` for the first file that is not a
    picture.
    """
    rules.check(user, "control.record")
    if kind not in Photo.Kind.values:
        raise Refused("entry")
    of_order = isinstance(record, ControlOrder)
    record = _locked(user, record.pk, *ControlOrder.OPEN) if of_order else _open_seizure(record.pk)
    link = {"order_id" if of_order else "seizure_id": record.pk}
    known = set(Photo.objects.filter(pk__in=[id_ for id_, _ in files]).values_list("pk", flat=True))
    new = [(id_, data) for id_, data in files if id_ not in known]
    if (
        len(new) > pictures.MOST_FILES
        or Photo.objects.filter(**link).count() + len(new) > MOST_PHOTOS
    ):
        raise Refused("many_photos")
    at, made = now(), []
    for id_, data in new:
        picture = pictures.read(data)
        photo = Photo(
            id=id_, organisation_id=record.organisation_id, subject=record.subject,
            hit_id=record.hit_id, decision_id=record.decision_id, kind=kind, **link,
            width=picture.width, height=picture.height, size=len(picture.data),
            digest=hashlib.sha256(data).digest(), by=user, at=at,
        )  # fmt: skip
        try:
            with transaction.atomic():
                photo.save(force_insert=True)
        except IntegrityError as error:
            raise Refused("id") from error
        put(photo, {}, picture=lock_bytes(picture.data, PHOTO))
        made.append(photo)
    if made:
        if isinstance(record, ControlOrder):
            _begun(user, record)
        acts.write(user, "control.photograph", record.pk, photos=[one.pk for one in made])
    return made
