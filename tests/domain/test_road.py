"""Closures of roads: whatever people draw and take back, what counts is what was said last and has not ended."""

from __future__ import annotations

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.domain.basics import Context
from meldkamer.domain.road import CloseRoad, OpenRoad, Road, RoadCommand, RoadOpened, decide, evolve, fault

REF = "RT/water"
LINE = ((0.0, 0.0), (10.0, 0.0))


def close(until: int, text: str = "", slower: float = 0.0) -> CloseRoad:
    return CloseRoad(region="RT", road="water", points=LINE, radius=5.0, slower=slower, until=until, text=text)


def after(road: Road | None, command: RoadCommand, now: int, actor: str = "x") -> Road | None:
    for event in decide(road, command, Context(now=now, actor=actor, room="RT")):
        road = evolve(road, event, REF, now)
    return road


ends = st.integers(0, 100)
acts = st.one_of(st.builds(close, ends, st.sampled_from(["", "flood"])), st.just(OpenRoad(road=REF)))


@given(st.lists(st.tuples(st.integers(0, 10), acts), max_size=12), st.integers(0, 120))
def test_what_was_said_last_counts_until_its_end(said: list[tuple[int, RoadCommand]], later: int) -> None:
    now, road = 0, None
    closed_until = -1
    for wait, command in said:
        now += wait
        road = after(road, command, now)
        if isinstance(command, CloseRoad):
            closed_until = command.until
        elif closed_until > now:
            closed_until = -1
        assert (road is not None and road.counts(now)) == (closed_until > now)
    if road is not None:
        moment = now + later
        assert road.counts(moment) == (closed_until > moment)
        assert not road.counts(max(road.over, now))


@given(ends, st.text(max_size=120))
def test_a_repeat_says_nothing_new(until: int, text: str) -> None:
    command = close(until, text)
    road = after(None, command, 1, "first")
    assert after(road, command, 2, "second") is road
    opened = after(road, OpenRoad(road=REF), 3)
    assert after(opened, OpenRoad(road=REF), 4) is opened


def test_nobody_is_refused_and_everybody_is_named() -> None:
    assert decide(None, OpenRoad(road=REF), Context(now=1, actor="x", room="LB")) == []
    road = after(None, close(50), 1, "anna")
    assert road is not None and (road.by, road.at) == ("anna", 1)
    again = after(road, close(90, "deeper"), 20, "bram")
    assert again is not None and (again.by, again.at, again.text) == ("bram", 20, "deeper")
    opened = after(again, OpenRoad(road=REF), 30)
    assert opened is not None and (opened.opened, opened.over) == (30, 30)
    reopened = after(opened, close(90, "deeper"), 40)
    assert reopened is not None and reopened.counts(40)


@pytest.mark.parametrize(
    ("points", "radius", "slower"),
    [((), 5.0, 0.0), (LINE, 0.0, 0.0), (((math.nan, 0.0),), 5.0, 0.0), (LINE, 5.0, 0.5), (LINE, 5.0, 101.0)],
)
def test_an_area_that_is_none_is_not_a_command(
    points: tuple[tuple[float, float], ...], radius: float, slower: float
) -> None:
    assert fault(points, radius, slower)
    with pytest.raises(ValueError):
        CloseRoad(region="RT", road="1", points=points, radius=radius, slower=slower, until=1)


def test_input_that_is_no_area_is_not_valid() -> None:
    with pytest.raises(msgspec.ValidationError, match="radius above 0"):
        msgspec.convert({"type": "close_road", "region": "RT", "road": "1", "points": [[0, 0]], "until": 1}, CloseRoad)


def test_taking_back_what_was_never_drawn_cannot_be_folded() -> None:
    with pytest.raises(ValueError):
        evolve(None, RoadOpened(by="x"), REF, 1)
