"""The random control: its lanes, and the days with what was promised and revealed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F

from vedette.apps.profiles.actions.control import LANES
from vedette.apps.profiles.models import DrawDay, DrawLane, Drawn, DrawRate

#: Days and past rates shown, the latest; and flights.
SHOWN, FLIGHTS = 31, 100


@dataclass(frozen=True)
class Day:
    """A day of the random control."""

    day: DrawDay

    @property
    def holds(self) -> bool | None:
        """Whether the revealed key is the one that was promised; None before it is revealed."""
        if not self.day.revealed:
            return None
        key = bytes.fromhex(self.day.revealed)
        return hashlib.sha256(key).hexdigest() == self.day.promise


def lanes() -> list[tuple[str, DrawLane | None]]:
    """Every lane, with its rate where one was set."""
    known = {lane.lane: lane for lane in DrawLane.objects.all()}
    return [(name, known.get(name)) for name in LANES]


def rates() -> list[DrawRate]:
    """What the rates were set to, the latest first."""
    return list(DrawRate.objects.select_related("by").order_by("-at", "-id")[:SHOWN])


def drawn() -> list[dict[str, Any]]:
    """Flights with travellers drawn lately, and how many of each day: as far as the reader sees them."""
    rows = Drawn.objects.values(
        "day", flight=F("subject__journey__flight"), carrier=F("subject__journey__flight__carrier"),
        number=F("subject__journey__flight__number"), departs_on=F("subject__journey__flight__departs_on"),
    )  # fmt: skip
    counted = rows.annotate(travellers=Count("pk")).order_by("-day", "carrier", "number")
    return [dict(row) for row in counted[:FLIGHTS]]


def days() -> list[Day]:
    """The latest days, tomorrow's promise first."""
    return [Day(one) for one in DrawDay.objects.order_by("-day")[:SHOWN]]
