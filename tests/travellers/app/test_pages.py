"""The pages of flights, travellers and messages, as a signed-in officer gets them."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid

import msgspec
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.travellers.app import scene as scenes
from tests.travellers.app import world
from tests.travellers.app.scene import Scene
from tests.travellers.app.world import USING

from vedette.apps.accounts.models import Act, User
from vedette.apps.hits.models import Reason
from vedette.apps.lists import loading
from vedette.apps.lists.models import ListEntry, Watchlist
from vedette.apps.query import changed
from vedette.core import statements
from vedette.core.entries import Entry, EntryDate, EntryName
from vedette.core.statements import Stamp
from vedette.screening.knowledge import Knowledge, KnownEntry, ListInfo
from vedette.travellers.app import dossier
from vedette.travellers.app.models import JourneyClear

PURPOSE = {"purpose": "serious_crime", "case": "2026-114"}


def _text(response) -> str:
    return response.content.decode()


def _acts(name: str) -> list[Act]:
    return list(Act.objects.using(USING).filter(act=name))


def test_search_asks_for_purpose_once(client: Client, scene: Scene) -> None:
    """Without purpose and case nothing is searched; what was typed is kept; then the session knows."""
    asked = client.post("/travellers/", {"name": "zivodragich"})
    assert asked.status_code == 422
    assert "Enter the purpose and the case" in _text(asked)
    assert 'value="zivodragich"' in _text(asked)
    found = _text(client.post("/travellers/", {"name": "zivodragich", **PURPOSE}))
    assert "1 person found" in found
    assert f"/travellers/{scene.zivo.id}/" in found
    again = _text(client.post("/travellers/", {"name": "zivodragich"}))
    assert "case 2026-114" in again
    assert "1 person found" in again


def test_a_year_of_birth_is_shown_where_the_date_would_be(client: Client, scene: Scene) -> None:
    """On the page of the flight and on the page of the traveller."""
    JourneyClear.objects.using(USING).filter(journey_id=scene.zivo.pk).update(
        date_of_birth=None, birth_period="1979-03"
    )
    manifest = _text(client.get(f"/flights/{scene.flight.pk}/?find=zivo"))
    traveller = _text(client.get(f"/travellers/{scene.zivo.pk}/"))
    assert [page.count("Mar 1979") > 0 for page in (manifest, traveller)] == [True, True]
    assert "12 Mar 1979" not in manifest


def test_each_purpose_is_asked_for_once_and_only_ones_own(client: Client, scene: Scene) -> None:
    """Another purpose asks for its case; one given before does not; one that is not the user's is
    refused, also when it was given before it was taken away."""
    client.post("/travellers/", {"name": "zivodragich", **PURPOSE})
    other = {"name": "zivodragich", "purpose": "border"}
    assert client.post("/travellers/", other).status_code == 422
    assert client.post("/travellers/", {**other, "case": "77"}).status_code == 200
    again = client.post("/travellers/", {"name": "zivodragich", "purpose": PURPOSE["purpose"]})
    assert "case 2026-114" in _text(again)
    User.objects.using("intake").filter(pk=scene.officer.pk).update(purposes=["border"])
    assert client.post("/travellers/", {"name": "zivodragich"}).status_code == 422
    refused = client.post("/travellers/", {"name": "zivodragich", **PURPOSE})
    assert refused.status_code == 422
    assert client.post("/travellers/screen/", {"surname": "Roe", **PURPOSE}).status_code == 422


def test_search_journals_no_term(client: Client) -> None:
    """The act holds purpose, fields and the number found; what was typed and the case are sealed."""
    client.post("/travellers/", {"name": "zivodragich djordje", "document": "X0142O7", **PURPOSE})
    [act] = _acts("record.search")
    # Keyed tokens of the name, by which the data-protection officer sees who looks for whom.
    assert all(re.fullmatch("[0-9a-f]{32}", token) for token in act.detail.pop("name"))
    assert act.detail == {"purpose": "serious_crime", "by": ["document", "name"], "found": 1}
    words = json.loads(settings.KEYS.open_sealed(bytes(act.sealed)))
    assert words == {"name": "zivodragich djordje", "document": "X0142O7", "case": "2026-114"}


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("name", "djordje zivodragich", "same beginning of the name"),
        ("name", "Zivodragich, Dj", "same beginning of the name"),
        ("document", "x01 42 07", "same document"),
        ("locator", "m2v8kd", "same record locator"),
        ("q", "X0142-O7", "same document"),
        ("q", "Živodragich", "same beginning of the name"),
    ],
)
def test_ways_to_find_somebody(client: Client, field: str, value: str, why: str) -> None:
    """Either order of names, accents and OCR letters folded; the reason of the match is told."""
    page = _text(client.post("/travellers/", {field: value, **PURPOSE}))
    assert "ZIVODRAGICH" in page
    assert why in page


def test_the_search_over_all_kinds(client: Client) -> None:
    """It asks for the purpose, finds what the kind's own page finds, and writes an act without the text."""
    typed = {"q": "Živodragich"}
    assert client.post("/search/", typed).status_code == 422
    found = client.post("/search/", {**typed, **PURPOSE})
    assert found.status_code == 200
    assert "ZIVODRAGICH" in _text(found)
    [act] = _acts("record.search")
    assert act.detail.pop("name")
    assert act.detail == {"purpose": "serious_crime", "found": 1}
    words = json.loads(settings.KEYS.open_sealed(bytes(act.sealed)))
    assert words == {"text": "Živodragich", "case": "2026-114"}
    assert "No record found" in _text(client.post("/search/", {"q": "Nobody At All"}))
    assert client.post("/search/", {"q": "Nobody", "change": "1"}).status_code == 422


