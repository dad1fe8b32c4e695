"""SQL that Django's migrations cannot say: partitions, row-level security, grants, search."""

from __future__ import annotations

from pathlib import Path


def sql(name: str) -> str:
    """The text of `<name>.sql` beside this module."""
    return (Path(__file__).parent / f"{name}.sql").read_text("utf-8")
