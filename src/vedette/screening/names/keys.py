"""Compiled functions (kernels) that compute the look-up keys of tokens and names, and the hash tables of
these keys.

A token is found by its fold (simplified spelling). The two folds need not be equal: from each of them, one
letter may be missing. A token is also found by its skeleton (consonants), by its letters, and by its groups
of equivalent names. A name is found by its initials, and by two or three of its words joined together.
"""

# Token tables are named T, M, H and X, followed by the letter of their side.
# ruff: noqa: N803

from __future__ import annotations

from typing import Any

import numpy as np

from vedette.screening.names.jit import compiled, inlined, making
from vedette.screening.names.sounds import (
    FOLD,
    FOLD_SIZE,
    SKELETON,
    SKELETON_SIZE,
    SPELLING_SIZE,
    Array,
    length,
)

#: Types of keys, mixed into their hashes.
K_FOLD, K_BONES, K_BONES_CUT, K_SHORT, K_SHORT_ABJAD = range(1, 6)
K_LETTERS, K_CLASS, K_JOINED, K_INITIALS, K_SINGLE = range(6, 11)
K_HEAD, K_JOINED_BONES = 11, 12
#: Maximum number of keys of one token, and of one name.
TOKEN_KEYS, NAME_KEYS = 64, 64


@inlined
def mix(h: Any) -> Any:
    """Computes the final step of a hash. Returns 32 well-distributed bits."""
    h = np.uint64(h)
    h ^= h >> np.uint64(33)
    h *= np.uint64(0xFF51AFD7ED558CCD)
    h ^= h >> np.uint64(33)
    return np.uint32(h & np.uint64(0xFFFFFFFF))


@compiled
def hashed(salt: int, t: Array, start: int, size: int, skip: int) -> Any:
    """Returns the hash of t[start:start+size] without the letter at `skip`. If `skip` is −1, no letter is
    left out."""
    h = np.uint64(14695981039346656037) ^ np.uint64(salt)
    for k in range(size):
        if k != skip:
            h = (h ^ np.uint64(t[start + k])) * np.uint64(1099511628211)
    return mix(h)


@compiled
def cuts(t: Array, start: int, size: int, out: Array, n: int) -> int:
    """Writes the key of a fold into `out`, and the key of each variant of the fold with one letter left out.
    Returns the number of keys written so far.
    """
    out[n] = hashed(K_FOLD, t, start, size, -1)
    n += 1
    if size >= 3:
        for k in range(size):
            if k == 0 or t[start + k] != t[start + k - 1]:
                out[n] = hashed(K_FOLD, t, start, size, k)
                n += 1
    return n


@compiled
def token_keys(T: Array, M: Array, row: int, asking: bool, out: Array) -> int:
    """Writes the keys of one token into `out`. Returns the number of values written into `out`. A token with
    two consonants is found by its skeleton only if exactly one of the two compared tokens is in a script
    without written vowels.
    """
    t, meta = T[64 * row : 64 * row + 64], M[12 * row : 12 * row + 12]
    size, bones = length(t, FOLD_SIZE), length(t, SKELETON_SIZE)
    if meta[0] & 2:
        out[0] = hashed(K_FOLD, t, 0, length(t, SPELLING_SIZE), -1)
        return 1
    n = cuts(t, FOLD, size, out, 0)
    abjad = (meta[0] & 1024) != 0
    if bones >= 3:
        out[n] = hashed(K_BONES, t, SKELETON, bones, -1)
        n += 1
    elif bones == 2:
        salt = K_SHORT_ABJAD if abjad != asking else K_SHORT
        out[n] = hashed(salt, t, SKELETON, bones, -1)
        n += 1
    if bones >= 6 or (abjad and bones >= 4):
        for k in range(bones):
            out[n] = hashed(K_BONES_CUT, t, SKELETON, bones, k)
            n += 1
        out[n] = hashed(K_BONES_CUT, t, SKELETON, bones, -1)
        n += 1
    elif bones >= 3:
        out[n] = hashed(K_BONES_CUT, t, SKELETON, bones, -1)
        n += 1
    if size >= 8:
        out[n] = hashed(K_HEAD, t, FOLD, 5, -1)
        n += 1
    if size < t[SPELLING_SIZE]:
        h = np.uint64(K_SINGLE)
        for k in range(t[SPELLING_SIZE]):
            if k == 0 or t[k] != t[k - 1]:
                h = (h ^ np.uint64(t[k])) * np.uint64(1099511628211)
        out[n] = mix(h)
        n += 1
    if size >= 5:
        total = np.uint64(K_LETTERS)
        for k in range(t[SPELLING_SIZE]):
            total += np.uint64(mix(np.uint64(t[k]) * np.uint64(0x9E3779B97F4A7C15)))
        out[n] = mix(total * np.uint64(0x9E3779B97F4A7C15))
        n += 1
    for k in range(4, 12):
        if meta[k] < 0:
            break
        group = meta[k] >> 1 if meta[k] >= 1048576 else meta[k]
        out[n] = mix(np.uint64(group + 7) * np.uint64(0xD6E8FEB86659FD93) + np.uint64(K_CLASS))
        n += 1
    return n


