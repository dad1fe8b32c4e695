"""Defines the canonical form of the rows in the hash chain, the hash of each link, and the proof of a lawful
deletion.

The canonical form of a row consists of the texts of its columns in the order of `CHAINED`. The text of each
column is encoded in UTF-8. The length of a text (four bytes, big-endian; FFFFFFFF for NULL) is written before
the text. PostgreSQL converts the columns to text: times in UTC as `2026-11-24T20:15:00.123456`, JSON in the
format of `jsonb`, bytes in hex. A link of the hash chain is called a seal. A seal (link of the hash chain)
also has a canonical form. The first values of a seal are its number, the kind and the id of its row, and
whether the row is deleted. The other values of a seal are its time, the epoch of the key, and the hash of the
row's texts.

A note about a deletion does not prove that the deletion was lawful, because the owner of the tables could
delete a row and write such a note. Therefore the retention run and an approved erasure add an HMAC to the
note in the transaction that deletes the row. The web server and the workers have the key of the HMAC, and the
database does not have it. Without the HMAC, the sealer does not record the row as deleted.
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
    """A table whose rows are part of the hash chain: its name, the type of its id, and its columns in
    order."""

    table: str
    id_type: str
    columns: tuple[str, ...]
    #: SQL expressions for the columns that are not simply cast to text.
    special: Mapping[str, str] = {}


#: Maps the kind of a seal to its table. A test checks that every column of each table is listed.
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
            "removed", "problems", "active_from", "rule",
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

#: Kinds whose rows may be deleted if the law requires it. A missing row of any other kind was removed
#: illegally.
MAY_GO = ("decision",)


class Link(NamedTuple):
    """The values of a seal (link of the hash chain), except its hash."""

    seq: int
    kind: str
    row_id: str
    gone: bool
    at: dt.datetime
    epoch: int
    words: bytes | None

    def framed(self) -> bytes:
        """Returns the canonical form of the seal. Times are in UTC, with microseconds."""
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
    """Returns the bytes of the given texts, joined together. Each text is preceded by its length, so that
    different rows have different bytes.
    """
    parts = (None if text is None else text.encode() for text in texts)
    return b"".join(
        b"\xff\xff\xff\xff" if part is None else len(part).to_bytes(4, "big") + part
        for part in parts
    )


def id_ok(kind: str, row_id: str) -> bool:
    """Returns whether the kind of row exists, and whether the id has the type that the table of this kind
    requires. An invalid kind or id must not interrupt the sealing or the verification of other rows.
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
    """Returns the value before the first seal, which is the hash of the id of this installation."""
    return hashlib.sha256(f"vedette journal 1 {installation}".encode()).digest()


def link_hash(key: bytes, before: bytes, link: Link, row: bytes) -> bytes:
    """Returns the hash of a link that follows a link with the hash `before`. `row` is empty if the row was
    deleted.
    """
    return hmac.digest(key, before + link.framed() + row, "sha256")


def rows(connection: Connection[Any], kind: str, ids: Sequence[str]) -> dict[str, bytes]:
    """Returns the canonical form of each existing row of a kind. The keys of the result are the ids."""
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
    """Returns the unmasked texts of the given decisions, as tuples (decision, kind of text, text)."""
    statement = sql.SQL(
        "SELECT owner_id::text, kind, text FROM {} WHERE owner_id = ANY(%s::uuid[])"
        " AND kind = ANY(%s)"
    ).format(sql.Identifier(table))
    return connection.execute(statement, [list(decisions), list(WORDS)]).fetchall()


def words_hash(key: bytes, decision: str, said: Mapping[str, str]) -> bytes:
    """Returns the keyed hash of the texts of a decision. `said` maps the kind of a text to the text."""
    parts = [part for kind in WORDS if kind in said for part in (kind, said[kind])]
    return hmac.digest(key, b"words" + framed([decision, *parts]), "sha256")


def words(connection: Connection[Any], key: bytes, decisions: Sequence[str]) -> dict[str, bytes]:
    """Returns the `words_hash` of each decision whose texts are not masked."""
    found: dict[str, dict[str, str]] = {}
    for decision, kind, text in texts(connection, decisions):
        found.setdefault(decision, {})[kind] = text
    return {decision: words_hash(key, decision, said) for decision, said in found.items()}


#: SQL statement that adds the proofs to the notes about rows that were deleted in this transaction. Its
#: parameters are the ids and the result of `proofs`.
LET_GO = "SELECT vedette_let_go(%s::uuid[], %s::bytea[])"


def proofs(decisions: Sequence[uuid.UUID]) -> list[bytes]:
    """Returns a proof for each deleted decision. The proof shows that the deletion was lawful."""
    keys = keyring()
    key = keys.key(keys.ids("django")[-1])
    return [_proof(key, "decision", str(id_)) for id_ in decisions]


def proven(keys: Keys, kind: str, row_id: str, proof: bytes | None) -> bool:
    """Returns whether the proof of a lawful deletion is authentic. Only the web server and the workers have
    the key that creates these proofs.
    """
    return proof is not None and any(
        hmac.compare_digest(_proof(keys.key(one), kind, row_id), proof)
        for one in keys.ids("django")
    )


def delete_decisions(connection: Connection[Any], hits: Sequence[uuid.UUID]) -> None:
    """Deletes the decisions on the given hits, and stores the proofs that the deletion was lawful. The
    database checks that the decisions may be deleted.

    `connection` must have the intake role and an open transaction.
    """
    # The lock prevents new decisions on the hits, which would be deleted without a proof.
    connection.execute("SELECT FROM hits_hit WHERE id = ANY(%s) FOR UPDATE", [list(hits)])
    rows = connection.execute("SELECT id FROM hits_decision WHERE hit_id = ANY(%s)", [list(hits)])
    decisions = [id_ for (id_,) in rows]
    connection.execute("SELECT vedette_delete_decisions(%s)", [list(hits)])
    connection.execute(LET_GO, [decisions, proofs(decisions)])


def _proof(key: bytes, kind: str, row_id: str) -> bytes:
    return hmac.digest(key, b"vedette gone 1" + framed([kind, row_id]), "sha256")
