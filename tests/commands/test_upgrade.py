"""A database of the first version, with people in it, becomes one of today: nothing is lost."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from psycopg.types.json import Jsonb

from vedette.apps.backup import manifest
from vedette.core import entries
from vedette.formats.lists import entry_hash, list_hash
from vedette.keys.months import MonthKeys
from vedette.keys.ring import Keys
from vedette.server.postgres import Server

FIRST = (
    "from django.db.migrations.executor import MigrationExecutor as E;"
    "from django.db import connections;"
    "E(connections['owner']).migrate([('targeting', '0002_rules'),"
    " ('intake', '0002_message_sub_function')])"
)
MONTH = dt.datetime.now(dt.UTC).date().replace(day=1)


@pytest.fixture
def old(server: Server, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a database at its first version."""
    name = f"upgraded_{os.getpid()}"
    Keys.load(tmp_path / "keys", create=True)
    (tmp_path / "journal").mkdir(mode=0o700)
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.execute(f"DROP DATABASE IF EXISTS {name}_again WITH (FORCE)")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("VEDETTE_", "DATABASE_"))}
        urls = {
            **kept, **server.create_database(name), "ADMIN": server.dsn(name),
            "VEDETTE_KEYS": str(tmp_path / "keys"), "VEDETTE_JOURNAL": str(tmp_path / "journal"),
            "VEDETTE_BACKUPS": str(tmp_path / "backups"), "VEDETTE_DEMO": "1",
        }  # fmt: skip
        setup = f"import django; django.setup(); {FIRST}"
        subprocess.run(
            [sys.executable, "-c", setup], check=True,
            env={**urls, "DJANGO_SETTINGS_MODULE": "vedette.web.settings"},
        )  # fmt: skip
        yield urls
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        admin.execute(f"DROP DATABASE IF EXISTS {name}_again WITH (FORCE)")


def _insert(connection: psycopg.Connection[Any], table: str, **given: Any) -> Any:
    """A row with what is given, and something of the right type in every other column that must
    have a value."""
    wanted = connection.execute(
        "SELECT attname::text, format_type(atttypid, NULL) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attnotnull"
        " AND attidentity = '' AND NOT atthasdef",
        [table],
    ).fetchall()
    blank = {
        "uuid": uuid.uuid4(), "date": MONTH, "timestamp with time zone": dt.datetime.now(dt.UTC),
        "boolean": False, "smallint": 1, "integer": 1, "bigint": 1, "jsonb": Jsonb({}),
        "double precision": 0.5, "bytea": b"x" * 16,
    }  # fmt: skip
    row = {
        name: blank.get(
            kind, [] if kind.endswith("[]") else "passenger" if "class" in name else "x"
        )
        for name, kind in wanted
    } | given
    columns, marks = ", ".join(row), ", ".join(f"%({name})s" for name in row)
    connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", row)
    return row.get("id")


def _fill(connection: psycopg.Connection[Any]) -> None:
    """An officer, a traveller on a flight, a hit that was decided with a reason and a note; two listed
    entries, one with an address."""
    home = _insert(connection, "accounts_organisation", country="SN", kind="administration")
    same = {"organisation_id": home, "month": MONTH, "retention_class": "passenger"}
    officer = _insert(
        connection, "accounts_user", organisation_id=home, username="awa", role="officer"
    )
    flight = _insert(
        connection, "intake_flight", organisation_id=home, carrier="XX", destination="DSS"
    )
    booking = _insert(connection, "intake_booking", **same)
    person = _insert(connection, "intake_traveller", **same, booking_id=booking)
    journey = _insert(
        connection, "intake_journey", **same, traveller_id=person, flight_id=flight,
        booking_id=booking, role="passenger",
    )  # fmt: skip
    _insert(
        connection, "intake_journeyclear", **same, journey_id=journey, surname="DIOP", names=["DIOP|"],
    )  # fmt: skip
    hit = _insert(
        connection, "targeting_hit", **same, journey_id=journey, flight_id=flight, state="decided",
    )  # fmt: skip
    _insert(
        connection, "targeting_decision", organisation_id=home, hit_id=hit, by_id=officer,
        choice="release", why="The passport is another one.", basis="",
    )  # fmt: skip
    _insert(
        connection, "targeting_event", organisation_id=home, hit_id=hit, by_id=officer, kind="note",
        text="Called the desk.",
    )  # fmt: skip
    _insert(
        connection, "intake_inbox", organisation_id=home, name="DIOP.edi", state="done", source="api",
    )  # fmt: skip
    _insert(connection, "accounts_act", organisation_id=home, user_id=officer, act="hit.decided")
    watchlist = _insert(
        connection, "knowledge_watchlist", organisation_id=home, theme="passengers", purpose="border",
    )  # fmt: skip
    listed = [
        entries.Entry(ref=kind, identifiers=(entries.EntryIdentifier(kind=kind, value="1"),))
        for kind in ("address", "phone")
    ]
    _insert(
        connection, "knowledge_listversion", organisation_id=home, watchlist_id=watchlist, number=1,
        content_hash=list_hash(listed), entry_count=len(listed),
    )  # fmt: skip
    for entry in listed:
        _insert(
            connection, "knowledge_listentry", organisation_id=home, watchlist_id=watchlist,
            ref=entry.ref, content=Jsonb(msgspec.to_builtins(entry)), content_hash=entry_hash(entry),
            since=1, asked=True,
        )  # fmt: skip


