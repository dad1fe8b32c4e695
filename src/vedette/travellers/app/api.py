"""The API for flights, and the data about travellers in the API for the queue and for a hit."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Schema
from ninja.errors import HttpError
from pydantic import BeforeValidator, Field

from vedette.apps.accounts import acts
from vedette.apps.accounts.api import PROBLEMS, Line, Token, caller
from vedette.apps.subjects.kinds import KindApi
from vedette.travellers.app.models import Flight
from vedette.travellers.app.selectors import flights as flight_reads
from vedette.travellers.app.selectors import manifest

flights_router = Router(tags=["flights"])

#: A local time of an airport, without time zone: `2026-11-24T14:59:30`. It is not a `date-time` of RFC 3339.
Local = Annotated[str, BeforeValidator(lambda at: at.isoformat() if at else None)]


class FlightOut(Schema):
    """A flight with its counts. Times are given in local time of the airports and in UTC."""

    id: uuid.UUID
    carrier: str
    number: str
    origin: str
    destination: str
    departs_local: Local | None
    departs_at: dt.datetime | None
    arrives_local: Local | None
    arrives_at: dt.datetime | None
    api_count: int
    pnr_count: int
    joined_count: int
    open_hits: int = 0


class Flights(Schema):
    """One page of the flights of a day."""

    flights: list[FlightOut]
    following: str | None = Field(description="value of `after` for the next page")


@flights_router.get(
    "",
    auth=Token("record.see"),
    response={200: Flights, **PROBLEMS},
    summary="The flights of a day",
)
def flights(
    request: HttpRequest,
    day: dt.date | None = None,
    carrier: Line = "",
    after: Line = "",
):
    """Returns the flights that land on the given day, in the local time of the airport. The default day is
    today."""
    try:
        found = flight_reads.day(day or timezone.localdate(), carrier=carrier.upper(), after=after)
    except OverflowError as error:
        raise HttpError(422, "day: outside the years that flights have") from error
    return {
        "flights": [_flight(row.flight, sum(n for _, n in row.levels)) for row in found.rows],
        "following": found.following,
    }


class Person(Schema):
    """A traveller on a flight, with the merged values that are displayed."""

    id: uuid.UUID
    role: str
    infant: bool
    present: bool
    in_api: bool
    in_pnr: bool
    facts: list[str]
    masked: bool = Field(
        description="whether the clear values are masked; if so, their fields are null"
    )
    surname: str | None
    given_names: str | None
    date_of_birth: dt.date | None
    birth_period: str | None = Field(
        description="year, or year and month, of birth if no message states the day"
    )
    sex: str | None
    nationality: str | None
    document: str | None
    seat: str | None
    locator: str | None
    hit_id: uuid.UUID | None
    priority: int | None


class FlightManifest(FlightOut):
    """A flight and one page of its manifest."""

    travellers: list[Person]
    matching: int
    page: int
    more: bool


@flights_router.get(
    "/{id}",
    auth=Token("record.see"),
    response={200: FlightManifest, **PROBLEMS},
    summary="A flight with its travellers",
)
def flight(request: HttpRequest, id: uuid.UUID, page: int = 1):
    """Returns one page of the manifest. `more` is true if there is a next page."""
    found = get_object_or_404(Flight, pk=id)
    levels = flight_reads.levels_of([found.pk])[found.pk]
    shown = manifest.page(found.pk, number=max(1, min(page, 10_000)))
    acts.write(caller(request), "flight.see", found.pk, page=shown.number)
    return {
        **_flight(found, sum(n for _, n in levels)),
        "travellers": shown.people,
        "matching": shown.matching,
        "page": shown.number,
        "more": shown.more,
    }


def _flight(found: Flight, open_hits: int) -> dict[str, Any]:
    return {
        **{name: getattr(found, name) for name in FlightOut.model_fields if name != "open_hits"},
        "open_hits": open_hits,
    }


class TravellerRow(Schema):
    """A traveller in the queue."""

    flight_id: uuid.UUID
    flight: str
    surname: str | None
    given_names: str | None
    date_of_birth: dt.date | None
    birth_period: str | None = Field(
        description="year, or year and month, of birth if no message states the day"
    )
    nationality: str | None


class SharedOut(Schema):
    """An identifier of the traveller that other bookings contain too. Bookings that the reader may not see
    are not counted."""

    kind: str = Field(description="document, phone, email, card, address or loyalty")
    bookings: int
    travellers: int
    same: bool = Field(description="whether all other bookings are of the same traveller")
    confirmed: int = Field(description="number of these bookings that led to a confirmed result")
    common: bool = Field(
        description="whether it is in more than 50 bookings; if so, the other numbers are not used"
    )
    sentence: str
    page: str = Field(
        description="address of the page with these journeys; empty if `common` is true"
    )


class RectifiedOut(Schema):
    """An element that was rectified at the request of the traveller. Screening uses the rectified
    element instead of the element in the messages."""

    element: str
    value: str
    basis: str
    reference: str
    at: dt.datetime


class TravellerHit(Schema):
    """A traveller in a hit: rectified elements, and identifiers shared with other bookings."""

    journey_id: uuid.UUID
    rectified: list[RectifiedOut]
    shared: list[SharedOut]


class MessageFields(Schema):
    """Contains the flight of a message, and the numbers of its travellers and bookings."""

    flight_id: uuid.UUID | None
    travellers: int
    bookings: int


API = KindApi(
    row=TravellerRow,
    hit=TravellerHit,
    message=MessageFields,
    routers=(("/flights", flights_router),),
)
