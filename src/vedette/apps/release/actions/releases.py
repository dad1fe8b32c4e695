"""Stores objects that may be released, and releases them to recipients, each of which the preview showed by
name."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connection, transaction
from psycopg.types.json import Jsonb

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import Approval, User
from vedette.apps.approvals import actions as approvals
from vedette.apps.columns import new_id
from vedette.apps.release.deciding import (
    Group,
    Operation,
    Preview,
    Recipient,
    agreement_of,
    key_of,
    now,
    preview,
)
from vedette.apps.release.models import Content, Copy, Item
from vedette.core import canonical, nonnominal, release
from vedette.core.releasable import Plan

#: How long nominal content is kept, in the copies as well as with its owner.
NOMINAL_KEPT = dt.timedelta(days=180)


class Changed(Exception):
    """The error that is raised if the decisions about the release changed since the preview. Nothing was
    sent. `preview` is the new preview.
    """

    def __init__(self, preview: Preview) -> None:
        super().__init__("changed")
        self.preview = preview


class Refused(rules.Coded):
    """The error that is raised if a release is not possible. `code` is `not_owner`, `marking`, `type`,
    `nobody`, `no_copy` or `recalled`.
    """


@dataclass(frozen=True)
class Made:
    """A version of an object that is not stored yet: the row, its content, the names of the fields that are
    left out because their value does not match the format of the field (`stayed`), and the names of the
    fields whose text must first be read by a person (`waiting`).
    """

    item: Item
    content: dict[str, Any]
    stayed: list[str]
    waiting: list[str]


def make(
    by: User,
    type: str,
    record: Mapping[str, Any],
    *,
    marking: str,
    plan: Plan | None = None,
    read: Collection[str] = (),
    nominal: Mapping[str, str] | None = None,
    exercise: bool = False,
    purpose: str = "",
    legal_basis: str = "",
    agreement: uuid.UUID | None = None,
    object: uuid.UUID | None = None,
    id: uuid.UUID | None = None,
    operation: uuid.UUID | None = None,
) -> Made:
    """Builds a version of an object that may be released: its non-nominal view and, if given, its `nominal`
    content (name of the field → text). The function does not store the version. The function `preview`
    decides about the release of the version that would be stored. `object` is the id of an object that
    already has a version; if `id` is also given, the object may be new.

    Raises `Refused` and `PermissionDenied`.
    """
    rules.check(by, "release.send")
    assert by.organisation_id is not None  # noqa: S101  the right requires one
    of = release.marking(marking)
    if of is None:
        raise Refused("marking")
    try:
        view = nonnominal.view(type, record, plan or Plan(), read)
    except nonnominal.BadRecord:
        raise Refused("type") from None
    content = view.content
    if nominal:
        content["nominal"] = dict(nominal)
    before = None
    if object is not None:
        versions = Item.objects.filter(object=object, organisation_id=by.organisation_id)
        before = versions.order_by("-number").first()
        if (before is None and id is None) or (before is not None and before.type != type):
            raise Refused("not_owner")
    item = Item(
        id=id or new_id(), organisation_id=by.organisation_id, type=type, marking=[of],
        exercise=exercise, nominal=bool(nominal), purpose=purpose, legal_basis=legal_basis,
        agreement=agreement, passes=release.PASSES[of], operation=operation, created_by=by,
        created_at=now(),
    )  # fmt: skip
    item.object = (object or item.pk) if before is None else before.object
    item.number = 1 if before is None else before.number + 1
    item.parent = "" if before is None else before.hash
    item.hash = canonical.digest(
        canonical.version(
            type, item.object, item.organisation_id, item.number, item.parent or None,
            {"marking": of, "exercise": exercise, "content": content},
        )
    )  # fmt: skip
    return Made(item, content, view.stayed, view.waiting)


@transaction.atomic
def store(by: User, made: Made) -> Item:
    """Stores a version that `make` returned."""
    rules.check(by, "release.send")
    item = made.item
    item.save(force_insert=True)
    Content.objects.bulk_create(
        [
            Content(
                of=item.pk, organisation_id=item.organisation_id, item=item, data=made.content,
                operation=item.operation,
                delete_at=item.created_at + NOMINAL_KEPT if item.nominal else None,
            )
        ]
    )  # fmt: skip
    acts.write(by, "release.add", item.object, number=item.number, type=item.type)
    return item


def add(by: User, type: str, record: Mapping[str, Any], **given: Any) -> Item:
    """Builds a version and stores it. Takes the same arguments as `make`, and raises the same errors."""
    return store(by, make(by, type, record, **given))


def ask(
    by: User, item: Item, recipients: Sequence[Recipient], why: str, purpose: str = "",
    writers: Sequence[uuid.UUID] = (),
) -> Approval:  # fmt: skip
    """Requests the approval of a second person for the release of this version to these recipients. `writers`
    are the users who wrote the text: they cannot be the second person. Raises `PermissionDenied`, and
    `ValueError` if the reason is too short."""
    return approvals.ask(
        by, Approval.Kind.RELEASE, item.pk, purpose or by.purposes[0], why,
        detail={
            "item": str(item.pk), "hash": item.hash, "operation": item.operation and str(item.operation),
            "recipients": [key_of(one) for one in recipients],
            "writers": [str(one) for one in writers],
        },
    )  # fmt: skip


@transaction.atomic
def send(
    by: User,
    item: Item,
    recipients: Sequence[Recipient],
    group: Group | None,
    operation: Operation | None = None,
    copy: Copy | None = None,
    *,
    token: str,
) -> list[uuid.UUID]:
    """Sends a version to the recipients that the preview with this token allowed. Returns the ids of the
    releases. Raises `Changed` if a decision changed since the preview, `Refused` if no recipient is allowed
    or if the object was recalled, and `PermissionDenied`.
    """
    rules.check(by, "release.send")
    seen = preview(by, item, recipients, group, operation, copy)
    if seen.token != token:
        raise Changed(seen)
    if not seen.allowed or group is None:
        raise Refused("nobody")
    source = Content.objects.filter(of=item.pk if copy is None else copy.pk).first()
    if source is None:
        raise Refused("no_copy")
    left = release.passes(
        item.marking[0], item.passes if copy is None else copy.passes_left, own=copy is None
    )
    data = canonical.canonical(source.data)
    agreement = agreement_of(item)
    sent = []
    for line in seen.allowed:
        id_ = new_id()
        facts = {
            "group": str(group.id), "membership": line.membership,
            "operation": operation and str(operation.id), "purpose": item.purpose,
            "agreement_version": agreement and str(agreement.pk), "legal_basis": item.legal_basis,
            "approval": line.approval and str(line.approval), "fields": sorted(source.data),
            "hash": nonnominal.digest(data), **_receipt(line.recipient, item, seen.at),
        }  # fmt: skip
        with connection.cursor() as cursor:
            values: list[Any] = [
                id_, item.pk, copy.pk if copy else None, line.recipient.organisation,
                line.recipient.person, left - 1, Jsonb(facts),
            ]  # fmt: skip
            try:
                cursor.execute("SELECT vedette_release_send(%s, %s, %s, %s, %s, %s, %s)", values)
            except DatabaseError as error:
                if "recalled" in str(error):
                    raise Refused("recalled") from error
                raise
        acts.write(by, "release.send", id_, object=item.object, to=line.recipient.organisation)
        sent.append(id_)
    return sent


def _receipt(to: Recipient, item: Item, at: dt.datetime) -> dict[str, str]:
    """Returns the confirmation that an object arrived. The recipient is the owner of the confirmation."""
    id_ = new_id()
    content = {"about": str(item.pk), "what": "arrived", "at": at.isoformat()}
    made = canonical.version("receipt", id_, to.organisation, 1, None, content)
    return {"receipt": str(id_), "receipt_hash": canonical.digest(made)}
