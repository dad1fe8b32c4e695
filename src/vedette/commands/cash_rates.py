"""Runs the action `rates` of the command `cash`: imports exchange rates, or prints the state of their
sources.

  vedette cash rates                                print each source with its newest day, age and files
  vedette cash rates import FILE… [--source NAME]   import files of the ECB, the UN, or a national table

The valid rates of a truncated or damaged file are imported, and its problems are printed with the number of
the line. A file without a usable rate, from another source, or older than the stored rates is refused.
"""

from __future__ import annotations

import argparse
import sys
import uuid
from pathlib import Path

import msgspec

from vedette.cash.rates import MAX_BYTES, SOURCES, Problem, RatesError
from vedette.commands.environment import database, intake, organisation
from vedette.core.errors import Failure
from vedette.core.texts import render


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--organisation", help="the organisation, if there are several")
    parts = parser.add_subparsers(dest="what", metavar="import")
    bring = parts.add_parser("import", help="import files of exchange rates, the oldest first")
    bring.add_argument("files", nargs="+", type=Path, metavar="FILE")
    bring.add_argument(
        "--source", choices=SOURCES, default="", help="refuse files of another source"
    )
    bring.add_argument("--organisation", default=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Runs the action `rates` of the command `cash`. The exit status is 1 if a file was refused."""
    with database():
        with intake() as connection:
            home = organisation(connection, args.organisation)
        if args.what == "import":
            return max([_import(home, path, args.source) for path in args.files])
        return _print(home)


def _import(home: uuid.UUID, path: Path, source: str) -> int:
    from django.db import transaction

    from vedette.cash.app.rate_files import import_file

    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from error
    try:
        with transaction.atomic(using="intake"):
            made = import_file(home, data, source, using="intake")
    except RatesError as error:
        print(f"{path}: {render(error.text)}", file=sys.stderr)
        return 1
    row = made.file
    if made.again:
        print(f"{path}: already imported; nothing was changed")
        return 0
    print(f"{path}: {row.source}, {row.first_day} to {row.last_day}, {row.count} rates")
    for one in row.problems:
        problem = msgspec.convert(one, Problem)
        place = f"line {problem.line}: " if problem.line else ""
        print(f"  {place}{render(problem.text)}", file=sys.stderr)
    return 0


def _print(home: uuid.UUID) -> int:
    from django.utils import timezone

    from vedette.cash.app.rate_files import states

    for one in states(timezone.localdate(), home, "intake"):
        use = ", used for conversions" if one.used else ""
        if one.newest is None:
            print(f"{one.source}: no rates")
        else:
            print(
                f"{one.source}: {one.newest} ({one.age} days old), valid until {one.until},"
                f" {one.count} files{use}"
            )
    return 0
