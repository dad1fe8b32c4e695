"""Finds in a description the names and words that the `Knowledge` object contains.

Each word of each name is in one table, together with its other forms and its typing and reading errors. A
description is not examined further if none of its words is in the table. For other descriptions, each word is
replaced by the corresponding word of a name, and sequences of words are compared with the names.
"""

from __future__ import annotations

import itertools
import re
import weakref
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from vedette.screening.control_lists import arrays
from vedette.screening.control_lists import text as texts
from vedette.screening.control_lists.model import Knowledge
from vedette.screening.control_lists.names import CLASS, combined
from vedette.screening.control_lists.text import Token
from vedette.screening.control_lists.words import ALONE, ANCHOR, MOST, Word, Words, hashes_of

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
#: Words that are longer than these are divided, among joined letters and elsewhere.
_WHOLE_WORD, _LONG_WORD = 7, 12
#: Words of a name that are further apart, in words that occur in names, do not start the work.
_FAR = 40
#: Number of forms whose part in names is kept.
_KEPT = 20_000
#: Maximum length of a word among joined letters.
_CUT_LONG = 24
#: Codes in a folded batch: the end of a line, a gap between words, the first and the last Chinese character.
_LINE_END, _GAP_CODE, _HAN_FIRST, _HAN_LAST = 10, 32, 0x3400, 0x9FFF
#: Number of the other forms of a word that are also found with an error.
_LIKELY_FORMS = 4
#: The filter of pairs of words has a place for each value of the upper bits of a hash.
_PAIR_BITS, _PAIR_MIX = 18, np.uint64(0x9E3779B97F4A7C15)


#: Makes a named tuple from its values without naming them.
_new = tuple.__new__
#: The terms of the end of a name in the tree of whole names.
_WHOLE = ("whole",)


class Span(NamedTuple):
    """A name or word that was found: its term, the position of its first word, and the position after its
    last word."""

    term: str
    first: int
    last: int
    fuzzy: bool
    size: int = 1


class Found(NamedTuple):
    """The content of a description: its text with joined letters, the normalised form of this text, its
    words, and the spans by term."""

    text: str
    folded: str
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


@dataclass(slots=True)
class _Node:
    """A node in a tree of names: the nodes of the next words, and the terms of the names that end here.
    `loose` contains the terms whose words may be separated by other words. `any_loose` is true if such a term
    ends at this node or at a later node."""

    children: dict[str, _Node] | None = None
    strict: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()
    any_loose: bool = False

    def at(self, key: Iterable[str]) -> _Node:
        """Returns the node at the end of a sequence of symbols, and adds it if it does not exist."""
        node = self
        for symbol in key:
            if node.children is None:
                node.children = {}
            child = node.children.get(symbol)
            if child is None:
                child = node.children[symbol] = _Node()
            node = child
        return node

    def shared(self, known: dict[tuple[object, ...], _Node]) -> _Node:
        """Returns a node with the same content and with its terms in order. Equal parts of nodes are stored
        only once."""
        content: tuple[object, ...] = ()
        if self.children is not None:
            for symbol, child in self.children.items():
                self.children[symbol] = shared = child.shared(known)
                self.any_loose |= shared.any_loose
            content = tuple(sorted((symbol, id(child)) for symbol, child in self.children.items()))
        self.any_loose |= bool(self.loose)
        self.strict, self.loose = tuple(sorted(self.strict)), tuple(sorted(self.loose))
        return known.setdefault((self.strict, self.loose, content), self)


_shared: weakref.WeakValueDictionary[tuple[int, ...], Index] = weakref.WeakValueDictionary()


def index_of(knowledge: Knowledge, *, weak: tuple[str, ...], loose: tuple[str, ...]) -> Index:
    """Returns the index of the names in `knowledge`. The lists of different days have the same names and
    share one index."""
    naming = (knowledge.names, knowledge.words, knowledge.classes, knowledge.numbers, weak, loose)
    key = tuple(map(id, naming))
    index = _shared.get(key)
    if index is None:
        index = _shared[key] = Index(knowledge, weak=weak, loose=loose)
        # The identities remain valid as long as the index refers to the objects.
        index.naming = naming
    return index


