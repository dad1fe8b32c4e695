"""The table of all forms of the words of names: correct forms, typing errors and reading errors.

The table contains about half a million forms with an error. For each form, only a hash of 64 bits, the number
of the correct form and marks are stored. The hashes of the errors are computed from the hash of the correct
form, so that the forms themselves are never built. A word that is found by its hash is used only after it was
compared with the errors of the correct form.

The hash of a word is the sum of the codes of its letters, each multiplied by a power of a constant. The hash
is therefore computed for all words of many texts at once.
"""

from __future__ import annotations

import operator
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from vedette.screening.control_lists import arrays
from vedette.screening.control_lists import text as texts

Hashes = npt.NDArray[np.uint64]
Marks = npt.NDArray[np.uint8]

#: Marks of a form: it has an error; it starts the work on a description; it is a whole name.
FUZZY, ANCHOR, ALONE = 1, 2, 4
#: Value of the places of the filter that a form occupies.
_USED = 1
_MASK = (1 << 64) - 1
_BASE, _MIX = 0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93
_INVERSE = pow(_BASE, -1, 1 << 64)
#: Maximum length of a word in the table. Longer words are unknown.
MOST = 250
_POWERS = [pow(_BASE, n, 1 << 64) for n in range(MOST + 2)]
_POWER_ARRAY = np.array(_POWERS, dtype=np.uint64)
_INVERSES = np.array([pow(_INVERSE, n, 1 << 64) for n in range(MOST + 2)], dtype=np.uint64)
#: The filter has a place for each value of the upper bits of a hash.
_FILTER_BITS = 22
_SHIFT = np.uint64(64 - _FILTER_BITS)
#: Number of forms whose errors are computed at once.
_PIECE = 1_000
#: Number of words whose look-up is kept.
_KEPT = 20_000


class Word(NamedTuple):
    """A word of a name, and whether the form that was looked up contains an error."""

    word: str
    fuzzy: bool


def mixed(sums: Hashes) -> Hashes:
    """Computes the hashes of words from their sums. The upper bits of the hashes are evenly distributed."""
    return (sums ^ (sums >> np.uint64(32))) * np.uint64(_MIX)


def hash_of(word: str) -> int:
    """Returns the hash of a word."""
    total: int = sum(map(operator.mul, _POWERS, map(ord, word))) & _MASK
    return ((total ^ (total >> 32)) * _MIX) & _MASK


def hashes_of(letters: npt.NDArray[np.uint32], lengths: npt.NDArray[np.int64]) -> Hashes:
    """Returns the hashes of words of one letter or more. The letters of all words are concatenated."""
    return mixed(_sums(letters, lengths)[0])


