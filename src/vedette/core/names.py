"""Functions for names of persons. `fold` reduces a name to the letters by which names are compared and
sorted. All functions except `fold` remove forms of address. Reservation systems append forms of address to
given names, with or without a space (`DOLANMR`).

Letters that look like a form of address can also be the end of the name itself: SHAMS, ADAMS, QAMR. Screening
looks up every spelling. Code that shows or compares names uses the first spelling.
"""

from __future__ import annotations

import re
from functools import lru_cache

from anyascii import anyascii

_NOT_LETTERS = re.compile(r"[^A-Z]+")
_TITLES = ("MSTR", "MISS", "MRS", "CHD", "INF", "PROF", "MR", "MS", "DR")
_APART = re.compile(rf"(?<=[^\W\d_])\s+(?:{'|'.join(_TITLES)})$")
#: Titles that are removed even if no space precedes them. MR, MS, CHD and INF are not among them, because
#: names can end in these letters. DR is not among them either: many names end in DR (ALEKSANDR, BADR), and
#: no system appends this title without a space.
_GLUED = re.compile(r"(?<=[A-Z]{2})(?:MSTR|MISS|MRS|PROF)$")
_PERHAPS = re.compile(r"(?<=[A-Z]{2})(?:MR|MS|CHD|INF)$")
#: If fewer letters than this remain before the ending, the ending is probably part of the name.
_REST = 3
_NAMES = re.compile(r"(?:.*[ -])?(?:ABRAMS|ADAMS|SHAMS|SIMMS|WILLIAMS)")


def fold(text: str | None) -> str:
    """Transliterates a text to Latin letters in upper case, and removes all other characters. For None, the
    result is an empty text.
    """
    if not text:
        return ""
    upper = text.upper() if text.isascii() else anyascii(text).upper()
    return upper if upper.isalpha() else _NOT_LETTERS.sub("", upper)


@lru_cache(maxsize=8192)
def spellings(given: str | None) -> tuple[str, ...]:
    """Returns the given names in upper case, without a form of address. If the ending may belong to the name
    itself, returns two spellings, the more likely spelling first.
    """
    whole = (given or "").upper().strip()
    if not whole.endswith(_TITLES):
        return (whole,)
    for sure in (_APART, _GLUED):
        cut = sure.sub("", whole)
        if cut != whole:
            return (cut.strip(),)
    cut = _PERHAPS.sub("", whole).strip()
    if cut == whole:
        return (whole,)
    last = re.split(r"[ -]", cut)[-1]
    named = len(last) < _REST or _NAMES.fullmatch(whole)
    return (whole, cut) if named else (cut, whole)


def plain_given(given: str | None) -> str:
    """Returns the given names in upper case, without the form of address after them."""
    return spellings(given)[0]


def title(given: str) -> str | None:
    """Returns the form of address that follows the given names, or None. CHD and INF are not forms of
    address.
    """
    form = given.upper().strip()[len(plain_given(given)) :].strip()
    return form if form and form not in ("CHD", "INF") else None
