"""Fellow travellers: those of the same booking, and those in other bookings of the flight."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from vedette.core.folding import fold

if TYPE_CHECKING:
    from vedette.travellers.columns.aboard import Member
    from vedette.travellers.columns.booking import Booked
    from vedette.travellers.columns.linking import Links

_WORDS = re.compile(r"[\s\-'’]+")
#: Shorter words of a surname are particles.
_LEAST = 4


def booked(b: Booked, links: Links) -> dict[str, object]:
    """The columns that have one value for all travellers of a booking."""
    paid = links.same_card(b)
    return {
        "same_card_bookings": paid[0] if paid else None,
        "same_card_young": paid[1] if paid else None,
        "same_agency_minutes": links.sold_with(b),
        "sequential_tickets": links.in_sequence(b),
    }


class Party:
    """The travellers of one booking as a group, computed once, because a booking may have many travellers."""

    __slots__ = ("adults", "children", "grown", "kin", "size", "stray", "surnames")

    def __init__(self, members: list[Member]) -> None:
        self.size = len(members)
        self.surnames = Counter([m.surname for m in members])
        self.children = sum([m.child for m in members])
        #: The travellers not known to be minors: adults, and those without a known age.
        grown = [m for m in members if m.minor is not True]
        self.grown = len(grown)
        self.adults = sum([m.minor is False for m in members])
        #: The surnames of these travellers, whole and by words.
        self.kin: set[str] = set()
        if len(grown) < len(members):
            for member in grown:
                self.kin |= surnames(member)
        #: Whether a minor has none of these surnames.
        self.stray = bool(grown) and any(m.minor and self.unrelated(m) for m in members)

    def unrelated(self, minor: Member) -> bool:
        """Whether a minor shares no word of a surname with any traveller in `grown`. One word is enough,
        because in many countries children have a name of each parent."""
        return self.kin.isdisjoint(surnames(minor))


def surnames(member: Member) -> set[str]:
    """The surname in every statement: whole, and each of its words except particles."""
    found = {fold(t.surname) for t in member.said if t.surname}
    for traveller in member.said:
        words = _WORDS.split(traveller.surname or "")
        if len(words) > 1:
            found.update(word for part in words if len(word := fold(part)) >= _LEAST)
    return found


def columns(member: Member, links: Links) -> dict[str, object]:
    """The columns of ground `company` of one traveller; empty without a booking."""
    b = member.booked
    if b is None:
        return {}
    if b.party is None:
        b.party = Party(b.members)
    party = b.party
    hidden, beside = links.hidden(member)
    # A traveller who left the booking is not counted among its travellers.
    own = 0 if member.left else 1
    return {
        "companions": party.size - own,
        "family": party.surnames[member.surname] - own if member.surname else None,
        "with_child_under_12": party.children - (own and member.child) > 0,
        "hidden_companions": hidden,
        "adjacent_hidden_companions": beside,
        **_minors(member, party),
    }


def _minors(member: Member, party: Party) -> dict[str, object]:
    """Whether a minor travels without adults, or only with adults of other surnames.

    A traveller without a known age may be an adult: if the answer depends on it, the value is unknown.
    """
    if member.minor is None:
        return {}
    if not member.minor:
        return {
            "alone_minor": False,
            "minor_unrelated": False,
            "with_unrelated_minor": party.stray,
        }
    alone, sure = not party.grown, party.adults > 0
    unrelated = not alone and party.unrelated(member)
    return {
        "alone_minor": alone if alone or sure else None,
        "minor_unrelated": None if unrelated and not sure else unrelated,
        "with_unrelated_minor": False,
    }
