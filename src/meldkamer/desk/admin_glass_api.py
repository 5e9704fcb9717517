"""Break-glass: opening a compartment for a short time, seeing that it was done, and judging it afterwards."""

from __future__ import annotations

from typing import Annotated

import msgspec

from meldkamer.access import Forbidden, Opening, Session, need
from meldkamer.desk.accounts_api import Compartment
from meldkamer.desk.contract import Api, ProblemError, Request
from meldkamer.desk.services import Services
from meldkamer.domain.clock import Millis

OpeningId = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16}$")]
Minutes = Annotated[int, msgspec.Meta(ge=5, le=60)]
Said = Annotated[str, msgspec.Meta(min_length=3, max_length=500)]


class GlassView(msgspec.Struct, frozen=True, kw_only=True):
    """Openings, what nobody judged first. may_open: compartments that who asks can open; may_judge: whether he sees and
    judges those of others."""

    now: Millis
    openings: list[Opening]
    may_open: tuple[str, ...]
    may_judge: bool


class Break(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be opened, for how long, and why."""

    compartment: Compartment
    minutes: Minutes
    reason: Said


class Judge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a second person says of it."""

    justified: bool
    text: Said


def add_glass(api: Api, services: Services) -> None:
    """Register the operations. Administrators and whoever looks over readings see every opening of the room."""
    gate = services.gate
    glass, accounts = gate.sessions.glass, gate.accounts
    overseers = need("administer", "read_log")

    def oversees(session: Session) -> bool:
        return bool(overseers.rights & session.rights)

    def breakable(session: Session) -> tuple[str, ...]:
        """A machine never breaks a glass: it has nobody to judge."""
        return () if session.machine else gate.roles.breakable(session.roles)

    def one(request: Request, id: str) -> Opening:
        found = glass.get(id)
        if found is None or found.room != request.session.room:
            raise ProblemError("not_found", "glass.unknown")
        return found

    @api.op("GET", "/api/admin/glass", needs=need("administer", "read_log", "break_glass"))
    async def glass_list(request: Request) -> GlassView:
        """What was opened in this room; who may only open sees what is his own."""
        session = request.session
        seen = [o for o in glass.all() if o.room == session.room and (oversees(session) or o.person == session.person)]
        return GlassView(
            now=gate.sessions.now(), openings=seen, may_open=breakable(session), may_judge=oversees(session)
        )

    @api.op("POST", "/api/admin/glass", needs=need("break_glass"), status=201, problems=("refused", "store_full"))
    async def glass_break(request: Request, body: Break) -> Opening:
        """Open a compartment to oneself for some minutes. Every reading stands in the read log as always."""
        session = request.session
        if body.compartment not in breakable(session):
            raise Forbidden(f"compartment:{body.compartment}")
        made = await glass.open(session.person, session.room, body.compartment, body.minutes, body.reason)
        await accounts.note(
            session.person, session.person, f"glass opened: {made.compartment} {body.minutes}", made.reason
        )
        return made

    @api.op(
        "POST",
        "/api/admin/glass/{id}/close",
        needs=need("administer", "break_glass"),
        problems=("not_found", "store_full"),
    )
    async def glass_close(request: Request, id: OpeningId) -> Opening:
        """Close what one opened oneself before its time; an administrator closes anybody's."""
        found, session = one(request, id), request.session
        if found.person != session.person and "administer" not in session.rights:
            raise Forbidden("administer")
        closed = await glass.close_early(found)
        await accounts.note(closed.person, session.person, f"glass closed: {closed.compartment}", "")
        return closed

    @api.op(
        "POST",
        "/api/admin/glass/{id}/judge",
        needs=overseers,
        problems=("not_found", "refused", "store_full"),
    )
    async def glass_judge(request: Request, id: OpeningId, body: Judge) -> Opening:
        """Say whether it was justified, and why; never of what one opened oneself."""
        judged = await glass.judge(one(request, id), request.session.person, body.justified, body.text)
        what = "glass justified" if body.justified else "glass not justified"
        await accounts.note(judged.person, request.session.person, what, body.text)
        return judged
