"""The number of an organisation's knowledge: it grows with every change, so that workers reload."""

from __future__ import annotations

import uuid

from django.db import connections

#: The name of the one list of an organisation that holds its lookouts.
LOOKOUTS = "Lookouts"

_BUMP = """
    INSERT INTO lists_knowledgestate (organisation_id, number, changed_at)
    VALUES (%s, 1, now())
    ON CONFLICT (organisation_id) DO UPDATE
    SET number = lists_knowledgestate.number + 1, changed_at = now()
    RETURNING number
"""


def bump(organisation: uuid.UUID, using: str) -> int:
    """The next number, in the caller's transaction; two changes at once wait for each other."""
    with connections[using].cursor() as cursor:
        cursor.execute(_BUMP, [organisation])
        return int(cursor.fetchone()[0])
