"""Stores, sends, corrects and withdraws messages; answers warnings and test messages."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.approvals.actions import SHORTEST
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.operations import rights
from vedette.apps.operations.actions import releasing
from vedette.apps.operations.actions.common import Refused, guarded, home, person, text
from vedette.apps.operations.actions.releasing import Offer
from vedette.apps.operations.models import (
    Answer,
    Message,
    Nominal,
    Operation,
    Participant,
    Receipt,
    Template,
)
from vedette.apps.operations.selectors import operations as selectors
from vedette.apps.operations.warnings import schedule
from vedette.apps.query import FIRST
from vedette.apps.release.actions import returns
from vedette.apps.release.models import Content, Copy, Feedback
from vedette.core import canonical, measures, message_forms, nonnominal
from vedette.core.releasable import Plan

#: How long the nominal values of the national record are kept after the end of the group.
NOMINAL_KEPT = dt.timedelta(days=180)
#: A clock of a device may be ahead by this much.
AHEAD = dt.timedelta(minutes=10)
MOST_TEXT, MOST_RECIPIENTS, MOST_VERSIONS = 8_000, 400, 200
#: Entries that are sent in one go.
MOST_TOGETHER = 50
#: Kind → the right of the account that is required.
_RIGHT = {"broadcast": "operation.plan", "test": "operation.plan", "sitrep": "operation.join"}


class Invalid(Refused):
    """The error that is raised if fields of a form have problems. The exception contains a dictionary that
    maps each field to the code of its problem (`message_forms.read`).
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("values", next(iter(problems), ""))
        self.problems = dict(problems)


@dataclass(frozen=True)
class Entered:
    """A message as a person entered it. `template` is the version of the form; 0 means the latest version."""

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
    #: The time zone of typed times; None: that of the workplace. How far the clock of the device was ahead on
    #: which a time was typed.
    zone: str | None = None
    ahead: dt.timedelta = dt.timedelta()


@dataclass(frozen=True)
class Prepared:
    """A message before it is stored: its nominal values, the content that would be sent, and the fields that
    are not sent because their value does not match the format of the field. `offer` is None if the operation
    has ended and the message therefore cannot be sent. The text is then stored only for the organisation of
    the author.
    """

    message: Message
    nominal: dict[str, str]
    kept_back: list[str]
    offer: Offer | None

    @property
    def problem(self) -> Refused | None:
        """The reason why the message may not be sent even if the preview contains recipients."""
        try:
            if self.offer is not None:
                _check_addressee(self.message, self.offer)
        except Refused as refused:
            return refused if refused.code != "second_first" else None
        return None


def preview(user: User, operation: uuid.UUID, entered: Entered) -> Prepared:
    """Returns the content and the recipients of a message before it is sent. Stores nothing.

    Raises `Invalid` if a field is invalid, and `Refused` if the action is not permitted."""
    if entered.kind not in rights.KINDS or entered.kind == "sitrep":
        raise Refused("kind")
    rules.check(user, _RIGHT.get(entered.kind, "operation.report"))
    one = Operation.objects.get(pk=operation)
    made, nominal = _made(user, one, entered)
    made.id = made.root = entered.id
    return _prepared(user, one, made, nominal)


def _prepared(user: User, one: Operation, made: Message, nominal: dict[str, str]) -> Prepared:
    if _ended(one, made):
        return Prepared(made, nominal, [], None)
    at = now()
    may = any(
        rights.may_send(made.kind, role, one.state, ended=at >= one.live_until,
                        closed=at >= one.until, correction=made.version > 1)
        for role in selectors.roles(user, one)
    )  # fmt: skip
    if not may:
        raise Refused("sending")
    found = releasing.of_message(user, one, made)
    kept = releasing.keep_back(made, nominal, found.made.stayed)
    return Prepared(made, nominal, kept, found)


def send(user: User, operation: uuid.UUID, entered: Entered, token: str = "") -> Message:
    """Stores a message, and releases it to the recipients that the preview with this token showed. A message
    that cannot be sent because the operation has ended is stored only for the organisation of the author. The
    coordinator can accept the content as a late message. A late message has no `sent_at`. A second request
    with the same id returns the same message.

    Raises `Invalid` if a field is invalid, `releasing.Changed` if a new preview would differ from the preview
    with this token, and `Refused` if the action is not permitted."""
    if found := Message.objects.filter(pk=entered.id).first():
        return found
    ready = preview(user, operation, entered)
    return _store(user, ready, token)


