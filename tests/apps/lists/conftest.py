"""An organisation with four roles, and a small list in our own template."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from types import SimpleNamespace

import pytest

LIST = (
    "ref,kind,surname,given_names,weak_aliases,birth_date,nationality,passport,name\n"
    "A-1,person,ZIVODRAGIC,Dorde,,1978,SRB,,\n"
    "A-2,person,LOPES FERREIRA,Benedito,,1969-04-02,,PRT:P778812,\n"
    "A-3,vessel,,,,,,,MV ETOILE FICTIVE\n"
)
CHANGED = (
    "ref,kind,surname,given_names,weak_aliases,birth_date,nationality,passport,name\n"
    "A-1,person,ZIVODRAGIC,Dorde,Djoka,1978-03-12,SRB,,\n"
    "A-2,person,LOPES FERREIRA,Benedito,,1969-04-02,,PRT:P778812,\n"
    "A-4,company,,,,,,,Comptoir Imaginaire SARL\n"
)


@pytest.fixture
def house(database: str) -> SimpleNamespace:
    """One organisation with an officer, a supervisor and an administrator; another with one each."""
    return make_house()


def make_house(name: str = "Ours") -> SimpleNamespace:
    """Fixtures are written by the intake role; the web role sees them through its scope."""
    from vedette.apps.accounts.models import Organisation, User

    organisation = Organisation.objects.using("intake").create(name=name, synthetic=True)
    users = {
        role: User.objects.using("intake").create(
            username=f"{role}-{name}", organisation_id=organisation.pk, role=role,
            first_name="Awa", last_name=role.title(), password="!",
        )
        for role in ("officer", "supervisor", "list_manager", "administrator")
    }  # fmt: skip
    return SimpleNamespace(organisation=organisation, **users)


@contextmanager
def _scope(organisation: object) -> Iterator[None]:
    from django.db import transaction

    from vedette.apps.accounts.rules import set_scope

    with transaction.atomic():
        set_scope(str(organisation.pk))  # type: ignore[attr-defined]
        yield


def scope(house: SimpleNamespace) -> AbstractContextManager[None]:
    """As the web role, in a transaction that sees this organisation's rows."""
    return _scope(house.organisation)
