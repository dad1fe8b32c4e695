"""Entries of several devices are merged without loss and independently of their order."""

from __future__ import annotations

import random
from typing import Any

from vedette.assistance.merging import Entry, merge, read_entry
from vedette.assistance.sheets import Problem


def _entry(
    name: str, question: str, level: int, device: str = "d1", based_on: Any = (), **more: Any
) -> Entry:
    found = read_entry(
        {
            "entry": name, "question": question, "device": device, "number": 1, "author": device,
            "time": "2026-12-01T10:00:00+00:00", "based_on": list(based_on),
            "answer": {"level": level, **more},
        },
        name,
    )  # fmt: skip
    assert isinstance(found, Entry)
    return found


def _state(entries: list[Entry]) -> Any:
    merged, problems = merge(entries)
    return [
        (m.question, m.decided, m.evidence, [e.id for e in m.current]) for m in merged
    ], problems


def test_two_devices_with_twenty_differences() -> None:
    """250 questions, 60 answered on both devices, 20 of them differently: exactly 20 need a decision, every
    answer has its author, and 200 orders with repetitions give one state."""
    entries = [_entry(f"a{n}", f"q{n:03}", 2, "first", evidence=[f"p{n}"]) for n in range(155)]
    entries += [_entry(f"b{n}", f"q{n:03}", 3 if n < 115 else 2, "second") for n in range(95, 250)]
    merged, problems = merge(entries)
    assert (len(merged), problems) == (250, [])
    assert sum(len(one.current) == 2 for one in merged) == 60
    assert [one.question for one in merged if not one.decided] == [
        f"q{n:03}" for n in range(95, 115)
    ]
    assert {(e.author, e.id) for one in merged for e in one.current} == {
        (e.author, e.id) for e in entries
    }
    state, chance = _state(entries), random.Random(3)
    for _ in range(200):
        shuffled = entries + chance.choices(entries, k=40)
        chance.shuffle(shuffled)
        assert _state(shuffled) == state


def test_a_decision_replaces_both_answers_and_a_later_answer_opens_the_question_again() -> None:
    """A decision is an entry based on all current entries. An answer that the decision did not know is
    current beside it."""
    both = [_entry("a", "q", 2, "first"), _entry("b", "q", 4, "second")]
    decision = _entry("c", "q", 4, "leader", based_on=["a", "b"])
    assert _state([*both, decision])[0] == [("q", True, [], ["c"])]
    late = _entry("d", "q", 1, "second", based_on=["b"])
    assert _state([*both, decision, late])[0] == [("q", False, [], ["c", "d"])]


def test_entries_in_a_cycle_and_with_missing_origins_are_kept() -> None:
    """Entries that are based on each other are current until an entry outside of the cycle replaces them."""
    cycle = [_entry("a", "q", 1, based_on=["b"]), _entry("b", "q", 2, based_on=["a"])]
    assert _state(cycle)[0] == [("q", False, [], ["a", "b"])]
    assert _state([*cycle, _entry("c", "q", 2, based_on=["a", "b"])])[0] == [("q", True, [], ["c"])]
    state, problems = _state([_entry("x", "q", 1, based_on=["gone"])])
    assert state == [("q", True, [], ["x"])]
    assert problems == [Problem("q", "an entry is based on an entry that has not arrived")]


def test_two_entries_with_one_id_are_both_kept() -> None:
    """Whichever comes first, the state is the same and the problem is named."""
    first, second = _entry("a", "q", 1), _entry("a", "q", 5)
    state, problems = _state([first, second])
    assert (state, problems) == _state([second, first])
    assert state[0][:2] == ("q", False)
    assert [one.message for one in problems] == ["two entries with this id differ; both are kept"]


def test_long_chains_are_merged_in_linear_time() -> None:
    """A chain of 20,000 corrections of one answer has one current entry."""
    chain = [
        _entry(f"e{n:05}", "q", 1, based_on=[f"e{n - 1:05}"] if n else []) for n in range(20_000)
    ]
    assert _state(chain)[0][0][3] == ["e19999"]


def test_an_entry_that_cannot_be_read_names_its_fault() -> None:
    """The place and the missing part are named."""
    good = {
        "entry": "a", "question": "q", "device": "d", "number": 1, "author": "x",
        "time": "2026-01-01T00:00:00", "answer": {"level": 1},
    }  # fmt: skip
    for change, place in (
        ({"author": ""}, "f:1"), ({"number": -1}, "f:1.number"), ({"number": True}, "f:1.number"),
        ({"time": "noon"}, "f:1.time"), ({"answer": 3}, "f:1.answer"), ({"based_on": [1]}, "f:1.based_on"),
    ):  # fmt: skip
        found = read_entry({**good, **change}, "f:1")
        assert isinstance(found, Problem)
        assert found.place == place
