"""Answers to a diagnostic from the field page: two persons offline for three days, one of whom hands in a
file; nothing is lost, and the differing answers are decided by a person."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import random
import uuid
from functools import cache
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.apps.assistance.scene import Scene
from tests.apps.offline.work import work

from vedette.apps.assistance.models import Entry
from vedette.apps.assistance.selectors import diagnostics as selectors
from vedette.apps.keyring import keyring
from vedette.apps.offline.models import Entry as Sent
from vedette.assistance import banks, merging
from vedette.formats import field_entries

QUESTIONS = banks.example().questions
_START = dt.datetime(2026, 11, 20, 8, tzinfo=dt.UTC)


@pytest.fixture
def offline(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A mission with an open diagnostic, whose persons need no second factor."""
    from vedette.apps.accounts import factors

    monkeypatch.setattr(factors, "must_have_factor", lambda user: False)
    scene.opened()
    return scene


def _forms(scene: Scene, who: str) -> dict[int, dict[str, Any]]:
    """The forms that the device of a person keeps: number of a question → its form."""
    found = scene.client(who).get("/field/state.json").json()["forms"]
    return {
        int(field["id"][1:]): form
        for form in found for field in form["fields"] if field["id"].startswith("l")
    }  # fmt: skip


def _entry(
    scene: Scene,
    who: str,
    form: dict[str, Any],
    made: dt.datetime,
    values: dict[str, str],
    **more: Any,
) -> field_entries.Entry:
    return field_entries.Entry(
        id=uuid.uuid4(), owner=scene.people[who].pk, made=made, kind=form["kind"],
        target=uuid.UUID(form["target"]), form=form["form"], template=form["template"],
        values=form["preset"] | values, **more,
    )  # fmt: skip


@cache
def _sealed_once(id_: uuid.UUID, content: bytes) -> bytes:
    return keyring().seal(content, "field")


def _sealed(entry: field_entries.Entry) -> bytes:
    """An entry as its device sealed it, which it does once."""
    return _sealed_once(entry.id, field_entries.write(entry))


def _send(scene: Scene, who: str, entry: field_entries.Entry) -> None:
    blob = _sealed(entry)
    stated = {
        "id": str(entry.id), "owner": entry.owner, "size": len(blob), "from": 0,
        "hash": hashlib.sha256(blob).hexdigest(), "made": entry.made.isoformat(),
        "now": dt.datetime.now(dt.UTC).isoformat(),
    }  # fmt: skip
    answer = scene.client(who).post(
        "/field/send/", blob, content_type="application/octet-stream", query_params=stated
    )
    assert answer.json()["stored"]


def _level(number: int, level: int) -> dict[str, str]:
    evidence = {f"e{number}": f"seen {number}"} if level >= 3 else {}
    return {f"l{number}": str(level)} | evidence


def test_two_persons_offline_lose_nothing(offline: Scene) -> None:
    """70 questions, 60 on both devices, 20 of them differently; three days, everything twice and in a random
    order, one person by a file: every answer with its author is there, and exactly 20 are to decide."""
    drawn = random.Random(20261203)
    both, differ = drawn.sample(range(1, 71), 60), set[int]()
    differ = set(both[:20])
    entries: dict[str, list[field_entries.Entry]] = {}
    told: dict[str, dict[int, int]] = {"pp.leader": {}, "oo.assessor": {}}
    left = [n for n in range(1, 71) if n not in both]
    for who, own in (("pp.leader", both + left[:5]), ("oo.assessor", both + left[5:])):
        forms, made = _forms(offline, who), []
        assert set(forms) == set(range(1, 71))
        by_form = itertools.groupby(sorted(own), key=lambda n: forms[n]["key"])
        for step, (_key, numbers) in enumerate(by_form):
            values: dict[str, str] = {}
            for number in numbers:
                level = number % 5 + (number in differ and who == "oo.assessor")
                told[who][number] = level
                values |= _level(number, level)
                form = forms[number]
            made.append(_entry(offline, who, form, _START + dt.timedelta(hours=10 * step), values))
        entries[who] = made
    order = entries["pp.leader"] * 2
    drawn.shuffle(order)
    for entry in order:
        _send(offline, "pp.leader", entry)
    work()
    sealed = [
        field_entries.Sealed(one.id, one.owner, one.made, _sealed(one))
        for one in entries["oo.assessor"]
    ]
    file = field_entries.write_file(sealed)
    for _ in range(2):
        offline.client("oo.assessor").post(
            "/entries/hand-in/", {"file": SimpleUploadedFile("a.vfe", file)}
        )
        work()
    assert {row.state for row in Sent.objects.using("intake").all()} == {"stored"}
    one = offline.diagnostic()
    rows = list(Entry.objects.using("intake").all())
    stored = {(row.author_id, row.question): row.value["level"] for row in rows}
    assert stored == {
        (offline.people[who].pk, QUESTIONS[number - 1].id): level
        for who, answers in told.items() for number, level in answers.items()
    }  # fmt: skip
    assert len(rows) == 130
    found = selectors.answers(one, banks.example(), "assessed", "intake")
    assert {QUESTIONS[number - 1].id for number in differ} == set(found.conflicts)
    assert len(found.merged) == 70
    read = selectors.entries(one, "assessed", "intake")
    first, _ = merging.merge(read)
    for _ in range(20):
        drawn.shuffle(read)
        assert merging.merge([*read, *read[:9]])[0] == first


