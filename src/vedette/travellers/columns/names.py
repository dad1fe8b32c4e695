"""Differences between a booked name and a document's name: parts swapped, cut short, respelt, or another
name.

Booked and documented names also differ for harmless reasons (a second given name omitted, a space lost).
These cases do not count as a difference: otherwise half of all travellers, and in some countries all
travellers, would have a difference.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rapidfuzz.fuzz import ratio

from vedette.core.names import fold, plain_given

#: Minimum similarity (0 to 100) of two spellings of one name (as in `manifest`).
ALIKE = 80.0
#: Minimum similarity of the surnames and also of the given names, because brothers and sisters share half of
#: a name.
_PART_ALIKE = 65.0
#: With fewer letters, a cut cannot be detected.
_LEAST = 3


class Name(NamedTuple):
    """A folded name, and the words it consists of."""

    surname: str
    given: str
    surname_words: tuple[str, ...]
    given_words: tuple[str, ...]


def name(surname: str | None, given: str | None) -> Name:
    """Folds a name, without its title."""
    given = plain_given(given)
    return Name(fold(surname), fold(given), _words(surname), _words(given))


def _words(text: str | None) -> tuple[str, ...]:
    if not text:
        return ()
    return tuple([word for part in text.replace("-", " ").split() if (word := fold(part))])


def agree(one: Name, two: Name) -> bool:
    """Whether the surnames are equal and one of the given names begins with the other (as in `manifest`)."""
    return one.surname == two.surname and (
        one.given.startswith(two.given) or two.given.startswith(one.given)
    )


def turned(booked: Name, shown: Name) -> bool:
    """Whether surname and given names are swapped."""
    if booked.surname == shown.surname or not (booked.surname and shown.given):
        return False
    return _starts(booked.surname, shown.given) and _starts(booked.given, shown.surname)


def _starts(one: str, two: str) -> bool:
    short, long = sorted((one, two), key=len)
    return bool(short) and long.startswith(short)


def cut(booked: Name, shown: Name) -> bool:
    """Whether the booked name ends inside a word of the document's name. If it ends between two words, a name
    was omitted, which is common in many countries and has no significance."""
    if booked.surname == shown.surname:
        return _inside(booked.given, shown.given, shown.given_words)
    return _inside(booked.surname, shown.surname, shown.surname_words) and (
        _starts(booked.given, shown.given)
    )


def _inside(short: str, whole: str, words: tuple[str, ...]) -> bool:
    if len(short) < _LEAST or short == whole or not whole.startswith(short):
        return False
    ends, at = set(), 0
    for word in words:
        at += len(word)
        ends.add(at)
    return len(short) not in ends


def respelt(booked: Name, shown: Name) -> bool:
    """Whether the names are spellings of one name: similar, but not equal, cut or swapped."""
    if agree(booked, shown) or turned(booked, shown) or cut(booked, shown):
        return False
    one, two = booked.given, shown.given
    length = min(len(one), len(two))
    if ratio(one[:length], two[:length]) > ratio(one, two):
        # An omitted given name is not another spelling: only the common length is compared.
        one, two = one[:length], two[:length]
    return (
        ratio(booked.surname, shown.surname) >= _PART_ALIKE
        and ratio(one, two) >= _PART_ALIKE
        and ratio(booked.surname + one, shown.surname + two) >= ALIKE
    )


def shown(names: Iterable[tuple[str | None, str | None]]) -> list[Name]:
    """The distinct names of the documents that state a surname."""
    return [name(*one) for one in dict.fromkeys(names) if one[0]]
