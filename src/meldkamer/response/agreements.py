"""Standing agreements: a request for a neighbour's unit is answered at once where both sides agreed to that before.

What no agreement covers waits for a person, and so does a unit that is not free.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from meldkamer.domain import incident, incident_rules, unit
from meldkamer.domain.clock import Clock, derived_id
from meldkamer.domain.function import FunctionOwned
from meldkamer.intake import FollowUp, do_as
from meldkamer.network import Change, Handler, Picture
from meldkamer.pack import Agreement, SafetyRegion

ACTOR = "system.agreement"
Key = tuple[str, str]
"""(incident, request)"""


def covering(
    agreements: Iterable[Agreement], lender: str, borrower: str, discipline: str, kind: str
) -> Agreement | None:
    """The automatic agreement under which `lender` (safety region) sends this kind of unit to `borrower`, if any.

    An agreement without kinds covers every kind of its discipline.
    """
    for a in agreements:
        parties = (a.lender, a.borrower, a.discipline) == (lender, borrower, discipline)
        if a.automatic and parties and (not a.kinds or kind in a.kinds):
            return a
    return None


class Agreements:
    """One room's answers for the units whose function it owns."""

    def __init__(
        self,
        handler: Handler,
        picture: Picture,
        clock: Clock,
        agreements: Sequence[Agreement],
        safety_regions: Iterable[SafetyRegion],
    ) -> None:
        self.room = handler.room
        self._handler, self._picture, self._clock = handler, picture, clock
        self._agreements = tuple(agreements)
        self._codes = {item.number: item.code for item in safety_regions}
        self._work: FollowUp[Key] = FollowUp(f"agreements {self.room}", self._answer, clock)
        picture.listen(self._on_change)

    @property
    def idle(self) -> bool:
        """Whether nothing is being answered."""
        return self._work.idle

    async def run(self) -> None:
        """Answer for ever. Start it when the picture is up to date."""
        self._look_at_all()
        await self._work.run()

    def _look_at_all(self) -> None:
        for ref, there in self._picture.incidents.items():
            for request in there.requests:
                if request.granted is None:
                    self._work.mark((ref, request.request))

    def _on_change(self, change: Change) -> None:
        match change.event:
            case incident.UnitRequested(request=id):
                self._work.mark((change.ref, id))
            case FunctionOwned(owner=self.room) if self._agreements:
                self._look_at_all()

    async def _answer(self, key: Key) -> None:
        ref, id = key
        there = self._picture.incidents.get(ref)
        request = next((r for r in there.requests if r.request == id), None) if there is not None else None
        if there is None or request is None or request.granted is not None:
            return
        of = self._picture.units.get(request.unit)
        if of is None or self._picture.function(of.function).owner != self.room:
            return
        assignment = derived_id("request", ref, id)
        sent = of.assignment is not None and of.assignment.assignment == assignment
        if not sent and not (of.free and self._covered(of, there)):
            return
        if not sent:
            assign = unit.AssignUnit(unit=of.ref, assignment=assignment, incident=ref, reason="standing agreement")
            done = await do_as(ACTOR, self._handler, self._clock, assign, derived_id("assign", assignment))
            if done is None:
                return
        grant = incident_rules.AnswerUnitRequest(incident=ref, request=id, granted=True, reason="standing agreement")
        await do_as(ACTOR, self._handler, self._clock, grant, derived_id("grant", assignment))

    def _covered(self, of: unit.Unit, there: incident.Incident) -> bool:
        lender, borrower = self._codes.get(of.safety_region), self._codes.get(there.location.safety_region)
        if lender is None or borrower is None:
            return False
        return covering(self._agreements, lender, borrower, of.discipline, of.kind) is not None
