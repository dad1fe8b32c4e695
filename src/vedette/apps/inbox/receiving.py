"""Machines put files into the inbox: the command line, a watched folder, the demonstration."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from typing import Any, NamedTuple

from psycopg import Connection

from vedette import kinds
from vedette.apps.accounts.locking import lock
from vedette.apps.inbox.fields import FILE_NAME
from vedette.core.filenames import cleaned
from vedette.core.ids import new_id
from vedette.formats.edifact import Unreadable
from vedette.keys.ring import Keys


class Placed(NamedTuple):
    """What became of a file: accepted, duplicate or refused, and why, at which byte."""

    state: str
    id: uuid.UUID | None = None
    why: str = ""
    offset: int | None = None


def put_in(
    connection: Connection[Any],
    keys: Keys,
    organisation: uuid.UUID,
    name: str,
    data: bytes,
    source: str,
    received_at: dt.datetime | None = None,
) -> Placed:
    """One file into the inbox, sealed; what is no message at all is refused at the door.

    The same bytes twice are a duplicate. `name` is kept without its folders. `received_at` is now, but
    for a demonstration whose messages fell due before it was started.
    """
    try:
        kinds.sniff(data)
    except Unreadable as error:
        return Placed("refused", why=error.reason, offset=error.offset)
    id_ = new_id()
    token = keys.token("inbox", hashlib.sha256(data).hexdigest())
    row = connection.execute(
        "INSERT INTO inbox_inbox (id, organisation_id, received_at, source, name, size, token, state,"
        " attempts, sealed) VALUES (%s, %s, %s, %s, %s, %s, %s, 'waiting', 0, %s)"
        " ON CONFLICT (organisation_id, token) DO NOTHING RETURNING id",
        [
            id_,
            organisation,
            received_at or dt.datetime.now(dt.UTC),
            source,
            lock(shown, FILE_NAME) if (shown := cleaned(name)) else "",
            len(data),
            token,
            keys.seal(data),
        ],
    ).fetchone()
    return Placed("accepted", id_) if row else Placed("duplicate")
