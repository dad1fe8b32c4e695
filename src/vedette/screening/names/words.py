"""Kernels that compute the similarity of two words, from 0 to 1, for the alignment scorer.

A separate rule applies to each case: equal spelling, spellings of one name, similar sounds, a few wrong
letters, unwritten vowels, one syllable of a Han or Hangul name, and an initial.
"""

# Token tables are named T, M, H and X, followed by the letter of their side.
# ruff: noqa: N803, SIM109

from __future__ import annotations

from typing import Any

import numpy as np

from vedette.screening.names.jit import compiled, inlined
from vedette.screening.names.sounds import (
    COSTS,
    FOLD,
    FOLD_SIZE,
    GAPS,
    GAPS_UNVOWELLED,
    SKELETON,
    SKELETON_SIZE,
    SPELLING_SIZE,
    Array,
    distance,
    length,
)
from vedette.screening.names.tokens import (
    ABJAD,
    COGNATE_BASE,
    FEMALE,
    HAN,
    HANGUL,
    INITIAL,
    LEGAL,
    MALE,
    NAME_BASE,
    NUMBER,
    SHORT_BASE,
)
from vedette.screening.names.weights import (
    P_ABJAD,
    P_ABJAD_FLOOR,
    P_FIRST,
    P_FLOOR,
    P_INITIAL_SIM,
    P_NICKNAME,
    P_OTHER_NAME,
    P_OTHER_SEX,
    P_SHORT,
    P_SLOPE,
    P_SPELLED,
)

#: Words with any of these flags are compared by special rules.
SPECIAL = INITIAL | NUMBER | LEGAL | ABJAD | HAN | HANGUL
_O, _U = ord("o"), ord("u")


@inlined
def same_class(MA: Array, i: int, MB: Array, j: int) -> int:
    """Returns 2 for two spellings of one word, and 1 for a word and its short form or its form in another
    language. Returns −1 for two different words that are both known, and 0 in all other cases.
    """
    best = -1 if MA[12 * i + 4] < COGNATE_BASE and MB[12 * j + 4] < COGNATE_BASE else 0
    for x in range(12 * i + 4, 12 * i + 12):
        mine = MA[x]
        if mine < 0:
            break
        for y in range(12 * j + 4, 12 * j + 12):
            other = MB[y]
            if other < 0:
                break
            if mine == other:
                if mine < COGNATE_BASE:
                    return 2
                if mine < SHORT_BASE:
                    best = 1
            elif mine >= SHORT_BASE and (mine >> 1) == (other >> 1):
                best = 1
    return best


@compiled
def near(a: Array, a0: int, n: int, b: Array, b0: int, m: int, p: Array, rows: Array) -> Any:
    """Returns the similarity of two folds, or 0 if it is below the minimum (`P_FLOOR`). In short words, fewer
    edits are tolerated."""
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


@inlined
def bits(x: Any) -> int:
    """Returns the number of bits that are 1."""
    x = np.uint64(x)
    x -= (x >> np.uint64(1)) & np.uint64(0x5555555555555555)
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return int((x * np.uint64(0x0101010101010101)) >> np.uint64(56))


@compiled
def unlike(n: int, xa: int, fa: int, m: int, xb: int, fb: int) -> bool:
    """Returns whether two tokens that have no class in common are so different that `word_sim` must return 0.
    The arguments are the size of the fold, the letters and the flags of each token. The check takes less time
    than a call of `word_sim`.
    """
    if (fa | fb) & SPECIAL:
        return bool((fa | fb) & NUMBER)
    return apart(n, m, bits(xa ^ xb))


