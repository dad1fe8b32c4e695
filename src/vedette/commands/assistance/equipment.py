"""Check a register of equipment. This command needs no database.

`equipment check REGISTER.csv` (columns item, event, at; optional: serial, place, number) prints one line
for each piece, then one line for each item with its sums, and ends with the problems. The exit status is
0 even if there are problems.

The events and the rules are described in docs/assistance.md.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from pathlib import Path

from vedette.assistance import equipment
from vedette.commands.assistance.rows import named_rows

#: The most pieces or persons of one row.
MAX_NUMBER = 1_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="check")
    check = actions.add_parser("check", help="check a register of equipment")
    check.add_argument("file", type=Path, metavar="REGISTER.csv")
    check.add_argument("--sums", action="store_true", help="print only the sums and the problems")


def run(args: argparse.Namespace) -> int:
    """Runs the action of the command `equipment`, as its help describes."""
    rows, faults = named_rows(args.file, ("item", "event", "at"), ("serial", "place", "number"))
    problems = [{"place": f"row {number}", "message": message} for number, message in faults]
    events = []
    for number, row in rows:
        try:
            events.append(_event(number, row))
        except ValueError as error:
            problems.append({"place": f"row {number}", "message": f"{error}; the row is left out"})
    found = equipment.register(events)
    if not args.sums:
        for piece in sorted(found.pieces.values(), key=lambda one: (one.item, one.serial)):
            shown = {
                "item": piece.item, "serial": piece.serial, "state": piece.state, "place": piece.place,
                "users_trained": piece.users,
                "last_seen": piece.last_seen.isoformat() if piece.last_seen else None,
            }  # fmt: skip
            print(
                json.dumps({key: value for key, value in shown.items() if value not in ("", None)})
            )
    for item, one in found.sums.items():
        print(
            json.dumps(
                {
                    "item": item, "ordered": one.ordered, "delivered": one.delivered, "open": one.open,
                    **one.states, "users_trained": one.users, "reconciles": one.open >= 0,
                },
                ensure_ascii=False,
            )
        )  # fmt: skip
    problems += [{"place": one.place, "message": one.message} for one in found.problems]
    print(json.dumps({"pieces": len(found.pieces), "problems": problems}, ensure_ascii=False))
    return 0


def _event(number: int, row: dict[str, str]) -> equipment.Event:
    event = row["event"]
    if event != equipment.ORDERED and event not in equipment.EVENTS:
        known = ", ".join((equipment.ORDERED, *equipment.EVENTS))
        raise ValueError(f"{event[:40]!r} is not one of {known}")
    if not row["item"] or (event != equipment.ORDERED and not row["serial"]):
        raise ValueError("item or serial is missing")
    try:
        at = dt.datetime.fromisoformat(row["at"])
        count = int(row["number"] or 1)
    except ValueError as error:
        raise ValueError("at must be a time in ISO 8601, and number a whole number") from error
    if not 1 <= count <= MAX_NUMBER:
        raise ValueError(f"number must be from 1 to {MAX_NUMBER}")
    if at.tzinfo is None:
        at = at.replace(tzinfo=dt.UTC)
    return equipment.Event(number, row["item"], event, at, row["serial"], row["place"], count)
