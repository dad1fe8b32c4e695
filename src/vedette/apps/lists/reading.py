"""Reads the files of a list without using the database. The result contains the entries with their ids
(`ref`) and hashes, the problems, and the hash of the content.

Pages show the result before the import stores it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping

import msgspec

from vedette.core.entries import Entry
from vedette.core.filenames import cleaned, problem
from vedette.core.records import Record, Warning
from vedette.formats import lists
from vedette.formats.lists.ofac import neighbour_names

#: The maximum length of an id (`ref`). A longer id is replaced by its first characters and a hash.
MAX_REF = 100
#: The maximum number of problems that are stored with a version. Any other problems are only counted.
MAX_PROBLEMS = 1000


class Item(Record, frozen=True):
    """An entry with the hash of its content."""

    entry: Entry
    hash: str


class ReadList(Record, frozen=True):
    """A list as it was read from its files. `content_hash` does not depend on the order of the entries."""

    format: str
    file_name: str
    content_hash: str
    items: tuple[Item, ...]
    published: dt.datetime | None = None
    problems: tuple[Warning, ...] = ()


def read_files(files: Mapping[str, bytes]) -> ReadList:
    """Reads one list from one or several files (the three files of OFAC, or parts of a list). `files` maps
    file names to contents.

    Raises `lists.UnknownList` if the list cannot be read. The text of the exception names the file, the place
    and the remedy. Each unreadable row becomes a problem, and the other rows are kept.
    """
    if not files:
        raise lists.UnknownList("no file: choose the file or files of the list")
    for why in filter(None, map(problem, files)):
        raise lists.UnknownList(why)
    named = {cleaned(name) or "list": data for name, data in files.items()}
    if len(named) < len(files):
        raise lists.UnknownList("two files have the same name; send them under names of their own")
    files = named
    beside = {n for name in files for n in neighbour_names(name).values()}
    read = [
        lists.read_bytes(data, name, None, {n: files[n] for n in beside if n in files})
        for name, data in sorted(files.items())
        if name not in beside
    ]
    problems = [problem for one in read for problem in one.problems]
    items = _items([entry for one in read for entry in one.entries], problems)
    if len(problems) > MAX_PROBLEMS:
        left = len(problems) - MAX_PROBLEMS
        problems[MAX_PROBLEMS:] = [
            Warning(code="more", message=f"{left} further problems are not stored")
        ]
    hashes = "\n".join(sorted(item.hash for item in items))
    return ReadList(
        format=read[0].format,
        file_name=", ".join(sorted(files))[:200],
        content_hash=hashlib.sha256(hashes.encode()).hexdigest(),
        items=items,
        published=read[0].published,
        problems=tuple(problems),
    )


def _items(entries: list[Entry], problems: list[Warning]) -> tuple[Item, ...]:
    """Returns the entries with unique ids (`ref`), in a form that the database accepts. An entry that is in
    two files is returned once."""
    found: dict[str, Item] = {}
    for raw in entries:
        entry, number = _storable(raw, problems), 2
        while entry is not None:
            item = Item(entry=entry, hash=lists.entry_hash(entry))
            if found.setdefault(entry.ref, item).hash == item.hash:
                break
            entry = msgspec.structs.replace(entry, ref=f"{raw.ref[: MAX_REF - 6]}#{number}")
            number += 1
    return tuple(found.values())


def _storable(entry: Entry, problems: list[Warning]) -> Entry | None:
    """Returns the entry without NUL characters, and with an id (`ref`) that is not too long. Returns None if
    a text contains half of a surrogate pair. PostgreSQL's JSON accepts neither NUL characters nor half of a
    surrogate pair."""
    try:
        text = msgspec.json.encode(entry)
    except UnicodeEncodeError:
        problems.append(
            Warning(code="entry_unreadable", message="an entry is not Unicode text; left out")
        )
        return None
    if b"\\u0000" in text:
        entry = msgspec.convert(_without_nul(msgspec.to_builtins(entry)), Entry)
        problems.append(Warning(code="entry_repaired", message="an entry contained NUL characters"))
    if len(entry.ref) > MAX_REF:
        digest = hashlib.sha256(entry.ref.encode()).hexdigest()
        entry = msgspec.structs.replace(entry, ref=f"{entry.ref[: MAX_REF - 20]}#{digest[:12]}")
    return entry


def _without_nul(value: object) -> object:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {key: _without_nul(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nul(item) for item in value]
    return value
