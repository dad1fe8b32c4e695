"""Question banks: a coordinator imports a version from an XLSForm workbook, and a diagnostic uses it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.apps.assistance.scene import Scene

from vedette.apps.assistance.actions import banks as actions
from vedette.apps.assistance.actions import diagnostics
from vedette.apps.assistance.models import Bank
from vedette.apps.columns import new_id
from vedette.assistance import bank_xlsform, banks
from vedette.core.message_forms.xlsform import workbook
from vedette.formats.tables import read_workbook


def _changed(sheet: str, row: int, column: int, text: str) -> bytes:
    """The workbook of the example with one other cell."""
    sheets = bank_xlsform.sheets(banks.example())
    sheets[sheet][row - 1][column] = text
    return workbook(sheets)


def _post(scene: Scene, who: str, data: bytes, version: str = "2027-A") -> Any:
    file = SimpleUploadedFile("bank.xlsx", data)
    return scene.client(who).post("/assistance/banks/", {"version": version, "workbook": file})


def test_a_version_is_imported_and_used(scene: Scene) -> None:
    """Export and import are equal through the pages; a diagnostic with the new version shows its questions,
    also to the Member, and an open diagnostic keeps its version."""
    client = scene.client("pp.coordinator")
    data = client.get("/assistance/banks/example/form/").content
    assert data == bank_xlsform.write(banks.example()) or data[:2] == b"PK"
    own = _changed("survey", 2, 2, "Is the new question asked?")
    assert _post(scene, "pp.coordinator", own).status_code == 302
    row = Bank.objects.using("intake").get()
    again = client.get(f"/assistance/banks/{row.pk}/form/").content
    found = read_workbook(io.BytesIO(again).getvalue(), 64 << 20, 400_000)
    read = banks.read_bank(bank_xlsform.read([table.rows for table in found]))
    assert read == banks.read_bank(row.content)
    assert read.questions[0].text["en"] == "Is the new question asked?"
    assert read.questions[1:] == banks.example().questions[1:]
    assert _post(scene, "pp.coordinator", own).status_code == 422
    for who in ("mm.contact", "oo.coordinator"):
        assert scene.client(who).get(f"/assistance/banks/{row.pk}/form/").status_code == 404
    scene.mission()
    with scene.by("pp.leader") as leader:
        diagnostics.open_new(leader, scene.request, Bank.objects.get(pk=row.pk))
    one = scene.diagnostic()
    page = scene.client("mm.contact").get(f"/assistance/diagnostics/{one.pk}/questions/1/")
    assert "Is the new question asked?" in page.content.decode()
    assert scene.client("mm.contact").get(f"/assistance/banks/{row.pk}/form/").status_code == 200


@pytest.mark.parametrize(
    ("sheet", "row", "column", "text", "told"),
    [
        ("survey", 2, 0, "begin group", "sheet survey, row 2: the type must be select_one"),
        ("survey", 4, 7, "${a} = 1", "sheet survey, row 4: conditions"),
        ("choices", 3, 1, "7", "sheet choices, row 3: the list needs the levels"),
    ],
)
def test_a_fault_is_named_with_its_place(
    scene: Scene, sheet: str, row: int, column: int, text: str, told: str
) -> None:
    """The page names sheet, row and cause, keeps the version that was typed, and stores nothing."""
    answer = _post(scene, "pp.coordinator", _changed(sheet, row, column, text))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert told in page
    assert 'value="2027-A"' in page
    assert not Bank.objects.using("intake").exists()


def test_only_a_coordinator_imports(scene: Scene) -> None:
    """Others are refused; a file that is no workbook gets a message."""
    with pytest.raises(PermissionDenied):
        scene.do("mm.contact", actions.add, new_id(), "1", b"PK")
    assert _post(scene, "pp.leader", b"PK").status_code == 403
    answer = _post(scene, "pp.coordinator", b"no workbook")
    assert answer.status_code == 422
    assert "not a readable workbook" in answer.content.decode()
