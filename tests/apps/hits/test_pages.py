"""Queue and hit as a browser gets them: what stands before what, what is kept, what is refused."""

from __future__ import annotations

import re

import msgspec
import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from tests.apps.hits import world as made
from tests.apps.hits.world import World

from vedette.apps.accounts.models import Act, Organisation, User
from vedette.apps.accounts.selectors import demo_password
from vedette.apps.hits.models import Decision, Event, Hit, Reason, ReasonClear
from vedette.apps.inbox.models import Inbox
from vedette.apps.lists.models import ListEntry
from vedette.apps.subjects.models import Identifier
from vedette.core import entries
from vedette.formats.lists import entry_hash

WHY = "Passport and birth date are not those of the entry."


def _client(user: User, language: str = "en") -> Client:
    client = Client(HTTP_HOST="localhost", HTTP_ACCEPT_LANGUAGE=language)
    client.force_login(user)
    return client


def _text(response: HttpResponse) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.fixture
def hit(world: World) -> Hit:
    """A hit with two reasons, a booking, a companion, a linked stranger and an earlier crossing."""
    flight = world.flight("YY 417", 41)
    booked = made.booking(world, flight)
    phone = "+33 6 39 98 12 47"
    subject = made.journey(
        world, flight, "ZIVODRAGICH", "DJORDJE", document="X0142O7", booking=booked, phone=phone,
        facts=("name_differs",),
    )  # fmt: skip
    made.journey(world, flight, "LINDEGAARD", "Pia", seat="22C", booking=booked)
    made.hit(world, made.journey(world, flight, "HOLMQVIST", "Alva", seat="23B", phone=phone), 77)
    earlier = world.flight("XX 214", -60 * 24 * 40, "BRU")
    made.journey(world, earlier, "ZIVODRAGICH", "DJORDJE", document="X0142O7")
    found = made.hit(world, subject, 82)
    made.reason(world, found, kind="disagreement", channel="")
    return found


def _form(world: World, hit: Hit, **more: str) -> dict[str, str]:
    with world.seen_by():
        reasons = list(Reason.objects.filter(hit=hit.id, state="open"))
    same = {f"same-{r.id.hex}": "another" for r in reasons if r.kind == "watchlist"}
    seen = ".".join(r.id.hex for r in reasons)
    return {"seen": seen, "choice": "release", "why": WHY, **same, **more}


def test_nobody_reads_without_signing_in(world: World, hit: Hit) -> None:
    """Every address of a person asks for a login first."""
    for address in ("/", f"/hits/{hit.id}/", f"/hits/{hit.id}/sheet/", "/queue/changes/"):
        response = Client(HTTP_HOST="localhost").get(address)
        assert response.status_code == 302
        assert response["Location"].startswith("/login/")


def test_signing_in_and_failing_to(world: World) -> None:
    """A wrong password tells nothing and is counted; the right one opens the first page."""
    client = Client(HTTP_HOST="localhost", HTTP_ACCEPT_LANGUAGE="en")
    wrong = client.post("/login/", {"username": "officer", "password": "wrong"})
    assert wrong.status_code == 422
    right = client.post("/login/", {"username": "officer", "password": demo_password("officer")})
    assert right["Location"] == "/home/"
    acts = Act.objects.using("intake").order_by("pk").values_list("act", "organisation_id")
    assert list(acts) == [
        ("account.sign_in_failed", world.organisation.id),
        ("account.sign_in", world.organisation.id),
    ]


def test_favour_stands_before_reasons_and_nothing_is_chosen(world: World, hit: Hit) -> None:
    """For before against, mild before severe, and no radio is checked."""
    page = _client(world.officer).get(f"/hits/{hit.id}/").content.decode()
    order = [
        page.index(part) for part in ('id="pro"', 'id="why"', 'value="release"', 'value="refuse"')
    ]
    assert order[0] < order[1]
    assert order[2] < order[3]
    assert not re.search(r"<input type=\"radio\"[^>]* checked", page)


