"""Calculate, merge and verify diagnostics. These commands need no database.

`assess score SHEET.json` prints the score of each area, of each area and theme, and of the whole sheet.
`assess merge ENTRIES…` merges the entries of several devices (files with a JSON object on each line) and
prints the current answers of each question, and the questions that a person must decide. `assess verify
SNAPSHOT.json` verifies a frozen questionnaire; with `--evidence FOLDER`, also the evidence files. `assess
compare OLD NEW` prints the differences between two snapshots. `assess plan SHEET.json` prints the proposals
for an action plan.

`assess bank` prints the question bank that is part of vedette, which is an example that each administration
adapts. `assess bank FORM.xlsx` prints the bank of an XLSForm workbook, and states the sheet, the row and the
cause if the workbook is not valid. `--xlsform FILE.xlsx` writes the bank as an XLSForm workbook, which ODK
Collect can use.

The formats are described in docs/assistance.md.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from vedette.assistance import banks, merging, plans, scores, sheets, snapshots
from vedette.core import strict_json
from vedette.core.errors import Failure

#: Greatest size of a line of entries in bytes.
MAX_LINE = 1 << 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(
        dest="action", required=True, metavar="score|plan|bank|merge|verify|compare"
    )
    for name, meaning in (("score", "print the scores"), ("plan", "print the proposed actions")):
        one = actions.add_parser(name, help=meaning)
        one.add_argument("file", type=Path, metavar="SHEET.json")
    bank = actions.add_parser("bank", help="print a question bank, or write it as XLSForm")
    bank.add_argument(
        "file", type=Path, nargs="?", metavar="FORM.xlsx",
        help="an XLSForm workbook (by default, the bank that vedette ships)",
    )  # fmt: skip
    bank.add_argument(
        "--xlsform", type=Path, metavar="FILE.xlsx", help="write the bank to this file"
    )
    bank.add_argument("--lang", choices=banks.LANGUAGES, default="en", help="language (en)")
    merge = actions.add_parser("merge", help="merge the entries of several devices")
    merge.add_argument("files", type=Path, nargs="+", metavar="ENTRIES.jsonl")
    verify = actions.add_parser("verify", help="verify a snapshot")
    verify.add_argument("file", type=Path, metavar="SNAPSHOT.json")
    verify.add_argument("--evidence", type=Path, metavar="FOLDER", help="folder of the files")
    verify.add_argument(
        "--key", default="", metavar="HEX", help="the public key that must have signed"
    )
    compare = actions.add_parser("compare", help="print the difference of two snapshots")
    compare.add_argument("former", type=Path, metavar="OLD.json")
    compare.add_argument("later", type=Path, metavar="NEW.json")


def run(args: argparse.Namespace) -> int:
    """Runs the action of the command `assess`, as its help describes."""
    if args.action == "bank":
        return _bank(args)
    if args.action == "merge":
        return _merge(args.files)
    if args.action == "verify":
        return _verify(args)
    if args.action == "compare":
        old, new = strict_json.read(args.former), strict_json.read(args.later)
        _print(snapshots.compare(old, new))
        return 0
    data = strict_json.read(args.file)
    if isinstance(data, dict) and data.get("bank") == banks.EXAMPLE:
        data["bank"] = banks.example().as_sheet()
    sheet = sheets.read_sheet(data)
    if args.action == "score":
        _score(sheet)
    else:
        _plan(sheet)
    return 0


def _bank(args: argparse.Namespace) -> int:
    bank, language = banks.example() if args.file is None else _read_form(args.file), args.lang
    if args.xlsform is not None:
        from vedette.assistance import bank_xlsform

        try:
            args.xlsform.write_bytes(bank_xlsform.write(bank))
        except OSError as error:
            raise Failure(f"{args.xlsform}: {error.strerror}") from error
        return 0
    for one in bank.questions:
        _print(
            {
                "id": one.id, "area": one.area, "area_name": bank.areas[one.area][language],
                "theme": one.theme, "text": one.text[language], "levels": list(one.levels[language]),
                "evidence": one.evidence[language], "source": one.source, **one.scoring,
            }
        )  # fmt: skip
    return 0


def _read_form(path: Path) -> banks.Bank:
    """Returns the bank of an XLSForm workbook. Raises `Failure` with the sheet, the row and the cause."""
    from vedette.assistance import bank_xlsform
    from vedette.formats.edifact import Unreadable
    from vedette.formats.tables import read_workbook

    limits = bank_xlsform.MOST_UNPACKED, bank_xlsform.MOST_CELLS
    try:
        found = read_workbook(path.read_bytes(), *limits)
        return banks.read_bank(bank_xlsform.read([table.rows for table in found]))
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from error
    except (Unreadable, bank_xlsform.Unreadable) as error:
        raise Failure(f"{path}: {error}") from error


def _print(one: dict[str, Any]) -> None:
    print(json.dumps(one, ensure_ascii=False))


def _problems(problems: Iterable[sheets.Problem]) -> list[dict[str, str]]:
    return [{"place": one.place, "message": one.message} for one in problems]


def _shown(one: scores.Score) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if one.rounded is not None:
        shown["score"] = str(one.rounded)
    if one.coverage is not None:
        shown["coverage"] = str(scores.round_once(one.coverage * 100))
    shown |= {"answered": one.answered, "applicable": one.applicable}
    return shown | ({"capped_by": list(one.capped_by)} if one.capped_by else {})


def _score(sheet: sheets.Sheet) -> None:
    result = scores.score(sheet)
    _print(
        {
            "formula": scores.FORMULA,
            "total": _shown(result.total),
            "areas": {area: _shown(one) for area, one in result.areas.items()},
            "cells": [
                {"area": area, "theme": theme, **_shown(one)}
                for (area, theme), one in result.cells.items()
            ],
            "problems": _problems(sheet.problems),
        }
    )


def _plan(sheet: sheets.Sheet) -> None:
    for one in plans.propose(sheet):
        question = one.question
        row: dict[str, Any] = {
            "question": question.id, "area": question.area, "level": one.level,
            "seen": one.seen, "target": question.target, "gap": one.gap, "risk": question.risk,
            "effort": question.effort, "priority": str(one.shown),
        }  # fmt: skip
        names = ("theme", "tool", "course", "expert")
        _print(row | {key: value for key in names if (value := getattr(question, key))})


def _lines(files: Iterable[Path]) -> Iterator[tuple[str, Any]]:
    for path in files:
        try:
            with path.open("rb") as file:
                for number, line in enumerate(iter(lambda: file.readline(MAX_LINE + 1), b""), 1):
                    if len(line) > MAX_LINE:
                        raise Failure(f"{path}: line {number} is longer than {MAX_LINE} bytes")
                    if line.strip():
                        yield f"{path}:{number}", line
        except OSError as error:
            raise Failure(f"{path}: {error.strerror}") from error


def _merge(files: Iterable[Path]) -> int:
    entries: list[merging.Entry] = []
    problems: list[sheets.Problem] = []
    for place, line in _lines(files):
        try:
            found = merging.read_entry(strict_json.loads(line, place), place)
        except strict_json.JsonError as error:
            found = sheets.Problem(place, str(error).removeprefix(f"{place}: "))
        if isinstance(found, merging.Entry):
            entries.append(found)
        else:
            problems.append(found)
        if len(entries) > merging.MAX_ENTRIES:
            raise Failure(f"more than {merging.MAX_ENTRIES} entries")
    if not entries:
        raise Failure(
            "no entry could be read: "
            + (problems[0].message if problems else "the files are empty")
        )
    merged, more = merging.merge(entries)
    undecided = 0
    for one in merged:
        undecided += not one.decided
        row: dict[str, Any] = {
            "question": one.question, "decided": one.decided,
            "current": [_entry(entry) for entry in one.current],
        }  # fmt: skip
        _print(row | ({"evidence": one.evidence} if one.evidence else {}))
    summary = {
        "questions": len(merged),
        "to_decide": undecided,
        "entries": len({e.id for e in entries}),
    }
    _print({**summary, "problems": _problems([*problems, *more])})
    return 0


def _entry(entry: merging.Entry) -> dict[str, Any]:
    return {
        "entry": entry.id, "device": entry.device, "number": entry.number, "author": entry.author,
        "time": entry.time, "answer": dict(entry.value),
    }  # fmt: skip


def _verify(args: argparse.Namespace) -> int:
    data = strict_json.read(args.file)
    files = None if args.evidence is None else _hashes(args.evidence)
    found = snapshots.verify(data, files)
    problems = list(found.problems)
    if args.key and found.public_key != args.key.lower():
        problems.append(sheets.Problem("signature", "another key signed"))
    _print(
        {"unchanged": not problems, "public_key": found.public_key, "problems": _problems(problems)}
    )
    return 1 if problems else 0


def _hashes(folder: Path) -> dict[str, str]:
    hashes = {}
    if not folder.is_dir():
        raise Failure(f"{folder}: is not a folder")
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        with path.open("rb") as file:
            hashes[str(path.relative_to(folder))] = hashlib.file_digest(file, "sha256").hexdigest()
    return hashes
