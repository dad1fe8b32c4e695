"""A parcel goes through all that the product does with a subject.

`tests/test_second_kind.py` runs this file in a process with
`VEDETTE_KINDS=vedette.travellers.kind,tests.parcels.kind`.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from tests.apps.profiles import office as offices
from tests.apps.profiles.office import Office
from tests.conftest import HOME
from tests.parcels.kind import Parcel, written

if TYPE_CHECKING:
    from django.test import Client

    from vedette.apps.accounts.models import User
    from vedette.apps.hits.models import Hit

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
HEAD = "ref,kind,surname,given_names,birth_date,nationality,passport\n"
ADA = Parcel(
    reference="P-1",
    surname="DIOP",
    given_names="ADA",
    date_of_birth=dt.date(1984, 5, 6),
    document="A1234567",
    contents="pipes of steel",
    weight_kg=12.5,
    arrives=NOW + dt.timedelta(hours=3),
)
BOB = Parcel(reference="P-2", surname="NIANG", given_names="BOB", contents="books", weight_kg=2.0)
HEAVY = Parcel(
    reference="P-3",
    surname="SECK",
    given_names="ZOE",
    document="A1234567",
    contents="lead",
    weight_kg=40.0,
)
#: A passenger list with the sender of `ADA`.
PASSENGER = (
    "UNB+UNOA:4+AIRYY+CUSTOMS+261126:0512+R1'UNH+M1+PAXLST:D:05B:UN:IATA'BGM+745'NAD+MS+++OPS'"
    "TDT+20+YY417+++YY'LOC+125+ADD'DTM+189:2611270600:201'LOC+87+DSS'DTM+232:2611271200:201'"
    "NAD+FL+++DIOP:ADA'ATT+2++F'DTM+329:840506'DOC+P+A1234567'CNT+42:1'UNT+12+M1'UNZ+1+R1'"
)


class Desk:
    """An administration with people of every role who work on parcels and on travellers."""

    def __init__(self, connection: psycopg.Connection[Any], name: str) -> None:
        from vedette.apps.accounts.models import User

        self.connection = connection
        self.office: Office = offices.build(connection, name)
        for role in ("officer", "list_manager", "auditor", "administrator"):
            User(username=f"{role}{name}", role=role, organisation_id=self.office.id).save(
                using="intake"
            )
        connection.execute(
            "UPDATE accounts_user SET themes = '{passengers,global_shield}' WHERE organisation_id = %s",
            [self.office.id],
        )
        #: Role → its user.
        self.people: dict[str, User] = {
            user.role: user for user in User.objects.filter(organisation_id=self.office.id)
        }
        self.office = Office(
            self.office.id, *(self.people[role] for role in ("analyst", "supervisor", "dpo"))
        )

    @property
    def officer(self) -> User:
        return self.people["officer"]

    def client(self, role: str = "officer") -> Client:
        from django.test import Client

        made = Client(headers={"accept-language": "en"})
        made.force_login(self.people[role])
        return made

    def receive(self, *parcels: Parcel, at: dt.datetime = NOW, work: bool = True) -> None:
        self.put(written(parcels, at), at)
        if work:
            self.work(at)

    def put(self, data: bytes, at: dt.datetime = NOW) -> None:
        from vedette.apps.inbox.receiving import put_in
        from vedette.commands.environment import keys

        placed = put_in(self.connection, keys(), self.office.id, "file.txt", data, "ingest", at)
        assert placed.state == "accepted", placed.why

    def passenger(self) -> uuid.UUID:
        """A traveller with the name and the document of `ADA`."""
        self.put(PASSENGER.encode())
        self.work()
        row = self.connection.execute(
            "SELECT id FROM subjects_subject WHERE kind = 'traveller' AND organisation_id = %s",
            [self.office.id],
        ).fetchone()
        assert row is not None
        return row[0]

    def work(self, at: dt.datetime = NOW) -> None:
        from tests.clock import workers_at

        from vedette.apps.desk import work
        from vedette.commands.environment import keys

        with workers_at(at):
            worker = work.Worker(os.environ["DATABASE_URL_INTAKE"], keys())
            worker.drain()
            worker.connection.close()

    def import_list(self, *rows: str, name: str = "List") -> None:
        from vedette.apps.accounts.models import Organisation
        from vedette.apps.lists.actions import import_list

        home = Organisation.objects.using("intake").get(pk=self.office.id)
        data = (HEAD + "".join(f"{row}\n" for row in rows)).encode()
        import_list(home, None, name, {"list.csv": data}, purpose="border", basis="decree 1")

    def profile(self, expression: str) -> None:
        from tests.apps.profiles.story import in_force

        in_force(
            self.office,
            expression,
            kind="parcel",
            theme="global_shield",
            purpose="border",
            weight=40,
        )

    def parcel(self, reference: str = "P-1") -> uuid.UUID:
        return uuid.uuid5(self.office.id, f"parcel {reference}")

    def hits(self) -> list[Hit]:
        from vedette.apps.hits.models import Hit

        found = Hit.objects.using("intake").filter(organisation=self.office.id)
        return list(found.order_by("opened_at", "pk"))

    def reasons(self) -> list[tuple[str, str]]:
        """Kind and state of every reason, in the order of their hits."""
        from vedette.apps.hits.models import Reason

        found = Reason.objects.using("intake").filter(organisation=self.office.id)
        return sorted(found.values_list("kind", "state"))

    def decide(self, choice: str, hit: Hit, **more: Any) -> None:
        from tests.apps.profiles.story import acting

        from vedette.apps.hits import actions
        from vedette.apps.hits.models import Reason

        open_ = list(Reason.objects.using("intake").filter(hit=hit, state="open"))
        answer = "same" if choice == "refer" else "another"
        verdict = actions.Verdict(
            choice,
            "Seen with the parcel and its papers.",
            frozenset(one.pk for one in open_),
            {one.pk: answer for one in open_ if one.kind != "profile"},
            **more,
        )
        with acting(self.officer):
            actions.decide(self.officer, hit.pk, verdict)

    def request(self, kind: str, *references: str) -> Any:
        from vedette.apps.requests.models import SubjectRequest

        made = SubjectRequest.objects.using("intake").create(
            organisation_id=self.office.id, kind=kind, received_on=NOW.date(), due_on=NOW.date(),
            reference="2026/117", subjects=[self.parcel(one) for one in references],
            by_id=self.office.dpo.pk,
        )  # fmt: skip
        return SubjectRequest.objects.get(pk=made.pk)


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as made:
        yield made


@pytest.fixture
def desk(connection: psycopg.Connection[Any]) -> Desk:
    return Desk(connection, "")


@pytest.fixture
def listed(desk: Desk) -> Desk:
    """A parcel whose sender is on a list."""
    desk.import_list("L-1,person,DIOP,ADA,1984-05-06,,", "L-2,person,QUIROGA,ZOE,,,")
    desk.receive(ADA, BOB)
    return desk


def test_a_parcel_of_a_listed_sender_is_a_hit(listed: Desk) -> None:
    """From the file to the queue, the page of the hit, its sheet, the pages of messages and the API."""
    [hit] = listed.hits()
    assert (hit.subject_id, hit.theme, hit.retention_class) == (
        listed.parcel(),
        "global_shield",
        "parcel",
    )
    assert listed.reasons() == [("watchlist", "open")]
    client = listed.client()
    queue = client.get("/").content.decode()
    assert "DIOP ADA" in queue
    assert "pipes of steel" in queue
    page = client.get(f"/hits/{hit.pk}/").content.decode()
    assert "pipes of steel · 12.5 kg" in page
    assert "Ours: parcel" in page
    assert "DIOP ADA" in client.get(f"/hits/{hit.pk}/sheet/").content.decode()
    messages = client.get("/messages/").content.decode()
    assert "POST" in messages
    assert "Parcels" in messages


def test_the_api_gives_parcels(listed: Desk) -> None:
    from tests.api.conftest import client_of

    api = client_of(listed.officer)
    [row] = api.get("/queue").json()["hits"]
    assert (row["parcel"], row["contents"], row["state"]) == ("P-1", "pipes of steel", "new")
    hit = api.get(f"/hits/{row['id']}").json()
    assert hit["weight_kg"] == 12.5
    assert [reason["kind"] for reason in hit["reasons"]] == ["watchlist"]
    assert "ParcelRow" not in json.dumps(row)
    assert api.get("/openapi.json").status_code == 200


def test_a_profile_reads_the_columns_and_the_history_of_parcels(desk: Desk) -> None:
    desk.profile("weight_kg > 20 AND parcels_12m >= 1")
    desk.receive(ADA)
    assert desk.hits() == []
    desk.receive(HEAVY)
    [hit] = desk.hits()
    assert hit.subject_id == desk.parcel("P-3")
    assert desk.reasons() == [("profile", "open")]
    known = desk.connection.execute(
        "SELECT kind, sum(rows) FROM profiles_known WHERE organisation_id = %s GROUP BY 1",
        [desk.office.id],
    ).fetchall()
    assert known == [("parcel", 2)]


def test_stored_parcels_are_screened_again(desk: Desk) -> None:
    """By a list that comes later, and by a profile that becomes active later; a corrected list takes its
    reason back."""
    desk.receive(ADA, HEAVY)
    assert desk.hits() == []
    desk.import_list("L-1,person,DIOP,ADA,1984-05-06,,")
    desk.work()
    assert [hit.subject_id for hit in desk.hits()] == [desk.parcel()]
    desk.profile("weight_kg > 20")
    desk.work(dt.datetime.now(dt.UTC))
    assert {hit.subject_id for hit in desk.hits()} == {desk.parcel(), desk.parcel("P-3")}
    desk.import_list("L-9,person,QUIROGA,ZOE,,,")
    desk.work()
    assert desk.reasons() == [("profile", "open"), ("watchlist", "void")]


def test_a_decision_and_the_result_of_a_control(listed: Desk) -> None:
    from tests.apps.profiles.story import acting

    from vedette.apps.hits import actions

    [hit] = listed.hits()
    with pytest.raises(actions.Incomplete) as raised:
        listed.decide("refuse", hit, basis="law 1, art. 2")
    assert "second" in raised.value.missing
    listed.decide("refer", hit)
    with acting(listed.officer):
        actions.record_result(listed.officer, hit.pk, "confirmed")
    row = listed.connection.execute(
        "SELECT outcome, objective_link FROM hit_outcome WHERE organisation_id = %s",
        [listed.office.id],
    ).fetchone()
    assert row == ("confirmed", True)
    confirmed = listed.connection.execute("SELECT subject_id FROM hits_confirmed").fetchall()
    assert confirmed == [(listed.parcel(),)]


def test_messages_in_any_order_and_repeated_give_one_state(desk: Desk) -> None:
    later = Parcel(
        **{name: getattr(ADA, name) for name in ADA.__struct_fields__} | {"contents": "tubes"}
    )
    desk.receive(later, at=NOW + dt.timedelta(minutes=5))
    desk.receive(ADA, at=NOW)
    desk.receive(later, BOB, at=NOW + dt.timedelta(minutes=5))
    rows = desk.connection.execute("SELECT contents FROM parcels_parcelclear ORDER BY 1").fetchall()
    assert rows == [("books",), ("tubes",)]
    resends = desk.connection.execute(
        "SELECT count(*) FROM inbox_message WHERE resend_of_id IS NOT NULL"
    )
    assert resends.fetchone() == (1,)
    assert desk.connection.execute("SELECT count(*) FROM subjects_subject").fetchone() == (2,)


def test_another_organisation_sees_nothing_of_it(
    listed: Desk, connection: psycopg.Connection[Any]
) -> None:
    other = Desk(connection, "Other")
    other.receive(ADA)
    assert other.hits() == []
    [hit] = listed.hits()
    client = other.client()
    assert client.get(f"/hits/{hit.pk}/").status_code == 404
    assert client.get(f"/parcels/{listed.parcel()}/").status_code == 404
    assert "pipes" not in client.get("/").content.decode()


def test_the_page_of_a_parcel_is_in_the_access_matrix(listed: Desk) -> None:
    from vedette.web.access import allowed, routes

    [route] = [one for one in routes() if one.name == "parcel"]
    for role in listed.people:
        answer = listed.client(role).get(f"/parcels/{listed.parcel()}/")
        assert (answer.status_code == 200) == allowed(route, role), role
    from django.test import Client

    assert Client().get(f"/parcels/{listed.parcel()}/").status_code == 302


def test_search(listed: Desk) -> None:
    """One search goes over the kinds; what it found is an act."""
    client = listed.client()
    client.post("/search/", {"purpose": "border", "case": "case 7"})
    found = client.post("/search/", {"q": "P-1"}).content.decode()
    assert "P-1 DIOP" in found
    pasted = client.post("/search/", {"q": "P-1\0"})
    assert (pasted.status_code, "P-1 DIOP" in pasted.content.decode()) == (200, True)
    nothing = client.post("/search/", {"q": "P-99"}).content.decode()
    assert "DIOP" not in nothing


def test_masking_and_the_end_of_retention(listed: Desk, tmp_path: Path) -> None:
    """After the days of its class the values are in the vault; a parcel with a link is kept, the other is
    deleted."""
    from vedette.apps.retention import runs
    from vedette.commands.environment import keys
    from vedette.keys.months import MonthKeys

    [hit] = listed.hits()
    listed.decide("refer", hit)
    months = MonthKeys.load(tmp_path / "months", create=True, environ={})
    mask_after, delete_after = listed.connection.execute(
        "SELECT mask_after, delete_after FROM vedette_periods('parcel', %s)", [NOW.date()]
    ).fetchone()

    def run(days: int) -> None:
        runs.run(listed.connection, keys(), months, NOW + dt.timedelta(days=days))

    run(mask_after - 1)
    assert listed.connection.execute("SELECT count(*) FROM parcels_parcelclear").fetchone() == (2,)
    run(mask_after + 1)
    assert listed.connection.execute("SELECT count(*) FROM parcels_parcelclear").fetchone() == (0,)
    kinds = listed.connection.execute(
        "SELECT kind, count(*) FROM retention_vault GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert ("parcel", 2) in kinds
    page = listed.client().get(f"/hits/{hit.pk}/").content.decode()
    assert "Masked parcel" in page
    assert "pipes" not in page
    run(delete_after + 40)
    left = listed.connection.execute("SELECT id, retention_class FROM subjects_subject").fetchall()
    assert left == [(listed.parcel(), "linked")]


def test_restriction_rectification_and_erasure(listed: Desk) -> None:
    from tests.apps.profiles.story import acting

    from vedette.apps.approvals import actions as approvals
    from vedette.apps.requests import actions, corrections

    dpo = listed.office.dpo
    with acting(dpo):
        assert actions.restrict(dpo, listed.request("restricted", "P-1"), True) == 1
    [hit] = listed.hits()
    assert "pipes" not in listed.client().get(f"/hits/{hit.pk}/").content.decode()
    assert "pipes" in listed.client("dpo").get(f"/hits/{hit.pk}/").content.decode()
    with acting(dpo):
        actions.restrict(dpo, listed.request("restricted", "P-1"), False)
    with acting(dpo):
        corrections.rectify(
            dpo, listed.request("rectified", "P-1"), "surname", "Okafor", "passport"
        )
    listed.work()
    assert listed.reasons() == [("watchlist", "void")]
    with acting(dpo):
        gone = listed.request("erasure", "P-1")
        approval = actions.ask_erasure(dpo, gone, "The court ordered the erasure in case 12.")
    with acting(listed.office.supervisor):
        approvals.decide(listed.office.supervisor, approval.pk, True)
    for table, left in (("subjects_subject", 1), ("parcels_parcel", 1), ("parcels_parcelclear", 1),
                        ("hits_hit", 0)):  # fmt: skip
        assert listed.connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (left,), (
            table
        )


def test_the_module_of_disclose_reads_no_targeting() -> None:
    """As for the kinds that ship: it imports no hits, lists or profiles (`AppKind.disclose`)."""
    from tests.apps.requests.test_answers import made_of

    from vedette.apps.subjects.kinds import app_kind

    modules = made_of(app_kind("parcel").disclose.__module__)
    targeting = ("vedette.apps.hits", "vedette.apps.lists", "vedette.apps.profiles")
    assert "tests.parcels.app.disclosure" in modules
    assert not [name for name in modules if name.startswith(targeting)]


def test_an_access_request_finds_and_gives_the_parcel(listed: Desk) -> None:
    from tests.apps.profiles.story import acting

    from vedette.apps.requests import actions, full
    from vedette.apps.subjects.kinds import Given, app_kind

    dpo = listed.office.dpo
    with acting(dpo):
        found, more = app_kind("parcel").find(Given(document="a 123 4567"))
        assert (list(found), more) == ([listed.parcel()], False)
        request = listed.request("access", "P-1")
        given = actions.answer(dpo, request, "prevention", "law 1", "en", "json").decode()
        whole = json.dumps(full.file(request.subjects, "2026/117"), default=str)
    assert "pipes of steel" in given
    assert "watchlist" not in given
    assert "pipes of steel" in whole
    assert "List" in whole


def test_a_backup_is_restored(listed: Desk, server: Any, tmp_path: Path, database: str) -> None:
    """A restored database has every row of parcels, their hits and their vault."""
    from tests.apps.backup.scene import vedette
    from tests.conftest import copy_template

    from vedette.apps.backup import making
    from vedette.apps.journal import heads
    from vedette.keys.months import MonthKeys
    from vedette.keys.ring import Keys

    shutil.copytree(HOME / "keys", tmp_path / "keys", ignore=shutil.ignore_patterns("vault"))
    months = MonthKeys.load(tmp_path / "keys", create=True, environ={})
    ring = Keys.load(tmp_path / "keys")
    heads.make_folder(tmp_path / "journal")
    made = making.backup(
        os.environ["DATABASE_URL_INTAKE"], ring, months, tmp_path / "journal", tmp_path / "backups"
    )
    urls = copy_template(server, f"ready_{os.getpid()}")
    done = vedette(
        {**urls, "ADMIN": server.dsn(f"ready_{os.getpid()}")}, tmp_path, "restore", str(made.path)
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with psycopg.connect(urls["DATABASE_URL_INTAKE"]) as restored:
        for table in ("parcels_parcel", "parcels_parcelclear", "subjects_subject", "subjects_identifier",
                      "hits_hit", "hits_reason", "hits_reasonclear"):  # fmt: skip
            count = f"SELECT count(*) FROM {table}"
            assert (
                restored.execute(count).fetchone() == listed.connection.execute(count).fetchone()
            ), table
            assert restored.execute(count).fetchone() != (0,), table


def test_the_pages_that_count_and_prefill_ask_the_kind(listed: Desk) -> None:
    """Lists with their fairness, a lookout for the sender, profiles, messages, the report, retention."""
    from vedette.apps.lists.models import Watchlist

    [watchlist] = Watchlist.objects.using("intake").filter(
        organisation=listed.office.id, lookouts=False
    )
    pages = {
        "officer": [
            "/watchlists/",
            f"/lookouts/new/?subject={listed.parcel()}",
            "/profiles/",
            "/messages/",
        ],
        "dpo": ["/oversight/", "/retention/", f"/watchlists/{watchlist.pk}/"],
    }
    for role, addresses in pages.items():
        client = listed.client(role)
        for address in addresses:
            assert client.get(address).status_code == 200, (role, address)


def test_a_rescreening_locks_in_the_order_of_a_frame(desk: Desk) -> None:
    """A frame writes travellers, then parcels. A worker that marked both by their ids alone waited for the
    frame, and the frame for it."""
    from vedette.apps.desk import rescreen

    traveller = desk.passenger()
    # A parcel whose id is smaller than that of the traveller.
    low = next(f"L-{n}" for n in count() if desk.parcel(f"L-{n}").int < traveller.int)
    desk.receive(Parcel(reference=low, surname="SECK"))
    url = os.environ["DATABASE_URL_INTAKE"]
    row = "SELECT FROM subjects_subject WHERE id = %s FOR UPDATE"
    with psycopg.connect(url) as frame, psycopg.connect(url) as marking, ThreadPoolExecutor() as at:
        frame.execute("SET lock_timeout = '5s'")
        frame.execute(row, [traveller])
        waits = at.submit(rescreen._mark, marking, desk.office.id, [traveller, desk.parcel(low)])
        blocked = "SELECT cardinality(pg_blocking_pids(%s)) > 0"
        while desk.connection.execute(blocked, [marking.info.backend_pid]).fetchone() == (False,):
            time.sleep(0.01)
        frame.execute(row, [desk.parcel(low)])
        frame.commit()
        waits.result()
    taken = []
    for _ in range(2):
        with desk.connection.transaction():
            taken.append(rescreen._take_marked(desk.connection, desk.office.id))
    assert sorted(taken) == sorted([[traveller], [desk.parcel(low)]])


def test_parcels_with_the_same_identifier_hide_no_traveller(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sends many parcels with a document and a telephone was not found as a traveller by them, and
    the profiles of travellers saw them as those of an agency."""
    from tests.apps.profiles.story import acting

    from vedette.apps.subjects.kinds import Given
    from vedette.travellers.app import disclosure, history
    from vedette.travellers.app.models import Journey
    from vedette.travellers.app.selectors import sharing, travellers

    traveller = desk.passenger()
    desk.receive(
        *(Parcel(reference=f"Q-{n}", surname="DIOP", document="A1234567") for n in range(8))
    )
    desk.connection.execute(
        "INSERT INTO subjects_identifier (organisation_id, subject_id, kind, token, at)"
        " SELECT organisation_id, id, 'phone', %s, %s FROM subjects_subject",
        [b"p" * 16, NOW - dt.timedelta(days=1)],
    )
    for module in (disclosure, travellers, sharing):
        monkeypatch.setattr(module, "MOST", 3)
    monkeypatch.setattr(travellers, "MOST_CROSSINGS", 3)
    monkeypatch.setattr(history, "COMMON", 3)
    with acting(desk.office.dpo):
        found, more = disclosure.find(Given(document="A1234567"))
        assert (list(found), more) == ([traveller], False)
    with acting(desk.officer):
        search = travellers.search(document="A1234567")
        assert ([one.journey["id"] for one in search.people], search.cut) == ([traveller], False)
        journey = Journey.objects.select_related("subject").get(pk=traveller)
        assert travellers.journeys_of(journey, None) == ([traveller], False)
        assert sharing.shared(journey) == []
    values = history.history(
        desk.connection, desk.office.id, {traveller: None}, dt.datetime.now(dt.UTC)
    )[traveller]
    assert values["shared_common"] is False
    assert values["shared_phone_travellers_90d"] == 0


