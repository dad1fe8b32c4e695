"""Travellers told in records, received and judged at a chosen moment, and profiles put in force."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import transaction
from tests.apps.profiles.office import Office
from tests.clock import workers_at

from vedette.apps.accounts.models import Approval, User
from vedette.apps.accounts.rules import set_scope
from vedette.apps.approvals import actions as approvals
from vedette.apps.desk import work
from vedette.apps.inbox.receiving import put_in
from vedette.apps.profiles import actions
from vedette.apps.profiles.models import Backtest, Version
from vedette.commands.environment import keys
from vedette.core.parties import Contacts, Document
from vedette.core.records import Envelope
from vedette.travellers.formats import paxlst_writer
from vedette.travellers.records import Flight, Message, Traveller

#: The result of a backtest that found nobody.
EMPTY = {"rows": 0, "judged": 0, "unjudged": 0, "fired": 0, "confirmed": 0, "known": 0, "days": {}}
WHY = "It serves the test of this profile."
FIELDS: dict[str, Any] = {
    "title": "Test", "expression": "is_minor", "weight": 30,
    "purpose": "serious_crime", "basis": "law 1",
}  # fmt: skip


@contextmanager
def acting(user: User) -> Iterator[None]:
    """A transaction with the scope of a user, as a request has it."""
    with transaction.atomic():
        set_scope(user)
        yield


def in_force(office: Office, expression: str, **more: Any) -> Version:
    """A profile drafted by the analyst and allowed by the supervisor."""
    with acting(office.analyst):
        version = actions.begin_draft(office.analyst, {**FIELDS, "expression": expression, **more})
    approval = submitted(office, version)
    with acting(office.supervisor):
        approvals.decide(office.supervisor, approval.pk, True)
    version.refresh_from_db(using="intake")
    return version


def submitted(office: Office, version: Version) -> Approval:
    """The analyst's draft waits for a second person; tried before, where there is anybody to try it on."""
    with acting(office.analyst):
        version.refresh_from_db()
        if "untested" in actions.missing(version):
            tried(version)
        return actions.submit(office.analyst, version.pk, WHY)


def tried(version: Version, **more: Any) -> Backtest:
    """A finished backtest of what a version says now, as the process leaves it."""
    today = dt.datetime.now(dt.UTC).date()
    given = {"content_hash": version.content_hash, "state": "done", "result": EMPTY, **more}
    return Backtest.objects.create(
        organisation_id=version.organisation_id, version=version, expression=version.expression,
        first_day=today, last_day=today, asked_by=version.author, **given,
    )  # fmt: skip


def person(surname: str, number: str, **more: Any) -> Traveller:
    """A traveller with a passport."""
    paper = Document(type="P", number=number, issuer="FRA", expiry=dt.date(2031, 1, 1))
    given = {
        "given_names": "ADA", "date_of_birth": dt.date(1984, 5, 6), "sex": "F",
        "nationality": "FRA", "documents": (paper,), **more,
    }  # fmt: skip
    return Traveller(surname=surname, **given)


def flown(
    connection: psycopg.Connection[Any],
    office: Office,
    at: dt.datetime,
    travellers: Iterable[Traveller],
    origin: str = "ADD",
    number: str = "417",
    leaves: dt.datetime | None = None,
) -> None:
    """A passenger list of a flight that leaves two hours later (or then), received, judged and stored at
    `at`."""
    local = at.replace(tzinfo=None)
    departure = (leaves or at + dt.timedelta(hours=2)).replace(tzinfo=None)
    flight = Flight(
        carrier="XX", number=number, origin=origin, destination="DSS",
        departure=departure, arrival=departure + dt.timedelta(hours=7),
    )  # fmt: skip
    message = Message(
        format="PAXLST",
        envelope=Envelope(
            sender="XX", recipient="DSS", prepared=local,
            interchange_ref=uuid.uuid4().hex[:12], message_ref="1",
        ),
        function="passengers",
        flights=(flight,),
        travellers=tuple(travellers),
    )  # fmt: skip
    placed = put_in(connection, keys(), office.id, "x", paxlst_writer.write(message), "ingest", at)
    assert placed.state == "accepted", placed.why
    with workers_at(at):
        worker = work.Worker(os.environ["DATABASE_URL_INTAKE"], keys())
        worker.drain()
        worker.connection.close()


def phone(number: str) -> Contacts:
    """A way to reach somebody."""
    return Contacts(phones=(number,))
