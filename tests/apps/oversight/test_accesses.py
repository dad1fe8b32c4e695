"""Planted patterns are found, and what is usual is not: the day's figures from the journal."""

from __future__ import annotations

import datetime as dt

import psycopg
import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from tests.apps.hits.world import World, build, hit, journey
from tests.apps.oversight.scene import act, at, rolled, user, usual

from vedette.apps.accounts.models import Act, User
from vedette.apps.oversight import selectors
from vedette.apps.oversight.accesses import Day
from vedette.apps.oversight.daily import count, roll
from vedette.apps.oversight.models import Finding, Tally
from vedette.apps.oversight.sections import Period


@pytest.fixture
def world(database: str) -> World:
    """The invented world of the page tests."""
    return build()


def found(of: World, days: int = 40) -> dict[str, list[selectors.Found]]:
    """Findings by kind, as the data-protection officer reads them."""
    today = timezone.now().date()
    period = Period.read({"from": at(days, 0).date().isoformat()}, today)
    with of.seen_by(of.users["officer"]) as reader:
        kinds: dict[str, list[selectors.Found]] = {}
        for one in selectors.findings(reader, period):
            kinds.setdefault(one.finding.kind, []).append(one)
        return kinds


def test_a_night_of_curiosity_is_told_once_for_its_volume_and_once_for_its_hours(
    world: World, database: str
) -> None:
    """140 looks between 2 and 5 by one who looks twelve times a day from 8 to 16: both are told, with
    what is usual beside; colleagues with the same days are not."""
    officer, other = world.officer, world.users["officer2"]
    usual(database, officer)
    usual(database, other)
    act(database, officer, "record.see", [at(1, 2 + n % 3, n % 60) for n in range(140)])
    act(database, other, "record.see", [at(1, 10, n) for n in range(14)])
    rolled(database)
    told = found(world)
    assert set(told) == {"volume", "hours"}
    [volume], [hours] = told["volume"], told["hours"]
    assert volume.finding.user == hours.finding.user == officer
    assert volume.finding.params == {"count": 140, "own": 12.0, "role": 12.0}
    assert hours.finding.params["hours"] == [2, 3, 4]


def test_busy_for_oneself_but_usual_for_the_role_is_not_told(world: World, database: str) -> None:
    """Somebody back from part-time work is far above their own days and not above their colleagues'."""
    usual(database, world.officer, each=3)
    for name in ("a", "b", "c"):
        usual(database, user(world, name, "N", f"N{name}"), each=60)
    act(database, world.officer, "hit.see", [at(1, 9, n) for n in range(45)])
    rolled(database)
    assert "volume" not in found(world)


def test_nothing_is_unusual_before_anything_is_usual(world: World, database: str) -> None:
    """A new installation, a new colleague: without ten days nobody is told for volume or hours."""
    act(database, world.officer, "hit.see", [at(1, 3, n % 60) for n in range(300)])
    rolled(database)
    assert found(world) == {}


