"""Records as STIX 2.1, MISP JSON and CSV, and back. The validators of STIX and MISP are used where they are
installed."""

from __future__ import annotations

import io
import json
import random
from typing import Any

import jsonschema_rs
import pytest
from tests.core.test_nonnominal import PLAN, VALID
from tests.shared import shared

from vedette.cli import main
from vedette.core.releasable import TYPES
from vedette.formats.exchange import misp, records, stix, table
from vedette.formats.exchange.records import BadRecord, Record

TEXTS = (
    "Huit fûts.\nDeux étiquettes.", "=1+1", "'=quoted", "@a;b|c", "حمولة", " space ", "-5 kg", 'a "b"',
    "\u202eright to left", "12,5", "true", "7",
)  # fmt: skip


def _value(field: Any, drawn: random.Random) -> Any:
    if field.name == "field":
        return "remark_2"
    if field.text:
        return drawn.choice(TEXTS)
    if field.name == "data":
        return "/9j/4AAQSkZJRg=="
    if field.name in ("nationality", "sex", "age_band", "name"):
        return {"nationality": "FR", "sex": "F", "age_band": "30-39", "name": "photograph-1.jpg"}[
            field.name
        ]
    return drawn.choice([one for one in VALID[field.name] if field.form(one, PLAN) is not None])


def drawn_record(drawn: random.Random) -> dict[str, Any]:
    """A random record of any type."""
    type_ = drawn.choice(list(TYPES))

    def some(fields: Any, least: int = 0) -> dict[str, Any]:
        chosen = drawn.sample(list(fields), drawn.randint(least, len(fields)))
        return {one.name: _value(one, drawn) for one in fields if one in chosen}

    content = some(TYPES[type_].fields)
    for name, fields in records.lists(type_).items():
        if drawn.random() < 0.6:
            content[name] = [some(fields, 1) for _ in range(drawn.randint(1, 12))]
    uuid4 = f"{drawn.getrandbits(32):08x}-{drawn.getrandbits(16):04x}"
    at = f"2026-11-{drawn.randint(10, 28)}T0{drawn.randint(0, 9)}:15:30"
    return {
        "type": type_,
        "id": f"{uuid4}-{drawn.choice('457')}abc-9{drawn.getrandbits(12):03x}-{drawn.getrandbits(48):012x}",
        "owner": f"018f3e2a-7c11-7b3e-9d0a-{drawn.randint(1, 9):012x}",
        "owner_name": drawn.choice(("Customs of AA", "Douanes de Brévanie", "")),
        "version": drawn.randint(1, 9), "created": "2026-11-01T00:00:00Z",
        "modified": at + drawn.choice(("Z", ".250Z", ".123456Z")),
        "marking": drawn.choice(list(stix.TLP)), "exercise": drawn.random() < 0.2, "content": content,
    }  # fmt: skip


@pytest.fixture(scope="module")
def drawn() -> list[Record]:
    """Random records, the same ones in each run."""
    source = random.Random(2026)
    return [records.read(drawn_record(source), "drawn") for _ in range(1_000)]


def test_each_format_gives_the_records_back(drawn: list[Record]) -> None:
    """1,000 random records of all types: STIX, MISP and CSV, through text, are equal."""
    skipped: list[str] = []
    bundle = json.loads(json.dumps(stix.write(drawn)))
    assert list(stix.parse(bundle, "b", skipped)) == drawn
    events = json.loads(json.dumps(misp.write(drawn)))
    assert list(misp.parse(events, "m", skipped)) == drawn
    out = io.StringIO()
    table.write(drawn, out)
    assert list(table.parse(out.getvalue(), "c")) == drawn
    assert not skipped
    assert {one.type for one in drawn} == set(TYPES)


