"""Messages that name a declaration by its MRN, by its local reference or by both are about one."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from typing import Any

import msgspec
import psycopg
import pytest
from tests.apps.profiles.story import acting
from tests.goods import declared
from tests.goods.app.desk import Desk
from tests.goods.declared import ACID, NOW, SHOES

pytestmark = pytest.mark.database
MRN, LRN = "26SN00000000000417", "LRN-1"
#: The original names the local reference, an amendment the MRN, a second amendment both.
ORIGINAL = declared.message(ACID, SHOES, at=NOW)
BY_NUMBER = msgspec.structs.replace(
    declared.message(
        msgspec.structs.replace(ACID, net_mass_kg=4700.0),
        at=NOW + dt.timedelta(minutes=1), action="amendment", mrn=MRN,
    ),
    lrn=None,
)  # fmt: skip
BY_BOTH = declared.message(
    msgspec.structs.replace(SHOES, description="Leather shoes for women"),
    at=NOW + dt.timedelta(minutes=2), action="amendment", mrn=MRN,
)  # fmt: skip


def _state(desk: Desk) -> Any:
    """The items that apply, as the pages show them, and the open hits."""
    from vedette.goods.app.disclosure import clear_goods
    from vedette.goods.app.models import Declaration, GoodsItem

    with acting(desk.people["officer"]):
        [shown] = Declaration.objects.filter(joined_to=None)
        items = GoodsItem.objects.filter(declaration=shown.pk).order_by("number")
        clear = clear_goods([one.pk for one in items])
        rows = [
            (one.number, one.present, msgspec.to_builtins(clear[one.pk].goods)) for one in items
        ]
        others = GoodsItem.objects.exclude(declaration=shown.pk)
        assert not any(others.values_list("present", flat=True))
    hits = [hit for hit in desk.hits() if hit.state in ("new", "reopened")]
    assert all(hit.group_id == shown.pk for hit in hits)
    return rows, len(hits)


def test_any_order_gives_one_declaration_with_the_same_items(
    connection: psycopg.Connection[Any],
) -> None:
    """Each message in a batch of its own, and all in one batch."""
    found = []
    for n, order in enumerate(itertools.permutations((ORIGINAL, BY_NUMBER, BY_BOTH))):
        apart, together = Desk(connection, f"Apart{n}"), Desk(connection, f"Together{n}")
        for message in order:
            apart.put(message)
        together.put(*order)
        found += [_state(apart), _state(together)]
    rows, hits = found[0]
    assert [(number, present) for number, present, _ in rows] == [(1, True), (2, True)]
    assert rows[0][2]["item"]["net_mass_kg"] == 4700.0
    assert rows[1][2]["item"]["description"] == "Leather shoes for women"
    assert hits == 1
    assert all(one == found[0] for one in found)


def test_a_number_of_another_office_does_not_take_over_a_local_reference(
    connection: psycopg.Connection[Any],
) -> None:
    desk = Desk(connection)
    desk.put(ORIGINAL)
    desk.put(msgspec.structs.replace(BY_BOTH, office="SN666"))
    [(count,)] = connection.execute("SELECT count(*) FROM goods_declaration").fetchall()
    assert count == 2
    desk.put(BY_BOTH)
    [(joined,)] = connection.execute(
        "SELECT count(*) FROM goods_declaration WHERE joined_to IS NOT NULL"
    ).fetchall()
    assert joined == 1


def test_the_local_reference_of_a_masked_declaration_is_free_for_another(
    connection: psycopg.Connection[Any],
) -> None:
    desk = Desk(connection)
    desk.put(ORIGINAL)
    connection.execute("DELETE FROM goods_itemclear")
    connection.execute("DELETE FROM goods_declarationclear")
    desk.receive(SHOES, at=NOW + dt.timedelta(minutes=1))
    rows = connection.execute("SELECT description FROM goods_itemclear").fetchall()
    assert rows == [(SHOES.description,)]


def test_a_decision_stays_with_the_declaration_that_was_received_first(
    connection: psycopg.Connection[Any],
) -> None:
    """The hit of the original is decided; the amendment by number raises a second one, which the message
    with both names makes void."""
    desk = Desk(connection)
    desk.put(ORIGINAL)
    [hit] = desk.hits()
    desk.decide("release", hit)
    desk.put(BY_NUMBER, at=NOW + dt.timedelta(minutes=1))
    assert sorted(one.state for one in desk.hits()) == ["decided", "new"]
    desk.put(BY_BOTH, at=NOW + dt.timedelta(minutes=2))
    assert {one.pk: one.state for one in desk.hits()}[hit.pk] == "decided"
    assert sorted(one.state for one in desk.hits()) == ["decided", "void"]


def test_pages_and_the_search_show_the_joined_declaration_once(
    connection: psycopg.Connection[Any],
) -> None:
    desk = Desk(connection)
    desk.put(ORIGINAL)
    desk.put(BY_NUMBER)
    desk.put(BY_BOTH)
    kept, gone = (
        id_
        for (id_,) in connection.execute(
            "SELECT id FROM goods_declaration ORDER BY joined_to IS NOT NULL"
        ).fetchall()
    )
    client = desk.client()
    day = client.get("/declarations/").content.decode()
    assert (day.count(str(kept)), day.count(str(gone))) == (1, 0)
    moved = client.get(f"/declarations/{gone}/")
    assert (moved.status_code, moved["Location"]) == (302, f"/declarations/{kept}/")
    page = client.get(f"/declarations/{kept}/").content.decode()
    assert MRN in page
    assert len(re.findall(r'<a href="/messages/[0-9a-f-]{36}/"', page)) == 3
    client.post("/search/", {"purpose": "border", "case": "case 7"})
    for text in (MRN, "CSQU3054383"):
        found = client.post("/search/", {"q": text}).content.decode()
        assert found.count("Leather shoes for women") == 1, text
    assert connection.execute("SELECT count(*) FROM goods_declarationname").fetchone() == (2,)


def test_two_workers_store_one_declaration_once(connection: psycopg.Connection[Any]) -> None:
    """The names are locked: a second worker waits for the first and finds what it stored."""
    import os
    import threading

    from django.db import connections

    from vedette.apps.desk import work
    from vedette.commands.environment import keys

    desk = Desk(connection)
    for n in range(12):
        lrn, mrn = f"R-{n}", f"26SN{n:014d}"
        of = [msgspec.structs.replace(one, lrn=one.lrn and lrn, mrn=one.mrn and mrn)
              for one in (BY_BOTH, ORIGINAL, BY_NUMBER)]  # fmt: skip
        desk.put(*of, work=False)

    def drain() -> None:
        worker = work.Worker(os.environ["DATABASE_URL_INTAKE"], keys())
        worker.drain()
        worker.connection.close()
        connections.close_all()

    workers = [threading.Thread(target=drain) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    [(shown,)] = connection.execute(
        "SELECT count(*) FROM goods_declaration WHERE joined_to IS NULL"
    ).fetchall()
    [(present,)] = connection.execute(
        "SELECT count(*) FROM goods_goodsitem WHERE present"
    ).fetchall()
    assert (shown, present) == (12, 24)
