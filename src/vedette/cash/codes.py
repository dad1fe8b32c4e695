"""The code that a person receives for an announcement of cash: 12 characters for a number of 60 bits, and a
check character.

The alphabet is Crockford's base 32. The alphabet does not contain I, L, O and U, because people confuse I and
L with 1, O with 0, and U with V. The check character is a weighted sum in the field with 32 elements. The
check character detects every single wrong character, and every swap of two different characters. `parse`
accepts the usual typing errors: lower case, spaces, hyphens, O for 0, I or L for 1, and the digits of other
scripts.

A code contains no information. The number is random, so that nobody can guess the code of another person: if
1,000,000 codes are in use, a guess with a correct check character finds one of them with a probability of
less than 1 in 10^12.
"""

from __future__ import annotations

import unicodedata

BITS = 60
#: The characters of a code, without the hyphens between the groups.
LENGTH = 13
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
#: Longer texts are not codes. A typed code has at most a separator between each two characters.
_MOST = 2 * LENGTH
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_SEPARATORS = frozenset(" \t\r\n-_.\u2010\u2011\u2012\u2013\u2014\u00a0\u202f\u200e\u200f")
_READ_AS = {"O": "0", "I": "1", "L": "1"}


def _powers() -> tuple[int, ...]:
    """The powers of 2 in the field with 32 elements, modulo x^5 + x^2 + 1. The weights are all different, so
    that each position of a code has a different weight."""
    found = [1]
    for _ in range(LENGTH - 1):
        doubled = found[-1] << 1
        found.append(doubled ^ 0b100101 if doubled & 0b100000 else doubled)
    return tuple(found)


def _times(a: int, b: int) -> int:
    """Returns the product of two elements of the field."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & 0b100000:
            a ^= 0b100101
        b >>= 1
    return product


#: Place in the code (from 1, because place 0 is the check character), value of the character → its summand.
_SUMMANDS = tuple(tuple(_times(weight, value) for value in range(32)) for weight in _powers())


def encode(number: int) -> str:
    """Returns the code of a number of 60 bits. Raises `ValueError` for any other number."""
    if not 0 <= number < 1 << BITS:
        raise ValueError("the number of a code has 60 bits")
    values = [(number >> shift) & 31 for shift in range(BITS - 5, -1, -5)]
    return "".join(ALPHABET[value] for value in values) + ALPHABET[_check(values)]


def parse(text: str) -> str | None:
    """Converts the code that a person typed or scanned to the form that `encode` returns. Returns None if the
    text is not a code, or if its check character is wrong."""
    if len(text) > _MOST:
        return None
    found = "".join(_read(character) for character in text if character not in _SEPARATORS)
    return found if valid(found) else None


def valid(code: str) -> bool:
    """Returns whether a text has the form that `encode` returns and a correct check character."""
    if len(code) != LENGTH:
        return False
    values = [_VALUES.get(character, -1) for character in code]
    return min(values) >= 0 and _check(values[:-1]) == values[-1]


def number_of(code: str) -> int:
    """Returns the number from which `encode` creates the given code. Raises `ValueError` if the text is not a
    code."""
    if not valid(code):
        raise ValueError("not a code")
    number = 0
    for character in code[:-1]:
        number = number << 5 | _VALUES[character]
    return number


def grouped(code: str) -> str:
    """Returns a code with its characters in three groups, which people can read and type more easily:
    `K7QD-9XME-2R4TB`."""
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"


def _read(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    upper = unicodedata.normalize("NFKC", character).upper()
    return _READ_AS.get(upper, upper)


def _check(values: list[int]) -> int:
    total = 0
    for summands, value in zip(_SUMMANDS[1:], values, strict=True):
        total ^= summands[value]
    return total
