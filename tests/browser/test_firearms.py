"""Firearm records on a telephone and at a desk: the form warns of look-alikes, and no page has a barrier."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import pytest
from playwright.sync_api import expect
from tests.apps.enforcement import cases
from tests.browser.test_every_page import SIDEWAYS

if TYPE_CHECKING:
    from tests.apps.hits.world import World
    from tests.browser.conftest import Desk


@pytest.mark.parametrize(
    ("language", "width", "scheme"), [("fr", 390, "dark"), ("en", 1440, "light")],
    ids=["fr-telephone", "en-desk"],
)  # fmt: skip
def test_from_the_seizure_to_the_trace(
    page: Desk, world: World, language: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    """A record with a number that is easily confused is stored at the second click; its seizure, its trace
    request, its link and its figure have no barrier and do not scroll sideways."""
    from vedette.apps.enforcement.models import Firearm

    one, other = cases.case(world), cases.case(world)
    with world.seen_by() as by:
        cases.weapon(by, other, serial="A012")
    screen = page.page
    screen.set_viewport_size({"width": width, "height": 900})
    screen.emulate_media(color_scheme=scheme)
    page.sign_in()
    page.go(f"/seizures/{one.pk}/firearms/")
    for name, value in (("item", "firearm"), ("type", "pistol"), ("serial_state", "intact")):
        screen.select_option(f"select[name={name}]", value)
    for name, value in (("make", "Zastava"), ("calibre", "7,65 Browning"), ("serial", "AO12")):
        screen.fill(f"input[name={name}]", value)
    screen.locator("button.one").click()
    expect(screen.locator("[role=alert]").last).to_contain_text("A012")
    assert page.axe() == []
    screen.locator("button.one").click()
    screen.wait_for_url(re.compile("/firearms/[0-9a-f-]+/$"))
    record = screen.url.removeprefix(page.address)
    with world.seen_by() as by:
        trace = cases.trace(by, Firearm.objects.get(seizure=one)).pk
    day = cases.DAY.isoformat()
    for path in (
        record, f"{record}edit/", f"/seizures/{one.pk}/", "/firearms/links/", f"/traces/{trace}/",
        f"/traces/{trace}/sheet/", f"/reports/arms/?first={day}&last={day}",
        f"/reports/arms/records/?first={day}&last={day}&table=types&column=total",
        f"/seizures/{one.pk}/firearms/import/", f"{record}trace/",
    ):  # fmt: skip
        page.go(path)
        assert page.axe() == [], path
        assert not screen.evaluate(SIDEWAYS), f"{path} scrolls sideways"
    page.go("/firearms/links/")
    expect(screen.locator("tbody")).to_contain_text(
        "caractères semblables" if language == "fr" else "characters that look alike"
    )
    # The browser reports the status of the form that asks to compare the number.
    page.complaints = [one for one in page.complaints if "status of 422" not in one]
