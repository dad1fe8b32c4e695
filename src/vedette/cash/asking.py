"""The input for screening a movement of cash: its parties and its texts. The carrier, the declarant, the
representative, the owners, the sender and the recipients are all screened by the same rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from vedette.cash import records
from vedette.cash.movements import Held, Item
from vedette.cash.records import MOST_PARTIES, MOST_TEXTS, Movement
from vedette.core.codes import alpha3
from vedette.core.parties import Asked, Party


def asked(hold: Held, item: Item) -> Asked:
    """Returns the input for screening a movement. A cancelled movement has no parties and no texts.
    Therefore, the reasons of the hit no longer apply after the movement is cancelled."""
    if item.state.is_cancelled:
        return Asked()
    movement = corrected(item.movement, item.corrected)
    return Asked(parties=parties(movement), texts=texts(movement))


def roles(movement: Movement) -> Iterator[tuple[str, records.Party]]:
    """Yields the parties of a movement with their roles. The first party is the person who carries the
    cash."""
    for role in ("carrier", "declarant", "representative", "sender"):
        party: records.Party | None = getattr(movement, role)
        if party is not None:
            yield role, party
    yield from (("owner", one) for one in movement.owners)
    yield from (("recipient", one) for one in movement.recipients)


def parties(movement: Movement) -> tuple[Party, ...]:
    """Converts the parties of the movement to the form that the screening functions use. A party that is
    stated in several roles is one party."""
    found = dict.fromkeys(made for _, one in roles(movement) if (made := _party(one)) is not None)
    return tuple(found)[:MOST_PARTIES]


def _party(one: records.Party) -> Party | None:
    names: list[tuple[str | None, str | None]] = []
    if one.name:
        names.append((one.name, None))
    if one.last_names or one.first_names:
        names.append((one.last_names, one.first_names))
    documents = numbers(one)
    if not names and not documents:
        return None
    legal = one.legal if one.legal is not None else (True if one.name else None)
    country = next(iter(one.nationalities), None) or (one.country if legal else None)
    return Party(
        schema="Organization" if legal else "Person" if one.last_names else "",
        names=tuple(names),
        date_of_birth=one.date_of_birth,
        nationality=alpha3(country) if country else None,
        sex={"female": "F", "male": "M"}.get(one.gender or ""),
        documents=documents,
        phones=one.phones,
        emails=one.emails,
        addresses=one.addresses,
    )


def numbers(one: records.Party) -> tuple[str, ...]:
    """Returns the numbers that identify a party: the document, the personal number, and the numbers of a
    company.
    """
    stated = (
        one.document.number if one.document else None, one.personal_number, one.alien_number,
        one.registration_number, one.vat, one.eori,
    )  # fmt: skip
    return tuple(dict.fromkeys(number for number in stated if number))


def texts(movement: Movement) -> tuple[str, ...]:
    """Returns the free texts of a movement."""
    official = movement.official
    stated = (
        movement.provenance_text, movement.use_text, movement.transport.stated_contents,
        *(line.text for line in movement.lines), official.circumstances if official else None,
    )  # fmt: skip
    return tuple(dict.fromkeys(text for text in stated if text))[:MOST_TEXTS]


#: Element that a person may have rectified → the fields of the person who carries or declares the cash.
RECTIFIED = {
    "surname": "last_names",
    "given_names": "first_names",
    "date_of_birth": "date_of_birth",
}


def corrected(movement: Movement, values: Mapping[str, str]) -> Movement:
    """Returns a movement with the rectified values of the person who carries or declares the cash."""
    fields = {RECTIFIED[name]: value for name, value in values.items() if name in RECTIFIED}
    who = "carrier" if movement.carrier is not None else "declarant"
    party = getattr(movement, who)
    if not fields or party is None:
        return movement
    made = msgspec.convert({**msgspec.to_builtins(party), **fields}, records.Party, strict=False)
    return msgspec.structs.replace(movement, **{who: made})
