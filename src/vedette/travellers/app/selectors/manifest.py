"""One flight: its travellers, hits first, where they sit, and what its messages got wrong."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from vedette.apps import query
from vedette.apps.inbox.models import Message
from vedette.core.statements import everything
from vedette.travellers.app.models import BookingClear, Flight, JourneyClear
from vedette.travellers.app.selectors import folding
from vedette.travellers.columns.itinerary import NOT_FLOWN, same_flight
from vedette.travellers.columns.places import moment

#: Travellers on one page of a manifest.
PAGE = 100
#: What may be shown: fixed conditions on the journey `j` and its hit `h`.
VIEWS = {
    "all": "TRUE",
    "hits": "h.id IS NOT NULL AND h.state <> 'void'",
    "api": "j.in_api AND NOT j.in_pnr",
    "pnr": "j.in_pnr AND NOT j.in_api",
    "joined": "j.in_api AND j.in_pnr",
    "facts": "j.facts <> '[]'::jsonb",
    "crew": "j.role IN ('crew', 'transit_crew')",
    "absent": "NOT j.present",
}

_FROM = """
    FROM travellers_journey j
    JOIN subjects_subject s ON s.id = j.id
    LEFT JOIN travellers_journeyclear c ON c.journey_id = j.id
         AND c.retention_class = j.retention_class AND c.month = j.month
    LEFT JOIN hits_hit h ON h.subject_id = j.id
    WHERE j.flight_id = %(flight)s
"""

#: Open hits by priority, then decided ones, then everybody else by name.
_ROWS = f"""
    SELECT j.id, j.booking_id, j.role, j.infant, j.placeholder, j.in_api, j.in_pnr, j.present,
           j.facts, c.surname, c.given_names, c.date_of_birth, c.sex, c.nationality, c.document,
           c.seat, c.locator, c.journey_id IS NULL AS masked, s.restricted, s.minor,
           h.id AS hit_id, h.priority, h.state AS hit_state, h.claimed_by_id,
           EXISTS (SELECT FROM profiles_drawn d WHERE d.subject_id = j.id) AS drawn,
           count(*) OVER () AS matching
    {_FROM} AND {{view}} AND {{found}}
    ORDER BY CASE WHEN h.state IN ('new', 'reopened') THEN 0 WHEN h.state = 'decided' THEN 1
                  ELSE 2 END, h.priority DESC NULLS LAST, c.name_key, j.id
    LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608  constants of ours

_COUNTED = ", ".join(f"count(*) FILTER (WHERE {sql}) AS {name}" for name, sql in VIEWS.items())
_COUNTS = f"""
    SELECT {_COUNTED} FROM travellers_journey j LEFT JOIN hits_hit h ON h.subject_id = j.id
    WHERE j.flight_id = %(flight)s
"""  # noqa: S608

_SEATS = f"""
    SELECT j.id, j.booking_id, j.role, j.infant, c.seat, h.id AS hit_id, h.priority, h.state AS hit_state
    {_FROM}
"""


@dataclass
class Person:
    """A line of the manifest."""

    id: uuid.UUID
    booking_id: uuid.UUID | None
    role: str
    infant: bool
    placeholder: bool
    in_api: bool
    in_pnr: bool
    present: bool
    facts: list[str]
    surname: str | None
    given_names: str | None
    date_of_birth: dt.date | None
    sex: str | None
    nationality: str | None
    document: str | None
    seat: str | None
    locator: str | None
    hit_id: uuid.UUID | None
    priority: int | None
    hit_state: str | None
    claimed_by_id: uuid.UUID | None
    #: Whether the clear values went into the vault, or are kept from the reader as restricted.
    masked: bool
    restricted: bool
    #: Under 18 on the day of travel.
    minor: bool
    #: By chance, for a physical control under national customs law; no hit.
    drawn: bool
    #: Airports of the whole booked journey, in order; empty where no booking is known.
    route: list[str] = field(default_factory=list)
    #: Checked bags, or None where nobody states them.
    bags: int | None = None

    @property
    def hit_open(self) -> bool:
        """Whether the hit waits for a decision."""
        return self.hit_state in ("new", "reopened")


@dataclass(frozen=True)
class Page:
    """One page of a manifest: `first` to `last` of `matching`, numbered from 1."""

    people: list[Person]
    matching: int
    number: int

    @property
    def first(self) -> int:
        """Position of the first line; 0 where there is none."""
        return (self.number - 1) * PAGE + 1 if self.people else 0

    @property
    def last(self) -> int:
        """Position of the last line."""
        return (self.number - 1) * PAGE + len(self.people)

    @property
    def more(self) -> bool:
        """Whether another page follows."""
        return self.last < self.matching


def counts(flight: uuid.UUID) -> dict[str, int]:
    """How many travellers each of `VIEWS` shows."""
    [row] = query.dicts(_COUNTS, {"flight": flight})
    return row


