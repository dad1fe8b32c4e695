"""The reply to a declaration: only after a person has decided, or for a random selection; never a reason."""

from __future__ import annotations

import datetime as dt
from typing import Any

import psycopg
import pytest
from tests.api.conftest import client_of
from tests.apps.profiles.story import acting, in_force
from tests.goods.app.desk import Desk
from tests.goods.declared import ACID, NOW, SHOES

pytestmark = pytest.mark.database
LATER = NOW + dt.timedelta(hours=1)
MRN = "26SN00000000000417"


@pytest.fixture
def desk(connection: psycopg.Connection[Any]) -> Desk:
    from vedette.apps.accounts.models import User, all_themes

    made = Desk(connection)
    connection.execute("UPDATE accounts_user SET themes = %s", [all_themes()])
    made.people = {one.role: User.objects.get(pk=one.pk) for one in made.people.values()}
    return made


def api(desk: Desk, role: str = "officer") -> Any:
    """The client of a person; a token is made once."""
    held: dict[str, Any] = desk.__dict__.setdefault("clients", {})
    if role not in held:
        held[role] = client_of(desk.people[role])
    return held[role]


def answer(desk: Desk) -> Any:
    made = api(desk).get(f"/declarations/{desk.declaration()}/reply")
    return made.json()["answer"] if made.status_code == 200 else made.status_code


def test_a_reply_follows_from_decisions_and_results_and_states_no_reason(desk: Desk) -> None:
    from vedette.apps.hits import actions

    desk.receive(ACID, SHOES, mrn=MRN)
    officer = desk.people["officer"]
    [hit] = desk.hits()
    address = f"/declarations/{desk.declaration()}/"
    assert answer(desk) == 204
    assert desk.client().get(f"{address}reply.edi").status_code == 404
    assert "There is no reply yet" in desk.client().get(address).content.decode()
    desk.decide("refer", hit)
    assert answer(desk) == "control"
    with acting(officer):
        actions.record_result(officer, hit.pk, "nothing")
    assert answer(desk) == "release"
    found = api(desk).post("/declarations/reply", {"reference": MRN}).json()
    assert (found["answer"], found["mrn"]) == ("release", MRN)
    assert set(found) == {"declaration", "answer", "at", "mrn", "lrn"}
    assert api(desk).post("/declarations/reply", {"reference": "none"}).status_code == 404
    for language, words in (("en", "The goods are released"), ("fr", "mainlevée")):
        assert words in desk.client(language=language).get(address).content.decode()
    sent = desk.client().get(f"{address}reply.edi")
    assert sent.content == api(desk).get(f"{address}reply.edi").content
    text = sent.content.decode("latin-1")
    assert "GIS+4'" in text
    assert f"RFF+ABT:{MRN}'" in text
    assert "nitric" not in text.lower()
    acts = desk.connection.execute("SELECT count(*) FROM accounts_act WHERE act = 'reply.see'")
    assert acts.fetchone() != (0,)


def test_documents_are_asked_for_in_the_yellow_lane(desk: Desk) -> None:
    in_force(
        desk.office, "hs_chapter = '34'", kind="goods", purpose="border", weight=1, theme="strategic",
        lane="yellow",
    )  # fmt: skip
    desk.receive(ACID, at=LATER)
    [hit] = desk.hits()
    desk.decide("refer", hit)
    assert answer(desk) == "documents"


def test_a_random_selection_is_answered_at_once(desk: Desk) -> None:
    from vedette.apps.profiles import actions, draws
    from vedette.commands.environment import keys

    draws.keep_promises(desk.connection, keys(), LATER - dt.timedelta(days=1))
    with acting(desk.office.supervisor):
        actions.set_lane(desk.office.supervisor, "red", 1.0, "law 12")
    desk.receive(SHOES, at=LATER)
    assert desk.hits() == []
    assert answer(desk) == "control"
    # The control found nothing: the goods are free, and the statistics of the lane count it.
    from vedette.apps.enforcement.models import ControlOrder

    user = desk.people["officer"].pk
    ControlOrder.objects.using("intake").create(
        organisation_id=desk.office.id, subject_id=desk.item(2), state="done", random=True, due_at=LATER,
        ordered_by_id=user, ordered_at=LATER, ended_by_id=user, ended_at=LATER, finding="nothing",
    )  # fmt: skip
    assert answer(desk) == "release"
    from vedette.goods.app.lanes import by_lane

    with acting(desk.people["officer"]):
        [random] = [one for one in by_lane() if one.random]
    assert (random.items, random.controls, random.results) == (1, 1, 0)


def test_a_declaration_without_a_decision_has_no_reply(desk: Desk) -> None:
    """A declaration without a hit and one with an undecided hit give the same answer."""
    desk.receive(SHOES)
    assert answer(desk) == 204


def test_only_who_sees_every_hit_reads_a_reply(desk: Desk) -> None:
    """A reader of one theme would see a release while a hit of another theme waits."""
    from vedette.apps.accounts.models import User

    desk.receive(ACID)
    desk.decide("release", desk.hits()[0])
    assert answer(desk) == "release"
    desk.connection.execute(
        "UPDATE accounts_user SET themes = '{strategic}' WHERE role = 'officer'"
    )
    desk.people["officer"] = User.objects.get(pk=desk.people["officer"].pk)
    assert answer(desk) == 403
    reference = {"reference": "LRN-1"}
    assert api(desk).post("/declarations/reply", reference).status_code == 403
    address = f"/declarations/{desk.declaration()}/"
    page = desk.client().get(address)
    assert page.status_code == 200
    assert "Reply to the declarant" not in page.content.decode()
    assert desk.client().get(f"{address}reply.edi").status_code == 403
    other = Desk(desk.connection, "Other")
    other.receive(ACID)
    assert desk.client("supervisor").get(f"/declarations/{other.declaration()}/").status_code == 404
    assert api(desk, "supervisor").get(
        f"/declarations/{other.declaration()}/reply"
    ).status_code == 404  # fmt: skip
