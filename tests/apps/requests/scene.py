"""A data-protection officer at work on requests of persons, and the shortest ways to what is needed."""

from __future__ import annotations

from typing import Any

from django.test import Client
from tests.apps.hits import world as worlds

from vedette.apps.accounts.models import User
from vedette.apps.requests.models import SubjectRequest
from vedette.apps.subjects.models import Identifier
from vedette.commands.environment import keys
from vedette.travellers.app.models import Journey

NUMBER = "X0142O7"
LETTER = {"reference": "2026/117", "received_on": "2026-11-20"}
ANSWER = {"ground": "prevention", "article": "Loi 2026-1, art. 9", "language": "en", "form": "html"}


def dpo(world: worlds.World) -> User:
    """The data-protection officer of the world."""
    User.objects.using("intake").create(
        username="dpo", role="dpo", organisation=world.organisation, first_name="D", last_name="P"
    )
    return User.objects.get(username="dpo")


def client(user: User) -> Client:
    """Signed in."""
    made = Client()
    made.force_login(user)
    return made


def traveller(world: worlds.World, name: str = "DJORDJE", number: str = NUMBER) -> Journey:
    """A traveller of YY 417 with a booking, found by the real token of the document."""
    flight = world.flight("YY 417", 90)
    booked = worlds.booking(world, flight)
    made = worlds.journey(
        world,
        flight,
        "ZIVODRAGICH",
        name,
        document=number,
        booking=booked,
        phone="+41 79 000 00 00",
    )
    token = keys().token("document", number.replace("O", "0"))
    Identifier.objects.using("intake").create(
        organisation=world.organisation, subject_id=made.pk, kind="document", token=token
    )
    return made


def request(
    world: worlds.World, by: User, kind: str = "access", journeys: tuple[Any, ...] = ()
) -> SubjectRequest:
    """A request as it is kept."""
    return SubjectRequest.objects.using("intake").create(
        organisation=world.organisation, kind=kind, received_on="2026-11-20", due_on="2026-12-20",
        reference="2026/117", subjects=list(journeys), by_id=by.pk,
    )  # fmt: skip
