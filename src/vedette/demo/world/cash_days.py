"""Generates the movements of cash of the demonstration: tables of declarations, counts and declarations of
partners (CSV), and announcements of the public form, each with the time at which it is received.

SYNTHETIC: all persons, companies, numbers and amounts are invented, and each statement is marked as
synthetic. For the same seed and the same moment, `CashDays(seed, began)` always generates the same bytes.

`earlier()` yields tables for the four weeks before the demonstration, with the movements of travellers, a
trader, payroll, an exchange office and parcels, and with inserted cases. `due()` yields an unlimited number
of movements: one movement every ten minutes, and one in four of these movements is an inserted case
(`CASES`).
"""

from __future__ import annotations

import csv
import datetime as dt
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import chain

import msgspec

from vedette.cash import announcements, codes
from vedette.cash.formats import table
from vedette.demo.world.cash import (
    HEADINGS,
    Person,
    Row,
    Statement,
    World,
    country_of,
    csv_of,
    party_row,
)
from vedette.demo.world.day import DueMessage
from vedette.demo.world.watchlists import FOLDER, VERSIONS

EVERY, BEFORE = dt.timedelta(minutes=10), dt.timedelta(hours=12)
#: Days before the first live movement, and the number of statements in them.
DAYS, SIZE = 27, 90
#: Movements of which one is an inserted case.
ONE_IN = 4
AUTHORITY = "Douanes de démonstration (fictif)"
ROOM = "Salle de contrôle (fictif)"
#: Headings of the tables.
FIELDS = tuple(
    name
    for name in table.FIELDS
    if name in {*HEADINGS, "authority", "official_reason", "concealment", "issuer", "serial", "language"}
)  # fmt: skip
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
#: Numbers of references that the movements of one moment may use.
_ROOM_OF_NUMBERS = 100


