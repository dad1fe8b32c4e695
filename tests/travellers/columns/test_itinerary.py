"""The booked itinerary: order, turning point, stops and breaks, in the cases that real bookings have."""

from __future__ import annotations

import datetime as dt

import pytest
from tests.travellers.columns.flights import BACK, FLIGHT, OUT, booking, held, leg, of_booking, push

from vedette.core.statements import elements
from vedette.travellers.columns.itinerary import Itinerary
from vedette.travellers.manifest import FlightRow
from vedette.travellers.records import Flight, Segment


def row(flight: Flight = FLIGHT) -> FlightRow:
    """The flight of these tests as stored."""
    return held(push(booking(), flight=flight)).row


def trip(*segments: Segment, flight: Flight = FLIGHT) -> Itinerary:
    """The itinerary that these segments make for the flight."""
    return Itinerary([elements(s) for s in segments], row(flight))


VIA = (
    leg("ADD", "IST", "23 23:00", "24 04:00", number="700"),
    leg("IST", "DSS", "24 07:00", "24 12:00", number="701"),
)
VIA_FLIGHT = Flight(
    carrier="XX", number="701", origin="IST", destination="DSS",
    departure=dt.datetime(2026, 11, 24, 7), arrival=dt.datetime(2026, 11, 24, 12),
)  # fmt: skip
HOME = (
    leg("DSS", "IST", "28 02:00", "28 11:00", number="702"),
    leg("IST", "ADD", "28 20:00", "29 01:00", number="703"),
)


def test_the_journey_turns_where_it_stays_longest() -> None:
    """ADD-IST-DSS, four nights, and back: DSS is the destination, IST a hub on both ways."""
    found = trip(*VIA, *HOME, flight=VIA_FLIGHT)
    assert (found.start, found.destination, found.turn, found.here) == ("ADD", "DSS", 1, 1)
    assert found.route() == "ADD-IST-DSS-IST-ADD"
    assert found.nights == 4
    assert [found.ends[i] for i in found.stops] == ["IST", "IST"]
    assert found.homeward is False


def test_segments_are_put_in_order_whatever_their_order_in_the_store() -> None:
    """Stored items are sorted by their text, and the stored state keeps no order of its own."""
    assert trip(*HOME, *VIA, flight=VIA_FLIGHT).route() == "ADD-IST-DSS-IST-ADD"


def test_a_journey_without_a_way_back_goes_to_its_end() -> None:
    """A stop of days on the way is a stop: nothing leads back."""
    found = trip(
        leg("ADD", "IST", "18 23:00", "19 04:00"), leg("IST", "DSS", "24 07:00", "24 12:00"),
        flight=VIA_FLIGHT,
    )  # fmt: skip
    assert (found.destination, found.returns, found.nights) == ("DSS", False, None)


def test_open_jaw_comes_back_to_the_country() -> None:
    """Out of Lyons, back to Paris: a way back to France, though not to where it began."""
    values = of_booking(
        segments=(
            leg("LYS", "ADD", "23 22:00", "24 07:00"), OUT,
            leg("DSS", "CDG", "29 23:00", "30 06:00"),
        )
    )  # fmt: skip
    assert values["one_way"] is False
    assert values["round_trip"] is False
    assert values["stay_nights"] == 5
    assert values["journey_destination"] == "DSS"


def test_a_domestic_feeder_is_no_way_back() -> None:
    """LYS-CDG-ADD: the journey has not left France when it changes in Paris."""
    found = trip(
        leg("LYS", "CDG", "23 18:00", "23 19:00"), leg("CDG", "ADD", "23 21:00", "24 06:00"), OUT
    )
    assert (found.returns, found.destination) == (False, "DSS")


def test_on_the_way_back_the_flight_is_homeward() -> None:
    """This flight ends a visit to Ethiopia of three nights: no return is asked for."""
    values = of_booking(segments=(leg("DSS", "ADD", "20 17:00", "21 04:00"), OUT))
    assert values["homeward"] is True
    assert values["stay_nights"] == 3
    assert "return_booked" not in values
    assert values["booked_onward"] is False
    assert (values["journey_origin"], values["journey_destination"]) == ("DSS", "ADD")