def correct(
    user: User, message: uuid.UUID, version: int, why: str, entered: Entered | None, token: str = ""
) -> Message:
    """Stores a new version of a message and releases it as the preview with this token showed it. Without
    `entered`, stores the withdrawal of the message. The earlier versions remain visible. `version` is the
    version that the user corrects.
    """
    return _store(user, preview_correction(user, message, version, why, entered), token)


def preview_correction(
    user: User, message: uuid.UUID, version: int, why: str, entered: Entered | None
) -> Prepared:
    """Returns the content and the recipients of a correction or a withdrawal before it is sent. Stores
    nothing."""
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
    # The same version has the same id in the preview and in the sending.
    made.id = uuid.uuid5(first.root, f"{version + 1} {user.pk} {entered is None}")
    made.root, made.version, made.why = first.root, version + 1, why
    return _prepared(user, one, made, nominal)


def take_entry(user: User, operation: uuid.UUID, entered: Entered) -> Message:
    """Stores a message that was recorded on a device, without a preview of its recipients. If other
    organisations receive the message, the author sends the message from its page after the preview
    (`send_stored`). If a message with this id already exists, returns that message. Unlike `keep`, this
    function refuses an author who may not send at this time. If the operation has ended, the message is
    stored as late, and the coordinator decides whether to accept it.
    """
    if found := Message.objects.filter(pk=entered.id).first():
        return found
    return _kept(user, preview(user, operation, entered))


def take_correction(
    user: User, message: uuid.UUID, version: int, why: str, entered: Entered | None
) -> Message:
    """Stores a correction or a withdrawal whose recipients were not shown in a preview before."""
    return _kept(user, preview_correction(user, message, version, why, entered))


def _kept(user: User, ready: Prepared) -> Message:
    made, found = ready.message, ready.offer
    if found is None or not found.recipients:
        return _store(user, ready, found.preview.token if found else "")
    with guarded():
        _write(user, made.operation, made, ready.nominal)
        acts.write(user, "operation.message_keep", made.pk, about=made.operation_id, kind=made.kind)
    return Message.objects.get(pk=made.pk)


def ask(user: User, operation: uuid.UUID, entered: Entered, why: str) -> Message:
    """Stores a message without sending it, and requests the approval of a second person for its release. The
    user sends the message from its page after the approval (`send_stored`).
    """
    ready = preview(user, operation, entered)
    if ready.offer is None:
        raise Refused("sending")
    with guarded():
        _write(user, ready.message.operation, ready.message, ready.nominal)
        releasing.ask(user, ready.offer, why)
        acts.write(user, "operation.message_ask", ready.message.pk, about=operation)
    return Message.objects.get(pk=ready.message.pk)


def ask_correction(
    user: User, message: uuid.UUID, version: int, why: str, entered: Entered | None, reason: str
) -> Message:
    """Stores a correction or a withdrawal without sending it, and requests the approval of a second person
    for its release."""
    ready = preview_correction(user, message, version, why, entered)
    if ready.offer is None:
        raise Refused("sending")
    with guarded():
        _write(user, ready.message.operation, ready.message, ready.nominal)
        releasing.ask(user, ready.offer, reason)
        acts.write(
            user, "operation.message_ask", ready.message.pk, about=ready.message.operation_id
        )
    return Message.objects.get(pk=ready.message.pk)


def waiting(user: User, message: Message) -> Offer | None:
    """Returns the content and the recipients of a stored message before it is sent. Returns None if the
    message was already sent, is late, was written by another user, or was later corrected or withdrawn."""
    if message.sent_at is not None or message.late_at is not None or message.by_id != user.pk:
        return None
    if Message.objects.filter(root=message.root, version__gt=message.version).exists():
        return None
    return releasing.of_message(user, message.operation, message)


def ask_again(user: User, message: uuid.UUID, why: str) -> None:
    """Requests the approval of a second person for the release of a stored message, after an approval was
    refused or has expired."""
    found = waiting(user, Message.objects.select_related("operation").get(pk=message))
    if found is None:
        raise Refused("stale")
    with guarded():
        releasing.ask(user, found, why)


