"""Passenger lists of the shared samples against the facts that were read from them by hand.

`asserted_by_peer_tests` is not used: it pins quirks of another product (one bag where four tags are
listed, flight numbers padded to four digits).
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.shared import shared

from vedette import kinds
from vedette.formats import as_json
from vedette.travellers import formats

CASES = (
    "apisMessage",
    "inline_multipleTdtLoc92",
    "inline_noMea",
    "loader_Test1",
    "loader_airline2",
    "tamr_flight1",
    "us_edifact_random",
)
ROLES = {"FL": "passenger", "FM": "crew", "DDU": "transit", "DDT": "transit_crew"}
#: Name in the facts → name in the contract of `vedette parse`.
FIELDS = {
    "surname": "surname",
    "gender": "sex",
    "dob": "date_of_birth",
    "nationality": "nationality",
    "residence": "residence",
    "embarkation": "embarkation",
    "debarkation": "debarkation",
    "record_locator": "locator",
    "seat": "seat",
    "pax_ref": "reference",
    "gov_ref": "redress",
    "birth_place": "place_of_birth",
    "first_port_clearance": "first_clearance",
}


@pytest.mark.parametrize("case", CASES)
def test_every_fact_of_a_sample_is_read(case: str) -> None:
    """Envelope, flights, every person with documents, bags and references, and no one else."""
    data = shared("data", "messages", "passenger", f"{case}.edi").read_bytes()
    facts = json.loads(shared("data", "messages", "passenger", f"{case}.json").read_text())
    stated = facts["read_from_message"]
    (message,) = formats.read(data)
    read = as_json.message(message, case, 1)
    assert len(read["travellers"]) == stated["passenger_count"]
    for name in ("sender", "recipient", "prepared", "interchange_ref", "message_ref"):
        if "envelope" in stated:
            assert read["envelope"].get(name) == stated["envelope"].get(name)
    assert read.get("reporting_party", []) == stated.get("reporting_party", [])
    assert read.get("sub_function") == stated.get("bgm_sub")
    if "bgm" in stated:
        assert read["function"] == {"745": "passengers", "250": "crew"}[stated["bgm"]]
    flights = stated.get("flights", [])
    assert len(read["flights"]) == len(flights) or not flights
    for flight, fact in zip(read["flights"], flights, strict=False):
        assert_flight(flight, fact)
    for person, fact in zip(read["travellers"], stated.get("passengers", []), strict=False):
        assert_person(person, fact)
    for person, (surname, given) in zip(read["travellers"], stated.get("names", []), strict=False):
        assert person["surname"] == surname
        assert person["given_names"].split()[0] == given


def assert_flight(flight: dict[str, Any], fact: dict[str, Any]) -> None:
    assert flight["carrier"] + flight["number"] == fact["designator"]
    assert flight.get("origin") == fact["origin"]
    assert flight.get("destination") == fact["destination"]
    assert flight.get("departure") == fact["std"]
    assert flight.get("arrival") == fact["sta"]


def assert_person(person: dict[str, Any], fact: dict[str, Any]) -> None:
    for name, field in FIELDS.items():
        assert person.get(field) == fact.get(name), name
    given = " ".join(filter(None, (fact.get("given"), fact.get("middle"))))
    assert person.get("given_names", "") == given
    assert person["role"] == ROLES[fact["nad"]]
    documents = [{k: v for k, v in d.items() if v} for d in fact.get("documents", [])]
    assert person.get("documents", []) == documents
    bags = person.get("bags", {})
    tags = fact.get("bag_tags", [])
    count = int(fact["bag_count"]) if "bag_count" in fact else len(tags) or None
    assert bags.get("count") == count
    assert bags.get("tags", []) == [
        tag
        for first, number in tags
        for tag in ([first] if number is None else serial(first, int(number)))
    ]
    if "bag_weight" in fact:
        assert bags["weight_kg"] == float(fact["bag_weight"])
    if "customer_ref" in fact:
        assert person["frequent_flyer"] == [{"number": fact["customer_ref"]}]


def serial(first: str, number: int) -> list[str]:
    """Tags stated as the first and how many: `2660009:2` is two."""
    return [str(int(first) + step) for step in range(number)]


def test_the_samples_that_count_wrongly_say_so() -> None:
    """A trailer that counts wrongly is a named warning, and the one clean sample has none."""

    def codes(case: str) -> set[str]:
        data = shared("data", "messages", "passenger", f"{case}.edi").read_bytes()
        messages = kinds.missing_parts(formats.read(data))
        return {warning.code for message in messages for warning in message.warnings}

    assert codes("apisMessage") == set()
    assert codes("loader_airline2") == {"unt_count", "unt_reference", "cnt_count", "part_missing"}
    assert codes("tamr_flight1") == {"unt_count"}
    assert {"unt_count", "unt_reference", "unz_reference"} <= codes("inline_noMea")
