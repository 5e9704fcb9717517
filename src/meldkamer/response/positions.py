"""Where units are: newest wins, thousands a second, not in the record. Arrays, so that a frame is one copy."""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Set
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

from meldkamer.domain.clock import Millis
from meldkamer.domain.unit import UnitRegistered
from meldkamer.network import Change, Picture

RECORD = np.dtype([("key", "<u4"), ("x", "<i4"), ("y", "<i4"), ("heading", "<u2"), ("age", "<u2")])
"""One unit in a frame: 16 bytes, little-endian; x, y in RD decimetres, age in seconds (65535: that or older).

heading: degrees; JUMPED is added to it when the unit cannot have come there in the time."""
JUMPED = 0x8000
MAX_UNITS = 50_000
AHEAD_MILLIS = 5_000
"""A position further ahead of our clock than this is counted as of now."""
MIN_MILLIS: Millis = -1
MOST_METRES = 1e8
FASTEST = 120.0
"""Metres per second that no unit goes: twice a helicopter. Who was further away than that has jumped."""
SLACK = 500.0
"""Metres that two good positions may differ without any movement: between houses a satellite receiver errs."""

Ints = npt.NDArray[np.int64]
Verdict = Literal["taken", "jumped", "older", "unknown", "nowhere"]
"""What came of a report. jumped: taken, and marked until the next one agrees. older: a newer one is known. unknown: no
such unit. nowhere: not a point on earth."""


class PositionReport(msgspec.Struct, frozen=True):
    """One unit's position. x, y: RD metres; heading: degrees clockwise from north; at: milliseconds UTC."""

    unit: str
    x: float
    y: float
    at: Millis
    heading: float = 0.0


class Position(msgspec.Struct, frozen=True):
    """What is known of one unit's position. x, y: RD metres; heading: degrees; at: milliseconds UTC. jumped: it cannot
    have come there in the time, and no later report has agreed yet."""

    x: float
    y: float
    heading: float
    at: Millis
    jumped: bool = False


class Heard(msgspec.Struct, frozen=True):
    """What came of several reports, by Verdict; `taken` holds those that jumped as well."""

    taken: int = 0
    jumped: int = 0
    older: int = 0
    unknown: int = 0
    nowhere: int = 0


