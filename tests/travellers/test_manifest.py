"""Passenger list and booking of one flight joined into persons."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid

import msgspec
import pytest

from vedette.core.names import fold
from vedette.core.parties import Contacts, Document
from vedette.core.statements import elements
from vedette.travellers import manifest
from vedette.travellers.manifest import Manifest, Person, disagreements, names_of
from vedette.travellers.mentions import marked
from vedette.travellers.merging import unbound
from vedette.travellers.records import Booking, Traveller

BORN = dt.date(1984, 5, 6)
BOOKING = uuid.UUID(int=7)


def traveller(surname: str = "NDIAYE", given: str = "AWA", **more: object) -> Traveller:
    """Somebody invented."""
    return Traveller(surname=surname, given_names=given, **more)  # type: ignore[arg-type]


def stated(
    manifest: Manifest,
    source: str,
    who: Traveller,
    stamp: str = "2026",
    number: int = 1,
    booking: uuid.UUID = BOOKING,
) -> Person:
    """A statement placed as the pipeline places it."""
    scope = booking if source == "pnr" else None
    [(_, mark, _)] = marked(source, [who])
    mention = manifest.mention(source, scope, mark, lambda: Person(uuid.uuid4(), booking_id=scope))
    manifest.state(mention, ("XX", [stamp, "A", number]), elements(who), who)
    manifest.regroup(uuid.uuid4)
    return mention.person


@pytest.mark.parametrize(
    ("booked", "listed"),
    [
        (traveller(given="AWAMRS", locator="ABC123"), traveller(locator="ABC123")),
        (traveller(given="A", locator="ABC123"), traveller(given="AWA MARIE", locator="ABC123")),
        (
            traveller(documents=(Document(type="P", number="AO1"),)),
            traveller("N DIAYE", "AWA", documents=(Document(type="P", number="A01"),)),
        ),
        (traveller(), traveller(date_of_birth=BORN)),
        (traveller("NDIAY", date_of_birth=BORN), traveller(date_of_birth=BORN)),
    ],
    ids=[
        "title glued to the given name",
        "truncated",
        "same document, O for 0",
        "name alone",
        "typo, same birth date",
    ],
)
def test_list_and_booking_meet(booked: Traveller, listed: Traveller) -> None:
    """The same person in both messages is one journey, whichever came first."""
    for first, second in (("api", "pnr"), ("pnr", "api")):
        manifest = Manifest()
        who = {"api": listed, "pnr": booked}
        for source in (first, second):
            stated(manifest, source, who[source])
        assert len(manifest.persons) == 1


def test_father_and_son_stay_two() -> None:
    """The same name with birth dates that differ and no common document are two persons."""
    manifest = Manifest()
    stated(manifest, "api", traveller(date_of_birth=BORN))
    stated(manifest, "pnr", traveller(date_of_birth=dt.date(2010, 1, 1)))
    assert len(manifest.persons) == 2


def test_one_message_never_speaks_twice_of_one_person() -> None:
    """Two travellers of one message with one name are two travellers."""
    (_, first, _), (_, second, _) = marked("api", [traveller(), traveller()])
    assert first != second


def test_disagreements_are_facts() -> None:
    """Name, birth date and document that differ; booked, not flown; flown, not booked."""
    listed = traveller(date_of_birth=BORN, documents=(Document(type="P", number="1234567"),))
    booked = traveller(
        "DIOP", date_of_birth=dt.date(1984, 6, 5), documents=(Document(type="P", number="999"),)
    )
    assert disagreements(listed, booked, True, True, True) == [
        manifest.NAME_DIFFERS,
        manifest.BIRTH_DATE_DIFFERS,
        manifest.DOCUMENT_DIFFERS,
    ]
    assert disagreements(None, booked, False, True, True) == [manifest.BOOKED_NOT_FLOWN]
    assert disagreements(listed, None, True, False, True) == [manifest.FLOWN_NOT_BOOKED]
    assert disagreements(booked, booked, False, True, True) == [manifest.BOOKED_NOT_FLOWN]
    crew = traveller(role="crew")
    assert disagreements(crew, None, True, True, True) == []


def test_nobody_is_absent_before_all_is_known() -> None:
    """An open passenger list, or an update before the first full push, says nothing of absence."""
    booked, listed = traveller(), traveller()
    assert disagreements(None, booked, False, False, True) == []
    assert disagreements(booked, booked, False, False, True) == []
    assert disagreements(listed, None, True, True, False) == []


def test_late_document_joins_two_stored_journeys_in_any_order() -> None:
    """Booking without document under another spelling, list, then the update with the document."""
    passport = Document(type="P", number="XK1230")
    steps = [
        ("pnr", traveller("BINT ALI", "AMINA", reference="9"), "2026-01"),
        ("api", traveller("ALI", "AMINAH", documents=(passport,)), "2026-02"),
        ("pnr", traveller("BINT ALI", "AMINA", reference="9", documents=(passport,)), "2026-03"),
    ]
    ends = []
    for order in itertools.permutations(steps):
        manifest = Manifest()
        for source, who, stamp in order:
            stated(manifest, source, who, stamp)
        assert len(manifest.persons) == 1
        (person,) = manifest.persons.values()
        ends.append((person.seen("api"), person.seen("pnr")))
    assert all(end == ends[0] for end in ends)


def test_of_two_bookings_of_one_person_the_list_takes_the_same_in_any_order() -> None:
    """Booked twice on a flight: which booking the passenger list speaks of may not hang on chance."""
    passport = (Document(type="P", number="A01"),)
    for locators in (("AAAAAA", "BBBBBB"), ("BBBBBB", "AAAAAA")):
        manifest = Manifest()
        for number, locator in enumerate(locators):
            who = traveller(locator=locator, documents=passport)
            stated(manifest, "pnr", who, booking=uuid.UUID(int=number + 1))
        stated(manifest, "api", traveller(documents=passport))
        [joined] = [p for p in manifest.persons.values() if p.views["api"]]
        assert joined.seen("pnr").locator == "AAAAAA"  # type: ignore[union-attr]


def test_folding_keeps_letters_only() -> None:
    """O’Brien, OBRIEN and Ó Briain's accent."""
    assert fold("O’Brien") == fold("O BRIEN") == "OBRIEN"
    assert fold("Müller") == "MULLER"


