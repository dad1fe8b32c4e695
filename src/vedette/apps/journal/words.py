"""Finds the texts of a decision during verification: clear, on their way into the vault, or in it.

Only masking may remove them from their original place. In the vault they are still checked against their seal
if the month keys are available; otherwise the report states that they exist and were not decrypted.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection

from vedette.apps.journal import canonical
from vedette.keys.months import MonthKey, MonthKeys
from vedette.keys.ring import KeysError

_CLEAR = "hits_textclear"
_APART = "SELECT apart FROM retention_masking WHERE parent = %s AND to_regclass(apart) IS NOT NULL"
_SEALED = """
    SELECT owner, part, kind, retention_class, month, sealed FROM {}
    WHERE owner = ANY(%s::uuid[]) AND kind = ANY(%s)
"""


@dataclass(frozen=True)
class Vault:
    """The table of masked values, and the function that opens one row of it with its month key."""

    table: str
    open_row: Callable[[MonthKey, str, uuid.UUID, uuid.UUID, bytes], Mapping[str, Any]]


_vaults: list[Vault] = []


def register(vault: Vault) -> None:
    """Says where masked words are; called once, by the app that masks."""
    _vaults[:] = [vault]


@dataclass
class Said:
    """The texts of one decision by kind; whether they are masked; whether they could be decrypted; and the
    reason if a key that should decrypt them does not."""

    texts: dict[str, str] = field(default_factory=dict)
    masked: bool = False
    opened: bool = True
    problem: str = ""


def hold(connection: Connection[Any]) -> None:
    """Called first in a transaction, so that no partition is dropped during its snapshot. A retention run
    waits, or retries in an hour."""
    connection.execute(f"LOCK TABLE {_CLEAR}, {_vaults[0].table} IN ACCESS SHARE MODE")


class Reader:
    """Reads texts in one snapshot."""

    def __init__(self, connection: Connection[Any], months: MonthKeys | None) -> None:
        self._connection, self._months = connection, months
        self._keys: dict[tuple[str, dt.date], MonthKey] = {}
        self._tables = [_CLEAR, *(name for (name,) in connection.execute(_APART, [_CLEAR]))]

    def read(self, decisions: Sequence[str]) -> dict[str, Said]:
        """The texts of these decisions, by id; a decision without any is absent."""
        found: dict[str, Said] = {}
        for table in self._tables:
            for subject, kind, text in canonical.texts(self._connection, decisions, table):
                said = found.setdefault(subject, Said(masked=table != _CLEAR))
                said.texts[kind] = text
        left = [one for one in decisions if one not in found]
        for subject, kind, opened, problem in self._vault(left):
            said = found.setdefault(subject, Said(masked=True))
            said.opened = said.opened and opened is not None
            said.problem = said.problem or problem
            if opened is not None:
                said.texts[kind] = opened
        return found

    def _vault(self, decisions: Sequence[str]) -> Iterator[tuple[str, str, str | None, str]]:
        if not decisions:
            return
        vault = _vaults[0]
        rows = self._connection.execute(
            _SEALED.format(vault.table), [list(decisions), list(canonical.WORDS)]
        )
        for subject, part, kind, class_, month, sealed in rows.fetchall():
            text, problem = None, ""
            if self._months is not None:
                try:
                    key = self._key(self._months, class_, month.replace(day=1))
                    text = vault.open_row(key, kind, subject, part, bytes(sealed))["text"]
                except KeysError as error:
                    problem = str(error)
            yield str(subject), kind, text, problem

    def _key(self, months: MonthKeys, class_: str, month: dt.date) -> MonthKey:
        if (class_, month) not in self._keys:
            self._keys[class_, month] = months.get(class_, month)
        return self._keys[class_, month]
