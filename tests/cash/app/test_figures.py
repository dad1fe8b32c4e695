"""The statistics of cash: each figure equals the movements that it opens; small cells; the CSV file."""

from __future__ import annotations

import csv
import datetime as dt
import io
import uuid
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec
import psycopg
import pytest
from tests.apps.profiles.story import acting
from tests.cash.app.desk import Desk
from tests.cash.app.test_detention import FORM
from tests.cash.app.test_live import rates
from tests.cash.stated import NOW, announcement, declaration, movement

from vedette.cash import codes
from vedette.cash.app import comparing
from vedette.cash.app.figures import report as reports
from vedette.cash.app.figures import results
from vedette.cash.records import Count, Line
from vedette.cash.records import Message as Said
from vedette.commands.environment import keys

pytestmark = pytest.mark.database

DAY = dt.date(2026, 3, 10)
EUR = Line(number=1, kind="currency", amount=Decimal("12500"), currency="EUR")
USD = Line(number=2, kind="currency", amount=Decimal("300"), currency="USD")
GOLD = Line(number=1, kind="gold", type="bullion", weight=Decimal(200), fineness=Decimal(999))
CHOSEN = reports.Chosen(dt.date(2026, 1, 1), dt.date(2026, 6, 30))


def _said(
    reference: str, lines: tuple[Line, ...], day: dt.date = DAY, place: str = "SN001", **more: Any
) -> Said:
    way = msgspec.structs.replace(
        movement().transport, arrival=dt.datetime.combine(day, dt.time(12)), arrival_place="DSS"
    )
    names = ("record", "direction")
    of = movement(lines=lines, transport=way, **{n: more.pop(n) for n in names if n in more})
    return declaration(of=of, reference=reference, office=place, **more)


def _told(desk: Desk) -> None:
    """Four movements that count: two declarations (one of them counted with a difference and detained),
    undeclared cash, and a disclosure of gold. Four that do not."""
    counted = Count(lines=(msgspec.structs.replace(EUR, amount=Decimal("13000")),), at=NOW)
    desk.receive(
        _said("A-1", (EUR, USD)),
        _said("A-2", (EUR,), dt.date(2026, 4, 2)),
        _said("A-3", (EUR,), record="ex_officio", place="SN002"),
        _said("A-4", (GOLD,), record="disclosure"),
        _said("P-1", (EUR,), source="partner", partner="TN"),
        announcement(codes.encode(7), of=_said("", (EUR,)).movement),
        _said("X-1", (EUR,), dt.date(2025, 12, 31)),
        _said("R-1", (EUR,)),
    )
    desk.receive(
        declaration(
            NOW + dt.timedelta(seconds=1),
            reference=None,
            amends="A-2",
            action="count",
            count=counted,
        )
    )
    desk.connection.execute(
        "UPDATE subjects_subject SET restricted = true WHERE id = %s", [_id(desk, "R-1")]
    )
    form = {"id": str(uuid.uuid4()), **FORM}
    assert desk.client().post(f"/cash/{_id(desk, 'A-2')}/detain/", form).status_code == 302


def _id(desk: Desk, reference: str) -> uuid.UUID:
    [(id_,)] = desk.rows(
        "SELECT movement_id FROM cash_movementclear WHERE reference = %s AND organisation_id = %s",
        reference, desk.office.id,
    )  # fmt: skip
    return id_


def _table(desk: Desk, **more: Any) -> dict[str, dict[str, int | None]]:
    with acting(desk.people["officer"]):
        found = reports.report(replace(CHOSEN, **more))
    rows = {row.key: row.counts for row in found.rows}
    return rows | ({"*": found.total.counts} if found.total else {})


