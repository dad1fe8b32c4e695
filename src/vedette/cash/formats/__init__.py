"""The formats of messages about cash."""

from __future__ import annotations

from vedette.cash import announcements
from vedette.cash.formats import statement, table
from vedette.core.kind import FileReader, Reader

READERS: tuple[Reader, ...] = (
    FileReader(
        name=table.NAME,
        what="declarations of cash, counts, and departure declarations of a partner as CSV",
        versions="headings of the template",
        called="CSV of cash",
        sniff=table.sniff,
        read=table.read,
    ),
    statement.READER,
    announcements.READER,
)
