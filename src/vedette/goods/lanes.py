"""Assigns goods items to the lanes of clearance: red (the goods are examined), yellow (the documents are
examined), blue (release, and examination afterwards), green (release).

A criterion sends the items that fulfil its expression to a lane. The expressions are the same as in risk
profiles, and use the vocabulary of goods. A criterion may select only a share of its items (`rate`). In
addition, each item can be selected at random for the red lane, with a minimum rate that does not depend on
the criteria. Only these random items show the share of irregular goods among the items that no criterion
selects. Both random selections use `screening/draw.py`, so anybody can verify them after the key of the day
is published. `goods/criteria.py` defines the criteria.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from vedette.core.records import Record
from vedette.core.shares import interval
from vedette.core.texts import gettext_lazy
from vedette.goods.criteria import LANES, Criterion, Lane, NotUsable, Refused
from vedette.profiles.check import ExpressionError, error_text
from vedette.profiles.parse import parse
from vedette.profiles.run import Explaining, Profile, ProfileSet
from vedette.profiles.vocabulary import Type, Vocabulary
from vedette.screening.draw import is_drawn

#: The name of the draw of the minimum rate.
_MINIMUM = "minimum"
_TEXT: Type = "text"


class Met(Record, frozen=True, kw_only=True):
    """A criterion that an item fulfils. `selected` is false if the criterion selects only a share of its
    items and did not select this item. `evidence` contains the conditions that were true, as plain data."""

    name: str
    lane: Lane
    selected: bool
    evidence: tuple[dict[str, Any], ...] = ()


class Assigned(Record, frozen=True, kw_only=True):
    """The lane of one item. `random` is true if the item was selected at random with the minimum rate. The
    criteria that the item fulfils are also stated for a randomly selected item. A lane is a proposal for the
    control, and contains no decision."""

    lane: Lane
    random: bool
    criteria: tuple[Met, ...] = ()


class Share(Record, frozen=True, kw_only=True):
    """The expected statistics of one criterion.

    `share` is the share of the items that fulfil the criterion, with the 95 % interval from `low` to `high`.
    `alone` is the share of the items that only this criterion sends to its lane or a stricter lane.
    """

    name: str
    lane: Lane
    items: int
    share: float
    low: float
    high: float
    alone: float


class Expected(Record, frozen=True, kw_only=True):
    """The expected rates of the lanes and of each criterion over a population of earlier items."""

    items: int
    lanes: dict[Lane, float]
    criteria: tuple[Share, ...]
    #: Criteria that could not be evaluated.
    failed: tuple[str, ...] = ()


class Lanes:
    """The compiled criteria of an administration that apply on one day."""

    def __init__(
        self, vocabulary: Vocabulary, criteria: Sequence[Criterion], day: dt.date, *,
        minimum: float, lists: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:  # fmt: skip
        """Compiles the criteria that apply on the day. `minimum` is the minimum random rate, from 0 to 1.
        `lists` are the local lists (code lists) that expressions may name. Criteria that are not valid are in
        `refused`. Raises `ValueError` if the minimum rate is not between 0 and 1."""
        if not 0 <= minimum <= 1:
            raise ValueError("the minimum random rate must be from 0 to 1")
        self.minimum = minimum
        self.criteria: list[Criterion] = []
        self.refused: list[Refused] = []
        profiles: list[Profile] = []
        types = dict.fromkeys(lists or {}, _TEXT)
        names: set[str] = set()
        for one in criteria:
            if not one.applies(day):
                continue
            try:
                if one.name in names:
                    raise NotUsable(gettext_lazy("Another criterion has the same name."))
                if not 0 <= one.rate <= 1:
                    raise NotUsable(gettext_lazy("The rate must be from 0 to 100 percent."))
                tree = parse(one.expression, vocabulary, types, one.parameters)
            except ExpressionError as error:
                self.refused.append(Refused(name=one.name, message=error_text(error)))
                continue
            except NotUsable as error:
                self.refused.append(Refused(name=one.name, message=error.message))
                continue
            names.add(one.name)
            self.criteria.append(one)
            profiles.append(Profile(id=one.name, tree=tree, lists=dict(lists or {})))
        self._set = ProfileSet(profiles)

    def assign(
        self, frame: pl.DataFrame, firsts: Sequence[uuid.UUID], key: bytes
    ) -> tuple[Assigned, ...]:
        """Assigns each row of a table of values to a lane. `firsts` contains the first id of each item, and
        `key` is the key of the day (`screening/draw.py`). A row in which a value is missing fulfils no
        criterion that uses this value."""
        fired = self._set.fire(frame)
        rows, places = fired.rows.tolist(), fired.profiles.tolist()
        held = self._set.explain(frame, rows, places, Explaining.plain_rows)
        met: list[list[Met]] = [[] for _ in range(frame.height)]
        for row, place, evidence in zip(rows, places, held, strict=True):
            one = self.criteria[place]
            selected = one.rate >= 1 or is_drawn(
                key, f"criterion:{one.name}", firsts[row], one.rate
            )
            met[row].append(Met(name=one.name, lane=one.lane, selected=selected, evidence=evidence))
        return tuple(
            self._assigned(tuple(one), is_drawn(key, _MINIMUM, first, self.minimum))
            for one, first in zip(met, firsts, strict=True)
        )

    @staticmethod
    def _assigned(met: tuple[Met, ...], drawn: bool) -> Assigned:
        lanes = [one.lane for one in met if one.selected] + (["red"] if drawn else [])
        lane: Lane = min(lanes, key=LANES.index, default="green")
        return Assigned(lane=lane, random=drawn, criteria=met)

    def expected(self, frame: pl.DataFrame) -> Expected:
        """Computes the rates that the criteria and the minimum rate would have over earlier items. The rates
        are exact expected values, so no item is selected at random."""
        fired = self._set.fire(frame)
        items = frame.height
        # free[lane][row]: the probability that nothing sends the row to this lane or to a stricter one.
        free = {lane: np.ones(items) for lane in LANES[:-1]}
        rows_of = {
            place: fired.rows[fired.profiles == place] for place in range(len(self.criteria))
        }
        for lane in free:
            free[lane] *= 1 - self.minimum
        for place, rows in rows_of.items():
            for lane in self._from(place):
                free[lane][rows] *= 1 - self.criteria[place].rate
        shares = []
        for place, rows in rows_of.items():
            one = self.criteria[place]
            low, high = interval(len(rows), items)
            if one.lane == "green" or not items:
                alone = 0.0
            else:
                without = np.full(items, 1 - self.minimum)
                for other, others in rows_of.items():
                    if other != place and one.lane in self._from(other):
                        without[others] *= 1 - self.criteria[other].rate
                alone = float((without - free[one.lane]).sum()) / items
            share = len(rows) / items if items else 0.0
            shares.append(
                Share(name=one.name, lane=one.lane, items=len(rows), share=share, low=low, high=high,
                      alone=alone)
            )  # fmt: skip
        rates: dict[Lane, float] = {}
        before = 0.0
        for lane in LANES[:-1]:
            reached = float(1 - free[lane].mean()) if items else 0.0
            rates[lane] = reached - before
            before = reached
        rates["green"] = 1 - before if items else 0.0
        failed = tuple(one.id for one in fired.failed)
        return Expected(items=items, lanes=rates, criteria=tuple(shares), failed=failed)

    def _from(self, place: int) -> tuple[Lane, ...]:
        """Returns the lane of a criterion and the less strict lanes, except green."""
        return LANES[LANES.index(self.criteria[place].lane) : -1]
