"""The fixture `database`: what a test commits is real, and gone before the next."""

from __future__ import annotations

import psycopg
import pytest

from vedette.server.roles import INTAKE, OWNER, WEB


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_finds_an_empty_database(database: str, turn: int) -> None:
    """Committed rows of an earlier test are gone, and what migrations stored is there again."""
    from django.contrib.contenttypes.models import ContentType
    from django.utils import timezone

    from vedette.apps.accounts.models import Session

    assert ContentType.objects.exists()
    assert not Session.objects.exists()
    now = timezone.now()
    Session.objects.create(session_key=f"k{turn}", session_data="", expire_date=now, active_at=now)
    with psycopg.connect(database) as other:
        assert other.execute("SELECT count(*) FROM accounts_session").fetchone() == (1,)
        other.execute("TRUNCATE django_content_type CASCADE")


def test_aliases_are_the_logins_of_production(database: str) -> None:
    """Web, owner and intake each log in under their own role, as in production."""
    from django.db import connections

    for alias, role in (("default", WEB), ("owner", OWNER), ("intake", INTAKE)):
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == (role,)
