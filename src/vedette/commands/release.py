"""Decide about releases to other organisations. No database is needed.

`release check CASES.jsonl` reads one case a line and prints one decision a line, in the same order:
`{"allow": true}` or `{"allow": false, "ground": "..."}`. The fields, the values and the grounds are described
in docs/release.md. A line that is not a JSON object gets `{"allow": false, "error": "...", "line": 3}`, and
the other lines are still decided. `-` reads the standard input. Empty lines are skipped. The exit status is 1
if no line could be read.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import msgspec

from vedette.core import release, strict_json
from vedette.core.errors import Failure

#: Maximum size of a line of CASES.jsonl in bytes.
MAX_LINE = 1 << 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="check")
    check = actions.add_parser("check", help="decide about each case of a file")
    check.add_argument("file", metavar="CASES.jsonl", help="one case a line; - for standard input")


def run(args: argparse.Namespace) -> int:
    """Prints the decisions. Raises `Failure` if the file, or every line of it, cannot be read."""
    out = sys.stdout.buffer
    lines = bad = 0
    with ExitStack() as stack:
        for number, line in _lines(_opened(args.file, stack), args.file):
            answer = _answer(number, line, args.file)
            out.write(msgspec.json.encode(answer) + b"\n")
            lines, bad = lines + 1, bad + ("error" in answer)
    out.flush()
    if lines and bad == lines:
        raise Failure(f"{args.file}: no line is a JSON object; a case stands on one line")
    return 0


def _opened(name: str, stack: ExitStack) -> IO[bytes]:
    if name == "-":
        return sys.stdin.buffer
    try:
        return stack.enter_context(Path(name).open("rb"))
    except OSError as error:
        raise Failure(f"{name}: cannot be opened: {error.strerror}; check the path") from error


def _lines(file: IO[bytes], name: str) -> Iterator[tuple[int, bytes]]:
    """Yields each line with its number, from 1. Of a line that is too long, only the first part is
    yielded.
    """
    number = 0
    try:
        while line := file.readline(MAX_LINE + 1):
            number += 1
            rest = line
            while not rest.endswith(b"\n") and (rest := file.readline(MAX_LINE)):
                pass
            if line.strip():
                yield number, line
    except OSError as error:
        raise Failure(f"{name}: cannot be read: {error.strerror}") from error


def _answer(number: int, line: bytes, name: str) -> dict[str, Any]:
    place = f"{name}, line {number}"
    try:
        if len(line) > MAX_LINE:
            raise strict_json.JsonError(
                f"{place}: more than {MAX_LINE} bytes; put one case on a line"
            )
        case = strict_json.loads(line.strip(), place)
        if not isinstance(case, dict):
            raise strict_json.JsonError(f"{place}: not a JSON object")
    except strict_json.JsonError as error:
        return {"allow": False, "error": str(error), "line": number}
    return release.decide(case).as_json()