def test_each_figure_opens_its_movements(connection: psycopg.Connection[Any]) -> None:
    """By month, place, direction, currency and kind of cash; of two organisations, which have one record in
    common."""
    desk, other = Desk(connection, "Left"), Desk(connection, "Right")
    _told(desk)
    other.receive(_said("A-1", (EUR, USD)))
    total = {
        "records": 4, "declarations": 2, "disclosures": 1, "undeclared": 1, "below": 0, "controls": 1,
        "differences": 1, "detentions": 1, "seizures": 0,
    }  # fmt: skip
    assert _table(desk)["*"] == total
    assert {key: row["records"] for key, row in _table(desk).items()} == {
        "2026-03": 3, "2026-04": 1, "*": 4,
    }  # fmt: skip
    assert {k: r["records"] for k, r in _table(desk, by="place").items()} == {
        "SN001": 3, "SN002": 1, "*": 4,
    }  # fmt: skip
    assert {k: r["records"] for k, r in _table(desk, by="currency").items()} == {
        "EUR": 3, "USD": 1, "": 1,
    }  # fmt: skip
    assert {k: r["records"] for k, r in _table(desk, by="kind").items()} == {
        "currency": 3,
        "gold": 1,
    }
    assert _table(other)["*"]["records"] == 1
    with acting(desk.people["officer"]):
        for by in reports.BY:
            chosen = replace(CHOSEN, by=by)
            found = reports.report(chosen)
            for row in [*found.rows, *([found.total] if found.total else [])]:
                key = None if row is found.total else row.key
                for column, n in row.counts.items():
                    ids, count = reports.rows_of(chosen, column, key, 1)
                    assert (len(ids), count) == (n, n), (by, key, column)
        [one], _ = reports.rows_of(CHOSEN, "differences", None, 1)
    assert one == _id(desk, "A-2")
    assert _id(other, "A-1") != _id(desk, "A-1")


def test_the_sums_follow_the_lines(connection: psycopg.Connection[Any]) -> None:
    """After the receipt, an amendment with fewer and with more lines, a later rate, and the masking. A text
    in place of a currency is not kept. Another organisation keeps its sums."""
    desk, other = Desk(connection, "Left"), Desk(connection, "Right")
    bundle = msgspec.structs.replace(
        EUR, amount=None, denomination=Decimal(50), quantity=Decimal(3)
    )
    for one in (desk, other):
        one.receive(
            _said("A-1", (EUR, USD)), _said("A-2", (bundle, EUR, GOLD)), _said("A-3", (EUR,))
        )
    before = other.sums()
    for reference, lines in (("A-1", (GOLD,)), ("A-3", (EUR, USD, GOLD, USD))):
        said = _said(reference, lines, at=NOW + dt.timedelta(seconds=1), action="correction")
        desk.receive(msgspec.structs.replace(said, amends=reference))
    stated, stored = desk.sums()
    assert stated == stored
    id_ = _id(desk, "A-3")
    assert stored[id_]["currencies"] == {"EUR": 12500, "USD": None, "": None}
    rates(desk)
    assert comparing.watch(connection, keys(), NOW)
    stated, stored = desk.sums()
    assert stated == stored
    assert stored[id_]["currencies"] == {"EUR": 12500, "USD": 540, "": None}
    assert stored[_id(desk, "A-2")]["kinds"] == {"currency": 12650, "gold": None}
    assert other.sums() == before
    assert before[0] == before[1]
    table = _table(desk, by="currency")
    connection.execute("DELETE FROM cash_movementclear WHERE movement_id = %s", [id_])
    assert _table(desk, by="currency") == table
    assert {key: row["records"] for key, row in table.items()} == {"EUR": 2, "USD": 1, "": 3}
    other.receive(_said("A-4", (msgspec.structs.replace(EUR, currency="Ida Exempleau"),)))
    assert other.sums()[1][_id(other, "A-4")]["currencies"] == {"": None}


def test_the_pages(connection: psycopg.Connection[Any]) -> None:
    """Both languages; a link from the figure to the person; the acts; nothing for who may not see records."""
    desk = Desk(connection)
    empty = desk.client().get("/cash/statistics/?from=2026-01-01&to=2026-06-30").content.decode()
    assert "No movement in this period" in empty
    _told(desk)
    for language, words in (
        ("en", "Statistics of cash"),
        ("fr", "Statistiques de l’argent liquide"),
    ):
        client = desk.client(language=language)
        for by in reports.BY:
            page = client.get(f"/cash/statistics/?from=2026-01-01&to=2026-06-30&by={by}")
            assert words in page.content.decode()
    page = desk.client().get("/cash/statistics/?from=2026-01-01&to=2026-06-30").content.decode()
    assert "column=differences&amp;key=2026-04" in page
    assert '<th scope="row">Apr 2026</th>' in page
    assert (
        "Apr 2026" not in desk.client().get("/cash/statistics.csv?from=2026-01-01").content.decode()
    )
    query = "from=2026-01-01&to=2026-06-30&by=month&column=differences&key=2026-04"
    rows = desk.client().get(f"/cash/statistics/records/?{query}").content.decode()
    assert f"/cash/{_id(desk, 'A-2')}/" in rows
    for wrong in (
        "column=x",
        "column=records&key=%00",
        "from=x&to=9999-99-99",
        "by=x%27",
        "page=999999",
    ):
        answer = desk.client().get(f"/cash/statistics/records/?{wrong}")
        assert answer.status_code in (200, 302), wrong
    acts = {act for (act,) in desk.rows("SELECT DISTINCT act FROM accounts_act")}
    assert {"cash.statistics", "cash.figure"} <= acts
    for path in ("", "records/"):
        assert desk.client("administrator").get(f"/cash/statistics/{path}").status_code == 403
    assert desk.client("auditor").get("/cash/statistics.csv").status_code == 403


