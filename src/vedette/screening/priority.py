"""The priority of a hit: a whole number from 0 to 100, by a formula that can be recalculated by hand.

A reason contributes `weight × certainty`, rounded: `weight` belongs to the list (0 to 100); certainty is 0.5
at the threshold and 1 at a score of 1. The priority is the sum of the contributions of the open reasons, at
most 100, minus the points for facts in the subject's favour, and at least 1.
"""

from __future__ import annotations

from collections.abc import Iterable

#: Points subtracted for each fact in the subject's favour.
FAVOUR_POINTS: dict[str, int] = {
    "birth_date_differs": 6,
    "nationality_differs": 4,
    "sex_differs": 6,
    "messages_agree": 2,
    "return_booked": 2,
    "travels_with_family": 2,
    "cleared_before": 4,
    "earlier_crossings": 3,
}

#: Points for a disagreement between messages about one subject, in addition to another reason.
DISAGREEMENT_POINTS = 10


def contribution(weight: int, score: float, threshold: float) -> int:
    """The points of one reason: half the list's weight at the threshold, and the full weight at a score of
    1."""
    if threshold >= 1:
        return weight
    certainty = 0.5 + 0.5 * max(0.0, min(1.0, (score - threshold) / (1 - threshold)))
    return round(weight * certainty)


def priority(contributions: Iterable[int], favour: Iterable[str]) -> int:
    """The priority from the contributions of open reasons and the facts in the subject's favour."""
    against = min(100, sum(contributions))
    return max(1, against - sum(FAVOUR_POINTS[f] for f in favour))
