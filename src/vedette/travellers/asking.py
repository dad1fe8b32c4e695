"""Prepares the input for screening a journey of a traveller, and the reason that describes differences
between its messages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

import msgspec

from vedette.core.parties import Asked, Party
from vedette.screening.reason import DISAGREEMENT_POINTS, Reason
from vedette.travellers.manifest import (
    BIRTH_DATE_DIFFERS,
    DOCUMENT_DIFFERS,
    NAME_DIFFERS,
    Held,
    Person,
    names_of,
)
from vedette.travellers.records import Traveller

#: Theme and purpose of the reason "disagreement": every user who may see travellers may see it.
THEME, PURPOSE = "passengers", "border"


def asked(hold: Held, person: Person) -> Asked:
    """Returns the input for screening a person on a flight."""
    return Asked(parties=(party_of(person),), group=hold.row.carrier + hold.row.number)


def party_of(person: Person) -> Party:
    """Returns the data of a person that are screened: every name, document and contact that a source states.

    Rectified values replace the values that messages state.
    """
    sources = [t for t in (person.seen("api"), person.seen("pnr")) if t is not None]

    def first(read: Callable[[Traveller], object]) -> object:
        return next((value for t in sources if (value := read(t)) is not None), None)

    party = Party(
        names=tuple(names_of(person)),
        date_of_birth=first(lambda t: t.date_of_birth) or first(_birth_year),  # type: ignore[arg-type]
        nationality=first(lambda t: t.nationality),  # type: ignore[arg-type]
        sex=first(lambda t: t.sex),  # type: ignore[arg-type]
        documents=tuple(dict.fromkeys(d.number for t in sources for d in t.documents)),
        phones=tuple(dict.fromkeys(p for t in sources for p in t.contacts.phones)),
        emails=tuple(dict.fromkeys(e for t in sources for e in t.contacts.emails)),
        addresses=tuple(dict.fromkeys(a for t in sources for a in t.contacts.addresses)),
    )
    return as_corrected(party, person.corrected) if person.corrected else party


def _birth_year(traveller: Traveller) -> int | None:
    return int(traveller.birth_period[:4]) if traveller.birth_period else None


def as_corrected(party: Party, said: Mapping[str, str]) -> Party:
    """Returns the data of the person with rectified values instead of stated values."""
    changes: dict[str, object] = {k: said[k] for k in ("nationality", "sex") if k in said}
    if "date_of_birth" in said:
        changes["date_of_birth"] = dt.date.fromisoformat(said["date_of_birth"])
    if "document" in said:
        changes["documents"] = (said["document"],)
    if "surname" in said or "given_names" in said:
        changes["names"] = tuple(
            dict.fromkeys(
                (said.get("surname", surname), said.get("given_names", given))
                for surname, given in party.names or ((None, None),)
            )
        )
    return msgspec.structs.replace(party, **changes)


def disagreement(person: Person) -> Reason | None:
    """Returns the differences between the passenger list and the booking for this person, as a reason. The
    reason is added only if there is also a reason from a list. Returns None if there are no differences."""
    differing = [
        fact
        for fact in person.facts
        if fact in (NAME_DIFFERS, BIRTH_DATE_DIFFERS, DOCUMENT_DIFFERS)
    ]
    if not differing:
        return None
    return Reason(
        kind="disagreement",
        key="disagreement",
        contribution=DISAGREEMENT_POINTS,
        params={"facts": differing},
        theme=THEME,
        purpose=PURPOSE,
    )
