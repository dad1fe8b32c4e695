"""Recognises descriptions of goods that are too vague to assess, and states the words that make them vague.

A description is vague in one of four cases. First, all its words are general words, colours, sizes, codes or
numbers. Second, the text without these words is a term that a customs authority publishes as not acceptable
(`lists/vague_terms.csv`), for example "shoes". Third, the description is short and ends with a general word,
so that the other words only state the use of the goods ("hydraulic parts"). Fourth, the description is short
and the model of `vague_model.py` gives it a high score, because no word names goods. `lists/README.md` states
the sources.
"""

from __future__ import annotations

import csv
import functools
import importlib.resources
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from vedette.core.texts import Text, gettext_lazy
from vedette.goods.vague_model import LONGEST, counted, described, examined, in_vocabulary
from vedette.screening.control_lists.text import fold, is_han, tokens

#: A longer description always names something; it is not examined.
_MOST_WORDS = 12
#: A longer description, in characters, is not examined either.
LONGEST_READ = 120
#: Maximum number of words whose values are kept in memory.
_KEPT = 200_000
#: Statements that say nothing about the goods.
_STATEMENTS = re.compile(
    r"\(?(?:no commercial value(?: declared)?|(?:value )?(?:for )?customs purposes? only|rtn to shipper)\)?|hs ?code:? ?\d*",  # noqa: E501
    re.IGNORECASE,
)
#: Words of which each statement contains one.
_STATEMENT_WORDS = frozenset(
    fold(word) for word in ("commercial", "customs", "rtn", "hscode", "hs")
)
#: Characters and words between two terms.
_SEPARATOR = re.compile(r"[/;&+]")
_BETWEEN = frozenset(fold(word) for word in ("and", "et", "y", "e", "or", "ou", "und"))
#: Characters and words that join two names of goods, or a name of goods and its material.
_JOINED = re.compile(r"[/;:,&+()]")
_JOINING = frozenset((*_BETWEEN, *(fold(word) for word in ("of", "for", "with"))))

GENERAL, LISTED, MODEL = "general_words", "listed_term", "no_name_of_goods"
HEAD = "general_head"
#: Maximum number of words, without numbers and words of one or two letters, of a description that ends with a
#: general word.
_MOST_OF_HEAD = 3
_SENTENCES = {
    GENERAL: gettext_lazy("The words of the description do not identify the goods."),
    LISTED: gettext_lazy("Customs authorities do not accept this term as a description of goods."),
    HEAD: gettext_lazy(
        "The description ends with a general word: it states what the goods are for, but not "
        "what they are."
    ),
    MODEL: gettext_lazy("The description does not contain a name that identifies the goods."),
}
_WORDS = gettext_lazy("Words: %(words)s.")


@dataclass(frozen=True, slots=True)
class Vagueness:
    """The reason why a description is vague: the rule, the words as they are written, and the authorities
    that list the term. If a general nomenclature lists the term, no authority is returned.
    """

    rule: str
    words: tuple[str, ...]
    authorities: tuple[str, ...] = ()

    def texts(self) -> tuple[Text, ...]:
        """Returns the sentences of the explanation."""
        sentences = (_SENTENCES[self.rule],)
        return (*sentences, _WORDS.given(words=self.words)) if self.words else sentences


class _Word(NamedTuple):
    """The values of a normalised word in the model: its class, its weight at any position, and its weight as
    the last word."""

    kind: str
    weight: float
    last: float


class _Weights(NamedTuple):
    known: frozenset[str]
    features: dict[str, float]
    constant: float
    threshold: float


def rows_of(name: str) -> Iterator[dict[str, str]]:
    file = importlib.resources.files("vedette.goods") / "lists" / name
    yield from csv.DictReader(file.read_text(encoding="utf-8").splitlines())


@functools.cache
def general_words() -> frozenset[str]:
    """Returns the normalised words that do not identify goods."""
    return _words_of("generic") | _words_of("colour") | _words_of("size")


