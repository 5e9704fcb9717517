"""Who calls when: the numbers follow the curve, and the same seed gives the same people."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections import Counter

import pytest
from pyproj import Transformer

from meldkamer.simulate import Burst, CallStream
from meldkamer.simulate.data import WorldData
from meldkamer.simulate.daytime import HOUR_SHARES, factor, from_local, local
from meldkamer.simulate.grid import heading, to_rd, to_wgs84
from tests.simulate.data import world_data

DATA = world_data()
DAY = 86_400_000


def at(text: str) -> int:
    return from_local(dt.datetime.fromisoformat(text))


def take(start: int, millis: int, **more):
    stream = CallStream(DATA, seed=more.pop("seed", 1), start=start, **more)
    return list(itertools.takewhile(lambda c: c.at < start + millis, stream))


def test_a_week_has_the_national_number_of_calls():
    calls = take(at("2025-03-03T00:00:00"), 7 * DAY)
    assert abs(len(calls) / 7 - 8_500) < 3 * math.sqrt(8_500)
    assert all(a.at <= b.at for a, b in itertools.pairwise(calls))


def test_the_hours_follow_the_curve():
    """Chi-squared over 24 hours of a week, 1 in 1,000 bound; events with several callers make it rougher."""
    calls = take(at("2025-03-03T00:00:00"), 7 * DAY)
    hours = Counter(local(c.at).hour for c in calls)
    expected = [len(calls) * share / sum(HOUR_SHARES) for share in HOUR_SHARES]
    chi = sum((hours[h] - e) ** 2 / e for h, e in enumerate(expected))
    assert chi < 49.7 * 1.5
    assert hours[4] < hours[17] / 3


def test_the_rate_can_be_configured():
    assert abs(len(take(at("2025-03-04T00:00:00"), DAY, daily=1_000)) - 960) < 150


def test_places_count_by_inhabitants():
    regions = Counter(c.occasion.place.region for c in take(at("2025-03-04T00:00:00"), DAY))
    assert abs(regions["RT"] / regions.total() - 650 / 1_180) < 0.03


def test_kinds_and_disciplines_are_mixed():
    calls = take(at("2025-03-04T00:00:00"), 2 * DAY)
    kinds = Counter(c.kind for c in calls)
    assert 0.28 < 1 - kinds["real"] / len(calls) < 0.38
    assert kinds["pocket"] and kinds["silent"]
    leading = Counter(c.occasion.class_code for c in calls)
    police = (leading["ovgl"] + leading["vkle"]) / len(calls)
    assert 0.56 < police < 0.66


def test_some_events_have_several_callers():
    calls = [c for c in take(at("2025-03-04T00:00:00"), DAY) if c.kind == "real"]
    per_event = Counter(c.occasion.id for c in calls)
    several = sum(n > 1 for n in per_event.values()) / len(per_event)
    assert 0.05 < several < 0.15


def test_a_phone_tells_where_it_is_within_its_radius():
    calls = take(at("2025-03-04T00:00:00"), DAY)
    aml = [c for c in calls if c.source == "aml"]
    assert 0.68 < len(aml) / len(calls) < 0.76
    assert max(c.radius for c in aml) <= 300 < min(c.radius for c in calls if c.source == "cell")
    for c in calls[:200]:
        x, y = to_rd(c.lat, c.lon)
        assert math.hypot(x - c.occasion.x, y - c.occasion.y) < 4 * c.radius + 2


def test_new_years_night():
    eve = len(take(at("2025-12-31T23:30:00"), 3_600_000 * 3))
    ordinary = len(take(at("2026-01-14T23:30:00"), 3_600_000 * 3))
    assert eve > 4 * ordinary


def test_a_local_burst_is_thirty_times_the_region():
    start = at("2025-03-04T10:00:00")
    burst = Burst(region="RT", start=start + 3_600_000, seconds=3_600, factor=30)
    calls = take(start, 3 * 3_600_000, bursts=(burst,))
    by_hour = [
        Counter(c.occasion.place.region for c in calls if (c.at - start) // 3_600_000 == hour) for hour in range(3)
    ]
    assert 24 < by_hour[1]["RT"] / by_hour[0]["RT"] < 36
    assert by_hour[1]["MD"] < 1.3 * by_hour[0]["MD"]
    assert by_hour[2]["RT"] < 2 * by_hour[0]["RT"]


def test_the_same_seed_is_the_same_world():
    start = at("2025-03-04T00:00:00")
    assert take(start, 3_600_000, seed=7) == take(start, 3_600_000, seed=7)
    assert take(start, 3_600_000, seed=7) != take(start, 3_600_000, seed=8)


def test_nobody_lives_nowhere():
    with pytest.raises(ValueError, match="nobody lives here"):
        CallStream(WorldData(places=(), classes=(), status={}), seed=1, start=0)
    with pytest.raises(ValueError, match="no inhabitants"):
        CallStream(DATA, seed=1, start=0, bursts=(Burst("XX", 0, 1),))


def test_dutch_time_changes_twice_a_year():
    assert local(1_743_296_399_000).hour == 1  # 30 March 2025, a second before 01:00 UTC
    assert local(1_743_296_400_000).hour == 3
    assert local(1_761_440_399_000).hour == 2  # 26 October 2025
    assert local(1_761_440_400_000).hour == 2
    assert from_local(dt.datetime(2025, 7, 1, 12)) == 1_751_364_000_000  # noqa: DTZ001
    mean = sum(factor(at("2025-03-03T00:00:00") + h * 3_600_000) for h in range(168)) / 168
    assert abs(mean - 1) < 0.01


def test_the_grid_agrees_with_the_real_transform():
    transformer = Transformer.from_crs(4326, 28992, always_xy=True)
    for lat, lon in ((52.37, 4.89), (50.85, 5.69), (53.22, 6.57), (51.45, 3.6), (52.22, 6.89)):
        x, y = transformer.transform(lon, lat)
        mine = to_rd(lat, lon)
        assert math.hypot(mine[0] - x, mine[1] - y) < 2.0
        back = to_wgs84(*mine)
        assert abs(back[0] - lat) < 1e-5 and abs(back[1] - lon) < 1e-5
    assert [heading(0, 0, *to) for to in ((0, 1), (1, 0), (0, -1), (-1, 0))] == [0, 90, 180, 270]
