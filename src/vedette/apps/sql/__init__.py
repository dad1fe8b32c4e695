"""SQL that migrations cannot express: partitions, row-level security, grants, functions, triggers."""

from __future__ import annotations

from pathlib import Path

#: In the order in which they run: each may use what those before it define.
FILES = (
    "side_tables", "scope", "journal", "accounts", "lists", "hits", "retention", "profiles", "requests",
    "figures",
)  # fmt: skip


def sql(name: str) -> str:
    """The text of `<name>.sql` beside this module."""
    return (Path(__file__).parent / f"{name}.sql").read_text("utf-8")
