"""Exchange rates with their periods of validity: readers for the files of three sources, and exact
conversions at the rates of a given day.

- `ecb`: euro reference rates of the European Central Bank (XML or CSV), as units of the currency for one
euro.
  A rate is valid from its day until the day before the next day with rates, and at most five days, because
  the ECB publishes no rates on weekends and holidays. The longest period without published rates is Easter.
- `un`: UN operational rates of exchange (CSV), as units of the currency for one US dollar. A rate is valid
from
  its effective date until the next rate of the same currency, and at most until the end of the month. A
  revision in the middle of a month lists only the changed currencies.
- `national`: a table of the organisation's own administration (CSV with the headings `TEMPLATE`). `units` of
the currency have the value `rate` in the currency `per`, from `valid_from` until `valid_until`.

A conversion uses the rates of one source. The conversion uses the currency in which the source states its
rates as an intermediate currency; it is computed as an exact fraction and rounded once. A missing rate is an
error that names the currency and the day; no rate is estimated. From a damaged file, the valid rows and a
list of problems are returned.
"""

from __future__ import annotations

import bisect
import csv
import datetime as dt
import hashlib
import io
import re
from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from vedette.cash import money
from vedette.core.errors import Failure
from vedette.core.records import Record
from vedette.core.texts import Day, Text, gettext_lazy, ngettext_lazy, render
from vedette.formats import xml
from vedette.formats.edifact import Unreadable
from vedette.formats.tables import decode

