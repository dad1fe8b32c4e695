"""Removes forms of address from given names. Reservation systems append them with a space or without
(`DOLANMR`).

A title without a space can be the end of the name itself: SHAMS, ADAMS, QAMR. Screening looks up every
spelling; code that shows or compares names uses the first.
"""

from __future__ import annotations

import re
from functools import lru_cache

_TITLES = ("MSTR", "MISS", "MRS", "CHD", "INF", "PROF", "MR", "MS", "DR")
_APART = re.compile(rf"(?<=[^\W\d_])\s+(?:{'|'.join(_TITLES)})$")
#: Titles that are cut even if no space precedes them. Names can end in MR, MS, CHD or INF, and many end in DR
#: (ALEKSANDR, BADR), a title that no system appends without a space.
_GLUED = re.compile(r"(?<=[A-Z]{2})(?:MSTR|MISS|MRS|PROF)$")
_PERHAPS = re.compile(r"(?<=[A-Z]{2})(?:MR|MS|CHD|INF)$")
#: If fewer letters than this remain before the ending, the ending is probably part of the name.
_REST = 3
_NAMES = re.compile(r"(?:.*[ -])?(?:ABRAMS|ADAMS|SHAMS|SIMMS|WILLIAMS)")


@lru_cache(maxsize=8192)
def spellings(given: str | None) -> tuple[str, ...]:
    """The given names in upper case without their title, the most likely spelling first. The result has two
    spellings if the ending may be a title or part of the name."""
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
    """The given names in upper case, without the title after them."""
    return spellings(given)[0]


def title(given: str) -> str | None:
    """The form of address after given names, or None. CHD and INF are not forms of address."""
    whole = given.upper().strip()
    cut = plain_given(given)
    form = whole[len(cut) :].strip()
    return form if form and form not in ("CHD", "INF") else None
