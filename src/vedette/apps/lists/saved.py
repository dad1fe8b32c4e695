"""Stores the indexes of names in files. Workers save the files, and web processes map them into memory.

The setting `VEDETTE_CACHE` names the folder; without it, every process builds its own index. The
files contain names of listed people. So the folder has the mode 0700, the files have the mode 0600,
and the earlier files of an index are deleted when a new file is saved.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from vedette.screening.knowledge import KnownEntry
from vedette.screening.names import scripts
from vedette.screening.names.index import NameIndex
from vedette.screening.names.jit import FINGERPRINT

logger = logging.getLogger(__name__)


def key(number: int, entries: Sequence[KnownEntry]) -> str:
    """Returns the name of the index of these entries. The name depends on `number` (the number of
    changes of the lists), on the content of the entries, and on the version of the engine, so that
    a wrong index is never loaded."""
    found = hashlib.sha256(f"{FINGERPRINT} {scripts.icu() is not None}".encode())
    for known in entries:
        found.update(f"\0{known.id} {known.hash}".encode())
    return f"{number}-{found.hexdigest()[:24]}"


def load(organisation: uuid.UUID, name: str) -> NameIndex | None:
    """Returns the index that was saved under the name. Returns None if there is no such index, or
    if other users may access the folder."""
    folder = _folder(organisation)
    if folder is None:
        return None
    try:
        if (folder.stat().st_mode & 0o077) or folder.stat().st_uid != os.geteuid():
            logger.warning("the saved names are open to others: chmod 700 the folder VEDETTE_CACHE")
            return None
        return NameIndex.load(folder / name)
    except (OSError, ValueError, KeyError):
        return None


def save(organisation: uuid.UUID, name: str, index: NameIndex) -> None:
    """Saves the index under the name atomically, and deletes earlier indexes."""
    folder = _folder(organisation)
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
        logger.warning("names not saved: %s", error.strerror)
    for other in folder.glob("*"):
        if other.name != name:
            shutil.rmtree(other, ignore_errors=True)


def _folder(organisation: uuid.UUID) -> Path | None:
    return Path(settings.CACHE) / "names" / str(organisation) if settings.CACHE else None
