"""A cache of the words of past queries, and of the listed words similar to each, kept between batches.

Names share words: most words of a batch have occurred before. The words come from travellers and stay only in
the memory of this process.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from vedette.screening.names import text, tokens
from vedette.screening.names.sounds import Array, Arrays
from vedette.screening.names.tokens import Tokens

#: Maximum number of stored words; above it, all are deleted.
MOST = 50_000


class _Growing:
    """An array to which rows are added; its capacity is doubled, so that additions are cheap."""

    def __init__(self, dtype: Any, *width: int) -> None:
        self._held = np.zeros((64, *width), dtype)
        self._size = 0

    def add(self, rows: Array) -> None:
        size = self._size + len(rows)
        if size > len(self._held):
            grown = np.zeros((max(size, 2 * len(self._held)), *self._held.shape[1:]), rows.dtype)
            grown[: self._size] = self._held[: self._size]
            self._held = grown
        self._held[self._size : size] = rows
        self._size = size

    @property
    def rows(self) -> Array:
        """The added rows; a view that does not change when more rows are added."""
        return self._held[: self._size]


class Vocabulary:
    """Words by number, as a table for the kernels, with the listed words similar to each."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        #: Words as written → numbers of their tokens; None if the tokens depend on adjacent words.
        self._written: dict[str, tuple[int, ...] | None] = {}
        self._text = _Growing(np.uint8, 64)
        self._meta = _Growing(np.int32, tokens.META_WIDTH)
        self._hashes, self._masks = _Growing(np.uint64), _Growing(np.uint64)
        self._begin, self._similar = _Growing(np.int32), _Growing(np.int32)
        self._begin.add(np.zeros(1, np.int32))
        self._sims, self._spans = _Growing(np.float32), _Growing(np.int32, 3)

    def __len__(self) -> int:
        """The number of stored words."""
        return max(len(self._numbers), len(self._written))

    def read(self, name: str) -> list[list[int]]:
        """The tokens of a name, as numbers: one list, or several if it has several readings. The result
        equals that of `text.variants`, but most words are looked up as they are written."""
        found: list[int] = []
        written = self._written
        spoken = text.given_first(name) if "," in name else name
        for word in spoken.split() if spoken and len(name) <= text.MAX_TEXT else ():
            if word not in written:
                plain = text.plain(word)
                written[word] = None if plain is None else tuple(self._number(plain))
            numbers = written[word]
            if numbers is None:
                break
            found += numbers
        else:
            if found:
                return [found[: text.MAX_TOKENS]]
        return [self._number(variant) for variant in text.variants(name)]

    def _number(self, words: Iterable[str]) -> list[int]:
        numbers = self._numbers
        return [numbers.setdefault(word, len(numbers)) for word in words]

    def unknown(self) -> Tokens | None:
        """Numbered words that the table does not contain yet, as tokens."""
        known = len(self._hashes.rows)
        if known == len(self._numbers):
            return None
        return tokens.build(list(self._numbers)[known:])

    def add(self, found: Tokens, close: Arrays) -> None:
        """Adds the `unknown` words to the table, with the words similar to them (`candidates.similar`)."""
        self._text.add(found.text)
        self._meta.add(found.meta)
        self._hashes.add(found.hashes)
        self._masks.add(found.masks)
        begin, rows, sims, spans = close
        self._begin.add(begin[1:] + self._begin.rows[-1])
        self._similar.add(rows)
        self._sims.add(sims)
        self._spans.add(spans)

    @property
    def table(self) -> Tokens:
        """All words as tokens, by number."""
        return Tokens(self._text.rows, self._meta.rows, self._hashes.rows, self._masks.rows)

    @property
    def close(self) -> Arrays:
        """For every word the listed words similar to it: begin, row, similarity, postings."""
        return self._begin.rows, self._similar.rows, self._sims.rows, self._spans.rows
