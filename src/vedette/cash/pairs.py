"""Finds the departure and the arrival declaration of one movement, and compares them.

A departure declaration is made in the country that the cash leaves, an arrival declaration in the country
where it arrives. One of the two declarations usually comes from a partner. Names may be spelt differently,
the documents may differ, the amount may be stated in another currency, and the cash may be divided into
several lines or declarations.

Two declarations are candidates for a pair if the number of days between them is within a fixed range and they
have one of these keys in common: the document, the birth date and the route, the telephone number, or the
means of transport and a word of the name. Each candidate receives a number of points: evidence for the pair
adds points, and evidence against it subtracts points. The candidates with the most points are paired first,
and each declaration is used only once. A further declaration of the same person on the same journey is then
added to a pair if this reduces the difference between the totals of the two sides.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from anyascii import anyascii

from vedette.cash import money
from vedette.cash.records import Movement, Pair, Party
from vedette.core.records import Record, day_of

#: The least points of a pair, and the greatest number of days from departure to arrival.
LEAST = 60
MOST_DAYS = 3
#: Points of evidence. A name with the similarity 100 gives `NAME` points, one with `NAME_FROM` gives none.
NAME, NAME_FROM, NAME_DIFFERS = 45, 55, -60
DOCUMENT, BIRTH_DATE, PHONE, TRANSPORT, ROUTE, CONSIGNMENT, AMOUNT = 50, 30, 25, 15, 10, 60, 10
DOCUMENT_DIFFERS, BIRTH_DATE_DIFFERS, TRANSPORT_DIFFERS, ROUTE_DIFFERS = -10, -50, -20, -30
EACH_DAY = -4
#: Two values in the threshold currency are equal if they differ by at most this part: currencies are
#: exchanged and rounded on the way.
EQUAL_VALUE = Fraction(2, 100)
#: A missing counterpart is significant on a route if at least this part of the declarations has one, and from
#: this number of declarations.
LEAST_ANSWERED, FEWEST = Fraction(80, 100), 20
#: Candidates of one key are not compared if there are more: such a key (a coach with a thousand declarations)
#: identifies nobody, and another key finds the pair.
_MOST_OF_KEY = 4_000
_BATCH = 200_000
_NOT_CODE = re.compile(r"[\W_]+")
_ALIKE = str.maketrans("OIL", "011")
_VOWELS = re.compile("[aeiouyhw]+")
_SOUNDS = str.maketrans("ckqgxzjpfvtm", "kkkksssbbbdn")


class Declared(Record, frozen=True, kw_only=True):
    """The data of one declaration that the matching uses. `day` is the day of the crossing. `value` is the
    total in one currency that the caller chooses; None if a rate is missing. `totals` are the amounts by kind
    of cash and currency (`currency EUR`), and the weight of gold (`gold g`)."""

    id: str
    day: dt.date
    name: str = ""
    legal: bool = False
    document: str = ""
    birth_date: dt.date | None = None
    phones: tuple[str, ...] = ()
    departure: str | None = None
    arrival: str | None = None
    transport: str = ""
    consignment: str = ""
    totals: Mapping[str, Decimal] = {}
    value: Decimal | None = None


def declared(id: str, movement: Movement, value: Decimal | None = None) -> Declared | None:
    """Returns the values of a movement that the matching uses, or None if the movement states no day."""
    way = movement.transport
    leaves = (movement.direction or "").startswith("exit")
    at = (way.departure or way.arrival) if leaves else (way.arrival or way.departure)
    if at is None:
        return None
    person = movement.carrier or movement.sender or movement.declarant
    totals = money.totals(movement.lines)
    sums: dict[str, Decimal] = {}
    for kind, amounts in (("currency", totals.currency), ("instrument", totals.instrument)):
        sums |= {f"{kind} {currency}": amount for currency, amount in amounts.items()}
    if totals.weight is not None:
        sums["gold g"] = totals.weight
    return Declared(
        id=id,
        day=day_of(at),
        name=person.full_name if person else "",
        legal=bool(person and person.legal),
        document=_document(person),
        birth_date=person.date_of_birth if person else None,
        phones=tuple(dict.fromkeys(_digits(one) for one in person.phones)) if person else (),
        departure=way.departure_country,
        arrival=way.arrival_country,
        transport=_code(way.reference),
        consignment=_code(way.consignment),
        totals=sums,
        value=value,
    )


def match(
    departures: Sequence[Declared],
    arrivals: Sequence[Declared],
    apart: Collection[tuple[str, str]] = frozenset(),
) -> list[Pair]:
    """Returns the pairs, and each declaration without a counterpart as a pair with one side. Every id is in
    exactly one pair. `apart` contains pairs of ids of departures and arrivals that an officer separated. Such
    declarations are not paired again."""
    candidates = sorted(
        (d, a)
        for d, a in _candidates(departures, arrivals)
        if (departures[d].id, arrivals[a].id) not in apart
    )
    found = _evidence(departures, arrivals, candidates)
    good = [
        (points, d, a, name, why)
        for (d, a), (points, name, why) in zip(candidates, found, strict=True)
        if points >= LEAST
    ]
    good.sort(key=lambda one: (-one[0], departures[one[1]].id, arrivals[one[2]].id))
    of_departure: dict[int, int] = {}
    of_arrival: dict[int, int] = {}
    parts: list[_Parts] = []
    for points, d, a, name, why in good:
        if d not in of_departure and a not in of_arrival:
            of_departure[d] = of_arrival[a] = len(parts)
            parts.append(_Parts([d], [a], points, name, why))
    # Then declarations into which the cash of a pair was divided.
    for _, d, a, _, why in good:
        if "document" not in why and "birth_date" not in why:
            continue
        if a not in of_arrival and d in of_departure:
            one = parts[of_departure[d]]
            if _closer(departures, arrivals, one, more_arrivals=[a]):
                one.arrivals.append(a)
                of_arrival[a] = of_departure[d]
        elif d not in of_departure and a in of_arrival:
            one = parts[of_arrival[a]]
            if _closer(departures, arrivals, one, more_departures=[d]):
                one.departures.append(d)
                of_departure[d] = of_arrival[a]
    pairs = [_compared(departures, arrivals, one) for one in parts]
    pairs += [
        Pair(departures=(one.id,), result="departure_only")
        for place, one in enumerate(departures)
        if place not in of_departure
    ]
    pairs += [
        Pair(arrivals=(one.id,), result="arrival_only")
        for place, one in enumerate(arrivals)
        if place not in of_arrival
    ]
    return pairs


def answered(declarations: Iterable[Declared], pairs: Iterable[Pair]) -> frozenset[str]:
    """Returns the routes (`TN-FR`) on which a missing counterpart is significant. A missing counterpart is
    significant on a route if one side has at least `FEWEST` of the given declarations on this route, and if
    at least the share `LEAST_ANSWERED` of these declarations have a counterpart. On other routes, a
    counterpart may be missing because the partner sends only a part of its declarations.
    """
    matched = {
        id
        for pair in pairs
        if pair.departures and pair.arrivals
        for id in (*pair.departures, *pair.arrivals)
    }
    of_route: dict[str, list[bool]] = {}
    for one in declarations:
        of_route.setdefault(route(one), []).append(one.id in matched)
    return frozenset(
        name
        for name, some in of_route.items()
        if len(some) >= FEWEST and Fraction(sum(some), len(some)) >= LEAST_ANSWERED
    )


def route(one: Declared) -> str:
    """Returns the route of a declaration: the countries of departure and arrival."""
    return f"{one.departure or ''}-{one.arrival or ''}"


# --- candidates ---------------------------------------------------------------------------------


def _keys(one: Declared) -> list[tuple[str, ...]]:
    """Returns the keys of a declaration, without the day."""
    way = route(one)
    found: list[tuple[str, ...]] = []
    if one.document:
        found.append(("document", one.document))
    if one.consignment:
        found.append(("consignment", one.consignment))
    if one.birth_date:
        found.append(("birth", one.birth_date.isoformat()))
    found += [("phone", phone) for phone in one.phones if len(phone) >= 7]
    sounds = sorted({_sound(word) for word in one.name.split() if len(word) > 1} - {""})
    found += [("word", one.transport or way, sound) for sound in sounds]
    if one.transport:
        found += [("route", way, sound) for sound in sounds]
    return found


def _candidates(
    departures: Sequence[Declared], arrivals: Sequence[Declared]
) -> set[tuple[int, int]]:
    """Returns the candidate pairs, as pairs of positions: the declarations that have a common key and were
    made within a few days of each other."""
    index: dict[tuple[tuple[str, ...], dt.date], list[int]] = {}
    for place, one in enumerate(departures):
        for key in _keys(one):
            index.setdefault((key, one.day), []).append(place)
    found: set[tuple[int, int]] = set()
    days = [dt.timedelta(n) for n in range(-1, MOST_DAYS + 1)]
    for place, one in enumerate(arrivals):
        for key in _keys(one):
            for step in days:
                some = index.get((key, one.day - step))
                if some is not None and len(some) <= _MOST_OF_KEY:
                    found.update((other, place) for other in some)
    return {
        (d, a)
        for d, a in found
        if _route(departures[d], arrivals[a]) >= 0 or departures[d].document
    }


def _sound(word: str) -> str:
    """Returns the first two consonants of a word, with similar consonants as one letter."""
    bare = "".join(c for c in anyascii(word).casefold() if c.isalpha())
    first = bare[:1].translate(_SOUNDS) if bare[:1] not in "aeiouyhw" else ""
    rest = _VOWELS.sub("", bare[len(first) :]).translate(_SOUNDS)
    return (first + rest.lstrip(first))[:2] if first else rest[:2]


# --- evidence -----------------------------------------------------------------------------------


def _evidence(
    departures: Sequence[Declared],
    arrivals: Sequence[Declared],
    candidates: Sequence[tuple[int, int]],
) -> list[tuple[int, int | None, tuple[str, ...]]]:
    """Returns the points, the similarity of the names and the reasons of each candidate."""
    made: list[tuple[int, int | None, tuple[str, ...]]] = []
    for start in range(0, len(candidates), _BATCH):
        batch = candidates[start : start + _BATCH]
        names = _similar([(departures[d], arrivals[a]) for d, a in batch])
        made += [
            _points(departures[d], arrivals[a], name)
            for (d, a), name in zip(batch, names, strict=True)
        ]
    return made


def _points(
    one: Declared, two: Declared, name: int | None
) -> tuple[int, int | None, tuple[str, ...]]:
    points, why = 0, list[str]()

    def agree(code: str, equal: bool, gain: int, loss: int) -> None:
        nonlocal points
        points += gain if equal else loss
        why.append(code if equal else f"{code}_differs")

    if name is not None:
        alike = name >= NAME_FROM
        points += NAME * (name - NAME_FROM) // (100 - NAME_FROM) if alike else NAME_DIFFERS
        why.append("name" if alike else "name_differs")
    if one.document and two.document:
        agree("document", one.document == two.document, DOCUMENT, DOCUMENT_DIFFERS)
    if one.birth_date and two.birth_date:
        agree("birth_date", one.birth_date == two.birth_date, BIRTH_DATE, BIRTH_DATE_DIFFERS)
    if one.consignment and two.consignment:
        agree("consignment", one.consignment == two.consignment, CONSIGNMENT, NAME_DIFFERS)
    if set(one.phones) & set(two.phones):
        agree("phone", True, PHONE, 0)
    if one.transport and two.transport:
        agree("transport", one.transport == two.transport, TRANSPORT, TRANSPORT_DIFFERS)
    same = _route(one, two)
    if same:
        agree("route", same > 0, ROUTE, ROUTE_DIFFERS)
    points += EACH_DAY * max(0, abs((two.day - one.day).days) - 1)
    if one.totals and one.totals == two.totals:
        agree("amount", True, AMOUNT, 0)
    return points, name, tuple(why)


def _route(one: Declared, two: Declared) -> int:
    """Returns 1 if both declarations state the same countries, -1 if they state different countries, and 0 if
    a country is not stated.
    """
    pairs = ((one.departure, two.departure), (one.arrival, two.arrival))
    known = [a == b for a, b in pairs if a and b]
    if not all(known):
        return -1
    return 1 if len(known) == 2 else 0


def _similar(pairs: Sequence[tuple[Declared, Declared]]) -> list[int | None]:
    """Returns the similarity of the names of each pair, from 0 to 100, with the names engine."""
    # Imported here, because the web process uses the records of this module and does not compare names.
    import numpy as np

    from vedette.screening.names import text, tokens
    from vedette.screening.names.compare import Side, align
    from vedette.screening.names.kernel import ORGANIZATION, PERSON

    readings: dict[str, list[list[str]]] = {}
    for pair in pairs:
        for one in pair:
            if one.name not in readings:
                readings[one.name] = text.variants(one.name)[:3] if one.name else []
    flat: list[list[str]] = []
    places: dict[str, range] = {}
    for name, some in readings.items():
        places[name] = range(len(flat), len(flat) + len(some))
        flat += some
    words = list(dict.fromkeys(word for reading in flat for word in reading))
    best: list[int | None] = [None] * len(pairs)
    if not words:
        return best
    row = {word: place for place, word in enumerate(words)}
    starts = np.cumsum([0, *map(len, flat)], dtype=np.int32)
    side = Side(
        tokens.build(words), starts, np.array([row[w] for one in flat for w in one], np.int32)
    )
    left: list[int] = []
    right: list[int] = []
    owner: list[int] = []
    kinds: list[int] = []
    for place, (one, two) in enumerate(pairs):
        kind = ORGANIZATION if one.legal or two.legal else PERSON
        for ours in places[one.name]:
            for theirs in places[two.name]:
                left.append(ours)
                right.append(theirs)
                owner.append(place)
                kinds.append(kind)
    if left:
        scores = align(side, left, side, right, kinds).scores
        for place, score in zip(owner, scores, strict=True):
            best[place] = max(best[place] or 0, round(score * 100))
    return best


# --- comparison ---------------------------------------------------------------------------------


class _Parts:
    """The positions of the declarations of a pair, with the evidence for the pair."""

    def __init__(
        self,
        departures: list[int],
        arrivals: list[int],
        points: int,
        name: int | None,
        why: tuple[str, ...],
    ) -> None:
        self.departures, self.arrivals = departures, arrivals
        self.points, self.name, self.why = points, name, why


def _closer(
    departures: Sequence[Declared],
    arrivals: Sequence[Declared],
    parts: _Parts,
    more_departures: Sequence[int] = (),
    more_arrivals: Sequence[int] = (),
) -> bool:
    """Returns whether adding further declarations reduces the difference between the values of the two
    sides."""
    before = _gap(departures, arrivals, parts.departures, parts.arrivals)
    after = _gap(
        departures,
        arrivals,
        [*parts.departures, *more_departures],
        [*parts.arrivals, *more_arrivals],
    )
    return before is not None and after is not None and abs(after) < abs(before)


def _gap(
    departures: Sequence[Declared], arrivals: Sequence[Declared], d: Iterable[int], a: Iterable[int]
) -> Decimal | None:
    left = [departures[place].value for place in d]
    right = [arrivals[place].value for place in a]
    if None in left or None in right:
        return None
    return money.added(
        (
            *(value for value in right if value is not None),
            *(-value for value in left if value is not None),
        )
    )


def _compared(departures: Sequence[Declared], arrivals: Sequence[Declared], parts: _Parts) -> Pair:
    """Returns the pair, including the result of the comparison of its departure declarations with its arrival
    declarations."""
    left = [departures[place] for place in parts.departures]
    right = [arrivals[place] for place in parts.arrivals]
    ours, theirs = _totals(left), _totals(right)
    gap = _gap(departures, arrivals, parts.departures, parts.arrivals)
    why = list(parts.why)
    if len(left) > 1 or len(right) > 1:
        why.append("divided")
    equal = ours == theirs
    if not equal and ours.keys() != theirs.keys() and gap is not None:
        # Amounts in different currencies are compared by their value.
        value = money.added(one.value for one in left if one.value is not None)
        equal = abs(Fraction(gap)) <= EQUAL_VALUE * abs(Fraction(value))
        why.append("currency_differs")
    if not equal:
        why.append("amount_differs")
    return Pair(
        departures=tuple(one.id for one in left),
        arrivals=tuple(one.id for one in right),
        result="equal" if equal else "different",
        points=parts.points,
        name=parts.name,
        reasons=tuple(dict.fromkeys(why)),
        difference=gap,
    )


def _totals(some: Sequence[Declared]) -> dict[str, Decimal]:
    sums: dict[str, list[Decimal]] = {}
    for one in some:
        for name, amount in one.totals.items():
            sums.setdefault(name, []).append(amount)
    return {name: money.added(amounts) for name, amounts in sums.items()}


def _document(party: Party | None) -> str:
    if party is None:
        return ""
    number = party.document.number if party.document else party.registration_number
    return _code(number).translate(_ALIKE)


def _code(stated: str | None) -> str:
    return _NOT_CODE.sub("", (stated or "").upper())[:40]


def _digits(phone: str) -> str:
    """Returns the last nine digits of a telephone number, which are the same in the national and the
    international form.
    """
    return "".join(c for c in phone if c.isdigit())[-9:]
