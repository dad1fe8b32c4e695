"""Every page and operation that shows a person writes an act; what polls does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.api.conftest import client_of
from tests.apps.enforcement import stored as controlled
from tests.apps.hits import world as worlds
from tests.apps.journal.scene import Journal, signed_in
from tests.cash.app import stored as cash
from tests.goods.app.stored import fill, notice, question

from vedette.apps.accounts.models import Act
from vedette.apps.hits.models import Hit
from vedette.apps.journal import wording
from vedette.web.access import routes

#: Rights under which persons are seen.
PERSONAL = {
    "record.see", "hit.claim", "hit.decide", "hit.note", "hit.reopen", "person.screen",
    "lookout.create", "message.try", "control.order", "control.record", "seizure.write",
    "notice.see", "notice.write", "question.see", "question.ask",
}  # fmt: skip
#: Pages under these rights without a person, or that lead on to a page that writes the act.
NOBODY = {
    "queue-changes", "queue-open", "hit-claimed", "record", "flights", "flights-carriers",
    "flights-carriers-csv", "declarations", "goods-cards", "goods-find-new",
    "notices", "notice-new", "experts",
    "The flights of a day", "List the results of the control of a hit", "statistics", "statistics-csv",
}  # fmt: skip
#: What is read by GET and needs an id: name → the act.
READ = {
    "hit": "hit.see",
    "hit-sheet": "hit.printed",
    "flight": "flight.see",
    "flight-linked": "flight.see",
    "linked": "hit.see_linked",
    "links": "link.see",
    "traveller": "record.see",
    "traveller-shared": "record.see_shared",
    "transfers": "hit.see",
    "declaration": "declaration.see",
    "goods-item": "record.see",
    "goods-party": "party.see",
    "cash-movement": "record.see",
    "notice": "notice.see",
    "question": "question.see",
    "question-of-hit": "question.form",
    "control": "control.see",
    "control-photo": "control.see_photo",
    "seizure": "seizure.see",
    "firearm": "firearm.see",
    "trace": "trace.see",
}
#: What is journalled by the action behind it, as the tests of those actions say.
BY_ACTION = {
    "queue", "queue-decided", "Open hits", "take-next", "hit-decide", "linked-decide", "hit-claim",
    "hit-note", "hit-reopen",
    "travellers", "search", "screen-person", "cash-find", "cash-movements",
    "cash-detain", "cash-detentions", "cash-receipt",
    "cash-statistics", "cash-statistics-rows", "cash-statistics-csv", "cash-results-csv",
    "lookouts", "lookout-new", "lookout-end", "try-message", "A flight with its travellers", "One hit",
    "Claim a hit, hand it back or hand it over", "Record a decision", "Add a note", "Lookouts",
    "A new lookout", "Compare a person with the lists", "Read a message without storing it", "profile-sample",
    "notice-edit", "notice-act", "questions", "question-act", "question-photo", "question-of-control",
    "question-of-seizure",
    "firearms", "firearm-export", "firearm-seizure-csv", "firearm-links",
    "firearm-new", "firearm-edit", "firearm-strike", "firearm-import", "firearm-template",
    "traces", "trace-new", "trace-edit", "trace-step", "trace-csv", "trace-sheet",
    "arms-report", "arms-report-rows", "arms-report-csv",
    "goods-finds", "goods-find", "goods-treaty", "goods-treaty-rows", "goods-treaty-csv",
    "controls", "seizures", "control-field", "control-withdraw", "control-order", "control-draw",
    "seizure-of-order", "seizure-of-hit", "seizure-edit", "seizure-act",
}  # fmt: skip


def test_a_new_page_of_persons_must_say_how_it_is_journalled() -> None:
    """A route under a right to see persons stands in one of the lists above, or this fails."""
    known = NOBODY | BY_ACTION | set(READ)
    assert {r.name for r in routes() if r.asks in PERSONAL} <= known


@pytest.mark.parametrize("name", READ)
def test_seeing_a_person_is_an_act(journal: Journal, name: str) -> None:
    """Each look is an act with the reader and the id of what was seen."""
    hit = Hit.objects.using("intake").get()
    ids = {"flight": hit.group_id, "flight-linked": hit.group_id, "traveller": hit.subject_id,
           "traveller-shared": hit.subject_id, "links": hit.subject_id}  # fmt: skip
    if name in ("declaration", "goods-item", "goods-party"):
        declaration, item = fill(journal.world.organisation)
        ids |= {"declaration": declaration, "goods-item": item, "goods-party": item}
    if name == "cash-movement":
        ids |= {"cash-movement": cash.fill(journal.world.organisation)}
    if name == "question":
        ids |= {"question": question(hit)}
    if name == "question-of-hit":
        ids |= {"question-of-hit": hit.pk}
    if name == "notice":
        ids |= {"notice": notice(journal.world.organisation)}
    if name in ("control", "control-photo", "seizure", "firearm", "trace"):
        made = controlled.fill(hit, journal.world.officer)
        ids |= {
            "control": made["order"],
            "control-photo": made["photo"],
            "seizure": made["seizure"],
            "firearm": made["firearm"],
            "trace": made["trace"],
        }
    subject = ids.get(name, hit.pk)
    [route] = [r for r in routes() if r.name == name]
    officer = journal.world.officer
    path = route.path.replace("<uuid:pk>", str(subject)).replace("<int:number>", "1")
    answer = signed_in(officer).get(f"/{path}")
    assert answer.status_code == 200
    [act] = Act.objects.using("intake").filter(act=READ[name])
    assert (act.user_id, act.subject) == (officer.pk, str(subject))


def _open(journal: Journal) -> Hit:
    """A hit that waits."""
    on = journal.world.flight("YY 418", 41)
    return worlds.hit(journal.world, worlds.journey(journal.world, on, "ZIVODRAGICH", "DJORDJE"))


def test_the_poll_of_the_queue_is_no_act(journal: Journal) -> None:
    """A page that asks every few seconds would drown the journal."""
    _open(journal)
    reader = signed_in(journal.world.officer)
    before = Act.objects.using("intake").count()
    answer = reader.get("/queue/changes/?last=0")
    assert answer.status_code == 200
    assert "ZIVODRAGICH" not in answer.content.decode()
    assert Act.objects.using("intake").count() == before


def test_a_page_of_the_queue_is_one_act_without_a_name(journal: Journal) -> None:
    """It shows name, birth date and nationality of each hit: their ids are on the journal, on the page
    and over the API; a page without a hit is none."""
    hit, officer = _open(journal), journal.world.officer
    assert "ZIVODRAGICH" in signed_in(officer).get("/").content.decode()
    client_of(officer).get("/queue")
    signed_in(officer).get("/?priority=1&group=XX")
    found = Act.objects.using("intake").filter(act="queue.see")
    assert [(a.user_id, a.subject, a.detail) for a in found] == [
        (officer.pk, "", {"hits": [str(hit.pk)]})
    ] * 2
    assert [wording.told(one)["detail"] for one in found] == ["hits 1"] * 2


def test_a_refused_deed_shows_the_hit_and_is_a_look(journal: Journal) -> None:
    """Who posts nonsense gets the page of the hit: not unseen."""
    hit, reader = Hit.objects.using("intake").get(), signed_in(journal.world.officer)
    for path, sent in (("note", {"why": ""}), ("decide", {"choice": "release"})):
        assert reader.post(f"/hits/{hit.pk}/{path}/", sent).status_code in (409, 422)
    found = Act.objects.using("intake").filter(act="hit.see")
    assert [one.subject for one in found] == [str(hit.pk)] * 2


def test_acts_are_written_in_one_place() -> None:
    """No other module makes rows of acts: what words may be in them is decided once."""
    source = Path(__file__).resolve().parents[3] / "src"
    writers = {
        file.name
        for file in source.rglob("*.py")
        if "Act.objects.create" in (text := file.read_text()) or "INSERT INTO accounts_act" in text
    }
    # Benches insert a million at once; the demonstration invents what was looked at before it began.
    assert writers <= {"acts.py", "journal.py", "oversight.py", "content.py"}
