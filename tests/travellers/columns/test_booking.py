"""When, by whom and for how many a booking was made, and what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest
from tests.travellers.columns.flights import (
    DEPARTS,
    at,
    booking,
    held,
    named,
    of_booking,
    person,
    push,
    rows,
    values,
)

from vedette.travellers.records import Agency, Change, Flight, Locator, Segment

AGENCY = Agency(
    company="1A", iata="12345675", office="DKR1A0001", city="DKR", country="SN", kind="T"
)


def change(when: str | None, what: str = "other") -> Change:
    """An event of the history, at a moment in UTC."""
    return Change(at=at(when) if when else None, kind="changed", what=what)


def test_lead_time_goes_by_utc() -> None:
    """Created at 7:00 UTC ten days before; departure is at 10:00 in Addis Ababa, 7:00 UTC."""
    assert of_booking()["lead_time_h"] == 240.0


def test_a_booking_made_after_the_schedule_has_no_time_left() -> None:
    """The flight is late and still sold; two days later it is a mistake, and unknown."""
    assert of_booking(created=at("2026-11-24 08:00"))["lead_time_h"] == 0.0
    assert "lead_time_h" not in of_booking(created=at("2026-11-26 08:00"))


def test_without_departure_or_creation_there_is_no_lead_time() -> None:
    """Missing is missing, never 0."""
    nowhere = Flight(
        carrier="XX",
        number="417",
        origin="QQQ",
        destination="DSS",
        departure=at("2026-11-24 10:00"),
    )
    assert "lead_time_h" not in values(push(booking(), flight=nowhere))
    assert not {"lead_time_h", "booked_hour"} & set(of_booking(created=None))


def test_the_hour_of_booking_is_local_where_the_journey_starts() -> None:
    """22:30 UTC is half past one at night in Addis Ababa; midnight sharp is a day without a time."""
    assert of_booking(created=at("2026-11-13 22:30"))["booked_hour"] == 1
    found = of_booking(created=at("2026-11-13 00:00"))
    assert "booked_hour" not in found
    assert found["lead_time_h"] == 271.0


def test_travellers_of_the_booking() -> None:
    """Two adults and a child of six; who has no known age is not known to be a minor."""
    found = of_booking(
        person(date_of_birth=dt.date(1980, 1, 1)), person(given="SARA"),
        person(given="ABEL", date_of_birth=dt.date(2020, 5, 5)),
    )  # fmt: skip
    assert [found[f"booking_{what}"] for what in ("travellers", "adults", "minors")] == [3, 2, 1]
    assert found["is_group"] is False


def test_a_traveller_with_only_a_year_of_birth_may_be_a_minor() -> None:
    """The last day of the year counts, as for the protection of minors."""
    found = of_booking(
        person(birth_period="1980"), person(given="SARA", birth_period="2012-04"),
        person(given="ABEL", birth_period="2008"),
    )  # fmt: skip
    assert [found[f"booking_{what}"] for what in ("travellers", "minors")] == [3, 2]


def test_groups() -> None:
    """Ten travellers, or a group whose names are still to come: then the number in party counts."""
    ten = [person(given=f"N{letter}") for letter in "ABCDEFGHIJ"]
    assert of_booking(*ten)["is_group"] is True
    found = of_booking(person(), group_name=True, party=24)
    assert (found["is_group"], found["booking_travellers"]) == (True, 24)


def test_who_left_the_booking_is_not_counted() -> None:
    """A later full push leaves Sara out: one traveller remains, and none of her company is lost to her."""
    both = booking(person(), person("BEKELE", "SARA"), locator="AAA")
    hold = held(push(both, prepared="2026-11-23 06:00"), push(booking(locator="AAA")))
    found = named(hold)
    assert (found["TESFAYE"]["booking_travellers"], found["TESFAYE"]["companions"]) == (1, 0)
    assert found["BEKELE"]["companions"] == 1


def test_a_rebooked_flight_is_gone_with_the_next_full_push() -> None:
    """What a complete full push leaves out holds no more: the old way back is not flown."""
    out, back = booking().segments
    later = Segment(carrier="XX", number="418", origin="DSS", destination="ADD",
                    departure=at("2026-11-26 17:00"), arrival=at("2026-11-27 04:00"))  # fmt: skip
    found = values(
        push(booking(segments=(out, back), locator="AAA"), prepared="2026-11-23 06:00"),
        push(booking(segments=(out, later), locator="AAA")),
    )
    assert (found["legs"], found["stay_nights"]) == (2, 2)


def test_a_cancelled_booking_is_told_as_it_was() -> None:
    """A full push without it: its traveller is absent, and what was known of him stays."""
    hold = held(
        push(booking(person("BEKELE")), booking(), prepared="2026-11-23 06:00"), push(booking())
    )
    found = named(hold)["BEKELE"]
    assert (found["legs"], found["lead_time_h"]) == (2, 240.0)


@pytest.mark.parametrize("by", ["split_to", "named"])
def test_split_bookings_are_counted_on_both_sides(by: str) -> None:
    """GR8 names the other booking; the other is told of by this one's locator."""
    split = (Locator(company="XX", locator="BBB"),)
    found = named(held(push(booking(split_to=split), booking(person("BEKELE"), locator="BBB"))))
    assert found["TESFAYE" if by == "split_to" else "BEKELE"]["splits"] == 1


