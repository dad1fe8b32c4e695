"""What a working login tries by raw SQL against what two people decide and what only the owner does."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.utils import timezone
from tests.apps.lists.conftest import make_house

REFUSED = psycopg.errors.InsufficientPrivilege


@pytest.fixture
def house(database: str) -> SimpleNamespace:
    """An organisation with its roles."""
    return make_house()


@contextmanager
def web(house: SimpleNamespace, user: Any) -> Iterator[psycopg.Connection[Any]]:
    """The web login in the scope of a user, as somebody has it who smuggled SQL into a page."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(
            "SELECT set_config('vedette.organisation', %s, false), set_config('vedette.user', %s, false),"
            " set_config('vedette.unit', 'every', false), set_config('vedette.whole', 'yes', false),"
            " set_config('vedette.purposes', 'border,terrorism,serious_crime', false),"
            " set_config('vedette.themes', 'passengers', false)",
            [str(house.organisation.pk), str(user.pk)],
        )
        yield connection


def asked(house: SimpleNamespace, **values: Any) -> Any:
    """An approval that the list manager asked for."""
    from vedette.apps.accounts.models import Approval

    now = timezone.now()
    fields = {
        "kind": "delete", "subject": "x", "purpose": "border", "why": b"", "asked_at": now,
        "expires_at": now + dt.timedelta(days=1), **values,
    }  # fmt: skip
    return Approval.objects.using("intake").create(
        organisation_id=house.organisation.pk, asked_by_id=house.list_manager.pk, **fields
    )


def test_the_owners_functions_read_the_owners_tables(database: str) -> None:
    """`pg_temp` not named last stands first: a temporary table would be read in place of ours."""
    with psycopg.connect(os.environ["DATABASE_URL_OWNER"]) as connection:
        rows = connection.execute(
            "SELECT p.oid::regprocedure::text, p.proconfig FROM pg_proc p"
            " WHERE p.pronamespace = 'public'::regnamespace"
            " AND (p.prosecdef OR p.prorettype = 'trigger'::regtype)"
        ).fetchall()
        hung = connection.execute(
            "SELECT p.oid::regprocedure::text FROM pg_proc p, unnest(ARRAY['vedette_web',"
            " 'vedette_intake']) r WHERE p.pronamespace = 'public'::regnamespace"
            " AND p.prorettype = 'trigger'::regtype AND has_function_privilege(r, p.oid, 'EXECUTE')"
        ).fetchall()
    assert len(rows) > 10
    assert [n for n, config in rows if "search_path=public, pg_temp" not in (config or [])] == []
    assert hung == []


def test_a_temporary_table_lets_no_decision_go(database: str) -> None:
    """Workers may make temporary tables: one named like ours shortened every period to nothing."""
    from tests.apps.hits import world as worlds

    from vedette.apps.hits.models import Decision

    world = worlds.build()
    hit = worlds.hit(world, worlds.journey(world, world.flight("YY 417", 41), "ZIVO", "DJ"))
    Decision.objects.using("intake").create(
        organisation_id=world.organisation.pk, hit_id=hit.pk, choice="release",
        by_id=world.officer.pk, priority=1, answers={},
    )  # fmt: skip
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        connection.execute(
            "CREATE TEMP TABLE retention_retentionprofile AS SELECT gen_random_uuid() AS organisation_id,"
            " 'passenger'::text AS retention_class, 1 AS version, 0 AS mask_after, 0 AS delete_after,"
            " 0 AS keep_after, date '2000-01-01' AS active_from"
        )
        connection.execute("GRANT ALL ON retention_retentionprofile TO PUBLIC")
        with pytest.raises(REFUSED, match="append-only"):
            connection.execute("SELECT vedette_delete_decisions(ARRAY[%s]::uuid[])", [hit.pk])
    assert Decision.objects.using("intake").exists()