def test_a_hit_says_all_it_knows(world: World, hit: Hit) -> None:
    """Evidence, way, booking, companions, the same phone, the earlier crossing, how 82 comes about."""
    text = _text(_client(world.officer).get(f"/hits/{hit.id}/"))
    for part in (
        "name similar to that of entry DM-0421", "Nationality CHE ≠", "12 Mar 1978",
        "ZIVODRAGICH ≈ ŽIVODRAGIĆ",
        "API and booking differ: name", "Priority 82 = 82 + 10 − 6 in their favour", "ZRH Zurich",
        "CHF 1,284", "LINDEGAARD Pia same booking", "HOLMQVIST Alva other booking, same telephone number",
        "XX 214 BRU → DSS", "version 42", "fictitious order 2026-17",
    ):  # fmt: skip
        assert part in text


def test_a_hit_says_what_other_bookings_share(world: World, hit: Hit) -> None:
    """In the section of the booking, and nowhere where nothing is shared."""
    client = _client(world.officer)
    page = client.get(f"/hits/{hit.id}/").content.decode()
    text = " ".join(re.sub(r"<[^>]+>", " ", page[page.index('id="pnr"') :]).split())
    assert (
        "This telephone number also appears in 1 other booking (of 1 traveller), no confirmed"
        in text
    )
    assert "This document also appears in 1 other booking (of the same traveller)" in text
    assert f"/travellers/{hit.subject_id}/shared/?of=" in page
    Identifier.objects.using("intake").exclude(subject=hit.subject_id).delete()
    page = client.get(f"/hits/{hit.id}/").content.decode()
    assert "other bookings" not in page


def test_french_says_concordance(world: World, hit: Hit) -> None:
    """The glossary: API is RPCV, a hit a concordance; decimals have a comma."""
    text = _text(_client(world.officer, "fr").get(f"/hits/{hit.id}/"))
    for part in (
        "À décharge",
        "Motifs de cette concordance",
        "RPCV",
        "0,84",
        "12 mars 1978",
    ):
        assert part in text.replace("\u00a0", " ")


def test_reading_a_hit_is_journalled(world: World, hit: Hit) -> None:
    """Who looked at whom; the sheet also appears in the hit's history."""
    client = _client(world.officer)
    client.get(f"/hits/{hit.id}/")
    client.get(f"/hits/{hit.id}/sheet/")
    acts = Act.objects.using("intake").filter(user=world.officer, subject=str(hit.id))
    assert set(acts.values_list("act", flat=True)) == {"hit.see", "hit.printed"}
    assert Event.objects.using("intake").filter(kind="printed").count() == 1


def test_a_form_sent_back_keeps_what_was_typed(world: World, hit: Hit) -> None:
    """Too short a reason: 422, the text and the choices are still there, nothing is decided."""
    form = _form(world, hit, why="Too short")
    response = _client(world.officer).post(f"/hits/{hit.id}/decide/", form)
    assert response.status_code == 422
    page = response.content.decode()
    assert ">Too short</textarea>" in page
    assert page.count(" checked>") == 2
    assert "20 characters. Now: 9." in page
    assert not Decision.objects.using("intake").exists()


def test_a_decision_leads_to_the_queue_with_a_way_back(world: World, hit: Hit) -> None:
    """The toast names the traveller, offers to reopen, and is shown once."""
    client = _client(world.officer)
    response = client.post(f"/hits/{hit.id}/decide/", _form(world, hit))
    assert response["Location"] == "/"
    page = client.get("/").content.decode()
    assert "Decision recorded:" in page
    assert f"/hits/{hit.id}/reopen/" in page
    assert "Decision recorded:" not in client.get("/").content.decode()
    client.post(f"/hits/{hit.id}/reopen/")
    assert Hit.objects.using("intake").get(pk=hit.id).state == "reopened"


