"""What earlier journeys say of a traveller: counted as of the moment, never from what came after."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from typing import Any
from unittest import mock

import psycopg
import pytest
from tests.apps.profiles.office import Office
from tests.apps.profiles.story import flown, person, phone

from vedette.apps.accounts.models import Approval
from vedette.apps.retention.models import RetentionProfile
from vedette.travellers.app.history import COMMON, history
from vedette.travellers.app.models import Booking, Journey, JourneyClear

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)


def ago(days: int) -> dt.datetime:
    """A moment so many days before now."""
    return NOW - dt.timedelta(days=days)


def known(
    connection: psycopg.Connection[Any], surname: str, as_of: dt.datetime = NOW
) -> dict[str, object]:
    """What history says of the latest journey of a surname."""
    row = connection.execute(
        "SELECT j.organisation_id, j.id, j.booking_id FROM travellers_journey j"
        " JOIN travellers_journeyclear c ON c.journey_id = j.id WHERE c.surname = %s"
        " ORDER BY j.received_at DESC LIMIT 1",
        [surname],
    ).fetchone()
    assert row is not None
    home, id_, booking = row
    return history(connection, home, {id_: booking}, as_of)[id_]


def test_trips_of_the_same_document_and_of_the_same_name(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """Three flights before this one, one of them on another route, one with another passport."""
    flown(connection, office, ago(300), [person("DIOP", "A1")], origin="CDG")
    flown(connection, office, ago(40), [person("DIOP", "A1")])
    flown(connection, office, ago(9), [person("DIOP", "B2")])
    flown(connection, office, NOW, [person("DIOP", "A1")])
    said = known(connection, "DIOP")
    assert (said["trips_12m"], said["trips_30d"]) == (3, 1)
    assert (said["same_route_12m"], said["same_route_30d"]) == (2, 1)
    assert (said["first_seen_d"], said["last_seen_d"]) == (300, 9)
    assert said["documents_12m"] == 1


def test_a_document_shown_by_two_people(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """The same passport under another name and birth date: the other holder counts."""
    flown(connection, office, ago(20), [person("SECK", "C3", date_of_birth=dt.date(1990, 1, 1))])
    flown(connection, office, NOW, [person("FAYE", "C3")])
    said = known(connection, "FAYE")
    assert said["document_holders"] == 1
    assert said["shared_document_travellers_90d"] == 1


def test_a_shared_telephone_and_whose_result_was_confirmed(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """Two others gave the same number, written otherwise; of one it is known that it led somewhere."""
    flown(connection, office, ago(8), [person("NDIAYE", "D4", contacts=phone("+33639980101"))])
    flown(connection, office, ago(7), [person("MBAYE", "E5", contacts=phone("0033 6 39 98 01 01"))])
    flown(connection, office, NOW, [person("GUEYE", "F6", contacts=phone("0639980101"))])
    _confirm(connection, office, "NDIAYE", ago(2))
    said = known(connection, "GUEYE")
    assert said["shared_phone_travellers_90d"] == 2
    assert said["shared_phone_confirmed"] == 1
    assert said["shared_common"] is False
    assert "shared_email_travellers_90d" not in said, "no e-mail: nothing is known, not none"


def test_what_very_many_share_is_called_common(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """An agency's telephone: not followed, its count missing."""
    crowd = [
        person(f"N{chr(65 + n // 26)}{chr(65 + n % 26)}", f"G{n}", contacts=phone("0639980199"))
        for n in range(COMMON + 5)
    ]
    flown(connection, office, NOW, crowd)
    said = known(connection, "NAA")
    assert said["shared_common"] is True
    assert "shared_phone_travellers_90d" not in said