@pytest.mark.parametrize(
    ("function", "columns"),
    [("vedette_to_seal('act')", "id bigint"), ("vedette_setting('unit')", "id uuid, name text")],
)
def test_a_trigger_of_ours_hangs_on_no_table_of_theirs(
    database: str, function: str, columns: str
) -> None:
    """On a temporary table it would write notes for the sealer, and a history of settings that never
    were."""
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        connection.execute(f"CREATE TEMP TABLE mine ({columns})")
        fresh = "REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT"
        each = fresh if "seal" in function else "FOR EACH ROW"
        with pytest.raises(REFUSED):
            connection.execute(
                f"CREATE TRIGGER t AFTER INSERT ON mine {each} EXECUTE FUNCTION {function}"
            )


@pytest.mark.parametrize(
    "change",
    [
        "asked_by_id = %(other)s",
        "asked_by_id = %(other)s, state = 'done', decided_by_id = %(me)s, decided_at = now()",
        "state = 'done', decided_by_id = %(other)s, decided_at = now()",
        "state = 'done', decided_by_id = %(me)s, decided_at = now()",
        "state = 'done', decided_by_id = %(me)s, decided_at = now(), glass_id = %(glass)s",
        "expires_at = expires_at + interval '30 days'",
        'detail = \'{"hash": "another"}\'',
        "subject = 'another'",
        "why = 'another reason'",
    ],
)
def test_nobody_allows_their_own_by_sql(house: SimpleNamespace, change: str) -> None:
    """Who asked is who asked, what was asked is what is allowed, and another allows it in time; a
    colleague's broken glass is not one's own."""
    from vedette.apps.accounts.models import BreakGlass

    found = asked(house)
    now = timezone.now()
    glass = BreakGlass.objects.using("intake").create(
        organisation_id=house.organisation.pk, user_id=house.officer.pk, why=b"", started_at=now,
        ends_at=now + dt.timedelta(hours=1),
    )  # fmt: skip
    who = {
        "me": house.list_manager.pk,
        "other": house.supervisor.pk,
        "glass": glass.pk,
        "id": found.pk,
    }
    errors = (REFUSED, psycopg.errors.CheckViolation)
    with web(house, house.list_manager) as connection:
        with pytest.raises(errors):
            connection.execute(f"UPDATE accounts_approval SET {change} WHERE id = %(id)s", who)
        with pytest.raises(REFUSED):
            connection.execute("DELETE FROM accounts_approval")


def test_an_approval_is_not_born_allowed(house: SimpleNamespace) -> None:
    """Erasing and new periods look at the approval: one written ready-made would open both."""
    ready = (
        'INSERT INTO accounts_approval (id, organisation_id, kind, subject, purpose, "case", why, detail,'
        " state, asked_by_id, asked_at, decided_by_id, decided_at, expires_at) VALUES (gen_random_uuid(),"
        " %s, 'delete', 'x', 'border', '', '', '{}', %s, %s, now(), %s, now(), now() + interval '1 day')"
    )
    home, me, other = house.organisation.pk, house.officer.pk, house.supervisor.pk
    with web(house, house.officer) as connection:
        for state, by, second in (("done", me, other), ("asked", other, None)):
            with pytest.raises(REFUSED):
                connection.execute(ready, [home, state, by, second])


def test_what_waited_too_long_is_not_allowed_by_sql(house: SimpleNamespace) -> None:
    """Past its time nothing but asking again; and what was refused stays refused."""
    late = asked(house, expires_at=timezone.now() - dt.timedelta(seconds=1))
    no = asked(house, state="refused", decided_by_id=house.supervisor.pk, decided_at=timezone.now())
    with web(house, house.supervisor) as connection:
        for one in (late, no):
            with pytest.raises(REFUSED):
                connection.execute(
                    "UPDATE accounts_approval SET state = 'done', decided_by_id = %s,"
                    " decided_at = now() WHERE id = %s",
                    [house.supervisor.pk, one.pk],
                )


