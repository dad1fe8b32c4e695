"""Requests of persons in a real browser: entered, answered, in French, light and dark."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.browser.conftest import Desk


def shown(page: Desk, name: str, language: str) -> None:
    """No finding of axe, nothing wider than the screen: on a desk and a telephone, light and dark."""
    for width in (1440, 390):
        page.page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.page.emulate_media(color_scheme=scheme)
            assert page.page.evaluate("document.documentElement.scrollWidth") <= width, name
            if width == 1440 or scheme == "light":
                assert page.axe() == [], name
            if folder := os.environ.get("VEDETTE_SHOTS"):
                path = Path(folder) / f"{name}-{language}-{scheme}-{width}.png"
                page.page.screenshot(path=path, full_page=True)
    page.page.set_viewport_size({"width": 1440, "height": 900})


@pytest.mark.parametrize("language", ["fr"])
def test_a_letter_is_entered_and_answered(world, page: Desk, language: str) -> None:
    """From the letter to the file: found, one unticked, rectified, restricted, answered."""
    from tests.apps.hits import world as worlds
    from tests.apps.journal.scene import signed_in
    from tests.apps.requests import scene

    from vedette.apps.requests.models import SubjectRequest
    from vedette.apps.subjects.models import Subject

    user = scene.dpo(world)
    journey, other = scene.traveller(world), scene.traveller(world, "MILENA", "Y1")
    hit = worlds.hit(world, journey, 90)
    Subject.objects.using("intake").filter(pk=journey.pk).update(minor=True)
    cookie = signed_in(user).cookies["sessionid"].value
    page.page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": page.address}])
    page.go("/subjects/new/")
    page.page.select_option("[name=kind]", "rectified")
    page.page.fill("[name=reference]", "2026/117")
    page.page.fill("[name=surname]", "Zivodragich")
    page.page.fill("[name=birth]", "1979-03-12")
    page.page.keyboard.press("Enter")
    page.page.wait_for_selector("[name=subject]")
    shown(page, "new", language)
    page.page.uncheck(f"[name=subject][value='{other.pk}']")
    page.page.click("[name=keep]")
    page.page.wait_for_selector("[name=element]")
    row = SubjectRequest.objects.using("intake").get()
    assert row.subjects == [journey.pk]
    page.page.select_option("[name=element]", "date_of_birth")
    page.page.fill("[name=value]", "2010-07-01")
    page.page.fill("[name=basis]", "birth certificate")
    page.page.keyboard.press("Enter")
    page.page.wait_for_selector(".toast")
    shown(page, "subject", language)
    page.page.select_option("[name=ground]", "prevention")
    page.page.fill("[name=article]", "Loi 2026-1, art. 9")
    with page.page.expect_download() as download:
        page.page.click("form[action$='/answer/'] button")
    assert download.value.suggested_filename == "answer.html"
    page.go("/subjects/")
    shown(page, "subjects", language)
    page.go(f"/hits/{hit.pk}/")
    shown(page, "hit", language)
    page.go("/")
    shown(page, "queue", language)
    scene.request(world, user, "restricted", (other.pk,))
    last = SubjectRequest.objects.using("intake").get(kind="restricted")
    scene.client(user).post(f"/subjects/{last.pk}/restrict/", {"do": "restrict"})
    page.page.context.clear_cookies()
    page.sign_in()
    page.go(f"/travellers/{other.pk}/")
    shown(page, "restricted", language)
    page.go(f"/flights/{other.flight_id}/")
    shown(page, "manifest", language)
