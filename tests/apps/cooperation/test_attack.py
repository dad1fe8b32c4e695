"""What a person tries with requests to other administrations: by pages, and by SQL as the web role with his
own scope."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError
from tests.apps.cooperation.test_mutual import (
    NAME,
    ROOT,
    WHY,
    _answer,
    _draft,
    _refused,
    _run,
    _send,
    _state,
    _try,
    scene,
)
from tests.apps.operations.scene import Scene

from vedette.apps.accounts.models import Approval, User
from vedette.apps.approvals import actions as approvals
from vedette.apps.columns import new_id
from vedette.apps.cooperation.actions import mutual, officials, telling
from vedette.apps.cooperation.models import MutualDraft, MutualEvent, MutualRequest
from vedette.apps.query import now
from vedette.apps.release.actions import releases, returns
from vedette.apps.release.models import Content, Copy, Item, Recall, Release

__all__ = ["scene"]
SEND = "SELECT vedette_release_send(%s, %s, NULL, %s, %s, 0, %s::jsonb)"


def _offer(scene: Scene, who: str, id_: uuid.UUID) -> mutual.Offer:
    with scene.by(who) as user:
        return mutual.offer(user, MutualRequest.objects.get(pk=id_))


def _ask(scene: Scene, id_: uuid.UUID, who: str = "aa.post") -> Approval:
    with scene.by(who) as user:
        return mutual.ask(user, id_, WHY)


def _send_by_sql(scene: Scene, item: uuid.UUID, to: str, who: str = "aa.post") -> None:
    """Calls the function of the database that makes a copy, without the decisions of the program."""
    facts = {
        "group": new_id(), "membership": "1", "fields": [], "hash": "x", "purpose": "", "legal_basis": "",
        "receipt": new_id(), "receipt_hash": "x",
    }  # fmt: skip
    person = scene.people[to]
    values = [new_id(), item, person.organisation_id, person.pk, json.dumps(facts, default=str)]
    with scene.by(who):
        _run(SEND, values)


def _exchange(item: Item) -> None:
    """Deletes the content of a version, and writes another one."""
    Content.objects.filter(of=item.pk).delete()
    Content.objects.create(
        of=item.pk, organisation_id=item.organisation_id, item=item, data={"type": "other"}
    )


def _colleague(scene: Scene) -> None:
    """An officer who has nothing to do with the requests, and a second official of BB."""
    for name, home in (("aa.officer", "aa"), ("bb.officer", "bb")):
        made = User(
            username=name.replace(".", "-"), organisation=scene.homes[home], role="officer",
            unit=scene.units[home], last_name=name, password="!",
        )  # fmt: skip
        made.save(using="intake")
        scene.people[name] = User.objects.get(pk=made.pk)


def test_the_second_person_reads_the_text_that_is_sent(scene: Scene) -> None:
    """A request for approval states another, harmless version; a text is exchanged after the request. The
    page of the second person shows the version that may be sent, and the text does not change any more."""
    harmless, named = _draft(scene), _draft(scene, persons=NAME, unknown="")
    shown = _offer(scene, "aa.post", harmless).made
    sent = _offer(scene, "aa.post", named)
    with scene.by("aa.post") as user:
        releases.store(user, shown)
        releases.store(user, sent.made)
        to = scene.people["bb.deputy"]
        asked = approvals.ask(
            user, Approval.Kind.RELEASE, sent.made.item.pk, user.purposes[0], WHY,
            detail={
                "item": str(shown.item.pk), "hash": sent.made.item.hash, "operation": None,
                "recipients": [f"{to.organisation_id} {to.pk}"],
            },
        )  # fmt: skip
    page = scene.client("aa.second").get(f"/approvals/{asked.pk}/").content.decode()
    assert NAME in page
    with pytest.raises(DatabaseError, match="an approval was requested"), scene.by("aa.post"):
        _exchange(sent.made.item)
    assert Content.objects.using("intake").get(of=sent.made.item.pk).data["nominal"]


def test_only_a_second_person_allows_the_release(scene: Scene) -> None:
    """Not a colleague by SQL, not the supervisor who wrote the text; and a supervisor who allowed a release
    does not send it himself."""
    _colleague(scene)
    id_ = _draft(scene, persons=NAME, unknown="")
    asked = _ask(scene, id_)
    for who in ("aa.officer", "aa.observer"):
        with pytest.raises(DatabaseError, match="not how an approval goes"), scene.by(who) as user:
            Approval.objects.filter(pk=asked.pk).update(
                state="allowed", decided_by_id=user.pk, decided_at=now()
            )
    with scene.by("aa.second") as user:
        one = MutualRequest.objects.get(pk=id_)
        typed = mutual.Typed(
            mutual.draft_of(user, one) | {"case": "Text of the supervisor."}, one.assistance, one.addressees,
            one.due_at,
        )  # fmt: skip
        mutual.save(user, id_, typed)
    own = _ask(scene, id_)
    with scene.by("aa.second") as user, pytest.raises(approvals.Refused) as refused:
        approvals.decide(user, own.pk, True)
    assert refused.value.code == "named"
    with (
        pytest.raises(DatabaseError, match="not how an approval goes"),
        scene.by("aa.second") as user,
    ):
        Approval.objects.filter(pk=own.pk).update(
            state="allowed", decided_by_id=user.pk, decided_at=now()
        )
    with scene.by("aa.second") as user:
        approvals.decide(user, asked.pk, True)
    item = uuid.UUID(asked.subject)
    with pytest.raises(DatabaseError, match="mutual: nobody"):
        _send_by_sql(scene, item, "bb.deputy", "aa.second")
    assert not Copy.objects.using("intake").exists()


def test_an_approval_is_for_its_recipient_and_for_a_day(scene: Scene) -> None:
    """Neither another official nor a later day; and names in the content need it, whatever the version
    states. The same holds for a marking above TLP:GREEN to an administration that is new."""
    _colleague(scene)
    with scene.by("bb.contact") as user:
        officials.designate(user, ROOT, scene.people["bb.officer"].pk, "")
    id_ = _draft(scene, persons=NAME, unknown="")
    asked = _ask(scene, id_)
    with scene.by("aa.second") as user:
        approvals.decide(user, asked.pk, True)
    item = uuid.UUID(asked.subject)
    with scene.by("aa.post"):
        both = [scene.people[one].pk for one in ("bb.deputy", "bb.officer")]
        MutualRequest.objects.filter(pk=id_).update(addressees=both)
    with pytest.raises(DatabaseError, match="mutual: nobody"):
        _send_by_sql(scene, item, "bb.officer")
    Approval.objects.using("intake").filter(pk=asked.pk).update(
        expires_at=now() - dt.timedelta(seconds=1)
    )
    with pytest.raises(DatabaseError, match="mutual: nobody"):
        _send_by_sql(scene, item, "bb.deputy")
    hidden = _offer(scene, "aa.post", _draft(scene)).made
    hidden.content["nominal"] = {"persons": NAME}
    amber = _offer(scene, "aa.post", _draft(scene, marking="TLP:AMBER")).made
    other = _offer(scene, "aa.post", _draft(scene)).made
    other.item.legal_basis = "Article 5"
    with scene.by("aa.post") as user:
        for one in (hidden, amber, other):
            releases.store(user, one)
    for one, word in ((hidden, "nobody"), (amber, "nobody"), (other, "instrument")):
        with pytest.raises(DatabaseError, match=f"mutual: {word}"):
            _send_by_sql(scene, one.item.pk, "bb.deputy")


def test_who_does_not_see_a_request_sees_and_recalls_nothing_of_it(scene: Scene) -> None:
    """The register of releases, its sums, the page of a release, its recall; and the rows by SQL."""
    _colleague(scene)
    id_ = _draft(scene)
    _send(scene, id_)
    _answer(scene, id_, what="partial")
    release = Release.objects.using("intake").get(object=id_)
    for who in ("aa.officer", "aa.observer", "aa.coordinator", "bb.officer", "bb.observer"):
        client, other = scene.client(who), who.replace("aa.", "xx.").replace("bb.", "aa.")
        name = scene.homes["bb" if other.startswith("xx") else "aa"].name
        page = client.get("/releases/").content.decode()
        assert str(release.pk) not in page, who
        assert f"<td><bdi>{name}" not in page, who
        assert client.get(f"/releases/{release.pk}/").status_code == 404, who
        done = client.post(f"/releases/{release.pk}/recall/", {"why": "Nothing of yours."})
        assert done.status_code in (403, 404), who
        with scene.by(who) as user:
            assert not Release.objects.exists(), who
            assert not Item.objects.exists(), who
            if who == "aa.officer":
                with pytest.raises(returns.Refused):
                    returns.recall(user, id_, "Nothing of yours.")
    with pytest.raises(DatabaseError), scene.by("aa.officer") as user:
        Recall.objects.bulk_create([Recall(
            organisation_id=scene.homes["aa"].pk, object=id_, of_hash="x", why="x", by=user, at=now(),
            hash="x",
        )])  # fmt: skip
    for who in ("aa.post", "aa.deputy", "aa.second", "aa.dpo"):
        assert str(release.pk) in scene.client(who).get("/releases/").content.decode(), who
    with scene.by("aa.deputy") as user:
        returns.recall(user, id_, "The official recalls the text.")


def test_reminders_and_answers_by_sql_keep_their_order(scene: Scene) -> None:
    """One reminder a day also by SQL. Two officials who answer at once do not send two texts under one
    number, and an answer does not name another object that was released."""
    id_ = _draft(scene)
    _send(scene, id_)
    other = _draft(scene)
    _send(scene, other)
    MutualRequest.objects.using("intake").filter(pk=id_).update(
        due_at=now() - dt.timedelta(hours=1)
    )
    _try(scene, "aa.post", id_, "reminded")
    with _refused("state"):
        _try(scene, "aa.post", id_, "reminded")
    MutualEvent.objects.using("intake").filter(what="reminded").update(
        at=now() - dt.timedelta(hours=25)
    )
    _try(scene, "aa.post", id_, "reminded")
    _answer(scene, id_, what="partial", text="First.")
    [first] = MutualEvent.objects.using("intake").filter(what="partial")
    for request in (id_, other):
        with scene.by("bb.deputy") as user, _refused("state"), mutual.guarded():
            mutual._happens(user, MutualRequest(pk=request), "partial", object=first.object)
    # What was released as something else is no answer.
    with scene.by("bb.post") as user:
        item = releases.add(user, "comment", {"about": str(other)}, marking="TLP:GREEN")
    Release.objects.using("intake").create(
        organisation_id=scene.homes["bb"].pk, item_id=item.pk, object=item.object, by_id=user.pk, at=now(),
        owner_id=scene.homes["bb"].pk, recipient_id=scene.homes["aa"].pk, fields=[], hash="x",
        marking="TLP:GREEN", exercise=False, nominal=False, group=new_id(), membership="1",
        copy=Copy.objects.using("intake").first(),
    )  # fmt: skip
    with pytest.raises(DatabaseError, match="mutual: text"), scene.by("bb.deputy") as user:
        mutual._happens(user, MutualRequest(pk=other), "complete", object=item.object)
    assert (_state(id_).state, _state(other).state) == ("partial", "sent")


def test_an_answer_that_was_not_sent_is_deleted_with_its_stored_versions(
    scene: Scene, database: str
) -> None:
    """A version that was stored for an approval does not stay when the draft of the answer is deleted."""
    id_ = _draft(scene)
    _send(scene, id_)
    given: dict[str, Any] = {"what": "complete", "marking": "TLP:AMBER", "text": "Planted answer."}
    with scene.by("bb.deputy") as user:
        mutual.save_answer(user, id_, given)
        mutual.ask_answer(user, id_, WHY)
    answers = Content.objects.using("intake").filter(item__type="assistance_answer")
    assert answers.count() == 1
    with psycopg.connect(database, autocommit=True) as worker:
        assert telling.forget(worker, now() + dt.timedelta(days=91)) == 1
    assert not answers.exists()
    assert not MutualDraft.objects.using("intake").exists()
    assert _state(id_).state == "sent"
    # The text of the request that was sent stays.
    assert Content.objects.using("intake").filter(item__object=id_).count() == 2
