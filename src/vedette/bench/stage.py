"""Functions that the benchmarks share. Some functions start a private database server with an organisation,
store watchlists, and put messages into the inbox. Other functions run commands, sign in a user, and measure
time.
"""

from __future__ import annotations

import gzip
import hashlib
import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString, TypeVar
from unittest import mock
from urllib.parse import urlencode

import msgspec
import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.json import Jsonb

from vedette.apps.copying import copy_in
from vedette.apps.inbox.receiving import put_in
from vedette.core.entries import Entry
from vedette.core.ids import new_id
from vedette.formats.lists import entry_hash
from vedette.keys.ring import Keys
from vedette.server.postgres import Server

HOME = Path(os.environ.get("VEDETTE_BENCH", ".vedette/bench")).resolve()
T = TypeVar("T")


@dataclass(frozen=True)
class Stage:
    """A migrated database for a benchmark, with one organisation."""

    connection: psycopg.Connection[Any]
    keys: Keys
    organisation: uuid.UUID
    server: Server

    def put(self, name: str, data: bytes) -> None:
        """Puts a file into the inbox in the same way as a message that an external sender submits."""
        placed = put_in(self.connection, self.keys, self.organisation, name, data, "bench")
        if placed.state != "accepted":
            raise RuntimeError(f"{name}: {placed.state} {placed.why}")

    def put_all(self, messages: Iterable[bytes]) -> None:
        """Puts all messages into the inbox. The file name of a message is its number."""
        for number, data in enumerate(messages):
            self.put(f"{number}.edi", data)

    def one(self, query: LiteralString, params: Sequence[Any] = ()) -> tuple[Any, ...]:
        """Returns the only row of a query."""
        row: tuple[Any, ...] | None = self.connection.execute(query, params or None).fetchone()
        if row is None:
            raise LookupError(query)
        return row

    def waiting(self) -> bool:
        """Returns whether the inbox contains an unprocessed message."""
        return self.one("SELECT EXISTS (SELECT FROM inbox_inbox WHERE state = 'waiting')") == (
            True,
        )

    def user(self, name: str, role: str = "officer") -> Any:
        """Returns the user with the given name, and creates the user if necessary."""
        from vedette.apps.accounts.models import User

        return User.objects.using("intake").get_or_create(
            username=name, defaults={"organisation_id": self.organisation, "role": role}
        )[0]

    def run_all(self, statements: str, **values: object) -> None:
        """Replaces each `$name` in the statements with its value, and runs the statements."""
        for name, value in values.items():
            statements = re.sub(rf"\${name}\b", str(value).replace("\\", r"\\"), statements)
        for statement in statements.split(";\n"):
            if statement.strip():
                self.connection.execute(statement.encode())


def connect(role: str = "INTAKE") -> psycopg.Connection[Any]:
    """Opens a connection to the current database as one of the roles (`INTAKE`, `OWNER`)."""
    return psycopg.connect(os.environ[f"DATABASE_URL_{role}"], autocommit=True)


@contextmanager
def new_database(name: str, fresh: bool = True) -> Iterator[tuple[Server, dict[str, str]]]:
    """Creates a database on the server of the benchmarks. If `fresh` is true, an existing database with this
    name is replaced. Yields the server and the environment variables of the database."""
    journal = HOME / "journal" / name
    with Server(HOME / "server") as server:
        if fresh:
            shutil.rmtree(journal, ignore_errors=True)
            with psycopg.connect(server.dsn("postgres"), autocommit=True) as admin:
                admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
        yield server, {**server.create_database(name), "VEDETTE_JOURNAL": str(journal)}


@contextmanager
def stage(name: str, fresh: bool = True) -> Iterator[Stage]:
    """Opens the database `name` on the server of the benchmarks. If `fresh` is true, the database is deleted
    and created again first. The database setting `fsync` stays on.
    """
    settings = {
        "VEDETTE_KEYS": str(HOME / "keys"),
        "VEDETTE_DEMO": "1",
        "DJANGO_SETTINGS_MODULE": "vedette.web.settings",
    }
    with (
        new_database(name, fresh) as (server, environment),
        mock.patch.dict(os.environ, settings | environment),
    ):
        keys = Keys.load(HOME / "keys", create=True)
        import django
        from django.db import connections

        django.setup()
        use(environment)
        from vedette.commands.upgrade import alone, upgrade

        with alone():
            upgrade()
        with connect() as connection:
            connection.execute(
                "INSERT INTO accounts_organisation (id, name, kind, country, synthetic)"
                " SELECT gen_random_uuid(), 'Bench', 'administration', 'SN', true"
                " WHERE NOT EXISTS (SELECT FROM accounts_organisation)"
            )
            rows = connection.execute("SELECT id FROM accounts_organisation").fetchall()
            yield Stage(connection, keys, rows[0][0], server)
        connections.close_all()