def test_the_next_one_after_a_decision(world: World, hit: Hit) -> None:
    """Who works by "take the next" gets the next; who opened a row returns to the queue, also if an earlier
    hit was taken by "take the next". The button says which of the two follows."""
    both = "Record the decision and take the next hit"
    client = _client(world.officer)
    first = client.post("/queue/next/")["Location"]
    assert first == f"/hits/{hit.id}/?next=1"
    page = client.get(first).content.decode()
    assert both in page
    assert page.count('<input type="hidden" name="next" value="1">') > 0
    form = _form(world, hit)
    second = client.post(f"/hits/{hit.id}/decide/", {**form, "next": "1"})["Location"]
    assert second.startswith("/hits/")
    assert str(hit.id) not in second
    page = client.get(second).content.decode()
    assert page.index("Decision recorded:") < page.index("<main")
    client.post(f"/hits/{hit.id}/reopen/")
    page = client.get(f"/hits/{hit.id}/").content.decode()
    assert both not in page
    assert '<input type="hidden" name="next" value="1">' not in page
    assert client.post(f"/hits/{hit.id}/decide/", _form(world, hit))["Location"] == "/"


def test_the_officer_may_stop_taking_hits(world: World, hit: Hit) -> None:
    """The second button records the decision and claims nothing."""
    client = _client(world.officer)
    client.post("/queue/next/")
    form = {**_form(world, hit), "next": "1", "stop": "1"}
    assert client.post(f"/hits/{hit.id}/decide/", form)["Location"] == "/"
    assert (
        not Hit.objects.using("intake").exclude(pk=hit.pk).filter(claimed_by=world.officer).exists()
    )


def test_the_next_one_keeps_the_filters(world: World, hit: Hit) -> None:
    """The queue of past-due hits has no other hit: none is claimed, and the page says so."""
    late = made.hit(
        world, made.journey(world, world.flight("XX 118", -22, "LIS"), "DOE", "Jo", seat="9C"), 91
    )
    client = _client(world.officer)
    first = client.post("/queue/next/", {"due": "past", "priority": "4"})["Location"]
    assert first == f"/hits/{late.id}/?priority=4&due=past&next=1"
    form = {**_form(world, late), "due": "past", "priority": "4", "next": "1"}
    following = client.post(f"/hits/{late.id}/decide/", form)["Location"]
    assert following == "/?priority=4&due=past"
    text = _text(client.get(following))
    assert "DOE Jo" in text
    assert "There is no unclaimed hit left in this list." in text
    assert (
        not Hit.objects.using("intake")
        .exclude(pk=late.pk)
        .filter(claimed_by=world.officer)
        .exists()
    )


def test_refusing_passes_by_a_second_officer(world: World, hit: Hit) -> None:
    """Legal basis and a colleague's own password; a wrong one decides nothing."""
    client = _client(world.officer)
    form = _form(world, hit, choice="refuse")
    page = client.post(f"/hits/{hit.id}/decide/", form)
    assert page.status_code == 200
    assert "consent of a second officer" in page.content.decode()
    form |= {"basis": "Customs Code, art. 12", "second": str(world.users["officer2"].pk)}
    wrong = client.post(f"/hits/{hit.id}/decide/", form | {"second_password": "guess"})
    assert wrong.status_code == 422
    assert not Decision.objects.using("intake").exists()
    client.post(f"/hits/{hit.id}/decide/", form | {"second_password": demo_password("officer2")})
    done = Decision.objects.using("intake").get()
    assert (done.choice, done.second_id) == ("refuse", world.users["officer2"].pk)


def test_a_conflict_says_who_and_keeps_the_text(world: World, hit: Hit) -> None:
    """A colleague claimed it while one wrote: 409, their name, one's own text."""
    _client(world.users["officer2"]).post(f"/hits/{hit.id}/claim/", {"do": "claim"})
    response = _client(world.officer).post(f"/hits/{hit.id}/decide/", _form(world, hit))
    assert response.status_code == 409
    text = response.content.decode()
    assert "M. Sarr claimed this hit at" in text
    assert WHY not in text or "textarea" in text


