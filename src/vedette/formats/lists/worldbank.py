"""Reads the World Bank's listing of ineligible firms and individuals, as JSON, CSV or Excel.

The CSV file contains no ids. The id of an entry (`ref`) is the hash of its name, its country and the first
day of its ineligibility. Additional names are in parentheses after the name. An asterisk and a footnote
number may follow the name.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re

from vedette.core.entries import Entry

from .common import (
    ListFormat,
    Problems,
    Result,
    Source,
    address,
    clean,
    countries,
    csv_records,
    day,
    distinct,
    has_columns,
    json_records,
    said,
    split,
    unique,
    whole,
)

_ALSO = re.compile(
    r"\(\s*(?:also known as|formerly known as|formerly|a\.?k\.?a\.?|f\.?k\.?a\.?|d/?b/?a"
    r"|also doing business as):?\s+([^()]{2,500})\)",
    re.I,
)
_TITLE = re.compile(r"^(?:MR|MRS|MS|DR|MME|M)\.\s+", re.I)
#: The first year that means an ineligibility without end.
_EVER = 2900


def _entry(row: dict[str, str], place: str, problems: Problems) -> Entry | None:
    """Makes an entry from a row of the table. The JSON reader first converts each record to a row of the
    table."""
    text = re.sub(r"\s*\*\s*\d*\s*$", "", clean(row.get("firmname")) or "")
    first = _ALSO.sub("", text).strip()
    others = [
        one
        for found in _ALSO.findall(text)
        for one in re.split(r";\s*|,?\s+a\.?k\.?a\.?\s+", found)
    ]
    names = distinct([whole(_TITLE.sub("", first)), *(whole(one, kind="alias") for one in others)])
    if not names:
        problems.add("row_broken", "no name; left out", place)
        return None
    listed, last = _day(_first(row, _SINCE)), _day(_first(row, _UNTIL))
    type_, land = row.get("type", ""), row.get("country", "")
    individual = type_ == "I" or bool(_TITLE.match(first))
    ident = f"{names[0].full.casefold()}|{land.casefold()}|{listed}".encode()
    end = f"expires {last.isoformat()}" if last and last.year < _EVER else None
    return Entry(
        ref=row.get("ref") or hashlib.sha256(ident).hexdigest()[:16],
        schema="Person" if individual else "Organization" if type_ else "Unknown",
        names=names,
        countries=countries([land]),
        identifiers=unique([address(*split(row.get("address"), ","), land=land)]),
        programmes=("World Bank",),
        listed=listed,
        remarks=clean("; ".join(unique([row.get("grounds"), row.get("information"), end]))),
    )


#: The possible names of the columns of the first and the last day. They differ between the pages of the Bank.
_SINCE = ("fromdateineligibilityperiod", "ineligibilityperiodfrom", "fromdate", "from")
_UNTIL = ("todateineligibilityperiod", "ineligibilityperiodto", "todate", "to")


def _first(row: dict[str, str], columns: tuple[str, ...]) -> str:
    return next((row[column] for column in columns if column in row), "")


def _day(text: str) -> dt.date | None:
    """Parses a day such as `2023-05-01`, `01-MAY-2023` or `28-Mar-2023`."""
    return day(text if text[:4].isdigit() else text.replace("-", " "))


#: Field of the JSON → column. Several fields of one column are joined by commas.
_FIELDS = (
    ("SUPP_ID", "ref"),
    ("SUPP_TYPE_CODE", "type"),
    ("SUPP_NAME", "firmname"),
    ("SUPP_ADDR", "address"),
    ("SUPP_CITY", "address"),
    ("SUPP_STATE_CODE", "address"),
    ("SUPP_ZIP_CODE", "address"),
    ("COUNTRY_NAME", "country"),
    ("DEBAR_FROM_DATE", "fromdate"),
    ("DEBAR_TO_DATE", "todate"),
    ("DEBAR_REASON", "grounds"),
    ("ADD_SUPP_INFO", "information"),
)


def _read_json(source: Source, problems: Problems) -> Result:
    entries = []
    for place, record in json_records(source, "SUPP_NAME", problems):
        row: dict[str, str] = {}
        for field, column in _FIELDS:
            if text := said(record.get(field)).strip():
                row[column] = f"{row[column]}, {text}" if column in row else text
        entries.append(_entry(row, place, problems))
    return [e for e in entries if e], None


def _read_csv(source: Source, problems: Problems) -> Result:
    rows = csv_records(source, "firmname", problems)
    read = (_entry(row, f"line {line}", problems) for line, row in rows)
    return [e for e in read if e], None


def _sniff_json(source: Source) -> bool:
    head = source.data[:65536].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith((b"{", b"[")) and b'"SUPP_NAME"' in head


JSON = ListFormat(
    name="WORLD-BANK-JSON",
    title="World Bank ineligible firms and individuals, JSON",
    origin="specification",
    sniff=_sniff_json,
    read=_read_json,
)
CSV = ListFormat(
    name="WORLD-BANK-CSV",
    title="World Bank ineligible firms and individuals, CSV or Excel",
    origin="specification",
    sniff=lambda source: has_columns(source, "firmname", "grounds"),
    read=_read_csv,
)
