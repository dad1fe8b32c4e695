"""Propose experts for a request. This command needs no database.

`experts match REQUEST.json --roster ROSTER.csv` prints one line for each expert who matches, with reasons, in
the order that the rule defines. With `--all`, it also prints the excluded experts, each with the reasons.

The formats are described in docs/assistance.md.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

from vedette.assistance import experts
from vedette.assistance.sheets import text
from vedette.commands.assistance.rows import named_rows
from vedette.core import strict_json
from vedette.core.errors import Failure

_REQUIRED = ("id", "member", "themes", "languages", "state")
_OPTIONAL = ("regions", "state_until", "conflicts", "available", "engaged", "referees")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="match")
    match = actions.add_parser("match", help="propose experts for a request")
    match.add_argument("file", type=Path, metavar="REQUEST.json")
    match.add_argument("--roster", type=Path, required=True, metavar="ROSTER.csv")
    match.add_argument("--all", action="store_true", help="also print who is left out, and why")


def run(args: argparse.Namespace) -> int:
    """Runs the action of the command `experts`, as its help describes."""
    need = _need(args.file)
    rows, faults = named_rows(args.roster, _REQUIRED, _OPTIONAL)
    roster: dict[str, experts.Expert] = {}
    problems = [{"row": number, "message": message} for number, message in faults]
    for number, row in rows:
        try:
            one = _expert(row)
            if one.id in roster:
                raise ValueError("the id occurs twice; the first row counts")
            roster[one.id] = one
        except ValueError as error:
            problems.append({"row": number, "message": str(error)})
    for place, one in enumerate(experts.match(roster.values(), need), 1):
        print(json.dumps({"rank": place, "expert": one.id, "reasons": experts.reasons(one, need)}))
    if args.all:
        for one in roster.values():
            if against := experts.obstacles(one, need):
                print(json.dumps({"expert": one.id, "against": against}))
    print(json.dumps({"experts": len(roster), "problems": problems}), file=sys.stderr)
    return 0


def _need(path: Path) -> experts.Need:
    data = strict_json.read(path)
    keys = ("member", "theme", "language", "from", "to")
    missing = [key for key in keys if not isinstance(data, dict) or not text(data.get(key))]
    if missing:
        raise Failure(f"{path}: lacks {', '.join(missing)}")
    try:
        period = _period(f"{data['from']}/{data['to']}")
    except ValueError as error:
        raise Failure(f"{path}: from, to: {error}") from error
    states = data.get("states", ["recognised", "accredited"])
    if not isinstance(states, list) or not set(states) <= set(experts.STATES):
        raise Failure(f"{path}: states: must be a list of {', '.join(experts.STATES)}")
    return experts.Need(
        text(data["member"]), text(data["theme"]), text(data["language"]), period,
        text(data.get("region")), tuple(states),
    )  # fmt: skip


def _expert(row: dict[str, Any]) -> experts.Expert:
    if not row["id"] or row["state"] not in experts.STATES:
        raise ValueError(f"needs an id, and a state: {', '.join(experts.STATES)}")
    lists = {
        key: tuple(row[key].split())
        for key in ("themes", "languages", "regions", "conflicts", "referees")
    }
    return experts.Expert(
        id=row["id"], member=row["member"], state=row["state"],
        state_until=_day(row["state_until"]) if row["state_until"] else None,
        available=tuple(map(_period, row["available"].split())),
        engaged=tuple(map(_period, row["engaged"].split())), **lists,
    )  # fmt: skip


def _day(value: str) -> dt.date:
    try:
        return dt.date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"{value[:40]!r} is not a date (YYYY-MM-DD)") from error


def _period(value: str) -> experts.Period:
    first, _, last = value.partition("/")
    period = experts.Period(_day(first), _day(last or first))
    if period.last < period.first:
        raise ValueError(f"{value[:40]!r} ends before it begins")
    return period
