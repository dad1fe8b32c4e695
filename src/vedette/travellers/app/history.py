"""What earlier journeys say of the travellers of a frame, in a few queries for all of them.

Counted by keyed tokens, which outlive masking, as of the moment the frame is stored: an identifier
counts from when it was stored (`subjects_identifier.at`), a confirmed result from when it was written
down. So a replay at an earlier moment gives what was known then, and nothing of what came after.
Journeys of other organisations and journeys that are restricted are left out.

An identifier that very many share (`COMMON` journeys, of whatever age) says nothing of a person: it is not
followed, its count is missing, and `shared_common` says so. Where all those looked at are the traveller's
own (a frequent flyer), whether others share it is not known, and `shared_common` is missing too.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg import Connection

#: Journeys looked at for one identifier; a traveller's own document or name may have more.
COMMON = 50
MOST_OWN = 400
#: What links travellers of different bookings, and what tells a person again.
LINKS = ("phone", "email", "card", "address", "loyalty")
PERSON = ("document", "person")
#: Windows, in days.
LINK_DAYS, YEAR, MONTH, AROUND = 90, 365, 30, 3
#: A period of retention counts from the first day of a month: what came on its last day goes as early.
SLACK = 31
#: Counts of a window, which are too low where people are kept for less.
WINDOWED = {
    **dict.fromkeys(("trips_12m", "same_route_12m", "no_shows_12m", "documents_12m"), YEAR),
    **dict.fromkeys(("trips_30d", "same_route_30d"), MONTH),
    **dict.fromkeys((f"shared_{kind}_travellers_90d" for kind in (*LINKS, "document")), LINK_DAYS),
}

Values = dict[str, object]
#: Kind and token.
Identifier = tuple[str, bytes]

_LINKING = frozenset(LINKS)
#: What is known of an identifier that nobody shares; of a document alone, not that nothing is common.
_UNSHARED: dict[str, Values] = {
    kind: {
        f"shared_{kind}_travellers_90d": 0,
        f"shared_{kind}_confirmed": 0,
        **({"shared_common": False} if kind in LINKS else {}),
    }
    for kind in (*LINKS, "document")
}
#: Of somebody who was never here.
_NEW: Values = {
    "trips_12m": 0, "trips_30d": 0, "same_route_12m": 0, "same_route_30d": 0, "no_shows_12m": 0,
    "journey_bookings": 1, "own_confirmed": 0, "earlier_crossings": 0, "cleared_before": False,
}  # fmt: skip

_ME = """
    WITH me AS MATERIALIZED (
        SELECT j.id, coalesce(j.booking_id, j.traveller_id) AS booking, s.fingerprint, j.flight_id,
               f.origin, f.destination, coalesce(f.departs_at, f.departs_on::timestamptz) AS departs
        FROM travellers_journey j JOIN subjects_subject s ON s.id = j.id
        JOIN travellers_flight f ON f.id = j.flight_id
        WHERE j.organisation_id = %(home)s AND j.id = ANY(%(ids)s)
    ), near AS MATERIALIZED (
        SELECT i.subject_id AS me, i.kind, i.token, n.subject_id AS other, n.seen
        FROM subjects_identifier i CROSS JOIN LATERAL (
            SELECT o.subject_id, count(*) OVER () AS seen FROM (
                SELECT subject_id FROM subjects_identifier
                WHERE organisation_id = %(home)s AND token = i.token AND kind = i.kind
                  AND at <= %(as_of)s
                LIMIT %(most)s) o) n
        WHERE i.organisation_id = %(home)s AND i.subject_id = ANY(%(ids)s)
          AND i.kind = ANY(%(kinds)s) AND i.at <= %(as_of)s AND n.subject_id <> i.subject_id
    )
