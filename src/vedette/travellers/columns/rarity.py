"""How rare the values of a booking are among the bookings of the same flight: shares, and their combined
rarity.

A share is the part of the flight's travellers with a known value who have this value, at the time of
screening; if there are fewer than `LEAST` such travellers, the share is missing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable
from typing import Any

from vedette.travellers.columns.aboard import Aboard, Booked
from vedette.travellers.columns.payment import main_type

LEAST = 20
#: Limits of the bands of lead time, in hours: a day, three days, one, two, four, eight, seventeen weeks.
_BANDS = (24, 72, 168, 336, 672, 1344, 2856)
_NAMES = ("route_share", "agency_share", "lead_time_share", "payment_share")


class Rarity:
    """Counts over the bookings of a flight, computed once."""

    def __init__(self, aboard: Aboard) -> None:
        self.counts: list[Counter[Hashable]] = [Counter() for _ in _NAMES]
        self.together: Counter[tuple[Hashable, ...]] = Counter()
        self.keys: dict[Any, tuple[Hashable, ...]] = {}
        for b in aboard.bookings.values():
            keys = self.keys[b.id] = _keys(b)
            people = len(b.members)
            for count, key in zip(self.counts, keys, strict=True):
                if key is not None:
                    count[key] += people
            if None not in keys:
                self.together[keys] += people
        self.known = [count.total() for count in self.counts]
        self.all_known = self.together.total()


def _keys(b: Booked) -> tuple[Hashable, ...]:
    lead = b.lead_h
    band = sum(lead >= end for end in _BANDS) if lead is not None else None
    return (b.trip.route(), b.seller, band, main_type(b.said.get("payments") or []))


def columns(b: Booked, rarity: Rarity) -> dict[str, object]:
    """The columns of ground `rarity`; unknown values are None."""
    keys = rarity.keys[b.id]
    shares = [
        count[key] / known if key is not None and known >= LEAST else None
        for key, count, known in zip(keys, rarity.counts, rarity.known, strict=True)
    ]
    found: dict[str, object] = {
        name: round(share, 4) if share is not None else None
        for name, share in zip(_NAMES, shares, strict=True)
    }
    if None not in keys and rarity.all_known >= LEAST:
        found["combination_share"] = round(rarity.together[keys] / rarity.all_known, 4)
    if None not in shares:
        # −log10 of the product of the shares. It is greater if the four values are less likely to occur
        # together by chance.
        surprise = -sum(math.log10(share) for share in shares if share)
        found["combination_rarity"] = round(surprise, 3) or 0.0
    return found