def test_what_the_text_may_also_mean(client: Client, scene: Scene) -> None:
    """Flights by number; entries with a similar name and their open hits, of the purposes of the reader."""
    watchlist = Watchlist.objects.using(USING).create(
        organisation=scene.home, name="Wanted (test)", purpose="serious_crime", basis="b", owner="o"
    )
    listed = Entry(ref="W-1", names=(EntryName(full="Karim Benzarqouti"),))
    entry = ListEntry.objects.using(USING).create(
        organisation=scene.home, watchlist=watchlist, ref=listed.ref, content_hash="h", since=1,
        content=json.loads(msgspec.json.encode(listed)), name_key="benzarqouti",
    )  # fmt: skip
    changed("lists_knowledgestate", scene.home.pk, USING)
    hit = world.hit(world.journey(world.flight(scene.home, "900"), world.person("BENZARKUTI", "K")))
    Reason.objects.using(USING).create(
        organisation=scene.home, hit=hit, kind="watchlist", key=f"list:{entry.pk}", channel="name",
        contribution=70, score=0.9, params={}, entry_id=entry.pk, purpose="serious_crime",
        created_at=world.NOW,
    )  # fmt: skip
    for path in ("/travellers/", "/search/"):
        page = _text(client.post(path, {"q": "Benzarqoti", **PURPOSE}))
        assert "Karim Benzarqouti" in page
        assert "Wanted (test)" in page
        assert f"/hits/{hit.pk}/" in page
        page = _text(client.post(path, {"q": "YY 900", **PURPOSE}))
        assert f"/flights/{hit.group_id}/" in page
    User.objects.using(USING).filter(pk=scene.officer.pk).update(purposes=["border", "terrorism"])
    assert "Karim Benzarqouti" not in _text(client.post("/search/", {"q": "Benzarqoti", **PURPOSE}))


def test_a_name_is_no_case(client: Client) -> None:
    """The journal keeps the case in clear: words without a number are refused."""
    response = client.post("/travellers/", {"name": "x y", "purpose": "border", "case": "Djordje"})
    assert response.status_code == 422
    assert "never by a name" in _text(response)


