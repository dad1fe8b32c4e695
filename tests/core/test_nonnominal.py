"""The non-nominal view: planted names never leave, and every field that may leave does."""

from __future__ import annotations

import base64
import io
import json
import random
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from anyascii import anyascii
from PIL import Image

from vedette.apps.enforcement.kinds import KINDS
from vedette.apps.enforcement.models import SeizureVersion
from vedette.cli import main
from vedette.core import releasable
from vedette.core.nonnominal import age_band, digest, view
from vedette.core.releasable import TYPES, Plan

PLAN = Plan(frozenset(releasable.TRAITS), frozenset({"FR000040"}))
#: Valid values of fields, by name.
VALID: dict[str, list[Any]] = {
    "id": ["018f3e2a-7c11-7b3e-9d0a-2f4c5b6a7d8e"], "version": [1, 2], "day": ["2026-05-10"],
    "happened_at": ["2026-05-10T12:00:00Z", "2026-05-10T12:00+02:00"], "country": ["FR", "MA"],
    "place_kind": ["airport", "post"], "office": ["FR000040"], "direction": ["import", "transit"],
    "origin": ["CN"], "departure": ["AE"], "transit": [["TR", "GR"]], "destination": ["FR"],
    "conveyance": ["air", "person"], "measure": ["seizure"], "concealment": ["among_goods"],
    "detection": ["xray"], "test": ["positive"], "disposal": ["stored"], "investigation": ["open"],
    "kind": ["precursor", "firearm"], "substance": ["cas:64-67-5"], "hs": ["2834", "310230"],
    "quantity": ["12.5", "4"], "unit": ["kg", "piece"], "packages": [3], "value": ["980.00"],
    "currency": ["USD"], "controls": [1], "found": [True, False], "outcome": ["found"],
    "what": ["arrived", "seen"], "role": ["contact"], "at": ["2026-05-10T12:00:00Z"],
    "useful_until": ["2026-05-11T00:00:00Z"], "due_at": ["2026-05-11T00:00:00Z"],
    "from": ["2026-05-09T00:00:00Z", "018f3e2a-7c11-7b3e-9d0a-2f4c5b6a7d8e"],
    "until": ["2026-05-10T00:00:00Z"], "about": ["018f3e2a-7c11-7b3e-9d0a-2f4c5b6a7d8e"],
    "to": ["018f3e2a-7c11-7b3e-9d0a-2f4c5b6a7d8e"], "relation": ["same_as"],
    "organisation": ["018f3e2a-7c11-7b3e-9d0a-2f4c5b6a7d8e"], "hash": ["ab" * 32],
    "withdrawn": [True, False], "figure": ["controls.found", "quantity.target.precursor.kg"],
    "amount": ["12.5"], "before": ["3"], "after": ["4.25"], "report": [2],
    "confirmed": ["yes", "changed"], "oral_at": ["2026-05-10T00:00:00Z"], "assistance": ["documents"],
    "answer": ["partial", "refused"], "ground": ["law"],
}  # fmt: skip
TEXTS = ("narrative", "offence", "basis", "why", "title")
#: Names and documents in several scripts.
PLANTED = [
    "Jean-Baptiste Quénéhervé", "Олександр Шевчук", "محمد عبد الرحمن", "欧阳娜娜", "O’Sullivan, Máire",
    "X4RTBB39", "12AB34567", "ZZ9988776", "Σωκράτης Παπαδόπουλος",
]  # fmt: skip


def _valid(field: releasable.Field, rng: random.Random) -> Any:
    fitting = [one for one in VALID[field.name] if field.form(one, PLAN) is not None]
    return rng.choice(fitting)


def _record(type_: str, rng: random.Random, plant: float) -> tuple[dict[str, Any], set[str]]:
    """A record with a valid value in each field, or with a planted one. Returns it with the names of the
    fields that must be in the view."""
    of, expected = TYPES[type_], set()

    def filled(fields: tuple[releasable.Field, ...], before: str) -> dict[str, Any]:
        made = {}
        for one in fields:
            if one.text or rng.random() < plant:
                made[one.name] = _hidden(rng)
            else:
                made[one.name] = _valid(one, rng)
                expected.add(before + one.name)
        made |= {
            f"{name}_{rng.randint(0, 9)}": _hidden(rng) for name in ("owner", "note", "file_name")
        }
        return made | {rng.choice(PLANTED): _hidden(rng)}

    record = filled(of.fields, "")
    for name, fields in of.lists.items():
        record[name] = [filled(fields, f"{name}.") for _ in range(2)]
    record["people"] = [
        {"name": rng.choice(PLANTED), "birth_date": "1990-02-03", "nationality": "FR", "sex": "F",
         "document": rng.choice(PLANTED)}
    ]  # fmt: skip
    record["attachments"] = [{"name": rng.choice(PLANTED) + ".docx", "author": rng.choice(PLANTED)}]
    return record, expected


