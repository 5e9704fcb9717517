"""What waits for a second administrator: new accounts, and what gives power. See `access.four_eyes`."""

from __future__ import annotations

from typing import Annotated

import msgspec

from meldkamer.access import WAITS_MILLIS, Waiting, WaitingKind, need
from meldkamer.desk.accounts_api import Reason
from meldkamer.desk.contract import Api, Request
from meldkamer.desk.services import Services
from meldkamer.domain.clock import Millis

WaitingId = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}$(?!\n)")]


class WaitingView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that waits. until: when it is gone by itself. may_confirm: whether who asks is a second person here."""

    id: str
    kind: WaitingKind
    name: str
    display: str
    machine: bool
    roles: tuple[str, ...]
    scopes: tuple[str, ...]
    by: str
    at: Millis
    until: Millis
    reason: str
    may_confirm: bool


class ConfirmView(msgspec.Struct, frozen=True, kw_only=True):
    """What waits in this room, oldest first. others: administrators of the room beside who asks; without one nobody can
    confirm, and the second one is made on the command line of the server."""

    waiting: list[WaitingView]
    others: int


class Refusal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why not."""

    reason: Reason


def add_confirm(api: Api, services: Services) -> None:
    """Register the operations. All of them are about the accounts of the room of who asks, and no other."""
    eyes, accounts = services.four_eyes, services.gate.accounts

    def view(waiting: Waiting, person: str) -> WaitingView:
        account = waiting.account or accounts.get(waiting.name)
        return WaitingView(
            id=waiting.id,
            kind=waiting.kind,
            name=waiting.name,
            display=account.display if account is not None else "",
            machine=account.machine if account is not None else False,
            roles=waiting.roles,
            scopes=account.scopes if account is not None else (),
            by=waiting.by,
            at=waiting.at,
            until=waiting.at + WAITS_MILLIS,
            reason=waiting.reason,
            may_confirm=person not in (waiting.by, waiting.name),
        )

    @api.op("GET", "/api/admin/confirm", needs=need("administer"))
    async def admin_confirm(request: Request) -> ConfirmView:
        """What waits for a second administrator."""
        room, person = request.session.room, request.session.person
        return ConfirmView(
            waiting=[view(one, person) for one in eyes.waiting(room)],
            others=len(eyes.administrators(room, person)),
        )

    @api.op("POST", "/api/admin/confirm/{id}", needs=need("administer"), problems=("refused",))
    async def admin_confirm_yes(request: Request, id: WaitingId) -> None:
        """Confirm it: from now on it is so. Nobody confirms what he asked himself, or what is about himself."""
        await eyes.confirm(id, request.session.room, request.session.person)

    @api.op("POST", "/api/admin/confirm/{id}/refuse", needs=need("administer"), problems=("refused",))
    async def admin_confirm_no(request: Request, id: WaitingId, body: Refusal) -> None:
        """Refuse it, or take back what one asked oneself."""
        await eyes.refuse(id, request.session.room, request.session.person, body.reason)
