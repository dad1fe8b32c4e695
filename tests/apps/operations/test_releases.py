"""Messages, answers and reports leave an organisation only through the release function: what the preview
shows is what is sent, who is not allowed reads nothing in any table, receipts return, and a recall takes
everything back."""

from __future__ import annotations

import datetime as dt
import os
from typing import Any

import psycopg
import pytest
from django.db import connection
from tests.apps.operations.scene import TYPED, Scene, agree, recipient_set, when
from tests.apps.operations.scene import send as send_as_seen

from vedette.apps.accounts.models import Approval
from vedette.apps.approvals import actions as approvals
from vedette.apps.columns import new_id
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.operations.actions import group, messages, releasing, reports
from vedette.apps.operations.actions.common import Refused
from vedette.apps.operations.models import Answer, Message, Report
from vedette.apps.release.actions import returns
from vedette.apps.release.models import Content, Copy, Feedback, Item, Recall, Release

WHY = "They control the ship tomorrow morning."


def _entered(kind: str, typed: dict[str, str] | None = None, **more: Any) -> messages.Entered:
    return messages.Entered(
        new_id(), kind, {**TYPED.get(kind, {}), "happened": when(), **(typed or {})}, **more
    )


def _rows(scene: Scene, who: str, *tables: str) -> dict[str, int]:
    """How many rows SQL of the web role returns."""
    found = {}
    with scene.by(who), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table}")
            found[table] = cursor.fetchone()[0]
    return found


def _work() -> int:
    from vedette.commands.environment import keys

    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as intake:
        return returns.carry_out(intake, keys(), dt.datetime.now(dt.UTC))


def test_preview_is_what_is_sent(scene: Scene) -> None:
    """The preview names each organisation with its readers and the ground of each refusal; exactly the
    allowed ones read the message; content and columns of the row are equal; the nominal value is nowhere."""
    scene.live()
    two = {home: scene.homes[home] for home in ("aa", "bb")}
    agree(two, scene.people["aa.coordinator"], number=2)
    with scene.by("bb.post") as user:
        entered = _entered("seizure", {"origin": "QQ", "hs": "310520"})
        ready = messages.preview(user, scene.operation, entered)
        assert ready.offer is not None
        lines = [(one.name, one.people, one.decision.ground) for one in ready.offer.preview.lines]
        # AA: coordinator, second, contact, deputy. CC: contact, deputy. Posts read what is addressed to them.
        assert lines == [("Customs of AA", 4, None), ("Customs of CC", 2, "no_agreement")]
        assert ready.kept_back == ["origin"]
        sent = messages.send(user, scene.operation, entered, ready.offer.preview.token)
        shown = ready.offer.made.content
    assert "Planted" not in str(shown)
    assert "QQ" not in str(shown)
    with scene.by("aa.coordinator"):
        row = Message.objects.get(pk=sent.pk)
        (copy,) = Copy.objects.filter(item_id=sent.pk)
        assert Content.objects.get(of=copy.pk).data == shown
        there = {one["field"]: one["value"] for one in shown["form"]} | shown["items"][0] | shown
        for field, value in row.values.items():
            if field != "happened":
                assert (
                    there[releasing.TYPED.get(field, {"category": "kind"}.get(field, field))]
                    == value
                )
    with scene.by("bb.contact"):
        assert Message.objects.get(pk=sent.pk).nominal.values["origin"] == "QQ"
        (release,) = Release.objects.filter(item_id=sent.pk)
        assert (release.purpose, release.operation) == ("precursors", scene.operation)
        assert "items" in release.fields
    tables = (
        "operations_message",
        "release_item",
        "release_copy",
        "release_content",
        "release_release",
    )
    with scene.by("cc.contact"):
        assert not Message.objects.filter(pk=sent.pk).exists()
    # The test message reached CC before; nothing of this one did.
    assert _rows(scene, "cc.contact", *tables) == dict.fromkeys(tables, 1)
    assert _rows(scene, "cc.observer", *tables[1:]) == {
        "release_item": 0, "release_copy": 0, "release_content": 0, "release_release": 1,
    }  # fmt: skip


