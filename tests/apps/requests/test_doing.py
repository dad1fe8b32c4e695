"""Rectification, restriction, erasure: what each does, and to whom it shows."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.test import Client
from django.utils import timezone
from tests.apps.hits import world as worlds
from tests.apps.requests import scene

from vedette.apps.accounts.models import Act, Approval, User
from vedette.apps.desk import rescreen
from vedette.apps.hits import actions, selectors
from vedette.apps.hits.models import Decision, Hit, Reason, TextClear
from vedette.apps.requests import corrections
from vedette.apps.requests.models import SubjectRequest
from vedette.apps.subjects.models import Identifier, Subject
from vedette.commands.environment import keys
from vedette.travellers.app.models import Journey, JourneyClear


def decided(world: worlds.World, journey: Journey, choice: str = "hold") -> Hit:
    """A hit of the journey that an officer decided, with a note."""
    hit = worlds.hit(world, journey, 90)
    with world.seen_by() as by:
        seen = frozenset(hit.reasons.values_list("pk", flat=True))
        verdict = actions.Verdict(
            choice, "The same person, told by the passport.", seen, dict.fromkeys(seen, "same")
        )
        actions.decide(by, hit.pk, verdict)
        actions.note(by, hit.pk, "He was referred to Ms Sarr.")
    return hit


def intake() -> psycopg.Connection[Any]:
    """A connection of the workers."""
    return psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True)


# --- rectification --------------------------------------------------------------------------------


def test_a_statement_stands_beside_and_opens_a_decided_hit(
    world: worlds.World, dpo: User, desk: Client
) -> None:
    """What the carrier said stays (Directive 2016/680 art. 16); a decision that rested on it is looked at
    again. Shown on the hit, the sheet and the traveller's page, and in the API."""
    journey = scene.traveller(world)
    hit = decided(world, journey)
    kept = scene.request(world, dpo, "rectified", (journey.pk,))
    Subject.objects.using("intake").filter(pk=journey.pk).update(minor=True)
    said = {"element": "date_of_birth", "value": "1988-07-01", "basis": "birth certificate"}
    assert desk.post(f"/subjects/{kept.pk}/rectify/", said).status_code == 302
    assert Hit.objects.using("intake").get(pk=hit.pk).state == "reopened"
    assert not Subject.objects.using("intake").get(pk=journey.pk).minor
    assert (
        JourneyClear.objects.using("intake").get(journey_id=journey.pk).date_of_birth.year == 1979
    )
    officer = scene.client(world.officer)
    for path in (f"/hits/{hit.pk}/", f"/hits/{hit.pk}/sheet/", f"/travellers/{journey.pk}/"):
        page = officer.get(path, headers={"accept-language": "en"}).content.decode()
        assert "1 Jul 1988" in page, path
        assert "birth certificate" in page
    act = Act.objects.using("intake").get(act="subject.rectified")
    # Ids may contain the digits of the year by chance.
    assert "1988-07-01" not in str(act.detail)


def test_what_is_rectified_is_screened(world: worlds.World, dpo: User) -> None:
    """The worker screens the journey with the corrected values, in place of what messages say."""
    journey = scene.traveller(world)
    with world.seen_by(dpo):
        row = Subject.objects.get(pk=journey.pk)
        for element, value in (("date_of_birth", "1988-07-01"), ("surname", "NOVAK")):
            corrections.keep(
                row,
                corrections.Statement(
                    element=element, value=value, basis="passport", reference="1",
                    at=world.flight("YY 417", 90).arrives_at,
                ),
            )  # fmt: skip
    from vedette.travellers.app.store import Store, flight_rows
    from vedette.travellers.asking import party_of

    with intake() as connection:
        assert rescreen.rescreen_marked(connection, keys(), timezone.now())
        assert not rescreen.rescreen_marked(connection, keys(), timezone.now())
        store = Store(connection, keys(), world.organisation.pk, journey.received_at)
        with connection.transaction():
            [hold] = store.hold(
                flight_rows(connection, world.organisation.pk, [journey.flight_id])
            ).values()
        subject = party_of(hold.manifest.persons[journey.pk])
    assert str(subject.date_of_birth) == "1988-07-01"
    assert {surname for surname, _ in subject.names} == {"NOVAK"}


@pytest.mark.parametrize(
    ("element", "value"),
    [("date_of_birth", "12.3.1988"), ("sex", "male"), ("nationality", "Atlantis"), ("x", "y")],
)
def test_a_value_that_is_none_of_the_element_is_refused(
    world: worlds.World, dpo: User, desk: Client, element: str, value: str
) -> None:
    """It would be screened: it must be one."""
    journey = scene.traveller(world)
    kept = scene.request(world, dpo, "rectified", (journey.pk,))
    said = {"element": element, "value": value, "basis": "passport"}
    assert desk.post(f"/subjects/{kept.pk}/rectify/", said).status_code == 422
    assert not TextClear.objects.using("intake").exists()


