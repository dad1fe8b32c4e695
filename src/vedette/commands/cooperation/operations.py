"""Import records into a joint operation, print its situation report, and propose duplicates. Each action has
the rights of a user of this installation (`--as`).

`operations import FILE --operation ID --as USER [--map TOML]` stores controls and seizures of a CSV file or
of the first sheet of a workbook in the national record. No message is sent: the user sends each record from
the page of the record, after the preview of the recipients. If the same row is imported again, it is stored
only once. Invalid cells are listed, and the other rows are stored.

`operations report ID --as USER [--kind sitrep|final] [--lang en|fr] [--format json|docx|pdf|csv]` prints a
report. A situation report contains the present figures of the records before the last cut-off time, or before
the time `--cutoff` if it is given. For a final report, the command prints the latest version that the user
may read. If there is no draft yet, the command prints the content that a draft would have. Stores nothing.

`operations publications FILE --operation ID --as USER [--name NAME] [--figures TOML]` adds published figures
to the next draft of the final report. The CSV file has the columns measure, value, unit, source and,
optionally, note, figure and operation. The file `--figures` maps each measure to a figure of the report.

`operations export ID --as USER --to json|stix|misp|csv [--for ORGANISATION]` prints the records that the
user's own organisation sent and received. With `--for`, it prints only the records that were released to this
participant (id or name) and that the release function still allows.

`operations duplicates ID --as USER [--least SCORE]` prints the pairs of controls or seizures that may
describe the same event, with a score and reasons. The records are not merged, because a person must compare
both records.

ID is the id or the reference of the operation. The formats are described in docs/operations.md.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import time
import tomllib
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vedette.commands.environment import database
from vedette.core.errors import Failure, WrongUsage
from vedette.formats import tables
from vedette.formats.edifact import Unreadable

if TYPE_CHECKING:
    from vedette.apps.accounts.models import User
    from vedette.apps.operations.models import Operation


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(
        dest="action", required=True, metavar="import|report|export|publications|duplicates"
    )
    taken = actions.add_parser("import", help="store controls and seizures of a file")
    taken.add_argument("file", type=Path, metavar="FILE", help="CSV file or workbook (.xlsx)")
    taken.add_argument("--operation", required=True, metavar="ID", help="its id or reference")
    taken.add_argument(
        "--map",
        type=Path,
        metavar="TOML",
        help="headings and values of the file (docs/operations.md)",
    )
    report = actions.add_parser("report", help="print the figures of an operation")
    report.add_argument("operation", metavar="ID", help="its id or reference")
    report.add_argument(
        "--kind", choices=("sitrep", "final"), default="sitrep", help="the report (sitrep)"
    )
    report.add_argument("--lang", choices=("en", "fr"), default="en", help="language (en)")
    report.add_argument(
        "--format", choices=("json", "docx", "pdf", "csv"), default="json", help="format (json)"
    )
    report.add_argument(
        "--cutoff", metavar="TIME", help="ISO 8601 with the time zone (last cut-off)"
    )
    published = actions.add_parser("publications", help="add published figures to the final report")
    published.add_argument("file", type=Path, metavar="FILE", help="CSV file")
    published.add_argument("--operation", required=True, metavar="ID", help="its id or reference")
    published.add_argument(
        "--name", metavar="NAME", help="only rows with this name of an operation"
    )
    published.add_argument(
        "--figures",
        type=Path,
        metavar="TOML",
        help="measure = id of the figure (docs/operations.md)",
    )
    exported = actions.add_parser("export", help="print the records for another system")
    exported.add_argument("operation", metavar="ID", help="its id or reference")
    exported.add_argument("--to", required=True, choices=("json", "stix", "misp", "csv"))
    exported.add_argument("--for", dest="recipient", metavar="ORGANISATION", help="its id or name")
    pairs = actions.add_parser("duplicates", help="print the pairs of records that may be the same")
    pairs.add_argument("operation", metavar="ID", help="its id or reference")
    pairs.add_argument("--least", type=float, default=0.6, help="least score of a pair (0.6)")
    for one in (taken, report, exported, published, pairs):
        one.add_argument("--as", dest="user", required=True, metavar="USER", help="user name")


def run(args: argparse.Namespace) -> int:
    """Runs the action of the command `operations`, as its help describes."""
    rows = _rows(args.file, _mapping(args.map)) if args.action == "import" else []
    given = _published(args) if args.action == "publications" else []
    with database(), _acting(args.user) as user:
        from vedette.apps.accounts import rules
        from vedette.apps.operations.selectors import operations as selectors

        one = _operation(args.operation)
        if args.action == "import":
            return _import(user, one, rows)
        if args.action == "publications":
            return _publish(user, one, given)
        rules.check(user, "operation.see")
        if str(one.pk) not in selectors.readings():
            raise Failure(f"{args.operation}: the user does not read this operation")
        doings = {"report": _report, "export": _export, "duplicates": _duplicates}
        return doings[args.action](user, one, args)


@contextmanager
def _acting(name: str) -> Iterator[User]:
    """Opens a transaction with the web role and the scope of a user. Raises `Failure` for an unknown user."""
    from django.db import transaction

    from vedette.apps.accounts.models import User
    from vedette.apps.accounts.rules import set_scope

    found = User.objects.using("intake").filter(
        username=name, is_active=True, suspended_at=None, organisation__isnull=False
    ).first()  # fmt: skip
    if found is None:
        raise Failure(f"{name}: there is no such active user")
    with transaction.atomic():
        set_scope(found)
        yield User.objects.get(pk=found.pk)


def _operation(text: str) -> Operation:
    from vedette.apps.operations.models import Operation

    try:
        found = Operation.objects.filter(pk=uuid.UUID(text)).first()
    except ValueError:
        same = list(Operation.objects.filter(reference=text).order_by("pk")[:2])
        if len(same) > 1:
            raise Failure(f"{text}: several operations have this reference; give the id") from None
        found = same[0] if same else None
    if found is None:
        raise Failure(f"{text}: the user sees no operation with this id or reference")
    return found


def _mapping(path: Path | None) -> dict[str, Any]:
    """Reads the file given with `--map`: `[columns]` maps headings to fields, `[values.FIELD]` maps texts to
    codes, and `[constants]` maps fields to values. Raises `Failure`."""
    if path is None:
        return {}
    try:
        found = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Failure(f"{path}: {error}") from error
    parts = [
        found.get("columns", {}),
        found.get("constants", {}),
        *_tables(found.get("values", {}), path),
    ]
    if set(found) - {"columns", "constants", "values"} or not all(
        isinstance(part, dict) and all(isinstance(value, str) for value in part.values())
        for part in parts
    ):
        raise Failure(f"{path}: only the tables columns, constants and values.FIELD, with texts")
    return found


def _tables(values: Any, path: Path) -> list[Any]:
    if not isinstance(values, dict):
        raise Failure(f"{path}: values must contain a table for each field")
    return list(values.values())


def _rows(path: Path, mapping: Mapping[str, Any]) -> list[dict[str, tuple[str, str]]]:
    """Returns the rows of a file: field → (value, cell). Raises `Failure` if the file cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(tables.MAX_BYTES + 1)
        table = tables.read_workbook(data)[0] if tables.is_workbook(data) else tables.read_csv(data)
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from error
    except (Unreadable, IndexError) as error:
        raise Failure(f"{path}: {error}") from error
    if len(table.rows) < 2:
        raise Failure(f"{path}: contains no rows")
    columns = {heading.casefold(): field for heading, field in mapping.get("columns", {}).items()}
    fields = [columns.get(cell.casefold(), cell.casefold()) for cell in table.rows[0][1]]
    if twice := {one for one in fields if one and fields.count(one) > 1}:
        raise Failure(f"{path}: the column {min(twice)} occurs twice")
    found = []
    for number, cells in table.rows[1:]:
        row = {name: (value, "") for name, value in mapping.get("constants", {}).items()}
        for place, (name, value) in enumerate(zip(fields, cells, strict=False)):
            if name:
                words = mapping.get("values", {}).get(name, {})
                row[name] = (words.get(value, value), f"{_letters(place)}{number}")
        row[""] = ("", str(number))
        found.append(row)
    for number, why in table.problems:
        found.append({"": (why, str(number))})
    return found


