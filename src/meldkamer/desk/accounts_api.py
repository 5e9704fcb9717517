"""Administration: accounts, who read what, and destroying keys at the end of their term."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

import msgspec

from meldkamer.access import (
    AccountView,
    BadAccount,
    Draft,
    Reading,
    add_account,
    add_machine,
    give_one_time_password,
    list_accounts,
    need,
    readable_password,
    renew_token,
    set_disabled,
    set_password,
)
from meldkamer.desk.contract import Api, ProblemError, Request
from meldkamer.desk.services import Services
from meldkamer.domain.basics import COMPARTMENTS, Ref, Region
from meldkamer.domain.clock import Millis
from meldkamer.network import subject_of

Name = Annotated[str, msgspec.Meta(min_length=2, max_length=64)]
AccountName = Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[0-9a-z._-]+$(?!\n)")]
"""An account in a path: unlike an id it may hold dots."""
Password = Annotated[str, msgspec.Meta(max_length=1_000)]
Codes = Annotated[tuple[Annotated[str, msgspec.Meta(max_length=32)], ...], msgspec.Meta(max_length=32)]
Reason = Annotated[str, msgspec.Meta(min_length=3, max_length=200)]
Filter = Annotated[str, msgspec.Meta(max_length=120)]
Number = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Limit = Annotated[int, msgspec.Meta(ge=1, le=1_000)]
Compartment = Literal["caller", "medical", "police", "staff"]
LogPurpose = Literal["supervision", "complaint", "investigation"]
"""Why somebody looks who read what, as a code of the register of processing."""

ONE_TIME_MILLIS = 72 * 3_600_000
"""How long a password that an administrator handed over can be exchanged for an own one."""


class NewAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person or a machine (with scopes; its token is in the answer, this once). A person without a password gets one
    in the answer, this once, that opens nothing but the choice of an own one."""

    name: Name
    reason: Reason
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
    """What is to change, and why; what is not given stays. one_time_password: draw one, which is in the answer."""

    reason: Reason
    password: Password | None = None
    roles: Codes | None = None
    disabled: bool | None = None
    new_token: bool = False
    one_time_password: bool = False

    def __repr__(self) -> str:
        return f"AccountChange(roles={self.roles!r}, disabled={self.disabled!r})"


class AccountDone(msgspec.Struct, frozen=True, kw_only=True):
    """The account now. token: a machine's new one, shown this once; one_time_password: a person's, likewise, and until
    when it can be exchanged for an own one. waits: something of it counts only once another administrator confirmed it;
    an account that waits is not there yet, and a secret opens nothing before."""

    account: AccountView
    token: str = ""
    one_time_password: str = ""
    until: Millis = 0
    waits: bool = False

    def __repr__(self) -> str:
        return f"AccountDone({self.account.name!r})"


class ReadLogLine(msgspec.Struct, frozen=True, kw_only=True):
    """One reading, its number, and the hash that chains it to the one before."""

    n: int
    hash: str
    reading: Reading


class ReadLogPage(msgspec.Struct, frozen=True):
    """Readings in order. next: what to give as `after`, or newest first as `before`, for the following page."""

    readings: list[ReadLogLine]
    next: int


