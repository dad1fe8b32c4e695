"""Checks the codes, numbers and documents of a goods item, and compares them with each other.

A problem states the error and the wrong value. A problem is not a hit, because the rules of the control lists
decide on hits (`screening/control_lists/hits.py`). In these rules, an invalid document does not count as a
licence. A document also does not count as a licence if its licence does not cover the item.
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from vedette.core.texts import Day, Text, gettext_lazy
from vedette.goods import codes, knowledge
from vedette.goods.licences import MAX_QUANTITY, Licence, LicenceLine, Register, State, Use, plain
from vedette.goods.records import Document
from vedette.screening.control_lists.model import Result
from vedette.screening.control_lists.text import digits

#: A number in the form of a CAS number, between characters that are neither digits nor hyphens.
_CAS = re.compile(r"(?<![\d\-/.])(\d{2,7})\s?-\s?(\d{2})\s?-\s?(\d)(?![\d\-/.])")
#: The word before a number that states that the number is a CAS number.
_CAS_WORD = re.compile(r"\bcas\b\W*(?:rn|no|nr|n°|number|num(?:é|e)ro)?\W*$", re.IGNORECASE)
#: Maximum number of licences in a file, of characters of a licence number, and of values in a cell.
MAX_LICENCES, MAX_NUMBER, MAX_VALUES = 1_000_000, 60, 1_000
#: HS codes that declarants write instead of a code. They are no code of the HS.
_DUMMY = frozenset({"999999", "000000", "999990"})
#: Chapters that the HS leaves to national use.
_NATIONAL = frozenset({"98", "99"})

SENTENCES: dict[str, Text] = {
    "hs_ended_2017": gettext_lazy(
        "HS code %(value)s existed until HS 2017. The heading of this code no longer exists "
        "in HS 2022."
    ),
    "hs_unknown": gettext_lazy("HS code %(value)s is neither in HS 2017 nor in HS 2022."),
    "document_ended": gettext_lazy("Document code %(value)s was valid until %(day)s."),
    "document_not_yet": gettext_lazy("Document code %(value)s is valid only from %(day)s."),
    "cas_check_digit": gettext_lazy("The check digit of the CAS number %(value)s is wrong."),
    "container_check_digit": gettext_lazy(
        "The check digit of the container number %(value)s is wrong."
    ),
    "declared_not_listed": gettext_lazy(
        "The declaration states that the goods are not listed (%(value)s), but these goods are: %(goods)s."
    ),
    "cas_against_text": gettext_lazy("The CAS number and the name belong to different substances."),
    "un_against_text": gettext_lazy("The UN number and the name belong to different substances."),
    "hs_against_text": gettext_lazy(
        "HS code %(value)s does not cover the goods that the description names: %(goods)s."
    ),
    "residual_code": gettext_lazy(
        "HS code %(value)s is a residual code (“other”), but the description names listed "
        "goods: %(goods)s."
    ),
}


#: Other sentences for a code that ended: its successors are known, or only codes of the same heading.
_SUCCESSORS = gettext_lazy(
    "HS code %(value)s existed until HS 2017. In HS 2022, the codes for these goods are: %(codes)s."
)
_HEADING = gettext_lazy(
    "HS code %(value)s existed until HS 2017. In HS 2022, the heading contains these codes: "
    "%(codes)s."
)


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem: its code, the value with the problem, and the sentence that is shown to the officer."""

    code: str
    value: str
    text: Text


def _problem(code: str, value: str = "", **params: str | Day | tuple[str, ...]) -> Problem:
    return Problem(code, value, SENTENCES[code].given(value=value, **params))


# --- licences -----------------------------------------------------------------------------------


class BadRegister(ValueError):
    """The error that is raised if the register of licences cannot be read. The text of the error states the
    position and the reason.
    """


#: State of a licence → the code of the problem. The other states are no problem, or another check reports
#: them.
_LICENCE_PROBLEMS: dict[State, str] = {
    "unknown": "licence_missing",
    "not_yet_valid": "licence_not_yet",
    "expired": "licence_expired",
    "revoked": "licence_revoked",
    "wrong_holder": "licence_holder",
    "wrong_goods": "licence_goods",
    "wrong_destination": "licence_destination",
    "wrong_unit": "licence_unit",
    "no_quantity": "licence_unit",
    "exhausted": "licence_exhausted",
}


