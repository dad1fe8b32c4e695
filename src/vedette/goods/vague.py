"""Recognises descriptions of goods that are too vague to assess.

The rules follow the public guidance of customs authorities: the unacceptable descriptions of Transport
Canada's
pre-load programme, and the terms that HM Revenue & Customs calls vague. A description is vague if
nothing remains after the removal of general words, colours, sizes, codes and numbers.
"""

from __future__ import annotations

import csv
import functools
import importlib.resources
import re

from vedette.screening.control_lists.text import fold, is_han

#: A longer description always names something; it is not examined.
_MOST_WORDS = 12
#: A longer description, in characters, is not examined either.
_LONGEST = 120
#: Statements that say nothing about the goods.
_STATEMENTS = re.compile(
    r"\(?(?:no commercial value(?: declared)?|(?:value )?(?:for )?customs purposes? only|rtn to shipper)\)?|hs ?code:? ?\d*",  # noqa: E501
    re.IGNORECASE,
)
#: Words of which each statement contains one.
_STATEMENT_WORDS = frozenset(
    fold(word) for word in ("commercial", "customs", "rtn", "hscode", "hs")
)


@functools.cache
def _general() -> frozenset[str]:
    """Returns the folded words that do not say what goods are."""
    file = importlib.resources.files("vedette.goods") / "lists" / "vague.csv"
    words: set[str] = set()
    for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines()):
        for word in row["words"].split("|"):
            words.update(fold(word).split())
    return frozenset(words)


@functools.cache
def _han() -> re.Pattern[str]:
    words = sorted((word for word in _general() if is_han(word)), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)))


def is_vague(description: str) -> bool:
    """Returns whether a description does not say what the goods are."""
    return len(description) <= _LONGEST and are_vague(description, fold(description).split())


def are_vague(description: str, words: list[str]) -> bool:
    """Returns whether a description, whose folded words are given, does not say what the goods are."""
    if len(words) > _MOST_WORDS or len(description) > _LONGEST:
        return False
    general = _general()
    for word in words:
        if word not in general and not _says_nothing(word):
            break
    else:
        return True
    if _STATEMENT_WORDS.isdisjoint(words):
        return False
    rest = fold(_STATEMENTS.sub(" ", description)).split()
    return all(word in general or _says_nothing(word) for word in rest)


def _says_nothing(word: str) -> bool:
    """Returns whether a word is a number or a code without meaning, or consists of general Chinese words."""
    if word.isascii():
        if len(word) < 3:
            return True
        if word.isalpha():
            return False
    elif is_han(word):
        return not _han().sub("", word)
    figures = sum(char.isdecimal() or char in "lo" for char in word)
    return figures >= len(word) - 2 and any(char.isdecimal() for char in word)