def send_stored(user: User, message: uuid.UUID, token: str) -> Message:
    """Sends a stored message, and releases it as in the preview with this token."""
    found = Message.objects.select_related("operation").get(pk=message)
    rules.check(user, _RIGHT.get(found.kind, "operation.report"))
    ready = waiting(user, found)
    if ready is None:
        raise Refused("stale")
    _check_addressee(found, ready)
    changes: dict[str, dt.datetime] = {"sent_at": now()}
    if found.useful_until is not None:
        try:
            times = schedule(changes["sent_at"], found.useful_until)
        except ValueError as error:
            raise Refused("past", "useful_until") from error
        changes |= {"deputy_at": times.deputy_at, "unit_at": times.unit_at}
    with guarded():
        Message.objects.filter(pk=message).update(**changes)
        releasing.send(user, ready, token)
        acts.write(user, "operation.message", found.pk, about=found.operation_id, kind=found.kind,
                   version=found.version, withdraws=found.withdraws)  # fmt: skip
    return Message.objects.get(pk=message)


@dataclass(frozen=True)
class Together:
    """Several entries that are sent together, with the content and the recipients of each entry, and the
    number of entries that are sent later.
    """

    entries: tuple[tuple[Message, Offer], ...]
    others: int

    @property
    def token(self) -> str:
        """A hash of the previews of all entries, which identifies the content that the page showed."""
        return canonical.digest([[str(m.pk), offer.preview.token] for m, offer in self.entries])

    @property
    def sendable(self) -> int:
        """The number of entries that can be sent: entries whose release is allowed to at least one recipient,
        and entries that have no recipients."""
        return sum(not offer.refused for _, offer in self.entries)


def waiting_together(user: User, operation: uuid.UUID) -> Together:
    """Returns the controls and seizures that the user stored and has not sent, the earliest first, at most
    `MOST_TOGETHER`. Only the latest version of each entry is sent. Entries that were withdrawn before they
    were sent are not included. Stores nothing.
    """
    rows = selectors.unsent(user).filter(operation_id=operation, kind__in=rights.COUNTED)
    rows = rows.select_related("operation").order_by("at", "pk")
    found = [
        (one, offer) for one in rows[:MOST_TOGETHER] if (offer := waiting(user, one)) is not None
    ]
    return Together(tuple(found), max(0, rows.count() - len(found)))


def send_together(user: User, operation: uuid.UUID, token: str) -> int:
    """Sends either all entries of the preview with this token, or no entry. Entries that no organisation may
    receive are kept only in the national record. Returns the number of sent entries. Raises `Changed` if a
    decision about a release or the entries changed since the preview.
    """
    found = waiting_together(user, operation)
    if found.token != token:
        raise releasing.Changed
    if not found.sendable:
        raise Refused("nobody")
    with guarded():
        for message, offer in found.entries:
            if not offer.refused:
                send_stored(user, message.pk, offer.preview.token)
    return found.sendable


def _check_addressee(message: Message, found: Offer) -> None:
    """Raises `Refused` if the message is a warning and not all its addressees may receive it."""
    allowed = {line.recipient.organisation for line in found.preview.allowed}
    if message.kind == Message.Kind.WARNING and not set(message.recipients) <= allowed:
        raise Refused("nobody" if not found.second else "second_first")


def _copy(last: Message) -> Message:
    kept = {f.attname: getattr(last, f.attname) for f in Message._meta.concrete_fields}
    kept |= {"escalated": -1, "late_at": None, "accepted_at": None, "accepted_by_id": None,
             "recipient_set_id": None}  # fmt: skip
    return Message(**kept)


def _store(user: User, ready: Prepared, token: str) -> Message:
    made, one = ready.message, ready.message.operation
    if ready.offer is not None:
        _check_addressee(made, ready.offer)
        made.sent_at = made.at
        with guarded():
            _write(user, one, made, ready.nominal)
            releasing.send(user, ready.offer, token)
            acts.write(user, "operation.message", made.pk, about=one.pk, kind=made.kind,
                       version=made.version, withdraws=made.withdraws)  # fmt: skip
    else:
        # The live phase or the group has ended: the text is not lost. An organisation that withdrew or was
        # excluded offers nothing to the coordinator.
        made.sent_at = None
        made.late_at = made.at if _takes_part(user, one) else None
        with guarded():
            _write(user, one, made, ready.nominal)
            acts.write(user, "operation.message_late", made.pk, about=one.pk, kind=made.kind)
    return Message.objects.get(pk=made.pk)


