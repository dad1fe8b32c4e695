"""The API of cash: the fields that the kind adds to the shared answers."""

from __future__ import annotations

import uuid
from decimal import Decimal

from ninja import Schema

from vedette.apps.subjects.kinds import KindApi


class CashRow(Schema):
    """A movement of cash in the queue. Masked values are null."""

    reference: str | None
    record: str
    direction: str
    announcement: bool
    value: Decimal | None
    currency: str | None


class CashHit(Schema):
    """A movement of cash in a hit."""

    lines: int | None
    counted: bool
    count_differs: bool | None


class MessageFields(Schema):
    """The movement of a message, and the number of its lines."""

    movement_id: uuid.UUID | None
    lines: int


API = KindApi(row=CashRow, hit=CashHit, message=MessageFields)