def test_a_changed_answer_sends_nothing(scene: Scene) -> None:
    """Between the preview and the sending, a reader joins, or the agreement ends: nothing is stored and
    nothing is sent. An empty group is nobody (MISP #4200)."""
    scene.live()
    entered = _entered("request")
    with scene.by("aa.post") as user:
        seen = messages.preview(user, scene.operation, entered).offer
        assert seen is not None
    scene.name("bb", ("observer",))
    with scene.by("bb.contact") as user:
        member = scene.one().members.get(user=scene.people["bb.deputy"], role="deputy")
        group.end_member(user, scene.operation, member.pk)
    with scene.by("aa.post") as user:
        with pytest.raises(releasing.Changed):
            messages.send(user, scene.operation, entered, seen.preview.token)
        assert not Message.objects.filter(pk=entered.id).exists()
        assert not Item.objects.filter(pk=entered.id).exists()
    agree(scene.homes, scene.people["aa.coordinator"], number=2, until=now())
    with scene.by("aa.post") as user:
        with pytest.raises(releasing.Changed):
            messages.send(user, scene.operation, entered, seen.preview.token)
        again = messages.preview(user, scene.operation, entered).offer
        assert again is not None
        assert {one.decision.ground for one in again.preview.lines} == {"no_agreement"}
        with pytest.raises(Refused, match="nobody"):
            messages.send(user, scene.operation, entered, again.preview.token)
        with pytest.raises(releasing.Changed):
            messages.send(user, scene.operation, entered, "")
    with scene.by("aa.post") as user, pytest.raises(Refused, match="nobody"):
        send_as_seen(
            user, scene.operation,
            _entered(
                "warning", recipients=[scene.homes["bb"].pk],
                useful_until=now() + dt.timedelta(hours=2),
            ),
        )  # fmt: skip
    assert Message.objects.using("intake").count() == 1


def test_misp_4200_an_empty_group_sends_to_nobody(scene: Scene) -> None:
    """Both other participants withdraw between the preview and the sending: nothing is sent. The preview then
    names nobody, and what is sent with it reaches no other organisation."""
    scene.live()
    entered = _entered("request")
    with scene.by("aa.post") as user:
        seen = messages.preview(user, scene.operation, entered).offer
        assert seen is not None
        assert len(seen.preview.allowed) == 2
    for home in ("bb", "cc"):
        with scene.by(f"{home}.contact") as user:
            group.withdraw(user, scene.operation, "No staff.")
    with scene.by("aa.post") as user:
        with pytest.raises(releasing.Changed):
            messages.send(user, scene.operation, entered, seen.preview.token)
        again = messages.preview(user, scene.operation, entered).offer
        assert again is not None
        assert again.preview.lines == ()
        sent = messages.send(user, scene.operation, entered, again.preview.token)
    assert sent.sent_at is not None
    assert not Copy.objects.using("intake").filter(object=sent.pk).exists()
    for who in ("bb.contact", "cc.contact", "bb.post", "cc.post"):
        with scene.by(who):
            assert not Message.objects.filter(pk=sent.pk).exists(), who


