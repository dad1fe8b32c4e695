"""What the API gives of a traveller in the queue and in a hit."""

from __future__ import annotations

import datetime as dt
import uuid

from ninja import Schema
from pydantic import Field


class MessageFields(Schema):
    """The flight of a message, and the numbers of its records."""

    flight_id: uuid.UUID | None
    travellers: int
    bookings: int


class TravellerRow(Schema):
    """A traveller in the queue."""

    flight_id: uuid.UUID
    flight: str
    surname: str | None
    given_names: str | None
    date_of_birth: dt.date | None
    nationality: str | None


class SharedOut(Schema):
    """An identifier of the traveller that stands in other bookings too, as far as these are seen."""

    kind: str = Field(description="document, phone, email, card, address or loyalty")
    bookings: int
    travellers: int
    same: bool = Field(description="all of them are this traveller")
    confirmed: int = Field(description="bookings that led to a confirmed result")
    common: bool = Field(description="more than 50 bookings: not followed, other numbers are void")
    sentence: str
    page: str = Field(description="address of the page with those journeys; empty where common")


class RectifiedOut(Schema):
    """What the traveller had rectified: it stands beside what messages say, and is screened."""

    element: str
    value: str
    basis: str
    reference: str
    at: dt.datetime


class TravellerHit(Schema):
    """A traveller in a hit: what was rectified, and what is shared with other bookings."""

    journey_id: uuid.UUID
    rectified: list[RectifiedOut]
    shared: list[SharedOut]