def test_broken_glass_is_not_stretched_or_swept_away(house: SimpleNamespace) -> None:
    """An hour, then a reviewer: no day of it, no second review, none removed."""
    from vedette.apps.accounts.models import BreakGlass

    now = timezone.now()
    BreakGlass.objects.using("intake").create(
        organisation_id=house.organisation.pk, user_id=house.officer.pk, why=b"", started_at=now,
        ends_at=now + dt.timedelta(hours=1), reviewed_at=now, reviewed_by_id=house.supervisor.pk,
        finding="wrong",
    )  # fmt: skip
    with web(house, house.officer) as connection:
        for statement in (
            "UPDATE accounts_breakglass SET ends_at = ends_at + interval '1 day'",
            "UPDATE accounts_breakglass SET finding = 'right'",
            "UPDATE accounts_breakglass SET reviewed_at = NULL, reviewed_by_id = NULL",
            "DELETE FROM accounts_breakglass",
            "INSERT INTO accounts_breakglass (id, organisation_id, user_id, why, started_at, ends_at,"
            " finding) SELECT gen_random_uuid(), organisation_id, user_id, '', now(),"
            " now() + interval '1 day', '' FROM accounts_breakglass",
        ):
            with pytest.raises(REFUSED):
                connection.execute(statement)


@pytest.mark.parametrize("login", ["DATABASE_URL", "DATABASE_URL_INTAKE"])
def test_periods_come_from_two_people_alone(house: SimpleNamespace, login: str) -> None:
    """A profile by SQL with periods of a day would let every decision go; an approval for others too."""
    other = asked(
        house, kind="retention", state="done", decided_by_id=house.supervisor.pk,
        decided_at=timezone.now(), detail={"mask_after": 180, "delete_after": 1825},
    )  # fmt: skip
    with psycopg.connect(os.environ[login], autocommit=True) as connection:
        connection.execute(
            "SELECT set_config('vedette.organisation', %s, false)", [str(house.organisation.pk)]
        )
        for approval in (None, other.pk):
            with pytest.raises(REFUSED):
                connection.execute(
                    "INSERT INTO retention_retentionprofile (id, organisation_id, retention_class,"
                    " version, name, template, trigger, mask_after, delete_after, keep_after, fields,"
                    " basis, source, active_from, created_at, approval_id) VALUES (gen_random_uuid(), %s,"
                    " 'passenger', 9, 'x', 'national', 'receipt', 1, 1, 1, '{}', 'x', 'x', '2000-01-01',"
                    " now(), %s)",
                    [house.organisation.pk, approval],
                )


def test_sessions_and_factors_of_others_are_out_of_scope(house: SimpleNamespace) -> None:
    """Within a scope nobody reads or removes what another organisation's users sign in with."""
    from allauth.mfa.models import Authenticator

    from vedette.apps.accounts.models import Organisation, Session, User

    away = Organisation.objects.using("intake").create(name="Elsewhere")
    user = User(username="far", organisation_id=away.pk)
    user.save(using="intake")
    Authenticator.objects.using("intake").create(user_id=user.pk, type="totp", data={})
    Session.objects.using("intake").create(
        session_key="k", session_data="", expire_date=timezone.now(), active_at=timezone.now(),
        user_id=user.pk,
    )  # fmt: skip
    with web(house, house.administrator) as connection:
        for table in ("mfa_authenticator", "accounts_session"):
            assert connection.execute(f"SELECT FROM {table}").rowcount == 0
            assert connection.execute(f"DELETE FROM {table}").rowcount == 0
        assert connection.execute("UPDATE accounts_organisation SET name = 'x'").rowcount == 1
        for statement in (
            "DELETE FROM django_migrations",
            "UPDATE django_content_type SET model = 'x'",
        ):
            with pytest.raises(REFUSED):
                connection.execute(statement)
    assert Organisation.objects.using("intake").get(pk=away.pk).name == "Elsewhere"
