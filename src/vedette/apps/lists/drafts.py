"""Reads uploaded files of lists, and imports approved large lists, in a separate process. Messages and
requests do not wait for this process, and its memory is freed when it ends. A file that exhausts the memory
ends only this process."""

from __future__ import annotations

import logging
import time
import uuid
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any

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
_TAKE = "SELECT pg_try_advisory_lock(hashtext('vedette draft of a list'), hashtext(%s))"
_LEAVE = "SELECT pg_advisory_unlock(hashtext('vedette draft of a list'), hashtext(%s))"


class Drafts:
    """Starts the process that reads or imports drafts, when a draft is waiting. Each worker has one instance
    of `Drafts`."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection
        self._process: BaseProcess | None = None
        self._later = 0.0

    def look(self) -> bool:
        """Starts the process if a draft is waiting and no process has taken the draft. Returns whether the
        process of this worker is running."""
        if self._process is not None and self._process.is_alive():
            return True
        self._ended()
        if time.monotonic() < self._later:
            return False
        for organisation, id_ in waiting(self._connection):
            if self._connection.execute(_TAKE, [str(id_)]).fetchone() == (True,):
                # The lock was free, so no process works on this draft.
                self._connection.execute(_LEAVE, [str(id_)])
                self._process = processes.start("vedette.apps.lists.drafts:work", organisation, id_)
                return True
        return False

    def wait(self) -> None:
        """Waits until the process that this worker started has ended."""
        if self._process is not None:
            self._process.join()

    def stop(self) -> None:
        """Ends the process. Another process then processes the draft from the beginning."""
        if self._process is not None and self._process.is_alive():
            self._process.terminate()
            self._process.join(5)

    def _ended(self) -> None:
        if self._process is not None and self._process.exitcode:
            self._later = time.monotonic() + RETRY_S
            logger.error("a list was not read or stored: its process failed")
        self._process = None


def waiting(connection: Connection[Any]) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """Returns the drafts that wait for a process, with their organisations."""
    return connection.execute(_WAITS).fetchall()


def work(organisation: uuid.UUID, id_: uuid.UUID) -> None:
    """Reads the files of a draft and stores its entries, or imports the approved draft. If the files cannot
    be read or imported, stores the reason."""
    from django.db import connections

    from vedette.apps.lists.actions import row_of
    from vedette.apps.lists.models import ListDraft

    with connections["intake"].cursor() as cursor:
        cursor.execute(_TAKE, [str(id_)])
        if cursor.fetchone() != (True,):
            return
        try:
            mine = ListDraft.objects.using("intake").filter(organisation=organisation, pk=id_)
            draft = mine.select_related("organisation", "created_by").filter(refusal="").first()
            if draft is None:
                return
            draft.attempts += 1
            row_of(draft, "intake").update(attempts=draft.attempts)
            if draft.approved_at is not None:
                _import(draft)
            elif draft.upload is not None and draft.head is None:
                _read(draft)
        finally:
            cursor.execute(_LEAVE, [str(id_)])


def _import(draft: ListDraft) -> None:
    from django.core.exceptions import PermissionDenied

    from vedette.apps.lists.actions import apply_draft

    assert draft.created_by is not None  # noqa: S101  a user asked for the approval
    try:
        apply_draft(draft, draft.created_by, using="intake")
    except PermissionDenied:
        _refuse(draft, "the user who requested the import may not import lists any more")


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
