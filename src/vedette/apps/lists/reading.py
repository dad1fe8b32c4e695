"""Reads the files of a list as a stream, without using the database. The stream yields the entries with their
ids (refs) and hashes. The head of the list follows, with the problems and the hash of the content.

Pages show the result before the import stores it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress

import msgspec

from vedette.core.entries import Entry
from vedette.core.errors import Failure
from vedette.core.filenames import cleaned, problem
from vedette.core.records import Record, Warning
from vedette.formats import lists
from vedette.formats.lists.ofac import neighbour_names
from vedette.kinds import kinds

#: The largest total size of the files of a control list. Larger files are read as a watchlist.
MOST_CONTROL_BYTES = 32 * 1024 * 1024
#: The maximum length of an id (`ref`). A longer id is replaced by its first characters and a hash.
MAX_REF = 100


class Item(Record, frozen=True):
    """An entry with the hash of its content."""

    entry: Entry
    hash: str


class Head(Record, frozen=True):
    """Contains the content of the files of a list, without the entries. `content_hash` does not depend on the
    order of the entries. `problem_count` is the number of all problems, including the problems that are not
    listed."""

    format: str
    file_name: str
    content_hash: str
    entries: int
    published: dt.datetime | None = None
    problems: tuple[Warning, ...] = ()
    problem_count: int = 0
    #: For a control list, the kind of subject that is compared with it.
    of_kind: str = ""


def checked(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Returns the files under their cleaned names. Raises `lists.UnknownList` if there is no file, or if the
    name of a file is not allowed."""
    if not files:
        raise lists.UnknownList("no file: choose the file or files of the list")
    for why in filter(None, map(problem, files)):
        raise lists.UnknownList(why)
    named = {cleaned(name) or "list": data for name, data in files.items()}
    if len(named) < len(files):
        raise lists.UnknownList("two files have the same name; send them under names of their own")
    return named


class Seen(Record, frozen=True):
    """The number of hits of one level. `pairs` contains the (theme, purpose) pairs of all reasons of the
    hits. `seen` contains the pairs that a certain group of readers may see, and the number applies only to
    these readers. If `new` is true, the import would open these hits. If `new` is false, the hits already
    exist, and a reason would be added to each of them. If `due` is true, the number includes only hits that
    were not past due at the time of the count."""

    pairs: int
    seen: int
    new: bool
    due: bool
    level: int
    count: int


class Stored(Record, frozen=True):
    """The number of stored subjects of a kind, and the number of days on which they were received."""

    subjects: int
    days: int


class Expected(Record, frozen=True):
    """The hits that the import of a list would raise, counted at the time `at`. `problem` is a key of
    `wording.NOT_COUNTED` if the hits could not be counted. If `partial` is true, the count reached its time
    limit, and the number is a minimum.

    For a control list of the kind `of_kind`, `alarms` is the number of stored subjects for which the complete
    list gives at least one reason. `stored` contains the numbers of stored subjects of each kind at the time
    of the count.
    """

    at: dt.datetime
    problem: str = ""
    partial: bool = False
    hits: tuple[Seen, ...] = ()
    of_kind: str = ""
    alarms: int | None = None
    stored: dict[str, Stored] = msgspec.field(default_factory=dict)

    def seen_by(self, pairs: int) -> tuple[Seen, ...]:
        """Returns the hits for a reader who may see these (theme, purpose) pairs."""
        return tuple(one for one in self.hits if one.seen == one.pairs & pairs)


