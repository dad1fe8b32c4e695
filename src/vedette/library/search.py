"""The in-memory search of the library.

The score of an item is the sum over the words of the query of

    rarity × frequency ÷ (frequency + K) × quality

The sum is multiplied by the share of the words that the item contains, and by `OWN_LANGUAGE` if the item is
in the stated language. `frequency` is the number of times that the word occurs in the item. A word in the
title is counted `FIELDS["title"]` times. `quality` is 1 for a common key, `WEAK` for a weak key, and `NEAR`
for a similar word. `rarity` is the inverse document frequency of BM25. The rarity of a word is computed from
the number of items that contain a key of the word or of a similar word. Rarity is computed only from the
items that the reader may read. Items that the reader may not read therefore do not affect the scores, the
order, the number of results, the passages or the suggestions."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vedette.library.items import Item, Reader
from vedette.library.words import (
    MAX_WORD,
    ONE_FROM,
    SKELETON,
    STOP,
    fold,
    keys,
    keys_asked,
    shortened,
    spellings,
    words,
)

#: How often a word in each field counts.
FIELDS: Mapping[str, int] = {"title": 12, "keywords": 8, "summary": 3, "text": 1}
#: Saturation of the frequency, and the quality of a similar word and of a weak key.
K, NEAR, WEAK = 4.0, 0.55, 0.9
#: The most words of a query, and the length of a passage in characters.
MAX_QUERY, PASSAGE = 24, 160
#: The longest query in characters. The factor of an item in the language of the query, and of an item in the
#: language of the reader if that of the query is not known.
MAX_CHARACTERS, OWN_LANGUAGE, READER_LANGUAGE = 1_000, 1.5, 1.1
#: The most words of a text among which a passage is chosen.
_MOST_SPOTS = 200
#: An accent written apart or a vowel sign; the conjunction and article before an Arabic word.
_MARK = r"[\u0300-\u036f\u0640\u064b-\u0652\u0670]"
_MARKS, _JOINED = (
    f"{_MARK}*",
    f"(?:و{_MARK}*)?(?:[بكف]?{_MARK}*ا{_MARK}*ل{_MARK}*|ل{_MARK}*ل{_MARK}*)?",
)


def _signs() -> dict[str, str]:
    """Maps a normalised letter to a regular expression for the letters that are normalised to it."""
    forms: dict[str, set[str]] = {}
    for code in (*range(0xC0, 0x250), *range(0x621, 0x64B), 0x671):
        plain = fold(chr(code))
        if len(plain) == 1 and plain != chr(code):
            forms.setdefault(plain, {plain}).add(chr(code))
    return {plain: f"[{''.join(sorted(some))}]" for plain, some in forms.items()}


_SIGNS = _signs()


@dataclass(frozen=True)
class Found:
    """An item with its score and the passage of its text that contains most words of the query. `marks`
    contains the positions (first, last) of the words in the passage.
    """

    item: Item
    score: float
    passage: str
    marks: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Answer:
    """The result of a search: the items found (best first), their total number, and a corrected spelling of
    the query (or an empty text).
    """

    items: tuple[Found, ...]
    total: int


def _fields(item: Item) -> dict[str, str]:
    return {
        "title": item.title, "keywords": " ; ".join((*item.keywords, *item.substances, *item.hs)),
        "summary": item.summary, "text": item.text,
    }  # fmt: skip


def frequencies(item: Item) -> Counter[str]:
    """Returns how often each key occurs in an item, weighted by field."""
    counts: Counter[str] = Counter()
    for name, text in _fields(item).items():
        for _, _, word in words(text, item.language):
            for key in keys(word, item.language):
                counts[key] += FIELDS[name]
    return counts


def spelled(item: Item) -> set[tuple[str, str]]:
    """Returns the spellings of the words in an item, each with the strictest search key of the word. The
    spellings are used to find typing errors.
    """
    found = set()
    for text in _fields(item).values():
        for _, _, word in words(text, item.language):
            for spelling in spellings(word):
                if len(spelling) >= ONE_FROM and not any(sign.isdigit() for sign in spelling):
                    found.add((spelling, keys(word, item.language)[0]))
    return found


@dataclass(frozen=True)
class Asked:
    """A word of a query: as it is written, its spellings, and its keys."""

    word: str
    spellings: tuple[str, ...]
    keys: tuple[str, ...]


def asked_words(query: str, language: str = "") -> list[Asked]:
    """Returns the words of a query. If no language is given, words are reduced to their stems in each
    language."""
    tongues = [language] if language else list(STOP)
    empty = frozenset().union(*STOP.values()) if not language else STOP.get(language, frozenset())
    asked: dict[str, dict[str, None]] = {}
    for tongue in tongues:
        for _, _, word in words(query[:MAX_CHARACTERS], tongue):
            if fold(word) not in empty and (word in asked or len(asked) < MAX_QUERY):
                asked.setdefault(word, {}).update(dict.fromkeys(keys_asked(word, tongue)))
    return [Asked(word, spellings(word), tuple(forms)) for word, forms in asked.items()]


def language_of(query: str) -> str:
    """Returns the language of a query if it can be recognised from the letters or the stop words of the
    query; otherwise returns an empty text."""
    plain = [fold(match) for match in query[:MAX_CHARACTERS].split()]
    if any("\u0600" <= sign <= "\u06ff" for word in plain for sign in word):
        return "ar"
    counts = {tongue: sum(word in stop for word in plain) for tongue, stop in STOP.items()}
    best = max(counts, key=lambda tongue: counts[tongue])
    return best if list(counts.values()).count(counts[best]) == 1 else ""


def quality(key: str) -> float:
    """Returns the quality of a key of a word in the query."""
    return WEAK if key.startswith(SKELETON) else 1.0


class Index:
    """A search index over items of the library.

    The index contains every item of the library. Each search returns only items that the reader may read.
    """

    def __init__(self, items: Iterable[Item]) -> None:
        self._items: list[Item] = []
        self._places: dict[str, list[tuple[int, int]]] = {}
        self._near: dict[str, set[tuple[str, str]]] = {}
        known: set[tuple[str, str]] = set()
        for item in items:
            number = len(self._items)
            self._items.append(item)
            for key, count in frequencies(item).items():
                self._places.setdefault(key, []).append((number, count))
            for pair in spelled(item) - known:
                known.add(pair)
                for form in shortened(pair[0]):
                    self._near.setdefault(form, set()).add(pair)

    def search(self, query: str, reader: Reader, language: str = "", limit: int = 10) -> Answer:
        """Searches for the words of a query. `language` is the language of the query; if it is not given, the
        words are reduced to their stems in each language. Superseded items are sorted after all other items.
        """
        visible = [reader.may_read(item) for item in self._items]
        asked, known = asked_words(query, language), language or language_of(query)
        number = sum(visible)
        scores: dict[int, float] = {}
        hits: Counter[int] = Counter()
        for one in asked:
            best = self._of_word(one, visible, number)
            for place, value in best.items():
                scores[place] = scores.get(place, 0.0) + value
                hits[place] += 1
        for place in scores:
            scores[place] *= hits[place] / len(asked)
            if known and self._items[place].language == known:
                scores[place] *= OWN_LANGUAGE
        order = sorted(
            scores,
            key=lambda n: (
                bool(self._items[n].superseded_by),
                -round(scores[n], 9),
                self._items[n].id,
            ),
        )
        found = tuple(self._found(self._items[n], scores[n], asked) for n in order[:limit])
        return Answer(found, len(order))

    def _of_word(self, asked: Asked, visible: Sequence[bool], number: int) -> dict[int, float]:
        """Returns the score of one word of the query for each item that contains it or a similar word."""
        places: dict[str, list[tuple[str, int, int]]] = {}
        similar = self._similar(asked)
        for key in similar:
            for place, count in self._places.get(key, ()):
                if visible[place]:
                    places.setdefault("" if key in asked.keys else key, []).append(
                        (key, place, count)
                    )
        best: dict[int, float] = {}
        for some in places.values():
            found = len({place for _, place, _ in some})
            rarity = math.log(1 + (number - found + 0.5) / (found + 0.5))
            for key, place, count in some:
                value = rarity * count / (count + K) * similar[key]
                if value > best.get(place, 0.0):
                    best[place] = value
        return best

    def _similar(self, asked: Asked) -> dict[str, float]:
        """Returns the keys of a word, and the keys of similar words, with their quality."""
        pairs = {
            pair
            for spelling in asked.spellings
            for form in shortened(spelling)
            for pair in self._near.get(form, ())
        }
        return with_similar(asked, pairs)

    def _found(self, item: Item, score: float, asked: Sequence[Asked]) -> Found:
        texts = (item.text, item.summary, item.title)
        return Found(item, score, *passage_of(texts, item.language, asked))


def with_similar(asked: Asked, pairs: Iterable[tuple[str, str]]) -> dict[str, float]:
    """Returns the keys of a word of a query with their quality. The result contains the keys of the word
    itself, and the key of each pair in `pairs` (spelling and key) whose spelling differs from the word by a
    typing error."""
    found = {key: quality(key) for key in asked.keys}
    for spelling, key in pairs:
        if key not in found and any(close(spelling, one) for one in asked.spellings):
            found[key] = NEAR
    return found


def passage_of(
    texts: Sequence[str], language: str, asked: Sequence[Asked]
) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Returns the passage of the first text that contains a word of the query, and the positions (first,
    last) of these words within it. If no text contains a word of the query, returns the beginning of the
    second-last text that is not empty, without positions.
    """
    wanted = {key for one in asked for key in one.keys}
    pattern = _beginnings(wanted)
    for text in texts:
        spots = []
        for match in pattern.finditer(text):
            if wanted.intersection(keys(match[1][:MAX_WORD], language)):
                spots.append(match.span(1))
                if len(spots) == _MOST_SPOTS:
                    break
        if spots:
            return _passage(text, spots)
    return next((text[:PASSAGE] for text in texts[1:] if text), ""), ()


