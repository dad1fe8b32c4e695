"""What an attacker would try with records of controls: each test failed before the fault was mended."""

from __future__ import annotations

import datetime as dt
import json
import os
import uuid
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from tests.apps.enforcement.cases import PISTOL, case, trace, weapon
from tests.apps.enforcement.scene import Scene, photo
from tests.apps.hits import world as worlds
from tests.apps.journal.scene import signed_in
from tests.apps.requests import scene as requests

from vedette.apps.accounts.models import Act, Approval, User
from vedette.apps.enforcement.actions import controls, firearms, reachback, seizures
from vedette.apps.enforcement.models import Firearm, FirearmVersion, Photo, Seizure, SeizureVersion
from vedette.apps.enforcement.selectors import full, reports
from vedette.apps.enforcement.selectors import reachback as asking
from vedette.apps.enforcement.selectors.seizures import Record, record
from vedette.apps.enforcement.views import firearms as pages
from vedette.apps.hits.models import Result
from vedette.core import firearms as forms

NOW = dt.datetime(2026, 3, 11, 8, tzinfo=dt.UTC)
WHY = "For the national register of seized firearms."


@pytest.fixture
def world(database: str) -> worlds.World:
    return worlds.build()


def _read(**fields: str) -> forms.Firearm:
    one, errors = forms.read({**PISTOL, **fields})
    assert one is not None, errors
    return one


def _pieces(world: worlds.World, counted: str = "validated") -> dict[str, Any]:
    """The figures of all firearm records of March 2026 by item."""
    with world.seen_by():
        chosen = reports.Chosen.read(
            {"first": "2026-01-01", "last": "2026-12-31", "counted": counted}, NOW.date()
        )
        table = reports.table("items", chosen)
        lines = zip(forms.ITEMS, table.lines, strict=False)
        return {item: line.figures[1].value for item, line in lines}


def test_records_of_a_validated_seizure_change_with_a_version_and_a_second_person(
    world: worlds.World,
) -> None:
    """The figures follow only after the validation by another person. Added, changed and struck out records
    make a draft again."""
    seizure = case(world)
    with world.seen_by() as by:
        first = weapon(by, seizure)
    assert _pieces(world)["firearm"] == 1
    with world.seen_by() as by:
        second = firearms.record(by, seizure.pk, uuid.uuid4(), _read(serial="XY9999"))
        third = firearms.record(by, seizure.pk, uuid.uuid4(), _read(serial="XY8888"))
        firearms.change(by, first.pk, 1, _read(item="part", part="frame", type=""))
        firearms.strike(by, third.pk, 1)
        now = Seizure.objects.get(pk=seizure.pk)
        # The four changes have one new version.
        assert (now.state, now.version, now.validated_version) == ("draft", 2, 1)
        assert now.versions.get(number=2).office == "SN001"
    assert _pieces(world)["firearm"] == 1
    assert _pieces(world)["part"] == 0
    with world.seen_by():
        chosen = reports.Chosen.read({"first": "2026-01-01", "last": "2026-12-31"}, NOW.date())
        opened = reports.opened(chosen, {"table": "items", "row": "firearm", "column": "records"})
        assert opened is not None
        assert list(opened.ids) == [first.pk]
    page = signed_in(world.officer)
    rows = page.get("/reports/arms/records/", {
        "report": "iafq", "first": "2026-01-01", "last": "2026-12-31", "counted": "validated",
        "table": "items", "row": "firearm", "column": "records",
    })  # fmt: skip
    # The first record is now a frame; the figure counts it as the pistol that was validated.
    [row] = [one.row for one in rows.context["rows"]]
    assert (row.pk, row.item, row.type) == (first.pk, "firearm", "pistol")
    assert (
        page.post(f"/seizures/{seizure.pk}/act/", {"do": "validate", "version": 2}).status_code
        == 403
    )
    Seizure.objects.using("intake").update(state="submitted", submitted_by_id=world.officer.pk)
    with world.seen_by(world.users["supervisor"]) as boss:
        seizures.validate(boss, seizure.pk, 2)
    assert _pieces(world)["firearm"] == 1
    assert _pieces(world)["part"] == 1
    assert FirearmVersion.objects.using("intake").filter(firearm=second.pk).get().since == 2
    with world.seen_by(), pytest.raises(Exception, match="permission denied"):
        FirearmVersion.objects.update(struck=True)


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"state": "submitted"}, "is_submitted"), ({"outcome": "destroyed", "basis": "art. 1"}, "is_closed")],
)  # fmt: skip
def test_records_of_a_submitted_or_closed_seizure_do_not_change(
    world: worlds.World, changes: dict[str, str], code: str
) -> None:
    """Whoever validates would validate other records than those that he read."""
    seizure = case(world)
    with world.seen_by() as by:
        row = weapon(by, seizure)
    closed = {"closed_at": NOW} if code == "is_closed" else {}
    Seizure.objects.using("intake").filter(pk=seizure.pk).update(**changes, **closed)
    for do in (
        lambda by: firearms.record(by, seizure.pk, uuid.uuid4(), _read(serial="XY74")),
        lambda by: firearms.record_all(by, seizure.pk, [_read(serial="XY74")]),
        lambda by: firearms.change(by, row.pk, 1, _read(model="other")),
        lambda by: firearms.strike(by, row.pk, 1),
    ):
        with world.seen_by() as by, pytest.raises(controls.Refused) as refused:
            do(by)
        assert refused.value.code == code
    page = signed_in(world.officer)
    sent = {**PISTOL, "serial": "XY74", "id": str(uuid.uuid4())}
    answer = page.post(f"/seizures/{seizure.pk}/firearms/", sent)
    assert answer.status_code == 409
    assert 'value="XY74"' in answer.content.decode()
    assert page.post(f"/firearms/{row.pk}/edit/", {**sent, "version": 1}).status_code == 409
    assert page.post(f"/firearms/{row.pk}/strike/", {"version": 1}).status_code == 302
    assert Firearm.objects.using("intake").get().struck_at is None


