"""Finds the names and words of the knowledge in a description.

Each word of each name stands in one table, together with its other forms and its typing and reading errors. A
description whose words are not in the table needs no further work. For the others, the words are replaced by
those of the names, and sequences of words are compared with the names.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from vedette.screening.control_lists import text as texts
from vedette.screening.control_lists.model import Knowledge
from vedette.screening.control_lists.text import Token

#: Words of this length or longer are also found with an error; in names of several words, shorter ones too.
LONG, MIDDLE = 7, 5
#: Words that may stand between the words of a name.
_BETWEEN = frozenset(
    texts.fold(word)
    for word in [
        "de",
        "d",
        "du",
        "des",
        "of",
        "la",
        "le",
        "les",
        "l",
        "el",
        "los",
        "las",
        "di",
        "do",
        "da",
        "del",
        "dello",
        "della",
        "van",
        "von",
        "y",
        "et",
        "e",
        "and",
    ]
)
#: Maximum number of words between two words of a name, and maximum length of a Chinese word.
_GAP, _HAN_LONG = 2, 14
#: Number of the other forms of a word that are also found with an error.
_LIKELY_FORMS = 4
_CLASS = re.compile(r"\{(\w+)\}")


class Span(NamedTuple):
    """A name or word that was found: its term, and its words (first, after the last)."""

    term: str
    first: int
    last: int
    fuzzy: bool
    size: int = 1


class Found(NamedTuple):
    """What a description contains: its text with letters joined, its words, and the spans by term."""

    text: str
    positions: list[int] | None
    words: list[Token]
    spans: list[Span]

    def place(self, first: int, last: int) -> tuple[int, int]:
        """Returns the span of words in the original text."""
        start, end = self.words[first].start, self.words[last - 1].end
        return self.original(start, end)

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Returns a span of the joined text as a span of the original text."""
        if self.positions is None or end <= start:
            return start, end
        return self.positions[start], self.positions[end - 1] + 1


class _Word(NamedTuple):
    word: str
    fuzzy: bool