class Destroy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Destroy the keys of one call, incident, attention message, warning or drawing: its text is gone; that it was
    there stays proven."""

    kind: Literal["call", "incident", "attention", "warning", "drawing"]
    ref: Ref
    compartments: Annotated[tuple[Compartment, ...], msgspec.Meta(min_length=1, max_length=len(COMPARTMENTS))]
    reason: Reason


class Destroyed(msgspec.Struct, frozen=True):
    """Compartments of which a key was destroyed now; the others had none."""

    compartments: list[Compartment]


def add_accounts(api: Api, services: Services) -> None:
    """Register the operations."""
    accounts, roles, eyes = services.gate.accounts, services.gate.roles, services.four_eyes

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
        """Ask for an account of this room; it is there once another administrator confirmed it."""
        token, once, until, session, draft = "", "", 0, request.session, Draft(accounts)
        if body.scopes:
            token = await add_machine(
                draft,
                roles,
                name=body.name,
                room=session.room,
                scopes=body.scopes,
                roles=body.roles,
                display=body.display,
                simulated=body.simulated,
                regions=body.regions,
                by=session.person,
                reason=body.reason,
            )
        else:
            if not body.password:
                once = readable_password()
            await add_account(
                draft,
                services.passwords,
                roles,
                name=body.name,
                room=session.room,
                password=body.password or once,
                roles=body.roles,
                display=body.display,
                language=body.language,
                regions=body.regions,
                by=session.person,
                reason=body.reason,
            )
        millis = ONE_TIME_MILLIS if once else 0
        await eyes.ask_account(draft.account, session.person, body.reason, millis)
        view = AccountView(**{f: getattr(draft.account, f) for f in AccountView.__struct_fields__})
        return AccountDone(account=view, token=token, one_time_password=once, until=until, waits=True)

    @api.op("POST", "/api/accounts/{name}", needs=need("administer"), problems=("refused", "not_found"))
    async def account_change(request: Request, name: AccountName, body: AccountChange) -> AccountDone:
        """Change an account of this room: password, roles, token, or switch it off, which ends its sessions.

        Nobody changes his own roles or switches himself on or off: another administrator does. What gives power waits
        for a second one: a role that opens more than work at a seat, a new secret or a way back for who has one.
        """
        by, reason, once, until, token, waits = request.session.person, body.reason, "", 0, "", False
        if shown(name).room != request.session.room:
            raise ProblemError("not_found", "account.unknown", params={"name": name})
        if body.roles is not None:
            waits |= await eyes.set_roles(name, body.roles, by, reason) is not None
        two, draft = eyes.needs_two(name), Draft(accounts)
        if body.password is not None:
            if two:
                raise BadAccount("account.one_time", "who has power chooses his own: give a one-time password")
            await set_password(accounts, services.passwords, name, body.password, by, reason)
        if body.one_time_password:
            until = services.gate.sessions.now() + ONE_TIME_MILLIS
            once = await give_one_time_password(draft if two else accounts, services.passwords, name, until, by, reason)
            if two:
                await eyes.ask_secret(draft.account, by, reason, ONE_TIME_MILLIS)
                waits, until = True, 0
        if body.new_token:
            token = await renew_token(draft if two else accounts, name, by, reason=reason)
            if two:
                await eyes.ask_secret(draft.account, by, reason)
                waits = True
        if body.disabled:
            await set_disabled(accounts, name, True, by, reason)
        elif body.disabled is not None:
            waits |= await eyes.enable(name, by, reason) is not None
        return AccountDone(account=shown(name), token=token, one_time_password=once, until=until, waits=waits)

    @api.op("GET", "/api/read-log", needs=need("read_log"))
    async def read_log(
        request: Request,
        why: LogPurpose,
        ref: Filter = "",
        person: Filter = "",
        since: Number = 0,
        until: Number | None = None,
        after: Number = 0,
        before: Number | None = None,
        newest: bool = False,
        limit: Limit = 200,
    ) -> ReadLogPage:
        """Who read what, oldest first or `newest` first. Looking is itself recorded, with what was asked.

        `after` or, newest first, `before`: the number of the last line of the page before.
        """
        asked = "+".join(filter(None, (person, ref)))
        about = f"read-log/{asked}" if asked else "read-log"
        await services.read_log.record(request.session, about, "read_log", ("staff",), why, origin=request.address)
        found = await asyncio.to_thread(
            services.read_log.query,
            ref=ref,
            person=person,
            since=since,
            until=until,
            after=after,
            before=before,
            newest=newest,
            limit=limit,
        )
        lines = [ReadLogLine(n=line.n, hash=line.hash.hex(), reading=line.reading) for line in found]
        return ReadLogPage(lines, lines[-1].n if lines else (before or 0) if newest else after)

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
