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


def build(connection: psycopg.Connection[Any]) -> Office:
    """The administration and three people of it."""
    id_ = uuid.uuid4()
    connection.execute(
        "INSERT INTO accounts_organisation (id, name, kind, country, synthetic)"
        " VALUES (%s, 'Douanes', 'administration', 'SN', true)",
        [id_],
    )
    people = {}
    for role in ("analyst", "supervisor", "dpo"):
        user = User(username=role, role=role, organisation_id=id_, last_name=role.title())
        user.save(using="intake")
        # As a request has it: read by the web role.
        people[role] = User.objects.get(pk=user.pk)
    return Office(id_, **people)
