"""The demonstration's content: logins, synthetic lists and profiles."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from vedette.demo import profiles
from vedette.demo.world.watchlists import FOLDER, VERSIONS

#: Lists of the demonstration: name → (file stem, purpose, legal basis, weight).
LISTS = {
    "Personnes recherchées (fictif)": ("persons", "terrorism", "RCSNU 2178 (fictif)", 75),
    "Documents volés (fictif)": ("documents", "serious_crime", "Convention SLTD (fictif)", 60),
    "Contacts signalés (fictif)": ("contacts", "serious_crime", "Code des douanes (fictif)", 40),
    "Sociétés surveillées (fictif)": ("companies", "border", "Code des douanes (fictif)", 40),
}


def seed(organisation: str, logins: Sequence[tuple[str, str, str, str, str]]) -> uuid.UUID:
    """The demonstration's organisation with its users and lists; what is there already stays."""
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
    profiles.plant(owner.id, *_people(logins))
    return owner.id


def _people(logins: Sequence[tuple[str, str, str, str, str]]) -> list[str]:
    """The sign-in names of the analyst, the supervisor and the data-protection officer."""
    by_role = {role: username for username, _, role, *_ in logins}
    return [by_role[role] for role in ("analyst", "supervisor", "dpo")]


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
