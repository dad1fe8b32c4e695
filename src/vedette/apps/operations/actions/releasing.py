"""The data that an organisation sends in an operation: the content of a message, an answer or a report, the
recipients, and the preview. The page that shows the preview and the function that sends the version both call
`offer`, so that both get the same result.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vedette.apps.accounts.models import Approval, User
from vedette.apps.approvals import actions as approvals
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.operations import rights
from vedette.apps.operations.actions.common import Refused
from vedette.apps.operations.models import (
    Answer,
    Final,
    Member,
    Message,
    Operation,
    Participant,
    Report,
)
from vedette.apps.operations.selectors import operations as selectors
from vedette.apps.release import deciding
from vedette.apps.release.actions import releases
from vedette.apps.release.models import Content, Item
from vedette.core import canonical, nonnominal

#: Field of a form → field of the object (`core/releasable.py`) whose form its value must have. A value
#: without it stays in the organisation.
TYPED: Mapping[str, str] = {
    "mode": "conveyance",
    "direction": "direction",
    "origin": "origin",
    "destination": "destination",
    "concealment": "concealment",
    "detection": "detection",
    "test": "test",
}
_ROUTE = ("mode", "direction", "origin", "destination")
#: The same for the fields of the goods.
_ITEM: Mapping[str, str] = {"category": "kind", "quantity": "quantity", "unit": "unit", "hs": "hs"}
_ROUTED = ("control", "seizure", "warning")


@dataclass(frozen=True)
class Offer:
    """The content that would be sent, and its recipients. `made` is the version that would be sent, and
    `preview` contains the decisions about the release to each recipient.
    """

    made: releases.Made
    preview: deciding.Preview
    group: deciding.Group
    operation: deciding.Operation
    recipients: tuple[deciding.Recipient, ...]

    @property
    def refused(self) -> bool:
        """Whether there is at least one recipient, and the release is refused for all recipients."""
        return bool(self.recipients) and not self.preview.allowed

    @property
    def second(self) -> list[deciding.Line]:
        """The recipients to whom the release needs an approval of a second person that is missing."""
        return [line for line in self.preview.lines if line.second]


class Changed(Refused):
    """The error that is raised if the content, the recipients or the decisions changed since the preview.
    Nothing was sent.
    """

    def __init__(self) -> None:
        super().__init__("changed")


def marking_of(marking: str) -> str:
    """Returns the TLP 2.0 marking for the code of a message."""
    return "TLP:" + marking.upper().replace("_", "+")


def _utc(at: dt.datetime | None) -> str | None:
    return at.astimezone(dt.UTC).isoformat() if at else None


def record_of(message: Message) -> dict[str, Any]:
    """Returns a message as a record, from which the non-nominal view of the message is made."""
    values = dict(message.values)
    record: dict[str, Any] = {
        "id": str(message.root), "version": message.version, "narrative": message.text, "why": message.why,
        "withdrawn": message.withdraws or None, "useful_until": _utc(message.useful_until),
        "about": message.about and str(message.about),
    }  # fmt: skip
    if "happened" in values:
        record["happened_at"] = _utc(message.happened_at)
    typed = dict(TYPED) if message.kind in _ROUTED else {}
    taken = {"happened"}
    if message.kind == "seizure":
        record["items"] = [{to: values[of] for of, to in _ITEM.items() if of in values}]
        taken |= set(_ITEM)
    else:
        typed = {of: to for of, to in typed.items() if of in _ROUTE}
    if message.kind == "control":
        record["items"] = [
            {to: values[of] for of, to in _ITEM.items() if of in values and of != "hs"}
        ]
        record["controls"], record["found"] = message.controls, message.found
        taken |= {"category", "quantity", "unit", "controls", "found"}
    record |= {to: values[of] for of, to in typed.items() if of in values}
    record["form"] = [
        {"field": of, "value": value}
        for of, value in sorted(values.items())
        if of not in taken and of not in typed
    ]
    return record


def read_by_person(record: Mapping[str, Any]) -> list[str]:
    """Returns the hashes of the texts that the preview shows to the sender."""
    texts = [record.get("narrative"), record.get("why")]
    texts += [row.get(name) for row in record.get("form", ()) for name in ("field", "value")]
    texts += [row.get("participant") for row in record.get("late", ())]
    for name in ("figures", "publications", "confirmations"):
        texts += [value for row in record.get(name, ()) for value in row.values()]
    texts.append(record.get("narrative_fr"))
    return [nonnominal.digest(one) for one in texts if isinstance(one, str)]


def keep_back(message: Message, secret: dict[str, str], stayed: Collection[str]) -> list[str]:
    """Moves the values that do not match the format of their field from the message to the nominal values,
    which are not sent to other organisations. Returns the fields of the moved values.
    """
    back = {to: of for of, to in TYPED.items()} | {f"items.{to}": of for of, to in _ITEM.items()}
    moved = [back[one] for one in stayed if back.get(one) in message.values]
    for of in moved:
        secret[of] = message.values.pop(of)
    return moved


def offer(
    user: User,
    one: Operation,
    type_: str,
    record: Mapping[str, Any],
    *,
    id_: uuid.UUID,
    object_: uuid.UUID,
    marking: str,
    to: Sequence[uuid.UUID],
    reads: Callable[[Member], bool],
) -> Offer:
    """Decides about the release of an object to organisations. `reads` returns whether a given member of a
    recipient organisation may read the object. `id_` is the id of the version: if a version with this id is
    already stored, the decision is about the stored version. Raises `Refused` if the stored version belongs
    to another object or has other content. Otherwise, the recipients would read a text that the preview did
    not show and the second person did not approve.
    """
    stored = Item.objects.filter(pk=id_, organisation_id=selectors.home(user)).first()
    plan = selectors.plan(one)
    try:
        made = releases.make(
            user, type_, record, marking=marking_of(marking), read=read_by_person(record),
            exercise=one.exercise, id=id_, object=object_, operation=one.pk,
            agreement=plan.agreement if plan else None,
            purpose=plan.agreement_purpose if plan else "",
            legal_basis=plan.agreement_basis if plan else "",
        )  # fmt: skip
    except releases.Refused as refused:
        # The id is that of an object of another type.
        raise Refused("stale") from refused
    if stored is not None:
        content = Content.objects.get(of=stored.pk).data
        if _kept(stored, content) != _kept(made.item, made.content):
            raise Refused("stale")
        made = releases.Made(stored, content, [], [])
    return _decided(user, one, made, to, marking, reads)


def _kept(item: Item, content: Mapping[str, Any]) -> tuple[Any, ...]:
    """Returns the data that must be the same in the stored version and in the version to be sent."""
    of = (item.type, item.object, item.operation, item.exercise, item.nominal, list(item.marking))
    return *of, canonical.canonical(content)


def _decided(
    user: User, one: Operation, made: releases.Made, to: Sequence[uuid.UUID], marking: str,
    reads: Callable[[Member], bool],
) -> Offer:  # fmt: skip
    group, persons = circle(one, reads)
    asked: list[deciding.Recipient] = []
    for home in to:
        if home == user.organisation_id:
            continue
        named = persons.get(home, []) if marking == "red" else []
        asked += named or [deciding.Recipient(home)]
    operation = state_of(one)
    preview = deciding.preview(user, made.item, asked, group, operation)
    return Offer(made, preview, group, operation, tuple(asked))


def state_of(one: Operation) -> deciding.Operation:
    """Returns the data of an operation that the release function needs."""
    ended = one.until <= now() or one.state not in rights.OPEN
    return deciding.Operation(one.pk, one.exercise, ended, _after(one))


def circle(
    one: Operation, reads: Callable[[Member], bool]
) -> tuple[deciding.Group, dict[uuid.UUID, list[deciding.Recipient]]]:
    """Returns the closed group with the number of readers of each organisation. Also returns the contact
    points and deputies of each organisation, to whom TLP:RED content is released by name."""
    at = now()
    memberships: dict[uuid.UUID, list[deciding.Membership]] = {}
    readers: dict[uuid.UUID, set[uuid.UUID]] = {}
    persons: dict[uuid.UUID, list[deciding.Recipient]] = {}
    for row in one.members.filter(until_version=None).order_by("since_version", "pk"):
        memberships.setdefault(row.organisation_id, []).append(
            deciding.Membership(f"{one.pk}/{row.since_version}", row.begins_at, row.ends_at)
        )
        if not row.begins_at <= at < row.ends_at:
            continue
        if reads(row):
            readers.setdefault(row.organisation_id, set()).add(row.user_id)
        if row.role in (rights.CONTACT, rights.DEPUTY):
            to = deciding.Recipient(row.organisation_id, row.user_id, row.name)
            if to not in (found := persons.setdefault(row.organisation_id, [])):
                found.append(to)
    group = deciding.Group(
        one.pk, one.exercise, one.until, memberships,
        {home: len(found) for home, found in readers.items()},
    )  # fmt: skip
    return group, persons


def _after(one: Operation) -> list[uuid.UUID]:
    """Returns the organisations that may read the group after the end of the operation: each organisation
    with a member in one of the roles that the plan names.
    """
    found = one.members.filter(until_version=None, role__in=one.readers_after)
    return list(found.values_list("organisation_id", flat=True).distinct())


def everybody(one: Operation) -> list[uuid.UUID]:
    """Returns the organisations of the group: the organisations that accepted, and the coordinating
    organisation.
    """
    known = Participant.objects.filter(operation=one, state=Participant.State.ACCEPTED)
    found = known.order_by("name", "pk").values_list("organisation_id", flat=True)
    return list(dict.fromkeys([*found, one.organisation_id]))


def addressed(one: Operation, marking: str, recipients: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Returns the organisations that would receive a message: its recipients, or all organisations of the
    group. The coordinating organisation reads all messages of the group, except those marked TLP:RED for
    other organisations.
    """
    if not recipients:
        return everybody(one)
    unit = [] if marking == "red" else [one.organisation_id]
    return list(dict.fromkeys([*recipients, *unit]))


