"""Searches for travellers, and returns the crossings, the clearings and the clear-text values of one
traveller."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from vedette.apps import query
from vedette.apps.hits.models import ClearedPair, Decision, Hit, Reason
from vedette.apps.keyring import keyring
from vedette.apps.subjects.models import Identifier
from vedette.travellers.app.models import Journey, JourneyClear
from vedette.travellers.app.rows import beginnings, document_numbers
from vedette.travellers.kind import KIND

#: Number of journeys that are used for each search term. The query returns one more if there are more.
MOST = 100
#: Number of journeys with a similar name that are compared with the name typed.
MOST_SIMILAR = 400
#: Crossings on one page.
PAGE = 50
#: Maximum number of journeys of one traveller that are read.
MOST_CROSSINGS = 1000
#: Values that the queue and other lists show.
CLEAR = (
    "surname",
    "given_names",
    "date_of_birth",
    "birth_period",
    "sex",
    "nationality",
    "seat",
    "document",
)
#: Search terms. They are the parameters of `search`.
KEYS = "name", "document", "locator"

_PEOPLE = """
    SELECT j.id, s.fingerprint, j.in_api, j.in_pnr, j.present, c.surname, c.given_names,
           c.date_of_birth, c.birth_period, c.sex, c.nationality, c.document, c.locator,
           c.journey_id IS NULL AS masked,
           f.id AS flight_id,
           f.carrier, f.number, f.origin, f.destination, f.departs_on, f.arrives_local,
           h.id AS hit_id, h.priority, h.state AS hit_state,
           coalesce(f.arrives_at, f.departs_at, f.departs_on) AS lands
    FROM travellers_journey j
    JOIN subjects_subject s ON s.id = j.id
    JOIN travellers_flight f ON f.id = j.flight_id
    LEFT JOIN travellers_journeyclear c ON c.journey_id = j.id
         AND c.retention_class = j.retention_class AND c.month = j.month
    LEFT JOIN hits_seen h ON h.subject_id = j.id
    WHERE j.id = ANY(%(journeys)s)
    ORDER BY lands DESC, j.id DESC
"""


#: The journeys of a traveller with the outcome of their hits, the earliest first.
_TRAVELLED = """
    SELECT j.id, j.present, j.flight_id, f.carrier, f.number, f.origin, f.destination, f.departs_on,
           h.id AS hit_id, h.state AS hit_state, became.outcome
    FROM travellers_journey j
    JOIN travellers_flight f ON f.id = j.flight_id
    LEFT JOIN hits_seen h ON h.subject_id = j.id
    LEFT JOIN LATERAL (
        SELECT o.outcome FROM hit_outcome o WHERE o.hit_id = h.id OFFSET 0) became ON true
    WHERE j.id = ANY(%(journeys)s)
    ORDER BY coalesce(f.arrives_at, f.departs_at, f.departs_on), j.id
