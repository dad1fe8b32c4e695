"""Who is notified of what, what goes out of sight with its subject, and what a reader marks as read."""

from __future__ import annotations

import datetime as dt
import os
import re
import uuid
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone
from tests.apps.hits import world as made
from tests.apps.hits.world import World, build

from vedette.apps.accounts.models import Unit, User
from vedette.apps.approvals import actions as approvals
from vedette.apps.desk.notifications import notify_late, shown
from vedette.apps.hits import actions as hits
from vedette.apps.hits.actions import Verdict
from vedette.apps.hits.models import Hit, Reason
from vedette.apps.hits.raising import Screened, raise_hits
from vedette.apps.lists.actions import create_lookout
from vedette.apps.notices import actions
from vedette.apps.notices.models import Notice
from vedette.apps.subjects.rows import Spine
from vedette.screening import reason as found
from vedette.travellers.app.models import Flight

#: The parameters of a notification of late messages.
LATE = {"subjects": "traveller", "themes": ["passengers"], "unit": None, "group": None}
WHY = "Passport and birth date are not those of the entry."


@pytest.fixture
def world(database: str) -> World:
    """An administration with its people and a list."""
    return build()


@pytest.fixture
def intake(database: str) -> str:
    """The address of the database for the intake role."""
    return os.environ["DATABASE_URL_INTAKE"]


@pytest.fixture
def hit(world: World) -> Hit:
    """A hit of one list reason, landing in 41 minutes."""
    return made.hit(world, made.journey(world, world.flight("YY 417", 41), "DOE", "Jane"))


def seen(world: World, name: str) -> list[tuple[str, str]]:
    """The kinds of the notifications that a user sees now, with the name of who acted, oldest first."""
    with world.seen_by(User.objects.get(pk=world.users[name].pk)):
        rows = Notice.objects.select_related("by").order_by("at")
        return [(one.kind, one.by.username if one.by else "") for one in rows]


def decide(world: World, hit: Hit, choice: str, by: str = "officer", **more: Any) -> None:
    """A decision of an officer."""
    reasons = frozenset(
        Reason.objects.using("intake").filter(hit=hit, state="open").values_list("pk", flat=True)
    )
    verdict = Verdict(
        choice=choice, why=WHY, seen=reasons, answers=dict.fromkeys(reasons, "unsure"), **more
    )
    with world.seen_by(world.users[by]) as user:
        hits.decide(user, hit.pk, verdict)


def browser(user: User) -> Client:
    """A browser in English in which `user` is signed in."""
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user)
    return client


def unread(page: bytes) -> int:
    """The number in the bar of a page."""
    number = re.search(r'id="bell"[^>]*>(?:<b>(\d+)</b>)?', page.decode())
    assert number
    return int(number[1] or 0)


def test_a_hand_over_notifies_the_colleague(world: World, hit: Hit) -> None:
    """The colleague is notified, and nobody else."""
    with world.seen_by() as officer:
        hits.hand_over(officer, hit.pk, world.users["officer2"])
    assert seen(world, "officer2") == [("handed_over", "officer")]
    assert not any(seen(world, name) for name in ("officer", "supervisor", "administrator"))


def test_a_hold_notifies_the_supervisor_and_ends(world: World, hit: Hit) -> None:
    """The supervisor is notified at once, and both before the two hours end, unless a result is known."""
    decide(world, hit, "hold")
    assert seen(world, "supervisor") == [("hold", "officer")]
    assert seen(world, "officer") == []
    Notice.objects.using("intake").filter(kind="deadline").update(at=timezone.now())
    assert seen(world, "supervisor") == [("hold", "officer"), ("deadline", "")]
    assert seen(world, "officer") == [("deadline", "")]
    assert "ends at" in browser(world.officer).get("/notifications/").content.decode()
    with world.seen_by() as officer:
        hits.record_result(officer, hit.pk, "nothing")
    assert seen(world, "officer") == []


def test_the_number_of_notifications_is_planned_without_holds(world: World) -> None:
    """Each page shows the number. With the queries about holds and decisions, its plan took longer than all
    other queries of a page."""
    with world.seen_by(world.officer) as user:
        assert "hits_decision" not in shown(user).explain()


def test_the_deadline_is_shown_half_an_hour_before_the_end(world: World, hit: Hit) -> None:
    """A hold lasts two hours; the notification is for an hour and a half after the decision."""
    decide(world, hit, "hold")
    at = set(Notice.objects.using("intake").filter(kind="deadline").values_list("at", flat=True))
    [only] = at
    assert dt.timedelta(minutes=89) < only - timezone.now() <= dt.timedelta(minutes=90)


