"""What the desk needs from its neighbours where it uses less than they give, so that tests can give less too."""

from __future__ import annotations

from collections.abc import Set
from typing import Protocol

from meldkamer.domain.clock import Millis
from meldkamer.response import Position


class Located(Protocol):
    """Where units are: `response.Positions`."""

    def key(self, ref: str) -> int:
        """The unit's number in frames and rows."""
        ...

    def of(self, ref: str) -> Position | None:
        """The newest position of a unit, or None."""
        ...

    def frame(self, regions: Set[str], now: Millis) -> bytes:
        """Positions of these regions' units, 16 bytes each."""
        ...


class Keys(Protocol):
    """Where the keys of sealed fields are destroyed at the end of their term: the record's key store."""

    async def destroy(self, subject: str, compartment: str, at: Millis, reason: str, by: str) -> bool:
        """Destroy a key for good; False when there was none."""
        ...
