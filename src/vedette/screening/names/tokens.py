"""Stores tokens as columns (arrays) for the kernels: spelling, fold, skeleton, flags and equivalents of each
token.

The fold replaces similar sounds with the same letters: Sergey and Sergei become sergei, Hsi and Xi become Si.
The skeleton contains only the classes of the consonants, so that unwritten vowels have no effect.
`sounds.featurise` computes the fold and the skeleton.

A `Vocabulary` keeps the words of earlier queries, because most words of a batch have occurred in an earlier
batch. The words of queries are parts of names of people. The words of queries are kept only in the memory of
this process.
"""

# Long tables are written as one text and split.
# ruff: noqa: SIM905

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from vedette.screening.names import scripts, sounds, text
from vedette.screening.names.sounds import Array, Arrays

#: The properties of a token, as bits. A token may have several; the kind of name determines which are used.
INITIAL, NUMBER, ROMAN, LEGAL, HONORIFIC, PARTICLE, BIN = 1, 2, 4, 8, 16, 32, 64
GENERIC, PLACE, VESSEL, ABJAD, HAN, HANGUL = 128, 256, 512, 1024, 2048, 4096
#: A frequent name, which has less weight; the first half of a name (Abdul, Abu).
COMMON, PREFIX = 8192, 16384
#: A word for son or daughter that follows the name of the father (`oğlu`); `bin` precedes it.
SUFFIX = 32768

#: From this class number on, each class is one given name that is different from the other known names.
NAME_BASE = 1 << 18
#: From this class number on, classes contain forms of one name in different languages.
COGNATE_BASE = 1 << 19
#: From this class number on, classes are pairs: formal name (even) and short form (odd).
SHORT_BASE = 1 << 20

#: Columns of `meta`. FAMILY is the family of a legal form, or the sex of a given name.
FLAGS, FAMILY, VALUE, CHARACTER, CLASSES = 0, 1, 2, 3, 4
META_WIDTH = 12
_LEGAL_FAMILIES = ("limited", "stock", "partnership", "nonprofit", "state", "any")
_ROMAN = (
    "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx xxi xxii"
).split()
#: Section of `words.txt` → the flags of its words; `common` and the legal forms are treated separately.
_SECTIONS = {
    "honorific": HONORIFIC,
    "particle": PARTICLE,
    "bin": BIN | PARTICLE,
    "suffix": SUFFIX,
    "generic": GENERIC,
    "vessel": VESSEL,
    "prefix": PREFIX,
}
_TAGS = {scripts.ABJAD: ABJAD, scripts.HAN: HAN, scripts.HANGUL: HANGUL}


class Tokens(NamedTuple):
    """Stores one row for each token. `text` contains spelling, fold and skeleton in 64 bytes (layout:
    `sounds`). `meta` contains the flags, the family of the legal form, the number, the Han character and up
    to eight classes of a token. `hashes` contains a hash that identifies the token. `masks` contains the
    letters of the fold, one bit for each.
    """

    text: np.ndarray[Any, np.dtype[np.uint8]]
    meta: np.ndarray[Any, np.dtype[np.int32]]
    hashes: np.ndarray[Any, np.dtype[np.uint64]]
    masks: np.ndarray[Any, np.dtype[np.uint64]]

    def arrays(self) -> tuple[Any, Any, Any, Any]:
        """Returns the columns as flat arrays, which the kernels take as arguments."""
        return self.text.reshape(-1), self.meta.reshape(-1), self.hashes, self.masks


@functools.cache
def _classes() -> dict[str, tuple[int, ...]]:
    """Maps each word to the numbers of its groups in `equivalents.txt`, `given_names.txt` and
    `short_names.txt`."""
    table = scripts.sections("equivalents.txt")
    groups: dict[str, list[int]] = {}
    spelled: dict[int, list[str]] = {}
    sections = ("spelling", "word", "country", "cognate")
    lines = ((section, line) for section in sections for line in table[section])
    for number, (section, line) in enumerate(lines, start=1):
        identity = number + (COGNATE_BASE if section == "cognate" else 0)
        words = [_plain(word) for word in line.split()]
        if section == "spelling":
            spelled[number] = words
        for word in words:
            groups.setdefault(word, []).append(identity)
    given = (
        word for lines in scripts.sections("given_names.txt").values() for word in _words(lines)
    )
    for number, word in enumerate(given):
        if not any(group < COGNATE_BASE for group in groups.get(word, ())):
            groups.setdefault(word, []).insert(0, NAME_BASE + number)
    short_names = (line for lines in scripts.sections("short_names.txt").values() for line in lines)
    for pair, line in enumerate(short_names):
        formal, _, short = line.partition("|")
        wide = {w for f in formal.split() for g in groups.get(f, []) for w in spelled.get(g, [])}
        for word in wide | set(formal.split()):
            groups.setdefault(word, []).append(SHORT_BASE + 2 * pair)
        for word in short.split():
            groups.setdefault(word, []).append(SHORT_BASE + 2 * pair + 1)
    return {
        word: tuple(dict.fromkeys(found))[: META_WIDTH - CLASSES] for word, found in groups.items()
    }


#: The sex of a given name, in the column FAMILY of words that are no legal forms.
MALE, FEMALE = 1, 2


@functools.cache
def _sexes() -> dict[str, int]:
    table = scripts.sections("given_names.txt")
    sexes = (("male", MALE), ("female", FEMALE))
    return {
        word: sex
        for name, sex in sexes
        for source in ("", " general")
        for word in _words(table[name + source])
    }


def _plain(word: str) -> str:
    read = scripts.word_tokens(word)
    return read[0] if read else word


def _words(lines: Iterable[str]) -> Iterator[str]:
    return (word for line in lines for word in line.split())


