"""Alerting: follows from `UnitAssigned` or `UnitPosted` alone, in the room that owns the unit's function, and outside
every request.

State-based: an open assignment without an alert gets one; an alert that nobody has and whose order stands is brought
out; an unread alert whose order is over is withdrawn. At start everything is looked at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from meldkamer.domain import alert, unit
from meldkamer.domain.clock import Clock, derived_id
from meldkamer.domain.function import FunctionOwned
from meldkamer.domain.posting import Posting, PostingEnded, PostingProgressed, UnitPosted
from meldkamer.intake import FollowUp, do_as
from meldkamer.network import Change, Handler, Picture, read_whole, subject_of
from meldkamer.record import Record, Sealer
from meldkamer.response.channel import AlertChannel, ChannelError, only_in_house
from meldkamer.response.delivery import deliver
from meldkamer.response.order_text import ClassName, order_text, stand_text

ACTOR = "system.outbox"
STAND_BY = 4
"""Priority with which a crew is told where to stand: no incident waits for it."""
Key = tuple[str, str]
"""(unit, assignment)"""


class Outbox:
    """One room's way out. channels: in the order in which they are tried. exercise: nothing gets out; raises
    RealChannel for a channel that could."""

    def __init__(
        self,
        handler: Handler,
        picture: Picture,
        record: Record,
        sealer: Sealer,
        clock: Clock,
        channels: Sequence[AlertChannel],
        class_name: ClassName = lambda code: code,
        exercise: bool = False,
    ) -> None:
        self.room = handler.room
        self._handler, self._picture, self._record, self._sealer = handler, picture, record, sealer
        self._clock, self._class_name = clock, class_name
        self._channels = only_in_house(channels) if exercise else tuple(channels)
        self._work: FollowUp[Key] = FollowUp(f"outbox {self.room}", self._bring_on, clock)
        self._epochs: dict[str, int] = {}
        self._read: set[str] = set()
        self._tried: set[str] = set()
        self._changed: dict[str, asyncio.Event] = {}
        picture.listen(self._on_change)

    @property
    def idle(self) -> bool:
        """Whether every alert is where it should be, or waits for nothing but the outside world."""
        return self._work.idle

    async def run(self) -> None:
        """Work for ever. Start it when the picture is up to date."""
        self.look_at_all()
        await self._work.run()

    def look_at_all(self, function: str = "") -> None:
        """Mark whatever may need something; of one function when it is given. For the start, a function that came here,
        and a picture that was folded anew."""
        for of in self._picture.units.values():
            if of.order is not None and function in ("", of.function):
                self._again((of.ref, of.order.assignment))
        for a in self._picture.alerts.values():
            unit_now = self._picture.units.get(a.unit)
            if not a.withdrawn and a.acknowledged is None and unit_now and function in ("", unit_now.function):
                self._again((a.unit, a.assignment))

    def _again(self, key: Key) -> None:
        self._tried.discard(key[1])
        self._work.mark(key)

    def _on_change(self, change: Change) -> None:
        match change.event:
            case unit.UnitAssigned(assignment=id) | UnitPosted(assignment=id) if self._ours(change):
                function = change.after.function
                self._epochs[id] = change.entry.event.epochs.get(function, self._picture.function(function).epoch)
                self._mark((change.ref, id))
                if change.before is not None and change.before.posting is not None:
                    self._mark((change.ref, change.before.posting.assignment))  # an incident's order comes before it
            case unit.AssignmentProgressed(assignment=id) | PostingProgressed(assignment=id) if self._ours(change):
                self._read.add(id)
                self._mark((change.ref, id))
            case unit.AssignmentEnded(assignment=id) | PostingEnded(assignment=id) if self._ours(change):
                self._mark((change.ref, id))
            case FunctionOwned(owner=self.room) if change.before is None or change.before.owner != self.room:
                self.look_at_all(change.ref)
        if change.kind == "alert":
            self._tell(change.after.assignment)

    def _ours(self, change: Change) -> bool:
        return self._picture.function(change.after.function).owner == self.room

    def _mark(self, key: Key) -> None:
        self._tell(key[1])
        self._work.mark(key)

    def _tell(self, assignment: str) -> None:
        if (event := self._changed.get(assignment)) is not None:
            event.set()

    # --- what is to be done for one assignment ----------------------------------------------------------------------

    async def _bring_on(self, key: Key) -> None:
        of, id = self._picture.units.get(key[0]), key[1]
        if of is None or self._picture.function(of.function).owner != self.room:
            return
        open_one = of.order if of.order is not None and of.order.assignment == id else None
        ref = self._picture.alert_of.get(id)
        if ref is None and open_one is not None and not open_one.told:
            await self._order(of, open_one)
            ref = self._picture.alert_of.get(id)
        a = self._picture.alerts.get(ref) if ref is not None else None
        if a is None:
            self._forget(id)
        elif a.acknowledged is None and (id in self._read or (open_one is not None and open_one.state != "ordered")):
            # Whoever drives has read it, whatever became of the receipt.
            await self._do(alert.AcknowledgeAlert(alert=a.ref, by=of.call_sign), "acknowledged", a.ref)
            self._forget(id)
        elif open_one is None:
            if a.acknowledged is None and not a.withdrawn:
                await self._withdraw(a)
            self._forget(id)
        elif a.acknowledged is None and a.delivered is None and not a.withdrawn and id not in self._tried:
            await self._send(key, a.ref)

    async def _order(self, of: unit.Unit, open_one: unit.Assignment | Posting) -> None:
        ref = f"{unit.home_region(of.ref)}/{alert.alert_id(open_one.assignment)}"
        if isinstance(open_one, Posting):
            post = alert.OrderAlert(
                alert=ref,
                unit=of.ref,
                assignment=open_one.assignment,
                incident="",
                number="",
                priority=STAND_BY,
                text=stand_text(open_one),
                epoch=await self._epoch(of, open_one.assignment),
                x=open_one.place.x,
                y=open_one.place.y,
            )
            return await self._do(post, "ordered", ref)
        incident = self._picture.incidents.get(open_one.incident)
        command = alert.OrderAlert(
            alert=ref,
            unit=of.ref,
            assignment=open_one.assignment,
            incident=open_one.incident,
            number=open_one.number,
            priority=open_one.priority,
            text=order_text(of, open_one, incident, self._class_name),
            epoch=await self._epoch(of, open_one.assignment),
            x=incident.location.x if incident is not None else None,
            y=incident.location.y if incident is not None else None,
        )
        return await self._do(command, "ordered", ref)

    async def _epoch(self, of: unit.Unit, assignment: str) -> int:
        """The epoch under which the order was given: from the event's envelope, after a restart from the record."""
        if assignment not in self._epochs:
            whole = await read_whole(self._record, self._sealer, subject_of("unit", of.ref), frozenset())
            for entry, event in whole.history if whole is not None else ():
                if isinstance(event, unit.UnitAssigned | UnitPosted) and event.assignment == assignment:
                    self._epochs[assignment] = entry.event.epochs.get(of.function, 0)
        return self._epochs.get(assignment) or self._picture.function(of.function).epoch

    async def _send(self, key: Key, ref: str) -> None:
        changed = self._changed.setdefault(key[1], asyncio.Event())
        try:
            arrived = await deliver(
                ref, lambda: self._needed(key, ref), self._channels, self._note, changed, self._clock
            )
        finally:
            self._changed.pop(key[1], None)
        if not arrived or self._needed(key, ref) is not None:
            self._tried.add(key[1])

    def _needed(self, key: Key, ref: str) -> alert.Alert | None:
        """The alert while we are to bring it out."""
        of, a = self._picture.units.get(key[0]), self._picture.alerts.get(ref)
        if of is None or a is None or of.order is None or of.order.assignment != key[1]:
            return None
        if of.order.state != "ordered" or a.acknowledged is not None or a.withdrawn:
            return None
        return a if self._picture.function(of.function).owner == self.room else None

    async def _withdraw(self, a: alert.Alert) -> None:
        await self._do(alert.WithdrawAlert(alert=a.ref, why="order over"), "withdrawn", a.ref)
        if not a.attempts:
            return
        for channel in self._channels:
            try:
                await channel.withdraw(a)
            except ChannelError as error:
                await self._note(alert.NoteAlertFailed(alert=a.ref, channel=channel.name, why=f"withdrawing: {error}"))

    async def _note(self, command: alert.AlertCommand) -> None:
        version = self._picture.versions.get(subject_of("alert", command.alert), 0)
        await self._do(command, f"{type(command).__name__} {version}", command.alert)

    async def _do(self, command: alert.AlertCommand, what: str, ref: str) -> None:
        await do_as(ACTOR, self._handler, self._clock, command, derived_id("alert", what, ref))

    def _forget(self, assignment: str) -> None:
        self._epochs.pop(assignment, None)
        self._read.discard(assignment)
        self._tried.discard(assignment)
