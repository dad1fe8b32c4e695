"""Reads and writes the CSV template of vedette. An entry is a person, a company or a vessel. An entry may
also be only a document, a telephone number, an e-mail address or a postal address. Each row is one entry.
`COLUMNS` contains the columns of the template and describes their content. Several values in one cell are
separated by semicolons. A document may begin with its country and a colon (`FR:12AB34567`).
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping

from vedette.core.cells import Table, plain
from vedette.core.entries import Entry, EntryIdentifier, EntryName

from .common import (
    ListFormat,
    Problems,
    Result,
    Source,
    births,
    clean,
    countries,
    country,
    csv_rows,
    day,
    decode_reporting,
    distinct,
    identifier,
    person,
    sex,
    unique,
    whole,
)

#: Column → its content, in the order of the template. The columns of a file may be in any order.
COLUMNS: dict[str, str] = {
    "ref": "your own id of the entry; required, unique in the list",
    "kind": "person, company, vessel, aircraft, document, phone, email or address",
    "name": "full name as written; leave it empty if surname and given_names are filled in",
    "surname": "surname, if the name can be split",
    "given_names": "given names, if the name can be split",
    "aliases": "other names, separated by ;",
    "weak_aliases": "nicknames and names too common to rely on, separated by ;",
    "birth_date": "1972, 1972-03, 1972-03-04, ~1972 (about), 1970..1974 (between); several by ;",
    "birth_place": "places of birth, separated by ;",
    "nationality": "ISO codes or English or French names, separated by ;",
    "country": "countries of residence, registration or flag, separated by ;",
    "sex": "M, F or X",
    "passport": "passport numbers, with country: FR:12AB34567; several by ;",
    "id_card": "national identity numbers, with country as for passports",
    "document": "other travel documents and visas, with country as for passports",
    "phone": "telephone numbers in international form, separated by ;",
    "email": "e-mail addresses, separated by ;",
    "address": "postal addresses, separated by ;",
    "imo": "IMO number of a vessel",
    "mmsi": "MMSI of a vessel",
    "registration": "registration number of a company or an aircraft, with country",
    "tax": "tax number, with country",
    "programme": "reasons for the listing: programmes or case references, separated by ;",
    "listed": "day of listing, 2026-11-24",
    "remarks": "free text",
}
_SCHEMAS = {
    "person": "Person",
    "company": "Organization",
    "organisation": "Organization",
    "organization": "Organization",
    "vessel": "Vessel",
    "aircraft": "Aircraft",
}
#: Kinds of rows without a name. The value of such a row is in the column with the name of the kind.
_BARE = ("document", "phone", "email", "address")
_NUMBERED = ("passport", "id_card", "document", "registration", "tax")
_PLAIN = ("phone", "email", "address", "imo", "mmsi")
_EXAMPLES: tuple[dict[str, str], ...] = (
    {
        "ref": "EX-1",
        "kind": "person",
        "surname": "EXEMPLE",
        "given_names": "Camille",
        "aliases": "Camilla Example",
        "birth_date": "1972-03-04",
        "nationality": "FR",
        "passport": "FR:00XX00000",
        "remarks": "an example: delete this row",
    },
    {"ref": "EX-2", "kind": "company", "name": "Exemple Négoce SARL", "country": "FR"},
    {"ref": "EX-3", "kind": "vessel", "name": "MV EXEMPLE", "imo": "0000000"},
    {"ref": "EX-4", "kind": "document", "passport": "FR:00XX00001", "remarks": "stolen"},
    {"ref": "EX-5", "kind": "phone", "phone": "+33 6 39 98 00 00"},
)


def template() -> str:
    """Returns the text of the template: the header, and one example row of each kind."""
    return write_rows(_EXAMPLES)


def write_rows(rows: Iterable[Mapping[str, str]]) -> str:
    """Returns rows of the template (column → text) as CSV text, with all columns in the order of
    `COLUMNS`."""
    out = io.StringIO()
    table = Table(out, line_end="\n")
    table.row(COLUMNS)
    for row in rows:
        table.row(row.get(column, "") for column in COLUMNS)
    return out.getvalue()


def _delimiter(header: str) -> str:
    """Detects the delimiter, because spreadsheet programs in many countries save CSV files with semicolons or
    tabs."""
    return max(",;\t", key=header.count)


def sniff(source: Source) -> bool:
    """Returns whether the header contains the columns `ref` and `kind`."""
    header = source.data[:4096].decode("utf-8-sig", "replace").partition("\n")[0].strip().lower()
    cells = [c.strip('" ') for c in header.split(_delimiter(header))]
    return "ref" in cells and "kind" in cells


def read(source: Source, problems: Problems) -> Result:
    """Reads all rows that have a `ref`, and a name, document, telephone number, e-mail address or postal
    address."""
    text = decode_reporting(source, problems)
    table = csv_rows(text, source.name, problems, _delimiter(text.partition("\n")[0]))
    header = [c.strip().lower() for c in next(table, (0, []))[1]]
    if any(column and column not in COLUMNS for column in header):
        problems.add("column_unknown", f"{source.name}: some columns are not in the template")
    return _entries(source.name, table, header, problems), None


def _entries(
    name: str, table: Iterator[tuple[int, list[str]]], header: list[str], problems: Problems
) -> Iterator[Entry]:
    for line, cells in table:
        if len(cells) > len(header) and any(c.strip() for c in cells):
            problems.add("row_broken", f"{name}: more cells than columns", f"line {line}")
        elif any(c.strip() for c in cells):
            row = {k: v for k, c in zip(header, cells, strict=False) if (v := clean(plain(c)))}
            entry = _entry(row, f"line {line}", problems)
            if entry is not None:
                yield entry


def _several(row: Mapping[str, str], column: str) -> list[str]:
    return [v for v in (part.strip() for part in row.get(column, "").split(";")) if v]


def _entry(row: Mapping[str, str], place: str, problems: Problems) -> Entry | None:
    kind = row.get("kind", "person").lower()
    if kind not in _SCHEMAS and kind not in _BARE:
        problems.add("row_broken", "unknown kind; left out", place)
        return None
    names = _names(row)
    found = _identifiers(row)
    if "ref" not in row or not (names or found) or (kind in _SCHEMAS and not names):
        problems.add("row_broken", "no ref, or no name or number; left out", place)
        return None
    dates, complete = births(row.get("birth_date", ""))
    if not complete:
        problems.add("date_unreadable", "birth date unreadable", place)
    return Entry(
        ref=row["ref"],
        schema=_SCHEMAS.get(kind, "Unknown"),
        names=names,
        birth_dates=tuple(dates),
        birth_places=unique(_several(row, "birth_place")),
        nationalities=countries(_several(row, "nationality")),
        countries=countries(_several(row, "country")),
        sex=sex(row.get("sex")),
        identifiers=found,
        programmes=unique(_several(row, "programme")),
        listed=day(row.get("listed")),
        remarks=row.get("remarks"),
    )


def _names(row: Mapping[str, str]) -> tuple[EntryName, ...]:
    surname, given, full = row.get("surname"), row.get("given_names"), row.get("name")
    first = EntryName(full=full, surname=surname, given_names=given) if full else None
    aliases = (whole(a, kind="alias") for a in _several(row, "aliases"))
    weak = (whole(a, weak=True, kind="alias") for a in _several(row, "weak_aliases"))
    return distinct([first or person(surname, given), *aliases, *weak])


def _identifiers(row: Mapping[str, str]) -> tuple[EntryIdentifier, ...]:
    found: list[EntryIdentifier | None] = []
    for kind in _NUMBERED:
        for value in _several(row, kind):
            before, colon, number = value.partition(":")
            land = country(before) if colon else None
            found.append(identifier(kind, number if land else value, land))
    found += [identifier(kind, value) for kind in _PLAIN for value in _several(row, kind)]
    return unique(found)


FORMAT = ListFormat(
    name="VEDETTE-CSV",
    title="vedette's own template, CSV",
    origin="own",
    sniff=sniff,
    read=read,
)