def of_message(user: User, one: Operation, message: Message) -> Offer:
    """Decides about the release of a message that is stored or would be stored."""

    def reads(member: Member) -> bool:
        return rights.reads(
            member.role, message.kind, message.marking, group=not message.recipients,
            addressed=member.organisation_id in message.recipients, observed=one.observed,
        )  # fmt: skip

    return offer(
        user, one, message.kind, record_of(message), id_=message.pk, object_=message.root,
        marking=message.marking, to=addressed(one, message.marking, message.recipients), reads=reads,
    )  # fmt: skip


def of_answer(user: User, one: Operation, answer: Answer, warning: Message) -> Offer:
    """Decides about the release of an answer to a warning. The answer is sent to the sender of the warning
    and to the organisations that read the warning.
    """
    record = {
        "id": str(answer.pk), "about": str(warning.root), "outcome": answer.outcome,
        "narrative": answer.reason,
    }  # fmt: skip

    def reads(member: Member) -> bool:
        own = member.organisation_id == warning.organisation_id
        return rights.reads(
            member.role, "warning", warning.marking, group=False, observed=one.observed,
            addressed=own or member.organisation_id in warning.recipients,
        )  # fmt: skip

    to = [warning.organisation_id, *addressed(one, warning.marking, warning.recipients)]
    return offer(
        user, one, "feedback", record, id_=answer.pk, object_=answer.pk, marking=warning.marking,
        to=list(dict.fromkeys(to)), reads=reads,
    )  # fmt: skip


