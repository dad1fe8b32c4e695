"""The page of retention in a browser: reads well, narrow and wide, and asks for a change."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.utils import timezone

if TYPE_CHECKING:
    from tests.apps.hits.world import World
    from tests.browser.conftest import Desk


def _signed_in(page: Desk, world: World, name: str) -> None:
    """Past the sign-in, which is tested elsewhere."""
    client = Client()
    client.force_login(world.users[name])
    cookie = client.cookies["sessionid"]
    page.page.context.add_cookies(
        [{"name": "sessionid", "value": cookie.value, "url": page.address}]
    )


def _one_run() -> None:
    from vedette.apps.retention.models import Proof, Run

    now = timezone.now()
    run = Run.objects.using("intake").create(started_at=now, until=now.date(), state="done")
    deeds = (
        ("masked", "travellers_journeyclear", 1_000_000, "passenger.2026-05.0a0b0c0d"),
        ("deleted", "travellers_journey", 41_200, ""),
        ("destroyed", "retention_vault", 0, "passenger.2021-11.1a2b3c4d"),
    )
    for deed, table, rows, key_id in deeds:
        Proof.objects.using("intake").create(
            run=run, at=now, deed=deed, table=table, retention_class="passenger",
            month=dt.date(2026, 5, 1), rows=rows, key_id=key_id,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("language", "width"), [("fr", 390), ("en", 1440)], ids=["fr-telephone", "en-desk"]
)
def test_read_and_ask(page: Desk, world: World, width: int) -> None:
    """No serious finding of axe, nothing wider than the window, and a change is asked for."""
    _one_run()
    _signed_in(page, world, "administrator")
    page.page.set_viewport_size({"width": width, "height": 900})
    for path in ("/retention/", "/retention/change/?template=eu_pnr"):
        page.go(path)
        assert page.axe() == []
        assert page.page.evaluate("document.documentElement.scrollWidth") <= width
    page.page.fill("[name=why]", "The ministry decided so in October 2026.")
    page.page.click("button.one")
    page.page.wait_for_url("**/approvals/")
