"""Where benchmarks play: a private server of their own, an organisation, a list, files in the inbox."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import msgspec
import psycopg

from vedette.apps.copying import copy_in
from vedette.core.entries import Entry
from vedette.formats.lists import entry_hash
from vedette.keys.ring import Keys
from vedette.server.postgres import Server

HOME = Path(os.environ.get("VEDETTE_BENCH", ".vedette/bench")).resolve()


@dataclass(frozen=True)
class Stage:
    """A migrated database of one's own, with one organisation."""

    connection: psycopg.Connection[Any]
    keys: Keys
    organisation: uuid.UUID

    def put(self, name: str, data: bytes) -> None:
        """A file into the inbox, as it is put there from outside."""
        from vedette.apps.inbox.receiving import put_in

        placed = put_in(self.connection, self.keys, self.organisation, name, data, "bench")
        if placed.state != "accepted":
            raise RuntimeError(f"{name}: {placed.state} {placed.why}")

    def put_all(self, messages: Iterable[bytes]) -> None:
        """All of these into the inbox, named by their number."""
        for number, data in enumerate(messages):
            self.put(f"{number}.edi", data)

    def one(self, query: LiteralString) -> tuple[Any, ...]:
        """The only row of a query."""
        row: tuple[Any, ...] | None = self.connection.execute(query).fetchone()
        if row is None:
            raise LookupError(query)
        return row


@contextmanager
def stage(name: str, fresh: bool = True) -> Iterator[Stage]:
    """Database `name` on the benchmarks' server, made anew where `fresh`; fsync stays on."""
    with Server.private(HOME / "server") as server:
        if fresh:
            with psycopg.connect(server.dsn("postgres"), autocommit=True) as admin:
                admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        os.environ.update(server.create_database(name))
        os.environ["VEDETTE_KEYS"] = str(HOME / "keys")
        os.environ["VEDETTE_DEMO"] = "1"
        os.environ["VEDETTE_JOURNAL"] = str(HOME / "journal" / name)
        if fresh:
            shutil.rmtree(HOME / "journal" / name, ignore_errors=True)
        keys = Keys.load(HOME / "keys", create=True)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vedette.web.settings")
        import django
        from django.db import connections

        django.setup()
        _point(connections)
        from vedette.commands.upgrade import alone, upgrade

        with alone():
            upgrade()
        with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
            found = connection.execute("SELECT id FROM accounts_organisation").fetchone()
            organisation = found[0] if found else uuid.uuid4()
            if not found:
                connection.execute(
                    "INSERT INTO accounts_organisation (id, name, kind, country, synthetic)"
                    " VALUES (%s, 'Bench', 'administration', 'SN', true)",
                    [organisation],
                )
            yield Stage(connection, keys, organisation)
        connections.close_all()


def _point(connections: Any) -> None:
    """Django read its settings for the first stage; later ones have another database."""
    from psycopg.conninfo import conninfo_to_dict

    for alias, variable in (
        ("default", "DATABASE_URL"),
        ("owner", "DATABASE_URL_OWNER"),
        ("intake", "DATABASE_URL_INTAKE"),
    ):
        parts = conninfo_to_dict(os.environ[variable])
        connections.settings[alias].update(
            NAME=parts["dbname"], USER=parts["user"], HOST=parts["host"], PORT=parts["port"]
        )
    connections.close_all()


def put_list(on: Stage, entries: Sequence[Entry]) -> None:
    """A list of these entries, as an import long past leaves it."""
    watchlist = uuid.uuid4()
    on.connection.execute(
        "INSERT INTO lists_watchlist (id, organisation_id, theme, name, lookouts, purpose, basis,"
        " owner, weight, synthetic, created_at) VALUES (%s, %s, 'passengers', %s, false, 'terrorism',"
        " 'b', 'o', 70, true, now())",
        [watchlist, on.organisation, f"bench {watchlist}"],
    )
    columns = (
        "id",
        "organisation_id",
        "watchlist_id",
        "ref",
        "content_hash",
        "content",
        "name_key",
    )
    rows = [
        (
            uuid.uuid4(),
            on.organisation,
            watchlist,
            entry.ref,
            entry_hash(entry),
            msgspec.json.encode(entry).decode(),
            entry.ref,
            1,
            True,
        )
        for entry in entries
    ]
    copy_in(on.connection, "lists_listentry", (*columns, "since", "asked"), rows)
    on.connection.execute(
        "INSERT INTO lists_knowledgestate (organisation_id, number)"
        " VALUES (%s, 1) ON CONFLICT (organisation_id)"
        " DO UPDATE SET number = lists_knowledgestate.number + 1",
        [on.organisation],
    )


@contextmanager
def running(count: int, *command: str, **environment: str) -> Iterator[None]:
    """`vedette COMMAND` as in production, `count` times, each in a process of its own."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "vedette.cli", *command],
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
        )
        for _ in range(count)
    ]
    try:
        yield
    finally:
        for process in processes:
            process.terminate()
            process.wait()