def test_the_file_of_all_firearms_needs_a_second_person(world: worlds.World) -> None:
    """However few records it has. Only who asked gets the file, and the page of the approval names it."""
    seizure = case(world)
    with world.seen_by() as by:
        weapon(by, seizure)
    page, boss = signed_in(world.officer), signed_in(world.users["supervisor"])
    refused = page.get("/firearms/export.csv")
    assert "XY4377" not in refused.content.decode()
    subject = uuid.uuid5(world.organisation.pk, "firearms")
    assert str(subject) in refused.content.decode()
    given = {"subject": subject, "rows": 1, "purpose": "border", "why": WHY}
    assert page.post("/approvals/export/", given).status_code == 302
    assert "XY4377" not in page.get("/firearms/export.csv").content.decode()
    asked = Approval.objects.using("intake").get()
    assert "all firearm records" in boss.get(f"/approvals/{asked.pk}/").content.decode()
    assert page.post(f"/approvals/{asked.pk}/", {"decide": "allow"}).status_code in (403, 409)
    assert boss.post(f"/approvals/{asked.pk}/", {"decide": "allow"}).status_code == 302
    assert "XY4377" in page.get("/firearms/export.csv").content.decode()
    assert "XY4377" not in boss.get("/firearms/export.csv").content.decode()


def record_of(seizure: Seizure) -> Record:
    """The latest version of a seizure. The caller is in the scope of a user."""
    found = record(Seizure.objects.get(pk=seizure.pk))
    assert found is not None
    return found


