"""Travellers linked by rare facts: who is linked with whom, what is common, who is out of sight; the pages,
and one decision for several."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from tests.travellers.app import world
from tests.travellers.app.world import NOW, USING

from vedette.apps.accounts.models import Act, Organisation, User
from vedette.apps.accounts.rules import set_scope
from vedette.apps.columns import pairs_of
from vedette.apps.hits import actions
from vedette.apps.hits.models import Decision, Event, Hit, Reason, TextClear
from vedette.apps.subjects.models import Identifier, Subject
from vedette.travellers.app.models import Flight, Journey, JourneyClear
from vedette.travellers.app.selectors import linked, sharing

PHONE = "+33 6 39 98 44 71"
WHY = "Return booked, visas checked, the host was called."


@pytest.fixture
def home(database: str) -> Organisation:
    """An administration."""
    return world.organisation()


@pytest.fixture
def read(home: Organisation) -> Iterator[Organisation]:
    """The test reads English as the web role in the scope of the administration."""
    with transaction.atomic(), translation.override("en"):
        set_scope(str(home.id))
        yield home


def _one(on: Flight, surname: str, **values: object) -> Journey:
    """Somebody on the list and in a booking of their own, unless one is given."""
    held = values.pop("booking", None) or world.booking(on, str(values.pop("locator", "AAAAAA")))
    more = {k: values.pop(k) for k in ("present", "restricted", "minor") if k in values}
    stated = world.person(surname, "Awa", **values)
    return world.journey(on, stated, stated, booking=held, **more)


def _of(subject: Journey) -> tuple[set[str], list[tuple[str, list[str]]]]:
    """The names of the group, and its facts with the names that share them."""
    found = linked.linked(subject.id)
    assert found is not None
    names = {one: name for one, (name, _) in found.names.items()}
    return set(names.values()), [
        (fact.title, sorted(names[one] for one in fact.subjects)) for fact in found.facts
    ]


def test_rare_facts_link_also_through_others(read: Organisation) -> None:
    """Diop and Sarr share a telephone, Sarr and Kane a booking: one group. Adjacent seats are told, but
    bring nobody in; another flight is another group."""
    on = world.flight(read)
    diop = _one(on, "DIOP", phone=PHONE, seat="30A")
    family = world.booking(on, "K7RR2A")
    _one(on, "SARR", phone=PHONE, seat="30B", booking=family)
    kane = _one(on, "KANE", seat="12F", booking=family, locator="K7RR2A")
    _one(on, "NEIGHBOUR", seat="30C")
    _one(world.flight(read, "418"), "FALL", phone=PHONE)
    names, facts = _of(diop)
    assert names == {"DIOP", "SARR", "KANE"}
    assert facts == [
        ("Booking K7RR2A", ["KANE", "SARR"]),
        (f"Telephone number {PHONE}", ["DIOP", "SARR"]),
        ("Adjacent seats 30A–30B", ["DIOP", "SARR"]),
    ]
    assert _of(kane)[0] == names
    assert linked.linked(_one(on, "ALONE").id) is None


def test_a_common_fact_links_nobody(read: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hotel's telephone in many bookings, on this flight or on others; the travellers of one booking
    count once."""
    monkeypatch.setattr(sharing, "COMMON", 3)
    on, other = world.flight(read), world.flight(read, "418")
    diop = _one(on, "DIOP", phone=PHONE)
    family = world.booking(on)
    for name in ("SARR", "BA", "KA", "SY"):
        _one(on, name, phone=PHONE, booking=family)
    _one(other, "FALL", phone=PHONE)
    assert len(_of(diop)[0]) == 5
    more = _one(other, "GUEYE", phone=PHONE)
    assert linked.linked(diop.id) is None
    JourneyClear.objects.using(USING).filter(journey_id=more.id).delete()
    assert len(_of(diop)[0]) == 5, "a masked traveller does not make the fact common"
    monkeypatch.setattr(linked, "MOST", 6)
    assert linked.linked(diop.id) is None, "as many subjects as are counted: more than can be said"


