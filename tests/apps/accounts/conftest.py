"""An administration that is no demonstration, and one of its officers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from vedette.apps.accounts.models import User

PASSWORD = "correct horse battery staple"


@pytest.fixture
def user(database: str) -> User:
    """An officer with a password and no second factor."""
    from vedette.apps.accounts.models import Organisation, User

    home = Organisation.objects.create(name="Douanes", country="FR")
    return User.objects.create_user("m.sarr", password=PASSWORD, organisation=home)


@pytest.fixture
def boss(user: User) -> User:
    """The administrator of the same administration."""
    from vedette.apps.accounts.models import User

    return User.objects.create_user(
        "i.duval", password=PASSWORD, organisation=user.organisation, role="administrator"
    )
