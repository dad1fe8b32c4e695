"""The purpose matrix: which links a reader sees, for random matrices, compared with an independent
computation."""

from __future__ import annotations

import random
import uuid
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.db import connections
from django.utils import timezone
from tests.apps.links.plain import DATA, PURPOSES, Plain, adopt, random_cells, scatter

from vedette.apps.accounts.models import User
from vedette.apps.links import neighbours
from vedette.screening import links
from vedette.screening.links import Cell

if TYPE_CHECKING:
    from vedette.screening.links import Graph

THEMES = [theme for theme, _ in DATA.values()]


def shown(graph: Graph | None) -> set[tuple[uuid.UUID, uuid.UUID, str]]:
    """The links of a neighbourhood, as the independent computation returns them."""
    if graph is None:
        return set()
    return {
        (min(e.one, e.other, key=lambda one: one.int), max(e.one, e.other, key=lambda one: one.int), e.kind)
        for e in graph.edges
    }  # fmt: skip


def readers(plain: Plain) -> list[User]:
    """The officer with all themes and purposes, and with some of them."""
    made = [plain.world.officer]
    for themes, purposes in ((["passengers", "cash"], list(PURPOSES)), (THEMES, ["border"])):
        user = User.objects.get(pk=plain.world.officer.pk)
        user.themes, user.purposes = themes, purposes
        made.append(user)
    return made


@pytest.mark.parametrize("seed", [1, 2])
def test_every_permitted_link_is_shown_and_no_other(plain: Plain, seed: int) -> None:
    """With an empty matrix and with random ones, for three readers: the links on the page of each subject are
    those of the independent computation."""
    scatter(seed, plain)
    chance = random.Random(seed)
    crossed = 0
    for turn in range(4):
        cells = random_cells(chance) if turn else []
        if turn:
            adopt(plain.world, plain.world.users["dpo"], cells)
        for reader in readers(plain):
            for root in plain.some:
                expected = plain.permitted(root, set(cells), reader.themes, reader.purposes)
                with plain.world.seen_by(reader):
                    found = shown(neighbours.permitted_for(root))
                assert found == expected, (turn, reader.themes)
                themes = [{plain.some[a].theme, plain.some[b].theme} for a, b, _ in found]
                crossed += sum(len(some) > 1 for some in themes)
                if not turn:
                    assert all(len(some) == 1 for some in themes)
    assert crossed > 5


def test_reasons_and_values_follow_the_matrix(plain: Plain) -> None:
    """What workers add to hits: only permitted cases give a reason, which has the theme and purpose of the
    case. Profile columns count cases of the same data only."""
    mine = plain.make("traveller", {("phone", "1"), ("email", "9")})
    plain.make("goods", {("phone", "1")}, case={("strategic", "border")}, offence="arms")
    plain.make("cash", {("phone", "1")}, case={("cash", "border")}, offence="money")
    middle = plain.make("traveller", {("email", "9"), ("address", "4")})
    plain.make("traveller", {("address", "4")}, case={("passengers", "terrorism")}, offence="drugs")
    home, now = plain.world.organisation.pk, timezone.now()

    def found() -> neighbours.Found:
        connection = connections["intake"]
        connection.ensure_connection()
        assert isinstance(connection.connection, psycopg.Connection)
        return neighbours.of_subjects(connection.connection, home, [mine.id], now)[mine.id]

    before = found()
    assert [(one.key, one.params["cases"]) for one in before.reasons] == [
        ("link:passengers:terrorism", 1)
    ]
    assert before.values == {
        "shared_phone_hits": 0, "shared_email_hits": 0, "links_to_seizures_1": 0, "links_to_seizures_2": 1,
        "link_weight": pytest.approx(0.4),
    }  # fmt: skip
    cell = Cell("passengers", "border", "strategic", "border", "arms")
    adopt(plain.world, plain.world.users["dpo"], [cell])
    after = found()
    assert [one.key for one in after.reasons] == [
        "link:passengers:terrorism",
        "link:strategic:border",
    ]
    assert after.reasons[1].params == {"cases": 1, "steps": 1, "kinds": ["phone"]}
    assert after.values == before.values
    assert middle.id in plain.some


def test_limits_of_links(plain: Plain) -> None:
    """A common identifier, an expired link, a restricted subject and another organisation link nobody. An
    identifier with one holder that appears often is not common."""
    mine = plain.make(
        "traveller", {("phone", "call centre"), ("email", "own"), ("address", "old")}, holder="me"
    )
    for n in range(links.COMMON):
        plain.make("traveller", {("phone", "call centre")}, holder=f"caller {n}")
    same = [
        plain.make("traveller", {("email", "own")}, holder="me") for _ in range(links.COMMON + 5)
    ]
    plain.make("traveller", {("address", "old")}, old=True)
    old_case = plain.make(
        "traveller", {("address", "old")}, case={("passengers", "border")}, old=True
    )
    restricted = plain.make("traveller", {("email", "own")}, restricted=True)
    with plain.world.seen_by():
        graph = neighbours.permitted_for(mine.id)
        assert neighbours.permitted_for(restricted.id) is None
    assert graph is not None
    assert {e.other if e.one == mine.id else e.one for e in graph.edges} == {
        *(one.id for one in same), old_case.id
    }  # fmt: skip
    assert {e.holders for e in graph.edges if e.kind == "email"} == {1}
