"""Convert records between JSON lines, STIX 2.1, MISP JSON and CSV. No database is needed.

`convert FILE --to json|stix|misp|csv` reads a file of any of these formats, and prints it in another format.
The command recognises the format of FILE. `-` means the standard input. A record contains only fields that
may be sent to other organisations, exactly one marking, and its owner (docs/operations.md). A line of JSON on
stderr contains the number of records, and the objects of other systems that were skipped. The exit status is
1 at the first record that cannot be read; the message states its position.

`vedette operations export` writes the records of an operation that may be sent to an organisation.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from vedette.core import strict_json
from vedette.core.errors import Failure
from vedette.formats.exchange import misp, records, stix, table
from vedette.formats.exchange.records import Record

FORMATS = ("json", "stix", "misp", "csv")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="records; - for standard input")
    parser.add_argument("--to", required=True, choices=FORMATS, help="format of the output")


def run(args: argparse.Namespace) -> int:
    """Runs the command `convert`, as its help describes."""
    try:
        if args.file == "-":
            data = sys.stdin.buffer.read(strict_json.MAX_BYTES + 1)
        else:
            with Path(args.file).open("rb") as file:
                data = file.read(strict_json.MAX_BYTES + 1)
    except OSError as error:
        raise Failure(f"{args.file}: {error.strerror}") from error
    if len(data) > strict_json.MAX_BYTES:
        raise Failure(f"{args.file}: larger than {strict_json.MAX_BYTES} bytes; split the file")
    skipped: list[str] = []
    found = list(records.limited(parse(data, args.file, skipped)))
    write(found, args.to)
    summary = {"records": len(found), "skipped": skipped[:100], "skipped_count": len(skipped)}
    print(json.dumps(summary), file=sys.stderr)
    return 0


def parse(data: bytes, name: str, skipped: list[str]) -> Iterator[Record]:
    """Yields the records of a file of any format. Raises `Failure`."""
    text = _text(data, name)
    if text.lstrip()[:1] not in ("{", "["):
        yield from table.parse(text, name)
        return
    lines = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    if len(lines) > 1 and lines[0][1].strip().endswith("}") and lines[1][1].startswith("{"):
        for number, line in lines:
            place = f"{name}: line {number}"
            yield records.read(strict_json.loads(line, place), place)
        return
    given = strict_json.loads(text, name)
    if stix.is_bundle(given):
        yield from stix.parse(given, name, skipped)
    elif misp.is_misp(given):
        yield from misp.parse(given, name, skipped)
    else:
        for number, one in enumerate(given if isinstance(given, list) else [given]):
            yield records.read(one, f"{name}: {number}")


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Failure(f"{name}: byte {error.start} is not UTF-8") from error


def write(found: Iterable[Record], format_: str) -> None:
    """Prints records in one of the formats."""
    if format_ == "csv":
        table.write(found, sys.stdout)
    elif format_ == "json":
        for one in found:
            print(json.dumps(one.as_json(), ensure_ascii=False))
    else:
        made = stix.write(found) if format_ == "stix" else misp.write(found)
        print(json.dumps(made, ensure_ascii=False))
