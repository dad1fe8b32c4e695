"""Many profiles over one frame: built once, fired over every frame that comes.

A profile fires where it is true. By Kleene's rules that is so exactly where its form with negations
pushed down to single conditions is, reading each condition as "is true" and each negated one as "is
false" (`tree.normal`). So each condition is evaluated once by Polars for all profiles, and what remains
is AND and OR of sets of rows. Conditions that read text come last, and only where a profile may still
fire. The same set of conditions judges a backtest: what is tested is what runs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from vedette.core.records import Record
from vedette.screening import vocabulary
from vedette.screening.profiles.bits import Condition, failure, pairs, rows_of
from vedette.screening.profiles.compiling import Lists
from vedette.screening.profiles.evidence import Explaining, Held
from vedette.screening.profiles.fitting import fitted
from vedette.screening.profiles.tree import (
    And,
    ListRef,
    Node,
    Or,
    Scalar,
    Tree,
    bare,
    columns,
    normal,
    opposite,
    walk,
)


class Profile(Record, frozen=True, kw_only=True):
    """A profile to run: its id as reports name it, its tree, the values of its code lists (None: it is
    not known what is on the list)."""

    id: str
    tree: Tree
    lists: Mapping[str, tuple[Scalar, ...] | None] = msgspec.field(default_factory=dict)


class Failed(Record, frozen=True, kw_only=True):
    """A profile that could not be evaluated: which, and the kind of error. It fired nowhere."""

    id: str
    error: str


class Pairs(msgspec.Struct, frozen=True):
    """Firing pairs: `rows[i]` of the frame fires profile `profiles[i]` of the set; by profile, then row.

    `failed`: profiles that could not be evaluated. `absent`: columns the frame did not have.
    """

    rows: npt.NDArray[np.int64]
    profiles: npt.NDArray[np.int64]
    failed: tuple[Failed, ...] = ()
    absent: tuple[str, ...] = ()


#: A condition by its number, or AND (True) or OR (False) of formulas.
_Formula: TypeAlias = "int | tuple[bool, tuple[_Formula, ...]]"


class ProfileSet:
    """Profiles compiled together. `ids` are in the order given; `columns` are those they read."""

    def __init__(self, profiles: Iterable[Profile]) -> None:
        self._profiles = tuple(profiles)
        self.ids = tuple(profile.id for profile in self._profiles)
        self._conditions: list[Condition] = []
        self._numbers: dict[object, int] = {}
        self._formulas: dict[int, _Formula] = {}
        self._broken: dict[int, str] = {}
        read: dict[str, vocabulary.Column] = {}
        for place, profile in enumerate(self._profiles):
            try:
                self._formulas[place] = self._formula(normal(profile.tree), profile.lists)
            except (Exception, pl.exceptions.PanicException) as error:
                self._broken[place] = failure(error)
                continue
            read |= {column.name: column for column in columns(profile.tree)}
        self.columns = tuple(read.values())
        self._used = {place: _numbers(formula) for place, formula in self._formulas.items()}
        self._slow = frozenset(one.number for one in self._conditions if one.slow)
        self._fast = tuple(one.number for one in self._conditions if not one.slow)
        self._judges: dict[int, ProfileSet] = {}
        self._explained: dict[int, Explaining] = {}

    def __len__(self) -> int:
        return len(self._profiles)

    def _formula(self, node: Node, lists: Lists) -> _Formula:
        if isinstance(node, And | Or):
            return isinstance(node, And), tuple(self._formula(part, lists) for part in node.parts)
        values = tuple((name, _held(lists.get(name))) for name in sorted(_list_names(node)))
        key = (bare(node), values)
        if key not in self._numbers:
            number = len(self._conditions)
            self._conditions.append(Condition(number, node, lists))
            self._numbers[key] = number
        return self._numbers[key]

    def fire(self, frame: pl.DataFrame) -> Pairs:
        """All pairs of a row and a profile that is true for it.

        `frame` has a column for each of `columns`, more if it likes; of one it lacks nothing is known.
        """
        fit, absent = fitted(frame, self.columns)
        every = (1 << fit.height) - 1
        rows: dict[int, int] = dict.fromkeys(self._slow, every)
        broken = dict(self._broken)
        self._evaluate(fit, self._fast, rows, broken)
        may = {place: _rows(formula, rows) for place, formula in self._formulas.items()}
        late = {place: self._used[place] & self._slow for place, found in may.items() if found}
        self._evaluate(fit, set().union(*late.values()), rows, broken)
        for place, used in late.items():
            if used:
                may[place] = _rows(self._formulas[place], rows)
        true = {place: found for place, found in may.items() if found and place not in broken}
        failed = tuple(Failed(id=self.ids[place], error=broken[place]) for place in sorted(broken))
        return Pairs(*pairs(true, fit.height), failed, absent)

    def _evaluate(
        self,
        frame: pl.DataFrame,
        numbers: Collection[int],
        rows: dict[int, int],
        broken: dict[int, str],
    ) -> None:
        """Evaluate conditions into `rows`; profiles of those that fail go to `broken`."""
        asked = [self._conditions[number] for number in numbers]
        for number, found in rows_of(frame, asked).items():
            if isinstance(found, int):
                rows[number] = found
                continue
            rows[number] = 0
            broken |= {place: found for place, used in self._used.items() if number in used}

    def judge(self, frame: pl.DataFrame, id: str) -> pl.Series:
        """One profile over a frame: true, false, or null where what is missing decides.

        All null where the profile cannot be evaluated (`fire` says why). KeyError for an unknown id.
        """
        if id not in self.ids:
            raise KeyError(id)
        place = self.ids.index(id)
        if place not in self._judges:
            profile = self._profiles[place]
            other = msgspec.structs.replace(profile, tree=opposite(profile.tree))
            self._judges[place] = ProfileSet((profile, other))
        fired = self._judges[place].fire(frame)
        true = np.zeros(frame.height, dtype=bool)
        known = np.zeros(frame.height, dtype=bool)
        true[fired.rows[fired.profiles == 0]] = True
        known[fired.rows] = True
        outcome = pl.DataFrame({"true": true, "known": known})
        return outcome.select(pl.when("known").then("true").alias(id)).to_series()

    def explain(
        self, frame: pl.DataFrame, rows: Sequence[int], profiles: Sequence[int]
    ) -> list[tuple[Held, ...]]:
        """For each pair as `fire` gave it: the conditions that held, with value against limit."""
        made: list[tuple[Held, ...]] = [()] * len(rows)
        by_profile: dict[int, list[int]] = {}
        for place, profile in enumerate(profiles):
            by_profile.setdefault(int(profile), []).append(place)
        for profile, places in by_profile.items():
            some = frame[[int(rows[place]) for place in places]]
            for place, held in zip(places, self._explaining(profile).rows(some), strict=True):
                made[place] = held
        return made

    def _explaining(self, place: int) -> Explaining:
        if place not in self._explained:
            one = self._profiles[place]
            self._explained[place] = Explaining(one.tree, one.lists)
        return self._explained[place]


def _held(values: Collection[Scalar] | None) -> tuple[Scalar, ...] | None:
    return None if values is None else tuple(values)


def _list_names(node: Node) -> set[str]:
    return {part.name for part in walk(node) if isinstance(part, ListRef)}


def _numbers(formula: _Formula) -> frozenset[int]:
    if isinstance(formula, int):
        return frozenset((formula,))
    return frozenset().union(*(_numbers(part) for part in formula[1]))


def _rows(formula: _Formula, rows: Mapping[int, int]) -> int:
    """The rows for which a formula is true."""
    if isinstance(formula, int):
        return rows[formula]
    every, parts = formula
    found = _rows(parts[0], rows)
    for part in parts[1:]:
        if every:
            if not found:
                return 0
            found &= _rows(part, rows)
        else:
            found |= _rows(part, rows)
    return found
