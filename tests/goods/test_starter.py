"""The starter profiles for goods: every file reads, is complete in both languages, and passes lint."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from tests.each import each
from tests.french import CATALOGUE, FRENCH

from vedette.core.texts import render
from vedette.goods.kind import KIND
from vedette.goods.starter import WATCHED, paths, starter
from vedette.kinds import vocabulary
from vedette.profiles.files import PLACEHOLDER, ProfileFile, dump, load
from vedette.profiles.lint import finding_text, lint
from vedette.profiles.words import lines, reading

VOCABULARY = vocabulary("goods")
#: What a file says of its weight → the weight.
WEIGHTS = {
    "many lawful consignments show the facts": 10,
    "few lawful consignments show the facts": 20,
    "the declaration contradicts itself": 30,
}


@cache
def pack() -> dict[str, ProfileFile]:
    return {file.id: file for file in starter()}


def _ids() -> list[str]:
    return [path.stem for path in paths()]


def test_each_theme_of_goods_has_profiles() -> None:
    assert {file.theme for file in pack().values()} == set(KIND.themes)
    assert _ids() == list(pack())


def test_a_file_is_complete() -> None:
    """An example to be adapted: a title, a public source, and what speaks for and against, translated."""

    def check(id: str) -> None:
        file = pack()[id]
        assert file.example
        assert file.kind == "goods"
        for text in (file.title, file.basis, file.source, file.factors_for, file.factors_against):
            assert f"starter profile\x04{text}" in CATALOGUE
        assert 0 < len(file.source) <= 300
        assert file.basis == PLACEHOLDER
        assert file.purpose == "border"
        assert file.floor is not None
        assert set(file.lists) <= {WATCHED}
        assert all(not codes for codes in file.lists.values())

    each(_ids(), check)


def test_lint_finds_nothing_grave_and_it_reads_in_both_languages() -> None:
    def check(id: str) -> None:
        tree = pack()[id].parsed(VOCABULARY)
        found = lint(tree, VOCABULARY, justified=False, dpo_heard=True)
        assert [render(finding_text(f)) for f in found if f.severity != "info"] == []
        english, french = lines(reading(tree)), lines(reading(tree), FRENCH)
        assert len(english) == len(french) > 1
        assert english != french
        assert not [line for line in (*english, *french) if "%(" in line]

    each(_ids(), check)


def test_the_weight_is_explained() -> None:
    def check(path: Path) -> None:
        found = re.search(r"^# (.*)\nweight: (\d+)$", path.read_text("utf-8"), re.MULTILINE)
        assert found is not None
        assert int(found[2]) == WEIGHTS[found[1]]

    each(paths(), check, lambda path: path.stem)


def test_it_goes_out_as_it_came_in() -> None:
    assert [load(dump(file)) for file in pack().values()] == list(pack().values())