"""
# `hit_outcome` says what became of a hit by now; `hits_confirmed` keeps from when to when it said
# "confirmed".
_CONFIRMED = """
    EXISTS (SELECT FROM hits_confirmed c WHERE c.subject_id = s.id AND c.since <= %(as_of)s
            AND (c.until IS NULL OR c.until > %(as_of)s))
"""
# A booking gives its telephone to each of its travellers: others are travellers of other bookings. How many
# journeys have an identifier counts before anything is filtered: of one beyond the bound a filter leaves
# what it finds by chance.
_APART = """
    coalesce(j.booking_id, j.traveller_id) <> me.booking AND s.fingerprint IS DISTINCT FROM me.fingerprint
"""
_LATELY = f"""
    NOT s.restricted AND {_APART}
    AND j.received_at > %(as_of)s - make_interval(days => {LINK_DAYS})
"""
_SHARED = f"""
    {_ME}
    SELECT me.id, near.kind, max(near.seen) >= %(most)s AS common,
           bool_or({_APART}) FILTER (WHERE NOT s.restricted) AS apart,
           count(DISTINCT coalesce(s.fingerprint, uuid_send(j.traveller_id)))
               FILTER (WHERE {_LATELY}) AS travellers,
           count(DISTINCT coalesce(s.fingerprint, uuid_send(j.traveller_id)))
               FILTER (WHERE {_LATELY} AND {_CONFIRMED}) AS confirmed
    FROM near JOIN me ON me.id = near.me JOIN travellers_journey j ON j.id = near.other
    JOIN subjects_subject s ON s.id = j.id
    GROUP BY me.id, near.kind
"""  # noqa: S608  parts of ours
_OTHERS = f"""
    {_ME}
    SELECT DISTINCT ON (me.id, near.kind, j.id)
           me.id, near.kind, j.id AS other, j.flight_id = me.flight_id AS here,
           coalesce(j.booking_id, j.traveller_id) AS booking,
           coalesce(j.booking_id, j.traveller_id) <> me.booking AS apart, j.received_at, j.present,
           f.origin = me.origin AND f.destination = me.destination AS same_route,
           extract(epoch FROM me.departs - coalesce(f.departs_at, f.departs_on::timestamptz)) / 86400
               AS days_before,
           coalesce(f.departs_at, f.departs_on::timestamptz) < %(as_of)s - interval '1 day'
               AND j.facts ? 'booked_not_flown' AS no_show,
           {_CONFIRMED} AS confirmed,
           (SELECT array_agg(o.token) FROM subjects_identifier o WHERE o.subject_id = j.id
            AND o.at <= %(as_of)s AND o.kind = CASE near.kind WHEN 'person' THEN 'document'
                                                ELSE 'person' END) AS tokens,
           CASE WHEN became.since <= %(as_of)s THEN became.outcome = 'cleared' END AS released,
           became.hit_id IS NULL AS no_hit,
           f.arrives_at < %(as_of)s AS landed
    FROM near JOIN me ON me.id = near.me JOIN travellers_journey j ON j.id = near.other
    JOIN subjects_subject s ON s.id = j.id
    JOIN travellers_flight f ON f.id = j.flight_id
    LEFT JOIN hit_outcome became ON became.subject_id = j.id
    WHERE NOT s.restricted
"""  # noqa: S608  parts of ours
_OWN = """
    SELECT subject_id, kind, token FROM subjects_identifier
    WHERE organisation_id = %(home)s AND subject_id = ANY(%(ids)s) AND at <= %(as_of)s
"""
_AGENCY = """
    SELECT mine.subject_id, count(DISTINCT c.subject_id)
    FROM subjects_identifier mine
    JOIN subjects_identifier theirs ON theirs.organisation_id = mine.organisation_id
        AND theirs.token = mine.token AND theirs.kind = 'agency'
    JOIN hits_confirmed c ON c.subject_id = theirs.subject_id
    JOIN subjects_subject s ON s.id = theirs.subject_id AND NOT s.restricted
    WHERE mine.organisation_id = %(home)s AND mine.subject_id = ANY(%(ids)s) AND mine.kind = 'agency'
      AND theirs.subject_id <> mine.subject_id AND c.since <= %(as_of)s
      AND c.since > %(as_of)s - interval '365 days' AND (c.until IS NULL OR c.until > %(as_of)s)
    GROUP BY mine.subject_id
