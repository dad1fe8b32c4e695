"""The life of a version: who may do what, and what nobody may change."""

from __future__ import annotations

import datetime as dt
import os

import psycopg
import pytest
from django.core.exceptions import PermissionDenied
from django.db import ProgrammingError
from django.utils import timezone
from tests.apps.profiles.office import Office
from tests.apps.profiles.story import (
    FIELDS,
    WHY,
    acting,
    flown,
    in_force,
    person,
    submitted,
    tried,
)
from tests.clock import at_once

from vedette.apps.accounts.models import Approval, User
from vedette.apps.approvals import actions as approvals
from vedette.apps.profiles import actions, loading, selectors
from vedette.apps.profiles.models import Profile, Version
from vedette.apps.profiles.selectors import Filters
from vedette.profiles.check import ExpressionError


def draft(office: Office, **more: object) -> Version:
    """A draft of the analyst's."""
    with acting(office.analyst):
        return actions.begin_draft(
            office.analyst, {**FIELDS, "expression": "lead_time_h < 24", **more}
        )


def allowed(by: User, approval: Approval) -> None:
    """Decided by somebody."""
    with acting(by):
        approvals.decide(by, approval.pk, True)


def running(office: Office, now: dt.datetime | None = None) -> list[tuple[str, int, bool]]:
    """What workers ask: reference, version, whether in shadow mode."""
    found = loading.current(office.id, "traveller", "intake", now or timezone.now())
    return [(p.ref, p.number, p.shadow) for p in found.profiles]


def test_from_draft_to_active_by_another(office: Office) -> None:
    """A draft is asked of nobody; allowed by a second person it is, and the worker knows at once."""
    version = draft(office)
    assert (version.profile.ref, version.state, running(office)) == ("P-001", "draft", [])
    approval = submitted(office, version)
    assert running(office) == []
    allowed(office.supervisor, approval)
    version.refresh_from_db(using="intake")
    assert (version.state, version.approved_by_id) == ("active", office.supervisor.pk)
    assert version.active_until is not None
    assert 175 < (version.active_until - dt.datetime.now(dt.UTC)).days < 190
    assert running(office) == [("P-001", 1, False)]
    kinds = version.events.using("intake").order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["drafted", "asked", "activated"]


def test_the_author_is_never_the_second_person(office: Office, database: str) -> None:
    """A supervisor who wrote the last change, though an analyst submitted it; nor by raw SQL."""
    version = draft(office)
    with acting(office.supervisor):
        actions.change_draft(office.supervisor, version.pk, {"expression": "lead_time_h < 12"})
    approval = submitted(office, version)
    with pytest.raises(approvals.Refused, match="own"):
        allowed(office.supervisor, approval)
    with pytest.raises(approvals.Refused, match="own"):
        allowed(office.analyst, approval)
    assert running(office) == []
    with (
        psycopg.connect(os.environ["DATABASE_URL_OWNER"]) as owner,
        pytest.raises((psycopg.errors.CheckViolation, psycopg.errors.InsufficientPrivilege)),
    ):
        owner.execute(
            "UPDATE profiles_version SET state = 'active', approved_by_id = author_id,"
            " active_until = now() + interval '1 day' WHERE id = %s",
            [version.pk],
        )


def test_nobody_who_ever_wrote_is_the_second_person(office: Office, database: str) -> None:
    """A supervisor writes, an analyst saves it unchanged and submits: the supervisor neither approves nor
    asks for a correction; nor by raw SQL."""
    with acting(office.supervisor):
        version = actions.begin_draft(
            office.supervisor, {**FIELDS, "expression": "lead_time_h < 24"}
        )
    with acting(office.analyst):
        actions.change_draft(office.analyst, version.pk, {})
    approval = submitted(office, version)
    with pytest.raises(approvals.Refused, match="own"):
        allowed(office.supervisor, approval)
    with pytest.raises(approvals.Refused, match="own"), acting(office.supervisor):
        actions.correct(office.supervisor, version.pk, WHY)
    assert running(office) == []
    with (
        psycopg.connect(os.environ["DATABASE_URL_OWNER"]) as owner,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="who wrote"),
    ):
        owner.execute(
            "UPDATE profiles_version SET state = 'active', approved_by_id = %s,"
            " active_until = now() + interval '1 day' WHERE id = %s",
            [office.supervisor.pk, version.pk],
        )


