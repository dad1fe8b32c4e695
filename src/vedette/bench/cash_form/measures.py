"""Measures the public cash form: the size of the first page, the number of forms that can be sent per second,
and the behaviour during a flood of forms. Also measures the search by officers while forms arrive (red
channel), and the search for forged codes.

A separate process on the same machine creates the load, so this process uses a part of the two processor
cores. `sending` sends only the last page of each form; the other pages are already filled in. The benchmark
creates the encrypted field of each form with the key of the form process, in the same way as the form
process. The benchmark prepares no other data. Each form has a different number and a different code. The
measurement `walking` fills in every page of each form.
"""

from __future__ import annotations

import datetime as dt
import gzip
import http.client
import json
import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlencode

from vedette.bench import Figure
from vedette.bench.cash_form.load import CODE, PORT, answers, last_page
from vedette.bench.stage import (
    Reader,
    Stage,
    meanwhile,
    percentile,
    running,
    stage,
    wait_until,
)
from vedette.cash import codes

#: Forms a second and seconds of `sending`; forms of `walking`.
RATE, SECONDS, WALKS = 200, 30, 100
#: Posts a second, addresses and minutes of the flood.
FLOOD_RATE, ADDRESSES, MINUTES = 1000, 10_000, 10.0
#: Seconds of the measurement of the red channel, its officers, the longest time until a declaration is found,
#: and the pause of an officer after a search, in seconds.
RED_SECONDS, OFFICERS, PATIENCE, PAUSE = 60.0, 4, 60.0, 2.0
WEB_PORT = 8724
USER, PASSWORD = "bench-red", "bench-password"
#: Codes in use, and forged codes that are looked up.
USED, FORGED = 1_000_000, 1_000_000
_STATE = re.compile(r'name="state" value="([^"]+)"')


def run() -> Iterator[Figure]:
    """Measures the first page, the sending of last pages, the filling in of whole forms, and forged codes."""
    yield from forged()
    with stage("bench_cash_form") as on, _form(on):
        yield _first_page()
        yield from _sending(on)
        yield _walking()


def flood(minutes: float = MINUTES) -> Iterator[Figure]:
    """Sends 1,000 valid last pages a second from 10,000 addresses of this machine, while a worker runs.
    Measures the number of accepted forms, the number of refused forms, and the greatest number of rows in the
    table of submitted forms."""
    with stage("bench_cash_flood") as on, _form(on), running(1, "work"):
        most = 0
        with _load(FLOOD_RATE, minutes * 60, ADDRESSES) as load:
            while load.poll() is None:
                most = max(most, on.one("SELECT count(*) FROM inbox_submission")[0])
                time.sleep(0.5)
            told = json.loads(load.stdout.read()) if load.stdout else {}
        size = f"{told['sent']:,} posts in {told['seconds']:.0f} s from {ADDRESSES:,} addresses"
        statuses = told["statuses"]
        accepted = statuses.get("200", 0)
        yield Figure("cash_form_flood_offered", told["sent"] / told["seconds"], "posts/s", size, 2)
        yield Figure("cash_form_flood_accepted", accepted, "forms", size, 2)
        yield Figure("cash_form_flood_503", statuses.get("503", 0), "posts", size, 2)
        other = sum(statuses.values()) - accepted - statuses.get("503", 0)
        yield Figure("cash_form_flood_other", other, "posts", size, 2, target="0")
        yield Figure(
            "cash_form_flood_lost", accepted - _kept(on), "accepted forms", size, 2, target="0"
        )
        yield Figure(
            "cash_form_flood_rows", most, "rows at most", size, 2, target="20,000 or fewer"
        )


