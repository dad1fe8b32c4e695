"""How a name as booked departs from the name of a document: turned, cut short, respelt, or another.

Booked and documented names differ for honest reasons too (a second given name left out, a space lost);
those are no difference here: half of all travellers would have one, and of some countries all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rapidfuzz.fuzz import ratio

from vedette.core.titles import plain_given
from vedette.travellers.manifest import fold

#: So much alike (0 to 100) is the same name in another spelling (as in `joining`).
ALIKE = 80.0
#: And each of surname and given names at least so much: brothers and sisters share half of a name.
_PART_ALIKE = 65.0
#: Fewer letters say nothing of a cut.
_LEAST = 3


class Name(NamedTuple):
    """A name as folded, and the words that it was made of."""

    surname: str
    given: str
    surname_words: tuple[str, ...]
    given_words: tuple[str, ...]


def name(surname: str | None, given: str | None) -> Name:
    """A name, its title taken off."""
    given = plain_given(given)
    return Name(fold(surname), fold(given), _words(surname), _words(given))


def _words(text: str | None) -> tuple[str, ...]:
    if not text:
        return ()
    return tuple([word for part in text.replace("-", " ").split() if (word := fold(part))])


def agree(one: Name, two: Name) -> bool:
    """The same surname, and given names of which one begins with the other (`joining`)."""
    return one.surname == two.surname and (
        one.given.startswith(two.given) or two.given.startswith(one.given)
    )


def turned(booked: Name, shown: Name) -> bool:
    """Whether surname and given names have changed places."""
    if booked.surname == shown.surname or not (booked.surname and shown.given):
        return False
    return _starts(booked.surname, shown.given) and _starts(booked.given, shown.surname)


def _starts(one: str, two: str) -> bool:
    short, long = sorted((one, two), key=len)
    return bool(short) and long.startswith(short)


def cut(booked: Name, shown: Name) -> bool:
    """Whether the booked name stops inside a word of the document's name. Where it stops between two
    words a name was left out, which is customary in many countries and no sign of anything."""
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
    """Whether it is another spelling of the same name: much alike, and neither equal, cut nor turned."""
    if agree(booked, shown) or turned(booked, shown) or cut(booked, shown):
        return False
    one, two = booked.given, shown.given
    length = min(len(one), len(two))
    if ratio(one[:length], two[:length]) > ratio(one, two):
        # A given name left out is no other spelling: what remains is compared.
        one, two = one[:length], two[:length]
    return (
        ratio(booked.surname, shown.surname) >= _PART_ALIKE
        and ratio(one, two) >= _PART_ALIKE
        and ratio(booked.surname + one, shown.surname + two) >= ALIKE
    )


def shown(names: Iterable[tuple[str | None, str | None]]) -> list[Name]:
    """The distinct names of documents that have a surname."""
    return [name(*one) for one in dict.fromkeys(names) if one[0]]