"""

_MEMBERS = """
    SELECT j.id, j.booking_id, j.traveller_id
    FROM travellers_journey j JOIN subjects_subject s ON s.id = j.id
    WHERE j.organisation_id = %(home)s AND j.booking_id = ANY(%(bookings)s) AND NOT s.restricted
"""
_CASES = f"""
    SELECT DISTINCT mine.subject_id
    FROM subjects_identifier mine
    JOIN subjects_identifier o ON o.organisation_id = mine.organisation_id AND o.token = mine.token
        AND o.kind = mine.kind
    JOIN subjects_subject s ON s.id = o.subject_id
    WHERE mine.organisation_id = %(home)s AND mine.subject_id = ANY(%(others)s)
      AND mine.kind = ANY(%(kinds)s) AND mine.at <= %(as_of)s AND o.at <= %(as_of)s
      AND o.subject_id <> mine.subject_id AND NOT s.restricted AND {_CONFIRMED}
"""  # noqa: S608  parts of ours
# The first day from which nobody is gone yet: by the periods in force, and by those that were before, for
# what they deleted does not come back.
_KEPT = """
    SELECT max(d.on_day - p.delete_after + %(slack)s) FROM (
        SELECT %(as_of)s::date AS on_day
        UNION SELECT active_from - 1 FROM retention_retentionprofile
        WHERE active_from BETWEEN %(as_of)s::date - %(year)s AND %(as_of)s::date
    ) d, vedette_periods('passenger', d.on_day) p
