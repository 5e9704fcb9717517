"""Stretches of time against a count of every single moment."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from meldkamer.steering.continuity.spans import common, millis, slices, together, within

spans = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8)


def moments(found) -> set[int]:
    return {at for since, until in found for at in range(since, until)}


@given(spans, spans, st.integers(0, 60), st.integers(0, 60))
def test_together_common_and_within_hold_exactly_the_same_moments(one, other, since, until) -> None:
    a, b = together(one), together(other)
    assert moments(a) == moments(one) and millis(a) == len(moments(one))
    assert a == sorted(a) and all(x[1] < y[0] for x, y in itertools.pairwise(a))
    assert moments(common(a, b)) == moments(a) & moments(b)
    assert moments(within(one, since, until)) == moments(one) & set(range(since, until))


@given(spans, st.integers(1, 20), st.sampled_from([0.0, 0.25, 0.5]))
def test_slices_are_counted_one_by_one(one, size, most) -> None:
    lost, since, until = moments(one), 3, 50
    wanted = 0
    for begin in range(since, until, size):
        end = min(begin + size, until)
        wanted += len(lost & set(range(begin, end))) > most * (end - begin)
    assert slices(together(one), since, until, size, most) == wanted
