"""Computes two time axes (ui.md, section 13): the axis of the messages of a flight, and the axis of the
crossings of a traveller. On the time axes, x is in per cent of the width, and y is in pixels."""

from __future__ import annotations

import bisect
import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, pgettext

from vedette.apps import display
from vedette.apps.charts import Scale, percent
from vedette.apps.inbox.selectors import Transfer
from vedette.travellers.app.models import Flight
from vedette.travellers.app.selectors.flights import API, PNR, standing

#: Maximum number of senders with a lane of their own. The last lane contains the messages of all further
#: senders.
LANES = 6
#: Maximum number of marks that are links. If there are more, the links are those of the table.
LINKED = 15
#: Minimum distance of two labels below a lane, as a share of the width.
_ROOM = 0.14
#: A push is missing this long after the agreed time.
GRACE = dt.timedelta(hours=1)
#: A closing message may be received this long before departure.
_CLOSING = dt.timedelta(hours=3)


@dataclass
class Mark:
    """Represents a message on the axis: received, incomplete, missing, or awaited (not due yet). `label` is
    the text below the mark, or empty if there is no room. `said` is the text for screen readers."""

    at: float
    state: str
    words: str
    said: str
    x: str = ""
    message: uuid.UUID | None = None
    label: str = ""


@dataclass
class Lane:
    """Contains the messages of one kind (`api` or `pnr`) from one sender."""

    kind: str
    sender: str
    marks: list[Mark] = field(default_factory=list)
    y: int = 0


@dataclass(frozen=True)
class Push:
    """Represents messages that are due at an agreed time and were not received. The agreed time is a number
    of hours before departure (0 means the closure of the flight). The state of the messages is `missing` or
    `awaited`."""

    kind: str
    hours: int
    at: dt.datetime
    state: str

    @property
    def words(self) -> str:
        """Returns the agreed time and the state, such as `−24 h: missing`."""
        word = gettext("missing") if self.state == "missing" else gettext("to come")
        return gettext("%(when)s: %(state)s") % {"when": before(self.hours), "state": word}


@dataclass(frozen=True)
class MessageAxis:
    """Contains the axis of the messages of a flight. `hours` contains the lines of the scale with their
    labels. `now` is the position of the present time, or empty if the axis does not contain the present
    time."""

    lanes: list[Lane]
    hours: list[tuple[str, str]]
    now: str
    #: Whether the label of the present time stands on the left of its line.
    left: bool
    height: int
    linked: bool


def before(hours: int) -> str:
    """Returns the text for a time before departure, such as `−24 h` or `closure`."""
    if hours == 0:
        return pgettext("time of a message", "closure")
    return gettext("%(sign)s%(n)d h") % {"sign": display.MINUS, "n": hours}


def due(flight: Flight, kind: str, sendings: Sequence[Transfer], now: dt.datetime) -> list[Push]:
    """Returns the messages of one kind that are missing, and the messages that are not due yet.

    Bookings are due at the agreed times (`PNR_PUSHES`). A push is assigned to an agreed time if it is
    received in the period of the agreed time. The period of an agreed time of h hours before departure (h >
    0) begins 1.25 × h hours before departure, and ends when the period of the next agreed time begins. A
    passenger list is due at closure. The function `selectors.flights.standing` determines whether a passenger
    list is missing.
    """
    departs = flight.departs_at
    if departs is None:
        return []
    came = [one.received_at for one in sendings if one.kind == kind]
    if not came and (flight.api_at if kind == API else flight.pnr_at):
        return []  # The rows of the messages were deleted.
    if kind == API:
        state = standing(flight, API, sendings, now)
        return [] if came else [Push(API, 0, departs, state)]
    hours: Sequence[int] = settings.PNR_PUSHES
    starts = [departs - (dt.timedelta(hours=1.25 * h) if h else _CLOSING) for h in hours]
    ends = [*starts[1:], dt.datetime.max.replace(tzinfo=dt.UTC)]
    found = []
    for hour, start, end in zip(hours, starts, ends, strict=True):
        at = departs - dt.timedelta(hours=hour)
        if not any(start <= received < end for received in came):
            found.append(Push(PNR, hour, at, "missing" if at + GRACE < now else "awaited"))
    return found


