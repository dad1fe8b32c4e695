"""The deletion of announcements 30 days after the stated crossing, as the public form promises it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import psycopg
import pytest
from django.utils import timezone
from psycopg import sql
from tests.cash.app.desk import Desk
from tests.cash.stated import CARRIER, NOW, announcement, declaration, movement

from vedette.apps.profiles import known
from vedette.cash import codes
from vedette.cash.app import ending
from vedette.cash.public.fields import COMING_DAYS
from vedette.commands.environment import keys
from vedette.core.parties import Document

pytestmark = pytest.mark.database

PARIS = ZoneInfo("Europe/Paris")
#: The stated day of the crossing: 30 days before today.
CROSSES = timezone.localdate(NOW, PARIS) - dt.timedelta(days=30)
NAMES = ("Exempleau", "Modelin", "Inventier", "Fictivaud", "Postiche")
LISTED = "".join(
    f"L-{n},person,{name.upper()},IDA,1980-02-03,FRA,\n" for n, name in enumerate(NAMES)
)


@pytest.fixture(autouse=True)
def in_paris() -> Iterator[None]:
    """The installation is in Paris."""
    with timezone.override(PARIS):
        yield


def _announced(name: str, crosses: dt.date | None = CROSSES, at: dt.datetime = NOW) -> Any:
    n = NAMES.index(name)
    carrier = msgspec.structs.replace(
        CARRIER, last_names=name, phones=(), emails=(f"{name}@exemple.test",), addresses=(),
        document=Document(type="P", number=f"Q{n}71112{n}", issuer="FRA"),
    )  # fmt: skip
    way = msgspec.structs.replace(
        movement().transport,
        arrival=dt.datetime.combine(crosses, dt.time(12)) if crosses else None,
    )
    made = movement(carrier=carrier, owners=(), transport=way)
    return announcement(codes.encode(1000 + n), at, of=made)


def _of(desk: Desk) -> dict[str, uuid.UUID]:
    """The movements of an administration by the surname of their carrier."""
    rows = desk.rows(
        "SELECT movement_id, names FROM cash_movementclear WHERE organisation_id = %s",
        desk.office.id,
    )
    return {next(n for n in NAMES if n in str(names)): id_ for id_, names in rows}


def _run(desk: Desk, at: dt.datetime) -> int:
    return ending.watch(desk.connection, keys(), at)


def _release(desk: Desk, hit: Any) -> None:
    """The officer releases: it is another person."""
    from tests.apps.profiles.story import acting

    from vedette.apps.hits import actions
    from vedette.apps.hits.models import Reason

    [reason] = Reason.objects.using("intake").filter(hit=hit, state="open")
    verdict = actions.Verdict(
        "release", "Another person, born elsewhere.", frozenset({reason.pk}), {reason.pk: "another"}
    )
    with acting(desk.people["officer"]):
        actions.decide(desk.people["officer"], hit.pk, verdict)


def _tokens(desk: Desk, id_: uuid.UUID) -> list[str]:
    """The id of a movement, and all tokens that its rows contain, as text."""
    rows = desk.rows(
        "SELECT encode(token, 'hex') FROM subjects_identifier WHERE subject_id = %(id)s"
        " UNION SELECT encode(token, 'hex') FROM cash_movementname WHERE subject_id = %(id)s"
        " UNION SELECT encode(m.token, 'hex') FROM inbox_message m WHERE m.group_id = %(id)s"
        " UNION SELECT encode(i.token, 'hex') FROM inbox_message m JOIN inbox_inbox i ON i.id = m.inbox_id"
        "  WHERE m.group_id = %(id)s"
        " UNION SELECT i.id::text FROM inbox_message m JOIN inbox_inbox i ON i.id = m.inbox_id"
        "  WHERE m.group_id = %(id)s"
        " UNION SELECT encode(fingerprint, 'hex') FROM subjects_subject WHERE id = %(id)s"
        " UNION SELECT id::text FROM hits_hit WHERE subject_id = %(id)s".replace("%(id)s", f"'{id_}'")
    )  # fmt: skip
    found = [str(id_), *(token for (token,) in rows)]
    assert len(found) > 8
    return found


def _left(desk: Desk, tokens: list[str]) -> dict[str, int]:
    """The tables that contain one of these texts in a row of the organisation, or in a row without an
    organisation, with the number of such rows. The journal keeps the ids of acts."""
    tables = desk.rows(
        "SELECT c.relname::text, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid"
        "  AND a.attname = 'organisation_id') FROM pg_class c"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
        " AND has_table_privilege(c.oid, 'SELECT')"
    )
    assert len(tables) > 100
    found = {}
    for name, organised in tables:
        if name in ("accounts_act", "journal_gone"):
            continue
        query = sql.SQL("SELECT count(*) FROM {} t WHERE row_to_json(t)::text LIKE ANY(%s)").format(
            sql.Identifier(name)
        )
        if organised:
            query += sql.SQL(" AND organisation_id = {}").format(sql.Literal(desk.office.id))
        [[n]] = desk.connection.execute(query, [[f"%{token}%" for token in tokens]])
        if n:
            found[name] = n
    return found


def test_two_organisations(connection: psycopg.Connection[Any]) -> None:
    """Both have the same announcements. One accepted an announcement, released a hit, referred another, and
    restricted one: it keeps the accepted, the referred and the restricted one. The other keeps none. The
    deletion leaves no id and no token in any table, and names numbers only in the journal."""
    left, right = Desk(connection, "Left"), Desk(connection, "Right")
    for desk in (left, right):
        desk.import_list(LISTED)
        desk.receive(*(_announced(name) for name in NAMES))
    connection.execute("UPDATE inbox_inbox SET submitter = 'form', source = 'form'")
    mine, theirs = _of(left), _of(right)
    assert set(mine) == set(theirs) == set(NAMES)
    hits = {hit.subject_id: hit for hit in left.hits()}
    assert set(hits) == set(mine.values())
    done = left.client().post(f"/cash/{mine['Inventier']}/accept/", left.seen(mine["Inventier"]))
    assert done.status_code == 302
    _release(left, hits[mine["Modelin"]])
    left.decide("refer", hits[mine["Fictivaud"]])
    connection.execute(
        "UPDATE subjects_subject SET restricted = true WHERE id = %s", [mine["Postiche"]]
    )
    midnight = dt.datetime.combine(CROSSES + dt.timedelta(days=30), dt.time.min, PARIS)
    tokens = {name: _tokens(left, mine[name]) for name in ("Exempleau", "Modelin")}
    for found in tokens.values():
        assert {"subjects_subject", "subjects_identifier", "hits_hit", "inbox_inbox"} <= set(
            _left(left, found)
        )

    assert _run(left, midnight - dt.timedelta(seconds=1)) == 0
    assert _run(left, midnight) == 2 + 5
    assert _run(left, midnight) == 0

    assert set(_of(left)) == {"Inventier", "Fictivaud", "Postiche"}
    assert right.movements() == []
    # The values known at screening are deleted by a job of their own.
    known.forget(connection)
    for found in tokens.values():
        assert _left(left, found) == {}
    for desk, counts in (
        (left, {"subjects": 2, "hits": 2, "release": 1, "undecided": 1}),
        (right, {"subjects": 5, "hits": 5, "undecided": 5}),
    ):
        rows = desk.rows(
            "SELECT user_id, subject, detail, sealed FROM accounts_act"
            " WHERE organisation_id = %s AND act = 'cash.expire'", desk.office.id,
        )  # fmt: skip
        day = (CROSSES + dt.timedelta(days=30)).isoformat()
        assert rows == [(None, "", {"counts": counts, "day": day}, None)]


def test_the_restriction_ends(connection: psycopg.Connection[Any]) -> None:
    """Then the announcement is deleted with the next run. A declaration of the same day is not."""
    desk = Desk(connection)
    desk.receive(_announced("Postiche"), declaration(of=_announced("Modelin").movement))
    id_ = _of(desk)["Postiche"]
    connection.execute("UPDATE subjects_subject SET restricted = true WHERE id = %s", [id_])
    assert _run(desk, NOW) == 0
    connection.execute("UPDATE subjects_subject SET restricted = false WHERE id = %s", [id_])
    assert _run(desk, NOW) == 1
    assert set(_of(desk)) == {"Modelin"}


def test_a_correction_states_another_day(connection: psycopg.Connection[Any]) -> None:
    """The day of the last statement counts. Without a stated day, the day of receipt counts; a day that lies
    years ahead does not keep the announcement for years."""
    desk = Desk(connection)
    later = CROSSES + dt.timedelta(days=10)
    first = _announced("Exempleau")
    soon = NOW + dt.timedelta(seconds=5)
    fixed = msgspec.structs.replace(
        _announced("Exempleau", later, soon),
        amends=first.code,
        code=codes.encode(77),
        action="correction",
    )
    far = NOW.date() + dt.timedelta(days=40_000)
    desk.receive(first, _announced("Modelin", None), _announced("Inventier", far))
    desk.receive(fixed, at=soon)
    assert desk.rows(
        "SELECT crosses_on FROM cash_movement WHERE id = %s", _of(desk)["Exempleau"]
    ) == [(later,)]
    day = dt.timedelta(days=1)
    for after, left in (
        (9 * day, {"Exempleau", "Modelin", "Inventier"}),
        (10 * day, {"Modelin", "Inventier"}),
        (28 * day, {"Modelin", "Inventier"}),
        (31 * day, {"Inventier"}),
        (758 * day, {"Inventier"}),
        (761 * day, set()),
    ):
        _run(desk, NOW + after)
        assert set(_of(desk)) == left, after


def test_an_officer_accepts_it_meanwhile(
    connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The officer was first: the worker, which has found the announcement before, does not delete it."""
    desk = Desk(connection)
    desk.receive(_announced("Exempleau"))
    [id_] = desk.movements()
    found = ending.lock

    def accepted(*args: Any) -> Any:
        monkeypatch.setattr(ending, "lock", found)
        desk.client().post(f"/cash/{id_}/accept/", desk.seen(id_))
        return found(*args)

    monkeypatch.setattr(ending, "lock", accepted)
    assert _run(desk, NOW) == 0
    assert desk.movements() == [id_]
    assert desk.rows("SELECT announced FROM cash_movement WHERE id = %s", id_) == [(False,)]


def test_files_that_no_worker_read(connection: psycopg.Connection[Any]) -> None:
    """They are deleted when each crossing that the form accepts is more than 30 days ago. Files of others and
    files of another organisation of the same age stay until their own day."""
    desk, other = Desk(connection), Desk(connection, "Right")
    for one in (desk, other):
        for name, submitter in (("a", "form"), ("b", "operator")):
            connection.execute(
                "INSERT INTO inbox_inbox (id, organisation_id, received_at, source, submitter, name, size,"
                " token, state, attempts, sealed) VALUES (%s, %s, %s, 'form', %s, '', 1, %s, 'waiting', 0,"
                " 'x')",
                [
                    uuid.uuid4(),
                    one.office.id,
                    NOW,
                    submitter,
                    f"{one.office.id}{name}".encode()[-16:],
                ],
            )
    count = "SELECT count(*) FROM inbox_inbox WHERE organisation_id = %s"
    last = NOW + dt.timedelta(days=COMING_DAYS + 30)
    ending.watch(connection, keys(), last)
    assert desk.rows(count, desk.office.id) == [(2,)]
    ending.watch(connection, keys(), last + dt.timedelta(seconds=1))
    for one in (desk, other):
        assert one.rows(count, one.office.id) == [(1,)]
