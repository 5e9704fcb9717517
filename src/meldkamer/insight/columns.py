"""Cases side by side, one array per field, so that a month of a country is grouped and counted in a moment.

Times are whole milliseconds (-1: none); texts are numbers of a list of names that all columns of a book share.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from meldkamer.insight.cases import MEASURES, WHYS, Case

Whole = NDArray[np.int64]
Small = NDArray[np.int32]
Tiny = NDArray[np.int8]
Mask = NDArray[np.bool_]
Places = NDArray[np.intp]

NONE = -1
"""Where a case has no time."""


class Names:
    """Texts by number, in the order in which they came: rooms, regions, municipalities, disciplines."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._names: list[str] = []

    def number(self, name: str) -> int:
        """The number of a name; a new one for a name that is new."""
        found = self._numbers.get(name)
        if found is None:
            found = self._numbers[name] = len(self._names)
            self._names.append(name)
        return found

    def __getitem__(self, number: int) -> str:
        return self._names[number]

    def __len__(self) -> int:
        return len(self._names)


class Columns(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """Cases. ms: how long it took; waited: how long a caller whom nobody answered waited at least.

    served: a person answered. home: whose function it was. moved: another room owned it then.
    """

    at: Whole
    ms: Small
    waited: Small
    measure: Tiny
    why: Tiny
    priority: Tiny
    served: Mask
    moved: Mask
    discipline: Small
    room: Small
    region: Small
    municipality: Small
    home: Small

    def __len__(self) -> int:
        return len(self.at)

    def take(self, which: Any) -> Columns:
        """Those that a mask or a list of places names."""
        return Columns(**{name: getattr(self, name)[which] for name in self.__struct_fields__})


_KINDS: dict[str, tuple[str, Any]] = {
    "at": ("q", np.int64),
    **dict.fromkeys(("ms", "waited", "discipline", "room", "region", "municipality", "home"), ("i", np.int32)),
    **dict.fromkeys(("measure", "why", "priority"), ("b", np.int8)),
    **dict.fromkeys(("served", "moved"), ("b", np.bool_)),
}
_NUMBER_OF_MEASURE = {measure: n for n, measure in enumerate(MEASURES)}
_NUMBER_OF_WHY = {why: n for n, why in enumerate(WHYS)}
_LONGEST = 2**31 - 1


def columns(cases: Iterable[Case], names: Names) -> Columns:
    """The cases as columns, in their order. A time above 24 days stands as 24 days."""
    rows: dict[str, array[int]] = {name: array(kind) for name, (kind, _) in _KINDS.items()}
    number = names.number
    for case in cases:
        rows["at"].append(case.at)
        rows["ms"].append(NONE if case.seconds is None else min(_LONGEST, round(case.seconds * 1000)))
        rows["waited"].append(NONE if case.waited is None else min(_LONGEST, round(case.waited * 1000)))
        rows["measure"].append(_NUMBER_OF_MEASURE[case.measure])
        rows["why"].append(_NUMBER_OF_WHY[case.why])
        rows["priority"].append(case.priority)
        rows["served"].append(case.served)
        rows["moved"].append(case.moved)
        for name in ("discipline", "room", "region", "municipality", "home"):
            rows[name].append(number(getattr(case, name)))
    return Columns(**{name: np.array(rows[name], dtype=dtype) for name, (_, dtype) in _KINDS.items()})


def joined(parts: Sequence[Columns]) -> Columns:
    """One after the other; without parts none."""
    if len(parts) == 1:
        return parts[0]
    return Columns(
        **{
            name: np.concatenate([getattr(part, name) for part in parts]) if parts else np.empty(0, dtype=dtype)
            for name, (_, dtype) in _KINDS.items()
        }
    )


def by_number(numbers: NDArray[Any]) -> dict[int, Places]:
    """Number -> the places where it stands, in their order."""
    if not len(numbers):
        return {}
    order = np.argsort(numbers, kind="stable")
    kept = numbers[order]
    edges = np.flatnonzero(kept[1:] != kept[:-1]) + 1
    return {int(numbers[part[0]]): part for part in np.split(order, edges)}
