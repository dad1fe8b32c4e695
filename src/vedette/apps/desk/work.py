"""The worker: processes the files of the inbox in batches, screens stored subjects again, and runs periodic
jobs."""

from __future__ import annotations

import datetime as dt
import gc
import logging
import time
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

import psycopg
from django.conf import settings
from django.db import Error as DjangoError
from psycopg import Connection

from vedette.apps.accounts import acts
from vedette.apps.accounts.actions import Asking, keep_accounts
from vedette.apps.approvals.actions import run_out
from vedette.apps.assistance.actions import working as assisting
from vedette.apps.columns import new_id
from vedette.apps.cooperation.actions import contacts, telling
from vedette.apps.desk import expected
from vedette.apps.desk.mailing import Mailer
from vedette.apps.desk.notifications import notify_late
from vedette.apps.desk.rescreen import (
    in_force,
    rescreen_activated,
    rescreen_controls,
    rescreen_judged,
    rescreen_linked,
    rescreen_marked,
    rescreen_waiting,
)
from vedette.apps.enforcement.actions import reachback
from vedette.apps.hits import floods
from vedette.apps.inbox.claim import MAX_BYTES, Claim, claim, connect, fail, forget, let_go, lock
from vedette.apps.inbox.store import InboxStore
from vedette.apps.inbox.submissions import hand_over
from vedette.apps.library import steps as library
from vedette.apps.lists import building, drafts
from vedette.apps.lists.actions import expire_lookouts
from vedette.apps.lists.loading import current, wanted
from vedette.apps.lists.subscriptions import Fetcher
from vedette.apps.notices import actions as notices
from vedette.apps.offline import taking
from vedette.apps.operations.actions import watching
from vedette.apps.oversight.daily import catch_up
from vedette.apps.profiles import backtesting, draws, known, loading
from vedette.apps.profiles.actions import expire as expire_profiles
from vedette.apps.release.actions import returns
from vedette.apps.retention.runs import Keeper
from vedette.apps.subjects.kinds import app_kinds
from vedette.apps.upkeep import beats, pauses
from vedette.apps.upkeep.clock import Clock
from vedette.core.errors import ListsNotReady
from vedette.keys.ring import DamagedError, Keys, KeysError
from vedette.kinds import kinds
from vedette.pipeline.process import Received, process
from vedette.server.logs import kind
from vedette.server.memory import drop_code, trim

logger = logging.getLogger(__name__)

#: Seconds between two checks of an empty inbox.
POLL_S = 0.15
#: Number of new objects of a batch from which the garbage collector runs after the batch.
_GARBAGE = 20_000
#: Number of messages that a batch should not exceed. A table can contain thousands of declarations; the
#: transaction locks each of them (`subjects.rows.lock`).
_MESSAGES = 700
#: Seconds between two executions of a periodic job.
HOUSEKEEPING_S = 60.0
#: Seconds between two returns of freed memory to the system.
TRIM_S = 10.0
#: Seconds between two looks at drafts of lists, and at lists that must be prepared.
DRAFTS_S, LISTS_S = 1.0, 5.0
#: Seconds between two looks at e-mails. A user waits for the code that confirms an address.
MAILS_S = 5.0
#: Seconds between two looks at deadlines, which escalate at their time.
DEADLINES_S = 5.0
#: Minimum seconds between two searches for floods in the queue.
FLOODS_S = 5.0


class Job(NamedTuple):
    """A job of a worker. The worker passes the current time to the job. `every` is the time between two
    executions in seconds; 0 means that the job is executed in each round. `rests` is the shortest pause
    between two executions, as a multiple of the duration of the last execution. If `timed` is true, the job
    is a scheduled task, which is not executed while the clock may be wrong (`upkeep/clock.py`).
    """

    name: str
    run: Callable[[Worker, dt.datetime], object]
    every: float = HOUSEKEEPING_S
    rests: int = 0
    timed: bool = False


