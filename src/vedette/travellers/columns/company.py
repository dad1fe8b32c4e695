"""Computes columns of fellow travellers: travellers of the same booking, and travellers of linked bookings.

Two bookings that do not refer to each other may be linked in two ways. Bookings are linked if they have a
telephone number, an e-mail address, a card or a bag pool in common. Bookings are also linked if one agency
made them within minutes for the same flights (passenger indicators 11 to 13 and 21).
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator
from itertools import pairwise

from vedette.screening.exact import fold_email, fold_phone
from vedette.travellers.columns.aboard import Aboard, Booked, Member, Party
from vedette.travellers.columns.check_in import seat_of
from vedette.travellers.columns.places import exact

#: If more than this number of bookings of one flight have a value in common, the value belongs to an agency
#: or a tour and does not link these bookings.
COMMON = 8
#: Two bookings that one agency made within this time count as made together.
_TOGETHER = dt.timedelta(minutes=10)
_SAME_BOOKER = dt.timedelta(minutes=15)
#: The largest difference between consecutive ticket numbers. It is 2 because a ticket with a second coupon
#: book uses two numbers.
_TICKET_STEP = 2
_YOUNG = 25
_SEAT = re.compile(r"0*(\d{1,3})([A-HJ-L])")
#: The seat letters in order. Aircraft have no seat I.
_LETTERS = "ABCDEFGHJKL"


def booked(b: Booked, links: Links) -> dict[str, object]:
    """Returns the columns whose values are the same for all travellers of a booking."""
    paid = links.same_card(b)
    return {
        "same_card_bookings": paid[0] if paid else None,
        "same_card_young": paid[1] if paid else None,
        "same_agency_minutes": links.sold_with(b),
        "sequential_tickets": b.id in links.in_sequence if b.tickets else None,
    }


def columns(member: Member, links: Links) -> dict[str, object]:
    """Returns the values of the columns about the fellow travellers (kind of fact `company`) of one
    traveller. A traveller without a booking has no values for the columns about fellow travellers."""
    b = member.booked
    if b is None:
        return {}
    if b.party is None:
        b.party = Party(b.members)
    party = b.party
    hidden, beside = links.hidden(member)
    # A traveller who left the booking is not included in the numbers of `party`.
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
    """Returns columns that state whether a minor travels without adults, or only with adults who have other
    surnames.

    A traveller without a known age may be an adult. If a value depends on an unknown age, the value is
    unknown too.
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


class Links:
    """Contains the links between the bookings of a flight. The links are computed only once for all
    travellers of a flight."""

    def __init__(self, aboard: Aboard) -> None:
        self._aboard = aboard
        bookings = list(aboard.bookings.values())
        self._by_card = _group((card, b) for b in bookings for card in b.cards)
        contacts = _group((c, b) for b in bookings for c in _contacts(b))
        pools = _group((pool, b) for b in bookings for pool in b.pools)
        for groups in (self._by_card, contacts, pools):
            for together in groups.values():
                if 1 < len(together) <= COMMON:
                    _link(together)
        sold = _group((b.agency, b) for b in bookings if b.agency and exact(b.created))
        #: Agency and destination → the sorted times at which the agency made bookings to this destination.
        self._sales: dict[tuple[str | None, str | None], list[dt.datetime]] = {}
        for theirs in sold.values():
            theirs.sort(key=_created)
            for b in theirs:
                self._sales.setdefault((b.agency, b.trip.destination), []).append(_created(b))
            _link_sold(theirs)
        self.in_sequence = _in_sequence(bookings) if aboard.has_tickets else set()
        self._seats: dict[tuple[int, int], Member] | None = None
        self._linked: dict[uuid.UUID, Counter[tuple[object, ...]]] = {}

    def same_card(self, b: Booked) -> tuple[int, int] | None:
        """Returns the number of other bookings that were paid with the same card, and the number of
        travellers under 25 in these bookings."""
        if not b.cards:
            return None
        others = {o.id: o for card in b.cards for o in self._by_card[card]}
        del others[b.id]
        ages = [m.age for o in others.values() for m in o.members]
        return len(others), sum(age is not None and age < _YOUNG for age in ages)

    def sold_with(self, b: Booked) -> int | None:
        """Returns the number of other bookings to the same destination that the same agency made within
        minutes."""
        if b.agency is None or not exact(b.created):
            return None
        moments, at = self._sales[b.agency, b.trip.destination], _created(b)
        first = bisect_left(moments, at - _SAME_BOOKER)
        return bisect_right(moments, at + _SAME_BOOKER) - first - 1

    def hidden(self, member: Member) -> tuple[int, int]:
        """Returns the number of travellers in linked bookings, and how many of them sit next to the given
        traveller. A second booking of the same person is not counted."""
        b = member.booked
        if b is None or not b.linked:
            return 0, 0
        linked = self._linked.get(b.id)
        if linked is None:
            bookings = self._aboard.bookings
            everybody = (m for id_ in b.linked for m in bookings[id_].members)
            linked = self._linked[b.id] = Counter(map(_who, everybody))
        beside = [
            m
            for m in self._neighbours(member)
            if m.booked is not None and m.booked.id in b.linked and _who(m) != _who(member)
        ]
        return linked.total() - linked[_who(member)], len(beside)

    def _neighbours(self, member: Member) -> list[Member]:
        """Returns the travellers whose seats are next to the seat of the given traveller."""
        if self._seats is None:
            self._seats = {
                place: m
                for m in self._aboard.members.values()
                if (place := _place(seat_of(m, self._aboard))) is not None
            }
        own = _place(seat_of(member, self._aboard))
        if own is None:
            return []
        beside = ((own[0], own[1] + step) for step in (-1, 1))
        return [m for place in beside if (m := self._seats.get(place)) is not None]