@functools.cache
def _words_of(kind: str) -> frozenset[str]:
    """Returns the normalised words of a kind in `vague.csv`."""
    words: set[str] = set()
    for row in rows_of("vague.csv"):
        if row["kind"] == kind:
            for word in row["words"].split("|"):
                words.update(fold(word).split())
    return frozenset(words)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word


@functools.cache
def listed_terms() -> dict[str, tuple[str, ...]]:
    """Returns the terms that authorities do not accept, normalised and in the singular, with the
    authorities."""
    found: dict[str, set[str]] = {}
    for row in rows_of("vague_terms.csv"):
        for term in row["terms"].split("|"):
            words = _said(fold(term).split())
            if words:
                found.setdefault(" ".join(map(_singular, words)), set()).add(row["authority"])
    return {term: tuple(sorted(authorities)) for term, authorities in found.items()}


@functools.cache
def _first_words() -> frozenset[str]:
    """Returns, for each listed term, the first word that is not a general word, in the singular."""
    terms = (
        [word for word in fold(term).split() if not _is_filler(word)]
        for row in rows_of("vague_terms.csv")
        for term in row["terms"].split("|")
    )
    return frozenset(_singular(words[0]) for words in terms if words)


def _said(words: list[str]) -> list[str]:
    """Returns the words without numbers, colours, sizes and words that add no meaning to a term ("parts")."""
    without = _words_of("neutral") | _words_of("colour") | _words_of("size")
    general = general_words()
    return [
        word for word in words if word not in without and (word in general or not _is_filler(word))
    ]


@functools.cache
def _weights() -> _Weights:
    known, features = set(), {}
    single = {"constant": 0.0, "threshold": 0.0}
    for row in rows_of("vague_model.csv"):
        if row["kind"] == "known":
            known.add(row["text"])
        elif row["kind"] == "feature":
            features[row["text"]] = float(row["weight"])
        else:
            single[row["kind"]] = float(row["weight"])
    return _Weights(frozenset(known), features, single["constant"], single["threshold"])


@functools.cache
def _known() -> Callable[[str], bool]:
    return in_vocabulary(_weights().known)


@functools.cache
def _han() -> re.Pattern[str]:
    words = sorted((word for word in general_words() if is_han(word)), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)))


_memory: dict[str, _Word] = {}
_fillers: dict[str, bool] = {}
_shapes: dict[tuple[str, int], float] = {}


def _word(word: str) -> _Word:
    """Returns the data about a word, from the cache if possible."""
    found = _memory.get(word)
    if found is None:
        weights = _weights()
        one = described(word, _known(), general_words())
        found = _Word(
            one.kind,
            sum(filter(None, map(weights.features.get, one.features))),
            weights.features.get(one.last, 0.0),
        )
        if len(_memory) >= _KEPT:
            _memory.clear()
        _memory[word] = found
    return found


def is_vague(description: str) -> bool:
    """Returns whether a description is too vague to identify the goods."""
    return (
        len(description) <= LONGEST_READ
        and _rule(description, fold(description).split()) is not None
    )


def by_rule(description: str, without: str = "") -> bool:
    """Returns whether a description is vague according to the rules alone, without the model. `without` is
    the name of a list whose terms are not used. The value "other lists" means that no listed term is used.
    """
    words = fold(description).split()
    rule = _rule(description, words, model=False)
    return rule in (GENERAL, HEAD) or (rule == LISTED and without != "other lists")


def _rule(description: str, words: list[str], *, model: bool = True) -> str | None:
    """Returns the rule according to which a description is vague, or None if it is not vague."""
    if len(words) > _MOST_WORDS or len(description) > LONGEST_READ:
        return None
    remember = _fillers.get
    specific = ""
    for word in words:
        filler = remember(word)
        if not (filler if filler is not None else _remembered(word)):
            specific = word
            break
    may_be_listed = not specific or _singular(specific) in _first_words()
    has_statement = not _STATEMENT_WORDS.isdisjoint(words)
    if len(description) > LONGEST and not (may_be_listed or has_statement):
        return None
    if _names_article_and_material(words):
        return None
    if not specific:
        return GENERAL
    if has_statement:
        rest = fold(_STATEMENTS.sub(" ", description)).split()
        if all(map(_is_filler, rest)):
            return GENERAL
    if may_be_listed and _listed(description, words):
        return LISTED
    if len(description) <= LONGEST and _has_general_head(description, words):
        return HEAD
    if model and examined(description) and score(description, words) > _weights().threshold:
        return MODEL
    return None


