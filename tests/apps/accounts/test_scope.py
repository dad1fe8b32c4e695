"""Row-level security on real connections of the web role: no scope, no rows; nothing outlives the
transaction; unit, theme and purpose narrow what the organisation has."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from tests.apps.hits import world as worlds

from vedette.apps.accounts.models import Unit, User
from vedette.apps.accounts.rules import set_scope
from vedette.apps.columns import pairs_of
from vedette.apps.hits.actions import Verdict, decide
from vedette.apps.hits.models import Decision, Event, Hit, Reason, ReasonClear, SeenHit
from vedette.apps.lists.models import ListEntry, Watchlist
from vedette.travellers.app.models import Flight, Journey, JourneyClear

#: Rows that are seen before there is a scope, and why; every other table of an organisation shows none.
BEFORE_SCOPE = {"accounts_user": "signing in looks for a user"}


@pytest.fixture
def world(database: str) -> worlds.World:
    """A flight to each of two units, one of neither, each with a hit; and another organisation."""
    made = worlds.build()
    for name, city in (("YY 417", "DSS"), ("YY 418", "ZIG"), ("YY 419", "ABJ")):
        flight = made.flight(name, 41)
        Flight.objects.using("intake").filter(pk=flight.pk).update(destination=city, origin="ADD")
        worlds.hit(made, worlds.journey(made, flight, "ROE", f"JANE {city}", phone="+221 1"))
    other = worlds.build("Elsewhere")
    worlds.hit(other, worlds.journey(other, other.flight("YY 417", 41), "ROE", "JANE FOREIGN"))
    for city in ("DSS", "ZIG"):
        Unit.objects.using("intake").create(
            organisation=made.organisation, name=city, airports=[city]
        )
    with connection.cursor() as cursor, transaction.atomic():
        set_scope(made.organisation.pk)
        cursor.execute("SELECT vedette_reassign()")
        assert cursor.fetchone() == (2,)
    return made


def _narrowed(world: worlds.World, **changes: Any) -> User:
    """The officer with another unit, themes or purposes, as stored."""
    if city := changes.pop("city", None):
        changes["unit"] = Unit.objects.using("intake").get(
            organisation=world.organisation, name=city
        )
    User.objects.using("intake").filter(pk=world.officer.pk).update(**changes)
    return User.objects.get(pk=world.officer.pk)


@contextmanager
def _web() -> Iterator[psycopg.Connection]:
    """A connection of the web role of its own, in autocommit."""
    settings = connection.get_connection_params()
    wanted = ("dbname", "user", "host", "port")
    with psycopg.connect(
        **{k: settings[k] for k in wanted if k in settings}, autocommit=True
    ) as raw:
        yield raw


def _tables(database: str) -> list[tuple[str, bool, bool]]:
    """Every table with an organisation: its name, whether policies stand, whether web may read it."""
    with psycopg.connect(database) as admin:
        return admin.execute(
            "SELECT c.relname, c.relrowsecurity AND EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid),"
            " has_table_privilege('vedette_web', c.oid, 'SELECT') FROM pg_class c"
            " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organisation_id'"
            " WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"
        ).fetchall()


def test_no_table_of_an_organisation_is_without_a_policy(database: str) -> None:
    """From the catalogue: a new table is protected, or closed to the web role; partitions are closed."""
    tables = _tables(database)
    assert len(tables) > 25
    assert [name for name, policies, readable in tables if readable and not policies] == []


def test_no_scope_no_rows(database: str, world: worlds.World) -> None:
    """On a connection that nobody told whose request it is, in autocommit and in a transaction."""
    readable = [name for name, _, readable in _tables(database) if readable]
    with _web() as web, psycopg.connect(database) as admin:
        filled = 0
        for name in readable:
            count = f"SELECT count(*) FROM {name}"
            filled += admin.execute(count).fetchone() != (0,)
            if name not in BEFORE_SCOPE:
                assert web.execute(count).fetchone() == (0,), name
        assert filled > 12
        with web.transaction():
            assert web.execute("SELECT count(*) FROM travellers_journeyclear").fetchone() == (0,)


def test_a_scope_ends_with_its_transaction(world: worlds.World) -> None:
    """Pooled connections: the next request on the same one sees nothing of the last one's scope."""
    with world.seen_by():
        assert Hit.objects.count() == 3
    assert Hit.objects.count() == 0
    with transaction.atomic():
        assert Hit.objects.count() == 0
    with pytest.raises(ZeroDivisionError), world.seen_by():
        raise ZeroDivisionError
    assert Hit.objects.count() == 0


