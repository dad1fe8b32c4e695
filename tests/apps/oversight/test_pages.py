"""The pages, the files and the statistics: who reaches them, what they say, what they leave behind."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.test import Client
from django.utils import timezone, translation
from tests.apps.hits.world import World, build, hit, journey
from tests.apps.journal.scene import signed_in
from tests.apps.oversight.scene import act, at, rolled, user, usual

from vedette.apps.accounts.models import Act, Approval, User
from vedette.apps.hits import actions
from vedette.apps.hits.models import Hit, Reason
from vedette.apps.inbox.models import DroppedCount
from vedette.apps.oversight import report, report_pdf
from vedette.apps.oversight.models import Figure, Finding, Noted, Transfer
from vedette.apps.oversight.sections import Period, Rate

PAGES = (
    "/oversight/", "/oversight/statistics/", "/oversight/state/", "/oversight/report/",
    "/oversight/report.pdf", "/oversight/report.csv",
)  # fmt: skip
WHY = "Passport and birth date are not those of the entry."


@pytest.fixture
def world(database: str) -> World:
    """The invented world of the page tests."""
    return build()


@pytest.fixture
def dpo(world: World) -> User:
    """The data-protection officer."""
    return user(world, "dpo", "Fatou", "Ndoye", "dpo")


def decide(world: World, surname: str, choice: str, answer: str) -> Hit:
    """A hit on somebody of that name, decided."""
    made = hit(world, journey(world, world.flight("YY 417", 41), surname, "JANE"))
    with world.seen_by() as officer:
        seen = frozenset(Reason.objects.filter(hit=made).values_list("pk", flat=True))
        answers = dict.fromkeys(seen, answer)
        actions.decide(officer, made.pk, actions.Verdict(choice, WHY, seen, answers))
    return made


def transfer(client: Client, of: Hit, **changes: str):
    """Posts the form."""
    given = {
        "kind": "third", "receiver": "Border agency", "country": "ch", "purpose": "border",
        "basis": "Agreement of 2020, article 4", **changes,
    }  # fmt: skip
    return client.post(f"/hits/{of.pk}/transfers/", given)


@pytest.mark.parametrize("role", User.Role.values)
def test_only_the_dpo_and_the_auditor_read_it(world: World, role: str) -> None:
    """Whoever watches is few; the auditor reads and notes nothing."""
    client = signed_in(user(world, f"a_{role}", "N", "N", role))
    reads = role in ("dpo", "auditor")
    for path in PAGES:
        assert client.get(path).status_code == (200 if reads else 403), path
    answer = client.post("/oversight/note/", {})
    assert answer.status_code == (400 if role == "dpo" else 403)


def test_every_page_and_every_file_taken_is_an_act(world: World, dpo: User) -> None:
    """Disclosure is logged: which part, which days; who watches is watched."""
    client = signed_in(dpo)
    for path in PAGES:
        client.get(f"{path}?from=2026-11-01&to=2026-11-20")
    written = (
        Act.objects.using("intake").filter(user=dpo, act__startswith="oversight").order_by("pk")
    )
    assert [one.act for one in written] == ["oversight.see"] * 4 + ["oversight.export"] * 2
    assert written[4].detail == {"part": "pdf", "first": "2026-11-01", "last": "2026-11-20"}


@pytest.mark.parametrize(
    "query",
    [
        "from=x&to=%00",
        "from=2030-01-01&to=2020-01-01",
        "from=0001-01-01",
        "user=%00",
        "user=x",
        "from=0001-01-01&to=0001-01-02",
        "from=9999-12-31&to=9999-12-31",
    ],
)
def test_what_makes_no_sense_asks_for_the_usual_days(dpo: User, query: str) -> None:
    """Addresses are typed and tampered with: never an error, never more than a year."""
    client = signed_in(dpo)
    for path in ("/oversight/", "/oversight/report/"):
        answer = client.get(f"{path}?{query}")
        assert answer.status_code == 200
        days = answer.context["period"]
        assert 0 <= (days.last - days.first).days < 366


def test_the_statistics_of_article_20(world: World, database: str, dpo: User) -> None:
    """Identified, transferred, false matches, by list and month; a hit decided again is told so."""
    decide(world, "ONE", "release", "another")
    decide(world, "TWO", "release", "another")
    referred = decide(world, "THREE", "refer", "same")
    client = signed_in(world.officer)
    assert transfer(client, referred).status_code == 302
    assert transfer(client, referred, kind="europol", country="").status_code == 302
    rolled(database)
    page = signed_in(dpo).get("/oversight/statistics/")
    sections = {one.key: one for one in page.context["sections"]}
    numbers = {row[0]: row[1] for row in sections["article20"].rows}
    assert numbers["hits decided"] == 3
    assert numbers["hits identified for further examination"] == 1
    assert numbers["false matches"] == 2
    assert numbers["hits transferred to other authorities"] == 1
    assert numbers["transfers"] == 2
    [by_list] = sections["lists"].rows
    assert by_list[0] == "Asset freeze (demonstration)"
    assert by_list[2:6] == (3, 2, 0, 1)
    assert [str(row[0]) for row in sections["months"].rows] == [f"{timezone.now():%m/%Y}"]
    assert len(sections["transfers"].rows) == 2


def test_hits_are_divided_by_the_travellers_of_the_same_flights(
    world: World, database: str, dpo: User
) -> None:
    """A hit opened today on a flight that lands tomorrow is no share of the travellers who landed today."""
    landed, ahead = world.flight("XX 214", -5), world.flight("YY 417", 60 * 30)
    for flight in (landed, ahead):
        flight.api_count = 4
        flight.save(using="intake")
    for n, flight in enumerate((landed, landed, ahead, ahead)):
        hit(world, journey(world, flight, f"NAME{n}", "JANE"))
    rolled(database)
    page = signed_in(dpo).get("/oversight/statistics/")
    [totals] = [one for one in page.context["sections"] if one.key == "article20"]
    numbers = {row[0]: row[1:3] for row in totals.rows}
    assert numbers["hits raised"] == (4, None)
    assert numbers["hits that had to be decided"] == (2, Rate(2, 4))


def test_figures_stay_when_hits_are_deleted(world: World, database: str, dpo: User) -> None:
    """Travellers go after months, the statistics are asked for a year: the day was counted before."""
    import psycopg

    decide(world, "ONE", "release", "another")
    rolled(database)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM hits_decision")
        connection.execute("DELETE FROM hits_reason")
        connection.execute("DELETE FROM hits_hit")
    assert set(Figure.objects.using("intake").values_list("kind", flat=True)) >= {
        "decided",
        "false",
    }
    page = signed_in(dpo).get("/oversight/statistics/").content.decode()
    assert "Asset freeze (demonstration)" in page


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(0, 0, 0, 0), (0, 10, 0, 0.2775), (5, 10, 0.2366, 0.7634), (1, 1, 0.2065, 1)],
)
def test_intervals_are_wilsons(part: int, whole: int, low: float, high: float) -> None:
    """Right for few cases and for none, where a plain interval has no width; of nothing, no share."""
    found = Rate(part, whole).interval
    assert (found is None) == (whole == 0)
    if found:
        assert found == pytest.approx((low, high), abs=0.0001)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"country": ""}, "Enter the country."),
        ({"basis": "For Three, Jane: agreement"}, "Do not enter the person’s name"),
        ({"receiver": "THREE"}, "Do not enter the person’s name"),
        ({"kind": "nobody"}, ""),
    ],
)
def test_a_transfer_that_may_not_be_recorded(
    world: World, changes: dict[str, str], told: str
) -> None:
    """The register outlives the traveller: it has no name. Nothing is stored, what was typed stays."""
    referred = decide(world, "THREE", "refer", "same")
    answer = transfer(signed_in(world.officer), referred, **changes)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not Transfer.objects.using("intake").exists()


def test_only_what_a_person_decided_is_transferred(world: World, dpo: User) -> None:
    """Directive 2016/681 art. 6 (5): an open hit, or a released one, is given to nobody."""
    released = decide(world, "ONE", "release", "another")
    waiting = hit(world, journey(world, world.flight("YY 417", 41), "FOUR", "JANE"))
    client = signed_in(world.officer)
    for one in (released, waiting):
        assert transfer(client, one).status_code == 422
        assert client.get(f"/hits/{one.pk}/transfers/").status_code == 200
    assert transfer(signed_in(dpo), released).status_code == 403
    assert not Transfer.objects.using("intake").exists()


def test_the_register_and_what_was_noted_are_written_once(world: World, database: str) -> None:
    """No role changes them, not even with triggers' settings: the grants are missing."""
    import psycopg

    referred = decide(world, "THREE", "refer", "same")
    transfer(signed_in(world.officer), referred)
    with psycopg.connect(database) as connection:
        for role in ("vedette_web", "vedette_intake"):
            for table in ("oversight_transfer", "oversight_noted"):
                for verb in ("UPDATE", "DELETE", "TRUNCATE"):
                    [[may]] = connection.execute(
                        "SELECT has_table_privilege(%s, %s, %s)", [role, table, verb]
                    )
                    assert not may
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE oversight_transfer SET basis = 'x'")