def use(environment: Mapping[str, str]) -> None:
    """Makes this process use the database of the given environment variables. Without this function, Django
    would keep using the first database.
    """
    from django.db import connections

    os.environ.update(environment)
    for alias, variable in (
        ("default", "DATABASE_URL"),
        ("owner", "DATABASE_URL_OWNER"),
        ("intake", "DATABASE_URL_INTAKE"),
    ):
        parts = conninfo_to_dict(environment[variable])
        connections.settings[alias].update(
            NAME=parts["dbname"], USER=parts["user"], HOST=parts["host"], PORT=parts["port"]
        )
    connections.close_all()


def put_list(on: Stage, entries: Iterable[Entry], theme: str = "passengers") -> None:
    """Stores a list of a theme with the given entries. The result is the same as if the list had been
    imported and all subjects had been screened again.
    """
    hashes: list[str] = []

    def rows() -> Iterator[tuple[object, ...]]:
        for entry in entries:
            hashes.append(entry_hash(entry))
            content = msgspec.json.encode(entry)
            yield (
                new_id(), on.organisation, watchlist, entry.ref, hashes[-1],
                content.decode(), entry.ref, 1, True,
            )  # fmt: skip

    watchlist = uuid.uuid4()
    on.connection.execute(
        "INSERT INTO lists_watchlist (id, organisation_id, themes, name, lookouts, purpose, basis,"
        " owner, weight, synthetic, created_at) VALUES (%s, %s, '{passengers}', %s, false, 'terrorism',"
        " 'b', 'o', 70, true, now())",
        [watchlist, on.organisation, f"bench {watchlist}"],
    )
    copy_in(
        on.connection,
        "lists_listentry",
        ("id", "organisation_id", "watchlist_id", "ref", "content_hash", "content", "name_key", "since",
         "asked"),
        rows(),
    )  # fmt: skip
    # As `list_hash` computes it from entries.
    digest = hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()
    on.connection.execute(
        "INSERT INTO lists_listversion (id, organisation_id, watchlist_id, number, format, file_name,"
        " content_hash, imported_at, entry_count, added, changed, removed, problems)"
        " VALUES (%s, %s, %s, 1, 'bench', '', %s, now(), %s, %s, 0, 0, '[]')",
        [new_id(), on.organisation, watchlist, digest, len(hashes), len(hashes)],
    )
    on.connection.execute(
        "INSERT INTO lists_knowledgestate AS s (organisation_id, number, compared)"
        " VALUES (%s, 1, %s) ON CONFLICT (organisation_id)"
        " DO UPDATE SET number = s.number + 1, compared = s.compared || excluded.compared",
        [on.organisation, Jsonb({str(watchlist): 1})],
    )


def put_in_force(
    on: Stage, texts: Sequence[str], kind: str = "traveller", theme: str = "passengers"
) -> None:
    """Stores the given expressions as active profile versions, as if officers had approved these versions."""
    if not texts:
        return
    author, approver = (on.user(f"bench-{name}", "analyst").pk for name in ("author", "approver"))
    for number, text in enumerate(texts, 1):
        profile, version = uuid.uuid4(), uuid.uuid4()
        on.connection.execute(
            "INSERT INTO profiles_profile (id, organisation_id, kind, ref, example, created_at)"
            " VALUES (%s, %s, %s, %s, false, now())",
            [profile, on.organisation, kind, f"B-{uuid.uuid4().hex[:12]}"],
        )
        on.connection.execute(
            "INSERT INTO profiles_version (id, organisation_id, profile_id, number, state, title,"
            " expression, parameters, weight, theme, purpose, basis, source, indicators,"
            " justification, note_for, note_against, months, author_id, created_at, changed_at,"
            " approved_by_id, active_from, active_until, vocabulary, content_hash, lane, share)"
            " VALUES (%s, %s, %s, 1, 'active', %s, %s, '{}', 20, %s, 'serious_crime', 'b',"
            " '', '{}', '', '', '', 6, %s, now(), now(), %s, now(), now() + interval '90 days', '', %s, '',"
            " 100)",
            [
                version, on.organisation, profile, f"Bench {number}", text, theme,
                author, approver, version.hex,
            ],
        )  # fmt: skip
    on.connection.execute(
        "INSERT INTO profiles_profilestate (organisation_id, number) VALUES (%s, 1)"
        " ON CONFLICT (organisation_id) DO UPDATE SET number = profiles_profilestate.number + 1",
        [on.organisation],
    )


