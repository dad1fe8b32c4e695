"""The page of proposed duplicates: side by side, decided by a person, never merged."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.apps.operations.scene import TYPED, Scene, build, correct, when

from vedette.apps.columns import new_id
from vedette.apps.operations.actions import messages
from vedette.apps.operations.models import Comparison, Message


@pytest.fixture
def scene(database: str, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A live operation with a seizure that two posts entered."""
    from vedette.apps.accounts import factors

    monkeypatch.setattr(factors, "must_have_factor", lambda user: False)
    made = build()
    made.live()
    return made


def _decide(client: Any, scene: Scene, do: str, pair: tuple[Any, Any], why: str) -> Any:
    given = {"one": str(pair[0]), "other": str(pair[1]), "do": do, "why": why}
    return client.post(f"/operations/{scene.operation}/duplicates/act/", given)


def test_a_person_decides_and_a_change_opens_the_pair_again(scene: Scene) -> None:
    """Both records with the reasons and the values that differ; the reason of the decision is required; "not
    the same" ends with a correction; another organisation neither sees the decision nor loses its pair."""
    page = f"/operations/{scene.operation}/duplicates/"
    first = scene.send("bb.post", "seizure")
    second = scene.send("bb.contact", "seizure", {"place": "Post 1 North"})
    pair = tuple(sorted((first.pk, second.pk)))
    client = scene.client("bb.contact")
    shown = client.get(page).content.decode()
    assert "same quantity" in shown
    assert "Post 1 North" in shown
    assert "differs" in shown
    refused = _decide(client, scene, "apart", pair, "")
    assert refused.status_code == 422
    assert not Comparison.objects.using("intake").exists()
    assert _decide(client, scene, "apart", pair, "Two parcels of one lorry").status_code == 302
    assert "No pair to compare" in client.get(page).content.decode()
    decided = client.get(f"{page}?which=apart").content.decode()
    assert "Two parcels of one lorry" in decided
    other = scene.client("aa.coordinator").get(page).content.decode()
    assert "same quantity" in other
    assert "Two parcels" not in other
    # The decision named versions: a correction opens the pair again, an old page does not close it.
    with scene.by("bb.post") as post:
        entered = messages.Entered(
            new_id(), "seizure", {**TYPED["seizure"], "happened": when(), "quantity": "12,6"}
        )
        correct(post, first.pk, 1, "Weighed again", entered)
    assert "the quantities are nearly equal" in client.get(page).content.decode()
    assert "No pair with this decision" in client.get(f"{page}?which=apart").content.decode()
    assert _decide(client, scene, "same", pair, "Entered twice").status_code == 422
    assert Comparison.objects.using("intake").count() == 1
    found = re.findall(r'name="(?:one|other)" value="([^"]+)"', client.get(page).content.decode())
    assert _decide(client, scene, "same", (found[0], found[1]), "Entered twice").status_code == 302
    # Nothing is merged: both records stay, and one is withdrawn by its organisation.
    assert "choose “Withdraw”" in client.get(f"{page}?which=same").content.decode()
    with scene.by("bb.contact") as contact:
        correct(contact, second.pk, 1, "Entered twice", None)
    assert "No pair with this decision" in client.get(f"{page}?which=same").content.decode()
    assert Message.objects.using("intake").filter(kind="seizure").count() == 4


def test_who_may_not_decide(scene: Scene) -> None:
    """A reader whose role does not report gets no form, and the database refuses his decision; so does a page
    that names records that the user does not see."""
    pair = (scene.send("bb.post", "seizure").pk, scene.send("bb.post", "seizure").pk)
    supervisor = scene.client("aa.second")
    page = supervisor.get(f"/operations/{scene.operation}/duplicates/").content.decode()
    assert "same quantity" in page
    assert "duplicates/act/" not in page
    assert _decide(supervisor, scene, "apart", pair, "Two parcels").status_code == 422
    assert _decide(scene.client("cc.post"), scene, "apart", pair, "Two").status_code == 422
    assert not Comparison.objects.using("intake").exists()