def test_traveller_page(client: Client, scene: Scene) -> None:
    """Both crossings with their results, what stands in other bookings, and who was told apart."""
    page = _text(client.get(f"/travellers/{scene.zivo.id}/"))
    assert "2 border crossings stored" in page
    assert "1 earlier border crossing, nothing found" in page
    assert "release" in page.lower()
    assert "Entry 42, Liste d’essai" in page
    assert "The messages differ: name." in page
    assert "This telephone number" in page
    assert "also appears in 2 other bookings (of 2 travellers), no confirmed result" in page
    assert "also appears in 1 other booking (of the same traveller), no confirmed result" in page
    assert [a.subject for a in _acts("record.see")] == [str(scene.zivo.id)]
    assert client.get(f"/travellers/{uuid.uuid4()}/").status_code == 404


def test_travel_of_a_traveller(client: Client, scene: Scene) -> None:
    """All crossings on a time axis with outcomes, on a map, and the messages that state the data."""
    response = client.get(f"/travellers/{scene.zivo.id}/")
    page = _text(response)
    axis = page[page.index('class="ch axis"') :].partition("</svg></div>")[0]
    assert "hit, to decide" in axis
    assert "released" in axis
    assert "YY 418 ADD → DSS, released" in axis
    assert 'class="lim"' in axis
    assert ">ADD</text>" in page
    assert ">ZRH</text>" in page
    said = page[page.index("Messages with these data") :].partition("</section>")[0]
    assert "24 Nov 2026 05:12" in said
    assert "Surname, Given names, Birth date" in said
    assert "Flights booked" in said
    assert "HOLMQVIST" in page[page.index('id="co"') :].partition("</section>")[0]
    assert len(response.content) < 100_000


def test_the_message_with_the_data_is_a_link(client: Client, scene: Scene) -> None:
    """A stored message is found by its sender and stamp, and another message of the sender is not."""
    prepared = dt.datetime(2026, 11, 24, 5, 12)
    message = world.message(scene.flight, interchange_ref="REF1", prepared_at=prepared)
    world.message(scene.flight, interchange_ref="REF2", prepared_at=prepared)
    page = _text(client.get(f"/travellers/{scene.zivo.id}/"))
    said = page[page.index("Messages with these data") :].partition("</section>")[0]
    assert re.findall(r'href="/messages/([^/]+)/"', said) == [str(message.id)]


