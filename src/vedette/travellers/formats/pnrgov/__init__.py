"""Reads PNRGOV (IATA PADIS EDIFACT 10.1 to 18.1): the bookings of one flight, sent by an airline to a state.

The reader (`reading.py`) is tolerant: it reads bookings without DOCS, groups, infants, placeholder names,
codeshares, split records and history. Damage gives a warning and never affects another traveller.
"""

from __future__ import annotations

import datetime as dt
import gc

from vedette.formats.edifact import MessageText
from vedette.formats.segments import Seg, Unreadable
from vedette.travellers import records
from vedette.travellers.formats.pnrgov import groups, reading, values
from vedette.travellers.formats.pnrgov.drafts import Context
from vedette.travellers.formats.pnrgov.finish import booking

__all__ = ["read"]

#: Maximum number of segments of a booking: a group of 99 with all its history has about 5,000.
_MAX_BOOKING = 50_000


def read(message: MessageText) -> records.Message:
    """Reads one PNRGOV message into records. Raises `Unreadable` for a booking of impossible length,
    otherwise never because of content; empties `message.segments`. Warnings: `eqn_count`, `date_impossible`,
    `segment_unexpected`, `traveller_unclear`, and those of the envelope."""
    # Tens of thousands of small lists without reference cycles: garbage collection finds nothing here and
    # would take a quarter of the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _read(message)
    finally:
        if collecting:
            gc.enable()


def _read(message: MessageText) -> records.Message:
    prepared = message.envelope.prepared
    context = Context(prepared.date() if prepared else dt.date.today())
    head, slices = groups.split(message.segments, context)
    flights, function = _head(head, context)
    context.prime = flights[0] if flights else None
    groups.mend(slices, context)
    # Frees the segments: the parsed elements of a push would use most of the memory.
    message.segments = []
    bookings = []
    for at, segs in enumerate(slices):
        if len(segs) > _MAX_BOOKING:
            raise Unreadable(
                f"a booking of {len(segs)} segments, the limit is {_MAX_BOOKING}; it is no booking",
                segs[0].offset,
            )
        bookings.append(booking(reading.read(context, segs)))
        slices[at] = []
    stated = _count(message, head, len(slices), context)
    return records.Message(
        format="PNRGOV",
        envelope=message.envelope,
        function=function,
        flights=flights,
        bookings=tuple(bookings),
        warnings=(*message.warnings, *context.warnings),
        unread=tuple(sorted(context.unread, key=lambda unread: unread.offset)),
        dropped=tuple(
            records.DroppedText(kind=kind, count=count)
            for kind, count in sorted(context.dropped.items())
        ),
        stated_bookings=stated,
        offset=message.unh.offset,
        body=message.body,
    )


def _head(head: list[Seg], context: Context) -> tuple[tuple[records.Flight, ...], str | None]:
    """The flights and the function (22 full push, 141 update) before the first booking."""
    flights: list[records.Flight] = []
    function: str | None = None
    for seg in head:
        if seg.tag == "TVL":
            if groups.is_flight(seg):
                flights.append(values.flight(seg, context))
        elif seg.tag == "MSG":
            function = function or seg.get(1, 1).strip() or seg.get(1).strip() or None
        elif seg.tag not in ("ORG", "EQN", "IFT", "RCI", "DAT"):
            context.skip("segment_unexpected", "segment before the first booking, skipped", seg)
    return tuple(flights), function


def _count(message: MessageText, head: list[Seg], bookings: int, context: Context) -> int | None:
    """What EQN states. It counts the bookings of the whole transfer, so here whole messages only are
    checked; parts are where they are together (`formats/registry.py`)."""
    eqn = next((seg for seg in head if seg.tag == "EQN"), None)
    envelope = message.envelope
    whole = envelope.sequence in (None, 1) and envelope.last in (None, True)
    stated = values.count(eqn.get(1)) if eqn is not None else None
    if eqn is not None and whole and stated != bookings:
        said = "no number" if stated is None else str(stated)
        context.warn("eqn_count", f"EQN says {said}, {bookings} bookings present", eqn)
    return stated
