"""Suspicion reports: from the decision to the feedback of the unit, and their secrecy."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any

import psycopg
import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection as web
from django.test import Client
from lxml import etree
from tests.api.conftest import client_of
from tests.apps.hits.test_out_of_sight import _told
from tests.apps.profiles.story import acting
from tests.cash.app.desk import Desk
from tests.cash.stated import declaration
from tests.shared import shared

from vedette.apps.accounts.models import Unit, User
from vedette.apps.requests import full
from vedette.cash.app.referral import suspicions, trail
from vedette.cash.app.referral.models import Suspicion
from vedette.web.access import allowed, routes

pytestmark = pytest.mark.database

WHY = "The notes were hidden in the lining of the suitcase."
LISTED = "L-1,person,EXEMPLEAU,IDA,1980-02-03,FRA,\n"


def _schema() -> bytes:
    return shared("data", "messages", "goaml", "goAMLSchema.xsd").read_bytes()


def _setup(client: Client, schema: bytes | None = None, **more: Any) -> Any:
    given: dict[str, Any] = {
        "name": "Invented unit", "variant": "eu", "sends_on": ["2"], "holidays": "2026-12-25",
        **more,
    }  # fmt: skip
    if schema is not None:
        given["schema"] = SimpleUploadedFile("unit.xsd", schema)
    return client.post("/intelligence-unit/", given)


@dataclass
class Post:
    """An administration with a decided movement at a unit. `poster` works there; the others do not."""

    desk: Desk
    name: str

    @cached_property
    def poster(self) -> User:
        return User.objects.get(username=f"poster{self.name}")

    @cached_property
    def movement(self) -> uuid.UUID:
        return self.desk.movement()

    @cached_property
    def client(self) -> Client:
        made = Client(headers={"accept-language": "en"})
        made.force_login(self.poster)
        return made

    def report(self) -> Suspicion:
        return Suspicion.objects.using("intake").get(
            organisation=self.desk.office.id, unit_id=self.poster.unit_id
        )


def _post(connection: psycopg.Connection[Any], name: str) -> Post:
    desk = Desk(connection, name)
    unit = Unit.objects.using("intake").create(
        organisation_id=desk.office.id, name="A", airports=["ZZZ"]
    )
    User(username=f"poster{name}", role="officer", organisation_id=desk.office.id, unit=unit,
         themes=["cash"]).save(using="intake")  # fmt: skip
    desk.receive(declaration())
    desk.import_list(LISTED)
    desk.work()
    for table in ("subjects_subject", "cash_movement", "hits_hit"):
        connection.execute(
            f"UPDATE {table} SET unit_id = %s WHERE organisation_id = %s",
            [unit.pk, desk.office.id],
        )
    [hit] = desk.hits()
    desk.decide("refer", hit)
    assert _setup(desk.client("administrator"), _schema()).status_code == 302
    return Post(desk, name)


def _through(post: Post) -> None:
    """The report goes through all its states."""
    client = post.client
    begun = client.post(f"/cash/{post.movement}/suspicion/", {"why": WHY})
    assert begun.status_code == 302
    address = begun.url
    page = client.get(address).content.decode()
    assert "What is missing" in page
    draft = {"do": "write", "version": "1", "text": WHY, "indicators": "OTH"}
    assert client.post(address, draft).status_code == 302
    assert client.post(address, {"do": "send", "version": "2"}).status_code == 302
    sent = client.post(address, {"do": "acknowledge", "version": "3", "number": "FIU-77"})
    assert sent.status_code == 302
    told = client.post(address, {"do": "feedback", "version": "4", "feedback": "Case opened."})
    assert told.status_code == 302


@pytest.fixture
def north(connection: psycopg.Connection[Any]) -> Post:
    return _post(connection, "North")


def test_from_the_decision_to_the_feedback(north: Post) -> None:
    """The page lists what is missing, the schema accepts the file, and the answers of the unit are kept."""
    client, address = north.client, f"/cash/{north.movement}/suspicion/"
    assert "20 to 4,000" in client.post(address, {"why": "short"}).content.decode()
    assert not Suspicion.objects.using("intake").exists()
    _through(north)
    row = north.report()
    assert (row.state, row.version) == ("feedback", 5)
    assert WHY.encode() not in bytes(row.content) + bytes(row.file)
    page = client.get(f"/suspicions/{row.pk}/").content.decode()
    for word in ("FIU-77", "Case opened.", "0 days"):
        assert word in page
    assert str(row.pk) in client.get("/suspicions/").content.decode()
    file = client.get(f"/suspicions/{row.pk}/report.xml").content
    check = etree.XMLSchema(etree.fromstring(_schema()))
    check.assertValid(etree.fromstring(file))
    assert WHY.encode() in file
    # A second decision of the same post leads to the same report; a stale form changes nothing.
    assert client.post(address, {"why": WHY}).url == f"/suspicions/{row.pk}/"
    stale = client.post(
        f"/suspicions/{row.pk}/", {"do": "feedback", "version": "4", "feedback": "x"}
    )
    assert stale.status_code == 422
    assert "Another person changed" in stale.content.decode()


def test_what_is_missing_is_listed_and_completed(north: Post) -> None:
    """A unit that requires one more element: the draft names it, asks for it, and is valid with it. The
    record that lacks a surname is named as such, and the report is not sent."""
    schema = _schema().decode().replace(
        '<xs:element name="submission_code"', '<xs:element name="case_officer" type="xs:string"/>'
        '<xs:element name="submission_code"', 1,
    )  # fmt: skip
    assert schema != _schema().decode()
    assert _setup(north.desk.client("administrator"), schema.encode()).status_code == 302
    client = north.client
    address = client.post(f"/cash/{north.movement}/suspicion/", {"why": WHY}).url
    page = client.get(address).content.decode()
    assert "report/case_officer" in page
    draft = {"do": "write", "version": "1", "text": WHY, "indicators": "OTH"}
    client.post(address, draft)
    refused = client.post(address, {"do": "send", "version": "2"})
    assert refused.status_code == 422
    assert "does not meet the schema yet" in refused.content.decode()
    draft |= {"version": "2", "add:report/case_officer": "Officer 12"}
    client.post(address, draft)
    assert north.report().file is not None
    assert b"<case_officer>Officer 12<" in client.get(address + "report.xml").content


def test_a_hit_is_decided_first(connection: psycopg.Connection[Any]) -> None:
    """No report is made about a movement whose hit is open."""
    desk = Desk(connection)
    desk.receive(declaration())
    desk.import_list(LISTED)
    desk.work()
    answer = desk.client().post(f"/cash/{desk.movement()}/suspicion/", {"why": WHY})
    assert answer.status_code == 422
    assert "First decide on the hit" in answer.content.decode()
    assert not Suspicion.objects.using("intake").exists()


ENTITY = (
    b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="report">'
    b"<xs:annotation><xs:documentation>&e;</xs:documentation></xs:annotation></xs:element></xs:schema>"
)


@pytest.mark.parametrize(
    ("schema", "english", "french"),
    [
        (ENTITY, "document type", "déclaration de type"),
        (b"<xs:schema", "not XML", "pas du XML"),
        (b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>', "no element", "pas d’élément"),
        (ENTITY[ENTITY.index(b"<xs:schema") :].replace(b"&e;", b"").replace(
            b"<xs:annotation>", b'<xs:complexType><xs:sequence><xs:element name="a" maxOccurs="9999999"/>'
            b"</xs:sequence></xs:complexType><xs:annotation>"), "10,000 times", "10 000 fois"),
    ],
)  # fmt: skip
def test_a_bad_schema_is_refused(
    connection: psycopg.Connection[Any], schema: bytes, english: str, french: str
) -> None:
    """An external entity, a cut file, another schema, endless repetition: a message in the reader's language,
    and nothing is stored."""
    desk = Desk(connection)
    for language, word in (("en", english), ("fr", french)):
        answer = _setup(desk.client("administrator", language), schema)
        assert answer.status_code == 422
        text = answer.content.decode()
        assert word in text.replace("\N{NO-BREAK SPACE}", " ").replace("\u202f", " ")
        assert "Invented unit" in text
        assert "root:" not in text
    assert desk.rows("SELECT count(*) FROM cash_intelligenceunit") == [(0,)]


# --- secrecy ------------------------------------------------------------------------------------

#: Everybody except the poster and the data-protection officer. They belong to no unit and see all movements.
OTHERS = ("officer", "supervisor", "analyst", "auditor", "administrator", "list_manager")
#: The roles whose pages are compared. Together they open every page that one of the others opens.
COMPARED = ("supervisor", "auditor", "administrator", "list_manager")


#: Pages whose content depends on the role. Other pages are compared for the first role that opens them.
FIRST = ("home/", "notifications/", "")


def _shown(answer: Any) -> tuple[int, str]:
    """An answer without the numbers of the journal. They count the entries of all organisations, and the
    second organisation is asked after the first. `test_no_number_of_the_journal_changes` compares them."""
    status, text = _told(answer)
    text = re.sub(r"[\d,]+ entries are not in", "# entries are not in", text)
    text = re.sub(r"(?m)^\d+,(?=@)", "#,", text)
    return status, re.sub(r'<td class="num">\d+(?=</td><th scope="row" class="nw">)', "#", text)


def test_no_number_of_the_journal_changes(north: Post) -> None:
    """A report that goes through all states leaves no entry in the journal: no number is used, and no entry
    waits for the hash chain."""
    numbers = (
        "SELECT (SELECT last_value FROM accounts_act_id_seq), (SELECT count(*) FROM accounts_act),"
        " (SELECT count(*) FROM journal_pending)"
    )
    assert north.client.get("/").status_code == 200
    before = north.desk.rows(numbers)
    _through(north)
    assert north.client.get("/suspicions/").status_code == 200
    assert north.desk.rows(numbers) == before


def _addresses(post: Post, role: str) -> dict[str, str]:
    """Route → address, for every page and operation that the role may open by GET without an id, and every
    page about the movement, its hit and its message."""
    [hit] = post.desk.hits()
    [(message,)] = post.desk.rows(
        "SELECT id FROM inbox_message WHERE organisation_id = %s", post.desk.office.id
    )
    ids = {"cash/": post.movement, "hits/": hit.pk, "records/": post.movement, "links/": post.movement,
           "messages/": message, "/api/hits/": hit.pk, "/api/messages/": message}  # fmt: skip
    found = {}
    for route in routes():
        if route.method not in ("", "GET") or not allowed(route, role) or route.name == "logout":
            continue
        path = route.path
        if path.endswith((".pdf", ".json")) and path.startswith("oversight/"):
            continue  # compressed, with the name of the organisation, or signed; report.csv has the figures
        if path == "agreements/new/":
            continue  # the form ticks the organisation of the reader, whose place differs
        if re.search("[<{]", path):
            begin = next((one for one in ids if path.startswith(one)), None)
            if begin is None or path.count("<") + path.count("{") > 1 or "matrix" in path:
                continue
            path = re.sub(r"<[^>]+>|\{\w+\}", str(ids[begin]), path)
        found[route.path] = path if path.startswith("/") else f"/{path}"
    return found


def test_others_see_the_same_as_without_a_report(connection: psycopg.Connection[Any]) -> None:
    """Two administrations with the same data. In one of them, a post makes a report that goes through all its
    states. Everybody else sees the same in both, on every page and operation: status, counts, order, texts,
    the journal included. Others who decide on a report get the same answers."""
    north, south = _post(connection, "North"), _post(connection, "South")
    # Both post officers open the same pages, so that the journal differs only by the report.
    north.client.get(f"/cash/{north.movement}/")
    south.client.get(f"/cash/{south.movement}/")
    _through(north)
    for post in (north, south):
        post.desk.work()
    wrong: list[Any] = []
    compared: set[str] = set()
    for role in COMPARED:
        cache.clear()
        clients = [post.desk.client(role) for post in (north, south)]
        machines = [client_of(post.desk.people[role]) for post in (north, south)]
        pairs = [_addresses(post, role) for post in (north, south)]
        for path, left in pairs[0].items():
            if path in compared and path not in FIRST:
                continue
            asked: Any = machines if path.startswith("/api") else clients
            both = zip(asked, (left, pairs[1][path]), strict=True)
            answers = [
                _shown(
                    one.get(address.removeprefix("/api") if path.startswith("/api") else address)
                )
                for one, address in both
            ]
            compared.add(path)
            if answers[0] != answers[1]:
                parts = zip(*(re.split(r"(?=<)|\n", text) for _, text in answers), strict=False)
                first = next((pair for pair in parts if pair[0] != pair[1]), ("", ""))
                wrong.append(
                    (role, path, answers[0][0], answers[1][0], *(one[:200] for one in first))
                )
    assert wrong == [], "\n".join(map(str, wrong))
    assert len(compared) > 80
    # The supervisor, who belongs to another post, decides on a report as well.
    for post in (north, south):
        begun = post.desk.client("supervisor").post(
            f"/cash/{post.movement}/suspicion/", {"why": WHY}
        )
        assert begun.status_code == 302
        page = post.desk.client("supervisor").get("/suspicions/").content.decode()
        assert page.count('class="who"') == 1
    hidden = north.report().pk
    for role in ("officer", "supervisor"):
        client = north.desk.client(role)
        for address in (f"/suspicions/{hidden}/", f"/suspicions/{hidden}/report.xml"):
            assert client.get(address).status_code == 404
        assert (
            client.post(f"/suspicions/{hidden}/", {"do": "send", "version": "5"}).status_code == 404
        )


def test_no_request_of_a_person_contains_a_report(connection: psycopg.Connection[Any]) -> None:
    """The file for the person and the file with all data are the same with and without a report."""
    told = []
    for name in ("North", "South"):
        post = _post(connection, name)
        if name == "North":
            _through(post)
        with acting(post.desk.people["dpo"]):
            content = full.file([post.movement], "1")
        text = re.sub(
            r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d\d:\d\d:\d\d[.\d]*", "#", str(content)
        )
        text = re.sub(r"datetime\.datetime\([^)]*\)", "@", text)
        told.append(re.sub("North|South", "here", text))
    assert told[0] == told[1]
    assert "uspicion" not in told[0]


def test_the_post_and_the_data_protection_officer_see_all(north: Post) -> None:
    """The data-protection officer reads the report, its file and its journal, and changes nothing."""
    _through(north)
    id_, dpo = north.report().pk, north.desk.client("dpo")
    assert "Case opened." in dpo.get(f"/suspicions/{id_}/").content.decode()
    assert dpo.get(f"/suspicions/{id_}/report.xml").status_code == 200
    assert str(id_) in dpo.get(f"/cash/{north.movement}/suspicion/").content.decode()
    with acting(north.desk.people["dpo"]):
        entries = list(trail.page(id_, north.poster.unit_id, 0))
    assert [one.what for one, _ in reversed(entries)][:3] == ["decide", "see", "write"]
    assert all(right for _, right in entries)
    assert dpo.post(f"/suspicions/{id_}/", {"do": "feedback", "version": "5"}).status_code == 403


def test_the_database_shows_no_report_to_others(north: Post) -> None:
    """Row-level security, without the pages: a report exists for its post and for the data-protection
    officer only. Without a user there is no report."""
    _through(north)
    for role, expected in {**dict.fromkeys(OTHERS, 0), "dpo": 1}.items():
        with acting(north.desk.people[role]):
            assert Suspicion.objects.count() == expected, role
    with acting(north.poster):
        assert Suspicion.objects.count() == 1
        assert suspicions.own(north.poster, suspicions.of_movement(north.movement)) is not None
    with web.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cash_suspicion")
        assert cursor.fetchone() == (0,)


def test_a_changed_entry_of_the_trail_is_found(north: Post) -> None:
    """The roles of the product cannot change an entry. One that the owner of the database changes, or
    removes, is marked on the page."""
    _through(north)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        north.desk.rows("UPDATE cash_suspicionact SET what = 'see' RETURNING id")
    with acting(north.poster):
        rows = [one for one, _ in trail.page(None, north.poster.unit_id, 0)]
        assert all(
            trail.checked(one, before) for one, before in zip(rows, [*rows[1:], None], strict=True)
        )
        rows[1].what = "see" if rows[1].what != "see" else "list"
        assert not trail.checked(rows[1], rows[2])
        assert not trail.checked(rows[0], rows[2])


def test_a_report_goes_with_its_movement(north: Post) -> None:
    """The deletion of a movement deletes its reports: no report keeps a movement, which others would see."""
    assert north.desk.rows(
        "SELECT confdeltype::text FROM pg_constraint WHERE contype = 'f'"
        " AND conrelid = 'cash_suspicion'::regclass AND confrelid = 'subjects_subject'::regclass"
    ) == [("c",)]


def test_the_example_mapping_is_the_first_mapping(north: Post) -> None:
    """The administrator hands in a schema only; mapping and columns are the examples."""
    [(mapping, columns)] = north.desk.rows("SELECT mapping, columns FROM cash_intelligenceunit")
    examples = files("vedette.cash.goaml")
    assert mapping == examples.joinpath("example.toml").read_text("utf-8")
    assert columns == examples.joinpath("batch.toml").read_text("utf-8")
