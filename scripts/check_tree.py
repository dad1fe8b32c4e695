"""Checks the files of the tree: no path of a machine, no secrets, few modules in a folder, and one migration
for each app.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

PATHS = re.compile(rb"(?<![\w.~>-])/(?:work|root|home/\w+|Users/\w+|tmp/\w+)/")
#: Maximum number of modules, without `__init__.py`, in the package root and in any other folder.
IN_ROOT, IN_FOLDER = 6, 25
SECRETS = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE" rb" KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[opsu]_\w{30,}|\bsk-\w{20,}"
)


def tracked() -> list[Path]:
    """Returns the files of this tree that git knows: committed files, and new files that are not ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    paths = (ROOT / name.decode() for name in listed.split(b"\0") if name)
    return [path for path in paths if path.is_file()]


def problems(path: Path) -> list[str]:
    """Returns the problems of one file, each with its line."""
    data = path.read_bytes()
    name = path.relative_to(ROOT)
    found = []
    for pattern, what in ((PATHS, "a path of one machine"), (SECRETS, "what looks like a secret")):
        for match in pattern.finditer(data):
            line = data.count(b"\n", 0, match.start()) + 1
            found.append(f"{name}:{line}: {what}")
    return found


def layout(paths: list[Path]) -> list[str]:
    """Returns the folders with too many modules or migrations, each with the remedy."""
    folders: dict[Path, int] = Counter(
        path.relative_to(ROOT).parent
        for path in paths
        if path.suffix == ".py" and path.name != "__init__.py"
    )
    found = []
    for folder, count in sorted(folders.items()):
        if folder.name == "migrations" and count > 1:
            found.append(
                f"{folder}: {count} migrations; until the first release an app has one:"
                " delete them and run makemigrations"
            )
        elif folder == Path("src/vedette") and count > IN_ROOT:
            found.append(
                f"{folder}: {count} modules, more than {IN_ROOT}: move some into the package of their layer"
            )
        elif count > IN_FOLDER:
            found.append(
                f"{folder}: {count} modules, more than {IN_FOLDER}: join those of one subject,"
                " or make a package of each subject"
            )
    return found


def main() -> int:
    """Prints every problem; returns 1 if there is any."""
    paths = tracked()
    found = [problem for path in paths for problem in problems(path)] + layout(paths)
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