@pytest.mark.parametrize(
    ("term", "kind"),
    [
        ("DIALLO Awa", "own_name"),
        ("awa diallo", "own_name"),
        ("Diallo, Awa Marie", "own_name"),
        ("Sarr Moussa", "colleague"),
        ("Ba Khady", "colleague"),
        ("Diallo", None),
        ("Diallo Moussa", None),
        ("Awa", None),
    ],
)
def test_the_own_name_and_a_colleague_are_known_by_tokens(
    world: World, database: str, term: str, kind: str | None
) -> None:
    """Whatever the order, the case and the accents (Bâ is Ba); a surname alone is borne by thousands.
    Two letters are a name, one is an initial."""
    act(database, world.officer, "record.search", [at(1, 9)], name=term)
    rolled(database)
    assert set(found(world)) == ({kind} if kind else set())
    [stored] = Act.objects.using("intake").filter(act="record.search")
    assert all(len(token) == 32 and int(token, 16) for token in stored.detail["name"])


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/travellers/", {"name": "Dialo Awah"}),
        ("/search/", {"q": "Dialo Awah"}),
        ("/travellers/screen/", {"surname": "Dialo", "given_names": "Awah"}),
    ],
)
def test_a_search_under_a_similar_spelling_is_told(
    world: World, database: str, path: str, asked: dict[str, str]
) -> None:
    """Whoever spells the own name otherwise finds the same record. The journal stores only hashes."""
    client, purpose = Client(), {"purpose": "border", "case": "2026-114"}
    client.force_login(world.officer)
    assert client.post(path, {**asked, **purpose}).status_code == 200
    client.force_login(world.users["officer2"])
    assert client.post(path, {**asked, **purpose}).status_code == 200
    other = dict.fromkeys(asked, "Jean Dupont")
    assert client.post(path, {**other, **purpose}).status_code == 200
    rolled(database)
    told = found(world)
    assert set(told) == {"own_name", "colleague"}
    [own], [colleague] = told["own_name"], told["colleague"]
    assert own.finding.user == world.officer
    assert colleague.finding.user == world.users["officer2"]
    assert colleague.finding.params["of"] == str(world.officer.pk)
    for act_ in Act.objects.using("intake").filter(detail__has_key="name"):
        assert all(bytes.fromhex(token) for token in act_.detail["name"])


def test_opening_the_record_of_ones_own_name_is_told(world: World, database: str) -> None:
    """The record is compared by tokens as well; that of somebody else is not told."""
    own = journey(world, world.flight("YY 417", 41), "DIALLO", "AWA MARIE")
    another = journey(world, world.flight("YY 417", 41), "DIALLO", "MODOU")
    act(database, world.officer, "record.see", [at(1, 9)], subject=own.pk)
    act(database, world.officer, "record.see", [at(1, 9)], subject=another.pk)
    rolled(database)
    [one] = found(world)["own_name"]
    assert one.finding.params == {"opened": True}


def test_the_page_of_linked_subjects_shows_the_record(world: World, database: str) -> None:
    """The page shows the telephone number and the address of the person: opening it is opening the record."""
    own = hit(world, journey(world, world.flight("YY 417", 41), "DIALLO", "AWA MARIE"))
    act(database, world.officer, "hit.see_linked", [at(1, 9)], subject=own.pk)
    rolled(database)
    [one] = found(world)["own_name"]
    assert one.finding.params == {"opened": True}


def test_one_record_of_many_readers_is_told_whether_by_hit_or_traveller(
    world: World, database: str
) -> None:
    """A celebrity's: six users within the month, some by the hit and some by the traveller's page."""
    star = journey(world, world.flight("YY 417", 41), "ETOILE", "JEANNE")
    raised = hit(world, star)
    readers = [user(world, f"r{n}", "N", f"READER{n}") for n in range(6)]
    for n, reader in enumerate(readers):
        subject = raised.pk if n % 2 else star.pk
        act(database, reader, "hit.see" if n % 2 else "record.see", [at(n + 1, 9)], subject)
    rolled(database)
    told = found(world)["many"]
    assert {one.finding.subject for one in told} == {str(star.pk)}
    assert max(one.finding.params["readers"] for one in told) == 6


def test_a_day_counted_twice_is_the_same_day(world: World, database: str) -> None:
    """Workers count today again and again; neither tallies nor findings double."""
    usual(database, world.officer)
    act(database, world.officer, "record.see", [at(1, 3, n % 60) for n in range(140)])
    rolled(database)
    before = (Tally.objects.using("intake").count(), Finding.objects.using("intake").count())
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DELETE FROM oversight_rolled")
    assert rolled(database) > 20
    assert (
        Tally.objects.using("intake").count(),
        Finding.objects.using("intake").count(),
    ) == before
    assert rolled(database) == 0


