"""Passenger list and booking of one flight joined into persons."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid

import pytest

from vedette import joining
from vedette.joining import Manifest, Person, disagreements, fold, names_of, plain_given
from vedette.records import Document, Traveller
from vedette.state import elements

BORN = dt.date(1984, 5, 6)
BOOKING = uuid.UUID(int=7)


def traveller(surname: str = "NDIAYE", given: str = "AWA", **more: object) -> Traveller:
    """Somebody invented."""
    return Traveller(surname=surname, given_names=given, **more)  # type: ignore[arg-type]


def stated(
    manifest: Manifest, source: str, who: Traveller, stamp: str = "2026", number: int = 1
) -> Person:
    """A statement placed as the pipeline places it."""
    booking = BOOKING if source == "pnr" else None
    person = manifest.find(source, who, booking, set())
    if person is None:
        person = Person(uuid.uuid4(), booking_id=booking)
        person.state(source, "XX", [stamp, "A", number], elements(who))
        manifest.add(person)
    else:
        person.state(source, "XX", [stamp, "A", number], elements(who))
        manifest.index(source, person, person.seen(source) or who)
    return person


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
        touched = [stated(manifest, source, who[source]) for source in (first, second)]
        manifest.join(touched)
        assert len(manifest.persons) == 1


def test_father_and_son_stay_two() -> None:
    """The same name with birth dates that differ and no common document are two persons."""
    manifest = Manifest()
    one = stated(manifest, "api", traveller(date_of_birth=BORN))
    two = stated(manifest, "pnr", traveller(date_of_birth=dt.date(2010, 1, 1)))
    manifest.join([one, two])
    assert len(manifest.persons) == 2


def test_one_message_never_speaks_twice_of_one_person() -> None:
    """Two travellers of one message with one name are two travellers."""
    manifest = Manifest()
    first = stated(manifest, "api", traveller())
    assert manifest.find("api", traveller(), None, {first.id}) is None


def test_disagreements_are_facts() -> None:
    """Name, birth date and document that differ; booked, not flown; flown, not booked."""
    listed = traveller(date_of_birth=BORN, documents=(Document(type="P", number="1234567"),))
    booked = traveller(
        "DIOP", date_of_birth=dt.date(1984, 6, 5), documents=(Document(type="P", number="999"),)
    )
    assert disagreements(listed, booked, True, True) == [
        joining.NAME_DIFFERS,
        joining.BIRTH_DATE_DIFFERS,
        joining.DOCUMENT_DIFFERS,
    ]
    assert disagreements(None, booked, True, True) == [joining.BOOKED_NOT_FLOWN]
    assert disagreements(listed, None, True, True) == [joining.FLOWN_NOT_BOOKED]
    assert disagreements(None, booked, False, True) == []
    crew = traveller(role="crew")
    assert disagreements(crew, None, True, True) == []


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
            person = stated(manifest, source, who, stamp)
            manifest.join([person])
        assert len(manifest.persons) == 1
        (person,) = manifest.persons.values()
        ends.append((person.seen("api"), person.seen("pnr")))
    assert all(end == ends[0] for end in ends)


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ("KEVINMICHAELMR", "KEVINMICHAEL"),
        ("AMR", "AMR"),
        ("LISA MS", "LISA"),
        ("OMAR", "OMAR"),
        (None, ""),
    ],
)
def test_titles_are_taken_off_but_names_stay(given: str | None, plain: str) -> None:
    """Reservation systems glue titles to given names; OMAR and AMR are names."""
    assert plain_given(given) == plain


def test_folding_keeps_letters_only() -> None:
    """O’Brien, OBRIEN and Ó Briain's accent."""
    assert fold("O’Brien") == fold("O BRIEN") == "OBRIEN"
    assert fold("Müller") == "MULLER"


def test_names_of_a_person_come_from_every_source_once() -> None:
    """Booked name, listed name, and the name in the document."""
    person = Person(uuid.uuid4())
    person.state("pnr", "XX", ["1", "", 0], elements(traveller(given="AWAMRS")))
    documents = (Document(type="P", number="1", surname="N DIAYE", given_names="AWA"),)
    person.state("api", "XX", ["1", "", 0], elements(traveller(documents=documents)))
    assert names_of(person) == [("NDIAYE", "AWA"), ("N DIAYE", "AWA")]
