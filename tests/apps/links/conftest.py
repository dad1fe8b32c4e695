"""A world with a data-protection officer and an empty matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.apps.links.plain import Plain


@pytest.fixture
def plain(database: str) -> Plain:
    """An administration without subjects."""
    from tests.apps.hits import world as worlds
    from tests.apps.links.plain import Plain
    from tests.passwords import hashed_password

    from vedette.apps.accounts.models import User

    world = worlds.build()
    dpo = User(username="dpo", first_name="Ndeye", last_name="Sow", role=User.Role.DPO,
               organisation=world.organisation)  # fmt: skip
    dpo.password = hashed_password("dpo")
    dpo.save(using="intake")
    world.users["dpo"] = User.objects.get(pk=dpo.pk)
    return Plain(world)
