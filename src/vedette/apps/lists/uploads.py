"""Reads uploaded files of lists in a process of its own, so that messages do not wait for it, its memory is
freed at the end, and a file that exhausts the memory ends nothing else."""

from __future__ import annotations

import logging
import logging.config
import multiprocessing
import os
import uuid
from multiprocessing.process import BaseProcess
from typing import Any

from psycopg import Connection

from vedette.server import logs

logger = logging.getLogger(__name__)

#: Processes that may end without a result before the files are refused.
MOST_ATTEMPTS = 2

_WAITS = """
    SELECT id FROM lists_listdraft
    WHERE upload IS NOT NULL AND head IS NULL AND refusal = '' ORDER BY created_at LIMIT 1
"""
_TAKE = "SELECT pg_try_advisory_lock(hashtext('vedette uploaded list'), hashtext(%s))"
_LEAVE = "SELECT pg_advisory_unlock(hashtext('vedette uploaded list'), hashtext(%s))"


class Reader:
    """Starts the process when it is needed. Each worker has one `Reader`."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection
        self._process: BaseProcess | None = None

    def look(self) -> bool:
        """Starts the process if an upload waits and no process reads it. Returns whether the process of this
        worker runs."""
        if self._process is not None and self._process.is_alive():
            return True
        self._process = None
        row = self._connection.execute(_WAITS).fetchone()
        if row is None or self._connection.execute(_TAKE, [str(row[0])]).fetchone() != (True,):
            return False
        # The lock was free, so no process reads this upload.
        self._connection.execute(_LEAVE, [str(row[0])])
        context = multiprocessing.get_context("spawn")
        self._process = context.Process(target=serve, args=(row[0],), daemon=True)
        self._process.start()
        return True

    def wait(self) -> None:
        """Waits until the running process ends."""
        if self._process is not None:
            self._process.join()

    def stop(self) -> None:
        """Ends the process. Another process reads the files again."""
        if self._process is not None and self._process.is_alive():
            self._process.terminate()
            self._process.join(5)


def serve(draft: uuid.UUID) -> None:
    """Reads the files of a draft."""
    import django

    django.setup()
    logging.config.dictConfig(logs.config())
    logs.quiet_exceptions()
    os.nice(5)
    read(draft)


def read(id_: uuid.UUID) -> None:
    """Reads the files of a draft and stores its entries, or why they cannot be read."""
    import msgspec
    from django.db import connections

    from vedette.apps.keyring import keyring
    from vedette.apps.lists.actions import fill
    from vedette.apps.lists.models import DraftEntry, ListDraft
    from vedette.formats.lists import UnknownList

    with connections["intake"].cursor() as cursor:
        cursor.execute(_TAKE, [str(id_)])
        if cursor.fetchone() != (True,):
            return
    draft = ListDraft.objects.using("intake").filter(pk=id_, head=None, refusal="").first()
    if draft is None or draft.upload is None:
        return
    organisation = draft.organisation_id
    # What an earlier process stored.
    DraftEntry.objects.using("intake").filter(organisation=organisation, draft=draft).delete()
    draft.done, draft.attempts = 0, draft.attempts + 1
    draft.save(using="intake", update_fields=["done", "attempts"])
    refusal = ""
    if draft.attempts > MOST_ATTEMPTS:
        refusal = "the files need too much memory; split the list"
    else:
        try:
            sealed = keyring().open_sealed(bytes(draft.upload))
            draft.upload = None
            fill(draft, msgspec.msgpack.decode(sealed, type=dict[str, bytes]), "intake")
        except UnknownList as error:
            refusal = str(error)
        except Exception as error:
            logger.error("an uploaded list was not read: %s", logs.kind(error))
            refusal = "the files could not be read because of an internal error; try again later"
    if refusal:
        DraftEntry.objects.using("intake").filter(organisation=organisation, draft=draft).delete()
        draft.refusal, draft.upload = refusal, None
        draft.save(using="intake", update_fields=["refusal", "upload"])