def test_a_hit_that_was_handed_over_says_who_has_it(world: World, hit: Hit) -> None:
    """No colleague is preselected, the page confirms, and shows who has the hit instead of the form; whoever
    decides anyway reads who has it now."""
    client, colleague = _client(world.officer), world.users["officer2"]
    form = _form(world, hit)
    page = client.get(f"/hits/{hit.id}/").content.decode()
    assert 'name="to" required><option value="">choose</option>' in page
    assert f"{colleague.display()}, officer</option>" in page
    client.post(f"/hits/{hit.id}/claim/", {"do": "over", "to": str(colleague.pk)})
    page = client.get(f"/hits/{hit.id}/").content.decode()
    assert f"Hit handed over to {colleague.display()}." in page
    assert f"You handed the hit over to {colleague.display()} at" in page
    assert 'name="choice"' not in page
    refused = client.post(f"/hits/{hit.id}/decide/", form)
    assert refused.status_code == 409
    assert f"{colleague.display()} claimed this hit at" in _text(refused)
    assert WHY in refused.content.decode()
    assert 'name="choice"' in _client(colleague).get(f"/hits/{hit.id}/").content.decode()


def test_the_form_of_the_result_warns_before_the_arrival(world: World, hit: Hit) -> None:
    """It warns and does not refuse; a recorded result is shown, and its form is folded."""
    client = _client(world.officer)
    client.post(f"/hits/{hit.id}/decide/", _form(world, hit, choice="refer"))
    page = client.get(f"/hits/{hit.id}/").content.decode()
    assert "Record the result only if the control has taken place." in page
    assert "Correct the result" not in page
    client.post(f"/hits/{hit.id}/result/", {"outcome": "nothing"})
    page = client.get(f"/hits/{hit.id}/").content.decode()
    assert "<summary>Correct the result</summary>" in page
    assert "Result of the control: nothing found" in " ".join(
        _text(client.get(f"/hits/{hit.id}/")).split()
    )
    Hit.objects.using("intake").filter(pk=hit.pk).update(due_at=timezone.now())
    page = client.get(f"/hits/{hit.id}/").content.decode()
    assert "Record the result only if" not in page


def test_the_queue_counts_what_is_past_due_for_longer(world: World) -> None:
    """The heading counts the hits below it, and a link leads to the others."""
    for name, minutes in (("XX 118", -22), ("XX 100", -150)):
        flight = world.flight(name, minutes, "LIS")
        made.hit(world, made.journey(world, flight, "DOE", name), 50)
    page = _client(world.officer).get("/").content.decode()
    assert "Past due for less than two hours: 1" in page
    link = 'href="/?due=past#aged">1 past due for more than two hours, at the end of the list</a>'
    assert link in page
    text = _text(_client(world.officer, "fr").get("/"))
    assert "Échéance passée depuis moins de deux heures" in text
    assert "ors délai" not in text


def test_the_poll_is_silent_when_nothing_changed(world: World, hit: Hit) -> None:
    """204, as anything else would swap the page."""
    client = _client(world.officer)
    page = client.get("/").content.decode()
    address = re.search(r'hx-get="(/queue/changes/[^"]*)"', page)[1].replace("&amp;", "&")
    later = re.sub(r"last=[0-9.]+", "last=4102444800", address)
    assert client.get(later).status_code == 204
    assert client.get("/queue/changes/?since=x&last=y&rows=z..").status_code == 204


def test_the_claim_of_a_colleague_appears_on_the_page_of_the_hit(world: World, hit: Hit) -> None:
    """204 as long as nothing changed; then the officer, without the button to claim; and back."""
    client, colleague = _client(world.officer), _client(world.users["officer2"])
    page = client.get(f"/hits/{hit.id}/?due=soon").content.decode()

    def poll(text: str) -> HttpResponse:
        address = re.search(r'hx-get="(/hits/[^"]*/claimed/[^"]*)"', text)[1]
        assert "due=soon" in address
        return client.get(address.replace("&amp;", "&"))

    assert poll(page).status_code == 204
    colleague.post(f"/hits/{hit.id}/claim/", {"do": "claim"})
    taken = poll(page).content.decode()
    assert "claimed by M. Sarr at" in taken
    assert 'value="claim"' not in taken
    assert poll(taken).status_code == 204
    colleague.post(f"/hits/{hit.id}/claim/", {"do": "back"})
    free = poll(taken).content.decode()
    assert "unclaimed" in free
    assert 'value="claim"' in free
    assert not Act.objects.using("intake").filter(act="hit.see", user=world.officer).count() > 1


