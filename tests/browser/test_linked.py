"""Linked travellers: from a hit to one decision for several, by keyboard, on a desk and on a telephone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.apps.hits.world import World
    from tests.browser.conftest import Desk

WHY = "Return booked, visas checked, the host was called."
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
def linked(world: World) -> World:
    """Four travellers with one telephone: identity is asked of one, two are to decide, one has no hit."""
    from tests.apps.hits import world as made

    flight, phone = world.flight("YY 417", 41), "+33 6 39 98 44 71"
    people = [
        made.journey(world, flight, name, "Awa", seat=f"30{'ABCD'[n]}", phone=phone)
        for n, name in enumerate(("HALVORSEN", "MERCIER-OYELARAN", "PAPADAKIS", "SOW"))
    ]
    made.hit(world, people[0], 75)
    for one, priority in ((people[1], 61), (people[2], 49)):
        made.hit(world, one, priority, kind="disagreement", channel="")
    return world


def test_several_are_decided_by_keyboard(page: Desk, linked: World) -> None:
    """Hit, links, ticks, choice, reason, check, record; nothing is ticked before and nobody is decided
    who was not."""
    from playwright.sync_api import expect

    page.sign_in()
    screen = page.page
    page.go("/")
    hit = screen.locator("a.who").nth(1).get_attribute("href") or ""
    page.go(hit)
    screen.locator("#co header a").click()
    screen.wait_for_url("**/linked/")
    ticks = screen.locator("input[name=who]")
    assert ticks.count() == 2
    assert screen.locator("input:checked").count() == 0
    assert screen.locator("svg.ch .node").count() == 4
    for n in (0, 1):
        ticks.nth(n).focus()
        screen.keyboard.press("Space")
    screen.locator("input[name=choice]").first.focus()
    screen.keyboard.press("Space")
    screen.locator("#why-text").focus()
    screen.keyboard.type(WHY)
    screen.keyboard.press("Tab")
    screen.keyboard.press("Enter")
    screen.locator("button[name=back]").wait_for()
    text = screen.locator("main").inner_text()
    for part in ("MERCIER-OYELARAN Awa", "PAPADAKIS Awa", WHY):
        assert part in text
    assert "SOW" not in text
    assert page.axe() == []
    screen.locator("button[name=back]").click()
    expect(screen.locator("input[name=who]:checked")).to_have_count(2)
    screen.locator("form#decision button.one").click()
    screen.locator("button[name=back]").wait_for()
    screen.locator("main form button.one").click()
    screen.locator(".note.ok").wait_for()
    assert screen.locator(".note.ok").inner_text().strip().startswith("2 d")
    assert screen.locator("input[name=who]").count() == 0
    page.go("/")
    assert screen.locator("input[name=hit]").count() == 1


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_serious_barrier(page: Desk, linked: World, width: int, theme: str) -> None:
    """axe finds nothing serious on the groups of the flight and on a group; only tables scroll sideways."""
    screen = page.page
    screen.set_viewport_size({"width": width, "height": 900})
    cookie = {"name": "theme", "value": theme, "url": page.address}
    screen.context.add_cookies([cookie])  # type: ignore[list-item]
    page.sign_in()
    page.go("/")
    hit = screen.locator("a.who").first.get_attribute("href") or ""
    flight = f"/flights/{linked.flights['YY 417'].pk}/linked/"
    for path in (flight, f"{hit.partition('?')[0]}linked/"):
        page.go(path)
        assert page.axe() == [], path
        assert not screen.evaluate(SIDEWAYS), path
        keys = screen.eval_on_selector_all("[accesskey]", "es => es.map(e => e.accessKey)")
        assert sorted(keys) == sorted(set(keys))
