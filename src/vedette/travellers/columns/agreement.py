"""Compares the passenger list with the booking. The columns contain the differences, the degree of agreement,
and whether a traveller is missing from the passenger list or from the bookings."""

from __future__ import annotations

from vedette.core.codes import alpha3
from vedette.travellers.columns.aboard import Aboard, Member
from vedette.travellers.manifest import (
    BIRTH_DATE_DIFFERS,
    BOOKED_NOT_FLOWN,
    DOCUMENT_DIFFERS,
    FLOWN_NOT_BOOKED,
    NAME_DIFFERS,
    disagreements,
)
from vedette.travellers.records import Traveller


def columns(member: Member, aboard: Aboard) -> dict[str, object]:
    """Returns the values of the columns about the agreement of the sources (kind of fact `agreement`).
    Whether the two values of an element differ is known only if both sources contain the element."""
    api, pnr, facts = member.api, member.pnr, member.person.facts
    found: dict[str, object] = {
        "in_api": api is not None,
        "in_pnr": pnr is not None,
    }
    if pnr is not None:
        # As long as the passenger lists are not final, no traveller counts as absent.
        found["booked_not_flown"] = BOOKED_NOT_FLOWN in facts if aboard.closed else None
    if aboard.pushes and not member.crew and api is not None:
        # The value is unknown for a traveller who is in no booking and was removed from the passenger list.
        found["flown_not_booked"] = True if FLOWN_NOT_BOOKED in facts else False if pnr else None
    if api is None or pnr is None:
        return found
    if member.person.corrected:
        # Only the rectified values are compared here. Whether the traveller is on board and in a booking was
        # determined before.
        facts = disagreements(api, pnr, True, False, False)
    named = bool(api.surname and pnr.surname) and not (pnr.placeholder or api.placeholder)
    compared = {
        "name_differs": NAME_DIFFERS in facts if named else None,
        "birth_date_differs": (
            BIRTH_DATE_DIFFERS in facts if api.date_of_birth and pnr.date_of_birth else None
        ),
        "document_differs": (DOCUMENT_DIFFERS in facts if _shows(api) and _shows(pnr) else None),
        "sex_differs": _differ(api.sex, pnr.sex),
        "nationality_differs": _lands_differ(api.nationality, pnr.nationality),
    }
    known = [differs for differs in compared.values() if differs is not None]
    found |= compared
    if known:
        found["agreement"] = round(known.count(False) / len(known), 3)
    return found


def _shows(traveller: Traveller) -> bool:
    """Returns whether a source contains one of the documents that `manifest` compares."""
    return any(d.type != "V" for d in traveller.documents)


def _lands_differ(one: str | None, two: str | None) -> bool | None:
    if one == two:
        return False if one else None
    return _differ(alpha3(one) or one, alpha3(two) or two)


def _differ(one: str | None, two: str | None) -> bool | None:
    """Returns whether two values differ. Returns None if a value is missing or is the code U (unspecified
    sex)."""
    if not one or not two or "U" in (one, two):
        return None
    return one != two
