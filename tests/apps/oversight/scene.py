"""Acts of weeks gone by, written as a superuser may: the application itself writes only now."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterable

import psycopg
from django.conf import settings
from django.utils import timezone
from tests.apps.hits.world import World

from vedette.apps.accounts.models import User
from vedette.apps.oversight.daily import roll
from vedette.apps.oversight.name_tokens import tokens

TODAY = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)


def at(days: int, hour: int, minute: int = 0) -> dt.datetime:
    """So many days ago, at an hour of UTC."""
    return TODAY - dt.timedelta(days=days) + dt.timedelta(hours=hour, minutes=minute)


def user(world: World, name: str, first: str, last: str, role: str = "officer") -> User:
    """Somebody more."""
    made = User(
        username=name, first_name=first, last_name=last, role=role, organisation=world.organisation
    )
    made.save(using="intake")
    return made


def act(
    dsn: str, by: User, what: str, when: Iterable[dt.datetime], subject: object = "", name: str = ""
) -> None:
    """One act at each time; `name` is what was searched for."""
    detail = {"name": tokens(settings.KEYS, name)} if name else {}
    rows = [
        (moment, by.organisation_id, by.pk, what, str(subject or uuid.uuid4()), json.dumps(detail))
        for moment in when
    ]
    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO accounts_act (at, organisation_id, user_id, act, subject, detail)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            rows,
        )


def usual(dsn: str, by: User, days: int = 20, each: int = 12) -> None:
    """Twenty days at a desk: so many looks each, from 8 to 16."""
    times = [at(day, 8 + n % 8, n) for day in range(2, 2 + days) for n in range(each)]
    act(dsn, by, "hit.see", times)


def rolled(dsn: str) -> int:
    """What a worker does until nothing is due; gives how many days."""
    total = 0
    with psycopg.connect(dsn, autocommit=True) as connection:
        while done := roll(connection, settings.KEYS, timezone.now(), most=100):
            total += done
    return total
