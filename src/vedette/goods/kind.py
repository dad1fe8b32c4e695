"""Defines the goods item as a kind of subject, without Django."""

from __future__ import annotations

import datetime as dt

from vedette.core.kind import Kind
from vedette.core.records import time_of
from vedette.goods import asking, columns, controls, declarations, formats, imported, starter
from vedette.goods.declarations import Held
from vedette.goods.records import Message, Route

NAME = "goods"


#: The time to decide if no message states an arrival.
_TIME_TO_DECIDE = dt.timedelta(days=1)


#: The least time to decide, and the longest time from now. Senders may state any year. A time at the end of
#: the calendar would never be past, and no time zone could show it.
_LEAST, _LONGEST = dt.datetime(1970, 1, 1, tzinfo=dt.UTC), dt.timedelta(days=366)


def due_at(hold: Held, now: dt.datetime | None = None) -> dt.datetime:
    """Returns the time at which the goods arrive.

    A time without a time zone is treated as UTC. If no message states the arrival, returns the time one day
    after the last message. The returned time is at most one year after `now`.
    """
    most = (now or dt.datetime.now(dt.UTC)) + _LONGEST
    stated = hold.elements()
    named = [
        name for name in stated if name == "m/route" or (name[:2] == "c/" and name[-6:] == "/route")
    ]
    for name in sorted(named):
        route: Route = declarations.convert(stated[name], Route)
        if (arrival := time_of(route.arrival)) is not None:
            arrival = arrival.replace(tzinfo=dt.UTC) if arrival.tzinfo is None else arrival
            return max(_LEAST, min(arrival, most))
    prepared = dt.datetime.fromisoformat(hold.row.stated.partition(" ")[0])
    return max(
        _LEAST, min(prepared.replace(tzinfo=dt.UTC), most - _TIME_TO_DECIDE) + _TIME_TO_DECIDE
    )


def _counts(message: Message) -> dict[str, int]:
    return {
        "subjects": sum(len(one.items) for one in message.consignments),
        "consignments": len(message.consignments),
    }


KIND = Kind(
    name=NAME,
    themes=controls.OF_KIND,
    app="vedette.goods.app",
    readers=formats.READERS,
    reader_version=formats.READER_VERSION,
    counts=_counts,
    group=declarations.group_of,
    known=lambda store, groups: store.known(groups),
    later=declarations.later,
    merge=declarations.merge,
    asks=asking.asked,
    controls=controls.reasons,
    control_formats=imported.formats(controls.OF_KIND),
    columns=columns.vocabulary,
    values=columns.of_subjects,
    fairness=("country",),
    starter=starter.paths,
    due_at=due_at,
)
