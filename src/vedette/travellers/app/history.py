"""Computes values about earlier journeys, for all travellers of a batch. A batch is a set of files that are
processed in one transaction. The number of queries does not depend on the number of travellers.

Journeys are compared by keyed tokens, which remain after masking. The computation uses the values that are
known when the batch is stored. An identifier is counted from the time at which it was stored
(`subjects_identifier.at`). A confirmed result is counted from the time at which it was recorded. A replay for
an earlier time computes the values that were known at that time. Journeys of other organisations and
restricted journeys are excluded.

An identifier that appears in `COMMON` or more journeys, at any time, does not identify one person. The count
of such a common identifier is missing (None), and `shared_common` is true. If all journeys with the
identifier belong to the traveller (a frequent flyer), `shared_common` is missing too. It is unknown whether
other travellers share the identifier of a frequent flyer.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

#: Maximum number of journeys that are read for one identifier. For the traveller's own document or name, more
#: are read.
COMMON = 50
MOST_OWN = 400
#: Kinds of identifiers that link travellers of different bookings.
LINKS = ("phone", "email", "card", "address", "loyalty")
#: Kinds of identifiers that identify a person.
PERSON = ("document", "person")
#: Lengths of the periods, in days.
LINK_DAYS, YEAR, MONTH, AROUND = 90, 365, 30, 3
#: Additional days: a retention period starts on the first day of a month, also for data received on the last
#: day of the month.
SLACK = 31
#: Counts over a period of days. They would be too low if data were deleted before the period ends.
WINDOWED = {
    **dict.fromkeys(("trips_12m", "same_route_12m", "no_shows_12m", "documents_12m"), YEAR),
    **dict.fromkeys(("trips_30d", "same_route_30d"), MONTH),
    **dict.fromkeys((f"shared_{kind}_travellers_90d" for kind in (*LINKS, "document")), LINK_DAYS),
}

Values = dict[str, object]
#: Kind and token.
Identifier = tuple[str, bytes]

#: Kind of identifier → the values if no other traveller has the identifier. For an agency: the values if it
#: has no confirmed result.
_UNSHARED: dict[str, Values] = {
    kind: {
        f"shared_{kind}_travellers_90d": 0,
        f"shared_{kind}_confirmed": 0,
        **({"shared_common": False} if kind in LINKS else {}),
    }
    for kind in (*LINKS, "document")
}
_UNSHARED["agency"] = {"agency_confirmed_12m": 0}
#: Values of a traveller without an earlier journey.
_NEW: Values = {
    "trips_12m": 0, "trips_30d": 0, "same_route_12m": 0, "same_route_30d": 0, "no_shows_12m": 0,
    "journey_bookings": 1, "own_confirmed": 0, "earlier_crossings": 0, "cleared_before": False,
}  # fmt: skip

# Only journeys are counted up to the bound. If subjects of other kinds with the same identifier were counted,
# the identifier would seem common. With OFFSET 0, the planner looks up the journeys one by one and stops
# at LIMIT.
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
                SELECT subject_id FROM subjects_identifier f CROSS JOIN LATERAL (
                    SELECT FROM travellers_journey WHERE id = f.subject_id OFFSET 0) j
                WHERE organisation_id = %(home)s AND token = i.token AND kind = i.kind
                  AND at <= %(as_of)s
                LIMIT %(most)s) o) n
        WHERE i.organisation_id = %(home)s AND i.subject_id = ANY(%(ids)s)
          AND i.kind = ANY(%(kinds)s) AND i.at <= %(as_of)s AND n.subject_id <> i.subject_id
    )
"""
# The view `hit_outcome` contains the present outcome of a hit. `hits_confirmed` contains the periods in which
# the outcome was "confirmed".
_CONFIRMED = """
    EXISTS (SELECT FROM hits_confirmed c WHERE c.subject_id = s.id AND c.since <= %(as_of)s
            AND (c.until IS NULL OR c.until > %(as_of)s))
"""
# All travellers of a booking have its telephone number. Only travellers of other bookings are therefore
# counted as others. The number of journeys with an identifier is counted before the filters: at the bound,
# the journeys that are read are an arbitrary selection, and a count after the filters would be arbitrary too.
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
           became.hit_id,
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
# The first day from which no data has been deleted. It follows from the retention periods in force and from
# the earlier ones, which may have deleted more.
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
    """Returns the values of the groups `history` and `links` of the vocabulary for each of the given
    journeys.

    `journeys` contains journeys with their bookings. `own` contains the identifiers of the journeys. The
    identifiers are read from the database if `own` is None.
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
    any_confirmed = "SELECT EXISTS (SELECT FROM hits_confirmed WHERE organisation_id = %(home)s)"
    if connection.execute(any_confirmed, asked).fetchone() == (True,):
        for id_, count in connection.execute(_AGENCY, asked):
            found[id_]["agency_confirmed_12m"] = count
    _fellows(connection, asked, {b for b in journeys.values() if b}, found)
    _forget(connection, as_of, found)
    return found


def earlier_crossings(
    connection: Connection[Any],
    organisation: uuid.UUID,
    cases: Collection[tuple[uuid.UUID, int]],
    as_of: dt.datetime,
) -> dict[tuple[uuid.UUID, int], int]:
    """Returns the number of earlier crossings for each case. A case is a journey together with a set of
    pairs, each of which consists of a theme and a purpose. The result does not contain cases without earlier
    crossings. If the hit of a crossing was not released, and a reader with access to the theme and purpose
    pairs of the case can see this, the crossing is not counted."""
    if not cases:
        return {}
    asked = {"home": organisation, "ids": list({id_ for id_, _ in cases}), "as_of": as_of}
    with _by_index(connection):
        others = _others(connection, asked)
    past = {
        (id_, pairs): [o["hit_id"] for o in _past(others.get(id_, ())) if o["landed"]]
        for id_, pairs in cases
    }
    hits = {(hit, pairs) for (_, pairs), found in past.items() for hit in found if hit}
    rows = connection.execute(
        "SELECT hit, pairs, vedette_released(hit, pairs)"
        " FROM unnest(%s::uuid[], %s::integer[]) asked (hit, pairs)",
        [[hit for hit, _ in hits], [pairs for _, pairs in hits]],
    )
    held_up = {(hit, pairs) for hit, pairs, released in rows if released is False}
    counts = {
        (id_, pairs): sum((hit, pairs) not in held_up for hit in found)
        for (id_, pairs), found in past.items()
    }
    return {case: count for case, count in counts.items() if count}


@contextmanager
def _by_index(connection: Connection[Any]) -> Iterator[None]:
    """Turns off bitmap scans. A bitmap scan reads all index entries of a token in spite of LIMIT.
    For the telephone number of an agency, a bitmap scan would read a hundred thousand entries for
    each traveller of the agency."""
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
    """Adds the number of travellers of other bookings who have the same identifier.

    The number of travellers may be 0.
    """
    for id_, values in found.items():
        for kind in {kind for kind, _ in own.get(id_, ())} & {*LINKS, "agency"}:
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


def _others(
    connection: Connection[Any], asked: Mapping[str, Any]
) -> dict[uuid.UUID, list[dict[str, Any]]]:
    """Returns the other journeys with the same document, or with the same name and birth date."""
    others: dict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
    with connection.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(_OTHERS, {**asked, "kinds": list(PERSON), "most": MOST_OWN}):
            others[row["id"]].append(row)
    return others


def _past(others: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Returns the earlier journeys among `others`, without duplicates."""
    journeys = {
        o["other"]: o for o in others
        if not o["here"] and o["days_before"] is not None and o["days_before"] > 0
    }  # fmt: skip
    return list(journeys.values())


