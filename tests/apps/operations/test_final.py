"""The final report: published figures split into records give exactly these figures, in each file and
language; publications that contradict each other; confirmation, approval and sending."""

from __future__ import annotations

import io
import json
import random
import re
from decimal import Decimal

import pypdfium2
import pytest
from django.test import Client
from django.utils import translation
from docx import Document
from tests.apps.operations.scene import WHY, Scene, recipient_set
from tests.apps.operations.test_size import _store

from vedette.apps.accounts.models import Approval
from vedette.apps.approvals import actions as approvals
from vedette.apps.columns import new_id
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.operations import figures
from vedette.apps.operations.actions import final, group, lifecycle
from vedette.apps.operations.actions.common import Refused
from vedette.apps.operations.figures import Published, slug
from vedette.apps.operations.models import Final, Message
from vedette.apps.operations.selectors import final as selectors
from vedette.apps.operations.selectors.operations import seconds
from vedette.apps.operations.views import final as views
from vedette.core import measures

ASIDE = '<aside class="stack screen"'
#: Goods of an invented operation: (in the target, category, substance, unit, total).
GOODS = (
    (True, "precursor", "", "t", Decimal("54.05")),
    (True, "ied_component", "", "piece", Decimal(76_110)),
    (True, "detonating_cord", "", "m", Decimal(17_252)),
    (False, "drug", "heroin", "kg", Decimal(6)),
    (False, "drug", "Cocaïne", "kg", Decimal("6.5")),
    (False, "cash", "currency", "USD", Decimal(460_000_000)),
    (False, "cash", "currency", "EUR", Decimal("1234.56")),
    (False, "other", "big cats", "piece", Decimal(18)),
)


def _split(drawn: random.Random, total: Decimal, parts: int) -> list[Decimal]:
    """A total as a sum of random parts above 0."""
    step = Decimal(1).scaleb(int(total.normalize().as_tuple().exponent) - 2)
    whole = int(total / step)
    cuts = sorted(drawn.sample(range(1, whole), parts - 1))
    return [(end - begin) * step for begin, end in zip([0, *cuts], [*cuts, whole], strict=True)]


def _records(drawn: random.Random, scene: Scene) -> tuple[list[Message], dict[str, str]]:
    """Random records of these goods, and the figures that they give."""
    at, rows = now(), []
    truth: dict[str, Decimal] = {}
    everybody = recipient_set(scene.operation, scene.homes.values())

    def add(kind: str, **columns: object) -> None:
        home, id_ = drawn.choice(list(scene.homes)), new_id()
        rows.append(Message(
            id=id_, root=id_, organisation=scene.homes[home], operation_id=scene.operation, kind=kind,
            exercise=False, template=1, marking="green", by_id=scene.people[f"{home}.post"].pk,
            by_name="n", by_organisation=home, at=at, sent_at=at, happened_at=at,
            recipient_set_id=everybody, **columns,
        ))  # fmt: skip

    def count(id_: str, value: int | Decimal) -> None:
        truth[id_] = truth.get(id_, Decimal(0)) + value

    for target, category, substance, unit, total in GOODS:
        for part in _split(drawn, total, drawn.randint(1, 9)):
            amount, base = measures.based(part, unit)
            spelled = drawn.choice((substance, substance.upper(), f" {substance} "))
            values = {"substance": spelled} if substance else {}
            if drawn.random() < 0.2:
                values["arrests"] = "2"
                count("arrests", 2)
            add("seizure", category=category, unit=unit, quantity=part, amount=amount, base=base,
                target=target, values=values)  # fmt: skip
            where = "target" if target else "other"
            key = f"{where}.{category}.{slug(substance)}.{base}"
            count(f"quantity.{key}", amount)
            count(f"records.{key}", 1)
            count(f"seizures.{where}", 1)
            count("seizures", 1)
    for direction, total in (("export", Decimal("18.62")), ("import", Decimal("36.18"))):
        for part in _split(drawn, total, 5):
            add("control", category="precursor", controls=3, found=False, unit="t", quantity=part,
                amount=part * 1000, base="kg", values={"direction": direction})  # fmt: skip
            count(f"checked.nothing.{direction}.precursor.kg", part * 1000)
            count("controls", 3)
            count("controls.nothing", 3)
    drawn.shuffle(rows)
    return rows, {id_: figures.plain_number(value) for id_, value in truth.items()}


def _cells(data: bytes) -> dict[str, str]:
    """The ids and values of the annex of a .docx file."""
    table = Document(io.BytesIO(data)).tables[-1]
    texts = [cell.text for cell in table._cells]
    return {texts[n]: texts[n + 1] for n in range(3, len(texts), 3)}


