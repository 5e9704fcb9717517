"""The one place that says who may do what. Deny by default: a command without a row here is nobody's.

Whether the *room* owns the function is for the record's fences to say; here it is whether the *person* may serve it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import msgspec

from meldkamer.access.errors import Forbidden
from meldkamer.access.sessions import Session
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
    peak,
    plan,
    playbook,
    posting,
    provision,
    retention,
    road,
    shelf,
    travel,
    undo,
    unit,
    warning,
)
from meldkamer.domain.basics import Command, split_ref, working_in
from meldkamer.domain.incident_rules import compartment_for

Rule = Callable[[Session, Any, "World"], None]
"""Raises Forbidden when this session may not give this command."""


class World(Protocol):
    """What has to be looked up to judge a command: the newest picture of the room."""

    def unit_function(self, unit: str) -> str | None:
        """The home dispatch function of a unit; None when the unit is not known."""
        ...

    def request_function(self, incident: str, request: str) -> str | None:
        """The function that a unit request asks; None when the request is not known."""
        ...

    def incident_disciplines(self, incident: str) -> str | None:
        """Mask of the disciplines that take part; None when the incident is not known."""
        ...

    def attention_message(self, ref: str) -> attention.Attention | None:
        """An attention message; None when it is not known."""
        ...

    def address_warning(self, ref: str) -> warning.AddressWarning | None:
        """An address warning; None when it is not known."""
        ...

    def chosen(self, command: incident_rules.ResolveConflict) -> Command | None:
        """What else a choice in a conflict does; None when nothing."""
        ...


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """What an operation of the API asks: nothing (public), any session, a person, or one of these rights or scopes."""

    public: bool = False
    session: bool = False
    person: bool = False
    rights: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()

    def check(self, session: Session | None) -> None:
        """Raises Forbidden naming the first thing missing. That there is a session at all is checked before."""
        if self.public or (session is not None and self.session):
            return
        if self.person and session is not None and not session.machine:
            return
        if session is not None and (self.rights & session.rights or self.scopes & session.scopes):
            return
        missing = [*sorted(self.rights), *(f"scope:{scope}" for scope in sorted(self.scopes))]
        raise Forbidden(missing[0] if missing else "person" if self.person else "session")


PUBLIC = Need(public=True)
SESSION = Need(session=True)
PERSON = Need(person=True)


def need(*names: str) -> Need:
    """One of these: `need("read", "scope:feed")`."""
    scopes = frozenset(name.removeprefix("scope:") for name in names if name.startswith("scope:"))
    return Need(rights=frozenset(name for name in names if not name.startswith("scope:")), scopes=scopes)


class Authority:
    """Judges commands against the table below."""

    def __init__(self, world: World) -> None:
        self._world = world

    def may(self, session: Session, command: Command) -> None:
        """Raises Forbidden with the missing right, kind of function or scope."""
        rule = RULES.get(type(command))
        if rule is None:
            raise Forbidden("nobody")
        if session.regions and (region := region_of(command)) is not None:
            self.may_see(session, region)
        rule(session, command, self._world)

    def may_see(self, session: Session, region: str) -> None:
        """Raises Forbidden when the account is bound to other regions."""
        if session.regions and region not in session.regions:
            raise Forbidden(f"region:{region}")


def _right(name: str) -> Rule:
    def rule(session: Session, command: Any, world: World) -> None:
        if name not in session.rights:
            raise Forbidden(name)

    return rule


def _scope(name: str) -> Rule:
    def rule(session: Session, command: Any, world: World) -> None:
        if name not in session.scopes:
            raise Forbidden(f"scope:{name}")

    return rule


def _system(session: Session, command: Any, world: World) -> None:
    """Only the room itself, by rule; it does not ask here."""
    raise Forbidden("system")


operator = _right("operate")


def _kinds(session: Session, functions: Iterable[str]) -> None:
    """One of these functions must be of a kind that the person is qualified for."""
    kinds = [name.partition(".")[2] for name in functions]
    if not any(kind in session.qualified for kind in kinds):
        raise Forbidden(kinds[0] if kinds else "nobody")


def _tracks(session: Session, command: incident_rules.IncidentCommand, world: World) -> None:
    """The same functions that the room must own, by the rules of the incident, the person must be qualified for."""
    operator(session, command, world)
    for alternatives in incident_rules.functions_needed(command):
        _kinds(session, alternatives)


def _serves(session: Session, command: function.ReadTakeover, world: World) -> None:
    operator(session, command, world)
    _kinds(session, [command.function])


def _dispatches(session: Session, found: str | None) -> None:
    if found is not None:
        _kinds(session, [found])
    elif not any(kind.endswith(".dispatch") for kind in session.qualified):
        # What is not known cannot be sent either; the rules will say so, to somebody who sends units.
        raise Forbidden("dispatch")


def _unit(
    session: Session,
    command: unit.AssignUnit | unit.RecallUnit | contact.SetContactTimer | posting.PostUnit,
    world: World,
) -> None:
    operator(session, command, world)
    _dispatches(session, world.unit_function(command.unit))


def _answer_request(session: Session, command: incident_rules.AnswerUnitRequest, world: World) -> None:
    operator(session, command, world)
    _dispatches(session, world.request_function(command.incident, command.request))


def _resolve(session: Session, command: incident_rules.ResolveConflict, world: World) -> None:
    operator(session, command, world)
    taking_part = world.incident_disciplines(command.incident)
    if taking_part and "caco" not in session.rights and not set(taking_part) & set(session.disciplines):
        raise Forbidden("caco")
    # Choosing the other value is doing what makes it stand: who may not do that, may not choose it.
    if (chosen := world.chosen(command)) is not None:
        RULES[type(chosen)](session, chosen, world)


def _status(session: Session, command: unit.ReportStatus, world: World) -> None:
    """A terminal speaks for units, a person for the room; nobody outside speaks for the system."""
    if command.source == "unit":
        _scope("field")(session, command, world)
    elif command.source == "room":
        operator(session, command, world)
    else:
        raise Forbidden("system")


def _acknowledge(session: Session, command: unit.AcknowledgeOrder, world: World) -> None:
    if "field" not in session.scopes:
        operator(session, command, world)


def _adopt(session: Session, command: plan.AdoptPlan | travel.AdoptTravelTimes, world: World) -> None:
    _right("adopt")(session, command, world)
    _kinds(session, [plan.STEERING])


def _improve(session: Session, command: gap.ChangeGap | gap.CloseGap, world: World) -> None:
    """An account that is bound to regions speaks of the rooms of these alone; a room is named as its region."""
    _right("improve")(session, command, world)
    if session.regions and command.room not in session.regions:
        raise Forbidden(f"region:{command.room}")


def _report(session: Session, command: provision.ReportProvision, world: World) -> None:
    """Whoever coordinates sees that something fails; whoever steers hears it from a supplier."""
    if "caco" not in session.rights:
        _right("steer")(session, command, world)


def _write_attention(session: Session, command: attention.WriteAttention, world: World) -> None:
    """To units: who serves them, or coordinates there. To another room or to everybody: a coordinator."""
    operator(session, command, world)
    if command.scope == "unit":
        found = world.unit_function(f"{command.region}/{command.unit}")
        if found is None:
            _dispatches(session, None)
        else:
            region, discipline, _ = found.split(".", 2)
            _kinds(session, working_in(region, discipline))
    elif command.scope == "all" or (command.scope == "room" and command.room != session.room):
        caco(session, command, world)
    for alternatives in attention.functions_needed(None, command):
        _kinds(session, alternatives)


def _change_attention(
    session: Session, command: attention.ProlongAttention | attention.WithdrawAttention, world: World
) -> None:
    """Whoever may say it may say it longer, or take it back; of one that is not known the rules say so."""
    operator(session, command, world)
    known = world.attention_message(command.attention)
    if known is not None and known.scope == "all":
        caco(session, command, world)
    for alternatives in attention.functions_needed(known, command):
        _kinds(session, alternatives)


def _draws(session: Session, command: drawing.DrawingCommand, world: World) -> None:
    """Whoever works in the region for any discipline, or coordinates there."""
    operator(session, command, world)
    for alternatives in drawing.functions_needed(command):
        _kinds(session, alternatives)


def _opens(session: Session, audience: str) -> None:
    """Nobody writes, confirms or takes away what he may not read."""
    wall = compartment_for(audience)
    if not set(audience) & set(session.audiences) or wall not in session.compartments:
        raise Forbidden(f"compartment:{wall}")


def _ask_warning(session: Session, command: warning.AskWarning, world: World) -> None:
    """Whoever works in the region for one of those whom it is for."""
    operator(session, command, world)
    for alternatives in warning.functions_needed(None, command):
        _kinds(session, alternatives)
    _opens(session, command.audience)


def _prolong_warning(session: Session, command: warning.ProlongWarning, world: World) -> None:
    """As asking it; of one that is not known the rules say so."""
    operator(session, command, world)
    _known_warning(session, command, world)


def _vouch(session: Session, command: warning.ConfirmWarning | warning.RefuseWarning, world: World) -> None:
    """A person who coordinates there and may read it; that it is another one than who asked is for the rules."""
    _right("vouch")(session, command, world)
    if session.machine:
        raise Forbidden("person")
    _known_warning(session, command, world)


def _withdraw_warning(session: Session, command: warning.WithdrawWarning, world: World) -> None:
    """One person who may confirm: what protects others is not taken away by just anybody, and what is wrong about
    somebody does not wait for a second one. What is only asked may be taken back by who asked it."""
    known = world.address_warning(command.warning)
    if known is not None and known.by == session.person and known.agreed() is None:
        operator(session, command, world)
        _known_warning(session, command, world)
    elif session.machine:
        raise Forbidden("person")
    else:
        _right("vouch")(session, command, world)
        _known_warning(session, command, world)


def _known_warning(session: Session, command: warning.WarningCommand, world: World) -> None:
    known = world.address_warning(command.warning)
    if known is None:
        return
    for alternatives in warning.functions_needed(known, command):
        _kinds(session, alternatives)
    _opens(session, known.audience)


caco, administrator, telephony = _right("caco"), _right("administer"), _scope("telephony")

RULES: Mapping[type[Command], Rule] = {
    call.ReceiveCall: telephony,
    call.OfferCall: telephony,
    call.AbandonCall: telephony,
    call.AnswerCall: operator,
    call.TransferCall: operator,
    call.EndCall: operator,
    call.TakeCallBack: operator,
    call.CallBack: operator,
    call.IdentifyCaller: operator,
    call.NoteSpeaking: operator,
    call.LocateCall: operator,
    call.LinkCall: operator,
    incident_rules.OpenIncident: operator,
    incident_rules.Relocate: operator,
    incident_rules.SetCharacteristic: operator,
    incident_rules.AnswerQuestion: operator,
    incident_rules.WriteNote: operator,
    incident_rules.StrikeNote: operator,
    incident_rules.JoinCall: operator,
    incident_rules.LinkIncident: operator,
    incident_rules.RequestUnit: operator,
    incident_rules.StartTrack: _tracks,
    incident_rules.Classify: _tracks,
    incident_rules.Prioritise: _tracks,
    incident_rules.ScaleUp: _tracks,
    incident_rules.CloseTrack: _tracks,
    incident_rules.ReopenTrack: _tracks,
    incident_rules.AnswerUnitRequest: _answer_request,
    incident_rules.ResolveConflict: _resolve,
    incident_rules.RaiseConflict: _system,
    undo.Undo: operator,
    unit.RegisterUnit: administrator,
    unit.ReportStatus: _status,
    unit.AssignUnit: _unit,
    unit.RecallUnit: _unit,
    unit.ChooseOrder: _system,
    unit.AcknowledgeOrder: _acknowledge,
    contact.NoteContact: operator,
    contact.SetContactTimer: _unit,
    posting.PostUnit: _unit,
    alert.OrderAlert: _system,
    alert.NoteAlertSent: _system,
    alert.NoteAlertDelivered: _system,
    alert.NoteAlertFailed: _system,
    alert.WithdrawAlert: _system,
    alert.AcknowledgeAlert: _scope("field"),
    function.TakeFunction: caco,
    function.ProposeTransfer: caco,
    function.AnswerTransfer: caco,
    function.AcknowledgeTakeover: caco,
    function.ReadTakeover: _serves,
    attention.WriteAttention: _write_attention,
    attention.ProlongAttention: _change_attention,
    attention.WithdrawAttention: _change_attention,
    attention.PassOnAttention: operator,
    warning.AskWarning: _ask_warning,
    warning.ProlongWarning: _prolong_warning,
    warning.ConfirmWarning: _vouch,
    warning.RefuseWarning: _vouch,
    warning.WithdrawWarning: _withdraw_warning,
    drawing.Draw: _draws,
    drawing.ChangeDrawing: _draws,
    drawing.RemoveDrawing: _draws,
    road.CloseRoad: operator,
    road.OpenRoad: operator,
    shelf.ShelveAlarm: operator,
    shelf.UnshelveAlarm: operator,
    playbook.OpenPlaybook: caco,
    playbook.TickPlaybook: caco,
    playbook.UntickPlaybook: caco,
    playbook.TakePlaybook: caco,
    playbook.ClosePlaybook: caco,
    playbook.ReopenPlaybook: caco,
    chat.Say: operator,
    chat.LeaveHandOver: operator,
    chat.TakeHandOver: operator,
    desk.SignIn: _system,
    desk.SignOut: _system,
    desk.NoteRoomSilent: _system,
    desk.NoteRoomAlone: _system,
    desk.NoteRoomRejoined: _system,
    desk.DeclareRoomDown: caco,
    desk.DeclareRoomUp: caco,
    exercise.NoteExercise: _right("exercise"),
    gap.OpenGap: _system,
    gap.ChangeGap: _improve,
    gap.CloseGap: _improve,
    plan.StorePlanPart: _right("steer"),
    plan.ProposePlan: _right("steer"),
    plan.AdoptPlan: _adopt,
    travel.AdoptTravelTimes: _adopt,
    plan.ProposeChange: _system,
    plan.ReviewChange: _system,
    pack_change.ProposePackFile: _system,
    pack_change.ApprovePackFile: _system,
    pack_change.WithdrawPackFile: _system,
    provision.ReportProvision: _report,
    provision.PlanMaintenance: _right("steer"),
    provision.NoteRestoreTest: _right("steer"),
    retention.NoteTermsKept: _system,
    peak.DeclarePeak: caco,
    peak.EndPeak: caco,
    peak.NoteOverflow: _system,
}


_SUBJECT = {
    "call": "call",
    "incident_rules": "incident",
    "undo": "incident",
    "unit": "unit",
    "contact": "unit",
    "posting": "unit",
    "alert": "alert",
    "road": "road",
    "attention": "attention",
    "warning": "warning",
    "drawing": "drawing",
}
"""By module of the command: the field that names the aggregate which it changes."""


def region_of(command: Command) -> str | None:
    """The region in whose stream a command is stored, when its fields say so."""
    ref = getattr(command, _SUBJECT.get(type(command).__module__.rpartition(".")[2], ""), None)
    if isinstance(ref, str) and "/" in ref:
        return split_ref(ref)[0]
    named = getattr(command, "region", None) or str(getattr(command, "function", "") or "").partition(".")[0]
    return named or None
