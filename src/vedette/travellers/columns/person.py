"""Personal attributes that profiles may use under restrictions: every column here is restricted.

Values are from the passenger list, as on the pages, else from the booking.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vedette.core import codes
from vedette.travellers.records import Traveller

if TYPE_CHECKING:
    from vedette.travellers.columns.aboard import Member


def columns(member: Member) -> dict[str, object]:
    """The columns of ground `person`, except the document's issuer; unknown values are None."""
    one, two = member.said[0], member.said[-1]
    nationality = one.nationality or two.nationality
    residence = _residence(one) or _residence(two)
    return {
        "nationality": codes.alpha3(nationality) or nationality,
        "residence": codes.alpha3(residence) or residence,
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
