"""The actions of officers on seizures and detentions. Each change of the values creates a new version, which
another person validates. Each action is one transaction and writes a step and an entry in the journal.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.enforcement.actions.controls import Refused, not_restricted, put
from vedette.apps.enforcement.models import (
    ControlOrder,
    Seizure,
    SeizureItem,
    SeizureVersion,
    Step,
)
from vedette.apps.enforcement.selectors import seizures as selectors
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.enforcement.selectors.seizures import COLUMNS, Record
from vedette.apps.hits import actions as hits
from vedette.apps.hits.models import Decision, Result, SeenHit
from vedette.apps.subjects.kinds import app_kind
from vedette.apps.subjects.models import Subject
from vedette.core import measures

_State, _Stage, _What = Seizure.State, Seizure.Stage, Step.What
#: Stage of a detention → the stages that may follow.
NEXT: Mapping[str, tuple[str, ...]] = {
    _Stage.DETAINED: (_Stage.VERIFICATION,),
    _Stage.VERIFICATION: (_Stage.AUTHORITY,),
    _Stage.AUTHORITY: (_Stage.ANSWERED,),
    _Stage.ANSWERED: (_Stage.AUTHORITY,),
    _Stage.CLOSED: (),
}
#: The stages from which a detention can end: after its verification, or after the answer of the licensing
#: authority, if it was asked.
ENDING = (_Stage.VERIFICATION, _Stage.ANSWERED)
#: The outcomes with which a case is closed. “Seized” ends a detention but not its case (`seize`).
OUTCOMES = tuple(one for one in Seizure.Outcome.values if one != Seizure.Outcome.SEIZED)
#: The greatest number of letters of a text of a version or of a step, of items, and of versions.
MOST_TEXT, MOST_ITEMS, MOST_VERSIONS = 4_000, 50, 200
#: The greatest number of steps after which a record can still be given back or reach a further stage. These
#: are the only steps that can be repeated without a new version.
MOST_STEPS = 500


@dataclass(frozen=True)
class Item:
    """Goods of one kind, as entered."""

    kind: str
    quantity: Decimal
    unit: str
    sub: str = ""
    hs: str = ""
    packages: int | None = None
    value: Decimal | None = None
    currency: str = ""
    text: str = ""


@dataclass(frozen=True)
class Given:
    """The values of a version: columns of `SeizureVersion`, texts, and the goods."""

    columns: Mapping[str, Any]
    texts: Mapping[str, str] = field(default_factory=dict)
    items: Sequence[Item] = ()


@dataclass(frozen=True)
class Origin:
    """The origin of a seizure: a control order, or a decision on a hit."""

    subject: Subject
    hit: uuid.UUID | None = None
    decision: Decision | None = None
    order: uuid.UUID | None = None


def of_order(order: ControlOrder) -> Origin:
    """Returns the origin of a seizure that follows from a control order."""
    if order.state == ControlOrder.State.WITHDRAWN:
        raise Refused("withdrawn")
    return Origin(order.subject, order.hit_id, order.decision, order.pk)


def of_hit(hit: SeenHit) -> Origin:
    """Returns the origin of a seizure that follows from the last decision on a hit."""
    last = hit.decisions.order_by("at").last()
    if hit.state != SeenHit.State.DECIDED or last is None or last.choice == Decision.Choice.RELEASE:
        raise Refused("not_referred")
    return Origin(hit.subject, hit.pk, last)


@transaction.atomic
def create(user: User, origin: Origin, id_: uuid.UUID, measure: str, given: Given) -> Seizure:
    """Begins the record of a seizure or a detention, as a draft. A second request with the same id returns
    the same record."""
    rules.check(user, "seizure.write")
    not_restricted(origin.subject)
    if measure not in Seizure.Measure.values:
        raise Refused("measure")
    if found := Seizure.objects.filter(pk=id_).first():
        return found
    made = Seizure(
        id=id_, organisation_id=origin.subject.organisation_id, subject=origin.subject,
        hit_id=origin.hit, decision=origin.decision, order_id=origin.order, measure=measure,
        created_by=user, created_at=now(),
    )  # fmt: skip
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise Refused("id") from error
    _write(user, made, given)
    _step(user, made, _What.CREATED)
    acts.write(user, "seizure.create", made.pk, about=origin.subject.pk, kind=measure)
    return made


def _locked(user: User, id_: uuid.UUID, version: int, *states: str, right: str = "seizure.write",
            closed: bool = False) -> Seizure:  # fmt: skip
    """Locks and returns a record that is in one of the given states. Raises `Refused` if the version of the
    record differs from the version on the page on which the user acted."""
    rules.check(user, right)
    Seizure.objects.select_for_update(of=("self",)).get(pk=id_)
    found = Seizure.objects.select_related("subject", "decision").get(pk=id_)
    not_restricted(found.subject)
    if found.version != version:
        raise Refused("stale")
    if found.state not in states:
        raise Refused(f"is_{found.state}")
    if found.closed_at and not closed:
        raise Refused("is_closed")
    return found


def _repeatable(seizure: Seizure) -> None:
    if seizure.steps.count() >= MOST_STEPS:
        raise Refused("many_steps")


def _step(user: User, seizure: Seizure, what: str, text: str = "") -> None:
    step = Step.objects.create(
        organisation_id=seizure.organisation_id, seizure=seizure, what=what,
        version=seizure.version, by=user, at=now(),
    )  # fmt: skip
    if text:
        put(seizure, {"text": text}, of=step.pk)


def _write(user: User, seizure: Seizure, given: Given) -> SeizureVersion:
    """Stores the values of the current version."""
    if len(given.items) > MOST_ITEMS:
        raise Refused("many_items")
    if seizure.version > MOST_VERSIONS:
        raise Refused("many_versions")
    if any(len(text) > MOST_TEXT for text in given.texts.values()):
        raise Refused("long_text")
    made = SeizureVersion.objects.create(
        organisation_id=seizure.organisation_id, seizure=seizure, number=seizure.version, by=user,
        at=now(), **given.columns,
    )  # fmt: skip
    rows = []
    for number, one in enumerate(given.items, 1):
        amount, base = measures.based(one.quantity, one.unit)
        rows.append(
            SeizureItem(
                organisation_id=seizure.organisation_id, version=made, number=number,
                kind=one.kind, sub=one.sub, hs=one.hs, quantity=one.quantity, unit=one.unit,
                amount=amount, base=base, packages=one.packages, value=one.value,
                currency=one.currency,
            )
        )  # fmt: skip
    SeizureItem.objects.bulk_create(rows)
    described = {f"item-{n}": one.text for n, one in enumerate(given.items, 1)}
    put(seizure, {**given.texts, **described}, of=made.pk)
    return made


def _names(seizure: Seizure, text: str) -> bool:
    """Whether a text contains a name of the subject. This check is necessary because the text is kept longer
    than the names."""
    folded = text.casefold()
    names = app_kind(seizure.subject.kind).names(seizure.subject_id)
    return any(len(name) > 3 and name.casefold() in folded for name in names)


@transaction.atomic
def change(user: User, id_: uuid.UUID, version: int, given: Given) -> Seizure:
    """Creates a new version of a draft or of a validated record. A validated record is then a draft again,
    until another person validates the new version.
    """
    found = _locked(user, id_, version, _State.DRAFT, _State.VALIDATED)
    if _names(found, " ".join(str(given.columns.get(name, "")) for name in ("basis", "offence"))):
        raise Refused("basis_names")
    found.version += 1
    found.state, found.submitted_by, found.validated_by = _State.DRAFT, None, None
    found.save(update_fields=["version", "state", "submitted_by", "validated_by"])
    _write(user, found, given)
    _step(user, found, _What.CHANGED)
    acts.write(user, "seizure.change", found.pk, version=found.version)
    return found


def again(record: Record) -> Given:
    """Returns the values of a version, for a new version with the same values."""
    version = record.version
    return Given(
        columns={name: getattr(version, name) for name in COLUMNS},
        texts={name: text for name, text in record.texts.items() if not name.startswith("item-")},
        items=[
            Item(
                kind=one.kind, quantity=one.quantity, unit=one.unit, sub=one.sub, hs=one.hs,
                packages=one.packages, value=one.value, currency=one.currency, text=text,
            )
            for one, text in record.items
        ],
    )  # fmt: skip


@transaction.atomic
def reopened(user: User, id_: uuid.UUID) -> Seizure:
    """Locks and returns a record whose firearm records are about to change. A validated record gets a new
    version with the same values, which another person must validate. Raises `Refused` if the record is
    submitted, withdrawn or closed."""
    Seizure.objects.select_for_update(of=("self",)).get(pk=id_)
    found = Seizure.objects.select_related("subject").get(pk=id_)
    not_restricted(found.subject)
    if found.closed_at:
        raise Refused("is_closed")
    if found.state == _State.VALIDATED:
        latest = selectors.record(found)
        if latest is None:
            raise Seizure.DoesNotExist
        return change(user, id_, found.version, again(latest))
    if found.state != _State.DRAFT:
        raise Refused(f"is_{found.state}")
    return found


@transaction.atomic
def submit(user: User, id_: uuid.UUID, version: int) -> Seizure:
    """Submits a draft for validation. Raises `Incomplete` with the codes of the values that are missing. If
    goods were seized, the hit then has a confirmed result."""
    found = _locked(user, id_, version, _State.DRAFT)
    latest = found.versions.get(number=found.version)
    if lacks := missing(latest):
        raise Incomplete(lacks)
    if _names(found, f"{latest.basis} {latest.offence}"):
        raise Refused("basis_names")
    found.state, found.submitted_by = _State.SUBMITTED, user
    found.save(update_fields=["state", "submitted_by"])
    _step(user, found, _What.SUBMITTED)
    if found.measure == Seizure.Measure.SEIZURE:
        _confirm(user, found)
    acts.write(user, "seizure.submit", found.pk, version=version)
    return found


class Incomplete(Refused):
    """The error that is raised if values of a record are missing. `missing` contains the names of the
    fields."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__("incomplete")
        self.missing = tuple(missing)


