"""Converts messages to plain JSON values: the output format of `vedette parse`, the API and the page that
tries a message.

Missing values are left out. Dates are ISO 8601, times have no seconds if none are stated, money is a decimal
string. Only warnings and unread parts have offsets; card numbers are never included.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec

from vedette.travellers import records

#: Fields that are not part of the output format or must not be printed.
_LEFT_OUT = frozenset({"body", "stated_bookings", "card_number", "card_expiry", "payer"})
_RENAMED = {"booking_class": "class", "from_": "from"}
#: Fields that are printed only if true.
_FLAGS = frozenset({"infant", "placeholder", "refused", "surface", "group_name"})
_PLACED = (records.Warning, records.Unread)
#: Lists that are printed even if empty.
_ALWAYS = ("flights", "travellers", "bookings", "warnings")


@cache
def _fields(kind: type[msgspec.Struct]) -> tuple[tuple[str, str, bool], ...]:
    placed = issubclass(kind, _PLACED)
    return tuple(
        (name, _RENAMED.get(name, name), name in _FLAGS)
        for name in kind.__struct_fields__
        if name not in _LEFT_OUT and (placed or name not in ("segment", "offset"))
    )


def plain(value: Any) -> Any:
    """Converts a record or a tuple of records to dicts, lists, strings and numbers."""
    if isinstance(value, msgspec.Struct):
        result = {}
        for name, shown, flag in _fields(type(value)):
            part = getattr(value, name)
            if part is None or part == () or (flag and not part):
                continue
            made = plain(part)
            if made != {}:
                result[shown] = made
        return result
    if isinstance(value, tuple):
        return [plain(part) for part in value]
    if isinstance(value, dt.datetime):
        whole = not value.second and not value.microsecond
        return value.isoformat(timespec="minutes" if whole else "auto")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return value


def message(read: records.Message, file: str, number: int) -> dict[str, Any]:
    """Converts one message to the object that `vedette parse` prints; `number` counts from 1 in its file."""
    made: dict[str, Any] = plain(read)
    head = {"file": file, "message": number, "format": read.format, "ok": True}
    return head | made | {name: made.get(name, []) for name in _ALWAYS}
