"""Versions of lists and what changed between them."""

from __future__ import annotations

import msgspec

from vedette.core.entries import Entry, EntryName
from vedette.formats.lists import diff, entry_hash, list_hash

A = Entry(ref="1", names=(EntryName(full="Abel"), EntryName(full="Bea", kind="alias")))
B = Entry(ref="2", names=(EntryName(full="Carl"),), nationalities=("FR", "BE"))


def test_order_is_no_change() -> None:
    """A publisher that prints aliases or entries in another order has changed nothing."""
    turned = msgspec.structs.replace(A, names=A.names[::-1])
    assert entry_hash(A) == entry_hash(turned)
    assert list_hash([A, B]) == list_hash([B, turned])
    assert diff([A, B], [B, turned]).changed == ()


def test_a_change_names_its_field_with_before_and_after() -> None:
    """The officer sees what changed, not only that something did."""
    married = msgspec.structs.replace(B, nationalities=("FR",))
    new = Entry(ref="3", names=(EntryName(full="Dora"),))
    found = diff([A, B], [married, new])
    assert [e.ref for e in found.added] == ["3"]
    assert [e.ref for e in found.removed] == ["1"]
    (change,) = found.changed
    assert [(f.field, f.before, f.after) for f in change.fields] == [
        ("nationalities", ["BE", "FR"], ["FR"])
    ]
    assert entry_hash(B) != entry_hash(married)


def test_a_stored_entry_keeps_its_hash_in_later_versions() -> None:
    """The journal compares stored entries with the hashes of their versions: a field that is added to
    `Entry` must not count where it is empty, or every list of yesterday would be called changed."""
    assert entry_hash(B) == ("870142b903c53dedf9a6d51a1bb4b7d3bbba43e180cb8dd7dd543e31c5e42657")
