"""The embedded channel: the terminal in the vehicle fetches its order, says that it was read, and reports its status.

Nothing is kept here but who waits: orders follow from the picture's open assignments and their alerts.
"""

from __future__ import annotations

import asyncio

import msgspec

from meldkamer.domain import alert, unit
from meldkamer.domain.basics import Context, Refused
from meldkamer.domain.clock import Clock, Millis, derived_id
from meldkamer.domain.function import FunctionOwned
from meldkamer.network import Change, Done, Handler, Picture
from meldkamer.response.receipts import Receipts

NAME = "field"
MAX_WAIT_SECONDS = 60.0


class OlderEpoch(Exception):
    """The terminal answers to an order given under an epoch that is over. It must fetch its order again."""

    def __init__(self, unit: str, epoch: int, newest: int) -> None:
        super().__init__(f"{unit} answers under epoch {epoch}, the newest order is of epoch {newest}")
        self.unit, self.epoch, self.newest = unit, epoch, newest


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What the terminal shows. epoch: to be repeated in the acknowledgement. x, y: RD metres. incident: empty when it
    is about where to stand."""

    assignment: str
    alert: str
    incident: str
    number: str
    priority: int
    text: str
    x: float | None
    y: float | None
    epoch: int


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a fetch: the order that stands now, or none."""

    epoch: int
    order: Order | None


class FieldChannel:
    """Both the alert channel `field` and what the field API calls."""

    name = NAME
    confirms = True
    in_house = True
    """Orders wait here to be fetched: an exercise may have it, as only its own units know the way."""

    def __init__(self, handler: Handler, picture: Picture, clock: Clock) -> None:
        self._handler, self._picture, self._clock = handler, picture, clock
        self._receipts = Receipts(handler, clock)
        self._newest: dict[str, int] = {}
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self.read()
        picture.listen(self._on_change)

    def read(self) -> None:
        """Learn the newest order's epoch of each function from the picture. Needed after a snapshot was loaded."""
        for a in self._picture.alerts.values():
            self._note_epoch(a)

    # --- as a channel -----------------------------------------------------------------------------------------------

    async def send(self, alert: alert.Alert) -> None:
        """The order waits to be fetched; whoever waits for it is woken."""
        self._wake(alert.unit)

    async def withdraw(self, alert: alert.Alert) -> None:
        """The next fetch finds that the order is gone."""
        self._wake(alert.unit)

    # --- what the terminal calls ------------------------------------------------------------------------------------

    async def orders(self, ref: str, wait: float = 0.0) -> Orders:
        """The unit's order. With `wait` (seconds) it answers when there is something new, or when the time is over.

        Fetching is the delivery. Raises Refused for an unknown unit.
        """
        before = self._order(ref)
        if wait > 0 and not self._undelivered(before):
            await self._until_new(ref, before, min(wait, MAX_WAIT_SECONDS))
        order = self._order(ref)
        if order is not None and self._undelivered(order):
            await self._receipts.delivered(order.alert, NAME)
        return Orders(epoch=self._epoch(ref), order=order)

    async def acknowledge(self, ref: str, assignment: str, epoch: int, event_id: str) -> Done:
        """The crew has read the order: a fact at the unit and at the alert.

        Raises OlderEpoch; Refused when the order is over or the unit unknown.
        """
        newest = self._epoch(ref)
        if epoch < newest:
            raise OlderEpoch(ref, epoch, newest)
        command = unit.AcknowledgeOrder(unit=ref, assignment=assignment)
        done = await self._do(command, ref, derived_id("field.acknowledged", ref, event_id))
        alert_ref = self._picture.alert_of.get(assignment)
        if alert_ref is not None:
            await self._receipts.acknowledged(alert_ref, NAME, unit_of(ref))
        return done

    async def report(self, ref: str, code: str, event_id: str, occurred: Millis | None = None) -> Done:
        """The unit's own status, at the time when it was so. Raises Refused for an unknown unit."""
        command = unit.ReportStatus(unit=ref, code=code, source="unit", manual=False)
        return await self._do(command, ref, derived_id("field.status", ref, event_id), occurred)

    async def _do(self, command: unit.UnitCommand, ref: str, command_id: str, occurred: Millis | None = None) -> Done:
        context = Context(now=self._clock.now(), actor=f"unit.{unit_of(ref)}", room=self._handler.room)
        return await self._handler.do(command, command_id=command_id, context=context, occurred=occurred)

    # --- what stands now --------------------------------------------------------------------------------------------

    def _order(self, ref: str) -> Order | None:
        of = self._unit(ref)
        if of.order is None:
            return None
        a = self._picture.alerts.get(self._picture.alert_of.get(of.order.assignment, ""))
        if a is None or a.withdrawn:
            return None
        return Order(
            assignment=a.assignment,
            alert=a.ref,
            incident=a.incident,
            number=a.number,
            priority=a.priority,
            text=a.text,
            x=a.x,
            y=a.y,
            # Fetched now, it is confirmed by whoever serves the function now.
            epoch=max(a.epoch, self._epoch(ref)),
        )

    def _undelivered(self, order: Order | None) -> bool:
        return order is not None and self._picture.alerts[order.alert].delivered is None

    def _unit(self, ref: str) -> unit.Unit:
        of = self._picture.units.get(ref)
        if of is None:
            raise Refused("unit.unknown", unit=ref)
        return of

    def _epoch(self, ref: str) -> int:
        """The newest order's epoch of the unit's function."""
        return self._newest.get(self._unit(ref).function, 0)

    async def _until_new(self, ref: str, before: Order | None, seconds: float) -> None:
        event = asyncio.Event()
        self._waiting.setdefault(ref, set()).add(event)
        limit = asyncio.ensure_future(self._clock.wait(seconds))
        try:
            while self._order(ref) == before and not self._undelivered(before) and not limit.done():
                event.clear()
                told = asyncio.ensure_future(event.wait())
                try:
                    await asyncio.wait((told, limit), return_when=asyncio.FIRST_COMPLETED)
                finally:
                    told.cancel()
        finally:
            limit.cancel()
            self._waiting[ref].discard(event)
            if not self._waiting[ref]:
                del self._waiting[ref]

    def _on_change(self, change: Change) -> None:
        if isinstance(change.after, alert.Alert):
            self._note_epoch(change.after)
            self._wake(change.after.unit)
        elif isinstance(change.after, unit.Unit):
            self._wake(change.ref)
        elif isinstance(change.event, FunctionOwned):
            for ref in self._waiting:
                self._wake(ref)

    def _note_epoch(self, a: alert.Alert) -> None:
        of = self._picture.units.get(a.unit)
        if of is not None:
            self._newest[of.function] = max(a.epoch, self._newest.get(of.function, 0))

    def _wake(self, ref: str) -> None:
        for event in self._waiting.get(ref, ()):
            event.set()


def unit_of(ref: str) -> str:
    """The call sign in a unit's reference."""
    return ref.partition("/")[2]
