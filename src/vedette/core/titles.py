"""Forms of address behind given names, as reservation systems put them: apart, or glued (`DOLANMR`).

A glued one may be the end of a name: SHAMS, ADAMS, QAMR. Who screens asks by every spelling; who shows
a name or compares two takes the first.
"""

from __future__ import annotations

import re
from functools import lru_cache

_TITLES = ("MSTR", "MISS", "MRS", "CHD", "INF", "PROF", "MR", "MS", "DR")
_APART = re.compile(rf"(?<=[^\W\d_])\s+(?:{'|'.join(_TITLES)})$")
#: Names end in MR, MS, CHD or INF, and many in DR (ALEKSANDR, BADR), which nobody glues.
_GLUED = re.compile(r"(?<=[A-Z]{2})(?:MSTR|MISS|MRS|PROF)$")
_PERHAPS = re.compile(r"(?<=[A-Z]{2})(?:MR|MS|CHD|INF)$")
#: What is left of a name must have so many letters for its end to be rather a title.
_REST = 3
_NAMES = re.compile(r"(?:.*[ -])?(?:ABRAMS|ADAMS|SHAMS|SIMMS|WILLIAMS)")


@lru_cache(maxsize=8192)
def spellings(given: str | None) -> tuple[str, ...]:
    """Given names in upper case without their title, the likeliest first; two where the end may be
    a title or a part of the name."""
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
    """Given names in upper case, without the title behind them."""
    return spellings(given)[0]


def title(given: str) -> str | None:
    """The form of address behind given names, or None; CHD and INF are none."""
    whole = given.upper().strip()
    cut = plain_given(given)
    form = whole[len(cut) :].strip()
    return form if form and form not in ("CHD", "INF") else None