def test_changes_by_kind_and_in_the_last_two_days() -> None:
    """Times of the history are UTC; after departure is no longer before it."""
    found = of_booking(
        changes=(
            change("2026-11-15 08:00", "flight"), change("2026-11-22 08:00", "name"),
            change("2026-11-23 08:00", "flight"), change("2026-11-24 07:30", "seat"),
        )
    )  # fmt: skip
    names = ("changes", "itinerary_changes", "name_changes", "seat_changes", "changes_last_48h")
    assert [found[name] for name in names] == [4, 2, 1, 1, 2]


def test_no_history_is_none_where_others_have_one() -> None:
    """Many carriers never send the history: 0 is known only where bookings of the flight have one."""
    assert "changes" not in of_booking()
    found = named(held(push(booking(), booking(person("BEKELE"), changes=(change(None),)))))
    assert found["TESFAYE"]["changes"] == 0
    assert found["BEKELE"]["changes"] == 1


def test_the_last_two_days_are_unknown_before_they_begin() -> None:
    """A week before departure nothing can have changed in them; an event without a time may be in them."""
    early = DEPARTS - dt.timedelta(days=7)
    changed = (change("2026-11-15 08:00"),)
    assert "changes_last_48h" not in of_booking(changes=changed, now=early)
    assert of_booking(changes=changed)["changes_last_48h"] == 0
    assert "changes_last_48h" not in of_booking(changes=(change(None),))


@pytest.mark.parametrize(
    ("agency", "country", "abroad"),
    [
        (AGENCY, "SN", False),
        (Agency(office="CDG1A0002", city="CDG"), "FR", True),
        (Agency(iata="1", country="CHE"), "CH", True),
        (Agency(iata="1", city="QQQ"), None, None),
    ],
)
def test_the_agency_s_country_against_the_journey_s(
    agency: Agency, country: str | None, abroad: bool | None
) -> None:
    """As stated, else that of its city's airport; elsewhere is in no country of the journey."""
    found = of_booking(agency=agency)
    assert (found.get("agency_country"), found.get("agency_abroad")) == (country, abroad)


def test_an_airline_s_own_office_is_no_agency() -> None:
    """ORG type A: the airline sold it; that its office is anywhere says nothing."""
    own = Agency(company="XX", office="LON", city="LHR", country="GB", kind="A")
    found = of_booking(agency=own)
    assert found["booking_company"] == "XX"
    assert not {"agency", "agency_abroad", "agency_country", "agency_city"} & set(found)
    assert of_booking(agency=AGENCY)["agency"] == "12345675"
    assert of_booking()["booking_company"] == "XX"


def test_ticketing() -> None:
    """Ticketed a day after booking; a day without a time tells no hours; turned moments tell nothing."""
    assert of_booking(ticketed=at("2026-11-15 07:00"))["ticketed_after_h"] == 24.0
    assert "ticketed_after_h" not in of_booking(ticketed=at("2026-11-15 00:00"))
    assert "ticketed_after_h" not in of_booking(ticketed=at("2026-11-13 07:00"))


def test_no_ticket_is_known_where_others_have_one() -> None:
    """A sender who leaves tickets out altogether says nothing of any."""
    assert "no_ticket" not in of_booking()
    found = named(held(push(booking(), booking(person("BEKELE", tickets=("0711234567890",))))))
    assert (found["TESFAYE"]["no_ticket"], found["BEKELE"]["no_ticket"]) == (True, False)


def test_class_and_cabin_are_those_of_this_flight() -> None:
    """The class of the way back is another's."""
    segments: Sequence[Segment] = (
        Segment(carrier="XX", number="417", origin="ADD", destination="DSS", booking_class="J",
                cabin="C", departure=at("2026-11-24 10:00")),
        Segment(carrier="XX", number="418", origin="DSS", destination="ADD", booking_class="Y",
                cabin="Y", departure=at("2026-12-04 17:00")),
    )  # fmt: skip
    found = of_booking(segments=segments)
    assert (found["booking_class"], found["cabin"]) == ("J", "C")


def test_without_a_booking_nothing_of_it_is_said() -> None:
    """No PNR: no lead time, no payment, no company; never no and never 0."""
    from tests.travellers.columns.flights import listed

    (found,) = rows(held(listed(person())))
    assert not {
        "lead_time_h", "is_cash", "contact_missing", "has_phone", "companions", "one_way", "changes",
        "route_share", "hidden_companions", "booked_not_flown", "agreement",
    } & set(found)  # fmt: skip
