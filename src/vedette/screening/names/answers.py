"""Searches the names of a query file and returns one line of JSON for each row. The work is done by one
process, or by several processes that share the index.

The processes are started with the method `spawn`. The processes map the saved arrays into memory, so the
index is in memory only once.
"""

from __future__ import annotations

import datetime as dt
import gc
import multiprocessing
import re
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import msgspec

from vedette.screening.names.index import NameIndex
from vedette.screening.names.model import Query

Row = Mapping[str, str | None]

#: Rows per chunk. The number is small, so that all processes finish at about the same time. It is large
#: enough to keep the other processes busy until this process, which also searches, distributes more.
CHUNK = 1000
#: Chunks queued for each of the other processes, and the maximum number of chunks finished or in progress
#: before the first of them is waited for.
AHEAD, MOST_MADE = 3, 64
_DAY = re.compile(r"\s*(\d{4})(?:\D(\d{1,2})(?:\D(\d{1,2}))?)?\s*$")
_encode = msgspec.json.Encoder().encode
#: The fields of a row that `query` reads. Processes exchange rows as these values in MessagePack: pickled
#: dictionaries took a fifth of the search time.
_FIELDS = (
    "full_name", "surname", "given_names", "date_of_birth", "nationality", "sex", "gender", "schema",
)  # fmt: skip
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[list[str | None]]).decode


def born(text: str | None) -> dt.date | int | None:
    """Reads a birth date from the text of a file. Returns a day, or only the year if the day is missing or
    impossible."""
    found = _DAY.match(text or "")
    if not found:
        return None
    year, month, day = (int(part) if part else 0 for part in found.groups())
    try:
        return dt.date(year, month, day)
    except ValueError:
        return year or None


def query(row: Row) -> Query:
    """Converts a row of a query file to a query. The name is in the column `full_name`, or in the columns
    `surname` and `given_names`. The row may also contain `date_of_birth`, `nationality`, `sex` and `schema`.
    """
    sex = (row.get("sex") or row.get("gender") or "").strip()[:1].upper()
    return Query(
        full_name=row.get("full_name") or None,
        surname=row.get("surname") or None,
        given_names=row.get("given_names") or None,
        date_of_birth=born(row.get("date_of_birth")),
        nationality=row.get("nationality") or None,
        sex=sex if sex in ("M", "F") else None,
        schema=row.get("schema") or None,
    )


def lines(
    index: NameIndex, rows: list[Row], first: int, threshold: float, limit: int | None
) -> bytes:
    """Returns one line of JSON for each row. The row numbers begin with `first`."""
    found = index.search([query(row) for row in rows], threshold, limit)
    return b"".join(
        _encode(
            {
                "row": row,
                "candidates": [
                    {
                        "list": match.list_id,
                        "entry": match.entry,
                        "name": match.name,
                        "score": round(match.score, 4),
                        "reasons": match.terms,
                    }
                    for match in matches
                ],
            }
        )
        + b"\n"
        for row, matches in enumerate(found, start=first)
    )


def _chunks(rows: Iterable[Row]) -> Iterator[tuple[int, list[Row]]]:
    remaining, first = iter(rows), 0
    while chunk := list(islice(remaining, CHUNK)):
        yield first, chunk
        first += len(chunk)


_index: NameIndex | None = None


def _open(folder: str) -> None:
    global _index
    _index = NameIndex.load(folder)
    _index.search([Query(full_name="warm up")])
    # Existing objects stay in memory, so the collector need not examine them again.
    gc.collect()
    gc.freeze()


def _ready() -> bool:
    return _index is not None


def _work(packed: bytes, first: int, threshold: float, limit: int | None) -> bytes:
    assert _index is not None  # noqa: S101 — set by `_open` when the process starts
    rows: list[Row] = [dict(zip(_FIELDS, values, strict=True)) for values in _unpack(packed)]
    return lines(_index, rows, first, threshold, limit)


@dataclass
class Workers:
    """Searches in this process and in `others` further processes of a pool."""

    index: NameIndex
    pool: ProcessPoolExecutor | None = None
    others: int = 0

    def answers(self, rows: Iterable[Row], threshold: float, limit: int | None) -> Iterator[bytes]:
        """Yields the lines of all rows, in order. While the other processes are busy, this process searches
        too, so that its processor is used."""
        made: deque[Future[bytes]] = deque()
        for first, chunk in _chunks(rows):
            if self.pool and sum(not one.done() for one in made) < AHEAD * self.others:
                packed = _pack([[row.get(field) for field in _FIELDS] for row in chunk])
                made.append(self.pool.submit(_work, packed, first, threshold, limit))
            else:
                made.append(Future())
                made[-1].set_result(lines(self.index, chunk, first, threshold, limit))
            while made and (len(made) > MOST_MADE or made[0].done()):
                yield made.popleft().result()
        yield from (one.result() for one in made)


@contextmanager
def workers(index: NameIndex, count: int) -> Iterator[Workers]:
    """Yields an object that searches with `count` processes, including this process. All processes have
    loaded the index before the object is yielded.
    """
    index.search([Query(full_name="warm up")])
    others = count - 1
    if not others:
        yield Workers(index)
        return
    with tempfile.TemporaryDirectory(prefix="vedette-names-") as folder:
        index.save(Path(folder))
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(others, context, initializer=_open, initargs=(folder,)) as pool:
            while not all(f.result() for f in [pool.submit(_ready) for _ in range(4 * others)]):
                continue
            yield Workers(index, pool, others)
