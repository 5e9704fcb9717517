"""Administration: accounts, who read what, and destroying keys at the end of their term."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

import msgspec

from meldkamer.access import (
    AccountView,
    Reading,
    add_account,
    add_machine,
    list_accounts,
    need,
    renew_token,
    set_disabled,
    set_password,
    set_roles,
)
from meldkamer.desk.contract import Api, ProblemError, Request
from meldkamer.desk.services import Services
from meldkamer.domain.basics import COMPARTMENTS, Id, Ref, Region
from meldkamer.network import subject_of

Name = Annotated[str, msgspec.Meta(min_length=2, max_length=64)]
Password = Annotated[str, msgspec.Meta(max_length=1_000)]
Codes = Annotated[tuple[Annotated[str, msgspec.Meta(max_length=32)], ...], msgspec.Meta(max_length=32)]
Reason = Annotated[str, msgspec.Meta(min_length=3, max_length=200)]
Filter = Annotated[str, msgspec.Meta(max_length=120)]
Number = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Limit = Annotated[int, msgspec.Meta(ge=1, le=1_000)]
Compartment = Literal["caller", "medical", "police", "staff"]


class NewAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person (with a password) or a machine (with scopes; its token is in the answer, this once)."""

    name: Name
    display: Annotated[str, msgspec.Meta(max_length=200)] = ""
    roles: Codes = ()
    language: Literal["nl", "en"] = "nl"
    regions: Codes = ()
    password: Password = ""
    scopes: Codes = ()
    simulated: bool = False

    def __repr__(self) -> str:
        return f"NewAccount(name={self.name!r})"


class AccountChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to change; what is not given stays."""

    password: Password | None = None
    roles: Codes | None = None
    disabled: bool | None = None
    new_token: bool = False

    def __repr__(self) -> str:
        return f"AccountChange(roles={self.roles!r}, disabled={self.disabled!r})"


class AccountDone(msgspec.Struct, frozen=True, kw_only=True):
    """The account now. token: a machine's new one, shown this once."""

    account: AccountView
    token: str = ""


class ReadLogLine(msgspec.Struct, frozen=True, kw_only=True):
    """One reading, its number, and the hash that chains it to the one before."""

    n: int
    hash: str
    reading: Reading


class ReadLogPage(msgspec.Struct, frozen=True):
    """Readings in order. next: what to give as `after` for the following page."""

    readings: list[ReadLogLine]
    next: int


class Destroy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Destroy the keys of one call or incident: its text is gone everywhere; that it was there stays proven."""

    kind: Literal["call", "incident"]
    ref: Ref
    compartments: Annotated[tuple[Compartment, ...], msgspec.Meta(min_length=1, max_length=len(COMPARTMENTS))]
    reason: Reason


class Destroyed(msgspec.Struct, frozen=True):
    """Compartments of which a key was destroyed now; the others had none."""

    compartments: list[Compartment]


def add_accounts(api: Api, services: Services) -> None:
    """Register the operations."""
    accounts, roles = services.gate.accounts, services.gate.roles

    def shown(name: str) -> AccountView:
        found = next((a for a in list_accounts(accounts) if a.name == name), None)
        if found is None:
            raise ProblemError("not_found", "account.unknown", params={"name": name})
        return found

    @api.op("GET", "/api/accounts", needs=need("administer"))
    async def accounts_list(request: Request) -> list[AccountView]:
        """Every account of this room, without secrets."""
        return [a for a in list_accounts(accounts) if a.room == request.session.room]

    @api.op("POST", "/api/accounts", needs=need("administer"), problems=("refused",))
    async def account_add(request: Request, body: NewAccount) -> AccountDone:
        """Make an account of this room."""
        token, session = "", request.session
        if body.scopes:
            token = await add_machine(
                accounts,
                roles,
                name=body.name,
                room=session.room,
                scopes=body.scopes,
                roles=body.roles,
                display=body.display,
                simulated=body.simulated,
                regions=body.regions,
                by=session.person,
            )
        else:
            await add_account(
                accounts,
                services.passwords,
                roles,
                name=body.name,
                room=session.room,
                password=body.password,
                roles=body.roles,
                display=body.display,
                language=body.language,
                regions=body.regions,
                by=session.person,
            )
        return AccountDone(account=shown(body.name.strip().lower()), token=token)

    @api.op("POST", "/api/accounts/{name}", needs=need("administer"), problems=("refused", "not_found"))
    async def account_change(request: Request, name: Id, body: AccountChange) -> AccountDone:
        """Change an account of this room: password, roles, token, or switch it off, which ends its sessions."""
        by = request.session.person
        if shown(name).room != request.session.room:
            raise ProblemError("not_found", "account.unknown", params={"name": name})
        if body.roles is not None:
            await set_roles(accounts, roles, name, body.roles, by)
        if body.password is not None:
            await set_password(accounts, services.passwords, name, body.password, by)
        token = await renew_token(accounts, name, by) if body.new_token else ""
        if body.disabled is not None:
            await set_disabled(accounts, name, body.disabled, by)
        return AccountDone(account=shown(name), token=token)

    @api.op("GET", "/api/read-log", needs=need("read_log"))
    async def read_log(
        request: Request,
        ref: Filter = "",
        person: Filter = "",
        since: Number = 0,
        until: Number | None = None,
        after: Number = 0,
        limit: Limit = 200,
    ) -> ReadLogPage:
        """Who read what, oldest first. `after`: the number of the last line of the page before."""
        found = await asyncio.to_thread(
            services.read_log.query, ref=ref, person=person, since=since, until=until, after=after, limit=limit
        )
        lines = [ReadLogLine(n=line.n, hash=line.hash.hex(), reading=line.reading) for line in found]
        return ReadLogPage(lines, lines[-1].n if lines else after)

    @api.op("POST", "/api/keys/destroy", needs=need("destroy_keys"), problems=("not_found", "store_full"))
    async def keys_destroy(request: Request, body: Destroy) -> Destroyed:
        """Destroy keys at the end of their term, with the reason. It cannot be undone."""
        region: Region = body.ref.partition("/")[0]
        services.authority.may_see(request.session, region)
        subject = subject_of(body.kind, body.ref)
        if await services.record.version(subject) == 0:
            raise ProblemError("not_found", f"{body.kind}.unknown", params={body.kind: body.ref})
        gone: list[Compartment] = []
        for compartment in dict.fromkeys(body.compartments):
            at = services.clock.now()
            if await services.keys.destroy(subject, compartment, at, body.reason, request.session.person):
                gone.append(compartment)
        return Destroyed(gone)
