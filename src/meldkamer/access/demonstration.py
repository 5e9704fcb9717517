"""Accounts for a demonstration: one readable name per room and task, one password of this run, tokens for machines.

Everything is drawn anew at each start and printed by the runner; nothing here is ever the same twice, and a real room
refuses to open a file that holds such an account.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from meldkamer.access.accounts import SqliteAccounts
from meldkamer.access.administration import new_token
from meldkamer.access.passwords import Passwords
from meldkamer.access.people import Account, Entropy, fingerprint, readable_password
from meldkamer.access.roles import RoleRow, Scope

_WORDS = {"112": "112", "multi": "caco", "P": "politie", "B": "brand", "A": "ambu", "K": "kmar"}
_STAFF = {
    "FB": "beheer",
    "HMK": "hoofd",
    "AUDIT": "audit",
    "STURING": "sturing",
    "RIS": "risico",
    "RIS-P": "risico.politie",
    "BESTUUR": "bestuur",
    "OEF": "oefenleider",
    "LEZER": "meelezer",
    "OVD-OC": "officier",
    "C-MKA": "coordinator",
}
_SECOND = {"FB": "tweede"}
"""What one administrator does, another confirms: so there are two."""
_GATEWAYS: tuple[tuple[str, tuple[Scope, ...]], ...] = (
    ("units", ("field", "positions")),
    ("telephony", ("telephony",)),
    ("feed", ("feed",)),
    ("health", ("health",)),
    ("lost", ("lost",)),
)


class FunctionRow(Protocol):
    """A row of the pack's functions, as far as it matters here."""

    @property
    def discipline(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def home_room(self) -> str: ...
    @property
    def seats(self) -> int: ...


class DemonstrationPerson(msgspec.Struct, frozen=True):
    """Somebody a visitor may be."""

    account: str
    room: str
    role: str


class Colleague(msgspec.Struct, frozen=True):
    """A simulated operator. function: the kind that the seat serves, such as `B.dispatch`."""

    account: str
    room: str
    function: str
    seat: str
    token: str


class Demonstration(msgspec.Struct, frozen=True, kw_only=True):
    """What the runner prints and hands to the simulator. gateways: units, telephony, feed, health, lost -> token."""

    password: str
    people: tuple[DemonstrationPerson, ...]
    colleagues: tuple[Colleague, ...]
    gateways: dict[str, str]

    def __repr__(self) -> str:
        return f"Demonstration({len(self.people)} people, {len(self.colleagues)} colleagues)"


async def make_demonstration(
    accounts: SqliteAccounts,
    passwords: Passwords,
    roles: Sequence[RoleRow],
    functions: Sequence[FunctionRow],
    rooms: Sequence[str],
    entropy: Entropy = os.urandom,
    persons: bool = True,
) -> Demonstration:
    """Draw and store all accounts of these rooms; those of an earlier run lose their passwords and tokens.

    persons: also accounts for visitors; without them only machines are drawn, and who is there stays.

    The one password is hashed once, so seventy accounts cost no more than one. Raises NotSafeToOpen when the store is
    that of a real room.
    """
    password = readable_password(entropy)
    hashed = await passwords.hash(password)
    before = {a.name: a for a in accounts.all() if a.demonstration and (persons or a.machine)}
    made: list[Account] = []
    people: list[DemonstrationPerson] = []
    colleagues: list[Colleague] = []

    def add(account: Account) -> None:
        old = before.pop(account.name, None)
        made.append(msgspec.structs.replace(account, generation=old.generation + 1 if old is not None else 1))

    def person(name: str, room: str, role: RoleRow) -> None:
        people.append(DemonstrationPerson(name, room, role.code))
        add(Account(name=name, room=room, display=name, roles=(role.code,), password=hashed, demonstration=True))

    def machine(name: str, room: str, scopes: tuple[Scope, ...], role: str = "") -> str:
        token = new_token(entropy)
        given = (role,) if role else ()
        add(
            Account(
                name=name,
                room=room,
                display=name,
                roles=given,
                machine=True,
                scopes=scopes,
                simulated=True,
                demonstration=True,
                token=fingerprint(token),
            )
        )
        return token

    for room in rooms:
        here = [row for row in functions if row.home_room == room]
        for word, role in _tasks(here, roles) if persons else ():
            person(f"{room.lower()}.{word}", room, role)
        for kind, seats in _seats(here).items():
            role_of_seat = _role_for((kind,), roles)
            for number in range(1, seats + 1) if role_of_seat is not None else ():
                name = f"sim.{room.lower()}.{kind.lower()}.{number}"
                token = machine(name, room, ("desk",), role_of_seat.code if role_of_seat is not None else "")
                colleagues.append(Colleague(name, room, kind, f"{room}-{kind}-{number}", token))
    for role in roles:
        if role.code in _STAFF and rooms and persons:
            # Whoever steers sits where that is served; the others in the first room.
            served = (row.home_room for row in functions if row.kind in role.functions and row.home_room in rooms)
            where = next(served, rooms[0])
            for name in filter(None, (_STAFF[role.code], _SECOND.get(role.code))):
                person(name, where, role)
    gateways = {name: machine(f"sim.{name}", rooms[0], scopes) for name, scopes in _GATEWAYS if rooms}
    left = [msgspec.structs.replace(a, disabled=True, generation=a.generation + 1) for a in before.values()]
    await accounts.put([*made, *left], "demonstration", "drawn for this run")
    return Demonstration(password=password, people=tuple(people), colleagues=tuple(colleagues), gateways=gateways)


def _tasks(functions: Iterable[FunctionRow], roles: Sequence[RoleRow]) -> list[tuple[str, RoleRow]]:
    """What a person can be in a room with these functions: first answer, an operator per discipline, Caco."""
    wanted: dict[str, tuple[str, ...]] = {}
    for row in functions:
        if row.discipline:
            wanted[_WORDS.get(row.discipline, row.discipline.lower())] = (
                f"{row.discipline}.intake",
                f"{row.discipline}.dispatch",
            )
        elif row.kind in _WORDS:
            wanted[_WORDS[row.kind]] = (row.kind,)
    found = [(word, _role_for(kinds, roles)) for word, kinds in wanted.items()]
    return [(word, role) for word, role in found if role is not None]


def _seats(functions: Iterable[FunctionRow]) -> dict[str, int]:
    """Seats per kind of function; a room that serves many regions has them together."""
    seats: dict[str, int] = {}
    for row in functions:
        kind = f"{row.discipline}.{row.kind}" if row.discipline else row.kind
        seats[kind] = seats.get(kind, 0) + row.seats
    return {kind: number for kind, number in seats.items() if kind not in ("crisis", "steering")}


def _role_for(kinds: tuple[str, ...], roles: Sequence[RoleRow]) -> RoleRow | None:
    """The role that serves all of these and as little else as possible; of equals the first in the pack."""
    able = [role for role in roles if set(kinds) <= set(role.functions)]
    return min(able, key=lambda role: len(role.functions), default=None)
