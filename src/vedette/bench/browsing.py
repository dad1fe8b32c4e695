"""A signed-in reader without a browser: cookies, the form token, and what travels over the wire."""

from __future__ import annotations

import gzip
import http.client
import re
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass
class Reader:
    """One session with a server on this machine."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, bytes, float, int]:
        """Status, body (unpacked), seconds, and bytes transferred of one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {
            "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()),
            "Accept-Encoding": "gzip",
        }
        body = None
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        connection.request("POST" if form is not None else "GET", path, body, headers)
        answer = connection.getresponse()
        data = answer.read()
        seconds = time.perf_counter() - began
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        packed = answer.getheader("Content-Encoding") == "gzip"
        connection.close()
        return answer.status, gzip.decompress(data) if packed else data, seconds, len(data)

    @classmethod
    def signed_in(cls, port: int) -> Reader:
        """A session of the user `bench`, as soon as the server answers; waits half a minute."""
        reader, deadline = cls(port), time.monotonic() + 30
        while True:
            try:
                reader.sign_in("bench", "bench-password")
                return reader
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def sign_in(self, name: str, password: str) -> None:
        """Raises `RuntimeError` where the server does not let them in."""
        _, page, _, _ = self.ask("/login/")
        token = _TOKEN.search(page)
        if token is None:
            raise RuntimeError("no form on the sign-in page")
        form = {"username": name, "password": password, "csrfmiddlewaretoken": token[1].decode()}
        status, _, _, _ = self.ask("/login/", form)
        if status != 302:
            raise RuntimeError(f"sign-in answered {status}")


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
