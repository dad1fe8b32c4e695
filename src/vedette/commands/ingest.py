"""Put messages into the inbox; prints per file: accepted, duplicate, or refused and why."""

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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """PATH… are files or folders."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--watch", action="store_true", help="go on watching the folders")
    parser.add_argument("--organisation", help="whose data it is, where there are several")


def run(args: argparse.Namespace) -> int:
    """0 when every path could be opened, also where files were refused; 1 where none could."""
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
        from vedette.apps.intake.work import organisation_or_first

        organisation = organisation_or_first(connection, args.organisation)
        if organisation is None:
            print("which organisation? name it with --organisation", file=sys.stderr)
            return 2
        seen: set[tuple[Path, int, int]] = set()
        while True:
            for path in files(paths):
                status = path.stat()
                mark = (path, status.st_mtime_ns, status.st_size)
                if mark in seen or (args.watch and time.time() - status.st_mtime < SETTLED_S):
                    continue
                seen.add(mark)
                print(f"{path}: {put(connection, path, organisation)}", flush=True)
            if not args.watch:
                break
            time.sleep(SETTLED_S)
    return 1 if missing else 0


def files(paths: list[Path]) -> Iterator[Path]:
    """The files of these paths; folders give theirs in order of name, hidden ones left out."""
    for path in paths:
        if path.is_dir():
            yield from sorted(
                p for p in path.iterdir() if p.is_file() and not p.name.startswith(".")
            )
        else:
            yield path


def put(connection: psycopg.Connection[Any], path: Path, organisation: uuid.UUID) -> str:
    """One file into the inbox; what became of it, in words."""
    from vedette.apps.intake.receiving import put_in

    try:
        data = path.read_bytes()
    except OSError as error:
        return f"refused: {error.strerror}; check its rights"
    placed = put_in(connection, keys(), organisation, path.name, data, "ingest")
    return f"refused: {placed.why}" if placed.why else placed.state
