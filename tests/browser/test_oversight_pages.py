"""The data-protection officer's pages in a real browser: accessible, in both languages, on both widths."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.browser.conftest import Desk


def _scene(world, dsn: str) -> tuple:
    """A month of looking with something unusual in it, decisions, a transfer, an unmasking to note."""
    from django.utils import timezone
    from tests.apps.journal.scene import signed_in
    from tests.apps.oversight import scene
    from tests.apps.oversight.test_pages import decide, transfer

    from vedette.apps.accounts.models import Approval
    from vedette.apps.inbox.models import DroppedCount

    officer, other = world.officer, world.users["officer2"]
    for one in (officer, other):
        scene.usual(dsn, one)
    scene.act(dsn, officer, "record.see", [scene.at(1, 2 + n % 3, n % 60) for n in range(140)])
    scene.act(dsn, officer, "record.search", [scene.at(1, 3)], name="DIALLO AWA")
    decide(world, "ONE", "release", "another")
    referred = decide(world, "THREE", "refer", "same")
    transfer(signed_in(officer), referred)
    now = timezone.now()
    Approval.objects.using("intake").create(
        organisation_id=world.organisation.pk, kind="unmask", subject=str(referred.pk), why=b"",
        purpose="serious_crime", state="allowed", asked_by_id=officer.pk, asked_at=now,
        decided_by_id=other.pk, decided_at=now, expires_at=now,
    )  # fmt: skip
    DroppedCount.objects.using("intake").create(
        organisation_id=world.organisation.pk, sender="YY", day=now.date(), kind="meal", count=12
    )
    scene.rolled(dsn)
    return scene.user(world, "dpo", "Fatou", "Ndoye", "dpo"), referred


@pytest.mark.parametrize(
    ("language", "width"), [("fr", 390), ("en", 1440)], ids=["fr-telephone", "en-desk"]
)
def test_the_pages_of_data_protection_are_readable(
    world, database: str, page: Desk, language: str, width: int
) -> None:
    """No finding of axe, nothing wider than the screen, in light and dark; nor the register of a hit."""
    from tests.apps.journal.scene import signed_in

    dpo, referred = _scene(world, database)
    page.page.set_viewport_size({"width": width, "height": 900})
    for who, paths in (
        (dpo, [f"/oversight/{part}" for part in ("?user=officer", "statistics/", "state/", "report/")]),
        (world.officer, (f"/hits/{referred.pk}/transfers/",)),
    ):  # fmt: skip
        cookie = signed_in(who).cookies["sessionid"].value
        page.page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": page.address}])
        for path in paths:
            for scheme in ("light", "dark"):
                page.page.emulate_media(color_scheme=scheme)
                page.go(path)
                if folder := os.environ.get("VEDETTE_SHOTS"):
                    name = path.strip("/").split("?")[0].split("/")[-1]
                    page.page.screenshot(
                        path=Path(folder) / f"{name}-{language}-{scheme}-{width}.png",
                        full_page=True,
                    )
                assert page.page.evaluate("document.documentElement.scrollWidth") <= width
                assert page.axe() == []


def test_a_finding_is_noted_by_hand(world, database: str, page: Desk) -> None:
    """Choose what it was, say why, press the button: the row says who noted it."""
    from tests.apps.journal.scene import signed_in

    from vedette.apps.oversight.models import Noted

    dpo, _ = _scene(world, database)
    cookie = signed_in(dpo).cookies["sessionid"].value
    page.page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": page.address}])
    page.go("/oversight/")
    row = page.page.locator("tr", has=page.page.locator("[name=outcome]")).first
    row.locator("[name=outcome]").select_option("explained")
    row.locator("[name=why]").fill("Night shift.")
    row.locator("button").click()
    page.page.wait_for_load_state()
    assert Noted.objects.using("intake").get().outcome == "explained"
