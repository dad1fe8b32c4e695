"""Small cells of a table: nobody can compute them from what is published."""

from __future__ import annotations

import random

import numpy as np
import pytest

from vedette.core import small_cells
from vedette.core.small_cells import LEAST, TOTAL, publish

Counts = dict[tuple[str, str], int]


def _values(
    published: Counts, rows: list[str], columns: list[str], most: int
) -> dict[tuple[str, str], set[int]]:
    """Each cell → its values in all tables of whole numbers from 0 to `most` that agree with all published
    figures."""
    hidden = [(r, c) for r in rows for c in columns if (r, c) not in published]
    # One row for each table of hidden values.
    values = np.indices((most + 1,) * len(hidden), dtype=np.int16).reshape(
        len(hidden), (most + 1) ** len(hidden)
    )
    nothing = np.zeros(values.shape[1], dtype=np.int16)
    table = {cell: nothing + count for cell, count in published.items() if TOTAL not in cell}
    table |= dict(zip(hidden, values, strict=True))
    sums = {(r, TOTAL): sum(table[r, c] for c in columns) for r in rows}
    sums |= {(TOTAL, c): sum(table[r, c] for r in rows) for c in columns}
    sums[TOTAL, TOTAL] = sum(table.values())
    agreeing = nothing == 0
    for cell, count in published.items():
        if TOTAL in cell:
            agreeing &= sums[cell] == count
    return {cell: set(np.unique(found[agreeing]).tolist()) for cell, found in table.items()}


@pytest.mark.parametrize("columns_total", [True, False])
def test_no_small_cell_can_be_computed(columns_total: bool) -> None:
    """For random tables, all tables that agree with the published figures are enumerated. Each small cell has
    at least two values among them. Nothing that is published is small."""
    rng = random.Random(5)
    hidden_too = 0
    for _ in range(150):
        rows, columns = ["a", "b", "c"][: rng.randint(1, 3)], ["x", "y"][: rng.randint(1, 2)]
        counts = {(r, c): rng.choice((0, 0, 1, 2, 3, 4, 5)) for r in rows for c in columns}
        published = publish(counts, columns_total=columns_total)
        assert all(count >= LEAST for count in published.values()), counts
        small = [cell for cell, count in counts.items() if 0 < count < LEAST]
        seen = _values(published, rows, columns, 7)
        assert all(len(seen[cell]) > 1 for cell in small), (counts, published)
        assert all(counts[cell] in seen[cell] for cell in counts), "the true table agrees"
        hidden_too += sum(
            1 for cell, count in counts.items() if count >= LEAST and cell not in published
        )
        full = {cell for cell in counts if counts[cell] >= LEAST}
        assert small or full <= set(published), "without small cells, everything is published"
    assert hidden_too > 10


def test_a_small_cell_hides_the_cheapest_others() -> None:
    """One small cell in a table of two by three: the three other cells of the cheapest rectangle go with it,
    and every total stays."""
    counts = {
        ("F", "AA"): 2, ("F", "BB"): 10, ("F", "CC"): 40,
        ("M", "AA"): 30, ("M", "BB"): 11, ("M", "CC"): 50,
    }  # fmt: skip
    assert publish(counts) == {
        ("F", "CC"): 40, ("M", "CC"): 50,
        ("F", TOTAL): 52, ("M", TOTAL): 91,
        (TOTAL, "AA"): 32, (TOTAL, "BB"): 21, (TOTAL, "CC"): 90, (TOTAL, TOTAL): 143,
    }  # fmt: skip


def test_bad_input() -> None:
    """A negative number and a row that is called total are refused."""
    for bad in ({("a", "x"): -1}, {(TOTAL, "x"): 4}):
        with pytest.raises(ValueError, match="negative"):
            publish(bad)
    assert small_cells.publish({}) == {}
