"""The check of statements itself: what it lets through and what it finds."""

from __future__ import annotations

import pytest
from tests.apps.desk.statements import unnamed

COLUMNS = {
    "hit": {"id", "organisation_id", "journey_id", "state"},
    "journey": {"id", "organisation_id", "restricted"},
    "identifier": {"organisation_id", "journey_id", "kind", "token"},
    "beat": {"id", "seen_at"},
}
NAMED = (
    "SELECT id FROM hit WHERE organisation_id = %s AND journey_id = ANY(%s)",
    "SELECT h.id FROM hit h JOIN journey j ON j.id = h.journey_id WHERE j.organisation_id = %(home)s",
    "SELECT id FROM journey j WHERE organisation_id = %s AND NOT EXISTS"
    " (SELECT FROM hit h WHERE h.journey_id = j.id)",
    "SELECT a.journey_id FROM identifier a JOIN identifier b ON b.token = a.token"
    " AND b.organisation_id = a.organisation_id WHERE a.organisation_id = %s",
    "DELETE FROM hit WHERE organisation_id = %s AND id IN (SELECT id FROM hit WHERE organisation_id = %s)",
    "WITH me AS (SELECT id FROM journey WHERE organisation_id = %s) SELECT h.id FROM hit h"
    " JOIN me ON me.id = h.journey_id",
    "INSERT INTO hit (id, organisation_id) VALUES (%s, %s) ON CONFLICT (id) DO NOTHING",
    "SELECT organisation_id, count(*) FROM hit GROUP BY organisation_id",
    'COPY "hit" ("id", "organisation_id") FROM STDIN',
    "CREATE TEMPORARY TABLE x AS SELECT id FROM hit LIMIT 0",
    "UPDATE beat SET seen_at = now() WHERE id = %s",
    "SET LOCAL enable_bitmapscan = off",
)  # fmt: skip
NOT_NAMED = (
    ("SELECT id FROM hit WHERE journey_id = ANY(%s)", {"hit"}),
    ("SELECT organisation_id, id FROM hit WHERE state = 'new'", {"hit"}),
    ("SELECT b.journey_id FROM identifier a JOIN identifier b ON b.token = a.token AND b.kind = a.kind"
     " WHERE a.organisation_id = %s", {"identifier"}),
    ("SELECT h.id FROM hit h JOIN journey j ON j.id = h.journey_id WHERE j.id = ANY(%s)",
     {"hit", "journey"}),
    ("UPDATE journey SET restricted = true WHERE id = ANY(%s)", {"journey"}),
    ("DELETE FROM hit h WHERE id = %s AND EXISTS (SELECT FROM journey WHERE organisation_id = %s)",
     {"hit"}),
    ("INSERT INTO hit (id) VALUES (%s)", {"hit"}),
    ("INSERT INTO hit (id, organisation_id) SELECT id, %s FROM journey", {"journey"}),
    ("COPY hit (id) FROM STDIN", {"hit"}),
)  # fmt: skip


@pytest.mark.parametrize("statement", NAMED)
def test_a_statement_that_names_the_organisation(statement: str) -> None:
    """Itself, or by the keys of a table that is held to it."""
    assert unnamed(statement, COLUMNS) == set()


@pytest.mark.parametrize(("statement", "tables"), NOT_NAMED)
def test_a_statement_that_does_not(statement: str, tables: set[str]) -> None:
    """Also where it names that of another table, or only reads it."""
    assert unnamed(statement, COLUMNS) == tables