def test_stix_and_misp_are_valid(drawn: list[Record]) -> None:
    """Each object against the schema of its type, each event against the schema of PyMISP."""
    schemas = shared("data/stix/schemas")

    def read(url: str) -> Any:
        place = url.partition("/schemas/")[2]
        return json.loads((schemas / place).read_text())

    places = {
        "incident": "sdos", "identity": "sdos", "marking-definition": "common",
        "extension-definition": "common",
    }  # fmt: skip
    of = {
        name: jsonschema_rs.validator_for(
            json.loads((schemas / place / f"{name}.json").read_text()), retriever=read
        )
        for name, place in places.items()
    }
    objects = stix.write(drawn)["objects"]
    assert {one["type"] for one in objects} == set(of)
    for one in objects:
        of[one["type"]].validate(one)
    # The strict schema of PyMISP knows no objects: it reads the events without them, the lax one the whole.
    for name, without in (("schema-lax.json", ()), ("schema.json", ("Object",))):
        schema = json.loads(shared(f"data/misp/pymisp/data/{name}").read_text())
        # It states what is required also as the name of a property, which JSON Schema refuses.
        schema["defs"]["sharing_group"]["properties"].pop("required", None)
        validator = jsonschema_rs.validator_for(schema)
        for row in misp.write(drawn)["response"]:
            event = {key: value for key, value in row["Event"].items() if key not in without}
            validator.validate({"Event": event})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"marking": ["TLP:RED", "TLP:CLEAR"]}, "exactly one marking"),
        ({"marking": "TLP:PURPLE"}, "exactly one marking"),
        ({"content": {"owner_phone": "1"}}, "no such field"),
        ({"content": {"items": [{"kind": "weapon"}]}}, "form of the field"),
        ({"content": {"narrative": "a\x00b"}}, "control character"),
        ({"id": "7"}, "not a UUID"),
        ({"modified": "2026-02-30T00:00:00Z"}, "not a time"),
        ({"secret": 1}, "no such part"),
        ({"content": {"photographs": [{"data": "é"}]}}, "form of the field"),
    ],
)
def test_bad_records_are_named(change: dict[str, Any], said: str) -> None:
    """The message has the place and the cause."""
    good = {
        "type": "seizure", "id": "018f3e2a-7c11-7b3e-9d0a-2f4c5b6a7d8e", "marking": "TLP:AMBER",
        "owner": "018f3e2a-7c11-7b3e-9d0a-2f4c5b6a7d8e", "modified": "2026-11-24T00:00:00Z",
    }  # fmt: skip
    records.read(good, "f")
    with pytest.raises(BadRecord, match=said):
        records.read(good | change, "f")


def test_two_colours_on_one_object_are_refused(drawn: list[Record]) -> None:
    """MISP #2223 and OpenCTI connectors #5381: no object without a marking, and none with two."""
    bundle = stix.write(drawn[:1])
    bundle["objects"][-1]["object_marking_refs"] = list(stix.TLP.values())[:2]
    with pytest.raises(BadRecord, match="marking"):
        list(stix.parse(bundle, "b", []))
    bundle["objects"][-1]["object_marking_refs"] = [[], {}]
    with pytest.raises(BadRecord, match="marking"):
        list(stix.parse(bundle, "b", []))
    events = misp.write(drawn[:1])
    events["response"][0]["Event"]["Tag"] = []
    with pytest.raises(BadRecord, match="exactly one tag"):
        list(misp.parse(events, "m", []))


def test_the_command_converts_and_names_what_it_skips(
    drawn: list[Record], tmp_path: Any, capsys: Any
) -> None:
    """JSON lines → STIX → CSV → MISP → JSON lines; an indicator of another system is named on stderr."""
    path = tmp_path / "a"
    first = "".join(json.dumps(one.as_json(), ensure_ascii=False) + "\n" for one in drawn[:50])
    path.write_text(first)
    for to in ("stix", "csv", "misp", "json"):
        assert main(["convert", str(path), "--to", to]) == 0
        text = capsys.readouterr().out
        path.write_text(text, newline="")
    assert text == first
    bundle = stix.write(drawn[:2])
    bundle["objects"].append({"type": "indicator", "id": "indicator--1"})
    path.write_text(json.dumps(bundle))
    assert main(["convert", str(path), "--to", "json"]) == 0
    assert json.loads(capsys.readouterr().err)["skipped"] == ["indicator--1"]
    for bad in ('{"type": "bundle", "type": "x"}', "[" * 100_000, '{"a": NaN}', "type,type\nx,y\n"):
        path.write_text(bad)
        assert main(["convert", str(path), "--to", "json"]) == 1
