"""Names of files that others chose: kept for people to recognise, never used as a path."""

from __future__ import annotations

import re
import unicodedata

#: Longest name kept, in characters.
LONGEST = 200
#: Stands for `/` and `\` where a name passes what would cut its folders off.
_SLASH = "\u2215"
_FOLDERS = re.compile(rf"[/\\{_SLASH}]|^\.{{1,2}}$")


def whole(name: str) -> str:
    """A name with its folders as marks that are no path, so that nothing on the way cuts them off
    unseen and `problem` can refuse it."""
    marked = name.replace("/", _SLASH).replace("\\", _SLASH)
    return f"{_SLASH}{marked}" if marked in (".", "..") else marked


def problem(name: str) -> str:
    """Why a file of this name is refused, and what to do; empty where nothing is wrong.

    A sender that names folders, or hides characters, is broken or hostile: either way a person
    should see it. The name itself is never quoted.
    """
    if "\0" in name:
        return "the file's name holds a NUL character; send it under a plain name"
    if _FOLDERS.search(name):
        return "the file's name holds folders; send the name alone"
    if len(name) > LONGEST:
        return f"the file's name is longer than {LONGEST} characters; send it under a shorter one"
    if any(_hidden(char) for char in name):
        return "the file's name holds control or direction marks; send it under a plain name"
    return ""


def cleaned(name: str) -> str:
    """The last part of a name without what does not show: at most `LONGEST` characters, maybe none."""
    last = name.replace("\\", "/").replace(_SLASH, "/").rstrip("/").rpartition("/")[2]
    shown = " ".join("".join(c for c in last if not _hidden(c)).split())
    return "" if shown in (".", "..") else shown[:LONGEST]


def _hidden(char: str) -> bool:
    """Controls, marks of direction and of width, halves of pairs, private characters, line ends."""
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
