"""Finding a person, and what is known of one: crossings, clearings."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.utils import timezone

from vedette.apps import query
from vedette.apps.hits.models import ClearedPair, Decision, Reason
from vedette.apps.keyring import keyring
from vedette.apps.subjects.models import Identifier
from vedette.travellers.app.models import Journey, JourneyClear
from vedette.travellers.app.selectors import folding

#: Journeys looked at for each thing asked; one more is asked for, so that a cut is said.
MOST = 100
#: Crossings on one page.
PAGE = 50
#: Journeys of one person that are looked at.
MOST_CROSSINGS = 1000

KEYS = NAME, DOCUMENT, LOCATOR = "name", "document", "locator"

_PEOPLE = """
    SELECT j.id, s.fingerprint, j.in_api, j.in_pnr, j.present, c.surname, c.given_names,
           c.date_of_birth, c.sex, c.nationality, c.document, c.locator, c.journey_id IS NULL AS masked,
           f.id AS flight_id,
           f.carrier, f.number, f.origin, f.destination, f.departs_on, f.arrives_local,
           h.id AS hit_id, h.priority, h.state AS hit_state,
           coalesce(f.arrives_at, f.departs_at, f.departs_on) AS lands
    FROM travellers_journey j
    JOIN subjects_subject s ON s.id = j.id
    JOIN travellers_flight f ON f.id = j.flight_id
    LEFT JOIN travellers_journeyclear c ON c.journey_id = j.id
         AND c.retention_class = j.retention_class AND c.month = j.month
    LEFT JOIN hits_hit h ON h.subject_id = j.id
    WHERE j.id = ANY(%(journeys)s)
    ORDER BY lands DESC, j.id DESC
