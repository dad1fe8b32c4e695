"""Finding people, and knowing one again: by document, or by name, birth date and sex without one."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from tests.travellers.app import world

from vedette.apps.accounts.models import Organisation
from vedette.apps.accounts.rules import set_scope
from vedette.apps.subjects.tables import declared
from vedette.travellers.app import rows
from vedette.travellers.app.models import JourneyClear
from vedette.travellers.app.selectors import travellers

BORN = dt.date(1979, 3, 12)


@pytest.fixture
def home(database: str) -> Iterator[Organisation]:
    """An administration; the test reads as the web role in its scope."""
    kept = world.organisation()
    with transaction.atomic():
        set_scope(str(kept.id))
        yield kept


def _names(found: travellers.Search) -> list[str]:
    return [person.journey["surname"] for person in found.people]


@pytest.mark.parametrize(
    "typed",
    [
        "de la cruz maria",
        "De la Cruz, María",
        "maria de la cruz",
        "DELACRUZ",
        "de la",
        "dela cruz m",
    ],
)
def test_names_of_several_words(home: Organisation, typed: str) -> None:
    """Where a surname ends is not known: every split and both orders are tried, accents folded."""
    world.journey(world.flight(home), world.person("DE LA CRUZ", "María"))
    world.journey(world.flight(home), world.person("DIOP", "Awa"))
    assert _names(travellers.search(name=typed)) == ["DE LA CRUZ"]


@pytest.mark.parametrize(
    "typed",
    [
        "Benzarqoti",
        "Benzarkuti",
        "benzarcouti karim",
        "Kareem Benzarqouty",
        "Бензаркути Карим",
        "K. Benzarquoti",
        "Benzaqouti Karim",
    ],
)
def test_names_that_the_screening_would_match(home: Organisation, typed: str) -> None:
    """By sound, by another letter, by another script; the reason says that the name is similar."""
    world.journey(world.flight(home), world.person("BENZARQOUTI", "Karim"))
    world.journey(world.flight(home), world.person("BENSALEM", "Karim"))
    [found] = travellers.search(name=typed).people
    assert found.journey["surname"] == "BENZARQOUTI"
    assert found.why == {"similar"}


def test_equivalents_and_short_names_are_found(home: Organisation) -> None:
    """The tables of the screening serve the search."""
    world.journey(world.flight(home), world.person("MUSTER", "Maximilian"))
    assert _names(travellers.search(name="Max Muster")) == ["MUSTER"]
    assert _names(travellers.search(name="Moritz Muster")) == []


def test_a_similar_name_out_of_scope_changes_nothing(
    home: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not another organisation's traveller, nor a restricted one; neither takes a place."""
    monkeypatch.setattr(travellers, "MOST_SIMILAR", 1)
    world.journey(world.flight(home), world.person("BENZARQOUTI", "Karim"))
    world.journey(world.flight(world.organisation("Autre")), world.person("BENZARQOUTI", "Karim"))
    hidden = world.journey(
        world.flight(home), world.person("BENZARQOUTI", "Karim"), restricted=True
    )
    JourneyClear.objects.using(world.USING).filter(journey_id=hidden.id).update(restricted=True)
    found = travellers.search(name="Benzarqoti")
    assert len(found.people) == 1
    assert found.people[0].crossings == 1
    assert not found.cut


def test_the_keys_of_names_are_not_masked_but_dropped(home: Organisation) -> None:
    """The vault keeps the row without them, whatever the values contain."""
    odd = ',"name_keys":[1]'
    kept = world.journey(world.flight(home), world.person(f"DIOP{odd}", "Awa"))
    side = declared().side_tables["travellers_journeyclear"]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {side.row} FROM {side.table} t WHERE journey_id = %s", [kept.id])
        row = json.loads(cursor.fetchone()[0])
    assert "name_keys" not in row
    assert (row["surname"], row["given_names"]) == (f"DIOP{odd}", "Awa")
    assert set(row) == {f.name for f in JourneyClear._meta.fields} - {"pk", "name_keys"}


def test_wildcards_are_letters(home: Organisation) -> None:
    """A percent sign finds nobody; what holds no letter asks nothing."""
    world.journey(world.flight(home), world.person("DIOP", "Awa"))
    for typed in ("%", "_", "%iop", "123", "d"):
        assert travellers.search(name=typed).people == []


def test_nobody_of_another_organisation(home: Organisation) -> None:
    """The search function applies the scope itself; documents go through row-level security."""
    foreign = world.flight(world.organisation("Autre"))
    world.journey(foreign, world.person("DIOP", "Awa", document="P1234567"))
    assert travellers.search(name="diop", document="P1234567").people == []


def test_one_person_of_two_journeys(home: Organisation) -> None:
    """Journeys of one document are one person; what matches more ways comes first."""
    for _ in range(2):
        world.journey(world.flight(home), world.person("DIOP", "Awa", document="PO1I4"))
    world.journey(world.flight(home), world.person("DIOPE", "Ali"))
    found = travellers.search(name="diop", document="P0114")
    assert [(p.journey["surname"], p.crossings, p.why) for p in found.people] == [
        ("DIOP", 2, {"name", "document"}),
        ("DIOPE", 1, {"name"}),
    ]


def test_a_cut_is_said(home: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    """More journeys than were looked at: the page must say so."""
    monkeypatch.setattr(travellers, "MOST", 2)
    for n in range(3):
        world.journey(world.flight(home), world.person("DIOP", f"A{n}"))
    assert travellers.search(name="diop").cut
    monkeypatch.setattr(travellers, "MOST", 3)
    assert not travellers.search(name="diop").cut


def test_known_again_without_a_document(home: Organisation) -> None:
    """Same folded name, birth date and sex; a namesake with a document of his own is another."""
    one, two = (
        world.journey(world.flight(home), world.person("DIOP", "Awa", date_of_birth=BORN, sex="F"))
        for _ in range(2)
    )
    world.journey(world.flight(home), world.person("DIOP", "Awa", document="P1"))
    key = JourneyClear.objects.get(journey_id=one.id).name_key
    journeys, cut = travellers.journeys_of(one, key)
    assert (set(journeys), cut) == ({one.id, two.id}, False)
    assert {row["id"] for row in travellers.crossings(journeys)} == {one.id, two.id}


def test_beginnings_try_every_split() -> None:
    """Eight words at most, so that a pasted page asks a bounded number of questions."""
    assert rows.beginnings("a b") == ["ab", "a b", "b a"]
    assert len(rows.beginnings("w " * 40)) <= 15
    assert rows.beginnings("!?") == []
