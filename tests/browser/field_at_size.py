"""The field page at its stated size. It takes about ten minutes and is run by hand:

    .venv/bin/python -m pytest -s -n 0 tests/browser/field_at_size.py

Three devices with wrong clocks make 200 entries each, 20 of them with a photograph, over two days without a
server. The browsers are killed while an entry is sealed, the form of the operation is changed, and the
sessions expire. The sending is cut at random bytes, the server is killed in between, and everything is sent a
second time from a copy of the profile. Then each entry and each photograph is stored once and is equal to
what was typed and photographed, and no planted text is in a file of the browser, also not in what zlib can
decompress. The planted texts are random letters: Snappy, with which the browser compresses its databases,
writes such letters as they are.

`FIELD_ENTRIES`, `FIELD_PHOTOGRAPHS` and `FIELD_SEED` change the size and the draw.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import random
import re
import shutil
import socket
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from PIL import Image
from playwright.sync_api import Playwright, expect
from tests.apps.offline.work import work
from tests.apps.operations.scene import Scene, build
from tests.browser.serving import Served
from tests.browser.test_field import PHRASE, Telephone
from tests.goods.test_cards import QUERIES

from vedette.apps.keyring import unlock_bytes
from vedette.apps.offline.models import Entry, Photograph
from vedette.apps.offline.taking import PICTURE
from vedette.apps.operations.actions import templates
from vedette.apps.operations.models import Message, Nominal
from vedette.core import message_forms
from vedette.goods import cards

ENTRIES = int(os.environ.get("FIELD_ENTRIES", "200"))
PHOTOGRAPHS = int(os.environ.get("FIELD_PHOTOGRAPHS", "20"))
SEED = int(os.environ.get("FIELD_SEED", "20261203"))
#: Person → how far the clock of the device is ahead, in hours.
DEVICES = {"aa.post": 0.0, "bb.post": 5.0, "cc.post": -30.0}
#: A planted text begins with these letters.
MARK = "Qzxv"
#: Squares on a side of a photograph. Each is black or white.
SQUARES = 8
CLOCK = """
globalThis.shift = %d;
const real = Date;
globalThis.Date = class extends real {
  constructor(...given) { given.length ? super(...given) : super(real.now() + globalThis.shift); }
  static now() { return real.now() + globalThis.shift; }
};
"""
_LINGER = struct.pack("ii", 1, 0)


class Line:
    """The network between the devices and the server. It is cut at random bytes if `cutting` is true.

    It carries TLS, as every network in use does. Without TLS, Chromium takes an answer that ends within its
    headers for a whole one: the script of the service worker is then empty, replaces the one that is there at
    the next start, and the page no longer opens without a network."""

    def __init__(self, port: int, draw: random.Random) -> None:
        self.server, self.draw, self.cutting, self.cuts = port, draw, False, 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"https://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            with suppress(OSError):
                device, _ = self._socket.accept()
                threading.Thread(target=self._carry, args=(device,), daemon=True).start()

    def _carry(self, device: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self.server))
        except OSError:
            device.close()
            return
        # A connection carries many requests. It ends after 100 bytes to 300 kB in both directions.
        left = [int(10 ** self.draw.uniform(2, 5.5)) if self.cutting else 1 << 40]
        ends = [
            threading.Thread(target=self._pump, args=(one, other, left), daemon=True)
            for one, other in ((device, server), (server, device))
        ]
        for one in ends:
            one.start()
        for one in ends:
            one.join()
        device.close()
        server.close()

    def _pump(self, one: socket.socket, other: socket.socket, left: list[int]) -> None:
        with suppress(OSError):
            while data := one.recv(16_384):
                part = data[: left[0]]
                left[0] -= len(part)
                other.sendall(part)
                if len(part) < len(data):
                    self.cuts += 1
                    for each in (one, other):
                        each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
                        each.shutdown(socket.SHUT_RDWR)
                    return
        with suppress(OSError):
            other.shutdown(socket.SHUT_WR)


class Device(Telephone):
    """A telephone with a wrong clock, and what its person typed."""

    arguments = (*Telephone.arguments, "--ignore-certificate-errors")

    def __init__(self, playwright: Playwright, profile: Path, address: str, hours: float) -> None:
        super().__init__(playwright, profile, address)
        self.shift = int(hours * 3_600_000)
        self.script = CLOCK % self.shift
        self.typed: dict[str, dict[str, str]] = {}
        self.pictures: dict[str, list[bool]] = {}
        self.kills = 0

    def enter(self, number: int, draw: random.Random) -> None:
        """Makes an entry. One in 50 times, the browser is killed while it is sealed, and starts again."""
        pictured = number < PHOTOGRAPHS * (ENTRIES // PHOTOGRAPHS) and not number % (
            ENTRIES // PHOTOGRAPHS
        )
        place = MARK + "".join(draw.choices("BCDFGHJKLMNPRSTW", k=12))
        squares = [draw.random() < 0.5 for _ in range(SQUARES * SQUARES)]
        count = str(draw.randint(1, 900))
        self._fill(pictured, place, count, squares, number)
        if draw.randrange(50) == 0 and number:
            self.page.click("#go", no_wait_after=True)
            self.page.wait_for_timeout(draw.randrange(60))
            self.kill()
            self.kills += 1
            self.open()
            self.unlock()
            expect(self.page.locator("#waiting")).to_be_visible()
            if self.count() == number:
                # The entry was not sealed yet: it is a draft at most, and is entered again.
                self._fill(pictured, place, count, squares, number)
                self.page.click("#go")
        else:
            self.page.click("#go")
        self.waiting(number + 1)

    def _fill(
        self, pictured: bool, place: str, count: str, squares: list[bool], number: int
    ) -> None:
        # Two days pass while the entries are made.
        page, passed = self.page, number * 48 * 3_600_000 // ENTRIES
        page.evaluate(f"globalThis.shift = {self.shift - 48 * 3_600_000 + passed}")
        title = "Seizure" if pictured else "Nothing found"
        page.get_by_role("button", name=title).click()
        expect(page.locator("#form-title")).to_have_text(title)
        expect(page.get_by_role("button", name=title)).to_have_attribute("aria-pressed", "true")
        page.fill("#v-place", place)
        page.select_option("#v-category", "precursor")
        typed = {"place": place, "happened": page.input_value("#v-happened")}
        if pictured:
            if page.locator("#whole").is_visible():
                page.click("#whole")
                expect(page.locator("#v-person")).to_be_visible()
            page.fill("#v-quantity", count)
            page.select_option("#v-unit", "kg")
            page.select_option("#v-target", "yes")
            page.fill("#v-person", f"Jane {place}")
            while page.locator("#pictures canvas").count():
                before = page.locator("#pictures canvas").count()
                page.locator("#pictures button").first.click()
                expect(page.locator("#pictures canvas")).to_have_count(before - 1)
            file = {
                "name": f"{place}.jpg",
                "mimeType": "image/jpeg",
                "buffer": _picture(squares, place),
            }
            page.set_input_files("#photo", file)
            expect(page.locator("#pictures canvas")).to_have_count(1, timeout=30_000)
            self.pictures[place] = squares
            typed |= {"quantity": count, "person": f"Jane {place}"}
        else:
            page.fill("#v-controls", count)
            typed |= {"controls": count}
        self.typed[place] = typed

    def count(self) -> int:
        """How many entries the page says that wait."""
        said = self.page.locator("#waiting").inner_text()
        found = re.match(r"[\d,]+", said)
        return int(found[0].replace(",", "")) if found else 0

    def attempt(self) -> None:
        """Tries to send, until the line is cut or nothing waits."""
        if self.page.locator("#try").is_visible():
            self.page.click("#try")

    def finished(self) -> None:
        """Waits until an attempt has ended."""
        busy = (
            "async () => (await navigator.locks.query()).held.some((one) => one.name === 'field')"
        )
        while self.page.evaluate(busy):
            time.sleep(0.02)

    def searched(self, profile: Path) -> tuple[int, int]:
        """Fails if a planted text is in a file of a profile. Returns the bytes and the streams searched."""
        wanted = re.compile(
            b"|".join(
                re.escape(text.encode(code))
                for text in (MARK, "CLEAR COAST", PHRASE)
                for code in ("utf-8", "utf-16-le", "utf-16-be")
            )
        )
        size = streams = 0
        for file in (one for one in profile.rglob("*") if one.is_file()):
            data = file.read_bytes()
            size += len(data)
            assert not wanted.search(data), file
            for start in re.finditer(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]", data):
                with suppress(zlib.error):
                    opened = zlib.decompressobj(47).decompress(data[start.start() :], 1 << 24)
                    streams += bool(opened)
                    assert not wanted.search(opened), file
        return size, streams


def _picture(squares: list[bool], text: str) -> bytes:
    """A photograph of black and white squares with a planted text in its metadata."""
    small = Image.new("L", (SQUARES, SQUARES))
    small.putdata([255 * one for one in squares])
    exif = Image.Exif()
    exif[0x010E] = text
    out = io.BytesIO()
    small.resize((1_920, 1_440), Image.Resampling.NEAREST).convert("RGB").save(
        out, "JPEG", exif=exif
    )
    return out.getvalue()


def _squares(data: bytes) -> list[bool]:
    """The squares of a stored photograph, without its middle tones."""
    small = (
        Image.open(io.BytesIO(data)).convert("L").resize((SQUARES, SQUARES), Image.Resampling.BOX)
    )
    tones = list(small.tobytes())
    assert all(one < 40 or one > 215 for one in tones)
    return [one > 127 for one in tones]


def _certificate(file: Path) -> str:
    """Writes a certificate for this machine and its key into a file. Returns its path."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.public_bytes(pem) + private)
    return str(file)


