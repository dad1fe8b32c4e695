"""The confidence interval of a share."""

from __future__ import annotations

import math

#: Quantile of the normal distribution for a two-sided interval of 95 %.
_Z = 1.959964


def interval(hits: int, of: int) -> tuple[float, float]:
    """Returns the 95 % confidence interval of the share `hits / of` (Wilson 1927), between 0 and 1. If `of`
    is 0, the interval is 0 to 1.
    """
    if of <= 0:
        return 0.0, 1.0
    share, spread = hits / of, _Z * _Z / of
    middle = (share + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)
