"""Submits the last page of many public cash forms at a fixed rate. `measures` starts this module in a
separate process."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import random
import re
import time
from collections import Counter
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from vedette.bench.stage import percentile
from vedette.cash.public import state
from vedette.keys.ring import Keys

PORT = 8723
#: Open connections, and requests after which a connection gets another address.
_CONNECTIONS, _PER_ADDRESS = 64, 20
CODE = re.compile(rb'<strong dir="ltr">([0-9A-Z-]+)</strong>')

Pages = dict[str, dict[str, Any]]


def answers(today: dt.date) -> Pages:
    """Returns the values that a traveller enters on each page, in the format of the encrypted field of the
    form. The day of arrival is nine days after `today`."""
    coming = today + dt.timedelta(days=9)
    day = [f"{coming:%d}", f"{coming:%m}", f"{coming:%Y}"]
    return {
        "crossing": {
            "direction": "entry", "mode": "air", "departure_country": "SN", "departure_place": "DSS",
            "departure": day, "via": "", "arrival_country": "FR", "arrival_place": "CDG", "arrival": day,
            "reference": "XX 417", "company": "", "amends": "",
        },
        "person": {
            "first_names": "Awa Ndèye", "last_names": "Diop", "birth": ["7", "3", "1984"],
            "birth_town": "Thiès", "birth_country": "SN", "nationality": "SN", "nationality2": "",
            "gender": "female",
        },
        "document": {
            "document_type": "P", "document_number": "A1234567", "document_country": "SN",
            "personal_number": "", "street": "12 rue de Thiong", "postcode": "", "city": "Dakar",
            "country": "SN", "phone": "+221 33 800 00 00", "email": "awa@example.org",
        },
        "cash": {"currency": [{"amount": "12500.50", "currency": "EUR"}]},
        "reasons": {"provenance": ["labour"], "provenance_text": "", "uses": ["holidays"], "use_text": ""},
        "parties": {"owner": "me", "owners": "", "recipient": "me"},
    }  # fmt: skip


def last_page(key: bytes, typed: Pages) -> dict[str, str]:
    """Returns the fields of the last page of a new form whose other pages are filled in."""
    held = state.new("review", int(time.time()))
    held.answers = typed
    return {"state": state.seal(key, held), "place": "Dakar", "true": "yes", "go": "send"}


def load(rate: int, seconds: float, addresses: int) -> None:
    """Sends forms at a fixed rate from the given number of addresses of this machine. Prints the responses as
    JSON."""
    key = bytes.fromhex(Keys.load(Path(os.environ["VEDETTE_KEYS"])).secret("form"))
    print(json.dumps(asyncio.run(_Load(key, rate, seconds, addresses).run())))


class _Load:
    """Sends forms at a fixed rate. Each form is due to be sent at a fixed time, even if the server has not
    yet answered earlier forms. The duration of a request is measured from this time.
    """

    def __init__(self, key: bytes, rate: int, seconds: float, addresses: int) -> None:
        self.key, self.rate, self.seconds, self.addresses = key, rate, seconds, addresses
        self.typed = answers(dt.datetime.now(dt.UTC).date())
        self.statuses: Counter[str] = Counter()
        self.took: list[float] = []
        self.codes: set[bytes] = set()
        self.numbers = count()

    async def run(self) -> dict[str, Any]:
        """Sends all forms. Returns the statuses, the number of forms, the total duration in seconds, the 95th
        percentile of the durations of accepted forms in seconds, and the number of different codes."""
        self.began = time.perf_counter()
        await asyncio.gather(*(self._connection(one) for one in range(_CONNECTIONS)))
        return {
            "statuses": dict(self.statuses),
            "sent": sum(self.statuses.values()),
            "seconds": time.perf_counter() - self.began,
            "p95": percentile(self.took, 0.95) if self.took else 0,
            "codes": len(self.codes),
        }

    async def _connection(self, number: int) -> None:
        while True:
            address = random.randrange(self.addresses)  # noqa: S311  no secret
            source = f"127.{1 + address // 65025}.{address // 255 % 255}.{1 + address % 255}"
            try:
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", PORT, local_addr=(source, 0)
                )
            except OSError:
                await asyncio.sleep(0.1)
                if time.perf_counter() > self.began + self.seconds:
                    return
                continue
            try:
                for _ in range(_PER_ADDRESS):
                    due = self.began + next(self.numbers) / self.rate
                    if due > self.began + self.seconds:
                        return
                    if (wait := due - time.perf_counter()) > 0:
                        await asyncio.sleep(wait)
                    status, page = await self._send(reader, writer)
                    self.statuses[status] += 1
                    if found := CODE.search(page):
                        self.codes.add(found[1])
                        self.took.append(time.perf_counter() - due)
            except (OSError, asyncio.IncompleteReadError):
                self.statuses["connection lost"] += 1
            finally:
                writer.close()

    async def _send(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[str, bytes]:
        body = urlencode(last_page(self.key, self.typed)).encode()
        head = (
            "POST /en/form/ HTTP/1.1\r\nHost: localhost\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", answer)
        if length is not None:
            page = await reader.readexactly(int(length[1]))
        else:
            page = await reader.readuntil(b"0\r\n\r\n")
        return answer.split(b" ", 2)[1].decode(), page
