"""The geography that a process works with: the pack, and over it the release that is in force, exchanged as a whole.

Before the moment of another release its parts are opened and checked; when the moment comes they take the place of the
old ones in one step. A release that cannot be opened leaves the old one in force, and says so until it is mended; a
room that starts with such a release goes on with the one that it ran last.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from meldkamer.domain.clock import Clock, Millis
from meldkamer.geo.areas import Level
from meldkamer.geo.borders import BadShape, Borders, Circle, NotBorders, Point, Shape, Territory, read_borders
from meldkamer.geo.borders.border_file import AreaVersion, next_begins, version_on
from meldkamer.geo.borders.map_areas import map_areas
from meldkamer.geo.gazetteer import Gazetteer, GazetteerPart, NotAPart, open_part, pack_part
from meldkamer.geo.rd import RdTransform
from meldkamer.geo.release import ROADS_PART, SPEEDS_PART, Part, Release, ReleaseError, Releases, write_whole
from meldkamer.geo.roads.errors import RoadsError
from meldkamer.geo.roads.roads import ROADS, Roads, open_roads
from meldkamer.geo.schedule import Schedule
from meldkamer.geo.where import Where
from meldkamer.pack import Pack

AREAS = "areas."
FOLDER = "geo"
RUNNING = "running.json"
"""File with the release that this room runs: what it goes on with when it starts and another cannot be used."""
LOOK_SECONDS = 5.0
LEAD = 10 * 60_000
"""Milliseconds before its moment from which a release is held ready: opened, checked, its roads prepared."""
_ORDER = ("names", "objects", "bag", "nwb", "osm", "posts")
_UNUSABLE = (ReleaseError, NotAPart, NotBorders, RoadsError, KeyError, OSError)

log = logging.getLogger(__name__)


class GeographyNow(msgspec.Struct, frozen=True, kw_only=True):
    """What a room runs. release: its hash, empty for the pack alone; since, next_at: ms UTC; next: the one to come,
    next_ready: it was opened and checked. roads: hash of the map of roads, `own` for one that lies in the room's folder
    and belongs to no release, empty for none. problem: why the release that should be in force is not, or will not be.
    """

    release: str = ""
    since: Millis | None = None
    parts: tuple[Part, ...] = ()
    borders: str = ""
    borders_since: str = ""
    roads: str = ""
    next: str = ""
    next_at: Millis | None = None
    next_ready: bool = False
    problem: str = ""


class _Wanted(msgspec.Struct, frozen=True):
    """A release (empty: the pack alone), since when it counts, and the day whose borders count."""

    release: str
    since: Millis | None
    day: str


_Failed: TypeAlias = tuple[_Wanted | None, tuple[tuple[str, int, int], ...]] | None
"""What could not be opened, and what lay in the folder then."""


class _Opened(msgspec.Struct, frozen=True, kw_only=True):
    """All of a release, ready to take the place of another. at: from when; gazetteer None: the present one stays."""

    wanted: _Wanted
    at: Millis
    parts: tuple[Part, ...]
    borders: Borders | None
    versions: Mapping[str, tuple[AreaVersion, ...]]
    gazetteer: Gazetteer | None
    roads: Roads | None
    roads_name: str
    roads_key: str


class Geography:
    """where, gazetteer, territory and roads are those of now; ask for them each time.

    folder: of the data, or None. profiles: kinds of vehicle for which roads are held ready; None: no roads are opened.
    shown: the clock of the world that is shown, by which roads go, when it is not the wall's.
    """

    def __init__(
        self,
        pack: Pack,
        rd: RdTransform,
        folder: Path | None,
        clock: Clock,
        *,
        profiles: Sequence[str] | None = None,
        shown: Clock | None = None,
    ) -> None:
        self._pack, self._rd, self._clock = pack, rd, clock
        self._data, self._folder = folder, folder / FOLDER if folder is not None else None
        self._profiles, self._shown = profiles, shown if shown is not None else clock
        self.where = Where(pack, rd)
        self.territory = Territory(self.where)
        self.gazetteer = Gazetteer([pack_part(pack, rd)], rd)
        self.roads: Roads | None = None
        self.changes = 0
        """Counts exchanges, for who keeps something derived from it."""
        self.exchanged: list[Callable[[], None]] = []
        """Who must know at once: called within the exchange."""
        self._state = GeographyNow()
        self._versions: Mapping[str, tuple[AreaVersion, ...]] = {}
        self._map: tuple[Borders | None, dict[str, Any]] = (None, {})
        self._lock = threading.Lock()
        self._running: _Wanted | None = None
        self._roads_key = ""
        self._ready: _Opened | None = None
        self._failed: _Failed = None
        self._not_held: _Failed = None
        self.refresh()

    @property
    def now(self) -> GeographyNow:
        """What is in force."""
        return self._state

    def refresh(self) -> bool:
        """Take what is due into force, with all the time that this needs; whether anything changed. Cheap when not."""
        self.prepare()
        return self.exchange()

    # --- before the moment ------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Look what is due or will soon be, open and check it, and hold it ready. From any thread; changes nothing of
        what is in force."""
        if self._folder is None:
            return
        with self._lock:
            now = self._clock.now()
            target: _Wanted | None = None
            try:
                schedule = Schedule(self._folder / "use.json")
                due, (soon, at) = self._due(schedule, now), self._coming(schedule, now)
                coming = schedule.next(now)
                self._state = msgspec.structs.replace(
                    self._state,
                    next=coming.release if coming is not None else "",
                    next_at=coming.at if coming is not None else None,
                )
                if not self._runs(due):
                    target, at = due, now
                elif at - now <= LEAD and not self._runs(soon):
                    target = soon
                if self._ready is not None and self._ready.wanted != target:
                    self._let_go()
                if target is not None and self._ready is None:
                    if self._failed == (target, self._seen()):
                        self._hold(now)  # it would fail again
                        return
                    self._ready = self._open(target, at)
            except _UNUSABLE as error:
                self._tell(str(error))
                self._failed = (target, self._seen())
                self._hold(now)
                return
            self._failed = None
            ready = self._ready is not None and self._state.next_at == self._ready.at
            self._state = msgspec.structs.replace(self._state, problem="", next_ready=ready)

    def _due(self, schedule: Schedule, now: Millis) -> _Wanted:
        decision = schedule.at(now)
        if decision is None:
            return _Wanted("", None, day_of(now))
        return _Wanted(decision.release, decision.at, day_of(now))

    def _coming(self, schedule: Schedule, now: Millis) -> tuple[_Wanted, Millis]:
        """What will be due next, by decision or because other borders may count from tomorrow on, and when."""
        tomorrow = datetime.fromtimestamp(now / 1000, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        at = int((tomorrow + timedelta(days=1)).timestamp() * 1000)
        coming = schedule.next(now)
        if coming is not None and coming.at < at:
            at = coming.at
        return self._due(schedule, at), at

    def _runs(self, wanted: _Wanted) -> bool:
        running = self._running
        if running is None or running.release != wanted.release:
            return False
        return running.day == wanted.day or not running.release

    def _tell(self, problem: str) -> None:
        if self._state.problem != problem:
            log.error("the geography that should be in force cannot be used: %s", problem)
        self._state = msgspec.structs.replace(self._state, problem=problem, next_ready=False)

    def _hold(self, now: Millis) -> None:
        """What should be in force cannot be: what runs goes on, with the borders of this day; at the start, what ran
        last."""
        self._let_go()
        release = self._running.release if self._running is not None else self._remembered()
        since = self._state.since if self._running is not None else None
        wanted = _Wanted(release, since, day_of(now))
        if self._runs(wanted) or self._not_held == (wanted, self._seen()):
            return
        try:
            self._ready = self._open(wanted, now)
        except _UNUSABLE as error:
            log.error("the geography that ran last cannot be used either: %s", error)
            self._not_held = (wanted, self._seen())

    def _let_go(self) -> None:
        ready, self._ready = self._ready, None
        if ready is not None and ready.gazetteer is not None:
            ready.gazetteer.close()

    def _seen(self) -> tuple[tuple[str, int, int], ...]:
        """What lies in the folder, by name, length and time: to read gigabytes again only when something changed."""
        assert self._folder is not None
        files = [self._folder / "use.json", *sorted(self._folder.glob("[pr]*/*"))]
        with contextlib.suppress(OSError):
            return tuple((path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files)
        return ()

    def _open(self, wanted: _Wanted, at: Millis) -> _Opened:
        assert self._folder is not None
        releases = Releases(self._folder)
        release = releases.find(wanted.release) if wanted.release else None
        running = self._running.release if self._running is not None else ""
        same = running == wanted.release
        if release is not None and not same:
            releases.check(release)
        borders, versions = self._borders(releases, release, wanted.day)
        roads, name, key = self._open_roads(releases, release)
        gazetteer = None if same else self._open_gazetteer(releases, release)
        return _Opened(
            wanted=wanted,
            at=at,
            parts=release.parts if release is not None else (),
            borders=borders,
            versions=versions,
            gazetteer=gazetteer,
            roads=roads,
            roads_name=name,
            roads_key=key,
        )

    def _open_gazetteer(self, releases: Releases, release: Release | None) -> Gazetteer:
        parts: list[GazetteerPart] = []
        with contextlib.ExitStack() as opened:
            for part in sorted(release.parts if release is not None else (), key=lambda p: _rank(p.kind)):
                if _rank(part.kind) < len(_ORDER):
                    parts.append(GazetteerPart(part.kind, open_part(releases.path(part))))
                    opened.callback(parts[-1].close)
            opened.pop_all()
        return Gazetteer([*parts, pack_part(self._pack, self._rd)], self._rd)

    def _open_roads(self, releases: Releases, release: Release | None) -> tuple[Roads | None, str, str]:
        """The map of roads of a release, else the one in the room's own folder; its name; and what tells it apart. A
        map that runs already is not opened again."""
        if self._profiles is None or self._data is None:
            return None, "", ""
        part = release.part(ROADS_PART) if release is not None else None
        table = release.part(SPEEDS_PART) if release is not None else None
        if part is not None:
            path, name, key = releases.path(part), part.sha256, part.sha256
        elif (path := self._data / ROADS).exists():
            stat = path.stat()
            name, key = "own", f"own {stat.st_size} {stat.st_mtime_ns}"
        else:
            return None, "", ""
        key = f"{key} {table.sha256 if table is not None else ''}"
        if key == self._roads_key:
            return self.roads, name, key
        speeds = releases.path(table) if table is not None else None
        roads = open_roads(path, self._shown.now, speeds=speeds, zone=self._pack.zone)
        if self._profiles:
            roads.warm(self._profiles)
        return roads, name, key

    def _borders(
        self, releases: Releases, release: Release | None, day: str
    ) -> tuple[Borders | None, Mapping[str, tuple[AreaVersion, ...]]]:
        """Municipalities decide before safety regions: they say both."""
        versions: dict[str, tuple[AreaVersion, ...]] = {}
        for part in release.parts if release is not None else ():
            if part.kind.startswith(AREAS):
                name, found = read_borders(releases.path(part))
                versions[name] = found
        levels: tuple[Level, ...] = ("municipality", "safety_region")
        for level in levels:
            version = version_on(versions.get(level, ()), day)
            if version is not None:
                return Borders(level, version.areas, version.begins), versions
        return None, versions

    # --- the moment -------------------------------------------------------------------------------------------------

    def exchange(self) -> bool:
        """Take what is ready into force when its moment has come: all of it, in one step. Where there is a loop, on
        it: who works there never sees half of one release and half of another."""
        with self._lock:
            ready = self._ready
            if ready is None or ready.at > self._clock.now():
                return False
            self._ready = None
            old = self.gazetteer
            if ready.gazetteer is not None:
                self.gazetteer = ready.gazetteer
            self.where.use(ready.borders)
            self.territory = Territory(self.where, ready.borders)
            self.roads, self._roads_key = ready.roads, ready.roads_key
            self._running, self._versions = ready.wanted, ready.versions
            self._state = msgspec.structs.replace(
                self._state,
                release=ready.wanted.release,
                since=ready.wanted.since,
                parts=ready.parts,
                borders=ready.borders.level if ready.borders is not None else "",
                borders_since=ready.borders.begins if ready.borders is not None else "",
                roads=ready.roads_name,
                next_ready=False,
            )
            if self._state.next_at == ready.at:
                self._state = msgspec.structs.replace(self._state, next="", next_at=None)
            self.changes += 1  # when all is there: what is made from now on is made of it
            for tell in self.exchanged:
                tell()
        if old is not self.gazetteer:
            old.close()
        return True

    def _pause(self) -> float:
        """Seconds until it is worth looking again: no later than the moment of what is ready."""
        ready = self._ready
        if ready is None:
            return LOOK_SECONDS
        return max(0.0, min(LOOK_SECONDS, (ready.at - self._clock.now()) / 1000))

    async def run(self) -> None:
        """Look every few seconds, for as long as the process lives, and exchange on the moment."""
        await asyncio.to_thread(self._remember)
        while True:
            await self._clock.wait(self._pause())
            await asyncio.to_thread(self.prepare)
            if self.exchange():
                await asyncio.to_thread(self._remember)

    def _remember(self) -> None:
        if self._folder is None or self._running is None or self._remembered() == self._running.release:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(self._folder / RUNNING, msgspec.json.encode({"release": self._running.release}))
        except OSError as error:
            log.error("which geography runs could not be noted: %s", error)

    def _remembered(self) -> str:
        assert self._folder is not None
        try:
            return msgspec.json.decode((self._folder / RUNNING).read_bytes(), type=dict[str, str]).get("release", "")
        except (OSError, msgspec.MsgspecError):
            return ""

    # --- answers -----------------------------------------------------------------------------------------------------

    def region_at(self, lat: float, lon: float, radius: float = 0.0) -> str | None:
        """The region that serves a point, or that has the most of a circle (metres); None for what lies outside, or is
        not a place at all. This is what intake, desk and LoST decide by."""
        shape: Shape = Circle(lat, lon, radius) if radius > 0 else Point(lat, lon)
        try:
            largest = self.territory.divide(shape).largest()
        except BadShape:
            return None if radius <= 0 else self.region_at(lat, lon)
        return largest.region if largest is not None else None

    def map_areas(self) -> dict[str, Any] | None:
        """Official outlines for the map as GeoJSON in RD; None while there are none. Made once for each geography."""
        borders = self.territory.borders
        if borders is None:
            return None
        if self._map[0] is not borders:
            self._map = (borders, map_areas(borders, self._pack))
        return self._map[1]

    def borders_end(self) -> str | None:
        """The first day on which other borders count (ISO date), as far as the release knows."""
        return next_begins(self._versions.get(self._state.borders, ()), day_of(self._clock.now()))

    def close(self) -> None:
        """Close the files."""
        self.gazetteer.close()


def day_of(now: Millis) -> str:
    """The calendar day of a moment, ISO, in UTC: the same in every room, whatever its clock shows people."""
    return datetime.fromtimestamp(now / 1000, UTC).date().isoformat()


def _rank(kind: str) -> int:
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)
