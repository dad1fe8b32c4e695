"""Periods count for each traveller, whatever the day of the month; and what comes late for one."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import psycopg
import pytest
from tests.apps.retention import old
from tests.apps.retention.test_runs import opened, put_in_force

from vedette.apps.retention import masking, runs
from vedette.keys.months import MonthKeys

NOW = dt.datetime.now(dt.UTC)
JUNE = dt.date(2024, 6, 1)


@pytest.fixture
def home(connection: psycopg.Connection[Any]) -> uuid.UUID:
    """An administration under the periods of Canada."""
    made = old.organisation(connection)
    put_in_force(made, 30, 30, 1825)
    old.partitions(JUNE)
    return made


def run(connection: psycopg.Connection[Any], months: MonthKeys, until: dt.date) -> None:
    """A run as it was on that day."""
    runs.run(connection, old.keys(), months, NOW, until)


def came(connection: psycopg.Connection[Any], journey: uuid.UUID, day: int) -> None:
    """The traveller came on that day of June."""
    at = dt.datetime(2024, 6, day, 12, tzinfo=dt.UTC)
    for table in ("subjects_subject", "travellers_journey"):
        connection.execute(f"UPDATE {table} SET received_at = %s WHERE id = %s", [at, journey])


def held(
    connection: psycopg.Connection[Any], table: str = "travellers_journeyclear"
) -> set[uuid.UUID]:
    """Whose clear values stand there."""
    return {id_ for (id_,) in connection.execute(f"SELECT journey_id FROM {table}")}


def test_thirty_days_are_thirty_days_on_the_last_of_a_month_too(
    connection: psycopg.Connection[Any], home: uuid.UUID, months: MonthKeys
) -> None:
    """Canada, 30 days: who came on 1 June is masked and deleted on 1 July, who came on 30 June on 30
    July. Until then he is found by name, and what hangs on him is there."""
    first, last, open_ = old.travellers(connection, home, JUNE, 3)
    for journey, day in ((first, 1), (last, 30), (open_, 1)):
        came(connection, journey, day)
    old.hit(first, "release")
    old.hit(last)
    kept = old.hit(open_)
    run(connection, months, dt.date(2024, 6, 30))
    assert held(connection) == {first, last, open_}

    run(connection, months, dt.date(2024, 7, 1))
    assert held(connection) == {last}
    found = old.counts(connection)
    assert found["travellers_journey"] == found["hits_hit"] == 2
    assert found["travellers_bookingclear"] == found["hits_reasonclear"] == 1
    assert "hits_textclear" not in found
    passenger = connection.execute(
        "SELECT count(*) FROM retention_vault WHERE retention_class = 'passenger' AND owner = %s",
        [first],
    ).fetchone()
    assert passenger == (0,), "who is deleted is not left in the vault until the month is over"
    assert connection.execute(
        "SELECT retention_class FROM hits_hit WHERE id = %s", [kept.id]
    ).fetchone() == ("linked",)
    favours = dict(connection.execute("SELECT subject_id, favour FROM hits_hit").fetchall())
    assert favours[open_][0]["params"] == {}
    assert favours[last][0]["params"] == {"count": 3}

    run(connection, months, dt.date(2024, 7, 29))
    assert held(connection) == {last}
    run(connection, months, dt.date(2024, 7, 30))
    assert held(connection) == set()
    assert {id_[:6] for id_ in months.ids()} == {"linked"}
    assert [t.key_id[:17] for t in months.tombs()] == ["passenger.2024-06"]


def test_what_comes_for_a_month_that_has_ended_keeps_its_links(
    connection: psycopg.Connection[Any], home: uuid.UUID, months: MonthKeys
) -> None:
    """A worker that was behind: the month's key is gone, and no run fails. An open hit and a referred
    one are kept as linked, with names, evidence and words; who has no link goes."""
    old.travellers(connection, home, JUNE, 1)
    run(connection, months, dt.date(2024, 8, 1))
    assert months.destroyed("passenger", JUNE)

    _, released, waiting, referred = old.travellers(connection, home, JUNE, 4)
    old.hit(released, "release")
    old.hit(waiting)
    old.hit(referred, "refer")
    run(connection, months, dt.date(2024, 8, 2))
    journeys = connection.execute("SELECT id, retention_class FROM travellers_journey").fetchall()
    assert dict(journeys) == {waiting: "linked", referred: "linked"}
    rows = opened(connection, months)
    assert {r["surname"] for r in rows if "surname" in r} == {"OLDNAME3", "OLDNAME4"}
    assert sum("evidence" in r for r in rows) == 2
    assert sum("OLDWHY" in r.get("text", "") for r in rows) == 1
    assert months.ids() == [months.get("linked", JUNE).key_id]


def test_a_step_that_fails_keeps_no_other_from_being_done(
    connection: psycopg.Connection[Any], home: uuid.UUID, months: MonthKeys,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Whatever stops one table of one month: the others are masked, deleted, their keys destroyed. The
    run has failed all the same, and the month that waits keeps its key and its journeys."""
    may = dt.date(2024, 5, 1)
    old.partitions(may)
    for month in (may, JUNE):
        old.travellers(connection, home, month, 2)
    real = masking._copy

    def fails(*args: Any) -> int:
        if args[3].table == "masking_travellers_bookingclear_passenger_2024_05":
            raise RuntimeError("a bad block")
        return real(*args)

    monkeypatch.setattr(masking, "_copy", fails)
    with pytest.raises(RuntimeError, match="bad block"):
        run(connection, months, dt.date(2024, 8, 1))
    assert months.destroyed("passenger", JUNE)
    assert [id_[:17] for id_ in months.ids()] == ["passenger.2024-05"]
    left = connection.execute("SELECT DISTINCT month FROM travellers_journey").fetchall()
    assert left == [(may,)]
    states = connection.execute("SELECT state, why FROM retention_run").fetchall()
    assert states == [("failed", "RuntimeError")]

    monkeypatch.setattr(masking, "_copy", real)
    run(connection, months, dt.date(2024, 8, 1))
    assert old.counts(connection) == {}
    assert months.ids() == []


