"""Returns the data for the page of a flight: a page of its travellers, their seats, and the warnings in its
messages. The page also shows the flights that land just before and after this flight."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext

from vedette.apps import display, query
from vedette.apps.inbox import wording
from vedette.apps.inbox.models import Message
from vedette.core.statements import everything
from vedette.travellers.app.models import BookingClear, Flight, JourneyClear
from vedette.travellers.app.rows import like, words
from vedette.travellers.columns.itinerary import NOT_FLOWN, once
from vedette.travellers.columns.places import moment

#: Travellers on one page of a manifest.
PAGE = 100
#: Views of the manifest: conditions on the journey `j` and its hit `h`.
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
    LEFT JOIN hits_seen h ON h.subject_id = j.id
    WHERE j.flight_id = %(flight)s
"""

#: Travellers with an open hit by priority, then travellers with a decided hit, then the others by name.
_ROWS = f"""
    SELECT j.id, j.booking_id, j.role, j.infant, j.placeholder, j.in_api, j.in_pnr, j.present,
           j.facts, c.surname, c.given_names, c.date_of_birth, c.birth_period, c.sex, c.nationality,
           c.document, c.seat, c.locator, c.journey_id IS NULL AS masked, s.restricted, s.minor,
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
    SELECT {_COUNTED} FROM travellers_journey j LEFT JOIN hits_seen h ON h.subject_id = j.id
    WHERE j.flight_id = %(flight)s
"""  # noqa: S608

_SEATS = f"""
    SELECT j.id, j.booking_id, c.seat, c.surname, c.given_names, c.journey_id IS NULL AS masked,
           s.restricted, h.id AS hit_id, h.priority, h.state AS hit_state
    {_FROM}
"""


@dataclass(frozen=True)
class Page:
    """Contains one page of a manifest: the travellers `first` to `last` of `matching`, counted from 1."""

    #: Columns of the query, and also `bags` (number of checked bags, None if it is not stated) and `route`
    #: (airports of the booked journey in order, empty if no booking is known).
    people: list[dict[str, Any]]
    matching: int
    number: int
    first: int
    last: int
    #: Whether there is a next page.
    more: bool


def counts(flight: uuid.UUID) -> dict[str, int]:
    """Returns the number of travellers in each of `VIEWS`."""
    return query.dicts(_COUNTS, {"flight": flight})[0]


def page(flight: uuid.UUID, view: str = "all", text: str = "", number: int = 1) -> Page:
    """Returns one page of a view of the manifest. The travellers are filtered by `text`. The text may contain
    words of the name, the beginning of the document or locator, or the seat."""
    number = max(number, 1)
    found, params = _found(text)
    rows = query.dicts(
        _ROWS.format(view=VIEWS.get(view, "TRUE"), found=found),
        {**params, "flight": flight, "limit": PAGE, "offset": (number - 1) * PAGE},
    )
    journeys = JourneyClear.objects.filter(journey_id__in=[row["id"] for row in rows])
    bags = {id_: bags_of(state) for id_, state in journeys.values_list("journey_id", "state")}
    bookings = BookingClear.objects.filter(
        booking_id__in={row["booking_id"] for row in rows if row["booking_id"]}, flight_id=flight
    )
    routes = {id_: route_of(state) for id_, state in bookings.values_list("booking_id", "state")}
    people = [
        {
            **row,
            "facts": json.loads(row["facts"]),
            "bags": bags.get(row["id"]),
            "route": routes.get(row["booking_id"], []),
        }
        for row in rows
    ]
    matching = rows[0]["matching"] if rows else 0
    last = (number - 1) * PAGE + len(people)
    first = last - len(people) + 1 if people else 0
    return Page(people, matching, number, first, last, last < matching)