def test_nights_are_counted_where_they_are_spent_across_the_date_line() -> None:
    """Auckland, Los Angeles and back: landing is earlier by the clock than departure, and all is well."""
    flight = Flight(
        carrier="XX", number="5", origin="AKL", destination="LAX",
        departure=dt.datetime(2026, 11, 24, 20), arrival=dt.datetime(2026, 11, 24, 11),
    )  # fmt: skip
    found = trip(
        leg("AKL", "LAX", "24 20:00", "24 11:00", number="5"),
        leg("LAX", "AKL", "26 21:30", "28 07:00", number="6"),
        flight=flight,
    )
    assert (found.here, found.nights, found.route()) == (0, 2, "AKL-LAX-AKL")
    assert found.gaps == [58.5]


def test_a_connection_over_the_change_of_clocks_goes_by_utc() -> None:
    """On 25 October 2026 at 3:00 it is 2:00 again in Paris: 1:30 to 4:30 is four hours."""
    found = trip(
        Segment(origin="ADD", destination="CDG", departure=dt.datetime(2026, 10, 24, 20),
                arrival=dt.datetime(2026, 10, 25, 1, 30)),
        Segment(origin="CDG", destination="LHR", departure=dt.datetime(2026, 10, 25, 4, 30),
                arrival=dt.datetime(2026, 10, 25, 4, 50)),
    )  # fmt: skip
    assert found.gaps == [4.0]


def test_an_unknown_airport_leaves_out_what_depends_on_it() -> None:
    """QQQ is no airport: no distance, no country; order and gap go by the clock of the same place."""
    values = of_booking(
        segments=(
            leg("QQQ", "ADD", "24 04:00", "24 07:00"), OUT,
            leg("DSS", "QQQ", "29 10:00", "29 22:00"),
        )
    )  # fmt: skip
    assert values["route"] == "QQQ-ADD-DSS-QQQ"
    assert values["one_way"] is False
    assert values["round_trip"] is True
    assert values["dwell_max_h"] == 3.0
    assert not {"route_km", "route_detour_ratio", "backtracking", "journey_origin_country"} & set(
        values
    )


def test_missing_airports_and_times_break_nothing() -> None:
    """A segment with nothing but a carrier is kept as a flight; nothing is made up for it."""
    values = of_booking(segments=(Segment(carrier="XX"), leg(None, "DSS", "", "")))
    assert values["legs"] == 2
    assert "route" not in values
    assert "stay_nights" not in values
    assert values["broken_travel"] is True


def test_a_booking_without_flights_says_nothing_of_the_journey() -> None:
    """Not one way, not broken: unknown."""
    values = of_booking(segments=())
    assert not {"legs", "one_way", "broken_travel", "route", "booked_onward"} & set(values)


def test_cancelled_and_refused_flights_are_not_of_the_itinerary() -> None:
    """RPI HX and UN: the carrier flies the traveller on the other one."""
    gone = leg("DSS", "ADD", "28 17:00", "29 04:00", number="418", status="HX")
    assert of_booking(segments=(OUT, gone))["one_way"] is True
    assert of_booking(segments=(OUT, gone, BACK))["stay_nights"] == 10


def test_a_flight_stated_twice_is_one() -> None:
    """A schedule change leaves the old time beside the new one; a codeshare comes under both numbers."""
    later = leg("DSS", "ADD", "28 19:00", "29 06:00", number="418")
    moved = of_booking(
        segments=(OUT, leg("DSS", "ADD", "28 17:00", "29 04:00", number="418"), later)
    )
    assert (moved["legs"], moved["route"]) == (2, "ADD-DSS-ADD")
    shared = of_booking(
        segments=(leg("ADD", "DSS", "24 10:00", "24 15:00", carrier="YY", number="8"), OUT)
    )
    assert (shared["legs"], shared["broken_travel"]) == (1, False)


def test_a_codeshare_is_this_flight_under_another_number() -> None:
    """Booked as YY 5417, operated as XX 417: by its number where stated, else by its places and day."""
    for more in ({"operating_carrier": "XX", "operating_number": "0417"}, {}):
        found = trip(leg("ADD", "DSS", "24 10:00", "24 15:00", carrier="YY", number="5417", **more))
        assert found.here == 0


