"""Computes columns of the booked journey, and of the traveller's part of the journey on this flight."""

from __future__ import annotations

from vedette.travellers.columns.aboard import Member
from vedette.travellers.columns.itinerary import Itinerary
from vedette.travellers.columns.places import country_of, same_place
from vedette.travellers.manifest import FlightRow


def booked(trip: Itinerary, flight: FlightRow) -> dict[str, object]:
    """Returns the values of the columns about the journey (kind of fact `journey`) that depend only on the
    booking.

    The values are computed only once for all bookings with the same itinerary. Unknown values are None.
    """
    if trip.columns is None:
        trip.columns = _of_trip(trip, flight) if trip.legs else {}
    return trip.columns


def _of_trip(trip: Itinerary, flight: FlightRow) -> dict[str, object]:
    legs, ends, here = trip.legs, trip.ends, trip.here
    dwells = [(gap, ends[i]) for i in trip.stops if (gap := trip.gaps[i]) is not None]
    longest = max(dwells, default=(None, None), key=lambda d: d[0])
    hubs = dict.fromkeys(end for i in trip.stops if (end := ends[i]))
    lands = dict.fromkeys(land for hub in hubs if (land := country_of(hub)))
    total = trip.travelled_km()
    back = trip.returns or trip.open_back is not None
    return {
        "journey_origin": trip.start,
        "journey_origin_country": country_of(trip.start),
        "journey_destination": trip.destination,
        "journey_destination_country": country_of(trip.destination),
        "route": trip.route(),
        "legs": len(legs),
        "route_km": round(total, 1) if total is not None else None,
        "route_detour_ratio": trip.detour(),
        "backtracking": trip.backtracks(),
        "hubs": "-".join(hubs) or None,
        "hub_countries": "-".join(lands) or None,
        "one_way": not back,
        "round_trip": same_place(trip.start, trip.open_back or ends[-1]),
        "homeward": trip.homeward,
        "stay_nights": trip.nights,
        "return_booked": None if trip.homeward else back,
        "broken_travel": _broken(trip, bool(flight.origin and flight.destination)),
        "surface_gap": trip.surface,
        "dwell_max_h": longest[0],
        "dwell_min_h": min((gap for gap, _ in dwells), default=None),
        "dwell_place": longest[1],
        "booked_onward": None if here is None else here < len(legs) - 1,
        "booking_class": legs[here].booking_class if here is not None else None,
        "cabin": legs[here].cabin if here is not None else None,
    }


def _broken(trip: Itinerary, known: bool) -> bool | None:
    """Returns whether the booked journey has an interruption. There is an interruption if a flight does not
    start where the previous flight ended. The journey is also interrupted if the booking does not contain the
    flight that the messages name, although the airports of this flight are known. Returns None if the result
    depends on an unknown place."""
    if False in trip.joins or (known and trip.here is None):
        return True
    return None if None in trip.joins else False


def columns(member: Member) -> dict[str, object]:
    """Returns the values of the columns about the journey (kind of fact `journey`) that are taken from the
    passenger list.

    Unknown values are None.
    """
    api = member.api
    if api is None:
        # Crew members are only on crew lists, not in bookings.
        return {"is_crew": False}
    return {
        "is_crew": member.crew,
        "is_transit": member.transit,
        "embarkation": api.embarkation,
        "debarkation": api.debarkation,
        "leaves_early": _leaves_early(member),
    }


def _leaves_early(member: Member) -> bool | None:
    """Returns whether the traveller leaves the journey early according to the passenger list. A traveller who
    leaves early has booked a connection within a day to a further place and does not take it (hidden-city
    ticketing). Returns False for travellers in transit."""
    api, way = member.api, member.booked.trip.onward if member.booked is not None else []
    if api is None or not api.debarkation or not way:
        return None
    if member.transit or same_place(api.debarkation, way[-1]):
        return False
    # If the place is not in the booking, it does not show whether the traveller leaves early.
    return True if any(same_place(api.debarkation, place) for place in way[:-1]) else None
