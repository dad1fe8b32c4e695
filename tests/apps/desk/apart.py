"""The story of two organisations that hold the same people, told for one of them or for both.

Both receive the same messages. What they do with them differs, so that anything of one that reaches the
other changes a row there: lists, profiles, decisions, requests of persons, lookouts.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import uuid
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec
import polars as pl
import psycopg
from django.core.mail.backends.base import BaseEmailBackend
from django.test import override_settings
from django.utils import timezone
from tests.apps.assistance import stored as assisted
from tests.apps.cooperation import stored as listed
from tests.apps.desk.statements import Recording, recorded
from tests.apps.inbox import submissions
from tests.apps.offline import stored as entered
from tests.apps.operations import stored as operated
from tests.apps.profiles import office as offices
from tests.apps.profiles.office import Office
from tests.apps.profiles.story import FIELDS, acting, in_force, person, phone
from tests.apps.retention import old
from tests.clock import workers_at
from tests.goods import declared
from tests.goods.app import stored

from vedette.apps.accounts.models import Approval, Organisation, User
from vedette.apps.approvals import actions as approvals
from vedette.apps.columns import new_id
from vedette.apps.desk import work
from vedette.apps.desk.mailing import send_due
from vedette.apps.hits import actions
from vedette.apps.hits.models import Hit, Reason
from vedette.apps.inbox.models import Inbox
from vedette.apps.inbox.receiving import put_in
from vedette.apps.journal import sealing
from vedette.apps.lists import building, drafts
from vedette.apps.lists.actions import create_lookout, fill, import_list, packed
from vedette.apps.lists.fetching import Fetched
from vedette.apps.lists.models import ListDraft, ListSubscription, Lookout
from vedette.apps.lists.subscriptions import fetch_next
from vedette.apps.notices.models import Mail, Notice
from vedette.apps.profiles import actions as profile_actions
from vedette.apps.profiles import draws
from vedette.apps.profiles.backtesting import run_next
from vedette.apps.profiles.models import Backtest, Version
from vedette.apps.release.models import Content, Copy, Item, Recall
from vedette.apps.requests import actions as requests
from vedette.apps.requests import corrections, ledger
from vedette.apps.requests.models import SubjectRequest
from vedette.apps.retention import runs
from vedette.commands.environment import keys
from vedette.core.records import Envelope
from vedette.formats.registry import EDIFACT, Registry
from vedette.goods.app.licences import records
from vedette.goods.licences import Licence, LicenceLine
from vedette.goods.records import Document
from vedette.keys.months import MonthKeys
from vedette.travellers.app import models
from vedette.travellers.app.models import Journey
from vedette.travellers.formats import paxlst_writer, pnrgov_writer
from vedette.travellers.records import Booking, Flight, Locator, Message, Segment, Traveller

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
HEAD = "ref,kind,surname,given_names,birth_date,nationality,passport\n"
#: What the publisher of a list gives to those who subscribed.
PUBLISHED = Fetched(f"{HEAD}S-1,person,DELTA,ABEL,1960-01-02,,\n".encode(), '"a"', "list.csv")
SHARED = phone("0639980101")
#: The flight of a passenger list that a public form submits.
FORM_FLIGHT = Flight(
    carrier="XX", number="418", origin="ADD", destination="DSS", departure=NOW.replace(tzinfo=None),
    arrival=NOW.replace(tzinfo=None) + dt.timedelta(hours=7),
)  # fmt: skip
#: Goods that name a licence, and the licence, which is too small for all declarations of the story.
LICENSED = msgspec.structs.replace(
    declared.SHOES, documents=(Document(code="X060", reference="EX-1"),)
)
LICENCE = Licence(
    number="EX 1", kind="X060", lines=(LicenceLine(any_goods=True, quantity=Decimal(300)),)
)
#: Jobs that ask about what is stored: those of each round.
ROUND = tuple(job for job in work.JOBS if not job.every)


@dataclass(frozen=True)
class Plan:
    """What one of the two does with what both have."""

    name: str
    listed: tuple[str, ...]
    profile: str
    choice: str
    rectified: str
    restricted: str
    erased: str
    sought: str


LEFT = Plan(
    name="Left", listed=("L-1,person,DIOP,ADA,1984-05-06,FRA,",), profile="trips_12m >= 1",
    choice="refer", rectified="SECK", restricted="FAYE", erased="MBAYE", sought="NIANG",
)  # fmt: skip
RIGHT = Plan(
    name="Right",
    listed=("R-1,person,QUIROGA,ZOE,,,FRA:D4567890", "R-2,person,SECK,ADA,1984-05-06,FRA,"),
    profile="shared_phone_travellers_90d >= 1 OR earlier_crossings >= 1",
    choice="release", rectified="DIOP", restricted="MBAYE", erased="NIANG", sought="FAYE",
)  # fmt: skip
NUMBERS = {"DIOP": "A1234567", "SECK": "C3456789", "FAYE": "D4567890", "MBAYE": "E5678901",
           "NIANG": "F6789012"}  # fmt: skip


@dataclass
class Side:
    """One organisation in the story."""

    plan: Plan
    office: Office
    officer: User
    versions: list[Version] = field(default_factory=list)
    #: A journey with a hit that the run of retention masks.
    masked: uuid.UUID | None = None

    def journey(self, surname: str) -> Journey:
        """The latest journey of a surname."""
        found = Journey.objects.using("intake").filter(organisation=self.office.id)
        with psycopg.connect(os.environ["DATABASE_URL_INTAKE"]) as connection:
            ids = connection.execute(
                "SELECT journey_id FROM travellers_journeyclear WHERE organisation_id = %s AND surname = %s",
                [self.office.id, surname],
            ).fetchall()
        return found.filter(pk__in=[id_ for (id_,) in ids]).latest("received_at")


class Story:
    """Tells it in a database that is empty. `changed`: tables that each job wrote, by name of the job."""

    def __init__(self, plans: Sequence[Plan], folder: Path, dsn: str) -> None:
        self.folder, self.dsn = folder, dsn
        self.done = Recording()
        self.worked: set[str] = set()
        folder.mkdir()
        self.months = MonthKeys.load(folder / "months", create=True, environ={})
        self.connection = psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True)
        with self.connection:
            self.sides = [self._side(plan) for plan in plans]
            self._tell()
            self.found = {side.plan.name: snapshot(self.connection, side) for side in self.sides}

    # --- the world ----------------------------------------------------------------------------

    def _side(self, plan: Plan) -> Side:
        office = offices.build(self.connection, plan.name)
        officer = User(username=f"officer{plan.name}", role="officer", organisation_id=office.id)
        officer.save(using="intake")
        side = Side(plan, office, User.objects.get(pk=officer.pk))
        with acting(office.supervisor):
            profile_actions.set_lane(office.supervisor, "physical", 1.0, "law 12")
        side.versions.append(in_force(office, plan.profile, weight=40))
        # A criterion of clearance, which sends goods to a lane.
        about = {"kind": "goods", "theme": "global_shield", "purpose": "border", "weight": 1}
        lane = "red" if plan.choice == "refer" else "blue"
        criterion = in_force(office, "hs_heading = '6403'", **about, lane=lane)
        # In force at the moments of the story, which lie in the past.
        self.connection.execute(
            "UPDATE profiles_version SET active_from = %s WHERE id = ANY(%s)",
            [NOW - dt.timedelta(days=60), [side.versions[0].pk, criterion.pk]],
        )
        with acting(office.analyst):
            shadow = profile_actions.begin_draft(
                office.analyst, {**FIELDS, "expression": "age >= 18"}
            )
            side.versions.append(profile_actions.shadow(office.analyst, shadow.pk, True))
        return side

    def _tell(self) -> None:
        draws.keep_promises(self.connection, keys(), NOW - dt.timedelta(days=1))
        self._receive(40, ("DIOP", "SECK", "FAYE"), booked=True)
        self._receive(30, ("NIANG", "MBAYE"))
        for side in self.sides:
            self._import(side)
        self._work(NOW - dt.timedelta(days=29), ROUND)
        for side in self.sides:
            self._decide(side)
            self._resume(side)
        self._receive(9, ("DIOP", "MBAYE", "SECK"))
        for side in self.sides:
            self._ask_for_persons(side)
        self._receive(0, tuple(NUMBERS), booked=True)
        for side in self.sides:
            self._leave_to_housekeeping(side)
        self._work(NOW, work.JOBS)
        self._look_back()
        self._work(NOW, work.JOBS)
        with recorded(self.done):
            sealing.seal_all(self.connection, keys())
            ledger.write(self.connection, keys(), self.folder)

    def _receive(self, days: int, surnames: Iterable[str], booked: bool = False) -> None:
        """A passenger list, and before it the bookings, of a flight two hours after its receipt."""
        at = NOW - dt.timedelta(days=days)
        leaves = (at + dt.timedelta(hours=2)).replace(tzinfo=None)
        flight = Flight(
            carrier="XX", number="417", origin="ADD", destination="DSS", departure=leaves,
            arrival=leaves + dt.timedelta(hours=7),
        )  # fmt: skip
        people = [_person(surname) for surname in surnames]
        files = [
            paxlst_writer.write(_message("PAXLST", "passengers", at, flight, travellers=people))
        ]
        if booked:
            bookings = [_booking(one, number, at, flight) for number, one in enumerate(people[:2])]
            files = (
                pnrgov_writer.write(_message("PNRGOV", "22", at, flight, bookings=bookings)) + files
            )
            # A declaration with goods of a control list, and goods with a licence.
            files.append(declared.written(declared.ACID, LICENSED, at=at, lrn=f"D{days}"))
        for number, side in enumerate(self.sides):
            # One organisation after the other, as a frame holds files of one.
            came = at + dt.timedelta(milliseconds=number)
            for data in files:
                placed = put_in(self.connection, keys(), side.office.id, "x", data, "ingest", came)
                assert placed.state == "accepted", placed.why
        self._work(at, ROUND)

    def _work(self, at: dt.datetime, jobs: Sequence[work.Job]) -> None:
        """Each job until it has nothing to do, as a worker does it at that moment."""
        with ExitStack() as stack:
            stack.enter_context(workers_at(at))
            stack.enter_context(mock.patch.object(runs.Keeper, "_months", return_value=self.months))
            stack.enter_context(mock.patch.object(runs.Keeper, "_daily", self._daily))
            stack.enter_context(
                mock.patch(
                    "vedette.apps.profiles.backtesting.Tester.look", lambda one: _backtests(one)
                )
            )
            stack.enter_context(
                mock.patch("vedette.apps.lists.subscriptions.Fetcher.look", side_effect=_fetches)
            )
            stack.enter_context(
                mock.patch("vedette.apps.desk.mailing.Mailer.look", side_effect=send_due)
            )
            stack.enter_context(
                mock.patch("vedette.apps.desk.mailing.get_connection", return_value=_Mails())
            )
            stack.enter_context(override_settings(CSRF_TRUSTED_ORIGINS=["https://v.example"]))
            # A file that a public form could have submitted, if its format were one of those.
            stack.enter_context(mock.patch.object(Registry, "public", frozenset({EDIFACT})))
            stack.enter_context(mock.patch("vedette.apps.lists.drafts.Drafts.look", _drafts))
            stack.enter_context(mock.patch("vedette.apps.lists.building.Builder.look", self._build))
            stack.enter_context(
                mock.patch("vedette.apps.lists.subscriptions.fetch", return_value=PUBLISHED)
            )
            worker = work.Worker(os.environ["DATABASE_URL_INTAKE"], keys())
            for job in jobs:
                before = self.done.changes
                with recorded(self.done):
                    while worker.do(job) and not job.every:
                        pass
                if self.done.changes > before:
                    self.worked.add(job.name)
            worker.connection.close()

    def _build(self, wanted: set[uuid.UUID], cache: str) -> None:
        """Each organisation has its lists saved, as if they had changed much."""
        with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
            for side in self.sides:
                assert building.save(connection, side.office.id, str(self.folder / "cache"))
                building.report(connection, side.office.id, "disk")
                building.report(connection, side.office.id, "")

    def _daily(self, now: dt.datetime) -> None:
        """The run of the day, in this process."""
        if runs.is_due(self.connection, now):
            runs.run(self.connection, keys(), self.months, now)

    # --- what people do -----------------------------------------------------------------------

    def _import(self, side: Side) -> None:
        home = Organisation.objects.using("intake").get(pk=side.office.id)
        data = (HEAD + "".join(f"{row}\n" for row in side.plan.listed)).encode()
        import_list(home, None, "List", {"list.csv": data}, purpose="border", basis="decree 1")
        partner = Organisation.objects.using("intake").create(name="Partner", country="FR")
        stored.notice(home, partner, NOW - dt.timedelta(hours=1))
        goods = b"number,text_en,names\nC-1,Shoes,leather shoes\n"
        import_list(
            home, None, "Goods", {"goods.csv": goods}, purpose="border", basis="decree 1",
            themes=["strategic"], active_from=(NOW - dt.timedelta(days=3000)).date(),
        )  # fmt: skip
        with acting(side.office.supervisor):
            records.enter(side.office.supervisor, LICENCE)
        with acting(side.officer):
            number = NUMBERS[side.plan.sought]
            create_lookout(side.officer, caller="Post 4", why="seen at the port", document=number)

    def _decide(self, side: Side) -> None:
        """Every hit is decided; the first is confirmed where it was referred."""
        for hit in (
            Hit.objects.using("intake")
            .filter(organisation=side.office.id)
            .order_by("opened_at", "pk")
        ):
            open_ = Reason.objects.using("intake").filter(hit=hit, state="open")
            said = {r.pk: "same" if side.plan.choice == "refer" else "another"
                    for r in open_ if r.kind in ("watchlist", "lookout")}  # fmt: skip
            verdict = actions.Verdict(
                side.plan.choice, "Seen with the passport and the booking.",
                frozenset(open_.values_list("pk", flat=True)), said,
            )  # fmt: skip
            with acting(side.officer):
                actions.decide(side.officer, hit.pk, verdict)
                if side.plan.choice == "refer":
                    actions.record_result(side.officer, hit.pk, "confirmed")

    def _resume(self, side: Side) -> None:
        """The profile is suspended and resumed: stored travellers are asked by it again."""
        profile = side.versions[0].profile_id
        with acting(side.office.analyst):
            profile_actions.suspend(side.office.analyst, profile)
        with acting(side.office.supervisor):
            profile_actions.resume(side.office.supervisor, profile)

    def _ask_for_persons(self, side: Side) -> None:
        plan, dpo = side.plan, side.office.dpo
        with acting(dpo):
            asked = self._request(side, "rectified", plan.rectified)
            corrections.rectify(dpo, asked, "date_of_birth", "1984-05-07", "passport")
            requests.restrict(dpo, self._request(side, "restricted", plan.restricted), True)
            again = self._request(side, "restricted", plan.sought)
            requests.restrict(dpo, again, True)
            requests.restrict(dpo, again, False)
            gone = self._request(side, "erasure", plan.erased)
            approval = requests.ask_erasure(dpo, gone, "The court ordered the erasure in case 12.")
        with acting(side.office.supervisor):
            approvals.decide(side.office.supervisor, approval.pk, True)

    def _request(self, side: Side, kind: str, surname: str) -> SubjectRequest:
        return SubjectRequest.objects.create(
            organisation_id=side.office.id, kind=kind, received_on=NOW.date(), due_on=NOW.date(),
            reference="2026/117", subjects=[side.journey(surname).pk], by=side.office.dpo,
        )  # fmt: skip

    # --- what waits for housekeeping -----------------------------------------------------------

    def _leave_to_housekeeping(self, side: Side) -> None:
        """What each of the timed jobs has to do something with."""
        home, office = side.office.id, side.office
        long_ago = timezone.now() - dt.timedelta(days=400)
        Inbox.objects.using("intake").create(
            organisation_id=home, received_at=long_ago, source="ingest", name="x.edi", size=1,
            token=b"unreadable file.", state="failed", sealed=b"x", finished_at=NOW - dt.timedelta(days=4),
        )  # fmt: skip
        sent = paxlst_writer.write(
            _message("PAXLST", "passengers", NOW, FORM_FLIGHT, travellers=[_person("SECK")])
        )
        submissions.submit(home, sent, uuid.uuid5(uuid.NAMESPACE_URL, side.plan.name))
        _release(side)
        Lookout.objects.using("intake").filter(organisation=home).update(
            expires_at=timezone.now() - dt.timedelta(hours=1)
        )
        User.objects.using("intake").create(
            username=f"gone{side.plan.name}", role="officer", organisation_id=home,
            date_joined=long_ago,
        )  # fmt: skip
        User.objects.using("intake").filter(username=f"gone{side.plan.name}").update(
            date_joined=long_ago
        )
        Approval.objects.using("intake").create(
            organisation_id=home, kind="export", subject="x", purpose="border", why=b"x",
            asked_by_id=side.officer.pk, asked_at=NOW - dt.timedelta(days=40),
            expires_at=NOW - dt.timedelta(days=37),
        )  # fmt: skip
        Notice.objects.using("intake").create(
            organisation_id=home, user_id=side.officer.pk, kind="late", at=long_ago
        )
        Mail.objects.using("intake").create(
            organisation_id=home,
            user_id=side.officer.pk,
            address="o@v.example",
            since=long_ago,
            confirmed_at=long_ago,
        )
        # Its carrier sends passenger lists, and this flight has none.
        lands = NOW + dt.timedelta(minutes=20)
        models.Flight.objects.using("intake").create(
            id=new_id(), organisation_id=home, carrier="XX", number="900", departs_on=NOW.date(),
            arrives_at=lands, departs_at=lands - dt.timedelta(hours=5),
        )  # fmt: skip
        with acting(office.analyst):
            draft = profile_actions.begin_draft(
                office.analyst, {**FIELDS, "expression": "age >= 80"}
            )
        Backtest.objects.using("intake").create(
            organisation_id=home, version_id=side.versions[0].pk, expression=side.versions[0].expression,
            content_hash=side.versions[0].content_hash, first_day=(NOW - dt.timedelta(days=60)).date(),
            last_day=NOW.date(), asked_by_id=office.analyst.pk, state="waiting",
        )  # fmt: skip
        quick = Backtest.objects.using("intake").create(
            organisation_id=home, version_id=draft.pk, expression=draft.expression, content_hash="x",
            first_day=NOW.date(), last_day=NOW.date(), asked_by_id=office.analyst.pk, state="done",
            quick=True,
        )  # fmt: skip
        Backtest.objects.using("intake").filter(pk=quick.pk).update(asked_at=long_ago)
        waits = ListDraft.objects.using("intake").create(
            organisation_id=home, created_by_id=side.officer.pk
        )
        ListDraft.objects.using("intake").filter(pk=waits.pk).update(created_at=long_ago)
        manager = User(username=f"lists{side.plan.name}", role="list_manager", organisation_id=home)
        manager.save(using="intake")
        for name, approved_at in (("Uploaded", None), ("Approved", NOW)):
            made = ListDraft.objects.using("intake").create(
                organisation_id=home, created_by_id=manager.pk, asked_at=NOW, approved_at=approved_at,
                terms={"name": name, "purpose": "border", "basis": "decree 3", "owner": "",
                       "expires_on": None, "weight": 60, "themes": ["passengers"]},
            )  # fmt: skip
            files = {"list.csv": f"{HEAD}U-1,person,DELTA,ABEL,1960-01-02,,\n".encode()}
            if approved_at is None:
                made.upload = packed(files)
                made.save(using="intake")
            else:
                fill(made, files, "intake")
        ListSubscription.objects.using("intake").create(
            organisation_id=home, created_by_id=manager.pk, url="https://lists.example/list.csv",
            purpose="border", next_at=long_ago,
            terms={"name": "Subscribed", "purpose": "border", "basis": "decree 2", "owner": "",
                   "expires_on": None, "weight": 60, "themes": ["passengers"]},
        )  # fmt: skip
        with psycopg.connect(self.dsn, autocommit=True) as superuser:
            superuser.execute("SET session_replication_role = replica")
            # A profile whose time is over, and a refusal of a minute gone by.
            superuser.execute(
                "UPDATE profiles_version SET active_until = %s WHERE id = %s",
                [NOW, side.versions[0].pk],
            )
            superuser.execute(
                "INSERT INTO upkeep_rate (key, rested_at) VALUES (%s, %s)",
                [side.office.id.bytes, long_ago],
            )
            superuser.execute(
                "INSERT INTO accounts_refusal (act, about, minute, count)"
                " VALUES ('account.refused', %s, now() - interval '5 minutes', 3)",
                [side.officer.pk],
            )
        of_goods = Hit.objects.using("intake").filter(organisation=home, theme="global_shield")
        stored.question(of_goods.order_by("opened_at")[0], NOW - dt.timedelta(hours=1))
        operation = operated.leave(Organisation.objects.using("intake").get(pk=home), side.officer)
        entered.leave(home, side.officer, operation)
        assisted.leave(Organisation.objects.using("intake").get(pk=home), side.officer)
        listed.fill(Organisation.objects.using("intake").get(pk=home), side.officer, age=200)
        listed.leave(
            Organisation.objects.using("intake").get(pk=home), side.officer, side.office.supervisor
        )
        self._long_ago(side)

    def _long_ago(self, side: Side) -> None:
        """Travellers of months whose clear values, or whose time, are over; hits of minors among them."""
        for days in (6 * 365, 240):
            month = old.month_ago(days)
            old.partitions(month)
            ids = old.travellers(self.connection, side.office.id, month, 4)
            old.hit(ids[0], side.plan.choice, "same" if side.plan.choice == "refer" else "")
            old.hit(ids[1], "release")
            side.masked = ids[0]
            self.connection.execute(
                "UPDATE subjects_subject SET minor = true WHERE id = %s", [ids[1]]
            )

    def _look_back(self) -> None:
        """An allowed look at somebody who is masked, and one whose time is over."""
        for side in self.sides:
            for ends in (NOW + dt.timedelta(hours=1), None):
                made = Approval.objects.using("intake").create(
                    organisation_id=side.office.id, kind="unmask", purpose="border", why=b"x",
                    subject=str(side.masked), state="allowed",
                    asked_by_id=side.officer.pk, asked_at=NOW, decided_by_id=side.office.supervisor.pk,
                    decided_at=NOW, expires_at=ends or NOW - dt.timedelta(seconds=1),
                )  # fmt: skip
                if ends is None:
                    self.connection.execute(
                        "INSERT INTO retention_unmasked (approval_id, kind, owner, part, subject_id,"
                        " organisation_id, user_id, expires_at, sealed)"
                        " VALUES (%s, 'journey', %s, %s, %s, %s, %s, now(), 'x')",
                        [made.pk, side.masked, uuid.UUID(int=0), side.masked, side.office.id,
                         side.officer.pk],
                    )  # fmt: skip


def _release(side: Side) -> None:
    """An object that was released within the organisation and is recalled, and names whose period is over."""
    home, at = side.office.id, NOW - dt.timedelta(days=300)
    own = {"organisation_id": home}
    item = Item.objects.using("intake").create(
        **own, object=new_id(), type="warning", hash="ab" * 32, marking=["TLP:GREEN"], exercise=False,
        nominal=True, passes=3, created_by_id=side.officer.pk, created_at=at,
    )  # fmt: skip
    copy = Copy.objects.using("intake").create(
        **own, item=item, object=item.object, owner_id=home, sender_id=home, passes_left=2,
        received_at=at,
    )  # fmt: skip
    for of in (item.pk, copy.pk):
        Content.objects.using("intake").create(
            of=of, **own, item=item, data={"type": "warning"}, delete_at=at + dt.timedelta(days=180)
        )
    Recall.objects.using("intake").create(
        **own, object=item.object, of_hash=item.hash, hash="cd" * 32, why="Another lorry.",
        by_id=side.officer.pk, at=at,
    )  # fmt: skip


def _backtests(one: Any) -> None:
    while run_next(one._connection):
        pass


def _drafts(one: drafts.Drafts) -> None:
    while waiting := drafts.waiting(one.connection, one.step):
        import_module(one.step.module).work(*waiting[0])


def _fetches() -> None:
    while fetch_next():
        pass


class _Mails(BaseEmailBackend):
    """A mail server that takes everything."""

    def send_messages(self, messages: Sequence[Any]) -> int:
        """Says how many."""
        return len(messages)


def _person(surname: str) -> Traveller:
    return person(surname, NUMBERS[surname], **({"contacts": SHARED} if surname != "FAYE" else {}))


def _message(kind: str, function: str, at: dt.datetime, flight: Flight, **more: Any) -> Message:
    return Message(
        format=kind, function=function, flights=(flight,),
        envelope=Envelope(
            sender="XX", recipient="DSS", prepared=at.replace(tzinfo=None),
            interchange_ref=f"{kind[0]}{at:%m%d%H%M}", message_ref="1",
        ),
        **{name: tuple(items) for name, items in more.items()},
    )  # fmt: skip


def _booking(one: Traveller, number: int, at: dt.datetime, flight: Flight) -> Booking:
    created = (at - dt.timedelta(days=20)).replace(tzinfo=None)
    return Booking(
        locators=(Locator(company="XX", locator=f"M{number}V{at:%m%d}", created=created),),
        created=created, travellers=(one,),
        segments=(Segment(carrier="XX", number="417", origin="ADD", destination="DSS",
                          departure=flight.departure),),
    )  # fmt: skip


# --- what is compared -----------------------------------------------------------------------------

#: A token is no id: it is the same for both, and kept.
_ID = re.compile(r"(?<!x)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?([+-]\d\d:?\d\d|Z)?")
#: Made of random bytes, of ids, or of the clock: nothing to compare.
_LEFT_OUT = {
    "sealed", "digest", "promise", "revealed", "hours", "content", "why", "password",
}  # fmt: skip
#: The name of a file is in cipher; a locator of long ago is made of an id.
_LEFT_OUT_OF = {
    "inbox_inbox": {"name"}, "travellers_bookinglocator": {"token"}, "enforcement_asked": {"picture"},
}  # fmt: skip
#: A run of retention deals with a month of all organisations, and tells each of them the same numbers.
_OF_ALL = "retention."


def organised(connection: psycopg.Connection[Any]) -> dict[str, set[str]]:
    """The columns of each table that has an organisation; partitions are in their table."""
    rows = connection.execute(
        "SELECT c.relname, array_agg(a.attname::text) FROM pg_class c"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
        " AND NOT c.relispartition GROUP BY 1 HAVING 'organisation_id' = ANY(array_agg(a.attname::text))"
    ).fetchall()
    return {table: set(columns) for table, columns in rows}


def snapshot(connection: psycopg.Connection[Any], side: Side) -> dict[str, list[str]]:
    """All rows of an organisation, table by table, without what differs from run to run: each id is its
    table's name, and the name says where it is of another organisation."""
    tables = organised(connection)
    owners: dict[str, str] = {str(side.office.id): "home"}
    for table in sorted(t for t, columns in tables.items() if "id" in columns):
        for id_, home in connection.execute(f"SELECT id::text, organisation_id FROM {table}"):
            foreign = "" if home == side.office.id else "of another organisation"
            # A journey without a booking gives its id to its traveller.
            owners.setdefault(id_, f"{table} {foreign}".strip())
    found = {}
    for table in sorted(tables):
        rows = connection.execute(
            f"SELECT to_jsonb(t) FROM {table} t WHERE organisation_id = %s",
            [side.office.id],
        ).fetchall()
        found[table] = sorted(
            _plain(table, row, owners)
            for (row,) in rows
            if not str(row.get("act", "")).startswith(_OF_ALL)
        )
    found["profiles_known"] = _values(connection, side)
    return {table: rows for table, rows in found.items() if rows}