def test_periods_are_those_of_the_kind(
    listed: Desk, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to a sender, and the time of masking, named the periods and the law of travellers."""
    from tests.apps.profiles.story import acting

    from vedette.apps.requests import releasable
    from vedette.apps.retention import selectors
    from vedette.apps.retention.parts import Periods

    month = NOW.date().replace(day=1)
    with psycopg.connect(database) as admin:
        # Without the trigger that asks for the approval of two persons.
        admin.execute("SET session_replication_role = replica")
        admin.execute(
            "INSERT INTO retention_retentionprofile (id, organisation_id, retention_class, version, name,"
            " template, trigger, mask_after, delete_after, keep_after, fields, basis, source, active_from,"
            " created_at) VALUES (gen_random_uuid(), %s, 'passenger', 1, 'Law on travellers', 'national',"
            " 'receipt', 100, 200, 300, '{}', 'law 1', '', %s, now())",
            [listed.office.id, month - dt.timedelta(days=400)],
        )
        run = uuid.uuid4()
        admin.execute(
            'INSERT INTO retention_proof (run_id, at, deed, "table", retention_class, month, rows, key_id,'
            " counts) SELECT %s, now(), 'masked', t, c, %s, 1, '', '{}' FROM (VALUES"
            " ('parcels_parcelclear', 'parcel'), ('travellers_journeyclear', 'passenger')) v (t, c)",
            [run, month],
        )
    of_class = {"parcel": Periods(10, 20, 30), "passenger": Periods(100, 200, 300)}
    monkeypatch.setattr(releasable, "periods", lambda name="passenger": of_class[name])
    with acting(listed.office.dpo):
        told = releasable.answer([listed.parcel()], "2026/117", NOW.date())
        laws = [selectors.masked(kind, month) for kind in ("traveller", "parcel")]
    [one] = told["subjects"]
    assert (one["masked_after_days"], one["deleted_after_days"]) == (10, 20)
    assert [law.profile if law else "" for law in laws] == [
        "Law on travellers",
        "National template",
    ]
