"""The national rules for the declaration of cash, stored as data files (`cash/variants/NAME.toml`): the
threshold and how amounts are compared with it, the currency, the kinds of cash, the languages, the time
limits and the required fields.

A value with `confirmed = false` is not confirmed against the text of the law. Each page and document that
shows such a value states that the value is not confirmed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import msgspec

from vedette.cash.records import Line, Movement
from vedette.core.records import Record

#: Units of time limits.
Unit = Literal["day", "working_day", "month", "year"]


class Threshold(Record, frozen=True, kw_only=True):
    """The amount above which cash must be declared, in the currency of the variant. With `at_least`, an
    amount equal to the threshold must be declared ("EUR 10,000 or more"). With `more_than`, an amount equal
    to the threshold need not be declared ("more than USD 10,000").
    """

    amount: Decimal
    comparison: Literal["at_least", "more_than"]
    source: str
    confirmed: bool

    def reached(self, value: Decimal) -> bool:
        """Returns whether cash of this value must be declared. `value` is in the currency of the variant."""
        if self.comparison == "at_least":
            return value >= self.amount
        return value > self.amount


class Limit(Record, frozen=True, kw_only=True):
    """A time limit: the period, and the longest period with extensions (`most`)."""

    amount: int
    unit: Unit
    most: int | None = None
    source: str
    confirmed: bool


class Gold(Record, frozen=True, kw_only=True):
    """The minimum fineness, in parts per 1,000, at which gold is considered cash."""

    coin: Decimal
    bullion: Decimal
    source: str
    confirmed: bool


class Variant(Record, frozen=True, kw_only=True):
    """One national variant. `limits` has the keys disclosure, detention, referral and retention; a limit that
    the variant does not state is absent. `required` maps a kind of record to the paths of its required fields
    (`missing`)."""

    key: str
    name: str
    basis: str
    currency: str
    languages: tuple[str, ...]
    directions: tuple[str, ...]
    records: tuple[str, ...]
    kinds: tuple[str, ...]
    instruments: tuple[str, ...]
    threshold: Threshold
    gold: Gold | None = None
    limits: Mapping[str, Limit] = {}
    required: Mapping[str, tuple[str, ...]] = {}

    def counts(self, line: Line) -> bool:
        """Returns whether a line is considered cash. Gold without a stated fineness is considered cash,
        because the person declares it as cash. Other goods are not considered cash."""
        if line.kind not in self.kinds:
            return False
        if line.kind != "gold" or self.gold is None or line.fineness is None:
            return True
        least = self.gold.bullion if line.type == "bullion" else self.gold.coin
        return line.fineness >= least


@cache
def variants() -> dict[str, Variant]:
    """Returns the variants that are part of vedette, by their names."""
    folder = files("vedette.cash") / "variants"
    found = sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=str)
    return {
        variant.key: variant
        for one in found
        for variant in (parse(one.name.removesuffix(".toml"), one.read_text("utf-8")),)
    }


def variant(key: str) -> Variant:
    """Returns a variant. Raises `KeyError` if there is no variant with this name."""
    return variants()[key]


def parse(key: str, text: str) -> Variant:
    """Reads the TOML text of a variant. Raises `ValueError` (of `tomllib` or `msgspec`), whose text describes
    the error in the file.
    """
    return msgspec.convert({**tomllib.loads(text), "key": key}, Variant)


def missing(movement: Movement, variant: Variant) -> tuple[str, ...]:
    """Returns the required fields of the kind of record that the movement does not state, as paths
    (`carrier.last_names`). An empty result means that the form is complete."""
    wanted = variant.required.get(movement.record, ())
    return tuple(
        path
        for path in wanted
        if not any(_stated(movement, one.split(".")) for one in path.split("|"))
    )


def _stated(value: Any, path: list[str]) -> bool:
    for name in path:
        value = getattr(value, name, None)
    return value not in (None, "", (), False)
