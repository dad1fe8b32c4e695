"""Stored entries are sent in one go, as one preview shows them."""

from __future__ import annotations

import re

import pytest
from tests.apps.operations.scene import TYPED, Scene, agree, when

from vedette.apps.columns import new_id
from vedette.apps.operations.actions import messages, releasing
from vedette.apps.operations.actions.common import Refused
from vedette.apps.operations.models import Message, Operation
from vedette.apps.release.models import Release


def _kept(scene: Scene, number: int) -> list[Message]:
    with scene.by("bb.post") as user:
        one = Operation.objects.get(pk=scene.operation)
        entries = [
            messages.kept(
                user, one,
                messages.Entered(new_id(), kind, {**TYPED[kind], "happened": when(), "place": f"Post {n}"}),
            )
            for n, kind in zip(range(number), ("control", "seizure") * number, strict=False)
        ]  # fmt: skip
        messages.keep_all(user, one, entries)
    return [made for made, _ in entries]


def test_entries_are_sent_as_the_preview_shows_them(scene: Scene) -> None:
    """Nothing is sent after a change since the preview; then all are sent, each to the recipients that are
    allowed; the nominal values stay; entries of others stay."""
    scene.live()
    made = _kept(scene, 5)
    client, path = scene.client("bb.post"), f"/operations/{scene.operation}/send/"
    page = client.get(path).content.decode()
    token = re.search(r'name="token" value="([0-9a-f]{64})"', page)
    assert token is not None
    assert "Jane Planted" not in page
    assert all(f"Post {n}" in page for n in range(5))
    assert scene.client("cc.post").get(path).content.decode().count("Post ") == 0
    with scene.by("aa.coordinator") as user, pytest.raises(releasing.Changed):
        messages.send_together(user, scene.operation, token[1])
    two = {home: scene.homes[home] for home in ("aa", "bb")}
    agree(two, scene.people["aa.coordinator"], number=2)
    assert client.post(path, {"token": token[1]}).status_code == 422
    assert (
        not Message.objects.using("intake").filter(sent_at__isnull=False, kind="control").exists()
    )
    page = client.get(path).content.decode()
    token = re.search(r'name="token" value="([0-9a-f]{64})"', page)
    assert token is not None
    assert client.post(path, {"token": token[1]}).status_code == 302
    sent = Message.objects.using("intake").filter(pk__in=[one.pk for one in made])
    assert all(one.sent_at for one in sent)
    reached = Release.objects.using("intake").filter(object__in=[one.pk for one in made])
    assert set(reached.values_list("recipient_id", flat=True)) == {scene.homes["aa"].pk}
    assert reached.count() == 5
    assert 'name="token"' not in client.get(path).content.decode()


def test_at_most_fifty_are_sent_at_once(scene: Scene) -> None:
    """The others are counted, and wait."""
    scene.live()
    _kept(scene, messages.MOST_TOGETHER + 2)
    with scene.by("bb.post") as user:
        found = messages.waiting_together(user, scene.operation)
    assert (len(found.entries), found.others) == (messages.MOST_TOGETHER, 2)


def test_only_the_latest_version_leaves(scene: Scene) -> None:
    """An entry that was corrected before it was sent is sent as corrected. One that was withdrawn before it
    was sent is not sent, neither in one go nor from its page."""
    scene.live()
    corrected, _plain, withdrawn = _kept(scene, 3)
    typed = {**TYPED["control"], "happened": when(), "place": "Right post"}
    with scene.by("bb.post") as user:
        entered = messages.Entered(new_id(), "control", typed)
        messages.take_correction(user, corrected.pk, 1, "Counted again", entered)
        messages.take_correction(user, withdrawn.pk, 1, "Not ours", None)
    path = f"/operations/{scene.operation}/send/"
    page = scene.client("bb.post").get(path).content.decode()
    assert ["Post 0" in page, "Right post" in page, "Post 1" in page, "Post 2" in page] == [
        False, True, True, False,
    ]  # fmt: skip
    for one in (corrected, withdrawn):
        with scene.by("bb.post") as user, pytest.raises(Refused, match="stale"):
            messages.send_stored(user, one.pk, "")
    with scene.by("bb.post") as user:
        found = messages.waiting_together(user, scene.operation)
        assert messages.send_together(user, scene.operation, found.token) == 2
    sent = Message.objects.using("intake").filter(
        sent_at__isnull=False, kind__in=("control", "seizure")
    )
    assert sorted(sent.values_list("place", "version")) == [("Post 1", 1), ("Right post", 2)]
