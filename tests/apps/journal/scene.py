"""A journal with acts, decisions, list versions and settings, sealed with keys and heads of its own."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from pathlib import Path

import psycopg
from django.test import Client
from tests.apps.hits.world import World

from vedette.apps.accounts import acts
from vedette.apps.accounts.models import User
from vedette.apps.accounts.sessions import HAS_FACTOR
from vedette.apps.journal import heads, sealing
from vedette.apps.journal.verify import Report, verify
from vedette.keys.months import MonthKeys
from vedette.keys.ring import Keys


@dataclass
class Journal:
    """A superuser's connection, the keys, and where the heads are."""

    connection: psycopg.Connection
    keys: Keys
    folder: Path
    world: World

    def seal(self, head: bool = True) -> None:
        """What a worker does every second, and every minute."""
        sealing.seal_all(self.connection, self.keys)
        if head:
            heads.sign_if_due(self.connection, self.keys, self.folder, dt.timedelta(0))

    def verify(self, keys: Keys | None = None, months: MonthKeys | None = None) -> Report:
        """What the command finds, on a connection of its own."""
        ring = keys or self.keys
        publics = {k: ring.key(k) for k in ring.ids("heads.pub")}
        with psycopg.connect(self.connection.info.dsn, autocommit=True) as other:
            return verify(other, ring, self.folder / heads.FILE, publics, months=months)

    def found(self) -> set[str]:
        """The kinds of findings."""
        return {finding.what for finding in self.verify().findings}

    def tamper(self, *statements: str) -> None:
        """As a superuser who turns every trigger off."""
        with self.connection.transaction():
            self.connection.execute("SET LOCAL session_replication_role = replica")
            for statement in statements:
                self.connection.execute(statement)


def write_acts(number: int) -> None:
    """Acts of several kinds, in several transactions."""
    for n in range(number):
        words = {"name": f"NAME{n}"} if n % 3 == 0 else None
        acts.write(None, "record.search", uuid.uuid4(), words=words, found=n)


def decide(world: World) -> None:
    """An officer releases a hit, with a reason."""
    from tests.apps.hits import world as made

    from vedette.apps.hits import actions
    from vedette.apps.hits.models import Reason

    hit = made.hit(world, made.journey(world, world.flight("YY 417", 41), "DOE", "Jane"))
    with world.seen_by() as officer:
        seen = frozenset(Reason.objects.filter(hit=hit).values_list("pk", flat=True))
        answers = dict.fromkeys(seen, "another")
        why = "Passport and birth date are not those of the entry."
        actions.decide(officer, hit.id, actions.Verdict("release", why, seen, answers))


def signed_in(user: User) -> Client:
    """A client of theirs, in English, the second factor seen."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    session = client.session
    session[HAS_FACTOR] = True
    session.save()
    return client
