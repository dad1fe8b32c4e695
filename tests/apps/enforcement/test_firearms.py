"""Firearm records in the database: a serial number or a reason, look-alikes, versions, files, exports."""

from __future__ import annotations

import csv
import io
import itertools
import uuid
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, transaction
from tests.apps.enforcement.cases import PISTOL, case, part, trace, weapon
from tests.apps.hits import world as worlds
from tests.apps.journal.scene import signed_in

from vedette.apps.accounts.models import Act
from vedette.apps.enforcement import firearm_files as files
from vedette.apps.enforcement.actions import firearms as actions
from vedette.apps.enforcement.models import Clear, Firearm
from vedette.apps.enforcement.selectors import firearms
from vedette.apps.subjects.models import Subject
from vedette.core import firearms as forms
from vedette.core import serials

#: Serial numbers of the 200 records; None has no number.
NUMBERS = [
    "KHT-437",
    "A1O{}7",
    "{}0582",
    "l{}7743",
    "ЖК{}",
    "B8{}S5",
    "XY?{}",
    "",
    "Q{}Z2",
    "CV 77 {}",
]


@pytest.fixture
def world(database: str) -> worlds.World:
    return worlds.build()


def _rows() -> list[dict[str, str]]:
    """200 records: every type, part and state, numbers that look alike, and numbers that are missing."""
    types, parts = itertools.cycle(forms.TYPES), itertools.cycle(forms.PARTS)
    reasons, states = (
        itertools.cycle(forms.REASONS),
        itertools.cycle(("intact", "altered", "erased")),
    )
    rows = []
    for n in range(200):
        number = NUMBERS[n % 10].format(n) + ("" if n % 10 else str(n))
        number = "" if n % 10 == 7 else number
        whole = bool(serials.form(number))
        rows.append(
            {
                "item": "part" if n % 7 == 0 else "firearm", "type": next(types), "part": next(parts),
                "make": f"Make {n % 13}", "model": f"M{n}", "calibre": "9x19", "serial": number,
                "serial_state": next(states) if number else ("none", "erased")[n % 2],
                "no_serial": "" if whole else next(reasons), "country": "RS", "made_year": "1981",
                "import_country": "FR", "import_year": "1999", "proof_mark": "crown", "marks": "M-81",
                "last_country": "FR", "made": ("", "converted", "craft;printed")[n % 3], "lot": f"L{n}",
                "iarms_on": "2026-03-11", "remarks": "=HYPERLINK(1), corroded",
            }
        )  # fmt: skip
    return rows


