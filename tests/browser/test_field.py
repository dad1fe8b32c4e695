"""The field page in a browser with a profile on the disk: without the server, after SIGKILL, delivery."""

from __future__ import annotations

import hashlib
import io
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, Playwright, expect
from tests.apps.offline.work import work
from tests.apps.operations.scene import Scene, build
from tests.browser.conftest import CHROMIUM
from tests.browser.serving import Served

from vedette.apps.offline.models import Entry, Photograph
from vedette.apps.operations.models import Message, Nominal

PHRASE = "un mot de passe long"
#: Each access to the disk of the device takes a twentieth of a second longer. Who types while the page
#: reads then meets what is not ready, on a fast machine too.
SLOW_DISK = """
const of = Object.getOwnPropertyDescriptor(IDBTransaction.prototype, 'oncomplete');
Object.defineProperty(IDBTransaction.prototype, 'oncomplete', {
  set(done) { of.set.call(this, (event) => setTimeout(() => done(event), 50)); },
});
"""
#: The action after fifteen minutes without a touch is kept as `idle`, so that a test need not wait for it.
IDLE = """
const wait = setTimeout;
globalThis.setTimeout = (then, ms, ...more) => {
  if (ms === 9e5) globalThis.idle = then;
  return wait(then, ms, ...more);
};
"""
#: What is typed and photographed, and must be in no file of the browser.
PLANTED = ("Quai Planté 7", "Jane Planted", "ZZZU 100214 6", "Planted EXIF", "CLEAR COAST", PHRASE)


@pytest.fixture
def served(database: str) -> Iterator[Served]:
    """The application in a process that can be killed."""
    made = Served()
    made.start()
    yield made
    made.kill()


def _processes(profile: Path) -> list[int]:
    """The processes of the browser with this profile."""
    found = []
    for one in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if str(profile).encode() in (one / "cmdline").read_bytes():
                found.append(int(one.name))
    return found


class Telephone:
    """A browser with a profile on the disk, and its page. `script` runs before the scripts of the page."""

    script = SLOW_DISK + IDLE
    arguments = ("--no-sandbox",)

    def __init__(self, playwright: Playwright, profile: Path, address: str) -> None:
        self.playwright, self.profile, self.address = playwright, profile, address
        self.complaints: list[str] = []
        self.context: BrowserContext
        self.page: Page

    def open(self) -> None:
        """Starts the browser, and opens the field page as the device kept it."""
        self.context = self.playwright.chromium.launch_persistent_context(
            str(self.profile), executable_path=CHROMIUM, locale="en-GB", args=list(self.arguments),
            viewport={"width": 360, "height": 740},
        )  # fmt: skip
        self.context.add_init_script(self.script)
        self.page = self.context.pages[0]
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.load()

    def load(self) -> None:
        """Opens the field page."""
        self.page.goto(f"{self.address}/field/")
        expect(self.page.locator("#net")).not_to_be_empty(timeout=30_000)

    def sign_in(self, user: Any) -> None:
        """Gives the browser a session."""
        from django.test import Client

        client = Client()
        client.force_login(user)
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
        self.context.add_cookies([{**cookie, "url": self.address}])

    def unlock(self) -> None:
        """Enters the passphrase."""
        self.page.fill("#phrase", PHRASE)
        self.page.click("#unlock button.one")
        expect(self.page.locator("#enter")).to_be_visible(timeout=30_000)

    def waiting(self, n: int) -> None:
        """Waits until the page shows this number of entries that wait."""
        said = {0: "No entry waits", 1: "1 entry waits"}.get(n, f"{n} entries wait")
        expect(self.page.locator("#waiting")).to_contain_text(said, timeout=30_000)

    def kill(self) -> None:
        """Ends the browser at once."""
        for one in _processes(self.profile):
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        with suppress(Exception):
            self.context.close()

    def clean(self) -> None:
        """Fails if a planted text is in a file of the profile, in UTF-8 or UTF-16."""
        wanted = [
            text.encode(code) for text in PLANTED for code in ("utf-8", "utf-16-le", "utf-16-be")
        ]
        files = [one for one in self.profile.rglob("*") if one.is_file()]
        assert len(files) > 10
        for one in files:
            content = one.read_bytes()
            for text in wanted:
                assert text not in content, (one.name, text)


@contextmanager
def _telephone(playwright: Playwright, profile: Path, address: str) -> Iterator[Telephone]:
    made = Telephone(playwright, profile, address)
    made.open()
    try:
        yield made
    finally:
        made.kill()
    assert made.complaints == []