def _found(text: str) -> tuple[str, dict[str, Any]]:
    """Returns the SQL condition for a typed text, and its parameters."""
    text = text.strip()[:100]
    if not text:
        return "TRUE", {}
    number = text.upper().replace(" ", "")
    # A text with a digit is not a name. As a name, `23A` would match every name with an A.
    names = [] if any(c.isdigit() for c in text) else words(text)
    conditions = [
        "upper(c.document) LIKE %(number)s",
        "upper(c.locator) LIKE %(number)s",
        "ltrim(upper(c.seat), '0') = %(seat)s",
    ]
    params: dict[str, Any] = {"number": like(number) + "%", "seat": number.lstrip("0")}
    if names:
        params.update({f"word{i}": f"%{name}%" for i, name in enumerate(names)})
        named = " AND ".join(f"c.name_key LIKE %(word{i})s" for i in range(len(names)))
        conditions.append(f"({named})")
    return f"({' OR '.join(conditions)})", params


def bags_of(state: dict[str, Any]) -> int | None:
    """Returns the number of checked bags on the passenger list. If the list does not state the number of
    checked bags, returns the number of booked bags. Returns None if no number of bags is stated."""
    listed = everything(state.get("api", {})).get("bags") or {}
    if listed.get("count") is not None:
        return int(listed["count"])
    booked = everything(state.get("pnr", {})).get("booked_bags")
    if booked is None:
        return None
    return sum(bag.get("count") or bag.get("pieces") or 1 for bag in booked)


def route_of(state: dict[str, Any]) -> list[str]:
    """Returns the airports of a booking in order of departure. If a leg starts where the previous leg ended,
    the airport is listed once.

    A flight that is stated with two times is listed once. Unconfirmed flights and journeys over land are left
    out.
    """
    segments = [
        value
        for key, value in everything(state).items()
        if key.startswith("segments:")
        and not value.get("surface")
        and (value.get("status") or "") not in NOT_FLOWN
    ]
    legs = once(
        sorted(segments, key=lambda s: s.get("departure") or ""),
        lambda s: ((s.get("origin"), s.get("destination")), moment(s.get("departure"))),
        lambda _: True,
    )
    places = (s.get(end) for s in legs for end in ("origin", "destination"))
    return [place for place, _ in groupby(filter(None, places))]


def seats(flight: uuid.UUID) -> list[dict[str, Any]]:
    """Returns the seats of the travellers with their names and hits, for the plan of the cabin."""
    rows = query.dicts(_SEATS, {"flight": flight})
    for row in rows:
        row["name"] = (
            gettext("processing restricted")
            if row["restricted"] and row["masked"]
            else display.plain_name(row["surname"], row["given_names"], masked=row["masked"])
        )
    return rows


def warnings(flight: uuid.UUID) -> list[dict[str, Any]]:
    """Returns the messages of a flight that have warnings or unread parts, newest first. A message that was
    sent again is returned only once. Each message has its `kind` and its warnings in words (`told`)."""
    found = (
        Message.objects.filter(group_id=flight, resend_of=None)
        .filter(Q(warning_count__gt=0) | ~Q(unread=[]))
        .order_by("-received_at", "id")
        .values("id", "format", "function", "warnings", "unread")
    )
    return [
        {
            **message,
            "kind": wording.kind(message["format"], message["function"]),
            "told": wording.grouped(message["warnings"]),
        }
        for message in found
    ]


def neighbours(flight: Flight) -> tuple[Flight | None, Flight | None]:
    """Returns the flights that land just before and just after the given flight."""
    lands = flight.arrives_at
    if lands is None:
        return None, None
    before = Flight.objects.filter(Q(arrives_at__lt=lands) | Q(arrives_at=lands, id__lt=flight.id))
    after = Flight.objects.filter(Q(arrives_at__gt=lands) | Q(arrives_at=lands, id__gt=flight.id))
    return (
        before.filter(arrives_at__lte=lands).order_by("-arrives_at", "-id").first(),
        after.filter(arrives_at__gte=lands).order_by("arrives_at", "id").first(),
    )