def _vedette(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vedette.cli", *arguments], env=env, capture_output=True, text=True,
        timeout=240,
    )  # fmt: skip


def _check(dsn: str) -> None:
    """Everybody and every word is there, in the places of today."""
    with psycopg.connect(dsn) as admin:
        texts = admin.execute("SELECT kind, text FROM targeting_textclear ORDER BY kind").fetchall()
        assert texts == [("note", "Called the desk."), ("why", "The passport is another one.")]
        assert admin.execute("SELECT surname FROM intake_journeyclear").fetchall() == [("DIOP",)]
        [name] = admin.execute("SELECT name FROM intake_inbox").fetchone() or ("",)
        assert name
        assert "DIOP" not in name
        waits = admin.execute("SELECT kind FROM journal_pending ORDER BY kind").fetchall()
        assert {"act", "decision"} <= {kind for (kind,) in waits}
        assert admin.execute("SELECT count(*) FROM intake_journey").fetchone() == (1,)
        # Addresses were asked of nobody before: the workers ask them now.
        waits = admin.execute("SELECT ref FROM knowledge_listentry WHERE NOT asked").fetchall()
        assert waits == [("address",)]


def test_from_the_first_version(server: Server, old: dict[str, str], tmp_path: Path) -> None:
    """A backup first, then migrations with the rows there are; it says what it did, and may be given
    again. The backup of the old version comes back into a database without tables, and is upgraded."""
    with psycopg.connect(old["ADMIN"], autocommit=True) as admin:
        _fill(admin)
    done = _vedette(old, "upgrade")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "migration: journal.0001_initial" in done.stdout
    assert "partitions:" in done.stdout
    _check(old["ADMIN"])
    [backup] = manifest.whole(tmp_path / "backups")
    assert not any(
        x.startswith("journal.") for x in manifest.read(backup, Keys.load(tmp_path / "keys")).schema
    )
    name = f"{old['ADMIN'].partition('?')[0].rpartition('/')[2]}_again"
    again = {**old, **server.create_database(name)}
    done = _vedette(again, "restore", str(backup))
    assert done.returncode == 0, done.stdout + done.stderr
    with psycopg.connect(server.dsn(name)) as admin:
        assert admin.execute("SELECT surname FROM intake_journeyclear").fetchall() == [("DIOP",)]
        sealed = admin.execute("SELECT DISTINCT kind FROM journal_seal").fetchall()
        assert {"act", "decision"} <= {kind for (kind,) in sealed}
    done = _vedette(old, "upgrade")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "migration:" not in done.stdout


def test_no_room_no_upgrade(old: dict[str, str], tmp_path: Path) -> None:
    """What cannot be backed up is not upgraded: a key is missing here, and nothing was changed."""
    with psycopg.connect(old["ADMIN"], autocommit=True) as admin:
        _fill(admin)
    months = MonthKeys.load(tmp_path / "keys", create=True, environ={})
    key = months.make("passenger", MONTH).key_id
    (months.path / key).write_text("vault-9-00000000 00")
    done = _vedette(old, "upgrade")
    assert done.returncode == 1
    assert key in done.stderr
    with psycopg.connect(old["ADMIN"]) as admin:
        assert admin.execute("SELECT to_regclass('retention_run')").fetchone() == (None,)


def test_two_first_upgrades_at_once(server: Server, tmp_path: Path) -> None:
    """Both wait while a third is under way, then one makes the tables and the other finds them made."""
    name = f"upgraded_{os.getpid()}_twice"
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("VEDETTE_", "DATABASE_"))}
    keys = {"VEDETTE_KEYS": str(tmp_path / "keys"), "VEDETTE_DEMO": "1"}
    Keys.load(tmp_path / "keys", create=True)
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        env = {**kept, **keys, **server.create_database(name)}
        both = []
        try:
            with psycopg.connect(env["DATABASE_URL_OWNER"], autocommit=True) as third:
                third.execute("SELECT pg_advisory_lock(hashtext('vedette upgrade'))")
                both = [
                    subprocess.Popen(
                        [sys.executable, "-m", "vedette.cli", "upgrade"], env=env, text=True,
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                    )
                    for _ in range(2)
                ]  # fmt: skip
                for one in both:
                    assert one.stderr
                    assert one.stderr.readline() == (
                        "another upgrade of this database is under way: waiting\n"
                    )
            outputs = [one.communicate(timeout=300) for one in both]
            assert [one.returncode for one in both] == [0, 0], outputs
            assert sorted("migration: " in output for output, _ in outputs) == [False, True]
        finally:
            for one in both:
                one.kill()
                one.communicate()
            admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
