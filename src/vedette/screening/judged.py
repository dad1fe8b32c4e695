"""What a judged row says besides the vocabulary: whose it is, when, in which script.

Apart from `judging`, so that who reads rows again (a backtest) loads no names engine.
"""

from __future__ import annotations

import uuid

import polars as pl

#: Of every row besides the vocabulary: the journey's id in two halves, which Arrow packs and compares
#: better than text; when it was screened (microseconds UTC); and the script of the name, which no
#: profile may ask for: it is for the report of whom profiles fall on.
HIGH, LOW, AT, SCRIPT = "_high", "_low", "_at", "_script"
OWN = {HIGH: pl.Int64, LOW: pl.Int64, AT: pl.Int64, SCRIPT: pl.String}


def halves(journey: uuid.UUID) -> tuple[int, int]:
    """A journey's id as two signed integers."""
    high, low = journey.bytes[:8], journey.bytes[8:]
    return int.from_bytes(high, "big", signed=True), int.from_bytes(low, "big", signed=True)


def journey(high: int, low: int) -> uuid.UUID:
    """The id whose `halves` these are."""
    return uuid.UUID(
        bytes=high.to_bytes(8, "big", signed=True) + low.to_bytes(8, "big", signed=True)
    )
