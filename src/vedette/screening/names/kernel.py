"""The aligned scorer: two token lists → similarity, pairs and penalties. In numba.

Words are paired by the similarity of their spellings, sounds or equivalents; joined and split words,
initials and acronyms are paired too. What is left on both sides was replaced and costs most, what is
left on one side was left out and costs less. `weights.py` explains the numbers in `p`.

Tables of tokens come flat (`T`: 64 bytes a row, `M`: 12 numbers a row, `H`, `X`) and functions take
row numbers: slices of arrays cost more than what is done with them.
"""

# Tables are called T, M, H and X, with the letter of their side.
# ruff: noqa: N803, N806

from __future__ import annotations

import numpy as np

from vedette.screening.names.flags import HAN, HANGUL, HONORIFIC, LEGAL, PARTICLE
from vedette.screening.names.jit import compiled, making
from vedette.screening.names.sounds import (
    FOLD,
    FOLD_SIZE,
    JOINED,
    LEFT,
    MARKS_A,
    MARKS_B,
    SCRATCH,
    SPELLING_SIZE,
    Array,
    Arrays,
    length,
)
from vedette.screening.names.sums import ORGANIZATION, PENALTIES, sum_up
from vedette.screening.names.weights import P_ACRONYM, P_FLOOR, P_SPELLED
from vedette.screening.names.words import near, same_class, unlike, word_sim

#: Most tokens of a name that are aligned.
MAX = 16
#: A row of `pairs`: first token and count on both sides, similarity, weight.
PAIR_WIDTH = 6


@compiled
def _concatenated(
    T: Array, tok: Array, i: int, count: int, start: int, length: int, out: Array
) -> int:
    """Folds (or spellings: `start` and place of the `length` say which) of `count` tokens from `i` on,
    without a space, at JOINED in the scratch; the length."""
    size = 0
    for k in range(i, i + count):
        t = 64 * tok[k]
        for c in range(T[t + length]):
            if size < 48 and not (c == 0 and size and out[JOINED + size - 1] == T[t + start]):
                out[JOINED + size] = T[t + start + c]
                size += 1
    return size


@compiled
def _merges(
    TA: Array, MA: Array, a: Array, na: int, marks_a: int, TB: Array, b: Array, nb: int, marks_b: int,
    S: Array, flip: bool, p: Array, rows: Array, pairs: Array, count: int,
) -> int:  # fmt: skip
    """Pairs runs of two to four words of one side, joined, with one word of the other."""
    for j in range(nb):
        t = 64 * b[j]
        size = length(TB, t + FOLD_SIZE)
        if rows[marks_b + j] or size < 4:
            continue
        single = 0.0
        for i in range(na):
            single = max(single, S[j, i] if flip else S[i, j])
        if single >= 0.96:
            continue
        least = 0.9 if MA[12 * a[0]] & (HAN | HANGUL) else 0.8
        best, best_i, best_run = max(single + 0.05, least), -1, 0
        for i in range(na - 1):
            total = 0
            for run in range(1, 5):
                if i + run > na or rows[marks_a + i + run - 1]:
                    break
                total += length(TA, 64 * a[i + run - 1] + FOLD_SIZE)
                if total > size + 2:
                    break
                head = TA[64 * a[i] + FOLD] == TB[t + FOLD]
                last = 64 * a[i + run - 1] + FOLD
                tail = TA[last + TA[last + FOLD_SIZE - FOLD] - 1] == TB[t + FOLD + size - 1]
                if run == 1 or total < size - 2 or not (head or tail):
                    continue
                n = _concatenated(TA, a, i, run, FOLD, FOLD_SIZE, rows)
                s = near(rows, JOINED, n, TB, t + FOLD, size, p, rows)
                if s > best:
                    best, best_i, best_run = s, i, run
        if best_i >= 0:
            rows[marks_a + best_i : marks_a + best_i + best_run] = 1
            rows[marks_b + j] = 1
            _pair(pairs, count, best_i, best_run, j, 1, best - 0.02, flip)
            count += 1
    return count