@pytest.mark.parametrize("how", ["restricted", "masked", "removed", "elsewhere", "theme"])
def test_who_is_out_of_sight_changes_nothing(read: Organisation, how: str) -> None:
    """Neither a name, a fact nor a number differs from a flight without that traveller."""
    on = world.flight(read)
    diop, _ = _one(on, "DIOP", phone=PHONE, document="P1"), _one(on, "SARR", phone=PHONE)
    before = linked.linked(diop.id)
    hidden = _one(
        on, "HIDDEN", phone=PHONE, document="P1", present=how != "removed",
        restricted=how == "restricted",
    )  # fmt: skip
    if how == "masked":
        JourneyClear.objects.using(USING).filter(journey_id=hidden.id).delete()
    elif how == "elsewhere":
        away = world.organisation("Autre")
        for model in (Subject, Journey):
            model.objects.using(USING).filter(pk=hidden.pk).update(organisation=away)
    elif how == "theme":
        Subject.objects.using(USING).filter(pk=hidden.pk).update(theme="cash")
        Journey.objects.using(USING).filter(pk=hidden.pk).update(theme="cash")
        who = world.user(read)
        User.objects.using(USING).filter(pk=who.pk).update(themes=["passengers"])
        set_scope(User.objects.using(USING).get(pk=who.pk))
    assert linked.linked(diop.id) == before
    if how in ("restricted", "masked", "removed"):
        assert linked.linked(hidden.id) is None


def test_a_large_group_is_bounded_and_says_so(read: Organisation) -> None:
    """Forty travellers, those with a hit first, and twenty facts; both remainders are counted."""
    on = world.flight(read)
    tour = world.booking(on, "TOUR01")
    people = [
        _one(on, f"T{n:02}", booking=tour, document=f"D{n // 2}", seat=f"{1 + n // 2}{'AB'[n % 2]}")
        for n in range(45)
    ]
    world.hit(people[-1], 70)
    found = linked.linked(people[0].id)
    assert found is not None
    assert (len(found.names), found.more, len(found.facts)) == (40, 5, 20)
    assert found.more_facts > 0
    assert list(found.names)[:2] == [people[0].id, people[-1].id]
    assert found.facts[0].title.startswith("Booking")
    assert found.title == "45 linked travellers"


def test_a_card_shows_its_last_four_digits(read: Organisation) -> None:
    """Nowhere the whole number."""
    on = world.flight(read)
    card = "4929123412349902"
    pair = [_one(on, name) for name in ("DIOP", "SARR")]
    for one in pair:
        Identifier.objects.using(USING).create(
            organisation=read, subject_id=one.pk, kind="card",
            token=settings.KEYS.token("card", card),
        )  # fmt: skip
        clear = JourneyClear.objects.using(USING).get(journey_id=one.id)
        clear.state["pnr"]["AIRYY"][0][1]["cards"] = [card]
        JourneyClear.objects.using(USING).filter(journey_id=one.id).update(state=clear.state)
    found = linked.linked(pair[0].id)
    assert found is not None
    [fact] = found.facts
    assert (fact.title, fact.label) == ("Card •••• 9902", "•••• 9902")


# The pages.


def _hit(on: Journey, priority: int, kind: str = "profile", **values: object) -> Hit:
    hit = world.hit(on, priority, **values)
    made = Reason.objects.using(USING).create(
        organisation_id=on.organisation_id, hit=hit, kind=kind, key=uuid.uuid4().hex, contribution=priority,
        theme=hit.theme, created_at=NOW, params={"ref": "P-022", "title": "baggage"},
    )  # fmt: skip
    bit = pairs_of([made.theme], [made.purpose])
    Hit.objects.using(USING).filter(pk=hit.pk).update(pairs=bit, open_pairs=bit)
    return hit


class Four:
    """Four linked travellers: one with an open question of identity, two to decide, one without a hit."""

    def __init__(self, home: Organisation) -> None:
        self.home, self.officer = home, world.user(home)
        self.on = world.flight(home)
        self.people = [_one(self.on, name, phone=PHONE, seat=f"30{'ABCD'[n]}")
                       for n, name in enumerate(("HALVORSEN", "MERCIER", "PAPADAKIS", "SOW"))]  # fmt: skip
        self.asked = _hit(self.people[0], 75, "watchlist")
        self.first, self.second = _hit(self.people[1], 61), _hit(self.people[2], 49)
        self.client = Client(headers={"accept-language": "en"})
        self.client.force_login(self.officer)
        self.path = f"/hits/{self.first.pk}/linked/"

    def form(self, *hits: Hit, **more: str) -> dict[str, object]:
        """What the browser sends from the page as it is now."""
        page = self.client.get(self.path).content.decode()
        seen = re.search(r'name="seen" value="([^"]*)"', page)
        assert seen is not None
        return {"choice": "release", "why": WHY, "seen": seen[1],
                "who": [hit.pk.hex for hit in hits], **more}  # fmt: skip

    def record(self, *hits: Hit, **more: str):
        """The second page, confirmed."""
        return self.client.post(f"{self.path}decide/", self.form(*hits, **more), follow=True)


@pytest.fixture
def four(home: Organisation) -> Four:
    """Four linked travellers, and an officer's browser."""
    return Four(home)


