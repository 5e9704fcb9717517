"""Who takes part: the room's own people with their own roles, or made-up ones; and colleagues that are simulated."""

from __future__ import annotations

from collections.abc import Callable

from meldkamer.access import Account, Demonstration, SqliteAccounts, make_demonstration
from meldkamer.domain import desk
from meldkamer.domain.basics import Context, Refused
from meldkamer.record import RecordError
from meldkamer.room import House

ACTOR = "system.exercise"


def people_of(accounts: SqliteAccounts) -> list[Account]:
    """Everybody who may sign in there. Machines stay behind: nothing that is real may reach an exercise."""
    return [account for account in accounts.all() if not account.machine and not account.disabled]


def is_person(house: House) -> Callable[[str], bool]:
    """Whether an account of this house is somebody's."""

    def person(name: str) -> bool:
        account = house.accounts.get(name)
        return account is not None and not account.machine

    return person


async def take_part(house: House, people: list[Account], rooms: list[str]) -> Demonstration:
    """Let these people in as they are; without any, make some up. And draw the simulated colleagues of these rooms."""
    pack = house.pack
    if people:
        await house.accounts.put(people, ACTOR, "takes part in an exercise")
    return await make_demonstration(
        house.accounts, house.passwords, pack.roles, pack.functions, rooms, persons=not people
    )


async def clear_seats(house: House) -> int:
    """Free every seat: who sat there in the live room does not sit here. Returns how many."""
    freed = 0
    for room, handler in house.handlers.items():
        for seat in list(house.picture.desk(room).seats.values()):
            context = Context(now=house.clock.now(), actor=seat.person, room=room, seat=seat.seat)
            command = desk.SignOut(room=room, seat=seat.seat)
            try:
                await handler.do(command, command_id=house.ids.new(), context=context)
            except (Refused, RecordError):
                continue  # then it counts as taken, as it did
            freed += 1
    return freed


def staffed_rooms(house: House, room: str, buddies: int = 3) -> list[str]:
    """Where colleagues are needed: the room, who may take over, and who answers its callers first."""
    national = house.pack.manifest.national_region
    answers = [f.owner for f in house.picture.functions.values() if f.name == f"{national}.112" and f.owner]
    regions = {name.partition(".")[0] for name in house.picture.owned_by(room)}
    others = [f.owner for f in house.picture.functions.values() if f.name.partition(".")[0] in regions and f.owner]
    wanted = [room, *house.pack.buddies_of(room)[:buddies], *answers, *sorted(others)]
    return [code for code in dict.fromkeys(wanted) if code in house.rooms]
