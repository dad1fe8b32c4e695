"""Lanes of clearance: criteria with a second person, the random control, the queue, and what a reader may
see."""

from __future__ import annotations

import datetime as dt
from typing import Any

import psycopg
import pytest
from tests.apps.profiles.story import acting, in_force
from tests.goods.app.desk import PISTOL, Desk
from tests.goods.declared import ACID, NOW, SHOES

pytestmark = pytest.mark.database

#: After the criteria of a test came into force.
LATER = NOW + dt.timedelta(hours=1)
ABOUT: dict[str, Any] = {"kind": "goods", "purpose": "border", "weight": 1}
EXAMPLE = """
Criteria "SHOES"; If ComCod = "6403" and CtyOrigCod = "PT" Then YellowLane IS 50; Endif;
Criteria "SUMS"; total := 3; Endif;
"""


@pytest.fixture
def desk(connection: psycopg.Connection[Any]) -> Desk:
    return Desk(connection)


def lanes(desk: Desk) -> dict[int, str]:
    """The lane of each item as the officer sees it, on the page of the item."""
    words = ("red", "yellow", "blue", "green")
    found = {}
    for number in (ACID.number, SHOES.number, PISTOL.number):
        if number is None:
            continue
        page = desk.client().get(f"/goods/{desk.item(number)}/").content.decode()
        found[number] = next(word for word in words if f">{word}:" in page)
    return found


def test_the_strictest_criterion_decides_the_lane(desk: Desk) -> None:
    """Criteria raise no hits; the page names the criterion; the queue has a filter; a reader sees only
    criteria of the own themes; without criteria there is no lane."""
    other = Desk(desk.connection, "Other")
    yellow = in_force(desk.office, "hs_heading = '6403'", **ABOUT, theme="strategic", lane="yellow")
    in_force(desk.office, "hs_chapter IN ('93', '64')", **ABOUT, theme="small_arms", lane="red")
    in_force(desk.office, "hs_chapter = '93'", **ABOUT, theme="global_shield", lane="blue")
    other.receive(SHOES, at=LATER)
    page = other.client().get(f"/goods/{other.item(2)}/").content.decode()
    assert "No clearance criterion was in force" in page
    desk.receive(ACID, SHOES, PISTOL, at=LATER)
    assert not [kind for kind, _, _ in desk.reasons() if kind == "profile"]
    assert lanes(desk) == {1: "green", 2: "red", 3: "red"}
    page = desk.client("supervisor").get(f"/goods/{desk.item(2)}/").content.decode()
    assert "this criterion determines the lane" in page
    assert f"/profiles/{yellow.profile_id}/" in page
    assert "a stricter lane applies" in page
    queue = {
        lane: desk.client().get(f"/?of=goods&lane={lane}").content.decode()
        for lane in ("red", "green", "yellow")
    }
    assert "Spare parts of a pistol" in queue["red"]
    assert "Industrial cleaning agent" not in queue["red"]
    assert "Industrial cleaning agent" in queue["green"]
    assert "Spare parts of a pistol" not in queue["yellow"]
    desk.connection.execute(
        "UPDATE accounts_user SET themes = '{strategic}' WHERE role = 'officer'"
    )
    assert lanes(desk) == {1: "green", 2: "yellow", 3: "green"}


def test_a_share_and_the_random_rate_are_drawn_with_the_key_of_the_day(desk: Desk) -> None:
    """With a rate of 100 %, each new item is red, whatever the criteria say; a criterion with a share selects
    the items that the published key draws, and the same ones again when they are screened again."""
    from vedette.apps.profiles import actions, draws
    from vedette.commands.environment import keys
    from vedette.screening.draw import day_key, is_drawn

    version = in_force(
        desk.office, "hs_heading = '6403'", **ABOUT, theme="strategic", lane="blue", share=50.0
    )
    draws.keep_promises(desk.connection, keys(), LATER - dt.timedelta(days=1))
    for n in range(12):
        desk.receive(SHOES, lrn=f"S{n}", at=LATER)
    day = LATER.astimezone(dt.UTC).date()
    key = day_key(keys().key(keys().ids("draw")[-1]), desk.office.id, day.isoformat())
    rows = _rows(desk)
    assert len(rows) == 12
    ref = f"criterion:{version.profile.ref}"
    assert rows == {id_: is_drawn(key, ref, id_, 0.5) for id_ in rows}
    desk.connection.execute("UPDATE subjects_subject SET screen_again = true")
    desk.work(LATER + dt.timedelta(days=2))
    assert _rows(desk) == rows
    # A criterion out of sight gives no lane.
    one = next(iter(rows))
    assert "No clearance criterion" not in desk.client().get(f"/goods/{one}/").content.decode()
    themes = "UPDATE accounts_user SET themes = %s WHERE role = 'officer'"
    desk.connection.execute(themes, [["small_arms"]])
    assert "No clearance criterion" in desk.client().get(f"/goods/{one}/").content.decode()
    desk.connection.execute(themes, [["small_arms", "strategic"]])
    with acting(desk.office.supervisor):
        actions.set_lane(desk.office.supervisor, "red", 1.0, "law 12")
    desk.receive(PISTOL, lrn="NEW", at=LATER + dt.timedelta(minutes=1))
    page = desk.client("officer", "fr").get(f"/goods/{desk.item(3)}/").content.decode()
    assert "tiré au sort" in page


