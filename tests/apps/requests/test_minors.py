"""Travellers under 18: known on the day of travel, decided by two, their hits gone sooner."""

from __future__ import annotations

import datetime as dt
import os
import uuid

import psycopg
import pytest
from tests.apps.hits import world as worlds
from tests.apps.requests import scene
from tests.apps.retention import old

from vedette.apps.accounts.selectors import demo_password
from vedette.apps.hits import actions
from vedette.apps.hits.models import Decision, Hit
from vedette.apps.retention import deletion
from vedette.apps.subjects.models import Subject
from vedette.core.parties import Document
from vedette.core.statements import elements
from vedette.travellers.app.models import Journey
from vedette.travellers.app.rows import minor
from vedette.travellers.manifest import Person
from vedette.travellers.records import Traveller

DAY = dt.date(2026, 11, 24)


def person(source: str = "api", **stated: object) -> Person:
    """Somebody as one message states them."""
    made = Person(uuid.uuid4())
    made.views[source]["XX"] = [[["2026-11-24", "A", 1], elements(Traveller(**stated))]]  # type: ignore[arg-type]
    return made


@pytest.mark.parametrize(
    ("born", "is_minor"),
    [
        (dt.date(2008, 11, 25), True),
        (dt.date(2008, 11, 24), False),
        (dt.date(2026, 11, 24), True),
        (dt.date(2045, 1, 1), False),
        (dt.date(1979, 3, 12), False),
    ],
)
def test_eighteen_on_the_day_of_travel_is_no_minor(born: dt.date, is_minor: bool) -> None:
    """The birthday counts; a birth date still to come is a wrong century and says nothing."""
    assert minor(person(date_of_birth=born), DAY) is is_minor
    paper = Document(type="P", number="A1", date_of_birth=born)
    assert minor(person("pnr", documents=(paper,)), DAY) is is_minor


@pytest.mark.parametrize(
    ("period", "is_minor"),
    [
        ("2007", False),
        ("2008", True),
        ("2008-11", True),
        ("2008-10", False),
        ("2026", True),
        ("2045", False),
    ],
)
def test_of_a_year_of_birth_the_last_day_counts(period: str, is_minor: bool) -> None:
    """A traveller who may be younger than 18 is treated as a minor."""
    assert minor(person(birth_period=period), DAY) is is_minor


def test_an_infant_is_one_without_a_birth_date() -> None:
    """Bookings often say no more than that."""
    assert minor(person("pnr", surname="A", infant=True), DAY)


def a_minor(world: worlds.World) -> Hit:
    """A hit of somebody under 18."""
    journey = scene.traveller(world)
    hit = worlds.hit(world, journey, 90)
    Subject.objects.using("intake").filter(pk=journey.pk).update(minor=True)
    return hit


@pytest.mark.parametrize("choice", ["refer", "hold", "refuse"])
def test_a_step_against_a_minor_needs_a_second_officer(world: worlds.World, choice: str) -> None:
    """Never the first one; a release needs none."""
    hit = a_minor(world)
    with world.seen_by() as by:
        seen = frozenset(hit.reasons.values_list("pk", flat=True))
        told = {"why": "Travels alone, no consent of the parents.", "seen": seen, "basis": "art. 1"}
        told["answers"] = dict.fromkeys(seen, "unsure")
        for second in (None, by):
            with pytest.raises(actions.Incomplete, match="second"):
                actions.decide(by, hit.pk, actions.Verdict(choice, second=second, **told))
        other = world.users["officer2"]
        decision = actions.decide(by, hit.pk, actions.Verdict(choice, second=other, **told))
        assert decision.second == other


def test_a_minor_is_released_by_one(world: worlds.World) -> None:
    """What is in their favour is not made harder."""
    hit = a_minor(world)
    with world.seen_by() as by:
        seen = frozenset(hit.reasons.values_list("pk", flat=True))
        answers = dict.fromkeys(seen, "another")
        verdict = actions.Verdict("release", "Another person, by the birth date.", seen, answers)
        assert actions.decide(by, hit.pk, verdict).second is None


def test_the_page_asks_for_the_second_officer(world: worlds.World) -> None:
    """A sign with words on queue, hit and sheet; the form of the second officer asks for no legal basis
    where the choice alone asks for none."""
    hit = a_minor(world)
    officer = scene.client(world.officer)
    for path in ("/", f"/hits/{hit.pk}/", f"/hits/{hit.pk}/sheet/"):
        page = officer.get(path, headers={"accept-language": "en"}).content.decode()
        assert "Minor" in page, path
    [reason] = Hit.objects.using("intake").get().reasons.all()
    form = {
        "choice": "refer", "why": "Travels alone, no consent of the parents.", "seen": reason.pk.hex,
        f"same-{reason.pk}": "unsure",
    }  # fmt: skip
    page = officer.post(f"/hits/{hit.pk}/decide/", form).content.decode()
    assert 'name="second_password"' in page
    assert 'name="basis"' not in page
    form |= {"second": world.users["officer2"].pk, "second_password": "wrong"}
    assert officer.post(f"/hits/{hit.pk}/decide/", form).status_code == 422
    form["second_password"] = demo_password("officer2")
    assert officer.post(f"/hits/{hit.pk}/decide/", form).status_code == 302
    assert Decision.objects.using("intake").get().second == world.users["officer2"]


def test_hits_of_minors_end_in_half_the_time(database: str) -> None:
    """Released and undecided ones after 90 of 180 days; held ones stay; nobody else's goes."""
    month = old.month_ago(100)
    old.partitions(month)
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        journeys = old.travellers(connection, old.organisation(connection), month, 4)
        released, undecided = old.hit(journeys[0], "release"), old.hit(journeys[1])
        held, grown = old.hit(journeys[2], "hold"), old.hit(journeys[3], "release")
        connection.execute(
            "UPDATE subjects_subject SET minor = true WHERE id = ANY(%s)", [journeys[:3]]
        )
        gone = deletion.end_minors(connection, dt.datetime.now(dt.UTC).date())
    assert gone == {("passenger", month): 2}
    left = set(Hit.objects.using("intake").values_list("pk", flat=True))
    assert left == {held.pk, grown.pk}
    assert not left & {released.pk, undecided.pk}
    assert Journey.objects.using("intake").count() == 4
    assert Decision.objects.using("intake").count() == 2