def register(text: str) -> Register:
    """Reads a register of licences from CSV.

    The columns are number, code, quantity (the remaining quantity), unit, valid_from, valid_to, hs (prefixes
    of HS codes), entries (keys of control list entries), holders (identifiers or names) and destinations
    (country codes). Only the column number is required. Several values of a cell are separated by semicolons.
    A licence without hs and entries covers all goods. A licence without a quantity has no limit.
    """
    found: dict[str, Licence] = {}
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if "number" not in (reader.fieldnames or ()):
        raise BadRegister("line 1: no column number; a header row is needed")
    try:
        for place, row in enumerate(reader, 2):
            try:
                licence = _licence(row)
            except BadRegister as error:
                raise BadRegister(f"row {place}: {error}") from error
            key = plain(licence.number)
            if key in found:
                raise BadRegister(f"row {place}: licence {licence.number} is listed twice")
            if len(found) >= MAX_LICENCES:
                raise BadRegister(f"row {place}: more than {MAX_LICENCES:,} licences")
            found[key] = licence
    except csv.Error as error:
        raise BadRegister(f"after row {len(found) + 1}: {error}") from error
    return Register(found)


def _licence(row: dict[str, str | None]) -> Licence:
    """Returns the licence of a row of the register."""

    def cell(name: str) -> str:
        return (row.get(name) or "").strip()

    number, unit = cell("number"), cell("unit") or "kg"
    if not plain(number) or len(number) > MAX_NUMBER:
        raise BadRegister("the number is missing or too long")
    if len(unit) > MAX_NUMBER:
        raise BadRegister("the unit is too long")
    try:
        quantity = Decimal(amount) if (amount := cell("quantity")) else None
        valid_from, valid_to = (
            dt.date.fromisoformat(day) if (day := cell(name)) else None
            for name in ("valid_from", "valid_to")
        )  # fmt: skip
    except (InvalidOperation, ValueError) as error:
        raise BadRegister("a quantity or a date cannot be read") from error
    if quantity is not None and not (quantity.is_finite() and 0 <= quantity <= MAX_QUANTITY):
        raise BadRegister("the quantity is not a positive number")
    hs, entries = _values(cell("hs")), _values(cell("entries"))
    hs = tuple(code.replace(".", "").replace(" ", "") for code in hs)
    if not all(code.isascii() and code.isdecimal() for code in hs):
        raise BadRegister("an HS code has other characters than digits")
    line = LicenceLine(
        hs=hs, entries=entries, any_goods=not (hs or entries), quantity=quantity, unit=unit
    )
    return Licence(
        number=number, kind=cell("code").upper(), lines=(line,), valid_from=valid_from,
        valid_to=valid_to, holders=_values(cell("holders")),
        destinations=tuple(code.upper() for code in _values(cell("destinations"))),
    )  # fmt: skip


def _values(cell: str) -> tuple[str, ...]:
    """Returns the values of a cell, without duplicates."""
    if not cell:
        return ()
    values = tuple(dict.fromkeys(filter(None, map(str.strip, cell.split(";")))))
    if not values or len(values) > MAX_VALUES:
        raise BadRegister(f"a cell has no value or more than {MAX_VALUES:,} values")
    return values


def of_licences(use: Use, known: Register) -> Iterator[Problem]:
    """Deducts the quantity of an item from its licences, and yields the licences that do not cover the item.
    A licence that an item names several times is counted once."""
    seen: set[str] = set()
    for document in use.documents:
        if len(use.documents) > 1:
            if (number := plain(document.reference or "")) in seen:
                continue
            seen.add(number)
        answer, _ = known.draw(use, document)
        code = _LICENCE_PROBLEMS.get(answer.state)
        if code is not None:
            yield Problem(code, document.reference or "", answer.sentence)


# --- an item ------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=100_000)
def of_hs_code(code: str) -> tuple[Problem, ...]:
    """Returns the problem of a declared HS code, if it has one. If a code is no longer valid, the sentence
    names the new codes, or the codes under the same heading, if there are any."""
    if not code or code[:6] in _DUMMY or code[:2] in _NATIONAL:
        return ()
    known = codes.hs_code(code)
    if known.state == "ended_2017":
        sentence = (
            _SUCCESSORS
            if known.successors
            else _HEADING
            if known.heading
            else SENTENCES["hs_ended_2017"]
        )
        others = known.successors or known.heading
        text = (
            sentence.given(value=known.code, codes=others)
            if others
            else sentence.given(value=known.code)
        )
        return (Problem("hs_ended_2017", known.code, text),)
    return (_problem("hs_unknown", code),) if known.state == "unknown" else ()


