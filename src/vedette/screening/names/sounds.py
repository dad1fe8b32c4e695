"""Kernels for the spelling of tokens. The kernels compute the fold (a simplified spelling), the skeleton (the
consonants) and the weighted edit distance.

A row of `text` has 64 bytes: the spelling (bytes 0–23), the fold (24–45), the skeleton (46–59), and the three
lengths. The fold consists of ASCII letters. The capital letters S (sh), C (ch) and X (kh) represent sounds
that are written with two letters. The capital letters A, W and Y represent the long vowels of scripts in
which short vowels are not written.
"""

# Constants of sounds have the names of their letters; numba supports only plain comparisons.
# ruff: noqa: SIM109, E741

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from vedette.screening.names.jit import compiled, inlined

Array = np.ndarray[Any, np.dtype[Any]]
#: Several arrays passed to a kernel together.
Arrays = tuple[Any, ...]

WIDTH = 64
FOLD, SKELETON = 24, 46
SPELLING_SIZE, FOLD_SIZE, SKELETON_SIZE = 61, 62, 63

#: Costs of an edit, in tenths. 10 is a full edit; substitutions of sounds that are often confused cost less.
FULL = 10


def _costs() -> Array:
    """Returns the costs of substituting one fold letter for another. Row 0 and column 0 contain the costs of
    inserting or deleting a letter."""
    table = np.full((128, 128), FULL, np.uint8)
    np.fill_diagonal(table, 0)
    groups = {
        5: "aeiou sz SCjz kgX Xh bp dt vwf ji mn gh uw gj kh",
        4: "ie ou sS ae zj iy",
        7: "lr bv ks",
        2: "vw",
    }
    for cost, members in groups.items():
        for member in members.split():
            for pair in itertools.permutations(map(ord, member), 2):
                table[pair] = min(cost, table[pair])
    written = {
        "A": {"a": 0, "e": 2, "i": 4, "o": 4, "u": 5},
        "W": {"u": 0, "o": 0, "w": 0, "v": 0, "f": 5},
        "Y": {"i": 0, "e": 1, "j": 2, "a": 4},
    }
    for long, sounds in written.items():
        table[0, ord(long)] = table[ord(long), 0] = 5
        for sound, cost in sounds.items():
            table[ord(long), ord(sound)] = table[ord(sound), ord(long)] = cost
    for vowel in "aeiou":
        table[0, ord(vowel)] = table[ord(vowel), 0] = 6
    table[0, ord("h")] = table[ord("h"), 0] = 4
    return table


COSTS = _costs()
#: Positions in the scorer's scratch: three rows of distances, joined letters, marks of both sides, joined
#: letters of the other side.
SCRATCH, JOINED, MARKS_A, MARKS_B, LEFT = 448, 192, 256, 320, 384
#: Costs of an extra letter: between scripts with vowels, and if one side omits vowels.
GAPS = COSTS[0].copy()
GAPS_UNVOWELLED = GAPS.copy()
GAPS_UNVOWELLED[[ord(c) for c in "aeiou"]] = 1
#: Consonants of a fold → the consonants of the skeleton, which stand for their classes.
CLASSES = np.arange(128, dtype=np.uint8)
CLASSES[[ord(c) for c in "dbgXzvjS"]] = [ord(c) for c in "tpkksfCC"]
A, C, D, E, G, H, I, J, K, O, P, Q, S, T, U, W, X, Y, Z = (ord(c) for c in "acdeghijkopqstuwxyz")
F_, SH, CH, KH = ord("f"), ord("S"), ord("C"), ord("X")
LONG_A, LONG_W, LONG_Y = ord("A"), ord("W"), ord("Y")


@inlined
def length(t: Array, at: int) -> int:
    """Reads a size from a row as a signed number. With unsigned numbers, a negative difference would become a
    large positive number."""
    size: Any = np.int64(t[at])
    return size  # type: ignore[no-any-return]


@compiled
def _vowel(c: int) -> bool:
    return c == A or c == E or c == I or c == O or c == U


@compiled
def _sound(t: Array, i: int, n: int) -> tuple[int, int, int]:
    """Reads the sound at position `i` of a spelling of `n` letters. Returns the fold letter, the second fold
    letter or 0, and the number of letters read."""
    c = t[i]
    c1 = t[i + 1] if i + 1 < n else 0
    c2 = t[i + 2] if i + 2 < n else 0
    if c == S:
        if c1 == C and c2 == H:
            return SH, 0, 3
        if c1 == H or c1 == Z:
            return SH, 0, 2
    elif c == T:
        if c1 == S and c2 == C and i + 3 < n and t[i + 3] == H:
            return CH, 0, 4
        if c1 == C and c2 == H:
            return CH, 0, 3
        if c1 == S or c1 == Z:
            return Z, 0, 2
        if c1 == H:
            return T, 0, 2
    elif c == C:
        if c1 == H or c1 == Z:
            return CH, 0, 2
        if c1 == K:
            return K, 0, 2
        return (S, 0, 1) if c1 == E or c1 == I or c1 == Y else (K, 0, 1)
    elif c == K and c1 == H:
        return KH, 0, 2
    elif c == Z and c1 == H:
        return J, 0, 2
    elif c == D:
        if c1 == Z and c2 == H:
            return J, 0, 3
        if c1 == J:
            return J, 0, 2
        if c1 == H:
            return D, 0, 2
    elif c == P and c1 == H:
        return F_, 0, 2
    elif c == G and c1 == H:
        return G, 0, 2
    elif c == Q:
        return K, 0, 2 if c1 == U else 1
    elif c == X:
        return (SH, 0, 1) if i == 0 else (K, S, 1)
    elif c == H and c1 == S and i == 0:
        return SH, 0, 2
    elif c == Y:
        return I, 0, 1
    elif c == J:
        return (I, 0, 1) if i > 0 and (c1 == 0 or not _vowel(c1)) else (J, 0, 1)
    elif c == E and c1 == E:
        return I, 0, 2
    elif c == O and (c1 == O or c1 == U):
        return U, 0, 2
    elif (c == U or c == O or c == A) and c1 == E:
        return c, 0, 2
    return c, 0, 1


