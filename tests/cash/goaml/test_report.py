"""goAML reports: valid under the schema of a unit, whatever the record contains, and under another schema
with another mapping file only."""

from __future__ import annotations

import datetime as dt
import random
import re
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest
from lxml import etree
from tests.shared import shared

from vedette.cash.goaml.report import read_mapping, report
from vedette.cash.goaml.schema import Schema
from vedette.cash.records import Line, Message, Movement, Official, Party
from vedette.core.errors import Failure
from vedette.core.parties import Address, Document

SUBMITTED = "2026-12-02T10:00:00"
NAMES = ["Anne", "Łukasz", "محمد", "O’Brien", "Jean-Pierre", "Ng", "Мария", "Ådne"]
TEXTS = ["12 rue de l’Église", "北京市", "", "x", "A" * 300, "Bâtiment C, 3e étage"]


def _mapping(content: str = "") -> Any:
    example = files("vedette.cash.goaml").joinpath("example.toml").read_text("utf-8")
    return read_mapping((content or example).encode())


def _schema() -> Schema:
    return Schema(shared("data", "messages", "goaml", "goAMLSchema.xsd").read_bytes())


def _party(chance: random.Random) -> Party:
    common: dict[str, Any] = {
        "addresses": tuple(
            Address(
                street=chance.choice(TEXTS),
                city=chance.choice(["Lyon", "İzmir", ""]),
                country=chance.choice(["FR", "TR", "ZZ", None]),
            )
            for _ in range(chance.randint(0, 2))
        ),
        "phones": tuple(chance.sample(["+33612345678", "1", "9" * 70], chance.randint(0, 2))),
        "emails": tuple(chance.sample(["a@example.org", "b" * 300], chance.randint(0, 2))),
    }
    if chance.random() < 0.3:
        return Party(
            legal=True,
            name=chance.choice(["Société Générale d’Échanges", "شركة التجارة"]),
            registration_number=chance.choice(["RC 12/3", "№7", None]),
            **common,
        )
    document = Document(
        type=chance.choice(["P", "I", "O"]),
        number=chance.choice(["AB12345", "12-34", "é"]),
        issuer=chance.choice(["FRA", "XXZ", None]),
    )
    return Party(
        legal=False,
        first_names=chance.choice(NAMES),
        last_names=chance.choice(NAMES),
        gender=chance.choice(["male", "female", "other", None]),
        nationalities=tuple(chance.sample(["FR", "LK", "ZZ"], chance.randint(0, 3))),
        document=chance.choice([document, None]),
        date_of_birth=chance.choice([dt.date(1980, 2, 29), dt.date(1700, 1, 1), None]),
        personal_number=chance.choice(["123", "a b", None]),
        **common,
    )


def _message(chance: random.Random) -> Message:
    lines = tuple(
        Line(
            kind=chance.choice(["currency", "instrument", "gold", "other"]),
            amount=chance.choice([Decimal("12000.50"), Decimal("0"), None]),
            currency=chance.choice(["EUR", "LKR", "ZZZ", None]),
            weight=chance.choice([Decimal("31.1035"), None]),
            serial=chance.choice(["A1", None]),
            text=chance.choice([*TEXTS, None]),
        )
        for _ in range(chance.randint(1, 5))
    )
    movement = Movement(
        carrier=_party(chance),
        owners=tuple(_party(chance) for _ in range(chance.randint(0, 2))),
        lines=lines,
        official=chance.choice(
            [Official(circumstances="Dissimulé dans la doublure — non déclaré"), None]
        ),
    )
    return Message(format="CASH-CSV", reference="FR-2026-000123", movement=movement)


def test_two_hundred_random_records_are_valid() -> None:
    """Names in several scripts, empty and overlong texts, wrong codes and dates before the schema begins:
    each report is valid. A second validation, without the product, agrees."""
    schema, chance = _schema(), random.Random(200)
    check = etree.XMLSchema(
        etree.parse(str(shared("data", "messages", "goaml", "goAMLSchema.xsd")))
    )
    for _ in range(200):
        made = schema.build(report(_message(chance), _mapping(), SUBMITTED))
        assert (made.missing, made.errors) == ((), ())
        check.assertValid(etree.fromstring(made.xml))


