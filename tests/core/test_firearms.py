"""The fields of firearm records: what is accepted, what is refused and why."""

from __future__ import annotations

import pytest

from vedette.core import firearms
from vedette.core.texts import render

PISTOL = {
    "item": "firearm", "type": "pistol", "make": "Zastava", "model": "M70", "calibre": "7.65 Browning",
    "serial": "AB 1204", "serial_state": "intact", "country": "RS", "made_year": "1981",
    "import_country": "FR", "import_year": "1999", "proof_mark": "crown over 70", "marks": "M-81",
    "last_country": "France", "made": "converted", "iarms_on": "2026-11-20", "remarks": "=1+1",
}  # fmt: skip


def test_a_record_keeps_every_field_and_is_written_back_the_same() -> None:
    """What a file or a form gave is what a file or a form gets; the number is stored as entered."""
    one, errors = firearms.read(PISTOL)
    assert one is not None, errors
    assert (one.serial, one.last_country, one.made_year) == ("AB 1204", "FR", 1981)
    again, _ = firearms.read(firearms.given(one))
    assert again == one
    assert set(firearms.given(one)) == set(firearms.FIELDS) == set(firearms.LABELS)


@pytest.mark.parametrize("state", firearms.SERIAL_STATES)
@pytest.mark.parametrize("serial", ["", "AB12", "AB?2"])
@pytest.mark.parametrize("reason", ["", "unreadable"])
@pytest.mark.parametrize("item", ["firearm", "part"])
def test_a_serial_number_or_a_reason(item: str, serial: str, state: str, reason: str) -> None:
    """Without a number that can be read in full, a reason is required, whatever the state; a state without a
    number contradicts a number."""
    one, errors = firearms.read(
        {"item": item, "type": "rifle", "part": "frame", "serial": serial, "serial_state": state,
         "no_serial": reason}
    )  # fmt: skip
    if serial and state == "none":
        assert set(errors) == {"serial_state"}
    elif serial != "AB12" and not reason:
        assert set(errors) == {"no_serial"}
    else:
        assert one is not None
        assert (one.serial, one.no_serial) == (serial, reason)


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"item": ""}, {"item"}),
        ({"type": ""}, {"type"}),
        ({"type": "catapult"}, {"type"}),
        ({"item": "part"}, {"part"}),
        ({"serial_state": ""}, {"serial_state"}),
        ({"serial": "<script>"}, {"serial"}),
        ({"serial": "A" * 41}, {"serial"}),
        ({"serial": "", "no_serial": "lazy"}, {"no_serial"}),
        ({"serial": "", "no_serial": "other", "remarks": ""}, {"remarks"}),
        ({"quantity": "2"}, {"quantity"}),
        ({"quantity": "-1"}, {"quantity"}),
        ({"quantity": "1e9"}, {"quantity"}),
        ({"country": "Atlantis"}, {"country"}),
        ({"made_year": "81"}, {"made_year"}),
        ({"import_year": "3000"}, {"import_year"}),
        ({"made": "converted;magic"}, {"made"}),
        ({"iarms_on": "20/11/2026"}, {"iarms_on"}),
        ({"make": "x" * 101}, {"make"}),
        ({"country": "Atlantis", "type": "x"}, {"country", "type"}),
    ],
)
def test_what_cannot_be_used_is_named_by_its_field(
    changed: dict[str, str], fields: set[str]
) -> None:
    """Every fault of a record is reported at once, with a sentence; no record is kept in part."""
    one, errors = firearms.read(PISTOL | changed)
    assert one is None
    assert set(errors) == fields
    assert all(render(text) for text in errors.values())


def test_ammunition_has_a_lot_and_no_serial_number() -> None:
    """A serial number that a row states for ammunition is no number of a weapon."""
    one, errors = firearms.read(
        {
            "item": "ammunition",
            "quantity": "1 200",
            "calibre": "9x19",
            "lot": "21-77",
            "serial": "AB1",
        }
    )
    assert one is not None, errors
    assert (one.quantity, one.lot, one.serial, one.serial_state) == (1200, "21-77", "", "none")


@pytest.mark.parametrize(
    "names",
    [
        ("9 mm Parabellum", "9x19", "9 × 19 mm", "9mm Luger"), ("7,62x39", "7.62 x 39 mm"),
        (".32 ACP", "7.65 Browning"), ("12/70", "12 gauge", "cal. 12"), (".45 ACP", "11,43x23"),
    ],
)  # fmt: skip
def test_names_of_one_calibre_are_equal(names: tuple[str, ...]) -> None:
    """Officers write a calibre as it stands on the weapon."""
    assert len({firearms.calibre_form(one) for one in names}) == 1
    assert firearms.calibre_form(names[0])


def test_other_calibres_differ_and_a_diameter_alone_says_nothing() -> None:
    """`9 mm` fits four cartridges: it agrees with none and contradicts none."""
    forms = [
        firearms.calibre_form(one)
        for one in ("9x19", "9x18", "9x17", "7.62x39", "7.62x51", "5.45x39")
    ]
    assert len(set(forms)) == len(forms)
    assert firearms.calibre_form("9 mm") == firearms.calibre_form("") == ""


def test_makes_are_compared_without_legal_forms() -> None:
    """`Glock` and `Glock GmbH` are one make; two makes are two."""
    assert firearms.make_form("Glock Ges.m.b.H.") == firearms.make_form("GLOCK")
    assert firearms.make_form("Česká zbrojovka a.s.") == firearms.make_form("Ceska Zbrojovka")
    assert firearms.make_form("Zastava") != firearms.make_form("Beretta")
    assert firearms.make_form("Arms") == "arms"