def _text(response) -> str:
    text = " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())
    return re.sub(r" ([,:])", r"\1", text)


def test_the_page_draws_and_tells_the_same(four: Four) -> None:
    """A picture and a table, nothing ticked, a lock where identity is asked, a link from hit and flight."""
    answer = four.client.get(four.path)
    page, text = answer.content.decode(), _text(answer)
    assert len(answer.content) < 100_000
    assert "4 linked travellers" in text
    assert "a link is a fact, not a suspicion" in text
    assert page.count('class="node"') == 4
    assert page.count('class="edge"') == page.count('class="thing"') * 4 == 8
    assert f"Telephone number {PHONE} MERCIER, HALVORSEN, PAPADAKIS, SOW 4" in text
    assert "Adjacent seats 30A–30D" in text
    ticks = re.findall(r"<input type=\"checkbox\"[^>]*>", page)
    assert len(ticks) == 2
    assert not any(" checked" in one for one in ticks)
    assert not re.search(r"<input type=\"radio\"[^>]* checked", page)
    assert 'value="hold"' not in page
    assert "One question is open: is this the same person?" in text
    assert four.path in four.client.get(f"/hits/{four.first.pk}/").content.decode()
    flight = four.client.get(f"/flights/{four.on.pk}/").content.decode()
    assert f"/flights/{four.on.pk}/linked/" in flight
    listed = four.client.get(f"/flights/{four.on.pk}/linked/")
    assert f"/hits/{four.asked.pk}/linked/" in listed.content.decode()
    assert "Telephone number, Adjacent seats 4 3" in _text(listed)
    act = Act.objects.using(USING).filter(act="hit.see_linked").first()
    assert act is not None
    assert act.subject == str(four.first.pk)
    assert set(act.detail["subjects"]) == {str(one.pk) for one in four.people}


def test_one_decision_for_several_is_one_entry_each(four: Four) -> None:
    """A second page names each person; then each hit has its decision, and the journal one number."""
    form = four.form(four.first, four.second)
    check = four.client.post(four.path, form)
    text = _text(check)
    for part in ("Release: 2 hits", "MERCIER Awa", "PAPADAKIS Awa", WHY, "Record 2 decisions"):
        assert part in text
    assert "SOW" not in text
    assert not Decision.objects.using(USING).exists()
    back = four.client.post(four.path, {**form, "back": "1"}).content.decode()
    assert WHY in back
    assert len(re.findall(r"type=\"checkbox\"[^>]* checked", back)) == 2
    done = four.client.post(f"{four.path}decide/", form, follow=True)
    assert "2 decisions recorded: Release." in _text(done)
    made = Decision.objects.using(USING).all()
    assert {(d.hit_id, d.choice, d.by_id) for d in made} == {
        (hit.pk, "release", four.officer.pk) for hit in (four.first, four.second)
    }
    acts = Act.objects.using(USING).filter(act="hit.decided")
    assert {a.subject for a in acts} == {str(four.first.pk), str(four.second.pk)}
    [number] = {a.detail["together"] for a in acts}
    assert uuid.UUID(number)
    events = Event.objects.using(USING).filter(kind="decided")
    assert not any("together" in e.params for e in events), "others are no part of one's history"
    assert {t.text for t in TextClear.objects.using(USING).filter(kind="why")} == {WHY}
    assert "2 decisions" not in _text(four.client.get(four.path)), "told once"


@pytest.mark.parametrize("how", ["claimed", "decided", "reason", "gone"])
def test_who_changed_meanwhile_is_left_out_and_named(four: Four, how: str) -> None:
    """The other one is decided."""
    form = four.form(four.first, four.second)
    other = world.user(four.home, name="ba")
    hits = Hit.objects.using(USING).filter(pk=four.second.pk)
    if how == "claimed":
        hits.update(claimed_by=other, claimed_at=NOW)
    elif how == "decided":
        hits.update(state="decided", decided_at=NOW)
    elif how == "reason":
        Reason.objects.using(USING).create(
            organisation=four.home, hit=four.second, kind="profile", key="new", contribution=5,
            theme=four.second.theme, created_at=NOW,
        )  # fmt: skip
    else:
        Journey.objects.using(USING).filter(pk=four.people[2].pk).update(present=False)
    done = four.client.post(f"{four.path}decide/", form, follow=True)
    words = {"claimed": "claimed by a colleague", "decided": "decided in the meantime",
             "reason": "a new reason was added", "gone": "the hit is no longer in this group"}  # fmt: skip
    assert f"1 decision recorded: Release. Left out: PAPADAKIS Awa, {words[how]}" in _text(done)
    assert [d.hit_id for d in Decision.objects.using(USING)] == [four.first.pk]


