"""Finds travellers of a flight who are linked by rare facts: the same booking, telephone number, e-mail
address, card, document, address or loyalty number.

A fact is rare if it occurs in at most `sharing.COMMON` bookings. Travellers are linked directly or through
other travellers. Adjacent seats are shown, but do not link travellers, because on a full flight every
traveller has a neighbour. Row-level security determines which travellers the reader may see. Masked
travellers, restricted travellers, and travellers whom a later message removed are neither shown nor counted.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from django.utils.translation import gettext, gettext_lazy, ngettext

from vedette.apps import display, query
from vedette.apps.hits.models import Hit, SeenHit
from vedette.apps.keyring import keyring
from vedette.apps.subjects.kinds import Fact, Linked
from vedette.core.parties import Contacts
from vedette.core.statements import everything
from vedette.travellers import records
from vedette.travellers.app import pictures
from vedette.travellers.app.disclosure import rebuilt
from vedette.travellers.app.models import Journey, JourneyClear
from vedette.travellers.app.selectors import sharing

#: A fact that more subjects than this have is common. Bookings are counted only up to this number.
MOST = 250
#: Maximum number of groups on the page of a flight.
MOST_GROUPS = 50
#: Kind of a fact → its icon and the text of the table. `%(value)s` is empty if the value is not stored.
_WORDS = {
    "booking": ("ticket", gettext_lazy("Booking %(value)s")),
    "phone": ("phone", gettext_lazy("Telephone number %(value)s")),
    "email": ("mail", gettext_lazy("E-mail address %(value)s")),
    "card": ("card", gettext_lazy("Card %(value)s")),
    "document": ("doc", gettext_lazy("Document %(value)s")),
    "address": ("place", gettext_lazy("Address %(value)s")),
    "loyalty": ("loyalty", gettext_lazy("Loyalty number %(value)s")),
    "seats": ("seat", gettext_lazy("Adjacent seats %(value)s")),
}
#: Seat letters in the order of a row. The letter I is not used.
_LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
#: Number of characters of a fact in the drawing.
_SHORT = 9

#: A kind of fact with its token, its booking, or its row and letters of seats.
Key = tuple[str, Hashable]

_ABOARD = """
    SELECT j.id, j.booking_id, c.seat
    FROM travellers_journey j
    JOIN subjects_subject s ON s.id = j.id
    JOIN travellers_journeyclear c ON c.journey_id = j.id
         AND c.retention_class = j.retention_class AND c.month = j.month
    WHERE j.flight_id = %(flight)s AND j.present AND NOT s.restricted
"""
# The subjects of each token are looked up one by one (see `sharing`). The limit counts only the travellers
# whom the page could show, so that no other traveller changes what is rare.
_SHARED = f"""
    WITH aboard AS MATERIALIZED ({_ABOARD}),
    found AS MATERIALIZED (
        SELECT i.kind, i.token, array_agg(i.subject_id ORDER BY i.subject_id) AS subjects
        FROM aboard JOIN subjects_identifier i ON i.subject_id = aboard.id
        WHERE i.kind = ANY(%(kinds)s) GROUP BY i.kind, i.token HAVING count(*) > 1
    )
    SELECT found.kind, found.token, found.subjects
    FROM found CROSS JOIN LATERAL (
        SELECT count(*) AS seen, count(DISTINCT booking) AS bookings FROM (
            SELECT coalesce(j.booking_id, j.traveller_id) AS booking
            FROM subjects_identifier i
            CROSS JOIN LATERAL (SELECT * FROM travellers_journey WHERE id = i.subject_id OFFSET 0) j
            CROSS JOIN LATERAL (
                SELECT FROM subjects_subject WHERE id = i.subject_id AND NOT restricted OFFSET 0) s
            CROSS JOIN LATERAL (
                SELECT FROM travellers_journeyclear WHERE journey_id = j.id
                AND retention_class = j.retention_class AND month = j.month OFFSET 0) c
            WHERE i.token = found.token AND i.kind = found.kind LIMIT %(most)s) first
    ) everywhere
    WHERE seen < %(most)s AND bookings <= %(common)s
