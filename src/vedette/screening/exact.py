"""Identifiers that match exactly after folding: documents, telephones, e-mails, addresses.

Each function gives the folded value, or an empty string where nothing identifying is left.
"""

from __future__ import annotations

import re

from anyascii import anyascii

_NOT_ALPHANUMERIC = re.compile(r"[^0-9A-Z]+")
_NOT_DIGITS = re.compile(r"[^0-9]+")
#: What optical readers and tired hands confuse: the letter O and zero, the letter I and one.
_CONFUSED = str.maketrans("OI", "01")
#: A national number dialled with its trunk zero and with its country code end alike.
_PHONE_DIGITS = 9
_LEAST_DIGITS = 6


def fold_document(number: str) -> str:
    """A document number: capitals and digits only, O read as 0 and I as 1 (screening.md, 5.2)."""
    upper = number.upper()
    if not (upper.isascii() and upper.isalnum()):
        upper = _NOT_ALPHANUMERIC.sub("", upper)
    return upper.translate(_CONFUSED)


def fold_phone(number: str) -> str:
    """The last nine digits, so that `+33 6…`, `0033 6…` and `06…` agree; under six, nothing."""
    digits = _NOT_DIGITS.sub("", number)
    return digits[-_PHONE_DIGITS:] if len(digits) >= _LEAST_DIGITS else ""


def fold_email(address: str) -> str:
    """An address in lower case, without blanks and without a `+tag`."""
    name, at, domain = address.strip().casefold().replace(" ", "").rpartition("@")
    return f"{name.partition('+')[0]}@{domain}" if at and name and domain else ""


def fold_address(address: str) -> str:
    """Words and numbers of a postal address, transliterated, sorted: order and commas do not count."""
    words = re.findall(r"[0-9A-Z]+", anyascii(address).upper())
    return " ".join(sorted(words)) if len(words) > 1 else ""