def test_no_page_says_version_0(world: World, hit: Hit) -> None:
    """Entries of some lists, such as lookouts, have no version."""
    reason = Reason.objects.using("intake").get(hit=hit.id, kind="watchlist")
    reason.params["version"] = 0
    reason.save(using="intake", update_fields=["params"])
    lookout = made.reason(world, hit, kind="lookout", channel="name")
    Reason.objects.using("intake").filter(pk=lookout.pk).update(
        params={"list": "Lookouts", "version": 0, "ref": "L-1"}, entry_id=world.entry.pk
    )
    number = world.version.watchlist_id
    for address in (f"/hits/{hit.id}/", f"/hits/{hit.id}/sheet/", f"/watchlists/{number}/?from=0"):
        for language in ("en", "fr"):
            answer = _client(world.officer, language).get(address)
            assert answer.status_code == 200
            assert "version 0" not in _text(answer).lower(), (address, language)


def test_hostile_addresses(world: World, hit: Hit) -> None:
    """What makes no sense in an address is as if it were not there; another's hit is not found."""
    client = _client(world.officer)
    assert (
        client.get("/?whose=x&priority=9&kind=%00&group=';--&order=x&after=___").status_code == 200
    )
    other = made.build("Another administration")
    assert _client(other.officer).get(f"/hits/{hit.id}/").status_code == 404


def test_a_name_cannot_carry_markup(world: World) -> None:
    """Names come from messages: they are text wherever they stand."""
    evil = "<script>alert(1)</script>"
    subject = made.journey(world, world.flight("YY 417", 41), evil, '"><b>')
    found = made.hit(world, subject)
    client = _client(world.officer)
    for address in ("/", f"/hits/{found.id}/", f"/hits/{found.id}/sheet/"):
        assert "<script>alert" not in client.get(address).content.decode().lower()


def test_a_reason_shows_the_entry_of_its_list(world: World, hit: Hit) -> None:
    """What the person is listed for, the other names and the remarks, with a link to the entry; the sheet,
    which has no links, too."""
    listed = entries.Entry(
        ref="DM-0422",
        names=(
            entries.EntryName(full="Đorđe Živodragić"),
            entries.EntryName(full="George Givodrag", kind="alias"),
        ),
        programmes=("arms trafficking",),
        remarks="Armed; inform the Interior Ministry",
    )
    world.entry = ListEntry.objects.using("intake").create(
        organisation=world.organisation, watchlist_id=world.entry.watchlist_id, ref="DM-0422",
        content_hash=entry_hash(listed), content=msgspec.to_builtins(listed), name_key="zivodragic",
        since=43,
    )  # fmt: skip
    made.reason(world, hit, points=5)
    client = _client(world.officer)
    page = client.get(f"/hits/{hit.id}/")
    for path in (f"/hits/{hit.id}/", f"/hits/{hit.id}/sheet/"):
        said = _text(client.get(path))
        for part in ("arms trafficking", "George Givodrag", "inform the Interior Ministry"):
            assert part in said, (path, part)
    links = re.findall(r'href="(/watchlists/[^"]+\?entry=[^"]+)"', page.content.decode())
    [link] = [one for one in links if str(world.entry.pk) in one]
    entry = client.get(link)
    assert entry.status_code == 200
    assert "arms trafficking" in _text(entry)
    assert client.get(link[:-4]).status_code == 200
    journey = hit.subject_id
    assert f'href="/travellers/{journey}/"' in page.content.decode()


