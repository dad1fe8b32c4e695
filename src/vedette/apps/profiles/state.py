"""The number of an organisation's profiles, which increases with every change, so that workers reload."""

from __future__ import annotations

import uuid

from vedette.apps import query

_TABLE = "profiles_profilestate"


def bump(organisation: uuid.UUID, using: str = "default") -> int:
    """Increments the number (`query.changed`)."""
    return query.changed(_TABLE, organisation, using)


def number(organisation: uuid.UUID, using: str = "default") -> int:
    """The number of changes of the profiles of an organisation."""
    return query.changes(_TABLE, organisation, using)
