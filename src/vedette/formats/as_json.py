"""Converts messages to JSON values. `vedette parse`, the API, and the page on which a user tests a message
use the same JSON format.

Missing values are left out. Dates are in ISO 8601. If the message states no seconds, the time has no seconds.
Money is a decimal string. Byte offsets are included only for warnings and unread parts. Fields in the
`unprinted` set of a record, such as card numbers, are never included.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec

from vedette.core import records

_PLACED = (records.Warning, records.Unread)


@cache
def _fields(kind: type[msgspec.Struct]) -> tuple[tuple[str, str, bool], ...]:
    """Returns the name of each field, its name in the JSON, and whether the field is a flag (a boolean). A
    flag is included in the JSON only if the flag is true.
    """
    placed = issubclass(kind, _PLACED)
    record = kind if issubclass(kind, records.Record) else records.Record
    return tuple(
        (name, record.printed_as.get(name, name.rstrip("_")), field.default is False)
        for field in msgspec.structs.fields(kind)
        if (name := field.name) not in record.unprinted
        and (placed or name not in ("segment", "offset"))
    )


def plain(value: Any) -> Any:
    """Converts a record or a tuple of records to dicts, lists, strings and numbers."""
    match value:
        case msgspec.Struct():
            made = {
                shown: plain(part)
                for name, shown, flag in _fields(type(value))
                if (part := getattr(value, name)) is not None and part != () and (part or not flag)
            }
            made = {shown: part for shown, part in made.items() if part != {}}
            if isinstance(value, records.Record) and (value.also_printed or value.always):
                more = ((shown, getattr(value, name)) for name, shown in value.also_printed.items())
                made |= {shown: plain(part) for shown, part in more if part != ()}
                made = {**made, **{name: made.get(name, []) for name in value.always}}
            return made
        case tuple():
            return [plain(part) for part in value]
        case dt.datetime():
            whole = not value.second and not value.microsecond
            return value.isoformat(timespec="minutes" if whole else "auto")
        case dt.date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
    return value


def message(read: records.Message, file: str, number: int) -> dict[str, Any]:
    """Converts one message to the object that `vedette parse` prints. `number` is the position of the message
    in its file, starting at 1.
    """
    made: dict[str, Any] = plain(read)
    return {
        "file": file,
        "message": number,
        "format": read.format,
        "ok": True,
        **made,
    }
