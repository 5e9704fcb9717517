"""The travel estimate: says that it is one, and behaves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.geo import TravelTimes
from meldkamer.pack import Pack, load_pack

TIMES = TravelTimes(load_pack().travel_profiles)
PROFILES = st.sampled_from(["light", "heavy", "air"])
METRES = st.floats(0, 300_000)


def test_it_says_that_it_is_an_estimate() -> None:
    found = TIMES.estimate((155_000, 463_000), (155_000, 473_000), "light")
    assert found.estimated
    assert found.metres == pytest.approx(13_500)
    assert 10 * 60 < found.seconds < 15 * 60


@given(near=METRES, far=METRES, profile=PROFILES)
def test_further_takes_longer(near: float, far: float, profile: str) -> None:
    near, far = sorted((near, far))
    assert (
        TIMES.estimate((0, 0), (near, 0), profile).seconds <= TIMES.estimate((0, 0), (far, 0), profile).seconds + 1e-9
    )


def test_a_lighter_vehicle_is_faster() -> None:
    start, end = (100_000.0, 400_000.0), (120_000.0, 430_000.0)
    seconds = [TIMES.estimate(start, end, code).seconds for code in ("air", "light", "heavy")]
    assert seconds == sorted(seconds)


def test_many_is_the_same_and_an_unknown_position_stays_unknown() -> None:
    x, y = np.array([0.0, 5000.0, math.nan]), np.array([0.0, 0.0, 0.0])
    seconds = TIMES.seconds_many(x, y, (9000.0, 0.0), "heavy")
    assert seconds[0] == pytest.approx(TIMES.estimate((0, 0), (9000, 0), "heavy").seconds)
    assert math.isnan(seconds[2])


def test_wrong_input_is_refused() -> None:
    with pytest.raises(KeyError):
        TIMES.estimate((0, 0), (1, 1), "bicycle")
    with pytest.raises(ValueError, match="no distance"):
        TIMES.estimate((0, math.nan), (1, 1), "light")


def test_every_unit_kind_can_travel(pack: Pack) -> None:
    for kind in pack.unit_kinds:
        assert TIMES.estimate((0, 0), (1000, 0), kind.travel).seconds > 0
