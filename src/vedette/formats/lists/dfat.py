"""Reads Australia's consolidated list of the Department of Foreign Affairs and Trade (DFAT), as CSV or Excel.

Each row contains one name. For example, the primary name of an entry has the reference `101`, and its other
names have the references `101a`, `101b` … A cell may contain several values, each with a letter before it,
such as `a)`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict

from vedette.core.entries import Entry, EntryDate, EntryIdentifier

from .common import (
    ListFormat,
    Problems,
    Result,
    Source,
    address,
    births,
    clean,
    countries,
    country,
    csv_records,
    day,
    has_columns,
    identifier,
    key,
    ordered,
    sex,
    split,
    unique,
    whole,
)

Row = dict[str, str]
_SCHEMAS = {"individual": "Person", "entity": "Organization", "vessel": "Vessel"}
_ITEM = re.compile(r"(?:^|[\s;,])\s*(?:[a-z]|[ivx]{1,4})\)\s*", re.I)
_PASSPORT = re.compile(r"passport(?:\s+(?:no\.?|number))*:?\s+((?=\w*\d)[\w-]{5,20})", re.I)
_IDENTITY = re.compile(
    r"(?:national )?(?:identification|identity)(?: card)?(?: number| no\.?)?:?\s+((?=\w*\d)[\w-]{5,20})",
    re.I,
)
#: The measures of an entry, which the newer file states in columns of their own.
_MEASURES = {
    "targetedfinancialsanction": "targeted financial sanction",
    "travelban": "travel ban",
    "armsembargo": "arms embargo",
    "maritimerestriction": "maritime restriction",
}


def _items(rows: list[Row], column: str) -> list[str]:
    return list(
        dict.fromkeys(
            text
            for row in rows
            for line in row.get(column, "").splitlines()
            for part in _ITEM.split(line)
            if (text := part.strip(" ;,"))
        )
    )


def _births(rows: list[Row]) -> tuple[list[EntryDate], bool]:
    """Returns the birth dates of all rows, and whether all dates could be read. A comma or `and` separates
    dates, except in `between 1960 and 1965`."""
    found: list[EntryDate] = []
    complete = True
    for text in _items(rows, "dateofbirth"):
        if "between" not in text.lower():
            text = re.sub(r",\s*(?:and\s+)?|\s+and\s+", " or ", text)
        read, whole_ = births(re.sub(r"approximately", "circa", text, flags=re.I))
        found += read
        complete = complete and whole_
    return found, complete


def _entry(ref: str, rows: list[Row], line: int, problems: Problems) -> Entry | None:
    names = []
    for row in rows:
        kind = "primary" if key(row.get("nametype", "")).startswith("primary") else "alias"
        weak = (
            key(row.get("aliasstrength", "")) == "weak" or "weak" in row.get("nametype", "").lower()
        )
        names.append(whole(row.get("nameofindividualorentity"), weak, kind))
    kept = ordered(names)
    if not kept:
        problems.add("row_broken", f"entry {ref} has no name; left out", f"line {line}")
        return None
    dates, complete = _births(rows)
    if not complete:
        problems.add("date_unreadable", f"entry {ref}: birth date unreadable", f"line {line}")
    type_ = next(filter(None, (row.get("type", "").strip().lower() for row in rows)), "")
    homes = _items(rows, "address")
    notes = unique(clean(row.get("additionalinformation")) for row in rows)
    text = " ".join(notes)
    nations = [part for one in _items(rows, "citizenship") for part in split(one, ",")]
    measures = [
        measure for column, measure in _MEASURES.items()
        if any(row.get(column, "").lower() in ("true", "1", "yes", "y") for row in rows)
    ]  # fmt: skip
    return Entry(
        ref=ref,
        schema=_SCHEMAS.get(type_, "Unknown"),
        names=kept,
        birth_dates=unique(dates),
        birth_places=unique(map(clean, _items(rows, "placeofbirth"))),
        nationalities=countries(nations) if type_ == "individual" else (),
        countries=countries(
            [*([] if type_ == "individual" else nations), *(h.rpartition(",")[2] for h in homes)]
        ),
        sex=next(
            filter(None, map(sex, re.findall(r"\b(?:gender|sex):?\s+(\w+)", text, re.I))), None
        ),
        identifiers=unique(
            [
                *(identifier("passport", n) for n in _PASSPORT.findall(text)),
                *(identifier("id_card", n) for n in _IDENTITY.findall(text)),
                *(identifier("imo", n.removeprefix("IMO ")) for n in _items(rows, "imonumber")),
                *map(_address, homes),
            ]
        ),
        programmes=unique(clean(row.get("committees")) for row in rows),
        listed=next(filter(None, (_day(row.get("controldate", "")) for row in rows)), None),
        remarks=clean(
            "; ".join(
                unique([*notes, *(clean(row.get("listinginformation")) for row in rows), *measures])
            )
        ),
    )


def _address(home: str) -> EntryIdentifier | None:
    """Reads an address, whose last part may be its country."""
    rest, _, last = home.rpartition(",")
    if country(last.strip(" .")):
        return address(*split(rest, ","), land=last.strip(" ."))
    return address(*split(home, ","))


def _day(text: str) -> dt.date | None:
    """Reads the control date, in the form `2/02/2026` or `2/2/26` (day first) or in ISO 8601."""
    short = re.fullmatch(r"(\d{1,2}/\d{1,2}/)(\d{2})", text)
    return day(f"{short[1]}20{short[2]}" if short else text)


def _read(source: Source, problems: Problems) -> Result:
    groups: dict[str, list[Row]] = defaultdict(list)
    lines: dict[str, int] = {}
    for line, row in csv_records(source, "nameofindividualorentity", problems):
        found = re.match(r"\d+", row.get("reference", ""))
        if not found:
            problems.add("row_broken", "a row without a reference; left out", f"line {line}")
            continue
        lines.setdefault(found[0], line)
        groups[found[0]].append(row)
    read = (_entry(ref, rows, lines[ref], problems) for ref, rows in groups.items())
    return [entry for entry in read if entry], None


FORMAT = ListFormat(
    name="AU-DFAT",
    title="Australia consolidated list (DFAT), CSV or Excel",
    origin="specification",
    sniff=lambda source: has_columns(source, "reference", "nameofindividualorentity"),
    read=_read,
)
