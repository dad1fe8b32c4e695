"""A clock that jumps ends nothing: timed acts wait for an administrator, screening goes on."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.test import Client
from django.utils import timezone
from tests.clock import Ticking, ticking

from vedette.apps.accounts.models import Act, Organisation, Session, User
from vedette.apps.desk import work
from vedette.apps.inbox.receiving import put_in
from vedette.apps.upkeep import clock, pauses
from vedette.apps.upkeep.models import Pause
from vedette.commands.environment import keys
from vedette.core.records import Envelope
from vedette.travellers.formats import paxlst_writer
from vedette.travellers.records import Flight, Message, Traveller

TIMED = tuple(job for job in work.JOBS if job.timed and job.name != "retention")


class Office:
    """An organisation with an administrator, and officers who all signed in an hour ago."""

    def __init__(self, name: str, officers: int) -> None:
        self.home = Organisation.objects.using("intake").create(name=name)
        self.administrator = self._user(f"boss{name}", "administrator")
        self.officers = [self._user(f"officer{name}{n}", "officer") for n in range(officers)]

    def _user(self, username: str, role: str) -> User:
        seen = timezone.now() - dt.timedelta(hours=1)
        user = User(username=username, role=role, organisation=self.home, last_login=seen)
        user.save(using="intake")
        return user

    def suspended(self) -> int:
        """How many of its accounts are suspended."""
        rows = User.objects.using("intake").filter(organisation=self.home)
        return rows.exclude(suspended_at=None).count()

    def acts(self, what: str) -> list[Act]:
        """What its journal has of this act."""
        rows = Act.objects.using("intake").filter(organisation=self.home, act=what)
        return list(rows.order_by("id"))

    def sees(self) -> list[str]:
        """The status page of its administrator: what it says of each pause."""
        answer = self.client().get("/status/")
        assert answer.status_code == 200
        return [pause.why for pause in answer.context["pauses"]]

    def client(self) -> Client:
        """Signed in as administrator."""
        client = Client(HTTP_HOST="localhost")
        client.force_login(self.administrator)
        return client


@pytest.fixture
def offices(database: str) -> list[Office]:
    """Two organisations."""
    return [Office("Left", 13), Office("Right", 13)]


@pytest.fixture
def time(database: str, offices: list[Office]) -> Iterator[Ticking]:
    """A time that only the test changes."""
    with ticking(database) as found:
        yield found


@pytest.fixture
def worker(time: Ticking) -> Iterator[work.Worker]:
    """A worker that has recorded the time."""
    made = work.Worker(os.environ["DATABASE_URL_INTAKE"], keys())
    run(made)
    yield made
    made.connection.close()


def run(worker: work.Worker) -> None:
    """Each timed job once."""
    for job in TIMED:
        worker.do(job)


def another(boot: str) -> clock.Clock:
    """The clock of a worker that starts now on a machine that was started anew."""
    made = clock.Clock(keys())
    made._boot = boot
    return made


def pending() -> list[Pause]:
    """The pauses that have not ended."""
    return list(Pause.objects.using("intake").filter(ended_at=None))


def test_a_clock_400_days_ahead_ends_nothing(
    offices: list[Office], worker: work.Worker, time: Ticking
) -> None:
    """The clock of the database jumps: 28 accounts stay, a session stays, messages are still read. Both
    administrators see why; the confirmation of one is journalled and lets the acts run."""
    sessions = Session.objects.using("intake")
    left, right = offices
    client = left.client()
    before = sessions.count()
    time.passes(seconds=50)
    run(worker)
    time.jumps(days=400)
    run(worker)
    assert [office.suspended() for office in offices] == [0, 0]
    assert sessions.count() == before
    assert worker.clock.read(worker.connection).now < timezone.now() + dt.timedelta(hours=1)
    assert [office.sees() for office in offices] == [["forward"], ["forward"]]
    for office in offices:
        [begun] = office.acts("pause.begin")
        assert begun.detail["why"] == "forward"
    worker.clock = clock.Clock(keys())
    run(worker)
    assert [office.suspended() for office in offices] == [0, 0]
    [pause] = pending()
    answer = client.post(f"/status/{pause.pk}/confirm/")
    assert answer.status_code == 302
    assert [(act.user_id, act.subject) for act in left.acts("pause.confirm")] == [
        (left.administrator.pk, str(pause.pk))
    ]
    assert right.acts("pause.confirm") == []
    run(worker)
    # The time is accepted; fourteen accounts of fourteen are asked about, in each organisation.
    assert {(p.act, p.organisation_id, p.count, p.total) for p in pending()} == {
        ("accounts", office.home.pk, 14, 14) for office in offices
    }
    assert [len(office.acts("pause.end")) for office in offices] == [1, 1]


def test_a_worker_with_a_wrong_clock_ends_nothing(
    offices: list[Office], worker: work.Worker, time: Ticking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time comes from the database: the clock of the machine of a worker is asked by nobody."""
    ahead = timezone.now() + dt.timedelta(days=400)
    monkeypatch.setattr(timezone, "now", lambda: ahead)
    run(worker)
    assert [office.suspended() for office in offices] == [0, 0]
    assert pending() == []


