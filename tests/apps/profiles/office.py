"""An administration with an analyst, a supervisor and a data-protection officer."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import psycopg

from vedette.apps.accounts.models import User


@dataclass(frozen=True)
class Office:
    """Who is there."""

    id: uuid.UUID
    analyst: User
    supervisor: User
    dpo: User


def build(connection: psycopg.Connection[Any], name: str = "") -> Office:
    """The administration and three people of it; a second one needs a name of its own."""
    id_ = uuid.uuid4()
    connection.execute(
        "INSERT INTO accounts_organisation (id, name, kind, country, synthetic)"
        " VALUES (%s, %s, 'administration', 'SN', true)",
        [id_, name or "Douanes"],
    )
    people = {}
    for role in ("analyst", "supervisor", "dpo"):
        user = User(
            username=f"{role}{name}", role=role, organisation_id=id_, last_name=role.title()
        )
        user.save(using="intake")
        # As a request has it: read by the web role.
        people[role] = User.objects.get(pk=user.pk)
    return Office(id_, **people)