def red_channel(seconds: float = RED_SECONDS) -> Iterator[Figure]:
    """Measures the time from the acceptance of a form until an officer finds it by its code, while 200 forms
    arrive each second. The measurement waits until the worker has stored the form, and then searches once,
    because the page permits each officer only a limited number of searches. The measured time is the time
    until the worker has stored the form plus the duration of the search."""
    with stage("bench_cash_red") as on, _form(on):
        for number in range(OFFICERS):
            user = on.user(f"{USER}-{number}")
            user.set_password(PASSWORD)
            user.save(using="intake")
        with running(1, "work"), running(1, "serve", "--port", str(WEB_PORT)):
            # The first search of a process loads its code.
            officers = [
                Reader.signed_in(WEB_PORT, f"{USER}-{number}", PASSWORD)
                for number in range(OFFICERS)
            ]
            for one in officers:
                first = _found_after(on, one)
            took: list[float] = []

            def officer(stop: threading.Event) -> None:
                mine = officers.pop()
                while not stop.is_set():
                    took.append(_found_after(on, mine))
                    stop.wait(PAUSE)

            with _load(RATE, seconds, 50) as load:
                with meanwhile(officer, OFFICERS):
                    told = json.loads(load.communicate()[0])
                waiting = on.one("SELECT count(*) FROM inbox_submission")[0]
            size = f"{told['sent']:,} forms in {told['seconds']:.0f} s, {len(took)} searches"
            yield Figure("cash_red_channel_alone", first, "s", "one form, no other load", 2)
            yield Figure("cash_red_channel_p50", percentile(took, 0.5), "s", size, 2)
            yield Figure("cash_red_channel_p95", percentile(took, 0.95), "s", size, 2, "5 or less")
            yield Figure(
                "cash_red_channel_waiting", waiting, "forms", "not in the inbox at the end", 2
            )


def _found_after(on: Stage, officer: Reader) -> float:
    """Sends a form. Returns the number of seconds from the acceptance of the form until a search for its code
    shows the declaration. Returns `PATIENCE` for a form that is not found in this time."""
    from vedette.cash.app.rows import name_token

    fields = last_page(bytes.fromhex(on.keys.secret("form")), answers(_today()))
    found = None
    while found is None:
        # A form that the process refuses under load is sent again.
        found = CODE.search(_post("en", list(fields.items()))[1].encode())
    code, sent = found[1].decode(), time.perf_counter()
    form = {"q": code, "csrfmiddlewaretoken": officer.token("/cash/find/")}
    name = name_token(("code", str(codes.parse(code))), on.keys)
    with suppress(RuntimeError):
        wait_until(
            lambda: on.one(
                "SELECT EXISTS (SELECT FROM cash_movementname WHERE token = %s)", [name]
            )[0],
            0.05,
            PATIENCE,
        )
    status, *_ = officer.ask("/cash/find/", form)
    return time.perf_counter() - sent if status == 302 else PATIENCE


def forged() -> Iterator[Figure]:
    """Generates random codes with a correct check character, and measures how many of them are identical to a
    code in use. The pages of officers look up the keyed token of a code, so a forged code finds a movement
    only if it is a code in use.
    """
    chance = random.SystemRandom()
    used = {codes.encode(chance.getrandbits(codes.BITS)) for _ in range(USED)}
    began = time.perf_counter()
    found = 0
    for _ in range(FORGED):
        code = codes.parse(codes.grouped(codes.encode(chance.getrandbits(codes.BITS))))
        found += code in used
    took = time.perf_counter() - began
    size = f"{FORGED:,} forged codes, {USED:,} codes in use"
    yield Figure("cash_forged_codes_found", found, "codes", size, target="0")
    yield Figure("cash_codes_read", FORGED / took, "codes/s", size)
    wrong = sum(
        codes.parse("".join(chance.choices(codes.ALPHABET, k=codes.LENGTH))) is None
        for _ in range(100_000)
    )
    yield Figure(
        "cash_typed_codes_refused", wrong / 1000, "%", "100,000 random texts of 13 characters"
    )


# --- the parts of `run` -------------------------------------------------------------------------


def _first_page() -> Figure:
    sizes = []
    for language in ("fr", "en", "es", "ar"):
        page = _get(f"/{language}/")
        style = re.search(rb'href="(/form.css[^"]*)"', page)
        sizes.append(len(page) + len(_get(style[1].decode()) if style else b""))
    size = "page and style sheet, not compressed, the largest of four languages"
    return Figure("cash_form_first_page", max(sizes) / 1000, "kB", size, target="less than 60")


