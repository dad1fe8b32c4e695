"""Shares with their interval: how sure a precision is."""

from __future__ import annotations

import math

#: Of the normal distribution, for 95 %.
_Z = 1.959964


def interval(hits: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share, from 0 to 1; all of it where nothing was counted."""
    if of <= 0:
        return 0.0, 1.0
    share, spread = hits / of, _Z * _Z / of
    middle = (share + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)