def test_messages_are_screened_while_timed_acts_wait(
    offices: list[Office], worker: work.Worker, time: Ticking, database: str
) -> None:
    """With the expected time: who travels today is not kept as if received next year."""
    flight = Flight(
        carrier="XX", number="417", origin="ADD", destination="DSS",
        departure=time.at.replace(tzinfo=None), arrival=time.at.replace(tzinfo=None),
    )  # fmt: skip
    message = Message(
        format="PAXLST", function="passengers", flights=(flight,),
        travellers=(Traveller(surname="DIOP", given_names="ADA"),),
        envelope=Envelope(
            sender="XX", recipient="DSS", prepared=time.at.replace(tzinfo=None),
            interchange_ref="A1", message_ref="1",
        ),
    )  # fmt: skip
    expected = time.at
    time.jumps(days=400)
    run(worker)
    data = paxlst_writer.write(message)
    placed = put_in(worker.connection, keys(), offices[0].home.pk, "x", data, "ingest")
    assert placed.state == "accepted"
    assert worker.drain() == 1
    [[received]] = worker.connection.execute("SELECT received_at FROM subjects_subject")
    assert received == expected
    assert [pause.why for pause in pending()] == ["forward"]


@pytest.mark.parametrize("jump", [{"minutes": 59}, {"seconds": -59}, {"seconds": 0}])
def test_a_small_correction_stops_nothing(worker: work.Worker, time: Ticking, jump: Any) -> None:
    """NTP sets clocks right."""
    time.passes(seconds=70)
    time.jumps(**jump)
    run(worker)
    assert worker.clock.read(worker.connection).trusted
    assert pending() == []


@pytest.mark.parametrize(
    ("jump", "why"),
    [({"minutes": 61}, "forward"), ({"seconds": -62}, "back"), ({"days": -3}, "back")],
)
def test_a_jump_waits_and_a_right_clock_goes_on(
    offices: list[Office], worker: work.Worker, time: Ticking, jump: Any, why: str
) -> None:
    """The clock is set right before somebody confirms: nothing was done, and the acts go on by themselves."""
    time.passes(seconds=70)
    time.jumps(**jump)
    run(worker)
    [pause] = pending()
    assert pause.why == why
    expected = time.at - dt.timedelta(**jump)
    assert worker.clock.read(worker.connection) == (expected, False)
    time.passes(minutes=5)
    assert worker.clock.read(worker.connection).trusted is False
    time.jumps(**{unit: -size for unit, size in jump.items()})
    assert worker.clock.read(worker.connection).trusted
    assert pending() == []
    assert [len(office.acts("pause.end")) for office in offices] == [1, 1]


