"""SQL that migrations cannot express: partitions, row-level security, grants, functions, triggers.

The app has no models. The migration of this app runs after the migrations of the other shared apps, and
before the migrations of the kinds of subject.
"""

from __future__ import annotations

from pathlib import Path

#: The files in the order in which they run; each may use the definitions of those before it.
FILES = (
    "side_tables", "scope", "journal", "accounts", "lists", "hits", "retention", "profiles", "requests",
    "figures", "notices", "enforcement", "firearms", "submissions", "release", "links", "operations",
    "library", "cooperation", "offline",
    "assistance",
)  # fmt: skip


def sql(name: str) -> str:
    """Returns the text of the file `<name>.sql` in the folder of this module."""
    return (Path(__file__).parent / f"{name}.sql").read_text("utf-8")
