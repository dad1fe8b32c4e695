"""Strict JSON: what Python's own reader accepts or crashes on is refused with its place."""

from __future__ import annotations

from decimal import Decimal

import pytest

from vedette.core.strict_json import JsonError, loads


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"a": 1, "a": 2}', "the key 'a' occurs twice in one object"),
        ('{"a": NaN}', "NaN is not a number of JSON"),
        ('{"a": Infinity}', "Infinity is not a number of JSON"),
        ("[" * 100_000, "character 40: more than 40 nested brackets"),
        ('{"a": }', "line 1, column 7: Expecting value"),
        (b'{"a": "\xff"}', "byte 7 is not UTF-8"),
        ('{"a": 1.0e999999}', "a number is too large or too small"),
        ('{"a": 1e99999999999999999999}', "a number is too large or too small"),
        ('{"a": 1e-99999999999999999999}', "a number is too large or too small"),
        ("", "line 1, column 1: Expecting value"),
        ('["\\ud800"]', "a text contains half of a surrogate pair"),
        ('{"\\udc00": {"a": 1}}', "a text contains half of a surrogate pair"),
    ],
)
def test_what_is_not_strict_is_refused(content: str | bytes, message: str) -> None:
    """The message names the source, the place and the reason."""
    with pytest.raises(JsonError) as raised:
        loads(content, "sheet.json")
    assert str(raised.value) == f"sheet.json: {message}"


def test_brackets_in_a_text_do_not_count() -> None:
    """Brackets and escaped quotes within a text are content. Fractions stay exact."""
    assert loads('{"a": "\\"' + "[" * 99 + '", "b": 0.10}', "x") == {
        "a": '"' + "[" * 99,
        "b": Decimal("0.10"),
    }


def test_a_whole_surrogate_pair_is_a_character() -> None:
    """An escaped character outside the first 65,536 is one character."""
    assert loads('["\\ud83d\\ude00"]', "x") == ["\U0001f600"]
