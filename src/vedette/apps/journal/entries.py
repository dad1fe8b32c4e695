"""Checks that the entries of each list match the hashes in its chained versions.

The hash of a version covers the hashes of its entries (`lists/reading.py`), the hash of an entry its
content. Lookouts have no versions: for them, only the content is checked against its hash.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import msgspec
from psycopg import Connection

from vedette.core.entries import Entry
from vedette.formats.lists import entry_hash

#: Number of entries read at once.
_BATCH = 5_000

_VERSIONS = """
    SELECT w.id::text, v.number, v.content_hash, v.id::text
    FROM lists_watchlist w LEFT JOIN lists_listversion v ON v.watchlist_id = w.id
    WHERE NOT w.lookouts ORDER BY w.id, v.number
"""
#: The text of a lookout is deleted a month after its end (`retention/housekeeping.py`); then it cannot be
#: checked.
_ENTRIES = """
    SELECT e.id::text, e.watchlist_id::text, e.content_hash, e.since, e.until, e.ref, e.content::text
    FROM lists_listentry e JOIN lists_watchlist w ON w.id = e.watchlist_id
    WHERE NOT (w.lookouts AND e.content = jsonb_build_object('ref', e.ref))
"""


class _List:
    """The hashes of a list's entries, by the number of the version that added or ended them."""

    def __init__(self) -> None:
        self.begun: dict[int, list[str]] = defaultdict(list)
        self.ended: dict[int, list[str]] = defaultdict(list)


def check(connection: Connection[Any], tell: Callable[[str], None]) -> None:
    """Reports every changed entry, and for each list the first version whose entries differ from those it
    had."""
    lists: dict[str, _List] = defaultdict(_List)
    with connection.cursor(name="entries") as cursor:
        cursor.itersize = _BATCH
        cursor.execute(_ENTRIES)
        for id_, watchlist, hash_, since, until, ref, content in cursor:
            if not _is(content, ref, hash_):
                tell(f"entry {id_} of list {watchlist} was changed")
            lists[watchlist].begun[since].append(hash_)
            if until is not None:
                lists[watchlist].ended[until].append(hash_)
    versions: dict[str, dict[int, tuple[str, str]]] = defaultdict(dict)
    for watchlist, number, hash_, id_ in connection.execute(_VERSIONS).fetchall():
        versions[watchlist] |= {number: (hash_, id_)} if number is not None else {}
    for watchlist, numbers in versions.items():
        _check_list(watchlist, lists[watchlist], numbers, tell)


def _is(content: str, ref: str, hash_: str) -> bool:
    try:
        entry = msgspec.json.decode(content, type=Entry)
    except msgspec.ValidationError:
        return False
    return entry.ref == ref and entry_hash(entry) == hash_


def _check_list(
    watchlist: str,
    entries: _List,
    versions: dict[int, tuple[str, str]],
    tell: Callable[[str], None],
) -> None:
    current: list[str] = []
    for number, (hash_, id_) in versions.items():
        ended = set(entries.ended[number])
        current = [one for one in current if one not in ended] + entries.begun[number]
        current.sort()
        if hashlib.sha256("\n".join(current).encode()).hexdigest() != hash_:
            tell(f"the entries of list version {id_} (number {number}) are not the ones it had")
            return
    if (entries.begun.keys() | entries.ended.keys()) - versions.keys():
        tell(f"list {watchlist} has entries that no version brought or ended")
