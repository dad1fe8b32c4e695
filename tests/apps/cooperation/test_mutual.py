"""Requests to other administrations: only under an agreement, only to its officials, names only with a second
person; each request ends with an answer or is listed as unanswered."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.utils import translation
from tests.apps.enforcement import stored as controlled
from tests.apps.hits import world as worlds
from tests.apps.journal.scene import signed_in
from tests.apps.operations.scene import Scene, build

from vedette.apps.accounts.models import Act, Approval, User
from vedette.apps.approvals import actions as approvals
from vedette.apps.columns import new_id
from vedette.apps.cooperation import starting
from vedette.apps.cooperation.actions import mutual, officials, telling
from vedette.apps.cooperation.actions.common import Refused
from vedette.apps.cooperation.models import MutualDraft, MutualEvent, MutualRequest, Official
from vedette.apps.cooperation.selectors import mutual as selectors
from vedette.apps.notices.models import Notice
from vedette.apps.query import now
from vedette.apps.release import wording
from vedette.apps.release.actions import releases
from vedette.apps.release.models import Agreement, Content, Copy, Item
from vedette.core import releasable

ROOT = uuid.UUID("7a1c4f0e-0f0e-4b5e-9d2e-0a0b0c0d0e0f")
NAME = "Jane Planted, 1 Harbour Street"
TEXTS = {
    "matter": "Undeclared precursor", "why": "Proof of export", "case": "A lorry with fertiliser.",
    "provisions": "Customs act, section 9", "procedure": "Certified copies", "marking": "TLP:GREEN",
    "unknown": "yes",
}  # fmt: skip
WHY = "The judge asks for the export declaration."


def _agree(scene: Scene, number: int = 1, **columns: object) -> None:
    """A version of the agreement, as the data-protection officer approved it."""
    first, at = scene.people["aa.coordinator"], dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    both = [scene.homes["aa"].pk, scene.homes["bb"].pk]
    values = {
        "parties": both, "purposes": [{"purpose": "customs", "legal_basis": "Article 4"}], "starts_at": at,
        "nominal_instrument": "Protocol on names", "designated": both, "title": "Mutual assistance A-B",
    } | columns  # fmt: skip
    Agreement.objects.using("intake").create(
        root=ROOT, organisation_id=first.organisation_id, number=number, hash="ab" * 32, state="approved",
        proposed_by_id=first.pk, proposed_at=at, approved_by_id=scene.people["aa.dpo"].pk, approved_at=at,
        **values,
    )  # fmt: skip


@pytest.fixture
def scene(database: str) -> Scene:
    """Three organisations. The first two have an agreement with an instrument for names; the deputies of each
    are officials."""
    made = build()
    _agree(made)
    for home in ("aa", "bb"):
        with made.by(f"{home}.contact") as user:
            officials.designate(user, ROOT, made.people[f"{home}.deputy"].pk, "Head office")
    return made


def _ground(user: User) -> str:
    [key] = [one.key for one in selectors.grounds(user.organisation_id) if one.root == ROOT]
    return key


def _draft(scene: Scene, who: str = "aa.post", hours: float = 48, **texts: str) -> uuid.UUID:
    with scene.by(who) as user:
        one = mutual.create(user, _ground(user), scene.homes["bb"].pk)
        typed = mutual.Typed(
            TEXTS | texts,
            "documents",
            [scene.people["bb.deputy"].pk],
            now() + dt.timedelta(hours=hours),
        )
        mutual.save(user, one.pk, typed)
    return one.pk


def _send(scene: Scene, id_: uuid.UUID, who: str = "aa.post") -> None:
    with scene.by(who) as user:
        found = mutual.offer(user, MutualRequest.objects.get(pk=id_))
        mutual.send(user, id_, found.preview.token)


def _answer(scene: Scene, id_: uuid.UUID, **given: str) -> None:
    with scene.by("bb.deputy") as user:
        mutual.save_answer(user, id_, {"marking": "TLP:GREEN", "text": "See the copies."} | given)
        found = mutual.offer_answer(user, MutualRequest.objects.get(pk=id_))
        mutual.send_answer(user, id_, found.preview.token)


def _state(id_: uuid.UUID) -> MutualRequest:
    return MutualRequest.objects.using("intake").get(pk=id_)


@transaction.atomic
def _run(sql: str, values: list[object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def _try(scene: Scene, who: str, id_: uuid.UUID, what: str) -> None:
    with scene.by(who) as user, mutual.guarded():
        mutual._happens(user, MutualRequest(pk=id_), what)


@contextmanager
def _refused(*codes: str) -> Iterator[None]:
    with pytest.raises(Refused) as found:
        yield
    assert found.value.code in codes


def test_a_request_is_answered_in_part_and_then_completely(scene: Scene) -> None:
    """Both administrations read the same state; the text only those to whom it was sent."""
    id_ = _draft(scene)
    with scene.by("bb.deputy"):
        assert not MutualRequest.objects.filter(pk=id_)
    _send(scene, id_)
    assert not MutualDraft.objects.using("intake").filter(request_id=id_)
    page = f"/mutual/{id_}/"
    for who, status, reads in (
        ("bb.deputy", 200, True), ("aa.post", 200, True), ("aa.deputy", 200, True),
        ("aa.second", 200, True), ("bb.second", 200, False),
        ("bb.contact", 404, False), ("bb.post", 404, False), ("cc.contact", 404, False),
    ):  # fmt: skip
        answer = scene.client(who).get(page)
        assert answer.status_code == status, who
        assert ("A lorry with fertiliser." in answer.content.decode()) is reads, who
    assert scene.client("bb.deputy").post(f"{page}act/", {"do": "acknowledge"}).status_code == 302
    assert _state(id_).state == "acknowledged"
    _answer(scene, id_, what="partial", text="First half.")
    _answer(scene, id_, what="complete", text="Second half.")
    one = _state(id_)
    assert (one.state, one.first_answer_at is not None, one.closed_at is not None) == (
        "answered", True, True,
    )  # fmt: skip
    for who, reads in (
        ("aa.post", True),
        ("aa.deputy", True),
        ("aa.second", False),
        ("bb.second", True),
    ):
        shown = scene.client(who).get(page).content.decode()
        assert ("First half." in shown, "Second half." in shown) == (reads, reads), who
    with _refused("state"):
        _answer(scene, id_, what="complete")
    with scene.by("aa.post") as user:
        assert [one_.what for one_ in selectors.events(MutualRequest.objects.get(pk=id_))] == [
            "sent", "acknowledged", "partial", "complete",
        ]  # fmt: skip
        [figures] = selectors.figures(user.organisation_id)
        assert (figures["own"], figures["n"], figures["answered"]) == (True, 1, 1)
    csv = scene.client("aa.post").get("/mutual/csv/").content.decode()
    assert "Customs of BB" in csv
    assert "lorry" not in csv


def test_without_an_agreement_or_to_another_person_nothing_is_sent(scene: Scene) -> None:
    """By the actions, by the page, and by SQL as the web role."""
    with scene.by("aa.post") as user:
        ground = _ground(user)
        for key, home, code in (
            ("", "bb", "instrument"), (ground, "cc", "party"), (ground, "aa", "itself"),
        ):  # fmt: skip
            with _refused(code):
                mutual.create(user, key, scene.homes[home].pk)
    id_ = _draft(scene)
    typed = TEXTS | {"assistance": "documents", "due_at": "2199-01-01T10:00"}
    for wrong in ("bb.post", "cc.contact", "aa.deputy"):
        answer = scene.client("aa.post").post(
            f"/mutual/{id_}/edit/", typed | {"addressees": str(scene.people[wrong].pk)}
        )
        assert answer.status_code == 422
        assert "A lorry with fertiliser." in answer.content.decode()
    send = "SELECT vedette_release_send(%s, %s, NULL, %s, %s, 0, %s::jsonb)"
    facts = {
        "group": new_id(), "membership": "1", "fields": [], "hash": "x", "purpose": "", "legal_basis": "",
        "receipt": new_id(), "receipt_hash": "x",
    }  # fmt: skip
    with scene.by("aa.post") as user:
        found = mutual.offer(user, MutualRequest.objects.get(pk=id_))
        mutual._store(user, found)
    for person in ("bb.post", "bb.contact", "cc.contact", None):
        home = scene.homes[person[:2] if person else "bb"].pk
        who = scene.people[person].pk if person else None
        values = [new_id(), found.made.item.pk, home, who, json.dumps(facts, default=str)]
        with (
            scene.by("aa.post"),
            pytest.raises(DatabaseError, match=r"mutual: (official|instrument)"),
        ):
            _run(send, values)
    deputy, bb = scene.people["bb.deputy"].pk, scene.homes["bb"].pk
    named = _draft(scene, persons=NAME, unknown="")
    with scene.by("aa.post") as user:
        of_names = mutual.offer(user, MutualRequest.objects.get(pk=named)).made
        releases.store(user, of_names)
    values = [new_id(), of_names.item.pk, bb, deputy, json.dumps(facts, default=str)]
    with scene.by("aa.post"), pytest.raises(DatabaseError, match="mutual: nobody"):
        _run(send, values)
    # An organisation that is no party to the agreement.
    cc = {"organisation_id": scene.homes["cc"].pk, "agreement": ROOT}
    outside = MutualRequest.objects.using("intake").create(
        **cc, requested_id=bb, addressees=[deputy], by_id=scene.people["cc.post"].pk, at=now()
    )
    item = Item.objects.using("intake").create(
        **cc, object=outside.pk, type="assistance_request", hash="ab" * 32, marking=["TLP:GREEN"],
        exercise=False, nominal=False, passes=3, created_by_id=scene.people["cc.post"].pk, created_at=now(),
    )  # fmt: skip
    values[:2] = [new_id(), item.pk]
    with scene.by("cc.post"), pytest.raises(DatabaseError, match="mutual: instrument"):
        _run(send, values)
    with scene.by("bb.contact") as user:
        officials.end(user, Official.objects.get(user_id=scene.people["bb.deputy"].pk).pk)
    with _refused("nobody", "changed"):
        _send(scene, id_)
    assert not Copy.objects.using("intake").exists()
    _agree(scene, 2, until=dt.datetime(2021, 1, 1, tzinfo=dt.UTC))
    with _refused("instrument"):
        _send(scene, id_)


def test_states_are_not_changed_by_sql(scene: Scene) -> None:
    """The web role changes a request only through the events that its side may make."""
    id_ = _draft(scene)
    with scene.by("aa.post"), pytest.raises(DatabaseError), transaction.atomic():
        MutualRequest.objects.filter(pk=id_).update(state="answered")
    with pytest.raises(DatabaseError, match="mutual: text"), scene.by("aa.post") as user:
        mutual._happens(user, MutualRequest.objects.get(pk=id_), "sent")
    _send(scene, id_)
    with scene.by("aa.post"):
        assert not MutualRequest.objects.filter(pk=id_).update(due_at=now())
    for who, what in (
        ("aa.post", "acknowledged"), ("aa.post", "sent"), ("aa.post", "reminded"),
        ("bb.deputy", "withdrawn"), ("bb.second", "acknowledged"), ("bb.contact", "acknowledged"),
    ):  # fmt: skip
        with pytest.raises((Refused, DatabaseError)):
            _try(scene, who, id_, what)
    with pytest.raises(DatabaseError, match="mutual: text"), scene.by("bb.deputy") as user:
        mutual._happens(user, MutualRequest.objects.get(pk=id_), "complete", object=new_id())
    assert _state(id_).state == "sent"


def test_names_need_an_instrument_and_a_second_person(scene: Scene) -> None:
    """Exactly the text that the supervisor approved is sent; a changed text needs a new approval."""
    id_ = _draft(scene, persons=NAME, unknown="")
    with _refused("nobody"):
        _send(scene, id_)
    shown = scene.client("aa.post").get(f"/mutual/{id_}/").content.decode()
    assert "will be sent only after a second person has approved" in shown
    assert "not sent:" not in shown
    with scene.by("aa.post") as user:
        mutual.ask(user, id_, WHY)
    for who in ("aa.post", "aa.contact"):
        with scene.by(who) as user, pytest.raises((approvals.Refused, PermissionDenied)):
            approvals.decide(user, Approval.objects.get(kind="release").pk, True)
    shown = Approval.objects.using("intake").get(kind="release")
    page = scene.client("aa.second").get(f"/approvals/{shown.pk}/").content.decode()
    assert NAME in page
    read = Act.objects.using("intake").get(act="approval.read", subject=str(shown.pk))
    assert read.user_id == scene.people["aa.second"].pk
    # The list, whose reading is not recorded, names nobody.
    rows = scene.client("aa.second").get("/approvals/").content.decode()
    assert "TLP:GREEN" in rows
    assert NAME not in rows
    assert TEXTS["case"] not in rows
    # The second person reads the text in the order of the form, and no identifier of the database.
    assert str(id_) not in page
    order = [
        page.index(TEXTS[name]) for name in ("matter", "why", "case", "provisions", "procedure")
    ]
    assert order == sorted(order)
    with scene.by("aa.second") as user:
        approvals.decide(user, shown.pk, True)
    with scene.by("aa.post") as user:
        one = MutualRequest.objects.get(pk=id_)
        values = {**mutual.draft_of(user, one), "why": "Another reason."}
        mutual.save(user, id_, mutual.Typed(values, "documents", one.addressees, one.due_at))
    with _refused("nobody"):
        _send(scene, id_)
    with scene.by("aa.post") as user:
        mutual.save(
            user,
            id_,
            mutual.Typed({**values, "why": TEXTS["why"]}, "documents", one.addressees, one.due_at),
        )
    _send(scene, id_)
    with scene.by("bb.deputy") as user:
        found, _ = selectors.text_of(user.organisation_id, user, id_)
        assert found is not None
        assert found["nominal"] == {"persons": NAME}
    assert {one.delete_at is not None for one in Content.objects.using("intake").all()} == {True}
    # The text of the version that was not sent is gone.
    assert Content.objects.using("intake").count() == 2
    with scene.by("aa.contact"):
        # Not an official, not the author.
        assert not Content.objects.exists()
    _agree(scene, 2, nominal_instrument="", designated=[])
    other = _draft(scene, persons=NAME, unknown="")
    with scene.by("aa.post") as user, _refused("no_second_needed"):
        mutual.ask(user, other, WHY)


def test_a_refusal_has_a_ground_of_the_list(scene: Scene) -> None:
    """And contains no names."""
    id_ = _draft(scene)
    _send(scene, id_)
    for given, code in (
        ({"what": "refused"}, "ground"), ({"what": "refused", "ground": "mood"}, "ground"),
        ({"what": "refused", "ground": "law", "persons": NAME}, "refusal_names"),
        ({"what": "perhaps"}, "choice"), ({"what": "complete", "text": " "}, "missing"),
    ):  # fmt: skip
        with _refused(code):
            _answer(scene, id_, **given)
    client, path = scene.client("bb.deputy"), f"/mutual/{id_}/answer/"
    given = {"do": "save", "what": "refused", "text": "Secrecy.", "marking": "TLP:GREEN"}
    shown = client.post(path, given)
    assert shown.status_code == 422
    assert "<b>Ground of the refusal:</b>" in shown.content.decode()
    assert client.post(path, given | {"ground": "law"}).status_code == 302
    # The text that is sent stands before the form, whose changes are not sent.
    page = client.get(path).content.decode()
    assert page.index('value="send"') < page.index("Change the answer") < page.index('value="save"')
    _answer(scene, id_, what="refused", ground="law", text="Secrecy of tax data.")
    assert _state(id_).state == "refused"
    _agree(scene, 2, refusals=["security"])
    other = _draft(scene)
    _send(scene, other)
    with _refused("ground"):
        _answer(scene, other, what="refused", ground="law")
    _answer(scene, other, what="refused", ground="security")
    page = scene.client("aa.post").get(f"/mutual/{id_}/").content.decode()
    assert "not permitted by national law" in page.lower()
    assert tuple(wording.VALUES["ground"]) == releasable.REFUSALS
    assert tuple(MutualEvent.ANSWERS) == releasable.ANSWERS
    assert tuple(MutualRequest.Assistance.values) == releasable.ASSISTANCE


def test_what_is_not_answered_in_time_is_listed_and_notified_once(
    scene: Scene, database: str
) -> None:
    """At each time the list equals the requests without an answer whose deadline has passed."""
    ids = [_draft(scene, hours=hours) for hours in (1, 2, 3)]
    for id_ in ids:
        _send(scene, id_)
    _answer(scene, ids[1], what="complete")
    start = now()
    for hours, late in ((0.5, []), (1.5, ids[:1]), (2.5, ids[:1]), (3.5, [ids[0], ids[2]])):
        with scene.by("aa.post") as user:
            found = selectors.listed(
                user.organisation_id, "overdue", start + dt.timedelta(hours=hours)
            )
            assert {one.pk for one in found} == set(late)
    with scene.by("aa.post") as user, _refused("state"):
        mutual.remind(user, ids[0])
    late_at = start - dt.timedelta(minutes=1)
    MutualRequest.objects.using("intake").filter(pk=ids[0]).update(due_at=late_at)
    with psycopg.connect(database, autocommit=True) as worker:
        assert telling.tell(worker, now()) == 5
        assert telling.tell(worker, now()) == 0
    told = Notice.objects.using("intake").filter(kind="mutual")
    assert sorted((one.params["what"], one.user.username) for one in told.select_related("user")) == [
        ("complete", "aa-post"), ("overdue", "bb-deputy"), ("sent", "bb-deputy"), ("sent", "bb-deputy"),
        ("sent", "bb-deputy"), ("unanswered", "aa-post"),
    ]  # fmt: skip
    assert "unanswered" in scene.client("aa.post").get("/mutual/?show=overdue").content.decode()
    # The first page lists what the reader has to do: each open request for its addressee, the late one for
    # its author.
    home = scene.client("bb.deputy").get("/home/").content.decode()
    todo = home[home.index("Mutual assistance: pending tasks") :].split("</ul>")[0]
    assert [_state(id_).code in todo for id_ in ids] == [True, False, True]
    home = scene.client("aa.post").get("/home/").content.decode()
    todo = home[home.index("Mutual assistance: pending tasks") :].split("</ul>")[0]
    assert [_state(id_).code in todo for id_ in ids] == [True, False, False]
    assert "pending tasks" not in scene.client("cc.post").get("/home/").content.decode()
    lines = scene.client("bb.deputy").get("/notifications/").content.decode()
    for id_ in ids:
        assert f"{_state(id_).code}, {scene.homes['aa'].name}" in lines
    client, path = scene.client("aa.post"), f"/mutual/{ids[0]}/"
    assert 'value="remind"' in client.get(path).content.decode()
    with scene.by("aa.post") as user:
        mutual.remind(user, ids[0])
        with _refused("reminded"):
            mutual.remind(user, ids[0])
    page = client.get(path).content.decode()
    assert "The next reminder is possible from" in page
    assert 'value="remind"' not in page


def test_a_withdrawn_request_is_recalled(scene: Scene) -> None:
    """The recall is carried out by a worker, as any other."""
    id_ = _draft(scene)
    _send(scene, id_)
    client = scene.client("aa.post")
    assert client.post(f"/mutual/{id_}/act/", {"do": "withdraw", "why": "short"}).status_code == 422
    done = client.post(f"/mutual/{id_}/act/", {"do": "withdraw", "why": "The case was closed."})
    assert done.status_code == 302
    assert _state(id_).state == "withdrawn"
    with _refused("state"):
        _answer(scene, id_, what="complete")


def test_an_oral_request_is_confirmed_in_time_and_old_drafts_go(
    scene: Scene, database: str
) -> None:
    """An oral request that is not sent after two days is notified; a draft is deleted after its period."""
    id_ = _draft(scene)
    MutualRequest.objects.using("intake").filter(pk=id_).update(
        oral_at=now() - dt.timedelta(days=3)
    )
    assert "not confirmed before" in scene.client("aa.post").get("/mutual/").content.decode()
    with psycopg.connect(database, autocommit=True) as worker:
        assert telling.tell(worker, now()) == 1
        assert telling.forget(worker, now()) == 0
        assert telling.forget(worker, now() + dt.timedelta(days=91)) == 1
    assert not MutualRequest.objects.using("intake").exists()


def test_officials_are_designated_by_another_person_of_their_organisation(scene: Scene) -> None:
    """Also not by SQL; the parties read the names, others do not."""
    with scene.by("aa.contact") as user:
        for person, code in (
            ("aa.contact", "oneself"), ("bb.contact", "person"), ("aa.deputy", "twice"),
        ):  # fmt: skip
            with _refused(code):
                officials.designate(user, ROOT, scene.people[person].pk, "")
        with _refused("instrument"):
            officials.designate(user, new_id(), scene.people["aa.post"].pk, "")
        with _refused("gone"):
            officials.end(user, Official.objects.get(user_id=scene.people["bb.deputy"].pk).pk)
        with pytest.raises(DatabaseError), transaction.atomic():
            Official.objects.create(
                organisation_id=scene.homes["bb"].pk, agreement=ROOT, user_id=scene.people["bb.post"].pk,
                name="X", by=user, at=now(),
            )  # fmt: skip
    with scene.by("cc.contact"):
        assert not Official.objects.exists()
    client = scene.client("aa.contact")
    assert "Deputy BB" in client.get("/mutual/officials/").content.decode()
    given = {"agreement": str(ROOT), "user": str(scene.people["aa.post"].pk), "post": "Port"}
    assert client.post("/mutual/officials/", given).status_code == 302
    assert client.post("/mutual/officials/", given).status_code == 422
    assert scene.client("aa.post").post("/mutual/officials/", given).status_code == 403


def test_bad_input_of_the_form_keeps_the_rest(scene: Scene) -> None:
    """A wrong time, a long text, NUL: a message, and the other values stay."""
    id_ = _draft(scene)
    path, client = f"/mutual/{id_}/edit/", scene.client("aa.post")
    for name, value in (
        ("due_at", "tomorrow"), ("due_at", "2001-01-01T10:00"), ("oral_at", "2150-01-01T10:00"),
        ("case", "x" * 4_001), ("assistance", "x"), ("marking", "TLP:CLEAR"), ("persons", NAME),
    ):  # fmt: skip
        answer = client.post(path, TEXTS | {"matter": "Kept matter", name: value})
        assert answer.status_code == 422, name
        assert "Kept matter" in answer.content.decode()
    assert client.post(path, TEXTS | {"matter": "a\0b"}).status_code == 302
    shown = client.get(f"/mutual/{id_}/").content.decode()
    assert "Before it can be sent" in shown
    assert TEXTS["case"] in shown
    assert client.get("/mutual/new/?to=x").status_code == 200
    assert client.post("/mutual/new/", {"ground": "x", "requested": "\0"}).status_code == 422
    assert client.get("/mutual/?show=x&before=x").status_code == 200


def test_a_request_is_started_from_a_seizure_of_the_own_organisation(database: str) -> None:
    """The draft has its facts; another organisation, and a role that sees no records, get nothing."""
    ours, theirs = worlds.build("Ours"), worlds.build("Theirs")
    hit = worlds.hit(
        ours, worlds.journey(ours, ours.flight("YY 417", 41), "ROE", "JANE PLANTED", seat="1A")
    )
    rows = controlled.fill(hit, ours.officer)
    for kind, id_, word in (
        ("seizure", rows["seizure"], "Detention"),
        ("control", rows["order"], "Control order"),
    ):
        with ours.seen_by() as user, translation.override("en"):
            found = starting.from_record(user, kind, id_)
        assert word in found["case"]
        assert "PLANTED" not in str(found)
        with theirs.seen_by() as user:
            assert starting.from_record(user, kind, id_) == {}
    with ours.seen_by() as user:
        assert starting.from_record(user, "seizure", None) == {}
        assert starting.from_record(user, "hit", hit.pk) == {}
    page = signed_in(ours.officer).get(f"/seizures/{rows['seizure']}/").content.decode()
    assert f"?about=seizure:{rows['seizure']}" in page
