"""Check lines of declarations against control lists, or search the safety cards and the profiles.

`goods check LINES.csv` reads the columns id, hs_declared, description, net_mass_kg, quantity, unit,
value_usd, origin and destination. Only the column description is required. The columns documents, containers,
parties and date are optional. The values of documents, containers and parties are separated by semicolons. A
document is a code, or a code and the number of a licence (`X060:DE-2026-17`). With `--licences`, the quantity
of each row is deducted from its licences, in the order of the rows. The parties are compared with the holders
of a licence. The command prints the file with the new columns `matches`, `hit`, `vague`, `score`,
`explanation` and `problems`. The column `problems` contains codes for problems of the HS code, the numbers
and the documents. With `--format jsonl`, the command prints a line of JSON for each row. The last line on
stderr is a summary in JSON.

`goods cards QUERY` prints a line of JSON for each safety card that matches the query. `goods profiles QUERY`
prints a line of JSON for each profile of strategic goods that matches a description.

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
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

import msgspec

from vedette.commands import goods_baseline
from vedette.core import texts
from vedette.core.errors import Failure
from vedette.goods.checks import Problem, of_hs_code
from vedette.goods.licences import Register, Use
from vedette.goods.records import Document
from vedette.goods.vague import Vagueness
from vedette.screening.control_lists.hits import Rules
from vedette.screening.control_lists.model import MAX_DESCRIPTION, NOTHING, Line, Result

#: Maximum length of a cell in characters, and maximum number of columns.
MAX_CELL, MAX_COLUMNS = 1 << 20, 1_000
#: Number of bytes that decide whether a file is a text file, and the greatest share of characters among them
#: that do not belong in a text.
HEAD, MAX_STRANGE = 4_096, 0.1
#: Columns that the command adds.
ADDED = ("matches", "hit", "vague", "score", "explanation", "problems")
#: The added columns of a row without a match and without a problem that is not vague.
PRECISE = ["", "0", "0", "0", "", ""]
#: Maximum number of characters of a code, a unit or a country that is compared with a licence.
MAX_SHOWN = 60
#: Maximum size of a register of licences in bytes.
MAX_REGISTER = 256 << 20
#: Maximum number of rows that are checked and written at once, and number of characters that end a batch.
BATCH, BATCH_CHARACTERS = 1_000, 4_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(
        dest="action", required=True, metavar="check|cards|profiles|baseline"
    )
    check = actions.add_parser("check", help="check lines of declarations against control lists")
    check.add_argument("file", metavar="LINES.csv")
    check.add_argument("--format", choices=("csv", "jsonl"), default="csv", help="output (csv)")
    check.add_argument(
        "--on", type=_day, default=None, metavar="DATE", help="apply the lists of this day (today)"
    )
    check.add_argument(
        "--licences", default=None, metavar="FILE.csv",
        help="register of licences: number, code, quantity (what is left), unit, valid_from, valid_to; "
        "optional: hs, entries, holders, destinations",
    )  # fmt: skip
    cards = actions.add_parser("cards", help="search the safety cards")
    cards.add_argument("query", metavar="QUERY")
    cards.add_argument("--lang", choices=("en", "fr", "es", "ar"), default="en", help="titles (en)")
    cards.add_argument("--limit", type=_positive, default=3, help="number of cards (3)")
    profiles = actions.add_parser("profiles", help="search the profiles of strategic goods")
    profiles.add_argument(
        "query", metavar="QUERY", help="words, an HS code, or a number such as 2B350"
    )
    profiles.add_argument("--lang", choices=("en", "fr"), default="en", help="language (en)")
    profiles.add_argument("--limit", type=_positive, default=3, help="number of profiles (3)")
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
    """Runs the action of the command `goods`, as the help of the command describes."""
    if args.action == "profiles":
        return _profiles(args)
    if args.action == "baseline":
        return goods_baseline.run(args)
    return _cards(args) if args.action == "cards" else _check(args)


def _profiles(args: argparse.Namespace) -> int:
    from vedette.goods import profiles

    for profile in profiles.search(args.query, args.limit):
        lines = [
            {name: value for name, value in asdict(line).items() if value}
            for line in profile.lines(args.lang)
        ]
        print(
            json.dumps(
                {
                    "key": profile.key,
                    "title": profile.title(args.lang),
                    "statement": profiles.NOT_ENOUGH[args.lang],
                    "lines": lines,
                    "reviewed": profile.reviewed or "not reviewed",
                },
                ensure_ascii=False,
            )
        )
    return 0


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

    known = _register(args.licences) if args.licences else None
    matcher, rules = knowledge.matcher(args.on), knowledge.rules()
    day = args.on or dt.datetime.now(dt.UTC).date()
    vague.is_vague("brand unknown")  # loads the model
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
        source = _Source(handle)
        reader = csv.reader(source)
        try:
            columns = next(reader, [])
        except csv.Error as error:
            _require_text(path)
            raise Failure(f"{path}, line 1: {error}; is it a CSV file?") from error
        if "description" not in columns or len(columns) > MAX_COLUMNS:
            _require_text(path)
            raise Failure(f"{path}, line 1: no column description; a header row is needed")
        places = {name: columns.index(name) for name in columns}
        kept = [places[name] for name in columns if name not in ADDED]
        as_csv = args.format == "csv"
        writer = csv.writer(sys.stdout, lineterminator="\n")
        if as_csv:
            writer.writerow([*(columns[at] for at in kept), *ADDED])
        stated = [places[name] for name in ("documents", "containers") if name in places]
        width, all_kept = len(columns), len(kept) == len(columns)
        for rows in _batches(_guarded(reader, path), source):
            lines += len(rows)
            for row in rows:
                if len(row) != width:
                    row[width:] = [""] * (width - len(row))
            described = _column(rows, places.get("description"))
            codes = [_code(code) for code in _column(rows, places.get("hs_declared"))]
            results, folded = matcher.check_folded(described, codes)
            # A row that can have neither a hit nor a problem is not examined further.
            judged = [
                _judged(places, rules, day, known, row, result)
                if result is not NOTHING
                or (code and of_hs_code(code))
                or description.count("-") > 1
                or (stated and any(row[at] for at in stated))
                else CLEAN
                for row, description, code, result in zip(
                    rows, described, codes, results, strict=True
                )
            ]
            unclear = [
                vague.explain(one, words.split()) if len(one) <= vague.LONGEST_READ else None
                for one, words in zip(described, folded, strict=True)
            ]
            if as_csv:
                if not all_kept:
                    rows = [[row[at] for at in kept] for row in rows]
                writer.writerows(
                    [
                        row + PRECISE
                        if result is NOTHING and why is None and one is CLEAN
                        else row + _added(result, one, why)
                        for row, result, one, why in zip(
                            rows, results, judged, unclear, strict=True
                        )
                    ]
                )
            else:
                names = _column(rows, places.get("id"))
                sys.stdout.writelines(map(_as_json, names, results, judged, unclear))
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


def _require_text(path: Path) -> None:
    """Raises a Failure if a file is not a text file in UTF-8, for example an image or a workbook."""
    if not path.is_file():
        return
    with path.open("rb") as handle:
        text = handle.read(HEAD).decode("utf-8-sig", "replace")
    strange = sum(char == "\ufffd" or (char < " " and char not in "\t\r\n\f") for char in text)
    if "\x00" in text or strange > len(text) * MAX_STRANGE:
        raise Failure(f"{path}: this is not a text file in UTF-8; export the table as CSV")


class _Source:
    """The lines of a file, without their null characters, and the number of characters that were read."""

    def __init__(self, handle: Iterable[str]) -> None:
        self._handle = handle
        self.size = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._handle:
            self.size += len(line)
            yield line.replace("\x00", "")


def _batches(rows: Iterable[list[str]], source: _Source) -> Iterator[list[list[str]]]:
    """Yields the rows in batches of at most `BATCH` rows. A batch ends earlier if it contains more than
    `BATCH_CHARACTERS` characters."""
    batch: list[list[str]] = []
    begun = source.size
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH or source.size - begun > BATCH_CHARACTERS:
            yield batch
            batch, begun = [], source.size
    if batch:
        yield batch


def _column(rows: list[list[str]], place: int | None) -> list[str]:
    """Returns the cells of a column, or empty texts for a column that the file does not have."""
    return [""] * len(rows) if place is None else [row[place] for row in rows]


def _code(text: str) -> str:
    """Returns a declared HS code without its separators."""
    return text if text.isdecimal() else text.replace(".", "").replace(" ", "")


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
    """Returns, as the text of one cell, the reasons for the matches and the names that were found but not
    counted."""
    parts = [
        f"{one.key}: {one.list} {one.version}, {one.entry}; {one.rule} in {one.field}, "
        f"characters {one.start} to {one.end}: {one.text}"
        + (f" ({', '.join(one.facts)})" if one.facts else "")
        for one in result.matches
    ]
    return " | ".join([*parts, *(f"not counted: {one}" for one in result.silent)])


def _register(name: str) -> Register:
    """Reads the register of licences."""
    from vedette.goods import checks

    path = Path(name)
    try:
        if path.stat().st_size > MAX_REGISTER:
            raise Failure(f"{path}: larger than {MAX_REGISTER >> 20} MB")
        return checks.register(path.read_text(encoding="utf-8-sig", errors="replace"))
    except OSError as error:
        raise Failure(f"{path}: {error.strerror or 'cannot be opened'}") from error
    except checks.BadRegister as error:
        raise Failure(f"{path}, {error}") from error


def _date(row: list[str], places: dict[str, int]) -> dt.date | None:
    """Returns the day of a row, or None if the cell is missing or contains no date."""
    at = places.get("date")
    try:
        return dt.date.fromisoformat(row[at].strip()[:10]) if at is not None and row[at] else None
    except ValueError:
        return None


def _problems(
    row: list[str],
    places: dict[str, int],
    line: Line,
    result: Result,
    day: dt.date,
    known: Register | None,
) -> tuple[tuple[Problem, ...], tuple[str, ...]]:
    """Returns the problems of a row, and its document codes. A code is left out if its licences do not cover
    the row."""
    from vedette.goods import checks

    at = places.get("containers")
    pairs = [one.partition(":")[::2] for one in line.documents]
    licences = tuple(Document(code=code, reference=number) for code, number in pairs if number)
    codes = tuple(code for code, _ in pairs)
    use = None
    if known is not None and licences:
        parties = places.get("parties")
        use = Use(
            key=line.id, at=dt.datetime.combine(day, dt.time.min), hs=line.hs[:MAX_SHOWN],
            entries=result.keys, documents=licences, quantity=line.quantity, unit=line.unit[:MAX_SHOWN],
            net_mass_kg=line.net_mass_kg, destination=line.destination.strip()[:MAX_SHOWN],
            holders=tuple(filter(None, row[parties].split(";"))) if parties is not None else (),
        )  # fmt: skip
    problems = checks.of_item(
        description=line.description[:MAX_DESCRIPTION], declared=line.hs, result=result, day=day,
        documents=codes, use=use, known=known,
        containers=list(filter(None, row[at].split(";"))) if at is not None else (),
    )  # fmt: skip
    return problems, checks.without_bad_licences(codes, licences, problems)


#: The hits and the problems of a row.
Judged = tuple[tuple[str, ...], tuple[Problem, ...]]
CLEAN: Judged = ((), ())


def _judged(
    places: dict[str, int],
    rules: Rules,
    day: dt.date,
    known: Register | None,
    row: list[str],
    result: Result,
) -> Judged:
    """Returns the hits and the problems of a row."""
    matches = (*result.matches, *result.below)
    line, on = _line(row, places), _date(row, places) or day
    problems, valid = _problems(row, places, line, result, on, known)
    if not matches:
        return (), problems
    line = replace(line, documents=valid)
    return rules.hits(line, matches, result.facts, on), problems


def _added(result: Result, judged: Judged, unclear: Vagueness | None) -> list[str]:
    """Returns the cells that the command adds to a row."""
    hits, problems = judged
    said = (texts.render(one.text) for one in problems)
    return [
        ";".join(result.keys), "1" if hits else "0", "1" if unclear else "0", _score(result, hits),
        " | ".join(filter(None, (_explained(result), _unclear(unclear), *said))),
        ";".join(dict.fromkeys(one.code for one in problems)),
    ]  # fmt: skip


def _unclear(why: Vagueness | None) -> str:
    """Returns the reason why a description is vague, as the text of one cell."""
    if why is None:
        return ""
    parts = ["vague: " + " ".join(texts.render(one) for one in why.texts())]
    if why.authorities:
        parts.append(f"(list of: {', '.join(why.authorities)})")
    return " ".join(parts)


def _score(result: Result, hits: tuple[str, ...]) -> str:
    """Returns 1 if the row is a hit, 0.5 if it matches by text or number, 0.25 if it matches by HS code
    alone, and 0 otherwise."""
    if hits:
        return "1"
    if any(one.rule != "hs_declared" for one in result.matches):
        return "0.5"
    return "0.25" if result.matches else "0"


def _as_json(name: str, result: Result, judged: Judged, why: Vagueness | None) -> str:
    """Returns the line of JSON for a row, with its line end. The fields `vagueness` and `problems` are left
    out if they are empty."""
    hits, problems = judged
    if why is None and not result.matches and not problems and not hits:
        name = json.dumps(name, ensure_ascii=False)
        return f'{{"id": {name}, "vague": false, "matches": [], "hits": []}}\n'
    matches = [
        {
            "key": one.key, "list": one.list, "version": one.version, "entry": one.entry, "rule": one.rule,
            "field": one.field, "start": one.start, "end": one.end, "text": one.text, "facts": one.facts,
        }
        for one in result.matches
    ]  # fmt: skip
    line: dict[str, object] = {
        "id": name,
        "vague": why is not None,
        "matches": matches,
        "hits": hits,
    }
    if why is not None:
        line["vagueness"] = {"rule": why.rule, "words": why.words, "authorities": why.authorities}
    if problems:
        line["problems"] = [
            {"code": one.code, "value": one.value, "text": texts.render(one.text)}
            for one in problems
        ]
    return msgspec.json.encode(line).decode() + "\n"
