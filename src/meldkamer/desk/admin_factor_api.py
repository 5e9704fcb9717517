"""The second factor of somebody else, as an administrator sees it: whether there is one, and taking it away."""

from __future__ import annotations

import msgspec

from meldkamer.access import Account, BadAccount, need, reset_second_factor
from meldkamer.desk.accounts_api import AccountName, Reason
from meldkamer.desk.contract import Api, ProblemError, Request
from meldkamer.desk.services import Services
from meldkamer.domain.clock import Millis


class FactorView(msgspec.Struct, frozen=True, kw_only=True):
    """Whether there is a second factor and since when, and whether a role demands one. Nothing of the secret."""

    since: Millis | None
    demanded: bool


class Reset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why it is taken away."""

    reason: Reason


def add_admin_factor(api: Api, services: Services) -> None:
    """Register the operations, for accounts of the room of who asks."""
    gate = services.gate

    def account_here(request: Request, name: str) -> Account:
        found = gate.accounts.get(name)
        if found is None or found.room != request.session.room:
            raise ProblemError("not_found", "account.unknown", params={"name": name})
        return found

    @api.op("GET", "/api/admin/people/{name}/second-factor", needs=need("administer"), problems=("not_found",))
    async def admin_factor(request: Request, name: AccountName) -> FactorView:
        """Whether somebody has a second factor."""
        account = account_here(request, name)
        found = gate.factors.get(account.name) if gate.factors is not None else None
        return FactorView(since=None if found is None else found.since, demanded=gate.sessions.demands(account))

    @api.op(
        "POST",
        "/api/admin/people/{name}/second-factor/reset",
        needs=need("administer"),
        problems=("not_found", "refused", "store_full"),
    )
    async def admin_factor_reset(request: Request, name: AccountName, body: Reset) -> None:
        """Take away the second factor of somebody who lost it; their sessions end."""
        account = account_here(request, name)
        if gate.factors is None:
            raise BadAccount("factor.off", "this room has no second factors")
        await reset_second_factor(gate.accounts, gate.factors, account.name, request.session.person, body.reason)
