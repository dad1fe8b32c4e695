"""Puts files into the inbox for processes without a user: the command line, the watched folder and the
demonstration."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from typing import Any, NamedTuple

from psycopg import Connection

from vedette import kinds
from vedette.apps.inbox import FILE_NAME
from vedette.apps.keyring import lock
from vedette.core.filenames import cleaned
from vedette.core.ids import new_id
from vedette.formats.edifact import Unreadable
from vedette.keys.ring import Keys

#: The submitter of files that an operator or a watched folder put in without naming an account.
OPERATOR = "operator"


def of_account(account: uuid.UUID) -> str:
    """Returns the submitter of the files of an account."""
    return f"account:{account}"


def bytes_of(data: bytes, submitter: str) -> tuple[str, ...]:
    """Returns the values by which the same file is recognised: the hash of its bytes, and the account that
    submitted it. The same bytes from another account count as a different file. Otherwise, another account
    could send a copy of a file first, and the original file from the real sender would be refused.
    """
    digest = hashlib.sha256(data).hexdigest()
    return (digest,) if submitter == OPERATOR else (digest, submitter)


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
    submitter: str = OPERATOR,
) -> Placed:
    """Encrypts a file and puts it into the inbox, or refuses it if its format is unknown.

    A file with the same bytes from the same submitter is a duplicate. Folders are removed from the file name
    before the name is stored. The default of `received_at` is the present time. The demonstration passes
    earlier times.
    """
    try:
        kinds.sniff(data)
    except Unreadable as error:
        return Placed("refused", why=f"byte {error.offset}: {error.reason}")
    id_ = new_id()
    token = keys.token("inbox", *bytes_of(data, submitter))
    row = connection.execute(
        "INSERT INTO inbox_inbox (id, organisation_id, received_at, source, submitter, name, size, token,"
        " state, attempts, sealed)"
        " VALUES (%s, %s, coalesce(%s, vedette_now()), %s, %s, %s, %s, %s, 'waiting', 0, %s)"
        " ON CONFLICT (organisation_id, token) DO NOTHING RETURNING id",
        [
            id_,
            organisation,
            received_at,
            source,
            submitter,
            lock(shown, FILE_NAME) if (shown := cleaned(name)) else "",
            len(data),
            token,
            keys.seal(data),
        ],
    ).fetchone()
    return Placed("accepted", id_) if row else Placed("duplicate")
