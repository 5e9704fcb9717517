"""Units to choose from: the nearest one of the right kind that nobody of ours is using."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from meldkamer.domain.clock import Millis
from meldkamer.simulate.rows import UnitRow

RESPONSE_KINDS = {
    "P": ("POL", "POL-M", "HOND"),
    "B": ("TS", "TS4"),
    "A": ("AMB", "RR", "AMB-Z"),
    "K": ("KMAR",),
}
"""What answers an ordinary call, by discipline; where a region has none of these, anything of the discipline does."""


class Pool:
    """Reservations in this process, on top of what the picture says. National units serve every region."""

    def __init__(self, units: Iterable[UnitRow], national: str) -> None:
        self._national = national
        groups: dict[tuple[str, str], list[UnitRow]] = defaultdict(list)
        self.open_orders: dict[str, str] = {}
        for unit in units:
            if unit.assignment is not None:
                self.open_orders[unit.assignment.assignment] = unit.ref
            elif unit.x is not None and unit.y is not None and unit.meaning != "unavailable":
                groups[unit.ref.partition("/")[0], unit.discipline].append(unit)
        self._groups = {key: _Group(_responders(key[1], found)) for key, found in groups.items()}
        self.by_ref = {u.ref: u for found in groups.values() for u in found}

    def take(self, region: str, discipline: str, x: float, y: float, at: Millis) -> UnitRow | None:
        """Reserve the nearest unit that is free at that shown time; None when there is none."""
        for home in (region, self._national):
            group = self._groups.get((home, discipline))
            found = group.nearest(x, y, at) if group is not None else None
            if group is not None and found is not None:
                group.free[found] = False
                return group.units[found]
        return None

    def any(self, region: str, discipline: str) -> bool:
        """Whether there are such units at all."""
        return (region, discipline) in self._groups or (self._national, discipline) in self._groups

    def give_back(self, unit: UnitRow, at: Millis) -> None:
        """It may be sent again, from that shown time on."""
        group = self._groups.get((unit.ref.partition("/")[0], unit.discipline))
        if group is not None and unit.ref in group.index:
            group.free[group.index[unit.ref]] = True
            group.since[group.index[unit.ref]] = at


def _responders(discipline: str, units: list[UnitRow]) -> list[UnitRow]:
    wanted = RESPONSE_KINDS.get(discipline, ())
    return sorted([u for u in units if u.kind in wanted] or units, key=lambda u: u.ref)


class _Group:
    def __init__(self, units: list[UnitRow]) -> None:
        self.units = units
        self.index = {u.ref: i for i, u in enumerate(units)}
        self.free = np.ones(len(units), dtype=bool)
        self.since = np.zeros(len(units), dtype=np.int64)
        self._xy = np.array([(u.x or 0.0, u.y or 0.0) for u in units], dtype=np.float64).reshape(-1, 2)

    def nearest(self, x: float, y: float, at: Millis) -> int | None:
        usable = self.free & (self.since <= at)
        if not usable.any():
            return None
        squared = ((self._xy - (x, y)) ** 2).sum(axis=1)
        squared[~usable] = np.inf
        return int(squared.argmin())