class Positions:
    """The newest position of every unit. A unit gets a slot for ever; arrays are indexed by slot.

    `x`, `y`: RD metres (NaN: never reported); `at`: milliseconds UTC; `changed`: the update that last moved it;
    `jumped`: it cannot have come there in the time. `counts`: reports by channel and verdict.
    """

    def __init__(self, picture: Picture, capacity: int = 8_192) -> None:
        self._picture = picture
        self._slots: dict[str, int] = {}
        self._refs: list[str] = []
        self._taken: set[int] = set()
        self._regions: dict[str, int] = {}
        self.update_number = 0
        self.counts: Counter[tuple[str, Verdict]] = Counter()
        self._allocate(capacity)
        picture.listen(self._on_change)
        self.read()

    def read(self) -> None:
        """Give every unit that the picture holds now its slot. Needed after a snapshot was loaded."""
        for ref in self._picture.units:
            self.slot(ref)

    def _on_change(self, change: Change) -> None:
        if isinstance(change.event, UnitRegistered):
            self.slot(change.ref)

    def _allocate(self, capacity: int) -> None:
        self.x = np.full(capacity, np.nan)
        self.y = np.full(capacity, np.nan)
        self.at: Ints = np.full(capacity, MIN_MILLIS, dtype=np.int64)
        self.changed: Ints = np.zeros(capacity, dtype=np.int64)
        self.jumped = np.zeros(capacity, dtype=bool)
        # The last place that was no jump, which a jump is measured from.
        self._sure_x = np.full(capacity, np.nan)
        self._sure_y = np.full(capacity, np.nan)
        self._sure_at: Ints = np.full(capacity, MIN_MILLIS, dtype=np.int64)
        self._heading = np.zeros(capacity, dtype=np.uint16)
        self._key = np.zeros(capacity, dtype=np.uint32)
        self._region = np.zeros(capacity, dtype=np.int16)

    def __len__(self) -> int:
        return len(self._refs)

    @property
    def refs(self) -> list[str]:
        """Unit references by slot."""
        return self._refs

    def slot(self, ref: str) -> int:
        """The unit's place in the arrays; a new unit gets one. Raises ValueError above MAX_UNITS."""
        found = self._slots.get(ref)
        if found is not None:
            return found
        slot = len(self._refs)
        if slot >= MAX_UNITS:
            raise ValueError(f"more than {MAX_UNITS} units")
        if slot == len(self.x):
            self._grow()
        key = zlib.crc32(ref.encode())
        while key in self._taken:
            key = (key + 1) & 0xFFFFFFFF
        self._taken.add(key)
        region = ref.partition("/")[0]
        self._key[slot] = key
        self._region[slot] = self._regions.setdefault(region, len(self._regions))
        self._slots[ref] = slot
        self._refs.append(ref)
        return slot

    def _grow(self) -> None:
        never = {"x": np.nan, "y": np.nan, "at": MIN_MILLIS}
        names = ("x", "y", "at", "changed", "jumped", "_sure_x", "_sure_y", "_sure_at", "_heading", "_key", "_region")
        for name in names:
            old = getattr(self, name)
            new = np.empty(2 * len(old), dtype=old.dtype)
            new[: len(old)] = old
            new[len(old) :] = never.get(name.removeprefix("_sure_"), 0)
            setattr(self, name, new)

    def key(self, ref: str) -> int:
        """The number that frames and unit rows use; it follows from the reference, so it outlives a restart."""
        return int(self._key[self.slot(ref)])

    def update(self, reports: Iterable[PositionReport], now: Millis) -> int:
        """Take over what is newer than what is known; returns how many were.

        Units that the picture does not know are left out, and so are points that are not on earth.
        """
        return self.hear("", reports, now).taken

    def hear(self, channel: str, reports: Iterable[PositionReport], now: Millis) -> Heard:
        """The same, with what came of each; a channel that has a name is counted."""
        self.update_number += 1
        found: Counter[Verdict] = Counter(self._take(r, now) for r in reports)
        if channel:
            self.counts.update({(channel, verdict): n for verdict, n in found.items()})
        jumped = found["jumped"]
        return Heard(found["taken"] + jumped, jumped, found["older"], found["unknown"], found["nowhere"])

    def report(self, unit: str, x: float, y: float, heading: float, at: Millis) -> bool:
        """Take one position; False when a newer one is known, or the unit is not."""
        return self.update([PositionReport(unit, x, y, at, heading)], at) == 1

    def _take(self, report: PositionReport, now: Millis) -> Verdict:
        slot = self._slots.get(report.unit)
        if slot is None:
            return "unknown"
        x, y = report.x, report.y
        if not (abs(x) < MOST_METRES and abs(y) < MOST_METRES):  # also for NaN
            return "nowhere"
        at = now if report.at > now + AHEAD_MILLIS else report.at
        before = int(self.at[slot])
        if at <= before:
            return "older"
        # Two reports in a row that agree are where it is, however far that is from what was known.
        sure = _within(self._sure_x, self._sure_y, self._sure_at, slot, x, y, at)
        jumped = not sure and not (self.jumped[slot] and _within(self.x, self.y, self.at, slot, x, y, at))
        self.x[slot], self.y[slot], self.at[slot] = x, y, at
        self.jumped[slot] = jumped
        if not jumped:
            self._sure_x[slot], self._sure_y[slot], self._sure_at[slot] = x, y, at
        self.changed[slot] = self.update_number
        self._heading[slot] = round(report.heading) % 360 if math.isfinite(report.heading) else 0
        return "jumped" if jumped else "taken"

    def of(self, unit: str) -> Position | None:
        """One unit's newest position, or None when it never reported one."""
        slot = self._slots.get(unit)
        return None if slot is None or self.at[slot] == MIN_MILLIS else self._at(slot)

    def all(self) -> Iterator[tuple[str, Position]]:
        """Every unit that ever reported, with its newest position."""
        for slot in np.flatnonzero(self.at[: len(self._refs)] != MIN_MILLIS):
            yield self._refs[slot], self._at(int(slot))

    def _at(self, slot: int) -> Position:
        return Position(
            float(self.x[slot]),
            float(self.y[slot]),
            float(self._heading[slot]),
            int(self.at[slot]),
            bool(self.jumped[slot]),
        )

    def frame(self, regions: Set[str], now: Millis, after: int = 0) -> bytes:
        """Positions of these regions' units as 16-byte records. after: only those moved by a later update than this."""
        n = len(self._refs)
        numbers = [self._regions[r] for r in regions if r in self._regions]
        wanted = (self.at[:n] != MIN_MILLIS) & np.isin(self._region[:n], numbers) & (self.changed[:n] > after)
        slots = np.flatnonzero(wanted)
        frame = np.empty(len(slots), dtype=RECORD)
        frame["key"] = self._key[slots]
        frame["x"] = np.rint(self.x[slots] * 10)
        frame["y"] = np.rint(self.y[slots] * 10)
        frame["heading"] = self._heading[slots] | np.where(self.jumped[slots], JUMPED, 0).astype(np.uint16)
        frame["age"] = np.clip((now - self.at[slots]) // 1000, 0, 0xFFFF)
        return frame.tobytes()


def _within(
    xs: npt.NDArray[np.float64], ys: npt.NDArray[np.float64], ats: Ints, slot: int, x: float, y: float, at: Millis
) -> bool:
    """Whether a unit that was at this slot's place can be at x, y by then; also when nothing is known of it."""
    since = int(ats[slot])
    reach = SLACK + FASTEST * (at - since) / 1000
    return since == MIN_MILLIS or math.hypot(x - float(xs[slot]), y - float(ys[slot])) <= reach
