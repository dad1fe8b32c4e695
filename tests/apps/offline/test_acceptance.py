"""Entries that another person handed in: who reads them before they are accepted."""

from __future__ import annotations

import datetime as dt
import io
import os
import uuid
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError
from PIL import Image
from tests.apps.offline.work import work
from tests.apps.operations.scene import TYPED, Scene, build, when

from vedette.apps.accounts.models import User
from vedette.apps.keyring import keyring
from vedette.apps.offline import delivery, taking
from vedette.apps.offline.models import Entry, Photograph
from vedette.apps.operations.models import Message
from vedette.formats import field_entries


@pytest.fixture
def scene(database: str, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Three organisations with a live operation, and a second officer in one of them."""
    from vedette.apps.accounts import factors

    monkeypatch.setattr(factors, "must_have_factor", lambda user: False)
    made = build()
    made.live()
    other = User(
        username="bb-officer", organisation=made.homes["bb"], role="officer", first_name="Other",
        last_name="BB", unit=made.units["bb"], password="!",
    )  # fmt: skip
    other.save(using="intake")
    made.people["bb.officer"] = User.objects.get(pk=other.pk)
    return made


def _entry(scene: Scene, owner: str) -> field_entries.Entry:
    picture = io.BytesIO()
    Image.new("RGB", (64, 48)).save(picture, "JPEG")
    values = {**TYPED["seizure"], "happened": when(1), "place": "Handed quay"}
    return field_entries.Entry(
        id=uuid.uuid4(), owner=scene.people[owner].pk, made=dt.datetime.now(dt.UTC), kind="operation",
        target=scene.operation, form="seizure", template=1, values=values, photographs=(picture.getvalue(),),
    )  # fmt: skip


def _handed_in(scene: Scene, entry: field_entries.Entry, by: str, **forged: Any) -> uuid.UUID:
    """Hands in a file with this entry. `forged` replaces what the line of the file states."""
    blob = keyring().seal(field_entries.write(entry), "field")
    stated = {"id": entry.id, "owner": entry.owner, "made": entry.made} | forged
    with scene.by(by) as user:
        done = delivery.hand_in(
            user, field_entries.write_file([field_entries.Sealed(**stated, blob=blob)])
        )
    assert not done.refused
    return uuid.UUID(str(stated["id"]))


def test_the_owner_reads_the_entry_before_the_acceptance(scene: Scene) -> None:
    """The page shows labels, words, photographs and who handed the entry in. Before a worker opened it,
    nobody can accept it. Who handed it in reads nothing of it, before and after."""
    entry = _entry(scene, "bb.post")
    address = f"/entries/{_handed_in(scene, entry, 'bb.officer')}/"
    owner, other = scene.client("bb.post"), scene.client("bb.officer")
    assert "Accept the entry" not in owner.get(address).content.decode()
    refused = owner.post(f"{address}act/", {"do": "accept"})
    assert (refused.status_code, b"not open yet" in refused.content) == (422, True)
    work()
    assert Entry.objects.using("intake").get().state == "held"
    assert not Message.objects.using("intake").filter(kind="seizure").exists()
    page = owner.get(address).content.decode()
    photograph = f"/entries/photos/{Photograph.objects.using('intake').get().pk}/"
    for part in (
        "Handed quay", "Accept the entry", photograph, scene.people["bb.officer"].display(),
        "handed this in as an entry of",
    ):  # fmt: skip
        assert part in page, part
    assert "<dt>place</dt>" not in page
    assert owner.get(photograph).status_code == 200
    for _ in range(2):
        told = other.get(address).content.decode()
        assert "Handed quay" not in told
        assert "Accept the entry" not in told
        assert photograph not in told
        assert other.get(photograph).status_code == 404
        owner.post(f"{address}act/", {"do": "accept"})
        work()
    stored = Message.objects.using("intake").get(kind="seizure")
    assert (stored.by_id, stored.place) == (entry.owner, "Handed quay")
    assert Photograph.objects.using("intake").count() == 1


def test_what_was_discarded_keeps_no_photograph(scene: Scene) -> None:
    """The owner says that the entry is not his."""
    address = f"/entries/{_handed_in(scene, _entry(scene, 'bb.post'), 'bb.officer')}/"
    work()
    owner = scene.client("bb.post")
    photograph = f"/entries/photos/{Photograph.objects.using('intake').get().pk}/"
    assert owner.get(photograph).status_code == 200
    owner.post(f"{address}act/", {"do": "discard", "sure": "yes"})
    # Before a worker deletes it, too.
    for who in ("bb.post", "bb.second"):
        assert scene.client(who).get(photograph).status_code == 404
    page = owner.get(address).content.decode()
    assert "Handed quay" not in page
    assert "/entries/photos/" not in page
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        taking.forget(connection, dt.datetime.now(dt.UTC))
    assert not Photograph.objects.using("intake").exists()
    assert Entry.objects.using("intake").get().state == "discarded"


def test_entries_of_others_are_not_opened_by_a_false_name(scene: Scene) -> None:
    """A person who copied a file of sealed entries states his own name, or that of a colleague who helps
    him. Nobody reads the entries."""
    for owner in ("bb.officer", "bb.deputy"):
        entry = _entry(scene, "bb.post")
        pk = _handed_in(scene, entry, "bb.officer", owner=scene.people[owner].pk)
        work()
        row = Entry.objects.using("intake").get(pk=pk)
        assert (row.state, row.code, row.content) == ("problem", "sender", None)
        assert "Handed quay" not in scene.client(owner).get(f"/entries/{pk}/").content.decode()
    assert not Photograph.objects.using("intake").exists()


def test_nobody_stores_an_entry_in_the_name_of_another_by_sql(scene: Scene) -> None:
    """The web role with the scope of who handed the entry in: it does not go to the worker without its
    acceptance, also not through another state; nobody names a supervisor who accepted nothing, and nobody
    inserts an entry of another person that waits for the worker."""
    forged = _entry(scene, "bb.post")
    pk = _handed_in(scene, forged, "bb.officer")
    work()
    second = scene.people["bb.contact"].pk
    for changes in (
        {"state": "waiting", "code": ""},
        {"state": "waiting", "code": "", "accepted_by_id": second},
        {"state": "waiting", "code": "", "accepted_by_id": scene.people["bb.officer"].pk},
        {"accepted_by_id": second},
    ):
        with pytest.raises(DatabaseError, match="entry: acceptance"), scene.by("bb.officer"):
            Entry.objects.filter(pk=pk).update(**changes)
    with pytest.raises(DatabaseError, match="entry: acceptance"), scene.by("bb.officer"):
        _through_a_problem(pk)
    sealed = keyring().seal(field_entries.write(forged), "field")
    for state, code in (("waiting", ""), ("held", "suspended")):
        row = Entry(
            id=uuid.uuid4(), organisation_id=scene.homes["bb"].pk, author_id=forged.owner, size=len(sealed),
            delivered_by_id=scene.people["bb.officer"].pk, digest=b"x" * 32, sealed=sealed,
            made_at=forged.made, received_at=forged.made, delete_at=forged.made, state=state, code=code,
        )  # fmt: skip
        with pytest.raises(DatabaseError, match="entry: author"), scene.by("bb.officer"):
            row.save(force_insert=True)
    work()
    assert not Message.objects.using("intake").filter(kind="seizure").exists()
    # The contact point accepts it, and it is stored in his name.
    scene.client("bb.contact").post(f"/entries/{pk}/act/", {"do": "accept"})
    work()
    assert Message.objects.using("intake").get(kind="seizure").by_id == second


def _through_a_problem(pk: uuid.UUID) -> None:
    Entry.objects.filter(pk=pk).update(state="problem")
    Entry.objects.filter(pk=pk).update(state="waiting", code="")
