"""Serial numbers: the form in which they are compared, and characters that are easily confused.

A serial number is stored as it was entered. The functions of this module never change the stored number. The
serial numbers of two records are compared in the form that the function `form` returns. If the forms of two
numbers differ only in characters that look alike, `possible` returns the same text for both numbers, and the
match is reported as possible.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

#: Maximum number of characters of a serial number.
MAX_LENGTH = 40
#: Character → the characters with which it is confused. Upper-case L is not confused; lower-case l is.
#: Letters of other scripts are confused with the Latin letter that looks the same.
ALIKE = {
    "0": "OQ", "O": "0Q", "Q": "O0", "1": "Il", "I": "1l", "l": "1I", "8": "B", "B": "8",
    "5": "S", "S": "5", "2": "Z", "Z": "2", "6": "G", "G": "6",
}  # fmt: skip
#: Cyrillic and Greek capitals → the Latin letter that looks the same.
_LATIN = str.maketrans("АВЕКМНОРСТУХІЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEKMHOPCTYXISABEZHIKMNOPTYX")
#: Character of `form` → the character that stands for all that look like it.
_SAME = str.maketrans("OQILBSZG", "00118526")
#: The character in each reading.
_DIGITS = str.maketrans("OQIlBSZG", "00118526")
_LETTERS = str.maketrans("0185l26", "OIBSIZG")
#: The sign for a character that cannot be read.
UNREADABLE = "?"
_ALLOWED = re.compile(r"[^\W_][\w\s./\-–:()#*?]*|[?][\w\s./\-–:()#*?]*")


@dataclass(frozen=True)
class Doubt:
    """A character that is easily confused with others: its position, counted from 1, and the other
    characters.
    """

    position: int
    read: str
    others: str


@dataclass(frozen=True)
class Warned:
    """The warning about a serial number: its doubtful characters, and two readings of the number, one with
    digits and one with letters in place of the doubtful characters. `plain` is true if the number has digits
    but no letters, so that a letter would be unusual.
    """

    doubts: Sequence[Doubt]
    digits: str
    letters: str
    plain: bool


def clean(text: str) -> str:
    """Returns a serial number as it is stored: without control characters and with single spaces."""
    kept = "".join(sign for sign in text if sign.isprintable() or sign.isspace())
    return " ".join(kept.split())


def is_serial(text: str) -> bool:
    """Returns whether a cleaned text can be a serial number. A serial number has at most 40 characters: at
    least one letter or digit, and only the usual separators. A question mark represents a character that
    cannot be read."""
    return (
        0 < len(text) <= MAX_LENGTH
        and _ALLOWED.fullmatch(text) is not None
        and any(sign.isalnum() for sign in text)
    )


def form(text: str) -> str:
    """Returns the form in which serial numbers are compared: letters and digits in upper case, without spaces
    and separators. Full-width and styled characters become plain characters. Digits of other scripts become 0
    to 9. The form of a number with unreadable characters is empty, because such a number cannot identify an
    object."""
    if UNREADABLE in text or "*" in text:
        return ""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(_upper(sign) for sign in folded if sign.isalnum())


def possible(text: str) -> str:
    """Returns the form of a serial number in which characters that look alike are replaced by one common
    character. If two serial numbers have the same result, they may be the same number."""
    return form(text).translate(_LATIN).translate(_SAME)


def warning(text: str) -> Warned | None:
    """Returns the warning about a serial number, or None if no character is easily confused."""
    # Full-width and other styles look like the plain characters.
    seen = unicodedata.normalize("NFKC", text)
    shown = "".join(
        sign if sign == "l" or len(sign.upper()) != 1 else sign.upper() for sign in seen
    )
    latin = shown.translate(_LATIN)
    doubts = [
        Doubt(n, sign, (one if one != key else "") + ALIKE.get(one, ""))
        for n, (sign, key, one) in enumerate(zip(seen, shown, latin, strict=False), 1)
        if one in ALIKE or one != key
    ]
    if not doubts:
        return None
    signs = [sign for sign in seen if sign.isalnum()]
    return Warned(
        tuple(doubts), latin.translate(_DIGITS), latin.translate(_LETTERS),
        all(sign.isdecimal() for sign in signs),
    )  # fmt: skip


def _upper(sign: str) -> str:
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    return sign.upper()
