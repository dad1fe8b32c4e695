"""Computes the values of the travellers' vocabulary (`travellers/columns.toml`) from the stored data of a
flight.

There is one module for each ground. Each module returns columns and values, with None for unknown values;
this module combines them and leaves unknown values out. Values of a flight and of a booking are computed
once.
"""

from __future__ import annotations

import datetime as dt
import gc
import uuid
from collections.abc import Mapping, Sequence
from functools import cache

from vedette.profiles.vocabulary import Vocabulary, add_words, load
from vedette.travellers.columns import (
    agreement,
    booking,
    check_in,
    company,
    contacts,
    documents,
    journey,
    payment,
    rarity,
    words,
)
from vedette.travellers.columns.aboard import Aboard, Booked, Member, known
from vedette.travellers.columns.linking import Links
from vedette.travellers.columns.rarity import Rarity
from vedette.travellers.manifest import Held, Person

Values = dict[str, object]
add_words(words.UNITS, words.UNIT_NAMES, words.GROUNDS)


def vocabulary() -> Vocabulary:
    """The vocabulary of travellers (`travellers/columns.toml`)."""
    return load("traveller", "vedette.travellers")


@cache
def history_columns() -> frozenset[str]:
    """The columns that are counted from earlier journeys; the caller passes them, they are not
    computed here."""
    return frozenset(c.name for c in vocabulary().columns if c.source.startswith("history"))


def of_subjects(
    subjects: Sequence[tuple[Held, Person]],
    history: Mapping[uuid.UUID, Mapping[str, object]],
    now: dt.datetime,
) -> list[Values]:
    """`values` of persons of several flights, in their order."""
    flights: dict[uuid.UUID, tuple[Held, list[int]]] = {}
    for place, (hold, _) in enumerate(subjects):
        flights.setdefault(hold.row.id, (hold, []))[1].append(place)
    found: list[Values] = [{} for _ in subjects]
    for hold, places in flights.values():
        rows = values(hold, [subjects[place][1] for place in places], history, now)
        for place, row in zip(places, rows, strict=True):
            found[place] = row
    return found


def values(
    hold: Held,
    persons: Sequence[Person],
    history: Mapping[uuid.UUID, Mapping[str, object]],
    now: dt.datetime,
) -> list[Values]:
    """The known values of each of these persons of a flight, by column; an unknown value is absent.

    `history` gives the values of earlier journeys by person (`history_columns`); `now` is the moment of
    screening, aware. `hold` must be settled (`merging.settle`): facts and presence are read from it.
    """
    if not persons:
        return []
    # The call creates thousands of small containers that exist until it ends: garbage collection during the
    # call would free nothing and take a tenth of the time (measured).
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _values(hold, persons, history, now)
    finally:
        if collecting:
            gc.enable()


def _values(
    hold: Held,
    persons: Sequence[Person],
    history: Mapping[uuid.UUID, Mapping[str, object]],
    now: dt.datetime,
) -> list[Values]:
    aboard = Aboard(hold, now, persons)
    links, rare = Links(aboard), Rarity(aboard)
    found = [
        _of(aboard.members[p.id], aboard, links, rare, history.get(p.id) or {}) for p in persons
    ]
    # Bookings and their travellers refer to each other: break the cycle, so that no collector run is needed.
    for booked in aboard.bookings.values():
        booked.members = []
    return found


def _of(
    member: Member,
    aboard: Aboard,
    links: Links,
    rare: Rarity,
    past: Mapping[str, object],
) -> Values:
    found = dict(_of_booking(member.booked, aboard, links, rare))
    if not member.said:
        # Nothing about this person is stored unencrypted any more.
        return found
    own = {
        **journey.columns(member),
        **contacts.columns(member),
        **documents.columns(member, aboard.row.departs_on),
        **check_in.baggage(member, aboard),
        **agreement.columns(member, aboard),
        **check_in.columns(member, aboard),
        **company.columns(member, links),
        **documents.personal(member),
    }
    found.update(known(own))
    if past:
        given = history_columns()
        found.update(known({name: value for name, value in past.items() if name in given}))
    return found


def _of_booking(
    b: Booked | None, aboard: Aboard, links: Links, rare: Rarity
) -> Mapping[str, object]:
    """The values that all travellers of a booking share, computed for the first of them; without a booking,
    the values of the flight."""
    if b is None:
        return aboard.facts
    if b.columns is None:
        b.columns = known(
            {
                **aboard.facts,
                **journey.booked(b.trip, aboard.row),
                **booking.columns(b, aboard),
                **payment.columns(b),
                "bags_per_traveller": check_in.per_traveller(b.members, aboard),
                **company.booked(b, links),
                **rarity.columns(b, rare),
            }
        )
    return b.columns