@compiled
def _run(M: Array, tok: Array, n: int, marks: int, rows: Array) -> tuple[int, int]:
    """First and count of the unpaired tokens, where they stand side by side; else count 0."""
    first = last = -1
    for k in range(n):
        if not rows[marks + k] and not M[12 * tok[k]] & (LEGAL | HONORIFIC):
            first = k if first < 0 else first
            last = k
    for k in range(max(first, 0), last + 1):
        if rows[marks + k]:
            return first, 0
    return first, last - first + 1 if first >= 0 else 0


@compiled
def _remainders(
    TA: Array, MA: Array, a: Array, na: int, TB: Array, MB: Array, b: Array, nb: int,
    p: Array, rows: Array, pairs: Array, count: int,
) -> int:  # fmt: skip
    """Pairs what is left of both sides where it is the same letters, cut into words elsewhere."""
    i, run = _run(MA, a, na, MARKS_A, rows)
    j, other = _run(MB, b, nb, MARKS_B, rows)
    if run == 0 or other == 0 or run + other < 3 or max(run, other) > 4:
        return count
    n = _concatenated(TA, a, i, run, 0, SPELLING_SIZE, rows)
    for k in range(n):
        rows[LEFT + k] = rows[JOINED + k]
    m = _concatenated(TB, b, j, other, 0, SPELLING_SIZE, rows)
    if n < 5 or m < 5 or near(rows, LEFT, n, rows, JOINED, m, p, rows) < 0.9:
        return count
    rows[MARKS_A + i : MARKS_A + i + run] = 1
    rows[MARKS_B + j : MARKS_B + j + other] = 1
    _pair(pairs, count, i, run, j, other, 0.92, False)
    return count + 1


@compiled
def _pair(
    pairs: Array, count: int, i: int, run: int, j: int, other: int, s: float, flip: bool
) -> None:
    pairs[count, 0], pairs[count, 1] = (j, other) if flip else (i, run)
    pairs[count, 2], pairs[count, 3] = (i, run) if flip else (j, other)
    pairs[count, 4] = s


@compiled
def _acronyms(
    TA: Array, MA: Array, a: Array, na: int, marks_a: int, TB: Array, b: Array, nb: int, marks_b: int,
    flip: bool, p: Array, rows: Array, pairs: Array, count: int,
) -> int:  # fmt: skip
    """Pairs a short word of `b` with words of `a` whose initials it is; particles may be skipped."""
    for j in range(nb):
        t = 64 * b[j]
        size = length(TB, t + SPELLING_SIZE)
        if rows[marks_b + j] or size < 2 or size > 8:
            continue
        for i in range(na):
            at, k = 0, i
            while k < na and at < size and not rows[marks_a + k]:
                if TA[64 * a[k]] == TB[t + at]:
                    at += 1
                elif at == 0 or not MA[12 * a[k]] & (PARTICLE | LEGAL):
                    break
                k += 1
            if at == size:
                rows[marks_a + i : marks_a + k] = 1
                rows[marks_b + j] = 1
                _pair(pairs, count, i, k - i, j, 1, p[P_ACRONYM], flip)
                count += 1
                break
    return count


@compiled
def _singles(S: Array, na: int, nb: int, low: float, rows: Array, pairs: Array, count: int) -> int:
    """Greedy pairing of single words, the most similar first; the nearer place breaks ties."""
    while True:
        best, bi, bj = low, -1, -1
        for i in range(na):
            if rows[MARKS_A + i]:
                continue
            for j in range(nb):
                s = S[i, j] - 0.001 * abs(i - j)
                if s > best and not rows[MARKS_B + j]:
                    best, bi, bj = s, i, j
        if bi < 0:
            return count
        rows[MARKS_A + bi] = rows[MARKS_B + bj] = 1
        _pair(pairs, count, bi, 1, bj, 1, S[bi, bj], False)
        count += 1


