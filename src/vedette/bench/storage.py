"""Measures the masking of one month with a million travellers and their bookings, identifiers and hits, while
another user reads the data. Also measures the time that is needed to back up a hundred thousand travellers
and to restore this backup.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from vedette.bench import Figure
from vedette.bench.stage import (
    HOME,
    Stage,
    connect,
    meanwhile,
    new_database,
    seconds,
    stage,
    timed,
)
from vedette.keys.months import MonthKeys

TRAVELLERS, PER_FLIGHT, PER_BOOKING, HIT_EVERY = 1_000_000, 200, 2, 50
#: Seconds between two reads.
LOOK_S = 0.02

#: The data of one traveller in a passenger list and a booking, in the usual size.
_STATE = (
    '{"api": {"AIRXX": [[["2026-03-02T05:12:00", "REF1", 1], {"surname": "NAME#", "given_names":'
    ' "GIVEN", "date_of_birth": "1980-01-01", "sex": "F", "nationality": "SEN", "role": "passenger",'
    ' "seat": "12A", "locator": "ABC12D", "bags": {"count": 1, "weight_kg": 20.0},'
    ' "documents:P#": {"type": "P", "number": "P#", "issuer": "SEN", "expiry": "2031-01-01"}}]]},'
    ' "pnr": {"AIRXX": [[["2026-03-01T05:12:00", "REF2", 1], {"surname": "NAME#", "given_names":'
    ' "GIVEN MRS", "contacts:phones": ["+221 33 #"], "contacts:emails": ["name#@example.org"],'
    ' "frequent_flyer": [{"carrier": "XX", "number": "#"}], "seats": [{"number": "12A"}]}]]}}'
)
_BOOKING = (
    '{"AIRXX": [[["2026-03-01T05:12:00", "REF2", 1], {"created": "2026-02-01T09:00:00",'
    ' "locators": [{"company": "XX", "locator": "L#"}], "segments:XX1ADDDSS": {"carrier": "XX",'
    ' "number": "1", "origin": "ADD", "destination": "DSS", "departure": "2026-03-02T09:00:00",'
    ' "arrival": "2026-03-02T15:00:00", "class": "Y"}, "payments": [{"type": "CC", "amount": "120.50",'
    ' "currency": "EUR", "card_number": "XXXXXXXXXXXX1234"}], "contacts:addresses": ["1 RUE # DAKAR"]}]]}'
)
_WORLD = """
INSERT INTO travellers_flight (id, organisation_id, carrier, number, origin, destination, departs_on,
  departs_zone, arrives_zone, stated) SELECT md5('f' || n)::uuid, $o, 'XX', n::text, 'ADD', 'DSS',
  $m, '', '', '' FROM generate_series(0, $n / $per) n;
INSERT INTO travellers_booking (id, organisation_id, theme, purpose, retention_class, month, received_at)
SELECT md5('b' || n)::uuid, $o, 'passengers', 'border', 'passenger', $m, $m
FROM generate_series(0, $n / $two - 1) n;
INSERT INTO travellers_traveller (id, organisation_id, theme, purpose, retention_class, month, received_at,
  booking_id) SELECT md5('j' || n)::uuid, $o, 'passengers', 'border', 'passenger', $m, $m,
  md5('b' || n / $two)::uuid FROM generate_series(0, $n - 1) n;
INSERT INTO subjects_subject (id, organisation_id, theme, purpose, retention_class, month, received_at, kind,
  group_id) SELECT md5('j' || n)::uuid, $o, 'passengers', 'border', 'passenger', $m, $m, 'traveller',
  md5('f' || n / $per)::uuid FROM generate_series(0, $n - 1) n;
INSERT INTO travellers_journey (id, organisation_id, theme, purpose, retention_class, month, received_at,
  traveller_id, flight_id, booking_id, role, infant, placeholder, in_api, in_pnr, present, facts)
SELECT md5('j' || n)::uuid, $o, 'passengers', 'border', 'passenger', $m, $m, md5('j' || n)::uuid,
  md5('f' || n / $per)::uuid, md5('b' || n / $two)::uuid, 'passenger', false, false, true, true, true, '[]'
FROM generate_series(0, $n - 1) n;
INSERT INTO subjects_identifier (organisation_id, subject_id, kind, token)
SELECT $o, md5('j' || n)::uuid, 'document', decode(md5('d' || n), 'hex') FROM generate_series(0, $n - 1) n;
INSERT INTO travellers_journeyclear (journey_id, retention_class, month, organisation_id, surname,
  given_names, name_key, names, date_of_birth, sex, nationality, document, seat, locator, state)
SELECT md5('j' || n)::uuid, 'passenger', $m, $o, 'NAME' || n, 'GIVEN', 'name' || n || ' given',
  ARRAY['NAME' || n || '|GIVEN'], '1980-01-01', 'F', 'SEN', 'P' || n, '12A', 'ABC12D',
  replace($state, '#', n::text)::jsonb FROM generate_series(0, $n - 1) n;
INSERT INTO travellers_bookingclear (booking_id, flight_id, retention_class, month, organisation_id, state)
SELECT md5('b' || n)::uuid, md5('f' || n * $two / $per)::uuid, 'passenger', $m, $o,
  replace($booking, '#', n::text)::jsonb FROM generate_series(0, $n / $two - 1) n;
INSERT INTO hits_hit (id, organisation_id, theme, purpose, retention_class, month, received_at,
  subject_id, group_id, state, priority, favour, reason_count, opened_at, changed_at, due_at)
