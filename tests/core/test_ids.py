"""Identifiers are in the order in which they were made."""

from __future__ import annotations

import time

import pytest

from vedette.core.ids import new_id


def test_a_later_identifier_is_greater_within_a_millisecond_and_when_the_clock_is_set_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = [new_id() for _ in range(10_000)]
    now = time.time_ns()
    for behind in (0, 0, 3_600_000_000_000):
        monkeypatch.setattr(time, "time_ns", lambda behind=behind: now - behind)
        made += [new_id() for _ in range(100)]
    assert made == sorted(set(made))
    assert {(one.version, one.variant) for one in made} == {(7, "specified in RFC 4122")}
