"""Loads the current lists of an organisation as a snapshot (`screening/knowledge.py`). The snapshot is loaded
again if the lists have changed or a new part was saved.

A snapshot consists of up to three parts:

- the saved part with the entries of imported lists (`building.py`), which all processes map into memory;
- the entries that changed since that part was saved, which each process keeps in memory;
- the lookouts, which each process keeps in memory.

If more entries changed than `most_changes` allows, the worker starts the building of a new saved part. Until
the new part is ready, the former version of the lists with the most changes stays in use. Without the setting
`VEDETTE_CACHE`, nothing is saved, and every process keeps all entries in memory.
"""

from __future__ import annotations

import logging
import math
import threading
import time
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
from django.conf import settings
from django.db import DatabaseError, connections

from vedette.apps import query
from vedette.apps.lists import building
from vedette.core.entries import Entry
from vedette.core.errors import ListsNotReady
from vedette.screening.knowledge import Knowledge, KnownEntry, ListInfo, Part
from vedette.screening.saved import Saved, SavedEntries
from vedette.server.logs import kind

if TYPE_CHECKING:
    from vedette.apps.accounts.models import User

logger = logging.getLogger(__name__)

#: Entries that may have changed since the saved part was built, before a new one is built: a tenth of the
#: saved entries, within these limits.
LEAST, MOST = 2_000, 20_000


class _Held(NamedTuple):
    """A loaded snapshot, with the number of changes and the name of the saved part at the time of loading.
    `key` identifies the content of the part `changed`. After an error, the lists are loaded again at the time
    `again`."""

    number: int
    name: str
    knowledge: Knowledge
    key: object = None
    changed: Part | None = None
    again: float = math.inf

    def is_of(self, number: int, name: str) -> bool:
        """Whether the lists and the saved part are unchanged since this snapshot was loaded."""
        return (self.number, self.name) == (number, name) and time.monotonic() < self.again


class _List(NamedTuple):
    """A list with the versions from which its entries can be loaded. `last` is the number of its last
    version, or None if there is no version. `saved` is the number of its version in the saved part, and
    `known` is true if the database has that version. `former` is the version that stays in force until the
    last version can be used. `changes` is the number of entries that changed between the saved version and
    the last version; `former_changes` is the same number for the former version."""

    info: ListInfo
    last: int | None
    saved: int
    known: bool
    changes: int
    former: int
    former_changes: int


#: The snapshots, by organisation and by the themes and purposes of the reader (none for workers).
_held: dict[tuple[uuid.UUID, frozenset[str]], _Held] = {}
#: The saved parts that this process has mapped.
_saved: dict[uuid.UUID, Saved] = {}
#: Organisations for which a worker must have a new part built.
wanted: set[uuid.UUID] = set()
_lock = threading.Lock()

_LISTS = """
SELECT w.id, w.name, w.weight, w.themes, w.purpose, w.expires_on, w.lookouts, max(v.number),
       coalesce(b.number, 0), b.version IS NULL OR bool_or(v.id = b.version),
       coalesce(sum(v.added + 2 * v.changed + v.removed)
                FILTER (WHERE v.number > coalesce(b.number, 0)), 0),
       greatest(b.number, c.number, 0),
       coalesce(sum(v.added + 2 * v.changed + v.removed)
                FILTER (WHERE v.number > coalesce(b.number, 0) AND v.number <= c.number), 0)
FROM lists_watchlist w
LEFT JOIN LATERAL (
    SELECT (s.compared ->> w.id::text)::int AS number FROM lists_knowledgestate s
    WHERE s.organisation_id = w.organisation_id
) c ON true
LEFT JOIN unnest(%(lists)s::uuid[], %(numbers)s::int[], %(versions)s::uuid[])
     AS b (list, number, version) ON b.list = w.id
LEFT JOIN lists_listversion v ON v.watchlist_id = w.id AND v.organisation_id = w.organisation_id
WHERE w.organisation_id = %(organisation)s AND w.of_kind = '' GROUP BY w.id, b.number, b.version, c.number
"""
_ENTRY = (
    "SELECT e.id, e.watchlist_id, e.content::text, e.content_hash, {} FROM lists_listentry e {}"
)
#: The entries that versions after the saved ones began, as of the last version that `_LISTS` found.
_BEGUN = (
    _ENTRY.format("'', NULL", "JOIN unnest(%(lists)s::uuid[], %(saved)s::int[], %(last)s::int[])")
    + """ AS b (list, saved, last) ON e.watchlist_id = b.list
WHERE e.organisation_id = %(organisation)s AND e.since > b.saved AND e.since <= b.last
  AND (e.until IS NULL OR e.until > b.last) ORDER BY e.id"""
)
_ENDED = """
SELECT e.id FROM lists_listentry e
JOIN unnest(%(lists)s::uuid[], %(saved)s::int[], %(last)s::int[])
     AS b (list, saved, last) ON e.watchlist_id = b.list
WHERE e.organisation_id = %(organisation)s AND e.until > b.saved AND e.until <= b.last
  AND e.since <= b.saved
"""
#: The entries of lists without versions: the lookouts.
_WHOLE = (
    _ENTRY.format(
        "coalesce(l.group_label, ''), l.expires_at",
        "LEFT JOIN lists_lookout l ON l.entry_id = e.id",
    )
    + """
WHERE e.organisation_id = %(organisation)s AND e.watchlist_id = ANY(%(lists)s)
  AND e.until IS NULL AND l.ended_at IS NULL ORDER BY e.id"""
)
_ONLY = (
    _ENTRY.format(
        "coalesce(l.group_label, ''), l.expires_at",
        "LEFT JOIN lists_lookout l ON l.entry_id = e.id",
    )
    + " WHERE e.organisation_id = %(organisation)s AND e.id = ANY(%(only)s) ORDER BY e.id"
)


