"""Requests for assistance: the way to a frozen diagnostic, who may do what, and what others do not see."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest
from django.db import DatabaseError
from tests.apps.assistance.scene import TEXTS, WHY, Scene

from vedette.apps.assistance.actions import diagnostics, requests
from vedette.apps.assistance.actions.common import Refused
from vedette.apps.assistance.models import AssistanceRequest, Diagnostic, Entry, FileAssessment
from vedette.assistance import banks, snapshots


def test_from_the_request_to_a_frozen_diagnostic(scene: Scene) -> None:
    """Request, assessment on file, approval by another person, mission, answers of both sides, freeze by two
    persons, signature by a worker."""
    one = scene.frozen()
    assert scene.one().state == "mission"
    assert one.state == "frozen"
    assert snapshots.verify(one.snapshot).problems == ()
    assert len([name for name in one.snapshot["parts"] if name.startswith("answer:")]) == 70
    assert scene.work() == 0


def test_nobody_approves_without_an_assessment_or_his_own(scene: Scene) -> None:
    """The action and the database refuse it."""
    scene.create()
    scene.do("mm.contact", requests.send, scene.request)
    with pytest.raises(Refused, match="assessment"):
        scene.do("pp.second", requests.decide, scene.request, True, WHY)
    with (
        scene.by("pp.second") as user,
        pytest.raises(DatabaseError, match="assistance: assessment"),
    ):
        AssistanceRequest.objects.update(state="approved", approved_by=user)
    scene.do("pp.coordinator", requests.assess, scene.request, "First version.")
    scene.do("pp.other", requests.assess, scene.request, "Second version.")
    for author in ("pp.coordinator", "pp.other"):
        with pytest.raises(Refused, match="own"):
            scene.do(author, requests.decide, scene.request, True, WHY)
        with scene.by(author) as user, pytest.raises(DatabaseError, match="assistance: own"):
            AssistanceRequest.objects.update(state="approved", approved_by=user)
    with scene.by("pp.coordinator"), pytest.raises(DatabaseError, match="assistance: role"):
        AssistanceRequest.objects.update(state="approved", approved_by=scene.people["pp.second"])
    scene.do("pp.second", requests.decide, scene.request, True, WHY)
    assert scene.one().state == "approved"


def test_a_refusal_is_answered_and_sent_again(scene: Scene) -> None:
    """The Member reads the reason; without an answer it cannot send the request again."""
    scene.create()
    scene.do("mm.contact", requests.send, scene.request)
    scene.do("pp.coordinator", requests.assess, scene.request, "The facts are missing.")
    scene.do(
        "pp.second", requests.decide, scene.request, False, "State the facts, please: how many?"
    )
    with pytest.raises(Refused, match="missing"):
        scene.do("mm.contact", requests.send, scene.request)
    scene.do("mm.contact", requests.edit, scene.request, TEXTS | {"answer": "12 of 40 samples."})
    scene.do("mm.contact", requests.send, scene.request)
    assert scene.one().state == "sent"


def test_first_pages_name_who_must_act(scene: Scene) -> None:
    """A request waits for the contact point as a draft, and for the coordinator after it was sent. Another
    organisation does not see it."""

    def shown(who: str) -> tuple[str, ...]:
        page = scene.client(who).get("/home/").content.decode()
        figures = re.findall(r"<b>([^<]*)</b>([^<]*)</a>", page.split('<ul class="kpis')[1])
        number = next(n for n, words in figures if "for assistance" in words)
        return number, *re.findall(r"Must act: ([^<]*)</span>", page)

    scene.create()
    assert shown("mm.contact") == ("1", "Member&#x27;s contact point")
    assert shown("pp.coordinator") == ("0",)
    scene.do("mm.contact", requests.send, scene.request)
    assert shown("mm.contact") == ("0", "coordinator, second person")
    assert shown("pp.coordinator") == ("1", "coordinator, second person")
    assert shown("oo.contact") == ("0",)


def test_the_diagnostic_is_out_of_sight_for_others(scene: Scene) -> None:
    """The coordinator and other organisations get 404 for the diagnostic, as for one that does not exist;
    after the release, the coordinator reads it."""
    one = scene.frozen()
    pages = [f"/assistance/diagnostics/{one.pk}/", f"/assistance/diagnostics/{one.pk}/questions/1/"]
    for who in ("pp.coordinator", "pp.second", "oo.contact", "oo.coordinator", "mm.officer"):
        client = scene.client(who)
        for page in pages:
            assert client.get(page).status_code == 404, (who, page)
        assert client.get(pages[0].replace(str(one.pk), str(uuid.uuid4()))).status_code == 404
    for who in ("mm.contact", "pp.leader", "oo.assessor", "mm.dpo"):
        for page in pages:
            assert scene.client(who).get(page).status_code == 200, (who, page)
    scene.do("mm.contact", diagnostics.share, one.pk)
    assert scene.client("pp.coordinator").get(pages[0]).status_code == 200
    assert scene.client("pp.second").get(pages[0]).status_code == 404


def test_a_role_ends_with_its_time(scene: Scene) -> None:
    """After the end of the assignment the assessor sees neither the request nor the diagnostic."""
    one = scene.opened()
    row = one.request.assignments.using("intake").get(user=scene.people["oo.assessor"])
    scene.do("pp.coordinator", requests.end_assignment, row.pk)
    client = scene.client("oo.assessor")
    for page in (f"/assistance/{scene.request}/", f"/assistance/diagnostics/{one.pk}/"):
        assert client.get(page).status_code == 404


def test_two_answers_are_kept_and_the_leader_decides(scene: Scene) -> None:
    """Two answers that are based on nothing are both kept. The freeze waits for the decision, which is a
    third entry; the evidence of both stays."""
    one = scene.opened()
    first = scene.answer("oo.assessor", 1, 3, evidence=["observation: register A"])
    scene.answer("pp.leader", 1, 4, evidence=["interview: head of shift"])
    question = banks.example().questions[0].id
    with pytest.raises(Refused, match="conflicts"):
        scene.do("pp.leader", diagnostics.ask_freeze, one.pk)
    with pytest.raises(Refused, match="role"):
        scene.do("oo.assessor", diagnostics.decide, one.pk, question, first.pk, "Seen twice.")
    page = scene.client("pp.leader").get(f"/assistance/diagnostics/{one.pk}/").content.decode()
    assert "Answers that differ" in page
    made = scene.do("pp.leader", diagnostics.decide, one.pk, question, first.pk, "Seen twice.")
    assert made.value["level"] == 3
    assert made.value["evidence"] == ["interview: head of shift", "observation: register A"]
    assert Entry.objects.using("intake").count() == 3
    with scene.by("pp.leader"), pytest.raises(DatabaseError):
        Entry.objects.update(value={"level": 5})


def test_nobody_freezes_alone(scene: Scene) -> None:
    """Neither the action nor the database lets one person freeze, and a frozen diagnostic takes no answer."""
    one = scene.opened()
    scene.answer("oo.assessor", 1, 2)
    scene.do("pp.leader", diagnostics.ask_freeze, one.pk)
    with pytest.raises(Refused, match="own"):
        scene.do("pp.leader", diagnostics.confirm, one.pk)
    with scene.by("pp.leader") as user, pytest.raises(DatabaseError):
        Diagnostic.objects.update(state="confirmed", confirmed_by=user, confirmed_at=one.opened_at)
    with pytest.raises(Refused, match="frozen"):
        scene.answer("oo.assessor", 2, 1)
    scene.do("mm.contact", diagnostics.confirm, one.pk)
    scene.work()
    with scene.by("oo.assessor") as user, pytest.raises(DatabaseError):
        Entry.objects.create(
            organisation=user.organisation, diagnostic_id=one.pk, side="assessed", question="x", device="d",
            number=1, author=user, author_name="A", time=one.opened_at, at=one.opened_at, value={"level": 1},
        )  # fmt: skip


def test_the_leader_may_hide_the_self_assessment(scene: Scene) -> None:
    """An assessor then sees the Member's answer to a question only after the mission has answered it; scores
    do not reveal it either."""
    one = scene.opened()
    scene.answer("mm.contact", 2, 2, "self")
    scene.answer("oo.assessor", 2, 2)
    scene.do("pp.leader", diagnostics.hide_self, one.pk, True)
    before = _tables(scene, one)
    scene.answer("mm.contact", 1, 3, "self", evidence=["document: planted words"])
    client, page = scene.client("oo.assessor"), f"/assistance/diagnostics/{one.pk}/questions/1/"
    assert "planted words" not in client.get(page).content.decode()
    assert "planted words" in scene.client("mm.contact").get(page).content.decode()
    assert _tables(scene, one) == before
    scene.answer("oo.assessor", 1, 1)
    assert "planted words" in client.get(page).content.decode()


def _tables(scene: Scene, one: Diagnostic) -> list[str]:
    """The bodies of the tables that the assessor sees."""
    page = scene.client("oo.assessor").get(f"/assistance/diagnostics/{one.pk}/").content.decode()
    return re.findall("<tbody>.*?</tfoot>|<tbody>.*?</tbody>", page)


def test_answers_on_the_page(scene: Scene) -> None:
    """A level 3 without evidence is refused with a message, and what was typed stays; the form sent twice
    adds one entry; the next question follows."""
    one = scene.opened()
    client, page = scene.client("oo.assessor"), f"/assistance/diagnostics/{one.pk}/questions/1/"
    answer = client.post(page, {"level": "3", "reason": "typed before"})
    assert answer.status_code == 422
    assert "needs evidence" in answer.content.decode()
    assert "typed before" in answer.content.decode()
    sent = {"level": "3", "observation": "register", "entry": str(uuid.uuid4()), "go": "next"}
    for _ in range(2):
        answer = client.post(page, sent)
        assert answer.status_code == 302
        assert answer["Location"].endswith("/questions/2/")
    assert Entry.objects.using("intake").count() == 1
    assert "does not assess compliance" in client.get(page).content.decode()


def test_follow_ups_on_their_days_and_once(scene: Scene) -> None:
    """The clock shifted day by day over two years: each step on its day, nothing twice."""
    scene.mission()
    AssistanceRequest.objects.using("intake").update(state="mission")
    AssistanceRequest.objects.using("intake").update(state="plan")
    AssistanceRequest.objects.using("intake").update(state="followup")
    start = dt.datetime(2026, 8, 31, 9, tzinfo=dt.UTC)
    with scene.by("mm.contact") as user:
        requests.start_follow_up(user, scene.one(), start)
    days = {}
    for number in range(731):
        at = start + dt.timedelta(days=number)
        if done := scene.work(at):
            days[at.date().isoformat()] = done
    assert days == {
        "2027-02-28": 1, "2027-03-14": 1, "2027-03-30": 1,
        "2027-08-31": 1, "2027-09-14": 1, "2027-09-30": 1,
    }  # fmt: skip


def test_an_assessment_names_the_facts_on_file(scene: Scene) -> None:
    """The second request of a Member: the first one is a fact with its source and its date."""
    scene.frozen()
    first = scene.request
    scene.do("mm.contact", diagnostics.share, scene.diagnostic().pk)
    scene.request = uuid.uuid4()
    provider = scene.homes["pp"].pk
    scene.do("mm.contact", requests.create, scene.request, provider, TEXTS | {"reference": "D-2"})
    scene.do("mm.contact", requests.send, scene.request)
    scene.do("pp.coordinator", requests.assess, scene.request, "One earlier mission.")
    made = FileAssessment.objects.using("intake").get(request_id=scene.request)
    assert [fact["source"] for fact in made.facts] == ["request", "diagnostic"]
    assert first != scene.request


def test_the_way_to_the_mission_by_forms(scene: Scene) -> None:
    """Each person sends the forms that the pages show, and each page answers in each state."""
    made = str(scene.request)
    here = f"/assistance/{made}/"

    def send(who: str, path: str, **values: str) -> None:
        answer = scene.client(who).post(path, values)
        assert answer.status_code == 302, (who, values, answer.status_code)
        for other in ("mm.contact", "pp.coordinator", "pp.second", "pp.leader"):
            client = scene.client(other)
            for page in (here, f"{here}mission/"):
                assert client.get(page).status_code in (200, 404), (other, page)

    def act(who: str, **values: str) -> None:
        send(who, f"{here}act/", **values)

    def shown(who: str, path: str) -> str:
        [seen] = re.findall(
            r'name="seen" value="([^"]+)"', scene.client(who).get(path).content.decode()
        )
        return seen

    send("mm.contact", "/assistance/new/", id=made, provider=str(scene.homes["pp"].pk), **TEXTS)
    act("mm.contact", do="send")
    act("pp.coordinator", do="assess", text="Two earlier missions.")
    act("pp.second", do="approve", reason=WHY, seen=shown("pp.second", here))
    leader = scene.people["pp.leader"].pk
    until = (dt.datetime.now(dt.UTC) + dt.timedelta(days=60)).date().isoformat()
    act("pp.coordinator", do="name", user=str(leader), role="leader", until=until)
    act("pp.leader", do="declare", conflict="There is none.")
    row = scene.one().assignments.using("intake").get()
    old = shown("pp.coordinator", f"{here}mission/")
    act("pp.leader", do="declare", conflict="The Member pays my journey.")
    given = {"do": "check", "assignment": str(row.pk), "seen": old}
    late = scene.client("pp.coordinator").post(f"{here}act/", given)
    assert late.status_code == 422
    assert "The data changed in the meantime" in late.content.decode()
    act("pp.coordinator", **given | {"seen": shown("pp.coordinator", f"{here}mission/")})
    days = {"first": "2027-03-01", "last": "2027-03-05", "terms": "Visit five posts."}
    act("pp.coordinator", do="mission", **days)
    act("pp.leader", do="diagnostic")
    assert scene.one().state == "mission"
    assert scene.diagnostic().state == "open"
