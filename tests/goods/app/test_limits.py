"""Values at the limits of what messages may state do not stop the pages, and clearings apply narrowly."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import psycopg
import pytest
from tests.goods.app.desk import Desk
from tests.goods.declared import ACID, EXPORTER, NOW, SHOES

from vedette.goods.records import Consignment, Identifier, Item, Party

pytestmark = pytest.mark.database


@pytest.mark.parametrize(
    ("mass", "expected"), [(1e-99, None), (4.0, Decimal("0.25")), (None, None)]
)
def test_a_very_small_mass_gives_no_value_per_kilogram(
    database: str, mass: float | None, expected: Decimal | None
) -> None:
    """A ratio with more digits than a page can show is left out."""
    from vedette.goods import declarations
    from vedette.goods.app.items import Line

    item = msgspec.structs.replace(ACID, net_mass_kg=mass, value=Decimal(1))
    goods = msgspec.structs.replace(declarations.goods_of({}, "", {}), item=item)
    unused: Any = None
    assert Line(unused, goods, None).value_per_kg == expected


def test_a_clearing_applies_only_to_the_same_parties_and_the_same_destination(
    database: str,
) -> None:
    """A namesake with another number or country has another fingerprint, and so have goods for another
    country and goods whose long description ends with other words."""
    from vedette.commands.environment import keys
    from vedette.goods import declarations
    from vedette.goods.app.rows import fingerprint

    def of(party: Party = EXPORTER, item: Item = ACID, destination: str = "SN") -> bytes:
        goods = msgspec.structs.replace(
            declarations.goods_of({}, "", {}),
            item=item,
            parties=(party,),
            consignment=Consignment(destination=destination),
        )
        return fingerprint(goods, keys())

    long, other = (
        msgspec.structs.replace(ACID, description="goods " * 1_000 + end)
        for end in ("soap", "acid")
    )
    number = msgspec.structs.replace(EXPORTER, identifiers=(Identifier(value="FR999"),))
    spaced = msgspec.structs.replace(EXPORTER, identifiers=(Identifier(value="FR 123456789000"),))
    assert of(EXPORTER) == of(spaced)
    assert of(EXPORTER) != of(number)
    assert of(EXPORTER) != of(msgspec.structs.replace(EXPORTER, country="IR"))
    assert of(EXPORTER) != of(destination="IR")
    assert of(item=long) != of(item=other)


def test_the_filter_of_the_queue_finds_the_declarations_of_many_items(
    connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit of the search page does not cut the filter of the queue."""
    from tests.apps.profiles.story import acting

    from vedette.apps.hits.models import SeenHit
    from vedette.goods.app import items
    from vedette.goods.app.kind import filter_groups

    desk = Desk(connection)
    for number in range(3):
        desk.receive(ACID, lrn=f"LRN-{number}")
    desk.receive(SHOES, lrn="LRN-9")
    monkeypatch.setattr(items, "FOUND", 1)
    with acting(desk.people["officer"]):
        assert len(items.search("nitric acid")) == 2
        assert len(filter_groups("nitric acid")) == 3
        # A declaration without a hit is not in the queue.
        assert filter_groups("leather shoes") == []
    connection.execute(
        "UPDATE accounts_user SET themes = '{strategic}' WHERE id = %s", [desk.people["officer"].pk]
    )
    desk.people["officer"].refresh_from_db(using="intake")
    with acting(desk.people["officer"]):
        seen = len({hit.group_id for hit in SeenHit.objects.all()})
        assert len(filter_groups("nitric acid")) == seen


def test_many_items_are_read_in_one_statement(connection: psycopg.Connection[Any]) -> None:
    """The state of a declaration is made once for all of its items."""
    from unittest import mock

    from django.db import connection as web
    from django.test.utils import CaptureQueriesContext
    from tests.apps.profiles.story import acting

    from vedette.goods import declarations
    from vedette.goods.app.disclosure import clear_goods

    desk = Desk(connection)
    some = [msgspec.structs.replace(SHOES, number=n) for n in range(1, 21)]
    desk.receive(*some)
    desk.receive(*some, lrn="LRN-2")
    ids = [id_ for (id_,) in connection.execute("SELECT id FROM goods_goodsitem")]
    with acting(desk.people["officer"]), CaptureQueriesContext(web) as asked:
        with mock.patch.object(
            declarations, "GroupState", side_effect=declarations.GroupState
        ) as made:
            assert len(clear_goods(ids)) == 40
        assert (len(asked), made.call_count) == (1, 2)
        assert clear_goods([]) == {}


def test_joined_names_are_those_of_the_own_organisation(
    connection: psycopg.Connection[Any],
) -> None:
    """The names of a joined declaration are copied only within one organisation."""
    from tests.goods.app.stored import fill

    from vedette.apps.accounts.models import Organisation
    from vedette.commands.environment import keys
    from vedette.goods.app.store import Store
    from vedette.goods.declarations import Group, Held

    desks = (Desk(connection), Desk(connection, "-other"))
    kept, gone = (
        fill(Organisation.objects.using("intake").get(pk=desk.office.id))[0] for desk in desks
    )
    connection.execute(
        "INSERT INTO goods_declarationname (organisation_id, declaration_id, token, shared, number)"
        " VALUES (%s, %s, %s, %s, false)",
        [desks[1].office.id, gone, b"0123456789abcdef", b"0123456789abcdef"],
    )
    store = Store(connection, keys(), desks[0].office.id, NOW)
    store._keep_names([Held(Group(gone, ""), joined=kept)])
    [held] = connection.execute("SELECT declaration_id FROM goods_declarationname").fetchall()
    assert held == (gone,)
