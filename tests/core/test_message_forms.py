"""Forms of messages: changes, values, old versions, and the way to XLSForm and back."""

from __future__ import annotations

import datetime as dt
import io
import random
import tempfile
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.core import message_forms as forms
from vedette.core.message_forms import Condition, Field, Form, WrongChange, xlsform
from vedette.formats.tables import read_workbook

YES = {"en": "Yes", "fr": "Oui"}


def _base() -> Form:
    return forms.checked(
        (
            Field(
                "found",
                "yesno",
                {"en": "Found?", "fr": "Constat ?"},
                nominal=False,
                required=True,
                short=True,
                system=True,
                kept=True,
            ),
            Field(
                "kind",
                "choice",
                {"en": "Kind", "fr": "Nature"},
                nominal=False,
                short=True,
                choices=(
                    ("a", {"en": "Alpha", "fr": "Alpha fr"}),
                    ("b", {"en": "Beta", "fr": "Bêta"}),
                ),
            ),
            Field(
                "amount",
                "number",
                {"en": "Amount", "fr": "Quantité"},
                unit="kg",
                nominal=False,
                least=Decimal("0.5"),
                most=Decimal(1000),
                condition=Condition("found", ("yes",)),
            ),
            Field("note", "long", {"en": "Note", "fr": "Note"}, nominal=False, length=200),
        )
    )


def _change(drawn: random.Random, form: Form, n: int) -> Form:
    """One change that is possible; a change that is not possible leaves the form as it is."""
    one = drawn.choice(form)
    changes = [
        lambda: forms.hide(form, one.id, drawn.random() < 0.5),
        lambda: forms.require(form, one.id, drawn.random() < 0.5),
        lambda: forms.rename(form, one.id, {"en": f"Name {n}", "fr": f"Nom {n}"}),
        lambda: forms.move(form, one.id, drawn.randrange(len(form))),
        lambda: forms.limit(
            form, one.id, Decimal(drawn.randint(0, 5)), Decimal(drawn.randint(6, 900))
        ),
        lambda: forms.shorten(form, one.id, drawn.random() < 0.5),
        lambda: forms.decide(form, one.id, drawn.random() < 0.5),
        lambda: forms.show_if(
            form, one.id, Condition("kind", ("a",)) if drawn.random() < 0.5 else None
        ),
        lambda: forms.add(
            form,
            Field(
                f"f{n}",
                drawn.choice(("text", "integer", "number", "day", "time", "yesno")),
                {"en": f"Field {n}", "fr": f"Champ {n}"},
                unit=drawn.choice(("", "kg")),
            ),
        ),
    ]
    try:
        return drawn.choice(changes)()
    except WrongChange:
        return form


_VALUES = {
    "text": "a text",
    "long": "a long text",
    "integer": "7",
    "number": "7,5",
    "day": "2026-11-24",
    "time": "2026-11-24T10:30",
    "yesno": "yes",
    "choice": "a",
}


@pytest.mark.parametrize("seed", range(5))
def test_messages_read_as_when_written(seed: int) -> None:
    """50 changes with 1,000 messages between them: each reads as when it was written."""
    drawn = random.Random(seed)
    versions, written = [_base()], []
    for n in range(50):
        versions.append(_change(drawn, versions[-1], n))
        for _ in range(20):
            form = versions[-1]
            typed = {one.id: _VALUES[one.type] for one in form if drawn.random() < 0.8}
            read = forms.read(form, typed, short=drawn.random() < 0.5)
            shown = [
                (one.label(language), one.unit, (read.values | read.nominal)[one.id])
                for language in forms.LANGUAGES
                for one in form
                if one.id in read.values | read.nominal
            ]
            written.append((len(versions) - 1, read, shown))
    stored = [forms.dump(form) for form in versions]
    assert len(written) == 1_000
    for number, read, shown in written:
        form = forms.load(stored[number])
        assert form == versions[number]
        again = [
            (one.label(language), one.unit, (read.values | read.nominal)[one.id])
            for language in forms.LANGUAGES
            for one in form
            if one.id in read.values | read.nominal
        ]
        assert again == shown
        assert not set(read.values) & {one.id for one in form if one.nominal}


@pytest.mark.parametrize("seed", range(10))
def test_xlsform_and_back(seed: int) -> None:
    """A form that was changed fifty times is equal after it was written as a workbook and read."""
    drawn, form = random.Random(seed), _base()
    for n in range(50):
        form = _change(drawn, form, n)
    data = xlsform.write(form, "Control", "control", 3)
    sheets = xlsform.by_headings([one.rows for one in read_workbook(data)])
    assert xlsform.read(sheets) == form


def test_a_workbook_does_not_contain_the_present_time() -> None:
    """Two downloads of the same form are equal, also in different seconds."""
    import openpyxl

    data = xlsform.workbook({"survey": [["type"], ["text"]]})
    properties = openpyxl.load_workbook(io.BytesIO(data)).properties
    assert properties.created == properties.modified == dt.datetime(1980, 1, 1)


