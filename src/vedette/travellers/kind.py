"""Defines the traveller as a kind of subject, without Django."""

from __future__ import annotations

import datetime as dt

from vedette.core.kind import Kind
from vedette.travellers import asking, columns, formats, merging, starter
from vedette.travellers.manifest import Held
from vedette.travellers.records import Message

NAME = "traveller"


def _due_at(hold: Held) -> dt.datetime | None:
    """Returns the time at which the flight lands. If the time of landing is unknown, returns the time at
    which the flight departs."""
    return hold.row.arrives_at or hold.row.departs_at


def _counts(message: Message) -> dict[str, int]:
    return {
        "subjects": len(message.travellers) or sum(len(b.travellers) for b in message.bookings),
        "bookings": len(message.bookings),
    }


KIND = Kind(
    name=NAME,
    themes=("passengers",),
    app="vedette.travellers.app",
    readers=formats.READERS,
    miscounted=formats.miscounted,
    reader_version=formats.READER_VERSION,
    counts=_counts,
    group=merging.flight_of,
    later=merging.later,
    merge=merging.merge,
    asks=asking.asked,
    disagreement=asking.disagreement,
    columns=columns.vocabulary,
    values=columns.of_subjects,
    fairness=("nationality", "sex", "age"),
    bands={"age": (0, 18, 25, 45, 65)},
    starter=starter.paths,
    due_at=_due_at,
)
