"""Pages of flights, travellers and messages in a real browser, on filled data, for everybody."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from vedette.core.parties import Asked
from vedette.screening.reason import Reason

if TYPE_CHECKING:
    from tests.browser.conftest import Desk
    from tests.travellers.app.scene import Scene

MESSAGE = (
    "UNB+UNOA:4+AIRYY+SNCUSTOMS+261124:0512+REF1'UNH+M1+PAXLST:D:05B:UN:IATA'BGM+745'"
    "TDT+20+YY417+++YY'LOC+125+ADD'DTM+189:2611240800:201'LOC+87+DSS'NAD+FL+++DIOP:AWA'"
    "ATT+2++F'DTM+329:790231'DOC+P:110:111+X0142O7'FTX+WHB+++TEXT'CNT+42:2'UNT+13+M1'UNZ+1+REF1'"
)


#: Words that would stand on a French page with holes.
_ENGLISH = re.compile(
    r"\b(the|and|with|of|by|not|from|to|is|are|was|Flights?|Travellers?|Warnings?|Search|Hits?)\b"
)


class Known:
    """Knowledge of one entry that asks no engine: what is looked at here is the page."""

    number = 7

    def screen(self, asked: Sequence[Asked]) -> list[list[Reason]]:
        """One reason a subject, by name, with what agrees and what does not."""
        evidence = (
            {"name": "surname", "ours": "zivodragich", "theirs": "zivodragic", "relation": "≈",
             "contribution": 0.6},
            {"name": "birth_date", "ours": None, "theirs": "1971-03-12", "relation": "–",
             "contribution": 0.1},
        )  # fmt: skip
        reason = Reason(
            kind="watchlist", key="1:42", channels=("name",), score=0.7, contribution=40,
            params={"list": "Liste d’essai", "list_id": "1", "ref": "42", "version": 3},
            evidence=evidence, theme="passengers", purpose="serious_crime",
            listed_as="Djordje ŽIVODRAGIĆ",
        )  # fmt: skip
        return [[reason] for _ in asked]

    def similar(self, *_asked: object) -> list[object]:
        """No entry has a similar name."""
        return []


@pytest.fixture
def scene(database: str, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A filled evening."""
    from tests.travellers.app import scene as scenes

    from vedette.apps.lists import loading

    monkeypatch.setattr(loading, "current", lambda _organisation, **_scope: Known())
    return scenes.fill()


def _purpose(page: Desk) -> None:
    page.page.locator("#purpose").select_option("serious_crime")
    page.page.fill("#case", "2026-114")


def _search(page: Desk) -> None:
    page.go("/travellers/")
    page.page.fill("#name", "zivodragich")
    if page.page.locator("#purpose").count():
        _purpose(page)
    page.page.locator("main form button.one").click()
    page.page.wait_for_selector("#found-t")


def _screen(page: Desk) -> None:
    page.go("/travellers/screen/")
    page.page.fill("#surname", "zivodragic")
    page.page.fill("#given_names", "djordje")
    if page.page.locator("#purpose").count():
        _purpose(page)
    page.page.locator("main form button.one").click()
    page.page.wait_for_selector("main article")


def _try(page: Desk) -> None:
    page.go("/messages/try/")
    page.page.fill("#text", MESSAGE)
    page.page.locator("main form button.one").click()
    page.page.wait_for_selector("#seg-t")


def pages(scene: Scene) -> dict[str, object]:
    """Name → address, or what leads there."""
    return {
        "flights": f"/flights/?day={scene.flight.arrives_local.date()}",
        "carriers": "/flights/carriers/",
        "flight": f"/flights/{scene.flight.id}/",
        "flight-empty": f"/flights/{scene.flight.id}/?show=crew",
        "travellers": "/travellers/",
        "found": _search,
        "traveller": f"/travellers/{scene.zivo.id}/",
        "shared": f"/travellers/{scene.zivo.id}/shared/",
        "screen": _screen,
        "messages": "/messages/",
        "failed": "/messages/?show=failed",
        "message": f"/messages/{scene.message.id}/",
        "try": _try,
    }


