"""Checks and cleans the names of received files. File names are shown to users and are never used as
paths."""

from __future__ import annotations

import re
import unicodedata

#: Maximum length of a stored name, in characters.
LONGEST = 200
#: The character that replaces `/` and `\` in a name. Without it, code that runs before `problem` would remove
#: the folders.
_SLASH = "\u2215"
_FOLDERS = re.compile(rf"[/\\{_SLASH}]|^\.{{1,2}}$")


def whole(name: str) -> str:
    """Replaces the folder separators in a name with a character that is not a separator. Otherwise a later
    step could remove the folders without notice, and `problem` refuses the name.
    """
    marked = name.replace("/", _SLASH).replace("\\", _SLASH)
    return f"{_SLASH}{marked}" if marked in (".", "..") else marked


def problem(name: str) -> str:
    """Returns why a file with this name is refused and what to do, or an empty text if the name is accepted.

    A name with folders or invisible characters comes from a faulty or hostile sender, so a person should see
    the refusal. The returned text never quotes the name.
    """
    if "\0" in name:
        return "the name of the file contains a NUL character: rename the file"
    if _FOLDERS.search(name):
        return "the name of the file contains a folder: send only the name"
    if len(name) > LONGEST:
        return f"the name of the file is longer than {LONGEST} characters: use a shorter name"
    if any(_hidden(char) for char in name):
        return "the name of the file contains invisible characters: rename the file"
    return ""


def cleaned(name: str) -> str:
    """Returns the last part of a name without invisible characters, at most `LONGEST` characters long. It may
    be empty."""
    last = name.replace("\\", "/").replace(_SLASH, "/").rstrip("/").rpartition("/")[2]
    shown = " ".join("".join(c for c in last if not _hidden(c)).split())
    return "" if shown in (".", "..") else shown[:LONGEST]


def _hidden(char: str) -> bool:
    """Returns whether a character is invisible: a control character, a direction or width mark, a surrogate,
    an unassigned or private-use code point, or a line end.
    """
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
