"""Two names against each other, without a list."""

from __future__ import annotations

import threading

import numpy as np

from vedette.screening.names import explain, kernel, text, tokens
from vedette.screening.names.model import Comparison

_KINDS = {
    "person": kernel.PERSON,
    "company": kernel.ORGANIZATION,
    "organization": kernel.ORGANIZATION,
    "organisation": kernel.ORGANIZATION,
    "publicbody": kernel.ORGANIZATION,
    "vessel": kernel.VESSEL_KIND,
    "aircraft": kernel.VESSEL_KIND,
}
_local = threading.local()


def scratch() -> explain.Scratch:
    """The scorer's buffers of this thread."""
    found: explain.Scratch | None = getattr(_local, "scratch", None)
    if found is None:
        found = _local.scratch = explain.Scratch()
    return found


def kind_of(schema: str | None) -> int | None:
    """The kind of name a schema has; `None` for LegalEntity, Unknown and what is not known."""
    return _KINDS.get((schema or "").strip().casefold())


def compare(name1: str, name2: str, schema: str | None = None) -> Comparison:
    """How alike two names are, 0 to 1, and why. The same threshold holds as in a search.

    `schema` is Person, Company, Organization, Vessel …; LegalEntity or none leaves open whether it
    is a person: words of organisations (a legal form, `group`, `bank`) then decide.
    """
    ours, theirs = text.variants(name1), text.variants(name2)
    if not ours or not theirs:
        return Comparison(0.0)
    words = list(dict.fromkeys(w for v in (*ours, *theirs) for w in v))
    place = {word: row for row, word in enumerate(words)}
    table = tokens.build(words)
    kind = kind_of(schema)
    if kind is None:
        flags = int(np.bitwise_or.reduce(table.meta[:, tokens.FLAGS]))
        kind = kernel.ORGANIZATION if flags & (tokens.LEGAL | tokens.GENERIC) else kernel.PERSON
    rows_a = [np.array([place[w] for w in v], np.int32) for v in ours]
    rows_b = [np.array([place[w] for w in v], np.int32) for v in theirs]
    buffers = scratch()
    pairs = [(a, b) for a in rows_a for b in rows_b]
    scores = [explain.score(table, a, table, b, kind, buffers)[0] for a, b in pairs]
    a, b = pairs[scores.index(max(scores))]
    value, found = explain.terms(table, a, table, b, kind, buffers)
    return Comparison(value, tuple(found))