class _Axis:
    """Represents an axis of hours relative to departure. Hours near departure are drawn wider, because most
    messages are received near departure."""

    def __init__(self, flight: Flight, departs: dt.datetime) -> None:
        self.departs = departs
        lands = flight.arrives_at
        flown = (lands - departs) / dt.timedelta(hours=1) if lands and lands > departs else 6.0
        self.end = flown + 2
        self.hours = [-84.0, -72.0, -24.0, -3.0, 0.0, flown, self.end]
        self.places = [0.0, 0.05, 0.3, 0.55, 0.72, 0.92, 0.99]

    def hour(self, at: dt.datetime) -> float:
        return (at - self.departs) / dt.timedelta(hours=1)

    def share(self, hour: float) -> float:
        hour = min(max(hour, self.hours[0]), self.end)
        n = max(bisect.bisect_left(self.hours, hour), 1)
        low, high = self.hours[n - 1], self.hours[n]
        part = (hour - low) / (high - low)
        return self.places[n - 1] + part * (self.places[n] - self.places[n - 1])


def messages(
    flight: Flight, sendings: Sequence[Transfer], pushes: Iterable[Push], now: dt.datetime
) -> MessageAxis | None:
    """Returns the axis of the messages of a flight. Returns None if the time of departure is not known."""
    departs = flight.departs_at
    if departs is None:
        return None
    axis = _Axis(flight, departs)
    lanes = _lanes(sendings)
    for one in sendings:
        mark = _received(axis, one, one.incomplete(now))
        _lane(lanes, one.kind, one.sender).marks.append(mark)
    for kind, at in ((PNR, flight.pnr_at), (API, flight.api_at)):
        if at and not any(one.kind == kind for one in sendings):
            words = _time(at)
            _lane(lanes, kind, "").marks.append(
                Mark(axis.share(axis.hour(at)), "received", words, words)
            )
    for push in pushes:
        said = f"{push.words}, {_time(push.at)}"
        mark = Mark(axis.share(axis.hour(push.at)), push.state, push.words, said)
        _lane(lanes, push.kind, "").marks.append(mark)
    for n, lane in enumerate(lanes):
        lane.y = 66 + 64 * n
        _place(lane.marks)
    names = [(-h, before(h)) for h in (72, 24, 3)] + [(0, before(0))]
    hour = axis.hour(now)
    inside = axis.hours[0] <= hour <= axis.end
    return MessageAxis(
        lanes=lanes,
        hours=[(percent(axis.share(h)), word) for h, word in names]
        + ([(percent(axis.places[-2]), gettext("landing"))] if flight.arrives_at else []),
        now=percent(axis.share(hour)) if inside else "",
        left=axis.share(hour) > 0.85,
        height=66 + 64 * len(lanes),
        linked=len(sendings) <= LINKED,
    )


def _lanes(sendings: Iterable[Transfer]) -> list[Lane]:
    """Returns one lane (line of the axis) for each kind and sender, bookings first. If no message of a kind
    was received, the list contains one lane without a sender for this kind."""
    senders = dict.fromkeys((one.kind, one.sender) for one in sendings)
    lanes = []
    for kind in (PNR, API):
        own = [sender for of, sender in senders if of == kind]
        names = [*own[: LANES - 1], gettext("other senders")] if len(own) > LANES else own
        lanes += [Lane(kind, name) for name in names or [""]]
    return lanes


def _lane(lanes: Iterable[Lane], kind: str, sender: str) -> Lane:
    own = [lane for lane in lanes if lane.kind == kind]
    return next((lane for lane in own if lane.sender == sender), own[-1 if sender else 0])


def _time(at: dt.datetime) -> str:
    return f"{display.short_day(at)} {display.hour(at)}"


def _received(axis: _Axis, one: Transfer, bad: bool) -> Mark:
    words = _time(one.received_at)
    said = gettext("%(sender)s, received on %(at)s") % {"sender": one.sender, "at": words}
    if bad:
        said += ", " + gettext("parts missing")
        words = f"{words}, {gettext('parts missing')}"
    share = axis.share(axis.hour(one.received_at))
    return Mark(share, "incomplete" if bad else "received", words, said, message=one.messages[0])


def _place(marks: list[Mark]) -> None:
    """Computes the positions of the marks, and adds labels where there is room. Missing and incomplete
    messages get labels first. The labels of the other messages follow, from the latest message to the
    earliest."""
    order = {"missing": 0, "incomplete": 1, "awaited": 2, "received": 3}
    taken: list[float] = []
    for mark in sorted(marks, key=lambda m: (order[m.state], -m.at)):
        mark.x = percent(mark.at)
        if all(abs(mark.at - other) >= _ROOM for other in taken):
            mark.label = mark.words
            taken.append(mark.at)


