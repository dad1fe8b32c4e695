"""Start a national targeting centre with synthetic data: database, web server, worker, live messages.

All data is kept in the folder `.vedette/demo`. After a restart, the demonstration continues with the same
data. Ctrl-C stops the demonstration."""

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
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import msgspec

from vedette.commands.environment import database, home, keys
from vedette.commands.work import watched

#: Logins of the demonstration: name, password, role. Only the demonstration has them.
LOGINS = (
    ("officer", "demo-officer", "officer", "Awa", "Sarr"),
    ("supervisor", "demo-supervisor", "supervisor", "Jean", "Morel"),
    ("analyst", "demo-analyst", "analyst", "Lena", "Okafor"),
    ("list_manager", "demo-list_manager", "list_manager", "Paulo", "Teixeira"),
    ("dpo", "demo-dpo", "dpo", "Fatou", "Ndoye"),
    ("auditor", "demo-auditor", "auditor", "Karel", "Novotny"),
    ("administrator", "demo-administrator", "administrator", "Inès", "Duval"),
    ("coordinator", "demo-coordinator", "coordinator", "Solange", "Berthelin"),
    ("contact", "demo-contact", "contact", "Rémi", "Ozanne"),
)
ORGANISATION = "Douanes de démonstration"
PORT = 8000
#: The address to which the public form refers for data protection.
CONTACT = "dpo@customs.example"
#: Number of ports that are tried, from the given one on.
_PORTS = 20
#: Seconds that a process may take to stop before it is killed.
PATIENCE_S = 10.0
#: Settings for glibc's malloc (mallopt(3)).
_HEAP = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_TRIM_THRESHOLD_": "1000000",
    "MALLOC_MMAP_THRESHOLD_": "1000000",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port",
        type=int,
        default=PORT,
        help=f"port of the web server ({PORT}); if it is in use, the next free one",
    )


def run(args: argparse.Namespace) -> int:
    """Runs the demonstration until Ctrl-C. The exit status is 1 if the demonstration is already running in
    this folder, no port is free, or the data has another schema.
    """
    with _only_one() as only:
        if not only:
            print(f"the demonstration in {home()} is running already", file=sys.stderr)
        elif (port := _free_port(args.port)) is None:
            last = args.port + _PORTS - 1
            print(f"the ports {args.port} to {last} are in use: choose --port", file=sys.stderr)
        else:
            return _run(port)
    return 1


def _run(port: int) -> int:
    started = time.monotonic()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
    signal.signal(signal.SIGINT, lambda number, frame: stop.set())
    with database(django=False), ExitStack() as stack:
        os.environ["VEDETTE_DEMO"] = "1"
        # Each start makes missing partitions. With fewer partitions, each connection needs less memory.
        os.environ.setdefault("VEDETTE_MONTHS_AHEAD", "2")
        # The airports of the demonstration are in this time zone.
        os.environ.setdefault("VEDETTE_TIME_ZONE", "Europe/Paris")
        from vedette.demo.feed import Start, feed

        preparing = _part(_call("prepare"), stdout=subprocess.PIPE)
        said = preparing.stdout.readline() if preparing.stdout else b""
        if not said:
            # The process has printed the reason.
            return 1
        organisation, start = msgspec.json.decode(said, type=tuple[uuid.UUID, Start])
        fed_by = (os.environ["DATABASE_URL_INTAKE"], keys(), organisation, start, stop)
        thread = threading.Thread(target=feed, args=fed_by, daemon=True)
        thread.start()
        serve = ("serve", "--port", str(port), "--host", "127.0.0.1")
        parts = [_part([sys.executable, "-m", "vedette.cli", *serve])]
        form = _free_port(port + 1)
        if form is not None:
            parts.append(_form(form, organisation))
        try:
            # A worker processes the messages when the earlier work is stored.
            if not (preparing.stdout and preparing.stdout.readline()):
                return 1
            # This process takes the place of the parent process of the worker, and saves its memory.
            parts.append(stack.enter_context(watched(start=_part)))
            answering = [one for one in (port, form) if one is not None]
            while (
                not stop.is_set()
                and not all(map(_taken, answering))
                and all(p.poll() is None for p in parts)
            ):
                time.sleep(0.05)
            _welcome(port, time.monotonic() - started, form)
            while not stop.wait(0.5):
                dead = next((p for p in parts if p.poll() is not None), None)
                if preparing.poll():
                    dead = preparing
                if dead is not None:
                    print(f"a part stopped unexpectedly: {dead.args!r}", file=sys.stderr)
                    return 1
        finally:
            stop.set()
            _end([*parts, preparing])
            thread.join(PATIENCE_S)
    print("stopped; the data is kept")
    return 0


