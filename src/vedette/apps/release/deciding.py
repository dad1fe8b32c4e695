"""Builds the input of the release function from stored rows, and builds the preview from the result. The page
that shows the preview and the function that sends the version both call `preview`, so that both get the same
result for the same state.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vedette.apps import query
from vedette.apps.accounts import rules
from vedette.apps.accounts.models import Approval, User
from vedette.apps.approvals import actions as approvals
from vedette.apps.query import now as now
from vedette.apps.release import wording
from vedette.apps.release.models import Agreement, Content, Copy, Item, Release
from vedette.core import canonical, release

#: The grounds that the approval of a second person can remove.
BY_SECOND = ("nominal", "new_recipient")


@dataclass(frozen=True)
class Membership:
    """A membership of an organisation in a group. `version` is the version of the group on which a release is
    based.
    """

    version: str
    starts_at: dt.datetime
    until: dt.datetime | None = None


@dataclass(frozen=True)
class Group:
    """The group to which something is released, with the memberships of each organisation."""

    id: uuid.UUID
    exercise: bool = False
    until: dt.datetime | None = None
    memberships: Mapping[uuid.UUID, Sequence[Membership]] = field(default_factory=dict)
    #: How many persons of each organisation read in the group. None: all persons with the right.
    people: Mapping[uuid.UUID, int] | None = None


@dataclass(frozen=True)
class Operation:
    """The data of an operation that the release function uses."""

    id: uuid.UUID
    exercise: bool
    ended: bool
    readers_after: Collection[uuid.UUID] = ()


@dataclass(frozen=True)
class Recipient:
    """A recipient: an organisation, or one of its persons by name."""

    organisation: uuid.UUID
    person: uuid.UUID | None = None
    #: The name of the person, for the preview.
    name: str = field(default="", compare=False)


@dataclass(frozen=True)
class Line:
    """One recipient of a preview. `people` is the number of persons who may read the object in the recipient
    organisation. `second` is true if the release is refused only because the approval of a second person is
    missing.
    """

    recipient: Recipient
    name: str
    country: str
    people: int
    decision: release.Decision
    second: bool
    membership: str
    approval: uuid.UUID | None

    @property
    def reason(self) -> Any:
        """Returns the untranslated reason for the refusal, or None if the release is allowed."""
        return None if self.decision.ground is None else release.GROUNDS[self.decision.ground]


@dataclass(frozen=True)
class Preview:
    """The recipients of a release with the decisions about them. `token` is a hash over all texts that the
    page shows. If the token has changed at the time of sending, nothing is sent.
    """

    item: Item
    lines: tuple[Line, ...]
    token: str
    at: dt.datetime

    @property
    def allowed(self) -> list[Line]:
        """Returns the recipients to whom the object would be sent."""
        return [line for line in self.lines if line.decision.allow]


def agreement_of(item: Item) -> Agreement | None:
    """Returns the latest approved version of the agreement of an object, or None.

    The organisation that proposed the agreement can approve each new version without the consent of the other
    parties. For an object that another organisation owns, the result therefore contains only the terms that
    are also in the version that was in force when the object was made, because the owner chose that version.
    """
    if item.agreement is None:
        return None
    versions = Agreement.objects.filter(root=item.agreement, state=Agreement.State.APPROVED)
    last = versions.order_by("-number").first()
    if last is None or last.organisation_id == item.organisation_id:
        return last
    chosen = versions.filter(approved_at__lte=item.created_at).order_by("-number").first()
    if chosen is None:
        return None
    for name in ("parties", "purposes", "designated", "onward"):
        setattr(last, name, [one for one in getattr(last, name) if one in getattr(chosen, name)])
    if last.nominal_instrument != chosen.nominal_instrument:
        last.nominal_instrument, last.designated = "", []
    return last


def parties(agreement: Agreement) -> Group:
    """Returns the parties of an agreement as a group, for a release that belongs to no operation."""
    member = Membership(str(agreement.pk), agreement.starts_at, agreement.until)
    return Group(
        agreement.root,
        until=agreement.until,
        memberships={one: [member] for one in agreement.parties},
    )


def approval_of(by: User, item: Item) -> Approval | None:
    """Returns the valid approval of a second person for this version, which the user requested, or None."""
    return approvals.holds(by, Approval.Kind.RELEASE, item.pk)


def _approved(approval: Approval | None, item: Item, to: Recipient) -> bool:
    """Whether the approval is about this content and this recipient."""
    if approval is None or approval.detail.get("hash") != item.hash:
        return False
    return key_of(to) in approval.detail.get("recipients", [])


def key_of(to: Recipient) -> str:
    """Returns the text that names a recipient in an approval."""
    return f"{to.organisation} {to.person}" if to.person else str(to.organisation)


def preview(
    by: User,
    item: Item,
    recipients: Sequence[Recipient],
    group: Group | None,
    operation: Operation | None = None,
    copy: Copy | None = None,
) -> Preview:
    """Decides for each recipient whether the release is allowed. `copy` is the copy that the sender passes
    on, or None if the sender owns the object. Raises `PermissionDenied`.
    """
    rules.check(by, "release.send")
    at, agreement = now(), agreement_of(item)
    readers, known, held = _readers(), _known(operation, item), approval_of(by, item)
    lines = []
    for to in dict.fromkeys(recipients):
        if to.organisation not in readers:
            continue
        approval = held if _approved(held, item, to) else None
        case = _case(by, item, to, group, operation, copy, agreement, at)
        case |= {
            "known_recipient": to.organisation in known,
            "approved_by_second": approval is not None,
        }
        decision = release.decide(case)
        second = (
            decision.ground in BY_SECOND
            and release.decide(case | {"approved_by_second": True}).allow
        )
        row = readers[to.organisation]
        lines.append(
            Line(
                to, row["name"], row["country"], _people(to, group, row["people"]), decision, second,
                _version(group, to, at), None if approval is None else approval.pk,
            )
        )  # fmt: skip
    token = canonical.digest(
        {
            "item": str(item.pk),
            "hash": item.hash,
            "lines": [
                [
                    key_of(one.recipient), one.name,
                    one.people, one.decision.ground or "", one.membership, str(one.approval or ""),
                ]
                for one in lines
            ],
        }
    )  # fmt: skip
    return Preview(item, tuple(lines), token, at)


def _readers() -> dict[uuid.UUID, dict[str, Any]]:
    rows = query.dicts(
        "SELECT * FROM vedette_release_readers(%(roles)s)",
        {"roles": sorted(rules.RULES["release.see"])},
    )
    return {row["id"]: row for row in rows}


def _people(to: Recipient, group: Group | None, everybody: int) -> int:
    if to.person is not None:
        return 1
    if group is None or group.people is None:
        return everybody
    return group.people.get(to.organisation, 0)


def _known(operation: Operation | None, item: Item) -> set[uuid.UUID]:
    """Returns the organisations that already received an object in this operation, or, without an operation,
    under the same agreement.
    """
    found = Release.objects.filter(
        operation=operation.id if operation else None, exercise=item.exercise
    )
    if operation is None:
        found = found.filter(item__agreement=item.agreement)
    return set(found.values_list("recipient_id", flat=True).distinct())


def _version(group: Group | None, to: Recipient, at: dt.datetime) -> str:
    memberships = [] if group is None else group.memberships.get(to.organisation, ())
    return next(
        (one.version for one in memberships if release.is_in_force(one.starts_at, one.until, at)),
        "",
    )


def _case(
    by: User,
    item: Item,
    to: Recipient,
    group: Group | None,
    operation: Operation | None,
    copy: Copy | None,
    agreement: Agreement | None,
    at: dt.datetime,
) -> dict[str, Any]:
    """Returns the input of the release function (docs/release.md), except the two values about the approval.
    Only the agreement that applies to the object is passed to the function, because other agreements between
    the same parties do not permit the release of this object.
    """
    person = to.person if to.person and is_person(to) else None
    designated = agreement is not None and to.organisation in agreement.designated
    return {
        "object": {
            "owner": str(item.organisation_id), "kind": item.type, "marking": item.marking,
            "exercise": item.exercise, "nominal": item.nominal, "purpose": item.purpose or None,
            "legal_basis": item.legal_basis or None,
            "passes_left": item.passes if copy is None else copy.passes_left,
            "agreement": item.agreement and str(item.agreement),
        },
        "sender": {"organisation": str(by.organisation_id)},
        "recipient": {
            "organisation": str(to.organisation),
            "person": person and str(person),
            "groups": [
                {"id": str(group.id), "from": one.starts_at, "until": one.until}
                for one in group.memberships.get(to.organisation, ())
            ]
            if group
            else [],
            "designated_under": [agreement.nominal_instrument] if designated and agreement else [],
        },
        "group": group
        and {"id": str(group.id), "exercise": group.exercise, "until": group.until},
        "operation": operation
        and {
            "exercise": operation.exercise,
            "ended": operation.ended,
            "readers_after": [str(one) for one in operation.readers_after],
        },
        "agreements": [_agreement(agreement)] if agreement else [],
        "now": at,
    }  # fmt: skip


def _agreement(of: Agreement) -> dict[str, Any]:
    return {
        "id": str(of.root),
        "parties": [str(one) for one in of.parties],
        "purposes": of.purposes,
        "from": of.starts_at,
        "until": of.until,
        "nominal_instrument": of.nominal_instrument or None,
        "onward": [str(one) for one in of.onward],
    }


def is_person(to: Recipient) -> bool:
    """Whether the person of a recipient belongs to its organisation and has an active account."""
    rows = query.dicts(
        "SELECT vedette_release_person(%(person)s, %(organisation)s) AS known",
        {"person": to.person, "organisation": to.organisation},
    )
    return bool(rows[0]["known"])


def is_second(approval: Approval, user: User) -> bool:
    """Returns whether the user may approve a release as the second person. In an operation, the second person
    is a member of its group with the role of second person, contact point or deputy. Without an operation,
    the second person is a supervisor. A user who wrote a part of the text cannot approve the release as the
    second person. The operation is taken from the stored version, not from the request for approval."""
    if str(user.pk) in approval.detail.get("writers", []):
        return False
    rows = query.dicts(
        "SELECT vedette_release_second(%(item)s, %(home)s, %(who)s) AS second",
        {"item": approval.subject, "home": approval.organisation_id, "who": user.pk},
    )
    return bool(rows[0]["second"])


def described(approval: Approval, user: User) -> list[tuple[Any, str]]:
    """Returns the data that is shown to the second person: the object, its marking, the recipients, and the
    exact fields and texts that would be sent. The approval refers to this version, and only this version may
    be sent afterwards."""
    content = Content.objects.filter(of=approval.subject).first()
    if content is None:
        return []
    told = headed(approval, user)
    return told + wording.lines(wording.ordered(content.data)) if told else []


def headed(approval: Approval, user: User) -> list[tuple[Any, str]]:
    """Returns the object, its marking and the recipients, without the texts, which may name persons."""
    item = Item.objects.filter(pk=approval.subject).first()
    if item is None:
        return []
    readers = _readers()
    names = []
    for one in approval.detail.get("recipients", []):
        organisation, _blank, person = one.partition(" ")
        name = readers.get(uuid.UUID(organisation), {}).get("name", "–")
        names.append(
            gettext("%(name)s (one person, named individually)") % {"name": name}
            if person
            else name
        )
    told: list[tuple[Any, str]] = [
        (_("Object"), str(item.word)),
        (_("Marking"), ", ".join(item.marking)),
        (_("Recipients"), ", ".join(names)),
    ]
    if item.exercise:
        told.insert(0, (_("Exercise"), gettext("yes")))
    return told
