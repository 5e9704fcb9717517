"""What a scenario costs over the barest loop that draws the same numbers.

Ours answers the question whole: 100,000 runs of the account in whole thousands, with probabilities, a group that moves
together, totals divided to the last thousand, three sources of money, what falls after the plan, cost that strays,
quantiles per year and per item, break-evens. The baseline draws as many uniform and normal numbers, turns them into
start, length and amount, adds each claim to its years in floats, and sums along the years; nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from bench import Ratio, alternate
from meldkamer.steering import Plan, Scenario, load_plan
from meldkamer.steering import run as answer
from meldkamer.steering.scenario import Group, Range, ScenarioItem

RUNS, QUICK_RUNS = 100_000, 20_000
CLAIMS = 10
START, LENGTH, AMOUNT = (2025, 2029), (1, 4), (1_000, 12_000, 5_000)


def run(quick: bool) -> list[Ratio]:
    """A few seconds either way."""
    return list(_money(QUICK_RUNS if quick else RUNS, 5 if quick else 15))


def _scenario(runs: int) -> Scenario:
    items = tuple(
        ScenarioItem(
            id=f"claim-{n}",
            name=f"Claim {n}",
            name_en=f"Claim {n}",
            start=Range(*START),
            years=Range(*LENGTH),
            amount=Range(*AMOUNT),
            per="total" if n % 2 else "year",
            probability=Decimal("0.8"),
            funding=("account", "drawdown", "room")[n % 3],
            group="together" if n < 3 else "",
            source="example",
        )
        for n in range(CLAIMS)
    )
    return Scenario(
        file="bench.toml",
        name="Bench",
        name_en="Bench",
        question="",
        question_en="",
        serves=(),
        cost_spread_percent=1,
        runs=runs,
        items=items,
        groups=(Group(id="together", correlation=Decimal("0.5"), source="example"),),
    )


def _money(runs: int, rounds: int) -> Iterator[Ratio]:
    plan: Plan = load_plan()
    scenario = _scenario(runs)

    def ours() -> float:
        start = time.perf_counter()
        answer(plan, scenario)
        return time.perf_counter() - start

    def bare() -> float:
        start = time.perf_counter()
        _bare(runs, [168_413 + 12_536 - 35_000, 21_273 - 35_000, 25_481 - 35_000, 26_642 - 35_000, 26_790 - 35_000])
        return time.perf_counter() - start

    a, b = alternate(rounds, ours, bare)
    yield Ratio(
        name=f"{runs:,} runs of the account, {CLAIMS} claims",
        ours=a * 1000,
        baseline=b * 1000,
        unit="ms",
        bound=3.0,
        more_is_better=False,
        against="bare numpy loop of the same draws",
    )


def _bare(runs: int, moves: list[int]) -> NDArray[np.float64]:
    rng = np.random.default_rng(112)
    years = range(START[0], START[1] + 1)
    charged = np.zeros((len(years), runs))
    low, high, likely = AMOUNT
    turn = (likely - low) / (high - low)
    for n in range(CLAIMS):
        # A claim of the group takes its group's number or its own: three draws for each number.
        drawn = [rng.random(runs) for _ in range(4)]
        if n < 3:
            for k in range(4):
                drawn[k] = np.where(rng.random(runs) < 0.7, drawn[k], rng.random(runs))
        u, v, w, x = drawn
        begin = np.floor(START[0] + u * (START[1] + 1 - START[0]))
        end = begin + np.floor(LENGTH[0] + v * (LENGTH[1] + 1 - LENGTH[0]))
        rising = low + np.sqrt(w * (high - low) * (likely - low))
        falling = high - np.sqrt((1 - w) * (high - low) * (high - likely))
        amount = np.where(w < turn, rising, falling) * (x < 0.8)
        for row, year in enumerate(years):
            charged[row] += amount * ((begin <= year) & (year < end))
    charged += np.cumsum(rng.standard_normal((len(years), runs)), axis=0) * 2_000
    closings: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = np.cumsum(
        np.asarray(moves)[:, None] - charged, axis=0
    )
    return closings
