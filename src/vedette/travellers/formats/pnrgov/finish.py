"""Converts a draft to frozen records: assigns requests, merges contacts, determines operating flights."""

from __future__ import annotations

from vedette.core.titles import title
from vedette.travellers import records
from vedette.travellers.formats.pnrgov import people, requests
from vedette.travellers.formats.pnrgov.drafts import Draft, Leg, Person, told


def booking(draft: Draft) -> records.Booking:
    """The booking of a draft."""
    requests.settle_requests(draft)
    created = next((locator.created for locator in draft.locators if locator.created), None)
    first = draft.segs[0] if draft.segs else None
    prime = next((leg for leg in draft.legs if draft.leg_is_prime(leg) and leg.party), None)
    with_party = prime or next((leg for leg in draft.legs if leg.party), None)
    _prime_seats(draft)
    locator = next((locator.locator for locator in draft.locators), None)
    return records.Booking(
        locators=tuple(draft.locators),
        created=created,
        last_transaction=draft.last_transaction,
        ticketed=draft.ticketed,
        agency=draft.agency,
        travellers=tuple([_traveller(person, locator) for person in draft.people]),
        contacts=_all_contacts(draft),
        segments=tuple([_segment(draft, leg) for leg in draft.legs]),
        payments=tuple(draft.payments),
        bags=tuple(draft.bags.values()),
        seats=tuple(draft.seats.values()),
        changes=tuple(draft.changes),
        split_to=tuple(draft.split_to),
        group_name=draft.group_name,
        party=with_party.party if with_party else None,
        total=draft.total,
        currency=draft.total_currency,
        segment=first.tag if first else None,
        offset=first.offset if first else None,
    )


def _prime_seats(draft: Draft) -> None:
    """Sets each traveller's seat on the message's own flight, if check-in did not state it."""
    prime = draft.context.prime
    for seat in draft.seats.values():
        if seat.traveller is None or prime is None:
            continue
        person = draft.people[seat.traveller]
        if person.seat is None and (seat.origin, seat.destination) == (
            prime.origin,
            prime.destination,
        ):
            person.seat = seat.number


def _traveller(person: Person, locator: str | None) -> records.Traveller:
    bags = None
    if person.bags is not None or person.bag_weight is not None or person.bag_tags:
        bags = records.Bags(
            count=person.bags, weight_kg=person.bag_weight, tags=tuple(person.bag_tags)
        )
    return records.Traveller(
        surname=person.surname or None,
        given_names=person.given or None,
        title=title(person.given) if person.given else None,
        date_of_birth=person.born or person.inft_born,
        sex=person.sex,
        nationality=person.nationality,
        place_of_birth=person.place_of_birth,
        locator=locator,
        reference=person.unique or person.ref or None,
        seat=person.seat,
        bags=bags,
        documents=tuple(person.documents),
        contacts=_contacts(person),
        frequent_flyer=tuple(person.fliers),
        tickets=tuple(person.tickets),
        type=person.type or None,
        infant=person.infant,
        accompanied_by=_accompanied_by(person),
        placeholder=people.is_placeholder(person),
        check_in_sequence=person.check_in or None,
        checked_in=person.checked_in,
        segment=told(person.seg),
        offset=person.seg.offset,
    )


def _accompanied_by(person: Person) -> str | None:
    """The adult's reference: the infant's own reference without its I if the sender forms it that way,
    because that is correct even if the adult's group is damaged."""
    reference = person.unique or person.ref
    if person.infant and len(reference) > 1 and reference[-1] == "I" and reference[-2].isdigit():
        return reference[:-1]
    return (person.adult.unique or person.adult.ref or None) if person.adult is not None else None


_NO_CONTACTS = records.Contacts()


def _contacts(of: Person | Draft) -> records.Contacts:
    if not (of.phones or of.emails or of.addresses or of.refused):
        return _NO_CONTACTS
    return records.Contacts(
        phones=tuple(of.phones),
        emails=tuple(of.emails),
        addresses=tuple(of.addresses),
        refused=of.refused,
    )


def _all_contacts(draft: Draft) -> records.Contacts:
    """The contacts of the booking and of its travellers, each once."""
    phones, emails, addresses = draft.phones.copy(), draft.emails.copy(), draft.addresses.copy()
    for person in draft.people:
        phones.update(person.phones)
        emails.update(person.emails)
        addresses.update(person.addresses)
    return records.Contacts(
        phones=tuple(phones),
        emails=tuple(emails),
        addresses=tuple(addresses),
        refused=draft.refused or any(person.refused for person in draft.people),
    )


def _segment(draft: Draft, leg: Leg) -> records.Segment:
    _operating(draft, leg)
    return records.Segment(
        carrier=leg.carrier,
        number=leg.number,
        operating_carrier=leg.operating_carrier,
        operating_number=leg.operating_number,
        origin=leg.origin,
        destination=leg.destination,
        departure=leg.departure,
        arrival=leg.arrival,
        booking_class=leg.booking_class,
        cabin=leg.cabin,
        status=leg.status,
        party=leg.party,
        equipment=leg.equipment,
        locators=tuple(leg.locators),
        surface=leg.surface,
    )


def _operating(draft: Draft, leg: Leg) -> None:
    """Sets the number of the operating flight: that of TRA, else of the second TVL. The message's own flight
    always has its own number as operating number, whichever of the two TVL states it."""
    prime = draft.context.prime
    if leg.operating_number is not None or leg.operating_carrier is None:
        return
    leg.operating_number = leg.second_number
    if (
        prime is not None
        and draft.leg_is_prime(leg)
        and prime.carrier == leg.operating_carrier
        and prime.number in (leg.number, leg.second_number)
    ):
        leg.operating_number = prime.number
