"""Computes the differences between two versions of a list, and the hashes that identify versions.

The version of an entry is the hash of its content. The hash of an entry depends neither on the position of
the entry in the list nor on the order of its aliases.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from vedette.core.entries import Entry
from vedette.core.records import Record

_FIELDS = tuple(f.name for f in msgspec.structs.fields(Entry) if f.name != "ref")
#: Fields that only entries of goods have. A missing value is not part of the hash.
_OF_GOODS = frozenset(("limit", "valid_from", "valid_to"))


class FieldChange(Record, frozen=True, kw_only=True):
    """Contains a field that differs between two versions, with its old and new value as texts, lists and
    dicts."""

    field: str
    before: Any = None
    after: Any = None


class EntryChange(Record, frozen=True, kw_only=True):
    """Contains an entry whose content differs between two versions, with the differing fields."""

    before: Entry
    after: Entry
    fields: tuple[FieldChange, ...]


class Diff(Record, frozen=True, kw_only=True):
    """Contains the differences between two versions of a list. `added` and `removed` contain whole
    entries."""

    added: tuple[Entry, ...] = ()
    changed: tuple[EntryChange, ...] = ()
    removed: tuple[Entry, ...] = ()


def _canonical(entry: Entry, field: str) -> Any:
    """Returns the value of a field as texts, lists and dicts. If the value is a list, it is sorted. Each name
    in the list contains its kind (primary or alias)."""
    value = msgspec.to_builtins(getattr(entry, field))
    if isinstance(value, (list, tuple)):
        return sorted(value, key=msgspec.json.encode)
    return value


def entry_hash(entry: Entry) -> str:
    """Returns the SHA-256 hash (hexadecimal) of the id (`ref`) and the content of an entry, in canonical
    order."""
    values = ((f, _canonical(entry, f)) for f in _FIELDS)
    content = [entry.ref, [[f, v] for f, v in values if v is not None or f not in _OF_GOODS]]
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()


def list_hash(entries: Iterable[Entry]) -> str:
    """Returns the version of a list: the SHA-256 hash (hexadecimal) of the hashes of its entries. The order
    of the entries does not change the hash."""
    return hashlib.sha256("\n".join(sorted(map(entry_hash, entries))).encode()).hexdigest()


def diff(old: Iterable[Entry], new: Iterable[Entry]) -> Diff:
    """Compares two versions of one list. Two entries with the same `ref` are two versions of one entry. The
    differences are in the order of the list."""
    before = {e.ref: e for e in old}
    after = {e.ref: e for e in new}
    changed = []
    for ref, entry in after.items():
        was = before.get(ref)
        if was is None or was == entry:
            continue
        fields = tuple(
            FieldChange(field=f, before=b, after=a)
            for f in _FIELDS
            if (b := _canonical(was, f)) != (a := _canonical(entry, f))
        )
        if fields:
            changed.append(EntryChange(before=was, after=entry, fields=fields))
    return Diff(
        added=tuple(e for ref, e in after.items() if ref not in before),
        changed=tuple(changed),
        removed=tuple(e for ref, e in before.items() if ref not in after),
    )
