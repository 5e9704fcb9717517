"""The door: an event of a channel becomes a command, whatever it lacks, and the same event twice becomes it once."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Collection, Sequence

import msgspec

from meldkamer.domain import call
from meldkamer.domain.basics import DISCIPLINES, Command, Context, Location, Refused, region_of
from meldkamer.domain.clock import Clock, Millis, derived_id
from meldkamer.intake.channel_event import ChannelEvent, ChannelLocation
from meldkamer.network import Done, Handler, Picture
from meldkamer.pack import FirstAnswer

SHORT, TEXT, CHANNEL, SOURCE = 200, 8_000, 24, 24
"""Longest stored lengths, in characters."""
X_RANGE, Y_RANGE, MAX_RADIUS = (-400_000.0, 700_000.0), (-100_000.0, 1_100_000.0), 1_000_000.0
EARLIEST: Millis = 631_152_000_000
"""1990. A channel whose clock says less has no clock: the call counts from when it was heard of."""
TRIES = 4

Locate = Callable[[float, float, float], str | None]
"""WGS84 lat, lon and the radius around it in metres (0: a point) -> code of the region that has most of it; None (or
ValueError) when none has."""
ToRd = Callable[[float, float], tuple[float, float]]
"""WGS84 lat, lon -> RD x, y in metres."""

log = logging.getLogger(__name__)


class Step(msgspec.Struct, frozen=True):
    """One command to carry out, under an id that follows from the event."""

    command: Command
    command_id: str
    occurred: Millis | None


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to the channel. duplicate: nothing new was stored; seq is then where it stands since the first time,
    or 0 when another event had made it so."""

    call: str
    outcome: str
    seq: int
    duplicate: bool


