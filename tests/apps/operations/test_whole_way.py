"""One operation from the plan to the situation report, through the actions and the database's rules."""

from __future__ import annotations

import datetime as dt

import pytest
from tests.apps.operations.scene import Scene

from vedette.apps.operations.actions import reports
from vedette.apps.operations.actions.common import Refused
from vedette.apps.operations.models import Message, Operation, Report
from vedette.apps.operations.selectors import operations as selectors


def test_an_operation_from_plan_to_report(scene: Scene) -> None:
    """Call, acceptance, members, test, plans, second person, live, warning, answer, report."""
    scene.prepare()
    with scene.by("aa.coordinator"):
        assert selectors.missing(scene.one()) == []
    scene.approve()
    assert scene.one().state == Operation.State.LIVE
    warning = scene.warn()
    with scene.by("bb.contact") as user:
        assert [one.pk for one in selectors.unanswered(to=user.organisation_id)] == [warning.pk]
    scene.answer("bb.contact", warning.pk, "nothing", "Opened and weighed: as declared.")
    with scene.by("bb.contact"):
        assert not selectors.unanswered().exists()
    with scene.by("cc.contact"):
        assert not Message.objects.filter(pk=warning.pk).exists()
    scene.send("aa.post", "control")
    seizure = scene.send("bb.post", "seizure")
    assert seizure.sent_at is not None
    assert "person" not in seizure.values
    with scene.by("bb.contact") as user:
        assert Message.objects.get(pk=seizure.pk).nominal.values["person"] == "Jane Planted"
    with scene.by("aa.coordinator") as user:
        seen = Message.objects.get(pk=seizure.pk)
        assert seen.place == "Post 1"
        assert not hasattr(seen, "nominal")
        made = reports.draft(user, scene.operation, True)
        assert made.figures["controls"] == "4"
        assert made.figures["quantity.target.precursor.kg"] == "12.5"
        assert made.late == ["Customs of AA", "Customs of BB", "Customs of CC"]
    sent = scene.report("aa.coordinator", made, "Quiet day.")
    assert sent.state == Report.State.SENT
    with scene.by("aa.coordinator") as user, pytest.raises(Refused, match="stale"):
        reports.send(user, made.pk, made.known_at)
    with scene.by("bb.contact"):
        assert Report.objects.get(pk=made.pk).late == made.late
    with scene.by("bb.post"):
        assert not Report.objects.filter(pk=made.pk).exists()
    assert made.cutoff_at.astimezone(dt.UTC).hour == 18