@functools.cache
def _kinds() -> dict[str, tuple[int, int]]:
    """Maps each word to its flags and to its family of legal forms."""
    table = scripts.sections("words.txt")
    found: dict[str, tuple[int, int]] = {}

    def mark(words: Iterable[str], flag: int, family: int = 0) -> None:
        for word in words:
            flags, known = found.get(word, (0, 0))
            found[word] = (flags | flag, known or family)

    for name, flag in _SECTIONS.items():
        mark(_words(table[name]), flag)
    mark(map(_plain, _words(table["common"])), COMMON)
    for family, name in enumerate(_LEGAL_FAMILIES, start=1):
        mark(_words(table[f"legal.{name}"]), LEGAL, family)
    mark(_words(scripts.sections("equivalents.txt")["country"]), PLACE)
    mark(_ROMAN, ROMAN)
    return found


@functools.cache
def _special() -> dict[str, tuple[int, ...]]:
    """Maps every word in any table to its row of `meta`."""
    classes, kinds = _classes(), _kinds()
    return {word: _row(word, classes, kinds) for word in classes.keys() | kinds.keys()}


def _row(
    word: str, classes: dict[str, tuple[int, ...]], kinds: dict[str, tuple[int, int]]
) -> tuple[int, ...]:
    flags, family = kinds.get(word, (0, 0))
    value = _ROMAN.index(word) + 1 if flags & ROMAN else 0
    flags |= _TAGS.get(word[:1], 0)
    if len(word) == 1:
        flags |= INITIAL
    if not flags & LEGAL:
        family = _sexes().get(word, 0)
    groups = classes.get(word, ())
    return (flags, family, value, 0, *groups, *(-1,) * (META_WIDTH - CLASSES - len(groups)))


_PLAIN_ROW = (0, 0, 0, 0, *(-1,) * (META_WIDTH - CLASSES))


def build(words: Sequence[str]) -> Tokens:
    """Returns the columns of the given tokens (from `text.tokens`). The result has one row for each token, in
    the same order.
    """
    special = _special()
    size = len(words)
    meta = np.tile(np.array(_PLAIN_ROW, np.int32), (size, 1))
    spellings = list(words)
    for place, word in enumerate(words):
        first = word[0]
        if word in special:
            meta[place] = special[word]
        if first < "a":
            spellings[place] = _unusual(word, first, meta[place])
        elif len(word) == 1:
            meta[place, FLAGS] |= INITIAL
        elif not word.isalpha():
            meta[place, FLAGS] |= NUMBER
    buffer = np.frombuffer(b" ".join([s.encode() for s in spellings]) + b" ", np.uint8)
    text = np.zeros((size, sounds.WIDTH), np.uint8)
    hashes, masks = np.zeros(size, np.uint64), np.zeros(size, np.uint64)
    sounds.featurise(buffer, meta, text, hashes, masks)
    return Tokens(text, meta, hashes, masks)


def _unusual(word: str, first: str, row: Any) -> str:
    """Sets the flags of a token that begins with a script mark or a digit. Returns the spelling of the
    token."""
    if first in _TAGS:
        row[FLAGS] |= _TAGS[first]
        if first == scripts.HAN:
            row[CHARACTER] = ord(word[1])
            return word[2:] or "x"
        return word[1:] or "x"
    row[FLAGS] |= NUMBER
    row[VALUE] = int(word) if word.isdigit() and len(word) < 9 else 0
    return word


#: Maximum number of stored words; above it, all are deleted.
MOST_WORDS = 50_000


class _Growing:
    """An array to which rows can be added. When the array is full, its capacity is doubled."""

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
        """Returns a view of the added rows. The view does not change when more rows are added."""
        return self._held[: self._size]


class Vocabulary:
    """A table of words for the kernels. The table contains, for each word, a number and the similar listed
    words.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        #: Words as written → numbers of their tokens; None if the tokens depend on adjacent words.
        self._written: dict[str, tuple[int, ...] | None] = {}
        self._table = (
            _Growing(np.uint8, sounds.WIDTH),
            _Growing(np.int32, META_WIDTH),
            _Growing(np.uint64),
            _Growing(np.uint64),
        )
        self._close = (
            _Growing(np.int32),
            _Growing(np.int32),
            _Growing(np.float32),
            _Growing(np.int32, 3),
        )
        self._close[0].add(np.zeros(1, np.int32))

    def __len__(self) -> int:
        """Returns the number of stored words."""
        return max(len(self._numbers), len(self._written))

    def read(self, name: str) -> list[list[int]]:
        """Returns the tokens of a name as numbers: one list, or several lists if the name has several
        readings. The tokens are the same as the tokens of `text.variants`. This method is faster than
        `text.variants`, because most words are already in the table.
        """
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
        """Returns, as tokens, the words that have a number but are not yet in the table. Returns None if no
        word is missing from the table.
        """
        known = len(self.table.hashes)
        return build(list(self._numbers)[known:]) if known < len(self._numbers) else None

    def add(self, found: Tokens, close: Arrays) -> None:
        """Adds new words (from `unknown`) to the table, each with the listed words that are similar to it
        (from `candidates.similar`).
        """
        begin, *others = close
        begin = begin[1:] + self._close[0].rows[-1]
        added = (*found, begin, *others)
        for column, rows in zip((*self._table, *self._close), added, strict=True):
            column.add(rows)

    @property
    def table(self) -> Tokens:
        """Returns all words as tokens, in the order of their numbers."""
        return Tokens(*(column.rows for column in self._table))

    @property
    def close(self) -> Arrays:
        """Returns the listed words that are similar to each word. The arrays contain the start of the results
        of each word, the rows of the similar words, their similarities and the positions of their
        postings."""
        return tuple(column.rows for column in self._close)
