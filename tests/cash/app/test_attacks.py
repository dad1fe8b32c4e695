"""What an attacker, or two persons at the same time, do to the movements of cash."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import connections
from tests.cash.app.desk import Desk
from tests.cash.stated import NOW, announcement, changed, declaration

from vedette.cash import codes
from vedette.cash.records import Line

pytestmark = pytest.mark.database

CODE = codes.encode(0x123456789ABCDEF)
LATER = NOW + dt.timedelta(minutes=5)


def _announced(desk: Desk) -> uuid.UUID:
    paper = desk.movements()
    desk.receive(announcement(CODE))
    return next(one for one in desk.movements() if one not in paper)


def test_the_officer_accepts_what_he_compared(desk: Desk) -> None:
    """A traveller who corrects the announcement while the officer compares it does not get the correction
    accepted unseen."""
    id_ = _announced(desk)
    seen = desk.seen(id_)
    other = (Line(number=1, kind="currency", amount=Decimal("99000"), currency="EUR"),)
    desk.receive(changed(announcement("", LATER, amends=CODE), lines=other), at=LATER)
    client = desk.client()
    done = client.post(f"/cash/{id_}/accept/", seen)
    assert done.status_code == 422
    assert "corrected the announcement" in done.content.decode()
    assert "99,000" in done.content.decode()
    assert client.post(f"/cash/{id_}/accept/", {"compared": "yes"}).status_code == 422
    assert client.post(f"/cash/{id_}/accept/", desk.seen(id_)).status_code == 302


def test_a_worker_does_not_undo_an_acceptance(
    desk: Desk, connection: psycopg.Connection[Any]
) -> None:
    """A worker read the announcement and adds a correction, while the officer accepts it."""
    id_ = _announced(desk)
    form, answers = desk.seen(id_), []

    def accept() -> None:
        try:
            answers.append(desk.client().post(f"/cash/{id_}/accept/", form).status_code)
        finally:
            connections.close_all()

    officer = threading.Thread(target=accept)
    worker = _worker(desk, connection)
    with connection.transaction():
        held = worker.hold(worker.groups([id_]))
        officer.start()
        while officer.is_alive() and not desk.rows(
            "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        ):
            officer.join(0.01)
        [item] = held[id_].subjects
        item.changed = True
        worker.keep(held)
    officer.join()
    assert answers == [302]
    rows = desk.rows(
        "SELECT announced, accepted_at IS NOT NULL FROM cash_movement WHERE id = %s", id_
    )
    assert rows == [(False, True)]


def _worker(desk: Desk, connection: psycopg.Connection[Any]) -> Any:
    from vedette.cash.app.store import Store
    from vedette.commands.environment import keys

    return Store(connection, keys(), desk.office.id, NOW)


COUNT = {
    "version": "0", "place": "Dakar T1", "day": f"{NOW:%Y-%m-%d}", "time": "00:01",
    "person-0-name": "A. Sarr", "person-0-role": "officer",
    "rows-1": "1", "found-1-0-kind": "currency", "found-1-0-currency": "EUR", "found-1-0-amount": "12500",
    "rows-2": "1", "found-2-0-kind": "currency", "found-2-0-currency": "USD", "found-2-0-amount": "3000.5",
    "rows-3": "1", "found-3-0-kind": "gold", "found-3-0-type": "bullion", "found-3-0-weight": "200",
    "rows-0": "1",
}  # fmt: skip


def test_the_id_of_a_form_is_not_that_of_another_count(desk: Desk) -> None:
    """The browser states the id of the form of a count. The id of a count of another movement breaks
    nothing and counts nothing there."""
    first = desk.movement()
    desk.receive(declaration(LATER, reference="2026-118"), at=LATER)
    [second] = [one for one in desk.movements() if one != first]
    client, form = desk.client(), {**COUNT, "id": str(uuid.uuid4())}
    for id_ in (first, second):
        assert client.post(f"/cash/{id_}/count/", form).status_code == 302
    rows = desk.rows("SELECT id, subject_id, number FROM cash_count")
    assert sorted((subject, number) for _, subject, number in rows) == sorted(
        [(first, 1), (second, 1)]
    )
    stolen = {**COUNT, "id": str(rows[0][0])}
    assert client.post(f"/cash/{second}/count/", stolen).status_code == 422


def test_a_form_that_is_sent_again_with_other_values_is_not_lost(desk: Desk) -> None:
    """An officer goes back, corrects the amount and stores the form again: the correction applies."""
    form = {
        "id": str(uuid.uuid4()), "record": "ex_officio", "direction": "entry", "day": f"{NOW:%Y-%m-%d}",
        "reason": "not_declared", "line-TOTAL_FORMS": "1", "line-INITIAL_FORMS": "0",
        "line-0-kind": "currency", "line-0-currency": "XOF", "line-0-amount": "9000000",
        "carrier-last_names": "Diop",
    }  # fmt: skip
    paper, client = desk.movement(), desk.client()
    for amount in ("9000000", "9000000", "90000000"):
        assert client.post("/cash/new/", {**form, "line-0-amount": amount}).status_code == 302
    desk.work()
    [made] = [one for one in desk.movements() if one != paper]
    assert "90,000,000" in client.get(f"/cash/{made}/").content.decode()
