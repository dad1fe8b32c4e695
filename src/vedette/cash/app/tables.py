"""Describes the tables of cash for masking, retention, erasure, restriction and backup
(`vedette.apps.subjects.tables`)."""

from __future__ import annotations

from vedette.apps.subjects.tables import SideTable, Tables
from vedette.cash.app.retention import FIELDS, TEMPLATES

_OWNERS = "SELECT id FROM subjects_subject WHERE id = ANY({subjects})"
_CAME = "(SELECT received_at FROM subjects_subject WHERE id = t.movement_id)"

TABLES = Tables(
    table="cash_movement",
    retention_class="cash",
    templates=TEMPLATES,
    masked=FIELDS,
    reassign="vedette_reassign_cash",
    over="vedette_announcement_over",
    side_tables=(
        SideTable(
            table="cash_movementclear",
            owner="movement_id",
            kind="'cash_movement'",
            owners=_OWNERS,
            came=_CAME,
        ),
        SideTable(
            table="cash_countclear",
            owner="movement_id",
            part="count_id",
            kind="'cash_count'",
            owners=_OWNERS,
            came=_CAME,
        ),
    ),
)