def _letters(place: int) -> str:
    """Returns the letters of a column of a workbook: 0 is A, 26 is AA."""
    text = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(65 + rest) + text
    return text


def _import(user: User, one: Operation, rows: list[dict[str, tuple[str, str]]]) -> int:
    from vedette.apps.operations.actions import importing

    began = time.perf_counter()
    given = [
        importing.Row(row[""][1], row[""][0], {name: value for name, (value, _) in row.items() if name},
                      {name: cell for name, (_, cell) in row.items() if name})
        for row in rows
    ]  # fmt: skip
    done = importing.store(user, one, given)
    for bad in done.bad:
        print(json.dumps(bad, ensure_ascii=False))
    summary = {
        "operation": str(one.pk), "exercise": one.exercise, "rows": len(rows), "stored": done.stored,
        "known": done.known, "bad": len({bad["row"] for bad in done.bad}),
        "seconds": round(time.perf_counter() - began, 2),
    }  # fmt: skip
    print(json.dumps(summary), file=sys.stderr)
    return 0


def _published(args: argparse.Namespace) -> list[dict[str, str]]:
    """Returns the rows of a file of published figures: column → text. Raises `Failure`."""
    try:
        with args.file.open("rb") as file:
            table = tables.read_csv(file.read(tables.MAX_BYTES + 1))
        figures = (
            tomllib.loads(args.figures.read_bytes().decode("utf-8")).get("figures", {})
            if args.figures
            else {}
        )
    except OSError as error:
        raise Failure(f"{error.filename}: {error.strerror}") from error
    except (Unreadable, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Failure(f"{args.file}: {error}") from error
    if not isinstance(figures, dict) or not all(isinstance(one, str) for one in figures.values()):
        raise Failure(f"{args.figures}: only the table figures, with texts")
    heads = [cell.casefold() for cell in table.rows[0][1]] if table.rows else []
    if missing := {"measure", "value", "unit", "source"} - set(heads):
        raise Failure(f"{args.file}: the column {min(missing)} is missing")
    found = []
    for number, cells in table.rows[1:]:
        row = dict(zip(heads, cells, strict=False)) | {"": str(number)}
        if args.name and row.get("operation", "").casefold() != args.name.casefold():
            continue
        found.append(row | {"figure": row.get("figure") or figures.get(row["measure"], "")})
    return found


def _publish(user: User, one: Operation, rows: list[dict[str, str]]) -> int:
    from vedette.apps.operations.actions import final
    from vedette.apps.operations.actions.common import Refused
    from vedette.apps.operations.figures import Published
    from vedette.apps.operations.wording import PROBLEMS

    given = []
    for row in rows:
        try:
            value = Decimal("".join(row.get("value", "").split()))
        except InvalidOperation:
            raise Failure(f"row {row['']}: value: not a number such as 54.05") from None
        given.append(
            Published(
                row.get("measure", ""), row["figure"], value, row.get("unit", ""),
                row.get("source", ""), row.get("note", ""),
            )
        )  # fmt: skip
    try:
        added = final.publish(user, one.pk, given)
    except Refused as refused:
        raise Failure(f"{refused.detail}: {PROBLEMS.get(refused.code, refused.code)}") from refused
    print(
        json.dumps({"operation": str(one.pk), "rows": len(given), "added": added}), file=sys.stderr
    )
    return 0


def _report(user: User, one: Operation, args: argparse.Namespace) -> int:
    from django.utils import translation

    from vedette.apps.accounts import acts
    from vedette.apps.operations.views import final, reports

    try:
        cutoff = dt.datetime.fromisoformat(args.cutoff) if args.cutoff else None
    except ValueError:
        raise WrongUsage(f"--cutoff {args.cutoff}: not a time in ISO 8601") from None
    if cutoff is not None and cutoff.tzinfo is None:
        raise WrongUsage(f"--cutoff {args.cutoff}: the time zone is missing")
    with translation.override(args.lang):
        if args.kind == "final":
            found = final.of_now(one)
            if found is None:
                raise Failure(f"{args.operation}: the user may read no final report yet")
            data = final.written(one, found, args.format)
        else:
            data = reports.written(reports.printed(one, cutoff), args.format)
    acts.write(user, "operation.see", one.pk)
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
    return 0


def _export(user: User, one: Operation, args: argparse.Namespace) -> int:
    from vedette.apps.operations.actions import exporting
    from vedette.apps.operations.selectors import operations as selectors
    from vedette.commands.cooperation import convert

    recipient = None
    if args.recipient:
        names = selectors.participants(one)
        found = [
            id_ for id_, name in names.items()
            if args.recipient in (str(id_), name)
        ]  # fmt: skip
        if len(found) != 1:
            raise Failure(f"{args.recipient}: not the id or the name of one participant")
        recipient = found[0]
    made = exporting.export(user, one, recipient)
    convert.write(made, args.to)
    summary = {"operation": str(one.pk), "exercise": one.exercise, "records": len(made)}
    print(json.dumps(summary), file=sys.stderr)
    return 0


def _duplicates(user: User, one: Operation, args: argparse.Namespace) -> int:
    from vedette.apps.accounts import acts
    from vedette.apps.operations import duplicates
    from vedette.apps.operations.selectors.duplicates import records

    began = time.perf_counter()
    found = records(one)
    proposed = duplicates.pairs(found, args.least)
    for pair in proposed:
        line = {
            "a": str(pair.one), "b": str(pair.other), "score": pair.score, "reasons": pair.reasons,
        }  # fmt: skip
        print(json.dumps(line))
    acts.write(user, "operation.see", one.pk)
    summary = {
        "operation": str(one.pk), "exercise": one.exercise, "records": len(found),
        "pairs": len(proposed), "seconds": round(time.perf_counter() - began, 2),
    }  # fmt: skip
    print(json.dumps(summary), file=sys.stderr)
    return 0
