"""A backup while everything runs, and where each table goes."""

from __future__ import annotations

import datetime as dt
import threading
import uuid

import psycopg
import pytest
from tests.apps.backup.scene import HALF_A_YEAR, THIS_MONTH, Scene, vedette
from tests.apps.retention import old

from vedette.apps.backup import contents, making
from vedette.apps.backup.contents import Catalogue
from vedette.apps.backup.manifest import BackupError
from vedette.apps.retention import masking
from vedette.apps.retention.runs import Refused

ONE = """
INSERT INTO travellers_booking (id, organisation_id, theme, purpose, retention_class, month, received_at)
  VALUES (%(b)s, %(o)s, 'passengers', 'border', 'passenger', %(m)s, now());
INSERT INTO travellers_traveller (id, organisation_id, theme, purpose, retention_class, month, received_at,
  booking_id) VALUES (%(t)s, %(o)s, 'passengers', 'border', 'passenger', %(m)s, now(), %(b)s);
INSERT INTO subjects_subject (id, organisation_id, theme, purpose, retention_class, month, received_at, kind,
  group_id) VALUES (%(j)s, %(o)s, 'passengers', 'border', 'passenger', %(m)s, now(), 'traveller',
  (SELECT id FROM travellers_flight LIMIT 1));
INSERT INTO travellers_journey (id, organisation_id, theme, purpose, retention_class, month, received_at,
  traveller_id, flight_id, booking_id, role, infant, placeholder, in_api, in_pnr, present, facts)
  VALUES (%(j)s, %(o)s, 'passengers', 'border', 'passenger', %(m)s, now(), %(t)s,
  (SELECT id FROM travellers_flight LIMIT 1), %(b)s, 'passenger', false, false, true, true, true, '[]');
INSERT INTO travellers_journeyclear (journey_id, retention_class, month, organisation_id, state)
  VALUES (%(j)s, 'passenger', %(m)s, %(o)s, '{}')
"""
TABLES = (
    "travellers_booking",
    "travellers_traveller",
    "subjects_subject",
    "travellers_journey",
    "travellers_journeyclear",
)


def journey(
    connection: psycopg.Connection, scene: Scene, month: dt.date, **same: uuid.UUID
) -> dict[str, uuid.UUID]:
    """One traveller with a booking, in one transaction."""
    ids = {"b": uuid.uuid4(), "t": uuid.uuid4(), "j": uuid.uuid4(), **same}
    with connection.transaction():
        for statement in ONE.split(";\n"):
            table = statement.split()[2]
            if not (table == "travellers_booking" and "b" in same) and not (
                table == "travellers_traveller" and "t" in same
            ):
                connection.execute(statement, {**ids, "o": scene.organisation, "m": month})
    return ids