def test_a_second_person_for_a_new_recipient(scene: Scene) -> None:
    """TLP:AMBER to an organisation that is new in the operation waits for a second person of the group, who
    reads exactly what leaves. The approval is for this content and these recipients only."""
    scene.live()
    entered = _entered("request", marking="amber")
    with scene.by("bb.post") as user:
        offer = messages.preview(user, scene.operation, entered).offer
        assert offer is not None
        assert [one.decision.ground for one in offer.preview.lines] == ["new_recipient"] * 2
        with pytest.raises(Refused, match="why"):
            messages.ask(user, scene.operation, entered, "Too short.")
        made = messages.ask(user, scene.operation, entered, WHY)
        assert made.sent_at is None
        offer = messages.waiting(user, made)
        assert offer is not None
        with pytest.raises(Refused, match="nobody"):
            messages.send_stored(user, made.pk, offer.preview.token)
    with scene.by("cc.contact"):
        assert not Message.objects.filter(pk=made.pk).exists()
    # Not by the officer himself, and not by a supervisor who is not in the group.
    asked = Approval.objects.using("intake").get(kind="release")
    for who in ("bb.post", "bb.second"):
        with scene.by(who) as user, pytest.raises((approvals.Refused, PermissionError, Exception)):
            approvals.decide(user, asked.pk, True)
    page = scene.client("bb.deputy").get(f"/approvals/{asked.pk}/").content.decode()
    for word in ("Who owns the lorry?", "Customs of AA, Customs of CC", "TLP:AMBER"):
        assert word in page, word
    with scene.by("bb.deputy") as user:
        approvals.decide(user, asked.pk, True)
    with scene.by("bb.post") as user:
        offer = messages.waiting(user, Message.objects.get(pk=made.pk))
        assert offer is not None
        assert len(offer.preview.allowed) == 2
        messages.send_stored(user, made.pk, offer.preview.token)
        # Another content is another version: its recipients are known now.
        other = messages.preview(user, scene.operation, _entered("request", marking="amber")).offer
        assert other is not None
        assert [one.approval for one in other.preview.lines] == [None, None]
        assert len(other.preview.allowed) == 2
    with scene.by("cc.contact"):
        assert Message.objects.filter(pk=made.pk).exists()
    assert Release.objects.using("intake").filter(object=made.pk, approval=asked.pk).count() == 2


def test_receipts_return_and_a_recall_takes_everything_back(scene: Scene) -> None:
    """Arrived and opened return to the owner. After the recall, the recipient finds the message in no table,
    by no page, and a mark stays. The answer and the report go the same way."""
    scene.live()
    sent = scene.warn()
    client = scene.client("bb.contact")
    assert client.get(f"/operations/messages/{sent.pk}/").status_code == 200
    assert client.get(f"/operations/messages/{sent.pk}/").status_code == 200
    scene.answer("bb.post", sent.pk, "nothing", "Opened and weighed.")
    with scene.by("aa.post") as user:
        told = sorted(Feedback.objects.filter(object=sent.pk).values_list("what", "role"))
        assert told == [("arrived", ""), ("opened", "contact")]
        assert Answer.objects.filter(message_id=sent.pk).count() == 1
    page = scene.client("aa.post").get(f"/operations/messages/{sent.pk}/").content.decode()
    assert "opened" in page
    (copy,) = Copy.objects.using("intake").filter(organisation=scene.homes["bb"], object=sent.pk)
    received = client.get(f"/received/{copy.pk}/").content.decode()
    assert "ZZZU 100214 6" in received
    assert "What is suspected, and why" in received
    with scene.by("aa.post") as user:
        returns.recall(user, sent.pk, "The container is another one.")
    assert _work() == 1
    assert client.get(f"/operations/messages/{sent.pk}/").status_code == 404
    for who in ("bb.contact", "bb.post", "bb.deputy"):
        with scene.by(who):
            assert not Message.objects.filter(pk=sent.pk).exists()
            assert not Content.objects.filter(item_id=sent.pk).exists()
            assert not Answer.objects.exclude(organisation=scene.homes["bb"]).exists()
    with scene.by("bb.contact"):
        (mark,) = Recall.objects.all()
        assert (mark.why, mark.removed) == ("The container is another one.", 1)
    assert "ZZZU" not in client.get(f"/received/{copy.pk}/").content.decode()
    with scene.by("aa.post"):
        assert Message.objects.filter(pk=sent.pk).exists()
    # A report.
    with scene.by("bb.contact") as user:
        made = reports.draft(user, scene.operation, False, now())
    scene.report("bb.contact", made, "Quiet day.")
    with scene.by("cc.contact"):
        assert Report.objects.filter(pk=made.pk).exists()
    with scene.by("bb.contact") as user:
        returns.recall(user, made.pk, "A figure is wrong.", keep=[scene.homes["aa"].pk])
    assert _work() == 1
    with scene.by("cc.contact"):
        assert not Report.objects.filter(pk=made.pk).exists()
    with scene.by("aa.coordinator"):
        assert Report.objects.get(pk=made.pk).remark == "Quiet day."


