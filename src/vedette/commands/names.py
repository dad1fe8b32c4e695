"""Compare pairs of names, or search watchlists for the people, companies and vessels of a file.

`names compare PAIRS.csv` reads the columns name1, name2 and schema (Person, Company, Organization,
LegalEntity, Vessel). The command prints PAIRS.csv with the additional columns `score` and `explanation`.
`--default-threshold` prints the lowest score for which vedette raises a hit.

`names search QUERIES.csv --list FILE…` prints a line of JSON for each row of QUERIES.csv. QUERIES.csv must
have the columns full_name, date_of_birth and nationality. In QUERIES.csv, the columns surname, given_names,
sex and schema are optional.
"""

from __future__ import annotations

import argparse
import csv
import gc
import json
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vedette.core.entries import Entry
from vedette.core.errors import Failure, WrongUsage
from vedette.formats import lists
from vedette.screening.names.answers import Row, workers
from vedette.screening.names.compare import compare
from vedette.screening.names.index import NameIndex
from vedette.screening.names.model import DEFAULT_THRESHOLD, Term

#: Maximum length of a cell in a query or pair file, in characters.
MAX_CELL = 1 << 20
#: Maximum number of processes of one search; a typing error must not overload the machine.
MOST_WORKERS = 64


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="compare|search")
    pairs = actions.add_parser("compare", help="score pairs of names")
    pairs.add_argument("file", nargs="?", metavar="PAIRS.csv")
    pairs.add_argument(
        "--default-threshold", action="store_true", help="print the product's threshold"
    )
    pairs.set_defaults(usage=pairs.format_usage())
    search = actions.add_parser("search", help="search lists for the rows of a file")
    search.add_argument(
        "--list", nargs="+", action="extend", required=True, metavar="FILE", dest="lists"
    )
    search.add_argument("file", nargs="?", metavar="QUERIES.csv")
    search.add_argument("--limit", type=_positive, default=10, help="candidates of a row (10)")
    search.add_argument("--threshold", type=float, default=DEFAULT_THRESHOLD, help="minimum score")
    search.add_argument("--workers", type=_workers, default=1, help="processes (1)")


def _positive(text: str) -> int:
    if int(text) < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return int(text)


def _workers(text: str) -> int:
    if _positive(text) > MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"at most {MOST_WORKERS}: more than cores gain nothing")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Compares pairs of names or searches watchlists, as the help of the command describes."""
    csv.field_size_limit(MAX_CELL)
    if args.action == "search":
        if args.file is None and len(args.lists) > 1:
            args.file = args.lists.pop()  # the option --list also took the last argument
        if args.file is None:
            raise WrongUsage("vedette names search: QUERIES.csv is missing")
        _search(args)
    elif args.file is not None:
        _compare(Path(args.file))
    elif args.default_threshold:
        print(DEFAULT_THRESHOLD)
    else:
        raise WrongUsage(f"{args.usage}vedette names compare: PAIRS.csv is missing")
    return 0


@contextmanager
def _rows(
    path: Path, needed: tuple[tuple[str, ...], ...]
) -> Iterator[tuple[list[str], Iterator[dict[str, str]]]]:
    """Returns the column names and rows of a CSV file. The file must have one column of each group in
    `needed`."""
    try:
        handle = path.open(encoding="utf-8-sig", errors="replace", newline="")
    except OSError as error:
        raise Failure(f"{path}: {error.strerror or 'cannot be opened'}") from error
    with handle:
        reader = csv.DictReader((line.replace("\x00", "") for line in handle), restkey="")
        try:
            columns = list(reader.fieldnames or ())
        except csv.Error as error:
            raise Failure(f"{path}, line 1: {error}; is it a CSV file?") from error
        for names in needed:
            if not any(name in columns for name in names):
                raise Failure(
                    f"{path}, line 1: no column {' or '.join(names)}; a header row is needed"
                )
        yield columns, _guarded(reader, path)


def _guarded(reader: csv.DictReader[str], path: Path) -> Iterator[dict[str, str]]:
    """Yields the rows of a CSV file. A row that is not valid CSV is reported on stderr and left out."""
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            print(f"{path}, line {reader.line_num}: {error}; row left out", file=sys.stderr)
            continue
        row.pop("", None)
        yield row


def _explained(terms: tuple[Term, ...]) -> str:
    """Returns the explanation of a score as one text. Example: `name olaf = olaf +0.500`."""
    return "; ".join(
        " ".join(filter(None, (t.name, t.ours, t.relation, t.theirs, f"{t.contribution:+.3f}")))
        for t in terms
    )


def _compare(path: Path) -> None:
    with _rows(path, (("name1",), ("name2",))) as (columns, rows):
        added = [c for c in ("score", "explanation") if c not in columns]
        writer = csv.DictWriter(
            sys.stdout, [*columns, *added], extrasaction="ignore", lineterminator="\n"
        )
        writer.writeheader()
        for row in rows:
            found = compare(row.get("name1") or "", row.get("name2") or "", row.get("schema"))
            writer.writerow(
                {**row, "score": f"{found.score:.4f}", "explanation": _explained(found.terms)}
            )


def _entries(files: list[str]) -> Iterator[tuple[str, Entry]]:
    """Yields each entry of all lists with the name of its file. Prints the number of problems of each list to
    stderr."""
    for name in files:
        path = Path(name)
        read = lists.read(path)
        if read.problems:
            print(
                f"{path.name}: {len(read.problems)} problems, first: {read.problems[0].message}",
                file=sys.stderr,
            )
        for entry in read.entries:
            yield path.name, entry


def _search(args: argparse.Namespace) -> None:
    with _rows(Path(args.file), (("full_name", "surname"),)) as (_, rows):
        began = time.perf_counter()
        index = NameIndex.build(_entries(args.lists))
        built = time.perf_counter()
        # Existing objects stay in memory, so the collector need not examine them again.
        gc.collect()
        gc.freeze()
        asked = 0

        def counted() -> Iterator[Row]:
            nonlocal asked
            for row in rows:
                asked += 1
                yield row

        with workers(index, args.workers) as answering:
            ready = time.perf_counter()
            for block in answering.answers(counted(), args.threshold, args.limit):
                sys.stdout.buffer.write(block)
            sys.stdout.buffer.flush()
            took = time.perf_counter() - ready
        peaks = (
            resource.getrusage(who).ru_maxrss
            for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
    summary = {
        "names": len(index),
        "build_s": round(built - began, 3),
        "queries": asked,
        "search_s": round(took, 4),
        "queries_per_s": round(asked / took, 1) if took else 0.0,
        "peak_rss_mb": round(max(peaks) / 1024, 1),
    }
    print(json.dumps(summary), file=sys.stderr)