def test_a_long_stop_is_told_from_a_jump(worker: work.Worker, time: Ticking) -> None:
    """The machine counts on while no worker runs; after its restart nobody knows, and one click tells."""
    time.passes(days=40)
    assert clock.Clock(keys()).read(worker.connection).trusted
    time.passes(minutes=59)
    booted = another("another boot")
    assert booted.read(worker.connection).trusted
    time.passes(hours=9)
    booted = another("a third boot")
    assert not booted.read(worker.connection).trusted
    [pause] = pending()
    assert pause.why == "stopped"
    time.passes(hours=3)
    Pause.objects.using("intake").update(confirmed_at=time.at)
    assert booted.read(worker.connection).trusted
    assert booted.read(worker.connection).now == time.at


def test_the_confirmed_time_only(worker: work.Worker, time: Ticking) -> None:
    """The clock jumps once more before the confirmation is carried out: that is another question."""
    time.jumps(hours=2)
    run(worker)
    time.jumps(days=400)
    Pause.objects.using("intake").update(confirmed_at=time.at)
    assert not worker.clock.read(worker.connection).trusted
    [pause] = pending()
    assert pause.confirmed_at is None
    assert pause.at == time.at


def test_several_machines_one_question(
    offices: list[Office], worker: work.Worker, time: Ticking
) -> None:
    """Workers on two machines find the same jump: one pause, one act in each journal; the other machine
    does not end what the first began."""
    other = another("another machine")
    assert other.read(worker.connection).trusted
    time.passes(seconds=70)
    time.jumps(seconds=-90)
    assert not other.read(worker.connection).trusted
    assert not worker.clock.read(worker.connection).trusted
    time.jumps(seconds=90)
    assert not worker.clock.read(worker.connection).trusted
    assert other.read(worker.connection).trusted
    assert [len(office.acts("pause.begin")) for office in offices] == [1, 1]


def test_the_time_is_recorded_each_minute(worker: work.Worker, time: Ticking) -> None:
    """One row."""
    seen = set()
    for _ in range(12):
        time.passes(seconds=20)
        worker.clock.read(worker.connection)
        [[at, marks]] = worker.connection.execute("SELECT recorded_at, marks FROM upkeep_clock")
        assert list(marks) == [worker.clock._boot]
        seen.add(at)
    assert len(seen) == 5


def test_real_time(database: str) -> None:
    """Without an artificial clock: the database's time, and the machine's seconds."""
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        for _ in range(3):
            now, trusted = clock.Clock(keys()).read(connection)
            assert trusted
            assert abs(now - timezone.now()) < dt.timedelta(seconds=5)
        [[marks]] = connection.execute("SELECT marks FROM upkeep_clock")
        assert len(marks) == 1


def test_many_accounts_wait_in_one_organisation_only(
    offices: list[Office], worker: work.Worker, time: Ticking
) -> None:
    """Ten of fourteen wait in Left, nine of fourteen are suspended in Right. What is confirmed is what was
    asked: an account that became unused since then is not suspended with the others."""
    left, right = offices
    long_ago = time.at - dt.timedelta(days=91)
    for office, count in ((left, 10), (right, 9)):
        mine = [user.pk for user in office.officers[:count]]
        User.objects.using("intake").filter(pk__in=mine).update(
            date_joined=long_ago, last_login=long_ago
        )
    run(worker)
    assert (left.suspended(), right.suspended()) == (0, 9)
    assert (left.sees(), right.sees()) == (["mass"], [])
    [pause] = pending()
    assert (pause.count, pause.total, pause.organisation_id) == (10, 14, left.home.pk)
    assert len(left.acts("pause.begin")) == 1
    assert right.acts("pause.begin") == []
    # The administrator of the other organisation neither sees nor confirms it.
    assert right.client().post(f"/status/{pause.pk}/confirm/").status_code == 404
    run(worker)
    assert left.suspended() == 0
    late = left.officers[12]
    User.objects.using("intake").filter(pk=late.pk).update(
        date_joined=long_ago, last_login=time.at - dt.timedelta(days=90) + dt.timedelta(minutes=1)
    )
    time.passes(minutes=5)
    assert left.client().post(f"/status/{pause.pk}/confirm/").status_code == 302
    run(worker)
    assert left.suspended() == 10
    assert pending() == []
    time.passes(minutes=1)
    run(worker)
    assert left.suspended() == 11


