"""Candidates: names that hold words similar to ours, by kernels over the index's tables.

Rare words are followed to all their names; words so frequent that a name without any rarer one could
not reach the threshold are only checked.
"""

# Tables are called T, M, H and X, with the letter of their side.
# ruff: noqa: N803, N806

from __future__ import annotations

import numpy as np
from numba import njit

from vedette.screening.names import keys, words
from vedette.screening.names.flags import (
    COMMON,
    GENERIC,
    HAN,
    HANGUL,
    HONORIFIC,
    INITIAL,
    LEGAL,
    NUMBER,
    PARTICLE,
    PREFIX,
)
from vedette.screening.names.sounds import FOLD, FOLD_SIZE, SCRATCH, SPELLING_SIZE, Array, Arrays

#: A joined word must be this similar to count when candidates are gathered.
JOINED_SIM = 0.8
#: A word that only one side has adds this share of its weight to what must be covered.
ONE_SIDED = 0.2
#: Names that weigh less are looked at whatever the other words say.
LONE = 1.59
#: Of a name's state while a query runs: its mark, the weight covered, its own weight, its kinds. One
#: place in memory, because a million names do not fit the processor's cache. Weights in units.
STATE, COVERED, WEIGHT, KINDS = 4, 1, 2, 3
#: Units of a weight of one.
UNIT = 1024
#: Weight that joined words or initials cover is kept above the other: tenths, this much each.
JOINT = 1 << 16
#: Candidates may turn out this much better than their covered weight says.
SLACK = 0.04


@njit(cache=True)
def search_weight(flags: int) -> float:
    """Weight of a token when candidates are gathered; 0 for what says nothing by itself."""
    if flags & (PARTICLE | LEGAL | HONORIFIC | INITIAL):
        return 0.0
    if flags & (NUMBER | PREFIX):
        return 0.4
    return 0.6 if flags & GENERIC else 0.8 if flags & COMMON else 1.0


@njit(cache=True)
def name_weights(M: Array, starts: Array, toks: Array, out: Array) -> None:
    """Search weight of every name: the sum over its tokens; 1 where there is nothing else."""
    for name in range(len(starts) - 1):
        total = 0.0
        for k in range(starts[name], starts[name + 1]):
            total += search_weight(M[12 * toks[k]])
        out[name] = total if total > 0 else 1.0


@njit(cache=True)
def similar(
    Q: Arrays,
    V: Arrays,
    table: Arrays,
    p: Array,
    stamps: Array,
    counters: Array,
) -> Arrays:
    """For every token asked about, the list's tokens similar to it, most similar first: begin, row
    and similarity."""
    begin, table_keys, owners = table
    mask = np.uint32(len(begin) - 2)
    TQ, MQ, HQ, XQ = Q
    TV, MV, HV, XV = V
    size = len(HQ)
    q_keys = np.zeros(keys.TOKEN_KEYS, np.uint32)
    rows = np.zeros(SCRATCH, np.int32)
    starts = np.zeros(size + 1, np.int32)
    found_rows, found_sims = np.empty(4096, np.int32), np.empty(4096, np.float32)
    n = 0
    for q in range(size):
        first = n
        counters[0] += 1
        stamp = counters[0]
        n_keys = 0 if MQ[12 * q] & INITIAL else keys.token_keys(TQ, MQ, q, True, q_keys)
        size_q = TQ[64 * q + FOLD_SIZE]
        n_cut = int(size_q) if n_keys > 1 else 0
        for k in range(n_keys):
            key = q_keys[k]
            bucket = key & mask
            for at in range(begin[bucket], begin[bucket + 1]):
                other = owners[at]
                if table_keys[at] != key or stamps[other] == stamp:
                    continue
                if (
                    k < n_cut
                    and HQ[q] != HV[other]
                    and (MQ[12 * q + 4] < 0 or MV[12 * other + 4] < 0)
                    and words.unlike(
                        size_q,
                        XQ[q],
                        MQ[12 * q],
                        TV[64 * other + FOLD_SIZE],
                        XV[other],
                        MV[12 * other],
                    )
                ):
                    continue
                stamps[other] = stamp
                s = words.word_sim(TQ, MQ, HQ, XQ, q, TV, MV, HV, XV, other, p, rows)
                if s > 0.0:
                    if n == len(found_rows):
                        found_rows = np.concatenate((found_rows, np.empty(n, np.int32)))
                        found_sims = np.concatenate((found_sims, np.empty(n, np.float32)))
                    place = n
                    while place > first and found_sims[place - 1] < s:
                        found_sims[place] = found_sims[place - 1]
                        found_rows[place] = found_rows[place - 1]
                        place -= 1
                    found_sims[place], found_rows[place] = s, other
                    n += 1
        starts[q + 1] = n
    return starts, found_rows, found_sims