#: Outcome of a crossing (view `hit_outcome`; `none`: no hit) → words, CSS class of its points. The order is
#: that of the lanes.
OUTCOMES = {
    "confirmed": (gettext_lazy("confirmed result"), "q1"),
    "open": (gettext_lazy("hit, to decide"), "q2"),
    "pending": (gettext_lazy("control without a result yet"), "q2"),
    "nothing_found": (gettext_lazy("control, nothing found"), "q3"),
    "cleared": (gettext_lazy("released"), "q4"),
    "none": (gettext_lazy("no hit"), "v3"),
}


@dataclass(frozen=True)
class Point:
    """Represents one crossing, or several crossings with the same outcome at the same position on the
    axis."""

    x: str
    count: int
    said: str
    page: str


@dataclass(frozen=True)
class TravelAxis:
    """Contains the axis of all crossings of a traveller. Each lane consists of its name, a CSS class, its
    number of crossings, its y coordinate and its points. `here` is the position of the crossing that the page
    shows."""

    lanes: list[tuple[str, str, int, int, list[Point]]]
    lines: list[tuple[str, str]]
    here: str
    height: int
    linked: bool


def travel(rows: Sequence[Mapping[str, Any]], own: uuid.UUID, today: dt.date) -> TravelAxis | None:
    """Returns the axis of the given crossings (`selectors.travellers.travelled`), or None if there are no
    crossings."""
    if not rows:
        return None
    days = [row["departs_on"] for row in rows]
    first, last = min(days), max(*days, today)
    first = min(first, last - dt.timedelta(days=60))
    pad = (last - first) * 0.03
    scale = Scale((first - pad).toordinal(), (last + pad).toordinal())
    lanes, y = [], 44
    for outcome, (word, kind) in OUTCOMES.items():
        own_rows = [row for row in rows if _outcome(row) == outcome]
        if not own_rows:
            continue
        places: dict[str, list[Mapping[str, Any]]] = {}
        for row in own_rows:
            place = percent(round(scale.share(row["departs_on"].toordinal()), 2))
            places.setdefault(place, []).append(row)
        points = [Point(x, len(some), _told(some), _page(some[0])) for x, some in places.items()]
        lanes.append((str(word), kind, len(own_rows), y, points))
        y += 42
    here = next((row["departs_on"] for row in rows if row["id"] == own), None)
    return TravelAxis(
        lanes=lanes,
        lines=[(scale.x(day.toordinal()), word) for day, word in _lines(first, last)],
        here=scale.x(here.toordinal()) if here else "",
        height=y - 18,
        linked=sum(len(points) for *_, points in lanes) <= LINKED,
    )


def _outcome(row: Mapping[str, Any]) -> str:
    return row["outcome"] if row["outcome"] in OUTCOMES else "none"


def _page(row: Mapping[str, Any]) -> str:
    if row["hit_id"] and row["hit_state"] != "void":
        return reverse("hit", args=[row["hit_id"]])
    return reverse("flight", args=[row["flight_id"]])


def _told(rows: Sequence[Mapping[str, Any]]) -> str:
    """Returns a text that describes the crossings of a point. The text describes at most three crossings and
    states how many more there are."""
    told = []
    for row in rows[:3]:
        ends = f"{row['origin'] or '–'} → {row['destination'] or '–'}"
        flight = f"{row['carrier']} {row['number']} {ends}"
        words = [display.day(row["departs_on"]), flight, str(OUTCOMES[_outcome(row)][0])]
        if not row["present"]:
            words.append(gettext("removed by a later message"))
        told.append(", ".join(words))
    if len(rows) > 3:
        told.append(f"+{display.number(len(rows) - 3)}")
    return "; ".join(told)


def _lines(first: dt.date, last: dt.date) -> list[tuple[dt.date, str]]:
    """Returns the lines of the scale, which mark the first days of months, of quarters, or of years."""
    span = (last - first).days
    step = 1 if span <= 200 else 3 if span <= 800 else 12
    every = step if step < 12 else 12 * (1 + span // (365 * 10))
    found = []
    for month in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        day = dt.date(month // 12, month % 12 + 1, 1)
        if month % every == 0 and first <= day <= last:
            words = display.short_day(day) if step < 12 and day.month > 1 else str(day.year)
            found.append((day, words))
    return found
