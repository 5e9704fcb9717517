"""Shortest times from many nodes to one place, in whole milliseconds, by either of two searches that agree exactly.

`BoundedSearch` looks backwards from the place, with scipy, no further than the limit: the floor, always there.
`Hierarchy` is a customizable contraction hierarchy (routingkit-cch): prepared once per map, many times faster, and a
closure changes a few weights of it in microseconds.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from meldkamer.geo.rd import Floats
from meldkamer.geo.roads.errors import RoadsError
from meldkamer.geo.roads.graph import CLOSED, Ints, RoadGraph, Weights

FAR = CLOSED
"""In an answer: no way, or none within the limit."""
Targets = Sequence[tuple[int, int]]
"""(node, milliseconds that are still to go from there)."""


class Search(Protocol):
    """One metric on one graph. Not thread-safe."""

    def change(self, weights: Mapping[int, int]) -> None:
        """Give these arcs another weight."""
        ...

    def to(self, sources: Ints, targets: Targets, limit: int) -> Ints:
        """Milliseconds from each source node to the nearest of the targets; FAR above the limit."""
        ...

    def let_go(self) -> None:
        """Keep nothing that is bound to the thread that asked: from now on another one asks."""
        ...


class BoundedSearch:
    """By Dijkstra's algorithm, backwards from the targets."""

    def __init__(self, graph: RoadGraph, weights: Weights) -> None:
        self._graph, self._weights = graph, weights.copy()
        self._matrix: Any = None

    def change(self, weights: Mapping[int, int]) -> None:
        for arc, weight in weights.items():
            self._weights[arc] = weight
        self._matrix = None

    def to(self, sources: Ints, targets: Targets, limit: int) -> Ints:
        if not targets:
            return np.full(len(sources), FAR, dtype=np.int64)
        sparse, dijkstra = _scipy()
        if self._matrix is None:
            self._matrix = _matrix(sparse, self._graph, self._weights, backwards=True)
        best = np.full(len(sources), np.inf)
        for node, rest in targets:
            if rest <= limit:
                found = dijkstra(self._matrix, indices=node, limit=limit - rest)
                best = np.minimum(best, found[sources] + rest)
        return np.where(np.isfinite(best), best, FAR).astype(np.int64)

    def let_go(self) -> None:
        """Nothing of it is bound to a thread."""


class Outward:
    """By Dijkstra's algorithm, from one node to all: for areas and for lines, which neither search above can give."""

    def __init__(self, graph: RoadGraph, weights: Weights) -> None:
        self._graph, self._weights = graph, weights.copy()
        sparse, self._dijkstra = _scipy()
        self._matrix = _matrix(sparse, graph, weights, backwards=False)
        self._by_tail = np.argsort(graph.tail, kind="stable")
        self._at = np.searchsorted(graph.tail[self._by_tail], np.arange(graph.nodes + 1))

    def times(self, sources: Targets, limit: int) -> Floats:
        """Milliseconds to every node, from (node, milliseconds until there); infinite above the limit."""
        best = np.full(self._graph.nodes, np.inf)
        for node, until in sources:
            if until <= limit:
                found = self._dijkstra(self._matrix, indices=node, limit=limit - until)
                best = np.minimum(best, found + until)
        return best

    def way(self, source: int, target: int, limit: int) -> list[int] | None:
        """The arcs of the shortest way, in order; None when there is none within the limit."""
        if limit < 0:
            return None
        found, before = self._dijkstra(self._matrix, indices=source, limit=limit, return_predecessors=True)
        if not np.isfinite(found[target]):
            return None
        nodes = [target]
        while nodes[-1] != source:
            nodes.append(int(before[nodes[-1]]))
        return [self._arc(a, b) for a, b in itertools.pairwise(reversed(nodes))]

    def _arc(self, tail: int, head: int) -> int:
        """Of several roads between two junctions the one that the way goes by."""
        arcs = self._by_tail[self._at[tail] : self._at[tail + 1]]
        arcs = arcs[self._graph.head[arcs] == head]
        return int(arcs[np.argmin(self._weights[arcs])])


