"""Read messages of any supported format and print their records. The output is one line of JSON for each
message, in the order of the files. The parts of a transfer may be in different files.

For a table (CSV or Excel), `--mapping` names a TOML file that maps its columns. With `--propose`, the command
prints such a file instead of the records. The command derives the mapping from the headings.

For a file that cannot be read at all, the command prints one line on stderr and a line with "ok": false. An
unreadable file does not prevent the command from reading the other files.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from vedette import kinds
from vedette.core.kind import FileReader
from vedette.formats import as_json
from vedette.formats.registry import MAX_BYTES, Unreadable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="a message as received")
    names = kinds.all_readers().names
    parser.add_argument(
        "--format", choices=names, metavar="NAME", help=f"one of {', '.join(names)}"
    )
    parser.add_argument("--mapping", metavar="TOML", help="the mapping of the columns of a table")
    parser.add_argument(
        "--propose", action="store_true", help="print a proposed mapping of the columns of a table"
    )


def run(args: argparse.Namespace) -> int:
    """Prints the records of every message. The exit status is 1 if a file could not be read at all."""
    if args.propose:
        return _propose(args.files)
    try:
        mapping = _bytes(args.mapping).decode() if args.mapping else None
    except (Unreadable, UnicodeDecodeError) as error:
        print(f"{args.mapping}: {error}", file=sys.stderr)
        return 1
    places: list[tuple[str, int]] = []
    messages = []
    failed = []
    for name in args.files:
        try:
            found = _read(_bytes(name), args.format, mapping)
        except Unreadable as error:
            failed.append(
                {"file": name, "ok": False, "error": error.reason, "offset": error.offset}
            )
            print(f"{name}: byte {error.offset}: {error.reason}", file=sys.stderr)
            continue
        places += ((name, number) for number in range(1, len(found) + 1))
        messages += found
    out = sys.stdout.buffer
    for (name, number), message in zip(places, kinds.missing_parts(messages), strict=True):
        out.write(msgspec.json.encode(as_json.message(message, name, number)) + b"\n")
    for line in failed:
        out.write(msgspec.json.encode(line) + b"\n")
    out.flush()
    return 1 if failed else 0


def _read(data: bytes, format: str | None, mapping: str | None) -> list[Any]:
    """Reads the messages of a file. If a mapping is given, the file is read as a table."""
    readers = kinds.all_readers()
    if mapping is None:
        return readers.read(data, format)
    for reader in readers.readers:
        if isinstance(reader, FileReader) and reader.read_mapped is not None:
            return reader.read_mapped(data, mapping)
    raise Unreadable("no format of tables is installed")


def _propose(files: Sequence[str]) -> int:
    """Prints the proposed mapping of each table."""
    status = 0
    for name in files:
        for reader in kinds.all_readers().readers:
            if isinstance(reader, FileReader) and reader.propose is not None:
                try:
                    print(reader.propose(_bytes(name)), end="")
                except Unreadable as error:
                    print(f"{name}: byte {error.offset}: {error.reason}", file=sys.stderr)
                    status = 1
                break
    return status


def _bytes(name: str) -> bytes:
    path = Path(name)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise Unreadable(f"{size} bytes, the limit is {MAX_BYTES}; send it in parts", MAX_BYTES)
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(f"cannot be opened: {error.strerror}; check the path") from error
