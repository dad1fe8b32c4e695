"""There and back: data, journal, keys from escrow; and what does not come back."""

from __future__ import annotations

import shutil
from pathlib import Path

import psycopg
from tests.apps.backup.scene import (
    GROWS,
    HALF_A_YEAR,
    SIX_YEARS,
    Scene,
    digests,
    dump,
    vedette,
)
from tests.apps.retention import old

from vedette.apps.backup import manifest
from vedette.apps.upkeep import marker
from vedette.keys import escrow

MARK = b"QXZVMARK"


def keys_from_escrow(scene: Scene, to: Path) -> None:
    """Two custodians bring the standing keys, the mirror has the month keys and tombstones."""
    shares = escrow.split(scene.home / "keys")
    escrow.restore(shares, to / "keys")
    for file in scene.months.path.iterdir():
        if not file.name.startswith((".", "vault-")):
            shutil.copy(file, to / "keys" / "vault" / file.name)


def _plant(scene: Scene) -> None:
    """A mark in every clear value of the month that ends."""
    mark = MARK.decode()
    with psycopg.connect(scene.dsn, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in (
            f"UPDATE travellers_journeyclear SET surname = '{mark}' || surname, names = ARRAY['{mark}|X'],"
            f" document = '{mark}', state = jsonb_build_object('x', '{mark}')",
            f"UPDATE travellers_bookingclear SET state = jsonb_build_object('x', '{mark}')",
            f"UPDATE hits_reasonclear SET evidence = jsonb_build_array('{mark}')",
            f"UPDATE hits_textclear SET text = '{mark}'",
        ):
            connection.execute(f"{statement} WHERE month = '{SIX_YEARS}'")


def test_there_and_back(scene: Scene, bare: dict[str, str], tmp_path: Path) -> None:
    """Rows and hashes of every table are equal, masked months included; the journal verifies; the
    keys came from their escrow; a second restore is refused and changes nothing."""
    scene.travellers(HALF_A_YEAR, 30)
    scene.run()
    scene.seal()
    made = scene.backup()
    assert not made.halves
    before = digests(scene.dsn)
    other = tmp_path / "other"
    other.mkdir(mode=0o700)
    keys_from_escrow(scene, other)
    done = vedette(bare, other, "restore", str(scene.folder))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 findings" in done.stdout
    after = digests(bare["ADMIN"])
    for table, rows in before.items():
        if table in GROWS:
            continue
        assert after[table] == rows, table
    # `backup.made` was written after the snapshot.
    assert len(before["accounts_act"] - after["accounts_act"]) == 1
    assert before["journal_seal"] <= after["journal_seal"]
    assert before["retention_run"] <= after["retention_run"]
    assert before["retention_proof"] <= after["retention_proof"]
    done = vedette(bare, other, "journal", "verify")
    assert done.returncode == 0, done.stdout
    again = vedette(bare, other, "restore", str(scene.folder))
    assert again.returncode == 1
    assert "not empty" in again.stderr
    assert digests(bare["ADMIN"])["travellers_journey"] == before["travellers_journey"]
    guards = "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'O'"
    with psycopg.connect(bare["ADMIN"]) as admin:
        assert admin.execute(guards).fetchone() == (0,)
        assert marker.read(admin) is None
        sealed = admin.execute(
            "SELECT count(*), count(sealed) FROM inbox_inbox WHERE state = 'done'"
        ).fetchone()
        assert sealed == (1, 0), "raw bytes live less than a week"


def test_no_key_and_no_clear_value_in_the_files(scene: Scene) -> None:
    """A backup without keys opens nowhere; a copy on any tape tells names of tables to nobody."""
    made = scene.backup()
    blob = b"".join(path.read_bytes() for path in sorted(made.path.iterdir()))
    keys = [
        path.read_text().strip()
        for path in (scene.home / "keys").rglob("*")
        if path.is_file() and not path.name.endswith(".pub")
    ]
    for text in keys:
        secret = text.split()[-1]
        assert secret.encode() not in blob
        assert bytes.fromhex(secret) not in blob
    assert b"OLDNAME" not in blob
    assert b"OLDWHY" not in blob
    assert {path.stat().st_mode & 0o777 for path in made.path.iterdir()} == {0o600}
    assert made.path.stat().st_mode & 0o777 == 0o700


def test_destroyed_is_gone_from_older_backups(
    scene: Scene, ready: dict[str, str], tmp_path: Path
) -> None:
    """The law's time is over, the key is destroyed, an older backup is brought back: its persons are
    not in it, nothing dangles, and the journal says that the decisions are gone."""
    journeys = scene.travellers(SIX_YEARS, 20)
    old.hit(journeys[0], "release")
    _plant(scene)
    scene.seal()
    made = scene.backup()
    name = f"passenger.{SIX_YEARS:%Y-%m}"
    assert (made.path / f"{name}.vb").is_file()
    scene.run()
    assert [tomb.key_id.rpartition(".")[0] for tomb in scene.months.tombs()] == [name]
    done = vedette(ready, scene.home, "restore", str(made.path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"left out {name}.vb" in done.stdout
    assert "0 findings" in done.stdout
    found = dump(ready["ADMIN"])
    assert MARK not in found
    assert not [j for j in journeys if str(j).encode() in found]
    with psycopg.connect(ready["ADMIN"]) as admin:
        assert old.counts(admin)["travellers_journey"] == 40
        gone = admin.execute(
            "SELECT count(*) FROM journal_seal WHERE kind = 'decision' AND gone"
        ).fetchone()
        assert gone == (1,)
    assert [x.split("/")[1] for x in manifest.prune(scene.folder, scene.months)] == [f"{name}.vb"]
