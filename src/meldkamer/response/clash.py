"""Orders that cannot all stand become a conflict for a person: one that meets a closed incident, or two at once.

The conflict's id follows from the facts alone, so every room that finds it finds the same one.
"""

from __future__ import annotations

import msgspec

from meldkamer.domain import incident, incident_rules, unit
from meldkamer.domain.clock import Clock, derived_id
from meldkamer.intake import FollowUp, do_as
from meldkamer.network import Change, Handler, Picture

ACTOR = "system.clash"
GRACE_SECONDS = 2.0
"""Streams of regions arrive side by side: the end of an order may be seen after the closing that it came before."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """An order to look at. other: the one that the unit had when it came; empty: the incident is closed. incident:
    empty for the order that a person chose out of two."""

    unit: str
    incident: str
    assignment: str
    number: str
    other: str = ""
    other_number: str = ""


class Clash:
    """One room's watch over the units whose function it owns."""

    def __init__(self, handler: Handler, picture: Picture, clock: Clock) -> None:
        self.room = handler.room
        self._handler, self._picture, self._clock = handler, picture, clock
        self._work: FollowUp[Case] = FollowUp(f"clash {self.room}", self._look, clock)
        picture.listen(self._on_change)

    @property
    def idle(self) -> bool:
        """Whether nothing is being looked at."""
        return self._work.idle

    async def run(self) -> None:
        """Watch for ever. Start it when the picture is up to date.

        Closed incidents with units, and orders beside others, are found again after a restart; two orders at once are
        seen when they are folded.
        """
        self._orders_beside()
        for ref, there in self._picture.incidents.items():
            if there.closed:
                self._units_of_closed(ref)
        await self._work.run()

    def _on_change(self, change: Change) -> None:
        match change.event:
            case unit.UnitAssigned():
                now: unit.Assignment = change.after.assignment
                before = change.before.assignment if change.before is not None else None
                if before is not None and before.assignment != now.assignment:
                    self._work.mark(_case(change.ref, now, before))
                there = self._picture.incidents.get(now.incident)
                if there is not None and there.closed:
                    self._work.mark(_case(change.ref, now))
            case unit.AssignedBeside():
                self._orders_beside()
            case incident.ConflictResolved():
                self._orders_beside()
            case incident.TrackClosed() if change.after.closed:
                self._units_of_closed(change.ref)

    def _orders_beside(self) -> None:
        """Orders of both sides of a cut: a conflict, until a person chose; then the one that was not chosen ends."""
        for of in self._picture.units.values():
            if of.beside and of.assignment is not None:
                for other in of.beside:
                    self._work.mark(self._beside(of.ref, of.assignment, other))

    def _beside(self, ref: str, standing: unit.Assignment, other: unit.Assignment) -> Case:
        id = _twice(ref, standing.assignment, other.assignment)
        there = self._picture.incidents.get(standing.incident)
        choice = next((c.choice for c in there.conflicts if c.conflict == id), "") if there is not None else ""
        chosen = {"kept": standing, "other": other}.get(choice)
        if chosen is None:
            return _case(ref, standing, other)
        return Case(unit=ref, incident="", assignment=chosen.assignment, number="")

    def _units_of_closed(self, ref: str) -> None:
        for of in self._picture.units_at(ref):
            if of.assignment is not None:
                self._work.mark(_case(of.ref, of.assignment))

    async def _look(self, case: Case) -> None:
        if not self._ours(case):
            return
        if not case.incident:
            choose = unit.ChooseOrder(unit=case.unit, assignment=case.assignment)
            id = derived_id("choose", case.unit, case.assignment)
            await do_as(ACTOR, self._handler, self._clock, choose, id)
            return
        if case.other:
            id = _twice(case.unit, case.assignment, case.other)
            await self._raise(case, id, "unit_assigned_twice", case.other_number)
            return
        await self._clock.wait(GRACE_SECONDS)
        now = self._picture.units[case.unit].assignment
        there = self._picture.incidents.get(case.incident)
        if there is None or not there.closed or now is None or now.assignment != case.assignment:
            return
        closed = max(t.closed or 0 for t in there.tracks.values())
        id = derived_id("conflict", "closed", case.incident, str(closed), case.assignment)
        await self._raise(case, id, "assignment_meets_closed_incident", "closed")

    def _ours(self, case: Case) -> bool:
        of = self._picture.units.get(case.unit)
        return of is not None and self._picture.function(of.function).owner == self.room

    async def _raise(self, case: Case, id: str, about: str, other: str) -> None:
        call_sign = case.unit.partition("/")[2]
        command = incident_rules.RaiseConflict(
            incident=case.incident,
            conflict=id,
            about=about,
            kept=f"{call_sign} {case.number}"[:200],
            other=f"{call_sign} {other}"[:200],
        )
        await do_as(ACTOR, self._handler, self._clock, command, derived_id("raise", case.incident, id))


def _twice(unit: str, one: str, other: str) -> str:
    """The id of the conflict that two orders of a unit make."""
    first, second = sorted((one, other))
    return derived_id("conflict", "twice", unit, first, second)


def _case(ref: str, now: unit.Assignment, other: unit.Assignment | None = None) -> Case:
    return Case(
        unit=ref,
        incident=now.incident,
        assignment=now.assignment,
        number=now.number,
        other=other.assignment if other is not None else "",
        other_number=other.number if other is not None else "",
    )
