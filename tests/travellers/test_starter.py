"""The starter pack: every file reads, says what it is for in both languages, and breaks no rule of lint."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from tests.each import each
from tests.french import CATALOGUE, FRENCH

from vedette.core.texts import render
from vedette.kinds import vocabulary
from vedette.profiles.files import PLACEHOLDER, ProfileFile, dump
from vedette.profiles.lint import finding_text, lint
from vedette.profiles.tree import columns
from vedette.profiles.words import lines, reading
from vedette.travellers.starter import WATCHED, paths, starter

VOCABULARY = vocabulary("traveller")
#: Indicators of the project's list (docs/vocabulary.md).
INDICATORS = set(range(1, 26))
PURPOSES = {"terrorism", "serious_crime", "border"}
#: What a file says of its weight → the weights that are meant (`travellers/starter`).
WEIGHTS = {
    "a sign that many innocent travellers show": range(3, 10),
    "a sign that some innocent travellers show": range(10, 15),
    "a sign that hardly any innocent traveller shows": range(15, 41),
    "a link to a known case, or a person to be protected": range(20, 41),
}


@cache
def pack() -> dict[str, ProfileFile]:
    return {file.id: file for file in starter()}


def _ids() -> list[str]:
    return [path.stem for path in paths()]


def test_the_25_indicators_are_served() -> None:
    """Each indicator by a profile of its own number at least, and no other is named."""
    assert {n for file in pack().values() for n in file.indicators} == INDICATORS
    for n in INDICATORS:
        assert n in pack()[f"P-{n:03}"].indicators
    assert [path.stem for path in paths()] == list(pack())


def test_a_file_is_complete() -> None:
    """An example to be adapted, with a title, a public source, what speaks for and against, all of it in
    the catalogue; a basis that is to be named, a floor and an end."""

    def check(id: str) -> None:
        file = pack()[id]
        assert file.example
        for text in (file.title, file.basis, file.source, file.factors_for, file.factors_against):
            assert f"starter profile\x04{text}" in CATALOGUE
        assert not file.justification or f"starter profile\x04{file.justification}" in CATALOGUE
        assert "and more" not in file.title
        assert 0 < len(file.source) <= 300
        assert file.basis == PLACEHOLDER
        assert file.purpose in PURPOSES
        assert file.floor is not None
        assert 0 < file.floor < 1
        assert 1 <= file.valid_months <= 12

    each(_ids(), check)


def test_lint_finds_nothing_grave() -> None:
    """No errors and no warnings; restricted facts are justified. That the data-protection officer is
    heard is the administration's, when it activates one."""

    def check(id: str) -> None:
        file = pack()[id]
        tree = file.parsed(VOCABULARY)
        found = lint(tree, VOCABULARY, justified=bool(file.justification), dpo_heard=True)
        assert [render(finding_text(f)) for f in found if f.severity != "info"] == []
        restricted = any(column.restricted for column in columns(tree))
        assert bool(file.justification) is restricted

    each(_ids(), check)


def test_it_reads_in_both_languages() -> None:
    """A lawyer sees whom it spares and whom it picks."""

    def check(id: str) -> None:
        tree = pack()[id].parsed(VOCABULARY)
        english, french = lines(reading(tree)), lines(reading(tree), FRENCH)
        assert len(english) == len(french) > 1
        assert english != french
        assert not [line for line in (*english, *french) if "%(" in line]

    each(_ids(), check)


def test_it_counts_what_speaks_for_a_traveller() -> None:
    """Exculpatory conditions beside incriminating ones: crew in all, and more where a sign is weak."""

    def check(id: str) -> None:
        said = pack()[id].expression
        assert "NOT COALESCE(is_crew, FALSE)" in said
        if pack()[id].weight < 14:
            assert "with_child_under_12" in said
            assert "booking_travellers" in said

    each(_ids(), check)


def test_the_weight_is_explained() -> None:
    """A line before it says why it is as high as it is."""

    def check(path: Path) -> None:
        found = re.search(r"^# (.*)\nweight: (\d+)$", path.read_text("utf-8"), re.MULTILINE)
        assert found is not None
        meant = next(
            weights
            for said, weights in sorted(WEIGHTS.items(), key=lambda w: -len(w[0]))
            if found[1].startswith(said)
        )
        assert int(found[2]) in meant

    each(paths(), check, lambda path: path.stem)


def test_code_lists_are_empty_until_filled() -> None:
    """No administration watches places because we named them."""
    assert {name for file in pack().values() for name in file.lists} == {WATCHED}
    assert {codes for file in pack().values() for codes in file.lists.values()} == {()}


def test_it_goes_out_as_it_came_in() -> None:
    """Exported from an administration, a profile of the pack is the same."""
    from vedette.profiles.files import load

    assert [load(dump(file)) for file in pack().values()] == list(pack().values())
