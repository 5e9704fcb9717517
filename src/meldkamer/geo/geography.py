"""The geography that a process works with: the pack, and over it the release that is in force, exchanged as a whole.

When the moment of another release comes, its parts are opened and checked first and then take the place of the old
ones in one step. A release that cannot be opened leaves the old one in force, and says so until it is mended.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from meldkamer.domain.clock import Clock, Millis
from meldkamer.geo.areas import Level
from meldkamer.geo.borders import BadShape, Borders, Circle, NotBorders, Point, Shape, Territory, read_borders
from meldkamer.geo.borders.border_file import AreaVersion, next_begins, version_on
from meldkamer.geo.borders.map_areas import map_areas
from meldkamer.geo.gazetteer import Gazetteer, GazetteerPart, NotAPart, open_part, pack_part
from meldkamer.geo.rd import RdTransform
from meldkamer.geo.release import Part, Release, ReleaseError, Releases
from meldkamer.geo.schedule import Schedule
from meldkamer.geo.where import Where
from meldkamer.pack import Pack

AREAS = "areas."
FOLDER = "geo"
LOOK_SECONDS = 5.0
_ORDER = ("names", "objects", "bag", "nwb", "osm", "posts")

log = logging.getLogger(__name__)


class GeographyNow(msgspec.Struct, frozen=True, kw_only=True):
    """What a room runs. release: its hash, empty for the pack alone; since, next_at: ms UTC; next: the one to come.

    problem: why the release that should be in force is not.
    """

    release: str = ""
    since: Millis | None = None
    parts: tuple[Part, ...] = ()
    borders: str = ""
    borders_since: str = ""
    next: str = ""
    next_at: Millis | None = None
    problem: str = ""


class Geography:
    """where, gazetteer and territory are those of now; ask for them each time. folder: of the data, or None."""

    def __init__(self, pack: Pack, rd: RdTransform, folder: Path | None, clock: Clock) -> None:
        self._pack, self._rd, self._clock = pack, rd, clock
        self._folder = folder / FOLDER if folder is not None else None
        self.where = Where(pack, rd)
        self.territory = Territory(self.where)
        self.gazetteer = Gazetteer([pack_part(pack, rd)], rd)
        self.changes = 0
        """Counts exchanges, for who keeps something derived from it."""
        self._state = GeographyNow()
        self._versions: Mapping[str, tuple[AreaVersion, ...]] = {}
        self._map: tuple[Borders | None, dict[str, Any]] = (None, {})
        self._failed: tuple[tuple[str, int, int], ...] = ()
        self._loaded: tuple[str, str] = ("", "")
        self.refresh()

    @property
    def now(self) -> GeographyNow:
        """What is in force."""
        return self._state

    def refresh(self) -> bool:
        """Look whether another release, or another version of the borders, is due, and load it. Cheap when not."""
        if self._folder is None:
            return False
        now = self._clock.now()
        try:
            schedule = Schedule(self._folder / "use.json")
            decision, coming = schedule.at(now), schedule.next(now)
            wanted = decision.release if decision is not None else ""
            later = msgspec.structs.replace(
                self._state,
                next=coming.release if coming is not None else "",
                next_at=coming.at if coming is not None else None,
            )
            if self._loaded == (wanted, day_of(now)) or (not wanted and not self._state.release):
                self._state = msgspec.structs.replace(later, problem="")
                return False
            if self._failed and self._failed == self._seen():
                return False  # it would fail again
            self._load(wanted, decision.at if decision is not None else None, day_of(now), later)
        except (ReleaseError, NotAPart, NotBorders, KeyError, OSError) as error:
            if self._state.problem != str(error):
                log.error("the geography that should be in force cannot be used: %s", error)
            self._state = msgspec.structs.replace(self._state, problem=str(error))
            self._failed = self._seen()
            return False
        self._failed = ()
        return True

    def _seen(self) -> tuple[tuple[str, int, int], ...]:
        """What lies in the folder, by name, length and time: to read gigabytes again only when something changed."""
        assert self._folder is not None
        files = sorted(self._folder.glob("*.json")) + sorted(self._folder.glob("[pr]*/*"))
        with contextlib.suppress(OSError):
            return tuple((path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files)
        return ()

    def _load(self, wanted: str, since: Millis | None, day: str, state: GeographyNow) -> None:
        assert self._folder is not None
        releases = Releases(self._folder)
        release = releases.find(wanted) if wanted else None
        same = release is not None and self._state.release == wanted
        if release is not None and not same:
            releases.check(release)
        borders, versions = self._borders(releases, release, day)
        if not same:
            parts: list[GazetteerPart] = []
            with contextlib.ExitStack() as opened:
                for part in sorted(release.parts if release is not None else (), key=lambda p: _rank(p.kind)):
                    if _rank(part.kind) < len(_ORDER):
                        parts.append(GazetteerPart(part.kind, open_part(releases.path(part))))
                        opened.callback(parts[-1].close)
                opened.pop_all()
            old, self.gazetteer = self.gazetteer, Gazetteer([*parts, pack_part(self._pack, self._rd)], self._rd)
            old.close()
        self.where.use(borders)
        self.territory = Territory(self.where, borders)
        self.changes += 1
        self._loaded = (wanted, day)
        self._state = GeographyNow(
            release=wanted,
            since=since,
            parts=release.parts if release is not None else (),
            borders=borders.level if borders is not None else "",
            borders_since=borders.begins if borders is not None else "",
            next=state.next,
            next_at=state.next_at,
        )
        self._versions = versions

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

    async def run(self) -> None:
        """Look every few seconds, for as long as the process lives."""
        while True:
            await self._clock.wait(LOOK_SECONDS)
            await asyncio.to_thread(self.refresh)

    def close(self) -> None:
        """Close the files."""
        self.gazetteer.close()


def day_of(now: Millis) -> str:
    """The calendar day of a moment, ISO, in UTC: the same in every room, whatever its clock shows people."""
    return datetime.fromtimestamp(now / 1000, UTC).date().isoformat()


def _rank(kind: str) -> int:
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)