def test_noting_a_finding_is_an_act_with_sealed_grounds(
    world: World, database: str, dpo: User
) -> None:
    """Nothing is concluded by itself: a person says what it was, and the journal keeps it."""
    act(database, world.officer, "record.search", [at(1, 9)], name="DIALLO AWA")
    rolled(database)
    finding = Finding.objects.using("intake").get()
    client = signed_in(dpo)
    page = client.get("/oversight/").content.decode()
    assert "The user searched for their own name or a similar name." in page
    given = {
        "about": "finding",
        "subject": finding.pk,
        "outcome": "explained",
        "why": "A TWIN BROTHER",
    }
    assert client.post("/oversight/note/", given).status_code == 302
    [noted] = Noted.objects.using("intake").all()
    assert (noted.subject, noted.outcome, noted.by) == (finding.pk, "explained", dpo)
    written = Act.objects.using("intake").get(act="oversight.note")
    assert written.sealed is not None
    assert "TWIN" not in str(written.detail)
    assert "explained" in client.get("/oversight/").content.decode()
    given["subject"] = str(dpo.pk)
    assert client.post("/oversight/note/", given).status_code == 404


def test_an_unmasking_is_shown_until_it_is_noted(world: World, dpo: User) -> None:
    """Directive 2016/681 art. 12 (3): the data-protection officer is informed, and reviews."""
    now = timezone.now()
    asked = Approval.objects.using("intake").create(
        organisation=world.organisation, kind="unmask", subject=str(dpo.pk), purpose="serious_crime",
        why=b"", state="allowed", asked_by_id=world.officer.pk, asked_at=now, expires_at=now,
        decided_by_id=world.users["supervisor"].pk, decided_at=now,
    )  # fmt: skip
    client = signed_in(dpo)
    assert client.get("/oversight/").context["unmaskings"][0].noted is None
    client.post("/oversight/note/", {"about": "unmask", "subject": asked.pk, "outcome": "seen"})
    assert client.get("/oversight/").context["unmaskings"][0].noted.by == dpo