@contextmanager
def running(
    count: int, *command: str, **environment: str
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Runs `vedette COMMAND` in `count` processes at the same time, as in production."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "vedette.cli", *command],
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
        )
        for _ in range(count)
    ]
    try:
        yield processes
    finally:
        for process in processes:
            process.terminate()
            process.wait()


@contextmanager
def meanwhile(work: Callable[[threading.Event], None], count: int = 1) -> Iterator[None]:
    """Runs `work` in the given number of threads. Each thread calls `work` with an event. When `work` must
    stop, this event is set."""
    stop = threading.Event()
    threads = [threading.Thread(target=work, args=(stop,), daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def wait_until(done: Callable[[], object], pause: float, patience: float = 60) -> None:
    """Calls `done()` repeatedly, with a pause between the calls, until the result is true. Raises
    `RuntimeError` after `patience` seconds.
    """
    deadline = time.monotonic() + patience
    while not done():
        if time.monotonic() > deadline:
            raise RuntimeError(f"nothing happened within {patience} s")
        time.sleep(pause)


def timed(work: Callable[[], T], clock: Callable[[], float] = time.perf_counter) -> tuple[T, float]:
    """Returns the result of `work()` and the number of seconds that the call takes."""
    began = clock()
    result = work()
    return result, clock() - began


def seconds(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Returns how many seconds `work()` takes."""
    return timed(work, clock)[1]


def output_of(code: str) -> str:
    """Runs Python code in a separate process, so that the memory use of this code can be measured. Returns
    the printed text.
    """
    command = [sys.executable, "-c", code]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def percentile(values: list[float], share: float) -> float:
    """Returns the quantile of the values; `share` is the probability, for example 0.95."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')


_BOUNDARY = "bench-9f86d081884c7d65"


def _multipart(form: Mapping[str, str], field: str, data: bytes) -> bytes:
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{{}}"'
    parts = [f"{head.format(name)}\r\n\r\n{value}\r\n".encode() for name, value in form.items()]
    parts.append(f'{head.format(field)}; filename="list.csv"\r\n\r\n'.encode() + data)
    return b"".join(parts) + f"\r\n--{_BOUNDARY}--\r\n".encode()


def processor(*roots: int) -> float:
    """Returns the seconds of processor time that these processes and their child processes have used. The
    processor time of child processes that have already ended is included."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
            parents[int(entry.name)] = int(stat[1])
            ticks[int(entry.name)] = sum(map(int, stat[11:15]))
    ours = set(roots)
    while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= more
    return sum(ticks.get(pid, 0) for pid in ours) / os.sysconf("SC_CLK_TCK")


def memory(process: int) -> int:
    """Returns the peak memory use, in bytes, of a process or its child processes. If there are several
    processes, the largest value is returned."""
    peak = 0
    for task in Path(f"/proc/{process}/task").iterdir():
        for child in (task / "children").read_text().split():
            peak = max(peak, memory(int(child)))
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return max(peak, int(found[1]) * 1024 if found else 0)


@dataclass
class Reader:
    """One HTTP session with a server on this machine, without a browser."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(
        self, path: str, form: dict[str, str] | None = None, file: tuple[str, bytes] | None = None
    ) -> tuple[int, bytes, float, int]:
        """Sends a request, optionally with a form and with a file for one field of the form. Returns the
        status, the decompressed body, the duration in seconds, and the number of transferred bytes.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {
            "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()),
            "Accept-Encoding": "gzip",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body: bytes | None = urlencode(form).encode() if form is not None else None
        method = "GET" if body is None else "POST"
        if file is not None:
            headers["Content-Type"] = f"multipart/form-data; boundary={_BOUNDARY}"
            body = _multipart(form or {}, *file)
        began = time.perf_counter()
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        data = answer.read()
        took = time.perf_counter() - began
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        connection.close()
        packed = answer.getheader("Content-Encoding") == "gzip"
        return answer.status, gzip.decompress(data) if packed else data, took, len(data)

    def token(self, path: str) -> str:
        """Returns the CSRF token of the form on a page."""
        found = _TOKEN.search(self.ask(path)[1])
        if found is None:
            raise RuntimeError(f"no form on {path}")
        return found[1].decode()

    @classmethod
    def signed_in(cls, port: int, name: str, password: str, patience: float = 30) -> Reader:
        """Returns the session of a user as soon as the server answers. Raises `RuntimeError` if the server
        refuses the sign-in, or does not answer within `patience` seconds.
        """
        reader = cls(port)
        wait_until(lambda: _listens(port), 0.1, patience)
        token = reader.token("/login/")
        form = {"username": name, "password": password, "csrfmiddlewaretoken": token}
        status, *_ = reader.ask("/login/", form)
        if status != 302:
            raise RuntimeError(f"sign-in answered {status}")
        return reader
