"""The demonstration's content: logins, synthetic lists, and synthetic messages that keep coming."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Sequence
from typing import Any

import psycopg

from vedette.apps.intake.receiving import put_in
from vedette.keys import Keys
from vedette.world import World
from vedette.world.watchlists import FOLDER, VERSIONS

#: Lists of the demonstration: name → (file stem, purpose, legal basis, weight).
LISTS = {
    "Personnes recherchées (fictif)": ("persons", "terrorism", "RCSNU 2178 (fictif)", 75),
    "Documents volés (fictif)": ("documents", "serious_crime", "Convention SLTD (fictif)", 60),
    "Contacts signalés (fictif)": ("contacts", "serious_crime", "Code des douanes (fictif)", 40),
    "Sociétés surveillées (fictif)": ("companies", "border", "Code des douanes (fictif)", 40),
}
SEED = 20261124


def seed(organisation: str, logins: Sequence[tuple[str, str, str, str, str]]) -> uuid.UUID:
    """The demonstration's organisation with its users and lists; what is there already stays."""
    from vedette.apps.accounts.models import Organisation, User

    owner, made = Organisation.objects.using("intake").get_or_create(
        name=organisation, defaults={"country": "SN", "synthetic": True}
    )
    for username, password, role, first, last in logins:
        user, new = User.objects.using("intake").get_or_create(
            username=username,
            defaults={
                "organisation": owner,
                "role": role,
                "first_name": first,
                "last_name": last,
            },
        )
        if new:
            user.set_password(password)
            user.save(using="intake")
    if made:
        _import_lists(owner)
    return owner.id


def _import_lists(owner: Any) -> None:
    from vedette.apps.knowledge.actions import import_list
    from vedette.apps.knowledge.models import Watchlist

    expires = dt.date.today() + dt.timedelta(days=365)
    for name, (stem, purpose, basis, weight) in LISTS.items():
        for version in VERSIONS[stem]:
            path = FOLDER / f"{stem}_{version}.csv"
            import_list(
                owner,
                None,
                name,
                {path.name: path.read_bytes()},
                purpose=purpose,
                basis=basis,
                owner="Cellule de démonstration",
                expires_on=expires,
                weight=weight,
            )
    Watchlist.objects.using("intake").filter(organisation=owner).update(synthetic=True)


def feed(dsn: str, keys: Keys, organisation: uuid.UUID, stop: threading.Event) -> None:
    """Puts the world's messages into the inbox: what is past at once, the rest when it is due.

    The world is drawn anew for each day; what a start before it stored is met again as a duplicate.
    """
    now = dt.datetime.now(dt.UTC)
    world = World(SEED + now.date().toordinal(), now)
    with psycopg.connect(dsn, autocommit=True) as connection:
        for message in world.backlog():
            if stop.is_set():
                return
            put_in(
                connection, keys, organisation, message.filename, message.data, "demo", message.at
            )
        for message in world.live():
            wait = (message.at - dt.datetime.now(dt.UTC)).total_seconds()
            if stop.wait(max(0.0, wait)):
                return
            put_in(connection, keys, organisation, message.filename, message.data, "demo")
