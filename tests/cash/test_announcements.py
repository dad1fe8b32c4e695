"""The format of the public form: what is written is read, and a hostile file is an announcement at most."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.cash import announcements, codes
from vedette.cash.formats import statement
from vedette.cash.records import Count, Line, Message, Movement, Official, Party, Transport
from vedette.core.records import Envelope
from vedette.formats.edifact import Unreadable

CODE = codes.encode(77)
MESSAGE = Message(
    format=announcements.FORMAT,
    code=CODE,
    source="form",
    announcement=True,
    declared=dt.datetime(2026, 12, 2, 9, 30),
    movement=Movement(
        carrier=Party(first_names="Awa", last_names="Diop", date_of_birth=dt.date(1984, 3, 7)),
        lines=(Line(amount=Decimal("12500.50"), currency="EUR", number=1),),
        transport=Transport(arrival=dt.date(2026, 12, 11)),
    ),
)


def _same(message: Message) -> Message:
    return msgspec.structs.replace(message, body=b"")


def test_what_is_written_is_read() -> None:
    """Times, dates and decimals stay what they are; the same message gives the same bytes."""
    data = announcements.write(MESSAGE)
    assert data == announcements.write(MESSAGE)
    assert announcements.READER.sniff(data[:4096], data)
    assert _same(announcements.read(data)[0]) == MESSAGE


def test_a_hostile_file_is_an_announcement_at_most() -> None:
    """Neither a declaration that an officer accepted, nor a count, nor a record of a partner."""
    hostile = msgspec.structs.replace(
        MESSAGE, announcement=False, source="officer", action="count", reference="X", partner="FR",
        office="Y", count=Count(), movement=Movement(official=Official(verified=True)),
    )  # fmt: skip
    [read] = announcements.read(announcements.write(hostile))
    assert read.announcement
    assert (read.source, read.action) == ("form", "original")
    assert (read.reference, read.partner, read.office, read.count) == (None, None, None, None)
    assert read.movement.official is None


@pytest.mark.parametrize("change", [{"code": None}, {"code": CODE[:-1] + "0"}, {"amends": "x"}])
def test_without_a_valid_code_nothing_is_read(change: dict[str, str | None]) -> None:
    """The code of the form, and the code that a correction names."""
    wrong = msgspec.structs.replace(MESSAGE, **change)
    with pytest.raises(Unreadable):
        announcements.read(announcements.write(wrong))


@given(st.binary(max_size=400))
def test_other_bytes_are_unreadable(data: bytes) -> None:
    """Random bytes, alone and after the head of the format; a file that is read is an announcement."""
    head = announcements.write(MESSAGE)[:53]
    for some in (data, head + data, announcements.write(MESSAGE)[:-20] + data):
        with suppress(Unreadable):
            assert all(one.announcement for one in announcements.read(some))


def test_errors_quote_nothing() -> None:
    """The error of a damaged file names no person."""
    with pytest.raises(Unreadable) as error:
        announcements.read(announcements.write(MESSAGE).replace(b"1984-03-07", b"Diop"))
    assert "Diop" not in str(error.value)


def test_large_messages_are_not_written() -> None:
    """Nor read."""
    with pytest.raises(ValueError, match="too large"):
        announcements.write(msgspec.structs.replace(MESSAGE, office="x" * 70_000))
    with pytest.raises(Unreadable):
        announcements.read(announcements.write(MESSAGE) + b" " * 70_000)


@pytest.mark.parametrize(
    "amount", ["1E+9999999", "Infinity", "-Infinity", "NaN", "1E-9999999", "9" * 40]
)
def test_a_number_that_cannot_be_calculated_with_is_refused(amount: str) -> None:
    """A decimal of a few bytes can have a million digits, or no value. Both formats in JSON refuse it."""
    made = msgspec.structs.replace(
        MESSAGE,
        movement=msgspec.structs.replace(
            MESSAGE.movement, lines=(Line(amount=Decimal(amount), currency="EUR", number=1),)
        ),
    )
    for format_ in (announcements, statement):
        with pytest.raises(Unreadable):
            format_.read(format_.write(made))


def test_a_text_that_is_not_utf8_is_refused() -> None:
    """The reader names no value of the file, and raises no other error."""
    for format_ in (announcements, statement):
        data = format_.write(MESSAGE).replace(b"Diop", b"D\xbfop")
        with pytest.raises(Unreadable) as refused:
            format_.read(data)
        assert "op" not in str(refused.value).split()


def test_an_announcement_states_no_order() -> None:
    """A time of preparation in the future would put the announcement after every later correction."""
    ahead = Envelope(prepared=dt.datetime(9999, 1, 1))
    [read] = announcements.read(
        announcements.write(msgspec.structs.replace(MESSAGE, envelope=ahead))
    )
    assert read.envelope == Envelope()
