"""Rates: conversions are equal to exact fractions, and a missing rate is an error that names currency and
day. The expected values are computed here from the tables that the test writes into the files, with a rule of
validity of its own."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from tests.shared import shared

from vedette.cash import money, rates
from vedette.cash.rates import Book, MissingRate, RatesError
from vedette.core.texts import render

DAY = dt.timedelta(1)
FIRST, LAST = dt.date(2025, 1, 1), dt.date(2026, 6, 30)
CURRENCIES = ("USD", "JPY", "GBP", "CHF", "HRK", "TND", "BGN")
#: TARGET holidays of the period.
HOLIDAYS = {
    dt.date(2025, 1, 1), dt.date(2025, 4, 18), dt.date(2025, 4, 21), dt.date(2025, 5, 1),
    dt.date(2025, 12, 25), dt.date(2025, 12, 26), dt.date(2026, 1, 1), dt.date(2026, 4, 3),
    dt.date(2026, 4, 6), dt.date(2026, 5, 1),
}  # fmt: skip
Table = dict[tuple[str, dt.date], str]


def number(chance: random.Random) -> str:
    return f"{chance.randint(1, 999)}.{chance.randint(1, 99999):05d}"


def ecb(chance: random.Random) -> tuple[bytes, bytes, Table, list[dt.date]]:
    """Returns a file as CSV and as XML, the rates of each day, and the days with rates. The Croatian currency
    has no rate after its end, and the Bulgarian one has none from 2026."""
    days = [
        day
        for day in (FIRST + n * DAY for n in range((LAST - FIRST).days + 1))
        if day.weekday() < 5 and day not in HOLIDAYS
    ]
    table: Table = {}
    rows, cubes = [], []
    for day in reversed(days):
        cells = []
        for currency in CURRENCIES:
            gone = currency == "HRK" or (currency == "BGN" and day.year == 2026)
            text = "N/A" if gone or chance.random() < 0.02 else number(chance)
            cells.append(text)
            if text != "N/A":
                table[currency, day] = text
        rows.append(f"{day.isoformat()},{','.join(cells)},")
        inner = "".join(
            f'<Cube currency="{currency}" rate="{text}"/>'
            for currency, text in zip(CURRENCIES, cells, strict=True)
            if text != "N/A"
        )
        cubes.append(f'<Cube time="{day.isoformat()}">{inner}</Cube>')
    csv = "\n".join((f"Date,{','.join(CURRENCIES)},", *rows)) + "\n"
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?><gesmes:Envelope'
        ' xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"'
        ' xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"><Cube>'
        f"{''.join(cubes)}</Cube></gesmes:Envelope>"
    )
    return csv.encode(), xml.encode(), table, days


def un(chance: random.Random) -> tuple[bytes, Table]:
    """Returns a file with monthly lists, of which two months are missing, and with revisions."""
    table: Table = {}
    lines = ["Country,Currency,Effective Date,Rate"]
    for month in range(1, 13):
        if month in (4, 9):
            continue
        for currency in ("EUR", "XOF", "KES", "NGN"):
            days = [1] + ([15] if chance.random() < 0.3 else [])
            for day in days:
                when, text = dt.date(2025, month, day), number(chance)
                table[currency, when] = text
                lines.append(f'"Country, the",{currency},{when:%d %b %Y},{text}')
    return ("\r\n".join(lines) + "\r\n").encode(), table


def national(
    chance: random.Random,
) -> tuple[bytes, dict[str, list[tuple[dt.date, dt.date, Fraction, str]]]]:
    """Returns a table in francs, with gaps, and with one currency stated in another."""
    stated: dict[str, list[tuple[dt.date, dt.date, Fraction, str]]] = {}
    lines = [",".join(rates.TEMPLATE)]
    for currency, per, units in (
        ("EUR", "XOF", 1), ("USD", "XOF", 1), ("JPY", "USD", 100), ("DEM", "EUR", 1),
    ):  # fmt: skip
        day = FIRST
        while day < LAST:
            end = min(day + chance.randint(5, 60) * DAY, LAST)
            text = number(chance)
            stated.setdefault(currency, []).append((day, end, Fraction(text) / units, per))
            lines.append(f"{currency},{day},{end},{units},{text},{per},decision {day}")
            day = end + chance.choice((1, 1, 3)) * DAY
    return ("\n".join(lines) + "\n").encode(), stated


def half_even(value: Fraction, currency: str) -> Decimal:
    places = money.decimals(currency)
    whole, rest = divmod((value * 10**places).numerator, (value * 10**places).denominator)
    half = Fraction(rest, (value * 10**places).denominator)
    whole += half > Fraction(1, 2) or (half == Fraction(1, 2) and whole % 2 == 1)
    return Decimal(whole).scaleb(-places)


def test_ten_thousand_conversions_are_equal_to_exact_fractions() -> None:
    chance = random.Random(11)
    csv, xml, of_ecb, published = ecb(chance)
    un_file, of_un = un(chance)
    national_file, of_nation = national(chance)
    files = [rates.read(one) for one in (csv, un_file, national_file)]
    assert [file.source for file in files] == ["ecb", "un", "national"]
    plain = lambda file: {(r.currency, r.valid_from, r.units) for r in file.rates}  # noqa: E731
    assert plain(rates.read(xml)) == plain(files[0])
    book = Book(rate for file in files for rate in file.rates)

    def worth(currency: str, day: dt.date, source: str) -> tuple[Fraction, str]:
        """One unit of the currency, and the currency in which this value is: the base of the source, or
        the currency at which a rate is missing."""
        if source == "ecb":
            before = [one for one in published if one <= day]
            if not before or (day - before[-1]).days > 4 or (currency, before[-1]) not in of_ecb:
                return Fraction(1), currency
            return 1 / Fraction(of_ecb[currency, before[-1]]), "EUR"
        if source == "un":
            of_month = [
                when
                for one, when in of_un
                if one == currency
                and when <= day
                and (when.year, when.month) == (day.year, day.month)
            ]
            if not of_month:
                return Fraction(1), currency
            return 1 / Fraction(of_un[currency, max(of_month)]), "USD"
        for first, end, value, per in of_nation.get(currency, []):
            if first <= day <= end:
                further, last = worth(per, day, source)
                return value * further, last
        return Fraction(1), currency

    base = {"ecb": "EUR", "un": "USD", "national": "XOF"}
    of_source = {
        "ecb": ("EUR", *CURRENCIES, "XOF"),
        "un": ("USD", "EUR", "XOF", "KES", "NGN", "CYP"),
        "national": ("XOF", "EUR", "USD", "JPY", "DEM", "GBP"),
    }
    converted = missing = on_weekends = 0
    while converted < 10_000:
        source = chance.choice(tuple(of_source))
        currency, to = chance.sample(of_source[source], 2)
        day = FIRST + chance.randint(-3, (LAST - FIRST).days + 8) * DAY
        amount = Decimal(chance.randrange(1, 10**9)).scaleb(-money.decimals(currency))
        one, other = worth(currency, day, source), worth(to, day, source)
        if one[1] != other[1]:
            missing += 1
            with pytest.raises(MissingRate) as error:
                book.convert(amount, currency, to, day, source)
            assert error.value.day == day
            assert error.value.currency in {one[1], other[1]} - {base[source]}
            text = render(error.value.text)
            assert error.value.currency in text
            assert f"{day.day} " in text
            assert str(day.year) in text
            continue
        found = book.convert(amount, currency, to, day, source)
        assert found.result == half_even(Fraction(amount) * one[0] / other[0], to)
        assert found.rates
        assert all(rate.version for rate in found.rates)
        converted += 1
        on_weekends += day.weekday() > 4
    assert on_weekends > 1000
    assert missing > 1000


def test_the_total_of_several_currencies_is_rounded_once() -> None:
    book = Book(rates.read(b"Date,USD,JPY,\n2026-11-20,3,7,\n").rates)
    day = dt.date(2026, 11, 20)
    amounts = [(Decimal("0.01"), "USD"), (Decimal("0.01"), "USD"), (Decimal(1), "JPY")]
    found = book.total(amounts, "EUR", day, "ecb")
    assert found is not None
    assert found.result == half_even(Fraction(2, 300) + Fraction(1, 7), "EUR")
    assert book.total([], "EUR", day, "ecb") is None


def test_a_revision_replaces_only_the_currencies_that_it_lists() -> None:
    text = b"Country,Currency,Effective Date,Rate\nA,KES,01 Nov 2026,129\nB,UAH,01 Nov 2026,41\n"
    later = b"Country,Currency,Effective Date,Rate\nA,KES,15 Nov 2026,131\n"
    book = Book([*rates.read(text).rates, *rates.read(later).rates])
    for day, kes in ((14, 129), (15, 131), (30, 131)):
        rate = book.rate("KES", dt.date(2026, 11, day), "un")
        other = book.rate("UAH", dt.date(2026, 11, day), "un")
        assert rate is not None
        assert other is not None
        assert (rate.units, other.units) == (kes, 41)
    assert book.rate("KES", dt.date(2026, 12, 1), "un") is None


def test_a_currency_that_is_not_quoted_has_no_rate_of_an_earlier_day() -> None:
    book = Book(rates.read(b"Date,USD,BGN,\n2026-11-23,1.1,N/A,\n2026-11-20,1.2,1.9558,\n").rates)
    assert book.rate("BGN", dt.date(2026, 11, 22), "ecb") is not None
    assert book.rate("BGN", dt.date(2026, 11, 23), "ecb") is None


@pytest.mark.parametrize(
    "name", ["ecb_hist.csv", "ecb_hist.xml", "un_operational.csv", "national.csv"]
)
def test_the_published_layouts_are_read(name: str) -> None:
    path: Path = shared("data", "rates", name)
    found = rates.read(path.read_bytes())
    assert found.rates
    assert all(one.line is None for one in found.problems)


def problems(data: bytes) -> list[str]:
    return [
        f"{one.line}: {render(one.text)}" if one.line else render(one.text)
        for one in rates.read(data).problems
    ]


def test_a_damaged_file_gives_the_good_rows_and_names_the_others() -> None:
    data = (
        b"currency,valid_from,valid_until,units,rate,per,source\n"
        b"USD,2026-11-01,2026-11-30,1,0,EUR,zero\n"
        b"GBP,2026-11-01,2026-11-30,1,N/A,EUR,none\n"
        b"JPY,2026-11-01,2026-11-30,100,0.617,EUR,good\n"
        b"ABC,2026-11-01,2026-11-30,1,1,EUR,unknown\n"
        b"CHF,2026-11-31,2026-11-30,1,1,EUR,no day\n"
        b"CHF,2026-11-30,2026-11-01,1,1,EUR,order\n"
        b"CHF,2026-11-01,2026-11-30,1,-1,EUR,negative\n"
        b"CHF,2026-11-01,2026-11-30,1,1e5,EUR,exponent\n"
        b"CHF,2026-11-01,2026-11-30,1\n"
        b"JPY,2026-11-15,2026-12-30,100,0.7,EUR,overlap\n"
        b"EUR,2026-11-15,2026-12-30,1,1,EUR,itself\n"
        b"CAD,2026-11-01,2026-11-30,1,0.6"
    )
    found = rates.read(data)
    assert [(rate.currency, rate.worth) for rate in found.rates] == [("JPY", Decimal("0.617"))]
    texts = "\n".join(problems(data))
    for part in (
        "2: The rate of USD is zero.", "GBP is not quoted (N/A) on 1 day.", "5: ABC is not a currency",
        "6: 2026-11-31 is not a day", "7: The last day of validity", "8: -1 is not a positive number",
        "9: 1e5 is not a positive", "10: The row does not have the same number",
        "11: The period of validity of this",
        "12: The currency EUR cannot be converted to itself", "13: The file ends in the middle",
    ):  # fmt: skip
        assert part in texts


def test_a_cut_file_loses_its_last_row_or_day_and_nothing_else() -> None:
    chance = random.Random(3)
    csv, xml, table, days = ecb(chance)
    for data in (csv, xml):
        whole = {(rate.currency, rate.valid_from): rate.units for rate in rates.read(data).rates}
        for _ in range(10):
            end = chance.randrange(len(data) // 2, len(data) - 1)
            found = rates.read(data[:end])
            assert any("middle of a row" in text for text in problems(data[:end])) or data is csv
            for rate in found.rates:
                assert whole[rate.currency, rate.valid_from] == rate.units
    assert table
    assert days


def test_contradicting_rates_of_one_day_are_both_left_out() -> None:
    data = (
        b"Country,Currency,Effective Date,Rate\nA,XOF,01 Nov 2026,600\nB,XOF,01 Nov 2026,601\n"
        b"C,KES,01 Nov 2026,1\n"
    )
    assert [rate.currency for rate in rates.read(data).rates] == ["KES"]
    assert "stated twice" in problems(data)[0]


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "format of the file is not known"),
        (b"a,b\n1,2\n", "format of the file is not known"),
        (b"\x00\xff" * 50, "format of the file is not known"),
        (b"<a><b/></a>", "format of the file is not known"),
        (b"Date,USD,\n2026-11-20,0,\n", "No rate could be read"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "damaged"),
    ],
)
def test_a_file_without_rates_is_refused_with_a_reason(data: bytes, part: str) -> None:
    with pytest.raises(RatesError, match=part):
        rates.read(data)


def test_an_older_file_is_refused() -> None:
    file = rates.read(b"Date,USD,\n2026-11-20,1.1,\n")
    rates.newer(file, None)
    rates.newer(file, dt.date(2026, 11, 20))
    with pytest.raises(RatesError, match="20 November 2026, but newer rates of 23 November 2026"):
        rates.newer(file, dt.date(2026, 11, 23))
