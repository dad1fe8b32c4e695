"""Seizures and detentions: versions, the second person, the end of a case, and the totals."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from tests.apps.enforcement.scene import Scene, photo, values

from vedette.apps.accounts.models import Act
from vedette.apps.enforcement.actions import controls, seizures
from vedette.apps.enforcement.actions.seizures import NEXT, Item
from vedette.apps.enforcement.models import Seizure, SeizureVersion, Step
from vedette.apps.enforcement.selectors import seizures as selectors
from vedette.apps.enforcement.templatetags.enforcement import quantity_of
from vedette.apps.hits.models import Result

TODAY = timezone.localdate()


def _posted(**more: Any) -> dict[str, Any]:
    """A short form with two goods."""
    return {
        "id": uuid.uuid4(), "form": "simple", "measure": "seizure", "day": TODAY.isoformat(),
        "country": "Senegal", "direction": "import", "basis": "Customs code, art. 31",
        "goods-TOTAL_FORMS": "2", "goods-INITIAL_FORMS": "0",
        "goods-0-kind": "precursor", "goods-0-sub": "7697-37-2", "goods-0-quantity": "4,6",
        "goods-0-unit": "t", "goods-1-kind": "detonating_cord", "goods-1-quantity": "120",
        "goods-1-unit": "m", **more,
    }  # fmt: skip


def test_from_the_control_order_to_the_validated_record(scene: Scene) -> None:
    """The officer records and submits, the supervisor validates; each change is a version."""
    order, page, boss = scene.order(), scene.client(), scene.client("supervisor")
    form = page.get(f"/controls/{order.pk}/seizure/")
    assert form.status_code == 200
    sent = _posted()
    for _ in range(2):  # sent twice, stored once
        answer = page.post(f"/controls/{order.pk}/seizure/", sent)
        assert answer.status_code == 302, answer.content.decode()
    made = Seizure.objects.using("intake").get()
    assert (made.order_id, made.hit_id, made.state) == (order.pk, scene.hit.pk, "draft")
    address = f"/seizures/{made.pk}/"
    text = page.get(address).content.decode()
    assert "4.6\u00a0tonnes" in text
    assert "120\u00a0metres" in text
    edit = page.get(f"{address}edit/").content.decode()
    assert 'value="4.6"' in edit
    changed = _posted(version="1", **{"goods-1-quantity": "125", "goods-INITIAL_FORMS": "2"})
    assert page.post(f"{address}edit/", changed).status_code == 302
    stale = page.post(f"{address}edit/", changed)
    assert stale.status_code == 422
    assert "Another person changed" in stale.content.decode()
    assert page.post(f"{address}act/", {"do": "submit", "version": "2"}).status_code == 302
    assert Result.objects.using("intake").get().outcome == "confirmed"
    # An officer has no right to validate, and the supervisor did not write it.
    assert page.post(f"{address}act/", {"do": "validate", "version": "2"}).status_code == 403
    assert boss.post(f"{address}act/", {"do": "validate", "version": "2"}).status_code == 302
    made.refresh_from_db(using="intake")
    assert (made.state, made.version, made.validated_version) == ("validated", 2, 2)
    old = page.get(f"{address}?version=1").content.decode()
    assert "120\u00a0metres" in old
    assert "earlier version" in old
    assert page.get(f"{address}?version=7").status_code == 404
    steps = list(Step.objects.using("intake").order_by("pk").values_list("what", flat=True))
    assert sorted(steps) == ["changed", "created", "submitted", "validated"]
    acts = set(Act.objects.using("intake").values_list("act", flat=True))
    assert {"seizure.create", "seizure.change", "seizure.submit", "seizure.validate"} <= acts
    assert "Seizure" in page.get("/seizures/").content.decode()


def test_nobody_validates_his_own_record(scene: Scene) -> None:
    """Neither by the action, nor in the database."""
    made = scene.seizure()
    with scene.world.seen_by(scene.supervisor) as boss:
        seizures.change(boss, made.pk, 1, values())
        seizures.submit(boss, made.pk, 2)
        with pytest.raises(seizures.Refused, match="own"):
            seizures.validate(boss, made.pk, 2)
    with pytest.raises(IntegrityError), transaction.atomic(using="intake"):
        Seizure.objects.using("intake").filter(pk=made.pk).update(
            state="validated", validated_by=scene.supervisor
        )


def test_what_is_missing_is_named(scene: Scene) -> None:
    """A record without goods or legal basis is not submitted."""
    made, page = scene.seizure(basis=""), scene.client()
    answer = page.post(f"/seizures/{made.pk}/act/", {"do": "submit", "version": "1"})
    assert answer.status_code == 422
    assert "Missing: Legal basis." in answer.content.decode()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("goods-0-quantity", "4,655", "Write a number"),
        ("goods-0-quantity", "", "This field is required for these goods."),
        ("goods-0-unit", "stone", "Select a valid choice"),
        ("goods-0-sub", "7697-37-3", "check digit"),
        ("country", "Atlantis", "is not a country"),
        ("day", "2999-01-01", "must not be in the future"),
        ("direction", "up", "Select a valid choice"),
        ("measure", "theft", "Choose “seizure” or “detention”."),
    ],
)
def test_a_wrong_value_is_explained_and_the_input_kept(
    scene: Scene, field: str, value: str, words: str
) -> None:
    """The form is shown again with the typed values."""
    answer = scene.client().post(f"/hits/{scene.hit.pk}/seizure/", _posted(**{field: value}))
    assert answer.status_code == 422
    text = answer.content.decode()
    assert words in text
    assert "Customs code, art. 31" in text
    assert not Seizure.objects.using("intake").exists()


def test_more_goods_and_the_full_form_keep_what_was_typed(scene: Scene) -> None:
    """The two buttons that change the form store nothing."""
    page = scene.client()
    for button in ("more", "full"):
        answer = page.post(f"/hits/{scene.hit.pk}/seizure/", _posted(**{button: "1"}))
        assert answer.status_code == 200
        text = answer.content.decode()
        assert "7697-37-2" in text
        assert 'class="err"' not in text
    assert (
        "goods-3-kind"
        in page.post(f"/hits/{scene.hit.pk}/seizure/", _posted(more="1")).content.decode()
    )
    assert not Seizure.objects.using("intake").exists()


def test_a_name_is_not_kept_in_the_legal_basis(scene: Scene) -> None:
    """The legal basis outlives the clear values of the subject."""
    made = scene.seizure(basis="Customs code against ZIVODRAGICH")
    with scene.world.seen_by() as user, pytest.raises(seizures.Refused, match="basis_names"):
        seizures.submit(user, made.pk, 1)


# --- detentions ---------------------------------------------------------------------------------


def _validated(scene: Scene, made: Seizure) -> int:
    """The version after its submission and validation."""
    with scene.world.seen_by() as user:
        version = Seizure.objects.get(pk=made.pk).version
        seizures.submit(user, made.pk, version)
    with scene.world.seen_by(scene.supervisor) as boss:
        seizures.validate(boss, made.pk, version)
    return version


def test_every_step_of_a_detention(scene: Scene) -> None:
    """Each stage reaches the stages of the table, and no others."""
    made = scene.seizure(measure="detention")
    with scene.world.seen_by() as user:
        for stage, to in itertools.product(NEXT, Seizure.Stage.values):
            Seizure.objects.filter(pk=made.pk).update(stage=stage)
            if to in NEXT[stage]:
                assert seizures.advance(user, made.pk, 1, to, "asked by letter").stage == to
            else:
                with pytest.raises(seizures.Refused, match="stage"):
                    seizures.advance(user, made.pk, 1, to, "asked by letter")


def test_no_case_closes_without_outcome_and_legal_basis(scene: Scene) -> None:
    """Neither by the page, nor by the action, nor in the database."""
    made, page = scene.seizure(measure="detention"), scene.client()
    version = _validated(scene, made)
    address = f"/seizures/{made.pk}/act/"
    close = {"do": "close", "version": version, "outcome": "released", "basis": "Art. 44"}
    early = page.post(address, close)
    assert early.status_code == 422
    assert "can end only after the verification" in early.content.decode()
    with scene.world.seen_by() as user:
        seizures.advance(user, made.pk, version, "verification", "Compared with the licence.")
    for lacking in ("outcome", "basis"):
        answer = page.post(address, {**close, lacking: ""})
        assert answer.status_code == 422, lacking
    assert Seizure.objects.using("intake").get().closed_at is None
    now = timezone.now()
    for fields in (
        {"outcome": "", "basis": "Art. 44"}, {"outcome": "released", "basis": ""},
        {"outcome": "released", "closed_at": None},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic(using="intake"):
            Seizure.objects.using("intake").update(**{"closed_at": now, **fields})
    assert page.post(address, close).status_code == 302
    closed = Seizure.objects.using("intake").get()
    assert (closed.stage, closed.outcome, closed.basis) == ("closed", "released", "Art. 44")
    again = page.post(f"/seizures/{made.pk}/edit/", _posted(version=version))
    assert again.status_code == 422
    assert "The case is closed" in again.content.decode()


def test_a_detention_ends_with_a_seizure(scene: Scene) -> None:
    """The record becomes a seizure with a new version that another person validates."""
    made, page = scene.seizure(measure="detention"), scene.client()
    for stage in ("verification", "authority", "answered"):
        sent = {"do": "advance", "version": "1", "stage": stage, "text": "No licence exists."}
        assert page.post(f"/seizures/{made.pk}/act/", sent).status_code == 302
    seize = {"do": "close", "version": "1", "outcome": "seized", "basis": "Customs code, art. 44"}
    assert page.post(f"/seizures/{made.pk}/act/", seize).status_code == 302
    made.refresh_from_db(using="intake")
    assert (made.measure, made.version, made.state, made.closed_at) == (
        "seizure", 2, "draft", None,
    )  # fmt: skip
    latest = SeizureVersion.objects.using("intake").get(number=2)
    assert latest.basis == "Customs code, art. 44"
    assert latest.items.using("intake").get().quantity == Decimal(4600)
    assert Result.objects.using("intake").get().outcome == "confirmed"
    assert "No licence exists." in page.get(f"/seizures/{made.pk}/").content.decode()


# --- totals -------------------------------------------------------------------------------------


def test_quantities_of_several_units_are_never_added(scene: Scene) -> None:
    """Tonnes and kilograms are one unit, litres, metres and pieces are others; drafts do not count; the sums
    are those of the records."""
    month = (TODAY - dt.timedelta(days=20), TODAY)
    goods = [
        (Item("precursor", Decimal("54.05"), "t"), Item("precursor", Decimal(12), "l")),
        (Item("precursor", Decimal("950.5"), "kg"), Item("detonating_cord", Decimal("17.252"), "km")),
        (Item("ied_component", Decimal(76_110), "piece"), Item("precursor", Decimal(3), "drum")),
        (Item("precursor", Decimal(7), "kg", sub="7697-37-2"),),
    ]  # fmt: skip
    for some in goods:
        _validated(scene, scene.seizure(*some))
    scene.seizure(Item("precursor", Decimal(99_999), "kg"))
    _validated(scene, scene.seizure(Item("precursor", Decimal(5), "kg"), measure="detention"))
    old = TODAY - dt.timedelta(days=21)
    _validated(scene, scene.seizure(Item("precursor", Decimal(1), "kg"), day=old))
    with scene.world.seen_by():
        found = {(t.kind, t.sub, t.base): (t.amount, t.seizures) for t in selectors.totals(*month)}
        assert found == {
            ("precursor", "", "kg"): (Decimal("55000.5"), 2),
            ("precursor", "", "l"): (Decimal(12), 1),
            ("precursor", "", "drum"): (Decimal(3), 1),
            ("precursor", "7697-37-2", "kg"): (Decimal(7), 1),
            ("detonating_cord", "", "m"): (Decimal(17_252), 1),
            ("ied_component", "", "piece"): (Decimal(76_110), 1),
        }
        second: dict[tuple[str, str, str], Decimal] = {}
        for row in selectors.counted(*month):
            key = (row.kind, row.sub, row.base)
            second[key] = second.get(key, Decimal(0)) + row.amount
        assert second == {key: amount for key, (amount, _) in found.items()}


def test_a_record_that_is_corrected_counts_with_its_validated_version(scene: Scene) -> None:
    """Until the correction is validated."""
    made = scene.seizure(Item("drug", Decimal(10), "kg"))
    version = _validated(scene, made)
    day = (TODAY, TODAY)
    with scene.world.seen_by() as user:
        seizures.change(user, made.pk, version, values(Item("drug", Decimal(12), "kg")))
        assert [one.amount for one in selectors.totals(*day)] == [Decimal(10)]
    _validated(scene, made)
    with scene.world.seen_by():
        assert [one.amount for one in selectors.totals(*day)] == [Decimal(12)]


def test_a_closed_or_withdrawn_record_takes_no_photograph(scene: Scene) -> None:
    """Also if the form of an earlier page is sent."""
    found = scene.seizure()
    for head in ({"state": "withdrawn"},
                   {"state": "validated", "closed_at": timezone.now(), "outcome": "released",
                    "basis": "Customs code"}):  # fmt: skip
        Seizure.objects.using("intake").filter(pk=found.pk).update(**head)
        with scene.world.seen_by() as user, pytest.raises(seizures.Refused):
            controls.photograph(user, found, [(uuid.uuid4(), photo(40, 30))], "photo")


@pytest.mark.parametrize(
    ("language", "amount", "unit", "shown"),
    [
        ("en", "1", "piece", "1\u00a0piece"), ("en", "2", "piece", "2\u00a0pieces"),
        ("en", "1.5", "t", "1.5\u00a0tonnes"), ("fr", "1", "piece", "1\u00a0pièce"),
        ("fr", "6", "drum", "6\u00a0fûts"), ("fr", "4655", "kg", "4\u202f655\u00a0kg"),
    ],
)  # fmt: skip
def test_the_word_of_a_unit_agrees_with_the_amount(
    language: str, amount: str, unit: str, shown: str
) -> None:
    """“1 pièces” is an error in French and in English."""
    with translation.override(language):
        assert quantity_of(Decimal(amount), unit) == shown
