"""Flights in the API."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Schema
from ninja.errors import HttpError
from pydantic import BeforeValidator, Field

from vedette.apps.accounts import acts
from vedette.apps.accounts.api import PROBLEMS, Line, Token, caller
from vedette.travellers.app.models import Flight
from vedette.travellers.app.selectors import flights as flight_reads
from vedette.travellers.app.selectors import manifest

flights_router = Router(tags=["flights"])

#: A time of the airport, which has no zone: `2026-11-24T14:59:30` (no `date-time` of RFC 3339).
Local = Annotated[str, BeforeValidator(lambda at: at.isoformat() if at else None)]


class FlightOut(Schema):
    """A flight with what was received of it; times local to the airports, and UTC."""

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
    """The flights of a day, a page at a time."""

    flights: list[FlightOut]
    following: str | None = Field(description="`after` of the next page")


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
    """Those that land on that day (today without one), local time of the airport."""
    try:
        found = flight_reads.day(
            day or dt.datetime.now(dt.UTC).date(), carrier=carrier.upper(), after=after
        )
    except OverflowError as error:
        raise HttpError(422, "day: outside the years that flights have") from error
    rows = [_flight(row.flight, sum(n for _, n in row.levels)) for row in found.rows]
    return {"flights": rows, "following": found.following}


class Person(Schema):
    """A traveller on a flight: merged display values."""

    id: uuid.UUID
    role: str
    infant: bool
    present: bool
    in_api: bool
    in_pnr: bool
    facts: list[str]
    masked: bool = Field(description="the clear values are masked: null below")
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
    """One page of the manifest; `more` says whether another follows."""
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
    fields = [name for name in FlightOut.model_fields if name != "open_hits"]
    return {**{name: getattr(found, name) for name in fields}, "open_hits": open_hits}
