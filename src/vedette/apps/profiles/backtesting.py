"""Runs backtests. A backtest evaluates an expression over the values that were stored at the
screening of each subject. The values are read in parts, and the progress is stored after each part.

A backtest uses the same compiled expression and the same values as the screening. Therefore a backtest gives
the results that the profile would have had in the past period. Backtests run in a separate process
(`Tester`). Therefore incoming messages do not wait for a backtest, and the memory is freed when the separate
process ends. This module does not import Django, so that the backtest process needs little memory.

A subject is counted once, even if it was screened several times. A subject is counted as flagged if the
expression matched at any screening of the subject. Subjects are distinguished by the lower half of their id
(62 random bits).
"""

from __future__ import annotations

import datetime as dt
import logging.config
import multiprocessing
import os
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from multiprocessing.process import BaseProcess
from typing import Any

import polars as pl
import psycopg
from psycopg import Connection
from psycopg.types.json import Jsonb

from vedette.apps.profiles import known
from vedette.apps.profiles.known import Block
from vedette.core.shares import interval
from vedette.kinds import kind, vocabulary
from vedette.profiles.frames import HIGH, LOW, OWN, SCRIPT, halves, schema, subject_id
from vedette.profiles.run import Question
from vedette.server import logs

logger = logging.getLogger(__name__)

#: Column by which subjects are grouped → the lower limits of its bands (ranges of values). A column of texts
#: has no bands.
Grouped = Mapping[str, tuple[int, ...]]
#: The largest number of subjects in the sample, and the largest number of other profiles that are named.
SAMPLE, OTHERS = 20, 8
#: Groups with fewer subjects are counted together, because their shares are uncertain and could identify
#: persons.
SMALLEST = 100


def _lows(subjects: Iterable[uuid.UUID]) -> pl.Series:
    return pl.Series([halves(id_)[1] for id_ in subjects], dtype=pl.Int64)


def hidden(connection: Connection[Any], organisation: uuid.UUID) -> pl.Series:
    """Returns the subjects whose data are restricted, because backtests do not count these subjects."""
    rows = connection.execute(
        "SELECT id FROM subjects_subject WHERE organisation_id = %s AND restricted",
        [organisation],
    )
    return _lows(id_ for (id_,) in rows)


def answered(connection: Connection[Any], organisation: uuid.UUID) -> tuple[pl.Series, pl.Series]:
    """Returns the subjects with a confirmed hit, and the subjects with a hit for which nothing was found. The
    two outcomes are defined as in `selectors.Brought`."""
    rows = connection.execute(
        "SELECT subject_id, outcome = 'confirmed' FROM hit_outcome WHERE organisation_id = %s"
        " AND outcome IN ('confirmed', 'cleared', 'nothing_found')",
        [organisation],
    ).fetchall()
    return _lows(id_ for id_, right in rows if right), _lows(
        id_ for id_, right in rows if not right
    )


def others(
    connection: Connection[Any], organisation: uuid.UUID, backtest: uuid.UUID | None
) -> pl.DataFrame:
    """Returns the subjects for which active versions of other profiles raised hits. Each row contains a
    version and the lower half of the id of a subject."""
    rows = connection.execute(
        "SELECT v.id, h.subject_id FROM profiles_version v"
        " JOIN hits_reason r ON r.profile_version_id = v.id"
        " JOIN hits_hit h ON h.id = r.hit_id"
        " WHERE v.organisation_id = %s AND v.state = 'active' AND v.profile_id IS DISTINCT FROM"
        " (SELECT o.profile_id FROM profiles_backtest b JOIN profiles_version o ON o.id = b.version_id"
        "  WHERE b.organisation_id = %s AND b.id = %s)",
        [organisation, organisation, backtest],
    ).fetchall()
    return pl.DataFrame(
        {
            "version": [str(version) for version, _ in rows],
            LOW: _lows(subject for _, subject in rows),
        },
        schema={"version": pl.Categorical, LOW: pl.Int64},
    )


