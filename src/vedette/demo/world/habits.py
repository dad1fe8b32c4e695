"""What carriers leave out: some never send an element, others lack it now and then."""

from __future__ import annotations

import random

from msgspec.structs import replace

from vedette.core.parties import Contacts
from vedette.travellers.records import Bags, Booking, Traveller

from .parameters import Parameters
from .trips import Trip

_NO_CONTACTS = Contacts()


class Habits:
    """What each carrier of a world sends, drawn from its seed."""

    def __init__(self, seed: int, p: Parameters) -> None:
        self._seed = seed
        self._p = p
        self._never: dict[str, frozenset[str]] = {}

    def never(self, carrier: str) -> frozenset[str]:
        """The elements that a carrier never sends."""
        found = self._never.get(carrier)
        if found is None:
            rng = random.Random(f"{self._seed}:habits:{carrier}")
            left_out = self._p.left_out.items()
            found = frozenset(element for element, (share, _) in left_out if rng.random() < share)
            self._never[carrier] = found
        return found

    def sent(self, trip: Trip, rng: random.Random) -> Trip:
        """The journey as its carrier sends it."""
        lacking = set(self.never(trip.draft.flight.carrier))
        for element, (_, share) in self._p.left_out.items():
            if rng.random() < share:
                lacking.add(element)
        booking = trip.booking
        if booking is not None:
            booking = _booking(booking, lacking)
        people = tuple(_listed(person, lacking) for person in trip.passengers)
        return Trip(trip.draft, booking, people, trip.tags)


def _booking(booking: Booking, lacking: set[str]) -> Booking:
    changes: dict[str, object] = {
        name: () for name in ("changes", "seats", "bags") if name in lacking
    }
    if "payment" in lacking:
        changes["payments"] = ()
    elif "payer" in lacking:
        changes["payments"] = tuple(replace(p, payer=None) for p in booking.payments)
    if "contacts" in lacking:
        changes["contacts"] = _NO_CONTACTS
    elif "e-mail" in lacking:
        changes["contacts"] = replace(booking.contacts, emails=())
    if "agency" in lacking:
        changes["agency"] = None
    if "weights" in lacking and "bags" not in lacking:
        changes["bags"] = tuple(replace(b, weight_kg=None) for b in booking.bags)
    changes["travellers"] = tuple(_booked(t, lacking) for t in booking.travellers)
    return replace(booking, **changes)


def _booked(traveller: Traveller, lacking: set[str]) -> Traveller:
    changes: dict[str, object] = {}
    if "booked documents" in lacking:
        visas = tuple(d for d in traveller.documents if d.type == "V")
        changes |= {"documents": visas, "date_of_birth": None, "sex": None, "nationality": None}
    if "check-in" in lacking:
        changes |= {"checked_in": None, "check_in_sequence": None}
    if "tickets" in lacking:
        changes["tickets"] = ()
    return replace(traveller, **changes) if changes else traveller


def _listed(traveller: Traveller, lacking: set[str]) -> Traveller:
    changes: dict[str, object] = {}
    if "issue dates" in lacking:
        changes["documents"] = tuple(replace(d, issued=None) for d in traveller.documents)
    if "seats" in lacking:
        changes["seat"] = None
    if "bags" in lacking:
        changes["bags"] = None
    elif "weights" in lacking and traveller.bags is not None:
        changes["bags"] = Bags(count=traveller.bags.count)
    return replace(traveller, **changes) if changes else traveller
