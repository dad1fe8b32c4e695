"""Explains the scorer's result as terms whose contributions add up to the score."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Any

import numpy as np

from vedette.screening.names import kernel, sums
from vedette.screening.names.model import Relation, Term
from vedette.screening.names.sounds import SPELLING_SIZE
from vedette.screening.names.tokens import Tokens
from vedette.screening.names.weights import WEIGHTS

Array = np.ndarray[Any, np.dtype[Any]]

_PENALTIES: tuple[tuple[int, str, Relation, bool], ...] = (
    (sums.CONFLICT, "replaced", "≠", True),
    (sums.EXTRA, "left_out", "–", True),
    (sums.NUMBERS, "number", "≠", True),
    (sums.PATRONYM, "order", "≠", False),
    (sums.LEGAL_FORM, "legal_form", "≠", False),
    (sums.THIN, "initials", "≠", False),
)


@dataclass(frozen=True, slots=True)
class Side:
    """The names of one side: a table of tokens, and the tokens of each name (starts and rows)."""

    table: Tokens
    starts: Array
    rows: Array

    def words(self, name: int) -> list[str]:
        """The tokens of a name, as letters."""
        text = self.table.text
        found = text[self.rows[self.starts[name] : self.starts[name + 1]]]
        return [bytes(row[: row[SPELLING_SIZE]]).decode("ascii") for row in found]


@dataclass(frozen=True, slots=True)
class Alignments:
    """The scorer's results for many pairs of names."""

    scores: list[float]
    pairs: list[Any]
    penalties: list[list[float]]


def align(
    ours: Side, left: list[int], theirs: Side, right: list[int], kinds: list[int]
) -> Alignments:
    """Scores name `left[k]` of ours against `right[k]` of theirs as a name of the kind `kinds[k]`."""
    scores, counts, pairs, penalties = kernel.align_all(
        ours.table.arrays(),
        ours.starts,
        ours.rows,
        np.array(left, np.int32),
        theirs.table.arrays(),
        theirs.starts,
        theirs.rows,
        np.array(right, np.int32),
        np.array(kinds, np.int8),
        WEIGHTS,
    )
    found = [pairs[k, :count].tolist() for k, count in enumerate(counts.tolist())]
    return Alignments(scores.tolist(), found, penalties.tolist())


def terms(
    done: Alignments, k: int, ours: list[str], theirs: list[str], surname: Set[str] = frozenset()
) -> list[Term]:
    """The terms of pair `k`. Words in `surname` (of ours) are labelled as surname, others as given names."""
    pairs = done.pairs[k]
    whole = sum(pair[5] for pair in pairs)
    if not whole:
        return [Term("name", " ".join(ours), " ".join(theirs), "≠", 0.0)]
    found: list[Term] = []
    free_a, free_b = list[str | None](ours), list[str | None](theirs)
    for i, size_i, j, size_j, sim, weight in pairs:
        mine, other = slice(int(i), int(i + size_i)), slice(int(j), int(j + size_j))
        word = " ".join(ours[mine])
        free_a[mine] = [None] * int(size_i)
        free_b[other] = [None] * int(size_j)
        name = "name" if not surname else "surname" if word in surname else "given"
        relation: Relation = "=" if sim == 1.0 else "≈"
        found.append(Term(name, word, " ".join(theirs[other]), relation, sim * weight / whole))
    left = " ".join(filter(None, free_a)) or None, " ".join(filter(None, free_b)) or None
    for which, name, sign, shown in _PENALTIES:
        taken = done.penalties[k][which]
        if taken > 0:
            words = left if shown else (None, None)
            found.append(Term(name, words[0], words[1], sign, -taken))
    return settled(found, done.scores[k])


def settled(found: list[Term], value: float) -> list[Term]:
    """Scales penalties that would make the score negative, so that the terms add up to the score."""
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