def of_report(user: User, one: Operation, report: Report, remark: str) -> Offer:
    """Decides about the release of a situation report, with the remark that a person typed."""
    record = {
        "id": str(report.pk), "version": report.number, "until": _utc(report.cutoff_at),
        "narrative": remark,
        "figures": [
            {"figure": id_, "amount": value} for id_, value in sorted(report.figures.items())
        ],
        "corrections": report.corrections,
        "late": [{"participant": name} for name in report.late],
    }  # fmt: skip
    version = uuid.uuid5(report.pk, nonnominal.digest(canonical.canonical(record)))
    return offer(
        user, one, "sitrep", record, id_=version, object_=report.pk, marking=one.marking,
        to=everybody(one), reads=lambda member: rights.reads_report(member.role, one.observed),
    )  # fmt: skip


def of_final(user: User, one: Operation, final: Final) -> Offer:
    """Decides about the release of an approved final report."""
    labels = final.content["labels"]
    record = {
        "id": str(final.pk), "version": final.number, "until": _utc(final.cutoff_at),
        "narrative": final.summary_en or None, "narrative_fr": final.summary_fr or None,
        "figures": [
            {"figure": id_, "amount": value, "goods": labels.get(id_)}
            for id_, value in sorted(final.figures.items())
        ],
        "publications": [
            {
                "title": row["measure"], "figure": row["figure"] or None, "amount": row["value"],
                "unit": row["unit"] or None, "source": row["source"], "remark": row["note"] or None,
            }
            for row in final.content["publications"]
        ],
        "confirmations": [
            {"participant": row["name"], "confirmed": row["confirmed"]}
            for row in final.content["participants"]
        ],
    }  # fmt: skip
    version = uuid.uuid5(final.pk, nonnominal.digest(canonical.canonical(record)))
    return offer(
        user, one, "final", record, id_=version, object_=final.pk, marking=one.marking,
        to=everybody(one), reads=lambda member: rights.reads_report(member.role, one.observed),
    )  # fmt: skip


def send(user: User, found: Offer, token: str) -> None:
    """Releases the version that a person saw in the preview with this token. Raises `Changed` if the content,
    the recipients or the decisions have changed since then, and `Refused` if no organisation may receive the
    version.
    """
    if found.preview.token != token:
        raise Changed
    if not found.recipients:
        return
    if found.refused:
        raise Refused("nobody")
    store(user, found)
    try:
        releases.send(
            user, found.made.item, found.recipients, found.group, found.operation, token=token
        )
    except releases.Changed as changed:
        raise Changed from changed
    except releases.Refused as refused:
        raise Refused(refused.code) from refused


def store(user: User, found: Offer) -> None:
    """Stores the version, if it is not stored yet."""
    if found.made.item._state.adding:
        releases.store(user, found.made)


def ask(user: User, found: Offer, why: str) -> Approval:
    """Stores the version, and requests the approval of a second person for the recipients for whom an
    approval is missing."""
    if not found.second:
        raise Refused("no_second_needed")
    plan = Operation.objects.get(pk=found.operation.id).plans.order_by("-number").first()
    purpose = (
        plan.purpose if plan and plan.purpose in user.purposes else next(iter(user.purposes), "")
    )
    if not purpose:
        raise Refused("purpose")
    if len(why.strip()) < approvals.SHORTEST:
        raise Refused("why")
    store(user, found)
    return releases.ask(
        user, found.made.item, [line.recipient for line in found.second], why, purpose
    )
