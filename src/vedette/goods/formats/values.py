"""Parses the values that all formats of goods contain (numbers, masses, amounts, countries, currencies,
commodity codes, dates), and collects the warnings about them.

A wrong value is kept as stated if it can be kept: a negative mass, an unknown currency or country, a
commodity code that does not exist. A text that is not a number, and a date that does not exist, are left out.
Every warning states the item and the place.
"""

from __future__ import annotations

import datetime as dt
import importlib.resources
import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache

from vedette.core import codes
from vedette.formats.dates import stamp
from vedette.formats.xml import Tree
from vedette.goods import records
from vedette.goods.records import KG_PER_UNIT, Moment

#: Longest text of a value, in characters. Longer descriptions are cut, with a warning.
MAX_TEXT = 10_000
#: The number of warnings of one code that state their place. Others are counted.
_NAMED = 100
#: Longest number, in characters, and the greatest number that is kept.
_LONGEST_NUMBER = 30
_GREATEST = Decimal(10) ** 18
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[Ee][+-]?\d{1,2})?")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_COMMA = re.compile(r"[+-]?\d+,\d+")
_SPACES = re.compile(r"\s+")
_WIDE = re.compile(r"[^\S ]|\s\s")
#: Codes of countries and territories that customs declarations use beside those of ISO 3166: the EU's
#: country nomenclature, stores and unknown countries, and codes that ended.
_MORE = "XI XK XL XC XS XU EU QP QQ QR QS QT QU QV QW QX QY QZ ZZ AN CS UK EL XX"
_MORE_COUNTRIES = frozenset(_MORE.split())


@cache
def _countries() -> frozenset[str]:
    return frozenset(c.alpha2 for c in codes.countries()) | _MORE_COUNTRIES


@cache
def _hs() -> tuple[frozenset[str], frozenset[str]]:
    """Returns the headings (four digits) and the codes (six digits) of the Harmonized System."""
    text = importlib.resources.files("vedette.goods").joinpath("hs_codes.txt").read_text("ascii")
    lines = [line.split() for line in text.splitlines() if not line.startswith("#")]
    return (
        frozenset(line[0] for line in lines),
        frozenset(line[0] + end for line in lines for end in line[1:]),
    )


@lru_cache(maxsize=16384)
def hs_exists(code: str) -> bool:
    """Whether the first digits of a commodity code exist in the Harmonized System of 2017 or 2022. Codes of
    the chapters 98 and 99 are national and are not checked. A code of two digits is a chapter."""
    if not (code.isascii() and code.isdigit()) or len(code) > 14:
        return False
    if code[:2] in ("98", "99"):
        return True
    headings, full = _hs()
    if len(code) == 2:
        return any(heading.startswith(code) for heading in headings)
    if len(code) in (4, 5):
        return len(code) == 4 and code in headings
    return len(code) >= 6 and code[:6] in full


@lru_cache(maxsize=16384)
def decimal(text: str) -> Decimal | None:
    """Parses a number with a decimal point or a decimal comma. Returns None if the text is not a number, or
    if the number is too long or too great."""
    text = text.strip().replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
    if len(text) > _LONGEST_NUMBER or not text.isascii():
        return None
    if "," in text:
        if _THOUSANDS.fullmatch(text):
            text = text.replace(",", "")
        elif _COMMA.fullmatch(text):
            text = text.replace(",", ".")
    if not _NUMBER.fullmatch(text):
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if -_GREATEST <= found <= _GREATEST else None


def code_text(text: str | None) -> str | None:
    """Returns a code in capitals without spaces around it, or None if it is empty."""
    return (text.strip().upper() or None) if text else None