class Index:
    """The table of words and names. `weak` holds terms that do not start the work on a description."""

    def __init__(self, knowledge: Knowledge, *, weak: Iterable[str], loose: Iterable[str]) -> None:
        self._loose = frozenset(loose)
        weak_terms = frozenset(weak)
        phrases: dict[tuple[str, ...], set[str]] = defaultdict(set)
        originals: dict[str, str] = {}
        strong: set[tuple[str, ...]] = set()
        glued: dict[str, set[str]] = {}
        for term, names in itertools.chain(knowledge.names.items(), knowledge.words.items()):
            for name, made in _expanded(names, knowledge.classes):
                folded = []
                for token in texts.tokens(name):
                    folded.append(token.word)
                    originals.setdefault(token.word, name[token.start : token.end])
                key = tuple(folded)
                if not key:
                    continue
                variants = {key}
                if len(key) == 2 and not made and texts.is_cyrillic(name):
                    variants.add(key[::-1])
                if len(key) == 2 and name.isascii() and len(name) >= 12:
                    glued.setdefault("".join(key), set()).add(term)
                for one in variants:
                    phrases[one].add(term)
                    if term not in weak_terms:
                        strong.add(one)
        self._table = self._words(phrases, originals)
        for word, terms in glued.items():
            if word not in self._table:
                self._table[word] = _Word(word, False)
                phrases[(word,)] |= terms
                if terms - weak_terms:
                    strong.add((word,))
        self._phrases: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = defaultdict(list)
        for key, terms in phrases.items():
            self._phrases[key[0]].append((key, tuple(sorted(terms))))
        for options in self._phrases.values():
            options.sort(key=lambda option: -len(option[0]))
        anchors = {max(key, key=len) for key in strong}
        self._han = {word for word in self._table if texts.is_han(word)}
        self._numbers = frozenset(
            texts.fold(prefix + number) for number in knowledge.numbers for prefix in ("", "un")
        )
        self._anchors = self._numbers | {
            form
            for form, word in self._table.items()
            if word.word in anchors
            and form not in self._han
            and not (word.fuzzy and len(word.word) <= MIDDLE)
        }
        alone = {key[0] for key in strong if len(key) == 1}
        self._alone = self._numbers | {
            form
            for form in self._anchors
            if self._form(form) in alone and not self._is_short_error(form)
        }
        self._wholes: dict[str, list[frozenset[str]]] = defaultdict(list)
        for key in strong:
            if len(key) > 1:
                self._wholes[max(key, key=len)].append(frozenset(key))
        han = [word for word in self._han if word in anchors]
        self._han_anchor = re.compile(_pattern(han) or r"(?!)")
        self.size = len(self._table)

    @staticmethod
    def _words(
        phrases: dict[tuple[str, ...], set[str]], originals: dict[str, str]
    ) -> dict[str, _Word]:
        """Returns all forms of all words."""
        exact = {word for key in phrases for word in key}
        table = {word: _Word(word, False) for word in exact}
        likely = {word: table[word] for word in sorted(exact)}
        for word in sorted(exact):
            for number, form in enumerate(texts.forms(originals[word])):
                folded = texts.fold(form)
                table.setdefault(folded, _Word(word, False))
                if number < _LIKELY_FORMS:
                    likely.setdefault(folded, table[folded])
        correct = set(table)
        # The errors of a word share one object: there are half a million of them.
        with_error = {word: _Word(word, True) for word in exact}
        for form, known in likely.items():
            if len(form) >= MIDDLE and not texts.is_han(form) and not form.isdecimal():
                for error in texts.errors(form):
                    if len(error) >= MIDDLE - 1 and error not in correct:
                        held = table.get(error)
                        if held is None or len(held.word) < len(known.word):
                            table[error] = with_error[known.word]
        return table

    def worth_reading(self, description: str, folded: str, words: list[str]) -> bool:
        """Returns whether a description contains a word of a name. The folded description and its words
        are given."""
        if not self._anchors.isdisjoint(words) and self._has_name(words):
            return True
        if not description.isascii() and self._han_anchor.search(folded):
            return True
        return texts.may_be_spaced(folded) and texts.is_spaced(description)

    def _form(self, form: str) -> str:
        known = self._table.get(form)
        return form if known is None else known.word

    def _is_short_error(self, form: str) -> bool:
        known = self._table.get(form)
        return known is not None and known.fuzzy and len(known.word) < LONG

    def _has_name(self, words: list[str]) -> bool:
        """Returns whether all words of one name stand in a description."""
        if not self._alone.isdisjoint(words):
            return True
        known = {held.word for word in words if (held := self._table.get(word)) is not None}
        return any(
            not needed - known
            for word in self._anchors.intersection(words)
            for needed in self._wholes[self._form(word)]
        )

    def find(self, description: str) -> Found:
        """Returns the names and words of a description."""
        text, positions = texts.cleaned(description)
        tokens = list(self._tokens(text, joined=positions is not None))
        known = [self._table.get(token.word) for token in tokens]
        spans = []
        for first, word in enumerate(known):
            if word is None:
                continue
            for key, terms in self._phrases.get(word.word, ()):
                for loose in (False, True):
                    chosen = [term for term in terms if (term in self._loose) == loose]
                    if chosen and (end := self._match(key, first, tokens, known, loose=loose)):
                        last, fuzzy = end
                        spans += [Span(term, first, last, fuzzy, len(key)) for term in chosen]
        return Found(text, positions, tokens, spans)

    @staticmethod
    def _match(
        key: tuple[str, ...],
        first: int,
        tokens: list[Token],
        known: list[_Word | None],
        *,
        loose: bool,
    ) -> tuple[int, bool] | None:
        """Returns the end of a name that begins at a word, and whether it contains an error."""
        at, fuzzy, exact = first, 0, 0
        for number, wanted in enumerate(key):
            gap = 0
            while True:
                word = known[at] if at < len(known) else None
                if at >= len(known):
                    return None
                if word is not None and word.word == wanted:
                    break
                if number == 0 or gap == _GAP or not (loose or tokens[at].word in _BETWEEN):
                    return None
                gap += 1
                at += 1
            if word is not None and word.fuzzy:
                if len(key) == 1 and len(wanted) < LONG:
                    return None
                fuzzy += 1
            else:
                exact += 1
            at += 1
        if fuzzy and len(key) > 1 and not exact and min(map(len, key)) < LONG:
            return None
        return at, fuzzy > 0

    def _tokens(self, text: str, *, joined: bool) -> Iterator[Token]:
        """Yields the words. Chinese characters are divided into known words, and joined letters too."""
        for token in texts.tokens(text):
            if texts.is_han(token.word) and len(token.word) == token.end - token.start:
                yield from self._chinese(token)
            elif len(token.word) > 7 and token.word not in self._table and joined:
                yield from self._cut(token)
            elif len(token.word) > 12 and token.word not in self._table:
                yield from self._divided(token)
            else:
                yield token

    def _chinese(self, token: Token) -> Iterator[Token]:
        at, size, rest = 0, len(token.word), 0
        while at < size:
            for length in range(min(_HAN_LONG, size - at), 0, -1):
                part = token.word[at : at + length]
                if part in self._han:
                    if rest < at:
                        yield Token(token.word[rest:at], token.start + rest, token.start + at)
                    yield Token(part, token.start + at, token.start + at + length)
                    at += length
                    rest = at
                    break
            else:
                at += 1
        if rest < size:
            yield Token(token.word[rest:], token.start + rest, token.end)

    def _cut(self, token: Token) -> Iterator[Token]:
        """Divides joined letters into known words and the characters between them, so that as few
        characters as
        possible remain outside the known words."""
        word, size = token.word, len(token.word)
        if size != token.end - token.start or size > 200:
            yield token
            return
        costs, cuts = [0.0] * (size + 1), [0] * (size + 1)
        for end in range(1, size + 1):
            costs[end], cuts[end] = costs[end - 1] + 1, end - 1
            for start in range(max(0, end - 24), end - 2):
                known = self._table.get(word[start:end])
                if known is not None and (not known.fuzzy or end - start >= LONG):
                    cost = costs[start] + (0.4 if known.fuzzy else 0.2)
                    if cost < costs[end]:
                        costs[end], cuts[end] = cost, start
        parts, end = [], size
        while end:
            parts.append((cuts[end], end))
            end = cuts[end]
        rest = None
        for start, end in reversed(parts):
            if end - start == 1:
                rest = start if rest is None else rest
                continue
            if rest is not None:
                yield Token(word[rest:start], token.start + rest, token.start + start)
                rest = None
            yield Token(word[start:end], token.start + start, token.start + end)
        if rest is not None:
            yield Token(word[rest:], token.start + rest, token.end)

    def _divided(self, token: Token) -> Iterator[Token]:
        """Divides a word that consists of known words, each of four letters or more."""
        word, size = token.word, len(token.word)
        if size != token.end - token.start or size > 60:
            yield token
            return
        best: list[list[int] | None] = [None] * (size + 1)
        best[0] = [0]
        for end in range(4, size + 1):
            for start in range(end - 4, -1, -1):
                cuts = best[start]
                known = self._table.get(word[start:end])
                if cuts is not None and known is not None and not known.fuzzy:
                    best[end] = [*cuts, end]
                    break
        cuts = best[size]
        if cuts is None:
            yield token
            return
        for start, end in itertools.pairwise(cuts):
            yield Token(word[start:end], token.start + start, token.start + end)


