"""What SQL of the web role tries against the two persons of a decision, the owner of a row and the checks of
an account: the database refuses it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, models
from tests.apps.assistance.scene import TEXTS, WHY, Scene

from vedette.apps.accounts.models import User
from vedette.apps.assistance.actions import diagnostics, requests
from vedette.apps.assistance.actions.common import Refused
from vedette.apps.assistance.models import (
    Assignment,
    AssistanceRequest,
    Certificate,
    Course,
    Diagnostic,
    Expert,
    FileAssessment,
    FollowUp,
    Participant,
    Session,
)
from vedette.apps.enforcement.selectors.controls import now

DAY = dt.date(2027, 3, 1)


def _refused(scene: Scene, who: str, write: Callable[[User], Any]) -> None:
    with (
        scene.by(who) as user,
        pytest.raises(DatabaseError, match=r"assistance: |row-level security"),
    ):
        write(user)


def _add(of: type[models.Model], **columns: Any) -> models.Model:
    made = of(**columns)
    made.save(force_insert=True)
    return made


def test_a_new_declaration_is_checked_again(scene: Scene) -> None:
    """A person cannot change a declaration after its check; the own role that has ended is not changed."""
    scene.mission()
    scene.do("pp.leader", requests.declare, scene.request, "The Member pays my journey.")
    rows = Assignment.objects.using("intake")
    row = rows.get(user=scene.people["pp.leader"])
    assert (row.checked_at, row.checked_by_id) == (None, None)
    _refused(
        scene, "pp.coordinator",
        lambda user: Assignment.objects.filter(pk=row.pk).update(
            checked_by=scene.people["pp.other"], checked_at=now()
        ),
    )  # fmt: skip
    scene.do("pp.coordinator", requests.check_conflict, row.pk)
    until = now() + dt.timedelta(days=9)
    leader = scene.people["pp.leader"].pk
    scene.do("pp.coordinator", requests.name, scene.request, leader, "assessor", until)
    scene.do("pp.coordinator", requests.end_assignment, row.pk)
    scene.do("pp.leader", requests.declare, scene.request, "There is none.")
    assert rows.get(pk=row.pk).conflict == "The Member pays my journey."


def test_a_version_that_the_page_did_not_show_is_not_decided(scene: Scene) -> None:
    """A new assessment, or another request for a freeze, between the page and the click."""
    scene.create()
    scene.do("mm.contact", requests.send, scene.request)
    for text in ("One earlier mission.", "No earlier mission."):
        scene.do("pp.coordinator", requests.assess, scene.request, text)
    with pytest.raises(Refused, match="conflict"):
        scene.do("pp.second", requests.decide, scene.request, True, WHY, "1")
    scene.do("pp.second", requests.decide, scene.request, True, WHY, "2")
    assert scene.one().state == "approved"


def test_a_freeze_that_was_requested_again_is_confirmed_again(scene: Scene) -> None:
    """The answers changed between the two requests."""
    scene.opened()
    scene.answer("oo.assessor", 1, 2)
    one = scene.diagnostic().pk
    scene.do("pp.leader", diagnostics.ask_freeze, one)
    old = scene.diagnostic().asked_at
    assert old is not None
    scene.do("pp.leader", diagnostics.reopen, one)
    scene.answer("oo.assessor", 2, 0)
    scene.do("pp.leader", diagnostics.ask_freeze, one)
    with pytest.raises(Refused, match="conflict"):
        scene.do("mm.contact", diagnostics.confirm, one, old.isoformat())
    page = scene.client("mm.contact").get(f"/assistance/diagnostics/{one}/").content.decode()
    [seen] = re.findall(r'name="seen" value="([^"]+)"', page)
    scene.do("mm.contact", diagnostics.confirm, one, seen)
    assert scene.diagnostic().state == "confirmed"


def test_nobody_writes_the_other_person_of_a_freeze(scene: Scene) -> None:
    """The leader who requested a freeze does not become another person, alone or with the confirmation."""
    scene.opened()
    scene.answer("oo.assessor", 1, 2)
    one = Diagnostic.objects.filter(pk=scene.diagnostic().pk)
    scene.do("pp.leader", diagnostics.ask_freeze, scene.diagnostic().pk)
    other = scene.people["oo.assessor"]
    _refused(scene, "pp.leader", lambda user: one.update(asked_by=other))
    _refused(
        scene, "pp.leader",
        lambda user: one.update(
            asked_by=other, state="confirmed", confirmed_by=user, confirmed_at=now()
        ),
    )  # fmt: skip
    _refused(scene, "oo.assessor", lambda user: one.update(confirmed_by=user, confirmed_at=now()))
    scene.do("mm.contact", diagnostics.confirm, scene.diagnostic().pk)


def test_an_approval_names_the_user(scene: Scene) -> None:
    """The person of an earlier decision does not approve again; an author writes in the own name; without a
    step, nobody changes the reason or the time limit."""
    scene.create()
    scene.do("mm.contact", requests.send, scene.request)
    one, home = AssistanceRequest.objects.filter(pk=scene.request), scene.homes["pp"].pk
    _refused(
        scene, "pp.coordinator",
        lambda user: _add(
            FileAssessment, organisation_id=home, request_id=scene.request, number=1, text="First.",
            by=scene.people["pp.other"], by_name="Other", at=now(),
        ),
    )  # fmt: skip
    scene.do("pp.coordinator", requests.assess, scene.request, "First version.")
    scene.do("pp.second", requests.decide, scene.request, False, WHY)
    scene.do("mm.contact", requests.edit, scene.request, TEXTS | {"answer": "12 of 40 samples."})
    scene.do("mm.contact", requests.send, scene.request)
    _refused(scene, "pp.coordinator", lambda user: one.update(state="approved"))
    for who in ("pp.coordinator", "mm.contact"):
        _refused(scene, who, lambda user: one.update(reason="Another reason.", due_at=None))
        _refused(scene, who, lambda user: one.update(approved_by=None))
    scene.do("pp.second", requests.decide, scene.request, True, WHY)


def test_a_new_row_skips_no_step_and_belongs_to_its_organisation(scene: Scene) -> None:
    """An insertion is no way around a release, a check, an accreditation or the owner of a row."""
    scene.mission()
    own, request = {home: one.pk for home, one in scene.homes.items()}, scene.request
    _refused(
        scene, "pp.leader",
        lambda user: _add(
            Diagnostic, organisation_id=own["mm"], request_id=request, number=9, bank_version="1",
            opened_by=user, opened_at=now(), shared_at=now(),
        ),
    )  # fmt: skip
    for home in ("pp", "oo"):
        _refused(
            scene, "pp.coordinator",
            lambda user, home=home: _add(
                FollowUp, organisation_id=own[home], request_id=request, months=3, due_on=DAY
            ),
        )  # fmt: skip
    person = {"request_id": request, "user": scene.people["oo.contact"], "role": "assessor",
              "name": "Contact", "begins_at": now(), "ends_at": now() + dt.timedelta(days=9)}  # fmt: skip
    _refused(
        scene, "pp.coordinator",
        lambda user: _add(Assignment, organisation_id=own["pp"], **person),
    )  # fmt: skip
    _refused(
        scene, "pp.coordinator",
        lambda user: _add(
            Assignment, organisation_id=own["oo"], conflict="There is none.", declared_at=now(),
            checked_by=user, checked_at=now(), **person,
        ),
    )  # fmt: skip
    expert = {
        "organisation_id": own["oo"],
        "provider_id": own["pp"],
        "name": "Assessor",
        "at": now(),
    }
    for columns in ({"state": "recognised"}, {"state_until": DAY}, {"referees": [own["oo"]]}):
        _refused(
            scene, "oo.assessor",
            lambda user, columns=columns: _add(Expert, user=user, **expert, **columns),
        )  # fmt: skip
    with scene.by("oo.assessor") as user:
        _add(Expert, user=user, **expert)


def test_a_certificate_is_approved_by_another_person_of_its_organisation(scene: Scene) -> None:
    """The person who proposes names no approver; a trainer of another organisation does not move the
    certificate there; a holder does not decide; nobody revokes alone."""
    own, people = {home: one.pk for home, one in scene.homes.items()}, scene.people
    with scene.by("pp.coordinator") as user:
        course = _add(Course, organisation_id=own["pp"], code="C", title={}, theme=TEXTS["theme"],
                      by=user, at=now())  # fmt: skip
        session = _add(
            Session, organisation_id=own["pp"], course=course, first=DAY, last=DAY, place="Post",
            language="en", trainer=people["oo.assessor"], by=user, at=now(),
        )  # fmt: skip
    given = {"session": session, "user": people["pp.other"], "delete_at": now()}
    _refused(
        scene, "oo.assessor",
        lambda user: _add(Participant, organisation_id=own["oo"], code="P1", **given),
    )  # fmt: skip
    with scene.by("oo.assessor"):
        holder = _add(Participant, organisation_id=own["pp"], code="P1", **given)
    proposal = {"participant": holder, "course": course, "language": "en", "proposed_at": now()}
    _refused(
        scene, "oo.assessor",
        lambda user: _add(
            Certificate, organisation_id=own["pp"], proposed_by=user, approved_by=people["pp.other"],
            **proposal,
        ),
    )  # fmt: skip
    _refused(
        scene, "oo.assessor",
        lambda user: _add(Certificate, organisation_id=own["oo"], proposed_by=user, **proposal),
    )  # fmt: skip
    with scene.by("oo.assessor") as user:
        made = _add(Certificate, organisation_id=own["pp"], proposed_by=user, **proposal)
    one = Certificate.objects.filter(pk=made.pk)
    _refused(
        scene, "pp.other",
        lambda user: one.update(state="approved", approved_by=user, approved_at=now()),
    )  # fmt: skip
    with scene.by("oo.coordinator") as user:
        assert not one.update(state="approved", approved_by=user, approved_at=now())
    with scene.by("pp.coordinator") as user:
        one.update(state="approved", approved_by=user, approved_at=now())
    Certificate.objects.using("intake").filter(pk=made.pk).update(state="issued")
    _refused(
        scene, "pp.coordinator",
        lambda user: one.update(state="revoked", revoked_by=user, revoked_at=now()),
    )  # fmt: skip
    _refused(
        scene, "pp.coordinator",
        lambda user: one.update(
            state="revoked", revoked_by=user, revoke_asked_by=people["pp.other"], revoked_at=now()
        ),
    )  # fmt: skip
    with scene.by("pp.other") as user:
        one.update(revoke_asked_by=user)
    with scene.by("pp.coordinator") as user:
        one.update(state="revoked", revoked_by=user, revoked_at=now())
