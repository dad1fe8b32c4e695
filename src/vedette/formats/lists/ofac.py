"""OFAC lists: Specially Designated Nationals as the CSV triple `sdn.csv`, `alt.csv`, `add.csv`, and SDN and
consolidated non-SDN as XML (`sdn.xml` schema, in either namespace).

The CSV files have no header; `-0-` is an empty value; a line with Ctrl-Z ends a file. Birth dates, places,
nationalities, documents and weak aliases are in the remarks (`DOB 1951; POB Tehran, Iran; Passport G025057
(Iran); a.k.a. 'X'.`); the same labels name the identifiers in the XML.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

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
    country,
    csv_rows,
    decode_reporting,
    distinct,
    identifier,
    identifiers,
    moment,
    person,
    sex,
    unique,
)
from .xmlread import XmlEntry, read_xml, root_tag

SCHEMAS = {"individual": "Person", "vessel": "Vessel", "aircraft": "Aircraft"}
#: Columns of sdn: ent_num, name, type, program, title, call sign, vessel type, tonnage, GRT, flag, owner,
#: remarks.
_COLUMNS = {"sdn": 12, "alt": 5, "add": 6}
_ADDRESS = ("address1", "address2", "address3", "city", "stateOrProvince", "postalCode")
#: Beginning of a label (without `alt.`) → kind of identifier. The longest match counts.
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
    """Whether a row has twelve columns, begins with a number and has OFAC's `-0-` for empty values."""
    line = source.data[:4096].decode("latin-1").partition("\n")[0]
    row = next(csv_rows(line), (0, None))[1] or []
    return len(row) == _COLUMNS["sdn"] and row[0].strip().isdigit() and "-0-" in line


def neighbour_names(name: str) -> dict[str, str]:
    """The names of the files that belong to `…sdn.csv`: `{"alt": …, "add": …}`; for other names, the result
    is empty."""
    stem, dot, suffix = name.rpartition(".")
    if not stem.lower().endswith("sdn"):
        return {}
    return {
        part: stem[:-3] + (part.upper() if stem[-3:].isupper() else part) + dot + suffix
        for part in ("alt", "add")
    }


def _read_csv(source: Source, problems: Problems) -> Result:
    """Reads all entries with the aliases and addresses of the neighbouring files."""
    text = decode_reporting(source, problems)
    rows = list(_rows(source.name, text, "sdn", problems))
    known = {row[0] for _, row in rows}
    aliases: dict[str, list[list[str]]] = defaultdict(list)
    addresses: dict[str, list[list[str]]] = defaultdict(list)
    names = neighbour_names(source.name)
    for part, where in (("alt", aliases), ("add", addresses)):
        data = source.neighbours.get(names.get(part, ""))
        if data is None:
            problems.add(
                "neighbour_missing", f"{source.name}: its {part} file was not found beside it"
            )
            continue
        beside = Source(names[part], data)
        for line, row in _rows(beside.name, decode_reporting(beside, problems), part, problems):
            if row[0] not in known:
                problems.add(
                    "neighbour_orphan", f"{beside.name}: entry not in the list", f"line {line}"
                )
            where[row[0]].append(row)
    entries = [_csv_entry(n, row, aliases[row[0]], addresses[row[0]], problems) for n, row in rows]
    return [e for e in entries if e], None


def _rows(name: str, text: str, part: str, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    """Yields (line number, cells) of the rows that have the right number of cells."""
    for line, row in csv_rows(text):
        cells = ["" if c.strip() == "-0-" else c.strip() for c in row or ()]
        if row is None:
            problems.add("row_broken", f"{name}: not CSV", f"line {line}")
        elif len(cells) == _COLUMNS[part] and cells[0].isdigit():
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
    said = read_remarks(remarks, individual)
    names: list[EntryName | None] = [listed_name(name, individual, weak=False, kind="primary")]
    names += [listed_name(a[3], individual, weak=False, kind="alias") for a in aliases]
    kept = distinct([*names, *said.names])
    if not kept:
        problems.add("row_broken", f"entry {ref} has no name; left out", f"line {line}")
        return None
    if said.unread_dates:
        problems.add("date_unreadable", f"entry {ref}: birth date unreadable", f"line {line}")
    found: list[EntryIdentifier | None] = [*said.identifiers, identifier("call_sign", call_sign)]
    found += [address(a[2], a[3], land=a[4]) for a in addresses]
    return Entry(
        ref=ref,
        schema=SCHEMAS.get(kind, "Organization"),
        names=kept,
        birth_dates=tuple(dict.fromkeys(said.births)),
        birth_places=unique(said.places),
        nationalities=unique(said.nationalities),
        countries=unique([*said.countries, *countries([flag, *(a[4] for a in addresses)])]),
        sex=said.sex,
        identifiers=identifiers(found),
        programmes=unique(programme.split("] [")),
        remarks=clean("; ".join(t for t in (title, owner, *said.rest) if t)),
    )


# --- remarks ------------------------------------------------------------------------------------


@dataclass
class Remarks:
    """The facts in the remarks of one entry; `rest` contains the phrases that match no known fact."""

    births: list[EntryDate] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    nationalities: list[str] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)
    sex: str | None = None
    identifiers: list[EntryIdentifier] = field(default_factory=list)
    names: list[EntryName] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)
    unread_dates: int = 0


def kind_of(label: str) -> tuple[str, int] | None:
    """The kind of a label, or of a phrase that begins with a label → (kind, length of the label), or
    `None`."""
    low = label.lower()
    known = ((kind, len(start)) for start, kind in _BY_LENGTH if low.startswith(start.lower()))
    return next(known, None)


