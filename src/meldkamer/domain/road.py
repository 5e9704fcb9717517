"""Roads that are closed or slow for a while, as people drew them on the map. Facts of the region where they lie.

Nobody has to own anything to say that a road is under water, and two who say so at once are both right: the last one
stands. A closure ends by itself at its end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

import msgspec

from meldkamer.domain.basics import Command, Context, Event, Id, Ref, Region, Short
from meldkamer.domain.clock import Millis

Metres = Annotated[float, msgspec.Meta(ge=-1_000_000, le=2_000_000)]
Points = Annotated[tuple[tuple[Metres, Metres], ...], msgspec.Meta(min_length=1, max_length=200)]
Radius = Annotated[float, msgspec.Meta(ge=0, le=50_000)]
Slower = Annotated[float, msgspec.Meta(ge=0, le=100)]
Why = Annotated[str, msgspec.Meta(max_length=120)]
Until = Annotated[Millis, msgspec.Meta(ge=0, le=4_102_444_800_000)]


class RoadClosed(Event, frozen=True, kw_only=True, tag="road.closed"):
    """Somebody drew an area in RD metres: a polygon (three points or more), else all within `radius` of the line or
    point. slower: times as slow; 0 = closed. until: milliseconds UTC."""

    points: tuple[tuple[float, float], ...]
    radius: float = 0.0
    slower: float = 0.0
    until: Millis
    text: Short = ""
    by: Short


class RoadOpened(Event, frozen=True, kw_only=True, tag="road.opened"):
    """Somebody took it back before its end."""

    by: Short


class Road(msgspec.Struct, frozen=True, kw_only=True):
    """A closure as it was drawn last. by, at: who and when; opened: when it was taken back, None while it was not."""

    ref: str
    points: tuple[tuple[float, float], ...]
    radius: float
    slower: float
    until: Millis
    text: str
    by: str
    at: Millis
    opened: Millis | None = None

    @property
    def over(self) -> Millis:
        """From when on it does not count."""
        return self.until if self.opened is None else min(self.opened, self.until)

    def counts(self, now: Millis) -> bool:
        """Whether it counts at this moment."""
        return self.opened is None and self.until > now


class CloseRoad(Command, frozen=True, kw_only=True, tag="close_road"):
    """Close roads or make them slow, or draw a closure anew. `road` comes from the desk: a repeat is harmless.

    Raises ValueError for an area that is none, which for the API is input that is not valid.
    """

    region: Region
    road: Id
    points: Points
    radius: Radius = 0.0
    slower: Slower = 0.0
    until: Until
    text: Why = ""

    def __post_init__(self) -> None:
        if wrong := fault(self.points, self.radius, self.slower):
            raise ValueError(wrong)


class OpenRoad(Command, frozen=True, kw_only=True, tag="open_road"):
    """Take a closure back."""

    road: Ref


RoadCommand = CloseRoad | OpenRoad
_DRAWN = ("points", "radius", "slower", "until", "text")


def fault(points: Sequence[tuple[float, float]], radius: float, slower: float) -> str:
    """What is wrong with an area, empty when nothing is."""
    if not points or not all(math.isfinite(x) and math.isfinite(y) for x, y in points):
        return "it has no points, or one that is not a number"
    if len(points) < 3 and not radius > 0:
        return "a line or a point needs a radius above 0"
    if slower and not 1 <= slower <= 100:
        return "slower is 0 (closed) or 1 to 100"
    return ""


def decide(road: Road | None, command: RoadCommand, context: Context) -> list[Event]:
    """What follows. Never refused; what is so already is not said again."""
    if isinstance(command, OpenRoad):
        return [RoadOpened(by=context.actor)] if road is not None and road.counts(context.now) else []
    drawn = {name: getattr(command, name) for name in _DRAWN}
    if road is not None and road.opened is None and drawn == {name: getattr(road, name) for name in _DRAWN}:
        return []
    return [RoadClosed(**drawn, by=context.actor)]


def evolve(road: Road | None, event: Event, ref: str, occurred: Millis) -> Road:
    """The closure after the event. Raises ValueError for a taking back of what was never drawn."""
    if isinstance(event, RoadClosed):
        drawn = {name: getattr(event, name) for name in _DRAWN}
        return Road(ref=ref, **drawn, by=event.by, at=occurred)
    if road is None:
        raise ValueError(f"closure {ref} begins with {type(event).__name__}")
    return msgspec.structs.replace(road, opened=occurred) if isinstance(event, RoadOpened) else road
