"""What it costs and gives to spare units for coverage: ambulances of one region, the same calls, with it and without.

Half the calls are A1, which is never made to wait for coverage, half are A2. Each is answered by the proposal itself,
over the demonstration fleet of the region at its bases, on the places of the pack by inhabitants, by straight line.
A unit works 12 minutes on the scene and, four times in five, 40 more to a hospital and there; it is free again where
the call was, and drives home. What cannot be answered at once waits for the first free unit.
"""

from __future__ import annotations

import heapq
import itertools
import random
import statistics
from collections import deque

import msgspec
import numpy as np

from bench import Ratio
from meldkamer.domain import incident
from meldkamer.domain.basics import Location
from meldkamer.domain.clock import FakeClock
from meldkamer.domain.unit import Meaning
from meldkamer.geo import RdTransform, Travel, TravelTimes
from meldkamer.pack import demonstration_fleet, load_pack
from meldkamer.response import Positions, Proposals, cards_of, from_pack
from meldkamer.response.proposal.demonstration import standing_fleet
from meldkamer.response.runcards.model import Coverage

REGION, NUMBER, CODE = "MD", 9, "VR09"
CALLS, QUICK_CALLS = 4_000, 250
LOAD = 0.45
"""Share of the time that a unit is busy, about."""
LATE = 720.0
"""Seconds from order to scene: fifteen minutes less three for answering."""
SPARED = Coverage(urgencies=("A2",), within=660, busy=LOAD, people=60, most=480)
EVERYBODY = msgspec.structs.replace(SPARED, urgencies=("A1", "A2"))


def run(quick: bool) -> list[Ratio]:
    """A1 that come late, and the mean response of A2 and of all, with coverage against without."""
    calls, seeds = (QUICK_CALLS, 1) if quick else (CALLS, 3)
    plain = [_Region(None, seed).answer(calls) for seed in range(seeds)]
    spared = [_Region(SPARED, seed).answer(calls) for seed in range(seeds)]
    everybody = [_Region(EVERYBODY, seed).answer(calls) for seed in range(seeds)]

    def mean(of: list[_Answered], name: str) -> float:
        return float(statistics.mean(getattr(one, name) for one in of))

    def ratio(name: str, field: str, unit: str, bound: float, ours: list[_Answered] = spared) -> Ratio:
        return Ratio(
            name=name,
            ours=mean(ours, field),
            baseline=mean(plain, field),
            unit=unit,
            bound=9.0 if quick else bound,
            more_is_better=False,
            against="the fastest for everybody, the same calls",
        )

    return [
        ratio("A1 that come late, A2 spare coverage", "late", "%", 1.0),
        ratio("mean response of A1", "urgent", "s", 1.05),
        ratio("mean response of A2: the price", "other", "s", 1.5),
        ratio("mean response of all", "all", "s", 1.3),
        ratio("all spare (no card may say so): late of all", "late_all", "%", 2.0, everybody),
        ratio("all spare: mean response of all", "all", "s", 2.0, everybody),
    ]


class _Answered(msgspec.Struct, frozen=True):
    """Per cent of A1 and of all that come late, and mean seconds from the call to the scene."""

    late: float
    late_all: float
    urgent: float
    other: float
    all: float


