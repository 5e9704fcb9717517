"""What a proposal costs, against a bare hierarchy that only finds the times.

Ours: an incident among ten thousand units, all of which moved since the last question: run cards, snapping to roads,
both directions of every unit's road, times, consent, assignment, reasons. The baseline: the same units, snapped to the
nearest junction with a bare tree, pinned, and one many-to-one query of the bare hierarchy, with the answer as an array.
"""

from __future__ import annotations

import random
import time

import numpy as np
import routingkit_cch
from scipy.spatial import cKDTree

from bench import Ratio, alternate
from meldkamer.domain import incident, unit
from meldkamer.domain.basics import Location
from meldkamer.domain.clock import FakeClock
from meldkamer.domain.function import Function
from meldkamer.domain.unit import Meaning
from meldkamer.geo import RdTransform, Travel, TravelTimes
from meldkamer.geo.roads.graph import ACCESS, Edge, RoadGraph, make_graph
from meldkamer.geo.roads.roads import Roads
from meldkamer.geo.roads.search import node_order
from meldkamer.geo.roads.speeds import read_speeds
from meldkamer.network import Picture
from meldkamer.pack import load_pack
from meldkamer.response import Positions, Proposals, cards_of

UNITS, QUICK_UNITS = 10_000, 2_000
SIDE, QUICK_SIDE = 240, 40
STEP = 500.0
X0, Y0 = 60_000.0, 400_000.0
ALL = ACCESS["motor"] | ACCESS["emergency"] | ACCESS["foot"]


def run(quick: bool) -> list[Ratio]:
    """Milliseconds per proposal, and both back ends on the same question."""
    side, units, rounds = (QUICK_SIDE, QUICK_UNITS, 3) if quick else (SIDE, UNITS, 25)
    world = _World(side, units)
    ours, baseline = alternate(rounds, world.proposal, world.bare)
    differences = world.differences(3 if quick else 10)
    return [
        Ratio(
            name=f"proposal, {units} units, {side * side} junctions",
            ours=ours,
            baseline=baseline,
            unit="ms",
            bound=10.0 if quick else 3.0,
            more_is_better=False,
            against="bare CCH many-to-one, with snapping and pinning",
        ),
        Ratio(
            name="times that differ between the two searches",
            ours=1.0 + differences,
            baseline=1.0,
            unit="(1 = none)",
            bound=1.0,
            more_is_better=False,
            against="scipy's bounded search, whole milliseconds",
        ),
    ]


