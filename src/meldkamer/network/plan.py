"""From a command to what would be written: which stream, which subjects, which functions must be owned."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from meldkamer.domain import (
    alert,
    attention,
    call,
    chat,
    contact,
    desk,
    drawing,
    exercise,
    function,
    gap,
    incident_rules,
    pack_change,
    posting,
    provision,
    retention,
    road,
    travel,
    unit,
    warning,
)
from meldkamer.domain import plan as steering_plan
from meldkamer.domain.basics import Command, Context, Event, Refused, region_of, split_ref
from meldkamer.domain.undo import Undo
from meldkamer.network.picture import State, subject_of
from meldkamer.record import fence_subject, subject

NATIONAL = "NL"


class Target(msgspec.Struct, frozen=True):
    """The aggregate a command is about."""

    kind: str
    ref: str
    region: str
    subject: str


class Change(msgspec.Struct, frozen=True):
    """Events for one subject. expected: its version before them, or None for a fact that always fits."""

    subject: str
    events: tuple[Event, ...]
    expected: int | None


class Plan(msgspec.Struct, frozen=True):
    """One atomic append: of each inner tuple of `needs` the writer must own at least one function."""

    region: str
    changes: tuple[Change, ...]
    needs: tuple[tuple[str, ...], ...]
    correlation: str


def target(command: Command) -> Target:
    """Which aggregate this command is about. Raises Refused for a malformed reference or an unknown command."""
    match command:
        case call.ReceiveCall(call=id, region=region):
            return _named("call", f"{region}/{id}")
        case incident_rules.OpenIncident(incident=id, region=region):
            return _named("incident", f"{region}/{id}")
        case unit.RegisterUnit(call_sign=id, region=region):
            return _named("unit", f"{region}/{id}")
        case road.CloseRoad(road=id, region=region):
            return _named("road", f"{region}/{id}")
        case attention.WriteAttention(attention=id, region=region):
            return _named("attention", f"{region}/{id}")
        case warning.AskWarning(warning=id, region=region):
            return _named("warning", f"{region}/{id}")
        case drawing.Draw(drawing=id, region=region):
            return _named("drawing", f"{region}/{id}")
    if isinstance(command, call.CallCommand):
        return _named("call", command.call)
    if isinstance(command, incident_rules.IncidentCommand | Undo):
        return _named("incident", command.incident)
    if isinstance(
        command,
        unit.ReportStatus
        | unit.AssignUnit
        | unit.AcknowledgeOrder
        | unit.RecallUnit
        | unit.ChooseOrder
        | contact.ContactCommand
        | posting.PostUnit,
    ):
        return _named("unit", command.unit)
    if isinstance(command, alert.AlertCommand):
        return _named("alert", command.alert)
    if isinstance(command, road.OpenRoad):
        return _named("road", command.road)
    if isinstance(command, attention.AttentionCommand):
        return _named("attention", command.attention)
    if isinstance(command, warning.WarningCommand):
        return _named("warning", command.warning)
    if isinstance(command, drawing.DrawingCommand):
        return _named("drawing", command.drawing)
    if isinstance(command, function.FunctionCommand):
        region = region_of(command.function)
        return Target("function", command.function, region, subject(region, "function", command.function))
    if isinstance(command, desk.DeskCommand):
        # Who sits where in a room matters to the whole network, so it stands in the national stream.
        return Target("desk", command.room, NATIONAL, subject(NATIONAL, "desk", command.room))
    if isinstance(
        command,
        steering_plan.PlanCommand | provision.ProvisionCommand | retention.NoteTermsKept | travel.AdoptTravelTimes,
    ):
        name = steering_plan.STEERING
        return Target("function", name, NATIONAL, subject(NATIONAL, "function", name))
    if isinstance(command, gap.GapCommand):
        ref = gap.gap_ref(command.room, command.measure, command.discipline)
        return Target("desk", ref, NATIONAL, subject(NATIONAL, "desk", ref))
    if isinstance(command, chat.ChatCommand):
        return Target("desk", command.talk, NATIONAL, subject(NATIONAL, "desk", command.talk))
    if isinstance(command, exercise.NoteExercise):
        return Target("desk", command.room, NATIONAL, subject(NATIONAL, "desk", command.room))
    if isinstance(command, pack_change.PackCommand):
        return _named("pack", pack_change.FILES)
    raise Refused("command.unknown", type=type(command).__name__)


def _named(kind: str, ref: str) -> Target:
    region, _ = split_ref(ref)
    return Target(kind, ref, region, subject_of(kind, ref))


def plan(command: Command, at: Target, state: State | None, version: int, fence_version: int, context: Context) -> Plan:
    """Decide and say what would be written. Raises Refused."""
    needs: tuple[tuple[str, ...], ...] = ()
    events: Sequence[Event]
    if isinstance(command, call.CallCommand):
        events = call.decide(state, command, context)
        # Only taking it, now or to call back, and the caller's hanging up race; all else about a call always fits.
        racing = isinstance(
            command, call.ReceiveCall | call.AnswerCall | call.AbandonCall | call.OfferCall | call.TakeCallBack
        )
        return _one(at, events, version if racing else None, needs)
    if isinstance(command, incident_rules.IncidentCommand):
        events = incident_rules.decide(state, command, context)
        needs = incident_rules.functions_needed(command)
        if isinstance(command, incident_rules.ResolveConflict) and state is not None:
            chosen = incident_rules.chosen_command(state, command)
            needs = incident_rules.functions_needed(chosen) if chosen is not None else needs
        fact = isinstance(
            command,
            incident_rules.WriteNote
            | incident_rules.AnswerQuestion
            | incident_rules.JoinCall
            | incident_rules.RequestUnit,
        )
        return _with_call(command, _one(at, events, None if fact else version, needs))
    if isinstance(command, unit.UnitCommand):
        events = unit.decide(state, command, context)
        needs = unit.functions_needed(state, command)
        return _one(at, events, version, needs)
    if isinstance(command, alert.AlertCommand):
        return _one(at, alert.decide(state, command, context), version, needs)
    if isinstance(command, chat.ChatCommand):
        talk = state.talk if isinstance(state, desk.Desk) and state.talk is not None else chat.Talk()
        # Only taking over races; what is said always fits.
        expected = version if isinstance(command, chat.TakeHandOver) else None
        return _one(at, chat.decide(talk, command, context), expected, needs)
    if isinstance(command, gap.GapCommand):
        gaps = state.gaps if isinstance(state, desk.Desk) else ()
        return _one(at, gap.decide(gaps, command, context), version, needs)
    if isinstance(command, desk.DeskCommand):
        return _one(at, desk.decide(state or desk.Desk(room=at.ref), command, context), version, needs)
    if isinstance(command, function.FunctionCommand):
        events = function.decide(state or function.Function(name=at.ref), command, context)
        return _fenced(at, events, version, fence_version)
    if isinstance(command, steering_plan.PlanCommand):
        known = state or function.Function(name=at.ref)
        events = steering_plan.decide(known.adopted, known.changes, command, context)
        needs = steering_plan.functions_needed(command)
        return _one(at, events, version if needs else None, needs)
    if isinstance(command, travel.AdoptTravelTimes):
        known = state or function.Function(name=at.ref)
        return _one(at, travel.decide(known.travel, command, context), version, travel.functions_needed())
    if isinstance(command, provision.ProvisionCommand):
        return _one(at, provision.decide(command, context), None, needs)
    if isinstance(command, retention.NoteTermsKept):
        return _one(at, retention.decide(command), None, needs)
    if isinstance(command, exercise.NoteExercise):
        return _one(at, exercise.decide(command), None, needs)
    if isinstance(command, road.RoadCommand):
        return _one(at, road.decide(state, command, context), None, needs)
    if isinstance(command, attention.AttentionCommand):
        # Only writing it takes a name that must be free; what is said of one unites in any order.
        expected = version if isinstance(command, attention.WriteAttention) else None
        needs = attention.functions_needed(state, command)
        return _one(at, attention.decide(state, command, context), expected, needs)
    if isinstance(command, warning.WarningCommand):
        # Only asking takes a name that must be free; what is said of one unites in any order.
        expected = version if isinstance(command, warning.AskWarning) else None
        needs = warning.functions_needed(state, command)
        return _one(at, warning.decide(state, command, context), expected, needs)
    if isinstance(command, drawing.DrawingCommand):
        # Only drawing it takes a name that must be free; what is said of one unites in any order.
        expected = version if isinstance(command, drawing.Draw) else None
        return _one(at, drawing.decide(state, command, context), expected, drawing.functions_needed(command))
    if isinstance(command, pack_change.PackCommand):
        return _one(at, pack_change.decide(state or pack_change.PackFiles(), command, context), version, needs)
    raise Refused("command.unknown", type=type(command).__name__)


def _one(at: Target, events: Sequence[Event], expected: int | None, needs: tuple[tuple[str, ...], ...]) -> Plan:
    changes = (Change(at.subject, tuple(events), expected),) if events else ()
    return Plan(at.region, changes, needs, at.ref)


def _with_call(command: incident_rules.IncidentCommand, made: Plan) -> Plan:
    """Opening from a call, or joining one, also tells the call, in the same append when it lives in the same stream."""
    if not isinstance(command, incident_rules.OpenIncident | incident_rules.JoinCall) or not made.changes:
        return made
    if command.call is None or split_ref(command.call)[0] != made.region:
        return made
    linked = Change(subject_of("call", command.call), (call.CallLinked(incident=made.correlation),), None)
    return msgspec.structs.replace(made, changes=(*made.changes, linked))


def _fenced(at: Target, events: Sequence[Event], version: int, fence_version: int) -> Plan:
    """A FunctionOwned goes to the fence subject, everything else to the function's own."""
    changes = []
    for event in events:
        if isinstance(event, function.FunctionOwned):
            changes.append(Change(fence_subject(at.region, at.ref), (event,), fence_version))
        else:
            changes.append(Change(at.subject, (event,), version))
    return Plan(at.region, tuple(changes), (), at.ref)