@compiled
def stored_keys(T: Array, M: Array, row: int, typed: int, out: Array) -> int:
    """Writes the keys of one word into `out`, and returns the number of keys. `typed` is 0 for a word of a
    stored name, 1 for one of several typed words, and 2 for a single typed word.

    A stored word has few keys. They are computed from its fold, its consonants, its consonants with one
    consonant left out, and its groups of equivalent names. A typed word also has one key for each letter of
    its fold, computed without this letter. A single typed word has fewer keys from its consonants, so that it
    does not find too many names.
    """
    t, meta = T[64 * row : 64 * row + 64], M[12 * row : 12 * row + 12]
    size, bones = length(t, FOLD_SIZE), length(t, SKELETON_SIZE)
    if typed and size >= 4:
        n = cuts(t, FOLD, size, out, 0)
    else:
        out[0] = hashed(K_FOLD, t, FOLD, size, -1)
        n = 1
    if bones >= (3 if typed == 2 else 2):
        out[n] = hashed(K_BONES, t, SKELETON, bones, -1)
        n += 1
    for k in range(bones if bones >= 4 and typed < 2 else 0):
        out[n] = hashed(K_BONES, t, SKELETON, bones, k)
        n += 1
    for k in range(4, 12):
        if meta[k] < 0:
            break
        group = meta[k] >> 1 if meta[k] >= 1048576 else meta[k]
        out[n] = mix(np.uint64(group + 7) * np.uint64(0xD6E8FEB86659FD93) + np.uint64(K_CLASS))
        n += 1
    return n


@compiled
def joined(T: Array, tok: Array, first: int, count: int, out: Array) -> int:
    """Writes the joined folds of `count` words into `out`, beginning with the word `first`. Returns the
    length of the joined folds.
    """
    size = 0
    for k in range(first, first + count):
        t = 64 * tok[k]
        for c in range(T[t + FOLD_SIZE]):
            if size < 60 and not (c == 0 and size and out[size - 1] == T[t + FOLD]):
                out[size] = T[t + FOLD + c]
                size += 1
    return size


@compiled
def spelled(T: Array, tok: Array, first: int, count: int, out: Array) -> int:
    """Writes the joined spellings of `count` words into `out`, beginning with the word `first`. Returns the
    length of the joined spellings.
    """
    size = 0
    for k in range(first, first + count):
        t = 64 * tok[k]
        for c in range(t, t + T[t + SPELLING_SIZE]):
            if size < 60:
                out[size] = T[c]
                size += 1
    return size


@compiled
def bones_key(T: Array, tok: Array, first: int, count: int, out: Array) -> Any:
    """Returns the key of the joined skeletons of `count` words, or 0 if the skeletons are too short to be
    significant."""
    size = 0
    for k in range(first, first + count):
        t = 64 * tok[k]
        for c in range(T[t + SKELETON_SIZE]):
            vowel = c == 0 and size > 0 and T[t + SKELETON] == 97
            doubled = size > 0 and out[size - 1] == T[t + SKELETON + c]
            if size < 14 and not vowel and not (c == 0 and doubled):
                out[size] = T[t + SKELETON + c]
                size += 1
    return hashed(K_JOINED_BONES, out, 0, size, -1) if size >= 7 else np.uint32(0)


@compiled
def initials(T: Array, M: Array, tok: Array, out: Array) -> int:
    """Writes the initials of a name into `out`, except those of particles and legal forms. Returns the number
    of values written into `out`.
    """
    size = 0
    for k in range(len(tok)):
        if not M[12 * tok[k]] & 42 and size < 10:
            out[size] = T[64 * tok[k]]
            size += 1
    return size


@compiled
def name_keys(T: Array, M: Array, tok: Array, letters: Array, out: Array) -> int:
    """Writes the keys of a name into `out`. The keys are computed from two and three joined words (spelling),
    from two joined words (skeleton), and from the initials of three or more words. Returns the number of
    values written into `out`.
    """
    n = 0
    for count in (2, 3):
        for first in range(len(tok) - count + 1):
            size = spelled(T, tok, first, count, letters)
            if 5 <= size <= 30:
                out[n] = hashed(K_JOINED, letters, 0, size, -1)
                n += 1
    for first in range(len(tok) - 1):
        key = bones_key(T, tok, first, 2, letters)
        if key:
            out[n] = key
            n += 1
    size = initials(T, M, tok, letters)
    if size >= 3:
        out[n] = hashed(K_INITIALS, letters, 0, size, -1)
        n += 1
    return n


@making
def all_token_keys(T: Array, M: Array, counting: bool, keys: Array, owners: Array) -> int:
    """Computes the keys of every token, or only counts the keys if `counting` is true."""
    out = np.empty(TOKEN_KEYS, np.uint32)
    total = 0
    for row in range(len(T) // 64):
        n = token_keys(T, M, row, False, out)
        if not counting:
            for k in range(n):
                keys[total + k] = out[k]
                owners[total + k] = row
        total += n
    return total


@making
def all_name_keys(
    T: Array, M: Array, starts: Array, toks: Array, counting: bool, keys: Array, owners: Array
) -> int:
    """Computes the keys of every name, or only counts the keys if `counting` is true."""
    out = np.empty(NAME_KEYS, np.uint32)
    letters = np.empty(64, np.uint8)
    total = 0
    for row in range(len(starts) - 1):
        n = name_keys(T, M, toks[starts[row] : starts[row + 1]], letters, out)
        if not counting:
            for k in range(n):
                keys[total + k] = out[k]
                owners[total + k] = row
        total += n
    return total


@compiled
def place(
    keys: Array, owners: Array, bits: int, starts: Array, out_keys: Array, out_owners: Array
) -> None:
    """Sorts pairs of a key and its owner into buckets by the lowest `bits` bits of the key, with one pass of
    a counting sort.
    """
    mask = np.uint32((1 << bits) - 1)
    for k in keys:
        starts[(k & mask) + 1] += 1
    for b in range(len(starts) - 1):
        starts[b + 1] += starts[b]
    for i in range(len(keys)):
        b = keys[i] & mask
        at = starts[b]
        starts[b] = at + 1
        out_keys[at] = keys[i]
        out_owners[at] = owners[i]
    for b in range(len(starts) - 1, 0, -1):
        starts[b] = starts[b - 1]
    starts[0] = 0
