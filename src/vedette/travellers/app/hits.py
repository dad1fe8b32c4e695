"""Determines the facts in the traveller's favour, each of which lowers the priority of a hit by a number of
points. Joins the hits of two stored journeys that later messages show to be one journey."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import Connection

from vedette.apps.enforcement.following import follow
from vedette.apps.hits.raising import Raised, load_hits, pairs_in
from vedette.apps.subjects.rows import Spine
from vedette.core.names import fold
from vedette.core.statements import everything
from vedette.screening.reason import FAVOUR_POINTS
from vedette.travellers.app.history import earlier_crossings
from vedette.travellers.manifest import Held, Person

#: Evidence that does not agree → the fact in favour.
_EVIDENCE = {
    "birth_date": "birth_date_differs",
    "nationality": "nationality_differs",
    "sex": "sex_differs",
}
_MOVE_REASONS = (
    "UPDATE hits_reason r SET hit_id = %(to)s"
    " WHERE organisation_id = %(home)s AND hit_id = %(of)s AND NOT EXISTS"
    " (SELECT 1 FROM hits_reason o WHERE o.organisation_id = %(home)s"
    " AND o.hit_id = %(to)s AND o.key = r.key)"
)
_REOPEN = "UPDATE hits_hit SET state = 'reopened' WHERE organisation_id = %s AND id = %s"
#: The hit is void for all of its readers.
_VOID = (
    "UPDATE hits_hit SET state = 'void', open_pairs = 0,"
    " parts = (SELECT coalesce(jsonb_object_agg(key, value || '{\"state\": \"void\"}'), '{}')"
    " FROM jsonb_each(parts)) WHERE organisation_id = %s AND id = %s"
)
_REMOVE = (
    "DELETE FROM travellers_journeyclear WHERE organisation_id = %(home)s AND journey_id = %(id)s"
    " AND retention_class = %(class)s AND month = %(month)s",
    "DELETE FROM subjects_identifier WHERE organisation_id = %(home)s AND subject_id = %(id)s",
    "UPDATE travellers_journey SET present = false WHERE organisation_id = %(home)s AND id = %(id)s",
    "DELETE FROM subjects_subject s WHERE organisation_id = %(home)s AND id = %(id)s"
    " AND NOT EXISTS (SELECT 1 FROM hits_hit h WHERE h.subject_id = s.id)",
    "DELETE FROM travellers_traveller t WHERE organisation_id = %(home)s AND id = %(traveller)s"
    " AND NOT EXISTS (SELECT 1 FROM travellers_journey j WHERE j.traveller_id = t.id)",
)


def favour_of(
    connection: Connection[Any],
    spine: Spine,
    cases: Sequence[tuple[Held, Person, Iterable[Raised]]],
) -> list[list[dict[str, Any]]]:
    """Returns, for each case, a list of facts in the traveller's favour. Each fact has the keys `id`,
    `params` and `points`. A case consists of the flight, the person and the reasons of the hit. An earlier
    hit is considered only to the extent that a reader who may see the reasons of this hit can also see the
    earlier hit."""
    told = [(hold, person, list(reasons)) for hold, person, reasons in cases]
    crossings = earlier_crossings(
        connection, spine.organisation, [(p.id, pairs_in(reasons)) for _, p, reasons in told],
        spine.received_at,
    )  # fmt: skip
    found = []
    for hold, person, reasons in told:
        ids: dict[str, dict[str, Any]] = {fact: {} for fact in _differing(reasons)}
        if any(r.state == "cleared" for r in reasons):
            ids["cleared_before"] = {}
        if person.views["api"] and person.views["pnr"] and not person.facts:
            ids["messages_agree"] = {}
        ids.update(booking_facts(hold, person))
        if count := crossings.get((person.id, pairs_in(reasons))):
            ids["earlier_crossings"] = {"count": count}
        found.append([{"id": i, "params": p, "points": FAVOUR_POINTS[i]} for i, p in ids.items()])
    return found


def _differing(reasons: Sequence[Raised]) -> list[str]:
    """Returns the facts in the traveller's favour that follow from evidence that does not agree with the
    entry. A fact is returned only if the value differs from the entry in every open reason that is based on a
    name and has evidence."""
    named = [
        {line["name"] for line in r.reason.evidence if line["relation"] == "≠"}
        for r in reasons
        if r.state == "open" and "name" in r.reason.channels and r.reason.evidence is not None
    ]
    common = set.intersection(*named) if named else set()
    return [fact for name, fact in _EVIDENCE.items() if name in common]


def booking_facts(hold: Held, person: Person) -> dict[str, dict[str, Any]]:
    """Returns the facts in the traveller's favour that follow from the booking (a return flight, travel with
    family), with their parameters."""
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


def settle_absorbed(connection: Connection[Any], organisation: uuid.UUID, hold: Held) -> None:
    """If two journeys were merged and each has a hit, keeps the older hit and moves the reasons of the newer
    hit to it.

    The older hit is reopened if a moved reason is undecided. A hit with decisions is never deleted: the hit
    becomes void and keeps its journey.
    """
    for kept, gone in hold.manifest.absorbed:
        hits = load_hits(connection, organisation, [kept.id, gone.id])
        if gone.id in hits and kept.id in hits:
            older, newer = sorted((hits[kept.id], hits[gone.id]), key=lambda h: h.opened_at)
            connection.execute(
                _MOVE_REASONS,
                {"to": older.id, "of": newer.id, "home": organisation},
            )
            undecided = any(r.state == "open" for r in newer.reasons.values())
            connection.execute(
                "UPDATE hits_hit SET state = CASE WHEN %s AND state IN ('decided', 'void')"
                " THEN 'reopened' ELSE state END WHERE organisation_id = %s AND id = %s",
                [undecided, organisation, older.id],
            )
            connection.execute(_VOID, [organisation, newer.id])
            if older is hits[gone.id]:
                _swap_journeys(connection, organisation, kept.id, gone.id, older.id, newer.id)
        elif gone.id in hits:
            connection.execute(
                "UPDATE hits_hit SET subject_id = %s"
                " WHERE organisation_id = %s AND subject_id = %s",
                [kept.id, organisation, gone.id],
            )
        follow(connection, organisation, kept.id, gone.id)
        values = {
            "home": organisation, "id": gone.id, "traveller": gone.traveller_id,
            "class": gone.row["retention_class"], "month": gone.row["month"],
        }  # fmt: skip
        for statement in _REMOVE:
            connection.execute(statement, values)


def _swap_journeys(
    connection: Connection[Any],
    organisation: uuid.UUID,
    kept: uuid.UUID,
    gone: uuid.UUID,
    older: uuid.UUID,
    newer: uuid.UUID,
) -> None:
    """After the merge of two journeys, assigns the remaining journey to the older hit. The newer hit, to
    which the journey was assigned before, is deleted, because a journey can have only one hit. If the newer
    hit has decisions, the newer hit is kept and receives the reasons of the older hit."""
    decided = connection.execute(
        "SELECT 1 FROM hits_decision WHERE organisation_id = %s AND hit_id = %s LIMIT 1",
        [organisation, newer],
    ).fetchone()
    if decided is None:
        moved = {"to": older, "of": newer, "home": organisation}
        for statement in (
            "UPDATE hits_event SET hit_id = %(to)s WHERE organisation_id = %(home)s"
            " AND hit_id = %(of)s",
            "UPDATE notices_notice SET hit_id = %(to)s WHERE organisation_id = %(home)s"
            " AND hit_id = %(of)s",
            "DELETE FROM hits_reason WHERE organisation_id = %(home)s AND hit_id = %(of)s",
            "DELETE FROM hits_hit WHERE organisation_id = %(home)s AND id = %(of)s",
        ):
            connection.execute(statement, moved)
        connection.execute(
            "UPDATE hits_hit SET subject_id = %s WHERE organisation_id = %s AND id = %s",
            [kept, organisation, older],
        )
    else:
        # The newer hit has decisions and stays. The reasons of the older hit are moved to it.
        connection.execute(_MOVE_REASONS, {"to": newer, "of": older, "home": organisation})
        connection.execute(_VOID, [organisation, older])
        connection.execute(_REOPEN, [organisation, newer])
