"""Tracing requests in the database and on the pages: every state and action, and the export."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import uuid
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from tests.apps.enforcement.cases import ASKED, case, weapon
from tests.apps.hits import world as worlds
from tests.apps.journal.scene import signed_in

from vedette.apps.enforcement.actions import tracing as actions
from vedette.apps.enforcement.actions.firearms import Stale
from vedette.apps.enforcement.models import TraceEvent, TraceRequest
from vedette.apps.enforcement.selectors import tracing
from vedette.core import tracing as forms

STEP = {
    "ground": "searching",
    "result": "traced",
    "found_country": "FR",
    "diverted": "export",
    "note": "N.",
}


@pytest.fixture
def world(database: str) -> worlds.World:
    return worlds.build()


def _ask(world: worlds.World, **fields: str) -> TraceRequest:
    seizure = case(world, departure="TR", destination="SN")
    values, errors = forms.read(ASKED | fields)
    assert not errors
    with world.seen_by() as by:
        return actions.ask(by, weapon(by, seizure).pk, uuid.uuid4(), values)


def _act(world: worlds.World, row: TraceRequest, action: str, values: dict[str, str]) -> None:
    with world.seen_by() as by:
        if action == "edit":
            actions.edit(by, row.pk, 1, values)
        else:
            _, errors = actions.act(by, row.pk, 1, action, STEP)
            assert not errors


def test_every_state_and_action_in_the_database(world: worlds.World) -> None:
    """64 pairs: a possible action changes the state and writes a step; another one changes nothing."""
    row = _ask(world)
    values, _ = forms.read(ASKED)
    done = refused = 0
    for state, action in itertools.product(forms.STATES, forms.ACTIONS):
        TraceRequest.objects.using("intake").filter(pk=row.pk).update(
            state=state, version=1, sent_on=None if state == "draft" else row.asked_on,
            ground="searching" if state in ("refused", "delayed") else "",
            result="traced" if state == "answered" else "",
        )  # fmt: skip
        steps = TraceEvent.objects.using("intake").count()

        if (state, action) in forms.TABLE:
            _act(world, row, action, values)
            done += 1
        else:
            with pytest.raises(forms.Refused):
                _act(world, row, action, values)
            refused += 1
        now = TraceRequest.objects.using("intake").get(pk=row.pk)
        assert now.state == forms.TABLE.get((state, action), state)
        written = (state, action) in forms.TABLE and action != "edit"
        assert TraceEvent.objects.using("intake").count() == steps + written
    print(f"states x actions: {done} done, {refused} refused")
    assert done + refused == 64


def test_the_export_has_every_field_or_names_those_that_are_missing(world: worlds.World) -> None:
    """The file lists each field once, in the reader's language; a draft without contact cannot be
    submitted."""
    row = _ask(world)
    with world.seen_by(), translation.override("fr"):
        row = TraceRequest.objects.select_related("firearm__seizure").get(pk=row.pk)
        lines = list(csv.DictReader(io.StringIO(tracing.csv_of(row))))
    assert [one["field"] for one in lines] == [field.key for field in forms.FIELDS]
    assert not [one for one in lines if one["missing"] == "1"]
    found = {one["field"]: one["value"] for one in lines}
    assert found["reference"] == row.reference
    assert (found["serial"], found["make"], found["circumstances"]) == (
        "XY4377",
        "Zastava",
        "In a parcel of toys.",
    )
    assert found["to_country"] == "Serbie (RS)"
    incomplete = _ask(world, contact="", circumstances="")
    with world.seen_by() as by:
        with pytest.raises(actions.Incomplete) as refused:
            actions.act(by, incomplete.pk, 1, "submit", {})
        assert [one.key for one in refused.value.missing] == ["contact", "circumstances"]
        one = TraceRequest.objects.select_related("firearm__seizure").get(pk=incomplete.pk)
        lines = list(csv.DictReader(io.StringIO(tracing.csv_of(one))))
    assert [one["field"] for one in lines if one["missing"] == "1"] == ["contact", "circumstances"]
    assert len(lines) == len(forms.FIELDS)
    print(f"export: {len(lines)} fields, required {sum(one['required'] == '1' for one in lines)}")


def test_days_grounds_and_results_are_checked(world: worlds.World) -> None:
    """A step is not in the future and not before the previous step; a refusal states its ground, an answer
    its result; the database requires both too."""
    row = _ask(world)
    today = timezone.localdate()
    with world.seen_by() as by:
        for day in (today + dt.timedelta(days=1), row.asked_on - dt.timedelta(days=1)):
            assert set(actions.act(by, row.pk, 1, "submit", {"day": day.isoformat()})[1]) == {"day"}
        row, errors = actions.act(by, row.pk, 1, "submit", {})
        assert not errors
        assert (row.state, row.sent_on) == ("submitted", today)
        assert set(actions.act(by, row.pk, 2, "answer", {})[1]) == {"result"}
        assert set(actions.act(by, row.pk, 2, "refuse", {"ground": "other"})[1]) == {"note"}
        with pytest.raises(Stale):
            actions.act(by, row.pk, 1, "acknowledge", {})
        row, _ = actions.act(by, row.pk, 2, "answer", STEP)
        assert (row.result, row.found_country, row.diverted, row.replied_on) == (
            "traced",
            "FR",
            "export",
            today,
        )
        [_, answered] = tracing.history(row)
        assert answered.texts == {"note": "N."}
    for state, values in (
        ("answered", {"result": ""}),
        ("refused", {"ground": ""}),
        ("closed", {"sent_on": None}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic(using="intake"):
            TraceRequest.objects.using("intake").filter(pk=row.pk).update(state=state, **values)


def test_one_open_request_to_a_state_about_a_firearm(world: worlds.World) -> None:
    """Two officers who ask the same State make one request; after its end, another may be made."""
    row = _ask(world)
    values, _ = forms.read(ASKED)
    other, _ = forms.read(ASKED | {"to_country": "FR"})
    with world.seen_by() as by:
        assert actions.ask(by, row.firearm_id, row.pk, values).pk == row.pk
        with pytest.raises(actions.Taken):
            actions.ask(by, row.firearm_id, uuid.uuid4(), values)
        second = actions.ask(by, row.firearm_id, uuid.uuid4(), other)
        with pytest.raises(actions.Taken):
            actions.edit(by, second.pk, 1, values)
        actions.act(by, row.pk, 1, "withdraw", {"note": "Asked twice."})
        actions.ask(by, row.firearm_id, uuid.uuid4(), values)


def test_the_id_of_a_hidden_request_is_refused(world: worlds.World) -> None:
    """The device makes the id. The id of a request of another organisation causes no server error."""
    hidden, row = _ask(worlds.build("Theirs")), _ask(world)
    values, _ = forms.read(ASKED | {"to_country": "FR"})
    with world.seen_by() as by, pytest.raises(Stale):
        actions.ask(by, row.firearm_id, hidden.pk, values)


def test_the_pages_of_a_request(world: worlds.World) -> None:
    """Asked, submitted and answered on the pages; what is missing is named; the reader of another
    organisation finds nothing."""
    seizure = case(world)
    with world.seen_by() as by:
        row = weapon(by, seizure)
    page = signed_in(world.officer)
    path = f"/firearms/{row.pk}/trace/"
    sent: dict[str, Any] = ASKED | {"id": str(uuid.uuid4())}
    assert page.post(path, sent | {"to_country": "Atlantis"}).status_code == 422
    made = page.post(path, sent | {"contact": ""})
    assert made.status_code == 302
    trace = made["Location"]
    assert "Contact for the answer" in page.get(trace).content.decode()
    refused = page.post(f"{trace}step/", {"action": "submit", "version": "1"})
    assert refused.status_code == 422
    assert page.post(f"{trace}edit/", ASKED | {"version": "1"}).status_code == 302
    assert page.post(f"{trace}edit/", ASKED | {"version": "1"}).status_code == 409
    assert page.post(f"{trace}step/", {"action": "submit", "version": "2"}).status_code == 302
    assert page.post(f"{trace}step/", {"action": "answer", "version": "3"}).status_code == 422
    assert page.post(f"{trace}step/", {"action": "edit", "version": "3"}).status_code == 409
    answered = page.post(f"{trace}step/", STEP | {"action": "answer", "version": "3"})
    assert answered.status_code == 302
    assert "the firearm was traced to the last lawful owner" in page.get(trace).content.decode()
    assert "not connected to the police" in page.get(f"{trace}sheet/").content.decode()
    assert page.get(f"{trace}export.csv").status_code == 200
    assert trace in page.get("/traces/").content.decode()
    theirs = signed_in(worlds.build("Theirs").officer)
    assert {
        theirs.get(one).status_code for one in (trace, f"{trace}sheet/", f"{trace}export.csv")
    } == {404}
    assert trace not in theirs.get("/traces/?show=all").content.decode()