class Index:
    """The table of words, and the tree of names. `weak` contains terms that are not sufficient for a
    description to be examined further. `loose` contains terms whose words may be separated by other words.

    Words that occur only in the same classes have the same symbol. The tree of names consists of symbols.
    Equal parts of the tree are stored once.
    """

    def __init__(self, knowledge: Knowledge, *, weak: Iterable[str], loose: Iterable[str]) -> None:
        self.naming: tuple[object, ...] = ()
        weak_terms, loose_terms = frozenset(weak), frozenset(loose)
        self._symbols = _symbols(knowledge)
        symbol = self._symbols.get
        names_tree, wholes = _Node(), _Node()
        originals: dict[str, str] = {}
        anchors: set[str] = set()
        alone: set[str] = set()
        together: set[tuple[str, str]] = set()
        glued: dict[str, tuple[str, ...]] = {}
        for term, names in itertools.chain(knowledge.names.items(), knowledge.words.items()):
            is_strong, is_loose = term not in weak_terms, term in loose_terms
            done: set[tuple[str, ...]] = set()
            for key, joinable, both_ways in _keys(names, knowledge.classes, originals):
                if joinable:
                    joined = "".join(key)
                    glued[joined] = _with(glued.get(joined, ()), term)
                for one in (key, key[::-1]) if both_ways else (key,):
                    if is_strong:
                        anchors.add(max(one, key=len))
                        if len(one) == 1:
                            alone.add(one[0])
                    symbols = tuple([symbol(word, word) for word in one])
                    if symbols in done:
                        continue
                    done.add(symbols)
                    node = names_tree.at(symbols)
                    if is_loose:
                        node.loose = _with(node.loose, term)
                    else:
                        node.strict = _with(node.strict, term)
                    if is_strong and len(one) > 1:
                        different = sorted(set(symbols))
                        wholes.at(different).strict = _WHOLE
                        together.update(itertools.combinations(different, 2))
        correct, likely = _forms(originals)
        self.words = Words(correct, likely)
        self._parts: dict[str, tuple[str, tuple[int, bool]] | None] = {}
        for word in self.words.add(glued):
            node = names_tree.at((word,))
            for term in glued[word]:
                if term in loose_terms:
                    node.loose = _with(node.loose, term)
                else:
                    node.strict = _with(node.strict, term)
                if term not in weak_terms:
                    anchors.add(word)
                    alone.add(word)
        self._names = names_tree.shared({})
        self._wholes = wholes.shared({})
        self._han = {word for word in correct if texts.is_han(word)}
        numbered = {one: at for at, one in enumerate(sorted(set(itertools.chain(*together))), 1)}
        self._together = np.array(
            sorted(numbered[one] << 32 | numbered[other] for one, other in together),
            dtype=np.uint64,
        )
        self._together_filter = np.zeros(1 << _PAIR_BITS, dtype=bool)
        self._together_filter[_place_of(self._together)] = True
        self.words.mark(
            numbered={word: numbered.get(symbol(word, word), 0) for word in originals},
            anchors=anchors - self._han,
            alone=alone,
            numbers=[
                texts.fold(prefix + one) for one in knowledge.numbers for prefix in ("", "un")
            ],
            short=MIDDLE,
            long=LONG,
        )
        han = sorted(self._han & anchors)
        self._han_anchor = re.compile(_pattern(han) or r"(?!)")
        self._han_pairs = np.zeros(1 << 16, dtype=bool)
        self._han_pairs[[_pair(ord(word[0]), ord(word[1:2] or "\0")) for word in han]] = True
        if any(len(word) == 1 for word in han):
            self._han_pairs[:] = True
        self.size = len(self.words)

    def worth_reading(self, batch: Sequence[str], folded: arrays.Codes) -> set[int]:
        """Returns the indexes of the descriptions that contain a name, or single letters with spaces between
        them. `folded` is the normalised form of the batch."""
        if not len(folded):
            return set()
        line_ends = np.flatnonzero(folded == _LINE_END)
        letters, gaps = folded > _GAP_CODE, folded == _GAP_CODE
        edges = np.flatnonzero(np.diff(letters, prepend=False, append=False))
        firsts, lasts = edges[::2], edges[1::2]
        worth: set[int] = set()
        if len(firsts):
            places = self.words.places(hashes_of(folded[letters], lasts - firsts))
            known = np.flatnonzero(places >= 0)
            firsts, lasts = firsts[known], lasts[known]
            places, lines = places[known], np.searchsorted(line_ends, firsts)
            marks = self.words.marks[places]
            worth.update(lines[marks & ALONE > 0].tolist())
            anchored = np.zeros(len(batch), dtype=bool)
            anchored[lines[marks & ANCHOR > 0]] = True
            anchored[list(worth)] = False
            numbers = self._together_in(lines, self.words.numbers[places], anchored)
            begins, ends = np.searchsorted(lines, numbers), np.searchsorted(lines, numbers, "right")
            for number, begin, end in zip(numbers, begins.tolist(), ends.tolist(), strict=True):
                # Only the known words of the description can be words of a name.
                spans = zip(firsts[begin:end].tolist(), lasts[begin:end].tolist(), strict=True)
                if self._has_name([arrays.written(folded[one:last]) for one, last in spans]):
                    worth.add(number)
        apart = np.flatnonzero(
            gaps[:-6]
            & letters[1:-5]
            & gaps[2:-4]
            & letters[3:-3]
            & gaps[4:-2]
            & letters[5:-1]
            & gaps[6:]
        )
        for number in set(np.searchsorted(line_ends, apart).tolist()) - worth:
            if texts.is_spaced(batch[number]):
                worth.add(number)
        han = np.flatnonzero((folded[:-1] >= _HAN_FIRST) & (folded[:-1] <= _HAN_LAST))
        if len(han):
            han = han[self._han_pairs[_pair(folded[han], folded[han + 1])]]
            for number in set(np.searchsorted(line_ends, han).tolist()) - worth:
                if self._han_anchor.search(texts.fold(batch[number])):
                    worth.add(number)
        return worth

    def is_worth_reading(self, description: str) -> bool:
        """Returns whether `worth_reading` would select this description. For few descriptions, this function
        is faster."""
        folded = texts.fold(description)
        words = folded.split()
        places = [place for word in words if (place := self.words.place(word)) >= 0]
        marks = [int(self.words.marks[place]) for place in places]
        if any(mark & ALONE for mark in marks):
            return True
        if len(places) > 1 and any(mark & ANCHOR for mark in marks):
            together = sum(self.words.numbers[place] > 0 for place in places)
            if together > 1 and self._has_name(words):
                return True
        if not description.isascii() and self._han_anchor.search(folded) is not None:
            return True
        return texts.may_be_spaced(folded) and texts.is_spaced(description)

    def _together_in(
        self,
        lines: npt.NDArray[np.int64],
        numbers: npt.NDArray[np.uint32],
        wanted: npt.NDArray[np.bool_],
    ) -> list[int]:
        """Returns the lines that contain two words of one name. `lines` and `numbers` contain the line and
        the number of each word, and `wanted` states which lines are examined."""
        if not len(self._together):
            return []
        kept = (numbers > 0) & wanted[lines]
        lines, ids = lines[kept], numbers[kept].astype(np.uint64)
        firsts: list[npt.NDArray[np.int64]] = []
        for distance in range(1, min(_FAR, len(lines))):
            same = np.flatnonzero(lines[distance:] == lines[:-distance])
            if not len(same):
                break
            firsts.append(same)
        if not firsts:
            return []
        first = np.concatenate(firsts)
        distances = np.repeat(np.arange(1, len(firsts) + 1), [len(same) for same in firsts])
        one, other = ids[first], ids[first + distances]
        pairs = np.minimum(one, other) << np.uint64(32) | np.maximum(one, other)
        # Most pairs are in no name. The filter finds them faster than the search.
        likely = np.flatnonzero(self._together_filter[_place_of(pairs)])
        at = np.searchsorted(self._together, pairs[likely])
        at = np.minimum(at, len(self._together) - 1)
        same_pair = self._together[at] == pairs[likely]
        found: list[int] = np.unique(lines[first[likely[same_pair]]]).tolist()
        return found

    def _has_name(self, words: list[str]) -> bool:
        """Returns whether all words of one name occur in a description. The longest of these words must be
        reliable. A word is not reliable if it is short and has an error, or if it is Chinese.
        """
        held: dict[str, list[tuple[int, bool]]] = defaultdict(list)
        for word in words:
            try:
                part = self._parts[word]
            except KeyError:
                part = self._part(word)
            if part is not None:
                held[part[0]].append(part[1])

        def complete(node: _Node, chosen: list[str]) -> bool:
            if node.strict and any(
                sure and all(min(held[other])[0] <= size for other in chosen)
                for one in chosen
                for size, sure in held[one]
            ):
                return True
            children = node.children or {}
            return any(
                complete(children[symbol], [*chosen, symbol])
                for symbol in children.keys() & held.keys()
            )

        return complete(self._wholes, [])

    def _part(self, word: str) -> tuple[str, tuple[int, bool]] | None:
        """Returns the symbol of a form, the length of its word, and whether the form is reliable. Returns
        None if no name contains the form. The result is kept."""
        known = self.words.get(word)
        part = None
        if known is not None:
            size = len(known.word)
            sure = not (known.fuzzy and size <= MIDDLE) and not texts.is_han(known.word)
            part = self._symbols.get(known.word, known.word), (size, sure)
        if len(self._parts) >= _KEPT:
            self._parts.clear()
        if len(word) <= MOST:
            self._parts[word] = part
        return part

    def find(self, description: str) -> Found:
        """Returns the names and words of a description."""
        text, folded, positions, tokens = texts.read(description)
        tokens = self._divide(folded, tokens, joined=positions is not None)
        exact, with_error = self.words.exact.get, self.words.with_error
        known = [exact(token.word) or with_error(token.word) for token in tokens]
        symbol_of = self._symbols.get
        symbols = [None if one is None else symbol_of(one.word, one.word) for one in known]
        spans: list[Span] = []
        starts = self._names.children or {}
        count = len(tokens)
        for first, symbol in enumerate(symbols):
            node = None if symbol is None else starts.get(symbol)
            if node is None:
                continue
            found: list[tuple[int, bool, int, bool, tuple[str, ...]]] = []
            children, after = node.children, first + 1
            if children is not None and (
                node.any_loose
                or (
                    after < count and (symbols[after] in children or tokens[after].word in _BETWEEN)
                )
            ):
                for loose in (False, True) if node.any_loose else (False,):
                    self._follow(node, first, tokens, known, symbols, loose, found)
            else:
                # No name goes on with the next word.
                word = known[first]
                if word is not None and not (word.fuzzy and len(word.word) < LONG):
                    if node.strict:
                        found.append((-1, False, after, word.fuzzy, node.strict))
                    if node.loose:
                        found.append((-1, True, after, word.fuzzy, node.loose))
            if len(found) > 1:
                found.sort(key=lambda one: one[:2])
            for size, _, last, fuzzy, terms in found:
                spans += [_new(Span, (term, first, last, fuzzy, -size)) for term in terms]
        return Found(text, folded, positions, tokens, spans)

    @staticmethod
    def _follow(
        node: _Node,
        first: int,
        tokens: list[Token],
        known: list[Word | None],
        symbols: list[str | None],
        loose: bool,
        found: list[tuple[int, bool, int, bool, tuple[str, ...]]],
    ) -> None:
        """Adds the names that begin at a word. Each result is a tuple: the negative number of words, whether
        the words may be separated, the end, whether the name contains an error, and the terms."""
        count = len(tokens)
        word = known[first]
        if word is None:
            return
        fuzzy = word.fuzzy
        # A place in the tree, the next word, the numbers of words, of errors and of exact words, and the
        # shortest length.
        open_: list[tuple[_Node, int, int, int, int, int]] = [
            (node, first + 1, 1, int(fuzzy), int(not fuzzy), len(word.word))
        ]
        while open_:
            node, at, size, errors, exact, shortest = open_.pop()
            terms = node.loose if loose else node.strict
            if terms and (not errors or shortest >= LONG or (size > 1 and exact)):
                found.append((-size, loose, at, errors > 0, terms))
            children = node.children
            if not children:
                continue
            tried: list[str] = []
            for gap in range(at, min(at + _GAP + 1, count)):
                symbol = symbols[gap]
                if symbol is not None and symbol not in tried:
                    child = children.get(symbol)
                    word = known[gap]
                    if child is not None and word is not None and (child.any_loose or not loose):
                        tried.append(symbol)
                        more = int(word.fuzzy)
                        open_.append(
                            (child, gap + 1, size + 1, errors + more, exact + 1 - more,
                             min(shortest, len(word.word)))
                        )  # fmt: skip
                if not loose and tokens[gap].word not in _BETWEEN:
                    break

    def _divide(self, folded: str, tokens: list[Token], *, joined: bool) -> list[Token]:
        """Divides Chinese characters, joined letters and long words into known words."""
        longest = _WHOLE_WORD if joined else _LONG_WORD
        if folded.isascii() and not any(len(token.word) > longest for token in tokens):
            return tokens
        divided: list[Token] = []
        any_han = texts.is_han(folded)
        for token in tokens:
            size = len(token.word)
            if any_han and texts.is_han(token.word) and size == token.end - token.start:
                divided += self._chinese(token)
            elif size > _WHOLE_WORD and token.word not in self.words and joined:
                divided += self._cut(token)
            elif size > _LONG_WORD and token.word not in self.words:
                divided += self._divided(token)
            else:
                divided.append(token)
        return divided

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
        """Divides joined letters into known words and the characters between them. The division leaves as few
        characters as possible outside the known words."""
        word, size = token.word, len(token.word)
        if size != token.end - token.start or size > 200:
            yield token
            return
        known = self.words.parts(word, least=3, most=_CUT_LONG)
        costs, cuts = [0.0] * (size + 1), [0] * (size + 1)
        for end in range(1, size + 1):
            costs[end], cuts[end] = costs[end - 1] + 1, end - 1
            for start, held in known.get(end, ()):
                if not held.fuzzy or end - start >= LONG:
                    cost = costs[start] + (0.4 if held.fuzzy else 0.2)
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
        for start in range(size - 3):
            cuts = best[start]
            if cuts is not None:
                for end in range(start + 4, size + 1):
                    if word[start:end] in self.words.exact:
                        best[end] = [*cuts, end]
        cuts = best[size]
        if cuts is None:
            yield token
            return
        for start, end in itertools.pairwise(cuts):
            yield Token(word[start:end], token.start + start, token.start + end)


