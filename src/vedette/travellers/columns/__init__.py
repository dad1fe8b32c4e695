"""Computes the values of the travellers' vocabulary (`travellers/columns.toml`) from the stored data of a
flight.

Each module of this package computes the columns for one or several kinds of fact; a value that is unknown is
None. This module combines the columns and leaves out unknown values. The values of a flight are computed only
once, and so are the values of each booking.
"""

from __future__ import annotations

import datetime as dt
import gc
import uuid
from collections.abc import Mapping, Sequence
from functools import cache

from vedette.core.texts import Text, ngettext_lazy, pgettext_lazy
from vedette.profiles.vocabulary import Vocabulary, add_words, load
from vedette.travellers.columns import (
    agreement,
    booking,
    check_in,
    company,
    contacts,
    documents,
    journey,
)
from vedette.travellers.columns.aboard import Aboard, Booked, Member, known
from vedette.travellers.columns.booking import Rarity
from vedette.travellers.columns.company import Links
from vedette.travellers.manifest import Held, Person

Values = dict[str, object]
#: The units and kinds of fact that only travellers have. `profiles/vocabulary.py` contains those of all kinds
#: of subject.
_UNITS: dict[str, Text] = {
    "traveller": ngettext_lazy("%(n)s traveller", "%(n)s travellers"),
    "booking": ngettext_lazy("%(n)s booking", "%(n)s bookings"),
    "journey": ngettext_lazy("%(n)s journey", "%(n)s journeys"),
    "flight": ngettext_lazy("%(n)s flight", "%(n)s flights"),
}
_UNIT_NAMES: dict[str, Text] = {
    "traveller": pgettext_lazy("unit", "travellers"),
    "booking": pgettext_lazy("unit", "bookings"),
    "journey": pgettext_lazy("unit", "journeys"),
    "flight": pgettext_lazy("unit", "flights"),
}
_GROUNDS: dict[str, Text] = {
    "flight": pgettext_lazy("kind of fact", "flight"),
    "journey": pgettext_lazy("kind of fact", "journey"),
    "booking": pgettext_lazy("kind of fact", "booking"),
}
add_words(_UNITS, _UNIT_NAMES, _GROUNDS)


def vocabulary() -> Vocabulary:
    """Returns the vocabulary of travellers (`travellers/columns.toml`)."""
    return load("traveller", "vedette.travellers")


@cache
def history_columns() -> frozenset[str]:
    """Returns the columns whose values are computed from earlier journeys. The caller of `values` passes the
    values from earlier journeys as `history`."""
    return frozenset(c.name for c in vocabulary().columns if c.source.startswith("history"))


def of_subjects(
    subjects: Sequence[tuple[Held, Person]],
    history: Mapping[uuid.UUID, Mapping[str, object]],
    now: dt.datetime,
) -> list[Values]:
    """Returns the known values (`values`) of persons on several flights, in the order of `subjects`."""
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
    """Returns the known values of the given persons of a flight. The values of each person are a mapping from
    columns to values, without unknown values.

    `history` contains the values of `history_columns` by person. `now` is the time of screening, with its
    time zone. `merging.settle(hold)` must be called before this function. This function uses the differences
    between the sources and the information who is on board, both of which `merging.settle` determines.
    """
    if not persons:
        return []
    # The call creates thousands of small objects that exist until the call ends. Garbage collection during
    # the call would free nothing, and would take a tenth of the time (measured).
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
    # Bookings and their travellers refer to each other. This assignment removes the circular reference, so
    # that the objects are freed before the next run of the garbage collector.
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
        # All data of this person are now stored only in encrypted form.
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
    """Returns the values that all travellers of a booking have in common. The values of a booking are
    computed for its first traveller and then reused for its other travellers. If there is no booking, returns
    the values of the flight."""
    if b is None:
        return aboard.facts
    if b.columns is None:
        b.columns = known(
            {
                **aboard.facts,
                **journey.booked(b.trip, aboard.row),
                **booking.columns(b, aboard),
                **booking.payment(b),
                "bags_per_traveller": check_in.per_traveller(b.members, aboard),
                **company.booked(b, links),
                **booking.rarity(b, rare),
            }
        )
    return b.columns