def test_two_requests_on_one_connection(world: worlds.World) -> None:
    """Through the middleware, as the server does it: theirs, then nobody's."""
    from django.contrib.auth.models import AnonymousUser

    from vedette.web.middleware import scope

    seen: list[int] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(Hit.objects.count())
        return HttpResponse()

    for user in (world.officer, AnonymousUser(), world.officer):
        request = HttpRequest()
        request.user = user
        scope(view)(request)
    assert seen == [3, 0, 3]


def test_a_streamed_answer_sets_the_scope_again(world: worlds.World) -> None:
    """Its parts are made after the request's transaction; read by nobody else's scope, and no longer."""
    from vedette.web.middleware import scope

    def view(request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse(str(Hit.objects.count()) for _ in range(2))

    request = HttpRequest()
    request.user = world.officer
    answer = scope(view)(request)
    assert b"".join(answer.streaming_content) == b"33"  # type: ignore[attr-defined]
    assert Hit.objects.count() == 0


def _seen(user: User) -> dict[str, int]:
    models = (Flight, Journey, JourneyClear, Hit, Reason, ReasonClear, Event)
    with transaction.atomic():
        set_scope(user)
        return {model.__name__: model.objects.count() for model in models}


def test_a_unit_sees_its_own_flights_and_what_hangs_on_them(world: worlds.World) -> None:
    """One of three; without a unit, all; a flight of no unit is for those without."""
    assert set(_seen(world.officer).values()) == {3}
    assert set(_seen(_narrowed(world, city="DSS")).values()) == {1}
    with transaction.atomic():
        set_scope(_narrowed(world, city="ZIG"))
        assert JourneyClear.objects.get().given_names == "JANE ZIG"
        assert Decision.objects.count() == 0


def test_who_lacks_theme_or_purpose_sees_nothing_of_it(world: worlds.World) -> None:
    """Travellers are of the passengers' theme, for border control; a list is of its own purpose."""
    assert set(_seen(_narrowed(world, themes=["cash"])).values()) <= {0, 3}
    blind = _seen(_narrowed(world, themes=["cash"]))
    assert blind == dict.fromkeys(blind, 0) | {"Flight": 3}
    blind = _seen(_narrowed(world, themes=["passengers"], purposes=["terrorism"]))
    assert (blind["Journey"], blind["JourneyClear"], blind["Hit"]) == (0, 0, 0)
    with transaction.atomic():
        set_scope(_narrowed(world, purposes=["border"]))
        assert (Hit.objects.count(), Watchlist.objects.count(), ListEntry.objects.count()) == (
            3,
            0,
            0,
        )


@pytest.mark.parametrize("city", ["DSS", None])
def test_the_name_search_applies_the_same_scope(world: worlds.World, city: str | None) -> None:
    """The function reads past the policies: it must ask the same of every row itself."""
    user = _narrowed(world, city=city) if city else world.officer
    with transaction.atomic(), connection.cursor() as cursor:
        set_scope(user)
        cursor.execute("SELECT subject_id FROM vedette_search_names('roe', 100)")
        found = {row[0] for row in cursor.fetchall()}
        assert found == set(Journey.objects.values_list("pk", flat=True))
        assert len(found) == (1 if city else 3)
    for narrowed in ({"themes": ["cash"]}, {"purposes": ["terrorism"]}):
        user = _narrowed(world, unit=None, **{"themes": ["passengers"], **narrowed})
        with transaction.atomic(), connection.cursor() as cursor:
            set_scope(user)
            cursor.execute("SELECT subject_id FROM vedette_search_names('roe', 100)")
            assert cursor.fetchall() == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT subject_id FROM vedette_search_names('roe', 100)")
        assert cursor.fetchall() == []


def test_the_plan_of_a_name_search_uses_the_index(database: str, world: worlds.World) -> None:
    """Row-level security would turn it off: .03 ms become 31 ms at 500,000 rows."""
    with psycopg.connect(database) as admin:
        body = admin.execute(
            "SELECT prosrc FROM pg_proc WHERE proname = 'vedette_search_names'"
        ).fetchone()
        assert body
        query = body[0].replace("at_most", "100").replace("beginning", "'roe'")
        admin.execute("SET enable_seqscan = off")
        admin.execute("SELECT set_config('vedette.organisation', %s, true)", [str(uuid.uuid4())])
        plan = "\n".join(row[0] for row in admin.execute(f"EXPLAIN {query}").fetchall())
    assert "name_key" in plan
    assert "Index Cond" in plan
    assert "~>=~" in plan


def test_copy_is_refused_to_the_web_role(world: worlds.World) -> None:
    """PostgreSQL refuses to copy into tables with policies; out of them it gives what a query would."""
    copy_in = "COPY travellers_journeyclear (journey_id) FROM STDIN"
    with _web() as web, pytest.raises(psycopg.errors.FeatureNotSupported):
        web.execute(copy_in)
    copy_out = "COPY (SELECT * FROM travellers_journeyclear) TO STDOUT"
    with _web() as web, web.cursor() as cursor, cursor.copy(copy_out) as copy:
        assert list(copy.rows()) == []


def test_nobody_writes_into_another_scope(world: worlds.World) -> None:
    """WITH CHECK: a row of another organisation or unit is neither made nor moved away."""
    user = _narrowed(world, city="DSS")
    other = Unit.objects.using("intake").get(name="ZIG")
    with transaction.atomic():
        set_scope(user)
        with pytest.raises(ProgrammingError, match="row-level security"):
            Hit.objects.update(unit=other.pk)
        transaction.set_rollback(True)
    with transaction.atomic():
        set_scope(user)
        assert Flight.objects.filter(destination="ZIG").update(carrier="ZZ") == 0


def test_users_of_others_are_not_listed(world: worlds.World) -> None:
    """In a scope only one's own organisation; without one, sign-in finds anybody."""
    with world.seen_by():
        homes = set(User.objects.values_list("organisation", flat=True))
    assert homes == {world.organisation.pk}
    assert User.objects.count() > len(world.users)


def test_a_scope_without_a_unit_setting_shows_no_flight(world: worlds.World) -> None:
    """Whoever sets the organisation alone sees nothing of a unit: what is missing closes."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('vedette.organisation', %s, true)", [str(world.organisation.pk)]
        )
        assert (Flight.objects.count(), Hit.objects.count(), Reason.objects.count()) == (0, 0, 0)


def test_a_hit_without_a_reason_in_sight_is_out_of_sight(world: worlds.World) -> None:
    """The only reason has a purpose that the officer lacks: there is no hit for him, nor anything of it."""
    Reason.objects.using("intake").update(purpose="terrorism")
    Hit.objects.using("intake").update(pairs=pairs_of(["passengers"], ["terrorism"]))
    hit = Hit.objects.using("intake").filter(organisation=world.organisation)[0]
    user = _narrowed(world, purposes=["border"])
    with transaction.atomic():
        set_scope(user)
        counted = (Hit.objects, SeenHit.objects, Reason.objects, Event.objects, Decision.objects)
        assert [model.count() for model in counted] == [0] * 5
        verdict = Verdict(choice="release", why="Another person, told apart.", seen=frozenset())
        with pytest.raises(Hit.DoesNotExist):
            decide(user, hit.pk, verdict)
