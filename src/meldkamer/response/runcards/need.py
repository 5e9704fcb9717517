"""What an incident needs from one discipline: slots, each to be filled by one unit, with what may fill them."""

from __future__ import annotations

from collections.abc import Collection

import msgspec


class Accept(msgspec.Struct, frozen=True):
    """One way to fill a slot: a unit of one of these kinds that can do all of this.

    No kinds: any kind. crew: at least so many people (0 = any). after: seconds that it must be faster than the first
    choice before it is preferred.
    """

    name: str
    kinds: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    crew: int = 0
    after: int = 0

    def fits(self, kind: str, capabilities: Collection[str], crew: int) -> bool:
        """Whether such a unit may fill the slot. A crew that is not known (0) is not enough where a number is asked."""
        if self.kinds and kind not in self.kinds:
            return False
        return crew >= self.crew and all(c in capabilities for c in self.capabilities)


class Slot(msgspec.Struct, frozen=True):
    """One unit that is needed. role: as the card writes it (`TS-6`). accepts: the first choice first.

    optional: wanted, but its absence is no shortfall, and it never keeps a unit from a slot that is needed.
    """

    role: str
    accepts: tuple[Accept, ...]
    optional: bool = False

    def accept(self, kind: str, capabilities: Collection[str], crew: int) -> Accept | None:
        """The way in which such a unit fills this slot with the least waiting, or None."""
        ways = [a for a in self.accepts if a.fits(kind, capabilities, crew)]
        return min(ways, key=lambda a: a.after, default=None)


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """What is needed of one discipline, and by which cards.

    norm: code of the arrival norm ("" = none); norm_seconds: from the answered call to the first unit on the scene.
    urgency: the discipline's own code (A0, P1). divert: urgencies from which a unit under way may be taken.
    to_judge: no card can say it; a person decides what goes.
    """

    discipline: str
    slots: tuple[Slot, ...]
    cards: tuple[str, ...] = ()
    urgency: str = ""
    norm: str = ""
    norm_seconds: int = 0
    divert: tuple[str, ...] = ()
    to_judge: bool = False
