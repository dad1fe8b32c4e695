"""Delivery and storing of field entries: once, in parts, by whom, under which form."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import io
import os
import random
import re
import uuid
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, UnreadablePostError
from django.test import Client
from PIL import Image
from tests.apps.offline.work import work
from tests.apps.operations.scene import TYPED, Scene, build, when

from vedette.apps.accounts.models import User
from vedette.apps.keyring import keyring
from vedette.apps.offline import taking
from vedette.apps.offline.models import Entry, Part, Photograph
from vedette.apps.operations.actions import templates
from vedette.apps.operations.models import Message, Nominal, Operation
from vedette.core import message_forms
from vedette.formats import field_entries


@pytest.fixture
def scene(database: str, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Three organisations with a live operation."""
    from vedette.apps.accounts import factors

    monkeypatch.setattr(factors, "must_have_factor", lambda user: False)
    made = build()
    made.live()
    return made


def _entry(
    scene: Scene, form: str = "control", who: str = "bb.post", **more: Any
) -> field_entries.Entry:
    """An entry as the device of a person makes it."""
    given = {
        "id": uuid.uuid4(), "owner": scene.people[who].pk, "made": dt.datetime.now(dt.UTC),
        "kind": "operation", "target": scene.operation, "form": form, "template": 1,
        "values": {**TYPED[form], "happened": when(1)},
    } | more  # fmt: skip
    return field_entries.Entry(**given)


def _sealed(entry: field_entries.Entry) -> bytes:
    return keyring().seal(field_entries.write(entry), "field")


def _send(
    client: Client, entry: field_entries.Entry, blob: bytes, start: int = 0, end: int | None = None,
    ahead: dt.timedelta = dt.timedelta(), **more: Any,
) -> dict[str, Any]:  # fmt: skip
    stated = {
        "id": str(entry.id), "owner": entry.owner,
        "size": len(blob), "hash": hashlib.sha256(blob).hexdigest(),
        "made": entry.made.isoformat(), "now": (dt.datetime.now(dt.UTC) + ahead).isoformat(),
        "from": start,
    } | more  # fmt: skip
    answer = client.post(
        "/field/send/",
        blob[start:end],
        content_type="application/octet-stream",
        query_params=stated,
    )
    assert answer.status_code == 200, answer.status_code
    return dict(answer.json())


def _row(entry: field_entries.Entry) -> Entry:
    return Entry.objects.using("intake").get(pk=entry.id)


def test_sent_twice_is_stored_once(scene: Scene) -> None:
    """The server acknowledges id and hash each time, before and after a worker stored the entry. Nominal
    values stay in the own organisation. The sealed bytes are gone afterwards."""
    entry = _entry(scene, "seizure")
    blob, client = _sealed(entry), scene.client("bb.post")
    stored = {
        "have": len(blob),
        "stored": True,
        "id": str(entry.id),
        "hash": hashlib.sha256(blob).hexdigest(),
    }
    assert _send(client, entry, blob) == stored
    assert _send(client, entry, blob) == stored
    work()
    work()
    assert _send(client, entry, blob) == stored
    message = Message.objects.using("intake").get(kind="seizure")
    assert (message.pk, message.by_id) == (entry.id, scene.people["bb.post"].pk)
    assert "person" not in message.values
    assert Nominal.objects.using("intake").get().values["person"] == "Jane Planted"
    row = _row(entry)
    assert (row.state, row.sealed, row.content, row.result) == ("stored", None, None, message.pk)