class Door:
    """Turns channel events into commands. functions: the codes that exist; national: the region of what is national."""

    def __init__(
        self,
        picture: Picture,
        functions: Collection[str],
        first_answer: FirstAnswer,
        locate: Locate,
        to_rd: ToRd,
        national: str = "NL",
    ) -> None:
        self._picture = picture
        self._functions = frozenset(functions)
        self._regions = sorted({region_of(f) for f in self._functions} | {national})
        self._first_answer, self._national = first_answer, national
        self._locate, self._to_rd = locate, to_rd

    async def take(self, event: ChannelEvent, system: str, handler: Handler, clock: Clock) -> Accepted:
        """Carry an event out. `system` names the telephony system: two systems may use the same call ids.

        Raises Refused for an unknown kind or an end without a beginning, and what `Handler.do` raises.
        """
        context = Context(now=clock.now(), actor=system, room=handler.room)
        for attempt in range(TRIES):
            done: Done | None = None
            try:
                for step in self.steps(event, system):
                    done = await handler.do(
                        step.command, command_id=step.command_id, context=context, occurred=step.occurred
                    )
            except Refused:
                # The operator answered while the caller hung up, or the like: what is true now decides what it means.
                if attempt == TRIES - 1:
                    raise
                continue
            ref = self._find(event, system) or (done.ref if done else "")
            if done is None:
                # It is so already, by this very event or by another one.
                done = await handler.again(_command_id(event, system), ref.partition("/")[0], ref)
            return Accepted(call=ref, outcome=done.outcome, seq=done.seq, duplicate=done.duplicate)
        raise AssertionError("unreachable")

    def steps(self, event: ChannelEvent, system: str) -> Sequence[Step]:
        """The commands that this event means now; none when it is already so.

        Raises Refused for an unknown kind, and for the end of a call that never began.
        """
        if event.kind not in ("offered", "abandoned", "ended"):
            raise Refused("channel.kind_unknown", kind=event.kind[:SHORT], known="offered, abandoned, ended")
        ref = self._find(event, system)
        known = self._picture.calls[ref] if ref is not None else None
        if event.kind == "offered":
            return [] if known is not None else [self._receive(event, system)]
        if known is None:
            if event.kind == "ended":
                raise Refused("call.unknown", call=event.call_id)
            # The offer never reached us, but a caller who hung up must stand on the call-back list.
            receive = self._receive(event, system)
            ref = f"{_region(receive)}/{call_id(event, system)}"
            return [receive, self._step(call.AbandonCall(call=ref), event, system)]
        if known.waiting:
            # For whoever waited, the end of the connection is giving up, whatever the channel calls it.
            return [self._step(call.AbandonCall(call=known.ref), event, system)]
        if known.state is call.CallState.ANSWERED:
            reason = "done" if event.kind == "ended" else "dropped"
            return [self._step(call.EndCall(call=known.ref, reason=reason), event, system)]
        return []

    def _step(self, command: Command, event: ChannelEvent, system: str) -> Step:
        return Step(command, _command_id(event, system), _occurred(event))

    def _receive(self, event: ChannelEvent, system: str) -> Step:
        function = self._function(event)
        command = call.ReceiveCall(
            call=call_id(event, system),
            region=region_of(function),
            function=function,
            channel=_clip(event.channel, CHANNEL) or "112",
            line=_clip(event.line, SHORT),
            disciplines="".join(d for d in DISCIPLINES if d in event.disciplines),
            class_hint=_clip(event.class_hint, SHORT),
            priority_hint=event.priority_hint if event.priority_hint in (1, 2, 3, 4, 5) else None,
            location=self._place(event.location) if event.location else None,
            test=event.test,
            number=_clip_known(event.number, SHORT),
            name=_clip_known(event.name, SHORT),
            said=_clip_known(event.said, TEXT),
            source=_clip_known(event.source, TEXT),
        )
        if event.kind == "offered":
            return self._step(command, event, system)
        return Step(command, derived_id("event", system, event.event_id, "offered"), _occurred(event))

    # --- where it goes ----------------------------------------------------------------------------------------------

    def _function(self, event: ChannelEvent) -> str:
        """The function given, when it exists; else by the configured first answer; nobody is turned away."""
        if event.function in self._functions:
            return event.function
        if event.function:
            log.warning("call for unknown function %.40s enters at the first answer", event.function)
        national = f"{self._national}.112"
        if self._first_answer == "national_first" or event.location is None:
            return national
        region = self._region_at(event.location)
        return f"{region}.112" if region and f"{region}.112" in self._functions else national

    def _region_at(self, at: ChannelLocation) -> str | None:
        radius = at.radius if at.radius is not None and 0 <= at.radius <= MAX_RADIUS else 0.0
        try:
            return self._locate(at.lat, at.lon, radius)
        except ValueError as error:
            log.info("call without a region: %s", error)
            return None

    def _place(self, at: ChannelLocation) -> Location:
        """The location in RD; a point that cannot be one is kept as words."""
        radius = at.radius
        if radius is not None and not 0 <= radius <= MAX_RADIUS:
            radius = None
        source = _clip(at.source, SOURCE) or "caller"
        words = Location(text=f"{at.lat}, {at.lon}", radius=radius, source=source)
        if not (abs(at.lat) <= 90 and abs(at.lon) <= 180):  # also for NaN
            return words
        try:
            x, y = self._to_rd(at.lat, at.lon)
        except ValueError:
            return words
        inside = math.isfinite(x) and math.isfinite(y)
        if not (inside and X_RANGE[0] <= x <= X_RANGE[1] and Y_RANGE[0] <= y <= Y_RANGE[1]):
            return words
        return Location(x=round(x, 1), y=round(y, 1), radius=radius, source=source)

    def _find(self, event: ChannelEvent, system: str) -> str | None:
        """The reference of a call that the picture knows. Its region was chosen once, when it was offered."""
        id = call_id(event, system)
        return next((ref for region in self._regions if (ref := f"{region}/{id}") in self._picture.calls), None)


def call_id(event: ChannelEvent, system: str) -> str:
    """The id of the call in the record, from the channel's own name for it."""
    return derived_id("call", system, event.call_id)


def _command_id(event: ChannelEvent, system: str) -> str:
    return derived_id("event", system, event.event_id)


def _occurred(event: ChannelEvent) -> Millis | None:
    return event.occurred if event.occurred is not None and event.occurred >= EARLIEST else None


def _region(step: Step) -> str:
    assert isinstance(step.command, call.ReceiveCall)
    return step.command.region


def _clip(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _clip_known(text: str | None, length: int) -> str | None:
    return None if text is None else _clip(text, length)
