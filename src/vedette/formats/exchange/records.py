"""A record in a file is a version of an object with its owner and its marking. A record contains only fields
that may be sent (`core/releasable.py`). Each format writes these records and reads them back unchanged.

A field that the type does not have, or a value that does not match the format of its field, is refused, and
the error states its position. Therefore, no other content can be imported into vedette or exported from
vedette.
"""

from __future__ import annotations

import base64
import datetime as dt
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vedette.core import releasable, release
from vedette.core.errors import Failure
from vedette.core.releasable import TRAITS, TYPES, Field, Plan

#: Limits of a file and of a record.
MOST_RECORDS, MOST_ROWS, MOST_TEXT = 200_000, 1_000, 20_000
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_PLACE = re.compile(r"[A-Z]{2}[A-Z0-9]{1,12}", re.ASCII)
_PICTURE = ("name", "data")
_HEAD = (
    "type",
    "id",
    "owner",
    "owner_name",
    "version",
    "created",
    "modified",
    "marking",
    "exercise",
)


class BadRecord(Failure):
    """The error that is raised if a record cannot be read.

    The text of the error states the position and the cause.
    """


@dataclass(frozen=True)
class Record:
    """One version of an object. Times are in UTC (`2026-11-24T14:35:00Z`). `content` contains the fields that
    the type has.
    """

    type: str
    id: str
    owner: str
    owner_name: str
    version: int
    created: str
    modified: str
    marking: str
    exercise: bool
    content: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Returns the record as `vedette convert --to json` prints it."""
        return {name: getattr(self, name) for name in (*_HEAD, "content")}


def read(given: Any, place: str) -> Record:
    """Converts a JSON object to a record. Raises `BadRecord` with the position of the first error."""
    if not isinstance(given, dict):
        raise BadRecord(f"{place}: not a JSON object")
    if unknown := sorted(set(given) - {*_HEAD, "content"}):
        raise BadRecord(f"{place}: {unknown[0]}: a record has no such part")
    type_ = given.get("type")
    if not isinstance(type_, str) or type_ not in TYPES:
        raise BadRecord(f"{place}: type: not one of {', '.join(TYPES)}")
    version = given.get("version", 1)
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version < 1_000_000:
        raise BadRecord(f"{place}: version: not a whole number from 1 on")
    exercise = given.get("exercise", False)
    if not isinstance(exercise, bool):
        raise BadRecord(f"{place}: exercise: not true or false")
    marking = release.marking(given.get("marking"))
    if marking is None:
        raise BadRecord(f"{place}: marking: not exactly one marking of TLP 2.0, such as TLP:AMBER")
    content = given.get("content", {})
    if not isinstance(content, dict):
        raise BadRecord(f"{place}: content: not a JSON object")
    modified = _time(given.get("modified"), f"{place}: modified")
    return Record(
        type_, _uuid(given.get("id"), f"{place}: id"), _uuid(given.get("owner"), f"{place}: owner"),
        _text(given.get("owner_name", ""), f"{place}: owner_name"), version,
        _time(given.get("created", modified), f"{place}: created"), modified, marking, exercise,
        _content(type_, content, f"{place}: content"),
    )  # fmt: skip


def _uuid(value: Any, place: str) -> str:
    try:
        if isinstance(value, str) and str(uuid.UUID(value)) == value:
            return value
    except ValueError:
        pass
    raise BadRecord(f"{place}: not a UUID in small letters")


def _time(value: Any, place: str) -> str:
    try:
        if isinstance(value, str) and _TIME.fullmatch(value):
            dt.datetime.fromisoformat(value)
            return value
    except ValueError:
        pass
    raise BadRecord(f"{place}: not a time in UTC such as 2026-11-24T14:35:00Z")


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str) or len(value) > MOST_TEXT:
        raise BadRecord(f"{place}: not a text of at most {MOST_TEXT:,} characters")
    if _CONTROL.search(value):
        raise BadRecord(f"{place}: contains a control character")
    return value


def lists(type_: str) -> dict[str, tuple[Field, ...]]:
    """Returns the names of the lists in an object of a type, including the lists of people and
    photographs.
    """
    of = TYPES[type_]
    found = dict(of.lists)
    if of.people:
        found["people"] = (
            Field("nationality", releasable.COUNTRY), Field("sex", releasable.SEX),
            Field("age_band", _band),
        )  # fmt: skip
    if of.photographs:
        found["photographs"] = (Field("name", _file_name), Field("data", _picture))
    return found


def _band(value: Any, plan: Plan) -> str | None:
    return value if isinstance(value, str) and re.fullmatch(r"[0-9a-z_+-]{1,20}", value) else None


def _file_name(value: Any, plan: Plan) -> str | None:
    good = isinstance(value, str) and re.fullmatch(r"photograph-\d{1,4}\.jpg", value, re.ASCII)
    return value if good else None


def _picture(value: Any, plan: Plan) -> str | None:
    try:
        data = base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except ValueError:
        # `binascii.Error`, or characters that are not ASCII.
        return None
    return value if data.startswith(b"\xff\xd8\xff") and len(data) <= 8 << 20 else None


def _content(type_: str, given: Mapping[str, Any], place: str) -> dict[str, Any]:
    found = _fields(TYPES[type_].fields, given, place)
    rest = {name: value for name, value in given.items() if name not in found}
    if rest.get("type") == type_:
        rest.pop("type")
    known = lists(type_)
    if unknown := sorted(set(rest) - set(known)):
        raise BadRecord(f"{place}.{unknown[0]}: a record of type {type_} has no such field")
    for name in known:
        if name not in rest:
            continue
        rows = rest[name]
        if not isinstance(rows, list) or not rows or len(rows) > MOST_ROWS:
            raise BadRecord(f"{place}.{name}: not a list of 1 to {MOST_ROWS:,} objects")
        made = []
        for number, row in enumerate(rows):
            where = f"{place}.{name}.{number}"
            if not isinstance(row, dict) or not row:
                raise BadRecord(f"{where}: not a JSON object with fields")
            read_row = _fields(known[name], row, where)
            if other := sorted(set(row) - set(read_row)):
                raise BadRecord(f"{where}.{other[0]}: there is no such field")
            made.append(read_row)
        found[name] = made
    return found


def _fields(fields: tuple[Field, ...], given: Mapping[str, Any], place: str) -> dict[str, Any]:
    found = {}
    office = given.get("office")
    places = {office} if isinstance(office, str) and _PLACE.fullmatch(office) else set()
    plan = Plan(frozenset(TRAITS), frozenset(places))
    for one in fields:
        if one.name not in given:
            continue
        value = given[one.name]
        if isinstance(value, str) and one.name != "data":
            _text(value, f"{place}.{one.name}")
        if one.form(value, plan) != value or value is None:
            raise BadRecord(f"{place}.{one.name}: the value does not have the form of the field")
        found[one.name] = value
    return found


def flat(record: Record) -> dict[str, str]:
    """Returns the parts of a record as path → text, such as `content.items.0.unit` → `kg`."""
    found = {name: _plain(getattr(record, name)) for name in _HEAD}
    for name, value in record.content.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for number, row in enumerate(value):
                for key, one in row.items():
                    found[f"content.{name}.{number}.{key}"] = _plain(one)
        else:
            found[f"content.{name}"] = _plain(value)
    return found


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return " ".join(value)
    return str(value)


def unflat(parts: Mapping[str, str], place: str) -> Record:
    """Builds a record from its parts (`flat`). Raises `BadRecord`."""
    head: dict[str, Any] = {name: parts[name] for name in _HEAD if name in parts}
    type_ = head.get("type", "")
    if type_ not in TYPES:
        raise BadRecord(f"{place}: type: not one of {', '.join(TYPES)}")
    for name, known in (("version", _whole), ("exercise", _flag)):
        if name in head:
            head[name] = known(head[name])
    fields = {one.name: one for one in TYPES[type_].fields}
    known_lists = {name: {one.name: one for one in some} for name, some in lists(type_).items()}
    content: dict[str, Any] = {}
    rows: dict[str, dict[int, dict[str, Any]]] = {}
    for path, text in parts.items():
        match path.split("."):
            case [_] if path in _HEAD:
                continue
            case ["content", name] if name in fields:
                content[name] = _typed(fields[name], text)
            case ["content", name, number, key] if name in known_lists and _index(number):
                one = known_lists[name].get(key)
                if one is None:
                    raise BadRecord(f"{place}: {path}: there is no such field")
                rows.setdefault(name, {}).setdefault(int(number), {})[key] = _typed(one, text)
            case _:
                raise BadRecord(f"{place}: {path}: a record of type {type_} has no such field")
    for name, found in rows.items():
        content[name] = [found[number] for number in sorted(found)]
    return read({**head, "content": content}, place)


def _index(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 4


def _whole(text: str) -> Any:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 15 else text


def _flag(text: str) -> Any:
    return {"true": True, "false": False}.get(text, text)


def _typed(field: Field, text: str) -> Any:
    """Converts the text of a field to its value. The first type whose value matches the format of the field
    is used.
    """
    plan = Plan(frozenset(TRAITS), frozenset({text}))
    for value in (text, _whole(text), _flag(text), text.split(" ")):
        if field.form(value, plan) == value:
            return value
    return text


def limited(found: Iterator[Record]) -> Iterator[Record]:
    """Yields at most `MOST_RECORDS` records. Raises `BadRecord` if there are more."""
    for number, one in enumerate(found):
        if number >= MOST_RECORDS:
            raise BadRecord(f"more than {MOST_RECORDS:,} records; split the file")
        yield one