class Tally:
    """Counts the rows that a backtest has evaluated. `grouped` is empty for a quick count, which needs only
    the number of matches."""

    def __init__(self, hidden: pl.Series, grouped: Grouped) -> None:
        self._hidden = hidden.implode() if len(hidden) else None
        self._grouped = grouped
        self._fired: list[tuple[Block, pl.Series]] = []
        self._judged: list[pl.Series] = []
        self._unknown: list[pl.Series] = []
        self._subjects: list[pl.DataFrame] = []
        self._days: set[dt.date] = set()
        self.rows = 0

    def add(self, block: Block, frame: pl.DataFrame, said: pl.Series) -> None:
        """Adds the rows of a block of stored values to the counts. `said` contains the result for each row:
        true, false, or null if the result depends on a missing value.
        """
        if self._hidden is not None:
            seen = ~frame[LOW].is_in(self._hidden)
            frame, said = frame.filter(seen), said.filter(seen)
        self.rows += len(said)
        self._days.add(block.day)
        low = frame[LOW]
        fired = low.filter(said.fill_null(value=False))
        if len(fired):
            self._fired.append((block, fired))
        unknown = said.is_null()
        self._judged.append(low.filter(~unknown))
        if unknown.any():
            self._unknown.append(low.filter(unknown))
        if self._grouped:
            groups = [_group(name, bands) for name, bands in self._grouped.items()]
            self._subjects.append(frame.select(LOW, *groups))

    def fired(self) -> pl.Series:
        """Returns the subjects that match the expression, without duplicates, earliest first."""
        return _all([low for _, low in self._fired]).unique(maintain_order=True)

    def found_too(self, others: pl.DataFrame) -> dict[str, Any]:
        """Returns the number of matching subjects that also have hits in `others`. The result contains the
        total number and the number for each version of another profile, largest number first.
        """
        both = others.filter(pl.col(LOW).is_in(self.fired().implode())).unique()
        counted = both.group_by("version").len().sort("len", "version", descending=[True, False])
        return {
            "all": both[LOW].n_unique(),
            "versions": [[version, count] for version, count in counted.head(OTHERS).iter_rows()],
        }

    def sampled(self) -> dict[int, Block]:
        """Returns the latest matching subjects, each with a block that contains the subject."""
        found: dict[int, Block] = {}
        for block, low in reversed(self._fired):
            for one in low.to_list()[::-1]:
                found.setdefault(one, block)
                if len(found) == SAMPLE:
                    return found
        return found

    def result(self, confirmed: pl.Series, cleared: pl.Series) -> dict[str, Any]:
        """Returns the figures of the backtest for the page and the API. `precision` is the confidence
        interval of the precision: the share of confirmed subjects among the subjects with a known outcome.
        Subjects without a known outcome do not count as false matches."""
        judged, fired = _all(self._judged).unique(), self.fired()
        unknown = _all(self._unknown).unique()
        result: dict[str, Any] = {
            "rows": self.rows,
            "judged": len(judged),
            "unjudged": len(unknown.filter(~unknown.is_in(judged.implode()))),
            "fired": len(fired),
        }
        if not self._grouped:
            return result
        right = fired.filter(fired.is_in(confirmed.implode()))
        known = confirmed.filter(confirmed.is_in(judged.implode()))
        nothing = len(fired.filter(fired.is_in(cleared.implode())))
        low, high = interval(len(right), len(right) + nothing)
        return {
            **result,
            "confirmed": len(right),
            "nothing": nothing,
            "known": len(known),
            "days_held": len(self._days),
            "precision": [low, high],
            "days": self._by_day(right),
            "groups": self._groups(fired, right),
        }

    def _by_day(self, right: pl.Series) -> dict[str, list[int]]:
        """Returns, for each day, the number of subjects that were first flagged on that day, and
        the number of confirmed subjects among them.
        """
        if not self._fired:
            return {}
        frame = pl.concat(
            [pl.DataFrame({"day": [block.day] * len(low), LOW: low}) for block, low in self._fired]
        ).unique(LOW, keep="first", maintain_order=True)
        counts = (
            frame.with_columns(right=pl.col(LOW).is_in(right.implode()))
            .group_by("day")
            .agg(pl.len(), pl.col("right").sum())
            .sort("day")
        )
        return {day.isoformat(): [count, sure] for day, count, sure in counts.iter_rows()}

    def _groups(self, fired: pl.Series, right: pl.Series) -> dict[str, list[list[Any]]]:
        """Returns the groups of subjects by column, largest group first. Each group has a name and three
        numbers: its subjects, its flagged subjects, and its confirmed subjects.
        """
        if not self._subjects:
            return {}
        subjects = pl.concat(self._subjects).unique(LOW, keep="last")
        subjects = subjects.with_columns(
            fired=pl.col(LOW).is_in(fired.implode()), right=pl.col(LOW).is_in(right.implode())
        )
        small = pl.col("all") < SMALLEST
        found = {}
        for name in self._grouped:
            rows = (
                subjects.group_by(pl.col(name).cast(pl.String).fill_null("–").alias("group"))
                .agg(pl.len().alias("all"), pl.col("fired").sum(), pl.col("right").sum())
                .with_columns(pl.when(small).then(pl.lit("")).otherwise("group").alias("group"))
                .group_by("group")
                .agg(pl.col("all", "fired", "right").sum())
                .sort("all", descending=True)
            )
            found["script" if name == SCRIPT else name] = [list(row) for row in rows.iter_rows()]
        return found


