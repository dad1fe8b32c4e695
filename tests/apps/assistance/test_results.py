"""The results framework: who records what, frozen periods, and what is published of it."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.db import DatabaseError
from tests.apps.assistance.scene import Scene
from tests.shared import shared

from vedette.apps.assistance.actions import publishing, results
from vedette.apps.assistance.actions.common import Refused
from vedette.apps.assistance.models import (
    AssistanceRequest,
    Attendance,
    Course,
    Indicator,
    IndicatorValue,
    Participant,
    ResultPeriod,
    Session,
)
from vedette.apps.assistance.selectors import results as selectors
from vedette.apps.columns import new_id
from vedette.apps.enforcement.selectors.controls import now

NEW = {
    "code": "R1", "title_en": "Posts", "title_fr": "Postes", "unit": "posts", "source": "entered",
    "baseline": "2", "target": "5", "baseline_on": "2025-01-10", "target_on": "2027-01-10",
}  # fmt: skip
VALUE = {"period": "m6", "on": "2025-07-10", "value": "4"}


def _add(scene: Scene, who: str = "pp.coordinator", **given: str) -> Indicator:
    made: Indicator = scene.do(who, results.add, new_id(), scene.request, NEW | given)
    return made


def _line(scene: Scene, who: str = "mm.contact") -> selectors.Line:
    with scene.by(who):
        return selectors.lines(AssistanceRequest.objects.get(pk=scene.request))[0]


def test_values_are_recorded_and_frozen(scene: Scene) -> None:
    """Parts add up, a new value withdraws the earlier one, and a frozen period does not change, also by
    SQL."""
    scene.approve()
    with pytest.raises(Refused, match="baseline_late"):
        _add(scene, baseline_on="2027-01-10")
    one = _add(scene)
    with pytest.raises(Refused, match="reference"):
        _add(scene, who="mm.contact")
    with pytest.raises(Refused, match="role"):
        scene.do("pp.coordinator", results.record, one.pk, VALUE)
    for given, problem in (
        ({"value": "x"}, "no_number"), ({"value": "1.234"}, "number"), ({"value": "1e99"}, "number"),
        ({"women": "1", "men": "2"}, "adds_up"), ({"regions": "North: 3"}, "adds_up"),
        ({"regions": "North: 2\nNorth: 2"}, "region_twice"), ({"on": "2199-01-01"}, "future"),
        ({"on": "2025-01-10"}, "before_baseline"), ({"period": "m7"}, "missing"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=problem):
            scene.do("mm.contact", results.record, one.pk, VALUE | given)
    parts = {"women": "3", "men": "1", "regions": "North: 1\nSouth: 3"}
    scene.do("mm.contact", results.record, one.pk, VALUE | parts | {"value": "4,00"})
    scene.do("mm.contact", results.record, one.pk, VALUE | parts)
    line = _line(scene)
    assert line.values["m6"] == 4
    assert str(line.achieved("m6")) == "66.7"
    assert line.sexes["m6"] == {"f": 3, "m": 1}
    assert line.regions["m6"] == {"North": 1, "South": 3}
    with pytest.raises(Refused, match="no_value"):
        scene.do("pp.coordinator", results.freeze, scene.request, "m12")
    scene.do("pp.coordinator", results.freeze, scene.request, "m6")
    with pytest.raises(Refused, match="frozen_period"):
        scene.do("mm.contact", results.record, one.pk, VALUE)
    with pytest.raises(DatabaseError, match="frozen_period"), scene.by("mm.contact") as user:
        IndicatorValue.objects.filter(period="m6", withdrawn_at__isnull=True).update(
            withdrawn_by_id=user.pk, withdrawn_at=now()
        )
    with pytest.raises(DatabaseError), scene.by("mm.contact"):
        ResultPeriod.objects.all().delete()
    with scene.by("oo.coordinator"):
        assert not Indicator.objects.exists()
        assert not IndicatorValue.objects.exists()
    for who in ("mm.contact", "pp.coordinator"):
        page = scene.client(who).get(f"/assistance/{scene.request}/results/").content.decode()
        assert "66.7" in page
        assert "North" in page
    assert (
        scene.client("oo.coordinator").get(f"/assistance/{scene.request}/results/").status_code
        == 404
    )
    answer = scene.client("mm.contact").post(
        f"/assistance/{scene.request}/results/act/",
        {
            "do": "record",
            "indicator": str(one.pk),
            "period": "m12",
            "value": "kept",
            "on": "2025-12-01",
        },
    )
    assert answer.status_code == 422
    assert 'value="kept"' in answer.content.decode()


def test_a_linked_indicator_is_counted(scene: Scene) -> None:
    """Persons who attended a half-day until the day, with corrections; the typed value is not used."""
    scene.approve()
    one = _add(scene, source="trained")
    home, by = scene.homes["pp"], scene.people["pp.coordinator"]
    rows: dict[str, Any] = {
        "organisation": home,
        "by_id": by.pk,
        "at": dt.datetime(2025, 6, 1, tzinfo=dt.UTC),
    }
    course = Course.objects.using("intake").create(
        code="C", title={"en": "C", "fr": "C"}, theme="aces", **rows
    )
    session = Session.objects.using("intake").create(
        course_id=course.pk, request_id=scene.request, first="2025-06-01", last="2025-06-01", place="P",
        language="en", **rows,
    )  # fmt: skip
    for number in range(7):
        person = Participant.objects.using("intake").create(
            organisation=home,
            session_id=session.pk,
            code=f"P{number}",
            name="",
            delete_at=rows["at"],
        )
        for minute, present in enumerate((True, number != 6)):
            Attendance.objects.using("intake").create(
                organisation=home, participant_id=person.pk, day="2025-06-01", half="am", present=present,
                by_id=by.pk, at=rows["at"] + dt.timedelta(minutes=minute),
            )  # fmt: skip
    scene.do("mm.contact", results.record, one.pk, VALUE | {"value": "99"})
    assert _line(scene).values["m6"] == 6
    scene.do("mm.contact", results.record, one.pk, VALUE | {"on": "2025-05-31"})
    assert _line(scene).values["m6"] == 0


def test_released_indicators_are_in_both_files(scene: Scene, settings: Any) -> None:
    """Not before the Member releases them; whole values only, and the file of IATI keeps the rules."""
    scene.approve()
    one, other = _add(scene), _add(scene, code="R2", title_en="Planted", title_fr="Planted")
    parts = {"regions": "Planted: 4"}
    scene.do("mm.contact", results.record, one.pk, VALUE | parts)
    scene.do("mm.contact", results.record, other.pk, VALUE | {"value": "3333"})
    AssistanceRequest.objects.using("intake").filter(pk=scene.request).update(state="mission")
    AssistanceRequest.objects.using("intake").filter(pk=scene.request).update(state="plan")
    settings.IATI = str(shared("data", "iati"))
    client, path = scene.client("pp.coordinator"), f"/assistance/{scene.request}/publication/"

    def files() -> tuple[str, str]:
        report = client.get(f"{path}report/?language=en").content.decode()
        answer = client.get(f"{path}iati/", {"reference": "XM-DAC-12345"})
        return report, answer.content.decode() if answer.status_code == 200 else ""

    scene.do("pp.coordinator", publishing.ask, scene.request, [], [one.pk, other.pk])
    assert "Posts" not in files()[0]
    assert files()[1] == ""
    with pytest.raises(Refused, match="role"):
        scene.do("pp.coordinator", publishing.release, scene.request, [], [one.pk])
    with pytest.raises(DatabaseError), scene.by("pp.coordinator") as user:
        Indicator.objects.filter(pk=one.pk).update(released_by_id=user.pk)
    scene.do("mm.contact", publishing.release, scene.request, [], [one.pk])
    report, iati = files()
    assert "Posts" in report
    assert "66.7" in report
    assert re.findall(r'<baseline [^>]*value="([^"]+)"', iati) == ["2.00"]
    assert re.findall(r'<(target|actual) value="([^"]+)"', iati) == [
        ("target", "5.00"),
        ("actual", "4.00"),
    ]
    for text in (report, iati):
        assert "Planted" not in text
        # A UUID in the text may contain the same digits.
        assert not re.search(r"(?<![0-9a-f-])3,?333(?![0-9a-f-])", text)
    # A later value was not released.
    scene.do("mm.contact", results.record, one.pk, VALUE | {"period": "m12", "value": "4444"})
    assert "Posts" not in files()[0]
    assert not re.search(r"(?<![0-9a-f-])4,?444(?![0-9a-f-])", "".join(files()))
    with pytest.raises(Refused, match="no_action"):
        scene.do("mm.contact", publishing.release, scene.request, [], [one.pk])
    scene.do("pp.coordinator", publishing.ask, scene.request, [], [one.pk])
    scene.do("mm.contact", publishing.release, scene.request, [], [one.pk])
    assert "4,444" in files()[0]
    scene.do("mm.contact", publishing.withdraw, scene.request, [], [one.pk])
    assert "Posts" not in files()[0]
