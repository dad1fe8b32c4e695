"""Writes acts to the journal. No other module writes acts.

An act records who did what to what, by ids and numbers. Search terms and reasons are stored
encrypted, and only the key of the data-protection officer decrypts them. The transaction of the act
only inserts its row. The worker adds the row to the chain a second later (`apps.journal.sealing`).

The number of acts for refused sign-ins and tokens is limited. The first refusal of a kind in a
minute is written as an act immediately. The other refusals of that minute are counted, and the
worker's housekeeping writes one act with their number. If the given name or token belongs to an
account, the act refers to that account and belongs to its organisation; the typed text is not
stored.
"""

from __future__ import annotations

import datetime as dt
import enum
import json
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from django.db import connection, connections, transaction
from psycopg import Connection

from vedette.apps.accounts.models import User
from vedette.apps.columns import Purpose
from vedette.apps.keyring import keyring
from vedette.keys.ring import Keys

Plain: TypeAlias = str | int | float | bool | uuid.UUID | dt.date | enum.Enum | None
#: Permitted content of `detail`: ids, codes, numbers, times; lists of them, and counts by code.
Detail: TypeAlias = Plain | Sequence[Plain] | Mapping[str, Plain]

#: A code of vedette (`hit.decide`, `name`, `serious_crime`), an id, a hash, or a list's number. Names,
#: documents and typed text contain capitals, spaces or other letters.
_CODE = re.compile(r"[a-z][a-z0-9_.-]{0,59}|[0-9a-f-]{32,64}", re.ASCII)
_ACT = re.compile(r"[a-z_]+(\.[a-z_]+)+", re.ASCII)

# Row-level security allows every role to write acts, and none to read them outside a scope: an insert by the
# ORM, which reads the new id back, is refused before sign-in.
_INSERT = (
    "INSERT INTO accounts_act (at, organisation_id, user_id, act, subject, detail, sealed)"
    " VALUES (clock_timestamp(), %s, %s, %s, %s, %s::jsonb, %s)"
)


@dataclass(frozen=True)
class Entry:
    """One act to be written. `words` maps a kind of text to a search term or a reason."""

    organisation: uuid.UUID | None
    user: uuid.UUID | None
    what: str
    subject: str = ""
    detail: Mapping[str, Detail] = field(default_factory=dict)
    words: Mapping[str, str] | None = None


def write(
    user: User | None,
    what: str,
    subject: uuid.UUID | str = "",
    *,
    organisation: uuid.UUID | None = None,
    purpose: str | None = None,
    words: Mapping[str, str] | None = None,
    using: str = "default",
    **detail: Detail,
) -> None:
    """Writes one act in the current transaction of `using`.

    `what` is for example `hit.decided`; `subject` the id of its object. The default of
    `organisation` is the organisation of the user. Empty `words` are left out. Raises `ValueError`
    if the subject or a value in `detail` is not an id, code, number or time. All other values must
    be passed in `words`.
    """
    if organisation is None and user is not None:
        organisation = user.organisation_id
    if purpose is not None:
        detail["purpose"] = Purpose(purpose).value
    entry = Entry(organisation, user.pk if user else None, what, str(subject), detail, words)
    with connections[using].cursor() as cursor:
        cursor.execute(_INSERT, _row(entry, keyring()))


def write_many(connection: Connection[Any], keys: Keys, entries: Iterable[Entry]) -> None:
    """Writes many acts at once, for workers, in the connection's transaction."""
    with connection.cursor() as cursor:
        cursor.executemany(_INSERT, [_row(entry, keys) for entry in entries])


def write_everywhere(
    connection: Connection[Any], keys: Keys, what: str, subject: str, detail: Mapping[str, Detail]
) -> None:
    """Writes the same act for every organisation, for workers, in the connection's transaction."""
    homes = connection.execute("SELECT id FROM accounts_organisation")
    write_many(connection, keys, (Entry(id_, None, what, subject, detail) for (id_,) in homes))


def _row(entry: Entry, keys: Keys) -> list[Any]:
    if not _ACT.fullmatch(entry.what) or len(entry.what) > 40:
        raise ValueError("an act is named <thing>.<deed>")
    if entry.subject and not _CODE.fullmatch(entry.subject):
        raise ValueError("the subject of an act is an id or a code")
    detail = {key: _plain(key, value) for key, value in entry.detail.items()}
    words = {key: text for key, text in (entry.words or {}).items() if text}
    return [
        entry.organisation, entry.user, entry.what, entry.subject, json.dumps(detail),
        keys.seal(json.dumps(words, ensure_ascii=False).encode(), "journal") if words else None,
    ]  # fmt: skip


def _plain(key: str, value: object) -> object:
    """A value in JSON form. The error names the key and never the value, which may be personal."""
    match value.value if isinstance(value, enum.Enum) else value:
        case None | bool() | int() | float() as number:
            return number
        case uuid.UUID() as id_:
            return str(id_)
        case dt.date() as day:
            return day.isoformat()
        case str(text) if not text or _CODE.fullmatch(text):
            return text
        case Mapping() as counts:
            return {_plain(key, k): _plain(key, v) for k, v in counts.items()}
        case Sequence() as values if not isinstance(values, str | bytes):
            return [_plain(key, one) for one in values]
    raise ValueError(f"{key!r} of an act is not an id, code or number")


_COUNT = """
    INSERT INTO accounts_refusal (act, about, minute, count)
    VALUES (%s, %s, date_trunc('minute', now()), 1)
    ON CONFLICT (act, minute, about) DO UPDATE SET count = accounts_refusal.count + 1 RETURNING count
"""
_CLOSE = """
    DELETE FROM accounts_refusal WHERE minute < date_trunc('minute', now())
    RETURNING act, about, minute, count - 1,
        (SELECT organisation_id FROM accounts_user u WHERE u.id = about)
"""


def refused(act: str, about: User | None = None) -> None:
    """Records a refusal, for the account `about` if it is known. The first refusal of a minute is
    written as an act; a later refusal increases the counter of that minute. The act has no author,
    because the caller is not authenticated.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [act, about.pk if about else None])
        (count,) = cursor.fetchone()
    if count == 1:
        organisation = about.organisation_id if about else None
        write(None, act, about.pk if about else "", organisation=organisation)


def close_minutes(using: str) -> int:
    """Writes an act for the counted refusals of past minutes; returns the number of acts."""
    with transaction.atomic(using=using):
        with connections[using].cursor() as cursor:
            cursor.execute(_CLOSE)
            rows = [row for row in cursor.fetchall() if row[3]]
        for act, about, minute, count, organisation in rows:
            write(
                None, act, about or "", organisation=organisation, using=using, minute=minute,
                count=count,
            )  # fmt: skip
    return len(rows)
