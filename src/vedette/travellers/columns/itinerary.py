"""Computes the booked itinerary: its flights in order, the airport at which the traveller turns back, the
stops, and the time between flights.

The order of flights and the times between them are computed in UTC, or from local times at the same airport.
Nights are counted in calendar days of the local time at the place where they are spent. A value that depends
on an unknown airport or time is missing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

from vedette.travellers.columns.places import country_of, km, moment, same_place, utc, zone_of
from vedette.travellers.manifest import FlightRow

#: Status codes (PADIS 4405) of a flight that was refused or cancelled, or that the carrier does not operate.
NOT_FLOWN = frozenset({"UN", "UC", "NO", "HX", "XX", "XL", "XK", "US"})
#: A stop of at most this number of hours is a connection. A longer stop is a stay (IATA, fare construction).
CONNECTION_H = 24.0
#: The largest number of flights of an itinerary that are examined, because no real itinerary has more.
#: Further flights are ignored.
_MOST_LEGS = 40
#: A flight leads away from the destination if its end is farther from the destination than its start is. The
#: difference must exceed both margins, because a smaller difference is usual on the way to a hub.
_AWAY_KM, _AWAY_SHARE = 500.0, 0.15
#: On a shorter journey, a ratio of distances has no meaning.
_LEAST_KM = 100.0
#: If a booking contains a flight twice with departures within this time, it is the same flight, because
#: schedules change.
_SAME_FLIGHT = dt.timedelta(hours=24)
T = TypeVar("T")


class Leg(NamedTuple):
    """Describes one booked flight (leg). The times of a leg are local times as stated. If the airports are
    known, the record also contains the times in UTC."""

    origin: str | None
    destination: str | None
    carrier: str
    number: str
    operating: str
    booking_class: str | None
    cabin: str | None
    leaves_local: dt.datetime | None
    lands_local: dt.datetime | None
    leaves: dt.datetime | None
    lands: dt.datetime | None


def _plain(number: str | None) -> str:
    return (number or "").upper().lstrip("0")


#: The segment fields of a leg, in the order of the parameters of `_leg`.
_OF_LEG = (
    "origin", "destination", "carrier", "number", "operating_carrier", "operating_number", "booking_class",
    "cabin", "departure", "arrival",
)  # fmt: skip


@lru_cache(maxsize=8192)
def _leg(
    origin: str | None,
    destination: str | None,
    carrier: str | None,
    number: str | None,
    operator: str | None,
    operated: str | None,
    booking_class: str | None,
    cabin: str | None,
    leaves: str | None,
    lands: str | None,
) -> Leg:
    """Returns the leg that the fields of a segment describe. Legs are cached, because most bookings contain
    the same flights."""
    departure, arrival = moment(leaves), moment(lands)
    return Leg(
        origin,
        destination,
        (carrier or "").upper(),
        _plain(number),
        f"{operator or ''}{_plain(operated)}" if operated else "",
        booking_class,
        cabin,
        departure,
        arrival,
        utc(departure, origin),
        utc(arrival, destination),
    )


class Itinerary:
    """Contains the flights (legs) of a booking in order. `here` is the index of the flight of the messages,
    or None if the booking does not contain this flight.

    `ends` contains the destination of each leg. `turn` is the index of the last leg of the outbound part. If
    there is no return, `turn` is the index of the last leg of the journey. `returns` is true if the itinerary
    ends with a journey back. `destination` is the airport at which the outbound part ends. `homeward` is true
    if the flight of the messages belongs to the return, or None if the booking does not contain this flight.
    `gaps[i]` is the number of hours between leg i and the next leg. `joins[i]` is true if the next leg starts
    where leg i ends, or None if one of the places is unknown. `surface` is true if a part of the journey is
    not a flight (ARNK). `open_back` is the destination of a return flight without a date (OPEN), or None if
    there is no such flight. `countries` contains the countries of all airports. `nights` is the number of
    nights at the destination before the return. `onward` contains the airports that the traveller reaches
    with the flight of the messages and with connections within a day. The last airport in `onward` is the end
    of this part of the journey. If the booking does not contain the flight, `onward` is empty. `columns`
    caches the columns that the module `journey` computes.
    """

    __slots__ = (
        "columns", "countries", "destination", "ends", "gaps", "here", "homeward", "joins", "legs", "nights",
        "onward", "open_back", "returns", "start", "surface", "turn",
    )  # fmt: skip

    def __init__(self, said: Iterable[Mapping[str, Any]], flight: FlightRow) -> None:
        legs: list[Leg] = []
        undated: list[str] = []
        self.surface = False
        for segment in said:
            if segment.get("surface"):
                # A part of the journey that is not a flight has no carrier. A flight without a date has a
                # carrier.
                if segment.get("carrier") and segment.get("destination"):
                    undated.append(segment["destination"])
                else:
                    self.surface = True
            elif (segment.get("status") or "") not in NOT_FLOWN:
                legs.append(_leg(*map(segment.get, _OF_LEG)))
        self.legs = legs = once(
            _ordered(legs)[:_MOST_LEGS],
            lambda leg: ((leg.origin, leg.destination), leg.leaves_local),
            lambda leg: _numbered(leg, flight),
        )
        self.start = legs[0].origin if legs else None
        self.ends = [leg.destination for leg in legs]
        pairs = list(pairwise(legs))
        self.gaps = [_gap(one, two) for one, two in pairs]
        self.joins = [same_place(one.destination, two.origin) for one, two in pairs]
        self.here = _find(legs, flight)
        self.turn = self._turn()
        self.returns = self.turn < len(legs) - 1
        self.destination = self.ends[self.turn] if legs else None
        self.homeward = None if self.here is None else self.here > self.turn
        self.nights = self._nights()
        self.onward = self._onward()
        self.columns: dict[str, object] | None = None
        self.open_back = next((end for end in undated if self._left(end)), None)
        places = {place for leg in legs for place in (leg.origin, leg.destination)}
        self.countries = {land for place in places if (land := country_of(place))}

    def _left(self, place: str) -> bool:
        """Returns whether the journey includes an airport in the country of `place`, but does not end in this
        country."""
        land, last = country_of(place) or place, self.ends[-1] if self.ends else None
        before = {self.start, *self.ends[:-1]}
        return land in {country_of(p) or p for p in before} and land != (country_of(last) or last)

    def _turn(self) -> int:
        """Returns the index of the last leg of the outbound part. The return begins after a leg if a later
        leg ends in a country that was visited before this leg. For domestic flights, airports are compared
        instead of countries. If the return could begin after any of several legs, returns the leg before the
        longest stay. If no stay is longer than a connection, returns the leg that ends farthest from the
        start."""
        legs = self.legs
        last = len(legs) - 1
        if last < 1:
            return last
        start = country_of(self.start) or self.start
        seen = [country_of(end) or end for end in self.ends]
        if all(place == start for place in seen):
            start, seen = self.start, list(self.ends)
        back = [i for i in range(last) if ({start, *seen[:i]} - {seen[i]}) & set(seen[i + 1 :])]
        if not back:
            return last
        longest = max(back, key=lambda i: self.gaps[i] or 0.0)
        if (self.gaps[longest] or 0.0) >= CONNECTION_H:
            return longest
        return max(back, key=lambda i: km(self.start, self.ends[i]) or 0.0)

    @property
    def stops(self) -> list[int]:
        """Returns the indexes of the legs that are followed by a stop: all legs except the last leg and the
        last leg of the outbound part."""
        return [i for i in range(len(self.legs) - 1) if i != self.turn]

    def _onward(self) -> list[str | None]:
        if self.here is None:
            return []
        at, last = self.here, len(self.legs) - 1
        while at < last and at != self.turn and self.joins[at]:
            gap = self.gaps[at]
            if gap is None or gap > CONNECTION_H:
                break
            at += 1
        return self.ends[self.here : at + 1]

    def _nights(self) -> int | None:
        if not self.returns:
            return None
        one, two = self.legs[self.turn], self.legs[self.turn + 1]
        place, other = one.destination, two.origin
        if place and (place == other or zone_of(place) == zone_of(other) is not None):
            arrived, left = one.lands_local, two.leaves_local
            nights = (left.date() - arrived.date()).days if arrived and left else None
        else:
            # The next departure is from another time zone, so the local days cannot be compared.
            nights = (two.leaves - one.lands).days if one.lands and two.leaves else None
        return nights if nights is not None and nights >= 0 else None

    def travelled_km(self, first: int = 0, last: int | None = None) -> float | None:
        """Returns the total great-circle length of the legs from `first` to `last` (exclusive) in
        kilometres."""
        lengths = [km(leg.origin, leg.destination) for leg in self.legs[first:last]]
        known = [length for length in lengths if length is not None]
        return sum(known, 0.0) if len(known) == len(lengths) else None

    def detour(self) -> float | None:
        """Returns the total length of the outbound legs, divided by the great-circle distance from the start
        to the destination."""
        direct = km(self.start, self.destination)
        if direct is None or direct < _LEAST_KM or not all(self.joins[: self.turn]):
            return None
        travelled = self.travelled_km(0, self.turn + 1)
        return round(travelled / direct, 3) if travelled is not None else None

    def backtracks(self) -> bool | None:
        """Returns whether a leg clearly leads away from the destination of its part of the journey
        (`_AWAY_KM`, `_AWAY_SHARE`)."""
        known = True
        for first, last in ((0, self.turn + 1), (self.turn + 1, len(self.legs))):
            if first == last:
                continue
            target = self.ends[last - 1]
            direct = km(self.legs[first].origin, target)
            for leg in self.legs[first:last]:
                before, after = km(leg.origin, target), km(leg.destination, target)
                if before is None or after is None or direct is None:
                    known = False
                elif after - before > max(_AWAY_KM, _AWAY_SHARE * direct):
                    return True
        return False if known else None

    def route(self) -> str | None:
        """Returns the route in the form `ADD-IST-DSS`. If a flight does not start where the previous flight
        ended, the text contains `//` before the origin of this flight. Returns None if an airport is
        missing."""
        if not self.legs or self.start is None or None in self.ends:
            return None
        parts = [self.start]
        for at, leg in enumerate(self.legs):
            if at and leg.origin != self.ends[at - 1]:
                parts.append(f"//{leg.origin or ''}")
            parts.append(f"-{leg.destination}")
        return "".join(parts)


def _ordered(legs: list[Leg]) -> list[Leg]:
    """Sorts legs by departure in UTC. If an airport is unknown, all legs are sorted by local time, with
    undated legs last."""
    if all(leg.leaves is not None for leg in legs):
        return sorted(legs, key=lambda leg: leg.leaves)  # type: ignore[arg-type,return-value]
    return sorted(legs, key=lambda leg: leg.leaves_local or dt.datetime.max)


def once(
    legs: Iterable[T],
    of: Callable[[T], tuple[tuple[str | None, str | None], dt.datetime | None]],
    own: Callable[[T], bool],
) -> list[T]:
    """Removes consecutive duplicates of a flight, which result from a schedule change or from the two numbers
    of a codeshare. The duplicate for which the function `own` returns true is kept. If `own` returns false
    for all duplicates, the last duplicate is kept. Two legs are treated as the same flight if they have the
    same origin and destination and depart within a day of each other. The function `of` returns the places
    and the local departure time of a leg."""
    kept: list[T] = []
    for leg in legs:
        ends, leaves = of(leg)
        before, left = of(kept[-1]) if kept else (None, None)
        if ends != before or leaves is None or left is None or abs(leaves - left) >= _SAME_FLIGHT:
            kept.append(leg)
        elif not own(kept[-1]):
            kept[-1] = leg
    return kept


def _gap(one: Leg, two: Leg) -> float | None:
    """Returns the number of hours from the landing to the next departure. The hours are computed from UTC, or
    from local time if the landing and the departure are at the same airport."""
    if one.lands is not None and two.leaves is not None:
        gap = two.leaves - one.lands
    elif one.lands_local and two.leaves_local and one.destination == two.origin is not None:
        gap = two.leaves_local - one.lands_local
    else:
        return None
    hours = gap.total_seconds() / 3600
    return round(hours, 2) if hours >= 0 else None


def _numbered(leg: Leg, flight: FlightRow) -> bool:
    return (leg.carrier, leg.number) == (flight.carrier, flight.number) or (
        leg.operating == flight.carrier + flight.number
    )


def _find(legs: Sequence[Leg], flight: FlightRow) -> int | None:
    """Returns the index of the leg that is the given flight. The leg must depart within a day of the flight.
    A leg with the same origin and destination is also accepted, so that codeshare flights are found. A leg
    with the same flight number and the same origin or destination is also accepted, so that flights with
    several stops are found."""
    best: tuple[int, int] | None = None
    for at, leg in enumerate(legs):
        day = leg.leaves_local.date() if leg.leaves_local else None
        if day is not None and abs((day - flight.departs_on).days) > 1:
            continue
        numbered = _numbered(leg, flight)
        ends = (leg.origin == flight.origin) + (leg.destination == flight.destination)
        if ends == 2 or (numbered and (ends or not (flight.origin and flight.destination))):
            score = 4 * ends + 2 * numbered + (day == flight.departs_on)
            if best is None or score > best[0]:
                best = (score, at)
    return best[1] if best else None
