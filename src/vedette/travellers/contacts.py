"""Separates the contact data of a single traveller from those of the whole booking."""

from __future__ import annotations

from typing import Any

from vedette.core.parties import Contacts
from vedette.travellers.records import Booking


def unbound(booking: Booking) -> Contacts:
    """The contacts of a booking that belong to no single traveller. A message lists all contacts together and
    repeats those of a traveller with that traveller."""
    theirs = [traveller.contacts for traveller in booking.travellers]

    def left(kind: str) -> tuple[Any, ...]:
        own = {item for one in theirs for item in getattr(one, kind)}
        return tuple(item for item in getattr(booking.contacts, kind) if item not in own)

    return Contacts(
        phones=left("phones"),
        emails=left("emails"),
        addresses=left("addresses"),
        refused=booking.contacts.refused and not any(one.refused for one in theirs),
    )


def both(own: Contacts, booking: Contacts) -> Contacts:
    """The contacts of a traveller, then those of the whole booking: both can reach the traveller."""
    return Contacts(
        phones=tuple(dict.fromkeys((*own.phones, *booking.phones))),
        emails=tuple(dict.fromkeys((*own.emails, *booking.emails))),
        addresses=tuple(dict.fromkeys((*own.addresses, *booking.addresses))),
        refused=own.refused or booking.refused,
    )
