"""Docs cannot fall behind the code: marked tables are generated."""

from __future__ import annotations

import pytest
from scripts.docs_tables import regenerated

from vedette.cli import COMMANDS


def test_marked_table_is_replaced_and_the_rest_kept() -> None:
    """Only what stands between the marks changes, and a second run changes nothing."""
    page = "before\n<!-- table: commands -->\nold\n<!-- end -->\nafter\n"
    now = regenerated(page)
    assert now.startswith("before\n<!-- table: commands -->\n| command | effect |\n")
    assert now.endswith("|\n<!-- end -->\nafter\n")
    assert "old" not in now
    assert all(f"`vedette {name}`" in now for name in COMMANDS)
    assert regenerated(now) == now


#: Formats of which no public sample was at hand, by kind of subject.
WITHOUT_SAMPLE = {
    "traveller": {"PNRGOV-XML"},
    "goods": {"CARGO-XML", "CARGO-IMP", "ITMATT", "H7", "TABLE", "TABLE-XLSX", "FIND"},
    "cash": {"CASH", "CASHFORM", "CASH-CSV"},
}
#: Table of the docs → the kinds whose formats it lists.
TABLES = {"messages": ("traveller", "goods", "cash"), "goods_messages": ("goods",)}


@pytest.mark.parametrize("table", TABLES)
def test_formats_without_a_sample_are_marked(table: str) -> None:
    """Each table of messages says of which formats no public sample was at hand."""
    rows = regenerated(f"<!-- table: {table} -->\n<!-- end -->").splitlines()
    marked = [row.split("|")[1].strip(" `") for row in rows if "from the specification" in row]
    expected = {name for kind in TABLES[table] for name in WITHOUT_SAMPLE[kind]}
    assert sorted(marked) == sorted(expected)


def test_unknown_table_is_an_error() -> None:
    """A misspelt name must not leave an old table standing."""
    with pytest.raises(KeyError, match="comands"):
        regenerated("<!-- table: comands -->\n<!-- end -->")
