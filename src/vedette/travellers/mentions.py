"""Determines which statements about the travellers of one flight are about the same person.

A *mention* contains the statements of one source that name a traveller in the same way. `together` divides a
set of mentions into persons. The result depends only on the set of mentions. The result does not depend on
the order in which the messages arrived, or on earlier results.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from typing import Any

from rapidfuzz.fuzz import ratio

from vedette.core.names import fold, plain_given
from vedette.core.statements import (
    Elements,
    Stamp,
    View,
    Views,
    everything,
    in_order,
    rebuild,
    state,
)
from vedette.screening.exact import fold_document
from vedette.travellers.records import Traveller

#: Minimum similarity (0 to 100) of two names within one locator, or with the same birth date.
_ALIKE = 80.0
#: A value that more mentions of one source have in common does not show that two of them are one person. The
#: limit keeps the comparison of a hostile message short.
_MOST = 200
#: The element `among:…` of two mentions is the same if one message states both of them with the same value.
#: They are then two persons.
_AMONG = "among:"

Key = tuple[Any, ...]


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


def born_apart(one: Traveller, two: Traveller) -> bool:
    """Returns whether both birth dates are known and differ."""
    return None not in (one.date_of_birth, two.date_of_birth) and (
        one.date_of_birth != two.date_of_birth
    )


def names_agree(one: tuple[str, str], two: tuple[str, str]) -> bool:
    """Returns whether the surnames are equal and the given names of one person begin with the given names of
    the other person. Reservation systems truncate names."""
    return one[0] == two[0] and (one[1].startswith(two[1]) or two[1].startswith(one[1]))


# --- mentions -----------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Mention:
    """Contains the statements of one source (`api` or `pnr`) that name a traveller in the same way.

    Travellers of a booking are identified within the booking (`scope`), and travellers of a passenger list
    within the flight. `mark` identifies the mention within its source and scope. `told` contains the latest
    elements, and `seen` contains them as a traveller record.
    """

    source: str
    scope: uuid.UUID | None
    mark: str
    person: Any
    views: Views = field(default_factory=dict)
    told: Elements = field(default_factory=dict)
    seen: Traveller = field(default_factory=Traveller)

    def read(self) -> None:
        """Computes the attributes `told` and `seen` from the statements of the senders."""
        self.told = everything(self.views)
        self.seen = rebuild(self.told, Traveller)

    def state(self, sender: str, stamp: Stamp, stated: Elements, traveller: Traveller) -> bool:
        """Adds a statement of a sender, and returns whether the stored statements changed. `traveller` is the
        record of the statement."""
        before = self.views.get(sender, [])
        after = state(before, stamp, stated, self.mark)
        if after == before:
            return False
        first = not self.views
        self.views[sender] = after
        if first:
            self.told, self.seen = stated, traveller
        else:
            self.read()
        return True


def marked(
    source: str, travellers: Sequence[Traveller]
) -> list[tuple[Traveller, str, dict[str, bool]]]:
    """Returns each traveller of a message, or of one of its bookings, with the mark of the mention and the
    elements `among:…`.

    The mark consists of the reference and the name. Without a reference, the mark consists of the name, the
    birth date and the documents. If there is also no document, the key contains the locator and the seat. If
    a message names several travellers in the same way, they are numbered.
    """
    counts: Counter[Key] = Counter()
    found: list[tuple[Traveller, str, dict[str, bool]]] = []
    named: defaultdict[Key, set[str]] = defaultdict(set)
    for traveller in travellers:
        if traveller.reference:
            said: Key = ("reference", traveller.reference)
        else:
            documents = sorted(document_keys(traveller))
            said = (
                str(traveller.date_of_birth),
                *(documents or (traveller.locator, traveller.seat)),
            )
        said = (source, *name_of(traveller), *said)
        mark = _digest(said, counts[said])
        counts[said] += 1
        found.append((traveller, mark, {}))
        for key in _own_keys(source, traveller):
            named[key].add(mark)
    beside = [(key, marks) for key, marks in named.items() if len(marks) > 1]
    if beside:
        elements: defaultdict[str, dict[str, bool]] = defaultdict(dict)
        for key, marks in beside:
            name = _AMONG + _digest(key[0], *sorted(marks))
            for mark in marks:
                elements[mark][name] = True
        found = [(traveller, mark, elements[mark]) for traveller, mark, _ in found]
    return found


def _digest(*values: object) -> str:
    return hashlib.blake2b(repr(values).encode(), digest_size=9).hexdigest()


def mentions_of(person: Any, source: str, scope: uuid.UUID | None, views: Views) -> list[Mention]:
    """Divides the statements of one source about a person into mentions (statements with the same name)."""
    found: dict[str, Mention] = {}
    for sender, view in views.items():
        for item in view:
            mark = item[2] if len(item) > 2 else ""
            one = found.setdefault(mark, Mention(source, scope, mark, person))
            one.views.setdefault(sender, []).append(item)
    for one in found.values():
        one.read()
    return list(found.values())


def views_of(mentions: Sequence[Mention]) -> Views:
    """Merges the statements of several mentions of one source."""
    if len(mentions) == 1:
        return mentions[0].views
    views: defaultdict[str, View] = defaultdict(list)
    for one in mentions:
        for sender, view in one.views.items():
            views[sender].extend(view)
    return {sender: sorted(view, key=in_order) for sender, view in views.items()}


def _own_keys(source: str, traveller: Traveller) -> list[Key]:
    """Returns the values by which two mentions of one source and scope can be recognised as one person, the
    strongest first."""
    keys: list[Key] = [("reference", traveller.reference)] if traveller.reference else []
    keys.extend(("document", number) for number in sorted(document_keys(traveller)))
    name = name_of(traveller)
    if not traveller.placeholder and any(name):
        born = traveller.date_of_birth if source == "api" else None
        keys.append(("name", *name, born))
    return keys


def _joining_keys(traveller: Traveller) -> list[Key]:
    """Returns the values by which a traveller of a passenger list and a traveller of a booking can be
    recognised as one person, the strongest first."""
    keys: list[Key] = [("document", number) for number in sorted(document_keys(traveller))]
    if not traveller.placeholder:
        name = name_of(traveller)
        if traveller.locator:
            keys.append(("locator", traveller.locator))
        if any(name):
            keys.append(("name", *name))
        if traveller.date_of_birth:
            keys.append(("birth", traveller.date_of_birth))
    return keys


class Index:
    """Finds the mentions that may be about the same person as a mention."""

    def __init__(self) -> None:
        self._by_key: defaultdict[Key, dict[Mention, None]] = defaultdict(dict)

    def add(self, mention: Mention) -> None:
        """Adds a mention with its current values. The mention can still be found by its earlier values."""
        for key in _index_keys(mention.source, mention.scope, mention.seen):
            self._by_key[key][mention] = None

    def knows(self, source: str, scope: uuid.UUID | None, traveller: Traveller) -> bool:
        """Returns whether a mention of the same source and scope has a value in common with the traveller."""
        return any(
            (one.source, one.scope) == (source, scope)
            for key in _index_keys(source, scope, traveller)
            if key[0] in ("reference", "document", "name")
            for one in self._by_key.get(key, ())
        )

    def near(self, mention: Mention) -> list[Mention]:
        """Returns the given mention and all mentions that are linked with it, directly or through other
        mentions. Two mentions are linked if `together` compares them, or if they belong to one person."""
        found: dict[Mention, None] = {mention: None}
        waiting = [mention]
        while waiting:
            one = waiting.pop()
            for other in self._linked(one):
                if other not in found:
                    found[other] = None
                    waiting.append(other)
        return list(found)

    def _linked(self, one: Mention) -> Iterator[Mention]:
        yield from one.person.mentions
        for key in _index_keys(one.source, one.scope, one.seen):
            others = self._by_key.get(key, {})
            if len(others) > 2 * _MOST:
                continue
            for other in others:
                if key[0] not in ("locator", "birth") or (
                    other.source != one.source and _same_name(one.seen, other.seen)
                ):
                    yield other


def _index_keys(source: str, scope: uuid.UUID | None, traveller: Traveller) -> list[Key]:
    keys = _joining_keys(traveller)
    if traveller.reference:
        keys.append(("reference", source, scope, traveller.reference))
    return keys


# --- persons ------------------------------------------------------------------------------------


def together(mentions: Iterable[Mention]) -> list[list[Mention]]:
    """Divides mentions into persons. First, the mentions of one source are linked by reference, document or
    name. Then the persons of the passenger lists are paired with the persons of the bookings. The mentions of
    a fixed person (`Person.fixed`) are never separated."""
    scopes: defaultdict[Key, list[Mention]] = defaultdict(list)
    for one in mentions:
        scopes[one.source, one.scope].append(one)
    persons = [person for some in scopes.values() for person in _link(some)]
    listed = [person for person in persons if person[0].source == "api"]
    booked = [person for person in persons if person[0].source == "pnr"]
    return _pair(listed, booked)


def _link(mentions: Sequence[Mention]) -> list[list[Mention]]:
    """Links the mentions of one source and scope."""
    if len(mentions) == 1:
        return [[mentions[0]]]
    of = {one: [one] for one in mentions}

    def link(one: Mention, two: Mention) -> None:
        whole = [*of[one], *of[two]]
        of.update(dict.fromkeys(whole, whole))

    for one, two in combinations(mentions, 2) if any(m.person.fixed for m in mentions) else ():
        if one.person is two.person and one.person.fixed and of[one] is not of[two]:
            link(one, two)
    for level in ("reference", "document", "name"):
        for one, two in _candidates(mentions, level):
            if of[one] is not of[two] and _may_link(level, (one, of[one]), (two, of[two])):
                link(one, two)
    return list({id(person): person for person in of.values()}.values())


def _candidates(mentions: Sequence[Mention], level: str) -> list[tuple[Mention, Mention]]:
    """Returns the pairs of mentions with a common value. The pairs that agree in the most facts come first.
    Pairs of mentions with different documents come last."""
    sharing: defaultdict[Key, list[Mention]] = defaultdict(list)
    for one in mentions:
        for key in _own_keys(one.source, one.seen):
            if key[0] == level:
                sharing[key].append(one)
    pairs: dict[tuple[Mention, Mention], None] = {}
    for some in sharing.values():
        some = sorted(some, key=lambda one: one.mark)[:_MOST]
        pairs.update(dict.fromkeys(combinations(some, 2)))
    if len(pairs) < 2:
        return list(pairs)

    def order(pair: tuple[Mention, Mention]) -> Key:
        one, two = (document_keys(mention.seen) for mention in pair)
        differ = bool(one and two and not one & two)
        return differ, -_agreement(pair[0].told, pair[1].told), pair[0].mark, pair[1].mark

    return sorted(pairs, key=order)


def _may_link(
    level: str, one: tuple[Mention, list[Mention]], two: tuple[Mention, list[Mention]]
) -> bool:
    """Returns whether two persons may be linked by a value of two of their mentions. A message states each
    person only once, so two persons of one message are never linked."""
    if _among(one[1]) & _among(two[1]):
        return False
    if level == "name":
        return all(_compatible(a.seen, b.seen) for a in one[1] for b in two[1])
    return level == "reference" or _compatible(one[0].seen, two[0].seen)


def _among(person: Sequence[Mention]) -> set[str]:
    return {name for one in person for name in one.told if name.startswith(_AMONG)}


def _pair(listed: list[list[Mention]], booked: list[list[Mention]]) -> list[list[Mention]]:
    """Pairs the persons of the passenger lists with the persons of the bookings.

    Persons with the same document or locator are paired, the most similar ones first. Persons with the same
    name or birth date are paired only if neither person can be paired with another person.
    """
    if not listed or not booked:
        return [*listed, *booked]
    ours, theirs = ([_Side(person) for person in some] for some in (listed, booked))
    pairs: dict[int, int] = {}
    fixed = {one.person: at for at, some in enumerate(booked) for one in some if one.person.fixed}
    for at, person in enumerate(listed):
        other = next((fixed[one.person] for one in person if one.person in fixed), None)
        if other is not None and other not in pairs.values():
            pairs[at] = other
    for level in ("document", "locator", "name", "birth"):
        free = set(range(len(booked))) - set(pairs.values())
        sharing: defaultdict[Key, list[int]] = defaultdict(list)
        for at in sorted(free):
            for key in theirs[at].keys:
                if key[0] == level:
                    sharing[key].append(at)
        found = {
            (at, other)
            for at, one in enumerate(ours)
            if at not in pairs
            for key in one.keys
            if key in sharing and len(sharing[key]) <= _MOST
            for other in sharing[key]
            if (level in ("document", "name") or _same_name(one.seen, theirs[other].seen))
            and _compatible(one.seen, theirs[other].seen)
        }
        if level in ("name", "birth"):
            ones, twos = Counter(at for at, _ in found), Counter(other for _, other in found)
            found = {(at, other) for at, other in found if ones[at] == twos[other] == 1}
        order = {pair: ours[pair[0]].order(theirs[pair[1]]) for pair in found if len(found) > 1}
        for at, other in sorted(found, key=lambda pair: order.get(pair, ())):
            if at not in pairs and other in free:
                pairs[at] = other
                free.discard(other)
    alone = set(range(len(booked))) - set(pairs.values())
    return [
        *(
            [*person, *(booked[pairs[at]] if at in pairs else ())]
            for at, person in enumerate(listed)
        ),
        *(booked[at] for at in sorted(alone)),
    ]


class _Side:
    """Contains what one source states about a person."""

    def __init__(self, mentions: Sequence[Mention]) -> None:
        self.mentions, (one, *more) = mentions, mentions
        self.told = everything(views_of(mentions)) if more else one.told
        self.seen = rebuild(self.told, Traveller) if more else one.seen
        self.keys = _joining_keys(self.seen)

    def order(self, other: _Side) -> Key:
        """Returns the sort key of a pair. The pair with the most similar names comes first. If a person is in
        two bookings, the booking whose locator comes first in alphabetical order is used first."""
        alike = ratio("".join(name_of(self.seen)), "".join(name_of(other.seen)))
        marks = sorted(one.mark for one in (*self.mentions, *other.mentions))
        scope = str(other.mentions[0].scope)
        return -alike, -_agreement(self.told, other.told), other.seen.locator or "", marks, scope


def _agreement(one: Elements, two: Elements) -> int:
    """Returns the number of facts in which two travellers agree."""
    same = [name for name, value in one.items() if two.get(name) == value]
    return len(same) + len(_seats(one) & _seats(two))


def _seats(told: Mapping[str, Any]) -> set[str]:
    return {told.get("seat"), *(seat["number"] for seat in told.get("seats", ()))} - {None}


def _compatible(one: Traveller, two: Traveller) -> bool:
    """Returns whether two statements may be about one person. Without a common document, the birth dates must
    not differ. With a common document, the names must be similar or the birth dates equal."""
    if not document_keys(one) & document_keys(two):
        return not born_apart(one, two)
    return ratio("".join(name_of(one)), "".join(name_of(two))) >= 50 or (
        one.date_of_birth is not None and one.date_of_birth == two.date_of_birth
    )


def _same_name(one: Traveller, two: Traveller) -> bool:
    a, b = name_of(one), name_of(two)
    return names_agree(a, b) or ratio("".join(a), "".join(b)) >= _ALIKE