def _hidden(rng: random.Random) -> Any:
    """A planted name, as it is, folded, transliterated, in base64, or within a list or an object."""
    name = rng.choice(PLANTED)
    return rng.choice(
        [
            name, name.upper(), anyascii(name), f"FR {name}", {"code": name}, [name],
            base64.b64encode(name.encode()).decode(), name.encode().hex(),
            unicodedata.normalize("NFD", name),
        ]
    )  # fmt: skip


def _found(output: str) -> list[str]:
    """The planted names that an output contains in any form."""
    folded = anyascii(unicodedata.normalize("NFKC", output)).casefold()
    decoded = [
        base64.b64decode(one + "=" * (-len(one) % 4)).decode("utf-8", "ignore")
        for one in re.findall(r"[A-Za-z0-9+/]{8,}={0,2}", output)
        if len(one.rstrip("=")) % 4 != 1
    ]
    return [
        name
        for name in PLANTED
        if anyascii(name).casefold() in folded
        or any(part in folded for part in anyascii(name).casefold().split() if len(part) > 4)
        or name.encode().hex() in output
        or any(anyascii(name).casefold() in anyascii(one).casefold() for one in decoded)
    ]


def test_1000_records_with_planted_names() -> None:
    """1,000 records of all types, with names and documents in every kind of field: none is in the view, and
    each field with a valid value is."""
    rng = random.Random(4)
    for number in range(1_000):
        type_ = list(TYPES)[number % len(TYPES)]
        record, expected = _record(type_, rng, plant=rng.choice((0.0, 0.3, 1.0)))
        made = view(type_, record, PLAN, ())
        output = json.dumps(made.content, ensure_ascii=False)
        assert _found(output) == [], (type_, output)
        assert not set(_names(made.content)) & {"name", "document", "birth_date", "attachments"}
        left = set(_names(made.content, TYPES[type_].lists))
        assert expected <= left
        if TYPES[type_].people and "day" in made.content:
            assert made.content["people"] == [
                {"nationality": "FR", "sex": "F", "age_band": "30-44"}
            ]


def _names(content: dict[str, Any], lists: Any = ()) -> list[str]:
    names = []
    for name, value in content.items():
        names.append(name)
        if name in lists:
            names += [f"{name}.{key}" for row in value for key in row]
    return names


def test_the_search_for_planted_names_finds_them() -> None:
    """The search of this test would find a name in each of the forms."""
    for name in PLANTED:
        for form in (name, name.upper(), anyascii(name), base64.b64encode(name.encode()).decode()):
            assert name in _found(json.dumps({"a": form}, ensure_ascii=False)), form


def test_a_text_leaves_only_if_exactly_this_text_was_read() -> None:
    """The hash of the text that a person read lets this text leave, and no other one."""
    text = "Drums among tiles."
    record = {"narrative": text, "items": [{"kind": "precursor"}]}
    assert view("warning", record, PLAN, ()).waiting == ["narrative"]
    assert "narrative" not in view("warning", record, PLAN, ()).content
    assert view("warning", record, PLAN, {digest(text)}).content["narrative"] == text
    changed = record | {"narrative": text + " "}
    assert "narrative" not in view("warning", changed, PLAN, {digest(text)}).content


@pytest.mark.parametrize("traits", [(), ("sex",), ("age_band", "nationality"), ("birth_date",)])
def test_traits_leave_only_if_the_plan_lists_them(traits: tuple[str, ...]) -> None:
    """In a single record, only the traits of the plan leave. Nobody is counted without traits."""
    person = {"nationality": "FR", "sex": "F", "birth_date": "1990-02-03", "name": "X"}
    made = view("seizure", {"day": "2026-05-10", "people": [person]}, Plan(frozenset(traits)), ())
    known = [one for one in traits if one in releasable.TRAITS]
    assert [sorted(one) for one in made.content.get("people", [])] == (
        [sorted(known)] if known else []
    )


@pytest.mark.parametrize(
    ("born", "band"),
    [
        ("2008-05-10", "18-29"), ("2008-05-11", "0-17"), ("1966-05-10", "60+"), ("1990", "30-44"),
        ("1996", None), ("1996-05", None), ("1996-04", "30-44"), ("2030-01-01", None),
        ("1990-02-30", None), ("x", None), (None, None), ("", None), ("1990-1-1", None),
    ],
)  # fmt: skip
def test_age_bands(born: Any, band: str | None) -> None:
    """The band on 10 May 2026. A partial date that allows two bands has none."""
    assert age_band(born, "2026-05-10") == band


