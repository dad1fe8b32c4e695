"""Floods: one entry with very many open hits is one row of the queue, and nothing is lost in it."""

from __future__ import annotations

import datetime as dt
import os
import re

import psycopg
import pytest
from django.test import Client
from tests.apps.hits import world as made
from tests.apps.hits.world import World

from vedette.apps.hits import actions, floods, selectors
from vedette.apps.hits.models import Hit
from vedette.apps.hits.selectors import Filters


def _mark() -> int:
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        return floods.mark(connection, dt.datetime.now(dt.UTC))


@pytest.fixture
def flooded(world: World, monkeypatch: pytest.MonkeyPatch) -> list[Hit]:
    """Four hits by one entry, one of them with messages that disagree; a flood begins at three."""
    monkeypatch.setattr(floods, "STARTS_AT", 3)
    monkeypatch.setattr(floods, "STAYS_AT", 2)
    flight = world.flight("YY 417", 41)
    hits = [
        made.hit(world, made.journey(world, flight, "DOE", str(n)), 40 + 15 * n) for n in range(4)
    ]
    made.reason(world, hits[0], kind="disagreement", channel="")
    return hits


def _ids(page: selectors.Page) -> set[object]:
    return {row.hit.id for row in page.rows}


def test_what_the_flood_alone_raised_is_one_row(world: World, flooded: list[Hit]) -> None:
    """A hit that anything else speaks for stays in the queue; the others are counted in the row."""
    assert _mark() == 3
    with world.seen_by() as officer:
        page = selectors.page(Filters(), officer)
    assert _ids(page) == {flooded[0].id}
    assert (page.total, [f.count for f in page.floods]) == (1, [3])
    flood = page.floods[0]
    assert (flood.entry, flood.highest, flood.very_high, flood.landed) == (world.entry.pk, 85, 1, 0)


def test_nothing_is_dropped(world: World, flooded: list[Hit]) -> None:
    """The flood's own page has them all, the API's queue has every hit, and so do both together."""
    _mark()
    alone = Filters(flood=world.entry.pk.hex)
    with world.seen_by() as officer:
        seen = selectors.page(alone, officer)
        assert _ids(seen) == {hit.id for hit in flooded[1:]}
        assert _ids(selectors.page(Filters(flood="all"), officer)) == {hit.id for hit in flooded}
        assert actions.take_next(officer, alone).id in _ids(seen)
        assert actions.take_next(officer, Filters()).id == flooded[0].id


def test_filters_reach_into_the_row(world: World, flooded: list[Hit]) -> None:
    """The row counts what the filters let through: of the very high ones there is one."""
    _mark()
    with world.seen_by() as officer:
        page = selectors.page(Filters(level=4), officer)
        assert [f.count for f in page.floods] == [1]
        assert selectors.page(Filters(kind="lookout"), officer).floods == []


def test_it_ebbs_and_does_not_flicker(world: World, flooded: list[Hit]) -> None:
    """One decided of those at the threshold scatters nothing; only when few are left is it over."""
    _mark()
    Hit.objects.using("intake").filter(pk__in=[h.pk for h in flooded[:2]]).update(state="decided")
    assert _mark() == 0
    Hit.objects.using("intake").filter(pk=flooded[2].pk).update(state="decided")
    assert _mark() == 1
    with world.seen_by() as officer:
        page = selectors.page(Filters(), officer)
    assert _ids(page) == {flooded[3].id}
    assert page.floods == []


def test_the_threshold(world: World) -> None:
    """49 hits by one entry are 49 rows; the fiftieth makes them one."""
    flight = world.flight("YY 417", 41)
    for n in range(49):
        made.hit(world, made.journey(world, flight, "DOE", str(n)))
    assert _mark() == 0
    made.hit(world, made.journey(world, flight, "DOE", "49"))
    assert _mark() == 50


def test_the_page_tells_and_leads_there(world: World, flooded: list[Hit]) -> None:
    """Count, what raised them, how many are very high; "See them" opens the flood, and back again."""
    _mark()
    client = Client(HTTP_HOST="localhost", HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(world.officer)
    page = client.get("/").content.decode()
    assert "3 hits from entry DM-0421, Asset freeze (demonstration)" in page
    assert "1 of very high priority" in page
    link = re.search(r'href="([^"]*flood=[^"]*)">Show these hits', page)
    assert link
    opened = client.get(link[1].replace("&amp;", "&")).content.decode()
    assert opened.count('name="hit"') == 3
    assert f'name="flood" value="{world.entry.pk.hex}"' in opened, "Take the next hit stays in it"
    assert "Back to the whole queue" in opened


def test_a_flood_alone_is_not_an_empty_queue(world: World, flooded: list[Hit]) -> None:
    """ "No hit to decide" would be wrong where hundreds wait in a flood."""
    _mark()
    Hit.objects.using("intake").filter(pk=flooded[0].pk).update(state="decided")
    client = Client(HTTP_HOST="localhost", HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(world.officer)
    page = client.get("/").content.decode()
    assert "No hit to decide" not in page
    assert "3 hits from entry" in page
