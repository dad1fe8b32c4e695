"""The content of the demonstration: users, synthetic lists, and the starter profiles in several states.

The analyst of the demonstration writes the profiles, and the supervisor approves them. A few profiles stay in
other states, so that no page of profiles is empty. There is one backtest of the current day.

The journal contains entries of two months. These are entries of invented colleagues, and the entries of one
colleague are unusual. Each of these entries is marked as synthetic and refers to a record that does not
exist.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connections, transaction

from vedette.apps.accounts.models import Organisation, User
from vedette.apps.accounts.rules import set_scope
from vedette.apps.keyring import keyring
from vedette.apps.lists.actions import import_list
from vedette.apps.lists.models import Watchlist
from vedette.apps.oversight.name_tokens import tokens
from vedette.apps.profiles import actions, yaml_files
from vedette.apps.profiles.models import Backtest, Profile, Version
from vedette.demo.world.watchlists import FOLDER, VERSIONS
from vedette.keys.ring import Keys
from vedette.profiles.files import dump
from vedette.travellers.starter import WATCHED, starter

#: The lists: name → (first part of the file names, purpose, legal basis, weight).
LISTS = {
    "Personnes recherchées (fictif)": ("persons", "terrorism", "RCSNU 2178 (fictif)", 75),
    "Documents volés (fictif)": ("documents", "serious_crime", "Convention SLTD (fictif)", 60),
    "Contacts signalés (fictif)": ("contacts", "serious_crime", "Code des douanes (fictif)", 40),
    "Sociétés surveillées (fictif)": ("companies", "border", "Code des douanes (fictif)", 40),
}
#: The legal basis of the profiles; the watched places; the number of days for which they are watched.
BASIS = "Code des douanes (fictif), art. 60"
PLACES, DAYS = ("PTY",), 60
#: Profiles that are not active: waiting for approval, in shadow mode, drafts, suspended.
WAITING, SHADOW, DRAFTS, SUSPENDED = ("P-025", "P-030"), "P-031", ("P-026",), "P-020"
TESTED = "P-005"
_WHY = "Pack de départ, adapté à la démonstration (fictif)."
_HEARD = "Les mineurs sont à protéger ; deux autres sortes de signes sont exigées (fictif)."


def seed(organisation: str, logins: Sequence[tuple[str, str, str, str, str]]) -> uuid.UUID:
    """Creates the organisation with its users, lists and profiles. Data that already exists is not
    changed."""
    owner, made = Organisation.objects.using("intake").get_or_create(
        name=organisation, defaults={"country": "SN", "synthetic": True}
    )
    if made:
        plant(owner, keyring())
    users = User.objects.using("intake")
    for username, password, role, first, last in logins:
        if not users.filter(username=username).exists():
            user = User(
                username=username, organisation=owner, role=role, first_name=first, last_name=last
            )
            user.set_password(password)
            user.save(using="intake")
    if made:
        _import_lists(owner)
    by_role = {role: username for username, _, role, *_ in logins}
    _plant_profiles(owner.id, *(by_role[role] for role in ("analyst", "supervisor", "dpo")))
    return owner.id


def _import_lists(owner: Any) -> None:
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


def _plant_profiles(organisation: uuid.UUID, analyst: str, supervisor: str, dpo: str) -> None:
    """Creates the profiles if there are none. The arguments are sign-in names."""
    if Profile.objects.using("intake").filter(organisation_id=organisation).exists():
        return
    with acting(analyst) as by:
        until = dt.date.today() + dt.timedelta(days=DAYS)
        actions.set_list(by, WATCHED, PLACES, "démonstration (fictif)", until)
        items = [yaml_files.yaml(f"{file.id}.yaml", dump(file)) for file in starter()]
        for item in items:
            item.fields["basis"] = BASIS
        versions = {one.profile.ref: one for one in yaml_files.take(by, items)}
        actions.shadow(by, versions[SHADOW].pk, on=True)
    with acting(dpo) as by:
        for version in versions.values():
            if version.justification:
                actions.hear(by, version.pk, agrees=True, said=_HEARD)
    with acting(analyst) as by:
        for ref, version in versions.items():
            if ref not in (SHADOW, *DRAFTS):
                actions.submit(by, version.pk, _WHY)
    with acting(supervisor) as by:
        for ref, version in versions.items():
            if ref not in (SHADOW, *DRAFTS, *WAITING):
                actions.allow(by, version.pk, _WHY)
                if ref == SUSPENDED:
                    actions.suspend(by, version.profile_id)


@contextmanager
def acting(username: str) -> Iterator[Any]:
    """Yields a user of the demonstration, in a transaction of the web role with the scope of this user."""
    known = User.objects.using("intake").get(username=username)
    with transaction.atomic():
        set_scope(known)
        yield User.objects.get(pk=known.pk)


def backtest(analyst: str) -> None:
    """Requests a backtest of one profile over the current day if there is no backtest. The worker runs it."""
    version = Version.objects.using("intake").filter(profile__ref=TESTED).first()
    if version is None or Backtest.objects.using("intake").exists():
        return
    today = dt.datetime.now(dt.UTC).date()
    with acting(analyst) as by:
        actions.ask_backtest(by, version.pk, today - dt.timedelta(days=1), today)


# --- invented colleagues ---------------------------------------------------------------------------

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
ACT_DAYS = 60
#: Number of days since the unusual night, and since the day on which all colleagues open the same record.
NIGHT, STAR = 2, 5
_SEED = 20261124
_INSERT = (
    "INSERT INTO accounts_act (at, organisation_id, user_id, act, subject, detail)"
    " VALUES (%s, %s, %s, %s, %s, %s::jsonb)"
)


def plant(organisation: Any, keys: Keys) -> None:
    """Creates the invented colleagues and their journal entries. This function must be called before a new
    demonstration has any other journal entry, because `vedette journal verify` reports an entry whose time is
    earlier than the time of the previous entry.
    """
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

    for ago in range(ACT_DAYS, 0, -1):
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