SELECT md5('h' || n)::uuid, $o, 'passengers', 'border', 'passenger', $m, $m, md5('j' || n)::uuid,
  md5('f' || n / $per)::uuid, 'decided', 50, '[{"id": "travels_with_family", "params": {"count": 2}}]',
  1, $m, $m, $m FROM generate_series(0, $n - 1, $every) n;
INSERT INTO hits_reason (id, organisation_id, hit_id, kind, key, channel, contribution, params,
  entry_hash, knowledge, theme, purpose, state, outcome, created_at)
SELECT md5('r' || n)::uuid, $o, md5('h' || n)::uuid, 'watchlist', 'k', 'name', 50, '{}', '', '',
  'passengers', 'border', 'answered', 'another', $m FROM generate_series(0, $n - 1, $every) n;
INSERT INTO hits_reasonclear (reason_id, retention_class, month, organisation_id, evidence)
SELECT md5('r' || n)::uuid, 'passenger', $m, $o,
  '[{"name": "surname", "ours": "NAME", "theirs": "NAMED", "relation": "≈", "contribution": 0.4}]'
FROM generate_series(0, $n - 1, $every) n
"""


def masking() -> Iterator[Figure]:
    """Masks the values of a million travellers of one month (the values are moved into the vault). Yields the
    longest time for which a reader waits during the masking."""
    with stage("bench_masking") as on:
        from vedette.apps.retention import runs

        month = (dt.datetime.now(dt.UTC).date() - dt.timedelta(days=240)).replace(day=1)
        _fill(on, month, TRAVELLERS)
        months = MonthKeys.load(Path(os.environ["VEDETTE_KEYS"]), create=True)
        waits: list[float] = []
        with meanwhile(lambda stop: _read(month, waits, stop)):
            took = seconds(
                lambda: runs.run(on.connection, on.keys, months, dt.datetime.now(dt.UTC))
            )
        rows, bytes_ = on.one(
            "SELECT (SELECT count(*) FROM retention_vault), sum(pg_total_relation_size(relid))"
            " FROM pg_partition_tree('retention_vault') WHERE isleaf"
        )
        size = (
            f"{TRAVELLERS:,} travellers, {rows:,} rows sealed, vault {float(bytes_) / 1e9:.2f} GB with its"
            f" index"
        )
        yield Figure("masking", TRAVELLERS / took, "travellers/s", size, 2, "5,000")
        yield Figure("masking_longest_wait", max(waits), "s", f"{len(waits)} reads", 2, "< 1")
        months.destroy("passenger", month, "bench")


def _fill(on: Stage, month: dt.date, number: int) -> None:
    """Inserts the given number of travellers of the month with their bookings, tokens, unencrypted values and
    hits.
    """
    with connect("OWNER") as owner:
        owner.execute("SELECT vedette_make_partitions('passenger', %s, 1)", [month])
    on.run_all(
        _WORLD, state=f"'{_STATE}'", booking=f"'{_BOOKING}'", every=HIT_EVERY, per=PER_FLIGHT,
        two=PER_BOOKING, o=f"'{on.organisation}'::uuid", m=f"'{month}'::date", n=number,
    )  # fmt: skip
    on.connection.execute("ANALYZE")


def _read(month: dt.date, waits: list[float], stop: threading.Event) -> None:
    """Reads masked and unmasked travellers, one traveller at a time."""
    with connect() as connection:
        number = 0
        while not stop.wait(LOOK_S):
            number += 997
            began = time.perf_counter()
            connection.execute(
                "SELECT surname FROM travellers_journeyclear WHERE journey_id = md5('j' || %s::text)::uuid"
                " AND retention_class = 'passenger' AND month = %s",
                [number % TRAVELLERS, month],
            ).fetchone()
            waits.append(time.perf_counter() - began)


BACKED_UP = 100_000


def backup() -> Iterator[Figure]:
    """Yields the duration and the speed (MB/s) of the backup, and the duration of the restoration. The
    restoration includes the migrations and the verification.
    """
    with stage("bench_backup") as on:
        from vedette.apps.backup import making

        _fill(on, dt.datetime.now(dt.UTC).date().replace(day=1), BACKED_UP)
        months = MonthKeys.load(Path(os.environ["VEDETTE_KEYS"]), create=True)
        folder = HOME / "backups"
        shutil.rmtree(folder, ignore_errors=True)
        heads = Path(os.environ["VEDETTE_JOURNAL"]) / "heads.jsonl"
        dsn = os.environ["DATABASE_URL_INTAKE"]
        made, took = timed(lambda: making.backup(dsn, on.keys, months, heads, folder))
        size = (
            f"{BACKED_UP:,} travellers, {made.plain / 1e6:,.0f} MB of rows,"
            f" {made.manifest.total / 1e6:,.0f} MB sealed"
        )
        yield Figure("backup", took, "s", size, making.SESSIONS)
        yield Figure("backup_rows", made.plain / 1e6 / took, "MB/s", size, making.SESSIONS)
        command = [sys.executable, "-m", "vedette.cli", "restore", str(folder)]
        with new_database("bench_restored") as (_, environment):
            restore = partial(
                subprocess.run, command, check=True, env={**os.environ, **environment},
                stdout=subprocess.DEVNULL,
            )  # fmt: skip
            yield Figure("restore", seconds(restore), "s", size, 1)
        shutil.rmtree(folder)
