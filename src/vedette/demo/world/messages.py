"""Makes messages from the records of a synthetic data set. The modules of vedette that write message formats
convert the messages to bytes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from vedette.core.records import Envelope
from vedette.travellers.formats import paxlst_writer, pnrgov_writer
from vedette.travellers.records import Booking, Message, Traveller

from .flights import Plan

RECIPIENT = "PIUDEMO"
#: Time between a passenger list and the departure.
CLOSURE = dt.timedelta(minutes=25)


def push(
    flight: Plan, bookings: Sequence[Booking], at: dt.datetime, hours: int, again: bool = False
) -> Message:
    """Returns a full push (function 22). A push that is sent again differs only in its interchange
    reference."""
    reference = f"{flight.index:05d}{hours:02d}{'R' if again else ''}"
    return _pnrgov(flight, bookings, at, "22", reference, f"{flight.key()}-{hours}")


def update(flight: Plan, bookings: Sequence[Booking], at: dt.datetime, number: int) -> Message:
    """Returns an update (function 141) with new bookings only."""
    return _pnrgov(flight, bookings, at, "141", f"U{number:07d}", f"{flight.key()}-U{number}")


def _pnrgov(
    flight: Plan,
    bookings: Sequence[Booking],
    at: dt.datetime,
    function: str,
    reference: str,
    access: str,
) -> Message:
    return Message(
        format="PNRGOV",
        function=function,
        envelope=Envelope(
            sender=flight.carrier,
            recipient=RECIPIENT,
            prepared=at,
            interchange_ref=reference,
            common_access_ref=access,
        ),
        flights=(flight.record(),),
        bookings=tuple(bookings),
    )


def passengers(
    flight: Plan,
    people: tuple[Traveller, ...],
    at: dt.datetime,
    function: str,
    reference: str | None = None,
) -> Message:
    """Returns a passenger or crew list (PAXLST D.05B). `function` is `passengers` or `crew`."""
    return Message(
        format="PAXLST",
        function=function,
        envelope=Envelope(
            sender=flight.carrier,
            recipient=RECIPIENT,
            prepared=at,
            interchange_ref=reference or f"{flight.index:05d}{function[0].upper()}",
            message_ref="PAX001",
            release="D:05B",
            common_access_ref=f"{flight.key()}-{function[0].upper()}",
            sequence=1,
            last=True,
        ),
        flights=(flight.record(),),
        travellers=people,
    )


def write(message: Message, parts: int = 1) -> list[bytes]:
    """Converts a message to bytes in its format. A PNRGOV push is split into at most `parts` files."""
    if message.format == "PNRGOV":
        return pnrgov_writer.write(message, parts=parts)
    return [paxlst_writer.write(message)]
