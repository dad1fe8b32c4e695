"""Submissions in the real table: stored once, refused when the table is full, kept, moved."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from unittest import mock

import psycopg
import pytest
from tests.apps.inbox.test_submissions import places

from vedette.apps.accounts.models import Organisation
from vedette.apps.inbox.models import Submission
from vedette.cash.public import sending
from vedette.cash.public.sending import Full, Sender, Unavailable


@pytest.fixture
def sender(database: str) -> Iterator[Sender]:
    """The sender of an organisation."""
    home = Organisation.objects.using("intake").create(name="Customs").pk
    made = Sender(os.environ["DATABASE_URL_PUBLIC"], home)
    yield made
    made.close()


def test_the_same_form_is_stored_once(sender: Sender) -> None:
    """A second POST is answered as the first."""
    one = uuid.uuid4()
    sender.send(one, 3, b"abc")
    sender.send(one, 3, b"another encryption of the same content")
    assert Submission.objects.using("intake").count() == 1


def test_a_flood_fills_the_table_and_no_more(database: str, sender: Sender) -> None:
    """Of 60 forms in a table of 20 places, 20 are accepted and kept; the others are refused at once. When a
    worker has moved some, others are accepted."""
    with places(database, 20), mock.patch.object(sending, "_PAUSE_S", 0):
        accepted, refused = [], 0
        for _ in range(60):
            one = uuid.uuid4()
            try:
                sender.send(one, 3, b"abc")
                accepted.append(one)
            except Full:
                refused += 1
        kept = set(Submission.objects.using("intake").values_list("pk", flat=True))
        assert (len(accepted), refused) == (20, 40)
        assert kept == set(accepted)
        # A form that is there already is no excess.
        sender.send(accepted[0], 3, b"abc")
        Submission.objects.using("intake").filter(pk__in=accepted[:10]).delete()
        more = uuid.uuid4()
        for _ in range(10):
            try:
                sender.send(more, 3, b"abc")
                break
            except Full:
                continue
        assert Submission.objects.using("intake").filter(pk=more).exists()


def test_a_full_table_is_not_asked_again_at_once(database: str, sender: Sender) -> None:
    """For a second, further forms are refused without a statement."""
    with places(database, 2):
        for _ in range(2):
            sender.send(uuid.uuid4(), 3, b"abc")
        with pytest.raises(Full):
            sender.send(uuid.uuid4(), 3, b"abc")
        with mock.patch.object(sending, "_insert", side_effect=AssertionError), pytest.raises(Full):
            sender.send(uuid.uuid4(), 3, b"abc")


def test_a_restarted_database_is_connected_to_again(database: str, sender: Sender) -> None:
    """The connection of a thread was ended; the next form is stored."""
    sender.send(uuid.uuid4(), 3, b"abc")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'vedette_public'"
            " AND datname = current_database()"
        )
    sender.send(uuid.uuid4(), 3, b"abc")
    assert Submission.objects.using("intake").count() == 2


def test_the_check_at_the_start(database: str, sender: Sender) -> None:
    """It stores nothing; it finds an unknown organisation, a role without the right, and no database."""
    sender.check()
    assert not Submission.objects.using("intake").exists()
    for dsn, home in (
        (os.environ["DATABASE_URL_PUBLIC"], uuid.uuid4()),
        (os.environ["DATABASE_URL"], uuid.uuid4()),
        ("postgresql://x@127.0.0.1:1/none", uuid.uuid4()),
    ):
        with pytest.raises(Unavailable):
            Sender(dsn, home).check()
    with pytest.raises(Unavailable):
        Sender("postgresql://x@127.0.0.1:1/none", uuid.uuid4()).send(uuid.uuid4(), 1, b"x")
