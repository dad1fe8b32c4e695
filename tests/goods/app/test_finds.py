"""A find without a declaration: recorded, shown, counted, and linked to a place and a means of transport."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from vedette.goods.formats import find

if TYPE_CHECKING:
    from tests.goods.app.desk import Desk

pytestmark = pytest.mark.database
GIVEN = {
    "description": "Twelve detonators behind the seat", "place": "Gate 2", "mode": "3",
    "means": "DK 4417 A", "container": "",
}  # fmt: skip


def test_from_the_form_to_the_seizure(desk: Desk) -> None:
    """The form, the worker, the control, the seizure with the place and the vehicle, the list with its
    counts; sent twice, everything is stored once. A colleague's list shows it; another organisation's does
    not."""
    from tests.goods.app.desk import Desk

    from vedette.apps.enforcement.models import ControlOrder, Seizure
    from vedette.apps.inbox.models import Inbox
    from vedette.apps.subjects.models import Identifier
    from vedette.goods.app.models import GoodsItem

    page, form = desk.client(), uuid.uuid4()
    for _ in range(2):
        sent = page.post("/goods/finds/new/", {**GIVEN, "id": form})
        assert (sent.status_code, sent["Location"]) == (302, f"/goods/finds/{form}/")
    assert Inbox.objects.using("intake").filter(source="form").count() == 1
    waits = page.get(f"/goods/finds/{form}/")
    assert waits["Refresh"] == "2"
    assert "being stored" in waits.content.decode()
    assert page.post(f"/goods/finds/{form}/").status_code == 200
    assert not ControlOrder.objects.using("intake").exists()
    desk.work(timezone.now())
    stored = page.get(f"/goods/finds/{form}/")
    assert "Refresh" not in stored
    assert "DK 4417 A" in stored.content.decode()
    item = GoodsItem.objects.using("intake").get(declaration__document=find.DOCUMENT)
    kinds = set(Identifier.objects.using("intake").filter(subject_id=item.pk).values_list("kind"))
    assert ("vehicle",) in kinds
    assert f'href="/goods/finds/{item.pk}/"' in page.get("/goods/finds/").content.decode()
    for address in (item.pk, form):
        begun = page.post(f"/goods/finds/{address}/")
    order = ControlOrder.objects.using("intake").get()
    assert (begun["Location"], order.state) == (f"/controls/{order.pk}/field/", "begun")
    assert (order.subject_id, order.hit_id, order.random) == (item.pk, None, False)
    field = f"/controls/{order.pk}/field/"
    assert "Gate 2" in page.get(field).content.decode()
    seized = page.post(field, {
        "do": "seize", "id": uuid.uuid4(), "measure": "seizure", "kind": "detonator", "amount": "12",
        "unit": "piece", "basis": "Customs code, art. 31", "text": "",
    })  # fmt: skip
    assert seized.status_code == 302, seized.content.decode()
    # One tap does not confirm the result: it cannot be cancelled.
    assert page.post(field, {"do": "finish", "finding": "found"}).status_code == 422
    given = {"do": "finish", "finding": "found", "sure": "yes"}
    assert page.post(field, given).status_code == 302
    seizure = Seizure.objects.using("intake").get()
    version = seizure.versions.using("intake").get()
    assert (seizure.subject_id, version.conveyance) == (item.pk, "road")
    shown = page.get(f"/seizures/{seizure.pk}/").content.decode()
    assert "DK 4417 A" in shown
    assert "Gate 2" in shown
    for language, words in (
        (
            "en",
            "Finds this year: 1. Controls completed: 1. Finds with a seizure or a detention: 1.",
        ),
        (
            "fr",
            "Découvertes de l’année\u00a0: 1. Contrôles terminés\u00a0: 1."
            " Découvertes avec une saisie ou une retenue\u00a0: 1.",
        ),
    ):
        listed = desk.client("supervisor", language).get("/goods/finds/").content.decode()
        assert words in listed
        assert "Twelve detonators" in listed
        assert "DK 4417 A" in listed
    theirs = Desk(desk.connection, "theirs").client()
    assert "Twelve detonators" not in theirs.get("/goods/finds/").content.decode()
    assert theirs.get(f"/goods/finds/{form}/").status_code == 404
    assert page.get(f"/goods/finds/{uuid.uuid4()}/").status_code == 404


def test_the_form_keeps_what_was_typed_and_bounds_it(desk: Desk) -> None:
    """Missing, too long and unknown values are named; the others are kept; nothing is stored. A role without
    the right to carry out controls sends nothing."""
    from vedette.apps.inbox.models import Inbox

    before = Inbox.objects.using("intake").count()
    for wrong, marked in (
        ({"place": ""}, 1),
        ({"description": "\0 ", "place": "x" * 121}, 2),
        ({"mode": "9"}, 1),
        ({"means": "x" * 61, "container": "C" * 18}, 2),
    ):
        answer = desk.client().post("/goods/finds/new/", {**GIVEN, **wrong, "id": "none"})
        text = answer.content.decode()
        assert answer.status_code == 422
        assert text.count('class="err"') == marked
        assert 'value="DK 4417 A"' in text or "means" in wrong
    assert desk.client("analyst").post("/goods/finds/new/", GIVEN).status_code == 403
    assert Inbox.objects.using("intake").count() == before


def test_a_declared_item_is_no_find(desk: Desk) -> None:
    """Its control still needs a decision or the random selection."""
    from tests.apps.profiles.story import acting

    from vedette.apps.enforcement.actions import controls
    from vedette.goods.app.finds import records

    officer, item = desk.people["officer"], desk.item(2)
    with acting(officer):
        assert records.about(item) is None
        given = controls.Ordered(uuid.uuid4(), timezone.now() + controls.LONGEST_DUE / 2, "Quay 4")
        with pytest.raises(controls.Refused) as refused:
            controls.order(officer, item, None, given)
    assert refused.value.code == "not_drawn"
