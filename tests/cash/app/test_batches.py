"""Routine batches: each record in exactly one, in time or listed as late."""

from __future__ import annotations

import csv
import datetime as dt
import io
import uuid
from typing import Any

import psycopg
import pytest
from django.utils import timezone
from tests.cash.app.desk import Desk
from tests.cash.app.test_suspicions import _schema, _setup
from tests.cash.stated import NOW, announcement, changed, declaration, movement

from vedette.cash import codes, routine
from vedette.cash.app.referral import batches
from vedette.cash.records import Line
from vedette.commands.environment import keys

pytestmark = pytest.mark.database


@pytest.fixture
def sending(connection: psycopg.Connection[Any]) -> Desk:
    """An administration whose unit takes batches on every day except one."""
    desk = Desk(connection)
    closed = (NOW + dt.timedelta(days=2)).date().isoformat()
    days = [str(n) for n in range(7)]
    answer = _setup(desk.client("administrator"), _schema(), sends_on=days, holidays=closed)
    assert answer.status_code == 302
    return desk


def _batches(desk: Desk) -> list[Any]:
    return desk.rows(
        "SELECT b.day, b.records, b.late, count(r.subject_id) FROM cash_routinebatch b"
        " LEFT JOIN cash_routinerecord r ON r.batch_id = b.id"
        " WHERE b.organisation_id = %s GROUP BY b.id ORDER BY b.day", desk.office.id,
    )  # fmt: skip


def _watch(desk: Desk, days: int) -> int:
    return batches.watch(desk.connection, keys(), NOW + dt.timedelta(days=days))


def test_each_record_is_in_exactly_one_batch(sending: Desk) -> None:
    """Two records, then a third. An announcement and a record of a partner are not sent. On a holiday there
    is no batch; a second look on the same day makes no second one."""
    sending.receive(
        declaration(reference="A-1"), declaration(reference="A-2"), announcement(codes.encode(7)),
        declaration(reference="P-1", source="partner", partner="TN"),
    )  # fmt: skip
    for day in (0, 0, 1, 2):
        _watch(sending, day)
    sending.receive(declaration(reference="A-3"), at=NOW + dt.timedelta(minutes=5))
    _watch(sending, 3)
    numbers = [(records, late, stored) for _, records, late, stored in _batches(sending)]
    assert sum(records for records, _, _ in numbers) == 3
    assert all(late == 0 and records == stored for records, late, stored in numbers)
    assert (NOW + dt.timedelta(days=2)).date() not in [day for day, *_ in _batches(sending)]
    [(total, subjects)] = sending.rows(
        "SELECT count(*), count(DISTINCT subject_id) FROM cash_routinerecord"
    )
    assert total == subjects == 3


def test_a_late_record_is_listed(sending: Desk) -> None:
    """A record that no batch contained in 15 working days: first it is listed as waiting, then its batch and
    the list of late records say so. The limit equals that of the pure function."""
    received = NOW - dt.timedelta(days=40)
    sending.receive(declaration(reference="OLD-1"), declaration(reference="NEW-1"))
    sending.connection.execute(
        "UPDATE cash_movement SET received_at = %s WHERE id = (SELECT movement_id FROM cash_movementclear"
        " WHERE reference = 'OLD-1')",
        [received],
    )
    sending.connection.execute("DELETE FROM cash_routinerecord")
    sending.connection.execute("DELETE FROM cash_routinebatch")
    client = sending.client("supervisor")
    waiting = client.get("/batches/late/").content.decode()
    assert "not sent within their time limit" in waiting
    assert "OLD-1" in waiting
    assert "NEW-1" not in waiting
    _watch(sending, 0)
    [(_, records, late, _)] = _batches(sending)
    assert (records, late) == (2, 1)
    [(due,)] = sending.rows("SELECT due_on FROM cash_routinerecord WHERE late")
    closed = [(NOW + dt.timedelta(days=2)).date()]
    assert due == routine.due(timezone.localdate(received), 15, closed)
    page = client.get("/batches/late/").content.decode()
    assert "not sent within their time limit" not in page
    assert "OLD-1" in page
    [(batch,)] = sending.rows("SELECT id FROM cash_routinebatch")
    shown = client.get(f"/batches/{batch}/").content.decode()
    assert "Records: 2. Late: 1." in shown


def test_the_file_has_a_row_for_each_line(sending: Desk) -> None:
    """The columns are those of the mapping; a cell is no formula. Only the download is recorded, and only a
    supervisor of the whole organisation downloads. After 90 days the rows are forgotten."""
    text = Line(number=1, kind="other", text="=1+1")
    sending.receive(
        declaration(reference="F-1"),
        changed(declaration(reference="F-2", of=movement()), lines=(text,), provenance=("other",)),
    )
    _watch(sending, 0)
    batch: uuid.UUID
    [(batch,)] = sending.rows("SELECT id FROM cash_routinebatch")
    assert sending.client("officer").get(f"/batches/{batch}/batch.csv").status_code == 403
    answer = sending.client("supervisor").get(f"/batches/{batch}/batch.csv")
    # The desk's people see the theme of cash only, so that the database does not count them as whole.
    assert answer.status_code == 422
    sending.connection.execute(
        "UPDATE accounts_user SET themes = %s WHERE role = 'supervisor'",
        [["passengers", "global_shield", "strategic", "small_arms", "cash"]],
    )
    answer = sending.client("supervisor").get(f"/batches/{batch}/batch.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert sorted(row["record"] for row in rows) == ["F-1", "F-1", "F-1", "F-2"]
    assert [row["amount"] for row in rows if row["record"] == "F-1"] == ["12500", "3000.50", ""]
    assert rows[0]["surname"] == "Exempleau"
    [(acts,)] = sending.rows("SELECT count(*) FROM accounts_act WHERE act = 'routine.take'")
    assert acts == 1
    _watch(sending, 100)
    [(kept,)] = sending.rows(
        "SELECT count(*) FROM cash_routinerecord WHERE content IS NOT NULL AND batch_id = %s", batch
    )
    assert kept == 0


def test_columns_are_checked() -> None:
    """A path that the record cannot have, a mapping without columns and text that is no TOML are refused with
    the place."""
    for text, code in (
        ("[columns]\na = 'movement.__class__'", "columns_path"),
        ("[columns]\n", "columns_none"),
        ("[columns", "columns_toml"),
        ("[columns]\na = 'passwords.0'", "columns_path"),
    ):
        with pytest.raises(routine.BadColumns) as found:
            routine.read_columns(text)
        assert found.value.code == code
