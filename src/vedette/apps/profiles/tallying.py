"""Counts of a backtest: whom an expression holds of, how often that was right, on whom it falls.

Everything is counted by journey, not by screening: a traveller whose messages came five times counts
once, flagged if any of the screenings flagged them. Journeys are told apart by the lower half of their
id (62 random bits).
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import polars as pl
from psycopg import Connection

from vedette.apps.profiles.known import Block
from vedette.core.shares import interval
from vedette.profiles.frames import LOW, SCRIPT, halves, journey

__all__ = ["COLUMNS", "Tally", "answered", "hidden", "journey", "others"]

#: Columns of the report on whom it falls.
COLUMNS = ("nationality", "sex", "age", SCRIPT)
#: Ages of the bands: from each to below the next.
AGES = (0, 18, 25, 45, 65)
#: Journeys shown as a sample, and other profiles that found the same.
SAMPLE, OTHERS = 20, 8
#: Groups of fewer travellers are told together: their shares say little, and they would hide nobody.
SMALLEST = 100


def _lows(journeys: list[tuple[uuid.UUID]]) -> pl.Series:
    return pl.Series([halves(id_)[1] for (id_,) in journeys], dtype=pl.Int64)


def hidden(connection: Connection[Any], organisation: uuid.UUID) -> pl.Series:
    """Journeys under restriction: counted nowhere."""
    rows = connection.execute(
        "SELECT id FROM subjects_subject WHERE organisation_id = %s AND restricted",
        [organisation],
    ).fetchall()
    return _lows(rows)


def answered(connection: Connection[Any], organisation: uuid.UUID) -> tuple[pl.Series, pl.Series]:
    """Journeys of which it is known whether a flag was right: those whose hit is confirmed, and those where
    nothing was found (as in `statistics.Brought`)."""
    rows = connection.execute(
        "SELECT subject_id, outcome = 'confirmed' FROM hit_outcome WHERE organisation_id = %s"
        " AND outcome IN ('confirmed', 'cleared', 'nothing_found')",
        [organisation],
    ).fetchall()
    return _lows([(id_,) for id_, right in rows if right]), _lows(
        [(id_,) for id_, right in rows if not right]
    )


def others(
    connection: Connection[Any], organisation: uuid.UUID, backtest: uuid.UUID | None
) -> pl.DataFrame:
    """Journeys that active versions raised, those of the profile that is tested left out: the version, and
    the lower half of the journey's id."""
    rows = connection.execute(
        "SELECT v.id, h.subject_id FROM profiles_version v"
        " JOIN hits_reason r ON r.profile_version_id = v.id"
        " JOIN hits_hit h ON h.id = r.hit_id"
        " WHERE v.organisation_id = %s AND v.state = 'active' AND v.profile_id IS DISTINCT FROM"
        " (SELECT o.profile_id FROM profiles_backtest b JOIN profiles_version o ON o.id = b.version_id"
        "  WHERE b.organisation_id = %s AND b.id = %s)",
        [organisation, organisation, backtest],
    ).fetchall()
    lows = [halves(journey)[1] for _, journey in rows]
    return pl.DataFrame(
        {"version": [str(version) for version, _ in rows], LOW: lows},
        schema={"version": pl.Categorical, LOW: pl.Int64},
    )


