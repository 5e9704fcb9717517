"""Small maps of roads for tests."""

from __future__ import annotations

import random
from collections.abc import Callable
from zoneinfo import ZoneInfo

import numpy as np

from meldkamer.geo.roads.graph import ACCESS, Edge, RoadGraph, Turn, make_graph
from meldkamer.geo.roads.roads import Backend, Roads
from meldkamer.geo.roads.speeds import read_speeds

ALL = ACCESS["motor"] | ACCESS["emergency"] | ACCESS["foot"]
ON_FOOT = ACCESS["foot"]
ZONE = ZoneInfo("Europe/Amsterdam")


def road(start: int, end: int, x, y, way: int, metres: float | None = None, back: int = ALL, **more) -> Edge:
    straight = float(np.hypot(x[end] - x[start], y[end] - y[start]))
    fields = {"road": "secondary", "speed": 0, "fixed": 0, "ahead": ALL, **more}
    return Edge(
        start=start, end=end, way=way, metres=straight if metres is None else metres, back=back,
        x=[x[start], x[end]], y=[y[start], y[end]], **fields,
    )  # fmt: skip


def a_grid(n: int, step: float = 500.0, x0: float = 0.0, y0: float = 0.0, seed: int | None = None) -> RoadGraph:
    """n by n junctions. With a seed: some roads one-way, some missing, some turns forbidden, classes by chance."""
    chance = random.Random(seed)
    x = [x0 + step * (i % n) for i in range(n * n)]
    y = [y0 + step * (i // n) for i in range(n * n)]
    edges: list[Edge] = []
    for i in range(n * n):
        for other in ([i + 1] if i % n < n - 1 else []) + ([i + n] if i < n * (n - 1) else []):
            if seed is None:
                edges.append(road(i, other, x, y, len(edges)))
            elif chance.random() < 0.9:
                one_way = chance.random() < 0.25
                kind = chance.choice(["primary", "residential", "secondary", "service"])
                back = ON_FOOT if one_way else ALL
                edges.append(
                    road(i, other, x, y, len(edges), road=kind, back=back, speed=chance.choice([0, 0, 30, 80]))
                )
    turns = []
    if seed is not None:
        for _ in range(n * n // 3):
            first = chance.choice(edges)
            at = chance.choice([first.start, first.end])
            on = chance.choice([e for e in edges if at in (e.start, e.end)])
            turns.append(Turn(junction=at, start_way=first.way, end_way=on.way, only=chance.random() < 0.3))
    return make_graph(np.array(x), np.array(y), edges, turns)


def open_map(graph: RoadGraph, now: Callable[[], int] = lambda: 1_700_000_000_000, backend: Backend = "fast") -> Roads:
    return Roads(graph, read_speeds(), now, backend, zone=ZONE)
