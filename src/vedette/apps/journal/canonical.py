"""The canonical form of chained rows, the hash of one link, and the proof that a row was deleted by law.

A row is the text of its columns, in the order of `CHAINED`, each in UTF-8 after its length (four
bytes, big-endian; FFFFFFFF for NULL). PostgreSQL converts the columns to text: times in UTC as
`2026-11-24T20:15:00.123456`, JSON as `jsonb` prints it, bytes in hex. A seal has the same form. Its
values are number, kind, id, whether the row is deleted, time of sealing, epoch of the key, and hash
of the texts.

A missing row and a note about its deletion prove nothing, because the owner of the tables can
delete the row and write the note. Therefore the retention run and an allowed erasure add an HMAC to
the note in the transaction that deletes the row. The key of the HMAC is known to the web server and
the workers, and not to the database. Without the HMAC, the sealer does not record the row as
deleted.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from psycopg import Connection, sql

from vedette.apps.keyring import keyring
from vedette.keys.ring import Keys

_TIME = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"
_HEX = "encode({}, 'hex')"


class Chained(NamedTuple):
    """A table whose rows are chained: its name, the type of its id, and its columns in order."""

    table: str
    id_type: str
    columns: tuple[str, ...]
    #: Columns whose text is not the result of a plain cast.
    special: Mapping[str, str] = {}


#: Kind of a seal → its table. Every column of a table is listed; a test checks this.
CHAINED: dict[str, Chained] = {
    "act": Chained(
        "accounts_act",
        "bigint",
        ("id", "at", "organisation_id", "user_id", "act", "subject", "detail", "sealed"),
        {"at": _TIME, "sealed": _HEX},
    ),
    "decision": Chained(
        "hits_decision",
        "uuid",
        ("id", "organisation_id", "hit_id", "choice", "by_id", "second_id", "at", "answers", "priority"),
        {"at": _TIME},
    ),
    "list_version": Chained(
        "lists_listversion",
        "uuid",
        (
            "id", "organisation_id", "watchlist_id", "number", "format", "file_name", "content_hash",
            "published_at", "imported_at", "imported_by_id", "entry_count", "added", "changed",
            "removed", "problems",
        ),
        {"published_at": _TIME, "imported_at": _TIME},
    ),
    "setting": Chained(
        "journal_setting",
        "bigint",
        ("id", "at", "organisation_id", "user_id", "thing", "row_id", "deed", "before", "after"),
        {"at": _TIME},
    ),
}  # fmt: skip

#: Kinds whose rows may be deleted by law; a missing row of any other kind was removed illegally.
MAY_GO = ("decision",)


class Link(NamedTuple):
    """The values of a seal, without its hash."""

    seq: int
    kind: str
    row_id: str
    gone: bool
    at: dt.datetime
    epoch: int
    words: bytes | None

    def framed(self) -> bytes:
        """The canonical bytes of the seal. Times are in UTC, with microseconds."""
        return framed(
            (
                str(self.seq),
                self.kind,
                self.row_id,
                "gone" if self.gone else "",
                self.at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f"),
                str(self.epoch),
                None if self.words is None else self.words.hex(),
            )
        )


def framed(texts: Iterable[str | None]) -> bytes:
    """Writes each text after its length, so that different rows have different bytes."""
    parts = (None if text is None else text.encode() for text in texts)
    return b"".join(
        b"\xff\xff\xff\xff" if part is None else len(part).to_bytes(4, "big") + part
        for part in parts
    )


def id_ok(kind: str, row_id: str) -> bool:
    """Whether the kind exists and the id has the type of its table. An invalid kind or id must not
    stop sealing or verification.
    """
    try:
        if CHAINED[kind].id_type == "uuid":
            uuid.UUID(row_id)
        else:
            return -(2**63) <= int(row_id) < 2**63
    except (KeyError, ValueError):
        return False
    return True


def beginning(installation: uuid.UUID) -> bytes:
    """The value before the first seal: the id of this installation."""
    return hashlib.sha256(f"vedette journal 1 {installation}".encode()).digest()


def link_hash(key: bytes, before: bytes, link: Link, row: bytes) -> bytes:
    """The hash of a link that follows the hash `before`. `row` is empty if the row was deleted."""
    return hmac.digest(key, before + link.framed() + row, "sha256")


def rows(connection: Connection[Any], kind: str, ids: Sequence[str]) -> dict[str, bytes]:
    """The canonical bytes of the existing rows of a kind, by id."""
    chained = CHAINED[kind]
    texts = [
        sql.SQL(chained.special.get(c, "{}::text")).format(sql.Identifier(c))
        for c in chained.columns
    ]
    statement = sql.SQL("SELECT {} FROM {} WHERE id = ANY(%s::{}[])").format(
        sql.SQL(", ").join(texts), sql.Identifier(chained.table), sql.SQL(chained.id_type)
    )
    return {row[0]: framed(row) for row in connection.execute(statement, [list(ids)])}


#: Kinds of texts of a decision, in order.
WORDS = ("basis", "why")


def texts(
    connection: Connection[Any], decisions: Sequence[str], table: str = "hits_textclear"
) -> list[tuple[str, str, str]]:
    """Returns (decision, kind, text) for the texts that are not masked."""
    statement = sql.SQL(
        "SELECT owner_id::text, kind, text FROM {} WHERE owner_id = ANY(%s::uuid[])"
        " AND kind = ANY(%s)"
    ).format(sql.Identifier(table))
    return connection.execute(statement, [list(decisions), list(WORDS)]).fetchall()


def words_hash(key: bytes, decision: str, said: Mapping[str, str]) -> bytes:
    """The keyed hash of the texts of a decision, by kind."""
    parts = [part for kind in WORDS if kind in said for part in (kind, said[kind])]
    return hmac.digest(key, b"words" + framed([decision, *parts]), "sha256")


def words(connection: Connection[Any], key: bytes, decisions: Sequence[str]) -> dict[str, bytes]:
    """`words_hash` of each decision whose texts are not masked."""
    found: dict[str, dict[str, str]] = {}
    for decision, kind, text in texts(connection, decisions):
        found.setdefault(decision, {})[kind] = text
    return {decision: words_hash(key, decision, said) for decision, said in found.items()}


#: Adds the proofs to the notes of rows deleted in this transaction; parameters: ids and `proofs`.
LET_GO = "SELECT vedette_let_go(%s::uuid[], %s::bytea[])"


def proofs(decisions: Sequence[uuid.UUID]) -> list[bytes]:
    """The proof for each decision that is being deleted."""
    keys = keyring()
    key = keys.key(keys.ids("django")[-1])
    return [_proof(key, "decision", str(id_)) for id_ in decisions]


def proven(keys: Keys, kind: str, row_id: str, proof: bytes | None) -> bool:
    """Whether the web server or a worker proved that this row was deleted as required by law."""
    return proof is not None and any(
        hmac.compare_digest(_proof(keys.key(one), kind, row_id), proof)
        for one in keys.ids("django")
    )


def delete_decisions(connection: Connection[Any], hits: Sequence[uuid.UUID]) -> None:
    """Deletes the decisions of these hits, with their proofs; the database checks that they may be deleted.

    `connection` has the intake role and is in a transaction.
    """
    # The lock prevents new decisions on the hits, which would be deleted without a proof.
    connection.execute("SELECT FROM hits_hit WHERE id = ANY(%s) FOR UPDATE", [list(hits)])
    rows = connection.execute("SELECT id FROM hits_decision WHERE hit_id = ANY(%s)", [list(hits)])
    decisions = [id_ for (id_,) in rows]
    connection.execute("SELECT vedette_delete_decisions(%s)", [list(hits)])
    connection.execute(LET_GO, [decisions, proofs(decisions)])


def _proof(key: bytes, kind: str, row_id: str) -> bytes:
    return hmac.digest(key, b"vedette gone 1" + framed([kind, row_id]), "sha256")
