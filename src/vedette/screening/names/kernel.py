"""Scores two names (lists of tokens) by pairing their words (alignment). The result contains the similarity,
the pairs and the penalties. The module is compiled by numba.

Words are paired by the similarity of their spellings, sounds or equivalents. Joined and split words, initials
and acronyms are also paired. If both names have unpaired words, these words are treated as replaced, which
reduces the score more. If only one name has unpaired words, these words are treated as left out, which
reduces the score less. The numbers in `p` are documented in `weights.py`.

Token tables are flat arrays (`T`: 64 bytes a row, `M`: 12 numbers a row, `H`, `X`). Functions take row
numbers as arguments, because slicing an array takes longer than the computation on the slice.
"""

# Token tables are named T, M, H and X, followed by the letter of their side.
# ruff: noqa: N803, N806

from __future__ import annotations

from typing import Any

import numpy as np

from vedette.screening.names.jit import compiled, inlined, making
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
from vedette.screening.names.tokens import (
    BIN,
    COMMON,
    GENERIC,
    HAN,
    HANGUL,
    HONORIFIC,
    INITIAL,
    LEGAL,
    NUMBER,
    PARTICLE,
    PLACE,
    PREFIX,
    ROMAN,
    SUFFIX,
    VESSEL,
)
from vedette.screening.names.weights import (
    P_ACRONYM,
    P_ALIKE,
    P_COMMON,
    P_CONFLICT,
    P_EXTRA,
    P_FLOOR,
    P_GENERIC,
    P_GENERIC_LEFT,
    P_INITIAL,
    P_LEGAL,
    P_LONE,
    P_NUMBER,
    P_NUMBER_LEFT,
    P_NUMBER_OTHER,
    P_PATRONYM,
    P_PLACE,
    P_PREFIX,
    P_SPELLED,
)
from vedette.screening.names.words import near, same_class, unlike, word_sim

#: Maximum number of tokens of a name that are aligned.
MAX = 16
#: The columns of `pairs`: first token and count on both sides, similarity, weight.
PAIR_WIDTH = 6
#: Kinds of names.
PERSON, ORGANIZATION, VESSEL_KIND = 0, 1, 2
#: Positions in `penalties`.
CONFLICT, EXTRA, NUMBERS, PATRONYM, LEGAL_FORM, THIN = range(6)
PENALTIES = 6


@compiled
def _concatenated(
    T: Array, tok: Array, i: int, count: int, start: int, length: int, out: Array
) -> int:
    """Joins the folds or the spellings of `count` tokens, beginning with token `i`, and writes the result to
    the array `out`, beginning at index `JOINED`. `start` and `length` select folds or spellings. Returns the
    length.
    """
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
    """Pairs two to four joined words of one name with one word of the other name."""
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
    """Returns the index of the first unpaired token, and the number of unpaired tokens. The number is 0 if
    the unpaired tokens are not adjacent.
    """
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
    """Pairs the remaining words of two names if they have the same letters but are divided into words
    differently.
    """
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
    """Pairs a short word of `b` with several words of `a` if the short word consists of the initials of these
    words. Particles of a name may be skipped.
    """
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
    """Pairs single words, the most similar pair first. If pairs are equally similar, the pair with the
    closest positions comes first."""
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


@inlined
def token_weight(size: int, flags: int, kind: int, p: Array) -> Any:
    """Returns the weight of a token of `size` letters that agrees with a token of the other name."""
    if kind == PERSON:
        if flags & (PARTICLE | HONORIFIC | LEGAL):
            return 0.04
        if flags & INITIAL:
            return p[P_INITIAL]
        if flags & NUMBER:
            return 0.2
        if flags & PREFIX:
            return p[P_PREFIX]
        return p[P_COMMON] if flags & COMMON or size <= 2 else 1.0
    if flags & LEGAL or (flags & PARTICLE and not flags & ROMAN):
        return 0.06
    if flags & (NUMBER | ROMAN):
        return p[P_NUMBER]
    if flags & INITIAL:
        return 0.5
    if kind == VESSEL_KIND:
        return 0.1 if flags & VESSEL else 1.0
    if flags & PLACE:
        return p[P_PLACE]
    return p[P_GENERIC] if flags & GENERIC else 1.0


