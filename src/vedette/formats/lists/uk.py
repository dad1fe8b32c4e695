"""Reads the UK Sanctions List (FCDO) and the UK consolidated list of financial sanctions targets (OFSI), as
CSV and as XML.

The CSV files contain several rows for an entry, one for each combination of name, address and number. The
rows of an entry have the same group id or unique id. An XML entry is first converted to rows, so that one
function reads the entries of all four files. A cell may contain several values, each with a number in
parentheses before it, such as `(1)`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from itertools import zip_longest
from xml.etree.ElementTree import Element

from vedette.core.entries import Entry, EntryDate, EntryIdentifier, EntryName

from .common import (
    ListFormat,
    Problems,
    Result,
    Source,
    address,
    birth,
    clean,
    countries,
    csv_records,
    day,
    has_columns,
    identifier,
    joined,
    key,
    moment,
    narrow,
    ordered,
    person,
    sex,
    unique,
    whole,
)
from .xmlread import XmlEntry, local, read_xml, root_tag

#: A row of an entry: the key of a column or an element → its text.
Row = dict[str, str]

_SCHEMAS = {"individual": "Person", "entity": "Organization", "ship": "Vessel"}
#: A value of a row → its keys in the four files. The first key with a value applies.
_KEYS: dict[str, tuple[str, ...]] = {
    "kind": ("grouptype", "grouptypedescription", "designationtype", "individualentityship"),
    "name kind": ("aliastype", "aliastypename", "nametype"),
    "quality": ("aliasquality", "aliasstrength", "namestrength"),
    "script": ("namenonlatinscript",),
    "birth": ("dob", "individualdateofbirth"),
    "town": ("townofbirth", "individualtownofbirth"),
    "birth country": ("countryofbirth", "individualcountryofbirth"),
    "nationality": ("nationality", "nationalityies", "individualnationality"),
    "gender": ("gender", "individualgender"),
    "passport": ("passportnumber", "individualpassportnumber"),
    "id_card": ("nationalidentificationnumber", "nationalidentifiernumber", "individualninumber"),
    "registration": (
        "businessregistrationnumbers",
        "businessregistrationnumber",
        "entitybusinessregnumber",
        "businessregno",
    ),
    "imo": ("imonumber", "shipimonumber"),
    "hull": ("hullidentificationnumberhin", "hullidentificationnumber"),
    "flag": (
        "currentbelievedflagofship",
        "currentbelievedflagofships",
        "currentbelievedflag",
        "shipflag",
    ),
    "phone": ("phonenumber", "phonenumbers"),
    "email": ("emailaddress", "emailaddresses"),
    "website": ("website", "websites"),
    "land": ("addresscountry", "country"),
    "postcode": ("addresspostalcode", "postzipcode", "postcode"),
    "programme": ("regime", "regimename"),
    "listed": ("listedon", "datelisted", "datedesignated", "uksanctionslistdatedesignated"),
    "position": ("position", "individualposition"),
    "reason": ("ukstatementofreasons",),
    "remarks": ("otherinformation",),
}
_ITEM = re.compile(r"\s*\(\d{1,2}\)\s*")
#: `(IMO number):9000001` in the other information of OFSI.
_LABELLED = re.compile(r"\(([^():]{2,60})\):\s*(.*?)(?=\s*\([^():]{2,60}\):|$)", re.S)
_DATE = re.compile(r"([0-9A-Za-z]{1,2})/([0-9A-Za-z]{1,2})/(\d{4})")
_SEVERAL = re.compile(r"\s*[;|]\s*|,\s+(?=\S+@|\+|https?:|www\.)")


def _get(row: Row, what: str) -> str:
    return next((row[k] for k in _KEYS[what] if row.get(k)), "")


def _all(rows: list[Row], what: str) -> list[str]:
    """Returns the values of one kind in the given rows, without repetitions, and without numbers such as
    `(1)` before a value."""
    return list(
        dict.fromkeys(
            value
            for row in rows
            for part in _ITEM.split(_get(row, what))
            if (value := part.strip(" ;"))
        )
    )


def _date(text: str) -> str:
    """Converts `00/00/1970` and `dd/mm/1970` to `1970`, `00/03/1970` to `1970-03`, and other dates to ISO
    8601."""
    found = _DATE.fullmatch(text.strip().partition(" ")[0])
    if not found:
        return text
    days, months, year = found.groups()
    if not months.isdigit() or int(months) == 0:
        return year
    if not days.isdigit() or int(days) == 0:
        return f"{year}-{months}"
    return f"{year}-{months}-{days}"


def _births(rows: list[Row]) -> list[EntryDate | None]:
    return [birth(_date(text)) for text in _all(rows, "birth")]


def _name(row: Row, individual: bool) -> list[EntryName | None]:
    """Returns the names of a row, in Latin letters and in the original script."""
    kind = "primary" if key(_get(row, "name kind")) == "primaryname" else "alias"
    weak = key(_get(row, "quality")).startswith(("low", "weak"))
    given = clean(" ".join(row.get(f"name{n}", "") for n in range(1, 6)))
    surname = row.get("name6")
    if individual and given and surname:
        name = person(surname, given, weak, kind)
    else:
        name = whole(" ".join(filter(None, (given, surname))), weak, kind)
    return [name, whole(_get(row, "script"), weak, "alias")]


def _entry(ref: str, rows: list[Row], place: str, problems: Problems) -> Entry | None:
    for row in rows:
        for label, value in _LABELLED.findall(_get(row, "remarks")):
            row.setdefault(key(label), value.strip(" .;"))
    kind = next(filter(None, (_get(row, "kind").lower() for row in rows)), "")
    names = ordered(name for row in rows for name in _name(row, kind == "individual"))
    if not names:
        problems.add("entry_unreadable", f"entry {ref} has no name; left out", place)
        return None
    dates = _births(rows)
    if None in dates:
        problems.add("date_unreadable", f"entry {ref}: birth date unreadable", place)
    towns = [
        joined((town, land))
        for row in rows
        for town, land in _pairs(_all([row], "town"), _all([row], "birth country"))
    ]
    lands = [*_all(rows, "birth country"), *_all(rows, "land"), *_all(rows, "flag")]
    return Entry(
        ref=ref,
        schema=_SCHEMAS.get(kind, "Unknown"),
        names=names,
        birth_dates=unique(dates),
        birth_places=unique(towns),
        nationalities=countries(_all(rows, "nationality")),
        countries=countries(lands),
        sex=next(filter(None, map(sex, _all(rows, "gender"))), None),
        identifiers=_identifiers(rows),
        programmes=unique(_all(rows, "programme")),
        listed=next(filter(None, (day(_date(text)) for text in _all(rows, "listed"))), None),
        remarks=clean(
            "; ".join(
                unique([*_all(rows, "position"), *_raw(rows, "reason"), *_raw(rows, "remarks")])
            )
        ),
    )


def _raw(rows: list[Row], what: str) -> list[str | None]:
    return [clean(_get(row, what)) for row in rows]


def _pairs(towns: list[str], lands: list[str]) -> list[tuple[str | None, str | None]]:
    """Pairs each town of birth with a country of birth. If only one country is stated, all towns are assumed
    to be in this country."""
    if len(lands) == 1 and towns:
        return [(town, lands[0]) for town in towns]
    return list(zip_longest(towns, lands))


def _identifiers(rows: list[Row]) -> tuple[EntryIdentifier, ...]:
    found = [
        identifier(kind, value)
        for kind in ("passport", "id_card", "registration", "imo")
        for text in _all(rows, kind)
        for value in _SEVERAL.split(text)
    ]
    found += [identifier("serial", value) for value in _all(rows, "hull")]
    found += [
        identifier(kind, value)
        for kind in ("phone", "email", "website")
        for text in _all(rows, kind)
        for value in _SEVERAL.split(text)
    ]
    for row in rows:
        lines = [row.get(f"address{n}") or row.get(f"addressline{n}") for n in range(1, 7)]
        found.append(address(*lines, _get(row, "postcode"), land=_get(row, "land")))
    return unique(found)


# --- files --------------------------------------------------------------------------------------


def _entries(
    rows: Iterator[tuple[str, Row]], ids: tuple[str, ...], problems: Problems
) -> list[Entry]:
    """Groups rows by id, and reads each group as an entry, in the order of the file.

    The id of a row is the value of the first column in `ids` that the row contains.
    """
    groups: dict[str, list[Row]] = defaultdict(list)
    places: dict[str, str] = {}
    for place, row in rows:
        ref = clean(next((row[k] for k in ids if row.get(k)), ""))
        if not ref:
            problems.add("row_broken", "a row without an id; left out", place)
            continue
        places.setdefault(ref, place)
        groups[ref].append(row)
    read = (_entry(ref, group, places[ref], problems) for ref, group in groups.items())
    return [entry for entry in read if entry]


def _read_csv(ids: tuple[str, ...], source: Source, problems: Problems) -> Result:
    rows = ((f"line {line}", row) for line, row in csv_records(source, "name6", problems))
    entries = _entries(rows, ids, problems)
    first = source.data[:200].decode("latin-1").splitlines()[0].lstrip("\xef\xbb\xbf")
    return entries, moment(_issued(first.replace('"', "")))


def _issued(line: str) -> str:
    """Returns the date in a line such as `Last Updated,28/03/2025` or `Report Date: 02-Apr-2025`, in the form
    of ISO 8601."""
    found = re.search(r"\d{1,2}[/-]\w{2,3}[/-]\d{4}", line)
    stated = (
        day(_date(found[0]) if "/" in found[0] else found[0].replace("-", " ")) if found else None
    )
    return stated.isoformat() if stated else ""


def _leaves(element: Element) -> Row:
    return {
        key(local(e.tag)): t
        for e in element
        if not len(e) and (t := narrow((e.text or "").strip()))
    }


def _designation(element: Element) -> Iterator[Row]:
    """Yields the rows of an XML entry, one for each element that contains texts. If elements are repeated
    under one parent, such as birth dates, each of them becomes a separate row."""
    for parent in element.iter():
        tags = [e.tag for e in parent if not len(e)]
        if len(set(tags)) == len(tags):
            yield _leaves(parent)
        else:
            for e in parent:
                if not len(e) and (text := narrow((e.text or "").strip())):
                    yield {key(local(e.tag)): text}


def _xml_rows(found: list[XmlEntry], ids: tuple[str, ...]) -> Iterator[tuple[str, Row]]:
    for x in found:
        rows = list(_designation(x.element))
        stated = {k: row[k] for row in rows for k in ids if k in row}
        for row in rows:
            if row:
                yield x.segment, {**row, **stated}


def _read_xml(tag: str, ids: tuple[str, ...], source: Source, problems: Problems) -> Result:
    found, stated = read_xml(source, (tag,), problems)
    issued = stated.get("DateGenerated") or stated.get("LastUpdated") or ""
    return _entries(_xml_rows(found, ids), ids, problems), moment(_issued(issued) or issued)


_LIST_IDS = ("uniqueid", "ofsigroupid")
_OFSI_IDS = ("groupid", "ofsigroupid")

LIST_CSV = ListFormat(
    name="UK-SANCTIONS-CSV",
    title="UK Sanctions List, CSV",
    origin="specification",
    sniff=lambda source: has_columns(source, "uniqueid", "name6"),
    read=partial(_read_csv, _LIST_IDS),
)
LIST_XML = ListFormat(
    name="UK-SANCTIONS-XML",
    title="UK Sanctions List, XML",
    origin="specification",
    sniff=lambda source: root_tag(source) == "Designations",
    read=partial(_read_xml, "Designation", _LIST_IDS),
)
OFSI_CSV = ListFormat(
    name="UK-OFSI-CSV",
    title="UK consolidated list of financial sanctions targets (OFSI), CSV",
    origin="specification",
    sniff=lambda source: has_columns(source, "groupid", "name6"),
    read=partial(_read_csv, _OFSI_IDS),
)
OFSI_XML = ListFormat(
    name="UK-OFSI-XML",
    title="UK consolidated list of financial sanctions targets (OFSI), XML",
    origin="specification",
    sniff=lambda source: root_tag(source) == "ArrayOfFinancialSanctionsTarget",
    read=partial(_read_xml, "FinancialSanctionsTarget", _OFSI_IDS),
)