# --- restriction ----------------------------------------------------------------------------------


def test_who_is_restricted_is_seen_by_the_officer_of_data_protection_alone(
    world: worlds.World, dpo: User, desk: Client
) -> None:
    """Not on the hit, manifest, search, for others; nobody decides; it ends by an act."""
    journey = scene.traveller(world)
    hit = worlds.hit(world, journey, 90)
    kept = scene.request(world, dpo, "restricted", (journey.pk,))
    desk.post(f"/subjects/{kept.pk}/restrict/", {"do": "restrict"})
    officer = scene.client(world.officer)
    english = {"accept-language": "en"}
    paths = ["/", f"/hits/{hit.pk}/", f"/hits/{hit.pk}/sheet/", f"/travellers/{journey.pk}/",
             f"/flights/{journey.flight_id}/"]  # fmt: skip
    for path in paths:
        page = officer.get(path, headers=english).content.decode()
        assert "ZIVODRAGICH" not in page.upper(), path
        assert scene.NUMBER not in page
        assert "estricted" in page, path
    assert "ZIVODRAGICH" in desk.get(f"/travellers/{journey.pk}/").content.decode().upper()
    searched = {"purpose": "border", "case": "1", "q": "zivodragich"}
    assert str(journey.pk) not in officer.post("/travellers/", searched).content.decode()
    searched = {"purpose": "border", "case": "1", "document": scene.NUMBER}
    assert str(journey.pk) not in officer.post("/travellers/", searched).content.decode()
    seen = hit.reasons.values_list("pk", flat=True)
    with world.seen_by() as by, pytest.raises(actions.Conflict, match="restricted"):
        actions.decide(by, hit.pk, actions.Verdict("release", "x" * 30, frozenset(seen)))
    desk.post(f"/subjects/{kept.pk}/restrict/", {"do": "end"})
    assert "ZIVODRAGICH" in officer.get(f"/hits/{hit.pk}/").content.decode().upper()
    assert Act.objects.using("intake").filter(act="subject.restriction_ended").exists()
    assert Subject.objects.using("intake").get(pk=journey.pk).screen_again


def test_a_hit_of_a_restricted_person_waits(world: worlds.World, dpo: User, desk: Client) -> None:
    """It stays in the queue, and nobody takes, claims, hands over, decides or reopens it. Whoever has claimed
    it may hand it back; a control that was decided before may still have its result."""
    journey, after = scene.traveller(world), scene.traveller(world, "MILENA", "Y1")
    done, free = scene.traveller(world, "JOVAN", "Y2"), worlds.hit(world, after, 20)
    hit, past = worlds.hit(world, journey, 90), decided(world, done)
    colleague, supervisor = world.users["officer2"], world.users["supervisor"]
    with world.seen_by() as officer:
        actions.claim(officer, hit.pk)
    kept = scene.request(world, dpo, "restricted", (journey.pk, done.pk))
    desk.post(f"/subjects/{kept.pk}/restrict/", {"do": "restrict"})
    with world.seen_by(supervisor), pytest.raises(actions.Conflict, match="restricted"):
        actions.hand_over(supervisor, hit.pk, colleague)
    with world.seen_by() as officer:
        actions.hand_back(officer, hit.pk)
        seen = frozenset(hit.reasons.values_list("pk", flat=True))
        refused: list[Callable[[], object]] = [
            lambda: actions.claim(officer, hit.pk),
            lambda: actions.hand_over(officer, hit.pk, colleague),
            lambda: actions.decide(officer, hit.pk, actions.Verdict("release", "x" * 30, seen)),
            lambda: actions.reopen(officer, past.pk),
        ]
        for act in refused:
            with pytest.raises(actions.Conflict, match="restricted"):
                act()
        _, left = actions.decide_together(
            officer, [hit.pk], actions.Verdict("release", "x" * 30, seen)
        )
        assert [one.what for one in left.values() if isinstance(one, actions.Conflict)] == [
            "restricted"
        ]
        actions.note(officer, hit.pk, "The person wrote to us.")
        actions.record_result(officer, past.pk, "nothing")
        page = selectors.page(selectors.Filters(), officer)
        assert {row.hit.pk for row in page.rows} == {hit.pk, free.pk}
        for order in selectors.ORDERS:
            taken = actions.take_next(officer, selectors.Filters(order=order))
            assert taken is not None
            assert taken.pk == free.pk
            actions.hand_back(officer, free.pk)
        actions.claim(officer, free.pk)
        assert actions.take_next(officer, selectors.Filters()) is None
    page = scene.client(world.officer).get(f"/hits/{hit.pk}/", headers={"accept-language": "en"})
    text = page.content.decode()
    assert 'id="decision"' not in text
    assert 'value="claim"' not in text
    assert "No decision is possible until the data-protection officer ends" in text
    desk.post(f"/subjects/{kept.pk}/restrict/", {"do": "end"})
    with world.seen_by() as officer:
        taken = actions.take_next(officer, selectors.Filters())
        assert taken is not None
        assert taken.pk == hit.pk


