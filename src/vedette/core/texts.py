"""Texts for users, before their translation. Code without Django returns `Text` objects, and pages and
commands translate them.

A `Text` is an English gettext message id with its parameters. `render` converts a `Text` to a string. In this
module, the default language is English. The module `apps/rendering.py` uses gettext and the user's language.
The functions that create a `Text` have the same names as Django's functions, so that makemessages finds their
arguments. The catalogue of a language also defines the form of numbers, days and enumerations.
"""

from __future__ import annotations

import datetime as dt
import gettext
import re
from decimal import Decimal
from typing import NamedTuple, TypeAlias

import msgspec

from vedette.core.records import Record

_PLACE = re.compile(r"%\((\w+)\)s")


class Day(Record, frozen=True, kw_only=False, tag_field="is", tag="day"):
    """A day, written in the form of the user's language."""

    value: dt.date


class Text(Record, frozen=True, kw_only=True, tag_field="is", tag="text"):
    """An English text with its parameters (`%(name)s`). If the text has a plural, the parameter `n` selects
    the singular or the plural. Pages emphasise the parameter `value`.
    """

    msgid: str
    plural: str = ""
    context: str = ""
    params: dict[str, Param] = msgspec.field(default_factory=dict)

    def given(self, **params: Param) -> Text:
        """Returns a copy of the text with additional parameters."""
        return msgspec.structs.replace(self, params=self.params | params)


#: The value of a parameter: strings are inserted unchanged, numbers and days in the form of the language.
One: TypeAlias = str | int | float | Day | Text
#: One value, or several, joined by commas.
Param: TypeAlias = One | tuple[One, ...]


def gettext_lazy(msgid: str, **params: Param) -> Text:
    """A text without a context for translators."""
    return Text(msgid=msgid, params=params)


def pgettext_lazy(context: str, msgid: str, **params: Param) -> Text:
    """A text with a context, for a message id that has several translations."""
    return Text(msgid=msgid, context=context, params=params)


def ngettext_lazy(msgid: str, plural: str, **params: Param) -> Text:
    """A text with a singular and a plural, selected by the parameter `n`."""
    return Text(msgid=msgid, plural=plural, params=params)


#: A language, given by its catalogue.
Language: TypeAlias = gettext.NullTranslations
ENGLISH = Language()

_POINT = pgettext_lazy("decimal point", ".")
_THOUSANDS = pgettext_lazy("between thousands", ",")
_COMMA = pgettext_lazy("between parts of an enumeration", ", ")
#: `cut`: the decimals are cut off, so that 1.5 has the plural form of 1. `many`: a number with decimals has
#: the plural form of a large number.
_DECIMALS = pgettext_lazy("plural of numbers with decimals: cut or many", "many")
#: Words that lose their last letter before a vowel, separated by spaces: in French `de que`.
_ELIDED = pgettext_lazy("words elided before a vowel, or -", "-")
_FIRST = pgettext_lazy("first day of a month", "1")
_DATE = pgettext_lazy("date", "%(day)s %(month)s %(year)s")
_MONTHS = (
    pgettext_lazy("month", "January"), pgettext_lazy("month", "February"),
    pgettext_lazy("month", "March"), pgettext_lazy("month", "April"), pgettext_lazy("month", "May"),
    pgettext_lazy("month", "June"), pgettext_lazy("month", "July"), pgettext_lazy("month", "August"),
    pgettext_lazy("month", "September"), pgettext_lazy("month", "October"),
    pgettext_lazy("month", "November"), pgettext_lazy("month", "December"),
)  # fmt: skip


class Piece(NamedTuple):
    """A part of a rendered text. `strong` is true for the parameter `value`."""

    text: str
    strong: bool = False


def render(said: Param, language: Language = ENGLISH) -> str:
    """Converts a text or the value of a parameter to a string in the given language."""
    match said:
        case str():
            return said
        case int() | float():
            return number(said, language)
        case Day(value=value):
            return day(value, language)
        case tuple():
            return _word(_COMMA, language).join(render(one, language) for one in said)
    return "".join(piece.text for piece in pieces(said, language))


def pieces(said: Text, language: Language = ENGLISH) -> list[Piece]:
    """Renders a text in a language as a list of its parts."""
    template = _word(said, language)
    made: list[Piece] = []
    end = 0
    for place in _PLACE.finditer(template):
        before, end = template[end : place.start()], place.end()
        name = place[1]
        param = said.params.get(name, place[0])
        if name == "value":
            value = render(param, language)
            made += [Piece(_elided(before, value, language)), Piece(value, strong=True)]
        elif isinstance(param, Text):
            made += [Piece(before), *pieces(param, language)]
        else:
            made.append(Piece(before + render(param, language)))
    made.append(Piece(template[end:]))
    return [piece for piece in made if piece.text]


def _word(said: Text, language: Language) -> str:
    """Returns the text in a language, with placeholders for its parameters."""
    if not said.plural:
        if said.context:
            return language.pgettext(said.context, said.msgid)
        return language.gettext(said.msgid)
    n = _count(said.params.get("n", 0), language)
    return language.ngettext(said.msgid, said.plural, n)


def _count(n: Param, language: Language) -> int:
    """Returns the whole number by which gettext chooses the plural form for a number."""
    if not isinstance(n, int | float):
        return 0
    if isinstance(n, int) or float(n).is_integer():
        return abs(int(n))
    return int(abs(n)) if _word(_DECIMALS, language) == "cut" else 100


def _elided(before: str, value: str, language: Language) -> str:
    """Replaces the last letter of `before` with an apostrophe if the value begins with a vowel, as in French
    `d’entre 2 et 5 heures`.
    """
    last = before[:-1].rpartition(" ")[2]
    vowel = before.endswith(" ") and value[:1] in tuple("aeiou")
    elided = vowel and last in _word(_ELIDED, language).split()
    return before[:-2] + "’" if elided else before


def number(value: int | float, language: Language = ENGLISH) -> str:
    """Formats a number with all its decimals, such as `1,234.5`."""
    marks = {ord(","): _word(_THOUSANDS, language), ord("."): _word(_POINT, language)}
    return f"{Decimal(repr(value)):,f}".translate(marks)


def day(value: dt.date, language: Language = ENGLISH) -> str:
    """Formats a day, such as `1 January 2026`."""
    return render(
        _DATE.given(
            day=_FIRST if value.day == 1 else str(value.day),
            month=_MONTHS[value.month - 1],
            year=str(value.year),
        ),
        language,
    )
