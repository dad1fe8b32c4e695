"""The number of an organisation's profiles: it grows with every change, so that workers reload."""

from __future__ import annotations

import uuid

from django.db import connections

_BUMP = """
    INSERT INTO profiles_profilestate (organisation_id, number) VALUES (%s, 1)
    ON CONFLICT (organisation_id) DO UPDATE SET number = profiles_profilestate.number + 1
    RETURNING number
"""


def bump(organisation: uuid.UUID, using: str = "default") -> int:
    """The next number, in the caller's transaction; two changes at once wait for each other."""
    with connections[using].cursor() as cursor:
        cursor.execute(_BUMP, [organisation])
        return int(cursor.fetchone()[0])


def number(organisation: uuid.UUID, using: str = "default") -> int:
    """How often the profiles of an organisation changed: one indexed row."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT number FROM profiles_profilestate WHERE organisation_id = %s", [organisation]
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0
