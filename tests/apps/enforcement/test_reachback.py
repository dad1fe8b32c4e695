"""Questions to experts: every state with every action, who sees what, the clock, and the statistics."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from typing import Any

import psycopg
import pytest
from tests.apps.profiles.story import acting
from tests.clock import ticking
from tests.goods.app.desk import Desk
from tests.goods.declared import ACID, NOW

pytestmark = pytest.mark.database
QUESTION = {
    "theme": "global_shield", "urgency": "immediate", "seen": "Blue drums, 200 litres",
    "marks": "UN 2031", "question": "Is this <b>nitric</b> acid?",
}  # fmt: skip


@pytest.fixture
def connection(database: str) -> Any:
    """A connection of the intake role."""
    import os

    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as made:
        yield made


class Office:
    """An administration with a hit on goods, an expert of rank 1 and one of rank 3 in another unit."""

    def __init__(self, connection: psycopg.Connection[Any], name: str = "") -> None:
        from vedette.apps.accounts.models import Unit, User
        from vedette.apps.enforcement.actions import reachback

        self.desk = Desk(connection, name)
        self.desk.receive(ACID)
        self.connection, self.home = connection, self.desk.office.id
        unit = Unit.objects.using("intake").create(organisation_id=self.home, name="Elsewhere")
        for who in ("first", "third"):
            User(
                username=f"{who}{name}", role="officer", organisation_id=self.home, unit=unit,
                themes=["global_shield"], first_name="A", last_name=who.title(),
            ).save(using="intake")  # fmt: skip
        self.desk.people |= {
            who: User.objects.get(username=f"{who}{name}") for who in ("first", "third")
        }
        boss = self.desk.people["supervisor"]
        with acting(boss):
            for who, rank in (("first", 1), ("third", 3)):
                reachback.name_expert(boss, self.desk.people[who], "global_shield", rank)

    def ask(self, **changes: Any) -> Any:
        from vedette.apps.enforcement.actions import reachback
        from vedette.apps.enforcement.selectors import reachback as selectors

        user = self.desk.people["officer"]
        with acting(user):
            about = selectors.about_hit(self.desk.hits()[0].pk)
            assert about is not None
            given = reachback.Given(**{"id": uuid.uuid4(), **QUESTION, **changes})
            return reachback.ask(user, about, given)

    def act(self, who: str, question: Any, action: str, text: str = "Keep your distance.") -> Any:
        from vedette.apps.enforcement.actions import reachback
        from vedette.apps.enforcement.models import Question

        user = self.desk.people[who]
        with acting(user):
            found = Question.objects.get(pk=question.pk)
            return reachback.act(user, question.pk, action, found.version, text)

    def watch(self, at: dt.datetime) -> int:
        from vedette.apps.enforcement.actions import reachback
        from vedette.commands.environment import keys

        return reachback.watch(self.connection, keys(), at)

    def told(self) -> list[tuple[str, str]]:
        """User and event of the notifications of the organisation."""
        return self.connection.execute(
            "SELECT u.username, n.params ->> 'what' FROM notices_notice n"
            " JOIN accounts_user u ON u.id = n.user_id"
            " WHERE n.organisation_id = %s AND n.kind = 'question' ORDER BY n.at, 1",
            [self.home],
        ).fetchall()

    def row(self, question: Any) -> tuple[Any, ...]:
        found = self.connection.execute(
            "SELECT state, rank, due_at, escalations FROM enforcement_question WHERE id = %s",
            [question.pk],
        ).fetchone()
        assert found is not None
        return found


@pytest.fixture
def office(connection: psycopg.Connection[Any]) -> Office:
    """An administration with experts."""
    return Office(connection)


#: What is possible, written independently of the table.
POSSIBLE = {
    ("open", "further"): "open", ("open", "answer"): "answered", ("open", "close"): "closed",
    ("answered", "further"): "open", ("answered", "answer"): "answered",
    ("answered", "close"): "closed",
}  # fmt: skip


def test_every_state_with_every_action(office: Office) -> None:
    """From each state, by the person who may do it; what is not listed is refused and changes nothing."""
    from vedette.apps.enforcement.actions.reachback import ACTIONS, TABLE, Refused

    assert set(ACTIONS) == {"further", "answer", "close"}
    for state, action in itertools.product(TABLE, ACTIONS):
        question = office.ask()
        if state != "open":
            office.act("first", question, "answer")
        if state == "closed":
            office.act("officer", question, "close")
        who = "first" if action == "answer" else "officer"
        following = POSSIBLE.get((state, action))
        if following is None:
            with pytest.raises(Refused, match="state"):
                office.act(who, question, action)
            assert office.row(question)[0] == state
        else:
            office.act(who, question, action)
            assert office.row(question)[0] == following
        assert (office.row(question)[2] is None) == (office.row(question)[0] != "open")


def test_an_expert_sees_only_what_the_question_carries(office: Office) -> None:
    """The expert of another unit reads and answers without the hit, the item, or a name of it; whoever asked
    reads the answer on the page of the hit, in both languages; a colleague who is no expert sees nothing."""
    hit = office.desk.hits()[0]
    client = office.desk.client()
    form = client.get(f"/hits/{hit.pk}/question/").content.decode()
    assert 'name="urgency"' in form
    assert "checked" not in form.split('name="urgency"')[1].split(">")[0]
    bad = client.post(f"/hits/{hit.pk}/question/", {**QUESTION, "question": " "})
    assert (bad.status_code, "Blue drums" in bad.content.decode()) == (422, True)
    sent = client.post(f"/hits/{hit.pk}/question/", {**QUESTION, "id": str(uuid.uuid4())})
    assert sent.status_code == 302
    page = sent.headers["location"]
    expert = office.desk.client("first")
    assert expert.get(f"/hits/{hit.pk}/").status_code == 404
    assert expert.get(f"/goods/{hit.subject_id}/").status_code == 404
    shown = expert.get(page).content.decode()
    for text in ("Blue drums, 200 litres", "UN 2031", "Is this &lt;b&gt;nitric&lt;/b&gt; acid?"):
        assert text in shown, text
    for text in ("Exemple Chimie", "Industrial cleaning", "LRN-1", str(hit.pk)):
        assert text not in shown, text
    assert "You can see only the data that the question contains." in shown
    assert "Is this" in expert.get("/questions/").content.decode()
    answer = {"action": "answer", "version": "1", "text": "Yes. Keep a distance of 50 m."}
    assert expert.post(f"{page}act/", answer).status_code == 302
    for language, words in (("en", "Ask an expert"), ("fr", "Interroger un expert")):
        of_hit = office.desk.client(language=language).get(f"/hits/{hit.pk}/").content.decode()
        assert "Keep a distance of 50 m." in of_hit
        assert words in of_hit
    office.connection.execute(
        "DELETE FROM enforcement_expert WHERE user_id = %s", [office.desk.people["first"].pk]
    )
    assert expert.get(page).status_code == 404
    assert "Is this" not in expert.get("/questions/?list=all").content.decode()


def test_a_question_of_a_control_is_asked_and_answered_on_its_pages(office: Office) -> None:
    """The telephone page and the page of the order lead to the form, and show the answer."""
    from tests.apps.enforcement import stored

    order = stored.fill(office.desk.hits()[0], office.desk.people["officer"])["order"]
    client = office.desk.client()
    pages = (f"/controls/{order}/field/", f"/controls/{order}/")
    for page in pages:
        assert f"/controls/{order}/question/" in client.get(page).content.decode()
    sent = client.post(f"/controls/{order}/question/", QUESTION)
    path = sent.headers["location"]
    answer = {"action": "answer", "version": "1", "text": "Keep a distance of 50 m."}
    assert office.desk.client("first").post(f"{path}act/", answer).status_code == 302
    for page in pages:
        assert "Keep a distance of 50 m." in client.get(page).content.decode()


def test_another_organisation_sees_nothing(
    office: Office, connection: psycopg.Connection[Any]
) -> None:
    """Its experts of the same theme get no line, no count, no notification, and 404."""
    other = Office(connection, "Other")
    question = office.ask()
    office.watch(NOW)
    client = other.desk.client("first")
    path = f"/questions/{question.pk}/"
    assert client.get(path).status_code == client.get(f"/questions/{uuid.uuid4()}/").status_code
    assert client.post(f"{path}act/", {"action": "answer"}).status_code == 404
    assert "No question" in client.get("/questions/?list=all").content.decode()
    assert other.told() == []
    with acting(other.desk.people["first"]):
        from vedette.apps.enforcement.models import Asked, Expert, Question, QuestionMessage

        assert [m.objects.count() for m in (Question, QuestionMessage, Asked)] == [0, 0, 0]
        assert Expert.objects.count() == 2


def test_only_experts_answer_and_nobody_his_own_question(office: Office) -> None:
    from vedette.apps.enforcement.actions import reachback

    question = office.ask()
    for who in ("officer", "supervisor", "analyst"):
        with pytest.raises(reachback.Refused, match="expert"):
            office.act(who, question, "answer")
    for action in ("close", "further"):
        with pytest.raises(reachback.Refused, match="asker"):
            office.act("first", question, action)
    boss = office.desk.people["supervisor"]
    with acting(boss), pytest.raises(reachback.Refused, match="expert"):
        reachback.name_expert(boss, office.desk.people["auditor"], "global_shield", 1)
    with acting(boss), pytest.raises(reachback.Refused, match="theme"):
        reachback.name_expert(boss, office.desk.people["first"], "cash", 1)
    with acting(boss), pytest.raises(reachback.Refused, match="own"):
        reachback.name_expert(boss, boss, "global_shield", 1)


def test_a_colleague_who_sees_fewer_reasons_sees_no_question(office: Office) -> None:
    """The person who asked saw reasons of a purpose that the colleague lacks: no line, no block, 404."""
    hit = office.desk.hits()[0]
    question = office.ask()
    office.connection.execute(
        "UPDATE enforcement_question SET pairs = pairs | (SELECT bit_or(vedette_pair('global_shield', p))"
        " FROM unnest(ARRAY['terrorism']) p)"
    )
    client = office.desk.client("analyst")
    assert client.get(f"/questions/{question.pk}/").status_code == 200
    office.connection.execute(
        "UPDATE accounts_user SET purposes = '{border}' WHERE id = %s",
        [office.desk.people["analyst"].pk],
    )
    assert client.get(f"/questions/{question.pk}/").status_code == 404
    page = client.get(f"/hits/{hit.pk}/")
    assert page.status_code == 200
    assert "nitric</b> acid" not in page.content.decode().replace("&lt;", "<").replace("&gt;", ">")


def test_sending_twice_stores_once(office: Office) -> None:
    """The id is made by the form."""
    one = office.ask(id=uuid.UUID(int=7))
    two = office.ask(id=uuid.UUID(int=7), question="Another?")
    assert one.pk == two.pk
    assert office.desk.count("enforcement_question") == 1
    assert office.desk.count("enforcement_asked") == 1


def test_an_unanswered_question_escalates_exactly_at_its_hour(
    office: Office, database: str
) -> None:
    """By the time of the database, from rank 1 to rank 3 to the supervisors, each after the time of the
    urgency; each step is notified and journalled once, to whoever is asked next and to whoever asked."""
    start = NOW.replace(minute=0, second=0)
    with ticking(database, start) as clock:
        question = office.ask()
        half = dt.timedelta(minutes=30)
        assert office.row(question) == ("open", 1, start + half, 0)
        office.watch(clock.at)
        assert office.told() == [("first", "ask")]
        clock.passes(minutes=29, seconds=59)
        assert office.watch(clock.at) == 0
        assert office.row(question)[1] == 1
        clock.passes(seconds=1)
        assert office.watch(clock.at) == 2
        assert office.row(question) == ("open", 3, clock.at + half, 1)
        assert office.told()[1:] == [("officer", "escalate"), ("third", "escalate")]
        assert office.watch(clock.at) == 0
        clock.passes(minutes=30)
        office.watch(clock.at)
        assert office.row(question) == ("open", 0, None, 2)
        assert office.told()[3:] == [("officer", "escalate"), ("supervisor", "escalate")]
        clock.passes(days=3)
        assert office.watch(clock.at) == 0
        steps = office.connection.execute(
            "SELECT detail ->> 'rank' FROM accounts_act WHERE act = 'question.escalate' ORDER BY id"
        ).fetchall()
        assert steps == [("3",), ("0",)]
        office.act("supervisor", question, "answer")
        office.watch(clock.at)
        assert office.told()[-1] == ("officer", "answer")
        further = office.act("officer", question, "further", "And the second drum?")
        assert further.due_at == clock.at + half


def test_the_statistics_count_the_time_to_the_first_answer(office: Office, database: str) -> None:
    """Three questions: answered after 10 minutes, after 40 minutes, and not at all though due; a later answer
    changes nothing. The median is 25 minutes, one of three was in time."""
    from vedette.apps.enforcement.selectors import reachback

    with ticking(database, NOW) as clock:
        questions = [office.ask() for _ in range(3)]
        clock.passes(minutes=10)
        office.act("first", questions[0], "answer")
        clock.passes(minutes=30)
        office.act("first", questions[1], "answer")
        office.act("first", questions[0], "answer", "More")
        with acting(office.desk.people["officer"]):
            [found] = reachback.speeds(clock.at)
        assert (found.theme, found.asked, found.answered, found.due, found.in_time) == (
            "global_shield", 3, 2, 3, 1,
        )  # fmt: skip
        assert found.median == pytest.approx(25 * 60)
        page = office.desk.client().get("/questions/").content.decode()
        assert "25 min" in page
        assert "1 of 3" in page


def test_a_question_carries_photographs_of_the_control(office: Office) -> None:
    """A copy of the chosen photograph goes to the expert, who cannot open the photograph itself."""
    from vedette.apps.enforcement.models import Clear, Photo
    from vedette.apps.keyring import lock_bytes
    from vedette.apps.subjects.models import Subject

    user, hit = office.desk.people["officer"], office.desk.hits()[0]
    with acting(user):
        subject = Subject.objects.get(pk=hit.subject_id)
        photo = Photo.objects.create(
            organisation_id=office.home, subject=subject, kind="photo", width=1, height=1, size=4,
            digest=b"x" * 16, by=user, at=NOW,
        )  # fmt: skip
        Clear.objects.create(
            subject_id=subject.pk, record=photo.pk, retention_class=subject.retention_class,
            month=subject.month, organisation_id=office.home, picture=lock_bytes(b"JPEG", "photo"),
        )  # fmt: skip
    question = office.ask(photos=[photo.pk, uuid.uuid4()])
    copy = uuid.uuid5(question.pk, str(photo.pk))
    expert = office.desk.client("first")
    path = f"/questions/{question.pk}/photos/"
    answer = expert.get(f"{path}{copy}/")
    assert (answer.status_code, answer.content) == (200, b"JPEG")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert expert.get(f"{path}{photo.pk}/").status_code == 404
    assert str(copy) in expert.get(f"/questions/{question.pk}/").content.decode()


def test_texts_go_with_the_subject(office: Office) -> None:
    """Restricted, they are hidden from everybody but the data-protection officer, and nothing can be added;
    erased, they and the question are gone."""
    from vedette.apps.approvals import actions as approvals
    from vedette.apps.enforcement.actions.reachback import Refused
    from vedette.apps.requests import actions

    question = office.ask()
    office.act("first", question, "answer", "Secret answer")
    dpo, item = office.desk.office.dpo, office.desk.item()
    with acting(dpo):
        actions.restrict(dpo, office.desk.request("restricted", item), True)
    page = office.desk.client("first").get(f"/questions/{question.pk}/").content.decode()
    assert "Secret answer" not in page
    assert "masked, or the processing of its data is restricted" in page
    with pytest.raises(Refused, match="restricted"):
        office.act("first", question, "answer")
    with acting(dpo):
        gone = office.desk.request("erasure", item)
        approval = actions.ask_erasure(dpo, gone, "The court ordered the erasure in case 12.")
    with acting(office.desk.office.supervisor):
        approvals.decide(office.desk.office.supervisor, approval.pk, True)
    for table in ("enforcement_question", "enforcement_questionmessage", "enforcement_asked"):
        assert office.desk.count(table) == 0, table


def test_supervisors_name_experts_on_the_page(office: Office) -> None:
    """In both languages; an officer reads the list and cannot change it."""
    client = office.desk.client("supervisor")
    whom = office.desk.people["analyst"]
    sent = {"user": str(whom.pk), "theme": "strategic", "rank": "2"}
    assert client.post("/questions/experts/", sent).status_code == 302
    for bad in ({"rank": "0"}, {"theme": "x"}, {"user": "x"}, {"rank": "١"}):
        assert client.post("/questions/experts/", {**sent, **bad}).status_code == 422, bad
    assert office.desk.client().post("/questions/experts/", sent).status_code == 403
    page = office.desk.client(language="fr").get("/questions/experts/").content.decode()
    assert "Experts de chaque thème" in page
    row = office.connection.execute(
        "SELECT id FROM enforcement_expert WHERE user_id = %s", [whom.pk]
    ).fetchone()
    assert row is not None
    assert client.post("/questions/experts/", {"end": str(row[0])}).status_code == 302
    assert office.desk.count("enforcement_expert") == 2
    assert client.post("/questions/experts/", {"end": str(row[0])}).status_code == 404


def test_a_question_carries_no_photograph_of_another_hit(office: Office) -> None:
    """The colleagues who see the question may not see the other hit."""
    from vedette.apps.enforcement.actions import reachback
    from vedette.apps.enforcement.models import Asked, Clear, Photo
    from vedette.apps.enforcement.selectors import reachback as selectors
    from vedette.apps.enforcement.selectors.reachback import About
    from vedette.apps.keyring import lock_bytes
    from vedette.apps.subjects.models import Subject

    hit = office.desk.hits()[0]
    user = office.desk.people["officer"]
    other = Photo.objects.using("intake").create(
        organisation_id=office.home, subject_id=hit.subject_id, kind="photo", width=1, height=1, size=4,
        hit_id=hit.pk, digest=b"x" * 16, by_id=user.pk, at=NOW,
    )  # fmt: skip
    with acting(user):
        Clear.objects.create(
            subject_id=hit.subject_id, record=other.pk, retention_class=hit.subject.retention_class,
            month=hit.subject.month, organisation_id=office.home, hit_id=hit.pk,
            picture=lock_bytes(b"JPEG", "photo"),
        )  # fmt: skip
    with acting(user):
        subject = Subject.objects.get(pk=hit.subject_id)
        about = About(subject, None, None)
        assert selectors.photos(about) == []
        given = reachback.Given(**{"id": uuid.uuid4(), **QUESTION, "photos": [other.pk]})
        reachback.ask(user, about, given)
        assert not Asked.objects.exclude(picture=None).exists()
        assert [one.pk for one in selectors.photos(About(subject, hit.pk, None))] == [other.pk]


def test_nobody_writes_a_text_for_a_message_of_another_user(office: Office) -> None:
    """By raw SQL: the function stores a text only for a message that the user has stored."""
    from django.db import connection as web

    question = office.ask()
    asked = office.connection.execute("SELECT id FROM enforcement_questionmessage").fetchone()
    assert asked is not None
    for message in (uuid.uuid4(), asked[0]):
        with acting(office.desk.people["analyst"]), web.cursor() as cursor:
            cursor.execute(
                "SELECT vedette_question_text(%s, %s, %s::jsonb)", [question.pk, message, "{}"]
            )
            assert cursor.fetchone() == (False,)
