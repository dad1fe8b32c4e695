"""From a frozen diagnostic to the difference of two: plan, course, attendance, certificate, check outside."""

from __future__ import annotations

import datetime as dt
import io
import random
import re
import zipfile
from typing import Any

import pytest
from django.db import DatabaseError
from tests.apps.assistance.scene import Scene

from vedette.apps.assistance.actions import diagnostics, plans, training
from vedette.apps.assistance.actions.common import Refused
from vedette.apps.assistance.models import (
    Action,
    Certificate,
    CertificateList,
    Course,
    FollowUp,
    Participant,
    Session,
)
from vedette.assistance import banks, certificates, packs
from vedette.assistance.plans import propose
from vedette.assistance.sheets import read_sheet

GIVEN = {
    "reason": "Priority of the plan.", "owner": "Legal service", "start": "2027-01-01", "due": "2027-06-30",
    "cost": "12 000,50", "currency": "eur", "donor": "Fund",
}  # fmt: skip
FIRST = dt.date(2027, 2, 1)


def _planned(scene: Scene) -> list[Action]:
    scene.do("pp.leader", plans.propose, scene.frozen().pk)
    return list(Action.objects.using("intake").order_by("position"))


def test_a_plan_is_decided_by_the_member_alone(scene: Scene) -> None:
    """Proposals equal the rule; none is accepted by default; only the Member decides; the plan is complete
    when every gap has an action or a waiver; the follow-ups then have their days."""
    rows = _planned(scene)
    answers = [
        {"question": one.id, "level": number % 4, "evidence": ["x"]}
        for number, one in enumerate(banks.example().questions, 1)
    ]
    truth = propose(read_sheet({"bank": banks.example().as_sheet(), "answers": answers}))
    assert [(row.question, row.points) for row in rows] == [
        (one.question.id, one.shown) for one in truth
    ]
    assert {row.state for row in rows} == {"proposed"}
    assert scene.one().state == "plan"
    with pytest.raises(Refused, match="undecided"):
        scene.do("mm.contact", plans.complete, scene.request)
    for who in ("pp.leader", "pp.coordinator"):
        with (
            scene.by(who) as user,
            pytest.raises(Exception, match=r"assistance.request|DoesNotExist"),
        ):
            plans.decide(user, rows[0].pk, "accepted", GIVEN)
    with scene.by("pp.leader") as user, pytest.raises(DatabaseError, match="assistance: role"):
        Action.objects.update(
            state="accepted", reason="x", decided_by=user, decided_at=user.date_joined
        )
    for field, value, code in (
        ("reason", "", "missing"), ("owner", "", "missing"), ("due", "2026-01-01", "order_of_days"),
        ("currency", "", "currency"), ("cost", "12 apples", "number"), ("start", "32.13.", "day"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=code):
            scene.do("mm.contact", plans.decide, rows[0].pk, "accepted", GIVEN | {field: value})
    for number, row in enumerate(rows):
        choice = "waived" if number % 2 else "accepted"
        scene.do("mm.contact", plans.decide, row.pk, choice, GIVEN)
    with pytest.raises(Refused, match="missing"):
        scene.do("mm.contact", plans.report_done, rows[0].pk, " ", "2027-03-01")
    scene.do("mm.contact", plans.report_done, rows[0].pk, "Register seen.", "2027-03-01")
    scene.do("mm.contact", plans.complete, scene.request)
    assert scene.one().state == "followup"
    assert [row.months for row in FollowUp.objects.using("intake").order_by("months")] == [6, 12]
    for language in ("en", "fr"):
        client = scene.client("mm.contact")
        client.cookies["django_language"] = language
        for by in ("owner", "donor", "area"):
            page = client.get(f"/assistance/{scene.request}/plan/?by={by}").content.decode()
            assert page.count('class="o-now"') == (len(rows) + 1) // 2
    assert (
        scene.client("pp.coordinator").get(f"/assistance/actions/{rows[0].pk}/").status_code == 404
    )


@pytest.mark.parametrize("seed", range(3))
def test_every_gap_has_a_decision_before_the_plan_is_complete(scene: Scene, seed: int) -> None:
    """In a drawn order, the plan is refused as complete before the last decision."""
    rows = _planned(scene)[:]
    Action.objects.using("intake").filter(pk__in=[row.pk for row in rows[6:]]).delete()
    drawn = random.Random(seed)
    drawn.shuffle(rows := rows[:6])
    for row in rows:
        with pytest.raises(Refused, match="undecided"):
            scene.do("mm.contact", plans.complete, scene.request)
        scene.do("mm.contact", plans.decide, row.pk, drawn.choice(("accepted", "waived")), GIVEN)
    scene.do("mm.contact", plans.complete, scene.request)


def _session(scene: Scene) -> Session:
    given = {"code": "C-1", "theme": "aces", "title_en": "Sampling", "title_fr": "Prélèvement"}
    course: Course = scene.do("pp.coordinator", training.create_course, given)
    days = {"first": str(FIRST), "last": "2027-02-02", "place": "Post 1", "language": "fr"}
    trainer = {"trainer": str(scene.people["pp.leader"].pk)}
    made: Session = scene.do("pp.coordinator", training.create_session, course.pk, days | trainer)
    return made


def _people() -> list[Participant]:
    return list(Participant.objects.using("intake").order_by("code"))


def _trained(scene: Scene) -> Session:
    one = _session(scene)
    scene.do(
        "pp.leader",
        training.add_participants,
        one.pk,
        "Ada Planted\n\nBruno Planted\nChloé Planted",
    )
    ada, bruno, chloe = (row.pk for row in _people())
    for day in (FIRST, FIRST + dt.timedelta(days=1)):
        for half in ("am", "pm"):
            present = [ada, chloe] if day == FIRST else [ada, bruno, chloe]
            scene.do("pp.leader", training.attend, one.pk, day, half, present)
    results = {ada: ("30", "80,5"), bruno: ("40", "90"), chloe: ("50", "59.9")}
    scene.do("pp.leader", training.record_tests, one.pk, results)
    return one


def _issued(scene: Scene) -> Certificate:
    one = _trained(scene)
    assert scene.do("pp.leader", training.propose_certificates, one.pk) == 1
    row = Certificate.objects.using("intake").get()
    scene.do("pp.coordinator", training.approve_certificate, row.pk)
    scene.work()
    return Certificate.objects.using("intake").get()


def _verdict(token: str, name: str, newest: CertificateList, at: dt.datetime | None = None) -> Any:
    trust = certificates.read_trust(newest.trust)
    found = certificates.verify(token, trust, newest.token, name, at or dt.datetime.now(dt.UTC))
    return found.status, found.reason


def test_a_certificate_from_attendance_and_test_to_the_check_outside(scene: Scene) -> None:
    """Only who meets both rules of the course is proposed; another person issues; a worker signs; the list
    names the certificate; a revocation by two persons is on the next list."""
    one = _issued(scene)
    assert one.state == "issued"
    newest = CertificateList.objects.using("intake").get()
    assert _verdict(one.token, "PLANTED, ada", newest) == ("valid", "")
    assert _verdict(one.token, "Bruno Planted", newest) == ("invalid", "other_name")
    assert len(one.token) <= certificates.MAX_TOKEN
    assert scene.work() == 0
    scene.do("pp.coordinator", training.ask_revocation, one.pk, "Issued by mistake.")
    with pytest.raises(Refused, match="own"):
        scene.do("pp.coordinator", training.revoke, one.pk)
    scene.do("pp.other", training.revoke, one.pk)
    scene.work()
    newest = CertificateList.objects.using("intake").order_by("-number")[0]
    assert newest.number == 2
    assert _verdict(one.token, "Ada Planted", newest) == ("invalid", "revoked")
    client = scene.client("pp.coordinator")
    page = client.get("/training/checker/")
    assert page["Content-Disposition"].startswith("attachment")
    assert newest.token in page.content.decode()
    pdf = client.get(f"/training/certificates/{one.pk}/pdf/")
    assert pdf.content.startswith(b"%PDF")
    assert "Planted" not in pdf["Content-Disposition"]


def test_nobody_issues_his_own_proposal(scene: Scene) -> None:
    """The coordinator who proposed a certificate cannot issue it, by the action or in the database; the web
    process cannot mark one as issued."""
    one = _trained(scene)
    scene.do("pp.coordinator", training.propose_certificates, one.pk)
    row = Certificate.objects.using("intake").get()
    with pytest.raises(Refused, match="own"):
        scene.do("pp.coordinator", training.approve_certificate, row.pk)
    with scene.by("pp.coordinator") as user, pytest.raises(DatabaseError):
        Certificate.objects.update(state="approved", approved_by=user, approved_at=user.date_joined)
    scene.do("pp.other", training.approve_certificate, row.pk)
    with scene.by("pp.other"), pytest.raises(DatabaseError):
        Certificate.objects.update(state="issued")


def test_results_are_out_of_sight(scene: Scene) -> None:
    """Another organisation, and a person without a role, get 404; a participant sees the own line only."""
    one = _issued(scene)
    session = one.participant.session_id
    Participant.objects.using("intake").filter(name="Ada Planted").update(
        user=scene.people["mm.officer"]
    )
    pages = [f"/training/sessions/{session}/", f"/training/certificates/{one.pk}/"]
    for who in ("oo.coordinator", "oo.assessor", "mm.contact", "pp.second"):
        for page in pages:
            assert scene.client(who).get(page).status_code in (403, 404), (who, page)
    assert scene.client("oo.coordinator").get(pages[1]).status_code == 404
    own = scene.client("mm.officer").get(pages[0]).content.decode()
    assert "Ada Planted" in own
    assert "Bruno Planted" not in own
    client = scene.client("mm.officer")
    assert client.get(pages[1]).status_code == 403
    assert client.get(f"/training/sessions/{session}/attendance/")["Location"] == pages[0]
    assert client.post(f"/training/sessions/{session}/attendance/", {}).status_code == 422
    copy = client.get(f"/training/sessions/{session}/certificate/")
    assert copy.content.startswith(b"%PDF")
    assert scene.client("oo.assessor").get(copy.request["PATH_INFO"]).status_code == 404
    with scene.by("mm.officer"), pytest.raises(DatabaseError):
        Participant.objects.update(post=100)


def test_attendance_on_the_page(scene: Scene) -> None:
    """The list of a half-day; a correction keeps the entry before; a half-day outside the session is
    refused."""
    one = _trained(scene)
    client, page = scene.client("pp.leader"), f"/training/sessions/{one.pk}/attendance/"
    bruno = _people()[1]
    shown = client.get(page + "?day=2027-02-01&half=am").content.decode()
    assert len(re.findall(r'name="present"[^>]*checked', shown)) == 2
    sent = {"day": "2027-02-01", "half": "am", "present": [str(row.pk) for row in _people()]}
    assert client.post(page, sent).status_code == 302
    assert [
        row.present
        for row in bruno.attendances.using("intake").filter(day=FIRST, half="am").order_by("at")
    ] == [False, True]
    assert client.post(page, sent | {"day": "2027-02-05"}).status_code == 422
    assert "Not shown: fewer than" in client.get(f"/training/sessions/{one.pk}/").content.decode()


def test_names_are_deleted_after_their_period(scene: Scene) -> None:
    """Three years after the session the worker deletes the names; the certificate still verifies."""
    one = _issued(scene)
    newest = CertificateList.objects.using("intake").get()
    later = dt.datetime(2030, 2, 2, tzinfo=dt.UTC)
    scene.work(later)
    assert {row.name for row in _people()} == {""}
    assert _verdict(one.token, "Ada Planted", newest) == ("valid", "")
    answer = scene.client("pp.coordinator").get(f"/training/certificates/{one.pk}/pdf/")
    assert answer["Location"] == f"/training/certificates/{one.pk}/"


def test_the_difference_of_two_diagnostics(scene: Scene) -> None:
    """A second diagnostic: its page names the questions that changed, and only those."""
    _planned(scene)
    scene.do("pp.leader", diagnostics.open_new, scene.request)
    for number in range(1, 71):
        scene.answer("oo.assessor", number, 4 if number == 7 else number % 4)
    scene.freeze()
    page = scene.client("mm.contact").get(
        f"/assistance/diagnostics/{scene.diagnostic().pk}/difference/"
    )
    changed = re.findall(r"/questions/(\d+)/", page.content.decode())
    assert changed == ["7"]
    assert scene.client("pp.coordinator").get(page.request["PATH_INFO"]).status_code == 404


def test_a_pack_on_the_page_and_as_a_zip(scene: Scene) -> None:
    """Sum, prerequisites and gaps; both folders in both languages; a course with the modules."""
    client = scene.client("pp.coordinator")
    query = "?general=BS-00&module=PGS-03&language=en&day=300"
    page = client.get("/training/pack/" + query).content.decode()
    assert "720 minutes of teaching" in page
    with zipfile.ZipFile(io.BytesIO(client.get("/training/pack/zip/" + query).content)) as made:
        names = made.namelist()
    assert len(names) == 2 * (1 + 2 * 4)
    sent = {"general": "BS-00", "module": ["PGS-03"], "day": "300", "code": "P-1", "theme": "aces",
            "title_en": "Pack", "title_fr": "Lot"}  # fmt: skip
    assert client.post("/training/pack/", sent).status_code == 302
    made_course = Course.objects.using("intake").get()
    assert [module["id"] for module in made_course.modules] == [
        "BS-00",
        "PGS-01",
        "PGS-02",
        "PGS-03",
    ]
    assert sum(one.module.minutes for one in packs.catalogue()) > 0
