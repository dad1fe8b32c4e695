"""Travel documents and visas, differences between the booked name and the names in documents, and personal
attributes."""

from __future__ import annotations

import datetime as dt

from vedette.core import codes
from vedette.core.parties import Document
from vedette.screening.exact import fold_document
from vedette.travellers.columns import names
from vedette.travellers.columns.aboard import Member
from vedette.travellers.records import Traveller

#: Schengen states: a visa of one is valid for all (Schengen acquis: 25 EU member states and the four
#: associated states, as of 2025).
_SCHENGEN = frozenset(
    "AT BE BG CH CZ DE DK EE ES FI FR GR HR HU IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split()  # noqa: SIM905
)


def columns(member: Member, day: dt.date) -> dict[str, object]:
    """The columns of ground `document`; `day` is the local day of travel."""
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
    """All statements of the traveller's passport, else of the first document."""
    main = next((d for d in documents if (d.type or "").startswith("P")), documents[0])
    number = fold_document(main.number)
    return [d for d in documents if fold_document(d.number) == number]


def _folded(documents: list[Document]) -> set[str]:
    """The distinct numbers, with O read as 0 and I read as 1. Passenger list and booking usually state the
    same number."""
    numbers = {d.number for d in documents}
    return numbers if len(numbers) == 1 else {fold_document(number) for number in numbers}


def _alpha3(country: str | None) -> str | None:
    """ISO alpha-3 as in documents; a value that is not a country (`D`, organisations) is kept as stated."""
    return codes.alpha3(country) or country


def _visa_elsewhere(member: Member, visas: list[Document]) -> bool | None:
    """Whether no visa is for a country of the itinerary. A visa is for the country that it states (DOCO),
    else for the country that issued it (PAXLST LOC 91)."""
    lands = {land for v in visas if (land := codes.country(v.valid_for or v.issuer))}
    places = member.booked.trip.countries if member.booked is not None else set()
    if not lands or not places:
        return None
    if lands & _SCHENGEN and places & _SCHENGEN:
        return False
    return not lands & places


def _names(member: Member) -> dict[str, object]:
    """Compares the booked name with that of the passenger list and of every document."""
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
    booked = names.name(*plain)
    shown = names.shown(others)
    of_documents = names.shown(own)
    return {
        "document_names_differ": (
            any(not names.agree(booked, n) for n in of_documents) if of_documents else None
        ),
        "name_turned": any(names.turned(booked, n) for n in shown) if shown else None,
        "name_cut": any(names.cut(booked, n) for n in shown) if shown else None,
        "name_respelt": any(names.respelt(booked, n) for n in shown) if shown else None,
    }


def personal(member: Member) -> dict[str, object]:
    """The columns of ground `person`, except the document's issuer: personal attributes that profiles may use
    under restrictions. Values are from the passenger list, as on the pages, else from the booking; unknown
    values are None."""
    one, two = member.said[0], member.said[-1]
    nationality = one.nationality or two.nationality
    residence = _residence(one) or _residence(two)
    return {
        "nationality": _alpha3(nationality),
        "residence": _alpha3(residence),
        # U is unspecified.
        "sex": next((sex for sex in (one.sex, two.sex) if sex and sex != "U"), None),
        "age": member.age,
        "birthplace": one.place_of_birth or two.place_of_birth,
        "is_minor": member.minor,
    }


def _residence(traveller: Traveller) -> str | None:
    """The country of residence as stated (LOC 174), else that of the residence address (DOCA)."""
    if traveller.residence or not traveller.contacts.addresses:
        return traveller.residence
    return next(
        (a.country for a in traveller.contacts.addresses if a.kind == "residence" and a.country),
        None,
    )
