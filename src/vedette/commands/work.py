"""Drain the inbox: read, join, screen and store messages; several workers may run at once."""

from __future__ import annotations

import argparse
import os
import signal
from types import FrameType

from vedette.commands.environment import database, keys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--drain stops when nothing waits."""
    parser.add_argument("--drain", action="store_true", help="stop when nothing waits")


def run(args: argparse.Namespace) -> int:
    """Works until told to stop (SIGTERM, SIGINT): the frame at hand is finished first."""
    with database():
        from vedette.apps.intake.work import Worker

        worker = Worker(os.environ["DATABASE_URL_INTAKE"], keys())
        if args.drain:
            print(f"{worker.drain()} files")
            return 0
        stopped = False

        def stop(number: int, frame: FrameType | None) -> None:
            nonlocal stopped
            stopped = True

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        worker.run(lambda: stopped)
    return 0
