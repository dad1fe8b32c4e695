"""Finds anomalies of a route: destinations under an embargo, detours, backtracking, transhipment hubs and
free zones, and goods that return to their origin.

A route consists of countries and places, in the order in which the goods pass them. A place is a UN/LOCODE or
the IATA code of an airport. The coordinates of seaports are part of vedette (`lists/places.csv`). The
coordinates of airports come from the package airportsdata. If only the country is known, the route passes the
most central airport of the country. The distances are then computed in favour of the trader: the radius of
the country shortens each leg and lengthens the direct distance.

Distances are great-circle distances between the stops. A ship travels farther than the great-circle distance,
but its direct route is also longer than the great-circle distance. An anomaly is not a decision: the reason
for most detours is cheap freight.
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
import importlib.resources
import itertools
import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple

import airportsdata
import msgspec

from vedette.core import codes
from vedette.core.records import Record
from vedette.core.texts import Day, Param, Text, gettext_lazy, pgettext_lazy
from vedette.goods.records import Consignment, Item, Message

if TYPE_CHECKING:
    import numpy as np

Kind = Literal[
    "embargo_destination", "embargo_on_route", "origin_is_destination", "returns", "detour",
    "backtracking", "hub",
]  # fmt: skip
#: A detour is at least this multiple of the direct distance, and at least so many kilometres longer.
DETOUR_RATIO, DETOUR_KM = 1.8, 2_500.0
#: Backtracking: one leg leads away from the destination by at least so many kilometres, and by at least this
#: share of the distance that was left.
BACK_KM, BACK_SHARE = 1_000.0, 0.25
#: Greatest number of stops that are examined. A longer route is an error of the sender.
MAX_STOPS = 40
_EARTH_KM = 6371.0


class Stop(NamedTuple):
    """A stop of a route: the code as stated, its country, its coordinates in degrees, and the radius in
    kilometres around these coordinates within which the stop lies."""

    code: str
    country: str
    latitude: float
    longitude: float
    radius: float = 0.0


class Embargo(Record, frozen=True, kw_only=True):
    """An arms embargo of the United Nations. `scope` is territorial, non_governmental or persons."""

    country: str
    scope: str
    target: str
    basis: str
    valid_from: dt.date
    valid_to: dt.date | None = None

    def valid_on(self, day: dt.date) -> bool:
        """Returns whether the embargo is in force on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class Hub(Record, frozen=True, kw_only=True):
    """A place or a country in which goods are often transhipped. `kind` is transhipment_port, free_zone or
    transhipment_country."""

    code: str
    kind: str
    name: str
    source: str


class Way(Record, frozen=True, kw_only=True):
    """The route of an item. `origin` is the country of origin of the goods. `stops` contains the countries
    and places from the dispatch to the destination, in order. `destination` is the country of destination."""

    day: dt.date
    origin: str | None = None
    dispatch: str | None = None
    stops: tuple[str, ...] = ()
    destination: str | None = None


class Oddity(Record, frozen=True, kw_only=True):
    """One anomaly of a route, with the codes of the stops that it concerns. An anomaly is not a decision."""

    kind: Kind
    sentence: Text
    stops: tuple[str, ...] = ()
    numbers: dict[str, float] = msgspec.field(default_factory=dict)


# --- data -----------------------------------------------------------------------------------------


def _rows(name: str) -> Iterator[dict[str, str]]:
    file = importlib.resources.files("vedette.goods") / "lists" / name
    yield from csv.DictReader(file.read_text(encoding="utf-8").splitlines())


@functools.cache
def embargoes() -> tuple[Embargo, ...]:
    """Returns the arms embargoes of the United Nations that vedette knows."""
    return tuple(
        Embargo(
            country=row["country"], scope=row["scope"], target=row["target"], basis=row["basis"],
            valid_from=dt.date.fromisoformat(row["valid_from"]),
            valid_to=dt.date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        )
        for row in _rows("embargoes.csv")
    )  # fmt: skip


@functools.cache
def hubs() -> Mapping[str, Hub]:
    """Returns the hubs that vedette knows, by code."""
    return {row["code"]: Hub(**row) for row in _rows("hubs.csv")}