"""


def history(
    connection: Connection[Any],
    organisation: uuid.UUID,
    journeys: Mapping[uuid.UUID, uuid.UUID | None],
    as_of: dt.datetime,
    own: Mapping[uuid.UUID, Sequence[Identifier]] | None = None,
) -> dict[uuid.UUID, Values]:
    """For each journey of the organisation (with its booking) the values of the vocabulary's `history`
    and `links`.

    `own`: what identifies each, where it is at hand; else it is read.
    """
    ids = list(journeys)
    if not ids:
        return {}
    found: dict[uuid.UUID, Values] = {id_: {} for id_ in ids}
    asked: dict[str, Any] = {"home": organisation, "ids": ids, "as_of": as_of}
    if own is None:
        own = _identifiers(connection, asked)
    with _by_index(connection):
        _links(connection, {**asked, "kinds": list(LINKS), "most": COMMON}, own, found)
        _own_past(connection, asked, own, found)
    for id_, values in found.items():
        if any(kind == "agency" for kind, _ in own.get(id_, ())):
            values["agency_confirmed_12m"] = 0
    any_confirmed = connection.execute(
        "SELECT EXISTS (SELECT FROM hits_confirmed WHERE organisation_id = %(home)s)", asked
    ).fetchone()
    if any_confirmed == (True,):
        for id_, count in connection.execute(_AGENCY, asked):
            found[id_]["agency_confirmed_12m"] = count
    _fellows(connection, asked, {b for b in journeys.values() if b}, found)
    _forget(connection, as_of, found)
    return found


def earlier_crossings(
    connection: Connection[Any],
    organisation: uuid.UUID,
    journeys: Collection[uuid.UUID],
    as_of: dt.datetime,
) -> dict[uuid.UUID, int]:
    """`earlier_crossings` alone, for those of these journeys that have any."""
    found: dict[uuid.UUID, Values] = {id_: {} for id_ in journeys}
    if not found:
        return {}
    asked = {"home": organisation, "ids": list(found), "as_of": as_of}
    with _by_index(connection):
        _own_past(connection, asked, _identifiers(connection, asked), found)
    counts = {id_: values.get("earlier_crossings") for id_, values in found.items()}
    return {id_: count for id_, count in counts.items() if isinstance(count, int) and count}


@contextmanager
def _by_index(connection: Connection[Any]) -> Iterator[None]:
    """A bitmap gathers all the index entries of a token before LIMIT stops it: of an agency's telephone
    a hundred thousand, for each of its travellers."""
    with connection.transaction():
        connection.execute("SET LOCAL enable_bitmapscan = off")
        yield
        connection.execute("SET LOCAL enable_bitmapscan TO DEFAULT")


def _identifiers(
    connection: Connection[Any], asked: Mapping[str, Any]
) -> dict[uuid.UUID, list[Identifier]]:
    own: dict[uuid.UUID, list[Identifier]] = defaultdict(list)
    for id_, kind, token in connection.execute(_OWN, asked):
        own[id_].append((kind, bytes(token)))
    return own


def _links(
    connection: Connection[Any],
    asked: dict[str, Any],
    own: Mapping[uuid.UUID, Sequence[Identifier]],
    found: dict[uuid.UUID, Values],
) -> None:
    """Travellers of other bookings who share an identifier. Whoever has one that nobody shares has 0."""
    for id_, values in found.items():
        for kind in {kind for kind, _ in own.get(id_, ())} & _LINKING:
            values.update(_UNSHARED[kind])
    for id_, kind, common, apart, travellers, confirmed in connection.execute(_SHARED, asked):
        values = found[id_]
        if not common:
            values[f"shared_{kind}_travellers_90d"] = travellers
            values[f"shared_{kind}_confirmed"] = confirmed
            continue
        del values[f"shared_{kind}_travellers_90d"], values[f"shared_{kind}_confirmed"]
        if apart:
            values["shared_common"] = True
        elif not values.get("shared_common"):
            values["shared_common"] = None


def _own_past(
    connection: Connection[Any],
    asked: Mapping[str, Any],
    own: Mapping[uuid.UUID, Sequence[Identifier]],
    found: dict[uuid.UUID, Values],
) -> None:
    """What the same document, or the same name and birth date, did before."""
    others: dict[uuid.UUID, list[Any]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_OTHERS, {**asked, "kinds": list(PERSON), "most": MOST_OWN})
        names = [column.name for column in cursor.description or ()]
        for row in cursor:
            one = dict(zip(names, row, strict=True))
            others[one["id"]].append(one)
    for id_, values in found.items():
        tokens: dict[str, set[bytes]] = {kind: set() for kind in PERSON}
        for kind, token in own.get(id_, ()):
            if kind in tokens:
                tokens[kind].add(token)
        if id_ in others:
            tell(values, tokens, others[id_], asked["as_of"])
        elif tokens["document"] or tokens["person"]:
            values.update(_NEW)
            if tokens["person"]:
                values["documents_12m"] = 0
            if tokens["document"] and tokens["person"]:
                values.update(_UNSHARED["document"], document_holders=0)


def tell(
    values: Values, own: Mapping[str, set[bytes]], others: Sequence[Mapping[str, Any]],
    as_of: dt.datetime,
) -> None:  # fmt: skip
    """Puts into `values` what these other journeys say of one: rows of `_OTHERS`, `own` its tokens."""
    by_document = [o for o in others if o["kind"] == "document"]
    by_name = [o for o in others if o["kind"] == "person"]
    past = {
        o["other"]: o for o in others
        if not o["here"] and o["days_before"] is not None and o["days_before"] > 0
    }  # fmt: skip
    flown = [o for o in past.values() if o["present"] and not o["no_show"]]
    year = [o for o in flown if o["days_before"] <= YEAR]
    month = [o for o in flown if o["days_before"] <= MONTH]
    values["trips_12m"], values["trips_30d"] = len(year), len(month)
    values["same_route_12m"] = sum(o["same_route"] for o in year)
    values["same_route_30d"] = sum(o["same_route"] for o in month)
    values["no_shows_12m"] = sum(
        bool(o["no_show"]) for o in past.values() if o["days_before"] <= YEAR
    )
    if past:
        values["first_seen_d"] = round(max(o["days_before"] for o in past.values()))
        values["last_seen_d"] = round(min(o["days_before"] for o in past.values()))
    if own["person"]:
        recent = [o for o in by_name if (as_of - o["received_at"]).days <= YEAR]
        papers = {bytes(t) for o in recent for t in o["tokens"] or ()}
        values["documents_12m"] = len(papers - own["document"])
    if own["document"] and own["person"]:
        values["document_holders"] = len(_holders(by_document) - own["person"])
        recent = [o for o in by_document if (as_of - o["received_at"]).days <= LINK_DAYS]
        values["shared_document_travellers_90d"] = len(_holders(recent) - own["person"])
        confirmed = _holders([o for o in recent if o["confirmed"]])
        values["shared_document_confirmed"] = len(confirmed - own["person"])
    around = {o["booking"] for o in others if o["apart"] and abs(o["days_before"]) <= AROUND}
    values["journey_bookings"] = 1 + len(around)
    values["own_confirmed"] = sum(
        1 for o in {o["other"]: o for o in others}.values() if o["confirmed"]
    )
    crossed = [o for o in past.values() if o["landed"] and (o["no_hit"] or o["released"])]
    values["earlier_crossings"] = len(crossed)
    values["cleared_before"] = any(o["released"] for o in past.values()) and not any(
        o["released"] is False for o in past.values()
    )


def _holders(others: Sequence[Mapping[str, Any]]) -> set[bytes]:
    """The persons (name and birth date) who showed a document."""
    return {bytes(token) for o in others for token in o["tokens"] or ()}


def _fellows(
    connection: Connection[Any],
    asked: Mapping[str, Any],
    bookings: Collection[uuid.UUID],
    found: dict[uuid.UUID, Values],
) -> None:
    """Fellow travellers, those too of whom this frame says nothing: a check-in names one alone."""
    if not bookings:
        return
    members = connection.execute(_MEMBERS, {**asked, "bookings": list(bookings)}).fetchall()
    known = {id_ for id_, values in found.items() if values.get("own_confirmed")}
    if others := [id_ for id_, _, _ in members if id_ not in found]:
        rows = connection.execute(_CASES, {**asked, "others": others, "kinds": list(PERSON)})
        known |= {id_ for (id_,) in rows}
    companions(members, known, found)


def companions(
    members: Sequence[tuple[uuid.UUID, uuid.UUID, uuid.UUID]],
    known: Collection[uuid.UUID],
    found: dict[uuid.UUID, Values],
) -> None:
    """Fellow travellers of the booking who had a confirmed result before, into `found`.

    `members`: journey, booking and traveller of all of these bookings; a traveller has a journey for each
    flight, and is nobody's companion on the other. `known`: journeys of whose person there is such a result.
    """
    cases: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for id_, booking, traveller in members:
        if id_ in known:
            cases[booking].add(traveller)
    for id_, booking, traveller in members:
        if id_ in found:
            found[id_]["companions_confirmed"] = len(cases[booking] - {traveller})


def _forget(
    connection: Connection[Any], as_of: dt.datetime, found: Mapping[uuid.UUID, Values]
) -> None:
    """What looks further back than everybody is kept is missing, not low. Confirmed results stay known:
    whoever has one is kept for it (`retention.deletion`)."""
    row = connection.execute(_KEPT, {"as_of": as_of, "slack": SLACK, "year": YEAR}).fetchone()
    days = (as_of.date() - row[0]).days if row else 0
    names = [name for name, window in WINDOWED.items() if window > days]
    for values in found.values() if names else ():
        for name in names:
            if name in values:
                values[name] = None
