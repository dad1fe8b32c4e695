"""Writes records as PNRGOV EDIFACT (PADIS 13.1), for the demonstration, the benchmarks and the tests.

`formats.pnrgov` converts the written messages back to the same data. Free text is never written, so text that
the reader dropped is not restored.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Sequence

from vedette.core.records import time_of
from vedette.formats.dates import MONTHS
from vedette.formats.edifact_text import composite, segment
from vedette.travellers import records

_MONTHS = list(MONTHS)
_KINDS = {"added": "A", "cancelled": "X", "changed": "C"}
_PURPOSE = {"contact": "700", "destination": "701", "residence": "702", "emergency": "702"}
_CHANGED = {
    "document": ["SSR+DOCS"],
    "contact": ["SSR+CTCE"],
    "seat": ["SSR+SEAT"],
    "ticket": ["SSR+TKNE"],
    "name": ["TIF"],
    "flight": ["TVL+"],
}


def write(message: records.Message, *, parts: int = 1) -> list[bytes]:
    """Writes the message as `parts` interchanges, over which the bookings are distributed evenly. The parts
    have the same common access reference, and are numbered from 01:C to nn:F. EQN contains the number of
    bookings in all parts.

    The function uses the envelope (sender, recipient, prepared, interchange_ref), the function code (default
    22), the first flight and the bookings of `message`. The text is encoded as UTF-8.
    """
    bookings = message.bookings
    parts = max(1, min(parts, len(bookings) or 1))
    size = -(-len(bookings) // parts)
    return [
        _interchange(message, bookings[number * size : (number + 1) * size], number + 1, parts)
        for number in range(parts)
    ]


def _slashless(text: str | None) -> str:
    return (text or "").replace("/", " ")


def _date(day: dt.date | None) -> str:
    return f"{day:%d%m%y}" if day else ""


def _clock(moment: records.Moment | None) -> str:
    time = time_of(moment)
    return "" if time is None else f"{time:%H%M%S}" if time.second else f"{time:%H%M}"


def airimp(day: dt.date | None) -> str:
    """Returns a date in the form `04JUL80`, or an empty text if the date is None."""
    return f"{day.day:02}{_MONTHS[day.month - 1]}{day.year % 100:02}" if day else ""


def _interchange(
    message: records.Message, bookings: Sequence[records.Booking], number: int, parts: int
) -> bytes:
    envelope = message.envelope
    flight = message.flights[0] if message.flights else records.Flight()
    prepared = envelope.prepared or dt.datetime.now()
    sender, recipient = envelope.sender or flight.carrier or "XX", envelope.recipient or "GOVXX"
    ref = envelope.interchange_ref or f"{prepared:%y%m%d%H%M%S}"
    ref = ref if parts == 1 else f"{ref[:12]}{number:02}"
    carrier = flight.carrier or sender
    access = envelope.common_access_ref or (
        f"{carrier}{flight.number or ''}/{_date(flight.departure)}/{_clock(flight.departure)}"
    )
    when = composite(f"{prepared:%y%m%d}", f"{prepared:%H%M}")
    body = [
        segment("MSG", composite("", message.function or "22")),
        segment("ORG", composite(carrier)),
        segment(
            "TVL",
            composite(*_times(flight.departure, flight.arrival)),
            composite(flight.origin),
            composite(flight.destination),
            composite(flight.carrier),
            composite(flight.number),
        ),
        segment("EQN", composite(len(message.bookings))),
        *(line for booking in bookings for line in _booking(booking, flight)),
    ]
    last = "F" if number == parts else "C"
    sequence = f"{number:02}" if 1 < number < parts else composite(f"{number:02}", last)
    lines = [
        segment("UNB", "IATA:1", composite(sender), composite(recipient), when, composite(ref)),
        segment("UNG", "PNRGOV", composite(sender), composite(recipient), when, "1", "IA", "13:1"),
        segment(
            "UNH", composite(ref), composite("PNRGOV", 13, 1, "IA"), composite(access), sequence
        ),
        *body,
        segment("UNT", str(len(body) + 2), composite(ref)),
        segment("UNE", "1", "1"),
        segment("UNZ", "1", composite(ref)),
    ]
    return ("UNA:+.?*'" + "".join(f"{line}'" for line in lines)).encode()


def _times(departure: records.Moment | None, arrival: records.Moment | None) -> list[str]:
    return [_date(departure), _clock(departure), _date(arrival), _clock(arrival)]


def _rci(locators: Iterable[records.Locator]) -> str:
    return segment(
        "RCI",
        *(
            composite(x.company, x.locator, "", _date(x.created), _clock(x.created))
            for x in locators
        ),
    )


def _booking(booking: records.Booking, flight: records.Flight) -> Iterator[str]:
    carrier = flight.carrier or "YY"
    yield "SRC"
    if booking.locators:
        yield _rci(booking.locators)
    dates = [("700", booking.last_transaction), ("710", booking.ticketed)]
    stated = [composite(code, _date(time), _clock(time)) for code, time in dates if time]
    if stated:
        yield segment("DAT", *stated)
    own = [traveller.contacts for traveller in booking.travellers]
    texts = [
        *(f"CTCB {x}" for x in booking.contacts.phones if not any(x in y.phones for y in own)),
        *(
            f"CTCE {_email(x)}"
            for x in booking.contacts.emails
            if not any(x in y.emails for y in own)
        ),
    ]
    yield from (segment("IFT", "4:28", composite(text)) for text in texts)
    if (agency := booking.agency) is not None:
        yield segment(
            "ORG",
            composite(agency.company),
            composite(agency.iata, agency.office),
            composite(agency.city),
            "",
            composite(agency.kind),
            composite(agency.country, agency.currency),
        )
    yield from (
        _add(address)
        for address in booking.contacts.addresses
        if address.kind != "payer" and not any(address in x.addresses for x in own)
    )
    if booking.group_name:
        yield segment("TIF", "GROUP:G")
    infants = [traveller for traveller in booking.travellers if traveller.infant]
    for index, traveller in enumerate(booking.travellers):
        yield from _traveller(traveller, index, infants, carrier)
        yield from _tickets(traveller, booking if index == 0 else None)
    yield from _legs(booking, flight)
    if booking.split_to:
        yield segment("EQN", str(len(booking.split_to)))
        yield _rci(booking.split_to)
    yield from _history(booking.changes)


def _add(address: records.Address) -> str:
    return segment(
        "ADD",
        "",
        composite(
            _PURPOSE.get(address.kind, "700"),
            address.street,
            address.city,
            address.state,
            "",
            address.country,
            address.postcode,
        ),
    )


def _email(address: str) -> str:
    local, _, domain = address.partition("@")
    encoded = local.replace("_", "..").replace("-", "./")
    return f"{encoded}//{domain.replace('_', '..').replace('-', './')}"


def _name(traveller: records.Traveller, index: int, with_infant: bool) -> str:
    kind = traveller.type or ("IN" if traveller.infant else "A")
    return segment(
        "TIF",
        composite(traveller.surname),
        composite(traveller.given_names, kind, index + 1, 1 if with_infant else None),
    )


def _traveller(
    traveller: records.Traveller,
    index: int,
    infants: list[records.Traveller],
    carrier: str,
) -> Iterator[str]:
    of_his = [
        infant
        for infant in infants
        if traveller.reference is not None and infant.accompanied_by == traveller.reference
    ]
    yield _name(traveller, index, bool(of_his))
    if traveller.frequent_flyer:
        yield segment("FTI", *(composite(x.carrier, x.number) for x in traveller.frequent_flyer))
    if traveller.reference is not None:
        yield segment("REF", composite("", traveller.reference))
    contacts = traveller.contacts
    requests = [
        *(("INFT", _inft(infant)) for infant in of_his),
        *(("DOCS", text) for text in _docs(traveller)),
        *_docos(traveller),
        *(("CTCM", phone) for phone in contacts.phones),
        *(("CTCE", _email(email)) for email in contacts.emails),
        *([("CTCR", "REFUSED")] if contacts.refused else []),
    ]
    for code, text in requests:
        yield segment(
            "SSR",
            composite(code, "HK", 1, carrier, "", "", "", "", text),
            composite("", "", index + 1),
        )
    yield from (
        _add(address)
        for address in contacts.addresses
        if address.kind not in ("residence", "destination")
    )


def _inft(infant: records.Traveller) -> str:
    names = f"{_slashless(infant.surname)}/{_slashless(infant.given_names)}"
    return f"{names} {airimp(infant.date_of_birth)}".strip()


def _docs(traveller: records.Traveller) -> Iterator[str]:
    """Yields one DOCS for each travel document. If there is no travel document, yields one DOCS that contains
    the birth date and the sex but no number."""
    main = [document for document in traveller.documents if document.type != "V"]
    if not main and (traveller.date_of_birth or traveller.sex or traveller.nationality):
        main = [records.Document(number="")]
    for document in main:
        sex = document.sex or traveller.sex or ""
        fields = (
            document.type,
            document.issuer,
            document.number,
            document.nationality or traveller.nationality,
            airimp(document.date_of_birth or traveller.date_of_birth),
            f"{sex}I" if traveller.infant and sex in ("M", "F", "X", "U") else sex,
            airimp(document.expiry),
            document.surname or traveller.surname,
            document.given_names or traveller.given_names,
        )
        yield "/" + "/".join(map(_slashless, fields))


def _docos(traveller: records.Traveller) -> Iterator[tuple[str, str]]:
    """Yields one DOCO for each visa, and one DOCA for each address of residence or destination."""
    for visa in (document for document in traveller.documents if document.type == "V"):
        place, number = visa.place_of_issue, visa.number
        fields = (traveller.place_of_birth, "V", number, place, airimp(visa.issued), visa.valid_for)
        yield "DOCO", "/" + "/".join(map(_slashless, fields)).rstrip("/")
    for address in traveller.contacts.addresses:
        if address.kind in ("residence", "destination"):
            kind = address.kind[0].upper()
            parts = (kind, address.country, address.street, address.city, address.state)
            text = "/".join(map(_slashless, (*parts, address.postcode)))
            yield "DOCA", f"/{text}".rstrip("/")


def _tickets(traveller: records.Traveller, booking: records.Booking | None) -> Iterator[str]:
    """Yields the tickets of a traveller. The argument `booking` is given only for the first traveller. For
    the first traveller, one TKT is written for each currency of the payments of the booking, followed by the
    payments in this currency."""
    numbers = list(traveller.tickets)
    total = booking.total if booking else None
    payments = booking.payments if booking else ()
    for currency, group in itertools.groupby(payments, key=lambda paid: paid.currency):
        number = numbers.pop(0) if numbers else ""
        yield segment("TKT", composite(number, "T", 1) if number else ":700")
        if currency is not None:
            stated = booking is not None and booking.currency == currency and total is not None
            kind, value = ("T", total) if stated else ("B", None)
            total = None if stated else total
            yield segment("MON", composite(kind, str(value) if value is not None else "", currency))
        for paid in group:
            amount = "" if paid.amount is None else format(paid.amount, "f")
            card = (paid.vendor, paid.card_number, paid.card_expiry)
            yield segment("FOP", composite(paid.type, "", amount, *card))
            if paid.payer:
                yield segment("IFT", "4:43", composite(paid.payer))
    yield from (segment("TKT", composite(number, "T", 1)) for number in numbers)


def _legs(booking: records.Booking, flight: records.Flight) -> Iterator[str]:
    """Yields the flights of the itinerary. Check-in data and bags are written after the flight of the message
    or, if it is not in the itinerary, after the first flight."""
    legs = booking.segments
    own = (flight.origin, flight.destination)
    prime = next((i for i, leg in enumerate(legs) if (leg.origin, leg.destination) == own), 0)
    seats = list(booking.seats)
    for index, leg in enumerate(legs):
        yield segment(
            "TVL",
            composite(*_times(leg.departure, leg.arrival)),
            composite(leg.origin),
            composite(leg.destination),
            composite(leg.carrier, leg.operating_carrier),
            composite(leg.number or ("ARNK" if leg.surface else None), leg.booking_class),
        )
        if leg.operating_number is not None:
            yield segment("TRA", composite(leg.operating_carrier), composite(leg.operating_number))
        if leg.status is not None or leg.party is not None:
            yield segment("RPI", composite(leg.party), composite(leg.status))
        if leg.equipment is not None:
            yield segment("APD", composite(leg.equipment))
        last = index == len(legs) - 1
        here = [
            x for x in seats if last or (x.origin, x.destination) == (leg.origin, leg.destination)
        ]
        seats = [seat for seat in seats if seat not in here]
        for seat in here:
            ref = None if seat.traveller is None else seat.traveller + 1
            yield segment(
                "SSR",
                composite(
                    "SEAT", "HK", 1, leg.carrier or "YY", "", "", seat.origin, seat.destination
                ),
                composite(seat.number, "", ref, seat.characteristic),
            )
        if leg.locators:
            yield _rci(leg.locators)
        if index == prime:
            yield from _check_in(booking, leg)


def _check_in(booking: records.Booking, leg: records.Segment) -> Iterator[str]:
    yield from _tbd([bag for bag in booking.bags if bag.traveller is None], None)
    for index, traveller in enumerate(booking.travellers):
        bags = [bag for bag in booking.bags if bag.traveller == index]
        if not (bags or traveller.bags or traveller.check_in_sequence or traveller.checked_in):
            continue
        time = traveller.checked_in
        yield segment("DAT", composite("2", _date(time), _clock(time)) if time else "")
        yield segment("TRI", "", composite(traveller.check_in_sequence, "", "", index + 1))
        yield _name(traveller, index, False)
        if traveller.seat is not None:
            yield segment("SSD", composite(traveller.seat), "", "", "", composite(leg.cabin))
        yield from _tbd(bags, traveller.bags)


def _tbd(bags: list[records.BookedBag], stated: records.Bags | None) -> Iterator[str]:
    """Yields one TBD for each pool of bags. The first TBD contains the number and weight of all bags
    together."""
    groups = [
        list(group) for _, group in itertools.groupby(bags, key=lambda x: (x.pool, x.pool_id))
    ]
    for number, group in enumerate(groups or ([[]] if stated else [])):
        first = group[0] if group else records.BookedBag()
        total = stated if stated is not None and not number else records.Bags()
        pieces = [bag.pieces for bag in group if bag.pieces is not None]
        weights = [bag.weight_kg for bag in group if bag.weight_kg is not None]
        count = sum(pieces) if pieces else total.count
        weight = round(sum(weights), 2) if weights else total.weight_kg
        yield segment(
            "TBD",
            "",
            composite(count, None if weight is None else f"{weight:g}", 700 if weight else None),
            "",
            composite(first.pool, first.pool_id),
            *(composite(bag.airline, bag.tag, bag.count, bag.destination) for bag in group),
        )


def _history(changes: Sequence[records.Change]) -> Iterator[str]:
    for (at, by), group in itertools.groupby(changes, key=lambda change: (change.at, change.by)):
        yield segment("ABI", "4", "", "", "", composite(by))
        if at is not None:
            yield segment("DAT", composite("T", _date(at), _clock(at)))
        for change in group:
            yield segment("SAC", "", "", _KINDS.get(change.kind, "C"))
            yield from _CHANGED.get(change.what, ())
