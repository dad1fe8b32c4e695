"""The web server: pages and API, behind a proxy that terminates TLS (docs/operators.md).

Environment: DATABASE_URL, VEDETTE_KEYS, VEDETTE_HOSTS (host names, separated by commas), VEDETTE_ORIGINS
(https://… addresses from which forms are accepted). It also serves the static files.
"""

from __future__ import annotations

import argparse
import os
import tempfile

from vedette.apps.upkeep import marker
from vedette.commands.environment import database
from vedette.core.errors import Failure, WrongUsage
from vedette.server import logs

#: Seconds within which a client must send its headers, and a process must stop.
HEADERS_S = 15
STOP_S = 30


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address it listens on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="port (8000)")
    parser.add_argument("--workers", type=int, default=1, help="processes (1)")
    parser.add_argument(
        "--threads", type=int, default=4, help="threads, with a connection each, a process (4)"
    )


def run(args: argparse.Namespace) -> int:
    """Serves until it is stopped. Exit status 1 if keys are missing or a restore is in progress, 2 if a
    number is not valid."""
    if not (0 < args.port < 65536 and 0 < args.workers <= 64 and 0 < args.threads <= 64):
        raise WrongUsage("port 1 to 65535, workers and threads 1 to 64")
    if "DATABASE_URL" in os.environ and "VEDETTE_KEYS" not in os.environ:
        raise Failure("VEDETTE_KEYS is not set: name the folder of the keys (docs/operators.md)")
    try:
        # The parent process, which supervises the others, serves no requests.
        with database(django=False):
            marker.refuse_at(os.environ["DATABASE_URL"])
            _serve(args)
    except RuntimeError as error:
        reason = str(error).partition("\n")[0]
        raise Failure(f"{args.host}:{args.port}: {reason}; choose another --port") from error
    return 0


def _serve(args: argparse.Namespace) -> None:
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels
    from granian.server import Server

    logs.quiet_exceptions()
    # The processes store their counters here, and /metrics adds them up; deleted when the server stops.
    folder = tempfile.TemporaryDirectory(prefix="vedette-metrics-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder.name
    server = Server(
        "vedette.web.wsgi:application",
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
    with folder:
        server.serve()
