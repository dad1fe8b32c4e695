"""Risk profiles in a real browser: written with the form, read as one writes, approved by another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
from playwright.sync_api import expect
from tests.apps.profiles.scene import WHY, Scene

if TYPE_CHECKING:
    from tests.browser.conftest import Desk

    from vedette.apps.profiles.models import Version

SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
#: How the first condition reads.
PICKS = {"fr": "moins de 48 heures", "en": "less than 48 hours"}


@pytest.fixture
def scene(database: str) -> Scene:
    """People, and no profile."""
    from tests.apps.profiles.scene import build

    return build()


@pytest.fixture
def full(database: str) -> Scene:
    """Profiles in every state."""
    from tests.apps.profiles.scene import full

    return full()


def path(version: Version, act: str = "") -> str:
    """The address of a version, or of an act on it."""
    return f"/profiles/{version.profile_id}/{version.number}/{act}"


def _add(page: Desk, expected: str) -> None:
    """Adds the chosen fact; a driven browser is faster than listeners are set, a hand is not."""
    page.page.click("#act-add")
    page.page.wait_for_selector(expected)
    page.page.wait_for_timeout(100)


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("fr", 320, "dark"), ("en", 1440, "light")],
    ids=["fr-320-dark", "en-1440-light"],
)
def test_pages_are_accessible_and_fit(
    page: Desk, full: Scene, width: int, scheme: Literal["light", "dark"]
) -> None:
    """axe finds nothing serious on filled pages, and only tables scroll sideways. The longer texts are in
    French, so that the narrow width is tested in French."""
    page.page.set_viewport_size({"width": width, "height": 900})
    page.page.emulate_media(color_scheme=scheme)
    shown = full.versions
    one = shown["asked"]
    wanted = {
        "supervisor": [
            "/profiles/", path(one), path(shown["first"]), path(shown["suspended"]),
            f"/profiles/{one.profile_id}/compare/", "/profiles/standing/", "/profiles/draw/",
        ],
        "analyst": [
            path(one), path(shown["wrong"], "edit/"), path(shown["draft"], "edit/"),
            path(shown["draft"], "backtest/"), "/profiles/vocabulary/?ground=language",
        ],
        "dpo": [path(shown["restricted"])],
    }  # fmt: skip
    for user, paths in wanted.items():
        page.page.context.clear_cookies()
        page.sign_in(user)
        for address in paths:
            page.go(address)
            assert page.axe() == [], address
            assert not page.page.evaluate(SIDEWAYS), address


@pytest.mark.parametrize("language", ["fr"])
def test_written_with_the_form_and_approved_by_another(
    page: Desk, scene: Scene, language: str
) -> None:
    """Facts chosen, values typed, the reading follows; an error is told in its place; submitted,
    refused to its author, approved by a second person with a reason."""
    from vedette.apps.profiles.models import Backtest, Version

    page.sign_in("analyst")
    browser = page.page
    page.go("/profiles/new/")
    browser.fill("#new-column", "lead_time_h")
    _add(page, "#o-r\\.0")
    browser.select_option("#o-r\\.0", "<")
    browser.fill("#v-r\\.0", "48")
    browser.press("#v-r\\.0", "Tab")
    browser.wait_for_selector(f"#said >> text={PICKS[language]}")
    assert browser.input_value("#expression") == "lead_time_h < 48"
    browser.fill("#new-column", "is_crew")
    _add(page, "#o-r\\.1")
    browser.select_option("#o-r\\.1", "no")
    expect(browser.locator("#expression")).to_have_value("lead_time_h < 48\nAND NOT is_crew")
    # The count is asked of the process beside the workers, and followed.
    browser.wait_for_selector("#count [hx-post*='stop'], #count:has-text('…')")
    test = Backtest.objects.using("intake").get(state="waiting")
    result = {"rows": 9, "judged": 1200, "unjudged": 0, "fired": 7}
    Backtest.objects.using("intake").filter(pk=test.pk).update(state="done", result=result)
    browser.wait_for_selector("#count >> text=/7 .*1.200/")

    # The text beside it is the same expression: a slip of the pen is marked where it is.
    browser.focus("#expression")
    browser.fill("#expression", "lead_tme_h < 48 AND NOT is_crew")
    browser.wait_for_selector("#said mark >> text=lead_tme_h")
    assert "lead_time_h" in browser.inner_text("#said .err")
    assert browser.evaluate("document.activeElement.id") == "expression", "nobody takes the focus"
    assert browser.input_value("#v-r\\.0") == "48", "the form stays as it was"
    browser.fill("#expression", "lead_time_h < 36 AND NOT is_crew")
    expect(browser.locator("#v-r\\.0")).to_have_value("36")
    assert page.axe() == []

    browser.fill("[name=title]", "Booked late")
    browser.select_option("[name=purpose]", "border")
    browser.fill("main [name=basis]", "law 3, art. 12")
    browser.click(".head [value=save]")
    browser.wait_for_selector(".toast")
    version = Version.objects.using("intake").get()
    assert version.expression == "lead_time_h < 36 AND NOT is_crew"
    browser.fill("#su-why", WHY)
    browser.click("[aria-labelledby=su-t] button")
    browser.wait_for_selector(".toast")
    assert browser.locator("[name=decision]").count() == 0, "its author does not decide"
    assert browser.locator("[action$='take-back/']").count() == 1

    browser.context.clear_cookies()
    page.sign_in("supervisor")
    page.go("/approvals/")
    browser.click("main table a")
    browser.click("main .btn")
    assert browser.locator("[name=decision]:checked").count() == 0
    browser.check("[name=decision][value=allow]")
    browser.fill("#ap-why", WHY)
    browser.click("[aria-labelledby=ap-t] button")
    browser.wait_for_selector(".toast")
    version.refresh_from_db(using="intake")
    assert version.state == "active"
    assert page.axe() == []


def test_values_typed_meanwhile_are_not_lost(page: Desk, scene: Scene) -> None:
    """Two sides changed at once: the page says so, and each keeps what was typed."""
    version = scene.draft("Legs", "legs > 2")
    page.sign_in("analyst")
    browser = page.page
    page.go(path(version, "edit/"))
    browser.fill("#expression", "legs > 2 AND")
    browser.wait_for_selector("#said .err")
    browser.fill("#v-r\\.0", "7")
    browser.press("#v-r\\.0", "Tab")
    browser.wait_for_selector("#said [name=force]")
    assert browser.input_value("#expression") == "legs > 2 AND"
    browser.click("#said [name=force][value=form]")
    expect(browser.locator("#expression")).to_have_value("legs > 7")


def test_a_backtest_under_way_becomes_its_card(page: Desk, scene: Scene) -> None:
    """The page follows it without a reload, and holds still."""
    from tests.apps.profiles import scene as made

    version = scene.draft("One way", "one_way AND is_cash")
    page.sign_in("analyst")
    browser = page.page
    page.go(path(version, "backtest/"))
    browser.click("main .btn.one")
    browser.wait_for_selector("#progress")
    from vedette.apps.profiles.models import Backtest

    test = Backtest.objects.using("intake").get()
    result = made.result(test.last_day, 90)
    Backtest.objects.using("intake").filter(pk=test.pk).update(
        state="running", done=4, total=9, started_at=test.asked_at
    )
    browser.wait_for_selector("#progress >> text=/4 .* 9/")
    Backtest.objects.using("intake").filter(pk=test.pk).update(state="done", result=result)
    browser.wait_for_selector("#backtest .figs")
    assert browser.locator("#backtest svg[role=img]").count() > 5
    assert page.axe() == []


def test_without_script(page: Desk, scene: Scene, browser: object) -> None:
    """The same by submit buttons alone."""
    from vedette.apps.accounts.selectors import demo_password

    context = browser.new_context(java_script_enabled=False, locale="en-GB")  # type: ignore[attr-defined]
    plain = context.new_page()
    plain.goto(f"{page.address}/login/")
    plain.fill("[name=username]", "analyst")
    plain.fill("[name=password]", demo_password("analyst"))
    plain.click("main button")
    plain.goto(f"{page.address}/profiles/new/")
    plain.fill("#new-column", "legs")
    plain.click("#act-add")
    plain.select_option("#o-r\\.0", ">")
    plain.fill("#v-r\\.0", "3")
    plain.press("#v-r\\.0", "Enter")
    assert plain.input_value("#expression") == "legs > 3"
    assert "more than 3 flights" in plain.inner_text("#said")
    context.close()
