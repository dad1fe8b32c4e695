"""The pages of flights, travellers and messages, as a signed-in officer gets them."""

from __future__ import annotations

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.apps.intake import scene as scenes
from tests.apps.intake import world
from tests.apps.intake.scene import Scene
from tests.apps.intake.world import USING

from vedette.apps.accounts.models import Act
from vedette.apps.targeting import screen_now
from vedette.records import Entry, EntryName
from vedette.screening.knowledge import Knowledge, KnownEntry, ListInfo

PURPOSE = {"purpose": "serious_crime", "case": "2026-114"}


@pytest.fixture
def scene(database: str) -> Scene:
    """A filled evening."""
    return scenes.fill()


@pytest.fixture
def client(scene: Scene) -> Client:
    """An officer's browser, reading English."""
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(scene.officer)
    return browser


def _text(response) -> str:
    return response.content.decode()


def _acts(name: str) -> list[Act]:
    return list(Act.objects.using(USING).filter(act=name))


def test_flights_of_the_day(client: Client, scene: Scene) -> None:
    """Signs for each sending, what is missing, hits by level, and who was expected."""
    page = _text(client.get(f"/flights/?day={scene.flight.arrives_local.date()}"))
    assert "YY 417" in page
    assert "with parts missing" in page
    assert "Expected by the three weeks before" in page
    assert "Very high" in page
    assert page.count("<h1") == 1


def test_flights_keep_filters_and_say_why_nothing_shows(client: Client, scene: Scene) -> None:
    """A filter stands in the address, and an empty answer names the way out."""
    day = scene.flight.arrives_local.date()
    page = _text(client.get(f"/flights/?day={day}&carrier=QQ"))
    assert "none with these filters" in page
    assert f"?day={day}" in page
    assert client.get("/flights/?day=nonsense&after=_&state=x&airport=%00").status_code == 200


def test_carriers_alone_and_as_a_part(client: Client) -> None:
    """Without script the link leads to a page; htmx gets the table alone."""
    assert "<h1" in _text(client.get("/flights/carriers/"))
    part = _text(client.get("/flights/carriers/", headers={"HX-Request": "true"}))
    assert "<h1" not in part
    assert "<table" in part


def test_flight_shows_hits_first_and_pages_all(client: Client, scene: Scene) -> None:
    """115 travellers are two pages, said as such; hits lead, and seats with hits are links."""
    address = f"/flights/{scene.flight.id}/"
    page = _text(client.get(address))
    assert page.index("ZIVODRAGICH") < page.index("HOLMQVIST") < page.index("ANDERSSON")
    assert "1 to 100 of 115" in page
    assert "Seat 23A: hit 82, Very high" in page
    assert "part 2 missing" in page
    assert "136 stated, 187 present" in page
    assert "ZRH IST ADD DSS" in page
    assert "101 to 115 of 115" in _text(client.get(address + "?page=2"))
    assert [a.subject for a in _acts("flight.view")] == [str(scene.flight.id)] * 2


@pytest.mark.parametrize(
    ("show", "inside", "outside"),
    [
        ("hits", "KOUASSI", "ANDERSSON"),
        ("pnr", "LINDEGAARD", "ZIVODRAGICH"),
        ("facts", "ZIVODRAGICH", "HOLMQVIST"),
    ],
)
def test_views_of_a_manifest(
    client: Client, scene: Scene, show: str, inside: str, outside: str
) -> None:
    """Each view shows who belongs to it, and nobody else."""
    page = _text(client.get(f"/flights/{scene.flight.id}/?show={show}"))
    assert inside in page
    assert outside not in page


@pytest.mark.parametrize("text", ["zivod djor", "x0142o7", "23a", "m2v8"])
def test_manifest_filter_by_anything_typed(client: Client, scene: Scene, text: str) -> None:
    """Name in any order, document, seat, locator; posted, answered with the manifest alone."""
    response = client.post(
        f"/flights/{scene.flight.id}/",
        {"text": text, "show": "all"},
        headers={"HX-Request": "true"},
    )
    page = _text(response)
    assert "ZIVODRAGICH" in page
    assert "ANDERSSON" not in page
    assert "<h1" not in page
    wild = client.post(f"/flights/{scene.flight.id}/", {"text": "%"})
    assert "Nobody to show" in _text(wild)


def test_flight_of_others_is_not_found(client: Client) -> None:
    """404 and not 403: nobody learns that it exists."""
    foreign = world.flight(world.organisation("Autre"))
    assert client.get(f"/flights/{foreign.id}/").status_code == 404


def test_search_asks_for_purpose_once(client: Client, scene: Scene) -> None:
    """Without purpose and case nothing is searched; what was typed is kept; then the session knows."""
    asked = client.post("/travellers/", {"name": "zivodragich"})
    assert asked.status_code == 422
    assert "Purpose and case are missing" in _text(asked)
    assert 'value="zivodragich"' in _text(asked)
    found = _text(client.post("/travellers/", {"name": "zivodragich", **PURPOSE}))
    assert "1 person found" in found
    assert f"/travellers/{scene.zivo.id}/" in found
    again = _text(client.post("/travellers/", {"name": "zivodragich"}))
    assert "case 2026-114" in again
    assert "1 person found" in again


