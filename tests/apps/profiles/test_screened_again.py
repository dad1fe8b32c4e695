"""Stored travellers are screened again whole when a profile runs, or what they are has changed."""

from __future__ import annotations

import datetime as dt
import os
import threading
import time
import uuid
from typing import Any

import psycopg
import pytest
from django.db import connections
from tests.apps.profiles.office import Office, build
from tests.apps.profiles.story import FIELDS, acting, flown, in_force, person, submitted
from tests.apps.profiles.test_draws import rate
from tests.apps.profiles.test_raised import renewed

from vedette.apps.approvals import actions as approvals
from vedette.apps.desk import rescreen
from vedette.apps.desk import work as working
from vedette.apps.desk.work import Worker
from vedette.apps.hits import floods
from vedette.apps.hits.models import FloodCount, Hit, Reason
from vedette.apps.profiles import actions, draws
from vedette.apps.profiles.actions import bump
from vedette.apps.profiles.models import ShadowFire, Version
from vedette.apps.requests.actions import restrict
from vedette.apps.requests.corrections import rectify
from vedette.apps.requests.models import SubjectRequest
from vedette.apps.subjects.models import Subject
from vedette.commands.environment import keys
from vedette.core.parties import Document
from vedette.travellers.app.models import Journey
from vedette.travellers.app.store import Store

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
LEAVES = NOW + dt.timedelta(hours=20)
ALL = "origin = 'ADD'"
PAPERS = tuple(Document(type="P", number=number, issuer="FRA") for number in ("AA0", "AA1"))


def worked() -> None:
    """A worker until nothing waits."""
    worker = Worker(os.environ["DATABASE_URL_INTAKE"], keys())
    try:
        worker.drain()
    finally:
        worker.connection.close()


def arrives(
    connection: psycopg.Connection[Any], office: Office, *names: str, minutes: int = 0, **more: Any
) -> None:
    """Travellers of these surnames on one flight that has not left yet."""
    people = [person(name, f"AA{n}", **more) for n, name in enumerate(names)]
    flown(connection, office, NOW + dt.timedelta(minutes=minutes), people, leaves=LEAVES)


def told(organisation: uuid.UUID | None = None) -> list[tuple[str, str, str]]:
    """Surname, state of the hit and state of its reason, of every reason."""
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"]) as connection:
        rows = connection.execute(
            "SELECT c.surname, h.state, r.state FROM hits_reason r"
            " JOIN hits_hit h ON h.id = r.hit_id"
            " JOIN travellers_journeyclear c ON c.journey_id = h.subject_id"
            " WHERE %(home)s::uuid IS NULL OR h.organisation_id = %(home)s ORDER BY 1, r.created_at",
            {"home": organisation},
        )
        return list(rows.fetchall())


def marked() -> int:
    """How many journeys are to be screened again."""
    return Subject.objects.using("intake").filter(screen_again=True).count()


def judged(connection: psycopg.Connection[Any]) -> int:
    """How many rows of values were stored."""
    row = connection.execute("SELECT coalesce(sum(rows), 0) FROM profiles_known").fetchone()
    assert row is not None
    return int(row[0])


def asked_for(office: Office, kind: str) -> SubjectRequest:
    """A request about every journey there is."""
    ids = Journey.objects.using("intake").filter(organisation_id=office.id)
    return SubjectRequest.objects.using("intake").create(
        organisation_id=office.id, kind=kind, received_on=NOW.date(), due_on=NOW.date(),
        reference="1", subjects=list(ids.values_list("pk", flat=True)), by_id=office.dpo.pk,
    )  # fmt: skip


def restricted(office: Office, on: bool) -> None:
    """Every journey, by the data-protection officer."""
    with acting(office.dpo):
        restrict(office.dpo, asked_for(office, "restricted"), on)


def rectified(office: Office) -> None:
    """The one document of every traveller of the office, by the data-protection officer."""
    with acting(office.dpo):
        rectify(office.dpo, asked_for(office, "rectified"), "document", "AA0", "passport")


def resumed(office: Office, version: Version) -> None:
    """By somebody else than who suspended it."""
    with acting(office.supervisor):
        actions.resume(office.supervisor, version.profile_id)


def suspended(office: Office, version: Version) -> None:
    """By the analyst."""
    with acting(office.analyst):
        actions.suspend(office.analyst, version.profile_id)


# --- what a profile says from now on ----------------------------------------------------------------


def activation(connection: psycopg.Connection[Any], office: Office) -> None:
    """A profile becomes active."""
    arrives(connection, office, "DIOP")
    in_force(office, ALL)