def _pattern(words: Iterable[str]) -> str:
    """Returns a regular expression that finds whether a text contains one of the words. Common beginnings
    are written once, so that the search does not try each word at each place."""
    tree: dict[str, dict[str, object]] = {}
    for word in sorted(words):
        branch: dict[str, object] = tree  # type: ignore[assignment]
        for char in word:
            if "" in branch:
                break
            branch = branch.setdefault(char, {})  # type: ignore[assignment]
        else:
            branch.clear()
            branch[""] = {}

    def written(branch: dict[str, object]) -> str:
        if "" in branch:
            return ""
        parts = [re.escape(char) + written(rest) for char, rest in branch.items()]  # type: ignore[arg-type]
        return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"

    return written(tree) if tree else ""  # type: ignore[arg-type]


def _expanded(
    names: Iterable[str], classes: dict[str, tuple[str, ...]]
) -> Iterator[tuple[str, bool]]:
    """Yields the names with every word of their classes, and whether a name has classes. Chinese words
    are combined with each other only, and
    without a space, in the order of the Chinese name."""
    for name in names:
        wanted = _CLASS.findall(name)
        if not wanted:
            yield name, False
            continue
        template = _CLASS.sub("{}", name)
        for chosen in itertools.product(*(classes[one] for one in wanted)):
            han = [texts.is_han(word) for word in chosen]
            if all(han):
                # In Chinese the acid or the halogen precedes the metal, as in the names of salts.
                yield "".join(sorted(chosen, key=lambda word: -len(word))), True
                yield "".join(chosen), True
            elif not any(han):
                yield template.format(*chosen), True
                if len(chosen) == 2:
                    yield template.format(*reversed(chosen)), True


def names_of(knowledge: Knowledge, key: str) -> list[str]:
    """Returns all names of a key, with every word of their classes."""
    return [name for name, _ in _expanded(knowledge.names.get(key, ()), knowledge.classes)]
