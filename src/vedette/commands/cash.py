"""Reports about cash to a financial intelligence unit, and exchange rates. `rates` needs the database.

`cash goaml FILE --xsd SCHEMA.xsd --mapping MAPPING.toml --out FOLDER` writes a goAML report for each movement
of a file that `vedette parse` reads, and prints the elements that are missing or were left out. `cash batches
RECORDS.csv --sendings FILE` (columns id, made) prints the batches of the routine transmission; `--holidays`
is a file with one date in each line.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from pathlib import Path

from vedette import kinds
from vedette.cash import routine
from vedette.cash.goaml.report import read_mapping, report
from vedette.cash.goaml.schema import MAX_SCHEMA, Schema
from vedette.cash.records import Message
from vedette.commands import cash_rates
from vedette.commands.assistance.rows import named_rows
from vedette.core.errors import Failure
from vedette.formats.registry import MAX_BYTES, Unreadable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="goaml|batches|rates")
    goaml = actions.add_parser("goaml", help="write goAML reports")
    goaml.add_argument("file", type=Path, metavar="FILE")
    goaml.add_argument("--xsd", type=Path, required=True, help="the schema of the unit")
    goaml.add_argument("--mapping", type=Path, required=True, help="the mapping of the unit (TOML)")
    goaml.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    batches = actions.add_parser("batches", help="print the batches of the routine transmission")
    batches.add_argument("file", type=Path, metavar="RECORDS.csv")
    batches.add_argument("--sendings", type=Path, required=True, help="a day on each line")
    batches.add_argument("--holidays", type=Path, default=None, help="a day on each line")
    batches.add_argument("--days", type=int, default=15, help="limit in working days (15)")
    known = actions.add_parser(
        "rates",
        help="import exchange rates; print the state of their sources",
        description=cash_rates.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    cash_rates.add_arguments(known)


def run(args: argparse.Namespace) -> int:
    """Runs the action of the command `cash`, as its help describes."""
    if args.action == "rates":
        return cash_rates.run(args)
    return _goaml(args) if args.action == "goaml" else _batches(args)


def _bytes(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from error


def _goaml(args: argparse.Namespace) -> int:
    schema = Schema(_bytes(args.xsd, MAX_SCHEMA))
    mapping = read_mapping(_bytes(args.mapping, MAX_SCHEMA))
    try:
        messages = kinds.all_readers().read(_bytes(args.file, MAX_BYTES), None)
    except Unreadable as error:
        raise Failure(f"{args.file}: byte {error.offset}: {error.reason}") from error
    args.out.mkdir(parents=True, exist_ok=True)
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    for number, message in enumerate(messages, 1):
        if not isinstance(message, Message) or not message.movements:
            continue
        made = schema.build(report(message, mapping, now))
        name = f"report-{number:05}.xml"
        if made.valid:
            (args.out / name).write_bytes(made.xml)
        row = {
            "message": number, "valid": made.valid, "missing": list(made.missing),
            "left_out": list(made.dropped), "errors": list(made.errors),
        }  # fmt: skip
        print(json.dumps(row | ({"file": name} if made.valid else {}), ensure_ascii=False))
    return 0


def _days(path: Path) -> list[dt.date]:
    days = []
    for number, line in enumerate(_bytes(path, 1 << 20).decode("utf-8", "replace").splitlines(), 1):
        if line.strip():
            try:
                days.append(dt.date.fromisoformat(line.strip()))
            except ValueError as error:
                raise Failure(f"{path}: line {number} is not a date (YYYY-MM-DD)") from error
    return days


def _batches(args: argparse.Namespace) -> int:
    rows, faults = named_rows(args.file, ("id", "made"))
    problems = [{"row": number, "message": message} for number, message in faults]
    records: dict[str, dt.date] = {}
    for number, row in rows:
        try:
            made = dt.date.fromisoformat(row["made"][:10])
        except ValueError:
            problems.append({"row": number, "message": "made is not a date; the row is left out"})
            continue
        if not row["id"] or row["id"] in records:
            problems.append({"row": number, "message": "the id is missing or occurs twice"})
        else:
            records[row["id"]] = made
    holidays = _days(args.holidays) if args.holidays else []
    found, waiting = routine.batches(records.items(), _days(args.sendings), args.days, holidays)
    for one in found:
        shown = {"batch": one.day.isoformat(), "records": list(one.records), "late": list(one.late)}
        print(json.dumps(shown, ensure_ascii=False))
    print(json.dumps({"waiting": waiting, "problems": problems}, ensure_ascii=False))
    return 0
