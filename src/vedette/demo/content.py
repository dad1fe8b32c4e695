"""The content of the demonstration: users, synthetic lists, and the starter profiles in several states.

The analyst of the demonstration writes the profiles, and the supervisor approves them. A few profiles stay in
other states, so that no page of profiles is empty. There is one backtest of the current day.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from vedette.demo.world.watchlists import FOLDER, VERSIONS
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
    from vedette.apps.accounts.models import Organisation, User
    from vedette.apps.keyring import keyring
    from vedette.demo.colleagues import plant

    owner, made = Organisation.objects.using("intake").get_or_create(
        name=organisation, defaults={"country": "SN", "synthetic": True}
    )
    if made:
        plant(owner, keyring())
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
    by_role = {role: username for username, _, role, *_ in logins}
    _plant_profiles(owner.id, *(by_role[role] for role in ("analyst", "supervisor", "dpo")))
    return owner.id


def _import_lists(owner: Any) -> None:
    from vedette.apps.lists.actions import import_list
    from vedette.apps.lists.models import Watchlist

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
    from vedette.apps.profiles import actions, yaml_files
    from vedette.apps.profiles.models import Profile
    from vedette.profiles.files import dump

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
    from django.db import transaction

    from vedette.apps.accounts.models import User
    from vedette.apps.accounts.rules import set_scope

    known = User.objects.using("intake").get(username=username)
    with transaction.atomic():
        set_scope(known)
        yield User.objects.get(pk=known.pk)


def backtest(analyst: str) -> None:
    """Requests a backtest of one profile over the current day if there is no backtest. The worker runs it."""
    from vedette.apps.profiles import actions
    from vedette.apps.profiles.models import Backtest, Version

    version = Version.objects.using("intake").filter(profile__ref=TESTED).first()
    if version is None or Backtest.objects.using("intake").exists():
        return
    today = dt.datetime.now(dt.UTC).date()
    with acting(analyst) as by:
        actions.ask_backtest(by, version.pk, today - dt.timedelta(days=1), today)
