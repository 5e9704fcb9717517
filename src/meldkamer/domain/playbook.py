"""Playbooks (draaiboeken) in use: what to do when a part is lost, and when an incident scales up.

A run stands with the desk of the room that it is about, in the national stream: every room sees it, and another one
takes it over with every tick. Only the room that holds a run goes on with it. Ticks are facts: none is lost in a merge.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

import msgspec

from meldkamer.domain.basics import Command, Context, Event, Id, Refused, Short
from meldkamer.domain.clock import Millis
from meldkamer.domain.undo import UNDO_MILLIS

RoomCode = Annotated[str, msgspec.Meta(min_length=1, max_length=8, pattern=r"^[A-Z][A-Z0-9]*$(?!\n)")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*$(?!\n)")]
Version = Annotated[str, msgspec.Meta(min_length=1, max_length=20, pattern=r"^[0-9A-Za-z.-]+$(?!\n)")]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Since = Annotated[Millis, msgspec.Meta(ge=0, le=4_102_444_800_000)]
OLDEST_MILLIS = 24 * 60 * 60 * 1000
"""A loss that began longer ago is one of today all the same: its clocks have run out."""
KEPT = 5
"""Closed runs that stay in sight of a room; the record keeps all."""


class Sheet(msgspec.Struct, frozen=True):
    """What a version of a playbook asks: its steps and whom to tell, by id."""

    steps: tuple[str, ...]
    tell: tuple[str, ...]


Sheets = Callable[[str, str], Sheet | None]
"""(playbook, version) -> what it asks, from the pack; None when the pack has no such version."""


def no_sheets(playbook: str, version: str) -> Sheet | None:
    """A room without playbooks."""
    return None


class PlaybookOpened(Event, frozen=True, kw_only=True, tag="desk.playbook_opened"):
    """Somebody began a playbook. about: a room, a discipline or an incident's number, or empty; why: the alarm that it
    was opened from, as it was shown; since: when the loss began, from which its clocks run."""

    run: Id
    playbook: Short
    version: Short
    about: Short = ""
    why: Short = ""
    since: Millis
    by: Short
    room: Short
    steps: tuple[str, ...] = ()
    tell: tuple[str, ...] = ()


class PlaybookTicked(Event, frozen=True, kw_only=True, tag="desk.playbook_ticked"):
    """A step was done, or somebody was told."""

    run: Id
    item: Short
    by: Short
    room: Short


class PlaybookUnticked(Event, frozen=True, kw_only=True, tag="desk.playbook_unticked"):
    """It was not, after all."""

    run: Id
    item: Short
    by: Short
    room: Short


class PlaybookTaken(Event, frozen=True, kw_only=True, tag="desk.playbook_taken"):
    """Another room goes on with it."""

    run: Id
    by: Short
    room: Short
    reason: Short


class PlaybookClosed(Event, frozen=True, kw_only=True, tag="desk.playbook_closed"):
    """It is over."""

    run: Id
    by: Short
    note: Short


class PlaybookReopened(Event, frozen=True, kw_only=True, tag="desk.playbook_reopened"):
    """It was closed by mistake."""

    run: Id
    by: Short


class Tick(msgspec.Struct, frozen=True):
    """Who said that something was done, in which room, and when."""

    by: str
    room: str
    at: Millis


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A playbook in use. holder: the room that goes on with it; at: when it was opened. closed: 0 while it is open."""

    run: str
    playbook: str
    version: str
    about: str
    why: str
    since: Millis
    by: str
    at: Millis
    holder: str
    steps: tuple[str, ...]
    tell: tuple[str, ...]
    done: dict[str, Tick] = {}
    taken_by: str = ""
    taken_at: Millis = 0
    reason: str = ""
    closed: Millis = 0
    closed_by: str = ""
    note: str = ""

    @property
    def items(self) -> tuple[str, ...]:
        """All that can be ticked."""
        return (*self.steps, *self.tell)


class OpenPlaybook(Command, frozen=True, kw_only=True, tag="open_playbook"):
    """Begin a playbook about a room. `run` comes from the desk: a repeat is harmless. steps, tell: filled in by the
    room from its pack. since: when the loss began; empty: now."""

    room: RoomCode
    run: Id
    playbook: Name
    version: Version
    about: Short = ""
    why: Short = ""
    since: Since | None = None
    steps: Annotated[tuple[Name, ...], msgspec.Meta(max_length=40)] = ()
    tell: Annotated[tuple[Name, ...], msgspec.Meta(max_length=40)] = ()


class TickPlaybook(Command, frozen=True, kw_only=True, tag="tick_playbook"):
    """Say that a step is done or that somebody was told."""

    room: RoomCode
    run: Id
    item: Name


class UntickPlaybook(Command, frozen=True, kw_only=True, tag="untick_playbook"):
    """Say that it is not."""

    room: RoomCode
    run: Id
    item: Name


class TakePlaybook(Command, frozen=True, kw_only=True, tag="take_playbook"):
    """Go on with it in one's own room."""

    room: RoomCode
    run: Id
    reason: Words


