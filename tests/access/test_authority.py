"""Who may do what: a row for every command, and the whole matrix of roles against commands."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.access import PUBLIC, RULES, SESSION, Account, Authority, Forbidden, Need, Roles, Session, need
from meldkamer.access.authority import region_of
from meldkamer.access.roles import RIGHTS, SCOPES
from meldkamer.access.sessions import session_of
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
from meldkamer.domain.basics import Command, Context, Location

UNITS = {"RT/17-0131": "RT.B.dispatch", "RT/17-101": "RT.A.dispatch", "RT/P1": "RT.P.dispatch"}


def write(
    scope: attention.Scope = "units", region: str = "RT", audience: str = "B", unit: str = "", room: str = ""
) -> attention.WriteAttention:
    return attention.WriteAttention(
        region=region,
        attention="1",
        scope=scope,
        unit=unit or None,
        room=room or None,
        audience=audience,
        until=1,
        text="x",
    )


def message(ref: str, command: attention.WriteAttention) -> attention.Attention:
    [written] = attention.decide(None, command, Context(now=0, actor="x", room="RT"))
    return attention.evolve(None, written, ref, 0)


MESSAGES = {
    "RT/b": message("RT/b", write()),
    "RT/pa": message("RT/pa", write(audience="PA")),
    "NL/all": message("NL/all", write("all", "NL", "")),
    "NL/room": message("NL/room", write("room", "NL", "", room="LB")),
}


def a_warning(audience: str = "B", region: str = "RT") -> warning.AskWarning:
    return warning.AskWarning(
        region=region,
        warning="1",
        location=Location(x=1.0, y=1.0),
        nature="x",
        audience=audience,
        until=1,
        text="x",
        source="x",
        basis="x",
        months=1,
    )


def asked(ref: str, command: warning.AskWarning, by: str = "anna") -> warning.AddressWarning:
    [event] = warning.decide(None, command, Context(now=0, actor=by, room="RT"))
    return warning.evolve(None, event, ref, 0)


WARNINGS = {
    "RT/b": asked("RT/b", a_warning()),
    "RT/own": asked("RT/own", a_warning(), "x"),
    "RT/pk": asked("RT/pk", a_warning("PK")),
    "RT/a": asked("RT/a", a_warning("A")),
    "RT/k": asked("RT/k", a_warning("K")),
}


class Known:
    """A small picture."""

    def unit_function(self, unit: str) -> str | None:
        return UNITS.get(unit)

    def request_function(self, incident: str, request: str) -> str | None:
        return {"1": "RT.B.dispatch"}.get(request)

    def incident_disciplines(self, incident: str) -> str | None:
        return {"RT/1": "BA"}.get(incident)

    def attention_message(self, ref: str) -> attention.Attention | None:
        return MESSAGES.get(ref)

    def address_warning(self, ref: str) -> warning.AddressWarning | None:
        return WARNINGS.get(ref)

    def chosen(self, command: incident_rules.ResolveConflict) -> Command | None:
        closing = incident_rules.CloseTrack(incident="RT/1", discipline="B", code="x")
        return closing if (command.conflict, command.choice) == ("closing", "other") else None


AUTHORITY = Authority(Known())


def holder(roles: Roles, *codes: str, scopes: tuple[str, ...] = (), regions: tuple[str, ...] = ()) -> Session:
    account = Account(name="x", room="RT", roles=codes, machine=bool(scopes), scopes=scopes, regions=regions)
    return session_of(account, roles)


def may(session: Session, command: Command) -> str:
    """An empty text when it may, else what is missing."""
    try:
        AUTHORITY.may(session, command)
    except Forbidden as refused:
        assert refused.right
        return refused.right
    return ""


def every_command() -> set[type[Command]]:
    """Every command type of the domain, found by asking Python and not by reading the table."""
    found, todo = set(), [Command]
    while todo:
        for cls in todo.pop().__subclasses__():
            todo.append(cls)
            if cls.__module__.startswith("meldkamer."):
                found.add(cls)
    return found


EXAMPLES: dict[type[Command], Command] = {
    call.ReceiveCall: call.ReceiveCall(call="1", region="RT", function="RT.112", channel="112"),
    call.OfferCall: call.OfferCall(call="RT/1", room="RT", rule="home"),
    call.AnswerCall: call.AnswerCall(call="RT/1"),
    call.TransferCall: call.TransferCall(call="RT/1", function="RT.B.intake"),
    call.AbandonCall: call.AbandonCall(call="RT/1"),
    call.EndCall: call.EndCall(call="RT/1"),
    call.TakeCallBack: call.TakeCallBack(call="RT/1"),
    call.CallBack: call.CallBack(call="RT/1", result="reached"),
    call.IdentifyCaller: call.IdentifyCaller(call="RT/1", name="J"),
    call.NoteSpeaking: call.NoteSpeaking(call="RT/1", language="pl"),
    call.LocateCall: call.LocateCall(call="RT/1", location=Location()),
    call.LinkCall: call.LinkCall(call="RT/1", incident="RT/1"),
    incident_rules.OpenIncident: incident_rules.OpenIncident(incident="1", region="RT"),
    incident_rules.StartTrack: incident_rules.StartTrack(incident="RT/1", discipline="B", priority=1),
    incident_rules.Classify: incident_rules.Classify(incident="RT/1", disciplines="B", class_code="x"),
    incident_rules.Prioritise: incident_rules.Prioritise(incident="RT/1", disciplines="B", priority=1),
    incident_rules.Relocate: incident_rules.Relocate(incident="RT/1", location=Location()),
    incident_rules.SetCharacteristic: incident_rules.SetCharacteristic(incident="RT/1", name="x", value="y"),
    incident_rules.AnswerQuestion: incident_rules.AnswerQuestion(
        incident="RT/1", set="unwell", version="1", question="awake", answer="no"
    ),
    incident_rules.ScaleUp: incident_rules.ScaleUp(incident="RT/1", scope="B", level="groot"),
    incident_rules.WriteNote: incident_rules.WriteNote(incident="RT/1", line="1", text="x"),
    incident_rules.StrikeNote: incident_rules.StrikeNote(incident="RT/1", line="1"),
    incident_rules.JoinCall: incident_rules.JoinCall(incident="RT/1", call="RT/1"),
    incident_rules.LinkIncident: incident_rules.LinkIncident(incident="RT/1", other="RT/2", kind="related"),
    incident_rules.CloseTrack: incident_rules.CloseTrack(incident="RT/1", discipline="B", code="x"),
    incident_rules.ReopenTrack: incident_rules.ReopenTrack(incident="RT/1", discipline="B", reason="x"),
    incident_rules.RequestUnit: incident_rules.RequestUnit(
        incident="RT/1", request="1", unit="LB/23-1", function="LB.B.dispatch"
    ),
    incident_rules.AnswerUnitRequest: incident_rules.AnswerUnitRequest(incident="RT/1", request="1", granted=True),
    incident_rules.RaiseConflict: incident_rules.RaiseConflict(
        incident="RT/1", conflict="1", about="x", kept="a", other="b"
    ),
    incident_rules.ResolveConflict: incident_rules.ResolveConflict(incident="RT/1", conflict="1", choice="kept"),
    undo.Undo: undo.Undo(incident="RT/1", command="1"),
    chat.Say: chat.Say(talk="chat-NL", line="1", text="x"),
    chat.LeaveHandOver: chat.LeaveHandOver(talk="shift-RT", hand_over="1", text="x"),
    chat.TakeHandOver: chat.TakeHandOver(talk="shift-RT", hand_over="1"),
    attention.WriteAttention: write(),
    attention.ProlongAttention: attention.ProlongAttention(attention="RT/b", until=2, reason="x"),
    attention.WithdrawAttention: attention.WithdrawAttention(attention="RT/b", reason="x"),
    attention.PassOnAttention: attention.PassOnAttention(attention="RT/b", unit="17-0131"),
    warning.AskWarning: a_warning(),
    warning.ProlongWarning: warning.ProlongWarning(warning="RT/b", prolongation="1", until=2, reason="x"),
    warning.ConfirmWarning: warning.ConfirmWarning(warning="RT/b"),
    warning.RefuseWarning: warning.RefuseWarning(warning="RT/b", reason="x"),
    warning.WithdrawWarning: warning.WithdrawWarning(warning="RT/b", reason="x"),
    drawing.Draw: drawing.Draw(region="RT", drawing="1", shape="mark", kind="mark", points=((0.0, 0.0),)),
    drawing.ChangeDrawing: drawing.ChangeDrawing(drawing="RT/1", until=2),
    drawing.RemoveDrawing: drawing.RemoveDrawing(drawing="RT/1"),
    shelf.ShelveAlarm: shelf.ShelveAlarm(room="RT", cause="waiting", key="1", text="x", minutes=5),
    shelf.UnshelveAlarm: shelf.UnshelveAlarm(room="RT", key="1"),
    playbook.OpenPlaybook: playbook.OpenPlaybook(room="LB", run="1", playbook="link", version="1"),
    playbook.TickPlaybook: playbook.TickPlaybook(room="LB", run="1", item="call"),
    playbook.UntickPlaybook: playbook.UntickPlaybook(room="LB", run="1", item="call"),
    playbook.TakePlaybook: playbook.TakePlaybook(room="LB", run="1", reason="x"),
    playbook.ClosePlaybook: playbook.ClosePlaybook(room="LB", run="1", note="x"),
    playbook.ReopenPlaybook: playbook.ReopenPlaybook(room="LB", run="1"),
    road.CloseRoad: road.CloseRoad(region="RT", road="1", points=((0.0, 0.0),), radius=5.0, until=1),
    road.OpenRoad: road.OpenRoad(road="RT/1"),
    unit.RegisterUnit: unit.RegisterUnit(
        region="RT", call_sign="17-0131", discipline="B", kind="TS", function="RT.B.dispatch"
    ),
    unit.ReportStatus: unit.ReportStatus(unit="RT/17-0131", code="1"),
    unit.AssignUnit: unit.AssignUnit(unit="RT/17-0131", assignment="1", incident="RT/1"),
    unit.AcknowledgeOrder: unit.AcknowledgeOrder(unit="RT/17-0131", assignment="1"),
    unit.RecallUnit: unit.RecallUnit(unit="RT/17-0131"),
    unit.ChooseOrder: unit.ChooseOrder(unit="RT/17-0131", assignment="1"),
    contact.NoteContact: contact.NoteContact(unit="RT/17-0131"),
    contact.SetContactTimer: contact.SetContactTimer(unit="RT/17-0131", minutes=15),
    posting.PostUnit: posting.PostUnit(unit="RT/17-0131", assignment="1", post="17-B02"),
    alert.OrderAlert: alert.OrderAlert(
        alert="RT/1", unit="RT/17-0131", assignment="1", incident="RT/1", number="1", priority=1, text="x", epoch=1
    ),
    alert.NoteAlertSent: alert.NoteAlertSent(alert="RT/1", channel="x"),
    alert.NoteAlertDelivered: alert.NoteAlertDelivered(alert="RT/1", channel="x"),
    alert.NoteAlertFailed: alert.NoteAlertFailed(alert="RT/1", channel="x", why="y"),
    alert.AcknowledgeAlert: alert.AcknowledgeAlert(alert="RT/1"),
    alert.WithdrawAlert: alert.WithdrawAlert(alert="RT/1", why="x"),
    function.TakeFunction: function.TakeFunction(function="LB.multi", to="RT", ground="lapsed"),
    function.ProposeTransfer: function.ProposeTransfer(function="LB.multi", to="RT"),
    function.AnswerTransfer: function.AnswerTransfer(function="LB.multi", agree=True),
    function.AcknowledgeTakeover: function.AcknowledgeTakeover(function="LB.multi"),
    function.ReadTakeover: function.ReadTakeover(function="LB.multi"),
    desk.SignIn: desk.SignIn(room="RT", seat="1"),
    desk.SignOut: desk.SignOut(room="RT", seat="1"),
    desk.DeclareRoomDown: desk.DeclareRoomDown(room="LB", reason="x"),
    desk.NoteRoomSilent: desk.NoteRoomSilent(room="LB", silent=12.0),
    desk.DeclareRoomUp: desk.DeclareRoomUp(room="LB"),
    gap.OpenGap: gap.OpenGap(
        item="1",
        room="RT",
        measure="arrival",
        found=gap.Found(
            since=0, until=1, seconds=1, share=0, others=1, difference=-1, low=-1, high=-1, weeks=4, worse=3
        ),
        owner="HMK",
        owner_room="RT",
        action="a",
        due="2026-01-01",
    ),
    gap.ChangeGap: gap.ChangeGap(
        room="RT", measure="arrival", owner="HMK", owner_room="RT", action="a", due="2026-01-01", reason="r"
    ),
    gap.CloseGap: gap.CloseGap(room="RT", measure="arrival", reached="gone", result="r"),
    exercise.NoteExercise: exercise.NoteExercise(
        exercise="1", room="LB", ground="declared", functions=("LB.112",), began=1, fault=2
    ),
    peak.DeclarePeak: peak.DeclarePeak(room="RT", reason="x"),
    plan.StorePlanPart: plan.StorePlanPart(proposal="1", n=1, data=b"x"),
    plan.ProposePlan: plan.ProposePlan(
        proposal="1", commit="a" * 40, content="b" * 64, bundle="c" * 64, parts=1, reason="x"
    ),
    plan.ProposeChange: plan.ProposeChange(change="a", wanted="{}", date="2026-01-05"),
    plan.ReviewChange: plan.ReviewChange(change="a", accepted=True, role="rol-planning", date="2026-01-05"),
    pack_change.ProposePackFile: pack_change.ProposePackFile(
        change="a", file="norms.csv", before="a" * 64, after="b" * 64, text=b"x", reason="een norm"
    ),
    pack_change.ApprovePackFile: pack_change.ApprovePackFile(change="a", effective=0, decided=0),
    pack_change.WithdrawPackFile: pack_change.WithdrawPackFile(change="a", reason="toch niet", decided=0),
    plan.AdoptPlan: plan.AdoptPlan(
        proposal="1",
        commit="a" * 40,
        content="b" * 64,
        body="BMB",
        date="2025-11-28",
        identity="d" * 40,
        tag=b"x",
        reason="x",
    ),
    travel.AdoptTravelTimes: travel.AdoptTravelTimes(upto=1, reason="x"),
    provision.ReportProvision: provision.ReportProvision(service="C2000", state="down"),
    provision.PlanMaintenance: provision.PlanMaintenance(service="C2000", since=1, until=2, reason="x"),
    retention.NoteTermsKept: retention.NoteTermsKept(plan="a" * 64, due=2, gone=2, destroyed=1, waiting=0),
    provision.NoteRestoreTest: provision.NoteRestoreTest(service="RECORD", seconds=1.0, good=True),
    peak.EndPeak: peak.EndPeak(room="RT"),
    peak.NoteOverflow: peak.NoteOverflow(room="RT", kind="112", open=True, waiting=5, seats=2, limit=2.0),
    desk.NoteRoomAlone: desk.NoteRoomAlone(room="LB"),
    desk.NoteRoomRejoined: desk.NoteRoomRejoined(room="LB", began=1, events=1, conflicts=0),
}

FACTS: set[type[Command]] = {
    call.AnswerCall,
    call.TransferCall,
    call.EndCall,
    call.TakeCallBack,
    call.CallBack,
    call.IdentifyCaller,
    call.NoteSpeaking,
    call.LocateCall,
    call.LinkCall,
    incident_rules.OpenIncident,
    incident_rules.Relocate,
    incident_rules.SetCharacteristic,
    incident_rules.AnswerQuestion,
    incident_rules.WriteNote,
    incident_rules.StrikeNote,
    incident_rules.JoinCall,
    incident_rules.LinkIncident,
    incident_rules.RequestUnit,
    undo.Undo,
    chat.Say,
    chat.LeaveHandOver,
    chat.TakeHandOver,
    shelf.ShelveAlarm,
    shelf.UnshelveAlarm,
    attention.PassOnAttention,
    road.CloseRoad,
    road.OpenRoad,
    contact.NoteContact,
    unit.ReportStatus,
    unit.AcknowledgeOrder,
}
SPEAK: set[type[Command]] = {
    attention.WriteAttention,
    attention.ProlongAttention,
    attention.WithdrawAttention,
    warning.AskWarning,
    warning.ProlongWarning,
}
DRAW: set[type[Command]] = {drawing.Draw, drawing.ChangeDrawing, drawing.RemoveDrawing}
VOUCH: set[type[Command]] = {warning.ConfirmWarning, warning.RefuseWarning, warning.WithdrawWarning}
TRIAGE: set[type[Command]] = {incident_rules.StartTrack, incident_rules.Classify, incident_rules.Prioritise}
DISPATCH: set[type[Command]] = {
    incident_rules.ScaleUp,
    incident_rules.CloseTrack,
    incident_rules.ReopenTrack,
    incident_rules.AnswerUnitRequest,
    unit.AssignUnit,
    contact.SetContactTimer,
    posting.PostUnit,
    unit.RecallUnit,
}
CACO: set[type[Command]] = {
    function.TakeFunction,
    function.ProposeTransfer,
    function.AnswerTransfer,
    function.AcknowledgeTakeover,
    function.ReadTakeover,
    desk.DeclareRoomDown,
    desk.DeclareRoomUp,
    peak.DeclarePeak,
    peak.EndPeak,
    playbook.OpenPlaybook,
    playbook.TickPlaybook,
    playbook.UntickPlaybook,
    playbook.TakePlaybook,
    playbook.ClosePlaybook,
    playbook.ReopenPlaybook,
    provision.ReportProvision,
}
STEER: set[type[Command]] = {
    plan.StorePlanPart,
    plan.ProposePlan,
    plan.AdoptPlan,
    travel.AdoptTravelTimes,
    provision.ReportProvision,
    provision.PlanMaintenance,
    provision.NoteRestoreTest,
}
IMPROVE: set[type[Command]] = {gap.ChangeGap, gap.CloseGap}
CHANNEL: set[type[Command]] = {call.ReceiveCall, call.OfferCall, call.AbandonCall}
RESOLVE: set[type[Command]] = {incident_rules.ResolveConflict}
FIELD: set[type[Command]] = {unit.AcknowledgeOrder, alert.AcknowledgeAlert}
ADMINISTER: set[type[Command]] = {unit.RegisterUnit}

MATRIX: dict[str, set[type[Command]]] = {
    # All examples are about the fire service, in an incident of fire service and ambulance.
    "CTL-112": FACTS | {incident_rules.StartTrack},
    "CTL-P": FACTS | DRAW,
    "CTL-B": FACTS | DRAW | SPEAK | TRIAGE | DISPATCH | RESOLVE,
    "CTL-A": FACTS | DRAW | RESOLVE,
    "CTL-K": FACTS | DRAW,
    "AAN-P": FACTS | DRAW,
    "AAN-B": FACTS | DRAW | SPEAK | TRIAGE | RESOLVE,
    "AAN-A": FACTS | DRAW | RESOLVE,
    "UIT-P": FACTS | DRAW,
    "UIT-B": FACTS | DRAW | SPEAK | TRIAGE | DISPATCH | RESOLVE,
    "UIT-A": FACTS | DRAW | RESOLVE,
    "CTL-MI": FACTS | DRAW | SPEAK | TRIAGE | RESOLVE,
    "CACO": FACTS | DRAW | SPEAK | VOUCH | CACO | RESOLVE,
    "OVD-OC": FACTS | DRAW,
    "C-MKB": FACTS | DRAW | SPEAK | VOUCH | TRIAGE | DISPATCH | RESOLVE,
    "C-MKA": FACTS | DRAW | RESOLVE,
    "FB": ADMINISTER,
    "CRISIS": set(),
    "HMK": IMPROVE,
    "TB": set(),
    "PLN": set(),
    "STURING": (STEER - {plan.AdoptPlan, travel.AdoptTravelTimes}) | IMPROVE,
    **dict.fromkeys(("RIS", "RIS-P", "RIS-B", "RIS-A", "RIS-K"), STEER - {plan.AdoptPlan, travel.AdoptTravelTimes}),
    "BESTUUR": STEER,
    "LEZER": set(),
    "KWAL": IMPROVE,
    "OEF": {exercise.NoteExercise},
    "AUDIT": set(),
}


def test_every_command_of_the_domain_has_a_row() -> None:
    everything = every_command()
    assert everything == set(RULES), {cls.__name__ for cls in everything ^ set(RULES)}
    assert everything == set(EXAMPLES)
    unions = (call.CallCommand, incident_rules.IncidentCommand, unit.UnitCommand, alert.AlertCommand)
    for union in (
        *unions,
        function.FunctionCommand,
        desk.DeskCommand,
        chat.ChatCommand,
        road.RoadCommand,
        attention.AttentionCommand,
        warning.WarningCommand,
        drawing.DrawingCommand,
    ):
        assert set(get_args(union)) <= set(RULES)


def test_choosing_the_other_value_of_a_conflict_asks_what_doing_it_asks(roles: Roles) -> None:
    choose = incident_rules.ResolveConflict(incident="RT/1", conflict="closing", choice="other")
    keep = incident_rules.ResolveConflict(incident="RT/1", conflict="closing", choice="kept")
    for role in ("AAN-B", "CTL-B"):
        assert may(holder(roles, role), keep) == ""
    assert may(holder(roles, "AAN-B"), choose) == "B.dispatch"
    assert may(holder(roles, "CTL-B"), choose) == ""


def test_a_command_without_a_row_is_nobodys(roles: Roles) -> None:
    class Odd(msgspec.Struct):
        pass

    omnipotent = Session(
        id="1",
        person="x",
        name="x",
        room="RT",
        qualified=("multi",),
        rights=frozenset(RIGHTS),
        scopes=frozenset(SCOPES),
    )
    odd: Any = Odd()
    assert may(omnipotent, odd) == "nobody"


def test_the_matrix_names_every_role_of_the_pack(roles: Roles) -> None:
    assert set(MATRIX) == set(roles)


@pytest.mark.parametrize("role", sorted(MATRIX))
def test_a_role_may_what_the_matrix_says_and_nothing_else(roles: Roles, role: str) -> None:
    session = holder(roles, role)
    assert {cls for cls, command in EXAMPLES.items() if not may(session, command)} == MATRIX[role]


@pytest.mark.parametrize("scope", SCOPES)
def test_a_machine_may_only_what_its_scope_is_for(roles: Roles, scope: str) -> None:
    expected = {"telephony": CHANNEL, "field": FIELD, "desk": MATRIX["UIT-B"]}.get(scope, set())
    session = holder(roles, "UIT-B", scopes=(scope,))
    assert {cls for cls, command in EXAMPLES.items() if not may(session, command)} == expected


def test_nobody_outside_gives_the_commands_of_the_rules(roles: Roles) -> None:
    everyone = holder(roles, *roles, scopes=SCOPES)
    for command in (alert.OrderAlert, alert.WithdrawAlert, alert.NoteAlertSent, desk.SignIn, desk.NoteRoomSilent):
        assert may(everyone, EXAMPLES[command]) == "system"
    assert may(everyone, unit.ReportStatus(unit="RT/1", code="1", source="system")) == "system"


def test_sending_asks_for_the_home_function_of_the_unit(roles: Roles) -> None:
    ambulance, fire = holder(roles, "UIT-A"), holder(roles, "UIT-B")
    send = unit.AssignUnit(unit="RT/17-101", assignment="1", incident="RT/1")
    assert may(ambulance, send) == "" and may(fire, send) == "A.dispatch"
    unknown = unit.AssignUnit(unit="RT/99", assignment="1", incident="RT/1")
    assert may(fire, unknown) == "" and may(holder(roles, "AAN-B"), unknown) == "dispatch"


def test_every_discipline_that_is_named_must_be_ones_own(roles: Roles) -> None:
    fire = holder(roles, "CTL-B")
    assert may(fire, incident_rules.Prioritise(incident="RT/1", disciplines="BA", priority=1)) == "A.intake"
    both = holder(roles, "CTL-B", "AAN-A")
    assert may(both, incident_rules.Prioritise(incident="RT/1", disciplines="BA", priority=1)) == ""


def test_who_serves_units_asks_their_attention_and_a_coordinator_that_of_other_rooms(roles: Roles) -> None:
    fire, ambulance, caco = holder(roles, "UIT-B"), holder(roles, "AAN-A"), holder(roles, "CACO")
    asked = write("unit", audience="", unit="17-101")
    assert (may(fire, asked), may(ambulance, asked), may(caco, asked)) == ("A.dispatch", "", "")
    assert may(holder(roles, "CTL-112"), write("unit", audience="", unit="nobody")) == "dispatch"
    both = write(audience="BA")
    assert (may(fire, both), may(ambulance, both), may(caco, both)) == ("A.dispatch", "B.dispatch", "")
    own, other = (write("room", "NL", "", room=room) for room in ("RT", "LB"))
    for command, needed in ((own, ""), (other, "caco"), (write("all", "NL", ""), "caco")):
        assert (may(fire, command), may(caco, command)) == (needed, "")
    assert may(holder(roles, "LEZER"), own) == "operate"


@pytest.mark.parametrize(
    ("ref", "fire"), [("RT/b", ""), ("RT/pa", "P.dispatch"), ("NL/all", "caco"), ("NL/room", ""), ("RT/none", "")]
)
def test_a_message_is_changed_by_who_may_write_it(roles: Roles, ref: str, fire: str) -> None:
    for command in (
        attention.ProlongAttention(attention=ref, until=2, reason="x"),
        attention.WithdrawAttention(attention=ref, reason="x"),
    ):
        assert may(holder(roles, "UIT-B"), command) == fire
        assert may(holder(roles, "CACO"), command) == ""
    assert may(holder(roles, "UIT-A"), attention.PassOnAttention(attention=ref)) == ""


def test_the_second_person_behind_a_warning_coordinates_and_may_read_it(roles: Roles) -> None:
    """Nobody may confirm what he cannot open: behind a wall that is a coordinator of the discipline, not the Caco."""
    may_confirm = {"RT/b": {"CACO", "C-MKB"}, "RT/pk": {"OVD-OC", "CTL-K"}, "RT/a": {"C-MKA"}, "RT/k": {"CTL-K"}}
    for ref, expected in may_confirm.items():
        for command in (
            warning.ConfirmWarning(warning=ref),
            warning.RefuseWarning(warning=ref, reason="x"),
            warning.WithdrawWarning(warning=ref, reason="x"),
        ):
            assert {role for role in roles if not may(holder(roles, role), command)} == expected
    assert may(holder(roles, "CACO", scopes=("desk",)), warning.ConfirmWarning(warning="RT/b"))
    assert may(holder(roles, "CACO", regions=("LB",)), warning.ConfirmWarning(warning="RT/b")) == "region:RT"


def test_who_asked_takes_back_what_is_only_asked(roles: Roles) -> None:
    own, other = (warning.WithdrawWarning(warning=ref, reason="x") for ref in ("RT/own", "RT/b"))
    assert (may(holder(roles, "UIT-B"), own), may(holder(roles, "UIT-B"), other)) == ("", "vouch")
    assert may(holder(roles, "UIT-A"), own) == "B.dispatch"


def test_who_asks_a_warning_works_there_and_may_read_it(roles: Roles) -> None:
    asks = {
        "B": {"CTL-B", "AAN-B", "UIT-B", "CTL-MI", "C-MKB", "CACO"},
        "A": {"CTL-A", "AAN-A", "UIT-A", "C-MKA"},
        "PK": {"CTL-P", "AAN-P", "UIT-P", "OVD-OC", "CTL-K"},
    }
    for audience, expected in asks.items():
        assert {role for role in roles if not may(holder(roles, role), a_warning(audience))} == expected
    everybody = {role for role in roles if not may(holder(roles, role), a_warning("PBAK"))}
    assert everybody == {*asks["B"], *asks["A"], *asks["PK"]}


def test_who_serves_what_came_says_that_it_was_read(roles: Roles) -> None:
    fire, read = holder(roles, "UIT-B"), function.ReadTakeover(function="LB.B.dispatch")
    assert may(fire, read) == ""
    assert may(fire, function.ReadTakeover(function="LB.A.dispatch")) == "A.dispatch"
    assert may(holder(roles, "LEZER"), read) == "operate"


def test_scaling_up_all_together_is_for_the_caco(roles: Roles) -> None:
    grip = incident_rules.ScaleUp(incident="RT/1", scope="multi", level="GRIP 1")
    assert may(holder(roles, "CACO"), grip) == "" and may(holder(roles, "CTL-B"), grip) == "multi"


def test_a_terminal_speaks_for_its_unit_and_a_person_for_the_room(roles: Roles) -> None:
    by_unit, by_room = (unit.ReportStatus(unit="RT/1", code="1", source=s) for s in ("unit", "room"))
    terminal, person = holder(roles, scopes=("field",)), holder(roles, "UIT-B")
    assert (may(terminal, by_unit), may(terminal, by_room)) == ("", "operate")
    assert (may(person, by_unit), may(person, by_room)) == ("scope:field", "")


def test_an_account_bound_to_regions_stays_there(roles: Roles) -> None:
    bound = holder(roles, "CTL-B", regions=("RT",))
    assert may(bound, call.AnswerCall(call="RT/1")) == ""
    assert may(bound, call.AnswerCall(call="LB/1")) == "region:LB"
    assert may(bound, EXAMPLES[incident_rules.RequestUnit]) == ""
    with pytest.raises(Forbidden):
        AUTHORITY.may_see(bound, "LB")
    AUTHORITY.may_see(holder(roles, "CTL-B"), "LB")


def test_the_region_of_a_command_is_that_of_the_stream_it_goes_to() -> None:
    assert region_of(EXAMPLES[unit.AssignUnit]) == "RT"
    assert region_of(unit.AssignUnit(unit="LB/1", assignment="1", incident="RT/1")) == "LB"
    assert region_of(call.LinkCall(call="LB/1", incident="RT/1")) == "LB"
    assert region_of(EXAMPLES[function.TakeFunction]) == "LB"
    assert region_of(EXAMPLES[call.ReceiveCall]) == "RT"
    assert region_of(EXAMPLES[road.CloseRoad]) == region_of(EXAMPLES[road.OpenRoad]) == "RT"
    assert region_of(EXAMPLES[desk.DeclareRoomUp]) is None


# --- what an operation of the API needs ------------------------------------------------------------------------------

rights, scopes = st.frozensets(st.sampled_from(RIGHTS)), st.frozensets(st.sampled_from(SCOPES))


@given(rights, scopes, rights, scopes)
def test_a_need_is_met_by_one_of_what_it_names_and_by_nothing_else(
    wanted: frozenset[str], doors: frozenset[str], has: frozenset[str], opens: frozenset[str]
) -> None:
    session = Session(id="1", person="x", name="x", room="RT", rights=has, scopes=opens)
    asked = Need(rights=wanted, scopes=doors)
    if wanted & has or doors & opens:
        asked.check(session)
    else:
        with pytest.raises(Forbidden):
            asked.check(session)
    with pytest.raises(Forbidden):
        asked.check(None)


def test_the_words_for_needs() -> None:
    assert need("read", "scope:feed") == Need(rights=frozenset({"read"}), scopes=frozenset({"feed"}))
    PUBLIC.check(None)
    with pytest.raises(Forbidden) as refused:
        SESSION.check(None)
    assert refused.value.right == "session"
