"""A loaded map: times by road for every kind of vehicle, at this time of day, past what is closed now."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import numpy.typing as npt

from meldkamer.geo.rd import Floats
from meldkamer.geo.roads.closures import Closure, RoadPoints, closed_weights
from meldkamer.geo.roads.errors import RoadsError
from meldkamer.geo.roads.graph import ACCESS, CLOSED, Ints, RoadGraph, Weights, load_graph
from meldkamer.geo.roads.islands import part_of_edges
from meldkamer.geo.roads.reach import Driven, Ring, Shapes, arrivals, ring
from meldkamer.geo.roads.search import (
    FAR,
    BoundedSearch,
    Hierarchy,
    Outward,
    Search,
    Targets,
    Topology,
    fast_search,
)
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
Parts = list[tuple[int, float, float]]
"""Of a way: edges, each from one share of its length to another."""


class Roads:
    """Not thread-safe: it lives on the loop. now: milliseconds UTC, for closures and the time of day; zone: of
    that time of day."""

    def __init__(
        self,
        graph: RoadGraph,
        speeds: Speeds,
        now: Callable[[], int],
        backend: Backend = "fast",
        order: Ints | None = None,
        *,
        zone: ZoneInfo,
    ) -> None:
        self.graph, self._speeds, self._now, self._zone = graph, speeds, now, zone
        self.backend: Backend = backend if backend == "floor" or fast_search() else "floor"
        self._topology = Topology(graph, order) if self.backend == "fast" else None
        self._points: RoadPoints | None = None
        self._shapes: Shapes | None = None
        self._outward: dict[tuple[str, str], tuple[Outward, dict[int, int]]] = {}
        self._snappers: dict[int, Snapper] = {}
        self._part_of: dict[int, Ints] = {}
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

    def basis(self, profile: str) -> str:
        """A name for the map and the speeds that times follow from: another one as soon as either changes, and the same
        for both searches."""
        speeds = (
            self._speeds.profile[profile],
            sorted(self._speeds.classes.items()),
            self._speeds.band,
            self._zone.key,
        )
        digest = hashlib.sha256(self.graph.hash.encode() + msgspec.json.encode(speeds))
        return f"road:{digest.hexdigest()[:16]}"

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

    def cut_off(self, x: Floats, y: Floats, end: tuple[float, float], profile: str) -> npt.NDArray[np.bool_]:
        """Which of these points lie on the map at a road that hangs together with none at the end: on an island, or the
        end is on one. What is closed now does not count, and a point beside the map is not cut off by it."""
        access = ACCESS[self._speeds.profile[profile].access]
        goal = int(self._snapper(access).snap(np.array([end[0]]), np.array([end[1]])).edge[0])
        start = self._snapped(access, x, y).edge
        if goal < 0:
            return np.zeros(len(x), dtype=np.bool_)
        if access not in self._part_of:
            self._part_of[access] = part_of_edges(self.graph, access)
        parts = self._part_of[access]
        found: npt.NDArray[np.bool_] = (start >= 0) & (parts[start] != parts[goal])
        return found

    def warm(self, profiles: Sequence[str]) -> None:
        """Prepare what the first questions would wait for: searches at this time of day, where points lie, and which
        roads an area touches. By any thread, as long as no other uses this map yet. Raises RoadsError."""
        for profile in profiles:
            if self.serves(profile):
                x, y = self.graph.junction_x[:1], self.graph.junction_y[:1]
                self.millis(x, y, (float(x[0]), float(y[0])), profile)
        for search, _ in self._searches.values():
            search.let_go()
        self._points = self._points or RoadPoints(self.graph)

    # --- areas and lines --------------------------------------------------------------------------------------------

    def reach(self, start: tuple[float, float], millis: Sequence[int], profile: str) -> Callable[[], list[Ring]] | None:
        """How far one comes from a point within each of these times, the present closures in mind; None when the point
        lies on no road of this map. On a ring's border the time is what `millis` gives from the point to there.

        The times are found at once; drawing them may be done later, and by any thread.
        """
        at = self._snap_two(profile, start, start)
        if at.edge[0] < 0:
            return None
        edge, share, off = int(at.edge[0]), float(at.share[0]), round(float(at.away[0]) / OFF_ROAD * 1000)
        outward, weights = self._out(profile)
        out = [(int(self.graph.head[arc]), rest) for arc, rest in self._leaving(edge, share, weights)]
        times = outward.times(out, max(millis) - off)
        places = self._snapper(ACCESS[self._speeds.profile[profile].access]).edges
        of = arrivals(self.graph, times, weights, places, edge, share, off)
        graph, shapes = self.graph, self._drawn()
        return lambda: [ring(graph, shapes, of, one) for one in millis]

    def route(self, start: tuple[float, float], end: tuple[float, float], profile: str) -> Driven | None:
        """The way from one point to another, in the time that `millis` gives; None where there is none."""
        (millis,) = self.millis(np.array([start[0]]), np.array([start[1]]), end, profile).tolist()
        if millis == NO_WAY:
            return None
        at = self._snap_two(profile, start, end)
        (first, last), (begin, finish) = at.edge.tolist(), at.share.tolist()
        outward, weights = self._out(profile)
        best = self._straight_on(first, last, begin, finish, weights)
        for arc, rest in self._leaving(first, begin, weights):
            for node, more in self._targets(last, finish, weights):
                # No further than the best so far: what takes longer is not the way.
                way = outward.way(int(self.graph.head[arc]), node, (LIMIT if best is None else best[0]) - rest - more)
                if way is None:
                    continue
                total = rest + more + sum(int(weights[a]) for a in way)
                if best is None or total < best[0]:
                    into = self._into(last, finish, node, more, weights)
                    best = total, [*self._parts([arc], begin), *self._parts(way), (last, 0.0 if into else 1.0, finish)]
        if best is None:
            return None
        line = [start, *(point for part in best[1] for point in self._drawn().line(*part)), end]
        metres = sum(abs(b - a) * float(self.graph.metres[edge]) for edge, a, b in best[1]) + float(at.away.sum())
        kept = [p for n, p in enumerate(line) if n == 0 or p != line[n - 1]]
        return Driven(millis, metres, tuple((round(float(x), 1), round(float(y), 1)) for x, y in kept))

    def _parts(self, arcs: Sequence[int], begin: float | None = None) -> Parts:
        """Whole edges, the first of them from a share on."""
        found: Parts = []
        for n, arc in enumerate(arcs):
            ahead = bool(self.graph.ahead[arc])
            whole = 0.0 if ahead else 1.0
            found.append((int(self.graph.edge[arc]), begin if n == 0 and begin is not None else whole, 1.0 - whole))
        return found

    def _into(self, edge: int, share: float, node: int, more: int, weights: Weights) -> bool:
        """Whether who comes to a place along an edge from this node, in this time, drives it ahead."""
        for arc in self._arcs_by_edge[self._arcs_at[edge] : self._arcs_at[edge + 1]]:
            part = share if self.graph.ahead[arc] else 1 - share
            if self.graph.tail[arc] == node and weights[arc] < CLOSED and round(part * int(weights[arc])) == more:
                return bool(self.graph.ahead[arc])
        raise AssertionError("a target without its arc")

    def _straight_on(
        self, first: int, last: int, begin: float, finish: float, weights: Weights
    ) -> tuple[int, Parts] | None:
        """Along one road, when both points lie on it and it may be driven that way."""
        if first != last:
            return None
        for ahead, forward in ((1, finish >= begin), (0, finish <= begin)):
            arc = int(self._first[first, ahead])
            if forward and arc >= 0 and weights[arc] < CLOSED:
                return round(abs(finish - begin) * int(weights[arc])), [(first, begin, finish)]
        return None

    def _leaving(self, edge: int, share: float, weights: Weights) -> list[tuple[int, int]]:
        """The arcs by which one leaves an edge, and the milliseconds until their end."""
        found = []
        for ahead in (0, 1):
            arc = int(self._first[edge, ahead])
            if arc >= 0 and weights[arc] < CLOSED:
                found.append((arc, round((1 - share if ahead else share) * int(weights[arc]))))
        return found

    def _snap_two(self, profile: str, start: tuple[float, float], end: tuple[float, float]) -> Snapped:
        access = ACCESS[self._speeds.profile[profile].access]
        return self._snapper(access).snap(np.array([start[0], end[0]]), np.array([start[1], end[1]]))

    def _drawn(self) -> Shapes:
        if self._shapes is None:
            self._shapes = Shapes(self.graph)
        return self._shapes

    def _out(self, profile: str) -> tuple[Outward, Weights]:
        """The search outward of a profile now, past the present closures, and its weights."""
        key = self._key(profile)
        _, weights = self._search(profile, key)
        _, closed = self._searches[key]
        known = self._outward.get(key)
        if known is None or known[1] != closed:
            known = self._outward[key] = (Outward(self.graph, weights), closed)
        return known[0], weights

    def _key(self, profile: str) -> tuple[str, str]:
        """A profile and the band of this time of day."""
        return profile, self._speeds.band_at(datetime.datetime.fromtimestamp(self._now() / 1000, self._zone))

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

    def _search(self, profile: str, key: tuple[str, str] | None = None) -> tuple[Search, Weights]:
        """The search of a profile at this time of day, brought up to the present closures, and its weights."""
        key = key or self._key(profile)
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


def open_roads(
    path: Path, now: Callable[[], int], backend: Backend = "fast", speeds: Path | None = None, *, zone: ZoneInfo
) -> Roads:
    """A map as `geo roads import` wrote it. speeds: a table of one's own; the one beside the map when it is there.
    zone: of its times of day.

    Raises RoadsError.
    """
    graph, order = load_graph(path)
    beside = path.with_suffix(".toml")
    table = read_speeds(speeds or (beside if beside.exists() else None))
    return Roads(graph, table, now, backend, order, zone=zone)
