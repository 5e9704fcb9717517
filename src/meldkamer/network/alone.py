"""What a room may do while it is cut off: everything that is a fact, and orders to its own units when somebody insists.

What others decide about at the same time waits for them: closing and scaling up become a conflict that a person decides
after the rejoin, ownership does not move, no plan is adopted.
"""

from __future__ import annotations

from meldkamer.domain import desk, function, incident, pack_change, plan, playbook, posting, travel, unit
from meldkamer.domain import incident_rules as rules
from meldkamer.domain.basics import Command, Refused
from meldkamer.domain.clock import derived_id
from meldkamer.network.picture import State


def when_alone(command: Command, state: State | None, command_id: str) -> Command:
    """The command as it is carried out while cut off. Raises Refused for what cannot be."""
    match command:
        case rules.CloseTrack() | rules.ScaleUp() if isinstance(state, incident.Incident):
            return _to_be_decided(command, state, command_id)
        case unit.AssignUnit() | posting.PostUnit() if not command.alone:
            raise Refused("unit.room_alone", unit=command.unit.partition("/")[2])
        case function.TakeFunction() | function.ProposeTransfer() | function.AnswerTransfer():
            raise Refused("function.room_alone", function=command.function)
        case plan.AdoptPlan() | plan.ProposeChange() | plan.ReviewChange():
            # Another room may own steering by now, and what somebody decided must not have to be merged.
            raise Refused("plan.room_alone")
        case travel.AdoptTravelTimes():
            raise Refused("travel.room_alone")
        case pack_change.ProposePackFile() | pack_change.ApprovePackFile() | pack_change.WithdrawPackFile():
            raise Refused("pack.room_alone")
        case desk.DeclareRoomDown() | desk.DeclareRoomUp() | desk.NoteRoomSilent():
            raise Refused("desk.room_alone", room=command.room)
        case playbook.TakePlaybook():
            # The room that holds it may be going on with it at this moment.
            raise Refused("playbook.room_alone")
    return command


def _to_be_decided(
    command: rules.CloseTrack | rules.ScaleUp, state: incident.Incident, command_id: str
) -> rules.RaiseConflict:
    if isinstance(command, rules.CloseTrack):
        track = state.tracks.get(command.discipline)
        if track is None:
            raise Refused("track.unknown", discipline=command.discipline)
        if track.closed is not None:
            raise Refused("track.closed", discipline=command.discipline)
        about, kept, other = f"closing_alone_{command.discipline}", "", f"{command.discipline} {command.code}"
    else:
        about, kept = f"scale_alone_{command.scope}", state.scale.get(command.scope, "")
        other = f"{command.scope} {command.level}"
    return rules.RaiseConflict(
        incident=command.incident,
        conflict=derived_id("conflict", "alone", command_id),
        about=about,
        kept=kept,
        other=other[:200],
        otherwise=rules.command_text(command),
    )