def test_a_record_marked_red_leaves_by_no_file_and_no_copy(world: worlds.World) -> None:
    """TLP:RED is for the named recipients only: no list, no file of the seizure, no tracing request, and no
    photograph in a question. The marking of other records stands in the file."""
    red, amber = case(world, marking="red"), case(world, marking="amber")
    with world.seen_by() as by:
        hidden, shown = weapon(by, red), weapon(by, amber, serial="XY1111")
        asked = trace(by, hidden)
    subject = uuid.uuid5(world.organisation.pk, "firearms")
    Approval.objects.using("intake").create(
        organisation=world.organisation, kind="export", subject=str(subject), purpose="border",
        why=b"", asked_by_id=world.officer.pk, asked_at=NOW, expires_at="2200-01-01T00:00Z",
        state="allowed", decided_by_id=world.users["supervisor"].pk, decided_at=NOW,
    )  # fmt: skip
    page = signed_in(world.officer)
    text = page.get("/firearms/export.csv").content.decode()
    assert "XY1111" in text
    assert "TLP:AMBER" in text
    assert "XY4377" not in text
    assert Act.objects.using("intake").get(act="firearm.export").detail["left_out"] == 1
    assert page.get(f"/seizures/{red.pk}/firearms.csv").status_code == 302
    for name in ("export.csv", "sheet/"):
        answer = page.get(f"/traces/{asked.pk}/{name}")
        assert answer.status_code == 409
        assert "TLP:RED" in answer.content.decode()
    for seizure in (red, amber):
        Photo.objects.using("intake").create(
            organisation=world.organisation, subject_id=seizure.subject_id, seizure_id=seizure.pk,
            kind="photo", width=1, height=1, size=1, digest=b"", by_id=world.officer.pk, at=NOW,
        )  # fmt: skip
    with world.seen_by():
        assert not asking.photos_of(red.subject_id, None).exists()
        assert asking.photos_of(amber.subject_id, None).exists()
    # One person alone does not lower the marking.
    with world.seen_by() as by:
        given = seizures.again(record_of(red))
        lower = seizures.Given({**given.columns, "marking": "clear"}, given.texts, given.items)
        seizures.change(by, red.pk, 1, lower)
    assert "XY4377" not in page.get("/firearms/export.csv").content.decode()
    Seizure.objects.using("intake").filter(pk=red.pk).update(state="validated", validated_version=2)
    assert "XY4377" in page.get("/firearms/export.csv").content.decode()
    assert shown.pk != hidden.pk


def test_a_restriction_of_the_same_moment_is_awaited(scene: Scene) -> None:
    """The text would otherwise stay visible: the restriction hides the texts that it finds."""
    order = scene.order()
    entry = controls.Entered(uuid.uuid4(), "seal", "removed", text="SEAL 1")
    with (
        psycopg.connect(os.environ["DATABASE_URL_INTAKE"]) as other,
        other.transaction(),
    ):
        other.execute(
            "UPDATE subjects_subject SET restricted = true WHERE id = %s", [scene.hit.subject_id]
        )
        with scene.world.seen_by() as by:
            connection.cursor().execute("SET LOCAL lock_timeout = '200ms'")
            with pytest.raises(OperationalError, match="lock timeout"):
                controls.enter(by, order.pk, [entry])
    with scene.world.seen_by() as by, pytest.raises(controls.Refused, match="restricted"):
        controls.enter(by, order.pk, [entry])


def test_a_small_picture_is_in_the_journal(scene: Scene) -> None:
    """A small copy of 640 pixels is readable, so it is an access too."""
    order = scene.order()
    with scene.world.seen_by() as by:
        [made] = controls.photograph(by, order, [(uuid.uuid4(), photo())], "photo")
    assert scene.client().get(f"/controls/photos/{made.pk}/?small=1").status_code == 200
    act = Act.objects.using("intake").get(act="control.see_photo")
    assert (act.subject, act.detail["small"]) == (str(made.pk), True)


def test_the_file_for_data_protection_has_the_questions_of_its_subject_only(
    world: worlds.World,
) -> None:
    """With the texts, and with everybody who saw a photograph or a firearm record."""
    dpo = requests.dpo(world)
    texts = {}
    for name in ("DJORDJE", "MILENA"):
        traveller = requests.traveller(world, name, f"X{len(texts)}42O7")
        hit = worlds.hit(world, traveller, 95)
        with world.seen_by() as by:
            about = asking.about_hit(hit.pk)
            assert about is not None
            reachback.ask(by, about, reachback.Given(
                uuid.uuid4(), "passengers", "today", f"What does {name} carry?", "A bag"))  # fmt: skip
        texts[name] = traveller
    kept = requests.request(world, dpo, journeys=(texts["DJORDJE"].pk,))
    answer = requests.client(dpo).post(
        f"/subjects/{kept.pk}/full/", {"language": "en", "form": "json"}
    )
    [told] = json.loads(answer.content)["subjects"]
    assert [one["messages"][0]["question"] for one in told["questions"]] == [
        "What does DJORDJE carry?"
    ]
    assert "MILENA carry" not in answer.content.decode()
    assert "question.ask" in {one["act"] for one in told["viewers"]}


