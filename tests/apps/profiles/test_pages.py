"""The table of profiles, the page of one, and what is done on it by whom."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.apps.journal.scene import signed_in
from tests.apps.profiles import scene as made
from tests.apps.profiles.scene import Scene

from vedette.apps.accounts.models import Act
from vedette.apps.profiles import selectors
from vedette.apps.profiles.models import Backtest, Version
from vedette.apps.profiles.selectors import Filters


def path(version: Version, act: str = "") -> str:
    """The address of a version, or of an act on it."""
    return f"/profiles/{version.profile_id}/{version.number}/{act}"


def text(answer: object) -> str:
    """What a page says, without its tags, on one line."""
    import html
    import re

    plain = re.sub(r"<[^>]+>", " ", answer.content.decode())  # type: ignore[attr-defined]
    return re.sub(r"\s+", " ", html.unescape(plain))


def stands(version: Version) -> str:
    """The state of a version as it is stored."""
    return Version.objects.using("intake").get(pk=version.pk).state


def test_the_table_tells_state_and_what_each_brought(full: Scene) -> None:
    """An officer sees at a glance which profiles run, which were right, which ask for a look."""
    answer = signed_in(full.world.officer).get("/profiles/")
    said = text(answer)
    assert "P-001 · Broken route, paid by another" in said
    # Six hits, two open, three with nothing found, one confirmed.
    assert "24 6 2 3 1 25%, interval 5 to 70%" in said
    assert "version 2 to be approved" in said
    for word in ("suspended", "draft", "ended"):
        assert word in said
    assert "New profile" not in said, "an officer reads"


@pytest.mark.parametrize(
    ("query", "refs"),
    [
        ("state=active", {"P-001"}),
        ("state=asked", {"P-001"}),
        ("state=draft", {"P-002", "P-003", "P-004"}),
        ("state=suspended", {"P-005"}),
        ("state=ended", {"P-006"}),
        ("state=hear", {"P-003"}),
        ("q=p-00", {"P-001", "P-002", "P-003", "P-004", "P-005", "P-006"}),
        ("q=cash", {"P-002"}),
        ("q=%25", set()),
        ("state=nonsense&page=x", {"P-001", "P-002", "P-003", "P-004", "P-005", "P-006"}),
    ],
)
def test_filters(full: Scene, query: str, refs: set[str]) -> None:
    """By state, by number, by words of the title; what makes no sense is left out."""
    said = text(signed_in(full.analyst).get(f"/profiles/?{query}"))
    assert {ref for ref in (f"P-00{n}" for n in range(1, 7)) if f"{ref} ·" in said} == refs


def test_nothing_yet(scene: Scene) -> None:
    """An empty table says why it is empty and who fills it."""
    said = text(signed_in(scene.analyst).get("/profiles/"))
    assert "No profile yet" in said
    assert "Import" in said
    said = text(signed_in(scene.analyst).get("/profiles/?state=active"))
    assert "Remove the filters" in said


def test_a_thousand_profiles_are_a_few_queries(scene: Scene) -> None:
    """A page is a page, however many there are; numbers are in their own order."""
    made.many(scene, 1000)
    with scene.by("analyst"), CaptureQueriesContext(connection) as queries:
        page = selectors.page(Filters())
        third = selectors.page(Filters(page=40))
    assert (page.counts["active"], page.total, len(page.rows)) == (1000, 1000, selectors.PAGE)
    assert third.rows[-1].version.profile.ref == "I-0999"
    assert len(queries) <= 10
    answer = signed_in(scene.analyst).get("/profiles/?page=2")
    assert len(answer.content) < 36_000
    assert "26 to 50 of 1,000" in text(answer)


def test_what_asks_for_review_is_marked(scene: Scene) -> None:
    """Below its floor, and near its end: on the table, on its page, and as a filter."""
    version = scene.active("Broken route", floor=50)
    for n in range(20):
        scene.hit(version, f"DUPONT {n}", "release")
    # The last second of that day: days are counted by the calendar, at 23:30 too.
    today = dt.datetime.now(dt.UTC).replace(hour=23, minute=59, second=59)
    soon = today + dt.timedelta(days=9)
    Version.objects.using("intake").filter(pk=version.pk).update(active_until=soon)
    client = signed_in(scene.analyst)
    said = text(client.get("/profiles/"))
    assert "ends in 9 days" in said
    assert "below the minimum" in said
    assert "1 active profile ends within 30 days" in said
    assert "P-001 ·" in text(client.get("/profiles/?state=ending"))
    Version.objects.using("intake").filter(pk=version.pk).update(
        active_until=soon + dt.timedelta(days=90)
    )
    scene.active("Well in its time", floor=50)
    assert "To be reviewed 1" in text(client.get("/profiles/"))
    said = text(client.get("/profiles/?state=review"))
    assert "P-001 ·" in said
    assert "Well in its time" not in said
    Version.objects.using("intake").filter(pk=version.pk).update(active_until=soon)
    said = text(client.get(path(version)))
    assert (
        "Among 20 hits with an answer, the share of confirmed hits is below the minimum of 50%"
        in said
    )
    assert "6. Review due" in said
    assert "Share of confirmed hits below the minimum (50%)" in said


def test_the_page_of_a_profile_says_all_a_lawyer_asks(full: Scene) -> None:
    """Plain reading, basis, purpose, author, approver, expiry; and in the other language on request."""
    version = full.versions["first"]
    client = signed_in(full.world.users["auditor"])
    said = text(client.get(path(version)))
    for expected in (
        "The profile does not flag a record if", "the traveller is a crew member",
        "The profile flags a record if all conditions are true", "less than 48 hours",
        "fictitious law 2025-3, art. 12", "Border and customs control", "F. Ndour", "K. Bâ",
        "Vocabulary 2026-11", "weight in the priority: 24", "Approved and active",
        "6 6.0 a day", "of 4 answers", "only 4 answers; the share is shown if there are at least 20 answers",
    ):  # fmt: skip
        assert expected in said, expected
    answer = client.get(path(version) + "?read=fr")
    assert "Le profil ne signale pas" in text(answer)
    assert 'lang="fr"' in answer.content.decode()
    assert len(answer.content) < 36_000
    act = Act.objects.using("intake").filter(act="profile.see").latest("at")
    assert act.subject == str(version.pk)


def test_the_backtest_says_how_many_and_how_often_right(full: Scene) -> None:
    """Figures, bars with a table, on whom it falls with intervals; beside those of the active version."""
    answer = signed_in(full.analyst).get(path(full.versions["asked"]))
    said = text(answer)
    for expected in (
        "131 1.4 a day (", "days with data), 0.032% (version 1: 144)", "79% of the 24 known cases",
        "25% of 76 answers, 95% interval: 17 to 36%", "3,112 0.7%", "Flagged cases by week",
        "Women 196,410 49 2.5", "other groups, fewer than 100 each", "Nationality: 4 groups, 1 differs",
    ):  # fmt: skip
        assert expected in said, expected
    page = answer.content.decode()
    assert page.count('class="b2"') == 13 + 1, "a bar a week, and the key"
    assert "style=" not in page


def test_a_backtest_of_other_words_says_so(scene: Scene) -> None:
    """Figures of an earlier wording are not passed off as those of the draft."""
    version = scene.draft("One way")
    scene.tested(version, content_hash="0" * 64)
    said = text(signed_in(scene.analyst).get(path(version)))
    assert "of an earlier wording" in said
    assert "The backtest used an earlier wording of the expression" in said


def test_a_running_backtest_shows_how_far_it_is_and_can_be_stopped(scene: Scene) -> None:
    """What is done of how much, and Stop; once over, the whole card comes in its place."""
    version = scene.draft("One way")
    test = scene.tested(version, state="running", done=300_000, total=800_000, result={})
    client = signed_in(scene.analyst)
    assert "300,000 of 800,000 rows read" in text(client.get(path(version)))
    answer = client.get(f"/profiles/backtests/{test.pk}/")
    assert "300,000 of 800,000" in text(answer)
    assert "HX-Retarget" not in answer
    assert client.post(f"/profiles/backtests/{test.pk}/stop/").status_code == 302
    assert Backtest.objects.using("intake").get(pk=test.pk).state == "cancelled"
    answer = client.get(f"/profiles/backtests/{test.pk}/")
    assert answer["HX-Retarget"] == "#backtest"
    assert "stopped before it was complete" in text(answer)


def test_a_failed_backtest_says_what_to_do(scene: Scene) -> None:
    """The kind of an error is stored; the page says a sentence."""
    version = scene.draft("One way")
    scene.tested(version, state="failed", failure="MemoryError", result={})
    assert "Choose fewer days" in text(signed_in(scene.analyst).get(path(version)))


def test_asking_for_a_backtest(scene: Scene) -> None:
    """Ninety days by default, within what is not masked; the same asked twice is one."""
    version = scene.draft("One way")
    client = signed_in(scene.analyst)
    page = client.get(path(version, "backtest/")).content.decode()
    today = dt.datetime.now(dt.UTC).date()
    assert f'value="{today.isoformat()}"' in page
    days = {"first": today.isoformat(), "last": today.isoformat()}
    for _ in range(2):
        assert client.post(path(version, "backtest/"), days).status_code == 302
    asked = Backtest.objects.using("intake").get()
    assert (asked.state, asked.quick, asked.content_hash) == (
        "waiting",
        False,
        version.content_hash,
    )
    answer = client.post(path(version, "backtest/"), {"first": "2001-01-01", "last": "2001-01-02"})
    assert answer.status_code == 422
    assert "Older data are masked" in text(answer)
    answer = client.post(path(version, "backtest/"), {**days, "last": "2999-01-01"})
    assert "in the future" in text(answer)
    assert signed_in(scene.world.officer).post(path(version, "backtest/"), days).status_code == 403


def test_the_sample_asks_for_a_purpose_and_shows_what_may_be_seen(full: Scene) -> None:
    """Journeys of a sample are travellers: a purpose and a case first, and an act that names both."""
    from vedette.apps.hits.models import Hit

    hit = Hit.objects.using("intake").first()
    test = Backtest.objects.using("intake").filter(version=full.versions["first"]).get()
    test.result["sample"] = [str(hit.subject_id), "0199f0d0-0000-7000-8000-000000000000"]
    test.save(using="intake")
    client = signed_in(full.analyst)
    address = f"/profiles/backtests/{test.pk}/sample/"
    page = client.get(address)
    assert b"DUPONT" not in page.content
    assert "State the purpose" in text(page)
    page = client.post(address, {"purpose": "border", "case": "C-1"})
    assert b"DUPONT" in page.content
    assert "1 other record is outside your scope" in text(page)
    act = Act.objects.using("intake").get(act="profile.sample_seen")
    assert act.detail["purpose"] == "border"
    assert signed_in(full.world.users["auditor"]).get(address).status_code == 403


def test_two_versions_side_by_side(full: Scene) -> None:
    """What changed in the expression and on the sheet, both readings, both backtests."""
    version = full.versions["asked"]
    answer = signed_in(full.analyst).get(f"/profiles/{version.profile_id}/compare/?from=1&to=2")
    page, said = answer.content.decode(), text(answer)
    assert page.count("<del>") == page.count("<ins>") == 3
    for expected in ("6 journeys or more", "4 journeys or more", "144", "131", "Weight"):
        assert expected in said, expected
