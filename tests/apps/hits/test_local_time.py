"""Pages, paper and counts use the local time of the workplace; stored times stay in UTC."""

from __future__ import annotations

import datetime as dt
import os
import re
from pathlib import Path

import psycopg
import pytest
from django.conf import settings as configured
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.utils import timezone, translation
from tests.apps.hits import world as made
from tests.apps.hits.world import World

import vedette
from vedette.apps import display
from vedette.apps.desk import overview, statistics
from vedette.apps.hits import actions, selectors
from vedette.apps.hits.models import Hit
from vedette.apps.journal.selectors import Filters
from vedette.apps.oversight.selectors import spans
from vedette.web.settings import _zone

LATE = dt.datetime(2026, 11, 24, 20, 45, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("zone", "moment", "name", "offset"),
    [
        ("UTC", "24 Nov 2026 20:45", "UTC", "UTC+0"),
        ("Africa/Dakar", "24 Nov 2026 20:45", "Dakar", "UTC+0"),
        ("Asia/Kolkata", "25 Nov 2026 02:15", "Kolkata", "UTC+5:30"),
        ("America/Sao_Paulo", "24 Nov 2026 17:45", "Sao Paulo", "UTC−3"),
    ],
)
def test_times_and_their_zone(zone: str, moment: str, name: str, offset: str) -> None:
    """A time and its day are those of the workplace; local times of other places are unchanged."""
    with timezone.override(zone), translation.override("en"):
        assert display.moment(LATE) == moment
        assert f"{display.day(LATE)} {display.hour(LATE)}" == moment
        assert display.moment(LATE.replace(tzinfo=None)) == "24 Nov 2026 20:45"
        assert display.moment_utc(LATE) == "24 Nov 2026 20:45 UTC"
        assert display.moment(LATE.date()) == "24 Nov 2026"
        assert (display.zone().name, display.zone().offset) == (name, offset)


def test_the_name_of_the_workplace(settings) -> None:
    """The operator may name the workplace, for example in the language of the country."""
    settings.TIME_ZONE, settings.TIME_ZONE_NAME = "Africa/Algiers", "Alger"
    with translation.override("en"):
        assert str(display.zone()) == "Local time of Alger (UTC+1)"


@pytest.mark.parametrize("name", ["Mars/Olympus", "../etc/passwd", "/etc/passwd", "Europe"])
def test_an_unknown_zone_is_a_wrong_setting(name: str) -> None:
    """The error names the variable."""
    with pytest.raises(ImproperlyConfigured, match="VEDETTE_TIME_ZONE"):
        _zone(name)


def test_hours_of_accesses_are_local() -> None:
    """Stored hours (UTC) are shown in local time, also where the difference is half an hour."""
    day = dt.date(2026, 11, 24)
    assert spans(day, [2, 3, 4, 23]) == "02:00–05:00, 23:00–24:00"
    with timezone.override("Asia/Kolkata"):
        assert spans(day, [2, 3, 4, 23]) == "04:30–05:30, 07:30–10:30"


def test_no_page_writes_utc() -> None:
    """No template adds UTC to a time that is local."""
    allowed = {
        "the day of the first message, in UTC",
        "Days in UTC, one year at most",
        # Organisations of several zones plan together.
        "times in UTC; the group closes automatically at its end",
    }
    for path in Path(vedette.__file__).parent.rglob("templates/**/*.html"):
        text = path.read_text("utf-8")
        for sentence in allowed:
            text = text.replace(sentence, "")
        assert not re.search(r"\bUTC\b", text), path


