"""Headers, cookies, uploads and logs of the web server."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.api.conftest import api  # noqa: F401  the fixture

from vedette.server import logs

PLANTED = "Lopes Ferreira AB1234567"


@pytest.mark.parametrize("path", ["/login/", "/healthz-not", "/api/openapi.json", "/api/queue"])
def test_every_answer_carries_the_headers(database, client, path):
    """Pages, errors and the API: nothing from elsewhere, no frames, no cache, no referrer outside."""
    answer = client.get(path, secure=True)
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "no-store" in answer["Cache-Control"]
    assert "camera=()" in answer["Permissions-Policy"]
    assert "publickey-credentials-get=(self)" in answer["Permissions-Policy"]
    assert len(answer["X-Request-ID"]) == 32


def test_production_is_strict():
    """Outside the demonstration: HSTS for a year with subdomains, secure `__Host-` cookies."""
    code = """
import os
os.environ.pop("VEDETTE_DEMO", None)
from vedette.web import settings as s
assert s.SECURE_HSTS_SECONDS >= 31_536_000 and s.SECURE_HSTS_INCLUDE_SUBDOMAINS
assert s.SESSION_COOKIE_SECURE and s.CSRF_COOKIE_SECURE and s.SESSION_COOKIE_HTTPONLY
assert s.SESSION_COOKIE_NAME.startswith("__Host-") and s.CSRF_COOKIE_NAME.startswith("__Host-")
assert not s.DEBUG and "statement_timeout" in s.DATABASES["default"]["OPTIONS"]["options"]
assert "options" not in s.DATABASES["intake"]["OPTIONS"]
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_uploads_never_touch_the_disk(api, monkeypatch):  # noqa: F811
    """A message in clear in a temporary file would outlive its deletion."""
    import tempfile

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", pytest.fail)
    big = SimpleUploadedFile("big.edi", b"UNB+UNOA:4+XX'" * 600_000)
    answer = api.administrator.send("/messages", {"file": big})
    assert answer.status_code == 202, answer.content


def test_uploads_are_counted_while_they_are_read(api, settings):  # noqa: F811
    """A form's files are bounded together, whatever its header says."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 4096
    files = {"file": [SimpleUploadedFile(f"{n}.edi", b"x" * 3000) for n in range(2)]}
    answer = api.administrator.send("/messages", files)
    assert answer.status_code == 413
    assert answer.json()["detail"]


def test_a_page_says_what_was_too_large(api, settings, client):  # noqa: F811
    """413 with a sentence, not a bare line."""
    client.force_login(api.house.officer)
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 4096
    answer = client.post("/messages/try/", {"file": SimpleUploadedFile("m.edi", b"x" * 9000)})
    assert answer.status_code == 413
    assert b"ingest" in answer.content


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"surname":' * 17 + b"1" + b"}" * 17,
        b'{"surname": "Lopes", "purpose": "border", "case": NaN}',
        b'{"surname": "\xff"}',
        b" " * (1024 * 1024 + 1),
        b"{",
        b'"' + b'\\"' * 400_000,
    ],
    ids=["endless", "deep", "nan", "latin", "large", "cut", "quotes"],
)
def test_json_is_bounded(api, body):  # noqa: F811
    """Depth, size and what is no JSON: 400 with a sentence."""
    answer = api.officer.send("/screen", body, "application/json")
    assert answer.status_code == 400
    assert answer.json()["detail"]


def test_brackets_in_texts_are_no_depth(api):  # noqa: F811
    """A reason may hold brackets and quotes."""
    body = json.dumps({"surname": '[{"' * 30, "purpose": "border"}).encode()
    assert api.officer.send("/screen", body, "application/json").status_code == 200


@pytest.fixture
def lines():
    """What this test logs, as it would stand in the file."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logs.JsonLines())
    root, ours = logging.getLogger(), logging.getLogger("vedette")
    before = ours.level
    root.addHandler(handler)
    ours.setLevel(logging.INFO)
    yield lambda: out.getvalue().splitlines()
    root.removeHandler(handler)
    ours.setLevel(before)


def test_a_request_that_breaks_leaves_no_person_in_the_log(api, monkeypatch, lines):  # noqa: F811
    """Planted in the address, the query, the body and the error: none is in any line."""
    from vedette.apps.desk import api as module

    def broken(*args: object) -> None:
        raise RuntimeError(f"Key (document)=({PLANTED}) already exists")

    monkeypatch.setattr(module, "screen_person", broken)
    body = {"surname": PLANTED, "purpose": "border"}
    path = f"/screen?who={PLANTED}"
    answer = api.officer.post(path, body)
    assert answer.status_code == 500
    api.officer.get(f"/hits/{PLANTED}")
    written = [json.loads(line) for line in lines()]
    assert written
    for word in PLANTED.split():
        assert word not in str(written)
    [told] = [line for line in written if "RuntimeError" in line["event"]]
    access = [line for line in written if line["logger"] == "vedette.access"]
    assert access[0]["status"] == 500
    assert access[0]["request"] == told["request"] == answer["X-Request-ID"]


def test_a_page_that_breaks_leaves_no_person_in_the_log(api, client, monkeypatch, lines):  # noqa: F811
    """The same for pages: Django's own line is printed without address and without traceback."""
    client.raise_request_exception = False
    client.force_login(api.house.officer)

    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError(PLANTED)

    monkeypatch.setattr("vedette.apps.inbox.selectors.summary", broken)
    assert client.get(f"/messages/?q={PLANTED}").status_code == 500
    written = lines()
    assert any("RuntimeError at" in line for line in written)
    assert not any(word in line for line in written for word in PLANTED.split())


def test_a_nul_character_of_a_page_is_removed() -> None:
    """PostgreSQL refuses it. Names and other values stay as they are; the API answers it itself."""
    from django.http import HttpResponse
    from django.test import RequestFactory

    from vedette.web.middleware import texts

    seen = []

    def view(request):
        seen.append((request.GET.dict(), request.POST.getlist("a")))
        return HttpResponse()

    form = "application/x-www-form-urlencoded"
    for path in ("/operations/", "/api/hits/"):
        request = RequestFactory().post(f"{path}?q=x%00y", "a=1%002&a=3", content_type=form)
        texts(view)(request)
    texts(view)(RequestFactory().post("/operations/", {"a": ["1\x002", "3"]}))
    assert seen == [
        ({"q": "xy"}, ["12", "3"]),
        ({"q": "x\0y"}, ["1\x002", "3"]),
        ({}, ["12", "3"]),
    ]


@pytest.mark.parametrize("target", ["nowhere", "a:b", "²", "a\0b", "//evil.example/", "/journal/"])
def test_the_choice_of_a_language_leads_to_a_path(database, client, target) -> None:
    """Anybody may send this form. A target that is not a path of this server leads to the first page."""
    answer = client.post("/preferences/", {"next": target, "language": "en"})
    assert (answer.status_code, answer["Location"]) == (
        302,
        "/journal/" if target == "/journal/" else "/",
    )


@pytest.mark.parametrize("charset", ["hex", "zip", "rot13", "utf-16"])
def test_a_character_set_that_is_none_is_refused(database, client, charset) -> None:
    """Anybody may send a form with a type of his own."""
    body = b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\na\r\n--x--\r\n'
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    for path in ("/login/", "/preferences/"):
        assert client.generic("POST", path, body, content_type=kind).status_code < 500