def listed_name(text: str, individual: bool, weak: bool, kind: str) -> EntryName | None:
    """Splits `SURNAME, Given` of an individual; any other name is kept unsplit."""
    surname, comma, given = text.partition(", ")
    if individual and comma:
        return person(surname, given, weak=weak, kind=kind)
    full = clean(text)
    return EntryName(full=full, weak=weak, kind=kind) if full else None


def read_remarks(text: str, individual: bool) -> Remarks:
    """Parses the remarks of one entry. Quoted names in them are OFAC's weak aliases."""
    found = Remarks()
    for phrase in filter(None, map(str.strip, text.strip().removesuffix(".").split("; "))):
        _phrase(phrase.removeprefix("alt. "), individual, found)
    return found


def _phrase(phrase: str, individual: bool, found: Remarks) -> None:
    word, _, value = phrase.partition(" ")
    alias = _ALIAS.match(phrase)
    if alias:
        name = listed_name(alias[1].rstrip("'").strip(), individual, weak=True, kind="alias")
        found.names += [name] if name else []
    elif word == "DOB":
        date = birth(value)
        found.births += [date] if date else []
        found.unread_dates += date is None
    elif word == "POB":
        found.places.append(value)
        land = country(value.rpartition(", ")[2]) or country(value)
        found.countries += [land] if land else []
    elif word in ("nationality", "citizen"):
        land = country(value)
        found.nationalities += [land] if land else []
    elif word == "Gender":
        found.sex = sex(value)
    elif phrase.startswith(("Vessel Flag", "Former Vessel Flag")):
        land = country(phrase.rpartition("Flag ")[2])
        found.countries += [land] if land else []
    elif known := numbered(phrase):
        found.identifiers.append(known)
    else:
        found.rest.append(phrase)


def numbered(phrase: str) -> EntryIdentifier | None:
    """Converts `Passport G025057 (Iran) issued 23 Jun 1999` to an identifier, or `None`."""
    kind, length = kind_of(phrase) or ("", 0)
    number = _NUMBER.match(phrase[length:]) if kind else None
    if number is None:
        return None
    tail = _TAIL.search(number[1]) if kind != "phone" else None
    value, land = (number[1][: tail.start()], tail[1]) if tail else (number[1], None)
    if not any(c.isdigit() for c in value) and kind not in ("email", "website", "bic"):
        return None
    return identifier(kind, value, land)


# --- XML ----------------------------------------------------------------------------------------


def _sniff_xml(source: Source) -> bool:
    """Whether the root is `sdnList`."""
    return root_tag(source) == "sdnList"


def _read_xml(source: Source, problems: Problems) -> Result:
    """Reads all sdnEntry elements; `published` is Publish_Date."""
    found = read_xml(source, ("sdnEntry",), problems)
    entries = [e for e in (_xml_entry(x, problems) for x in found.entries) if e]
    return entries, moment(found.header.get("Publish_Date"))


def _xml_entry(x: XmlEntry, problems: Problems) -> Entry | None:
    ref = x.text("uid")
    kind = (x.text("sdnType") or "").lower()
    names = _xml_names(x, kind == "individual")
    if not ref or not names:
        problems.add("entry_unreadable", "no uid or no name; left out", x.segment, x.offset)
        return None
    dates = [birth(d) for d in x.texts("dateOfBirthList/dateOfBirthItem/dateOfBirth")]
    if None in dates:
        problems.add("date_unreadable", f"entry {ref}: birth date unreadable", x.segment, x.offset)
    places = x.texts("placeOfBirthList/placeOfBirthItem/placeOfBirth")
    born_in = [country(p.rpartition(", ")[2]) for p in places]
    flag = x.text("vesselInfo/vesselFlag")
    lands = countries([*x.texts("addressList/address/country"), flag])
    nations = x.texts("nationalityList/nationality/country")
    nations += x.texts("citizenshipList/citizenship/country")
    return Entry(
        ref=ref,
        schema=SCHEMAS.get(kind, "Organization"),
        names=names,
        birth_dates=tuple(dict.fromkeys(d for d in dates if d)),
        birth_places=unique(places),
        nationalities=countries(nations),
        countries=unique([*born_in, *lands]),
        sex=_gender(x),
        identifiers=_identifiers(x),
        programmes=unique(x.texts("programList/program")),
        remarks=clean("; ".join(filter(None, (x.text("title"), x.text("remarks"))))),
    )


def _xml_names(x: XmlEntry, individual: bool) -> tuple[EntryName, ...]:
    found: list[EntryName | None] = [
        _name(x.text("lastName"), x.text("firstName"), individual, weak=False, kind="primary")
    ]
    for aka in x.element.iterfind("akaList/aka"):
        weak = clean(aka.findtext("category")) == "weak"
        last, first = aka.findtext("lastName"), aka.findtext("firstName")
        found.append(_name(last, first, individual, weak=weak, kind="alias"))
    return distinct(found)


def _name(
    last: str | None, first: str | None, individual: bool, weak: bool, kind: str
) -> EntryName | None:
    if individual and first:
        return person(last, first, weak=weak, kind=kind)
    full = clean(last) or clean(first)
    return EntryName(full=full, weak=weak, kind=kind) if full else None


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
        address(*(a.findtext(t) for t in _ADDRESS), land=a.findtext("country"))
        for a in x.element.iterfind("addressList/address")
    ]
    return identifiers(found)


CSV = ListFormat(
    name="OFAC-CSV",
    title="OFAC SDN list, CSV triple",
    origin="published file",
    sniff=_sniff_csv,
    read=_read_csv,
)
XML = ListFormat(
    name="OFAC-XML",
    title="OFAC SDN and consolidated non-SDN lists, XML",
    origin="published file",
    sniff=_sniff_xml,
    read=_read_xml,
)
