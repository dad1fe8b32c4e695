"""Codes of goods: HS codes of 2022 and 2017, CAS and UN numbers, container numbers, codes of documents.

This module computes the check digits itself. The library python-stdnum (LGPL-2.1 or later) provides the same
checks. The library is not used, because it would replace only eight lines of code and its licence would have
to be documented.
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
import importlib.resources
import re
from dataclasses import dataclass

from vedette.goods import knowledge

_CAS = re.compile(r"\s*(\d{2,7})-(\d{2})-(\d)\s*")
_CONTAINER = re.compile(r"([A-Z]{3})([UJZR])[ -]?(\d{6})[ -]?(\d)")
_UN = re.compile(r"\s*(?:UN|ID)?\s*(?:No\.?)?\s*(\d{4})\s*", re.IGNORECASE)
#: Values of the letters in the check digit of ISO 6346: 10 to 38 without the multiples of 11.
_LETTERS = dict(
    zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", (n for n in range(10, 39) if n % 11), strict=True)
)


@dataclass(frozen=True, slots=True)
class HsCode:
    """A code of the Harmonized System, with its data.

    `state` is "current", "ended_2017" (the code was in HS 2017 and is not in HS 2022), "heading" (fewer than
    six digits) or "unknown". `successors` are the HS 2022 codes that replace a code that is no longer valid,
    if they are known. `explanation` is an English text.
    """

    code: str
    state: str
    successors: tuple[str, ...] = ()
    explanation: str = ""
    heading: tuple[str, ...] = ()


@functools.cache
def _editions() -> dict[str, tuple[bool, bool]]:
    """Returns for each six-digit code whether it is in HS 2017 and in HS 2022."""
    file = importlib.resources.files("vedette.goods") / "lists" / "hs_editions.csv"
    rows = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    return {row["hs6"]: (row["in_hs2017"] == "1", row["in_hs2022"] == "1") for row in rows}


@functools.cache
def _successors() -> dict[str, tuple[str, ...]]:
    file = importlib.resources.files("vedette.goods") / "lists" / "hs_successors.csv"
    rows = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    return {row["hs2017"]: tuple(row["hs2022"].split(";")) for row in rows}


def hs_code(text: str) -> HsCode:
    """Returns the data about an HS or CN code. Points and spaces are ignored; digits after the sixth belong
    to a national or regional nomenclature and are not checked."""
    code = re.sub(r"[.\s]", "", text[:40])
    if not code.isascii() or not code.isdecimal() or not 2 <= len(code) <= 12:
        return HsCode(
            text[:40], "unknown", (), "This is not an HS code: two to twelve digits are expected."
        )
    six = code[:6]
    if len(six) < 6:
        known = any(one.startswith(six) for one in _editions())
        state = "heading" if known else "unknown"
        return HsCode(
            code, state, (), "" if known else "No code of the HS begins with these digits."
        )
    in_2017, in_2022 = _editions().get(six, (False, False))
    if in_2022:
        return HsCode(six, "current")
    if not in_2017:
        return HsCode(six, "unknown", (), "The code is neither in HS 2017 nor in HS 2022.")
    successors = _successors().get(six, ())
    heading = sorted(
        one for one, (_, current) in _editions().items() if current and one[:4] == six[:4]
    )
    if successors:
        where = "The HS 2022 codes for these goods are " + ", ".join(successors) + "."
    elif heading:
        where = f"HS 2022 has the codes {', '.join(heading[:12])} under the same heading."
    else:
        where = "HS 2022 no longer has this heading."
    explanation = f"The code was valid until HS 2017. {where}"
    return HsCode(six, "ended_2017", successors, explanation, () if successors else tuple(heading))


def cas_number(text: str) -> str | None:
    """Returns a CAS number in its usual form, or None if the form or the check digit is wrong."""
    found = _CAS.fullmatch(text)
    if found is None:
        return None
    body = found.group(1) + found.group(2)
    check = sum(place * int(digit) for place, digit in enumerate(reversed(body), 1)) % 10
    return "-".join(found.groups()) if check == int(found.group(3)) else None


def un_number(text: str) -> str | None:
    """Returns a UN number as `UN1234`, or None if the text is not a UN number. The numbers from 0004 to 3600
    exist or existed."""
    found = _UN.fullmatch(text)
    if found is None or not 4 <= int(found.group(1)) <= 3600:
        return None
    return f"UN{found.group(1)}"


def container(text: str) -> str | None:
    """Returns a container number of ISO 6346 without spaces, or None if the form or the check digit is
    wrong."""
    found = _CONTAINER.fullmatch(text.strip().upper())
    if found is None:
        return None
    body = "".join(found.groups()[:3])
    total = sum(
        (_LETTERS[char] if char in _LETTERS else int(char)) << place
        for place, char in enumerate(body)
    )
    return body + found.group(4) if total % 11 % 10 == int(found.group(4)) else None


def has_form_of_container(text: str) -> bool:
    """Returns whether a text has the form of a container number, with or without a correct check digit."""
    return _CONTAINER.fullmatch(text.strip().upper()) is not None


@dataclass(frozen=True, slots=True)
class DocumentAnswer:
    """The meaning of a document code of a declaration on a given day: "valid", "ended", "not_yet" or
    "unknown"."""

    code: str
    state: str
    meaning: str = ""
    explanation: str = ""


def document(code: str, day: dt.date) -> DocumentAnswer:
    """Returns the meaning of a document code on a day."""
    known = knowledge.documents().get(code.strip().upper())
    if known is None:
        return DocumentAnswer(code, "unknown")
    if known.valid_to is not None and day > known.valid_to:
        return DocumentAnswer(
            known.code,
            "ended",
            known.meaning,
            f"The code was valid until {known.valid_to.isoformat()}.",
        )
    if known.valid_from is not None and day < known.valid_from:
        return DocumentAnswer(
            known.code,
            "not_yet",
            known.meaning,
            f"The code is valid from {known.valid_from.isoformat()}.",
        )
    return DocumentAnswer(known.code, "valid", known.meaning)
