"""The pipeline with a list for storage: what goes in, who comes out, and what is asked about them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from vedette import kinds
from vedette.core.entries import Entry, EntryDate, EntryIdentifier, EntryName
from vedette.core.parties import Asked, Party
from vedette.demo.world import bulk
from vedette.pipeline.process import Failure, Read, Received, process
from vedette.pipeline.screen import Batch, InForce
from vedette.screening.knowledge import Knowledge, KnownEntry, ListInfo
from vedette.screening.reason import Reason
from vedette.travellers.kind import NAME as TRAVELLER
from vedette.travellers.manifest import FlightRow, Held, Manifest, Person
from vedette.travellers.merging import later
from vedette.travellers.records import Booking

ORGANISATION = uuid.UUID(int=1)
NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
LIST = ListInfo(id="1", name="L", version=3, weight=70, themes=("passengers",), purpose="terrorism")


class ListStorage:
    """Keeps everything in memory."""

    def __init__(self) -> None:
        self.held: dict[uuid.UUID, Held] = {}
        self.tokens: set[bytes] = set()
        self.locators: dict[str, uuid.UUID] = {}
        self.failures: list[Failure] = []
        self.reads: list[Read] = []
        self.found: dict[uuid.UUID, Sequence[Reason]] = {}

    def known(self, tokens: Sequence[bytes]) -> set[bytes]:
        return self.tokens & set(tokens)

    def groups(self, subjects: Sequence[uuid.UUID]) -> Sequence[FlightRow]:
        return [
            hold.row for hold in self.held.values() if {p.id for p in hold.subjects} & set(subjects)
        ]

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

    def keep_messages(self, reads: Sequence[Read]) -> None:
        self.tokens |= {r.token for r in reads}
        self.reads += reads

    def keep(self, held: Mapping[uuid.UUID, Held]) -> None:
        pass

    def history(
        self, subjects: Sequence[tuple[Held, Person]]
    ) -> Mapping[uuid.UUID, Mapping[str, object]]:
        return {}

    def settle(self, batch: Batch, reasons: Mapping[uuid.UUID, Sequence[Reason]]) -> None:
        self.found.update(reasons)
        for _, person in batch.subjects:
            person.changed = False

    def finish(self) -> None:
        pass

    def close(self, reads: Sequence[Read], failures: Sequence[Failure]) -> None:
        self.failures += failures


def through(files: Sequence[bytes], storage: ListStorage, *entries: KnownEntry) -> None:
    """One frame through the pipeline."""
    knowledge = InForce(Knowledge(1, entries), NOW)
    process([received(f) for f in files], storage, {TRAVELLER: storage}, knowledge)


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
        through((*files, b"PK\x03\x04"), storage)
    assert sum(len(h.manifest.persons) for h in storage.held.values()) == 60
    assert [r.resend for r in storage.reads] == [False] * 3 + [True] * 3
    assert len(storage.failures) == 2
    assert "ZIP" in storage.failures[0].reason


def test_ordinary_travellers_give_no_reason() -> None:
    """200 invented travellers against a list of 300 others: nobody is asked about."""
    storage = ListStorage()
    entries = bulk.entries(300)
    messages = bulk.passenger_messages(200, 50, hit_share=0)
    through(messages, storage, *(known(e) for e in entries))
    assert not any(storage.found.values())


def test_one_entry_gives_one_reason_with_all_that_agrees() -> None:
    """Name with birth date, two documents with O for 0, e-mail: one reason, as sure as the strongest, with
    the lines of all; weights are not added."""
    entry = Entry(
        ref="E",
        names=(EntryName(full="Zelimkhan Tarbagatayev"),),
        birth_dates=(EntryDate(from_=dt.date(1980, 2, 3), to=dt.date(1980, 2, 3)),),
        identifiers=(
            EntryIdentifier(kind="passport", value="K1O 77"),
            EntryIdentifier(kind="passport", value="L88"),
            EntryIdentifier(kind="email", value="A@Example.org"),
        ),
    )
    party = Party(
        names=(("TARBAGATAYEV", "ZELIMKHAN"),),
        date_of_birth=dt.date(1980, 2, 3),
        documents=("KI077", "L88"),
        emails=("a+b@example.org",),
    )
    ((reason,),) = Knowledge(1, [known(entry)]).screen([Asked(parties=(party,))])
    assert (reason.key, reason.contribution, reason.score) == ("1:E", LIST.weight, 1.0)
    assert (reason.channel, set(reason.channels)) == ("document", {"name", "document", "email"})
    lines = reason.evidence or ()
    assert [line["name"] for line in lines] == [
        "given", "surname", "birth_date", "document", "document", "email",
    ]  # fmt: skip
    of_name = sum(line["contribution"] for line in lines[:3])
    assert abs(of_name - reason.params["scores"]["name"]) < 0.01
    assert all(round(line["contribution"], 2) > 0 for line in lines), "nothing shows +0.00"


def test_a_reason_by_name_alone_is_as_sure_as_the_name() -> None:
    """Its lines add up to its score, and an exact birth date has its weight beside an exact name."""
    born = EntryDate(from_=dt.date(1980, 2, 3), to=dt.date(1980, 2, 3))
    entry = Entry(ref="E", names=(EntryName(full="Tarbagatayev Zelimkhan"),), birth_dates=(born,))
    weights = set()
    for given in ("ZELIMKHAN", "ZELIMHAN"):
        party = Party(names=(("TARBAGATAYEV", given),), date_of_birth=born.to)
        ((reason,),) = Knowledge(1, [known(entry)]).screen([Asked(parties=(party,))])
        lines = {line["name"]: line["contribution"] for line in reason.evidence or ()}
        assert reason.channels == ("name",)
        assert abs(sum(lines.values()) - (reason.score or 0)) < 0.01
        weights.add(round(lines["birth_date"], 2))
    assert weights == {0.38}


def test_lookouts_end_and_mean_their_flight_only() -> None:
    """An expired lookout gives no reason; one for XX417 none on XX418."""
    entry = Entry(ref="E", identifiers=(EntryIdentifier(kind="passport", value="P1"),))
    asked = Asked(parties=(Party(documents=("P1",)),), group="XX418")
    past = known(entry, expires_at=NOW - dt.timedelta(minutes=1))
    other = known(entry, group="XX417")
    meant = known(entry, group="XX418", expires_at=NOW + dt.timedelta(hours=1))
    (found,) = Knowledge(1, [past, other, meant]).screen([asked], NOW)
    assert [reason.entry for reason in found] == [meant.id]


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
    assert {m.format for f in bulk.passenger_messages(30, 10) for m in kinds.read(f)} == {
        "PAXLST",
        "PNRGOV",
    }


def test_several_parties_of_a_subject_give_one_reason_an_entry() -> None:
    """Two persons of one subject, both listed in one entry by another document each."""
    entry = Entry(
        ref="E",
        identifiers=tuple(EntryIdentifier(kind="passport", value=v) for v in ("P1", "P2")),
    )
    parties = (Party(documents=("P1",)), Party(documents=("P2",)))
    ((reason,),) = Knowledge(1, [known(entry)]).screen([Asked(parties=parties)])
    assert [line["ours"] for line in reason.evidence or ()] == ["P1", "P2"]