def test_nobody_left_keeps_what_was_written(four: Four) -> None:
    """Nothing recorded: the page says so and keeps text and choice."""
    form = four.form(four.second)
    Hit.objects.using(USING).filter(pk=four.second.pk).update(state="decided", decided_at=NOW)
    answer = four.client.post(f"{four.path}decide/", form)
    assert answer.status_code == 409
    assert WHY in answer.content.decode()
    assert "No decision was recorded. Left out: PAPADAKIS Awa" in _text(answer)


@pytest.mark.parametrize("choice", ["hold", "refuse", "", "nonsense"])
def test_only_release_and_referral_are_for_several(four: Four, choice: str) -> None:
    """Refused on both pages and by the action."""
    form = four.form(four.first, choice=choice)
    for path in (four.path, f"{four.path}decide/"):
        answer = four.client.post(path, form)
        assert answer.status_code == 422
        assert "Choose one of the two decisions." in _text(answer)
    assert not Decision.objects.using(USING).exists()
    with transaction.atomic():
        set_scope(four.officer)
        verdict = actions.Verdict(choice, WHY, frozenset())
        with pytest.raises(actions.Incomplete):
            actions.decide_together(four.officer, [four.first.pk], verdict)


def test_identity_and_minors_are_decided_alone(four: Four) -> None:
    """Whoever forges the tick: left out and named; a minor may be released with others, not referred."""
    check = four.client.post(four.path, four.form(four.asked, four.first))
    assert "Left out: HALVORSEN Awa: One question is open" in _text(check)
    assert "Record 1 decision" in _text(check)
    done = four.record(four.asked, four.first)
    assert "Left out: HALVORSEN Awa, a question of identity has not been answered" in _text(done)
    Subject.objects.using(USING).filter(pk=four.people[2].pk).update(minor=True)
    refer = four.client.post(four.path, four.form(four.second, choice="refer"))
    assert refer.status_code == 422
    assert "PAPADAKIS Awa: The traveller is a minor." in _text(refer)
    assert "the approval of a second officer is needed" in _text(
        four.record(four.second, choice="refer")
    )
    assert "1 decision recorded" in _text(four.record(four.second))


def test_incomplete_and_hostile_forms(four: Four) -> None:
    """Nothing selected, no reason, foreign ids, thousands of ids: refused with words, nothing recorded."""
    none = four.client.post(four.path, four.form())
    assert (none.status_code, "Select at least one hit" in _text(none)) == (422, True)
    short = four.client.post(four.path, four.form(four.first, why="short"))
    assert (short.status_code, "Write at least 20 characters" in _text(short)) == (422, True)
    away = _hit(_one(world.flight(world.organisation("Autre")), "AWAY"), 50)
    form = {**four.form(), "who": [away.pk.hex, "x" * 100, *(uuid.uuid4().hex for _ in range(500))]}
    answer = four.client.post(f"{four.path}decide/", form)
    assert answer.status_code == 409
    assert "AWAY" not in _text(answer)
    assert len(answer.content) < 100_000
    assert not Decision.objects.using(USING).exists()
    assert four.client.get(f"/hits/{away.pk}/linked/").status_code == 404


def test_who_may_only_read_has_no_form(four: Four) -> None:
    """An auditor or analyst sees no tick box, and a post is refused."""
    reader = world.user(four.home, "analyst", "ndiaye")
    client = Client(headers={"accept-language": "en"})
    client.force_login(reader)
    answer = client.get(four.path)
    assert answer.status_code == 200
    assert "checkbox" not in answer.content.decode()
    assert client.post(four.path, {"choice": "release"}).status_code == 403
    assert client.post(f"{four.path}decide/", {"choice": "release"}).status_code == 403


def test_a_hit_without_links(four: Four) -> None:
    """An empty page that says so, in both languages."""
    alone = _hit(_one(four.on, "ALONE"), 40)
    assert "shares no rare fact" in _text(four.client.get(f"/hits/{alone.pk}/linked/"))
    french = four.client.get(four.path, headers={"accept-language": "fr"}).content.decode()
    assert "4 voyageurs liés" in french
    assert "un lien est un fait, pas un soupçon" in french


def test_the_number_of_queries_does_not_grow(four: Four) -> None:
    """Batches, not rows."""
    four.client.get(four.path)
    with CaptureQueriesContext(connection) as few:
        four.client.get(four.path)
    for n in range(12):
        _hit(_one(four.on, f"MORE{n}", phone=PHONE), 50 + n)
    with CaptureQueriesContext(connection) as many:
        four.client.get(four.path)
    assert len(many) == len(few)