def _matrix(sparse: Any, graph: RoadGraph, weights: Weights, backwards: bool) -> Any:
    """The open arcs as scipy wants them, turned round when it looks backwards."""
    open_ = np.flatnonzero(weights < CLOSED)
    tail, head, weight = graph.tail[open_], graph.head[open_], weights[open_]
    # Of several roads between two junctions the shortest counts; a sparse matrix would add them up.
    order = np.lexsort((weight, tail, head))
    tail, head, weight = tail[order], head[order], weight[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    row, column = (head, tail) if backwards else (tail, head)
    return sparse.csr_matrix(
        (weight[first].astype(np.float64), (row[first], column[first])), shape=(graph.nodes, graph.nodes)
    )


class Hierarchy:
    """By a customizable contraction hierarchy. topology: shared by all metrics of a map.

    The library's hierarchy and metric may go to another thread; what it changes and searches with may not, so that is
    made by the thread that asks.
    """

    def __init__(self, topology: Topology, weights: Weights) -> None:
        self._rk, self._cch = topology.rk, topology.cch
        self._metric = self._rk.CCHMetric(self._cch, weights.tolist())
        self._updater: Any = None
        self._pinned: Any = None
        self._sources: Ints = np.zeros(0, dtype=np.int64)

    def change(self, weights: Mapping[int, int]) -> None:
        if weights:
            # It refuses, fatally, to change weights under pinned sources, so those go first.
            self._pinned = None
            if self._updater is None:
                self._updater = self._rk.CCHMetricPartialUpdater(self._cch)
            self._updater.apply(self._metric, {int(a): int(w) for a, w in weights.items()})

    def to(self, sources: Ints, targets: Targets, limit: int) -> Ints:
        if not targets or not len(sources):
            return np.full(len(sources), FAR, dtype=np.int64)
        if self._pinned is None:
            self._pinned = self._rk.CCHManyToOne(self._metric, sources.tolist())
        elif not np.array_equal(sources, self._sources):
            self._pinned.repin_sources(sources.tolist())
        self._sources = sources.copy()
        found = self._pinned.distances_to_multi([(int(n), int(rest)) for n, rest in targets])
        millis = np.array([FAR if d is None else d for d in found], dtype=np.int64)
        return np.where(millis <= limit, millis, FAR)

    def let_go(self) -> None:
        self._pinned = self._updater = None


class Topology:
    """What does not depend on speeds: the order of the nodes and the hierarchy above them."""

    def __init__(self, graph: RoadGraph, order: Ints | None = None) -> None:
        self.rk = _cch()
        tail, head = graph.tail.tolist(), graph.head.tolist()
        self.order = node_order(graph) if order is None else order
        self.cch = self.rk.CCH(self.order.tolist(), tail, head, False)


def node_order(graph: RoadGraph) -> Ints:
    """The order in which junctions are contracted; takes the longest, so it is kept with the map."""
    rk = _cch()
    x, y = graph.junction_x[graph.junction], graph.junction_y[graph.junction]
    # It wants degrees; any plane will do, as only the relative place counts.
    lat, lon = (y - y.min()) / 111_000, (x - x.min()) / 70_000
    found = rk.compute_order_inertial(graph.nodes, graph.tail.tolist(), graph.head.tolist(), lat.tolist(), lon.tolist())
    return np.array(found, dtype=np.int64)


def fast_search() -> bool:
    """Whether the hierarchy can be used here."""
    try:
        _cch()
    except RoadsError:
        return False
    return True


def _cch() -> Any:
    try:
        import routingkit_cch
    except ImportError as error:
        raise RoadsError("the fast search needs the package routingkit-cch: install meldkamer[roads]") from error
    return routingkit_cch


def _scipy() -> tuple[Any, Any]:
    try:
        from scipy import sparse
        from scipy.sparse.csgraph import dijkstra
    except ImportError as error:
        raise RoadsError("searching roads needs the package scipy: install meldkamer[roads]") from error
    return sparse, dijkstra