@pytest.fixture
def served(database: str, tmp_path: Path) -> Iterator[Served]:
    """The application in a process that can be killed."""
    made = Served(_certificate(tmp_path / "tls.pem"))
    made.start()
    yield made
    made.kill()


def test_600_entries_are_stored_once(
    served: Served, playwright: Playwright, tmp_path: Path
) -> None:
    """See the text of the module."""
    draw, began = random.Random(SEED), time.monotonic()
    scene: Scene = build()
    scene.live()
    line = Line(served.port, random.Random(SEED + 1))
    devices = {
        who: Device(playwright, tmp_path / f"device-{who}", line.address, hours)
        for who, hours in DEVICES.items()
    }
    for who, one in devices.items():
        one.open()
        one.sign_in(scene.people[who])
        one.load()
        expect(one.page.locator("#offline")).to_contain_text("also opens without", timeout=30_000)
        one.unlock()
    served.kill()
    for one in devices.values():
        for number in range(ENTRIES):
            one.enter(number, draw)
        print(
            f"entered {len(one.typed)} after {time.monotonic() - began:.0f} s, {one.kills} kills",
            flush=True,
        )
    copies, searched = {}, [0, 0]
    for who, one in devices.items():
        one.kill()
        copies[who] = tmp_path / f"copy-{who}"
        shutil.copytree(one.profile, copies[who], ignore=shutil.ignore_patterns("Singleton*"))
        searched = [a + b for a, b in zip(searched, one.searched(one.profile), strict=True)]
    # The form changes, and the sessions have expired.
    with scene.by("aa.coordinator") as user:
        for kind in ("control", "seizure"):
            templates.change(
                user, scene.operation, kind, 1, lambda form: message_forms.require(form, "mode")
            )
    for one in devices.values():
        one.open()
        one.waiting(ENTRIES)
        one.context.clear_cookies()
    served.start()
    assert not Entry.objects.using("intake").exists()
    line.cutting, attempts, server_kills = True, 0, 0
    for who, one in devices.items():
        one.sign_in(scene.people[who])
        one.load()
    while any(one.count() for one in devices.values()) and attempts < 600:
        attempts += 1
        for one in devices.values():
            one.attempt()
        if attempts in (1, 4):
            served.kill()
            server_kills += 1
            served.start()
        if attempts == 2:
            first = devices["bb.post"]
            first.kill()
            first.kills += 1
            first.open()
            # The browser kept the session only in its memory.
            first.sign_in(scene.people["bb.post"])
        for one in devices.values():
            one.finished()
        if not attempts % 10:
            work()
    line.cutting = False
    for one in devices.values():
        one.attempt()
        one.waiting(0)
    print(
        f"sent after {time.monotonic() - began:.0f} s, {attempts} attempts, {line.cuts} cuts",
        flush=True,
    )
    while work():
        pass
    _compare(devices)
    for who, one in devices.items():
        one.kill()
        searched = [a + b for a, b in zip(searched, one.searched(one.profile), strict=True)]
        # Everything is sent a second time, from the copy of the profile.
        again = Device(playwright, copies[who], line.address, DEVICES[who])
        again.open()
        again.sign_in(scene.people[who])
        again.load()
        again.attempt()
        expect(again.page.locator("#waiting")).to_contain_text("No entry waits", timeout=600_000)
        again.kill()
        searched = [a + b for a, b in zip(searched, again.searched(copies[who]), strict=True)]
        assert one.complaints == again.complaints == []
    while work():
        pass
    _compare(devices)
    kills = sum(one.kills for one in devices.values())
    print(f"{ENTRIES * 3} entries, {PHOTOGRAPHS * 3} photographs stored once and equal")
    print(
        f"{line.cuts} cuts, {attempts} attempts, {kills} browser and {server_kills + 1} server kills"
    )
    print(f"searched {searched[0]:,} bytes and {searched[1]} compressed streams of the profiles")
    print(f"{time.monotonic() - began:.0f} s")


