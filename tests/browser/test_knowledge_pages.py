"""Lists, imports, lookouts and tokens in a real browser: by keyboard, in both languages, with axe."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.apps.lists.conftest import CHANGED, LIST

if TYPE_CHECKING:
    from tests.apps.hits.world import World
    from tests.browser.conftest import Desk

#: Lines 5 and 6: nothing to look for, and a date that is none.
DOUBTFUL = CHANGED + "A-9,person,,,,,,,\nA-10,person,X,Y,,31.02.1980,,,\n"


@pytest.fixture
def filled(world: World) -> World:
    """Two versions of a list, the second read with doubt; one list that expires; three lookouts."""
    import datetime as dt

    from vedette.apps.lists import actions
    from vedette.apps.lists.models import Lookout

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
    from vedette.apps.lists.models import Watchlist

    return f"/watchlists/{Watchlist.objects.using('intake').get(name='Freeze').pk}/"


@pytest.mark.parametrize(
    ("language", "width"), [("fr", 390), ("en", 1440)], ids=["fr-telephone", "en-desk"]
)
def test_pages_are_accessible_and_fit(page: Desk, filled: World, width: int) -> None:
    """axe finds nothing serious on filled pages; nothing scrolls sideways but tables."""
    page.page.set_viewport_size({"width": width, "height": 900})
    one = _list_path()
    wanted = {
        "supervisor": ["/watchlists/", one, f"{one}2/", f"{one}entries/",
                       "/lookouts/", "/lookouts/new/", "/api/"],
        "list_manager": ["/watchlists/import/"],
        "administrator": ["/tokens/", "/account/tokens/"],
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


@pytest.mark.parametrize("language", ["fr"])
def test_import_in_three_steps_and_a_second_person(
    page: Desk, world: World, tmp_path: Path
) -> None:
    """Nothing is applied before another person allows what was asked for."""
    from vedette.apps.lists.models import ListDraft, ListVersion

    file = tmp_path / "list.csv"
    file.write_text(DOUBTFUL)
    page.sign_in("list_manager")
    browser = page.page
    page.go("/watchlists/import/")
    browser.set_input_files("[name=lists]", str(file))
    browser.click("main button.one")
    assert page.axe() == []
    browser.fill("[name=name]", "Ours")
    browser.select_option("[name=purpose]", "serious_crime")
    browser.fill("[name=basis]", "decree 17, art. 4")
    browser.click("main button.one")
    assert page.axe() == []
    browser.fill("[name=why]", "The ministry sent it this morning.")
    browser.click("main button.one")
    browser.wait_for_selector(".toast")
    versions = ListVersion.objects.using("intake").filter(watchlist__name="Ours")
    assert versions.count() == 0
    browser.context.clear_cookies()
    page.sign_in("supervisor")
    page.go("/approvals/")
    assert page.axe() == []
    browser.click("main table a")
    assert page.axe() == []
    browser.click("button[value=allow]")
    browser.wait_for_selector(".toast")
    assert versions.count() == 1
    assert not ListDraft.objects.using("intake").exists()


def test_a_file_that_is_no_list_is_refused_with_the_remedy(
    page: Desk, world: World, tmp_path: Path
) -> None:
    """The page names the file and what to do; nothing is changed."""
    file = tmp_path / "photo.jpg"
    file.write_bytes(b"\xff\xd8\xff\xe0JFIF")
    page.sign_in("list_manager")
    page.go("/watchlists/import/")
    page.page.set_input_files("[name=lists]", str(file))
    page.page.click("main button.one")
    assert "photo.jpg" in page.page.inner_text("#refused")
    page.complaints.clear()  # the browser reports every 422


def test_a_lookout_in_twenty_seconds(page: Desk, world: World) -> None:
    """From any page by keyboard alone: the key, four fields, Enter on the button. Typing takes the
    time; at 5 characters a second and 1 second to find each field, it stays below 20 seconds."""
    from vedette.apps.lists.models import Lookout

    page.sign_in()
    page.go("/")
    keyboard = page.page.keyboard
    began = time.monotonic()
    steps, typed = 1, 0
    # A driven browser gets no access keys (Alt + L): the button that carries it is pressed instead.
    page.page.locator("[accesskey=l]").press("Enter")
    page.page.wait_for_selector("#lookout [name=document]:focus")
    fields = {
        "document": "AB1234567",
        "name": "",
        "group_label": "XX118",
        "caller": "Port",
        "why": "",
    }
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
    assert (lookout.group_label, lookout.ended_at) == ("XX118", None)
    assert lookout.entry_id is not None


def test_an_incomplete_lookout_keeps_what_was_typed(page: Desk, world: World) -> None:
    """The page says which field is missing, ties the words to it, and loses nothing."""
    page.sign_in()
    page.go("/lookouts/new/")
    page.page.fill("main [name=caller]", "Port")
    page.page.fill("main [name=why]", "cash hidden in a bag, informant")
    page.page.select_option("main [name=hours]", "8")
    page.page.click("main button.one")
    assert page.page.get_attribute("main [name=document]", "aria-invalid") == "true"
    assert page.page.input_value("main [name=caller]") == "Port"
    assert page.page.input_value("main [name=hours]") == "8"
    assert page.axe() == []
    page.complaints.clear()  # the browser reports every 422


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_officer_says_for_how_long(page: Desk, world: World, language: str) -> None:
    """In the dialog of any page: fewer hours than the 24 that are meant where nothing is chosen; the
    page says when it ends. Never more, whatever is posted."""
    import datetime as dt

    from vedette.apps.lists.models import Lookout

    page.sign_in()
    page.go("/")
    page.page.locator("[accesskey=l]").press("Enter")
    dialog = page.page.locator("#lookout")
    assert dialog.locator("[name=hours]").input_value() == "24"
    for name, text in {
        "document": "AB1234567", "caller": "Port", "why": "cash hidden in a bag, informant",
    }.items():  # fmt: skip
        dialog.locator(f"[name={name}]").fill(text)
    dialog.locator("[name=hours]").select_option("4")
    assert page.axe() == []
    dialog.locator("button.one").click()
    page.page.wait_for_url("**/lookouts/")
    assert ("4\u00a0h" if language == "fr" else "4 hours") in page.page.inner_text(".toast")
    lookout = Lookout.objects.using("intake").get()
    assert lookout.expires_at - lookout.created_at < dt.timedelta(hours=4, seconds=1)


def test_a_supervisor_reviews(page: Desk, filled: World) -> None:
    """Extended or ended; an officer is not offered the review."""
    page.sign_in()
    page.go("/lookouts/")
    assert page.page.locator("main [name=hours]").count() == 0
    page.page.context.clear_cookies()
    page.sign_in("supervisor")
    page.go("/lookouts/")
    page.page.locator("[aria-labelledby=review-t] button").first.click()
    page.page.wait_for_selector(".toast")
    assert page.page.locator("#review-t").count() == 0
    assert page.page.locator("[aria-labelledby=active-t] tbody tr").count() == 2


def test_a_token_is_shown_once(page: Desk, world: World) -> None:
    """Its value stands in one answer, and works; ended, it is refused."""
    page.type_password("supervisor")
    page.go("/account/tokens/")
    page.page.fill("main [name=name]", "carrier gateway")
    page.page.check("main [value='record.see']")
    page.page.click("main button.one")
    value = page.page.inner_text("#token-value")
    assert page.axe() == []
    asked = page.page.request.get(
        f"{page.address}/api/queue", headers={"Authorization": f"Bearer {value}"}
    )
    assert asked.status == 200
    page.go("/account/tokens/")
    assert value not in page.page.content()
    page.page.click("main tbody button")
    page.page.wait_for_selector(".toast")
    asked = page.page.request.get(
        f"{page.address}/api/queue", headers={"Authorization": f"Bearer {value}"}
    )
    assert asked.status == 401


def test_a_lookout_for_a_traveller_in_twenty_seconds(page: Desk, world: World) -> None:
    """From the traveller's page the form comes filled in, with the focus on who is calling: two
    fields and Enter. Names stand in no address."""
    from tests.apps.hits import world as made

    from vedette.apps.lists.models import Lookout

    subject = made.journey(
        world, world.flight("YY 417", 41), "ZIVODRAGICH", "Djordje", document="X1"
    )
    page.sign_in()
    page.go(f"/travellers/{subject.pk}/")
    screen = page.page
    screen.locator(f"a[href$='?subject={subject.pk}']").press("Enter")
    screen.wait_for_selector("main [name=caller]:focus")
    assert "ZIVODRAGICH" not in screen.url
    assert page.axe() == []
    typed = ("Port", "cash hidden in a bag, informant")
    for text in typed:
        screen.keyboard.type(text)
        screen.keyboard.press("Tab")
    screen.keyboard.press("Enter")
    screen.wait_for_url("**/lookouts/")
    assert sum(map(len, typed)) / 5 + 4 < 20, "5 characters a second, a second for each step"
    entry = Lookout.objects.using("intake").select_related("entry").get()
    assert entry.group_label == "YY417"
    assert entry.entry.content["names"] == [{"full": "ZIVODRAGICH Djordje"}]
    assert entry.entry.content["identifiers"] == [{"kind": "document", "value": "X1"}]
    assert entry.entry.content["nationalities"] == ["CH"]
