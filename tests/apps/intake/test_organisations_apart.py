"""Two organisations that know the same people: what one does is never seen in what the other has."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

import psycopg
import pytest
from tests.apps.profiles.office import Office, build
from tests.apps.profiles.story import flown, person

from vedette.apps.accounts.models import Organisation
from vedette.apps.intake.models import Journey
from vedette.apps.intake.work import Worker
from vedette.apps.knowledge.actions import import_list
from vedette.apps.targeting.models import Hit, Reason
from vedette.commands.environment import keys

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
HEAD = "ref,kind,surname,given_names,birth_date,nationality,passport\n"


class Two(NamedTuple):
    """Two administrations of one installation."""

    connection: psycopg.Connection[Any]
    ours: Office
    theirs: Office


@pytest.fixture
def two(database: str) -> Iterator[Two]:
    """Two administrations, and a raw connection of the intake role."""
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        yield Two(connection, build(connection), build(connection, "Elsewhere"))


def ago(days: int) -> dt.datetime:
    """A moment so many days before now."""
    return NOW - dt.timedelta(days=days)


def listed(office: Office, *rows: str, name: str = "Test list") -> None:
    """Imports a list for one organisation and lets a worker ask the stored travellers."""
    organisation = Organisation.objects.using("intake").get(pk=office.id)
    data = (HEAD + "".join(f"{row}\n" for row in rows)).encode()
    import_list(organisation, None, name, {"list.csv": data}, purpose="border", basis="decree 1")
    work()


def work() -> None:
    """A worker until nothing waits."""
    worker = Worker(os.environ["DATABASE_URL_INTAKE"], keys())
    worker.drain()
    worker.connection.close()


def journey(two: Two, office: Office, surname: str) -> Journey:
    """The latest journey of a surname in one organisation."""
    row = two.connection.execute(
        "SELECT j.id FROM intake_journey j JOIN intake_journeyclear c ON c.journey_id = j.id"
        " WHERE j.organisation_id = %s AND c.surname = %s ORDER BY j.received_at DESC LIMIT 1",
        [office.id, surname],
    ).fetchone()
    assert row is not None
    return Journey.objects.using("intake").get(pk=row[0])


# --- hits -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "row", ["A-1,person,DIOP,ADA,1984-05-06,FRA,", "A-2,person,SECK,OUMAR,,,FRA:A1234567"]
)
def test_a_list_asks_the_travellers_of_its_organisation_alone(two: Two, row: str) -> None:
    """By name and by document: the same person is stored by both, the list belongs to one."""
    for office in (two.ours, two.theirs):
        flown(two.connection, office, ago(0), [person("DIOP", "A1234567")])
    listed(two.ours, row)
    hits = Hit.objects.using("intake")
    assert list(hits.values_list("organisation", flat=True)) == [two.ours.id]
    assert hits.get().journey_id == journey(two, two.ours, "DIOP").pk


def test_the_end_of_an_entry_asks_the_travellers_of_its_organisation_alone(two: Two) -> None:
    """Both have the same list; one of them withdraws the entry."""
    for office in (two.ours, two.theirs):
        flown(two.connection, office, ago(0), [person("DIOP", "A1234567")])
        listed(office, "A-1,person,DIOP,ADA,1984-05-06,FRA,A1234567")
    listed(two.ours, "A-9,person,QUIROGA,ZOE,1999-01-01,ESP,")
    states = dict(Hit.objects.using("intake").values_list("organisation", "state"))
    assert states == {two.ours.id: "void", two.theirs.id: "new"}


def test_each_organisation_has_its_own_hit(two: Two) -> None:
    """The second list raises a hit of its own: its reason does not join the hit of the other."""
    for office in (two.ours, two.theirs):
        flown(two.connection, office, ago(0), [person("DIOP", "A1234567")])
    for office in (two.theirs, two.ours):
        listed(office, "A-1,person,DIOP,ADA,1984-05-06,FRA,FRA:A1234567")
    reasons = Reason.objects.using("intake").values_list(
        "organisation", "hit__organisation", "hit__journey__organisation"
    )
    homes = [two.ours.id, two.theirs.id]
    assert sorted({home for row in reasons for home in row}) == sorted(homes)
    assert all(len(set(row)) == 1 for row in reasons)


def test_a_hit_on_a_journey_of_another_organisation_is_refused(two: Two) -> None:
    """By the database: nothing in the application may write such a row."""
    flown(two.connection, two.ours, ago(0), [person("DIOP", "A1234567")])
    listed(two.ours, "A-1,person,DIOP,ADA,1984-05-06,FRA,A1234567")
    hit = Hit.objects.using("intake").get()
    with pytest.raises(psycopg.errors.IntegrityError, match="another organisation"):
        two.connection.execute(
            "UPDATE targeting_hit SET organisation_id = %s WHERE id = %s", [two.theirs.id, hit.pk]
        )
    flown(two.connection, two.theirs, ago(0), [person("DIOP", "A1234567")])
    for column, value in (
        ("journey_id", journey(two, two.theirs, "DIOP").pk),
        ("flight_id", journey(two, two.theirs, "DIOP").flight_id),
    ):
        with pytest.raises(psycopg.errors.IntegrityError, match="another organisation"):
            two.connection.execute(
                f"UPDATE targeting_hit SET {column} = %s WHERE id = %s",
                [value, hit.pk],
            )
