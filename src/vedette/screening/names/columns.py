"""The columns (arrays) of an index. The columns are built once from the entries, saved as plain arrays, and
shared between processes by memory mapping.
"""

from __future__ import annotations

import functools
import json
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from vedette.core import codes
from vedette.core.entries import Entry
from vedette.screening.names import candidates, evidence, keys, text, tokens
from vedette.screening.names.sounds import Array
from vedette.screening.names.tokens import Tokens

#: Version of the file format of an index; an index of another version is refused.
VERSION = 3
PERSONS, ORGANIZATIONS, VESSELS = 1, 2, 4
_KINDS = {
    "person": PERSONS,
    "company": ORGANIZATIONS,
    "organization": ORGANIZATIONS,
    "organisation": ORGANIZATIONS,
    "publicbody": ORGANIZATIONS,
    "vessel": VESSELS,
    "aircraft": VESSELS,
}
SEXES = "?MFX"
#: The columns that the builder collects, each in an array of the same name, with their types.
_TYPES: dict[str, Any] = {
    **dict.fromkeys(("token_starts", "tokens", "name_entry", "entry_list"), np.int32),
    **dict.fromkeys(("birth_starts", "births", "country_starts"), np.int32),
    **dict.fromkeys(("name_position", "country"), np.int16),
    **dict.fromkeys(("name_kind", "name_weak", "entry_sex", "entry_kind"), np.int8),
}


def kind_bits(schema: str | None) -> int:
    """Returns the kinds of names that a schema allows, as bits. The schemas LegalEntity and Unknown allow
    persons and organisations. Without a schema, every kind is allowed.
    """
    if not schema:
        return PERSONS | ORGANIZATIONS | VESSELS
    return _KINDS.get(schema.strip().casefold(), PERSONS | ORGANIZATIONS)


@functools.cache
def places() -> dict[str, int]:
    """Maps the code of a country to the index of the country in `codes.countries()`."""
    return {country.alpha2: place for place, country in enumerate(codes.countries())}


class Texts:
    """Stores many short texts in one block of bytes."""

    def __init__(self) -> None:
        self.blob = bytearray()
        self.starts = array("q", [0])

    def add(self, value: str) -> None:
        self.blob += value.encode("utf-8", "replace")
        self.starts.append(len(self.blob))

    def arrays(self) -> tuple[Array, Array]:
        return np.frombuffer(bytes(self.blob), np.uint8), np.array(self.starts, np.int64)