def test_who_has_no_journey_is_masked_and_deleted_like_the_others(
    connection: psycopg.Connection[Any], home: uuid.UUID, months: MonthKeys
) -> None:
    """A traveller and a booking whose journey was joined with another: the booking is masked on its day,
    both are deleted on theirs, with everything that hangs on them; of the other organisation nothing is."""
    other = old.organisation(connection)
    for of in (home, other):
        journeys = old.travellers(connection, of, JUNE, 2)
        came(connection, journeys[0], 1)
        came(connection, journeys[1], 30)
    connection.execute("UPDATE travellers_booking SET received_at = '2024-06-01 12:00Z'")
    connection.execute("UPDATE travellers_traveller SET received_at = '2024-06-01 12:00Z'")
    gone = "(SELECT id FROM subjects_subject WHERE organisation_id = %s AND received_at < '2024-06-02')"
    for table, column in (("subjects_identifier", "subject_id"), ("subjects_subject", "id")):
        connection.execute(f"DELETE FROM {table} WHERE {column} IN {gone}", [home])
    connection.execute("DELETE FROM travellers_journeyclear c WHERE NOT EXISTS"
                       " (SELECT FROM subjects_subject s WHERE s.id = c.journey_id)")  # fmt: skip

    def counted(table: str) -> dict[uuid.UUID, int]:
        rows = connection.execute(f"SELECT organisation_id, count(*) FROM {table} GROUP BY 1")
        return dict(rows.fetchall())

    assert counted("travellers_traveller") == {home: 2, other: 2}
    put_in_force(other, 20, 30, 1825)
    run(connection, months, dt.date(2024, 6, 22))
    assert counted("travellers_bookingclear") == {home: 1, other: 1}
    sealed = connection.execute(
        "SELECT count(*) FROM retention_vault WHERE kind = 'booking'"
    ).fetchone()
    assert sealed == (2,)
    run(connection, months, dt.date(2024, 6, 30))
    assert counted("travellers_traveller") == {home: 2, other: 2}
    run(connection, months, dt.date(2024, 7, 1))
    for table in ("travellers_traveller", "travellers_booking", "travellers_bookinglocator"):
        assert counted(table) == {home: 1, other: 1}, table
    assert "retention_vault" not in old.counts(connection)
    proofs = connection.execute(
        "SELECT \"table\", rows FROM retention_proof WHERE deed = 'deleted' AND \"table\" LIKE 'travellers%'"
    ).fetchall()
    assert set(proofs) == {("travellers_traveller", 1), ("travellers_booking", 1)}
