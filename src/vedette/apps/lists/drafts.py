"""Reads uploaded files of lists, and imports approved large lists, in a separate process. Messages and
requests do not wait for this process, and its memory is freed when it ends. If a file exhausts the memory,
only this process ends. The process has a time limit."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any, LiteralString, NamedTuple

from psycopg import Connection

from vedette.apps import processes
from vedette.server import logs

if TYPE_CHECKING:
    from vedette.apps.lists.models import ListDraft

logger = logging.getLogger(__name__)

#: Processes that may end without a result before the files are refused.
MOST_ATTEMPTS = 2
#: Seconds until a worker whose process failed starts another one.
RETRY_S = 10.0

#: Drafts whose files wait, and approved drafts: of one list, only the draft that was approved first. Drafts
#: whose processes failed come last.
_WAITS = """
    SELECT d.organisation_id, d.id FROM lists_listdraft d
    WHERE d.refusal = '' AND (
        d.upload IS NOT NULL AND d.head IS NULL
        OR d.approved_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM lists_listdraft b
            WHERE b.organisation_id = d.organisation_id AND b.refusal = ''
              AND b.terms ->> 'name' = d.terms ->> 'name' AND b.approved_at < d.approved_at))
    ORDER BY d.attempts, coalesce(d.approved_at, d.created_at) LIMIT 20
"""
_TAKE = "SELECT pg_try_advisory_lock(hashtext(%s), hashtext(%s))"
_LEAVE = "SELECT pg_advisory_unlock(hashtext(%s), hashtext(%s))"


class Step(NamedTuple):
    """One task on drafts: reading the files, or importing. The query `waits` returns the waiting drafts
    (organisation and id). For each of these drafts, a process calls the function `work` of `module`. If a
    process exceeds its time limit, the worker calls the function `late` of the module.
    """

    waits: LiteralString
    module: str


#: Reads files, and imports lists.
READ = Step(_WAITS, __name__)


class Drafts:
    """Starts the process of a step when it is needed. Each worker has one `Drafts` object for each step."""

    def __init__(self, connection: Connection[Any], step: Step = READ) -> None:
        self.connection, self.step = connection, step
        self._running: tuple[BaseProcess, uuid.UUID, uuid.UUID] | None = None
        self._later = 0.0

    def look(self) -> bool:
        """Starts the process if a waiting draft is not locked by another process. Returns whether the process
        of this worker is running."""
        if self._running is not None and self._running[0].is_alive():
            return True
        self._ended()
        if time.monotonic() < self._later:
            return False
        for organisation, id_ in waiting(self.connection, self.step):
            with held(self.connection, self.step, id_) as free:
                pass
            if free:
                # No process works on this draft.
                function = f"{self.step.module}:work"
                process = processes.start_limited(function, organisation, id_)
                self._running = process, organisation, id_
                return True
        return False

    def wait(self) -> None:
        """Waits until the running process ends."""
        if self._running is not None:
            self._running[0].join()

    def stop(self) -> None:
        """Ends the process. Another process then processes the draft again."""
        if self._running is not None and self._running[0].is_alive():
            self._running[0].terminate()
            self._running[0].join(5)

    def _ended(self) -> None:
        if self._running is None:
            return
        (process, organisation, id_), self._running = self._running, None
        if processes.exceeded(process):
            logger.error("a process took too long with a draft of a list, and was ended")
            import_module(self.step.module).late(organisation, id_)
        elif process.exitcode:
            self._later = time.monotonic() + RETRY_S
            logger.error("a list was not read or stored: its process failed")


def waiting(connection: Connection[Any], step: Step = READ) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """Returns the drafts that wait for a process, with their organisations."""
    return connection.execute(step.waits).fetchall()


@contextmanager
def held(connection: Any, step: Step, draft: uuid.UUID) -> Iterator[bool]:
    """Locks a draft, so that only one process executes a step on it at a time. Yields False if another
    process has locked the draft."""
    lock = [f"vedette draft of a list, {step.module}", str(draft)]
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, lock)
        free = cursor.fetchone() == (True,)
        try:
            yield free
        finally:
            if free:
                cursor.execute(_LEAVE, lock)


def work(organisation: uuid.UUID, id_: uuid.UUID) -> None:
    """Reads the files of a draft and stores its entries, or imports the approved draft. If the files cannot
    be read or imported, stores the reason."""
    from django.db import connections

    from vedette.apps.lists.actions import row_of

    with held(connections["intake"], READ, id_) as free:
        draft = _draft(organisation, id_) if free else None
        if draft is None:
            return
        draft.attempts += 1
        row_of(draft, "intake").update(attempts=draft.attempts)
        if draft.approved_at is not None:
            _import(draft)
        elif draft.upload is not None and draft.head is None:
            _read(draft)


def late(organisation: uuid.UUID, id_: uuid.UUID) -> None:
    """Refuses a draft whose process was ended because it took too long."""
    draft = _draft(organisation, id_)
    if draft is not None and (draft.approved_at is not None or draft.head is None):
        _refuse(draft, "the files take too long; split the list")


def _draft(organisation: uuid.UUID, id_: uuid.UUID) -> ListDraft | None:
    from vedette.apps.lists.models import ListDraft

    mine = ListDraft.objects.using("intake").filter(organisation=organisation, pk=id_)
    return mine.select_related("organisation", "created_by").filter(refusal="").first()


def _import(draft: ListDraft) -> None:
    from django.core.exceptions import PermissionDenied

    from vedette.apps.lists.actions import apply_draft

    assert draft.created_by is not None  # noqa: S101  a user asked for the approval
    try:
        apply_draft(draft, draft.created_by, using="intake")
    except PermissionDenied:
        _refuse(draft, "the user who requested the import may not import lists any more")
    except ValueError as error:
        _refuse(draft, str(error))


def _read(draft: ListDraft) -> None:
    from vedette.apps.lists.actions import empty, fill, row_of, unpacked
    from vedette.formats.lists import UnknownList

    assert draft.upload is not None  # noqa: S101  the caller checks it
    # What an earlier process stored.
    empty(draft, "intake")
    draft.done = 0
    row_of(draft, "intake").update(done=0)
    if draft.attempts > MOST_ATTEMPTS:
        _refuse(draft, "the files need too much memory; split the list")
        return
    try:
        files = unpacked(bytes(draft.upload))
        draft.upload = None
        fill(draft, files, "intake")
    except UnknownList as error:
        _refuse(draft, str(error))
    except Exception as error:
        logger.error("an uploaded list was not read: %s", logs.kind(error))
        _refuse(draft, "the files could not be read because of an internal error; try again later")


def _refuse(draft: ListDraft, why: str) -> None:
    from vedette.apps.lists.actions import empty, row_of

    empty(draft, "intake")
    row_of(draft, "intake").update(refusal=why, upload=None)
