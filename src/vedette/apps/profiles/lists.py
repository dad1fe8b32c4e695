"""The code lists that profiles ask for. Knows no Django: the process of backtests is small without."""

from __future__ import annotations

import uuid
from typing import Any


def code_lists(cursor: Any, organisation: uuid.UUID) -> dict[str, tuple[str, ...] | None]:
    """Code lists by name; of one past its day nothing is known (None): taken for empty, it would let
    `NOT … IN LIST` hold for everybody. `cursor` is of any connection to the database."""
    cursor.execute(
        "SELECT name, CASE WHEN until < (now() AT TIME ZONE 'UTC')::date THEN NULL ELSE codes END"
        " FROM profiles_codelist WHERE organisation_id = %s",
        [organisation],
    )
    return {name: None if codes is None else tuple(codes) for name, codes in cursor.fetchall()}
