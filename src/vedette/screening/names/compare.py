"""Compares names and explains the scores. An explanation is a list of terms whose contributions add up to the
score.

`compare` compares two names that the caller supplies. `Reasons` explains, on demand, why entries match
queries."""

from __future__ import annotations

import functools
from collections.abc import Set
from dataclasses import dataclass
from typing import Any

import numpy as np

from vedette.core import codes
from vedette.screening.names import columns, evidence, kernel, text, tokens
from vedette.screening.names.columns import Columns
from vedette.screening.names.model import Comparison, Query, Relation, Term
from vedette.screening.names.sounds import SPELLING_SIZE, Array
from vedette.screening.names.tokens import GENERIC, LEGAL, Tokens
from vedette.screening.names.weights import WEIGHTS

_PENALTIES: tuple[tuple[int, str, Relation, bool], ...] = (
    (kernel.CONFLICT, "replaced", "≠", True),
    (kernel.EXTRA, "left_out", "–", True),
    (kernel.NUMBERS, "number", "≠", True),
    (kernel.PATRONYM, "order", "≠", False),
    (kernel.LEGAL_FORM, "legal_form", "≠", False),
    (kernel.THIN, "initials", "≠", False),
)
#: The bits of a schema → the kind of name. LegalEntity, Unknown and unknown schemata are absent.
_KINDS = {
    columns.PERSONS: kernel.PERSON,
    columns.ORGANIZATIONS: kernel.ORGANIZATION,
    columns.VESSELS: kernel.VESSEL_KIND,
}


@dataclass(frozen=True, slots=True)
class Side:
    """The names on one side of a comparison: a table of tokens, and the tokens of each name (starts and
    rows).
    """

    table: Tokens
    starts: Array
    rows: Array

    def words(self, name: int) -> list[str]:
        """Returns the spellings of the tokens of a name."""
        found = self.table.text[self.rows[self.starts[name] : self.starts[name + 1]]]
        return [bytes(row[: row[SPELLING_SIZE]]).decode("ascii") for row in found]


@dataclass(frozen=True, slots=True)
class Alignments:
    """The results of the scorer for many pairs of names."""

    scores: list[float]
    pairs: list[Any]
    penalties: list[list[float]]


def align(
    ours: Side, left: list[int], theirs: Side, right: list[int], kinds: list[int]
) -> Alignments:
    """For each `k`, scores the name `left[k]` of `ours` against the name `right[k]` of `theirs`, as names of
    the kind `kinds[k]`.
    """
    scores, counts, pairs, penalties = kernel.align_all(
        ours.table.arrays(),
        ours.starts,
        ours.rows,
        np.array(left, np.int32),
        theirs.table.arrays(),
        theirs.starts,
        theirs.rows,
        np.array(right, np.int32),
        np.array(kinds, np.int8),
        WEIGHTS,
    )
    found = [pairs[k, :count].tolist() for k, count in enumerate(counts.tolist())]
    return Alignments(scores.tolist(), found, penalties.tolist())


def terms(
    done: Alignments, k: int, ours: list[str], theirs: list[str], surname: Set[str] = frozenset()
) -> list[Term]:
    """Returns the terms that explain the score of pair `k`. Words of `ours` that occur in `surname` are
    labelled as surname, and other words are labelled as given names."""
    pairs = done.pairs[k]
    whole = sum(pair[5] for pair in pairs)
    if not whole:
        return [Term("name", " ".join(ours), " ".join(theirs), "≠", 0.0)]
    found: list[Term] = []
    free_a, free_b = list[str | None](ours), list[str | None](theirs)
    for i, size_i, j, size_j, sim, weight in pairs:
        mine, other = slice(int(i), int(i + size_i)), slice(int(j), int(j + size_j))
        word = " ".join(ours[mine])
        free_a[mine] = [None] * int(size_i)
        free_b[other] = [None] * int(size_j)
        name = "name" if not surname else "surname" if word in surname else "given"
        relation: Relation = "=" if sim == 1.0 else "≈"
        found.append(Term(name, word, " ".join(theirs[other]), relation, sim * weight / whole))
    left = " ".join(filter(None, free_a)) or None, " ".join(filter(None, free_b)) or None
    for which, name, sign, shown in _PENALTIES:
        taken = done.penalties[k][which]
        if taken > 0:
            found.append(Term(name, *(left if shown else (None, None)), sign, -taken))
    return settled(found, done.scores[k])


def settled(found: list[Term], value: float) -> list[Term]:
    """Reduces the penalties if they would make the score negative, so that the terms add up to the score."""
    gained = sum(t.contribution for t in found if t.contribution > 0)
    lost = -sum(t.contribution for t in found if t.contribution < 0)
    if lost <= 0 or abs(gained - lost - value) < 1e-9:
        return found
    share = (gained - value) / lost
    return [t if t.contribution >= 0 else t.scaled(share) for t in found]


