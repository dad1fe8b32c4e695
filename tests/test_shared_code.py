"""Shared code does not know its kinds of subject: it imports none, and no word of one stands in it.

Shared is everything but the kinds themselves, the demonstration with its synthetic world and the benches,
which show and measure the kind that ships.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from vedette.kinds import PARSED, SHIPPED

SOURCE = Path(__file__).resolve().parent.parent / "src" / "vedette"
#: Packages of the kinds that ship, and of those of which only the messages are read so far.
KINDS = {name.strip().rpartition(".")[0] for name in (*SHIPPED.split(","), *PARSED)}
NOT_SHARED = {name.split(".")[1] for name in KINDS} | {"demo", "bench"}
WORD = re.compile("traveller|journey|flight|booking|passenger|consignment", re.IGNORECASE)
#: (file, part of the line) → the reason why the word stands there.
THEME = "the first theme of the programme has this name"
UNIT = "the name of an authority in Directive 2016/681"
CODE = "a warning code of the contract of `vedette parse`"
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("kinds.py", "SHIPPED ="): "the list of the kinds that ship",
    ("apps/columns.py", "PASSENGERS ="): THEME,
    ("apps/sql/hits.sql", "'{passengers,"): THEME,
    ("apps/assistance/models.py", "PASSENGERS ="): THEME,
    ("apps/assistance/migrations/0001_initial.py", '"passengers"'): THEME,
    ("apps/profiles/migrations/0001_initial.py", '"Passenger controls"'): THEME,
    ("apps/oversight/models.py", "MEMBER ="): UNIT,
    ("apps/oversight/migrations/0001_initial.py", '"member"'): UNIT,
    ("formats/warnings.py", '"flight_missing"'): CODE,
    ("formats/warnings.py", '"traveller_unclear"'): CODE,
}


def _files(*endings: str) -> Iterator[Path]:
    for path in sorted(SOURCE.rglob("*")):
        parts = path.relative_to(SOURCE).parts
        # A command with the name of a kind belongs to this kind: `vedette goods` calls only the kind "goods".
        command = parts[-1].removesuffix(".py").partition("_")[0]
        of_a_kind = parts[0] == "commands" and command in NOT_SHARED - {"demo", "bench"}
        if path.suffix in endings and parts[0] not in NOT_SHARED and not of_a_kind:
            yield path


def test_no_word_of_a_kind_stands_in_shared_code() -> None:
    found, used = [], set()
    for path in _files(".py", ".sql", ".html", ".txt"):
        name = path.relative_to(SOURCE).as_posix()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if WORD.search(line):
                excused = [one for one in EXCEPTIONS if one[0] == name and one[1] in line]
                used.update(excused)
                if not excused:
                    found.append(f"{name}:{number}: {line.strip()}")
    assert not found, f"{len(found)} places:\n" + "\n".join(found)
    assert set(EXCEPTIONS) == used, "exceptions that nothing needs"
    assert len(EXCEPTIONS) <= 20


def test_shared_code_imports_no_kind() -> None:
    found = []
    for path in _files(".py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [one.name for one in node.names] if isinstance(node, ast.Import) else []
            found += [
                f"{path.relative_to(SOURCE)}:{node.lineno}: {name}"
                for name in names
                if any(name == kind or name.startswith(f"{kind}.") for kind in KINDS)
            ]
    assert not found, "\n".join(found)
