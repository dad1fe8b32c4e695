"""A request that meets a deadlock runs once more."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

pytestmark = pytest.mark.database
OURS, THEIRS = 71_001, 71_002
LOCK = "SELECT pg_advisory_xact_lock(%s)"


@contextmanager
def colleague(database: str) -> Iterator[threading.Thread]:
    """A second connection that holds the lock `THEIRS` and waits for the lock `OURS`. Only the connection of
    the request looks for deadlocks, so the request is the one that PostgreSQL ends."""
    with psycopg.connect(database) as other:
        other.execute("SET deadlock_timeout = '10min'")
        other.execute(LOCK, [THEIRS])

        def wait() -> None:
            other.execute(LOCK, [OURS])
            other.commit()

        yield threading.Thread(target=wait)


def waiting(watcher: psycopg.Connection) -> bool:
    """Whether a connection waits for the lock `OURS`."""
    return watcher.execute(
        "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted)",
        [OURS],
    ).fetchone() == (True,)


@pytest.mark.parametrize("read", ["form", "stream"])
def test_a_request_that_meets_a_deadlock_runs_once_more(database: str, read: str) -> None:
    """The second run sees the same form and the same file, and what the first run stored is gone. A request
    whose body was read as a stream cannot be read again, and is answered with status 500."""
    from django.core.handlers.exception import convert_exception_to_response
    from django.db import connection

    from vedette.web import middleware

    runs: list[tuple[object, ...]] = []
    with (
        psycopg.connect(database, autocommit=True) as watcher,
        colleague(database) as thread,
    ):

        def view(request: HttpRequest) -> HttpResponse:
            if read == "form":
                said = (request.POST["word"], request.FILES["file"].read())
            else:
                said = (len(request.read()),)
            with connection.cursor() as cursor:
                cursor.execute("SELECT coalesce(current_setting('test.trace', true), '')")
                runs.append((*said, *cursor.fetchone()))
                cursor.execute("SELECT set_config('test.trace', 'left by the first run', true)")
                cursor.execute(LOCK, [OURS])
                if len(runs) == 1:
                    thread.start()
                    while not waiting(watcher):
                        assert thread.is_alive()
                cursor.execute(LOCK, [THEIRS])
            return HttpResponse("done")

        request = RequestFactory().post(
            "/", {"word": "hello", "file": SimpleUploadedFile("a.txt", b"bytes")}
        )
        request.user = AnonymousUser()
        answer = middleware.scope(convert_exception_to_response(view))(request)
        thread.join()
    if read == "form":
        assert answer.status_code == 200
        assert runs == [("hello", b"bytes", ""), ("hello", b"bytes", "")]
    else:
        assert answer.status_code == 500
        assert len(runs) == 1