def of_documents(stated: Iterable[str], day: dt.date) -> Iterator[Problem]:
    """Yields the document codes that are not valid on a day."""
    for code in stated:
        answer = codes.document(code, day)
        known = knowledge.documents().get(answer.code)
        if answer.state == "ended" and known is not None and known.valid_to is not None:
            yield _problem("document_ended", answer.code, day=Day(known.valid_to))
        elif answer.state == "not_yet" and known is not None and known.valid_from is not None:
            yield _problem("document_not_yet", answer.code, day=Day(known.valid_from))


def of_cas_numbers(description: str) -> Iterator[Problem]:
    """Yields the CAS numbers with a wrong check digit in a description.

    A number in the form of a CAS number can also be a date or a part number. A number that may be a date is
    yielded only if the word CAS precedes it, or if it is the number of a listed substance except for its
    check digit.
    """
    if description.count("-") < 2:
        return
    text = digits(description)
    for found in _CAS.finditer(text):
        number = "-".join(found.groups())
        if codes.cas_number(number) is not None:
            continue
        stated = _CAS_WORD.search(text[: found.start()]) is not None
        if stated or number[:-1] in _listed_cas():
            yield _problem("cas_check_digit", number)


@functools.cache
def _listed_cas() -> frozenset[str]:
    """Returns the CAS numbers of listed substances, without the check digits."""
    return frozenset(cas[:-1] for entry in knowledge.shipped().entries for cas in entry.cas)


def of_containers(numbers: Iterable[str]) -> Iterator[Problem]:
    """Yields the container numbers with a wrong check digit. Texts that do not have the form of a container
    number are not treated as container numbers."""
    for number in numbers:
        if codes.has_form_of_container(number) and codes.container(number) is None:
            yield _problem("container_check_digit", number.strip()[:MAX_NUMBER])


def of_matches(
    declared: str, documents: Sequence[str], result: Result, day: dt.date
) -> Iterator[Problem]:
    """Yields the contradictions between the declaration and the matches with control lists."""
    matches = [one for one in result.matches if one.list != "chpl" or one.rule != "hs_declared"]
    if not matches:
        return
    goods = tuple(dict.fromkeys(one.entry for one in matches))[:3]
    for code in documents:
        known = knowledge.documents().get(code.upper())
        if known is not None and not known.licence and known.valid_on(day):
            yield _problem("declared_not_listed", known.code, goods=goods)
    for fact in ("cas_against_text", "un_against_text"):
        if fact in result.facts:
            yield _problem(fact)
    for fact in ("hs_against_text", "residual_code"):
        if fact in result.facts:
            yield _problem(fact, declared, goods=goods)


def of_item(
    *,
    description: str,
    declared: str,
    result: Result,
    day: dt.date,
    documents: Sequence[str] = (),
    containers: Sequence[str] = (),
    use: Use | None = None,
    known: Register | None = None,
) -> tuple[Problem, ...]:
    """Returns all problems of an item.

    `documents` contains document codes. `use` contains the documents that name a licence. If a register is
    given, the quantity of the item is deducted from these licences. `result` is the result of the matcher.
    """
    found = [*of_hs_code(declared), *of_cas_numbers(description)]
    if documents:
        found += of_documents(documents, day)
    if containers:
        found += of_containers(containers)
    if result.matches:
        found += of_matches(declared, documents, result, day)
    if known is not None and use is not None:
        found += of_licences(use, known)
    return tuple(found)


def without_bad_licences(
    documents: Sequence[str], licences: Sequence[Document], problems: Iterable[Problem]
) -> tuple[str, ...]:
    """Returns the document codes of an item. A code is left out if its licences do not cover the item."""
    bad = {plain(one.value) for one in problems if one.code.startswith("licence_")}
    if not bad:
        return tuple(documents)
    lost = {one.code for one in licences if plain(one.reference or "") in bad}
    kept = {one.code for one in licences if plain(one.reference or "") not in bad}
    return tuple(code for code in documents if code not in lost or code in kept)
