"""Submissions of public forms: what their role may do, the bound of the table, the way into the inbox."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import psycopg
import pytest
from tests.apps.inbox.submissions import INSERT, submit

from vedette.apps.accounts.models import Organisation
from vedette.apps.inbox import submissions
from vedette.apps.inbox.models import Inbox, Submission
from vedette.apps.inbox.receiving import put_in
from vedette.apps.inbox.submissions import hand_over
from vedette.commands.environment import keys
from vedette.formats.registry import EDIFACT, Registry
from vedette.keys.ring import _MAGIC

REFUSED = psycopg.errors.InsufficientPrivilege
LIST = b"UNB+UNOA:4+XX+DSS+261202:0900+1'UNH+1+PAXLST:D:05B:UN:IATA'BGM+745'UNT+3+1'UNZ+1+1'"
#: Tables that the role of public forms may read. The form reads its code lists from files of the package.
CODE_LISTS: frozenset[str] = frozenset()


@pytest.fixture
def home(database: str) -> uuid.UUID:
    """An organisation."""
    return Organisation.objects.using("intake").create(name="Customs").pk


@contextmanager
def public() -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(os.environ["DATABASE_URL_PUBLIC"], autocommit=True) as connection:
        yield connection


@contextmanager
def places(admin: str, count: int) -> Iterator[None]:
    """The table with so many places."""
    change = "ALTER SEQUENCE inbox_submission_slots MAXVALUE {} RESTART"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(change.format(count))
        try:
            yield
        finally:
            connection.execute(change.format(20000))


def test_the_role_reads_no_table(database: str) -> None:
    """Every table, view and partition refuses every right but the insertion of submissions."""
    with psycopg.connect(database) as connection:
        tables = [
            name
            for (name,) in connection.execute(
                "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                " AND relkind IN ('r', 'p', 'v', 'm', 'f')"
            )
        ]
        columns = connection.execute(
            "SELECT attrelid::regclass::text, attname FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid"
            " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')"
            " AND attnum > 0 AND NOT attisdropped AND (has_column_privilege('vedette_public', attrelid,"
            " attnum, 'SELECT') OR has_column_privilege('vedette_public', attrelid, attnum, 'UPDATE'))"
        ).fetchall()
        granted = connection.execute(
            "SELECT oid::regclass::text, kind FROM pg_class, unnest(ARRAY['INSERT', 'UPDATE', 'DELETE',"
            " 'TRUNCATE', 'REFERENCES', 'TRIGGER']) kind WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p', 'v', 'm', 'f') AND has_table_privilege('vedette_public', oid, kind)"
        ).fetchall()
        functions = connection.execute(
            "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            " AND prosecdef AND has_function_privilege('vedette_public', oid, 'EXECUTE')"
        ).fetchall()
        sequences = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace"
            " AND (has_sequence_privilege('vedette_public', oid, 'SELECT')"
            " OR has_sequence_privilege('vedette_public', oid, 'UPDATE'))"
        ).fetchall()
    assert len(tables) > 100
    assert (columns, granted, functions, sequences) == ([], [], [], [])
    with public() as connection:
        for table in tables:
            if table not in CODE_LISTS:
                with pytest.raises(REFUSED):
                    connection.execute(f"SELECT count(*) FROM {table}")
        for statement in (
            "CREATE TABLE mine (a int)",
            "CREATE TEMP TABLE mine (a int)",
            "COPY inbox_submission TO STDOUT",
            "SET ROLE vedette_intake",
            # The locks of the workers, and objects beside the tables.
            "SELECT pg_advisory_lock(1)",
            "SELECT pg_try_advisory_xact_lock_shared(1, 2)",
            "SELECT lo_create(0)",
            "SELECT lo_from_bytea(0, 'abc')",
        ):
            with pytest.raises(REFUSED):
                connection.execute(statement)


def test_the_role_only_inserts(home: uuid.UUID) -> None:
    """It reads nothing back, not its own rows, not even whether a row is there; it sets no time and no
    place."""
    data = [uuid.uuid4(), home, 3, b"abc"]
    with public() as connection:
        connection.execute(f"{INSERT} ON CONFLICT DO NOTHING", data)
        assert connection.execute(f"{INSERT} ON CONFLICT DO NOTHING", data).rowcount == 0
        for statement in (
            f"{INSERT} RETURNING slot",
            f"{INSERT} ON CONFLICT (id) DO NOTHING",
            f"{INSERT} ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed",
        ):
            with pytest.raises(REFUSED):
                connection.execute(statement, data)
        for statement in (
            "DELETE FROM inbox_submission",
            "UPDATE inbox_submission SET sealed = ''",
            "TRUNCATE inbox_submission",
        ):
            with pytest.raises(REFUSED):
                connection.execute(statement)
        more = INSERT.replace("(id,", "(received_at, id,").replace("VALUES (", "VALUES (now(), ")
        with pytest.raises(REFUSED):
            connection.execute(more, data)
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(INSERT, [uuid.uuid4(), home, 3, bytes(70_000)])
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            connection.execute(INSERT, [uuid.uuid4(), uuid.uuid4(), 3, b"abc"])
    assert Submission.objects.using("intake").count() == 1
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection, pytest.raises(REFUSED):
        connection.execute("SELECT FROM inbox_submission")


def test_the_table_is_bounded(database: str, home: uuid.UUID) -> None:
    """With every place taken, a row is refused; places that workers free are used again."""
    with places(database, 5), public() as connection:
        for _ in range(5):
            connection.execute(INSERT, [uuid.uuid4(), home, 1, b"x"])
        with pytest.raises(psycopg.errors.UniqueViolation) as full:
            connection.execute(INSERT, [uuid.uuid4(), home, 1, b"x"])
        assert full.value.diag.constraint_name == "inbox_submission_slot_key"
        assert Submission.objects.using("intake").count() == 5
        Submission.objects.using("intake").all().delete()
        for _ in range(5):
            connection.execute(INSERT, [uuid.uuid4(), home, 1, b"x"])


def test_submissions_enter_the_inbox_once(home: uuid.UUID) -> None:
    """A worker moves them with the time of their receipt; what was sent twice is one file; another format
    and damaged bytes are refused; another organisation keeps its own."""
    away = Organisation.objects.using("intake").create(name="Elsewhere").pk
    with mock.patch.object(Registry, "public", frozenset({EDIFACT})):
        first = submit(home, LIST)
        submit(away, LIST)
        submit(home, b"ref,kind,surname\n1,person,X\n")
        with public() as connection:
            connection.execute(INSERT, [uuid.uuid4(), home, 3, b"abc"])
        sent = Submission.objects.using("intake").get(pk=first).received_at
        with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
            assert hand_over(connection, keys()) == 4
            submit(home, LIST, first)
            assert hand_over(connection, keys()) == 1
            assert hand_over(connection, keys()) == 0
    files = list(Inbox.objects.using("intake").order_by("received_at"))
    assert [(one.organisation_id, one.source, one.submitter) for one in files] == [
        (home, "form", "form"),
        (away, "form", "form"),
    ]
    assert files[0].received_at == sent
    assert files[0].size == len(LIST)
    assert keys().open_sealed(bytes(files[0].sealed)) == LIST


def test_other_formats_do_not_enter(home: uuid.UUID) -> None:
    """A passenger list through a public form would be a message of a carrier that nobody sent. Without a kind
    that has a public form, submissions wait."""
    submit(home, LIST)
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        with mock.patch.object(Registry, "public", frozenset()):
            assert hand_over(connection, keys()) == 0
        with mock.patch.object(Registry, "public", frozenset({"FORM"})):
            assert hand_over(connection, keys()) == 1
    assert not Submission.objects.using("intake").exists()
    assert not Inbox.objects.using("intake").exists()


def test_submissions_wait_for_other_files(home: uuid.UUID) -> None:
    """While another file waits, only a few submissions go before later files."""
    with (
        mock.patch.object(Registry, "public", frozenset({EDIFACT})),
        mock.patch.object(submissions, "MOST", 4),
        mock.patch.object(submissions, "MOST_BESIDE_OTHERS", 2),
        psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection,
    ):
        for _ in range(6):
            submit(home, LIST)
        put_in(connection, keys(), home, "list.edi", LIST, "ingest")
        moved = [hand_over(connection, keys()) for _ in range(2)]
        assert moved == [2, 0]
        Inbox.objects.using("intake").filter(source="ingest").update(state="done")
        assert hand_over(connection, keys()) == 2
        assert hand_over(connection, keys()) == 0
        Inbox.objects.using("intake").update(state="done")
        assert hand_over(connection, keys()) == 2


def test_a_row_with_the_name_of_another_key_stops_no_other(home: uuid.UUID) -> None:
    """An attacker who controls the process of public forms writes rows that state a key that does not exist,
    or a key of another kind. The other submissions are moved, and a row whose key is missing stays."""
    forged = []
    for name in ("raw-9", keys().ids("token")[0], "x" * 200):
        sealed = b"".join((_MAGIC, bytes([len(name)]), name.encode(), bytes(64)))
        forged.append(uuid.uuid4())
        with public() as connection:
            connection.execute(INSERT, [forged[-1], home, 3, sealed])
    with (
        mock.patch.object(Registry, "public", frozenset({EDIFACT})),
        psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection,
    ):
        for _ in range(3):
            submit(home, LIST)
        with mock.patch.object(submissions, "MOST", 4):
            assert sum(hand_over(connection, keys()) for _ in range(3)) == 3
    assert Inbox.objects.using("intake").count() == 3
    assert set(Submission.objects.using("intake").values_list("pk", flat=True)) == set(forged)
