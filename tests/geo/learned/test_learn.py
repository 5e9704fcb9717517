"""What is learned from trips: only what holds on trips it was not learned from, and the same wherever it is done."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from meldkamer.domain.basics import Expected
from meldkamer.domain.travel import WHOLE_DAY
from meldkamer.geo.learned import Learned, Sample, learn
from meldkamer.geo.learned.learn import LEAST, corrected
from tests.geo.roads.maps import ZONE

DAY = 86_400_000
BEGIN = 1_700_000_000_000  # 23:13 in the Netherlands
HOUR = 3_600_000


def trip(n: int, reckoned: int, took: int, hour: int = 0, area: int = 17, profile: str = "light") -> Sample:
    """One trip a day; hour: after 23."""
    of = Expected(millis=reckoned, basis="road:a", profile=profile, area=area)
    return Sample(f"o{n:04d}", BEGIN + n * DAY + hour * HOUR, took, of)


def trips(share: float, count: int = 80, noise: float = 0.05, seed: int = 1, **more) -> list[Sample]:
    chance = random.Random(seed)
    found = []
    for n in range(count):
        reckoned = chance.randrange(120_000, 900_000)
        found.append(trip(n, reckoned, round(reckoned * share * chance.uniform(1 - noise, 1 + noise)), **more))
    return found


def verdicts(of: Learned) -> dict[tuple[int, str, int], str]:
    return {(j.area, j.profile, j.hour): j.verdict for j in of.judged}


def test_what_always_takes_longer_is_corrected_and_the_error_shrinks() -> None:
    found = learn(trips(1.3), BEGIN, ZONE)
    assert verdicts(found) == {(17, "light", WHOLE_DAY): "used", (17, "light", 23): "as_the_day"}
    (cell,) = found.cells
    assert 1_250 <= cell.permille <= 1_350 and (cell.samples, cell.held) == (60, 20)
    assert cell.after * 4 < cell.before


def test_an_hour_of_its_own_counts_beside_the_day() -> None:
    found = learn(trips(1.1) + trips(1.6, hour=9, seed=2), BEGIN, ZONE)
    by_hour = {cell.hour: cell.permille for cell in found.cells}
    assert by_hour[8] > 1_500 and WHOLE_DAY in by_hour


def test_too_few_trips_correct_nothing() -> None:
    found = learn(trips(1.5, count=LEAST - 1), BEGIN, ZONE)
    assert found.cells == () and set(verdicts(found).values()) == {"too_few"}
    assert learn([], BEGIN, ZONE).cells == ()


def test_what_does_not_hold_any_more_is_not_used() -> None:
    """The road works of last year: the newest trips are as reckoned again."""
    old, new = trips(1.4, count=60), [trip(60 + n, 300_000, 300_000 + 500 * n) for n in range(20)]
    found = learn(old + new, BEGIN, ZONE)
    assert found.cells == () and set(verdicts(found).values()) == {"not_better"}


def test_faster_than_the_map_is_told_and_not_used() -> None:
    found = learn(trips(0.8), BEGIN, ZONE)
    assert found.cells == () and set(verdicts(found).values()) == {"faster"}


def test_regions_and_vehicles_are_kept_apart() -> None:
    found = learn([*trips(1.3), *trips(1.0, area=9), *trips(1.5, profile="heavy")], BEGIN, ZONE)
    day = {(j.area, j.profile): j.verdict for j in found.judged if j.hour == WHOLE_DAY}
    assert day == {(17, "light"): "used", (9, "light"): "not_better", (17, "heavy"): "used"}


samples = st.lists(
    st.builds(
        trip,
        st.integers(0, 400),
        st.integers(60_000, 1_800_000),
        st.integers(60_000, 3_600_000),
        hour=st.integers(0, 3),
        area=st.integers(1, 2),
    ),
    max_size=300,
)


@settings(max_examples=40, deadline=None)
@given(samples, st.integers(0, 2**32))
def test_no_cell_is_worse_on_what_was_held_out_and_none_makes_a_time_shorter(found, seed: int) -> None:
    table = learn(found, BEGIN, ZONE)
    for cell in table.cells:
        assert cell.after < cell.before and cell.permille > 1_000 and cell.samples + cell.held >= LEAST
        assert corrected(123_456, cell.permille) >= 123_456
    shuffled = found[:]
    random.Random(seed).shuffle(shuffled)
    again = learn(shuffled, BEGIN, ZONE)
    assert again == table and again.table == table.table
