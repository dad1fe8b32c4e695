"""Matches names whose words are divided differently: joined words and acronyms, by kernels over the index's
tables."""

# Token tables are named T, M, H and X, followed by the letter of their side.
# ruff: noqa: N803

from __future__ import annotations

import numpy as np

from vedette.screening.names import candidates, keys, words
from vedette.screening.names.jit import compiled, inlined, prefetch
from vedette.screening.names.sounds import FOLD, FOLD_SIZE, SPELLING_SIZE, Array, Arrays, length
from vedette.screening.names.tokens import HAN, HANGUL

#: Minimum similarity of a joined word in the search for candidates.
JOINED_SIM = 0.8
#: Maximum number of runs of query words that are joined, and of all their keys.
RUNS, KEYS = 48, 1024
#: Kinds of names that have acronyms: organisations.
_ORGANIZATIONS = 2 << candidates.KINDS


@inlined
def _credit(row: int, covered: float, state: Array, touched: Array, n: int) -> int:
    """Records the weight (in tenths) of a name that joined words or initials cover. The weight of a name is
    recorded only once, because the readings of joined words and of initials overlap."""
    seen = state[row]
    if seen & (candidates.TOUCHED - 1):
        return n
    state[row] = seen | int(10.0 * covered + 0.5)
    if seen:
        return n
    touched[n] = row
    return n + 1


@compiled
def _probes(
    TQ: Array, tok: Array, weights: Array, begin: Array, name_begin: Array, letters: Array,
    runs: Array, gains: Array, word_keys: Array, name_keys: Array,
) -> int:  # fmt: skip
    """Computes the keys of all runs of up to three query words; returns the number of runs. For each run:
    first word, count, and where its keys end in `word_keys` (for listed words) and `name_keys` (for listed
    names)."""
    mask, name_mask = np.uint32(len(begin) - 2), np.uint32(len(name_begin) - 2)
    n = n_words = n_names = 0
    for count in (3, 2, 1):
        for first in range(len(tok) - count + 1):
            size = keys.joined(TQ, tok, first, count, letters)
            gain = 0.0
            for k in range(first, first + count):
                gain += weights[k]
            if size < 5 or size > 30 or gain == 0.0:
                continue
            if count > 1 and size <= 22:
                n_words = keys.cuts(letters, 0, size, word_keys, n_words)
            bones = keys.bones_key(TQ, tok, first, count, letters) if count < 3 else np.uint32(0)
            if bones:
                name_keys[n_names] = bones
                n_names += 1
            size = keys.spelled(TQ, tok, first, count, letters)
            for skip in range(-1, size if count == 1 else 0):
                name_keys[n_names] = keys.hashed(keys.K_JOINED, letters, 0, size, skip)
                n_names += 1
            runs[n, 0], runs[n, 1], runs[n, 2], runs[n, 3] = first, count, n_words, n_names
            gains[n] = gain
            n += 1
    for k in range(n_words):
        prefetch(begin, word_keys[k] & mask)
    for k in range(n_names):
        prefetch(name_begin, name_keys[k] & name_mask)
    return n


@compiled
def joined_words(
    TQ: Array, MQ: Array, tok: Array, weights: Array, TV: Array, table: Arrays, name_table: Arrays,
    posts: Arrays, p: Array, rows: Array, letters: Array, desk: Arrays,
    state: Array, touched: Array, n: int,
) -> int:  # fmt: skip
    """Joins two or three query words, and compares the joined word with listed words. Joins listed words as
    well, and compares these."""
    begin, table_keys, owners = table
    name_begin, name_table_keys, name_owners = name_table
    post_begin, post_rows = posts[0], posts[2]
    runs, gains, word_keys, name_keys = desk
    mask, name_mask = np.uint32(len(begin) - 2), np.uint32(len(name_begin) - 2)
    n_runs = _probes(
        TQ, tok, weights, begin, name_begin, letters, runs, gains, word_keys, name_keys
    )
    if n_runs == 0:
        return n
    for k in range(runs[n_runs - 1, 2]):
        prefetch(table_keys, begin[word_keys[k] & mask])
    for k in range(runs[n_runs - 1, 3]):
        prefetch(name_table_keys, name_begin[name_keys[k] & name_mask])
    word_at = name_at = 0
    for run in range(n_runs):
        first, size = runs[run, 0], 0
        for k in range(word_at, runs[run, 2]):
            bucket = word_keys[k] & mask
            for at in range(begin[bucket], begin[bucket + 1]):
                if table_keys[at] != word_keys[k]:
                    continue
                if size == 0:
                    size = keys.joined(TQ, tok, first, runs[run, 1], letters)
                word, t = owners[at], 64 * owners[at]
                s = words.near(letters, 0, size, TV, t + FOLD, length(TV, t + FOLD_SIZE), p, rows)
                if s >= (0.9 if MQ[12 * tok[first]] & (HAN | HANGUL) else JOINED_SIM):
                    for r in range(post_begin[word], post_begin[word + 1]):
                        n = _credit(post_rows[r], gains[run] * s, state, touched, n)
        for k in range(name_at, runs[run, 3]):
            bucket = name_keys[k] & name_mask
            for at in range(name_begin[bucket], name_begin[bucket + 1]):
                if name_table_keys[at] == name_keys[k]:
                    n = _credit(name_owners[at], gains[run], state, touched, n)
        word_at, name_at = runs[run, 2], runs[run, 3]
    return n


@compiled
def initials(
    TQ: Array, MQ: Array, tok: Array, TV: Array, table: Arrays, name_table: Arrays, posts: Arrays,
    about: Array, whole: float, letters: Array, state: Array, touched: Array, n: int,
) -> int:  # fmt: skip
    """Acronyms of organisations: compares a short query word with listed initials, and the query's initials
    with listed words."""
    begin, table_keys, owners = table
    name_begin, name_table_keys, name_owners = name_table
    post_begin, post_rows = posts[0], posts[2]
    mask, name_mask = np.uint32(len(begin) - 2), np.uint32(len(name_begin) - 2)
    for k in range(len(tok)):
        t = 64 * tok[k]
        size = length(TQ, t + SPELLING_SIZE)
        if 3 <= size <= 8:
            key = keys.hashed(keys.K_INITIALS, TQ, t, size, -1)
            bucket = key & name_mask
            for at in range(name_begin[bucket], name_begin[bucket + 1]):
                row = name_owners[at]
                if name_table_keys[at] == key and about[row] & _ORGANIZATIONS:
                    covered = min(whole, candidates.weight(about[row]))
                    n = _credit(row, covered, state, touched, n)
    size = keys.initials(TQ, MQ, tok, letters)
    if size >= 3:
        key = keys.hashed(keys.K_FOLD, letters, 0, size, -1)
        bucket = key & mask
        for at in range(begin[bucket], begin[bucket + 1]):
            if table_keys[at] == key and TV[64 * owners[at] + SPELLING_SIZE] == size:
                for r in range(post_begin[owners[at]], post_begin[owners[at] + 1]):
                    if about[post_rows[r]] & _ORGANIZATIONS:
                        n = _credit(post_rows[r], whole, state, touched, n)
    return n
