"""What the writer writes reads back as the same facts."""

from __future__ import annotations

import datetime as dt
import string
from decimal import Decimal

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vedette import kinds
from vedette.formats.edifact import interchanges
from vedette.travellers import records
from vedette.travellers.formats import pnrgov, pnrgov_writer

PREPARED = dt.datetime(2026, 3, 1, 10, 30)
LETTERS = st.text(string.ascii_uppercase, min_size=2, max_size=12)
#: Not three letters: an apostrophe before what looks like a segment is taken for a lost terminator.
ENDINGS = st.text(string.ascii_uppercase, min_size=4, max_size=12)
NAMES = st.builds(
    lambda first, mark, second: first + mark + second,
    LETTERS,
    st.sampled_from([" ", "-", "'", "É"]),
    ENDINGS,
)
CODES = st.text(string.ascii_uppercase, min_size=3, max_size=3)
NUMBERS = st.text(string.digits, min_size=6, max_size=9)
TIMES = st.datetimes(dt.datetime(2025, 1, 1), dt.datetime(2027, 1, 1)).map(
    lambda time: time.replace(second=0, microsecond=0)
)
BIRTHS = st.dates(dt.date(1930, 1, 1), dt.date(2025, 1, 1))


@st.composite
def travellers(draw: st.DrawFn, index: int) -> records.Traveller:
    surname, given_names = f"{draw(NAMES)}{'ABCDE'[index]}", draw(NAMES)
    born, sex = draw(BIRTHS), draw(st.sampled_from(["M", "F", "X"]))
    nationality = draw(CODES)
    passport = records.Document(
        type="P",
        number=draw(NUMBERS),
        issuer=draw(CODES),
        nationality=nationality,
        expiry=draw(st.none() | st.dates(dt.date(2026, 1, 1), dt.date(2036, 1, 1))),
        surname=surname,
        given_names=given_names,
        date_of_birth=born,
        sex=sex,
    )
    visa = records.Document(
        type="V",
        number="V" + draw(NUMBERS),
        place_of_issue=draw(LETTERS),
        issued=draw(st.dates(dt.date(2020, 1, 1), dt.date(2026, 1, 1))),
        valid_for=draw(CODES),
    )
    return records.Traveller(
        surname=surname,
        given_names=given_names,
        date_of_birth=born,
        sex=sex,
        nationality=nationality,
        reference=f"R{index}{draw(NUMBERS)}",
        documents=draw(st.sampled_from([(passport,), (passport, visa)])),
        contacts=records.Contacts(
            phones=tuple(draw(st.lists(NUMBERS, max_size=1))),
            emails=draw(st.sampled_from([(), ("A_B-C@EXAMPLE-MAIL.COM",), ("X.Y+1@EXAMPLE.FR",)])),
        ),
        frequent_flyer=(records.FrequentFlyer(carrier="ZZ", number=draw(NUMBERS)),),
        tickets=tuple(draw(st.lists(NUMBERS, max_size=1))),
        type="A",
    )


@st.composite
def bookings(draw: st.DrawFn) -> records.Booking:
    people = [draw(travellers(index)) for index in range(draw(st.integers(1, 4)))]
    legs = [
        records.Segment(
            carrier="ZZ",
            number=str(draw(st.integers(1, 9999))),
            operating_carrier="YY" if draw(st.booleans()) else None,
            origin=draw(CODES),
            destination=draw(CODES),
            departure=draw(TIMES),
            arrival=draw(TIMES),
            booking_class=draw(st.sampled_from("YMBJ")),
            status="HK",
            party=len(people),
        )
        for _ in range(draw(st.integers(1, 3)))
    ]
    payments = st.builds(
        records.Payment,
        type=st.sampled_from(["CC", "CA"]),
        amount=st.decimals(1, 9999, places=2).map(Decimal),
        currency=st.sampled_from(["EUR", "USD"]),
    )
    return records.Booking(
        locators=(
            records.Locator(company="ZZ", locator=draw(LETTERS)[:6], created=draw(TIMES)),
            records.Locator(company="1A", locator=draw(LETTERS)[:6]),
        ),
        last_transaction=draw(TIMES),
        travellers=tuple(people),
        segments=tuple(legs),
        payments=tuple(draw(st.lists(payments, max_size=3))),
        bags=tuple(
            records.BookedBag(airline="ZZ", tag=f"{index:06}", count=1, traveller=index)
            for index in range(len(people))
        ),
        seats=(
            records.Seat(
                traveller=0,
                number=f"{draw(st.integers(1, 60))}C",
                origin=legs[0].origin,
                destination=legs[0].destination,
            ),
        ),
        changes=(
            records.Change(at=draw(TIMES), by="ZZ", kind="added", what="flight"),
            records.Change(at=draw(TIMES), by="ZZ", kind="cancelled", what="document"),
        ),
    )


def message(*found: records.Booking) -> records.Message:
    flight = records.Flight(
        carrier="ZZ",
        number="123",
        origin="AAA",
        destination="BBB",
        departure=dt.datetime(2026, 3, 4, 8, 0),
        arrival=dt.datetime(2026, 3, 4, 20, 0),
    )
    return records.Message(
        format="PNRGOV",
        envelope=records.Envelope(sender="ZZ", recipient="GOVXX", prepared=PREPARED),
        function="22",
        flights=(flight,),
        bookings=found,
    )


