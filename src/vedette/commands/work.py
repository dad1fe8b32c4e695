"""Process the inbox: read, join, screen and store messages; seal the journal.

Several workers may run at once; one of them seals. `VEDETTE_JOURNAL` names the folder of the signed heads.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING

from vedette.apps.backup import marker
from vedette.commands.environment import database, journal, keys
from vedette.keys.ring import KeysError
from vedette.server import logs

if TYPE_CHECKING:
    from vedette.apps.desk.work import Worker

#: Thresholds of the garbage collector. A frame creates hundreds of thousands of objects that exist until it
#: is stored; with Python's default of 700, the collector scans them repeatedly without result (measured: 13 %
#: of a worker's time).
_COLLECT = (20_000, 5, 20)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--drain stops when the inbox is empty."""
    parser.add_argument("--drain", action="store_true", help="stop when the inbox is empty")


def run(args: argparse.Namespace) -> int:
    """Runs until it is stopped (SIGTERM, SIGINT); the current frame is finished first.

    Exit status 1 if a key or the folder of the heads is missing, or a restore is in progress.
    """
    gc.set_threshold(*_COLLECT)
    try:
        with database():
            from vedette.apps.desk.work import Worker
            from vedette.apps.journal.sealing import Sealer

            logs.quiet_exceptions()

            dsn, ring = os.environ["DATABASE_URL_INTAKE"], keys()
            marker.refuse_at(dsn)
            worker = Worker(dsn, ring)
            sealer = Sealer(dsn, ring, journal())
            sealer.start()
            try:
                _work(worker, args.drain)
            finally:
                sealer.stop()
    except (KeysError, marker.Restoring) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _work(worker: Worker, drain: bool) -> None:
    if drain:
        print(f"{worker.drain()} files")
        return
    stopped = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopped
        stopped = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    worker.run(lambda: stopped)
