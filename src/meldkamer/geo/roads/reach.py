"""How far one comes by road within a time, as an area that can be drawn, and the way between two points as a line."""

from __future__ import annotations

import msgspec
import numpy as np
import shapely

from meldkamer.geo.rd import Floats
from meldkamer.geo.roads.graph import CLOSED, Ints, RoadGraph, Weights

CELL = 100.0
"""Metres: a place counts as reached when a reached road passes its square. Larger for large areas (MOST_CELLS)."""
MOST_CELLS = 150
"""Squares along the longer side of an area."""
NEAR_EDGE = 300.0
"""Metres from the edge of the map within which what is reached would go on beyond it."""

Line = tuple[tuple[float, float], ...]
"""Points in RD metres."""


class Ring(msgspec.Struct, frozen=True, kw_only=True):
    """What is reached within so many milliseconds. areas: polygons in RD metres, each its outline and then its holes.

    border: points of roads at which the time is exactly used up. map_ends: the map ends before the area does.
    """

    millis: int
    areas: tuple[tuple[Line, ...], ...]
    border: Line = ()
    map_ends: bool = False


class Driven(msgspec.Struct, frozen=True):
    """A way by road. metres: of the roads, and to and from them; line: RD metres, from point to point."""

    millis: int
    metres: float
    line: Line


class Arrivals(msgspec.Struct, frozen=True, kw_only=True):
    """When one is at the beginning of each edge in each direction (rows: back, ahead), in milliseconds, infinite when
    never; and how long the edge then takes (CLOSED: not that way). edge, share, off: where it begins, at which share
    of which edge, and the milliseconds from the point to that road."""

    start: Floats
    weight: Weights
    edge: int
    share: float
    off: int


def arrivals(
    graph: RoadGraph, times: Floats, weights: Weights, places: Ints, edge: int, share: float, off: int
) -> Arrivals:
    """From times at nodes. weights: of arcs; all over an edge in one direction take equally long. places: the edges
    on which anything can be; yards that hang together with nothing are left out."""
    start = np.full((2, len(graph.metres)), np.inf)
    weight = np.full((2, len(graph.metres)), CLOSED, dtype=np.int64)
    open_ = np.flatnonzero(weights < CLOSED)
    way = graph.ahead[open_].astype(np.int64)
    weight[way, graph.edge[open_]] = weights[open_]
    np.minimum.at(start, (way, graph.edge[open_]), times[graph.tail[open_]])
    nowhere = np.ones(len(graph.metres), dtype=bool)
    nowhere[places] = False
    start[:, nowhere] = np.inf
    return Arrivals(start=start, weight=weight, edge=edge, share=share, off=off)


def ring(graph: RoadGraph, shapes: Shapes, of: Arrivals, millis: int) -> Ring:
    """What is reached within a time."""
    pieces, tips = _pieces(of, float(millis - of.off))
    if not len(pieces.edge):
        return Ring(millis=millis, areas=())
    x, y = _along(graph, shapes, pieces)
    ends = bool(
        (x.min() < graph.shape_x.min() + NEAR_EDGE)
        | (x.max() > graph.shape_x.max() - NEAR_EDGE)
        | (y.min() < graph.shape_y.min() + NEAR_EDGE)
        | (y.max() > graph.shape_y.max() - NEAR_EDGE)
    )
    return Ring(millis=millis, areas=_areas(x, y), border=_line(*shapes.at(tips.edge, tips.low)), map_ends=ends)


class _Pieces(msgspec.Struct, frozen=True):
    """Parts of edges, from one share of their length to another."""

    edge: Ints
    low: Floats
    high: Floats


def _pieces(of: Arrivals, left: float) -> tuple[_Pieces, _Pieces]:
    """The reached parts, and as parts without length the places where the time is used up."""
    from_start = np.where(of.weight[1] < CLOSED, (left - of.start[1]) / of.weight[1], -1.0)
    from_end = np.where(of.weight[0] < CLOSED, (left - of.start[0]) / of.weight[0], -1.0)
    # Where those who come from both ends meet, all of it is reached, and nothing is a border.
    meet = (from_start > 0) & (from_end > 0) & (from_start + from_end >= 1.0)
    whole = (from_start >= 1.0) | (from_end >= 1.0) | meet
    other = np.arange(len(whole)) != of.edge
    full = np.flatnonzero(whole & other)
    ahead = np.flatnonzero(~whole & (from_start >= 0) & other)
    back = np.flatnonzero(~whole & (from_end >= 0) & other)
    own, own_tips = _own(of, left, float(from_start[of.edge]), float(from_end[of.edge]))
    parts = _Pieces(
        np.concatenate((full, ahead, back, np.full(len(own), of.edge))),
        np.concatenate((np.zeros(len(full) + len(ahead)), 1 - from_end[back], [low for low, _ in own])),
        np.concatenate((np.ones(len(full)), from_start[ahead], np.ones(len(back)), [high for _, high in own])),
    )
    shares = np.concatenate((from_start[ahead], 1 - from_end[back], own_tips))
    return parts, _Pieces(np.concatenate((ahead, back, np.full(len(own_tips), of.edge))), shares, shares)


