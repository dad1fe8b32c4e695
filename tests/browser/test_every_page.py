"""Every page that needs no object, found on the code itself: nothing of axe, nothing cut off."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import pytest

from vedette import __version__

if TYPE_CHECKING:
    from tests.apps.hits.world import World
    from tests.browser.conftest import Desk

    from vedette.apps.accounts.models import User

#: Steps of signing in; each needs the one before and has tests of its own.
STEPS = ("login/", "account/", "kept/")
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def _people(world: World) -> dict[str, User]:
    """Somebody of every role."""
    from vedette.apps.accounts.models import User

    found = {user.role: user for user in world.users.values()}
    for role in User.Role:
        if role not in found:
            found[role] = User(username=role, role=role, organisation=world.organisation)
            found[role].save(using="intake")
    return found


def _pages() -> dict[str, list[str]]:
    """Role → the addresses without an object that it is the first to reach."""
    from vedette.apps.accounts.models import User
    from vedette.web import access

    found: dict[str, list[str]] = {}
    for route in access.routes():
        if route.method or "<" in route.path or route.path.startswith(STEPS):
            continue
        if route.path and not route.path.endswith("/"):
            continue  # a file
        role = next(r for r in User.Role if access.allowed(route, r))
        found.setdefault(role, []).append(f"/{route.path}")
    found[User.Role.OFFICER].append("/nothing-here/")
    found[User.Role.ADMINISTRATOR].append("/travellers/")
    return found


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("fr", 1440, "light"), ("en", 390, "dark")],
    ids=["fr-desk", "en-telephone"],
)
def test_pages_without_an_object(
    page: Desk, world: World, width: int, scheme: Literal["light", "dark"]
) -> None:
    """Whoever may open it: axe finds nothing serious, and only tables scroll sideways."""
    from tests.apps.hits import world as made
    from tests.apps.journal.scene import signed_in

    made.hit(world, made.journey(world, world.flight("YY 417", 41), "ZIVODRAGICH", "DJORDJE"), 82)
    people, seen = _people(world), []
    page.page.set_viewport_size({"width": width, "height": 900})
    page.page.emulate_media(color_scheme=scheme)
    for role, paths in _pages().items():
        client = signed_in(people[role])
        cookie = client.cookies["sessionid"].value
        page.page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": page.address}])
        for path in paths:
            answer = client.get(path)
            foot = answer.content.partition(b"<footer")[2]
            # A value of a page with the name of a value of all pages once replaced the version.
            assert not foot or f"vedette {__version__}".encode() in foot, path
            if answer.status_code == 405 or b"<main" not in answer.content:
                continue  # a step that is posted, a way elsewhere, a part of a page
            page.go(path)
            assert page.axe() == [], (role, path)
            assert not page.page.evaluate(SIDEWAYS), (role, path)
            seen.append(path)
    assert len(seen) > 20
    expected = re.compile("status of (403|404) ")
    page.complaints = [c for c in page.complaints if not expected.search(c)]
