"""Messages of any size for the benchmarks. The modules of vedette that write message formats make these
messages, with invented travellers."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

from vedette.travellers import records
from vedette.travellers.formats import paxlst_writer, pnrgov_writer

_SURNAMES = ("OKAFOR", "D'ALMEIDA", "NGUYEN", "O GRADY", "VAN DER BERG", "HADDAD", "LI", "SCHMIDT")
_GIVEN = ("ADA", "JEAN PAUL", "MARIA LUZ", "WEI", "TOMAS", "AISHA", "KOFI", "INGRID ANNA")
_STATES = ("FRA", "NGA", "VNM", "IRL", "NLD", "LBN", "CHN", "D")
_FLIGHT = records.Flight(
    carrier="ZZ",
    number="0412",
    origin="LOS",
    destination="CDG",
    departure=dt.datetime(2026, 11, 24, 9, 5),
    arrival=dt.datetime(2026, 11, 24, 15, 50),
)


def _message(seed: int, format_: str, function: str, **content: Any) -> records.Message:
    envelope = records.Envelope(
        sender="ZZAIR",
        recipient="PIU",
        prepared=dt.datetime(2026, 11, 24, 8, 0),
        interchange_ref=f"{seed:09d}",
        message_ref="1",
        common_access_ref=f"ZZ0412/261124/{seed}",
        sequence=1,
        last=True,
    )
    return records.Message(
        format=format_, function=function, envelope=envelope, flights=(_FLIGHT,), **content
    )


def traveller(number: int, rng: random.Random) -> records.Traveller:
    """Returns a traveller with one or two documents: about twelve segments in PAXLST."""
    state = rng.choice(_STATES)
    documents = [
        records.Document(
            type="P",
            number=f"{state[0]}{rng.randrange(10**8):08d}",
            issuer=state,
            expiry=dt.date(2027 + rng.randrange(9), 1 + rng.randrange(12), 1 + rng.randrange(28)),
        )
    ]
    if rng.random() < 0.2:
        documents.append(
            records.Document(type="V", number=f"{rng.randrange(10**8):08d}", issuer="FRA")
        )
    bags = rng.randrange(3)
    return records.Traveller(
        surname=rng.choice(_SURNAMES),
        given_names=rng.choice(_GIVEN),
        date_of_birth=dt.date(
            1940 + rng.randrange(80), 1 + rng.randrange(12), 1 + rng.randrange(28)
        ),
        sex=rng.choice("MF"),
        nationality=state,
        locator=f"{rng.randrange(16**6):06X}",
        reference=f"P{number:05d}" if rng.random() < 0.5 else None,
        seat=f"{1 + number // 6}{'ABCDEF'[number % 6]}",
        embarkation="LOS",
        debarkation="CDG",
        bags=records.Bags(count=bags, weight_kg=bags * 15.0) if bags else None,
        documents=tuple(documents),
    )


def booking(number: int, rng: random.Random) -> records.Booking:
    """Returns a booking of one to three travellers with an outward and a return flight: about forty segments
    in PNRGOV."""
    people = tuple(traveller(number * 3 + n, rng) for n in range(1 + rng.randrange(3)))
    out = dt.datetime(2026, 11, 24, 9, 5)
    legs = tuple(
        records.Segment(
            carrier="ZZ",
            number=f"{412 + n}",
            operating_carrier="ZZ",
            origin=origin,
            destination=destination,
            departure=out + dt.timedelta(days=7 * n),
            arrival=out + dt.timedelta(days=7 * n, hours=6),
            booking_class="Y",
            status="HK",
            party=len(people),
        )
        for n, (origin, destination) in enumerate((("LOS", "CDG"), ("CDG", "LOS")))
    )
    locator = f"{number:06d}"
    made = dt.datetime(2026, 10, 1 + number % 28, 12, 30)
    return records.Booking(
        locators=(records.Locator(company="ZZ", locator=locator, created=made),),
        created=made,
        agency=records.Agency(
            company="ZZ", iata="99999992", office="LOSZZ", city="LOS", country="NG"
        ),
        travellers=people,
        contacts=records.Contacts(
            phones=(f"234800{number:07d}",),
            emails=(f"p{number}@example.com",),
            addresses=(records.Address(street="1 BROAD STREET", city="LAGOS", country="NG"),),
        ),
        segments=legs,
        payments=(
            records.Payment(type="CC", amount=Decimal("812.40"), currency="EUR", vendor="VI"),
        ),
        bags=tuple(
            records.BookedBag(airline="ZZ", tag=f"{number:06d}{n}", count=1, traveller=n)
            for n in range(len(people))
        ),
        seats=tuple(
            records.Seat(
                traveller=n, number=f"{10 + number % 30}{'ABC'[n]}", origin="LOS", destination="CDG"
            )
            for n in range(len(people))
        ),
        party=len(people),
    )


def passenger_list(people: int, seed: int = 0) -> bytes:
    """Returns one PAXLST of `people` passengers."""
    rng = random.Random(seed)  # noqa: S311 (not for secrets)
    persons = tuple(traveller(number, rng) for number in range(people))
    return paxlst_writer.write(_message(seed, "PAXLST", "passengers", travellers=persons))


def booking_push(bookings: int, seed: int = 0) -> bytes:
    """Returns one full push (PNRGOV 13.1, function 22) of `bookings` bookings."""
    rng = random.Random(seed)  # noqa: S311 (not for secrets)
    booked = tuple(booking(number, rng) for number in range(bookings))
    return b"".join(pnrgov_writer.write(_message(seed, "PNRGOV", "22", bookings=booked)))