def page(flight: uuid.UUID, view: str = "all", text: str = "", number: int = 1) -> Page:
    """A page of the manifest; `text` is part of a name, document, locator or seat."""
    number = max(number, 1)
    found, params = _found(text)
    rows = query.dicts(
        _ROWS.format(view=VIEWS.get(view, "TRUE"), found=found),
        {**params, "flight": flight, "limit": PAGE, "offset": (number - 1) * PAGE},
    )
    matching = rows[0]["matching"] if rows else 0
    for row in rows:
        del row["matching"]
    people = [Person(**{**row, "facts": json.loads(row["facts"])}) for row in rows]
    _add_bags(people)
    _add_routes(flight, people)
    return Page(people, matching, number)


def _found(text: str) -> tuple[str, dict[str, Any]]:
    """A condition for what was typed; names are compared folded, anything else as it starts."""
    text = text.strip()[:100]
    if not text:
        return "TRUE", {}
    number = text.upper().replace(" ", "")
    # A number is no name: `23A` would find every name with an A.
    words = [] if any(c.isdigit() for c in text) else folding.words(text)
    conditions = [
        "upper(c.document) LIKE %(number)s",
        "upper(c.locator) LIKE %(number)s",
        "ltrim(upper(c.seat), '0') = %(seat)s",
    ]
    params: dict[str, Any] = {"number": folding.like(number) + "%", "seat": number.lstrip("0")}
    if words:
        params.update({f"word{i}": f"%{word}%" for i, word in enumerate(words)})
        named = " AND ".join(f"c.name_key LIKE %(word{i})s" for i in range(len(words)))
        conditions.append(f"({named})")
    return f"({' OR '.join(conditions)})", params


def _add_bags(people: Sequence[Person]) -> None:
    """Bags as the passenger list counts them, else as booked."""
    by_id = {person.id: person for person in people}
    states = JourneyClear.objects.filter(journey_id__in=list(by_id)).values_list(
        "journey_id", "state"
    )
    for journey, state in states:
        by_id[journey].bags = bags_of(state)


def bags_of(state: dict[str, Any]) -> int | None:
    """Checked bags of a journey: the passenger list's count, else the booked bags; None if unstated."""
    listed = everything(state.get("api", {})).get("bags") or {}
    if listed.get("count") is not None:
        return int(listed["count"])
    booked = everything(state.get("pnr", {})).get("booked_bags")
    if booked is None:
        return None
    return sum(bag.get("count") or bag.get("pieces") or 1 for bag in booked)


def _add_routes(flight: uuid.UUID, people: Sequence[Person]) -> None:
    bookings = {person.booking_id for person in people if person.booking_id}
    states = BookingClear.objects.filter(booking_id__in=bookings, flight_id=flight)
    routes = {
        booking: route_of(state) for booking, state in states.values_list("booking_id", "state")
    }
    for person in people:
        if person.booking_id:
            person.route = routes.get(person.booking_id, [])


def route_of(state: dict[str, Any]) -> list[str]:
    """Airports of a booking in order of departure; where two flights do not meet, both are named. A
    flight stated again at another time is one flight, and one that was not confirmed is none."""
    stated = everything(state)
    segments = [
        value
        for key, value in stated.items()
        if key.startswith("segments:")
        and not value.get("surface")
        and (value.get("status") or "") not in NOT_FLOWN
    ]
    route: list[str] = []
    before: tuple[tuple[str | None, str | None], dt.datetime | None] | None = None
    for segment in sorted(segments, key=lambda s: s.get("departure") or ""):
        ends = segment.get("origin"), segment.get("destination")
        leaves = moment(segment.get("departure"))
        if before is not None and same_flight(before[0], ends, before[1], leaves):
            continue
        before = ends, leaves
        for place in ends:
            if place and (not route or route[-1] != place):
                route.append(place)
    return route


def seats(flight: uuid.UUID) -> list[dict[str, Any]]:
    """Everybody's seat with the hit, for the plan of the cabin."""
    return query.dicts(_SEATS, {"flight": flight})


def warnings(flight: uuid.UUID) -> list[dict[str, Any]]:
    """Messages of a flight that have warnings or unread parts, newest first; resends left out."""
    found: list[Any] = list(
        Message.objects.filter(flight=flight, resend_of=None)
        .filter(Q(warning_count__gt=0) | ~Q(unread=[]))
        .order_by("-received_at", "id")
        .values("id", "format", "function", "received_at", "warnings", "unread", "warning_count")
    )
    return found


def neighbours(flight: Flight) -> tuple[Flight | None, Flight | None]:
    """The flights that land just before and just after."""
    lands = flight.arrives_at
    if lands is None:
        return None, None
    before = Flight.objects.filter(Q(arrives_at__lt=lands) | Q(arrives_at=lands, id__lt=flight.id))
    after = Flight.objects.filter(Q(arrives_at__gt=lands) | Q(arrives_at=lands, id__gt=flight.id))
    return (
        before.filter(arrives_at__lte=lands).order_by("-arrives_at", "-id").first(),
        after.filter(arrives_at__gte=lands).order_by("arrives_at", "id").first(),
    )