def test_who_is_restricted_is_not_screened(world: worlds.World, dpo: User, desk: Client) -> None:
    """Neither when asked again nor by a new list entry; new messages are stored and stay restricted."""
    journey = scene.traveller(world)
    kept = scene.request(world, dpo, "restricted", (journey.pk,))
    desk.post(f"/subjects/{kept.pk}/restrict/", {"do": "restrict"})

    with intake() as connection, connection.transaction():
        home = world.organisation.pk
        known = rescreen.in_force(connection, home, journey.received_at)
        rescreen.screen_again(connection, keys(), home, [journey.pk], known)
        assert connection.execute("SELECT count(*) FROM hits_hit").fetchone() == (0,)
        connection.execute(
            "UPDATE travellers_journeyclear SET surname = 'AGAIN' WHERE journey_id = %s",
            [journey.pk],
        )
    assert JourneyClear.objects.using("intake").get(journey_id=journey.pk).restricted


# --- erasure --------------------------------------------------------------------------------------


def erase(world: worlds.World, dpo: User, desk: Client, journey: Journey) -> Approval:
    """Asked for by the data-protection officer."""
    kept = scene.request(world, dpo, "erasure", (journey.pk,))
    why = {"why": "The court ordered the erasure in case 12."}
    assert desk.post(f"/subjects/{kept.pk}/erase/", why).status_code == 302
    assert desk.post(f"/subjects/{kept.pk}/erase/", why).status_code == 422
    return Approval.objects.using("intake").get(kind="delete")


def test_what_is_erased_is_gone_and_the_journal_says_not_who(
    world: worlds.World, dpo: User, desk: Client
) -> None:
    """By another person only; hits, decisions, notes, tokens, vault go; counts stay; others stay."""
    journey, other = scene.traveller(world), scene.traveller(world, "MILENA", "Y1")
    hit = decided(world, journey)
    approval = erase(world, dpo, desk, journey)
    assert Journey.objects.using("intake").filter(pk=journey.pk).exists()
    supervisor = scene.client(world.users["supervisor"])
    assert supervisor.post(f"/approvals/{approval.pk}/", {"decide": "allow"}).status_code == 302
    for model in (Hit, Decision, Reason, TextClear):
        assert not model.objects.using("intake").exists(), model
    assert list(Journey.objects.using("intake").values_list("pk", flat=True)) == [other.pk]
    assert not Identifier.objects.using("intake").filter(subject_id=journey.pk).exists()
    assert not JourneyClear.objects.using("intake").filter(journey_id=journey.pk).exists()
    row = SubjectRequest.objects.using("intake").get()
    assert row.subjects == []
    assert row.counts == {"subjects": 1, "hits": 1, "hold": 1}
    act = Act.objects.using("intake").get(act="subject.erased")
    assert str(journey.pk) not in str(act.detail)
    assert str(hit.pk) not in str(act.detail)
    assert desk.get(f"/subjects/{row.pk}/").status_code == 200


def test_nobody_erases_without_the_second_person(
    world: worlds.World, dpo: User, desk: Client
) -> None:
    """The function looks at the approval itself: raw SQL of the web role gets no further, and the
    decision stays append-only for whoever is not asked about."""
    journey = scene.traveller(world)
    decided(world, journey)
    approval = erase(world, dpo, desk, journey)
    from django.db import DatabaseError, connection

    with pytest.raises(DatabaseError, match="no allowed erasure"), world.seen_by(dpo):
        connection.cursor().execute("SELECT vedette_erase(%s)", [approval.pk])
    ids = list(Hit.objects.using("intake").values_list("pk", flat=True))
    with intake() as raw, pytest.raises(psycopg.errors.InsufficientPrivilege):
        raw.execute("SELECT vedette_delete_decisions(%s)", [ids])
    assert Decision.objects.using("intake").count() == 1
