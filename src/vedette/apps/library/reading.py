"""A separate process reads the text of an uploaded file. The process has limits of time and memory. If the
process is killed, the worker continues. If a file exceeds a limit twice, its text is not stored; a search
then finds its item only by title and summary.
"""

from __future__ import annotations

import logging
import resource
import uuid

from django.db import connections

from vedette.library import files
from vedette.server import logs

logger = logging.getLogger(__name__)

#: Seconds of processor time and bytes of memory of the process, and processes that may end without a result.
PROCESSOR_S, MEMORY, MOST_ATTEMPTS = 120, 2 << 30, 2
#: Variants whose file waits (`lists.drafts.Step`).
WAITS = """
    SELECT organisation_id, id FROM library_variant WHERE state = 'waiting' ORDER BY attempts, id LIMIT 20
"""
_TAKE = """
    UPDATE library_variant v SET attempts = v.attempts + 1 FROM library_file f
    WHERE v.organisation_id = %s AND v.id = %s AND v.state = 'waiting' AND f.variant_id = v.id
    RETURNING v.attempts, v.media, f.data
"""
_KEEP = """
    UPDATE library_variant SET state = %s, text = %s, to_index = true
    WHERE organisation_id = %s AND id = %s AND state = 'waiting'
"""


def work(organisation: uuid.UUID, id_: uuid.UUID) -> None:
    """Runs in a separate process: limits the process, then reads the text of the file of a variant."""
    _limit()
    read(organisation, id_)


def read(organisation: uuid.UUID, id_: uuid.UUID) -> None:
    """Reads the text of the file of a variant, and stores it. The limits of time and memory of the calling
    process apply.
    """
    with connections["intake"].cursor() as cursor:
        cursor.execute(_TAKE, [organisation, id_])
        row = cursor.fetchone()
    if row is None:
        return
    attempts, media, data = row
    state, text = "failed", ""
    if attempts <= MOST_ATTEMPTS:
        try:
            text = files.text_of(media, bytes(data))
            state = "ready" if text.strip() else "empty"
        except files.WrongFile as error:
            logger.warning("the text of a file of the library was not read: %s", error.code)
        except (MemoryError, RecursionError) as error:
            logger.warning("the text of a file of the library was not read: %s", logs.kind(error))
    _keep(organisation, id_, state, text)


def _limit() -> None:
    for what, most in ((resource.RLIMIT_CPU, PROCESSOR_S), (resource.RLIMIT_AS, MEMORY)):
        _, hard = resource.getrlimit(what)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (allowed, hard))


def late(organisation: uuid.UUID, id_: uuid.UUID) -> None:
    """Records that reading the file of a variant took too long."""
    _keep(organisation, id_, "failed", "")


def _keep(organisation: uuid.UUID, id_: uuid.UUID, state: str, text: str) -> None:
    with connections["intake"].cursor() as cursor:
        cursor.execute(_KEEP, [state, text.replace("\0", ""), organisation, id_])
