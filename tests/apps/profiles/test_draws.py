"""The random control over the database: promised before, revealed after, the same answer again."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from typing import Any
from unittest import mock

import psycopg
import pytest
from django.db import transaction
from tests.apps.journal.scene import signed_in
from tests.apps.profiles.office import Office
from tests.apps.profiles.story import acting, flown, person
from tests.apps.profiles.test_pages import text

from vedette.apps.accounts.rules import set_scope
from vedette.apps.profiles import actions, draws
from vedette.apps.profiles.models import DrawDay
from vedette.commands.environment import keys
from vedette.screening import draw

NOW = dt.datetime.now(dt.UTC).replace(hour=12)
DAY = dt.timedelta(days=1)


def drawn(
    connection: psycopg.Connection[Any], office: Office, tokens: list[bytes], now: dt.datetime,
    rate: float = 0.1,
) -> list[bool]:  # fmt: skip
    """Who is drawn on the green lane."""
    return draws.drawn(connection, keys(), office.id, "green", tokens, rate, now)


def test_nobody_on_a_day_that_was_not_promised(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """A key made on the day itself could have been chosen for who came."""
    some = [uuid.uuid4().bytes for _ in range(500)]
    assert not any(drawn(connection, office, some, NOW))
    draws.keep_promises(connection, keys(), NOW - DAY)
    others = [uuid.uuid4().bytes for _ in range(500)]
    assert 10 < sum(drawn(connection, office, others, NOW)) < 120


def test_who_comes_again_gets_the_same_answer(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """Submitted anew until it passes: whatever number it comes under, on whatever day, what it is
    decides. A thousand attempts give one answer each."""
    draws.keep_promises(connection, keys(), NOW - DAY)
    draws.keep_promises(connection, keys(), NOW)
    some = [uuid.uuid4().bytes for _ in range(200)]
    first = drawn(connection, office, some, NOW)
    assert any(first)
    for attempt in range(5):
        assert drawn(connection, office, some, NOW + attempt * dt.timedelta(hours=1)) == first
    assert drawn(connection, office, some, NOW + DAY) == first


def test_what_a_role_can_read_does_not_tell(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """Before the day is over the database holds the promise and ids, to no role the key: guessing by all
    that can be read is right as often as by nothing."""
    draws.keep_promises(connection, keys(), NOW - DAY)
    some = [uuid.uuid4().bytes for _ in range(3_000)]
    truth = drawn(connection, office, some, NOW, 0.5)
    [promised] = connection.execute("SELECT promise, revealed FROM profiles_drawday").fetchall()
    assert promised[1] == ""
    first = dict(connection.execute("SELECT token, first_id FROM profiles_firstseen").fetchall())
    ids = [first[token] for token in some]
    for guess in (bytes.fromhex(promised[0]), promised[0].encode(), b"", keys().token("draw", "x")):
        said = [draw.is_drawn(guess, "green", id_, 0.5) for id_ in ids]
        right = sum(a == b for a, b in zip(truth, said, strict=True)) / len(truth)
        assert 0.45 < right < 0.55
    with psycopg.connect(os.environ["DATABASE_URL"]) as web:
        web.execute("SELECT set_config('vedette.organisation', %s, false)", [str(office.id)])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            web.execute("SELECT * FROM profiles_firstseen")


def test_revealed_afterwards_and_checked_by_anybody(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """The key of yesterday is shown, answers to its promise, and gives the answers of yesterday."""
    draws.keep_promises(connection, keys(), NOW - 2 * DAY)
    some = [uuid.uuid4().bytes for _ in range(300)]
    truth = drawn(connection, office, some, NOW - DAY)
    draws.keep_promises(connection, keys(), NOW)
    with transaction.atomic():
        set_scope(office.analyst)
        day = DrawDay.objects.get(day=(NOW - DAY).date())
    key = bytes.fromhex(day.revealed)
    first = dict(connection.execute("SELECT token, first_id FROM profiles_firstseen").fetchall())
    said = [draw.holds(key, day.promise, "green", first[token], 0.1) for token in some]
    assert said == truth
    acts = connection.execute(
        "SELECT act, detail FROM accounts_act WHERE act LIKE 'draw.%'"
    ).fetchall()
    assert {"draw.promise", "draw.reveal"} == {act for act, _ in acts}
    assert not any(key.hex() in str(detail) for _, detail in acts)


def rate(office: Office, rate: float, basis: str = "Customs code, art. 60") -> None:
    """The travellers' lane, as somebody sets it."""
    with acting(office.analyst):
        actions.set_lane(office.analyst, "physical", rate, basis)


def marked(connection: psycopg.Connection[Any]) -> set[uuid.UUID]:
    """Journeys that are drawn."""
    return {id_ for (id_,) in connection.execute("SELECT subject_id FROM profiles_drawn")}


def landed(
    connection: psycopg.Connection[Any],
    office: Office,
    minutes: int = 1,
    count: int = 40,
    **more: Any,
) -> None:
    """A flight of forty, received so many minutes from now."""
    at = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)
    people = [person(f"DIOP{'ABCDEFGH'[n % 8]}{'XYZVW'[n // 8]}", f"A{n}") for n in range(count)]
    flown(connection, office, at, people, **more)


