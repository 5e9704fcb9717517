"""Which unit fills which slot, so that as many as possible are filled and the whole takes the least time. Exact.

Slots are rows, units columns. Taking the best unit for each slot in turn can end in a dead end: an all-rounder is used
up for what another could do too. So this is the assignment problem, solved by shortest augmenting paths over whole
numbers: for the few slots of an incident fast enough, without a library, and without rounding.
"""

from __future__ import annotations

from collections.abc import Sequence

IMPOSSIBLE = None
"""In a cost table: this unit cannot fill this slot."""


def assign(costs: Sequence[Sequence[int | None]], empty: Sequence[int]) -> list[int | None]:
    """The column for each row, or None where it is left empty at the cost of `empty` for that row.

    The sum of costs is the smallest there is. costs: rows of equal length, IMPOSSIBLE where row and column do not fit;
    other costs are whole numbers >= 0. Equal input gives an equal answer.
    """
    rows = len(costs)
    if not rows:
        return []
    columns = len(costs[0])
    # A column of its own for each row stands for leaving it empty; so every row can be filled, and none is barred.
    barred = 1 + sum(max((c for c in row if c is not None), default=0) for row in costs) + sum(empty)
    table = [
        [barred if c is None else c for c in row] + [empty[r] if other == r else barred for other in range(rows)]
        for r, row in enumerate(costs)
    ]
    owner = _solve(table, rows, columns + rows)
    answer: list[int | None] = [None] * rows
    for column in range(columns):
        if owner[column] >= 0:
            answer[owner[column]] = column
    return answer


def _solve(table: list[list[int]], rows: int, columns: int) -> list[int]:
    """The row of each column (-1: none). Kuhn-Munkres with potentials, one shortest path per row."""
    row_price = [0] * rows
    column_price = [0] * columns
    owner = [-1] * columns
    for start in range(rows):
        distance: list[int | None] = [None] * columns
        before = [-1] * columns
        done = [False] * columns
        row, column = start, -1
        while True:
            base = (0 if column < 0 else _known(distance[column])) - row_price[row]
            nearest, least = -1, 0
            prices = table[row]
            for c in range(columns):
                if done[c]:
                    continue
                through = base + prices[c] - column_price[c]
                known = distance[c]
                if known is None or through < known:
                    distance[c] = known = through
                    before[c] = column
                if nearest < 0 or known < least:
                    nearest, least = c, known
            column = nearest
            done[column] = True
            if owner[column] < 0:
                break
            row = owner[column]
        total = _known(distance[column])
        row_price[start] += total
        for c in range(columns):
            if done[c] and c != column:
                gain = total - _known(distance[c])
                row_price[owner[c]] += gain
                column_price[c] -= gain
        while column >= 0:
            previous = before[column]
            owner[column] = owner[previous] if previous >= 0 else start
            column = previous
    return owner


def _known(value: int | None) -> int:
    if value is None:
        raise AssertionError("a column was reached without a distance")
    return value
