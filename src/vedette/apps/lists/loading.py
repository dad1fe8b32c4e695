"""Loads the current lists of an organisation into memory (a snapshot). The snapshot is cached until the
number of changes increases.

Workers save the indexes of names in files, and web processes map them into memory. The setting
`VEDETTE_CACHE` names the folder; without it, every process builds its own index. The files contain names of
listed people. Therefore the folder has the mode 0700, and the files have the mode 0600. The earlier files of
an index are deleted when a new file is saved.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import tempfile
import threading
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.db import connections

from vedette.apps import query
from vedette.apps.accounts.models import User
from vedette.core.entries import Entry
from vedette.screening.knowledge import Knowledge, KnownEntry, ListInfo
from vedette.screening.names import scripts
from vedette.screening.names.index import NameIndex
from vedette.screening.names.jit import FINGERPRINT

logger = logging.getLogger(__name__)

#: The snapshots, by organisation and by the themes and purposes of the reader (none for workers).
_held: dict[tuple[uuid.UUID, frozenset[str]], Knowledge] = {}
_lock = threading.Lock()

_ENTRIES = """
SELECT e.id, e.watchlist_id, e.content::text, e.content_hash, coalesce(l.group_label, ''), l.expires_at
FROM lists_listentry e LEFT JOIN lists_lookout l ON l.entry_id = e.id
WHERE e.organisation_id = %(organisation)s AND e.until IS NULL AND l.ended_at IS NULL
"""


def current(
    organisation: uuid.UUID, using: str = "default", seen_by: User | None = None
) -> Knowledge:
    """Returns the current snapshot. The snapshot is built again only if the number of changes has
    increased.

    If `seen_by` is given, the snapshot contains only the lists of the themes and purposes of this user. The
    transaction must have the scope of the user.
    """
    wanted = query.changes("lists_knowledgestate", organisation, using)
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
    name = index_name(wanted, found)
    names = load_index(organisation, name)
    knowledge = Knowledge(wanted, found, names=names)
    if names is None and using == "intake":
        save_index(organisation, name, knowledge.names)
    return knowledge


def entries(
    organisation: uuid.UUID, using: str, only: list[uuid.UUID] | None = None
) -> list[KnownEntry]:
    """Returns the current entries of an organisation. If `only` is given, returns only the entries with these
    ids."""
    with connections[using].cursor() as cursor:
        lists = _lists(cursor, organisation)
        condition = "" if only is None else " AND e.id = ANY(%(only)s)"
        values = {"organisation": organisation, "only": only}
        cursor.execute(f"{_ENTRIES}{condition} ORDER BY e.id", values)
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
            expires_on=expires,
            lookouts=lookouts,
            version=version,
        )
        for id_, name, weight, theme, purpose, expires, lookouts, version in cursor.fetchall()
    }


def index_name(number: int, entries: Sequence[KnownEntry]) -> str:
    """Returns the name of the index of these entries. The name depends on `number` (the number of
    changes of the lists), on the content of the entries, and on the version of the engine, so that
    a wrong index is never loaded."""
    found = hashlib.sha256(f"{FINGERPRINT} {scripts.icu() is not None}".encode())
    for known in entries:
        found.update(f"\0{known.id} {known.hash}".encode())
    return f"{number}-{found.hexdigest()[:24]}"


def load_index(organisation: uuid.UUID, name: str) -> NameIndex | None:
    """Returns the index that was saved under the name. Returns None if there is no such index, or
    if other users may access the folder."""
    folder = _index_folder(organisation)
    if folder is None:
        return None
    try:
        if (folder.stat().st_mode & 0o077) or folder.stat().st_uid != os.geteuid():
            logger.warning(
                "other users may access the saved names: run chmod 700 on the folder VEDETTE_CACHE"
            )
            return None
        return NameIndex.load(folder / name)
    except (OSError, ValueError, KeyError):
        return None


def save_index(organisation: uuid.UUID, name: str, index: NameIndex) -> None:
    """Saves the index under the name atomically, and deletes earlier indexes."""
    folder = _index_folder(organisation)
    if folder is None:
        return
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for private in (folder, folder.parent):
            private.chmod(0o700)
        if not (folder / name).exists():
            being = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
            index.save(being)
            for file in being.iterdir():
                file.chmod(0o600)
            being.rename(folder / name)
    except OSError as error:
        # Another worker has already saved the index, or the disk is full. Each process can build its own
        # index.
        logger.warning("the index of names was not saved: %s", error.strerror)
    for other in folder.glob("*"):
        if other.name != name:
            shutil.rmtree(other, ignore_errors=True)


def _index_folder(organisation: uuid.UUID) -> Path | None:
    return Path(settings.CACHE) / "names" / str(organisation) if settings.CACHE else None