def test_a_flight_of_several_stops_is_found_by_its_number() -> None:
    """Booked NBO-DSS on XX 417, which the messages follow from Addis Ababa on."""
    values = of_booking(segments=(leg("NBO", "DSS", "24 07:00", "24 15:00", number="417"),))
    assert values["broken_travel"] is False
    assert values["booked_onward"] is False


def test_another_day_is_another_flight() -> None:
    """The same number a week later is not this flight: its booking does not have it."""
    values = of_booking(segments=(leg("ADD", "DSS", "30 10:00", "30 15:00", number="417"),))
    assert values["broken_travel"] is True
    assert "booked_onward" not in values
    assert "homeward" not in values


def test_a_gap_in_location_is_broken_travel_two_airports_of_a_city_are_none() -> None:
    """CDG and ORY are one place to a traveller; CDG and LYS are not."""
    first = leg("ADD", "CDG", "23 22:00", "24 05:00")
    assert trip(first, leg("ORY", "DSS", "24 10:00", "24 14:00")).joins == [True]
    found = trip(first, leg("LYS", "DSS", "24 18:00", "24 22:00"))
    assert found.joins == [False]
    assert found.route() == "ADD-CDG//LYS-DSS"
    assert found.detour() is None


def test_a_place_that_is_no_airport_breaks_nothing() -> None:
    """Stations and cities have codes of their own (XPG, PAR): whether the next flight starts there is
    not known, nor whether the journey ends where it began."""
    found = of_booking(
        segments=(
            leg("PAR", "CDG", "24 01:00", "24 02:00"), leg("ORY", "ADD", "24 03:00", "24 08:00"), OUT,
            leg("XPG", "CDG", "29 10:00", "29 22:00"),
        )
    )  # fmt: skip
    assert not {"broken_travel", "round_trip"} & set(found)


def test_a_stretch_without_a_flight_is_named_by_the_booking() -> None:
    """ARNK is a stretch by other means; OPEN with a carrier is a return without a date."""
    surface = Segment(surface=True)
    assert of_booking(segments=(OUT, surface))["surface_gap"] is True
    back = Segment(carrier="XX", origin="DSS", destination="ADD", surface=True)
    values = of_booking(segments=(OUT, back))
    assert (values["surface_gap"], values["one_way"], values["return_booked"]) == (
        False,
        False,
        True,
    )
    assert values["round_trip"] is True
    assert "stay_nights" not in values


def test_detour_and_backtracking() -> None:
    """Addis Ababa to Dakar over Dubai: twice the way, and the first flight leads away from Dakar."""
    away = trip(
        leg("ADD", "DXB", "23 20:00", "24 01:00"), leg("DXB", "DSS", "24 08:00", "24 15:00"),
        flight=Flight(carrier="XX", number="900", origin="DXB", destination="DSS",
                      departure=dt.datetime(2026, 11, 24, 8)),
    )  # fmt: skip
    assert away.detour() == pytest.approx(1.66, abs=0.1)
    assert away.backtracks() is True
    hub = trip(*VIA, flight=VIA_FLIGHT)
    assert hub.backtracks() is False
    assert trip(OUT, BACK).detour() == 1.0


def test_the_way_on_ends_with_the_connections_of_a_day() -> None:
    """What follows within 24 hours is the same part of the journey; a stay or the way back is not."""
    on = leg("DSS", "ABJ", "24 18:00", "24 20:30")
    assert trip(OUT, on).onward == ["DSS", "ABJ"]
    assert trip(OUT, leg("DSS", "ABJ", "27 18:00", "27 20:30")).onward == ["DSS"]
    assert trip(OUT, leg("DSS", "ADD", "24 20:00", "25 07:00")).onward == ["DSS"]
    assert trip(leg("NBO", "KGL", "24 10:00", "24 11:00")).onward == []


def test_hostile_itineraries_are_bounded() -> None:
    """A thousand flights, and years beyond all calendars, cost and raise nothing."""
    many = [leg("ADD", "DSS", "24 10:00", "24 15:00", number=str(n)) for n in range(1000)]
    assert len(trip(*many).legs) <= 40
    odd = Segment(
        origin="AKL", destination="ADD", departure=dt.datetime(1, 1, 1), arrival=dt.datetime.max
    )
    assert trip(odd, OUT).here is not None