def _own(
    of: Arrivals, left: float, from_start: float, from_end: float
) -> tuple[list[tuple[float, float]], list[float]]:
    """The same of the edge where it begins, which is also reached along it without a junction."""
    if left < 0:
        return [], []
    low = high = of.share
    tips = set[float]()
    if of.weight[1][of.edge] < CLOSED:
        high = min(1.0, of.share + left / float(of.weight[1][of.edge]))
        tips.add(high)
    if of.weight[0][of.edge] < CLOSED:
        low = max(0.0, of.share - left / float(of.weight[0][of.edge]))
        tips.add(low)
    found = [(low, high)]
    if from_start >= 0:
        found.append((0.0, min(1.0, from_start)))
        tips.add(from_start)
    if from_end >= 0:
        found.append((max(0.0, 1 - from_end), 1.0))
        tips.add(1 - from_end)
    # A tip that lies within what is reached some other way is no border.
    inside = [t for t in tips if 0 < t < 1 and not any(a < t < b for a, b in found)]
    return found, sorted(inside)


def _along(graph: RoadGraph, shapes: Shapes, of: _Pieces) -> tuple[Floats, Floats]:
    """Points on these parts of roads, so close together that hardly a square between them is missed."""
    steps = np.maximum(1, np.ceil((of.high - of.low) * graph.metres[of.edge] / (CELL / 4))).astype(np.int64) + 1
    part = np.repeat(np.arange(len(of.edge)), steps)
    number = np.arange(int(steps.sum())) - np.repeat(np.cumsum(steps) - steps, steps)
    share = of.low[part] + (of.high - of.low)[part] * number / (steps[part] - 1)
    return shapes.at(of.edge[part], share)


def _areas(x: Floats, y: Floats) -> tuple[tuple[Line, ...], ...]:
    """The squares that hold these points, laid together. Squares of twice the side hold the smaller ones whole, so what
    is reached sooner never sticks out of what is reached later."""
    side = max(float(np.ptp(x)), float(np.ptp(y)), CELL)
    cell = CELL * 2.0 ** max(0.0, np.ceil(np.log2(side / CELL / MOST_CELLS)))
    column, row = np.floor(x / cell).astype(np.int64), np.floor(y / cell).astype(np.int64)
    first, width = row.min(), int(np.ptp(column)) + 1
    codes = np.unique((row - first) * width + (column - column.min()))
    left, low = (codes % width + column.min()) * cell, (codes // width + first) * cell
    boxes = shapely.box(left, low, left + cell, low + cell)
    parts = shapely.get_parts(shapely.simplify(shapely.coverage_union_all(boxes), 0))
    return tuple(
        tuple(_line(*shapely.get_coordinates(line).T) for line in (part.exterior, *part.interiors)) for part in parts
    )


class Shapes:
    """Places along the roads of a graph, by edge and share of its length."""

    def __init__(self, graph: RoadGraph) -> None:
        self._graph = graph
        self._dx, self._dy = np.diff(graph.shape_x), np.diff(graph.shape_y)
        self._length = np.hypot(self._dx, self._dy)
        self._length[graph.shape_at[1:-1] - 1] = 0.0  # between the end of an edge and the beginning of the next
        self._before = np.concatenate(([0.0], np.cumsum(self._length)))

    def at(self, edges: Ints, shares: Floats) -> tuple[Floats, Floats]:
        """RD metres of many places."""
        edges = edges.astype(np.int64)
        piece, part = self._find(edges, shares)
        if not len(piece):
            return np.zeros(0), np.zeros(0)
        graph = self._graph
        return graph.shape_x[piece] + part * self._dx[piece], graph.shape_y[piece] + part * self._dy[piece]

    def line(self, edge: int, begin: float, end: float) -> Line:
        """A road's shape from one share to another, against its direction when the first is larger."""
        low, high = min(begin, end), max(begin, end)
        (ax, bx), (ay, by) = self.at(np.array([edge, edge]), np.array([low, high]))
        (first, last), _ = self._find(np.array([edge, edge]), np.array([low, high]))
        between = range(int(first) + 1, int(last) + 1)
        points = [(ax, ay), *((self._graph.shape_x[n], self._graph.shape_y[n]) for n in between), (bx, by)]
        rounded = [(round(float(x), 1), round(float(y), 1)) for x, y in points]
        return tuple(rounded if begin <= end else reversed(rounded))

    def _find(self, edges: Ints, shares: Floats) -> tuple[Ints, Floats]:
        """The straight part of each place, as the number of its first point, and how far along that."""
        first, last = self._graph.shape_at[edges], self._graph.shape_at[edges + 1] - 1
        before = self._before
        wanted = before[first] + np.clip(shares, 0.0, 1.0) * (before[last] - before[first])
        piece = np.clip(np.searchsorted(before, wanted, side="right") - 1, first, np.maximum(first, last - 1))
        length = self._length[np.minimum(piece, len(self._length) - 1)]
        return piece, np.where(length > 0, (wanted - before[piece]) / np.maximum(length, 1e-12), 0.0)


def _line(x: Floats, y: Floats) -> Line:
    return tuple(zip(np.round(x, 3).tolist(), np.round(y, 3).tolist(), strict=True))