def _beginnings(wanted: Iterable[str]) -> re.Pattern[str]:
    """Returns a regular expression for words that begin like one of the keys, regardless of accents. Arabic
    words may begin with an article or a conjunction. The caller must then compare the keys of the words that
    were found.
    """
    found = []
    for key in wanted:
        key = key.removeprefix(SKELETON)
        start = "".join(
            _SIGNS.get(sign, re.escape(sign)) + _MARKS
            for sign in key[: max(2, min(4, len(key) - 1))]
        )
        found.append(_JOINED + start if "\u0600" <= key[:1] <= "\u06ff" else start)
    return re.compile(
        rf"(?<![^\W_])((?:{'|'.join(found) or '(?!)'})(?:[^\W_]|{_MARK})*(?:[./-]\d+)*)", re.I
    )


def close(one: str, other: str) -> bool:
    """Returns whether two keys differ in at most one letter, or in at most two letters if both are long. A
    swap of neighbouring letters is counted as one difference."""
    if len(one) < ONE_FROM or abs(len(one) - len(other)) > 2:
        return False
    most = 2 if min(len(one), len(other)) >= 8 else 1
    if abs(len(one) - len(other)) > most:
        return False
    return _distance(one, other, most) <= most


def _distance(one: str, other: str, most: int) -> int:
    """Returns the Damerau-Levenshtein distance of two words, in which neighbouring letters are swapped at
    most once. If the distance exceeds `most`, the result is any number greater than `most`.
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for n, sign in enumerate(one, 1):
        last, before, row = before, row, [n]
        for m, letter in enumerate(other, 1):
            value = min(before[m] + 1, row[m - 1] + 1, before[m - 1] + (sign != letter))
            if n > 1 and m > 1 and sign == other[m - 2] and one[n - 2] == letter:
                value = min(value, last[m - 2] + 1)
            row.append(value)
        if min(row) > most:
            return most + 1
    return row[-1]


def _passage(
    text: str, spots: Sequence[tuple[int, int]]
) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Returns the part of a text that contains most of the found words, and the positions of these words in
    the part.
    """
    first = max(
        spots, key=lambda spot: sum(spot[0] <= s and e <= spot[0] + PASSAGE for s, e in spots)
    )[0]
    start = max(0, text.rfind(" ", 0, max(0, first - PASSAGE // 4)) + 1)
    part = text[start : start + PASSAGE + PASSAGE // 4]
    inside = tuple(
        (s - start, e - start) for s, e in spots if s >= start and e - start <= len(part)
    )
    return part, inside
