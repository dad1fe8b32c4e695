"""Exports the records of an operation to a file for another system. The release function decides for each
record whether it may be exported. Without a recipient, the file contains the records that the user's own
organisation sent and received. For a recipient organisation, the file contains only the records that were
released to it and may still be released.
"""

from __future__ import annotations

import datetime as dt
import uuid

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.operations.actions import releasing
from vedette.apps.operations.actions.common import Refused, home
from vedette.apps.operations.models import Operation
from vedette.apps.operations.selectors import operations as selectors
from vedette.apps.release import deciding
from vedette.apps.release.models import Content, Copy, Item, Release
from vedette.formats.exchange import records
from vedette.formats.exchange.records import Record


def export(user: User, one: Operation, recipient: uuid.UUID | None = None) -> list[Record]:
    """Returns the latest version of each non-nominal object of the operation, in the order of its id.
    Raises `Refused` for an organisation that does not take part."""
    rules.check(user, "release.send")
    if recipient is None or recipient == user.organisation_id:
        found = {**_received(user, one), **_own(user, one)}
    else:
        if recipient not in selectors.participants(one) and recipient != one.organisation_id:
            raise Refused("organisation")
        found = _allowed(user, one, recipient)
    names = selectors.participants(one)
    made = [_record(item, data, names) for item, data in (found[key] for key in sorted(found))]
    acts.write(user, "operation.export", one.pk, records=len(made), recipient=str(recipient or ""))
    return made


#: Id of an object → its latest version and the content of it.
_Found = dict[uuid.UUID, tuple[Item, dict[str, object]]]


def _own(user: User, one: Operation) -> _Found:
    rows = Item.objects.filter(organisation_id=home(user), operation=one.pk, nominal=False)
    sent = set(Release.objects.filter(operation=one.pk).values_list("item_id", flat=True))
    latest = {
        item.object: item for item in rows.order_by("number", "created_at") if item.pk in sent
    }
    contents = dict(
        Content.objects.filter(of__in=[item.pk for item in latest.values()]).values_list("of", "data")
    )  # fmt: skip
    return {key: (item, contents[item.pk]) for key, item in latest.items() if item.pk in contents}


def _received(user: User, one: Operation) -> _Found:
    copies = Copy.objects.filter(
        organisation_id=home(user), operation=one.pk, item__nominal=False,
        state__in=(Copy.State.ACTIVE, Copy.State.KEPT),
    ).select_related("item").order_by("item__number", "received_at")  # fmt: skip
    latest = {copy.object: copy for copy in copies if copy.person_id in (None, user.pk)}
    contents = dict(
        Content.objects.filter(of__in=[copy.pk for copy in latest.values()]).values_list("of", "data")
    )  # fmt: skip
    return {
        key: (copy.item, contents[copy.pk]) for key, copy in latest.items() if copy.pk in contents
    }


def _allowed(user: User, one: Operation, recipient: uuid.UUID) -> _Found:
    """Returns the records that were released to the organisation and that the release function still
    allows."""
    released = set(
        Release.objects.filter(operation=one.pk, recipient_id=recipient, person=None)
        .values_list("item_id", flat=True)
    )  # fmt: skip
    group, _persons = releasing.circle(one, lambda member: True)
    state = releasing.state_of(one)
    found: _Found = {}
    for key, (item, data) in _own(user, one).items():
        if item.pk not in released:
            continue
        preview = deciding.preview(user, item, [deciding.Recipient(recipient)], group, state)
        if preview.allowed:
            found[key] = item, data
    return found


def _record(item: Item, data: dict[str, object], names: dict[uuid.UUID, str]) -> Record:
    first = Item.objects.filter(object=item.object).order_by("number").first() or item
    return records.read(
        {
            "type": item.type, "id": str(item.object), "owner": str(item.organisation_id),
            "owner_name": names.get(item.organisation_id, ""), "version": item.number,
            "created": _utc(first.created_at), "modified": _utc(item.created_at),
            "marking": item.marking[0], "exercise": item.exercise, "content": data,
        },
        str(item.object),
    )  # fmt: skip


def _utc(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).replace(tzinfo=None).isoformat() + "Z"
