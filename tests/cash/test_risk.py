"""Anonymised risk information: no value that a sender can choose freely is in a risk record, and texts that a
person writes are searched for the persons of the records."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest

from vedette.cash import records, risk
from vedette.cash.records import Count, Counter, Line, Message, Movement, Official, Party, Transport
from vedette.core.parties import Address, Document
from vedette.core.records import Moment


class _Planted:
    """Fills every field of a record. Each text is a name, a document number or an address that occurs nowhere
    else; every second record has codes in the fields of codes."""

    CODES = {
        "direction": "entry", "mode": "air", "means": "commercial_flight", "kind": "currency",
        "currency": "EUR", "selection": "risk", "departure_country": "TN", "arrival_country": "FR",
    }  # fmt: skip

    def __init__(self, seed: int) -> None:
        self.random, self.texts, self.coded = random.Random(seed), [], bool(seed % 2)

    def text(self, name: str) -> str:
        if self.coded and name in self.CODES:
            return self.CODES[name]
        made = self.random.choice(("Zqx{}", "zqx{}ov", "12 rue Zqx{}", "ZQX{}77", "+33zqx{}"))
        self.texts.append(made.format(self.random.randrange(10**12)))
        return self.texts[-1]

    def value(self, of: Any, name: str) -> Any:
        if get_origin(of) is tuple:
            return (self.value(get_args(of)[0], name),)
        chosen = next((one for one in get_args(of) if one is not type(None)), of)
        if get_origin(chosen) is tuple:
            return self.value(chosen, name)
        if isinstance(chosen, type) and issubclass(chosen, msgspec.Struct):
            return self.record(chosen)
        if chosen is Decimal:
            return Decimal(self.random.choice(("500", "7315.19")))
        if chosen is dt.date:
            return dt.date(1971, 5, 6)
        if chosen in (dt.datetime, Moment):
            return dt.datetime(1971, 5, 6, 7, 8)
        if chosen in (int, bool):
            return chosen(self.random.randrange(2))
        assert chosen is str, (of, name)
        return self.text(name)

    def record(self, of: type[Any]) -> Any:
        if of is records.Share:
            return records.Share(provenance_text=self.text("provenance_text"))
        hints = get_type_hints(of)
        return of(**{one: self.value(hints[one], one) for one in of.__struct_fields__})


def test_no_personal_data_in_1000_risk_records() -> None:
    """Planted names, document numbers, addresses and free texts in all fields, those of codes too."""
    risks, planted = [], 0
    for seed in range(1_000):
        filled = _Planted(seed)
        movement, count = filled.record(Movement), filled.record(Count)
        risks.append(risk.risk(movement, count.lines, grounds=(filled.text("g"), "differences")))
        planted += len(filled.texts)
        assert isinstance(movement.official, Official)
    written = (
        (msgspec.json.encode(risks) + msgspec.json.encode(risk.patterns(risks))).decode().casefold()
    )
    assert planted > 40_000
    for part in ("zqx", "rue", "+33", "1971", "7315"):
        assert part not in written, part
    assert "commercial_flight" in written
    assert "tn-fr" in written
    assert {one.selection for one in risks} == {"", "risk"}


def test_patterns_leave_out_rare_details() -> None:
    """Two movements share a route and a currency, three another one; the half-year before is counted."""

    def one(country: str, currency: str) -> risk.Risk:
        way = Transport(departure_country=country, arrival_country="SN", mode="air")
        lines = (Line(amount=Decimal(1), currency=currency),)
        return risk.risk(Movement(direction="entry", transport=way, lines=lines))

    many, few = [one("FR", "EUR")] * 3, [one("TN", "USD")] * 2
    [found] = risk.patterns([*many, *few], [one("FR", "EUR")])
    assert (found.movements, found.before) == (5, 1)
    assert found.details == {"route": {"FR-SN": 3}, "currencies": {"EUR": 3}}
    assert risk.patterns([]) == []


KNOWN = risk.persons(
    [
        Message(
            format="statement",
            reference="2026-00417",
            movement=Movement(
                carrier=Party(
                    first_names="Ida", last_names="Exempléau", phones=("+33 6 39 98 01 01",),
                    document=Document(type="P", number="X-123 4567"),
                    addresses=(Address(street="1 rue Modèle", city="Lyon"),),
                ),
                owners=(Party(legal=True, name="Bijoux Modele SARL"),),
                transport=Transport(reference="ab-417-cd"),
            ),
            count=Count(persons=(Counter(name="Awa Sarr"),)),
        )
    ]
)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "The carrier IDA EXEMPLEAU hid notes.", "Exempleau, Ida", "Mrs Exempleau", "passport x1234567",
        "lives at 1 Rue Modele", "for bijoux modele sarl", "plate AB 417 CD", "counted by awa sarr",
        "call 0639980101", "ida@exemple.test", "born on 03.02.1980", "1980-02-03", "record 2026-00417",
        "container MSKU1234567",
    ],
)  # fmt: skip
def test_a_person_in_a_text_is_found(text: str) -> None:
    assert risk.recognised(text, KNOWN)


@pytest.mark.parametrize(
    "text",
    [
        "", "Notes of EUR 500 in the lining of bags, EUR 250 000 to 1,250,000.50 in 12 cases.",
        "Between January and June 2026, on flights from Lyon; 3 dogs, 14 controls in 2025 and 2026.",
        "Les billets de 200 EUR sont cachés dans des boîtes ; un exemple.",
    ],
)  # fmt: skip
def test_a_text_without_persons_is_accepted(text: str) -> None:
    assert risk.recognised(text, KNOWN) == []
