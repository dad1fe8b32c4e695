"""The retention run, which a worker starts once a day. A run masks and deletes data that is due,
destroys keys, and records proofs.

Only one run is active at a time, and it uses the intake role of the database. If a run was killed, the next
run continues its work. Every step writes a proof (`Proof`) and a journal entry. The proof and the journal
entry contain numbers, but no personal data. The daily run is a separate process, because the masking of a
month takes minutes and must not delay messages.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from psycopg import Connection, sql
from psycopg.types.json import Jsonb

from vedette.apps.accounts import acts
from vedette.apps.approvals.actions import WAITS
from vedette.apps.columns import new_id
from vedette.apps.retention import deletion, masking, unmask
from vedette.apps.retention.masking import Apart, Busy
from vedette.apps.retention.parts import (
    KNOWN,
    Part,
    classes,
    due_to_end,
    due_to_mask,
    ending,
    is_over,
    known_due,
    last_day,
    leaves,
    partly_due,
    periods,
    whole,
)
from vedette.apps.subjects.tables import LINKED, VAULT, declared
from vedette.apps.upkeep import pauses
from vedette.core.errors import Failure
from vedette.keys.months import MonthKeys
from vedette.keys.ring import Keys, KeysError

logger = logging.getLogger(__name__)

#: The time between two daily runs, and the time after which a failed run is repeated.
EVERY = dt.timedelta(hours=24)
AGAIN = dt.timedelta(hours=1)
#: The time for which the caller, the reason and the content of a lookout are kept after its end.
KEEP_LOOKOUTS = dt.timedelta(days=30)
#: The time for which the draft of a watchlist is kept if it is not applied.
KEEP_DRAFTS = dt.timedelta(hours=1)
#: The number of seconds that a worker waits after its own start before it starts a retention run.
SETTLE_S = 600.0


class Refused(Failure):
    """The exception that is raised if a retention run is refused. The message contains the reason and the
    action to take. A refused run changes no data.
    """


@dataclass
class _Run:
    """An active run, and the errors that its steps raised."""

    connection: Connection[Any]
    keys: Keys
    months: MonthKeys
    id: uuid.UUID
    now: dt.datetime
    until: dt.date
    failed: list[Exception] = field(default_factory=list)

    @contextmanager
    def step(self) -> Iterator[None]:
        """Executes one step of the retention run. If a step fails, the other steps are still executed, and
        the whole run fails at its end.
        """
        try:
            yield
        except Exception as error:
            if self.connection.broken:
                raise
            logger.error("a step of the retention run failed: %s", _kind(error))
            self.failed.append(error)


def run(
    connection: Connection[Any],
    keys: Keys,
    months: MonthKeys,
    now: dt.datetime,
    until: dt.date | None = None,
) -> uuid.UUID:
    """Masks and deletes all data that is due on the day `until` or earlier. The default of `until`
    is today. Returns the id of the run.

    `connection` is a database connection with the intake role, in autocommit mode. Raises `Refused` if the
    clock was set back, if `until` is in the future, or if another run or a backup is active. Also raises
    `Refused` if the database contains tables of a kind that is not installed. If steps fail, the error of the
    first failed step is raised after all other steps. The error is `KeysError` if a monthly key is lost,
    `Busy` if a lock was not available, or another error. Rows whose monthly encryption key is lost are not
    moved.
    """
    until = until or now.date()
    if until > now.date():
        raise Refused(f"{until} is in the future, and masking cannot be undone")
    with _alone(connection):
        _check_clock(connection, keys, now)
        _check_kinds(connection, keys, now)
        at_work = _Run(connection, keys, months, new_id(), now, until)
        connection.execute(
            "INSERT INTO retention_run (id, started_at, until, state, why)"
            " VALUES (%s, %s, %s, 'running', '')",
            [at_work.id, now, until],
        )
        try:
            _mask(at_work)
            _forget_known(at_work)
            _end(at_work)
            _end_unused(at_work)
            _end_minors(at_work)
            _forget(at_work)
            if at_work.failed:
                raise at_work.failed[0]
        except BaseException as error:
            _finish(at_work, "failed", _kind(error))
            raise
        _finish(at_work, "done", "")
    return at_work.id


def run_timed(
    connection: Connection[Any],
    keys: Keys,
    months: MonthKeys,
    now: dt.datetime,
    until: dt.date | None = None,
) -> uuid.UUID:
    """Calls `run`, unless more than one month of a retention class is due at the same time. If more than one
    month is due, an administrator must confirm the run before it starts. A confirmed run masks and deletes
    only the data that was due when the confirmation was requested. Also raises `Refused` while the
    confirmation is missing.
    """
    until = until or now.date()
    count = _months_due(connection, until)
    with pauses.Asking(connection, keys, now).ask(
        "retention", None, count, 0, many=count > pauses.MONTHS
    ) as as_of:
        if as_of is not None:
            return run(connection, keys, months, now, min(until, as_of.date()))
        raise refused(
            connection, keys, now, "waits",
            f"{count} months of data would be masked or deleted at once: an administrator must confirm this"
            " on the page Status; nothing was changed",
        )  # fmt: skip


def _months_due(connection: Connection[Any], until: dt.date) -> int:
    """Returns the greatest number of months of one class that a run would mask or delete completely. Months
    without rows do not count.
    """
    found = [
        due_to_mask(connection, until),
        known_due(connection, until),
        due_to_end(connection, until),
    ]
    months = [
        {(part.retention_class, part.month) for part in parts if _has_rows(connection, part)}
        for parts in found
    ]
    return max((n for each in months for n in Counter(c for c, _ in each).values()), default=0)


def _has_rows(connection: Connection[Any], part: Part) -> bool:
    if part.month is None:
        return False
    [[found]] = connection.execute(
        sql.SQL(
            "SELECT EXISTS (SELECT FROM {} WHERE retention_class = %s AND month >= %s AND month <= %s)"
        ).format(sql.Identifier(part.parent)),
        [part.retention_class, part.month, last_day(part.month)],
    )
    return bool(found)


def is_due(connection: Connection[Any], now: dt.datetime) -> bool:
    """Returns whether a new run is due. A run is due if the last successful run started at least a day ago
    and the last run, whether or not it was successful, started at least an hour ago.
    """
    [[done, begun]] = connection.execute(
        "SELECT max(started_at) FILTER (WHERE state = 'done'), max(started_at) FROM retention_run"
    )
    return (done is None or now - done >= EVERY) and (begun is None or now - begun >= AGAIN)


@contextmanager
def _alone(connection: Connection[Any]) -> Iterator[None]:
    [[locked]] = connection.execute("SELECT pg_try_advisory_lock(hashtext('vedette retention'))")
    if not locked:
        raise Refused("another retention run, or a backup, is under way; wait for its end")
    try:
        yield
    finally:
        connection.execute("SELECT pg_advisory_unlock(hashtext('vedette retention'))")


def _check_clock(connection: Connection[Any], keys: Keys, now: dt.datetime) -> None:
    """Raises `Refused` if the clock was set back, because the run would then not find all data that is
    due."""
    [[last]] = connection.execute(
        "SELECT greatest((SELECT max(started_at) FROM retention_run WHERE state <> 'refused'),"
        " (SELECT max(at) FROM retention_proof))"
    )
    if last is not None and now < last:
        raise refused(
            connection, keys, now, "clock",
            f"the clock says {now:%Y-%m-%d %H:%M} UTC, the last run was {last:%Y-%m-%d %H:%M}:"
            " the clock was set back; correct it and run again",
        )  # fmt: skip


def _check_kinds(connection: Connection[Any], keys: Keys, now: dt.datetime) -> None:
    """Raises `Refused` if the database contains side tables of a kind that is not installed in this process.
    Without this check, the values of a kind that is not installed would never be masked, and no run would
    report an error.
    """
    [[tables]] = connection.execute("SELECT vedette_side_tables()")
    if unknown := sorted({*(tables or ())} - {*declared().side_tables, KNOWN}):
        raise refused(
            connection, keys, now, "kinds",
            f"no kind of VEDETTE_KINDS declares {', '.join(unknown)}: name every kind of this database, for"
            " all of its processes, and run again",
        )  # fmt: skip


def refused(
    connection: Connection[Any], keys: Keys, now: dt.datetime, why: str, message: str
) -> Refused:
    """Records a refused run with the code `why`. Returns an exception, which the caller must raise."""
    refused = new_id()
    connection.execute(
        "INSERT INTO retention_run (id, started_at, finished_at, until, state, why)"
        " VALUES (%s, %s, %s, %s, 'refused', %s)",
        [refused, now, now, now.date(), why],
    )
    acts.write_everywhere(connection, keys, "retention.refused", str(refused), {"why": why})
    return Refused(message)


def _mask(at_work: _Run) -> None:
    connection = at_work.connection
    for part in due_to_mask(connection, at_work.until):
        with at_work.step():
            masking.take_apart(connection, part)
    for apart in masking.unfinished(connection):
        # If the key of a partition is missing, the partition stays detached.
        with at_work.step():
            _mask_one(at_work, apart)
    for part, limit in partly_due(connection, at_work.until):
        with at_work.step():
            masked = masking.mask_rows(connection, at_work.months, part, limit)
            for month, rows in masked.items():
                masking.forget_favours(connection, part.retention_class, month, limit)
                _prove(at_work, "masked", Part(part.parent, part.retention_class, month), rows)


def _forget_known(at_work: _Run) -> None:
    """Deletes the values on which risk profiles were evaluated, for each month that is due to be masked."""
    connection = at_work.connection
    for part in known_due(connection, at_work.until):
        [[rows]] = masking.patiently(
            connection, connection.execute,
            "SELECT vedette_drop_known(%s, %s)", [part.retention_class, part.month],
        )  # fmt: skip
        if rows:
            _prove(at_work, "deleted", part, rows)
    for name in classes(connection, KNOWN):
        # The partition `rest` of a class contains rows with a date that is wrong by years.
        days = periods(connection, name, at_work.until).mask_after
        connection.execute(
            f"DELETE FROM {KNOWN} WHERE retention_class = %s AND month <= %s",  # noqa: S608
            [name, at_work.until - dt.timedelta(days=days)],
        )


def _mask_one(at_work: _Run, apart: Apart) -> None:
    connection, part = at_work.connection, apart.part
    if part.month is None and apart.block == 0:
        days = periods(connection, part.retention_class, at_work.until).mask_after
        masking.put_back(connection, apart, whole(at_work.until - dt.timedelta(days=days)))
    gone = deletion.let_go(connection, apart, at_work.months) if apart.block == 0 else {}
    copied = masking.bring_to_vault(connection, at_work.months, apart)
    for month, rows in masking.drop(connection, apart, copied).items():
        masking.forget_favours(connection, part.retention_class, month, last_day(month))
        _prove(at_work, "masked", Part(part.parent, part.retention_class, month), rows)
    for month, kept in gone.items():
        _prove_kept(at_work, month, kept)
        for class_ in {part.retention_class, LINKED}:
            if at_work.months.destroyed(class_, month):
                rows, counts = deletion.delete_spine(connection, class_, month)
                _prove(at_work, "deleted", Part(part.parent, class_, month), rows, counts)


def _end(at_work: _Run) -> None:
    """Deletes the data of each day whose retention period is over. Subjects with an objective link are kept.
    When the last day of a month is deleted, the partition of the month is dropped and its key is destroyed.
    """
    waiting = _waiting(at_work.connection)
    for part, limit in ending(at_work.connection, at_work.until):
        # If rows of the month could not be masked yet, their key and their subjects are still needed.
        if (part.retention_class, part.month) not in waiting:
            with at_work.step():
                _end_one(at_work, part, limit)
    with at_work.step():
        _destroy_keys(at_work)


def _end_one(at_work: _Run, part: Part, limit: dt.date) -> None:
    connection, class_, month = at_work.connection, part.retention_class, part.month
    assert month is not None  # noqa: S101  the vault has no rest
    over = is_over(part, limit)
    before = deletion.ALL if over else masking.midnight(limit + dt.timedelta(days=1))
    if class_ != LINKED:
        kept = deletion.keep_linked(connection, at_work.months, class_, month, before)
        _prove_kept(at_work, month, kept)
    rows, counts = deletion.delete_spine(connection, class_, month, before)
    if rows or over:
        _prove(at_work, "deleted", Part("subjects_subject", class_, month), rows, counts)
    if over:
        _prove(at_work, "deleted", part, deletion.drop_vault(connection, class_, month))


def _prove_kept(at_work: _Run, month: dt.date, kept: int) -> None:
    if kept:
        _prove(at_work, "kept", Part("subjects_subject", LINKED, month), kept)


def _waiting(connection: Connection[Any]) -> set[tuple[str, dt.date | None]]:
    """Returns the classes and months of the rows in detached partitions that are not dropped yet."""
    return {
        (apart.part.retention_class, month)
        for apart in masking.unfinished(connection)
        for month in masking.months(connection, apart)
    }


def _destroy_keys(at_work: _Run) -> None:
    """Destroys the key of each class and month whose retention period is over and whose data was deleted.
    Also destroys the keys that an earlier run did not destroy because it was killed.
    """
    connection = at_work.connection
    held = {(p.retention_class, p.month) for p in leaves(connection, VAULT)} | _waiting(connection)
    for key_id in at_work.months.ids():
        class_, month_text, _ = key_id.split(".")
        month = dt.date.fromisoformat(f"{month_text}-01")
        limit = at_work.until - periods(connection, class_, at_work.until).lasts(class_)
        if month <= whole(limit) and (class_, month) not in held:
            at_work.months.destroy(class_, month, "retention period over")
            _prove(at_work, "destroyed", Part(VAULT, class_, month), 0, key_id=key_id)


def _end_unused(at_work: _Run) -> None:
    """Deletes shared rows whose period is over and to which no subject belongs."""
    for class_ in (*declared().classes, LINKED):
        with at_work.step():
            lasts = periods(at_work.connection, class_, at_work.until).lasts(class_)
            gone = deletion.end_unused(at_work.connection, class_, at_work.until - lasts)
            for (table, month), rows in gone.items():
                _prove(at_work, "deleted", Part(table, class_, month), rows)


def _end_minors(at_work: _Run) -> None:
    """Deletes the hits of minors without an objective link. The hits of minors are kept for half as long as
    the period after which values are masked.
    """
    for (class_, month), rows in deletion.end_minors(at_work.connection, at_work.until).items():
        _prove(at_work, "deleted", Part("hits_hit", class_, month), rows, {"hits": rows})


def _forget(at_work: _Run) -> None:
    """Deletes data with separate periods: expired clearings of matches, the encrypted names of received
    files, and the texts of ended lookouts.
    """
    connection = at_work.connection
    connection.execute("DELETE FROM hits_clearedpair WHERE expires_at < %s", [at_work.now])
    days = min(periods(connection, name, at_work.until).mask_after for name in declared().classes)
    connection.execute(
        "UPDATE inbox_inbox SET name = '' WHERE name <> '' AND received_at < %s",
        [at_work.until - dt.timedelta(days=days)],
    )
    with at_work.step():
        _rewrite_lookouts(at_work)


def _rewrite_lookouts(at_work: _Run) -> None:
    """Rewrites the tables of lookouts if texts were deleted since the last run. After the rewriting, the data
    files of PostgreSQL no longer contain the deleted texts.
    """
    if at_work.connection.execute(
        "SELECT 1 FROM lists_lookout WHERE why = '' AND coalesce(ended_at, expires_at) > %s LIMIT 1",
        [at_work.now - KEEP_LOOKOUTS - 2 * EVERY],
    ).fetchone():
        masking.patiently(
            at_work.connection, at_work.connection.execute, "SELECT vedette_rewrite_lookouts()"
        )


def _prove(
    at_work: _Run, deed: str, part: Part, rows: int, counts: dict[str, int] | None = None,
    key_id: str = "",
) -> None:  # fmt: skip
    """Writes one proof, and one journal entry for each organisation."""
    connection, month = at_work.connection, part.month
    assert month is not None  # noqa: S101  proofs are by month, also of a `rest`
    if deed == "masked":
        key_id = at_work.months.get(part.retention_class, month).key_id
    with connection.transaction():
        connection.execute(
            "INSERT INTO retention_proof (run_id, at, deed, \"table\", retention_class, month, rows,"
            " key_id, counts) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                at_work.id, at_work.now, deed, part.parent, part.retention_class, month, rows, key_id,
                Jsonb(counts or {}),
            ],
        )  # fmt: skip
        detail: dict[str, acts.Detail] = {
            "table": part.parent, "class": part.retention_class, "month": month, "rows": rows,
        }  # fmt: skip
        _tell(at_work, deed, detail | ({"key": key_id} if key_id else {}))


def _tell(at_work: _Run, deed: str, detail: Mapping[str, acts.Detail]) -> None:
    acts.write_everywhere(
        at_work.connection, at_work.keys, f"retention.{deed}", str(at_work.id), detail
    )


def _finish(at_work: _Run, state: str, why: str) -> None:
    at_work.connection.execute(
        "UPDATE retention_run SET state = %s, why = %s, finished_at = clock_timestamp() WHERE id = %s",
        [state, why, at_work.id],
    )
    if state == "failed":
        # A code contains only lower-case letters.
        _tell(at_work, state, {"why": why.lower()[:60]})


def _kind(error: BaseException) -> str:
    """Returns the error code that the page shows. The text of the error is not stored, because it may contain
    personal data.
    """
    if isinstance(error, KeysError):
        return "key"
    return "busy" if isinstance(error, Busy) else type(error).__name__[:200]


class Keeper:
    """The periodic retention work of one worker. Several workers may do this work at the same time."""

    def __init__(self, connection: Connection[Any], keys: Keys) -> None:
        self._connection = connection
        self._keys = keys
        self._began = time.monotonic()
        self._run: subprocess.Popen[bytes] | None = None
        self._warned = False

    def __call__(self, now: dt.datetime) -> None:
        """Deletes expired data, and starts the daily run when it is due."""
        unmask.close(self._connection, now)
        forget_words(self._connection, now)
        if self._months() is not None:
            self._daily(now)

    def unmask(self) -> None:
        """Unmasks the rows for which the unmasking was approved."""
        months = self._months()
        if months is None:
            return
        try:
            unmask.open_waiting(self._connection, self._keys, months)
        except (KeysError, unmask.NotAllowed) as error:
            logger.error("unmasking failed: %s", type(error).__name__)

    def _months(self) -> MonthKeys | None:
        """Returns the monthly keys. If this machine has no monthly keys, logs this once and returns None. If
        the monthly keys are missing on this machine, a worker on another machine must have these keys.
        """
        try:
            return MonthKeys.load(Path(os.environ["VEDETTE_KEYS"]))
        except (KeysError, KeyError):
            if not self._warned:
                logger.warning("no monthly keys on this machine: another worker masks and unmasks")
            self._warned = True
            return None

    def _daily(self, now: dt.datetime) -> None:
        if self._run is not None and self._run.poll() is not None:
            if self._run.returncode:
                logger.error("the retention run ended with status %d", self._run.returncode)
            self._run = None
        settled = time.monotonic() - self._began > SETTLE_S
        asked = pauses.state(self._connection, "retention")
        due = asked == "confirmed" or (not asked and is_due(self._connection, now))
        if self._run is None and settled and due:
            self._run = subprocess.Popen(
                [sys.executable, "-m", "vedette.cli", "retention", "run"], stdout=subprocess.DEVNULL
            )


def forget_words(connection: Connection[Any], now: dt.datetime) -> None:
    """Deletes drafts of watchlists that were not submitted within an hour or were not approved in time. One
    month after a lookout ends, deletes the caller and the reason of the lookout, and the content of its
    watchlist entry.
    """
    connection.execute(
        "WITH gone AS (SELECT id FROM lists_listdraft WHERE asked_at IS NULL AND created_at < %s"
        "  OR asked_at < %s AND (approved_at IS NULL OR refusal <> '')),"
        " entries AS (DELETE FROM lists_draftentry WHERE draft_id IN (SELECT id FROM gone))"
        " DELETE FROM lists_listdraft WHERE id IN (SELECT id FROM gone)",
        [now - KEEP_DRAFTS, now - WAITS],
    )
    ended = connection.execute(
        "UPDATE lists_lookout SET caller = '', why = '' WHERE why <> ''"
        " AND coalesce(ended_at, expires_at) < %s RETURNING entry_id",
        [now - KEEP_LOOKOUTS],
    ).fetchall()
    if ended:
        connection.execute(
            "UPDATE lists_listentry SET name_key = '', content = jsonb_build_object('ref', ref)"
            " WHERE id = ANY(%s) AND until IS NOT NULL",
            [[entry for (entry,) in ended]],
        )
