"""Finds listed words similar to the query's words, and precomputes data of the listed names."""

# Token tables are named T, M, H and X, followed by the letter of their side.
# ruff: noqa: N803, N806

from __future__ import annotations

import numpy as np

from vedette.screening.names import keys, words
from vedette.screening.names.flags import (
    COMMON,
    GENERIC,
    HONORIFIC,
    INITIAL,
    LEGAL,
    NUMBER,
    PARTICLE,
    PREFIX,
)
from vedette.screening.names.gather import FACTS, KINDS, MORE, TOLD
from vedette.screening.names.jit import compiled, inlined, making, prefetch
from vedette.screening.names.sounds import FOLD, FOLD_SIZE, SCRATCH, Array, Arrays, length

#: The state of a listed word: its brief (size, flags, whether it has equivalents), which excludes most words
#: without reading them, combined with the mark of the last query word that examined it; and its letters.
WORD, LETTERS, MARK = 2, 1, 32
_BRIEF = (1 << MARK) - 1


@inlined
def search_weight(flags: int) -> float:
    """The weight of a token in the search for candidates; 0 for tokens that identify nothing alone."""
    if flags & (PARTICLE | LEGAL | HONORIFIC | INITIAL):
        return 0.0
    if flags & (NUMBER | PREFIX):
        return 0.4
    return 0.6 if flags & GENERIC else 0.8 if flags & COMMON else 1.0


@compiled
def describe(
    M: Array, starts: Array, toks: Array, entries: Array, known: Array, kinds: Array, out: Array
) -> None:
    """Computes for every name the bits that `gather` reads: its search weight (the sum over its tokens; 1 if
    all weights are 0), the known facts of its entry, its kinds."""
    for name in range(len(starts) - 1):
        fifths = 0
        for k in range(starts[name], starts[name + 1]):
            fifths += int(5.0 * search_weight(M[12 * toks[k]]) + 0.5)
        about = fifths if fifths else 5
        about |= (known[entries[name]] << FACTS) | (kinds[name] << KINDS)
        out[name] = about | (MORE if starts[name + 1] - starts[name] > TOLD + 1 else 0)


@compiled
def briefs(T: Array, M: Array, X: Array, state: Array) -> None:
    """Computes the states of all listed words."""
    for row in range(len(X)):
        known = int(M[12 * row + 4] >= 0)
        state[WORD * row] = (
            (np.int64(M[12 * row]) << 16) | (known << 8) | length(T, 64 * row + FOLD_SIZE)
        )
        state[WORD * row + LETTERS] = np.int64(X[row])


@compiled
def _owners(
    q_keys: Array, n_keys: int, begin: Array, table_keys: Array, owners: Array, state: Array,
    found: Array,
) -> int:  # fmt: skip
    """Writes the words that have any of these keys into `found`, possibly repeated; returns their number,
    which may exceed the size of `found`."""
    mask = np.uint32(len(begin) - 2)
    for k in range(n_keys):
        prefetch(begin, q_keys[k] & mask)
    for k in range(n_keys):
        first = begin[q_keys[k] & mask]
        prefetch(table_keys, first)
        prefetch(owners, first)
    n, room = 0, len(found)
    for k in range(n_keys):
        bucket = q_keys[k] & mask
        for at in range(begin[bucket], begin[bucket + 1]):
            if table_keys[at] == q_keys[k]:
                if n < room:
                    found[n] = owners[at]
                    prefetch(state, WORD * owners[at])
                n += 1
    return n


@compiled
def _worth_reading(
    flags: int, size: int, letters: int, known: bool, stamp: int, state: Array, TV: Array,
    found: Array, n: int,
) -> int:  # fmt: skip
    """Keeps those of the `found` words, once each, whose briefs do not exclude them; returns their number."""
    kept = 0
    for k in range(n):
        word = found[k]
        brief = state[WORD * word]
        if brief >> MARK == stamp:
            continue
        brief &= _BRIEF
        state[WORD * word] = stamp << MARK | brief
        if not ((brief >> 16 | flags) & words.SPECIAL or (known and brief & 256)):
            odd = words.bits(letters ^ np.uint64(state[WORD * word + LETTERS]))
            if words.apart(size, int(brief & 255), odd):
                continue
        prefetch(TV, 64 * word + FOLD)
        found[kept] = word
        kept += 1
    return kept


@making
def similar(
    Q: Arrays, V: Arrays, table: Arrays, posts: Arrays, p: Array, state: Array, counters: Array
) -> Arrays:  # fmt: skip
    """For every query token the similar listed tokens, most similar first: begin, row, similarity, and of its
    postings the begin, the boundary between light names and the others, and the end."""
    begin, table_keys, owners = table
    post_begin, post_middle = posts[:2]
    TQ, MQ, HQ, XQ = Q
    TV, MV, HV, XV = V
    size = len(HQ)
    q_keys = np.zeros(keys.TOKEN_KEYS, np.uint32)
    rows = np.zeros(SCRATCH, np.int32)
    starts = np.zeros(size + 1, np.int32)
    looked = np.empty(1024, np.int32)
    found_rows, found_sims = np.empty(4096, np.int32), np.empty(4096, np.float32)
    n = 0
    for q in range(size):
        first = n
        counters[0] += 1
        flags, t = MQ[12 * q], 64 * q
        known = MQ[12 * q + 4] >= 0
        n_keys = 0 if flags & INITIAL else keys.token_keys(TQ, MQ, q, True, q_keys)
        n_words = _owners(q_keys, n_keys, begin, table_keys, owners, state, looked)
        if n_words > len(looked):
            looked = np.empty(2 * n_words, np.int32)
            n_words = _owners(q_keys, n_keys, begin, table_keys, owners, state, looked)
        n_words = _worth_reading(
            flags, length(TQ, t + FOLD_SIZE), XQ[q], known, counters[0], state, TV, looked, n_words
        )
        if n + n_words > len(found_rows):
            found_rows = np.concatenate((found_rows, np.empty(n + n_words, np.int32)))
            found_sims = np.concatenate((found_sims, np.empty(n + n_words, np.float32)))
        for k in range(n_words):
            other = looked[k]
            brief = state[WORD * other] & _BRIEF
            if (brief >> 16 | flags) & words.SPECIAL or (known and brief & 256):
                s = words.word_sim(TQ, MQ, HQ, XQ, q, TV, MV, HV, XV, other, p, rows)
            else:
                odd = words.bits(XQ[q] ^ np.uint64(state[WORD * other + LETTERS]))
                s = words.letters_sim(TQ, t, TV, 64 * other, odd, 0.0, p, rows)
            if s > 0.0:
                place = n
                while place > first and found_sims[place - 1] < s:
                    found_sims[place] = found_sims[place - 1]
                    found_rows[place] = found_rows[place - 1]
                    place -= 1
                found_sims[place], found_rows[place] = s, other
                n += 1
        starts[q + 1] = n
    spans = np.empty((n, 3), np.int32)
    for c in range(n):
        row = found_rows[c]
        spans[c, 0], spans[c, 1], spans[c, 2] = (
            post_begin[row],
            post_middle[row],
            post_begin[row + 1],
        )
    return starts, found_rows[:n], found_sims[:n], spans
