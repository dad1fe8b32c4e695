"""Converts the state of movements to rows: the identifiers, the fingerprint and the names."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from vedette.cash import asking, records
from vedette.cash.movements import Item, names
from vedette.cash.records import Movement
from vedette.core.names import fold, plain_given
from vedette.keys.ring import Keys
from vedette.screening.exact import fold_address, fold_document, fold_email, fold_phone

#: The kind of all identifiers of an announcement. Counts, history and links read other kinds only.
ANNOUNCED = "announced"


def values(item: Item) -> Iterator[tuple[str, str]]:
    """Yields the kind and the normalised value of each identifier of a movement, without duplicates."""
    found: dict[tuple[str, str], None] = {}
    message = item.message
    movement = asking.corrected(item.movement, item.corrected)
    way, official = movement.transport, movement.official
    for text in (message.code, message.reference, official.reference if official else None):
        found["reference", fold_document(text or "")] = None
    for text in (way.container, way.consignment):
        found["container", fold_document(text or "")] = None
    if way.mode == "road" and way.reference:
        found["vehicle", fold_document(f"{way.plate_country or ''}{way.reference}")] = None
    if way.mode == "sea" and way.reference:
        found["vessel", fold_document(way.reference)] = None
    for _, one in asking.roles(movement):
        for number in asking.numbers(one):
            found["document", fold_document(number)] = None
        for phone in one.phones:
            found["phone", fold_phone(phone)] = None
        for email in one.emails:
            found["email", fold_email(email)] = None
        for address in one.addresses:
            # The form of an address by which subjects are linked needs a street and a place.
            linking = next(iter(fold_address(msgspec.structs.replace(address, country=None))), "")
            found["address", linking] = None
            found.update(dict.fromkeys(("place", k) for k in fold_address(address) if k != linking))
        for name in spelled(one):
            found["party", name] = None
        if person := person_of(one):
            found["person", person] = None
    yield from (one for one in found if one[1])


def spelled(one: records.Party) -> Iterator[str]:
    """Yields the normalised names of a party. The name of a person is yielded in two orders: given names
    first, and surname first."""
    if one.name:
        yield fold(one.name)
    if one.last_names:
        yield fold(f"{one.first_names or ''} {one.last_names}")
        yield fold(f"{one.last_names} {one.first_names or ''}")


def person_of(one: records.Party) -> str:
    """Returns the normalised name and the birth date of a person in the format of the identifiers of
    travellers. Returns an empty text if the name or the birth date is not stated."""
    if not (one.last_names and one.date_of_birth):
        return ""
    return f"{fold(one.last_names)}|{fold(plain_given(one.first_names))}|{one.date_of_birth}"


def identifiers(item: Item, keys: Keys) -> Iterator[tuple[str, bytes]]:
    """Yields the kind and the token of each identifier of a movement. All identifiers of an announcement have
    the kind `ANNOUNCED`. The computation of counts, histories and links ignores this kind."""
    for kind, value in values(item):
        if item.announced:
            kind = ANNOUNCED
        yield kind, keys.token(kind, value)


def name_tokens(item: Item, keys: Keys) -> Iterator[bytes]:
    """Yields the tokens of the names that messages use to refer to a movement."""
    for name in names(item.message):
        yield name_token(name, keys)


def name_token(name: tuple[str, ...], keys: Keys) -> bytes:
    """Returns the keyed token of a name by which messages refer to a movement."""
    return keys.token("cash name", *name)


def fingerprint(item: Item, keys: Keys) -> bytes:
    """Returns the fingerprint of a movement: the token of the names, birth dates and numbers of its parties.
    If an officer clears a movement, this decision also applies to other movements with the same fingerprint.
    """
    parties = sorted(
        "|".join(
            (
                fold(one.full_name), str(one.date_of_birth or ""),
                *sorted(fold_document(number) for number in asking.numbers(one)),
            )
        )
        for _, one in asking.roles(asking.corrected(item.movement, item.corrected))
    )  # fmt: skip
    return keys.token("fingerprint", "\n".join(parties) or str(item.id))


def route(movement: Movement) -> str:
    """Returns the countries of departure and arrival (`TN-FR`), or an empty text if one of them is not
    stated."""
    way = movement.transport
    if not (way.departure_country and way.arrival_country):
        return ""
    return f"{way.departure_country[:2]}-{way.arrival_country[:2]}"


def party_names(movement: Movement) -> list[str]:
    """Returns the names of all parties, without duplicates."""
    return list(dict.fromkeys(one.full_name for _, one in asking.roles(movement) if one.full_name))