def _rows(desk: Desk) -> dict[Any, bool]:
    return dict(desk.connection.execute("SELECT subject_id, selected FROM goods_lane").fetchall())


def test_criteria_of_asycuda_become_drafts(desk: Desk) -> None:
    """One draft with its lane and its share, and the reason and the line of what is refused; a second person
    is needed; the page lists them."""
    from vedette.apps.profiles.models import Version

    client = desk.client("analyst")
    page = client.post("/goods/lanes/", {"text": EXAMPLE}).content.decode()
    assert "1 criterion was imported as a draft" in page
    assert "Line 3:" in page
    [draft] = Version.objects.using("intake").exclude(lane="")
    assert (draft.lane, draft.share, draft.state) == ("yellow", 50.0, "draft")
    assert (
        draft.expression == "(hs_heading = '6403') AND (origin = 'PT')"
        or "hs_heading" in draft.expression
    )
    shown = desk.client("auditor", "fr").get("/goods/lanes/").content.decode()
    assert "SHOES" in shown
    assert "jaune : contrôle documentaire" in shown or "jaune" in shown
    assert 'name="text"' not in shown
    refused = client.post("/goods/lanes/", {"text": "nothing", "fields": "X nothing"})
    assert refused.status_code == 422
    assert desk.client("officer").post("/goods/lanes/", {"text": EXAMPLE}).status_code == 403
    # A file of the criterion keeps the lane, so that it does not become a profile that raises hits.
    file = client.get(f"/profiles/{draft.profile_id}/1/profile.yaml").content.decode()
    assert "lane: yellow" in file
    assert "share: 50" in file
    edit = client.get(f"/profiles/{draft.profile_id}/1/edit/").content.decode()
    assert '<option value="yellow" selected>' in edit


def test_the_results_of_each_lane_are_compared_with_the_random_draw(desk: Desk) -> None:
    """Items, controls and confirmed results of each lane, with the interval; the items of the random draw are
    a row of their own; a reader of another theme sees only his criteria and results."""
    from vedette.apps.hits import actions as hits
    from vedette.apps.profiles import actions, draws
    from vedette.commands.environment import keys
    from vedette.goods.app.lanes import by_lane

    in_force(desk.office, "hs_chapter = '93'", **ABOUT, theme="small_arms", lane="red")
    in_force(desk.office, "hs_heading = '6403'", **ABOUT, theme="strategic", lane="yellow")
    draws.keep_promises(desk.connection, keys(), LATER - dt.timedelta(days=1))
    desk.receive(ACID, SHOES, PISTOL, at=LATER)
    outcomes = {desk.item(1): "nothing", desk.item(3): "confirmed"}
    for hit in desk.hits():
        desk.decide("refer", hit)
        with acting(desk.people["officer"]):
            hits.record_result(desk.people["officer"], hit.pk, outcomes[hit.subject_id])
    with acting(desk.office.supervisor):
        actions.set_lane(desk.office.supervisor, "red", 1.0, "law 12")
    desk.receive(PISTOL, lrn="NEW", at=LATER + dt.timedelta(minutes=1))

    def rows() -> list[tuple[Any, ...]]:
        with acting(desk.people["officer"]):
            return [
                ("random" if one.random else one.lane, one.items, one.controls, one.results)
                for one in by_lane()
            ]

    assert rows() == [
        ("random", 1, 0, 0), ("red", 1, 1, 1), ("yellow", 1, 0, 0), ("blue", 0, 0, 0), ("green", 1, 1, 0),
    ]  # fmt: skip
    for language, words in (("en", "Results by lane"), ("fr", "Résultats par circuit")):
        client = desk.client("supervisor", language)
        assert words in client.get("/goods/lanes/").content.decode()
        shown = client.get("/goods/lanes/results/").content.decode()
        assert shown.count("<tr>") == 6
        assert ("100%" if language == "en" else "100\u202f%") in shown.replace("\xa0", "\u202f")
    desk.connection.execute(
        "UPDATE accounts_user SET themes = '{strategic}' WHERE role = 'officer'"
    )
    from vedette.apps.accounts.models import User

    desk.people["officer"] = User.objects.get(pk=desk.people["officer"].pk)
    assert [row[3] for row in rows()] == [0] * 5
