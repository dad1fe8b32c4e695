"""Codes of announcements: their form, errors of typing, and forged codes."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.cash import codes

numbers = st.integers(0, (1 << codes.BITS) - 1)


@given(numbers)
def test_a_code_states_its_number(number: int) -> None:
    """Encoding and reading give the same number; the grouped form is the same code."""
    code = codes.encode(number)
    assert len(code) == codes.LENGTH
    assert codes.number_of(code) == number
    assert codes.parse(codes.grouped(code)) == code


@given(numbers, st.data())
def test_usual_errors_of_typing_are_read(number: int, data: st.DataObject) -> None:
    """Lower case, O for 0, I or L for 1, separators, and digits of other scripts."""
    code = codes.encode(number)
    alike = {"0": "0oO٠０۰", "1": "1iIlL١１۱"}
    typed = "".join(
        data.draw(st.sampled_from(alike.get(one, one + one.lower())))
        + data.draw(st.sampled_from(["", " ", "-", "\u00a0"]))
        for one in code
    )
    assert codes.parse(typed) == code


@given(numbers, st.data())
def test_a_wrong_character_is_noticed(number: int, data: st.DataObject) -> None:
    """Each single wrong character, and each exchange of two different characters."""
    code = list(codes.encode(number))
    first = data.draw(st.integers(0, codes.LENGTH - 1))
    second = data.draw(st.integers(0, codes.LENGTH - 1))
    wrong = code.copy()
    wrong[first] = data.draw(st.sampled_from(sorted(set(codes.ALPHABET) - {code[first]})))
    assert codes.parse("".join(wrong)) is None
    if code[first] != code[second]:
        code[first], code[second] = code[second], code[first]
        assert codes.parse("".join(code)) is None


@pytest.mark.parametrize(
    "text", ["", "-", "U" * 13, "0" * 12, "0" * 14, "0" * 10_000, "é" * 13, "00000\x000000000"]
)
def test_other_texts_are_no_codes(text: str) -> None:
    """A long text is not read to its end."""
    assert codes.parse(text) is None


def test_numbers_of_another_size_are_refused() -> None:
    """A code has 60 bits."""
    for number in (-1, 1 << codes.BITS):
        with pytest.raises(ValueError):
            codes.encode(number)
    with pytest.raises(ValueError):
        codes.number_of("X")


def test_forged_codes_find_nothing() -> None:
    """Of 100,000 codes in use, 100,000 random codes with a correct check character find none."""
    chance = random.Random(7)
    used = {codes.encode(chance.getrandbits(codes.BITS)) for _ in range(100_000)}
    forged = random.Random(8)
    assert not any(codes.encode(forged.getrandbits(codes.BITS)) in used for _ in range(100_000))
