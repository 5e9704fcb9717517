"""Which window of a workplace shows what: `workplaces.toml` of the data folder, each mistake by line and field.

A layout of windows must never keep a room from its work: the health checks tell of a file with mistakes, and what was
read last without any stays; where nothing was, the layout that needs no file. A file that changes counts at once.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from meldkamer.pack.faults import Fault
from meldkamer.pack.toml_file import TomlFile

FILE = "workplaces.toml"
LARGEST = 64 * 1024
"""Bytes: some tens of workplaces."""
MOST = 12
"""Windows of one workplace."""

Screen = Literal[
    "operator",
    "caco",
    "playbooks",
    "map",
    "comms",
    "warnings",
    "watch",
    "wallboard",
    "steering",
    "reports",
    "admin",
]
"""What a window can show, as it stands in its address."""
Part = Literal["whole", "left", "right", "top", "bottom"]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=24, pattern=r"^[a-z0-9][a-z0-9_-]*$(?!\n)")]
"""How it is typed, and how it stands in an address: one word."""

log = logging.getLogger(__name__)


class Workplace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a layout counts. room: empty = in every room here; seats: by name, with `*` and `?`."""

    name: Name
    room: Annotated[str, msgspec.Meta(max_length=8)] = ""
    seats: Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z._*?-]+$(?!\n)")] = "*"


class Window(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One window of a workplace. display: counted from the left, then from the top; part: of that display; loose: it
    does not follow what is in hand in the others."""

    workplace: str
    name: Name
    screen: Screen
    display: Annotated[int, msgspec.Meta(ge=1, le=MOST)] = 1
    part: Part = "whole"
    loose: bool = False


class WindowView(msgspec.Struct, frozen=True, kw_only=True):
    """One window, as a desk opens it: `/w/<screen>?window=<name>`."""

    name: str
    screen: Screen
    display: int
    part: Part
    loose: bool


class WorkplaceView(msgspec.Struct, frozen=True, kw_only=True):
    """The windows of a workplace. name: of its layout; empty = the one that needs no file."""

    name: str
    windows: tuple[WindowView, ...]


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """A workplace of the file with its windows."""

    place: Workplace
    view: WorkplaceView


def read_workplaces(path: Path, rooms: Collection[str], faults: list[Fault]) -> tuple[Layout, ...]:
    """The layouts of a file, in its order. rooms: those of this process. Mistakes are added to `faults`."""
    if path.stat().st_size > LARGEST:
        faults.append(Fault(path.name, 0, "", f"is larger than {LARGEST // 1024} kB"))
        return ()
    file = TomlFile(path, faults)
    places, windows = file.tables("workplace", Workplace), file.tables("window", Window)
    file.rest()
    if faults:  # what could not be read would make the rest look wrong
        return ()
    known: dict[str, list[WindowView]] = {}
    counted: dict[tuple[str, str], str] = {}
    for place, at in places:
        if place.name in known:
            file.fault(file.line("workplace", at, "name"), "name", f"{place.name!r} is there twice")
        if place.room and place.room not in rooms:
            file.fault(file.line("workplace", at, "room"), "room", f"{place.room!r} is no room of this process")
        if (first := counted.setdefault((place.room, place.seats.lower()), place.name)) != place.name:
            file.fault(file.line("workplace", at, "seats"), "seats", f"never counts: {first!r} is for the same")
        known.setdefault(place.name, [])
    for window, at in windows:
        if (there := known.get(window.workplace)) is None:
            said = f"{window.workplace!r} is no workplace of this file"
            file.fault(file.line("window", at, "workplace"), "workplace", said)
        elif any(other.name == window.name for other in there):
            said = f"{window.name!r} is there twice in {window.workplace!r}"
            file.fault(file.line("window", at, "name"), "name", said)
        else:
            there.append(
                WindowView(
                    name=window.name,
                    screen=window.screen,
                    display=window.display,
                    part=window.part,
                    loose=window.loose,
                )
            )
    for place, at in places:
        if not (has := len(known[place.name])):
            file.fault(file.line("workplace", at), "", f"{place.name!r} has no window")
        elif has > MOST:
            file.fault(file.line("workplace", at), "", f"{place.name!r} has {has} windows, at most {MOST}")
    views = {name: WorkplaceView(name=name, windows=tuple(there)) for name, there in known.items()}
    return tuple(Layout(place=place, view=views[place.name]) for place, _ in places)


class Workplaces:
    """The layouts of a data folder as they count now. problem: what is wrong with the file, or empty."""

    def __init__(self, folder: Path, rooms: Collection[str]) -> None:
        self._path, self._rooms = folder / FILE, rooms
        self._layouts: tuple[Layout, ...] = ()
        self._seen: tuple[int, int] | None = None
        self.problem = ""
        self.look()

    def look(self) -> None:
        """Read the file again when it is another one than before. Touches the disk."""
        try:
            found = self._path.stat()
        except OSError:
            # Taken away on purpose, or not there from the beginning: then nothing of it counts.
            self._layouts, self._seen, self.problem = (), None, ""
            return
        now = (found.st_mtime_ns, found.st_size)
        if now == self._seen:
            return
        faults: list[Fault] = []
        try:
            layouts = read_workplaces(self._path, self._rooms, faults)
        except OSError as error:
            faults, layouts = [Fault(FILE, 0, "", error.strerror or "cannot be read")], ()
        self._seen = now
        if faults:
            more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
            self.problem = f"{faults[0]}{more}"
            log.warning("%s", "; ".join(str(fault) for fault in faults))
        else:
            self._layouts, self.problem = layouts, ""

    def of(self, room: str, seat: str, coordinates: bool) -> WorkplaceView:
        """The windows of a seat: the first layout that fits. seat: empty = none was taken. coordinates: whether who
        sits there begins at the coordinator's screen, where no layout fits."""
        for layout in self._layouts:
            place = layout.place
            if place.room in ("", room) and fnmatchcase(seat.lower(), place.seats.lower()):
                return layout.view
        return _default(coordinates)


def _default(coordinates: bool) -> WorkplaceView:
    screens: tuple[Screen, ...] = ("caco" if coordinates else "operator", "map", "comms")
    return WorkplaceView(
        name="",
        windows=tuple(
            WindowView(name=screen, screen=screen, display=at, part="whole", loose=False)
            for at, screen in enumerate(screens, start=1)
        ),
    )
