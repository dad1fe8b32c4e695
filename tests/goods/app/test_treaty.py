"""The annual report under the Arms Trade Treaty: lines from declarations and licences, each with its
records."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import defaultdict
from decimal import Decimal

import pytest
from django.http import QueryDict
from tests.apps.hits import world as worlds
from tests.apps.journal.scene import signed_in
from tests.goods.app.stored import fill

from vedette.goods.app.models import Declaration, GoodsItem, ItemClear, Licence
from vedette.goods.app.treaty import categories
from vedette.goods.app.treaty import report as reports


def test_codes_and_matches_give_categories() -> None:
    """The text of the goods has priority over the declared code; ammunition, parts and ordinary goods are not
    in the report; a code that has no row of category VIII says so."""
    expected = {
        ("930200", ()): "SA1", ("930330", ()): "SA2", ("930320", ()): "SA6", ("930190", ()): "VIII",
        ("930110", ()): "III", ("871000", ()): "I/II", ("890610", ()): "VI", ("930510", ()): None,
        ("930630", ()): None, ("640399", ()): None, ("732690", ("salw:930200",)): "SA1",
        ("930200", ("salw:930110",)): "III", ("640399", ("cas:7697-37-2",)): None, ("880211", ()): None,
        ("880240", ("salw:880240",)): None,
    }  # fmt: skip
    assert {key: categories.category_of(*key) for key in expected} == expected
    assert set(categories.entries().values()) <= set(categories.CATEGORIES)


def test_lines_of_licences_have_the_category_that_all_their_codes_share() -> None:
    """`9302` is one row; `93` is the whole of category VIII; other goods have none."""
    assert categories.category_of_line(["9302"], ()) == "SA1"
    assert (
        categories.category_of_line(["93"], ())
        == categories.category_of_line(["9302", "930330"], ())
        == "VIII"
    )
    assert categories.category_of_line([], ["salw:930330"]) == "SA2"
    assert categories.category_of_line(["2808", "9306"], ["cas:7697-37-2"]) == "VII/3"
    assert categories.category_of_line(["2808"], ["cas:7697-37-2"]) is None


@pytest.fixture
def world(database: str) -> worlds.World:
    return worlds.build()


#: Direction, day, code, quantity and unit, value and currency, destination, dispatch, origin.
ITEMS = [
    ("export", "2025-03-01", "930200", "12", "NAR", "5400.50", "EUR", "SN", "FR", "FR"),
    ("export", "2025-04-01", "930200", "3", "PCE", "900", "USD", "SN", "FR", "FR"),
    ("export", "2025-04-02", "930200", "2", "NAR", "700", "EUR", "ML", "FR", "FR"),
    ("export", "2025-04-02", "930200", "2", "NAR", "700", "EUR", "SN", "FR", "IT"),
    ("export", "2025-05-01", "930200", "7", "KGM", "100", "EUR", "SN", "FR", "FR"),
    ("import", "2025-12-31", "930330", "5", "NAR", "2500", "EUR", "FR", "US", "US"),
    ("import", "2025-12-31", "930330", None, None, None, None, "FR", "US", "US"),
    ("export", "2024-12-31", "930200", "99", "NAR", "1", "EUR", "SN", "FR", "FR"),
    ("export", "2025-06-01", "640399", "99", "NAR", "1", "EUR", "SN", "FR", "FR"),
    ("transit", "2025-06-01", "930200", "99", "NAR", "1", "EUR", "SN", "FR", "FR"),
]


def _declared(world: worlds.World) -> None:
    from vedette.goods.app.models import DeclarationClear

    stamp = ["2025-01-01T00:00:00", "R", 1]
    for direction, day, hs, quantity, unit, value, currency, to, dispatch, origin in ITEMS:
        declaration, item = fill(world.organisation)
        Declaration.objects.using("intake").filter(pk=declaration).update(
            direction=direction, stated_on=day
        )
        GoodsItem.objects.using("intake").filter(pk=item).update(hs=hs)
        row = GoodsItem.objects.using("intake").get(pk=item)
        side = {
            "retention_class": row.retention_class, "month": row.month,
            "organisation_id": world.organisation.pk,
        }  # fmt: skip
        stated = {
            "number": 1, "hs": hs, "quantity": quantity, "unit": unit, "value": value,
            "currency": currency, "destination": to, "dispatch": dispatch, "origin": origin,
        }  # fmt: skip
        DeclarationClear.objects.using("intake").create(
            declaration_id=declaration, state=[], **side
        )
        ItemClear.objects.using("intake").create(
            item_id=item, consignment="", hs=hs,
            state=[[stamp, {name: one for name, one in stated.items() if one is not None}]], **side,
        )  # fmt: skip


def _licences(world: worlds.World) -> None:
    for n, (day, codes, quantity, to) in enumerate(
        [("2025-02-01", ["9302"], "40", ["SN"]), ("2025-02-01", ["9302", "2808"], None, ["SN"]),
         ("2024-02-01", ["9302"], "40", ["SN"]), ("2025-02-01", ["2808"], "40", ["SN"])]
    ):  # fmt: skip
        line = {"number": 1, "hs": codes, "unit": "NAR"} | (
            {"quantity": quantity} if quantity else {}
        )
        Licence.objects.using("intake").create(
            organisation=world.organisation, number=f"L{n}", key=f"L{n}", token=b"%d" % n, lines=[line],
            destinations=to, valid_from=day, applied=1, changed_at=dt.datetime.now(dt.UTC),
        )  # fmt: skip


def test_sums_equal_the_declarations_and_licences(world: worlds.World) -> None:
    """Pieces, kilograms and currencies are kept apart; each line is for one State and one origin; other
    years, transit and other goods are left out; a masked item is counted as masked."""
    _declared(world)
    _licences(world)
    chosen = reports.Chosen(2025)
    expected: dict[tuple[str, str, str, str], list[Decimal]] = defaultdict(list)
    for direction, day, hs, quantity, unit, _, _, to, dispatch, origin in ITEMS:
        category = categories.category_of(hs, ())
        if direction == "transit" or category is None or not day.startswith("2025"):
            continue
        partner = to if direction == "export" else dispatch
        own = origin if direction == "export" or origin != partner else ""
        pieces = Decimal(quantity or 0) if unit != "KGM" else Decimal(0)
        expected[direction, category, partner, own].append(pieces)
    with world.seen_by():
        found = reports.report(chosen)
    actual = [one for one in found.lines if one.key.basis == "actual"]
    assert {
        (one.key.form, one.key.category, one.key.partner, one.key.origin): (
            one.pieces,
            len(one.sources),
        )
        for one in actual
    } == {key: (sum(values), len(values)) for key, values in expected.items()}
    [first] = [one for one in actual if one.key.partner == "SN" and one.key.origin == "FR"]
    assert first.other == {"KGM": Decimal(7)}
    assert first.values == {"EUR": Decimal("5500.50"), "USD": Decimal(900)}
    [back] = [one for one in actual if one.key.form == "import"]
    assert back.unknown == 1
    [licensed] = [one for one in found.lines if one.key.basis == "authorised"]
    assert (licensed.pieces, licensed.unknown, len(licensed.sources)) == (Decimal(40), 1, 2)
    print(
        f"ATT: {len(found.lines)} lines equal, {sum(len(one.sources) for one in found.lines)} records"
    )
    ItemClear.objects.using("intake").all()._raw_delete("intake")
    with world.seen_by():
        masked = [one for one in reports.report(chosen).lines if one.key.basis == "actual"]
    assert sum(one.masked for one in masked) == sum(len(one.sources) for one in actual)
    assert not any(one.pieces for one in masked)


def test_the_page_opens_the_records_of_a_line_and_marks_what_is_withheld(
    world: worlds.World,
) -> None:
    """Each line leads to its items; withheld cells are marked on the page and in the file; an empty table
    says that a nil report is possible."""
    _declared(world)
    page = signed_in(world.officer)
    text = page.get("/goods/treaty/?year=2025").content.decode()
    assert "VIII. Small arms: revolvers and self-loading pistols" in text
    with world.seen_by():
        lines = reports.report(reports.Chosen(2025)).lines
    for line in lines:
        answer = page.get(
            "/goods/treaty/records/?" + reports.Chosen(2025).query(line=line.key.name)
        )
        shown = answer.content.decode()
        assert sum(f"/goods/{one}/" in shown for one in line.sources) == len(line.sources)
    asked = "year=2025&withheld=number&withheld=state"
    rows = list(csv.reader(io.StringIO(page.get(f"/goods/treaty.csv?{asked}").content.decode())))
    assert {row[4] for row in rows[1:]} == {"withheld, article 13 (3)"}
    assert {row[6] for row in rows[1:]} == {"withheld, article 13 (3)"}
    assert any("EUR" in row[5] for row in rows[1:])
    assert "nil report" in page.get("/goods/treaty/?year=2019").content.decode()
    theirs = signed_in(worlds.build("Theirs").officer)
    assert (
        theirs.get("/goods/treaty/?year=2025").content.decode().count("nil report is possible") == 2
    )


def test_invalid_parameters_are_ignored() -> None:
    """The default is the year before, whose report is due."""
    for text in ("", "year=x&withheld=all", "year=1900", "year=99999"):
        chosen = reports.Chosen.read(QueryDict(text), dt.date(2026, 3, 1))
        assert chosen == reports.Chosen(2025)
