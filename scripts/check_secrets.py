"""Checks that no tracked file contains a secret: private keys, tokens of vedette and of well-known services,
passwords in addresses, and the bytes of a key file. A finding states place and kind, never the secret."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from scripts.check_tree import ROOT, tracked

#: Kind → pattern. Some patterns are written in two parts, because this file would otherwise match them.
PATTERNS: dict[str, re.Pattern[bytes]] = {
    "a private key": re.compile(rb"-----BEGIN [A-Z0-9 ]*PRIVATE" rb" KEY"),
    "a token of this API": re.compile(rb"\bvedette_[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])"),
    "a key file of this installation": re.compile(rb"\A[0-9a-f]{64}\n?\Z"),
    "a cloud access key": re.compile(rb"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a token of a code host": re.compile(
        rb"\bgh[opsu]_\w{30,}|\bgithub_pat_\w{40,}|\bglpat-[\w-]{20,}"
    ),
    "a token of a chat or a model": re.compile(rb"\bxox[abprs]-[\w-]{20,}|\bsk-\w[\w-]{20,}"),
    "a signed web token": re.compile(rb"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}"),
    "a password in an address": re.compile(
        rb"\b[a-z][a-z0-9+]{2,15}://[\w.%-]{1,64}:(?P<value>[^\s:/@'\"`<>{}$]{3,100})@[\w.\[-]"
    ),
    "a password in a setting": re.compile(
        rb"(?im)^[ \t]*(?:export[ \t]+)?\w*(?:PASSWORD|SECRET|TOKEN)[ \t]*=[ \t]*"
        rb"(?P<value>[\w+/.-]{12,})[ \t]*$"
    ),
}
#: Words that examples contain in place of a value. They are not secrets.
_PLACEHOLDERS = re.compile(
    rb"(?i)\A(?:\xe2\x80\xa6|\.{3}|x+|\*+|password|secret|pass|pw|changeme)\Z"
)


def problems(name: str, data: bytes) -> list[str]:
    """Returns the places in a file that look like a secret, with the line of each."""
    found = []
    for kind, pattern in PATTERNS.items():
        for match in pattern.finditer(data):
            value = match.groupdict().get("value")
            if value is not None and (_PLACEHOLDERS.match(value) or _code(kind, name)):
                continue
            line = data.count(b"\n", 0, match.start()) + 1
            found.append(f"{name}:{line}: what looks like {kind}")
    return found


def _code(kind: str, name: str) -> bool:
    """Returns whether the value is a name in a program, as in `TOKEN = name_of_something`."""
    return kind == "a password in a setting" and Path(name).suffix in (".py", ".sql", ".js", ".md")


def main() -> int:
    """Prints every finding. Returns 1 if there is one."""
    found = [
        problem
        for path in tracked()
        for problem in problems(str(path.relative_to(ROOT)), path.read_bytes())
    ]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
