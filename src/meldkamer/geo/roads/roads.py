"""A loaded map: times by road for every kind of vehicle, at this time of day, past what is closed now."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np

from meldkamer.geo.rd import Floats
from meldkamer.geo.roads.closures import Closure, RoadPoints, closed_weights
from meldkamer.geo.roads.errors import RoadsError
from meldkamer.geo.roads.graph import ACCESS, CLOSED, Ints, RoadGraph, Weights, load_graph
from meldkamer.geo.roads.search import FAR, BoundedSearch, Hierarchy, Search, Targets, Topology, fast_search
from meldkamer.geo.roads.snap import Snapped, Snapper
from meldkamer.geo.roads.speeds import Speeds, read_speeds
from meldkamer.geo.roads.ways import NO_WAY, Millis

LIMIT = 2 * 3_600_000
"""Milliseconds: what is further counts as not reachable by this map."""
OFF_ROAD = 4.0
"""Metres per second between a point and its road."""
PLANE = 1.1
"""How much longer a straight line may be on the plane than on the earth, far away from where the plane touches it."""
KEPT = 16
ROADS = "roads.npz"
"""The map of a room, in its data folder."""
Backend = Literal["fast", "floor"]


class Roads:
    """Not thread-safe: it lives on the loop. now: milliseconds UTC, for closures and the time of day."""

    def __init__(
        self,
        graph: RoadGraph,
        speeds: Speeds,
        now: Callable[[], int],
        backend: Backend = "fast",
        order: Ints | None = None,
        zone: str = "Europe/Amsterdam",
    ) -> None:
        self.graph, self._speeds, self._now, self._zone = graph, speeds, now, ZoneInfo(zone)
        self.backend: Backend = backend if backend == "floor" or fast_search() else "floor"
        self._topology = Topology(graph, order) if self.backend == "fast" else None
        self._points: RoadPoints | None = None
        self._snappers: dict[int, Snapper] = {}
        self._base: dict[tuple[str, str], Weights] = {}
        self._searches: dict[tuple[str, str], tuple[Search, dict[int, int]]] = {}
        self._closures: dict[str, tuple[Closure, Ints]] = {}
        self._kept: dict[tuple[int, int], tuple[Floats, Floats, Snapped]] = {}
        order_ = np.argsort(graph.edge, kind="stable")
        self._arcs_by_edge = order_
        self._arcs_at = np.searchsorted(graph.edge[order_], np.arange(len(graph.metres) + 1))
        # The arc out of the junction itself, per edge and direction; copies for turns come after it.
        self._first = np.full((len(graph.metres), 2), -1, dtype=np.int64)
        backwards = np.arange(graph.arcs)[::-1]
        self._first[graph.edge[backwards], graph.ahead[backwards].astype(np.int64)] = backwards

    # --- what is closed ---------------------------------------------------------------------------------------------

    def close(self, closure: Closure) -> int:
        """It counts from the next question on; returns how many edges it touches. Raises RoadsError for a bad one."""
        if fault := closure.fault():
            raise RoadsError(f"closure {closure.id}: {fault}")
        if self._points is None:
            self._points = RoadPoints(self.graph)
        edges = self._points.edges(closure)
        self._closures[closure.id] = (closure, edges)
        return len(edges)

    def open(self, id: str) -> bool:
        """Take a closure back; False when there is none of this name."""
        return self._closures.pop(id, None) is not None

    def closures(self) -> list[Closure]:
        """Those that count now; what is over is forgotten."""
        now = self._now()
        for id in [i for i, (c, _) in self._closures.items() if c.until <= now]:
            del self._closures[id]
        return [c for c, _ in self._closures.values()]

    # --- times ------------------------------------------------------------------------------------------------------

    def serves(self, profile: str) -> bool:
        """Whether vehicles of this profile go by these roads."""
        return profile in self._speeds.profile

    def fastest(self, profile: str) -> float:
        """Metres of straight line per second that no vehicle of this profile goes beyond."""
        shares = [1.0, *(b.share.get(profile, 1.0) for b in self._speeds.band)]
        return self._speeds.profile[profile].top / 3.6 * max(shares) * PLANE

    def millis(self, x: Floats, y: Floats, end: tuple[float, float], profile: str) -> Millis:
        """Milliseconds by road from each point to the end; NO_WAY where there is none, or the map does not reach."""
        answer = np.full(len(x), NO_WAY, dtype=np.int64)
        access = ACCESS[self._speeds.profile[profile].access]
        goal = self._snapper(access).snap(np.array([end[0]]), np.array([end[1]]))
        if goal.edge[0] < 0:
            return answer
        search, weights = self._search(profile)
        start = self._snapped(access, x, y)
        targets = self._targets(int(goal.edge[0]), float(goal.share[0]), weights)
        on = np.flatnonzero(start.edge >= 0)
        best = np.full(len(on), FAR, dtype=np.int64)
        pairs, rests, rows = self._sources(start, on, weights)
        if len(pairs):
            found = search.to(pairs, targets, LIMIT)
            found = np.where(found == FAR, FAR, np.minimum(FAR, found + rests))
            np.minimum.at(best, rows, found)
        self._same_edge(start, on, int(goal.edge[0]), float(goal.share[0]), weights, best)
        reached = best <= LIMIT
        off = np.rint((start.away[on] + float(goal.away[0])) / OFF_ROAD * 1000).astype(np.int64)
        answer[on] = np.where(reached, best + off, NO_WAY)
        return answer

    def _snapper(self, access: int) -> Snapper:
        if access not in self._snappers:
            self._snappers[access] = Snapper(self.graph, access)
        return self._snappers[access]

    def _snapped(self, access: int, x: Floats, y: Floats) -> Snapped:
        """Roads of points; of points that were asked before, only those that moved are looked up."""
        key = (access, len(x))
        known = self._kept.pop(key, None)
        if known is None:
            found = self._snapper(access).snap(x, y)
        else:
            old_x, old_y, found = known
            moved = np.flatnonzero(((x != old_x) & ~(np.isnan(x) & np.isnan(old_x))) | ((y != old_y) & ~np.isnan(y)))
            if len(moved):
                part = self._snapper(access).snap(x[moved], y[moved])
                edge, share, away = found.edge.copy(), found.share.copy(), found.away.copy()
                edge[moved], share[moved], away[moved] = part.edge, part.share, part.away
                found = Snapped(edge, share, away)
        self._kept[key] = (x.copy(), y.copy(), found)
        if len(self._kept) > KEPT:
            self._kept.pop(next(iter(self._kept)))
        return found

    def _search(self, profile: str) -> tuple[Search, Weights]:
        """The search of a profile at this time of day, brought up to the present closures, and its weights."""
        at = datetime.datetime.fromtimestamp(self._now() / 1000, self._zone)
        key = (profile, self._speeds.band_at(at))
        base = self._base.get(key)
        if base is None:
            base = self._base[key] = self._speeds.weights(self.graph, *key)
            search: Search = (
                Hierarchy(self._topology, base) if self._topology is not None else BoundedSearch(self.graph, base)
            )
            self._searches[key] = (search, {})
        search, before = self._searches[key]
        self.closures()
        wanted = closed_weights(self.graph, base, self._closures.values()) if self._closures else {}
        if wanted != before:
            back = {a: int(base[a]) for a in before if a not in wanted}
            search.change({**back, **{a: w for a, w in wanted.items() if before.get(a) != w}})
            self._searches[key] = (search, wanted)
        if not wanted:
            return search, base
        weights = base.copy()
        weights[list(wanted)] = list(wanted.values())
        return search, weights

    def _targets(self, edge: int, share: float, weights: Weights) -> Targets:
        """Where a search ends that goes to a point along an edge: the beginning of each arc that leads over it."""
        found = []
        for arc in self._arcs_by_edge[self._arcs_at[edge] : self._arcs_at[edge + 1]]:
            if weights[arc] < CLOSED:
                part = share if self.graph.ahead[arc] else 1 - share
                found.append((int(self.graph.tail[arc]), round(part * int(weights[arc]))))
        return found

    def _sources(self, start: Snapped, on: Ints, weights: Weights) -> tuple[Ints, Ints, Ints]:
        """Nodes at which units come out of their edge, the milliseconds until then, and whose they are."""
        nodes, rests, rows = [], [], []
        for ahead in (0, 1):
            arc = self._first[start.edge[on], ahead]
            good = np.flatnonzero((arc >= 0) & (weights[arc] < CLOSED))
            arc = arc[good]
            left = 1 - start.share[on[good]] if ahead else start.share[on[good]]
            nodes.append(self.graph.head[arc])
            rests.append(np.rint(left * weights[arc]).astype(np.int64))
            rows.append(good)
        return np.concatenate(nodes), np.concatenate(rests), np.concatenate(rows)

    def _same_edge(self, start: Snapped, on: Ints, edge: int, share: float, weights: Weights, best: Ints) -> None:
        """Who stands on the very road of the end goes along it, without a junction."""
        for row in np.flatnonzero(start.edge[on] == edge):
            gap = share - float(start.share[on[row]])
            for ahead, forward in ((1, gap >= 0), (0, gap <= 0)):
                arc = int(self._first[edge, ahead])
                if forward and arc >= 0 and weights[arc] < CLOSED:
                    best[row] = min(int(best[row]), round(abs(gap) * int(weights[arc])))


def open_roads(path: Path, now: Callable[[], int], backend: Backend = "fast", speeds: Path | None = None) -> Roads:
    """A map as `geo roads import` wrote it. speeds: a table of one's own; the one beside the map when it is there.

    Raises RoadsError.
    """
    graph, order = load_graph(path)
    beside = path.with_suffix(".toml")
    table = read_speeds(speeds or (beside if beside.exists() else None))
    return Roads(graph, table, now, backend, order)
