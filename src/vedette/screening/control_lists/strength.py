"""Reads concentrations, particle sizes and masses in descriptions."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from vedette.screening.control_lists.text import digits, latin

_NUMBER = r"(\d[\dOol]{0,5}(?:[.,][\dOol]{1,4})?)"
_PERCENT = re.compile(
    _NUMBER
    + r"\s{0,3}(?:%|٪|percent\b|per cent\b|pct\b|pour cent\b|por ciento\b|prozent\b|в процентах|"
    r"проц\b|процент|proc\b|w/w\b|wt\b|m/m\b|p/p\b|بالمئة|بالمائة|في المئة|في المائة)",
    re.I,
)
#: A number without a sign of percent, before a word for a solution.
_AQUEOUS = re.compile(
    r"(?<![\d.,/x-])(\d{1,2}(?:[.,]\d{1,2})?)\s{1,2}(?:aq\b|aqueous\b|sol\b|soln\b|solution\b|w/v\b|v/v\b)",
    re.I,
)
_DEGREES = re.compile(
    r"(\d{1,2}(?:[.,]\d)?)\s?(?:°|º|˚|deg\.?|degrees|degrés|grados|градус\w*)\s?(?:b[eé]\b|baum[eé]|боме)",
    re.I,
)
#: Concentration in percent for each degree Baumé of acids (public tables of density, 20 °C, rounded).
_PER_DEGREE = {
    "cas:7647-01-0": Decimal("1.55"),
    "cas:7664-93-9": Decimal("1.2"),
    "cas:7697-37-2": Decimal("1.5"),
    "cas:7664-38-2": Decimal("1.45"),
}
_BARE_GRADE = re.compile(
    r"(?:min\.?|purity|grade|pureté|pureza)\s{0,2}(9\d(?:[.,]\d+)?)(?![\d%])", re.I
)
_VOLUMES = re.compile(
    r"(\d[\do]{0,3}(?:[.,]\d)?)\s{0,3}-?(?:v[oó][l1](?:[uú]m[eé]?n?e?s?|s)?\b\.?|об\b|o6\b|حجم)",
    re.I,
)
_LOW = re.compile(
    r"\d\s?(?:ppm|ppb|mg/ml|mg/l|µg/ml|ug/ml|µg|mmol/l)\b|(?<![\d.,])0[.,]\d+\s?(?:N|M|mol/l|mol/L)\b"
)
_SIZE = re.compile(
    _NUMBER + r"\s?(µm|μm|um\b|microns?\b|micrones|микрон|мкм|mm\b|мм|مم|ميكرون|微米|目|mesh)", re.I
)
_MASS = re.compile(r"(\d[\d  ]{0,9}(?:[.,]\d{1,3})?)\s?(kg|g|кг|г|كجم|كغ|t|公斤|克)(?![a-z])", re.I)
_NITROGEN = re.compile(
    r"%\s?(?:total\s)?(?:of\s)?N\b|\bN\s?\d|%\s?(?:d['’]\s?)?(?:azote|nitrogen|nitrógeno|nitrogeno|stickstoff|азот|n-)",
    re.I,
)


class Amount(NamedTuple):
    """A concentration in percent, and its span."""

    percent: Decimal
    start: int
    end: int
    nitrogen: bool
    degrees: bool = False


def _value(text: str) -> Decimal:
    clean = (
        text.replace(" ", "")
        .replace("\u00a0", "")
        .replace("O", "0")
        .replace("o", "0")
        .replace("l", "1")
        .replace(",", ".")
    )
    return Decimal(clean)


def amounts(text: str, *, volumes: bool) -> list[Amount]:
    """Returns the concentrations that a text states. If `volumes` is true, the strength of hydrogen peroxide
    in volumes of oxygen is also read (10 volumes are about 3 %)."""
    plain = digits(text)
    found = []
    for one in _PERCENT.finditer(plain):
        nitrogen = _NITROGEN.search(plain, one.end() - 1, one.end() + 18) is not None
        nitrogen = (
            nitrogen
            or re.search(r"\bN\s{0,2}$", plain[max(0, one.start() - 4) : one.start()]) is not None
        )
        found.append(Amount(_value(one.group(1)), one.start(), one.end(), nitrogen))
    if not found:
        found += [
            Amount(_value(one.group(1)), one.start(), one.end(), False)
            for one in _BARE_GRADE.finditer(plain)
        ]
    if not found:
        found += [
            Amount(_value(one.group(1)), one.start(), one.end(), False, True)
            for one in _DEGREES.finditer(plain)
        ]
    if not found:
        found += [
            Amount(_value(one.group(1)), one.start(), one.end(), False)
            for one in _AQUEOUS.finditer(plain)
        ]
    if volumes and not found:
        found += [
            Amount(_value(one.group(1)) * 3 / 10, one.start(), one.end(), False)
            for one in _VOLUMES.finditer(latin(plain))
        ]
    if not found and (one2 := _LOW.search(plain)):
        found.append(Amount(Decimal("0.1"), one2.start(), one2.end(), False))
    return [one for one in found if one.percent <= 100 or volumes]


def of_degrees(amount: Amount, key: str) -> Decimal:
    """Returns a concentration in percent. Degrees Baumé are converted for the acid `key`."""
    if not amount.degrees:
        return amount.percent
    return min(Decimal(100), amount.percent * _PER_DEGREE.get(key, Decimal(1)))


def nearest(found: list[Amount], start: int, end: int) -> Amount | None:
    """Returns the concentration that is nearest to a span.

    If two concentrations are at the same distance, the concentration that directly precedes the span is used.
    """

    def distance(one: Amount) -> int:
        return start - one.end if one.end <= start else 2 * max(0, one.start - end) - 1

    return min(found, key=distance, default=None)


def coarsest(text: str) -> Decimal | None:
    """Returns the greatest particle size that a text states, in micrometres."""
    sizes = []
    for one in _SIZE.finditer(digits(text)):
        value, unit = _value(one.group(1)), one.group(2).lower()
        if unit in ("mesh", "目"):
            sizes.append(Decimal(14900) / max(value, Decimal(1)))
        else:
            sizes.append(value * 1000 if unit in ("mm", "мм", "مم") else value)
    return max(sizes, default=None)


def masses(text: str) -> list[Decimal]:
    """Returns the masses that a text states, in kilograms."""
    factors = {
        "g": Decimal("0.001"),
        "г": Decimal("0.001"),
        "克": Decimal("0.001"),
        "t": Decimal(1000),
    }
    return [
        _value(one.group(1)) * factors.get(one.group(2).lower(), Decimal(1))
        for one in _MASS.finditer(digits(text))
    ]
