"""Deletion of decisions required by law: the deleting code proves it with a key that the database does not
have.

A missing row, and a note about its deletion, prove nothing: the owner of the tables can create both.
Therefore the retention run and an allowed erasure add an HMAC to the note, in the transaction that deletes,
under a key of web and workers; the sealer chains no row as gone without it.
"""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from vedette.apps.journal.canonical import framed
from vedette.apps.keyring import keyring
from vedette.keys.ring import Keys

#: Adds the proofs to the notes of rows deleted in this transaction; parameters: ids and `proofs`.
LET_GO = "SELECT vedette_let_go(%s::uuid[], %s::bytea[])"


def proofs(decisions: Sequence[uuid.UUID]) -> list[bytes]:
    """The proof for each decision that is being deleted."""
    keys = keyring()
    current = keys.ids("django")[-1]
    return [_proof(keys.key(current), "decision", str(id_)) for id_ in decisions]


def proven(keys: Keys, kind: str, row_id: str, proof: bytes | None) -> bool:
    """Whether web or workers proved that this row was deleted as required by law."""
    return proof is not None and any(
        hmac.compare_digest(_proof(keys.key(one), kind, row_id), proof)
        for one in keys.ids("django")
    )


def delete_decisions(connection: Connection[Any], hits: Sequence[uuid.UUID]) -> None:
    """Deletes the decisions of these hits, with their proofs; the database checks that they may be deleted.

    `connection` is the intake role's, in a transaction.
    """
    # The lock prevents new decisions on the hits, which would be deleted without a proof.
    connection.execute("SELECT FROM hits_hit WHERE id = ANY(%s) FOR UPDATE", [list(hits)])
    rows = connection.execute(
        "SELECT id FROM hits_decision WHERE hit_id = ANY(%s)", [list(hits)]
    ).fetchall()
    decisions = [id_ for (id_,) in rows]
    connection.execute("SELECT vedette_delete_decisions(%s)", [list(hits)])
    connection.execute(LET_GO, [decisions, proofs(decisions)])


def _proof(key: bytes, kind: str, row_id: str) -> bytes:
    return hmac.digest(key, b"vedette gone 1" + framed([kind, row_id]), "sha256")