def _has_general_head(description: str, words: list[str]) -> bool:
    """Returns whether the description is short and its last word is a general word ("hydraulic parts"). If
    the words are joined by punctuation or by words such as "and", the other words name goods ("microtomes;
    parts and accessories")."""
    if words[-1] not in _words_of("head") or _JOINED.search(description):
        return False
    if not _JOINING.isdisjoint(words):
        return False
    named = [word for word in words if len(word) > 2 and not _is_filler(word)]
    return len(named) < _MOST_OF_HEAD


def _remembered(word: str) -> bool:
    """Returns whether a word is a filler, from the cache if possible."""
    filler = _fillers.get(word)
    if filler is None:
        if len(_fillers) >= _KEPT:
            _fillers.clear()
        filler = _fillers[word] = _is_filler(word)
    return filler


def _names_article_and_material(words: list[str]) -> bool:
    """Returns whether the words name an article and its material ("wooden boxes")."""
    return not _words_of("material").isdisjoint(words) and not _words_of("article").isdisjoint(
        words
    )


def _listed(description: str, words: list[str]) -> tuple[str, ...]:
    """Returns the listed terms of which a description consists, or an empty result if it contains other
    words."""
    terms = listed_terms()
    if _SEPARATOR.search(description):
        words = fold(_SEPARATOR.sub(" et ", description)).split()
    found: list[str] = []
    piece: list[str] = []
    for word in (*words, "et"):
        if word in _BETWEEN:
            if piece:
                term = " ".join(piece)
                if term not in terms:
                    return ()
                found.append(term)
                piece = []
        elif _said([word]):
            piece.append(_singular(word))
    return tuple(found)


def score(description: str, words: list[str]) -> float:
    """Returns the score of the model. A higher score means a vaguer description."""
    weights = _weights()
    remember = _memory.get
    known = [remember(word) or _word(word) for word in words]
    kinds = "".join([one.kind for one in known])
    shape = (kinds, len(description) // 5)
    total = _shapes.get(shape)
    if total is None:
        if len(_shapes) >= _KEPT:
            _shapes.clear()
        total = _shapes[shape] = weights.constant + sum(
            filter(None, map(weights.features.get, counted(kinds, len(description))))
        )
    for one in known:
        total += one.weight
    return total + known[-1].last


def explain(description: str, words: list[str] | None = None) -> Vagueness | None:
    """Returns why a description is vague, or None for a description that names goods.

    `words` contains the normalised words of the description, if the words are known.
    """
    if len(description) > LONGEST_READ:
        return None
    words = fold(description).split() if words is None else words
    rule = _rule(description, words)
    if rule is None:
        return None
    authorities: tuple[str, ...] = ()
    if rule == HEAD:
        chosen = {words[-1]}
    elif rule == LISTED:
        chosen = set(_said(words)) - _BETWEEN
        terms = listed_terms()
        found = {name for term in _listed(description, words) for name in terms[term]}
        authorities = tuple(sorted(found - {"general"}))
    elif rule == MODEL:
        known = {word: _word(word) for word in words}
        chosen = {
            word
            for word, one in known.items()
            if one.kind == "u" or (one.kind == "k" and one.weight > 0)
        }
    else:
        chosen = set(words)
    written = [
        description[token.start : token.end]
        for token in tokens(description)
        if token.word in chosen
    ]
    return Vagueness(rule, tuple(dict.fromkeys(written)), authorities)


def _is_filler(word: str) -> bool:
    """Returns whether a word is general, a number or a code, or consists of general Chinese words."""
    if word in general_words():
        return True
    if word.isascii():
        if len(word) < 3:
            return True
        if word.isalpha():
            return False
    elif is_han(word):
        return not _han().sub("", word)
    figures = sum(char.isdecimal() or char in "lo" for char in word)
    return figures >= len(word) - 2 and any(char.isdecimal() for char in word)