def compare(name1: str, name2: str, schema: str | None = None) -> Comparison:
    """Returns the similarity of two names, from 0 to 1, with its explanation. The threshold is the same as in
    a search.

    `schema` is the kind of the names: Person, Company, Organization, Vessel … If `schema` is LegalEntity or
    None, the kind of the names depends on their words. If one of the names contains a word that is typical of
    organisations (a legal form, `group`, `bank`), the names are compared as organisations. Otherwise the
    names are compared as persons.
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
        kind = kernel.ORGANIZATION if flags & (LEGAL | GENERIC) else kernel.PERSON
    a, b = _side(table, place, ours), _side(table, place, theirs)
    left = [i for i in range(len(ours)) for _ in theirs]
    right = [j for _ in ours for j in range(len(theirs))]
    done = align(a, left, b, right, [kind] * len(left))
    best = done.scores.index(max(done.scores))
    found = terms(done, best, a.words(left[best]), b.words(right[best]))
    return Comparison(done.scores[best], tuple(found))


def _side(table: Tokens, place: dict[str, int], names: list[list[str]]) -> Side:
    return Side(
        table,
        np.cumsum([0, *map(len, names)], dtype=np.int32),
        np.array([place[word] for name in names for word in name], np.int32),
    )


#: Data of one match: query, number of the query's name, entry, listed name, kind, score of the name after the
#: deduction for weak aliases.
Kept = tuple[Query, int, int, int, int, float]


class Reasons:
    """Explains the matches of a batch of queries. All explanations are computed together when the first one
    is requested.
    """

    def __init__(self, asked: Side, listed: Side, cols: Columns) -> None:
        self._asked, self._listed, self._columns = asked, listed, cols
        self.kept: list[Kept] = []

    @functools.cached_property
    def _done(self) -> Alignments:
        _, rows, _, names, kinds, _ = zip(*self.kept, strict=True)
        return align(self._asked, list(rows), self._listed, list(names), list(kinds))

    def terms(self, place: int) -> tuple[Term, ...]:
        """Returns the terms that explain the match at position `place` of `kept`. The terms add up to the
        score of the match.
        """
        query, row, entry, name, _, score = self.kept[place]
        surname = frozenset(text.tokens(query.surname)) if query.surname else frozenset()
        found = terms(self._done, place, self._asked.words(row), self._listed.words(name), surname)
        if self._columns["name_weak"][name]:
            plain = self._done.scores[place]
            found.append(Term("weak_alias", None, None, "–", -min(evidence.WEAK_ALIAS, plain)))
        left, beside = evidence.terms(score, facts(query, self._columns, entry))
        return (*(term.scaled(left) for term in found), *beside)


def facts(query: Query, c: Columns, entry: int) -> list[evidence.Piece]:
    """Compares the birth date, nationality and sex of a query with the values of an entry. Returns the pieces
    of evidence that result from the comparison. `find.points` computes the sum of the points of all pieces of
    evidence.
    """
    pieces: list[evidence.Piece] = []
    born = evidence.span(query.date_of_birth)
    if born:
        first, last = c["birth_starts"][entry], c["birth_starts"][entry + 1]
        listed = c["births"][3 * first : 3 * last].reshape(-1, 3).tolist()
        spans = [(a, b, bool(circa)) for a, b, circa in listed]
        points, relation = evidence.birth(born, spans)
        if spans:
            theirs = " / ".join(map(_days, spans))
            pieces.append(("birth_date", _days(born), theirs, relation, points))
        elif not c["entry_kind"][entry] & columns.PERSONS:
            pieces.append(("schema", "Person", "–", "≠", evidence.NOT_A_PERSON))
    ours = country_number(query.nationality)
    if ours >= 0:
        pieces.extend(_country(ours, c["country"], c["country_starts"][entry : entry + 2].tolist()))
    if query.sex:
        sex = int(c["entry_sex"][entry])
        points = evidence.sex_points(max(columns.SEXES.find(query.sex), 0), sex)
        if points:
            sign: Relation = "=" if points > 0 else "≠"
            pieces.append(("sex", query.sex, columns.SEXES[sex], sign, points))
    return pieces


def _country(ours: int, listed: Any, places: list[int]) -> list[evidence.Piece]:
    first, last = places
    points = evidence.country_points(ours, listed, first, last)
    if not points:
        return []
    table, numbers = codes.countries(), listed[first:last].tolist()
    names = [table[k].alpha2 for k in numbers if k >= 0] or [table[~k].alpha2 for k in numbers]
    relation: Relation = "=" if points == evidence.SAME_COUNTRY else "≈" if points > 0 else "≠"
    return [("nationality", table[ours].alpha2, " ".join(names), relation, points)]


@functools.lru_cache(maxsize=4096)
def country_number(nationality: str | None) -> int:
    """Returns the index of a country in `codes.countries()`, or −1 if the country is unknown. The table of
    country names is not loaded if the country is given by its code, which is the most frequent case."""
    places = columns.places()
    if nationality not in places:
        nationality = codes.country(nationality)
    return places.get(nationality or "", -1)


def _days(span: evidence.Span) -> str:
    """Returns a range of days as text: one day, one year, or the first and the last day. The prefix `c.`
    means circa."""
    first, last = span[0], span[1]
    if first % 10000 == 101 and last % 10000 == 1231:
        a, b = first // 10000, last // 10000
        written = str(a) if a == b else f"{a}–{b}"
    else:
        written = "–".join(
            f"{d // 10000:04}-{d // 100 % 100:02}-{d % 100:02}" for d in sorted({first, last})
        )
    return f"c. {written}" if span[2] else written
