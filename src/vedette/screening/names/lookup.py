"""Looks up stored names in a database. The module computes the keys that are stored with a name, the keys by
which a typed name is looked up, and the scores of the names found.

The keys are hashes of the sounds of words, as 32-bit integers. The database finds the stored names that have
keys in common with a sufficient number of the typed words. `scores` compares only the names that the database
found, with the same scorer as the screening.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

import numpy as np

from vedette.screening.names import keys, text, tokens
from vedette.screening.names.candidates import search_weight
from vedette.screening.names.compare import Side, align
from vedette.screening.names.kernel import PERSON
from vedette.screening.names.tokens import COMMON, FLAGS

#: Maximum number of typed words that are looked up. A name must contain two of them, or the only one.
WORDS = 4
#: Maximum number of keys that are stored for one person.
MOST_KEYS = 120
#: What a word is: part of a stored name, one of several typed words, the only typed word.
STORED, TYPED, ONLY = range(3)
#: Number of words whose keys are kept.
_KEPT = 50_000


@functools.lru_cache(_KEPT)
def _keys(word: str, typed: int) -> tuple[tuple[int, ...], float, bool]:
    """Returns the keys of a token (`keys.stored_keys`), the search weight of the token, and whether the token
    is a frequent name."""
    table = tokens.build([word])
    flat, meta, *_ = table.arrays()
    flags = int(meta[FLAGS])
    weight = float(search_weight(flags))
    if not weight:
        return (), 0.0, False
    out = np.empty(keys.TOKEN_KEYS, np.uint32)
    count = keys.stored_keys(flat, meta, 0, typed, out)
    return tuple(sorted(set(out[:count].view(np.int32).tolist()))), weight, bool(flags & COMMON)


def stored(names: Iterable[str]) -> list[int]:
    """Returns the keys that are stored for the names of one person."""
    words = dict.fromkeys(
        word for name in names for reading in text.variants(name) for word in reading
    )
    found = dict.fromkeys(key for word in words for key in _keys(word, STORED)[0])
    return sorted(list(found)[:MOST_KEYS])


def asked(name: str) -> list[list[int]]:
    """Returns the keys of the typed words that are looked up: at most `WORDS` words, beginning with the
    rarest. The result is empty for a name that consists of one frequent word, because such a name would match
    too many people.
    """
    readings = text.variants(name)[:3]
    counted = sum(bool(_keys(word, STORED)[0]) for word in readings[0]) if readings else 0
    typed = ONLY if counted == 1 else TYPED
    found: list[tuple[bool, float, list[int]]] = []
    for place, word in enumerate(readings[0] if readings else ()):
        own, weight, common = _keys(word, typed)
        others = (
            _keys(reading[place], typed)[0]
            for reading in readings[1:]
            if len(reading) == len(readings[0])
        )
        if own:
            found.append(
                (common, -weight, sorted({*own, *(key for keys in others for key in keys)}))
            )
    if len(found) == 1 and found[0][0]:
        return []
    found.sort(key=lambda word: word[:2])
    return [own for _, _, own in found[:WORDS]]


def scores(name: str, people: Sequence[Sequence[str]]) -> list[float]:
    """For each person, returns the score of the best-matching name, computed in the same way as in the
    screening. A typed name of one word is compared with each word of a name.
    """
    ours = text.variants(name)
    single = sum(bool(_keys(word, STORED)[0]) for word in (ours[0] if ours else ())) < 2
    theirs: list[list[str]] = []
    owners: list[int] = []
    for owner, names in enumerate(people):
        for full in names:
            for reading in text.variants(full):
                parts = [[word] for word in reading] if single else [reading]
                theirs += parts
                owners += [owner] * len(parts)
    best = [0.0] * len(people)
    if not ours or not theirs:
        return best
    words = list(dict.fromkeys(word for side in (ours, theirs) for one in side for word in one))
    place = {word: row for row, word in enumerate(words)}
    table = tokens.build(words)

    def side(names: list[list[str]]) -> Side:
        starts = np.cumsum([0, *map(len, names)], dtype=np.int32)
        return Side(table, starts, np.array([place[w] for one in names for w in one], np.int32))

    left = [k for k in range(len(ours)) for _ in theirs]
    right = list(range(len(theirs))) * len(ours)
    done = align(side(ours), left, side(theirs), right, [PERSON] * len(left))
    for row, score in zip(right, done.scores, strict=True):
        best[owners[row]] = max(best[owners[row]], score)
    return best
