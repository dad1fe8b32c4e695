"""Travellers of a month long past, straight into the tables: spine, tokens, clear values, hits."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from typing import Any

import psycopg

from vedette.apps.hits import models as targeting
from vedette.commands.environment import keys
from vedette.keys.months import MonthKeys


def month_ago(days: int) -> dt.date:
    """First day of the month that many days ago."""
    return (dt.datetime.now(dt.UTC).date() - dt.timedelta(days=days)).replace(day=1)


def partitions(month: dt.date) -> None:
    """The partitions of that month, as `vedette upgrade` made them at the time."""
    with psycopg.connect(os.environ["DATABASE_URL_OWNER"], autocommit=True) as owner:
        owner.execute("SELECT vedette_make_partitions('passenger', %s, 1)", [month])


def month_keys(tmp: Any) -> MonthKeys:
    """Month keys of this test alone."""
    return MonthKeys.load(tmp, create=True, environ={})


def organisation(connection: psycopg.Connection[Any]) -> uuid.UUID:
    """An administration."""
    id_ = uuid.uuid4()
    connection.execute(
        "INSERT INTO accounts_organisation (id, name, kind, country, synthetic)"
        " VALUES (%s, %s, 'administration', 'SN', true)",
        [id_, f"Douanes {id_}"],
    )
    return id_


_WORLD = """
INSERT INTO travellers_flight (id, organisation_id, carrier, number, origin, destination, departs_on,
  departs_zone, arrives_zone, stated)
  VALUES (%(flight)s, %(o)s, 'XX', '1', 'ADD', 'DSS', %(month)s, '', '', '');
INSERT INTO travellers_booking (id, organisation_id, theme, purpose, retention_class, month, received_at)
SELECT md5('b' || %(seed)s || n)::uuid, %(o)s, 'passengers', 'border', 'passenger', %(month)s, %(month)s
FROM generate_series(1, %(n)s) n;
INSERT INTO travellers_bookinglocator (organisation_id, booking_id, token, anchor, dated)
SELECT %(o)s, id, decode(md5(id::text), 'hex'), %(month)s, true FROM travellers_booking
WHERE month = %(month)s AND organisation_id = %(o)s;
INSERT INTO travellers_traveller (id, organisation_id, theme, purpose, retention_class, month, received_at,
  booking_id)
SELECT md5('t' || %(seed)s || n)::uuid, %(o)s, 'passengers', 'border', 'passenger', %(month)s, %(month)s,
  md5('b' || %(seed)s || n)::uuid FROM generate_series(1, %(n)s) n;
INSERT INTO subjects_subject (id, organisation_id, theme, purpose, retention_class, month, received_at, kind,
  group_id)
SELECT md5('j' || %(seed)s || n)::uuid, %(o)s, 'passengers', 'border', 'passenger', %(month)s, %(month)s,
  'traveller', %(flight)s FROM generate_series(1, %(n)s) n;
INSERT INTO travellers_journey (id, organisation_id, theme, purpose, retention_class, month, received_at,
  traveller_id, flight_id, booking_id, role, infant, placeholder, in_api, in_pnr, present, facts)
SELECT md5('j' || %(seed)s || n)::uuid, %(o)s, 'passengers', 'border', 'passenger', %(month)s, %(month)s,
  md5('t' || %(seed)s || n)::uuid, %(flight)s, md5('b' || %(seed)s || n)::uuid, 'passenger', false,
  false, true, true, true, '[]' FROM generate_series(1, %(n)s) n;
INSERT INTO subjects_identifier (organisation_id, subject_id, kind, token)
SELECT %(o)s, md5('j' || %(seed)s || n)::uuid, 'document', decode(md5('d' || n), 'hex')
FROM generate_series(1, %(n)s) n;
INSERT INTO travellers_journeyclear (journey_id, retention_class, month, organisation_id, surname,
  given_names, name_key, names, document, state)
