"""Report tables: every figure equals the records, counted a second way, and opens exactly them."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import random
import re
from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.utils import translation
from tests.apps.enforcement.cases import case, changing, weapon
from tests.apps.hits import world as worlds
from tests.apps.journal.scene import signed_in

from vedette.apps.enforcement.actions import firearms as actions
from vedette.apps.enforcement.models import (
    Firearm,
    Seizure,
    SeizureItem,
    SeizureVersion,
    TraceRequest,
)
from vedette.apps.enforcement.selectors import reports
from vedette.apps.subjects.models import Subject
from vedette.core import firearms as forms

YEAR = reports.Chosen("iafq", dt.date(2025, 1, 1), dt.date(2025, 12, 31), "validated")


@pytest.fixture
def world(database: str) -> worlds.World:
    return worlds.build()


def _fill(world: worlds.World) -> None:
    """Seizures in and out of the year, in every state, with records of every kind and traces."""
    draw = random.Random(7)
    rows: list[tuple[Seizure, dict[str, str]]] = []
    types, parts = itertools.cycle(forms.TYPES), itertools.cycle(forms.PARTS)
    for n in range(24):
        seizure = case(
            world, state=("validated", "validated", "validated", "submitted", "draft", "withdrawn")[n % 6],
            day=dt.date(2024 + (n > 5), 1 + n % 12, 28),
            departure=("TR", "US", "")[n % 3], destination=("SN", "ML")[n % 2],
            conveyance=("post", "sea", "")[n % 3], place_kind=("post", "seaport", "")[n % 3],
            disposal=("stored", "destroyed", "")[n % 3],
        )  # fmt: skip
        if seizure.state == "withdrawn":
            continue
        for k in range(n % 4):
            item = ("firearm", "firearm", "part", "ammunition")[draw.randrange(4)]
            state = draw.choice(list(forms.SERIAL_STATES))
            number = f"K{n}V{k}" if state in ("intact", "altered") else ""
            rows.append((seizure, {
                "item": item, "type": next(types), "part": next(parts), "serial_state": state,
                "serial": number, "no_serial": "" if number else "removed",
                "quantity": "1" if item == "firearm" or number else str(draw.randrange(1, 90)),
                "country": draw.choice(["RS", "IT", ""]), "last_country": draw.choice(["FR", ""]),
                "import_country": draw.choice(["FR", ""]), "lot": f"L{n}-{k}",
                "made": ";".join(draw.sample(list(forms.MADE), draw.randrange(3))),
            }))  # fmt: skip
    with world.seen_by() as by:
        made = [weapon(by, seizure, **fields) for seizure, fields in rows]
        with changing(made[0].seizure_id):
            actions.strike(by, made[0].pk, 1)
    for n, row in enumerate(made):
        if row.item == "firearm" and n % 2:
            TraceRequest.objects.using("intake").create(
                organisation=world.organisation, firearm_id=row.pk, state="closed", to_country="RS",
                asked_on="2025-01-01", sent_on="2025-01-02", by_id=world.officer.pk, at=row.at,
                result=("traced", "not_traced")[n % 4 == 1], changed_at=row.at,
            )  # fmt: skip


def _counted(world: worlds.World, chosen: reports.Chosen) -> list[tuple[Firearm, SeizureVersion]]:
    """The records of a report, read a second way: row by row, in Python."""
    found = []
    for row in Firearm.objects.using("intake").select_related("seizure").order_by("pk"):
        seizure = row.seizure
        states = ("validated",) if chosen.counted == "validated" else ("validated", "submitted")
        version = seizure.versions.using("intake").get()
        inside = chosen.first <= version.day <= chosen.last
        if row.struck_at is None and seizure.state in states and inside:
            found.append((row, version))
    return found


def _expected(key: str, some: list[tuple[Firearm, SeizureVersion]]) -> dict[tuple[str, str], Any]:
    """(row, column) → value of the tables about types, marks, places and parts."""
    traces = defaultdict(list)
    for trace in TraceRequest.objects.using("intake").all():
        traces[trace.firearm_id].append(trace)
    found: Counter[tuple[str, str]] = Counter()
    for row, version in some:
        if (key == "parts") != (row.item == "part"):
            continue
        if key not in ("parts", "types", "weapons") and row.item != "firearm":
            continue
        if key in ("types", "weapons") and row.item != "firearm":
            continue
        about = {
            "types": [forms.TYPES[row.type].iafq if row.type else ""],
            "weapons": [forms.TYPES[row.type].att if row.type else ""],
            "disposal": [forms.TYPES[row.type].att if row.type else ""],
            "country": [row.country], "last_country": [row.last_country], "made": row.made,
            "departure": [version.departure], "destination": [version.destination],
            "place": [version.place_kind], "conveyance": [version.conveyance], "parts": [row.part],
        }[key]  # fmt: skip
        true = {
            "total": 1, row.serial_state: 1, "imported": bool(row.import_country),
            "asked": any(one.sent_on for one in traces[row.pk]),
            "traced": any(one.result == "traced" for one in traces[row.pk]),
            version.disposal or "unknown": 1, "records": 1, "pieces": row.quantity,
        }  # fmt: skip
        for name in about:
            for column in reports.TABLES[key].columns:
                found[name, column] += int(true.get(column, 0))
    return {cell: value for cell, value in found.items() if value}


@pytest.mark.parametrize("counted", reports.COUNTED)
def test_figures_equal_the_records_and_open_them(world: worlds.World, counted: str) -> None:
    """For every table: each figure is that of a second count, the total is the sum, and the link of a figure
    gives as many records as the figure says."""
    _fill(world)
    chosen = reports.Chosen("iafq", YEAR.first, YEAR.last, counted)
    some = _counted(world, chosen)
    assert len(some) > 8
    figures = opened = 0
    with world.seen_by(), translation.override("en"):
        for key, kind in reports.TABLES.items():
            table = reports.table(key, chosen)
            got: dict[tuple[str, str], Any] = {}
            for line in table.lines:
                for column, figure in zip(kind.columns, line.figures, strict=True):
                    figures += 1
                    if not figure.value:
                        assert figure.link == ""
                        continue
                    given = dict(parse_qsl(figure.link))
                    assert reports.Chosen.read(given, dt.date(2026, 1, 1)) == reports.Chosen(
                        kind.report, chosen.first, chosen.last, counted
                    )
                    found = reports.opened(chosen, given)
                    assert found is not None
                    rows = [row for row, _ in some if row.pk in set(found.ids)]
                    assert len(rows) == len(found.ids)
                    value = {
                        "pieces": sum(row.quantity for row in rows),
                        "cases": len({row.seizure_id for row in rows}),
                    }.get(column, len(rows))
                    assert value == figure.value
                    opened += 1
                    if line.total:
                        assert figure.value == sum(
                            one.figures[list(kind.columns).index(column)].value
                            for one in table.lines if not one.total
                        )  # fmt: skip
                    else:
                        got[given["row"].replace("-", ""), column] = figure.value
            if key == "items":
                for item in forms.ITEMS:
                    own = [row for row, _ in some if row.item == item]
                    expected = {"cases": len({row.seizure_id for row in own}), "records": len(own),
                                "pieces": sum(row.quantity for row in own)}  # fmt: skip
                    assert {c: got.get((item, c), 0) for c in kind.columns} == expected
            else:
                assert got == _expected(key, some)
    print(
        f"{counted}: {len(some)} records, {figures} figures equal, {opened} opened exactly their records"
    )


GOODS = [
    ("precursor", "ammonium nitrate", "1500", "kg", "1500", "kg"),
    ("precursor", "ammonium nitrate", "2", "t", "2000", "kg"),
    ("precursor", "ammonium nitrate", "40", "l", "40", "l"),
    ("precursor", "nitromethane", "0.5", "l", "0.5", "l"),
    ("detonator", "", "500", "piece", "500", "piece"),
    ("detonator", "", "3", "carton", "3", "carton"),
    ("detonator", "", "1", "km", "1000", "m"),
]


def test_totals_of_goods_are_kept_apart_by_kind_and_unit(world: worlds.World) -> None:
    """Kilograms, litres, pieces and metres are never added; each total is the sum of its records and opens
    them; drafts, other years and restricted persons are not counted."""
    made = []
    for n, (state, day) in enumerate(
        [("validated", "2025-02-01"), ("validated", "2025-12-31"), ("draft", "2025-02-01"),
         ("validated", "2024-12-31"), ("validated", "2025-05-01")]
    ):  # fmt: skip
        seizure = case(world, state=state, day=dt.date.fromisoformat(day))
        version = SeizureVersion.objects.using("intake").get(seizure=seizure)
        for k, (kind, sub, quantity, unit, amount, base) in enumerate(GOODS[: 7 - n], 1):
            SeizureItem.objects.using("intake").create(
                organisation=world.organisation, version=version, number=k, kind=kind, sub=sub,
                quantity=quantity, unit=unit, amount=amount, base=base,
            )  # fmt: skip
        made.append(seizure)
    Subject.objects.using("intake").filter(pk=made[4].subject_id).update(restricted=True)
    expected: defaultdict[tuple[str, str, str], list[Decimal]] = defaultdict(list)
    for n in (0, 1):
        for kind, sub, _, _, amount, base in GOODS[: 7 - n]:
            expected[kind, sub, base].append(Decimal(amount))
    chosen = reports.Chosen("goods", YEAR.first, YEAR.last, "validated")
    with world.seen_by():
        totals = reports.totals(chosen)
        assert {(t.of.kind, t.of.sub, t.of.base): t.of.amount for t in totals} == {
            key: sum(values) for key, values in expected.items()
        }
        for one in [total.of for total in totals]:
            rows, following = reports.opened_goods(chosen, one.kind, one.sub, one.base, "")
            assert not following
            assert sum(row.amount for row in rows) == one.amount
            assert len(rows) == len(expected[one.kind, one.sub, one.base])
            assert len({row.version.seizure_id for row in rows}) == one.seizures
    print(f"goods: {len(totals)} totals equal, {sum(len(v) for v in expected.values())} records")


def test_the_pages_the_file_and_other_readers(world: worlds.World) -> None:
    """The page shows the figures, the link of a figure opens records, the file has each figure once, and
    another organisation sees none."""
    _fill(world)
    page = signed_in(world.officer)
    address = f"/reports/arms/?{YEAR.query()}"
    text = page.get(address).content.decode()
    links = re.findall(r'href="(/reports/arms/records/\?[^"]+)"', text)
    assert len(links) > 20
    answer = page.get(links[0].replace("&amp;", "&"))
    assert answer.status_code == 200
    assert "/firearms/" in answer.content.decode()
    lines = list(
        csv.reader(io.StringIO(page.get(f"/reports/arms.csv?{YEAR.query()}").content.decode()))
    )
    with world.seen_by():
        cells = [f for t in reports.tables_of(YEAR) for line in t.lines for f in line.figures]
    assert [int(line[-1]) for line in lines[1:]] == [figure.value for figure in cells]
    assert page.get("/reports/arms/?report=poa").status_code == 200
    assert page.get("/reports/arms/?report=goods").status_code == 200
    assert page.get("/reports/arms/records/?table=types&column=x").status_code == 302
    theirs = signed_in(worlds.build("Theirs").officer)
    assert "/reports/arms/records/" not in theirs.get(address).content.decode()


def test_without_a_period_the_report_is_that_of_the_year_that_is_due() -> None:
    """Annual reports are due at the end of May for the year before."""
    for today, year in (("2026-05-31", 2025), ("2026-06-01", 2026)):
        chosen = reports.Chosen.read(
            {"first": "2026-02-01", "last": "x"}, dt.date.fromisoformat(today)
        )
        assert (chosen.first.year, chosen.last) == (year, dt.date(year, 12, 31))
