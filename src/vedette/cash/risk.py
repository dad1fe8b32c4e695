"""Anonymised risk information about movements of cash: the form that is sent every six months, Annex II
part 2 of Implementing Regulation (EU) 2021/776 (Article 10(1)(d) of Regulation (EU) 2018/1672).

A risk record (`Risk`) contains only values of closed lists: codes of `records`, ISO codes of countries and
currencies, usual denominations, classes of value. A sender can state any text in a field for codes; such a
value is left out. Risk records with the same features are one pattern. Details of a pattern that fewer than
three movements share are left out.

The texts of the form are written by a person. `persons` and `recognised` find in these texts the names,
numbers and addresses that occur in the records, and other texts that have the form of an identifier. These
functions do not replace the check by a second person, who confirms that nobody can be recognised from the
texts.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from vedette.cash.money import currencies
from vedette.cash.records import (
    DIRECTIONS,
    FORMS_OF_GOLD,
    INSTRUMENTS,
    KINDS_OF_CASH,
    MEANS,
    MODES,
    Line,
    Message,
    Movement,
    Party,
)
from vedette.core.codes import countries
from vedette.core.records import Record
from vedette.core.small_cells import LEAST

#: The parts of the form after part A: cases, projects, and other information.
PARTS = ("B", "C", "D")
#: Part B: whether a new trend or a repetitive pattern is observed. Empty: not stated.
TRENDS = ("", "new", "repetitive")
#: Whether the control was risk-based or random. Empty: not stated, or for another reason.
SELECTIONS = ("risk", "random")
#: Why a movement is in the risk information: not declared, below the threshold with a link to an offence, a
#: difference at the count, detained, seized.
GROUNDS = ("undeclared", "below", "differences", "detentions", "seizures")
#: Greatest values of the classes of value, in the currency of the threshold.
CLASSES = tuple(map(Decimal, (10_000, 20_000, 50_000, 100_000, 500_000)))
#: Denominations of notes and coins, in units of the currency.
DENOMINATIONS = frozenset(
    Decimal(digit) * Decimal(10) ** power for digit in (1, 2, 5) for power in range(-2, 6)
)


class Risk(Record, frozen=True, kw_only=True):
    """The features of one movement, without personal data."""

    accompanied: bool = True
    direction: str = ""
    mode: str = ""
    means: str = ""
    kinds: tuple[str, ...] = ()
    #: Types of instruments and gold.
    types: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    #: Counted notes and coins: `EUR 500`.
    notes: tuple[str, ...] = ()
    #: The country of departure and that of arrival: `TN-FR`.
    route: str = ""
    selection: str = ""
    grounds: tuple[str, ...] = ()
    #: The number of the class of value (`CLASSES`); None without a value.
    worth: int | None = None

    @property
    def key(self) -> str:
        """Returns the features that the movements of one pattern have in common, as a text."""
        return "/".join(
            (
                "accompanied" if self.accompanied else "unaccompanied",
                self.direction, self.mode, "+".join(self.kinds), self.selection,
            )
        )  # fmt: skip


class Pattern(Record, frozen=True, kw_only=True):
    """Movements with the same features. `movements` is the number of these movements, and `before` is their
    number in the previous half-year. `details` maps a feature to its values and the number of movements that
    have them; it contains only values that at least three movements share.
    """

    key: str
    accompanied: bool
    direction: str
    mode: str
    kinds: tuple[str, ...]
    selection: str
    movements: int
    before: int = 0
    details: Mapping[str, Mapping[str, int]] = {}


def risk(
    movement: Movement,
    counted: Sequence[Line] = (),
    *,
    grounds: Iterable[str] = (),
    value: Decimal | None = None,
) -> Risk:
    """Returns the features of a movement. `counted` contains the lines of the last count of the movement,
    `grounds` contains codes of `GROUNDS`, and `value` is the value of the movement in the currency of the
    threshold.
    """
    way, official = movement.transport, movement.official
    mode = _of(way.mode, MODES)
    lines = (*movement.lines, *counted)
    from_, to = _country(way.departure_country), _country(way.arrival_country)
    return Risk(
        accompanied=movement.accompanied,
        direction=_of(movement.direction, DIRECTIONS),
        mode=mode,
        means=_of(way.means, MEANS.get(mode, ())),
        kinds=_each((one.kind for one in lines), KINDS_OF_CASH),
        types=_each((one.type for one in lines), (*INSTRUMENTS, *FORMS_OF_GOLD)),
        currencies=_each((one.currency for one in lines), currencies()),
        notes=tuple(
            sorted(
                {
                    f"{one.currency} {one.denomination.normalize():f}"
                    for one in counted
                    if one.currency in currencies() and one.denomination in DENOMINATIONS
                    and one.denomination is not None
                }
            )
        ),
        route=f"{from_}-{to}" if from_ or to else "",
        selection=_of(official.selection if official else None, SELECTIONS),
        grounds=_each(grounds, GROUNDS),
        worth=None if value is None else sum(value >= most for most in CLASSES),
    )  # fmt: skip


def _of(value: str | None, codes: Collection[str]) -> str:
    return value if value in codes and value is not None else ""


def _each(values: Iterable[str | None], codes: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted({one for one in values if one is not None and one in codes}))


_COUNTRIES = frozenset(one.alpha2 for one in countries() if len(one.alpha2) == 2)


def _country(code: str | None) -> str:
    return _of(code, _COUNTRIES)


def patterns(risks: Iterable[Risk], before: Iterable[Risk] = ()) -> list[Pattern]:
    """Returns the patterns of the risk records of a half-year, starting with the patterns with the most
    movements. `before` contains the risk records of the previous half-year.
    """
    groups: dict[str, list[Risk]] = {}
    for one in risks:
        groups.setdefault(one.key, []).append(one)
    earlier = Counter(one.key for one in before)
    made = []
    for key, members in groups.items():
        first = members[0]
        made.append(
            Pattern(
                key=key,
                accompanied=first.accompanied,
                direction=first.direction,
                mode=first.mode,
                kinds=first.kinds,
                selection=first.selection,
                movements=len(members),
                before=earlier[key],
                details=_details(members),
            )
        )
    return sorted(made, key=lambda one: (-one.movements, one.key))


def _details(members: Sequence[Risk]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for one in members:
        for name in ("means", "route"):
            found.setdefault(name, Counter()).update(filter(None, [getattr(one, name)]))
        for name in ("types", "currencies", "notes", "grounds"):
            found.setdefault(name, Counter()).update(getattr(one, name))
        if one.worth is not None:
            found.setdefault("worth", Counter()).update([str(one.worth)])
    return {
        name: kept
        for name, counts in found.items()
        if (kept := {value: n for value, n in sorted(counts.items()) if n >= LEAST})
    }


# --- personal data in texts -----------------------------------------------------------------------

#: Fewest letters of a name of one word, and of a number, that is searched for.
_SHORTEST_NAME, _SHORTEST_NUMBER = 4, 5
_WORD = re.compile(r"[^\W_]+")
_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
#: Digits, with the signs that separate groups in telephone numbers.
_DIGITS = re.compile(r"\+?\(?\d+\)?(?:[ ./-]\(?\d+\)?)*")
#: An amount with groups of three digits is not a number of a person.
_AMOUNT = re.compile(r"\d{1,3}(?:[  .,]\d{3})+(?:[.,]\d{1,2})?|\d{1,6}(?:[.,]\d{1,2})?")
_DAY = re.compile(r"\b(?:\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d|(?:19|20)\d\d-\d{2}-\d{2})\b")


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return _WORD.findall("".join(one for one in plain if not unicodedata.combining(one)))


def _joined(text: str) -> str:
    return "".join(_words(text))


class Persons(Record, frozen=True, kw_only=True):
    """The values that identify the persons in some records and are searched for in texts: full names and
    addresses (each as a tuple of words), single surnames, and numbers (letters and digits without
    separators).
    """

    names: frozenset[tuple[str, ...]] = frozenset()
    surnames: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()


def persons(messages: Iterable[Message]) -> Persons:
    """Returns the values that identify the persons, companies, journeys and records of these messages."""
    names: set[tuple[str, ...]] = set()
    surnames: set[str] = set()
    numbers: set[str] = set()

    def number(*values: str | None) -> None:
        numbers.update(
            joined
            for value in values
            if value and len(joined := _joined(value)) >= _SHORTEST_NUMBER
        )

    def name(*values: str | None) -> None:
        for value in values:
            words = tuple(_words(value or ""))
            if len(words) > 1:
                names.add(words)
            elif words and len(words[0]) >= _SHORTEST_NAME:
                surnames.add(words[0])

    for one in messages:
        movement = one.movement
        way, official = movement.transport, movement.official
        number(one.code, one.reference, way.reference, way.consignment, way.container)
        if official:
            number(official.reference)
        for line in movement.lines:
            number(line.serial)
        if movement.signature:
            name(movement.signature.name)
        for counter in one.count.persons if one.count else ():
            name(counter.name)
        for party in _parties(movement):
            name(party.name, party.full_name, party.last_names)
            if party.document:
                number(party.document.number)
                name(party.document.surname)
            number(
                party.personal_number, party.alien_number, party.registration_number, party.vat,
                party.eori, *party.phones, *party.emails,
            )  # fmt: skip
            name(*(address.street for address in party.addresses))
    return Persons(names=frozenset(names), surnames=frozenset(surnames), numbers=frozenset(numbers))


def _parties(movement: Movement) -> Iterator[Party]:
    for one in (
        movement.carrier, movement.declarant, movement.representative, movement.sender,
        *movement.owners, *movement.recipients,
    ):  # fmt: skip
        if one is not None:
            yield one


def recognised(text: str, known: Persons) -> list[str]:
    """Returns the parts of a text that can identify a person, without duplicates, in the order in which they
    are found. These parts are e-mail addresses, dates, long numbers, words that contain both letters and
    digits, and the values in `known`. Names and addresses are found regardless of case and accents. A surname
    alone is found only if it begins with a capital letter.
    """
    found = [match.group() for match in _MAIL.finditer(text)]
    found += [match.group() for match in _DAY.finditer(text)]
    for match in _DIGITS.finditer(text):
        digits = sum(one.isdigit() for one in match.group())
        if digits >= 7 and not _AMOUNT.fullmatch(match.group()):
            found.append(match.group())
    found += [
        word
        for word in re.findall(r"[^\W_]+(?:-[^\W_]+)*", text)
        if len(word) >= 6 and sum(map(str.isdigit, word)) >= 3 and any(map(str.isalpha, word))
    ]
    written = re.findall(r"[^\W_]+", text)
    found += [
        word
        for word in written
        if word[:1].isupper() and (plain := _words(word)) and plain[0] in known.surnames
    ]
    words = _words(text)
    spaced = f" {' '.join(words)} "
    found += [
        " ".join(name)
        for name in sorted(known.names)
        if f" {' '.join(name)} " in spaced or f" {' '.join(reversed(name))} " in spaced
    ]
    whole = _joined(text)
    found += [number for number in sorted(known.numbers) if number in whole]
    return list(dict.fromkeys(found))