@njit(cache=True)
def _credit(row: int, gain: int, mark: int, base: int, state: Array, touched: Array, n: int) -> int:
    """Adds `gain` (units) to a name once for each word of the query (`mark`), the best first, and once
    only what words joined or initials give: their readings overlap."""
    at = STATE * row
    seen = state[at]
    if seen == mark:
        return n
    if seen < base:
        state[at] = mark
        state[at + COVERED] = gain
        touched[n] = row
        return n + 1
    if gain >= JOINT and state[at + COVERED] >= JOINT:
        return n
    state[at] = mark
    state[at + COVERED] += gain
    return n


@njit(cache=True)
def _joint(weight: float) -> int:
    """A weight that joined words or initials cover, as it is added to a name's state."""
    return JOINT * int(10.0 * weight + 0.5)


@njit(cache=True)
def joined_words(
    TQ: Array, MQ: Array, tok: Array, weights: Array, TV: Array, table: Arrays, name_table: Arrays,
    posts: Arrays, p: Array, rows: Array, letters: Array, q_keys: Array,
    mark: int, base: int, state: Array, touched: Array, n: int,
) -> int:  # fmt: skip
    """Two and three words of ours joined, against words of the list and against its joined words."""
    begin, table_keys, owners = table
    name_begin, name_table_keys, name_owners = name_table
    post_begin, _, post_rows = posts
    mask, name_mask = np.uint32(len(begin) - 2), np.uint32(len(name_begin) - 2)
    for count in (3, 2, 1):
        for first in range(len(tok) - count + 1):
            least = 0.9 if MQ[12 * tok[first]] & (HAN | HANGUL) else JOINED_SIM
            size = keys.joined(TQ, tok, first, count, letters)
            gain = 0.0
            for k in range(first, first + count):
                gain += weights[k]
            if size < 5 or size > 30 or gain == 0.0:
                continue
            mark += 1
            n_keys = keys.cuts(letters, 0, size, q_keys, 0) if count > 1 and size <= 22 else 0
            for k in range(n_keys):
                bucket = q_keys[k] & mask
                for at in range(begin[bucket], begin[bucket + 1]):
                    if table_keys[at] != q_keys[k]:
                        continue
                    t = 64 * owners[at]
                    s = words.near(letters, 0, size, TV, t + FOLD, int(TV[t + FOLD_SIZE]), p, rows)
                    if s >= least:
                        for r in range(post_begin[owners[at]], post_begin[owners[at] + 1]):
                            n = _credit(
                                post_rows[r],
                                _joint(gain * s),
                                mark,
                                base,
                                state,
                                touched,
                                n,
                            )
            bones = keys.bones_key(TQ, tok, first, count, letters)
            if bones and count < 3:
                bucket = bones & name_mask
                for at in range(name_begin[bucket], name_begin[bucket + 1]):
                    if name_table_keys[at] == bones:
                        n = _credit(
                            name_owners[at],
                            _joint(gain),
                            mark,
                            base,
                            state,
                            touched,
                            n,
                        )
            size = keys.spelled(TQ, tok, first, count, letters)
            for skip in range(-1, size if count == 1 else 0):
                key = keys.hashed(keys.K_JOINED, letters, 0, size, skip)
                bucket = key & name_mask
                for at in range(name_begin[bucket], name_begin[bucket + 1]):
                    if name_table_keys[at] == key:
                        n = _credit(
                            name_owners[at],
                            _joint(gain),
                            mark,
                            base,
                            state,
                            touched,
                            n,
                        )
    return n


