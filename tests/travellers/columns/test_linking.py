"""Bookings of one flight that belong together though nothing in them says so."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from tests.travellers.columns.flights import BACK, OUT, at, booking, held, leg, named, person, push

from vedette.core.parties import Contacts
from vedette.travellers.columns.company import COMMON
from vedette.travellers.records import Agency, BookedBag, Booking, Payment, Seat, Traveller

Found = dict[str, dict[str, object]]


def flight(*bookings: Booking) -> Found:
    """The values of everybody by surname."""
    return named(held(push(*bookings)))


def hidden(found: Found) -> list[object]:
    """The number of hidden companions of each."""
    return [one["hidden_companions"] for one in found.values()]


def card(number: str) -> tuple[Payment, ...]:
    """Paid with this card."""
    return (Payment(type="CC", card_number=number),)


LINKS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {"contacts": Contacts(phones=("+251 91 155 0100",))},
        {"contacts": Contacts(phones=("0911550100",))},
    ),
    (
        {"contacts": Contacts(emails=("a+x@example.org",))},
        {"contacts": Contacts(emails=("A@EXAMPLE.ORG",))},
    ),
    ({"payments": card("400000XXXXXX1234")}, {"payments": card("400000XXXXXX1234")}),
    (
        {"bags": (BookedBag(tag="1", pool="HP", pool_id="7", traveller=0),)},
        {"bags": (BookedBag(tag="2", pool="MP", pool_id="7", traveller=0),)},
    ),
]


@pytest.mark.parametrize(("one", "two"), LINKS, ids=["phone", "e-mail", "card", "pool"])
def test_what_two_bookings_share(one: dict[str, Any], two: dict[str, Any]) -> None:
    """However it is written; the third booking shares nothing."""
    found = flight(
        booking(person("ONE"), **one), booking(person("TWO"), **two), booking(person("THREE"))
    )
    assert hidden(found) == [1, 1, 0]


def test_within_a_booking_nobody_hides() -> None:
    """Its travellers share telephone and card openly."""
    found = flight(
        booking(person("ONE"), person("TWO"), contacts=Contacts(phones=("+251911550100",)))
    )
    assert hidden(found) == [0, 0]


def test_what_very_many_share_links_nobody() -> None:
    """An agency's own telephone is in all the bookings it makes."""
    phone = Contacts(phones=("+251911550100",))
    many = [booking(person(f"N{'ABCDEFGHIJKL'[n]}"), contacts=phone) for n in range(COMMON + 1)]
    assert set(hidden(flight(*many))) == {0}
    assert set(hidden(flight(*many[:COMMON]))) == {COMMON - 1}


def test_somebody_booked_twice_is_not_his_own_companion() -> None:
    """A second booking of the same person shares his telephone."""
    phone = Contacts(phones=("+251911550100",))
    hold = held(
        push(booking(person("ONE"), contacts=phone), booking(person("ONE"), contacts=phone))
    )
    people = list(hold.manifest.persons.values())
    assert len(people) == 2
    assert set(hidden(named(hold))) == {0}


def test_hidden_companions_next_to_each_other() -> None:
    """12A and 12B are neighbours, 12A and 12C are not; H and J are, for no row has an I."""

    def seated(surname: str, seat: str) -> Booking:
        seats = (Seat(traveller=0, number=seat, origin="ADD", destination="DSS"),)
        return booking(person(surname), seats=seats, contacts=Contacts(phones=("+251911550100",)))

    found = flight(
        seated("ONE", "12A"), seated("TWO", "012B"), seated("THREE", "12C"), seated("FOUR", "13A")
    )
    assert [one["adjacent_hidden_companions"] for one in found.values()] == [1, 2, 1, 0]
    found = flight(seated("ONE", "12H"), seated("TWO", "12J"), seated("THREE", "ZZ"))
    assert [one["adjacent_hidden_companions"] for one in found.values()] == [1, 1, 0]


