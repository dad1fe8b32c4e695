"""The columns of an evaluated row besides the vocabulary: journey, time of screening, script of the name.

Separate from `judging`, so that code that reads stored rows (a backtest) does not load the names engine.
"""

from __future__ import annotations

import uuid

import polars as pl

#: Columns of every row besides the vocabulary: the journey's id in two halves, which Arrow compresses and
#: compares better than text; the time of screening (microseconds UTC); and the script of the name, which no
#: profile may use: it is for the fairness report of profiles.
HIGH, LOW, AT, SCRIPT = "_high", "_low", "_at", "_script"
OWN = {HIGH: pl.Int64, LOW: pl.Int64, AT: pl.Int64, SCRIPT: pl.String}


def halves(journey: uuid.UUID) -> tuple[int, int]:
    """Splits a journey's id into two signed integers."""
    high, low = journey.bytes[:8], journey.bytes[8:]
    return int.from_bytes(high, "big", signed=True), int.from_bytes(low, "big", signed=True)


def journey(high: int, low: int) -> uuid.UUID:
    """Joins the two `halves` of a journey's id."""
    return uuid.UUID(
        bytes=high.to_bytes(8, "big", signed=True) + low.to_bytes(8, "big", signed=True)
    )
