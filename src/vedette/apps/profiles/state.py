"""The number of changes of an organisation's profiles. The number increases with every change, so
that workers reload the profiles."""

from __future__ import annotations

import uuid

from vedette.apps import query

_TABLE = "profiles_profilestate"


def bump(organisation: uuid.UUID, using: str = "default") -> int:
    """Increments the number, and returns it (`query.changed`)."""
    return query.changed(_TABLE, organisation, using)


def number(organisation: uuid.UUID, using: str = "default") -> int:
    """Returns the number of changes of the profiles of an organisation."""
    return query.changes(_TABLE, organisation, using)
