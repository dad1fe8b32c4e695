"""The search kernel: candidates by weighted coverage of the query's words, then the aligned score.

Every name that its covered weight and its evidence allow to reach the threshold is scored; nothing
is capped unless the caller asks for the best few (`most`).
"""

# Tables are called T, M, H and X, with the letter of their side.
# ruff: noqa: N803, N806

from __future__ import annotations

import numpy as np
from numba import njit

from vedette.screening.names import candidates, evidence, kernel, keys, sums
from vedette.screening.names.sounds import SCRATCH, Array, Arrays

#: Where the best few are asked for rather than hits: names from this score on.
LOW_SCORE = 0.05


@njit(cache=True)
def _evidence(asked: Arrays, q: int, facts: Arrays, entry: int) -> float:
    """Points of everything but the name: what `index.py` explains, term by term."""
    _, _, _, born, country, sex = asked
    kinds, birth_starts, births, country_starts, countries, sexes = facts
    points = 0.0
    if born[q, 0]:
        first, last = birth_starts[entry], birth_starts[entry + 1]
        if first < last:
            best = -9.0
            for k in range(first, last):
                best = max(
                    best,
                    evidence.birth_points(
                        born[q, 0], born[q, 1], births[3 * k], births[3 * k + 1], births[3 * k + 2]
                    ),
                )
            points += best
        elif not kinds[entry] & 1:
            points += evidence.NOT_A_PERSON
    if country[q] >= 0:
        points += evidence.country_points(
            country[q], countries, country_starts[entry], country_starts[entry + 1]
        )
    return points + evidence.sex_points(sex[q], sexes[entry])


@njit(cache=True)
def _best_first(touched: Array, n: int, state: Array, whole: float, most: int) -> int:
    """Keeps the `most` names of greatest coverage at the front of `touched`."""
    ratio = np.empty(n, np.float64)
    for k in range(n):
        at = candidates.STATE * touched[k]
        theirs = state[at + candidates.WEIGHT] / candidates.UNIT
        covered = state[at + candidates.COVERED] / candidates.UNIT
        ratio[k] = -covered / candidates.needed(whole, theirs)
    best = touched[np.argsort(ratio)[:most]].copy()
    touched[: len(best)] = best
    return len(best)


