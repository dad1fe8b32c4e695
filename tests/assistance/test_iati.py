"""IATI: the checker on IATI's own files, the export of released items, and what cannot be computed from
it."""

from __future__ import annotations

import datetime as dt
import json
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from tests.shared import shared

from vedette.assistance.iati import Standard
from vedette.assistance.publication import Sum, export, publishable
from vedette.cli import main
from vedette.core.errors import Failure

NOW = dt.datetime(2026, 12, 2, tzinfo=dt.UTC)


def _standard() -> Standard:
    return Standard(shared("data", "iati"))


def test_the_schema_result_is_right_on_all_files_of_the_standard() -> None:
    """58 files that are valid under the schema, and 225 that are not."""
    standard, folder = _standard(), shared("data", "iati", "2.03", "tests", "activity-tests")
    counts = {"should-pass": 0, "should-fail": 0}
    for kind in counts:
        for path in sorted((folder / kind).rglob("*.xml")):
            faults = standard.check(path.read_bytes(), NOW)
            assert any(one.kind == "schema" for one in faults) == (kind == "should-fail"), path
            counts[kind] += 1
    assert counts == {"should-pass": 58, "should-fail": 225}


def test_codes_and_rules_beyond_the_schema() -> None:
    """An unknown status, a start after the end, a period of two years, percentages that do not add up to
    100."""
    made = export(_programme(random.Random(1), withheld=0.0), NOW).xml.decode()
    standard = _standard()
    assert [one for one in standard.check(made.encode(), NOW) if not one.warning] == []
    for old, new, name in (
        ('activity-status code="2"', 'activity-status code="999"', "ActivityStatus"),
        ('default-currency="USD"', 'default-currency="XXY"', "Currency"),
        ('iso-date="2025-01-01" type="1"', 'iso-date="2029-01-01" type="1"', "11.1.2"),
        ('vocabulary="1" percentage="100"', 'vocabulary="1" percentage="101"', "2.1.4"),
    ):
        assert old in made
        names = {
            one.name
            for one in standard.check(made.replace(old, new).encode(), NOW)
            if not one.warning
        }
        assert name in names or any(one.startswith(name[:3]) for one in names), (name, names)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF-1.7",
        b"<iati-activities",
        b"<html/>",
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><iati-activities>&x;</iati-activities>',
        b"<!DOCTYPE a ["
        + b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 30))
        + b"]><iati-activities/>",
    ],
)
def test_hostile_files_are_refused_with_a_reason(content: bytes) -> None:
    """No entity is resolved, and no file raises an error."""
    faults = _standard().check(content, NOW)
    assert faults[0].kind == "schema"
    assert "root:" not in faults[0].message


def _programme(chance: random.Random, withheld: float) -> dict[str, Any]:
    """A synthetic programme over two years whose budgets are the sums of transactions, and whose yearly
    periods are the sums of half-years."""
    activities, sums = [], []
    for a in range(chance.randint(1, 4)):
        items: list[dict[str, Any]] = []

        def add(
            kind: str, value: int, items: list[dict[str, Any]] = items, a: int = a, **more: Any
        ) -> str:
            name = f"{kind[0]}{a}-{len(items)}"
            shown = chance.random() >= withheld
            items.append(
                {
                    "id": name,
                    "kind": kind,
                    "value": f"{value}.00" if kind != "period" else str(value),
                    "released": shown,
                    **more,
                }
            )
            return name

        for year in (2025, 2026):
            parts = [chance.randint(1, 9_999) for _ in range(chance.randint(1, 4))]
            names = [
                add("transaction", v, type="4", date=f"{year}-0{n + 1}-15")
                for n, v in enumerate(parts)
            ]
            sums.append(
                {
                    "total": add(
                        "budget", sum(parts), **{"from": f"{year}-01-01", "to": f"{year}-12-31"}
                    ),
                    "parts": names,
                }
            )
            halves = [chance.randint(0, 200) for _ in range(2)]
            names = [
                add(
                    "period",
                    v,
                    indicator="Officers trained",
                    **{
                        "from": f"{year}-0{1 + 6 * n}-01" if n == 0 else f"{year}-07-01",
                        "to": f"{year}-06-30" if n == 0 else f"{year}-12-31",
                    },
                )
                for n, v in enumerate(halves)
            ]
            whole = {"from": f"{year}-01-01", "to": f"{year}-12-31"}
            sums.append(
                {
                    "total": add("period", sum(halves), indicator="Officers trained", **whole),
                    "parts": names,
                }
            )
        activities.append(
            {
                "id": f"A{a}",
                "title": "Synthetic activity",
                "description": "Training",
                "status": "2",
                "start": "2025-01-01",
                "end": "2026-12-31",
                "sector": "15130",
                "released": True,
                "items": items,
                "country": {"code": "KE", "released": chance.random() < 0.5},
            }
        )
    return {
        "reporting": {"ref": "XM-DAC-00000", "type": "10", "name": "Synthetic donor"},
        "currency": "USD",
        "sums": sums,
        "activities": activities,
    }


