"""Messages about somebody restricted, through the workers: stored, hidden, not screened until it ends."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.apps.retention import old
from tests.clock import workers_at
from tests.travellers.app.test_store import (
    BORN,
    LISTED,
    MOREL,
    NOW,
    api,
    booking,
    connection,
    listed,
    organisation,
    pnr,
    receive,
    records_as_bytes,
    work,
)

from vedette.apps.retention import runs
from vedette.apps.retention.parts import leaves
from vedette.travellers.records import Traveller

#: Fixtures of the tests of the store.
__all__ = ["connection", "organisation", "records_as_bytes"]


def restrict(database: str, on: bool) -> None:
    """As the page does it, of everybody held."""
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute("SELECT vedette_restrict(array_agg(id), %s) FROM travellers_journey", [on])


def test_a_message_about_somebody_restricted_is_kept_and_raises_no_hit(
    database: str, connection: psycopg.Connection[Any], organisation: uuid.UUID
) -> None:
    """Neither the message nor the list entry that came meanwhile screens them; both do once it ends."""
    person = {"surname": "MOREL", "given_names": "JEAN", "date_of_birth": BORN, "locator": "ABC123"}
    receive(connection, organisation, pnr(NOW, booking("ABC123", MOREL)))
    receive(connection, organisation, api(NOW, Traveller(**person)))
    work()
    restrict(database, True)
    listed(connection, organisation, LISTED)
    later = NOW + dt.timedelta(hours=1)
    receive(connection, organisation, api(later, Traveller(**person, seat="7F"), ref="B"))
    receive(connection, organisation, pnr(later, booking("ABC123", MOREL)))
    work()
    rows = connection.execute("SELECT seat, restricted FROM travellers_journeyclear").fetchall()
    assert rows == [("7F", True)]
    assert connection.execute("SELECT restricted FROM travellers_bookingclear").fetchall() == [
        (True,)
    ]
    assert connection.execute("SELECT count(*) FROM hits_hit").fetchone() == (0,)
    restrict(database, False)
    work()
    assert connection.execute("SELECT count(*) FROM hits_hit").fetchone() == (1,)


@pytest.mark.parametrize("restricted", [True, False])
def test_a_late_message_finds_who_is_masked(
    database: str, connection: psycopg.Connection[Any], organisation: uuid.UUID, restricted: bool,
    tmp_path: Path,
) -> None:  # fmt: skip
    """By the token of name and birth date, or as traveller of the booking: no second journey with a new
    clock, unrestricted and screened. What was known stands, what came is masked by the next run."""
    person = {"surname": "MOREL", "given_names": "JEAN", "date_of_birth": BORN, "locator": "ABC123"}
    month = old.month_ago(240)
    for part in leaves(connection, "retention_vault"):
        connection.execute("SELECT vedette_drop_vault(%s, %s)", part[1:])
    old.partitions(month)
    with workers_at(dt.datetime.combine(month, dt.time(), dt.UTC)):
        listed(connection, organisation, LISTED)
        receive(connection, organisation, pnr(NOW, booking("ABC123", MOREL)))
        receive(connection, organisation, api(NOW, Traveller(**person)))
        work()
    states = "SELECT state FROM hits_reason ORDER BY id"
    reasons = connection.execute(states).fetchall()
    assert reasons
    if restricted:
        restrict(database, True)
    told = (
        "SELECT j.id, j.month, s.restricted, j.in_api, j.in_pnr, j.facts FROM travellers_journey j"
        " JOIN subjects_subject s ON s.id = j.id"
    )
    before = connection.execute(told).fetchall()
    months = old.month_keys(tmp_path)
    runs.run(connection, old.keys(), months, dt.datetime.now(dt.UTC))
    assert "travellers_journeyclear" not in old.counts(connection)

    for hours in (1, 2):
        later = NOW + dt.timedelta(hours=hours)
        receive(
            connection, organisation, api(later, Traveller(**person, seat=f"{hours}F"), ref="B")
        )
        receive(connection, organisation, pnr(later, booking("ABC123", MOREL), function="141"))
        work()
    assert connection.execute(told).fetchall() == before
    rows = connection.execute(
        "SELECT seat, month, restricted FROM travellers_journeyclear"
    ).fetchall()
    assert rows == [("2F", month, restricted)]
    hidden = connection.execute(
        "SELECT DISTINCT restricted FROM travellers_bookingclear"
    ).fetchall()
    assert hidden == [(restricted,)]
    assert connection.execute(states).fetchall() == reasons
    runs.run(connection, old.keys(), months, dt.datetime.now(dt.UTC))
    assert "travellers_journeyclear" not in old.counts(connection)
    assert old.counts(connection)["travellers_journey"] == 1
