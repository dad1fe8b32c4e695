"""Back up the database and the journal while the system runs.

    vedette backup [FOLDER]           make a new backup in FOLDER (or VEDETTE_BACKUPS) and delete the files
                                      of ended months
    vedette backup [FOLDER] --list    list the backups
    vedette backup [FOLDER] --prune   only delete the files of ended months

The command must run on a machine with workers, because it needs the monthly keys. The command needs only the
public half of the key `backup`. A backup never contains a key. To restore a backup, use `vedette restore`.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

from vedette.apps.backup import manifest
from vedette.commands.environment import database, journal, keys, month_keys
from vedette.core.errors import Failure, WrongUsage

VARIABLE = "VEDETTE_BACKUPS"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help=f"or ${VARIABLE}")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--list", action="store_true", help="list the backups in FOLDER")
    only.add_argument("--prune", action="store_true", help="delete the files of ended months")


def run(args: argparse.Namespace) -> int:
    """Exit status: 0 done; 1 the backup could not be made; 2 no folder is given."""
    folder = folder_of(args.folder)
    do = _list if args.list else _prune if args.prune else make
    with database():
        try:
            do(folder)
        except OSError as error:
            raise Failure(f"{error.filename or folder}: {error.strerror}") from error
    return 0


def folder_of(given: Path | None) -> Path:
    """Returns the folder of the backups: the argument or, without it, the folder named in the environment.
    Raises `WrongUsage` if neither the argument nor the environment names a folder.
    """
    named = given or os.environ.get(VARIABLE)
    if not named:
        raise WrongUsage(f"name a folder, or set {VARIABLE}")
    return Path(named).resolve()


def make(folder: Path) -> None:
    """Makes one backup and prints a report. Raises `BackupError` if the backup fails, and `KeysError` if a
    key is missing."""
    from vedette.apps.backup.making import backup
    from vedette.apps.journal.heads import FILE

    began = time.perf_counter()
    made = backup(os.environ["DATABASE_URL_INTAKE"], keys(), month_keys(), journal() / FILE, folder)
    took = time.perf_counter() - began
    for half in made.halves:
        print(f"removed {half}: an incomplete backup, interrupted before its end")
    for name in made.manifest.ended:
        print(f"left out {name}: that month has ended")
    print(
        f"{made.path}: {len(made.manifest.files)} files,"
        f" {sum(sum(file.rows.values()) for file in made.manifest.files):,} rows,"
        f" {made.manifest.total / 1e6:,.1f} MB, {took:.1f} s"
    )
    _prune(folder)


def _prune(folder: Path) -> None:
    with manifest.alone(folder):
        for name in manifest.prune(folder, month_keys()):
            print(f"deleted {name}: that month has ended")


def _list(folder: Path) -> None:
    ring = keys()
    for path in manifest.whole(folder):
        told = manifest.read(path, ring)
        there = sum((path / file.name).is_file() for file in told.files)
        print(
            f"{path.name} {told.at:%Y-%m-%d %H:%M} vedette {told.vedette} {there} of"
            f" {len(told.files)} files, {told.total / 1e6:,.1f} MB"
        )
    for path in sorted(folder.glob(f"*{manifest.HALF}")):
        print(f"{path.name}: an incomplete backup, not usable (or still being written)")
