"""The vocabulary, code lists, the standing report, the random control."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter

from tests.apps.journal.scene import signed_in
from tests.apps.profiles.scene import Scene
from tests.apps.profiles.test_pages import text

from vedette.apps.accounts.models import Act
from vedette.apps.hits import fairness
from vedette.apps.profiles import actions, selectors
from vedette.apps.profiles.models import CodeList, DrawDay, DrawLane
from vedette.kinds import kind


def test_the_vocabulary_in_both_languages(scene: Scene) -> None:
    """By kind of fact, with type, unit, source, and what is restricted; found by words of either."""
    client = signed_in(scene.world.officer)
    said = text(client.get("/profiles/vocabulary/?ground=person"))
    for expected in ("nationality", "restricted", "years", "Nationalité"):
        assert expected in said, expected
    assert "carrier" not in said
    assert "Transporteur" in text(client.get("/profiles/vocabulary/?q=transporteur"))
    assert "No fact matches these words" in text(client.get("/profiles/vocabulary/?q=religion"))
    said = text(client.get("/profiles/vocabulary/?ground=language"))
    assert "COALESCE" in said
    assert "IS MISSING" in said
    for ground in ("journey", "nonsense"):
        assert len(client.get(f"/profiles/vocabulary/?ground={ground}").content) < 36_000


def test_code_lists(scene: Scene) -> None:
    """Made, changed, over after their day; capitals, and each code once."""
    client = signed_in(scene.analyst)
    assert "No code list yet" in text(client.get("/profiles/lists/"))
    answer = client.post("/profiles/lists/edit/", {"name": "two words;", "codes": ""})
    assert answer.status_code == 422
    assert "only letters, digits" in text(answer)
    given = {"name": "conflict_2026", "codes": "add, ADD\nxyz", "until": "2020-01-01"}
    assert client.post("/profiles/lists/edit/", given).status_code == 302
    assert CodeList.objects.using("intake").get().codes == ["ADD", "XYZ"]
    assert "expired: no condition on this list is met" in text(client.get("/profiles/lists/"))
    page = client.get("/profiles/lists/edit/?name=conflict_2026")
    assert "ADD\nXYZ" in page.content.decode()
    given = {"name": "other", "codes": "B", "until": ""}
    client.post("/profiles/lists/edit/?name=conflict_2026", given)
    one = CodeList.objects.using("intake").get()
    assert (one.name, one.codes, one.until) == ("conflict_2026", ["B"], None)
    assert client.get("/profiles/lists/edit/?name=nowhere").status_code == 404


def test_the_standing_report_tells_groups_and_hides_the_small(full: Scene) -> None:
    """Hits and false hits by nationality, sex, age, script; a hit counts once; groups below five are
    told together; nobody is named."""
    with full.by("officer"):
        found = selectors.report(90)
    assert (found.all.hits, found.all.nothing, found.all.confirmed, found.all.open) == (6, 3, 1, 2)
    assert {by.column: list(by.groups) for by in found.by} == {
        "nationality": ["CHE"], "sex": ["M"], "age": ["45"], "script": ["LATIN"],
    }  # fmt: skip
    answer = signed_in(full.world.users["dpo"]).get("/profiles/standing/?days=30")
    said = text(answer)
    assert "nothing found in 75% of 4 answers" in said
    assert "45 to 64 years 6 2 3 1 –" in said, "so few say nothing as a share"
    assert b"DUPONT" not in answer.content
    assert Act.objects.using("intake").get(act="profile.standing_seen").detail == {"days": 30}


def test_no_hit_yet(scene: Scene) -> None:
    """An empty report says why."""
    said = text(signed_in(scene.analyst).get("/profiles/standing/?days=x"))
    assert "No hit by a profile" in said


def test_ending_a_profile_does_not_clear_its_record(scene: Scene) -> None:
    """The report is of what was raised in its days, whatever became of the version since."""
    version = scene.active("Broken route")
    scene.hit(version, "DUPONT", "nothing")
    with scene.by("supervisor") as user:
        actions.end(user, version.pk)
    with scene.by("officer"):
        found = selectors.report(90)
    assert (found.all.hits, found.all.nothing) == (1, 1)


def test_ages_fall_into_bands() -> None:
    """As in a backtest: under 18, 18 to 24, 25 to 44, 45 to 64, 65 and over."""
    ages = kind("traveller").bands["age"]
    assert [fairness.band(ages, age) for age in (0, 17, 18, 24, 25, 64, 65, 110)] == [
        "0", "0", "18", "18", "25", "45", "65", "65",
    ]  # fmt: skip


def test_the_random_control_can_be_checked(scene: Scene) -> None:
    """Promises before, keys after; the page says whether they agree, and how anybody checks it."""
    today = dt.datetime.now(dt.UTC).date()
    key = hashlib.sha256(b"key").digest()
    for days, revealed in ((-1, ""), (0, ""), (1, key.hex()), (2, "00" * 32)):
        DrawDay.objects.using("intake").create(
            organisation=scene.world.organisation, day=today - dt.timedelta(days=days),
            promise=hashlib.sha256(key).hexdigest(), revealed=revealed,
        )  # fmt: skip
    said = text(signed_in(scene.world.officer).get("/profiles/draw/"))
    assert said.count("not published yet") == 2
    assert "sha256sum" in said
    assert " yes " in said
    assert " no " in said
    assert "Change a lane" not in said, "an officer reads"


def test_a_lane_needs_a_law(scene: Scene) -> None:
    """Without a basis nobody is drawn; a rate is a share in percent."""
    client = signed_in(scene.analyst)
    lane = {"lane": "physical", "rate": "0.5", "basis": ""}
    answer = client.post("/profiles/draw/", lane)
    assert answer.status_code == 422
    assert "Without a law and an article, no random control takes place" in text(answer)
    assert client.post("/profiles/draw/", {**lane, "rate": "101"}).status_code == 422
    assert client.post("/profiles/draw/", {**lane, "basis": "code, art. 64"}).status_code == 302
    made = DrawLane.objects.using("intake").get()
    assert (made.lane, made.rate, made.basis) == ("physical", 0.005, "code, art. 64")
    assert "0.5%" in text(client.get("/profiles/draw/"))


def test_groups_that_are_hidden_are_not_told_by_the_sum() -> None:
    """Four left out of a sum that is shown are known all the same: another goes with them."""
    counted = {name: Counter(nothing=hits) for name, hits in (("0", 4), ("25", 8), ("45", 27))}
    groups = fairness._shown((0, 18, 25, 45, 65), counted, selectors._group)
    assert [(name, g.hits) for name, g in groups.items()] == [("45", 27), (fairness.OTHERS, 12)]