def test_safety_cards_without_a_server(
    served: Served, playwright: Playwright, tmp_path: Path
) -> None:
    """The server process is ended and the browser starts again. Each query finds its card among three. The
    time is that of the answer in the page."""
    build()
    device = Device(playwright, tmp_path / "device", served.address.replace("http:", "https:"), 0)
    device.open()
    expect(device.page.locator("#offline")).to_contain_text("also opens without", timeout=30_000)
    served.kill()
    device.kill()
    device.open()
    ask = """async (query) => {
        const began = performance.now(), path = "/field/cards/?q=" + encodeURIComponent(query);
        return [await (await fetch(path)).json(), performance.now() - began];
    }"""
    times = []
    for query, key in QUERIES:
        found, took = device.page.evaluate(ask, query)
        times.append(took)
        if key:
            assert cards.cards()[key].title_en in [one["title"] for one in found[:3]], query
            device.page.fill("#card", query)
            expect(device.page.locator("#cards")).to_contain_text(cards.cards()[key].title_en)
    device.kill()
    print(f"{len(QUERIES)} queries, first {times[0]:.0f} ms, longest {max(times):.0f} ms")
    assert max(times) < 1_000


def _compare(devices: dict[str, Device]) -> None:
    """Each entry is stored once, under the form with which it was made, with what was typed."""
    typed = {place: values for one in devices.values() for place, values in one.typed.items()}
    pictures = {
        place: squares for one in devices.values() for place, squares in one.pictures.items()
    }
    rows = Entry.objects.using("intake")
    assert rows.count() == len(typed) == 3 * ENTRIES
    assert set(rows.values_list("state", flat=True)) == {"stored"}
    secret: dict[Any, dict[str, str]] = dict(
        Nominal.objects.using("intake").values_list("message_id", "values")
    )
    stored = {}
    for one in Message.objects.using("intake").filter(kind__in=("control", "seizure")):
        assert one.place not in stored
        assert (one.template, one.version) == (1, 1)
        stored[one.place] = one
    assert set(stored) == set(typed)
    for place, values in typed.items():
        kept = stored[place].values | secret.get(stored[place].pk, {})
        assert {name: kept.get(name) for name in values} == values
    taken = Photograph.objects.using("intake").select_related("entry")
    places = {one.pk: place for place, one in stored.items()}
    found = {places[one.entry.result]: one for one in taken}
    assert taken.count() == len(found) == len(pictures) == 3 * PHOTOGRAPHS
    for place, one in found.items():
        assert (one.width, one.height) == (1_600, 1_200)
        assert _squares(unlock_bytes(bytes(one.picture), PICTURE)) == pictures[place]
