"""Reads lists of OFAC. The list of Specially Designated Nationals (SDN) is read from three CSV files
(`sdn.csv`, `alt.csv`, `add.csv`). The SDN list and the consolidated non-SDN list are also read from XML
(schema of `sdn.xml`, with its old or new namespace).

The CSV files have no header. The text `-0-` means an empty value, and a line with the character Ctrl-Z ends a
file. The remarks contain birth dates, places, nationalities, documents and weak aliases, as in `DOB 1951; POB
Tehran, Iran; Passport G025057 (Iran); a.k.a. 'X'.` Identifiers in the XML files have the same labels as those
in the remarks.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from vedette.core.entries import Entry, EntryIdentifier, EntryName

from .common import (
    ListFormat,
    Problems,
    Result,
    Source,
    address,
    birth,
    clean,
    countries,
    country,
    csv_rows,
    decode_reporting,
    distinct,
    identifier,
    person,
    sex,
    unique,
    whole,
)
from .xmlread import XmlEntry, xml_format

SCHEMAS = {"individual": "Person", "vessel": "Vessel", "aircraft": "Aircraft"}
#: Columns of sdn: ent_num, name, type, program, title, call sign, vessel type, tonnage, GRT, flag, owner,
#: remarks.
_COLUMNS = {"sdn": 12, "alt": 5, "add": 6}
_ADDRESS = ("address1", "address2", "address3", "city", "stateOrProvince", "postalCode")
#: First words of a label (without `alt.`) → kind of identifier. The longest match applies.
KINDS: tuple[tuple[str, str], ...] = (
    ("Vessel Registration Identification", "imo"),
    ("Identification Number IMO", "imo"),
    ("Company Number IMO", "imo"),
    ("MMSI", "mmsi"),
    ("Passport", "passport"),
    ("Stateless Person Passport", "passport"),
    ("Diplomatic Passport", "passport"),
    ("Travel Document", "document"),
    ("Refugee ID Card", "document"),
    ("Driver's License No.", "document"),
    ("Residency Number", "document"),
    ("National ID No.", "id_card"),
    ("National Foreign ID", "id_card"),
    ("Identification Number", "id_card"),
    ("Identity Card", "id_card"),
    ("Personal ID Card", "id_card"),
    ("Cedula No.", "id_card"),
    ("Cedula de Residencia", "id_card"),
    ("Citizen's Card Number", "id_card"),
    ("Turkish Identification Number", "id_card"),
    ("Kenyan ID No.", "id_card"),
    ("Bosnian Personal ID No.", "id_card"),
    ("D.N.I.", "id_card"),
    ("C.U.R.P.", "id_card"),
    ("C.U.I.", "id_card"),
    ("I.F.E.", "id_card"),
    ("Electoral Registry No.", "id_card"),
    ("Credencial electoral", "id_card"),
    ("Cartilla de Servicio Militar", "id_card"),
    ("SSN", "id_card"),
    ("Tax ID No.", "tax"),
    ("NIT #", "tax"),
    ("RUC #", "tax"),
    ("R.F.C.", "tax"),
    ("RFC", "tax"),
    ("RIF #", "tax"),
    ("RTN", "tax"),
    ("C.U.I.T.", "tax"),
    ("V.A.T. Number", "tax"),
    ("Italian Fiscal Code", "tax"),
    ("Legal Entity Number", "lei"),
    ("SWIFT/BIC", "bic"),
    ("D-U-N-S Number", "duns"),
    ("Registration Number", "registration"),
    ("Registration ID", "registration"),
    ("Registered Charity No.", "registration"),
    ("Commercial Registry Number", "registration"),
    ("Company Number", "registration"),
    ("UK Company Number", "registration"),
    ("Business Registration", "registration"),
    ("Business Number", "registration"),
    ("Enterprise Number", "registration"),
    ("Public Registration Number", "registration"),
    ("Chamber of Commerce Number", "registration"),
    ("Matricula Mercantil No", "registration"),
    ("Folio Mercantil No.", "registration"),
    ("Numero Unico de Identificacao", "registration"),
    ("Government Gazette Number", "registration"),
    ("Unified Social Credit Code", "registration"),
    ("Economic Register Number", "registration"),
    ("C.R. No.", "registration"),
    ("Trade License No.", "registration"),
    ("License", "registration"),
    ("File Number", "registration"),
    ("Aircraft Tail Number", "registration"),
    ("Aircraft Manufacturer's Serial Number", "serial"),
    ("Aircraft Construction Number", "serial"),
    ("Aircraft Serial Identification", "serial"),
    ("Telephone", "phone"),
    ("Phone Number", "phone"),
    ("Email Address", "email"),
    ("Website", "website"),
    ("Digital Currency Address", "crypto"),
)
_BY_LENGTH = sorted(KINDS, key=lambda pair: -len(pair[0]))
_NUMBER = re.compile(
    r"[\s:#]*(?:Booklet:\s*|No\.\s*|\(MSN\)\s*|\(also called[^)]*\)\s*|IMO\s+)?(.*)"
)
_TAIL = re.compile(r"\s*(?:\(([^()]*)\))?\s*(?:issued .*?)?\s*(?:expires .*)?$")
_ALIAS = re.compile(r"[afn]\.k\.a\. '(.*)'?$", re.S)


# --- the CSV triple -----------------------------------------------------------------------------


def _sniff_csv(source: Source) -> bool:
    """Returns whether a row has twelve columns, begins with a number, and contains `-0-` for empty values."""
    line = source.data[:4096].decode("latin-1").partition("\n")[0]
    row = next(csv_rows(line, source.name, Problems()), (0, []))[1]
    return len(row) == _COLUMNS["sdn"] and row[0].strip().isdigit() and "-0-" in line


def neighbour_names(name: str) -> dict[str, str]:
    """Returns the names of the files that belong to `…sdn.csv`, as `{"alt": …, "add": …}`. For any other file
    name, the dict is empty."""
    stem, dot, suffix = name.rpartition(".")
    if not stem.lower().endswith("sdn"):
        return {}
    return {
        part: stem[:-3] + (part.upper() if stem[-3:].isupper() else part) + dot + suffix
        for part in ("alt", "add")
    }


def _read_csv(source: Source, problems: Problems) -> Result:
    """Reads all entries, with the aliases and addresses in the other two CSV files."""
    text = decode_reporting(source, problems)
    rows = list(_rows(source.name, text, "sdn", problems))
    known = {row[0] for _, row in rows}
    parts: dict[str, dict[str, list[list[str]]]] = {
        "alt": defaultdict(list), "add": defaultdict(list)
    }  # fmt: skip
    names = neighbour_names(source.name)
    for part, found in parts.items():
        data = source.neighbours.get(names.get(part, ""))
        if data is None:
            problems.add("neighbour_missing", f"{source.name}: its {part} file is missing")
            continue
        beside = Source(names[part], data)
        for line, row in _rows(beside.name, decode_reporting(beside, problems), part, problems):
            if row[0] not in known:
                problems.add(
                    "neighbour_orphan", f"{beside.name}: entry not in the list", f"line {line}"
                )
            found[row[0]].append(row)
    entries = (
        _csv_entry(line, row, parts["alt"][row[0]], parts["add"][row[0]], problems)
        for line, row in rows
    )
    return [e for e in entries if e], None


def _rows(name: str, text: str, part: str, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    """Yields the line number and the cells of each row that has the expected number of cells."""
    for line, row in csv_rows(text, name, problems):
        cells = ["" if c.strip() == "-0-" else c.strip() for c in row]
        if len(cells) == _COLUMNS[part] and cells[0].isdigit():
            yield line, cells
        elif row and row != ["\x1a"]:
            problems.add(
                "row_broken",
                f"{name}: {len(cells)} columns instead of {_COLUMNS[part]}, or no entry number",
                f"line {line}",
            )


def _csv_entry(
    line: int,
    row: list[str],
    aliases: list[list[str]],
    addresses: list[list[str]],
    problems: Problems,
) -> Entry | None:
    ref, name, kind, programme, title, call_sign, _, _, _, flag, owner, remarks = row
    individual = kind == "individual"
    said = _remarks(remarks, individual)
    aka = (listed_name(a[3], individual, weak=False, kind="alias") for a in aliases)
    first = listed_name(name, individual, weak=False, kind="primary")
    names = distinct([first, *aka, *said["names"]])
    if not names:
        problems.add("row_broken", f"entry {ref} has no name; left out", f"line {line}")
        return None
    if None in said["births"]:
        problems.add("date_unreadable", f"entry {ref}: birth date unreadable", f"line {line}")
    places = (address(a[2], a[3], land=a[4]) for a in addresses)
    born_in = (country(p.rpartition(", ")[2]) or country(p) for p in said["places"])
    return Entry(
        ref=ref,
        schema=SCHEMAS.get(kind, "Organization"),
        names=names,
        birth_dates=unique(said["births"]),
        birth_places=unique(said["places"]),
        nationalities=countries(said["nationalities"]),
        countries=unique(
            [*born_in, *countries([*said["flags"], flag, *(a[4] for a in addresses)])]
        ),
        sex=said["sex"][-1] if said["sex"] else None,
        identifiers=unique([*said["identifiers"], identifier("call_sign", call_sign), *places]),
        programmes=unique(programme.split("] [")),
        remarks=clean("; ".join(filter(None, (title, owner, *said["rest"])))),
    )


# --- remarks ------------------------------------------------------------------------------------


def kind_of(label: str) -> tuple[str, int] | None:
    """Returns the kind of identifier for the label at the start of a text, and the length of the label.
    Returns `None` if the label is unknown."""
    low = label.lower()
    known = ((kind, len(start)) for start, kind in _BY_LENGTH if low.startswith(start.lower()))
    return next(known, None)


def name_of(
    surname: str | None, given: str | None, individual: bool, weak: bool, kind: str
) -> EntryName | None:
    """Returns the name of an entry. The name is split into surname and given names only if it belongs to an
    individual and both parts are stated."""
    if individual and given:
        return person(surname, given, weak, kind)
    return whole(surname, weak, kind) or whole(given, weak, kind)


def listed_name(text: str, individual: bool, weak: bool, kind: str) -> EntryName | None:
    """Returns the name of an entry. A name in the form `SURNAME, Given` is split if it belongs to an
    individual."""
    surname, _, given = text.partition(", ") if individual else (text, "", "")
    return name_of(surname, given, individual, weak, kind)


def _remarks(text: str, individual: bool) -> dict[str, list[Any]]:
    """Parses the remarks of one entry. Returns a dict that maps the name of a field of the entry to its
    values. Texts with an unknown meaning have the key `rest`. A birth date that cannot be read is `None`."""
    found: dict[str, list[Any]] = defaultdict(list)
    for phrase in filter(None, map(str.strip, text.strip().removesuffix(".").split("; "))):
        part, value = _phrase(phrase.removeprefix("alt. "), individual)
        found[part].append(value)
    return found


def _phrase(phrase: str, individual: bool) -> tuple[str, Any]:
    """Returns the field of the entry that a text describes, and the value of this field. Names in quotation
    marks are weak aliases."""
    word, _, value = phrase.partition(" ")
    if alias := _ALIAS.match(phrase):
        text = alias[1].rstrip("'").strip()
        return "names", listed_name(text, individual, weak=True, kind="alias")
    if word == "DOB":
        return "births", birth(value)
    if word == "Gender":
        return "sex", sex(value)
    if word in ("POB", "nationality", "citizen"):
        return "places" if word == "POB" else "nationalities", value
    if phrase.startswith(("Vessel Flag", "Former Vessel Flag")):
        return "flags", phrase.rpartition("Flag ")[2]
    known = _numbered(phrase)
    return ("identifiers", known) if known else ("rest", phrase)


def _numbered(phrase: str) -> EntryIdentifier | None:
    """Converts a text such as `Passport G025057 (Iran) issued 23 Jun 1999` to an identifier. Returns `None`
    if the text is not an identifier."""
    kind, length = kind_of(phrase) or ("", 0)
    number = _NUMBER.match(phrase[length:]) if kind else None
    if number is None:
        return None
    tail = _TAIL.search(number[1], 0, 500) if kind != "phone" else None
    value, land = (number[1][: tail.start()], tail[1]) if tail else (number[1], None)
    if not any(c.isdigit() for c in value) and kind not in ("email", "website", "bic"):
        return None
    return identifier(kind, value, land)


# --- XML ----------------------------------------------------------------------------------------


def _xml_entry(x: XmlEntry, problems: Problems) -> Entry | None:
    ref = x.text("uid")
    kind = (x.text("sdnType") or "").lower()
    names = _xml_names(x, kind == "individual")
    if not ref or not names:
        problems.add("entry_unreadable", "no uid or no name; left out", x.segment, x.offset)
        return None
    dates = list(map(birth, x.texts("dateOfBirthList/dateOfBirthItem/dateOfBirth")))
    if None in dates:
        problems.add("date_unreadable", f"entry {ref}: birth date unreadable", x.segment, x.offset)
    places = x.texts("placeOfBirthList/placeOfBirthItem/placeOfBirth")
    lands = [*x.texts("addressList/address/country"), x.text("vesselInfo/vesselFlag")]
    nations = x.texts("nationalityList/nationality/country")
    nations += x.texts("citizenshipList/citizenship/country")
    return Entry(
        ref=ref,
        schema=SCHEMAS.get(kind, "Organization"),
        names=names,
        birth_dates=unique(dates),
        birth_places=unique(places),
        nationalities=countries(nations),
        countries=countries([*(p.rpartition(", ")[2] for p in places), *lands]),
        sex=_gender(x),
        identifiers=_identifiers(x),
        programmes=unique(x.texts("programList/program")),
        remarks=clean("; ".join(filter(None, (x.text("title"), x.text("remarks"))))),
    )


def _xml_names(x: XmlEntry, individual: bool) -> tuple[EntryName, ...]:
    found: list[EntryName | None] = [
        name_of(x.text("lastName"), x.text("firstName"), individual, weak=False, kind="primary")
    ]
    for aka in x.element.iterfind("akaList/aka"):
        weak = clean(aka.findtext("category")) == "weak"
        last, first = aka.findtext("lastName"), aka.findtext("firstName")
        found.append(name_of(last, first, individual, weak=weak, kind="alias"))
    return distinct(found)


def _gender(x: XmlEntry) -> str | None:
    stated = (
        element.findtext("idNumber")
        for element in x.element.iterfind("idList/id")
        if clean(element.findtext("idType")) == "Gender"
    )
    return sex(next(stated, None))


def _identifiers(x: XmlEntry) -> tuple[EntryIdentifier, ...]:
    found: list[EntryIdentifier | None] = [identifier("call_sign", x.text("vesselInfo/callSign"))]
    for element in x.element.iterfind("idList/id"):
        kind = kind_of(clean(element.findtext("idType")) or "")
        number = clean(element.findtext("idNumber"))
        if kind and number:
            value = number.removeprefix("IMO ")
            found.append(identifier(kind[0], value, element.findtext("idCountry")))
    found += [
        address(*map(a.findtext, _ADDRESS), land=a.findtext("country"))
        for a in x.element.iterfind("addressList/address")
    ]
    return unique(found)


CSV = ListFormat(
    name="OFAC-CSV",
    title="OFAC SDN list, CSV triple",
    origin="published file",
    sniff=_sniff_csv,
    read=_read_csv,
)
XML = xml_format(
    name="OFAC-XML",
    title="OFAC SDN and consolidated non-SDN lists, XML",
    origin="published file",
    root="sdnList",
    tags=("sdnEntry",),
    entry=_xml_entry,
    published="Publish_Date",
)