def test_nothing_leaves_before_its_writer_saw_the_recipients(scene: Scene) -> None:
    """A stored entry is in the national record only. Its writer sends it from its page, after the preview."""
    entry, client = _entry(scene), scene.client("bb.post")
    _send(client, entry, _sealed(entry))
    work()
    assert Message.objects.using("intake").get(pk=entry.id).sent_at is None
    address = f"/operations/messages/{entry.id}/"
    assert scene.client("aa.coordinator").get(address).status_code == 404
    to_do = "Check the recipients and send your entries"
    assert to_do in client.get("/operations/").content.decode()
    assert to_do not in scene.client("bb.contact").get("/operations/").content.decode()
    assert "Not sent yet" in client.get("/entries/").content.decode()
    assert "cannot read the entry yet" in client.get(f"/entries/{entry.id}/").content.decode()
    token = re.search(r'name="token" value="([^"]+)"', client.get(address).content.decode())
    assert token
    client.post(f"{address}act/", {"do": "send", "token": token[1]})
    assert Message.objects.using("intake").get(pk=entry.id).sent_at is not None
    assert scene.client("aa.coordinator").get(address).status_code == 200
    assert to_do not in client.get("/operations/").content.decode()
    assert "Not sent yet" not in client.get("/entries/").content.decode()
    # A correction of what was sent is sent with the other entries; what was withdrawn unsent is not offered.
    fixed = _entry(scene, what="correct", amends=entry.id, why="Counted", values=entry.values)
    other = _entry(scene)
    gone = _entry(scene, what="withdraw", amends=other.id, why="Not ours", values={})
    for one in (fixed, other, gone):
        _send(client, one, _sealed(one))
    for _ in range(2):
        work()
    together = f"/operations/{scene.operation}/send/"
    assert together in client.get(f"/entries/{fixed.id}/").content.decode()
    assert "Send 1 entry" in client.get(together).content.decode()


def test_sending_cut_at_random_bytes_resumes_there(scene: Scene) -> None:
    """Parts of random size, each sent twice, some from a wrong place: the bytes arrive once and in order."""
    drawn = random.Random(7)
    picture = io.BytesIO()
    Image.effect_noise((900, 700), 90).save(picture, "JPEG")
    entry = _entry(scene, photographs=(picture.getvalue(),))
    blob, client = _sealed(entry), scene.client("bb.post")
    have, turns = 0, 0
    while True:
        turns += 1
        end = have + drawn.randint(0, 60_000)
        answer = _send(client, entry, blob, have, end)
        if answer["stored"]:
            break
        assert answer["have"] == min(end, len(blob))
        assert _send(client, entry, blob, have, end)["have"] == answer["have"]
        assert _send(client, entry, blob, 3, 9)["have"] == answer["have"]
        have = answer["have"]
    assert turns > 2
    assert not Part.objects.using("intake").exists()
    work()
    found = Photograph.objects.using("intake").get()
    assert bytes(found.digest) == hashlib.sha256(picture.getvalue()).digest()
    page = client.get(f"/entries/{entry.id}/").content.decode()
    assert f"/entries/photos/{found.pk}/" in page
    assert Image.open(io.BytesIO(client.get(f"/entries/photos/{found.pk}/").content)).size == (
        900,
        700,
    )
    assert (
        f"/entries/photos/{found.pk}/"
        in client.get(f"/operations/messages/{entry.id}/").content.decode()
    )
    assert scene.client("aa.post").get(f"/entries/photos/{found.pk}/").status_code == 404


