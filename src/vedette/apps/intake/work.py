"""The worker: claims frames from the inbox, puts them through the pipeline, rescreens on new knowledge."""

from __future__ import annotations

import datetime as dt
import logging
import time
import uuid
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import Connection

from vedette.apps.intake.claim import Claim, claim, fail, forget, let_go, lock
from vedette.apps.intake.store import Store
from vedette.apps.knowledge.actions import expire_lookouts
from vedette.apps.knowledge.loading import current
from vedette.apps.targeting.rescreen import rescreen_waiting
from vedette.keys import Keys, KeysError
from vedette.pipeline import Received, process

logger = logging.getLogger(__name__)

#: Seconds between looks into an empty inbox.
POLL_S = 0.15
#: Seconds between rounds of housekeeping.
HOUSEKEEPING_S = 60.0


class Worker:
    """One process that drains the inbox. `keys` must hold the private half of `raw`."""

    def __init__(self, dsn: str, keys: Keys) -> None:
        self.keys = keys
        self.connection: Connection[Any] = psycopg.connect(dsn, autocommit=True)
        self._housekept = 0.0

    def run(self, stop: Callable[[], bool]) -> None:
        """Works until `stop()`; the frame at hand is finished first.

        Knowledge is read before the first claim, so that no message waits for it.
        """
        for (organisation,) in self.connection.execute("SELECT id FROM accounts_organisation"):
            current(organisation, "intake")
        while not stop():
            worked = self.step()
            worked = rescreen_waiting(self.connection, self.keys) or worked
            self._housekeep()
            if not worked:
                time.sleep(POLL_S)

    def drain(self) -> int:
        """Works until nothing waits; gives the number of files."""
        done = 0
        while (count := self.step()) or rescreen_waiting(self.connection, self.keys):
            done += count
        return done

    def step(self) -> int:
        """One frame; gives how many files it held."""
        claims = claim(self.connection, _now())
        if not claims:
            return 0
        try:
            self._store(claims)
        except (psycopg.OperationalError, KeysError):
            let_go(self.connection, claims)
            raise
        except Exception as error:
            self._apart(claims, error)
        return len(claims)

    def _apart(self, claims: list[Claim], error: Exception) -> None:
        """A frame failed by an error of ours: its files are tried one by one, the rest goes on.

        Neither log nor row quotes the error's text: it may hold personal data.
        """
        if len(claims) > 1:
            logger.warning(
                "frame of %d files failed: %s; trying one by one", len(claims), _kind(error)
            )
            for one in claims:
                try:
                    self._store([one])
                except Exception as alone:
                    logger.error("inbox %s failed: %s", one.id, _kind(alone))
                    fail(self.connection, [one], _kind(alone), _now())
        else:
            logger.error("inbox %s failed: %s", claims[0].id, _kind(error))
            fail(self.connection, claims, _kind(error), _now())

    def _store(self, claims: list[Claim]) -> None:
        organisation = claims[0].organisation
        knowledge = current(organisation, "intake")
        with self.connection.transaction():
            received = [
                Received(
                    id=id_,
                    organisation=organisation_,
                    name=name,
                    received_at=received_at,
                    data=self.keys.open_sealed(bytes(sealed)),
                )
                for id_, organisation_, name, received_at, sealed in lock(self.connection, claims)
            ]
            if received:
                store = Store(self.connection, self.keys, organisation, _now())
                process(received, store, knowledge)

    def _housekeep(self) -> None:
        if time.monotonic() - self._housekept > HOUSEKEEPING_S:
            self._housekept = time.monotonic()
            forget(self.connection, _now())
            expire_lookouts("intake")


def _kind(error: BaseException) -> str:
    """Type and place of an error: enough to find it, nothing of what it was about."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else ""
    return type(error).__name__ + place


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def organisation_or_first(connection: Connection[Any], name: str | None) -> uuid.UUID | None:
    """The organisation of that name; without a name, the only one there is."""
    rows = connection.execute(
        "SELECT id FROM accounts_organisation WHERE %s::text IS NULL OR name = %s ORDER BY id LIMIT 2",
        [name, name],
    ).fetchall()
    return rows[0][0] if len(rows) == 1 else None