@compiled
def _leftover(
    M: Array, tok: Array, n: int, marks: int, kind: int, p: Array, rows: Array
) -> tuple[float, float, int]:
    """Returns three numbers for the unpaired tokens. The first two numbers are the weights if the tokens are
    treated as replaced and as left out. The third number is the number of numerals.
    """
    conflict = extra = 0.0
    numbers = 0
    for k in range(n):
        flags = M[12 * tok[k]]
        if rows[marks + k]:
            continue
        if kind == PERSON:
            if not flags & (PARTICLE | HONORIFIC | LEGAL | NUMBER):
                conflict += 1.0
                extra += p[P_INITIAL] if flags & INITIAL else 1.0
        elif flags & LEGAL or (flags & PARTICLE and not flags & ROMAN):
            continue
        elif flags & (NUMBER | ROMAN):
            numbers += 1
        else:
            weight = 1.0
            if kind == VESSEL_KIND and flags & VESSEL:
                weight = 0.1
            elif kind == ORGANIZATION and flags & GENERIC and not flags & PLACE:
                weight = p[P_GENERIC_LEFT]
            conflict += weight
            extra += weight
    return conflict, extra, numbers


@compiled
def _legal_families(M: Array, tok: Array, n: int) -> int:
    """Returns the families of the legal forms in a name, one bit for each family."""
    found = 0
    for k in range(n):
        if M[12 * tok[k]] & LEGAL:
            found |= 1 << M[12 * tok[k] + 1]
    return found


@inlined
def _generation(M: Array, tok: Array, at: int, k: int) -> int:
    """Returns 1 if word `k` of a name belongs to the named person, and 2 if it belongs to the father or an
    earlier ancestor. Returns 0 if it is not certain whether the word belongs to the named person or to an
    ancestor. `at` is the position of the word for son or daughter.
    """
    if at < 0 or M[12 * tok[k]] & (HONORIFIC | PARTICLE | BIN):
        return 0
    if M[12 * tok[at]] & SUFFIX:
        return 2 if k == at - 1 else int(k == at - 2)
    return 1 if k < at else 2


@compiled
def _son_at(M: Array, tok: Array, n: int) -> int:
    """Returns the position of the first word for son or daughter, or −1 if there is no such word."""
    for k in range(n):
        if M[12 * tok[k]] & BIN:
            return k
    return -1


@compiled
def _another_generation(
    MA: Array, a: Array, na: int, MB: Array, b: Array, nb: int, pairs: Array, count: int
) -> bool:
    """Returns whether one name is the name of a person and the other name is the name of the person's father.
    The result is true if "X son of Y" is compared with "Y son of X", or with a name that contains Y and a
    third word but does not contain X.
    """
    at_a, at_b = _son_at(MA, a, na), _son_at(MB, b, nb)
    if at_a < 0 and at_b < 0:
        return False
    words = up = down = ours = theirs = 0
    for k in range(count):
        i, j = int(pairs[k, 0]), int(pairs[k, 2])
        if (MA[12 * a[i]] | MB[12 * b[j]]) & (HONORIFIC | PARTICLE | BIN):
            continue
        mine, other = _generation(MA, a, at_a, i), _generation(MB, b, at_b, j)
        words += 1
        up += int(mine != 2 and other == 2)
        down += int(mine == 2 and other != 2)
        ours += int(mine == 1)
        theirs += int(other == 1)
    if at_a > 0 and at_b > 0 and up > 0 and down > 0:
        return True
    return words > 1 and (
        (up > 0 and theirs == 0 and at_a != 0) or (down > 0 and ours == 0 and at_b != 0)
    )


