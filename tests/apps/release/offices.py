"""Organisations with an officer, a supervisor, a data-protection officer and an administrator, and what they
do in the tests of releases."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import psycopg
from tests.apps.profiles.story import acting

from vedette.apps.accounts.models import User

PURPOSE, BASIS = "precursors", "Nairobi, annex IX"
WHY = "The partners of the operation exchange their warnings."


class Party:
    """One organisation with its people."""

    def __init__(self, connection: psycopg.Connection[Any], name: str) -> None:
        self.name, self.id = name, uuid.uuid4()
        connection.execute(
            "INSERT INTO accounts_organisation (id, name, kind, country, synthetic)"
            " VALUES (%s, %s, 'administration', 'SN', true)",
            [self.id, name],
        )
        self.people: dict[str, User] = {}
        for role in ("officer", "supervisor", "dpo", "administrator"):
            user = User(
                username=f"{role}{name}", role=role, organisation_id=self.id, last_name=name
            )
            user.save(using="intake")
            self.people[role] = User.objects.get(pk=user.pk)

    def do(self, role: str, action: Any, *given: Any, **more: Any) -> Any:
        """Carries out an action as one of the people, within the scope of a request."""
        with acting(self.people[role]):
            return action(self.people[role], *given, **more)

    def read(self, model: Any, role: str = "officer", **which: Any) -> list[Any]:
        """Returns the rows that one of the people reads."""
        with acting(self.people[role]):
            return list(model.objects.filter(**which))


def agree(proposer: Party, *others: Party, **more: Any) -> uuid.UUID:
    """An agreement in force between organisations. Returns its root."""
    from vedette.apps.accounts.models import Approval
    from vedette.apps.approvals import actions as approvals
    from vedette.apps.release.actions.agreements import Terms, propose

    terms = Terms(
        title="Exchange", parties=[proposer.id, *(one.id for one in others)],
        purposes=[(PURPOSE, BASIS)],
        starts_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
        **more,
    )  # fmt: skip
    made = proposer.do("administrator", propose, terms, WHY)
    (asked,) = proposer.read(Approval, "dpo", subject=str(made.pk))
    proposer.do("dpo", approvals.decide, asked.pk, allow=True)
    return uuid.UUID(str(made.root))
