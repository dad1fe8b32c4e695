"""The priority by hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vedette.screening.reason import FAVOUR_POINTS, contribution, priority


def test_a_contribution_is_half_the_weight_at_the_threshold_and_all_of_it_at_one() -> None:
    """docs: weight × certainty, certainty from 0.5 to 1."""
    assert contribution(70, 0.7, 0.7) == 35
    assert contribution(70, 0.85, 0.7) == 52
    assert contribution(70, 1.0, 0.7) == 70


def test_priority_is_the_sum_less_what_speaks_in_favour() -> None:
    """At most 100 before the favour is taken off, never below 1."""
    assert priority([70, 10], ["birth_date_differs", "return_booked"]) == 72
    assert priority([75, 75], ["return_booked"]) == 98
    assert priority([3], list(FAVOUR_POINTS)) == 1


@given(st.lists(st.integers(0, 100)), st.lists(st.sampled_from(sorted(FAVOUR_POINTS)), unique=True))
def test_it_stays_between_1_and_100(points: list[int], favour: list[str]) -> None:
    """Whatever comes together."""
    assert 1 <= priority(points, favour) <= 100