#: The headings of the national table.
TEMPLATE = ("currency", "valid_from", "valid_until", "units", "rate", "per", "source")
#: The sources of rates, and the longest validity of a rate of the ECB in days.
SOURCES = ("ecb", "un", "national")
ECB_DAYS = 5
#: Limits of a file: bytes, rows, problems that are listed, and the longest validity of a national rate.
MAX_BYTES = 32 * 1024 * 1024
MAX_ROWS = 2_000_000
MOST_PROBLEMS = 200
MOST_DAYS = 3700
#: Gold, silver, platinum and palladium by the troy ounce. A national table may state them.
METALS = ("XAU", "XAG", "XPT", "XPD")
GRAMS_PER_OUNCE = Decimal("31.1034768")
_CODE = re.compile(r"[A-Z]{3}")
_NUMBER = re.compile(r"\d{1,15}(?:\.\d{1,15})?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FIRST_DAY, _LAST_DAY = dt.date(1970, 1, 1), dt.date(2100, 1, 1)

NOT_A_FILE = gettext_lazy(
    "The format of the file is not known. Use the euro reference rates of the ECB (XML or "
    "CSV), the UN operational rates (CSV), or the national table with the headings %(value)s."
)
TOO_LARGE = gettext_lazy("The file has %(n)s bytes; the limit is %(limit)s.")
NO_RATES = gettext_lazy("No rate could be read from the file. Nothing was stored.")
OLDER = gettext_lazy(
    "The newest rates of the file are of %(day)s, but newer rates of %(stored)s are already "
    "stored. The file was not imported. Import a newer file."
)
CUT = gettext_lazy(
    "The file ends in the middle of a row or an element. The last day or row was left out."
)
DAMAGED = gettext_lazy("The file is damaged at byte %(at)s. The content before this byte was read.")
FEW_CELLS = gettext_lazy("The row does not have the same number of cells as the headings.")
BAD_DAY = gettext_lazy("%(value)s is not a day between 1970 and 2100.")
BAD_CODE = gettext_lazy("%(value)s is not a currency code of ISO 4217.")
BAD_RATE = gettext_lazy("%(value)s is not a positive number.")
ZERO_RATE = gettext_lazy("The rate of %(value)s is zero.")
NOT_QUOTED = ngettext_lazy(
    "%(value)s is not quoted (N/A) on %(n)s day. There is no rate for this day.",
    "%(value)s is not quoted (N/A) on %(n)s days. There is no rate for these days.",
)
BAD_ORDER = gettext_lazy("The last day of validity is before the first day.")
TOO_LONG = gettext_lazy("A rate is valid for at most ten years.")
TWICE = gettext_lazy("The rate of %(value)s is stated twice for %(day)s, with different values.")
OVERLAP = gettext_lazy(
    "The period of validity of this rate of %(value)s overlaps the period of another row."
)
SAME = gettext_lazy("The currency %(value)s cannot be converted to itself.")
MORE = ngettext_lazy(
    "%(n)s further problem is not listed.", "%(n)s further problems are not listed."
)
MISSING = gettext_lazy("There is no rate of %(value)s for %(day)s in the source %(source)s.")
MISSING_ENDED = gettext_lazy(
    "There is no rate of %(value)s for %(day)s in the source %(source)s. This currency was "
    "withdrawn on %(end)s."
)
UNKNOWN = gettext_lazy(
    "%(value)s is not a currency code of ISO 4217, so it cannot be converted on %(day)s."
)


class RatesError(Failure):
    """The error that is raised if a file of rates cannot be used. `text` is the reason."""

    def __init__(self, text: Text) -> None:
        super().__init__(render(text))
        self.text = text


class MissingRate(Failure):
    """The error that is raised if there is no rate of a currency for a given day. `text` names both."""

    def __init__(self, currency: str, day: dt.date, source: str) -> None:
        end = money.ended(currency, day)
        if currency not in money.currencies() and currency not in METALS:
            self.text = UNKNOWN.given(value=currency[:20], day=Day(day))
        elif end is not None:
            self.text = MISSING_ENDED.given(
                value=currency, day=Day(day), source=source, end=Day(end)
            )
        else:
            self.text = MISSING.given(value=currency, day=Day(day), source=source)
        super().__init__(render(self.text))
        self.currency, self.day, self.source = currency, day, source


class Rate(Record, frozen=True, kw_only=True):
    """One rate: `units` of `currency` are worth `worth` of `base`, from `valid_from` to `valid_until`
    inclusive. `version` identifies the file."""

    source: str
    currency: str
    base: str
    units: Decimal
    worth: Decimal
    valid_from: dt.date
    #: For `ecb`, the last possible day; the next day with rates ends the validity earlier.
    valid_until: dt.date
    version: str = ""
    #: The text of the column `source` of the national table.
    stated_source: str | None = None

    @property
    def fraction(self) -> Fraction:
        """Returns the value of one unit of the currency in the base currency."""
        return Fraction(self.worth) / Fraction(self.units)


class Problem(Record, frozen=True, kw_only=True):
    """A problem of a file: the number of the line (None for the whole file) and the text."""

    line: int | None = None
    text: Text


class RateFile(Record, frozen=True, kw_only=True):
    """A file of rates: its source, its version (the newest day and the first digits of the hash of the file),
    its newest day, its rates and its problems. `days` contains the days for which the ECB file contains
    rates."""

    source: str
    version: str
    newest: dt.date
    rates: tuple[Rate, ...]
    days: tuple[dt.date, ...] = ()
    problems: tuple[Problem, ...] = ()


class Conversion(Record, frozen=True, kw_only=True):
    """The result of a conversion, with the rates that were used."""

    amount: Decimal
    currency: str
    result: Decimal
    to: str
    day: dt.date
    source: str
    rates: tuple[Rate, ...] = ()


# --- the rates of a day -------------------------------------------------------------------------


class Book:
    """The stored rates of all sources. If two files state a rate of a currency for the same day, the later
    rate in `rates` is used. The caller passes the rates in the order in which they were imported."""

    def __init__(self, rates: Iterable[Rate]) -> None:
        stated: dict[tuple[str, str], dict[dt.date, Rate]] = {}
        published: set[dt.date] = set()
        bases = {"ecb": {"EUR"}, "un": {"USD"}, "national": set[str]()}
        for rate in rates:
            stated.setdefault((rate.source, rate.currency), {})[rate.valid_from] = rate
            if rate.source == "ecb":
                published.add(rate.valid_from)
            bases[rate.source].add(rate.base)
        # The currencies in which a source states its rates, and which it does not state in another one.
        self._roots = {
            source: {base for base in some if (source, base) not in stated}
            for source, some in bases.items()
        }
        self._rates = {key: sorted(some) for key, some in stated.items()}
        self._stated = stated
        self._published = sorted(published)

    def rate(self, currency: str, day: dt.date, source: str) -> Rate | None:
        """Returns the rate of a currency that is valid on a day, or None."""
        stated = self._stated.get((source, currency))
        if stated is None:
            return None
        if source == "ecb":
            # The last day with rates ends the validity of all rates of earlier days.
            at = bisect.bisect_right(self._published, day)
            found = stated.get(self._published[at - 1]) if at else None
        else:
            days = self._rates[source, currency]
            at = bisect.bisect_right(days, day)
            found = stated[days[at - 1]] if at else None
        return found if found is not None and day <= found.valid_until else None

    def fraction(
        self, currency: str, to: str, day: dt.date, source: str
    ) -> tuple[Fraction, tuple[Rate, ...]]:
        """Returns the exact value of one unit of a currency in another currency, and the rates that were
        used. Raises `MissingRate` if one of the rates is missing.
        """
        if currency == to:
            return Fraction(1), ()
        first, first_base, first_rates = self._to_base(currency, day, source)
        second, second_base, second_rates = self._to_base(to, day, source)
        if first_base != second_base:
            # The missing rate is that of the currency at which one of the two chains ends too early.
            lost = next(
                (base for base in (first_base, second_base) if base not in self._roots[source]),
                second_base if first_rates else first_base,
            )
            raise MissingRate(lost, day, source)
        return first / second, tuple(dict.fromkeys((*first_rates, *second_rates)))

    def convert(
        self, amount: Decimal, currency: str, to: str, day: dt.date, source: str
    ) -> Conversion:
        """Converts an amount at the exchange rates of a day, and rounds the result once (half to even) to the
        minor unit of the target currency. Raises `MissingRate` if a rate is missing."""
        one, used = self.fraction(currency, to, day, source)
        return Conversion(
            amount=amount,
            currency=currency,
            result=money.rounded(Fraction(amount) * one, to),
            to=to,
            day=day,
            source=source,
            rates=used,
        )

    def total(
        self, amounts: Iterable[tuple[Decimal, str]], to: str, day: dt.date, source: str
    ) -> Conversion | None:
        """Returns the sum of amounts in several currencies, converted exactly and rounded once. Returns None
        if there are no amounts. Raises `MissingRate` if a rate is missing."""
        sums: dict[str, list[Decimal]] = {}
        for amount, currency in amounts:
            sums.setdefault(currency, []).append(amount)
        if not sums:
            return None
        total, used = Fraction(0), dict[Rate, None]()
        for currency, some in sums.items():
            one, rates = self.fraction(currency, to, day, source)
            total += Fraction(money.added(some)) * one
            used.update(dict.fromkeys(rates))
        result = money.rounded(total, to)
        return Conversion(
            amount=result, currency=to, result=result, to=to, day=day, source=source,
            rates=tuple(used),
        )  # fmt: skip

    def _to_base(
        self, currency: str, day: dt.date, source: str
    ) -> tuple[Fraction, str, tuple[Rate, ...]]:
        """Multiplies successive rates, starting from a given currency, until the result is in a currency that
        has no rate. A national table may state the rate of one currency in terms of a second currency, and
        the rate of the second currency in terms of a third.
        """
        value, used = Fraction(1), list[Rate]()
        while (rate := self.rate(currency, day, source)) is not None and rate not in used:
            value *= rate.fraction
            used.append(rate)
            currency = rate.base
        return value, currency, tuple(used)


# --- files --------------------------------------------------------------------------------------


@dataclass
class _Reading:
    """Collects the rates and the problems while a file is read."""

    source: str
    rates: list[Rate] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    more: int = 0
    #: Currency → number of days on which it is not quoted.
    unquoted: Counter[str] = field(default_factory=Counter)
    days: set[dt.date] = field(default_factory=set)

    def problem(self, line: int | None, text: Text) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(line=line, text=text))
        else:
            self.more += 1

    def file(self, data: bytes) -> RateFile:
        for currency, n in sorted(self.unquoted.items()):
            self.problem(None, NOT_QUOTED.given(value=currency, n=n))
        self.rates = self._unique()
        if self.more:
            self.problems.append(Problem(text=MORE.given(n=self.more)))
        if not self.rates:
            raise RatesError(NO_RATES)
        newest = max(rate.valid_from for rate in self.rates)
        version = f"{newest.isoformat()} {hashlib.sha256(data).hexdigest()[:12]}"
        return RateFile(
            source=self.source,
            version=version,
            newest=newest,
            rates=tuple(_with_version(rate, version) for rate in self.rates),
            days=tuple(sorted(self.days)),
            problems=tuple(self.problems),
        )

    def _unique(self) -> list[Rate]:
        """Excludes rates that contradict another row: if a currency has two different rates for one day, both
        rates are excluded.
        """
        first: dict[tuple[str, dt.date], Rate] = {}
        contradicted: set[tuple[str, dt.date]] = set()
        for rate in self.rates:
            key = (rate.currency, rate.valid_from)
            known = first.setdefault(key, rate)
            if (known.units, known.worth, known.base) != (rate.units, rate.worth, rate.base):
                contradicted.add(key)
        for currency, day in sorted(contradicted):
            self.problem(None, TWICE.given(value=currency, day=Day(day)))
        return [rate for key, rate in first.items() if key not in contradicted]