class Builder:
    """Collects the data of entries in columns, one entry at a time.

    The entries are not kept after the collection.
    """

    def __init__(self) -> None:
        self.words: dict[str, int] = {}
        self.lists: dict[str, int] = {}
        self.token_starts, self.tokens = array("i", [0]), array("i")
        self.name_entry, self.name_position = array("i"), array("h")
        self.name_kind, self.name_weak = array("b"), array("b")
        self.name_text, self.refs = Texts(), Texts()
        self.entry_list, self.entry_sex, self.entry_kind = array("i"), array("b"), array("b")
        self.birth_starts, self.births = array("i", [0]), array("i")
        self.country_starts, self.country = array("i", [0]), array("h")

    def add(self, list_id: str, entry: Entry) -> None:
        """Adds one entry of the watchlist `list_id`."""
        kind = kind_bits(entry.schema or "Unknown")
        number = len(self.entry_list)
        self.entry_list.append(self.lists.setdefault(list_id, len(self.lists)))
        self.entry_kind.append(kind)
        self.entry_sex.append(max(SEXES.find(entry.sex or "?"), 0))
        self.refs.add(entry.ref)
        for born in entry.birth_dates:
            self.births.extend(
                (evidence.number_of(born.from_), evidence.number_of(born.to), int(born.approximate))
            )
        self.birth_starts.append(len(self.births) // 3)
        # Nationalities are stored as numbers, other countries as the complements of their numbers.
        known = places()
        self.country.extend(known[c] for c in entry.nationalities if c in known)
        self.country.extend(~known[c] for c in entry.countries if c in known)
        self.country_starts.append(len(self.country))
        for position, name in enumerate(entry.names[:32000]):
            for variant in text.variants(name.full):
                self.tokens.extend([self.words.setdefault(w, len(self.words)) for w in variant])
                self.token_starts.append(len(self.tokens))
                self.name_entry.append(number)
                self.name_position.append(position)
                self.name_kind.append(kind)
                self.name_weak.append(int(name.weak))
                self.name_text.add(name.full[: text.MAX_TEXT])

    def columns(self) -> Columns:
        """Returns the finished columns and empties the builder."""
        table = tokens.build(list(self.words))
        self.words.clear()
        found: dict[str, Array] = {
            name: getattr(table, name) for name in ("text", "meta", "hashes", "masks")
        }
        found |= {name: np.array(getattr(self, name), kind) for name, kind in _TYPES.items()}
        found["name_text"], found["name_text_starts"] = self.name_text.arrays()
        found["refs"], found["ref_starts"] = self.refs.arrays()
        lists = list(self.lists)
        self.__init__()  # type: ignore[misc]
        _look_up(found, table)
        return Columns(found, lists)


def _look_up(found: dict[str, Array], table: Tokens) -> None:
    """Adds the hash tables, the postings (the names that contain each word) and the weights to the
    columns."""
    starts, toks = found["token_starts"], found["tokens"]
    flat, meta = table.arrays()[:2]
    found.update(_table("key", keys.all_token_keys, flat, meta))
    found.update(_table("joined", keys.all_name_keys, flat, meta, starts, toks))
    about = np.zeros(len(starts) - 1, np.int16)
    kinds = found.pop("name_kind")
    # The known facts of every entry, as bits.
    born = (np.diff(found["birth_starts"]) > 0) * evidence.BORN
    come = (np.diff(found["country_starts"]) > 0) * evidence.FROM
    facts = np.asarray(born | come | (found["entry_sex"] > 0) * evidence.SEXED, np.int32)
    candidates.describe(meta, starts, toks, found["name_entry"], facts, kinds, about)
    begin, rows = np.zeros(len(table.hashes) + 1, np.int32), np.zeros(len(toks), np.int32)
    middle, told = np.zeros(len(table.hashes), np.int32), np.zeros(len(toks), np.int64)
    candidates.postings(starts, toks, about, begin, middle, rows, told)
    found.update(
        post_begin=begin, post_middle=middle, post_rows=rows, post_told=told, name_about=about
    )


def _table(name: str, compute: Callable[..., int], *arrays: Array) -> dict[str, Array]:
    """Returns the hash table of the keys that the function `compute` derives from the given arrays."""
    size = compute(*arrays, True, np.empty(0, np.uint32), np.empty(0, np.int32))
    found, owners = np.empty(size, np.uint32), np.empty(size, np.int32)
    compute(*arrays, False, found, owners)
    bits = max(4, size.bit_length() - 1)
    starts = np.zeros((1 << bits) + 1, np.int32)
    out, out_owners = np.empty_like(found), np.empty_like(owners)
    keys.place(found, owners, bits, starts, out, out_owners)
    return {f"{name}_starts": starts, f"{name}_keys": out, f"{name}_owners": out_owners}


class Columns:
    """The arrays of an index, each with its name, and the names of the watchlists."""

    def __init__(self, found: dict[str, Array], lists: list[str]) -> None:
        self.arrays = found
        self.lists = lists
        self.tokens = Tokens(found["text"], found["meta"], found["hashes"], found["masks"])

    def __getitem__(self, name: str) -> Array:
        return self.arrays[name]

    def save(self, folder: Path) -> None:
        """Writes one `.npy` file for each column and the file `index.json` into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, column in self.arrays.items():
            np.save(folder / f"{name}.npy", column)
        about = {"version": VERSION, "lists": self.lists, "columns": sorted(self.arrays)}
        (folder / "index.json").write_text(json.dumps(about), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Columns:
        """Maps the columns of a saved index into memory. All processes share the same memory pages. Raises
        ValueError if the folder contains no index of this version."""
        about = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        if about.get("version") != VERSION:
            raise ValueError("the index was saved by another version: build it again")
        # Copy-on-write, because the kernels are compiled for writable arrays; no code writes to them.
        found = {
            name: np.asarray(np.load(folder / f"{name}.npy", mmap_mode="c"))
            for name in about["columns"]
        }
        return cls(found, list(about["lists"]))
