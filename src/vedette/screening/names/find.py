"""Finds the names that match a query. A name is a candidate if the query words that it contains have enough
weight. The candidates are then scored by pairing their words with the query words (alignment).

Every name that can reach the threshold with its covered weight and its evidence is scored. The number of
results is limited only if the caller requests the best few names (`most`).
"""

# Token tables are named T, M, H and X, followed by the letter of their side.
# ruff: noqa: N803, N806

from __future__ import annotations

import numpy as np

from vedette.screening.names import candidates, evidence, kernel
from vedette.screening.names.jit import compiled, inlined, making, prefetch
from vedette.screening.names.sounds import SCRATCH, Array, Arrays

#: Minimum score if the caller requests the best few names instead of hits.
LOW_SCORE = 0.05


@inlined
def points(
    born: Array, country: Array, sex: Array, q: int, kinds: Array, birth_starts: Array,
    births: Array, country_starts: Array, countries: Array, sexes: Array, entry: int,
) -> float:  # fmt: skip
    """Returns the sum of the points of all evidence except the name. `compare.facts` returns the points of
    each piece of evidence separately.
    """
    total = 0.0
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
            total += best
        elif not kinds[entry] & 1:
            total += evidence.NOT_A_PERSON
    if country[q] >= 0:
        total += evidence.country_points(
            country[q], countries, country_starts[entry], country_starts[entry + 1]
        )
    return total + evidence.sex_points(sex[q], sexes[entry])


@compiled
def _hopes(asked: Arrays, q: int, threshold: float, lowest: Array) -> None:
    """Computes the minimum score that a name needs to become a hit with the best possible evidence. Writes
    the minimum score into `lowest` for each combination of known facts of an entry (bits `BORN`, `FROM` and
    `SEXED`).
    """
    _, _, _, born, country, sex = asked
    for facts in range(len(lowest)):
        hope = evidence.SAME_DAY if facts & evidence.BORN and born[q, 0] else 0.0
        hope += evidence.SAME_COUNTRY if facts & evidence.FROM and country[q] >= 0 else 0.0
        hope += evidence.SAME_SEX if facts & evidence.SEXED and sex[q] else 0.0
        lowest[facts] = evidence.needed(threshold, hope)


@making
def _best_first(
    touched: Array, n: int, about: Array, covers: Array, whole: float, most: int
) -> int:  # fmt: skip
    """Moves the `most` names with the greatest coverage to the front of `touched`."""
    ratio = np.empty(n, np.float64)
    for k in range(n):
        theirs = candidates.weight(about[touched[k]])
        ratio[k] = (
            -int(candidates.UNIT * covers[k]) / candidates.UNIT / candidates.needed(whole, theirs)
        )
    best = touched[np.argsort(ratio)[:most]].copy()
    touched[: len(best)] = best
    return len(best)


@compiled
def _weigh(tok: Array, MQ: Array, weights: Array) -> float:
    """Computes the search weights of the query words, and returns the sum of these weights. If no word has a
    weight, each word gets the weight 1.
    """
    whole = 0.0
    for k in range(len(tok)):
        weights[k] = candidates.search_weight(MQ[12 * tok[k]])
        whole += weights[k]
    if whole == 0.0:
        weights[:] = 1.0
        whole = float(len(tok))
    return whole


@compiled
def _keep(
    asked: Arrays, q: int, names: Arrays, facts: Arrays, lowest: Array, threshold: float, most: int,
    whole: float, skipped: float, order: Array, opened: int, size: int, desk: Arrays,
    weights: Array, best: Array, touched: Array, n: int, wanted: Array, covers: Array,
) -> int:  # fmt: skip
    """Selects the names in `touched` whose coverage and evidence are sufficient for a possible hit, and moves
    these names to the front. Returns the number of selected names. For each selected name, writes the score
    that the name needs into `wanted`, and the weight that the name covers into `covers`.
    """
    n_starts, n_toks, n_entries, about = names
    _, _, q_kinds, born, country, sex = asked
    e_kinds, birth_starts, births, country_starts, countries, sexes = facts
    state, _, heads, nodes = desk
    kept = 0
    for k in range(n):
        prefetch(n_toks, n_starts[touched[k]])
    for k in range(n):
        row = touched[k]
        what, joined = about[row], state[row] & (candidates.TOUCHED - 1)
        state[row] = 0
        if not what >> candidates.KINDS & q_kinds[q]:
            continue
        least, theirs = lowest[what >> candidates.FACTS & 7], candidates.weight(what)
        plain, held, ours, agreeing = candidates.coverage(
            n_toks, n_starts[row], n_starts[row + 1],
            order, size if theirs < candidates.LONE else opened, heads, nodes, weights, best,
        )  # fmt: skip
        bound = min(plain / candidates.UNIT + skipped, whole)
        covered = min(min(bound, held / candidates.UNIT) + 0.1 * joined, whole)
        paired = min(ours + skipped, agreeing) + 0.1 * joined
        hope = candidates.possible(covered, paired, whole, theirs) + candidates.SLACK
        if hope < least:
            continue
        if not most:
            least = evidence.needed(
                threshold,
                points(
                    born, country, sex, q, e_kinds, birth_starts, births, country_starts,
                    countries, sexes, n_entries[row],
                ),
            )  # fmt: skip
        if hope >= least and least <= 1.0:
            touched[kept], wanted[kept], covers[kept] = row, least, covered
            kept += 1
    return kept


@compiled
def _score(
    Q: Arrays, tok: Array, V: Arrays, words: Array, kinds: int, P: Array, S: Array, rows: Array,
    pairs: Array, penalties: Array,
) -> tuple[float, int]:  # fmt: skip
    """Scores the words of a listed name (`words`) separately for each kind of name in `kinds`. Returns the
    highest score, and the kind of name with which this score is reached.
    """
    score, best = 0.0, 0
    for kind in range(3):
        if kinds & (1 << kind):
            s = kernel.align(Q, tok, V, words, kind, P, S, rows, pairs, penalties)[0]
            if s > score:
                score, best = s, kind
    return score, best


