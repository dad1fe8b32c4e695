"""The pages with what the workers really write: counts, backtests, samples, evidence of a live hit."""

from __future__ import annotations

import datetime as dt
import os
from typing import Any

import psycopg
import pytest
from tests.apps.journal.scene import signed_in
from tests.apps.profiles.office import Office
from tests.apps.profiles.story import in_force
from tests.apps.profiles.test_backtest import NOW, story
from tests.apps.profiles.test_pages import path, text

from vedette.apps.hits.models import Hit
from vedette.apps.profiles import backtesting
from vedette.apps.profiles.models import Backtest

#: Before the first flight of the story.
FIRST = NOW.date() - dt.timedelta(days=4)
EXPRESSION = "documents >= 1 AND origin = 'ADD'"


@pytest.fixture
def clear_month(database: str) -> None:
    """The partitions of the days of the story are there and not masked. Emptying the tables does not bring
    back the partitions that a test of retention replaced."""
    with psycopg.connect(os.environ["DATABASE_URL_OWNER"], autocommit=True) as owner:
        for month in {day.replace(day=1) for day in (FIRST, NOW.date())}:
            owner.execute(f"DROP TABLE IF EXISTS retention_vault_passenger_{month:%Y_%m}")
            owner.execute("SELECT vedette_make_partitions('passenger', %s, 1)", [month])


@pytest.mark.usefixtures("clear_month")
def test_what_the_process_says_stands_on_the_page(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """A count while one writes, then a backtest with its groups and its sample, as asked on the pages."""
    version = in_force(office, EXPRESSION)
    story(connection, office)
    client = signed_in(office.analyst)
    client.post("/profiles/count/", {"expression": EXPRESSION, "n-r": "0"})
    count = Backtest.objects.using("intake").get(quick=True)
    assert backtesting.run_next(connection)
    said = text(client.get(f"/profiles/counts/{count.pk}/"))
    assert "The expression would have flagged 48 travellers out of 48" in said
    day = NOW.date().isoformat()
    asked = {"first": FIRST.isoformat(), "last": day}
    assert client.post(path(version, "backtest/"), asked).status_code == 302
    assert backtesting.run_next(connection)
    said = text(client.get(path(version)))
    assert "48 travellers evaluated" in said
    assert "groups concerned" in said.lower()
    test = Backtest.objects.using("intake").get(quick=False)
    given = {"purpose": "border", "case": "C-1"}
    sample = text(client.post(f"/profiles/backtests/{test.pk}/sample/", given))
    assert "20 travellers" in sample
    assert "DIOP" in sample


def test_a_live_hit_shows_its_conditions(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """Value and limit of each condition, as the worker stored them when the profile fired."""
    version = in_force(office, EXPRESSION)
    story(connection, office)
    hit = Hit.objects.using("intake").filter(reasons__kind="profile").first()
    said = text(signed_in(office.analyst).get(f"/hits/{hit.pk}/"))
    assert f"{version.profile.ref}, version 1" in said
    assert "≥ at least 1" in said
    assert "= agrees ADD" in said