def resumption(connection: psycopg.Connection[Any], office: Office) -> None:
    """A traveller comes while the profile is suspended; it is resumed."""
    version = in_force(office, ALL)
    suspended(office, version)
    arrives(connection, office, "DIOP")
    resumed(office, version)


def rectification(connection: psycopg.Connection[Any], office: Office) -> None:
    """The second passport was somebody else's."""
    in_force(office, "documents = 1")
    arrives(connection, office, "DIOP", documents=PAPERS)
    rectified(office)


def end_of_restriction(connection: psycopg.Connection[Any], office: Office) -> None:
    """The profile became active while the traveller was restricted."""
    arrives(connection, office, "DIOP")
    restricted(office, True)
    in_force(office, ALL)
    worked()
    assert told() == []
    restricted(office, False)


CAUSES = [activation, resumption, rectification, end_of_restriction]


@pytest.mark.parametrize("cause", CAUSES)
def test_a_profile_that_fires_only_now_gives_a_hit(
    connection: psycopg.Connection[Any], office: Office, cause: Any
) -> None:
    """And nothing else happens: no message, no draw, no second hit when asked once more."""
    draws.keep_promises(connection, keys(), NOW - dt.timedelta(days=1))
    draws.keep_promises(connection, keys(), NOW)
    rate(office, 0.5)
    cause(connection, office)
    assert told() == []
    counted = "SELECT (SELECT count(*) FROM inbox_message), (SELECT count(*) FROM profiles_drawn)," \
        " (SELECT count(*) FROM inbox_inbox), (SELECT count(*) FROM travellers_journey)"  # fmt: skip
    before, values = connection.execute(counted).fetchone(), judged(connection)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(draws, "draw_arrivals", lambda *_: pytest.fail("nobody came"))
        worked()
    assert told() == [("DIOP", "new", "open")]
    assert judged(connection) == values + 1, "the values it was judged on are stored"
    assert connection.execute(counted).fetchone() == before
    worked()
    assert (told(), marked(), judged(connection)) == ([("DIOP", "new", "open")], 0, values + 1)


# --- what a profile does not say any more -----------------------------------------------------------


def another_version(connection: psycopg.Connection[Any], office: Office) -> None:
    """The next version asks for less."""
    version = in_force(office, ALL)
    arrives(connection, office, "DIOP")
    renewed(office, version, expression="origin = 'XXX'")


def resumption_later(connection: psycopg.Connection[Any], office: Office) -> None:
    """The message that takes the ground away came while the profile was suspended."""
    version = in_force(office, "documents = 1")
    arrives(connection, office, "DIOP")
    suspended(office, version)
    two_papers(connection, office)
    worked()
    assert told() == [("DIOP", "new", "open")], "what a suspended profile said stays"
    resumed(office, version)


def rectification_later(connection: psycopg.Connection[Any], office: Office) -> None:
    """The second passport was somebody else's."""
    in_force(office, "documents = 2")
    arrives(connection, office, "DIOP", documents=PAPERS)
    rectified(office)


def restricted_meanwhile(connection: psycopg.Connection[Any], office: Office) -> None:
    """The message that takes the ground away came during the restriction, and was not screened."""
    in_force(office, "documents = 1")
    arrives(connection, office, "DIOP")
    restricted(office, True)
    two_papers(connection, office)
    restricted(office, False)


def two_papers(connection: psycopg.Connection[Any], office: Office) -> None:
    """The same traveller with a second passport."""
    arrives(connection, office, "DIOP", minutes=1, documents=PAPERS)


GONE = [another_version, resumption_later, rectification_later, restricted_meanwhile]


@pytest.mark.parametrize("cause", GONE)
def test_a_profile_that_fires_no_more_loses_its_open_reason(
    connection: psycopg.Connection[Any], office: Office, cause: Any
) -> None:
    """The reason is void, and with it the hit that nothing else speaks for."""
    cause(connection, office)
    assert told() == [("DIOP", "new", "open")]
    worked()
    assert (told(), marked()) == ([("DIOP", "void", "void")], 0)


@pytest.mark.parametrize("cause", GONE)
def test_what_was_answered_stays_answered(
    connection: psycopg.Connection[Any], office: Office, cause: Any
) -> None:
    """A decided hit opens again by the rules of every screening alone: not because it was screened."""
    cause(connection, office)
    Reason.objects.using("intake").update(state="answered", outcome="released")
    Hit.objects.using("intake").update(state="decided")
    worked()
    assert told() == [("DIOP", "decided", "answered")]


