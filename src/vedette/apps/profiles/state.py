"""The number of an organisation's profiles, which increases with every change, so that workers reload."""

from __future__ import annotations

import uuid

from django.db import connections

_BUMP = """
    INSERT INTO profiles_profilestate (organisation_id, number) VALUES (%s, 1)
    ON CONFLICT (organisation_id) DO UPDATE SET number = profiles_profilestate.number + 1
    RETURNING number
"""


def bump(organisation: uuid.UUID, using: str = "default") -> int:
    """Increments the number in the transaction of the caller; returns it. The row stays locked until its
    end."""
    with connections[using].cursor() as cursor:
        cursor.execute(_BUMP, [organisation])
        return int(cursor.fetchone()[0])


def number(organisation: uuid.UUID, using: str = "default") -> int:
    """The number of changes of the profiles of an organisation; reads one indexed row."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT number FROM profiles_profilestate WHERE organisation_id = %s", [organisation]
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0
