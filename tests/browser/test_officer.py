"""An officer at work: keyboard from sign-in to toast, the still page, and who cannot see well."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.apps.hits.world import World
    from tests.browser.conftest import Desk

WHY = "Passport and birth date are not those of the entry."
#: Text that would be there if a French page had holes.
_ENGLISH = re.compile(r"\b(Queue|Reasons|Hits?|Claim|Booking|Traveller|the|and|with)\b")


@pytest.fixture
def filled(world: World) -> World:
    """A queue with three hits of three kinds, one of them with everything a hit can have."""
    from tests.apps.hits import world as made

    flight = world.flight("YY 417", 41)
    booked = made.booking(world, flight)
    subject = made.journey(
        world, flight, "ZIVODRAGICH", "DJORDJE", document="X0142O7", booking=booked,
        facts=("name_differs",),
    )  # fmt: skip
    made.journey(world, flight, "LINDEGAARD", "Pia", seat="22C", booking=booked)
    first = made.hit(world, subject, 82)
    made.reason(world, first, kind="disagreement", channel="")
    late = world.flight("XX 118", 300, "LIS")
    made.hit(world, made.journey(world, late, "TANAKA", "Haruto"), 64, channel="document")
    made.hit(world, made.journey(world, late, "DA COSTA", "Ana", seat="4C"), 20, favour=[])
    return world


def test_by_keyboard_alone(page: Desk, filled: World) -> None:
    """Sign in, arrow to the first row, Enter, answer, decide, write, Enter: a toast with a way back."""
    page.type_password()
    screen = page.page
    screen.locator("input[name=hit]").first.focus()
    screen.keyboard.press("Space")
    screen.keyboard.press("Enter")
    screen.wait_for_url("**/hits/**")
    assert "ZIVODRAGICH Djordje" in screen.locator("h1").inner_text()
    screen.locator("fieldset.ask input").first.focus()
    screen.keyboard.press("Space")
    screen.locator("input[name=choice]").first.focus()
    assert screen.locator("input:checked").count() == 1, "nothing but the answer is chosen"
    screen.keyboard.press("Space")
    screen.keyboard.press("ArrowDown")
    screen.locator("#why-text").focus()
    screen.keyboard.type(WHY)
    screen.keyboard.press("Tab")
    screen.keyboard.press("Enter")
    screen.wait_for_url(f"{page.address}/")
    assert "ZIVODRAGICH Djordje" in screen.locator(".toast").inner_text()
    assert screen.locator(".toast button").count() == 1
    assert screen.locator("input[name=hit]").count() == 2


def test_first_tab_skips_to_the_content(page: Desk, filled: World) -> None:
    """The skip link is the first stop, and access keys are unique on every page."""
    page.sign_in()
    screen = page.page
    page.go("/")
    screen.keyboard.press("Tab")
    assert screen.locator(":focus").get_attribute("href") == "#main"
    for path in ("/", screen.locator("a.who").first.get_attribute("href") or ""):
        page.go(path)
        keys = screen.eval_on_selector_all("[accesskey]", "es => es.map(e => e.accessKey)")
        assert sorted(keys) == sorted(set(keys))
        ids = screen.eval_on_selector_all("[id]", "es => es.map(e => e.id)")
        assert sorted(ids) == sorted(set(ids))


@pytest.mark.parametrize(
    ("language", "width", "theme"),
    [("fr", 1440, "light"), ("en", 390, "dark"), ("fr", 390, "dark")],
    ids=["fr-desk", "en-telephone", "fr-telephone"],
)
def test_no_serious_barrier(page: Desk, filled: World, theme: str, width: int) -> None:
    """axe finds nothing serious on sign-in, queue, hit and sheet, filled, in both themes and widths."""
    screen = page.page
    screen.set_viewport_size({"width": width, "height": 900})
    cookie = {"name": "theme", "value": theme, "url": page.address}
    screen.context.add_cookies([cookie])  # type: ignore[list-item]
    page.go("/login/")
    assert page.axe() == []
    page.sign_in()
    page.go("/")
    hit = screen.locator("a.who").first.get_attribute("href") or ""
    for path in ("/", hit, f"{hit}sheet/"):
        page.go(path)
        assert page.axe() == [], path
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert screen.evaluate(wide) <= 0, f"{path} scrolls sideways"


def test_the_list_holds_still_and_tells(page: Desk, filled: World) -> None:
    """A hit that comes in while one reads is announced; no row appears by itself."""
    from tests.apps.hits import world as made

    page.sign_in()
    page.go("/")
    screen = page.page
    rows = screen.locator("input[name=hit]").count()
    subject = made.journey(filled, filled.flight("YY 417", 41), "BERGMANN", "Ansgar")
    made.hit(filled, subject, 95)
    screen.locator("#live .note").wait_for(timeout=15_000)
    assert screen.locator("input[name=hit]").count() == rows
    screen.locator("#live a").click()
    screen.get_by_text("BERGMANN Ansgar").first.wait_for()


def test_filters_live_in_the_address(page: Desk, filled: World) -> None:
    """Choosing a priority reloads the rows, the address says so, and Back works."""
    page.sign_in()
    page.go("/")
    screen = page.page
    rows = screen.locator("input[name=hit]")
    screen.select_option("[name=priority]", "4")
    screen.wait_for_url("**priority=4**")
    expect(rows).to_have_count(1)
    screen.go_back()
    expect(rows).to_have_count(3)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_french_is_complete(page: Desk, filled: World, language: str) -> None:
    """No English word is left on a French page, and the language changes from the bar."""
    page.sign_in()
    page.go("/")
    screen = page.page
    hit = screen.locator("a.who").first.get_attribute("href") or ""
    if language == "en":
        screen.locator("form.lang button").click()
        expect(screen.locator("html[lang=fr]")).to_have_count(1)
    for path in ("/", hit, f"{hit}sheet/"):
        page.go(path)
        text = screen.locator("body").inner_text()
        for invented in (
            "Asset freeze (demonstration)",
            "National targeting centre (demonstration)",
        ):
            text = text.replace(invented, "")
        assert not _ENGLISH.findall(text), path


def test_the_sheet_is_one_page_of_paper(page: Desk, filled: World) -> None:
    """A4, one page, with the lines to fill in by hand and who printed it."""
    page.sign_in()
    page.go("/")
    hit = page.page.locator("a.who").first.get_attribute("href") or ""
    page.go(f"{hit}sheet/")
    printed = page.page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", printed)) == 1