def read(data: bytes) -> RateFile:
    """Reads a file of rates of any source. Raises `RatesError` if the format of the file is not known or the
    file contains no rate."""
    if len(data) > MAX_BYTES:
        raise RatesError(TOO_LARGE.given(n=len(data), limit=MAX_BYTES))
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
        return _ecb_xml(data)
    text = decode(data)
    first = text.lstrip().partition("\n")[0].strip()
    headings = [cell.strip().strip('"').casefold() for cell in re.split(r"[,;\t]", first)]
    if headings[:1] == ["date"] and any(_CODE.fullmatch(one.upper()) for one in headings[1:]):
        return _ecb_csv(data, text)
    if {"currency", "effective date", "rate"} <= set(headings):
        return _un(data, text)
    if set(TEMPLATE[:6]) <= set(headings):
        return _national(data, text)
    raise RatesError(NOT_A_FILE.given(value=", ".join(TEMPLATE)))


def newer(file: RateFile, stored: dt.date | None) -> None:
    """Raises `RatesError` if the newest rates of a file are older than the newest stored rates of its
    source."""
    if stored is not None and file.newest < stored:
        raise RatesError(OLDER.given(day=Day(file.newest), stored=Day(stored)))


def _ecb_xml(data: bytes) -> RateFile:
    try:
        tree = xml.parse(data)
    except Unreadable as error:
        raise RatesError(DAMAGED.given(at=error.offset or 0)) from error
    reading = _Reading("ecb")
    cubes = [node for node in tree.root.walk() if node.tag == "Cube" and "time" in node.attrs]
    if not cubes:
        raise RatesError(NOT_A_FILE.given(value=", ".join(TEMPLATE)))
    cut = any(one.code == "xml_cut_off" for one in tree.damage)
    for one in tree.damage:
        reading.problem(None, CUT if one.code == "xml_cut_off" else DAMAGED.given(at=one.offset))
    # The day in which the file ends may lack currencies, and its last rate may lack digits.
    for cube in cubes[:-1] if cut else cubes:
        line = data.count(b"\n", 0, cube.offset) + 1
        day = _day(cube.attrs["time"])
        if day is None:
            reading.problem(line, BAD_DAY.given(value=cube.attrs["time"][:30]))
            continue
        for kid in cube.kids:
            if kid.tag == "Cube":
                _ecb_rate(
                    reading, line, day, kid.attrs.get("currency", ""), kid.attrs.get("rate", "")
                )
    return reading.file(data)


