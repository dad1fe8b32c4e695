"""Finds the listed names that may match a query. The first step finds the listed words that are similar to a
word of the query. The second step looks up the names that contain the similar words. To look up names, the
module uses postings: for each word, the list of the names that contain the word.

All names that contain a rare word of the query are examined. A name that contains only frequent words of the
query cannot reach the threshold and is not examined. Each posting has 8 bytes that describe its name and up
to three other words of the name. The bytes of a posting are sufficient to exclude most names without reading
the names themselves. Excluding names early saves time, because almost every access to a name in a list of a
million names causes a cache miss.
"""

# Token tables are named T, M, H and X, followed by the letter of their side.
# ruff: noqa: N803, N806

from __future__ import annotations

import numpy as np

from vedette.screening.names import keys, words
from vedette.screening.names.jit import compiled, inlined, making, prefetch
from vedette.screening.names.sounds import (
    FOLD,
    FOLD_SIZE,
    SCRATCH,
    SPELLING_SIZE,
    Array,
    Arrays,
    length,
)
from vedette.screening.names.tokens import (
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

#: The number of integer units in a weight of 1.
UNIT = 1024
#: The number of units in a rough weight of 1: less than 256, because rough weights are stored as bytes.
ROUGH = 200
#: If only one of the two names has a word, this share of its weight is added to the weight that must be
#: covered. The share is `ONE_SIDED_LONE` if the paired words weigh less than `FEW` together (as in
#: `kernel.sum_up`).
ONE_SIDED, ONE_SIDED_LONE, FEW = 0.2, 0.55, 1.5
#: A name with less weight is always examined, whatever its other words are.
LONE = 1.59
#: The score of a candidate may exceed the estimate from its covered weight by this much.
SLACK = 0.04
#: The bits of a name: its weight in fifths, the known facts of its entry (from `FACTS` on), its kinds (from
#: `KINDS` on), and whether it has more words than a posting contains.
FIFTHS, FACTS, KINDS, MORE = 127, 7, 10, 1 << 13
#: The bits that determine the weight that a name must cover: its own weight and the known facts.
DECISIVE = (1 << KINDS) - 1
#: The slot of a word is its number modulo `SLOTS`. A posting contains the slots of up to `TOLD` other words
#: of its name.
SLOTS, TOLD = 1 << 15, 3
#: Fills the free places of a posting whose name has fewer other words.
NONE = 0xFFFF
#: The state of a name during a query. This bit is set if the name was found. The lower bits contain the
#: weight covered by joined words or initials.
TOUCHED = 1 << 14
#: Greater than the coverage of any name.
NEVER = 32_000
#: The fields of a node: word, position of the similar query word, gain, next node of its slot.
NODE = 4


@inlined
def needed(whole: float, theirs: float) -> float:
    """Returns the weight that the words of a name should cover. `whole` is the weight of the query, and
    `theirs` is the weight of the name."""
    return min(whole, theirs) + ONE_SIDED * abs(whole - theirs)


@inlined
def possible(acc: float, paired: float, whole: float, theirs: float) -> float:
    """Returns the maximum score of a name that covers the weight `acc`.

    Both `acc` and `paired` are maximum weights of the query words that agree with words of the name. In
    `acc`, each weight is multiplied by the similarity of the two words. In `paired`, the weight is not
    multiplied, because the influence of the unpaired words on the score depends on the weights alone (`FEW`).
    """
    conflict = max(min(whole, theirs) - acc, 0.0)
    share = ONE_SIDED_LONE if paired < FEW else ONE_SIDED
    return acc / (acc + conflict + share * abs(whole - theirs)) - 0.17 * min(1.0, conflict)


@inlined
def weight(about: int) -> float:
    """Reads the weight of a name from its bits."""
    return ((about & FIFTHS) * UNIT // 5) / UNIT


@making
def postings(
    starts: Array, toks: Array, about: Array, begin: Array, middle: Array, rows: Array, told: Array
) -> None:
    """Builds the postings: for each token, the names that contain it. The names with a weight below `LONE`
    come first (up to `middle`), and the other names follow. A posting contains the row of a name, up to three
    other words of the name, and the bits that describe the name.
    """
    for name in range(len(starts) - 1):
        for k in range(starts[name], starts[name + 1]):
            begin[toks[k] + 1] += 1
    for t in range(len(begin) - 1):
        begin[t + 1] += begin[t]
    at = begin[:-1].copy()
    for turn in range(2):
        for name in range(len(starts) - 1):
            if (weight(about[name]) < LONE) == (turn == 0):
                first, last = starts[name], starts[name + 1]
                for k in range(first, last):
                    place = at[toks[k]]
                    at[toks[k]] = place + 1
                    rows[place] = name
                    told[place] = _told(toks, first, last, k) | np.int64(about[name]) << 48
        if turn == 0:
            middle[:] = at


@inlined
def _told(toks: Array, first: int, last: int, own: int) -> int:
    """Returns the hash-table slots of up to three words of a name, with 16 bits for each slot. The word at
    position `own` is left out.
    """
    found: int = 0
    n = 0
    for k in range(first, last):
        if k != own and n < TOLD:
            found |= int(toks[k] & (SLOTS - 1)) << 16 * n
            n += 1
    while n < TOLD:
        found |= NONE << 16 * n
        n += 1
    return found


@compiled
def similar_words(tok: Array, begin: Array) -> int:
    """Returns the number of listed words that are similar to words of the query."""
    total = 0
    for k in range(len(tok)):
        total += begin[tok[k] + 1] - begin[tok[k]]
    return total


@compiled
def lay_out(
    tok: Array, weights: Array, close: Arrays, post_told: Array, worth: Array, heads: Array,
    nodes: Array,
) -> int:  # fmt: skip
    """Stores the similar listed words in a hash table, by the number of the word. For each slot of the table,
    stores a linked list of nodes, and the greatest rough weight that a word of the slot covers. Returns the
    number of nodes in the hash table.
    """
    begin, rows, sims, spans = close
    n = 0
    for k in range(len(tok)):
        for c in range(begin[tok[k]], begin[tok[k] + 1] if weights[k] else 0):
            prefetch(post_told, spans[c, 0])
            gain, slot = int(UNIT * weights[k] * sims[c]), rows[c] & (SLOTS - 1)
            worth[slot] = max(worth[slot], gain * ROUGH // UNIT + 1)
            at = NODE * n
            nodes[at], nodes[at + 1], nodes[at + 2], nodes[at + 3] = rows[c], k, gain, heads[slot]
            n += 1
            heads[slot] = n
    return n


@compiled
def clear(worth: Array, heads: Array, nodes: Array, n: int) -> None:
    """Removes the data that `lay_out` stored in `worth` and `heads`."""
    for node in range(n):
        slot = nodes[NODE * node] & (SLOTS - 1)
        worth[slot] = heads[slot] = 0


@inlined
def coverage(
    toks: Array, first: int, last: int, order: Array, opened: int, heads: Array, nodes: Array,
    weights: Array, best: Array,
) -> tuple[int, int, float, float]:  # fmt: skip
    """Returns four weights of a name. The first two weights are multiplied by similarities and are measured
    in whole units: the total covered weight of the first `opened` query words, and the total weight of the
    words of the name that are similar to a query word. The last two weights are the same totals, but they are
    floating-point numbers and are not multiplied by similarities.
    """
    best[:] = 0
    plain = held = 0
    ours = theirs = 0.0
    for at in range(first, last):
        node, top, heaviest = heads[toks[at] & (SLOTS - 1)], 0, 0.0
        while node:
            place = NODE * (node - 1)
            if nodes[place] == toks[at]:
                k, gain = nodes[place + 1], nodes[place + 2]
                best[k] = max(best[k], gain)
                top, heaviest = max(top, gain), max(heaviest, weights[k])
            node = nodes[place + 3]
        held += top
        theirs += heaviest
    for place in range(opened):
        k = order[place]
        plain += best[k]
        ours += weights[k] if best[k] else 0.0
    return plain, held, ours, theirs


@compiled
def _enough(whole: float, theirs: float, least: float) -> int:
    """Returns the minimum rough weight that a name must cover to reach the score `least`."""
    low, high = 0, int(ROUGH * whole) + 1
    paired = min(whole, theirs)
    if possible(whole, paired, whole, theirs) + SLACK < least:
        return NEVER
    while low < high:
        middle = (low + high) // 2
        if possible(min(middle / ROUGH, whole), paired, whole, theirs) + SLACK + 1e-9 >= least:
            high = middle
        else:
            low = middle + 1
    return low


@inlined
def _scan(
    first: int, last: int, own: int, bound: int, kinds: int, whole: float, lowest: Array,
    post_rows: Array, post_told: Array, worth: Array, enough: Array,
    state: Array, n_starts: Array, touched: Array, n: int,
) -> int:  # fmt: skip
    """Examines the postings `first` to `last` of one word. Adds a name to the list `touched` if the words of
    the name may cover enough weight. `own` is the rough weight that this word covers. `bound` is the maximum
    rough weight that all words together cover.
    """
    for r in range(first, last):
        told = post_told[r]
        about = told >> 48
        if not about >> KINDS & kinds:
            continue
        held = own + int(worth[told & 0xFFFF]) + int(worth[told >> 16 & 0xFFFF])
        held += int(worth[told >> 32 & 0xFFFF])
        if held > bound or about & MORE:
            held = bound
        key = about & DECISIVE
        if enough[key] == 0:
            enough[key] = 1 + _enough(whole, weight(about), lowest[key >> FACTS])
        if held < enough[key] - 1:
            continue
        row = post_rows[r]
        if not state[row]:
            state[row] = TOUCHED
            touched[n] = row
            prefetch(n_starts, row)
            n += 1
    return n


@inlined
def _rough(units: float) -> int:
    """Converts a weight to a rough weight (see `ROUGH`), rounded up."""
    return int(ROUGH * units) + 1


@compiled
def order_words(tok: Array, close: Arrays, order: Array, costs: Array) -> None:
    """Orders the query words by the number of their postings, the fewest first."""
    begin, _, _, spans = close
    for k in range(len(tok)):
        cost = 0
        for c in range(begin[tok[k]], begin[tok[k] + 1]):
            cost += spans[c, 2] - spans[c, 0]
        place = k
        while place > 0 and costs[place - 1] > cost:
            costs[place], order[place] = costs[place - 1], order[place - 1]
            place -= 1
        costs[place], order[place] = cost, k


@compiled
def frequent(
    size: int, weights: Array, order: Array, whole: float, least: float
) -> tuple[int, float]:
    """Divides the ordered query words into rare and frequent words. A name that contains only frequent words
    cannot reach the score `least`. Returns the number of rare words and the weight of the frequent words."""
    rest = whole
    for place in range(size):
        if weights[order[place]] > 0.0:
            if possible(rest, rest, whole, max(rest, LONE)) + SLACK < least:
                return place, rest
            rest -= weights[order[place]]
    return size, 0.0


@compiled
def gather(
    tok: Array, weights: Array, order: Array, opened: int, skipped: float, whole: float, least: float,
    lowest: Array, kinds: int, close: Arrays, posts: Arrays, worth: Array, enough: Array,
    state: Array, n_starts: Array, touched: Array,
) -> int:  # fmt: skip
    """Fills the list `touched` with the names that contain words similar to query words. Returns the number
    of names in `touched`.

    The query words are processed from the rarest to the most frequent. The names that contain a word are
    skipped if this word and the later words together (`reach`) cannot cover enough weight. Names with a
    weight below `LONE` are always examined.
    """
    begin, rows, sims, spans = close
    _, _, post_rows, post_told = posts
    enough[:] = 0
    rest = paired = skipped
    for place in range(opened):
        k = order[place]
        if begin[tok[k]] < begin[tok[k] + 1]:
            rest += weights[k] * sims[begin[tok[k]]]
            paired += weights[k]
    n = 0
    for place in range(len(tok)):
        k = order[place]
        first, last = begin[tok[k]], begin[tok[k] + 1]
        if weights[k] == 0.0 or first == last:
            continue
        if place < opened:
            rest -= weights[k] * sims[first]
        for c in range(first, last):
            gain = weights[k] * sims[c]
            own, most = int(worth[rows[c] & (SLOTS - 1)]), _rough(whole)
            n = _scan(
                spans[c, 0], spans[c, 1], own, most, kinds, whole, lowest,
                post_rows, post_told, worth, enough, state, n_starts, touched, n,
            )  # fmt: skip
            reach = min(gain + rest + 1e-6, whole)
            theirs = max(reach, LONE)
            if place < opened and possible(reach, paired, whole, theirs) + SLACK >= least:
                n = _scan(
                    spans[c, 1], spans[c, 2], own, _rough(reach), kinds, whole, lowest,
                    post_rows, post_told, worth, enough, state, n_starts, touched, n,
                )  # fmt: skip
        if place < opened:
            paired -= weights[k]
    return n


#: The state of a listed word has two numbers. The first number contains the brief of the word (size, flags,
#: whether the word has equivalents) and the number of the last query word with which it was compared. With
#: the brief, most words are excluded before they are read. The second number contains the letters of the
#: word.
WORD, LETTERS, MARK = 2, 1, 32
_BRIEF = (1 << MARK) - 1


@inlined
def search_weight(flags: int) -> float:
    """Returns the weight of a token in the search for candidates. The weight is 0 for tokens that do not
    identify anybody, such as titles."""
    if flags & (PARTICLE | LEGAL | HONORIFIC | INITIAL):
        return 0.0
    if flags & (NUMBER | PREFIX):
        return 0.4
    return 0.6 if flags & GENERIC else 0.8 if flags & COMMON else 1.0


@compiled
def describe(
    M: Array, starts: Array, toks: Array, entries: Array, known: Array, kinds: Array, out: Array
) -> None:
    """Computes the bits that describe each name: its search weight, the known facts of its entry, and its
    kinds. The search weight is the sum of the weights of the tokens, or 1 if all weights are 0.
    """
    for name in range(len(starts) - 1):
        fifths = 0
        for k in range(starts[name], starts[name + 1]):
            fifths += int(5.0 * search_weight(M[12 * toks[k]]) + 0.5)
        about = fifths if fifths else 5
        about |= (known[entries[name]] << FACTS) | (kinds[name] << KINDS)
        out[name] = about | (MORE if starts[name + 1] - starts[name] > TOLD + 1 else 0)


@compiled
def briefs(T: Array, M: Array, X: Array, state: Array) -> None:
    """Computes the initial state of each listed word (see `WORD`)."""
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
    """Fills `found` with the words that have any of the given keys, possibly with repetitions. Returns the
    number of words found, which may exceed the size of `found`.
    """
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
    """Removes the repeated words from `found`, and the words that the summary in `state` excludes. Returns
    the number of remaining words.
    """
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
    """Finds the listed tokens that are similar to each query token, the most similar first. Returns four
    arrays: the start of the results of each query token, the rows of the similar tokens, their similarities,
    and the positions of their postings. Each position consists of three indexes: the start of the postings,
    the end of the names with a weight below `LONE`, and the end of the postings.
    """
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


#: Minimum similarity of a joined word in the search for candidates.
JOINED_SIM = 0.8
#: Maximum number of runs of query words that are joined, and of all their keys.
RUNS, KEYS = 48, 1024
#: Kinds of names that have acronyms: organisations.
_ORGANIZATIONS = 2 << KINDS


@inlined
def _credit(row: int, covered: float, state: Array, touched: Array, n: int) -> int:
    """Records, in tenths, the part of the weight of a name that is matched by joined words or initials. If
    such a weight is already recorded for a name, the second weight is not recorded, because the same words
    may match both as joined words and as initials."""
    seen = state[row]
    if seen & (TOUCHED - 1):
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
    """Computes the look-up keys of all sequences ("runs") of up to three query words. Returns the number of
    sequences. A row of `runs` contains the first word of the sequence and the number of its words. The row
    also contains two indexes: the end of its keys in `word_keys` (for listed words) and the end of its keys
    in `name_keys` (for listed names).
    """
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
    """Finds names that are divided into words differently from the query. Joins two or three query words and
    compares them with listed words. Also compares query words with joined listed words.
    """
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
    """Finds acronyms of organisations. Compares short query words with the initials of listed names, and the
    initials of the query with listed words."""
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
                    covered = min(whole, weight(about[row]))
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