def _own_past(
    connection: Connection[Any],
    asked: Mapping[str, Any],
    own: Mapping[uuid.UUID, Sequence[Identifier]],
    found: dict[uuid.UUID, Values],
) -> None:
    """Adds the values about journeys with the same document, or with the same name and birth date."""
    others = _others(connection, asked)
    for id_, values in found.items():
        tokens = {kind: {t for k, t in own.get(id_, ()) if k == kind} for kind in PERSON}
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
    """Adds the values about other journeys of one traveller to `values`. `others` contains the rows of the
    query `_OTHERS`. `own` contains the tokens of the traveller by kind."""
    past = _past(others)
    flown = [o for o in past if o["present"] and not o["no_show"]]
    year = [o for o in flown if o["days_before"] <= YEAR]
    month = [o for o in flown if o["days_before"] <= MONTH]
    around = {o["booking"] for o in others if o["apart"] and abs(o["days_before"]) <= AROUND}
    values.update(
        trips_12m=len(year),
        trips_30d=len(month),
        same_route_12m=sum(o["same_route"] for o in year),
        same_route_30d=sum(o["same_route"] for o in month),
        no_shows_12m=sum(bool(o["no_show"]) for o in past if o["days_before"] <= YEAR),
        journey_bookings=1 + len(around),
        own_confirmed=len({o["other"] for o in others if o["confirmed"]}),
        earlier_crossings=len(
            [o for o in past if o["landed"] and (o["hit_id"] is None or o["released"])],
        ),
        cleared_before=any(o["released"] for o in past)
        and not any(o["released"] is False for o in past),
    )
    if past:
        values["first_seen_d"] = round(max(o["days_before"] for o in past))
        values["last_seen_d"] = round(min(o["days_before"] for o in past))
    if own["person"]:
        by_name = [o for o in others if o["kind"] == "person"]
        recent = [o for o in by_name if (as_of - o["received_at"]).days <= YEAR]
        values["documents_12m"] = len(_tokens(recent) - own["document"])
    if own["document"] and own["person"]:
        # The persons (name and birth date) who have the document.
        by_document = [o for o in others if o["kind"] == "document"]
        recent = [o for o in by_document if (as_of - o["received_at"]).days <= LINK_DAYS]
        confirmed = [o for o in recent if o["confirmed"]]
        values.update(
            document_holders=len(_tokens(by_document) - own["person"]),
            shared_document_travellers_90d=len(_tokens(recent) - own["person"]),
            shared_document_confirmed=len(_tokens(confirmed) - own["person"]),
        )


def _tokens(others: Sequence[Mapping[str, Any]]) -> set[bytes]:
    return {bytes(token) for o in others for token in o["tokens"] or ()}


def _fellows(
    connection: Connection[Any],
    asked: Mapping[str, Any],
    bookings: Collection[uuid.UUID],
    found: dict[uuid.UUID, Values],
) -> None:
    """Adds the values of the column `companions_confirmed`. All travellers of the bookings are counted,
    including those outside the batch."""
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
    """For each journey, adds to `found` the number of other travellers of its booking who have an earlier
    confirmed result.

    `members` contains, for each journey of the bookings, the ids of the journey, the booking and the
    traveller. A traveller with several journeys in a booking is counted once. `known` contains the journeys
    of travellers who have an earlier confirmed result.
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
    """Sets a count to None if its period is longer than the retention of all data, because the count would be
    too low. Counts of confirmed results are not changed, because confirmed results are kept longer
    (`retention.deletion`)."""
    row = connection.execute(_KEPT, {"as_of": as_of, "slack": SLACK, "year": YEAR}).fetchone()
    days = (as_of.date() - row[0]).days if row else 0
    names = {name for name, window in WINDOWED.items() if window > days}
    for values in found.values():
        values.update(dict.fromkeys(values.keys() & names))
