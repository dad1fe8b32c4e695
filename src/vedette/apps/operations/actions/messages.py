"""Stores, sends, corrects and withdraws messages; answers warnings and test messages."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.operations import rights
from vedette.apps.operations.actions.common import Refused, guarded, home, person, text
from vedette.apps.operations.models import (
    Answer,
    Message,
    Nominal,
    Operation,
    Participant,
    Receipt,
    Template,
)
from vedette.apps.operations.warnings import schedule
from vedette.core import measures, message_forms
from vedette.core.ids import new_id

#: How long the nominal values of the national record are kept after the end of the group.
NOMINAL_KEPT = dt.timedelta(days=180)
#: A clock of a device may be ahead by this much.
AHEAD = dt.timedelta(minutes=10)
MOST_TEXT, MOST_RECIPIENTS, MOST_VERSIONS = 8_000, 400, 200
#: Kind → the right of the account that is required.
_RIGHT = {"broadcast": "operation.plan", "test": "operation.plan", "sitrep": "operation.join"}


class Invalid(Refused):
    """Fields of a form have problems: field → code (`message_forms.read`)."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("values", next(iter(problems), ""))
        self.problems = dict(problems)


@dataclass(frozen=True)
class Entered:
    """A message as a person entered it. `template` is the version of the form; 0: the latest."""

    id: uuid.UUID
    kind: str
    typed: Mapping[str, str] = field(default_factory=dict)
    short: bool = False
    template: int = 0
    text: str = ""
    marking: str = ""
    recipients: Sequence[uuid.UUID] = ()
    about: uuid.UUID | None = None
    record: uuid.UUID | None = None
    useful_until: dt.datetime | None = None
    #: The time zone of typed times; None: that of the workplace.
    zone: str | None = None


def send(user: User, operation: uuid.UUID, entered: Entered) -> Message:
    """Stores a message and sends it to the group. What the operation's end prevents from being sent is kept
    in the national record and offered to the coordinator as late: the message then has no `sent_at`. A second
    request with the same id returns the same message.

    Raises `Invalid` for problems of fields, and `Refused`."""
    if entered.kind not in rights.KINDS or entered.kind == "sitrep":
        raise Refused("kind")
    rules.check(user, _RIGHT.get(entered.kind, "operation.report"))
    if found := Message.objects.filter(pk=entered.id).first():
        return found
    one = Operation.objects.get(pk=operation)
    made, nominal = _made(user, one, entered)
    made.id = made.root = entered.id
    return _store(user, one, made, nominal)


def correct(
    user: User, message: uuid.UUID, version: int, why: str, entered: Entered | None
) -> Message:
    """Stores a new version of a message, or, without `entered`, its withdrawal. The earlier versions stay
    visible. `version` is the version that the user corrects."""
    rules.check(user, "operation.report")
    first = Message.objects.get(pk=message)
    rows = Message.objects.filter(root=first.root)
    last = rows.order_by("-version").first()
    if last is None or last.organisation_id != user.organisation_id:
        raise Refused("own")
    if last.version != version:
        raise Refused("stale")
    if last.withdraws:
        raise Refused("withdrawn")
    if version >= MOST_VERSIONS:
        raise Refused("many")
    why = text(why, 500, "why", required=True)
    one = Operation.objects.get(pk=last.operation_id)
    nominal: dict[str, str] = {}
    if entered is None:
        made = _copy(last)
        made.withdraws = True
        made.by, made.by_name, made.at = user, person(user), now()
    else:
        made, nominal = _made(user, one, entered)
    made.id, made.root, made.version, made.why = new_id(), first.root, version + 1, why
    return _store(user, one, made, nominal)


def _copy(last: Message) -> Message:
    kept = {f.attname: getattr(last, f.attname) for f in Message._meta.concrete_fields}
    kept |= {"escalated": -1, "late_at": None, "accepted_at": None, "accepted_by_id": None}
    return Message(**kept)


