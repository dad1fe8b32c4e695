"""A synthetic world of movements of cash, for measurements and the demonstration.

SYNTHETIC: all persons, companies, numbers and amounts are invented. The same seed gives the same world.

The world contains ordinary movements (travellers, traders), ordinary movements that are similar to true cases
(families, tour groups, payroll, exchange offices, disclosed parcels), and inserted cases (couriers,
structuring, smuggling cells). Some arrivals and departures also have a declaration of a partner, with another
spelling, document or currency, or with divided amounts. The rows do not state whether a movement is ordinary,
a look-alike (similar to a true case) or planted (a true case). The classification of each statement is stored
separately.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import NamedTuple

from vedette.demo.world.lexicon import BY_NATIONALITY

HOME, THRESHOLD = "FR", 10_000
FIRST = dt.date(2026, 1, 5)
DAYS = 330
#: Partners that send their declarations, and other countries: alpha-2, alpha-3, currency, airport.
_PARTNERS = (("TN", "TUN", "TND", "TUN"), ("MA", "MAR", "MAD", "CMN"), ("DZ", "DZA", "DZD", "ALG"))
_OTHERS = (("TR", "TUR", "TRY", "IST"), ("SN", "SEN", "XOF", "DSS"), ("LB", "LBN", "USD", "BEY"))
_COUNTRIES = tuple(one for one in (*_PARTNERS, *_OTHERS) if one[1] in BY_NATIONALITY)
PARTNERS = frozenset(one[0] for one in _PARTNERS if one[1] in BY_NATIONALITY)
#: Units of the currency for one euro. The rates change by month.
_RATES = {
    "USD": "1.0850", "GBP": "0.8340", "CHF": "0.9400", "TND": "3.3710", "MAD": "10.6200", "DZD": "145.30",
    "TRY": "45.200", "XOF": "655.957",
}  # fmt: skip
_GOLD_PER_GRAM = Decimal(72)
_STREETS = (
    "rue des Tests",
    "avenue des Exemples",
    "Main Street",
    "allée Synthétique",
    "rue du Modèle",
)
_PROVENANCE = (
    "labour",
    "labour",
    "capital",
    "pension",
    "gift_family",
    "inheritance",
    "movable_property",
)
_USES = (
    "holidays",
    "holidays",
    "gift_family",
    "real_estate",
    "movable_property",
    "professional_services",
)
#: Look-alikes and inserted cases, for the figures.
LOOK_ALIKES = ("family", "tour_group", "payroll", "exchange_office", "disclosed_parcel")
PLANTED = ("courier", "structuring", "cell")

Row = dict[str, str]


class Statement(NamedTuple):
    """The rows of one statement about a movement. `own` is false for the statement of a partner."""

    rows: list[Row]
    own: bool = True


class Truth(NamedTuple):
    """The kind of a statement (ordinary, look-alike or planted), and the case to which it belongs. A
    statement without a `Truth` entry is ordinary.
    """

    reference: str
    kind: str
    case: str


@dataclass(frozen=True)
class Person:
    """An invented person. `country` is one of `_COUNTRIES`."""

    given: str
    surname: str
    born: dt.date
    sex: str
    country: tuple[str, str, str, str]
    document: str
    street: str
    postcode: str
    phone: str
    #: The country of residence.
    home: str
    provenance: str
    uses: str


@dataclass
class World:
    """Generates a world with about `size` statements. `planted` is the share of statements that belong to
    inserted cases, and `paired` is the number of pairs of declarations. If `paired` is None, the usual share
    is used.
    """

    seed: int
    size: int
    planted: float = 0.005
    paired: int | None = None
    #: The first day of the journeys, and the number of days.
    first: dt.date = FIRST
    days: int = DAYS
    #: The number after which the references are counted. Worlds of one seed with other numbers have other
    #: persons.
    number: int = 0
    truth: list[Truth] = field(default_factory=list)
    #: Departure and arrival declaration of one movement.
    pairs: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rng = random.Random(f"{self.seed}|{self.number}" if self.number else self.seed)
        self._made = 0
        self._number = self.number
        self._people = [self.person() for _ in range(max(50, self.size // 5))]
        most = self.size // 8
        self._left = self.paired if self.paired is not None else most

    # --- the parts of a world -------------------------------------------------------------------

    def statements(self) -> Iterator[Statement]:
        """Yields all statements, not sorted by day. A world can be generated only once."""
        rng = self._rng
        target = round(self.size * self.planted)
        cases: list[Callable[[], Iterator[Statement]]] = [
            self.courier,
            self.structuring,
            self.cell,
        ]
        made = 0
        while made < target:
            for statement in cases[rng.randrange(3)]():
                made += statement.own
                yield statement
        ordinary: list[tuple[Callable[[], Iterator[Statement]], int]] = [
            (self.traveller, 60), (self._family, 6), (self._tour, 2), (self._trader, 8),
            (self._payroll, 1), (self._exchange, 1), (self.parcel, 5),
        ]  # fmt: skip
        kinds, weights = zip(*ordinary, strict=True)
        while self._made < self.size:
            yield from rng.choices(kinds, weights)[0]()

    def traveller(self) -> Iterator[Statement]:
        rng = self._rng
        one = rng.choice(self._people)
        amount = self._amount(2_000, 60_000)
        row = self.trip(one, self._day(), amount)
        if rng.random() < 0.06:
            # Gold jewellery is no cash; a bar or coins are.
            weight = Decimal(rng.randrange(50, 2000))
            value = weight * _GOLD_PER_GRAM * Decimal(rng.randrange(92, 108)) / 100
            row |= {"kind": "gold", "type": rng.choice(("coin", "bullion")), "currency": "EUR"}
            row |= {"quantity": str(max(1, int(weight) // 40)), "weight": str(weight)}
            row |= {"fineness": "999.9", "amount": str(round(value, 2))}
        if rng.random() < 0.04:
            relative = rng.choice(self._people)
            row |= {"carrier_is_owner": "no", **party_row("owner", relative)}
        yield from self._stated(row, one, count=0.1)

    def _family(self) -> Iterator[Statement]:
        """Generates a family on one journey. Each member carries money for the holidays, and some amounts are
        close to the threshold.
        """
        rng = self._rng
        head, day, case = rng.choice(self._people), self._day(), self._case()
        trip = self.trip(head, day, 0)
        for _ in range(rng.randint(2, 5)):
            one = replace(
                self.person(head.country),
                surname=head.surname if rng.random() < 0.8 else rng.choice(self._people).surname,
                street=head.street, postcode=head.postcode, phone=head.phone, home=head.home,
            )  # fmt: skip
            own = self.trip(one, day, self._amount(1_000, 9_800))
            journey = {name: trip[name] for name in _JOURNEY}
            own |= {**journey, "uses": "holidays", "provenance": "labour"}
            yield from self._stated(own, one, kind="family", case=case)

    def _tour(self) -> Iterator[Statement]:
        """Generates a tour group that uses one means of transport and gives the telephone number of the
        agency as its contact.
        """
        rng = self._rng
        lead, day, case = rng.choice(self._people), self._day(), self._case()
        trip = self.trip(lead, day, 0)
        phone = self._phone("33")
        for _ in range(rng.randint(8, 20)):
            one = self.person(lead.country)
            own = self.trip(one, day, self._amount(800, 6_500))
            own |= {**{name: trip[name] for name in _JOURNEY}, "uses": "holidays"}
            own["carrier_phone"] = phone
            yield from self._stated(own, one, kind="tour_group", case=case)

    def _trader(self) -> Iterator[Statement]:
        """Generates a trader who crosses the border every month with takings of about the same value."""
        rng = self._rng
        one, usual = (
            replace(self.person(), uses="professional_services"),
            self._amount(10_500, 40_000),
        )
        first = rng.randrange(30)
        for month in range(rng.randint(4, 10)):
            day = self.first + dt.timedelta(first + 30 * month + rng.randrange(6))
            row = self.trip(one, day, usual * rng.randrange(80, 125) // 100, direction="entry")
            yield from self._stated(row, one, count=0.1)

    def _payroll(self) -> Iterator[Statement]:
        """Generates several employees who carry the wages of a company every month, one after another."""
        rng = self._rng
        staff = [self.person() for _ in range(rng.randint(2, 4))]
        company, usual, case = self._company("works"), self._amount(15_000, 90_000), self._case()
        first = rng.randrange(28)
        for month in range(rng.randint(5, 10)):
            one = rng.choice(staff)
            day = self.first + dt.timedelta(first + 30 * month + rng.randrange(3))
            row = self.trip(one, day, usual * rng.randrange(90, 112) // 100, direction="exit")
            row |= {"carrier_is_owner": "no", **company, "uses": "payment_of_employees"}
            row |= {
                "carrier_is_recipient": "no",
                **_as(company, "recipient"),
                "provenance": "capital",
            }
            yield from self._stated(row, one, kind="payroll", case=case, count=0.2)

    def _exchange(self) -> Iterator[Statement]:
        """Generates an exchange office whose couriers carry banknotes in several currencies every week."""
        rng = self._rng
        staff = [self.person() for _ in range(3)]
        company, case, first = self._company("change"), self._case(), rng.randrange(7)
        for week in range(rng.randint(10, 40)):
            one = rng.choice(staff)
            day = self.first + dt.timedelta(first + 7 * week + rng.randrange(2))
            direction = rng.choice(("entry", "exit"))
            row = self.trip(one, day, self._amount(40_000, 300_000), direction=direction)
            row |= {
                "carrier_is_owner": "no",
                **company,
                "owner_bank": "yes",
                "provenance": "capital",
            }
            row |= {"carrier_is_recipient": "no", **_as(company, "recipient")}
            row["uses"] = "transport_of_currency"
            lines = [("EUR", self._amount(10_000, 90_000))]
            lines += [
                (c, self._amount(9_000, 80_000)) for c in rng.sample(("USD", "GBP", "CHF"), 2)
            ]
            yield from self._stated(
                row, one, lines=lines, kind="exchange_office", case=case, count=0.3, high=True
            )

    def parcel(self) -> Iterator[Statement]:
        """Generates a parcel with cash that the sender and the recipient disclose on request. A parcel
        disclosed on request has no second declaration.
        """
        rng = self._rng
        sender, recipient = rng.choice(self._people), rng.choice(self._people)
        row = self.trip(sender, self._day(), self._amount(10_200, 45_000), direction="entry")
        row = {name: text for name, text in row.items() if not name.startswith("carrier")}
        row |= {
            "record": "disclosure", "mode": "post", "means": "express", "transport": "",
            "consignment": f"RR{rng.randrange(10**9):09d}XX", "relationship": "sender",
            "stated_contents": rng.choice(("gift", "documents", "money for family", "collection")),
            **party_row("sender", sender), **party_row("declarant", sender), **party_row("owner", sender),
            **party_row("recipient", recipient),
        }  # fmt: skip
        yield from self._stated(row, None, kind="disclosed_parcel", case=self._case(), count=0.3)

    # --- inserted cases --------------------------------------------------------------------------

    def courier(self) -> Iterator[Statement]:
        """Generates couriers of one organiser: different persons carry cash for the same owner or recipient.
        Some of these persons declare the cash at departure but not on arrival, or declare less than they
        carry.
        """
        rng = self._rng
        case, organiser = self._case(), self.person(rng.choice(_COUNTRIES))
        couriers = [self.person() for _ in range(rng.randint(3, 5))]
        day = self._day(60)
        for number, one in enumerate(couriers):
            at = day + dt.timedelta(rng.randrange(4) + 6 * number)
            direction = "entry" if rng.random() < 0.7 else "exit"
            row = self.trip(one, at, self._amount(11_000, 80_000), direction=direction)
            if rng.random() < 0.5:
                row |= {"carrier_is_owner": "no", **party_row("owner", organiser)}
            else:
                row |= {"carrier_is_recipient": "no", **party_row("recipient", organiser)}
            row |= {
                "provenance": rng.choice(("other", "labour")),
                "uses": rng.choice(("other", "holidays")),
            }
            way = rng.random()
            if way < 0.2:
                # Declared to the partner at departure, not here.
                country = rng.choice([one for one in _COUNTRIES if one[0] in PARTNERS])
                lost = self.trip(one, at, self._amount(15_000, 80_000), "entry", country)
                self._mark(reference := self.reference("P"), "courier", case)
                yield self.partner(lost, one, reference, "exit")
                continue
            less = 0 if way < 0.7 else rng.randrange(20, 60)
            yield from self._stated(row, one, kind="courier", case=case, count=0.4, less=less)

    def structuring(self) -> Iterator[Statement]:
        """Generates one person, or two persons of a household, who cross the border several times with
        amounts below the threshold.
        """
        rng = self._rng
        case, one = self._case(), self.person()
        other = replace(
            self.person(one.country), street=one.street, postcode=one.postcode, phone=one.phone
        )
        day, direction = self._day(30), rng.choice(("entry", "exit"))
        for number in range(rng.randint(3, 6)):
            who = other if number % 3 == 2 and rng.random() < 0.5 else one
            at = day + dt.timedelta(2 * number + rng.randrange(2))
            row = self.trip(who, at, self._amount(8_300, 9_950), direction=direction)
            yield from self._stated(row, who, kind="structuring", case=case)

    def cell(self) -> Iterator[Statement]:
        """Generates persons with different family names who share a telephone number, an address or a
        recipient. Each person carries a part of one total amount.
        """
        rng = self._rng
        case, day = self._case(), self._day(20)
        country, direction = rng.choice(_COUNTRIES), rng.choice(("entry", "exit"))
        shared, link = self.person(country), rng.choice(("phone", "address", "recipient"))
        taken = {shared.surname}
        for _ in range(rng.randint(4, 7)):
            one = self.person(country)
            while one.surname in taken:
                one = self.person(country)
            taken.add(one.surname)
            if link == "phone":
                one = replace(one, phone=shared.phone)
            elif link == "address":
                one = replace(one, street=shared.street, postcode=shared.postcode, home=shared.home)
            at = day + dt.timedelta(rng.randrange(4))
            row = self.trip(one, at, self._amount(8_400, 9_950), direction, country)
            if link == "recipient":
                row |= {"carrier_is_recipient": "no", **party_row("recipient", shared)}
            yield from self._stated(row, one, kind="cell", case=case)

    # --- statements -----------------------------------------------------------------------------

    def _stated(
        self,
        row: Row,
        one: Person | None,
        *,
        lines: list[tuple[str, int]] | None = None,
        kind: str = "",
        case: str = "",
        count: float = 0.0,
        less: int = 0,
        high: bool = False,
    ) -> Iterator[Statement]:
        """Yields the statement of a movement, with its count and the declaration of the partner, if any.
        `less` is the part of the carried value, in percent, that is not declared."""
        rng = self._rng
        reference = self.reference("R")
        if kind:
            self._mark(reference, kind, case)
        carried = row
        if less:
            amount = Decimal(row["amount"]) * (100 - less) / 100
            row = {**row, "amount": str(int(amount))}
        rows = [{**row, "reference": reference}]
        if lines is not None:
            rows = [
                {**row, "reference": reference, "currency": c, "amount": str(a), "line": str(n)}
                for n, (c, a) in enumerate(lines, 1)
            ]
        self._made += 1
        yield Statement(rows)
        if rng.random() < count or (less and rng.random() < 0.6):
            yield Statement([*self._count(rows, carried, reference, bool(less), high)])
        country = row["departure_country" if row["direction"] == "entry" else "arrival_country"]
        both = (
            one is not None and country in PARTNERS and lines is None and row.get("kind") != "gold"
        )
        if both and one is not None and self._left > 0 and (less or rng.random() < 0.5):
            self._left -= 1
            yield from self._other_side(carried, one, reference)

    def _count(
        self, rows: list[Row], carried: Row, reference: str, less: bool, high: bool
    ) -> Iterator[Row]:
        rng = self._rng
        common = {
            "reference": reference, "action": "count", "counted_at": f"{rows[0]['declared'][:10]} 18:00",
            "counted_by": "Officer A;Officer B", "counted_place": "control",
        }  # fmt: skip
        for number, row in enumerate(rows, 1):
            if row.get("kind") == "gold":
                names = ("kind", "type", "quantity", "weight", "fineness", "currency")
                yield {**common, "line": str(number), **{name: row[name] for name in names}}
                continue
            amount = int(Decimal(carried["amount"] if less else row["amount"]))
            if rng.random() < 0.08 and not less:
                # An error of counting, seldom more than a note or two.
                amount = max(5, amount + rng.choice((-50, -20, 20, 50)))
            note = rng.choice((100, 200, 500)) if high else rng.choice((20, 50, 50, 100))
            pieces, rest = divmod(amount, note)
            line = {**common, "line": str(number), "currency": row["currency"]}
            if pieces:
                yield {**line, "denomination": str(note), "quantity": str(pieces)}
            if rest or not pieces:
                yield {**line, "amount": str(rest)}

    def _other_side(self, row: Row, one: Person, reference: str) -> Iterator[Statement]:
        """Yields the declaration that the partner sends about the same movement, with the differences that
        arise when another officer records the data."""
        rng = self._rng
        entry = row["direction"] == "entry"
        made = self.partner(row, one, self.reference("P"), "exit" if entry else "entry")
        [other] = made.rows
        if rng.random() < 0.35:
            other["carrier_last_names"] = self._respelt(one.surname)
            other["carrier_first_names"] = self._respelt(one.given)
        if rng.random() < 0.15:
            other["carrier_document"] = self._document()
        if rng.random() < 0.1:
            other["carrier_birth_date"] = ""
        if rng.random() < 0.15:
            other["transport"] = ""
        own = other["reference"]
        rows = [other]
        if other["currency"] == "EUR" and rng.random() < 0.2:
            # The same cash, stated in another currency at the rate of the day.
            to = rng.choice(("USD", "GBP", "CHF"))
            rate = month_rate(to, dt.date.fromisoformat(row["declared"][:10]))
            other["currency"], other["amount"] = to, str(round(Decimal(other["amount"]) * rate, 2))
        elif rng.random() < 0.12 and Decimal(other["amount"]) > 3000:
            part = int(Decimal(other["amount"])) // 3
            rest = Decimal(other["amount"]) - part
            if rng.random() < 0.6:
                rows = [
                    {**other, "amount": str(part), "line": "1"},
                    {**other, "amount": str(rest), "line": "2"},
                ]
            else:
                more = {**other, "reference": self.reference("P"), "amount": str(rest)}
                other["amount"] = str(part)
                self._made += 1
                self.pairs.append(
                    (more["reference"], reference) if entry else (reference, more["reference"])
                )
                yield Statement([more], own=False)
        self._made += 1
        self.pairs.append((own, reference) if entry else (reference, own))
        yield Statement(rows, own=False)

    def partner(self, row: Row, one: Person, reference: str, direction: str) -> Statement:
        country = row["arrival_country"] if direction == "entry" else row["departure_country"]
        names = (*_JOURNEY, "declared", "amount", "currency", "record")
        made = {name: row[name] for name in names if name in row}
        made |= {
            "reference": reference,
            "partner": country,
            "direction": direction,
            "kind": "currency",
        }
        made |= party_row("carrier", one)
        return Statement([made], own=False)

    def trip(
        self,
        one: Person,
        day: dt.date,
        amount: int,
        direction: str = "",
        country: tuple[str, str, str, str] | None = None,
    ) -> Row:
        """Returns the row of a movement of a person: the journey, the person, and an amount in euros."""
        rng = self._rng
        direction = direction or rng.choice(("entry", "exit"))
        away = country or one.country
        number = f"{'XY'[rng.randrange(2)]}{away[0][0]} {100 + rng.randrange(60)}"
        place, airport = ("CDG", "ORY", "MRS")[rng.randrange(3)], away[3]
        entry = direction == "entry"
        stay = rng.random() < 0.03
        text = day.isoformat()
        currency = "EUR" if rng.random() < 0.8 else rng.choice(("USD", "GBP", "CHF"))
        value = amount if currency == "EUR" else int(amount * month_rate(currency, day))
        below = amount < THRESHOLD
        return {
            "record": "below_threshold" if below and rng.random() < 0.5 else "declaration",
            "direction": direction, "declared": f"{text} {rng.randrange(6, 18):02d}:{rng.randrange(60):02d}",
            "departure_country": away[0] if entry else HOME, "departure_place": airport if entry else place,
            "departure": text, "arrival_country": HOME if entry else away[0],
            "arrival_place": place if entry else airport, "arrival": text, "mode": "air",
            "means": "commercial_flight", "transport": number, "via": "IT" if stay else "",
            "kind": "currency", "amount": str(value), "currency": currency,
            "provenance": one.provenance, "uses": one.uses, "carrier_is_owner": "yes",
            "carrier_is_recipient": "yes", **party_row("carrier", one),
        }  # fmt: skip

    # --- values ---------------------------------------------------------------------------------

    def person(self, country: tuple[str, str, str, str] | None = None) -> Person:
        rng = self._rng
        country = country or rng.choice(_COUNTRIES)
        culture = BY_NATIONALITY[country[1]]
        sex = rng.choice("FM")
        surname = rng.choice(culture.surnames)
        if rng.random() < 0.5:
            surname += rng.choice((" ", "-")) + rng.choice(culture.surnames)
        home = country[0] if rng.random() < 0.6 else HOME
        return Person(
            given=" ".join(
                rng.sample(culture.men if sex == "M" else culture.women, rng.randint(1, 2))
            ),
            surname=surname,
            born=dt.date(1950, 1, 1) + dt.timedelta(rng.randrange(20_000)),
            sex=sex,
            country=country,
            document=self._document(),
            street=f"{rng.randrange(1, 400)} {rng.choice(_STREETS)}",
            postcode=f"{rng.randrange(1000, 99_999):05d}",
            phone=self._phone("33" if home == HOME else "216"),
            home=home,
            provenance=rng.choice(_PROVENANCE),
            uses=rng.choice(_USES),
        )

    def _company(self, word: str) -> Row:
        rng = self._rng
        country = rng.choice(_COUNTRIES)
        name = rng.choice(BY_NATIONALITY[country[1]].surnames)
        return {
            "owner_name": f"{name} {word} {rng.randrange(1000)} SARL", "owner_legal": "yes",
            "owner_registration_number": f"S{rng.randrange(10**8):08d}", "owner_country": country[0],
            "owner_registration_country": country[0],
            "owner_business_activity": "currency exchange" if word == "change" else "construction",
        }  # fmt: skip

    def _day(self, left: int = 0) -> dt.date:
        return self.first + dt.timedelta(self._rng.randrange(max(1, self.days - left)))

    def _amount(self, least: int, most: int) -> int:
        """Returns an amount between the limits; small amounts are more frequent, and most amounts are
        round."""
        rng = self._rng
        amount = least + int((most - least) * rng.random() ** 1.7)
        step = rng.choice((1, 10, 50, 50, 100))
        return max(least, amount // step * step)

    def _document(self) -> str:
        rng = self._rng
        return f"{rng.choice('ABCDEFGHJKLM')}{rng.choice('NPQRSTVWX')}{rng.randrange(10**7):07d}"

    def _phone(self, code: str) -> str:
        return f"+{code} {self._rng.randrange(10**8, 10**9)}"

    def _respelt(self, name: str) -> str:
        """Returns another spelling of a name: another transliteration, or a missing word."""
        rng = self._rng
        swaps = [
            (a, b)
            for a, b in (
                ("ou", "u"), ("ch", "sh"), ("kh", "h"), ("ss", "s"), ("y", "i"), ("ii", "i"), ("ed", "id"),
                ("dj", "j"), ("aa", "a"), ("ah", "a"), ("i", "y"), ("e", "a"), ("z", "s"), ("-", " "),
                ("k", "c"), ("ph", "f"), ("mm", "m"),
            )
            if a in name.casefold()
        ]  # fmt: skip
        for a, b in rng.sample(swaps, min(len(swaps), rng.randint(1, 2))):
            name = name.lower().replace(a, b, 1).title()
        words = name.split()
        if len(words) > 1 and rng.random() < 0.25:
            words.pop(rng.randrange(1, len(words)))
        return " ".join(words)

    def reference(self, sign: str) -> str:
        self._number += 1
        # The reference does not tell in which order the statements were drawn.
        return f"{sign}{(self._number * 7_368_787 + self.seed) % 99_999_989:08d}"

    def _case(self) -> str:
        self._number += 1
        return f"case {self._number}"

    def _mark(self, reference: str, kind: str, case: str) -> None:
        self.truth.append(Truth(reference, kind, case))


#: The fields of the journey, which people who travel together share.
_JOURNEY = (
    "departure_country", "departure_place", "departure", "arrival_country", "arrival_place", "arrival",
    "mode", "means", "transport", "via", "direction",
)  # fmt: skip


def party_row(role: str, one: Person) -> Row:
    return {
        f"{role}_first_names": one.given, f"{role}_last_names": one.surname, f"{role}_legal": "no",
        f"{role}_birth_date": one.born.isoformat(), f"{role}_nationality": one.country[0],
        f"{role}_gender": "female" if one.sex == "F" else "male", f"{role}_document_type": "passport",
        f"{role}_document": one.document, f"{role}_document_country": one.country[0],
        f"{role}_street": one.street, f"{role}_postcode": one.postcode, f"{role}_country": one.home,
        f"{role}_phone": one.phone,
    }  # fmt: skip


def country_of(country: str) -> tuple[str, str, str, str] | None:
    """Returns the country with this alpha-2 code, or None if the synthetic world does not contain this
    country."""
    return next((one for one in _COUNTRIES if one[0] == country), None)


def _as(company: Row, role: str) -> Row:
    return {name.replace("owner_", f"{role}_", 1): text for name, text in company.items()}


def month_rate(currency: str, day: dt.date) -> Decimal:
    """Returns the units of a currency for one euro in a month. The rates differ slightly from month to
    month."""
    return Decimal(_RATES[currency]) * (1000 + (day.month * 7 + len(currency)) % 11) / 1000


def rates(years: Sequence[int] = (FIRST.year,)) -> str:
    """Returns the rates of the world in these years as the national table of `cash/rates.py`, with the price
    of gold."""
    lines = ["currency,valid_from,valid_until,units,rate,per,source"]
    for year, month in product(years, range(1, 13)):
        first = dt.date(year, month, 1)
        last = dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(1)
        for currency in _RATES:
            units = month_rate(currency, first)
            lines.append(f"{currency},{first},{last},{units:f},1,EUR,synthetic")
        ounce = _GOLD_PER_GRAM * Decimal("31.1034768")
        lines.append(f"XAU,{first},{last},1,{ounce:f},EUR,synthetic")
    return "\n".join(lines) + "\n"


def csv_of(rows: Iterable[Row], headings: Sequence[str]) -> bytes:
    """Returns a table of rows as CSV. Values that have no heading are left out."""
    text = io.StringIO(newline="")
    made = csv.DictWriter(text, headings, extrasaction="ignore")
    made.writeheader()
    made.writerows(rows)
    return text.getvalue().encode()


def write(world: World, folder: Path, truth: Path) -> None:
    """Writes a world as the files that `vedette bench cash --world DIR` reads: `movements.csv`, `partner.csv`
    and `rates.csv` in the folder, and the truth (`truth.csv`, `pairs.csv`) in another folder."""
    folder.mkdir(parents=True, exist_ok=True)
    truth.mkdir(parents=True, exist_ok=True)
    with (
        (folder / "movements.csv").open("w", encoding="utf-8", newline="") as own,
        (folder / "partner.csv").open("w", encoding="utf-8", newline="") as other,
    ):
        writers = {True: csv.DictWriter(own, HEADINGS), False: csv.DictWriter(other, HEADINGS)}
        for writer in writers.values():
            writer.writeheader()
        for statement in world.statements():
            writers[statement.own].writerows(statement.rows)
    years = range(world.first.year, (world.first + dt.timedelta(world.days)).year + 1)
    (folder / "rates.csv").write_text(rates(years), "utf-8")
    with (truth / "truth.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(Truth._fields)
        table.writerows(world.truth)
    with (truth / "pairs.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("departure", "arrival"))
        table.writerows(world.pairs)


_PARTS = (
    "first_names", "last_names", "legal", "birth_date", "nationality", "gender", "document_type", "document",
    "document_country", "street", "postcode", "country", "phone",
)  # fmt: skip
_ROLES = ("carrier", "declarant", "sender", "owner", "recipient")
_COMPANY = ("name", "registration_number", "registration_country", "business_activity", "bank")
#: The headings of the files of a world: a part of the template of `CASH-CSV`.
HEADINGS = (
    "reference", "action", "record", "direction", "declared", "partner", *_JOURNEY[:-1],
    "consignment", "relationship", "stated_contents", "carrier_is_owner", "carrier_is_recipient",
    "provenance", "uses", "counted_at", "counted_by", "counted_place",
    *(f"{role}_{part}" for role in _ROLES for part in _PARTS),
    *(f"{role}_{part}" for role in ("owner", "recipient") for part in _COMPANY),
    "line", "kind", "type", "amount", "currency", "denomination", "quantity", "weight", "fineness",
)  # fmt: skip
