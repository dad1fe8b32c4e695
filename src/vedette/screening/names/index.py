"""Builds, saves, loads and searches the index of listed names.

index = NameIndex.build([("UN", entry), …]) index.search([Query(full_name="Jon Doe")],
threshold=DEFAULT_THRESHOLD, limit=None)
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from vedette.core.entries import Entry
from vedette.screening.names import candidates, columns, evidence, find
from vedette.screening.names.columns import Columns
from vedette.screening.names.compare import Reasons, Side, country_number
from vedette.screening.names.model import DEFAULT_THRESHOLD, Match, Query
from vedette.screening.names.sounds import Array, Arrays
from vedette.screening.names.tokens import MOST_WORDS, Vocabulary
from vedette.screening.names.weights import WEIGHTS

#: Below this threshold, a search with a limit returns the best few names instead of hits.
LOW_THRESHOLD = 0.5
#: Maximum number of names scored for one query at such a low threshold, unless the limit is higher.
LOW_POOL = 400
#: The columns of evidence, in the order of the kernel's parameters.
FACTS = ("entry_kind", "birth_starts", "births", "country_starts", "country", "entry_sex")
#: Number of queries in one call of the kernel.
BATCH = 2000


class NameIndex:
    """A searchable index of the names of watchlist entries. Threads search one at a time, because all
    searches use the same working memory of the index. Processes share the index by means of `save` and
    `load`.
    """

    def __init__(self, cols: Columns) -> None:
        self.columns = cols
        names = len(cols["name_entry"])
        known = cols["name_about"] >> candidates.FACTS & 7
        self._present = np.bincount(known, minlength=8) > 0
        self._words = np.zeros(candidates.WORD * len(cols["hashes"]), np.int64)
        candidates.briefs(*cols.tokens.arrays()[:2], cols["masks"], self._words)
        self._counters = np.zeros(1, np.int64)
        self._scratch = (
            np.zeros(names, np.int16),
            np.zeros(names, np.int32),
            np.zeros(names, np.float32),
            np.zeros(names, np.float64),
        )
        self._side = Side(cols.tokens, cols["token_starts"], cols["tokens"])
        self._vocabulary = Vocabulary()
        self._lock = threading.Lock()

    @classmethod
    def build(cls, entries: Iterable[tuple[str, Entry]]) -> NameIndex:
        """Builds an index from pairs of a list id and an entry.

        The entries are not kept after the index is built.
        """
        builder = columns.Builder()
        for list_id, entry in entries:
            builder.add(list_id, entry)
        return cls(builder.columns())

    def save(self, folder: str | Path) -> None:
        """Writes the arrays of the index into a folder."""
        self.columns.save(Path(folder))

    @classmethod
    def load(cls, folder: str | Path) -> NameIndex:
        """Maps a saved index into memory. Processes that load the same index share its memory pages."""
        return cls(Columns.load(Path(folder)))

    def __len__(self) -> int:
        """Returns the number of names in the index."""
        return len(self.columns["name_entry"])

    def search(
        self,
        queries: Sequence[Query],
        threshold: float = DEFAULT_THRESHOLD,
        limit: int | None = None,
    ) -> list[list[Match]]:
        """Returns a list of matches for each query: at most `limit` entries with a score of at least
        `threshold`, the best first.

        Without a limit, all entries with a score of at least `threshold` are returned.
        """
        return [
            matches
            for start in range(0, len(queries), BATCH)
            for matches in self._alone(queries[start : start + BATCH], threshold, limit)
        ]

    def _alone(
        self, queries: Sequence[Query], threshold: float, limit: int | None
    ) -> list[list[Match]]:
        with self._lock:
            return self._batch(queries, threshold, limit)

    def _batch(
        self, queries: Sequence[Query], threshold: float, limit: int | None
    ) -> list[list[Match]]:
        results: list[list[Match]] = [[] for _ in queries]
        if len(self._vocabulary) > MOST_WORDS:
            self._vocabulary = Vocabulary()
        side, owners, facts = self._read(queries)
        if not len(owners):
            return results
        self._answer(
            queries, side, owners, self._find(side, facts, threshold, limit), threshold, results
        )
        for matches in results:
            if len(matches) > 1:
                matches.sort(key=lambda m: (-m.score, m.list_id, m.entry))
                del matches[limit if limit is not None else len(matches) :]
        return results

    def _read(self, queries: Sequence[Query]) -> tuple[Side, Array, Array]:
        """Returns all readings of the names of the queries. For each reading of a name, also returns the
        number of the query and the facts of the query: kinds, first and last possible birth date, country,
        sex.
        """
        words: list[int] = []
        starts, owners, facts = [0], [], []
        for number, query in enumerate(queries):
            first, last, _ = evidence.span(query.date_of_birth) or (0, 0, False)
            sex = max(columns.SEXES.find(query.sex), 0) if query.sex else 0
            kind, country = columns.kind_bits(query.schema), country_number(query.nationality)
            for reading in self._vocabulary.read(query.text):
                words += reading
                starts.append(len(words))
                owners.append(number)
                facts.append((kind, first, last, country, sex))
        self._learn()
        side = Side(self._vocabulary.table, np.array(starts, np.int32), np.array(words, np.int32))
        return side, np.array(owners, np.int32), np.array(facts, np.int32)

    def _learn(self) -> None:
        """Finds the listed words that are similar to the new words of the queries."""
        new = self._vocabulary.unknown()
        if new is not None:
            c = self.columns
            if self._counters[0] > 1 << 30:
                self._words[:: candidates.WORD] &= (1 << candidates.MARK) - 1
                self._counters[:] = 0
            table = c["key_starts"], c["key_keys"], c["key_owners"]
            close = candidates.similar(
                new.arrays(),
                c.tokens.arrays(),
                table,
                self._posts,
                WEIGHTS[0],
                self._words,
                self._counters,
            )
            self._vocabulary.add(new, close)

    def _answer(
        self,
        queries: Sequence[Query],
        side: Side,
        owners: Array,
        found: Arrays,
        threshold: float,
        results: list[list[Match]],
    ) -> None:
        """Adds the best match of each entry to the results, if the score of the match with evidence reaches
        the threshold.
        """
        c = self.columns
        rows, names, scores, kinds, points = found
        weak, entries = c["name_weak"][names], c["name_entry"][names]
        scores = np.where(weak, np.maximum(scores - evidence.WEAK_ALIAS, 0.0), scores)
        numbers = owners[rows]
        best = _best(numbers, entries, scores)
        totals = evidence.weigh_all(scores[best], points[best])
        enough = totals >= threshold - 1e-9
        best, totals = best[enough], totals[enough]
        entries, names = entries[best], names[best]
        refs = self._texts("refs", "ref_starts", entries)
        written = self._texts("name_text", "name_text_starts", names)
        reasons = Reasons(side, self._side, c)
        reasons.kept = list(
            zip(
                [queries[number] for number in numbers[best].tolist()],
                *(a.tolist() for a in (rows[best], entries, names, kinds[best], scores[best])),
                strict=True,
            )
        )
        for place, (number, entry, list_number, position, is_weak, total) in enumerate(
            zip(
                numbers[best].tolist(),
                entries.tolist(),
                c["entry_list"][entries].tolist(),
                c["name_position"][names].tolist(),
                (weak[best] != 0).tolist(),
                np.clip(totals, 0.0, 1.0).tolist(),
                strict=True,
            )
        ):
            terms = functools.partial(reasons.terms, place)
            results[number].append(
                Match(
                    c.lists[list_number], refs[place], written[place], position, total, terms,
                    is_weak, entry,
                )
            )  # fmt: skip

    @property
    def _posts(self) -> Arrays:
        return tuple(self.columns[f"post_{name}"] for name in ("begin", "middle", "rows", "told"))

    def _find(self, side: Side, facts: Array, threshold: float, limit: int | None) -> Arrays:
        c = self.columns
        most = max(LOW_POOL, 4 * limit) if threshold < LOW_THRESHOLD and limit is not None else 0
        kind, *born, country, sex = facts.T
        return find.search(
            side.table.arrays(),
            (
                side.starts,
                side.rows,
                kind.astype(np.int8),
                np.stack(born, axis=1),
                country.astype(np.int16),
                sex.astype(np.int16),
            ),
            self._vocabulary.close,
            c.tokens.arrays(),
            (c["key_starts"], c["key_keys"], c["key_owners"]),
            (c["joined_starts"], c["joined_keys"], c["joined_owners"]),
            self._posts,
            (c["token_starts"], c["tokens"], c["name_entry"], c["name_about"]),
            tuple(c[name] for name in FACTS),
            self._present,
            WEIGHTS,
            threshold,
            most,
            self._scratch,
        )

    def _texts(self, blob: str, starts: str, rows: Array) -> list[str]:
        data, begin = self.columns[blob].data, self.columns[starts]
        ends = zip(begin[rows].tolist(), begin[rows + 1].tolist(), strict=True)
        return [str(data[first:last], "utf-8", "replace") for first, last in ends]


def _best(numbers: Array, entries: Array, scores: Array) -> Array:
    """For every pair of a query and an entry, returns the position of the best name. If several names are
    equally good, the first name is used.
    """
    order = np.lexsort((-scores, entries, numbers))
    first = np.ones(len(order), np.bool_)
    first[1:] = (np.diff(numbers[order]) != 0) | (np.diff(entries[order]) != 0)
    return order[first]
