"""What is counted of a profile is divided by what it was counted over."""

from __future__ import annotations

import datetime as dt
import os
from typing import Any

import psycopg
import pytest
from django.utils import timezone, translation
from tests.apps.profiles.scene import Scene

from vedette.apps.desk import statistics
from vedette.apps.hits.models import Reason
from vedette.apps.profiles import present, selectors, wording
from vedette.apps.profiles.models import Version, VersionEvent

DAY = dt.timedelta(days=1)


def began(version: Version, days: int, **more: Any) -> Version:
    """Active since so many days."""
    changed = {"active_from": timezone.now() - days * DAY, **more}
    Version.objects.using("intake").filter(pk=version.pk).update(**changed)
    version.refresh_from_db(using="intake")
    return version


def results(scene: Scene, version: Version) -> selectors.Results:
    """As its page has them."""
    with scene.by("analyst"):
        found = selectors.results(Version.objects.get(pk=version.pk))
    assert found is not None
    return found


def test_hits_a_day_are_of_the_days_that_it_ran(scene: Scene) -> None:
    """Four hits on the first day and nothing since are not four a day; a suspension counts for nothing,
    nor do days after its end."""
    version = began(scene.active("Broken route"), 10)
    for n in range(4):
        scene.hit(version, f"DUPONT {n}")
    Reason.objects.using("intake").update(created_at=timezone.now() - 10 * DAY)
    assert results(scene, version).per_day == pytest.approx(0.4, abs=0.01)
    for days, kind in ((8, "suspended"), (7, "suspended"), (6, "resumed"), (4, "suspended")):
        event = VersionEvent.objects.using("intake").create(
            organisation=version.organisation, version=version, kind=kind
        )
        with psycopg.connect(os.environ["DATABASE_URL_OWNER"]) as owner:
            owner.execute("ALTER TABLE profiles_versionevent DISABLE TRIGGER append_only")
            owner.execute(
                "UPDATE profiles_versionevent SET at = %s WHERE id = %s",
                [timezone.now() - days * DAY, event.pk],
            )
            owner.execute("ALTER TABLE profiles_versionevent ENABLE TRIGGER append_only")
    assert results(scene, version).per_day == pytest.approx(1.0, abs=0.01)
    began(version, 10, state="ended", ended_at=timezone.now() - 5 * DAY)
    assert results(scene, version).per_day == pytest.approx(4 / 3, abs=0.01)


def test_overlap_is_a_share_of_the_same_days(scene: Scene) -> None:
    """Two of the two hits of these 90 days, though it raised four before; other versions of the same
    profile are no other profile."""
    version, other = scene.active("Broken route"), scene.active("Paid by another")
    old = [scene.hit(version, f"DUPONT {n}") for n in range(4)]
    Reason.objects.using("intake").filter(hit__in=[hit.pk for hit in old]).update(
        created_at=timezone.now() - 100 * DAY
    )
    for n in range(2):
        hit = scene.hit(version, f"ROE {n}")
        Reason.objects.using("intake").create(
            organisation=version.organisation, hit=hit, kind="profile", contribution=5,
            key=f"profile:{other.profile_id}", profile_version_id=other.pk, theme="passengers",
            purpose="border", created_at=timezone.now(),
        )  # fmt: skip
    (overlap,) = results(scene, version).overlap
    assert (overlap.version.pk, overlap.both, overlap.share) == (other.pk, 2, 1.0)


def test_a_backtest_is_of_the_days_that_hold_somebody(scene: Scene) -> None:
    """Ninety days asked of ten that hold travellers: a day is one of the ten, here and in the drift."""
    version = began(scene.active("Broken route"), 10)
    for n in range(5):
        scene.hit(version, f"DUPONT {n}")
    result = {"fired": 5, "judged": 100, "unjudged": 0, "days_held": 10}
    test = scene.tested(version, days=91, result=result)
    with translation.override("en"):
        assert present.card(test, version)["per_day"] == "0.5"
    with scene.by("analyst"):
        live = Version.objects.get(pk=version.pk)
        now = selectors.brought([live.pk])[live.pk]
        assert selectors.drift(live, now, test) == pytest.approx(1.0, abs=0.01)


def test_a_precision_needs_answers(scene: Scene) -> None:
    """A backtest of before that was counted says no precision; it had taken who was never controlled for
    a miss."""
    version = scene.draft("Broken route")
    result = {"fired": 50, "judged": 100, "unjudged": 0, "confirmed": 2, "precision": [0.01, 0.1]}
    card = present.card(scene.tested(version, result=result), version)
    assert (card["precision"], card["answered"]) == ("–", 0)
    few = scene.tested(version, result={**result, "nothing": 6})
    assert present.card(few, version)["precision"] == "–"
    counted = scene.tested(version, result={**result, "nothing": 18})
    with translation.override("en"):
        assert present.card(counted, version)["precision"] == "10%"


def test_the_statistics_name_a_profile_by_its_title(scene: Scene) -> None:
    """Beside its reference, on the page and in the CSV file."""
    version = scene.active("Broken route")
    key = str(version.profile_id)
    with scene.by("analyst"):
        table = statistics._sources({"list": {}, "profile": {key: statistics.Line(key)}})
    [(line, _)] = table.lines
    assert (line.name, line.note) == (version.profile.ref, "Broken route")


def test_the_share_beside_a_hit_is_that_of_the_controls() -> None:
    """As in the statistics; releases are counted separately and do not lower the share."""
    now = selectors.Brought(hits=640, confirmed=99, nothing=540, open=1, released=441)
    with translation.override("en"):
        said = wording.brought(now, 90)
    assert "nothing found 99, confirmed result 99, released without a control 441" in said
    assert "Confirmed in 50% of the controls" in said
