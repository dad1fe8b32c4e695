"""The results framework of an assistance request: the rules for the values. This module does not use Django.

An indicator has a baseline, a target, and actual values after six and twelve months. A value may be broken
down by sex and by region. The parts of each breakdown add up to the value.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from vedette.assistance.scores import round_once

BASELINE, TARGET, SIX, TWELVE = "baseline", "target", "m6", "m12"
#: The periods of an indicator in their order, and those whose values are observed afterwards.
PERIODS = (BASELINE, TARGET, SIX, TWELVE)
ACTUAL = (SIX, TWELVE)
#: Greatest value.
MOST = Decimal("9999999999.99")


def achieved(
    baseline: Decimal | None, target: Decimal | None, actual: Decimal | None
) -> Decimal | None:
    """Returns the progress from the baseline to the target, in per cent. The percentage has one decimal place
    and is rounded half to even. The result is negative if the value moved away from the target, and above 100
    if the value passed the target. Returns None if a value is missing or if the target equals the baseline.
    """
    if baseline is None or target is None or actual is None or baseline == target:
        return None
    share = Fraction(actual - baseline) / Fraction(target - baseline)
    return round_once(share * 100)


def adds_up(value: Decimal, parts: Mapping[str, Decimal]) -> bool:
    """Returns whether the parts of a breakdown add up to the value. Returns True if there are no parts."""
    return not parts or sum(parts.values(), Decimal(0)) == value