@functools.cache
def _places() -> dict[str, Stop]:
    return {
        row["locode"]: Stop(
            row["locode"], row["locode"][:2], float(row["latitude"]), float(row["longitude"])
        )
        for row in _rows("places.csv")
    }


@functools.cache
def _countries() -> dict[str, Stop]:
    """Returns, for each country, its most central airport, and the radius within which three quarters of its
    airports lie."""
    # Imported here, because the web process does not need NumPy at its start.
    import numpy as np

    points: dict[str, list[tuple[float, float]]] = {}
    for one in airportsdata.load("IATA").values():
        points.setdefault(one["country"], []).append((one["lat"], one["lon"]))
    found = {}
    for country, places in points.items():
        # At most 200 airports of a country are compared with each other; every n-th is sufficient.
        some = np.radians(np.array(places[:: len(places) // 200 + 1]))
        angles = _angles(some[:, None, 0], some[:, None, 1], some[None, :, 0], some[None, :, 1])
        middle = int(np.median(angles, axis=1).argmin())
        latitude, longitude = np.degrees(some[middle])
        radius = _EARTH_KM * float(np.quantile(angles[middle], 0.75))
        found[country] = Stop(country, country, float(latitude), float(longitude), radius)
    return found


def _angles(
    north: np.ndarray, east: np.ndarray, other_north: np.ndarray, other_east: np.ndarray
) -> np.ndarray:
    import numpy as np

    square = (
        np.sin((other_north - north) / 2) ** 2
        + np.cos(north) * np.cos(other_north) * np.sin((other_east - east) / 2) ** 2
    )
    angles: np.ndarray = 2 * np.arcsin(np.sqrt(np.clip(square, 0, 1)))
    return angles


@functools.lru_cache(maxsize=20_000)
def locate(code: str) -> Stop | None:
    """Returns the stop with this code: a UN/LOCODE, an IATA code, or a country.

    If the place is unknown, the stop is the country of the place. If the country of the place is also
    unknown, returns None.
    """
    code = code.strip().upper().replace(" ", "")[:20]
    if len(code) == 3:
        airport = codes.airport(code)
        if airport is not None:
            return Stop(code, airport.country, airport.latitude, airport.longitude)
        return None
    if len(code) == 5 and code in _places():
        return _places()[code]
    country = codes.country(code[:2]) if len(code) in (2, 5) else None
    if len(code) == 5 and country is not None:
        # Most UN/LOCODEs of towns with an airport end with the code of the airport.
        airport = codes.airport(code[2:])
        if airport is not None and airport.country == country:
            return Stop(code, country, airport.latitude, airport.longitude)
    central = _countries().get(country) if country is not None else None
    return central._replace(code=code) if central is not None else None


def kilometres(one: Stop, other: Stop) -> float:
    """Returns the length of the great circle between two stops in kilometres."""
    north, east = math.radians(one.latitude), math.radians(one.longitude)
    other_north, other_east = math.radians(other.latitude), math.radians(other.longitude)
    square = (
        math.sin((other_north - north) / 2) ** 2
        + math.cos(north) * math.cos(other_north) * math.sin((other_east - east) / 2) ** 2
    )
    return 2 * _EARTH_KM * math.asin(math.sqrt(min(square, 1.0)))


def _least(one: Stop, other: Stop) -> float:
    return max(kilometres(one, other) - one.radius - other.radius, 0.0)


def _most(one: Stop, other: Stop) -> float:
    return kilometres(one, other) + one.radius + other.radius


# --- examination ------------------------------------------------------------------------------------


def way_of(message: Message, consignment: Consignment, item: Item, day: dt.date) -> Way:
    """Returns the route of an item, from the item, its consignment and its message, in this order."""
    route = consignment.route or message.route
    stops: list[str | None] = []
    destination = item.destination or consignment.destination
    if route is not None:
        stops = [route.origin, route.loading, *route.countries, route.discharge, route.destination]
        destination = destination or _country(route.destination) or _country(route.discharge)
    return Way(
        day=day, origin=item.origin, dispatch=item.dispatch or consignment.dispatch,
        stops=tuple(stop for stop in stops if stop), destination=destination,
    )  # fmt: skip


def _country(code: str | None) -> str | None:
    stop = locate(code) if code else None
    return stop.country if stop is not None else None


def examine(
    way: Way, *, in_force: tuple[Embargo, ...] | None = None,
    known_hubs: Mapping[str, Hub] | None = None,
) -> tuple[Oddity, ...]:  # fmt: skip
    """Returns the anomalies of a route. A stop whose code is unknown is left out. A missing country causes no
    anomaly."""
    listed = embargoes() if in_force is None else in_force
    places = hubs() if known_hubs is None else known_hubs
    found = list(_embargoed(way, listed))
    origin, destination = _country(way.origin), _country(way.destination)
    stops = stops_of(way)
    passed = [stop.country for stop in stops]
    if origin is not None and origin == destination:
        elsewhere = [country for country in passed if country != origin]
        found.append(
            _oddity("returns", (elsewhere[0], origin), country=_name(origin), other=_name(elsewhere[0]))
            if elsewhere
            else _oddity("origin_is_destination", (origin,), country=_name(origin))
        )  # fmt: skip
    found += _hubs(stops, places)
    found += _detour(stops)
    found += _back(stops)
    return tuple(found)


#: Kind of anomaly → the column of the vocabulary.
FACTS: dict[str, str] = {
    "embargo_destination": "route_embargo", "embargo_on_route": "route_embargo",
    "origin_is_destination": "route_returns", "returns": "route_returns", "detour": "route_detour",
    "backtracking": "route_backtracking", "hub": "route_hub",
}  # fmt: skip


def facts(way: Way) -> dict[str, object]:
    """Returns the values of the vocabulary about a route. A value is missing if its stops are unknown."""
    return dict(_facts(way))


# Most items of a day have a route that an earlier item had.
@functools.lru_cache(maxsize=20_000)
def _facts(way: Way) -> dict[str, object]:
    found: dict[str, object] = {}
    stops = stops_of(way)
    if _country(way.destination) is not None:
        found["route_embargo"] = False
        if _country(way.origin) is not None:
            found["route_returns"] = False
    if len(stops) > 1:
        found |= dict.fromkeys(("route_detour", "route_backtracking", "route_hub"), False)
        found["route_km"] = float(
            sum(_least(one, other) for one, other in itertools.pairwise(stops))
        )
    found |= {FACTS[one.kind]: True for one in examine(way)}
    return found


def stops_of(way: Way) -> list[Stop]:
    """Returns the known stops from the place of dispatch to the destination. If consecutive stops are in the
    same country, a stop for which only the country is known is left out."""
    stated = [way.dispatch or way.origin, *way.stops[:MAX_STOPS], way.destination]
    stops: list[Stop] = []
    for code in stated:
        stop = locate(code) if code else None
        if stop is None:
            continue
        if stops and stops[-1].country == stop.country:
            if stop.radius > 0 or stops[-1].code == stop.code:
                continue
            if stops[-1].radius > 0:
                stops.pop()
        stops.append(stop)
    return stops


def _embargoed(way: Way, listed: tuple[Embargo, ...]) -> Iterator[Oddity]:
    destination = _country(way.destination)
    seen = set()
    for country in [destination, *(_country(stop) for stop in way.stops[:MAX_STOPS])]:
        if country is None or country in seen:
            continue
        seen.add(country)
        for one in listed:
            if one.country != country or not one.valid_on(way.day):
                continue
            # The goods only pass through: embargoes of persons and groups do not concern a transit.
            if country != destination and one.scope != "territorial":
                continue
            yield _oddity(
                "embargo_destination" if country == destination else "embargo_on_route", (country,),
                country=_name(country), scope=SCOPES[one.scope], basis=one.basis, day=Day(way.day),
            )  # fmt: skip


def _hubs(stops: list[Stop], places: Mapping[str, Hub]) -> Iterator[Oddity]:
    """Yields the hubs between the first and the last stop, except hubs in the country of the first or the
    last stop."""
    seen = set()
    for stop in stops[1:-1]:
        if stop.country in (stops[0].country, stops[-1].country):
            continue
        hub = places.get(stop.code) or places.get(stop.country)
        if hub is not None and hub.code not in seen:
            seen.add(hub.code)
            yield _oddity("hub", (stop.code,), name=hub.name, kind=HUBS[hub.kind])


def _detour(stops: list[Stop]) -> Iterator[Oddity]:
    if len(stops) < 3:
        return
    direct = _most(stops[0], stops[-1])
    length = sum(_least(one, other) for one, other in itertools.pairwise(stops))
    if direct <= 0 or length < DETOUR_RATIO * direct or length - direct < DETOUR_KM:
        return
    yield _oddity(
        "detour", tuple(stop.code for stop in stops), {"length_km": length, "direct_km": direct},
        length=_hundred(length), direct=_hundred(direct), times=round(length / direct, 1),
        first=_name(stops[0].country), last=_name(stops[-1].country),
    )  # fmt: skip


def _back(stops: list[Stop]) -> Iterator[Oddity]:
    """Yields the leg that increases the distance to the destination most, if the increase is large enough."""
    if len(stops) < 3:
        return
    last = stops[-1]
    worst: tuple[float, Stop, Stop, float] | None = None
    for one, other in itertools.pairwise(stops[:-1]):
        left = _most(one, last)
        further = _least(other, last) - left
        long = further >= BACK_KM and further >= BACK_SHARE * left
        if long and (worst is None or further > worst[0]):
            worst = further, one, other, left
    if worst is not None:
        further, one, other, left = worst
        yield _oddity(
            "backtracking", (one.code, other.code), {"further_km": further, "left_km": left},
            one=_name(one.country), other=_name(other.country), last=_name(last.country),
            further=_hundred(further),
        )  # fmt: skip


# --- texts ------------------------------------------------------------------------------------------

SCOPES: dict[str, Text] = {
    "territorial": pgettext_lazy("embargo", "the whole country"),
    "non_governmental": pgettext_lazy("embargo", "non-governmental armed groups"),
    "persons": pgettext_lazy("embargo", "listed persons and groups"),
}
HUBS: dict[str, Text] = {
    "transhipment_port": pgettext_lazy("hub", "a transhipment port"),
    "free_zone": pgettext_lazy("hub", "a free zone"),
    "transhipment_country": pgettext_lazy("hub", "a country of transhipment"),
}
_SENTENCES: dict[str, Text] = {
    "embargo_destination": gettext_lazy(
        "%(country)s is the destination. An arms embargo of the United Nations was in force on %(day)s "
        "(%(scope)s; %(basis)s)."
    ),
    "embargo_on_route": gettext_lazy(
        "The route passes through %(country)s. An arms embargo of the United Nations was in force on "
        "%(day)s (%(scope)s; %(basis)s)."
    ),
    "origin_is_destination": gettext_lazy(
        "%(country)s is both the country of origin and the destination."
    ),
    "returns": gettext_lazy(
        "The goods originate in %(country)s, come from %(other)s and return to %(country)s."
    ),
    "detour": gettext_lazy(
        "The route from %(first)s to %(last)s is at least %(length)s km long. The direct distance is at "
        "most %(direct)s km, so the route is %(times)s times as long."
    ),
    "backtracking": gettext_lazy(
        "The leg from %(one)s to %(other)s leads away from %(last)s by at least %(further)s km."
    ),
    "hub": gettext_lazy("The route passes through %(name)s, which is %(kind)s."),
}


def _oddity(
    kind: Kind, stops: tuple[str, ...], numbers: dict[str, float] | None = None, /, **params: Param
) -> Oddity:
    return Oddity(
        kind=kind, sentence=_SENTENCES[kind].given(**params), stops=stops, numbers=numbers or {}
    )


def _name(country: str) -> Text | str:
    """Returns the name of a country; the catalogue has the names under the context `country`."""
    name = codes.country_name(country)
    return Text(msgid=name, context="country") if name else country


def _hundred(distance: float) -> int:
    return int(round(distance, -2))
