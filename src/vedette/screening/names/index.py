"""The index of listed names: build, save, load, search.

index = NameIndex.build([("UN", entry), …])
index.search([Query(full_name="Jon Doe")], threshold=DEFAULT_THRESHOLD, limit=None)
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vedette import codes
from vedette.records import Entry
from vedette.screening.names import candidates, columns, evidence, explain, find, text, tokens
from vedette.screening.names.columns import Columns
from vedette.screening.names.explain import Side
from vedette.screening.names.model import Match, Query, Relation, Term
from vedette.screening.names.weights import DEFAULT_THRESHOLD, WEIGHTS

Array = np.ndarray[Any, np.dtype[Any]]

#: Below this threshold, with a limit, the best few are asked for rather than hits.
LOW_THRESHOLD = 0.5
#: Names scored for one query at such a low threshold, unless the limit asks for more.
LOW_POOL = 400
#: Columns of evidence, in the order in which the kernel takes them.
FACTS = ("entry_kind", "birth_starts", "births", "country_starts", "country", "entry_sex")
#: Queries searched in one call of the kernel.
BATCH = 2000


class NameIndex:
    """Names of watchlist entries, searchable. Not safe for two threads at once; processes share it
    through `save` and `load`."""

    def __init__(self, cols: Columns) -> None:
        self.columns = cols
        names = len(cols["name_entry"])
        size = len(cols["hashes"])
        self._counters = np.zeros(1, np.int64)
        state = np.zeros((names, candidates.STATE), np.int32)
        state[:, candidates.WEIGHT] = cols["name_weight"] * candidates.UNIT
        state[:, candidates.KINDS] = cols["name_kind"]
        self._state = state.reshape(-1)
        self._marks = np.zeros(size, np.int32), np.zeros(size, np.float32)
        self._touched = np.zeros(names + 1, np.int32), np.zeros(names + 1, np.float32)
        self._side = Side(cols.tokens, cols["token_starts"], cols["tokens"])

    @classmethod
    def build(cls, entries: Iterable[tuple[str, Entry]]) -> NameIndex:
        """An index of (list id, entry) pairs; entries are read once and not kept."""
        return cls(columns.build(entries))

    def save(self, folder: str | Path) -> None:
        """Writes the arrays into a folder."""
        self.columns.save(Path(folder))

    @classmethod
    def load(cls, folder: str | Path) -> NameIndex:
        """Maps a saved index into memory; many processes share its pages."""
        return cls(Columns.load(Path(folder)))

    def __len__(self) -> int:
        """Names in the index."""
        return len(self.columns["name_entry"])

    def search(
        self,
        queries: Sequence[Query],
        threshold: float = DEFAULT_THRESHOLD,
        limit: int | None = None,
    ) -> list[list[Match]]:
        """For each query, the entries that score at least `threshold`, best first, at most `limit`.

        Without a limit everything above the threshold is returned.
        """
        found: list[list[Match]] = []
        for start in range(0, len(queries), BATCH):
            found.extend(self._batch(queries[start : start + BATCH], threshold, limit))
        return found

    def _batch(
        self, queries: Sequence[Query], threshold: float, limit: int | None
    ) -> list[list[Match]]:
        words: dict[str, int] = {}
        flat: list[int] = []
        starts, owners, kinds, born, facts = [0], [], [], [], []
        for number, query in enumerate(queries):
            kind = columns.kind_bits(query.schema)
            span = (evidence.span(query.date_of_birth) or (0, 0))[:2]
            fact = _country_number(query.nationality), max(columns.SEXES.find(query.sex or "?"), 0)
            for variant in text.variants(query.text):
                flat.extend([words.setdefault(w, len(words)) for w in variant])
                starts.append(len(flat))
                owners.append(number)
                kinds.append(kind)
                born.append(span)
                facts.append(fact)
        results: list[list[Match]] = [[] for _ in queries]
        if not owners:
            return results
        asked = Asked(
            Side(tokens.build(list(words)), np.array(starts, np.int32), np.array(flat, np.int32)),
            np.array(kinds, np.int8),
            np.array(born, np.int32),
            np.array(facts, np.int16),
        )
        found = self._best(asked, owners, *self._find(asked, threshold, limit))
        kept = []
        for number, entry, score, row, name, kind in found:
            total, proof = evidence.apply(score, self._evidence(queries[number], entry))
            if total >= threshold - 1e-9:
                kept.append((number, entry, total, proof, row, name, kind))
        done = explain.align(
            asked.side, [k[4] for k in kept], self._side, [k[5] for k in kept], [k[6] for k in kept]
        )
        for place, (number, entry, total, proof, row, name, _) in enumerate(kept):
            surname = queries[number].surname
            terms = explain.terms(
                done,
                place,
                asked.side.words(row),
                self._side.words(name),
                frozenset(text.tokens(surname)) if surname else frozenset(),
            )
            results[number].append(
                self._match(entry, name, total, terms, proof, done.scores[place])
            )
        for matches in results:
            if len(matches) > 1:
                matches.sort(key=lambda m: (-m.score, m.list_id, m.entry))
                del matches[limit if limit is not None else len(matches) :]
        return results

    def _best(
        self,
        asked: Asked,
        owners: list[int],
        rows_q: Array,
        rows_n: Array,
        scores: Array,
        kinds: Array,
    ) -> list[tuple[int, int, float, int, int, int]]:
        """Query, entry, score, variant, name, kind: the best name of every entry for every query."""
        best: dict[tuple[int, int], tuple[float, int, int, int]] = {}
        entries = self.columns["name_entry"][rows_n].tolist()
        weak = self.columns["name_weak"][rows_n].tolist()
        for variant, name, score, kind, entry, is_weak in zip(
            rows_q.tolist(),
            rows_n.tolist(),
            scores.tolist(),
            kinds.tolist(),
            entries,
            weak,
            strict=True,
        ):
            if is_weak:
                score = max(score - evidence.WEAK_ALIAS, 0.0)
            key = owners[variant], entry
            if key not in best or score > best[key][0]:
                best[key] = score, variant, name, kind
        return [(number, entry, *found) for (number, entry), found in best.items()]

    def _find(
        self, asked: Asked, threshold: float, limit: int | None
    ) -> tuple[Array, Array, Array, Array]:
        c = self.columns
        most = max(LOW_POOL, 4 * limit) if threshold < LOW_THRESHOLD and limit is not None else 0
        if self._counters.max() > 1 << 30:
            self._state[:: candidates.STATE] = 0
            self._marks[0][:] = 0
            self._counters[:] = 0
        found: tuple[Array, Array, Array, Array] = find.search(
            asked.side.table.arrays(),
            (asked.side.starts, asked.side.rows, *asked.facts),
            c.tokens.arrays(),
            (c["key_starts"], c["key_keys"], c["key_owners"]),
            (c["joined_starts"], c["joined_keys"], c["joined_owners"]),
            (c["post_begin"], c["post_middle"], c["post_rows"]),
            (c["token_starts"], c["tokens"], c["name_entry"]),
            tuple(c[name] for name in FACTS),
            WEIGHTS,
            threshold,
            most,
            (self._state, *self._touched, *self._marks, self._counters),
        )
        return found

    def _match(
        self,
        entry: int,
        name: int,
        total: float,
        terms: list[Term],
        proof: list[Term],
        plain: float,
    ) -> Match:
        c = self.columns
        weak = bool(c["name_weak"][name])
        if weak:
            terms.append(Term("weak_alias", None, None, "–", -min(evidence.WEAK_ALIAS, plain)))
        return Match(
            list_id=c.lists[c["entry_list"][entry]],
            entry=self._text("refs", "ref_starts", entry),
            name=self._text("name_text", "name_text_starts", name),
            position=int(c["name_position"][name]),
            score=min(1.0, max(0.0, total)),
            terms=(*terms, *proof),
            weak=weak,
        )

    def _text(self, blob: str, starts: str, row: int) -> str:
        begin, end = self.columns[starts][row], self.columns[starts][row + 1]
        return self.columns[blob][begin:end].tobytes().decode("utf-8", "replace")

    def _evidence(self, query: Query, entry: int) -> list[tuple[str, str, str, Relation, float]]:
        c = self.columns
        pieces: list[tuple[str, str, str, Relation, float]] = []
        born = evidence.span(query.date_of_birth)
        if born:
            first, last = c["birth_starts"][entry], c["birth_starts"][entry + 1]
            spans = [
                (int(a), int(b), bool(circa))
                for a, b, circa in c["births"][3 * first : 3 * last].reshape(-1, 3)
            ]
            points, relation = evidence.birth(born, spans)
            if spans:
                pieces.append(
                    ("birth_date", _days(born), " / ".join(map(_days, spans)), relation, points)
                )
            elif not c["entry_kind"][entry] & columns.PERSONS:
                pieces.append(("schema", "Person", "–", "≠", evidence.NOT_A_PERSON))
        ours = _country_number(query.nationality)
        if ours >= 0:
            first, last = int(c["country_starts"][entry]), int(c["country_starts"][entry + 1])
            points = evidence.country_points(ours, c["country"], first, last)
            if points:
                listed = c["country"][first:last].tolist()
                table = codes.countries()
                names = [table[k].alpha2 for k in listed if k >= 0] or [
                    table[~k].alpha2 for k in listed
                ]
                relation = "=" if points == evidence.SAME_COUNTRY else "≈" if points > 0 else "≠"
                pieces.append(
                    ("nationality", table[ours].alpha2, " ".join(names), relation, points)
                )
        if query.sex:
            theirs = int(c["entry_sex"][entry])
            points = evidence.sex_points(max(columns.SEXES.find(query.sex), 0), theirs)
            if points:
                sign: Relation = "=" if points > 0 else "≠"
                pieces.append(("sex", query.sex, columns.SEXES[theirs], sign, points))
        return pieces


class Asked:
    """A batch of queries as columns."""

    __slots__ = ("facts", "side")

    def __init__(self, side: Side, kinds: Array, born: Array, others: Array) -> None:
        self.side = side
        self.facts = kinds, born, others[:, 0].copy(), others[:, 1].copy()


@functools.lru_cache(maxsize=4096)
def _country_number(nationality: str | None) -> int:
    """Place of a country in `codes.countries()`, −1 where none is known."""
    found = codes.find(nationality)
    return codes.countries().index(found) if found else -1


def _days(span: evidence.Span) -> str:
    """A span of days as one writes it: a day, a year, or from–to; `c.` for circa."""
    first, last = span[0], span[1]
    if first % 10000 == 101 and last % 10000 == 1231:
        a, b = first // 10000, last // 10000
        written = str(a) if a == b else f"{a}–{b}"
    else:
        written = "–".join(
            f"{d // 10000:04}-{d // 100 % 100:02}-{d % 100:02}" for d in sorted({first, last})
        )
    return f"c. {written}" if span[2] else written