def _sums(
    letters: npt.NDArray[np.uint32], lengths: npt.NDArray[np.int64]
) -> tuple[Hashes, Hashes, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Returns four arrays: the sum of each word, the terms of the sums (one for each letter), the position of
    each letter in its word, and the start of each word. The start of a word is the position of its first
    letter in `letters`.
    """
    starts = np.cumsum(lengths) - lengths
    places = np.arange(len(letters)) - np.repeat(starts, lengths)
    terms = letters * _POWER_ARRAY[np.minimum(places, MOST + 1)]
    return np.add.reduceat(terms, starts), terms, places, starts


class Words:
    """All forms of words, by their hash.

    `correct` maps each correct form to its word. `likely` contains the correct forms that are also found with
    an error. `mark` must be called once, after the last call of `add`.
    """

    def __init__(self, correct: Mapping[str, str], likely: Iterable[str]) -> None:
        known = {word: Word(word, False) for word in dict.fromkeys(correct.values())}
        #: The forms without an error.
        self.exact = {form: known[word] for form, word in correct.items()}
        self._fuzzy = {word: Word(word, True) for word in known}
        self._likely = list(likely)
        self._hashes, self._owners = self._errors()
        #: The marks and the numbers of the forms at all places of the table.
        self.marks: Marks = np.zeros(0, dtype=np.uint8)
        self.numbers: npt.NDArray[np.uint32] = np.zeros(0, dtype=np.uint32)
        self._filter = np.zeros(0, dtype=np.uint8)
        self._seen: dict[str, Word | None] = {}
        self._places: dict[str, int] = {}

    def add(self, forms: Iterable[str]) -> list[str]:
        """Adds forms that are words themselves. Forms with an error are not added. Returns the forms that
        were not in the table, neither as a correct form nor as an error."""
        new = [form for form in dict.fromkeys(forms) if form not in self.exact]
        known = _contained(self._hashes, _hashes(new))
        added = [form for form, held in zip(new, known.tolist(), strict=True) if not held]
        self.exact.update((form, Word(form, False)) for form in added)
        return added

    def mark(
        self,
        *,
        anchors: Container[str],
        alone: Container[str],
        numbers: Iterable[str],
        numbered: Mapping[str, int],
        short: int,
        long: int,
    ) -> None:
        """Stores, for each form, its marks and its number from `numbered` (0 if it has no number).

        `anchors` contains the words that cause a description to be examined, and `alone` contains the words
        that are names by themselves. `numbers` contains forms that are not words and also cause a description
        to be examined. A word of `short` letters or fewer that contains an error does not cause a description
        to be examined. A word with fewer than `long` letters that contains an error is not accepted as a
        whole name.
        """

        def marks(known: Word) -> int:
            word, fuzzy = known
            mark = FUZZY if fuzzy else 0
            if word in anchors and not (fuzzy and len(word) <= short):
                mark |= ANCHOR
                if word in alone and not (fuzzy and len(word) < long):
                    mark |= ALONE
            return mark

        exact = {form: marks(known) for form, known in self.exact.items()}
        for form in numbers:
            exact[form] = exact.get(form, 0) | ANCHOR | ALONE
        forms = [form for form in exact if form and len(form) <= MOST]
        of_owner = [marks(self._fuzzy[self.exact[form].word]) for form in self._likely]
        # The forms without an error stand first, so that their marks count.
        hashes = np.concatenate([_hashes(forms), self._hashes])
        held = np.concatenate(
            [
                np.array([exact[form] for form in forms], dtype=np.uint8),
                np.array(of_owner, dtype=np.uint8)[self._owners],
            ]
        )
        number_of = numbered.get
        exact_numbers = [
            number_of(self.exact[form].word, 0) if form in self.exact else 0 for form in forms
        ]
        numbers_of_owners = [number_of(self.exact[form].word, 0) for form in self._likely]
        ids = np.concatenate(
            [
                np.array(exact_numbers, dtype=np.uint32),
                np.array(numbers_of_owners, dtype=np.uint32)[self._owners],
            ]
        )
        owners = np.concatenate(
            [np.full(len(forms), len(self._likely), dtype=np.uint32), self._owners]
        )
        order = np.argsort(hashes, kind="stable")
        self._hashes, self._owners = hashes[order], owners[order]
        self.marks, self.numbers = held[order], ids[order]
        self._filter = np.zeros(1 << _FILTER_BITS, dtype=np.uint8)
        self._filter[self._hashes >> _SHIFT] = _USED

    def __len__(self) -> int:
        return len(self._hashes)

    def _errors(self) -> tuple[Hashes, npt.NDArray[np.uint32]]:
        """Returns the hashes of the errors of the likely forms, sorted.

        Also returns, for each error, the number of the form with the error. If several words have the same
        erroneous form in common, this error is assigned to the longest word. If the words have the same
        length, the error is assigned to the first form.
        """
        pieces, counts = [], []
        for first in range(0, len(self._likely), _PIECE):
            for hashes, owners in _errors_of(self._likely[first : first + _PIECE]):
                pieces.append(hashes)
                counts.append(owners + np.uint32(first))
        if not pieces:
            return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.uint32)
        hashes, owners = np.concatenate(pieces), np.concatenate(counts)
        del pieces, counts
        sizes = np.array([len(self.exact[form].word) for form in self._likely], dtype=np.int64)
        # The position of a form in the order of preference.
        rank = np.empty(len(self._likely), dtype=np.uint32)
        rank[np.argsort(-sizes, kind="stable")] = np.arange(len(self._likely), dtype=np.uint32)
        order = np.lexsort((rank[owners], hashes))
        hashes, owners = hashes[order], owners[order]
        del order
        kept = np.ones(len(hashes), dtype=bool)
        kept[1:] = hashes[1:] != hashes[:-1]
        known = np.sort(_hashes([form for form in self.exact if form and len(form) <= MOST]))
        kept &= ~_contained(known, hashes)
        return hashes[kept], owners[kept]

    def get(self, word: str) -> Word | None:
        """Returns the word to which a form belongs, or None if no name contains the form."""
        return self.exact.get(word) or self.with_error(word)

    def with_error(self, word: str) -> Word | None:
        """Returns the word to which a form with an error belongs, or None."""
        try:
            return self._seen[word]
        except KeyError:
            pass
        found = self._with_error(word)
        if len(self._seen) >= _KEPT:
            self._seen.clear()
        if len(word) <= MOST:
            self._seen[word] = found
        return found

    def __contains__(self, word: str) -> bool:
        return self.get(word) is not None

    def _with_error(self, word: str) -> Word | None:
        if not word or len(word) > MOST:
            return None
        number = hash_of(word)
        at = self._searched(number)
        if at < 0:
            return None
        while at < len(self._hashes) and self._hashes[at] == number:
            owner = int(self._owners[at])
            if owner < len(self._likely) and word in texts.errors(self._likely[owner]):
                return self._fuzzy[self.exact[self._likely[owner]].word]
            at += 1
        return None

    def place(self, word: str) -> int:
        """Returns the position of a word in the table, or -1 for a word that no name contains."""
        place = self._places.get(word)
        if place is None:
            place = self._searched(hash_of(word)) if word and len(word) <= MOST else -1
            if len(self._places) >= _KEPT:
                self._places.clear()
            if len(word) <= MOST:
                self._places[word] = place
        return place

    def _searched(self, number: int) -> int:
        if not self._filter[number >> (64 - _FILTER_BITS)]:
            return -1
        at = int(np.searchsorted(self._hashes, np.uint64(number)))
        return at if at < len(self._hashes) and self._hashes[at] == number else -1

    def places(self, hashes: Hashes) -> npt.NDArray[np.int64]:
        """Returns the positions of words in the table, given their hashes, or -1 for words that no name
        contains.
        """
        places = np.full(len(hashes), -1, dtype=np.int64)
        likely = np.flatnonzero(self._filter[hashes >> _SHIFT])
        wanted = hashes[likely]
        found = np.searchsorted(self._hashes, wanted)
        found[found == len(self._hashes)] = 0
        same = self._hashes[found] == wanted
        places[likely[same]] = found[same]
        return places

    def parts(self, word: str, *, least: int, most: int) -> dict[int, list[tuple[int, Word]]]:
        """Returns the parts of a word that the table contains. The result contains, for each end, the starts
        in order."""
        letters = arrays.codes(word)
        size = len(letters)
        sums = np.zeros(size + 1, dtype=np.uint64)
        np.cumsum(letters * _POWER_ARRAY[:size], out=sums[1:])
        starts = np.arange(size)[:, None]
        ends = starts + np.arange(least, most + 1)[None, :]
        inside = ends <= size
        starts, ends = np.broadcast_to(starts, ends.shape)[inside], ends[inside]
        hashes = mixed((sums[ends] - sums[starts]) * _INVERSES[starts])
        found = np.flatnonzero(self._filter[hashes >> _SHIFT])
        parts: dict[int, list[tuple[int, Word]]] = {}
        for start, end in zip(starts[found].tolist(), ends[found].tolist(), strict=True):
            known = self.get(word[start:end])
            if known is not None:
                parts.setdefault(end, []).append((start, known))
        return parts


def _errors_of(forms: Sequence[str]) -> Iterator[tuple[Hashes, npt.NDArray[np.uint32]]]:
    """Yields the hashes of the errors of forms.

    Also yields, for each error, the number of the form with the error.
    """
    lengths = np.array([len(form) for form in forms], dtype=np.int64)
    letters = arrays.codes("".join(forms))
    sums, terms, places, starts = _sums(letters, lengths)
    owners = np.repeat(np.arange(len(forms), dtype=np.uint32), lengths)
    before = np.cumsum(terms) - terms
    before -= np.repeat(before[starts], lengths)
    after = np.repeat(sums, lengths) - before - terms
    # A letter is dropped, a letter is doubled, two letters change places.
    yield mixed(before + after * np.uint64(_INVERSE)), owners
    yield mixed(before + terms + (terms + after) * np.uint64(_BASE)), owners
    previous = np.roll(letters, 1)
    swaps = np.flatnonzero((places > 0) & (previous != letters))
    at = places[swaps]
    one, other = letters[swaps] * _POWER_ARRAY[at - 1], previous[swaps] * _POWER_ARRAY[at]
    yield mixed(before[swaps - 1] + one + other + after[swaps]), owners[swaps]
    read = [(n, error) for n, form in enumerate(forms) for error in texts.misread(form)]
    yield _hashes([error for _, error in read]), np.array([n for n, _ in read], dtype=np.uint32)


def _hashes(forms: Sequence[str]) -> Hashes:
    """Returns the hashes of forms of one letter or more."""
    hashes = np.zeros(len(forms), dtype=np.uint64)
    for first in range(0, len(forms), _PIECE):
        piece = forms[first : first + _PIECE]
        lengths = np.array([len(form) for form in piece], dtype=np.int64)
        hashes[first : first + _PIECE] = hashes_of(arrays.codes("".join(piece)), lengths)
    return hashes


def _contained(known: Hashes, hashes: Hashes) -> npt.NDArray[np.bool_]:
    """Returns, for each hash, whether it is among the known hashes, which are sorted."""
    if not len(known):
        return np.zeros(len(hashes), dtype=bool)
    places = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    same: npt.NDArray[np.bool_] = known[places] == hashes
    return same