def _all(parts: list[pl.Series]) -> pl.Series:
    return pl.concat(parts) if parts else pl.Series([], dtype=pl.Int64)


def _group(name: str, bands: tuple[int, ...]) -> pl.Expr:
    """Returns an expression for the group of a row. The group of a number is the lower limit of its band, and
    the group of a text is the text itself."""
    if not bands:
        return pl.col(name).cast(pl.String).cast(pl.Categorical)
    band = pl.lit(None, pl.Int64)
    for first in bands:
        band = pl.when(pl.col(name) >= first).then(pl.lit(first, pl.Int64)).otherwise(band)
    return band.alias(name)


def code_lists(cursor: Any, organisation: uuid.UUID) -> dict[str, tuple[str, ...] | None]:
    """Returns the code lists of an organisation by name. The value of an expired list is None, so that
    conditions on the list are unknown. If the value were an empty list, `NOT x IN LIST` would be true for all
    subjects. `cursor` may be a cursor of any connection to the database.
    """
    cursor.execute(
        "SELECT name, CASE WHEN until < (now() AT TIME ZONE 'UTC')::date THEN NULL ELSE codes END"
        " FROM profiles_codelist WHERE organisation_id = %s",
        [organisation],
    )
    return {name: None if codes is None else tuple(codes) for name, codes in cursor.fetchall()}


#: The number of rows that are evaluated at a time. This takes about a second. A backtest can be cancelled
#: after each such part.
PART = 400_000
#: A quick count evaluates this number of the latest rows.
QUICK = 200_000


class Cancelled(Exception):
    """The exception for a backtest that was cancelled."""


