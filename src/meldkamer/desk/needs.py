"""What the desk needs from its neighbours, said as narrowly as it is used, so that tests can give less."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from meldkamer.domain.clock import Millis


class Fix(Protocol):
    """Where a unit was. x, y: RD New, metres; heading: degrees; at: milliseconds UTC."""

    @property
    def x(self) -> float: ...
    @property
    def y(self) -> float: ...
    @property
    def heading(self) -> float: ...
    @property
    def at(self) -> Millis: ...


class Positions(Protocol):
    """The newest position of every unit that reports one."""

    def of(self, unit: str) -> Fix | None:
        """The newest position of a unit, or None."""
        ...

    def all(self) -> Iterator[tuple[str, Fix]]:
        """Every unit that ever reported, with its newest position."""
        ...


class Duplicates(Protocol):
    """Which open incidents a call may be about."""

    def of(self, call: str) -> Sequence[str]:
        """Refs of incidents, likeliest first."""
        ...