def test_a_hold_of_more_than_two_hours_has_no_deadline(world: World, hit: Hit) -> None:
    """Its second officer and the supervisor are notified."""
    decide(world, hit, "hold", beyond=True, basis="art. 12", second=world.users["officer2"])
    assert seen(world, "officer2") == seen(world, "supervisor") == [("hold", "officer")]
    assert not Notice.objects.using("intake").filter(kind="deadline").exists()
    page = browser(world.users["officer2"]).get("/notifications/").content.decode()
    assert "Hold of more than two hours, by A. Diallo" in page


def test_a_colleague_reopens(world: World, hit: Hit) -> None:
    """The officer who decided is notified; who reopens a hit that they decided is not."""
    decide(world, hit, "release")
    with world.seen_by(world.users["supervisor"]) as supervisor:
        hits.reopen(supervisor, hit.pk)
    assert seen(world, "officer") == [("reopened", "supervisor")]


def _raise(world: World, hit: Hit, intake: str, reason: found.Reason) -> None:
    """The worker finds a reason of a stored subject."""
    subject = hit.subject
    with psycopg.connect(intake) as db:
        raise_hits(
            db,
            Spine(
                organisation=world.organisation.pk, theme="passengers", retention_class="passenger",
                month=subject.month, received_at=timezone.now(),
            ),
            [
                Screened(
                    id=subject.pk, group_id=subject.group_id, unit=None, due_at=subject.due_at,
                    retention_class="passenger", month=subject.month,
                    fingerprint=bytes(subject.fingerprint or b""), stored=True, partly=True,
                )
            ],
            {subject.pk: [reason]},
            (),
            lambda some: [[] for _ in some],
        )  # fmt: skip


def _lookout(world: World, by: str = "officer2") -> found.Reason:
    with world.seen_by(world.users[by]) as officer:
        lookout = create_lookout(
            officer, caller="Port", why="carries undeclared cash today", document="ab 123"
        )
        watchlist = lookout.entry.watchlist_id
    return found.Reason(
        kind="lookout", key=f"{watchlist}:{lookout.pk}", contribution=80,
        channels=("document",), theme="passengers", purpose="border", entry=str(lookout.pk),
        hash="b" * 64,
    )  # fmt: skip


def test_new_reasons_reopen_a_decided_hit(world: World, hit: Hit, intake: str) -> None:
    """The officer who decided and the author of the lookout are notified, once."""
    decide(world, hit, "release")
    reason = _lookout(world)
    for _ in range(2):
        _raise(world, hit, intake, reason)
    assert seen(world, "officer") == [("reopened", "")]
    assert seen(world, "officer2") == [("lookout", "")]
    page = browser(world.users["officer2"]).get("/notifications/").content.decode()
    assert "Your lookout of" in page
    assert "DOE Jane" in page
    page = browser(world.officer).get("/notifications/").content.decode()
    assert "A hit that you decided is open again" in page


def test_who_does_not_see_the_reason_is_not_notified(world: World, hit: Hit, intake: str) -> None:
    """A hit reopened for another purpose, or a lookout that matches in another unit, notifies nobody."""
    narrow = world.officer
    decide(world, hit, "release")
    reason = _lookout(world)
    User.objects.using("intake").filter(pk=narrow.pk).update(purposes=["border"])
    unit = Unit.objects.using("intake").create(organisation=world.organisation, name="Port")
    User.objects.using("intake").filter(pk=world.users["officer2"].pk).update(unit=unit)
    serious = found.Reason(
        kind="watchlist", key="x:1", contribution=70, channels=("name",), theme="passengers",
        purpose="serious_crime", hash="c" * 64,
    )  # fmt: skip
    _raise(world, hit, intake, serious)
    assert not Notice.objects.using("intake").exists()
    _raise(world, hit, intake, reason)
    assert seen(world, "officer") == [("reopened", "")]
    assert [n.user for n in Notice.objects.using("intake").filter(kind="lookout")] == []


def test_what_goes_out_of_sight_disappears_with_its_count(world: World, hit: Hit) -> None:
    """A reader whose unit, purposes, themes or role change sees the notification and its number no more."""
    with world.seen_by() as officer:
        hits.hand_over(officer, hit.pk, world.users["officer2"])
    reader = world.users["officer2"]
    client = browser(reader)
    [notice] = Notice.objects.using("intake").all()
    assert unread(client.get("/notifications/").content) == 1
    unit = Unit.objects.using("intake").create(organisation=world.organisation, name="Port")
    for change, back in (
        ({"unit": unit}, {"unit": None}),
        ({"purposes": ["terrorism"]}, {"purposes": reader.purposes}),
        ({"themes": ["cash"]}, {"themes": reader.themes}),
        ({"role": "list_manager"}, {"role": reader.role}),
    ):
        User.objects.using("intake").filter(pk=reader.pk).update(**change)
        page = client.get("/notifications/").content
        assert unread(page) == 0
        assert b"No notifications" in page
        assert client.get(f"/notifications/{notice.pk}/").status_code == 404
        User.objects.using("intake").filter(pk=reader.pk).update(**back)
    assert unread(client.get("/notifications/").content) == 1