def _who(member: Member) -> tuple[object, ...]:
    """Returns a key that identifies a traveller in several bookings. If the name is not known, the key is the
    id of the person."""
    known = member.surname or member.given
    return (member.surname, member.given, member.age) if known else (member.person.id,)


def _created(b: Booked) -> dt.datetime:
    assert b.created is not None  # noqa: S101 only exact ones are compared
    return b.created


def _group(pairs: Iterable[tuple[Hashable, Booked]]) -> dict[Hashable, list[Booked]]:
    groups: dict[Hashable, list[Booked]] = defaultdict(list)
    for key, booked in pairs:
        groups[key].append(booked)
    return groups


def _contacts(b: Booked) -> Iterator[tuple[str, str]]:
    """Returns the normalised telephone numbers and e-mail addresses of a booking without duplicates."""
    phones = {phone for m in b.members for t in m.said for phone in t.contacts.phones}
    emails = {email for m in b.members for t in m.said for email in t.contacts.emails}
    yield from {("phone", folded) for phone in phones if (folded := fold_phone(phone))}
    yield from {("email", folded) for email in emails if (folded := fold_email(email))}


def _link(together: list[Booked]) -> None:
    ids: set[uuid.UUID] = {b.id for b in together}
    for b in together:
        b.linked |= ids - {b.id}


def _link_sold(theirs: list[Booked]) -> None:
    """Links bookings that one agency made within minutes for the same flights."""
    latest: dict[tuple[str, ...], Booked] = {}
    for b in theirs:
        before = latest.get(b.itinerary_key)
        if before is not None and _created(b) - _created(before) <= _TOGETHER:
            _link([before, b])
        if b.itinerary_key:
            latest[b.itinerary_key] = b


def _in_sequence(bookings: list[Booked]) -> set[uuid.UUID]:
    """Returns the bookings whose ticket numbers directly precede or follow those of another booking
    (`_TICKET_STEP`)."""
    numbers = sorted(
        (int(ticket), at)
        for at, b in enumerate(bookings)
        for ticket in set(b.tickets)
        if ticket.isascii() and ticket.isdigit() and 10 <= len(ticket) <= 20
    )
    return {
        bookings[at].id
        for (one, a), (two, b) in pairwise(numbers)
        if a != b and 0 < two - one <= _TICKET_STEP
        for at in (a, b)
    }


def _place(seat: str | None) -> tuple[int, int] | None:
    """Returns the row number of a seat, and the position of its letter in the row."""
    found = _SEAT.fullmatch(seat) if seat else None
    return (int(found[1]), _LETTERS.index(found[2])) if found else None
