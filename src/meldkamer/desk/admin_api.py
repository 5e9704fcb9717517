"""What the screens of access show and do beside the accounts themselves: who may what, who is in, what was changed."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from meldkamer.access import Account, Change, need
from meldkamer.desk.accounts_api import AccountName, Filter, Reason
from meldkamer.desk.contract import Api, ProblemError, Request
from meldkamer.desk.services import Services
from meldkamer.domain.clock import Millis

State = Literal["active", "blocked", "never", "once", "expired"]
"""never: nobody signed in with it yet. once: waits for an own password; expired: it was not chosen in time."""

SessionId = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16}$")]
Count = Annotated[int, msgspec.Meta(ge=0, le=100_000)]
Limit = Annotated[int, msgspec.Meta(ge=1, le=500)]
CHANGES_SHOWN = 50


class PersonView(msgspec.Struct, frozen=True, kw_only=True):
    """An account, what its roles give at this moment, and whether anybody uses it. Times in milliseconds."""

    name: str
    display: str
    machine: bool
    simulated: bool
    state: State
    roles: tuple[str, ...]
    scopes: tuple[str, ...]
    qualified: tuple[str, ...]
    disciplines: str
    compartments: tuple[str, ...]
    rights: tuple[str, ...]
    regions: tuple[str, ...]
    last_sign_in: Millis | None
    open_sessions: int


class PeoplePage(msgspec.Struct, frozen=True, kw_only=True):
    """Some of the accounts that fit, by name. total: how many fit; counts: of all of the room, by state."""

    people: list[PersonView]
    total: int
    counts: dict[State, int]


class Dossier(msgspec.Struct, frozen=True, kw_only=True):
    """One account with what was changed of it, newest first. own: it is the account of who asks."""

    person: PersonView
    changes: list[Change]
    own: bool


class RoleView(msgspec.Struct, frozen=True, kw_only=True):
    """A role of the country and what it gives."""

    code: str
    name: str
    name_en: str
    discipline: str
    qualified: tuple[str, ...]
    compartments: tuple[str, ...]
    rights: tuple[str, ...]


class InView(msgspec.Struct, frozen=True, kw_only=True):
    """An open session. `id` opens nothing. mine: it is the one that asks."""

    id: str
    person: str
    display: str
    seat: str
    started: Millis
    seen: Millis
    expires: Millis
    mine: bool


class End(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a session is ended."""

    reason: Reason


def add_admin(api: Api, services: Services) -> None:
    """Register the operations. All of them are about the accounts of the room of who asks, and no other."""
    accounts, sessions, roles = services.gate.accounts, services.gate.sessions, services.gate.roles

    def here(request: Request) -> list[Account]:
        return [account for account in accounts.all() if account.room == request.session.room]

    def account_here(request: Request, name: str) -> Account:
        found = accounts.get(name)
        if found is None or found.room != request.session.room:
            raise ProblemError("not_found", "account.unknown", params={"name": name})
        return found

    def state(account: Account) -> State:
        if account.disabled:
            return "blocked"
        if account.once_until:
            return "once" if sessions.now() < account.once_until else "expired"
        # A machine never signs in; its token is looked at with each request.
        return "active" if account.machine or sessions.last_sign_in(account.name) is not None else "never"

    def shown(account: Account, in_now: dict[str, int]) -> PersonView:
        # A machine has its roles only with the scope `desk`.
        grant = roles.combined(account.roles if not account.machine or "desk" in account.scopes else ())
        return PersonView(
            name=account.name,
            display=account.display,
            machine=account.machine,
            simulated=account.simulated,
            state=state(account),
            roles=account.roles,
            scopes=account.scopes,
            qualified=grant.qualified,
            disciplines=grant.disciplines,
            compartments=grant.compartments,
            rights=tuple(sorted(grant.rights)),
            regions=account.regions,
            last_sign_in=sessions.last_sign_in(account.name),
            open_sessions=in_now.get(account.name, 0),
        )

    def counted() -> dict[str, int]:
        found: dict[str, int] = {}
        for session in sessions.open():
            found[session.account] = found.get(session.account, 0) + 1
        return found

    @api.op("GET", "/api/admin/people", needs=need("administer"))
    async def admin_people(
        request: Request,
        search: Filter = "",
        is_state: State | None = None,
        role: Filter = "",
        machines: bool = False,
        skip: Count = 0,
        limit: Limit = 100,
    ) -> PeoplePage:
        """People (or machines) of this room. `search`: in the account, the name and the codes of roles."""
        all_here = [account for account in here(request) if account.machine is machines]
        states = {account.name: state(account) for account in all_here}
        words = search.lower().split()
        fit = [
            a
            for a in all_here
            if (is_state is None or states[a.name] == is_state)
            and (not role or role in a.roles)
            and all(word in f"{a.name} {a.display} {' '.join(a.roles)}".lower() for word in words)
        ]
        counts: dict[State, int] = {}
        for one in states.values():
            counts[one] = counts.get(one, 0) + 1
        in_now = counted()
        return PeoplePage(
            people=[shown(account, in_now) for account in fit[skip : skip + limit]], total=len(fit), counts=counts
        )

    @api.op("GET", "/api/admin/people/{name}", needs=need("administer"), problems=("not_found",))
    async def admin_person(request: Request, name: AccountName) -> Dossier:
        """One account of this room, with what was changed of it, by whom and why."""
        account = account_here(request, name)
        return Dossier(
            person=shown(account, counted()),
            changes=await accounts.changes(CHANGES_SHOWN, account.name),
            own=account.name == request.session.person,
        )

    @api.op("GET", "/api/admin/roles", needs=need("administer"))
    async def admin_roles(request: Request) -> list[RoleView]:
        """Every role that can be given, and what it opens."""
        found = []
        for row in services.pack.roles:
            grant = roles.combined([row.code])
            found.append(
                RoleView(
                    code=row.code,
                    name=row.name,
                    name_en=row.name_en,
                    discipline=row.discipline,
                    qualified=grant.qualified,
                    compartments=grant.compartments,
                    rights=tuple(sorted(grant.rights)),
                )
            )
        return found

    @api.op("GET", "/api/admin/sessions", needs=need("administer"))
    async def admin_sessions(request: Request) -> list[InView]:
        """Who is signed in with an account of this room, where and since when, the oldest first."""
        room = {account.name: account for account in here(request)}
        return [
            InView(
                id=session.id,
                person=session.account,
                display=room[session.account].display,
                seat=session.seat,
                started=session.started,
                seen=session.seen,
                expires=session.expires,
                mine=session.id == request.session.id,
            )
            for session in sessions.open()
            if session.account in room
        ]

    @api.op("POST", "/api/admin/sessions/{id}/end", needs=need("administer"), problems=("not_found",))
    async def admin_session_end(request: Request, id: SessionId, body: End) -> None:
        """End a session; whoever sat there has to sign in again, and the seat is free. Written down first."""
        found = next((session for session in sessions.open() if session.id == id), None)
        if found is None:
            raise ProblemError("not_found", "session.unknown")
        account = account_here(request, found.account)
        what = f"session ended: {found.seat}" if found.seat else "session ended"
        await accounts.note(account.name, request.session.person, what, body.reason)
        await sessions.end_one(id)
        await services.seats.free()
