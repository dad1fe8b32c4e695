"""Converts records to rows of tables. The module lists the columns of each table, and returns the values of a
row in the order of the columns. Typed names and numbers are normalised (`fold`) in the same way as stored
names and numbers, so that typed and stored values can be compared."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from itertools import chain
from typing import Any

from psycopg.types.json import Jsonb

from vedette.core.names import fold, spellings
from vedette.keys.ring import Keys
from vedette.screening.exact import (
    fold_address,
    fold_document,
    fold_email,
    fold_phone,
    linking_address,
)
from vedette.travellers.kind import KIND
from vedette.travellers.manifest import (
    FlightRow,
    Held,
    Person,
    identifying,
    names_of,
)
from vedette.travellers.mentions import document_keys, name_of
from vedette.travellers.records import Traveller

FLIGHT = (
    "id",
    "organisation_id",
    "departs_on",
    "carrier",
    "number",
    "origin",
    "destination",
    "departs_local",
    "departs_zone",
    "departs_at",
    "arrives_local",
    "arrives_zone",
    "arrives_at",
    "stated",
)
#: In each column, the later statement wins. If it leaves a column empty, the column keeps its value.
FLIGHT_UPDATE = {
    name: f"CASE WHEN EXCLUDED.stated >= travellers_flight.stated"
    f" THEN coalesce({blank[0]}EXCLUDED.{name}{blank[1]}, travellers_flight.{name})"
    f" ELSE coalesce({blank[0]}travellers_flight.{name}{blank[1]}, EXCLUDED.{name}) END"
    for name in FLIGHT[6:]
    for blank in (
        (
            ("nullif(", ", '')")
            if name in ("destination", "departs_zone", "arrives_zone")
            else ("", "")
        ),
    )
}
BOOKING_CLEAR = ("booking_id", "flight_id", "retention_class", "month", "organisation_id", "state")
JOURNEY = (
    "id",
    "traveller_id",
    "flight_id",
    "booking_id",
    "role",
    "infant",
    "placeholder",
    "in_api",
    "in_pnr",
    "present",
    "facts",
    "unit_id",
)
CLEAR = (
    "journey_id",
    "retention_class",
    "month",
    "organisation_id",
    "surname",
    "given_names",
    "name_key",
    "names",
    "name_keys",
    "date_of_birth",
    "birth_period",
    "sex",
    "nationality",
    "document",
    "seat",
    "locator",
    "state",
)
_BETWEEN = re.compile(r"[\s,;/]+")


def flight_row_values(flight: FlightRow, organisation: uuid.UUID) -> tuple[Any, ...]:
    """Returns the values of a flight in the order of the columns `FLIGHT`."""
    return (
        flight.id,
        organisation,
        flight.departs_on,
        flight.carrier,
        flight.number,
        flight.origin,
        flight.destination,
        flight.departs_local,
        flight.departs_zone,
        flight.departs_at,
        flight.arrives_local,
        flight.arrives_zone,
        flight.arrives_at,
        flight.stated,
    )


def best(person: Person) -> Traveller:
    """Returns the record of the traveller from the passenger list or, without a passenger list, from the
    booking."""
    traveller = person.seen("api") or person.seen("pnr")
    assert traveller is not None  # noqa: S101  a person has at least one statement
    return traveller


def fingerprint(person: Person, keys: Keys) -> bytes:
    """Returns the fingerprint of a person, which is the keyed token (hash) of the document. Without a
    document, the fingerprint is the keyed token of the name, the birth date and the sex. A clearing (the
    decision that the person is not the listed person) applies to all records with the same fingerprint."""
    if person.late and person.row.get("fingerprint"):
        return bytes(person.row["fingerprint"])
    for source in ("api", "pnr"):
        traveller = person.seen(source)
        numbers = sorted(document_keys(traveller)) if traveller else []
        if numbers:
            return keys.token("fingerprint", numbers[0])
    traveller = best(person)
    parts = (*name_of(traveller), str(traveller.date_of_birth), traveller.sex or "")
    return keys.token("fingerprint", "|".join(parts))


def subject_row(person: Person, hold: Held, keys: Keys, now: dt.datetime) -> tuple[Any, ...]:
    """Returns the values of the columns that every subject has, in the order of the columns `SUBJECT`. The
    first columns of a subject (`SPINE`) are not included."""
    return (
        person.id,
        KIND.name,
        hold.unit,
        hold.row.id,
        KIND.due_at(hold),
        fingerprint(person, keys),
        now,
        minor(person, hold.row.departs_on),
    )


def journey_row(person: Person, hold: Held) -> tuple[Any, ...]:
    """Returns the values of a journey in the order of the columns `JOURNEY`."""
    traveller = best(person)
    return (
        person.id,
        person.traveller_id,
        hold.row.id,
        person.booking_id,
        traveller.role,
        traveller.infant,
        traveller.placeholder,
        bool(person.views["api"]),
        bool(person.views["pnr"]),
        person.here,
        Jsonb(person.facts),
        hold.unit,
    )


def minor(person: Person, travels_on: dt.date) -> bool:
    """Returns whether any message or document shows that the traveller is younger than 18 on the day of
    travel. A rectified birth date replaces all stated birth dates. If only the year, or the year and month,
    of the birth date is known, the last day of this period is used as the birth date. Therefore a traveller
    who may be a minor is treated as a minor."""
    if "date_of_birth" in person.corrected:
        return under_age(dt.date.fromisoformat(person.corrected["date_of_birth"]), travels_on)
    stated = [t for t in (person.seen("api"), person.seen("pnr")) if t is not None]
    born = {t.date_of_birth for t in stated} | {
        d.date_of_birth for t in stated for d in t.documents
    }
    born |= {t.latest_birth(travels_on) for t in stated}
    return any(t.infant for t in stated) or any(
        under_age(day, travels_on) for day in born if day is not None
    )


def under_age(born: dt.date, on: dt.date) -> bool:
    """Returns whether a person is younger than 18 on a day. Returns False if the birth date is after the
    given day, because such a birth date is an error, usually in the century."""
    grown = (on.year - 18, on.month, on.day)
    return born <= on and (born.year, born.month, born.day) > grown


def search_key(traveller: Traveller, given: str | None = None) -> str:
    """Returns the normalised name for the search, in the form `surname given`, in lower case and with letters
    only. `given` contains the displayed given names if they differ from the given names of the record."""
    surname, plain = name_of(traveller)
    return f"{surname} {plain if given is None else fold(given)}".strip().lower()


def shown_given(person: Person) -> str:
    """Returns the given names as displayed. Bookings may append a title to the given names, but passenger
    lists do not. The search by the beginning of a name therefore finds given names with and without a
    title."""
    found = spellings(best(person).given_names)
    return max(found, key=len) if person.views["api"] else found[0]


def clear_row(
    person: Person, retention_class: str, month: dt.date, organisation: uuid.UUID
) -> tuple[Any, ...]:
    """Returns the clear-text values of a person, in the order of the columns `CLEAR`. The values are taken
    from the passenger list. Values that are not in the passenger list are taken from the booking."""
    # Only workers compute the keys. The engine is loaded at the first use (`tests/web/test_weight.py`).
    from vedette.screening.names import lookup

    named = names_of(person)
    traveller, booked = best(person), person.seen("pnr") or best(person)
    given = shown_given(person)
    documents = [d for d in (*traveller.documents, *booked.documents) if d.type != "V"]
    born = traveller.date_of_birth or booked.date_of_birth
    seats = (person.element("pnr", "seats") if person.views["pnr"] else None) or [{}]
    return (
        person.id,
        retention_class,
        month,
        organisation,
        traveller.surname,
        given or None,
        search_key(traveller, given),
        [f"{surname or ''}|{given or ''}" for surname, given in named],
        lookup.stored(f"{given or ''} {surname or ''}" for surname, given in named),
        born,
        None if born else traveller.birth_period or booked.birth_period,
        traveller.sex or booked.sex,
        traveller.nationality or booked.nationality,
        documents[0].number if documents else None,
        traveller.seat or booked.seat or seats[0].get("number"),
        traveller.locator or booked.locator,
        Jsonb(person.views),
    )


def identifiers(
    person: Person, keys: Keys, agency: str | None = None
) -> Iterator[tuple[str, bytes]]:
    """Yields the kind and the keyed token (hash) of each identifier of a person, without duplicates. `agency`
    is the agency that made the booking."""
    values: dict[tuple[str, str], None] = {}
    if agency:
        values["agency", agency.upper()] = None
    for source in ("api", "pnr"):
        traveller = person.seen(source)
        if traveller is None:
            continue
        stated = [
            *identifying(traveller),
            # A visa does not identify a person in messages, but an entry of a list may contain it.
            *(("visa", fold_document(d.number)) for d in traveller.documents if d.type == "V"),
            *(("phone", fold_phone(phone)) for phone in traveller.contacts.phones),
            *(("email", fold_email(email)) for email in traveller.contacts.emails),
            ("locator", (traveller.locator or "").upper()),
            *(("loyalty", f"{f.carrier or ''}{f.number}") for f in traveller.frequent_flyer),
        ]
        values.update(dict.fromkeys(stated))
        for address in traveller.contacts.addresses:
            linking = linking_address(address)
            values["address", linking] = None
            # Lists are searched for every form of an address. Links use only one form, because otherwise one
            # address would count twice.
            values.update(
                dict.fromkeys(("place", key) for key in fold_address(address) if key != linking)
            )
    if person.views["pnr"]:
        cards = person.element("pnr", "cards") or ()
        values.update(dict.fromkeys(("card", c) for c in cards))
    for kind, value in values:
        if value:
            yield kind, keys.token(kind, value)


def words(text: str) -> list[str]:
    """Returns the words of a name, transliterated to Latin letters and in lower case. The words contain only
    letters. `José` becomes `jose`."""
    return [w for w in (fold(part).lower() for part in _BETWEEN.split(text)) if w]


def like(text: str) -> str:
    """Returns `text` with the wildcards of LIKE escaped."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def beginnings(text: str) -> list[str]:
    """Returns possible beginnings of stored names that match a typed name. A stored name (`name_key`) has the
    form `surname given`. The surname contains no spaces, and the given names contain no spaces.

    A comma separates surname and given names. If the text contains no comma, every division into surname and
    given names is tried, in both orders. Only the first eight words are used.
    """
    if "," in text:
        surname, _, given = text.partition(",")
        return [f"{''.join(words(surname))} {''.join(words(given))}".strip()]
    parts = words(text)[:8]
    splits = [(parts[:i], parts[i:]) for i in range(1, len(parts))]
    pairs = chain(splits, ((given, surname) for surname, given in splits))
    found = [f"{''.join(surname)} {''.join(given)}" for surname, given in pairs]
    # The whole text may be the beginning of a surname of several words.
    return list(dict.fromkeys(["".join(parts), *found])) if parts else []


def document_numbers(text: str) -> list[str]:
    """Returns the forms of a document number for which a token may be stored (`manifest.document_keys`). The
    forms of a document number are the number as typed, and the number without separators between groups of
    digits."""
    number = text.upper().replace(" ", "").replace("O", "0").replace("I", "1")
    return list(dict.fromkeys((number, re.sub(r"[-./]", "", number))))