def test_the_queue_and_the_sheet_are_local(world: World) -> None:
    """The bar names the zone; queue, hit and sheet show the same time; the sheet names the zone in its last
    line.
    """
    hit = made.hit(world, made.journey(world, world.flight("XX 118", 41, "LIS"), "DOE", "soon"), 91)
    hit.refresh_from_db(using="intake")
    client = Client(HTTP_HOST="localhost", HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(world.officer)
    with timezone.override("Asia/Kolkata"):
        lands = f"{timezone.localtime(hit.due_at):%H:%M}"
        queue = client.get("/").content.decode()
        sheet = client.get(f"/hits/{hit.id}/sheet/").content.decode()
    assert f"lands {lands}" in queue
    assert '<abbr title="Local time of Kolkata (UTC+5:30)">Kolkata</abbr>' in queue
    assert lands in client_text(client, hit, "Asia/Kolkata")
    assert re.search(r"Destroy after use\. Local time of Kolkata \(UTC\+5:30\)\.", sheet)
    assert " UTC" not in queue + sheet


def client_text(client: Client, hit: Hit, zone: str) -> str:
    """The page of a hit in a time zone."""
    with timezone.override(zone):
        return client.get(f"/hits/{hit.id}/").content.decode()


def test_days_are_those_of_the_workplace(world: World) -> None:
    """A decision of 20:45 UTC counts on the next day in Kolkata and on the same day in Bogotá; today's
    numbers begin at local midnight.
    """
    hit = made.hit(world, made.journey(world, world.flight("XX 118", 41, "LIS"), "DOE", "soon"), 91)
    with world.seen_by() as officer:
        actions.claim(officer, hit.id)
        reasons = {r.id: "another" for r in hit.reasons.filter(kind="watchlist")}
        actions.decide(
            officer, hit.id,
            actions.Verdict(
                choice="release", why="Passport and birth date are not those of the entry.",
                seen=frozenset(r.id for r in hit.reasons.all()), answers=reasons,
            ),
        )  # fmt: skip
    with psycopg.connect(os.environ["DATABASE_URL_OWNER"], autocommit=True) as owner:
        # Decisions are append-only.
        owner.execute("ALTER TABLE hits_decision DISABLE TRIGGER USER")
        owner.execute("UPDATE hits_decision SET at = %s", [LATE])
        owner.execute("ALTER TABLE hits_decision ENABLE TRIGGER USER")
    now = LATE + dt.timedelta(hours=1)
    for zone, day in (("UTC", 24), ("Asia/Kolkata", 25), ("America/Bogota", 24)):
        with world.seen_by(), timezone.override(zone):
            times = statistics.statistics(statistics.Chosen(7, "day"), now).times
            assert [line.note for line in times if line.total] == [f"2026-11-{day}"]
            assert times[-1].note == f"2026-11-{day}"
    with world.seen_by() as officer:
        # 23:45 in Dakar and 05:15 on the next day in Kolkata.
        night = LATE + dt.timedelta(hours=3)
        with timezone.override("Africa/Dakar"):
            assert overview.open_now(officer, night).waiting.decided == 1
        with timezone.override("Asia/Kolkata"):
            assert overview.open_now(officer, night).waiting.decided == 1
            assert overview.open_now(officer, night + dt.timedelta(hours=19)).waiting.decided == 0
            assert overview.ahead(overview.open_now(officer, night), night).first.minute == 0
            daily = overview.by_day(now, 7, overview.HITS_BY_DAY, {"passengers": "P"})
            assert daily.rows[-1][0] == dt.date(2026, 11, 25)


def test_the_queue_divides_days_at_local_midnight() -> None:
    """20:45 UTC and 02:00 UTC are one day in Bogotá, and two in UTC."""
    now, due = LATE - dt.timedelta(hours=3), LATE + dt.timedelta(hours=5, minutes=15)
    hit = Hit(due_at=due)
    assert selectors.group_of(hit, now) == "later"
    with timezone.override("America/Bogota"):
        assert selectors.group_of(hit, now) == "today"


def test_the_journal_filters_by_the_local_day(database: str) -> None:
    """The day of the filter begins at local midnight."""
    from vedette.apps.accounts.models import Act

    with timezone.override("Asia/Kolkata"):
        asked = str(Filters(day="2026-11-25").of(Act.objects.all()).query)
    assert ">= 2026-11-25 00:00:00+05:30" in asked
    assert "< 2026-11-26 00:00:00+05:30" in asked


def test_the_default_is_utc() -> None:
    """Without a setting, times are in UTC."""
    assert configured.TIME_ZONE == "UTC"