def _plain(table: str, row: dict[str, Any], owners: dict[str, str]) -> str:
    left_out = _LEFT_OUT | _LEFT_OUT_OF.get(table, set())
    if table == "profiles_backtest":
        row["result"].pop("seconds", None)
    kept = {
        name: value
        for name, value in row.items()
        if name not in left_out and not (name == "id" and isinstance(value, int))
    }
    text = json.dumps(kept, sort_keys=True)
    text = _TIME.sub("<time>", text)
    # The number of a pre-export notice is drawn at random.
    text = re.sub(r"PN-?\d\d-?[2-9A-Z]{8}", "<number>", text)
    return _ID.sub(lambda m: f"<{owners.get(str(uuid.UUID(m[0])), '')}>", text)


def _values(connection: psycopg.Connection[Any], side: Side) -> list[str]:
    """What profiles were judged on, a row each, without the ids."""
    import io

    blocks: dict[Any, list[pl.DataFrame]] = {}
    for block, data in connection.execute(
        "SELECT block, data FROM profiles_known WHERE organisation_id = %s", [side.office.id]
    ):
        blocks.setdefault(block, []).append(pl.read_ipc(io.BytesIO(data)))
    rows = []
    for parts in blocks.values():
        frame = pl.concat(parts, how="horizontal")
        rows += frame.drop("_low", "_high", strict=False).to_dicts()
    return sorted(
        json.dumps({k: str(v) for k, v in row.items() if v is not None}, sort_keys=True)
        for row in rows
    )
