"""Files hold no path of the machine they were written on, and no secrets."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

PATHS = re.compile(rb"(?<![\w.~>-])/(?:work|root|home/\w+|Users/\w+|tmp/\w+)/")
SECRETS = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE" rb" KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[opsu]_\w{30,}|\bsk-\w{20,}"
)


def tracked() -> list[Path]:
    """The files of this tree as git knows them: committed, and new but not ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    paths = (ROOT / name.decode() for name in listed.split(b"\0") if name)
    return [path for path in paths if path.is_file()]


def problems(path: Path) -> list[str]:
    """What is wrong with one file, in words."""
    data = path.read_bytes()
    name = path.relative_to(ROOT)
    found = []
    for pattern, what in ((PATHS, "a path of one machine"), (SECRETS, "what looks like a secret")):
        for match in pattern.finditer(data):
            line = data.count(b"\n", 0, match.start()) + 1
            found.append(f"{name}:{line}: {what}")
    return found


def main() -> int:
    """Print every problem; 1 if there is any."""
    found = [problem for path in tracked() for problem in problems(path)]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
