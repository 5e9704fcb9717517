"""The closures of the whole network, as the record has them, on the map of roads of this process."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

import msgspec

from meldkamer.domain.road import Road
from meldkamer.geo.roads.closures import Closure
from meldkamer.geo.roads.errors import RoadsError
from meldkamer.geo.roads.roads import Roads
from meldkamer.network import Change, Picture

MOST = 500
"""More at once would make every question by road slow."""

log = logging.getLogger(__name__)


class KeptClosure(msgspec.Struct, frozen=True, kw_only=True):
    """A closure with who drew it, when (milliseconds UTC), and the region in whose record it stands.

    edges: pieces of road that it touches on the map here; 0 without a map.
    """

    closure: Closure
    region: str
    by: str
    at: int
    edges: int


class ClosureBook:
    """Follows the picture, and lets the roads know. roads: None without a map: then closures are shown all the same.

    `read` it when the picture comes from a snapshot or was folded anew.
    """

    def __init__(self, picture: Picture, roads: Roads | None, now: Callable[[], int]) -> None:
        self._picture, self._roads, self._now = picture, roads, now
        self._edges: dict[str, int] = {}
        picture.listen(self._on_change)

    def read(self) -> None:
        """Take what the picture holds now, and nothing else."""
        self._drop_forgotten()
        for road in self._picture.roads.values():
            self._take(road)

    def use(self, roads: Roads | None) -> None:
        """From now on these are the roads, with everything on them that is closed."""
        if roads is self._roads:
            return
        self._roads, self._edges = roads, {}
        for road in self._picture.roads.values():
            self._take(road)

    def all(self) -> list[KeptClosure]:
        """Those that count now, the first that ends first."""
        now = self._now()
        counting = [road for road in self._picture.roads.values() if road.counts(now)]
        return [self._kept(road) for road in sorted(counting, key=lambda road: (road.until, road.ref))]

    def then(self, roads: Iterable[Road], at: int) -> list[KeptClosure]:
        """Of closures as they stood at a past moment those that counted, the first that ended first. What is over now
        touches nothing any more (edges 0)."""
        counting = [road for road in roads if road.counts(at)]
        return [self._kept(road) for road in sorted(counting, key=lambda road: (road.until, road.ref))]

    def of(self, ref: str) -> KeptClosure:
        """One as it was drawn last, also when it does not count any more. Raises KeyError."""
        return self._kept(self._picture.roads[ref])

    def refs(self, id: str) -> list[str]:
        """Where closures of this name that count now stand: one place, unless two rooms chose a name at once."""
        now = self._now()
        return [ref for ref, road in self._picture.roads.items() if road.counts(now) and _id(ref) == id]

    def check(self, closure: Closure) -> None:
        """Whether it makes sense to draw this now. Raises RoadsError."""
        if wrong := closure.fault():
            raise RoadsError(f"closure {closure.id}: {wrong}")
        if closure.until <= self._now():
            raise RoadsError("it ends before it begins")
        if len(self.all()) >= MOST and not self.refs(closure.id):
            raise RoadsError(f"there are {MOST} closures already")

    def _on_change(self, change: Change) -> None:
        if isinstance(change.after, Road):
            self._drop_forgotten()
            self._take(change.after)

    def _take(self, road: Road) -> None:
        if self._roads is None:
            return
        if not road.counts(self._now()):
            self._roads.open(road.ref)
            self._edges.pop(road.ref, None)
            return
        try:
            self._edges[road.ref] = self._roads.close(_closure(road, road.ref))
        except RoadsError as error:  # a newer program may allow other areas
            log.error("a closure that this program cannot use: %s", error)

    def _drop_forgotten(self) -> None:
        for ref in self._edges.keys() - self._picture.roads.keys():
            del self._edges[ref]
            if self._roads is not None:
                self._roads.open(ref)

    def _kept(self, road: Road) -> KeptClosure:
        return KeptClosure(
            closure=_closure(road, _id(road.ref)),
            region=road.ref.partition("/")[0],
            by=road.by,
            at=road.at,
            edges=self._edges.get(road.ref, 0),
        )


def _id(ref: str) -> str:
    return ref.partition("/")[2]


def _closure(road: Road, id: str) -> Closure:
    return Closure(id=id, points=road.points, until=road.until, radius=road.radius, slower=road.slower, text=road.text)
