"""Workers that die: nothing is lost, nothing doubled, and what kills them is set aside alone."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from vedette.apps.inbox.receiving import put_in
from vedette.commands.environment import keys
from vedette.demo.world import bulk

#: A worker whose parser dies, as a bug in a C library would make it, on one message.
DEADLY = """
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vedette.web.settings")
import django
django.setup()
from vedette import kinds
from vedette.apps.desk.work import Worker
from vedette.commands.environment import keys
read = kinds.read
kinds.read = lambda data: os._exit(9) if b"DEADLY" in data else read(data)
Worker(os.environ["DATABASE_URL_INTAKE"], keys()).drain()
"""


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection[Any]]:
    """A raw connection of the intake role, with one organisation."""
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        connection.execute(
            "INSERT INTO accounts_organisation (id, name, kind, country, synthetic)"
            " VALUES (%s, 'Douanes', 'administration', 'SN', true)",
            [uuid.uuid4()],
        )
        yield connection


def fill(connection: psycopg.Connection[Any], messages: list[bytes]) -> None:
    """Files into the inbox."""
    row = connection.execute("SELECT id FROM accounts_organisation").fetchone()
    assert row
    for number, data in enumerate(messages):
        assert put_in(connection, keys(), row[0], f"{number}.edi", data, "test").state == "accepted"


def states(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """How many files are in each state."""
    return dict(
        connection.execute("SELECT state, count(*) FROM intake_inbox GROUP BY state").fetchall()
    )


def test_a_killed_worker_loses_nothing_and_doubles_nothing(
    connection: psycopg.Connection[Any],
) -> None:
    """`kill -9` at any moment, several times, two workers at once; every traveller is stored once."""
    fill(connection, bulk.passenger_messages(2400, 24))
    rng = random.Random(5)
    # Two rounds: three deaths alone would rightly set a file aside.
    for _ in range(2):
        pair = [
            subprocess.Popen(
                [sys.executable, "-m", "vedette.cli", "work", "--drain"], stdout=subprocess.DEVNULL
            )
            for _ in range(2)
        ]
        claimed = states(connection).get("waiting", 0)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and states(connection).get("waiting", 0) == claimed:
            if all(p.poll() is not None for p in pair):
                break
            time.sleep(0.02)
        time.sleep(rng.uniform(0, 0.1))
        for process in pair:
            process.send_signal(signal.SIGKILL)
            process.wait()
    subprocess.run([sys.executable, "-m", "vedette.cli", "work", "--drain"], check=True, timeout=60)
    assert states(connection) == {"done": 100}
    assert connection.execute(
        "SELECT count(*), count(DISTINCT id) FROM intake_message"
    ).fetchone() == (100, 100)
    assert connection.execute("SELECT count(*) FROM intake_journey").fetchone() == (2400,)
    assert connection.execute("SELECT count(*) FROM intake_journeyclear").fetchone() == (2400,)


def test_what_kills_its_worker_is_set_aside_alone(connection: psycopg.Connection[Any]) -> None:
    """The first death may be anybody's; three deaths alone set the one file aside, the rest is read."""
    messages = bulk.passenger_messages(100, 10)
    fill(connection, [*messages[:4], messages[4].replace(b"UNH+", b"UNH+DEADLY"), *messages[5:]])
    deaths = 0
    for _ in range(8):
        done = subprocess.run([sys.executable, "-c", DEADLY], timeout=60)
        deaths += done.returncode == 9
        time.sleep(0.6)
        if done.returncode == 0:
            break
    assert states(connection) == {"done": 9, "quarantined": 1}
    assert deaths == 4


def test_an_error_of_ours_fails_one_file_and_says_no_value(
    connection: psycopg.Connection[Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A frame that fails is taken apart; neither row nor log quotes the error's text."""
    from vedette import kinds
    from vedette.apps.desk.work import Worker

    messages = bulk.passenger_messages(40, 10)
    fill(connection, messages)
    read = kinds.read

    def broken(data: bytes) -> Any:
        if data == messages[2]:
            raise ValueError("SECRET NAME")
        return read(data)

    monkeypatch.setattr(kinds, "read", broken)
    worker = Worker(os.environ["DATABASE_URL_INTAKE"], keys())
    worker.drain()
    worker.connection.close()
    assert states(connection) == {"done": 3, "failed": 1}
    failure = connection.execute(
        "SELECT failure::text FROM intake_inbox WHERE state = 'failed'"
    ).fetchone()
    assert failure
    assert "ValueError" in failure[0]
    assert "SECRET" not in failure[0] + caplog.text
