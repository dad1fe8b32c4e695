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

    from vedette.goods.app import items
    from vedette.goods.app.kind import filter_groups

    desk = Desk(connection)
    for number in range(3):
        desk.receive(SHOES, lrn=f"LRN-{number}")
    monkeypatch.setattr(items, "FOUND", 1)
    with acting(desk.people["officer"]):
        assert len(items.search("leather shoes")) == 2
        assert len(filter_groups("leather shoes")) == 3


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
        "INSERT INTO goods_declarationname (organisation_id, declaration_id, token, number)"
        " VALUES (%s, %s, %s, false)",
        [desks[1].office.id, gone, b"0123456789abcdef"],
    )
    store = Store(connection, keys(), desks[0].office.id, NOW)
    store._keep_names([Held(Group(gone, ""), joined=kept)])
    [held] = connection.execute("SELECT declaration_id FROM goods_declarationname").fetchall()
    assert held == (gone,)
