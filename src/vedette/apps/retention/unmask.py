"""Unmasking of one subject for a limited time: a worker opens the rows of the vault for one reader.

The rules of approvals (kind `unmask`, with the id of the subject) state who may request and who may allow it.
Opened rows are stored in `retention_unmasked`: sealed, in an unlogged table. Row-level security shows them
only to the person who made the request, and to nobody after they expire.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import uuid
from functools import cache
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from psycopg import Connection

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Coded
from vedette.apps.keyring import keyring
from vedette.apps.retention.masking import open_row
from vedette.apps.subjects.tables import VAULT, declared
from vedette.keys.months import MonthKeys
from vedette.keys.ring import Keys

#: Maximum time for which opened rows are visible, whatever the approval states.
LONGEST = dt.timedelta(hours=24)


class NotAllowed(Coded):
    """No rows may be opened for the approval; `code` is the reason: state, own, late or gone."""


class Row(NamedTuple):
    """One opened row of a side table; `kind` is its kind in the vault."""

    kind: str
    owner: uuid.UUID
    part: uuid.UUID
    values: dict[str, Any]
    expires_at: dt.datetime


def open_waiting(connection: Connection[Any], keys: Keys, months: MonthKeys) -> int:
    """Opens the rows of approvals that were allowed and not opened yet; returns the number of approvals that
    opened a row. A worker calls it periodically."""
    rows = connection.execute(
        "SELECT id FROM accounts_approval a WHERE kind = 'unmask' AND state = 'allowed'"
        " AND expires_at > clock_timestamp()"
        " AND NOT EXISTS (SELECT FROM retention_unmasked u WHERE u.approval_id = a.id)"
    ).fetchall()
    return sum(1 for (id_,) in rows if open_approved(connection, keys, months, id_))


def open_approved(
    connection: Connection[Any], keys: Keys, months: MonthKeys, approval_id: uuid.UUID
) -> int:
    """Opens the rows in the vault of the subject of an approval. The person who made the request may see them
    until the approval expires.

    `connection` is a database connection with the intake role. Returns the number of rows. Raises
    `NotAllowed`, and `KeysError` if the month key is lost. A repeated call changes nothing.
    """
    with connection.transaction():
        [[now]] = connection.execute("SELECT vedette_now()")
        found = connection.execute(
            "SELECT state, kind, subject, asked_by_id, decided_by_id, glass_id, expires_at,"
            " organisation_id FROM accounts_approval WHERE id = %s FOR UPDATE",
            [approval_id],
        ).fetchone()
        subject, asker, ends, organisation = _checked(found, now)
        rows = connection.execute(
            f"SELECT kind, owner, part, retention_class, month, sealed FROM {VAULT}"  # noqa: S608
            f" WHERE organisation_id = %(organisation)s AND owner IN ({declared().owners()})",
            {"organisation": organisation, "subjects": [subject]},
        ).fetchall()
        cipher = _cipher(keys.secret("django"))
        for kind, owner, part, class_, month, sealed in rows:
            opened = open_row(months.get(class_, month), kind, owner, part, bytes(sealed))
            connection.execute(
                "INSERT INTO retention_unmasked (approval_id, kind, owner, part, subject_id,"
                " organisation_id, user_id, expires_at, sealed) VALUES (%s, %s, %s, %s, %s, %s, %s,"
                " %s, %s) ON CONFLICT DO NOTHING",
                [
                    approval_id, kind, owner, part, subject, organisation, asker, ends,
                    _hide(cipher, approval_id, opened),
                ],
            )  # fmt: skip
        if rows:
            acts.write_many(
                connection, keys,
                [
                    acts.Entry(
                        organisation, asker, "record.unmasked", str(subject),
                        {"approval": approval_id, "rows": len(rows), "until": ends},
                    )
                ],
            )  # fmt: skip
    return len(rows)


def close(connection: Connection[Any], now: dt.datetime) -> int:
    """Deletes rows that expired or whose approval is no longer valid; returns their number."""
    return connection.execute(
        "DELETE FROM retention_unmasked u WHERE expires_at <= %s OR NOT EXISTS (SELECT FROM"
        " accounts_approval a WHERE a.id = u.approval_id AND a.state = 'allowed')",
        [now],
    ).rowcount


def seen_by(subject_id: uuid.UUID) -> list[Row]:
    """The opened rows of a masked subject that the user may see now; empty without an approval.

    The query runs with the web role after `set_scope(user)`, so that the policy of the table
    selects the rows of that user.
    """
    from django.db import connection

    cipher = _cipher(keyring().secret("django"))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT approval_id, kind, owner, part, sealed, expires_at FROM retention_unmasked"
            " WHERE subject_id = %s AND expires_at > clock_timestamp() ORDER BY kind, owner, part",
            [subject_id],
        )
        return [
            Row(kind, owner, part, _shown(cipher, approval, bytes(sealed)), ends)
            for approval, kind, owner, part, sealed, ends in cursor.fetchall()
        ]


def _checked(
    found: tuple[Any, ...] | None, now: dt.datetime
) -> tuple[uuid.UUID, uuid.UUID, dt.datetime, uuid.UUID]:
    """Returns the subject, the person who made the request, the end and the organisation of an approval.
    Raises `NotAllowed`."""
    if found is None:
        raise NotAllowed("gone")
    state, kind, about, asked_by, decided_by, glass, expires_at, organisation = found
    if kind != "unmask" or state != "allowed" or decided_by is None:
        raise NotAllowed("state")
    if decided_by == asked_by and glass is None:
        raise NotAllowed("own")
    if expires_at <= now:
        raise NotAllowed("late")
    try:
        subject = uuid.UUID(about)
    except ValueError as error:
        raise NotAllowed("gone") from error
    return subject, asked_by, min(expires_at, now + LONGEST), organisation


@cache
def _cipher(secret: str) -> ChaCha20Poly1305:
    """Returns a cipher whose key web and workers share, so that a dump of the table contains no clear
    values."""
    key = HKDF(SHA256(), 32, salt=None, info=b"vedette unmasked 1").derive(bytes.fromhex(secret))
    return ChaCha20Poly1305(key)


def _hide(cipher: ChaCha20Poly1305, approval: uuid.UUID, values: dict[str, Any]) -> bytes:
    nonce = os.urandom(12)
    return nonce + cipher.encrypt(nonce, json.dumps(values).encode(), approval.bytes)


def _shown(cipher: ChaCha20Poly1305, approval: uuid.UUID, sealed: bytes) -> dict[str, Any]:
    try:
        plain = cipher.decrypt(sealed[:12], sealed[12:], approval.bytes)
    except InvalidTag:
        return {}
    shown: dict[str, Any] = json.loads(plain)
    return shown
