"""Points in favour of a traveller. Each point in favour is stored and lowers the priority by a
number of points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from psycopg import Connection

from vedette.core.folding import fold
from vedette.core.statements import everything
from vedette.screening.priority import FAVOUR_POINTS
from vedette.travellers.app.history import earlier_crossings
from vedette.travellers.manifest import Held, Person

if TYPE_CHECKING:
    from vedette.apps.hits.hit_rows import Raised
    from vedette.apps.subjects.rows import Spine

#: Evidence that does not agree → the fact in favour.
_EVIDENCE = {
    "birth_date": "birth_date_differs",
    "nationality": "nationality_differs",
    "sex": "sex_differs",
}


def favour_of(
    connection: Connection[Any],
    spine: Spine,
    cases: Sequence[tuple[Held, Person, Iterable[Raised]]],
) -> list[list[dict[str, Any]]]:
    """Returns the facts in favour, {id, params, points}, for each case (flight, person, reasons of the
    hit)."""
    crossings = earlier_crossings(
        connection, spine.organisation, [person.id for _, person, _ in cases], spine.received_at
    )
    found = []
    for hold, person, reasons in cases:
        ids: dict[str, dict[str, Any]] = {}
        reasons = list(reasons)
        ids |= {fact: {} for fact in _differing(reasons)}
        if any(r.state == "cleared" for r in reasons):
            ids["cleared_before"] = {}
        if person.views["api"] and person.views["pnr"] and not person.facts:
            ids["messages_agree"] = {}
        ids.update(booking_facts(hold, person))
        if crossings.get(person.id):
            ids["earlier_crossings"] = {"count": crossings[person.id]}
        found.append([{"id": i, "params": p, "points": FAVOUR_POINTS[i]} for i, p in ids.items()])
    return found


def _differing(reasons: Sequence[Raised]) -> list[str]:
    """Returns the facts in favour that follow from differing evidence. The evidence must differ in every open
    reason that is based on a name and has evidence."""
    named = [
        {line["name"] for line in r.reason.evidence if line["relation"] == "≠"}
        for r in reasons
        if r.state == "open" and "name" in r.reason.channels and r.reason.evidence is not None
    ]
    common = set.intersection(*named) if named else set()
    return [fact for name, fact in _EVIDENCE.items() if name in common]


def booking_facts(hold: Held, person: Person) -> dict[str, dict[str, Any]]:
    """Returns the facts in favour that the booking shows, with their parameters: a return flight, travel with
    family."""
    facts: dict[str, dict[str, Any]] = {}
    if person.booking_id is None:
        return facts
    booking = everything(hold.bookings.get(person.booking_id, {}))
    segments = sorted(
        (v for k, v in booking.items() if k.startswith("segments:") and v.get("departure")),
        key=lambda s: s["departure"],
    )
    if len(segments) > 1 and segments[0].get("origin") == segments[-1].get("destination"):
        facts["return_booked"] = {"on": segments[-1]["departure"][:10]}
    own = person.seen("pnr")
    family = [
        other
        for other in hold.manifest.persons.values()
        if other is not person
        and other.booking_id == person.booking_id
        and own is not None
        and (seen := other.seen("pnr")) is not None
        and fold(seen.surname) == fold(own.surname)
    ]
    if family:
        facts["travels_with_family"] = {"count": len(family)}
    return facts
