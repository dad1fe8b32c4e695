"""Computes columns of travel documents, visas, differences between the booked name and the names in
documents, and personal attributes.

The booked name can differ from the name in a document in four ways: swapped parts, a cut-off name, a
different spelling, or another name. A missing second given name or space does not count as a difference,
because half of all travellers would have such a difference. In some countries, this difference would occur in
the names of all travellers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

from rapidfuzz.fuzz import ratio

from vedette.core import codes
from vedette.core.names import fold, plain_given
from vedette.core.parties import Document
from vedette.screening.exact import fold_document
from vedette.travellers.columns.aboard import Member
from vedette.travellers.records import Traveller

#: The Schengen states. A visa of one of them is valid for all. Source: Schengen acquis, with 25 EU member
#: states and four associated states, as of 2025.
_SCHENGEN = frozenset(
    "AT BE BG CH CZ DE DK EE ES FI FR GR HR HU IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split()  # noqa: SIM905
)
#: The minimum similarity (0 to 100) of two spellings of one name (as in `manifest`).
ALIKE = 80.0
#: The minimum similarity of the surnames, and also of the given names. Both are required, because brothers
#: and sisters have the same surname.
_PART_ALIKE = 65.0
#: In a name with fewer letters, it cannot be detected that the name was cut off.
_LEAST = 3


def columns(member: Member, day: dt.date) -> dict[str, object]:
    """Returns the values of the columns about the travel document (kind of fact `document`). `day` is the
    local day of travel."""
    documents, visas = member.documents, member.visas
    found: dict[str, object] = {}
    if documents:
        numbers = _folded(documents)
        same = documents if len(numbers) == 1 else _main(documents)
        issued = expiry = kind = issuer = None
        for d in same:
            issued, expiry = issued or d.issued, expiry or d.expiry
            kind, issuer = kind or d.type, issuer or d.issuer
        found = {
            "document_type": kind,
            "document_issuer": _alpha3(issuer),
            "documents": len(numbers),
            "document_age_d": (day - issued).days if issued and issued <= day else None,
            "document_valid_d": (expiry - day).days if expiry else None,
        }
    if documents or visas:
        found["has_visa"] = bool(visas)
        if visas:
            found["visa_elsewhere"] = _visa_elsewhere(member, visas)
    if member.pnr is not None and not member.pnr.placeholder:
        found |= _names(member)
    return found


def _main(documents: list[Document]) -> list[Document]:
    """Returns all records of the traveller's passport or, if there is no passport, of the first document."""
    main = next((d for d in documents if (d.type or "").startswith("P")), documents[0])
    number = fold_document(main.number)
    return [d for d in documents if fold_document(d.number) == number]


def _folded(documents: list[Document]) -> set[str]:
    """Returns the distinct document numbers. In each number, the letter O is replaced by 0, and the letter I
    by 1. The passenger list and the booking usually contain the same number."""
    numbers = {d.number for d in documents}
    return numbers if len(numbers) == 1 else {fold_document(number) for number in numbers}


def _alpha3(country: str | None) -> str | None:
    """Returns the ISO alpha-3 code of a country, which is the form used in travel documents. A value that is
    not a country (`D`, organisations) is returned unchanged."""
    return codes.alpha3(country) or country


def _visa_elsewhere(member: Member, visas: list[Document]) -> bool | None:
    """Returns whether all visas are for countries outside the itinerary. The country of a visa is the country
    for which the visa is valid (DOCO). If a visa does not state for which country it is valid, the issuing
    country is used (PAXLST LOC 91)."""
    lands = {land for v in visas if (land := codes.country(v.valid_for or v.issuer))}
    places = member.booked.trip.countries if member.booked is not None else set()
    if not lands or not places:
        return None
    if lands & _SCHENGEN and places & _SCHENGEN:
        return False
    return not lands & places


def _names(member: Member) -> dict[str, object]:
    """Compares the booked name with the name in the passenger list and with the name in every document."""
    pnr, api = member.pnr, member.api
    assert pnr is not None  # noqa: S101 called for booked people only
    if not pnr.surname:
        return {}
    own: list[tuple[str | None, str | None]] = [
        (d.surname, d.given_names) for d in member.documents if d.surname
    ]
    others = list(own)
    if api is not None and not api.placeholder:
        others.append((api.surname, api.given_names))
    plain = (pnr.surname, pnr.given_names)
    if all(other == plain for other in others):
        # The usual case: all names are equal.
        told = False if others else None
        return {
            "document_names_differ": False if own else None,
            "name_turned": told,
            "name_cut": told,
            "name_respelt": told,
        }
    booked = name(*plain)
    shown = _distinct(others)
    of_documents = _distinct(own)
    return {
        "document_names_differ": (
            any(not agree(booked, n) for n in of_documents) if of_documents else None
        ),
        "name_turned": any(turned(booked, n) for n in shown) if shown else None,
        "name_cut": any(cut(booked, n) for n in shown) if shown else None,
        "name_respelt": any(respelt(booked, n) for n in shown) if shown else None,
    }