def _ecb_csv(data: bytes, text: str) -> RateFile:
    reading = _Reading("ecb")
    rows = _rows(text, reading, whole_ends=("",))
    _, headings = next(rows)
    for line, row in rows:
        day = _day(row[0].strip())
        if day is None:
            reading.problem(line, BAD_DAY.given(value=row[0][:30]))
            continue
        for heading, cell in zip(headings[1:], row[1:], strict=True):
            if heading.strip():
                _ecb_rate(reading, line, day, heading.strip().upper(), cell.strip())
    return reading.file(data)


def _ecb_rate(reading: _Reading, line: int, day: dt.date, currency: str, text: str) -> None:
    reading.days.add(day)
    if text.upper() == "N/A":
        reading.unquoted[currency[:20]] += 1
        return
    if (rate := _number(reading, line, currency, text)) is not None and _known(
        reading, line, currency
    ):
        reading.rates.append(
            Rate(
                source="ecb", currency=currency, base="EUR", units=rate, worth=Decimal(1),
                valid_from=day, valid_until=day + dt.timedelta(ECB_DAYS - 1),
            )
        )  # fmt: skip


def _un(data: bytes, text: str) -> RateFile:
    reading = _Reading("un")
    rows = _rows(text, reading)
    _, headings = next(rows)
    places = {heading.strip().casefold(): place for place, heading in enumerate(headings)}
    for line, row in rows:
        currency = row[places["currency"]].strip().upper()
        stated = row[places["effective date"]].strip()
        day = _day(stated)
        if day is None:
            reading.problem(line, BAD_DAY.given(value=stated[:30]))
        elif (
            _known(reading, line, currency)
            and (rate := _number(reading, line, currency, row[places["rate"]].strip())) is not None
            and currency != "USD"
        ):
            last = day.replace(day=monthrange(day.year, day.month)[1])
            reading.rates.append(
                Rate(
                    source="un", currency=currency, base="USD", units=rate, worth=Decimal(1),
                    valid_from=day, valid_until=last,
                )
            )  # fmt: skip
    return reading.file(data)


