"""Lists, imports, lookouts and tokens in a real browser: by keyboard, in both languages, with axe."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.apps.knowledge.conftest import CHANGED, LIST

if TYPE_CHECKING:
    from tests.apps.targeting.world import World
    from tests.browser.conftest import Desk

#: Lines 5 and 6: nothing to look for, and a date that is none.
DOUBTFUL = CHANGED + "A-9,person,,,,,,,\nA-10,person,X,Y,,31.02.1980,,,\n"


@pytest.fixture
def filled(world: World) -> World:
    """Two versions of a list, the second read with doubt; one list that expires; three lookouts."""
    import datetime as dt

    from vedette.apps.knowledge import actions
    from vedette.apps.knowledge.models import Lookout

    soon = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=9)
    for text in (LIST, DOUBTFUL):
        files = {"list.csv": text.encode()}
        actions.import_list(
            world.organisation, None, "Freeze", files, "terrorism", "decree 17", expires_on=soon
        )
    with world.seen_by() as officer:
        made = [
            actions.create_lookout(
                officer, caller="Port", why="carries undeclared cash today", document=number
            )
            for number in ("AB 1", "AB 2", "AB 3")
        ]
        actions.end_lookout(officer, made[0])
    past = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    Lookout.objects.using("intake").filter(pk=made[1].pk).update(expires_at=past)
    return world


def _list_path() -> str:
    from vedette.apps.knowledge.models import Watchlist

    return f"/watchlists/{Watchlist.objects.using('intake').get(name='Freeze').pk}/"


@pytest.mark.parametrize("width", [1440, 390])
def test_pages_are_accessible_and_fit(page: Desk, filled: World, width: int) -> None:
    """axe finds nothing serious on filled pages; nothing scrolls sideways but tables."""
    page.page.set_viewport_size({"width": width, "height": 900})
    one = _list_path()
    wanted = {
        "supervisor": ["/watchlists/", one, f"{one}2/", f"{one}entries/", f"{one}entries/?q=none",
                       "/watchlists/import/", "/lookouts/", "/lookouts/new/", "/api/"],
        "administrator": ["/tokens/"],
    }  # fmt: skip
    for user, paths in wanted.items():
        page.page.context.clear_cookies()
        page.sign_in(user)
        for path in paths:
            page.go(path)
            assert page.axe() == [], path
            sideways = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            assert not page.page.evaluate(sideways), path


def test_what_changed_is_told_field_by_field(page: Desk, filled: World) -> None:
    """The diff says what is gone, what is new and what follows; doubts name their line."""
    page.sign_in("supervisor")
    page.go(_list_path())
    text = page.page.inner_text("main")
    for expected in ("A-1", "Djoka", "12 mar", "Comptoir Imaginaire SARL", "MV ETOILE FICTIVE"):
        assert expected.lower() in text.lower(), expected
    assert page.page.locator("del").count() == 1
    assert page.page.locator("text=/L(ine|igne) 5/").count() == 1


def test_import_in_three_steps(page: Desk, world: World, tmp_path: Path) -> None:
    """Nothing is applied before the third step; the same content again is no version."""
    from vedette.apps.knowledge.models import ListDraft, Watchlist

    file = tmp_path / "list.csv"
    file.write_text(DOUBTFUL)
    page.sign_in("supervisor")
    browser = page.page
    for _ in range(2):
        page.go("/watchlists/import/")
        browser.set_input_files("[name=lists]", str(file))
        browser.click("main button.one")
        assert page.axe() == []
        browser.fill("[name=name]", "Ours")
        browser.select_option("[name=purpose]", "serious_crime")
        browser.fill("[name=basis]", "decree 17, art. 4")
        browser.click("main button.one")
        assert page.axe() == []
        known = Watchlist.objects.using("intake").filter(name="Ours")
        before = known.exists()
        browser.click("main button.one")
        browser.wait_for_selector(".toast")
        assert known.get().versions.using("intake").count() == 1
    assert before, "the second import is of a known list"
    assert not ListDraft.objects.using("intake").exists()


def test_a_file_that_is_no_list_is_refused_with_the_remedy(
    page: Desk, world: World, tmp_path: Path
) -> None:
    """The page names the file and what to do; nothing is changed."""
    file = tmp_path / "photo.jpg"
    file.write_bytes(b"\xff\xd8\xff\xe0JFIF")
    page.sign_in("supervisor")
    page.go("/watchlists/import/")
    page.page.set_input_files("[name=lists]", str(file))
    page.page.click("main button.one")
    assert "photo.jpg" in page.page.inner_text("#refused")
    page.complaints.clear()  # the browser reports every 422


def test_a_lookout_in_twenty_seconds(page: Desk, world: World) -> None:
    """From any page by keyboard alone: the key, four fields, Enter on the button. Typing takes the
    time; at 5 characters a second and 1 second to find each field, it stays below 20 seconds."""
    from vedette.apps.knowledge.models import Lookout

    page.sign_in()
    keyboard = page.page.keyboard
    began = time.monotonic()
    steps, typed = 1, 0
    # A driven browser gets no access keys (Alt + L): the button that carries it is pressed instead.
    page.page.locator("[accesskey=l]").press("Enter")
    page.page.wait_for_selector("#lookout [name=document]:focus")
    fields = {"document": "AB1234567", "name": "", "flight": "XX118", "caller": "Port", "why": ""}
    fields["why"] = "cash hidden in a bag, informant"
    for name, text in fields.items():
        assert page.page.evaluate("document.activeElement.name") == name
        if text:
            keyboard.type(text)
            typed += len(text)
        keyboard.press("Tab")
        steps += 1
    keyboard.press("Tab")
    keyboard.press("Enter")
    steps += 2
    page.page.wait_for_url("**/lookouts/")
    assert time.monotonic() - began < 10, "the machine's share"
    assert steps <= 8
    assert typed / 5 + steps < 20
    lookout = Lookout.objects.using("intake").get()
    assert (lookout.flight, lookout.ended_at) == ("XX118", None)
    assert lookout.entry_id is not None


def test_an_incomplete_lookout_keeps_what_was_typed(page: Desk, world: World) -> None:
    """The page says which field is missing, ties the words to it, and loses nothing."""
    page.sign_in()
    page.go("/lookouts/new/")
    page.page.fill("main [name=caller]", "Port")
    page.page.fill("main [name=why]", "cash hidden in a bag, informant")
    page.page.click("main button.one")
    assert page.page.get_attribute("main [name=document]", "aria-invalid") == "true"
    assert page.page.input_value("main [name=caller]") == "Port"
    assert page.axe() == []
    page.complaints.clear()  # the browser reports every 422


def test_a_supervisor_reviews(page: Desk, filled: World) -> None:
    """Extended or ended; an officer is not offered the review."""
    page.sign_in()
    page.go("/lookouts/")
    assert page.page.locator("[name=hours]").count() == 0
    page.page.context.clear_cookies()
    page.sign_in("supervisor")
    page.go("/lookouts/")
    page.page.locator("[aria-labelledby=review-t] button").first.click()
    page.page.wait_for_selector(".toast")
    assert page.page.locator("#review-t").count() == 0
    assert page.page.locator("[aria-labelledby=active-t] tbody tr").count() == 2


def test_a_token_is_shown_once(page: Desk, world: World) -> None:
    """Its value stands in one answer, and works; ended, it is refused."""
    page.sign_in("administrator")
    page.go("/tokens/")
    page.page.fill("main [name=name]", "carrier gateway")
    page.page.select_option("main [name=user]", index=1)
    page.page.click("main button.one")
    value = page.page.inner_text("#token-value")
    assert page.axe() == []
    asked = page.page.request.get(
        f"{page.address}/api/queue", headers={"Authorization": f"Bearer {value}"}
    )
    assert asked.status == 200
    page.go("/tokens/")
    assert value not in page.page.content()
    page.page.click("main tbody button")
    page.page.wait_for_selector(".toast")
    asked = page.page.request.get(
        f"{page.address}/api/queue", headers={"Authorization": f"Bearer {value}"}
    )
    assert asked.status == 401
