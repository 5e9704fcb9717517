"""Writing for the steering screens: propose, review, adopt. First the record is told, then files are written.

A party's risk owner judges, the holder of the accountable role reviews, a member of the body adopts; all in the room
that serves `steering` now.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from meldkamer.access import Forbidden, Session, need
from meldkamer.desk.contract import Api, ProblemError, Request
from meldkamer.desk.refusals import in_words
from meldkamer.desk.services import Services
from meldkamer.domain.basics import Command, Refused
from meldkamer.domain.plan import ProposeChange, ReviewChange
from meldkamer.network import NotOwner
from meldkamer.record import RecordError
from meldkamer.steering import (
    SPOKEN,
    Added,
    Adoption,
    Answered,
    Asked,
    Assessed,
    Changed,
    Judged,
    Party,
    Plan,
    Proposal,
    check_proposal,
    check_review,
    date_of,
    keep_proposal,
    proposals,
    propose_and_adopt,
    settle,
)

Id32 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Reason = Annotated[str, msgspec.Meta(max_length=1_000)]


class NewProposal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A proposal under an id of the client's choosing: sent twice it is made once."""

    id: Id32
    wanted: Judged | Changed | Assessed | Added


class Review(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """role: the accountable role that the reviewer speaks for. reason: needed for a refusal."""

    accept: bool
    role: Name
    reason: Reason = ""


class NewAdoption(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is committed becomes binding. body: the id of the body whose decision it is."""

    body: Name
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]


def add_steering_acts(api: Api, services: Services) -> None:
    """Register the operations."""
    shelf, authority = services.shelf, services.authority
    national = services.pack.manifest.national_region

    def may(request: Request) -> Session:
        authority.may_see(request.session, national)
        return request.session

    async def may_write(request: Request) -> Session:
        session = may(request)
        function = f"{national}.steering"
        owner = services.picture.function(function).owner
        if owner != session.room:
            raise ProblemError("not_owner", params={"function": function, "owner": owner})
        await shelf.catch_up(strict=True)
        if not shelf.writable:
            raise Refused("plan.read_only")
        return session

    async def say(session: Session, command: Command, command_id: str) -> object:
        context = services.context(session)
        try:
            return await services.handler(session).do(command, command_id=command_id, context=context)
        except (NotOwner, RecordError) as error:
            known = in_words(error, services.words, session)
            if known is None:
                raise
            raise known from error

    @api.op("GET", "/api/steering/proposals", needs=need("steer"), problems=("refused",))
    async def steering_proposals(request: Request) -> list[Proposal]:
        """What waits for its owner, oldest first; nothing where the plan cannot be written."""
        may(request)
        await shelf.catch_up()
        return await shelf.aside(lambda: proposals(shelf.folder)) if shelf.writable else []

    @api.op("POST", "/api/steering/proposals", needs=need("steer"), status=201, problems=("refused", "not_owner"))
    async def steering_propose(request: Request, body: NewProposal) -> None:
        """Write what a party says of a risk or measure, or a change with its reason, as a proposal beside the plan."""
        session = await may_write(request)
        if party := spoken_for(body.wanted):
            may_judge(session, await shelf.plan(), party)
        asked = Asked(id=body.id, wanted=body.wanted, by=session.person, date=date_of(request.now))
        made = await shelf.aside(lambda: check_proposal(shelf.folder, asked))
        wanted = msgspec.json.encode(body.wanted).decode()
        command = ProposeChange(change=body.id, wanted=wanted, date=asked.date.isoformat())
        # The client's own id: the same proposal sent again is the same command, and is not made twice.
        await say(session, command, body.id)
        await shelf.aside(lambda: keep_proposal(shelf.folder, asked, made))

    @api.op("POST", "/api/steering/proposals/{id}", needs=need("steer"), problems=("refused", "not_owner"))
    async def steering_review(request: Request, id: Id32, body: Review) -> None:
        """The accountable role takes a proposal into the plan, or refuses it with a reason."""
        session = await may_write(request)
        date = date_of(request.now)
        answer = Answered(id=id, accepted=body.accept, role=body.role, by=session.person, date=date, reason=body.reason)
        asked, made = await shelf.aside(lambda: check_review(shelf.folder, answer))
        command = ReviewChange(
            change=id, accepted=body.accept, role=body.role, date=date.isoformat(), reason=body.reason
        )
        await say(session, command, services.ids.new())
        await shelf.aside(lambda: settle(shelf.folder, asked, answer, made))

    @api.op("POST", "/api/steering/adoptions", needs=need("adopt"), status=201, problems=("refused", "not_owner"))
    async def steering_adopt(request: Request, body: NewAdoption) -> Adoption:
        """A body makes the newest version binding, in the files and in the record, so that every room has it.

        Each change since the last adoption needs its reason; the record refuses a room that does not own steering.
        """
        session = await may_write(request)
        reason = f"{body.reason.strip()} ({session.person})"
        today = date_of(request.now)

        async def send(command: Command) -> object:
            return await say(session, command, services.ids.new())

        return await propose_and_adopt(shelf.folder, services.ids.new(), body.body, today, reason, send, shelf.aside)


def spoken_for(wanted: Judged | Changed | Assessed | Added) -> str:
    """The party of which something is said that only the party says itself; empty when there is none."""
    if isinstance(wanted, Judged | Assessed):
        return wanted.party
    if isinstance(wanted, Added) and wanted.kind in SPOKEN:
        return str(wanted.fields.get("party", ""))
    return ""


def may_judge(session: Session, plan: Plan, party: str) -> None:
    """Raises Forbidden unless this person judges for this party: one of its discipline, and of none for the others."""
    if "judge" not in session.rights:
        raise Forbidden("judge")
    record = plan.by_id.get(party)
    discipline = record.discipline if isinstance(record, Party) else ""
    if discipline not in session.disciplines or (not discipline and session.disciplines):
        raise Forbidden(f"party:{party}")
