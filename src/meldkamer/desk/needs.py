"""What the desk needs from its neighbours, said as narrowly as it is used, so that tests can give less."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from meldkamer.access import Session
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


class PositionsIn(Positions, Protocol):
    """Positions that can also be reported."""

    def report(self, unit: str, x: float, y: float, heading: float, at: Millis) -> bool:
        """Take a position; False when a newer one is known."""
        ...


class Candidate(Protocol):
    """A free unit with how far it is. why_not: what speaks against it, empty for an obvious one."""

    @property
    def unit(self) -> str: ...
    @property
    def metres(self) -> float: ...
    @property
    def seconds(self) -> float: ...
    @property
    def why_not(self) -> str: ...


class NearestUnits(Protocol):
    """Which units are nearest."""

    def find(self, incident: str, discipline: str) -> Sequence[Candidate]:
        """Nearest free units, best first. Raises Refused when the incident has no place."""
        ...


class ReadLog(Protocol):
    """The proof of who read what."""

    async def note(self, session: Session, kind: str, ref: str, compartments: Sequence[str]) -> None:
        """Record a reading before its answer leaves. Raises ReadLogFailed: then nothing may be shown."""
        ...


class Keys(Protocol):
    """Where the keys of sealed fields are destroyed at the end of their term."""

    async def destroy(self, subject: str, compartment: str, at: Millis, reason: str, by: str) -> bool:
        """Destroy a key for good; False when there was none."""
        ...
