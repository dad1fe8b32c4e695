"""The register of equipment: adds and withdraws events, and refuses an event that would make the register
inconsistent.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.db import transaction

from vedette.apps.accounts import acts
from vedette.apps.accounts.models import User
from vedette.apps.assistance.actions.common import Refused, day, guarded, locked, person, text
from vedette.apps.assistance.models import EquipmentEvent
from vedette.apps.assistance.selectors import equipment as selectors
from vedette.apps.columns import new_id
from vedette.apps.enforcement.selectors.controls import now

#: Events that the coordinator of the provider may record; the Member may record all but the first.
ACT_OF = {"ordered": "order", "delivered": "deliver", "users_trained": "deliver"}
#: Most serial numbers of one form, most events of a request, and most pieces or persons of one event.
MOST, MOST_EVENTS, MOST_NUMBER = 500, 20_000, 100_000


@transaction.atomic
def record(by: User, request: uuid.UUID, given: Mapping[str, str]) -> int:
    """Adds events: one purchase, or one event for each serial number. The text contains one serial number in
    each line. Returns the number of new rows. Raises `Refused`, and adds no event, if one of the events is
    not allowed.
    """
    event = given.get("event", "")
    if event not in EquipmentEvent.Event.values:
        raise Refused("missing", "event")
    one = locked(by, request, ACT_OF.get(event, "equipment"), "assistance.work")
    at, on = now(), day(given.get("on", ""), "on")
    assert on is not None  # noqa: S101  a required day
    if on > at.date():
        raise Refused("future", "on")
    common = {
        "organisation_id": one.organisation_id, "request": one, "event": event, "on": on,
        "item": text(given.get("item", ""), 80, "item", required=True),
        "place": text(given.get("place", ""), 160, "place", required=event == "delivered"),
        "number": _number(given.get("number", "")) if event in ("ordered", "users_trained") else 1,
        "note": text(given.get("note", ""), 300, "note"), "by": by, "by_name": person(by), "at": at,
    }  # fmt: skip
    serials = [""] if event == "ordered" else _serials(given.get("serials", ""))
    rows = [EquipmentEvent(id=new_id(), serial=serial, **common) for serial in serials]
    before = selectors.events(one)
    if len(before) + len(rows) > MOST_EVENTS:
        raise Refused("many_events")
    _reconciled([*before, *rows])
    with guarded():
        EquipmentEvent.objects.bulk_create(rows)
    acts.write(by, "equipment.record", one.pk, event=event, count=len(rows))
    return len(rows)


@transaction.atomic
def withdraw(by: User, id_: uuid.UUID) -> None:
    """Withdraws an event that was recorded by mistake. Raises `Refused` if later events depend on this
    event."""
    row = EquipmentEvent.objects.get(pk=id_)
    one = locked(by, row.request_id, ACT_OF.get(row.event, "equipment"), "assistance.work")
    left = selectors.events(one)
    if row.pk not in {other.pk for other in left}:
        raise Refused("conflict")
    _reconciled([other for other in left if other.pk != row.pk])
    with guarded():
        EquipmentEvent.objects.filter(pk=row.pk, withdrawn_at__isnull=True).update(
            withdrawn_by_id=by.pk, withdrawn_at=now()
        )
    acts.write(by, "equipment.withdraw", one.pk, event=row.event)


def _reconciled(rows: list[EquipmentEvent]) -> None:
    """Raises `Refused` with the first problem of a register that consists of these events."""
    for fault in selectors.register(rows).problems:
        raise Refused(f"equipment_{fault.code}", values=fault.values)


def _serials(typed: str) -> list[str]:
    """Returns the serial numbers of a text with one serial number in each line, without duplicates."""
    found = dict.fromkeys(line.strip() for line in typed.replace("\0", "").splitlines())
    serials = [text(line, 60, "serials") for line in found if line]
    if not serials:
        raise Refused("missing", "serials")
    if len(serials) > MOST:
        raise Refused("many_serials", "serials")
    return serials


def _number(typed: str) -> int:
    typed = typed.strip()
    if not (typed.isascii() and typed.isdecimal()) or not 1 <= int(typed[:9]) <= MOST_NUMBER:
        raise Refused("number", "number")
    return int(typed[:9])