def run_next(connection: Connection[Any]) -> bool:
    """Runs the next waiting backtest, or a backtest that was interrupted because its process was killed.
    Returns False if no backtest was waiting. Quick counts run first, because a user waits for them. Only one
    process runs the backtests of a database (`Tester`).

    `connection` uses the intake role of the database. The connection must be in autocommit mode, so that
    other processes can read the progress of the backtest.
    """
    row = connection.execute(
        "UPDATE profiles_backtest SET state = 'running', started_at = clock_timestamp(), done = 0"
        " WHERE id = (SELECT id FROM profiles_backtest WHERE state IN ('waiting', 'running')"
        " ORDER BY NOT quick, asked_at LIMIT 1 FOR UPDATE)"
        " RETURNING id, organisation_id, kind, expression, parameters, first_day, last_day, quick"
    ).fetchone()
    if row is None:
        return False
    id_, organisation, of, expression, parameters, first, last, quick = row
    began = time.monotonic()
    try:
        lists = code_lists(connection.cursor(), organisation)
        question = Question(vocabulary(of), expression, parameters, lists)
        found = known.blocks(connection, organisation, of, first, last)
        if quick:
            found = _latest(found)
        result = judge(connection, organisation, question, found, id_, quick)
        result["seconds"] = round(time.monotonic() - began, 2)
        _finish(connection, organisation, id_, "done", result)
    except Cancelled:
        _finish(connection, organisation, id_, "cancelled", {})
    except Exception as error:
        # Only the class of the error is stored, because its text may contain values.
        _finish(connection, organisation, id_, "failed", {}, type(error).__name__)
        raise
    return True


def _latest(found: Sequence[known.Block]) -> list[known.Block]:
    kept: list[known.Block] = []
    for block in reversed(found):
        if kept and sum(b.rows for b in kept) + block.rows > QUICK:
            break
        kept.append(block)
    return kept[::-1]


def judge(
    connection: Connection[Any],
    organisation: uuid.UUID,
    question: Question,
    found: Sequence[known.Block],
    id_: uuid.UUID | None = None,
    quick: bool = False,
) -> dict[str, Any]:
    """Evaluates an expression over blocks of stored values. Returns the figures of the backtest
    (`Tally.result`) and the ids of a sample of subjects. If `id_` is given, the progress is stored in the row
    of the backtest with this id. If that backtest was cancelled, `Cancelled` is raised.
    """
    types = {**schema(question.vocabulary), **OWN}
    about = kind(question.vocabulary.kind)
    # A backtest groups subjects only by columns whose values are stored, that is by columns of the
    # vocabulary.
    names = () if quick else [name for name in (*about.fairness, SCRIPT) if name in types]
    grouped = {name: about.bands.get(name, ()) for name in names}
    columns = list(dict.fromkeys((*question.columns, LOW, *grouped)))
    tally = Tally(hidden(connection, organisation), grouped)
    total, done = sum(b.rows for b in found), 0
    _progress(connection, organisation, id_, done, total)
    for part in _parts(found):
        for block, frame in known.read(connection, organisation, part, columns, types):
            tally.add(block, frame, question.judge(frame))
            done += block.rows
        _progress(connection, organisation, id_, done, total)
    result = tally.result(*answered(connection, organisation))
    if not quick:
        result["found_too"] = tally.found_too(others(connection, organisation, id_))
        result["sample"] = _sample(connection, organisation, tally, types)
    return result


def _parts(found: Sequence[known.Block]) -> Iterator[list[known.Block]]:
    part: list[known.Block] = []
    for block in found:
        if part and sum(b.rows for b in part) + block.rows > PART:
            yield part
            part = []
        part.append(block)
    if part:
        yield part


def _sample(
    connection: Connection[Any],
    organisation: uuid.UUID,
    tally: Tally,
    types: dict[str, Any],
) -> list[str]:
    """Returns the ids of the latest matching subjects. The upper half of an id is read only for the
    subjects of the sample.
    """
    wanted = tally.sampled()
    low = pl.Series(list(wanted), dtype=pl.Int64)
    ids: list[str] = []
    for _, frame in known.read(
        connection, organisation, list(dict.fromkeys(wanted.values())), (HIGH, LOW), types
    ):
        rows = frame.filter(pl.col(LOW).is_in(low.implode())).unique(LOW, maintain_order=True)
        ids += [str(subject_id(h, lo)) for h, lo in rows.iter_rows()]
    return list(dict.fromkeys(ids))


