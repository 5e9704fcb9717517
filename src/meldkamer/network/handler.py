"""The one way a thing happens: load state, decide, append with version and fences, and say what the record said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from meldkamer.domain import (
    attention,
    call,
    chat,
    drawing,
    function,
    incident,
    incident_rules,
    playbook,
    posting,
    question,
    unit,
    warning,
)
from meldkamer.domain.basics import LATER, Command, Context, Event, Expected, Location, Refused, split_ref
from meldkamer.domain.clock import Clock, Millis, derived_id
from meldkamer.domain.undo import Past, Undo, undo
from meldkamer.network import plan as planning
from meldkamer.network.alone import when_alone
from meldkamer.network.in_doubt import maybe_used_by
from meldkamer.network.outcome import Done, NotOwner
from meldkamer.network.permission import check_take
from meldkamer.network.picture import Picture, State, subject_of
from meldkamer.network.reading import load
from meldkamer.record import (
    Appended,
    Conflict,
    Fence,
    NewEvent,
    Position,
    Record,
    Sealer,
    Unknown,
    Unreachable,
    Write,
    fence_subject,
)

MAX_TRIES = 64
"""Of writers that race for one aggregate one wins each round, so a whole room may sign in at the same moment."""
PATIENCE_SECONDS, PAUSE_SECONDS = 10.0, 0.2
_AUDIENCE_ALL = "PBAK"

Meaning = Callable[[str, str], unit.Meaning]
"""(discipline, status code) -> what it means, from the pack."""
ExpectedWay = Callable[[unit.Unit], Expected | None]
"""How long a unit that departs now for its order needs, as the maps of this room have it; None when nobody can say."""


class Handler:
    """Carries out commands for one room. Safe to call from many tasks at once; the record decides who was first."""

    def __init__(
        self,
        room: str,
        record: Record,
        picture: Picture,
        sealer: Sealer,
        clock: Clock,
        meaning: Meaning,
        lapsed: Callable[[str], bool] = lambda room: False,
        alone: Callable[[], bool] = lambda: False,
        asked: question.Asked = question.nothing_asked,
        sheets: playbook.Sheets = playbook.no_sheets,
        expected: ExpectedWay = lambda of: None,
        natures: warning.Natures = warning.no_natures,
    ) -> None:
        """alone: whether this room is cut off from the others. asked: the questions that may be answered.
        sheets: the playbooks that may be opened. expected: the way of a unit that departs. natures: of warnings."""
        self.room = room
        self._record = record
        self._picture = picture
        self._sealer = sealer
        self._clock = clock
        self._meaning = meaning
        self._lapsed, self._alone = lapsed, alone
        self._asked = asked
        self._sheets = sheets
        self._expected = expected
        self._natures = natures

    @property
    def alone(self) -> bool:
        """Whether this room is cut off from the others."""
        return self._alone()

    async def do(self, command: Command, *, command_id: str, context: Context, occurred: Millis | None = None) -> Done:
        """Carry out one command, exactly once for its id, however often it is sent.

        Raises Refused (the rules), NotOwner, Conflict (others were faster, several times over), and what the record
        raises: Fenced, Unknown, StoreFull, TooLarge.
        """
        at = planning.target(command)
        if occurred is not None:
            context = msgspec.structs.replace(context, occurred=min(occurred, self._clock.now()))
        first = derived_id(command_id, "0")
        known = await self._record.resolve(at.region, first)
        if known is not None:
            return await self._first_answer(known, at.region, at.ref)
        attempt, end = 0, self._clock.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                done = await self._try(command, at, command_id, context, occurred)
            except Conflict as conflict:
                attempt += 1
                if attempt == MAX_TRIES:
                    raise
                await self._catch_up(at.region, conflict)
                continue
            except Unreachable as error:
                # Nothing was stored. Soon there is somebody again, or this room goes on alone.
                if self._clock.monotonic() >= end:
                    raise Unknown((first,), str(error)) from None
                await self._clock.wait(PAUSE_SECONDS)
                continue
            except (Refused, NotOwner):
                # Sent again while the first try was still on its way, it meets what that one has done.
                known = await self._record.resolve(at.region, first)
                if known is None:
                    raise
                return await self._first_answer(known, at.region, at.ref)
            await self._tell_far_call(command, done, command_id, context, occurred)
            return done

    async def _try(
        self, command: Command, at: planning.Target, command_id: str, context: Context, occurred: Millis | None
    ) -> Done:
        state, version = await self.load(at.kind, at.ref)
        if self._alone():
            command = when_alone(command, state, command_id)
        command, context = self._complete(command, state, context)
        if isinstance(command, Undo):
            made = await self._undo(command, at, version, context)
        else:
            fence = self._picture.versions.get(fence_subject(at.region, at.ref), 0) if at.kind == "function" else 0
            made = planning.plan(command, at, state, version, fence, context)
        if not made.changes:
            return self._nothing(at.region, at.ref)
        fences = list(dict.fromkeys(self._proof(alternatives) for alternatives in made.needs))
        writes = await self._encode(made, fences, command_id, context, occurred)
        appended: Appended = await self._record.append(made.region, writes, fences)
        seq = appended.positions[-1].seq
        await self._picture.reached(made.region, seq)
        return Done(
            outcome=appended.durability.value,
            region=made.region,
            seq=seq,
            ref=at.ref,
            duplicate=appended.duplicate,
        )

    async def again(self, command_id: str, region: str, ref: str) -> Done:
        """What a command was answered that may have been carried out before: the same once more, or that nothing had to
        be stored, as it is so already. Raises what the record raises.
        """
        known = await self._record.resolve(region, derived_id(command_id, "0"))
        return self._nothing(region, ref) if known is None else await self._first_answer(known, region, ref)

    def _nothing(self, region: str, ref: str) -> Done:
        """It is so already: nothing had to be stored, so there is no place in the record to wait for."""
        return Done(outcome=self._kept(), region=region, seq=0, ref=ref, duplicate=True)

    async def _first_answer(self, known: Position, region: str, ref: str) -> Done:
        """What was answered the first time: the last of the batch, whose entries stand one after the other."""
        first = next(e for e in await self._record.read(known.subject, known.version - 1) if e.seq == known.seq)
        outcome: Literal["SAFE", "LOCAL"] = "LOCAL" if self._alone() and first.event.island else "SAFE"
        last = known.seq + first.of - 1 - first.n  # of its batch, which may have brought more than this
        return Done(outcome=outcome, region=region, seq=last, ref=ref, duplicate=True)

    def _kept(self) -> Literal["SAFE", "LOCAL"]:
        return "LOCAL" if self._alone() else "SAFE"

    # --- state ------------------------------------------------------------------------------------------------------

    async def load(self, kind: str, ref: str) -> tuple[State | None, int]:
        """State and version of an aggregate: from the picture, or from the record when the picture has forgotten it."""
        state = self._picture.state(kind, ref)
        if kind in ("function", "desk"):
            region = ref.partition(".")[0] if kind == "function" else planning.NATIONAL
            return state, self._picture.versions.get(f"ev.{region}.{kind}.{ref}", 0)
        subject = subject_of(kind, ref)
        if state is not None:
            return state, self._picture.versions[subject]
        return await load(self._record, self._sealer, subject)

    async def _catch_up(self, region: str, conflict: Conflict) -> None:
        """Wait until the picture knows what the record knew when it refused."""
        await self._picture.reached(region, await self._record.tail(region))

    def _complete(self, command: Command, state: State | None, context: Context) -> tuple[Command, Context]:
        """Fill in what the room knows better than the client."""
        replace = msgspec.structs.replace
        match command:
            case incident_rules.OpenIncident():
                command = replace(command, answers=tuple(self._put(given) for given in command.answers))
                if command.number:
                    return command, context
                number = self._picture.numbers.get(self.room, 0) + 1
                self._picture.numbers[self.room] = number
                return replace(command, number=f"{self.room}-{number}"), context
            case attention.WriteAttention():
                return self._addressed(command), context
            case drawing.Draw():
                self._has_room(command, context.now)
                return command, context
            case drawing.ChangeDrawing() if isinstance(state, drawing.Drawing):
                if self._picture.drawing_over(state) is not None:
                    raise Refused("drawing.over")
                return command, context
            case warning.AskWarning():
                return warning.fitted(command, self._natures(command.nature)), context
            case incident_rules.AnswerQuestion():
                put = self._asked(command.set, command.version, command.question)
                if put is None:
                    raise Refused("question.unknown", question=command.question)
                if command.answer and not put.fits(command.answer):
                    raise Refused("question.no_answer", question=put.asked)
                return replace(command, asked=put.asked, audience=put.audience), context
            case playbook.OpenPlaybook():
                sheet = self._sheets(command.playbook, command.version)
                if sheet is None:
                    raise Refused("playbook.unknown")
                return replace(command, steps=sheet.steps, tell=sheet.tell), context
            case unit.ReportStatus() if isinstance(state, unit.Unit):
                meaning = self._meaning(state.discipline, command.code)
                if meaning is unit.Meaning.EN_ROUTE and context.now - (context.occurred or context.now) <= LATER:
                    context = replace(context, expected=self._expected(state))
                return replace(command, meaning=meaning), context
            case unit.AssignUnit():
                there = self._picture.incidents.get(command.incident)
                if there is None:
                    raise Refused("incident.unknown", incident=command.incident)
                if there.closed and not command.override:
                    raise Refused("incident.closed", number=there.number)
                room = maybe_used_by(state, self._picture) if isinstance(state, unit.Unit) else ""
                if room and not command.override:
                    raise Refused("unit.maybe_in_use", unit=command.unit.partition("/")[2], room=room)
                discipline = state.discipline if isinstance(state, unit.Unit) else ""
                track = there.tracks.get(discipline)
                return replace(
                    command, number=there.number, priority=track.priority if track else there.priority
                ), context
            case posting.PostUnit() if isinstance(state, unit.Unit):
                if room := maybe_used_by(state, self._picture):
                    raise Refused("unit.maybe_in_use", unit=state.call_sign, room=room)
                return replace(command, place=self._post(command.post, state.ref)) if command.post else command, context
            case function.TakeFunction():
                check_take(command, self.room, self._picture, self._lapsed)
                return command, context
            case incident_rules.CloseTrack():
                busy = tuple(
                    u.call_sign for u in self._picture.units_at(command.incident) if u.discipline == command.discipline
                )
                return command, replace(context, assigned=busy)
        return command, context

    def _addressed(self, command: attention.WriteAttention) -> attention.WriteAttention:
        """A message that is about what there is; one for a unit is for the people of its discipline."""
        if command.incident is not None and command.incident not in self._picture.incidents:
            raise Refused("incident.unknown", incident=command.incident)
        if command.unit is None:
            return command
        told = self._picture.units.get(f"{command.region}/{command.unit}")
        if told is None:
            raise Refused("unit.unknown", unit=command.unit)
        return msgspec.structs.replace(command, audience=told.discipline)

    def _has_room(self, command: drawing.Draw, now: Millis) -> None:
        """It is for an incident that goes on, and not so much stands already that nobody sees anything any more."""
        if command.incident is not None:
            there = self._picture.incidents.get(command.incident)
            if there is None:
                raise Refused("incident.unknown", incident=command.incident)
            if there.closed:
                raise Refused("incident.closed", number=there.number)
        most = drawing.MOST_OF_REGION if command.incident is None else drawing.MOST_OF_INCIDENT
        beside = [
            one
            for ref, one in self._picture.drawings.items()
            if one.incident == command.incident and ref.startswith(f"{command.region}/") and one.counts(now)
        ]
        if len(beside) >= most and f"{command.region}/{command.drawing}" not in self._picture.drawings:
            raise Refused("drawing.too_many", most=most)

    def _post(self, name: str, ref: str) -> Location:
        """Where the units of a post have their base; of the unit's own region first. Raises Refused for none."""
        region = split_ref(ref)[0]
        bases = [u for u in self._picture.units.values() if u.base == name and u.base_x is not None]
        if not bases:
            raise Refused("posting.no_post", post=name)
        at = min(bases, key=lambda u: (split_ref(u.ref)[0] != region, u.ref))
        return Location(text=name, x=at.base_x, y=at.base_y)

    def _put(self, given: question.Given) -> question.Given:
        """An answer that comes with a new incident, with who may read it. Opening is never refused for an answer: one
        that this room's pack does not know is kept behind the strictest wall."""
        put = self._asked(given.set, given.version, given.question)
        if put is None or (given.answer and not put.fits(given.answer)):
            return msgspec.structs.replace(given, asked="", audience="A")
        return msgspec.structs.replace(given, asked=put.asked, audience=put.audience)

    # --- writing ----------------------------------------------------------------------------------------------------

    def _proof(self, alternatives: tuple[str, ...]) -> Fence:
        """The fence of the first of these functions that this room owns. The log has the last word."""
        for name in alternatives:
            f = self._picture.function(name)
            if f.owner == self.room:
                return Fence(function=name, epoch=f.epoch, token=f.token)
        name = alternatives[-1] if len(alternatives) == 1 else alternatives[0]
        raise NotOwner(name, self._picture.function(name).owner)

    async def _encode(
        self, made: planning.Plan, fences: list[Fence], command_id: str, context: Context, occurred: Millis | None
    ) -> list[Write]:
        now = self._clock.now()
        epochs = {f.function: f.epoch for f in fences}
        writes, index = [], 0
        for change in made.changes:
            events = []
            for event in change.events:
                event_id = derived_id(command_id, str(index))
                index += 1
                type_, schema, body, sealed = await self._sealer.encode(event, change.subject, event_id)
                events.append(
                    NewEvent(
                        id=event_id,
                        type=type_,
                        schema=schema,
                        body=body,
                        sealed=sealed,
                        occurred=min(occurred, now) if occurred is not None else now,
                        recorded=now,
                        room=self.room,
                        actor=context.actor,
                        epochs=epochs,
                        audience=_audience(event),
                        cause=command_id,
                        correlation=made.correlation,
                    )
                )
            writes.append(Write(change.subject, tuple(events), change.expected))
        return writes

    async def _tell_far_call(
        self, command: Command, done: Done, command_id: str, context: Context, occurred: Millis | None
    ) -> None:
        """A call that lives in another region's stream learns of its incident in an append of its own."""
        if not isinstance(command, incident_rules.OpenIncident | incident_rules.JoinCall) or command.call is None:
            return
        if split_ref(command.call)[0] != done.region:
            link = call.LinkCall(call=command.call, incident=done.ref)
            await self.do(link, command_id=derived_id(command_id, "call"), context=context, occurred=occurred)

    async def _undo(self, command: Undo, at: planning.Target, version: int, context: Context) -> planning.Plan:
        past = [
            Past(
                self._sealer.decode(e, frozenset()).event,
                e.event.occurred,
                e.event.recorded,
                e.event.actor,
                e.event.cause,
            )
            for e in await self._record.read(at.subject)
        ]
        events = undo(at.ref, past, command, context)
        needs = tuple(n for event in events for n in _undo_needs(at.region, event))
        return planning.Plan(at.region, (planning.Change(at.subject, tuple(events), version),), needs, at.ref)


def _undo_needs(region: str, event: Event) -> tuple[tuple[str, ...], ...]:
    match event:
        case incident.Classified(discipline=d) | incident.Prioritised(discipline=d):
            return ((f"{region}.{d}.intake", f"{region}.{d}.dispatch"),)
        case incident.TrackReopened(discipline=d):
            return ((f"{region}.{d}.dispatch",),)
    return ()


def _audience(event: Event) -> str:
    """Who may see that this happened: the own mask of what somebody wrote or answered, everybody for the rest."""
    written = incident.NoteWritten | question.QuestionAnswered | chat.ChatSaid | chat.HandOverLeft
    if isinstance(event, attention.AttentionEvent | warning.WarningEvent):
        return event.audience
    return event.audience if isinstance(event, written) else _AUDIENCE_ALL