SELECT md5('j' || %(seed)s || n)::uuid, 'passenger', %(month)s, %(o)s, 'OLDNAME' || n, 'GIVEN',
  'oldname' || n || ' given', ARRAY['OLDNAME' || n || '|GIVEN'], 'D' || n, '{"api": {}, "pnr": {}}'
FROM generate_series(1, %(n)s) n;
INSERT INTO travellers_bookingclear (booking_id, flight_id, retention_class, month, organisation_id, state)
SELECT md5('b' || %(seed)s || n)::uuid, %(flight)s, 'passenger', %(month)s, %(o)s, '{"XX": []}'
FROM generate_series(1, %(n)s) n
"""


def travellers(
    connection: psycopg.Connection[Any], home: uuid.UUID, month: dt.date, n: int
) -> list[uuid.UUID]:
    """`n` travellers with a booking each; gives the journeys, by number."""
    values = {"o": home, "month": month, "n": n, "seed": f"{home}{month}", "flight": uuid.uuid4()}
    for statement in _WORLD.split(";\n"):
        connection.execute(statement.replace("%(n)s", str(n)), values)
    rows = connection.execute(
        "SELECT md5('j' || %s::text || n)::uuid FROM generate_series(1, %s) n", [values["seed"], n]
    )
    return [id_ for (id_,) in rows]


def hit(journey: uuid.UUID, choice: str = "", outcome: str = "") -> targeting.Hit:
    """A hit of one reason with evidence, decided where a choice is given."""
    row = (
        targeting.Hit._meta.apps.get_model("travellers", "Journey")
        .objects.using("intake")
        .get(pk=journey)
    )
    now = row.received_at
    made = targeting.Hit.objects.using("intake").create(
        organisation_id=row.organisation_id, theme=row.theme, retention_class=row.retention_class,
        month=row.month, received_at=now, subject=row.subject, group_id=row.flight_id,
        priority=50, reason_count=1, opened_at=now, changed_at=now, due_at=now,
        state="decided" if choice else "new",
        favour=[{"id": "travels_with_family", "params": {"count": 3}, "points": 4}],
    )  # fmt: skip
    reason = targeting.Reason.objects.using("intake").create(
        organisation_id=row.organisation_id, hit=made, kind="watchlist", key=f"k{made.id}",
        channel="name", contribution=50, state="answered" if choice else "open", outcome=outcome,
        theme=row.theme, created_at=now,
    )  # fmt: skip
    targeting.ReasonClear.objects.using("intake").create(
        reason_id=reason.id, retention_class="passenger", month=row.month,
        organisation_id=row.organisation_id, evidence=[{"name": "name", "ours": "OLDEVIDENCE"}],
    )  # fmt: skip
    if choice:
        _decision(made, choice)
    return made


def _decision(of: targeting.Hit, choice: str) -> None:
    user_model = targeting.Decision._meta.get_field("by").related_model
    by, _ = user_model.objects.using("intake").get_or_create(
        username=f"old{of.organisation_id}", organisation_id=of.organisation_id
    )
    made = targeting.Decision.objects.using("intake").create(
        organisation_id=of.organisation_id, hit=of, choice=choice, by=by, priority=50
    )
    targeting.TextClear.objects.using("intake").create(
        owner_id=made.id, kind="why", retention_class="passenger", month=of.month,
        organisation_id=of.organisation_id, text="OLDWHY says the passport differs",
    )  # fmt: skip


def counts(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Rows of every table that this app deals with, where there are any."""
    tables = (
        "travellers_journeyclear", "travellers_bookingclear", "hits_reasonclear", "hits_textclear",
        "retention_vault", "subjects_subject", "travellers_journey", "travellers_traveller",
        "travellers_booking", "travellers_bookinglocator", "subjects_identifier", "hits_hit", "hits_reason",
        "hits_decision",
    )  # fmt: skip
    found = {t: connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in tables}
    return {table: n for table, n in found.items() if n}


__all__ = [
    "counts",
    "hit",
    "keys",
    "month_ago",
    "month_keys",
    "organisation",
    "partitions",
    "travellers",
]
