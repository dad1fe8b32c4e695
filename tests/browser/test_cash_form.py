"""The public cash form, served by `vedette serve --public`, on a telephone of 360 pixels without scripts."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.serving import public_form
from tests.cash.public.walk import answers

from vedette.cash import announcements, codes

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
#: The page steps in the order in which the answers below lead to them.
STEPS = ("crossing", "person", "document", "cash", "reasons", "parties", "owner_person", "review")


@pytest.fixture
def address(database: str) -> Iterator[str]:
    """The process of the form, with its own role and keys, for an organisation of this test."""
    from vedette.apps.accounts.models import Organisation

    home = Organisation.objects.using("intake").create(id=uuid.uuid4(), name="Customs")
    with public_form(home.pk) as found:
        yield found


def _fill(page: Page, typed: list[tuple[str, str]]) -> None:
    for name, text in typed:
        field = page.locator(f'[name="{name}"]')
        kind = field.first.evaluate("one => one.type || one.tagName")
        if kind in ("radio", "checkbox"):
            page.locator(f'[name="{name}"][value="{text}"]').check()
        elif kind == "select-one":
            field.select_option(text)
        else:
            field.fill(text)


def _axe(page: Page) -> list[Any]:
    from axe_playwright_python.base import AXE_SCRIPT

    # axe stops with an error on a document that has no elements yet.
    page.wait_for_load_state()
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate("axe.run({resultTypes: ['violations']}).then(x => x.violations)")
    return [
        (one["id"], node["target"])
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("language", "script"), [("ar", False), ("fr", False), ("ar", True), ("es", True)]
)
def test_a_traveller_completes_the_form(
    browser: Browser, address: str, language: str, script: bool
) -> None:
    """From the first page to the code, in both directions of writing. Without scripts, every page works and
    nothing is cut off. With scripts switched on, for axe alone, no page has a serious finding."""
    context = browser.new_context(
        locale=language, viewport={"width": 360, "height": 740}, java_script_enabled=script,
        color_scheme="dark" if language == "es" else "light",
    )  # fmt: skip
    context.set_default_timeout(15_000)
    page = context.new_page()
    typed = answers(dt.datetime.now(dt.UTC).date(), parties__owner="person")

    def looked_at() -> None:
        assert page.get_attribute("html", "dir") == ("rtl" if language == "ar" else "ltr")
        assert not page.evaluate(SIDEWAYS)
        if script:
            assert _axe(page) == []

    page.goto(f"{address}/")
    looked_at()
    page.click("main form button")
    # The first try is empty: the faults stand above and at their fields.
    page.locator("main .btn.one").click()
    looked_at()
    assert page.locator(".note.bad li").count() >= 4
    for step in STEPS:
        _fill(page, typed[step])
        if step == "cash":
            page.click('[value="add-gold"]')
            looked_at()
            page.click('[value="remove-gold-0"]')
        looked_at()
        page.locator("main .btn.one").click()
    shown = page.inner_text(".code strong")
    looked_at()
    assert codes.parse(shown)
    if not script:
        assert page.locator(".code svg").count() == 1
    context.close()
    # The code in the table is the code on the page.
    from vedette.apps.inbox.models import Submission
    from vedette.commands.environment import keys

    row = Submission.objects.using("intake").get()
    [message] = announcements.read(keys().open_sealed(bytes(row.sealed)))
    assert message.code == codes.parse(shown)
    assert re.fullmatch("fr|ar|es", message.language or "")