def most_changes(saved: int) -> int:
    """Returns the largest number of changed entries that may be kept in memory in addition to `saved` saved
    entries."""
    return min(max(LEAST, saved // 10), MOST)


def current(
    organisation: uuid.UUID, using: str = "default", seen_by: User | None = None
) -> Knowledge:
    """Returns the current snapshot. The snapshot is loaded again only if the lists have changed or a new part
    was saved. If the new snapshot cannot be loaded, the former snapshot stays in force.

    If `seen_by` is given, the snapshot contains only the lists of the themes and purposes of this user. The
    transaction must have the scope of the user. Raises `ListsNotReady` if no snapshot could be loaded yet.
    """
    number = query.changes("lists_knowledgestate", organisation, using)
    folder = building.folder_of(settings.CACHE, organisation)
    name = building.newest(folder) if settings.CACHE else ""
    key = (organisation, frozenset((*seen_by.themes, *seen_by.purposes) if seen_by else ()))
    held = _held.get(key)
    if held is not None and held.is_of(number, name):
        return held.knowledge
    with _lock:
        held = _held.get(key)
        if held is None or not held.is_of(number, name):
            try:
                found = _load(organisation, number, name, using, held)
            except DatabaseError:
                raise
            except ListsNotReady:
                # Nothing changed, but the saved part was lost: this process still has it.
                if held is None or held.number != number:
                    raise
                found = held._replace(name=name)
            except Exception as error:
                logger.error("the lists could not be loaded: %s", kind(error))
                if held is None:
                    raise ListsNotReady("the lists could not be loaded") from error
                _report(organisation, using, "error")
                again = time.monotonic() + building.RETRY_S
                found = held._replace(number=number, name=name, again=again)
            else:
                if organisation not in wanted:
                    _report(organisation, using, "")
            _held[key] = held = found
    return held.knowledge


def _report(organisation: uuid.UUID, using: str, problem: str) -> None:
    """Stores the reason why the last change of the lists is not in force. Only workers may store this
    reason."""
    if using == "intake":
        with connections[using].cursor() as cursor:
            cursor.execute(building.PROBLEM, {"organisation": organisation, "problem": problem})


def _load(organisation: uuid.UUID, number: int, name: str, using: str, held: _Held | None) -> _Held:
    saved = _map(organisation, name)
    with connections[using].cursor() as cursor:
        lists = _lists(cursor, organisation, saved)
        if saved is not None and not all(one.known for one in lists.values()):
            # The database was restored from a backup, so the saved part is not its own.
            saved, lists = None, _lists(cursor, organisation, None)
        lists = _kept(lists, organisation, saved, using)
        infos = {str(id_): one.info for id_, one in lists.items()}
        moved = {
            i: one for i, one in lists.items() if one.last is not None and one.last > one.saved
        }
        values: dict[str, Any] = {
            "organisation": organisation,
            "lists": list(moved),
            "saved": [one.saved for one in moved.values()],
            "last": [one.last for one in moved.values()],
        }
        key = (saved and saved.name, [infos[str(id_)] for id_ in moved])
        if held is not None and held.key == key:
            changed = held.changed
        else:
            begun = _known(cursor, _BEGUN, values, infos) if moved else []
            changed = Part.of(begun) if begun else None
        cursor.execute(_ENDED, values)
        ended = [id_ for (id_,) in cursor.fetchall()]
        whole = [id_ for id_, one in lists.items() if one.last is None]
        others = _known(cursor, _WHOLE, {"organisation": organisation, "lists": whole}, infos)
    parts = [
        part
        for part in (
            saved.part(infos, ended) if saved is not None else None,
            changed,
            Part.of(others) if others else None,
        )
        if part is not None
    ]
    knowledge = Knowledge(
        number,
        parts=parts,
        versions={str(id_): one.last for id_, one in lists.items() if one.last is not None},
        others={known.id for known in others},
    )
    return _Held(number, name, knowledge, key, changed)


def _map(organisation: uuid.UUID, name: str) -> Saved | None:
    """Returns the saved part with this name, or a newer saved part. A process maps each saved part into
    memory only once."""
    saved = _saved.get(organisation)
    if saved is not None and saved.name == name:
        return saved
    folder = building.folder_of(settings.CACHE, organisation)
    found = building.load(folder, name) if name else None
    if found is None and name and (newer := building.newest(folder)) != name:
        # A worker has replaced this part in the meantime.
        found = building.load(folder, newer)
    if found is None:
        _saved.pop(organisation, None)
    else:
        _saved[organisation] = found
    return found


def _kept(
    lists: dict[uuid.UUID, _List], organisation: uuid.UUID, saved: Saved | None, using: str
) -> dict[uuid.UUID, _List]:
    """Keeps the former version of the lists with the most changes, to limit the number of changed entries in
    memory."""
    left = sum(one.changes for one in lists.values())
    most = most_changes(len(saved) if saved is not None else 0)
    if not settings.CACHE or left <= most:
        wanted.discard(organisation)
        return lists
    if using == "intake":
        wanted.add(organisation)
    kept = dict(lists)
    for id_, one in sorted(lists.items(), key=lambda item: -item[1].changes):
        if left <= most:
            break
        left -= one.changes - one.former_changes
        info = msgspec.structs.replace(one.info, version=one.former)
        kept[id_] = one._replace(info=info, last=one.former)
    if left > most:
        # Stored subjects were compared with more entries than those that can be loaded.
        raise ListsNotReady("the lists are being prepared")
    return kept


def entries(organisation: uuid.UUID, using: str, only: Sequence[uuid.UUID]) -> list[KnownEntry]:
    """Returns the entries of an organisation with these ids."""
    with connections[using].cursor() as cursor:
        lists = _lists(cursor, organisation, None)
        infos = {str(id_): one.info for id_, one in lists.items()}
        return _known(cursor, _ONLY, {"organisation": organisation, "only": list(only)}, infos)


def limited(knowledge: Knowledge, ids: Iterable[Collection[uuid.UUID]]) -> Knowledge:
    """Returns a copy of the snapshot that contains only the entries with the given ids."""
    return _shown(knowledge, ids, True)


def without(knowledge: Knowledge, ids: Iterable[Collection[uuid.UUID]]) -> Knowledge:
    """Returns a copy of the snapshot without the entries with the given ids."""
    return _shown(knowledge, ids, False)


def _shown(knowledge: Knowledge, ids: Iterable[Collection[uuid.UUID]], listed: bool) -> Knowledge:
    masks = [np.full(len(part.entries), not listed, np.bool_) for part in knowledge.parts]
    numbers = [
        part.entries.numbers
        if isinstance(part.entries, SavedEntries)
        else partial(_numbers, {known.id: number for number, known in enumerate(part.entries)})
        for part in knowledge.parts
    ]
    for batch in ids:
        for find, mask in zip(numbers, masks, strict=True):
            mask[find(batch)] = listed
    return Knowledge(
        knowledge.number,
        parts=[
            Part(part.entries, part.names, part.identifiers, mask & part.every())
            for part, mask in zip(knowledge.parts, masks, strict=True)
        ],
    )


def _numbers(places: Mapping[str, int], ids: Collection[uuid.UUID]) -> list[int]:
    return [places[str(id_)] for id_ in ids if str(id_) in places]


def _known(
    cursor: Any, sql: str, values: dict[str, Any], lists: dict[str, ListInfo]
) -> list[KnownEntry]:
    cursor.execute(sql, values)
    return [
        KnownEntry(
            id=str(id_),
            list=lists[str(watchlist)],
            entry=msgspec.json.decode(content, type=Entry),
            hash=content_hash,
            group=group,
            expires_at=expires,
        )
        for id_, watchlist, content, content_hash, group, expires in cursor.fetchall()
    ]


def _lists(cursor: Any, organisation: uuid.UUID, saved: Saved | None) -> dict[uuid.UUID, _List]:
    versions = saved.about.versions if saved is not None else {}
    cursor.execute(
        _LISTS,
        {
            "organisation": organisation,
            "lists": [uuid.UUID(id_) for id_ in versions],
            "numbers": [number for number, _ in versions.values()],
            "versions": [uuid.UUID(version) for _, version in versions.values()],
        },
    )
    return {
        id_: _List(
            ListInfo(
                id=str(id_),
                name=name,
                weight=weight,
                themes=tuple(themes),
                purpose=purpose,
                expires_on=expires,
                lookouts=lookouts,
                version=last or 0,
            ),
            None if lookouts else last,
            number,
            bool(known),
            int(changes),
            former,
            int(former_changes),
        )
        for (
            id_,
            name,
            weight,
            themes,
            purpose,
            expires,
            lookouts,
            last,
            number,
            known,
            changes,
            former,
            former_changes,
        ) in cursor.fetchall()
    }