def test_travellers_are_drawn_once_by_workers(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """Off until a rate and its law are set; then a share of those seen for the first time on flights to
    the country, the same when their messages come again; no hit, and gone with the journey."""
    leaves = dt.datetime.now(dt.UTC) + dt.timedelta(hours=5)
    draws.keep_promises(connection, keys(), dt.datetime.now(dt.UTC) - DAY)
    draws.keep_promises(connection, keys(), dt.datetime.now(dt.UTC))
    landed(connection, office, number="100")
    assert marked(connection) == set()
    rate(office, 0.5)
    landed(connection, office, number="200", leaves=leaves)
    first = marked(connection)
    assert 8 <= len(first) <= 32
    landed(connection, office, minutes=2, number="200", leaves=leaves)
    assert marked(connection) == first
    assert connection.execute("SELECT count(*) FROM travellers_journey").fetchone() == (80,)
    assert connection.execute("SELECT count(*) FROM hits_hit").fetchone() == (0,)
    connection.execute("UPDATE accounts_organisation SET country = 'CH' WHERE id = %s", [office.id])
    landed(connection, office, number="300")
    assert marked(connection) == first, "to the country only"
    connection.execute("UPDATE accounts_organisation SET country = 'SN' WHERE id = %s", [office.id])
    rate(office, 0, "")
    landed(connection, office, number="400")
    assert marked(connection) == first, "off again"
    connection.execute("DELETE FROM subjects_identifier WHERE subject_id = %s", [min(first)])
    connection.execute("DELETE FROM subjects_subject WHERE id = %s", [min(first)])
    assert marked(connection) == first - {min(first)}


def test_a_past_day_of_travellers_is_drawn_anew_by_anybody(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """From the revealed key, the ids of the journeys, and the rate that was in force then, whatever it is
    now; the rates of before are kept as they were."""
    draws.keep_promises(connection, keys(), dt.datetime.now(dt.UTC) - 2 * DAY)
    connection.execute(
        "INSERT INTO profiles_drawrate (organisation_id, lane, rate, basis, at)"
        " VALUES (%s, 'physical', 0.4, 'law 1', now() - interval '2 days')",
        [office.id],
    )
    landed(connection, office, minutes=-24 * 60)
    rate(office, 0.9)
    draws.keep_promises(connection, keys(), dt.datetime.now(dt.UTC))
    rows = connection.execute(
        "SELECT j.id, d.revealed, (SELECT r.rate FROM profiles_drawrate r WHERE r.at <= j.received_at"
        "  ORDER BY r.at DESC LIMIT 1) FROM travellers_journey j JOIN profiles_drawday d"
        "  ON d.day = (j.received_at AT TIME ZONE 'UTC')::date"
    ).fetchall()
    said = {
        id_
        for id_, revealed, then in rows
        if draw.is_drawn(bytes.fromhex(revealed), "physical", id_, then)
    }
    assert said == marked(connection)
    assert said
    for change in ("UPDATE profiles_drawrate SET rate = 0.9", "DELETE FROM profiles_drawrate"):
        with (
            psycopg.connect(os.environ["DATABASE_URL_OWNER"]) as owner,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            owner.execute(change.encode())


def test_days_are_of_a_key_that_who_verifies_the_journal_lacks(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """The chain's key does not make a day's; a day promised with it, before there was another, is
    revealed all the same. Without its key nothing is promised and nobody drawn."""
    draws.keep_promises(connection, keys(), NOW - 2 * DAY)
    [(day, promised)] = connection.execute("SELECT day, promise FROM profiles_drawday").fetchall()
    chain = keys().key(keys().ids("chain")[0])
    assert draw.promise(draw.day_key(chain, office.id, day.isoformat())) != promised
    old = NOW.date() - 3 * DAY
    made = draw.day_key(chain, office.id, old.isoformat())
    connection.execute(
        "INSERT INTO profiles_drawday (id, organisation_id, day, promise, revealed)"
        " VALUES (gen_random_uuid(), %s, %s, %s, '')",
        [office.id, old, draw.promise(made)],
    )
    assert draws.keep_promises(connection, keys(), NOW) == 3
    held = connection.execute("SELECT revealed FROM profiles_drawday WHERE day = %s", [old])
    assert held.fetchone() == (made.hex(),)
    without = mock.Mock(wraps=keys())
    without.ids = lambda kind: [] if kind == "draw" else keys().ids(kind)
    assert draws.keep_promises(connection, without, NOW + 5 * DAY) == 0


def test_the_pages_show_who_is_drawn(connection: psycopg.Connection[Any], office: Office) -> None:
    """A mark on the list of the flight, the flight on the page of the random control, and that goods
    wait."""
    draws.keep_promises(connection, keys(), dt.datetime.now(dt.UTC) - DAY)
    draws.keep_promises(connection, keys(), dt.datetime.now(dt.UTC))
    client = signed_in(office.analyst)
    given = {"lane": "physical", "rate": "100", "basis": "Customs code, art. 60"}
    assert client.post("/profiles/draw/", given).status_code == 302
    landed(connection, office, count=3)
    said = text(client.get("/profiles/draw/"))
    for expected in (
        "Drawn at random",
        "XX 417",
        "available when goods are supported",
        "Earlier rates",
    ):
        assert expected in said, expected
    flight = connection.execute("SELECT id FROM travellers_flight").fetchone() or (None,)
    page = text(client.get(f"/flights/{flight[0]}/"))
    assert page.count("Random control") == 3
    with psycopg.connect(os.environ["DATABASE_URL"]) as web:
        web.execute("SELECT set_config('vedette.organisation', %s, false)", [str(office.id)])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            web.execute("DELETE FROM profiles_drawn")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE profiles_drawday SET promise = repeat('0', 64)",
        "UPDATE profiles_drawday SET revealed = repeat('0', 64)",
        "DELETE FROM profiles_drawday",
    ],
)
def test_a_promise_is_kept_as_it_was_made(
    connection: psycopg.Connection[Any], office: Office, change: str
) -> None:
    """Neither another promise nor another key, not even by the owner of the table."""
    draws.keep_promises(connection, keys(), NOW - 2 * DAY)
    with (
        psycopg.connect(os.environ["DATABASE_URL_OWNER"]) as owner,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        owner.execute(change.encode())