def _ended(one: Operation, made: Message) -> bool:
    """Whether a message cannot be sent because the live phase or the group has ended."""
    was_live = (
        Operation.State.LIVE,
        Operation.State.FOLLOWUP,
        Operation.State.DEBRIEF,
        Operation.State.CLOSED,
    )
    if one.state not in was_live:
        return False
    at = now()
    if at >= one.until or one.state == Operation.State.CLOSED:
        return True
    rule = rights.SENDING[made.kind]
    if made.version > 1:
        return False
    return one.state not in rule.states or (rule.until_end and at >= one.live_until)


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


#: Returns a version of the form of a kind of message: kind, number → number, fields (`form_of`).
Forms = Callable[..., tuple[int, message_forms.Form]]


#: An entry that is not stored yet, and its nominal values.
Kept = tuple[Message, dict[str, str]]


def kept(
    user: User, one: Operation, entered: Entered, forms: Forms | None = None,
    at: dt.datetime | None = None,
) -> Kept:  # fmt: skip
    """Returns the entry of a control or a seizure for the national record (`keep_all`). `forms` is an
    optional cache of the forms for many entries, and `at` is the time of the database.

    Raises `Invalid` if fields have problems, and `Refused` if the action is not permitted.
    """
    rules.check(user, "operation.report")
    if entered.kind not in rights.COUNTED:
        raise Refused("kind")
    made, nominal = _made(user, one, entered, forms, at)
    made.id = made.root = entered.id
    record = releasing.record_of(made)
    view = nonnominal.view(made.kind, record, Plan(), releasing.read_by_person(record))
    releasing.keep_back(made, nominal, view.stayed)
    return made, nominal


def keep_all(user: User, one: Operation, entries: Sequence[Kept]) -> None:
    """Stores either all given entries or no entry in the national record, without sending them. The author of
    the entries sends them later, after the preview (`send_stored`). Raises `Refused`.
    """
    with guarded():
        Message.objects.bulk_create([made for made, _ in entries])
        Nominal.objects.bulk_create([
            Nominal(
                organisation_id=home(user), message=made, values=nominal,
                delete_at=max(one.until, made.at) + NOMINAL_KEPT,
            )
            for made, nominal in entries if nominal
        ])  # fmt: skip


def _made(
    user: User, one: Operation, entered: Entered, forms: Forms | None = None,
    at: dt.datetime | None = None,
) -> Kept:  # fmt: skip
    forms = forms or functools.partial(form_of, one)
    number, form = forms(entered.kind, entered.template)
    read = message_forms.read(form, entered.typed, short=entered.short)
    if read.problems:
        raise Invalid(read.problems)
    # The browser states the version of the form. A field that became nominal since then stays nominal.
    secret = {each.id for each in forms(entered.kind)[1] if each.nominal}
    for name in secret & read.values.keys():
        read.nominal[name] = read.values.pop(name)
    body = text(entered.text, MOST_TEXT, "text", required=not form)
    if entered.marking and entered.marking not in rights.MARKINGS:
        raise Refused("marking")
    marking = entered.marking or one.marking
    if rights.weaker(one.marking, marking):
        # The plan states the weakest marking of the operation.
        raise Refused("weaker")
    at = at or now()
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
        if made.happened_at.year < FIRST.year:
            # A typing error. In UTC the first day of year 1 would be before it, and could not be read.
            raise Invalid({"happened": "time"})
        if made.happened_at > at + AHEAD and entered.ahead > dt.timedelta():
            # The clock of the device was wrong. The typed time stays among the values.
            made.happened_at -= entered.ahead
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
        if "quantity" not in stated:
            return
        if "unit" not in stated:
            raise Invalid({"unit": "missing"})
    made.quantity, made.unit = Decimal(stated["quantity"]), stated["unit"]
    if made.quantity <= 0:
        raise Invalid({"quantity": "small"})
    if made.quantity >= Decimal(10) ** 14 or made.quantity != round(made.quantity, 6):
        raise Invalid({"quantity": "number"})
    try:
        made.amount, made.base = measures.based(made.quantity, made.unit)
    except KeyError as error:
        # A unit that a coordinator added and that is neither a unit of measure nor a currency.
        raise Invalid({"unit": "choice"}) from error
    if made.kind == "seizure":
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


