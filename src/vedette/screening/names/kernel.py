"""The aligned scorer: two token lists → similarity, pairs and penalties. All in numba, one pass a pair.

Words are paired by the similarity of their spellings, sounds or equivalents; joined and split words,
initials and acronyms are paired too. What is left on both sides was replaced and costs most, what is
left on one side was left out and costs less. `weights.py` explains the numbers in `p`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from vedette.screening.names import sounds
from vedette.screening.names.sounds import Array, distance

PERSON, ORGANIZATION, VESSEL_KIND = 0, 1, 2
MAX = 16

# Indices into the weights `p`; see `weights.py`.
(
    P_SLOPE,
    P_FLOOR,
    P_SHORT,
    P_EXTRA,
    P_CONFLICT,
    P_INITIAL,
    P_GENERIC,
    P_GENERIC_LEFT,
    P_PLACE,
    P_NUMBER,
    P_NUMBER_LEFT,
    P_PATRONYM,
    P_LEGAL,
    P_ORDER,
    P_JOINED,
    P_SPELLED,
    P_NICKNAME,
    P_ACRONYM,
    P_INITIAL_SIM,
    P_ABJAD,
) = range(20)
P_SIZE = 20
KINDS = 3

# Rows of `pairs`: first token and count on both sides, similarity, weight. `penalties`: by name below.
PAIR_WIDTH = 6
CONFLICT, EXTRA, NUMBERS, ORDER, PATRONYM, LEGAL_FORM, THIN = range(7)
PENALTIES = 7


@njit(cache=True)
def _same_class(ma: Array, mb: Array) -> int:
    """2: one word in other spellings; 1: a name and its short form; 0: neither."""
    best = 0
    for i in range(4, 12):
        if ma[i] < 0:
            break
        for j in range(4, 12):
            if mb[j] < 0:
                break
            if ma[i] == mb[j]:
                if ma[i] < 1048576:
                    return 2
            elif ma[i] >= 1048576 and (ma[i] >> 1) == (mb[j] >> 1):
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
    d = distance(a, a0, n, b, b0, m, limit, rows)
    if d == 0:
        return 1.0
    s = 1.0 - p[P_SLOPE] * d / (10.0 * longest)
    if longest <= 4:
        s -= p[P_SHORT]
    return s if s >= p[P_FLOOR] else 0.0


@njit(cache=True)
def word_sim(
    ta: Array,
    ma: Array,
    ha: int,
    xa: int,
    tb: Array,
    mb: Array,
    hb: int,
    xb: int,
    p: Array,
    rows: Array,
) -> float:
    """Similarity of two tokens, 0 to 1. `xa`, `xb`: masks of their letters."""
    if ha == hb:
        return 1.0
    fa, fb = ma[0], mb[0]
    if ma[4] >= 0 and mb[4] >= 0:
        same = _same_class(ma, mb)
        if same == 2:
            return p[P_SPELLED]
        if same == 1:
            return p[P_NICKNAME]
    if fa & fb & 2048:
        return 0.0
    if (fa | fb) & 2:
        return 0.0
    na, nb = int(ta[sounds.SPELLING_SIZE]), int(tb[sounds.SPELLING_SIZE])
    if na == 1 or nb == 1:
        return p[P_INITIAL_SIM] if ta[0] == tb[0] and na != nb else 0.0
    if (fa ^ fb) & 1024:
        n, m = int(ta[sounds.SKELETON_SIZE]), int(tb[sounds.SKELETON_SIZE])
        longest = max(n, m)
        if longest < 2 or abs(n - m) > 1:
            return 0.0
        d = distance(ta, sounds.SKELETON, n, tb, sounds.SKELETON, m, 12, rows)
        s = p[P_ABJAD] - d / (10.0 * longest) * (1.0 if longest > 2 else 2.0)
        return s if s >= p[P_FLOOR] else 0.0
    odd = xa ^ xb
    bits = 0
    while odd:
        odd &= odd - np.uint64(1)
        bits += 1
    n, m = int(ta[sounds.FOLD_SIZE]), int(tb[sounds.FOLD_SIZE])
    if bits > 6:
        return 0.0
    s = near(ta, sounds.FOLD, n, tb, sounds.FOLD, m, p, rows)
    if s == 1.0:
        return 0.98
    if s == 0.0 and bits == 0 and n == m and n >= 4:
        return _anagram(ta, tb, n)
    return s


@njit(cache=True)
def _anagram(ta: Array, tb: Array, n: int) -> float:
    """Reversed spelling .85, the same letters in another order .65, else 0."""
    backwards = True
    for k in range(n):
        count = 0
        for j in range(n):
            count += int(ta[sounds.FOLD + j] == ta[sounds.FOLD + k])
            count -= int(tb[sounds.FOLD + j] == ta[sounds.FOLD + k])
        if count:
            return 0.0
        if ta[sounds.FOLD + k] != tb[sounds.FOLD + n - 1 - k]:
            backwards = False
    return 0.85 if backwards else 0.65


@njit(cache=True)
def token_weight(t: Array, m: Array, kind: int, p: Array) -> float:
    """What a token weighs when it agrees."""
    flags = m[0]
    if kind == PERSON:
        if flags & (32 | 16 | 8):
            return 0.04
        if flags & 1:
            return p[P_INITIAL]
        if flags & 2:
            return 0.2
        n = t[sounds.SPELLING_SIZE]
        return 0.8 if n <= 2 else 1.0
    if flags & 8 or (flags & 32 and not flags & 4):
        return 0.06
    if flags & 6:
        return p[P_NUMBER]
    if flags & 1:
        return 0.5
    if kind == VESSEL_KIND:
        return 0.1 if flags & 512 else 1.0
    if flags & 256:
        return p[P_PLACE]
    return p[P_GENERIC] if flags & 128 else 1.0


@njit(cache=True)
def _concatenated(T: Array, tok: Array, i: int, count: int, out: Array) -> int:
    size = 0
    for k in range(i, i + count):
        t = T[tok[k]]
        for c in range(t[sounds.FOLD_SIZE]):
            if size < 48 and not (c == 0 and size and out[size - 1] == t[sounds.FOLD]):
                out[size] = t[sounds.FOLD + c]
                size += 1
    return size


@njit(cache=True)
def _merges(
    TA: Array,
    a: Array,
    na: int,
    ua: Array,
    TB: Array,
    b: Array,
    nb: int,
    ub: Array,
    S: Array,
    flip: bool,
    p: Array,
    rows: Array,
    pairs: Array,
    count: int,
) -> int:
    """Pairs runs of two to four words of one side, joined, with one word of the other."""
    joined = rows[3]
    for j in range(nb):
        if ub[j]:
            continue
        t = TB[b[j]]
        size = int(t[sounds.FOLD_SIZE])
        if size < 4:
            continue
        single = 0.0
        for i in range(na):
            single = max(single, S[j, i] if flip else S[i, j])
        if single >= 0.96:
            continue
        best, best_i, best_run = max(single + 0.05, 0.8), -1, 0
        for i in range(na - 1):
            total = 0
            for run in range(1, 5):
                if i + run > na or ua[i + run - 1]:
                    break
                total += int(TA[a[i + run - 1], sounds.FOLD_SIZE])
                if total > size + 2:
                    break
                if run == 1 or total < size - 2:
                    continue
                n = _concatenated(TA, a, i, run, joined)
                s = near(joined, 0, n, t, sounds.FOLD, size, p, rows)
                if s > best:
                    best, best_i, best_run = s, i, run
        if best_i >= 0:
            for k in range(best_i, best_i + best_run):
                ua[k] = 1
            ub[j] = 1
            row = pairs[count]
            row[0], row[1], row[2], row[3] = (
                (j, 1, best_i, best_run) if flip else (best_i, best_run, j, 1)
            )
            row[4] = best - 0.02
            count += 1
    return count


@njit(cache=True)
def _acronyms(
    TA: Array,
    MA: Array,
    a: Array,
    na: int,
    ua: Array,
    TB: Array,
    b: Array,
    nb: int,
    ub: Array,
    flip: bool,
    p: Array,
    pairs: Array,
    count: int,
) -> int:
    """Pairs one short word of `b` with the words of `a` whose initials it is; particles are skipped."""
    for j in range(nb):
        t = TB[b[j]]
        size = int(t[sounds.SPELLING_SIZE])
        if ub[j] or size < 2 or size > 8:
            continue
        for i in range(na):
            at, k = 0, i
            while k < na and at < size and not ua[k]:
                if TA[a[k], 0] == t[at]:
                    at += 1
                elif not (MA[a[k], 0] & 40) or at == 0:
                    break
                k += 1
            if at == size:
                for x in range(i, k):
                    ua[x] = 1
                ub[j] = 1
                row = pairs[count]
                row[0], row[1], row[2], row[3] = (j, 1, i, k - i) if flip else (i, k - i, j, 1)
                row[4] = p[P_ACRONYM]
                count += 1
                break
    return count


@njit(cache=True)
def _singles(
    S: Array, na: int, ua: Array, nb: int, ub: Array, low: float, pairs: Array, count: int
) -> int:
    """Greedy pairing of single words, the most similar first; the nearer place breaks ties."""
    while True:
        best, bi, bj = low, -1, -1
        for i in range(na):
            if ua[i]:
                continue
            for j in range(nb):
                s = S[i, j] - 0.001 * abs(i - j)
                if not ub[j] and s > best:
                    best, bi, bj = s, i, j
        if bi < 0:
            return count
        ua[bi] = ub[bj] = 1
        row = pairs[count]
        row[0], row[1], row[2], row[3], row[4] = bi, 1, bj, 1, S[bi, bj]
        count += 1


@njit(cache=True)
def align(
    A: tuple,
    a: Array,
    B: tuple,
    b: Array,
    kind: int,
    P: Array,
    S: Array,
    rows: Array,
    pairs: Array,
    penalties: Array,
) -> tuple[float, int]:
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
        for j in range(nb):
            S[i, j] = word_sim(
                TA[a[i]],
                MA[a[i]],
                HA[a[i]],
                XA[a[i]],
                TB[b[j]],
                MB[b[j]],
                HB[b[j]],
                XB[b[j]],
                p,
                rows,
            )
    ua, ub = rows[4], rows[5]
    ua[:MAX] = 0
    ub[:MAX] = 0
    count = _singles(S, na, ua, nb, ub, 0.94, pairs, 0)
    if count < min(na, nb) or na != nb:
        count = _merges(TA, a, na, ua, TB, b, nb, ub, S, False, p, rows, pairs, count)
        count = _merges(TB, b, nb, ub, TA, a, na, ua, S, True, p, rows, pairs, count)
        if kind == ORGANIZATION:
            count = _acronyms(TA, MA, a, na, ua, TB, b, nb, ub, False, p, pairs, count)
            count = _acronyms(TB, MB, b, nb, ub, TA, a, na, ua, True, p, pairs, count)
        count = _singles(S, na, ua, nb, ub, p[P_FLOOR] - 0.05, pairs, count)
    return _sum_up(TA, MA, a, na, ua, TB, MB, b, nb, ub, kind, p, pairs, count, penalties), count


@njit(cache=True)
def _leftover(
    M: Array, tok: Array, n: int, used: Array, kind: int, p: Array
) -> tuple[float, float, int]:
    """Unpaired tokens: their weight as a conflict, their weight as an extra, and numbers among them."""
    conflict = extra = 0.0
    numbers = 0
    for k in range(n):
        flags = M[tok[k], 0]
        if used[k]:
            continue
        if kind == PERSON:
            if not flags & (32 | 16 | 8 | 2):
                conflict += 1.0
                extra += p[P_INITIAL] if flags & 1 else 1.0
        elif flags & 8 or (flags & 32 and not flags & 4):
            continue
        elif flags & 6:
            numbers += 1
        else:
            weight = 1.0
            if kind == VESSEL_KIND and flags & 512:
                weight = 0.1
            elif kind == ORGANIZATION and flags & 128 and not flags & 256:
                weight = p[P_GENERIC_LEFT]
            conflict += weight
            extra += weight
    return conflict, extra, numbers


@njit(cache=True)
def _legal_families(M: Array, tok: Array, n: int) -> int:
    found = 0
    for k in range(n):
        if M[tok[k], 0] & 8:
            found |= 1 << M[tok[k], 1]
    return found


@njit(cache=True)
def _father_swapped(
    MA: Array, a: Array, na: int, MB: Array, b: Array, nb: int, pairs: Array, count: int
) -> bool:
    """X son of Y against Y son of X: both names have a `bin`, and pairs cross it."""
    cut_a = cut_b = -1
    for k in range(1, na):
        if cut_a < 0 and MA[a[k], 0] & 64:
            cut_a = k
    for k in range(1, nb):
        if cut_b < 0 and MB[b[k], 0] & 64:
            cut_b = k
    if cut_a < 0 or cut_b < 0:
        return False
    forward = backward = 0
    for k in range(count):
        i, j = int(pairs[k, 0]), int(pairs[k, 2])
        if (MA[a[i], 0] | MB[b[j], 0]) & 112:
            continue
        forward += int(i < cut_a and j > cut_b)
        backward += int(i > cut_a and j < cut_b)
    return forward > 0 and backward > 0


@njit(cache=True)
def _sum_up(
    TA: Array,
    MA: Array,
    a: Array,
    na: int,
    ua: Array,
    TB: Array,
    MB: Array,
    b: Array,
    nb: int,
    ub: Array,
    kind: int,
    p: Array,
    pairs: Array,
    count: int,
    penalties: Array,
) -> float:
    got = whole = 0.0
    for k in range(count):
        row = pairs[k]
        wa = wb = 0.0
        for i in range(int(row[0]), int(row[0] + row[1])):
            wa += token_weight(TA[a[i]], MA[a[i]], kind, p)
        for j in range(int(row[2]), int(row[2] + row[3])):
            wb += token_weight(TB[b[j]], MB[b[j]], kind, p)
        weight = min(wa, wb) if row[1] == 1 and row[3] == 1 else 0.5 * (wa + wb)
        if row[1] != row[3] and (row[1] > 2 or row[3] > 2) and row[4] == p[P_ACRONYM]:
            weight = max(wa, wb)
        row[5] = weight
        got += weight * row[4]
        whole += weight
    conflict_a, extra_a, numbers_a = _leftover(MA, a, na, ua, kind, p)
    conflict_b, extra_b, numbers_b = _leftover(MB, b, nb, ub, kind, p)
    if whole == 0.0:
        return 0.0
    conflict = min(conflict_a, conflict_b)
    rest = max(extra_a - conflict, 0.0) + max(extra_b - conflict, 0.0)
    base = got / whole
    total = whole + conflict + p[P_EXTRA] * rest
    penalties[CONFLICT] = base * (conflict / total) + p[P_CONFLICT] * min(1.0, conflict)
    penalties[EXTRA] = base * (p[P_EXTRA] * rest / total)
    if numbers_a and numbers_b:
        penalties[NUMBERS] = p[P_NUMBER_LEFT]
    elif numbers_a or numbers_b:
        penalties[NUMBERS] = p[P_NUMBER_LEFT] * 0.8
    if kind == PERSON and _father_swapped(MA, a, na, MB, b, nb, pairs, count):
        penalties[PATRONYM] = p[P_PATRONYM]
    if kind == ORGANIZATION:
        fa, fb = _legal_families(MA, a, na), _legal_families(MB, b, nb)
        odd = ((fa | fb) & 48) != 0 and (fa & 48) != (fb & 48) and fa != 0 and fb != 0
        if odd:
            penalties[LEGAL_FORM] = p[P_LEGAL]
        elif (fa & 14) and (fb & 14) and not (fa & fb & 14):
            penalties[LEGAL_FORM] = 0.03
    if kind == PERSON and whole < 0.75:
        penalties[THIN] = 0.8 * (1.0 - whole / 0.75)
    score = base
    for k in range(PENALTIES):
        score -= penalties[k]
    return min(1.0, max(0.0, score))
