"""Builds the saved part of a snapshot of lists (`screening/saved.py`) in a separate process. Messages then do
not wait until the part is built, and the memory is freed when the process ends.

The setting `VEDETTE_CACHE` is the path of the folder of the saved parts. The saved parts contain data of
listed people. Therefore only the operating-system user of the workers may access the saved parts. If the
folder has the set-group-ID bit, the web processes may also read the parts, through the group of the folder.
When a new part is saved, the earlier part is deleted. This module does not import the models, so that the
process needs little memory.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import logging.config
import multiprocessing
import os
import shutil
import stat
import sys
import time
import uuid
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from psycopg import Connection

from vedette.core.entries import Entry
from vedette.screening.names import columns, scripts
from vedette.screening.names.jit import FINGERPRINT
from vedette.screening.saved import About, Saved, write
from vedette.server import logs

logger = logging.getLogger(__name__)

#: Exit status of the process → the problem that the page of lists explains.
PROBLEMS = {3: "disk", 4: "memory", -9: "memory"}
#: Exit status of a process that did nothing, because another one builds the part.
_BUSY = 5
#: Seconds until a part that could not be built is tried again.
RETRY_S = 60.0
#: The number of entries that are read from the database at a time.
_BATCH = 2000

_VERSIONS = """
    SELECT DISTINCT ON (v.watchlist_id) v.watchlist_id, v.number, v.id FROM lists_listversion v
    JOIN lists_watchlist w ON w.id = v.watchlist_id
    WHERE w.organisation_id = %(organisation)s AND v.organisation_id = %(organisation)s
      AND NOT w.lookouts AND w.of_kind = ''
    ORDER BY v.watchlist_id, v.number DESC
"""
# The ids are searched in the saved part, so the entries are in their order.
_ENTRIES = """
    SELECT id, watchlist_id, content_hash, content::text FROM lists_listentry
    WHERE organisation_id = %(organisation)s AND watchlist_id = ANY(%(lists)s) AND until IS NULL
    ORDER BY id
"""
_NUMBER = "SELECT number FROM lists_knowledgestate WHERE organisation_id = %s"
_LOCK = "SELECT pg_try_advisory_lock(hashtext('vedette saved lists'), hashtext(%s))"
_UNLOCK = "SELECT pg_advisory_unlock(hashtext('vedette saved lists'), hashtext(%s))"
#: Stores why the lists of an organisation are not in force.
PROBLEM = """
    UPDATE lists_knowledgestate SET problem = %(problem)s,
        problem_at = CASE WHEN %(problem)s = '' THEN NULL ELSE now() END
    WHERE organisation_id = %(organisation)s AND problem <> %(problem)s