class Reading:
    """The warnings of one message. `item` is the number of the item that is being read."""

    def __init__(self) -> None:
        self.found: list[records.Warning] = []
        self.counts: Counter[str] = Counter()
        self.item: int | str | None = None
        #: The place of the value that is read, instead of the number of the item.
        self.place: str | None = None

    def warn(self, code: str, message: str, segment: str | None, offset: int | None = None) -> None:
        """Adds a warning.

        After the first hundred warnings with the same code, further warnings are only counted.
        """
        self.counts[code] += 1
        if self.counts[code] <= _NAMED:
            if self.place is not None:
                message = f"{self.place}: {message}"
            elif self.item is not None:
                message = f"item {self.item}: {message}"
            self.found.append(
                records.Warning(code=code, message=message, segment=segment, offset=offset)
            )

    def damage(self, tree: Tree) -> None:
        """Adds a warning for each damaged part of an XML file."""
        for one in tree.damage:
            self.warn(one.code, one.message, one.tag or None, one.offset)

    @property
    def warnings(self) -> tuple[records.Warning, ...]:
        """All warnings. If there are more than a hundred warnings with the same code, one additional warning
        states the number of further warnings with this code."""
        more = (
            records.Warning(code=code, message=f"{n - _NAMED} more warnings of this code")
            for code, n in self.counts.items()
            if n > _NAMED
        )
        return (*self.found, *more)

    def text(self, text: str | None, segment: str, offset: int | None = None) -> str | None:
        """Returns a text with single spaces, or None if it is empty. A very long text is shortened."""
        if not text:
            return None
        if len(text) > MAX_TEXT:
            self.warn("text_cut", f"a text of {len(text)} characters was cut", segment, offset)
            text = text[:MAX_TEXT]
        return (
            _SPACES.sub(" ", text).strip() or None if _WIDE.search(text) else text.strip() or None
        )

    def number(
        self, text: str | None, what: str, segment: str, offset: int | None = None
    ) -> Decimal | None:
        """Returns a number. A text that is not a number is left out; a negative number is kept. In both
        cases, there is a warning."""
        if not text or not (text := text.strip()):
            return None
        found = decimal(text)
        if found is None:
            self.warn("number_impossible", f"the {what} is not a number", segment, offset)
        elif found < 0:
            self.warn("number_negative", f"the {what} is negative", segment, offset)
        return found

    def count(
        self, text: str | None, what: str, segment: str, offset: int | None = None
    ) -> int | None:
        """Returns a whole number."""
        found = self.number(text, what, segment, offset)
        if found is None or found != found.to_integral_value() or abs(found) > 10**12:
            return None
        return int(found)

    def mass(
        self,
        text: str | None,
        unit: str | None,
        what: str,
        segment: str,
        offset: int | None = None,
    ) -> float | None:
        """Returns a mass in kilograms."""
        found = self.number(text, what, segment, offset)
        if found is None:
            return None
        factor = KG_PER_UNIT.get(((unit or "").partition("#")[0]).strip().upper())
        if factor is None:
            self.warn("unit_unknown", f"the unit of the {what} is unknown", segment, offset)
            factor = 1
        return float(found) if factor == 1 else round(float(found) * factor, 9)

    def country(
        self, text: str | None, segment: str, offset: int | None = None, *, what: str = "country"
    ) -> str | None:
        """Returns the two-letter code of a country. A three-letter code or a country name is converted to the
        two-letter code. An unknown code is kept as stated."""
        stated = code_text(text)
        if stated is None:
            return None
        if stated in _countries():
            return stated
        found = codes.country(stated) if len(stated) > 2 else None
        if found is None:
            self.warn("country_unknown", f"the {what} is not in ISO 3166", segment, offset)
        return found or stated[:60]

    def currency(self, text: str | None, segment: str, offset: int | None = None) -> str | None:
        """Returns the code of a currency. An unknown code is kept as stated."""
        stated = code_text(text)
        if stated is not None and stated not in codes.CURRENCIES:
            self.warn("currency_unknown", "the currency is not in ISO 4217", segment, offset)
            return stated[:20]
        return stated

    def hs(self, text: str | None, segment: str, offset: int | None = None) -> str | None:
        """Returns a commodity code without dots and spaces. A code that does not exist is kept."""
        stated = _SPACES.sub("", text).replace(".", "") if text else ""
        if not stated:
            return None
        if not hs_exists(stated):
            message = "the commodity code is neither in the Harmonized System of 2022 nor of 2017"
            self.warn("hs_unknown", message, segment, offset)
        return stated[:40]

    def moment(
        self, text: str | None, segment: str, offset: int | None = None, *, order: str = "ymd"
    ) -> Moment | None:
        """Returns a time or a day (`moment_of`). A text that is neither a time nor a day is left out, with a
        warning."""
        if not text or not (text := text.strip()):
            return None
        found = moment_of(text, order)
        if found is None:
            self.warn("date_impossible", "a date or time that does not exist", segment, offset)
        return found

    def date(
        self, text: str | None, segment: str, offset: int | None = None, *, order: str = "ymd"
    ) -> dt.date | None:
        """Parses a date like `moment`, but returns only the day."""
        found = self.moment(text, segment, offset, order=order)
        return found.date() if isinstance(found, dt.datetime) else found

    def masses(
        self, net: float | None, gross: float | None, segment: str, offset: int | None = None
    ) -> None:
        """Warns if the net mass of an item is greater than its gross mass."""
        if net is not None and gross is not None and 0 <= gross < net:
            self.warn("mass_order", "the net mass is greater than the gross mass", segment, offset)

    def stated(
        self, stated: int | None, present: int, what: str, segment: str, offset: int | None = None
    ) -> None:
        """Warns if the number of records that a message states differs from the number that it contains."""
        if stated is not None and stated != present:
            message = f"{stated} {what} are stated, {present} are present"
            self.warn("item_count", message, segment, offset)


