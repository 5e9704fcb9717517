"""Signing in through the organisation's provider, binding the own account to it, and what an administrator does.

A browser is sent to the provider and comes back at a page of ours, which hands over here what it was given. So what
comes back is a request like any other: from the own origin, bounded, answered with a problem that a page can say.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from meldkamer.access import (
    PERSON,
    PUBLIC,
    Account,
    BadAccount,
    Came,
    ProviderGate,
    SessionView,
    need,
)
from meldkamer.desk.account_api import Proof
from meldkamer.desk.accounts_api import AccountName, Reason
from meldkamer.desk.contract import Api, ProblemError, Request
from meldkamer.desk.seating import AnySeat, come_in, told
from meldkamer.desk.services import Services
from meldkamer.domain.clock import Millis

FLOW_SECONDS = 600
"""How long a browser keeps what it must bring back; when it is over is decided here."""

Given = Annotated[str, msgspec.Meta(min_length=1, max_length=4_000)]
Text = Annotated[str, msgspec.Meta(max_length=500)]
Subject = Annotated[
    str, msgspec.Meta(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$(?!\n)")
]


class ProviderView(msgspec.Struct, frozen=True, kw_only=True):
    """The provider through which people of this room may sign in. name: empty when there is none."""

    name: str


class Begin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing is asked: where people come back to stands in the settings alone."""


class Leave(msgspec.Struct, frozen=True, kw_only=True):
    """Where the browser goes now."""

    url: str


