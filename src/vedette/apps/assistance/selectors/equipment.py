"""The queries about equipment: the register of a request, and the sums of all visible requests."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import NamedTuple

from vedette.apps.assistance.models import AssistanceRequest, EquipmentEvent
from vedette.assistance import equipment

#: Days after which a piece in use, which nobody has seen since, is marked.
UNSEEN = 180


def events(one: AssistanceRequest) -> list[EquipmentEvent]:
    """Returns the events of a request that were not withdrawn, in the order of their days."""
    rows = EquipmentEvent.objects.filter(request=one, withdrawn_at__isnull=True)
    return list(rows.order_by("on", "at", "pk"))


def register(rows: Iterable[EquipmentEvent]) -> equipment.Register:
    """Computes the pieces and the sums of a register. The number of a row in a problem is the position of the
    row in `rows`, counted from 1.
    """
    return equipment.register(
        equipment.Event(
            number, row.item, row.event, dt.datetime.combine(row.on, dt.time(), dt.UTC), row.serial,
            row.place, row.number,
        )
        for number, row in enumerate(rows, 1)
    )  # fmt: skip


class Line(NamedTuple):
    """The totals for one item of equipment in one request."""

    request: AssistanceRequest
    item: str
    own: equipment.Sum


def overview() -> tuple[dict[str, equipment.Sum], list[Line], list[str]]:
    """Returns the totals for all requests that the reader can see: the totals by item, and the totals of each
    request. The last value contains the pieces ("item, serial number") that occur in the registers of several
    requests.
    """
    rows = EquipmentEvent.objects.filter(withdrawn_at__isnull=True).order_by("on", "at", "pk")
    by_request: dict[uuid.UUID, list[EquipmentEvent]] = {}
    for row in rows:
        by_request.setdefault(row.request_id, []).append(row)
    requests = AssistanceRequest.objects.filter(pk__in=list(by_request)).order_by("member", "pk")
    totals: dict[str, list[equipment.Sum]] = {}
    lines: list[Line] = []
    seen: set[str] = set()
    twice: set[str] = set()
    for one in requests:
        found = register(by_request[one.pk])
        for item, own in found.sums.items():
            lines.append(Line(one, item, own))
            totals.setdefault(item, []).append(own)
        names = {f"{piece.item}, {piece.serial}" for piece in found.pieces.values()}
        twice |= names & seen
        seen |= names
    added = {item: _added(sums) for item, sums in sorted(totals.items())}
    return added, lines, sorted(twice)


def _added(sums: list[equipment.Sum]) -> equipment.Sum:
    return equipment.Sum(
        sum(one.ordered for one in sums),
        {
            state: count
            for state in equipment.STATES
            if (count := sum(one.states.get(state, 0) for one in sums))
        },
        sum(one.users for one in sums),
    )