class Worker:
    """One process that processes the inbox. `keys` must contain the private half of the key pair `raw`. `id_`
    is given if a parent process waits until this process ends."""

    def __init__(self, dsn: str, keys: Keys, id_: uuid.UUID | None = None) -> None:
        self.keys = keys
        self.id = id_ or new_id()
        self.connection: Connection[Any] = connect(dsn, self.id)
        self.clock = Clock(keys)
        self.keeper = Keeper(self.connection, keys)
        self.tester = backtesting.Tester(self.connection, dsn)
        self.builder = building.Builder(self.connection, dsn)
        self.drafts = drafts.Drafts(self.connection)
        self.counts = drafts.Drafts(self.connection, expected.STEP)
        #: The processes of the kinds and of the library.
        steps = [*(step for one in app_kinds() for step in one.steps), *library.STEPS]
        self.own = [drafts.Drafts(self.connection, step) for step in steps]
        self.fetcher = Fetcher()
        #: Organisations whose lists are not loaded; their files wait.
        self.unready: set[uuid.UUID] = set()
        self.mailer = Mailer()
        self._next: dict[str, float] = {}
        #: The maximum number of bytes of the next batch.
        self._bytes = MAX_BYTES

    def run(self, stop: Callable[[], bool]) -> None:
        """Works until `stop()` returns true. The current batch of files is finished first.

        Lists and profiles are loaded before the first files are claimed, so that no message waits for them.
        """
        beats.beat(self.connection, self.id)
        for (organisation,) in self.connection.execute("SELECT id FROM accounts_organisation"):
            self._load(organisation)
            for name in kinds():
                loading.current(organisation, name, "intake", self._now())
        # Garbage collection no longer scans the loaded objects. They are freed nevertheless when later lists
        # replace them.
        gc.freeze()
        trimmed = 0.0
        while not stop():
            worked = self.round()
            # A worker with much work needs this as well: it frees most.
            if time.monotonic() > trimmed + TRIM_S:
                trim()
                drop_code("llvmlite", "_polars_runtime")
                trimmed = time.monotonic()
            if not worked:
                time.sleep(POLL_S)
        self.tester.stop()
        self.builder.stop()
        self.drafts.stop()
        self.counts.stop()
        for one in self.own:
            one.stop()
        self.fetcher.stop()
        self.mailer.stop()
        beats.leave(self.connection, self.id)

    def round(self) -> bool:
        """Runs each job that is due. Returns whether a job that runs in each round had work to do."""
        worked = False
        for job in JOBS:
            if not job.every:
                worked = bool(self.do(job)) or worked
            elif time.monotonic() > self._next.get(job.name, 0.0):
                began = time.monotonic()
                self.do(job)
                ended = time.monotonic()
                self._next[job.name] = ended + max(job.every, job.rests * (ended - began))
        return worked

    def do(self, job: Job) -> object:
        """Executes a job once, and returns the result of the job. A scheduled task is not executed while the
        clock may be wrong."""
        now, trusted = self.clock.read(self.connection)
        return job.run(self, now) if trusted or not job.timed else None

    def drain(self) -> int:
        """Processes files and jobs until there are no more. Returns the number of processed files."""
        while self.drafts.look():
            self.drafts.wait()
        while self.counts.look():
            self.counts.wait()
        for one in self.own:
            while one.look():
                one.wait()
        done = self._drain()
        while waiting := set(wanted):
            self.prepare()
            self.builder.wait()
            for organisation in waiting:
                self._load(organisation)
            done += self._drain()
            if waiting <= wanted:
                break
        return done

    def _drain(self) -> int:
        done = 0
        rescreens = [job for job in JOBS[1:] if not job.every]
        while (count := self.step()) or any(self.do(job) for job in rescreens):
            done += count
        return done

    def prepare(self) -> None:
        """Starts the preparation of lists with many changes, and loads the lists that have become ready."""
        self.builder.look(wanted, settings.CACHE)
        for organisation in tuple(self.unready):
            self._load(organisation)

    def _load(self, organisation: uuid.UUID) -> None:
        try:
            current(organisation, "intake")
        except ListsNotReady as error:
            logger.warning("files wait: %s", error)
            self.unready.add(organisation)
        else:
            self.unready.discard(organisation)

    def step(self) -> int:
        """Processes one batch of received files. Returns the number of files in the batch."""
        claims = claim(self.connection, self.id, self._now(), self.unready, self._bytes)
        if not claims:
            return 0
        try:
            self._take(claims)
        except ListsNotReady:
            let_go(self.connection, self.id)
            self.unready.add(claims[0].organisation)
            return 0
        except Exception:
            let_go(self.connection, self.id)
            raise
        # The records of a batch refer to each other. The thresholds of `commands/work.py` would keep the
        # records of the last 200,000 subjects in memory.
        if gc.get_count()[0] > _GARBAGE:
            gc.collect(1)
        return len(claims)

    def _take(self, claims: list[Claim]) -> None:
        """Stores the files. If a file causes an error, the files of the batch are processed one by one, and
        each file that still causes an error is marked as failed. If no file caused the error, the error is
        raised again.

        The text of an error may contain personal data, so neither the log nor the row of the file contains
        this text.
        """
        try:
            self._store(claims)
        except Exception as error:
            if _not_theirs(error):
                raise
            if len(claims) == 1:
                logger.error("inbox %s failed: %s", claims[0].id, kind(error))
                fail(self.connection, claims[0], kind(error), self._now())
                return
            logger.warning(
                "batch of %d files failed: %s; trying one by one", len(claims), kind(error)
            )
            for one in claims:
                self._take([one])

    def _store(self, claims: list[Claim]) -> None:
        organisation = claims[0].organisation
        with self.connection.transaction():
            received = [
                Received(
                    id=id_,
                    organisation=organisation_,
                    name=name,
                    received_at=received_at,
                    submitter=submitter,
                    data=self.keys.open_sealed(bytes(sealed)),
                )
                for id_, organisation_, name, received_at, submitter, sealed in lock(
                    self.connection, claims
                )
            ]
            if received:
                now = self._now()
                knowledge = in_force(self.connection, organisation, now)
                stores = {
                    kind.name: kind.store(self.connection, self.keys, organisation, now)
                    for kind in app_kinds()
                }
                inbox = InboxStore(self.connection, self.keys, organisation, now)
                process(received, inbox, stores, knowledge)
                size = sum(len(one.data) for one in received)
                self._bytes = min(MAX_BYTES, size * _MESSAGES // max(1, inbox.messages))
                # Collection is logged (Directive 2016/681 art. 13 (6)): the file, its organisation and size.
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

    def request(self, now: dt.datetime) -> int:
        """Requests the regular tasks of the kinds of subject. Returns the number of new requests."""
        return sum(
            kind.requested(self.connection, now)
            for kind in app_kinds()
            if kind.requested is not None
        )

    def watch(self, now: dt.datetime) -> int:
        """Carries out the due tasks of each kind of subject. Returns the number of changes."""
        return sum(
            kind.watch(self.connection, self.keys, now)
            for kind in app_kinds()
            if kind.watch is not None
        )

    def asking(self, now: dt.datetime) -> Asking:
        """Returns the function that decides whether a scheduled task may change many accounts or profiles."""
        return pauses.Asking(self.connection, self.keys, now).rows

    def _now(self) -> dt.datetime:
        return self.clock.read(self.connection).now


def _timed(name: str, run: Callable[[Worker, dt.datetime], object]) -> Job:
    return Job(name, run, timed=True)


#: All jobs of a worker, in this order. Several workers may execute the same job at the same time.
JOBS = (
    Job("messages", lambda w, now: w.step(), every=0),
    Job("lists", lambda w, now: rescreen_waiting(w.connection, w.keys), every=0),
    Job("control lists", lambda w, now: rescreen_controls(w.connection, now), every=0),
    Job("profiles in force", lambda w, now: rescreen_activated(w.connection, now), every=0),
    Job("records of kinds", lambda w, now: rescreen_judged(w.connection, w.keys, now), every=0),
    Job("links", lambda w, now: rescreen_linked(w.connection, now), every=0),
    Job("marked subjects", lambda w, now: rescreen_marked(w.connection, w.keys, now), every=0),
    Job("submissions", lambda w, now: hand_over(w.connection, w.keys), every=0),
    Job("beat", lambda w, now: beats.beat(w.connection, w.id), every=beats.EVERY_S),
    Job("drafts of lists", lambda w, now: w.drafts.look(), every=DRAFTS_S),
    Job("expected hits", lambda w, now: w.counts.look(), every=DRAFTS_S),
    Job("requests of kinds", lambda w, now: w.request(now)),
    Job("processes of kinds", lambda w, now: [one.look() for one in w.own], every=DRAFTS_S),
    Job("lists in force", lambda w, now: w.prepare(), every=LISTS_S),
    Job("deadlines of kinds", lambda w, now: w.watch(now), every=DEADLINES_S, timed=True),
    Job(
        "questions",
        lambda w, now: reachback.watch(w.connection, w.keys, now),
        every=DEADLINES_S,
        timed=True,
    ),
    Job(
        "recalls",
        lambda w, now: returns.carry_out(w.connection, w.keys, now),
        every=DEADLINES_S,
    ),
    Job(
        "operations",
        lambda w, now: watching.watch(w.connection, w.keys, now),
        every=DEADLINES_S,
        timed=True,
    ),
    Job(
        "mutual assistance",
        lambda w, now: telling.tell(w.connection, now),
        every=DEADLINES_S,
        timed=True,
    ),
    Job(
        "assistance",
        lambda w, now: assisting.work(w.connection, w.keys, now),
        every=DEADLINES_S,
        timed=True,
    ),
    Job("field entries", lambda w, now: taking.take(w.connection, w.keys, now), every=DRAFTS_S),
    _timed("old field entries", lambda w, now: taking.forget(w.connection, now)),
    _timed("contacts", lambda w, now: contacts.ask_again(w.connection, now)),
    _timed("old requests", lambda w, now: telling.forget(w.connection, now)),
    _timed("names of operations", lambda w, now: watching.forget(w.connection, now)),
    _timed("unreadable files", lambda w, now: forget(w.connection, now)),
    _timed("lookouts", lambda w, now: expire_lookouts("intake", now)),
    _timed("accounts", lambda w, now: keep_accounts("intake", now, w.asking(now))),
    _timed("approvals", lambda w, now: run_out("intake", now)),
    _timed("released names", lambda w, now: returns.forget(w.connection, now)),
    _timed("notifications", lambda w, now: notices.forget(w.connection, now)),
    _timed("rates", lambda w, now: beats.tidy(w.connection, now)),
    _timed("profiles", lambda w, now: expire_profiles("intake", now, w.asking(now))),
    _timed("draws", lambda w, now: draws.keep_promises(w.connection, w.keys, now)),
    _timed("quick counts", lambda w, now: backtesting.forget(w.connection, now)),
    Job("deleted values", lambda w, now: known.forget(w.connection)),
    Job("values", lambda w, now: known.compact(w.connection)),
    Job("unmasking", lambda w, now: w.keeper.unmask()),
    _timed("retention", lambda w, now: w.keeper(now)),
    _timed("oversight", lambda w, now: catch_up(w.connection, w.keys, now)),
    # Counting a flood of hundreds of thousands of hits takes a second. With this pause, the job uses at most
    # a fiftieth of the time.
    Job("floods", lambda w, now: floods.mark(w.connection, now), every=FLOODS_S, rests=50),
    Job("backtests", lambda w, now: w.tester.look(), every=backtesting.LOOK_S),
    Job("subscriptions", lambda w, now: w.fetcher.look(), every=LISTS_S),
    Job("late messages", lambda w, now: notify_late(w.connection, now), every=5 * HOUSEKEEPING_S),
    Job("e-mails", lambda w, now: w.mailer.look(), every=MAILS_S),
)


def _not_theirs(error: Exception) -> bool:
    """Whether the cause of the error is the database, the connection, a missing key or missing lists, and not
    the content of a file."""
    if isinstance(error, ListsNotReady):
        return True
    cause = error.__cause__ if isinstance(error, DjangoError) else error
    if isinstance(cause, psycopg.OperationalError):
        # Class 54: a limit of the database that only the content of the file can exceed.
        return not (cause.sqlstate or "").startswith("54")
    return isinstance(cause, psycopg.InterfaceError) or (
        isinstance(cause, KeysError) and not isinstance(cause, DamagedError)
    )


def organisation_or_first(connection: Connection[Any], name: str | None) -> uuid.UUID | None:
    """Returns the organisation with this name or, without a name, the only organisation. Without a name,
    returns None if there is not exactly one organisation."""
    rows = connection.execute(
        "SELECT id FROM accounts_organisation WHERE %s::text IS NULL OR name = %s ORDER BY id LIMIT 2",
        [name, name],
    ).fetchall()
    return rows[0][0] if len(rows) == 1 else None
