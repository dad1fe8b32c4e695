"""The table of words knows the errors of each word, and nothing else."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.screening.control_lists import arrays, text
from vedette.screening.control_lists.words import (
    ALONE,
    ANCHOR,
    FUZZY,
    Words,
    hash_of,
    hashes_of,
)

CORRECT = {
    "ammonlum": "ammonlum",
    "nltrate": "nltrate",
    "nltrates": "nltrate",
    "nltrlte": "nltrlte",
    "acld": "acld",
    "ceлиtpa": "ceлиtpa",
    "modern": "modern",
}
LIKELY = [form for form in CORRECT if len(form) >= 5]


@pytest.fixture(scope="module")
def words() -> Words:
    table = Words(CORRECT, LIKELY)
    assert table.add(["ammonlumnltrate", "nltrat", "nltrate"]) == ["ammonlumnltrate"]
    table.mark(
        anchors={"nltrate", "ammonlum", "acld"}, alone={"nltrate"}, numbers=["l942"],
        numbered={"nltrate": 7}, short=5, long=7,
    )  # fmt: skip
    return table


def _errors() -> dict[str, str]:
    """Returns the word of each error by the rule that the table states: the longest word, then the first."""
    found: dict[str, str] = {}
    for form in LIKELY:
        for error in text.errors(form):
            if error not in CORRECT and len(CORRECT[form]) > len(found.get(error, "")):
                found[error] = CORRECT[form]
    return found


def test_each_error_of_a_word_is_found(words: Words) -> None:
    errors = _errors()
    assert len(errors) > 80
    for error, word in errors.items():
        assert words.get(error) == (word, True), error
    for form, word in CORRECT.items():
        assert words.get(form) == (word, False)


def test_words_of_no_name_are_unknown(words: Words) -> None:
    chance = random.Random(3)
    known = {*_errors(), *CORRECT, "ammonlumnltrate"}
    for _ in range(5_000):
        other = "".join(chance.choice("acldnrtem") for _ in range(chance.randrange(1, 10)))
        assert (words.get(other) is not None) == (other in known)
    for other in ("", "l942", "n" * 300, "\U0001f600"):
        assert words.get(other) is None


def test_the_marks_of_forms_say_what_starts_the_work(words: Words) -> None:
    forms = ["nltrate", "nltrates", "nltrat", "acld", "ammonlm", "l942", "modern", "other"]
    lengths = np.array([len(form) for form in forms], dtype=np.int64)
    places = words.places(hashes_of(arrays.codes("".join(forms)), lengths))
    assert places[-1] == -1
    marks = [int(mark) for mark in words.marks[places[:-1]]]
    assert marks == [
        ANCHOR | ALONE, ANCHOR | ALONE, FUZZY | ANCHOR | ALONE, ANCHOR, FUZZY | ANCHOR, ANCHOR | ALONE, 0,
    ]  # fmt: skip
    assert [int(number) for number in words.numbers[places[:-1]]] == [7, 7, 7, 0, 0, 0, 0]


def test_the_parts_of_joined_letters_are_found(words: Words) -> None:
    parts = words.parts("xammonlumnltratx", least=3, most=24)
    assert (1, ("ammonlum", False)) in parts[9]
    assert (9, ("nltrate", True)) in parts[15]


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=8))
def test_the_hash_of_a_word_is_the_same_alone_and_in_a_batch(batch: list[str]) -> None:
    lengths = np.array([len(one) for one in batch], dtype=np.int64)
    hashes = hashes_of(arrays.codes("".join(batch)), lengths)
    assert [int(one) for one in hashes] == [hash_of(one) for one in batch]


@given(st.lists(st.text(max_size=30), min_size=1, max_size=6))
def test_texts_are_folded_in_a_batch_as_each_alone(batch: list[str]) -> None:
    assert arrays.divided(arrays.fold_codes(arrays.joined(batch))) == [
        text.fold(one) for one in batch
    ]


def test_characters_whose_form_is_longer_or_empty_are_folded_in_a_batch() -> None:
    batch = ["œufs ½ ß\nﷺ", "", "a\u0301\u200b|", "ﬁn", "𝔫𝔦𝔱𝔯𝔦𝔠"]
    assert arrays.divided(arrays.fold_codes(arrays.joined(batch))) == [
        text.fold(one) for one in batch
    ]
