"""Percentiles and intervals: always true of any cases, equal to published values, and right as often as they say."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.insight import Percentile, Share, difference, order_interval, percentile, share

TIMES = st.lists(st.floats(0, 1e6, allow_nan=False), min_size=1, max_size=300).map(sorted)
PARTS = st.floats(0.01, 0.99)


@given(TIMES, PARTS)
def test_a_percentile_is_a_case_that_enough_others_do_not_exceed(times: list[float], p: float) -> None:
    found = percentile(times, p)
    assert found is not None and found.value in times
    n = len(times)
    assert sum(t <= found.value for t in times) >= n * p - 1e-6
    assert sum(t < found.value for t in times) < n * p + 1e-6
    assert found.low is None or found.low <= found.value
    assert found.high is None or found.high >= found.value


def test_of_ten_the_ninetieth_percentile_is_the_ninth_and_of_none_there_is_none() -> None:
    found = percentile([float(n) for n in range(1, 11)], 0.9)
    assert found is not None and found.value == 9.0
    assert percentile([], 0.5) is None
    assert percentile([7.0], 0.5) == Percentile(7.0, None, None)


@given(st.integers(1, 400), PARTS, st.sampled_from([0.8, 0.95, 0.99]))
def test_the_order_interval_holds_what_it_promises_and_is_no_wider(n: int, p: float, confidence: float) -> None:
    low, high = order_interval(n, p, confidence)
    half = (1 - confidence) / 2
    chances = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]

    def below(rank: int) -> float:
        return math.fsum(chances[:rank])

    assert low is None or (1 <= low <= n and below(low) <= half + 1e-9)
    assert high is None or (1 <= high <= n and 1 - below(high) <= half + 1e-9)
    assert below((low or 0) + 1) > half - 1e-9
    assert 1 - below((high or n + 1) - 1) > half - 1e-9


@pytest.mark.parametrize(("n", "ranks"), [(5, (None, None)), (6, (1, 6)), (10, (2, 9)), (20, (6, 15)), (100, (40, 61))])
def test_the_interval_of_a_median_is_the_published_one(n: int, ranks: tuple[int | None, int | None]) -> None:
    """The sign test's interval of the median, as tables of order statistics give it for 95 %."""
    assert order_interval(n, 0.5) == ranks


def test_the_intervals_hold_the_truth_as_often_as_they_say() -> None:
    chance = random.Random(112)  # noqa: S311 - reproducible on purpose
    truth, held, within = -math.log(0.1), 0, 0
    for _ in range(800):
        times = sorted(chance.expovariate(1.0) for _ in range(60))
        found = percentile(times, 0.9)
        assert found is not None and found.low is not None
        held += found.low <= truth <= (found.high if found.high is not None else math.inf)
        part = share(sum(t <= truth for t in times), 60)
        assert part is not None
        within += part.low <= 0.9 <= part.high
    assert held / 800 >= 0.94
    assert 0.93 <= within / 800 <= 0.99


@given(st.integers(1, 5000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_a_share_lies_in_its_interval(pair: tuple[int, int]) -> None:
    met, of = pair
    found = share(met, of)
    assert found is not None and 0 <= found.low <= found.value <= found.high <= 1
    other = share(of - met, of)
    assert other is not None and other.low == pytest.approx(1 - found.high, abs=1e-9)
    wider = share(met, of, 0.999)
    assert wider is not None and wider.low <= found.low and found.high <= wider.high


def test_shares_as_newcombe_printed_them() -> None:
    """Newcombe 1998, Statistics in Medicine 17, p. 857-872, table I: Wilson's interval without correction."""
    for met, of, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)):
        found = share(met, of)
        assert found is not None
        assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    one = share(1, 29)
    assert one is not None and (round(one.low, 4), round(one.high, 4)) == (0.0061, 0.1718)
    assert share(0, 0) is None


def test_differences_as_newcombe_printed_them() -> None:
    """Newcombe 1998, p. 873-890, table II, method 10: (a) 56/70 - 48/80, (b) 9/10 - 3/10."""
    for pair, expected in ((((56, 70), (48, 80)), (0.2, 0.0524, 0.3339)), (((9, 10), (3, 10)), (0.6, 0.1705, 0.8090))):
        one, other = (share(*part) for part in pair)
        assert one is not None and other is not None
        assert tuple(round(v, 4) for v in difference(one, other)) == expected


@given(st.integers(0, 50), st.integers(0, 50))
def test_a_difference_turned_round_is_its_opposite(a: int, b: int) -> None:
    one, other = Share(a, 50, *_ends(a)), Share(b, 50, *_ends(b))
    gap, low, high = difference(one, other)
    back, under, over = difference(other, one)
    assert (back, under, over) == pytest.approx((-gap, -high, -low), abs=1e-12)
    assert low <= gap <= high


def _ends(met: int) -> tuple[float, float]:
    found = share(met, 50)
    assert found is not None
    return found.low, found.high
