"""Who sees goods items and their hits: readers of the themes of goods see the items, and each reader sees the
hits whose reasons have one of the own themes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from tests.apps.profiles.story import acting
from tests.goods.app.desk import PISTOL, Desk
from tests.goods.declared import SHOES

from vedette.goods.records import Document, Item

if TYPE_CHECKING:
    from vedette.apps.accounts.models import User

pytestmark = pytest.mark.database
GOODS = ("global_shield", "strategic", "small_arms")
_NOT_LISTED = (Document(code="Y901"),)


def _item(number: int, description: str, hs: str) -> Item:
    return Item(
        number=number, hs=hs, description=description, net_mass_kg=100.0, origin="FR",
        documents=_NOT_LISTED,
    )  # fmt: skip


#: Items, and the themes of the control lists that they match.
ITEMS: tuple[tuple[Item, tuple[str, ...]], ...] = (
    (_item(1, "Nitric acid 68 %", "382499"), ("global_shield",)),
    (_item(2, "Triethanolamine 85 %, drums", "340290"), ("strategic",)),
    (_item(3, "Spare parts of a pistol: slide and barrel", PISTOL.hs or ""), ("small_arms",)),
    (
        _item(4, "Mixture of triethanolamine 60 % and nitric acid 30 %", "340290"),
        ("global_shield", "strategic"),
    ),
    (
        _item(5, "Nitric acid 68 % and spare parts of a pistol: slide and barrel", "382499"),
        ("global_shield", "small_arms"),
    ),
    (_item(6, SHOES.description or "", SHOES.hs or ""), ()),
)


def _reader(desk: Desk, themes: Collection[str]) -> User:
    from vedette.apps.accounts.models import User

    desk.connection.execute(
        "UPDATE accounts_user SET themes = %s WHERE id = %s",
        [list(themes), desk.people["officer"].pk],
    )
    desk.people["officer"] = User.objects.get(pk=desk.people["officer"].pk)
    return desk.people["officer"]


def _seen(reader: User) -> dict[int, tuple[set[str], int]]:
    """The number of each item whose hit the reader sees, with the themes of the reasons and the priority."""
    from vedette.apps.hits.models import Reason, SeenHit
    from vedette.goods.app.models import GoodsItem

    with acting(reader):
        numbers = dict(GoodsItem.objects.values_list("pk", "number"))
        return {
            numbers[hit.subject_id]: (
                set(Reason.objects.filter(hit=hit.pk).values_list("theme", flat=True)),
                hit.priority,
            )
            for hit in SeenHit.objects.all()
        }


@pytest.fixture
def world(connection: psycopg.Connection[Any]) -> Desk:
    desk = Desk(connection)
    desk.receive(*(item for item, _ in ITEMS))
    return desk


def test_a_hit_is_seen_by_the_readers_of_each_of_its_themes_and_by_no_other(world: Desk) -> None:
    """For every choice of themes: the hits with a reason of one of them, with these reasons alone, and a
    priority that does not depend on the others."""
    alone: dict[tuple[int, str], int] = {}
    for n in range(1, len(GOODS) + 1):
        for themes in itertools.combinations((*GOODS, "passengers"), n):
            seen = _seen(_reader(world, themes))
            expected = {item.number: own for item, of in ITEMS if (own := set(of) & set(themes))}
            assert {number: own for number, (own, _) in seen.items()} == expected, themes
            for number, (own, priority) in seen.items():
                if len(own) == 1:
                    assert alone.setdefault((number or 0, *own), priority) == priority, themes  # type: ignore[arg-type]
    assert len(alone) == 7


def test_items_and_declarations_are_seen_with_one_theme_of_goods_and_not_without(
    world: Desk,
) -> None:
    """A declaration is data of all three themes. The search, the pages and the day show it to each of their
    readers; a reader of another theme sees none of it."""
    for theme in (*GOODS, "passengers", "cash"):
        _reader(world, [theme])
        client = world.client()
        status = 200 if theme in GOODS else 404
        for page in (f"/goods/{world.item(6)}/", f"/declarations/{world.declaration()}/"):
            assert client.get(page).status_code == status, (theme, page)
        client.post("/search/", {"purpose": "border", "case": "case 7"})
        found = client.post("/search/", {"q": "LRN-1"}).content.decode()
        assert ("Leather shoes" in found) == (theme in GOODS), theme
        shown = client.get("/declarations/").content.decode()
        assert (str(world.declaration()) in shown) == (theme in GOODS), theme


def test_the_page_shows_the_reasons_and_marks_of_the_own_themes(world: Desk) -> None:
    """The queue, the page of the hit, and the marks in the description of an item of two themes."""
    words = {"global_shield": "nitric acid", "strategic": "triethanolamine", "small_arms": None}
    for theme, word in words.items():
        _reader(world, [theme])
        client = world.client()
        queue = client.get("/?of=goods").content.decode()
        page = client.get(f"/goods/{world.item(4)}/").content.decode()
        marks = re.findall(r"<mark>([^<]+)<sup>", page)
        assert marks == ([word] if word else []), theme
        assert ("Mixture of triethanolamine" in queue) == bool(word), theme


def test_a_hit_of_another_theme_does_not_exist_for_the_reader(world: Desk) -> None:
    """Its page answers like that of a hit that was never raised, and it cannot be handed over."""
    from django.core.exceptions import PermissionDenied

    from vedette.apps.hits import actions
    from vedette.apps.hits.models import Hit

    colleague = world.office.supervisor
    blind = _reader(world, ["small_arms"])
    strategic = Hit.objects.using("intake").get(subject=world.item(2))
    assert world.client().get(f"/hits/{strategic.pk}/").status_code == 404
    with acting(colleague), pytest.raises(PermissionDenied):
        actions.hand_over(colleague, strategic.pk, blind)
    both = Hit.objects.using("intake").get(subject=world.item(5))
    assert world.client().get(f"/hits/{both.pk}/").status_code == 200


def test_the_database_and_the_code_agree_on_the_themes_of_data(database: str) -> None:
    """`vedette_data_themes` and `data_themes` give the same, and a reader of one theme of a kind sees its
    subjects."""
    from vedette.apps.columns import Theme, data_themes
    from vedette.kinds import kinds

    with psycopg.connect(database) as connection:
        for n in range(len(Theme) + 1):
            for themes in itertools.combinations(Theme.values, n):
                row = connection.execute(
                    "SELECT vedette_data_themes(%s)", [list(themes)]
                ).fetchone()
                assert row is not None
                assert set(row[0]) == data_themes(themes)
    for kind in kinds().values():
        for theme in kind.themes:
            assert data_themes([theme]) >= {*kind.themes}