@njit(cache=True)
def initials(
    TQ: Array, MQ: Array, tok: Array, TV: Array, table: Arrays, name_table: Arrays, posts: Arrays,
    whole: float, letters: Array,
    mark: int, base: int, state: Array, touched: Array, n: int,
) -> int:  # fmt: skip
    """Acronyms of organisations: a short word of ours against initials, our initials against words."""
    begin, table_keys, owners = table
    name_begin, name_table_keys, name_owners = name_table
    post_begin, _, post_rows = posts
    mask, name_mask = np.uint32(len(begin) - 2), np.uint32(len(name_begin) - 2)
    for k in range(len(tok)):
        t = 64 * tok[k]
        size = int(TQ[t + SPELLING_SIZE])
        if 3 <= size <= 8:
            key = keys.hashed(keys.K_INITIALS, TQ, t, size, -1)
            bucket = key & name_mask
            for at in range(name_begin[bucket], name_begin[bucket + 1]):
                row = name_owners[at]
                if name_table_keys[at] == key and state[STATE * row + KINDS] & 2:
                    n = _credit(
                        row,
                        _joint(min(whole, state[STATE * row + WEIGHT] / UNIT)),
                        mark,
                        base,
                        state,
                        touched,
                        n,
                    )
    size = keys.initials(TQ, MQ, tok, letters)
    if size >= 3:
        key = keys.hashed(keys.K_FOLD, letters, 0, size, -1)
        bucket = key & mask
        for at in range(begin[bucket], begin[bucket + 1]):
            if table_keys[at] == key and TV[64 * owners[at] + SPELLING_SIZE] == size:
                for r in range(post_begin[owners[at]], post_begin[owners[at] + 1]):
                    if state[STATE * post_rows[r] + KINDS] & 2:
                        n = _credit(
                            post_rows[r],
                            _joint(whole),
                            mark,
                            base,
                            state,
                            touched,
                            n,
                        )
    return n


@njit(cache=True)
def needed(whole: float, theirs: float) -> float:
    """What the covered weight of a name is measured against."""
    return min(whole, theirs) + ONE_SIDED * abs(whole - theirs)


@njit(cache=True)
def possible(acc: float, whole: float, theirs: float) -> float:
    """The best score that a covered weight can become, if nothing was overlooked."""
    conflict = max(min(whole, theirs) - acc, 0.0)
    share = 0.55 if acc < 1.5 else ONE_SIDED
    return acc / (acc + conflict + share * abs(whole - theirs)) - 0.17 * min(1.0, conflict)


@njit(cache=True)
def gather(
    tok: Array, weights: Array, whole: float, least: float, close: Arrays, posts: Arrays,
    token_marks: Array, token_sims: Array, order: Array, costs: Array,
    mark: int, state: Array, touched: Array,
) -> tuple[int, float]:  # fmt: skip
    """Names that hold words similar to ours, the rarest words first; their number, and the weight of
    the words so frequent that a name without any of the rarer ones cannot reach `least`. Of those
    only `token_marks` and `token_sims` are set, which say how similar a listed word is to any of ours.
    """
    sim_begin, sim_rows, sims = close
    post_begin, post_middle, post_rows = posts
    base, size = mark, len(tok)
    for k in range(size):
        cost = 0
        for c in range(sim_begin[tok[k]], sim_begin[tok[k] + 1]):
            t = sim_rows[c]
            cost += post_begin[t + 1] - post_begin[t]
            worth = weights[k] * sims[c]
            if token_marks[t] != base or token_sims[t] < worth:
                token_marks[t], token_sims[t] = base, worth
        place = k
        while place > 0 and costs[place - 1] > cost:
            costs[place], order[place] = costs[place - 1], order[place - 1]
            place -= 1
        costs[place], order[place] = cost, k
    rest, n, skipped = whole, 0, 0.0
    for place in range(size):
        k = order[place]
        if weights[k] == 0.0:
            continue
        full = possible(rest, whole, max(rest, LONE)) + SLACK >= least
        if not full:
            skipped += weights[k]
        rest -= weights[k]
        mark += 1
        for c in range(sim_begin[tok[k]], sim_begin[tok[k] + 1]):
            t, gain = sim_rows[c], int(UNIT * weights[k] * sims[c])
            for r in range(post_begin[t], post_begin[t + 1] if full else post_middle[t]):
                n = _credit(post_rows[r], gain, mark, base, state, touched, n)
    return n, skipped


@njit(cache=True)
def covered(
    toks: Array, first: int, last: int, mark: int, token_marks: Array, token_sims: Array
) -> float:
    """Weight of the words of a name that are similar to any of ours."""
    total = 0.0
    for k in range(first, last):
        if token_marks[toks[k]] == mark:
            total += token_sims[toks[k]]
    return total
