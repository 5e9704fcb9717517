"""Which road a point lies at: the nearest piece of road that a vehicle may use, and how far along it."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from meldkamer.geo.rd import Floats
from meldkamer.geo.roads.errors import RoadsError
from meldkamer.geo.roads.graph import Ints, RoadGraph

PIECE = 150.0
"""Metres: roads are cut into pieces no longer than this, and the nearest middles are looked at exactly."""
LOOK = 6
MIN_PART = 20
"""Roads that hang together with fewer junctions than this are left out, unless there is nothing larger: a yard behind
a gate, or what the edge of the map cut off, leads nowhere."""
MAX_AWAY = 2_000.0
"""Metres from a road above which a point is not on this map."""


class Snapped(msgspec.Struct, frozen=True):
    """Arrays of one length: edge (-1: none near), share of the edge from its start, metres to the road."""

    edge: Ints
    share: Floats
    away: Floats


class Snapper:
    """For vehicles with these bits of ACCESS. edges: those that a point can lie at."""

    def __init__(self, graph: RoadGraph, access: int) -> None:
        edges = self.edges = usable_edges(graph, access)
        begin, end = graph.shape_at[edges], graph.shape_at[edges + 1]
        count = np.maximum(end - begin - 1, 0)
        first = np.repeat(begin, count) + _ranges(count)
        owner = np.repeat(edges, count)
        x1, y1 = graph.shape_x[first], graph.shape_y[first]
        x2, y2 = graph.shape_x[first + 1], graph.shape_y[first + 1]
        length = np.hypot(x2 - x1, y2 - y1)
        # How far along its edge each straight part begins, as a share.
        whole = np.bincount(owner, weights=length, minlength=len(graph.metres))
        before = np.cumsum(length) - length
        start_of = np.zeros(len(graph.metres))
        starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]]) if len(owner) else np.zeros(0, dtype=np.int64)
        start_of[owner[starts]] = before[starts]
        safe = np.maximum(whole[owner], 1e-9)
        at, per = (before - start_of[owner]) / safe, length / safe
        pieces = np.maximum(1, np.ceil(length / PIECE)).astype(np.int64)
        part = np.repeat(np.arange(len(owner)), pieces)
        step = _ranges(pieces) / pieces[part]
        dx, dy = (x2 - x1)[part], (y2 - y1)[part]
        self._x, self._y = x1[part] + dx * step, y1[part] + dy * step
        self._dx, self._dy = dx / pieces[part], dy / pieces[part]
        self._edge = owner[part]
        self._at, self._per = at[part] + per[part] * step, per[part] / pieces[part]
        self._tree = _tree(self._x + self._dx / 2, self._y + self._dy / 2) if len(part) else None

    def snap(self, x: Floats, y: Floats) -> Snapped:
        """Every point by itself; NaN is on no road."""
        n = len(x)
        edge, share, away = np.full(n, -1, dtype=np.int64), np.zeros(n), np.full(n, np.inf)
        good = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        if self._tree is None or not len(good):
            return Snapped(edge, share, away)
        k = min(LOOK, len(self._x))
        _, near = self._tree.query(np.column_stack((x[good], y[good])), k=k)
        near = near.reshape(len(good), k)
        dx, dy = self._dx[near], self._dy[near]
        px, py = x[good, None] - self._x[near], y[good, None] - self._y[near]
        along = np.clip((px * dx + py * dy) / np.maximum(dx * dx + dy * dy, 1e-12), 0.0, 1.0)
        distance = np.hypot(px - along * dx, py - along * dy)
        best = distance.argmin(axis=1)
        row = np.arange(len(good))
        which = near[row, best]
        edge[good] = self._edge[which]
        share[good] = np.clip(self._at[which] + self._per[which] * along[row, best], 0.0, 1.0)
        away[good] = distance[row, best]
        edge[away > MAX_AWAY] = -1
        return Snapped(edge, share, away)


def usable_edges(graph: RoadGraph, access: int) -> Ints:
    """The edges of parts that are large enough, which these vehicles may use in some direction."""
    try:
        from scipy.sparse import csr_matrix
        from scipy.sparse.csgraph import connected_components
    except ImportError as error:
        raise RoadsError("searching roads needs the package scipy: install meldkamer[roads]") from error
    open_ = (graph.allowed & access) != 0
    tail, head = graph.tail[open_], graph.head[open_]
    shape = (graph.nodes, graph.nodes)
    _, part = connected_components(csr_matrix((np.ones(len(tail)), (tail, head)), shape=shape), connection="strong")
    size = np.bincount(part)
    large = size >= min(MIN_PART, int(size.max(initial=1)))
    keep = large[part[tail]] & large[part[head]]
    return np.unique(graph.edge[open_][keep])


def _ranges(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """0..n-1 for each count, one after the other."""
    total = int(counts.sum())
    starts = np.cumsum(counts) - counts
    return np.arange(total, dtype=np.int64) - np.repeat(starts, counts)


def _tree(x: Floats, y: Floats) -> Any:
    from scipy.spatial import cKDTree

    return cKDTree(np.column_stack((x, y)))
