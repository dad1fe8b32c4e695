"""Workers that die: nothing is lost, nothing doubled, and what kills them is set aside alone."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.conftest import migrated_server

from vedette.apps.desk.work import Worker
from vedette.apps.inbox import claim
from vedette.apps.inbox.receiving import put_in
from vedette.commands import work
from vedette.commands.environment import keys
from vedette.demo.world import bulk
from vedette.keys.ring import Keys, KeysError
from vedette.server.postgres import Server

DRAIN = [sys.executable, "-m", "vedette.cli", "work", "--drain"]
WORK = DRAIN[:-1]
#: The first worker in a fresh copy compiles the names engine, which takes a minute on a loaded machine.
LIMIT_S = 300
#: Makes a worker die of a message as a bug in a library would make it, hold what it reads until the
#: file `HELD` is removed, or take its time.
FAULTS = """
import os, signal, sys, time
from pathlib import Path

def faulty(data):
    if b"DEADLY" in data:
        if os.environ["DEADLY"] == "fault":
            os.kill(os.getpid(), signal.SIGSEGV)
        if os.environ["DEADLY"] == "panic":
            raise BaseException
        os._exit(9)
    if "HELD" in os.environ:
        held = Path(os.environ["HELD"])
        held.touch()
        while held.exists():
            time.sleep(0.02)
    time.sleep(float(os.environ.get("PAUSE", 0)))
    return read(data)

if "work" in sys.orig_argv:
    from vedette import kinds
    read, kinds.read = kinds.read, faulty
"""


@pytest.fixture
def own_server(django_db_setup: str, django_db_blocker: Any, tmp_path: Path) -> Iterator[Server]:
    """A server of this test alone, which may crash, with a migrated database."""
    with migrated_server(tmp_path / "server", django_db_blocker, fsync="off") as server:
        yield server


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection[Any]]:
    """A raw connection of the intake role, with one organisation."""
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        _organisation(connection)
        yield connection


def _organisation(connection: psycopg.Connection[Any]) -> None:
    connection.execute(
        "INSERT INTO accounts_organisation (id, name, kind, country, synthetic)"
        " VALUES (%s, 'Douanes', 'administration', 'SN', true)",
        [uuid.uuid4()],
    )


def prepared(folder: Path, **how: str) -> dict[str, str]:
    """The environment of a worker that does as `FAULTS` says."""
    (folder / "sitecustomize.py").write_text(FAULTS)
    path = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path), **how}


@contextmanager
def _holding(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker that holds a file of the inbox until this ends."""
    held = folder / "held"
    environment = prepared(folder, HELD=str(held))
    service = subprocess.Popen(DRAIN, env=environment, start_new_session=True)
    try:
        _until(lambda: held.exists() or service.poll() is not None)
        assert held.exists(), "the worker found nothing to read"
        yield service
        held.unlink()
        assert service.wait(LIMIT_S) != 0
    finally:
        with suppress(ProcessLookupError):
            os.killpg(service.pid, signal.SIGKILL)


def _until(reached: Callable[[], object], seconds: float = LIMIT_S) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _answers(dsn: str) -> bool:
    try:
        psycopg.connect(dsn).close()
    except psycopg.OperationalError:
        return False
    return True


def _broken(session: psycopg.Connection[Any]) -> bool:
    try:
        session.execute("SELECT")
    except psycopg.OperationalError:
        return True
    return False


def _children(service: subprocess.Popen[bytes]) -> list[int]:
    """The process that works, where another waits for it."""
    found = Path(f"/proc/{service.pid}/task/{service.pid}/children")
    return [int(pid) for pid in found.read_text().split()] if found.exists() else []


