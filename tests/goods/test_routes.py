"""Oddities of routes."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.shared import shared

from vedette.core import codes
from vedette.core.texts import render
from vedette.goods import routes
from vedette.goods.records import Consignment, Item, Message, Route
from vedette.goods.routes import Way, examine, kilometres, locate

DAY = dt.date(2026, 5, 4)


def kinds(day: dt.date = DAY, **fields: Any) -> list[str]:
    found = examine(Way(day=day, **fields))
    for one in found:
        assert "%(" not in render(one.sentence)
    return [one.kind for one in found]


def test_an_ordinary_route_has_no_oddity() -> None:
    assert kinds(origin="FR", dispatch="FR", stops=("FRLEH", "USNYC"), destination="US") == []
    assert kinds(origin="CN", dispatch="CN", destination="DE") == []
    assert kinds(origin="FR", dispatch="FR", stops=("CDG", "JFK"), destination="US") == []


def test_a_detour_states_its_distances() -> None:
    way = Way(day=DAY, dispatch="FR", stops=("FRLEH", "AEJEA"), destination="DZ")
    detour = next(one for one in examine(way) if one.kind == "detour")
    # Le Havre to Jebel Ali about 5,260 km, Jebel Ali to Algiers about 5,100 km.
    assert 9_000 < detour.numbers["length_km"] < 10_500
    assert detour.numbers["direct_km"] < 3_500
    assert detour.stops[0] == "FRLEH"
    assert "France" in render(detour.sentence)
    short = kinds(dispatch="FR", stops=("FRLEH", "ESALG"), destination="DZ")
    assert "detour" not in short


def test_a_leg_away_from_the_destination_is_backtracking() -> None:
    way = Way(day=DAY, dispatch="FR", stops=("FRLEH", "KRPUS"), destination="DZ")
    back = next(one for one in examine(way) if one.kind == "backtracking")
    assert back.stops == ("FRLEH", "KRPUS")
    assert "backtracking" not in kinds(dispatch="KR", stops=("KRPUS", "FRLEH"), destination="DZ")


@pytest.mark.parametrize(
    ("day", "country", "found"),
    [
        ("2020-01-01", "SO", True), ("2024-01-01", "SO", True),
        ("2011-02-25", "LY", False), ("2011-02-26", "LY", True),
        ("2022-01-01", "IR", False), ("2025-09-28", "IR", True), ("2026-05-04", "FR", False),
    ],
)  # fmt: skip
def test_an_embargo_counts_on_its_days(day: str, country: str, found: bool) -> None:
    on = dt.date.fromisoformat(day)
    assert ("embargo_destination" in kinds(on, destination=country)) is found


def test_the_scope_of_an_embargo_is_stated() -> None:
    def said(day: str) -> str:
        (one,) = examine(Way(day=dt.date.fromisoformat(day), destination="SO"))
        return render(one.sentence)

    assert "the whole country" in said("2023-11-30")
    assert "listed persons" in said("2023-12-01")


def test_a_transit_counts_only_for_embargoes_of_whole_countries() -> None:
    assert "embargo_on_route" in kinds(dispatch="EG", stops=("LYTIP",), destination="TN")
    assert "embargo_on_route" not in kinds(dispatch="SY", stops=("LBBEY",), destination="CY")


def test_every_embargo_of_the_reference_ships_with_its_days() -> None:
    with shared("data", "reference", "embargoes_un_arms.csv").open(encoding="utf-8") as handle:
        expected = {row["iso2"] for row in csv.DictReader(handle)} - {"XX"}
    assert {one.country for one in routes.embargoes() if one.valid_on(DAY)} == expected


def test_goods_that_return_to_their_origin() -> None:
    assert kinds(origin="DE", destination="DE") == ["origin_is_destination"]
    (one,) = examine(Way(day=DAY, origin="DE", dispatch="TR", destination="DE"))
    assert one.kind == "returns"
    assert "Germany" in render(one.sentence)
    assert "Türkiye" in render(one.sentence)


def test_a_hub_counts_between_the_ends_only() -> None:
    assert kinds(dispatch="CN", stops=("CNSHA", "SGSIN", "NLRTM"), destination="NL") == ["hub"]
    assert kinds(dispatch="SG", stops=("SGSIN", "NLRTM"), destination="NL") == []
    assert kinds(dispatch="CN", stops=("CNSHA", "SGSIN"), destination="SG") == []
    (one,) = examine(Way(day=DAY, dispatch="CN", stops=("CNSHA", "AEJEA"), destination="KE"))
    assert (
        render(one.sentence)
        == "The route passes through Jebel Ali Free Zone, which is a free zone."
    )


def test_places_are_found_by_each_kind_of_code() -> None:
    for code, country in (
        ("NLRTM", "NL"),
        ("nl rtm", "NL"),
        ("CDG", "FR"),
        ("FR", "FR"),
        ("DEMUC", "DE"),
    ):
        stop = locate(code)
        assert stop is not None
        assert stop.country == country
    assert locate("FRZZZ") is not None  # unknown place, known country
    assert locate("FRZZZ").radius > 0  # type: ignore[union-attr]
    assert locate("MUNICH") is None
    assert locate("QQ") is None
    assert locate("") is None


def test_the_coordinates_that_ship_lie_in_their_countries() -> None:
    """Each place is within 150 km of an airport of its country, and each code is a UN/LOCODE of a country."""
    import airportsdata

    airports: dict[str, list[tuple[float, float]]] = {}
    for one in airportsdata.load("IATA").values():
        airports.setdefault(one["country"], []).append((one["lat"], one["lon"]))
    for code, stop in routes._places().items():
        assert codes.country(stop.country) == code[:2]
        assert len(code) == 5
        near = min(
            kilometres(stop, stop._replace(latitude=a, longitude=b))
            for a, b in airports[stop.country]
        )
        assert near < 150, code
    for code, hub in routes.hubs().items():
        assert locate(code) is not None, code
        assert hub.kind in routes.HUBS
        assert hub.source


def test_the_names_that_ship_are_those_of_the_list_of_2021() -> None:
    """The public list has no place without a subdivision, so it does not have all ports."""
    path = shared("data", "codes", "un_locode", "locode_2021_names.csv.gz")
    with gzip.open(path, "rt", encoding="utf-8") as handle:
        known = {row["locode"]: folded(row["name"]) for row in csv.DictReader(handle)}
    names = {row["locode"]: row["name"] for row in routes._rows("places.csv")}
    both = set(names) & set(known)
    assert len(both) >= 55
    other = {code for code in both if folded(names[code])[:4] not in known[code]}
    assert other <= {"SEGOT"}  # Göteborg


def folded(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()


def test_the_distance_is_that_of_the_great_circle() -> None:
    one, other = locate("CDG"), locate("JFK")
    assert one is not None
    assert other is not None
    assert kilometres(one, other) == pytest.approx(5_837, rel=0.01)
    assert kilometres(one, one) == 0


def test_the_route_of_an_item_comes_from_its_consignment_and_message() -> None:
    item = Item(origin="CN", dispatch="AE")
    consignment = Consignment(
        items=(item,), destination="KE",
        route=Route(loading="AEJEA", countries=("OM",), discharge="KEMBA"),
    )  # fmt: skip
    message = Message(format="X", consignments=(consignment,), route=Route(loading="CNSHA"))
    way = routes.way_of(message, consignment, item, DAY)
    assert (way.origin, way.dispatch, way.stops, way.destination) == (
        "CN", "AE", ("AEJEA", "OM", "KEMBA"), "KE",
    )  # fmt: skip
    manifest = Message(format="X", route=Route(loading="CNSHA", discharge="KEMBA"))
    way = routes.way_of(manifest, Consignment(), Item(), DAY)
    assert (way.stops, way.destination) == (("CNSHA", "KEMBA"), "KE")


_CODES = st.sampled_from(
    ["FR", "NLRTM", "SGSIN", "AEJEA", "US", "KZ", "LY", "CDG", "JFK", "ZZ", "XXXXX", "Ω", "DE FRA", ""]
) | st.text(max_size=6)  # fmt: skip


@given(st.none() | _CODES, st.none() | _CODES, st.lists(_CODES, max_size=60), st.none() | _CODES)
def test_any_codes_are_examined(
    origin: str | None, dispatch: str | None, stops: list[str], destination: str | None
) -> None:
    way = Way(
        day=DAY, origin=origin, dispatch=dispatch, stops=tuple(stops), destination=destination
    )
    for one in examine(way):
        assert "%(" not in render(one.sentence)
        assert all(value >= 0 for value in one.numbers.values())


@given(st.sampled_from(sorted(routes._places())), st.sampled_from(sorted(routes._places())))
def test_a_direct_route_has_no_detour(one: str, other: str) -> None:
    found = kinds(dispatch=one[:2], stops=(one, other), destination=other[:2])
    assert not {"detour", "backtracking", "hub"} & set(found)