def test_a_line_opens_its_row_and_is_then_read(world: World, hit: Hit) -> None:
    """The number goes down by one; the line stays, and is no longer marked as unread."""
    with world.seen_by() as officer:
        hits.hand_over(officer, hit.pk, world.users["officer2"])
    client = browser(world.users["officer2"])
    [notice] = Notice.objects.using("intake").all()
    page = client.get("/notifications/menu/").content.decode()
    assert "A. Diallo handed a hit over to you" in page
    assert "DOE Jane, YY 417" in page
    assert 'class="new"' in page
    answer = client.get(f"/notifications/{notice.pk}/")
    assert answer.headers["Location"] == f"/hits/{hit.pk}/"
    page = client.get("/notifications/menu/").content.decode()
    assert 'class="new"' not in page
    assert "handed a hit over" in page
    assert unread(client.get("/notifications/count/").content) == 0
    # Another user's notification does not exist.
    assert browser(world.officer).get(f"/notifications/{notice.pk}/").status_code == 404


def test_all_are_marked_as_read(world: World, hit: Hit) -> None:
    """Only those of the reader."""
    decide(world, hit, "hold")
    Notice.objects.using("intake").filter(kind="deadline").update(at=timezone.now())
    client = browser(world.users["supervisor"])
    assert unread(client.get("/home/").content) == 2
    assert client.get("/notifications/read/").status_code == 405
    client.post("/notifications/read/")
    assert unread(client.get("/home/").content) == 0
    assert unread(browser(world.officer).get("/home/").content) == 1


def test_an_approval_is_asked_and_given(world: World) -> None:
    """Those who may decide are notified, except who asks; who asked is notified of the decision."""
    for allow, answer in ((True, "allowed"), (False, "refused")):
        Notice.objects.using("intake").all().delete()
        with world.seen_by() as officer:
            approval = approvals.ask(officer, "export", uuid.uuid4(), "border", WHY)
        assert seen(world, "supervisor") == [("asked", "officer")]
        assert not any(seen(world, n) for n in ("officer", "officer2", "administrator"))
        page = browser(world.users["supervisor"]).get("/notifications/").content.decode()
        assert "A. Diallo asks for your approval: export many records" in page
        with world.seen_by(world.users["supervisor"]) as supervisor:
            approvals.decide(supervisor, approval.pk, allow)
        assert seen(world, "officer") == [(answer, "supervisor")]
        [notice] = Notice.objects.using("intake").filter(kind=answer)
        there = browser(world.officer).get(f"/notifications/{notice.pk}/").headers["Location"]
        assert there == f"/approvals/{approval.pk}/"


def test_an_approval_for_a_purpose_of_others_is_not_told(world: World) -> None:
    """A supervisor without the purpose of a request is not notified."""
    User.objects.using("intake").filter(role="supervisor").update(purposes=["terrorism"])
    with world.seen_by() as officer:
        approvals.ask(officer, "export", uuid.uuid4(), "border", WHY)
    assert not Notice.objects.using("intake").exists()


