"""A browser (Debian's chromium without a user interface) before a live server on the tests' own database."""

from __future__ import annotations

import shutil
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright
    from tests.apps.hits.world import World

#: The shell without a user interface needs half of the processor time of the whole browser.
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser"))),
    None,
)
#: Seconds that the server waits before it answers a click or a script. A test that looks at the next page
#: before it is there then fails on every machine, and not only on a slow one.
_WAIT = 0.15
#: Pages live for a second: compilers that optimise scripts would work in vain.
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--js-flags=--no-opt --no-maglev"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser, so that `-m "not browser"` leaves it alone."""
    for item in items:
        if "page" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright, once a process; skips and says so where there is no chromium."""
    if CHROMIUM is None:
        pytest.skip("no chromium: `apt-get install chromium-headless-shell` for the browser tests")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium, once a run."""
    running = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
    yield running
    running.close()


@pytest.fixture
def world(database: str) -> World:
    """The invented world of the page tests."""
    from tests.apps.hits.world import build

    return build()


@pytest.fixture
def live(database: str) -> Iterator[str]:
    """The address of the application, served by a thread on the tests' database."""
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    class Quiet(WSGIRequestHandler):
        def get_environ(self) -> dict[str, Any]:
            """Waits, if a page or a script of the application asks for a page."""
            if self.headers.get("Sec-Fetch-Site") == "same-origin" and (
                self.headers.get("Sec-Fetch-Mode") == "navigate" or self.headers.get("HX-Request")
            ):
                time.sleep(_WAIT)
            return super().get_environ()

        def log_message(self, *args: object) -> None:
            """Requests are not news."""

    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.set_app(get_wsgi_application())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


#: A violation of a rule has the impact of the rule. Rules of a lower impact are not asked.
_AXE_RUN = """
;axe.run({
  resultTypes: ['violations'],
  preload: false,
  runOnly: axe._audit.rules
    .filter(rule => rule.enabled && !rule.tags.includes('experimental') && !rule.tags.includes('deprecated'))
    .filter(rule => ['serious', 'critical'].includes(rule.impact))
    .map(rule => rule.id),
}).then(found => found.violations)
"""


@dataclass
class Desk:
    """A page with what the browser complained of: errors of scripts and of the security policy."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def sign_in(self, name: str = "officer") -> None:
        """Gives the browser a session of this user. The pages of the sign-in have tests of their own."""
        from django.test import Client

        from vedette.apps.accounts.models import User

        client = Client()
        client.force_login(User.objects.using("intake").get(username=name))
        cookie = client.cookies["sessionid"].value
        self.page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": self.address}])

    def type_password(self, name: str = "officer") -> None:
        """Name, password, Enter; then to the queue."""
        from vedette.apps.accounts.selectors import demo_password

        self.page.goto(f"{self.address}/login/")
        self.page.fill("[name=username]", name)
        self.page.fill("[name=password]", demo_password(name))
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: "/login/" not in url)
        self.page.goto(f"{self.address}/")

    def go(self, path: str) -> None:
        """To an address of the application."""
        self.page.goto(self.address + path)

    def axe(self) -> list[str]:
        """Serious and critical findings, each with where."""
        from axe_playwright_python.base import AXE_SCRIPT

        # A click returns when the next page begins to arrive. axe stops with an error on a document without
        # elements, so the page is checked when it is whole.
        self.page.wait_for_load_state()
        # What passed stays in the browser: on a long page it is long to send.
        found = self.page.evaluate(AXE_SCRIPT + _AXE_RUN)
        return [
            f"{v['id']}: {node['target']} {node.get('failureSummary', '')[:200]}"
            for v in found
            if v["impact"] in ("serious", "critical")
            for node in v["nodes"]
        ]


@pytest.fixture
def language(request: pytest.FixtureRequest) -> str:
    """The language of the interface. Half of the tests run in French and half in English, by their name. A
    test of the texts themselves, or of a whole task, has this parameter and runs in both."""
    return ("fr", "en")[zlib.crc32(request.node.originalname.encode()) % 2]


@pytest.fixture
def page(browser: Browser, live: str, language: str) -> Iterator[Desk]:
    """A fresh session; ends with a failure if the browser complained."""
    locale = {"fr": "fr-FR", "en": "en-GB"}[language]
    context = browser.new_context(locale=locale, viewport={"width": 1440, "height": 900})
    # The first search of a process compiles the kernels of the name index, which takes seconds.
    context.set_default_timeout(30_000)
    desk = Desk(context.new_page(), live)
    desk.page.on(
        "console",
        lambda m: desk.complaints.append(m.text) if m.type in ("error", "warning") else None,
    )
    desk.page.on("pageerror", lambda e: desk.complaints.append(str(e)))
    yield desk
    context.close()
    assert desk.complaints == []