def again(written: bytes) -> records.Message:
    (text,) = interchanges(written)
    return pnrgov.read(text)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(bookings())
def test_round_trip(booking: records.Booking) -> None:
    """Names with accents and apostrophes, visas, contacts, payments, bags, seats and history."""
    found = again(pnrgov_writer.write(message(booking))[0])
    assert found.warnings == ()
    assert found.flights == message().flights
    (read,) = found.bookings
    for field in ("locators", "last_transaction", "payments", "seats", "changes"):
        assert getattr(read, field) == getattr(booking, field)
    bags = {(bag.airline, bag.tag, bag.count, bag.traveller) for bag in booking.bags}
    assert {(bag.airline, bag.tag, bag.count, bag.traveller) for bag in read.bags} == bags
    assert [msgspec.structs.replace(leg, cabin=None) for leg in read.segments] == list(
        booking.segments
    )
    for traveller, written in zip(read.travellers, booking.travellers, strict=True):
        for field in ("surname", "given_names", "date_of_birth", "sex", "nationality", "documents"):
            assert getattr(traveller, field) == getattr(written, field)
        for field in ("reference", "contacts", "frequent_flyer", "tickets", "type"):
            assert getattr(traveller, field) == getattr(written, field)


def test_parts_share_one_access_reference_and_count_all_bookings() -> None:
    """01:C, 02, 03:F; EQN counts the whole transfer, so no part of it is wrong."""
    people = (records.Traveller(surname="AA", given_names="BB", reference="1", type="A"),)
    found = [
        records.Booking(
            locators=(records.Locator(company="ZZ", locator=f"LOC{n:03}"),), travellers=people
        )
        for n in range(5)
    ]
    parts = [again(part) for part in pnrgov_writer.write(message(*found), parts=3)]
    assert [part.envelope.sequence for part in parts] == [1, 2, 3]
    assert [bool(part.envelope.last) for part in parts] == [False, False, True]
    assert len({part.envelope.common_access_ref for part in parts}) == 1
    assert all(part.warnings == () for part in parts)
    locators = [booking.locators[0].locator for part in parts for booking in part.bookings]
    assert locators == ["LOC000", "LOC001", "LOC002", "LOC003", "LOC004"]


def test_an_infant_is_linked_to_the_adult_and_reads_m_or_f() -> None:
    """INFT in the adult's group, MI in the infant's own DOCS."""
    adult = records.Traveller(surname="AA", given_names="BB", reference="77", type="A", sex="F")
    infant = records.Traveller(
        surname="AA",
        given_names="CC",
        reference="78",
        type="IN",
        infant=True,
        accompanied_by="77",
        sex="M",
        date_of_birth=dt.date(2025, 6, 1),
    )
    (written,) = pnrgov_writer.write(message(records.Booking(travellers=(adult, infant))))
    assert b"/01JUN25/MI/" in written
    read = again(written).bookings[0].travellers[1]
    assert (read.infant, read.accompanied_by, read.sex) == (True, "77", "M")
    assert read.date_of_birth == dt.date(2025, 6, 1)


def test_bags_in_two_pools_keep_their_pieces_and_weights() -> None:
    """One TBD a pool, each with its own; the total of the traveller is not stated twice."""
    leg = records.Segment(carrier="ZZ", number="123", origin="AAA", destination="BBB")
    for pieces in (1, None):
        bags = tuple(
            records.BookedBag(
                airline="ZZ", tag=tag, pieces=pieces, weight_kg=pieces and 20.0, pool="MP",
                pool_id=tag, traveller=0,
            )
            for tag in ("111", "222")
        )  # fmt: skip
        stated = records.Bags(count=2, weight_kg=40.0, tags=("111", "222"))
        person = records.Traveller(surname="AA", given_names="BB", type="A", bags=stated)
        booking = records.Booking(travellers=(person,), segments=(leg,), bags=bags)
        (read,) = again(pnrgov_writer.write(message(booking))[0]).bookings
        assert read.travellers[0].bags == stated


def test_parts_that_hold_fewer_bookings_than_they_state_are_told() -> None:
    """EQN counts the whole push: with all parts there, a booking short is seen. Some senders count
    each part instead, which is no error."""
    people = (records.Traveller(surname="AA", given_names="BB", reference="1", type="A"),)
    written = pnrgov_writer.write(message(*[records.Booking(travellers=people)] * 4), parts=2)

    def told(stated: bytes) -> list[tuple[str, str]]:
        parts = [again(part.replace(b"EQN+4", stated)) for part in written]
        found = kinds.missing_parts(parts)
        return [(w.code, w.message) for part in found for w in part.warnings]

    assert told(b"EQN+4") == told(b"EQN+2") == []
    assert told(b"EQN+5") == [("eqn_count", "EQN says 5, 4 bookings present in 2 parts")]


def test_a_separator_at_the_end_of_a_value_is_released() -> None:
    """A seat characteristic or name that ends with a separator does not release the terminator."""
    assert pnrgov_writer.segment("IFT", pnrgov_writer.composite("A+")) == "IFT+A?+"
    assert pnrgov_writer.segment("IFT", pnrgov_writer.composite("A:", None), "") == "IFT+A?:"
