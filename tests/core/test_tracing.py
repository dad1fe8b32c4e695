"""The states of a tracing request, and the check of its export."""

from __future__ import annotations

import itertools

import pytest

from vedette.core import firearms, tracing
from vedette.core.texts import render

#: What each action does from each state, written a second time: state → action → next state. A dot is
#: refused.
EXPECTED = """
              edit   submit    acknowledge  delay   answer   refuse  withdraw  close
draft         draft  submitted .            .       .        .       withdrawn .
submitted     .      .         acknowledged delayed answered refused withdrawn .
acknowledged  .      .         .            delayed answered refused withdrawn .
delayed       .      .         .            delayed answered refused withdrawn .
answered      .      .         .            .       .        .       .         closed
refused       .      .         .            .       .        .       .         closed
withdrawn     .      .         .            .       .        .       .         .
closed        .      .         .            .       .        .       .         .
"""
_ROWS = [line.split() for line in EXPECTED.strip().splitlines()]
_STATES = {row[0]: dict(zip(_ROWS[0], row[1:], strict=True)) for row in _ROWS[1:]}


@pytest.mark.parametrize(("state", "action"), [*itertools.product(tracing.STATES, tracing.ACTIONS)])
def test_every_action_in_every_state(state: str, action: str) -> None:
    """64 pairs: the next state, or a refusal that names both."""
    expected = _STATES[state][action]
    if expected == ".":
        with pytest.raises(tracing.Refused, match=f"{state}: {action}"):
            tracing.step(state, action)
        assert action not in tracing.possible(state)
    else:
        assert tracing.step(state, action) == expected
        assert action in tracing.possible(state)


def test_an_answer_is_awaited_or_the_request_ends() -> None:
    """Every request that is not ended can be ended, and nothing follows an end."""
    for state in tracing.STATES:
        assert bool(tracing.possible(state)) is (state not in tracing.ENDED)
        assert (state in tracing.WAITING) is ("answer" in tracing.possible(state))
        seen, open_ = {state}, [state]
        while open_:
            now = open_.pop()
            found = {tracing.step(now, one) for one in tracing.possible(now)} - seen
            seen |= found
            open_ += found
        assert seen & tracing.ENDED


def _full() -> dict[str, object]:
    one, errors = firearms.read(
        {"item": "firearm", "type": "pistol", "make": "Zastava", "calibre": "9x19", "serial": "AB1O4",
         "serial_state": "altered", "made": "converted;craft"}
    )  # fmt: skip
    assert one is not None, errors
    return {field.key: "x" for field in tracing.FIELDS} | tracing.of_weapon(one)


def test_an_export_has_every_field_or_says_which_required_one_is_missing() -> None:
    """Each required field in turn is left out: the export still lists it, and says so."""
    values = _full()
    assert tracing.missing(tracing.sheet(values)) == []  # type: ignore[arg-type]
    for field in tracing.FIELDS:
        cells = tracing.sheet({**values, field.key: ""})  # type: ignore[arg-type]
        assert [cell.field.key for cell in cells] == [one.key for one in tracing.FIELDS]
        expected = [field.key] if field.required else []
        if field.key == "serial":
            continue
        assert [one.key for one in tracing.missing(cells)] == expected


def test_a_missing_serial_number_needs_its_reason() -> None:
    """The reason stands in place of the number."""
    values = {**_full(), "serial": "", "no_serial": ""}
    assert [one.key for one in tracing.missing(tracing.sheet(values))] == ["serial"]  # type: ignore[arg-type]
    values["no_serial"] = firearms.REASONS["removed"]
    assert tracing.missing(tracing.sheet(values)) == []  # type: ignore[arg-type]


def test_the_export_warns_of_look_alikes_and_lists_how_the_weapon_was_changed() -> None:
    """Both readings go with the request, so that the other State can search for both."""
    values = _full()
    assert values["alike"] == "A8104 / ABIO4"
    assert render(values["made"]) == "converted, craft-made"  # type: ignore[arg-type]