def _national(data: bytes, text: str) -> RateFile:
    reading = _Reading("national")
    rows = _rows(text, reading)
    _, headings = next(rows)
    places = {heading.strip().casefold(): place for place, heading in enumerate(headings)}
    ends: dict[str, list[tuple[dt.date, dt.date]]] = {}
    for line, row in rows:
        cells = {name: row[place].strip() for name, place in places.items()}
        currency, per = cells["currency"].upper(), cells["per"].upper()
        if not (_known(reading, line, currency) and _known(reading, line, per)):
            continue
        days = [_day(cells["valid_from"]), _day(cells["valid_until"])]
        first, last = days
        if first is None or last is None:
            wrong = cells["valid_from" if first is None else "valid_until"]
            reading.problem(line, BAD_DAY.given(value=wrong[:30]))
            continue
        units = _number(reading, line, currency, cells["units"])
        rate = _number(reading, line, currency, cells["rate"])
        if units is None or rate is None:
            continue
        spans = ends.setdefault(currency, [])
        if currency == per:
            reading.problem(line, SAME.given(value=currency))
        elif last < first:
            reading.problem(line, BAD_ORDER)
        elif (last - first).days > MOST_DAYS:
            reading.problem(line, TOO_LONG)
        elif any(first != start and first <= end and start <= last for start, end in spans):
            reading.problem(line, OVERLAP.given(value=currency))
        else:
            spans.append((first, last))
            reading.rates.append(
                Rate(
                    source="national", currency=currency, base=per, units=units, worth=rate,
                    valid_from=first, valid_until=last,
                    stated_source=cells.get("source", "")[:200] or None,
                )
            )  # fmt: skip
    return reading.file(data)