@compiled
def _fold(t: Array, abjad: bool) -> None:
    """Computes the fold and the skeleton of one row from the spelling in the row."""
    n = int(t[SPELLING_SIZE])
    i = size = 0
    while i < n and size < SKELETON - FOLD:
        first, second, taken = _sound(t, i, n)
        i += taken
        if first == H and i >= n and size > 1 and not abjad:
            continue
        if abjad:
            if first == A:
                first = LONG_A
            elif first == W:
                first = LONG_W
            elif t[i - taken] == Y:
                first = LONG_Y
        if size == 0 or t[FOLD + size - 1] != first or first < 58:
            t[FOLD + size] = first
            size += 1
        if second and size < SKELETON - FOLD:
            t[FOLD + size] = second
            size += 1
    t[FOLD_SIZE] = size
    bones = 0
    for k in range(size):
        c = t[FOLD + k]
        if bones >= SPELLING_SIZE - SKELETON - 1:
            break
        if _vowel(c) or c == LONG_A or c == LONG_Y:
            if k == 0:
                t[SKELETON] = A
                bones = 1
        elif c == W or c == LONG_W:
            if k == 0:
                t[SKELETON] = F_
                bones = 1
        else:
            t[SKELETON + bones] = CLASSES[c]
            bones += 1
    t[SKELETON_SIZE] = bones


@compiled
def featurise(buffer: Array, meta: Array, text: Array, hashes: Array, masks: Array) -> None:
    """Converts spellings (each followed by a space in `buffer`) to rows of `text`, `hashes` and `masks`."""
    at = 0
    for row in range(text.shape[0]):
        t = text[row]
        n = 0
        h = np.uint64(14695981039346656037)
        while buffer[at] != 32:
            if n < FOLD:
                t[n] = buffer[at]
                n += 1
                h = (h ^ np.uint64(buffer[at])) * np.uint64(1099511628211)
            at += 1
        at += 1
        t[SPELLING_SIZE] = n
        h = (h ^ np.uint64(meta[row, 3])) * np.uint64(1099511628211)
        h = (h ^ np.uint64(meta[row, 0] & 1024)) * np.uint64(1099511628211)
        hashes[row] = h ^ (h >> np.uint64(29))
        _fold(t, (meta[row, 0] & 1024) != 0)
        mask = np.uint64(0)
        for k in range(t[FOLD_SIZE]):
            mask |= np.uint64(1) << np.uint64(t[FOLD + k] & 63)
        masks[row] = mask


@compiled
def distance(
    a: Array, a0: int, n: int, b: Array, b0: int, m: int, limit: int, gaps: Array, rows: Array
) -> int:
    """Computes the edit distance (optimal string alignment) of a[a0:a0+n] and b[b0:b0+m], in tenths of an
    edit. A swap of two adjacent letters costs seven tenths of an edit. Returns `limit + 1` as soon as it is
    certain that the distance exceeds `limit`. `gaps` contains the cost of each extra letter. `rows` is an
    array for intermediate results.
    """
    while n > 0 and m > 0 and a[a0] == b[b0]:
        a0, b0, n, m = a0 + 1, b0 + 1, n - 1, m - 1
    while n > 0 and m > 0 and a[a0 + n - 1] == b[b0 + m - 1]:
        n, m = n - 1, m - 1
    rows[0] = 0
    for j in range(m):
        rows[j + 1] = rows[j] + gaps[b[b0 + j]]
    row, above, second = 64, 0, 128
    for i in range(1, n + 1):
        c = a[a0 + i - 1]
        gap = gaps[c]
        best = rows[row] = rows[above] + gap
        for j in range(1, m + 1):
            d = b[b0 + j - 1]
            value = rows[above + j - 1]
            if c != d:
                value = min(value + COSTS[c, d], rows[above + j] + gap, rows[row + j - 1] + gaps[d])
                if i > 1 and j > 1 and c == b[b0 + j - 2] and a[a0 + i - 2] == d:
                    value = min(value, rows[second + j - 2] + 7)
            rows[row + j] = value
            best = min(best, value)
        if best > limit + 3:
            return limit + 1
        row, above, second = second, row, above
    return int(rows[above + m])
