"""A stress test ("torture"). Messages are sent while workers, the web server, database back ends and the
postmaster are killed at random. The result is compared with the result of a run with two workers in which no
process is killed.

The two runs start with copies of one database, so that the organisation, the lists and the profiles have the
same ids in each run. Each run receives the same messages through the API. The sender sends each message
repeatedly until vedette acknowledges the message. After each run, all subjects are screened again with the
same fixed time. Without this last screening, the reasons from profiles would depend on the order in which the
messages were processed.

    vedette bench torture --minutes 30 [--seed N]
"""

from __future__ import annotations

import contextlib
import datetime as dt
import http.client
import json
import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, LiteralString

import psycopg

from vedette.bench import Figure
from vedette.bench.pipeline import expressions
from vedette.bench.stage import HOME, Stage, put_in_force, put_list, stage, use, wait_until
from vedette.core.entries import Entry, EntryDate, EntryName
from vedette.demo.world.day import Day
from vedette.keys.ring import Keys
from vedette.server.postgres import Server
from vedette.travellers import formats

PORT = 8723
WORKERS, SENDERS = 2, 3
PROFILES = 60
#: One traveller in this number is on the list.
LISTED_EVERY = 40
#: Minutes of a tortured run for which one day of messages (about 250) is made.
MINUTES_A_DAY = 5
#: Seconds between two kills.
PAUSE = (2.0, 10.0)
#: What is killed → how often.
KILLS = {
    "worker": 5, "parent of a worker": 2, "web server": 2, "web process": 2, "connection": 3,
    "back end": 2, "postmaster": 1,
}  # fmt: skip
PATIENCE_S = 900
_CALM, _TORTURED = "bench_torture_calm", "bench_torture"
#: The number of differences of each kind that are printed.
_PRINTED = 20

#: What is compared → the rows. `who` names a traveller on a flight by values, because ids differ.
_COMPARED: dict[str, LiteralString] = {
    "files": "SELECT encode(token, 'hex') FROM inbox_inbox",
    # Of a message and its resend, the one that arrives second is the duplicate. The senders work at the same
    # time.
    "states of files": "SELECT state FROM inbox_inbox",
    "messages": "SELECT encode(i.token, 'hex'), m.number, m.format, m.function"
    " FROM inbox_message m JOIN inbox_inbox i ON i.id = m.inbox_id",
    "flights": "SELECT carrier, number, departs_on, origin, destination, departs_at, arrives_at,"
    " api_count, pnr_count, joined_count FROM travellers_flight",
    "bookings": "SELECT encode(token, 'hex'), anchor, dated FROM travellers_bookinglocator",
    # A passenger list that comes before its booking leaves travellers without a journey.
    "numbers": "SELECT count(DISTINCT traveller_id), (SELECT count(*) FROM travellers_booking)"
    " FROM travellers_journey",
    "journeys": "SELECT who, role, in_api, in_pnr, present, placeholder, facts::text,"
    " md5(state::text) FROM them",
    "identifiers": "SELECT who, i.kind, encode(i.token, 'hex')"
    " FROM them JOIN subjects_identifier i ON i.subject_id = them.id",
    # A reason that applied for a time only depends on the order: it is void, and so may be its hit.
    "hits": "SELECT who, h.state FROM them JOIN hits_hit h ON h.subject_id = them.id"
    " WHERE h.state <> 'void'",
    "reasons from lists": "SELECT who, r.kind, r.key, r.channel, r.contribution"
    " FROM them JOIN hits_hit h ON h.subject_id = them.id JOIN hits_reason r ON r.hit_id = h.id"
    " WHERE r.kind <> 'profile' AND r.state = 'open'",
    "reasons from profiles": "SELECT who, r.key, r.contribution"
    " FROM them JOIN hits_hit h ON h.subject_id = them.id JOIN hits_reason r ON r.hit_id = h.id"
    " WHERE r.kind = 'profile' AND r.state = 'open'",
}
_THEM: LiteralString = """
    WITH them AS (
        SELECT j.id, concat_ws('|', f.carrier, f.number, f.departs_on, f.origin, f.destination, c.surname,
               c.given_names, c.date_of_birth, c.document, c.locator) AS who, j.role, j.in_api, j.in_pnr,
               j.present, j.placeholder, j.facts, c.state
        FROM travellers_journey j JOIN travellers_flight f ON f.id = j.flight_id
        JOIN travellers_journeyclear c ON c.journey_id = j.id
    )
"""


