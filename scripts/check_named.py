"""Checks that every file and every test exists that the threat model and the security pages name in
backticks.

The pages name tests as `tests/x/test_y.py::test_name`, and files by their path from the root.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("THREAT_MODEL.md", "docs/asvs.md", "SECURITY.md")
_NAMED = re.compile(r"`((?:src|tests|scripts|deploy|docs)/[\w./@-]+)(?:::(\w+))?`")


def problems(page: str, text: str, root: Path = ROOT) -> list[str]:
    """Returns the files and tests that a page names and that do not exist, with the line of each."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        for path, test in _NAMED.findall(line):
            file = root / path
            if not file.exists():
                found.append(f"{page}:{number}: no {path}")
            elif test and not re.search(rf"^def {test}\(", file.read_text("utf-8"), re.MULTILINE):
                found.append(f"{page}:{number}: no {test} in {path}")
    return found


def main() -> int:
    """Prints every problem. Returns 1 if there is one."""
    found = [one for page in PAGES for one in problems(page, (ROOT / page).read_text("utf-8"))]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
