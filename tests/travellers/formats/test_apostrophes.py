"""Messages that went through a word processor: typographic apostrophes where terminators belong."""

from __future__ import annotations

import pytest

from vedette.travellers import formats, records

PUSH = (
    "UNA:+.?*'UNB+IATA:1+ZZ+GOVXX+260301:1030+1'UNH+1+PNRGOV:13:1:IA+ZZ1'MSG+:22'ORG+ZZ'"
    "TVL+040326:0800:040326:2000+AAA+BBB+ZZ+123'EQN+2'"
    "SRC'RCI+ZZ:AAAAAA'TIF+DOE+JANE:A:1'TVL+040326:0800:040326:2000+AAA+BBB+ZZ+123:Y'"
    "SRC'RCI+ZZ:BBBBBB'TIF+ROE+ANN:A:1'TVL+040326:0800:040326:2000+AAA+BBB+ZZ+123:Y'"
    "UNT+14+1'UNZ+1+1'"
)


def read(text: str, encoding: str = "utf-8") -> records.Message:
    (message,) = formats.read(text.encode(encoding))
    return message


def names(message: records.Message) -> list[list[str | None]]:
    return [[traveller.surname for traveller in b.travellers] for b in message.bookings]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_every_terminator_typographic(encoding: str) -> None:
    """U+2019 throughout, three bytes in UTF-8: the same bookings, no warning, true offsets."""
    text = PUSH.replace("'", "\u2019")
    message = read(text, encoding)
    assert msgless(message) == msgless(read(PUSH))
    assert message.warnings == ()
    assert message.bookings[1].offset == text.encode(encoding).index(
        b"SRC", text.encode(encoding).index(b"DOE")
    )


def msgless(message: records.Message) -> object:
    """What is read, without where it stands."""
    return [
        [(t.surname, t.given_names, t.type, t.reference) for t in b.travellers]
        + [(x.origin, x.destination, x.number, x.booking_class) for x in b.segments]
        + [x.locator for x in b.locators]
        for b in message.bookings
    ], message.envelope


@pytest.mark.parametrize("gap", ["", "\n"])
def test_some_terminators_typographic(gap: str) -> None:
    """Some of one kind, some of the other: each ends its segment and stays out of the value."""
    for one, two in (("'", "\u2019"), ("\u2019", "'")):
        pieces = PUSH.split("'")[:-1]
        text = "".join(
            piece + (two if at % 3 == 2 else one) + gap for at, piece in enumerate(pieces)
        )
        message = read(text)
        assert msgless(message) == msgless(read(PUSH))
        assert {w.code for w in message.warnings} <= {"terminator_missing", "una_invalid"}


def test_a_typographic_apostrophe_inside_a_name_is_a_letter() -> None:
    """O'BRIEN as a word processor writes it, in a message whose terminators are plain."""
    message = read(PUSH.replace("DOE", "O\u2019BRIEN"))
    assert names(message) == [["O\u2019BRIEN"], ["ROE"]]
    assert message.warnings == ()


def test_a_booking_starts_on_its_own_line_where_terminators_are_lost() -> None:
    """SRC has no element behind it: on a line of its own it is a segment all the same."""
    message = read(PUSH.replace("'SRC'", "\nSRC\n"))
    assert names(message) == [["DOE"], ["ROE"]]
    assert {w.code for w in message.warnings} == {"terminator_missing"}
