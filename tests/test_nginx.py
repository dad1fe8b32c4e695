"""The shipped configuration of nginx, in real nginx: slow clients do not stop other requests."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.api.conftest import client_of
from tests.api.test_api import MESSAGE
from tests.apps.lists.conftest import make_house

ROOT = Path(__file__).resolve().parent.parent
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
#: A network of its own, so that the ports of the shipped file are free.
NAMESPACE = ["unshare", "--net", *(() if os.getuid() == 0 else ("--user", "--map-root-user"))]


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    """What was observed; filled by the first test that asks."""
    return {}


@pytest.fixture
def observed(
    database: str, tmp_path: Path, seen: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """Both servers run once for all tests of this file."""
    if seen:
        return seen
    if NGINX is None:
        pytest.skip("no nginx here: `apt-get install nginx-light` for this test")
    missing = [tool for tool in ("unshare", "ip", "openssl") if shutil.which(tool) is None]
    if missing:
        pytest.skip(
            f"no {', '.join(missing)} here: the test needs a network of its own and a certificate"
        )
    if subprocess.run([*NAMESPACE, "true"], capture_output=True).returncode:
        pytest.skip("no network namespace may be made here (unshare --net)")
    house = make_house()
    monkeypatch.setenv("VEDETTE_FORM_ORGANISATION", str(house.organisation.pk))
    token = client_of(house.administrator).headers["Authorization"].removeprefix("Bearer ")
    (tmp_path / "bodies").mkdir()
    done = subprocess.run(
        [*NAMESPACE, sys.executable, "-m", "tests.behind_nginx", str(tmp_path), NGINX, token, MESSAGE],
        capture_output=True, text=True, timeout=180, cwd=Path(__file__).resolve().parent.parent,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    seen |= json.loads(done.stdout.splitlines()[-1])
    return seen


@pytest.mark.parametrize(("where", "held"), [("sign in", 10), ("page", 20)])
def test_forty_slow_posts_do_not_stop_other_requests(observed, where, held) -> None:
    """Those beyond the limit of the address are refused at once; pages, the API and forms of others are
    answered as quickly as before."""
    during = observed[where]
    assert during["refused"] == [429] * (40 - held)
    for one in during["rounds"]:
        assert [one["page"][0], one["api"][0], one["other"][0]] == [200, 403, 403]
        # The sign-in has a limit of its own: slow forms elsewhere leave it open.
        assert one["sign in"][0] == (429 if where == "sign in" else 403)
        assert max(seconds for _, seconds in one.values()) < 5


def test_a_body_without_progress_ends_the_request(observed) -> None:
    """A client that sends nothing for ten seconds is disconnected."""
    assert observed["without progress"] in ([408], [0])


def test_bodies_are_bounded_by_size(observed) -> None:
    """Only uploads of a known caller may be large; a large one arrives whole."""
    assert observed["too large page"] == 413
    assert observed["too large sign in"] == 413
    status, text = observed["large"]
    assert status == 202, text
    assert '"refused"' in text


def test_uploads_of_unknown_callers_are_refused_before_their_body(observed) -> None:
    """The API answers 401 and a page leads to the sign-in, while the body has hardly begun."""
    assert observed["uploads of nobody"] == [401] * 4
    assert observed["files of nobody"] == [302] * 4


def test_chunked_uploads_are_read(observed) -> None:
    """A body without a length is a message as any other."""
    status, text, _ = observed["chunked"]
    assert status == 202, text
    assert '"accepted"' in text


def test_no_body_is_written_to_disk(observed) -> None:
    """Bodies are personal data: nginx keeps them in memory."""
    assert observed["written to disk"] is False


def test_the_public_form_has_its_own_limits(observed) -> None:
    """Its pages are served under its own name; what is refused is said in four languages, also without the
    process; more requests of one address do not stop others, nor the other pages."""
    form = observed["form"]
    status, page = form["first"]
    assert status == 200
    assert 'dir="rtl"' in page
    status, page = form["begun"]
    assert status == 200
    assert 'name="state"' in page
    status, page = form["large"]
    assert status == 413
    assert all(f'lang="{one}"' in page for one in ("fr", "en", "es", "ar"))
    assert set(form["many"]) == {200, 503}
    assert form["many"].count(200) >= 40
    assert "Retry-After: 60" in form["refused"]
    assert all(f'lang="{one}"' in form["refused"] for one in ("fr", "en", "es", "ar"))
    assert (form["others"], form["pages"], form["other host"]) == (200, 200, 404)


def test_no_answer_repeats_the_decoded_address() -> None:
    """`%0a` in an address is a line feed in `$uri`. In a header, it would end this header."""
    text = (ROOT / "deploy/nginx/vedette.conf").read_text("utf-8")
    answers = re.findall(r"return 30\d [^;]*", text)
    assert answers
    assert not [one for one in answers if re.search(r"\$(?:uri|document_uri)\b", one)]
