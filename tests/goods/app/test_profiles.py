"""Risk profiles on goods: the starter profiles become drafts with their themes, run in shadow mode and in a
backtest, and raise hits for the officers of their theme."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
import pytest
from tests.apps.profiles.story import acting, in_force, submitted
from tests.goods.app.desk import PISTOL, Desk
from tests.goods.declared import EXPORTER, IMPORTER, NOW, SHOES, message

if TYPE_CHECKING:
    from vedette.apps.profiles.models import Version

pytestmark = pytest.mark.database


def _drafts(desk: Desk) -> dict[str, Version]:
    """The starter profiles as drafts of the analyst."""
    from vedette.apps.profiles import yaml_files
    from vedette.goods.starter import starter
    from vedette.profiles.files import dump

    with acting(desk.office.analyst):
        items = [yaml_files.yaml(f"{file.id}.yaml", dump(file)) for file in starter()]
        assert [item.refused for item in items] == [""] * len(items)
        for item in items:
            item.fields["basis"] = "Customs Code, article 12"
        return {one.profile.ref: one for one in yaml_files.take(desk.office.analyst, items)}


def _by_air(desk: Desk, lrn: str, minutes: int) -> None:
    """Parts of a pistol and shoes, by air."""
    at = NOW + dt.timedelta(minutes=minutes)
    stated = message(PISTOL, SHOES, lrn=lrn, at=at)
    of = stated.consignments[0]
    assert of.route is not None
    route = msgspec.structs.replace(of.route, mode="4")
    desk.put(
        msgspec.structs.replace(stated, consignments=(msgspec.structs.replace(of, route=route),)),
        at=at,
    )


def test_starter_profiles_keep_their_themes(desk: Desk) -> None:
    """An analyst without a theme gives the profile the first theme that the analyst has."""
    from vedette.apps.profiles import actions
    from vedette.goods.starter import starter

    drafts = _drafts(desk)
    assert {ref: one.theme for ref, one in drafts.items()} == {
        file.id: file.theme for file in starter()
    }
    analyst = desk.office.analyst
    analyst.themes = ["passengers", "small_arms"]
    with acting(analyst):
        fields = {"title": "x", "expression": "vague", "kind": "goods", "purpose": "border",
                  "basis": "law 1", "weight": 10}  # fmt: skip
        made = actions.begin_draft(analyst, {**fields, "theme": "strategic"})
        assert made.theme == "small_arms"
        assert actions.change_draft(analyst, made.pk, {"theme": "cash"}).theme == "small_arms"


def test_shadow_mode_backtest_and_hits_of_a_starter_profile(desk: Desk) -> None:
    """Shadow mode counts the parts by air and raises nothing; a backtest finds the same item; the active
    profile raises a hit that officers of small arms see and others do not."""
    from vedette.apps.approvals import actions as approvals
    from vedette.apps.hits.models import Reason
    from vedette.apps.profiles import actions, backtesting

    draft = _drafts(desk)["G-004"]
    with acting(desk.office.analyst):
        actions.shadow(desk.office.analyst, draft.pk, True)
    _by_air(desk, "LRN-2", 1)
    fires = desk.connection.execute(
        "SELECT g.number FROM profiles_shadowfire f JOIN goods_goodsitem g ON g.id = f.subject_id"
    ).fetchall()
    assert fires == [(PISTOL.number,)]
    assert "profile" not in {kind for kind, _, _ in desk.reasons()}
    with acting(desk.office.analyst):
        asked = actions.ask_backtest(desk.office.analyst, draft.pk, NOW.date(), NOW.date())
    assert backtesting.run_next(desk.connection)
    asked.refresh_from_db(using="intake")
    assert (asked.state, asked.result["fired"]) == ("done", 1)
    assert asked.result["judged"] >= 2
    approval = submitted(desk.office, draft)
    with acting(desk.office.supervisor):
        approvals.decide(desk.office.supervisor, approval.pk, True)
    _by_air(desk, "LRN-3", 2)
    reasons = Reason.objects.using("intake").filter(kind="profile")
    assert set(reasons.values_list("theme", flat=True)) == {"small_arms"}
    for themes, shown in ((["small_arms"], True), (["strategic"], False)):
        desk.connection.execute(
            "UPDATE accounts_user SET themes = %s WHERE role = 'officer'", [themes]
        )
        queue = desk.client().get("/?of=goods&kind=profile").content.decode()
        assert ("Spare parts of a pistol" in queue) == shown


def test_earlier_declarations_of_the_consignee_count(
    desk: Desk, connection: psycopg.Connection[Any]
) -> None:
    """Other declarations of the same importer, by its number, and those with a confirmed result; those of
    another organisation, of another importer, and the own items of a declaration do not count."""
    from vedette.apps.hits import actions

    fired = 'SELECT DISTINCT c.reference FROM hits_reason r JOIN hits_hit h ON h.id = r.hit_id' \
        ' JOIN goods_declarationclear c ON c.declaration_id = h.group_id' \
        " WHERE r.kind = 'profile' AND r.params ->> 'ref' = %s ORDER BY 1"  # fmt: skip
    about = {"kind": "goods", "theme": "global_shield", "purpose": "border", "weight": 40}
    two = in_force(desk.office, "consignee_declarations_12m >= 2", **about)
    known = in_force(desk.office, "consignee_confirmed_12m >= 1", **about)
    other = Desk(connection, "Other")
    for n in range(2):
        other.receive(SHOES, lrn=f"OTHER-{n}")
    stranger = msgspec.structs.replace(IMPORTER, identifiers=(), name="Autre SA")
    for n in range(2):
        desk.receive(SHOES, lrn=f"STRANGER-{n}", parties=(EXPORTER, stranger))
    [hit] = desk.hits()
    desk.decide("refer", hit)
    with acting(desk.people["officer"]):
        actions.record_result(desk.people["officer"], hit.pk, "confirmed")
    # The result was recorded now, and the workers of this test are at another time.
    later = NOW + dt.timedelta(hours=1)
    desk.receive(SHOES, lrn="LRN-2", at=later)
    desk.receive(SHOES, lrn="LRN-3", at=later)
    rows = {
        one.profile.ref: [ref for (ref,) in connection.execute(fired, [one.profile.ref])]
        for one in (two, known)
    }
    assert rows == {two.profile.ref: ["LRN-3"], known.profile.ref: ["LRN-2", "LRN-3"]}


def test_the_editor_offers_the_themes_of_goods(desk: Desk) -> None:
    page = desk.client("analyst").get("/profiles/new/?kind=goods").content.decode()
    assert '<select class="ctl" name="theme">' in page
    for theme in ("global_shield", "strategic", "small_arms"):
        assert f'value="{theme}"' in page
    other = desk.client("analyst").get("/profiles/new/?kind=traveller").content.decode()
    assert '<select class="ctl" name="theme">' not in other
