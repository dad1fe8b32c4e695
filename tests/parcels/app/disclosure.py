"""Clear values of parcels, and what an access request gives of them (`AppKind.disclose`)."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from tests.parcels.app.models import Parcel, ParcelClear


def clear(parcels: Collection[uuid.UUID]) -> dict[uuid.UUID, ParcelClear]:
    """The clear values of parcels, as far as the reader may see them."""
    return {one.parcel_id: one for one in ParcelClear.objects.filter(parcel_id__in=parcels)}


def disclose(parcels: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """What an access request gives."""
    values = clear(parcels)
    return {
        one.pk: {
            "masked": one.pk not in values,
            "received_on": one.received_at.date(),
            "parcel": {"contents": values[one.pk].contents} if one.pk in values else {},
        }
        for one in Parcel.objects.filter(pk__in=parcels).order_by("received_at")
    }
