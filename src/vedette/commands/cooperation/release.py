"""Decide whether records may be released to other organisations, and show the data that would be sent. No
database is needed.

`release check CASES.jsonl` reads one case in each line and prints one decision in each line, in the same
order: `{"allow": true}` or `{"allow": false, "ground": "..."}`. The fields, the values and the grounds are
described in docs/release.md. For a line that is not a JSON object, the command prints `{"allow": false,
"error": "...", "line": 3}` and continues with the next line. `-` reads the standard input. Empty lines are
skipped. The exit status is 1 if no line could be read.

`release view RECORD.json` prints the non-nominal view of a record, in the form in which another organisation
would read it. The view contains only fields that may be sent, and no free text or photograph that nobody has
checked. A line of JSON on stderr lists the fields whose content a person must check first, and the fields
whose value does not match the format of the field.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import msgspec

from vedette.core import canonical, nonnominal, releasable, release, strict_json
from vedette.core.errors import Failure

#: Maximum size of a line of CASES.jsonl in bytes.
MAX_LINE = 1 << 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="check|view")
    check = actions.add_parser("check", help="decide about each case of a file")
    check.add_argument("file", metavar="CASES.jsonl", help="one case a line; - for standard input")
    view = actions.add_parser("view", help="print the non-nominal view of a record")
    view.add_argument("file", metavar="RECORD.json", help="type, record, plan and read")


def run(args: argparse.Namespace) -> int:
    """Runs the action of the command `release`, as the help of the command describes."""
    return _view(args.file) if args.action == "view" else _check(args.file)


def _view(name: str) -> int:
    """Prints the view of a record. Raises `Failure` if the record cannot be read."""
    given = strict_json.read(Path(name))
    record = given.get("record") if isinstance(given, dict) else None
    if not isinstance(record, dict):
        raise Failure(f"{name}: an object with type, record, plan and read is needed")
    plan, read = _plan(given.get("plan"), name), _texts(given.get("read"), f"{name}: read")
    try:
        if given.get("type") == "table":
            made = nonnominal.table(record)
        else:
            made = nonnominal.view(str(given.get("type")), record, plan, read)
    except nonnominal.BadRecord as error:
        raise Failure(f"{name}: {error}") from error
    sys.stdout.buffer.write(canonical.canonical(made.content) + b"\n")
    sys.stdout.buffer.flush()
    print(json.dumps({"waiting": made.waiting, "stayed": made.stayed}), file=sys.stderr)
    return 0


def _plan(value: Any, name: str) -> releasable.Plan:
    given = {} if value is None else value
    if not isinstance(given, dict):
        raise Failure(f"{name}: plan: not an object")
    return releasable.Plan(
        traits=_texts(given.get("traits"), f"{name}: plan.traits"),
        places=_texts(given.get("places"), f"{name}: plan.places"),
    )


def _texts(value: Any, place: str) -> frozenset[str]:
    given = [] if value is None else value
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise Failure(f"{place}: a list of texts is needed")
    return frozenset(given)


def _check(name: str) -> int:
    """Prints the decisions. Raises `Failure` if the file, or every line of it, cannot be read."""
    out = sys.stdout.buffer
    lines = bad = 0
    with ExitStack() as stack:
        for number, line in _lines(_opened(name, stack), name):
            answer = _answer(number, line, name)
            out.write(msgspec.json.encode(answer) + b"\n")
            lines, bad = lines + 1, bad + ("error" in answer)
    out.flush()
    if lines and bad == lines:
        raise Failure(f"{name}: no line is a JSON object; a case stands on one line")
    return 0


def _opened(name: str, stack: ExitStack) -> IO[bytes]:
    if name == "-":
        return sys.stdin.buffer
    try:
        return stack.enter_context(Path(name).open("rb"))
    except OSError as error:
        raise Failure(f"{name}: cannot be opened: {error.strerror}; check the path") from error


def _lines(file: IO[bytes], name: str) -> Iterator[tuple[int, bytes]]:
    """Yields each line with its number, from 1. If a line is too long, only its first part is yielded."""
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
