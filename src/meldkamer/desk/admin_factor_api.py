"""What protects the account of somebody else, as an administrator sees it: whether there is a second factor or a
passkey, and taking them away when they were lost."""

from __future__ import annotations

import msgspec

from meldkamer.access import Account, need
from meldkamer.desk.accounts_api import AccountName, Reason
from meldkamer.desk.contract import Api, ProblemError, Request
from meldkamer.desk.services import Services
from meldkamer.domain.clock import Millis


class FactorView(msgspec.Struct, frozen=True, kw_only=True):
    """Whether there is a second factor and since when, how many passkeys, and whether a role demands one.

    Nothing of the secrets.
    """

    since: Millis | None
    passkeys: int
    demanded: bool


class Reset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why they are taken away."""

    reason: Reason


class ResetDone(msgspec.Struct, frozen=True, kw_only=True):
    """waits: nothing was taken away yet, as the account has power and another administrator confirms it first."""

    waits: bool


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
        """Whether somebody has a second factor or passkeys."""
        account = account_here(request, name)
        found = gate.factors.get(account.name) if gate.factors is not None else None
        return FactorView(
            since=None if found is None else found.since,
            passkeys=0 if gate.passkeys is None else len(gate.passkeys.of(account.name)),
            demanded=gate.sessions.demands(account),
        )

    @api.op(
        "POST",
        "/api/admin/people/{name}/second-factor/reset",
        needs=need("administer"),
        problems=("not_found", "refused", "store_full"),
    )
    async def admin_factor_reset(request: Request, name: AccountName, body: Reset) -> ResetDone:
        """Take away the second factor and passkeys of somebody who lost them, which ends their sessions. For an account
        with power it waits for another administrator."""
        account = account_here(request, name)
        asked = await services.four_eyes.reset_factors(account.name, request.session.person, body.reason)
        return ResetDone(waits=asked is not None)
