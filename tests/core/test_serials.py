"""The forms of serial numbers, and the warnings about characters that are easily confused."""

from __future__ import annotations

import itertools

import pytest

from vedette.core import serials

#: The pairs of the requirement: each must be warned in both directions.
PAIRS = [("O", "0"), ("I", "1"), ("l", "1"), ("I", "l"), ("B", "8"), ("S", "5"), ("Z", "2"), ("Q", "O"),
         ("G", "6"), ("Q", "0")]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), [*PAIRS, *((b, a) for a, b in PAIRS)])
def test_every_pair_that_looks_alike_is_warned_with_both_readings(one: str, other: str) -> None:
    """Whatever stands around it, the character and the one it may be are named, and the number stays."""
    for before, after in (("", "47X"), ("AK", ""), ("77-", " 93")):
        text = f"{before}{one}{after}"
        found = serials.warning(text)
        assert found is not None
        [doubt] = [d for d in found.doubts if d.position == len(before) + 1]
        assert doubt.read == one
        assert other.upper() in doubt.others.upper()
        assert found.digits != found.letters
        assert serials.possible(text) == serials.possible(f"{before}{other}{after}")


def test_a_number_without_such_characters_is_not_warned() -> None:
    """No warning without a reason: officers would no longer read them."""
    for text in ("AK 3477-99", "743 974", "HKT-43", "L477", "Ж347"):
        assert serials.warning(text) is None


def test_letters_of_other_scripts_are_warned_and_possibly_the_same() -> None:
    """A Cyrillic mark and the Latin letters that someone typed for it are possibly one number."""
    found = serials.warning("АК 3477")
    assert found is not None
    assert [(one.position, one.others) for one in found.doubts] == [(1, "A"), (2, "K")]
    assert found.letters == "AK 3477"
    assert serials.form("АК3477") != serials.form("AK3477")
    assert serials.possible("АК3477") == serials.possible("AK3477")


def test_digits_alone_are_told_apart_from_mixed_numbers() -> None:
    """Most numbers consist of digits only; a letter in them would be unusual."""
    for text, plain in (("10582", True), ("105 82", True), ("A10582", False), ("1O582", False)):
        found = serials.warning(text)
        assert found is not None
        assert found.plain is plain


def test_both_readings_are_written_out() -> None:
    """The reader compares two whole numbers with the weapon, not single characters."""
    found = serials.warning("lOB-5Q2G")
    assert found is not None
    assert (found.digits, found.letters) == ("108-5026", "IOB-SQZG")


@pytest.mark.parametrize(
    ("text", "same"),
    [("ab 123-4", "AB1234"), ("ＡＢ１２３４", "AB1234"), ("AB/1234", "ab.1234"), ("٣٤٧", "347")],
)
def test_numbers_are_compared_without_case_width_and_separators(text: str, same: str) -> None:
    """Two ways to write one number have one form."""
    assert serials.form(text) == serials.form(same) != ""


def test_numbers_that_differ_keep_different_forms() -> None:
    """Characters that look alike are never made equal in the form; nor are other characters in `possible`."""
    look = ["A10", "AI0", "A1O", "AIO", "A1Q"]
    assert len({serials.form(one) for one in look}) == len(look)
    assert len({serials.possible(one) for one in look}) == 1
    other = ["3477", "3479", "X477", "Y477", "4377"]
    assert all(
        serials.possible(a) != serials.possible(b) for a, b in itertools.combinations(other, 2)
    )


def test_a_number_that_cannot_be_read_in_full_identifies_nothing() -> None:
    """`AB?34` has no form, so it cannot link two records."""
    assert serials.form("AB?34") == serials.possible("AB?34") == ""
    assert serials.is_serial("AB?34")


def test_hostile_texts_are_no_serial_numbers() -> None:
    """Formulas, markup, long texts and control characters are refused; cleaning bounds nothing silently."""
    for text in ("=1+1", "<b>1</b>", "A" * 41, "", "???", "-12", "\x00"):
        assert not serials.is_serial(serials.clean(text))
    assert serials.clean(" AB\x00 12\u202e 3\n4 ") == "AB 12 3 4"
