"""Publication: nothing by default, each action by two persons, and nothing but what the page shows."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.db import DatabaseError
from tests.apps.assistance.scene import Scene
from tests.shared import shared

from vedette.apps.assistance.actions import diagnostics, plans, publishing
from vedette.apps.assistance.actions.common import Refused
from vedette.apps.assistance.models import Action

GIVEN = {
    "reason": "Planted reason.", "owner": "Planted owner", "start": "2026-01-10", "due": "2027-06-30",
    "text": "Planted text.", "indicator": "Planted indicator", "currency": "EUR", "donor": "Fund A",
}  # fmt: skip


def _planned(scene: Scene) -> list[Action]:
    """Three accepted actions with the costs 111.11, 222.22 and 333.33, and one that is waived."""
    one = scene.frozen()
    scene.do("mm.contact", diagnostics.share, one.pk)
    scene.do("pp.leader", plans.propose, one.pk)
    rows = list(Action.objects.using("intake").order_by("position"))[:4]
    for number, row in enumerate(rows, 1):
        choice = "accepted" if number < 4 else "waived"
        cost = {"cost": f"{number * 111.11:.2f}"}
        scene.do("mm.contact", plans.decide, row.pk, choice, GIVEN | cost)
    return rows


def _report(scene: Scene, language: str = "en", who: str = "pp.coordinator") -> str:
    client = scene.client(who)
    answer = client.get(f"/assistance/{scene.request}/publication/report/?language={language}")
    assert answer["Content-Disposition"].startswith("attachment")
    content: str = answer.content.decode()
    return content


def test_an_action_is_published_by_two_persons(scene: Scene) -> None:
    """The provider requests, the Member releases; the report has the released actions only."""
    first, second, third, waived = (row.pk for row in _planned(scene))
    assert "111.11" not in _report(scene)
    with pytest.raises(Refused, match="no_action"):
        scene.do("mm.contact", publishing.release, scene.request, [first])
    assert scene.do("pp.coordinator", publishing.ask, scene.request, [first, second, waived]) == 2
    assert "111.11" not in _report(scene)
    with pytest.raises(Refused, match="role"):
        scene.do("pp.coordinator", publishing.release, scene.request, [first])
    assert scene.do("mm.contact", publishing.release, scene.request, [first, third]) == 1
    for language in ("en", "fr"):
        report = _report(scene, language).replace(",", ".")
        assert "111.11" in report
        assert "222.22" not in report
        assert "333.33" not in report
        assert "Planted" not in report
    scene.do("mm.contact", publishing.withdraw, scene.request, [first])
    assert "111.11" not in _report(scene)


def test_a_changed_action_is_released_again(scene: Scene) -> None:
    """A new decision of the Member withdraws the release."""
    row = _planned(scene)[0]
    scene.do("pp.coordinator", publishing.ask, scene.request, [row.pk])
    scene.do("mm.contact", publishing.release, scene.request, [row.pk])
    scene.do("mm.contact", plans.decide, row.pk, "accepted", GIVEN | {"cost": "999.99"})
    assert "999.99" not in _report(scene)
    assert Action.objects.using("intake").get(pk=row.pk).asked_by_id is None


def test_the_database_refuses_a_release_by_another_person(scene: Scene) -> None:
    """The coordinator can neither release nor change an action, and the Member cannot request."""
    row = _planned(scene)[0]
    at = dt.datetime.now(dt.UTC)
    for who, values in (
        ("pp.coordinator", {"released_at": at}),
        ("pp.coordinator", {"asked_at": at, "cost": 1}),
        ("mm.contact", {"asked_at": at, "released_at": at}),
    ):
        people: dict[str, Any] = {
            name.replace("_at", "_by"): scene.people[who] for name in values if name.endswith("_at")
        }
        with scene.by(who), pytest.raises(DatabaseError):
            Action.objects.filter(pk=row.pk).update(**values, **people)


def test_the_file_of_iati_passes_the_rules(scene: Scene, settings: Any) -> None:
    """Released costs are in the file, others are not, and no planted word; without the standard, or with an
    impossible reference, there is a message and no file."""
    first, second, *_ = (row.pk for row in _planned(scene))
    scene.do("pp.coordinator", publishing.ask, scene.request, [first, second])
    client, page = scene.client("pp.coordinator"), f"/assistance/{scene.request}/publication/iati/"
    settings.IATI = ""
    assert client.get(page, {"reference": "XM-DAC-12345"}).status_code == 422
    settings.IATI = str(shared("data", "iati"))
    assert client.get(page, {"reference": "XM-DAC-12345"}).status_code == 422
    scene.do("mm.contact", publishing.release, scene.request, [first])
    assert client.get(page, {"reference": "<x>"}).status_code == 422
    answer = client.get(page, {"reference": "XM-DAC-12345"})
    assert answer.status_code == 200
    found = answer.content.decode()
    assert re.findall(r"<value [^>]*>([^<]+)<", found) == ["111.11"]
    assert "Planted" not in found
    assert "Organisation mm" not in found
    shown = client.get(page.replace("iati/", "")).content.decode()
    assert "Planted" not in shown
