"""Goods compared with ordinary trade: the baseline of an imported table and of stored items, the facts, and
the pages."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import msgspec
import psycopg
import pytest
from tests.apps.profiles.story import in_force
from tests.goods.app.desk import Desk
from tests.goods.declared import NOW, SHOES

from vedette.goods.records import Item

pytestmark = pytest.mark.database

#: What 2 kg of a laboratory pack cost per kilogram.
DEAR = Decimal("27.5")


def nitrate(kg: float, value: Decimal, number: int = 1) -> Item:
    return Item(
        number=number, hs="310230", description="Fertilizer in bags", net_mass_kg=kg, gross_mass_kg=kg * 1.05,
        value=value, currency="EUR", origin="ES",
    )  # fmt: skip


def price(kg: float, n: int) -> float:
    """Small packs are dear, and every price varies."""
    return 30.0 * kg**-0.42 * math.exp(0.3 * math.sin(n * 7.0))


def table(count: int = 400) -> bytes:
    """Ordinary trade in packs from 1 kg to 25 t."""
    rows = ["hs,net_mass_kg,value,currency,origin,destination"]
    for n in range(count):
        kg = round(math.exp(10.1 * (n % 97) / 96), 3)
        rows.append(f"310230,{kg},{price(kg, n) * kg:.4f},EUR,ES,SN")
    return "\n".join(rows).encode()


def built(desk: Desk) -> list[tuple[Any, ...]]:
    """Builds the baselines that wait, in this process."""
    from vedette.goods.app import baselines

    for organisation, id_ in desk.connection.execute(baselines.STEP.waits).fetchall():
        baselines.build(desk.connection, organisation, id_)
    return desk.connection.execute(
        "SELECT number, state, problem, items FROM goods_baseline WHERE organisation_id = %s"
        " ORDER BY number",
        [desk.office.id],
    ).fetchall()


def imported(desk: Desk, content: bytes | None = None) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile("items.csv", table() if content is None else content)
    answer = desk.client("analyst").post("/goods/trade/", {"what": "table", "table": file})
    assert answer.status_code == 302


def item(connection: psycopg.Connection[Any], description: str) -> Any:
    row = connection.execute(
        "SELECT item_id FROM goods_itemclear WHERE description = %s", [description]
    ).fetchone()
    assert row is not None
    return row[0]


@pytest.fixture
def desk(connection: psycopg.Connection[Any]) -> Desk:
    return Desk(connection)


def test_twenty_tonnes_at_the_price_of_two_kilograms_are_unusual(desk: Desk) -> None:
    """The way from the imported table to the facts, the hits of a profile, and the pages in both
    languages."""
    imported(desk)
    assert built(desk) == [(1, "ready", "", 400)]
    in_force(
        desk.office,
        "unit_value_high",
        kind="goods",
        theme="global_shield",
        purpose="border",
        weight=40,
    )
    heavy = msgspec.structs.replace(
        nitrate(20_000.0, 20_000 * DEAR, 2), description="Fertilizer, bulk"
    )
    # The profile of the test came into force after the time of the messages of other tests.
    desk.receive(nitrate(2.0, 2 * DEAR), heavy, at=NOW + dt.timedelta(minutes=1))
    fired = desk.connection.execute(
        "SELECT g.number FROM hits_reason r JOIN hits_hit h ON h.id = r.hit_id"
        " JOIN goods_goodsitem g ON g.id = h.subject_id WHERE r.kind = 'profile'"
    ).fetchall()
    assert fired == [(2,)]
    pages = {
        language: [
            desk.client("officer", language).get(f"/goods/{desk.item(n)}/").content.decode()
            for n in (1, 2)
        ]
        for language in ("en", "fr")
    }
    assert "is unusually high" not in pages["en"][0]
    assert "27.5 EUR per kg is ordinary" in pages["en"][0]
    assert "The value is unusually high." in pages["en"][1]
    assert "La valeur est anormalement élevée" in pages["fr"][1]
    for some in pages.values():
        for page in some:
            assert page.count('class="here"') >= 1
            assert 'class="box"' in page


def test_stored_items_give_a_baseline_every_week(desk: Desk) -> None:
    """Stored items of the own organisation only, without restricted ones; a second baseline is not built
    before a week has passed, and that of an imported table is kept."""
    from vedette.goods.app import baselines

    for n in range(3):
        some = [
            nitrate(kg, Decimal(str(round(price(kg, k + n) * kg, 4))), k)
            for k in range(1, 31)
            for kg in (float(10 * k),)
        ]
        desk.receive(*some, lrn=f"L{n}")
    [(restricted,)] = desk.connection.execute(
        "SELECT id FROM goods_goodsitem WHERE number = 7 ORDER BY id LIMIT 1"
    ).fetchall()
    desk.connection.execute(
        "UPDATE subjects_subject SET restricted = true WHERE id = %s", [restricted]
    )
    other = Desk(desk.connection, "Other")
    other.receive(SHOES)
    # The worker of the other organisation has requested baselines of both.
    desk.connection.execute("DELETE FROM goods_baseline")
    assert baselines.ask(desk.connection, NOW) == 2
    assert built(desk) == [(1, "ready", "", 89)]
    assert built(other) == [(1, "failed", "few", 0)]
    assert baselines.ask(desk.connection, NOW) == 0
    assert baselines.ask(desk.connection, NOW + dt.timedelta(days=8)) == 2
    desk.connection.execute("DELETE FROM goods_baseline WHERE state = 'waiting'")
    imported(desk)
    built(desk)
    assert baselines.ask(desk.connection, NOW + dt.timedelta(days=30)) == 1  # the other's
    page = desk.client("auditor", "fr").get("/goods/trade/?hs=3102").content.decode()
    assert "310230" in page
    assert 'name="what"' not in page  # an auditor changes nothing


def test_what_cannot_be_read_is_explained(desk: Desk) -> None:
    imported(desk, b"hs,weight\n310230,5\n")
    assert built(desk) == [(1, "failed", "table", 0)]
    imported(desk, b"hs,net_mass_kg,value_usd\n310230,5,7\n")
    assert built(desk)[1] == (2, "failed", "few", 0)
    client = desk.client("analyst")
    page = client.get("/goods/trade/").content.decode()
    assert "missing columns: net_mass_kg or mass_kg or qty_t" in page
    assert "at least 50 are needed" in page
    wrong = client.post("/goods/trade/", {"what": "terms", "rates": "USD x", "currency": "EUR"})
    assert (wrong.status_code, "Line 1:" in wrong.content.decode()) == (422, True)
    assert client.post("/goods/trade/", {"what": "table"}).status_code == 422
    assert desk.client("officer").post("/goods/trade/", {"what": "build"}).status_code == 403


def test_items_split_below_a_threshold_and_an_importer_without_history(desk: Desk) -> None:
    """The threshold of the administration; earlier items of the importer count, those of another organisation
    do not; an item that is screened again is compared again."""
    client = desk.client("analyst")
    typed = {
        "what": "terms",
        "currency": "EUR",
        "rates": "USD 0,9",
        "thresholds": "valeur 150\nmass 10 3102",
    }
    assert client.post("/goods/trade/", typed).status_code == 302
    imported(desk)
    built(desk)
    other = Desk(desk.connection, "Other")
    for n in range(6):
        at = NOW + dt.timedelta(minutes=n)
        desk.receive(nitrate(50.0, Decimal("148.00")), lrn=f"S{n}", at=at)
        other.receive(nitrate(50.0, Decimal("148.00")), lrn=f"S{n}", at=at)
    found = desk.connection.execute(
        "SELECT count(*) FROM goods_itemclear WHERE organisation_id = %s"
        " AND jsonb_path_exists(compared, '$.findings[*] ? (@.kind == \"split\")')",
        [desk.office.id],
    ).fetchone()
    # Only the item with which the number becomes improbable is a finding.
    assert found == (1,)
    assert desk.connection.execute(
        "SELECT count(*) FROM goods_itemclear WHERE organisation_id = %s AND compared IS NOT NULL",
        [other.office.id],
    ).fetchone() == (0,)
    before = _compared(desk)
    desk.connection.execute("UPDATE goods_itemclear SET compared = NULL")
    desk.connection.execute("UPDATE subjects_subject SET screen_again = true")
    desk.work(NOW + dt.timedelta(minutes=9))
    assert _compared(desk) == before


def _compared(desk: Desk) -> list[Any]:
    return desk.connection.execute(
        "SELECT item_id, compared FROM goods_itemclear WHERE organisation_id = %s ORDER BY 1",
        [desk.office.id],
    ).fetchall()
