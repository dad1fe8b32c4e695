"""Contains grammars for the free text in bookings (AIRIMP: SSR, OSI, IFT). Only elements that the law permits
and a grammar recognises are returned. The permitted elements are addresses, telephone numbers, e-mail
addresses, documents, loyalty numbers, seats, tickets, names of infants, and payers. The caller drops all
other text, and counts it by the category that `dropped_kind` returns. Dropped text is never stored and never
quoted. Meals and medical assistance reveal religion and health, so even their codes are dropped (article
13(4) of Directive 2016/681; ICAO Annex 9, 9.30(b)).
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

import msgspec

from vedette.core.parties import Address, Document
from vedette.formats.dates import airimp_day, birth_period

#: AIRIMP codes that reveal health or a need of assistance; all codes that begin with `WC` are wheelchairs.
ASSISTANCE = frozenset(
    "BLND BLIND DEAF DPNA DUMB ESAN LEGB LEGL LEGR MAAS MEDA MEDI OXYG PPOC PETS STCR SVAN".split()  # noqa: SIM905
)
_SEX = {"M": "M", "F": "F", "X": "X", "U": "U", "MI": "M", "FI": "F"}
#: Gender codes of DOCS. Those of infants in arms end in I. XI and UI are also surnames, so they are not used
#: to find the positions of the fields.
_GENDER = _SEX | {"XI": "X", "UI": "U"}
_DATE = re.compile(r"\d{1,2}[A-Z]{3}(?:\d{4}|\d{2})")
_NUMBER = re.compile(r"(?=.*\d)[A-Z0-9<\- ]{4,}")
_LOCAL = re.compile(
    r"(?:^|[/\s])([A-Z0-9()!#$%&'*+=?^_`{|}~.\-](?:[A-Z0-9()!#$%&'*+=?^_`{|}~.\-]|(?<=\.)/){0,63})$",
    re.I,
)
_DOMAIN = re.compile(r"([A-Z0-9](?:[A-Z0-9.\-]|\./){0,190}\.[A-Z]{2,24})(?![A-Z0-9@])", re.I)
_PHONE = re.compile(
    r"(?:(?<![A-Z0-9.+])|(?<=\b[A-Z])|(?<=/[A-Z]{2}))\+?\(?\d[\d\-().]*(?:[ /][\d\-()][\d\-().]*)*",
    re.I,
)
_TICKET = re.compile(r"(INF)?\s*(\d{3}[ -]?\d{10,11})(?:C\d{1,2})?")
_TICKET_NUMBER = re.compile(r"TKT\s*(?:NBR|NO)?\s*(\d{10,15})")
_INFANT = re.compile(r"([A-Z][A-Z' \-]*)/([A-Z' \-]+?)[\s/]*(\d{1,2}[A-Z]{3}\d{2,4})?(?:[\s/].*)?")
_LOYALTY = re.compile(r"/?\s*([A-Z0-9]{2})\s*[ /]?\s*([A-Z0-9]*\d[A-Z0-9]{2,})")
#: A telephone number and letters without a blank between them (`JANE447700900123`).
_GLUED = re.compile(r"\+?\d[\d\-() ]{5,30}\d")
#: The name item (`-1DOE/JANE MRS`) that reservation systems append to a contact element.
_NAME_ITEM = re.compile(
    r"(?:\s*-\s*\d{1,2}(?:\.\d+)?|\s\d{1,2}(?:\.\d+)?(?=[A-Z' \-]+/))[A-Z][A-Z' \-]*(?:/.*)?$",
    re.I | re.S,
)
#: Words before an e-mail address that are not part of it: labels, statuses, airlines.
_LABEL = re.compile(r"(?:E-?)?MAIL|PAXS?|ADDR?(?:ESS)?|CTC[A-Z]?|AND|[A-Z]{2}\d*|.*[:/=,;]", re.I)
_CONTACT_GLUED = re.compile(r"(?:[A-Z0-9]{2}\s+)?CTC([ABEHMT])([A-Z].*)", re.S)
_CONTACT = re.compile(r"(?:[A-Z0-9]{2}\s+)?CTC\s?([A-Z])?(?![A-Z])[\s/]*(.*)", re.S)
_IDENTIFICATION = re.compile(r"/?\s*(PP|NI)\s*/?([A-Z0-9]{5,20})")
#: The parts of an address in DOCA, in their order.
_DOCA = ("country", "street", "city", "state", "postcode")
_PAYER = re.compile(r"[A-Z][A-Z .,'\-/]{1,69}", re.I)


def dropped_kind(code: str) -> str:
    """Returns the category under which a dropped SSR is counted: `meal`, `assistance` or `remark`."""
    if len(code) == 4 and code.endswith("ML"):
        return "meal"
    if code in ASSISTANCE or code.startswith("WC"):
        return "assistance"
    return "remark"


class Stated(msgspec.Struct, frozen=True, kw_only=True):
    """Contains a document from a request (DOCS, DOCO). The number of the document is empty if the request
    contains no number."""

    document: Document
    birth_place: str | None = None
    #: Whether the document belongs to an infant in arms.
    infant: bool = False
    #: The year, or the year and month, of birth if the document contains no day.
    birth_period: str | None = None
    #: True if the document contains a date that does not exist in the calendar.
    bad_date: bool = False


def merged(one: Document, two: Document) -> Document:
    """Merges two records of the same document. Fields that are missing in the first record are taken from the
    second."""
    return Document(
        **{name: getattr(one, name) or getattr(two, name) for name in Document.__struct_fields__}
    )


def _at(fields: list[str], index: int) -> str:
    return fields[index].strip() if 0 <= index < len(fields) else ""


def _birth_index(fields: list[str]) -> int | None:
    """Returns the index of the birth date. The birth date is the first date or, if there is no date, the
    field before the sex."""
    for index, field in enumerate(fields[:8]):
        if _DATE.fullmatch(field.strip()):
            after = _at(fields, index + 1)
            if after in _SEX or not after or index <= 5:
                return index
    for index, field in enumerate(fields[3:9], 3):
        if field.strip() in _SEX and (index > 4 or len(_at(fields, index)) == 1):
            return index - 1
    return None


def _before_birth(fields: list[str], birth: int | None) -> tuple[str, str, str, str]:
    """Finds the type, issuer, number and nationality in the fields before the birth date. If all four fields
    before the birth date are present, they are found by position, and otherwise by their form."""
    lead = 1 if not fields[0].strip() or re.fullmatch(r"[A-Z]{2}\d{0,2}", fields[0].strip()) else 0
    if birth is None:
        birth = lead + 4
    places = [field.strip() for field in fields[max(lead, birth - 4) : birth]]
    if birth - lead == 5 and not fields[lead].strip():
        places = [field.strip() for field in fields[lead + 1 : birth]]
    if len(places) == 4:
        return places[0], places[1], places[2], places[3]
    at = next((i for i, value in enumerate(places) if _NUMBER.fullmatch(value)), None)
    if at is None:
        return "", "", "", places[-1] if places else ""
    head, nationality = places[:at], "".join(places[at + 1 : at + 2])
    kind = next((value for value in head if 0 < len(value) < 3), "")
    issuer = next((value for value in head if value and value is not kind), "")
    return kind, issuer, places[at], nationality


@lru_cache(maxsize=4096)
def docs(text: str, prepared: dt.date) -> Stated:
    """Parses a DOCS text: `/type/issuer/number/nationality/birth/gender/expiry/surname/given/second/H`. The
    first slash may be missing, the beginning may have one field too many or too few, and fields may be
    empty."""
    fields = text.strip().split("/")
    birth = _birth_index(fields)
    kind, issuer, number, nationality = _before_birth(fields, birth)
    at = birth if birth is not None else (5 if not fields[0].strip() else 4)
    gender = _at(fields, at + 1)
    if gender not in _GENDER and not gender.isdigit() and _DATE.fullmatch(gender):
        at, gender = at - 1, ""
    born_text, expiry_text = _at(fields, birth) if birth is not None else "", _at(fields, at + 2)
    rest = at + 3
    if expiry_text and not any(c.isdigit() for c in expiry_text):
        expiry_text, rest = "", at + 2
    born = airimp_day(born_text, prepared, True) if born_text else None
    period = birth_period(born_text, prepared) if born_text and born is None else None
    expiry = airimp_day(expiry_text, prepared) if expiry_text else None
    given = [_at(fields, rest + 1), _at(fields, rest + 2)]
    if given[1] == "H":
        given.pop()
    return Stated(
        document=Document(
            type=kind or None,
            issuer=issuer or None,
            number=number,
            nationality=nationality or None,
            date_of_birth=born,
            sex=_GENDER.get(gender),
            expiry=expiry,
            surname=_at(fields, rest) or None,
            given_names=" ".join(given).strip() or None,
        ),
        infant=gender in _GENDER and gender.endswith("I"),
        birth_period=period,
        bad_date=(born is None and period is None and bool(born_text))
        or (expiry is None and bool(expiry_text)),
    )


@lru_cache(maxsize=4096)
def doco(text: str, prepared: dt.date) -> Stated:
    """Parses a DOCO text: `birth place/type/number/place of issue/date of issue/country/I`, with or without a
    slash at the beginning. If the first part is a document type, the birth place is missing."""
    fields = [field.strip() for field in text.strip().split("/")]
    if len(fields) > 2 and not fields[0] and fields[1] != "V" and len(fields[1]) != 1:
        fields = fields[1:]
    if len(fields[0]) == 1 and len(fields) > 1 and _NUMBER.fullmatch(fields[1]):
        fields = ["", *fields]
    date = _at(fields, 4)
    issued = airimp_day(date, prepared) if date else None
    return Stated(
        document=Document(
            type=_at(fields, 1) or "V",
            number=_at(fields, 2),
            place_of_issue=_at(fields, 3) or None,
            issued=issued,
            valid_for=_at(fields, 5) or None,
        ),
        birth_place=fields[0] or None,
        infant="I" in fields[6:8],
        bad_date=bool(date) and issued is None,
    )


def doca(text: str) -> Address | None:
    """Parses a DOCA text: `/R/country/street/city/state/postcode` for the residence, or the same form with D
    instead of R for the destination. Returns None if all fields of the address are empty."""
    fields = [field.strip() for field in text.strip().split("/")]
    if fields and fields[0] not in ("R", "D"):
        fields = fields[1:]
    kind = {"R": "residence", "D": "destination"}.get(_at(fields, 0))
    parts = {name: _at(fields, index) or None for index, name in enumerate(_DOCA, 1)}
    return Address(kind=kind, **parts) if kind is not None and any(parts.values()) else None


def without_name(text: str) -> str:
    """Returns a contact element without the name that a reservation system appended to it."""
    found = _NAME_ITEM.search(text)
    return text if found is None or "//" in found[0] else text[: found.start()]


def email(text: str) -> str | None:
    """Parses the e-mail address in a CTCE, in which `//` means @, `..` means _, and `./` means -. A blank
    before the @ replaces a character that the sender could not write. An address with a blank before the @ is
    stored as received, because the part after the blank alone would be a different address."""
    at = text.find("//") if "//" in text else text.find("@")
    if at < 0:
        return None
    before = text[:at].rstrip()
    local = _LOCAL.search(before)
    domain = _DOMAIN.match(text[at + 1 if text[at] == "@" else at + 2 :].lstrip())
    if local is None or domain is None:
        return None
    name = local[1]
    words = before[: local.start(1)].split()
    while (
        words
        and (name.isalpha() or "." in words[-1])
        and not _LABEL.fullmatch(words[-1].strip("/"))
    ):
        name = f"{words.pop()} {name}"
    name, place = (x.replace("./", "-").replace("..", "_") for x in (name, domain[1]))
    return f"{name}@{place}".strip(".")


def phones(text: str, glued: bool = False) -> tuple[str, ...]:
    """Returns the telephone numbers in a text, unchanged. A telephone number has six or more digits, and may
    contain blanks and dashes. Decimal fractions, which spreadsheets produce, are ignored. If `glued` is true,
    the text is a telephone number, and letters directly before or after this number are part of a name."""
    numbers = [match[0].strip(" -/.") for match in _PHONE.finditer(text)]
    numbers = [
        number
        for number in numbers
        if 6 <= sum(c.isdigit() for c in number) <= 20 and not re.fullmatch(r"\d{0,2}\.\d+", number)
    ]
    if glued and not numbers:
        numbers = [match[0].strip(" -") for match in _GLUED.finditer(text)]
    return tuple(n for n in numbers if sum(c.isdigit() for c in n) <= 20)


def contact(text: str) -> tuple[str, str] | None:
    """Splits a contact element in OSI text into the letter after CTC (`M`, `H`, `B`, `E`, `T` …) and its
    value. Accepts `CTC M`, `CTCM`, and a preceding airline code."""
    found = _CONTACT.fullmatch(text.strip())
    if found is None and (found := _CONTACT_GLUED.fullmatch(text.strip())) is not None:
        # The letter is followed by a name or an address without a blank.
        known = "//" in found[2] or "@" in found[2] or sum(c.isdigit() for c in found[2]) >= 8
        found = found if known else None
    return (found[1] or "", found[2]) if found else None


def ticket(text: str) -> tuple[str, bool] | None:
    """Returns the ticket number in a TKNE, without the coupon number, and whether the ticket belongs to an
    infant."""
    found = _TICKET.match(text.strip())
    if found is not None:
        return re.sub(r"\D", "", found[2]), bool(found[1])
    other = _TICKET_NUMBER.match(text.strip())
    return (other[1], False) if other else None


def infant(text: str, prepared: dt.date) -> tuple[str, str, dt.date | None] | None:
    """Reads the surname, given names and birth date of an infant from an INFT: `SURNAME/GIVEN 10AUG11` or
    `SURNAME/GIVEN/10AUG11`."""
    found = _INFANT.fullmatch(text.strip().lstrip("/"))
    if found is None:
        return None
    born = airimp_day(found[3], prepared, True) if found[3] else None
    return found[1].strip(), found[2].strip(), born


def loyalty(text: str) -> tuple[str, str] | None:
    """Reads the airline and the loyalty number from an FQTV."""
    found = _LOYALTY.match(text.strip())
    return (found[1], found[2]) if found else None


def identification(text: str) -> tuple[str, str] | None:
    """Reads the type and number of a passport (PP) or a national identity card (NI) from a FOID."""
    found = _IDENTIFICATION.fullmatch(text.strip())
    return ({"PP": "P", "NI": "I"}[found[1]], found[2]) if found else None


def payer(text: str) -> str | None:
    """Returns the name of a payer (IFT 43). The name may contain only letters, so that a remark is not read
    as a name."""
    return text.strip() if _PAYER.fullmatch(text.strip()) else None
