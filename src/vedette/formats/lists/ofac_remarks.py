"""Parses OFAC's remarks (`DOB 1951; POB Tehran, Iran; Passport G025057 (Iran); a.k.a. 'X'.`).

The same labels name the identifiers in OFAC's XML, so the kinds here are used for both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from vedette.core.entries import EntryDate, EntryIdentifier, EntryName

from .common import birth, clean, country, identifier, person, sex

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
_LINK = re.compile(r"\((?:Linked To: .*|.*sanctions.*)\)", re.I)


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
    """The kind of a label, or of a phrase that begins with one → (kind, length of the label), or `None`."""
    low = label.lower()
    for start, kind in _BY_LENGTH:
        if low.startswith(start.lower()):
            return kind, len(start)
    return None


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
    for phrase in text.strip().removesuffix(".").split("; "):
        phrase = phrase.strip()
        if phrase:
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
    else:
        known = numbered(phrase)
        if known:
            found.identifiers.append(known)
        else:
            found.rest.append(phrase)


def numbered(phrase: str) -> EntryIdentifier | None:
    """Converts `Passport G025057 (Iran) issued 23 Jun 1999` to an identifier, or `None`."""
    kind = kind_of(phrase)
    if kind is None:
        return None
    number = _NUMBER.match(phrase[kind[1] :])
    if number is None:
        return None
    tail = _TAIL.search(number[1])
    value = number[1][: tail.start()] if tail else number[1]
    land = tail[1] if tail else None
    if kind[0] == "phone":
        value, land = number[1], None
    if not any(c.isdigit() for c in value) and kind[0] not in ("email", "website", "bic"):
        return None
    return identifier(kind[0], value, land)
