"""Process the inbox (read, merge, store and screen messages), and add journal entries to the hash chain.

Several workers can run at the same time. Only one of the workers adds journal entries to the hash chain at a
time. `VEDETTE_JOURNAL` names the folder of the signed heads. Each worker consists of two processes. The first
process handles the messages. The second process waits until the first process ends. If the first process
crashed, the second process counts the crash.
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from vedette.commands.environment import database, journal, keys
from vedette.server import logs

if TYPE_CHECKING:
    from vedette.apps.desk.work import Worker

#: Thresholds of the garbage collector. A batch creates hundreds of thousands of objects that exist until it
#: is stored, and the collector would scan them repeatedly without result. Measured on batches of 6,000
#: subjects: 10.8 s of processor time with Python's default of 700, 9.4 s with 20,000, 8.9 s with a million,
#: 8.2 s if the lists and profiles are frozen too (`Worker.run`).
_COLLECT = (1_000_000, 5, 20)
#: Signals that a fault of the process itself raises.
_FAULTS = {
    signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSEGV, signal.SIGSYS,
    signal.SIGTRAP,
}  # fmt: skip
_VMSTAT = Path("/proc/vmstat")

logger = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--drain", action="store_true", help="stop when the inbox is empty")
    parser.add_argument("--worker", type=uuid.UUID, help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Runs the worker until SIGTERM or SIGINT. The files that are being processed are finished first.

    The exit status is 1 if a key or the folder of the heads is missing, or if a restore is in progress. The
    exit status is also 1 if the database was made by another version, or for other kinds of subject. If the
    worker was started, the command returns the exit status of the worker, or 128 + the number of the signal
    that ended it.
    """
    if args.worker is not None:
        return _worker(args.worker, args.drain)
    with database(django=False):
        return _watch(args.drain)


def _watch(drain: bool) -> int:
    """Runs the worker in a separate process and returns its exit status."""
    with watched("--drain" if drain else "") as child:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, frame: child.send_signal(signal.SIGTERM))
        code = child.wait()
    return code if code >= 0 else 128 - code


@contextmanager
def watched(
    *arguments: str, start: Callable[..., subprocess.Popen[bytes]] = subprocess.Popen
) -> Iterator[subprocess.Popen[bytes]]:
    """Starts a worker as a separate process and yields the process. `start` takes the arguments of
    `subprocess.Popen`. The caller waits for the end of the process, because only its parent process receives
    the exit status. If the worker crashed while it processed a single file, the crash is counted for that
    file."""
    from vedette.apps.inbox.claim import connect, count_death

    worker = uuid.uuid4()
    command = [sys.executable, "-m", "vedette.cli", "work", "--worker", str(worker)]
    with connect(os.environ["DATABASE_URL_INTAKE"], worker) as connection:
        killed_before = _killed_for_memory()
        child = start([*command, *filter(None, arguments)], stdin=subprocess.PIPE)
        yield child
        if died(child.wait(), _killed_for_memory() > killed_before):
            # The connection was lost (the database may have crashed), or the database has no tables (a
            # restore is in progress): nothing is counted.
            with suppress(psycopg.Error):
                count_death(connection, worker)


def died(code: int, killed_for_memory: bool) -> bool:
    """Returns whether a process with this `Popen.returncode` crashed. A process crashed if a fault signal
    such as SIGSEGV ended it, if its exit status is unexpected, or if the kernel killed it for lack of memory.
    A process that any other signal ended did not crash, because another process sent this signal.
    """
    if code == -signal.SIGKILL:
        return killed_for_memory
    return -code in _FAULTS if code < 0 else code not in (0, os.EX_TEMPFAIL)


def _killed_for_memory() -> int:
    """Returns the number of processes that the kernel has killed for lack of memory since the machine
    started. Returns 0 if the number of killed processes is not available."""
    try:
        lines = _VMSTAT.read_text("ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)


def _worker(id_: uuid.UUID, drain: bool) -> int:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    gc.set_threshold(*_COLLECT)
    try:
        with database():
            from vedette.apps.desk.work import Worker
            from vedette.apps.journal.sealing import Sealer
            from vedette.apps.sql import fingerprint
            from vedette.apps.upkeep import marker

            logs.quiet_exceptions()

            dsn, ring = os.environ["DATABASE_URL_INTAKE"], keys()
            marker.refuse_at(dsn)
            # A worker with fewer kinds would delete the messages of the others as unreadable.
            with psycopg.connect(dsn) as connection:
                fingerprint.check(connection)
            worker = Worker(dsn, ring, id_)
            sealer = Sealer(dsn, ring, journal())
            sealer.start()
            try:
                _work(worker, drain)
            finally:
                sealer.stop()
    except psycopg.OperationalError as error:
        logger.error("stopped by an error of the database: %s", logs.kind(error))
        return os.EX_TEMPFAIL
    return 0


def _end_with_parent() -> None:
    """Ends this process when its parent process has ended. Standard input is a pipe from the parent process,
    which writes nothing to the pipe. The pipe closes when the parent process ends."""
    os.read(0, 1)
    os._exit(1)


def _work(worker: Worker, drain: bool) -> None:
    if drain:
        print(f"{worker.drain()} files")
        return
    stopped: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, frame: stopped.append(number))
    worker.run(lambda: bool(stopped))
