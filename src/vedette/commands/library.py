"""Search a collection of the library, show the items that match a page about a hit, goods, cash or an
operation, and import a collection into an installation. Only the import needs a database.

`library search QUERIES.csv --folder FOLDER` prints the items found for each query. `library beside CASES.csv
--folder FOLDER` prints up to three items for each situation. The folder contains files with a JSON object of
an item on each line (`*.jsonl`). `--as` is the role of the reader: public, member, organisation:ID or
group:ID[,ID…]. Items that the reader may not read do not influence the result.

`library import FOLDER` stores the items of the folder whose id the organisation does not have yet; a worker
indexes them. An item for a group of readers is imported only if the group exists (page "Groups of readers").

The formats are described in docs/library.md.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from vedette.commands.assistance.rows import named_rows
from vedette.commands.environment import database, intake, organisation
from vedette.core import strict_json
from vedette.core.errors import Failure
from vedette.library.beside import Work, beside
from vedette.library.items import Item, read_item, read_reader
from vedette.library.search import Index

#: Greatest size of a line with an item in bytes, and the most items of a folder.
MAX_LINE, MAX_ITEMS = 8 << 20, 200_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="search|beside|import")
    search = actions.add_parser("search", help="search a collection")
    search.add_argument(
        "file", type=Path, metavar="QUERIES.csv", help="column query; optional language"
    )
    search.add_argument("--limit", type=int, default=10, help="items of an answer (10)")
    work = actions.add_parser("beside", help="show the items beside pages of work")
    work.add_argument(
        "file",
        type=Path,
        metavar="CASES.csv",
        help="columns theme, language; optional hs, substance, words, as",
    )
    taken = actions.add_parser("import", help="import a collection into an installation")
    taken.add_argument("folder", type=Path, metavar="FOLDER", help="the collection")
    taken.add_argument(
        "--organisation", help="the organisation that owns the items, if there are several"
    )
    for one in (search, work):
        one.add_argument("--folder", type=Path, required=True, help="the collection")
        one.add_argument(
            "--as", dest="role", default="public", metavar="ROLE", help="reader (public)"
        )


def run(args: argparse.Namespace) -> int:
    """Runs the action of the command `library`, as its help describes."""
    problems: list[dict[str, str]] = []
    start = time.perf_counter()
    items = list(_items(args.folder, problems))
    if not items:
        raise Failure(f"{args.folder}: contains no item (*.jsonl)")
    if args.action == "import":
        return _import(args, items, problems)
    return (
        _search(args, items, problems, start) if args.action == "search" else _beside(args, items)
    )


def _items(folder: Path, problems: list[dict[str, str]]) -> Iterator[Item]:
    """Reads the items of a folder. An item with an error is left out and reported."""
    seen: set[str] = set()
    for path in sorted(folder.glob("*.jsonl")):
        with path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(MAX_LINE + 1), b""), 1):
                place = f"{path.name}:{number}"
                if not line.strip():
                    continue
                try:
                    if len(line) > MAX_LINE:
                        raise Failure(f"{place}: longer than {MAX_LINE} bytes")
                    item = read_item(strict_json.loads(line, place), place)
                    if item.id in seen or len(seen) >= MAX_ITEMS:
                        raise Failure(
                            f"{place}: the id occurs twice, or the folder has too many items"
                        )
                except Failure as error:
                    problems.append({"message": str(error)})
                    continue
                seen.add(item.id)
                yield item


def _search(
    args: argparse.Namespace, items: list[Item], problems: list[dict[str, str]], start: float
) -> int:
    rows, _ = named_rows(args.file, ("query",), ("language",))
    reader = read_reader(args.role)
    index = Index(items)
    loaded = time.perf_counter()
    times = []
    for number, row in rows:
        began = time.perf_counter()
        answer = index.search(row["query"], reader, row["language"], max(1, args.limit))
        times.append(time.perf_counter() - began)
        found = [
            {
                "id": one.item.id, "title": one.item.title, "score": round(one.score, 4),
                "passage": one.passage, "marks": one.marks,
            }
            for one in answer.items
        ]  # fmt: skip
        print(
            json.dumps({"row": number, "items": found, "total": answer.total}, ensure_ascii=False)
        )
    times.sort()
    summary = {
        "items": len(items), "queries": len(rows), "load_s": round(loaded - start, 2),
        "p95_ms": round(times[int(len(times) * 0.95)] * 1000, 1) if times else None,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, "problems": problems,
    }  # fmt: skip
    print(json.dumps(summary, ensure_ascii=False), file=sys.stderr)
    return 0


def _beside(args: argparse.Namespace, items: list[Item]) -> int:
    rows, _ = named_rows(args.file, ("theme", "language"), ("hs", "substance", "words", "as"))
    today = dt.date.today()
    for number, row in rows:
        reader = read_reader(row["as"] or args.role)
        work = Work(row["theme"], row["language"], row["hs"], row["substance"], row["words"])
        found = [
            {"id": i.id, "title": i.title, "kind": i.kind}
            for i in beside(items, work, reader, today)
        ]
        print(json.dumps({"row": number, "items": found}, ensure_ascii=False))
    return 0


def _import(args: argparse.Namespace, items: list[Item], problems: list[dict[str, str]]) -> int:
    with database():
        from vedette.apps.library import importing

        with intake() as connection:
            home = organisation(connection, args.organisation)
            groups = dict(
                connection.execute(
                    "SELECT name, id FROM library_group WHERE organisation_id = %s", [home]
                ).fetchall()
            )
            now = connection.execute("SELECT vedette_now()").fetchone()
            assert now is not None  # noqa: S101  the function returns a row
            stored = importing.store(connection, home, items, groups, now[0])
    summary = {"items": len(items), "stored": stored, "problems": problems}
    print(json.dumps(summary, ensure_ascii=False))
    return 0
