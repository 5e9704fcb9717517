"""An alert: an order on its way to people. That it was delivered and that a human has read it are two facts.

One alert per assignment; its id follows from the assignment, so that it is made exactly once.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from meldkamer.domain.basics import Command, Context, Event, Id, Priority, Ref, Refused, Short, Text
from meldkamer.domain.clock import Millis, derived_id

About = Annotated[str, msgspec.Meta(max_length=80, pattern=r"^([A-Z][A-Z0-9]*/[0-9A-Za-z_-]+)?$(?!\n)")]
"""The incident that an order is about; empty when it is about where to stand."""


class AlertOrdered(Event, frozen=True, kw_only=True, tag="alert.ordered"):
    """The order as it leaves the house. text: what the crew reads; the field refuses an order of an older epoch.
    incident: empty when it is about where to stand."""

    unit: Ref
    assignment: Id
    incident: About
    number: Short
    priority: Priority
    text: Text
    epoch: int
    x: float | None = None
    y: float | None = None


class AlertSent(Event, frozen=True, kw_only=True, tag="alert.sent"):
    """Given to a channel. attempt counts from 1 over all channels."""

    channel: Short
    attempt: int


class AlertDelivered(Event, frozen=True, kw_only=True, tag="alert.delivered"):
    """The channel says that it arrived at a device."""

    channel: Short


class AlertFailed(Event, frozen=True, kw_only=True, tag="alert.failed"):
    """The channel could not deliver."""

    channel: Short
    why: Short


class AlertAcknowledged(Event, frozen=True, kw_only=True, tag="alert.acknowledged"):
    """A human has read it."""

    by: Short


class AlertWithdrawn(Event, frozen=True, kw_only=True, tag="alert.withdrawn"):
    """The order behind it is over; the crew is told."""

    why: Short


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an alert. Times in milliseconds UTC; None while it has not happened."""

    ref: str
    unit: str
    assignment: str
    incident: str
    number: str
    priority: int
    text: str
    epoch: int
    ordered: Millis
    x: float | None = None
    y: float | None = None
    attempts: int = 0
    sent: Millis | None = None
    delivered: Millis | None = None
    failed: str = ""
    acknowledged: Millis | None = None
    acknowledged_by: str = ""
    withdrawn: str = ""

    @property
    def state(self) -> Literal["ordered", "sent", "delivered", "failed", "acknowledged", "withdrawn"]:
        """The furthest point it has reached, in one word."""
        if self.withdrawn:
            return "withdrawn"
        if self.acknowledged is not None:
            return "acknowledged"
        if self.delivered is not None:
            return "delivered"
        if self.failed:
            return "failed"
        return "sent" if self.sent is not None else "ordered"


class OrderAlert(Command, frozen=True, kw_only=True, tag="order_alert"):
    """Make the alert of an order; given by the outbox."""

    alert: Ref
    unit: Ref
    assignment: Id
    incident: About
    number: Short
    priority: Priority
    text: Text
    epoch: int
    x: float | None = None
    y: float | None = None


class NoteAlertSent(Command, frozen=True, kw_only=True, tag="note_alert_sent"):
    """A channel took it."""

    alert: Ref
    channel: Short


class NoteAlertDelivered(Command, frozen=True, kw_only=True, tag="note_alert_delivered"):
    """A channel delivered it."""

    alert: Ref
    channel: Short


class NoteAlertFailed(Command, frozen=True, kw_only=True, tag="note_alert_failed"):
    """A channel could not deliver it."""

    alert: Ref
    channel: Short
    why: Short


class AcknowledgeAlert(Command, frozen=True, kw_only=True, tag="acknowledge_alert"):
    """A human has read it."""

    alert: Ref
    by: Short = ""


class WithdrawAlert(Command, frozen=True, kw_only=True, tag="withdraw_alert"):
    """The order behind it is over."""

    alert: Ref
    why: Short


AlertCommand = OrderAlert | NoteAlertSent | NoteAlertDelivered | NoteAlertFailed | AcknowledgeAlert | WithdrawAlert


def alert_id(assignment: str) -> str:
    """The alert that belongs to an assignment."""
    return derived_id("alert", assignment)


def decide(alert: Alert | None, command: AlertCommand, context: Context) -> list[Event]:
    """What follows from the command, or Refused with the reason. Delivery facts of a known alert are never refused."""
    if isinstance(command, OrderAlert):
        if alert is not None:
            return []
        return [
            AlertOrdered(
                unit=command.unit,
                assignment=command.assignment,
                incident=command.incident,
                number=command.number,
                priority=command.priority,
                text=command.text,
                epoch=command.epoch,
                x=command.x,
                y=command.y,
            )
        ]
    if alert is None:
        raise Refused("alert.unknown", alert=command.alert)
    match command:
        case NoteAlertSent():
            return [AlertSent(channel=command.channel, attempt=alert.attempts + 1)]
        case NoteAlertDelivered():
            return [] if alert.delivered is not None else [AlertDelivered(channel=command.channel)]
        case NoteAlertFailed():
            return [AlertFailed(channel=command.channel, why=command.why)]
        case AcknowledgeAlert():
            return [] if alert.acknowledged is not None else [AlertAcknowledged(by=command.by or context.actor)]
        case WithdrawAlert():
            return [] if alert.withdrawn else [AlertWithdrawn(why=command.why)]


def evolve(alert: Alert | None, event: Event, ref: str, occurred: Millis) -> Alert:
    """The alert after the event. Total."""
    replace = msgspec.structs.replace
    if isinstance(event, AlertOrdered):
        facts = {f: getattr(event, f) for f in event.__struct_fields__}
        return Alert(ref=ref, ordered=occurred, **facts)
    if alert is None:
        raise ValueError(f"{ref}: {type(event).__name__} before the alert was ordered")
    match event:
        case AlertSent():
            return replace(alert, attempts=event.attempt, sent=occurred, failed="")
        case AlertDelivered():
            return replace(alert, delivered=occurred)
        case AlertFailed():
            return replace(alert, failed=event.why)
        case AlertAcknowledged():
            return replace(alert, acknowledged=occurred, acknowledged_by=event.by)
        case AlertWithdrawn():
            return replace(alert, withdrawn=event.why)
    return alert
