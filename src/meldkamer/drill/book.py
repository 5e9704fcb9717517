"""The book of a drill: what was asked of the rooms, and what they answered. The checker goes by nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

Outcome = Literal["open", "SAFE", "LOCAL", "unknown", "refused", "nothing"]
"""open: not answered yet. unknown: may or may not be stored. refused: is not stored. nothing: it was so already."""


class Act(msgspec.Struct, kw_only=True):
    """One act. id: the command's id, which everything stored for it carries as its cause. sent, answered: seconds of
    the drill's clock. seq: the region's sequence that was named with the answer. why: of what is not acknowledged."""

    id: str
    room: str
    region: str
    what: str
    sent: float
    answered: float = 0.0
    outcome: Outcome = "open"
    seq: int = 0
    why: str = ""

    @property
    def acknowledged(self) -> bool:
        """Whether the room promised that it is kept."""
        return self.outcome in ("SAFE", "LOCAL")


class Book:
    """All acts, in the order in which they were begun."""

    def __init__(self) -> None:
        self._acts: dict[str, Act] = {}

    def __iter__(self) -> Iterator[Act]:
        return iter(self._acts.values())

    def begin(self, act: Act) -> Act:
        """Write an act down before it is sent; the same id is the same act."""
        return self._acts.setdefault(act.id, act)