#: The fields that a record needs before it is submitted.
NEEDED = ("country", "direction", "basis")


def missing(version: SeizureVersion) -> list[str]:
    """Returns the names of the fields that are missing for the submission."""
    lacks = [name for name in NEEDED if not getattr(version, name)]
    return lacks if version.items.exists() else [*lacks, "items"]


def _confirm(user: User, seizure: Seizure) -> None:
    """Records a confirmed result of the hit, unless the last result of the hit is already confirmed."""
    if seizure.decision is None:
        return
    last = Result.objects.filter(hit_id=seizure.decision.hit_id).order_by("-at").first()
    if last is None or last.outcome != Result.Outcome.CONFIRMED:
        hits.result_of_control(user, seizure.decision, Result.Outcome.CONFIRMED)


@transaction.atomic
def give_back(user: User, id_: uuid.UUID, version: int, why: str) -> Seizure:
    """Returns a submitted record for correction, so that it can be changed."""
    found = _locked(user, id_, version, _State.SUBMITTED, right="seizure.validate")
    _worded(why)
    _repeatable(found)
    found.state, found.submitted_by = _State.DRAFT, None
    found.save(update_fields=["state", "submitted_by"])
    _step(user, found, _What.GIVEN_BACK, why)
    acts.write(user, "seizure.give_back", found.pk, version=version)
    return found


