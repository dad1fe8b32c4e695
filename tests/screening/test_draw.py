"""The random control: as many as asked for, nobody's choice, and anybody can check."""

from __future__ import annotations

import math
import uuid

import pytest

from vedette.screening import draw

ORGANISATION = uuid.UUID(int=7)
KEY = draw.day_key(b"m" * 32, ORGANISATION, "2026-11-24")


@pytest.mark.parametrize("rate", [0.001, 0.02, 0.25])
def test_as_many_as_the_rate_says(rate: float) -> None:
    """Of 100,000, within five standard deviations; none at 0, all at 1."""
    subjects = [uuid.UUID(int=n) for n in range(100_000)]
    drawn = sum(draw.is_drawn(KEY, "green", s, rate) for s in subjects)
    spread = math.sqrt(len(subjects) * rate * (1 - rate))
    assert abs(drawn - len(subjects) * rate) < 5 * spread
    assert not any(draw.is_drawn(KEY, "green", s, 0.0) for s in subjects[:1000])
    assert all(draw.is_drawn(KEY, "green", s, 1.0) for s in subjects[:1000])


def test_lanes_and_days_draw_others() -> None:
    """Who is drawn on one lane or day is drawn on another as rarely as anybody."""
    subjects = [uuid.UUID(int=n) for n in range(50_000)]
    other = draw.day_key(b"m" * 32, ORGANISATION, "2026-11-25")
    one = {s for s in subjects if draw.is_drawn(KEY, "green", s, 0.05)}
    for key, lane in ((KEY, "red"), (other, "green")):
        both = sum(draw.is_drawn(key, lane, s, 0.05) for s in one)
        assert abs(both / len(one) - 0.05) < 0.02


def test_a_higher_rate_keeps_who_was_drawn() -> None:
    """Raising the rate adds, and lets nobody go who was drawn before."""
    subjects = [uuid.uuid4() for _ in range(5_000)]
    few = {s for s in subjects if draw.is_drawn(KEY, "green", s, 0.02)}
    assert few <= {s for s in subjects if draw.is_drawn(KEY, "green", s, 0.05)}


def test_the_promise_binds() -> None:
    """Only the promised key answers a check; the promise itself tells nothing of who is drawn."""
    subject = uuid.uuid4()
    promised = draw.promise(KEY)
    assert draw.holds(KEY, promised, "green", subject, 1.0) is True
    assert draw.holds(b"x" * 32, promised, "green", subject, 1.0) is None
    assert promised != KEY.hex()
