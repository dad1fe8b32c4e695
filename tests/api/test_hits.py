"""The queue and hits over the API: the same rights, conflicts and journal as on the page."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from tests.api.conftest import client_of

from vedette.apps.accounts.models import ApiToken

WHY = "Another person: birth date and nationality differ from the list."


@pytest.fixture
def desk(database: str) -> SimpleNamespace:
    """A stored hit, two officers, an administrator, and somebody of another organisation."""
    from tests.apps.hits import world as worlds

    world = worlds.build()
    flight = world.flight("YY 417", 41)
    hit = worlds.hit(world, worlds.journey(world, flight, "ZIVODRAGICH", "DJORDJE"))
    other = worlds.build("Elsewhere")
    users = {name: client_of(user) for name, user in world.users.items()}
    return SimpleNamespace(
        world=world, hit=hit, stranger=client_of(other.users["officer"]),
        reason=str(hit.reasons.using("intake").get().pk), **users,
    )  # fmt: skip


def test_the_queue_and_a_hit(desk):
    """What speaks in favour, reasons as sentences, evidence whose effects add up to the score."""
    [row] = desk.officer.get("/queue").json()["hits"]
    assert (row["priority"], row["surname"], row["flight"]) == (82, "ZIVODRAGICH", "YY 417")
    assert len(row["favour"]) == 2
    found = desk.officer.get(f"/hits/{desk.hit.pk}").json()
    [reason] = found["reasons"]
    assert round(sum(e["contribution"] for e in reason["evidence"]), 2) == reason["score"]
    assert desk.stranger.get("/queue").json() == {"hits": [], "total": 0, "following": ""}
    assert desk.stranger.get(f"/hits/{desk.hit.pk}").status_code == 404


def test_a_hit_tells_what_is_shared(desk):
    """As on the page, by kind and number, never by value; nothing where nothing is shared."""
    from tests.apps.hits import world as worlds

    assert desk.officer.get(f"/hits/{desk.hit.pk}").json()["shared"] == []
    number = desk.hit.subject.identifiers.using("intake").get()
    other = worlds.journey(desk.world, desk.world.flight("YY 418", 90), "SARR", "AWA")
    other.subject.identifiers.using("intake").update(token=bytes(number.token))
    [one] = desk.officer.get(f"/hits/{desk.hit.pk}").json()["shared"]
    # In the language of the request; the page's tests read the sentence.
    assert one.pop("sentence")
    assert one == {
        "kind": "document", "bookings": 1, "travellers": 1, "same": False, "confirmed": 0,
        "common": False, "page": f"/travellers/{desk.hit.subject_id}/shared/?of={number.pk}",
    }  # fmt: skip


def test_a_claim_is_one_officers(desk):
    """409 names who was faster."""
    assert desk.officer.post(f"/hits/{desk.hit.pk}/claim").json()["claimed_by"] == "A. Diallo"
    answer = desk.officer2.post(f"/hits/{desk.hit.pk}/claim")
    assert answer.status_code == 409
    assert answer.json()["by"] == "A. Diallo"
    assert desk.administrator.post(f"/hits/{desk.hit.pk}/claim").status_code == 403
    handed = {"do": "hand_over", "to": "officer2"}
    given = desk.officer.post(f"/hits/{desk.hit.pk}/claim", handed)
    assert given.json()["claimed_by"] == "M. Sarr"
    back = desk.officer2.post(f"/hits/{desk.hit.pk}/claim", {"do": "hand_back"})
    assert back.json()["claimed_by"] is None


def test_a_decision_needs_a_reason_and_answers(desk):
    """422 lists what is missing; then 201, and the queue is empty."""
    path = f"/hits/{desk.hit.pk}/decision"
    short = desk.officer.post(path, {"choice": "release", "why": "no", "seen": [desk.reason]})
    assert short.status_code == 422
    assert len(short.json()["detail"]) == 2
    body = {
        "choice": "release", "why": WHY, "seen": [desk.reason], "answers": {desk.reason: "another"},
    }  # fmt: skip
    unseen = desk.officer.post(path, {**body, "seen": []})
    assert unseen.status_code == 409
    done = desk.officer.post(path, body)
    assert done.status_code == 201, done.content
    assert done.json()["by"] == "A. Diallo"
    assert desk.officer.get("/queue").json()["total"] == 0
    assert desk.officer2.post(path, body).status_code == 409


def test_to_refuse_takes_two(desk):
    """Refusal: legal basis and a second officer's own token; a name alone is nobody's consent."""
    body = {
        "choice": "refuse", "why": WHY, "seen": [desk.reason], "answers": {desk.reason: "same"},
        "basis": "art. 4",
    }  # fmt: skip
    path = f"/hits/{desk.hit.pk}/decision"
    for nobody in ("officer2", "vedette_officer_1", "vedette_list_manager_1", "vedette_none_1"):
        assert desk.officer.post(path, {**body, "second": nobody}).status_code == 422
    tokens = ApiToken.objects.using("intake").filter(user__username="officer2")
    tokens.update(own=False)  # as an administrator made them
    assert desk.officer.post(path, {**body, "second": "vedette_officer2_1"}).status_code == 422
    tokens.update(own=True)
    assert desk.officer.post(path, {**body, "second": "vedette_officer2_1"}).status_code == 201


def test_a_note_is_in_the_history(desk):
    """Notes are kept in any state; an empty one is not."""
    path = f"/hits/{desk.hit.pk}/notes"
    answer = desk.officer.post(path, {"text": "Called the carrier."})
    assert answer.status_code == 201
    assert len(answer.json()["history"]) == 2
    assert desk.officer.post(path, {"text": " "}).status_code == 422


def test_flights_with_travellers(desk):
    """A flight of the day with its open hits, then its manifest."""
    day = desk.hit.subject.journey.flight.arrives_local.date()
    [flight] = desk.officer.get("/flights", day=str(day)).json()["flights"]
    assert (flight["number"], flight["open_hits"]) == ("417", 1)
    found = desk.officer.get(f"/flights/{flight['id']}").json()
    assert found["travellers"][0]["surname"] == "ZIVODRAGICH"
    assert found["travellers"][0]["hit_id"] == str(desk.hit.pk)
    assert desk.stranger.get(f"/flights/{flight['id']}").status_code == 404