@compiled
def align(
    A: Arrays, a: Array, B: Arrays, b: Array, kind: int, P: Array,
    S: Array, rows: Array, pairs: Array, penalties: Array,
) -> tuple[float, int]:  # fmt: skip
    """Score of token list `a` (rows of `A`) against `b` (rows of `B`) and the number of `pairs`
    written; the penalties taken are left in `penalties`."""
    p = P[kind]
    na, nb = min(len(a), MAX), min(len(b), MAX)
    penalties[:] = 0.0
    if na == 0 or nb == 0:
        return 0.0, 0
    TA, MA, HA, XA = A
    TB, MB, HB, XB = B
    for i in range(na):
        x = a[i]
        size, letters, flags, known = (
            length(TA, 64 * x + FOLD_SIZE),
            XA[x],
            MA[12 * x],
            MA[12 * x + 4],
        )
        for j in range(nb):
            y = b[j]
            same = same_class(MA, x, MB, y) if known >= 0 and MB[12 * y + 4] >= 0 else 0
            if HA[x] == HB[y]:
                S[i, j] = 1.0
            elif same == 2 or (MA[12 * x + 2] > 0 and MA[12 * x + 2] == MB[12 * y + 2]):
                # Spellings of one word, or one number in Roman and in Arabic figures.
                S[i, j] = p[P_SPELLED]
            elif same < 1 and unlike(
                size, letters, flags, length(TB, 64 * y + FOLD_SIZE), XB[y], MB[12 * y]
            ):
                S[i, j] = 0.0
            else:
                S[i, j] = word_sim(TA, MA, HA, XA, x, TB, MB, HB, XB, y, p, rows)
    rows[MARKS_A : MARKS_B + MAX] = 0
    count = _singles(S, na, nb, 0.94, rows, pairs, 0)
    if count < na or count < nb:
        count = _merges(TA, MA, a, na, MARKS_A, TB, b, nb, MARKS_B, S, False, p, rows, pairs, count)
        count = _merges(TB, MB, b, nb, MARKS_B, TA, a, na, MARKS_A, S, True, p, rows, pairs, count)
        if kind == ORGANIZATION:
            count = _acronyms(
                TA, MA, a, na, MARKS_A, TB, b, nb, MARKS_B, False, p, rows, pairs, count
            )
            count = _acronyms(
                TB, MB, b, nb, MARKS_B, TA, a, na, MARKS_A, True, p, rows, pairs, count
            )
        count = _remainders(TA, MA, a, na, TB, MB, b, nb, p, rows, pairs, count)
        count = _singles(S, na, nb, p[P_FLOOR] - 0.05, rows, pairs, count)
    return sum_up(TA, MA, a, na, TB, MB, b, nb, kind, p, rows, pairs, count, penalties), count


@making
def align_all(
    A: Arrays, a_starts: Array, a_toks: Array, left: Array,
    B: Arrays, b_starts: Array, b_toks: Array, right: Array, kinds: Array, P: Array,
) -> Arrays:  # fmt: skip
    """Scores of many pairs (name `left[k]` of one side, `right[k]` of the other), with the number of
    their word pairs, the word pairs and the penalties: what an explanation is made from."""
    size = len(left)
    scores, counts = np.zeros(size), np.zeros(size, np.int32)
    pairs = np.zeros((size, 2 * MAX + 2, PAIR_WIDTH))
    penalties = np.zeros((size, PENALTIES))
    S = np.zeros((MAX, MAX))
    rows = np.zeros(SCRATCH, np.int32)
    for k in range(size):
        a = a_toks[a_starts[left[k]] : a_starts[left[k] + 1]]
        b = b_toks[b_starts[right[k]] : b_starts[right[k] + 1]]
        scores[k], counts[k] = align(A, a, B, b, kinds[k], P, S, rows, pairs[k], penalties[k])
    return scores, counts, pairs, penalties