def test_pages_follow_by_key(world: World, hit: Hit) -> None:
    """Each notification is on one page, the latest first; a malformed key shows the first page."""
    reader = world.users["officer2"]
    at = timezone.now() - dt.timedelta(hours=1)
    Notice.objects.using("intake").bulk_create(
        Notice(organisation_id=world.organisation.pk, user_id=reader.pk, kind="late",
               params={**LATE, "name": f"YY {n}"}, at=at - dt.timedelta(minutes=n // 3))
        for n in range(120)
    )  # fmt: skip
    client, address, names = browser(reader), "/notifications/", []
    while address:
        page = client.get(address).content.decode()
        names += re.findall(r"(YY \d+): messages", page)
        following = re.search(r'href="(\?before=[^"]+)"', page)
        address = "/notifications/" + following[1] if following else ""
    assert sorted(names) == sorted(f"YY {n}" for n in range(120))
    for key in ("x", "2026-11-27_1", f"9999-99-99T00:00:00+00:00_{uuid.uuid4()}",
                f"{at.isoformat()}_x", f"2026-11-27_{uuid.uuid4()}", "\0"):  # fmt: skip
        assert client.get("/notifications/", {"before": key}).status_code == 200


def test_a_user_changes_nothing_of_others(world: World, hit: Hit) -> None:
    """The web role marks its own notifications as read, and changes and deletes nothing."""
    with world.seen_by() as officer:
        hits.hand_over(officer, hit.pk, world.users["officer2"])
    with world.seen_by() as officer:
        assert Notice.objects.update(read_at=timezone.now()) == 0
    for statement in ("DELETE FROM notices_notice", "UPDATE notices_notice SET kind = 'late'"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_another_organisation_is_not_notified(world: World, hit: Hit) -> None:
    """Neither of a hold nor of a request of this one."""
    other = build("Other centre")
    decide(world, hit, "hold")
    with world.seen_by() as officer:
        approvals.ask(officer, "export", uuid.uuid4(), "border", WHY)
    told = Notice.objects.using("intake").values_list("user__organisation", flat=True).distinct()
    assert list(told) == [world.organisation.pk]
    assert not any(seen(other, name) for name in other.users)


def test_they_are_deleted_after_thirty_days(world: World, hit: Hit, intake: str) -> None:
    """Not before. The end of the hold has two: of the officer and of the supervisor."""
    decide(world, hit, "hold")
    with world.seen_by() as officer:
        approvals.ask(officer, "export", uuid.uuid4(), "border", WHY)
    rows = Notice.objects.using("intake")
    assert set(rows.values_list("kind", flat=True)) == {"hold", "deadline", "asked"}
    with psycopg.connect(intake, autocommit=True) as db:
        assert actions.forget(db, timezone.now() + dt.timedelta(days=29)) == 0
        assert actions.forget(db, timezone.now() + dt.timedelta(days=31)) == 4
    assert not rows.exists()


def test_they_are_deleted_with_the_hit(world: World, hit: Hit, intake: str) -> None:
    """Notifications of other hits stay."""
    other = made.hit(world, made.journey(world, world.flight("YY 417", 41), "ROE", "John"))
    with world.seen_by() as officer:
        for one in (hit, other):
            hits.hand_over(officer, one.pk, world.users["officer2"])
    with psycopg.connect(intake, autocommit=True) as db:
        for table, column in (("event", "hit_id"), ("reason", "hit_id"), ("hit", "id")):
            db.execute(f"DELETE FROM hits_{table} WHERE {column} = %s", [hit.pk])
    [left] = Notice.objects.using("intake").values_list("hit_id", flat=True)
    assert left == other.pk


def test_late_messages_are_told_once(world: World, intake: str) -> None:
    """A carrier that sends lists and sent none for a flight that lands in half an hour; and a flight that
    operated in three weeks and that no message names."""
    now = timezone.now()
    late = world.flight("YY 417", 30)
    world.flight("YY 500", 300)
    before = world.flight("YY 1", -24 * 60)
    rows = Flight.objects.using("intake")
    rows.filter(pk=before.pk).update(api_at=now)
    for weeks in (1, 2, 3):
        made_before = world.flight(f"ZZ {weeks}", 30 - weeks * 7 * 24 * 60)
        rows.filter(pk=made_before.pk).update(number="76", carrier="ZZ")
    with psycopg.connect(intake, autocommit=True) as db:
        for _ in range(2):
            notify_late(db, now)
    told = Notice.objects.using("intake").order_by("params__name", "user__username")
    assert list(told.values_list("params__name", "user__username")) == [
        (name, user)
        for name in ("YY 417", "ZZ 76")
        for user in ("officer", "officer2", "supervisor")
    ]
    client = browser(world.officer)
    to = {
        one.params["name"]: client.get(f"/notifications/{one.pk}/").headers["Location"]
        for one in told.filter(user=world.officer.pk)
    }
    assert to == {"YY 417": f"/flights/{late.pk}/", "ZZ 76": "/flights/?state=without"}
    unit = Unit.objects.using("intake").create(organisation=world.organisation, name="Port")
    User.objects.using("intake").filter(pk=world.officer.pk).update(unit=unit)
    assert seen(world, "officer") == []


def test_a_carrier_that_sends_no_bookings_is_not_late(world: World, intake: str) -> None:
    """Nobody is notified of messages that the carrier has never sent."""
    world.flight("YY 417", 30)
    with psycopg.connect(intake, autocommit=True) as db:
        notify_late(db, timezone.now())
    assert not Notice.objects.using("intake").exists()


def test_the_number_does_not_replace_the_page(world: World) -> None:
    """After the end of the session, or while the user must first change the password, the page stays."""
    asks = {"HX-Request": "true"}
    for address in ("/notifications/count/", "/notifications/menu/"):
        assert Client().get(address, headers=asks).status_code == 204
    User.objects.using("intake").filter(pk=world.officer.pk).update(password_given=True)
    client = browser(world.officer)
    assert client.get("/notifications/count/", headers=asks).status_code == 204
    assert client.get("/notifications/", headers=asks).status_code == 302
