"""A database with everything in it, its keys and heads; and another one to restore into."""

from __future__ import annotations

import datetime as dt
import io
import os
import shutil
import subprocess
import sys
import uuid
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.db import connections
from psycopg import sql
from tests.apps.hits import world
from tests.apps.journal.scene import write_acts
from tests.apps.retention import old
from tests.conftest import HOME, connect

from vedette import cli
from vedette.apps.backup import contents, making
from vedette.apps.inbox.receiving import put_in
from vedette.apps.journal import heads, sealing
from vedette.apps.retention import runs
from vedette.apps.retention.parts import leaves
from vedette.keys.months import MonthKeys
from vedette.keys.ring import Keys

NOW = dt.datetime.now(dt.UTC)
THIS_MONTH, HALF_A_YEAR, SIX_YEARS = (old.month_ago(days) for days in (0, 240, 6 * 366))
#: What a restore writes itself: a run, acts, what waits for its seal.
GROWS = {
    "retention_run", "retention_proof", "accounts_act", "journal_pending", "journal_seal",
}  # fmt: skip


@dataclass
class Scene:
    """The database at hand and what lies outside it."""

    dsn: str
    home: Path
    organisation: uuid.UUID

    @property
    def keys(self) -> Keys:
        return Keys.load(self.home / "keys")

    @property
    def months(self) -> MonthKeys:
        return MonthKeys.load(self.home / "keys", environ={})

    @property
    def heads(self) -> Path:
        return self.home / "journal" / heads.FILE

    @property
    def folder(self) -> Path:
        return self.home / "backups"

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True)

    def travellers(self, month: dt.date, number: int) -> list[uuid.UUID]:
        old.partitions(month)
        with self.connect() as connection:
            return old.travellers(connection, self.organisation, month, number)

    def seal(self) -> None:
        with self.connect() as connection:
            sealing.seal_all(connection, self.keys)
            heads.sign_if_due(connection, self.keys, self.heads.parent, dt.timedelta(0))

    def run(self) -> None:
        with self.connect() as connection:
            runs.run(connection, self.keys, self.months, dt.datetime.now(dt.UTC))

    def backup(self) -> making.Made:
        return making.backup(
            os.environ["DATABASE_URL_INTAKE"], self.keys, self.months, self.heads, self.folder
        )


def build(dsn: str, home: Path) -> Scene:
    """Officers, a list, acts, a decision with its words, travellers of this month, two received files."""
    shutil.copytree(HOME / "keys", home / "keys", ignore=shutil.ignore_patterns("vault"))
    MonthKeys.load(home / "keys", create=True, environ={})
    heads.make_folder(home / "journal")
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        for part in leaves(connection, "retention_vault"):
            connection.execute("SELECT vedette_drop_vault(%s, %s)", part[1:])
    made = world.build()
    scene = Scene(dsn, home, made.organisation.pk)
    write_acts(9)
    journeys = scene.travellers(THIS_MONTH, 40)
    old.hit(journeys[0], "release")
    with scene.connect() as connection:
        for state in ("waiting", "done"):
            put_in(
                connection, scene.keys, scene.organisation, f"{state}.edi",
                f"UNA:+.? 'UNB+UNOA:4+AB+CD+261124:1200+{state}'UNZ+0+{state}'".encode(), "api",
            )  # fmt: skip
        connection.execute(
            "UPDATE inbox_inbox SET state = 'done' WHERE id = (SELECT max(id::text)::uuid FROM inbox_inbox)"
        )
    scene.seal()
    return scene


def vedette(urls: dict[str, str], home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command as an operator gives it, on the database of `urls` with the keys in `home`; in this
    process, whose own database is back afterwards."""
    before = dict(os.environ)
    out, err = io.StringIO(), io.StringIO()
    connections.close_all()
    try:
        os.environ.clear()
        # The event loop of an earlier browser test is still in this thread (`tests/conftest.py`).
        os.environ.update(environment(urls, home) | {"DJANGO_ALLOW_ASYNC_UNSAFE": "true"})
        connect(urls)
        with redirect_stdout(out), redirect_stderr(err):
            status = cli.main(arguments)
    finally:
        connections.close_all()
        os.environ.clear()
        os.environ.update(before)
        connect(before)
    return subprocess.CompletedProcess(arguments, status, out.getvalue(), err.getvalue())


def vedette_process(
    urls: dict[str, str], home: Path, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """The same in a process of its own: for commands that change the process they run in."""
    return subprocess.run(
        [sys.executable, "-m", "vedette.cli", *arguments], env=environment(urls, home),
        capture_output=True, text=True, timeout=240,
    )  # fmt: skip


def environment(urls: dict[str, str], home: Path) -> dict[str, str]:
    """What production sets."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("VEDETTE_", "DATABASE_"))}
    return {
        **kept, **urls, "VEDETTE_KEYS": str(home / "keys"), "VEDETTE_JOURNAL": str(home / "journal"),
        "VEDETTE_DEMO": "1",
    }  # fmt: skip


def digests(dsn: str) -> dict[str, Counter[str]]:
    """Table → its rows, each as a hash of its text; only what a backup brings back."""
    found: dict[str, Counter[str]] = {}
    with psycopg.connect(dsn, autocommit=True) as admin:
        for table in contents.Catalogue.read(admin).columns:
            where = contents.ROWS.get(table, "true")
            name = sql.Identifier(table)
            row = "to_jsonb(t) - 'sealed'" if table == "inbox_inbox" else "to_jsonb(t)"
            rows = admin.execute(
                sql.SQL(f"SELECT md5(({row})::text) FROM {{}} t WHERE {where}").format(name)
            ).fetchall()
            if rows:
                found[table] = Counter(digest for (digest,) in rows)
    return found


def dump(dsn: str) -> bytes:
    """Every row of every table as text."""
    out = bytearray()
    with psycopg.connect(dsn, autocommit=True) as admin:
        names = admin.execute(
            "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind = 'r'"
            " AND c.relnamespace = 'public'::regnamespace"
        ).fetchall()
        for (name,) in names:
            with admin.cursor().copy(f"COPY {name} TO STDOUT") as copy:
                for block in copy:
                    out += block
    return bytes(out)