def _photograph() -> bytes:
    """A picture of 2,000 pixels whose metadata contain a text."""
    picture = Image.effect_noise((2_000, 1_500), 60).convert("RGB")
    exif = Image.Exif()
    exif[0x010E] = "Planted EXIF"
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


def _nothing_found(page: Page, place: str, number: str) -> None:
    # The first form is shown already.
    expect(page.locator("#form-title")).to_have_text("Nothing found")
    page.fill("#v-place", place)
    page.select_option("#v-category", "precursor")
    page.fill("#v-controls", number)
    page.click("#go")


def test_entries_without_a_server_survive_and_arrive_once(
    served: Served, playwright: Playwright, tmp_path: Path
) -> None:
    """The server process is killed, then the browser; the session expires. Entries, drafts and photographs
    are kept, are readable in no file of the profile, and are stored once after the sign-in."""
    scene: Scene = build()
    scene.live()
    post = scene.people["bb.post"]
    with _telephone(playwright, tmp_path / "profile", served.address) as phone:
        page = phone.page
        phone.sign_in(post)
        phone.load()
        expect(page.locator("#offline")).to_contain_text("also opens without", timeout=30_000)
        phone.unlock()
        expect(page.locator("#persist")).to_contain_text("may delete these entries")
        served.kill()
        _nothing_found(page, PLANTED[0], "12")
        phone.waiting(1)
        # A draft is kept while it is typed.
        page.get_by_role("button", name="Seizure").click()
        expect(page.locator("#form-title")).to_have_text("Seizure")
        page.fill("#v-quantity", "12,5")
        page.click("#whole")
        page.fill("#v-person", PLANTED[1])
        page.fill("#v-conveyance", PLANTED[2])
        expect(page.locator("#drafted")).not_to_be_empty()
        page.set_input_files(
            "#photo", {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": _photograph()}
        )
        expect(page.locator("#pictures canvas")).to_have_count(1)
        expect(page.locator("#pictures canvas")).to_have_js_property("width", 1600)
        # Fifteen minutes pass without a touch or a key.
        page.evaluate("() => globalThis.idle()")
        expect(page.locator("#locked")).to_be_visible()
        expect(page.locator("#v-person")).to_have_count(0)
        phone.unlock()
        page.get_by_role("button", name="Seizure").click()
        expect(page.locator("#v-person")).to_have_value(PLANTED[1])
        expect(page.locator("#pictures canvas")).to_have_count(1)
        page.select_option("#v-category", "precursor")
        page.select_option("#v-unit", "kg")
        page.select_option("#v-target", "yes")
        page.click("#go")
        phone.waiting(2)
        expect(page.locator("#queue")).to_contain_text("e-")
        phone.kill()
        phone.clean()
        # The browser starts without the server, and then with it, without a session.
        phone.open()
        page = phone.page
        phone.waiting(2)
        # Safety cards are found without a server, also with a typing error.
        page.fill("#card", "acide nitriqe")
        expect(page.locator("#cards")).to_contain_text("Nitric acid")
        phone.context.clear_cookies()
        served.start()
        page.click("#try")
        expect(page.locator("#sign-in")).to_be_visible(timeout=30_000)
        # Another person sees a number, and sends nothing.
        phone.sign_in(scene.people["bb.contact"])
        page.click("#try")
        expect(page.locator("#others")).to_contain_text("2", timeout=30_000)
        assert not Entry.objects.using("intake").exists()
        phone.sign_in(post)
        page.click("#try")
        received = page.locator("#queue li", has_text="received by the server")
        expect(received).to_have_count(2, timeout=30_000)
        work()
        phone.kill()
        phone.clean()
    assert sorted(Entry.objects.using("intake").values_list("state", flat=True)) == ["stored"] * 2
    control, seizure = (
        Message.objects.using("intake").filter(kind__in=("control", "seizure")).order_by("kind")
    )
    assert (control.place, control.controls, control.found) == (PLANTED[0], 12, False)
    assert (seizure.place, seizure.category, str(seizure.quantity)) == (
        PLANTED[0],
        "precursor",
        "12.500000",
    )
    assert Nominal.objects.using("intake").get().values == {
        "person": PLANTED[1],
        "conveyance": PLANTED[2],
    }
    photograph = Photograph.objects.using("intake").get()
    assert (photograph.width, photograph.height) == (1600, 1200)
    assert hashlib.sha256(_photograph()).digest() != bytes(photograph.digest)
