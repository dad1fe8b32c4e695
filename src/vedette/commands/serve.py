"""Run the web server with its pages and API, behind a proxy that terminates TLS (docs/operators.md).

Environment: DATABASE_URL, VEDETTE_KEYS, VEDETTE_HOSTS (host names, separated by commas), VEDETTE_ORIGINS
(https://… addresses from which forms are accepted). The server also serves the static files.

With --public, the command runs the public cash form instead, in a separate process with a separate database
role (`cash/public/configuration.py` lists its environment).
"""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from vedette.commands.environment import database
from vedette.core.errors import Failure, WrongUsage
from vedette.server import logs

#: The ports of the web server and of the public form.
PORT, PUBLIC_PORT = 8000, 8001
#: Seconds within which a client must send its headers, and a process must stop.
HEADERS_S = 15
STOP_S = 30
#: The beginning of the name of a folder with counters, and the file in it that its server locks.
_COUNTERS, _LOCK = "vedette-metrics-", "lock"
#: A folder that was made so many seconds ago may not be locked yet.
_NEW_S = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address it listens on (127.0.0.1)")
    parser.add_argument("--port", type=int, help="port (8000; with --public 8001)")
    parser.add_argument(
        "--public", action="store_true", help="run the public cash form and nothing else"
    )
    parser.add_argument("--workers", type=int, default=1, help="processes (1)")
    parser.add_argument(
        "--threads", type=int, default=4, help="threads, with a connection each, a process (4)"
    )
    parser.add_argument("--refuse", action="store_true", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Serves requests until the server is stopped. The exit status is 1 if keys are missing or a restore is
    in progress, and 2 if a number is not valid."""
    if args.port is None:
        args.port = PUBLIC_PORT if args.public else PORT
    if not (0 < args.port < 65536 and 0 < args.workers <= 64 and 0 < args.threads <= 64):
        raise WrongUsage("port 1 to 65535, workers and threads 1 to 64")
    if args.public:
        from vedette.commands import cash_form

        return cash_form.serve(args)
    if "DATABASE_URL" in os.environ and "VEDETTE_KEYS" not in os.environ:
        raise Failure("VEDETTE_KEYS is not set: name the folder of the keys (docs/operators.md)")
    try:
        # The parent process, which supervises the others, serves no requests.
        with database(django=False):
            if args.refuse:
                _refuse()
                return 0
            # A process of its own asks the database, so that this process does not keep the driver in memory.
            asked = subprocess.run([sys.executable, "-m", "vedette.cli", "serve", "--refuse"])
            if asked.returncode:
                return asked.returncode
            _serve(args)
    except RuntimeError as error:
        raise port_in_use(args, error) from error
    return 0


def port_in_use(args: argparse.Namespace, error: RuntimeError) -> Failure:
    """Returns the error if the server cannot listen on its address."""
    reason = str(error).partition("\n")[0]
    return Failure(f"{args.host}:{args.port}: {reason}; choose another --port")


def _refuse() -> None:
    """Raises `Restoring` while a restore is under way."""
    from vedette.apps.upkeep import marker

    marker.refuse_at(os.environ["DATABASE_URL"])


def _serve(args: argparse.Namespace) -> None:
    server = granian("vedette.web.wsgi:application", args)
    with _counters() as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        server.serve()


def granian(application: str, args: argparse.Namespace) -> Any:
    """Returns the web server of a WSGI application, which is not started yet."""
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels
    from granian.server import Server

    logs.quiet_exceptions()
    return Server(
        application,
        address=args.host,
        port=args.port,
        interface=Interfaces.WSGI,
        workers=args.workers,
        blocking_threads=args.threads,
        websockets=False,
        # The access log of granian would contain addresses with ids and queries. `web.middleware` writes a
        # log without them.
        log_access=False,
        log_dictconfig=logs.config(),
        log_level=LogLevels.warning,
        http1_settings=HTTP1Settings(header_read_timeout=HEADERS_S * 1000, max_buffer_size=65536),
        backlog=256,
        workers_kill_timeout=STOP_S,
        respawn_failed_workers=True,
    )


@contextmanager
def _counters() -> Iterator[str]:
    """Yields the folder in which the server's processes store their counters. The page /metrics shows the
    sums of the counters. The folder is deleted when the server stops. If the server is killed, the next
    server deletes the folder. A server locks its folder, so that other servers do not delete it."""
    for old in Path(tempfile.gettempdir()).glob(f"{_COUNTERS}*"):
        with suppress(OSError):
            if old.stat().st_uid == os.geteuid() and not _in_use(old):
                shutil.rmtree(old)
    with (
        tempfile.TemporaryDirectory(prefix=_COUNTERS, ignore_cleanup_errors=True) as folder,
        Path(folder, "new").open("w") as lock,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)
        # It gets its name when it is locked, so that no other server finds it unlocked.
        Path(folder, "new").rename(Path(folder, _LOCK))
        yield folder


def _in_use(folder: Path) -> bool:
    """Returns whether a server uses the folder, or has just made the folder."""
    try:
        with (folder / _LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return time.time() - folder.stat().st_mtime < _NEW_S
    return False