@making
def search(
    Q: Arrays, asked: Arrays, close: Arrays, V: Arrays, table: Arrays, name_table: Arrays,
    posts: Arrays, names: Arrays, facts: Arrays, present: Array, P: Array, threshold: float,
    most: int, scratch: Arrays,
) -> Arrays:  # fmt: skip
    """Returns the pairs of a query and a name whose score with evidence reaches the threshold. The result has
    five arrays: the query, the name, the score of the name, the kind of name, and the points of the evidence.

    `asked` contains the data of the queries: starts, tokens, kinds (bits: 1 person, 2 organisation, 4
    vessel), birth dates, country and sex. `close` is the result of `candidates.similar` for the tokens of the
    queries. `names` contains the data of the listed names: starts, tokens, entries and bits
    (`candidates.describe`). `facts` contains the data of the entries: kinds, birth dates, countries and
    sexes. `present` marks the combinations of known facts that occur in the entries. `scratch` is working
    memory that the caller allocates. The memory contains the states of the names, the names found, the score
    that each name needs, and the weight that each name covers.
    """
    q_starts, q_toks, q_kinds, born, country, sex = asked
    e_kinds, birth_starts, births, country_starts, countries, sexes = facts
    n_starts, n_toks, n_entries, about = names
    state, touched, wanted, covers = scratch
    worth, heads = np.zeros(1 << 16, np.uint8), np.zeros(candidates.SLOTS, np.int32)
    nodes, enough = (
        np.empty(candidates.NODE * 1024, np.int32),
        np.zeros(1 << candidates.KINDS, np.int16),
    )
    order, costs = np.zeros(kernel.MAX, np.int32), np.zeros(kernel.MAX, np.int64)
    best_of = np.zeros(kernel.MAX, np.int64)
    S = np.zeros((kernel.MAX, kernel.MAX))
    rows = np.zeros(SCRATCH, np.int32)
    pairs = np.zeros((2 * kernel.MAX + 2, kernel.PAIR_WIDTH))
    penalties = np.zeros(kernel.PENALTIES)
    letters = np.zeros(64, np.uint8)
    desk = (
        np.zeros((candidates.RUNS, 4), np.int32), np.zeros(candidates.RUNS),
        np.zeros(candidates.KEYS, np.uint32), np.zeros(candidates.KEYS, np.uint32),
    )  # fmt: skip
    weights = np.zeros(kernel.MAX)
    lowest = np.full(len(present), LOW_SCORE)
    out_q, out_n, out_s = np.empty(1024, np.int32), np.empty(1024, np.int32), np.empty((1024, 2))
    out_k = np.empty(1024, np.int8)
    found = 0
    for q in range(len(q_starts) - 1):
        tok = q_toks[q_starts[q] : min(q_starts[q + 1], q_starts[q] + kernel.MAX)]
        size = len(tok)
        whole = _weigh(tok, Q[1], weights)
        if not most:
            _hopes(asked, q, threshold, lowest)
        least = 1.0
        for k in range(len(present)):
            least = min(least, lowest[k]) if present[k] else least
        room = candidates.NODE * candidates.similar_words(tok, close[0])
        if room > len(nodes):
            nodes = np.empty(2 * room, np.int32)
        n_nodes = candidates.lay_out(tok, weights, close, posts[3], worth, heads, nodes)
        candidates.order_words(tok, close, order, costs)
        opened, skipped = candidates.frequent(size, weights, order, whole, least)
        n = candidates.gather(
            tok, weights, order, opened, skipped, whole, least, lowest, q_kinds[q], close, posts,
            worth, enough, state, n_starts, touched,
        )  # fmt: skip
        n = candidates.joined_words(
            Q[0], Q[1], tok, weights, V[0], table, name_table, posts, P[0], rows, letters, desk,
            state, touched, n,
        )  # fmt: skip
        n = candidates.initials(
            Q[0], Q[1], tok, V[0], table, name_table, posts, about, whole, letters,
            state, touched, n,
        )  # fmt: skip
        kept = _keep(
            asked, q, names, facts, lowest, threshold, most, whole, skipped, order, opened, size,
            (state, worth, heads, nodes), weights, best_of, touched, n, wanted, covers,
        )  # fmt: skip
        candidates.clear(worth, heads, nodes, n_nodes)
        if most and kept > most:
            kept = _best_first(touched, kept, about, covers, whole, most)
        for k in range(kept):
            row = touched[k]
            words = n_toks[n_starts[row] : n_starts[row + 1]]
            kinds = about[row] >> candidates.KINDS & q_kinds[q]
            score, best = _score(Q, tok, V, words, kinds, P, S, rows, pairs, penalties)
            if score >= wanted[k] - 1e-6:
                if found == len(out_q):
                    out_q = np.concatenate((out_q, np.empty(found, np.int32)))
                    out_n = np.concatenate((out_n, np.empty(found, np.int32)))
                    out_s = np.concatenate((out_s, np.empty((found, 2))))
                    out_k = np.concatenate((out_k, np.empty(found, np.int8)))
                out_q[found], out_n[found], out_k[found] = q, row, best
                out_s[found, 0] = score
                out_s[found, 1] = points(
                    born, country, sex, q, e_kinds, birth_starts, births, country_starts,
                    countries, sexes, n_entries[row],
                )  # fmt: skip
                found += 1
    return out_q[:found], out_n[:found], out_s[:found, 0], out_k[:found], out_s[:found, 1]
