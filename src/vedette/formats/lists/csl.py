"""Reads the US Consolidated Screening List (`consolidated.csv`, `consolidated.json`), which contains the
lists of the Departments of Commerce, State and the Treasury.

The JSON and the CSV file have the same fields. In the CSV file, semicolons separate the values of a field,
and commas separate the parts of an address or a number.
"""

from __future__ import annotations

from typing import Any

from vedette.core.entries import Entry, EntryIdentifier

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
    distinct,
    has_columns,
    identifier,
    json_records,
    said,
    several,
    sex,
    split,
    unique,
)
from .ofac import SCHEMAS, kind_of, listed_name

#: A number: its type, the number, its country.
Number = tuple[str, str, str | None]
#: Fields that are lists in the JSON and separated by semicolons in the CSV.
_LISTS = (
    "programs",
    "alt_names",
    "citizenships",
    "nationalities",
    "dates_of_birth",
    "places_of_birth",
)
_REMARKED = ("title", "remarks", "federal_register_notice", "license_requirement", "license_policy",
             "vessel_type", "vessel_owner")  # fmt: skip


def _entry(
    ref: str,
    row: dict[str, Any],
    addresses: list[EntryIdentifier | None],
    numbers: list[Number],
    place: str,
    problems: Problems,
) -> Entry | None:
    """Makes an entry from the fields of a record. The value of each field in `_LISTS` is a list of texts."""
    kind = said(row.get("type")).strip().lower()
    individual = kind == "individual"
    names = distinct(
        listed_name(name, individual, weak=False, kind="primary" if n == 0 else "alias")
        for n, name in enumerate([said(row.get("name")), *row["alt_names"]])
        if name.strip()
    )
    if not ref or not names:
        problems.add("row_broken", "no id or no name; left out", place)
        return None
    dates, complete = births("; ".join(row["dates_of_birth"]))
    if not complete:
        problems.add("date_unreadable", f"entry {ref}: birth date unreadable", place)
    identifiers = [
        identifier(known[0] if (known := kind_of(label)) else "document", number, land)
        for label, number, land in numbers
        if label.lower() != "gender"
    ]
    ends = said(row.get("end_date"))
    lands = [p.rpartition(", ")[2] for p in row["places_of_birth"]]
    lands += [said(row.get("vessel_flag")), said(row.get("country"))]
    return Entry(
        ref=ref,
        schema=SCHEMAS.get(kind, "Organization" if kind == "entity" else "Unknown"),
        names=names,
        birth_dates=unique(dates),
        birth_places=unique(map(clean, row["places_of_birth"])),
        nationalities=countries([*row["nationalities"], *row["citizenships"]]),
        countries=unique([*(a.country for a in addresses if a), *countries(lands)]),
        sex=next((sex(number) for label, number, _ in numbers if label.lower() == "gender"), None),
        identifiers=unique(
            [*identifiers, identifier("call_sign", said(row.get("call_sign"))), *addresses]
        ),
        programmes=unique(map(clean, row["programs"] or [said(row.get("source"))])),
        listed=day(said(row.get("start_date"))),
        remarks=clean(
            "; ".join(
                unique(
                    [*(said(row.get(f)) for f in _REMARKED), f"expires {ends}" if ends else None]
                )
            )
        ),
    )


def _read_json(source: Source, problems: Problems) -> Result:
    entries = []
    for place, row in json_records(source, "source_list_url", problems):
        homes = [
            address(*(said(one.get(part)) for part in ("address", "city", "state", "postal_code")),
                    land=said(one.get("country")) or None)
            for one in _objects(row.get("addresses"))
        ]  # fmt: skip
        numbers: list[Number] = [
            (said(one.get("type")), said(one.get("number")), said(one.get("country")) or None)
            for one in _objects(row.get("ids"))
        ]
        row |= {field: several(row.get(field)) for field in _LISTS}
        ref = said(row.get("id")) or said(row.get("entity_number"))
        entries.append(_entry(ref, row, homes, numbers, place, problems))
    return [e for e in entries if e], None


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


#: The names of the fields, by their keys in the table.
_FIELDS = {
    field.replace("_", ""): field
    for field in (*_LISTS, *_REMARKED, "type", "name", "source", "start_date", "end_date",
                  "vessel_flag", "call_sign", "country")
}  # fmt: skip


def _read_csv(source: Source, problems: Problems) -> Result:
    entries = []
    for line, cells in csv_records(source, "sourcelisturl", problems):
        row: dict[str, Any] = {_FIELDS[k]: cell for k, cell in cells.items() if k in _FIELDS}
        row |= {field: split(row.get(field)) for field in _LISTS}
        homes = list(map(_address, split(cells.get("addresses"))))
        numbers = [n for text in split(cells.get("ids")) if (n := _number(text))]
        ref = cells.get("id") or cells.get("entitynumber") or ""
        entries.append(_entry(ref, row, homes, numbers, f"line {line}", problems))
    return [e for e in entries if e], None


def _address(text: str) -> EntryIdentifier | None:
    """Reads an address, whose last part may be the code of its country."""
    rest, _, last = text.rpartition(", ")
    if len(last) == 2 and country(last):
        return address(*rest.split(", "), land=last)
    return address(*text.split(", "))


def _number(text: str) -> Number | None:
    """Reads the type, the country and the number of an identifier, in any order."""
    parts = split(text, ",")
    label = max((p for p in parts if kind_of(p) or p.lower() == "gender"), key=len, default="")
    parts = [p for p in parts if p != label]
    land = next((p for p in parts if len(p) == 2 and p.isupper() and country(p)), None)
    rest = [p for p in parts if p != land]
    return (label, rest[0], land) if rest else None


def _sniff_json(source: Source) -> bool:
    head = source.data[:65536].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith((b"{", b"[")) and b'"source_list_url"' in head


JSON = ListFormat(
    name="US-CSL-JSON",
    title="US Consolidated Screening List, JSON",
    origin="specification",
    sniff=_sniff_json,
    read=_read_json,
)
CSV = ListFormat(
    name="US-CSL-CSV",
    title="US Consolidated Screening List, CSV",
    origin="specification",
    sniff=lambda source: has_columns(source, "sourcelisturl", "name", "altnames"),
    read=_read_csv,
)