"""  # noqa: S608  parts of ours


def groups(flight: uuid.UUID) -> list[dict[Key, set[uuid.UUID]]]:
    """Returns the groups of linked travellers of a flight. Each group is a dict. The keys of a group are the
    facts that at least two travellers share, and the values of the group are these travellers."""
    aboard = query.dicts(_ABOARD, {"flight": flight})
    facts: dict[Key, set[uuid.UUID]] = defaultdict(set)
    for row in aboard:
        if row["booking_id"]:
            facts["booking", row["booking_id"]].add(row["id"])
    given = {
        "flight": flight,
        "kinds": list(sharing.LINKS),
        "most": MOST,
        "common": sharing.COMMON,
    }
    for row in query.dicts(_SHARED, given):
        facts[row["kind"], bytes(row["token"])].update(row["subjects"])
    found = _joined({key: who for key, who in facts.items() if len(who) > 1})
    seats = {row["id"]: row["seat"] for row in aboard}
    for group in found:
        group.update(_adjacent({one: seats[one] for one in set().union(*group.values())}))
    return found


def _joined(facts: Mapping[Key, set[uuid.UUID]]) -> list[dict[Key, set[uuid.UUID]]]:
    """Divides the facts into groups. Each traveller belongs to only one group."""
    first: dict[uuid.UUID, uuid.UUID] = {}

    def root(one: uuid.UUID) -> uuid.UUID:
        while (above := first.setdefault(one, one)) != one:
            first[one] = first[above]
            one = above
        return one

    for who in facts.values():
        head, *others = map(root, who)
        for other in others:
            first[root(other)] = root(head)
    made: dict[uuid.UUID, dict[Key, set[uuid.UUID]]] = defaultdict(dict)
    for key, who in facts.items():
        made[root(next(iter(who)))][key] = who
    return list(made.values())


def _adjacent(seats: Mapping[uuid.UUID, str | None]) -> dict[Key, set[uuid.UUID]]:
    """Returns the blocks of adjacent seats in one row, with their travellers. A block has at least two
    seats."""
    places = sorted(
        (row, _LETTERS.find(letter), one)
        for one, seat in seats.items()
        if (at := pictures.place(seat))
        for row, letter in [at]
    )
    blocks: list[list[tuple[int, int, uuid.UUID]]] = []
    for place in places:
        last = blocks[-1][-1] if blocks else None
        if last and place[0] == last[0] and place[1] - last[1] in (0, 1):
            blocks[-1].append(place)
        else:
            blocks.append([place])
    return {
        ("seats", f"{b[0][0]}{_LETTERS[b[0][1]]}–{b[-1][0]}{_LETTERS[b[-1][1]]}"): {x[2] for x in b}
        for b in blocks
        if b[0][1] != b[-1][1]
    }


def linked(subject: uuid.UUID) -> Linked | None:
    """Returns the travellers of the flight who are linked with the given traveller, or None if no traveller
    is linked. Raises `Journey.DoesNotExist` if the reader may not see the traveller."""
    flight = Journey.objects.values_list("flight_id", flat=True).get(pk=subject)
    for group in groups(flight):
        everyone = set().union(*group.values())
        if subject in everyone:
            return _shown(group, _in_order(everyone, subject))
    return None


def _in_order(people: Collection[uuid.UUID], first: uuid.UUID | None = None) -> list[uuid.UUID]:
    """Returns the travellers in the order of the page.

    The traveller with the id `first` comes first. Travellers with an open hit follow by priority, then
    travellers with a decided hit, and then the other travellers.
    """
    hits = hits_of(people)

    def place(one: uuid.UUID) -> tuple[bool, bool, bool, int, uuid.UUID]:
        hit = hits.get(one)
        is_open = hit is not None and hit.state in Hit.OPEN
        return one != first, not is_open, hit is None, -(hit.priority if hit else 0), one

    return sorted(people, key=place)


def hits_of(people: Collection[uuid.UUID]) -> dict[uuid.UUID, SeenHit]:
    """Returns the hits of the given travellers that the reader may see. Hits that no longer apply (void hits)
    are excluded."""
    found = SeenHit.objects.filter(subject_id__in=people).exclude(state=Hit.State.VOID)
    return {hit.subject_id: hit for hit in found}


def _shown(group: Mapping[Key, set[uuid.UUID]], people: Sequence[uuid.UUID]) -> Linked:
    """Returns at most `Linked.MOST` travellers and `Linked.MOST_FACTS` facts of a group, with their texts."""
    chosen = people[: Linked.MOST]
    kinds = list(_WORDS)
    facts = sorted(
        ((key, [one for one in chosen if one in who]) for key, who in group.items()),
        key=lambda fact: (-len(fact[1]), kinds.index(fact[0][0]), str(fact[0][1])),
    )
    facts = [(key, who) for key, who in facts if len(who) > 1]
    kept = facts[: Linked.MOST_FACTS]
    clear = JourneyClear.objects.filter(journey_id__in=chosen)
    people_of = {one.journey_id: one for one in clear}
    values = _values(kept, people_of)
    return Linked(
        title=ngettext("%(n)s linked traveller", "%(n)s linked travellers", len(people))
        % {"n": display.number(len(people))},
        names={one: _name(people_of.get(one)) for one in chosen},
        facts=[_fact(key, who, values) for key, who in kept],
        note=note(),
        more=len(people) - len(chosen),
        more_facts=len(facts) - len(kept),
    )


def note() -> str:
    """Returns the sentence that states which facts link travellers."""
    return gettext(
        "Only rare facts link travellers. A fact that is in more than %(n)s bookings, such as the"
        " telephone number of an agency, does not link travellers."
    ) % {"n": display.number(sharing.COMMON)}


def _name(clear: JourneyClear | None) -> tuple[str, str]:
    if clear is None:
        return "", ""
    surname = (clear.surname or clear.given_names or "").upper()
    at = pictures.place(clear.seat)
    return surname or gettext("name not given"), f"{at[0]}{at[1]}" if at else ""


def _values(
    facts: Iterable[tuple[Key, Sequence[uuid.UUID]]], people: Mapping[uuid.UUID, JourneyClear]
) -> dict[Key, str]:
    """Returns the values of the facts in clear text. For each fact, only the first two travellers with this
    fact are read."""
    known: dict[Key, str] = {}
    tokens: dict[bytes, str] = {}
    wanted = dict.fromkeys(one for _, who in facts for one in who[:2] if one in people)
    for one in wanted:
        tokens |= _tokens(people[one].state)
    for (kind, token), who in facts:
        if kind == "booking":
            locators = (people[one].locator for one in who if one in people)
            known[kind, token] = next(filter(None, locators), "")
        elif kind == "seats":
            known[kind, token] = str(token)
        elif isinstance(token, bytes):
            known[kind, token] = tokens.get(token, "")
    return known


def _tokens(state: Mapping[str, Any]) -> dict[bytes, str]:
    """Returns the values by which a traveller can be linked with others. The keys are the keyed tokens of the
    values. Only the last four digits of a card number are returned."""
    views = [everything(state.get(source) or {}) for source in ("api", "pnr")]
    stated: list[records.Traveller] = [
        one for view in views if view and (one := rebuilt(view, records.Traveller)) is not None
    ]
    contacts = Contacts(
        phones=tuple(p for one in stated for p in one.contacts.phones),
        emails=tuple(e for one in stated for e in one.contacts.emails),
        addresses=tuple(a for one in stated for a in one.contacts.addresses),
    )
    found = sharing.values(stated, contacts)
    token = keyring().token
    found |= {token("card", card): f"•••• {card[-4:]}" for card in views[1].get("cards") or ()}
    flown = (f for one in stated for f in one.frequent_flyer)
    return found | {
        token("loyalty", number): number
        for number in (f"{one.carrier or ''}{one.number}" for one in flown)
    }


def _fact(key: Key, who: Sequence[uuid.UUID], values: Mapping[Key, str]) -> Fact:
    kind, value = key[0], values.get(key, "")
    icon, words = _WORDS[kind]
    title = (str(words) % {"value": value}).strip()
    if len(value) <= _SHORT:
        label = value
    elif kind == "card":
        label = f"…{value[-4:]}"
    elif kind in ("email", "address"):
        label = f"{value[: _SHORT - 1]}…"
    else:
        label = f"…{value[1 - _SHORT :]}" if kind != "phone" else f"…{value[-4:]}"
    return Fact(icon, label, title, who)


def of_flight(flight: uuid.UUID) -> tuple[list[dict[str, Any]], int]:
    """Returns the groups of a flight that contain a traveller with a hit, and the number of such groups that
    were left out. The group whose open hit has the highest priority comes first.

    Each group contains its hits in order (`hits`), the numbers of its travellers (`count`) and open hits
    (`open`), and its kinds of facts (`facts`).
    """
    found = []
    for group in groups(flight):
        people = set().union(*group.values())
        found.append((group, people))
    hits = hits_of({one for _, people in found for one in people})
    rows: list[dict[str, Any]] = []
    for group, people in found:
        theirs = sorted(
            (hits[one] for one in people if one in hits),
            key=lambda hit: (hit.state not in Hit.OPEN, -hit.priority, hit.subject_id),
        )
        if theirs:
            kinds = sorted({kind for kind, _ in group}, key=list(_WORDS).index)
            rows.append({
                "hits": theirs,
                "count": len(people),
                "open": sum(hit.state in Hit.OPEN for hit in theirs),
                "facts": [
                    (str(_WORDS[kind][1]) % {"value": ""}).strip() for kind, _ in groupby(kinds)
                ],
            })  # fmt: skip
    rows.sort(
        key=lambda row: (not row["open"], -row["hits"][0].priority, row["hits"][0].subject_id)
    )
    return rows[:MOST_GROUPS], max(len(rows) - MOST_GROUPS, 0)