"""


def _engine() -> str:
    """Returns a hash of the software versions; the content of the saved files depends on these versions and
    on the entries."""
    return hashlib.sha256(
        f"{FINGERPRINT} {columns.VERSION} {scripts.icu() is not None}".encode()
    ).hexdigest()[:12]


_ENGINE = _engine()


def folder_of(cache: str, organisation: uuid.UUID) -> Path:
    """Returns the folder that contains the saved parts of an organisation."""
    return Path(cache) / "lists" / str(organisation)


def newest(folder: Path) -> str:
    """Returns the name of the newest part that this version of the engine saved, or an empty text if none
    exists."""
    try:
        return max((n for n in os.listdir(folder) if n.endswith(f"-{_ENGINE}")), default="")
    except OSError:
        return ""


def load(folder: Path, name: str) -> Saved | None:
    """Maps a saved part. Returns None if the part is damaged, or if other users may access the folder."""
    try:
        state, owner = folder.stat(), folder.parent.parent.stat().st_uid
        if state.st_mode & 0o027 or state.st_uid not in (owner, os.geteuid()):
            logger.warning(
                "other users may access the saved lists: check the rights of the folder VEDETTE_CACHE"
            )
            return None
        return Saved(folder / name)
    except (OSError, ValueError, KeyError, msgspec.MsgspecError) as error:
        logger.warning("the saved lists cannot be read: %s", logs.kind(error))
        return None


def save(connection: Connection[Any], organisation: uuid.UUID, cache: str) -> str:
    """Saves the current entries of all imported lists, and deletes earlier parts. Returns the name of the new
    part, or an empty text if another process is saving a part now."""
    if connection.execute(_LOCK, [str(organisation)]).fetchone() != (True,):
        return ""
    folder = folder_of(cache, organisation)
    Path(cache).mkdir(parents=True, exist_ok=True)
    # New files have the group of a folder with this bit.
    shared = bool(Path(cache).stat().st_mode & stat.S_ISGID)
    mask = os.umask(0o027 if shared else 0o077)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _save(connection, organisation, folder)
    finally:
        os.umask(mask)


def _save(connection: Connection[Any], organisation: uuid.UUID, folder: Path) -> str:
    for left in folder.glob(".new-*"):  # a process was killed while it wrote
        shutil.rmtree(left, ignore_errors=True)
    being = folder / f".new-{uuid.uuid4().hex[:12]}"
    being.mkdir()
    try:
        with connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            number = (connection.execute(_NUMBER, [organisation]).fetchone() or (0,))[0]
            versions = {
                list_id: (version, str(id_))
                for list_id, version, id_ in connection.execute(
                    _VERSIONS, {"organisation": organisation}
                )
            }
            about = About({str(list_id): version for list_id, version in versions.items()})
            write(being, _entries(connection, organisation, list(versions)), about)
        for file in filter(Path.is_file, being.rglob("*")):
            # After a loss of power, a part that has its name is complete.
            with file.open("rb") as written:
                os.fsync(written.fileno())
        # Two parts with the same number would be those of a restored database.
        name = f"{number:012d}-{uuid.uuid4().hex[:12]}-{_ENGINE}"
        being.rename(folder / name)
    except BaseException:
        shutil.rmtree(being, ignore_errors=True)
        raise
    for other in folder.iterdir():
        if other.name != name:
            shutil.rmtree(other, ignore_errors=True)
    return name


def _entries(
    connection: Connection[Any], organisation: uuid.UUID, lists: list[uuid.UUID]
) -> Iterator[tuple[uuid.UUID, str, str, Entry]]:
    decode = msgspec.json.Decoder(Entry).decode
    names = {list_id: str(list_id) for list_id in lists}
    with connection.cursor(name="saved_lists") as cursor:
        cursor.itersize = _BATCH
        cursor.execute(_ENTRIES, {"organisation": organisation, "lists": lists})
        for id_, list_id, hash_, content in cursor:
            yield id_, names[list_id], hash_, decode(content)


class Builder:
    """Starts the process that builds a saved part, when a new part is needed. Each worker has one instance of
    `Builder`."""

    def __init__(self, connection: Connection[Any], dsn: str) -> None:
        self._connection, self._dsn = connection, dsn
        self._running: tuple[BaseProcess, uuid.UUID, set[uuid.UUID]] | None = None
        self._later: dict[uuid.UUID, float] = {}

    def look(self, wanted: set[uuid.UUID], cache: str) -> None:
        """Starts the process for one of the organisations in `wanted`, if no process is running. If the last
        process failed, stores the reason. Removes the organisation from `wanted` if its process succeeded.
        The caller adds the organisation again if further entries changed in the meantime."""
        if self._running is not None and self._running[0].is_alive():
            return
        self._ended()
        for organisation in sorted(wanted):
            if self._later.get(organisation, 0.0) < time.monotonic() and self._free(organisation):
                # A new process is spawned, because the threads of other libraries do not work after a fork.
                context = multiprocessing.get_context("spawn")
                args = (self._dsn, organisation, cache)
                process = context.Process(target=serve, args=args, daemon=True)
                process.start()
                self._running = process, organisation, wanted
                return

    def wait(self) -> None:
        """Waits until the process that this worker started has ended."""
        if self._running is not None:
            self._running[0].join()
        self._ended()

    def stop(self) -> None:
        """Ends the process. The unfinished files are deleted by the next process that builds a part."""
        if self._running is not None and self._running[0].is_alive():
            self._running[0].terminate()
            self._running[0].join(5)

    def _free(self, organisation: uuid.UUID) -> bool:
        values = [str(organisation)]
        if self._connection.execute(_LOCK, values).fetchone() != (True,):
            return False
        self._connection.execute(_UNLOCK, values)
        return True

    def _ended(self) -> None:
        if self._running is None:
            return
        (process, organisation, wanted), self._running = self._running, None
        code = process.exitcode
        if code == _BUSY:
            return
        problem = PROBLEMS.get(code, "error") if code else ""
        if problem:
            self._later[organisation] = time.monotonic() + RETRY_S
            logger.error("the lists could not be prepared: %s", problem)
        else:
            wanted.discard(organisation)
        report(self._connection, organisation, problem)


def report(connection: Connection[Any], organisation: uuid.UUID, problem: str) -> None:
    """Stores the reason why the lists of an organisation cannot be prepared. The reason is empty if the lists
    can be prepared."""
    connection.execute(PROBLEM, {"organisation": organisation, "problem": problem})


def serve(dsn: str, organisation: uuid.UUID, cache: str) -> None:
    """Saves the entries of all lists of an organisation in a part. If saving fails, the exit status of the
    process is a key of `PROBLEMS`, or 1 for an error that is not listed."""
    logging.config.dictConfig(logs.config())
    logs.quiet_exceptions()
    os.nice(5)
    try:
        with psycopg.connect(dsn, autocommit=True) as connection:
            if not save(connection, organisation, cache):
                sys.exit(_BUSY)
    except MemoryError:
        sys.exit(4)
    except OSError as error:
        logger.error("the lists were not saved: %s", logs.kind(error))
        sys.exit(3 if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES) else 1)
