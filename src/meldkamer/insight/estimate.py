"""What a handful of cases says about all: percentiles, shares and differences, each with its interval. Pure reckoning.

Percentile: the smallest observed value that at least this share of the cases does not exceed; always a value that was
really seen (definition 1 of Hyndman & Fan, The American Statistician 50, 1996, p. 361-365).
Its interval: two order statistics around it, free of any assumption about the distribution; the binomial distribution
says which (David & Nagaraja, Order Statistics, 3rd ed. 2003, section 7.1).
Share: Wilson's score interval (JASA 22, 1927, p. 209-212), which holds for few cases and near 0 and 1 (Brown, Cai &
DasGupta, Statistical Science 16, 2001, p. 101-133).
Difference of two shares: Newcombe's hybrid score interval (Statistics in Medicine 17, 1998, p. 873-890, method 10).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import NormalDist
from typing import Any

import msgspec
from numpy.typing import NDArray

CONFIDENCE = 0.95


class Percentile(msgspec.Struct, frozen=True):
    """A percentile in seconds. low, high: its interval; None where so few cases say nothing on that side."""

    value: float
    low: float | None
    high: float | None


class Share(msgspec.Struct, frozen=True):
    """How many of how many, with the interval of the share behind it (0 to 1)."""

    met: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The observed share, 0 to 1."""
        return self.met / self.of


def percentile(ordered: Sequence[float] | NDArray[Any], p: float, confidence: float = CONFIDENCE) -> Percentile | None:
    """The p-th percentile (0 < p < 1) of values in ascending order; None when there are none."""
    n = len(ordered)
    if n == 0:
        return None
    low, high = order_interval(n, p, confidence)
    return Percentile(
        float(ordered[_rank(n, p) - 1]),
        None if low is None else float(ordered[low - 1]),
        None if high is None else float(ordered[high - 1]),
    )


def _rank(n: int, p: float) -> int:
    # 0.9 * 10 is a little above 9 in binary; a rank must not jump by that.
    return min(n, max(1, math.ceil(round(n * p, 9))))


@lru_cache(maxsize=65_536)
def order_interval(n: int, p: float, confidence: float = CONFIDENCE) -> tuple[int | None, int | None]:
    """Ranks (from 1) whose values enclose the true percentile with this confidence at least; None: no such rank.

    On each side at most half of what may go wrong: with B ~ Bin(n, p), low is the highest rank with
    P(B < low) <= a/2 and high the lowest with P(B >= high) <= a/2.
    """
    half = (1 - confidence) / 2
    first, chances = _binomial(n, p)
    low: int | None = None
    below = 0.0
    for k, chance in enumerate(chances, first):
        if below > half:
            break
        low = k if k >= 1 else None  # P(B < k) is at most a half
        below += chance
    high: int | None = None
    above = 0.0
    for k in range(first + len(chances) - 1, first - 1, -1):
        above += chances[k - first]
        if above > half:
            break
        high = k
    return low, high


def _binomial(n: int, p: float) -> tuple[int, list[float]]:
    """The chances of Bin(n, p) from the first count that matters to the last; what lies outside is below 1e-15."""
    wide = 10 * math.sqrt(n * p * (1 - p)) + 40
    first, last = max(0, math.floor(n * p - wide)), min(n, math.ceil(n * p + wide))
    whole, log_p, log_q = math.lgamma(n + 1), math.log(p), math.log1p(-p)
    return first, [
        math.exp(whole - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * log_p + (n - k) * log_q)
        for k in range(first, last + 1)
    ]


def share(met: int, of: int, confidence: float = CONFIDENCE) -> Share | None:
    """A share with Wilson's interval; None of nothing."""
    if of == 0:
        return None
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    p, zz = met / of, z * z
    middle = (p + zz / (2 * of)) / (1 + zz / of)
    reach = z / (1 + zz / of) * math.sqrt(p * (1 - p) / of + zz / (4 * of * of))
    # At the ends the formula gives 0 and 1 exactly, and binary arithmetic nearly.
    low = 0.0 if met == 0 else max(0.0, middle - reach)
    high = 1.0 if met == of else min(1.0, middle + reach)
    return Share(met, of, low, high)


def difference(one: Share, other: Share) -> tuple[float, float, float]:
    """The difference of two shares and its interval, at the confidence of the two: (difference, low, high)."""
    p, q = one.value, other.value
    low = p - q - math.hypot(p - one.low, other.high - q)
    high = p - q + math.hypot(one.high - p, q - other.low)
    return p - q, low, high
