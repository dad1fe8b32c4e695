"""Put messages into the inbox. For each file, print whether it is accepted, a duplicate or refused, and why
it is refused.

The command also reports refused and missing files on stderr. The exit status is 1 if no file could be read,
and 0 if at least one file could be read.

With --account, the files are treated as if the API token of this account had submitted them. Messages about
goods amend only declarations of the same submitter.

With --watch, a file is removed from the folder as soon as it is in the inbox. A refused file stays in the
folder for 72 hours, for inspection. Output about watched folders omits file names, because file names may
contain names of persons.
"""

from __future__ import annotations

import argparse
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from vedette.commands.environment import database, intake, keys, organisation

#: The submitter without an account (`apps.inbox.receiving.OPERATOR`, whose module needs a database).
OPERATOR = "operator"
#: A watched file is taken after it has not changed for this long.
SETTLED_S = 1.0
#: A refused file in a watched folder is kept for this long after it arrived.
KEEP_REFUSED_S = 72 * 3600.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--watch", action="store_true", help="keep watching the folders")
    parser.add_argument(
        "--account", metavar="USERNAME", help="the account of the sender that delivered the files"
    )
    parser.add_argument(
        "--organisation", help="the organisation that owns the data, if there are several"
    )


def run(args: argparse.Namespace) -> int:
    """Exit status: 0 a file could be read, or there was none; 1 no file could be read; 2 wrong usage."""
    missing = [path for path in args.paths if not path.exists()]
    for path in missing:
        print(f"{path}: not found; check the path", file=sys.stderr)
    paths = [path for path in args.paths if path not in missing]
    if not paths:
        return 1
    with database(), intake() as connection:
        home = organisation(connection, args.organisation)
        submitter = of(connection, home, args.account)
        if submitter is None:
            print("--account: no such account in this organisation", file=sys.stderr)
            return 2
        seen: set[tuple[Path, int, int]] = set()
        while True:
            taken, refused = take(connection, paths, home, seen, args.watch, submitter)
            if not args.watch:
                break
            let_go(paths, time.time())
            time.sleep(SETTLED_S)
    return 1 if (missing or refused) and not taken else 0


def of(
    connection: psycopg.Connection[Any], organisation: uuid.UUID, account: str | None
) -> str | None:
    """Returns the submitter of the files: the account, or the operator if no account is named. Returns None
    if the organisation has no such account."""
    if account is None:
        return OPERATOR
    row = connection.execute(
        "SELECT 'account:' || id FROM accounts_user WHERE organisation_id = %s AND username = %s",
        [organisation, account],
    ).fetchone()
    return str(row[0]) if row else None


def take(
    connection: psycopg.Connection[Any],
    paths: list[Path],
    organisation: uuid.UUID,
    seen: set[tuple[Path, int, int]],
    watch: bool,
    submitter: str = OPERATOR,
) -> tuple[int, int]:
    """Puts the new files at the given paths into the inbox, and prints the result for each file. Returns the
    number of accepted files and the number of refused files. A file in a watched folder is removed from the
    folder as soon as it is in the inbox.
    """
    taken = refused = 0
    for path in files(paths):
        status = path.stat()
        mark = (path, status.st_mtime_ns, status.st_size)
        if mark in seen or (watch and time.time() - status.st_mtime < SETTLED_S):
            continue
        seen.add(mark)
        state, why = put(connection, path, organisation, submitter)
        told = f"{path.parent if watch else path}: {state}{': ' if why else ''}{why}"
        print(told, flush=True)
        if state == "refused":
            refused += 1
            if not watch:
                print(told, file=sys.stderr)
        else:
            taken += 1
            if watch:
                path.unlink(missing_ok=True)
    return taken, refused


def files(paths: list[Path]) -> Iterator[Path]:
    """Yields the files that the paths name. The files of a folder are in the order of their names, without
    hidden files.
    """
    for path in paths:
        if path.is_dir():
            yield from sorted(
                p for p in path.iterdir() if p.is_file() and not p.name.startswith(".")
            )
        else:
            yield path


def let_go(paths: list[Path], now: float) -> int:
    """Deletes refused files that have been in a watched folder for 72 hours. Returns the number of deleted
    files."""
    old = [p for p in files(paths) if now - p.stat().st_mtime > KEEP_REFUSED_S]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def put(
    connection: psycopg.Connection[Any],
    path: Path,
    organisation: uuid.UUID,
    submitter: str = OPERATOR,
) -> tuple[str, str]:
    """Puts one file into the inbox. Returns the result (such as `refused`) and, for a refused file, the
    position of the error and the reason."""
    from vedette.apps.inbox.receiving import put_in

    try:
        data = path.read_bytes()
    except OSError as error:
        return "refused", f"{error.strerror}; check its permissions"
    placed = put_in(
        connection, keys(), organisation, path.name, data, "ingest", submitter=submitter
    )
    return placed.state, placed.why