def _symbols(knowledge: Knowledge) -> dict[str, str]:
    """Maps words to symbols. Words that occur in exactly the same classes, and in no name outside these
    classes, get the same symbol. For every other word, the symbol is the word itself."""
    elsewhere: set[str] = set()
    of_classes: dict[str, set[str]] = defaultdict(set)
    for name in itertools.chain(*knowledge.names.values(), *knowledge.words.values()):
        elsewhere.update(texts.words(CLASS.sub(" ", name)))
    for name, members in knowledge.classes.items():
        for member in members:
            parts = texts.words(member)
            if len(parts) == 1:
                of_classes[parts[0]].add(name)
            else:
                elsewhere.update(parts)
    return {
        word: f"{{{'+'.join(sorted(names))}}}"
        for word, names in of_classes.items()
        if word not in elsewhere
    }


def _with(terms: tuple[str, ...], term: str) -> tuple[str, ...]:
    """Returns the terms and one additional term, without duplicates."""
    return terms if term in terms else (*terms, term)


def _forms(originals: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """Returns the word for each correct form, and the correct forms that are also found with an error.
    `originals` contains the words with their spelling."""
    exact = sorted(originals)
    correct = {word: word for word in exact}
    likely = dict.fromkeys(exact)
    for word in exact:
        for number, form in enumerate(texts.forms(originals[word])):
            folded = texts.fold(form)
            correct.setdefault(folded, word)
            if number < _LIKELY_FORMS:
                likely.setdefault(folded)
    return correct, [
        form
        for form in likely
        if len(form) >= MIDDLE and not texts.is_han(form) and not form.isdecimal()
    ]


def _keys(
    names: Iterable[str], classes: dict[str, tuple[str, ...]], originals: dict[str, str]
) -> Iterator[tuple[tuple[str, ...], bool, bool]]:
    """Yields the normalised words of each name. Also yields whether the name is found if its words are
    written as one word, and whether the name is found with its words in either order. Adds the spelling of
    new words to `originals`."""

    def key(name: str) -> tuple[str, ...]:
        folded = []
        for token in texts.tokens(name):
            originals.setdefault(token.word, name[token.start : token.end])
            folded.append(token.word)
        return tuple(folded)

    held: dict[str, tuple[str, ...]] = {}
    for name in names:
        if not (wanted := CLASS.findall(name)):
            words = key(name)
            if words:
                two = len(words) == 2
                yield words, two and _joinable(name), two and texts.is_cyrillic(name)
            continue
        for made in combined(name, wanted, classes):
            if isinstance(made, str):
                words = key(made)
                yield words, len(words) == 2 and _joinable(made), False
                continue
            parts: list[str] = []
            for one in made:
                if one not in held:
                    held[one] = key(one)
                parts += held[one]
            yield tuple(parts), len(parts) == 2 and _joinable(" ".join(made)), False


def _joinable(name: str) -> bool:
    """Returns whether a name of two words is also found without the space."""
    return name.isascii() and len(name) >= 12


def _place_of(pairs: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Returns the positions of pairs of words in the filter of pairs."""
    return (pairs * _PAIR_MIX) >> np.uint64(64 - _PAIR_BITS)


def _pair(one: Any, other: Any) -> Any:
    """Returns a number of 16 bits for each pair of codes."""
    return (one * 31 + other * 1009) & 0xFFFF


def _pattern(words: Iterable[str]) -> str:
    """Returns a regular expression that finds whether a text contains one of the words. Common beginnings of
    names are stored only once, so that the search does not try each word at each position.
    """
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