def _determined(names: list[str], known: set[str], sums: list[dict[str, Any]]) -> set[str]:
    """The second implementation: Gaussian elimination on a full matrix; returns the unknown items with
    one value."""
    unknown = [one for one in names if one not in known]
    place = {one: n for n, one in enumerate(unknown)}
    matrix = []
    for row in sums:
        line = [Fraction(0)] * len(unknown)
        for name, factor in [(row["total"], 1), *((part, -1) for part in row["parts"])]:
            if name in place:
                line[place[name]] += factor
        matrix.append(line)
    top = 0
    for column in range(len(unknown)):
        found = next((n for n in range(top, len(matrix)) if matrix[n][column]), None)
        if found is None:
            continue
        matrix[top], matrix[found] = matrix[found], matrix[top]
        matrix[top] = [value / matrix[top][column] for value in matrix[top]]
        for n, line in enumerate(matrix):
            if n != top and line[column]:
                matrix[n] = [a - line[column] * b for a, b in zip(line, matrix[top], strict=True)]
        top += 1
    return {
        unknown[line.index(1)] for line in matrix[:top] if sum(1 for value in line if value) == 1
    }


def test_two_hundred_random_programmes() -> None:
    """A third of the items is withheld. The file has no error, contains every released part of a sum
    whose total is withheld or released, and no withheld value is in it or follows from it."""
    standard, chance, held = _standard(), random.Random(200), 0
    for _ in range(200):
        data = _programme(chance, withheld=1 / 3)
        made = export(data, NOW)
        assert made.problems == []
        assert [one for one in standard.check(made.xml, NOW) if not one.warning] == []
        items = {item["id"]: item for one in data["activities"] for item in one["items"]}
        withheld = {name for name, item in items.items() if not item["released"]}
        assert not withheld & set(made.published)
        assert not _determined(list(items), set(made.published), data["sums"]) & withheld
        for name in made.held_back:
            held += 1
            assert _determined(list(items), {*made.published, name}, data["sums"]) & withheld
        root = etree.fromstring(made.xml)
        values = [one.text for one in root.iter("value")] + [
            one.get("value") for one in root.iter("actual")
        ]
        assert sorted(map(str, values)) == sorted(items[name]["value"] for name in made.published)
        shown = root.xpath("//recipient-country/@code")
        assert len(shown) == sum(one["country"]["released"] for one in data["activities"])
    assert held > 50


def test_a_total_is_held_back_if_it_reveals_one_part() -> None:
    """With one withheld part, the total is held back. With two, it is published. A withheld total of
    released parts holds back one part."""
    sums = [Sum("t", ("a", "b", "c"))]
    assert publishable(["t", "a", "b", "c"], ["t", "a", "b"], sums) == ["a", "b"]
    assert publishable(["t", "a", "b", "c"], ["t", "a"], sums) == ["t", "a"]
    assert publishable(["t", "a", "b", "c"], ["a", "b", "c"], sums) == ["a", "b"]


def test_nothing_is_published_by_default_and_faults_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Items and activities without a release, numbers that are none, a sum over unknown items."""
    data = _programme(random.Random(2), withheld=0.0)
    for one in data["activities"]:
        for item in one["items"]:
            del item["released"]
    assert export(data, NOW).published == []
    data["activities"][0]["items"][0] |= {"value": "NaN", "released": True}
    data["activities"][0]["items"][1] |= {"kind": "score"}
    data["sums"] = [{"total": "x", "parts": ["y"]}]
    path = tmp_path / "p.json"
    path.write_text(json.dumps(data))
    assert main(["iati", "export", str(path), "--standard", str(shared("data", "iati"))]) == 0
    out = capsys.readouterr()
    assert [one["place"] for one in json.loads(out.err)["problems"]] == [
        "activities[0].items[0].value",
        "activities[0].items[1]",
        "sums[0]",
    ]
    (tmp_path / "f.xml").write_text(out.out)
    assert (
        main(["iati", "check", str(tmp_path / "f.xml"), "--standard", str(shared("data", "iati"))])
        == 0
    )
    assert json.loads(capsys.readouterr().out)["schema"] == "valid"
    with pytest.raises(Failure):
        export({"activities": []}, NOW)


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "1E+999999", "9E999999"])
def test_a_percentage_that_is_no_number_is_a_fault(number: str) -> None:
    """The schema refuses it, and the rules about sums and ranges go on."""
    sectors = f'<sector percentage="{number}"/><sector percentage="9E999999"/>'
    made = f'<iati-activities version="2.03"><iati-activity>{sectors}</iati-activity></iati-activities>'
    faults = _standard().check(made.encode(), NOW)
    assert [one for one in faults if one.kind == "schema"]
