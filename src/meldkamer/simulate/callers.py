"""People who call: where they are, what they saw, how long they wait. The same seed gives the same people."""

from __future__ import annotations

import bisect
import heapq
import itertools
import math
import random
from collections.abc import Iterator
from typing import Literal, TypeVar

import msgspec

from meldkamer.domain.clock import Millis, SeededIds
from meldkamer.simulate import daytime, wording
from meldkamer.simulate.data import ClassCode, Place, WorldData
from meldkamer.simulate.daytime import Burst
from meldkamer.simulate.grid import to_wgs84

T = TypeVar("T", bound=str)
Kind = Literal["real", "not_urgent", "pocket", "silent", "misuse", "wrong_number"]

KINDS: tuple[tuple[Kind, float], ...] = (
    ("real", 0.66), ("not_urgent", 0.14), ("pocket", 0.10), ("silent", 0.05), ("misuse", 0.03), ("wrong_number", 0.02),
)  # fmt: skip
"""Shares of all calls; one third needs nobody to come."""
DISCIPLINES = (("P", 0.60), ("A", 0.28), ("B", 0.11), ("K", 0.01))
"""Shares by the service that is asked for."""
PRIORITY_WEIGHT = {1: 1.0, 2: 2.0, 3: 2.0, 4: 1.0, 5: 0.4}
SHARED, MEAN_EXTRA = 0.10, 2.0
"""Share of real events that several people report, and how many more callers those then have in the mean."""
AML_SHARE = 0.72
ABOUT_THE_BURST = 0.6
"""Share of the calls in a burst that are about the same event."""


class Occasion(msgspec.Struct, frozen=True):
    """What truly happens in the simulated world. x, y: RD metres."""

    id: str
    at: Millis
    x: float
    y: float
    place: Place
    class_code: str
    class_name: str
    priority: int
    disciplines: str
    real: bool


class Contact(msgspec.Struct, frozen=True):
    """One call. patience: seconds of waiting before hanging up; talk: seconds of talking; lat, lon: as reported."""

    call_id: str
    at: Millis
    kind: Kind
    occasion: Occasion
    patience: float
    talk: float
    lat: float
    lon: float
    radius: float
    source: str
    number: str
    name: str
    said: str
    asked: str


