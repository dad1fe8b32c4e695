"""The journal in a real browser: accessible, in both languages, on a desk and on a telephone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.browser.conftest import Desk


@pytest.mark.parametrize("path", ["/journal/", "/journal/settings/"])
@pytest.mark.parametrize(
    ("language", "width"), [("fr", 390), ("en", 1440)], ids=["fr-telephone", "en-desk"]
)
def test_the_journal_is_readable(world, page: Desk, language: str, path: str, width: int) -> None:
    """No finding of axe, nothing wider than the screen, in light and dark; the user's menu stands at
    the right, though an auditor has no search in the bar."""
    from tests.apps.journal.scene import signed_in

    from vedette.apps.accounts import acts
    from vedette.apps.accounts.models import User

    user = User(username="auditor", role="auditor", organisation=world.organisation)
    user.save(using="intake")
    acts.write(world.officer, "record.search", words={"name": "x"}, purpose="border", found=2)
    acts.write(world.officer, "hit.see", "01a20f39-99d3-7d7e-a6f0-04529f311713")
    page.page.set_viewport_size({"width": width, "height": 900})
    cookie = signed_in(user).cookies["sessionid"].value
    page.page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": page.address}])
    for scheme in ("light", "dark"):
        page.page.emulate_media(color_scheme=scheme)
        page.go(path)
        assert page.page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.axe() == []
        menu = page.page.locator("header.bar > .end.me").bounding_box()
        assert width - menu["x"] - menu["width"] <= 24
        if folder := os.environ.get("VEDETTE_SHOTS"):
            name = f"{path.strip('/').replace('/', '-')}-{language}-{scheme}-{width}.png"
            page.page.screenshot(path=Path(folder) / name, full_page=True)