"""


@dataclass
class Found:
    """Describes a traveller found by a search, with the last journey, the number of journeys found, and the
    search terms that matched."""

    journey: dict[str, Any]
    crossings: int = 0
    why: set[str] = field(default_factory=set)
    #: Similarity of the name to the name typed, from 0 to 1.
    score: float = 0.0
    #: The open hit with the highest priority among the journeys found: id and priority.
    hit: tuple[uuid.UUID, int] | None = None


@dataclass(frozen=True)
class Search:
    """Contains the travellers found, best match first. `cut` is true if more journeys matched than were
    read."""

    people: list[Found]
    cut: bool


def search(name: str = "", document: str = "", locator: str = "") -> Search:
    """Returns travellers found by the beginning of a name, a similar name, a document or a locator.
    Travellers who match the most search terms come first. Travellers who match the same number of terms are
    ordered by the similarity of the name.

    Search terms are normalised (`fold`) or converted to keyed tokens. The terms are not stored. Masked
    travellers are not found.
    """
    asked = {
        "name": _by_name(name) if name else [],
        "document": _by_token("document", document_numbers(document)),
        "locator": _by_token("locator", [locator.upper().replace(" ", "")]),
    }
    # If too many names begin in this way, similar names would only add to them.
    few = len(asked["name"]) <= MOST
    similar, cut = _by_similar_name(name) if name and few else ({}, False)
    why: dict[uuid.UUID, set[str]] = {}
    for term, journeys in asked.items():
        for journey in journeys[:MOST]:
            why.setdefault(journey, set()).add(term)
    for journey in similar:
        if "name" not in why.setdefault(journey, set()):
            why[journey].add("similar")
    # Journeys with the same fingerprint are of the same traveller. The query returns the newest first.
    people: dict[bytes, Found] = {}
    for row in query.dicts(_PEOPLE, {"journeys": list(why)}):
        person = people.setdefault(bytes(row["fingerprint"] or row["id"].bytes), Found(row))
        person.crossings += 1
        person.why |= why[row["id"]]
        person.score = max(person.score, similar.get(row["id"], 0.0))
        if row["hit_state"] in Hit.OPEN:
            hit = (row["hit_id"], row["priority"])
            person.hit = max(person.hit or hit, hit, key=lambda h: h[1])
    found = sorted(people.values(), key=lambda p: (len(p.why), p.score), reverse=True)
    return Search(found, cut or any(len(journeys) > MOST for journeys in asked.values()))


def _by_name(name: str) -> list[uuid.UUID]:
    rows = query.dicts(
        "SELECT DISTINCT s.subject_id FROM unnest(%(beginnings)s::text[]) AS b(beginning),"
        " LATERAL vedette_search_names(b.beginning, %(most)s) AS s"
        " ORDER BY s.subject_id DESC LIMIT %(most)s",
        {"beginnings": [b for b in beginnings(name) if len(b) > 1], "most": MOST + 1},
    )
    return [row["subject_id"] for row in rows]


def _by_similar_name(name: str) -> tuple[dict[uuid.UUID, float], bool]:
    """Returns at most `MOST` journeys whose name the screening would match with the given name, each with its
    score. Also returns whether there may be more such journeys."""
    # A web process loads the engine at the first use.
    from vedette.screening.names import lookup
    from vedette.screening.names.model import DEFAULT_THRESHOLD

    words = lookup.asked(name)
    if not words:
        return {}, False
    rows = query.dicts(
        "SELECT * FROM vedette_search_similar(%(w0)s, %(w1)s, %(w2)s, %(w3)s, %(most)s)",
        {f"w{k}": words[k] if k < len(words) else None for k in range(lookup.WORDS)}
        | {"most": MOST_SIMILAR + 1},
    )
    cut, rows = len(rows) > MOST_SIMILAR, rows[:MOST_SIMILAR]
    named = [[" ".join(reversed(one.split("|"))) for one in row["names"]] for row in rows]
    found = [
        (score, row["subject_id"])
        for score, row in zip(lookup.scores(name, named), rows, strict=True)
        if score >= DEFAULT_THRESHOLD
    ]
    found.sort(reverse=True)
    return {journey: score for score, journey in found[:MOST]}, cut or len(found) > MOST


def _by_token(kind: str, values: Iterable[str]) -> list[uuid.UUID]:
    tokens = [keyring().token(kind, value) for value in values if value.strip()]
    # Restricted travellers can only be found on the page of requests. Without the condition on the kind,
    # subjects of other kinds with the same identifier would take the places of travellers.
    found = Identifier.objects.filter(
        token__in=tokens, subject__kind=KIND.name, subject__restricted=False
    ).order_by("-subject_id")
    return list(found.values_list("subject_id", flat=True).distinct()[: MOST + 1])


def clear_values(
    keys: Iterable[tuple[uuid.UUID, str, dt.date]], fields: Sequence[str] = CLEAR
) -> dict[uuid.UUID, dict[str, Any]]:
    """Returns the clear-text values of the journeys that are not masked. The keys of the result are the ids
    of the journeys. Each item of `keys` consists of the id, the retention class and the month of a journey.
    The retention class and the month determine the partitions that are read."""
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
    """Returns the clear-text values of a journey, or None if these values are masked."""
    return JourneyClear.objects.filter(
        journey_id=journey.id, retention_class=journey.retention_class, month=journey.month
    ).first()


def tokens_of(journey: Journey, kinds: Collection[str]) -> list[Any]:
    """Returns the tokens of the identifiers of a journey that have one of the given kinds."""
    own = Identifier.objects.filter(subject=journey.pk, kind__in=kinds)
    return list(own.values_list("token", flat=True))


def last_decisions(hits: Iterable[uuid.UUID]) -> dict[uuid.UUID, Decision]:
    """Returns the last decision for each given hit that has a decision."""
    taken = Decision.objects.filter(hit_id__in=list(hits)).select_related("by").order_by("at")
    return {decision.hit_id: decision for decision in taken}


def journeys_of(journey: Journey, name_key: str | None) -> tuple[list[uuid.UUID], bool]:
    """Returns all journeys of the traveller of the given journey, including this journey. Also returns
    whether there are more journeys than were read.

    Journeys with the same document belong to the same traveller. If no document is known, journeys with the
    same name, birth date and sex belong to the same traveller.
    """
    tokens = tokens_of(journey, ["document"])
    found = {journey.id}
    limit = MOST_CROSSINGS + 1
    if tokens:
        same = Identifier.objects.filter(token__in=tokens, subject__kind=KIND.name)
        newest = same.order_by("-subject_id").values_list("subject_id", flat=True)
        found |= set(newest[:limit])
    elif name_key and journey.subject.fingerprint:
        rows = query.dicts(
            "SELECT s.id FROM vedette_search_names(%(key)s, %(limit)s) n"
            " JOIN subjects_subject s ON s.id = n.subject_id WHERE s.fingerprint = %(own)s",
            {"key": name_key, "limit": limit, "own": bytes(journey.subject.fingerprint)},
        )
        found |= {row["id"] for row in rows}
    return sorted(found, reverse=True)[:MOST_CROSSINGS], len(found) > MOST_CROSSINGS


def crossings(journeys: Sequence[uuid.UUID], number: int = 1) -> list[dict[str, Any]]:
    """Returns one page of the journeys, newest first, with the hit of each journey and the last decision on
    this hit."""
    rows = query.dicts(
        _PEOPLE + " LIMIT %(limit)s OFFSET %(start)s",
        {"journeys": list(journeys), "limit": PAGE, "start": (max(number, 1) - 1) * PAGE},
    )
    taken = last_decisions(row["hit_id"] for row in rows if row["hit_id"])
    return [{**row, "decision": taken.get(row["hit_id"])} for row in rows]


def travelled(journeys: Sequence[uuid.UUID]) -> list[dict[str, Any]]:
    """Returns the given journeys, the earliest first, with their flights and the outcomes of their hits."""
    return query.dicts(_TRAVELLED, {"journeys": list(journeys)})


def cleared(journey: Journey, journeys: Sequence[uuid.UUID]) -> list[dict[str, Any]]:
    """Returns the clearings of the traveller, newest first. A clearing is the decision that the traveller is
    not the person of a list entry. Each item contains the clearing (`pair`), and whether this clearing has
    lapsed (`lapsed`). Each item also contains the parameters (`params`) of a reason that is based on the list
    entry."""
    if not journey.subject.fingerprint:
        return []
    own = ClearedPair.objects.filter(fingerprint=bytes(journey.subject.fingerprint))
    reasons = Reason.objects.filter(hit__subject_id__in=journeys, entry_hash__gt="")
    params = dict(reasons.values_list("entry_hash", "params"))
    return [
        {
            "pair": pair,
            "params": params.get(pair.entry_hash, {}),
            "lapsed": pair.expires_at <= timezone.now(),
        }
        for pair in own.select_related("by").order_by("-at")
    ]
