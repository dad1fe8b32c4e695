"""The pipeline with a list for storage: what goes in, who comes out, and what is asked about them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from vedette.core.entries import Entry, EntryDate, EntryIdentifier, EntryName
from vedette.demo.world import bulk
from vedette.screening.knowledge import Found, Knowledge, KnownEntry, ListInfo, Subject
from vedette.travellers import formats
from vedette.travellers.held import FlightRow, Held
from vedette.travellers.intake import Failure, Judged, Read, Received, later, process
from vedette.travellers.manifest import Manifest, Person
from vedette.travellers.records import Booking

ORGANISATION = uuid.UUID(int=1)
NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
LIST = ListInfo(id="1", name="L", version=3, weight=70, theme="passengers", purpose="terrorism")


class ListStorage:
    """Keeps everything in memory."""

    def __init__(self) -> None:
        self.held: dict[uuid.UUID, Held] = {}
        self.tokens: set[bytes] = set()
        self.locators: dict[str, uuid.UUID] = {}
        self.failures: list[Failure] = []
        self.reads: list[Read] = []
        self.found: dict[uuid.UUID, Sequence[Found]] = {}
        self.judged: list[Judged] = []

    def known(self, tokens: Sequence[bytes]) -> set[bytes]:
        return self.tokens & set(tokens)

    def hold(self, flights: Sequence[FlightRow]) -> dict[uuid.UUID, Held]:
        for flight in flights:
            self.held.setdefault(flight.id, Held(flight, Manifest()))
        return {f.id: self.held[f.id] for f in flights}

    def bookings(self, bookings: Sequence[tuple[Booking, FlightRow]]) -> list[uuid.UUID]:
        return [self.locators.setdefault(b.locators[0].locator, uuid.uuid4()) for b, _ in bookings]

    def token(self, kind: str, value: str) -> bytes:
        return uuid.uuid5(ORGANISATION, kind + value).bytes

    def new_id(self) -> uuid.UUID:
        return uuid.uuid4()

    def keep(self, reads: Sequence[Read], held: Mapping[uuid.UUID, Held]) -> None:
        self.tokens |= {r.token for r in reads}
        self.reads += reads

    def history(
        self, journeys: Mapping[uuid.UUID, uuid.UUID | None]
    ) -> Mapping[uuid.UUID, Mapping[str, object]]:
        return {id_: {} for id_ in journeys}

    def record(
        self,
        people: Sequence[tuple[Held, Person]],
        found: Mapping[uuid.UUID, Sequence[Found]],
        judged: Judged,
        knowledge: Knowledge,
    ) -> None:
        self.found.update(found)
        self.judged.append(judged)
        for _, person in people:
            person.changed = False

    def finish(self, reads: Sequence[Read], failures: Sequence[Failure]) -> None:
        self.failures += failures


def received(data: bytes) -> Received:
    """A file as it comes out of the inbox."""
    return Received(
        id=uuid.uuid4(), organisation=ORGANISATION, name="x", received_at=NOW, data=data
    )


def known(entry: Entry, **more: Any) -> KnownEntry:
    """An entry of the list."""
    return KnownEntry(id=str(uuid.uuid4()), list=LIST, entry=entry, hash="h", **more)


def test_every_traveller_of_every_file_is_a_person_once() -> None:
    """Three files and a fourth that is none: the failure is named, the rest is kept, twice is once."""
    storage = ListStorage()
    files = bulk.passenger_messages(60, 20)
    for _ in range(2):
        process([received(f) for f in (*files, b"PK\x03\x04")], storage, Knowledge(1, []))
    assert sum(len(h.manifest.persons) for h in storage.held.values()) == 60
    assert [r.resend for r in storage.reads] == [False] * 3 + [True] * 3
    assert len(storage.failures) == 2
    assert "ZIP" in storage.failures[0].reason


def test_ordinary_travellers_give_no_reason() -> None:
    """200 invented travellers against a list of 300 others: nobody is asked about."""
    storage = ListStorage()
    entries = bulk.entries(300)
    process(
        [received(f) for f in bulk.passenger_messages(200, 50, hit_share=0)],
        storage,
        Knowledge(1, [known(e) for e in entries]),
    )
    assert not any(storage.found.values())


def test_a_subject_is_asked_about_on_every_channel() -> None:
    """Name with birth date, document with O for 0, e-mail: three reasons, the surest first."""
    entry = Entry(
        ref="E",
        names=(EntryName(full="Zelimkhan Tarbagatayev"),),
        birth_dates=(EntryDate(from_=dt.date(1980, 2, 3), to=dt.date(1980, 2, 3)),),
        identifiers=(
            EntryIdentifier(kind="passport", value="K1O 77"),
            EntryIdentifier(kind="email", value="A@Example.org"),
        ),
    )
    subject = Subject(
        names=(("TARBAGATAYEV", "ZELIMKHAN"),),
        date_of_birth=dt.date(1980, 2, 3),
        documents=("KI077",),
        emails=("a+b@example.org",),
    )
    (found,) = Knowledge(1, [known(entry)]).screen([subject])
    assert {f.channel for f in found} == {"name", "document", "email"}
    assert found[0].score >= found[-1].score
    for reason in found:
        assert abs(sum(line.contribution for line in reason.evidence) - reason.score) < 0.01
        assert reason.contribution <= LIST.weight


def test_lookouts_end_and_mean_their_flight_only() -> None:
    """An expired lookout gives no reason; one for XX417 none on XX418."""
    entry = Entry(ref="E", identifiers=(EntryIdentifier(kind="passport", value="P1"),))
    subject = Subject(documents=("P1",), flight="XX418")
    past = known(entry, expires_at=NOW - dt.timedelta(minutes=1))
    other = known(entry, flight="XX417")
    meant = known(entry, flight="XX418", expires_at=NOW + dt.timedelta(hours=1))
    (found,) = Knowledge(1, [past, other, meant]).screen([subject], NOW)
    assert [f.known for f in found] == [meant]


def test_the_later_statement_of_a_flight_wins_and_keeps_what_only_the_earlier_knew() -> None:
    """Times of a flight come from several messages."""
    base = {
        "id": uuid.UUID(int=2),
        "carrier": "XX",
        "number": "1",
        "origin": "ADD",
        "departs_on": NOW.date(),
    }
    early = FlightRow(**base, destination="DSS", arrives_at=NOW, stated="1")
    late = FlightRow(**base, destination="", departs_at=NOW, stated="2")
    both = later(early, late)
    assert (both.destination, both.arrives_at, both.departs_at, both.stated) == (
        "DSS",
        NOW,
        NOW,
        "2",
    )


def test_formats_are_read_by_the_registry() -> None:
    """The pipeline knows no format by name."""
    assert {m.format for f in bulk.passenger_messages(30, 10) for m in formats.read(f)} == {
        "PAXLST",
        "PNRGOV",
    }
