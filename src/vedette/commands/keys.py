"""Manage monthly keys, and the escrow of the permanent keys.

    vedette keys                         list every monthly key and every tombstone, without key material
    vedette keys rotate                  make a new master key and wrap every monthly key under it
    vedette keys destroy CLASS YYYY-MM   destroy a monthly key, as the retention run does after the period
    vedette keys escrow ONE TWO          write two new files, a share for each custodian
    vedette keys restore ONE TWO         write the keys of two shares into the keys folder
    vedette keys new                     print a master key for VEDETTE_VAULT_KEY

Neither the escrow nor a backup contains monthly keys, because deleted data could be decrypted with a copy of
a monthly key. Keep the mirror (VEDETTE_VAULT_MIRROR) on the disk of another machine.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from pathlib import Path

from vedette.commands.environment import home
from vedette.core.errors import Failure
from vedette.keys import escrow
from vedette.keys.months import MIRROR, VARIABLE, MonthKeys, new_master
from vedette.keys.ring import KeysError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="act", metavar="ACT")
    acts.add_parser("rotate", help="a new master; monthly keys are wrapped under it")
    destroy = acts.add_parser("destroy", help="destroy a monthly key for good")
    destroy.add_argument("retention_class", metavar="CLASS")
    destroy.add_argument("month", metavar="YYYY-MM", type=_month)
    destroy.add_argument(
        "--why", required=True, help="reason, kept in the tombstone; no personal data"
    )
    for name, what in (("escrow", "write two shares"), ("restore", "read two shares")):
        shares = acts.add_parser(name, help=what)
        shares.add_argument("shares", nargs=2, type=Path, metavar="SHARE")
    acts.add_parser("new", help=f"print a master for {VARIABLE}")


def run(args: argparse.Namespace) -> int:
    """Exit status: 0 done; 1 a key is missing or wrong, or a file cannot be opened."""
    try:
        return _run(args, Path(os.environ.get("VEDETTE_KEYS", home() / "keys")))
    except OSError as error:
        raise Failure(f"{error.filename}: {error.strerror}") from error


def _run(args: argparse.Namespace, folder: Path) -> int:
    match args.act:
        case "escrow":
            _escrow(args.shares, folder)
        case "restore":
            for name in escrow.restore([_share(path) for path in args.shares], folder):
                print(name)
        case "new":
            name, key = new_master(_next_epoch(folder))
            print(f"{name}:{key.hex()}")
        case "rotate":
            master, wrapped = MonthKeys.load(folder).rotate()
            print(f"{master}: {wrapped} monthly keys wrapped; renew the escrow")
        case "destroy":
            gone = MonthKeys.load(folder).destroy(args.retention_class, args.month, args.why)
            print(f"destroyed: {gone}" if gone else "there is no such key")
            return 0 if gone else 1
        case _:
            keys = MonthKeys.load(folder)
            print(f"master {keys.master}")
            for key_id in keys.ids():
                print(key_id)
            for tomb in keys.tombs():
                print(f"{tomb.key_id} destroyed {tomb.at}: {tomb.why}")
    return 0


def _escrow(paths: list[Path], folder: Path) -> None:
    for path, share in zip(paths, escrow.split(folder), strict=True):
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(share)
        print(f"{path}: for one custodian; keep it separate from the other share")
    if MIRROR not in os.environ:
        print(
            f"{MIRROR} is not set: monthly keys are on one disk only, and in no share",
            file=sys.stderr,
        )


def _share(path: Path) -> str:
    with path.open(encoding="ascii", errors="replace") as file:
        return file.read(escrow.MAX_BYTES)


def _next_epoch(folder: Path) -> int:
    try:
        return int(MonthKeys.load(folder).master.split("-")[1]) + 1
    except KeysError:
        return 1


def _month(text: str) -> dt.date:
    try:
        return dt.datetime.strptime(text, "%Y-%m").date()
    except ValueError:
        raise argparse.ArgumentTypeError("a month is YYYY-MM") from None