def test_files_are_safe_to_open_and_say_numbers_plainly(world: World, dpo: User) -> None:
    """A receiver typed as a formula is text; months are ISO, and nothing is nothing."""
    referred = decide(world, "THREE", "refer", "same")
    transfer(signed_in(world.officer), referred, receiver="=HYPERLINK(1)", country="fr")
    DroppedCount.objects.using("intake").create(
        organisation=world.organisation,
        sender="YY",
        day=timezone.now().date(),
        kind="meal",
        count=7,
    )
    client = signed_in(dpo)
    register = client.get("/oversight/report.csv?part=transfers")
    assert register["Content-Type"].startswith("text/csv")
    _, row = csv.reader(io.StringIO(register.content.decode("utf-8-sig")))
    assert row[2] == "'=HYPERLINK(1)"
    assert row[3] == "FR"
    dropped = client.get("/oversight/report.csv?part=dropped").content.decode("utf-8-sig")
    assert [*csv.reader(io.StringIO(dropped))][1][::3] == [f"{timezone.now():%Y-%m}", "7"]
    assert client.get("/oversight/report.csv?part=nothing").status_code == 404


def text_of(file: bytes) -> str:
    """The text of an uncompressed PDF of ours, by each font's own map from codes to letters."""
    maps = {
        name: {int(a, 16): chr(int(b, 16)) for a, b in re.findall(rb"<(\w\w)> <(\w{4})>", body)}
        for name, body in re.findall(rb"/CMapName /(\S+) def(.*?)endcmap", file, re.DOTALL)
    }
    fonts = {}
    for name, number in re.findall(rb"/(F\d+\+\d+) (\d+) 0 R", file):
        base = re.search(rb"\n" + number + rb" 0 obj\s+<<\s+/BaseFont /(\S+)", file)
        assert base
        fonts[name] = maps[base[1]]
    told, letters = [], {}
    for op in re.finditer(rb"/(F[\d+]+) [\d.]+ Tf|\(((?:[^()\\]|\\.)*)\) Tj", file, re.DOTALL):
        letters = fonts.get(op[1], {}) if op[1] else letters
        codes = re.sub(rb"\\(\d{3})", lambda m: bytes([int(m[1], 8)]), op[2] or b"")
        told.append("".join(letters.get(code, "") for code in re.sub(rb"\\(.)", rb"\1", codes)))
    return " ".join(told)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_pdf_can_be_read_in_both_languages(
    world: World, database: str, dpo: User, language: str
) -> None:
    """Text, not pictures: letters map back, accents and œ included; title and language are told; no
    traveller is named, and a thousand rows break over pages with their heads."""
    referred = decide(world, "ZWYXQUIBBLE", "refer", "same")
    transfer(signed_in(world.officer), referred, receiver="Cœur de réseau d’Évian", country="fr")
    usual(database, world.officer)
    rolled(database)
    with translation.override(language), world.seen_by(dpo):
        made = report.make(dpo, Period.read({}, timezone.now().date()))
        file, plain = report_pdf.pdf(made), report_pdf.pdf(made, compress=False)
        words = [report._("Data protection: report"), *(one.title for one in made.sections)]
    assert file.startswith(b"%PDF-")
    assert f"/Lang ({language})".encode() in plain
    told = text_of(plain)
    assert "Cœur de réseau d’Évian" in told
    assert "ZWYXQUIBBLE" not in told
    told = told.replace("\xa0", " ")
    assert [word for word in words if word.replace("\xa0", " ") not in told] == []
    assert len(made.sections) == len(report.KEYS)


def test_the_report_names_no_traveller(world: World, database: str, dpo: User) -> None:
    """Not on the page, not in any file."""
    decide(world, "ZWYXQUIBBLE", "refer", "same")
    rolled(database)
    client = signed_in(dpo)
    pages = [client.get(path).content for path in PAGES if not path.endswith("pdf")]
    pages += [client.get(f"/oversight/report.csv?part={key}").content for key in report.KEYS]
    assert all(b"ZWYXQUIBBLE" not in page.upper() for page in pages)
