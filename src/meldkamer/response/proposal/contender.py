"""A unit as the proposal sees it: how soon it can be there, whether it may be sent, and what is in doubt."""

from __future__ import annotations

from typing import Literal

import msgspec

from meldkamer.geo import Correction

Consent = Literal["own", "agreed", "ask", "nobody"]
"""own: this room serves its function. agreed: a standing agreement answers at once. ask: a person of the other room
answers. nobody: no room serves its function, so nobody can order it."""
TravelSource = Literal["road", "straight line"]

OLD_SECONDS = 300
"""A position older than this may be wrong by some kilometres."""


class Contender(msgspec.Struct, frozen=True, kw_only=True):
    """One unit of the discipline. travel, turnout: milliseconds; eta is both. metres: of the way; x, y: RD metres.

    position_age: seconds; None when its base is taken. at_base: it stands there, so the place is sure. jumped: it
    cannot have come where it says. divert_from: number of the incident it may be taken from, and its urgency; "" when
    it may not.

    correction: what was learned, which is in travel. rest, cover: seconds added in the comparison, for a crew that had
    better rest and for what its going leaves uncovered; rest_left: seconds until that crew is rested; on_duty: seconds
    in service, where that is the reason.
    """

    unit: str
    call_sign: str
    discipline: str
    kind: str
    capabilities: tuple[str, ...]
    crew: int
    status: str
    meaning: str
    free: bool
    travel: int
    turnout: int
    metres: int
    source: TravelSource
    x: float
    y: float
    position_age: int | None
    at_base: bool
    function: str
    owner: str
    consent: Consent
    safety_region: int = 0
    jumped: bool = False
    incident: str = ""
    divert_from: str = ""
    divert_urgency: str = ""
    correction: Correction | None = None
    rest: int = 0
    rest_left: int = 0
    on_duty: int = 0
    cover: int = 0

    @property
    def eta(self) -> int:
        """Milliseconds from the order until it is on the scene."""
        return self.turnout + self.travel

    @property
    def seconds(self) -> int:
        """The same in whole seconds, rounded up: a promise is not rounded down."""
        return -(-self.eta // 1000)

    @property
    def may_go(self) -> bool:
        """Whether it can be proposed at all: free or divertible, and somebody can order it."""
        return (self.free or bool(self.divert_from)) and self.consent != "nobody"


class Weights(msgspec.Struct, frozen=True):
    """Seconds added to a unit's time when units are compared; the shown ETA stays what it is.

    ask: a colleague must be asked. divert: another patient waits longer. doubt_share: of the age of a position beyond
    OLD_SECONDS, at most doubt_most. base_doubt: where it is, is only known from its base. jump_doubt: it says that it
    is where it cannot be. held: taken off a unit that already stands in the shown proposal, so that the screen does not
    flicker between equals.
    """

    ask: int = 60
    divert: int = 180
    doubt_share: float = 0.1
    doubt_most: int = 300
    base_doubt: int = 120
    jump_doubt: int = 120
    held: int = 30

    def doubt(self, of: Contender) -> int:
        """Seconds for not knowing well where it is."""
        if of.jumped:
            return self.jump_doubt
        if of.at_base:
            return 0
        if of.position_age is None:
            return self.base_doubt
        return min(self.doubt_most, int(max(0, of.position_age - OLD_SECONDS) * self.doubt_share))

    def handicap(self, of: Contender) -> int:
        """Seconds for all that makes it a worse choice than its time says."""
        asked = self.ask if of.consent == "ask" else 0
        return asked + (self.divert if not of.free else 0) + self.doubt(of) + of.rest + of.cover