def test_search_journals_no_term(client: Client) -> None:
    """The act holds purpose, case, fields and the number found; never what was typed."""
    client.post("/travellers/", {"name": "zivodragich djordje", "document": "X0142O7", **PURPOSE})
    [act] = _acts("traveller.search")
    assert act.detail == {**PURPOSE, "by": ["document", "name"], "found": 1}


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("name", "djordje zivodragich", "name begins so"),
        ("name", "Zivodragich, Dj", "name begins so"),
        ("document", "x01 42 07", "same document"),
        ("locator", "m2v8kd", "same locator"),
        ("q", "X0142-O7", "same document"),
        ("q", "Živodragich", "name begins so"),
    ],
)
def test_ways_to_find_somebody(client: Client, field: str, value: str, why: str) -> None:
    """Either order of names, accents and OCR letters folded; the reason of the match is told."""
    page = _text(client.post("/travellers/", {field: value, **PURPOSE}))
    assert "ZIVODRAGICH" in page
    assert why in page


def test_a_name_is_no_case(client: Client) -> None:
    """The journal keeps the case in clear: words without a number are refused."""
    response = client.post("/travellers/", {"name": "x y", "purpose": "border", "case": "Djordje"})
    assert response.status_code == 422
    assert "never a name" in _text(response)


def test_traveller_page(client: Client, scene: Scene) -> None:
    """Both crossings with their results, who shares the telephone, and who was told apart."""
    page = _text(client.get(f"/travellers/{scene.zivo.id}/"))
    assert "2 crossings held" in page
    assert "1 earlier crossing, nothing found" in page
    assert "release" in page.lower()
    assert "Entry 42, Liste d’essai" in page
    assert "They differ: name." in page
    row = page[page.index("+33 6 39 98 01 02</td>") :][:80]
    assert ">1<" in row
    assert [a.subject for a in _acts("traveller.view")] == [str(scene.zivo.id)]
    assert client.get(f"/travellers/{uuid.uuid4()}/").status_code == 404


def test_masked_traveller_keeps_counts(client: Client, scene: Scene) -> None:
    """Once the clear values are gone the page says so, and crossings remain."""
    from vedette.apps.intake.models import JourneyClear

    JourneyClear.objects.using(USING).all().delete()
    page = _text(client.get(f"/travellers/{scene.zivo.id}/"))
    assert "Masked traveller" in page
    assert "2 crossings held" in page


def test_messages_and_their_views(client: Client, scene: Scene) -> None:
    """Counts of a day, each view, what was wrong with a file and its remedy, dropped texts."""
    page = _text(client.get("/messages/"))
    assert "AIRYY" in page
    assert "meals 12" in page
    failed = _text(client.get("/messages/?show=failed"))
    assert "photo.edi" in failed
    assert "Send it as it was received" in failed
    assert "a supervisor may retry" in failed
    assert "old.edi" in _text(client.get("/messages/?show=quarantined"))
    assert "next.edi" in _text(client.get("/messages/?show=waiting"))
    assert "1 line on this page" in _text(client.get("/messages/?show=warnings"))


def test_message_page(client: Client, scene: Scene) -> None:
    """Warnings in sentences with segment and byte, unread places, resends and missing parts."""
    page = _text(client.get(f"/messages/{scene.message.id}/"))
    assert "A date or time that does not exist" in page
    assert "20,511" in page
    assert "1,200" in page
    assert "nothing new" in page
    assert "part 2 missing" in _text(client.get(f"/messages/{scene.parts.id}/"))


def test_retry_is_the_supervisors(client: Client, scene: Scene) -> None:
    """An officer may not; a supervisor may, once; bytes that are gone are said to be."""
    address = f"/messages/inbox/{scene.failed.id}/retry/"
    assert client.post(address).status_code == 403
    client.force_login(scene.supervisor)
    assert "is back in the inbox" in _text(client.post(address, follow=True))
    scene.failed.refresh_from_db(using=USING)
    assert (scene.failed.state, scene.failed.failure) == ("waiting", None)
    assert len(_acts("message.retry")) == 1
    assert client.post(address).status_code == 404
    gone = client.post(f"/messages/inbox/{scene.gone.id}/retry/", follow=True)
    assert "let go after 72 hours" in _text(gone)


def test_every_page_asks_for_sign_in(scene: Scene) -> None:
    """Nothing of these pages is seen without a session."""
    for address in ("/flights/", "/travellers/", "/messages/", "/messages/try/"):
        assert Client().get(address).status_code == 302


