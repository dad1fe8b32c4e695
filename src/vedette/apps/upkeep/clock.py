"""Scheduled tasks use the time of the database if it agrees with the time that has passed since an earlier
record.

Each worker reads the time with `Clock.read` before each job, and the job uses this time. Each minute, the
accepted time is recorded together with the number of seconds since the worker's machine started. The machine
counts the seconds since its start even while no worker is running. This number of seconds is not affected if
a clock is changed. The expected time is the recorded time plus the seconds that have passed since the record.
Scheduled tasks pause if the time of the database is more than an hour ahead of the expected time, or more
than a minute behind it. Scheduled tasks continue when an administrator confirms the time on the page
`status`, or when the time is correct again. The screening of messages continues with the expected time.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import time
import uuid
from pathlib import Path
from typing import Any, NamedTuple

from psycopg import Connection

from vedette.apps.accounts import acts
from vedette.apps.columns import new_id
from vedette.keys.ring import Keys

logger = logging.getLogger(__name__)

#: The maximum seconds by which the time of the database may be ahead of the expected time, and behind it.
AHEAD_S, BEHIND_S = 3600.0, 60.0
#: Two clocks may differ by this share of the time that passed.
DRIFT = 1e-4
#: Seconds between two records of the time.
RECORD_S = 60.0
#: A statement that took longer than this is repeated, because it is unknown when the database read its clock.
_SLOW_S = 5.0
#: The marks of a machine that recorded no time for this period are removed.
_FORGET = dt.timedelta(days=30)
_UPTIME, _BOOT = Path("/proc/uptime"), Path("/proc/sys/kernel/random/boot_id")

_READ = """
    SELECT vedette_now(), c.recorded_at, c.marks, p.id, p.at, p.boot, p.boot_s, p.confirmed_at
    FROM (SELECT 1) one LEFT JOIN upkeep_clock c ON true
    LEFT JOIN upkeep_pause p ON p.organisation_id IS NULL AND p.act = 'clock' AND p.ended_at IS NULL
"""
_RECORD = """
    INSERT INTO upkeep_clock AS c (id, recorded_at, marks) VALUES (1, %(now)s, %(mark)s)
    ON CONFLICT (id) DO UPDATE SET recorded_at = greatest(c.recorded_at, excluded.recorded_at),
        marks = excluded.marks || (SELECT coalesce(jsonb_object_agg(key, value), '{}')
            FROM jsonb_each(c.marks) WHERE key <> %(boot)s AND (value ->> 0)::timestamptz > %(old)s)
"""
_PAUSE = """
    INSERT INTO upkeep_pause (id, act, why, at, expected_at, boot, boot_s, count, total)
    VALUES (%s, 'clock', %s, %s, %s, %s, %s, 0, 0) ON CONFLICT DO NOTHING RETURNING id
