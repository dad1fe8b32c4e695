"""An artificial clock: of the workers, or of the database, whose function only its owner replaces."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any
from unittest import mock

import psycopg
from psycopg import Connection, sql

_NOW = "CREATE OR REPLACE FUNCTION vedette_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS {}"


@contextmanager
def workers_at(at: dt.datetime) -> Iterator[None]:
    """Every worker believes that it is this time. The profiles that the test activated are in force."""
    from vedette.apps.profiles import loading
    from vedette.apps.upkeep.clock import Clock, Reading

    current = loading.current

    def active(organisation: Any, kind: str, using: str, now: dt.datetime) -> Any:
        return current(organisation, kind, using, max(now, dt.datetime.now(dt.UTC)))

    with (
        mock.patch.object(Clock, "read", return_value=Reading(at, True)),
        mock.patch.object(loading, "current", active),
    ):
        yield


class Ticking:
    """Time passes when a test says so: for the database, and for the machine of the workers."""

    def __init__(self, owner: Connection[Any], at: dt.datetime) -> None:
        self.owner, self.at, self.uptime = owner, at, 1000.0
        self._set()

    def _set(self) -> None:
        says = sql.Literal(f"SELECT '{self.at.isoformat()}'::timestamptz")
        self.owner.execute(sql.SQL(_NOW).format(says))

    def seconds(self) -> float:
        """Since the machine started."""
        return self.uptime

    def passes(self, **span: float) -> None:
        """Time passes, and both clocks show it."""
        self.uptime += dt.timedelta(**span).total_seconds()
        self.jumps(**span)

    def jumps(self, **span: float) -> None:
        """The database's clock is changed; no time passes."""
        self.at += dt.timedelta(**span)
        self._set()


@contextmanager
def ticking(superuser: str, at: dt.datetime | None = None) -> Iterator[Ticking]:
    """The database and the machine show times that only the test changes."""
    from vedette.apps.upkeep import clock

    with psycopg.connect(superuser, autocommit=True) as owner:
        found = Ticking(owner, at or dt.datetime.now(dt.UTC))
        try:
            with mock.patch.object(clock, "_uptime", found.seconds):
                yield found
        finally:
            owner.execute(sql.SQL(_NOW).format(sql.Literal("SELECT clock_timestamp()")))


def at_once(act: str, organisation: Any, count: int, total: int) -> Any:
    """A timed act of any size waits for nobody (`accounts.actions.Asking`)."""
    return nullcontext(dt.datetime.now(dt.UTC))
