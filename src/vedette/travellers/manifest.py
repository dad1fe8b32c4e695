"""Matches the people on a flight: joins the statements of passenger lists and bookings into persons. The last
part of the module describes the flight and its stored data.

A *person* contains everything that the messages of one flight state about one traveller. The sources are
passenger lists and bookings. The statements of one source with the same name form a mention, and a person
consists of mentions (`mentions.py`). If a mention changes or is new, the mentions that are linked with it are
divided into persons again. Therefore the persons do not depend on the order of the messages. All look-ups use
dictionaries, so a flight of 500 people takes a few milliseconds.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vedette.core.names import spellings
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
)
from vedette.travellers.mentions import (
    Index,
    Mention,
    born_apart,
    document_keys,
    mentions_of,
    name_of,
    names_agree,
    together,
    views_of,
)
from vedette.travellers.records import Booking, Traveller
from vedette.travellers.sendings import Closing, Part, on_board

#: The facts that `Manifest.settle` records on a journey.
NAME_DIFFERS = "name_differs"
BIRTH_DATE_DIFFERS = "birth_date_differs"
DOCUMENT_DIFFERS = "document_differs"
BOOKED_NOT_FLOWN = "booked_not_flown"
FLOWN_NOT_BOOKED = "flown_not_booked"
_PASSENGERS = ("passenger", "transit")


@dataclass(slots=True, eq=False)
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
    #: The mentions of which the views consist.
    mentions: list[Mention] = field(default_factory=list)
    #: True if statements of a stored person now belong to another person.
    reduced: bool = False
    _seen: dict[str, Traveller] = field(default_factory=dict)

    @property
    def restricted(self) -> bool:
        """Returns whether the processing of the person's data is restricted. A person whose processing is
        restricted is not screened."""
        return bool(self.row.get("restricted"))

    @property
    def fixed(self) -> bool:
        """Returns whether the statements of the person must not be divided, because they are partly masked,
        or because the person is restricted or rectified."""
        return self.late or self.restricted or bool(self.corrected)

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

    def element(self, source: str, name: str) -> Any:
        """Returns the latest value of one element that a source stated, or None."""
        return latest(self.views[source], name)

    def compose(self) -> None:
        """Collects the statements of each sender (views) from the mentions of the person."""
        for source in self.views:
            own = [one for one in self.mentions if one.source == source]
            self.views[source] = views_of(own) if own else {}
            self._seen.pop(source, None)
            if len(own) == 1:
                self._seen[source] = own[0].seen


class Manifest:
    """Contains the persons of one flight, and the statements about them, grouped by source and name
    (mentions). The flight must be locked."""

    def __init__(self, persons: Iterable[Person] = ()) -> None:
        self.persons: dict[uuid.UUID, Person] = {}
        #: Pairs of persons who are one person: the one who is kept, and the stored one who is removed.
        self.absorbed: list[tuple[Person, Person]] = []
        self._mentions: dict[tuple[str, uuid.UUID | None, str], Mention] = {}
        self._index = Index()
        self._new: dict[Mention, None] = {}
        for person in persons:
            self.add(person)

    def add(self, person: Person) -> None:
        """Adds a person, and divides the statements about the person into mentions (statements with the same
        name)."""
        self.persons[person.id] = person
        for source, views in person.views.items():
            scope = person.booking_id if source == "pnr" else None
            for mention in mentions_of(person, source, scope, views):
                self._add(mention)
        person.compose()

    def _add(self, mention: Mention) -> None:
        mention.person.mentions.append(mention)
        self._mentions[mention.source, mention.scope, mention.mark] = mention
        self._index.add(mention)

    def knows(self, source: str, scope: uuid.UUID | None, traveller: Traveller) -> bool:
        """Returns whether the same source already states the reference, a document or the name of a
        traveller."""
        return self._index.knows(source, scope, traveller)

    def mention(
        self, source: str, scope: uuid.UUID | None, mark: str, person: Callable[[], Person]
    ) -> Mention:
        """Returns the mention (statements with the same name) with the given mark. If there is no mention
        with this mark, creates one for the person that `person` returns."""
        found = self._mentions.get((source, scope, mark))
        if found is None:
            of = person()
            self.persons.setdefault(of.id, of)
            found = Mention(source, scope, mark, of)
            of.mentions.append(found)
            self._mentions[source, scope, mark] = found
        return found

    def state(
        self, mention: Mention, by: tuple[str, Stamp], stated: Elements, traveller: Traveller
    ) -> None:
        """Adds a statement of a sender to a mention."""
        before = mention.told
        if mention.state(*by, stated, traveller):
            person = mention.person
            person.changed = True
            person.compose()
            if mention.told != before:
                self._index.add(mention)
            # The latest of several mentions states the name by which the person is compared.
            if (
                mention.told != before
                or sum(m.source == mention.source for m in person.mentions) > 1
            ):
                self._new[mention] = None

    def regroup(self, new_id: Callable[[], uuid.UUID]) -> None:
        """Divides the mentions that are linked with a new or changed mention into persons again."""
        place = {id_: at for at, id_ in enumerate(self.persons)}
        while self._new:
            near = self._index.near(next(iter(self._new)))
            for one in near:
                self._new.pop(one, None)
            if len(near) > 1:
                self._assign(near, place, new_id)

    def _assign(
        self,
        near: Sequence[Mention],
        place: Mapping[uuid.UUID, int],
        new_id: Callable[[], uuid.UUID],
    ) -> None:
        """Assigns mentions to persons. A person keeps the mention of the passenger list, preferably one with
        a document, because an officer decides on these values. If two persons are found to be the same
        person, one of them is kept: preferably a fixed person, then a stored person, then the older one."""
        groups = together(near)
        of = {one: at for at, group in enumerate(groups) for one in group}
        persons = sorted(
            {one.person: None for one in near},
            key=lambda p: (not p.fixed, not p.stored, place.get(p.id, len(place))),
        )
        before = {p: (p.booking_id, p.traveller_id) for p in persons}
        booked: dict[int, Person] = {}
        kept: dict[int, Person] = {}
        for person in persons:
            for one in person.mentions:
                if one.source == "pnr":
                    booked.setdefault(of[one], person)
            main = of[min(person.mentions, key=_weight)]
            if main not in kept:
                kept[main] = person
                continue
            del self.persons[person.id]
            if person.stored:
                self.absorbed.append((kept[main], person))
        for at in set(range(len(groups))) - set(kept):
            kept[at] = Person(new_id(), changed=True)
            self.persons[kept[at].id] = kept[at]
        for at, person in kept.items():
            group = groups[at]
            if at in booked:
                person.booking_id, person.traveller_id = before[booked[at]]
            elif not person.late:
                person.booking_id, person.traveller_id = None, person.id
            if set(group) != set(person.mentions):
                person.reduced |= person.stored and not set(person.mentions) <= set(group)
                person.changed = True
                person.mentions = group
                for one in group:
                    one.person = person
                person.compose()

    def settle(self, said: Closing, pushes: dict[str, Stamp]) -> None:
        """Records the differences between the sources for every person, and whether the person is present.

        `said` states whether the flight is closed according to the passenger lists. `pushes` contains, for
        each sender, the stamp (time and sequence number) of the last complete transmission of all bookings
        (full push).
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

    `flies` is true if, according to the passenger lists, the traveller is on board. A traveller can be absent
    from the passenger lists only if the lists are final (`closed`). A traveller can be absent from the
    bookings only if all bookings of the flight are known (`pushed`).
    """
    if pnr is None:
        booked = not flies or not pushed or (api is not None and api.role not in _PASSENGERS)
        return [] if booked else [FLOWN_NOT_BOOKED]
    if api is None:
        return [BOOKED_NOT_FLOWN] if closed else []
    ours, theirs = document_keys(api), document_keys(pnr)
    facts = {
        NAME_DIFFERS: not (pnr.placeholder or names_agree(name_of(api), name_of(pnr))),
        BIRTH_DATE_DIFFERS: born_apart(api, pnr),
        DOCUMENT_DIFFERS: ours and theirs and not ours & theirs,
        BOOKED_NOT_FLOWN: closed and not flies,
    }
    return [fact for fact, found in facts.items() if found]


def _weight(mention: Mention) -> tuple[Any, ...]:
    """Returns the sort key of the mentions of a person. The first mention in this order identifies the person
    best."""
    return mention.source != "api", not document_keys(mention.seen), mention.mark


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
    #: The unit that is responsible for the flight; its officers see the flight.
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