def _progress(
    connection: Connection[Any],
    organisation: uuid.UUID,
    id_: uuid.UUID | None,
    done: int,
    total: int,
) -> None:
    if id_ is None:
        return
    row = connection.execute(
        "UPDATE profiles_backtest SET done = %s, total = %s"
        " WHERE organisation_id = %s AND id = %s AND state = 'running' RETURNING id",
        [done, total, organisation, id_],
    ).fetchone()
    if row is None:
        raise Cancelled


def _finish(
    connection: Connection[Any],
    organisation: uuid.UUID,
    id_: uuid.UUID,
    state: str,
    result: dict[str, Any],
    why: str = "",
) -> None:
    connection.execute(
        "UPDATE profiles_backtest SET state = %s, result = %s, failure = %s,"
        " finished_at = clock_timestamp()"
        " WHERE organisation_id = %s AND id = %s AND state = 'running'",
        [state, Jsonb(result), why, organisation, id_],
    )


# --- the process that runs backtests -------------------------------------------------------------
#
# A worker starts the process when a backtest waits. The process ends after some time without work, to free
# its memory.

#: The number of seconds without work after which the process ends, and the number of seconds between its
#: queries for waiting backtests.
IDLE_S, POLL_S = 20.0, 0.1
#: The number of seconds between two queries of a worker for waiting backtests.
LOOK_S = 0.25

#: Deletes old quick counts. Only the editor uses quick counts.
_FORGET = (
    "DELETE FROM profiles_backtest WHERE quick AND state NOT IN ('waiting', 'running')"
    " AND asked_at < %s - interval '1 hour'"
)
_WAITS = "SELECT EXISTS (SELECT FROM profiles_backtest WHERE state IN ('waiting', 'running'))"
#: The lock of the process that runs the backtests of the database. PostgreSQL releases it whenever the
#: process ends.
_TAKE, _LEAVE = "SELECT pg_try_advisory_lock(7214)", "SELECT pg_advisory_unlock(7214)"


class Tester:
    """Starts the process that runs backtests, when a backtest is waiting. Each worker has one `Tester`."""

    def __init__(self, connection: Connection[Any], dsn: str) -> None:
        self._connection, self._dsn = connection, dsn
        self._process: BaseProcess | None = None

    def look(self) -> None:
        """Starts the backtest process if a backtest is waiting and no other process runs the
        backtests of the database.
        """
        if self._process is not None and self._process.is_alive():
            return
        if self._connection.execute(_WAITS).fetchone() != (True,):
            return
        if self._connection.execute(_TAKE).fetchone() == (True,):
            # The lock was free, so no process runs backtests. The lock is also free if the process of another
            # worker was killed.
            self._connection.execute(_LEAVE)
            # A new process is spawned, because the threads of Polars do not work after a fork.
            context = multiprocessing.get_context("spawn")
            self._process = context.Process(target=serve, args=(self._dsn,), daemon=True)
            self._process.start()

    def stop(self) -> None:
        """Ends the process. A later process runs an unfinished backtest again from the beginning."""
        if self._process is not None and self._process.is_alive():
            self._process.terminate()
            self._process.join(5)


def forget(connection: Connection[Any], now: dt.datetime) -> int:
    """Deletes quick counts that are older than an hour, and returns the number of deleted counts.
    Housekeeping calls this function.
    """
    return connection.execute(_FORGET, [now]).rowcount


def serve(dsn: str, idle: float = IDLE_S) -> None:
    """Runs the waiting backtests. Returns when no backtest has been waiting for `idle` seconds."""
    logging.config.dictConfig(logs.config())
    logs.quiet_exceptions()
    os.nice(5)
    with psycopg.connect(dsn, autocommit=True) as connection:
        if connection.execute(_TAKE).fetchone() != (True,):
            return
        last = time.monotonic()
        while time.monotonic() - last < idle:
            try:
                worked = run_next(connection)
            except psycopg.OperationalError:
                raise
            except Exception as error:
                logger.error("a backtest failed: %s", logs.kind(error))
                worked = True
            if worked:
                last = time.monotonic()
            else:
                time.sleep(POLL_S)