class Back(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the provider gave the browser. iss: who it says it is; seat: taken when it is free."""

    state: Given
    code: Given
    iss: Text = ""
    seat: AnySeat = ""

    def __repr__(self) -> str:
        return f"Back(seat={self.seat!r})"


class SecondStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code of the own second factor, or a recovery code."""

    code: Annotated[str, msgspec.Meta(max_length=40)]
    seat: AnySeat = ""

    def __repr__(self) -> str:
        return f"SecondStep(seat={self.seat!r})"


class CameBack(msgspec.Struct, frozen=True, kw_only=True):
    """in: signed in, with the session. bound: the own account is bound now. code: our own second factor is asked."""

    outcome: Literal["in", "bound", "code"]
    session: SessionView | None = None


class BindingView(msgspec.Struct, frozen=True, kw_only=True):
    """How the provider names an account, since when that is known, and who said so."""

    subject: str
    since: Millis
    by: str


class AccountProvider(msgspec.Struct, frozen=True, kw_only=True):
    """The provider and how it names this account. name: empty when there is none; binding: None when it is not bound.
    alone: nobody but the person may bind it."""

    name: str
    binding: BindingView | None
    alone: bool


class Bind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who it is there, and why the account is bound."""

    subject: Subject
    reason: Reason


class Unbind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why it is taken away."""

    reason: Reason


class FlowCookie:
    """What a browser brings back from the provider, in a cookie of its own that only our own pages send."""

    def __init__(self, session: str, *, tls: bool) -> None:
        self.name = f"{session}-provider"
        self._attributes = "; Path=/; HttpOnly; SameSite=Strict" + ("; Secure" if tls else "")

    def read(self, request: Request) -> str:
        """What it brought, or an empty text."""
        return request.connection.cookies.get(self.name, "")

    def give(self, sealed: str) -> tuple[str, str]:
        """The header that sets it."""
        return "set-cookie", f"{self.name}={sealed}{self._attributes}; Max-Age={FLOW_SECONDS}"

    def take(self) -> tuple[str, str]:
        """The header that removes it."""
        return "set-cookie", f"{self.name}={self._attributes}; Max-Age=0"


def add_provider(api: Api, services: Services) -> None:
    """Register the operations; without a provider all of them are there and say so."""
    gate, cookie = services.gate, services.cookie
    flow = FlowCookie(cookie.name, tls=services.site.tls)

    def provider() -> ProviderGate:
        if services.provider is None:
            raise BadAccount("provider.off", "this room has no provider of sign-ins")
        return services.provider

    def about(account: str) -> AccountProvider:
        if (known := services.provider) is None:
            return AccountProvider(name="", binding=None, alone=False)
        found = known.bindings.of_account(account)
        binding = None if found is None else BindingView(subject=found.subject, since=found.since, by=found.by)
        return AccountProvider(name=known.name, binding=binding, alone=services.four_eyes.needs_two(account))

    def account_here(request: Request, name: str) -> Account:
        found = gate.accounts.get(name)
        if found is None or found.room != request.session.room:
            raise ProblemError("not_found", "account.unknown", params={"name": name})
        return found

    async def answer(request: Request, came: Came, seat: str) -> CameBack:
        if came.sealed:
            request.headers.append(flow.give(came.sealed))
            return CameBack(outcome="code")
        request.headers.append(flow.take())
        if came.session is None:
            return CameBack(outcome="bound")
        request.headers.append(cookie.give(came.secret))
        session = await come_in(services, came.secret, came.session, seat)
        return CameBack(outcome="in", session=told(services, session))

    # --- signing in -------------------------------------------------------------------------------------------------

    @api.op("GET", "/api/sign-in/provider", needs=PUBLIC)
    async def provider_now(request: Request) -> ProviderView:
        """The provider through which people may sign in here."""
        return ProviderView(name=services.provider.name if services.provider is not None else "")

    @api.op("POST", "/api/sign-in/provider", needs=PUBLIC, problems=("refused", "away"))
    async def provider_begin(request: Request, body: Begin) -> Leave:
        """Begin to sign in through the provider: where to go."""
        url, sealed = await provider().begin()
        request.headers.append(flow.give(sealed))
        return Leave(url=url)

    @api.op(
        "POST",
        "/api/sign-in/provider/return",
        needs=PUBLIC,
        problems=("refused", "slow_down", "store_full", "away"),
    )
    async def provider_return(request: Request, body: Back) -> CameBack:
        """Hand over what the provider gave the browser: somebody is in, or the own account is bound."""
        came = await provider().finish(
            flow.read(request),
            body.state,
            body.code,
            body.iss,
            request.anybody,
            request.address,
            cookie.read(request.connection),
        )
        return await answer(request, came, body.seat)

    @api.op("POST", "/api/sign-in/provider/code", needs=PUBLIC, problems=("refused", "slow_down", "store_full"))
    async def provider_code(request: Request, body: SecondStep) -> CameBack:
        """The own second factor of somebody whom the provider proved just before."""
        if not body.code:
            raise BadAccount("factor.needed", "this account also asks for a code")
        came = await provider().finish_code(
            flow.read(request), body.code, request.address, cookie.read(request.connection)
        )
        return await answer(request, came, body.seat)

    @api.op("POST", "/api/sign-in/provider/leave", needs=PUBLIC, problems=("refused", "away"))
    async def provider_leave(request: Request, body: Begin) -> Leave:
        """Leave the provider as well, after the session here has ended: where to go."""
        return Leave(url=await provider().leave())

    # --- the own account --------------------------------------------------------------------------------------------

    @api.op("GET", "/api/account/provider", needs=PERSON)
    async def account_provider(request: Request) -> AccountProvider:
        """How the provider names the own account."""
        return about(request.session.person)

    @api.op(
        "POST",
        "/api/account/provider",
        needs=PERSON,
        problems=("wrong_credentials", "slow_down", "refused", "store_full", "away"),
    )
    async def account_provider_bind(request: Request, body: Proof) -> Leave:
        """Begin to bind the own account: where to go."""
        url, sealed = await provider().begin_binding(request.session, body.password, body.code, request.address)
        request.headers.append(flow.give(sealed))
        return Leave(url=url)

    @api.op(
        "POST",
        "/api/account/provider/remove",
        needs=PERSON,
        problems=("wrong_credentials", "slow_down", "refused", "store_full"),
    )
    async def account_provider_remove(request: Request, body: Proof) -> None:
        """Take the own binding away."""
        await provider().unbind_own(request.session, body.password, body.code, request.address)

    # --- administrators ---------------------------------------------------------------------------------------------

    @api.op("GET", "/api/admin/people/{name}/provider", needs=need("administer"), problems=("not_found",))
    async def admin_provider(request: Request, name: AccountName) -> AccountProvider:
        """How the provider names somebody."""
        return about(account_here(request, name).name)

    @api.op(
        "POST",
        "/api/admin/people/{name}/provider",
        needs=need("administer"),
        problems=("not_found", "refused", "store_full"),
    )
    async def admin_provider_bind(request: Request, name: AccountName, body: Bind) -> None:
        """Bind the account of somebody without power, who then signs in without ever having been here."""
        account = account_here(request, name)
        await provider().bind(account, body.subject, request.session.person, body.reason)

    @api.op(
        "POST",
        "/api/admin/people/{name}/provider/remove",
        needs=need("administer"),
        problems=("not_found", "refused", "store_full"),
    )
    async def admin_provider_remove(request: Request, name: AccountName, body: Unbind) -> None:
        """Take somebody's binding away; their sessions end."""
        await provider().unbind(account_here(request, name), request.session.person, body.reason)