class _Region:
    """The ambulances of a region, and calls in it."""

    def __init__(self, coverage: Coverage | None, seed: int) -> None:
        pack, rd = load_pack(), RdTransform()
        self.clock, self.chance = _Time(), random.Random(seed)
        book = cards_of(pack, rd.to_rd)
        rules = msgspec.structs.replace(book.rules["A"], coverage=coverage or Coverage())
        book = msgspec.structs.replace(book, rules={**book.rules, "A": rules})
        fleet = from_pack(demonstration_fleet(pack)[1], pack, rd.to_rd)
        own = [u for u in fleet if u.kind == "AMB" and u.safety_region == NUMBER]
        self.picture = standing_fleet(pack, own, self.clock)
        self.positions = Positions(self.picture)
        self.travel = Travel(TravelTimes(pack.travel_profiles))
        self.proposals = Proposals(self.picture, self.positions, self.travel, pack, book, self.clock)
        self.room = next(f.home_room for f in pack.functions if f.code == f"{REGION}.A.dispatch")
        towns = {m.code for m in pack.municipalities if m.safety_region == CODE}
        places = [p for p in pack.places if p.municipality in towns]
        x, y = rd.to_rd_many([p.lat for p in places], [p.lon for p in places])
        self.spots = list(zip(x.tolist(), y.tolist(), strict=True))
        self.people = list(itertools.accumulate(p.inhabitants for p in places))
        self.code = next(c.code for c in pack.classes if c.disciplines[:1] == ("A",) and c.priority == 1)
        self.profile = pack.unit_kind["AMB"].travel
        self.waiting: deque[tuple[float, int, tuple[float, float]]] = deque()
        self.due: list[tuple[float, str]] = []
        self.now = 0.0
        self.found: list[tuple[int, float]] = []
        self.left_at: dict[str, tuple[float, float]] = {}
        self.homeward: dict[str, _Drive] = {}

    def answer(self, calls: int) -> _Answered:
        """All calls, one after the other."""
        between = (12 * 60 + 0.8 * 40 * 60 + 2 * 500) / (LOAD * len(self.picture.units))
        at = 0.0
        for n in range(calls):
            at += self.chance.expovariate(1 / between)
            while self.due and self.due[0][0] <= at:
                self._free_again()
            self.now = at
            spot = self.spots[np.searchsorted(self.people, self.chance.random() * self.people[-1])]
            near = (spot[0] + self.chance.gauss(0, 800), spot[1] + self.chance.gauss(0, 800))
            self._send(at, 1 + n % 2, near)
        urgent = [seconds for rank, seconds in self.found if rank == 1]
        other = [seconds for rank, seconds in self.found if rank == 2]
        return _Answered(
            late=100 * sum(s > LATE for s in urgent) / len(urgent),
            late_all=100 * sum(s > LATE for _, s in self.found) / len(self.found),
            urgent=statistics.mean(urgent),
            other=statistics.mean(other),
            all=statistics.mean([*urgent, *other]),
        )

    def _send(self, called: float, rank: int, spot: tuple[float, float]) -> None:
        self._move()
        track = incident.Track(discipline="A", started=0, priority=rank, class_code=self.code)
        self.picture.incidents[f"{REGION}/i"] = incident.Incident(
            ref=f"{REGION}/i", number="1", opened=self.clock.now(), tracks={"A": track},
            location=Location(x=spot[0], y=spot[1], safety_region=NUMBER),
        )  # fmt: skip
        (advice,) = self.proposals.look(self.room, f"{REGION}/i", "A")
        if not advice.proposal.filled:
            self.waiting.append((called, rank, spot))
            return
        going = advice.proposal.filled[0].going
        self.found.append((rank, self.now - called + going.seconds))
        busy = going.seconds + self.chance.expovariate(1 / (12 * 60))
        if self.chance.random() < 0.8:
            busy += 40 * 60
        self._be(going.unit, Meaning.ON_SCENE)
        self.homeward.pop(going.unit, None)
        heapq.heappush(self.due, (self.now + busy, going.unit))
        self.left_at[going.unit] = spot

    def _free_again(self) -> None:
        self.now, ref = heapq.heappop(self.due)
        self._be(ref, Meaning.AVAILABLE)
        of = self.picture.units[ref]
        assert of.base_x is not None and of.base_y is not None
        start, end = self.left_at[ref], (of.base_x, of.base_y)
        seconds = self.travel.estimate(start, end, self.profile).seconds
        self.homeward[ref] = _Drive(start, end, self.now, self.now + seconds)
        if self.waiting:
            self._send(*self.waiting.popleft())

    def _be(self, ref: str, meaning: Meaning) -> None:
        self.picture.units[ref] = msgspec.structs.replace(self.picture.units[ref], meaning=meaning)
        self.proposals.read()

    def _move(self) -> None:
        """Who drives home is somewhere on the way; who is home stands by there."""
        self.clock.to(self.now)
        for ref, drive in list(self.homeward.items()):
            share = min(1.0, (self.now - drive.since) / max(1.0, drive.until - drive.since))
            slot = self.positions.slot(ref)
            self.positions.x[slot] = drive.start[0] + share * (drive.end[0] - drive.start[0])
            self.positions.y[slot] = drive.start[1] + share * (drive.end[1] - drive.start[1])
            self.positions.at[slot] = self.clock.now()
            if share == 1.0:
                del self.homeward[ref]
                self._be(ref, Meaning.STANDBY)


class _Drive(msgspec.Struct, frozen=True):
    """Home, in a straight line: RD metres, seconds."""

    start: tuple[float, float]
    end: tuple[float, float]
    since: float
    until: float


class _Time(FakeClock):
    """Goes to where it is put."""

    def to(self, seconds: float) -> None:
        self._mono = seconds
