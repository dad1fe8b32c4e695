"""The sealer: adds committed rows to the hash chain every second. The key of the chain is not
stored in the database.

An advisory lock ensures that only one worker seals at a time. Each batch is one transaction. If the worker is
killed, either the whole batch is in the hash chain, or no row of the batch is in the chain.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection

from vedette.apps.copying import copy_in
from vedette.apps.journal import canonical, heads
from vedette.apps.journal.canonical import MAY_GO, Link
from vedette.keys.ring import Keys

logger = logging.getLogger(__name__)

#: The seconds between two rounds, the maximum number of rows that a transaction seals, and the time
#: between two heads.
EVERY_S = 1.0
BATCH = 10_000
HEAD_EVERY = dt.timedelta(minutes=1)

_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('vedette journal'))"
_TAKE = """
    DELETE FROM journal_pending WHERE id IN
        (SELECT id FROM journal_pending ORDER BY id LIMIT %s)
    RETURNING id, kind, row_id, gone, proof
"""
_SEALED = """
    SELECT n.kind, n.row_id, n.gone FROM unnest(%s::text[], %s::text[], %s::boolean[]) n (kind, row_id, gone),
    LATERAL (SELECT FROM journal_seal s
             WHERE s.kind = n.kind AND s.row_id = n.row_id AND s.gone = n.gone LIMIT 1) there
"""
_COLUMNS = ("seq", "kind", "row_id", "gone", "at", "epoch", "words", "hash")


def seal_batch(connection: Connection[Any], keys: Keys) -> int:
    """Adds up to `BATCH` waiting rows to the hash chain in one transaction, and returns the number
    of these rows. Returns 0 if another worker is sealing.
    """
    key_id = keys.ids("chain")[-1]
    key, epoch = keys.key(key_id), int(key_id.split("-")[1])
    with connection.transaction():
        locked = connection.execute(_LOCK).fetchone()
        if not locked or not locked[0]:
            return 0
        taken = connection.execute(_TAKE, [BATCH]).fetchall()
        notes = _sound(connection, keys, sorted(taken, key=lambda note: note[0]))
        found = {
            kind: canonical.rows(connection, kind, [r for k, r, _ in notes if k == kind])
            for kind in {kind for kind, _, _ in notes}
        }
        said = canonical.words(
            connection, key, [r for k, r, gone in notes if k == "decision" and not gone]
        )
        seq, before = heads.last_seal(connection)
        at = dt.datetime.now(dt.UTC)
        rows = []
        for number, (kind, row_id, gone) in enumerate(notes, seq + 1):
            # A row that no longer exists here was removed without a proof. The seal of an empty row
            # records this permanently.
            row = b"" if gone else found[kind].get(row_id, b"")
            words = None if gone else said.get(row_id)
            link = Link(number, kind, row_id, gone, at, epoch, words)
            before = canonical.link_hash(key, before, link, row)
            rows.append((*link, before))
        copy_in(connection, "journal_seal", _COLUMNS, rows)
    return len(taken)


def _sound(
    connection: Connection[Any], keys: Keys, taken: Sequence[tuple[Any, ...]]
) -> list[tuple[str, str, bool]]:
    """Returns the valid notes about waiting rows, in order. Leaves out forged notes, that is, notes that the
    triggers cannot have written. A note is forged if its kind or id is unknown, or if its row is already in
    the hash chain. A note is also forged if its row was deleted without proof. A forged note must not prevent
    other rows from being added to the hash chain. The command that verifies the journal reports forged notes.
    """
    columns = [[note[n] for note in taken] for n in (1, 2, 3)]
    done = set(connection.execute(_SEALED, columns))
    notes = dict.fromkeys(
        (kind, row_id, gone)
        for _, kind, row_id, gone, proof in taken
        if (kind, row_id, gone) not in done
        and canonical.id_ok(kind, row_id)
        and (not gone or (kind in MAY_GO and canonical.proven(keys, kind, row_id, proof)))
    )
    if len(notes) < len(taken):
        logger.error(
            "%d notes for the sealer are not valid: run vedette journal verify",
            len(taken) - len(notes),
        )
    return list(notes)


def seal_all(connection: Connection[Any], keys: Keys) -> int:
    """Seals batches until no row is waiting. Returns the number of sealed rows."""
    done = 0
    while count := seal_batch(connection, keys):
        done += count
    return done


#: Functions that write rows to a file in the folder of the heads. The sealing worker calls them after
#: each round. An app adds its function when Django loads the app.
file_writers: list[Callable[[Connection[Any], Keys, Path], object]] = []


class Sealer:
    """Adds rows to the hash chain (seals them) in a thread of a worker, with a separate database connection.
    The thread runs from the call of `start` to the call of `stop`.
    """

    def __init__(self, dsn: str, keys: Keys, folder: Path) -> None:
        keys.require("chain", "heads")
        heads.make_folder(folder)
        self._dsn, self._keys, self._folder = dsn, keys, folder
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sealer", daemon=True)

    def start(self) -> None:
        """Starts sealing."""
        self._thread.start()

    def stop(self) -> None:
        """Seals the waiting rows, signs a last head, and stops."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                with psycopg.connect(self._dsn, autocommit=True) as connection:
                    self._seal(connection)
                return
            except Exception as error:
                # Usually the database server is not reachable. The waiting rows are sealed when it is
                # available again.
                logger.error("sealing stopped: %s; trying again", type(error).__name__)
            if self._ended.wait(EVERY_S):
                return

    def _seal(self, connection: Connection[Any]) -> None:
        ending = False
        while not ending:
            ending = self._ended.wait(EVERY_S)
            seal_all(connection, self._keys)
            every = dt.timedelta(0) if ending else HEAD_EVERY
            heads.sign_if_due(connection, self._keys, self._folder, every)
            for write in file_writers:
                write(connection, self._keys, self._folder)
