"""The encrypted field: what it carries, and that nobody else can make or change it."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.cash import codes
from vedette.cash.public import state

KEY = secrets.token_bytes(32)
NOW = 1_800_000_000


def test_the_field_carries_the_form() -> None:
    """Number, page and answers; two fields of the same form differ."""
    made = state.new("crossing", NOW)
    made.answers["person"] = {"first_names": "Awa", "birth": ["1", "2", "1990"]}
    text = state.seal(KEY, made)
    assert state.unseal(KEY, text, NOW + 5) == made
    assert state.seal(KEY, made) != text
    assert codes.number_of(made.code) == made.number


@given(st.binary(max_size=200))
def test_nobody_makes_a_field(data: bytes) -> None:
    """Random bytes, and a field of another installation."""
    import base64

    with pytest.raises(state.Tampered):
        state.unseal(KEY, base64.urlsafe_b64encode(data).decode(), NOW)
    other = state.seal(secrets.token_bytes(32), state.new("crossing", NOW))
    with pytest.raises(state.Tampered):
        state.unseal(KEY, other, NOW)


def test_every_changed_character_is_noticed() -> None:
    """One character of the field is another one."""
    text = state.seal(KEY, state.new("crossing", NOW))
    # The last bits of the last characters are not used.
    for place in range(len(text) - 4):
        changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        with pytest.raises(state.Tampered):
            state.unseal(KEY, changed, NOW)


def test_fields_expire() -> None:
    """Two hours after the page was made, a day after the form was begun; not in the future."""
    made = state.new("crossing", NOW)
    assert state.unseal(KEY, state.seal(KEY, made), NOW + state.PAGE_S)
    for now in (NOW + state.PAGE_S + 1, NOW - 100):
        with pytest.raises(state.Expired):
            state.unseal(KEY, state.seal(KEY, made), now)
    made.at = NOW + state.FORM_S + 1
    with pytest.raises(state.Expired):
        state.unseal(KEY, state.seal(KEY, made), NOW + state.FORM_S + 1)


def test_long_answers_are_refused() -> None:
    """The field would not come back."""
    made = state.new("crossing", NOW)
    made.answers["cash"] = {"text": "x" * state.MOST}
    with pytest.raises(state.TooLarge):
        state.seal(KEY, made)


def test_the_id_depends_on_key_and_content() -> None:
    """The same content has the same id, and nobody without the key can compute it."""
    assert state.identity(KEY, b"a") == state.identity(KEY, b"a")
    assert state.identity(KEY, b"a") != state.identity(KEY, b"b")
    assert state.identity(KEY, b"a") != state.identity(bytes(32), b"a")