def run(minutes: float = 30, seed: int | None = None) -> Iterator[Figure]:
    """Executes the two runs. Yields the numbers of lost, duplicated and different rows, and whether the
    journal is complete.
    """
    seed = secrets.randbelow(1 << 31) if seed is None else seed
    rng = random.Random(seed)  # noqa: S311 (not for secrets)
    print(f"seed {seed}, {minutes:g} minutes", flush=True)
    files = _messages(rng, minutes)
    with stage(_TORTURED) as on:
        token = _prepare(on, files)
        environment = _copied(on)
        calm = _Installation(on.server, environment, token)
        tortured = _Installation(on.server, {key: os.environ[key] for key in environment}, token)
        acknowledged = [calm.play(files, 0)]
        kills: Counter[str] = Counter()
        with tortured.processes() as processes, _killing(rng, on.server, processes, kills):
            # The processes are killed until the last message is acknowledged.
            acknowledged.append(tortured.feed(files, 60 * minutes))
        with tortured.processes():
            tortured.wait()
        at = _now(environment)
        found = []
        for one in (calm, tortured):
            use(one.environment)
            _screen_again(on.keys, at)
            found.append(_read())
        yield from _figures(found, acknowledged, _said(seed, minutes, files, kills))
        for name, one in (("calm", calm), ("tortured", tortured)):
            whole = one.command("journal", "verify")
            yield Figure(
                f"torture_journal_{name}", whole, "findings", "the chain read whole", 2, "0"
            )


def _messages(rng: random.Random, minutes: float) -> list[tuple[str, bytes]]:
    """Returns the messages for several days of traffic. Each day has its own flights and travellers.

    The days are at least two days apart, so that no flight belongs to two of these days.
    """
    now = dt.datetime.now(dt.UTC)
    days = max(1, round(minutes / MINUTES_A_DAY))
    found: list[tuple[str, bytes]] = []
    for number in range(days):
        day = Day(rng.randrange(1 << 31), now - dt.timedelta(days=2 * number))
        found += [(f"{number}-{one.filename}", one.data) for one in day.backlog()]
    return found


def _prepare(on: Stage, files: Sequence[tuple[str, bytes]]) -> str:
    """Stores a watchlist with some of the travellers, several profiles, and a user who may submit messages.
    Returns an API token of this user.
    """
    from vedette.apps.accounts.actions import digest
    from vedette.apps.accounts.models import ApiToken, User

    entries: dict[tuple[str, str], Entry] = {}
    for person in _people(files)[::LISTED_EVERY]:
        names = person.surname or "", person.given_names or ""
        if names in entries:
            continue
        born = person.date_of_birth
        entries[names] = Entry(
            ref=f"T-{len(entries):05d}",
            names=(EntryName(full=" ".join(names), surname=names[0], given_names=names[1]),),
            birth_dates=(EntryDate(from_=born, to=born),) if born else (),
        )
    put_list(on, list(entries.values()))
    put_in_force(on, expressions(PROFILES))
    user = User.objects.using("intake").create(
        username="bench-sender", organisation_id=on.organisation, role="administrator"
    )
    value = f"vedette_{secrets.token_hex(16)}"
    ApiToken.objects.using("intake").create(
        user_id=user.pk, name="torture", digest=digest(value), rights=["message.submit"], own=True,
        expires_at=dt.datetime.now(dt.UTC) + dt.timedelta(days=2),
    )  # fmt: skip
    return value


def _people(files: Sequence[tuple[str, bytes]]) -> list[Any]:
    found = []
    for _, data in files:
        with contextlib.suppress(formats.Unreadable):
            found += [person for message in formats.read(data) for person in message.travellers]
    return [person for person in found if person.surname]


