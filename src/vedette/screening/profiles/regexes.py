"""Whether a regular expression may be used: Rust's kind, bounded in length and in what it compiles to.

Rust's engine reads any text in linear time, so none can explode while it runs; but what is counted is
unrolled when it is compiled (`(a{1000}){1000}` is a million steps). So its size is estimated first;
then it is compiled as Polars will compile it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from vedette.screening.profiles.messages import ExpressionError

MAX_LENGTH = 200
#: Estimated steps; a class of letters counts as `_WIDE`, a group as `_GROUP`. Some 2 MB and 25 ms to compile.
MAX_STEPS = 4000
_WIDE = 40
_GROUP = 2

_PART = re.compile(
    r"\\[pP](?:\{[^}]*\}|.)|\\.|\[\^?\]?(?:\\.|[^\]])*\]|\{(?P<counts>\d+(?:,\d*)?)\}|.", re.S
)
_REASONS: tuple[tuple[str, str], ...] = (
    ("look-around", "regex_look"),
    ("backreference", "regex_back"),
    ("size limit", "regex_large"),
    ("unclosed character class", "regex_class"),
    ("group", "regex_group"),
    ("repetition", "regex_repeat"),
    ("escape", "regex_escape"),
)


def check(pattern: str, start: int, end: int) -> None:
    """`ExpressionError` where a pattern, written at a place of the text, cannot be used."""
    if len(pattern) > MAX_LENGTH:
        params = {"length": str(len(pattern)), "limit": str(MAX_LENGTH)}
        raise ExpressionError("regex_long", start, end, params)
    if _steps(pattern) > MAX_STEPS:
        raise ExpressionError("regex_large", start, end, {"limit": str(MAX_STEPS)})
    problem = _compiled(pattern)
    if problem is not None:
        id, place = problem
        # One character for the quote; a quote inside, written twice, may put this off by one.
        at = min(start + 1 + place, end - 1) if place is not None else start
        raise ExpressionError(id, at, end, {"limit": str(MAX_STEPS)})


def _steps(pattern: str) -> int:
    """About how many steps a pattern compiles to: what counts multiply, groups add up."""
    groups: list[int] = [0]
    last = 0
    for found in _PART.finditer(pattern):
        part, counts = found[0], found["counts"]
        if counts:
            times = max(int(number) for number in counts.split(",") if number)
            groups[-1] += last * (times - 1)
            last *= times
        elif part == "(":
            groups.append(_GROUP)
            last = 0
        elif part == ")" and len(groups) > 1:
            last = groups.pop()
            groups[-1] += last
        elif part not in "*+?|":
            wide = part in "." or part[:2] in (
                r"\w",
                r"\W",
                r"\d",
                r"\D",
                r"\s",
                r"\S",
                r"\p",
                r"\P",
            )
            last = _WIDE if wide or (part.startswith("[") and len(part) > 1) else 1
            groups[-1] += last
        if sum(groups) > MAX_STEPS:
            return MAX_STEPS + 1
    return sum(groups)


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> tuple[str, int | None] | None:
    """What Rust's engine says against a pattern: our id, and at which character; None if nothing."""
    import polars as pl

    try:
        pl.Series(["", "a"]).str.contains(pattern, strict=True)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        said = str(error)
        caret = re.search(r"\n    (.*)\n    ( *)\^", said)
        place = len(caret[2]) if caret and caret[1] == pattern else None
        return next((id for word, id in _REASONS if word in said), "regex_wrong"), place
    return None