def test_a_decided_hit_opens_by_another_profile(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """A later reason reopens, as one that a message brings."""
    in_force(office, ALL)
    arrives(connection, office, "DIOP")
    Reason.objects.using("intake").update(state="answered", outcome="released")
    Hit.objects.using("intake").update(state="decided")
    in_force(office, "documents = 1")
    worked()
    assert told() == [("DIOP", "reopened", "answered"), ("DIOP", "reopened", "open")]


# --- who is asked -----------------------------------------------------------------------------------


def test_a_profile_is_asked_of_whom_is_still_to_be_decided_on(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """Not of those who have landed, who are restricted, or whose values are masked."""
    arrives(connection, office, "DIOP", "MASKED")
    flown(connection, office, NOW - dt.timedelta(hours=12), [person("LANDED", "AA7")], number="9")
    connection.execute("DELETE FROM travellers_journeyclear WHERE surname = 'MASKED'")
    in_force(office, ALL)
    assert told() == []
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as worker:
        assert rescreen.rescreen_activated(worker, dt.datetime.now(dt.UTC))
        assert marked() == 1
        assert not rescreen.rescreen_activated(worker, dt.datetime.now(dt.UTC))
    worked()
    assert told() == [("DIOP", "new", "open")]


def test_of_another_organisation_nobody_is_asked(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """The same people stored by both: the profile of one raises hits of its own travellers alone."""
    theirs = build(connection, "Elsewhere")
    for one in (office, theirs):
        arrives(connection, one, "DIOP", "SECK")
    values = judged(connection)
    in_force(office, ALL)
    worked()
    assert told(office.id) == [("DIOP", "new", "open"), ("SECK", "new", "open")]
    assert told(theirs.id) == []
    assert judged(connection) == values + 2
    rectified(theirs)
    worked()
    assert (told(theirs.id), len(told(office.id))) == ([], 2)


def test_a_version_that_begins_later_is_asked_when_it_begins(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """Nothing is marked before."""
    arrives(connection, office, "DIOP")
    with acting(office.analyst):
        version = actions.begin_draft(office.analyst, {**FIELDS, "expression": ALL})
        submitted_for = NOW.date() + dt.timedelta(days=1)
    with pytest.MonkeyPatch.context() as patched:
        submit = actions.submit
        patched.setattr(actions, "submit", lambda *a: submit(*a, start=submitted_for))
        approval = submitted(office, version)
    with acting(office.supervisor):
        approvals.decide(office.supervisor, approval.pk, True)
    worked()
    assert (told(), marked()) == ([], 0)
    connection.execute("UPDATE profiles_version SET active_from = now() - interval '1 minute'")
    bump(office.id, "intake")
    worked()
    assert told() == [("DIOP", "new", "open")]


def test_profiles_in_shadow_mode_are_asked_too(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """What they would have raised is kept once; they raise no hit."""
    arrives(connection, office, "DIOP")
    with acting(office.analyst):
        draft = actions.begin_draft(office.analyst, {**FIELDS, "expression": ALL})
        actions.shadow(office.analyst, draft.pk, on=True)
    worked()
    assert not ShadowFire.objects.using("intake").exists()
    for _ in range(2):
        in_force(office, "origin = 'XXX'")
        worked()
        assert told() == []
        assert ShadowFire.objects.using("intake").get().version_id == draft.pk


def test_lists_are_asked_in_the_same_screening(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """A reason of a list that holds no more falls away beside the new one of the profile."""
    arrives(connection, office, "DIOP")
    in_force(office, ALL)
    worked()
    connection.execute(
        "INSERT INTO hits_reason (id, organisation_id, hit_id, kind, key, channel, contribution,"
        " params, entry_hash, knowledge, theme, purpose, state, outcome, created_at)"
        " SELECT %s, organisation_id, id, 'watchlist', 'gone', 'name', 40, '{}', 'h', '1', 'passengers',"
        " 'border', 'open', '', now() FROM hits_hit",
        [uuid.uuid4()],
    )
    in_force(office, "documents = 1")
    worked()
    states = Reason.objects.using("intake").values_list("kind", "state")
    assert sorted(states) == [("profile", "open"), ("profile", "open"), ("watchlist", "void")]


def test_a_profile_that_fires_on_everybody_is_one_row(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """A flood of those stored is a flood like one of those who come."""
    names = [f"DIOP{chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(floods.STARTS_AT + 10)]
    arrives(connection, office, *names)
    version = in_force(office, ALL)
    worked()
    floods.mark(connection, dt.datetime.now(dt.UTC))
    hits = Hit.objects.using("intake")
    assert hits.count() == hits.filter(flood_profile_id=version.profile_id).count() == len(names)
    assert [f.count for f in FloodCount.objects.using("intake")] == [len(names)]


# --- interrupted, and beside others -----------------------------------------------------------------


class Killed(Exception):
    """The worker's connection broke."""


def wait_for_locks(connection: psycopg.Connection[Any], office: Office) -> None:
    """Waits until the server has ended the broken session: until then it holds the locks of the worker."""
    for lock in (rescreen._MARKED, rescreen._CHANGES):
        connection.execute(f"SELECT pg_advisory_lock({lock})", [str(office.id)])
        connection.execute(f"SELECT pg_advisory_unlock({lock})", [str(office.id)])


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few at a time."""
    monkeypatch.setattr(rescreen, "BATCH", 2)
    monkeypatch.setattr(rescreen, "GROUPS", 1)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("after", [0, 1, 2])
def test_killed_while_screening_it_goes_on(
    connection: psycopg.Connection[Any], office: Office, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """With its connection broken in the middle of a batch: what was screened stays, the rest follows."""
    names = ["DIOPA", "DIOPB", "DIOPC", "DIOPD", "DIOPE"]
    arrives(connection, office, *names)
    values = judged(connection)
    in_force(office, ALL)
    settle, batches = Store.settle, 0

    def broken(self: Store, *args: Any) -> None:
        nonlocal batches
        settle(self, *args)
        if batches == after:
            self.connection.close()
            raise Killed
        batches += 1

    with monkeypatch.context() as patched:
        patched.setattr(Store, "settle", broken)
        with pytest.raises((Killed, psycopg.OperationalError)):
            worked()
    wait_for_locks(connection, office)
    assert len(told()) == 2 * after
    assert marked() == len(names) - 2 * after
    worked()
    assert told() == [(name, "new", "open") for name in names]
    assert (marked(), judged(connection)) == (0, values + len(names))


@pytest.mark.usefixtures("small")
def test_killed_while_marking_it_begins_again(
    connection: psycopg.Connection[Any], office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The version waits until every flight was marked."""
    for n in range(3):
        flown(connection, office, NOW, [person("DIOP", f"AA{n}")], number=str(n), leaves=LEAVES)
    in_force(office, ALL)
    lock, flights = rescreen.lock, 0

    def broken(on: psycopg.Connection[Any], some: Any) -> None:
        nonlocal flights
        flights += 1
        if flights == 2:
            on.close()
            raise Killed
        lock(on, some)

    with monkeypatch.context() as patched:
        patched.setattr(rescreen, "lock", broken)
        with pytest.raises((Killed, psycopg.OperationalError)):
            worked()
    wait_for_locks(connection, office)
    assert marked() == 1
    worked()
    assert told() == [("DIOP", "new", "open")] * 3
    assert not Version.objects.using("intake").filter(screen_stored=True).exists()


def test_who_is_stored_meanwhile_is_asked_too(
    connection: psycopg.Connection[Any], office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A profile becomes active between the moment when a worker read the profiles and the moment when it
    stores a message: whoever marks waits for that worker."""
    process, threads = working.process, []

    def marks() -> None:
        with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as other:
            rescreen.rescreen_activated(other, dt.datetime.now(dt.UTC))
        connections.close_all()

    def slow(*args: Any) -> None:
        in_force(office, ALL)
        threads.append(threading.Thread(target=marks))
        threads[0].start()
        waits = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"
        until = time.monotonic() + 30
        while connection.execute(waits).fetchone() != (True,) and threads[0].is_alive():
            assert time.monotonic() < until
            time.sleep(0.01)
        process(*args)

    with monkeypatch.context() as patched:
        patched.setattr(working, "process", slow)
        worker = Worker(os.environ["DATABASE_URL_INTAKE"], keys())
        patched.setattr(working, "JOBS", working.JOBS[:1])
        arrives(connection, office, "DIOP")
        worker.connection.close()
    threads[0].join()
    assert told() == []
    worked()
    assert told() == [("DIOP", "new", "open")]


def test_what_is_rectified_at_this_moment_keeps_its_mark(
    connection: psycopg.Connection[Any], office: Office
) -> None:
    """Somebody else holds the row: it is screened when they are done, with what they wrote."""
    in_force(office, "documents = 1")
    arrives(connection, office, "DIOP", documents=PAPERS)
    worked()
    Subject.objects.using("intake").update(screen_again=True)
    asked = asked_for(office, "rectified")
    with acting(office.dpo):
        rectify(office.dpo, asked, "document", "AA0", "passport")
        worked()
        assert marked() == 1
    worked()
    assert told() == [("DIOP", "new", "open")]