def test_a_required_name_that_the_schema_refuses_is_an_error() -> None:
    """A surname of one letter: the report names the element and is not valid."""
    message = Message(
        format="CASH-CSV",
        movement=Movement(
            carrier=Party(legal=False, first_names="Anne", last_names="X"), lines=(Line(),)
        ),
    )
    made = _schema().build(report(message, _mapping(), SUBMITTED))
    assert not made.valid
    assert "last_name" in made.errors[0]


def _plain_message() -> Message:
    carrier = Party(
        legal=False,
        first_names="Łukasz Jean",
        last_names="O’Brien-Núñez",
        gender="male",
        nationalities=("FR",),
        document=Document(type="P", number="AB12345", issuer="FRA"),
        date_of_birth=dt.date(1980, 2, 29),
        addresses=(Address(street="12 rue de la République", city="Lyon", country="FR"),),
        phones=("+33612345678",),
    )
    lines = (
        Line(kind="currency", amount=Decimal("12000.50"), currency="EUR"),
        Line(kind="gold", weight=Decimal("31.1035"), amount=Decimal(1900), currency="EUR"),
    )
    return Message(format="CASH-CSV", code="ABC", movement=Movement(carrier=carrier, lines=lines))


def test_a_complete_record_keeps_its_values() -> None:
    """Names are transliterated as the schema demands; amounts, weight, document and address are kept."""
    made = _schema().build(report(_plain_message(), _mapping(), SUBMITTED, ["A1"]))
    assert made.valid
    root = etree.fromstring(made.xml)
    texts = {
        path: root.xpath(f"string({path})")
        for path in (
            "//person/first_name",
            "//person/last_name",
            "//person/passport_country",
            "//person/birthdate",
            "//item[1]/estimated_value",
            "//item[2]/size",
            "//item[2]/size_uom",
            "//indicator",
            "//address/city",
            "entity_reference",
        )
    }
    assert list(texts.values()) == [
        "Lukasz Jean",
        "OBrienNunez",
        "FR",
        "1980-02-29T00:00:00",
        "12000.50",
        "31.1035",
        "g",
        "A1",
        "Lyon",
        "ABC",
    ]


def test_what_is_missing_is_named_before_the_validation() -> None:
    """A record without persons, and a mapping without indicators."""
    empty = Message(format="CASH-CSV", movement=Movement(lines=(Line(),)))
    made = _schema().build(report(empty, _mapping("[fixed]"), SUBMITTED))
    assert not made.valid
    assert "report/report_indicators/indicator" in made.missing
    assert any("report_party" in one for one in made.missing)


def test_another_unit_needs_another_mapping_only() -> None:
    """A second schema: other names of elements, other codes, another required element, another order."""
    content = shared("data", "messages", "goaml", "goAMLSchema.xsd").read_text("utf-8")
    second = content.replace('name="last_name"', 'name="family_name"').replace(
        'value="STRA"', 'value="CASHX"'
    )
    second = re.sub(
        r'(<xs:element name="rentity_id">)',
        r'<xs:element name="unit_office" type="xs:string"/>\1',
        second,
        count=1,
    )
    assert second != content
    example = files("vedette.cash.goaml").joinpath("example.toml").read_text("utf-8")
    mapping = example.replace('"*" = "STRA"', '"*" = "CASHX"').replace(
        "[fixed]", '[fixed]\nunit_office = "Central"'
    )
    path = "activity/report_parties/report_party/person"
    mapping += f'\n[names]\n"{path}/last_name" = "{path}/family_name"\n'
    message = _plain_message()
    schema = Schema(second.encode())
    assert not schema.build(report(message, _mapping(), SUBMITTED)).valid
    made = schema.build(report(message, _mapping(mapping), SUBMITTED))
    assert made.valid
    assert etree.fromstring(made.xml).xpath("string(//family_name)") == "OBrienNunez"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no xml",
        b"<a/>",
        b'<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">&x;</xs:schema>',
        b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
        b'<xs:include schemaLocation="http://example.org/a.xsd"/><xs:element name="report"/></xs:schema>',
        b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="other"/></xs:schema>',
    ],
)
def test_a_hostile_schema_is_refused(content: bytes) -> None:
    """External entities, included files, and files that are no schema of goAML."""
    with pytest.raises(Failure):
        Schema(content)


@pytest.mark.parametrize(
    "content", [b"\xff", b"[fixed", b"[other]\na = 1", b"[fixed]\na = 1", b"[codes]\ngender = 3"]
)
def test_a_mapping_with_a_fault_is_refused(content: bytes) -> None:
    """The reason is named."""
    with pytest.raises(Failure, match="mapping"):
        read_mapping(content)
