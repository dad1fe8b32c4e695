"""Export programmes to IATI 2.03, and check IATI files. These commands need no database.

`iati export PROGRAMME.json` prints an XML file with the released items only, and a summary on stderr.
`iati check FILE…` checks the schema, the code lists and the rules of the standard, and prints one line of
JSON for each file.

The standard is read from the folder `--standard` (or `VEDETTE_IATI`), which contains `2.03` (the schemas,
with xml.xsd), `codelists/xml` and `rulesets/rulesets`, as IATI publishes them. With a folder, the export
is checked before it is printed.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
from pathlib import Path
from typing import Any

from vedette.assistance import publication
from vedette.assistance.iati import MAX_BYTES, Fault, Standard
from vedette.core import strict_json
from vedette.core.errors import Failure, WrongUsage


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="export|check")
    export = actions.add_parser("export", help="print a programme as an IATI file")
    export.add_argument("file", type=Path, metavar="PROGRAMME.json")
    check = actions.add_parser("check", help="check IATI files")
    check.add_argument("files", type=Path, nargs="+", metavar="FILE.xml")
    for one in (export, check):
        one.add_argument("--standard", type=Path, default=None, metavar="FOLDER")


def run(args: argparse.Namespace) -> int:
    """Runs the action of the command `iati`, as its help describes."""
    folder = args.standard or (Path(named) if (named := os.environ.get("VEDETTE_IATI")) else None)
    return _export(args.file, folder) if args.action == "export" else _check(args.files, folder)


def _check(files: list[Path], folder: Path | None) -> int:
    if folder is None:
        raise WrongUsage(
            "iati check: name the folder of the standard with --standard or VEDETTE_IATI"
        )
    standard, now, read = Standard(folder), dt.datetime.now(dt.UTC), 0
    for path in files:
        try:
            with path.open("rb") as file:
                faults = standard.check(file.read(MAX_BYTES + 1), now)
            read += 1
        except OSError as error:
            faults = [Fault("schema", 0, "file", str(error.strerror))]
        print(json.dumps({"file": str(path), **_shown(faults)}, ensure_ascii=False))
    return 0 if read else 1


def _shown(faults: list[Fault]) -> dict[str, Any]:
    errors = [fault for fault in faults if not fault.warning]
    return {
        "schema": "invalid" if any(fault.kind == "schema" for fault in faults) else "valid",
        "ok": not errors,
        "errors": [_fault(fault) for fault in errors],
        "warnings": [_fault(fault) for fault in faults if fault.warning],
    }


def _fault(fault: Fault) -> dict[str, Any]:
    return {"kind": fault.kind, "line": fault.line, "name": fault.name, "message": fault.message}


def _export(path: Path, folder: Path | None) -> int:
    now = dt.datetime.now(dt.UTC)
    made = publication.export(strict_json.read(path), now)
    if folder is not None:
        errors = [fault for fault in Standard(folder).check(made.xml, now) if not fault.warning]
        if errors:
            first = errors[0]
            raise Failure(
                f"the file would not be valid: {first.kind} {first.name}: {first.message}"
            )
    sys.stdout.write(made.xml.decode())
    summary = {
        "published": made.published, "held_back": made.held_back,
        "problems": [{"place": one.place, "message": one.message} for one in made.problems],
    }  # fmt: skip
    print(json.dumps(summary, ensure_ascii=False), file=sys.stderr)
    return 0
