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
    if len(description) > 120:
        return False
    words = fold(description).split()
    if len(words) > _MOST_WORDS:
        return False
    general = _general()
    rest = [word for word in words if word not in general and not _says_nothing(word)]
    if not rest or _STATEMENT_WORDS.isdisjoint(words):
        return not rest
    words = fold(_STATEMENTS.sub(" ", description)).split()
    return all(word in general or _says_nothing(word) for word in words)


def _says_nothing(word: str) -> bool:
    """Returns whether a word is a number or a code without meaning, or consists of general Chinese words."""
    if is_han(word):
        return not _han().sub("", word)
    if len(word) < 3 and word.isascii():
        return True
    figures = sum(char.isdecimal() or char in "lo" for char in word)
    return figures >= len(word) - 2 and any(char.isdecimal() for char in word)
