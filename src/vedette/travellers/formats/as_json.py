"""Messages as plain values for JSON: the output contract of `vedette parse`, the API and the page that
tries a message.

What is missing is absent. Dates are ISO 8601, times without seconds where there are none, money is a
decimal string. Offsets are given with warnings and unread stretches only; card numbers never.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec

from vedette.travellers import records

#: Not of the contract, or not for printing.
_LEFT_OUT = frozenset({"body", "stated_bookings", "card_number", "card_expiry", "payer"})
_RENAMED = {"booking_class": "class", "from_": "from"}
#: Said only where true.
_FLAGS = frozenset({"infant", "placeholder", "refused", "surface", "group_name"})
_PLACED = (records.Warning, records.Unread)
#: Lists that are printed when empty too.
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
    """A record, or a tuple of records, as dicts, lists, strings and numbers."""
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
    """One message as the object that `vedette parse` prints; `number` counts from 1 in its file."""
    made: dict[str, Any] = plain(read)
    head = {"file": file, "message": number, "format": read.format, "ok": True}
    return head | made | {name: made.get(name, []) for name in _ALWAYS}
