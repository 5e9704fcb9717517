"""All units as columns, kept up to date from the picture, so that ten thousand are compared in a few milliseconds."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np
import numpy.typing as npt

from meldkamer.domain.clock import Millis
from meldkamer.domain.unit import Meaning, Unit
from meldkamer.network import Change, Picture
from meldkamer.pack import UnitKind
from meldkamer.response.positions import MIN_MILLIS, Positions
from meldkamer.response.proposal.contender import OLD_SECONDS

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

UNDER_WAY = frozenset({"ordered", "acknowledged", "en_route"})
"""States of an order in which a unit can still be sent elsewhere: it has met nobody yet."""


class Group(msgspec.Struct, frozen=True):
    """What units have in common that decides whether one fits and who must be asked."""

    discipline: str
    kind: str
    capabilities: tuple[str, ...]
    crew: int
    function: str
    safety_region: int


class Columns(msgspec.Struct, frozen=True):
    """The units of one discipline now. Arrays of one length; x, y: RD metres, NaN when unknown; age: seconds, -1: base.

    jumped: it cannot have come where it says. divertible: on the way somewhere, with nobody aboard. priority: of the
    present order, 0 = none. work_from, work_until, on_duty: see Unit, milliseconds UTC.
    """

    rows: Ints
    group: Ints
    profile: Ints
    x: Floats
    y: Floats
    age: Ints
    jumped: Bools
    free: Bools
    useful: Bools
    at_base: Bools
    divertible: Bools
    priority: Ints
    work_from: Ints
    work_until: Ints
    on_duty: Ints

    def take(self, places: Ints) -> Columns:
        """Only these, in this order."""
        return Columns(*(getattr(self, name)[places] for name in Columns.__struct_fields__))


class Standing:
    """Not thread-safe: it lives on the loop."""

    def __init__(
        self, picture: Picture, positions: Positions, kinds: Mapping[str, UnitKind], default_profile: str = "light"
    ) -> None:
        self._picture, self._positions = picture, positions
        self._kinds = kinds
        self.profiles: list[str] = [default_profile]
        self.groups: list[Group] = []
        self._group_of: dict[Group, int] = {}
        self.refs: list[str] = []
        self._rows: dict[str, int] = {}
        self._capacity = 1_024
        self._table = np.zeros(self._capacity, dtype=ROW)
        picture.listen(self._on_change)
        self.read()

    def read(self) -> None:
        """Take every unit that the picture holds now. Needed after a snapshot was loaded."""
        for of in self._picture.units.values():
            self._put(of)

    def _on_change(self, change: Change) -> None:
        if isinstance(change.after, Unit):
            self._put(change.after)

    def _put(self, of: Unit) -> None:
        row = self._rows.get(of.ref)
        if row is None:
            row = self._rows[of.ref] = len(self.refs)
            self.refs.append(of.ref)
            if row == len(self._table):
                self._table = np.concatenate([self._table, np.zeros(row, dtype=ROW)])
        profile = self._kinds[of.kind].travel if of.kind in self._kinds else self.profiles[0]
        if profile not in self.profiles:
            self.profiles.append(profile)
        order = of.assignment
        stand_x, stand_y = of.stand
        there = of.posting is not None and of.posting.state == "arrived"
        self._table[row] = (
            self._positions.slot(of.ref),
            ord(of.discipline),
            self._group(of),
            self.profiles.index(profile),
            np.nan if stand_x is None else stand_x,
            np.nan if stand_y is None else stand_y,
            of.free,
            of.meaning is not Meaning.UNAVAILABLE,
            (of.meaning is Meaning.STANDBY or there) and order is None,
            order is not None and order.state in UNDER_WAY,
            order.priority if order is not None else 0,
            of.work_from,
            of.work_until,
            of.on_duty,
        )

    def able(self, of: Unit) -> tuple[tuple[str, ...], int]:
        """What a unit can do and with how many; what is not known of it is as its kind usually is."""
        usual = self._kinds.get(of.kind)
        if usual is None:
            return of.capabilities, of.crew
        return of.capabilities or usual.capabilities, of.crew or usual.crew

    def _group(self, of: Unit) -> int:
        group = Group(of.discipline, of.kind, *self.able(of), of.function, of.safety_region)
        known = self._group_of.get(group)
        if known is None:
            known = self._group_of[group] = len(self.groups)
            self.groups.append(group)
        return known

    def place(self, ref: str, now: Millis) -> tuple[float, float, int | None, bool, str] | None:
        """Where one unit is taken to be: x, y, age in seconds (None: its base is taken), whether it jumped, profile."""
        row = self._rows.get(ref)
        if row is None:
            return None
        x, y, age, jumped = (column[0] for column in self._places(np.array([row]), now))
        if not np.isfinite(x):
            return None
        profile = self.profiles[int(self._table["profile"][row])]
        return float(x), float(y), None if age < 0 else int(age), bool(jumped), profile

    def _places(self, rows: Ints, now: Millis) -> tuple[Floats, Floats, Ints, Bools]:
        """x, y, age (-1: its base is taken) and whether it jumped."""
        t, p = self._table[rows], self._positions
        at = p.at[t["slot"]]
        age = np.maximum(0, (now - at) // 1000)
        # Who stands at the base with an old position is at the base: indoors there is no satellite.
        indoors = t["at_base"] & (age > OLD_SECONDS) & np.isfinite(t["base_x"])
        base = (at == MIN_MILLIS) | indoors
        x = np.where(base, t["base_x"], p.x[t["slot"]])
        y = np.where(base, t["base_y"], p.y[t["slot"]])
        return x, y, np.where(base, -1, age), ~base & p.jumped[t["slot"]]

    def columns(self, discipline: str, now: Millis) -> Columns:
        """The units of a discipline, wherever they are."""
        rows = np.flatnonzero(self._table["discipline"][: len(self.refs)] == ord(discipline))
        t = self._table[rows]
        x, y, age, jumped = self._places(rows, now)
        return Columns(
            rows=rows,
            group=t["group"].astype(np.int64),
            profile=t["profile"].astype(np.int64),
            x=x,
            y=y,
            age=age,
            jumped=jumped,
            free=t["free"],
            useful=t["useful"],
            at_base=t["at_base"],
            divertible=t["divertible"],
            priority=t["priority"].astype(np.int64),
            work_from=t["work_from"],
            work_until=t["work_until"],
            on_duty=t["on_duty"],
        )


ROW = np.dtype(
    [
        ("slot", "<i4"),
        ("discipline", "<u1"),
        ("group", "<i4"),
        ("profile", "<i2"),
        ("base_x", "<f8"),
        ("base_y", "<f8"),
        ("free", "?"),
        ("useful", "?"),
        ("at_base", "?"),
        ("divertible", "?"),
        ("priority", "<i2"),
        ("work_from", "<i8"),
        ("work_until", "<i8"),
        ("on_duty", "<i8"),
    ]
)