"""


class Reading(NamedTuple):
    """A time. If `trusted` is true, scheduled tasks may be executed at this time. If `trusted` is false,
    `now` is the expected time, or the time of the database if the expected time is unknown."""

    now: dt.datetime
    trusted: bool


class _Jump(NamedTuple):
    why: str
    expected: dt.datetime | None


class Clock:
    """Reads and checks the time of the database for one process."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._boot = _boot()

    def read(self, connection: Connection[Any]) -> Reading:
        """Returns the time. If necessary, begins or ends the pause of scheduled tasks. Records the time once
        a minute."""
        now, uptime, recorded, marks, pause = self._look(connection)
        if recorded is None:
            self._record(connection, now, uptime)
            return Reading(now, True)
        if pause is not None and pause[4] is not None:
            # An administrator confirmed the time at which the pause began. The present time must still agree
            # with it.
            id_, at, boot, boot_s, _ = pause
            with connection.transaction():
                connection.execute(
                    "UPDATE upkeep_clock SET recorded_at = %s, marks = %s",
                    [at, json.dumps({boot: [at.isoformat(), boot_s]})],
                )
                self._end(connection, id_, "confirmed")
            return self.read(connection)
        jump = self._judge(now, uptime, recorded, marks)
        if pause is not None:
            # Only the machine that found the jump ends the pause, because another machine may measure
            # differently.
            if jump is not None or pause[2] != self._boot or self._boot not in marks:
                return Reading((jump and jump.expected) or now, False)
            with connection.transaction():
                self._end(connection, pause[0], "right")
        elif jump is not None:
            self._pause(connection, now, uptime, jump)
            return Reading(jump.expected or now, False)
        mark = marks.get(self._boot)
        if mark is None or not mark[1] <= uptime < mark[1] + RECORD_S:
            self._record(connection, now, uptime)
        return Reading(now, True)

    def _look(self, connection: Connection[Any]) -> tuple[Any, ...]:
        """Returns the time of the database, the seconds since the machine started, the recorded values, and
        the current pause or None."""
        while True:
            before = _uptime()
            row = connection.execute(_READ).fetchone()
            uptime = _uptime()
            if uptime - before < _SLOW_S:
                break
        assert row is not None  # noqa: S101  the statement returns one row
        now, recorded, marks, id_, *pause = row
        return now, uptime, recorded, marks, (id_, *pause) if id_ else None

    def _judge(
        self, now: dt.datetime, uptime: float, recorded: dt.datetime, marks: dict[str, Any]
    ) -> _Jump | None:
        if self._boot in marks:
            at, then = marks[self._boot]
            passed = dt.timedelta(seconds=uptime - then)
            expected = dt.datetime.fromisoformat(at) + passed
            drift = (now - expected).total_seconds()
            spare = abs(passed.total_seconds()) * DRIFT
            if drift > AHEAD_S + spare:
                return _Jump("forward", expected)
            return _Jump("back", expected) if drift < -BEHIND_S - spare else None
        # This machine was started after its last record, so the passed time is unknown.
        gap = (now - recorded).total_seconds()
        if gap > AHEAD_S:
            return _Jump("stopped", None)
        return _Jump("back", None) if gap < -BEHIND_S else None

    def _record(self, connection: Connection[Any], now: dt.datetime, uptime: float) -> None:
        mark = json.dumps({self._boot: [now.isoformat(), uptime]})
        values = {"now": now, "mark": mark, "boot": self._boot, "old": now - _FORGET}
        connection.execute(_RECORD, values)

    def _pause(
        self, connection: Connection[Any], now: dt.datetime, uptime: float, jump: _Jump
    ) -> None:
        with connection.transaction():
            values = [new_id(), jump.why, now, jump.expected, self._boot, uptime]
            begun = connection.execute(_PAUSE, values).fetchone()
            if begun is None:
                return
            detail: dict[str, acts.Detail] = {"why": jump.why, "seen": now}
            if jump.expected is not None:
                detail["expected"] = jump.expected
            acts.write_everywhere(connection, self._keys, "pause.begin", str(begun[0]), detail)
        logger.error("timed acts wait for an administrator: clock (%s)", jump.why)

    def _end(self, connection: Connection[Any], pause: uuid.UUID, why: str) -> None:
        ended = connection.execute(
            "UPDATE upkeep_pause SET ended_at = vedette_now() WHERE id = %s AND ended_at IS NULL"
            " RETURNING id",
            [pause],
        ).fetchone()
        if ended:
            acts.write_everywhere(connection, self._keys, "pause.end", str(pause), {"why": why})


def _uptime() -> float:
    """Returns the seconds since the start of the machine, including the time in which the machine was
    suspended. The function reads the seconds from a file, because tools that simulate a different time for a
    process change only the results of system calls."""
    try:
        return float(_UPTIME.read_text("ascii").split()[0])
    except OSError:
        return time.monotonic()


def _boot() -> str:
    """Returns an identifier of the machine's current start (boot). If the operating system has no such
    identifier, returns an identifier of this process."""
    try:
        return _BOOT.read_text("ascii").strip()[:40] if _UPTIME.exists() else uuid.uuid4().hex
    except OSError:
        return uuid.uuid4().hex
