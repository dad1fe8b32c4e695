"""Stores a part of a snapshot, with the entries of imported lists, in files that processes map into memory.

The files of a part are written once, in a stream, and never changed. A process that maps the files decodes
only the entries that match. Attributes of a list are not saved, because they may change while the entries
stay the same. The caller passes the attributes of the list. The caller hides entries that ended after the
part was written.
"""

from __future__ import annotations

import mmap
import uuid
from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import overload

import msgspec
import numpy as np

from vedette.core.entries import Entry
from vedette.core.records import Record
from vedette.screening.knowledge import (
    IdentifierBuilder,
    Identifiers,
    KnownEntry,
    ListInfo,
    Part,
)
from vedette.screening.names import columns
from vedette.screening.names.index import NameIndex
from vedette.screening.names.sounds import Array

_Stored = tuple[str, Entry]


class About(Record, frozen=True):
    """Describes the content of a saved part: the id of each list, with the number and the id of its
    version.
    """

    versions: dict[str, tuple[int, str]]


def write(folder: Path, entries: Iterable[tuple[uuid.UUID, str, str, Entry]], about: About) -> None:
    """Writes the id, the id of the list, the hash and the content of each entry into `folder`. Only the
    columns of the indexes are kept in memory.
    """
    builder, identifiers = columns.Builder(), IdentifierBuilder()
    ids, starts = bytearray(), array("q", [0])
    encode, size = msgspec.msgpack.Encoder().encode, 0
    with (folder / "entries.bin").open("wb") as out:
        for number, (id_, list_id, hash_, entry) in enumerate(entries):
            data = encode((hash_, entry))
            out.write(data)
            size += len(data)
            starts.append(size)
            ids += id_.bytes
            identifiers.add(number, entry)
            builder.add(list_id, entry)
        # An empty file cannot be mapped.
        out.write(b"\0")
    np.save(folder / "starts.npy", np.array(starts, np.int64))
    np.save(folder / "ids.npy", np.frombuffer(bytes(ids), "S16"))
    found = identifiers.finish()
    np.save(folder / "hashes.npy", found.hashes)
    np.save(folder / "owners.npy", found.owners)
    del ids, starts, identifiers, found
    builder.columns().save(folder / "names")
    (folder / "about.json").write_bytes(msgspec.json.encode(about))


class SavedEntries(Sequence[KnownEntry]):
    """The entries of a saved part. Each entry is decoded when it is read."""

    def __init__(self, saved: Saved, lists: Sequence[ListInfo | None]) -> None:
        self._saved, self._lists = saved, lists

    def __len__(self) -> int:
        return len(self._saved.ids)

    @overload
    def __getitem__(self, number: int) -> KnownEntry: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[KnownEntry]: ...
    def __getitem__(self, number: int | slice) -> KnownEntry | Sequence[KnownEntry]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        listed = self._lists[self._saved.owners[number]]
        if listed is None:
            raise LookupError("the list of this entry is hidden")
        first, last = self._saved.starts[number : number + 2].tolist()
        hash_, entry = msgspec.msgpack.decode(self._saved.data[first:last], type=_Stored)
        id_ = bytes(self._saved.ids[number]).ljust(16, b"\0")
        return KnownEntry(id=str(uuid.UUID(bytes=id_)), list=listed, entry=entry, hash=hash_)

    def numbers(self, ids: Collection[uuid.UUID]) -> Array:
        """Returns the row numbers of the entries with the given ids. Ids that do not occur are ignored."""
        return self._saved.numbers(ids)


class Saved:
    """The mapped files of a part. Raises OSError or ValueError if the files are not complete."""

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self.about = msgspec.json.decode((folder / "about.json").read_bytes(), type=About)
        self.names = NameIndex.load(folder / "names")
        self.starts, self.ids, hashes, owners = (
            np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r"))
            for name in ("starts", "ids", "hashes", "owners")
        )
        self.identifiers = Identifiers(hashes, owners)
        with (folder / "entries.bin").open("rb") as file:
            self.data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        #: The number of the list of each entry, in `lists`.
        self.owners: Array = self.names.columns["entry_list"]
        self.lists = self.names.columns.lists
        if not len(self.ids) == len(self.owners) == len(self.starts) - 1:
            raise ValueError("the files of the saved lists do not belong together")

    def __len__(self) -> int:
        return len(self.ids)

    def part(self, lists: Mapping[str, ListInfo], ended: Collection[uuid.UUID]) -> Part:
        """Returns the part without the entries of other lists, and without the entries with the ids in
        `ended`.
        """
        infos = [lists.get(id_) for id_ in self.lists]
        shown = np.array([info is not None for info in infos], np.bool_)[self.owners]
        shown[self.numbers(ended)] = False
        return Part(SavedEntries(self, infos), self.names, self.identifiers, shown)

    def numbers(self, ids: Collection[uuid.UUID]) -> Array:
        """Returns the row numbers of the entries with the given ids. Ids that do not occur are ignored."""
        wanted = np.frombuffer(b"".join(id_.bytes for id_ in ids), "S16")
        places = np.searchsorted(self.ids, wanted)
        places = places[places < len(self.ids)] if len(self.ids) else places[:0]
        return places[np.isin(self.ids[places], wanted)]
