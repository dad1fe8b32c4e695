"""The current lists of an organisation as a snapshot. The snapshot is cached until the number of changes
increases."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from typing import Any

import msgspec
from django.db import connections

from vedette.apps import query
from vedette.apps.accounts.models import User
from vedette.apps.lists import saved
from vedette.core.entries import Entry
from vedette.screening.knowledge import Knowledge, KnownEntry, ListInfo

#: The snapshots, by organisation and by the themes and purposes of the reader (none for workers).
_held: dict[tuple[uuid.UUID, frozenset[str]], Knowledge] = {}
_lock = threading.Lock()

_ENTRIES = """
SELECT e.id, e.watchlist_id, e.content::text, e.content_hash, coalesce(l.group_label, ''), l.expires_at
FROM lists_listentry e LEFT JOIN lists_lookout l ON l.entry_id = e.id
WHERE e.organisation_id = %s AND e.until IS NULL AND l.ended_at IS NULL
"""


def number(organisation: uuid.UUID, using: str = "default") -> int:
    """Returns the number of changes of the lists of an organisation. The query reads one indexed
    row."""
    return query.changes("lists_knowledgestate", organisation, using)


def current(
    organisation: uuid.UUID, using: str = "default", seen_by: User | None = None
) -> Knowledge:
    """Returns the current snapshot. The snapshot is built again only if the number of changes has
    increased.

    With `seen_by`, the snapshot contains only the lists of the themes and purposes of that user. The
    transaction must have the scope of the user.
    """
    wanted = number(organisation, using)
    key = (organisation, frozenset((*seen_by.themes, *seen_by.purposes) if seen_by else ()))
    held = _held.get(key)
    if held is not None and held.number == wanted:
        return held
    with _lock:
        held = _held.get(key)
        if held is None or held.number != wanted:
            held = _known(wanted, organisation, using)
            _held[key] = held
    return held


def _known(wanted: int, organisation: uuid.UUID, using: str) -> Knowledge:
    """Builds a snapshot. Workers (`intake`) also build and save the index of names. Other processes map the
    saved index into memory."""
    found = entries(organisation, using)
    name = saved.key(wanted, found)
    names = saved.load(organisation, name)
    knowledge = Knowledge(wanted, found, names=names)
    if names is None and using == "intake":
        saved.save(organisation, name, knowledge.names)
    return knowledge


def entries(
    organisation: uuid.UUID, using: str, only: list[uuid.UUID] | None = None
) -> list[KnownEntry]:
    """Returns the current entries of an organisation; with `only`, the entries with these ids."""
    with connections[using].cursor() as cursor:
        lists = _lists(cursor, organisation)
        condition = ""
        values: list[Any] = [organisation]
        if only is not None:
            condition = " AND e.id = ANY(%s)"
            values.append(only)
        cursor.execute(_ENTRIES + condition + " ORDER BY e.id", values)
        return [
            KnownEntry(
                id=str(id_),
                list=lists[watchlist],
                entry=msgspec.json.decode(content, type=Entry),
                hash=content_hash,
                group=group,
                expires_at=expires,
            )
            for id_, watchlist, content, content_hash, group, expires in cursor.fetchall()
        ]


def _lists(cursor: Any, organisation: uuid.UUID) -> dict[uuid.UUID, ListInfo]:
    cursor.execute(
        "SELECT w.id, w.name, w.weight, w.theme, w.purpose, w.expires_on, w.lookouts,"
        " coalesce((SELECT max(v.number) FROM lists_listversion v WHERE v.watchlist_id = w.id), 0)"
        " FROM lists_watchlist w WHERE w.organisation_id = %s",
        [organisation],
    )
    return {
        id_: ListInfo(
            id=str(id_),
            name=name,
            weight=weight,
            theme=theme,
            purpose=purpose,
            expires_on=expires.date() if isinstance(expires, dt.datetime) else expires,
            lookouts=lookouts,
            version=version,
        )
        for id_, name, weight, theme, purpose, expires, lookouts, version in cursor.fetchall()
    }
