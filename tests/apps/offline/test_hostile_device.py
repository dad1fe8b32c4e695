"""What a person with a changed device may try: entries that stop the worker, and entries in
the name of colleagues without end."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from typing import Any

import pytest
from django.test import Client
from tests.apps.offline.work import work
from tests.apps.operations.scene import TYPED, Scene, build, when

from vedette.apps.keyring import keyring
from vedette.apps.offline import delivery
from vedette.apps.offline.models import Entry
from vedette.formats import field_entries


@pytest.fixture
def scene(database: str, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Three organisations with a live operation."""
    from vedette.apps.accounts import factors

    monkeypatch.setattr(factors, "must_have_factor", lambda user: False)
    made = build()
    made.live()
    return made


def _entry(scene: Scene, form: str = "control", **more: Any) -> field_entries.Entry:
    given = {
        "id": uuid.uuid4(), "owner": scene.people["bb.post"].pk, "made": dt.datetime.now(dt.UTC),
        "kind": "operation", "target": scene.operation, "form": form, "template": 1,
        "values": {**TYPED[form], "happened": when(1)},
    } | more  # fmt: skip
    return field_entries.Entry(**given)


def _send(client: Client, id_: uuid.UUID, owner: uuid.UUID, content: bytes, now: str = "") -> None:
    blob = keyring().seal(content, "field")
    at = dt.datetime.now(dt.UTC).isoformat()
    stated = {
        "id": str(id_), "owner": str(owner), "size": len(blob), "made": at, "now": now or at, "from": 0,
        "hash": hashlib.sha256(blob).hexdigest(),
    }  # fmt: skip
    answer = client.post(
        "/field/send/", blob, content_type="application/octet-stream", query_params=stated
    )
    assert answer.json()["stored"], answer.json()


def test_no_entry_stops_those_behind_it(scene: Scene) -> None:
    """A number, a clock and a time that raised errors in the worker: each becomes an entry with a
    problem, the pages can be read, and the entry behind them is stored."""
    client = scene.client("bb.post")
    number, clock = (
        _entry(scene),
        _entry(scene, values={**TYPED["control"], "happened": when(-9999)}),
    )
    early = _entry(
        scene,
        zone="Pacific/Kiritimati",
        values={**TYPED["control"], "happened": "0001-01-01T00:00"},
    )
    good = _entry(scene)
    head = b'{"id":1e99999999999999999999}'
    _send(client, number.id, number.owner, len(head).to_bytes(4, "big") + head)
    _send(client, clock.id, clock.owner, field_entries.write(clock), "9000-01-01T00:00:00+00:00")
    for one in (early, good):
        _send(client, one.id, one.owner, field_entries.write(one))
    work()
    rows = {row.pk: row for row in Entry.objects.using("intake").all()}
    assert (rows[number.id].state, rows[number.id].code) == ("problem", "unreadable")
    assert (rows[clock.id].state, rows[clock.id].problems) == ("problem", {"happened": "future"})
    assert (rows[early.id].state, rows[early.id].problems) == ("problem", {"happened": "time"})
    assert rows[good.id].state == "stored"
    assert client.get(f"/operations/{scene.operation}/records/").status_code == 200


def test_entries_for_colleagues_are_bounded(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who hands in entries in the name of a colleague fills neither the storage nor the list of who
    accepts them."""
    blob, at = keyring().seal(b"x", "field"), dt.datetime.now(dt.UTC)
    monkeypatch.setattr(delivery, "MOST_HELD", 2 * len(blob))
    made = [
        field_entries.Sealed(uuid.uuid4(), scene.people["bb.post"].pk, at, blob) for _ in range(4)
    ]
    with scene.by("bb.deputy") as user:
        done = delivery.hand_in(user, field_entries.write_file(made))
    assert len(done.held) == 2
    assert [code for _, code in done.refused] == ["full", "full"]
