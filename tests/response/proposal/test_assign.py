"""The assignment: exact, whole numbers, equal to an independent solver."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from meldkamer.response.proposal.assign import assign

BARRED = 10**9


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[list[int | None]], list[int]]:
    rows, columns = draw(st.integers(1, 5)), draw(st.integers(0, 7))
    cost = st.none() | st.integers(0, 30)
    table = draw(st.lists(st.lists(cost, min_size=columns, max_size=columns), min_size=rows, max_size=rows))
    return table, draw(st.lists(st.integers(0, 200), min_size=rows, max_size=rows))


def total(table: list[list[int | None]], empty: list[int], answer: list[int | None]) -> int:
    spent = 0
    for row, column in enumerate(answer):
        cost = empty[row] if column is None else table[row][column]
        assert cost is not None, "a row got a column that does not fit"
        spent += cost
    return spent


@given(tables())
def test_it_costs_what_an_independent_solver_finds_and_uses_no_column_twice(case) -> None:
    table, empty = case
    answer = assign(table, empty)
    used = [c for c in answer if c is not None]
    assert len(used) == len(set(used))
    rows = len(table)
    full = np.array(
        [[BARRED if c is None else c for c in row] + [empty[r] if k == r else BARRED for k in range(rows)]
         for r, row in enumerate(table)]
    )  # fmt: skip
    r, c = linear_sum_assignment(full)
    assert total(table, empty, answer) == int(full[r, c].sum())


def test_no_greedy_dead_end() -> None:
    # The all-rounder (column 0) is the nearest for both; only it can be the second.
    assert assign([[1, 5], [2, None]], [100, 100]) == [1, 0]


def test_an_empty_table() -> None:
    assert assign([], []) == []
    assert assign([[], []], [3, 4]) == [None, None]


def test_every_way_of_three_by_three() -> None:
    for costs in product((0, 1, None), repeat=6):
        table = [list(costs[:3]), list(costs[3:])]
        best = min(
            total(table, [9, 9], [a, b])
            for a in (None, *range(3))
            for b in (None, *range(3))
            if (a is None or a != b)
            and (a is None or table[0][a] is not None)
            and (b is None or table[1][b] is not None)
        )
        assert total(table, [9, 9], assign(table, [9, 9])) == best
