"""Backtests: an expression asked of the values as they were known, in parts, with progress.

The same compiled expression that runs live reads the same values that it read live, so that a backtest
of a past period says what the profile said then. It runs in a process of its own (`tester.py`): intake
does not wait for it, and its memory goes when it is done.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl
from psycopg import Connection
from psycopg.types.json import Jsonb

from vedette.apps.profiles import known, tallying
from vedette.apps.profiles.lists import code_lists
from vedette.kinds import kind, vocabulary
from vedette.profiles.asking import Question
from vedette.profiles.frames import HIGH, LOW, OWN, SCRIPT, journey, schema

#: Rows read and judged at a time: about a second's work, after which one may cancel.
PART = 400_000
#: A quick count looks at so many of the latest rows.
QUICK = 200_000


class Cancelled(Exception):
    """Somebody took it back meanwhile."""


def run_next(connection: Connection[Any]) -> bool:
    """Runs the next backtest that waits, or whose process died (one serves a database: `tester.py`);
    whether there was one. Quick counts come first: somebody is looking.

    `connection` is of the intake role, in autocommit: progress is seen while it runs.
    """
    row = connection.execute(
        "SELECT id FROM profiles_backtest WHERE state IN ('waiting', 'running')"
        " ORDER BY NOT quick, asked_at LIMIT 1"
    ).fetchone()
    if row is not None:
        _run(connection, row[0])
    return row is not None


def _run(connection: Connection[Any], id_: uuid.UUID) -> None:
    row = connection.execute(
        "UPDATE profiles_backtest SET state = 'running', started_at = clock_timestamp(), done = 0"
        " WHERE id = %s AND state IN ('waiting', 'running')"
        " RETURNING organisation_id, kind, expression, parameters, first_day, last_day, quick",
        [id_],
    ).fetchone()
    if row is None:
        return
    organisation, of, expression, parameters, first, last, quick = row
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
        # The text of an error may quote what it was about.
        _finish(connection, organisation, id_, "failed", {}, type(error).__name__)
        raise


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
    """The answer over these blocks, as numbers and ids (`tallying.Tally.result`). With `id_`, progress
    goes into that backtest, and a cancelled one raises `Cancelled`."""
    types = {**schema(question.vocabulary), **OWN}
    about = kind(question.vocabulary.kind)
    # A backtest groups by those columns that are stored: the columns of the vocabulary.
    names = () if quick else [name for name in (*about.fairness, SCRIPT) if name in types]
    grouped = {name: about.bands.get(name, ()) for name in names}
    columns = list(dict.fromkeys((*question.columns, LOW, *grouped)))
    tally = tallying.Tally(tallying.hidden(connection, organisation), grouped)
    total, done = sum(b.rows for b in found), 0
    _progress(connection, organisation, id_, done, total)
    for part in _parts(found):
        for block, frame in known.read(connection, organisation, part, columns, types):
            said = question.judge(frame)
            tally.add(block, frame, said)
            done += block.rows
        _progress(connection, organisation, id_, done, total)
    result = tally.result(*tallying.answered(connection, organisation))
    if not quick:
        result["found_too"] = tally.found_too(tallying.others(connection, organisation, id_))
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
    tally: tallying.Tally,
    types: dict[str, Any],
) -> list[str]:
    """Ids of the latest subjects that match. The upper half of the ids is read for them only."""
    wanted = tally.sampled()
    low = pl.Series(list(wanted), dtype=pl.Int64)
    ids: list[str] = []
    for _, frame in known.read(
        connection, organisation, list(dict.fromkeys(wanted.values())), (HIGH, LOW), types
    ):
        rows = frame.filter(pl.col(LOW).is_in(low.implode())).unique(LOW, maintain_order=True)
        ids += [str(journey(h, lo)) for h, lo in rows.iter_rows()]
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