def _sending(on: Stage) -> Iterator[Figure]:
    # Together fewer forms than the table has places, because no worker runs.
    for name, rate, seconds, target in (
        ("cash_form", RATE, SECONDS, f"{RATE}, none lost"),
        ("cash_form_most", FLOOD_RATE, 10, ""),
    ):
        before = _kept(on)
        with _load(rate, seconds, 50) as load:
            told = json.loads(load.communicate()[0])
        accepted = told["statuses"].get("200", 0)
        size = f"{told['sent']:,} forms in {told['seconds']:.1f} s, offered {rate}/s"
        yield Figure(f"{name}_accepted", accepted / told["seconds"], "forms/s", size, 2, target)
        yield Figure(f"{name}_p95", told["p95"] * 1000, "ms", size, 2)
        lost = accepted - (_kept(on) - before)
        yield Figure(f"{name}_lost", lost, "accepted forms", size, 2, target="0")
        codes_of = told["codes"]
        yield Figure(f"{name}_codes", codes_of, "different codes", size, 2, target=f"{accepted}")


def _walking() -> Figure:
    typed = {name: list(_fields(page)) for name, page in answers(_today()).items()}
    began = time.perf_counter()
    for _ in range(WALKS):
        held = _posted("fr", [])
        for page in typed.values():
            held = _posted("fr", [("state", held), *page, ("go", "next")])
    took = time.perf_counter() - began
    size = f"{WALKS} forms of {len(typed) + 1} pages, one after the other"
    return Figure("cash_form_page_time", took / WALKS / (len(typed) + 1) * 1000, "ms/page", size)


def _fields(page: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, text in page.items():
        if name in ("departure", "arrival", "birth"):
            yield from ((f"{name}-{part}", one) for part, one in zip("dmy", text, strict=True))
        elif name == "currency":
            for number, row in enumerate(text):
                yield from ((f"currency-{number}-{key}", one) for key, one in row.items())
        elif isinstance(text, list):
            yield from ((name, one) for one in text)
        else:
            yield name, text


# --- the form and its requests ------------------------------------------------------------------


@contextmanager
def _form(on: Stage) -> Iterator[None]:
    settings = {
        "VEDETTE_FORM_ORGANISATION": str(on.organisation),
        "VEDETTE_FORM_AUTHORITY": "Bench",
        "VEDETTE_LOG_LEVEL": "ERROR",
    }
    command = ("serve", "--public", "--port", str(PORT), "--workers", "2")
    with running(1, *command, **settings):
        wait_until(_answers, 0.2, 60)
        yield


def _answers() -> bool:
    with suppress(OSError):
        return bool(_get("/healthz"))
    return False


def _get(path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return gzip.decompress(data) if answer.getheader("Content-Encoding") == "gzip" else data


def _posted(language: str, fields: list[tuple[str, str]]) -> str:
    """Sends one page of the form, and returns the encrypted field of the next page."""
    status, page = _post(language, fields)
    found = _STATE.search(page)
    if status != 200 or found is None:
        raise RuntimeError(f"a page answered {status}")
    return found[1]


def _post(language: str, fields: list[tuple[str, str]]) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", f"/{language}/form/", urlencode(fields), headers)
    answer = connection.getresponse()
    page = answer.read().decode()
    connection.close()
    return answer.status, page


def _kept(on: Stage) -> int:
    """Returns the number of stored forms. A stored form is either in the table of submitted forms or already
    in the inbox."""
    return int(
        on.one(
            "SELECT (SELECT count(*) FROM inbox_submission)"
            " + (SELECT count(*) FROM inbox_inbox WHERE source = 'form')"
        )[0]
    )


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


# --- the load -----------------------------------------------------------------------------------


@contextmanager
def _load(rate: int, seconds: float, addresses: int) -> Iterator[subprocess.Popen[str]]:
    code = f"from vedette.bench.cash_form.load import load; load({rate}, {seconds}, {addresses})"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