class CallStream:
    """All calls from `start` on, in order of time. daily: calls on an ordinary day, extra callers included."""

    def __init__(
        self,
        data: WorldData,
        *,
        seed: int | str,
        start: Millis,
        daily: float = daytime.NATIONAL_DAY,
        bursts: tuple[Burst, ...] = (),
    ) -> None:
        if not data.places:
            raise ValueError("nobody lives here: the data hold no places")
        self._data, self._daily, self._bursts = data, daily, bursts
        self._rng = random.Random(f"{seed}/callers")  # noqa: S311
        self._ids = SeededIds(f"{seed}/callers")
        self._at = float(start)
        self._later: list[tuple[Millis, int, Contact]] = []
        self._pending: tuple[Millis, Burst | None] | None = None
        self._order = itertools.count()
        self._everybody = _Weighted(data.places)
        self._by_region = {b.region: _Weighted([p for p in data.places if p.region == b.region]) for b in bursts}
        self._share = {r: w.total / self._everybody.total for r, w in self._by_region.items()}
        self._classes = {d: _classes_of(data, d) for d, _ in DISCIPLINES}
        self._shared: dict[Burst, Occasion] = {}
        self._per_primary = 1.0 + SHARED * MEAN_EXTRA * KINDS[0][1]

    def __iter__(self) -> Iterator[Contact]:
        return self

    def __next__(self) -> Contact:
        """The next call; the stream never ends."""
        if self._pending is None:
            self._pending = self._arrival()
        at, burst = self._pending
        if self._later and self._later[0][0] <= at:
            return heapq.heappop(self._later)[2]
        self._pending = None
        return self._first(at, burst)

    def _arrival(self) -> tuple[Millis, Burst | None]:
        """A Poisson process whose rate is constant between the borders of hours and bursts."""
        while True:
            now = int(self._at)
            per_ms = self._daily / 86_400_000 * daytime.factor(now) / self._per_primary
            weights = [(b, self._share[b.region] * (b.factor - 1)) for b in self._bursts if b.covers(now)]
            total = 1.0 + sum(w for _, w in weights)
            gap = self._rng.expovariate(per_ms * total)
            border = self._border(now)
            if self._at + gap >= border:
                self._at = float(border)
                continue
            self._at += gap
            pick = self._rng.random() * total - 1.0
            for burst, weight in weights:
                if 0 <= pick < weight:
                    return int(self._at), burst
                pick -= weight
            return int(self._at), None

    def _border(self, now: Millis) -> Millis:
        borders = [daytime.next_hour(now)]
        for b in self._bursts:
            borders += [e for e in (b.start, b.start + int(b.seconds * 1000)) if e > now]
        return min(borders)

    def _first(self, at: Millis, burst: Burst | None) -> Contact:
        rng = self._rng
        kind = _pick(KINDS, rng)
        people = self._everybody if burst is None else self._by_region[burst.region]
        occasion = None
        if burst is not None and kind == "real" and rng.random() < ABOUT_THE_BURST:
            occasion = self._shared.get(burst)
        if occasion is None:
            occasion = self._occasion(at, kind == "real", people)
            if burst is not None and kind == "real":
                self._shared.setdefault(burst, occasion)
            if kind == "real" and rng.random() < SHARED:
                self._extra_callers(at, occasion)
        return self._contact(at, kind, occasion)

    def _extra_callers(self, at: Millis, occasion: Occasion) -> None:
        count = 1
        while self._rng.random() < 1 - 1 / MEAN_EXTRA:
            count += 1
        for _ in range(count):
            later = at + int(self._rng.expovariate(1 / 120_000)) + 5_000
            heapq.heappush(self._later, (later, next(self._order), self._contact(later, "real", occasion)))

    def _occasion(self, at: Millis, real: bool, people: _Weighted) -> Occasion:
        rng = self._rng
        place = people.pick(rng)
        # People live around the middle of a place; its size grows with the root of the number of inhabitants.
        spread = 3.0 * math.sqrt(max(place.inhabitants, 100))
        x, y = rng.gauss(place.x, spread), rng.gauss(place.y, spread)
        discipline = _pick(DISCIPLINES, rng)
        chosen = self._classes[discipline]
        picked = rng.choices(chosen[0], chosen[1])[0] if chosen[0] else ClassCode("", "onbekend", 3, (discipline,))
        letters = set(picked.disciplines) | {discipline}
        return Occasion(
            id=self._ids.new(),
            at=at,
            x=round(x, 1),
            y=round(y, 1),
            place=place,
            class_code=picked.code,
            class_name=picked.name,
            priority=picked.priority,
            disciplines="".join(d for d in "PBAK" if d in letters),
            real=real,
        )

    def _contact(self, at: Millis, kind: Kind, occasion: Occasion) -> Contact:
        rng = self._rng
        if rng.random() < AML_SHARE:
            radius, source = min(300.0, max(4.0, rng.lognormvariate(2.6, 0.8))), "aml"
            off = radius / 2
        else:
            radius, source = float(rng.choice((400, 800, 1_500, 3_000, 5_000))), "cell"
            off = radius / 3
        lat, lon = to_wgs84(occasion.x + rng.gauss(0, off), occasion.y + rng.gauss(0, off))
        return Contact(
            call_id=self._ids.new(),
            at=at,
            kind=kind,
            occasion=occasion,
            patience=rng.lognormvariate(math.log(90), 0.6),
            talk=_talk(kind, rng),
            lat=round(lat, 6),
            lon=round(lon, 6),
            radius=round(radius, 1),
            source=source,
            number=f"+3160000{rng.randrange(10_000):04d}",
            name=wording.name(rng),
            said=wording.said(kind, occasion.class_name, occasion.place.name, rng),
            asked=occasion.disciplines[:1] if kind in ("pocket", "silent") else _asked(occasion),
        )


def _asked(occasion: Occasion) -> str:
    """The one service a caller asks for first: of several the most pressing help."""
    return next((d for d in "ABPK" if d in occasion.disciplines), "P")


def _talk(kind: Kind, rng: random.Random) -> float:
    middle = {"real": 110, "not_urgent": 60, "pocket": 12, "silent": 20, "misuse": 15, "wrong_number": 15}[kind]
    return min(900.0, max(5.0, rng.lognormvariate(math.log(middle), 0.4)))


def _classes_of(data: WorldData, discipline: str) -> tuple[list[ClassCode], list[float]]:
    leading = [c for c in data.classes if c.disciplines[0] == discipline and " / " in c.name]
    chosen = leading or [c for c in data.classes if discipline in c.disciplines]
    return chosen, [PRIORITY_WEIGHT.get(c.priority, 1.0) for c in chosen]


class _Weighted:
    """Places, drawn by their number of inhabitants."""

    def __init__(self, places: list[Place] | tuple[Place, ...]) -> None:
        self._places = list(places)
        self._sums = list(itertools.accumulate(p.inhabitants for p in self._places))
        self.total = self._sums[-1] if self._sums else 0
        if self.total <= 0:
            raise ValueError("no inhabitants in the places to choose from")

    def pick(self, rng: random.Random) -> Place:
        return self._places[bisect.bisect_right(self._sums, rng.randrange(self.total))]


def _pick(table: tuple[tuple[T, float], ...], rng: random.Random) -> T:
    at = rng.random() * sum(w for _, w in table)
    for value, weight in table:
        at -= weight
        if at < 0:
            return value
    return table[-1][0]