def test_looks_by_user_and_day_are_those_of_the_journal(world: World, database: str) -> None:
    """Views, searches and prints each in their column; reading the journal itself is none of them."""
    officer = world.officer
    act(database, officer, "record.see", [at(2, 9), at(1, 9), at(1, 10)])
    act(database, officer, "record.search", [at(1, 11)])
    act(database, officer, "hit.printed", [at(1, 11)])
    act(database, officer, "journal.see", [at(1, 11)])
    rolled(database)
    period = Period.read({}, timezone.now().date())
    with world.seen_by() as reader:
        [row] = selectors.looks(reader, period)
        assert (row["user"], row["days"], row["counts"]) == (officer, 2, [3, 1, 0, 1, 0, 0])
        _, days = selectors.days_of(reader, period, officer.username)
    assert [(one["counts"][0], one["span"]) for one in days] == [
        (2, "09:00–12:00"), (1, "09:00–10:00"),
    ]  # fmt: skip


def test_pages_of_the_queue_are_no_volume(world: World, database: str) -> None:
    """What is unusual is told by the persons opened: whoever turns many pages of the queue, at any
    hour, does so at work."""
    usual(database, world.officer)
    act(database, world.officer, "queue.see", [at(1, 2, n % 60) for n in range(300)])
    rolled(database)
    assert found(world) == {}


def test_a_filter_of_a_flights_list_is_a_search_of_a_name(world: World, database: str) -> None:
    """Whoever filters a passenger list by the own name looks for it as on the page of travellers."""
    own = f"{world.officer.first_name} {world.officer.last_name}"
    act(database, world.officer, "flight.search", [at(1, 9)], name=own)
    rolled(database)
    assert set(found(world)) == {"own_name"}


def test_another_organisations_acts_are_not_counted_here(world: World, database: str) -> None:
    """Figures have a scope like everything else, for the web role by row-level security."""
    other = build("Another administration")
    act(database, other.officer, "record.search", [at(1, 9)], name="DIALLO AWA")
    rolled(database)
    assert found(world) == {}
    assert set(found(other)) == {"own_name"}
    with world.seen_by():
        assert not Tally.objects.exists()
    assert User.objects.using("intake").filter(pk=other.officer.pk).exists()
    assert settings.KEYS is not None


def test_while_days_wait_it_is_said_how_far_the_count_got(world: World, database: str) -> None:
    """Oldest first: with three of many days counted, it got to the end of the third."""
    usual(database, world.officer)
    with psycopg.connect(database, autocommit=True) as connection:
        roll(connection, settings.KEYS, timezone.now(), most=3)
        [[last]] = connection.execute("SELECT max(day) FROM oversight_rolled").fetchall()
    with world.seen_by(world.officer) as reader:
        counted = selectors.counted_at(reader)
    assert counted is not None
    assert counted.date() == last + dt.timedelta(days=1) < timezone.now().date()
    rolled(database)
    with world.seen_by(world.officer) as reader:
        assert (selectors.counted_at(reader) or counted).date() == timezone.now().date()


def test_who_is_still_in_the_air_has_not_landed(world: World, database: str) -> None:
    """Travellers are counted by flights that landed; those of the rest of the day come later."""
    flight = world.flight("YY 417", 41)
    journey(world, flight, "DOE", "JANE")
    with psycopg.connect(database, autocommit=True) as connection:
        landed = "UPDATE travellers_flight SET api_count = 7, arrives_at = now() + %s * interval '1 second'"
        told = []
        for seconds in (40, -1):
            connection.execute(landed, [seconds])
            with connection.transaction():
                for day in {
                    timezone.now().date(),
                    (timezone.now() + dt.timedelta(seconds=40)).date(),
                }:
                    count(Day(connection, settings.KEYS, world.officer.organisation_id, day))
                told.append(
                    connection.execute(
                        "SELECT coalesce(sum(count), 0) FROM oversight_figure WHERE kind = 'traveller'"
                    ).fetchall()[0][0]
                )
    assert told == [0, 7]
