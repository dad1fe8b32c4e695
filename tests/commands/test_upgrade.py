"""An upgrade makes the tables of this version, once; a database of another schema is refused."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.conftest import copy_template

from vedette.apps.backup import manifest
from vedette.keys.months import MonthKeys
from vedette.keys.ring import Keys
from vedette.server.postgres import Server

MONTH = dt.datetime.now(dt.UTC).date().replace(day=1)


@pytest.fixture
def made(server: Server, django_db_setup: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a database with the tables of this version."""
    name = f"upgraded_{os.getpid()}"
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        yield {
            **_environment(tmp_path), **copy_template(server, name), "ADMIN": server.dsn(name),
        }  # fmt: skip
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _environment(home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("VEDETTE_", "DATABASE_"))}
    Keys.load(home / "keys", create=True)
    MonthKeys.load(home / "keys", create=True, environ={})
    (home / "journal").mkdir(mode=0o700)
    return {
        **kept, "VEDETTE_KEYS": str(home / "keys"), "VEDETTE_JOURNAL": str(home / "journal"),
        "VEDETTE_BACKUPS": str(home / "backups"), "VEDETTE_HOME": str(home), "VEDETTE_DEMO": "1",
    }  # fmt: skip


def _vedette(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vedette.cli", *arguments], env=env, capture_output=True, text=True,
        timeout=240,
    )  # fmt: skip


def _state(dsn: str) -> tuple[int, int]:
    """How many tables and functions there are: what an upgrade would change."""
    with psycopg.connect(dsn) as admin:
        [tables] = admin.execute("SELECT count(*) FROM pg_class").fetchone() or (0,)
        [functions] = admin.execute("SELECT count(*) FROM pg_proc").fetchone() or (0,)
    return tables, functions


def test_a_backup_first_and_again(made: dict[str, str], tmp_path: Path) -> None:
    """A backup is taken first; it says what it did, and may be given again. The backup names the schema."""
    done = _vedette(made, "upgrade")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "migration:" not in done.stdout
    assert "partitions:" in done.stdout
    [backup] = manifest.whole(tmp_path / "backups")
    told = manifest.read(backup, Keys.load(tmp_path / "keys"))
    with psycopg.connect(made["ADMIN"]) as admin:
        assert admin.execute("SELECT vedette_schema()").fetchone() == (told.fingerprint,)


@pytest.mark.parametrize("before", ["another", "none"])
@pytest.mark.parametrize("command", ["upgrade", "backup", "demo"])
def test_a_database_of_another_schema_is_refused(
    made: dict[str, str], tmp_path: Path, command: str, before: str
) -> None:
    """Made by another version, with its fingerprint or from before there was one: one line says what to
    do, and nothing was changed."""
    with psycopg.connect(made["ADMIN"], autocommit=True) as admin:
        admin.execute("DROP FUNCTION vedette_schema()")
        if before == "another":
            admin.execute(
                "CREATE FUNCTION vedette_schema() RETURNS text LANGUAGE sql AS $$ SELECT 'ab12' $$"
            )
    state = _state(made["ADMIN"])
    port = ("--port", "48173") if command == "demo" else ()
    done = _vedette(made, command, *port)
    assert done.returncode == 1, done.stdout + done.stderr
    [line] = done.stderr.splitlines()
    assert line.endswith("nothing was changed")
    assert (
        f"remove the folder {tmp_path}" in line if command == "demo" else "without tables" in line
    )
    assert _state(made["ADMIN"]) == state
    assert not (tmp_path / "backups").exists() or not list((tmp_path / "backups").iterdir())


def test_a_first_upgrade_that_was_cut_short_goes_on_once(server: Server, tmp_path: Path) -> None:
    """Killed when the first app has its tables: the fingerprint is there already. Two upgrades that follow
    wait while a third is under way; then one makes the other tables, and the other finds them made."""
    name = f"upgraded_{os.getpid()}_cut"
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        env = {**_environment(tmp_path), **server.create_database(name), "VEDETTE_BACKUPS": ""}
        killed = (
            "import os, signal, django; django.setup()\n"
            "from django.core.management.commands.migrate import Command\n"
            "def tell(self, action, migration=None, fake=False):\n"
            "    if action == 'apply_success' and migration.app_label == 'accounts':\n"
            "        os.kill(os.getpid(), signal.SIGKILL)\n"
            "Command.migration_progress_callback = tell\n"
            "from vedette.commands import upgrade; upgrade.upgrade()"
        )
        both: list[subprocess.Popen[str]] = []
        try:
            done = subprocess.run(
                [sys.executable, "-c", killed], capture_output=True, timeout=240,
                env={**env, "DJANGO_SETTINGS_MODULE": "vedette.web.settings"},
            )  # fmt: skip
            assert done.returncode == -9, done.stderr
            with psycopg.connect(env["DATABASE_URL_OWNER"], autocommit=True) as third:
                third.execute("SELECT pg_advisory_lock(hashtext('vedette upgrade'))")
                both += [
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
            outputs = [one.communicate(timeout=300)[0] for one in both]
            assert [one.returncode for one in both] == [0, 0], outputs
            [made] = [output for output in outputs if "migration: " in output]
            assert "migration: sql.0001_initial" in made
            assert "migration: accounts.0001_initial" not in made
        finally:
            for one in both:
                one.kill()
                one.communicate()
            admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def test_no_backup_no_upgrade(made: dict[str, str], tmp_path: Path) -> None:
    """What cannot be backed up is not upgraded: a key is missing here, and nothing was changed."""
    with psycopg.connect(made["ADMIN"], autocommit=True) as admin:
        admin.execute(
            "INSERT INTO travellers_journeyclear (journey_id, retention_class, month, organisation_id, state)"
            " VALUES (%s, 'passenger', %s, %s, '{}')",
            [uuid.uuid4(), MONTH, uuid.uuid4()],
        )
    months = MonthKeys.load(tmp_path / "keys", create=True, environ={})
    key = months.make("passenger", MONTH).key_id
    (months.path / key).write_text("vault-9-00000000 00")
    state = _state(made["ADMIN"])
    done = _vedette(made, "upgrade")
    assert done.returncode == 1
    assert key in done.stderr
    assert _state(made["ADMIN"]) == state
