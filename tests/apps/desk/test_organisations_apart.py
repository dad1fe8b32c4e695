"""Two organisations that know the same people: what one does is never seen in what the other has."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple

import psycopg
import pytest
from tests.apps.profiles.office import Office, build
from tests.apps.profiles.story import flown, person, phone

from vedette.apps.accounts.models import Organisation
from vedette.apps.desk.work import Worker
from vedette.apps.hits.models import Hit, Reason
from vedette.apps.lists.actions import import_list
from vedette.commands.environment import keys
from vedette.travellers.app.history import history
from vedette.travellers.app.models import Journey

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
        "SELECT j.id FROM travellers_journey j JOIN travellers_journeyclear c ON c.journey_id = j.id"
        " WHERE j.organisation_id = %s AND c.surname = %s ORDER BY j.received_at DESC LIMIT 1",
        [office.id, surname],
    ).fetchone()
    assert row is not None
    return Journey.objects.using("intake").get(pk=row[0])


def said(two: Two, office: Office, surname: str) -> dict[str, object]:
    """What history says of the latest journey of a surname in one organisation."""
    found = journey(two, office, surname)
    return history(two.connection, office.id, {found.pk: found.booking_id}, NOW)[found.pk]


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
    assert hits.get().subject_id == journey(two, two.ours, "DIOP").pk


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
        "organisation", "hit__organisation", "hit__subject__organisation"
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
            "UPDATE hits_hit SET organisation_id = %s WHERE id = %s", [two.theirs.id, hit.pk]
        )
    flown(two.connection, two.theirs, ago(0), [person("DIOP", "A1234567")])
    for column, value in (
        ("subject_id", journey(two, two.theirs, "DIOP").pk),
        ("group_id", journey(two, two.theirs, "DIOP").flight_id),
    ):
        with pytest.raises(psycopg.errors.IntegrityError, match="another organisation"):
            two.connection.execute(
                f"UPDATE hits_hit SET {column} = %s WHERE id = %s",
                [value, hit.pk],
            )


# --- history and favour ---------------------------------------------------------------------------


def test_history_counts_within_the_organisation(two: Two) -> None:
    """Earlier flights, a shared telephone and a confirmed result that only the other has."""
    for day in (300, 40, 9):
        flown(
            two.connection,
            two.theirs,
            ago(day),
            [person("DIOP", "A1", contacts=phone("0639980101"))],
        )
    flown(two.connection, two.theirs, ago(8), [person("MBAYE", "E5", contacts=phone("0639980101"))])
    two.connection.execute(
        "INSERT INTO hits_confirmed (subject_id, organisation_id, since)"
        " SELECT id, organisation_id, now() FROM travellers_journey"
    )
    flown(two.connection, two.ours, ago(0), [person("DIOP", "A1", contacts=phone("0639980101"))])
    found = said(two, two.ours, "DIOP")
    nothing = {
        "trips_12m": 0, "same_route_12m": 0, "earlier_crossings": 0, "own_confirmed": 0,
        "shared_phone_travellers_90d": 0, "shared_phone_confirmed": 0, "documents_12m": 0,
    }  # fmt: skip
    assert {name: found[name] for name in nothing} == nothing


def test_earlier_crossings_in_favour_count_within_the_organisation(two: Two) -> None:
    """Three flights that landed, all of them known to the other only."""
    for day in (300, 40, 9):
        flown(two.connection, two.theirs, ago(day), [person("DIOP", "A1234567")])
    flown(two.connection, two.ours, ago(0), [person("DIOP", "A1234567")])
    listed(two.ours, "A-1,person,DIOP,ADA,1984-05-06,FRA,A1234567")
    assert "earlier_crossings" not in favour(two.ours)


def test_a_restricted_journey_is_in_nobodys_favour(two: Two) -> None:
    """Two flights that landed; the earlier one is restricted."""
    for day in (40, 9):
        flown(two.connection, two.ours, ago(day), [person("DIOP", "A1234567")])
    restrict(earliest(two.ours))
    flown(two.connection, two.ours, ago(0), [person("DIOP", "A1234567")])
    listed(two.ours, "A-1,person,DIOP,ADA,1984-05-06,FRA,A1234567")
    assert favour(two.ours)["earlier_crossings"] == {"count": 1}


def test_the_crossings_in_favour_are_those_of_the_profiles(two: Two) -> None:
    """One definition: the person counts by name and birth date as well, whatever the passport."""
    flown(two.connection, two.ours, ago(40), [person("DIOP", "A1234567")])
    flown(two.connection, two.ours, ago(9), [person("DIOP", "B7654321")])
    flown(two.connection, two.ours, ago(0), [person("DIOP", "A1234567")])
    assert said(two, two.ours, "DIOP")["earlier_crossings"] == 2
    listed(two.ours, "A-1,person,DIOP,ADA,1984-05-06,FRA,A1234567")
    assert favour(two.ours)["earlier_crossings"] == {"count": 2}


def test_results_at_an_agency_count_within_the_organisation_and_not_of_the_restricted(
    two: Two,
) -> None:
    """Of the travellers of an agency: the other organisation's, and one that is restricted."""
    for office in (two.ours, two.theirs):
        flown(two.connection, office, ago(20), [person("SECK", "C3")])
        flown(two.connection, office, ago(10), [person("FAYE", "D4")])
    flown(two.connection, two.ours, ago(0), [person("DIOP", "A1")])
    two.connection.execute(
        "INSERT INTO subjects_identifier (organisation_id, subject_id, kind, token, at)"
        " SELECT organisation_id, id, 'agency', 'agency'::bytea, received_at FROM travellers_journey"
    )
    two.connection.execute(
        "INSERT INTO hits_confirmed (subject_id, organisation_id, since)"
        " SELECT id, organisation_id, now() - interval '1 day' FROM travellers_journey"
    )
    restrict(journey(two, two.ours, "SECK").pk)
    assert said(two, two.ours, "DIOP")["agency_confirmed_12m"] == 1


def restrict(journey: uuid.UUID) -> None:
    """As the data-protection officer does it."""
    with psycopg.connect(os.environ["DATABASE_URL_OWNER"], autocommit=True) as owner:
        owner.execute("SELECT vedette_restrict(ARRAY[%s]::uuid[], true)", [journey])


def earliest(office: Office) -> uuid.UUID:
    """The journey that was stored first."""
    found = Journey.objects.using("intake").filter(organisation=office.id)
    return found.earliest("received_at").pk


def favour(office: Office) -> dict[str, Any]:
    """What speaks for the traveller of the latest hit: id to parameters."""
    hit = Hit.objects.using("intake").filter(organisation=office.id).latest("subject__received_at")
    return {one["id"]: one["params"] for one in hit.favour}