def test_photographs_are_made_anew() -> None:
    """A picture that a person has seen leaves as new pixels with a new name; its metadata and its name
    stay.
    """
    exif = Image.Exif()
    exif[0x013B], exif[0x8298] = "Quenehervé", "Shevchuk"
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(out, "JPEG", exif=exif, comment=b"X4RTBB39")
    rows = [{"name": "Shevchuk.jpg", "data": base64.b64encode(out.getvalue()).decode()}]
    pdf = {"name": "a.jpg", "data": base64.b64encode(b"%PDF-1.7").decode()}
    record = {"photographs": [*rows, pdf, {"data": "%%"}, {}]}
    unseen = view("seizure", record, PLAN, ())
    assert "photographs" not in unseen.content
    assert unseen.waiting == ["photographs"]
    made = view("seizure", record, PLAN, {digest(out.getvalue()), digest(b"%PDF-1.7")})
    (new,) = made.content["photographs"]
    data = base64.b64decode(new["data"])
    assert new["name"] == "photograph-1.jpg"
    assert not any(word in data for word in (b"Quen", b"Shevchuk", b"X4RTBB39", b"Exif"))
    assert Image.open(io.BytesIO(data)).size == (60, 40)
    assert made.stayed == ["photographs"]


def test_the_codes_are_those_of_the_national_record() -> None:
    """The closed lists of codes are those of seizures in `apps/enforcement`."""
    assert set(releasable.GOODS) == set(KINDS)
    choices = {
        "place_kind": SeizureVersion.PlaceKind, "direction": SeizureVersion.Direction,
        "conveyance": SeizureVersion.Conveyance, "detection": SeizureVersion.Detection,
        "concealment": SeizureVersion.Concealment, "test": SeizureVersion.Test,
        "disposal": SeizureVersion.Disposal, "investigation": SeizureVersion.Investigation,
    }  # fmt: skip
    forms = {one.name: one.form for one in TYPES["seizure"].fields}
    for name, values in choices.items():
        assert all(forms[name](str(value), PLAN) == value for value in values.values)
        assert forms[name]("DUPONT", PLAN) is None


def test_the_documentation_names_the_fields() -> None:
    """docs/release.md has a row for each type with exactly its fields."""
    text = (Path(__file__).parents[2] / "docs" / "release.md").read_text()
    rows = dict(
        re.findall(
            r"^\| `(\w+)` \| (`[^|]*) \|", text.partition("## Data that may be sent")[2], re.M
        )
    )
    for name, of in TYPES.items():
        fields = [one.name for one in of.fields if not one.text]
        fields += [f"{part}[].{one.name}" for part, some in of.lists.items() for one in some]
        assert re.findall(r"`([^`]+)`", rows[name]) == fields, name


def test_the_command(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """`vedette release view` prints the canonical form of the view on one line, and names on stderr what
    waits for a reader."""
    file = tmp_path / "RECORD.json"

    def run(given: Any) -> tuple[int, bytes, bytes]:
        file.write_text(given if isinstance(given, str) else json.dumps(given))
        return main(["release", "view", str(file)]), *capsysbinary.readouterr()

    record = {
        "day": "2026-05-10",
        "country": "Dupont",
        "narrative": "by Dupont",
        "driver": "Dupont",
    }
    status, out, err = run({"type": "seizure", "record": record})
    assert (status, out) == (0, b'{"day":"2026-05-10","type":"seizure"}\n')
    assert json.loads(err) == {"waiting": ["narrative"], "stayed": ["country"]}
    cells = [
        {"row": "FR", "column": sex, "people": count} for sex, count in (("F", 1), ("M", 5))
    ] + [{"row": "MA", "column": sex, "people": 9} for sex in "FM"]
    table = {"rows": "nationality", "columns": "sex", "cells": cells}
    status, out, _ = run({"type": "table", "record": table})
    shown = {(one["row"], one["column"]): one["people"] for one in json.loads(out)["cells"]}
    assert status == 0
    assert shown == {("FR", "total"): 6, ("MA", "total"): 18, ("total", "F"): 10,
                     ("total", "M"): 14, ("total", "total"): 24}  # fmt: skip
    for bad, why in (
        ("{", b"line 1"),
        ("[]", b"an object with type"),
        ('{"type": "seizure", "record": {}, "record": {}}', b"occurs twice"),
        ({"type": "Dupont", "record": {}}, b"type: not one of"),
        ({"type": "seizure", "record": {}, "plan": {"traits": "sex"}}, b"plan.traits: a list"),
        ({"type": "table", "record": {"rows": "name", "columns": "sex"}}, b"rows, columns"),
        ({"type": "table", "record": table | {"cells": [{"row": "FR"}]}}, b"cells[0]"),
        ({"type": "table", "record": table | {"cells": [*cells, cells[0]]}}, b"twice"),
    ):
        status, out, err = run(bad)
        assert (status, out) == (1, b"")
        assert why in err
        assert b"Dupont" not in err