def test_common_whatever_the_age_of_those_that_are_looked_at(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """Fifty journeys of an agency's telephone, all older than the 90 days: nobody is left of those looked
    at, which is no count of none."""
    for n in range(2):
        crowd = [
            person(f"O{chr(65 + n)}{chr(65 + m)}", f"K{n}{m}", contacts=phone("0639980177"))
            for m in range(26)
        ]
        flown(connection, office, ago(200 - n), crowd)
    flown(connection, office, NOW, [person("NIANG", "L9", contacts=phone("0639980177"))])
    said = known(connection, "NIANG")
    assert said["shared_common"] is True
    assert "shared_phone_travellers_90d" not in said
    assert "shared_phone_confirmed" not in said


def test_a_frequent_flyers_own_telephone_is_neither_shared_nor_common(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """As many journeys as are looked at, all the traveller's own: whether others share it is not known."""
    paper = person("WADE", "M1", contacts=phone("0639980166"))
    for n in range(4):
        flown(connection, office, ago(8 - n), [paper])
    with mock.patch("vedette.travellers.app.history.COMMON", 4):
        said = known(connection, "WADE")
    assert said["shared_common"] is None
    assert "shared_phone_travellers_90d" not in said
    said = known(connection, "WADE")
    assert (said["shared_phone_travellers_90d"], said["shared_common"]) == (0, False)


def together(office: Office, *surnames: str) -> uuid.UUID:
    """Their latest journeys in one booking."""
    booking = Booking.objects.using("intake").create(
        organisation_id=office.id, month=NOW.date().replace(day=1), received_at=NOW
    )
    for surname in surnames:
        clear = JourneyClear.objects.using("intake").filter(surname=surname)
        journeys = Journey.objects.using("intake").filter(pk__in=clear.values("journey_id"))
        latest = journeys.latest("received_at")
        Journey.objects.using("intake").filter(pk=latest.pk).update(booking=booking)
    return booking.pk


def test_a_companion_counts_who_is_not_in_the_frame(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """A check-in message changes one of a booking: who travels along is a known case all the same."""
    flown(connection, office, ago(20), [person("SY", "N1"), person("BA", "N4")])
    _confirm(connection, office, "SY", ago(10))
    flown(connection, office, NOW, [person("SY", "N1"), person("LY", "N2"), person("BA", "N4")])
    together(office, "SY", "LY", "BA")
    assert known(connection, "LY")["companions_confirmed"] == 1
    assert known(connection, "SY")["companions_confirmed"] == 0
    connection.execute(
        "UPDATE subjects_subject SET restricted = true WHERE id IN"
        " (SELECT id FROM travellers_journey WHERE booking_id IS NOT NULL)"
    )
    assert known(connection, "LY").get("companions_confirmed") in (None, 0)


def test_nobody_is_a_companion_of_the_same_person(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """A booking with two flights has two journeys of each traveller."""
    flown(connection, office, ago(20), [person("SY", "N1")])
    _confirm(connection, office, "SY", ago(10))
    flown(connection, office, ago(1), [person("SY", "N1")])
    together(office, "SY")
    flown(connection, office, NOW, [person("SY", "N1")], number="418")
    # One traveller of one booking, as the pipeline stores bookings.
    connection.execute(
        "UPDATE travellers_journey SET booking_id = o.booking_id, traveller_id = o.traveller_id"
        " FROM travellers_journey o WHERE o.booking_id IS NOT NULL AND travellers_journey.received_at > %s",
        [ago(1)],
    )
    booked = dict(
        connection.execute(
            "SELECT id, booking_id FROM travellers_journey WHERE booking_id IS NOT NULL"
        ).fetchall()
    )
    assert len(booked) == 2
    said = history(connection, office.id, booked, NOW)
    assert [values["companions_confirmed"] for values in said.values()] == [0, 0]


def test_of_an_agency_without_results_there_are_none(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """0 where the agency is known, missing where it is not: `= 0` must be able to hold."""
    flown(connection, office, NOW, [person("SOW", "Q1"), person("KANE", "Q2")])
    connection.execute(
        "INSERT INTO subjects_identifier (organisation_id, subject_id, kind, token, at)"
        " SELECT organisation_id, journey_id, 'agency', '\\x01', %s FROM travellers_journeyclear"
        " WHERE surname = 'SOW'",
        [NOW],
    )
    assert known(connection, "SOW")["agency_confirmed_12m"] == 0
    assert "agency_confirmed_12m" not in known(connection, "KANE")
    _confirm(connection, office, "KANE", ago(1))
    assert known(connection, "SOW")["agency_confirmed_12m"] == 0


@pytest.mark.parametrize(
    ("delete_after", "since", "missing"),
    [
        (30, 700, {"trips_12m", "trips_30d", "shared_phone_travellers_90d"}),
        (180, 700, {"trips_12m"}),
        (1825, 700, set()),
    ],
)
def test_a_window_longer_than_people_are_kept_is_missing(
    connection: psycopg.Connection[Any], office: Office, delete_after: int, since: int,
    missing: set[str],
) -> None:  # fmt: skip
    """Deleted after 30 days, trips in 12 months are too few, not few."""
    _keep(office, delete_after, since)
    flown(connection, office, NOW, [person("THIAM", "R1", contacts=phone("0639980144"))])
    said = known(connection, "THIAM")
    windows = {"trips_12m", "trips_30d", "shared_phone_travellers_90d"}
    assert {name for name in windows if said[name] is None} == missing
    assert said["own_confirmed"] == said["shared_phone_confirmed"] == 0


def test_what_an_earlier_period_deleted_does_not_come_back(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """Kept for five years since a hundred days: what was older than 30 days then is gone."""
    _keep(office, 30, 700)
    _keep(office, 1825, 100)
    flown(connection, office, NOW, [person("THIAM", "R1", contacts=phone("0639980144"))])
    said = known(connection, "THIAM")
    assert (said["trips_12m"], said["trips_30d"]) == (None, 0)
    assert said["shared_phone_travellers_90d"] == 0


def _keep(office: Office, delete_after: int, since: int) -> None:
    """A retention profile in force since so many days."""
    first = ago(since).date()
    terms = {
        "mask_after": min(delete_after, 180), "delete_after": delete_after, "keep_after": 1825,
    }  # fmt: skip
    approval = Approval.objects.using("intake").create(
        organisation_id=office.id, kind="retention", subject=str(office.id), purpose="border", why=b"",
        state="done", asked_by_id=office.analyst.pk, asked_at=NOW, decided_by_id=office.supervisor.pk,
        decided_at=NOW, expires_at=NOW, detail={**terms, "active_from": first.isoformat()},
    )  # fmt: skip
    versions = RetentionProfile.objects.using("intake")
    versions.create(
        organisation_id=office.id, retention_class="passenger", version=versions.count() + 1, name="x",
        template="national", trigger="receipt", fields=[], basis="law 1", source="s", active_from=first,
        approval_id=approval.pk, **terms,
    )  # fmt: skip


def test_nothing_of_what_came_after(connection: psycopg.Connection[Any], office: Office) -> None:
    """A replay at each earlier moment gives what was stored then, value by value."""
    import polars as pl

    from vedette.kinds import vocabulary
    from vedette.profiles.frames import halves
    from vedette.travellers.kind import NAME as TRAVELLER

    moments = [ago(30), ago(20), ago(5), ago(1)]
    shared = phone("0639980155")
    for number, at in enumerate(moments):
        some = [person("SARR", "H7", contacts=shared), person(f"BA{'XYZW'[number]}", f"I{number}")]
        flown(
            connection, office, at, some if number else [*some, person("KA", "J8", contacts=shared)]
        )
        if at == ago(5):
            _confirm(connection, office, "KA", ago(3))
    flown(connection, office, NOW, [person("SARR", "H7", contacts=shared)])

    past = {c.name for c in vocabulary(TRAVELLER).columns if c.source.startswith("history")}
    stored = stored_values(connection)
    compared = 0
    for id_, booking, at in connection.execute(
        "SELECT id, booking_id, received_at FROM travellers_journey"
    ).fetchall():
        then = history(connection, office.id, {id_: booking}, at)[id_]
        [row] = stored.filter(pl.col("_low") == halves(id_)[1]).to_dicts()
        seen = {k: v for k, v in row.items() if k in past and v is not None}
        assert seen == {k: v for k, v in then.items() if k in past and v is not None}
        compared += len(seen)
    assert compared > 50


def stored_values(connection: psycopg.Connection[Any]) -> Any:
    """All known values, as stored."""
    import io

    import polars as pl

    rows = connection.execute("SELECT data FROM profiles_known WHERE \"column\" = ''").fetchall()
    return pl.concat([pl.read_ipc(io.BytesIO(data)) for (data,) in rows], how="diagonal")


def _confirm(
    connection: psycopg.Connection[Any], office: Office, surname: str, since: dt.datetime
) -> None:
    """As if a control had confirmed it at a moment."""
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as owner:
        owner.execute(
            "INSERT INTO hits_confirmed (subject_id, organisation_id, since)"
            " SELECT c.journey_id, %s, %s FROM travellers_journeyclear c WHERE c.surname = %s"
            " ORDER BY c.journey_id LIMIT 1",
            [office.id, since, surname],
        )


def test_nobody_is_asked_about_nobody(connection: psycopg.Connection[Any]) -> None:
    """No journeys, no queries."""
    assert history(connection, uuid.uuid4(), {}, NOW) == {}
    assert history(connection, uuid.uuid4(), {uuid.uuid4(): None}, NOW)
