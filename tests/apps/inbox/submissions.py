"""What the process of public forms does to the database: it inserts rows."""

from __future__ import annotations

import os
import uuid

import psycopg

from vedette.commands.environment import keys

INSERT = "INSERT INTO inbox_submission (id, organisation_id, size, sealed) VALUES (%s, %s, %s, %s)"


def submit(organisation: uuid.UUID, data: bytes, id_: uuid.UUID | None = None) -> uuid.UUID:
    """Inserts one file with the role of public forms."""
    id_ = id_ or uuid.uuid4()
    with psycopg.connect(os.environ["DATABASE_URL_PUBLIC"], autocommit=True) as connection:
        connection.execute(INSERT, [id_, organisation, len(data), keys().seal(data)])
    return id_