def test_only_messages_with_the_data_are_read(
    client: Client, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flight may have thousands of messages. A message that states no time has that of its receipt."""
    received = dt.datetime(2026, 11, 24, 5, 12, tzinfo=dt.UTC)
    for n in range(20):
        world.message(scene.flight, received_at=received + dt.timedelta(minutes=n + 1))
    message = world.message(scene.flight, interchange_ref="REF1", received_at=received)
    read: list[str] = []

    def stamped(at: dt.datetime, reference: str, part: int | None) -> Stamp:
        read.append(reference)
        return statements.stamped(at, reference, part)

    monkeypatch.setattr(dossier, "stamped", stamped)
    page = _text(client.get(f"/travellers/{scene.zivo.id}/"))
    assert f'href="/messages/{message.id}/"' in page
    assert read == ["REF1"]


def test_a_masked_traveller_keeps_the_travel(client: Client, scene: Scene) -> None:
    """The time axis and the map contain no masked value; the messages with the data are not named."""
    from vedette.travellers.app.models import JourneyClear

    JourneyClear.objects.using(USING).filter(journey_id=scene.zivo.id).delete()
    page = _text(client.get(f"/travellers/{scene.zivo.id}/"))
    assert 'class="ch axis"' in page
    assert "Messages with these data" not in page


def test_journeys_behind_a_shared_identifier(client: Client, scene: Scene) -> None:
    """Those of the telephone with hit and result, a confirmed one marked; what is not the traveller's,
    or shared with nobody, is not found, and a traveller who shares nothing has no such section."""
    from vedette.apps.hits.models import Hit, Reason

    other = Hit.objects.using(USING).get(subject=scene.earlier.pk)
    Reason.objects.using(USING).create(
        organisation=scene.home, hit=other, kind="watchlist", key="x", contribution=40,
        state="answered", outcome="same", theme=other.theme, created_at=world.NOW,
    )  # fmt: skip
    page = _text(client.get(f"/travellers/{scene.zivo.id}/"))
    address = f"/travellers/{scene.zivo.id}/shared/"
    links = re.findall(rf'href="({address}\?of=\d+)"', page)
    listed = [_text(client.get(link)) for link in links]
    assert ["HOLMQVIST" in one for one in listed].count(True) == 1
    assert all(f"/travellers/{scene.earlier.id}/" in one for one in listed)
    assert all(">confirmed<" in one for one in listed)
    assert client.get(address).status_code == 200
    for wrong in ("0", "x", "9" * 30):
        assert client.get(f"{address}?of={wrong}").status_code == 404
    assert client.get(f"/travellers/{uuid.uuid4()}/shared/").status_code == 404
    [act, *_] = _acts("record.see_shared")
    assert set(act.detail) == {"kind", "shown"}
    alone = world.journey(scene.flight, world.person("ALONE", "Awa"))
    assert "Identifiers shared with other bookings" not in _text(
        client.get(f"/travellers/{alone.id}/")
    )


def test_masked_traveller_keeps_counts(client: Client, scene: Scene) -> None:
    """Once the clear values are gone the page says so, and crossings remain."""
    from vedette.travellers.app.models import JourneyClear

    JourneyClear.objects.using(USING).all().delete()
    page = _text(client.get(f"/travellers/{scene.zivo.id}/"))
    assert "Masked traveller" in page
    assert "2 border crossings stored" in page
    assert "also appears in 2 other bookings (of 2 travellers)" in page
    assert "+33 6 39 98 01 02" not in page
    assert "Masked traveller" in _text(client.get(f"/travellers/{scene.zivo.id}/shared/"))


def test_messages_and_their_views(client: Client, scene: Scene) -> None:
    """Counts of a day, each view, what was wrong with a file and its remedy, dropped texts."""
    page = _text(client.get("/messages/"))
    assert "AIRYY" in page
    assert "meals 12" in page
    failed = _text(client.get("/messages/?show=failed"))
    assert "photo.edi" in failed
    assert "Send the message in its original form" in failed
    assert "a supervisor can request that the file be read again" in failed
    assert "old.edi" in _text(client.get("/messages/?show=quarantined"))
    assert "next.edi" in _text(client.get("/messages/?show=waiting"))
    assert "1 line on this page" in _text(client.get("/messages/?show=warnings"))


def test_message_page(client: Client, scene: Scene) -> None:
    """Warnings in sentences with segment and byte, unread places, resends and missing parts."""
    page = _text(client.get(f"/messages/{scene.message.id}/"))
    assert "A date or a time does not exist" in page
    assert "20,511" in page
    assert "1,200" in page
    assert "no new data" in page
    assert "part 2 missing" in _text(client.get(f"/messages/{scene.parts.id}/"))


def test_retry_is_the_supervisors(client: Client, scene: Scene) -> None:
    """An officer may not; a supervisor may, once; bytes that are gone are said to be."""
    address = f"/messages/inbox/{scene.failed.id}/retry/"
    assert client.post(address).status_code == 403
    client.force_login(scene.supervisor)
    assert "is in the inbox again" in _text(client.post(address, follow=True))
    scene.failed.refresh_from_db(using=USING)
    assert (scene.failed.state, scene.failed.failure) == ("waiting", None)
    assert len(_acts("message.retry")) == 1
    assert client.post(address).status_code == 404
    gone = client.post(f"/messages/inbox/{scene.gone.id}/retry/", follow=True)
    assert "deleted after 72 hours" in _text(gone)


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
    from vedette.apps.inbox.models import Inbox, Message

    before = Inbox.objects.using(USING).count(), Message.objects.using(USING).count()
    page = _text(client.post("/messages/try/", {"text": _PAXLST}))
    assert "1 message read" in page
    assert "ZIVODRAGICH" in page
    assert "A date or a time does not exist" in page
    assert "2 stated, 1 present" in page
    shown = page[page.index("Segments with their warnings") :]
    assert "SECRETMEAL" not in shown
    assert "free text, not shown" in shown
    after = Inbox.objects.using(USING).count(), Message.objects.using(USING).count()
    assert after == before
    [act] = _acts("message.try")
    assert act.detail == {"size": len(_PAXLST), "read": 1}


@pytest.mark.parametrize(
    ("data", "marked"),
    [
        (_PAXLST, False),
        (
            '<IATA_PNRGOV_NotifRQ><PNR NumberOfPassengers="2"><Passenger><Surname>ZIVODRAGICH</Surname>'
            "</Passenger></PNR></IATA_PNRGOV_NotifRQ>",
            True,
        ),
    ],
)
def test_what_is_built_without_a_sample_says_so(
    client: Client, scene: Scene, data: str, marked: bool
) -> None:
    """On the page of a message and where one is tried: PNRGOV XML is read from the specification."""
    page = _text(client.post("/messages/try/", {"text": data}))
    assert "ZIVODRAGICH" in page
    assert ("based on the specification; no public sample was available" in page) == marked
    form = "PNRGOV-XML" if marked else "PAXLST"
    type(scene.message).objects.using(USING).filter(pk=scene.message.pk).update(format=form)
    page = _text(client.get(f"/messages/{scene.message.id}/"))
    assert ("based on the specification; no public sample was available" in page) == marked


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Paste a message or choose a file."),
        ({"text": "hello"}, "Send the message in its original form"),
        ({"file": b""}, "empty"),
        ({"file": b"\xff\xd8\xff\xe0" + b"x" * 100}, "JPEG"),
        ({"file": b"PK\x03\x04" + b"x" * 100}, "ZIP"),
        ({"file": "UNB+".encode("utf-16")}, "Save the file as UTF-8"),
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
    """Reasons as cards with their evidence; the act holds purpose and numbers only."""
    monkeypatch.setattr(loading, "current", lambda _organisation, seen_by: _knowledge())
    asked = {"surname": "Zivodragic", "given_names": "Djordje", "birth": "12/03/1979", **PURPOSE}
    page = _text(client.post("/travellers/screen/", {**asked, "nationality": "Suisse"}))
    assert "1 reason: is this the same person?" in page
    assert "entry 42" in page
    assert "Listed as" in page
    [act] = _acts("person.screen")
    assert all(re.fullmatch("[0-9a-f]{32}", token) for token in act.detail.pop("name"))
    assert act.detail == {"purpose": "serious_crime", "knowledge": 7, "reasons": 1}


def test_screen_asks_for_somebody(client: Client) -> None:
    """Neither name nor document, or a date that is none: 422, with the field and the remedy."""
    empty = client.post("/travellers/screen/", PURPOSE)
    assert (empty.status_code, "Enter a name or a document number." in _text(empty)) == (422, True)
    wrong = client.post("/travellers/screen/", {"surname": "A", "birth": "2979", **PURPOSE})
    assert wrong.status_code == 422
    wrong = client.post("/travellers/screen/", {"surname": "A", "birth": "31/02/1979", **PURPOSE})
    assert (wrong.status_code, "Write the birth date as" in _text(wrong)) == (422, True)


def test_a_person_may_be_screened_with_the_year_of_birth(
    client: Client, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Often only the year is known; the comparison uses it."""
    monkeypatch.setattr(loading, "current", lambda _organisation, seen_by: _knowledge(1979))
    asked = {"surname": "Zivodragic", "given_names": "Djordje", "birth": "1979", **PURPOSE}
    page = client.post("/travellers/screen/", asked)
    assert page.status_code == 200
    [reason] = page.context["reasons"]
    [born] = [e for e in reason["found"].evidence if e["name"] == "birth_date"]
    assert (born["ours"], born["relation"]) == ("1979", "=")
    assert "1979" in _text(page)


def _knowledge(year: int | None = None) -> Knowledge:
    """One list with one entry."""
    born = EntryDate(from_=dt.date(year, 1, 1), to=dt.date(year, 12, 31)) if year else None
    info = ListInfo(id="1", name="Liste d’essai", version=3, weight=70, themes=("passengers",),
                    purpose="serious_crime")  # fmt: skip
    entry = Entry(
        ref="42", names=(EntryName(full="Djordje ZIVODRAGIC"),), birth_dates=(born,) if born else ()
    )
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
