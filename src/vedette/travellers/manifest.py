"""Matches the people on a flight: joins the statements of passenger lists and bookings into persons. The last
part of the module describes the flight and its stored data.

A *person* contains everything that the messages of one flight state about one traveller. The sources are
passenger lists and bookings. Each statement is assigned to a person that the same source stated before. The
person of a statement is found by the reference, the document or the name, in this order. Afterwards, persons
whom only the passenger lists state are paired with persons whom only the bookings state. All look-ups use
dictionaries, so a flight of 500 people takes a few milliseconds.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from rapidfuzz.fuzz import ratio

from vedette.core.names import fold, plain_given, spellings
from vedette.core.records import Record
from vedette.core.statements import (
    NO_STAMP,
    Elements,
    Stamp,
    Views,
    elements,
    everything,
    last_stated,
    latest,
    rebuild,
    state,
)
from vedette.screening.exact import fold_document
from vedette.travellers.records import Booking, Traveller
from vedette.travellers.sendings import Closing, Part, on_board

#: Minimum similarity (0 to 100) of two names within one locator, or with the same birth date.
_ALIKE = 80.0

#: The facts that `Manifest.settle` records on a journey.
NAME_DIFFERS = "name_differs"
BIRTH_DATE_DIFFERS = "birth_date_differs"
DOCUMENT_DIFFERS = "document_differs"
BOOKED_NOT_FLOWN = "booked_not_flown"
FLOWN_NOT_BOOKED = "flown_not_booked"
_PASSENGERS = ("passenger", "transit")


def name_of(traveller: Traveller) -> tuple[str, str]:
    """Returns the normalised surname and the normalised given names, without the title."""
    return _folded(traveller.surname, traveller.given_names)


# One name is folded about seven times during intake; the cache keeps the last few thousand.
@lru_cache(maxsize=8192)
def _folded(surname: str | None, given: str | None) -> tuple[str, str]:
    return fold(surname), fold(plain_given(given))


def document_keys(traveller: Traveller) -> set[str]:
    """Returns the numbers of the traveller's own documents except visas, with the letters O and I replaced by
    0 and 1."""
    return {fold_document(d.number) for d in traveller.documents if d.type != "V"}


@dataclass(slots=True)
class Person:
    """Represents one traveller on one flight. `views` contains the statements of each source: {"api": …,
    "pnr": …}."""

    id: uuid.UUID
    traveller_id: uuid.UUID | None = None
    booking_id: uuid.UUID | None = None
    views: dict[str, Views] = field(default_factory=lambda: {"api": {}, "pnr": {}})
    stored: bool = False
    changed: bool = False
    facts: list[str] = field(default_factory=list)
    here: bool = True
    #: Rectified values: `surname`, `given_names`, `date_of_birth`, `nationality`, `sex` or `document` →
    #: value. They replace the stated values in screening; the statements stay unchanged.
    corrected: dict[str, str] = field(default_factory=dict)
    #: Values of the stored row that only the store uses, such as side-table month and fingerprint.
    row: dict[str, Any] = field(default_factory=dict)
    #: True if the earlier statements are masked; then `views` contains only later ones.
    late: bool = False
    _seen: dict[str, Traveller] = field(default_factory=dict)

    @property
    def restricted(self) -> bool:
        """Returns whether the processing of the person's data is restricted. A person whose processing is
        restricted is not screened."""
        return bool(self.row.get("restricted"))

    @property
    def out_of_sight(self) -> bool:
        """Returns whether the data of the person is masked, so that only its keyed tokens (hashes) can be
        read."""
        return self.late and not any(self.views.values())

    def seen(self, source: str) -> Traveller | None:
        """Returns the record of the traveller as one source states it, or None."""
        if source not in self._seen and self.views[source]:
            self._seen[source] = rebuild(everything(self.views[source]), Traveller)
        return self._seen.get(source)

    def state(self, source: str, sender: str, stamp: Stamp, stated: Elements) -> None:
        """Adds a statement of a sender."""
        views = self.views[source]
        before = views.get(sender, [])
        after = state(before, stamp, stated)
        if after != before:
            views[sender] = after
            self.changed = True
            self._seen.pop(source, None)

    def element(self, source: str, name: str) -> Any:
        """Returns the latest value of one element that a source stated, or None."""
        return latest(self.views[source], name)

    def take(self, source: str, traveller: Traveller) -> None:
        """If the statement is the first of its source, stores its record, so that `seen` does not need to
        build the record again."""
        if len(self.views[source]) == 1:
            self._seen[source] = traveller


class Manifest:
    """Contains the persons of one flight, with the keys by which statements are assigned to these persons.
    The flight must be locked."""

    def __init__(self, persons: Iterable[Person] = ()) -> None:
        self.persons: dict[uuid.UUID, Person] = {}
        self._keys: dict[tuple[Any, ...], list[Person]] = {}
        self.absorbed: list[tuple[Person, Person]] = []
        for person in persons:
            self.add(person)

    def add(self, person: Person) -> None:
        """Adds a person, who can then be found by every key of each source."""
        self.persons[person.id] = person
        for source in ("api", "pnr"):
            traveller = person.seen(source)
            if traveller is not None:
                self.index(source, person, traveller)

    def index(self, source: str, person: Person, traveller: Traveller) -> None:
        """Adds the keys of one statement, by which the person can then be found."""
        for key in (
            *_own_keys(source, traveller, person.booking_id if source == "pnr" else None),
            *_joining_keys(source, traveller),
        ):
            held = self._keys.setdefault(key, [])
            if person not in held:
                held.append(person)

    def find(
        self,
        source: str,
        traveller: Traveller,
        booking_id: uuid.UUID | None,
        taken: set[uuid.UUID],
    ) -> Person | None:
        """Returns the person to whom a statement of the given source belongs. The person is found by
        reference, document or name.

        `taken` contains the persons to whom a statement of the same message was already assigned. Persons in
        `taken` are not returned, because a message states each person only once.
        """
        for key in _own_keys(source, traveller, booking_id):
            for person in self._keys.get(key, ()):
                known = person.seen(source)
                if person.id in taken or person.id not in self.persons or known is None:
                    continue
                if key[0] == "reference" or _compatible(traveller, known):
                    return person
        return None

    def join(self, touched: Iterable[Person]) -> None:
        """Pairs persons whom only the passenger lists state with persons whom only the bookings state."""
        for person in touched:
            if person.id not in self.persons:
                continue
            ours = "api" if person.views["api"] else "pnr"
            theirs = "pnr" if ours == "api" else "api"
            if person.views[theirs]:
                continue
            other = self._counterpart(person, ours, theirs)
            if other is not None:
                self._absorb(person, other)

    def _counterpart(self, person: Person, ours: str, theirs: str) -> Person | None:
        traveller = person.seen(ours)
        if traveller is None or traveller.placeholder:
            return None
        for key in _joining_keys(theirs, traveller):
            candidates = [
                other
                for other in self._keys.get(key, ())
                if other.id in self.persons
                and not other.views[ours]
                and (known := other.seen(theirs)) is not None
                and (key[0] in ("document", "name") or _same_name(traveller, known))
                and _compatible(traveller, known)
            ]
            # A match by name alone is accepted only if it is unique.
            if candidates and (key[0] in ("document", "locator") or len(candidates) == 1):
                return min(candidates, key=lambda p: (*_unlike(p, traveller, theirs), p.id))
        return None

    def _absorb(self, one: Person, two: Person) -> None:
        """Merges two persons. A person who is already stored is kept. If both persons are already stored, the
        person with the lower id is kept."""
        kept, gone = sorted((one, two), key=lambda p: (not p.stored, p.id))
        for source, views in gone.views.items():
            for sender, view in views.items():
                for stamp, stated in view:
                    kept.state(source, sender, stamp, stated)
        kept.booking_id = kept.booking_id or gone.booking_id
        if one.booking_id or two.booking_id:
            # The booking identifies the traveller on other flights too, so its traveller id is kept.
            kept.traveller_id = (one if one.booking_id else two).traveller_id
        kept.changed = True
        del self.persons[gone.id]
        self.add(kept)
        if gone.stored:
            self.absorbed.append((kept, gone))

    def settle(self, said: Closing, pushes: dict[str, Stamp]) -> None:
        """Records the differences between the sources for every person, and whether the person is present.

        `said` contains the state of closure of the flight according to the passenger lists. `pushes`
        contains, for each sender, the stamp of the last complete transmission of all bookings (full push).
        """
        for person in self.persons.values():
            if person.late:
                # The recorded facts stay, because the earlier statements are masked.
                continue
            api = person.seen("api")
            crew = api is not None and api.role in ("crew", "transit_crew")
            flies = api is not None and (crew or on_board(person.views["api"], said))
            here = flies or any(
                stamp >= pushes.get(sender, NO_STAMP)
                for sender, stamp in last_stated(person.views["pnr"]).items()
            )
            facts = disagreements(api, person.seen("pnr"), flies, said.closed, bool(pushes))
            if facts != person.facts or here != person.here:
                person.facts, person.here, person.changed = facts, here, True


def disagreements(
    api: Traveller | None, pnr: Traveller | None, flies: bool, closed: bool, pushed: bool
) -> list[str]:
    """Returns the differences between passenger list and booking, and whether the traveller is absent from
    one of them.

    `flies` is true if the passenger lists state the traveller as on board. A traveller can be absent from the
    passenger lists only if the lists are final (`closed`). A traveller can be absent from the bookings only
    if all bookings of the flight are known (`pushed`).
    """
    if pnr is None:
        booked = not flies or not pushed or (api is not None and api.role not in _PASSENGERS)
        return [] if booked else [FLOWN_NOT_BOOKED]
    if api is None:
        return [BOOKED_NOT_FLOWN] if closed else []
    ours, theirs = document_keys(api), document_keys(pnr)
    facts = {
        NAME_DIFFERS: not (pnr.placeholder or _names_agree(name_of(api), name_of(pnr))),
        BIRTH_DATE_DIFFERS: _born_apart(api, pnr),
        DOCUMENT_DIFFERS: ours and theirs and not ours & theirs,
        BOOKED_NOT_FLOWN: closed and not flies,
    }
    return [fact for fact, found in facts.items() if found]


def _born_apart(one: Traveller, two: Traveller) -> bool:
    """Returns whether both birth dates are known and differ."""
    return None not in (one.date_of_birth, two.date_of_birth) and (
        one.date_of_birth != two.date_of_birth
    )


def _names_agree(one: tuple[str, str], two: tuple[str, str]) -> bool:
    """Returns whether the surnames are equal and one given name begins with the other. Reservation systems
    truncate names."""
    return one[0] == two[0] and (one[1].startswith(two[1]) or two[1].startswith(one[1]))


def _compatible(one: Traveller, two: Traveller) -> bool:
    """Returns whether two statements may be about one person. Without a common document, the birth dates must
    not differ. With a common document, the names must be similar or the birth dates equal."""
    if not document_keys(one) & document_keys(two):
        return not _born_apart(one, two)
    return ratio("".join(name_of(one)), "".join(name_of(two))) >= 50 or (
        one.date_of_birth is not None and one.date_of_birth == two.date_of_birth
    )


def _unlike(person: Person, traveller: Traveller, source: str) -> tuple[float, str]:
    """Returns the sort key of a candidate. The most similar name comes first. If one person is in two
    bookings, the booking with the lower locator comes first. Bookings are not ordered by id, because ids that
    are created in the same millisecond have no order."""
    known = person.seen(source)
    if known is None:
        return 0.0, ""
    return -ratio("".join(name_of(traveller)), "".join(name_of(known))), known.locator or ""


def _same_name(one: Traveller, two: Traveller) -> bool:
    a, b = name_of(one), name_of(two)
    return _names_agree(a, b) or ratio("".join(a), "".join(b)) >= _ALIKE


def _own_keys(
    source: str, traveller: Traveller, booking_id: uuid.UUID | None
) -> list[tuple[Any, ...]]:
    """Returns the keys by which the next statement of `source` is assigned to the same person, the strongest
    key first.

    Travellers of a booking are identified within the booking. Travellers of a passenger list are identified
    within the flight.
    """
    scope = (source, booking_id)
    keys: list[tuple[Any, ...]] = []
    if traveller.reference:
        keys.append(("reference", *scope, traveller.reference))
    keys.extend(("own document", *scope, number) for number in sorted(document_keys(traveller)))
    if not traveller.placeholder:
        born = traveller.date_of_birth if source == "api" else None
        keys.append(("own name", *scope, *name_of(traveller), born))
    return keys


def _joining_keys(source: str, traveller: Traveller) -> list[tuple[Any, ...]]:
    """Returns the keys that join a person of `source` with a person of the other source, the strongest key
    first."""
    keys: list[tuple[Any, ...]] = [
        ("document", source, number) for number in sorted(document_keys(traveller))
    ]
    if not traveller.placeholder:
        if traveller.locator:
            keys.append(("locator", source, traveller.locator))
        keys.append(("name", source, *name_of(traveller)))
        if traveller.date_of_birth:
            keys.append(("birth", source, traveller.date_of_birth))
    return keys


def names_of(person: Person) -> list[tuple[str | None, str | None]]:
    """Returns every name (surname, given names) that a source or a document states for a person, without
    duplicates. If the last word of a name may be a title, the result contains two names, with and without
    this word. Placeholder names (TBA) are left out."""
    stated: list[tuple[str | None, tuple[str | None, ...]]] = []
    for traveller in filter(None, (person.seen("api"), person.seen("pnr"))):
        if not traveller.placeholder and (traveller.surname or traveller.given_names):
            stated.append((traveller.surname, spellings(traveller.given_names)))
        stated.extend(
            (document.surname, (document.given_names,))
            for document in traveller.documents
            if (document.surname or document.given_names) and document.type != "V"
        )
    sure = {given[0] for _, given in stated if len(given) == 1}
    names: dict[tuple[str | None, str | None], None] = {}
    for surname, given in stated:
        # If an ending may be a title, both spellings are used unless another statement confirms one.
        settled = [one for one in given if one in sure]
        for one in settled or given:
            names.setdefault((surname, one or None))
    return list(names)


def booking_elements(booking: Booking) -> Elements:
    """Returns the elements of the booking itself, without its travellers and without elements that belong to
    one traveller."""
    found = elements(booking)
    found.pop("travellers", None)
    for name in ("seats", "bags"):
        kept = [item for item in found.pop(name, []) if "traveller" not in item]
        if kept:
            found[name] = kept
    return found


# --- stored data of a flight --------------------------------------------------------------------


class FlightRow(Record, frozen=True, kw_only=True):
    """Describes a flight. Each time is stored as the stated local time, as the time zone of the airport, and
    in UTC."""

    id: uuid.UUID
    carrier: str
    number: str
    origin: str
    destination: str
    departs_on: dt.date
    departs_local: dt.datetime | None = None
    departs_zone: str = ""
    departs_at: dt.datetime | None = None
    arrives_local: dt.datetime | None = None
    arrives_zone: str = ""
    arrives_at: dt.datetime | None = None
    #: Stamp, as text, of the message that stated the flight: the greatest stamp wins in any order of receipt.
    stated: str = ""

    @property
    def sender(self) -> str:
        """Returns the carrier. The carrier sends the messages of the flight."""
        return self.carrier


def identifying(traveller: Traveller) -> list[tuple[str, str]]:
    """Returns the kind and the value of each identifier that alone identifies a person: each document, and
    the name with the birth date."""
    found = [("document", number) for number in sorted(document_keys(traveller))]
    surname, given = name_of(traveller)
    if (surname or given) and traveller.date_of_birth and not traveller.placeholder:
        found.append(("person", f"{surname}|{given}|{traveller.date_of_birth}"))
    return found


@dataclass(slots=True)
class Held:
    """Contains the stored data of one flight, which are loaded while the flight is locked."""

    row: FlightRow
    manifest: Manifest
    #: The unit that serves the flight; its officers see the flight.
    unit: uuid.UUID | None = None
    #: Full pushes of the bookings of the flight, and its passenger lists.
    pushes: list[Part] = field(default_factory=list)
    lists: list[Part] = field(default_factory=list)
    #: Booking → views, as stated for this flight.
    bookings: dict[uuid.UUID, dict[str, list[list[object]]]] = field(default_factory=dict)
    changed_bookings: set[uuid.UUID] = field(default_factory=set)
    #: The masked persons, by traveller id and by the tokens of their identifying values. Their names are not
    #: readable. They are not in the manifest until a message states something about them.
    masked: Mapping[uuid.UUID | bytes, Person] = field(default_factory=dict)

    @property
    def subjects(self) -> Iterable[Person]:
        """Returns the persons on the flight."""
        return self.manifest.persons.values()

    def masked_one(
        self,
        traveller: Traveller,
        booked: uuid.UUID | None,
        taken: set[uuid.UUID],
        token: Callable[[str, str], bytes],
    ) -> Person | None:
        """Returns the masked person to whom a late statement refers. The masked person is the traveller
        `booked`, or a person with the same document, or with the same name and birth date. Returns None if no
        masked person is found, or if the person is in `taken`."""
        if not self.masked:
            return None
        marks = [booked, *(token(*value) for value in identifying(traveller))]
        found = (self.masked[mark] for mark in marks if mark is not None and mark in self.masked)
        return next((person for person in found if person.id not in taken), None)
