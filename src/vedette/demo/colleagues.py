"""Two months of acts for the demonstration. The users of these acts are invented colleagues, and
the acts of one colleague are unusual.

Every act is marked as synthetic. The records on which the acts are performed do not exist.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import uuid
from collections.abc import Iterator
from typing import Any

from django.db import connections

from vedette.apps.oversight.name_tokens import tokens
from vedette.keys.ring import Keys

#: Sign-in name (without a password), first name, last name. The first colleague is the unusual one.
PEOPLE = (
    ("fictif.toure", "Rokhaya", "Touré"),
    ("fictif.kante", "Mamadou", "Kanté"),
    ("fictif.bah", "Salimata", "Bah"),
    ("fictif.lopes", "Dulce", "Lopes"),
    ("fictif.keita", "Ibrahima", "Keïta"),
    ("fictif.mendy", "Rose", "Mendy"),
    ("fictif.barry", "Oumar", "Barry"),
    ("fictif.cisse", "Nafi", "Cissé"),
)
DAYS = 60
#: Number of days since the unusual night, and since the day on which all colleagues open the same record.
NIGHT, STAR = 2, 5
_SEED = 20261124
_INSERT = (
    "INSERT INTO accounts_act (at, organisation_id, user_id, act, subject, detail)"
    " VALUES (%s, %s, %s, %s, %s, %s::jsonb)"
)


def plant(organisation: Any, keys: Keys) -> None:
    """Creates the colleagues and their acts. This function must be called before a new
    demonstration has any other act, because `vedette journal verify` reports an act whose time is
    earlier than the time of the previous act."""
    from vedette.apps.accounts.models import User

    users = []
    for username, first, last in PEOPLE:
        user = User(
            username=username, first_name=first, last_name=last, role="officer",
            organisation_id=organisation.pk,
        )  # fmt: skip
        user.set_unusable_password()
        user.save(using="intake")
        users.append(user)
    today = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = [
        (at, organisation.pk, user.pk, act, str(subject), json.dumps({"synthetic": True, **detail}))
        for at, user, act, subject, detail in sorted(_acts(users, keys, today), key=lambda a: a[0])
    ]
    with connections["intake"].cursor() as cursor:
        cursor.executemany(_INSERT, rows)


def _acts(users: list[Any], keys: Keys, today: dt.datetime) -> Iterator[tuple[Any, ...]]:
    drawn = random.Random(_SEED)

    def record() -> uuid.UUID:
        return uuid.UUID(int=drawn.getrandbits(128), version=4)

    for ago in range(DAYS, 0, -1):
        day = today - dt.timedelta(days=ago)
        for user in users:
            if drawn.random() < 2 / 7:
                continue
            for _ in range(drawn.randint(5, 13)):
                at = day + dt.timedelta(hours=7 + drawn.random() * 9)
                act = drawn.choice(("hit.see", "hit.see", "record.see", "record.search"))
                yield at, user, act, record() if act != "record.search" else "", {}
    unusual, star = users[0], record()
    night = today - dt.timedelta(days=NIGHT)
    for minute in range(140):
        at = night + dt.timedelta(hours=2, minutes=minute)
        yield at, unusual, "record.see", record(), {}
    name = tokens(keys, unusual.first_name, unusual.last_name)
    yield night + dt.timedelta(hours=4, minutes=25), unusual, "record.search", "", {"name": name}
    for n, user in enumerate(users):
        at = today - dt.timedelta(days=STAR) + dt.timedelta(hours=8 + n)
        yield at, user, "record.see", star, {}