@pytest.mark.parametrize("column", ["expression", "weight", "basis", "author_id", "content_hash"])
def test_what_was_submitted_does_not_change(office: Office, column: str) -> None:
    """The second person allows what stands there: not even the owner of the table changes it."""
    version = draft(office)
    submitted(office, version)
    value = {"weight": "99", "author_id": f"'{office.supervisor.pk}'"}.get(column, "'other'")
    change = f"UPDATE profiles_version SET {column} = {value} WHERE id = %s".encode()
    with (
        psycopg.connect(os.environ["DATABASE_URL_OWNER"]) as owner,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        owner.execute(change, [version.pk])
    with pytest.raises(actions.Refused, match="state"), acting(office.analyst):
        actions.change_draft(office.analyst, version.pk, {"expression": "TRUE"})


def test_a_new_version_takes_the_place_of_the_old(office: Office) -> None:
    """One active version a profile; the draft begins as the old one was, which stays what it was."""
    first = in_force(office, "lead_time_h < 24")
    with acting(office.analyst):
        second = actions.new_version(office.analyst, first.profile_id)
        assert (second.number, second.expression) == (2, "lead_time_h < 24")
        again = actions.new_version(office.analyst, first.profile_id)
        assert again.pk == second.pk, "an open draft is not doubled"
        actions.change_draft(office.analyst, second.pk, {"expression": "lead_time_h < 12"})
    assert running(office) == [("P-001", 1, False)]
    allowed(office.supervisor, submitted(office, second))
    first.refresh_from_db(using="intake")
    assert (first.state, first.expression) == ("ended", "lead_time_h < 24")
    assert running(office) == [("P-001", 2, False)]


def test_shadow_mode_stops_where_the_draft_changes(office: Office) -> None:
    """What ran in shadow was another question."""
    version = draft(office)
    with acting(office.analyst):
        actions.shadow(office.analyst, version.pk, True)
    assert running(office) == [("P-001", 1, True)]
    with acting(office.analyst):
        actions.change_draft(office.analyst, version.pk, {"title": "Other words, same question"})
    assert running(office) == [("P-001", 1, True)]
    with acting(office.analyst):
        actions.change_draft(office.analyst, version.pk, {"expression": "lead_time_h < 6"})
    assert running(office) == []


def test_it_begins_on_the_day_that_was_asked_for(
    office: Office, connection: psycopg.Connection
) -> None:
    """Allowed before that day, nothing of it runs yet, and what ran runs until then; its months count from
    that day. A day past or far ahead is refused."""
    first = in_force(office, "lead_time_h < 24")
    with acting(office.analyst):
        second = actions.new_version(office.analyst, first.profile_id)
        actions.change_draft(office.analyst, second.pk, {"months": 1})
        for days in (-1, 181):
            with pytest.raises(actions.Refused, match="start"):
                actions.submit(office.analyst, second.pk, WHY, today(days))
        approval = actions.submit(office.analyst, second.pk, WHY, today(10))
    assert approval.detail["active_from"] == today(10).isoformat()
    allowed(office.supervisor, approval)
    assert running(office) == [("P-001", 1, False)]
    for version in (first, second):
        version.refresh_from_db(using="intake")
    begins = dt.datetime.combine(today(10), dt.time(), dt.UTC)
    assert (first.state, first.ended_at) == ("ended", begins)
    assert (second.state, second.active_from) == ("active", begins)
    assert second.active_until == actions.in_months(begins, 1)
    before = begins - dt.timedelta(seconds=1)
    assert running(office, before) == [("P-001", 1, False)]
    assert running(office, begins) == [("P-001", 2, False)]
    assert running(office, before) == [("P-001", 1, False)]
    with acting(office.supervisor):
        actions.suspend(office.supervisor, first.profile_id)
    assert running(office) == []


def test_what_was_suspended_does_not_run_until_then(office: Office) -> None:
    """A successor that begins later ends a suspended version at once."""
    first = in_force(office, "lead_time_h < 24")
    with acting(office.analyst):
        actions.suspend(office.analyst, first.profile_id)
        second = actions.new_version(office.analyst, first.profile_id)
        approval = actions.submit(office.analyst, second.pk, WHY, today(10))
    allowed(office.supervisor, approval)
    assert running(office) == []


def today(days: int) -> dt.date:
    """So many days from today, in UTC."""
    return dt.datetime.now(dt.UTC).date() + dt.timedelta(days=days)


def test_one_stops_it_and_another_lets_it_run_again(office: Office) -> None:
    """One click suspends; who suspended does not resume."""
    version = in_force(office, "lead_time_h < 24")
    with acting(office.supervisor):
        actions.suspend(office.supervisor, version.profile_id)
    assert running(office) == []
    with pytest.raises(actions.Refused, match="own"), acting(office.supervisor):
        actions.resume(office.supervisor, version.profile_id)
    with acting(office.analyst):
        actions.resume(office.analyst, version.profile_id)
    assert running(office) == [("P-001", 1, False)]


def test_a_new_version_lifts_a_suspension_by_another_only(office: Office) -> None:
    """Who suspended does not let it run again by approving the next version; another does, and it is
    told."""
    first = in_force(office, "lead_time_h < 24")
    with acting(office.supervisor):
        actions.suspend(office.supervisor, first.profile_id)
    with acting(office.analyst):
        second = actions.new_version(office.analyst, first.profile_id)
    approval = submitted(office, second)
    with pytest.raises(approvals.Refused, match="own"):
        allowed(office.supervisor, approval)
    assert running(office) == []
    other = User(username="other", role="supervisor", organisation_id=office.id)
    other.save(using="intake")
    allowed(User.objects.get(pk=other.pk), approval)
    assert running(office) == [("P-001", 2, False)]
    kinds = second.events.using("intake").order_by("id").values_list("kind", flat=True)
    assert list(kinds)[-2:] == ["activated", "resumed"]


def test_what_nobody_decided_in_time_says_what_to_do(
    office: Office, connection: psycopg.Connection
) -> None:
    """Past three days, whether or not housekeeping came by since; then it is submitted again."""
    version = draft(office)
    submitted(office, version)
    connection.execute("UPDATE accounts_approval SET expires_at = now() - interval '1 second'")
    for _ in range(2):
        with pytest.raises(actions.Refused, match="expired"), acting(office.supervisor):
            actions.allow(office.supervisor, version.pk, WHY)
        approvals.run_out("intake", timezone.now())
    with acting(office.analyst):
        actions.take_back(office.analyst, version.pk)
    submitted(office, version)
    with acting(office.supervisor):
        actions.allow(office.supervisor, version.pk, WHY)
    assert running(office) == [("P-001", 1, False)]


def test_its_time_ends(office: Office, connection: psycopg.Connection) -> None:
    """Past its last day a worker ends it, with an event; it does not come back by itself."""
    version = in_force(office, "lead_time_h < 24")
    connection.execute("UPDATE profiles_version SET active_until = now() - interval '1 minute'")
    assert actions.expire("intake", timezone.now(), at_once) == 1
    assert running(office) == []
    version.refresh_from_db(using="intake")
    assert version.state == "ended"
    assert actions.expire("intake", timezone.now(), at_once) == 0


def test_what_does_not_read_is_not_submitted(office: Office) -> None:
    """An expression with an error, or one that rests on nationality alone: the draft stays."""
    for expression in ("no_such_column > 3", "nationality = 'FRA'"):
        version = draft(office, expression=expression)
        with pytest.raises((actions.Refused, ExpressionError)), acting(office.analyst):
            actions.submit(office.analyst, version.pk, WHY)
        version.refresh_from_db(using="intake")
        assert version.state == "draft"


@pytest.mark.parametrize("basis", ["To be named by the administration", "  ", "–"])
def test_a_law_is_named(office: Office, basis: str) -> None:
    """The placeholder of the starter pack is no legal basis."""
    version = draft(office, basis=basis)
    with pytest.raises(actions.Refused, match="basis"), acting(office.analyst):
        actions.submit(office.analyst, version.pk, WHY)


def test_it_is_tried_before_anybody_is_asked(
    office: Office, connection: psycopg.Connection
) -> None:
    """Where travellers are stored, a finished backtest of exactly what it asks now; a count, one that
    waits or one of other words is none. Where nobody is stored there is nothing to try it on."""
    submitted(office, draft(office))
    flown(connection, office, dt.datetime.now(dt.UTC), [person("DIOP", "AA11")])
    version = draft(office)
    for more in ({"state": "waiting"}, {"quick": True}, {"content_hash": "0" * 64}):
        with acting(office.analyst):
            tried(version, **more)
        with pytest.raises(actions.Refused, match="untested"), acting(office.analyst):
            actions.submit(office.analyst, version.pk, WHY)
    with acting(office.analyst):
        tried(version)
        actions.submit(office.analyst, version.pk, WHY)


def test_restricted_grounds_are_heard(office: Office) -> None:
    """Nationality beside two other kinds of fact, justified in writing, with the officer's opinion on
    exactly these words: then it may be asked for."""
    version = draft(
        office,
        expression="nationality = 'FRA' AND lead_time_h < 24 AND is_cash AND legs > 2",
        justification="A case of last year showed this route.",
    )
    with pytest.raises(actions.Refused, match="findings"):
        submitted(office, version)
    with acting(office.dpo):
        actions.hear(office.dpo, version.pk, True, "Proportionate for the time of the case.")
    assert actions.heard(Version.objects.using("intake").get(pk=version.pk))
    submitted(office, version)
    with acting(office.analyst):
        actions.take_back(office.analyst, version.pk)
        changed = actions.change_draft(
            office.analyst, version.pk,
            {"expression": "nationality = 'SEN' AND lead_time_h < 24 AND is_cash AND legs > 2"},
        )  # fmt: skip
        assert not actions.heard(changed), "other words were not heard"


def test_an_opinion_is_on_the_justification_too(office: Office) -> None:
    """What the officer read as the reason for nationality cannot be another reason afterwards; the table
    counts the draft among those to be heard again."""
    version = draft(
        office,
        expression="nationality = 'FRA' AND lead_time_h < 24 AND is_cash AND legs > 2",
        justification="A case of last year: “é”.",
    )
    with acting(office.dpo):
        actions.hear(office.dpo, version.pk, True, "Proportionate for the time of the case.")
    with acting(office.analyst):
        assert selectors.page(Filters()).counts["hear"] == 0
        changed = actions.change_draft(
            office.analyst, version.pk, {"justification": "Another reason."}
        )
        assert not actions.heard(changed)
        assert selectors.page(Filters()).counts["hear"] == 1


def test_rights(office: Office) -> None:
    """The data-protection officer writes no profile, the analyst gives no opinion."""
    with pytest.raises(PermissionDenied), acting(office.dpo):
        actions.begin_draft(office.dpo, FIELDS)
    version = draft(office)
    with pytest.raises(PermissionDenied), acting(office.analyst):
        actions.hear(office.analyst, version.pk, True, "x" * 30)


def test_another_organisation_sees_none_of_it(
    office: Office, connection: psycopg.Connection
) -> None:
    """Row-level security: a profile of others is not there."""
    version = draft(office)
    other = "11111111-1111-4111-8111-111111111111"
    connection.execute(
        "INSERT INTO accounts_organisation (id, name, kind, country, synthetic)"
        " VALUES (%s, 'Zoll', 'administration', 'DE', true)",
        [other],
    )
    stranger = User(username="stranger", role="supervisor", organisation_id=other)
    stranger.save(using="intake")
    with acting(stranger):
        assert not Profile.objects.exists()
        with pytest.raises(Version.DoesNotExist):
            actions.change_draft(stranger, version.pk, {"weight": 1})
    with pytest.raises(ProgrammingError), acting(office.analyst):
        version.events.all().delete()