def test_names_of_a_person_come_from_every_source_once() -> None:
    """Booked name, listed name, and the name in the document."""
    person = Person(uuid.uuid4())
    person.views["pnr"]["XX"] = [[["1", "", 0], elements(traveller(given="AWAMRS"))]]
    documents = (Document(type="P", number="1", surname="N DIAYE", given_names="AWA"),)
    person.views["api"]["XX"] = [[["1", "", 0], elements(traveller(documents=documents))]]
    assert names_of(person) == [("NDIAYE", "AWA"), ("N DIAYE", "AWA")]


def test_a_single_name_is_a_name_wherever_it_stands() -> None:
    """Sent as given names, in the list or on the document, it is screened like any other."""
    person = Person(uuid.uuid4())
    documents = (Document(type="P", number="1", given_names="SOEHARTO"),)
    single = Traveller(given_names="SUHARTO", documents=documents)
    person.views["api"]["XX"] = [[["1", "", 0], elements(single)]]
    assert names_of(person) == [(None, "SUHARTO"), (None, "SOEHARTO")]


def test_a_name_that_may_end_in_a_title_is_asked_in_both_spellings() -> None:
    """SHAMS is a name, KAYLAMS is not; who is screened by one spelling only may be missed. A document
    settles it."""
    person = Person(uuid.uuid4())
    person.views["pnr"]["XX"] = [[["1", "", 0], elements(traveller(given="KAYLAMS"))]]
    assert names_of(person) == [("NDIAYE", "KAYLA"), ("NDIAYE", "KAYLAMS")]
    documents = (Document(type="P", number="1", surname="NDIAYE", given_names="KAYLA"),)
    person.views["api"]["XX"] = [
        [["1", "", 0], elements(traveller(given="K", documents=documents))]
    ]
    assert names_of(person) == [("NDIAYE", "K"), ("NDIAYE", "KAYLA")]


def test_a_name_that_ends_like_a_doctor_is_whole() -> None:
    """ALEKSANDR of a passenger list, which glues no titles, is screened as he is listed."""
    person = Person(uuid.uuid4())
    person.views["api"]["XX"] = [[["1", "", 0], elements(traveller("PETROV", "ALEKSANDR"))]]
    assert names_of(person) == [("PETROV", "ALEKSANDR")]


def test_a_contact_that_stands_with_a_traveller_is_his_alone() -> None:
    """One telephone of a group of ninety is not ninety people's; the booking's own is everybody's."""
    own = Contacts(phones=("1",), refused=True)
    booking = Booking(
        travellers=(traveller(contacts=own), traveller("ROE")),
        contacts=Contacts(phones=("1", "2"), emails=("A@B",), refused=True),
    )
    assert unbound(booking) == Contacts(phones=("2",), emails=("A@B",))
    alone = msgspec.structs.replace(booking, travellers=(traveller("ROE"),))
    assert unbound(alone) == booking.contacts