def test_one_card_for_young_travellers_of_several_bookings() -> None:
    """Three bookings, a card; under 25 counts, and only those of the other bookings."""

    def paid(surname: str, born: int) -> Booking:
        one = person(surname, date_of_birth=dt.date(born, 1, 1))
        return booking(one, payments=card("400000XXXXXX1234"))

    found = flight(
        paid("ONE", 2007), paid("TWO", 2006), paid("THREE", 1970), booking(person("FOUR"))
    )
    assert [one.get("same_card_bookings") for one in found.values()] == [2, 2, 2, None]
    assert [one.get("same_card_young") for one in found.values()] == [1, 1, 2, None]


def test_a_card_that_shows_too_little_is_no_card() -> None:
    """XXXXXXXXXXXX1234: four digits are those of many."""
    found = flight(*(booking(person(n), payments=card("XXXXXXXXXXXX1234")) for n in ("ONE", "TWO")))
    assert hidden(found) == [0, 0]
    assert "same_card_bookings" not in found["ONE"]


AGENCY = Agency(iata="12345675", kind="T")


def sold(surname: str, when: str, **more: Any) -> Booking:
    """A booking that the agency made at a moment of 14 November, UTC."""
    return booking(person(surname), created=at(f"2026-11-14 {when}"), agency=AGENCY, **more)


def test_bookings_made_one_after_the_other() -> None:
    """Within ten minutes for the same flights they belong together; an hour later they do not."""
    found = flight(sold("ONE", "07:01"), sold("TWO", "07:09"), sold("THREE", "08:30"))
    assert hidden(found) == [1, 1, 0]
    assert [one["same_agency_minutes"] for one in found.values()] == [1, 1, 0]


def test_the_same_agency_to_the_same_destination() -> None:
    """Fifteen minutes, whatever the way back; another destination is another customer's."""
    elsewhere = (OUT, leg("DSS", "ABJ", "24 18:00", "24 20:00"))
    later = (OUT, BACK.__class__(origin="DSS", destination="ADD", departure=at("2026-12-09 17:00")))
    found = flight(
        sold("ONE", "07:00"), sold("TWO", "07:14", segments=later),
        sold("THREE", "07:05", segments=elsewhere),
    )  # fmt: skip
    assert [one["same_agency_minutes"] for one in found.values()] == [1, 1, 0]
    assert hidden(found) == [0, 0, 0]


def test_days_without_a_time_are_no_same_minute() -> None:
    """Midnight sharp is how a day alone reads: all bookings of the day would seem made together."""
    found = flight(sold("ONE", "00:00"), sold("TWO", "00:00"))
    assert hidden(found) == [0, 0]
    assert "same_agency_minutes" not in found["ONE"]


def test_ticket_numbers_that_follow_each_other() -> None:
    """A sale's numbers follow each other; within a booking that is the rule, across bookings a sign."""

    def ticketed(surname: str, *numbers: str) -> Booking:
        people: list[Traveller] = [
            person(surname, f"G{'ABC'[n]}", tickets=(number,)) for n, number in enumerate(numbers)
        ]
        return booking(*people)

    found = flight(
        ticketed("ONE", "0712400000001", "0712400000002"), ticketed("TWO", "0712400000003"),
        ticketed("THREE", "0712400000100"), ticketed("FOUR", "9" * 5000), booking(person("FIVE")),
    )  # fmt: skip
    assert [one.get("sequential_tickets") for one in found.values()] == [
        True,
        True,
        False,
        False,
        None,
    ]


def test_who_is_restricted_links_nobody() -> None:
    """GDPR art. 18: what is restricted is stored and not used, not even beside another's."""
    phone = Contacts(phones=("+251911550100",))
    hold = held(
        push(booking(person("ONE"), contacts=phone), booking(person("TWO"), contacts=phone))
    )
    list(hold.manifest.persons.values())[1].row["restricted"] = True
    from tests.travellers.columns.flights import NOW

    from vedette.travellers import columns

    (found,) = columns.values(hold, list(hold.manifest.persons.values())[:1], {}, NOW)
    assert found["hidden_companions"] == 0
