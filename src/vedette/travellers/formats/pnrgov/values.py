"""Converts composites of PNRGOV segments to values: flight times, locators, amounts, counts."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from vedette.formats.dates import stamp
from vedette.formats.segments import Seg
from vedette.travellers import records
from vedette.travellers.formats.pnrgov.drafts import Context, Leg

_AMOUNT = re.compile(r"\d{1,15}(?:[.,]\d{1,6})?")
_COUNT = re.compile(r"\d{1,6}")
#: In place of a flight number or carrier: the segment is not a flight.
_SURFACE = frozenset({"ARNK", "OPEN", "VOID", "SURFACE"})


def amount(text: str) -> Decimal | None:
    """A sum of money, with a point or a comma; None if the text is not one."""
    text = text.strip()
    if not _AMOUNT.fullmatch(text):
        return None
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None


def count(text: str) -> int | None:
    """A whole number of at most six digits."""
    text = text.strip()
    return int(text) if _COUNT.fullmatch(text) and text.isascii() else None


def part(composite: list[str], index: int) -> str:
    """A component, stripped; empty if it is missing."""
    return composite[index].strip() if index < len(composite) else ""


@lru_cache(maxsize=16384)
def _stamp(date: str, time: str) -> dt.datetime | None:
    return stamp(date, time, order="dmy")


def when(date: str, time: str, context: Context, seg: Seg) -> dt.datetime | None:
    """Parses `ddmmyy` and `hhmm[ss]` as local time; a warning if they are stated and do not exist."""
    if not date:
        return None
    found = _stamp(date, time)
    if found is None:
        found = _stamp(date, "") if time else None
        context.warn("date_impossible", "a date or time that does not exist", seg)
    return found


def times(seg: Seg, context: Context) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Departure and arrival of a TVL: `ddmmyy:hhmm:ddmmyy:hhmm`. An arrival that has only a time (also in the
    place of the date) is on the day of departure, or on the next day if it would be more than two hours
    before the departure (time zones)."""
    composite = seg.el[1] if len(seg.el) > 1 else []
    date, time = part(composite, 0), part(composite, 1)
    to_date, to_time = part(composite, 2), part(composite, 3)
    departure = when(date, time, context, seg)
    if len(to_date) == 4 and not to_time:
        to_date, to_time = "", to_date
    if to_date:
        return departure, when(to_date, to_time, context, seg)
    if not to_time or departure is None:
        return departure, None
    arrival = when(date, to_time, context, seg)
    if arrival is not None and departure - arrival > dt.timedelta(hours=2):
        arrival += dt.timedelta(days=1)
    return departure, arrival


def _number(seg: Seg, *suffixes: int) -> str:
    """A flight number with its operational suffix: one letter in one of these components."""
    number = seg.get(5).strip()
    suffix = next(filter(None, (seg.get(5, at).strip() for at in suffixes)), "")
    return number + suffix if number and len(suffix) == 1 and suffix.isalpha() else number


def flight(seg: Seg, context: Context) -> records.Flight:
    """The message's own flight (TVL before the first booking)."""
    departure, arrival = times(seg, context)
    return records.Flight(
        carrier=seg.get(4).strip() or None,
        number=_number(seg, 2, 1) or None,
        origin=seg.get(2).strip() or None,
        destination=seg.get(3).strip() or None,
        departure=departure,
        arrival=arrival,
    )


def leg(seg: Seg, context: Context) -> Leg:
    """A flight of the itinerary (TVL of group 5)."""
    found = Leg()
    found.departure, found.arrival = times(seg, context)
    found.origin = seg.get(2).strip() or None
    found.destination = seg.get(3).strip() or None
    found.carrier = seg.get(4).strip() or None
    found.operating_carrier = seg.get(4, 1).strip() or None
    number = _number(seg, 2)
    found.booking_class = seg.get(5, 1).strip() or None
    if number.upper() in _SURFACE or (found.carrier or "").upper() in _SURFACE:
        found.surface = True
        number = "" if number.upper() in _SURFACE else number
        if (found.carrier or "").upper() in _SURFACE:
            found.carrier = None
    elif not number and found.carrier is None:
        found.surface = True
    found.number = number or None
    return found


def locators(seg: Seg, context: Context) -> list[records.Locator]:
    """RCI: up to nine of `company:locator:type:ddmmyy:hhmm[ss]`; some senders leave the type out."""
    found = []
    for composite in seg.el[1:]:
        locator = part(composite, 1)
        if not locator:
            continue
        date, time = part(composite, 3), part(composite, 4)
        if len(part(composite, 2)) == 6 and len(date) in (0, 4, 6) and not time:
            date, time = part(composite, 2), date
        found.append(
            records.Locator(
                company=part(composite, 0) or None,
                locator=locator,
                created=when(date, time, context, seg),
            )
        )
    return found


def agency(seg: Seg) -> records.Agency | None:
    """ORG of a booking; None if every part is empty."""
    if not any(map(any, seg.el[1:])):
        return None

    def given(element: int, component: int = 0) -> str | None:
        return seg.get(element, component).strip() or None

    return records.Agency(
        company=given(1),
        iata=given(2),
        office=given(2, 1),
        city=given(3) or given(1, 1),
        kind=given(5),
        country=given(6),
        currency=given(6, 1),
    )
