"""Folds identifiers (converts them to a common spelling), so that equal identifiers match exactly. The
identifiers are document numbers, telephone numbers, e-mail addresses and postal addresses.

Each function returns the normalised value, or an empty value if no identifying part remains. A postal address
has several normalised values (common spellings). Two addresses match if they have a normalised value in
common.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import msgspec
from anyascii import anyascii

from vedette.core import codes
from vedette.core.parties import Address

_ALPHANUMERIC = re.compile(r"[0-9A-Z]+")
_NOT_ALPHANUMERIC = re.compile(r"[^0-9A-Z]+")
_NOT_DIGITS = re.compile(r"[^0-9]+")
#: Characters that optical readers and people confuse: the letter O and zero, the letter I and one.
_CONFUSED = str.maketrans("OI", "01")
#: The number of last digits that are compared. A national number has the same last digits with its trunk zero
#: and with its country code.
_PHONE_DIGITS = 9
_LEAST_DIGITS = 6
#: Maximum number of parts of a listed address that are examined, or of words if there is no comma; maximum
#: number of words of a country.
_MOST_PARTS, _MOST_WORDS, _MOST_COUNTRY = 8, 16, 4


# A document number is folded eight times during intake; the cache keeps the last few thousand.
@lru_cache(maxsize=8192)
def fold_document(number: str) -> str:
    """Folds a document number to capitals and digits, and replaces O with 0 and I with 1."""
    upper = number.upper()
    if not (upper.isascii() and upper.isalnum()):
        upper = _NOT_ALPHANUMERIC.sub("", upper)
    return upper.translate(_CONFUSED)


def fold_phone(number: str) -> str:
    """Returns the last nine digits of a telephone number, so that `+33 6…`, `0033 6…` and `06…` match. The
    result is empty if the telephone number has fewer than six digits.
    """
    digits = _NOT_DIGITS.sub("", number)
    return digits[-_PHONE_DIGITS:] if len(digits) >= _LEAST_DIGITS else ""


def fold_email(address: str) -> str:
    """Folds an e-mail address to lower case, without spaces and without a `+tag`."""
    name, at, domain = address.strip().casefold().replace(" ", "").rpartition("@")
    return f"{name.partition('+')[0]}@{domain}" if at and name and domain else ""


#: Kind of a listed identifier → channel on which it is compared with the identifiers of subjects.
CHANNELS = {
    "passport": "document",
    "id_card": "document",
    "document": "document",
    "visa": "document",
    "phone": "phone",
    "email": "email",
    "address": "address",
}
#: Channel → the function that folds its values.
FOLDS: dict[str, Callable[[str], str]] = {
    "document": fold_document,
    "phone": fold_phone,
    "email": fold_email,
}


@lru_cache(maxsize=8192)
def fold_address(address: Address) -> tuple[str, ...]:
    """Returns the normalised values of an address: its street combined with the postcode, and its street
    combined with the city. If postcode and city are missing, the street is combined with the country code.
    The result is empty if the street or the place is missing."""
    street = "".join(_words(address.street))
    places = ["".join(_words(part)) for part in (address.postcode, address.city)]
    if not any(places):
        places = [codes.country(address.country) or ""]
    return tuple(dict.fromkeys(f"{street}|{place}" for place in places if street and place))


def linking_address(address: Address) -> str:
    """Returns the form of an address that is used to link subjects: the street, and the postcode or the city.
    Returns an empty text if a part is missing, because an incomplete address would link unrelated
    subjects."""
    within = msgspec.structs.replace(address, country=None)
    return next(iter(fold_address(within)), "")


def fold_vehicle(registration: str) -> str:
    """Folds the registration of a vehicle to capitals and digits."""
    return _NOT_ALPHANUMERIC.sub("", registration.upper())


def fold_listed_address(text: str) -> tuple[str, ...]:
    """Returns all possible normalised values of the address of a watchlist entry. The address of a watchlist
    entry is one line of text.

    The address does not show where the street ends and the place begins. The function therefore tries every
    division of the text. A first part that contains a number is tried as the street, and a later part is
    tried as the place. A street without a house number is not used, because many people live in one street.
    The country is used as the place only if no other place follows. Therefore a street does not match a
    street of the same name in another city.
    """
    parts = [words for part in text.split(",") if (words := _words(part))][:_MOST_PARTS]
    whole = len(parts) == 1
    if whole:
        parts = [[word] for word in parts[0][:_MOST_WORDS]]
    parts, country = _country_off(parts)
    found: dict[str, None] = {}
    for end in range(1, len(parts) + 1):
        places = _places(parts[end:], whole) or ([country] if country else [])
        for street in _streets([word for part in parts[:end] for word in part]):
            found.update(dict.fromkeys(f"{street}|{place}" for place in places))
    return tuple(found)


def _words(text: str | None) -> list[str]:
    if not text:
        return []
    return _ALPHANUMERIC.findall((text if text.isascii() else anyascii(text)).upper())


def _country_off(parts: list[list[str]]) -> tuple[list[list[str]], str | None]:
    """Removes the country from the end of the address. Returns the remaining parts of the address, and the
    country code.
    """
    for start in range(max(1, len(parts) - _MOST_COUNTRY), len(parts)):
        name = " ".join(word for part in parts[start:] for word in part)
        if code := codes.country(name):
            return parts[:start], code
    return parts, None


def _places(parts: list[list[str]], whole: bool) -> list[str]:
    """Returns the possible cities and postcodes: each part, and the two halves of a part such as `69001
    Lyon`. `whole` is true if the address has no commas, so that all words after the street form one part.
    """
    if whole:
        parts = [[word for part in parts for word in part]]
    places = (
        "".join(kept)
        for words in parts
        for kept in (words, [w for w in words if not w.isalpha()], filter(str.isalpha, words))
    )
    return list(dict.fromkeys(filter(None, places)))


def _streets(words: list[str]) -> list[str]:
    """Returns the street as written, and the street with the house number moved to its other end. The result
    is empty if the house number or the name of the street is missing.
    """
    if all(w.isalpha() for w in words) or all(w.isdigit() for w in words):
        return []
    turned = words[1:] + words[:1] if not words[0].isalpha() else words[-1:] + words[:-1]
    return ["".join(words), "".join(turned)]
