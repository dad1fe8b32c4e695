"""When two journeys turn out to be one person: what becomes of their hits."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from psycopg import Connection

from vedette.apps.hits.hit_rows import load_hits
from vedette.travellers.manifest import Person

if TYPE_CHECKING:
    from vedette.travellers.held import Held


def settle_absorbed(connection: Connection[Any], hold: Held) -> None:
    """Two journeys became one: the older hit stays, reasons move to it with their outcomes.

    It opens again where one is undecided. A hit that carries decisions is never deleted: it stays,
    void, with its journey.
    """
    for kept, gone in hold.manifest.absorbed:
        hits = load_hits(connection, [kept.id, gone.id])
        if gone.id in hits and kept.id in hits:
            older, newer = sorted((hits[kept.id], hits[gone.id]), key=lambda h: h.opened_at)
            connection.execute(
                "UPDATE targeting_reason r SET hit_id = %s WHERE hit_id = %s AND NOT EXISTS"
                " (SELECT 1 FROM targeting_reason o WHERE o.hit_id = %s AND o.key = r.key)",
                [older.id, newer.id, older.id],
            )
            undecided = any(r.state == "open" for r in newer.reasons.values())
            connection.execute(
                "UPDATE targeting_hit SET state = CASE WHEN %s AND state IN ('decided', 'void')"
                " THEN 'reopened' ELSE state END WHERE id = %s",
                [undecided, older.id],
            )
            connection.execute("UPDATE targeting_hit SET state = 'void' WHERE id = %s", [newer.id])
            if older is hits[gone.id]:
                _swap_journeys(connection, kept.id, gone.id, older.id, newer.id)
        elif gone.id in hits:
            connection.execute(
                "UPDATE targeting_hit SET journey_id = %s WHERE journey_id = %s", [kept.id, gone.id]
            )
        _remove(connection, gone)


def _swap_journeys(
    connection: Connection[Any],
    kept: uuid.UUID,
    gone: uuid.UUID,
    older: uuid.UUID,
    newer: uuid.UUID,
) -> None:
    """The older hit takes the journey that stays; one statement, as each journey has one hit."""
    decided = connection.execute(
        "SELECT 1 FROM targeting_decision WHERE hit_id = %s LIMIT 1", [newer]
    ).fetchone()
    if decided is None:
        connection.execute(
            "UPDATE targeting_event SET hit_id = %s WHERE hit_id = %s", [older, newer]
        )
        connection.execute("DELETE FROM targeting_reason WHERE hit_id = %s", [newer])
        connection.execute("DELETE FROM targeting_hit WHERE id = %s", [newer])
        connection.execute("UPDATE targeting_hit SET journey_id = %s WHERE id = %s", [kept, older])
    else:
        # Both carry decisions: reasons of the older go to the journey that stays, decisions with them.
        connection.execute(
            "UPDATE targeting_reason r SET hit_id = %s WHERE hit_id = %s AND NOT EXISTS"
            " (SELECT 1 FROM targeting_reason o WHERE o.hit_id = %s AND o.key = r.key)",
            [newer, older, newer],
        )
        connection.execute("UPDATE targeting_hit SET state = 'void' WHERE id = %s", [older])
        connection.execute("UPDATE targeting_hit SET state = 'reopened' WHERE id = %s", [newer])


def _remove(connection: Connection[Any], gone: Person) -> None:
    connection.execute(
        "DELETE FROM intake_journeyclear WHERE journey_id = %s AND retention_class = %s AND month = %s",
        [gone.id, gone.row["retention_class"], gone.row["month"]],
    )
    connection.execute("DELETE FROM intake_identifier WHERE journey_id = %s", [gone.id])
    connection.execute("UPDATE intake_journey SET present = false WHERE id = %s", [gone.id])
    connection.execute(
        "DELETE FROM intake_journey j WHERE id = %s AND NOT EXISTS"
        " (SELECT 1 FROM targeting_hit h WHERE h.journey_id = j.id)",
        [gone.id],
    )
    connection.execute(
        "DELETE FROM intake_traveller t WHERE id = %s AND NOT EXISTS"
        " (SELECT 1 FROM intake_journey j WHERE j.traveller_id = t.id)",
        [gone.traveller_id],
    )