@compiled
def sum_up(
    TA: Array, MA: Array, a: Array, na: int, TB: Array, MB: Array, b: Array, nb: int,
    kind: int, p: Array, rows: Array, pairs: Array, count: int, penalties: Array,
) -> float:  # fmt: skip
    """Computes the score of two names from the pairs of their words. Writes the weights into `pairs` and the
    deductions into `penalties`.

    If the similarity of two paired words is below `P_ALIKE`, the pair is treated partly as a replaced word.
    The similarity that counts in the score decreases to 0 at `P_FLOOR`. Therefore a difference of a single
    letter never changes the score abruptly.
    """
    got = whole = heaviest = partly = 0.0
    for k in range(count):
        wa = wb = 0.0
        for i in range(int(pairs[k, 0]), int(pairs[k, 0] + pairs[k, 1])):
            wa += token_weight(TA[64 * a[i] + SPELLING_SIZE], MA[12 * a[i]], kind, p)
        for j in range(int(pairs[k, 2]), int(pairs[k, 2] + pairs[k, 3])):
            wb += token_weight(TB[64 * b[j] + SPELLING_SIZE], MB[12 * b[j]], kind, p)
        weight = min(wa, wb) if pairs[k, 1] == 1 and pairs[k, 3] == 1 else 0.5 * (wa + wb)
        if pairs[k, 1] != pairs[k, 3] and pairs[k, 4] == p[P_ACRONYM]:
            weight = max(wa, wb)
        pairs[k, 5] = weight
        heaviest = max(heaviest, weight)
        unlike = (p[P_ALIKE] - pairs[k, 4]) / (p[P_ALIKE] - p[P_FLOOR] + 1e-9)
        if unlike > 0.0:
            pairs[k, 4] *= 1.0 - unlike
            partly += unlike * weight
        got += weight * pairs[k, 4]
        whole += weight
    if whole == 0.0:
        return 0.0
    conflict_a, extra_a, numbers_a = _leftover(MA, a, na, MARKS_A, kind, p, rows)
    conflict_b, extra_b, numbers_b = _leftover(MB, b, nb, MARKS_B, kind, p, rows)
    conflict = min(conflict_a, conflict_b)
    rest = max(extra_a - conflict, 0.0) + max(extra_b - conflict, 0.0)
    base = got / whole
    share = p[P_LONE] if whole < 1.5 else p[P_EXTRA]
    total = whole + conflict + share * rest
    penalties[CONFLICT] = base * (conflict / total) + p[P_CONFLICT] * min(1.0, conflict + partly)
    penalties[EXTRA] = base * (share * rest / total)
    if numbers_a and numbers_b:
        penalties[NUMBERS] = p[P_NUMBER_OTHER]
    elif numbers_a or numbers_b:
        penalties[NUMBERS] = p[P_NUMBER_LEFT]
    if kind == PERSON:
        if heaviest <= p[P_INITIAL]:
            penalties[THIN] = 0.5
        if _another_generation(MA, a, na, MB, b, nb, pairs, count):
            penalties[PATRONYM] = p[P_PATRONYM]
    if kind == ORGANIZATION:
        fa, fb = _legal_families(MA, a, na), _legal_families(MB, b, nb)
        if fa and fb and (fa & 48) != (fb & 48):
            penalties[LEGAL_FORM] = p[P_LEGAL]
        elif fa & 14 and fb & 14 and not fa & fb & 14:
            penalties[LEGAL_FORM] = 0.03
    score = base
    for k in range(PENALTIES):
        score -= penalties[k]
    return min(1.0, max(0.0, score))


@compiled
def align(
    A: Arrays, a: Array, B: Arrays, b: Array, kind: int, P: Array,
    S: Array, rows: Array, pairs: Array, penalties: Array,
) -> tuple[float, int]:  # fmt: skip
    """Scores the tokens `a` (rows of `A`) against the tokens `b` (rows of `B`). Writes the pairs into `pairs`
    and the penalties into `penalties`. Returns the score and the number of pairs."""
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
                # Spellings of one word, or one number in Roman and Arabic figures.
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
        count = _singles(S, na, nb, p[P_FLOOR] - 0.02, rows, pairs, count)
    return sum_up(TA, MA, a, na, TB, MB, b, nb, kind, p, rows, pairs, count, penalties), count


@making
def align_all(
    A: Arrays, a_starts: Array, a_toks: Array, left: Array,
    B: Arrays, b_starts: Array, b_toks: Array, right: Array, kinds: Array, P: Array,
) -> Arrays:  # fmt: skip
    """For each `k`, scores the name `left[k]` of `A` against the name `right[k]` of `B`. Returns the scores
    and the data for explanations: the number of word pairs, the word pairs and the penalties.
    """
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
