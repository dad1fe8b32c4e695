"""The demonstration has something to show: one unusual looker, planted, and nothing of the others."""

from __future__ import annotations

from django.conf import settings
from django.test import Client
from tests.apps.hits.world import build
from tests.apps.oversight.scene import rolled
from tests.apps.oversight.test_accesses import found

from vedette.apps.accounts.models import Act
from vedette.demo.content import PEOPLE, plant


def test_the_planted_looker_is_told_and_colleagues_are_not(database: str) -> None:
    """Own name, volume and hours of one night; one record that all eight opened. Every act is marked."""
    world = build()
    plant(world.organisation, settings.KEYS)
    assert rolled(database) > 50
    told = found(world)
    assert set(told) == {"own_name", "volume", "hours", "many"}
    unusual = {
        one.finding.user.username
        for kind in ("own_name", "volume", "hours")
        for one in told[kind]
        if one.finding.user
    }
    assert unusual == {PEOPLE[0][0]}
    planted = Act.objects.using("intake").filter(user__username__startswith="fictif.")
    assert planted.count() > 1500
    assert not planted.exclude(detail__synthetic=True).exists()


def test_days_are_counted_by_indexes(database: str) -> None:
    """At five million acts a day is a slice of an index, and so are the readers of a record."""
    import psycopg

    from vedette.apps.oversight import accesses

    world = build()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "INSERT INTO accounts_act (at, organisation_id, user_id, act, subject, detail)"
            " SELECT now() - make_interval(mins => n), %s, %s, 'record.see',"
            " md5(n::text)::uuid::text, '{}' FROM generate_series(1, 60000) n",
            [world.organisation.pk, world.officer.pk],
        )
        connection.execute("ANALYZE accounts_act")

        def plan(query: str, *values: object) -> str:
            rows = connection.execute("EXPLAIN " + query, values).fetchall()  # type: ignore[arg-type]
            return "\n".join(line for (line,) in rows)

        day = accesses.Day(connection, settings.KEYS, world.organisation.pk, _yesterday())
        start, end = day.bounds
        org, kinds = world.organisation.pk, list(accesses.kinds())
        on = accesses._acts(accesses._K.PERSON, accesses._K.UNMASKED)
        plans = [
            plan(accesses._COUNTED, org, start, end, kinds),
            plan(accesses._SEARCHED, org, start, end, accesses._acts(accesses._K.SEARCH)),
            plan(accesses._OPENED, org, start, end, on),
            plan(accesses._READERS, ["x", "y"], org, start - 29 * (end - start), end, on),
        ]
    for one in plans:
        assert "Seq Scan on accounts_act" not in one, one
    assert "act_subject" in plans[-1]


def _yesterday():
    import datetime as dt

    return dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)


def test_the_sign_in_page_offers_nobody_who_cannot_sign_in(database: str) -> None:
    """Colleagues invented for the journal have no password: offered first, a newcomer would try them."""
    world = build()
    world.organisation.synthetic = True
    world.organisation.save(using="intake")
    plant(world.organisation, settings.KEYS)
    page = Client(HTTP_HOST="localhost").get("/login/").content.decode()
    assert "demo-officer" in page
    assert "fictif." not in page


def test_ordinary_trade_and_lanes_are_in_force(database: str) -> None:
    """Goods of the demonstration are compared, and the planted item with an unusual value is red."""
    import datetime as dt
    import os

    import psycopg
    from tests.goods.app.desk import Desk
    from tests.goods.app.test_trade import built

    from vedette.demo.content import CRITERIA, _plant_trade
    from vedette.demo.feed import Start
    from vedette.demo.world.declarations import ODD, Declarations

    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        desk = Desk(connection)
        start = Start.first()
        _plant_trade("analyst", "supervisor", start)
        assert [row[1] for row in built(desk)] == ["ready"]
        later = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)
        made = Declarations(start.seed, start.began)
        desk.put(*(made.message(index, later) for index in range(16)), at=later)
        rows = connection.execute(
            "SELECT DISTINCT c.description, l.lane FROM goods_lane l"
            " JOIN goods_itemclear c ON c.item_id = l.subject_id WHERE l.lane <> 'blue'"
        ).fetchall()
    assert (ODD.description, "red") in rows
    assert {lane for _, lane in rows} == {lane for _, _, lane, _ in CRITERIA} - {"blue"}
