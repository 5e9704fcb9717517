"""The proposal as it is shown: which units, when they are there, why these, and what is missing."""

from __future__ import annotations

import msgspec

from meldkamer.geo import Correction
from meldkamer.response.proposal.contender import Consent, TravelSource


class Reason(msgspec.Struct, frozen=True):
    """Why, as a code that the word lists put into a sentence. about: the unit (call sign), place or rule it names."""

    code: str
    about: str = ""
    seconds: int = 0


class Going(msgspec.Struct, frozen=True, kw_only=True):
    """A unit with its arrival. seconds: from the order to the scene; metres: of the way; x, y: RD metres.

    source: how the time was found; correction: what was learned of such trips and is in it. position_age: seconds, None
    when its base is taken. consent: whether another room must be asked. diverts: the incident it would be taken from.
    reasons: why it, or why not.
    """

    unit: str
    call_sign: str
    discipline: str
    kind: str
    crew: int
    status: str
    free: bool
    seconds: int
    metres: int
    source: TravelSource
    x: float
    y: float
    position_age: int | None
    function: str
    owner: str
    consent: Consent
    diverts: str = ""
    correction: Correction | None = None
    reasons: tuple[Reason, ...] = ()


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """A slot with its unit. role: what is needed; by: how this unit answers to it. late: seconds over the norm.

    others: who could do it too, best first. bares: metres from where it stands to the nearest free unit of its kind
    that stays: what its going leaves open. None when no such unit is left. costs: seconds by which a unit would be
    there sooner that stays for what it covers.
    """

    role: str
    by: str
    optional: bool
    going: Going
    others: tuple[Going, ...] = ()
    bares: int | None = None
    costs: int = 0


class Short(msgspec.Struct, frozen=True, kw_only=True):
    """A need that nobody can fill now. why: none_known (no such unit), all_busy, cannot_be_ordered, too_few.

    soonest: the unit that could do it and is nearest, though it cannot be sent now.
    """

    role: str
    count: int
    optional: bool
    why: str
    soonest: Going | None = None


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What to send of one discipline. cards: the run cards it follows from; to_judge: no card can say it.

    norm_seconds: left of the norm for going, None without a norm; met: whether the first unit makes it. rejected: who
    is nearer or as able, and why not. cost: compares two proposals for one need (needed slots empty, wanted slots
    empty, seconds). spares: whether what a unit would leave uncovered is in the comparison. unplaced: free units whose
    place nobody knows; cut_off: call signs of the nearest from which, by the map, no road leads there.
    """

    discipline: str
    urgency: str
    cards: tuple[str, ...]
    to_judge: bool
    filled: tuple[Filled, ...]
    shortfall: tuple[Short, ...]
    rejected: tuple[Going, ...]
    norm: str
    norm_seconds: int | None
    met: bool | None
    cost: tuple[int, int, int]
    considered: int = 0
    unplaced: int = 0
    cut_off: tuple[str, ...] = ()
    spares: bool = False

    @property
    def units(self) -> tuple[str, ...]:
        """References of the proposed units, needed slots first."""
        return tuple(f.going.unit for f in self.filled)