def test_who_confirms(offices: list[Office], worker: work.Worker, time: Ticking) -> None:
    """An administrator; once; an officer does not see the page."""
    time.jumps(days=1)
    run(worker)
    [pause] = pending()
    left, _ = offices
    officer = Client(HTTP_HOST="localhost")
    officer.force_login(left.officers[0])
    assert officer.get("/status/").status_code == 403
    assert officer.post(f"/status/{pause.pk}/confirm/").status_code == 403
    assert left.client().get(f"/status/{pause.pk}/confirm/").status_code == 405
    assert left.client().post(f"/status/{pause.pk}/confirm/").status_code == 302
    again = left.client().post(f"/status/{pause.pk}/confirm/", follow=True)
    said = again.content.decode()
    assert "Nothing to confirm" in said or "Rien à confirmer" in said
    assert len(left.acts("pause.confirm")) == 1
    assert left.client().post(f"/status/{uuid.uuid4()}/confirm/").status_code == 404


def test_a_partner_does_not_confirm_for_all_organisations(
    offices: list[Office], worker: work.Worker, time: Ticking
) -> None:
    """A wrong time that a partner confirms would end the data of the others before their time."""
    time.jumps(days=1)
    run(worker)
    [pause] = pending()
    _, right = offices
    home = right.administrator.organisation_id
    Organisation.objects.using("intake").filter(pk=home).update(kind=Organisation.Kind.PARTNER)
    assert f"/status/{pause.pk}/confirm/" not in right.client().get("/status/").content.decode()
    assert right.client().post(f"/status/{pause.pk}/confirm/").status_code == 403
    with psycopg.connect(os.environ["DATABASE_URL"]) as web:
        web.execute("SELECT set_config('vedette.organisation', %s, true)", [str(home)])
        assert web.execute("UPDATE upkeep_pause SET confirmed_at = now()").rowcount == 0
    [pause] = pending()
    assert pause.confirmed_at is None


def test_the_web_role_confirms_and_changes_nothing_else(
    offices: list[Office], worker: work.Worker, time: Ticking
) -> None:
    """No other column, no new row, no clock; and only PostgreSQL's owner replaces the time."""
    for statement in (
        "UPDATE upkeep_pause SET ended_at = now()",
        "INSERT INTO upkeep_pause (id, act, why, at) VALUES (gen_random_uuid(), 'clock', 'back', now())",
        "DELETE FROM upkeep_pause",
        "UPDATE upkeep_clock SET recorded_at = now()",
        "CREATE OR REPLACE FUNCTION vedette_now() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
    ):
        with (
            psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as web,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            web.execute(statement)
    with (
        psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as intake,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        intake.execute(
            "CREATE OR REPLACE FUNCTION vedette_now() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'"
        )


def test_an_interrupted_act_asks_once(worker: work.Worker, offices: list[Office]) -> None:
    """The worker ends in the middle: the confirmation stands until the act is done."""
    home = offices[0].home.pk
    asking = pauses.Asking(worker.connection, keys(), timezone.now())
    with asking.rows("accounts", home, 12, 20) as as_of:
        assert as_of is None
    Pause.objects.using("intake").update(confirmed_at=timezone.now())
    with pytest.raises(ZeroDivisionError), asking.rows("accounts", home, 12, 20) as as_of:
        raise ZeroDivisionError
    with asking.rows("accounts", home, 12, 20) as as_of:
        assert as_of == Pause.objects.using("intake").get().at
    assert pending() == []
    with asking.rows("accounts", home, 100, 1000) as as_of:
        assert as_of == asking.now