class CashDays:
    """Generates all movements from a seed and a moment."""

    def __init__(self, seed: int, began: dt.datetime) -> None:
        self.seed = seed
        utc = began.astimezone(dt.UTC) if began.tzinfo else began.replace(tzinfo=dt.UTC)
        self.first = utc.replace(second=0, microsecond=0) - BEFORE

    def earlier(self) -> Iterator[DueMessage]:
        """Yields the tables of the days before the first live movement, in chronological order. For each day,
        there is one table from the user's own administration and one table from each partner."""
        start = self.first.date() - dt.timedelta(days=DAYS)
        world = World(self.seed, SIZE, first=start, days=DAYS - 1)
        by_day: dict[tuple[str, str], list[Row]] = {}
        for statement in chain(
            world.structuring(), world.cell(), world.courier(), world.statements()
        ):
            first = statement.rows[0]
            day = (first.get("declared") or first["counted_at"])[:10]
            if day < self.first.date().isoformat():
                rows = by_day.setdefault((day, first.get("partner", "")), [])
                rows.extend(statement.rows)
        for (day, partner), rows in sorted(by_day.items()):
            at = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(20), dt.UTC)
            yield DueMessage(f"cash-{day}{'-' if partner else ''}{partner}.csv", written(rows), at)
        yield self._announcement(-1, self.first - dt.timedelta(minutes=30))

    def due(self, since: dt.datetime | None = None) -> Iterator[DueMessage]:
        """Yields an unlimited number of movements in chronological order.

        With `since`, yields only movements that are received after this time.
        """
        index = 0 if since is None else max(0, (since - self.first) // EVERY)
        while True:
            yield self.message(index)
            index += 1

    def message(self, index: int) -> DueMessage:
        """Returns the table or the announcement with the given index."""
        at = self.first + index * EVERY
        case = _CASES[index // ONE_IN % len(_CASES)] if index % ONE_IN == ONE_IN // 2 else None
        if case is None:
            rows = self._ordinary(index, at)
        elif case == "announced":
            return self._announcement(index, at)
        else:
            rows = CASES[case](self._moment(index, at), index // ONE_IN // len(_CASES))
        return DueMessage(f"cash-{index:06}.csv", written(rows), at)

    def _moment(self, index: int, at: dt.datetime) -> Moment:
        return Moment(self.seed, (index + 1) * _ROOM_OF_NUMBERS + 20_000, at)

    def _ordinary(self, index: int, at: dt.datetime) -> list[Row]:
        one = self._moment(index, at)
        if index % 12 == 5:
            return one.rows(one.world.parcel())
        return one.rows(one.world.traveller())

    def _announcement(self, index: int, at: dt.datetime) -> DueMessage:
        """Returns a submission of the public form, a few hours before the crossing."""
        one = self._moment(index, at)
        row = one.trip(one.world.person(), 14_500, "entry")
        [message] = table.read(written([{**row, "reference": "-"}]))
        number = random.Random(f"{self.seed}|code|{index}").getrandbits(codes.BITS)
        made = msgspec.structs.replace(
            message,
            code=codes.encode(number),
            source="form",
            announcement=True,
            reference=None,
            warnings=(),
            body=b"",
            variant="eu",
            language="fr",
            movement=msgspec.structs.replace(message.movement, official=None),
        )
        return DueMessage(f"announcement-{index:06}.json", announcements.write(made), at)


class Moment:
    """Contains the time of one message, and a world that generates references that no other message uses."""

    def __init__(self, seed: int, number: int, at: dt.datetime) -> None:
        self.at = at
        self.world = World(seed, 1, first=at.date(), days=1, number=number)
        self.rng = random.Random(f"{seed}|cash|{number}")

    def trip(
        self, one: Person, amount: int, direction: str = "entry", country: str = "", **more: str
    ) -> Row:
        """Returns the row of a movement that crosses the border in two to six hours."""
        known = country_of(country) if country else None
        row = self.world.trip(one, self.at.date(), amount, direction, known)
        return {**self.timed(row), "currency": "EUR", "amount": str(amount), **more}

    def timed(self, row: Row) -> Row:
        """Returns the row of a declaration that is made now."""
        arrival = self.at + dt.timedelta(minutes=self.rng.randrange(120, 360))
        leaves = arrival - dt.timedelta(minutes=150)
        return {
            **row,
            "declared": f"{self.at:%Y-%m-%d %H:%M}",
            "departure": f"{leaves:%Y-%m-%d %H:%M}",
            "arrival": f"{arrival:%Y-%m-%d %H:%M}",
        }

    def rows(self, statements: Iterable[Statement]) -> list[Row]:
        """Returns the rows of the statements of the user's own administration, without later counts."""
        return [
            self.timed(row)
            for statement in statements
            for row in statement.rows
            if statement.own and row.get("action") != "count"
        ]

    def stated(self, row: Row, sign: str = "R") -> Row:
        """Returns a copy of the row with a new reference."""
        return {**row, "reference": self.world.reference(sign)}

    def count(self, reference: str, *lines: Row) -> list[Row]:
        """Returns the rows of a count of a statement."""
        common = {
            "reference": reference, "action": "count", "counted_by": "A. Sarr (fictif);J. Morel (fictif)",
            "counted_at": f"{self.at:%Y-%m-%d %H:%M}", "counted_place": ROOM,
        }  # fmt: skip
        return [{**common, "line": "1", **line} for line in lines]


# --- inserted cases --------------------------------------------------------------------------------


def _listed(one: Moment, turn: int) -> list[Row]:
    """Generates a movement whose carrier is on the list of persons."""
    some = _listed_persons()
    person = some[turn % len(some)]
    return [one.stated(one.trip(person, 24_000))]


def _days_below(one: Moment, turn: int) -> list[Row]:
    """Generates one person who carries amounts just below the threshold three times within a week. One office
    sends the three records in one table.
    """
    person = one.world.person()
    found = []
    for days, amount in ((6, 9_400), (3, 9_700), (0, 9_600)):
        row = one.trip(person, amount)
        day = (one.at - dt.timedelta(days=days)).date().isoformat()
        row |= {name: day + row[name][10:] for name in ("declared", "departure", "arrival")}
        found.append(one.stated({**row, "record": "below_threshold"}))
    return found


def _gold(one: Moment, turn: int) -> list[Row]:
    """Generates a bar of gold that is declared with less than half of its value."""
    row = one.trip(one.world.person(), 0)
    row |= {
        "kind": "gold",
        "type": "bullion",
        "quantity": "1",
        "weight": "1000",
        "fineness": "999.9",
    }
    return [one.stated({**row, "record": "declaration", "amount": "30000"})]  # fmt: skip


def _parcel(one: Moment, turn: int) -> list[Row]:
    """Generates undeclared cash in a parcel whose stated contents are different."""
    row = one.trip(sender := one.world.person(), 31_500)
    row = {name: text for name, text in row.items() if not name.startswith("carrier")}
    row |= {
        "record": "ex_officio", "mode": "post", "means": "express", "transport": "", "uses": "",
        "provenance": "", "consignment": f"RR{one.rng.randrange(10**9):09d}XX",
        "stated_contents": "documents", "official_reason": "not_declared",
        "concealment": "Entre deux cartons (fictif)", **party_row("sender", sender),
        **party_row("recipient", one.world.person()),
    }  # fmt: skip
    return [one.stated(row)]


def _counted(one: Moment, turn: int) -> list[Row]:
    """Generates a count that finds more than the person declared. In every second case, the counted cash
    differs from the declared cash by a single banknote.
    """
    row = one.stated(one.trip(one.world.person(), 12_000))
    notes = 24 if turn % 2 else 35
    return [row, *one.count(row["reference"], {"currency": "EUR", "denomination": "500",
                                              "quantity": str(notes)})]  # fmt: skip


def _equal(one: Moment, turn: int) -> list[Row]:
    """Generates a count that agrees with the declaration."""
    row = one.stated(one.trip(one.world.person(), 15_000))
    return [row, *one.count(row["reference"], {"currency": "EUR", "denomination": "100",
                                              "quantity": "150"})]  # fmt: skip


def _instruments(one: Moment, turn: int) -> list[Row]:
    """Generates cheques without an issuer, whose owner is not described."""
    row = one.trip(one.world.person(), 0, carrier_is_owner="no", provenance="other", uses="other")
    row |= {"record": "declaration", "kind": "instrument", "type": "cheque"}
    amounts = ("8000", "7500", "9000")
    row = one.stated(row)
    return [{**row, "line": str(n), "amount": amount} for n, amount in enumerate(amounts, 1)]


def _less_on_arrival(one: Moment, turn: int) -> list[Row]:
    """Generates cash that is declared to the partner at departure; on arrival, only about half of it is
    declared.
    """
    person = one.world.person(country_of("TN"))
    row = one.trip(person, 40_000, "entry", "TN")
    [other] = one.world.partner(row, person, one.world.reference("P"), "exit").rows
    return [{**other, "declared": row["departure"]}, one.stated({**row, "amount": "21000"})]


def _company(one: Moment, turn: int) -> list[Row]:
    """Generates cash that belongs to a listed company and that another person receives."""
    names = _listed_companies()
    owner = {
        "owner_name": names[turn % len(names)], "owner_legal": "yes", "owner_country": "LB",
        "owner_registration_country": "LB",
    }  # fmt: skip
    row = one.trip(
        one.world.person(), 52_000, carrier_is_owner="no", carrier_is_recipient="no",
        provenance="other", uses="other",
    )  # fmt: skip
    return [one.stated({**row, **owner, **party_row("recipient", one.world.person())})]


def _cell(one: Moment, turn: int) -> list[Row]:
    """Generates four persons with different surnames and the same telephone number, on one flight, each with
    an amount just below the threshold.
    """
    lead = one.world.person()
    trip = one.trip(lead, 9_800)
    found, taken = list[Row](), set[str]()
    while len(found) < 4:
        person = one.world.person(lead.country)
        if person.surname not in taken:
            taken.add(person.surname)
            row = {**trip, **party_row("carrier", person), "carrier_phone": lead.phone}
            row |= {"record": "below_threshold", "amount": str(9_800 - 150 * len(found))}
            found.append(one.stated(row))
    return found


#: Name of a case → its rows. `announced` is a submission of the public form.
CASES: dict[str, Callable[[Moment, int], list[Row]]] = {
    "listed": _listed,
    "days_below": _days_below,
    "counted": _counted,
    "gold": _gold,
    "less_on_arrival": _less_on_arrival,
    "instruments": _instruments,
    "parcel": _parcel,
    "company": _company,
    "cell": _cell,
    "equal": _equal,
}
_CASES: Sequence[str] = ("announced", *CASES)


def _rows_of(stem: str) -> list[dict[str, str]]:
    path = FOLDER / f"{stem}_{VERSIONS[stem][-1]}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def _listed_persons() -> tuple[Person, ...]:
    """Returns the persons on the demonstration's watchlist who have a birth date and a passport."""
    found = []
    for row in _rows_of("persons"):
        country, _, number = row["passport"].partition(":")
        known = country_of(country)
        if known is None or not number or not _DAY.fullmatch(row["birth_date"]):
            continue
        found.append(
            Person(
                given=row["given_names"], surname=row["surname"],
                born=dt.date.fromisoformat(row["birth_date"]), sex=row["sex"], country=known,
                document=number, street="12 rue des Tests", postcode="75000", phone="+33 000 417001",
                home=country, provenance="labour", uses="holidays",
            )
        )  # fmt: skip
    return tuple(found)


@cache
def _listed_companies() -> tuple[str, ...]:
    return tuple(row["name"] for row in _rows_of("companies") if row["name"])[:12]


def written(rows: Sequence[Row]) -> bytes:
    """Returns a table of rows, each of which states that it is synthetic."""
    named = (
        row if row.get("action") == "count" else {**row, "authority": AUTHORITY} for row in rows
    )
    return csv_of(named, FIELDS)
