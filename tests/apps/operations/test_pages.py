"""The pages of operations: each state, each role, what was typed is kept."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.apps.operations.scene import WHY, Scene, when

from vedette.apps.columns import new_id
from vedette.apps.operations.models import Message, Operation, Report, Template


@pytest.fixture(autouse=True)
def _no_factor(monkeypatch: pytest.MonkeyPatch) -> None:
    from vedette.apps.accounts import factors

    monkeypatch.setattr(factors, "must_have_factor", lambda user: False)


def _post(client: Client, path: str, status: int = 302, **values: Any) -> str:
    answer = client.post(path, values)
    assert answer.status_code == status, (
        path,
        answer.status_code,
        _words(answer.content.decode())[:600],
    )
    return answer.headers.get("Location", "") if status == 302 else answer.content.decode()


def _send(client: Client, path: str, **values: Any) -> str:
    """Posts a form with a preview: reads the preview, and sends what it shows. Returns the preview."""
    shown = _post(client, path, 200, **values)
    token = re.search(r'name="token" value="([^"]+)"', shown)
    assert token is not None, _words(shown)[:600]
    _post(client, path, **values, step="send", token=token[1])
    return shown


def _get(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return answer.content.decode()


def _words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_pages_from_the_new_operation_to_the_report(scene: Scene) -> None:
    """The coordinator, a contact point and an officer take an operation through its pages."""
    aa, bb = scene.client("aa.coordinator"), scene.client("bb.contact")
    plan = {
        "exercise": "no",
        "name": "CLEAR COAST",
        "reference": "PGS-1",
        "zone": "Africa/Dakar",
        "live_from": when(1),
        "live_until": when(-10),
        "until": when(-40),
        "plans_due": when(-2),
        "cutoff": "18:00",
        "marking": "green",
        "purpose": "border",
        "basis": "Agreement",
        "threat": "Typed threat",
        "targets": "precursor",
    }
    kept = _post(aa, "/operations/new/", 422, **{**plan, "until": when(-5)})
    assert "Typed threat" in kept
    agreement = re.search(r'<option value="([^"]+)">Exchange in operations: precursors', kept)
    assert agreement is not None
    plan["agreement"] = agreement[1]
    path = _post(aa, "/operations/new/", **plan)
    scene.operation = Operation.objects.using("intake").get().pk
    forms = f"{path}forms/"
    assert "Quantity" in _get(aa, f"{forms}?kind=seizure")
    kept = _post(aa, forms, 422, kind="seizure", version=1, do="hide", field="quantity")
    assert "Situation reports use this field" in kept
    field = {"id": "colour", "type": "text", "en": "Colour", "fr": "Couleur"}
    _post(aa, forms, kind="seizure", version=1, do="add", **field)
    _post(aa, forms, 403, kind="seizure", version=2, do="not_nominal", field="colour")
    _post(
        scene.client("aa.dpo"), forms, kind="seizure", version=2, do="not_nominal", field="colour"
    )
    book = aa.get(f"{path}forms/xlsform/?kind=seizure")
    assert book.content[:2] == b"PK"
    file = SimpleUploadedFile("form.xlsx", book.content)
    _post(aa, forms, kind="seizure", version=3, do="import", workbook=file)
    assert Template.objects.using("intake").filter(kind="seizure").count() == 3
    _post(
        aa,
        forms,
        422,
        kind="seizure",
        version=3,
        do="import",
        workbook=SimpleUploadedFile("x.xlsx", b"PK"),
    )
    for page in (
        "",
        "plan/",
        "readiness/",
        "group/",
        "national/",
        "messages/",
        "reports/",
        "entry/",
        "records/",
    ):
        _get(aa, path + page)
    _get(bb, path, 404)
    _post(aa, f"{path}group/", do="name", user=scene.people["aa.second"].pk, role="second")
    _post(aa, f"{path}group/", do="invite", organisation=[one.pk for one in scene.homes.values()])
    for before, to in (("draft", "proposed"), ("proposed", "called")):
        _post(aa, f"{path}act/", do="advance", before=before, to=to)
    assert "CLEAR COAST" in _get(bb, "/home/")
    assert "basis" in _post(bb, f"{path}act/", 422, do="accept", version="1", part="A part typed")
    for home in scene.homes:
        contact = scene.client(f"{home}.contact")
        _post(contact, f"{path}act/", do="accept", version="1", basis="Customs act")
        for role in ("contact", "deputy", "post"):
            _post(
                contact,
                f"{path}group/",
                do="name",
                user=scene.people[f"{home}.{role}"].pk,
                role=role,
            )
        _post(
            contact,
            f"{path}national/",
            do="send",
            text="Plan",
            unit=scene.units[home].pk,
            due_at=when(-1),
        )
    _post(aa, f"{path}act/", do="advance", before="called", to="preparing")
    page = _get(aa, f"{path}readiness/")
    assert "o-hold" in page
    assert _words(page).count("missing") >= 6
    test = scene.test()
    assert "o-hold" not in _get(aa, f"{path}readiness/")
    _post(aa, f"{path}act/", do="live", why=WHY)
    assert "waiting for the approval of the second person" in _words(_get(aa, f"{path}readiness/"))
    second = scene.client("aa.second")
    from vedette.apps.accounts.models import Approval

    asked = Approval.objects.using("intake").get()
    _get(second, f"/approvals/{asked.pk}/")
    _post(second, f"/approvals/{asked.pk}/", decide="allow")
    assert scene.one().state == "live"
    _get(aa, f"/operations/messages/{test}/")
    post = scene.client("bb.post")
    kept = _post(
        post,
        f"{path}entry/",
        422,
        kind="control",
        place="Quay typed",
        happened=when(),
        id=new_id(),
        category="precursor",
        controls="x",
        found="no",
    )
    assert "Quay typed" in kept
    kept = _post(post, f"{path}entry/", 200, kind="seizure", place="Quay typed", switch="yes")
    assert "Quay typed" in kept
    shown = _send(
        post,
        f"{path}entry/",
        kind="control",
        place="Quay 1",
        happened=when(),
        id=new_id(),
        category="precursor",
        controls="12",
        found="no",
        origin="QQ",
        form="full",
    )
    # The preview names the organisations with their readers, and what stays.
    words = _words(shown)
    table = words.partition("Number of readers in the organisation")[2].partition(
        "Exactly these fields"
    )[0]
    assert "Customs of AA ( SN ) 4" in table
    assert "Customs of BB" not in table
    assert "These fields stay in your organisation: Origin (country code)" in words
    assert "Quay 1" in words
    warning = scene.warn()
    assert "Warning" in _get(post, f"/operations/messages/{warning.pk}/")
    assert str(warning.pk) in _get(post, "/home/")
    _send(
        post,
        f"/operations/messages/{warning.pk}/act/",
        do="answer",
        outcome="nothing",
        reason="Opened.",
    )
    _get(scene.client("cc.contact"), f"/operations/messages/{warning.pk}/", 404)
    sent = _get(aa, f"/operations/messages/{warning.pk}/")
    assert "Opened." in sent
    report = _post(aa, f"{path}reports/", what="consolidated")
    page = _get(aa, report)
    known = re.search(r'name="known" value="([^"]+)"', page)
    assert known is not None
    _send(aa, report, known=known[1], remark="Quiet.")
    assert Report.objects.using("intake").get().state == "sent"
    for page in ("", "plan/", "readiness/", "group/", "national/", "messages/", "messages/?kind=unanswered",
                 "messages/?kind=late", "reports/", "entry/?kind=warning&form=full",
                 "records/?figure=controls", "records/?figure=nonsense"):  # fmt: skip
        for who in ("aa.coordinator", "bb.contact", "bb.post"):
            _get(scene.client(who), path + page)
    control = Message.objects.using("intake").get(kind="control")
    contact = scene.client("bb.contact")
    _send(
        contact,
        f"/operations/messages/{control.pk}/act/",
        do="correct",
        version="1",
        why="Counted again",
        happened=when(),
        place="Quay 1",
        category="precursor",
        controls="11",
        found="no",
    )
    assert "Counted again" in _get(aa, f"/operations/messages/{control.pk}/")
    _send(
        contact,
        f"/operations/messages/{control.pk}/act/",
        do="withdraw",
        version="2",
        why="Not ours",
    )
    assert "withdrawn" in _get(aa, f"/operations/messages/{control.pk}/")
    assert _post(aa, f"{path}act/", 422, do="advance", before="live", to="followup")
    _post(aa, f"{path}act/", do="advance", before="live", to="followup", sure="yes")
