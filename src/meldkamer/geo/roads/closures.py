"""Roads that are closed or slow for a while, as areas drawn on the map, with an end."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import msgspec
import numpy as np

from meldkamer.domain.road import fault
from meldkamer.geo.rd import Floats
from meldkamer.geo.roads.graph import CLOSED, MAX_MILLIS, Ints, RoadGraph, Weights

SAMPLE = 15.0
"""Metres: a road is touched when one of its points, at most this far from each other, lies in the area."""


class Closure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An area in RD metres: a polygon (three points or more), else all within `radius` of the line or point.

    slower: times as slow (2.0 = half the speed); 0 = closed. until: milliseconds UTC. A closed road may still be left
    and reached as far as it is open: who stands in the area gets out on the map's other roads only.
    """

    id: str
    points: tuple[tuple[float, float], ...]
    until: int
    radius: float = 0.0
    slower: float = 0.0
    text: str = ""

    def fault(self) -> str:
        """What is wrong with it, empty when nothing is."""
        return fault(self.points, self.radius, self.slower)

    def holds(self, x: Floats, y: Floats) -> np.ndarray:
        """Which of these points lie in it."""
        if self.radius > 0:
            return _near(self.points, self.radius, x, y)
        return _inside(self.points, x, y)


class RoadPoints:
    """Points along every edge, to find which edges an area touches."""

    def __init__(self, graph: RoadGraph) -> None:
        begin, end = graph.shape_at[:-1], graph.shape_at[1:]
        count = np.maximum(end - begin - 1, 0)
        starts = np.cumsum(count) - count
        first = np.repeat(begin, count) + np.arange(int(count.sum())) - np.repeat(starts, count)
        owner = np.repeat(np.arange(len(begin)), count)
        x1, y1, x2, y2 = (
            graph.shape_x[first],
            graph.shape_y[first],
            graph.shape_x[first + 1],
            graph.shape_y[first + 1],
        )
        steps = np.maximum(1, np.ceil(np.hypot(x2 - x1, y2 - y1) / SAMPLE)).astype(np.int64)
        part = np.repeat(np.arange(len(owner)), steps)
        offset = np.arange(len(part)) - np.repeat(np.cumsum(steps) - steps, steps)
        share = (offset + 0.5) / steps[part]
        self._x = x1[part] + (x2 - x1)[part] * share
        self._y = y1[part] + (y2 - y1)[part] * share
        self._edge = owner[part]

    def edges(self, closure: Closure) -> Ints:
        """The edges that it touches."""
        px = np.array([p[0] for p in closure.points])
        py = np.array([p[1] for p in closure.points])
        r = closure.radius
        box = (
            (self._x >= px.min() - r)
            & (self._x <= px.max() + r)
            & (self._y >= py.min() - r)
            & (self._y <= py.max() + r)
        )
        near = np.flatnonzero(box)
        return np.unique(self._edge[near[closure.holds(self._x[near], self._y[near])]])


def closed_weights(graph: RoadGraph, base: Weights, touched: Iterable[tuple[Closure, Ints]]) -> dict[int, int]:
    """The arcs whose weight differs from `base` under these closures. Several together: the hardest counts."""
    changed: dict[int, int] = {}
    for closure, edges in touched:
        for arc in np.flatnonzero(np.isin(graph.edge, edges)):
            before = int(base[arc])
            if before == CLOSED:
                continue
            now = CLOSED if not closure.slower else min(MAX_MILLIS, round(before * closure.slower))
            changed[int(arc)] = max(now, changed.get(int(arc), 0))
    return changed


def _near(points: tuple[tuple[float, float], ...], radius: float, x: Floats, y: Floats) -> np.ndarray:
    found = np.zeros(len(x), dtype=bool)
    ends = list(itertools.pairwise(points)) or [(points[0], points[0])]
    for (ax, ay), (bx, by) in ends:
        dx, dy = bx - ax, by - ay
        along = np.clip(((x - ax) * dx + (y - ay) * dy) / max(dx * dx + dy * dy, 1e-12), 0.0, 1.0)
        found |= np.hypot(x - ax - along * dx, y - ay - along * dy) <= radius
    return found


def _inside(points: tuple[tuple[float, float], ...], x: Floats, y: Floats) -> np.ndarray:
    """By the even-odd rule: a line from the point crosses the border an odd number of times."""
    found = np.zeros(len(x), dtype=bool)
    for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1], strict=True):
        if ay == by:
            continue
        crosses = (ay > y) != (by > y)
        found ^= crosses & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
    return found
