"""Words are found in spite of scripts, widths, typing errors and reading errors."""

from __future__ import annotations

from decimal import Decimal

import pytest

from vedette.screening.control_lists import strength, text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ACETONE", "acet0ne"),
        ("acetone", "асеtоnе"),
        ("nitrile", "n1tr11e"),
        ("Acétone", "acetone"),
        ("ｎｉｔｒｉｃ", "nitric"),
        ("نـتـرات", "نترات"),
        ("أمونيوم", "امونيوم"),
        ("硝酸銨", "硝酸铵"),
        ("перекись", "ПЕРЕКИСЬ"),
    ],
)
def test_forms_that_are_read_as_the_same_word_have_the_same_fold(one: str, other: str) -> None:
    assert text.fold(one) == text.fold(other)


def test_different_words_keep_different_folds() -> None:
    assert text.fold("nitrate") != text.fold("nitrite")
    assert text.fold("chlorate") != text.fold("chloride")


def test_letters_that_stand_apart_are_joined_with_their_positions() -> None:
    joined, positions = text.cleaned("n i t r i c acid 65 %")
    assert joined == "nitric acid 65 %"
    assert positions is not None
    assert "n i t r i c acid 65 %"[positions[0] : positions[5] + 1] == "n i t r i c"


def test_a_text_without_hidden_characters_is_not_changed() -> None:
    assert text.cleaned("Acide nitrique 65 %") == ("Acide nitrique 65 %", None)


@pytest.mark.parametrize(
    ("described", "percent"),
    [
        ("nitric acid 65%", "65"),
        ("acide 33,5 %", "33.5"),
        ("حمض ٣٤٫٥٪", "34.5"),
        ("peroxide 130 vol", "39"),
        ("acid 0.1 N volumetric", "0.1"),
        ("6O% solution", "60"),
    ],
)
def test_concentrations_are_read(described: str, percent: str) -> None:
    assert [one.percent for one in strength.amounts(described, volumes=True)] == [Decimal(percent)]


def test_the_concentration_that_stands_before_a_name_belongs_to_it() -> None:
    described = "25% nitromethane / 60% methanol"
    found = strength.nearest(strength.amounts(described, volumes=False), 4, 16)
    assert found is not None
    assert found.percent == 25


def test_particle_sizes_are_read_in_micrometres() -> None:
    assert strength.coarsest("turnings 3-5 mm") == 5000
    assert strength.coarsest("powder 45 µm") == 45
    assert strength.coarsest("powder") is None
