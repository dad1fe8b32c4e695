"""Unmasks the values of one subject for a limited time. A worker decrypts the rows in the vault for one user.

Unmasking requires an approval of kind `unmask`. The declaration of the kind `unmask` determines who may
request and who may allow the unmasking. The decrypted rows are encrypted again with a key that the web server
has, and stored in the unlogged table `retention_unmasked`. Row-level security shows the decrypted rows only
to the user who made the request, and only until the rows expire.
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

#: The maximum time for which unmasked rows are visible, even if the approval states a longer time.
LONGEST = dt.timedelta(hours=24)


class NotAllowed(Coded):
    """The exception that is raised if an approval does not permit unmasking. `code` is the reason: `state`,
    `own`, `late` or `gone`.
    """


class Row(NamedTuple):
    """One unmasked row of a side table. `kind` is the kind of the row in the vault."""

    kind: str
    owner: uuid.UUID
    part: uuid.UUID
    values: dict[str, Any]
    expires_at: dt.datetime


def open_waiting(connection: Connection[Any], keys: Keys, months: MonthKeys) -> int:
    """Unmasks the rows for each allowed approval that was not carried out yet. Returns the number of
    approvals for which rows were unmasked. A worker calls this function periodically.
    """
    rows = connection.execute(
        "SELECT id FROM accounts_approval a WHERE kind = 'unmask' AND state = 'allowed'"
        " AND expires_at > clock_timestamp()"
        " AND NOT EXISTS (SELECT FROM retention_unmasked u WHERE u.approval_id = a.id)"
    ).fetchall()
    return sum(1 for (id_,) in rows if open_approved(connection, keys, months, id_))


def open_approved(
    connection: Connection[Any], keys: Keys, months: MonthKeys, approval_id: uuid.UUID
) -> int:
    """Unmasks the rows of the subject of an approval. The user who made the request may see the
    unmasked rows until the approval expires.

    `connection` is a database connection with the intake role. Returns the number of rows. Raises
    `NotAllowed` if the approval does not permit unmasking, and `KeysError` if the monthly key is lost. The
    call can be repeated safely.
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
    """Deletes unmasked rows that expired or whose approval is no longer valid. Returns the number of deleted
    rows.
    """
    return connection.execute(
        "DELETE FROM retention_unmasked u WHERE expires_at <= %s OR NOT EXISTS (SELECT FROM"
        " accounts_approval a WHERE a.id = u.approval_id AND a.state = 'allowed')",
        [now],
    ).rowcount


def seen_by(subject_id: uuid.UUID) -> list[Row]:
    """Returns the unmasked rows of a subject that the user may see now. Without a valid approval,
    the result is empty.

    The query runs with the web role after `set_scope(user)`, so that the policy of the table selects the rows
    of that user.
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
    """Checks an approval, and raises `NotAllowed` if it does not permit unmasking. Returns the subject, the
    user who made the request, the time of expiry and the organisation.
    """
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
    """Returns a cipher with a key that the web server and the workers have. The unmasked rows are stored
    encrypted with this cipher, so that a dump of the table contains no values in clear text.
    """
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
