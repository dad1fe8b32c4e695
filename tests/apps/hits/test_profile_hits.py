"""Hits of risk profiles in the queue and on their page: words, conditions, the flood, the result."""

from __future__ import annotations

import datetime as dt
import html
import os
import re
from typing import Any

import psycopg
import pytest
from django.utils import translation
from tests.apps.journal.scene import signed_in
from tests.apps.profiles.scene import EVIDENCE, Scene

from vedette.apps.hits import floods, selectors, wording
from vedette.apps.hits.models import Event, Hit, Reason, Result
from vedette.apps.hits.selectors import Filters
from vedette.apps.subjects.kinds import app_kind

KIND = app_kind("traveller")


@pytest.fixture
def scene(database: str) -> Scene:
    """People, and no profile."""
    from tests.apps.profiles.scene import build

    return build()


def text(answer: Any) -> str:
    """What a page says, without its tags."""
    plain = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", html.unescape(plain))


def test_a_reason_of_a_profile_in_both_languages() -> None:
    """By its number and the title that the version had, translated where it is a starter profile's; its
    own icon."""
    params = {"ref": "P-014", "number": 3, "title": "Recently issued passport"}
    reason = Reason(kind="profile", params=params, contribution=24)
    told = {}
    for language in ("en", "fr"):
        with translation.override(language):
            told[language] = (
                wording.short(reason, KIND),
                wording.title(reason, KIND),
                wording.icon(reason),
            )
    assert told["en"] == (*["Profile P-014: Recently issued passport"] * 2, "profile")
    reason.params["title"] = "Von Hand geschrieben"
    assert wording.short(reason, KIND).endswith(": Von Hand geschrieben")
    assert told["fr"][0] == "Profil P-014\u00a0: Passeport récemment délivré"


def test_conditions_with_value_limit_and_sign() -> None:
    """Whom it spares stands before what it picks by; a limit beside its sign is a bare value."""
    with translation.override("en"):
        spared, held = wording.pairs(EVIDENCE, KIND)
    assert [(p.element, p.ours, p.sign, p.theirs) for p in spared["pairs"]] == [
        ("Crew", "no", "=", "no")
    ]
    (pair,) = held["pairs"]
    assert (pair.element, pair.ours, pair.sign) == (
        "Time from booking to departure",
        "39.5 hours",
        "<",
    )
    assert pair.theirs == "48 hours"
    with translation.override("fr"):
        assert wording.pairs(EVIDENCE, KIND)[1]["pairs"][0].theirs == "48 heures"


def test_results_name_a_profile_by_number_and_title(scene: Scene) -> None:
    """In the table of results of the supervisor's first page."""
    version = scene.active("Broken route")
    scene.hit(version, "DUPONT", "confirmed")
    said = text(signed_in(scene.world.users["supervisor"]).get("/home/"))
    results = said[said.index("Results of controls by list and profile") :]
    assert "P-001 Broken route profile" in results


def test_the_page_of_the_hit_tells_the_version(scene: Scene) -> None:
    """The card names the version with author, approver, basis and end, what it brought, and leads there."""
    version = scene.active("Broken route")
    hit = scene.hit(version, "DUPONT")
    answer = signed_in(scene.world.officer).get(f"/hits/{hit.pk}/")
    said = text(answer)
    for expected in (
        "Profile P-001: Broken route", "P-001, version 1", "Author F. Ndour, approved by K. Bâ",
        "Basis: fictitious law 2025-3, art. 12", "Condition of the profile", "39.5 hours",
        "The profile raised 1 hit in 90 days: nothing found 0, confirmed result 0,"
        " released without a control 0, open 1.",
    ):  # fmt: skip
        assert expected in said, expected
    assert f"/profiles/{version.profile_id}/1/" in answer.content.decode()
    sheet = signed_in(scene.world.officer).get(f"/hits/{hit.pk}/sheet/")
    assert "P-001, version 1" in text(sheet)
    queue = text(signed_in(scene.world.officer).get("/?kind=profile"))
    assert "Profile P-001: Broken route" in queue


def test_a_flood_of_a_profile_is_one_row_and_stopped_by_one_click(scene: Scene) -> None:
    """All are kept; the row counts them, leads to them and to the profile, and offers to suspend it."""
    version = scene.active("Broken route")
    hits = [scene.hit(version, f"DUPONT {n}") for n in range(3)]
    other = scene.hit(scene.active("Another"), "ROE")
    Hit.objects.using("intake").filter(pk__in=[h.pk for h in hits]).update(
        flood_profile_id=version.profile_id
    )
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"]) as worker:
        floods.count(worker, dt.datetime.now(dt.UTC))
    with scene.by("officer") as officer:
        page = selectors.page(Filters(), officer)
        seen = selectors.page(Filters(flood=version.profile_id.hex), officer)
    assert [row.hit.pk for row in page.rows] == [other.pk]
    assert [(f.profile, f.count) for f in page.floods] == [(version.profile_id, 3)]
    assert {row.hit.pk for row in seen.rows} == {h.pk for h in hits}
    answer = signed_in(scene.second).get("/")
    said = text(answer)
    assert "Flood: 3 hits from Profile P-001: Broken route" in said
    assert f'formaction="/profiles/{version.profile_id}/suspend/"' in answer.content.decode()
    assert "Suspend the profile" not in text(signed_in(scene.world.officer).get("/"))
    assert (
        signed_in(scene.second).post(f"/profiles/{version.profile_id}/suspend/").status_code == 302
    )
    assert "suspended" in text(signed_in(scene.second).get("/"))


def test_what_the_control_brought(scene: Scene) -> None:
    """Asked of a decided hit that was more than released; mildest first, nothing chosen; in the history."""
    version = scene.active("Broken route")
    hit, released = scene.hit(version, "DUPONT"), scene.hit(version, "ROE", "release")
    officer = signed_in(scene.world.officer)
    assert "Enter the result of the control" not in text(officer.get(f"/hits/{hit.pk}/"))
    assert "Enter the result of the control" not in text(officer.get(f"/hits/{released.pk}/"))
    scene.answer(hit, "nothing")
    page = officer.get(f"/hits/{hit.pk}/").content.decode()
    assert page.index('value="nothing"') < page.index('value="confirmed"')
    assert " checked>" not in page
    answer = officer.post(f"/hits/{hit.pk}/result/", {})
    assert answer.status_code == 422
    assert "Choose one of the two" in text(answer)
    assert officer.post(f"/hits/{hit.pk}/result/", {"outcome": "confirmed"}).status_code == 302
    said = text(officer.get(f"/hits/{hit.pk}/"))
    assert "Result of the control: confirmed result" in said
    assert "Control carried out: confirmed result." in said
    assert Result.objects.using("intake").filter(hit=hit.pk).count() == 2
    assert Event.objects.using("intake").filter(hit=hit.pk, kind="result").count() == 2
    assert officer.post(f"/hits/{released.pk}/result/", {"outcome": "nothing"}).status_code == 409
