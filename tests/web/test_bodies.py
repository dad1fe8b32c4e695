"""Bodies without a length, and the question of the proxy whether a caller is known."""

from __future__ import annotations

import io
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client
from tests.api.conftest import api  # noqa: F401  (the fixture)

from vedette.web.bodies import with_length


class Parts(io.BytesIO):
    """A stream that gives at most a few bytes at once, as a network does."""

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes."""
        return super().read(7 if size is None or size < 0 else min(size, 7_000_000))


def _received(body: bytes, **more: str) -> dict[str, Any]:
    seen: dict[str, Any] = {}

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen["length"] = int(environ.get("CONTENT_LENGTH") or 0)
        if seen["length"] < settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            seen["body"] = WSGIRequest(environ).body
        return []

    environ = {"REQUEST_METHOD": "POST", "wsgi.input": Parts(body), **more}
    with_length(application)(environ, lambda *_: None)
    return seen


def test_a_chunked_body_is_read_whole() -> None:
    """Without a length, Django alone would read nothing."""
    assert _received(b"UNB+UNOA" * 99, HTTP_TRANSFER_ENCODING="chunked")["body"] == b"UNB+UNOA" * 99
    assert _received(b"UNB+UNOA", CONTENT_LENGTH="3")["body"] == b"UNB"
    assert _received(b"UNB+UNOA")["body"] == b""


def test_a_chunked_body_without_end_is_read_within_the_limit() -> None:
    """What is read is enough for the refusal, and no more."""
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    length = _received(bytes(most + (9 << 20)), HTTP_TRANSFER_ENCODING="chunked")["length"]
    assert most < length <= most + (1 << 20)


def test_the_proxy_is_told_whether_a_caller_is_known(api) -> None:  # noqa: F811
    """A session or a valid token; a wrong token is counted as a refusal."""
    ask = lambda headers: Client().get("/proxy/known/", headers=headers).status_code  # noqa: E731
    assert ask({}) == 401
    assert ask({"Authorization": "Bearer vedette_nobody"}) == 401
    assert ask(api.administrator.headers) == 204
    signed_in = Client()
    signed_in.force_login(api.house.officer, "vedette.apps.accounts.adapters.Passwords")
    assert signed_in.get("/proxy/known/").status_code == 204
    assert signed_in.post("/proxy/known/").status_code == 405
