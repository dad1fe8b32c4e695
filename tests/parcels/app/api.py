"""The API of parcels: the fields that the kind adds to the shared answers."""

from __future__ import annotations

from ninja import Schema

from vedette.apps.subjects.kinds import KindApi


class ParcelRow(Schema):
    """A parcel in the queue."""

    parcel: str | None
    contents: str | None


class ParcelHit(Schema):
    """A parcel in a hit."""

    weight_kg: float | None


class MessageFields(Schema):
    """The number of parcels of a message."""

    parcels: int


API = KindApi(row=ParcelRow, hit=ParcelHit, message=MessageFields)