def test_intake_goes_on_and_the_backup_is_one_moment(
    scene: Scene, ready: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Travellers arrive in transactions of five rows while several sessions read: each is whole or
    not there, and none waited for the backup."""
    stop, stored = threading.Event(), []
    waited: list[float] = []

    def store() -> None:
        with scene.connect() as connection:
            while not stop.is_set():
                began = dt.datetime.now(dt.UTC)
                journey(connection, scene, THIS_MONTH)
                waited.append((dt.datetime.now(dt.UTC) - began).total_seconds())
                stored.append(1)

    real = making._copy

    def slow(*args: object) -> None:
        before = len(stored)
        real(*args)  # type: ignore[arg-type]
        while len(stored) < before + 2:
            stop.wait(0.001)

    monkeypatch.setattr(making, "_copy", slow)
    thread = threading.Thread(target=store)
    thread.start()
    try:
        made = scene.backup()
    finally:
        stop.set()
        thread.join()
    [file] = [f for f in made.manifest.files if f.month == THIS_MONTH]
    assert len({file.rows[table] for table in TABLES}) == 1, file.rows
    assert file.rows["travellers_journey"] < 40 + len(stored)
    assert max(waited) < 5
    done = vedette(ready, scene.home, "restore", str(scene.folder))
    assert done.returncode == 0, done.stdout + done.stderr


def test_who_travels_in_two_months_goes_with_the_last(scene: Scene, ready: dict[str, str]) -> None:
    """A booking there and back: one month is destroyed, the traveller stays with the other; both
    files brought him, and he is there once."""
    before, after = HALF_A_YEAR, THIS_MONTH
    old.partitions(before)
    with scene.connect() as connection:
        ids = journey(connection, scene, before)
        journey(connection, scene, after, b=ids["b"], t=ids["t"])
    scene.seal()
    made = scene.backup()
    rows = {
        file.month: file.rows["travellers_booking"] for file in made.manifest.files if file.month
    }
    assert rows == {before: 1, after: 41}
    scene.months.destroy("passenger", before, "test")
    done = vedette(ready, scene.home, "restore", str(scene.folder))
    assert done.returncode == 0, done.stdout + done.stderr
    with psycopg.connect(ready["ADMIN"]) as admin:
        found = old.counts(admin)
        assert (found["travellers_booking"], found["travellers_journey"]) == (41, 41)
        months = admin.execute(
            "SELECT month FROM travellers_journey WHERE traveller_id = %s", [ids["t"]]
        ).fetchall()
        assert months == [(after,)]


def test_a_month_on_its_way_into_the_vault_is_whole(
    scene: Scene, ready: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A masking run was killed: some rows are sealed, some are not yet. Both come back, once each."""
    scene.travellers(HALF_A_YEAR, 1500)
    monkeypatch.setattr(masking, "STRETCH", 8)
    real, calls = masking._copy, []

    def dies(*args: object) -> int:
        calls.append(args)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(masking, "_copy", dies)
    with pytest.raises(KeyboardInterrupt):
        scene.run()
    monkeypatch.undo()
    made = scene.backup()
    [file] = [f for f in made.manifest.files if f.month == HALF_A_YEAR]
    assert 0 < file.rows["retention_vault"] < 3000
    held = ("retention_vault", "travellers_journeyclear", "travellers_bookingclear")
    assert sum(file.rows[table] for table in held) == 3000
    done = vedette(ready, scene.home, "restore", str(scene.folder))
    assert done.returncode == 0, done.stdout + done.stderr
    with psycopg.connect(ready["ADMIN"]) as admin:
        assert old.counts(admin)["retention_vault"] == 3000
    scene.run()


def test_every_table_has_one_place(scene: Scene) -> None:
    """Whatever a migration brings is in a file of a month, in the rest, in the journal, or named as
    what lives less than a week."""
    with psycopg.connect(scene.dsn, autocommit=True) as admin:
        catalogue = Catalogue.read(admin)
        logged = admin.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition AND relpersistence = 'p'"
        ).fetchall()
    month = [s.table.name for s in contents.of_month(catalogue)]
    rest = [s.table.name for s in contents.of_the_rest(catalogue)]
    journal = [s.table.name for s in contents.of_the_journal(catalogue)]
    placed = [*month, *rest, *journal]
    nullable = {t for t, link in catalogue.hanging().items() if link.nullable}
    assert {t for t in placed if placed.count(t) > 1} <= nullable
    assert set(placed) - {contents.DECISIONS} == {t for (t,) in logged} - contents.LEFT_OUT
    persons = {"subjects_subject", "travellers_journey", "subjects_identifier", "hits_hit", "hits_decision",
               "hits_event", "hits_reason", "travellers_bookinglocator", "travellers_journeyclear",
               "hits_textclear", "retention_vault"}  # fmt: skip
    assert persons <= set(month)
    assert not persons & set(rest)


def test_a_retention_run_and_a_backup_wait_for_each_other(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A snapshot would not see whole what a run takes apart."""
    monkeypatch.setattr(making, "PATIENCE", "100ms")
    with scene.connect() as other:
        other.execute("SELECT pg_advisory_lock(hashtext('vedette retention'))")
        with pytest.raises(BackupError, match="retention run"):
            scene.backup()
        with pytest.raises(Refused, match="backup"):
            scene.run()
