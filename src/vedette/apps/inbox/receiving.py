"""Puts files into the inbox for processes without a user: the command line, the watched folder and the
demonstration."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from typing import Any, NamedTuple

from psycopg import Connection

from vedette import kinds
from vedette.apps.inbox.fields import FILE_NAME
from vedette.apps.keyring import lock
from vedette.core.filenames import cleaned
from vedette.core.ids import new_id
from vedette.formats.edifact import Unreadable
from vedette.keys.ring import Keys


class Placed(NamedTuple):
    """The result for a file: accepted, duplicate or refused. For a refused file, `why` contains the reason
    and the position of the byte at which reading stopped.
    """

    state: str
    id: uuid.UUID | None = None
    why: str = ""


def put_in(
    connection: Connection[Any],
    keys: Keys,
    organisation: uuid.UUID,
    name: str,
    data: bytes,
    source: str,
    received_at: dt.datetime | None = None,
) -> Placed:
    """Encrypts a file and puts it into the inbox, or refuses it if its format is unknown.

    A file with the same bytes is a duplicate. Folders are removed from the file name before the name is
    stored. The default of `received_at` is the present time. The demonstration passes earlier times.
    """
    try:
        kinds.sniff(data)
    except Unreadable as error:
        return Placed("refused", why=f"byte {error.offset}: {error.reason}")
    id_ = new_id()
    token = keys.token("inbox", hashlib.sha256(data).hexdigest())
    row = connection.execute(
        "INSERT INTO inbox_inbox (id, organisation_id, received_at, source, name, size, token, state,"
        " attempts, sealed) VALUES (%s, %s, coalesce(%s, vedette_now()), %s, %s, %s, %s, 'waiting', 0, %s)"
        " ON CONFLICT (organisation_id, token) DO NOTHING RETURNING id",
        [
            id_,
            organisation,
            received_at,
            source,
            lock(shown, FILE_NAME) if (shown := cleaned(name)) else "",
            len(data),
            token,
            keys.seal(data),
        ],
    ).fetchone()
    return Placed("accepted", id_) if row else Placed("duplicate")