def a_town(side: int, seed: int = 1) -> RoadGraph:
    """A net of streets with faster roads through it and some one-ways."""
    chance = random.Random(seed)
    x = [X0 + STEP * (i % side) + chance.uniform(-120, 120) for i in range(side * side)]
    y = [Y0 + STEP * (i // side) + chance.uniform(-120, 120) for i in range(side * side)]
    edges: list[Edge] = []
    for i in range(side * side):
        row, column = divmod(i, side)
        for other, line in ((i + 1, row), (i + side, column)):
            if (other == i + 1 and column == side - 1) or (other == i + side and row == side - 1):
                continue
            kind = "trunk" if line % 40 == 20 else "primary" if line % 10 == 5 else "residential"
            if kind == "residential" and chance.random() < 0.12:
                continue
            back = ACCESS["foot"] if chance.random() < 0.1 else ALL
            metres = float(np.hypot(x[other] - x[i], y[other] - y[i])) * chance.uniform(1.0, 1.2)
            edges.append(
                Edge(
                    start=i, end=other, way=len(edges), road=kind, metres=metres, speed=0, fixed=0, ahead=ALL,
                    back=back, x=[x[i], x[other]], y=[y[i], y[other]],
                )
            )  # fmt: skip
    return make_graph(np.array(x), np.array(y), edges)


class _World:
    """A net of roads with units all over it, and an incident in the middle."""

    def __init__(self, side: int, units: int) -> None:
        pack, self.clock = load_pack(), FakeClock()
        self.graph = a_town(side)
        order = node_order(self.graph)
        speeds = read_speeds()
        self.roads = Roads(self.graph, speeds, self.clock.now, "fast", order, zone=pack.zone)
        self.floor = Roads(self.graph, speeds, self.clock.now, "floor", zone=pack.zone)
        self.picture = Picture(lambda entry: None)  # type: ignore[arg-type,return-value]
        for f in pack.functions:
            self.picture.functions[f.code] = Function(name=f.code, owner=f.home_room, epoch=1)
        self.chance = np.random.default_rng(2)
        self.span = STEP * (side - 1)
        kinds = ("TS", "TS", "TS", "RV", "HV", "OVD-B", "HOVD-B")
        for n in range(units):
            kind = pack.unit_kind[kinds[n % len(kinds)]]
            ref = f"{('RT', 'DH', 'ZB')[n % 3]}/{n:05d}"
            self.picture.units[ref] = unit.Unit(
                ref=ref, discipline="B", kind=kind.code, function=f"{ref[:2]}.B.dispatch", safety_region=17,
                capabilities=kind.capabilities, crew=kind.crew,
                meaning=Meaning.AVAILABLE if n % 4 else Meaning.ON_SCENE,
            )  # fmt: skip
        self.positions = Positions(self.picture, capacity=2 * units)
        travel = Travel(TravelTimes(pack.travel_profiles), self.roads)
        book = cards_of(pack, RdTransform().to_rd)
        self.proposals = Proposals(self.picture, self.positions, travel, pack, book, self.clock)
        self.slots = np.array([self.positions.slot(ref) for ref in self.picture.units])
        self.end = (X0 + self.span / 2, Y0 + self.span / 2)
        track = incident.Track(discipline="B", started=0, priority=1, class_code="brgb01")
        self.picture.incidents["RT/i1"] = incident.Incident(
            ref="RT/i1", number="RT-1", opened=self.clock.now(), tracks={"B": track}, scale={"B": "groot"},
            location=Location(x=self.end[0], y=self.end[1], safety_region=17),
        )  # fmt: skip
        weights = np.where(
            (self.graph.allowed & ACCESS["emergency"]) > 0, speeds.weights(self.graph, "heavy"), 2**31 - 1
        )
        tail, head = self.graph.tail.tolist(), self.graph.head.tolist()
        self.cch = routingkit_cch.CCH(order.tolist(), tail, head, False)
        self.metric = routingkit_cch.CCHMetric(self.cch, weights.tolist())
        self.tree = cKDTree(np.column_stack((self.graph.junction_x, self.graph.junction_y)))
        self.pinned = routingkit_cch.CCHManyToOne(self.metric, [0] * units)

    def move(self) -> None:
        """Every unit is somewhere else."""
        n = len(self.slots)
        self.positions.x[self.slots] = X0 + self.chance.uniform(0, self.span, n)
        self.positions.y[self.slots] = Y0 + self.chance.uniform(0, self.span, n)
        self.positions.at[self.slots] = self.clock.now()

    def proposal(self) -> float:
        """Milliseconds of one whole proposal."""
        self.move()
        begun = time.perf_counter()
        (advice,) = self.proposals.look("RT", "RT/i1")
        spent = time.perf_counter() - begun
        if advice.proposal.shortfall or advice.proposal.filled[0].going.source != "road":
            raise AssertionError("the proposal is not what is measured")
        return spent * 1000

    def bare(self) -> float:
        """Milliseconds of the bare query for the same units."""
        self.move()
        begun = time.perf_counter()
        points = np.column_stack((self.positions.x[self.slots], self.positions.y[self.slots]))
        _, near = self.tree.query(points)
        self.pinned.repin_sources(near.tolist())
        _, goal = self.tree.query(self.end)
        np.array(self.pinned.distances_to(int(goal)), dtype=np.float64)
        return (time.perf_counter() - begun) * 1000

    def differences(self, questions: int) -> int:
        """How many times of units differ between the hierarchy and the bounded search."""
        wrong = 0
        for _ in range(questions):
            self.move()
            x, y = self.positions.x[self.slots], self.positions.y[self.slots]
            end = (X0 + float(self.chance.uniform(0, self.span)), Y0 + float(self.chance.uniform(0, self.span)))
            fast, floor = self.roads.millis(x, y, end, "heavy"), self.floor.millis(x, y, end, "heavy")
            wrong += int((fast != floor).sum())
        return wrong
