"""Locks of groups: of many groups at once, and of two transactions beside each other."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from vedette.apps.subjects import rows


@pytest.fixture
def intake(database: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection of a worker."""
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        yield connection


def _ids(count: int) -> list[uuid.UUID]:
    return [uuid.uuid4() for _ in range(count)]


def test_a_table_of_many_declarations_needs_one_lock(intake: psycopg.Connection[Any]) -> None:
    """20,000 locks do not fit into the table of the server. The worker ended, and its files waited."""
    with intake.transaction():
        assert rows.lock(intake, _ids(20_000))
        [[held]] = intake.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        ).fetchall()
    assert held == 1


def test_a_lock_of_all_groups_excludes_the_lock_of_one(
    intake: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever locks few groups waits for whoever locked all, and two with different groups do not wait."""
    monkeypatch.setattr(rows, "MOST_LOCKS", 3)
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as other:
        other.execute("SET lock_timeout = '200ms'")
        with intake.transaction():
            assert not rows.lock(intake, _ids(2))
            with other.transaction():
                assert not rows.lock(other, _ids(2))
            with pytest.raises(psycopg.errors.LockNotAvailable), other.transaction():
                rows.lock(other, _ids(4))
        with intake.transaction():
            assert rows.lock(intake, _ids(4))
            with pytest.raises(psycopg.errors.LockNotAvailable), other.transaction():
                rows.lock(other, _ids(1))


def test_a_transaction_that_holds_a_lock_does_not_wait_for_all(
    intake: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two such transactions would wait for each other."""
    monkeypatch.setattr(rows, "MOST_LOCKS", 3)
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as other:
        other.execute("SET lock_timeout = '2s'")
        with intake.transaction(), other.transaction():
            rows.lock(intake, _ids(2))
            rows.lock(other, _ids(2))
            done = []
            thread = threading.Thread(
                target=lambda: done.append(rows.lock(other, _ids(5), first=False))
            )
            thread.start()
            assert not rows.lock(intake, _ids(5), first=False)
            thread.join()
            assert done == [False]
