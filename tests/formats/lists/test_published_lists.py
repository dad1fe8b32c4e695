"""The real lists: every entry that a publisher printed is there."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.shared import shared

from vedette.formats.lists import diff, read


@pytest.mark.parametrize(
    ("file", "format", "entries", "names"),
    [
        ("ofac_sdn_2021-06_sdn.csv", "OFAC-CSV", 8976, 23312),
        ("ofac_consolidated_nonsdn_2025-03-28.xml", "OFAC-XML", 443, 1578),
        ("canada_sema_2025.xml", "CA-SEMA-XML", 4759, 8253),
        ("bis_dpl_2021_dpl.txt", "BIS-DPL", 461, 461),
        ("un_consolidated_2025-04-19.xml", "UN-XML", 877, 4028),
    ],
)
def test_every_entry_is_read(file: str, format: str, entries: int, names: int) -> None:
    """Entry counts are the publishers' own; name counts are ours, pinned against loss."""
    found = read(shared("data", "watchlists", file))
    assert (found.format, len(found.entries)) == (format, entries)
    assert sum(len(e.names) for e in found.entries) == names


def test_damaged_un_list_keeps_every_entry_and_names_the_rest() -> None:
    """The copy of 2025-08-16 has illegal characters, stray signs and scripts cut to one byte."""
    found = read(shared("data", "watchlists", "un_consolidated_2025-08-16.xml"))
    assert Counter(e.schema for e in found.entries) == {"Person": 684, "Organization": 195}
    codes = Counter(p.code for p in found.problems)
    assert codes["xml_broken"] == codes["encoding"] == 1
    assert codes["entry_unreadable"] == 0
    assert all(p.segment and p.offset for p in found.problems if p.code == "name_unreadable")
    assert not [n for e in found.entries for n in e.names if any(c < " " for c in n.full)]


def test_difference_of_two_un_lists() -> None:
    """Between April and August 2025 the UN added three entries and removed one."""
    old = read(shared("data", "watchlists", "un_consolidated_2025-04-19.xml")).entries
    new = read(shared("data", "watchlists", "un_consolidated_2025-08-16.xml")).entries
    found = diff(old, new)
    assert (len(found.added), len(found.removed)) == (3, 1)
    assert all(change.fields for change in found.changed)