_DIGITS = re.compile(r"\d{6}|\d{8}|\d{10}|\d{12}|\d{14}")
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):?(\d\d)(?::?(\d\d)(?:\.\d+)?)?)?\s*(Z|[+-]\d\d:?(?:\d\d)?)?"
)
_SLASHED = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?:[T ](\d\d):(\d\d)(?::\d\d)?)?")
_AIR = re.compile(r"(\d{1,2})(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)(\d{4}|\d\d)(\d{4})?")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_ZONE = re.compile(r"(?<=\d{8})\s*(Z|[+-]\d\d:?(?:\d\d)?)$")


@lru_cache(maxsize=16384)
def moment_of(text: str, order: str = "ymd") -> Moment | None:
    """Parses a date, with or without a time: `20240312`, `202403121029`, `20240312102925Z`, `2024-03-12`,
    `2024-03-12T10:29:25+01:00`, `12/03/2024` (day first; with `order="mdy"` month first), `12MAR24`. A time
    zone is ignored: the time stays the local time of the sender. Returns None if the text is not a date.
    """
    text = text.strip()[:40].upper()
    try:
        if found := _ISO.fullmatch(text):
            return _made(*found.groups()[:6])
        if found := _SLASHED.fullmatch(text):
            day, month = (found[2], found[1]) if order == "mdy" else (found[1], found[2])
            return _made(found[3], month, day, found[4], found[5], None)
        if found := _AIR.fullmatch(text):
            year = found[3] if len(found[3]) == 4 else f"20{found[3]}"
            hour, minute = (found[4][:2], found[4][2:]) if found[4] else (None, None)
            return _made(year, str(_MONTHS.index(found[2]) + 1), found[1], hour, minute, None)
        bare = _ZONE.sub("", text)
        if _DIGITS.fullmatch(bare):
            length = 6 if len(bare) in (6, 10) else 8
            when = stamp(bare[:length], bare[length:])
            return when if when is None or len(bare) > length else when.date()
    except ValueError:
        return None
    return None


def _made(
    year: str, month: str, day: str, hour: str | None, minute: str | None, second: str | None
) -> Moment:
    date = dt.date(int(year), int(month), int(day))
    if hour is None:
        return date
    return dt.datetime(
        date.year, date.month, date.day, int(hour), int(minute or 0), int(second or 0)
    )


def time_only(moment: Moment | None) -> dt.datetime | None:
    """Converts a moment (a day or a time) to a time. A day without a time is converted to 00:00 of this
    day."""
    if moment is None or isinstance(moment, dt.datetime):
        return moment
    return dt.datetime(moment.year, moment.month, moment.day)


def joined(*parts: str | None) -> str | None:
    """Returns the texts that are present, separated by spaces."""
    return " ".join(part for part in parts if part) or None


def unique(values: Sequence[str | None]) -> tuple[str, ...]:
    """Returns the values in order, without duplicates and missing values."""
    return tuple(dict.fromkeys(value for value in values if value))
