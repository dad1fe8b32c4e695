"""Reads INTERPOL public notices as JSON: result pages of the search (`_embedded.notices`), or single notices.

A notice contains a name in two parts, a birth date and nationalities. A single notice also contains the
charges and the countries that issued the warrants. A page contains at most 160 notices; several pages may be
imported together.
"""

from __future__ import annotations

import re
from typing import Any

from vedette.core.entries import Entry

from .common import (
    ListFormat,
    Problems,
    Result,
    Source,
    birth,
    clean,
    countries,
    distinct,
    joined,
    json_records,
    person,
    said,
    several,
    sex,
    unique,
    whole,
)

_COLOUR = re.compile(r"/notices/v\d+/(red|yellow|un|blue|green|black|orange|purple)/")


def _entry(row: dict[str, Any], place: str, problems: Problems) -> Entry | None:
    ref = said(row.get("entity_id")).replace("-", "/")
    names = distinct(
        [
            person(said(row.get("name")), said(row.get("forename"))),
            *(whole(text, kind="alias") for text in several(row.get("name_in_original_script"))),
            *(
                person(said(one.get("name")), said(one.get("forename")), kind="alias")
                if isinstance(one, dict)
                else whole(said(one), kind="alias")
                for one in _list(row.get("aliases"))
            ),
        ]
    )
    if not ref or not names:
        problems.add("row_broken", "no id or no name; left out", place)
        return None
    stated = several(row.get("date_of_birth"))
    dates = [birth(text.replace("/", "-")) for text in stated]
    if None in dates:
        problems.add("date_unreadable", f"entry {ref}: birth date unreadable", place)
    born = said(row.get("country_of_birth_id"))
    charges = [
        joined((said(one.get("issuing_country_id")), said(one.get("charge"))))
        for one in _list(row.get("arrest_warrants"))
        if isinstance(one, dict)
    ]
    return Entry(
        ref=ref,
        schema="Person" if row.get("forename") or row.get("sex_id") or stated else "Unknown",
        names=names,
        birth_dates=unique(dates),
        birth_places=unique([joined((said(row.get("place_of_birth")), born))]),
        nationalities=countries(several(row.get("nationalities"))),
        countries=countries([born]),
        sex=sex(said(row.get("sex_id"))),
        programmes=unique([_programme(row), *several(row.get("un_reference"))]),
        remarks=clean("; ".join(unique([*charges, said(row.get("distinguishing_marks"))]))),
    )


def _programme(row: dict[str, Any]) -> str:
    """Returns the kind of a notice (such as red). Only the web address of the notice contains its kind."""
    links = row.get("_links")
    own = links.get("self") if isinstance(links, dict) else None
    found = _COLOUR.search(said(own.get("href"))) if isinstance(own, dict) else None
    if found is None:
        return "INTERPOL"
    return f"INTERPOL {'UN' if found[1] == 'un' else found[1]} notice"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _read(source: Source, problems: Problems) -> Result:
    rows = json_records(source, "entity_id", problems)
    read = (_entry(row, place, problems) for place, row in rows)
    return [entry for entry in read if entry], None


def _sniff(source: Source) -> bool:
    head = source.data[:65536].lstrip(b"\xef\xbb\xbf \t\r\n")
    marks = (b'"forename"', b'"nationalities"', b'"date_of_birth"')
    return (
        head.startswith((b"{", b"[")) and b'"entity_id"' in head and any(m in head for m in marks)
    )


FORMAT = ListFormat(
    name="INTERPOL-JSON",
    title="INTERPOL public notices, JSON",
    origin="specification",
    sniff=_sniff,
    read=_read,
)