def _copied(on: Stage) -> dict[str, str]:
    """Copies the prepared database. Returns the environment variables that select the copy of the
    database."""
    from django.db import connections

    connections.close_all()
    on.connection.close()
    with psycopg.connect(on.server.dsn("postgres"), autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {_CALM} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {_CALM} TEMPLATE {_TORTURED}")
    journal = HOME / "journal" / _CALM
    shutil.rmtree(journal, ignore_errors=True)
    return {**on.server.create_database(_CALM), "VEDETTE_JOURNAL": str(journal)}


class _Installation:
    """A database with its web server and workers."""

    def __init__(self, server: Server, environment: dict[str, str], token: str) -> None:
        self.server, self.environment, self.token = server, environment, token

    @contextmanager
    def processes(self) -> Iterator[list[_Kept]]:
        """Runs the web server and the workers. Like systemd, restarts each process that ends."""
        # The senders share one token and one address; the limits of rates are not what is tested.
        limits = {"VEDETTE_RATES": "api=0/1,address=0/1,upload=0/1"}
        environment = {**os.environ, **self.environment, **limits}
        commands = [("serve", "--port", str(PORT)), *[("work",)] * WORKERS]
        with ExitStack() as stack:
            yield [stack.enter_context(_Kept(environment, command)) for command in commands]

    def play(self, files: Sequence[tuple[str, bytes]], seconds: float) -> set[str]:
        """Sends all messages, and waits until all messages are processed."""
        with self.processes():
            acknowledged = self.feed(files, seconds)
            self.wait()
        return acknowledged

    def feed(self, files: Sequence[tuple[str, bytes]], seconds: float) -> set[str]:
        """Sends the messages in order, spread over the given time. Returns the ids that the API assigned to
        the messages.
        """
        began, waiting = time.monotonic(), SimpleQueue[tuple[float, tuple[str, bytes]]]()
        for number, file in enumerate(files):
            waiting.put((began + seconds * number / len(files), file))
        acknowledged: set[str] = set()

        def send() -> None:
            while True:
                try:
                    due, (name, data) = waiting.get_nowait()
                except Empty:
                    return
                time.sleep(max(0.0, due - time.monotonic()))
                acknowledged.add(self._send(name, data))

        threads = [threading.Thread(target=send) for _ in range(SENDERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return acknowledged - {""}

    def _send(self, name: str, data: bytes) -> str:
        """Sends one message repeatedly until it is acknowledged. Returns the id of the message, or an empty
        text if the message was refused.
        """
        deadline = time.monotonic() + PATIENCE_S
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/octet-stream",
        }
        while time.monotonic() < deadline:
            connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
            with (
                contextlib.closing(connection),
                contextlib.suppress(OSError, http.client.HTTPException),
            ):
                connection.request("POST", f"/api/messages?name={name}", data, headers)
                answer = connection.getresponse()
                body = answer.read()
                if answer.status == 202:
                    return str(json.loads(body)["files"][0]["id"] or "")
            time.sleep(0.3)
        raise RuntimeError(f"{name} was not acknowledged within {PATIENCE_S} s")

    def wait(self) -> None:
        """Waits until every file and every subject is processed, and every journal entry is in the hash
        chain.
        """
        wait_until(lambda: not self._waits(), 1, PATIENCE_S)

    def _waits(self) -> bool:
        try:
            with psycopg.connect(self.environment["DATABASE_URL_INTAKE"]) as connection:
                row = connection.execute(
                    "SELECT EXISTS (SELECT FROM inbox_inbox WHERE state = 'waiting')"
                    " OR EXISTS (SELECT FROM subjects_subject WHERE screen_again)"
                    " OR EXISTS (SELECT FROM profiles_version WHERE screen_stored)"
                ).fetchone()
        except psycopg.OperationalError:
            return True
        return row != (False,)

    def command(self, *words: str) -> int:
        """Runs a command of vedette and returns its exit status."""
        command = [sys.executable, "-m", "vedette.cli", *words]
        done = subprocess.run(
            command, env={**os.environ, **self.environment}, capture_output=True, text=True
        )
        if done.returncode:
            print(done.stdout[-2000:], done.stderr[-2000:], flush=True)
        return done.returncode


class _Kept:
    """Runs a process, and restarts the process half a second after it ends."""

    def __init__(self, environment: dict[str, str], command: Sequence[str]) -> None:
        self.command = command
        self._environment = environment
        self._stopping = threading.Event()
        self._process = self._start()
        self._keeper = threading.Thread(target=self._keep, daemon=True)

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "vedette.cli", *self.command], env=self._environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def __enter__(self) -> _Kept:
        self._keeper.start()
        return self

    def _keep(self) -> None:
        while not self._stopping.is_set():
            self._process.wait()
            # systemd ends all processes of a unit.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            if not self._stopping.wait(0.5):
                self._process = self._start()

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        self._keeper.join(60)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def kill(self) -> None:
        """Kills the process."""
        self._kill(self._process.pid)

    def kill_child(self, rng: random.Random) -> None:
        """Kills one of the child processes of the process."""
        if pids := _children(self._process.pid):
            self._kill(rng.choice(pids))

    def _kill(self, pid: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _children(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(entry.name))
    return found


@contextmanager
def _killing(
    rng: random.Random, server: Server, processes: Sequence[_Kept], kills: Counter[str]
) -> Iterator[None]:
    """Kills a process or a database connection at random times until the `with` block ends."""
    web, *workers = processes
    how: dict[str, Callable[[], None]] = {
        "worker": lambda: rng.choice(workers).kill_child(rng),
        "parent of a worker": lambda: rng.choice(workers).kill(),
        "web server": web.kill,
        "web process": lambda: web.kill_child(rng),
        "connection": lambda: _end_connection(rng, server),
        "back end": lambda: _kill_back_end(rng, server),
        "postmaster": lambda: _kill_postmaster(server),
    }
    stop = threading.Event()

    def kill() -> None:
        while not stop.wait(rng.uniform(*PAUSE)):
            what = rng.choices(list(KILLS), list(KILLS.values()))[0]
            with contextlib.suppress(psycopg.OperationalError):
                how[what]()
                kills[what] += 1

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _back_ends(connection: psycopg.Connection[Any]) -> list[int]:
    rows = connection.execute(
        "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname = %s",
        [_TORTURED],
    )
    return [pid for (pid,) in rows]


def _end_connection(rng: random.Random, server: Server) -> None:
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as admin:
        if pids := _back_ends(admin):
            admin.execute("SELECT pg_terminate_backend(%s)", [rng.choice(pids)])


def _kill_back_end(rng: random.Random, server: Server) -> None:
    """Kills a database back end. PostgreSQL then terminates all other back ends and recovers the database."""
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as admin:
        pids = _back_ends(admin)
    if pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(rng.choice(pids), signal.SIGKILL)


def _kill_postmaster(server: Server) -> None:
    """Kills the postmaster, and restarts the database server."""
    lines = (server.data / "postmaster.pid").read_text("utf-8").splitlines()
    os.kill(int(lines[0]), signal.SIGKILL)
    time.sleep(0.2)
    server.stop()
    server.start()


def _now(environment: dict[str, str]) -> dt.datetime:
    with psycopg.connect(environment["DATABASE_URL_INTAKE"]) as connection:
        row = connection.execute("SELECT now()").fetchone()
    assert row is not None  # noqa: S101
    at: dt.datetime = row[0]
    return at


def _screen_again(keys: Keys, at: dt.datetime) -> None:
    """Screens every subject of the current database again. The given time is used as the time of the
    screening.
    """
    from vedette.apps.desk.rescreen import rescreen_marked

    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        connection.execute("UPDATE subjects_subject SET screen_again = true")
        while rescreen_marked(connection, keys, at):
            pass


Rows = Counter[tuple[str, ...]]


def _read() -> dict[str, Rows]:
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"]) as connection:
        return {
            name: Counter(tuple(map(str, row)) for row in connection.execute(_THEM + query))
            for name, query in _COMPARED.items()
        }


def _said(
    seed: int, minutes: float, files: Sequence[tuple[str, bytes]], kills: Counter[str]
) -> str:
    told = ", ".join(f"{what} {count}" for what, count in kills.most_common())
    return f"seed {seed}, {minutes:g} min, {len(files):,} messages, {kills.total()} kills ({told})"


def _figures(
    found: Sequence[dict[str, Rows]], acknowledged: Sequence[set[str]], said: str
) -> Iterator[Figure]:
    """Compares the run with killed processes with the run without killed processes. Yields the number of
    missing rows and the number of additional rows for each kind of row.
    """
    calm, tortured = found
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"]) as connection:
        rows = connection.execute("SELECT id FROM inbox_inbox WHERE state <> 'waiting'")
        stored = {str(id_) for (id_,) in rows}
    lost = len(acknowledged[1] - stored)
    yield Figure("torture_acknowledged_lost", lost, "files", said, 2, "0")
    for name in _COMPARED:
        size = f"{calm[name].total():,} rows undisturbed"
        for word, rest in (
            ("lost", calm[name] - tortured[name]),
            ("more", tortured[name] - calm[name]),
        ):
            for row, count in list(rest.items())[:_PRINTED]:
                print(f"{word} {name} {count}: {' '.join(row)}", flush=True)
            yield Figure(
                f"torture_{word}_{name.replace(' ', '_')}", rest.total(), "rows", size, 2, "0"
            )
