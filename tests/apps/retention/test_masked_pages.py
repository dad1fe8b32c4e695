"""What pages and the API show of a masked traveller: that it is masked, when and by what; no value."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import psycopg
import pytest
from django.test import Client
from tests.apps.retention import old

from vedette.apps.accounts.models import User
from vedette.apps.retention import runs
from vedette.apps.retention.parts import leaves
from vedette.travellers.app.models import Journey

MONTH = old.month_ago(240)


@pytest.fixture
def client(database: str, tmp_path: Path) -> Client:
    """An officer at the desk; three travellers of a month that was masked, one with a decided hit."""
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        for part in leaves(connection, "retention_vault"):
            connection.execute("SELECT vedette_drop_vault(%s, %s)", part[1:])
        home = old.organisation(connection)
        old.partitions(MONTH)
        journey, *_ = old.travellers(connection, home, MONTH, 3)
        old.hit(journey, "release")
        runs.run(connection, old.keys(), old.month_keys(tmp_path), dt.datetime.now(dt.UTC))
    officer = User(username="desk", role="officer", organisation_id=home)
    officer.save(using="intake")
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(User.objects.get(pk=officer.pk))
    return client


@pytest.mark.parametrize("path", ["/hits/{hit}/", "/hits/{hit}/sheet/", "/travellers/{journey}/"])
def test_a_page_says_that_it_is_masked_and_by_which_profile(client: Client, path: str) -> None:
    """Day and profile, and what still works: the reasons, the decision, the flight."""
    journey = Journey.objects.using("intake").get(subject__hit__isnull=False)
    page = client.get(path.format(hit=journey.hit.pk, journey=journey.pk), follow=True)
    text = page.content.decode()
    assert page.status_code == 200
    assert "The data were masked on" in text
    assert "National template" in text
    assert "OLD" not in text
    if "hits" in path and "sheet" not in path:
        assert "Reason masked." in text


def test_the_manifest_counts_and_names_nobody(client: Client) -> None:
    """Three lines, each masked; links and the hit stay."""
    flight = Journey.objects.using("intake").first().flight_id
    text = client.get(f"/flights/{flight}/").content.decode()
    assert text.count("<bdi>masked</bdi>") == 3
    assert "OLD" not in text


def test_a_search_by_name_finds_nobody_masked_and_says_so(client: Client) -> None:
    """By document it finds the journey, by token, without a name."""
    asked = {"purpose": "terrorism", "case": "2026-114"}
    nobody = client.post("/travellers/", {**asked, "name": "OLDNAME1"})
    assert "The search finds only people whose data are not masked" in nobody.content.decode()
    assert b"OLDNAME1 Given" not in nobody.content