def test_red_goes_to_named_persons(scene: Scene) -> None:
    """TLP:RED reaches the contact point and the deputy of the addressee by name, and no colleague."""
    scene.live()
    entered = _entered("request", marking="red", recipients=[scene.homes["bb"].pk])
    with scene.by("aa.contact") as user:
        ready = messages.preview(user, scene.operation, entered).offer
        assert ready is not None
        names = [(one.recipient.name, one.people) for one in ready.preview.lines]
        assert names == [("Contact BB", 1), ("Deputy BB", 1)]
        sent = messages.send(user, scene.operation, entered, ready.preview.token)
    for who, reads in (
        ("bb.contact", True),
        ("bb.deputy", True),
        ("bb.post", False),
        ("cc.contact", False),
    ):
        with scene.by(who):
            assert Message.objects.filter(pk=sent.pk).exists() is reads, who
            assert Copy.objects.filter(item_id=sent.pk).exists() is reads, who


def test_the_web_role_cannot_release_by_itself(scene: Scene) -> None:
    """A row that says that it was released is not shown to anybody else: the database empties the column."""
    scene.live()
    readers = recipient_set(scene.operation, [scene.homes["bb"]], [scene.people["bb.contact"]])
    id_ = new_id()
    with scene.by("aa.post") as user:
        Message.objects.bulk_create([
            Message(
                id=id_, root=id_, organisation_id=scene.homes["aa"].pk, operation_id=scene.operation,
                kind="request", exercise=False, marking="green", by_id=user.pk, by_name="A",
                by_organisation="AA", happened_at=now(), at=now(), sent_at=now(),
                values={"question": "q", "hs": "1"}, stated=",false,",
                recipient_set_id=readers,
            )
        ])  # fmt: skip
    # Nor can it state other fields than the values have, which the counts would read.
    assert Message.objects.using("intake").get(pk=id_).stated == ",hs,question,"
    with scene.by("bb.contact"):
        assert not Message.objects.filter(pk=id_).exists()
    with (
        scene.by("aa.post"),
        connection.cursor() as cursor,
        pytest.raises(Exception, match="permission"),
    ):
        cursor.execute("UPDATE operations_message SET recipient_set_id = NULL")


def test_contact_points_see_only_what_belongs_to_operations(scene: Scene) -> None:
    """An object that was released outside any operation is hidden from coordinators and contact points, by
    the policies of the tables; an officer of the organisation reads it. What belongs to an operation is
    hidden from those who do not take part in it."""
    from tests.apps.release.stored import fill

    home = scene.homes["bb"].pk
    fill(home, scene.people["bb.post"].pk, None)
    tables = ("release_copy", "release_content", "release_release")
    assert _rows(scene, "bb.contact", *tables) == dict.fromkeys(tables, 0)
    assert _rows(scene, "bb.coordinator", *tables) == dict.fromkeys(tables, 0)
    assert _rows(scene, "bb.post", *tables) == dict.fromkeys(tables, 1)
    # The same rows of an operation in which nobody of BB takes part: no content, no copy.
    fill(home, scene.people["bb.post"].pk, new_id())
    assert _rows(scene, "bb.contact", "release_copy", "release_content") == {
        "release_copy": 0, "release_content": 0,
    }  # fmt: skip
    assert _rows(scene, "bb.post", "release_copy", "release_content") == {
        "release_copy": 1, "release_content": 1,
    }  # fmt: skip
