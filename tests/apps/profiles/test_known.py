"""Values as they were known: kept exactly, put together, read by column, gone with their person."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import polars as pl
import psycopg
from tests.apps.profiles.office import Office
from tests.apps.profiles.story import flown, person

from vedette.apps.profiles import known
from vedette.kinds import vocabulary
from vedette.profiles.frames import LOW, OWN, halves, schema, subject_id

TODAY = dt.datetime.now(dt.UTC)
TYPES = {**schema(vocabulary("traveller")), **OWN}


def where(office: Office, day: dt.date | None = None) -> known.Where:
    """A place for values of today."""
    day = day or TODAY.date()
    return known.Where(office.id, "passenger", day.replace(day=1), "traveller", day)


def frame(ids: list[uuid.UUID], **columns: Any) -> pl.DataFrame:
    """Values of these journeys."""
    low = [halves(id_)[1] for id_ in ids]
    high = [halves(id_)[0] for id_ in ids]
    return pl.DataFrame({"_high": high, LOW: low, **columns})


def everything(connection: psycopg.Connection[Any], office: Office, *columns: str) -> pl.DataFrame:
    """All that is stored of these columns."""
    day = TODAY.date()
    found = known.blocks(connection, office.id, "traveller", day - dt.timedelta(days=90), day)
    read = known.read(connection, office.id, found, columns, TYPES)
    return pl.concat([part for _, part in read])


def test_halves_of_an_id_make_it_again() -> None:
    """Both halves are signed: an id with a high bit set in either comes back."""
    for id_ in (uuid.UUID(int=2**128 - 1), uuid.UUID(int=0), uuid.UUID(int=2**127), uuid.uuid4()):
        assert subject_id(*halves(id_)) == id_


def test_what_is_read_back_is_what_was_put(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """Exact numbers, missing values, a column one block lacks; fresh blocks and those put together."""
    ids = [uuid.uuid4() for _ in range(30)]
    for n in range(0, 30, 3):
        hours = [0.1 + n, None, 1e-9]
        more = {"nationality": ["FRA", None, "SEN"]} if n else {}
        known.put(connection, where(office), frame(ids[n : n + 3], lead_time_h=hours, **more))
    before = everything(connection, office, LOW, "lead_time_h", "nationality", "trips_12m")
    assert known.compact(connection) == 10
    after = everything(connection, office, LOW, "lead_time_h", "nationality", "trips_12m")
    assert before.sort(LOW).equals(after.sort(LOW))
    assert after["lead_time_h"].null_count() == 10
    assert after["trips_12m"].null_count() == 30
    assert known.compact(connection) == 0, "nothing fresh is left"


def test_only_the_columns_asked_for_are_read(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """A backtest over very many reads its own columns: the table has one row for each."""
    for _ in range(known.FEW):
        known.put(connection, where(office), frame([uuid.uuid4()], age=[33], origin=["ADD"]))
    known.compact(connection)
    stored = connection.execute('SELECT "column", rows FROM profiles_known ORDER BY 1').fetchall()
    assert stored == [(name, known.FEW) for name in ("_high", LOW, "age", "origin")]


def test_who_is_deleted_goes_from_fresh_and_from_old_blocks(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """Whoever deletes a journey: a worker writes its blocks anew, the others keep their values."""
    for number in range(known.FEW):
        flown(connection, office, TODAY, [person("DIOP", f"A{number}"), person("SARR", f"B{number}")],
              number=str(400 + number))  # fmt: skip
    known.compact(connection)
    flown(connection, office, TODAY, [person("DIOP", "A99"), person("SARR", "B99")], number="500")
    gone = [
        id_
        for (id_,) in connection.execute(
            "SELECT j.id FROM travellers_journey j JOIN travellers_journeyclear c ON c.journey_id = j.id"
            " WHERE c.surname = 'DIOP'"
        )
    ]
    connection.execute("DELETE FROM subjects_identifier WHERE subject_id = ANY(%s)", [gone])
    connection.execute("DELETE FROM travellers_journeyclear WHERE journey_id = ANY(%s)", [gone])
    connection.execute("DELETE FROM subjects_subject WHERE id = ANY(%s)", [gone])
    assert known.forget(connection) == known.FEW + 1
    left = everything(connection, office, LOW, "destination", "age")
    assert left.height == known.FEW + 1
    assert not set(left[LOW]) & {halves(id_)[1] for id_ in gone}
    assert left["destination"].unique().to_list() == ["DSS"]
    assert known.forget(connection) == 0