@inlined
def apart(n: int, m: int, odd: int) -> bool:
    """Returns whether two folds with the sizes `n` and `m` are certainly not similar. `odd` is the number of
    letters that only one of the folds has.
    """
    total = n + m
    most = 3 if total <= 8 else 1 + total // 4
    return bool(odd > min(most, 6) or abs(n - m) > 1 + total // 8)


@compiled
def word_sim(
    TA: Array, MA: Array, HA: Array, XA: Array, i: int,
    TB: Array, MB: Array, HB: Array, XB: Array, j: int, p: Array, rows: Array,
) -> Any:  # fmt: skip
    """Returns the similarity, from 0 to 1, of token `i` of one table and token `j` of another table."""
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
    if fa & fb & HAN or (fa | fb) & NUMBER:
        return 0.0
    a, b = 64 * i, 64 * j
    if TA[a + SPELLING_SIZE] == 1 or TB[b + SPELLING_SIZE] == 1:
        return (
            p[P_INITIAL_SIM]
            if TA[a] == TB[b] and TA[a + SPELLING_SIZE] != TB[b + SPELLING_SIZE]
            else 0.0
        )
    n, m = length(TA, a + FOLD_SIZE), length(TB, b + FOLD_SIZE)
    if (fa ^ fb) & LEGAL and n <= 4 and m <= 4:
        d = distance(TA, a + FOLD, n, TB, b + FOLD, m, 10, GAPS, rows)
        return 0.8 if d <= 10 and n + m > 3 else 0.0
    if (fa ^ fb) & ABJAD:
        return 0.0 if known else _unvowelled(TA, a, TB, b, p, rows)
    if (fa | fb) & (HAN | HANGUL):
        return _syllable(TA, a, TB, b, (fa | fb) & HAN != 0, rows)
    loss = 0.0
    if known and (fa | fb) & LEGAL == 0 and MA[12 * i + 1] + MB[12 * j + 1] == MALE + FEMALE:
        loss = p[P_OTHER_SEX]
    elif known and (
        (MA[12 * i + 4] < NAME_BASE and MB[12 * j + 4] < NAME_BASE) or _other_bones(TA, a, TB, b)
    ):
        loss = p[P_OTHER_NAME]
    return max(letters_sim(TA, a, TB, b, bits(XA[i] ^ XB[j]), loss, p, rows), related)


@compiled
def letters_sim(
    TA: Array, a: int, TB: Array, b: int, odd: int, loss: float, p: Array, rows: Array
) -> Any:
    """Returns the similarity of two words by their letters alone. The rows of the words begin at `a` and `b`.
    `odd` is the number of letters that only one of the two words has. A similarity below 1 is reduced by
    `loss`.
    """
    n, m = length(TA, a + FOLD_SIZE), length(TB, b + FOLD_SIZE)
    if odd > 6 or odd > (3 if n + m <= 8 else 1 + (n + m) // 4):
        return 0.0
    s = near(TA, a + FOLD, n, TB, b + FOLD, m, p, rows)
    if s == 1.0:
        return 1.0 if _same_spelling(TA, a, TB, b) else 0.98
    if s == 0.0 and odd <= 3 and n != m:
        size, other = length(TA, a + SPELLING_SIZE), length(TB, b + SPELLING_SIZE)
        s = near(TA, a, size, TB, b, other, p, rows) - 0.03
    if s > 0.0:
        s -= loss
        if COSTS[TA[a + FOLD], TB[b + FOLD]] >= 7:
            s -= p[P_FIRST]
        return s if s >= p[P_FLOOR] else 0.0
    return _anagram(TA, a + FOLD, TB, b + FOLD, n) if odd == 0 and n == m and n >= 4 else 0.0


@inlined
def _other_bones(TA: Array, a: int, TB: Array, b: int) -> bool:
    """Returns whether two words have different consonants. Two given names that differ only in vowels may be
    spellings of one name."""
    size = length(TA, a + SKELETON_SIZE)
    other = size != length(TB, b + SKELETON_SIZE)
    for k in range(SKELETON, SKELETON + size):
        other = other or TA[a + k] != TB[b + k]
    return other


@compiled
def _same_spelling(TA: Array, a: int, TB: Array, b: int) -> bool:
    if TA[a + SPELLING_SIZE] != TB[b + SPELLING_SIZE]:
        return False
    same = True
    for k in range(TA[a + SPELLING_SIZE]):
        same = same and TA[a + k] == TB[b + k]
    return same


@compiled
def _unvowelled(TA: Array, a: int, TB: Array, b: int, p: Array, rows: Array) -> Any:
    """Compares a word without written vowels with a word that has vowels. Only consonants and long vowels are
    compared."""
    bones_a, bones_b = length(TA, a + SKELETON_SIZE), length(TB, b + SKELETON_SIZE)
    bones = max(bones_a, bones_b)
    if bones < 2 or abs(bones_a - bones_b) > 1:
        return 0.0
    n, m = length(TA, a + FOLD_SIZE), length(TB, b + FOLD_SIZE)
    d = distance(TA, a + FOLD, n, TB, b + FOLD, m, 2 * bones + 2, GAPS_UNVOWELLED, rows)
    s = p[P_ABJAD] - max(d - 2, 0) / (7.0 * bones)
    return s if s >= p[P_ABJAD_FLOOR] else 0.0


@compiled
def _syllable(TA: Array, a: int, TB: Array, b: int, han: bool, rows: Array) -> Any:
    """Compares one syllable of two Han or Hangul names. The consonants must be of the same class. Hangul
    vowels may be written in different ways. Han vowels must be the same, except that o and u are equal
    (Wade-Giles `tung`, pinyin `dong`).
    """
    n, m = length(TA, a + FOLD_SIZE), length(TB, b + FOLD_SIZE)
    bones = length(TA, a + SKELETON_SIZE)
    if bones != length(TB, b + SKELETON_SIZE) or abs(n - m) > (0 if han else 1):
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


@compiled
def _anagram(TA: Array, a: int, TB: Array, b: int, n: int) -> Any:
    """Returns .85 for the reversed spelling, .74 for the same letters in another order, and 0 in all other
    cases."""
    backwards = True
    for k in range(n):
        count = 0
        for j in range(n):
            count += int(TA[a + j] == TA[a + k]) - int(TB[b + j] == TA[a + k])
        if count:
            return 0.0
        if TA[a + k] != TB[b + n - 1 - k]:
            backwards = False
    return 0.85 if backwards else 0.74
