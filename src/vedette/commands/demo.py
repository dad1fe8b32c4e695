"""Start a national targeting centre with synthetic data: database, web server, worker, live messages.

All data is in `.vedette/demo` and is kept between starts. Ctrl-C stops the demonstration.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from vedette.commands.environment import database, home, keys

#: Logins of the demonstration: name, password, role. Only the demonstration has them.
LOGINS = (
    ("officer", "demo-officer", "officer", "Awa", "Sarr"),
    ("supervisor", "demo-supervisor", "supervisor", "Jean", "Morel"),
    ("analyst", "demo-analyst", "analyst", "Lena", "Okafor"),
    ("list_manager", "demo-list_manager", "list_manager", "Paulo", "Teixeira"),
    ("dpo", "demo-dpo", "dpo", "Fatou", "Ndoye"),
    ("auditor", "demo-auditor", "auditor", "Karel", "Novotny"),
    ("administrator", "demo-administrator", "administrator", "Inès", "Duval"),
)
ORGANISATION = "Douanes de démonstration"
PORT = 8000
#: Seconds that a process may take to stop before it is killed.
PATIENCE_S = 10.0
#: Settings for glibc's malloc (mallopt(3)).
_HEAP = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_TRIM_THRESHOLD_": "1000000",
    "MALLOC_MMAP_THRESHOLD_": "1000000",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=PORT, help=f"port of the web server ({PORT})")


def run(args: argparse.Namespace) -> int:
    """Runs until Ctrl-C; exit status 1 if the port is in use or the data has another schema."""
    with _only_one(args.port) as only:
        if only:
            return _run(args.port)
    print(
        f"port {args.port} is in use: another copy may be running; try --port {args.port + 1}",
        file=sys.stderr,
    )
    return 1


def _run(port: int) -> int:
    began = time.monotonic()
    stop, fed = threading.Event(), threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
    signal.signal(signal.SIGINT, lambda number, frame: stop.set())
    with database(django=False):
        os.environ["VEDETTE_DEMO"] = "1"
        # The airports of the demonstration are in this time zone.
        os.environ.setdefault("VEDETTE_TIME_ZONE", "Europe/Paris")
        from vedette.demo.feed import feed

        try:
            organisation = uuid.UUID(_aside("prepare"))
        except subprocess.CalledProcessError:
            # The process has printed the reason.
            return 1
        parts = [
            _part("work"),
            _part("serve", "--port", str(port), "--host", "127.0.0.1"),
        ]
        fed_by = (os.environ["DATABASE_URL_INTAKE"], keys(), organisation, stop, fed)
        threads = [
            threading.Thread(target=feed, args=fed_by, daemon=True),
            threading.Thread(target=_backtest, args=(stop, fed), daemon=True),
        ]
        for thread in threads:
            thread.start()
        try:
            while not stop.is_set() and not _taken(port) and all(p.poll() is None for p in parts):
                time.sleep(0.05)
            _welcome(port, time.monotonic() - began)
            while not stop.wait(0.5):
                dead = next((p for p in parts if p.poll() is not None), None)
                if dead is not None:
                    print(f"a part stopped unexpectedly: {dead.args!r}", file=sys.stderr)
                    return 1
        finally:
            stop.set()
            _end(parts)
            for thread in threads:
                thread.join(PATIENCE_S)
    print("stopped; the data is kept")
    return 0


def prepare() -> None:
    """Creates the database of this version with its users, lists and profiles. Prints the id of the
    organisation.
    """
    from vedette.commands.upgrade import alone, upgrade

    with database(), alone():
        from vedette.apps.sql.fingerprint import OtherSchema
        from vedette.demo.content import seed

        try:
            upgrade()
        except OtherSchema:
            sys.exit(
                "the demonstration was made by another version of vedette, and is not upgraded: remove"
                f" the folder {home()} and start again; nothing was changed"
            )

        print(seed(ORGANISATION, LOGINS))


def backtest() -> None:
    """Runs one backtest over the subjects of the day."""
    with database():
        from vedette.demo.content import backtest

        backtest("analyst")


def _aside(function: str) -> str:
    """Runs a function of this file in a separate process and returns its output. This process keeps running,
    and would otherwise keep the whole application in memory."""
    done = subprocess.run(
        [sys.executable, "-c", f"from vedette.commands import demo; demo.{function}()"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        start_new_session=True,
    )
    return done.stdout.strip()


def _backtest(stop: threading.Event, fed: threading.Event) -> None:
    from vedette.demo.feed import stored

    if stored(os.environ["DATABASE_URL_INTAKE"], stop, fed):
        _aside("backtest")


@contextmanager
def _only_one(port: int) -> Iterator[bool]:
    """Yields whether the port is free: no server uses it, and no other `vedette demo` in this folder is about
    to use it.
    """
    home().mkdir(parents=True, exist_ok=True)
    with (home() / f"port-{port}.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield not _taken(port)


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _part(*command: str) -> subprocess.Popen[bytes]:
    """Starts a command in a separate process session. Ctrl-C then reaches only this process, which stops the
    others.
    """
    # Limits memory: few people at a time, and one heap for all threads, which returns freed memory.
    environment = {"VEDETTE_FRAME_BYTES": "500000", **os.environ, **_HEAP}
    return subprocess.Popen(
        [sys.executable, "-m", "vedette.cli", *command], env=environment, start_new_session=True
    )


def _welcome(port: int, seconds: float) -> None:
    print(
        f"\nvedette · démonstration, données fictives · demonstration, synthetic data ({seconds:.0f} s)"
    )
    print(f"\n    http://localhost:{port}/\n")
    for name, password, role, *_ in LOGINS:
        print(f"    {name:<14} {password:<20} {role}")
    print("\nCtrl-C: arrêter · stop", flush=True)


def _end(parts: list[subprocess.Popen[bytes]]) -> None:
    for part in parts:
        if part.poll() is None:
            part.terminate()
    for part in parts:
        try:
            part.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            part.kill()
