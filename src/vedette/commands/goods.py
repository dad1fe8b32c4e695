"""Check lines of declarations against control lists, or search the safety cards.

`goods check LINES.csv` reads the columns id, hs_declared, description, net_mass_kg, quantity, unit,
value_usd,
origin and destination. Only description is required. The columns documents (codes separated by
semicolons) and
date are optional. The command prints the file with the new columns `matches`, `hit`, `vague`, `score` and
`explanation`, or a line of JSON for each row. The last line on stderr is a summary in JSON.

`goods cards QUERY` prints a line of JSON for each safety card that answers the query.

`goods baseline FILE…` builds the baseline of ordinary trade, and compares items with it (`--judge`).
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import gc
import json
import resource
import sys
import time
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path

import msgspec

from vedette.commands import goods_baseline
from vedette.core.errors import Failure
from vedette.screening.control_lists.model import MAX_DESCRIPTION, NOTHING, Line, Result
from vedette.screening.control_lists.text import fold

#: Maximum length of a cell in characters, and maximum number of columns.
MAX_CELL, MAX_COLUMNS = 1 << 20, 1_000
#: Columns that the command adds.
ADDED = ("matches", "hit", "vague", "score", "explanation")
#: The added columns of a row without a match, vague or not.
VAGUE, PRECISE = ("", "0", "1", "0", ""), ("", "0", "0", "0", "")
#: Number of rows that are written at once.
BATCH = 1_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="check|cards|baseline")
    check = actions.add_parser("check", help="check lines of declarations against control lists")
    check.add_argument("file", metavar="LINES.csv")
    check.add_argument("--format", choices=("csv", "jsonl"), default="csv", help="output (csv)")
    check.add_argument(
        "--on", type=_day, default=None, metavar="DATE", help="apply the lists of this day (today)"
    )
    cards = actions.add_parser("cards", help="search the safety cards")
    cards.add_argument("query", metavar="QUERY")
    cards.add_argument("--lang", choices=("en", "fr", "es", "ar"), default="en", help="titles (en)")
    cards.add_argument("--limit", type=_positive, default=3, help="number of cards (3)")
    baseline = actions.add_parser(
        "baseline", help="build the baseline of ordinary trade; compare items with it"
    )
    goods_baseline.add_arguments(baseline)


def _positive(text: str) -> int:
    if int(text) < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return int(text)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("must be a date, for example 2026-11-27") from error


def run(args: argparse.Namespace) -> int:
    """Checks lines, searches the cards, or builds the baseline, as the help of the command describes."""
    if args.action == "baseline":
        return goods_baseline.run(args)
    return _cards(args) if args.action == "cards" else _check(args)


def _cards(args: argparse.Namespace) -> int:
    from vedette.goods import cards

    for card in cards.search(args.query, args.limit):
        print(
            json.dumps(
                {
                    "key": card.key,
                    "title": card.title(args.lang),
                    "sources": card.sources,
                    "advice": card.advice,
                    "reviewed": card.reviewed or "not reviewed",
                },
                ensure_ascii=False,
            )
        )
    return 0


def _check(args: argparse.Namespace) -> int:
    begun = time.perf_counter()
    from vedette.goods import knowledge, vague

    matcher, rules = knowledge.matcher(args.on), knowledge.rules()
    day = args.on or dt.datetime.now(dt.UTC).date()
    vague.is_vague("goods")
    gc.freeze()  # the tables of the lists stay; no later collection examines them
    loaded = time.perf_counter()
    csv.field_size_limit(MAX_CELL)
    lines = 0
    path = Path(args.file)
    try:
        handle = path.open(encoding="utf-8-sig", errors="replace", newline="")
    except OSError as error:
        raise Failure(f"{path}: {error.strerror or 'cannot be opened'}") from error
    with handle:
        reader = csv.reader(line.replace("\x00", "") for line in handle)
        try:
            columns = next(reader, [])
        except csv.Error as error:
            raise Failure(f"{path}, line 1: {error}; is it a CSV file?") from error
        if "description" not in columns or len(columns) > MAX_COLUMNS:
            raise Failure(f"{path}, line 1: no column description; a header row is needed")
        places = {name: columns.index(name) for name in columns}
        kept = [places[name] for name in columns if name not in ADDED]
        writer = csv.writer(sys.stdout, lineterminator="\n")
        as_csv = args.format == "csv"
        if as_csv:
            writer.writerow([*(columns[at] for at in kept), *ADDED])
        width, all_kept = len(columns), len(kept) == len(columns)
        at_description, at_hs = places["description"], places.get("hs_declared", MAX_COLUMNS)
        at_id = places.get("id", MAX_COLUMNS)
        check, are_vague = matcher.check_folded, vague.are_vague
        batch: list[list[str]] = []
        for row in _guarded(reader, path):
            lines += 1
            if len(row) < width:
                row += [""] * (width - len(row))
            description = row[at_description]
            code = row[at_hs] if at_hs < width else ""
            if code and not code.isdecimal():
                code = code.replace(".", "").replace(" ", "")
            text = description[:MAX_DESCRIPTION]
            folded = fold(text)
            words = folded.split()
            result = check(text, code, folded, words)
            unclear = are_vague(description, words)
            hits: tuple[str, ...] = ()
            if result.matches:
                hits = rules.hits(_line(row, places), result.matches, result.facts, day)
            if not as_csv:
                print(_as_json(row[at_id] if at_id < width else "", result, hits, unclear))
                continue
            written = row[:width] if all_kept else [row[at] for at in kept]
            if len(batch) == BATCH:
                writer.writerows(batch)
                batch.clear()
            if result is NOTHING:
                written += VAGUE if unclear else PRECISE
                batch.append(written)
                continue
            batch.append(
                [*written, ";".join(result.keys), "1" if hits else "0", "1" if unclear else "0",
                 _score(result, hits), _explained(result)]
            )  # fmt: skip
        writer.writerows(batch)
    sys.stdout.flush()
    taken = time.perf_counter() - loaded
    print(
        json.dumps(
            {
                "lines": lines,
                "seconds": round(taken, 3),
                "lines_per_s": round(lines / taken) if taken > 0 else 0,
                "load_s": round(loaded - begun, 3),
                "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
            }
        ),
        file=sys.stderr,
    )
    return 0


def _guarded(reader: Iterator[list[str]], path: Path) -> Iterator[list[str]]:
    """Yields the rows. A row that is not valid CSV is reported on stderr and left out."""
    number = 1
    while True:
        number += 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            print(f"{path}, row {number}: {error}; row left out", file=sys.stderr)
            continue
        if row:
            yield row


def _line(row: list[str], places: dict[str, int]) -> Line:
    def cell(name: str) -> str:
        at = places.get(name)
        return row[at] if at is not None and at < len(row) else ""

    documents = cell("documents")
    return Line(
        cell("id"), cell("description"), cell("hs_declared").replace(".", "").replace(" ", ""),
        _amount(cell("net_mass_kg")), _amount(cell("quantity")), cell("unit"), _amount(cell("value_usd")),
        cell("origin"), cell("destination"),
        tuple(filter(None, documents.replace(" ", "").split(";"))) if documents else (),
    )  # fmt: skip


def _amount(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < Decimal("1e15") else None


def _explained(result: Result) -> str:
    """Returns the reasons for the matches, and the names that do not count, in one cell."""
    parts = [
        f"{one.key}: {one.list} {one.version}, {one.entry}; {one.rule} in {one.field}, "
        f"characters {one.start} to {one.end}: {one.text}"
        + (f" ({', '.join(one.facts)})" if one.facts else "")
        for one in result.matches
    ]
    return " | ".join([*parts, *(f"not counted: {one}" for one in result.silent)])


def _score(result: Result, hits: tuple[str, ...]) -> str:
    """Returns 1 for a hit, 0.5 for a match by text or number, 0.25 for a match by HS code alone, else 0."""
    if hits:
        return "1"
    if any(one.rule != "hs_declared" for one in result.matches):
        return "0.5"
    return "0.25" if result.matches else "0"


def _as_json(name: str, result: Result, hits: tuple[str, ...], vague: bool) -> str:
    """Returns the line of JSON for a row."""
    if not result.matches:
        state, name = "true" if vague else "false", json.dumps(name, ensure_ascii=False)
        return f'{{"id": {name}, "vague": {state}, "matches": [], "hits": []}}'
    matches = [
        {
            "key": one.key, "list": one.list, "version": one.version, "entry": one.entry, "rule": one.rule,
            "field": one.field, "start": one.start, "end": one.end, "text": one.text, "facts": one.facts,
        }
        for one in result.matches
    ]  # fmt: skip
    return msgspec.json.encode(
        {"id": name, "vague": vague, "matches": matches, "hits": hits}
    ).decode()