def _store(user: User, one: Operation, made: Message, nominal: Mapping[str, str]) -> Message:
    made.sent_at = made.at
    try:
        with guarded():
            _write(user, one, made, nominal)
            acts.write(user, "operation.message", made.pk, about=one.pk, kind=made.kind,
                       version=made.version, withdraws=made.withdraws)  # fmt: skip
    except Refused as refused:
        if refused.code != "sending" or not _ended(one):
            raise
        # The live phase or the group has ended: the text is not lost. An organisation that withdrew or was
        # excluded offers nothing to the coordinator.
        made.sent_at = None
        made.late_at = made.at if _takes_part(user, one) else None
        with guarded():
            _write(user, one, made, nominal)
            acts.write(user, "operation.message_late", made.pk, about=one.pk, kind=made.kind)
    return Message.objects.get(pk=made.pk)


def _ended(one: Operation) -> bool:
    """Whether the live phase or the group of an operation that was live has ended."""
    live = (
        Operation.State.LIVE,
        Operation.State.FOLLOWUP,
        Operation.State.DEBRIEF,
        Operation.State.CLOSED,
    )
    return one.state in live and (now() >= one.live_until or one.state != Operation.State.LIVE)


def _takes_part(user: User, one: Operation) -> bool:
    """Whether the organisation of the user takes part in the operation, or coordinates it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT vedette_operation_home(%s, %s)", [one.pk, user.organisation_id])
        return bool(cursor.fetchone()[0])


def _write(user: User, one: Operation, made: Message, nominal: Mapping[str, str]) -> None:
    try:
        with transaction.atomic():
            Message.objects.bulk_create([made])
    except IntegrityError as error:
        raise Refused("stale") from error
    if nominal:
        Nominal.objects.bulk_create([
            Nominal(
                organisation_id=home(user), message=made, values=dict(nominal),
                delete_at=max(one.until, made.at) + NOMINAL_KEPT,
            )
        ])  # fmt: skip


def form_of(operation: Operation, kind: str, number: int = 0) -> tuple[int, message_forms.Form]:
    """Returns a version of the form of a kind of message, or the latest one, with its number. A kind without
    a form (`feedback`, `broadcast`, `test`) has the number 0 and no fields."""
    rows = Template.objects.filter(operation=operation, kind=kind)
    found = rows.filter(number=number).first() if number else rows.order_by("-number").first()
    if found is None:
        if number:
            raise Refused("template")
        return 0, ()
    return found.number, message_forms.load(found.fields)


def _made(user: User, one: Operation, entered: Entered) -> tuple[Message, dict[str, str]]:
    number, form = form_of(one, entered.kind, entered.template)
    read = message_forms.read(form, entered.typed, short=entered.short)
    if read.problems:
        raise Invalid(read.problems)
    # The browser states the version of the form. A field that became nominal since then stays nominal.
    secret = {each.id for each in form_of(one, entered.kind)[1] if each.nominal}
    for name in secret & read.values.keys():
        read.nominal[name] = read.values.pop(name)
    body = text(entered.text, MOST_TEXT, "text", required=not form)
    if entered.marking and entered.marking not in rights.MARKINGS:
        raise Refused("marking")
    marking = entered.marking or one.marking
    if rights.weaker(one.marking, marking):
        # The plan states the weakest marking of the operation.
        raise Refused("weaker")
    at = now()
    made = Message(
        organisation_id=home(user), operation=one, kind=entered.kind, exercise=one.exercise,
        template=number, values=read.values, text=body, marking=marking,
        recipients=_recipients(one, entered, user), about=entered.about, record=entered.record,
        happened_at=at, by=user, by_name=person(user),
        by_organisation=str(user.organisation)[:200], at=at,
    )  # fmt: skip
    if marking == "red" and not made.recipients and entered.kind not in rights.COUNTED:
        # Nobody would read it. A record of a control or of a seizure is counted all the same.
        raise Refused("red", "recipient")
    stated = read.values | read.nominal
    if "happened" in stated:
        made.happened_at = _aware(stated["happened"], entered.zone)
        if made.happened_at > at + AHEAD:
            raise Invalid({"happened": "future"})
    made.place = read.values.get("place", "")
    if entered.kind in rights.COUNTED:
        _count(made, stated)
    if entered.kind == "warning":
        _warn(made, entered.useful_until, at)
    return made, read.nominal


def _aware(typed: str, zone: str | None) -> dt.datetime:
    naive = dt.datetime.fromisoformat(typed)
    return naive.replace(tzinfo=ZoneInfo(zone) if zone else timezone.get_current_timezone())


def _count(made: Message, stated: Mapping[str, str]) -> None:
    """Fills the columns from which situation reports are counted."""
    made.category = stated["category"]
    if made.kind == "control":
        made.controls, made.found = int(stated["controls"]), stated["found"] == "yes"
        return
    made.quantity, made.unit = Decimal(stated["quantity"]), stated["unit"]
    if made.quantity <= 0:
        raise Invalid({"quantity": "small"})
    if made.quantity >= Decimal(10) ** 14 or made.quantity != round(made.quantity, 6):
        raise Invalid({"quantity": "number"})
    made.amount, made.base = measures.based(made.quantity, made.unit)
    made.target = stated["target"] == "yes"


def _warn(made: Message, until: dt.datetime | None, at: dt.datetime) -> None:
    if len(made.recipients) != 1:
        raise Refused("one_addressee")
    if until is None:
        raise Refused("missing", "useful_until")
    try:
        times = schedule(at, until)
    except ValueError as error:
        raise Refused("past", "useful_until") from error
    made.useful_until, made.deputy_at, made.unit_at = until, times.deputy_at, times.unit_at


def _recipients(one: Operation, entered: Entered, user: User) -> list[uuid.UUID]:
    named = list(dict.fromkeys(entered.recipients))
    if len(named) > MOST_RECIPIENTS:
        raise Refused("many")
    if entered.kind == "warning" and user.organisation_id in named:
        raise Refused("itself")
    if named:
        known = set(
            Participant.objects.filter(
                operation=one, organisation_id__in=named, state=Participant.State.ACCEPTED
            ).values_list("organisation_id", flat=True)
        )
        if one.organisation_id in named:
            known.add(one.organisation_id)
        if known != set(named):
            raise Refused("recipient")
    return named


def answer(user: User, warning: uuid.UUID, outcome: str, reason: str) -> Answer:
    """Answers a warning, with a reason. A later answer of the same organisation corrects an earlier one."""
    rules.check(user, "operation.report")
    found = Message.objects.get(pk=warning)
    if found.kind != Message.Kind.WARNING or user.organisation_id not in found.recipients:
        raise Refused("addressee")
    if outcome not in Answer.Outcome.values:
        raise Refused("outcome", "outcome")
    reason = text(reason, 1_000, "reason", required=True)
    if Answer.objects.filter(message_id=found.root).count() >= MOST_VERSIONS:
        raise Refused("many")
    made = Answer(
        organisation_id=home(user), operation_id=found.operation_id, message_id=found.root,
        outcome=outcome, reason=reason, by=user, by_name=person(user),
        by_organisation=str(user.organisation)[:200], at=now(),
    )  # fmt: skip
    with guarded():
        made.save(force_insert=True)
        acts.write(user, "operation.answer", found.root, about=found.operation_id, outcome=outcome)
    return made


def answer_test(user: User, message: uuid.UUID) -> None:
    """Answers a test message."""
    rules.check(user, "operation.see")
    found = Message.objects.get(pk=message)
    if found.kind != Message.Kind.TEST:
        raise Refused("kind")
    with guarded():
        _receipt(user, found, Receipt.What.ANSWERED)
        acts.write(user, "operation.test_answer", found.pk, about=found.operation_id)


def opened(user: User, message: Message) -> None:
    """Records that a member of another organisation opened a message, while the group is open."""
    if message.organisation_id == user.organisation_id or message.sent_at is None:
        return
    try:
        with guarded():
            _receipt(user, message, Receipt.What.OPENED)
    except Refused:
        # A reader after the end leaves no receipt: nobody writes to the group any more.
        return


def _receipt(user: User, message: Message, what: str) -> None:
    Receipt.objects.bulk_create(
        [
            Receipt(
                organisation_id=home(user), operation_id=message.operation_id, message=message, user=user,
                name=person(user), what=what, at=now(),
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def accept_late(user: User, message: uuid.UUID) -> None:
    """Takes a late entry into the figures. The coordinator accepts it; reports that were sent stay as they
    are, and the next one shows the correction."""
    rules.check(user, "operation.plan")
    found = Message.objects.select_for_update().get(pk=message)
    if found.late_at is None or found.accepted_at is not None:
        raise Refused("stale")
    with guarded():
        Message.objects.filter(pk=found.pk).update(accepted_at=now(), accepted_by=user)
        acts.write(user, "operation.accept_late", found.pk, about=found.operation_id)