def _csv(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(forms.FIELDS), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def test_two_hundred_records_have_a_number_or_a_reason_and_are_exported_whole(
    world: worlds.World,
) -> None:
    """Imported from a file, stored, warned, exported, and read again from the export: nothing is lost."""
    rows = _rows()
    read = files.read_file(_csv(rows))
    assert (read.total, len(read.records)) == (0, 200)
    seizure = case(world)
    with world.seen_by() as by:
        files.duplicates(seizure.pk, read)
        assert read.total == 0
        actions.record_all(by, seizure.pk, [one for _, one in read.records])
        stored = firearms.of_seizure(seizure.pk)
        text = firearms.csv_of(stored)
    assert len(stored) == 200
    with_number = [one for one in stored if one.row.serial_token is not None]
    with_reason = [one for one in stored if one.row.no_serial]
    assert {one.row.pk for one in (*with_number, *with_reason)} == {one.row.pk for one in stored}
    # Look-alikes, found a second way: every character of the pairs is warned in every record.
    alike = [row for row in rows if set(row["serial"].upper()) & set("O0Q1IB8S5Z2G6") or "l" in row["serial"]
             or set(row["serial"]) & set("К")]  # fmt: skip
    warned = [one for one in stored if one.row.alike]
    assert len(warned) == len(alike) > 100
    assert all(one.warned is not None for one in warned)
    exported = list(csv.DictReader(io.StringIO(text)))
    assert list(exported[0]) == [*firearms.EXPORT_HEAD, *forms.FIELDS]
    again = files.read_file(text.encode())
    assert [one for _, one in again.records] == [one for _, one in read.records]
    assert "'=HYPERLINK" in text
    print(f"records 200, with a number {len(with_number)}, with a reason {len(with_reason)},"
          f" warned {len(warned)} of {len(alike)}, exported fields {len(forms.FIELDS)}")  # fmt: skip


@pytest.mark.parametrize(
    "values",
    [
        {"serial_token": None, "no_serial": ""},
        {"serial_state": "none", "serial_given": True},
        {"item": "firearm", "type": ""},
        {"quantity": 0},
    ],
)
def test_the_database_refuses_what_the_form_refuses(
    world: worlds.World, values: dict[str, Any]
) -> None:
    """A record without a number and without a reason cannot be stored by any way."""
    seizure = case(world)
    with world.seen_by() as by:
        row = weapon(by, seizure)
    with pytest.raises(IntegrityError), transaction.atomic(using="intake"):
        Firearm.objects.using("intake").filter(pk=row.pk).update(**values)


def test_a_row_contains_no_clear_value(world: worlds.World) -> None:
    """The number, the make and the texts are in the table that is masked with the subject."""
    seizure = case(world)
    with world.seen_by() as by:
        row = weapon(by, seizure, marks="M-81", remarks="hidden in a box", lot="77-1")
    stored = Firearm.objects.using("intake").filter(pk=row.pk).values().get()
    for secret in ("XY4377", "Zastava", "M70", "M-81", "hidden", "77-1", "Browning"):
        assert secret not in repr(stored)
    clear = Clear.objects.using("intake").get(record=row.text_id)
    assert clear.subject_id == seizure.subject_id
    assert clear.texts["serial"] == "XY4377"
    Clear.objects.using("intake").all()._raw_delete("intake")
    with world.seen_by():
        [one] = firearms.of_seizure(seizure.pk)
        assert one.values is None
        assert "masked" in firearms.csv_of([one])


def test_a_record_is_stored_once_changed_in_versions_and_struck_out(world: worlds.World) -> None:
    """Sent twice, it is stored once; two who change it at once do not overwrite each other; nothing is
    deleted."""
    seizure, id_ = case(world, state="draft"), uuid.uuid4()
    one, _ = forms.read(PISTOL)
    other, _ = forms.read(PISTOL | {"serial": "XY4379"})
    assert one is not None
    assert other is not None
    with world.seen_by() as by:
        first = actions.record(by, seizure.pk, id_, one)
        assert actions.record(by, seizure.pk, id_, one).pk == first.pk
        with pytest.raises(actions.Taken):
            actions.record(by, seizure.pk, uuid.uuid4(), one)
        changed = actions.change(by, id_, 1, other)
        assert (changed.version, changed.number) == (2, 1)
        with pytest.raises(actions.Stale):
            actions.change(by, id_, 1, one)
        assert actions.change(by, id_, 2, other).version == 2
        [shown] = firearms.of_seizure(seizure.pk)
        assert shown.values is not None
        assert shown.values.serial == "XY4379"
        actions.strike(by, id_, 2)
        assert firearms.of_seizure(seizure.pk) == []
        with pytest.raises(actions.Stale):
            actions.strike(by, id_, 3)
        # The number is free again after the record was struck out.
        assert actions.record(by, seizure.pk, uuid.uuid4(), other).number == 2
    assert Clear.objects.using("intake").count() == 3
    with world.seen_by(), pytest.raises(DatabaseError), transaction.atomic():
        Firearm.objects.filter(pk=id_).delete()
    analyst = world.users["list_manager"]
    with world.seen_by(analyst) as by, pytest.raises(PermissionDenied):
        actions.record(by, seizure.pk, uuid.uuid4(), one)


def test_rows_with_problems_are_named_and_the_others_are_kept(world: worlds.World) -> None:
    """The row number of the file, the column, and the sentence; a number twice is found in the file and in
    the seizure."""
    seizure = case(world)
    rows = [
        PISTOL, PISTOL | {"serial": ""}, PISTOL | {"serial": "AA9"}, PISTOL | {"serial": "aa-9", "make": ""},
        PISTOL | {"serial": "AA9", "make": "Beretta"}, PISTOL | {"serial": "AA7", "country": "Atlantis"},
    ]  # fmt: skip
    with world.seen_by() as by:
        weapon(by, seizure)
        read = files.read_file(_csv(rows))
        files.duplicates(seizure.pk, read)
    found = [(one.row, one.field) for one in read.problems]
    assert found == [(3, "no_serial"), (7, "country"), (2, "serial"), (5, "serial")]
    assert [row for row, _ in read.records] == [4, 6]


@pytest.mark.parametrize(
    "data",
    [
        b"", b"serial\nA1\n", b"item,item\nfirearm,part\n", b"item\n" * 5_002, b"PK\x03\x04xl/damaged",
        b"item\n" + b"x" * files.MAX_BYTES,
    ],
)  # fmt: skip
def test_files_that_cannot_be_read_are_refused_with_a_reason(data: bytes) -> None:
    """No exception but the reader's own."""
    with pytest.raises(files.BadFile) as refused:
        files.read_file(data)
    assert refused.value.text.msgid


def test_the_pages_warn_store_find_and_journal(world: worlds.World) -> None:
    """The form shows both readings before it stores a number that is easily confused; the search finds the
    number with the other character; every look is an act; another organisation finds nothing."""
    seizure = case(world)
    page = signed_in(world.officer)
    path = f"/seizures/{seizure.pk}/firearms/"
    assert page.get(path).status_code == 200
    sent = PISTOL | {"serial": "AO12", "id": str(uuid.uuid4()), "made": ["converted"]}
    warned = page.post(path, sent)
    assert warned.status_code == 422
    text = warned.content.decode()
    assert "A012" in text
    assert "AOIZ" in text
    assert not Firearm.objects.using("intake").exists()
    wrong = page.post(path, sent | {"type": "", "country": "Atlantis"}).content.decode()
    assert 'value="AO12"' in wrong
    assert wrong.count('class="err"') == 2
    answer = page.post(path, sent | {"confirmed": "AO12"})
    row = Firearm.objects.using("intake").get()
    assert (answer.status_code, answer["Location"]) == (302, f"/firearms/{row.pk}/")
    assert row.made == ["converted"]
    assert "AO12" in page.get(answer["Location"]).content.decode()
    assert f"/firearms/{row.pk}/" in page.post("/firearms/", {"q": "a0-12"}).content.decode()
    assert f"/firearms/{row.pk}/" not in page.post("/firearms/", {"q": "a0-13"}).content.decode()
    assert "AO12" in page.get(f"/seizures/{seizure.pk}/firearms.csv").content.decode()
    file = SimpleUploadedFile("w.csv", _csv([PISTOL, PISTOL | {"serial": ""}]))
    done = page.post(f"{path}import/", {"file": file})
    assert done.status_code == 200
    assert Firearm.objects.using("intake").count() == 2
    acts = set(Act.objects.using("intake").values_list("act", flat=True))
    assert {
        "firearm.record",
        "firearm.see",
        "firearm.list",
        "firearm.export",
        "firearm.import",
    } <= acts
    assert "AO12" not in repr(list(Act.objects.using("intake").values_list("detail", flat=True)))
    theirs = signed_in(worlds.build("Theirs").officer)
    assert theirs.get(f"/firearms/{row.pk}/").status_code == 404
    assert theirs.get(path).status_code == 404
    assert str(row.pk) not in theirs.post("/firearms/", {"q": "AO12"}).content.decode()


def test_parts_and_ammunition_are_recorded_too(world: worlds.World) -> None:
    """A part that carries no number has its reason; ammunition has a lot; both have pieces."""
    seizure = case(world)
    with world.seen_by() as by:
        part(by, seizure, quantity="12")
        weapon(
            by, seizure, item="ammunition", quantity="5000", lot="21-77", serial="", serial_state=""
        )
        one, other = firearms.of_seizure(seizure.pk)
    assert (one.row.item, one.row.quantity, one.row.no_serial) == ("part", 12, "part_unmarked")
    assert (other.row.item, other.row.quantity, other.row.type) == ("ammunition", 5000, "")


def test_a_search_is_recorded_and_finds_nothing_that_is_restricted(world: worlds.World) -> None:
    """A search that finds nothing is an act too. A match would reveal a restricted serial number, and so
    would the check of a file."""
    seizure = case(world)
    with world.seen_by() as by:
        row = weapon(by, seizure)
        asked = trace(by, row)
    page = signed_in(world.officer)
    assert page.get(f"/traces/{asked.pk}/export.csv").status_code == 200
    assert row.seizure.reference in page.post("/firearms/", {"q": "XY4377"}).content.decode()
    Subject.objects.using("intake").filter(pk=seizure.subject_id).update(restricted=True)
    before = Act.objects.using("intake").filter(act="firearm.list").count()
    found = page.post("/firearms/", {"q": "XY4377"}).content.decode()
    assert f"/firearms/{row.pk}/" not in found
    assert Act.objects.using("intake").filter(act="firearm.list").count() == before + 1
    data = b"item,type,serial,serial_state\nfirearm,pistol,XY4377,intact\n"
    answer = page.post(
        f"/seizures/{seizure.pk}/firearms/import/",
        {"check": "1", "file": SimpleUploadedFile("a.csv", data)},
    )
    assert answer.status_code == 409
    assert "recorded in this seizure already" not in answer.content.decode()
    assert page.get(f"/seizures/{seizure.pk}/firearms.csv").status_code == 404
    assert len(page.get("/firearms/export.csv").content.decode().splitlines()) == 1  # the headings
    for name in ("export.csv", "sheet/"):
        assert page.get(f"/traces/{asked.pk}/{name}").status_code == 404


def test_the_id_of_a_hidden_record_is_refused(world: worlds.World) -> None:
    """The device makes the id. The id of a record of another organisation causes no server error."""
    theirs = worlds.build("Theirs")
    with theirs.seen_by() as by:
        hidden = weapon(by, case(theirs))
    seizure = case(world)
    one, _ = forms.read(PISTOL)
    assert one is not None
    with world.seen_by() as by, pytest.raises(actions.Stale):
        actions.record(by, seizure.pk, hidden.pk, one)


def test_a_workbook_is_read_within_low_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The web server reads the file, so the limits of imports by workers would be too high."""
    given = []

    def read(data: bytes, *limits: int) -> list[files.tables.Table]:
        given.extend(limits)
        return []

    monkeypatch.setattr(files.tables, "read_workbook", read)
    with pytest.raises(files.BadFile):
        files.read_file(b"PK\x03\x04xl/")
    assert given == [files.MAX_UNPACKED, files.MAX_CELLS]
