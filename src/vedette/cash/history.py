"""Compares a movement of cash with other movements of the same persons, households and companies.

The caller finds the movements that have a key in common with the given movement and passes them as `Facts`. A
key is any text that is equal for equal identifiers, such as a keyed token, so this module needs no names of
persons. Only movements in the same direction are counted together. For example, a person who enters and
leaves with the same cash has not divided the cash.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

from vedette.cash.records import Movement, Party
from vedette.core.records import Record, day_of

#: Days of the windows: movements below the threshold, common owners and recipients, and habits.
DIVIDED_DAYS, SHARED_DAYS, HABIT_DAYS = 14, 90, 365
#: An amount just below the threshold is at least this part of it.
JUST_BELOW = Fraction(80, 100)
#: A habit is known from this number of movements.
LEAST_HABIT = 3
#: A key with more movements in a year identifies no person: an agency, a bank, an airport hotel.
MOST_OF_KEY = 500


class Facts(Record, frozen=True, kw_only=True):
    """The data of one movement that are compared. `at` is the day of the crossing. `ratio` is the value
    divided by the threshold; None if the value is unknown. `reached` states whether the value of the movement
    reaches the threshold.
    """

    id: str
    at: dt.date
    direction: str | None = None
    #: Keys of the person who carries or sends the cash: document, and name with birth date.
    person: frozenset[str] = frozenset()
    #: Keys of the household: address and telephone.
    household: frozenset[str] = frozenset()
    #: Keys of owners and recipients that are not the carrier.
    others: frozenset[str] = frozenset()
    #: The surname, and the means of transport with the day.
    surname: str = ""
    journey: str = ""
    ratio: Fraction | None = None
    reached: bool | None = None
    provenance: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()
    #: Whether a count found a difference; None without a count.
    differs: bool | None = None

    @property
    def keys(self) -> frozenset[str]:
        """Returns all keys by which related movements are found."""
        return self.person | self.household | self.others


def facts(
    id: str,
    movement: Movement,
    at: dt.date,
    value: Decimal | None,
    threshold: Decimal,
    reached: bool | None,
    differs: bool | None = None,
) -> Facts:
    """Returns the facts of a movement with readable keys. `value` and `threshold` are in the same
    currency."""
    person = movement.carrier or movement.sender or movement.declarant
    others: set[str] = set()
    for one in (*movement.owners, *movement.recipients):
        others |= party_keys(one)
    own = party_keys(person) if person else frozenset[str]()
    way = movement.transport
    day = day_of(way.departure or way.arrival or at)
    reference = _plain(way.reference)
    return Facts(
        id=id,
        at=at,
        direction=movement.direction,
        person=own,
        household=household_keys(person) if person else frozenset(),
        others=frozenset(others) - own,
        surname=_plain(person.last_names or person.name) if person else "",
        journey=f"{reference} {day.isoformat()}" if reference else "",
        ratio=Fraction(value) / Fraction(threshold) if value is not None else None,
        reached=reached,
        provenance=frozenset(movement.provenance),
        uses=frozenset(movement.uses),
        differs=differs,
    )


def party_keys(party: Party) -> frozenset[str]:
    """Returns the keys of a person or company: its numbers, and its name with birth date or country."""
    found = set()
    document = party.document.number if party.document else None
    numbers = (document, party.personal_number, party.registration_number, party.vat, party.eori)
    found |= {f"d {_plain(number)}" for number in numbers if number and _plain(number)}
    name = _plain(party.full_name)
    if name and party.date_of_birth:
        found.add(f"n {name} {party.date_of_birth.isoformat()}")
    elif name and party.legal:
        found.add(f"c {name} {party.country or ''}")
    return frozenset(found)


def household_keys(party: Party) -> frozenset[str]:
    """Returns the keys of the household of a person: addresses with a street, and telephones."""
    found = {
        f"a {_plain(one.street)} {_plain(one.postcode or one.city)} {one.country or ''}"
        for one in party.addresses
        if one.street
    }
    for phone in party.phones:
        digits = "".join(c for c in phone if c.isdigit())[-9:]
        if len(digits) >= 7:
            found.add(f"t {digits}")
    return frozenset(found)


def _plain(text: str | None) -> str:
    return "".join(c for c in (text or "").casefold() if c.isalnum())[:80]


def features(one: Facts, related: Iterable[Facts]) -> dict[str, object]:
    """Returns the values of the history columns (`columns.toml`, kind of fact `history`) of a movement.

    `related` contains movements with a common key. The movement itself, movements in another direction, and
    movements outside the time windows are not counted. The result has no value for a column if the movement
    does not have the kind of key that the column needs.
    """
    some = [two for two in related if two.id != one.id]
    found: dict[str, object] = {}
    if one.person:
        own = [two for two in some if two.person & one.person]
        found |= _habits(one, own)
        found |= _divided(one, own, "person")
    if one.household or one.person:
        found |= _divided(
            one,
            [two for two in some if two.household & one.household or two.person & one.person],
            "household",
        )
    if one.others:
        shared = [
            two
            for two in some
            if two.others & one.others
            and not two.person & one.person
            and abs((two.at - one.at).days) <= SHARED_DAYS
        ]
        found["shared_carriers_90d"] = _persons(shared)
    linked = [
        two
        for two in some
        if not two.person & one.person
        and two.surname != one.surname
        and two.direction == one.direction
        and (two.household & one.household or two.others & one.others)
        and abs((two.at - one.at).days) <= DIVIDED_DAYS
    ]
    if one.household or one.others:
        below = [two for two in linked if _just_below(two)]
        found["linked_just_below_14d"] = _persons(below) + 1 if _just_below(one) else 0
        found["linked_on_journey"] = _persons(
            [two for two in linked if one.journey and two.journey == one.journey]
        )
    return found


def _habits(one: Facts, own: list[Facts]) -> dict[str, object]:
    """Returns the columns that compare a movement with earlier movements of the same person."""
    earlier = [
        two for two in own if 0 <= (one.at - two.at).days <= HABIT_DAYS and _before(two, one)
    ]
    found: dict[str, object] = {
        "person_movements_12m": len(earlier),
        "person_movements_60d": sum((one.at - two.at).days <= 60 for two in earlier),
        "earlier_differences_12m": sum(bool(two.differs) for two in earlier),
    }
    stated = [two.provenance for two in earlier if two.provenance]
    if one.provenance and stated:
        found["provenance_new"] = not any(one.provenance & some for some in stated)
    uses = [two.uses for two in earlier if two.uses]
    if one.uses and uses:
        found["use_new"] = not any(one.uses & some for some in uses)
    ratios = sorted(two.ratio for two in earlier if two.ratio is not None)
    if len(ratios) >= LEAST_HABIT and one.ratio is not None and ratios[len(ratios) // 2]:
        found["value_times_usual"] = one.ratio / ratios[len(ratios) // 2]
    return found


def _divided(one: Facts, own: list[Facts], who: str) -> dict[str, object]:
    """Returns the columns about amounts below the threshold within a number of days: the number of days with
    such a movement, and the total divided by the threshold. Several movements on the same day are counted as
    one day, because a family that travels together does not divide cash over time.
    """
    if one.reached is None or one.ratio is None:
        return {}
    if one.reached:
        return {f"{who}_below_days_14d": 0, f"{who}_just_below_days_14d": 0}
    same = [
        two
        for two in own
        if two.direction == one.direction
        and two.reached is False
        and two.ratio is not None
        and abs((two.at - one.at).days) <= DIVIDED_DAYS
    ]
    everything = [one, *same]
    total = sum((two.ratio for two in everything if two.ratio is not None), Fraction(0))
    return {
        f"{who}_below_days_14d": len({two.at for two in everything}),
        f"{who}_just_below_days_14d": len({two.at for two in everything if _just_below(two)}),
        f"{who}_below_14d_times_threshold": total,
    }


def _just_below(one: Facts) -> bool:
    return one.reached is False and one.ratio is not None and one.ratio >= JUST_BELOW


def _before(one: Facts, two: Facts) -> bool:
    return (one.at, one.id) < (two.at, two.id)


def _persons(some: Iterable[Facts]) -> int:
    """Returns the number of different persons. Movements that share a key of a person are counted as
    movements of one person.
    """
    groups: list[set[str]] = []
    for one in some:
        keys = set(one.person) or {one.id}
        joined = [group for group in groups if group & keys]
        groups = [group for group in groups if not group & keys]
        groups.append(keys.union(*joined))
    return len(groups)


class Index:
    """Finds related movements in memory.

    Only the benchmarks use this class. In production, these movements are found with database queries
    instead.
    """

    def __init__(self, some: Iterable[Facts]) -> None:
        self._by_key: dict[str, list[Facts]] = {}
        for one in some:
            for key in one.keys:
                self._by_key.setdefault(key, []).append(one)
        self._common = {key for key, found in self._by_key.items() if len(found) > MOST_OF_KEY}

    def related(self, one: Facts) -> Mapping[str, Facts]:
        """Returns the movements that have at least one key in common with the given movement, by id. A key
        that a very large number of movements share is ignored.
        """
        found: dict[str, Facts] = {}
        for key in one.keys:
            if key not in self._common:
                found.update((two.id, two) for two in self._by_key.get(key, ()))
        return found
