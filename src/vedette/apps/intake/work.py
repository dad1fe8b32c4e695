"""The worker: claims frames from the inbox, puts them through the pipeline, rescreens on new knowledge."""

from __future__ import annotations

import datetime as dt
import logging
import time
import uuid
from collections.abc import Callable
from typing import Any

import psycopg
from django.db import Error as DjangoError
from psycopg import Connection

from vedette.apps.accounts import acts
from vedette.apps.accounts.keeping import keep_accounts
from vedette.apps.approvals.actions import run_out
from vedette.apps.columns import new_id
from vedette.apps.intake.claim import Claim, claim, connect, fail, forget, let_go, lock
from vedette.apps.intake.store import Store
from vedette.apps.knowledge.actions import expire_lookouts
from vedette.apps.knowledge.loading import current
from vedette.apps.oversight.rolling import catch_up
from vedette.apps.profiles import draws, known, loading, tester
from vedette.apps.profiles.actions.life import expire as expire_profiles
from vedette.apps.retention.housekeeping import Keeper
from vedette.apps.targeting import floods
from vedette.apps.targeting.rescreen import rescreen_corrected, rescreen_waiting
from vedette.apps.upkeep import beats
from vedette.judging import TRAVELLER, Judging
from vedette.keys import DamagedError, Keys, KeysError
from vedette.logs import kind
from vedette.pipeline import Received, process

logger = logging.getLogger(__name__)

#: Seconds between looks into an empty inbox.
POLL_S = 0.15
#: Seconds between rounds of housekeeping.
HOUSEKEEPING_S = 60.0
#: Seconds between looks for floods in the queue, at least.
FLOODS_S = 5.0


class Worker:
    """One process that drains the inbox. `keys` must hold the private half of `raw`; `id_` is given
    where another process waits for the end of this one."""

    def __init__(self, dsn: str, keys: Keys, id_: uuid.UUID | None = None) -> None:
        self.keys = keys
        self._id = id_ or new_id()
        self.connection: Connection[Any] = connect(dsn, self._id)
        self._housekept = self._floods_next = self._beaten = 0.0
        self._keep = Keeper(self.connection, keys)
        self._tester = tester.Tester(self.connection, dsn)

    def run(self, stop: Callable[[], bool]) -> None:
        """Works until `stop()`; the frame at hand is finished first.

        Knowledge is read before the first claim, so that no message waits for it.
        """
        beats.beat(self.connection, self._id, _now())
        for (organisation,) in self.connection.execute("SELECT id FROM accounts_organisation"):
            current(organisation, "intake")
            loading.current(organisation, TRAVELLER, "intake")
        while not stop():
            worked = self.step()
            worked = rescreen_waiting(self.connection, self.keys) or worked
            worked = rescreen_corrected(self.connection, self.keys) or worked
            self._housekeep()
            self._tester.look()
            if not worked:
                time.sleep(POLL_S)
        self._tester.stop()
        beats.leave(self.connection, self._id)

    def drain(self) -> int:
        """Works until nothing waits; gives the number of files."""
        done = 0
        while (
            (count := self.step())
            or rescreen_waiting(self.connection, self.keys)
            or rescreen_corrected(self.connection, self.keys)
        ):
            done += count
        return done

    def step(self) -> int:
        """One frame; gives how many files it held."""
        claims = claim(self.connection, self._id, _now())
        if not claims:
            return 0
        try:
            self._take(claims)
        except Exception:
            let_go(self.connection, self._id)
            raise
        return len(claims)

    def _take(self, claims: list[Claim]) -> None:
        """Stores the files. Where an error of ours fails the frame they are tried one by one, and a
        file that fails alone is kept as failed. Raises where the files are not to blame.

        Neither log nor row quotes the error's text: it may hold personal data.
        """
        try:
            self._store(claims)
        except Exception as error:
            if _not_theirs(error):
                raise
            if len(claims) == 1:
                logger.error("inbox %s failed: %s", claims[0].id, kind(error))
                fail(self.connection, claims[0], kind(error), _now())
                return
            logger.warning(
                "frame of %d files failed: %s; trying one by one", len(claims), kind(error)
            )
            for one in claims:
                self._take([one])

    def _store(self, claims: list[Claim]) -> None:
        organisation = claims[0].organisation
        knowledge = current(organisation, "intake")
        profiles = loading.current(organisation, TRAVELLER, "intake")
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
                now = _now()
                store = Store(self.connection, self.keys, organisation, now)
                process(received, store, knowledge, Judging(profiles, now))
                # Collection is logged (Directive 2016/681 art. 13 (6)): which file, whose, how large.
                collected = [
                    acts.Entry(
                        one.organisation,
                        None,
                        "message.store",
                        str(one.id),
                        {"size": len(one.data)},
                    )
                    for one in received
                ]
                acts.write_many(self.connection, self.keys, collected)

    def _housekeep(self) -> None:
        if time.monotonic() - self._beaten > beats.EVERY_S:
            self._beaten = time.monotonic()
            beats.beat(self.connection, self._id, _now())
        if time.monotonic() - self._housekept > HOUSEKEEPING_S:
            self._housekept = time.monotonic()
            forget(self.connection, _now())
            expire_lookouts("intake")
            keep_accounts("intake")
            run_out("intake")
            beats.tidy(self.connection, _now())
            expire_profiles("intake")
            draws.keep_promises(self.connection, self.keys, _now())
            tester.forget(self.connection)
            known.forget(self.connection)
            known.compact(self.connection)
            self._keep(_now())
            catch_up(self.connection, self.keys, _now())
        if time.monotonic() > self._floods_next:
            began = time.monotonic()
            floods.mark(self.connection)
            # A flood of hundreds of thousands takes a second to count: never a fiftieth of the time.
            ended = time.monotonic()
            self._floods_next = ended + max(FLOODS_S, 50 * (ended - began))


def _not_theirs(error: Exception) -> bool:
    """Whether the database, the connection or a missing key is at fault, and no file."""
    cause = error.__cause__ if isinstance(error, DjangoError) else error
    if isinstance(cause, psycopg.OperationalError):
        # Class 54: a limit of the database that only what is in the file can exceed.
        return not (cause.sqlstate or "").startswith("54")
    return isinstance(cause, psycopg.InterfaceError) or (
        isinstance(cause, KeysError) and not isinstance(cause, DamagedError)
    )


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def organisation_or_first(connection: Connection[Any], name: str | None) -> uuid.UUID | None:
    """The organisation of that name; without a name, the only one there is."""
    rows = connection.execute(
        "SELECT id FROM accounts_organisation WHERE %s::text IS NULL OR name = %s ORDER BY id LIMIT 2",
        [name, name],
    ).fetchall()
    return rows[0][0] if len(rows) == 1 else None
