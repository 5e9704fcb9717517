"""Writing for the steering screens: propose, review, adopt. The plan's files are written; the picture never.

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
from meldkamer.network import NotOwner
from meldkamer.record import RecordError
from meldkamer.steering import (
    Adoption,
    Assessed,
    Changed,
    Judged,
    Party,
    Plan,
    Proposal,
    date_of,
    proposals,
    propose,
    propose_and_adopt,
    review,
)

Id32 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Reason = Annotated[str, msgspec.Meta(max_length=1_000)]


class NewProposal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A proposal under an id of the client's choosing: sent twice it is made once."""

    id: Id32
    wanted: Judged | Changed | Assessed


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

    def may_write(request: Request) -> Session:
        session = may(request)
        function = f"{national}.steering"
        owner = services.picture.function(function).owner
        if owner != session.room:
            raise ProblemError("not_owner", params={"function": function, "owner": owner})
        if not shelf.writable:
            raise Refused("plan.read_only")
        return session

    @api.op("GET", "/api/steering/proposals", needs=need("steer"), problems=("refused",))
    async def steering_proposals(request: Request) -> list[Proposal]:
        """What waits for its owner, oldest first; nothing where the plan cannot be written."""
        may(request)
        return await shelf.aside(lambda: proposals(shelf.folder)) if shelf.writable else []

    @api.op("POST", "/api/steering/proposals", needs=need("steer"), status=201, problems=("refused", "not_owner"))
    async def steering_propose(request: Request, body: NewProposal) -> None:
        """Write what a party says of a risk or measure, or a change with its reason, as a proposal beside the plan."""
        session = may_write(request)
        if isinstance(body.wanted, Judged | Assessed):
            may_judge(session, await shelf.plan(), body.wanted.party)
        today = date_of(request.now)
        await shelf.aside(lambda: propose(shelf.folder, body.id, body.wanted, session.person, today))

    @api.op("POST", "/api/steering/proposals/{id}", needs=need("steer"), problems=("refused", "not_owner"))
    async def steering_review(request: Request, id: Id32, body: Review) -> None:
        """The accountable role takes a proposal into the plan, or refuses it with a reason."""
        session = may_write(request)
        about = {"by": session.person, "role": body.role, "reason": body.reason}
        today = date_of(request.now)
        await shelf.aside(lambda: review(shelf.folder, id, accept=body.accept, date=today, **about))

    @api.op("POST", "/api/steering/adoptions", needs=need("adopt"), status=201, problems=("refused", "not_owner"))
    async def steering_adopt(request: Request, body: NewAdoption) -> Adoption:
        """A body makes the newest version binding, in the files and in the record, so that every room has it.

        Each change since the last adoption needs its reason; the record refuses a room that does not own steering.
        """
        session = may_write(request)
        reason = f"{body.reason.strip()} ({session.person})"
        today = date_of(request.now)

        async def send(command: Command) -> object:
            context = services.context(session)
            return await services.handler(session).do(command, command_id=services.ids.new(), context=context)

        try:
            return await propose_and_adopt(
                shelf.folder, services.ids.new(), body.body, today, reason, send, shelf.aside
            )
        except (NotOwner, RecordError) as error:
            known = in_words(error, services.words, session)
            if known is None:
                raise
            raise known from error


def may_judge(session: Session, plan: Plan, party: str) -> None:
    """Raises Forbidden unless this person judges for this party: one of its discipline, and of none for the others."""
    if "judge" not in session.rights:
        raise Forbidden("judge")
    record = plan.by_id.get(party)
    discipline = record.discipline if isinstance(record, Party) else ""
    if discipline not in session.disciplines or (not discipline and session.disciplines):
        raise Forbidden(f"party:{party}")
