"""Put messages into the inbox; prints per file: accepted, duplicate, or refused, where and why.

What is refused or not found is said on stderr too. The exit status is 1 where nothing at all could be
read, and 0 where one file could: the rest of the work goes on.

With --watch a file leaves the folder in the step that puts it into the inbox; one that is refused stays
to be looked at, for 72 hours. Names of files may name people: what is watched is told without them.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from vedette.commands.environment import database, keys

#: A watched file is taken once it has not changed for this long.
SETTLED_S = 1.0
#: A watched file that was refused is kept this long after it came.
KEEP_REFUSED_S = 72 * 3600.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """PATH… are files or folders."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--watch", action="store_true", help="go on watching the folders")
    parser.add_argument("--organisation", help="whose data it is, where there are several")


def run(args: argparse.Namespace) -> int:
    """0 where something could be read, or there was nothing to read; 1 where nothing could; 2 wrong
    usage."""
    missing = [path for path in args.paths if not path.exists()]
    for path in missing:
        print(f"{path}: not found; check the path", file=sys.stderr)
    paths = [path for path in args.paths if path not in missing]
    if not paths:
        return 1
    with (
        database(),
        psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection,
    ):
        from vedette.apps.desk.work import organisation_or_first

        organisation = organisation_or_first(connection, args.organisation)
        if organisation is None:
            print("which organisation? name it with --organisation", file=sys.stderr)
            return 2
        seen: set[tuple[Path, int, int]] = set()
        while True:
            taken, refused = take(connection, paths, organisation, seen, args.watch)
            if not args.watch:
                break
            let_go(paths, time.time())
            time.sleep(SETTLED_S)
    return 1 if (missing or refused) and not taken else 0


def take(
    connection: psycopg.Connection[Any],
    paths: list[Path],
    organisation: uuid.UUID,
    seen: set[tuple[Path, int, int]],
    watch: bool,
) -> tuple[int, int]:
    """One round over the paths: what was not seen before goes into the inbox, and is told; gives how
    many could be read and how many were refused. A watched file that is in the inbox leaves its folder."""
    taken = refused = 0
    for path in files(paths):
        status = path.stat()
        mark = (path, status.st_mtime_ns, status.st_size)
        if mark in seen or (watch and time.time() - status.st_mtime < SETTLED_S):
            continue
        seen.add(mark)
        state, why = put(connection, path, organisation)
        told = f"{path.parent if watch else path}: {state}{': ' if why else ''}{why}"
        print(told, flush=True)
        if state == "refused":
            refused += 1
            if not watch:
                print(told, file=sys.stderr)
            continue
        taken += 1
        if watch:
            path.unlink(missing_ok=True)
    return taken, refused


def files(paths: list[Path]) -> Iterator[Path]:
    """The files of these paths; folders give theirs in order of name, hidden ones left out."""
    for path in paths:
        if path.is_dir():
            yield from sorted(
                p for p in path.iterdir() if p.is_file() and not p.name.startswith(".")
            )
        else:
            yield path


def let_go(paths: list[Path], now: float) -> int:
    """Removes what was refused and has lain in a watched folder for 72 hours; gives how many."""
    old = [p for p in files(paths) if now - p.stat().st_mtime > KEEP_REFUSED_S]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def put(
    connection: psycopg.Connection[Any], path: Path, organisation: uuid.UUID
) -> tuple[str, str]:
    """One file into the inbox; what became of it, and where it is refused at which byte and why."""
    from vedette.apps.inbox.receiving import put_in

    try:
        data = path.read_bytes()
    except OSError as error:
        return "refused", f"{error.strerror}; check its rights"
    placed = put_in(connection, keys(), organisation, path.name, data, "ingest")
    where = "" if placed.offset is None else f"byte {placed.offset}: "
    return placed.state, where + placed.why
