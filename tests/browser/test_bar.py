"""The bar and the help in a real browser: one row on a desk, everything within reach on a telephone."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from tests.apps.hits import world as made
from tests.browser.conftest import Desk

if TYPE_CHECKING:
    from vedette.apps.accounts.models import User


def _as(page: Desk, world, role: str) -> User:
    from tests.apps.journal.scene import signed_in

    from vedette.apps.accounts.models import User

    user = User(username=f"bar.{role}", role=role, organisation=world.organisation)
    user.first_name, user.last_name = "Jean-Baptiste", "Vandenberghe"
    user.save(using="intake")
    cookie = signed_in(user).cookies["sessionid"].value
    page.page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": page.address}])
    return user


def _notify(user: User, count: int) -> None:
    """Notifications for whoever the user is, in sight of every role."""
    from vedette.apps.accounts.models import Approval
    from vedette.apps.notices.models import Notice

    now = timezone.now() - dt.timedelta(minutes=1)
    approval = Approval.objects.using("intake").create(
        organisation=user.organisation, kind="export", subject=str(user.pk), purpose="border", why=b"",
        asked_by=user, asked_at=now, expires_at=now + dt.timedelta(days=3),
    )  # fmt: skip
    Notice.objects.using("intake").bulk_create(
        Notice(organisation=user.organisation, user=user, kind="refused", approval=approval, by=user,
               params={"kind": "export"}, at=now)
        for _ in range(count)
    )  # fmt: skip


@pytest.mark.parametrize("language", ["fr"])
def test_one_row_from_1280_pixels(world, page: Desk) -> None:
    """Each role sees every page of its theme in one row, in French too, with more than 99 notifications."""
    from vedette.apps.accounts.models import User

    for role in User.Role.values:
        _notify(_as(page, world, role), 120)
        for width in (1280, 1440, 1920):
            page.page.set_viewport_size({"width": width, "height": 900})
            page.go("/home/")
            row, hidden, spare = page.page.evaluate(
                """() => {
                    const bar = document.querySelector('header.bar'), pages = bar.querySelector('.pages');
                    const find = bar.querySelector('.find');
                    const gap = pages.nextElementSibling.getBoundingClientRect().left
                        - pages.getBoundingClientRect().right;
                    return [bar.offsetHeight, pages.scrollWidth - pages.clientWidth,
                        gap + (find ? find.offsetWidth - 96 : 0)];
                }"""
            )
            assert (row, hidden) == (48, 0), (role, width)
            assert spare >= 0, (role, width, spare)
            assert "99+" in page.page.locator("#bell b").inner_text()


@pytest.mark.parametrize("language", ["fr"])
def test_one_row_of_the_theme_of_cash(world, page: Desk) -> None:
    """Its pages fit into one row at 1280 pixels, in French too."""
    from vedette.apps.accounts.models import User

    user = _as(page, world, "supervisor")
    User.objects.using("intake").filter(pk=user.pk).update(themes=["cash"])
    page.page.set_viewport_size({"width": 1280, "height": 900})
    page.go("/cash/find/")
    row, hidden = page.page.evaluate(
        """() => {
            const bar = document.querySelector('header.bar'), pages = bar.querySelector('.pages');
            return [bar.offsetHeight, pages.scrollWidth - pages.clientWidth];
        }"""
    )
    assert (row, hidden) == (48, 0)


def test_the_bell_on_a_telephone(world, page: Desk, language: str) -> None:
    """The bell is in the row of the brand and of the own menu. Its menu is within the screen."""
    _notify(_as(page, world, "officer"), 120)
    for width in (390, 1280):
        page.page.set_viewport_size({"width": width, "height": 844})
        page.go("/lookouts/")
        rows = page.page.evaluate(
            """['.brand', '.theme', '.bell', '.me'].map(name => {
                const box = document.querySelector('.bar > ' + name).getBoundingClientRect();
                return [Math.round(box.top + box.height / 2), box.left, box.right];
            })"""
        )
        assert max(top for top, *_ in rows) - min(top for top, *_ in rows) <= 2, rows
        assert rows[0][1] >= 0
        assert rows[-1][2] <= width
        page.page.locator(".bell summary").click()
        page.page.locator("#notes .new").first.wait_for()
        box = page.page.locator("#notes").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert page.page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.axe() == []


def test_the_help_opens_in_the_page(world, page: Desk, language: str) -> None:
    """The panel holds the part of the docs for the page; it is readable, closes with Escape, and leaves the
    page as it was.
    """
    _as(page, world, "officer")
    for width in (1440, 390):
        page.page.set_viewport_size({"width": width, "height": 844})
        page.go("/lookouts/")
        page.page.locator(".foot [popovertarget=help]").click()
        heading = {
            "fr": "Les avis et la recherche d’une personne",
            "en": "Lookouts and single persons",
        }
        page.page.locator(f"#help h3:has-text('{heading[language]}')").wait_for()
        assert page.axe() == []
        assert page.page.evaluate("document.documentElement.scrollWidth") <= width
        page.page.keyboard.press("Escape")
        assert not page.page.locator("#help").is_visible()
        assert page.page.url.endswith("/lookouts/")


def test_a_telephone_reaches_language_and_time(world, page: Desk, language: str) -> None:
    """The language is in the own menu, the time and its zone are in the foot, the current page is first."""
    _as(page, world, "officer")
    page.page.set_viewport_size({"width": 390, "height": 844})
    page.go("/lookouts/")
    assert page.axe() == []
    assert page.page.locator(".foot .zone").is_visible()
    assert not page.page.locator(".tz").is_visible()
    first = page.page.evaluate(
        "[...document.querySelectorAll('.nav a')]"
        ".sort((a, b) => a.getBoundingClientRect().x - b.getBoundingClientRect().x)[0].ariaCurrent"
    )
    assert first == "page"
    page.page.locator(".me summary").click()
    page.page.locator(".me [name=language]").click()
    other = {"fr": "en", "en": "fr"}[language]
    page.page.locator(f"html[lang={other}]").wait_for()


def test_a_telephone_says_that_the_chart_moves_sideways(world, page: Desk, language: str) -> None:
    """The hint is shown only where the chart of due times is wider than its place."""
    made.hit(world, made.journey(world, world.flight("YY 417", 41), "DOE", "JOHN"), 82)
    _as(page, world, "officer")
    for width in (390, 1440):
        page.page.set_viewport_size({"width": width, "height": 844})
        page.go("/home/")
        wider = page.page.evaluate(
            "(e => e.scrollWidth > e.clientWidth)(document.querySelector('[aria-labelledby=ahead-t] .wide'))"
        )
        hint = page.page.locator("[aria-labelledby=ahead-t] .narrow-only").is_visible()
        assert (wider, hint) == (width == 390, width == 390)
