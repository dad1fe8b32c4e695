"""Computes the shares of the values of a column in a history, and how much these shares vary over time."""

from __future__ import annotations

from typing import Any

import numpy as np

from vedette.screening.models.kernel import Floats, Longs

#: Columns whose shares are watched, days of a window, and least rows of a window.
SHARES = ("office", "origin", "hs2", "transport", "export_country", "destination")
WINDOW, LEAST_ROWS = 30, 300


def distance(levels: Longs, shares: Floats) -> float:
    """Returns the total variation distance between given shares and the shares of the levels in rows."""
    known = levels[levels >= 0]
    if not len(known):
        return 0.0
    size = max(len(shares), int(known.max()) + 1)
    here = np.bincount(known, minlength=size) / len(known)
    there = np.concatenate([shares, np.zeros(size - len(shares))])
    return float(np.abs(here - there).sum() / 2)


def usual_shares(columns: dict[str, Longs], days: Floats) -> dict[str, dict[str, Any]]:
    """Returns, for each watched column, the shares in the history, and the greatest distance of a window.
    This distance is measured between a window in the second half of the history and the rows before this
    window."""
    found: dict[str, dict[str, Any]] = {}
    for name in SHARES:
        if name not in columns:
            continue
        levels = columns[name]
        known = levels[levels >= 0]
        if not len(known):
            continue
        size = int(known.max()) + 1
        apart, rows = [0.0], []
        start = float(days[0]) + max(WINDOW, (float(days[-1]) - float(days[0])) / 2)
        while start + WINDOW <= float(days[-1]) + 1:
            one, two = np.searchsorted(days, [start, start + WINDOW])
            before = levels[:one]
            before = before[before >= 0]
            if two - one >= LEAST_ROWS and len(before):
                shares = np.bincount(before, minlength=size) / len(before)
                apart.append(distance(levels[one:two], shares))
                rows.append(int(two - one))
            start += WINDOW
        if rows:
            shares = np.bincount(known, minlength=size) / len(known)
            found[name] = {
                "shares": [round(float(one), 6) for one in shares], "distance": round(max(apart), 4),
                "rows": int(np.median(rows)),
            }  # fmt: skip
    return found
