"""Drain the inbox: read, join, screen and store messages; seal the journal.

Several workers may run at once; one of them seals. `VEDETTE_JOURNAL` names the folder of the signed
heads.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING

from vedette.apps.upkeep import marker
from vedette.commands.environment import database, journal, keys
from vedette.keys.ring import KeysError
from vedette.server import logs

if TYPE_CHECKING:
    from vedette.apps.desk.work import Worker

#: A frame makes hundreds of thousands of objects that live until it is stored: at Python's own 700, the
#: collector walks them again and again in vain (measured: 13 % of a worker's time).
_COLLECT = (20_000, 5, 20)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--drain stops when nothing waits."""
    parser.add_argument("--drain", action="store_true", help="stop when nothing waits")


def run(args: argparse.Namespace) -> int:
    """Works until told to stop (SIGTERM, SIGINT): the frame at hand is finished first.

    1 where a key or the folder of the heads is missing, or a restore is under way.
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
