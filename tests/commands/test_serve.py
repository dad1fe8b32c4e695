"""`vedette serve`: one line if the database is away, and nothing left behind by a server that was killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from vedette import cli
from vedette.keys.ring import Keys


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.mark.parametrize("command", [["serve", "--port", "1"], ["retention"], ["work", "--drain"]])
def test_without_a_database_one_line(tmp_path: Path, command: list[str]) -> None:
    """No traceback; the line names the place, and no password."""
    url = f"postgresql://vedette_web:secret@127.0.0.1:{free_port()}/vedette"
    Keys.load(tmp_path, create=True)
    environ = {
        **os.environ, "DATABASE_URL": url, "DATABASE_URL_INTAKE": url, "VEDETTE_KEYS": str(tmp_path),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "vedette.cli", *command],
        env=environ, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    [line] = done.stderr.splitlines()
    assert line.startswith("the database cannot be reached: ")
    assert "refused" in line
    assert "secret" not in line
    assert done.returncode == 1


def test_an_error_that_the_database_reports_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk or a cancelled statement has a code, and its text may quote values."""
    import psycopg

    def fail(args: object) -> int:
        raise psycopg.errors.DiskFull("a value")

    monkeypatch.setattr("vedette.commands.retention.run", fail)
    with pytest.raises(psycopg.errors.DiskFull):
        cli.main(["retention"])


def test_counters_of_a_killed_server_go_at_the_next_start(database: str, tmp_path: Path) -> None:
    """The folder of a server that runs stays; that of one that was killed goes, at once."""
    port = free_port()
    environ = {**os.environ, "TMPDIR": str(tmp_path)}

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "vedette.cli", "serve", "--port", str(port)]
        server = subprocess.Popen(command, env=environ, start_new_session=True)
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                    return server
            except OSError:
                assert server.poll() is None
                time.sleep(0.1)
        raise AssertionError("the server does not answer")

    def folders() -> set[Path]:
        return set(tmp_path.glob("vedette-metrics-*"))

    killed = start()
    [left] = folders()
    assert list(left.iterdir())
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    port = free_port()
    first = start()
    [one] = folders() - {left}
    assert folders() == {one}
    port = free_port()
    second = start()
    assert one in folders()
    assert len(folders()) == 2
    for server in (first, second):
        server.terminate()
        assert server.wait(60) == 0
    assert folders() == set()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"VEDETTE_FORM_ORGANISATION": ""}, "VEDETTE_FORM_ORGANISATION is not set"),
        ({"VEDETTE_FORM_ORGANISATION": "customs"}, "must be the id of an organisation"),
        ({"VEDETTE_FORM_VARIANT": "atlantis"}, "VEDETTE_FORM_VARIANT must be one of"),
        ({"VEDETTE_FORM_ORGANISATION": "00000000-0000-0000-0000-000000000009"}, "does not accept"),
        ({"DATABASE_URL_PUBLIC": "postgresql://x:secret@127.0.0.1:1/none"}, "does not accept"),
    ],
)  # fmt: skip
def test_the_public_form_names_what_is_missing(
    database: str, change: dict[str, str], said: str
) -> None:
    """One line before the first request; no password and no value."""
    from vedette.apps.accounts.models import Organisation

    home = Organisation.objects.using("intake").create(name="Customs")
    done = subprocess.run(
        [sys.executable, "-m", "vedette.cli", "serve", "--public", "--port", str(free_port())],
        env={**os.environ, "VEDETTE_FORM_ORGANISATION": str(home.pk), **change},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    [line] = done.stderr.splitlines()
    assert said in line
    assert "secret" not in line
    assert done.returncode == 1