@transaction.atomic
def validate(user: User, id_: uuid.UUID, version: int) -> Seizure:
    """Validates a submitted record. The person who wrote or submitted the version cannot validate it."""
    found = _locked(user, id_, version, _State.SUBMITTED, right="seizure.validate")
    author = found.versions.get(number=version).by_id
    if user.pk in (author, found.submitted_by_id):
        raise Refused("own")
    found.state, found.validated_by, found.validated_version = _State.VALIDATED, user, version
    found.save(update_fields=["state", "validated_by", "validated_version"])
    _step(user, found, _What.VALIDATED)
    acts.write(user, "seizure.validate", found.pk, version=version)
    return found


@transaction.atomic
def withdraw(user: User, id_: uuid.UUID, version: int, why: str) -> Seizure:
    """Withdraws a record that was never validated, for example one that was begun by mistake. If the
    confirmed result of the hit is based only on this record, the result of the hit becomes “nothing found”.
    Otherwise, the subject would remain a confirmed case."""
    found = _locked(user, id_, version, _State.DRAFT)
    _worded(why)
    if found.validated_version:
        raise Refused("was_validated")
    found.state = _State.WITHDRAWN
    found.save(update_fields=["state"])
    _step(user, found, _What.WITHDRAWN, why)
    _no_longer_confirmed(user, found)
    acts.write(user, "seizure.withdraw", found.pk)
    return found


def _no_longer_confirmed(user: User, withdrawn: Seizure) -> None:
    """Records the result “nothing found” if this record is the only ground of the confirmed result of its
    hit. A record is the only ground if the record was submitted or its goods were seized, no other seizure of
    the hit is counted, and no control ended with a finding."""
    if withdrawn.decision is None or withdrawn.measure != Seizure.Measure.SEIZURE:
        return
    if not withdrawn.steps.filter(what__in=[_What.SUBMITTED, _What.SEIZED]).exists():
        return
    hit = withdrawn.decision.hit_id
    last = Result.objects.filter(hit_id=hit).order_by("-at").first()
    others = Seizure.objects.filter(hit_id=hit, measure=Seizure.Measure.SEIZURE).exclude(
        state__in=[_State.DRAFT, _State.WITHDRAWN]
    )
    found = ControlOrder.objects.filter(hit_id=hit, finding=ControlOrder.Finding.FOUND)
    if (
        last is None
        or last.outcome != Result.Outcome.CONFIRMED
        or others.exists()
        or found.exists()
    ):
        return
    hits.result_of_control(user, withdrawn.decision, Result.Outcome.NOTHING)


