"""All rooms of `enrich` together: nothing dead, nothing undeclared, nothing made up, nothing that raises."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import uuid
from collections.abc import Iterator
from decimal import Decimal

import pytest
from tests.travellers.columns.flights import (
    BACK,
    NOW,
    OUT,
    at,
    booking,
    held,
    leg,
    listed,
    named,
    passport,
    person,
    push,
    rows,
    values,
)

from vedette.core.parties import Address, Contacts, Document
from vedette.kinds import vocabulary
from vedette.travellers import columns
from vedette.travellers.manifest import Held
from vedette.travellers.records import (
    Agency,
    Bags,
    BookedBag,
    Booking,
    Change,
    Flight,
    Message,
    Payment,
    Segment,
    Traveller,
)

COLUMNS = {column.name: column for column in vocabulary("traveller").columns}
_TYPES = {"text": str, "number": float, "whole": int, "yes_no": bool, "day": dt.date}


def full() -> Held:
    """A flight on which everything that messages can state is stated of somebody."""
    paper = passport(
        "P1", issuer="ETH", issued=dt.date(2026, 1, 1), expiry=dt.date(2030, 1, 1),
        surname="TESFAYE", given_names="HANA",
    )  # fmt: skip
    visa = Document(type="V", number="V1", valid_for="SEN")
    hana = person(
        documents=(paper, visa), sex="F", nationality="ETH", date_of_birth=dt.date(1980, 1, 1),
        tickets=("0712400000001",), checked_in=at("2026-11-24 08:00"), seat="12A",
        bags=Bags(count=1, weight_kg=20.0),
    )  # fmt: skip
    rich = booking(
        hana, person(given="ABEL", date_of_birth=dt.date(2015, 1, 1), check_in_sequence="2"),
        segments=(
            leg("NBO", "ADD", "24 04:00", "24 06:00", number="1"),
            Segment(
                carrier="XX", number="417", origin="ADD", destination="DSS", booking_class="Y", cabin="Y",
                departure=OUT.departure, arrival=OUT.arrival,
            ),
            BACK,
            leg("ADD", "NBO", "30 01:00", "30 02:00", number="2"),
        ),
        agency=Agency(company="1A", iata="12345675", city="NBO", country="KE", kind="T"),
        ticketed=at("2026-11-14 09:00"),
        payments=(
            Payment(type="CC", amount=Decimal(9), currency="EUR", card_number="4" * 12, payer="BEKELE"),
        ),
        contacts=Contacts(phones=("+251911550100",), emails=("a@example.org",)),
        changes=(Change(at=at("2026-11-15 07:00"), kind="changed", what="seat"),),
        bags=(BookedBag(tag="1", count=1, destination="DSS", pool="HP", pool_id="7", traveller=0),),
    )  # fmt: skip
    others = [booking(person(f"N{'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[n]}"), agency=rich.agency,
                      payments=rich.payments) for n in range(22)]  # fmt: skip
    on_list = person(
        documents=(paper,), sex="F", nationality="ETH", date_of_birth=dt.date(1980, 1, 1), residence="KEN",
        place_of_birth="NAIROBI", embarkation="ADD", debarkation="DSS", bags=Bags(count=1, weight_kg=20.0),
    )  # fmt: skip
    return held(push(rich, *others), listed(on_list))


def test_every_column_is_produced_or_given_as_history() -> None:
    """Nothing dead, nothing undeclared; and every value is of its column's type. The columns of links are
    computed by the app of links, for every kind."""
    found = rows(full())
    produced = {name for row in found for name in row}
    linked = {name for name, column in COLUMNS.items() if column.link}
    assert produced | columns.history_columns() == set(COLUMNS) - linked
    assert not produced & columns.history_columns()
    for row in found:
        for name, value in row.items():
            assert type(value) is _TYPES[COLUMNS[name].type], name
            least, most = COLUMNS[name].least, COLUMNS[name].most
            if isinstance(value, int | float):
                assert least is None or least <= value, name
                assert most is None or value <= most, name


def test_history_is_taken_over_by_person_and_by_declared_name() -> None:
    """What is no column of history does not come in by this door, and cannot overwrite what is read."""
    hold = full()
    first, second, *_ = hold.manifest.persons.values()
    past: dict[uuid.UUID, dict[str, object]] = {
        first.id: {"trips_12m": 6, "first_seen_d": None, "lead_time_h": 1.0, "unheard_of": 1}
    }
    one, two = columns.values(hold, [first, second], past, NOW)
    assert one["trips_12m"] == 6
    assert one["lead_time_h"] == 240.0
    assert not {"first_seen_d", "unheard_of"} & set(one)
    assert "trips_12m" not in two


def test_the_order_asked_for_is_the_order_given() -> None:
    """One row a person; those who are not asked for count all the same as company."""
    hold = held(push(booking(person("ONE"), person("TWO"))))
    one, two = hold.manifest.persons.values()
    (found,) = columns.values(hold, [two], {}, NOW)
    assert found["companions"] == 1
    assert len(columns.values(hold, [two, one], {}, NOW)) == 2
    assert columns.values(hold, [], {}, NOW) == []


def test_no_value_is_none_empty_or_not_a_number() -> None:
    """What is not known is absent."""
    for row in rows(full()):
        for value in row.values():
            assert value is not None
            assert value != ""
            assert value == value


def test_any_order_of_messages_gives_the_same_values() -> None:
    """State is a merge: the list before the booking, the later push before the earlier."""

    def all_(order: int) -> dict[str, dict[str, object]]:
        hana = person(documents=(passport("P1"),))
        early = push(booking(hana, locator="AAA", segments=(OUT,)), prepared="2026-11-23 06:00")
        late = push(booking(hana, locator="AAA"))
        messages = [early, late, listed(person(documents=(passport("P1"),), seat="1A"))]
        return named(held(*messages[order:], *messages[:order]))

    assert all_(0) == all_(1) == all_(2)
    assert all_(0)["TESFAYE"]["legs"] == 2


def odd() -> Iterator[tuple[str, list[Message]]]:
    """Messages as they come: what is missing in each is named."""
    nowhere = Flight(carrier="XX", number="417")
    yield (
        "no airports, no times",
        [push(booking(), flight=nowhere), listed(person(), flight=nowhere)],
    )
    yield "unknown airports", [push(booking(segments=(leg("QQQ", "QQZ", "24 10:00", ""),)))]
    yield "nobody in the booking", [push(Booking(locators=booking().locators), booking())]
    yield "a name still to come", [push(booking(person("TBA", "TBA", placeholder=True)))]
    yield (
        "a name missing",
        [push(booking(Traveller(type="A"))), listed(Traveller(documents=(passport(),)))],
    )
    yield (
        "an infant in arms",
        [push(booking(person(), person(given="BABY", infant=True, type="IN", accompanied_by="1")))],
    )
    yield "crew", [listed(person(role="crew"), function="crew"), listed(person("BEKELE"))]
    yield (
        "a codeshare",
        [push(booking(segments=(leg("ADD", "DSS", "24 10:00", "24 15:00", carrier="YY"),)))],
    )
    yield (
        "payments without amounts",
        [push(booking(payments=(Payment(type="CC"), Payment(type="MS"))))],
    )
    yield "bags of nobody", [push(booking(bags=(BookedBag(tag="1"), BookedBag(traveller=0))))]
    yield "half an address", [push(booking(contacts=Contacts(addresses=(Address(city="DAKAR"),))))]
    timeless = passport(expiry=dt.date.min, issued=dt.date.max)
    yield "years out of all calendars", [
        push(
            booking(
                person(date_of_birth=dt.date.max, documents=(timeless,)),
                created=dt.datetime(1, 1, 1),
                ticketed=dt.datetime.max,
                changes=(Change(at=dt.datetime.min, kind="changed"),),
            )
        )
    ]  # fmt: skip


@pytest.mark.parametrize(("what", "messages"), list(odd()), ids=[what for what, _ in odd()])
def test_oddities_never_raise(what: str, messages: list[Message]) -> None:
    """What comes from outside is hostile: bounded, and never a reason to raise."""
    for row in rows(held(*messages)):
        assert set(row) <= set(COLUMNS)
        assert row["in_api"] or row["in_pnr"]


def test_a_booking_that_is_not_held_is_no_booking() -> None:
    """Its state may be gone while its travellers stay."""
    hold = held(push(booking()))
    hold.bookings.clear()
    (found,) = rows(hold)
    assert found["in_pnr"] is True
    assert not {"lead_time_h", "companions", "route"} & set(found)


def test_a_person_of_whom_nothing_is_left_in_clear() -> None:
    """What was masked meanwhile: the flight's own facts remain."""
    hold = held(push(booking()))
    (one,) = hold.manifest.persons.values()
    one.views = {"api": {}, "pnr": {}}
    one._seen.clear()
    (found,) = rows(hold)
    assert found["flight"] == "XX417"
    assert set(found) <= set(COLUMNS)


def test_values_do_not_depend_on_earlier_calls() -> None:
    """Asked twice, the same; caches hold times and distances of airports, nothing of a person."""
    hold = full()
    assert rows(hold) == rows(hold)
    assert values(push(booking())) == values(push(booking()))


def test_neither_polars_nor_django_is_loaded() -> None:
    """The web process reads the vocabulary and enriches without the weight of a frame."""
    code = (
        "import sys, vedette.travellers.columns as c; c.history_columns();"
        "sys.exit(any(m in sys.modules for m in ('polars', 'django', 'psycopg')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