def prepare() -> None:
    """Creates the database of the demonstration with users, lists, profiles, and the hits and decisions of
    the past sixty days. Prints the id of the organisation, the seed and the start of the synthetic data as
    soon as the other processes may start. Prints a second line as soon as messages may be processed.

    The function `prepare` runs in a separate process, whose memory is freed when the process ends. The
    process of the command keeps running and therefore must stay small. At the first start, the process is
    then replaced by a new process that runs `complete` in parallel with the worker and does not use the
    memory that `prepare` needed.
    """
    from vedette.commands.upgrade import alone, upgrade

    with database(), alone():
        from vedette.apps.sql.fingerprint import OtherSchema
        from vedette.demo.content import Incomplete, seed

        def ready(*known: object) -> None:
            print(msgspec.json.encode(known).decode(), flush=True)

        again = f"remove the folder {home()} and start again"
        try:
            upgrade()
            start = seed(ORGANISATION, LOGINS, home(), ready)
        except OtherSchema:
            sys.exit(
                "the demonstration was made by another version of vedette, and is not upgraded:"
                f" {again}; nothing was changed"
            )
        except Incomplete:
            sys.exit(f"the first start of the demonstration was interrupted: {again}")
    print("stored", flush=True)
    if start is not None:
        given = msgspec.json.encode(start).decode()
        os.execv(sys.executable, [*_call("complete"), given])  # noqa: S606  no outside input


def complete() -> None:
    """Stores the demonstration content that is not needed to process messages. The first argument of the
    process is the seed and the moment of the first start."""
    from vedette.demo.feed import Start

    with database():
        from vedette.demo import content

        start = msgspec.json.decode(sys.argv[1], type=Start)
        content.complete(ORGANISATION, LOGINS, start, home())


def _call(function: str) -> list[str]:
    """Returns the command that calls a function of this module in a separate process."""
    return [sys.executable, "-c", f"from vedette.commands import demo; demo.{function}()"]


@contextmanager
def _only_one() -> Iterator[bool]:
    """Yields True if no other `vedette demo` uses the folder of the demonstration."""
    home().mkdir(parents=True, exist_ok=True)
    with (home() / "demo.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _free_port(first: int) -> int | None:
    """Returns the first free port, starting at `first`, or None if no port is free."""
    return next((port for port in range(first, first + _PORTS) if not _taken(port)), None)


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _part(
    command: list[str], settings: Mapping[str, str] | None = None, **more: Any
) -> subprocess.Popen[bytes]:
    """Starts a command in a separate process session, with additional environment variables. Ctrl-C then
    reaches only the process of `vedette demo`, which stops the processes that it started.
    """
    # Limits memory: few people at a time, and one heap for all threads, which returns freed memory.
    environment = {"VEDETTE_FRAME_BYTES": "200000", **os.environ, **_HEAP, **(settings or {})}
    return subprocess.Popen(command, env=environment, start_new_session=True, **more)


def _form(port: int, organisation: uuid.UUID) -> subprocess.Popen[bytes]:
    """Starts the process of the public cash form of the organisation."""
    settings = {
        "VEDETTE_FORM_ORGANISATION": str(organisation),
        "VEDETTE_FORM_AUTHORITY": ORGANISATION,
        "VEDETTE_FORM_CONTACT": CONTACT,
    }
    command = [sys.executable, "-m", "vedette.cli", "serve", "--public", "--port", str(port)]
    return _part(command, settings)


def _welcome(port: int, seconds: float, form: int | None = None) -> None:
    print(
        f"\nvedette · démonstration, données fictives · demonstration, synthetic data ({seconds:.0f} s)"
    )
    print(f"\n    http://localhost:{port}/\n")
    print("    identifiant     mot de passe          rôle")
    print("    user name       password              role\n")
    for name, password, role, *_ in LOGINS:
        print(f"    {name:<15} {password:<21} {role}")
    if form is not None:
        print(
            f"\n    http://localhost:{form}/   formulaire public d’argent liquide · public cash form"
        )
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
