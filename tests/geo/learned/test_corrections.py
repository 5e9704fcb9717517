"""Corrections applied: never below the graph's shortest time, equal on both searches, and in force from a moment on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meldkamer.domain.basics import Context, Refused
from meldkamer.domain.clock import FakeClock
from meldkamer.domain.function import Function, FunctionOwned, evolve
from meldkamer.domain.plan import STEERING
from meldkamer.domain.travel import WHOLE_DAY, AdoptTravelTimes, Cell, TravelTable, decide, name_of
from meldkamer.geo import NO_WAY, Case, Corrections, Travel, TravelTimes
from meldkamer.geo.roads.speeds import read_speeds
from meldkamer.network import Picture
from meldkamer.pack import TravelProfile
from tests.geo.roads.maps import ZONE, a_grid, open_map

LIGHT = TravelProfile("light", "licht", "light", 1.35, 4_000, 50, 85, 0)
SPAN = 2_500.0
spots = st.tuples(st.floats(-3_000, SPAN + 300), st.floats(-300, SPAN + 300))


def cell(permille: int, hour: int = WHOLE_DAY, basis: int = 0, area: int = 17) -> Cell:
    return Cell(basis, area, "light", hour, permille, 60, 20, 90_000, 30_000)


def table(since: int, bases: tuple[str, ...], *cells: Cell) -> TravelTable:
    name = name_of(bases, cells, 0)
    return TravelTable(table=name, bases=bases, cells=cells, upto=0, since=since, by="b", reason="r", at=since)


class World:
    def __init__(self, *tables: TravelTable) -> None:
        self.clock = FakeClock()
        self.picture = Picture(lambda entry: None)  # type: ignore[arg-type,return-value]
        self.adopt(*tables)

    def adopt(self, *tables: TravelTable) -> None:
        self.picture.functions[STEERING] = Function(name=STEERING, travel=tables)

    def travel(self, backend="fast", seed: int = 3) -> Travel:
        roads = open_map(a_grid(6, seed=seed), self.clock.now, backend)
        return Travel(TravelTimes([LIGHT]), roads, Corrections(self.picture, self.clock, ZONE))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 500), st.lists(spots, min_size=1, max_size=8), spots, st.integers(1_001, 2_000))
def test_times_stay_equal_on_both_searches_and_never_below_the_shortest(seed, units, end, permille: int) -> None:
    world = World()
    fast, floor = world.travel(seed=seed), world.travel("floor", seed)
    bases = (fast.basis("light", True), fast.basis("light", False))
    assert bases == (floor.basis("light", True), floor.basis("light", False))
    world.adopt(table(0, bases, cell(permille), cell(permille, basis=1)))
    x, y = np.array([u[0] for u in units]), np.array([u[1] for u in units])
    case = Case(17, world.clock.now())
    plain, one, other = (
        fast.ways(x, y, end, "light"),
        fast.ways(x, y, end, "light", case),
        floor.ways(x, y, end, "light", case),
    )
    assert (one.millis == other.millis).all() and (one.by_road == other.by_road).all()
    known = plain.millis != NO_WAY
    assert (one.millis[known] >= plain.millis[known]).all() and (one.millis[~known] == NO_WAY).all()
    assert (one.millis[known] <= plain.millis[known] * 2 + 1).all()
    route = fast.route((float(x[0]), float(y[0])), end, "light", case)
    assert route is not None and route.millis == one.millis[0] and route.correction is not None


@pytest.mark.parametrize("by_road", [True, False])
def test_how_far_one_comes_is_less_by_what_was_learned(by_road: bool) -> None:
    world = World()
    travel = world.travel()
    world.adopt(table(0, (travel.basis("light", by_road),), cell(1_500)))
    start, minutes = ((600.0, 600.0) if by_road else (60_000.0, 0.0)), [60_000, 90_000]
    case = Case(17, world.clock.now())
    plain, learned = (travel.reach(start, times, "light", of)() for times, of in (([60_000], None), (minutes, case)))
    assert plain.correction is None and learned.correction is not None and learned.correction.permille == 1_500
    assert learned.source == ("road" if by_road else "straight line")
    assert [ring.millis for ring in learned.rings] == minutes
    assert learned.rings[1].areas == plain.rings[0].areas, "a minute by the map, a minute and a half as learned"
    for x, y in learned.rings[1].border[:20]:
        ways = travel.ways(np.array([start[0]]), np.array([start[1]]), (x, y), "light", case)
        assert abs(int(ways.millis[0]) - 90_000) < 60
    assert travel.reach(start, minutes, "light", Case(9, world.clock.now()))().correction is None


def test_it_counts_for_what_is_opened_from_its_moment_on() -> None:
    world = World()
    basis = (world.travel().basis("light", False),)
    now = world.clock.now()
    world.adopt(table(now - 1_000, basis, cell(1_200)), table(now, basis, cell(1_500)))
    known = Corrections(world.picture, world.clock, ZONE)

    def permille(opened: int, area: int = 17, of: str = basis[0]) -> int | None:
        found = known.find(Case(area, opened), of, "light")
        return None if found is None else found.permille

    assert [permille(now - t) for t in (2_000, 1_000, 1, 0)] == [None, 1_200, 1_200, 1_500]
    assert permille(now, area=9) is None and permille(now, of="road:another map") is None
    world.adopt(table(now, basis, cell(1_200), cell(1_700, hour=1), cell(1_800, hour=2)))
    assert permille(now) == 1_700, "one o'clock at night, local time"


def test_the_hour_goes_before_the_whole_day() -> None:
    world = World()
    basis = (world.travel().basis("light", False),)
    cells = [cell(1_100 + hour, hour=hour) for hour in range(24)]
    world.adopt(table(0, basis, cell(1_050), *cells))
    found = Corrections(world.picture, world.clock, ZONE).find(Case(17, world.clock.now()), basis[0], "light")
    assert found is not None and found.permille == 1_100 + found.hour


def test_another_map_or_other_speeds_have_another_name() -> None:
    one, other = open_map(a_grid(6, seed=1)), open_map(a_grid(6, seed=2))
    assert one.basis("light") != other.basis("light") != other.basis("heavy")
    assert one.basis("light") == open_map(a_grid(6, seed=1), backend="floor").basis("light")
    assert read_speeds().profile["light"].over != read_speeds().profile["heavy"].over


CONTEXT = Context(now=1_000, actor="body", room="RT")


def adopt(known: tuple[TravelTable, ...], **fields) -> tuple[TravelTable, ...]:
    steering = Function(name=STEERING, travel=known)
    for event in decide(known, AdoptTravelTimes(reason="measured", upto=900, **fields), CONTEXT):
        steering = evolve(steering, event, CONTEXT.now, 1)
    return steering.travel


def test_a_table_is_adopted_after_the_last_one_and_never_for_the_past() -> None:
    first = adopt((), bases=("line:x",), cells=(cell(1_200),))
    assert [t.since for t in first] == [1_000]
    assert adopt(first, bases=("line:x",), cells=(cell(1_200),)) == first, "said twice is done once"
    for fields, code in (
        ({"previous": ""}, "travel.moved_on"),
        ({"previous": first[-1].table, "since": 999}, "travel.too_late"),
    ):
        with pytest.raises(Refused) as refused:
            adopt(first, **fields)
        assert refused.value.code == code
    later = adopt(first, previous=first[-1].table, since=5_000)
    assert [t.since for t in later] == [1_000, 5_000] and not later[-1].cells
    with pytest.raises(Refused) as refused:
        adopt(later, previous=later[-1].table, bases=("line:x",), cells=(cell(1_100),), since=2_000)
    assert refused.value.code == "travel.before_last"
    owned = FunctionOwned(function=STEERING, owner="DH", epoch=2, ground="agreed")
    assert evolve(Function(name=STEERING, travel=later), owned, 1_500, 7).travel == later


def test_a_table_that_says_two_things_is_no_table() -> None:
    for cells in ((cell(1_200), cell(1_300)), (cell(1_200, basis=1),)):
        with pytest.raises(ValueError, match="cell"):
            AdoptTravelTimes(bases=("line:x",), cells=cells, upto=0, reason="x")