def _claims(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("SELECT sum(attempts) FROM inbox_inbox").fetchone()
    assert row
    return int(row[0])


def _claimed(connection: psycopg.Connection[Any], claims: int) -> bool:
    return _claims(connection) > claims


def _deaths(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("SELECT sum(deaths) FROM inbox_inbox").fetchone()
    assert row
    return int(row[0])


def fill(connection: psycopg.Connection[Any], messages: list[bytes]) -> None:
    """Files into the inbox."""
    row = connection.execute("SELECT id FROM accounts_organisation").fetchone()
    assert row
    for number, data in enumerate(messages):
        assert put_in(connection, keys(), row[0], f"{number}.edi", data, "test").state == "accepted"


def states(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """How many files are in each state."""
    return dict(
        connection.execute("SELECT state, count(*) FROM inbox_inbox GROUP BY state").fetchall()
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
    subprocess.run(
        [sys.executable, "-m", "vedette.cli", "work", "--drain"], check=True, timeout=LIMIT_S
    )
    assert states(connection) == {"done": 100}
    assert connection.execute(
        "SELECT count(*), count(DISTINCT id) FROM inbox_message"
    ).fetchone() == (100, 100)
    assert connection.execute("SELECT count(*) FROM travellers_journey").fetchone() == (2400,)
    assert connection.execute("SELECT count(*) FROM travellers_journeyclear").fetchone() == (2400,)


def test_what_kills_its_worker_is_set_aside_alone(
    connection: psycopg.Connection[Any], tmp_path: Path
) -> None:
    """The first death may be anybody's; three deaths alone set the one file aside, the rest is read."""
    messages = bulk.passenger_messages(100, 10)
    fill(connection, [*messages[:4], messages[4].replace(b"UNH+", b"UNH+DEADLY"), *messages[5:]])
    deaths = 0
    for _ in range(8):
        done = subprocess.run(DRAIN, env=prepared(tmp_path, DEADLY="exit"), timeout=LIMIT_S)
        deaths += done.returncode == 9
        if done.returncode == 0:
            break
    assert states(connection) == {"done": 9, "quarantined": 1}
    assert deaths == 4


def test_each_way_to_die_counts(connection: psycopg.Connection[Any], tmp_path: Path) -> None:
    """A fault in a C library, a panic in a Rust library, a library that ends the process."""
    [message] = bulk.passenger_messages(10, 10)
    fill(connection, [message.replace(b"UNH+", b"UNH+DEADLY")])
    for n, (way, status) in enumerate((("fault", 128 + 11), ("panic", 1), ("exit", 9)), 1):
        done = subprocess.run(DRAIN, env=prepared(tmp_path, DEADLY=way), timeout=LIMIT_S)
        assert done.returncode == status
        assert _deaths(connection) == n
    assert states(connection) == {"quarantined": 1}


def test_an_end_that_comes_from_outside_is_no_death(
    connection: psycopg.Connection[Any], tmp_path: Path
) -> None:
    """A harmless file, held alone each time: the whole service is killed, a worker is killed, a worker
    is stopped before it has finished, a worker loses its connections."""
    fill(connection, bulk.passenger_messages(10, 10))

    def lose_connections(service: subprocess.Popen[bytes]) -> None:
        row = connection.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM ("
            " SELECT pid FROM pg_stat_activity WHERE usename = current_user AND datname = current_database()"
            "  AND backend_start >"
            "  (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid())"
            " ORDER BY backend_start OFFSET 1)"
        ).fetchone()
        assert row
        assert row[0] > 0

    for end in (
        lambda service: os.killpg(service.pid, signal.SIGKILL),
        lambda service: os.kill((_children(service) or [service.pid])[0], signal.SIGKILL),
        lambda service: service.terminate(),
        lose_connections,
    ):
        with _holding(tmp_path) as service:
            end(service)
    assert subprocess.run(DRAIN, timeout=LIMIT_S).returncode == 0
    assert states(connection) == {"done": 1}
    assert _deaths(connection) == 0


def test_a_crash_of_the_database_is_no_death(own_server: Server, tmp_path: Path) -> None:
    """Four crashes while a harmless file is held alone: of one of the database's processes, which ends
    all sessions, and of all of them."""
    dsn = os.environ["DATABASE_URL_INTAKE"]
    with psycopg.connect(dsn, autocommit=True) as session:
        _organisation(session)
        fill(session, bulk.passenger_messages(10, 10))
    for whole in (False, True, False, True):
        with _holding(tmp_path), psycopg.connect(dsn, autocommit=True) as session:
            crashing = psycopg.connect(dsn)
            if whole:
                postmaster = int((own_server.data / "postmaster.pid").read_text().split()[0])
                os.kill(postmaster, signal.SIGKILL)
                own_server.stop()
                own_server.start()
            else:
                os.kill(crashing.info.backend_pid, signal.SIGKILL)
                _until(lambda: _broken(session) and _answers(dsn))
            crashing.close()
    assert subprocess.run(DRAIN, timeout=LIMIT_S).returncode == 0
    with psycopg.connect(dsn, autocommit=True) as session:
        assert states(session) == {"done": 1}
        assert _deaths(session) == 0


def test_workers_killed_at_random_set_no_harmless_file_aside(
    connection: psycopg.Connection[Any], tmp_path: Path
) -> None:
    """Three workers, killed one after another once a file is claimed, each with the process that waits
    for it or without; five times, while each file takes its time."""
    fill(connection, bulk.passenger_messages(60, 10))
    rng = random.Random(7)
    environment = prepared(tmp_path, PAUSE="2")
    for _ in range(5):
        claims = _claims(connection)
        services = [
            subprocess.Popen(WORK, env=environment, start_new_session=True) for _ in range(3)
        ]
        try:
            _until(partial(_claimed, connection, claims))
            for service in rng.sample(services, 3):
                time.sleep(rng.uniform(0, 0.3))
                alone = rng.random() < 0.5 and _children(service)
                for pid in alone or [service.pid]:
                    os.kill(pid, signal.SIGKILL)
                service.wait(30)
        finally:
            for service in services:
                with suppress(ProcessLookupError):
                    os.killpg(service.pid, signal.SIGKILL)
                service.wait(30)
    assert subprocess.run(DRAIN, timeout=LIMIT_S).returncode == 0
    assert states(connection) == {"done": 6}
    assert _deaths(connection) == 0
    assert connection.execute("SELECT count(*) FROM travellers_journey").fetchone() == (60,)


@pytest.mark.parametrize(
    ("code", "killed_for_memory", "expected"),
    [
        (0, False, False), (0, True, False), (1, False, True), (9, False, True),
        (os.EX_TEMPFAIL, False, False), (-signal.SIGSEGV, False, True),
        (-signal.SIGABRT, False, True), (-signal.SIGTERM, True, False),
        (-signal.SIGINT, False, False), (-signal.SIGKILL, False, False),
        (-signal.SIGKILL, True, True),
    ],
)  # fmt: skip
def test_what_is_a_death(code: int, killed_for_memory: bool, expected: bool) -> None:
    """A kill from outside is none, but for the kernel's own for want of memory."""
    assert work.died(code, killed_for_memory) is expected


def test_a_worker_that_lives_keeps_what_it_claimed(connection: psycopg.Connection[Any]) -> None:
    """However long it takes between the two steps of a claim; with its last session the claim ends."""
    fill(connection, bulk.passenger_messages(10, 10))
    dsn, one, other = os.environ["DATABASE_URL_INTAKE"], uuid.uuid4(), uuid.uuid4()
    long_ago = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    waiting = claim.connect(dsn, one)
    with claim.connect(dsn, one) as working, claim.connect(dsn, other) as free:
        [held] = claim.claim(working, one, long_ago)
        assert claim.claim(free, other, long_ago) == []
        with working.transaction():
            assert len(claim.lock(working, [held])) == 1
        working.close()
        assert claim.claim(free, other, long_ago) == []
        waiting.close()
        _until(lambda: claim.claim(free, other, long_ago))
        assert claim.lock(free, [held]) == []
    assert _deaths(connection) == 0


def test_a_damaged_file_fails_and_a_missing_key_stops_the_worker(
    connection: psycopg.Connection[Any], tmp_path: Path
) -> None:
    """Neither is a death; the file that no key would open does not keep the others from being read."""
    fill(connection, bulk.passenger_messages(20, 10))
    damaged = "SELECT id FROM inbox_inbox ORDER BY received_at LIMIT 1"
    connection.execute(
        "UPDATE inbox_inbox SET sealed = set_byte(sealed, size, 255 - get_byte(sealed, size))"
        f" WHERE id = ({damaged})"
    )
    elsewhere = Keys.load(tmp_path / "keys", create=True)
    worker = Worker(os.environ["DATABASE_URL_INTAKE"], elsewhere)
    for _ in range(4):
        with pytest.raises(KeysError, match="restore the key"):
            worker.step()
    worker.connection.close()
    assert states(connection) == {"waiting": 2}
    worker = Worker(os.environ["DATABASE_URL_INTAKE"], keys())
    worker.drain()
    worker.connection.close()
    assert states(connection) == {"done": 1, "failed": 1}


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
        "SELECT failure::text FROM inbox_inbox WHERE state = 'failed'"
    ).fetchone()
    assert failure
    assert "ValueError" in failure[0]
    assert "SECRET" not in failure[0] + caplog.text


def test_a_worker_of_other_kinds_does_not_start(connection: psycopg.Connection[Any]) -> None:
    """It would set the messages of the kinds that it does not know aside as unreadable, and delete them."""
    fill(connection, bulk.passenger_messages(2, 1))
    waiting = states(connection)
    others = {**os.environ, "VEDETTE_KINDS": "tests.parcels.kind"}
    done = subprocess.run(DRAIN, env=others, capture_output=True, text=True, timeout=LIMIT_S)
    assert (done.returncode, "VEDETTE_KINDS" in done.stderr) == (1, True), done.stderr
    assert states(connection) == waiting
