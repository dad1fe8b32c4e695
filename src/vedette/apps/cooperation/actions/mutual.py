"""Writes, sends, answers and withdraws requests to other administrations.

The release function (`core/release.py`) decides whether the text of a request or an answer may be sent. The
preview on a page and the function that sends the text both call `offer` or `offer_answer`, so they give the
same result.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import Approval, User
from vedette.apps.approvals import actions as approvals
from vedette.apps.columns import new_id
from vedette.apps.cooperation.actions.common import Refused, guarded, home, person, text
from vedette.apps.cooperation.models import MutualDraft, MutualEvent, MutualRequest, Official
from vedette.apps.cooperation.selectors import mutual as selectors
from vedette.apps.query import now
from vedette.apps.release import deciding
from vedette.apps.release import selectors as released
from vedette.apps.release.actions import releases, returns
from vedette.apps.release.models import Content, Item
from vedette.core import canonical, nonnominal
from vedette.core.release import PASSES

#: Texts of a request → most characters.
TEXTS: Mapping[str, int] = {
    "reference": 60, "article": 200, "matter": 300, "why": 2_000, "case": 4_000, "provisions": 1_000,
    "persons": 2_000, "procedure": 1_000,
}  # fmt: skip
#: The texts without which a request is not sent. The names of persons are stated, or stated as not known.
REQUIRED = ("matter", "why", "case", "provisions", "procedure")
#: What spontaneous information needs of them.
REQUIRED_SPONTANEOUS = ("matter", "why", "case")
#: The texts that are sent as they are.
_SENT = ("reference", "matter", "why", "case", "provisions", "procedure")
#: Texts of an answer → most characters.
ANSWER_TEXTS: Mapping[str, int] = {"text": 6_000, "persons": 2_000}
MARKINGS = tuple(one for one in PASSES if one != "TLP:CLEAR")
MARKING = "TLP:AMBER"
#: The shortest time between two reminders of a request.
REMIND_EVERY = dt.timedelta(days=1)
#: The longest time until an answer is needed.
LONGEST = dt.timedelta(days=366)
#: How long a text that is not sent is kept after its last change.
DRAFT_KEPT = dt.timedelta(days=90)
#: Most addressees of a request, drafts of an organisation, and answers to a request.
MOST_ADDRESSEES, MOST_DRAFTS, MOST_ANSWERS = 20, 1_000, 100


#: The id of no version.
_NOTHING = uuid.UUID(int=0)


@dataclass(frozen=True)
class Offer:
    """The text that would be sent, and its recipients. `made` is the version that is sent."""

    made: releases.Made
    preview: deciding.Preview
    group: deciding.Group
    recipients: tuple[deciding.Recipient, ...]

    @property
    def refused(self) -> bool:
        """Whether the text may not be sent to any recipient."""
        return not self.preview.allowed

    @property
    def second(self) -> list[deciding.Line]:
        """The recipients to whom the text may be sent only after the approval of a second person, which is
        missing."""
        return [line for line in self.preview.lines if line.second]


@dataclass(frozen=True)
class Typed:
    """The values of the form of a request. Times are None if they are not given."""

    values: Mapping[str, str]
    assistance: str = ""
    addressees: Collection[uuid.UUID] = ()
    due_at: dt.datetime | None = None
    oral_at: dt.datetime | None = None


@transaction.atomic
def create(
    user: User, ground: str, requested: uuid.UUID, *, spontaneous: bool = False,
    values: Mapping[str, str] | None = None,
) -> MutualRequest:  # fmt: skip
    """Stores the draft of a request that is based on the ground with the key `ground`
    (`release.selectors.Ground.key`). A request is possible only under an agreement in force to which both
    administrations are parties. Raises `Refused`."""
    rules.check(user, "mutual.write")
    found = next((one for one in selectors.grounds(home(user)) if one.key == ground), None)
    if found is None:
        raise Refused("instrument", "ground")
    if requested == home(user):
        raise Refused("itself", "requested")
    if requested not in found.parties:
        raise Refused("party", "requested")
    drafts = MutualRequest.objects.filter(
        organisation_id=home(user), state=MutualRequest.State.DRAFT
    )
    if drafts.count() >= MOST_DRAFTS:
        raise Refused("many")
    at = now()
    made = MutualRequest(
        id=new_id(), organisation_id=home(user), requested_id=requested, spontaneous=spontaneous,
        agreement=found.root, purpose=found.purpose, legal_basis=found.basis, by=user, by_name=person(user),
        at=at,
    )  # fmt: skip
    MutualRequest.objects.bulk_create([made])
    _keep(user, made, {"marking": MARKING, **(values or {})})
    acts.write(user, "mutual.create", made.pk, about=found.root, to=requested)
    return made


def _keep(user: User, one: MutualRequest, values: Mapping[str, str]) -> None:
    at = now()
    changed = {"values": dict(values), "by": user, "at": at, "delete_at": at + DRAFT_KEPT}
    rows = MutualDraft.objects.filter(request=one, organisation_id=home(user))
    if not rows.update(**changed):
        MutualDraft.objects.bulk_create(
            [MutualDraft(request=one, organisation_id=home(user), **changed)]
        )


def draft_of(user: User, one: MutualRequest) -> dict[str, str]:
    """Returns the text that the user's own organisation wrote but has not sent, or an empty text if there is
    no such text.
    """
    row = MutualDraft.objects.filter(request=one, organisation_id=home(user)).first()
    return dict(row.values) if row else {}


def _own_draft(user: User, id_: uuid.UUID) -> MutualRequest:
    rules.check(user, "mutual.write")
    found = MutualRequest.objects.filter(
        pk=id_, organisation_id=home(user), state=MutualRequest.State.DRAFT
    ).first()
    if found is None:
        raise Refused("state")
    return found


@transaction.atomic
def save(user: User, id_: uuid.UUID, typed: Typed) -> None:
    """Stores the draft of a request.

    The draft may be incomplete: `missing` returns the fields that are still required before it can be sent.
    Raises `Refused`.
    """
    one = _own_draft(user, id_)
    values = {
        name: found
        for name, most in TEXTS.items()
        if (found := text(typed.values.get(name, ""), most, name))
    }
    values["marking"] = _marking(typed.values.get("marking", ""))
    if typed.values.get("unknown") == "yes":
        if "persons" in values:
            raise Refused("unknown", "persons")
        values["unknown"] = "yes"
    if typed.assistance and typed.assistance not in MutualRequest.Assistance.values:
        raise Refused("choice", "assistance")
    at = now()
    if typed.due_at is not None and not at < typed.due_at <= at + LONGEST:
        raise Refused("due", "due_at")
    if typed.oral_at is not None and typed.oral_at > at:
        raise Refused("oral", "oral_at")
    named = list(dict.fromkeys(typed.addressees))
    known = {official.user_id for official in selectors.officials(one.agreement, one.requested_id)}
    if len(named) > MOST_ADDRESSEES or not known >= set(named):
        raise Refused("official", "addressees")
    MutualRequest.objects.filter(pk=one.pk).update(
        assistance=typed.assistance, addressees=named, due_at=typed.due_at, oral_at=typed.oral_at
    )
    _keep(user, one, values)
    acts.write(user, "mutual.edit", one.pk)


def _marking(given: str) -> str:
    if given not in MARKINGS:
        raise Refused("marking", "marking")
    return given


def missing(one: MutualRequest, values: Mapping[str, str]) -> list[str]:
    """Returns the fields that a draft needs before it can be sent, in the order of the form."""
    needed = REQUIRED_SPONTANEOUS if one.spontaneous else REQUIRED
    found = [] if one.addressees else ["addressees"]
    found += [] if one.spontaneous or one.assistance else ["assistance"]
    found += [name for name in needed if not values.get(name)]
    if not values.get("persons") and values.get("unknown") != "yes":
        found.append("persons")
    if not one.spontaneous and one.due_at is None:
        found.append("due_at")
    return found


def offer(user: User, one: MutualRequest) -> Offer:
    """Decides on the release of a draft to its addressees. Raises `Refused` if the draft is not complete, its
    deadline has passed, or its agreement is not in force any more."""
    values = draft_of(user, one)
    if lacks := missing(one, values):
        raise Refused("missing", lacks[0])
    if one.due_at is not None and one.due_at <= now():
        raise Refused("due", "due_at")
    ground = selectors.ground_of(home(user), one)
    if ground is None:
        raise Refused("instrument", "ground")
    names = released.organisations()
    article = f", {values['article']}" if values.get("article") else ""
    record: dict[str, Any] = {
        "id": str(one.pk), "requesting": names.get(home(user)), "requested": names.get(one.requested_id),
        "basis": f"{ground.title}: {ground.basis}{article}", "assistance": one.assistance or None,
        "due_at": _utc(one.due_at), "oral_at": _utc(one.oral_at),
        **{name: values.get(name) for name in _SENT},
    }  # fmt: skip
    known = {
        official.user_id: official
        for official in selectors.officials(one.agreement, one.requested_id)
    }
    to = [
        deciding.Recipient(one.requested_id, id_, known[id_].name)
        for id_ in one.addressees
        if id_ in known
    ]
    return _offer(user, one, "assistance_request", one.pk, record, values, to)


def _utc(at: dt.datetime | None) -> str | None:
    return at.astimezone(dt.UTC).isoformat() if at else None


def _offer(
    user: User, one: MutualRequest, type_: str, object_: uuid.UUID, record: Mapping[str, Any],
    values: Mapping[str, str], to: Sequence[deciding.Recipient],
) -> Offer:  # fmt: skip
    nominal = {"persons": values["persons"]} if values.get("persons") else None
    marking = values.get("marking", MARKING)
    # The same text has the same version in the preview, in the request for approval and in the sending.
    version = uuid.uuid5(object_, canonical.digest([record, nominal, marking]))
    stored = Item.objects.filter(pk=version, organisation_id=home(user)).first()
    if stored is not None:
        kept = Content.objects.filter(of=version).first()
        if kept is None:
            # The names were deleted at the end of their period.
            raise Refused("state")
        made = releases.Made(stored, kept.data, [], [])
    else:
        made = releases.make(
            user, type_, record, marking=marking, nominal=nominal, purpose=one.purpose,
            read=[nonnominal.digest(v) for v in record.values() if isinstance(v, str)],
            legal_basis=one.legal_basis, agreement=one.agreement, object=object_, id=version,
        )  # fmt: skip
    agreement = deciding.agreement_of(made.item)
    if agreement is None:
        raise Refused("instrument", "ground")
    group = deciding.parties(agreement)
    return Offer(made, deciding.preview(user, made.item, to, group), group, tuple(to))


def ask(user: User, id_: uuid.UUID, why: str) -> Approval:
    """Stores the text of a draft, and requests the approval of a second person for its release. Raises
    `Refused`."""
    one = _own_draft(user, id_)
    return _ask(user, one, offer(user, one), why)


def _ask(user: User, one: MutualRequest, found: Offer, why: str) -> Approval:
    if not found.second:
        raise Refused("no_second_needed")
    if len(why.strip()) < approvals.SHORTEST:
        raise Refused("short", "release_why")
    with guarded():
        _store(user, found)
        # A supervisor who wrote the text does not allow it.
        drafts = MutualDraft.objects.filter(request=one, organisation_id=home(user))
        return releases.ask(
            user, found.made.item, [line.recipient for line in found.second], why,
            writers=list(drafts.values_list("by_id", flat=True)),
        )  # fmt: skip


def asked(user: User, found: Offer) -> bool:
    """Whether the approval of this version is waiting for the decision of the second person."""
    return Approval.objects.filter(
        kind=Approval.Kind.RELEASE, subject=str(found.made.item.pk), state=Approval.State.ASKED,
        expires_at__gt=now(),
    ).exists()  # fmt: skip


def _store(user: User, found: Offer) -> None:
    if found.made.item._state.adding:
        releases.store(user, found.made)


def _release(user: User, found: Offer, token: str) -> None:
    if found.preview.token != token:
        raise Refused("changed")
    if found.refused:
        raise Refused("nobody")
    _store(user, found)
    try:
        releases.send(user, found.made.item, found.recipients, found.group, token=token)
    except releases.Changed as changed:
        raise Refused("changed") from changed
    except releases.Refused as refused:
        raise Refused("nobody") from refused


def send(user: User, id_: uuid.UUID, token: str) -> None:
    """Sends a request to the officials of the preview with this token. Raises `Refused`."""
    one = _own_draft(user, id_)
    found = offer(user, one)
    with guarded():
        _release(user, found, token)
        # Only those who receive the text are addressees.
        reached = [line.recipient.person for line in found.preview.allowed]
        if reached != one.addressees:
            MutualRequest.objects.filter(pk=one.pk).update(addressees=reached)
        _happens(user, one, MutualEvent.What.SENT)
        _forget(user, one, one.pk, keep=found.made.item.pk)
        acts.write(user, "mutual.send", one.pk, to=one.requested_id)


def _happens(user: User, one: MutualRequest, what: str, **columns: Any) -> None:
    # Row-level security shows the row after the statement, so no value is returned.
    MutualEvent.objects.bulk_create([
        MutualEvent(
            organisation_id=home(user), request=one, what=what, by=user, by_name=person(user), at=now(),
            **columns,
        )
    ])  # fmt: skip


def _forget(user: User, one: MutualRequest, object_: uuid.UUID, keep: uuid.UUID) -> None:
    """Deletes the draft, and the stored texts of all versions except the version `keep`."""
    MutualDraft.objects.filter(request=one, organisation_id=home(user)).delete()
    selectors.kept_texts(home(user), object_).exclude(of=keep).delete()


def discard(user: User, id_: uuid.UUID) -> None:
    """Deletes the draft of a request with its texts. Raises `Refused`."""
    one = _own_draft(user, id_)
    with guarded():
        _forget(user, one, one.pk, keep=_NOTHING)
        one.delete()
        acts.write(user, "mutual.discard", id_)


def acknowledge(user: User, id_: uuid.UUID) -> None:
    """Confirms the receipt of a request. Raises `Refused`."""
    _step(user, id_, MutualEvent.What.ACKNOWLEDGED, "mutual.acknowledge")


def remind(user: User, id_: uuid.UUID) -> None:
    """Reminds the other administration after the deadline, at most once a day. Raises `Refused`."""
    last = (
        MutualEvent.objects.filter(request_id=id_, what=MutualEvent.What.REMINDED)
        .order_by("-at")
        .first()
    )
    if last is not None and last.at > now() - REMIND_EVERY:
        raise Refused("reminded")
    _step(user, id_, MutualEvent.What.REMINDED, "mutual.remind")


def _step(user: User, id_: uuid.UUID, what: str, act: str) -> None:
    rules.check(user, "mutual.write")
    one = MutualRequest.objects.get(pk=id_)
    with guarded():
        _happens(user, one, what)
        acts.write(user, act, one.pk)


def withdraw(user: User, id_: uuid.UUID, why: str) -> None:
    """Withdraws a request, and recalls its text from the other administration. Raises `Refused`."""
    rules.check(user, "mutual.write")
    one = MutualRequest.objects.get(pk=id_)
    if len(why.strip()) < returns.SHORTEST:
        raise Refused("why", "why")
    with guarded():
        _happens(user, one, MutualEvent.What.WITHDRAWN)
        try:
            returns.recall(user, one.pk, why)
        except returns.Refused as refused:
            raise Refused("state") from refused
        acts.write(user, "mutual.withdraw", one.pk)


# --- answers --------------------------------------------------------------------------------------


def _answerable(user: User, id_: uuid.UUID) -> MutualRequest:
    rules.check(user, "mutual.write")
    one = MutualRequest.objects.get(pk=id_)
    if one.requested_id != user.organisation_id or one.spontaneous:
        raise Refused("state")
    if one.state not in MutualRequest.OPEN or one.closed_at is not None:
        raise Refused("state")
    if not selectors.is_official(user, one):
        raise Refused("addressee")
    return one


@transaction.atomic
def save_answer(user: User, id_: uuid.UUID, given: Mapping[str, str]) -> None:
    """Stores the draft of an answer, a partial answer or a refusal. Raises `Refused`."""
    one = _answerable(user, id_)
    values = {
        name: found
        for name, most in ANSWER_TEXTS.items()
        if (found := text(given.get(name, ""), most, name))
    }
    if given.get("what") not in MutualEvent.ANSWERS:
        raise Refused("choice", "what")
    values |= {"what": given["what"], "marking": _marking(given.get("marking", ""))}
    if given["what"] == MutualEvent.What.REFUSED:
        ground = selectors.ground_of(home(user), one)
        if ground is None or given.get("ground") not in ground.refusals:
            raise Refused("ground", "ground")
        values["ground"] = given["ground"]
        if "persons" in values:
            raise Refused("refusal_names", "persons")
    if "text" not in values:
        raise Refused("missing", "text")
    _keep(user, one, values)
    acts.write(user, "mutual.answer_edit", one.pk)


def discard_answer(user: User, id_: uuid.UUID) -> None:
    """Deletes the draft of an answer with its stored texts. Raises `Refused`."""
    one = _answerable(user, id_)
    with guarded():
        _forget(user, one, _answer_object(one), keep=_NOTHING)
        acts.write(user, "mutual.answer_discard", one.pk)


def _answer_object(one: MutualRequest) -> uuid.UUID:
    """Returns the id of the next answer, which is the same in the preview and when the answer is sent."""
    given = one.events.filter(what__in=MutualEvent.ANSWERS).count()
    if given >= MOST_ANSWERS:
        raise Refused("many")
    return uuid.uuid5(one.pk, f"answer {given + 1}")


def offer_answer(user: User, one: MutualRequest) -> Offer:
    """Decides on the release of the draft of an answer to the author of the request, and to the officials of
    the author's administration for the agreement. Raises `Refused`."""
    one = _answerable(user, one.pk)
    values = draft_of(user, one)
    if not values:
        raise Refused("missing", "text")
    record = {
        "id": str(_answer_object(one)), "about": str(one.pk), "answer": values["what"],
        "ground": values.get("ground"), "narrative": values["text"],
    }  # fmt: skip
    officials: list[Official] = selectors.officials(one.agreement, one.organisation_id)
    to = [deciding.Recipient(one.organisation_id, o.user_id, o.name) for o in officials]
    author = deciding.Recipient(one.organisation_id, one.by_id, one.by_name)
    if one.by_id not in {o.user_id for o in officials} and deciding.is_person(author):
        to.insert(0, author)
    return _offer(user, one, "assistance_answer", _answer_object(one), record, values, to)


def ask_answer(user: User, id_: uuid.UUID, why: str) -> Approval:
    """Requests the approval of a second person for the release of an answer. Raises `Refused`."""
    one = _answerable(user, id_)
    return _ask(user, one, offer_answer(user, one), why)


def send_answer(user: User, id_: uuid.UUID, token: str) -> None:
    """Sends an answer to the recipients of the preview with this token. Raises `Refused`."""
    one = _answerable(user, id_)
    found = offer_answer(user, one)
    values, object_ = draft_of(user, one), found.made.item.object
    with guarded():
        _happens(user, one, values["what"], object=object_, ground=values.get("ground", ""))
        _release(user, found, token)
        _forget(user, one, object_, keep=found.made.item.pk)
        acts.write(user, "mutual.answer", one.pk, to=one.organisation_id, kind=values["what"])
