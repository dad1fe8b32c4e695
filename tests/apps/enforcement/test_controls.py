"""Control orders: from the decision or the random control to the finding, and what it changes."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.utils import timezone
from PIL import Image
from tests.apps.enforcement.scene import Scene, photo, refer
from tests.apps.hits import world as worlds
from tests.clock import ticking

from vedette.apps.accounts.models import Act
from vedette.apps.columns import new_id
from vedette.apps.enforcement.actions import controls
from vedette.apps.enforcement.models import Clear, ControlOrder, Entry, Photo
from vedette.apps.enforcement.selectors import controls as selectors
from vedette.apps.hits.models import Confirmed, Event, Result
from vedette.apps.keyring import unlock_bytes
from vedette.apps.subjects.models import Subject
from vedette.core import pictures


def _outcome(scene: Scene) -> str:
    with connections["intake"].cursor() as cursor:
        cursor.execute("SELECT outcome FROM hit_outcome WHERE hit_id = %s", [scene.hit.pk])
        found: str = cursor.fetchone()[0]
    return found


def test_nothing_found_is_one_touch_and_the_result_of_the_hit(scene: Scene) -> None:
    """One form with one button ends the order; the outcome of the hit follows, and can be taken back."""
    order, page = scene.order(), scene.client()
    answer = page.get(f"/controls/{order.pk}/field/")
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "Quay 4, bay C-17" in text
    assert "ZIVODRAGICH" in text
    assert _outcome(scene) == "pending"
    for _ in range(2):  # sent twice, stored once
        answer = page.post(f"/controls/{order.pk}/field/", {"do": "finish", "finding": "nothing"})
        assert answer.status_code == 302
    assert _outcome(scene) == "nothing_found"
    assert Result.objects.using("intake").count() == 1
    given = {"do": "finish", "finding": "found", "sure": "yes"}
    other = page.post(f"/controls/{order.pk}/field/", given)
    assert other.status_code == 422
    kinds = list(Event.objects.using("intake").order_by("pk").values_list("kind", flat=True))
    assert kinds[-2:] == ["control_ordered", "result"]
    for _ in range(2):
        answer = page.post(f"/controls/{order.pk}/field/", {"do": "take_back"})
        assert answer.status_code == 302
    assert _outcome(scene) == "pending"
    again = ControlOrder.objects.using("intake").get(pk=order.pk)
    assert (again.state, again.finding, again.result_id) == ("begun", "", None)
    acts = set(Act.objects.using("intake").values_list("act", flat=True))
    assert {"control.order", "control.finish", "control.take_back", "control.see"} <= acts


def test_ten_minutes_are_the_time_of_the_database(scene: Scene, database: str) -> None:
    """After ten minutes, the finding stays."""
    order, page = scene.order(), scene.client()
    with ticking(database) as clock:
        page.post(f"/controls/{order.pk}/field/", {"do": "finish", "finding": "nothing"})
        clock.jumps(minutes=9, seconds=59)
        assert "take_back" in page.get(f"/controls/{order.pk}/field/").content.decode()
        clock.jumps(seconds=2)
        assert "take_back" not in page.get(f"/controls/{order.pk}/field/").content.decode()
        answer = page.post(f"/controls/{order.pk}/field/", {"do": "take_back"})
        assert answer.status_code == 422
    assert _outcome(scene) == "nothing_found"


def test_an_order_that_falls_due_is_notified_until_it_ends(scene: Scene, database: str) -> None:
    """The officer, the assigned officer and supervisors are notified at the due time. The notification leads
    to the order, and disappears when the order ends."""
    assigned = scene.world.users["officer2"]
    order = scene.order(assigned_to=assigned)
    readers = ("officer", "officer2", "supervisor")

    def told() -> dict[str, str]:
        pages = {one: scene.client(one).get("/notifications/").content.decode() for one in readers}
        return {one: page for one, page in pages.items() if "A control order is past due" in page}

    assert told() == {}
    with ticking(database) as clock:
        clock.jumps(minutes=61)
        assert set(told()) == set(readers)
        with scene.world.seen_by() as user:
            controls.finish(user, order.pk, "nothing")
        assert told() == {}


def test_a_finding_confirms_the_hit(scene: Scene) -> None:
    """The subject is confirmed, which history features of later subjects read."""
    order = scene.order()
    with scene.world.seen_by() as user:
        controls.finish(user, order.pk, "found")
    assert _outcome(scene) == "confirmed"
    assert Confirmed.objects.using("intake").get().subject_id == scene.hit.subject_id


def test_two_officers_order_one_control(scene: Scene) -> None:
    """A second order for the same decision is refused; the same order sent twice is stored once."""
    first = scene.order()
    assert scene.order(id=first.pk).pk == first.pk
    with pytest.raises(controls.Refused, match="ordered"):
        scene.order()
    with scene.world.seen_by() as user:
        controls.withdraw(user, first.pk, "The container left.")
    assert scene.order().state == "ordered"
    assert ControlOrder.objects.using("intake").count() == 2


def test_a_released_hit_needs_no_control(scene: Scene) -> None:
    """Neither does a subject that nobody selected."""
    on = scene.world.flight("YY 418", 90)
    hit = worlds.hit(scene.world, worlds.journey(scene.world, on, "DIOP", "ADA"))
    refer(scene.world, hit, "release")
    given = controls.Ordered(new_id(), timezone.now() + dt.timedelta(hours=1), "Gate 2")
    with scene.world.seen_by() as user:
        for of, code in ((hit.pk, "not_referred"), (None, "not_drawn")):
            with pytest.raises(controls.Refused, match=code):
                controls.order(user, hit.subject_id, of, given)
    page = scene.client()
    late = {"id": uuid.uuid4(), "place": "Gate 2", "due": "2020-01-01T10:00"}
    assert page.post(f"/hits/{scene.hit.pk}/control/", late).status_code == 422
    assert not ControlOrder.objects.using("intake").exists()


def test_entries_are_stored_once_and_struck_out(scene: Scene) -> None:
    """Checks, quantities, seals and samples; the ids come from the form."""
    order, page, id_ = scene.order(), scene.client(), uuid.uuid4()
    address = f"/controls/{order.pk}/field/"
    checks = {
        "do": "check", "id": id_, "check-document": "as_declared", "check-cash": "different",
    }  # fmt: skip
    for _ in range(2):
        assert page.post(address, checks).status_code == 302
    assert Entry.objects.using("intake").filter(kind="check").count() == 2
    forms = [
        {"do": "quantity", "amount": "4 655,5", "unit": "kg", "what": "weighed", "text": "drums"},
        {"do": "quantity", "amount": "20", "unit": "drum", "what": "counted"},
        {"do": "seal", "text": "D-5O021", "what": "removed"},
        {"do": "sample", "text": "E-1, 250 ml, drum 7", "what": "taken"},
    ]
    for form in forms:
        sent = {**form, "id": uuid.uuid4()}
        assert [page.post(address, sent).status_code for _ in range(2)] == [302, 302]
    rows = Entry.objects.using("intake").filter(kind="quantity").order_by("at")
    assert [(one.amount, one.unit) for one in rows] == [
        (Decimal("4655.5"), "kg"), (Decimal(20), "drum"),
    ]  # fmt: skip
    text = page.get(address).content.decode()
    assert "Check: O0" in text
    assert "4,655.5\u00a0kg" in text
    assert ControlOrder.objects.using("intake").get().state == "begun"
    seal = Entry.objects.using("intake").get(kind="seal")
    assert page.post(address, {"do": "strike", "entry": seal.pk}).status_code == 302
    assert "D-5O021" not in page.get(address).content.decode()
    assert Entry.objects.using("intake").get(kind="seal").struck_at


@pytest.mark.parametrize(
    "sent",
    [
        {"do": "quantity", "amount": "4,655", "unit": "kg", "what": "counted"},
        {"do": "quantity", "amount": "-1", "unit": "kg", "what": "counted"},
        {"do": "quantity", "amount": "1e30", "unit": "kg", "what": "counted"},
        {"do": "quantity", "amount": "1", "unit": "stone", "what": "counted"},
        {"do": "seal", "text": " ", "what": "placed"},
        {"do": "seal", "text": "x" * 200, "what": "placed"},
        {"do": "seal", "text": "A1", "what": "stolen"},
        {"do": "check", "id": "no id", "check-cash": "as_declared"},
        {"do": "check", "check-cash": "perhaps"},
        {"do": "strike", "entry": "x"},
        {"do": "photograph"},
        {"do": "finish", "finding": "perhaps"},
    ],
)
def test_a_wrong_entry_is_explained_and_nothing_is_stored(
    scene: Scene, sent: dict[str, str]
) -> None:
    """The page is shown again with a sentence, in both languages."""
    order = scene.order()
    for language, words in (("en", 'role="alert"'), ("fr", 'role="alert"')):
        page = scene.client()
        answer = page.post(
            f"/controls/{order.pk}/field/", {"id": uuid.uuid4(), **sent},
            headers={"accept-language": language},
        )  # fmt: skip
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert not Entry.objects.using("intake").exists()


def test_a_photograph_is_made_anew_sealed_and_served_to_whom_may_see_it(scene: Scene) -> None:
    """No metadata is left; the stored bytes are encrypted; the answer has a fixed type and is not kept."""
    order, page, id_, sent = scene.order(), scene.client(), uuid.uuid4(), photo()
    assert b"Maker of telephones" in sent
    address = f"/controls/{order.pk}/field/"
    for _ in range(2):
        file = SimpleUploadedFile("IMG_1.jpg", sent, content_type="image/jpeg")
        answer = page.post(address, {"do": "photograph", "id": id_, "photo": [file]})
        assert answer.status_code == 302
    stored = Photo.objects.using("intake").get()
    # The orientation of the telephone is applied.
    assert (stored.width, stored.height) == (480, 640)
    sealed = bytes(Clear.objects.using("intake").get(record=stored.pk).picture)
    assert b"JFIF" not in sealed
    clear = unlock_bytes(sealed, selectors.PHOTO)
    assert clear[:2] == b"\xff\xd8"
    assert b"Maker" not in clear
    assert b"Exif" not in clear
    answer = page.get(f"/controls/photos/{stored.pk}/")
    assert answer.content == clear
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store"
    small = page.get(f"/controls/photos/{stored.pk}/?small=1")
    assert small.status_code == 200
    other = worlds.build("Elsewhere")
    from tests.apps.journal.scene import signed_in

    stranger = signed_in(other.officer)
    for path in (f"/controls/photos/{stored.pk}/", address, f"/controls/{order.pk}/"):
        assert stranger.get(path).status_code == 404
    assert stranger.get("/controls/").status_code == 200


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"GIF89a", "not a readable photograph"), (b"\xff\xd8\xff\xe0 broken", "damaged"),
        (b"", "not a readable photograph"), (photo()[:900], "damaged"),
        (photo(9000, 6000), "too many pixels"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_photograph(scene: Scene, data: bytes, words: str) -> None:
    """It is refused with a sentence, before its pixels are decoded."""
    order = scene.order()
    file = SimpleUploadedFile("x.jpg", data, content_type="image/jpeg")
    sent = {"do": "photograph", "id": uuid.uuid4(), "photo": file}
    answer = scene.client().post(f"/controls/{order.pk}/field/", sent)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Photo.objects.using("intake").exists()


def test_the_random_control_without_a_hit(scene: Scene) -> None:
    """Subjects that were selected at random wait on the list; a finding confirms them, nothing found does
    not."""
    subject, page = scene.drawn(), scene.client()
    assert "MARTIN" in page.get("/controls/").content.decode()
    due = timezone.localtime(timezone.now() + dt.timedelta(hours=1))
    sent = {"id": uuid.uuid4(), "place": "Gate 4", "due": f"{due:%Y-%m-%dT%H:%M}", "team": "Team 2"}
    for _ in range(2):
        answer = page.post(f"/draws/{subject}/control/", sent)
        assert answer.status_code == 302
    order = ControlOrder.objects.using("intake").get()
    assert (order.random, order.hit_id, order.team) == (True, None, "Team 2")
    text = page.get("/controls/?team=Team+2").content.decode()
    assert "Gate 4" in text
    with scene.world.seen_by() as user:
        controls.finish(user, order.pk, "nothing")
        assert not Confirmed.objects.exists()
        controls.take_back(user, order.pk)
        controls.finish(user, order.pk, "found")
    assert Confirmed.objects.using("intake").get().subject_id == subject


def test_a_restricted_subject_is_not_controlled(scene: Scene) -> None:
    """Nothing can be entered, and no text is shown."""
    order, page = scene.order(), scene.client()
    with scene.world.seen_by() as user:
        controls.enter(user, order.pk, [
            controls.Entered(uuid.uuid4(), "seal", "removed", text="SECRET-1")
        ])  # fmt: skip
    with scene.world.seen_by(), connection.cursor() as cursor:
        # As the data-protection officer does it.
        cursor.execute("SELECT set_config('vedette.restricted', 'yes', true)")
        cursor.execute("SELECT vedette_restrict(%s, true)", [[scene.hit.subject_id]])
    assert Subject.objects.using("intake").get(pk=scene.hit.subject_id).restricted
    for path in (f"/controls/{order.pk}/", f"/controls/{order.pk}/field/", "/controls/"):
        text = page.get(path).content.decode()
        assert "SECRET-1" not in text
        assert "Quay 4" not in text
        assert "ZIVODRAGICH" not in text
    answer = page.post(f"/controls/{order.pk}/field/", {"do": "finish", "finding": "nothing"})
    assert answer.status_code == 422


def test_an_entry_takes_the_place_of_no_other_text(scene: Scene) -> None:
    """The device makes the id of an entry: with the id of the reason of a withdrawal, the order could not be
    withdrawn."""
    order = scene.order()
    with scene.world.seen_by() as user:
        for id_ in (selectors.withdrawal(order.pk), order.pk):
            with pytest.raises(controls.Refused, match="id"):
                controls.enter(user, order.pk, [controls.Entered(id_, "seal", "removed", text="A")])
        controls.withdraw(user, order.pk, "The consignment left.")


def test_a_result_of_another_hit_is_not_taken_back(scene: Scene) -> None:
    """The web role may write the result of an order. By raw SQL, the function deletes no other result."""
    order = scene.order()
    with scene.world.seen_by() as user:
        controls.finish(user, order.pk, "nothing")
    one = Result.objects.using("intake").get()
    other = Result.objects.using("intake").create(
        organisation_id=one.organisation_id, hit_id=one.hit_id, decision=None, outcome="nothing",
        by_id=one.by_id,
    )  # fmt: skip
    ControlOrder.objects.using("intake").filter(pk=order.pk).update(result_id=other.pk)
    with scene.world.seen_by() as user:
        controls.take_back(user, order.pk)
    assert Result.objects.using("intake").filter(pk=other.pk).exists()


def test_a_photograph_with_a_second_picture_is_read() -> None:
    """Telephones store a second picture in the file."""
    out = io.BytesIO()
    first, second = (Image.new("RGB", (60, 40), colour) for colour in ("navy", "red"))
    first.save(out, "MPO", save_all=True, append_images=[second])
    assert pictures.read(out.getvalue()).width == 60
