"""What the scorer did, as terms whose contributions add up to the score."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

import numpy as np

from vedette.screening.names import kernel
from vedette.screening.names.model import Relation, Term
from vedette.screening.names.sounds import SPELLING_SIZE
from vedette.screening.names.tokens import Tokens
from vedette.screening.names.weights import WEIGHTS

_PENALTIES: dict[int, tuple[str, Relation]] = {
    kernel.CONFLICT: ("replaced", "≠"),
    kernel.EXTRA: ("left_out", "–"),
    kernel.NUMBERS: ("number", "≠"),
    kernel.ORDER: ("order", "≠"),
    kernel.PATRONYM: ("order", "≠"),
    kernel.LEGAL_FORM: ("legal_form", "≠"),
    kernel.THIN: ("initials", "≠"),
}


class Scratch:
    """Buffers of the scorer, one set a thread."""

    def __init__(self) -> None:
        self.sims = np.zeros((kernel.MAX, kernel.MAX), np.float64)
        self.rows = np.zeros((6, 64), np.int64)
        self.pairs = np.zeros((2 * kernel.MAX + 2, kernel.PAIR_WIDTH), np.float64)
        self.penalties = np.zeros(kernel.PENALTIES, np.float64)


def score(a: Tokens, ta: Any, b: Tokens, tb: Any, kind: int, scratch: Scratch) -> tuple[float, int]:
    """Score of token rows `ta` of `a` against `tb` of `b`; leaves pairs and penalties in `scratch`."""
    s = scratch
    found, count = kernel.align(
        a.arrays(), ta, b.arrays(), tb, kind, WEIGHTS, s.sims, s.rows, s.pairs, s.penalties
    )
    return float(found), int(count)


def spelling(table: Tokens, row: int) -> str:
    """The letters of a token."""
    text = table.text[row]
    return bytes(text[: text[SPELLING_SIZE]]).decode("ascii")


def terms(
    a: Tokens,
    ta: Any,
    b: Tokens,
    tb: Any,
    kind: int,
    scratch: Scratch,
    surname: Set[str] = frozenset(),
) -> tuple[float, list[Term]]:
    """Score and terms. Words in `surname` (tokens of ours) are explained as surname, others as given."""
    value, count = score(a, ta, b, tb, kind, scratch)
    if count == 0:
        return 0.0, [Term("name", _words(a, ta, ()), _words(b, tb, ()), "≠", 0.0)]
    whole = float(scratch.pairs[:count, 5].sum()) or 1.0
    found: list[Term] = []
    used_a: set[int] = set()
    used_b: set[int] = set()
    for i, size_i, j, size_j, sim, weight in scratch.pairs[:count].tolist():
        mine = range(int(i), int(i + size_i))
        other = range(int(j), int(j + size_j))
        used_a.update(mine)
        used_b.update(other)
        ours = " ".join(spelling(a, int(ta[k])) for k in mine)
        theirs = " ".join(spelling(b, int(tb[k])) for k in other)
        name = "name" if not surname else "surname" if ours in surname else "given"
        found.append(Term(name, ours, theirs, "=" if sim == 1.0 else "≈", sim * weight / whole))
    left = _words(a, ta, used_a), _words(b, tb, used_b)
    for which, (name, relation) in _PENALTIES.items():
        taken = float(scratch.penalties[which])
        if taken > 0:
            ours_, theirs_ = (
                left if which in (kernel.CONFLICT, kernel.EXTRA, kernel.NUMBERS) else (None, None)
            )
            found.append(Term(name, ours_, theirs_, relation, -taken))
    return value, _settled(found, value)


def _words(table: Tokens, rows: Any, used: Any) -> str | None:
    words = [spelling(table, int(row)) for place, row in enumerate(rows) if place not in used]
    return " ".join(words) or None


def _settled(found: list[Term], value: float) -> list[Term]:
    """Where penalties would pass 0, they are scaled so that the terms add up to the score."""
    gained = sum(t.contribution for t in found if t.contribution > 0)
    lost = -sum(t.contribution for t in found if t.contribution < 0)
    if lost <= 0 or abs(gained - lost - value) < 1e-9:
        return found
    share = (gained - value) / lost
    return [
        t
        if t.contribution >= 0
        else Term(t.name, t.ours, t.theirs, t.relation, t.contribution * share)
        for t in found
    ]
