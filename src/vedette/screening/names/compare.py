"""Compares two names without a list."""

from __future__ import annotations

import numpy as np

from vedette.screening.names import columns, explain, sums, text, tokens
from vedette.screening.names.model import Comparison
from vedette.screening.names.tokens import GENERIC, LEGAL

#: The bits of a schema → the kind of name. LegalEntity, Unknown and unknown schemata are absent.
_KINDS = {
    columns.PERSONS: sums.PERSON,
    columns.ORGANIZATIONS: sums.ORGANIZATION,
    columns.VESSELS: sums.VESSEL_KIND,
}


def compare(name1: str, name2: str, schema: str | None = None) -> Comparison:
    """The similarity of two names, 0 to 1, with its explanation. The threshold of a comparison is the same as
    in a search.

    `schema` is Person, Company, Organization, Vessel …; with LegalEntity or without a schema, the names are
    compared as organisations if one of them contains a word of organisations (a legal form, `group`, `bank`),
    else as persons.
    """
    ours, theirs = text.variants(name1), text.variants(name2)
    if not ours or not theirs:
        return Comparison(0.0)
    words = list(dict.fromkeys(w for v in (*ours, *theirs) for w in v))
    place = {word: row for row, word in enumerate(words)}
    table = tokens.build(words)
    kind = _KINDS.get(columns.kind_bits(schema))
    if kind is None:
        flags = int(np.bitwise_or.reduce(table.meta[:, tokens.FLAGS]))
        kind = sums.ORGANIZATION if flags & (LEGAL | GENERIC) else sums.PERSON
    a, b = _side(table, place, ours), _side(table, place, theirs)
    left = [i for i in range(len(ours)) for _ in theirs]
    right = [j for _ in ours for j in range(len(theirs))]
    done = explain.align(a, left, b, right, [kind] * len(left))
    best = done.scores.index(max(done.scores))
    found = explain.terms(done, best, a.words(left[best]), b.words(right[best]))
    return Comparison(done.scores[best], tuple(found))


def _side(table: tokens.Tokens, place: dict[str, int], names: list[list[str]]) -> explain.Side:
    starts = np.cumsum([0, *map(len, names)], dtype=np.int32)
    return explain.Side(table, starts, np.array([place[w] for n in names for w in n], np.int32))