def test_another_program_reads_the_workbook() -> None:
    """`pyxform` converts the workbook to an XForm without an error."""
    pyxform = pytest.importorskip("pyxform")
    from pyxform.xls2xform import convert

    assert pyxform
    form, drawn = _base(), random.Random(1)
    for n in range(30):
        form = _change(drawn, form, n)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "form.xlsx"
        path.write_bytes(xlsform.write(form, "Control", "control", 3))
        found = convert(xlsform=str(path), validate=False)
    assert "<h:html" in found.xform
    assert all(f"/{one.id}" in found.xform for one in form)


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("required_hidden", lambda f: forms.require(forms.hide(f, "note"), "note")),
        ("kept", lambda f: forms.hide(f, "found")),
        ("kept", lambda f: forms.require(f, "found", False)),
        ("unknown", lambda f: forms.hide(f, "nothing")),
        ("double", lambda f: forms.add(f, Field("note", "text", YES))),
        ("label", lambda f: forms.rename(f, "note", {"en": "Only English"})),
        ("condition", lambda f: forms.show_if(f, "kind", Condition("amount", ("1",)))),
        ("condition", lambda f: forms.move(f, "found", 3)),
        ("limits", lambda f: forms.limit(f, "amount", Decimal(9), Decimal(1))),
        ("choices", lambda f: forms.add(f, Field("x", "choice", YES))),
        ("id", lambda f: forms.add(f, Field("X y", "text", YES))),
        ("type", lambda f: forms.add(f, Field("x", "file", YES))),
    ],
)
def test_a_change_that_contradicts_the_rules_is_refused(code: str, change: object) -> None:
    """The refusal names the reason."""
    with pytest.raises(WrongChange) as raised:
        change(_base())  # type: ignore[operator]
    assert raised.value.code == code


def test_an_added_or_renamed_field_is_nominal_until_the_decision() -> None:
    """Its value then stays apart."""
    form = forms.add(_base(), Field("who", "text", YES, nominal=False))
    assert forms.get(form, "who").nominal
    assert forms.read(form, {"found": "no", "who": "Jane"}).nominal == {"who": "Jane"}
    form = forms.decide(form, "who", False)
    assert forms.read(form, {"found": "no", "who": "blue"}).values["who"] == "blue"
    form = forms.rename(form, "who", {"en": "Name", "fr": "Nom"})
    assert forms.get(form, "who").nominal
    assert not forms.get(forms.rename(form, "kind", YES), "kind").nominal


def test_a_large_form_is_read_at_once() -> None:
    """100 fields over 8,000 choices: reading is linear in the size of the form."""
    choices = tuple((f"c{n}", YES) for n in range(80))
    form = forms.checked(
        tuple(Field(f"f{n}", "choice", YES, nominal=False, choices=choices) for n in range(100))
    )
    typed = {one.id: "c79" for one in form}
    assert len(forms.read(form, typed).values) == 100
    with pytest.raises(WrongChange, match="many_fields"):
        forms.add(form, Field("one", "text", YES))


@given(st.text(max_size=30))
def test_numbers_are_stored_in_one_form(typed: str) -> None:
    """A number is stored with a point and without an exponent, or refused."""
    field = Field("amount", "number", YES)
    value, problem = forms.canonical_value(field, typed.strip() or "x")
    assert bool(value) != bool(problem)
    if value:
        assert forms.canonical_value(field, value) == (value, "")


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ({}, "sheet"),
        ({"survey": [(1, ["type", "name"]), (2, ["begin_group", "g"])]}, "type"),
        ({"survey": [(1, ["type", "name"]), (2, ["select_one nowhere", "g"])]}, "choices"),
        (
            {
                "survey": [
                    (1, ["type", "name", "label", "constraint"]),
                    (2, ["text", "a", "A", "regex(.)"]),
                ]
            },
            "constraint",
        ),
        (
            {
                "survey": [
                    (1, ["type", "name", "label", "relevant"]),
                    (2, ["text", "a", "A", "1 = 1"]),
                ]
            },
            "relevant",
        ),
        (
            {
                "survey": [
                    (1, ["type", "name", "label"]),
                    (2, ["text", "a", "A"]),
                    (3, ["text", "a", "B"]),
                ]
            },
            "double",
        ),
    ],
)
def test_a_workbook_outside_the_subset_is_refused(rows: dict[str, object], code: str) -> None:
    """The refusal names the reason and the row."""
    with pytest.raises(xlsform.Unreadable) as raised:
        xlsform.read(rows)  # type: ignore[arg-type]
    assert raised.value.code == code


def test_a_form_of_another_program_is_nominal() -> None:
    """Without the columns of vedette, every field is nominal until the data-protection officer decides."""
    form = xlsform.read({"survey": [(1, ["type", "name", "label"]), (2, ["text", "a", "A"])]})
    assert form == (Field("a", "text", {"en": "A", "fr": "A"}),)
