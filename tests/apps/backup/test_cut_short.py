"""Killed half-way, a wrong or lost key, a file that was changed: nothing is lost, nothing is served."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from django.test import Client
from tests.apps.backup.scene import (
    HALF_A_YEAR,
    THIS_MONTH,
    Scene,
    environment,
    vedette,
    vedette_process,
)
from tests.apps.retention import old

from vedette.apps.backup import loading, making, manifest
from vedette.apps.backup.manifest import BackupError
from vedette.apps.backup.sealed import Damaged
from vedette.apps.upkeep import marker
from vedette.keys.ring import KeysError

#: A restore whose process is killed when all but the last file has arrived. It is told before it
#: starts where it ends, so that no speed of it, and no load of the machine, can pass that place.
KILLED = """
import os, signal, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "vedette.web.settings"
import django
django.setup()
from vedette import cli
from vedette.apps.backup import loading
arrive = loading._Loader.file
def file(loader, path, key, told):
    if path.name == "journal.vb":
        assert loader._loaded.total() > 100
        os.kill(os.getpid(), signal.SIGKILL)
    arrive(loader, path, key, told)
loading._Loader.file = file
sys.exit(cli.main(sys.argv[1:]))
"""


def test_a_killed_backup_is_told_from_a_whole_one(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It never gets its name; restore refuses it, the next backup clears it away and says so."""
    whole = scene.backup()
    real = making._copy

    def dies(connection: Any, writer: Any, section: Any, values: Any) -> None:
        real(connection, writer, section, values)
        if section.table.name == "travellers_flight":
            raise KeyboardInterrupt

    monkeypatch.setattr(making, "_copy", dies)
    with pytest.raises(KeyboardInterrupt):
        scene.backup()
    monkeypatch.undo()
    [half] = scene.folder.glob("*.half")
    assert manifest.chosen(scene.folder) == whole.path
    with pytest.raises(BackupError, match="no complete backup"):
        loading.open_backup(manifest.chosen(half), scene.keys, scene.months)
    assert scene.backup().halves == [half.name]
    assert len(manifest.whole(scene.folder)) == 2


def test_a_killed_restore_leaves_an_empty_database_and_goes_on(
    scene: Scene, ready: dict[str, str]
) -> None:
    """Killed while rows arrive: none is there, nothing is served or worked on; given again it ends."""
    scene.backup()
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, "restore", str(scene.folder)],
        env=environment(ready, scene.home), stdout=subprocess.DEVNULL, timeout=240,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL
    with psycopg.connect(ready["ADMIN"], autocommit=True) as admin:
        assert old.counts(admin) == {}
        assert (marker.read(admin) or ("",))[0] == marker.BEGUN
    for command in ("work", "serve"):
        refused = vedette_process(ready, scene.home, command)
        assert refused.returncode == 1
        assert "restore" in refused.stderr
    done = vedette(ready, scene.home, "restore", str(scene.folder))
    assert done.returncode == 0, done.stdout + done.stderr
    assert vedette_process(ready, scene.home, "work", "--drain").returncode == 0


def test_readiness_tells_of_a_restore(scene: Scene) -> None:
    """A load balancer sends nobody while what came back is not masked yet."""
    client = Client()
    with psycopg.connect(os.environ["DATABASE_URL_OWNER"], autocommit=True) as owner:
        marker.put(owner, marker.LOADED, "20260101T000000Z-00000000")
        try:
            answer = client.get("/readyz")
        finally:
            marker.clear(owner)
    assert answer.status_code == 503
    assert "restore" in answer.json()["checks"]["restored"]
    assert client.get("/readyz").json()["checks"]["restored"] == "ok"


def test_older_than_the_clock_is_masked_before_it_is_served(
    scene: Scene, ready: dict[str, str]
) -> None:
    """A backup taken before its month was masked: after the restore no clear value of it is there,
    and the words about a lookout that ended long ago are gone as well."""
    journeys = scene.travellers(HALF_A_YEAR, 25)
    old.hit(journeys[0], "refer")
    scene.seal()
    scene.backup()
    with scene.connect() as connection:
        assert old.counts(connection)["travellers_journeyclear"] == 65
    done = vedette(ready, scene.home, "restore", str(scene.folder))
    assert done.returncode == 0, done.stdout + done.stderr
    with psycopg.connect(ready["ADMIN"]) as admin:
        assert old.counts(admin)["retention_vault"] == 25 * 2 + 2
        clear = admin.execute("SELECT DISTINCT month FROM travellers_journeyclear").fetchall()
        assert clear == [(THIS_MONTH,)]


@pytest.mark.parametrize("fingerprint", ["", "ab12"])
def test_a_backup_of_another_schema_is_refused(
    scene: Scene, ready: dict[str, str], fingerprint: str
) -> None:
    """Made by another version, or before there was a fingerprint: one line, and nothing was changed."""
    made = scene.backup()
    for name in (manifest.MANIFEST, manifest.SIGNATURE):
        (made.path / name).unlink()
    other = msgspec.structs.replace(made.manifest, fingerprint=fingerprint)
    manifest.write(made.path, other, scene.keys)
    refused = vedette_process(ready, scene.home, "restore", str(scene.folder))
    assert refused.returncode == 1
    [line] = refused.stderr.splitlines()
    assert "restore it with the version that made it; nothing was changed" in line
    with psycopg.connect(ready["ADMIN"]) as admin:
        assert marker.read(admin) is None