class Reading:
    """Reads one list from one or several files (the three files of OFAC, or parts of a list). `files` maps
    file names to contents. The caller iterates over `items` once, and `head` is then complete.

    `items` and `head` raise `lists.UnknownList` if the list cannot be read. The text of the exception names
    the file, the place and the remedy. Rows that cannot be read become problems; the other rows are kept.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = checked(files)
        self._problems = lists.Problems()
        self._format = ""
        self._published: dt.datetime | None = None
        self._hashes: list[bytes] = []
        self._of_kind = ""

    def items(self) -> Iterator[Item]:
        """Yields the entries in a form that the database accepts, with unique ids (refs). An entry that is in
        two files is returned once."""
        found: dict[str, bytes] = {}
        for raw in self._entries():
            entry, number = _storable(raw, self._problems), 2
            while entry is not None:
                item = Item(entry=entry, hash=lists.entry_hash(entry))
                digest = bytes.fromhex(item.hash)
                known = found.setdefault(entry.ref, digest)
                if known is digest:
                    self._hashes.append(digest)
                    yield item
                if known == digest:
                    break
                entry = msgspec.structs.replace(entry, ref=f"{_short(raw.ref, 6)}#{number}")
                number += 1

    def _entries(self) -> Iterator[Entry]:
        files = self._files
        if (found := self._control_list()) is not None:
            yield from found
            return
        beside = {n for name in files for n in neighbour_names(name).values()}
        for name, data in sorted(files.items()):
            if name not in beside:
                near = {n: files[n] for n in beside if n in files}
                form, entries, published = lists.stream(data, name, self._problems, None, near)
                if not self._format:
                    self._format, self._published = form.name, published
                yield from entries

    def _control_list(self) -> list[Entry] | None:
        """Returns the entries if the files contain a control list of a kind of subject, and no watchlist."""
        readers = [kind for kind in kinds().values() if kind.control_formats is not None]
        if not readers or sum(map(len, self._files.values())) > MOST_CONTROL_BYTES:
            return None
        files: dict[str, bytes] = {}
        for name, data in sorted(self._files.items()):
            content = lists.unpacked(data, name)
            if content is None:
                return None
            files[name] = content
        for kind in readers:
            assert kind.control_formats is not None  # noqa: S101  chosen above
            with suppress(Failure):
                self._format, entries, problems = kind.control_formats.read(files)
                for one in problems:
                    self._problems.add(one.code, one.message, one.segment)
                self._of_kind = kind.name
                return entries
        return None

    def head(self) -> Head:
        """Returns the head of the list. All entries of the list must have been read before."""
        hashes = "\n".join(digest.hex() for digest in sorted(self._hashes))
        return Head(
            format=self._format,
            file_name=", ".join(sorted(self._files))[:200],
            content_hash=hashlib.sha256(hashes.encode()).hexdigest(),
            entries=len(self._hashes),
            published=self._published,
            problems=self._problems.listed(),
            problem_count=len(self._problems.found) + self._problems.more,
            of_kind=self._of_kind,
        )


class Supplied(Reading):
    """Reads a control list that is supplied with vedette, as if it were a file."""

    def __init__(self, of_kind: str, key: str) -> None:
        super().__init__({key: b""})
        self._of_kind, self._key = of_kind, key

    def _entries(self) -> Iterator[Entry]:
        formats = kinds()[self._of_kind].control_formats
        assert formats is not None  # noqa: S101  the caller checks it
        self._format = "supplied"
        yield from formats.entries(self._key)


def _storable(entry: Entry, problems: lists.Problems) -> Entry | None:
    """Returns the entry without NUL characters, and with an id (`ref`) that is not too long. Returns None if
    a text contains half of a surrogate pair. PostgreSQL's JSON accepts neither NUL characters nor half of a
    surrogate pair."""
    try:
        text = msgspec.json.encode(entry)
    except UnicodeEncodeError:
        problems.add("entry_unreadable", "an entry is not Unicode text; left out")
        return None
    if b"\\u0000" in text:
        entry = msgspec.convert(_without_nul(msgspec.to_builtins(entry)), Entry)
        problems.add("entry_repaired", "an entry contained NUL characters")
    if len(entry.ref) > MAX_REF:
        entry = msgspec.structs.replace(entry, ref=_short(entry.ref))
    return entry


def _short(ref: str, spare: int = 0) -> str:
    """Returns a shortened id, to which `spare` characters can still be added. Long ids that differ only at
    their ends are shortened to different ids, so that the search for an unused id stays fast."""
    if len(ref) <= MAX_REF - spare:
        return ref
    return f"{ref[: MAX_REF - 20 - spare]}#{hashlib.sha256(ref.encode()).hexdigest()[:12]}"


def _without_nul(value: object) -> object:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {key: _without_nul(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nul(item) for item in value]
    return value
