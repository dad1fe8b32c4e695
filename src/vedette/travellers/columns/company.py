"""Fellow travellers: those of the same booking, and those in other bookings of the flight."""

from __future__ import annotations

from vedette.travellers.columns.aboard import Booked, Member, Party
from vedette.travellers.columns.linking import Links


def booked(b: Booked, links: Links) -> dict[str, object]:
    """The columns that have one value for all travellers of a booking."""
    paid = links.same_card(b)
    return {
        "same_card_bookings": paid[0] if paid else None,
        "same_card_young": paid[1] if paid else None,
        "same_agency_minutes": links.sold_with(b),
        "sequential_tickets": links.in_sequence(b),
    }


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

    A traveller without a known age may be an adult: if the answer depends on this age, the value is unknown.
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