def test_a_connection_that_is_cut_within_a_part_is_no_error_of_the_server(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log of the operator names no error, nothing is stored, and the device sends the part again."""
    entry, client = _entry(scene), scene.client("bb.post")
    stated = {
        "id": str(entry.id), "owner": entry.owner, "size": 9, "hash": "00" * 32, "from": 0,
        "made": entry.made.isoformat(), "now": entry.made.isoformat(),
    }  # fmt: skip

    def cut(request: HttpRequest) -> bytes:
        raise UnreadablePostError

    monkeypatch.setattr(HttpRequest, "body", property(cut))
    kind = "application/octet-stream"
    answer = client.post("/field/send/", b"part", content_type=kind, query_params=stated)
    assert answer.status_code == 400
    assert not Part.objects.using("intake").exists()


def test_a_damaged_transfer_begins_again(scene: Scene) -> None:
    """Bytes that differ from the hash are not acknowledged."""
    entry = _entry(scene)
    blob, client = _sealed(entry), scene.client("bb.post")
    changed = bytes([*blob[:-1], blob[-1] ^ 1])
    hash_ = hashlib.sha256(blob).hexdigest()
    assert _send(client, entry, changed, hash=hash_) == {"have": 0, "stored": False}
    assert _send(client, entry, blob)["stored"]


def test_another_person_sends_nothing_in_the_first_ones_name(scene: Scene) -> None:
    """Neither with a session of another person, nor by a number that is taken, nor with a content that names
    somebody else."""
    entry = _entry(scene)
    blob = _sealed(entry)
    assert _send(scene.client("bb.contact"), entry, blob)["code"] == "person"
    assert not Entry.objects.using("intake").exists()
    forged = _entry(scene, who="bb.contact", id=entry.id)
    assert _send(scene.client("bb.contact"), forged, blob)["stored"]
    assert _send(scene.client("bb.post"), entry, blob)["code"] == "id"
    assert (
        _send(scene.client("aa.post"), _entry(scene, who="aa.post", id=entry.id), blob)["code"]
        == "id"
    )
    work()
    assert (_row(entry).state, _row(entry).code) == ("problem", "sender")
    assert not Message.objects.using("intake").filter(kind="control").exists()


HOSTILE: dict[str, Callable[[bytes], bytes]] = {
    "damaged": lambda blob: b"%PDF-1.7" + blob,
    "installation": lambda blob: blob[:4] + b"field-9-00000000" + blob[20:],
}


@pytest.mark.parametrize("code", HOSTILE)
def test_bytes_that_this_installation_cannot_open_are_refused(scene: Scene, code: str) -> None:
    """No sealed data, and data that a device of another installation sealed. The device keeps the entry."""
    entry = _entry(scene)
    assert _send(scene.client("bb.post"), entry, HOSTILE[code](_sealed(entry)))["code"] == code
    assert not Entry.objects.using("intake").exists()


@pytest.mark.parametrize(
    "stated",
    [
        {"size": "x"},
        {"size": "9" * 30},
        {"hash": "zz"},
        {"owner": "x"},
        {"made": "now"},
        {"from": "-1"},
    ],
)
def test_a_wrong_request_is_named(scene: Scene, stated: dict[str, str]) -> None:
    """Sizes, ids and times that are none."""
    entry = _entry(scene)
    assert _send(scene.client("bb.post"), entry, _sealed(entry), **stated)["code"] == "request"


def test_a_part_and_an_entry_are_bounded(scene: Scene) -> None:
    """Larger parts and entries are refused before they are stored."""
    entry, client = _entry(scene), scene.client("bb.post")
    assert _send(client, entry, b"x" * (256 * 1024 + 1))["code"] == "large"
    assert _send(client, entry, b"x", size=8 * 1024 * 1024 + 1)["code"] == "large"


def test_an_entry_of_an_older_form_is_stored_under_it(scene: Scene) -> None:
    """The coordinator required a further field in the meantime."""
    entry = _entry(scene)
    with scene.by("aa.coordinator") as user:
        templates.change(
            user, scene.operation, "control", 1, lambda form: message_forms.require(form, "mode")
        )
    late = _entry(scene, template=2, values={**_entry(scene).values, "mode": ""})
    for one in (entry, late):
        assert _send(scene.client("bb.post"), one, _sealed(one))["stored"]
    work()
    assert Message.objects.using("intake").get(pk=entry.id).template == 1
    row = _row(late)
    assert (row.state, row.code, row.problems) == ("problem", "values", {"mode": "missing"})
    page = scene.client("bb.post").get(f"/entries/{late.id}/").content.decode()
    assert "Post 1" in page
    # The field is named as in the form, and the page says how the entry is corrected.
    assert "<b>Mode of transport</b>" in page
    assert "open the page for field work and choose “Correct…”" in page
    assert "T" not in re.findall(r"<dt>Date and time</dt><dd><bdi>([^<]*)<", page)[0]


def test_a_wrong_clock_loses_nothing_and_is_visible(scene: Scene) -> None:
    """A device two days fast: the time that is counted is corrected, the typed one is kept, and the page
    shows both clocks."""
    ahead = dt.timedelta(days=2)
    made = dt.datetime.now(dt.UTC) + ahead
    entry = _entry(scene, made=made, values={**TYPED["control"], "happened": when(-2)})
    assert _send(scene.client("bb.post"), entry, _sealed(entry), ahead=ahead)["stored"]
    work()
    message = Message.objects.using("intake").get(pk=entry.id)
    assert abs(message.happened_at - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=5)
    assert (
        message.values["happened"] == when(-2) or message.values["happened"][:10] == when(-2)[:10]
    )
    page = scene.client("bb.post").get(f"/entries/{entry.id}/").content.decode()
    assert re.search(r"clock of the device was 2.880 min fast", page)


def test_entries_of_a_suspended_account_wait_for_a_supervisor(scene: Scene) -> None:
    """The account is suspended after the delivery. A supervisor sees the entry, and it is stored in the name
    of who accepts it; a colleague does not see it."""
    entry = _entry(scene)
    assert _send(scene.client("bb.post"), entry, _sealed(entry))["stored"]
    User.objects.using("intake").filter(pk=entry.owner).update(suspended_at=dt.datetime.now(dt.UTC))
    work()
    assert (_row(entry).state, _row(entry).code) == ("held", "suspended")
    contact = scene.client("bb.contact")
    assert f"/entries/{entry.id}/" in contact.get("/entries/?of=others").content.decode()
    assert scene.client("aa.contact").get(f"/entries/{entry.id}/").status_code == 404
    assert contact.post(f"/entries/{entry.id}/act/", {"do": "accept"}).status_code == 302
    work()
    message = Message.objects.using("intake").get(pk=entry.id)
    assert message.by_id == scene.people["bb.contact"].pk
    assert _row(entry).author_id == entry.owner


def test_corrections_and_withdrawals_of_waiting_entries(scene: Scene) -> None:
    """They arrive before the entry that they correct, and after it; one corrects an entry that could not be
    stored."""
    client = scene.client("bb.post")
    first = _entry(scene)
    fixed = _entry(
        scene, what="correct", amends=first.id, why="Counted again",
        values={**first.values, "controls": "11"},
    )  # fmt: skip
    gone = _entry(scene, what="withdraw", amends=first.id, why="Not ours", values={})
    for one in (fixed, first, gone):
        assert _send(client, one, _sealed(one))["stored"]
    for _ in range(3):
        work()
    rows = Message.objects.using("intake").filter(root=first.id).order_by("version")
    assert [(row.controls, row.withdraws) for row in rows] == [(4, False), (11, False), (11, True)]
    bad = _entry(scene, values={**first.values, "controls": "many"})
    good = _entry(scene, what="correct", amends=bad.id, why="Typing error")
    for one in (bad, good):
        _send(client, one, _sealed(one))
    for _ in range(2):
        work()
    assert (_row(bad).state, _row(good).state) == ("replaced", "stored")
    assert Message.objects.using("intake").get(pk=good.id).version == 1


def test_a_photograph_that_is_a_pdf_is_left_out(scene: Scene) -> None:
    """The entry is stored, and the page names what was left out."""
    picture = io.BytesIO()
    Image.new("RGB", (64, 48)).save(picture, "JPEG")
    entry = _entry(scene, photographs=(b"%PDF-1.7", picture.getvalue()))
    _send(scene.client("bb.post"), entry, _sealed(entry))
    work()
    row = _row(entry)
    assert (row.state, row.code, row.problems) == ("stored", "photograph", {"1": "format"})
    assert [one.number for one in Photograph.objects.using("intake").filter(entry_id=row.pk)] == [2]


def test_after_the_end_an_entry_is_late_and_not_lost(scene: Scene) -> None:
    """What a post entered before the end and could not send stays in its national record."""
    entry = _entry(scene)
    scene.state("followup")
    _send(scene.client("bb.post"), entry, _sealed(entry))
    work()
    message = Message.objects.using("intake").get(pk=entry.id)
    assert (message.sent_at, _row(entry).state) == (None, "stored")
    assert message.late_at is not None


def _file(entries: list[field_entries.Entry]) -> bytes:
    return field_entries.write_file(
        [field_entries.Sealed(one.id, one.owner, one.made, _sealed(one)) for one in entries]
    )


def _hand_in(client: Client, content: bytes) -> Any:
    return client.post("/entries/hand-in/", {"file": SimpleUploadedFile("a.vfe", content)})


def test_a_file_is_handed_in_on_another_device(scene: Scene) -> None:
    """Own entries are stored; those of another person wait. A cut file gives its complete entries. When the
    device sends the same entry later, it is acknowledged and stored once."""
    own, others, cut = _entry(scene), _entry(scene, who="bb.contact"), _entry(scene)
    content = _file([own, others, cut])
    page = _hand_in(scene.client("bb.post"), content[:-10])
    assert page.status_code == 200
    found = Entry.objects.using("intake").order_by("state").values_list("pk", "state")
    assert list(found) == [(others.id, "held"), (own.id, "waiting")]
    assert _hand_in(scene.client("bb.post"), b"PK\x03\x04").status_code == 422
    blob = content[content.index(b"VF1", content.index(str(others.id).encode())) :]
    blob = blob[: _row(others).size]
    assert _send(scene.client("bb.contact"), others, blob)["stored"]
    work()
    assert {row.state for row in Entry.objects.using("intake").all()} == {"stored"}
    assert Message.objects.using("intake").get(pk=others.id).by_id == others.owner


def test_the_page_is_the_same_for_everybody(scene: Scene) -> None:
    """The device keeps it: no name, no organisation, no operation, and a script of at most 20 kB."""
    client = scene.client("bb.post")
    pages = [
        one.get("/field/", headers={"accept-language": "en"}).content for one in (client, Client())
    ]
    assert pages[0] == pages[1]
    address = re.search(r'href="(/field/cards/en-[0-9a-f]{12}\.json)"', pages[0].decode())
    assert address
    cards = client.get(address[1])
    assert cards.headers["Cache-Control"].endswith("immutable")
    assert "Nitric acid" in [one["title"] for one in cards.json()]
    assert len(cards.content) < 400_000
    for wrong in ("en-000000000000", address[1][13:-5].replace("en-", "xx-")):
        assert client.get(f"/field/cards/{wrong}.json").status_code == 404
    script = client.get("/field/worker.js")
    assert script.headers["Content-Type"].startswith("text/javascript")
    assert len((files("vedette.web") / "static/field.js").read_bytes()) <= 20_000
    state = client.get("/field/state.json").json()
    assert [one["title"] for one in state["forms"]] == ["Nothing found", "Seizure", "Control"]
    assert state["forms"][0]["preset"] == {"found": "no"}
    assert Client().get("/field/state.json").status_code == 302
    # An observer reports nothing in the operation. The page serves analysts who take part in a mission.
    assert scene.client("bb.observer").get("/field/state.json").json()["forms"] == []


def test_old_entries_and_parts_are_deleted(scene: Scene) -> None:
    """Rows and photographs at the end of their period, also of an entry that still waits; parts after thirty
    days."""
    picture = io.BytesIO()
    Image.new("RGB", (64, 48)).save(picture, "JPEG")
    entry = _entry(scene, photographs=(picture.getvalue(),))
    _send(scene.client("bb.post"), entry, _sealed(entry))
    half = _entry(scene)
    _send(scene.client("bb.post"), half, _sealed(half), end=20)
    work()
    waiting = _entry(scene)
    _send(scene.client("bb.post"), waiting, _sealed(waiting))
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        assert taking.forget(connection, dt.datetime.now(dt.UTC)) == 0
        assert taking.forget(connection, dt.datetime.now(dt.UTC) + dt.timedelta(days=450)) == 3
    assert not Entry.objects.using("intake").exists()
    assert not Photograph.objects.using("intake").exists()
    assert Operation.objects.using("intake").get().state == "live"


def test_the_sealed_bytes_contain_no_value(scene: Scene) -> None:
    """Neither clear nor in base64."""
    entry = _entry(scene, "seizure")
    blob = _sealed(entry)
    for name in (b"Jane Planted", base64.b64encode(b"Jane Planted")[:12]):
        assert name not in blob
