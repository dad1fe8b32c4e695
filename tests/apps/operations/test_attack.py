"""What a member tries with ids that are not those of the form: a stored version of one object releases no
other object, and an own version makes no row of another organisation visible."""

from __future__ import annotations

import pytest
from django.db import connection
from psycopg.types.json import Jsonb
from tests.apps.operations.scene import PURPOSE, TYPED, WHY, Scene, when

from vedette.apps.accounts.models import Approval
from vedette.apps.approvals import actions as approvals
from vedette.apps.columns import new_id
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.operations.actions import messages
from vedette.apps.operations.actions.common import Refused
from vedette.apps.operations.models import Message
from vedette.apps.release.actions import releases
from vedette.apps.release.models import Item


def test_an_approved_version_releases_no_other_text(scene: Scene) -> None:
    """A second person approves the answer to a warning. A message with the id of this version is refused in
    the preview and at the sending; the same the other way round."""
    scene.live()
    warning = scene.warn(marking="amber")
    with scene.by("bb.post") as user:
        messages.ask_answer(user, warning.pk, "nothing", "Nothing was found.", WHY)
    item = Item.objects.using("intake").get(type="feedback")
    with scene.by("bb.deputy") as user:
        asked = Approval.objects.get(kind="release", subject=str(item.pk))
        approvals.decide(user, asked.pk, True)
    with scene.by("bb.post") as user:
        for kind in ("request", "feedback"):
            entered = messages.Entered(
                item.pk, kind, TYPED.get(kind, {}), text="A text that nobody approved.",
                marking="amber",
            )  # fmt: skip
            with pytest.raises(Refused, match="stale"):
                messages.preview(user, scene.operation, entered)
            with pytest.raises(Refused, match="stale"):
                messages.send(user, scene.operation, entered, "")
        # The answer itself is sent as it was approved.
        _, offer = messages.preview_answer(user, warning.pk, "nothing", "Nothing was found.")
        messages.answer(
            user, warning.pk, "nothing", "Nothing was found.", offer.preview.token
        )  # fmt: skip
    with scene.by("bb.post") as user:
        made, _ = messages.preview_answer(user, warning.pk, "found", "A text that nobody approved.")
        message = messages.Entered(made.pk, "feedback", text="An approved text.", marking="red",
                                   recipients=[scene.homes["aa"].pk, scene.homes["cc"].pk])  # fmt: skip
        messages.ask(user, scene.operation, message, WHY)
        with pytest.raises(Refused, match="stale"):
            messages.preview_answer(user, warning.pk, "found", "A text that nobody approved.")


def test_a_message_that_waits_is_sent_as_it_was_stored(scene: Scene) -> None:
    """Also if a value stays in the organisation because it does not have the form of its field."""
    scene.live()
    typed = {"origin": "QQ", "hs": "310520"}
    sent = scene.send("bb.post", "seizure", typed, marking="amber", text="Two drums.")
    assert sent.sent_at is not None
    with scene.by("aa.coordinator"):
        assert Message.objects.get(pk=sent.pk).text == "Two drums."


def test_an_own_version_opens_no_row_of_another_organisation(scene: Scene) -> None:
    """SQL of the web role stores a version with the id of a message of another organisation and releases it
    to itself: the message stays out of sight."""
    scene.live()
    with scene.by("bb.post") as user:
        made = Message(
            organisation_id=scene.homes["bb"].pk, operation_id=scene.operation, kind="control",
            happened_at=now(), text="Not sent.", marking="green", by=user, by_name="Post",
            values=TYPED["control"] | {"happened": when()}, category="precursor", at=now(),
        )  # fmt: skip
        made.root = made.pk
        Message.objects.bulk_create([made])
    with scene.by("aa.contact") as user:
        version = releases.add(
            user, "control", {"id": str(made.pk), "narrative": "x"}, marking="TLP:GREEN", id=made.pk,
            operation=scene.operation,
        )  # fmt: skip
        facts = {
            "group": str(scene.operation), "membership": "1", "operation": str(scene.operation),
            "purpose": PURPOSE, "legal_basis": "x", "fields": [], "hash": version.hash,
            "receipt": str(new_id()), "receipt_hash": version.hash,
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT vedette_release_send(%s, %s, NULL, %s, NULL, 0, %s)",
                [new_id(), version.pk, scene.homes["aa"].pk, Jsonb(facts)],
            )
    assert Message.objects.using("intake").get(pk=made.pk).recipient_set_id is None
