"""Reads watchlists, and returns them as `entries.WatchlistFile`. Each module reads one format or the formats
of one publisher. `LISTS` contains all formats. `read` reads the file at a path and the other files of the
same list. `read_bytes` reads uploaded content. If a list cannot be read at all, `read` and `read_bytes` raise
`UnknownList`. An unreadable row or entry is reported as a problem, and the other entries are kept.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from vedette.core.entries import Entry, WatchlistFile

from . import (
    bis,
    canada,
    csl,
    dfat,
    eu_fsf,
    ftm,
    interpol,
    ofac,
    ofac_parties,
    seco,
    template,
    uk,
    un,
    worldbank,
)
from .common import MAX_BYTES, PROBLEMS, ListFormat, Problems, Source, UnknownList
from .diff import Diff, EntryChange, FieldChange, diff, entry_hash, list_hash
from .unpack import opened, refuse

__all__ = [
    "LISTS",
    "PROBLEMS",
    "Diff",
    "EntryChange",
    "FieldChange",
    "ListFormat",
    "Problems",
    "UnknownList",
    "diff",
    "entry_hash",
    "list_hash",
    "read",
    "read_bytes",
    "stream",
    "unpacked",
]

#: Name → format, in the order in which the formats are tried.
LISTS: dict[str, ListFormat] = {
    known.name: known
    for known in (
        un.FORMAT,
        ofac.XML,
        ofac_parties.ADVANCED,
        ofac_parties.ENHANCED,
        eu_fsf.FORMAT,
        uk.LIST_XML,
        uk.LIST_CSV,
        uk.OFSI_XML,
        uk.OFSI_CSV,
        seco.FORMAT,
        canada.FORMAT,
        csl.JSON,
        csl.CSV,
        dfat.FORMAT,
        ofac.CSV,
        bis.FORMAT,
        worldbank.JSON,
        worldbank.CSV,
        interpol.FORMAT,
        ftm.FORMAT,
        ftm.SIMPLE,
        template.FORMAT,
    )
}


def read(path: Path, format: str | None = None) -> WatchlistFile:
    """Reads the list at `path`. If the file is `*_sdn.csv`, the files `*_alt.csv` and `*_add.csv` in the same
    folder are read too.

    Raises `UnknownList` if the file cannot be opened, is too large or has no known format.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UnknownList(f"{path.name}: larger than {MAX_BYTES >> 20} MB; split the list")
        data = path.read_bytes()
        beside = {
            name: (path.parent / name).read_bytes()
            for name in ofac.neighbour_names(path.name).values()
            if (path.parent / name).is_file() and (path.parent / name).stat().st_size <= MAX_BYTES
        }
    except OSError as error:
        reason = error.strerror or "cannot be opened"
        raise UnknownList(f"{path.name}: {reason}; check the path and its rights") from error
    return read_bytes(data, path.name, format, beside)


def read_bytes(
    data: bytes,
    name: str,
    format: str | None = None,
    neighbours: Mapping[str, bytes] | None = None,
) -> WatchlistFile:
    """Reads a list from its bytes, its file name and the other files of the same upload (name → bytes).

    `format` is a key of `LISTS`. If `format` is missing, the format is recognised from the content. Raises
    `UnknownList` in the same cases as `read`, and also if no entry could be read.
    """
    problems = Problems()
    chosen, entries, published = stream(data, name, problems, format, neighbours)
    return WatchlistFile(
        format=chosen.name,
        entries=tuple(entries),
        published=published,
        problems=problems.listed(),
    )


def stream(
    data: bytes,
    name: str,
    problems: Problems,
    format: str | None = None,
    neighbours: Mapping[str, bytes] | None = None,
) -> tuple[ListFormat, Iterator[Entry], dt.datetime | None]:
    """Reads a list like `read_bytes`, but returns the format, an iterator of the entries, and the date of
    issue. Problems are added to `problems` while the caller iterates."""
    source = opened(_bounded(Source(name, data, neighbours or {})))
    chosen = _choose(source, format)
    try:
        entries, published = chosen.read(source, problems)
    except RecursionError as error:
        raise UnknownList(f"{name}: nested too deeply to be a list; check the file") from error
    unique = _with_unique_refs(entries, problems)
    first = next(unique, None)
    if first is None:
        why = problems.found[0] if problems.found else None
        told = f" ({why.message}{', ' + why.segment if why.segment else ''})" if why else ""
        raise UnknownList(f"{name}: no entry of {chosen.title} could be read{told}; check the file")
    return chosen, itertools.chain([first], unique), published


def unpacked(data: bytes, name: str) -> bytes | None:
    """Returns the unpacked content of a file; None if it has the format of a watchlist."""
    source = opened(_bounded(Source(name, data)))
    return None if any(one.sniff(source) for one in LISTS.values()) else source.data


def _bounded(source: Source) -> Source:
    if len(source.data) > MAX_BYTES:
        raise UnknownList(f"{source.name}: larger than {MAX_BYTES >> 20} MB; split the list")
    return source


def _choose(source: Source, format: str | None) -> ListFormat:
    known = ", ".join(LISTS)
    if not source.data.strip():
        raise UnknownList(f"{source.name}: empty; fetch the list again")
    if format is not None:
        if format not in LISTS:
            raise UnknownList(
                f"{source.name}: unknown list format {format!r}; the known formats are {known}"
            )
        return LISTS[format]
    for candidate in LISTS.values():
        if candidate.sniff(source):
            return candidate
    raise refuse(source)


def _with_unique_refs(entries: Iterable[Entry], problems: Problems) -> Iterator[Entry]:
    """Adds the suffix `#2`, `#3` … to repeated ids (`ref`), so that no entry replaces another."""
    seen: dict[str, int] = {}
    for number, entry in enumerate(entries, start=1):
        count = seen[entry.ref] = seen.get(entry.ref, 0) + 1
        if count > 1:
            told = f"entry {entry.ref} occurs {count} times in the list"
            problems.add("ref_repeated", told, f"entry {number}")
            entry = msgspec.structs.replace(entry, ref=f"{entry.ref}#{count}")
        yield entry
