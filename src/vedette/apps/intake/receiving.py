"""Machines put files into the inbox: the command line, a watched folder, the demonstration."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from pathlib import PurePath
from typing import Any, NamedTuple

from psycopg import Connection

from vedette import formats
from vedette.apps.columns import new_id
from vedette.keys import Keys


class Placed(NamedTuple):
    """What became of a file: accepted, duplicate or refused, and why."""

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
    """One file into the inbox, sealed; what is no message at all is refused at the door.

    The same bytes twice are a duplicate. `name` is kept without its folders. `received_at` is now, but
    for a demonstration whose messages fell due before it was started.
    """
    try:
        formats.sniff(data)
    except formats.Unreadable as error:
        return Placed("refused", why=str(error))
    id_ = new_id()
    token = keys.token("inbox", hashlib.sha256(data).hexdigest())
    row = connection.execute(
        "INSERT INTO intake_inbox (id, organisation_id, received_at, source, name, size, token, state,"
        " attempts, alone, sealed) VALUES (%s, %s, %s, %s, %s, %s, %s, 'waiting', 0, 0, %s)"
        " ON CONFLICT (organisation_id, token) DO NOTHING RETURNING id",
        [
            id_,
            organisation,
            received_at or dt.datetime.now(dt.UTC),
            source,
            PurePath(name).name[:200],
            len(data),
            token,
            keys.seal(data),
        ],
    ).fetchone()
    return Placed("accepted", id_) if row else Placed("duplicate")
