"""Suppresses the cells of a table that represent fewer than three people. Also suppresses the other cells
that are needed so that nobody can compute the small cells from the totals.

A cell that represents no people is also suppressed, so that a reader cannot distinguish it from a small cell.
The other cells are chosen so that, after the suppression, each small cell can have at least two values that
are consistent with all published figures. The value of a cell is not fixed if the graph of rows and columns
has a cycle through this cell along which cells alternately increase and decrease (the same idea as in network
models of cell suppression: Cox, 1995).
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping

#: Number of people from which a cell is published.
LEAST = 3
#: The name of the total row and of the total column.
TOTAL = "total"


def publish(
    counts: Mapping[tuple[str, str], int], *, columns_total: bool = True
) -> dict[tuple[str, str], int]:
    """Returns the published cells of a table: (row, column) → number of people.

    The result has the totals of the rows, (row, "total"), the grand total and, if `columns_total`, the totals
    of the columns. Cells that are missing are ignored. Raises `ValueError` for a negative number and for a
    row or a column that is called `total`.
    """
    if any(count < 0 or TOTAL in cell for cell, count in counts.items()):
        raise ValueError("a count is negative, or a row or a column is called total")
    table = _Table(counts, columns_total)
    table.protect()
    return {cell: table.values[cell] for cell in table.cells if cell not in table.hidden}


class _Table:
    """The cells of a table with its totals. `hidden` contains the cells that are suppressed."""

    def __init__(self, counts: Mapping[tuple[str, str], int], columns_total: bool) -> None:
        self.rows = sorted({row for row, _ in counts})
        self.columns = sorted({column for _, column in counts})
        self.values = {
            (row, column): counts.get((row, column), 0)
            for row in self.rows
            for column in self.columns
        }
        for row in self.rows:
            self.values[row, TOTAL] = sum(self.values[row, column] for column in self.columns)
        for column in (*self.columns, TOTAL):
            self.values[TOTAL, column] = sum(self.values[row, column] for row in self.rows)
        self.cells = [
            cell for cell in self.values if columns_total or cell[0] != TOTAL or cell[1] == TOTAL
        ]
        published = set(self.cells)
        self.hidden = {
            cell for cell, count in self.values.items() if count < LEAST or cell not in published
        }

    def protect(self) -> None:
        """Hides more cells until each small cell can have two values."""
        small = [cell for cell in self.cells if 0 < self.values[cell] < LEAST]
        for cell in sorted(small, key=lambda one: (self.values[one], one)):
            ways = [self._way(cell, up) for up in (True, False)]
            found = [way for way in ways if way is not None]
            if found:
                self.hidden |= set(min(found, key=lambda way: way[0])[1])
            else:  # no cycle exists, for example in a table of one row: its totals are left out
                row, column = cell
                self.hidden |= {(row, TOTAL), (TOTAL, column), (TOTAL, TOTAL)} & set(self.values)

    def _way(self, cell: tuple[str, str], up: bool) -> tuple[float, list[tuple[str, str]]] | None:
        """Returns the cheapest cycle by which a cell can increase (`up`) or decrease: its cost and its cells.
        The cost of a cell that is already suppressed is zero. The cost of other cells is their number of
        people, and the cost of totals is higher."""
        if not up and not self.values[cell]:
            return None
        start, goal = self._edge(cell, up)
        best: dict[tuple[str, str], float] = {start: 0}
        came: dict[tuple[str, str], tuple[tuple[str, str], tuple[str, str]]] = {}
        heap = [(0.0, start)]
        while heap:
            cost, node = heapq.heappop(heap)
            if node == goal:
                way = []
                while node != start:
                    node, used = came[node]
                    way.append(used)
                return cost, way
            if cost > best[node]:
                continue
            for used, after in self._steps(node):
                if used == cell:
                    continue
                more = cost + self._cost(used)
                if more < best.get(after, float("inf")):
                    best[after] = more
                    came[after] = (node, used)
                    heapq.heappush(heap, (more, after))
        return None

    def _cost(self, cell: tuple[str, str]) -> float:
        if cell in self.hidden:
            return 0.0
        return self.values[cell] + (1e6 if TOTAL in cell else 0.0)

    def _edge(self, cell: tuple[str, str], up: bool) -> tuple[tuple[str, str], tuple[str, str]]:
        """Returns the start node and the end node of the remaining part of a cycle in which the given cell
        increases or decreases. Totals have a negative sign, because they are on the other side of the
        equation."""
        row, column = ("row", cell[0]), ("column", cell[1])
        negative = (cell[0] == TOTAL) is not (cell[1] == TOTAL)
        return (column, row) if up is not negative else (row, column)

    def _steps(self, node: tuple[str, str]) -> list[tuple[tuple[str, str], tuple[str, str]]]:
        """Returns the cells through which a cycle can continue from a row or a column, each with the row or
        column that the cycle reaches through this cell.
        """
        side, name = node
        others = (*self.columns, TOTAL) if side == "row" else (*self.rows, TOTAL)
        found = []
        for other in others:
            cell = (name, other) if side == "row" else (other, name)
            for up in (True, False):
                goal, start = self._edge(cell, up)
                if start == node and (up or self.values[cell]):
                    found.append((cell, goal))
                    break
        return found
