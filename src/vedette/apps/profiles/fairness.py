"""The report on all profiles: for each group of subjects, the number of hits and the share of hits where
nothing was found.

A hit counts once, even if several profiles raised it. A hit also counts after the profile has
ended.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from django.utils import timezone

from vedette.apps import query
from vedette.apps.hits import fairness
from vedette.apps.hits.fairness import SAYS_LITTLE, Groups
from vedette.core.shares import interval

PERIODS = (30, 90, 180)

_HITS = """
    SELECT DISTINCT r.hit_id AS hit, became.outcome AS answer
    FROM hits_reason r JOIN hit_outcome became ON became.hit_id = r.hit_id
    WHERE r.kind = 'profile' AND r.created_at >= %(since)s
"""
_ALL = f"SELECT answer, count(*) AS hits FROM ({_HITS}) h GROUP BY answer"  # noqa: S608  only constants


@dataclass(frozen=True)
class Group:
    """The number of hits of one group of subjects, by outcome."""

    hits: int
    nothing: int
    confirmed: int
    open: int

    @property
    def answered(self) -> int:
        """The number of hits with a known outcome."""
        return self.nothing + self.confirmed

    @property
    def share(self) -> float | None:
        """The share of the answered hits where nothing was found; None if no hit is answered."""
        return self.nothing / self.answered if self.answered else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the share."""
        return interval(self.nothing, self.answered)

    @property
    def says_little(self) -> bool:
        """Whether the group has too few answered hits to be compared with other groups."""
        return self.answered < SAYS_LITTLE


@dataclass(frozen=True)
class Report:
    """The number of all hits, and the number of hits of each group."""

    all: Group
    by: list[Groups[Group]]


def report(days: int) -> Report:
    """Returns the report on the hits that profiles raised in the last days."""
    params = {"since": timezone.now() - dt.timedelta(days=days)}
    every = Counter({row["answer"]: row["hits"] for row in query.dicts(_ALL, params)})
    return Report(_group(every), fairness.report(_HITS, params, _group))


def _group(outcomes: Counter[str]) -> Group:
    nothing = outcomes["cleared"] + outcomes["nothing_found"]
    return Group(outcomes.total(), nothing, outcomes["confirmed"], outcomes["open"])