@njit(cache=True)
def search(
    Q: Arrays, asked: Arrays, V: Arrays, table: Arrays, name_table: Arrays, posts: Arrays, names: Arrays,
    facts: Arrays, P: Array, threshold: float, most: int, scratch: Arrays,
) -> Arrays:  # fmt: skip
    """(query, name, score of the name, kind) of every pair that reaches the threshold with its
    evidence, as four arrays.

    `asked`: starts, tokens, kinds (bits: 1 person, 2 organisation, 4 vessel), birth dates, country
    and sex of the queries; `names`: starts, tokens, kinds, weights, entries of the listed names;
    `facts`: kinds, birth dates, countries and sexes of the entries. `scratch` belongs to the caller:
    states and list of touched names, scores they need, marks and similarities of tokens, a counter
    that keeps calls apart.
    """
    q_starts, q_toks, q_kinds, q_born, q_country, _ = asked
    n_starts, n_toks, n_entries = names
    state, touched, wanted, stamps, token_sims, counters = scratch
    close = candidates.similar(Q, V, table, P[0], stamps, counters)
    order, costs = np.zeros(kernel.MAX, np.int32), np.zeros(kernel.MAX, np.int64)
    S = np.zeros((kernel.MAX, kernel.MAX))
    rows = np.zeros(SCRATCH, np.int32)
    pairs = np.zeros((2 * kernel.MAX + 2, kernel.PAIR_WIDTH))
    penalties = np.zeros(sums.PENALTIES)
    letters = np.zeros(64, np.uint8)
    q_keys = np.zeros(keys.TOKEN_KEYS, np.uint32)
    weights = np.zeros(kernel.MAX)
    out_q, out_n, out_s = np.empty(1024, np.int32), np.empty(1024, np.int32), np.empty(1024)
    out_k = np.empty(1024, np.int8)
    found = 0
    for q in range(len(q_starts) - 1):
        tok = q_toks[q_starts[q] : min(q_starts[q + 1], q_starts[q] + kernel.MAX)]
        base = mark = counters[0] + 1
        whole = 0.0
        for k in range(len(tok)):
            weights[k] = candidates.search_weight(Q[1][12 * tok[k]])
            whole += weights[k]
        if whole == 0.0:
            weights[:] = 1.0
            whole = float(len(tok))
        hope = evidence.SAME_SEX
        hope += evidence.SAME_DAY if q_born[q, 0] else 0.0
        hope += evidence.SAME_COUNTRY if q_country[q] >= 0 else 0.0
        lowest = LOW_SCORE if most else evidence.needed(threshold, hope)
        n, skipped = candidates.gather(
            tok, weights, whole, lowest, close, posts, stamps, token_sims, order, costs,
            mark, state, touched,
        )  # fmt: skip
        mark += kernel.MAX + 1
        n = candidates.joined_words(
            Q[0], Q[1], tok, weights, V[0], table, name_table, posts, P[0], rows, letters, q_keys,
            mark, base, state, touched, n,
        )  # fmt: skip
        mark += 3 * kernel.MAX + 1
        n = candidates.initials(
            Q[0], Q[1], tok, V[0], table, name_table, posts, whole, letters,
            mark, base, state, touched, n,
        )  # fmt: skip
        counters[0] = mark + 1
        kept = 0
        for k in range(n):
            row = touched[k]
            at = candidates.STATE * row
            theirs = state[at + candidates.WEIGHT] / candidates.UNIT
            if state[at + candidates.KINDS] & q_kinds[q]:
                joint = state[at + candidates.COVERED] // candidates.JOINT
                plain = state[at + candidates.COVERED] % candidates.JOINT
                bound = min(plain / candidates.UNIT + skipped, whole)
                best = min(bound + 0.1 * joint, whole)
                if candidates.possible(best, whole, theirs) + candidates.SLACK < lowest:
                    continue
                least = LOW_SCORE
                if not most:
                    least = evidence.needed(threshold, _evidence(asked, q, facts, n_entries[row]))
                    if least > 1.0:
                        continue
                held = candidates.covered(
                    n_toks, n_starts[row], n_starts[row + 1], base, stamps, token_sims
                )
                best = min(min(bound, held) + 0.1 * joint, whole)
                if candidates.possible(best, whole, theirs) + candidates.SLACK >= least:
                    touched[kept] = row
                    wanted[kept] = least
                    state[at + candidates.COVERED] = int(candidates.UNIT * best)
                    kept += 1
        if most and kept > most:
            kept = _best_first(touched, kept, state, whole, most)
        for k in range(kept):
            row = touched[k]
            words = n_toks[n_starts[row] : n_starts[row + 1]]
            score, best = 0.0, 0
            for kind in range(3):
                if state[candidates.STATE * row + candidates.KINDS] & q_kinds[q] & (1 << kind):
                    s = kernel.align(Q, tok, V, words, kind, P, S, rows, pairs, penalties)[0]
                    if s > score:
                        score, best = s, kind
            if score >= wanted[k] - 1e-6:
                if found == len(out_q):
                    out_q = np.concatenate((out_q, np.empty(found, np.int32)))
                    out_n = np.concatenate((out_n, np.empty(found, np.int32)))
                    out_s = np.concatenate((out_s, np.empty(found)))
                    out_k = np.concatenate((out_k, np.empty(found, np.int8)))
                out_q[found], out_n[found], out_s[found], out_k[found] = q, row, score, best
                found += 1
    return out_q[:found], out_n[:found], out_s[:found], out_k[:found]
