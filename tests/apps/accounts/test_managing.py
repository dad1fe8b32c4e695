"""Users and units: what an administrator does, and what nobody does to themselves."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from tests.apps.hits import world as worlds

from vedette.apps.accounts import actions
from vedette.apps.accounts.models import Act, Unit, User
from vedette.apps.hits.models import Hit
from vedette.apps.subjects.models import Subject
from vedette.travellers.app.models import Flight

STANDING = {"role": "analyst", "unit": "", "themes": ["passengers"], "purposes": ["border"]}


@pytest.fixture
def world(database: str) -> worlds.World:
    """An organisation with a hit on a flight to Dakar."""
    made = worlds.build()
    flight = made.flight("YY 417", 41)
    worlds.hit(made, worlds.journey(made, flight, "ROE", "JANE"))
    return made


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_user_is_made_changed_and_stopped(world: worlds.World) -> None:
    """The first password is told once and signs in; each step is an act without a name."""
    client = _client(world.users["administrator"])
    new: dict[str, Any] = {**STANDING, "username": "l.okafor", "first": "Lena", "last": "Okafor"}
    answer = client.post("/users/", new)
    assert answer.status_code == 200
    made = User.objects.using("intake").get(username="l.okafor")
    assert made.check_password(answer.context["password"])
    assert client.post("/users/", new).status_code == 422
    changed = {**STANDING, "role": "officer", "purposes": ["border", "terrorism"]}
    assert client.post(f"/users/{made.pk}/", changed).status_code == 302
    made = User.objects.using("intake").get(pk=made.pk)
    assert (made.role, made.purposes) == ("officer", ["border", "terrorism"])
    User.objects.using("intake").filter(pk=made.pk).update(password_given=False)
    assert _client(made).get("/flights/").status_code == 200
    client.post(f"/users/{made.pk}/suspend/", {"do": "suspend"})
    assert _client(made).get("/flights/").status_code != 200
    acts = Act.objects.using("intake").filter(subject=str(made.pk))
    assert {*acts.values_list("act", flat=True)} >= {"user.create", "user.change", "user.suspend"}
    assert "kafor" not in str(list(acts.values_list("detail", flat=True)))


def test_nobody_changes_their_own_role(world: worlds.World) -> None:
    """Neither on the page, nor past it; a right is another administrator's to give."""
    administrator = world.users["administrator"]
    client = _client(administrator)
    assert client.post(f"/users/{administrator.pk}/", STANDING).status_code == 403
    standing = actions.Standing("supervisor", None, ("passengers",), ("border",))
    with world.seen_by(administrator) as by, pytest.raises(PermissionDenied):
        actions.change_user(by, by, standing)
    assert User.objects.using("intake").get(pk=administrator.pk).role == "administrator"


def test_users_of_another_organisation_are_not_there(world: worlds.World) -> None:
    """A name that somebody of elsewhere signs in by is taken; nothing else of them is told."""
    other = worlds.build("Elsewhere")
    client = _client(world.users["administrator"])
    theirs = other.users["officer"]
    assert client.get(f"/users/{theirs.pk}/").status_code == 404
    assert theirs.username not in client.get("/users/").content.decode()
    taken = {**STANDING, "username": theirs.username[:60], "first": "A", "last": "B"}
    assert client.post("/users/", taken).status_code == 422


def test_a_unit_takes_its_open_flights(world: worlds.World) -> None:
    """Made, it takes the flights of its airports with travellers and hits; changed, they go on."""
    client = _client(world.users["administrator"])
    assert client.post("/units/new/", {"name": "Dakar", "airports": "dss ZIG"}).status_code == 302
    unit = Unit.objects.using("intake").get()
    flight = Flight.objects.using("intake").get()
    assert flight.unit_id == unit.pk
    assert flight.journeys.using("intake").get().unit_id == unit.pk
    for model in (Subject, Hit):
        assert model.objects.using("intake").get(group_id=flight.pk).unit_id == unit.pk
    again = client.post("/units/new/", {"name": "Other", "airports": "DSS"})
    assert again.status_code == 422
    client.post(f"/units/{unit.pk}/", {"name": "Dakar", "airports": "ZIG"})
    assert Flight.objects.using("intake").get().unit_id is None
    assert client.post("/units/new/", {"name": "N", "airports": "<b>"}).status_code == 422


def test_the_unit_of_departure_serves_where_none_serves_the_arrival(world: worlds.World) -> None:
    """Arrival first: the post where the traveller stands at the desk."""
    client = _client(world.users["administrator"])
    client.post("/units/new/", {"name": "Addis", "airports": "ADD"})
    addis = Unit.objects.using("intake").get(name="Addis")
    assert Flight.objects.using("intake").get().unit_id == addis.pk
    client.post("/units/new/", {"name": "Dakar", "airports": "DSS"})
    dakar = Unit.objects.using("intake").get(name="Dakar")
    assert Flight.objects.using("intake").get().unit_id == dakar.pk