def test_small_cells_are_left_out(connection: psycopg.Connection[Any]) -> None:
    """Also those from which they could be computed, in the file too. The page then has no links."""
    desk = Desk(connection)
    desk.receive(
        *(_said(f"B-{n}", (EUR,), place="SN001") for n in range(5)),
        *(_said(f"C-{n}", (EUR,), place="SN002") for n in range(4)),
        _said("D-1", (EUR,), place="SN003"),
        _said("D-2", (EUR,), place="SN003", record="ex_officio"),
    )
    found = _table(desk, by="place", small=True)
    assert found["*"]["records"] == 11
    assert found["SN003"]["records"] is None
    # 11 less the two others would give it.
    assert None in (found["SN001"]["records"], found["SN002"]["records"])
    assert found["*"]["undeclared"] is None
    query = "from=2026-01-01&to=2026-06-30&by=place&small=out"
    page = desk.client().get(f"/cash/statistics/?{query}").content.decode()
    assert "/cash/statistics/records/" not in page
    text = desk.client().get(f"/cash/statistics.csv?{query}").content.decode("utf-8-sig")
    rows = {row[2]: row for row in csv.reader(io.StringIO(text))}
    assert rows["Total"][3] == "11"
    assert rows["SN003"][3] == ""
    assert rows["SN003"][12] == ""
    whole = (
        desk.client()
        .get(f"/cash/statistics.csv?{query.replace('&small=out', '')}")
        .content.decode()
    )
    assert "SN003,2," in whole


def test_the_period() -> None:
    """The default is the current half-year. A period that ends before it begins, or of many years, is the
    default."""
    today = dt.date(2026, 11, 5)
    for given in (
        {},
        {"from": "2026-05-01", "to": "2026-04-01"},
        {"from": "1990-01-01", "to": "2026-01-01"},
    ):
        chosen = reports.Chosen.read(given, today)
        assert (chosen.first, chosen.last) == (dt.date(2026, 7, 1), today), given


def test_the_results(connection: psycopg.Connection[Any]) -> None:
    """Undeclared cash, what a count found beyond the declaration, and the validated detention; by currency
    and weight. The file names what the records do not contain."""
    from vedette.apps.enforcement.actions import seizures

    desk = Desk(connection)
    _told(desk)
    gold = msgspec.structs.replace(GOLD, number=2)
    desk.receive(_said("A-9", (EUR, gold), record="ex_officio"))
    [(record,)] = desk.rows("SELECT id FROM cash_detention")
    with acting(desk.people["officer"]):
        before = results.results(CHOSEN)
        seizures.submit(desk.people["officer"], record, 1)
    with acting(desk.people["supervisor"]):
        seizures.validate(desk.people["supervisor"], record, 1)
        found = results.results(CHOSEN)
        small = results.results(replace(CHOSEN, small=True))
    rows = [(one.what, one.kind, one.unit, one.records, one.amount) for one in found]
    assert rows == [
        ("undeclared", "currency", "EUR", 2, 25000),
        ("undeclared", "gold", "g", 1, 200),
        ("surplus", "currency", "EUR", 1, 500),
        ("detained", "currency", "EUR", 1, 13000),
    ]
    assert before == found[:3]
    assert {(one.records, one.amount) for one in small} == {(None, None)}
    query = "from=2026-01-01&to=2026-06-30"
    for one in found:
        assert len(one.ids) == one.records
        rows_page = (
            desk.client()
            .get(f"/cash/statistics/records/?{query}&column=result&key={one.key}")
            .content.decode()
        )
        for id_ in one.ids:
            assert f"/cash/{id_}/" in rows_page, one
    wrong = desk.client().get(f"/cash/statistics/records/?{query}&column=result&key=x")
    assert wrong.status_code == 302
    page = desk.client().get(f"/cash/statistics/?{query}").content.decode()
    assert "Cash found in addition to the declared cash" in page
    for part in (
        "TENTACLE 2024",
        "Undeclared currency</th>",
        "USD 84,120,000",
        "USD 85,400,000",
        "858.73 kg",
        "press release",
    ):
        assert part in page, part
    text = desk.client().get(f"/cash/results.csv?{query}").content.decode("utf-8-sig")
    assert "Undeclared,gold,g,1,200" in text
    assert "Arrests,,,," in text