def test_a_database_of_another_schema_is_refused(scene: Scene, bare: dict[str, str]) -> None:
    """A restore needs a database without tables, or with those of this version."""
    scene.backup()
    with psycopg.connect(bare["ADMIN"], autocommit=True) as admin:
        admin.execute("CREATE TABLE django_migrations (id int)")
    refused = vedette_process(bare, scene.home, "restore", str(scene.folder))
    assert refused.returncode == 1
    [line] = refused.stderr.splitlines()
    assert "name a database without tables" in line
    with psycopg.connect(bare["ADMIN"]) as admin:
        assert marker.read(admin) is None
        tables = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        assert admin.execute(tables).fetchall() == [("django_migrations",)]


def test_a_lost_month_key_is_named_and_nothing_is_changed(
    scene: Scene, ready: dict[str, str]
) -> None:
    """Lost is not destroyed: the restore stops and says which; the operator may leave it out."""
    journeys = scene.travellers(HALF_A_YEAR, 3)
    old.hit(journeys[0], "release")
    scene.seal()
    made = scene.backup()
    [file] = [f for f in made.manifest.files if f.name == f"passenger.{HALF_A_YEAR:%Y-%m}.vb"]
    (scene.months.path / file.key).rename(scene.home / "elsewhere")
    refused = vedette_process(ready, scene.home, "restore", str(scene.folder))
    assert refused.returncode == 1
    assert file.key[:-9] in refused.stderr
    with psycopg.connect(ready["ADMIN"]) as admin:
        assert marker.read(admin) is None
    done = vedette(ready, scene.home, "restore", str(scene.folder), "--without", file.key)
    assert done.returncode == 0, done.stdout + done.stderr
    with psycopg.connect(ready["ADMIN"]) as admin:
        assert old.counts(admin)["travellers_journey"] == 40


def test_keys_that_are_wrong_are_named(scene: Scene, tmp_path: Path) -> None:
    """Another month key in its place, no private half, a stranger's manifest: the id is in the message."""
    made = scene.backup()
    backup_key = scene.keys.ids("backup")[0]
    (scene.home / "keys" / backup_key).rename(tmp_path / "kept")
    with pytest.raises(KeysError, match=backup_key):
        loading.open_backup(made.path, scene.keys, scene.months)
    (tmp_path / "kept").rename(scene.home / "keys" / backup_key)
    [month_key] = scene.months.ids()
    (scene.months.path / month_key).unlink()
    scene.months.make("passenger", THIS_MONTH)
    with pytest.raises(KeysError, match=month_key):
        loading.open_backup(made.path, scene.keys, scene.months)
    (made.path / manifest.SIGNATURE).write_text("heads-9-00000000 " + "00" * 64)
    with pytest.raises(KeysError, match="heads-9-00000000"):
        manifest.read(made.path, scene.keys)


def test_a_lost_month_key_stops_the_backup(scene: Scene) -> None:
    """Sealed rows whose key is missing: the backup does not make another key in its place."""
    scene.travellers(HALF_A_YEAR, 3)
    scene.run()
    [key] = [k for k in scene.months.ids() if f"{HALF_A_YEAR:%Y-%m}" in k]
    (scene.months.path / key).unlink()
    with pytest.raises(KeysError, match=f"{HALF_A_YEAR:%Y-%m}"):
        scene.backup()
    assert not manifest.whole(scene.folder)


@pytest.mark.parametrize("what", ["cut", "changed", "exchanged", "manifest", "missing"])
def test_what_was_changed_is_refused(scene: Scene, ready: dict[str, str], what: str) -> None:
    """Each kind of change is found before the transaction ends: the database stays empty."""
    made = scene.backup()
    first = made.path / "rest.vb"
    data = bytearray(first.read_bytes())
    if what == "cut":
        first.write_bytes(data[:-40])
    elif what == "changed":
        data[len(data) // 2] ^= 1
        first.write_bytes(data)
    elif what == "exchanged":
        # Whole and sealed to the same key: the rows of another day.
        shutil.copy(scene.backup().path / "rest.vb", first)
    elif what == "manifest":
        text = (made.path / manifest.MANIFEST).read_text()
        (made.path / manifest.MANIFEST).write_text(text.replace("rest.vb", "rest.vb "))
    else:
        first.unlink()
    with psycopg.connect(ready["DATABASE_URL_OWNER"], autocommit=True) as owner:
        with pytest.raises((Damaged, BackupError)):
            loading.load(owner, loading.open_backup(made.path, scene.keys, scene.months))
        assert old.counts(owner) == {}


def test_heads_of_what_came_later_are_set_aside(scene: Scene, ready: dict[str, str]) -> None:
    """Acts after the backup are lost: the heads that prove them stay, beside the journal's own."""
    scene.backup()
    with scene.connect() as connection:
        connection.execute(
            "INSERT INTO accounts_act (at, organisation_id, act, subject, detail)"
            " VALUES (now(), %s, 'record.see', %s, '{}')",
            [scene.organisation, str(uuid.uuid4())],
        )
    scene.seal()
    later = scene.heads.read_text()
    done = vedette(ready, scene.home, "restore", str(scene.folder))
    assert done.returncode == 0, done.stdout + done.stderr
    [aside] = scene.heads.parent.glob("heads-*.jsonl")
    assert aside.read_text() == later
    assert vedette(ready, scene.home, "journal", "verify").returncode == 0