_PAXLST = (
    "UNB+UNOA:4+AIRYY+SNCUSTOMS+261124:0512+REF1'UNH+M1+PAXLST:D:05B:UN:IATA'BGM+745'"
    "NAD+MS+++AIRYY'TDT+20+YY417+++YY'LOC+125+ADD'DTM+189:2611240800:201'LOC+87+DSS'"
    "DTM+232:2611241515:201'NAD+FL+++ZIVODRAGICH:DJORDJE'ATT+2++M'DTM+329:790312'NAT+2+CHE'"
    "DOC+P:110:111+X0142O7'DTM+36:310230'LOC+91+CHE'FTX+WHB+++SECRETMEAL'CNT+42:2'"
    "UNT+18+M1'UNZ+1+REF1'"
)


def test_try_a_message_stores_nothing(client: Client, scene: Scene) -> None:
    """Travellers as they would be kept, warnings in their place, free text named and not shown."""
    from vedette.apps.intake.models import Inbox, Message

    before = Inbox.objects.using(USING).count(), Message.objects.using(USING).count()
    page = _text(client.post("/messages/try/", {"text": _PAXLST}))
    assert "1 message read" in page
    assert "ZIVODRAGICH" in page
    assert "A date or time that does not exist" in page
    assert "2 stated, 1 present" in page
    shown = page[page.index("Segments with warnings in place") :]
    assert "SECRETMEAL" not in shown
    assert "free text, not shown" in shown
    after = Inbox.objects.using(USING).count(), Message.objects.using(USING).count()
    assert after == before
    [act] = _acts("message.try")
    assert act.detail == {"size": len(_PAXLST), "read": 1}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Paste a message or choose a file."),
        ({"text": "hello"}, "Send it as it was received"),
        ({"file": b""}, "empty"),
        ({"file": b"\xff\xd8\xff\xe0" + b"x" * 100}, "JPEG"),
        ({"file": b"PK\x03\x04" + b"x" * 100}, "ZIP"),
        ({"file": "UNB+".encode("utf-16")}, "Save it as UTF-8"),
        ({"file": b"x" * 1_000_001}, "larger than 1 MB"),
    ],
)
def test_bad_input_is_told_what_to_do(client: Client, given: dict[str, object], said: str) -> None:
    """422 with a sentence that says what it is and what to send instead."""
    data = {
        key: SimpleUploadedFile("m.edi", value) if isinstance(value, bytes) else value
        for key, value in given.items()
    }
    response = client.post("/messages/try/", data)
    assert response.status_code == 422
    assert said in _text(response)


def test_screen_a_person_now(client: Client, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reasons as cards with their evidence; the act holds purpose, case and numbers only."""
    monkeypatch.setattr(screen_now, "current", lambda _organisation: _knowledge())
    asked = {"surname": "Zivodragic", "given_names": "Djordje", "birth": "12/03/1979", **PURPOSE}
    page = _text(client.post("/travellers/screen/", {**asked, "nationality": "Suisse"}))
    assert "1 reason: is it the same person?" in page
    assert "entry 42" in page
    assert "Listed as" in page
    [act] = _acts("person.screen")
    assert act.detail == {**PURPOSE, "knowledge": 7, "reasons": 1}


def test_screen_asks_for_somebody(client: Client) -> None:
    """Neither name nor document, or a date that is none: 422, with the field and the remedy."""
    empty = client.post("/travellers/screen/", PURPOSE)
    assert (empty.status_code, "Give a name or a document." in _text(empty)) == (422, True)
    wrong = client.post("/travellers/screen/", {"surname": "A", "birth": "31/02/1979", **PURPOSE})
    assert (wrong.status_code, "Write the birth date as" in _text(wrong)) == (422, True)


def _knowledge() -> Knowledge:
    """One list with one entry."""
    info = ListInfo(id="1", name="Liste d’essai", version=3, weight=70, theme="passengers",
                    purpose="serious_crime")  # fmt: skip
    entry = Entry(ref="42", names=(EntryName(full="Djordje ZIVODRAGIC"),))
    return Knowledge(7, [KnownEntry(id="e", list=info, entry=entry, hash="a" * 64)])


def test_no_query_for_each_line(client: Client, scene: Scene) -> None:
    """Five more flights, messages and travellers cost no query more: pages must hold at a million."""
    day = scene.flight.arrives_local.date()
    addresses = (
        f"/flights/?day={day}",
        f"/flights/{scene.flight.id}/",
        f"/travellers/{scene.zivo.id}/",
        "/messages/",
    )

    def counts() -> list[int]:
        found = []
        for address in addresses:
            with CaptureQueriesContext(connection) as queries:
                client.get(address)
            found.append(len(queries))
        return found

    before = counts()
    for n in range(5):
        flight = world.flight(scene.home, str(500 + n))
        world.message(flight)
        world.hit(world.journey(flight, scenes.zivo()), 70)
        world.journey(scene.flight, world.person("AMADO", str(n), seat=f"{n}A"))
    assert counts() == before