def preview_answer(
    user: User, warning: uuid.UUID, outcome: str, reason: str
) -> tuple[Answer, Offer]:
    """Returns the answer to a warning, with its content and its recipients, before it is stored and sent."""
    rules.check(user, "operation.report")
    found = Message.objects.get(pk=warning)
    if found.kind != Message.Kind.WARNING or user.organisation_id not in found.recipients:
        raise Refused("addressee")
    if outcome not in Answer.Outcome.values:
        raise Refused("outcome", "outcome")
    reason = text(reason, 1_000, "reason", required=True)
    given = Answer.objects.filter(message_id=found.root).count()
    if given >= MOST_VERSIONS:
        raise Refused("many")
    one = Operation.objects.get(pk=found.operation_id)
    made = Answer(
        # The same answer has the same id in the preview and in the sending.
        id=uuid.uuid5(found.root, f"{given} {user.pk} {outcome} {reason}"),
        organisation_id=home(user), operation=one, message_id=found.root, outcome=outcome,
        reason=reason, by=user, by_name=person(user), by_organisation=str(user.organisation)[:200],
        at=now(),
    )  # fmt: skip
    return made, releasing.of_answer(user, one, made, found)


def answer(user: User, warning: uuid.UUID, outcome: str, reason: str, token: str = "") -> Answer:
    """Stores the answer to a warning with a reason, and releases it as the preview with this token showed it.
    A later answer of the same organisation replaces an earlier answer.
    """
    made, found = preview_answer(user, warning, outcome, reason)
    with guarded():
        # Row-level security shows the row after the statement, so no value is returned.
        Answer.objects.bulk_create([made])
        releasing.send(user, found, token)
        acts.write(
            user, "operation.answer", made.message_id, about=made.operation_id, outcome=outcome
        )
    return made


def kept_answer(user: User, warning: Message) -> dict[str, str] | None:
    """Returns the outcome and the reason of an answer for which the user requested the approval of a second
    person and which is not sent yet, or None.
    """
    found = Content.objects.filter(
        item__type="feedback", item__operation=warning.operation_id, item__created_by=user,
        data__about=str(warning.root), of=F("item_id"),
    ).order_by("-item__created_at").first()  # fmt: skip
    if found is None or Answer.objects.filter(pk=found.of).exists():
        return None
    return {"outcome": found.data["outcome"], "reason": found.data["narrative"]}


def ask_answer(user: User, warning: uuid.UUID, outcome: str, reason: str, why: str) -> None:
    """Requests the approval of a second person for the release of an answer. The text of the answer is kept,
    so that the form shows it again.
    """
    _, found = preview_answer(user, warning, outcome, reason)
    with guarded():
        releasing.ask(user, found, why)


def erase_nominal(user: User, message: uuid.UUID, why: str) -> int:
    """Erases the nominal values of all versions of an entry of the user's own organisation. Returns the
    number of versions that had nominal values. The reason for the erasure is stored in place of the values.
    Raises `Refused`.
    """
    rules.check(user, "operation.erase")
    why = text(why, 500, "erase_why", required=True)
    if len(why) < SHORTEST:
        raise Refused("why", "erase_why")
    found = Message.objects.get(pk=message)
    if found.organisation_id != user.organisation_id:
        raise Refused("own")
    with guarded():
        with connection.cursor() as cursor:
            cursor.execute("SELECT vedette_operation_erase(%s, %s)", [found.root, why])
            erased = int(cursor.fetchone()[0])
        if not erased:
            raise Refused("no_names")
        acts.write(user, "operation.erase", found.root, about=found.operation_id, versions=erased)
    return erased


def answer_test(user: User, message: uuid.UUID) -> None:
    """Stores the answer to a test message."""
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
    held = Copy.objects.filter(
        item_id=message.pk, organisation_id=home(user), state=Copy.State.ACTIVE
    ).first()
    if held is not None:
        returns.record(user, held, Feedback.What.OPENED)


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
    """Includes a late entry in the figures. Only the coordinator may do this. Reports that were sent do not
    change, and the next report shows the correction.
    """
    rules.check(user, "operation.plan")
    found = Message.objects.select_for_update().get(pk=message)
    if found.late_at is None or found.accepted_at is not None:
        raise Refused("stale")
    with guarded():
        Message.objects.filter(pk=found.pk).update(accepted_at=now(), accepted_by=user)
        acts.write(user, "operation.accept_late", found.pk, about=found.operation_id)
