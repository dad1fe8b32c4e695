"""The aligned scorer: two token lists → similarity, pairs and penalties. All in numba, one pass a pair.

Words are paired by the similarity of their spellings, sounds or equivalents; joined and split words,
initials and acronyms are paired too. What is left on both sides was replaced and costs most, what is
left on one side was left out and costs less. `weights.py` explains the numbers in `p`.

Tables of tokens come flat (`T`: 64 bytes a row, `M`: 12 numbers a row, `H`, `X`) and functions take
row numbers: slices of arrays cost more than what is done with them.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from vedette.screening.names.sounds import (
    COSTS,
    FOLD,
    FOLD_SIZE,
    GAPS,
    GAPS_UNVOWELLED,
    JOINED,
    MARKS_A,
    MARKS_B,
    SCRATCH,
    SKELETON,
    SKELETON_SIZE,
    SPELLING_SIZE,
    Array,
    distance,
)

PERSON, ORGANIZATION, VESSEL_KIND = 0, 1, 2
#: Most tokens of a name that are aligned.
MAX = 16

# Columns of the weights; see `weights.py`.
P_SLOPE, P_FLOOR, P_SHORT, P_EXTRA, P_CONFLICT, P_INITIAL, P_GENERIC, P_GENERIC_LEFT = range(8)
P_PLACE, P_NUMBER, P_NUMBER_LEFT, P_PATRONYM, P_LEGAL, P_SPELLED, P_NICKNAME = range(8, 15)
P_ACRONYM, P_INITIAL_SIM, P_ABJAD, P_ABJAD_FLOOR, P_LONE, P_COMMON, P_PREFIX = range(15, 22)
P_FIRST, P_OTHER_NAME = 22, 23
P_SIZE = 24

#: A row of `pairs`: first token and count on both sides, similarity, weight.
PAIR_WIDTH = 6
#: Places in `penalties`.
CONFLICT, EXTRA, NUMBERS, PATRONYM, LEGAL_FORM, THIN = range(6)
PENALTIES = 6

# Flags of tokens and classes of equivalents, as `tokens.py` sets them.
_INITIAL, _NUMBER, _ROMAN, _LEGAL, _HONORIFIC, _PARTICLE, _BIN = 1, 2, 4, 8, 16, 32, 64
_GENERIC, _PLACE, _VESSEL, _ABJAD, _HAN, _HANGUL = 128, 256, 512, 1024, 2048, 4096
_COMMON, _PREFIX = 8192, 16384
_O, _U = ord("o"), ord("u")
_COGNATE_BASE, _SHORT_BASE = 1 << 19, 1 << 20


@njit(cache=True)
def same_class(MA: Array, i: int, MB: Array, j: int) -> int:
    """2: one word in other spellings; 1: its short form or its form in another language; −1: two
    different words, both known; 0: neither."""
    best = -1 if MA[12 * i + 4] < _COGNATE_BASE and MB[12 * j + 4] < _COGNATE_BASE else 0
    for x in range(12 * i + 4, 12 * i + 12):
        mine = MA[x]
        if mine < 0:
            break
        for y in range(12 * j + 4, 12 * j + 12):
            other = MB[y]
            if other < 0:
                break
            if mine == other:
                if mine < _COGNATE_BASE:
                    return 2
                if mine < _SHORT_BASE:
                    best = 1
            elif mine >= _SHORT_BASE and (mine >> 1) == (other >> 1):
                best = 1
    return best


@njit(cache=True)
def near(a: Array, a0: int, n: int, b: Array, b0: int, m: int, p: Array, rows: Array) -> float:
    """Similarity of two folds, 0 below the floor. Short words bear fewer edits."""
    longest = max(n, m)
    if longest == 0:
        return 0.0
    limit = int((1.0 - p[P_FLOOR]) / p[P_SLOPE] * longest * 10.0) + 1
    if abs(n - m) * 4 > limit:
        return 0.0
    d = distance(a, a0, n, b, b0, m, limit, GAPS, rows)
    if d == 0:
        return 1.0
    s = 1.0 - p[P_SLOPE] * d / (10.0 * longest)
    if longest <= 4:
        s -= p[P_SHORT]
    return s if s >= p[P_FLOOR] else 0.0


@njit(cache=True)
def bits(x: int) -> int:
    """Number of set bits."""
    x = np.uint64(x)
    x -= (x >> np.uint64(1)) & np.uint64(0x5555555555555555)
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return int((x * np.uint64(0x0101010101010101)) >> np.uint64(56))


@njit(cache=True)
def unlike(n: int, xa: int, fa: int, m: int, xb: int, fb: int) -> bool:
    """Whether two tokens (size of the fold, letters, flags) of no common class are so different that
    `word_sim` is sure to be 0: spares the call, which costs more than the answer."""
    if (fa | fb) & (_INITIAL | _LEGAL | _ABJAD | _HAN | _HANGUL):
        return False
    if (fa | fb) & _NUMBER:
        return True
    total, apart = np.int64(n) + np.int64(m), abs(np.int64(n) - np.int64(m))
    odd = bits(xa ^ xb)
    return odd > 6 or odd > (3 if total <= 8 else 1 + total // 4) or apart > 1 + total // 8


@njit(cache=True)
def word_sim(
    TA: Array, MA: Array, HA: Array, XA: Array, i: int,
    TB: Array, MB: Array, HB: Array, XB: Array, j: int, p: Array, rows: Array,
) -> float:  # fmt: skip
    """Similarity of token `i` of one table and token `j` of another, 0 to 1."""
    if HA[i] == HB[j]:
        return 1.0
    fa, fb = MA[12 * i], MB[12 * j]
    related, known = 0.0, False
    if MA[12 * i + 4] >= 0 and MB[12 * j + 4] >= 0:
        same = same_class(MA, i, MB, j)
        if same == 2:
            return p[P_SPELLED]
        related = p[P_NICKNAME] if same == 1 else 0.0
        known = same < 0
    if fa & fb & _HAN or (fa | fb) & _NUMBER:
        return 0.0
    a, b = 64 * i, 64 * j
    if TA[a + SPELLING_SIZE] == 1 or TB[b + SPELLING_SIZE] == 1:
        return p[P_INITIAL_SIM] if TA[a] == TB[b] and TA[a + SPELLING_SIZE] != TB[b + SPELLING_SIZE] else 0.0
    n, m = int(TA[a + FOLD_SIZE]), int(TB[b + FOLD_SIZE])
    if (fa ^ fb) & _LEGAL and n <= 4 and m <= 4:
        d = distance(TA, a + FOLD, n, TB, b + FOLD, m, 10, GAPS, rows)
        return 0.8 if d <= 10 and n + m > 3 else 0.0
    if (fa ^ fb) & _ABJAD:
        return 0.0 if known else _unvowelled(TA, a, TB, b, p, rows)
    if (fa | fb) & (_HAN | _HANGUL):
        return _syllable(TA, a, TB, b, (fa | fb) & _HAN != 0, rows)
    odd = bits(XA[i] ^ XB[j])
    if odd > 6:
        return related
    if odd > (3 if n + m <= 8 else 1 + (n + m) // 4):
        return related
    s = near(TA, a + FOLD, n, TB, b + FOLD, m, p, rows)
    if s == 1.0:
        return 0.98
    if s == 0.0 and odd <= 3 and n != m:
        size, other = int(TA[a + SPELLING_SIZE]), int(TB[b + SPELLING_SIZE])
        s = near(TA, a, size, TB, b, other, p, rows) - 0.03
    if s > 0.0:
        if known:
            s -= p[P_OTHER_NAME]
        if COSTS[TA[a + FOLD], TB[b + FOLD]] >= 7:
            s -= p[P_FIRST]
    s = max(s, related)
    if 0.0 < s < p[P_FLOOR]:
        return 0.0
    if s == 0.0 and odd == 0 and n == m and n >= 4:
        return _anagram(TA, a + FOLD, TB, b + FOLD, n)
    return s


@njit(cache=True)
def _unvowelled(TA: Array, a: int, TB: Array, b: int, p: Array, rows: Array) -> float:
    """A word whose vowels are unwritten against one with vowels: consonants and long vowels count."""
    bones_a, bones_b = int(TA[a + SKELETON_SIZE]), int(TB[b + SKELETON_SIZE])
    bones = max(bones_a, bones_b)
    if bones < 2 or abs(bones_a - bones_b) > 1:
        return 0.0
    n, m = int(TA[a + FOLD_SIZE]), int(TB[b + FOLD_SIZE])
    d = distance(TA, a + FOLD, n, TB, b + FOLD, m, 2 * bones + 2, GAPS_UNVOWELLED, rows)
    s = p[P_ABJAD] - max(d - 2, 0) / (7.0 * bones)
    return s if s >= p[P_ABJAD_FLOOR] else 0.0


@njit(cache=True)
def _syllable(TA: Array, a: int, TB: Array, b: int, han: bool, rows: Array) -> float:
    """One syllable of a Han or Hangul name: consonants of the same class; Hangul vowels may be written
    otherwise, Han vowels only o for u (Wade-Giles `tung`, pinyin `dong`)."""
    n, m = int(TA[a + FOLD_SIZE]), int(TB[b + FOLD_SIZE])
    bones = int(TA[a + SKELETON_SIZE])
    if bones != int(TB[b + SKELETON_SIZE]) or abs(n - m) > (0 if han else 1):
        return 0.0
    for k in range(SKELETON, SKELETON + bones):
        if TA[a + k] != TB[b + k]:
            return 0.0
    if han:
        for k in range(FOLD, FOLD + n):
            x, y = TA[a + k], TB[b + k]
            vowels = (x == _O or x == _U) and (y == _O or y == _U)
            if x != y and COSTS[0, x] == 6 and not vowels:
                return 0.0
    d = distance(TA, a + FOLD, n, TB, b + FOLD, m, 10, GAPS, rows)
    return 0.98 if d == 0 else 0.85 if d <= (9 if han else 6) else 0.0


@njit(cache=True)
def _anagram(TA: Array, a: int, TB: Array, b: int, n: int) -> float:
    """Reversed spelling .85, the same letters in another order .65, else 0."""
    backwards = True
    for k in range(n):
        count = 0
        for j in range(n):
            count += int(TA[a + j] == TA[a + k]) - int(TB[b + j] == TA[a + k])
        if count:
            return 0.0
        if TA[a + k] != TB[b + n - 1 - k]:
            backwards = False
    return 0.85 if backwards else 0.65


@njit(cache=True)
def token_weight(size: int, flags: int, kind: int, p: Array) -> float:
    """What a token of `size` letters weighs when it agrees."""
    if kind == PERSON:
        if flags & (_PARTICLE | _HONORIFIC | _LEGAL):
            return 0.04
        if flags & _INITIAL:
            return p[P_INITIAL]
        if flags & _NUMBER:
            return 0.2
        if flags & _PREFIX:
            return p[P_PREFIX]
        return p[P_COMMON] if flags & _COMMON or size <= 2 else 1.0
    if flags & _LEGAL or (flags & _PARTICLE and not flags & _ROMAN):
        return 0.06
    if flags & (_NUMBER | _ROMAN):
        return p[P_NUMBER]
    if flags & _INITIAL:
        return 0.5
    if kind == VESSEL_KIND:
        return 0.1 if flags & _VESSEL else 1.0
    if flags & _PLACE:
        return p[P_PLACE]
    return p[P_GENERIC] if flags & _GENERIC else 1.0


@njit(cache=True)
def _concatenated(T: Array, tok: Array, i: int, count: int, start: int, length: int, out: Array) -> int:
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


@njit(cache=True)
def _merges(
    TA: Array, MA: Array, a: Array, na: int, marks_a: int, TB: Array, b: Array, nb: int, marks_b: int,
    S: Array, flip: bool, p: Array, rows: Array, pairs: Array, count: int,
) -> int:  # fmt: skip
    """Pairs runs of two to four words of one side, joined, with one word of the other."""
    for j in range(nb):
        t = 64 * b[j]
        size = int(TB[t + FOLD_SIZE])
        if rows[marks_b + j] or size < 4:
            continue
        single = 0.0
        for i in range(na):
            single = max(single, S[j, i] if flip else S[i, j])
        if single >= 0.96:
            continue
        least = 0.9 if MA[12 * a[0]] & (_HAN | _HANGUL) else 0.8
        best, best_i, best_run = max(single + 0.05, least), -1, 0
        for i in range(na - 1):
            total = 0
            for run in range(1, 5):
                if i + run > na or rows[marks_a + i + run - 1]:
                    break
                total += int(TA[64 * a[i + run - 1] + FOLD_SIZE])
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


@njit(cache=True)
def _run(M: Array, tok: Array, n: int, marks: int, rows: Array) -> tuple[int, int]:
    """First and count of the unpaired tokens, where they stand side by side; else count 0."""
    first = last = -1
    for k in range(n):
        if not rows[marks + k] and not M[12 * tok[k]] & (_LEGAL | _HONORIFIC):
            first = k if first < 0 else first
            last = k
    for k in range(max(first, 0), last + 1):
        if rows[marks + k]:
            return first, 0
    return first, last - first + 1 if first >= 0 else 0


@njit(cache=True)
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
    first = rows[JOINED : JOINED + n].copy()
    m = _concatenated(TB, b, j, other, 0, SPELLING_SIZE, rows)
    if n < 5 or m < 5 or near(first, 0, n, rows, JOINED, m, p, rows) < 0.9:
        return count
    rows[MARKS_A + i : MARKS_A + i + run] = 1
    rows[MARKS_B + j : MARKS_B + j + other] = 1
    _pair(pairs, count, i, run, j, other, 0.92, False)
    return count + 1


@njit(cache=True)
def _pair(pairs: Array, count: int, i: int, run: int, j: int, other: int, s: float, flip: bool) -> None:
    pairs[count, 0], pairs[count, 1] = (j, other) if flip else (i, run)
    pairs[count, 2], pairs[count, 3] = (i, run) if flip else (j, other)
    pairs[count, 4] = s


@njit(cache=True)
def _acronyms(
    TA: Array, MA: Array, a: Array, na: int, marks_a: int, TB: Array, b: Array, nb: int, marks_b: int,
    flip: bool, p: Array, rows: Array, pairs: Array, count: int,
) -> int:  # fmt: skip
    """Pairs a short word of `b` with words of `a` whose initials it is; particles may be skipped."""
    for j in range(nb):
        t = 64 * b[j]
        size = int(TB[t + SPELLING_SIZE])
        if rows[marks_b + j] or size < 2 or size > 8:
            continue
        for i in range(na):
            at, k = 0, i
            while k < na and at < size and not rows[marks_a + k]:
                if TA[64 * a[k]] == TB[t + at]:
                    at += 1
                elif at == 0 or not MA[12 * a[k]] & (_PARTICLE | _LEGAL):
                    break
                k += 1
            if at == size:
                rows[marks_a + i : marks_a + k] = 1
                rows[marks_b + j] = 1
                _pair(pairs, count, i, k - i, j, 1, p[P_ACRONYM], flip)
                count += 1
                break
    return count


@njit(cache=True)
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


@njit(cache=True)
def align(
    A: tuple, a: Array, B: tuple, b: Array, kind: int, P: Array,
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
        size, letters, flags, known = TA[64 * x + FOLD_SIZE], XA[x], MA[12 * x], MA[12 * x + 4]
        for j in range(nb):
            y = b[j]
            same = same_class(MA, x, MB, y) if known >= 0 and MB[12 * y + 4] >= 0 else 0
            if HA[x] == HB[y]:
                S[i, j] = 1.0
            elif same == 2:
                S[i, j] = p[P_SPELLED]
            elif same < 1 and unlike(size, letters, flags, TB[64 * y + FOLD_SIZE], XB[y], MB[12 * y]):
                S[i, j] = 0.0
            else:
                S[i, j] = word_sim(TA, MA, HA, XA, x, TB, MB, HB, XB, y, p, rows)
    rows[MARKS_A : MARKS_B + MAX] = 0
    count = _singles(S, na, nb, 0.94, rows, pairs, 0)
    if count < na or count < nb:
        count = _merges(TA, MA, a, na, MARKS_A, TB, b, nb, MARKS_B, S, False, p, rows, pairs, count)
        count = _merges(TB, MB, b, nb, MARKS_B, TA, a, na, MARKS_A, S, True, p, rows, pairs, count)
        if kind == ORGANIZATION:
            count = _acronyms(TA, MA, a, na, MARKS_A, TB, b, nb, MARKS_B, False, p, rows, pairs, count)
            count = _acronyms(TB, MB, b, nb, MARKS_B, TA, a, na, MARKS_A, True, p, rows, pairs, count)
        count = _remainders(TA, MA, a, na, TB, MB, b, nb, p, rows, pairs, count)
        count = _singles(S, na, nb, p[P_FLOOR] - 0.05, rows, pairs, count)
    return _sum_up(TA, MA, a, na, TB, MB, b, nb, kind, p, rows, pairs, count, penalties), count


@njit(cache=True)
def _leftover(
    M: Array, tok: Array, n: int, marks: int, kind: int, p: Array, rows: Array
) -> tuple[float, float, int]:
    """Unpaired tokens: their weight as a conflict, their weight as an extra, and numbers among them."""
    conflict = extra = 0.0
    numbers = 0
    for k in range(n):
        flags = M[12 * tok[k]]
        if rows[marks + k]:
            continue
        if kind == PERSON:
            if not flags & (_PARTICLE | _HONORIFIC | _LEGAL | _NUMBER):
                conflict += 1.0
                extra += p[P_INITIAL] if flags & _INITIAL else 1.0
        elif flags & _LEGAL or (flags & _PARTICLE and not flags & _ROMAN):
            continue
        elif flags & (_NUMBER | _ROMAN):
            numbers += 1
        else:
            weight = 1.0
            if kind == VESSEL_KIND and flags & _VESSEL:
                weight = 0.1
            elif kind == ORGANIZATION and flags & _GENERIC and not flags & _PLACE:
                weight = p[P_GENERIC_LEFT]
            conflict += weight
            extra += weight
    return conflict, extra, numbers


@njit(cache=True)
def _legal_families(M: Array, tok: Array, n: int) -> int:
    """Families of legal forms in a name, one bit each."""
    found = 0
    for k in range(n):
        if M[12 * tok[k]] & _LEGAL:
            found |= 1 << M[12 * tok[k] + 1]
    return found


@njit(cache=True)
def _father_swapped(
    MA: Array, a: Array, na: int, MB: Array, b: Array, nb: int, pairs: Array, count: int
) -> bool:
    """X son of Y against Y son of X: both names have a `bin`, and pairs cross it."""
    cut_a = cut_b = -1
    for k in range(1, na):
        if cut_a < 0 and MA[12 * a[k]] & _BIN:
            cut_a = k
    for k in range(1, nb):
        if cut_b < 0 and MB[12 * b[k]] & _BIN:
            cut_b = k
    if cut_a < 0 or cut_b < 0:
        return False
    forward = backward = 0
    for k in range(count):
        i, j = int(pairs[k, 0]), int(pairs[k, 2])
        if (MA[12 * a[i]] | MB[12 * b[j]]) & (_HONORIFIC | _PARTICLE | _BIN):
            continue
        forward += int(i < cut_a and j > cut_b)
        backward += int(i > cut_a and j < cut_b)
    return forward > 0 and backward > 0


@njit(cache=True)
def _sum_up(
    TA: Array, MA: Array, a: Array, na: int, TB: Array, MB: Array, b: Array, nb: int,
    kind: int, p: Array, rows: Array, pairs: Array, count: int, penalties: Array,
) -> float:  # fmt: skip
    """Weights into `pairs`, what is taken off into `penalties`; the score."""
    got = whole = heaviest = 0.0
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
    penalties[CONFLICT] = base * (conflict / total) + p[P_CONFLICT] * min(1.0, conflict)
    penalties[EXTRA] = base * (share * rest / total)
    if numbers_a and numbers_b:
        penalties[NUMBERS] = p[P_NUMBER_LEFT]
    elif numbers_a or numbers_b:
        penalties[NUMBERS] = p[P_NUMBER_LEFT] * 0.8
    if kind == PERSON:
        if heaviest <= p[P_INITIAL]:
            penalties[THIN] = 0.5
        if _father_swapped(MA, a, na, MB, b, nb, pairs, count):
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


@njit(cache=True)
def align_all(
    A: tuple, a_starts: Array, a_toks: Array, left: Array,
    B: tuple, b_starts: Array, b_toks: Array, right: Array, kinds: Array, P: Array,
) -> tuple:  # fmt: skip
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
