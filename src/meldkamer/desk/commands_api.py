"""Acts of people and machines: decoded, judged, carried out, and answered with what the record said."""

from __future__ import annotations

from typing import Annotated

import msgspec

from meldkamer.access import SESSION, Session
from meldkamer.desk.contract import Api, Problem, ProblemError, Request
from meldkamer.desk.refusals import as_problem, in_words
from meldkamer.desk.services import Services
from meldkamer.domain import (
    attention,
    call,
    chat,
    contact,
    desk,
    drawing,
    exercise,
    function,
    gap,
    peak,
    plan,
    playbook,
    posting,
    provision,
    shelf,
    travel,
    undo,
    unit,
    warning,
)
from meldkamer.domain import incident_rules as rules
from meldkamer.domain.clock import Millis
from meldkamer.network import Done

CommandId = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-fA-F]{32}$(?!\n)", description="A UUID, chosen by the client")]
Occurred = Annotated[Millis, msgspec.Meta(ge=0, le=4_102_444_800_000)]
MOST = 200

AnyCommand = (
    call.ReceiveCall
    | call.OfferCall
    | call.AnswerCall
    | call.TransferCall
    | call.AbandonCall
    | call.EndCall
    | call.TakeCallBack
    | call.CallBack
    | call.IdentifyCaller
    | call.NoteSpeaking
    | call.LocateCall
    | call.LinkCall
    | rules.OpenIncident
    | rules.StartTrack
    | rules.Classify
    | rules.Prioritise
    | rules.Relocate
    | rules.SetCharacteristic
    | rules.AnswerQuestion
    | rules.ScaleUp
    | rules.WriteNote
    | rules.StrikeNote
    | rules.JoinCall
    | rules.LinkIncident
    | rules.CloseTrack
    | rules.ReopenTrack
    | rules.RequestUnit
    | rules.AnswerUnitRequest
    | rules.ResolveConflict
    | undo.Undo
    | unit.RegisterUnit
    | unit.ReportStatus
    | unit.AssignUnit
    | unit.AcknowledgeOrder
    | unit.RecallUnit
    | contact.NoteContact
    | contact.SetContactTimer
    | posting.PostUnit
    | function.TakeFunction
    | function.ProposeTransfer
    | function.AnswerTransfer
    | function.AcknowledgeTakeover
    | function.ReadTakeover
    | chat.Say
    | attention.WriteAttention
    | attention.ProlongAttention
    | attention.WithdrawAttention
    | attention.PassOnAttention
    | warning.AskWarning
    | warning.ProlongWarning
    | warning.ConfirmWarning
    | warning.RefuseWarning
    | warning.WithdrawWarning
    | drawing.Draw
    | drawing.ChangeDrawing
    | drawing.RemoveDrawing
    | shelf.ShelveAlarm
    | shelf.UnshelveAlarm
    | playbook.OpenPlaybook
    | playbook.TickPlaybook
    | playbook.UntickPlaybook
    | playbook.TakePlaybook
    | playbook.ClosePlaybook
    | playbook.ReopenPlaybook
    | chat.LeaveHandOver
    | chat.TakeHandOver
    | desk.DeclareRoomDown
    | desk.DeclareRoomUp
    | exercise.NoteExercise
    | gap.ChangeGap
    | gap.CloseGap
    | peak.DeclarePeak
    | peak.EndPeak
    | plan.StorePlanPart
    | plan.ProposePlan
    | plan.AdoptPlan
    | travel.AdoptTravelTimes
    | provision.ReportProvision
    | provision.PlanMaintenance
    | provision.NoteRestoreTest
)
"""What may come in from outside; what a rule gives (raising a conflict, noting an alert) does not come this way."""

PROBLEMS = ("refused", "conflict", "not_owner", "too_large", "unknown", "unsafe", "damaged", "store_full")


class Act(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One act. occurred: when it truly happened, when that is not now (a note that was typed without a connection)."""

    command_id: CommandId
    command: AnyCommand
    occurred: Occurred | None = None


class Acts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Several acts at once; each is stored and answered by itself, in order."""

    commands: Annotated[tuple[Act, ...], msgspec.Meta(min_length=1, max_length=MOST)]


class Result(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Either what was stored, or why not."""

    ok: Done | None = None
    problem: Problem | None = None


class Results(msgspec.Struct, frozen=True):
    """One result per act, in order."""

    results: list[Result]


def add_commands(api: Api, services: Services) -> None:
    """Register the operations."""

    async def carry_out(session: Session, act: Act) -> Done:
        services.authority.may(session, act.command)
        return await services.handler(session).do(
            act.command,
            command_id=act.command_id.lower(),
            context=services.context(session),
            occurred=act.occurred,
        )

    @api.op("POST", "/api/commands", needs=SESSION, problems=PROBLEMS)
    async def command(request: Request, body: Act) -> Done:
        """Carry out one act, exactly once for its command_id."""
        try:
            return await carry_out(request.session, body)
        except ProblemError:
            raise
        except Exception as error:
            known = in_words(error, services.words, request.session)
            if known is None:
                raise
            raise known from error

    @api.op("POST", "/api/commands/batch", needs=SESSION)
    async def command_batch(request: Request, body: Acts) -> Results:
        """Carry out several acts, one after the other; one that is refused does not stop the next."""
        results = []
        for act in body.commands:
            try:
                results.append(Result(ok=await carry_out(request.session, act)))
            except Exception as error:
                what = str(act.command.__struct_config__.tag)
                results.append(Result(problem=as_problem(error, services.words, request.session, what)))
        return Results(results)
