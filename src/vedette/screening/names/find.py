"""The search kernel: candidates by weighted coverage of the query's words, then the aligned score.

Every name whose covered weight reaches `floor` of the shorter side's is scored; nothing is capped
unless the caller asks for the best few (`most`).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from vedette.screening.names import kernel, keys
from vedette.screening.names.sounds import (
    FOLD_SIZE,
    SPELLING_SIZE,
    Array,
)

#: Most similar tokens followed for one word of the query.
SIMILAR = 4096


@njit(cache=True)
def search_weight(flags: int) -> float:
    """Weight of a token when candidates are gathered; 0 for what says nothing by itself."""
    if flags & (32 | 8 | 16 | 1):
        return 0.0
    if flags & 2:
        return 0.4
    return 0.6 if flags & 128 else 1.0


@njit(cache=True)
def name_weights(meta: Array, starts: Array, toks: Array, out: Array) -> None:
    """Search weight of every name: the sum over its tokens; 1 where there is nothing else."""
    for name in range(len(starts) - 1):
        total = 0.0
        for k in range(starts[name], starts[name + 1]):
            total += search_weight(meta[toks[k], 0])
        out[name] = total if total > 0 else 1.0


@njit(cache=True)
def _credit(
    row: int, gain: float, mark: int, base: int, acc: Array, marks: Array, touched: Array, n: int
) -> int:
    """Adds `gain` to a name once for each word of the query (`mark`), the best first."""
    seen = marks[row]
    if seen == mark:
        return n
    if seen < base:
        acc[row] = gain
        touched[n] = row
        n += 1
    else:
        acc[row] += gain
    marks[row] = mark
    return n


@njit(cache=True)
def _similar(
    Q: tuple,
    row: int,
    q_keys: Array,
    n_keys: int,
    V: tuple,
    table: tuple,
    p: Array,
    rows: Array,
    stamps: Array,
    stamp: int,
    near_rows: Array,
    near_sims: Array,
) -> int:
    """Tokens of the list similar to one of ours, most similar first; their number."""
    begin, table_keys, owners = table
    mask = np.uint32(len(begin) - 2)
    found = 0
    for k in range(n_keys):
        key = q_keys[k]
        bucket = key & mask
        for at in range(begin[bucket], begin[bucket + 1]):
            if table_keys[at] != key:
                continue
            other = owners[at]
            if stamps[other] == stamp:
                continue
            stamps[other] = stamp
            s = kernel.word_sim(
                Q[0][row],
                Q[1][row],
                Q[2][row],
                Q[3][row],
                V[0][other],
                V[1][other],
                V[2][other],
                V[3][other],
                p,
                rows,
            )
            if s > 0.0 and found < SIMILAR:
                place = found
                while place > 0 and near_sims[place - 1] < s and found < 64:
                    near_sims[place] = near_sims[place - 1]
                    near_rows[place] = near_rows[place - 1]
                    place -= 1
                near_sims[place] = s
                near_rows[place] = other
                found += 1
    return found


@njit(cache=True)
def _joined_words(
    Q: tuple,
    tok: Array,
    weights: Array,
    V: tuple,
    table: tuple,
    name_table: tuple,
    p: Array,
    rows: Array,
    letters: Array,
    q_keys: Array,
    mark: int,
    base: int,
    acc: Array,
    marks: Array,
    touched: Array,
    n: int,
    post_begin: Array,
    post_rows: Array,
) -> int:
    """Two and three words of ours joined: against words of the list and against its joined words."""
    begin, table_keys, owners = table
    name_begin, name_table_keys, name_owners = name_table
    mask, name_mask = np.uint32(len(begin) - 2), np.uint32(len(name_begin) - 2)
    for count in range(1, 4):
        for first in range(len(tok) - count + 1):
            size = keys.joined(Q[0], tok, first, count, letters)
            if size < 5 or size > 30:
                continue
            gain = 0.0
            for k in range(first, first + count):
                gain += weights[k]
            if gain == 0.0:
                continue
            mark += 1
            if count > 1 and size <= 22:
                total = keys.cuts(letters, 0, size, q_keys, 0)
                for k in range(total):
                    bucket = q_keys[k] & mask
                    for at in range(begin[bucket], begin[bucket + 1]):
                        if table_keys[at] != q_keys[k]:
                            continue
                        t = V[0][owners[at]]
                        s = kernel.near(letters, 0, size, t, 24, int(t[FOLD_SIZE]), p, rows)
                        if s >= 0.8:
                            for r in range(post_begin[owners[at]], post_begin[owners[at] + 1]):
                                n = _credit(
                                    post_rows[r], gain * s, mark, base, acc, marks, touched, n
                                )
            for skip in range(-1, size if count == 1 else 0):
                key = keys.hashed(keys.K_JOINED, letters, 0, size, skip)
                bucket = key & name_mask
                for at in range(name_begin[bucket], name_begin[bucket + 1]):
                    if name_table_keys[at] == key:
                        n = _credit(name_owners[at], gain, mark, base, acc, marks, touched, n)
    return n


@njit(cache=True)
def _initials(
    Q: tuple,
    tok: Array,
    V: tuple,
    table: tuple,
    name_table: tuple,
    whole: float,
    letters: Array,
    q_keys: Array,
    mark: int,
    base: int,
    acc: Array,
    marks: Array,
    touched: Array,
    n: int,
    post_begin: Array,
    post_rows: Array,
    name_weight: Array,
) -> int:
    """Acronyms: a short word of ours against the initials of names, our initials against words."""
    begin, table_keys, owners = table
    name_begin, name_table_keys, name_owners = name_table
    mask, name_mask = np.uint32(len(begin) - 2), np.uint32(len(name_begin) - 2)
    for k in range(len(tok)):
        t = Q[0][tok[k]]
        if 3 <= t[SPELLING_SIZE] <= 8:
            key = keys.hashed(keys.K_INITIALS, t, 0, int(t[SPELLING_SIZE]), -1)
            bucket = key & name_mask
            for at in range(name_begin[bucket], name_begin[bucket + 1]):
                if name_table_keys[at] == key:
                    row = name_owners[at]
                    n = _credit(
                        row, min(whole, name_weight[row]), mark, base, acc, marks, touched, n
                    )
    size = keys.initials(Q[0], Q[1], tok, letters)
    if size >= 3:
        key = keys.hashed(keys.K_FOLD, letters, 0, size, -1)
        bucket = key & mask
        for at in range(begin[bucket], begin[bucket + 1]):
            if table_keys[at] == key and V[0][owners[at], SPELLING_SIZE] == size:
                for r in range(post_begin[owners[at]], post_begin[owners[at] + 1]):
                    n = _credit(post_rows[r], whole, mark, base, acc, marks, touched, n)
    return n


@njit(cache=True)
def _best_first(
    touched: Array, n: int, acc: Array, name_weight: Array, whole: float, most: int
) -> int:
    """Keeps the `most` names of greatest coverage at the front of `touched`."""
    ratio = np.empty(n, np.float64)
    for k in range(n):
        ratio[k] = -acc[touched[k]] / (
            min(whole, name_weight[touched[k]]) + 0.05 * abs(whole - name_weight[touched[k]])
        )
    order = np.argsort(ratio)[:most]
    best = touched[order].copy()
    touched[: len(best)] = best
    return len(best)


@njit(cache=True)
def search(
    Q: tuple,
    q_starts: Array,
    q_toks: Array,
    q_kinds: Array,
    V: tuple,
    table: tuple,
    name_table: tuple,
    post_begin: Array,
    post_rows: Array,
    n_starts: Array,
    n_toks: Array,
    n_kinds: Array,
    name_weight: Array,
    P: Array,
    floor: float,
    least: float,
    most: int,
    acc: Array,
    marks: Array,
    touched: Array,
    stamps: Array,
    counters: Array,
) -> tuple:
    """(query, name, score) of every pair whose name score reaches `least`, as three arrays.

    `q_kinds`: bit 1 person, 2 organisation, 4 vessel: kinds of entries searched. `counters` keep the
    marks of earlier calls apart; the last five arrays are the caller's scratch.
    """
    S = np.zeros((kernel.MAX, kernel.MAX))
    rows = np.zeros((6, 64), np.int64)
    pairs = np.zeros((2 * kernel.MAX + 2, kernel.PAIR_WIDTH))
    penalties = np.zeros(kernel.PENALTIES)
    letters = np.zeros(64, np.uint8)
    q_keys = np.zeros(keys.TOKEN_KEYS, np.uint32)
    near_rows = np.zeros(SIMILAR, np.int32)
    near_sims = np.zeros(SIMILAR)
    weights = np.zeros(kernel.MAX)
    out_q, out_n, out_s = np.empty(1024, np.int32), np.empty(1024, np.int32), np.empty(1024)
    found = 0
    for q in range(len(q_starts) - 1):
        tok = q_toks[q_starts[q] : q_starts[q + 1]]
        size = min(len(tok), kernel.MAX)
        tok = tok[:size]
        base = counters[0] + 1
        mark = base
        whole = 0.0
        for k in range(size):
            weights[k] = search_weight(Q[1][tok[k], 0])
            whole += weights[k]
        if whole == 0.0:
            for k in range(size):
                weights[k] = 1.0
            whole = float(size)
        n = 0
        for k in range(size):
            if weights[k] == 0.0:
                continue
            n_keys = keys.token_keys(Q[0][tok[k]], Q[1][tok[k]], True, q_keys)
            counters[1] += 1
            close = _similar(
                Q,
                tok[k],
                q_keys,
                n_keys,
                V,
                table,
                P[0],
                rows,
                stamps,
                counters[1],
                near_rows,
                near_sims,
            )
            mark += 1
            for c in range(close):
                t = near_rows[c]
                for r in range(post_begin[t], post_begin[t + 1]):
                    n = _credit(
                        post_rows[r], weights[k] * near_sims[c], mark, base, acc, marks, touched, n
                    )
        n = _joined_words(
            Q,
            tok,
            weights,
            V,
            table,
            name_table,
            P[0],
            rows,
            letters,
            q_keys,
            mark,
            base,
            acc,
            marks,
            touched,
            n,
            post_begin,
            post_rows,
        )
        mark += 3 * kernel.MAX + 1
        n = _initials(
            Q,
            tok,
            V,
            table,
            name_table,
            whole,
            letters,
            q_keys,
            mark,
            base,
            acc,
            marks,
            touched,
            n,
            post_begin,
            post_rows,
            name_weight,
        )
        counters[0] = mark + 1
        kept = 0
        for k in range(n):
            row = touched[k]
            if n_kinds[row] & q_kinds[q] and acc[row] >= floor * min(whole, name_weight[row]):
                touched[kept] = row
                kept += 1
        if most and kept > most:
            kept = _best_first(touched, kept, acc, name_weight, whole, most)
        for k in range(kept):
            row = touched[k]
            theirs = n_toks[n_starts[row] : n_starts[row + 1]]
            score = 0.0
            for kind in range(3):
                if n_kinds[row] & (1 << kind):
                    s = kernel.align(Q, tok, V, theirs, kind, P, S, rows, pairs, penalties)[0]
                    score = max(score, s)
            if score >= least:
                if found == len(out_q):
                    out_q = np.concatenate((out_q, np.empty(found, np.int32)))
                    out_n = np.concatenate((out_n, np.empty(found, np.int32)))
                    out_s = np.concatenate((out_s, np.empty(found)))
                out_q[found], out_n[found], out_s[found] = q, row, score
                found += 1
    return out_q[:found], out_n[:found], out_s[:found]