def _rows(
    text: str, reading: _Reading, whole_ends: Sequence[str] = ()
) -> Iterator[tuple[int, list[str]]]:
    """Yields the rows of a CSV text with the numbers of their lines: first the headings, then the rows with
    the same number of cells. If the text does not end with a line end, its last row may be incomplete and is
    left out. This row is kept if it is complete and its last cell is one of `whole_ends` (the ECB ends each
    row with a comma).
    """
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    whole = text.endswith(("\n", "\r"))
    found = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    headings: list[str] | None = None
    waiting: tuple[int, list[str]] | None = None
    try:
        for number, row in enumerate(found):
            if number > MAX_ROWS:
                break
            if not any(cell.strip() for cell in row):
                continue
            if headings is None:
                headings = row
                yield found.line_num, row
                continue
            if waiting is not None:
                yield from _complete(reading, headings, *waiting)
            waiting = (found.line_num, row)
    except csv.Error:
        reading.problem(found.line_num, FEW_CELLS)
    if waiting is None or headings is None:
        return
    line, row = waiting
    if whole or (len(row) == len(headings) and row[-1] in whole_ends):
        yield from _complete(reading, headings, line, row)
    else:
        reading.problem(line, CUT)


def _complete(
    reading: _Reading, headings: list[str], line: int, row: list[str]
) -> Iterator[tuple[int, list[str]]]:
    if len(row) == len(headings):
        yield line, row
    else:
        reading.problem(line, FEW_CELLS)


def _known(reading: _Reading, line: int, currency: str) -> bool:
    if currency in money.currencies() or currency in METALS:
        return True
    reading.problem(line, BAD_CODE.given(value=currency[:20] or "–"))
    return False


def _number(reading: _Reading, line: int, currency: str, text: str) -> Decimal | None:
    try:
        found = Decimal(text) if _NUMBER.fullmatch(text) and text.isascii() else None
    except InvalidOperation:
        found = None
    if found is None:
        if text.upper() == "N/A":
            reading.unquoted[currency[:20]] += 1
        else:
            reading.problem(line, BAD_RATE.given(value=text[:30] or "–"))
    elif not found:
        reading.problem(line, ZERO_RATE.given(value=currency[:20]))
        return None
    return found


def _day(text: str) -> dt.date | None:
    """Returns a day: `2026-11-01`, `01 Nov 2026`, `01/11/2026` (day first)."""
    text = text.strip()[:30]
    try:
        if found := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text, re.ASCII):
            day = dt.date(int(found[1]), int(found[2]), int(found[3]))
        elif found := re.fullmatch(r"(\d{1,2})[ -]([A-Za-z]{3})[a-z]*[ -](\d{4})", text, re.ASCII):
            day = dt.date(int(found[3]), _MONTHS.index(found[2].casefold()) + 1, int(found[1]))
        elif found := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text, re.ASCII):
            day = dt.date(int(found[3]), int(found[2]), int(found[1]))
        else:
            return None
    except ValueError:
        return None
    return day if _FIRST_DAY <= day < _LAST_DAY else None


def _with_version(rate: Rate, version: str) -> Rate:
    return Rate(
        source=rate.source, currency=rate.currency, base=rate.base, units=rate.units,
        worth=rate.worth, valid_from=rate.valid_from, valid_until=rate.valid_until,
        version=version, stated_source=rate.stated_source,
    )  # fmt: skip