def test_an_answer_replaces_what_its_author_saw(offline: Scene) -> None:
    """An answer that is based on another does not differ from it; a correction replaces the own answer; a
    level without evidence keeps its values with the reason; a frozen diagnostic takes none."""
    offline.answer("pp.leader", 1, 1)
    form = _forms(offline, "oo.assessor")[1]
    before = _entry(offline, "oo.assessor", form, _START, _level(1, 2))
    _send(offline, "oo.assessor", before)
    later = _entry(
        offline, "oo.assessor", form, _START + dt.timedelta(hours=1), _level(1, 4), what="correct",
        amends=before.id, why="Seen again",
    )  # fmt: skip
    _send(offline, "oo.assessor", later)
    work()
    work()
    found = selectors.answers(offline.diagnostic(), banks.example(), "assessed", "intake")
    state = found.merged[QUESTIONS[0].id]
    assert [row.value["level"] for row in state.current] == [4]
    assert Entry.objects.using("intake").count() == 3
    wrong = _entry(offline, "oo.assessor", form, _START, {"l1": "4", "l2": "1"})
    _send(offline, "oo.assessor", wrong)
    work()
    row = Sent.objects.using("intake").get(pk=wrong.id)
    assert (row.state, row.problems) == ("problem", {"l1": "evidence"})
    page = offline.client("oo.assessor").get(f"/entries/{wrong.id}/").content.decode()
    assert "needs evidence" in page
    assert "<b>l1</b>" not in page
    stranger = _entry(offline, "oo.contact", form, _START, _level(1, 1))
    _send(offline, "oo.contact", stranger)
    work()
    assert Sent.objects.using("intake").get(pk=stranger.id).code == "role"
    offline.freeze()
    assert _forms(offline, "oo.assessor") == {}
    late = _entry(offline, "oo.assessor", form, _START, _level(2, 1))
    _send(offline, "oo.assessor", late)
    work()
    assert Sent.objects.using("intake").get(pk=late.id).code == "frozen"


def test_a_colleague_who_knows_an_id_loses_no_answer_of_another(offline: Scene) -> None:
    """He handed in a file of the leader, so that he knows the id of her entry, and answers a question under
    the id that her answer gets. Her entry names the conflict; it is not stored as if nothing was wrong. Her
    device, whose clock states the year 2190, does not decide how long the entry is kept."""
    form = _forms(offline, "pp.leader")[1]
    hers = _entry(offline, "pp.leader", form, _START.replace(year=2190), _level(1, 4))
    taken = uuid.uuid5(hers.id, QUESTIONS[0].id)
    posted = {"level": "1", "entry": str(taken)}
    page = f"/assistance/diagnostics/{offline.diagnostic().pk}/questions/1/"
    offline.client("oo.assessor").post(page, posted)
    assert Entry.objects.using("intake").get().pk == taken
    _send(offline, "pp.leader", hers)
    work()
    row = Sent.objects.using("intake").get(pk=hers.id)
    assert (row.state, row.code) == ("problem", "conflict")
    again = _entry(offline, "pp.leader", form, _START.replace(year=2190), _level(1, 4))
    _send(offline, "pp.leader", again)
    work()
    row = Sent.objects.using("intake").get(pk=again.id)
    assert (row.state, row.delete_at < row.received_at + dt.timedelta(days=401)) == ("stored", True)
    state = selectors.answers(offline.diagnostic(), banks.example(), "assessed", "intake")
    assert len(state.merged[QUESTIONS[0].id].current) == 2