def personal(member: Member) -> dict[str, object]:
    """Returns the values of the columns about the person (kind of fact `person`), except the issuer of the
    document. Profiles may use the columns of the kind of fact `person` only under restrictions, because these
    columns are personal attributes. Values are taken from the passenger list or, if they are missing there,
    from the booking, in the same way as on the pages. Unknown values are None."""
    one, two = member.said[0], member.said[-1]
    return {
        "nationality": _alpha3(one.nationality or two.nationality),
        "residence": _alpha3(_residence(one) or _residence(two)),
        # The code U means that the sex is unspecified.
        "sex": next((sex for sex in (one.sex, two.sex) if sex and sex != "U"), None),
        "age": member.age,
        "birthplace": one.place_of_birth or two.place_of_birth,
        "is_minor": member.minor,
    }


def _residence(traveller: Traveller) -> str | None:
    """Returns the stated country of residence (LOC 174) or, if no country of residence is stated, the country
    of the residence address (DOCA)."""
    if traveller.residence or not traveller.contacts.addresses:
        return traveller.residence
    return next(
        (a.country for a in traveller.contacts.addresses if a.kind == "residence" and a.country),
        None,
    )


class Name(NamedTuple):
    """Contains a normalised name, and the words of which this name consists."""

    surname: str
    given: str
    surname_words: tuple[str, ...]
    given_words: tuple[str, ...]


def name(surname: str | None, given: str | None) -> Name:
    """Normalises a name (`fold`) after removing its title."""
    given = plain_given(given)
    return Name(fold(surname), fold(given), _words(surname), _words(given))


def _words(text: str | None) -> tuple[str, ...]:
    if not text:
        return ()
    return tuple([word for part in text.replace("-", " ").split() if (word := fold(part))])


def agree(one: Name, two: Name) -> bool:
    """Returns whether two names agree.

    The surnames must be equal. The given names of one name must begin with the given names of the other name
    (as in `manifest`).
    """
    return one.surname == two.surname and (
        one.given.startswith(two.given) or two.given.startswith(one.given)
    )


def turned(booked: Name, shown: Name) -> bool:
    """Returns whether the surname and the given names are swapped."""
    if booked.surname == shown.surname or not (booked.surname and shown.given):
        return False
    return _starts(booked.surname, shown.given) and _starts(booked.given, shown.surname)


def _starts(one: str, two: str) -> bool:
    short, long = sorted((one, two), key=len)
    return bool(short) and long.startswith(short)


def cut(booked: Name, shown: Name) -> bool:
    """Returns whether the booked name was cut off in the middle of a word of the name in the document. If the
    booked name ends between two words, the last words were omitted. Omitted words are common in many
    countries, and are not a sign of risk."""
    if booked.surname == shown.surname:
        return _inside(booked.given, shown.given, shown.given_words)
    return _inside(booked.surname, shown.surname, shown.surname_words) and (
        _starts(booked.given, shown.given)
    )


def _inside(short: str, whole: str, words: tuple[str, ...]) -> bool:
    if len(short) < _LEAST or short == whole or not whole.startswith(short):
        return False
    return len(short) not in accumulate(map(len, words))


def respelt(booked: Name, shown: Name) -> bool:
    """Returns whether the names are different spellings of one name. Two different spellings of a name are
    similar, but they are not equal, cut off or swapped."""
    if agree(booked, shown) or turned(booked, shown) or cut(booked, shown):
        return False
    one, two = booked.given, shown.given
    length = min(len(one), len(two))
    if ratio(one[:length], two[:length]) > ratio(one, two):
        # An omitted given name is not a different spelling, so only the common length is compared.
        one, two = one[:length], two[:length]
    return (
        ratio(booked.surname, shown.surname) >= _PART_ALIKE
        and ratio(one, two) >= _PART_ALIKE
        and ratio(booked.surname + one, shown.surname + two) >= ALIKE
    )


def _distinct(names: Iterable[tuple[str | None, str | None]]) -> list[Name]:
    """Returns the distinct names that have a surname."""
    return [name(*one) for one in dict.fromkeys(names) if one[0]]
