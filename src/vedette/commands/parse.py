"""Read messages of any supported format and print their records. The output is one line of JSON for each
message, in the order of the files. The parts of a transfer may be in several of the files.

For a file that cannot be read at all, the command prints one line on stderr and a line with "ok": false. The
command still reads the other files.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from vedette import kinds
from vedette.formats import as_json
from vedette.formats.registry import MAX_BYTES, Unreadable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="a message as received")
    names = kinds.all_readers().names
    parser.add_argument(
        "--format", choices=names, metavar="NAME", help=f"one of {', '.join(names)}"
    )


def run(args: argparse.Namespace) -> int:
    """Prints every message. The exit status is 1 if a file could not be read at all."""
    places: list[tuple[str, int]] = []
    messages = []
    failed = []
    for name in args.files:
        try:
            found = kinds.all_readers().read(_bytes(name), args.format)
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


def _bytes(name: str) -> bytes:
    path = Path(name)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise Unreadable(f"{size} bytes, the limit is {MAX_BYTES}; send it in parts", MAX_BYTES)
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(f"cannot be opened: {error.strerror}; check the path") from error