def test_who_saw_a_photograph_stands_in_the_file_for_data_protection(scene: Scene) -> None:
    """The journal entry names the photograph and not the subject."""
    order = scene.order()
    with scene.world.seen_by() as by:
        [made] = controls.photograph(by, order, [(uuid.uuid4(), photo())], "photo")
        assert {order.pk, made.pk} <= set(full.ids(scene.hit.subject_id))


def test_records_and_steps_have_upper_limits(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A seizure can be validated and closed after the limit, but not grow without end."""
    monkeypatch.setattr(firearms, "MOST_RECORDS", 1)
    monkeypatch.setattr(firearms, "MOST_VERSIONS", 2)
    monkeypatch.setattr(seizures, "MOST_STEPS", 3)
    seizure = scene.seizure()
    with scene.world.seen_by() as by:
        row = firearms.record(by, seizure.pk, uuid.uuid4(), _read())
        firearms.change(by, row.pk, 1, _read(model="two"))
    for code, do in (
        ("many_firearms", lambda by: firearms.record(by, seizure.pk, uuid.uuid4(), _read(serial="Z1"))),
        ("many_versions", lambda by: firearms.change(by, row.pk, 2, _read(model="three"))),
    ):  # fmt: skip
        with scene.world.seen_by() as by, pytest.raises(controls.Refused) as refused:
            do(by)
        assert refused.value.code == code
    boss: User = scene.supervisor
    for _ in range(2):
        with scene.world.seen_by() as by:
            seizures.submit(by, seizure.pk, 1)
        if Seizure.objects.using("intake").get().steps.using("intake").count() < 3:
            with scene.world.seen_by(boss) as by:
                seizures.give_back(by, seizure.pk, 1, "Complete the place.")
            continue
        break
    with scene.world.seen_by(boss) as by, pytest.raises(controls.Refused) as refused:
        seizures.give_back(by, seizure.pk, 1, "Complete the place.")
    assert refused.value.code == "many_steps"
    with scene.world.seen_by(boss) as by:
        assert seizures.validate(by, seizure.pk, 1).state == "validated"
    assert SeizureVersion.objects.using("intake").count() == 1


@pytest.mark.parametrize("found", [False, True])
def test_a_withdrawn_record_leaves_no_confirmed_result(scene: Scene, found: bool) -> None:
    """A false record that is submitted, given back and withdrawn would otherwise mark the person for good.
    The finding of a control stays."""
    order = scene.order()
    seizure = scene.seizure()
    with scene.world.seen_by() as by:
        if found:
            controls.finish(by, order.pk, "found")
        seizures.submit(by, seizure.pk, 1)
    with scene.world.seen_by(scene.supervisor) as boss:
        seizures.give_back(boss, seizure.pk, 1, "This is another consignment.")
    with scene.world.seen_by() as by:
        seizures.withdraw(by, seizure.pk, 1, "This is another consignment.")
    outcomes = list(Result.objects.using("intake").order_by("at").values_list("outcome", flat=True))
    assert outcomes == (["confirmed"] if found else ["confirmed", "nothing"])


def test_the_page_of_a_seizure_shows_a_bounded_number_of_records(
    world: worlds.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A seizure can have 20,000 records. The page states how many there are, and the file has all."""
    monkeypatch.setattr(pages, "MOST_RECORDS", 2)
    seizure = case(world)
    with world.seen_by() as by:
        for serial in ("XY4377", "XY7743", "XY3477"):
            weapon(by, seizure, serial=serial)
    page = signed_in(world.officer)
    text = page.get(f"/seizures/{seizure.pk}/").content.decode()
    assert "The page shows the first 2 of 3 records" in text
    assert "XY3477" not in text
    assert "XY3477" in page.get(f"/seizures/{seizure.pk}/firearms.csv").content.decode()
