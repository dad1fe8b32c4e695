"""Writes entries to the journal. No other module writes journal entries.

A journal entry (called `act` in the code) records who did what to which object, by ids and numbers.
Search terms and reasons are stored encrypted, and only the key of the data-protection officer
decrypts them. The transaction that writes an entry only inserts a row. The worker adds the row to
the hash chain about a second later (`apps.journal.sealing`).

The number of entries for refused sign-ins and tokens is limited. The first refusal of a kind in a minute is
written as an entry immediately. The other refusals of that minute are counted, and the worker later writes
one entry with the number of these refusals. If the given name or token belongs to an account, the entry
contains the ids of that account and its organisation. The typed text is not stored.
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
#: Permitted content of `detail`: ids, codes, numbers and times, lists of these, and counts by code.
Detail: TypeAlias = Plain | Sequence[Plain] | Mapping[str, Plain]

#: A code of vedette (`hit.decide`, `name`, `serious_crime`), an id, a hash, or a list's number. Names,
#: documents and typed text contain capitals, spaces or other letters.
_CODE = re.compile(r"[a-z][a-z0-9_.-]{0,59}|[0-9a-f-]{32,64}", re.ASCII)
_ACT = re.compile(r"[a-z_]+(\.[a-z_]+)+", re.ASCII)

# Row-level security allows every role to write journal entries, but no role to read them outside a
# scope. An insert by the ORM, which also reads the new id, is therefore refused before sign-in.
_INSERT = (
    "INSERT INTO accounts_act (at, organisation_id, user_id, act, subject, detail, sealed)"
    " VALUES (clock_timestamp(), %s, %s, %s, %s, %s::jsonb, %s)"
)


@dataclass(frozen=True)
class Entry:
    """One journal entry to be written. `words` maps a kind of text, for example `why`, to the text."""

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
    """Writes one journal entry in the current transaction of the database `using`.

    `what` is the kind of action, for example `hit.decide`, and `subject` is the id of the object of the
    action. The default of `organisation` is the organisation of the user. Empty texts in `words` are left
    out. Raises `ValueError` if the subject or a value in `detail` is not an id, a code, a number or a time.
    Other values must be passed in `words`, which is encrypted.
    """
    if organisation is None and user is not None:
        organisation = user.organisation_id
    if purpose is not None:
        detail["purpose"] = Purpose(purpose).value
    entry = Entry(organisation, user.pk if user else None, what, str(subject), detail, words)
    with connections[using].cursor() as cursor:
        cursor.execute(_INSERT, _row(entry, keyring()))


def write_many(connection: Connection[Any], keys: Keys, entries: Iterable[Entry]) -> None:
    """Writes many journal entries in the connection's transaction.

    Workers use this function to write entries.
    """
    with connection.cursor() as cursor:
        cursor.executemany(_INSERT, [_row(entry, keys) for entry in entries])


def write_everywhere(
    connection: Connection[Any], keys: Keys, what: str, subject: str, detail: Mapping[str, Detail]
) -> None:
    """Writes the same journal entry for every organisation in the connection's transaction. Workers
    use this function.
    """
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
    """Returns a value in JSON form. The error message contains the key and not the value, which may
    be personal data.
    """
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
    """Records a refused sign-in or token. `about` is the account, if the account is known. The
    first refusal of a minute is written as a journal entry. A later refusal increases the counter
    of that minute. The entry has no author, because the caller is not authenticated.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [act, about.pk if about else None])
        (count,) = cursor.fetchone()
    if count == 1:
        organisation = about.organisation_id if about else None
        write(None, act, about.pk if about else "", organisation=organisation)


def close_minutes(using: str) -> int:
    """Writes journal entries for the counted refusals of past minutes. Returns the number of
    entries.
    """
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
