"""Creates messages of any size with invented travellers, and measures how fast vedette reads these messages.
The modules of vedette that write message formats create the messages.

`robustness` checks that damage to the segments of one traveller does not change the data of any other
traveller. A mutation replaces, inserts, deletes or doubles one byte, or swaps two segments. Each mutation
changes only the segments of one traveller. After a mutation, the records of all other travellers must be the
same as before. The record of the damaged traveller may change, become several records or disappear. If the
number of records changes, the reader must give a warning. A mutation must not cause an exception.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from vedette.bench import Figure
from vedette.bench.stage import seconds
from vedette.formats import as_json, edifact
from vedette.travellers import formats, records
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
_LISTS, _PEOPLE = 40, 300
_PUSHES, _BOOKINGS = 8, 200
_ROUNDS = 5
SEED = 20261124
MUTATIONS = 100_000
#: Bytes that cause damage more often than other bytes do.
_SHARP = b"+:'?*\n\r NADLOCTIFUNTSRC0"
#: Segments of group 2 of PNRGOV: they belong to the TIF before them.
_OF_TIF = frozenset(
    {"FTI", "IFT", "REF", "EBD", "FAR", "SSR", "ADD", "TKT", "MON", "PTK", "TXD", "DAT", "FOP"}
)
_SAMPLES = (
    "apisMessage",
    "loader_airline2",
    "tamr_flight1",
    "loader_3_pnrs",
    "loader_codeshare",
    "pnrWithDoco",
)


def _message(seed: int, format_: str, function: str, **content: Any) -> records.Message:
    return records.Message(
        format=format_,
        function=function,
        envelope=records.Envelope(
            sender="ZZAIR",
            recipient="PIU",
            prepared=dt.datetime(2026, 11, 24, 8, 0),
            interchange_ref=f"{seed:09d}",
            message_ref="1",
            common_access_ref=f"ZZ0412/261124/{seed}",
            sequence=1,
            last=True,
        ),
        flights=(_FLIGHT,),
        **content,
    )


def traveller(number: int, rng: random.Random) -> records.Traveller:
    """Returns a traveller with one or two documents. The traveller has about twelve segments in PAXLST."""
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
    """Returns a booking of one to three travellers with an outbound flight and a return flight. The booking
    has about forty segments in PNRGOV."""
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
    """Returns one PAXLST message with `people` passengers."""
    rng = random.Random(seed)  # noqa: S311 (not for secrets)
    listed = tuple(traveller(number, rng) for number in range(people))
    return paxlst_writer.write(_message(seed, "PAXLST", "passengers", travellers=listed))


def booking_push(bookings: int, seed: int = 0) -> bytes:
    """Returns one full PNR message (push, PNRGOV 13.1, function 22) with `bookings` bookings."""
    rng = random.Random(seed)  # noqa: S311 (not for secrets)
    booked = tuple(booking(number, rng) for number in range(bookings))
    return b"".join(pnrgov_writer.write(_message(seed, "PNRGOV", "22", bookings=booked)))


# --- speed ----------------------------------------------------------------------------------------


def parsing() -> Iterator[Figure]:
    """Yields the reading speed: travellers per second for passenger lists, and bookings per second for PNR
    messages. The figure is the result of the fastest round. The CPU time of this process is measured instead
    of the elapsed time, because other processes on the machine affect the CPU time less.
    """
    lists = [passenger_list(_PEOPLE, seed) for seed in range(_LISTS)]
    people = _LISTS * _PEOPLE
    size = f"{_LISTS} lists of {_PEOPLE}, {sum(map(len, lists)) // 1024:,} kB, CPU time"
    yield Figure("parsing PAXLST", people / _best(lists), "travellers/s", size, 1, "15,000")
    pushes = [booking_push(_BOOKINGS, seed) for seed in range(_PUSHES)]
    bookings = _PUSHES * _BOOKINGS
    segments = sum(data.count(b"'") for data in pushes) / bookings
    size = f"{_PUSHES} pushes of {_BOOKINGS}, {segments:.0f} segments a booking, CPU time"
    yield Figure("parsing PNRGOV", bookings / _best(pushes), "bookings/s", size, 1, "3,000")
    yield from _refusals()


def _best(files: list[bytes]) -> float:
    def read() -> None:
        for data in files:
            formats.read(data)

    return min(seconds(read, time.process_time) for _ in range(_ROUNDS))


def _refusals() -> Iterator[Figure]:
    """Measures the time that vedette takes to refuse a message of 200 MB and a message of a million segments.
    This time should not depend on the size of the message."""
    head = b"UNB+UNOA:1+A+B+261124:0800+1'UNH+1+PAXLST:D:05B:UN:IATA'"
    huge = {
        "200 MB": head + b"FTX+AAA+++X'" * (200 * 1024 * 1024 // 12),
        "1,000,000 segments": head + b"FTX+AAA+++X'" * 1_000_000,
    }
    for name, data in huge.items():
        start = time.perf_counter()
        try:
            formats.read(data)
            said = "read"
        except formats.Unreadable as error:
            said = error.reason
        yield Figure(f"refusing {name}", time.perf_counter() - start, "s", said)


# --- robustness -----------------------------------------------------------------------------------


class Source:
    """A message that is divided into groups. A group consists of the segments of one traveller. Each segment
    is defined by the position of its first byte and the position of its end.
    """

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self.data = data
        self.people, self.warnings, offsets = read(data)
        wards = _wards(data)
        owned = []
        for bounds in groups(data):
            start, end = bounds[0][0], bounds[-1][1]
            own = {n for n, at in enumerate(offsets) if start <= at < end}
            owned.append((bounds, own | {ward for n in own for ward in wards.get(n, ())}))
        #: The name of a group booking is not a traveller: its group is not damaged.
        self.groups = [bounds for bounds, own in owned if own]
        #: For each group, the people whom it states: its traveller, and the infant whose name, document and
        #: ticket a booking states in the group of the adult (INFT, DOCS of gender FI, TKNE INF).
        self.own = [own for _, own in owned if own]

    def mutate(self, rng: random.Random) -> tuple[str, int, bytes]:
        """Returns the kind of mutation, the damaged group, and the damaged message."""
        at = rng.randrange(len(self.groups))
        bounds, data = self.groups[at], self.data
        kind = rng.choice(("replaced", "inserted", "deleted", "doubled", "swapped"))
        if kind == "swapped":
            if len(bounds) < 2:
                return kind, at, data
            (a, b), (c, d) = sorted(rng.sample(bounds, 2))
            return kind, at, data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]
        place = rng.randrange(bounds[0][0], bounds[-1][1] - 2)
        byte = bytes([rng.choice(_SHARP) if rng.random() < 0.5 else rng.randrange(256)])
        there = data[place : place + 1]
        new = {"replaced": byte, "inserted": byte + there, "deleted": b"", "doubled": 2 * there}
        return kind, at, data[:place] + new[kind] + data[place + 1 :]

    def harm(self, at: int, damaged: bytes) -> str | None:
        """Returns the effect that the damage to group `at` has and that is not permitted. Returns None if the
        damage has no forbidden effect."""
        try:
            people, warnings, _ = read(damaged)
        except Exception as error:  # every exception is a forbidden effect
            return f"raised {type(error).__name__}"
        others = Counter(person for n, person in enumerate(self.people) if n not in self.own[at])
        if others - Counter(people):
            return "another traveller reads differently"
        if len(people) != len(self.people) and warnings <= self.warnings:
            return "split or vanished without a warning"
        return None


def read(data: bytes) -> tuple[list[bytes], int, list[int]]:
    """Returns every traveller of a file as JSON bytes, in order. Also returns the number of warnings, and the
    position of each traveller in the file.
    """
    messages = formats.read(data)
    people = [
        person
        for message in messages
        for person in (
            *message.travellers,
            *(one for booking in message.bookings for one in booking.travellers),
        )
    ]
    return (
        [msgspec.json.encode(as_json.plain(person)) for person in people],
        sum(len(message.warnings) for message in messages),
        [-1 if person.offset is None else person.offset for person in people],
    )


def _wards(data: bytes) -> dict[int, list[int]]:
    """Returns, for each adult, the infants who travel with this adult. The result identifies adults and
    infants by their positions in the file.
    """
    found: dict[int, list[int]] = {}
    start = 0
    for message in formats.read(data):
        start += len(message.travellers)
        for booking in message.bookings:
            places = {p.reference: start + n for n, p in enumerate(booking.travellers)}
            for n, person in enumerate(booking.travellers):
                if person.accompanied_by and person.accompanied_by in places:
                    found.setdefault(places[person.accompanied_by], []).append(start + n)
            start += len(booking.travellers)
    return found


def groups(data: bytes) -> list[list[tuple[int, int]]]:
    """Returns the start and end of each segment of each traveller, in the order of the travellers. The end of
    a segment is the position after its terminator.
    """
    found: list[list[tuple[int, int]]] = []
    for message in edifact.interchanges(data):
        opens, belongs = ("NAD", None) if message.type == "PAXLST" else ("TIF", _OF_TIF)
        current: list[tuple[int, int]] | None = None
        booked = False
        for seg in message.segments:
            if seg.tag in ("SRC", "TVL"):
                booked = seg.tag == "TVL"
            if seg.tag == opens and seg.get(1) != "MS" and not booked:
                current = []
                found.append(current)
            elif seg.tag == "CNT" or (belongs is not None and seg.tag not in belongs):
                current = None
            if current is not None:
                current.append((seg.offset, seg.offset + seg.length + 1))
    return found


def sources() -> list[Source]:
    """Returns three passenger lists and three PNR messages from the folder of samples that the variable
    `VEDETTE_SHARED` names. Missing samples are replaced by messages that vedette writes.
    """
    folder = Path(os.environ.get("VEDETTE_SHARED", "/nonexistent")) / "data/messages/passenger"
    found = []
    for number, name in enumerate(_SAMPLES):
        path = folder / f"{name}.edi"
        if path.exists():
            found.append(Source(name, path.read_bytes()))
        elif number < 3:
            found.append(Source(f"passenger list {number}", passenger_list(8, seed=number)))
        else:
            found.append(Source(f"push of bookings {number}", booking_push(4, seed=number)))
    return found


def harms(source: Source, count: int, seed: int) -> Iterator[tuple[str, int, bytes, str]]:
    """Makes `count` mutations. Yields each harmful mutation: its kind, the damaged group, the damaged
    message, and the effect.
    """
    rng = random.Random(seed)  # noqa: S311 (not for secrets)
    for _ in range(count):
        kind, at, damaged = source.mutate(rng)
        harm = source.harm(at, damaged)
        if harm is not None:
            yield kind, at, damaged, harm


def robustness() -> Iterator[Figure]:
    """Yields the number of harmful mutations for each source message, and the total number."""
    all_sources = sources()
    each = -(-MUTATIONS // len(all_sources))
    total = 0
    for source in all_sources:
        found = Counter(harm for *_, harm in harms(source, each, SEED))
        total += found.total()
        what = "; ".join(f"{n} {harm}" for harm, n in found.items()) or "none did harm"
        size = f"{each:,} mutations of one of {len(source.groups)} travellers, seed {SEED}; {what}"
        yield Figure(f"robustness {source.name}", found.total(), "harmful", size, 1, "0")
    yield Figure("robustness", total, "harmful", f"{each * len(all_sources):,} mutations", 1, "0")
