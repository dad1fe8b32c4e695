"""The index of listed names: build, save, load, search.

index = NameIndex.build([("UN", entry), …])
index.search([Query(full_name="Jon Doe")], threshold=DEFAULT_THRESHOLD, limit=None)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vedette import codes
from vedette.records import Entry
from vedette.screening.names import columns, evidence, explain, find, text, tokens
from vedette.screening.names.columns import Columns
from vedette.screening.names.compare import scratch
from vedette.screening.names.model import Match, Query, Relation, Term
from vedette.screening.names.tokens import Tokens
from vedette.screening.names.weights import DEFAULT_THRESHOLD, WEIGHTS

Array = np.ndarray[Any, np.dtype[Any]]

#: Share of a name's weight that must be covered before it is scored, at the product's threshold, and
#: at thresholds so low that everything alike is asked for.
COVERAGE, LOW_COVERAGE = 0.55, 0.2
#: Names scored for one query at such a low threshold, unless the limit asks for more.
LOW_POOL = 400
#: Queries searched in one call of the kernel.
BATCH = 2000


class NameIndex:
    """Names of watchlist entries, searchable. Not safe for two threads at once; processes share it
    through `save` and `load`."""

    def __init__(self, cols: Columns) -> None:
        self.columns = cols
        names = len(cols["name_entry"])
        self._acc = np.zeros(names, np.float32)
        self._marks = np.zeros(names, np.int32)
        self._touched = np.zeros(names + 1, np.int32)
        self._stamps = np.zeros(len(cols["hashes"]), np.int32)
        self._counters = np.zeros(2, np.int64)

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
        starts, owners, kinds = [0], [], []
        for number, query in enumerate(queries):
            kind = columns.kind_bits(query.schema)
            for variant in text.variants(query.text):
                flat.extend([words.setdefault(w, len(words)) for w in variant])
                starts.append(len(flat))
                owners.append(number)
                kinds.append(kind)
        results: list[list[Match]] = [[] for _ in queries]
        if not owners:
            return results
        asked = Asked(
            tokens.build(list(words)),
            np.array(starts, np.int32),
            np.array(flat, np.int32),
            np.array(kinds, np.int8),
        )
        rows_q, rows_n, scores = self._find(asked, threshold, limit)
        best: dict[tuple[int, int], tuple[float, int, int]] = {}
        entries = self.columns["name_entry"]
        weak = self.columns["name_weak"]
        for variant, name, score in zip(
            rows_q.tolist(), rows_n.tolist(), scores.tolist(), strict=True
        ):
            if weak[name]:
                score -= evidence.WEAK_ALIAS
            key = owners[variant], int(entries[name])
            if key not in best or score > best[key][0]:
                best[key] = score, variant, name
        for (number, entry), (score, variant, name) in best.items():
            match = self._match(queries[number], asked, variant, entry, name, score, threshold)
            if match:
                results[number].append(match)
        for matches in results:
            if len(matches) > 1:
                matches.sort(key=lambda m: (-m.score, m.list_id, m.entry))
                del matches[limit if limit is not None else len(matches) :]
        return results

    def _find(
        self, asked: Asked, threshold: float, limit: int | None
    ) -> tuple[Array, Array, Array]:
        c = self.columns
        least = evidence.least_name_score(threshold)
        low = least < 0.4
        most = max(LOW_POOL, 4 * limit) if low and limit is not None else 0
        if self._counters.max() > 1 << 30:
            self._marks[:] = 0
            self._stamps[:] = 0
            self._counters[:] = 0
        found: tuple[Array, Array, Array] = find.search(
            asked.tokens.arrays(), asked.starts, asked.rows, asked.kinds,
            c.tokens.arrays(),
            (c["key_starts"], c["key_keys"], c["key_owners"]),
            (c["joined_starts"], c["joined_keys"], c["joined_owners"]),
            c["post_begin"], c["post_rows"], c["token_starts"], c["tokens"], c["name_kind"],
            c["name_weight"], WEIGHTS, LOW_COVERAGE if low else COVERAGE, max(least, 1e-9), most,
            self._acc, self._marks, self._touched, self._stamps, self._counters,
        )  # fmt: skip
        return found

    def _match(
        self,
        query: Query,
        asked: Asked,
        variant: int,
        entry: int,
        name: int,
        score: float,
        threshold: float,
    ) -> Match | None:
        """The match of a query with the best name of an entry, if it reaches the threshold."""
        pieces = self._evidence(query, entry)
        total, proof = evidence.apply(max(score, 0.0), pieces)
        if total < threshold:
            return None
        c = self.columns
        ours = asked.rows[asked.starts[variant] : asked.starts[variant + 1]]
        theirs = c["tokens"][c["token_starts"][name] : c["token_starts"][name + 1]]
        bits = int(c["name_kind"][name])
        surname = frozenset(text.tokens(query.surname)) if query.surname else frozenset()
        _, terms = max(
            (
                explain.terms(asked.tokens, ours, c.tokens, theirs, kind, scratch(), surname)
                for kind in range(3)
                if bits >> kind & 1
            ),
            key=lambda found: found[0],
        )
        weak = bool(c["name_weak"][name])
        if weak:
            terms.append(
                Term(
                    "weak_alias",
                    None,
                    None,
                    "–",
                    -min(evidence.WEAK_ALIAS, score + evidence.WEAK_ALIAS),
                )
            )
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
        ours = codes.country(query.nationality)
        if ours:
            first, last = c["country_starts"][entry], c["country_starts"][entry + 1]
            listed = c["country"][first:last].tolist()
            table = codes.countries()
            nationalities = [table[k].alpha2 for k in listed if k >= 0]
            linked = [table[~k].alpha2 for k in listed if k < 0]
            points, relation = evidence.country(ours, nationalities, linked)
            if points:
                pieces.append(
                    ("nationality", ours, " ".join(nationalities or linked), relation, points)
                )
        if query.sex:
            theirs = columns.SEXES[c["entry_sex"][entry]]
            points, relation = evidence.sex(query.sex, theirs)
            if points:
                pieces.append(("sex", query.sex, theirs, relation, points))
        return pieces


class Asked:
    """A batch of queries as columns."""

    __slots__ = ("kinds", "rows", "starts", "tokens")

    def __init__(self, table: Tokens, starts: Array, rows: Array, kinds: Array) -> None:
        self.tokens, self.starts, self.rows, self.kinds = table, starts, rows, kinds


def _days(span: evidence.Span) -> str:
    """A span of days as one writes it: a day, a year, or from–to; `c.` for circa."""
    first, last = dt.date.fromordinal(span[0]), dt.date.fromordinal(span[1])
    if first == last:
        written = first.isoformat()
    elif (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
        written = str(first.year) if first.year == last.year else f"{first.year}–{last.year}"
    else:
        written = f"{first.isoformat()}–{last.isoformat()}"
    return f"c. {written}" if span[2] else written