class Tally:
    """What was judged so far."""

    def __init__(self, hidden: pl.Series, quick: bool) -> None:
        self._hidden = hidden.implode() if len(hidden) else None
        self._quick = quick
        self._days: list[tuple[dt.date, pl.Series]] = []
        self._judged: list[pl.Series] = []
        self._unknown: list[pl.Series] = []
        self._people: list[pl.DataFrame] = []
        self._blocks: list[tuple[Block, pl.Series]] = []
        self._held: set[dt.date] = set()
        self.rows = 0

    def add(self, block: Block, frame: pl.DataFrame, said: pl.Series) -> None:
        """A block with what the expression says of each row: true, false, or nothing."""
        if self._hidden is not None:
            seen = ~frame[LOW].is_in(self._hidden)
            frame, said = frame.filter(seen), said.filter(seen)
        self.rows += len(said)
        self._held.add(block.day)
        low = frame[LOW]
        fired = low.filter(said.fill_null(value=False))
        if len(fired):
            self._days.append((block.day, fired))
            self._blocks.append((block, fired))
        unknown = said.is_null()
        self._judged.append(low.filter(~unknown))
        if unknown.any():
            self._unknown.append(low.filter(unknown))
        if not self._quick:
            self._people.append(_banded(frame))

    def fired(self) -> pl.Series:
        """Journeys that it holds of, each once, the earliest first."""
        return _all([low for _, low in self._days]).unique(maintain_order=True)

    def found_too(self, others: pl.DataFrame) -> dict[str, Any]:
        """How many of those that it holds of are in `others` at all, and by which versions, most first."""
        both = others.filter(pl.col(LOW).is_in(self.fired().implode())).unique()
        counted = both.group_by("version").len().sort("len", "version", descending=[True, False])
        named = [[version, count] for version, count in counted.head(OTHERS).iter_rows()]
        return {"all": both[LOW].n_unique(), "versions": named}

    def sampled(self) -> dict[int, Block]:
        """The latest journeys that it holds of, with the block that has them."""
        found: dict[int, Block] = {}
        for block, low in reversed(self._blocks):
            for one in low.to_list()[::-1]:
                found.setdefault(one, block)
                if len(found) == SAMPLE:
                    return found
        return found

    def result(self, confirmed: pl.Series, cleared: pl.Series) -> dict[str, Any]:
        """The numbers of the backtest, as its page and its API show them. `precision` is the interval of
        confirmed among those answered, as of a profile that runs: who was never controlled is no miss."""
        judged, fired = _all(self._judged).unique(), self.fired()
        unknown = _all(self._unknown).unique()
        unjudged = unknown.filter(~unknown.is_in(judged.implode()))
        right = fired.filter(fired.is_in(confirmed.implode()))
        result: dict[str, Any] = {
            "rows": self.rows,
            "judged": len(judged),
            "unjudged": len(unjudged),
            "fired": len(fired),
        }
        if self._quick:
            return result
        known = confirmed.filter(confirmed.is_in(judged.implode()))
        nothing = len(fired.filter(fired.is_in(cleared.implode())))
        low, high = interval(len(right), len(right) + nothing)
        return {
            **result,
            "confirmed": len(right),
            "nothing": nothing,
            "known": len(known),
            "days_held": len(self._held),
            "precision": [low, high],
            "days": self._by_day(right),
            "groups": self._groups(fired, right),
        }

    def _by_day(self, right: pl.Series) -> dict[str, list[int]]:
        """Day → journeys first flagged on it, and how many of them are confirmed."""
        if not self._days:
            return {}
        frame = pl.concat(
            [pl.DataFrame({"day": [day] * len(low), LOW: low}) for day, low in self._days]
        ).unique(LOW, keep="first", maintain_order=True)
        counts = (
            frame.with_columns(right=pl.col(LOW).is_in(right.implode()))
            .group_by("day")
            .agg(pl.len(), pl.col("right").sum())
            .sort("day")
        )
        return {day.isoformat(): [count, sure] for day, count, sure in counts.iter_rows()}

    def _groups(self, fired: pl.Series, right: pl.Series) -> dict[str, list[list[Any]]]:
        """Kind of group → [name, travellers, flagged, confirmed], the largest first."""
        if not self._people:
            return {}
        people = pl.concat(self._people).unique(LOW, keep="last")
        people = people.with_columns(
            fired=pl.col(LOW).is_in(fired.implode()), right=pl.col(LOW).is_in(right.implode())
        )
        found = {}
        for name in ("nationality", "sex", "age", SCRIPT):
            rows = (
                people.group_by(pl.col(name).cast(pl.String).fill_null("–").alias("group"))
                .agg(pl.len().alias("all"), pl.col("fired").sum(), pl.col("right").sum())
                .with_columns(
                    pl.when(pl.col("all") < SMALLEST)
                    .then(pl.lit(""))
                    .otherwise("group")
                    .alias("group")
                )
                .group_by("group")
                .agg(pl.col("all", "fired", "right").sum())
                .sort("all", descending=True)
            )
            found[name.lstrip("_")] = [list(row) for row in rows.iter_rows()]
        return found


def _all(parts: list[pl.Series]) -> pl.Series:
    return pl.concat(parts) if parts else pl.Series([], dtype=pl.Int64)


def _banded(frame: pl.DataFrame) -> pl.DataFrame:
    """The journey with its groups; the age as the first of its band."""
    age = pl.col("age")
    band = pl.lit(None, pl.Int64)
    for first in AGES:
        band = pl.when(age >= first).then(pl.lit(first, pl.Int64)).otherwise(band)
    return frame.select(
        LOW,
        pl.col("nationality").cast(pl.Categorical),
        pl.col("sex").cast(pl.Categorical),
        band.alias("age"),
        pl.col(SCRIPT).cast(pl.Categorical),
    )