def test_each_file_holds_the_figures_that_the_records_give(scene: Scene, database: str) -> None:
    """Categories, substances and units apart; the same ids and values in .docx, PDF, CSV and JSON, in French
    and English; each figure opens its records."""
    scene.live()
    rows, truth = _records(random.Random(7), scene)
    _store(database, rows)
    scene.state("followup")
    with scene.by("aa.coordinator") as user:
        given = [
            Published("weapons", "", Decimal(300), "pieces", "https://a.example/1"),
            Published("weapons and parts", "", Decimal(716), "pieces", "https://b.example/2"),
            Published("precursors", "quantity.target.precursor.-.kg", Decimal("54.05"), "t", "c"),
        ]
        assert final.publish(user, scene.operation, given) == 3
        assert final.publish(user, scene.operation, given) == 0
        made = final.draft(user, scene.operation, "Quiet.", "Calme.")
        one = made.operation
        stored = {id_: value for id_, value in made.figures.items() if value != "0"}
        sent = {"participants": "3", "messages": str(len(rows) + 1)}
        assert stored == truth | sent
        contents = {}
        for language in ("fr", "en"):
            with translation.override(language):
                files = {kind: views.written(one, made, kind) for kind in views.FORMATS}
            assert _cells(files["docx"]) == made.figures
            whole = json.loads(files["json"])
            assert {row["id"]: row["value"] for row in whole["figures"]} == made.figures
            contents[language] = whole["figures"][-1]["label"]
            pages = pypdfium2.PdfDocument(files["pdf"])
            text = "".join(page.get_textpage().get_text_range() for page in pages)
            lines = re.sub(r"\s+", " ", text)
            missing = [id_ for id_, value in made.figures.items() if f"{id_} {value} " not in lines]
            assert not missing
            assert ("Calme." if language == "fr" else "Quiet.") in text
        assert contents["fr"] != contents["en"]
        # Publications of two sources in the same unit stand side by side, and the third one agrees.
        groups = {row["figure"]: row for row in whole["publications"]}
        assert groups[""]["contradict"] is True
        assert [p["source"] for p in groups[""]["published"]] == [
            "https://a.example/1", "https://b.example/2",
        ]  # fmt: skip
        assert groups["quantity.target.precursor.-.kg"]["contradict"] is False
        for id_, value in stored.items():
            if id_.startswith(("records", "quantity", "checked", "seizures", "messages")):
                found = selectors.records(one, id_, made.known_at, made.cutoff_at)
                assert found.count() == (made.content["records"][id_] or int(value)), id_
    page = scene.client("aa.coordinator").get(
        f"/operations/{scene.operation}/records/?figure=quantity.other.drug.cocaine.kg"
    )
    assert "6.5" in page.content.decode()


def test_a_second_person_approves_exactly_what_he_read(scene: Scene) -> None:
    """Participants confirm; a later record changes the state of the confirmation; the approval is for one
    draft; only then it is sent, and the others read it."""
    scene.live()
    scene.send("bb.post", "seizure", {"substance": "heroin", "category": "drug"})
    client: Client = scene.client("bb.contact")
    path = f"/operations/{scene.operation}/final/"
    scene.state("followup")
    page = client.get(path).content.decode()
    known = re.search(r'name="known" value="([^"]+)"', page)
    assert known is not None
    assert client.post(path, {"do": "confirm", "known": known[1]}).status_code == 302
    with scene.by("aa.coordinator") as user:
        made = final.draft(user, scene.operation)
        states = {each["name"]: each["confirmed"] for each in made.content["participants"]}
        assert states == {"Customs of AA": "no", "Customs of BB": "yes", "Customs of CC": "no"}
        with pytest.raises(Refused, match="second"):
            final.preview(user, scene.operation, made.pk)
    assert "heroin" not in client.get(path).content.decode().partition(ASIDE)[0]
    with scene.by("aa.coordinator") as user:
        asked = final.ask(user, scene.operation, made.known_at, WHY)
        with pytest.raises(Refused, match="asked"):
            final.draft(user, scene.operation, "Another text.")
        # A change behind the back of the second person, as SQL of the web role could make it.
        Final.objects.filter(pk=made.pk).update(summary_en="Changed.")
    with scene.by("aa.second") as second, pytest.raises(approvals.Refused, match="changed"):
        approvals.decide(second, asked.pk, True)
    with scene.by("aa.coordinator"):
        Final.objects.filter(pk=made.pk).update(summary_en="")
    with scene.by("aa.coordinator") as user:
        # Who made the draft does not approve it, also if he is a second person of the group.
        group.name_member(user, scene.operation, user, "second")
        assert seconds(made.operation).filter(user_id=user.pk).exists()
        assert not lifecycle.is_second(asked, user)
    with scene.by("aa.second") as second:
        approvals.decide(second, asked.pk, True)
    with scene.by("aa.coordinator") as user:
        assert Approval.objects.get(pk=asked.pk).state == "done"
        with pytest.raises(Refused, match="approved"):
            final.draft(user, scene.operation)
        offer = final.preview(user, scene.operation, made.pk)
        final.send(user, scene.operation, made.pk, offer.preview.token)
    for who in ("bb.contact", "cc.deputy"):
        page = scene.client(who).get(path).content.decode().partition(ASIDE)[0]
        assert "quantity.target.drug.heroin.kg" in page
    answer = client.get(f"{path}file/?lang=fr&format=docx")
    assert _cells(answer.content)["quantity.target.drug.heroin.kg"] == "12.5"
    assert client.get(f"{path}file/?lang=de&format=docx").status_code == 404


def test_publications_are_compared_in_the_base_unit() -> None:
    """8.5 t and 8,500 kg agree; another value contradicts; an unknown figure contradicts nothing."""
    one = Published("precursors", "q", Decimal("8.5"), "t", "a")
    two = Published("precursors", "q", Decimal(8_500), "kg", "b")
    assert figures.beside([one, two], {"q": "8500"})[0].contradict is False
    assert figures.beside([one, two], {"q": "8501"})[0].contradict is True
    assert figures.beside([one], {})[0].contradict is False
    other = Published("countries", "", Decimal(70), "countries", "a")
    assert figures.beside([other], {})[0].contradict is False


def test_a_zero_with_a_huge_exponent_is_zero(scene: Scene) -> None:
    """`0E-9999999` is the number 0; the database cannot read it in this form."""
    scene.live()
    zero = Published("Arrests", "arrests", Decimal("0E-9999999"), "", "Release A")
    with scene.by("aa.coordinator") as user:
        assert final.publish(user, scene.operation, [zero]) == 1
        assert final.publish(user, scene.operation, [zero]) == 0