def visit(page: Desk, where: object) -> None:
    """Goes to an address, or does what leads to the page; waits until parts have come."""
    if callable(where):
        where(page)
    else:
        page.go(str(where))
    # Not `networkidle`: that is half a second without a request, on every page.
    expect(page.page.locator("[hx-trigger=load]", has_text=re.compile(r"…\s*$"))).to_have_count(0)
    expect(page.page.locator(".htmx-request")).to_have_count(0)


@pytest.mark.parametrize(
    ("language", "theme"), [("fr", "light"), ("en", "dark")], ids=["fr-light", "en-dark"]
)
def test_pages_are_for_everybody(page: Desk, scene: Scene, language: str, theme: str) -> None:
    """No serious finding of axe, one h1, unique ids and access keys, no page wider than the screen."""
    page.sign_in("diallo")
    page.page.context.add_cookies([{"name": "theme", "value": theme, "url": page.address}])
    faults: list[str] = []
    for name, where in pages(scene).items():
        visit(page, where)
        faults += [f"{name}: {fault}" for fault in page.axe()]
        for selector, read in (("[id]", "id"), ("[accesskey]", "accessKey")):
            found = page.page.eval_on_selector_all(selector, f"es => es.map(e => e.{read})")
            faults += [f"{name}: {read} {x} twice" for x in set(found) if found.count(x) > 1]
        if page.page.locator("h1").count() != 1:
            faults.append(f"{name}: not one h1")
        if language == "fr":
            faults += [f"{name}: {w}" for w in _ENGLISH.findall(page.page.inner_text("body"))]
        page.page.set_viewport_size({"width": 390, "height": 844})
        wide = page.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            faults.append(f"{name}: {wide} px wider than a telephone")
        page.page.set_viewport_size({"width": 1440, "height": 900})
    assert faults == []
    assert page.page.locator("html").get_attribute("lang") == language


def test_manifest_is_filtered_for_a_purpose(page: Desk, scene: Scene) -> None:
    """The filter asks purpose and case once, keeps what was typed and the cursor, and puts no name
    into the address."""
    page.sign_in("sarr")
    page.go(f"/flights/{scene.flight.id}/")
    rows = page.page.locator("#man tbody tr")
    expect(rows).to_have_count(100)
    page.page.locator("#man-f").press_sequentially("zivod")
    page.page.keyboard.press("Enter")
    page.page.wait_for_selector("#man #purpose")
    _purpose(page)
    page.page.locator("#man form button.one").click()
    expect(rows).to_have_count(1)
    # For 20 ms what came is a plain form; nobody types so fast, but this.
    expect(page.page.locator(".htmx-added, .htmx-settling")).to_have_count(0)
    page.page.locator("#man-f").press("End")
    page.page.locator("#man-f").press_sequentially(" dj")
    page.page.keyboard.press("Enter")
    expect(page.page.locator("#man")).to_contain_text("2026-114")
    expect(page.page.locator("#man-f")).to_have_value("zivod dj")
    expect(page.page.locator("#man-f")).to_be_focused()
    expect(rows).to_have_count(1)
    assert "zivod" not in page.page.url
    page.complaints.clear()  # the browser reports the 422 that asks for the purpose


def test_search_from_the_bar(page: Desk, scene: Scene) -> None:
    """A name typed in the bar is kept while purpose and case are asked, and stands in no address."""
    page.sign_in("sarr")
    page.go("/")
    page.page.fill(".find input[name=q]", "Zivodragich")
    page.page.keyboard.press("Enter")
    page.page.wait_for_selector("#purpose")
    assert page.page.locator("#name").input_value() == "Zivodragich"
    _purpose(page)
    page.page.locator("main form button.one").click()
    page.page.wait_for_selector("#found-t")
    assert page.page.url == f"{page.address}/travellers/"
    page.complaints.clear()  # the browser reports the 422 that asks for the purpose