def test_a_reason_shows_what_differs_from_the_entry(world: World, hit: Hit) -> None:
    """Document and telephone of entry and traveller side by side, the swapped birth date in words; the sum
    stays."""
    listed = entries.Entry(
        ref="DM-0423",
        identifiers=(
            entries.EntryIdentifier(kind="passport", value="T39500212", country="CI"),
            entries.EntryIdentifier(kind="phone", value="+20 000 950106"),
        ),
    )
    entry = ListEntry.objects.using("intake").create(
        organisation=world.organisation, watchlist_id=world.entry.watchlist_id, ref="DM-0423",
        content_hash=entry_hash(listed), content=msgspec.to_builtins(listed), name_key="zivodragic",
        since=43,
    )  # fmt: skip
    Reason.objects.using("intake").filter(entry_id=world.entry.pk).update(entry_id=entry.pk)
    born = {"name": "birth_date", "ours": "1979-03-12", "theirs": "1979-12-03"}
    ReasonClear.objects.using("intake").update(
        evidence=[{**born, "relation": "≈", "contribution": 0.2}]
    )
    for path in (f"/hits/{hit.id}/", f"/hits/{hit.id}/sheet/"):
        said = _text(_client(world.officer).get(path))
        assert "passport X0142O7 (CHE) ≠ does not agree passport T39500212 (CIV)" in said
        assert "≠ does not agree +20 000 950106" in said
        assert "Birth date day and month swapped" in said
        assert "Differs from the entry: document number, telephone number" in said
        assert "Priority 82 = 82 + 10 − 6 in their favour" in said
    said = _text(_client(world.officer, "fr").get(f"/hits/{hit.id}/"))
    assert "jour et mois inversés" in said
    assert "Diffère de l’entrée : numéro de document, numéro de téléphone" in said


def test_the_sheet_carries_the_decision_and_the_result(world: World, hit: Hit) -> None:
    """Who takes the sheet to the control reads what was decided, by whom and why."""
    client = _client(world.officer)
    before = _text(client.get(f"/hits/{hit.id}/sheet/"))
    assert "Nobody has decided yet." in before
    client.post(f"/hits/{hit.id}/decide/", _form(world, hit, choice="refer"))
    client.post(f"/hits/{hit.id}/result/", {"outcome": "confirmed"})
    sheet = _text(client.get(f"/hits/{hit.id}/sheet/"))
    assert "Nobody has decided yet." not in sheet
    for part in ("Refer to control", WHY, world.officer.display(), "confirmed result"):
        assert part in sheet, part


def test_rows_say_how_many_reasons_more_there_are(world: World, hit: Hit) -> None:
    """Nothing is cut with dots: two further reasons, then the number of the others."""
    for n in range(4):
        made.reason(world, hit, points=n)
    said = _text(_client(world.officer).get("/"))
    assert "3 more reasons" in said


def test_a_button_leads_to_the_decision(world: World, hit: Hit) -> None:
    """For telephones, while there is something to decide."""
    client = _client(world.officer)
    way = '<a class="btn one" href="#dec-t">Decide</a>'
    assert way in client.get(f"/hits/{hit.id}/").content.decode()


def test_a_search_says_what_a_case_number_is(world: World) -> None:
    """Before an error, with an example and what to enter without one."""
    said = _text(_client(world.officer).get("/travellers/"))
    assert "for example 2026-114. If there is no case number, enter the date and your unit" in said


def test_the_queue_names_files_that_are_not_yet_read(world: World) -> None:
    """Without them, an empty queue would say that every hit is decided. Files of others are not counted."""
    other = Organisation.objects.using("intake").create(
        name="Another administration", synthetic=True
    )
    for n, organisation in enumerate((world.organisation, world.organisation, other)):
        Inbox.objects.using("intake").create(
            organisation=organisation, received_at=timezone.now(), size=1, token=bytes([n]) * 16
        )
    client = _client(world.officer)
    page = _text(client.get("/"))
    assert "2 received files were not yet read." in page
    assert "Every hit is decided." not in page
    Inbox.objects.using("intake").filter(organisation=world.organisation).update(state="done")
    page = _text(client.get("/"))
    assert "not yet read" not in page
    assert "Every hit is decided." in page
