"""How fast each kind of vehicle goes on each kind of road, by the time of day: a table that can be replaced."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from meldkamer.geo.roads.errors import RoadsError
from meldkamer.geo.roads.graph import ACCESS, CLOSED, MAX_MILLIS, RoadGraph, Weights

ORDINARY = ""
"""The band when no other holds."""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of vehicle. over: its speed as a share of the permitted one; top: km/h."""

    over: float
    top: float
    access: Literal["motor", "emergency", "foot", "water"]


class Band(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hours in which vehicles are slower or faster; share: of the speed, by profile."""

    name: str
    hours: tuple[tuple[int, int], ...]
    share: dict[str, float]
    weekdays: bool = False

    def holds(self, at: datetime.datetime) -> bool:
        """Whether it is this time of day (local)."""
        return (not self.weekdays or at.weekday() < 5) and any(a <= at.hour < b for a, b in self.hours)


class Speeds(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"classes": "class"}):
    """The whole table. classes: km/h where a road states no permitted speed."""

    classes: dict[str, float]
    profile: dict[str, Profile]
    band: tuple[Band, ...] = ()

    def band_at(self, at: datetime.datetime) -> str:
        """The name of the band at a local time."""
        return next((b.name for b in self.band if b.holds(at)), ORDINARY)

    def weights(self, graph: RoadGraph, profile: str, band: str = ORDINARY) -> Weights:
        """Milliseconds of each arc, CLOSED where this profile may not go. Raises KeyError for an unknown profile."""
        of = self.profile[profile]
        default = np.array([self.classes.get(c, 20.0) for c in graph.classes])
        edge = graph.edge[: graph.arcs]
        stated = graph.speed[edge].astype(np.float64)
        permitted = np.where(stated > 0, stated, default[graph.road[edge]])
        share = next((b.share.get(profile, 1.0) for b in self.band if b.name == band), 1.0)
        kmh = np.maximum(1.0, np.minimum(permitted * of.over, of.top) * share)
        millis = np.rint(graph.metres[edge] / (kmh / 3.6) * 1000)
        # A ferry goes by its own clock, whatever the vehicle on it.
        fixed = graph.fixed[edge]
        millis = np.where(fixed > 0, fixed, millis)
        millis = np.clip(millis, 1, MAX_MILLIS).astype(np.int64)
        return np.where(graph.allowed & ACCESS[of.access], millis, CLOSED)


def read_speeds(path: Path | None = None) -> Speeds:
    """A table of speeds; the shipped one without a path. Raises RoadsError naming file and field."""
    path = path or Path(__file__).parent / "speeds.toml"
    try:
        table = msgspec.toml.decode(path.read_bytes(), type=Speeds)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RoadsError(f"{path}: {error}") from error
    wrong = [c for c, v in table.classes.items() if not 0 < v < 300] + [
        n for n, p in table.profile.items() if not (0 < p.over < 10 and 0 < p.top < 300)
    ]
    if wrong:
        raise RoadsError(f"{path}: {wrong[0]} has a speed that cannot be")
    return table
