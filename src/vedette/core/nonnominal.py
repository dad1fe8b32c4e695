"""Builds the view of a record that contains no data about identified people.

The view is built from the list of fields that may be sent (`core/releasable.py`). The view is not made by
deleting data from a copy of the record. A value is sent only if it matches the format of its field. For
example, a name in the field of a country does not match the format. Birth dates become age bands. A text or a
photograph is sent only if a person has read exactly this text or seen exactly this photograph. The SHA-256 of
the text or photograph identifies it.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from vedette.core import pictures, small_cells
from vedette.core.releasable import COUNTRY, SEX, TRAITS, TYPES, Field, Form, Plan

#: Age bands: the first age of each, and its name.
AGE_BANDS = ((0, "0-17"), (18, "18-29"), (30, "30-44"), (45, "45-59"), (60, "60+"))
#: Greatest number of objects in a list of a record; the rest stays.
MAX_LIST = 1_000


class BadRecord(ValueError):
    """The error that is raised if a record cannot be read. The text of the error states the position and the
    cause, and contains no value of the record.
    """


@dataclass
class View:
    """The non-nominal view of a record. `waiting` contains the fields whose text or photographs a person must
    check first. `stayed` contains the fields that are in the list of fields that may be sent, but whose value
    does not match the required format.
    """

    content: dict[str, Any]
    waiting: list[str] = field(default_factory=list)
    stayed: list[str] = field(default_factory=list)


def digest(text: str | bytes) -> str:
    """Returns the SHA-256, in hex, with which a person confirms that a text was read or a photograph was
    seen.
    """
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def age_band(born: object, on: object) -> str | None:
    """Returns the age band on a day. `born` is a date in ISO 8601, or a year with or without a month. The
    result is None if the date does not exist, or if a partial date permits two age bands.
    """
    day = _date(on)
    if day is None or not isinstance(born, str):
        return None
    parts = born.split("-")
    if len(parts) == 3:
        bounds = [_date(born)] * 2
    else:
        bounds = [_date("-".join([*parts, *end][:3])) for end in (["01", "01"], ["12", "28"])]
    bands = {_band(one, day) for one in bounds}
    return bands.pop() if len(bands) == 1 else None


def _date(value: object) -> dt.date | None:
    try:
        found = dt.date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is not None and found.isoformat() == value else None


def _band(born: dt.date | None, on: dt.date) -> str | None:
    if born is None or born > on:
        return None
    age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return next(name for first, name in reversed(AGE_BANDS) if age >= first)


def view(type: str, record: Mapping[str, Any], plan: Plan, read: Collection[str]) -> View:
    """Returns the non-nominal view of a record.

    `type` is a key of `TYPES`. `read` contains the SHA-256 (`digest`) of the texts and photographs that a
    person has read. Raises `BadRecord` if the type is unknown.
    """
    if type not in TYPES:
        raise BadRecord(f"type: not one of {', '.join(TYPES)}, table")
    of = TYPES[type]
    made = View({"type": type})
    _fields(of.fields, record, plan, read, made.content, made, "")
    for name, fields in of.lists.items():
        made_list = []
        for row in _objects(record.get(name)):
            one: dict[str, Any] = {}
            _fields(fields, row, plan, read, one, made, f"{name}.")
            if one:
                made_list.append(one)
        if made_list:
            made.content[name] = made_list
    if of.people and (people := _people(record, plan)):
        made.content["people"] = people
    if of.photographs:
        _photographs(record, read, made)
    made.waiting, made.stayed = sorted(set(made.waiting)), sorted(set(made.stayed))
    return made


def _objects(value: Any) -> list[Mapping[str, Any]]:
    found = value if isinstance(value, list) else []
    return [one for one in found[:MAX_LIST] if isinstance(one, Mapping)]


def _fields(
    fields: tuple[Field, ...],
    record: Mapping[str, Any],
    plan: Plan,
    read: Collection[str],
    into: dict[str, Any],
    made: View,
    before: str,
) -> None:
    for one in fields:
        value = record.get(one.name)
        if value is None or value == "":
            continue
        found = one.form(value, plan)
        if found is None:
            made.stayed.append(before + one.name)
        elif one.text and digest(found) not in read:
            made.waiting.append(before + one.name)
        else:
            into[one.name] = found


def _people(record: Mapping[str, Any], plan: Plan) -> list[dict[str, str]]:
    """Returns the traits of a person that the plan permits. The traits are sorted, because their order in the
    record could identify people.
    """
    on = record.get("day") or str(record.get("happened_at") or "")[:10]
    people = []
    for person in _objects(record.get("people")):
        found = {
            "nationality": COUNTRY(person.get("nationality"), plan),
            "sex": SEX(person.get("sex"), plan),
            "age_band": age_band(person.get("birth_date"), on),
        }
        people.append({name: found[name] for name in TRAITS if name in plan.traits and found[name]})
    return sorted((one for one in people if one), key=lambda one: sorted(one.items()))


def _photographs(record: Mapping[str, Any], read: Collection[str], made: View) -> None:
    """Returns new pictures that contain only the pixels of the original pictures (no metadata) and have new
    names. A file that is not a picture is left out.
    """
    new: list[dict[str, str]] = []
    for row in _objects(record.get("photographs")):
        try:
            data = base64.b64decode(row.get("data") or "", validate=True)
        except (TypeError, ValueError):
            made.stayed.append("photographs")
            continue
        if digest(data) not in read:
            made.waiting.append("photographs")
            continue
        try:
            picture = pictures.read(data).data
        except pictures.Unreadable:
            made.stayed.append("photographs")
            continue
        new.append(
            {"name": f"photograph-{len(new) + 1}.jpg", "data": base64.b64encode(picture).decode()}
        )
    if new:
        made.content["photographs"] = new


def _age_band(value: Any, plan: Plan) -> str | None:
    return value if value in [name for _, name in AGE_BANDS] else None


#: The values by which people are counted in a table.
_BY: Mapping[str, Form] = {
    "nationality": COUNTRY,
    "country": COUNTRY,
    "sex": SEX,
    "age_band": _age_band,
}


def table(record: Mapping[str, Any]) -> View:
    """Returns a table of numbers of people without small cells (`core/small_cells.py`).

    The record has `rows` and `columns` (keys of nationality, country, sex, age_band) and `cells`, a list of
    objects with `row`, `column` and `people`. Raises `BadRecord` if a cell cannot be read, because a total
    without this cell would be wrong.
    """
    by = [_BY.get(str(record.get(side))) for side in ("rows", "columns")]
    if by[0] is None or by[1] is None:
        raise BadRecord(f"rows, columns: each is one of {', '.join(_BY)}")
    counts: dict[tuple[str, str], int] = {}
    cells = record.get("cells")
    if not isinstance(cells, list):
        raise BadRecord("cells: a list is needed")
    for number, cell in enumerate(cells):
        place = f"cells[{number}]"
        if not isinstance(cell, Mapping):
            raise BadRecord(f"{place}: not an object")
        row, column = by[0](cell.get("row"), Plan()), by[1](cell.get("column"), Plan())
        people = cell.get("people")
        if row is None or column is None:
            raise BadRecord(f"{place}: row or column is not a code of its list")
        if not isinstance(people, int) or isinstance(people, bool) or people < 0:
            raise BadRecord(f"{place}.people: not a number of people")
        if (row, column) in counts:
            raise BadRecord(f"{place}: the cell occurs twice")
        counts[row, column] = people
    published = small_cells.publish(counts)
    return View(
        {
            "type": "table",
            "rows": record["rows"],
            "columns": record["columns"],
            "cells": [
                {"row": row, "column": column, "people": people}
                for (row, column), people in sorted(published.items())
            ],
        }
    )