"""


@dataclass
class Found:
    """A person found: the last journey, how many there are, and why it matched."""

    journey: dict[str, Any]
    crossings: int = 0
    why: set[str] = field(default_factory=set)
    #: The highest open hit among the journeys found: id and priority.
    hit: tuple[uuid.UUID, int] | None = None


@dataclass(frozen=True)
class Search:
    """People found, best first; `cut` when more journeys matched than were looked at."""

    people: list[Found]
    cut: bool


def search(name: str = "", document: str = "", locator: str = "") -> Search:
    """People by the beginning of a name, by document, by locator; what matches most comes first.

    What was typed is folded or turned into keyed tokens here and goes nowhere else. Only people
    whose data is not masked are found.
    """
    asked = {
        NAME: _by_name(name) if name else [],
        DOCUMENT: _by_token(DOCUMENT, folding.documents(document)) if document.strip() else [],
        LOCATOR: _by_token(LOCATOR, [folding.locator(locator)]) if locator.strip() else [],
    }
    why: dict[uuid.UUID, set[str]] = {}
    for channel, journeys in asked.items():
        for journey in journeys[:MOST]:
            why.setdefault(journey, set()).add(channel)
    people = _people(why)
    people.sort(key=lambda p: len(p.why), reverse=True)
    return Search(people, any(len(journeys) > MOST for journeys in asked.values()))


def _by_name(name: str) -> list[uuid.UUID]:
    beginnings = [b for b in folding.beginnings(name) if len(b) > 1]
    rows = query.dicts(
        "SELECT DISTINCT s.subject_id FROM unnest(%(beginnings)s::text[]) AS b(beginning),"
        " LATERAL vedette_search_names(b.beginning, %(most)s) AS s"
        " ORDER BY s.subject_id DESC LIMIT %(most)s",
        {"beginnings": beginnings, "most": MOST + 1},
    )
    return [row["subject_id"] for row in rows]


def _by_token(kind: str, values: Iterable[str]) -> list[uuid.UUID]:
    tokens = [keyring().token(kind, value) for value in values if value]
    # Who is restricted is found on the page of requests alone.
    found = Identifier.objects.filter(token__in=tokens, subject__restricted=False).order_by(
        "-subject_id"
    )
    return list(found.values_list("subject_id", flat=True).distinct()[: MOST + 1])


def _people(why: dict[uuid.UUID, set[str]]) -> list[Found]:
    """Journeys as people: those of one fingerprint are one person, the newest journey stands for it."""
    people: dict[bytes, Found] = {}
    for row in query.dicts(_PEOPLE, {"journeys": list(why)}):
        key = bytes(row["fingerprint"] or row["id"].bytes)
        person = people.setdefault(key, Found(row))
        person.crossings += 1
        person.why |= why[row["id"]]
        if row["hit_state"] in ("new", "reopened"):
            hit = (row["hit_id"], row["priority"])
            person.hit = max(person.hit or hit, hit, key=lambda h: h[1])
    return list(people.values())


#: What the queue and other lists show of a traveller.
CLEAR = ("surname", "given_names", "date_of_birth", "sex", "nationality", "seat", "document")


def clear_values(
    keys: Iterable[tuple[uuid.UUID, str, dt.date]], fields: Sequence[str] = CLEAR
) -> dict[uuid.UUID, dict[str, Any]]:
    """Clear values by journey; class and month keep the look-up to the partitions that matter."""
    wanted = list(keys)
    if not wanted:
        return {}
    found = JourneyClear.objects.filter(
        journey_id__in=[journey for journey, _, _ in wanted],
        retention_class__in={name for _, name, _ in wanted},
        month__in={month for _, _, month in wanted},
    )
    return {values["journey_id"]: values for values in found.values("journey_id", *fields)}


def clear(journey: Journey) -> JourneyClear | None:
    """The clear values of a journey, or None once they are masked."""
    return JourneyClear.objects.filter(
        journey_id=journey.id, retention_class=journey.retention_class, month=journey.month
    ).first()


def journeys_of(journey: Journey, name_key: str | None) -> tuple[list[uuid.UUID], bool]:
    """All journeys of the same person (this one too), and whether there are more than were looked at.

    The same document, whatever the name; where none is known, the same name, birth date and sex.
    """
    tokens = list(
        Identifier.objects.filter(subject=journey.pk, kind=DOCUMENT).values_list("token", flat=True)
    )
    found = {journey.id}
    limit = MOST_CROSSINGS + 1
    if tokens:
        same = Identifier.objects.filter(token__in=tokens).order_by("-subject_id")
        found |= set(same.values_list("subject_id", flat=True)[:limit])
    elif name_key and journey.subject.fingerprint:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT s.id FROM vedette_search_names(%s, %s) n"
                " JOIN subjects_subject s ON s.id = n.subject_id WHERE s.fingerprint = %s",
                [name_key, limit, bytes(journey.subject.fingerprint)],
            )
            found |= {id_ for (id_,) in cursor.fetchall()}
    newest = sorted(found, reverse=True)[:MOST_CROSSINGS]
    return newest, len(found) > MOST_CROSSINGS


def crossings(journeys: Sequence[uuid.UUID], number: int = 1) -> list[dict[str, Any]]:
    """One page of journeys, newest first, each with its hit and the last decision taken on it."""
    start = (max(number, 1) - 1) * PAGE
    rows = query.dicts(
        _PEOPLE + " LIMIT %(limit)s OFFSET %(start)s",
        {"journeys": list(journeys), "limit": PAGE, "start": start},
    )
    hits = [row["hit_id"] for row in rows if row["hit_id"]]
    taken = {
        decision.hit_id: decision
        for decision in Decision.objects.filter(hit_id__in=hits).select_related("by").order_by("at")
    }
    for row in rows:
        row["decision"] = taken.get(row["hit_id"])
    return rows


@dataclass(frozen=True)
class Cleared:
    """A traveller told apart from an entry: by whom, when, until when, and of which list."""

    pair: ClearedPair
    params: dict[str, Any]
    lapsed: bool


def cleared(
    journey: Journey, journeys: Sequence[uuid.UUID], now: dt.datetime | None = None
) -> list[Cleared]:
    """Clearings of this person, newest first; lapsed ones say so."""
    if not journey.subject.fingerprint:
        return []
    now = now or timezone.now()
    pairs = ClearedPair.objects.filter(
        fingerprint=bytes(journey.subject.fingerprint)
    ).select_related("by")
    reasons = Reason.objects.filter(hit__subject_id__in=journeys, entry_hash__gt="")
    params = dict(reasons.values_list("entry_hash", "params"))
    return [
        Cleared(pair, params.get(pair.entry_hash, {}), pair.expires_at <= now)
        for pair in pairs.order_by("-at")
    ]