@transaction.atomic
def advance(user: User, id_: uuid.UUID, version: int, stage: str, text: str) -> Seizure:
    """Records that a detention reached its next stage. The text states what is verified, which authority was
    consulted, or its answer."""
    found = _locked(user, id_, version, _State.DRAFT, _State.SUBMITTED, _State.VALIDATED)
    if found.measure != Seizure.Measure.DETENTION or stage not in NEXT[found.stage]:
        raise Refused("stage")
    _worded(text)
    _repeatable(found)
    found.stage = stage
    found.save(update_fields=["stage"])
    _step(user, found, stage, text)
    acts.write(user, "seizure.advance", found.pk, stage=stage)
    return found


@transaction.atomic
def extended(user: User, id_: uuid.UUID, version: int, why: str) -> Seizure:
    """Records why the period of a detention is extended, after the assessment of a person who validates
    records. This function does not change the period itself, which is stored by the app for this kind of
    subject."""
    found = _locked(
        user,
        id_,
        version,
        _State.DRAFT,
        _State.SUBMITTED,
        _State.VALIDATED,
        right="seizure.validate",
    )
    if found.measure != Seizure.Measure.DETENTION:
        raise Refused("stage")
    _worded(why)
    _step(user, found, _What.EXTENDED, why)
    acts.write(user, "seizure.extend", found.pk)
    return found


def may_end(found: Seizure) -> bool:
    """Whether the case has reached a stage in which it can be closed."""
    return found.measure == Seizure.Measure.SEIZURE or found.stage in ENDING


def _ends(found: Seizure, basis: str, text: str) -> str:
    """Checks that a case may be closed on this legal basis, and returns the legal basis."""
    basis = " ".join(basis.split())
    if not 3 <= len(basis) <= 200:
        raise Refused("basis")
    if _names(found, basis):
        raise Refused("basis_names")
    if not may_end(found):
        raise Refused("stage")
    if len(text) > MOST_TEXT:
        raise Refused("long_text")
    return basis


@transaction.atomic
def seize(user: User, id_: uuid.UUID, version: int, basis: str, text: str, given: Given) -> Seizure:
    """Ends a detention with the seizure of the goods.

    The record of the detention becomes a record of a seizure. `given` contains the new version, and `basis`
    is the legal basis of the seizure. The case of the seizure is closed later.
    """
    found = _locked(user, id_, version, _State.DRAFT, _State.VALIDATED)
    basis = _ends(found, basis, text)
    if found.measure != Seizure.Measure.DETENTION:
        raise Refused("stage")
    # A version that was validated as a detention does not count as a seizure.
    found.measure, found.validated_version = Seizure.Measure.SEIZURE, 0
    found.save(update_fields=["measure", "validated_version"])
    _step(user, found, _What.SEIZED, text)
    columns = {**given.columns, "basis": basis}
    changed = change(user, found.pk, version, Given(columns, given.texts, given.items))
    _confirm(user, changed)
    acts.write(user, "seizure.close", found.pk, outcome=Seizure.Outcome.SEIZED.value)
    return changed


@transaction.atomic
def close(
    user: User, id_: uuid.UUID, version: int, outcome: str, basis: str, text: str = ""
) -> Seizure:
    """Closes the case of a validated record, with its outcome and the legal basis of the outcome."""
    found = _locked(user, id_, version, _State.VALIDATED)
    if outcome not in OUTCOMES:
        raise Refused("outcome")
    found.basis = _ends(found, basis, text)
    found.stage, found.outcome, found.closed_at = _Stage.CLOSED, outcome, now()
    found.save(update_fields=["stage", "outcome", "basis", "closed_at"])
    _step(user, found, _What.CLOSED, text)
    acts.write(user, "seizure.close", found.pk, outcome=outcome)
    return found


def _worded(text: str) -> None:
    if len(text.strip()) < 3:
        raise Refused("why")
    if len(text) > MOST_TEXT:
        raise Refused("long_text")
