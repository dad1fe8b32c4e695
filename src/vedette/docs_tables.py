"""Tables in docs that are generated from code: `python -m vedette.docs_tables [--check]`.

A page marks the place by `<!-- table: NAME -->` … `<!-- end -->`; what stands between is replaced.
With `--check` nothing is written, and the exit status is 1 if a page is not as the code has it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"

_BLOCK = re.compile(r"(<!-- table: (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(
        f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |\n" for line in lines
    )


def commands() -> str:
    """Every command of `vedette`."""
    from vedette.cli import COMMANDS

    return _table(["command", "does"], ((f"`vedette {n}`", what) for n, what in COMMANDS.items()))


def warnings() -> str:
    """Every warning code a message can earn."""
    from vedette.formats.warnings import WARNINGS

    return _table(["code", "means"], ((f"`{code}`", text) for code, text in WARNINGS.items()))


def roles() -> str:
    """What a database administrator runs once."""
    from vedette.roles import roles_sql

    return f"```sql\n{roles_sql('vedette')}\n```\n"


TABLES: dict[str, Callable[[], str]] = {"commands": commands, "warnings": warnings, "roles": roles}


def regenerated(page: str) -> str:
    """`page` with every marked table as the code has it now. Raises `KeyError` for unknown names."""
    return _BLOCK.sub(lambda block: f"{block[1]}{TABLES[block[2]]()}{block[4]}", page)


def main(argv: Sequence[str]) -> int:
    """Rewrite the pages below `docs`, or with `--check` only say which are stale."""
    check = list(argv) == ["--check"]
    if argv and not check:
        print("usage: python -m vedette.docs_tables [--check]", file=sys.stderr)
        return 2
    stale = []
    for path in sorted(DOCS.rglob("*.md")):
        page = path.read_text("utf-8")
        if (now := regenerated(page)) != page:
            stale.append(path.name)
            if not check:
                path.write_text(now, "utf-8")
    if check and stale:
        print(f"stale tables in {', '.join(stale)}: python -m vedette.docs_tables", file=sys.stderr)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
