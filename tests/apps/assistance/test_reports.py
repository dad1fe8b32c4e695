"""The mission report: the leader writes words, the Member confirms facts, and all files hold the same ids and
values."""

from __future__ import annotations

import io
import json

import pypdfium2
import pytest
from django.db import DatabaseError
from docx import Document
from tests.apps.assistance.scene import Scene

from vedette.apps.assistance.actions import diagnostics, reports
from vedette.apps.assistance.actions.common import Refused
from vedette.apps.assistance.models import MissionReport
from vedette.assistance import banks

WORDS = {"summary_en": "Registers exist.\x0b", "findings_fr": "Les registres ne sont pas comparés."}


def _annex(data: bytes) -> dict[str, str]:
    """The ids and values of the last table of a .docx file."""
    texts = [cell.text for cell in Document(io.BytesIO(data)).tables[-1]._cells]
    return {texts[n]: texts[n + 1] for n in range(3, len(texts), 3)}


def _pdf_text(data: bytes) -> str:
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data))


def test_all_files_hold_the_same_ids_and_values(scene: Scene) -> None:
    """.docx and PDF in French and English, and JSON; the page links each number to its answers."""
    one = scene.frozen()
    scene.do("pp.leader", reports.write, one.pk, WORDS)
    leader = scene.client("pp.leader")
    path = f"/assistance/diagnostics/{one.pk}/report/"

    def file(language: str, format_: str) -> bytes:
        answer = leader.get(f"{path}file/?lang={language}&format={format_}")
        assert answer.status_code == 200
        return answer.content

    whole = json.loads(file("en", "json"))
    truth = {each["id"]: each["value"] for each in whole["figures"]}
    assert len(truth) > 200
    assert truth["answered"] == "70"
    for language in ("fr", "en"):
        assert _annex(file(language, "docx")) == truth
        text = _pdf_text(file(language, "pdf")).replace("\r", "")
        # A long id is on several lines of its cell.
        joined = "".join(text.split())
        for id_, value in truth.items():
            assert f"{id_}{value}".replace(" ", "") in joined
        told = "Registers exist." if language == "en" else "Les registres ne sont pas comparés."
        assert told in text
    page = leader.get(path).content.decode()
    assert 'href="../questions/?figure=area/legal/score"' in page
    found = leader.get(f"/assistance/diagnostics/{one.pk}/questions/?figure=area/legal/score")
    legal = [n for n, each in enumerate(banks.example().questions, 1) if each.area == "legal"]
    content = found.content.decode()
    shown = [n for n in range(1, 71) if f"/questions/{n}/" in content]
    assert shown == legal


def test_the_leader_writes_words_and_the_member_confirms_facts(scene: Scene) -> None:
    """The confirmation is for the figures and words that the page showed; it ends with a change of words, and
    the report says when a figure has changed. Nobody outside the mission reads the report."""
    one = scene.opened()
    scene.answer("oo.assessor", 1, 2)
    path = f"/assistance/diagnostics/{one.pk}/report/"
    contact = scene.client("mm.contact")
    with pytest.raises(Refused, match="no_report"):
        scene.do("mm.contact", reports.confirm, one.pk, "x")
    with pytest.raises(Refused, match="role"):
        scene.do("mm.contact", reports.write, one.pk, WORDS)
    scene.do("pp.leader", reports.write, one.pk, WORDS)
    with pytest.raises(Refused, match="conflict"):
        scene.do("pp.leader", reports.write, one.pk, WORDS, "earlier")
    with pytest.raises(Refused, match="role"):
        scene.do("pp.leader", reports.confirm, one.pk, "x")
    page = contact.get(path)
    seen = page.context["content"].digest
    scene.answer("oo.assessor", 2, 1)
    answer = contact.post(path, {"do": "confirm", "seen": seen})
    assert answer.status_code == 422
    seen = contact.get(path).context["content"].digest
    assert contact.post(path, {"do": "confirm", "seen": seen}).status_code == 302
    assert contact.get(path).context["content"].confirmed
    scene.answer("oo.assessor", 3, 1)
    assert contact.get(path).context["content"].outdated
    scene.do("pp.leader", reports.write, one.pk, WORDS | {"summary_fr": "Autre."})
    assert MissionReport.objects.using("intake").get().confirmed == ""
    for who in ("oo.contact", "pp.coordinator", "mm.officer"):
        for more in ("", "file/?lang=fr&format=json"):
            assert scene.client(who).get(f"{path}{more}").status_code == 404
    scene.do("mm.contact", diagnostics.share, one.pk)
    assert scene.client("pp.coordinator").get(path).status_code == 200


def test_the_database_refuses_what_the_page_refuses(scene: Scene) -> None:
    """Words by the leader only, confirmation by the Member only, neither of both at once."""
    one = scene.opened()
    scene.do("pp.leader", reports.write, one.pk, WORDS)
    for who, columns in (
        ("mm.contact", {"words": {}}), ("oo.assessor", {"words": {}}),
        ("pp.leader", {"confirmed": "x"}), ("oo.assessor", {"confirmed": "x"}),
    ):  # fmt: skip
        more = {"confirmed_by_id": scene.people[who].pk} if "confirmed" in columns else {}
        with pytest.raises(DatabaseError), scene.by(who):
            MissionReport.objects.update(**columns, **more)
    with scene.by("oo.coordinator"):
        assert not MissionReport.objects.exists()