class ClosePlaybook(Command, frozen=True, kw_only=True, tag="close_playbook"):
    """Say that it is over, with a note."""

    room: RoomCode
    run: Id
    note: Words


class ReopenPlaybook(Command, frozen=True, kw_only=True, tag="reopen_playbook"):
    """Undo one's own closing, within ten seconds."""

    room: RoomCode
    run: Id


PlaybookCommand = OpenPlaybook | TickPlaybook | UntickPlaybook | TakePlaybook | ClosePlaybook | ReopenPlaybook
PlaybookEvent = PlaybookOpened | PlaybookTicked | PlaybookUnticked | PlaybookTaken | PlaybookClosed | PlaybookReopened


def decide(runs: Sequence[Run], command: PlaybookCommand, context: Context) -> list[Event]:
    """What follows from the command, or Refused with the reason."""
    known = next((r for r in runs if r.run == command.run), None)
    if isinstance(command, OpenPlaybook):
        return _open(runs, known, command, context)
    if known is None:
        raise Refused("playbook.unknown")
    if isinstance(command, ReopenPlaybook):
        return _reopen(known, context)
    if known.closed:
        raise Refused("playbook.closed", by=known.closed_by)
    if isinstance(command, TakePlaybook):
        _must_say(command.reason)
        if known.holder == context.room:
            return []
        return [PlaybookTaken(run=known.run, by=context.actor, room=context.room, reason=command.reason)]
    if known.holder != context.room:
        raise Refused("playbook.held", room=known.holder)
    match command:
        case ClosePlaybook():
            _must_say(command.note)
            return [PlaybookClosed(run=known.run, by=context.actor, note=command.note)]
        case TickPlaybook() | UntickPlaybook():
            if command.item not in known.items:
                raise Refused("playbook.no_such_step", step=command.item)
            ticks = isinstance(command, TickPlaybook)
            if ticks == (command.item in known.done):
                return []
            event = PlaybookTicked if ticks else PlaybookUnticked
            return [event(run=known.run, item=command.item, by=context.actor, room=context.room)]


def runs_after(runs: Sequence[Run], event: PlaybookEvent, occurred: Millis) -> tuple[Run, ...]:
    """The runs after the event. Total: what is said of a run that is not here changes nothing."""
    if isinstance(event, PlaybookOpened):
        if any(r.run == event.run for r in runs):
            return tuple(runs)
        opened = Run(
            run=event.run,
            playbook=event.playbook,
            version=event.version,
            about=event.about,
            why=event.why,
            since=event.since,
            by=event.by,
            at=occurred,
            holder=event.room,
            steps=event.steps,
            tell=event.tell,
        )
        return (*runs, opened)
    after = tuple(_run_after(r, event, occurred) if r.run == event.run else r for r in runs)
    over = sorted((r.closed for r in after if r.closed), reverse=True)
    return (
        tuple(r for r in after if not r.closed or r.closed >= over[KEPT - 1 : KEPT or None][0])
        if len(over) > KEPT
        else after
    )


def _run_after(run: Run, event: PlaybookEvent, occurred: Millis) -> Run:
    replace = msgspec.structs.replace
    match event:
        case PlaybookTicked():
            # Two rooms that ticked it across a cut: the first one did it.
            known = run.done.get(event.item)
            if known is not None and known.at <= occurred:
                return run
            return replace(run, done={**run.done, event.item: Tick(event.by, event.room, occurred)})
        case PlaybookUnticked():
            return replace(run, done={item: tick for item, tick in run.done.items() if item != event.item})
        case PlaybookTaken():
            return replace(run, holder=event.room, taken_by=event.by, taken_at=occurred, reason=event.reason)
        case PlaybookClosed():
            return replace(run, closed=occurred, closed_by=event.by, note=event.note)
        case PlaybookReopened():
            return replace(run, closed=0, closed_by="", note="")
    return run


def _open(runs: Sequence[Run], known: Run | None, command: OpenPlaybook, context: Context) -> list[Event]:
    if known is not None:
        return []
    same = next(
        (r for r in runs if not r.closed and (r.playbook, r.about) == (command.playbook, command.about)),
        None,
    )
    if same is not None:
        raise Refused("playbook.already", by=same.by, room=same.holder)
    if not command.steps and not command.tell:
        raise Refused("playbook.unknown")
    since = context.now if command.since is None else min(command.since, context.now)
    return [
        PlaybookOpened(
            run=command.run,
            playbook=command.playbook,
            version=command.version,
            about=command.about,
            why=command.why,
            since=max(since, context.now - OLDEST_MILLIS),
            by=context.actor,
            room=context.room,
            steps=command.steps,
            tell=command.tell,
        )
    ]


def _reopen(known: Run, context: Context) -> list[Event]:
    if not known.closed:
        return []
    if known.closed_by != context.actor:
        raise Refused("undo.not_yours")
    if context.now - known.closed > UNDO_MILLIS:
        raise Refused("undo.too_late", seconds=UNDO_MILLIS // 1000)
    return [PlaybookReopened(run=known.run, by=context.actor)]


def _must_say(text: str) -> None:
    if not text.strip():
        raise Refused("playbook.say_why")
