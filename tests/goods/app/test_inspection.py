"""What an officer who controls goods is shown, and what the control changes for later declarations."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from tests.goods.declared import ACID, NOW, SHOES

if TYPE_CHECKING:
    from tests.goods.app.desk import Desk


@pytest.fixture
def desk(database: str) -> Any:
    from tests.goods.app.desk import Desk

    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        yield Desk(connection)


def test_the_sheet_of_a_control(desk: Desk) -> None:
    """Container, seals, masses, the checks with declared values, and the safety card of the match."""
    from tests.apps.profiles.story import acting

    from vedette.goods.app.inspection import sheet

    desk.receive(ACID)
    with acting(desk.people["officer"]):
        found = sheet(desk.item())
    assert found.title == "Industrial cleaning agent, nitric acid 68 %, drums"
    assert "CSQU3054383" in found.lines[0]
    assert found.seals == ["S-1"]
    assert {one.code for one in found.checks} == {"seal", "labels", "packages", "goods", "walls"}
    [(_, address)] = found.cards
    for language, words in (("en", "Nitric acid"), ("fr", "Acide nitrique")):
        page = desk.client(language=language).get(address)
        assert page.status_code == 200
        text = page.content.decode()
        assert words in text
        assert "7697-37-2" in text
        assert ("not reviewed" if language == "en" else "non relue") in text
    limit = desk.client(language="fr").get("/goods/cards/?q=nitrate d'ammonium").content.decode()
    assert "plus de 45,7 %" in limit.replace("\u202f", " ").replace("\xa0", " ")
    searched = desk.client().get("/goods/cards/?q=nitric acd").content.decode()
    assert "Nitric acid" in searched
    assert "No safety card found" in desk.client().get("/goods/cards/?q=zzzzzz").content.decode()


def test_a_random_control_counts_in_the_history(desk: Desk) -> None:
    """Goods without a hit: nothing found, or a finding, is known to the next declaration of the importer."""
    from tests.apps.profiles.story import acting, in_force

    from vedette.apps.enforcement.actions import controls
    from vedette.apps.hits.models import Reason

    about = {"kind": "goods", "theme": "global_shield", "purpose": "border"}
    nothing = in_force(desk.office, "consignee_nothing_found_12m >= 1", **about)
    found = in_force(desk.office, "consignee_confirmed_12m >= 1", **about)
    desk.receive(SHOES)
    desk.connection.execute(
        "INSERT INTO profiles_drawn (organisation_id, subject_id, lane, day, rate)"
        " VALUES (%s, %s, 'red', %s, 1)",
        [desk.office.id, desk.item(2), NOW.date()],
    )
    officer = desk.people["officer"]
    with acting(officer):
        due = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
        given = controls.Ordered(uuid.uuid4(), due, "Quay 4")
        order = controls.order(officer, desk.item(2), None, given)
        controls.finish(officer, order.pk, "nothing")
    later = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)

    def fired(of: Any) -> int:
        return Reason.objects.using("intake").filter(profile_version_id=of.pk).count()

    desk.receive(SHOES, lrn="LRN-2", at=later)
    assert (fired(nothing), fired(found)) == (1, 0)
    with acting(officer):
        controls.take_back(officer, order.pk)
        controls.finish(officer, order.pk, "found")
    desk.receive(SHOES, lrn="LRN-3", at=later)
    # The importer is a known case now. The open hit of the second declaration is therefore screened again.
    assert (fired(nothing), fired(found)) == (1, 2)
